package publish

import (
	"slices"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
)

func TestCatalogueIsComplete(t *testing.T) {
	c, err := i18n.Load(Texts())
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range i18n.Check(c) {
		t.Error(problem)
	}
}

func TestTitles(t *testing.T) {
	c, err := i18n.Load(Texts())
	if err != nil {
		t.Fatal(err)
	}
	tax, err := incident.SeedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	cut := &incident.Facts{
		Period:    incident.Period{Start: "2026-01-08", End: "2026-01-27", EndState: "ended"},
		Countries: []incident.Country{{Code: "IR"}},
		Measure:   incident.Measure{Method: "shutdown", Network: "broadband_mobile", Extent: "full_network", Whole: true},
	}
	block := &incident.Facts{
		Period:    incident.Period{Start: "2021-01-12", EndState: "ongoing"},
		Countries: []incident.Country{{Code: "UG"}},
		Measure:   incident.Measure{Method: "shutdown", Extent: "service_based", Whole: true},
		Services: []incident.Effect{{Service: "facebook", State: incident.Yes}, {Service: "twitter", State: incident.Yes},
			{Service: "telegram", State: incident.Yes}, {Service: "vpn", State: incident.Yes}, {Service: "grindr", State: incident.No}},
	}
	mobile := func(area string, codes ...string) *incident.Facts {
		f := &incident.Facts{Period: incident.Period{Start: "2025-05-03", End: "2025-05-03", EndState: "ended"},
			Measure: incident.Measure{Method: "shutdown", Network: "mobile", Extent: "full_network", Area: area}}
		for _, code := range codes {
			f.Countries = append(f.Countries, incident.Country{Code: code})
		}
		return f
	}
	several, across, city := mobile("Nationwide", "CM", "CF"), mobile("Cities and townships across Myanmar", "MM"), mobile("Djibouti", "DJ")
	for _, x := range []struct {
		lang string
		f    *incident.Facts
		want string
	}{
		{"en", cut, "Iran, nationwide: mobile and fixed internet cut off, 8 to 27 January 2026"},
		{"en", block, "Uganda, nationwide: Facebook, X (Twitter) and 2 more blocked, since 12 January 2021"},
		{"en", several, "Cameroon and Central African Republic, nationwide: mobile internet cut off, 3 May 2025"},
		{"fr", several, "Cameroun et République centrafricaine, sur tout leur territoire\u00a0: internet mobile coupé, 3 mai 2025"},
		{"ar", several, "الكاميرون وجمهورية أفريقيا الوسطى، في جميع الأنحاء: قطع إنترنت المحمول، 3 مايو 2025"},
		{"en", across, "Cities and townships across Myanmar: mobile internet cut off, 3 May 2025"},
		{"en", city, "Djibouti, Djibouti: mobile internet cut off, 3 May 2025"},
		{"fr", cut, "Iran, tout le pays : internet mobile et fixe coupé, du 8 au 27 janvier 2026"},
	} {
		s := Speaker{X: c.For(x.lang), Tax: tax}
		if got := s.Title(x.f); got != x.want {
			t.Errorf("%s:\n got %q\nwant %q", x.lang, got, x.want)
		}
	}
}

// TestLengthsAreSaid: a stated length is a number of days, words, or the trace
// of a formula, which nobody should take for days.
func TestLengthsAreSaid(t *testing.T) {
	c, err := i18n.Load(Texts())
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"1": "Lasted: 1 day, where the newest year has nothing", "12": "Lasted: 12 days, where the newest year has nothing",
		"2 hours": "Lasted: 2 hours, where the newest year has nothing", "-44138": "Lasted: “-44138”, which is no length, where the newest year has nothing"} {
		got := Speaker{X: c.For("en")}.Differences([]incident.FieldDiff{{Field: "period.stated_duration", New: text}})
		if len(got) != 1 || got[0] != want {
			t.Errorf("%q is said %q, want %q", text, got, want)
		}
	}
}

// TestChangesAreSaid tells what happened to an incident in words a reader knows.
func TestChangesAreSaid(t *testing.T) {
	c, err := i18n.Load(Texts())
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		diff []incident.FieldDiff
		want []string
	}{
		{[]incident.FieldDiff{{Field: "period.end", Old: "2024-03-02", New: "2024-03-05"}, {Field: "period.stated_duration", Old: "13"}}, []string{"Ended: 2 March 2024 became 5 March 2024"}},
		{[]incident.FieldDiff{{Field: "period.stated_duration", Old: "13"}}, []string{"Lasted: 13 days became nothing"}},
		{[]incident.FieldDiff{{Field: "merged", New: "2024-0002"}}, []string{"Found to be the same shutdown as 2024-0002; both stand here as one"}},
		{[]incident.FieldDiff{{Field: "merged", Old: "2024-0002"}}, []string{"Found to be another shutdown than 2024-0002; each stands by itself again"}},
		{[]incident.FieldDiff{{Field: "counted 2024", Old: "yes", New: "no"}}, []string{"Taken out of the count of 2024"}},
		{[]incident.FieldDiff{{Field: "counted 2024", Old: "no", New: "yes"}}, []string{"Counted for 2024 again"}},
		{[]incident.FieldDiff{{Field: "counted 2024", New: "yes"}}, []string{"Counted for 2024 from now on"}},
		{[]incident.FieldDiff{{Field: "services", Old: `[{"service":"x","state":"yes","verbatim":"X"},{"service":"signal","state":"yes"}]`, New: `[{"service":"signal","state":"yes"},{"service":"x","state":"yes"}]`}}, nil},
		{[]incident.FieldDiff{{Field: "count_year", New: "2024"}}, []string{"Counted for 2024 as well"}},
		{[]incident.FieldDiff{{Field: "count_year", Old: "2023", New: "2024"}}, []string{"Count year: 2023 became 2024"}},
		{[]incident.FieldDiff{{Field: "places.Basra", New: "IQ-BA"}}, []string{"Where changed"}},
	} {
		if got := (Speaker{X: c.For("en")}).Changes(x.diff); !slices.Equal(got, x.want) {
			t.Errorf("%v\n got %q\nwant %q", x.diff, got, x.want)
		}
	}
}

// TestChangesSayNoCode: no change of a fact is told by a code of the program, in any
// language.
func TestChangesSayNoCode(t *testing.T) {
	c, err := i18n.Load(page.Texts(), Texts())
	if err != nil {
		t.Fatal(err)
	}
	tax, err := incident.SeedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range c.Langs() {
		sp := Speaker{X: c.For(l.Tag), Tax: tax}
		asked := sp.X.T("page.flag.not_asked")
		for field, shown := range shownFields {
			var codes []string
			for _, term := range tax.Terms(shown.scheme) {
				codes = append(codes, term.Key)
			}
			if shown.scheme == asFlag {
				codes = []string{string(incident.Yes), string(incident.No), string(incident.Unknown)}
			}
			if codes != nil {
				codes = append(codes, string(incident.NotAsked))
			}
			for _, code := range codes {
				for _, said := range sp.Changes([]incident.FieldDiff{{Field: field, Old: code, New: "…"}}) {
					if strings.Contains(said, "_") || code == string(incident.NotAsked) && !strings.Contains(said, asked) {
						t.Errorf("%s, %s from %q: %q", l.Tag, field, code, said)
					}
				}
			}
		}
	}
}
