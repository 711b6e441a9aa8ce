package incident

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestDays counts the days of random incidents one by one and compares, for
// stretches that begin and end anywhere, also after incidents were taken out.
func TestDays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s, err := NewService(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		rnd := rand.New(rand.NewPCG(3, 4))
		type one struct {
			f    *Facts
			year int
		}
		var all []one
		for range 60 {
			f, years := randomFacts(rnd, s.Taxonomy())
			start, _ := f.Period.Start.Day()
			if rnd.IntN(3) > 0 {
				f.Period.End, f.Period.EndState = DayDate(start+rnd.IntN(20)), "ended"
			}
			all = append(all, one{&f, years[len(years)-1]})
		}
		put := func(list []one, sign int64) {
			c := newCube(RecordEdition)
			for _, x := range list {
				c.addDays(x.f, x.year, sign)
			}
			if err := d.Write(ctx, func(tx db.Tx) error { return c.flush(ctx, tx) }); err != nil {
				t.Fatal(err)
			}
		}
		put(all, 1)
		compareDays(t, s, rnd, func(day int, area string) map[string]int64 {
			n := map[string]int64{}
			for _, x := range all {
				if area == AreaCountry("IN") && !slices.ContainsFunc(x.f.Countries, func(c Country) bool { return c.Code == "IN" }) {
					continue
				}
				for _, sp := range Spans(x.f, x.year) {
					if day >= sp.From && day <= sp.To {
						n[sp.Kind]++
					}
				}
			}
			return n
		})
		put(all, -1)
		if n, _, err := db.Value[int](ctx, d.Reader(), "/* test */ select count(*) from day_change"); err != nil || n != 0 {
			t.Errorf("%d changes are left when nothing is active (%v)", n, err)
		}
	})
}

func compareDays(t *testing.T, s *Service, rnd *rand.Rand, count func(day int, area string) map[string]int64) {
	t.Helper()
	ctx := context.Background()
	for range 25 {
		from := newYear(2016) + rnd.IntN(3000)
		to := from + rnd.IntN(700)
		area := []string{AreaWorld, AreaCountry("IN")}[rnd.IntN(2)]
		var want, got, runs []string
		for day := from; day <= to; day++ {
			for kind, n := range count(day, area) {
				want = append(want, fmt.Sprint(day, kind, n))
			}
		}
		days, err := s.Days(ctx, RecordEdition, area, from, to)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range days {
			got = append(got, fmt.Sprint(c.Day, c.Kind, c.N))
		}
		stretches, err := s.DayRuns(ctx, RecordEdition, area, from, to)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range stretches {
			if i > 0 && stretches[i-1].Kind == r.Kind && stretches[i-1].To+1 >= r.From {
				t.Errorf("%v follows %v without a day between", r, stretches[i-1])
			}
			for day := r.From; day <= r.To; day++ {
				runs = append(runs, fmt.Sprint(day, r.Kind, count(day, area)[r.Kind]))
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		slices.Sort(runs)
		if !slices.Equal(want, got) || !slices.Equal(want, runs) {
			t.Fatalf("%s %d to %d: %d days counted, Days has %d, DayRuns %d", area, from, to, len(want), len(got), len(runs))
		}
	}
}
