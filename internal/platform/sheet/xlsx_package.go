package sheet

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"
)

const (
	maxDirectory = 4 << 20 // bytes of the zip's own directory that we read
	maxParts     = 10_000
	ratioFloor   = 1 << 20 // smaller parts may pack as well as they like
	maxDepth     = 64      // of nested elements; worksheets need about eight
	maxRels      = 100_000
)

// archive is a workbook's zip with a budget: what all parts together may
// unpack to is counted over every read, so a part named twice is paid twice.
type archive struct {
	lim   Limits
	parts map[string]*zip.File // by lower-case name without leading slash
	left  int64                // bytes that may still be unpacked
}

// meterAt limits what archive/zip reads while it builds its directory, which
// it would otherwise hold in memory however long it is.
type meterAt struct {
	r    io.ReaderAt
	left int64 // negative: no limit any more
}

var errDirectory = errors.New("the zip directory is too long")

func (m *meterAt) ReadAt(p []byte, off int64) (int, error) {
	if m.left >= 0 {
		if m.left -= int64(len(p)); m.left < 0 {
			m.left = 0
			return 0, errDirectory
		}
	}
	return m.r.ReadAt(p, off)
}

func damaged(detail string, cause error) *Error {
	return &Error{Code: CodeDamaged, Detail: detail, Cause: cause,
		Expected: "a whole .xlsx workbook; open it in Excel or LibreOffice and save it again, or download it again"}
}

func bomb(detail, expected string) *Error {
	return &Error{Code: CodeZipBomb, Detail: detail, Expected: expected}
}

func openArchive(r io.ReaderAt, n int64, lim Limits) (*archive, error) {
	m := &meterAt{r: r, left: maxDirectory}
	zr, err := zip.NewReader(m, n)
	if errors.Is(err, errDirectory) || err == nil && len(zr.File) > maxParts {
		return nil, bomb("the workbook claims to have far too many parts", fmt.Sprintf("at most %d parts", maxParts))
	}
	if errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return nil, &Error{Code: CodeTruncated, Detail: "the workbook is cut off: its end, which lists its parts, is missing or broken", Cause: err,
			Expected: "the whole file; copy or download it again"}
	}
	if err != nil {
		return nil, damaged("the workbook's list of parts cannot be read", err)
	}
	m.left = -1
	a := &archive{lim: lim, parts: make(map[string]*zip.File, len(zr.File)), left: lim.Unzipped}
	var declared uint64
	for _, f := range zr.File {
		name := strings.ReplaceAll(f.Name, `\`, "/")
		if unsafeName(name) {
			return nil, &Error{Code: CodeUnsafeName, Detail: fmt.Sprintf("a part of the workbook has the name %.80q, which points outside of it", f.Name),
				Expected: "a workbook saved by a spreadsheet program; do not open this one"}
		}
		if strings.HasSuffix(name, "/") {
			continue
		}
		key := strings.ToLower(name)
		if a.parts[key] != nil {
			return nil, &Error{Code: CodeUnsafeName, Detail: fmt.Sprintf("the workbook has two parts named %.80q", f.Name),
				Expected: "each part once; open the file in a spreadsheet program, look at it and save it again"}
		}
		if f.Flags&1 != 0 {
			return nil, encryptedError()
		}
		a.parts[key] = f
		if declared += min(f.UncompressedSize64, 1<<40); declared > uint64(lim.Unzipped) {
			return nil, bomb("the workbook unpacks to more than "+size(lim.Unzipped), "at most "+size(lim.Unzipped)+" unpacked; split it, or take pictures out")
		}
	}
	return a, nil
}

func unsafeName(name string) bool {
	if name == "" || strings.HasPrefix(name, "/") || strings.ContainsAny(name, "\x00:") {
		return true
	}
	for p := range strings.SplitSeq(name, "/") {
		if p == ".." {
			return true
		}
	}
	return false
}

func (a *archive) has(name string) bool { return a.parts[strings.ToLower(name)] != nil }

// part is one XML part being read, token by token.
type part struct {
	dec   *xml.Decoder
	rc    io.ReadCloser
	name  string
	depth int

	a        *archive
	r        *bufio.Reader
	token    int // bytes since the last token was handed out
	maxToken int
}

// open starts reading the named part. A missing part is a damaged workbook.
func (a *archive) open(name string) (*part, error) {
	f := a.parts[strings.ToLower(name)]
	if f == nil {
		return nil, damaged(fmt.Sprintf("the part %.80q is missing", name), nil)
	}
	if f.UncompressedSize64 > ratioFloor && float64(f.UncompressedSize64) > a.lim.Ratio*float64(max(f.CompressedSize64, 1)) {
		return nil, ratioError(name, a.lim)
	}
	rc, err := f.Open()
	if err != nil {
		return nil, damaged(fmt.Sprintf("the part %.80q cannot be unpacked", name), err)
	}
	// A character may be written in several bytes, and a cell that is somewhat
	// too big should still be refused with its place, not as a bare token.
	p := &part{name: name, rc: rc, a: a, maxToken: 12*a.lim.CellBytes + 64<<10}
	p.r = bufio.NewReaderSize(&unpacked{rc: rc, a: a, f: f}, 16<<10)
	p.dec = xml.NewDecoder(p)
	return p, nil
}

func ratioError(name string, lim Limits) error {
	return bomb(fmt.Sprintf("the part %.80q is packed more tightly than tables are", name),
		fmt.Sprintf("at most %.0f bytes unpacked from each byte packed", lim.Ratio))
}

func (p *part) close() { p.rc.Close() }

// unpacked counts what really comes out of a part, whatever it declares.
type unpacked struct {
	rc  io.Reader
	a   *archive
	f   *zip.File
	got int64
}

func (u *unpacked) Read(b []byte) (int, error) {
	n, err := u.rc.Read(b)
	u.got += int64(n)
	u.a.left -= int64(n)
	switch {
	case u.a.left < 0:
		return 0, bomb("the workbook unpacks to more than "+size(u.a.lim.Unzipped), "at most "+size(u.a.lim.Unzipped)+" unpacked; split it")
	case u.got > ratioFloor && float64(u.got) > u.a.lim.Ratio*float64(max(u.f.CompressedSize64, 1)):
		return 0, ratioError(u.f.Name, u.a.lim)
	case errors.Is(err, zip.ErrFormat):
		return 0, bomb(fmt.Sprintf("the part %.80q unpacks to more than it declares", u.f.Name), "a workbook saved by a spreadsheet program")
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, zip.ErrChecksum):
		return n, damaged(fmt.Sprintf("the part %.80q is cut off or damaged", u.f.Name), err)
	}
	return n, err
}

// Read and ReadByte feed the decoder, which uses the latter; it holds a token
// in memory whole, so a token has a limit too.
func (p *part) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	c, err := p.ReadByte()
	if err != nil {
		return 0, err
	}
	b[0] = c
	return 1, nil
}

func (p *part) ReadByte() (byte, error) {
	if p.token++; p.token > p.maxToken {
		return 0, &Error{Code: CodeCellTooBig, Detail: "one text or tag has more than " + size(int64(p.maxToken)),
			Expected: "at most " + size(int64(p.a.lim.CellBytes)) + " in one cell"}
	}
	return p.r.ReadByte()
}

// next gives the next token, io.EOF at the end, else an *Error. Document type
// declarations are refused: no spreadsheet program writes them, and entities
// are declared there.
func (p *part) next() (xml.Token, error) {
	p.token = 0
	t, err := p.dec.Token()
	if err != nil {
		var e *Error
		if err == io.EOF || errors.As(err, &e) {
			return nil, err
		}
		return nil, damaged(fmt.Sprintf("the part %.80q is not well-formed XML", p.name), err)
	}
	switch t.(type) {
	case xml.Directive:
		return nil, &Error{Code: CodeXMLTrick, Detail: fmt.Sprintf("the part %.80q declares a document type, which can hide entities", p.name),
			Expected: "a workbook saved by a spreadsheet program; do not open this one"}
	case xml.StartElement:
		if p.depth++; p.depth > maxDepth {
			return nil, &Error{Code: CodeXMLTrick, Detail: fmt.Sprintf("the part %.80q is nested too deeply", p.name),
				Expected: fmt.Sprintf("at most %d levels", maxDepth)}
		}
	case xml.EndElement:
		p.depth--
	}
	return t, nil
}

// each calls f for every start element until the part ends or, when inside an
// element, until that element ends. f may itself read on, but must then leave
// the decoder right behind the end of its element.
func (p *part) each(f func(xml.StartElement) error) error {
	outer := p.depth
	for {
		t, err := p.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if err := f(t); err != nil {
				return err
			}
		case xml.EndElement:
			if p.depth < outer {
				return nil
			}
		}
	}
}

// skip reads past the end of the element that was just started.
func (p *part) skip() error {
	return p.each(func(xml.StartElement) error { return nil })
}

// text reads the characters of the element that was just started, up to and
// with its end. Text over the cell limit is cut there and reported as big.
func (p *part) text() (s string, big bool, err error) {
	outer := p.depth
	var b []byte
	for {
		t, err := p.next()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return "", false, err
		}
		switch t := t.(type) {
		case xml.CharData:
			if len(b)+len(t) > p.a.lim.CellBytes {
				big = true
				continue
			}
			b = append(b, t...)
		case xml.EndElement:
			if p.depth < outer {
				return string(b), big, nil
			}
		}
	}
}

// attr gives the attribute's value, by local name: the namespaces of the
// strict and the transitional form differ and say nothing we need.
func attr(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// relID gives r:id, which unlike other attributes has a namespace.
func relID(t xml.StartElement) string {
	for _, a := range t.Attr {
		if a.Name.Local == "id" && a.Name.Space != "" {
			return a.Value
		}
	}
	return ""
}

// rel is one relationship of a part: to another part, or out of the file.
type rel struct {
	id, kind, target string // kind: last element of the type's address
	external         bool
}

// rels reads the relationships of a part; a part without any has none.
func (a *archive) rels(of string) ([]rel, error) {
	dir, base := path.Split(of)
	name := dir + "_rels/" + base + ".rels"
	if !a.has(name) {
		return nil, nil
	}
	p, err := a.open(name)
	if err != nil {
		return nil, err
	}
	defer p.close()
	var out []rel
	err = p.each(func(t xml.StartElement) error {
		if t.Name.Local != "Relationship" {
			return nil
		}
		if len(out) >= maxRels {
			return &Error{Code: CodeTooManyLinks, Detail: "too many links", Expected: fmt.Sprintf("at most %d", maxRels)}
		}
		kind := attr(t, "Type")
		r := rel{id: attr(t, "Id"), kind: kind[strings.LastIndexByte(kind, '/')+1:],
			target: attr(t, "Target"), external: strings.EqualFold(attr(t, "TargetMode"), "External")}
		if !r.external {
			r.target = resolve(dir, r.target)
		}
		out = append(out, r)
		return nil
	})
	return out, err
}

// resolve finds the part that a relationship in dir points to. It is only ever
// looked up in the archive's map, so leading out of the file leads nowhere.
func resolve(dir, target string) string {
	if t, err := url.PathUnescape(target); err == nil {
		target = t
	}
	if !strings.HasPrefix(target, "/") {
		target = "/" + dir + target
	}
	return strings.TrimPrefix(path.Clean(target), "/")
}
