package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keepiton/internal/platform/child"
)

// TestMain lets the test binary serve as the child, as main does.
func TestMain(m *testing.M) {
	if child.Asked(os.Args[1:]) {
		os.Exit(child.Main(os.Args[1:], os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

func readBytes(data []byte, name string, lim Limits) (*Book, error) {
	return Read(bytes.NewReader(data), int64(len(data)), name, lim)
}

func mustRead(t testing.TB, data []byte, name string) *Book {
	t.Helper()
	b, err := readBytes(data, name, Limits{})
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	return b
}

// texts gives the texts of the rows.
func texts(rows []Row) [][]string {
	var out [][]string
	for _, r := range rows {
		row := make([]string, len(r.Cells))
		for i, c := range r.Cells {
			row[i] = c.Text
		}
		out = append(out, row)
	}
	return out
}

func lines(rows []Row) []int {
	var out []int
	for _, r := range rows {
		out = append(out, r.Line)
	}
	return out
}

// wantError checks code and place, and that the message names the file.
func wantError(t *testing.T, err error, code string, line, column int) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error %s", err, code)
	}
	if e.Code != code || e.Line != line || e.Column != column {
		t.Errorf("got %s at %d:%d, want %s at %d:%d (%v)", e.Code, e.Line, e.Column, code, line, column, e)
	}
	if e.Detail == "" || e.Expected == "" {
		t.Errorf("%s lacks detail or expectation: %+v", code, e)
	}
	if e.File == "" || !strings.Contains(e.Error(), e.File) {
		t.Errorf("the message does not name the file: %q", e.Error())
	}
	return e
}

// zipOf packs parts, given as name, content, name, content.
func zipOf(t testing.TB, parts ...string) []byte { return zipWith(t, zip.Deflate, parts) }

func zipWith(t testing.TB, method uint16, parts []string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		f, err := w.CreateHeader(&zip.FileHeader{Name: parts[i], Method: method})
		if err != nil {
			t.Fatal(err)
		}
		f.Write([]byte(parts[i+1]))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const testHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`

// workbookParts builds a workbook of one sheet around the given XML; more
// holds further parts and may replace nothing.
func workbookParts(sheet string, more ...string) []string {
	return append([]string{
		"[Content_Types].xml", testHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"_rels/.rels", testHead + `<Relationships xmlns="` + nsRels + `"><Relationship Id="rId1" Type="` + nsDoc + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml", testHead + `<workbook xmlns="` + nsMain + `" xmlns:r="` + nsDoc + `"><sheets><sheet name="One" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", testHead + `<Relationships xmlns="` + nsRels + `">` +
			`<Relationship Id="rId1" Type="` + nsDoc + `/worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="rId2" Type="` + nsDoc + `/sharedStrings" Target="/xl/sharedStrings.xml"/>` +
			`<Relationship Id="rId3" Type="` + nsDoc + `/styles" Target="styles.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml", sheet,
	}, more...)
}

func sheetXML(rows string) string {
	return testHead + `<worksheet xmlns="` + nsMain + `" xmlns:r="` + nsDoc + `"><sheetData>` + rows + `</sheetData></worksheet>`
}

func workbookOf(t testing.TB, rows string, more ...string) []byte {
	t.Helper()
	return zipOf(t, workbookParts(sheetXML(rows), more...)...)
}

// sharedDir finds the steering folder's data, or skips.
func sharedDir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("KEEPITON_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared")
	}
	dir = filepath.Join(dir, "data", "stop")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("shared data not found")
	}
	return dir
}
