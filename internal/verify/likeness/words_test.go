package likeness

import (
	"strings"
	"testing"

	"keepiton/internal/platform/i18n"
)

// Every reason is said in every language, with all it knows.
func TestSay(t *testing.T) {
	texts, err := i18n.Load(Texts())
	if err != nil {
		t.Fatal(err)
	}
	for _, gap := range i18n.Check(texts) {
		t.Error(gap)
	}
	reasons := map[string]Reason{}
	for _, r := range []Reason{
		{Key: SamePlace, Values: []string{"IN-HR"}}, {Key: PlaceWithin, Values: []string{"IN-HR"}}, {Key: NearPlace, Values: []string{"IN-HR"}}, {Key: SameWords, Values: []string{"khamis"}},
		{Key: WholeBoth}, {Key: WholeOne}, {Key: OtherPlace}, {Key: OtherCountry, Values: []string{"IN", "PK"}}, {Key: SameStart}, {Key: NearStart, N: 2}, {Key: UnderWay, N: 40}, {Key: FarStart, N: 40},
		{Key: OverlapDays, N: 3}, {Key: NoOverlap, N: 3}, {Key: SameEnd}, {Key: SameKind, Values: []string{"cut"}}, {Key: OtherKind, Values: []string{"cut", "block"}},
		{Key: SameService, Values: []string{"vpn"}}, {Key: OtherService, Values: []string{"vpn"}}, {Key: SameNetwork}, {Key: OtherNetwork},
		{Key: SameSource, Values: []string{"news.example/a"}}, {Key: SameHost, Values: []string{"news.example"}},
	} {
		reasons[r.Key] = r
	}
	for _, lang := range []string{"en", "ar", "fr"} {
		x, said := texts.For(lang), map[string]string{}
		for key, r := range reasons {
			text := Say(x, r, func(key string) string { return "<" + key + ">" })
			if text == "" || strings.ContainsAny(text, "{}") || strings.Contains(text, "likeness.") {
				t.Errorf("%s: %s is said %q", lang, key, text)
			}
			if other, taken := said[text]; taken {
				t.Errorf("%s: %s and %s are both said %q", lang, key, other, text)
			}
			said[text] = key
		}
	}
	x := texts.For("en")
	for r, want := range map[string]string{SamePlace: "Haryana", OtherCountry: "Pakistan", NearStart: "2 days", SameService: "<vpn>", OtherKind: "services blocked"} {
		if text := Say(x, reasons[r], func(key string) string { return "<" + key + ">" }); !strings.Contains(text, want) {
			t.Errorf("%s is said %q, without %s", r, text, want)
		}
	}
}
