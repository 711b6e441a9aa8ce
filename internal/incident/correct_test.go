package incident

import (
	"context"
	"fmt"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
)

// TestCorrectionHasABound: a correction that would read more rows again than
// the bound is refused before anything is done; a new sheet is none.
func TestCorrectionHasABound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s, err := NewService(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		s.correctMost = 4
		sheetOf := func(name, asOf string, rows int) SheetEdition {
			sheet := SheetEdition{Kind: "sheet", Label: name, Schema: "E", SHA256: name, AsOf: asOf, Stated: true}
			for i := range rows {
				f := Facts{Period: Period{Kind: "main", Start: Date(fmt.Sprintf("2024-%02d-01", i+1)), EndState: "ended"}, Countries: []Country{{"IQ", "Iraq"}}}
				sheet.Rows = append(sheet.Rows, SheetRow{Line: i + 2, Cells: []string{name, fmt.Sprint(i)}, Year: 2024, Facts: f})
			}
			return sheet
		}
		take := func(sheet SheetEdition) ([]Account, error) {
			return s.Import(ctx, []SheetEdition{sheet}, ImportOptions{})
		}
		if _, err := take(sheetOf("one", "2025-01-01", 4)); err != nil {
			t.Fatal(err)
		}
		if acc, err := take(sheetOf("one", "2025-01-02", 4)); err != nil || len(acc[0].Corrects) != 1 {
			t.Fatalf("as many rows as the bound: %+v %v", acc, err)
		}
		if _, err := take(sheetOf("two", "2025-02-01", 1)); err != nil {
			t.Fatal(err)
		}
		before, err := s.Version(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := take(sheetOf("one", "2025-03-01", 4)); fault.KindOf(err) != fault.TooLarge {
			t.Errorf("one row more: %v", err)
		}
		ed, err := s.EditionByLabel(ctx, "one")
		if after, _ := s.Version(ctx); err != nil || ed.AsOf != "2025-01-02" || after != before {
			t.Errorf("something was done: %+v, version %d to %d, %v", ed, before, after, err)
		}
	})
}
