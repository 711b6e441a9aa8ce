package stop

import (
	"context"
	"fmt"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/shared"
)

// TestPagesOfAList walks whole lists page by page: every entry once, in order,
// as many as the total says, and as many as the published figure says.
func TestPagesOfAList(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		loadStarterInto(t, s)
		for _, f := range []incident.Filter{
			{}, {Sort: "oldest"}, {Sort: "longest"}, {Sort: "changed"}, {Country: "IN"}, {Country: "IN", Sort: "longest"},
			{Year: 2022, Country: "IR"}, {Service: "grindr"}, {Service: "twitter", Year: 2019}, {Region: "mena", Cause: "exam_cheating"},
			{Query: "kashmir"}, {Query: "kashmir", Year: 2019, Sort: "oldest"}, {Query: "Grindr", Country: "TR"}, {State: "ongoing", Year: 2025},
			{OrderedBy: "military", Network: "mobile"}, {Extent: "service_based", Reason: "unknown", Sort: "longest"},
		} {
			name := fmt.Sprint(f.Values().Encode())
			total, err := s.Total(ctx, f)
			if err != nil {
				t.Fatal(name, err)
			}
			seen := map[int64]bool{}
			f.Limit = 37
			for {
				p, err := s.List(ctx, f)
				if err != nil {
					t.Fatal(name, err)
				}
				for _, r := range p.Rows {
					if seen[r.Entry.Ord] {
						t.Fatalf("%s: entry %d twice", name, r.Entry.Ord)
					}
					seen[r.Entry.Ord] = true
				}
				if p.Next == "" {
					break
				}
				f.After = p.Next
			}
			if len(seen) != total.N || len(seen) == 0 {
				t.Errorf("%s: %d entries on the pages, the total says %d", name, len(seen), total.N)
			}
		}
	})
}

// TestListEqualsFigure: the list behind a published number has that many rows.
func TestListEqualsFigure(t *testing.T) {
	ctx := context.Background()
	s := newRecord(t, dbtest.SQLite(t))
	loadStarterInto(t, s)
	for year := 2016; year <= 2025; year++ {
		fig, err := s.Figures(ctx, incident.RecordEdition, year)
		if err != nil {
			t.Fatal(err)
		}
		for _, term := range s.Taxonomy().Terms(incident.SchemeCause) {
			total, err := s.Total(ctx, incident.Filter{Year: year, Cause: term.Key})
			if err != nil || total.N != fig.By["actual_cause"][term.Label(year)] {
				t.Errorf("%d %s: list %d, figure %d (%v)", year, term.Key, total.N, fig.By["actual_cause"][term.Label(year)], err)
			}
		}
		for service, n := range fig.Services {
			total, err := s.Total(ctx, incident.Filter{Year: year, Service: service})
			if err != nil || total.N != n.Shutdowns {
				t.Errorf("%d %s: list %d, figure %d (%v)", year, service, total.N, n.Shutdowns, err)
			}
		}
	}
}

// TestReleaseStaysAsItWas freezes the record, changes it, and reads the release.
func TestReleaseStaysAsItWas(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		loadStarterInto(t, s)
		before, err := s.Figures(ctx, incident.RecordEdition, 2022)
		if err != nil {
			t.Fatal(err)
		}
		rel, err := s.CutRelease(ctx, "test", "2026-05-20")
		if err != nil {
			t.Fatal(err)
		}
		if rel.Entries != 2102 || rel.Incidents != 1892 {
			t.Errorf("release: %+v", rel)
		}
		if _, err := s.CutRelease(ctx, "test", ""); err == nil {
			t.Error("a label was given twice")
		}
		list, err := s.List(ctx, incident.Filter{Year: 2022, Country: "IR", Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Revise(ctx, list.Rows[0].Ref, 0, "tester", "test", func(_ int, f incident.Facts) (incident.Facts, error) {
			f.Cause.Term = "coup"
			return f, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		after, err := s.Figures(ctx, rel.ID, 2022)
		if err != nil {
			t.Fatal(err)
		}
		before.Release = after.Release
		same(t, "the release after a change of the record", after, before)
		if note, err := s.VerifyReleases(ctx); err != nil {
			t.Error(note, err)
		}
		if note, err := s.VerifyCounts(ctx); err != nil {
			t.Error(note, err)
		}
		c, err := s.Compare(ctx, rel, mustEdition(t, s, incident.RecordEdition), 2022)
		if err != nil || len(c.Rows) != 1 || c.Rows[0].Kind != "changed" {
			t.Errorf("comparison: %+v %v", c, err)
		}
	})
}

func mustEdition(t *testing.T, s *incident.Service, id int64) incident.Edition {
	t.Helper()
	e, err := s.Edition(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestAnnualSheets imports the combined sheet and then the sheets of single
// years: the record keeps its figures, each sheet keeps its own, and the
// restatement of 2022 is explained row by row.
func TestAnnualSheets(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		importFile(t, s, shared.Path(t, "data", "stop", combined))
		for _, x := range sheets[1:] {
			acc := importFile(t, s, shared.Path(t, "data", "stop", x.file))
			if acc.Leading {
				t.Errorf("%s leads over the newer combined sheet", x.file)
			}
		}
		checkGolden(t, s, incident.RecordEdition)
		eds, err := s.Editions(ctx)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string][2]int{"accessnow_stop_sheet_2019": {213, 33}, "accessnow_stop_sheet_2020": {159, 29}, "accessnow_stop_sheet_2021": {182, 34}, "accessnow_stop_sheet_2022": {187, 35}}
		years := map[string]int{"accessnow_stop_sheet_2019": 2019, "accessnow_stop_sheet_2020": 2020, "accessnow_stop_sheet_2021": 2021, "accessnow_stop_sheet_2022": 2022}
		for _, e := range eds {
			w, ok := want[e.Label]
			if !ok {
				continue
			}
			f, err := s.Figures(ctx, e.ID, years[e.Label])
			if err != nil || f.Shutdowns != w[0] || f.Countries != w[1] {
				t.Errorf("%s: %d shutdowns in %d countries, want %v (%v)", e.Label, f.Shutdowns, f.Countries, w, err)
			}
			if e.Label == "accessnow_stop_sheet_2022" {
				check2022(t, s, e, f)
			}
		}
	})
}

// check2022 holds the sheet of 2022 against the list of finer figures and the
// restatement: 19 rows came, none went.
func check2022(t *testing.T, s *incident.Service, e incident.Edition, f *incident.Figures) {
	t.Helper()
	if f.Flags["violence"].Shutdowns != 133 || f.Flags["hr_abuse"] != (incident.Tally{Shutdowns: 48, Countries: 14}) || f.Ongoing != 16 {
		t.Errorf("2022: violence %v, abuse %v, ongoing %d", f.Flags["violence"], f.Flags["hr_abuse"], f.Ongoing)
	}
	scope := f.By["geo_scope"]
	if scope["It only affected one city, county, or village"] != 92 || scope["It affected more than one city in the same state, province, or region"] != 35 ||
		scope["It affected locations in more than one state, province, or region"] != 59 || scope["Not sure"] != 1 {
		t.Errorf("2022 scope: %v", scope)
	}
	c, err := s.Compare(context.Background(), e, mustEdition(t, s, incident.RecordEdition), 2022)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, r := range c.Rows {
		kinds[r.Kind]++
	}
	t.Logf("2022 restated: %v, recoded %v", kinds, c.Recoded)
	if c.Counts != [2]int{187, 206} || kinds["added"]-kinds["removed"] != 19 {
		t.Errorf("2022: %v rows, %v", c.Counts, kinds)
	}
}
