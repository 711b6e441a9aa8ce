package stop

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/shared"
)

// TestCompareFindsEveryDifference holds comparisons of real editions against a
// plain walk over all rows of both.
func TestCompareFindsEveryDifference(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newRecord(t, d)
		loadStarterInto(t, s)
		importFile(t, s, shared.Path(t, "data", "stop", "accessnow_stop_sheet_2022.csv"))
		starter := editionOfKind(t, s, "starter")
		sheet := editionOfKind(t, s, "sheet")
		record := mustEdition(t, s, incident.RecordEdition)
		for _, pair := range [][2]incident.Edition{{sheet, record}, {record, sheet}, {starter, sheet}, {starter, record}, {record, record}} {
			c, err := s.Compare(context.Background(), pair[0], pair[1], 2022)
			if err != nil {
				t.Fatal(err)
			}
			a, b := factsByRef(t, s, pair[0]), factsByRef(t, s, pair[1])
			if c.Counts != [2]int{len(a), len(b)} || c.Areas != [2]int{countriesIn(a), countriesIn(b)} {
				t.Errorf("%s to %s: %v rows in %v countries, want %d and %d", c.Before, c.After, c.Counts, c.Areas, len(a), len(b))
			}
			var got, want []string
			recoded := 0
			for _, r := range c.Rows {
				got = append(got, r.Kind+" "+r.Ref)
				if r.Title == "" || (r.Kind == "changed") != (len(r.Diff) > 0) {
					t.Errorf("%+v", r)
				}
			}
			for ref, f := range b {
				old, ok := a[ref]
				switch {
				case !ok:
					want = append(want, "added "+ref)
					continue
				case !sameFigures(old, f):
					want = append(want, "changed "+ref)
				}
				if old.Cause.Term != f.Cause.Term {
					recoded++
				}
			}
			for ref := range a {
				if b[ref] == nil {
					want = append(want, "removed "+ref)
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s to %s: %v, want %v", c.Before, c.After, got, want)
			}
			for _, n := range c.Recoded {
				recoded -= n
			}
			if recoded != 0 {
				t.Errorf("%s to %s: causes coded anew: %v", c.Before, c.After, c.Recoded)
			}
			t.Logf("%s to %s: %d rows", c.Before, c.After, len(got))
		}
	})
}

// sameFigures is what makes a row of a comparison, said once more.
func sameFigures(a, b *incident.Facts) bool {
	text := func(f *incident.Facts) string {
		services := f.Affected()
		slices.Sort(services)
		var codes []string
		for _, c := range f.Countries {
			codes = append(codes, c.Code)
		}
		return fmt.Sprint(f.Period.Start, f.Period.End, f.Period.EndState, codes, foldedArea(f.Measure.Area), f.Measure.Scope, f.Measure.Method,
			f.Measure.Network, f.Measure.Extent, f.OrderedBy(), f.Cause.Term, f.Reason.Term, slices.Compact(services))
	}
	for _, flag := range b.Flags {
		if old := a.Flag(flag.Key); old != incident.NotAsked && old != flag.State {
			return false
		}
	}
	return text(a) == text(b)
}

// factsByRef reads the rows of 2022; those of a sheet that belong to no
// incident have a name of their own.
func factsByRef(t *testing.T, s *incident.Service, ed incident.Edition) map[string]*incident.Facts {
	t.Helper()
	out := map[string]*incident.Facts{}
	err := s.Each(context.Background(), ed.ID, 2022, func(r incident.Row) error { out[r.Ref] = r.Facts; return nil })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func countriesIn(rows map[string]*incident.Facts) int {
	set := map[string]bool{}
	for _, f := range rows {
		for _, c := range f.Countries {
			set[c.Code] = true
		}
	}
	return len(set)
}

// TestCompareForReaderHasABound compares large years: many rows that agree are
// no trouble; many that differ are refused, but not to the command line.
func TestCompareForReaderHasABound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		const n = incident.CompareLimit + 1
		fillYear(t, s, n)
		rel, err := s.CutRelease(ctx, "large", "2026-05-20")
		if err != nil {
			t.Fatal(err)
		}
		record := mustEdition(t, s, incident.RecordEdition)
		c, err := s.CompareForReader(ctx, rel, record, 2020)
		if err != nil || c.Counts != [2]int{n, n} || len(c.Rows) != 0 {
			t.Fatalf("two equal editions: %+v, %v", c, err)
		}
		empty := incident.Edition{ID: 99, Label: "an edition without rows"}
		if _, err := s.CompareForReader(ctx, empty, record, 2020); fault.KindOf(err) != fault.TooLarge {
			t.Errorf("%d rows that differ: %v", n, err)
		}
		if c, err := s.Compare(ctx, empty, record, 2020); err != nil || len(c.Rows) != n {
			t.Errorf("the command line: %v", err)
		}
	})
}

// fillYear invents n incidents of 2020.
func fillYear(t testing.TB, s *incident.Service, n int) {
	t.Helper()
	syn, err := NewSynthetic(1, n)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Fill(context.Background(), n, func(i int) (incident.Facts, []int) {
		f, _ := syn.Next(i)
		return f, []int{2020}
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
}

// foldedArea is how areas are compared: spelling makes no difference.
func foldedArea(s string) string {
	n := strings.Join(strings.Fields(geo.Normalise(s)), " ")
	if n == "national" || n == "countrywide" {
		return "nationwide"
	}
	return n
}
