package site

import (
	"context"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/page/htmlcheck"
	"keepiton/internal/stop"
)

// TestUndatedSheetSaysSo: the day of an import is not the day a sheet was
// published.
func TestUndatedSheetSaysSo(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	w.read(t, sheet2022)
	w.check(t, "/data", 200, htmlcheck.HasText("#releases td", "Date not known; imported on "))
}

// TestStarterSaysWhatItLacks: as long as the starter register is served, the
// pages that promise the sheet cell for cell say what is left out; the whole
// sheet ends that. No key of ours stands in its cells.
func TestStarterSaysWhatItLacks(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	ed, err := stop.Starter()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.record.Import(context.Background(), []incident.SheetEdition{*ed}, incident.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	w.check(t, "/data", 200, htmlcheck.HasText(".note", "facts drawn from the coalition’s sheet of 20 May 2026"))
	w.check(t, "/about", 200, htmlcheck.HasText("#method p", "starter register"))
	if body := string(w.get("/data/stop.csv").body); strings.Contains(body, "other_service") {
		t.Error("the sheet holds a key of ours")
	}
	w.read(t, combined)
	w.check(t, "/data", 200, htmlcheck.Lacks("starter register: facts"))
	w.check(t, "/about", 200, htmlcheck.Lacks("starter register"))
}
