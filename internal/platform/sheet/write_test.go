package sheet

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tealeg/xlsx/v3"
	"pgregory.net/rapid"
)

func writeAll(t testing.TB, w Writer, rows [][]string) {
	t.Helper()
	for _, r := range rows {
		if err := w.Row(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// anyCell draws text with a taste for what breaks tables.
func anyCell() *rapid.Generator[string] {
	nasty := rapid.SampledFrom([]string{"\"", "\"\"", ",", ";", "\t", "\r", "\n", "\r\n", " ", "\u00a0", "'", "=", "+", "-", "@", "=", "a",
		"\uFEFF", "\u200B", "é", "عدن", "😀", "sep=,", "sep=;", "PK\x03\x04", "PK", "%PDF-", "<html", "<?xml", "PAR1", "\x1f", "\x01", "_x000D_", "_x", "1", "\uFFFD", "\uFFFE"})
	joined := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(nasty, 0, 6).Draw(t, "pieces"), "") })
	free := rapid.Custom(func(t *rapid.T) string {
		return strings.ToValidUTF8(strings.ReplaceAll(rapid.String().Draw(t, "free"), "\x00", ""), "?")
	})
	return rapid.OneOf(joined, free)
}

func anyTable() *rapid.Generator[[][]string] {
	return rapid.SliceOfN(rapid.SliceOfN(anyCell(), 1, 6), 0, 8)
}

func TestCSVRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := anyTable().Draw(t, "rows")
		o := Out{Raw: rapid.Bool().Draw(t, "raw"), CRLF: rapid.Bool().Draw(t, "crlf"), BOM: rapid.Bool().Draw(t, "bom"), KeepNumbers: rapid.Bool().Draw(t, "numbers")}
		var b bytes.Buffer
		w := NewCSV(&b, o)
		for _, r := range rows {
			if err := w.Row(r); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		book, err := readBytes(b.Bytes(), "x.csv", Limits{})
		if err != nil {
			t.Fatalf("%v\n%q", err, b.String())
		}
		got := texts(book.Tables[0].Rows)
		if !o.Raw {
			for _, r := range got {
				for i, c := range r {
					if runs(c) && !(o.KeepNumbers && plainNumber(c)) {
						t.Fatalf("%q can run as a formula", c)
					}
					r[i], _ = Denatured(c)
				}
			}
		}
		if len(rows) == 0 {
			rows = nil
		}
		if d := cmp.Diff(rows, got); d != "" {
			t.Fatalf("%s\nfile %q", d, b.String())
		}
	})
}

func TestNeutralise(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a": "a", "a=1": "a=1", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "  =1": "'  =1",
		"\tx": "'\tx", "\rx": "'\rx", "\nx": "'\nx", "'": "'", "'a": "'a", "'=1": "''=1", "''=1": "'''=1", "\u00a0=1": "'\u00a0=1",
		"\uFEFF=1": "'\uFEFF=1", "\uFF1D1": "'\uFF1D1", " ": " ", "—": "—", "' =1": "'' =1",
	} {
		if got := Neutralise(in); got != want {
			t.Errorf("Neutralise(%q) = %q, want %q", in, got, want)
		}
		if back, did := Denatured(want); back != in || did != (in != want) {
			t.Errorf("Denatured(%q) = %q, %v", want, back, did)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := anyCell().Draw(t, "s")
		n := Neutralise(s)
		if back, _ := Denatured(n); back != s {
			t.Fatalf("%q -> %q -> %q", s, n, back)
		}
		if runs(n) {
			t.Fatalf("%q can run", n)
		}
	})
}

func TestCSVWriterBytes(t *testing.T) {
	var b bytes.Buffer
	writeAll(t, NewCSV(&b, Out{CRLF: true}), [][]string{{"a", "b"}, {"=1", "-58.4"}, {""}, {"x\ny", "z\r\nq"}})
	if want := "a,b\r\n'=1,'-58.4\r\n\"\"\r\n\"x\ny\",\"z\r\nq\"\r\n"; b.String() != want {
		t.Errorf("got %q", b.String())
	}
	b.Reset()
	writeAll(t, NewCSV(&b, Out{KeepNumbers: true, BOM: true}), [][]string{{"-58.4", "+1", "-", "-1+1", "'-5"}})
	if want := "\uFEFF\"-58.4\",+1,'-,'-1+1,''-5\n"; b.String() != want {
		t.Errorf("got %q", b.String())
	}
}

func TestWritersRefuse(t *testing.T) {
	for name, bad := range map[string]string{"nul": "a\x00b", "not utf-8": "caf\xE9"} {
		for _, w := range []Writer{NewCSV(&bytes.Buffer{}, Out{}), NewXLSX(&bytes.Buffer{}, "S", Out{})} {
			w.Row([]string{"ok"})
			err := w.Row([]string{"ok", bad})
			var e *Error
			if !errors.As(err, &e) || e.Code != CodeCannotWrite || e.Line != 2 || e.Column != 2 {
				t.Errorf("%s: %T gave %v", name, w, err)
			}
			if w.Close() == nil || w.Row(nil) == nil {
				t.Errorf("%s: %T forgot its error", name, w)
			}
		}
	}
	w := NewXLSX(&bytes.Buffer{}, "S", Out{})
	if err := w.Row([]string{strings.Repeat("é", excelCell)}); err != nil {
		t.Error(err)
	}
	if err := w.Row([]string{strings.Repeat("é", excelCell+1)}); err == nil {
		t.Error("a cell too long for Excel was written")
	}
	if err := NewXLSX(&bytes.Buffer{}, "S", Out{}).Row(make([]string, excelColumns+1)); err == nil {
		t.Error("a row too wide for Excel was written")
	}
}

// A full disk must be told at the latest by Close.
type fullDisk struct{ left int }

func (f *fullDisk) Write(p []byte) (int, error) {
	if len(p) > f.left {
		return f.left, errors.New("no space left on device")
	}
	f.left -= len(p)
	return len(p), nil
}

func TestWritersTellOfAFullDisk(t *testing.T) {
	for _, left := range []int{0, 100, 1000, 1500} {
		for name, w := range map[string]Writer{"csv": NewCSV(&fullDisk{left}, Out{}), "xlsx": NewXLSX(&fullDisk{left}, "S", Out{})} {
			for i := range 2000 {
				w.Row([]string{strings.Repeat(string(rune('a'+i%26)), i%77), "x"})
			}
			if err := w.Close(); err == nil {
				t.Errorf("%s with %d bytes of room closed without an error", name, left)
			}
		}
	}
}

func TestXLSXRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := anyTable().Draw(t, "rows")
		var b bytes.Buffer
		w := NewXLSX(&b, "S", Out{})
		for _, r := range rows {
			if err := w.Row(r); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		book, err := readBytes(b.Bytes(), "x.xlsx", Limits{})
		if err != nil {
			t.Fatal(err)
		}
		var want [][]string // without what a workbook has no place for
		for _, r := range rows {
			for len(r) > 0 && r[len(r)-1] == "" {
				r = r[:len(r)-1]
			}
			if strings.TrimSpace(strings.Join(r, "")) != "" {
				want = append(want, r)
			}
		}
		if d := cmp.Diff(want, texts(book.Tables[0].Rows)); d != "" {
			t.Fatal(d)
		}
	})
}

// The library is the second opinion on what we write.
func TestXLSXWriterReadByLibrary(t *testing.T) {
	rows := [][]string{{"name", "note"}, {"Côte d’Ivoire", "=1+1"}, {"", "two\nlines & <tags> \"q\""}, {"=HYPERLINK(\"x\")", "007"}}
	var b bytes.Buffer
	writeAll(t, NewXLSX(&b, "A/B [2020]: 'x'", Out{}), rows)
	f, err := xlsx.OpenBinary(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if f.Sheets[0].Name != "A B  2020   'x" {
		t.Errorf("sheet is named %q", f.Sheets[0].Name)
	}
	got, err := f.ToSlice()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(rows, got[0]); d != "" {
		t.Error(d)
	}
	for r := range rows {
		for c := range rows[r] {
			cell, err := f.Sheets[0].Cell(r, c)
			if err != nil {
				t.Fatal(err)
			}
			if cell.Formula() != "" || cell.Value != "" && cell.Type() != xlsx.CellTypeInline {
				t.Errorf("cell %d:%d has type %v and formula %q", r, c, cell.Type(), cell.Formula())
			}
			if got := cell.GetStyle().Font.Bold; cell.Value != "" && got != (r == 0) {
				t.Errorf("cell %d:%d bold: %v", r, c, got)
			}
		}
	}
	if p := f.Sheets[0].SheetViews[0].Pane; p == nil || p.YSplit != 1 || p.State != "frozen" {
		t.Errorf("the first row is not frozen: %+v", p)
	}
	var again bytes.Buffer
	writeAll(t, NewXLSX(&again, "A/B [2020]: 'x'", Out{}), rows)
	if !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Error("the same rows gave different bytes")
	}
}

func TestSheetName(t *testing.T) {
	for in, want := range map[string]string{"": "Sheet1", "History": "Sheet1", "''": "Sheet1", "2016-2018": "2016-2018", strings.Repeat("é", 40): strings.Repeat("é", 31),
		strings.Repeat("😀", 20): strings.Repeat("😀", 15), "a\x01b\xFFc": "a b c"} {
		if got := sheetName(in); got != want {
			t.Errorf("sheetName(%q) = %q, want %q", in, got, want)
		}
	}
}

var realSheets = map[string]int{ // rows with the header
	"accessnow_stop_combined_2016-2025_snapshot_2026-05-20.csv": 2103,
	"accessnow_stop_sheet_2016-2018.csv":                        378,
	"accessnow_stop_sheet_2019.csv":                             214,
	"accessnow_stop_sheet_2020.csv":                             160,
	"accessnow_stop_sheet_2021.csv":                             183,
	"accessnow_stop_sheet_2022.csv":                             188,
}

func TestRealSheets(t *testing.T) {
	dir := sharedDir(t)
	for name, want := range realSheets {
		book, err := Open(filepath.Join(dir, name), Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		rows := texts(book.Tables[0].Rows)
		if len(rows) != want {
			t.Errorf("%s has %d rows, want %d", name, len(rows), want)
		}
		for _, r := range rows {
			if len(r) != len(rows[0]) {
				t.Fatalf("%s: a row of %d cells, the header has %d", name, len(r), len(rows[0]))
			}
		}
		var b bytes.Buffer
		writeAll(t, NewCSV(&b, Out{Raw: true}), rows)
		if d := cmp.Diff(rows, texts(mustRead(t, b.Bytes(), name).Tables[0].Rows)); d != "" {
			t.Errorf("%s changed on the way: %.500s", name, d)
		}
		b.Reset()
		writeAll(t, NewXLSX(&b, "S", Out{}), rows)
		back := texts(mustRead(t, b.Bytes(), name).Tables[0].Rows)
		for i := range rows {
			for len(back[i]) < len(rows[i]) {
				back[i] = append(back[i], "")
			}
		}
		if d := cmp.Diff(rows, back); d != "" {
			t.Errorf("%s changed on the way through a workbook: %.500s", name, d)
		}
	}
}

func BenchmarkReadCSV(b *testing.B) {
	data, err := os.ReadFile(filepath.Join(sharedDir(b), "accessnow_stop_combined_2016-2025_snapshot_2026-05-20.csv"))
	if err != nil {
		b.Skip("shared data not found")
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if book, err := readBytes(data, "x.csv", Limits{}); err != nil || len(book.Tables[0].Rows) != 2103 {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadXLSX(b *testing.B) {
	book, err := Open(filepath.Join(sharedDir(b), "accessnow_stop_combined_2016-2025_snapshot_2026-05-20.csv"), Limits{})
	if err != nil {
		b.Fatal(err)
	}
	var buf bytes.Buffer
	writeAll(b, NewXLSX(&buf, "S", Out{}), texts(book.Tables[0].Rows))
	b.SetBytes(int64(buf.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := readBytes(buf.Bytes(), "x.xlsx", Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
