package sheet

import (
	"errors"
	"fmt"
	"strings"
)

// Codes of Error. They are stable: catalogues use them as translation keys.
const (
	CodeFileTooBig      = "sheet.file_too_big"
	CodeCellTooBig      = "sheet.cell_too_big"
	CodeTooManyRows     = "sheet.too_many_rows"
	CodeTooManyColumns  = "sheet.too_many_columns"
	CodeTooManyCells    = "sheet.too_many_cells"
	CodeTooManySheets   = "sheet.too_many_sheets"
	CodeTooManyLinks    = "sheet.too_many_links"
	CodeTooMuchText     = "sheet.too_much_text"
	CodeNotUTF8         = "sheet.not_utf8"
	CodeBadUTF16        = "sheet.bad_utf16"
	CodeNUL             = "sheet.nul_byte"
	CodeUnbalancedQuote = "sheet.unbalanced_quote"
	CodeStrayQuote      = "sheet.stray_quote"
	CodeTruncated       = "sheet.truncated"
	CodeDamaged         = "sheet.damaged"
	CodeZipBomb         = "sheet.zip_bomb"
	CodeEncrypted       = "sheet.encrypted"
	CodeOldExcel        = "sheet.old_excel"
	CodeOtherFormat     = "sheet.other_format"
	CodeNoWorkbook      = "sheet.no_workbook"
	CodeUnsafeName      = "sheet.unsafe_name"
	CodeXMLTrick        = "sheet.xml_trick"
	CodeReaderDied      = "sheet.reader_died"
	CodeCannotWrite     = "sheet.cannot_write"
)

// Error says what is wrong with a file, where, and what was expected instead.
// Line and Column count from 1; 0 means that the place is unknown or that the
// whole file is meant. In a workbook Line is the row number of the sheet. In a
// CSV file it is the physical line: that of the cell in question, which inside
// a record with quoted line breaks is not always the line of the record.
type Error struct {
	File, Sheet  string
	Line, Column int
	Code         string
	Detail       string // what is wrong, one clause, no full stop
	Expected     string // what would be right and how to get there
	Cause        error  // what lies underneath, if anything; not for readers
}

// Error gives the file, the sheet, the line, the column, what is wrong and
// what was expected, as far as each is known.
func (e *Error) Error() string {
	var b strings.Builder
	add := func(format string, args ...any) {
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, format, args...)
	}
	if e.File != "" {
		add("%s", e.File)
	}
	word := "line"
	if e.Sheet != "" {
		add("sheet %q", e.Sheet)
		word = "row"
	}
	if e.Line > 0 {
		add("%s %d", word, e.Line)
	}
	if e.Column > 0 {
		add("column %d (%s)", e.Column, ColumnName(e.Column-1))
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(e.Detail)
	if e.Expected != "" {
		b.WriteString("; expected: ")
		b.WriteString(e.Expected)
	}
	return b.String()
}

// Unwrap gives the cause, so that errors.Is finds for instance a deadline.
func (e *Error) Unwrap() error { return e.Cause }

// at fills the place into an Error that has none yet; other errors pass.
func at(err error, sheet string, line, column int) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	if e.Sheet == "" {
		e.Sheet = sheet
	}
	if e.Line == 0 {
		e.Line, e.Column = line, column
	}
	return err
}

// ColumnName gives the letters a spreadsheet shows over column i, counted from
// zero: 0 is A, 25 is Z, 26 is AA. A negative i gives "?".
func ColumnName(i int) string {
	if i < 0 {
		return "?"
	}
	var b [16]byte
	n := len(b)
	for i >= 0 {
		n--
		b[n] = byte('A' + i%26)
		i = i/26 - 1
	}
	return string(b[n:])
}

// size writes a number of bytes as people do, for messages.
func size(n int64) string {
	switch {
	case n >= 10<<20:
		return fmt.Sprintf("%d MB", n>>20)
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 10<<10:
		return fmt.Sprintf("%d kB", n>>10)
	default:
		return fmt.Sprintf("%d bytes", n)
	}
}
