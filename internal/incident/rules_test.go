package incident

import (
	"net/url"
	"testing"
	"unicode/utf8"
)

func TestDurationRule(t *testing.T) {
	for _, x := range []struct {
		start, end Date
		year, days int
		ok         bool
	}{
		{"2025-06-18", "2025-06-25", 2025, 8, true},
		{"2019-05-11", "2019-05-14", 2019, 3, true}, // before 2020 the column is end minus start
		{"2020-01-01", "2020-01-01", 2020, 1, true},
		{"2018-01-01", "2018-01-01", 2018, 0, true},
		{"2025-06-18", "2025-06-17", 2025, 0, false},
		{"2025-06", "2025-06-17", 2025, 0, false},
		{"2025-06-18", "", 2025, 0, false},
	} {
		days, ok := Duration(Period{Start: x.start, End: x.end}, x.year)
		if days != x.days || ok != x.ok {
			t.Errorf("%s to %s in %d: %d %v, want %d %v", x.start, x.end, x.year, days, ok, x.days, x.ok)
		}
	}
}

func fact(countries ...string) *Facts {
	f := &Facts{Period: Period{Kind: "main", Start: "2024-03-01", EndState: "ended"}, Measure: Measure{Method: "shutdown", Network: "mobile", Extent: "full_network", Scope: "local"},
		Cause: Cause{Term: "protests"}, Reason: Reason{Term: "unknown"}}
	for _, c := range countries {
		f.Countries = append(f.Countries, Country{Code: c, Spelling: c})
	}
	return f
}

// TestSeveralCountriesCountOnceWorldwide: a row that names several countries
// counts once for the world, once for each region and once for each country.
func TestSeveralCountriesCountOnceWorldwide(t *testing.T) {
	f := fact("BI", "KE", "LA")
	got := map[string]int{}
	for _, k := range Contributions(f, 2024, RegionOf, FirstLevel) {
		if k.Dim == DimAll {
			got[k.Area]++
		}
	}
	want := map[string]int{"world": 1, "region:africa": 1, "region:apac": 1, "country:BI": 1, "country:KE": 1, "country:LA": 1}
	if len(got) != len(want) {
		t.Errorf("areas %v, want %v", got, want)
	}
	for a, n := range want {
		if got[a] != n {
			t.Errorf("%s counts %d times, want %d", a, got[a], n)
		}
	}
}

func TestTraits(t *testing.T) {
	has := func(f *Facts, year int, trait string) bool {
		for _, k := range Contributions(f, year, RegionOf, FirstLevel) {
			if k.Area == AreaWorld && k.Dim == DimTrait && k.Value == trait {
				return true
			}
		}
		return false
	}
	f := fact("UA")
	if has(f, 2024, "carried_in") || !has(f, 2025, "carried_in") {
		t.Error("carried in means that the start lies before the count year")
	}
	f.Actors = []Actor{{Role: "ordered", Class: "non_government", Home: "RU"}}
	if !has(f, 2024, "cross_border") {
		t.Error("an actor at home elsewhere is across a border")
	}
	f.Actors[0].Home = "UA"
	if has(f, 2024, "cross_border") {
		t.Error("an actor at home is not across a border")
	}
	f.Actors[0].Home = ""
	if has(f, 2024, "cross_border") {
		t.Error("an unknown home proves nothing")
	}
	for method, cut := range map[string]bool{"shutdown": true, "shutdown_throttle": true, "throttle": false} {
		f.Measure = Measure{Method: method, Network: "broadband_mobile", Extent: "full_network"}
		if has(f, 2024, "full_both") != cut {
			t.Errorf("%s of both networks: cut completely is %v", method, !cut)
		}
	}
}

// TestFourStates: no, unknown and not asked count as nothing, and stay apart.
func TestFourStates(t *testing.T) {
	f := fact("IQ")
	for _, s := range []State{Yes, No, Unknown, NotAsked} {
		f.Flags = []Flag{{"violence", s}}
		n, asked := 0, 0
		for _, k := range Contributions(f, 2024, RegionOf, FirstLevel) {
			switch {
			case k.Area == AreaWorld && k.Dim == DimFlag:
				n++
			case k.Area == AreaWorld && k.Dim == DimAsked:
				asked++
			}
		}
		if (asked == 1) != (s != NotAsked) {
			t.Errorf("state %s is counted as asked %d times", s, asked)
		}
		if (n == 1) != (s == Yes) {
			t.Errorf("state %s counts %d times", s, n)
		}
		if f.Flag("violence") != s {
			t.Errorf("state %s reads as %s", s, f.Flag("violence"))
		}
	}
	if f.Flag("election") != NotAsked {
		t.Error("a question nobody put must read as not asked")
	}
}

func TestSpans(t *testing.T) {
	_, close2024 := YearDays(2024)
	start, _ := Date("2024-03-01").Day()
	f := fact("IQ")
	f.Period.End = "2024-03-05"
	if s := Spans(f, 2024); len(s) != 1 || s[0] != (Span{start, start + 4, KindCut}) {
		t.Errorf("ended: %v", s)
	}
	f.Period.End, f.Period.EndState = "", "ongoing"
	if s := Spans(f, 2024); len(s) != 1 || s[0].To != close2024 {
		t.Errorf("ongoing runs to the close of its last count year: %v", s)
	}
	f.Period.EndState = "not_asked"
	if s := Spans(f, 2024); len(s) != 2 || s[0].To != start || s[1].Kind != KindOpen {
		t.Errorf("no end on record: one day is established, the rest is open: %v", s)
	}
	f.Period.End = "2024-02-01"
	if s := Spans(f, 2024); s[0].From != start || s[0].To != start {
		t.Errorf("an end before the start establishes one day: %v", s)
	}
}

func TestKindOf(t *testing.T) {
	f := fact("MM")
	f.Services = []Effect{{Service: "starlink", State: Yes}}
	if KindOf(f) != KindBlock {
		t.Error("a ban of satellite terminals is drawn as a block")
	}
	f.Services = append(f.Services, Effect{Service: "facebook", State: Yes})
	if KindOf(f) != KindCut {
		t.Error("a network cut with services named stays a cut")
	}
	f.Measure.Method = "throttle"
	if KindOf(f) != KindSlow {
		t.Error("throttling is a slowdown")
	}
}

func TestSearchTokens(t *testing.T) {
	same := [][2]string{{"Kachin", "KACHIN"}, {"Córdoba", "cordoba"}, {"إيران", "ايران"}, {"ایران", "ايران"}, {"٢٠٢٢", "2022"}, {"Türkiye", "turkiye"}}
	for _, p := range same {
		a, b := searchTokens(p[0]), searchTokens(p[1])
		if len(a) != 1 || len(b) != 1 || a[0] != b[0] {
			t.Errorf("%q gives %v, %q gives %v", p[0], a, p[1], b)
		}
	}
	if got := searchTokens("မြန်မာ"); len(got) < 3 {
		t.Errorf("a script without blanks is cut into pairs: %v", got)
	}
}

func FuzzSearchTokens(f *testing.F) {
	for _, s := range []string{"Iran 2022", "ایران", "မြန်မာ", "a'b\"c", "\x00", "NEAR(x)", "* OR -"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, tok := range queryTokens(s) {
			for _, r := range tok {
				if !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') {
					t.Fatalf("token %q of %q has a letter an engine may read as an operator", tok, s)
				}
			}
		}
	})
}

func FuzzFilter(f *testing.F) {
	tax, err := SeedTaxonomy()
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"year=2022&country=IR", "cause=protests&sort=longest&after=1.2", "q=%00%ff", "limit=-1", "year=99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		v, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		x, err := ParseFilter(v, tax)
		if err != nil {
			return
		}
		if !utf8.ValidString(x.Query) || x.Limit < 0 || x.Limit > MaxLimit {
			t.Fatalf("%q gives %+v", query, x)
		}
		again, err := ParseFilter(x.Values(), tax)
		again.After, again.Limit = x.After, x.Limit
		if err != nil || again != x {
			t.Fatalf("%q does not come back: %+v, %+v, %v", query, x, again, err)
		}
	})
}
