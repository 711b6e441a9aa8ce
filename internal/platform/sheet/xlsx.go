package sheet

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	excelRows    = 1 << 20
	excelColumns = 1 << 14
)

// workbook is what all sheets of a file share while it is read.
type workbook struct {
	*archive
	epoch1904 bool
	shapes    []dateShape // per cell format
	shared    sharedStrings
	cells     int   // in all sheets so far
	bytes     int64 // of text in all sheets so far
	mem       slab
}

// sheetRef is a sheet as the workbook lists it.
type sheetRef struct {
	name, rel, part string
	hidden          bool
}

func readXLSX(r io.ReaderAt, n int64, lim Limits) ([]Table, error) {
	a, err := openArchive(r, n, lim)
	if err != nil {
		return nil, err
	}
	w := &workbook{archive: a}
	refs, err := w.open()
	if err != nil {
		return nil, asDamaged(err)
	}
	tables := make([]Table, 0, len(refs))
	for _, ref := range refs {
		rows, err := w.sheet(ref)
		if err != nil {
			return nil, asDamaged(at(err, ref.name, 0, 0))
		}
		tables = append(tables, Table{Sheet: ref.name, Hidden: ref.hidden, Rows: rows})
	}
	return tables, nil
}

// asDamaged turns an end that came too early into something to tell people.
func asDamaged(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return err
	}
	return damaged("the workbook is cut off or damaged", err)
}

// open finds the workbook part and reads what the sheets need: their names,
// the shared texts, the formats and the day on which dates start.
func (w *workbook) open() ([]sheetRef, error) {
	main, err := w.mainPart()
	if err != nil {
		return nil, err
	}
	refs, err := w.list(main)
	if err != nil {
		return nil, err
	}
	rels, err := w.rels(main)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]rel, len(rels))
	for _, r := range rels {
		byID[r.id] = r
		if r.external || !w.has(r.target) {
			continue
		}
		switch r.kind {
		case "sharedStrings":
			w.shared, err = w.sharedStrings(r.target)
		case "styles":
			w.shapes, err = w.styles(r.target)
		}
		if err != nil {
			return nil, err
		}
	}
	sheets := refs[:0]
	for _, ref := range refs {
		r, ok := byID[ref.rel]
		if !ok || r.external {
			return nil, at(damaged("the workbook lists this sheet but does not hold it", nil), ref.name, 0, 0)
		}
		if r.kind == "worksheet" { // the others are charts, dialogs and macros
			ref.part = r.target
			sheets = append(sheets, ref)
		}
	}
	if len(sheets) == 0 {
		return nil, noWorkbook("the workbook has no sheet with cells")
	}
	return sheets, nil
}

func noWorkbook(detail string) *Error {
	return &Error{Code: CodeNoWorkbook, Detail: detail,
		Expected: "an .xlsx workbook or a .csv file; open what you have in a spreadsheet program and save it as one of these"}
}

// mainPart finds the workbook, or says what the zip holds instead.
func (w *workbook) mainPart() (string, error) {
	rels, err := w.rels("")
	if err != nil {
		return "", err
	}
	main := "xl/workbook.xml"
	for _, r := range rels {
		if r.kind == "officeDocument" && !r.external && w.has(r.target) {
			main = r.target
			break
		}
	}
	other := func(what string) (string, error) {
		return "", &Error{Code: CodeOtherFormat, Detail: "this is " + what,
			Expected: "an .xlsx workbook or a .csv file; open it where it was made and choose Save As or Export, Excel Workbook (.xlsx)"}
	}
	switch {
	case strings.HasSuffix(main, ".bin") || !w.has(main) && w.has("xl/workbook.bin"):
		return other("a binary Excel workbook (.xlsb)")
	case strings.HasPrefix(main, "word/") || w.has("word/document.xml"):
		return other("a Word document")
	case strings.HasPrefix(main, "ppt/"):
		return other("a presentation")
	case w.has(main):
		return main, nil
	case w.has("mimetype") && w.has("content.xml"):
		return other("an OpenDocument file (.ods or the like)")
	case w.has("Index/Document.iwa") || w.has("Index.zip"):
		return other("an Apple Numbers, Pages or Keynote file")
	}
	return "", noWorkbook("this is a zip file without a workbook in it")
}

// list reads the workbook's sheets in the order in which people see them.
func (w *workbook) list(main string) ([]sheetRef, error) {
	p, err := w.archive.open(main)
	if err != nil {
		return nil, err
	}
	defer p.close()
	var refs []sheetRef
	err = p.each(func(t xml.StartElement) error {
		switch t.Name.Local {
		case "workbookPr":
			v := attr(t, "date1904")
			w.epoch1904 = v == "1" || v == "true"
		case "sheet":
			if len(refs) >= w.lim.Sheets {
				return &Error{Code: CodeTooManySheets, Detail: "too many sheets",
					Expected: fmt.Sprintf("at most %d sheets; send only those that matter", w.lim.Sheets)}
			}
			name, state := attr(t, "name"), attr(t, "state")
			if len(name) > 1000 {
				return damaged("a sheet's name is far too long", nil)
			}
			refs = append(refs, sheetRef{name: unescape(name), rel: relID(t), hidden: state != "" && state != "visible"})
		}
		return nil
	})
	return refs, err
}
