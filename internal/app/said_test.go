package app

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/stop"
)

// TestSheetAfterTheDeskCorrected: whatever two organisations signed in place of what a
// sheet says, the next sheets find the incident again by what they said before. It is
// counted once, comes back from nothing, and a source they call confidential is
// named nowhere.
func TestSheetAfterTheDeskCorrected(t *testing.T) {
	t.Parallel()
	kenya := rowLike("country", "Kenya", "area_name", "Kisumu", "event", "")
	said := func(set ...string) map[stop.Field]string {
		return rowLike(append([]string{"event", "NAMESAPERSON was arrested", "info_source", "News media", "info_source_link", secretSource}, set...)...)
	}
	for name, change := range map[string]func(*incident.Facts){
		"start":   func(f *incident.Facts) { f.Period.Start = "2026-01-05" },
		"area":    func(f *incident.Facts) { f.Measure.Area, f.Places = "Isfahan", nil },
		"country": func(f *incident.Facts) { f.Countries = []incident.Country{{Code: "IQ", Spelling: "Iraq"}} },
		"start and area": func(f *incident.Facts) {
			f.Period.Start, f.Measure.Area, f.Places, f.Measure.Extent = "2026-01-05", "Isfahan", nil, "service_based"
		},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				x := startDesk(t, d)
				c := x.crew()
				ref := x.importRows("sheet 2026-02-01.csv", incident.ImportOptions{}, said(), kenya).Rows[0].Ref
				lead := x.corrected(c, ref, change)
				next := func(n, counted int, row map[stop.Field]string) {
					t.Helper()
					a := x.importRows(fmt.Sprintf("sheet 2026-03-%02d.csv", n), incident.ImportOptions{}, row, kenya)
					if a.Rows[0].Outcome != incident.Parked || a.Rows[0].Desk != ref {
						t.Errorf("sheet %d: the row: %+v", n, a.Rows[0])
					}
					x.counts(t, "", counted)
				}
				next(1, 2, said("event", "NAMESAPERSON was arrested again"))
				next(2, 2, said("event", "NAMESAPERSON was arrested again, they say", "area_name", "Tehran")) // as the sheet before, and one thing more
				if at := x.wherever(t, ref, secretSource); len(at) == 0 {
					t.Fatal("the source is named nowhere: nothing was tried")
				}
				next(3, 2, said("event", "NAMESAPERSON was freed", "info_source", "Confidential"))
				if at := x.wherever(t, ref, secretSource, "sheet+2026-02-01", "sheet+2026-03-03"); len(at) > 0 {
					t.Errorf("a sheet calls its source confidential, and it stands at %v", at)
				}
				if err := x.work.cases.Retract(t.Context(), c.editor.actor(), lead, "it names a person"); err != nil {
					t.Fatal(err)
				}
				next(4, 1, said("event", "NAMESAPERSON was arrested for good", "end_date", "2026-02-03"))
				x.importFile(context.Background(), "again.csv", x.sheetOf(said(), kenya), incident.ImportOptions{}, "2026-02-02")
				x.counts(t, "", 1)
				x.settled()
				for _, at := range []string{"/incidents", "/incidents.csv", "/incidents/" + ref, "/api/v1/incidents", "/data/stop.csv", "/feeds/incidents.atom", "/search?q=arrested"} {
					if b := x.nobody().get(at); strings.Contains(b.body, "NAMESAPERSON") {
						t.Errorf("taken back, and %s tells of it: %d", at, b.status)
					}
				}
				if problems := x.doctor(); problems != "" {
					t.Errorf("doctor: %s", problems)
				}
			})
		})
	}
}

// TestSecretsInAnyOrder: a source that any row of a sheet calls confidential is named by
// no incident of the desk in its country, wherever that row stands.
func TestSecretsInAnyOrder(t *testing.T) {
	own := rowLike("info_source", "News media", "info_source_link", "https://paper.example/one", "event", "")
	other := rowLike("start_date", "2026-05-05", "end_date", "2026-05-06", "area_name", "Isfahan", "shutdown_extent", "Service-based", "actual_cause", "Exam cheating",
		"info_source", "Confidential", "info_source_link", secretSource, "event", "")
	for name, rows := range map[string][]map[stop.Field]string{"its own row last": {other, own}, "its own row first": {own, other}} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				x := startDesk(t, d)
				ref := x.importRows("sheet 2026-02-01.csv", incident.ImportOptions{}, rowLike("info_source", "News media", "info_source_link", secretSource, "event", "")).Rows[0].Ref
				x.takeUp(t, x.crew(), ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
				if at := x.wherever(t, ref, secretSource); len(at) == 0 {
					t.Fatal("it is named nowhere: nothing was tried")
				}
				x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, rows...)
				if at := x.wherever(t, ref, secretSource); len(at) > 0 {
					t.Errorf("it stands at %v", at)
				}
			})
		})
	}
}
