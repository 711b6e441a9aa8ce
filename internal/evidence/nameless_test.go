package evidence

import (
	"strings"
	"testing"
)

// TestNameless: the name of whose words they are goes out with a yes of its own alone,
// also where it stands in what they say.
func TestNameless(t *testing.T) {
	yes := Consent{Internal: Yes, Partners: Yes, Anonymous: Yes, Named: NotAsked}
	for name, c := range map[string]struct {
		class    Class
		speaker  string
		says     string
		want     string
		consents Consent
	}{
		"whole":                  {ClassFirstHand, "Grace Okello", "My name is Grace Okello, near the market.", "My name is █████, near the market.", yes},
		"parts":                  {ClassFirstHand, "Grace Okello", "OKELLO here. They call me Gráce.", "█████ here. They call me █████.", yes},
		"in Arabic, joined":      {ClassFirstHand, "مريم رستمي", "قالت ومريم الرستمي", "قالت و█████ ال█████", yes},
		"a short part":           {ClassFirstHand, "Sam Lee", "It is the same: Sam sleeps.", "It is the same: █████ sleeps.", yes},
		"with commas":            {ClassFirstHand, "Sadeghi, Neda (teacher)", "Sadeghi saw it. Neda told me.", "█████ saw it. █████ told me.", yes},
		"with an ending":         {ClassFirstHand, "Иван Петров", "Это сказали Ивану.", "Это сказали █████у.", yes},
		"two letters":            {ClassFirstHand, "Bo Li", "An elder called Li: Bo saw it, elbow to elbow. li.", "An elder called █████: █████ saw it, elbow to elbow. li.", yes},
		"two letters in between": {ClassFirstHand, "Al-Amin de la Cruz", "Al dia, de la calle: Cruz.", "Al dia, de la calle: █████.", yes},
		"in two signs":           {ClassFirstHand, "王 小明", "我叫小明。", "我叫█████。", yes},
		"what somebody is":       {"O", "Neda Sadeghi (teacher)", "Neda Sadeghi says so.", "█████ says so.", yes},
		"an office":              {"O", "Ministry of Communications", "The Ministry of Communications says that the ministry acts.", "The █████ says that the ministry acts.", yes},
		"with a yes":             {ClassFirstHand, "Grace Okello", "Grace Okello saw it.", "Grace Okello saw it.", Consent{Internal: Yes, Partners: Yes, Anonymous: Yes, Named: Yes}},
		"nobody's":               {ClassFirstHand, "", "Somebody saw it.", "Somebody saw it.", yes},
		"signs that are no name": {ClassFirstHand, "…", "Well… no.", "Well… no.", yes},
	} {
		it := Item{Ref: "E-2026-0001", Draft: Draft{Kind: Statement, Class: c.class, Title: c.says, Says: c.says, Speaker: c.speaker, Audience: Open, Precision: Country, Consent: c.consents}}
		p, ok := it.public(holdings{}, noon)
		if !ok || p.Says != c.want || p.Title != c.want {
			t.Errorf("%s: %q, title %q, want %q", name, p.Says, p.Title, c.want)
		}
		it.URL = "https://news.example/2026/" + strings.ReplaceAll(strings.ToLower(c.speaker), " ", "-")
		if u, _ := it.public(holdings{}, noon); (u.URL == "") != (strings.Contains(c.want, "█")) && c.class == ClassFirstHand {
			t.Errorf("%s: the address goes out as %q", name, u.URL)
		}
		if strings.Contains(c.want, "█") && p.Speaker != "" {
			t.Errorf("%s: the name goes out", name)
		}
	}
}
