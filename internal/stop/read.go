package stop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/sheet"
)

// ImporterVersion is noted with every imported sheet; it rises when the same
// cells would be read as other facts.
const ImporterVersion = "1"

// Licence of the coalition's data, as it is stated by others.
const Licence = "STOP, Access Now and the #KeepItOn coalition, CC BY 4.0"

// Refusal is a row that cannot be read, with the place and the reason.
type Refusal = sheet.Error

// Reader turns files into editions.
type Reader struct {
	Taxonomy *incident.Taxonomy
	Places   *geo.Matcher
	Year     int    // count year of sheets that do not state one, 0 to find it out
	AsOf     string // date the sheets state the record for, "" if not known
	Limits   sheet.Limits
	// Open reads a file; nil means [sheet.Open]. The program sets
	// sheet.ReadInChild here, so that a hostile file can only kill a child.
	Open func(ctx context.Context, path string, lim sheet.Limits) (*sheet.Book, error)
}

// File reads all sheets of a file. Refused rows do not stop the reading, so
// that one run shows them all; the caller must not import a file that has any.
func (r *Reader) File(ctx context.Context, path string) ([]incident.SheetEdition, []Refusal, error) {
	open := r.Open
	if open == nil {
		open = func(_ context.Context, p string, lim sheet.Limits) (*sheet.Book, error) { return sheet.Open(p, lim) }
	}
	book, err := open(ctx, path, r.Limits)
	if err != nil {
		return nil, nil, err
	}
	return r.Book(book)
}

// Book turns an open file into editions.
func (r *Reader) Book(book *sheet.Book) ([]incident.SheetEdition, []Refusal, error) {
	var editions []incident.SheetEdition
	var refused []Refusal
	var beside []string
	for _, t := range book.Tables {
		if len(t.Rows) == 0 {
			continue
		}
		ed, bad, err := r.table(book, t)
		if err != nil {
			var se *sheet.Error
			// A workbook may carry a sheet that is no table of shutdowns, such
			// as a read-me; only a file in which nothing fits is refused.
			if errors.As(err, &se) && se.Code == "stop.no_header" && len(book.Tables) > 1 {
				beside = append(beside, fmt.Sprintf("“%s” (%d rows)", t.Sheet, len(t.Rows)))
				continue
			}
			return nil, nil, err
		}
		editions = append(editions, *ed)
		refused = append(refused, bad...)
	}
	if len(editions) == 0 {
		return nil, nil, &sheet.Error{File: book.Name, Line: 1, Code: "stop.empty",
			Detail: "the file has no sheet of shutdowns", Expected: "a header line and at least one row below it"}
	}
	editions[0].Beside = beside
	return editions, refused, nil
}

func (r *Reader) table(book *sheet.Book, t sheet.Table) (*incident.SheetEdition, []Refusal, error) {
	if book.Format == sheet.CSV {
		t.Sheet = "" // only the file's own name again
	}
	l, err := detect(book.Name, t)
	if err != nil {
		return nil, nil, err
	}
	body := rowsBelow(t, l.line)
	if len(body) == 0 {
		return nil, nil, &sheet.Error{File: book.Name, Sheet: t.Sheet, Line: l.line, Code: "stop.no_rows",
			Detail: "there is a header, but no row below it", Expected: "one row for each shutdown"}
	}
	if _, own := l.at["count_year"]; !own {
		l.year, err = r.sheetYear(book, t, l, body)
		if err != nil && !isParkedSheet(t.Sheet) {
			return nil, nil, err
		}
		// Parked cases are not counted; each stands under the year it began.
		l.byStart = err != nil
	}
	name := strings.TrimSuffix(book.Name, filepath.Ext(book.Name))
	label := name
	if len(book.Tables) > 1 {
		label = name + " / " + t.Sheet
	}
	asOf := r.AsOf
	if asOf == "" {
		asOf = dateIn.FindString(book.Name)
	}
	ed := &incident.SheetEdition{Kind: "sheet", Label: label, File: book.Name, Sheet: t.Sheet, Schema: l.schema.Name,
		SHA256: book.SHA256, AsOf: asOf, Stated: r.AsOf != "" || r.Year != 0, Remark: l.remark, Header: l.header, Unknown: l.extra, Importer: ImporterVersion, Licence: Licence}
	p := &rowParser{file: book.Name, table: t.Sheet, layout: l, tax: r.Taxonomy, places: r.Places, cache: map[string]geo.Result{}}
	parked := isParkedSheet(t.Sheet)
	var refused []Refusal
	for _, row := range body {
		row = denature(row)
		out := incident.SheetRow{Line: row.Line, Cells: texts(row, len(l.header)), Extras: extras(row)}
		facts, year, warnings, err := p.parse(row)
		var se *sheet.Error
		if err != nil && !errors.As(err, &se) {
			return nil, nil, err
		}
		beyond := beyondHeader(row, l)
		if torn := tornRow(book, t.Sheet, row, l); torn != nil && (se != nil || beyond > 0 || len(row.Cells) < len(l.header)) {
			se = torn // its cells may stand under the wrong names
		}
		if se != nil {
			refused = append(refused, *se)
			continue
		}
		if beyond > 0 {
			warnings = append(warnings, incident.Warning{Rule: warnBeyond,
				Detail: fmt.Sprintf("column %d (%s) is to the right of the table; its text is kept and not read", beyond, sheet.ColumnName(beyond-1))})
		}
		out.Facts, out.Year, out.Warnings = facts, year, warnings
		extract := factsOnly(facts)
		out.Extract = incident.HashFacts(&extract)
		if parked {
			out.Parked = "its sheet is named “" + t.Sheet + "”"
		}
		ed.Rows = append(ed.Rows, out)
	}
	warnTwins(ed.Rows)
	return ed, refused, nil
}

// tornRow is why a row of a CSV file that cannot be read has fewer cells than
// the header, or more: what its cells seem to lack is not the cause. It is nil
// for a row of the right length; a workbook leaves out empty cells by itself.
func tornRow(book *sheet.Book, name string, row sheet.Row, l *layout) *sheet.Error {
	if book.Format != sheet.CSV || len(row.Cells) == len(l.header) {
		return nil
	}
	out := &sheet.Error{File: book.Name, Sheet: name, Line: row.Line, Code: "stop.torn_row",
		Detail:   fmt.Sprintf("the row has %d cells, the header has %d", len(row.Cells), len(l.header)),
		Expected: "one cell for each column; a cell that holds a separator or a line break stands between quotation marks"}
	for i, c := range row.Cells {
		if strings.ContainsAny(c.Text, "\r\n") {
			out.Column = i + 1
			out.Detail += "; this cell goes on over the end of a line, so a quotation mark may have been opened here and never closed"
			break
		}
	}
	return out
}

// beyondHeader is the number of the first column to the right of the header in
// which the row has a text, from 1, or 0.
func beyondHeader(row sheet.Row, l *layout) int {
	for i := len(l.header); i < len(row.Cells); i++ {
		if strings.TrimSpace(row.Cells[i].Text) != "" {
			return i + 1
		}
	}
	return 0
}

func rowsBelow(t sheet.Table, line int) []sheet.Row {
	i := sort.Search(len(t.Rows), func(i int) bool { return t.Rows[i].Line > line })
	var out []sheet.Row
	for _, row := range t.Rows[i:] {
		for _, c := range row.Cells {
			if strings.TrimSpace(c.Text) != "" {
				out = append(out, row)
				break
			}
		}
	}
	return out
}

// isParkedSheet tells the list of cases that wait for confirmation and are not
// counted.
func isParkedSheet(name string) bool {
	n := strings.ToLower(name)
	return strings.Contains(n, "need") && strings.Contains(n, "detail") || strings.Contains(n, "unconfirmed")
}

var yearIn = regexp.MustCompile(`(?:^|[^0-9])(20[0-3][0-9])(?:[^0-9]|$)`)

// sheetYear finds the count year of a sheet that has no column for it: the one
// given by the caller, the one in the sheet's or the file's name, or else the
// year in which most of its rows start, when no row starts later.
func (r *Reader) sheetYear(book *sheet.Book, t sheet.Table, l *layout, rows []sheet.Row) (int, error) {
	if r.Year != 0 {
		return r.Year, nil
	}
	for _, name := range []string{t.Sheet, book.Name} {
		if all := yearIn.FindAllStringSubmatch(name, -1); len(all) == 1 {
			return strconv.Atoi(all[0][1])
		}
	}
	starts, latest := map[int]int{}, 0
	for _, row := range rows {
		if i := l.at["start_date"]; i < len(row.Cells) {
			if d, ok := parseDate(row.Cells[i].Text); ok && d.date != "" {
				starts[d.date.Year()]++
				latest = max(latest, d.date.Year())
			}
		}
	}
	if latest > 0 && starts[latest]*2 > len(rows) {
		return latest, nil
	}
	return 0, &sheet.Error{File: book.Name, Sheet: t.Sheet, Line: l.line, Code: "stop.which_year",
		Detail: "the sheet has no column for the count year, and neither its name nor its dates tell the year", Expected: "--count-year=2021, or a sheet named 2021"}
}

// dateIn finds the date a file's name states it was taken on.
var dateIn = regexp.MustCompile(`20\d{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])`)

func texts(row sheet.Row, width int) []string {
	out := make([]string, max(width, len(row.Cells)))
	for i, c := range row.Cells {
		out[i] = c.Text
	}
	return out
}

// denature takes the apostrophe away that keeps a spreadsheet from running a
// cell: our own exports put it there, and spreadsheets show such a cell without.
func denature(row sheet.Row) sheet.Row {
	for i := range row.Cells {
		if text, was := sheet.Denatured(row.Cells[i].Text); was {
			row.Cells[i].Text = text
		}
	}
	return row
}

// extras keeps links and comments of cells that a plain text cannot hold.
func extras(row sheet.Row) string {
	type extra struct {
		Column  string `json:"column"`
		Link    string `json:"link,omitempty"`
		Comment string `json:"comment,omitempty"`
	}
	var list []extra
	for i, c := range row.Cells {
		if c.Link != "" || c.Comment != "" {
			list = append(list, extra{sheet.ColumnName(i), c.Link, c.Comment})
		}
	}
	if len(list) == 0 {
		return ""
	}
	doc, err := json.Marshal(list)
	if err != nil {
		return ""
	}
	return string(doc)
}

// warnTwins marks rows of one year that tell the same story. They stay apart.
func warnTwins(rows []incident.SheetRow) {
	first := map[string]int{}
	for i := range rows {
		f := &rows[i].Facts
		key := fmt.Sprintf("%d|%s|%s|%s|%s|%v", rows[i].Year, f.CountryText(), f.Period.Start, strings.ToLower(f.Measure.Area), f.Measure.Extent, f.Affected())
		if j, twin := first[key]; twin {
			for _, k := range []int{i, j} {
				other := rows[i+j-k].Line
				if !hasWarning(rows[k].Warnings, warnTwin) {
					rows[k].Warnings = append(rows[k].Warnings, incident.Warning{Rule: warnTwin, Detail: fmt.Sprintf("line %d is alike in country, start, area, extent and services", other)})
				}
			}
			continue
		}
		first[key] = i
	}
}

func hasWarning(list []incident.Warning, rule string) bool {
	for _, w := range list {
		if w.Rule == rule {
			return true
		}
	}
	return false
}

func parseDays(s string) (float64, bool) {
	n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	return n, err == nil
}
