package sheet

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path"
	"strings"
)

// Format is the kind of a file, as told by its content.
type Format string

// The formats that can be read.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// Book is a whole file read: one Table per sheet. A CSV file has one table,
// named after the file without its extension.
type Book struct {
	Name   string // base name of the file
	Format Format
	SHA256 string // of the file's bytes, in lower-case hex
	Size   int64  // of the file, in bytes
	Tables []Table
}

// Table is one sheet. Blank rows are dropped; Row.Line still counts them.
type Table struct {
	Sheet  string
	Hidden bool // the workbook hides this sheet from readers
	Rows   []Row
}

// Row is a row that is not blank. Line is the line of a CSV file on which the
// record starts, or the row number in a sheet, both counted from 1. Rows may
// have different numbers of cells.
type Row struct {
	Line  int
	Cells []Cell
}

// Kind tells what a cell held. CSV cells are only ever KindEmpty or KindText.
type Kind uint8

// The kinds of cells.
const (
	KindEmpty   Kind = iota // no text; may still have a link or a comment
	KindText                // Text verbatim
	KindNumber              // Text is a decimal
	KindBool                // Text is TRUE or FALSE
	KindDate                // Text is ISO 8601: a date, or a date and a time without zone
	KindTime                // Text is h:mm:ss: a time of day or a duration without a date
	KindError               // Text is the error's code, such as #N/A
	KindFormula             // never calculated, so there is no value: Text is the formula with its =
)

// Cell is one cell. The package comment says what Text is for each kind.
type Cell struct {
	Text    string
	Link    string // where the cell's hyperlink leads; untrusted, any scheme
	Comment string // notes and threaded comments, a line each
	Date    bool   // Text is an ISO date, with a time where the value has one
	Kind    Kind
}

// Limits bounds what a file may cost. A zero or negative field means its
// default, which is given beside it.
type Limits struct {
	FileBytes int64   // of the file: 64 MB
	CellBytes int     // of one cell's text: 1 MB
	Rows      int     // that are not blank, per table: 200,000
	Columns   int     // per table: 512; blank cells beyond it are ignored
	Cells     int     // in all tables: 4,000,000
	Text      int64   // bytes of text, links and comments in all tables: 128 MB
	Sheets    int     // per workbook: 200
	Unzipped  int64   // bytes unpacked from a workbook: 256 MB
	Ratio     float64 // unpacked by packed size of a part of a megabyte and more: 200
}

// defaults gives l with every unset field filled in.
func (l Limits) defaults() Limits {
	fill := func(p *int, d int) {
		if *p <= 0 {
			*p = d
		}
	}
	fill64 := func(p *int64, d int64) {
		if *p <= 0 {
			*p = d
		}
	}
	fill64(&l.FileBytes, 64<<20)
	fill(&l.CellBytes, 1<<20)
	fill(&l.Rows, 200_000)
	fill(&l.Columns, 512)
	fill(&l.Cells, 4_000_000)
	fill64(&l.Text, 128<<20)
	fill(&l.Sheets, 200)
	fill64(&l.Unzipped, 256<<20)
	if !(l.Ratio > 0) {
		l.Ratio = 200
	}
	return l
}

// Open reads the file at path. What is wrong with the file's content comes as
// an *Error; trouble in getting at the file is the system's error, wrapped.
func Open(path string, lim Limits) (*Book, error) {
	f, size, err := openRegular(path)
	if err != nil {
		return nil, fmt.Errorf("sheet.Open %s: %w", path, err)
	}
	defer f.Close()
	return Read(f, size, path, lim)
}

// openRegular opens a regular file and nothing else: opening a named pipe
// would wait for ever, and a device has no size.
func openRegular(path string) (*os.File, int64, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	if !st.Mode().IsRegular() {
		return nil, 0, errors.New("not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	if st, err = f.Stat(); err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, st.Size(), nil
}

// Read reads size bytes of r. The name serves for Book.Name, for the table of
// a CSV file and for messages; it does not decide the format.
func Read(r io.ReaderAt, size int64, name string, lim Limits) (*Book, error) {
	b, err := read(r, size, lim.defaults())
	if err != nil {
		var e *Error
		if errors.As(err, &e) {
			e.File = baseName(name)
			return nil, e
		}
		return nil, fmt.Errorf("sheet.Read %s: %w", baseName(name), err)
	}
	b.rename(name)
	return b, nil
}

// rename gives the book its name, and to the table of a CSV file.
func (b *Book) rename(name string) {
	b.Name = baseName(name)
	if b.Format == CSV && len(b.Tables) == 1 {
		b.Tables[0].Sheet = strings.TrimSuffix(b.Name, path.Ext(b.Name))
	}
}

// baseName cuts folders off in either system's writing.
func baseName(name string) string {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	return name
}

// read does the work of Read; its errors and its book have no name yet.
func read(r io.ReaderAt, n int64, lim Limits) (*Book, error) {
	if n < 0 || n > lim.FileBytes {
		return nil, &Error{Code: CodeFileTooBig, Detail: "the file has " + size(n),
			Expected: "at most " + size(lim.FileBytes) + "; split it, or send only the sheets that matter"}
	}
	head := make([]byte, min(n, 512))
	if _, err := r.ReadAt(head, 0); err != nil && !(errors.Is(err, io.EOF) && n <= 512) {
		return nil, fmt.Errorf("reading the first bytes: %w", err)
	}
	h := sha256.New()
	b := &Book{Size: n, Format: CSV}
	var err error
	switch {
	case isZip(head):
		b.Format = XLSX
		if _, err = io.Copy(h, io.NewSectionReader(r, 0, n)); err == nil {
			b.Tables, err = readXLSX(r, n, lim)
		}
	case bytes.HasPrefix(head, []byte(oleMagic)):
		err = oleError(r, n)
	default:
		if err = otherFormat(head); err == nil {
			err = b.readCSV(r, n, h, lim)
		}
	}
	if err != nil {
		return nil, err
	}
	b.SHA256 = hex.EncodeToString(h.Sum(nil))
	return b, nil
}

func (b *Book) readCSV(r io.ReaderAt, n int64, h hash.Hash, lim Limits) error {
	var text strings.Builder
	text.Grow(int(n))
	got, err := io.Copy(io.MultiWriter(&text, h), io.NewSectionReader(r, 0, n))
	if err != nil {
		return err
	}
	if got != n {
		return io.ErrUnexpectedEOF
	}
	rows, err := parseCSV(text.String(), lim)
	b.Tables = []Table{{Rows: rows}}
	return err
}

const oleMagic = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"

func isZip(head []byte) bool {
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06"))
}

// oleError tells a workbook with a password from an old one: both live in the
// same container, and only the former has a stream called EncryptedPackage.
func oleError(r io.ReaderAt, n int64) error {
	mark := utf16Bytes("EncryptedPackage")
	buf := make([]byte, 64<<10)
	for off := int64(0); off < n; off += int64(len(buf) - len(mark)) {
		k, err := r.ReadAt(buf, off)
		if bytes.Contains(buf[:k], mark) {
			return encryptedError()
		}
		if err != nil {
			break
		}
	}
	return &Error{Code: CodeOldExcel, Detail: "this is an Excel file of the kind used before 2007 (.xls), or another old Office file",
		Expected: "an .xlsx or .csv file; open it in Excel or LibreOffice, choose Save As and pick Excel Workbook (.xlsx)"}
}

func encryptedError() *Error {
	return &Error{Code: CodeEncrypted, Detail: "the workbook is locked with a password",
		Expected: "a workbook without a password; open it, take the password off (File, Info, Protect Workbook) and save it again"}
}

func utf16Bytes(s string) []byte {
	b := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		b = append(b, s[i], 0)
	}
	return b
}

// otherFormat names files that are surely no table, so that their senders get
// a better answer than a complaint about a byte.
func otherFormat(head []byte) error {
	text := strings.ToLower(string(bytes.TrimLeft(head, "\xEF\xBB\xBF \t\r\n")))
	what := ""
	switch {
	case strings.HasPrefix(text, "%pdf-"):
		what = "a PDF document"
	case strings.HasPrefix(text, "<!doctype"), strings.HasPrefix(text, "<html"), strings.HasPrefix(text, "<table"):
		what = "a web page, even if its name says otherwise"
	case strings.HasPrefix(text, "<?xml"):
		what = "an XML document"
	case bytes.HasPrefix(head, []byte("\x1f\x8b\x08")):
		what = "a compressed file"
	case bytes.HasPrefix(head, []byte("PAR1")):
		what = "a Parquet file"
	default:
		return nil
	}
	return &Error{Code: CodeOtherFormat, Detail: "this is " + what,
		Expected: "a table as .csv or .xlsx; open it in a spreadsheet program and save it as one of these"}
}
