package sheet

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

func TestCSV(t *testing.T) {
	tests := []struct {
		name, in string
		want     [][]string
		lines    []int
	}{
		{"plain", "a,b\n1,2\n", [][]string{{"a", "b"}, {"1", "2"}}, []int{1, 2}},
		{"no end of line at the end", "a,b\n1,2", [][]string{{"a", "b"}, {"1", "2"}}, []int{1, 2}},
		{"crlf", "a,b\r\n1,2\r\n", [][]string{{"a", "b"}, {"1", "2"}}, []int{1, 2}},
		{"cr only", "a,b\r1,2\r3,4", [][]string{{"a", "b"}, {"1", "2"}, {"3", "4"}}, []int{1, 2, 3}},
		{"cr only with quoted breaks", "a,b\r\"x\ry\",2\r3,4", [][]string{{"a", "b"}, {"x\ry", "2"}, {"3", "4"}}, []int{1, 2, 4}},
		{"lone cr in a file of lf is text", "a,b\n1\rx,2\n3,4\n", [][]string{{"a", "b"}, {"1\rx", "2"}, {"3", "4"}}, []int{1, 2, 3}},
		{"mark", "\uFEFFa,b\n1,2\n", [][]string{{"a", "b"}, {"1", "2"}}, []int{1, 2}},
		{"inner breaks are kept", "a,b\r\n\"x\r\ny\nz\rq\",2\r\n3,4\r\n", [][]string{{"a", "b"}, {"x\r\ny\nz\rq", "2"}, {"3", "4"}}, []int{1, 2, 5}},
		{"inner breaks in lf file", "a,b\n\"x\r\ny\",2\n", [][]string{{"a", "b"}, {"x\r\ny", "2"}}, []int{1, 2}},
		{"blanks are kept", "a , b\n\t1,  \n", [][]string{{"a ", " b"}, {"\t1", "  "}}, []int{1, 2}},
		{"doubled quotes", "a,b\n\"he said \"\"no\"\"\",\"\"\"\"\n", [][]string{{"a", "b"}, {`he said "no"`, `"`}}, []int{1, 2}},
		{"bare quotes are text", "a,b\n5\" pipe,x\"y\"z\n", [][]string{{"a", "b"}, {`5" pipe`, `x"y"z`}}, []int{1, 2}},
		{"blanks after a quoted cell", "a,b\n\"x\"  ,\"y\" \n", [][]string{{"a", "b"}, {"x  ", "y "}}, []int{1, 2}},
		{"ragged", "a,b,c\n1\n1,2,3,4\n", [][]string{{"a", "b", "c"}, {"1"}, {"1", "2", "3", "4"}}, []int{1, 2, 3}},
		{"blank rows", "a,b\n\n,\n , \n1,2\n\n", [][]string{{"a", "b"}, {"1", "2"}}, []int{1, 5}},
		{"a quoted empty cell is a row", "a\n\"\"\nb\n", [][]string{{"a"}, {""}, {"b"}}, []int{1, 2, 3}},
		{"empty at the end", "a,b\n1,", [][]string{{"a", "b"}, {"1", ""}}, []int{1, 2}},
		{"semicolon", "a;b;c\n1,5;2,5;x\n", [][]string{{"a", "b", "c"}, {"1,5", "2,5", "x"}}, []int{1, 2}},
		{"semicolon with talkative cells", "a;b\nx, y, z;1\nu, v, w;2\n", [][]string{{"a", "b"}, {"x, y, z", "1"}, {"u, v, w", "2"}}, []int{1, 2, 3}},
		{"tab", "a\tb\n1,2;3\t4\n", [][]string{{"a", "b"}, {"1,2;3", "4"}}, []int{1, 2}},
		{"comma with semicolons inside", "a,b\nx; y,1\nu; v,2\n", [][]string{{"a", "b"}, {"x; y", "1"}, {"u; v", "2"}}, []int{1, 2, 3}},
		{"quoted header with the other separator", "\"a;b;c;d\",e\n1,2\n", [][]string{{"a;b;c;d", "e"}, {"1", "2"}}, []int{1, 2}},
		{"remark above the header", "Please note, this is a draft\na;b;c\n1;2;3\n4;5;6\n", [][]string{{"Please note, this is a draft"}, {"a", "b", "c"}, {"1", "2", "3"}, {"4", "5", "6"}}, []int{1, 2, 3, 4}},
		{"separator line", "sep=;\r\na,b;c\r\n1;2\r\n", [][]string{{"a,b", "c"}, {"1", "2"}}, []int{2, 3}},
		{"quoted separator line is text", "\"sep=;\"\na\n", [][]string{{"sep=;"}, {"a"}}, []int{1, 2}},
		{"nothing", "", nil, nil},
		{"only blank", "\n\n\n", nil, nil},
		{"only a mark", "\uFEFF", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := mustRead(t, []byte(tt.in), "dir/some.table.csv")
			if b.Format != CSV || b.Name != "some.table.csv" || b.Tables[0].Sheet != "some.table" {
				t.Errorf("book is %v %q %q", b.Format, b.Name, b.Tables[0].Sheet)
			}
			if d := cmp.Diff(tt.want, texts(b.Tables[0].Rows)); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(tt.lines, lines(b.Tables[0].Rows)); d != "" {
				t.Error(d)
			}
		})
	}
}

func toUTF16(s string, order binary.ByteOrder, mark bool) []byte {
	u := utf16.Encode([]rune(s))
	if mark {
		u = append([]uint16{0xFEFF}, u...)
	}
	b := make([]byte, 2*len(u))
	for i, c := range u {
		order.PutUint16(b[2*i:], c)
	}
	return b
}

func TestCSVUTF16(t *testing.T) {
	const text = "name\tplace\r\n😀 é\t\"عدن\r\nx\"\r\n"
	want := [][]string{{"name", "place"}, {"😀 é", "عدن\r\nx"}}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		data := toUTF16(text, order, true)
		if d := cmp.Diff(want, texts(mustRead(t, data, "x.csv").Tables[0].Rows)); d != "" {
			t.Error(order, d)
		}
		_, err := readBytes(data[:len(data)-1], "x.csv", Limits{})
		wantError(t, err, CodeBadUTF16, 3, 2)
		half := append(toUTF16("a,b\n1,", order, true), toUTF16("\U0001F600", order, false)[:2]...)
		_, err = readBytes(append(half, toUTF16("xyz", order, false)...), "x.csv", Limits{})
		wantError(t, err, CodeBadUTF16, 2, 2)
	}
	_, err := readBytes(toUTF16("a,b\n1,2\n", binary.LittleEndian, false), "x.csv", Limits{})
	if e := wantError(t, err, CodeNUL, 1, 1); !strings.Contains(e.Detail, "UTF-16") {
		t.Errorf("no word about UTF-16: %v", e)
	}
}

func TestCSVErrors(t *testing.T) {
	big := strings.Repeat("x", 10<<20)
	tests := []struct {
		name, in     string
		code         string
		line, column int
		says         string
	}{
		{"windows-1252", "a,b\n1,2\n\"x\ny\",C\xF4te d\x92Ivoire\n", CodeNotUTF8, 4, 2, "Windows-1252"},
		{"windows-1252 in a quoted cell", "a,b\n1,2\nx,\"y\nz\x92s\"\n", CodeNotUTF8, 4, 2, "’"},
		{"latin-1", "a,b\n1,Caf\xE9 au lait\n", CodeNotUTF8, 2, 2, "ISO-8859-1"},
		{"windows-1251", "a,b\n\xCF\xF0\xE8\xE2\xE5\xF2,\xCC\xE8\xF0\n", CodeNotUTF8, 2, 1, "Windows-1251"},
		{"damaged", "a,b\né,ééééé\nééé,\xFFéé\n", CodeNotUTF8, 3, 2, "mixed"},
		{"cut character", "a,b\n1,caf\xC3", CodeTruncated, 2, 2, "middle of a character"},
		{"first byte", "\xE9,b\n", CodeNotUTF8, 1, 1, ""},
		{"nul", "a,b\n1,2\n3,x\x00y\n", CodeNUL, 3, 2, "zero byte"},
		{"nul before a bad byte", "a,b\n\x00,\xE9\n", CodeNUL, 2, 1, ""},
		{"unbalanced quote", "a,b\n1,2\n3,\"never\nclosed,5\n6,7\n", CodeUnbalancedQuote, 3, 2, "never closed"},
		{"unbalanced after a good one", "a,b\n\"1\n1\",\"x\n", CodeUnbalancedQuote, 3, 2, ""},
		{"stray quote", "a,b\n1,\"he said\n\"no\" to us\"\n", CodeStrayQuote, 2, 2, "line 3"},
		{"big cell", "a,b\n1," + big + "\n", CodeCellTooBig, 2, 2, "10 MB"},
		{"big quoted cell", "a,b\n1,2\n\"" + big + "\",2\n", CodeCellTooBig, 3, 1, "10 MB"},
		{"big cell of quotes", "a,b\n\"" + strings.Repeat(`""`, 2<<20) + "\",2\n", CodeCellTooBig, 2, 1, ""},
		{"columns", "a,b\n" + strings.Repeat("x,", 600) + "\n", CodeTooManyColumns, 2, 513, "512"},
		{"a web page", "\n <!DOCTYPE html><html>", CodeOtherFormat, 0, 0, "web page"},
		{"pdf", "%PDF-1.7 ...", CodeOtherFormat, 0, 0, "PDF"},
		{"gzip", "\x1f\x8b\x08abc", CodeOtherFormat, 0, 0, "compressed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := readBytes([]byte(tt.in), "up/bad.csv", Limits{})
			e := wantError(t, err, tt.code, tt.line, tt.column)
			if !strings.Contains(e.Detail+e.Expected, tt.says) {
				t.Errorf("%v does not say %q", e, tt.says)
			}
			if len(e.Error()) > 600 {
				t.Errorf("the message has %d bytes", len(e.Error()))
			}
		})
	}
}

func TestCSVLimits(t *testing.T) {
	tests := []struct {
		name, in string
		lim      Limits
		code     string
		line     int
	}{
		{"file", "a,b,c\n", Limits{FileBytes: 5}, CodeFileTooBig, 0},
		{"rows", "a\n\n\nb\nc\n", Limits{Rows: 2}, CodeTooManyRows, 5},
		{"cells", "a,b\nc,d\ne,f\n", Limits{Cells: 5}, CodeTooManyCells, 3},
		{"text", "aaa\nbbb\nccc\n", Limits{Text: 7}, CodeTooMuchText, 3},
	}
	for _, tt := range tests {
		_, err := readBytes([]byte(tt.in), "x.csv", tt.lim)
		wantError(t, err, tt.code, tt.line, 0)
	}
	// Whole coloured rows come as thousands of commas; that is no reason to refuse.
	wide := "a,b" + strings.Repeat(",", 16382) + "\n1,2" + strings.Repeat(",", 16382) + "\n"
	if got := len(mustRead(t, []byte(wide), "x.csv").Tables[0].Rows[1].Cells); got != 512 {
		t.Errorf("got %d cells", got)
	}
	blankRows := "a,b\n" + strings.Repeat(",\n", 1_000_000) + "1,2\n"
	rows := mustRead(t, []byte(blankRows), "x.csv").Tables[0].Rows
	if len(rows) != 2 || rows[1].Line != 1_000_002 {
		t.Errorf("a million blank rows became %d rows", len(rows))
	}
}

// Rows share pieces of memory; nobody must see another row through one.
func TestCSVRowsAreSeparate(t *testing.T) {
	rows := mustRead(t, []byte("a,b\n1,2\n3,4\n"), "x.csv").Tables[0].Rows
	_ = append(rows[0].Cells, Cell{Text: "intruder"})
	if rows[1].Cells[0].Text != "1" {
		t.Error("appending to a row changed the next")
	}
}

func TestErrorMessage(t *testing.T) {
	_, err := readBytes([]byte("a,b\n1,\"x\n"), "dir\\calls.csv", Limits{})
	const want = `calls.csv, line 2, column 2 (B): a quotation mark is opened here and never closed; expected: `
	if !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %q", err)
	}
	e := &Error{File: "f.xlsx", Sheet: "S", Line: 3, Column: 28, Detail: "d", Expected: "e"}
	if got := e.Error(); got != `f.xlsx, sheet "S", row 3, column 28 (AB): d; expected: e` {
		t.Errorf("got %q", got)
	}
}

func TestColumnName(t *testing.T) {
	for i, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA", 16383: "XFD", -1: "?"} {
		if got := ColumnName(i); got != want {
			t.Errorf("ColumnName(%d) = %q, want %q", i, got, want)
		}
		if i >= 0 {
			if _, col, ok := parseRef(want + "7"); !ok || col != i {
				t.Errorf("parseRef(%q7) = %d", want, col)
			}
		}
	}
}

func TestOldExcelAndPassword(t *testing.T) {
	old := append([]byte(oleMagic), bytes.Repeat([]byte{1}, 4000)...)
	_, err := readBytes(old, "a.csv", Limits{})
	wantError(t, err, CodeOldExcel, 0, 0)
	locked := append(append([]byte(oleMagic), bytes.Repeat([]byte{1}, 65525)...), utf16Bytes("EncryptedPackage")...)
	_, err = readBytes(append(locked, make([]byte, 500)...), "a.xlsx", Limits{})
	wantError(t, err, CodeEncrypted, 0, 0)
}
