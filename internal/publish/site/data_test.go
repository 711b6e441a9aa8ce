package site

import (
	"testing"

	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/page/htmlcheck"
)

// TestUndatedSheetSaysSo: the day of an import is not the day a sheet was
// published.
func TestUndatedSheetSaysSo(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	w.read(t, sheet2022)
	w.check(t, "/data", 200, htmlcheck.HasText("#releases td", "Date not known; imported on "))
}
