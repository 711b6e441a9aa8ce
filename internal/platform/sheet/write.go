package sheet

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Writer writes a table row by row. After an error every later call gives the
// same error. Close must be called; it does not close what lies underneath.
type Writer interface {
	Row(cells []string) error
	Close() error
}

// Out says how to write. The zero value is the safe choice for people: lines
// end in LF and no cell can run as a formula.
type Out struct {
	Raw         bool // CSV: write cells as they are, for exact exports to machines
	CRLF        bool // CSV: end records with CRLF; line breaks inside cells stay as they are
	BOM         bool // CSV: begin with the UTF-8 mark, without which Excel guesses the encoding
	KeepNumbers bool // CSV: leave plain numbers such as -58.4 or +12 without an apostrophe
}

// csvWriter quotes so that any reader gives back the same cells: separators of
// every kind, quotes, line breaks and blanks at either end are always quoted.
type csvWriter struct {
	w   *bufio.Writer
	o   Out
	row int
	err error
}

// NewCSV writes UTF-8 CSV with commas to w. Cells must be UTF-8 without NUL;
// others are refused with an *Error, because no reader would give them back.
// A row of no cells is written as an empty line, which readers drop.
func NewCSV(w io.Writer, o Out) Writer {
	c := &csvWriter{w: bufio.NewWriterSize(w, 32<<10), o: o}
	if o.BOM {
		c.w.WriteString("\uFEFF") // an error comes back with the next write
	}
	return c
}

func (c *csvWriter) Row(cells []string) error {
	if c.err != nil {
		return c.err
	}
	c.row++
	anything := false
	for _, cell := range cells {
		anything = anything || strings.TrimSpace(cell) != ""
	}
	for i, cell := range cells {
		if c.err = writable(cell, c.row, i+1); c.err != nil {
			return c.err
		}
		if !c.o.Raw && !(c.o.KeepNumbers && plainNumber(cell)) {
			cell = Neutralise(cell)
		}
		if i > 0 {
			c.w.WriteByte(',')
		}
		// A blank row is told from no row by a quoted cell. The first cell of
		// the file must not look like another format's first bytes.
		if i == 0 && (!anything || c.row == 1 && !plainStart(cell)) || mustQuote(cell) {
			c.w.WriteByte('"')
			c.w.WriteString(strings.ReplaceAll(cell, `"`, `""`))
			c.w.WriteByte('"')
		} else {
			c.w.WriteString(cell)
		}
	}
	if c.o.CRLF {
		c.w.WriteByte('\r')
	}
	c.err = c.w.WriteByte('\n')
	return c.err
}

func (c *csvWriter) Close() error {
	if c.err == nil {
		c.err = c.w.Flush()
	}
	return c.err
}

// writable refuses text that could not be read back.
func writable(cell string, row, column int) error {
	if strings.IndexByte(cell, 0) < 0 && utf8.ValidString(cell) {
		return nil
	}
	return &Error{Code: CodeCannotWrite, Line: row, Column: column, Detail: "the cell is not UTF-8 text or holds a zero byte",
		Expected: "text in UTF-8"}
}

func mustQuote(cell string) bool {
	if cell == "" {
		return false
	}
	if strings.ContainsAny(cell, "\",;\t\r\n") {
		return true
	}
	first, _ := utf8.DecodeRuneInString(cell)
	last, _ := utf8.DecodeLastRuneInString(cell)
	return unicode.IsSpace(first) || unicode.IsSpace(last) || first == '\uFEFF'
}

// plainStart tells whether a file may begin with the cell unquoted. Digits and
// letters may, except for the names by which zips and separator lines are known.
func plainStart(cell string) bool {
	if cell == "" {
		return true
	}
	r, _ := utf8.DecodeRuneInString(cell)
	return (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_') &&
		!strings.HasPrefix(cell, "PK") && !strings.HasPrefix(cell, "PAR1") && !(len(cell) >= 4 && strings.EqualFold(cell[:4], "sep="))
}

// plainNumber knows what no spreadsheet takes for more than a number: a sign,
// digits, a point and digits.
func plainNumber(s string) bool {
	digits, point := 0, false
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case (c == '-' || c == '+') && i == 0:
		case c == '.' && !point:
			point = true
		default:
			return false
		}
	}
	return digits > 0
}

// Neutralise puts an apostrophe before a text that a spreadsheet would run as
// a formula: one that begins with = + - @ (or their full-width forms), also
// after blanks, or with a tab, CR or LF. A text that is already such a text
// behind apostrophes gets one more, so that Denatured can undo it exactly:
// Denatured(Neutralise(s)) is s for every s.
func Neutralise(s string) string {
	if runs(strings.TrimLeft(s, "'")) {
		return "'" + s
	}
	return s
}

// Denatured takes away the apostrophe that Neutralise put before a text, and
// tells whether there was one. Other texts come back as they are.
func Denatured(s string) (string, bool) {
	if strings.HasPrefix(s, "'") && runs(strings.TrimLeft(s, "'")) {
		return s[1:], true
	}
	return s, false
}

// runs tells whether a spreadsheet might take the text for a formula.
func runs(s string) bool {
	for i, r := range s {
		switch r {
		case '=', '+', '-', '@', '\uFF1D', '\uFF0B', '\uFF0D', '\uFF20':
			return true
		case '\t', '\r', '\n':
			if i == 0 {
				return true
			}
		case '\uFEFF', '\u200B', '\u200C', '\u200D', '\u2060', '\u200E', '\u200F':
			// Unseen, and dropped by some programs.
		default:
			if !unicode.IsSpace(r) && !unicode.IsControl(r) {
				return false
			}
		}
	}
	return false
}

// sheetName makes a name that spreadsheet programs accept: 1 to 31 UTF-16
// units without []:*?/\ and without an apostrophe at either end.
func sheetName(name string) string {
	var b strings.Builder
	units := 0
	for _, r := range name {
		if strings.ContainsRune(`[]:*?/\`, r) || unicode.IsControl(r) || r == utf8.RuneError || !xmlRune(r) {
			r = ' '
		}
		n := 1
		if r > 0xFFFF {
			n = 2
		}
		if units += n; units > 31 {
			break
		}
		b.WriteRune(r)
	}
	s := strings.Trim(b.String(), "' ")
	if s == "" || strings.EqualFold(s, "history") {
		return "Sheet1"
	}
	return s
}

// xmlRune tells whether XML 1.0 can hold the character.
func xmlRune(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000
}

// escapeText writes s as XML text. What XML cannot hold or would change (CR),
// and texts that look like such an escape, become _xHHHH_ as in ECMA-376.
func escapeText(b *bufio.Writer, s string) {
	for i, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r == '\r' || !xmlRune(r):
			fmt.Fprintf(b, "_x%04X_", r)
		case r == '_':
			if _, ok := escaped(s[i:]); ok {
				b.WriteString("_x005F_")
			} else {
				b.WriteByte('_')
			}
		default:
			b.WriteRune(r)
		}
	}
}
