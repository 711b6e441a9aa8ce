package sheet

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// excelCell is how many UTF-16 units a cell may have before Excel calls the
// workbook damaged.
const excelCell = 32767

type xlsxWriter struct {
	zip    *zip.Writer
	b      *bufio.Writer
	row    int
	closed bool
	err    error
}

// NewXLSX writes a workbook of one sheet to w as rows come in. Every cell is
// typed as text, so none can run as a formula and Out changes nothing; cells
// that look like one are also marked as quoted, or they would start to run
// once somebody edits them. The first row is bold and stays in view. The same
// rows give the same bytes. The sheet's name is made acceptable where needed.
//
// A spreadsheet's own bounds hold: 1,048,576 rows, 16,384 columns and 32,767
// UTF-16 units in a cell; beyond them Row gives an *Error and the caller may
// turn to CSV. Empty cells are not written, so empty cells at the end of a row
// and blank rows are not read back.
func NewXLSX(w io.Writer, name string, o Out) Writer {
	x := &xlsxWriter{zip: zip.NewWriter(w)}
	for _, p := range xlsxParts(sheetName(name)) {
		x.part(p[0], p[1])
	}
	x.part("xl/worksheets/sheet1.xml", xmlHead+`<worksheet xmlns="`+nsMain+`"><sheetViews><sheetView tabSelected="1" workbookViewId="0">`+
		`<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>`)
	return x
}

const (
	xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	nsMain  = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	nsDoc   = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	nsRels  = "http://schemas.openxmlformats.org/package/2006/relationships"
	typMain = "application/vnd.openxmlformats-officedocument.spreadsheetml."
)

// xlsxParts gives everything but the sheet: names and contents, in the order
// in which they are written. Cell formats: 0 plain, 1 bold, 2 plain and quoted,
// 3 bold and quoted.
func xlsxParts(name string) [][2]string {
	var b strings.Builder
	w := bufio.NewWriter(&b)
	escapeText(w, name)
	w.Flush()
	xf := func(rest string) string { return `<xf numFmtId="0" fillId="0" borderId="0" xfId="0" ` + rest + `/>` }
	return [][2]string{
		{"[Content_Types].xml", xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
			`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Default Extension="xml" ContentType="application/xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="` + typMain + `sheet.main+xml"/>` +
			`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + typMain + `worksheet+xml"/>` +
			`<Override PartName="/xl/styles.xml" ContentType="` + typMain + `styles+xml"/></Types>`},
		{"_rels/.rels", xmlHead + `<Relationships xmlns="` + nsRels + `">` +
			`<Relationship Id="rId1" Type="` + nsDoc + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", xmlHead + `<workbook xmlns="` + nsMain + `" xmlns:r="` + nsDoc + `">` +
			`<bookViews><workbookView/></bookViews><sheets><sheet name="` + b.String() + `" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", xmlHead + `<Relationships xmlns="` + nsRels + `">` +
			`<Relationship Id="rId1" Type="` + nsDoc + `/worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="rId2" Type="` + nsDoc + `/styles" Target="styles.xml"/></Relationships>`},
		{"xl/styles.xml", xmlHead + `<styleSheet xmlns="` + nsMain + `">` +
			`<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
			`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
			`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
			`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
			`<cellXfs count="4">` + xf(`fontId="0"`) + xf(`fontId="1" applyFont="1"`) +
			xf(`fontId="0" quotePrefix="1"`) + xf(`fontId="1" applyFont="1" quotePrefix="1"`) + `</cellXfs>` +
			`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`},
	}
}

// part starts a part of the zip; the time is fixed so that the bytes are.
func (x *xlsxWriter) part(name, content string) {
	if x.b != nil && x.err == nil {
		x.err = x.b.Flush()
	}
	if x.err != nil {
		return
	}
	w, err := x.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		x.err = err
		return
	}
	x.b = bufio.NewWriterSize(w, 16<<10)
	_, x.err = x.b.WriteString(content)
}

func (x *xlsxWriter) Row(cells []string) error {
	if x.err != nil {
		return x.err
	}
	x.row++
	if x.err = fitsWorkbook(cells, x.row); x.err != nil {
		return x.err
	}
	fmt.Fprintf(x.b, `<row r="%d">`, x.row)
	for i, cell := range cells {
		if cell == "" {
			continue
		}
		style := 0
		if x.row == 1 {
			style = 1
		}
		if runs(strings.TrimLeft(cell, "'")) {
			style += 2
		}
		fmt.Fprintf(x.b, `<c r="%s%d" s="%d" t="inlineStr"><is><t xml:space="preserve">`, ColumnName(i), x.row, style)
		escapeText(x.b, cell)
		x.b.WriteString(`</t></is></c>`)
	}
	_, x.err = x.b.WriteString("</row>")
	return x.err
}

func (x *xlsxWriter) Close() error {
	if x.err != nil || x.closed {
		return x.err
	}
	x.closed = true
	x.b.WriteString("</sheetData></worksheet>")
	if x.err = x.b.Flush(); x.err == nil {
		x.err = x.zip.Close()
	}
	return x.err
}

// fitsWorkbook gives the *Error of a row that no workbook can hold.
func fitsWorkbook(cells []string, row int) error {
	if row > excelRows || len(cells) > excelColumns {
		return &Error{Code: CodeCannotWrite, Line: row, Detail: "the table is too large for a workbook",
			Expected: fmt.Sprintf("at most %d rows and %d columns; write CSV instead", excelRows, excelColumns)}
	}
	for i, cell := range cells {
		if err := writable(cell, row, i+1); err != nil {
			return err
		}
		if len(cell) > excelCell && utf16Len(cell) > excelCell {
			return &Error{Code: CodeCannotWrite, Line: row, Column: i + 1, Detail: "the cell is too long for a workbook",
				Expected: fmt.Sprintf("at most %d characters; write CSV instead", excelCell)}
		}
	}
	return nil
}

// xlsxTrial is what [TryXLSX] gives.
type xlsxTrial struct{ row int }

// TryXLSX writes nothing and gives the errors that [NewXLSX] would: for asking
// first where half a workbook must not go out.
func TryXLSX() Writer { return &xlsxTrial{} }

func (x *xlsxTrial) Row(cells []string) error {
	x.row++
	return fitsWorkbook(cells, x.row)
}

func (x *xlsxTrial) Close() error { return nil }

func utf16Len(s string) int {
	n := utf8.RuneCountInString(s)
	for _, r := range s {
		if r > 0xFFFF {
			n++
		}
	}
	return n
}
