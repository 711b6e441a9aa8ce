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

// TestNamelessHowever: a name goes out in no piece, in one word, or in the letters of
// another keyboard.
func TestNamelessHowever(t *testing.T) {
	yes := Consent{Internal: Yes, Partners: Yes, Anonymous: Yes, Named: No}
	for _, c := range []struct{ speaker, says, url, leaks string }{
		{"Amina Al-Masri", "They asked for Masri at the door.", "https://x.example/masri", "masri"},
		{"Jean-Pierre Mbeki", "Pierre told the crowd.", "https://x.example/pierre", "pierre"},
		{"Ngozi O'Brien", "Brien saw it.", "", "brien"},
		{"Hu Jia", "Written by @hujia.", "https://x.example/hujia", "hujia"},
		{"Bo Li", "Written by @boli, a diabolist.", "https://x.example/u/boli", "@boli"},
		{"Le Van", "Written by @vanle.", "https://x.example/levan", "vanle"},
		{"Mary O'Neil", "ONeil said so.", "", "oneil"},
		{"Νίκος Παπάς", "Είπε ο ΠΑΠΑΣ.", "", "παπασ"},
		{"Sarah Mueller", "Müller left.", "", "müller"},
		{"Ana Ruiz", "Written by @anaruiz.", "https://x.example/AnaRuiz/status/1", "anaruiz"},
		{"Ali Reza", "Written by @rezaali and @alireza.", "https://x.example/alireza", "reza"},
		{"Łukasz Wałęsa", "Lukasz Walesa saw it.", "https://x.example/lukasz-walesa", "walesa"},
		{"Bjørn Ødegård", "Bjorn Odegard saw it.", "https://x.example/bjorn-odegard", "odegard"},
		{"Đorđe Đukić", "Dorde Dukic saw it.", "https://x.example/dukic", "dukic"},
		{"Sarah Müller", "Mueller left.", "https://x.example/mueller", "mueller"},
		{"فاطمة الزهراء", "قالت فاطمه", "", "فاطمه"},
		{"王小明", "我叫小明。", "", "小明"},
		{"김철수", "철수가 말했다", "", "철수"},
	} {
		it := Item{Country: "IR", Draft: Draft{Class: ClassFirstHand, Audience: Open, Speaker: c.speaker, Title: c.says, Says: c.says, URL: c.url, Consent: yes}}
		p, ok := it.public(holdings{}, noon)
		if !ok {
			t.Fatal("not told at all")
		}
		for what, text := range map[string]string{"what is said": p.Says, "title": p.Title, "address": p.URL} {
			if strings.Contains(strings.ToLower(text), c.leaks) {
				t.Errorf("%s: the %s goes out as %q", c.speaker, what, text)
			}
		}
	}
}
