package atlas

import (
	"context"
	"strconv"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/page/htmlcheck"
	"keepiton/internal/platform/shared"
)

// TestBothEngines runs every query of this room on SQLite and PostgreSQL over
// one annual sheet and holds the pages against its figures.
func TestBothEngines(t *testing.T) {
	path := shared.Path(t, "data", "stop", "accessnow_stop_sheet_2022.csv")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRoom(t, d, today)
		importFile(t, r.record, path)
		ctx := context.Background()
		f, err := r.record.Figures(ctx, incident.RecordEdition, 2022)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []string{"/countries", "/countries/IN", "/countries/UA", "/countries/IR?year=2022", "/years", "/years/2022", "/years/2022/where", "/years/2022/why",
			"/years/2022/how", "/trends", "/map", "/map/UA"} {
			status, body, _ := r.packed(t, p)
			if status != 200 {
				t.Errorf("%s: %d", p, status)
				continue
			}
			for _, problem := range htmlcheck.Run(body, htmlcheck.Sound("en")) {
				t.Errorf("%s: %s", p, problem)
			}
		}
		en := newVoice(t, r, "en")
		facts := tables(t, r.get(t, "/years/2022").Body.Bytes())[en.T("atlas.figure_head")]
		for key, want := range map[string]int{"all": f.Shutdowns, "carried_in": f.CarriedIn, "ongoing": f.Ongoing, "cross_border": f.CrossBorder, "violence": f.Flags["violence"].Shutdowns} {
			if got := number(t, facts[en.T("atlas.fact."+key)][0]); got != want {
				t.Errorf("%s: page %d, figures %d", key, got, want)
			}
		}
		lines, err := r.record.Lines(ctx, incident.RecordEdition, "UA", []int{2022}, 100)
		if err != nil || len(lines) == 0 {
			t.Fatalf("%d lines, %v", len(lines), err)
		}
		longest, err := r.record.LongestOf(ctx, incident.RecordEdition, 2022, 5)
		if err != nil || len(longest) != 5 {
			t.Fatalf("%d longest, %v", len(longest), err)
		}
		for i, row := range longest {
			if i > 0 && row.Entry.SpanDays > longest[i-1].Entry.SpanDays {
				t.Errorf("the longest are not in order: %s", strconv.Itoa(i))
			}
		}
	})
}
