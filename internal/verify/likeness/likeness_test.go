package likeness

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"keepiton/internal/incident"
)

// account makes facts for a test.
func account(country, start, end string, units []string, services ...string) *incident.Facts {
	f := &incident.Facts{Period: incident.Period{Kind: "main", Start: incident.Date(start), End: incident.Date(end), EndState: "unknown"},
		Countries: []incident.Country{{Code: country}}, Measure: incident.Measure{Extent: "full_network", Method: "shutdown"}}
	for _, u := range units {
		f.Places = append(f.Places, incident.Place{Country: country, Unit: u, Text: u})
	}
	for _, s := range services {
		f.Services = append(f.Services, incident.Effect{Service: s, State: incident.Yes})
	}
	return f
}

func keys(reasons []Reason) []string {
	var out []string
	for _, r := range reasons {
		out = append(out, r.Key)
	}
	slices.Sort(out)
	return out
}

func TestReasons(t *testing.T) {
	base := account("IN", "2024-02-10", "2024-02-12", []string{"IN-HR"})
	base.Sources = []incident.Source{{URL: "https://www.news.example/a/1?utm_source=x#top"}}
	tests := []struct {
		name  string
		other *incident.Facts
		want  []string
	}{
		{"the same", account("IN", "2024-02-10", "2024-02-12", []string{"IN-HR"}), []string{SamePlace, SameStart, SameEnd, SameKind}},
		{"a place in it, a day later", account("IN", "2024-02-11", "", []string{"pl:IN-HR/hisar"}), []string{PlaceWithin, NearStart, SameKind}},
		{"another place", account("IN", "2024-02-10", "2024-02-20", []string{"IN-KA"}), []string{OtherPlace, SameStart, OverlapDays, SameKind}},
		{"the whole country, since January, still", func() *incident.Facts {
			f := account("IN", "2024-01-10", "", nil)
			f.Measure.Whole = true
			return f
		}(), []string{WholeOne, UnderWay, SameKind}},
		{"long before", account("IN", "2023-01-10", "2023-01-12", []string{"IN-HR"}), []string{SamePlace, FarStart, NoOverlap, SameKind}},
		{"another country", account("PK", "2024-02-10", "", nil), []string{OtherCountry, SameStart, SameKind}},
		{"only a month is known", account("IN", "2024-02", "", nil), []string{SameStart, SameKind}},
		{"the same article", func() *incident.Facts {
			f := account("IN", "", "", nil)
			f.Measure = incident.Measure{}
			f.Sources = []incident.Source{{URL: "http://m.news.example/a/1/?fbclid=2"}}
			return f
		}(), []string{SameSource}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, reasons := Score(Of(base), Of(tt.other))
			slices.Sort(tt.want)
			if got := keys(reasons); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestPlacesThatAreNoUnits(t *testing.T) {
	a, b := account("YE", "2024-02-10", "", nil), account("YE", "2024-02-10", "", nil)
	a.Places = []incident.Place{{Country: "YE", Text: "Al-Khamis district"}}
	b.Places = []incident.Place{{Country: "YE", Text: "Al Khamis area"}}
	if _, reasons := Score(Of(a), Of(b)); !slices.Contains(keys(reasons), SameWords) {
		t.Errorf("the same name is not seen: %v", reasons)
	}
	b.Places = []incident.Place{{Country: "YE", Text: "another district"}}
	if _, reasons := Score(Of(a), Of(b)); slices.Contains(keys(reasons), SameWords) {
		t.Errorf("“district” is taken for a name: %v", reasons)
	}
}

// TestScoreIsWhatItsReasonsAddUpTo also holds that it does not matter who is
// compared with whom.
func TestScoreIsWhatItsReasonsAddUpTo(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	some := func() Traits {
		day := func(p string) string { return p + string(rune('1'+rnd.IntN(9))) }
		f := account([]string{"IN", "PK"}[rnd.IntN(2)], day("2024-02-0"), "", nil)
		for range rnd.IntN(4) {
			f.Places = append(f.Places, incident.Place{Unit: []string{"IN-HR", "IN-KA", "pl:IN-HR/hisar"}[rnd.IntN(3)]})
		}
		for range rnd.IntN(3) {
			f.Services = append(f.Services, incident.Effect{Service: []string{"vpn", "sms", "signal"}[rnd.IntN(3)], State: incident.Yes})
		}
		if rnd.IntN(2) == 0 {
			f.Period.End, f.Period.EndState = incident.Date(day("2024-02-1")), "ended"
		}
		f.Measure.Network = []string{"", "mobile", "fixed", "both"}[rnd.IntN(4)]
		return Of(f)
	}
	for range 2000 {
		a, b := some(), some()
		score, reasons := Score(a, b)
		back, _ := Score(b, a)
		sum := 0.0
		for _, r := range reasons {
			sum += r.Points
		}
		if math.Abs(score-back) > 1e-9 || math.Abs(score-sum) > 1e-9 {
			t.Fatalf("%v one way, %v the other, %v in reasons:\n%+v\n%+v", score, back, sum, a, b)
		}
		if own, _ := Score(a, a); own < score-1e-9 {
			t.Fatalf("%+v looks less like itself (%v) than like %+v (%v)", a, own, b, score)
		}
	}
}

func TestRank(t *testing.T) {
	lead := Of(account("IN", "2024-02-10", "", []string{"IN-HR"}, "vpn"))
	list := []Candidate{
		{"L-1", Of(account("IN", "2024-02-10", "", []string{"IN-KA"}))},
		{"L-2", Of(account("IN", "2024-02-11", "", []string{"IN-HR"}, "vpn"))},
		{"L-3", Of(account("PK", "2024-02-10", "", nil, "vpn"))},
		{"L-4", Of(account("IN", "2024-02-11", "", []string{"IN-HR"}, "vpn"))},
	}
	best := Rank(lead, list, 3)
	var got []string
	for _, m := range best {
		got = append(got, m.Ref)
	}
	if !slices.Equal(got, []string{"L-4", "L-2", "L-1"}) {
		t.Errorf("the order is %v", got)
	}
	if best[0].Score < Likely || best[2].Score >= Likely {
		t.Errorf("scores %v and %v lie on the wrong sides of %v", best[0].Score, best[2].Score, Likely)
	}
	for i, r := range best[0].Reasons[1:] {
		if abs(r.Points) > abs(best[0].Reasons[i].Points) {
			t.Errorf("the weightiest reason does not stand first: %v", best[0].Reasons)
		}
	}
}

func TestAddress(t *testing.T) {
	same := [][]string{
		{"https://www.News.example/a/1/", "http://news.example/a/1#x", "https://m.news.example/a/1?utm_source=a&UTM_Medium=b", "https://amp.news.example/a/1?fbclid=1"},
		{"https://twitter.com/netblocks/status/123?s=20", "https://mobile.x.com/NetBlocks/status/123/photo/1"},
		{"https://youtu.be/AbC?t=3", "https://www.youtube.com/watch?v=AbC&feature=share"},
		{"https://news.example/a?id=1&b=2", "https://web.archive.org/web/20240101000000/https://www.news.example/a?b=2&id=1"},
		{"https://t.me/s/channel/5", "https://telegram.me/channel/5"},
	}
	seen := map[string]int{}
	for i, list := range same {
		for _, text := range list {
			page, _, ok := Address(text)
			first, _, _ := Address(list[0])
			if !ok || page != first {
				t.Errorf("%s is %q, %s is %q", text, page, list[0], first)
			}
			if j, taken := seen[page]; taken && j != i {
				t.Errorf("%s is taken for %v", text, same[j])
			}
			seen[page] = i
		}
	}
	for _, text := range []string{"", "a phone call", "ftp://news.example/a", "https://", "mailto:a@b.example"} {
		if page, _, ok := Address(text); ok {
			t.Errorf("%q is taken for the address %q", text, page)
		}
	}
}

func FuzzAddress(f *testing.F) {
	f.Add("https://www.news.example/a?utm_source=x")
	f.Add("https://web.archive.org/web/1/https://web.archive.org/web/1/https://x.example/")
	f.Fuzz(func(t *testing.T, text string) {
		page, host, ok := Address(text)
		if !ok {
			return
		}
		if again, same, still := Address("https://" + page); still && same == host && again != page && host != "t.me" && host != "web.archive.org" {
			t.Errorf("%q becomes %q, and that %q", text, page, again)
		}
	})
}
