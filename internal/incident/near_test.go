package incident

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestNear holds what is found near a day against the facts themselves.
func TestNear(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s, err := NewService(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		rnd := rand.New(rand.NewPCG(3, 4))
		err = s.Fill(ctx, 300, func(int) (Facts, []int) {
			f, years := randomFacts(rnd, s.Taxonomy())
			if start, _ := f.Period.Start.Day(); rnd.IntN(2) == 0 {
				f.Period.End, f.Period.EndState = DayDate(start+rnd.IntN(200)), "ended"
			}
			f.Sources = []Source{{Class: "media", URL: "https://example.org/"}, {Class: "confidential", Text: "somebody inside"}}
			return f, years
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var all []Row
		err = s.Each(ctx, RecordEdition, 0, func(r Row) error {
			if r.Entry.Latest == 1 {
				all = append(all, r)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for range 60 {
			seed := all[rnd.IntN(len(all))]
			n := Near{From: seed.Entry.StartDay - 40, To: seed.Entry.StartDay + 40, Limit: 1000}
			switch rnd.IntN(3) {
			case 0:
				n.Country = seed.Entry.Country
			case 1:
				n.Country, n.Service = seed.Entry.Country, "twitter"
			}
			rows, err := s.Near(ctx, n)
			if err != nil {
				t.Fatal(err)
			}
			var got, want []string
			for _, r := range rows {
				got = append(got, r.Ref)
				if len(r.Facts.Sources) != 1 {
					t.Fatalf("%s gives %v: a confidential source must stay out", r.Ref, r.Facts.Sources)
				}
				if r.Facts.Period.Start != DayDate(r.Entry.StartDay) || len(r.Facts.Countries) == 0 {
					t.Fatalf("%s comes without its facts: %+v", r.Ref, r.Facts)
				}
			}
			standing := 0
			for _, r := range all {
				if is, old := near(n, r); is && (!old || len(rows) < 1000) {
					want = append(want, r.Ref)
					if old {
						standing++
					}
				}
			}
			if standing > standingMost { // only the latest of them are taken
				continue
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("%+v:\n got %v\nwant %v", n, got, want)
			}
			found += len(got)
		}
		if found < 200 {
			t.Errorf("only %d found in all: the questions choose too little to prove anything", found)
		}
		n := Near{From: all[50].Entry.StartDay - 2000, To: all[50].Entry.StartDay + 2000, Limit: 5}
		rows, err := s.Near(ctx, n)
		if err != nil || len(rows) < 5 || len(rows) > 6+2*standingMost {
			t.Errorf("%d rows, %v, where 5 were asked for", len(rows), err)
		}
	})
}

// near tells whether an incident is what was asked for, and whether it is one
// that started before.
func near(n Near, r Row) (is, old bool) {
	has := n.Country == "" || slices.ContainsFunc(r.Facts.Countries, func(c Country) bool { return c.Code == n.Country })
	has = has && (n.Service == "" || slices.Contains(r.Facts.Affected(), n.Service))
	if day := r.Entry.StartDay; day >= n.From {
		return has && day <= n.To, false
	}
	return has && (r.Entry.EndDay == nil || *r.Entry.EndDay >= n.From), true
}
