package sheet

import (
	"fmt"
	"strings"
)

// parseCSV reads a whole CSV file. The dialect is RFC 4180 with what people
// really send: separators , ; or tab; line ends LF, CRLF or CR; quotes in the
// middle of a bare cell are text; blanks after a closing quote are text too.
// Cells share memory with s wherever no quote had to be undoubled.
func parseCSV(s string, lim Limits) ([]Row, error) {
	s, err := decode(s)
	if err != nil {
		return nil, err
	}
	p := newCSVReader(s, lim)
	var rows []Row
	var mem slab
	cells, text := 0, int64(0)
	for {
		ok, err := p.record()
		if err != nil {
			return nil, err
		}
		if !ok {
			return rows, nil
		}
		if !p.quoted && blank(p.cells) {
			continue
		}
		if len(rows) >= lim.Rows {
			return nil, rowsError(lim, p.recLine)
		}
		if cells += len(p.cells); cells > lim.Cells {
			return nil, cellsError(lim, p.recLine)
		}
		for i := range p.cells {
			text += int64(len(p.cells[i].Text))
		}
		if text > lim.Text {
			return nil, textError(lim, p.recLine)
		}
		rows = append(rows, Row{Line: p.recLine, Cells: mem.take(p.cells)})
	}
}

func rowsError(lim Limits, line int) error {
	return &Error{Code: CodeTooManyRows, Line: line, Detail: "too many rows",
		Expected: fmt.Sprintf("at most %d rows that are not blank; split the file", lim.Rows)}
}

func cellsError(lim Limits, line int) error {
	return &Error{Code: CodeTooManyCells, Line: line, Detail: "too many cells",
		Expected: fmt.Sprintf("at most %d cells in one file; split it", lim.Cells)}
}

func textError(lim Limits, line int) error {
	return &Error{Code: CodeTooMuchText, Line: line, Detail: "too much text",
		Expected: "at most " + size(lim.Text) + " of text in one file; split it"}
}

// blank tells whether nobody would see anything in the cells.
func blank(cells []Cell) bool {
	for i := range cells {
		if cells[i].Link != "" || strings.TrimSpace(cells[i].Text) != "" {
			return false
		}
	}
	return true
}

// slab hands out rows of cells from larger pieces: one allocation for many
// rows. What it gives has no spare room, so appending to a row is safe.
type slab struct{ free []Cell }

// take copies the cells of a row.
func (m *slab) take(cells []Cell) []Cell {
	row := m.room(len(cells))
	copy(row, cells)
	return row
}

// room gives n empty cells.
func (m *slab) room(n int) []Cell {
	if n > len(m.free) {
		m.free = make([]Cell, max(n, 4096))
	}
	row := m.free[:n:n]
	m.free = m.free[n:]
	return row
}

// csvReader walks over the text once. record fills cells and recLine.
type csvReader struct {
	s   string
	sep byte
	cr  bool // a lone CR ends a line (old Macintosh files)
	lim Limits

	pos, line           int // next byte; the physical line it is on
	recLine             int
	fieldPos, fieldLine int // where the current cell starts, for messages
	column              int // the current cell, counted from 1
	quoted              bool
	cells               []Cell
}

func newCSVReader(s string, lim Limits) *csvReader {
	p := &csvReader{s: s, sep: ',', lim: lim, line: 1, cr: loneCR(s)}
	if sep, n := sepLine(s); n > 0 {
		p.sep, p.pos, p.line = sep, n, 2
		return p
	}
	p.sep = separator(s, p.cr)
	return p
}

// sepLine knows the line "sep=;" with which Excel's users state a separator.
// A cell of our own writer that looks like it is quoted, hence not taken.
func sepLine(s string) (sep byte, n int) {
	if len(s) < 6 || !strings.EqualFold(s[:4], "sep=") || !strings.ContainsRune(",;\t", rune(s[4])) {
		return 0, 0
	}
	switch {
	case strings.HasPrefix(s[5:], "\r\n"):
		return s[4], 7
	case s[5] == '\n' || s[5] == '\r':
		return s[4], 6
	}
	return 0, 0
}

// bare calls f for each byte outside quoted cells, before the separator is
// known: a quotation mark opens a cell wherever any separator might end one.
// f gets 0 in place of a quoted cell and stops the walk with false.
func bare(s string, f func(i int, c byte) bool) {
	start := true
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '"' && start {
			for i++; i < len(s); i++ {
				if s[i] != '"' {
					continue
				}
				if i+1 == len(s) || s[i+1] != '"' {
					break
				}
				i++
			}
			c = 0
		}
		if i < len(s) && !f(i, c) {
			return
		}
		start = c == '\n' || c == '\r' || c == ',' || c == ';' || c == '\t'
	}
}

// loneCR decides whether a CR without LF ends a line: only in files where such
// line ends are the majority. Elsewhere it is text that belongs to its cell.
func loneCR(s string) bool {
	if strings.IndexByte(s, '\r') < 0 {
		return false
	}
	lf, cr := 0, 0
	bare(s, func(i int, c byte) bool {
		switch {
		case c == '\n':
			lf++
		case c == '\r' && (i+1 == len(s) || s[i+1] != '\n'):
			cr++
		}
		return true
	})
	return cr > lf
}

// separator finds the separator from the header. A remark may stand above the
// header and cells may hold the other separators, so each candidate is counted
// in the first records: it scores by the number it has in the first record
// that has any and by how many records agree, and loses by coming late.
func separator(s string, cr bool) byte {
	const candidates, records = ",;\t", 20
	var counts [records][len(candidates)]int
	n, blank := 0, true
	bare(s, func(i int, c byte) bool {
		if c == '\n' || c == '\r' && cr {
			if !blank {
				n++
			} else {
				counts[n] = [len(candidates)]int{}
			}
			blank = true
			return n < records
		}
		if k := strings.IndexByte(candidates, c); k >= 0 {
			counts[n][k]++
		} else {
			blank = blank && (c == ' ' || c == '\r')
		}
		return true
	})
	if n < records && !blank {
		n++
	}
	best, bestScore := candidates[0], 0.0
	for k := range len(candidates) {
		first, width, agree := 0, 0, 0
		for r, count := range counts[:n] {
			if width == 0 && count[k] > 0 {
				first, width = r, count[k]
			}
			if width > 0 && count[k] == width {
				agree++
			}
		}
		late := float64(1+first) * float64(1+first)
		if score := float64(width) * float64(agree) / late; score > bestScore {
			best, bestScore = candidates[k], score
		}
	}
	return best
}

// record reads the next record into cells. It is false at the end of the text.
func (p *csvReader) record() (bool, error) {
	p.cells, p.quoted, p.recLine, p.column = p.cells[:0], false, p.line, 0
	if p.pos >= len(p.s) {
		return false, nil
	}
	for {
		p.fieldPos, p.fieldLine = p.pos, p.line
		p.column++
		text, isQuoted, err := p.field()
		if err != nil {
			return false, err
		}
		if err := p.keep(text, isQuoted); err != nil {
			return false, err
		}
		if p.pos >= len(p.s) {
			return true, nil
		}
		c := p.s[p.pos]
		p.pos++
		if c == p.sep {
			continue
		}
		if c == '\r' && p.pos < len(p.s) && p.s[p.pos] == '\n' {
			p.pos++
		}
		p.line++
		return true, nil
	}
}

// keep adds a cell. Empty cells beyond the limit are what a spreadsheet writes
// when somebody coloured whole rows; they hold nothing and are let go.
func (p *csvReader) keep(text string, isQuoted bool) error {
	if len(text) > p.lim.CellBytes {
		return p.fail(CodeCellTooBig, "the cell has "+size(int64(len(text))),
			"at most "+size(int64(p.lim.CellBytes))+" in one cell; if the cell should be short, look for a quotation mark that was opened here and never closed")
	}
	p.quoted = p.quoted || isQuoted
	if p.column > p.lim.Columns {
		if text == "" && !isQuoted {
			return nil
		}
		return p.fail(CodeTooManyColumns, "too many columns", fmt.Sprintf("at most %d columns", p.lim.Columns))
	}
	kind := KindText
	if text == "" {
		kind = KindEmpty
	}
	p.cells = append(p.cells, Cell{Text: text, Kind: kind})
	return nil
}

func (p *csvReader) fail(code, detail, expected string) error {
	return &Error{Code: code, Line: p.fieldLine, Column: p.column, Detail: detail, Expected: expected}
}

// field reads one cell and leaves pos on the separator or line end after it.
func (p *csvReader) field() (text string, quoted bool, err error) {
	if p.pos < len(p.s) && p.s[p.pos] == '"' {
		text, err = p.quotedField()
		return text, true, err
	}
	i := p.pos
	for i < len(p.s) && !p.ends(i) {
		i++
	}
	text = p.s[p.pos:i]
	p.pos = i
	return text, false, nil
}

// ends tells whether the byte at i ends a bare cell.
func (p *csvReader) ends(i int) bool {
	switch c := p.s[i]; c {
	case '\n', p.sep:
		return true
	case '\r':
		return p.cr || i+1 == len(p.s) || p.s[i+1] == '\n'
	}
	return false
}

func (p *csvReader) quotedField() (string, error) {
	s, from := p.s, p.pos+1
	var joined []byte // the text so far, once a doubled quote was met
	i := from
	for {
		j := strings.IndexByte(s[i:], '"')
		if j < 0 {
			return "", p.fail(CodeUnbalancedQuote, "a quotation mark is opened here and never closed",
				`a second quotation mark at the end of the cell; a mark inside a quoted cell is written twice ("")`)
		}
		i += j
		if i+1 >= len(s) || s[i+1] != '"' {
			break
		}
		if joined = append(joined, s[from:i+1]...); len(joined) > p.lim.CellBytes {
			return string(joined), nil // keep refuses it
		}
		i += 2
		from = i
	}
	text := s[from:i]
	if joined != nil {
		text = string(append(joined, text...))
	}
	p.line += p.newlines(s[p.fieldPos:i])
	end := i + 1
	for end < len(s) && (s[end] == ' ' || s[end] == '\t') && s[end] != p.sep {
		end++
	}
	if end < len(s) && !p.ends(end) {
		return "", p.fail(CodeStrayQuote, fmt.Sprintf("the quoted cell that starts here is closed on line %d, but more text follows", p.line),
			`a separator or a line end after the closing quotation mark; a mark inside a quoted cell is written twice ("")`)
	}
	if end > i+1 {
		text += s[i+1 : end]
	}
	p.pos = end
	return text, nil
}

// newlines counts line ends inside a cell as an editor would.
func (p *csvReader) newlines(t string) int {
	n := strings.Count(t, "\n")
	if p.cr {
		n += strings.Count(t, "\r") - strings.Count(t, "\r\n")
	}
	return n
}

// locate gives the physical line and the column of the byte that follows
// prefix, for complaints about bytes.
func locate(prefix string) (line, column int) {
	// One more letter makes sure that the place is inside some cell.
	p := newCSVReader(prefix+"x", Limits{CellBytes: len(prefix) + 1, Columns: len(prefix) + 1}.defaults())
	for {
		ok, err := p.record()
		if p.pos >= len(p.s) || err != nil || !ok {
			break
		}
	}
	return p.fieldLine + p.newlines(p.s[p.fieldPos:]), p.column
}
