package stop

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/shared"
	"keepiton/internal/platform/sheet"
)

var sheets = []struct {
	file, schema string
	year, rows   int
}{
	{combined, "E", 0, 2102},
	{"accessnow_stop_sheet_2016-2018.csv", "A", 0, 377},
	{"accessnow_stop_sheet_2019.csv", "B", 2019, 213},
	{"accessnow_stop_sheet_2020.csv", "D", 2020, 159},
	{"accessnow_stop_sheet_2021.csv", "D", 2021, 182},
	{"accessnow_stop_sheet_2022.csv", "D", 2022, 187},
}

// TestNotSureStaysAnAnswer: a reach nobody was sure of is not written as one
// nobody asked about, in any schema, and is read again as it was.
func TestNotSureStaysAnAnswer(t *testing.T) {
	s := newRecord(t, dbtest.SQLite(t))
	take(t, s, readSheets(t, s, sheetE(t, "a.csv", map[Field]string{"geo_scope": "Not sure", "area_name": "Basra"})), incident.ImportOptions{})
	for _, schema := range []string{"A", "B", "C", "D", "E"} {
		path := filepath.Join(t.TempDir(), schema+".csv")
		out, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Write(context.Background(), s, Export{Schema: schema, Raw: true}, out); err != nil {
			t.Fatal(err)
		}
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
		if again := stated(t, s, path, 2024, ""); again[0].Rows[0].Facts.Measure.Scope != "not_sure" {
			t.Errorf("schema %s: the reach is read as %q", schema, again[0].Rows[0].Facts.Measure.Scope)
		}
	}
}

// TestSheetsComeOutAsTheyWentIn imports each real sheet into a record of its
// own, writes it again and compares every cell, header included.
func TestSheetsComeOutAsTheyWentIn(t *testing.T) {
	for _, x := range sheets {
		t.Run(x.file, func(t *testing.T) {
			path := shared.Path(t, "data", "stop", x.file)
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				s := newRecord(t, d)
				acc := importFile(t, s, path)
				if len(acc.Rows) != x.rows {
					t.Errorf("%d rows, want %d", len(acc.Rows), x.rows)
				}
				want := cellsOf(t, path)
				for _, format := range []string{"csv", "xlsx"} {
					for _, year := range []int{x.year, 0} {
						var out bytes.Buffer
						if _, err := Write(context.Background(), s, Export{Schema: x.schema, Year: year, Format: format, Raw: true}, &out); err != nil {
							t.Fatal(err)
						}
						compareCells(t, format, cellsIn(t, out.Bytes(), format), want)
					}
				}
			})
		})
	}
}

func cellsOf(t *testing.T, path string) [][]string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return cellsIn(t, raw, "csv")
}

func cellsIn(t *testing.T, raw []byte, name string) [][]string {
	t.Helper()
	book, err := sheet.Read(bytes.NewReader(raw), int64(len(raw)), "x."+name, sheet.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for _, r := range rowsBelow(book.Tables[0], 0) {
		cells := make([]string, len(r.Cells))
		for i, c := range r.Cells {
			cells[i] = c.Text
		}
		out = append(out, cells)
	}
	return out
}

func compareCells(t *testing.T, what string, got, want [][]string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d lines, want %d", what, len(got), len(want))
	}
	wrong := 0
	for i := range want {
		for j := range max(len(want[i]), len(got[i])) {
			a, b := at(got[i], j), at(want[i], j)
			if a != b {
				if wrong++; wrong < 6 {
					t.Errorf("%s: line %d column %s: %q, want %q", what, i+1, sheet.ColumnName(j), a, b)
				}
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%s: %d cells differ", what, wrong)
	}
}

func at(cells []string, i int) string {
	if i < len(cells) {
		return cells[i]
	}
	return ""
}

var _ = incident.RecordEdition

// TestPublicSheetKeepsConfidence: what the site hands out names no
// confidential source, and changes nothing else.
func TestPublicSheetKeepsConfidence(t *testing.T) {
	s := newRecord(t, dbtest.SQLite(t))
	importFile(t, s, sheetE(t, "c 2025-01-01.csv",
		map[Field]string{"info_source": "Confidential", "info_source_link": "https://example.org/secret"},
		map[Field]string{"country": "Cuba", "info_source": "News media article", "info_source_link": "https://example.org/open"}))
	for public, secrets := range map[bool]int{true: 0, false: 1} {
		var out bytes.Buffer
		if _, err := Write(context.Background(), s, Export{Schema: "E", Public: public}, &out); err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(out.Bytes(), []byte("secret")); n != secrets || !bytes.Contains(out.Bytes(), []byte("example.org/open")) {
			t.Errorf("public %v: the confidential link stands there %d times", public, n)
		}
	}
}
