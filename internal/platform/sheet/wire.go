package sheet

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"math"
)

// The child hands its result over in a form of our own: lengths before texts,
// one frame per row. It needs no copy of the whole in the child, and the
// parent can hold it to the limits while reading, which gob cannot.
//
//	magic, then 'B' format sha256 size
//	      then for each table 'T' sheet hidden, for each row 'R' line n n*cell
//	      then 'Z'
//	or    magic, then 'E' sheet line column code detail expected
//	or    magic, then 'X' text, for trouble that is not the file's fault
const wireMagic = "keepiton sheet 1\n"

// Cell flags on the wire: the kind in the low bits, then which texts follow.
const (
	wireDate    = 1 << 5
	wireLink    = 1 << 6
	wireComment = 1 << 7
)

var errWire = errors.New("the reader's answer makes no sense")

type wireWriter struct {
	w   *bufio.Writer
	tmp [binary.MaxVarintLen64]byte
}

func (w *wireWriter) num(n uint64) { w.w.Write(w.tmp[:binary.PutUvarint(w.tmp[:], n)]) }
func (w *wireWriter) text(s string) {
	w.num(uint64(len(s)))
	w.w.WriteString(s)
}

// sendBook writes a result; err wins over b.
func sendBook(out io.Writer, b *Book, err error) error {
	w := &wireWriter{w: bufio.NewWriterSize(out, 64<<10)}
	w.w.WriteString(wireMagic)
	var e *Error
	switch {
	case errors.As(err, &e):
		w.w.WriteByte('E')
		w.text(e.Sheet)
		w.num(uint64(e.Line))
		w.num(uint64(e.Column))
		w.text(e.Code)
		w.text(e.Detail)
		w.text(e.Expected)
	case err != nil:
		w.w.WriteByte('X')
		w.text(err.Error())
	default:
		w.book(b)
	}
	return w.w.Flush()
}

func (w *wireWriter) book(b *Book) {
	w.w.WriteByte('B')
	w.text(string(b.Format))
	w.text(b.SHA256)
	w.num(uint64(b.Size))
	for _, t := range b.Tables {
		w.w.WriteByte('T')
		w.text(t.Sheet)
		hidden := uint64(0)
		if t.Hidden {
			hidden = 1
		}
		w.num(hidden)
		for _, r := range t.Rows {
			w.w.WriteByte('R')
			w.num(uint64(r.Line))
			w.num(uint64(len(r.Cells)))
			for i := range r.Cells {
				w.cell(&r.Cells[i])
			}
		}
	}
	w.w.WriteByte('Z')
}

func (w *wireWriter) cell(c *Cell) {
	flags := byte(c.Kind)
	if c.Date {
		flags |= wireDate
	}
	if c.Link != "" {
		flags |= wireLink
	}
	if c.Comment != "" {
		flags |= wireComment
	}
	w.w.WriteByte(flags)
	w.text(c.Text)
	if c.Link != "" {
		w.text(c.Link)
	}
	if c.Comment != "" {
		w.text(c.Comment)
	}
}

type wireReader struct {
	r     *bufio.Reader
	lim   Limits
	left  int64 // bytes of text that may still come
	cells int
	err   error
}

func (r *wireReader) fail(err error) {
	if r.err == nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		r.err = err
	}
}

func (r *wireReader) byte() byte {
	if r.err != nil {
		return 0
	}
	b, err := r.r.ReadByte()
	if err != nil {
		r.fail(err)
	}
	return b
}

func (r *wireReader) num() int {
	if r.err != nil {
		return 0
	}
	n, err := binary.ReadUvarint(r.r)
	if err != nil {
		r.fail(err)
	} else if n > math.MaxInt64/2 {
		r.fail(errWire)
	}
	if r.err != nil {
		return 0
	}
	return int(n)
}

func (r *wireReader) text() string {
	n := int64(r.num())
	if n == 0 || r.err != nil {
		return ""
	}
	if r.left -= n; r.left < 0 {
		r.fail(errWire)
		return ""
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r.r, b); err != nil {
		r.fail(err)
		return ""
	}
	return string(b)
}

// receiveBook reads what sendBook wrote. The *Error is the file's; the other
// error means that the answer broke off or is no answer.
func receiveBook(in io.Reader, lim Limits) (*Book, *Error, error) {
	// Names of sheets and messages come on top of the cells' texts.
	r := &wireReader{r: bufio.NewReaderSize(in, 64<<10), lim: lim, left: lim.Text + 1<<20}
	magic := make([]byte, len(wireMagic))
	if _, err := io.ReadFull(r.r, magic); err != nil {
		return nil, nil, err
	}
	if string(magic) != wireMagic {
		return nil, nil, errWire
	}
	switch r.byte() {
	case 'E':
		e := &Error{Sheet: r.text(), Line: r.num(), Column: r.num(), Code: r.text(), Detail: r.text(), Expected: r.text()}
		return nil, e, r.err
	case 'X':
		if text := r.text(); r.err == nil {
			return nil, nil, errors.New(text)
		}
	case 'B':
		b := r.book()
		return b, nil, r.err
	default:
		r.fail(errWire)
	}
	return nil, nil, r.err
}

func (r *wireReader) book() *Book {
	b := &Book{Format: Format(r.text()), SHA256: r.text(), Size: int64(r.num())}
	var mem slab
	for r.err == nil {
		switch r.byte() {
		case 'T':
			if len(b.Tables) >= r.lim.Sheets {
				r.fail(errWire)
				break
			}
			b.Tables = append(b.Tables, Table{Sheet: r.text(), Hidden: r.num() == 1})
		case 'R':
			line, n := r.num(), r.num()
			if r.cells += n; n > r.lim.Columns || r.cells > r.lim.Cells || len(b.Tables) == 0 {
				r.fail(errWire)
				break
			}
			t := &b.Tables[len(b.Tables)-1]
			if len(t.Rows) >= r.lim.Rows {
				r.fail(errWire)
				break
			}
			cells := mem.room(n)
			for i := range cells {
				cells[i] = r.cell()
			}
			t.Rows = append(t.Rows, Row{Line: line, Cells: cells})
		case 'Z':
			return b
		default:
			r.fail(errWire)
		}
	}
	return nil
}

func (r *wireReader) cell() Cell {
	flags := r.byte()
	c := Cell{Kind: Kind(flags &^ (wireDate | wireLink | wireComment)), Date: flags&wireDate != 0, Text: r.text()}
	if flags&wireLink != 0 {
		c.Link = r.text()
	}
	if flags&wireComment != 0 {
		c.Comment = r.text()
	}
	return c
}
