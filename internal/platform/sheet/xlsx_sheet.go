package sheet

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
)

// sheetReader reads one sheet's cells in one pass.
type sheetReader struct {
	w       *workbook
	p       *part
	rows    []Row
	row     int    // number of the current or last row, from 1
	column  int    // of the current or last cell, from 1
	cells   []Cell // of the current row, by column; reused
	used    int    // cells of the row up to the last that holds something
	links   []linkRange
	formula map[string]string // links of shared formulas, by their number
}

func (w *workbook) sheet(ref sheetRef) ([]Row, error) {
	p, err := w.archive.open(ref.part)
	if err != nil {
		return nil, err
	}
	defer p.close()
	s := &sheetReader{w: w, p: p, formula: map[string]string{}}
	err = p.each(func(t xml.StartElement) error {
		switch t.Name.Local {
		case "row":
			return s.readRow(t)
		case "hyperlink":
			return s.readLink(t)
		case "extLst":
			return p.skip()
		}
		return nil
	})
	if err != nil {
		return nil, at(err, ref.name, s.row, s.column)
	}
	s.column = 0
	if err := s.annotate(ref.part); err != nil {
		return nil, err
	}
	return s.rows, nil
}

func (s *sheetReader) fail(code, detail, expected string) error {
	return &Error{Code: code, Line: s.row, Column: s.column, Detail: detail, Expected: expected}
}

func (s *sheetReader) readRow(t xml.StartElement) error {
	s.column = 0
	n := s.row + 1
	if r := attr(t, "r"); r != "" {
		var err error
		if n, err = strconv.Atoi(r); err != nil || n <= s.row || n > excelRows {
			return damaged(fmt.Sprintf("after row %d comes a row numbered %.20q", s.row, r), err)
		}
	}
	s.row = n
	clear(s.cells[:s.used])
	s.used = 0
	err := s.p.each(func(t xml.StartElement) error {
		if t.Name.Local == "c" {
			return s.readCell(t)
		}
		return s.p.skip()
	})
	if err != nil {
		return err
	}
	s.column = 0
	if blank(s.cells[:s.used]) {
		return nil
	}
	lim := s.w.lim
	if len(s.rows) >= lim.Rows {
		return rowsError(lim, s.row)
	}
	if s.w.cells += s.used; s.w.cells > lim.Cells {
		return cellsError(lim, s.row)
	}
	s.rows = append(s.rows, Row{Line: s.row, Cells: s.w.mem.take(s.cells[:s.used])})
	return nil
}

// rawCell is a cell as the file has it, before its type is applied.
type rawCell struct {
	value, inline string
	link          string
	label         string // of a HYPERLINK formula
	formula       string
	hasInline     bool
	big           bool
}

func (s *sheetReader) readCell(t xml.StartElement) error {
	s.column++
	if ref := attr(t, "r"); ref != "" {
		_, col, ok := parseRef(ref)
		if !ok {
			return damaged(fmt.Sprintf("a cell of this row is named %.20q", ref), nil)
		}
		s.column = col + 1
	}
	var raw rawCell
	err := s.p.each(func(t xml.StartElement) error {
		var err error
		var big bool
		switch t.Name.Local {
		case "v":
			raw.value, big, err = s.p.text()
		case "is":
			raw.hasInline = true
			raw.inline, big, err = s.p.rich()
		case "f":
			err = s.readFormula(t, &raw)
		default:
			err = s.p.skip()
		}
		raw.big = raw.big || big
		return err
	})
	if err != nil {
		return err
	}
	shape := notDate
	if i, err := strconv.Atoi(attr(t, "s")); err == nil && i >= 0 && i < len(s.w.shapes) {
		shape = s.w.shapes[i]
	}
	c, err := s.cell(attr(t, "t"), raw, shape)
	if err != nil || c == (Cell{}) {
		return err
	}
	return s.put(c)
}

// readFormula looks for HYPERLINK("address","label"); of other formulas only
// the cached value matters. Cells that share a formula refer to it by number.
func (s *sheetReader) readFormula(t xml.StartElement, raw *rawCell) error {
	f, big, err := s.p.text()
	if err != nil || big {
		return err
	}
	raw.formula = f
	raw.link, raw.label = hyperlinkFormula(f)
	if attr(t, "t") == "shared" {
		if id := attr(t, "si"); f == "" {
			raw.link = s.formula[id]
		} else if raw.link != "" && len(s.formula) < maxRels {
			s.formula[id] = raw.link
		}
	}
	return nil
}

// cell applies the type: ECMA-376 part 1, 18.18.11.
func (s *sheetReader) cell(typ string, raw rawCell, shape dateShape) (Cell, error) {
	c := Cell{Text: raw.value, Kind: KindText, Link: raw.link}
	switch typ {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(raw.value))
		if raw.value == "" {
			break
		}
		if err != nil || i < 0 || i >= len(s.w.shared.text) {
			return c, damaged(fmt.Sprintf("the cell refers to the shared text %.20q, which does not exist", raw.value), nil)
		}
		c.Text = s.w.shared.text[i]
		raw.big = raw.big || s.w.shared.big[i]
	case "inlineStr":
		c.Text = raw.inline
	case "str":
		c.Text = unescape(raw.value)
	case "b":
		c.Kind = KindBool
		switch strings.TrimSpace(raw.value) {
		case "1", "true":
			c.Text = "TRUE"
		case "0", "false":
			c.Text = "FALSE"
		}
	case "e":
		c.Kind = KindError
	case "d":
		c.Text, c.Kind = isoDate(raw.value)
	default:
		if raw.hasInline && raw.value == "" {
			c.Text = raw.inline
		} else if raw.value != "" {
			c.Text, c.Kind = number(raw.value, shape, s.w.epoch1904)
		} else if raw.formula != "" && raw.label == "" {
			c.Text, c.Kind = "="+raw.formula, KindFormula // a blank here would hide it
		}
	}
	if raw.big || len(c.Text) > s.w.lim.CellBytes || len(c.Link) > s.w.lim.CellBytes {
		return c, s.fail(CodeCellTooBig, "the cell has more than "+size(int64(s.w.lim.CellBytes)),
			"at most "+size(int64(s.w.lim.CellBytes))+" in one cell")
	}
	if c.Text == "" {
		c.Text = raw.label
		if c.Kind = KindText; c.Text == "" {
			c.Kind = KindEmpty
		}
	}
	c.Date = c.Kind == KindDate
	return c, nil
}

// put stores a cell that holds something at the current column.
func (s *sheetReader) put(c Cell) error {
	if s.column > s.w.lim.Columns {
		return s.fail(CodeTooManyColumns, "too many columns", fmt.Sprintf("at most %d columns", s.w.lim.Columns))
	}
	if err := s.charge(c.Text, c.Link); err != nil {
		return err
	}
	for len(s.cells) < s.column {
		s.cells = append(s.cells, Cell{})
	}
	s.cells[s.column-1] = c
	s.used = max(s.used, s.column)
	return nil
}

// charge counts text: a shared text counts once for each cell that shows it,
// because that is what it costs those who get the table.
func (s *sheetReader) charge(texts ...string) error {
	for _, t := range texts {
		s.w.bytes += int64(len(t))
	}
	if s.w.bytes > s.w.lim.Text {
		return textError(s.w.lim, s.row)
	}
	return nil
}

// parseRef reads a cell's name such as AB12 or $AB$12, counted from zero.
func parseRef(ref string) (row, col int, ok bool) {
	i := 0
	skip := func() {
		if i < len(ref) && ref[i] == '$' {
			i++
		}
	}
	skip()
	for ; i < len(ref) && lower(ref[i]) >= 'a' && lower(ref[i]) <= 'z'; i++ {
		if col = col*26 + int(lower(ref[i])-'a') + 1; col > excelColumns {
			return 0, 0, false
		}
	}
	skip()
	digits := i
	for ; i < len(ref) && ref[i] >= '0' && ref[i] <= '9'; i++ {
		if row = row*10 + int(ref[i]-'0'); row > excelRows {
			return 0, 0, false
		}
	}
	return row - 1, col - 1, i == len(ref) && i > digits && row > 0 && col > 0
}

// hyperlinkFormula reads HYPERLINK("address") and HYPERLINK("address","label")
// where both are plain texts; an address put together from cells is not known
// without calculating. Anything else gives nothing.
func hyperlinkFormula(f string) (link, label string) {
	const name = "HYPERLINK("
	f = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(f), "="))
	if len(f) < len(name) || !strings.EqualFold(f[:len(name)], name) {
		return "", ""
	}
	link, rest, ok := formulaText(f[len(name):])
	if !ok {
		return "", ""
	}
	if rest == ")" {
		return link, link
	}
	if !strings.HasPrefix(rest, ",") {
		return "", ""
	}
	if label, rest, ok = formulaText(rest[1:]); ok && rest == ")" {
		return link, label
	}
	return link, "" // the label is calculated; the cached value has it
}

// formulaText reads a text in quotation marks, doubled inside.
func formulaText(f string) (text, rest string, ok bool) {
	f = strings.TrimSpace(f)
	if !strings.HasPrefix(f, `"`) {
		return "", "", false
	}
	var b strings.Builder
	for i := 1; i < len(f); i++ {
		if f[i] != '"' {
			b.WriteByte(f[i])
		} else if i+1 < len(f) && f[i+1] == '"' {
			b.WriteByte('"')
			i++
		} else {
			return b.String(), strings.TrimSpace(f[i+1:]), true
		}
	}
	return "", "", false
}
