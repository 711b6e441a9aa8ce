package stop

import (
	"context"
	"encoding/json"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/shared"
)

// TestStoredFiguresEqualCountedOnes writes the figures of every year of every
// edition twice, from the stored counts and from the rows: the same bytes.
// One row of the record was edited, and some years hold nothing.
func TestStoredFiguresEqualCountedOnes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		loadStarterInto(t, s)
		if _, err := s.CutRelease(ctx, "frozen", "2026-05-20"); err != nil {
			t.Fatal(err)
		}
		importFile(t, s, shared.Path(t, "data", "stop", "accessnow_stop_sheet_2022.csv"))
		list, err := s.List(ctx, incident.Filter{Year: 2024, Country: "IN", Limit: 1})
		if err != nil || len(list.Rows) != 1 {
			t.Fatal(err)
		}
		_, err = s.Revise(ctx, list.Rows[0].Ref, 0, "tester", "a test", func(_ int, f incident.Facts) (incident.Facts, error) {
			f.Cause.Term, f.Countries = "coup", []incident.Country{{Code: "MM", Spelling: "Burma"}, {Code: "IN", Spelling: "India"}}
			return f, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		editions, err := s.Editions(ctx)
		if err != nil || len(editions) != 4 {
			t.Fatal(len(editions), err)
		}
		compared := 0
		for _, ed := range editions {
			for year := 2015; year <= 2026; year++ {
				counted, err := s.Figures(ctx, ed.ID, year)
				if err != nil {
					t.Fatal(err)
				}
				stored, err := s.FiguresOf(ctx, ed, year)
				if err != nil {
					t.Fatal(err)
				}
				want, err1 := json.Marshal(counted)
				got, err2 := json.Marshal(stored)
				if err1 != nil || err2 != nil || string(got) != string(want) {
					t.Errorf("%s %d:\nstored  %s\ncounted %s", ed.Label, year, got, want)
				}
				if counted.Shutdowns > 0 {
					compared++
				}
			}
		}
		if compared != 31 {
			t.Errorf("%d years hold entries, want ten of the record, the starter and the release, and one of the sheet", compared)
		}
	})
}
