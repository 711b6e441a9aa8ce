package incident

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestNobodyKnowsTomorrow: no length, order by length or count of days reaches
// beyond the day of the clock, and a year that is over counts to its close.
func TestNobodyKnowsTomorrow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s, err := NewService(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		today, _ := Date("2026-11-22").Day()
		s.now = func() int64 { return time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC).UnixMicro() }
		type one struct {
			start, end, state string
			year, days        int
		}
		list := []one{
			{"2026-11-20", "", "ongoing", 2026, 3}, {"2026-11-01", "2026-11-12", "ended", 2026, 12}, {"2026-11-22", "", "ongoing", 2026, 1},
			{"2026-11-15", "2026-12-31", "ended", 2026, 8}, {"2025-12-30", "", "ongoing", 2025, 2}, {"2026-11-10", "2026-11-13", "ended", 2026, 4},
			{"2026-11-18", "2026-11-22", "ended", 2026, 5}, {"2026-10-01", "", "unknown", 2026, 1},
		}
		err = d.Write(ctx, func(tx db.Tx) error {
			w := newEntryWriter(RecordEdition, s.Taxonomy())
			for i, x := range list {
				id := int64(i + 1)
				f := Facts{Period: Period{Kind: "main", Start: Date(x.start), End: Date(x.end), EndState: x.state, StartKind: "actual"}, Countries: []Country{{"IN", "India"}}}
				if err := db.Insert(ctx, tx, "incident", []incidentRow{{ID: id, Ref: fmt.Sprintf("%d-%04d", x.year, id), State: "published", Origin: fromSheet, Revision: 1}}); err != nil {
					return err
				}
				doc := marshalFacts(&f)
				w.add(&Entry{Seq: i + 1, Incident: &id, Year: x.year, Counted: 1, Latest: 1, Doc: &doc, Hash: HashFacts(&f)}, &f, "")
			}
			return w.flush(ctx, tx)
		})
		if err != nil {
			t.Fatal(err)
		}
		want := slices.Clone(list)
		slices.SortStableFunc(want, func(a, b one) int { return b.days - a.days })
		for _, most := range []int{5000, 1} { // gathered, and walked along the index
			s.gatherMost = most
			f := Filter{Edition: RecordEdition, Sort: "longest", Limit: 2}
			var got []int
			var pages []string
			for range len(list) {
				p, err := s.List(ctx, f)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range p.Rows {
					got = append(got, r.Entry.SpanDays)
				}
				if before, ok, err := s.PageBefore(ctx, f); err != nil || ok != (len(pages) > 0) || ok && before != pages[len(pages)-1] {
					t.Errorf("most %d: the page before %q is %q %v %v", most, f.After, before, ok, err)
				}
				if pages = append(pages, f.After); p.Next == "" {
					break
				}
				f.After = p.Next
			}
			for i, x := range want {
				if len(got) != len(want) || got[i] != x.days {
					t.Fatalf("most %d: lengths %v, want %v", most, got, want)
				}
			}
		}
		first, last := YearDays(2026)
		days, err := s.Days(ctx, RecordEdition, AreaWorld, first, last)
		if err != nil || len(days) == 0 {
			t.Fatal(days, err)
		}
		runs, err := s.DayRuns(ctx, RecordEdition, AreaWorld, first, last)
		if err != nil || len(runs) == 0 {
			t.Fatal(runs, err)
		}
		for _, x := range days {
			if x.Day > today {
				t.Errorf("%d active on %s", x.N, DayDate(x.Day))
			}
		}
		for _, x := range runs {
			if x.To > today {
				t.Errorf("active until %s", DayDate(x.To))
			}
		}
		standing, _, err := s.Standing(ctx, RecordEdition, 2026, 10)
		if err != nil || len(standing) != 2 || standing[0].SpanDays != 3 || standing[1].SpanDays != 1 {
			t.Errorf("standing %+v %v", standing, err)
		}
		if note, err := s.VerifyCounts(ctx); err != nil {
			t.Error(note, err)
		}
	})
}
