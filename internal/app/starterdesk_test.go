package app

import (
	"os"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/shared"
	"keepiton/internal/stop"
)

// TestDeskOverTheStarter: what the desk corrected of the starter register counts once, when
// the sheets come and when all of them are read again.
func TestDeskOverTheStarter(t *testing.T) {
	content, err := os.ReadFile(shared.Path(t, "data", "stop", "accessnow_stop_combined_2016-2025_snapshot_2026-05-20.csv"))
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		c := x.crew()
		starter, err := stop.Starter()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x.record.Import(t.Context(), []incident.SheetEdition{*starter}, incident.ImportOptions{}); err != nil {
			t.Fatal(err)
		}
		counts := func(when string) {
			t.Helper()
			n, err := x.record.Total(t.Context(), incident.Filter{Year: 2025})
			if err != nil || n.N != 313 {
				t.Errorf("%s: %+v in 2025, %v", when, n, err)
			}
		}
		counts("the starter")
		for _, ref := range []string{"2025-0122", "2025-0131", "2025-0232"} {
			x.takeUp(t, c, ref, func(f *incident.Facts) { f.Period.Start, f.Period.End = "2025-11-20", "2025-11-21" })
		}
		counts("corrected")
		x.importFile(t.Context(), "sheet 2026-06-30.csv", content, incident.ImportOptions{}, "2026-06-30")
		counts("the sheet")
		x.importFile(t.Context(), "sheet 2026-06-30.csv", content, incident.ImportOptions{}, "2026-07-01")
		counts("read again")
		if problems := x.doctor(); problems != "" {
			t.Errorf("doctor: %s", problems)
		}
	})
}
