package site

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/page/htmlcheck"
	"keepiton/internal/publish"
)

// reading is what a search must be read as: what the page says it found, and
// the list it leads to, which has the number the page says.
type reading struct {
	q, head string // {n} in the head is the number of the list
	filter  incident.Filter
}

// testReadings asks for names that are easily taken for something else.
func testReadings(t *testing.T, w *world) {
	for _, x := range []reading{
		// regions, alone or beside a year, a service and a cause
		{"MENA", "Middle East and North Africa: at least {n}", incident.Filter{Region: "mena"}},
		{"mena 2024", "Middle East and North Africa, 2024: at least {n}", incident.Filter{Region: "mena", Year: 2024}},
		{"الشرق الأوسط وشمال أفريقيا ٢٠٢٤", "Middle East and North Africa, 2024: at least {n}", incident.Filter{Region: "mena", Year: 2024}},
		{"Africa 2024", "Africa, 2024: at least {n}", incident.Filter{Region: "africa", Year: 2024}},
		{"shutdowns in the Africa region in 2024", "Africa, 2024: at least {n}", incident.Filter{Region: "africa", Year: 2024}},
		{"Afrique 2024", "Africa, 2024: at least {n}", incident.Filter{Region: "africa", Year: 2024}},
		{"coupures d'Afrique", "Africa: at least {n}", incident.Filter{Region: "africa"}},
		{"أفريقيا", "Africa: at least {n}", incident.Filter{Region: "africa"}},
		{"APAC", "Asia and the Pacific: at least {n}", incident.Filter{Region: "apac"}},
		{"Asia Pacific 2023 protests", "Protests, Asia and the Pacific, 2023: at least {n}", incident.Filter{Region: "apac", Year: 2023, Cause: "protests"}},
		{"Latin America", "Latin America and the Caribbean: at least {n}", incident.Filter{Region: "lac"}},
		{"Amérique latine et Caraïbes", "Latin America and the Caribbean: at least {n}", incident.Filter{Region: "lac"}},
		{"LAC 2024", "Latin America and the Caribbean, 2024: at least {n}", incident.Filter{Region: "lac", Year: 2024}},
		{"EECA", "Eastern Europe and Central Asia: at least {n}", incident.Filter{Region: "eeca"}},
		{"Eastern Europe and Central Asia Telegram", "Eastern Europe and Central Asia, Telegram: at least {n}", incident.Filter{Region: "eeca", Service: "telegram"}},
		{"Europe", "Europe: at least {n}", incident.Filter{Region: "europe"}},
		{"South Sudan", "South Sudan: at least {n}", incident.Filter{Country: "SS"}},
		// a cause nobody has recorded is a word like others
		{"coup", "Entries with these words", incident.Filter{Query: "coup"}},
		{"coup 2021", "“coup”, 2021: at least {n}", incident.Filter{Query: "coup", Year: 2021}},
		{"Myanmar coup", "Myanmar, “coup”: at least {n}", incident.Filter{Query: "coup", Country: "MM"}},
		{"Sudan coup", "Sudan, “coup”: at least {n}", incident.Filter{Query: "coup", Country: "SD"}},
		// a place is not its country
		{"West Bank", "Palestine, “West Bank”: at least {n}", incident.Filter{Query: "West Bank", Country: "PS"}},
		{"Gaza 2023", "Palestine, “Gaza”, 2023: at least {n}", incident.Filter{Query: "Gaza", Country: "PS", Year: 2023}},
		{"conflict in the Gaza Strip", "Armed conflict, Palestine, “Gaza Strip”: at least {n}", incident.Filter{Query: "Gaza Strip", Country: "PS", Cause: "conflict"}},
		{"غزة", "at least {n} shutdowns", incident.Filter{Query: "غزة", Country: "PS"}},
		{"Gaza Palestine 2023", "Palestine, “Gaza”, 2023: at least {n}", incident.Filter{Query: "Gaza", Country: "PS", Year: 2023}},
		{"Palestine Gaza", "Palestine, “Gaza”: at least {n}", incident.Filter{Query: "Gaza", Country: "PS"}},
		{"DR Congo", "DR Congo: at least {n}", incident.Filter{Country: "CD"}},
	} {
		x.filter.Edition = incident.RecordEdition
		n, err := w.record.Total(context.Background(), x.filter)
		if err != nil || n.N == 0 {
			t.Errorf("%q: the list it must lead to holds %d (%v)", x.q, n.N, err)
		}
		w.check(t, "/search?"+url.Values{"q": {x.q}}.Encode(), 200, htmlcheck.HasText("h2", number(x.head, n.N)),
			htmlcheck.HasText("#result", number("{n}", n.N)), htmlcheck.HasAttr("main a", "href", listPath("/incidents", x.filter, "")))
	}
}

// TestRegionsAreKnownWords: whatever a page calls a region in any language can be
// asked for by that name.
func TestRegionsAreKnownWords(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	for _, lang := range langs {
		v := voice{publish.Speaker{X: w.texts.For(lang), Tax: w.record.Taxonomy()}, w.texts.For(lang), "", w.today, false}
		for _, r := range v.Tax.Terms(incident.SchemeRegion) {
			for _, name := range []string{v.Term(incident.SchemeRegion, r.Key), r.Label(2025), v.Term(incident.SchemeRegion, r.Key) + " Facebook"} {
				if q := v.ask(name, &inventory{}); q.filter.Region != r.Key || q.filter.Query != "" || q.choice != nil {
					t.Errorf("%s: %q is read as %+v, not as the region %s", lang, name, q.filter, r.Key)
				}
			}
		}
	}
}

// number writes a number into a sentence as the pages do.
func number(text string, n int) string {
	if n == 1 {
		text = strings.ReplaceAll(text, "{n}", "one")
	}
	digits := strconv.Itoa(n)
	if len(digits) > 3 {
		digits = digits[:len(digits)-3] + "," + digits[len(digits)-3:]
	}
	return strings.ReplaceAll(text, "{n}", digits)
}

// testQuestionsBack: a name with several meanings, or with none the record has,
// is asked back about, each meaning with its number; and nothing is answered in
// the name of a country few would think of.
func testQuestionsBack(t *testing.T, w *world) {
	for _, x := range []struct {
		q, head string
		links   map[string]incident.Filter
	}{
		{"Congo", "“Congo” can mean more than one country", map[string]incident.Filter{"DR Congo": {Country: "CD"}, "Republic of the Congo": {Country: "CG"}}},
		{"Congo 2021", "“Congo” can mean more than one country", map[string]incident.Filter{"DR Congo, 2021": {Country: "CD", Year: 2021}, "Republic of the Congo, 2021": {Country: "CG", Year: 2021}}},
		{"الكونغو", "can mean more than one country", map[string]incident.Filter{"DR Congo": {Country: "CD"}, "Republic of the Congo": {Country: "CG"}}},
		{"Guinea", "“Guinea” can mean more than one country", map[string]incident.Filter{"Guinea": {Country: "GN"}, "Equatorial Guinea": {Country: "GQ"}, "Guinea-Bissau": {Country: "GW"}, "Papua New Guinea": {Country: "PG"}}},
		{"shutdowns in Korea", "“Korea” can mean more than one country", map[string]incident.Filter{"North Korea": {Country: "KP"}, "South Korea": {Country: "KR"}}},
		{"Middle East 2024", "no region by the name “Middle East”", map[string]incident.Filter{"Middle East and North Africa, 2024": {Region: "mena", Year: 2024}}},
		{"South America", "no region by the name “South America”", map[string]incident.Filter{"Latin America and the Caribbean": {Region: "lac"}}},
		{"America", "no region by the name “America”", map[string]incident.Filter{"United States": {Country: "US"}, "North America": {Region: "north_america"}}},
	} {
		checks := []htmlcheck.Check{htmlcheck.HasText("h2", x.head)}
		for what, f := range x.links {
			f.Edition = incident.RecordEdition
			n, err := w.record.Total(context.Background(), f)
			if err != nil {
				t.Fatal(err)
			}
			text := what + ": at least " + number("{n}", n.N)
			if n.N == 0 {
				text = what + ": no shutdown"
			}
			checks = append(checks, htmlcheck.HasText("main a", text), htmlcheck.HasAttr("main a", "href", listPath("/incidents", f, "")))
		}
		w.check(t, "/search?"+url.Values{"q": {x.q}}.Encode(), 200, checks...)
	}
	// Every meaning of a shared name is among the entries below it.
	both, err := w.record.Total(context.Background(), incident.Filter{Edition: incident.RecordEdition, Query: "Congo"})
	if err != nil || both.N < 9 {
		t.Errorf("Congo finds %d entries, %v", both.N, err)
	}
	for _, q := range []string{"mon", "Mon", "man", "Wonder Africa", "Mena Telegram xyzzyplugh", "Niger Delta", "Niger Delta 2020", "New Mexico"} {
		for _, wrong := range []string{"Isle of Man", "Africa:", "Africa,", "<h2>Niger,", "Mexico,"} {
			if strings.Contains(string(w.get("/search?"+url.Values{"q": {q}}.Encode()).body), wrong) {
				t.Errorf("%q is answered with %s", q, wrong)
			}
		}
	}
	// A cause nobody has recorded, in words nobody has used.
	w.check(t, "/search?q=natural+disaster", 200, htmlcheck.HasText("h2", "Entries with these words"), htmlcheck.HasText("#result", "No entry holds all these words"))
	// Words that nothing holds are said to be words.
	w.check(t, "/search?q=Iran+2022+xyzzyplugh", 200, htmlcheck.HasText("h2", "no shutdown on record holds these words"))
	// Of several searches in one address each counts.
	w.check(t, "/search?q=Iran&q=2022", 200, htmlcheck.HasText("h2", "Iran, 2022: at least 21"))
}
