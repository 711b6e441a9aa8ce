package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// fuzzLimits are small, so that a limit is a short way off.
var fuzzLimits = Limits{FileBytes: 1 << 20, CellBytes: 1 << 12, Rows: 500, Columns: 64, Cells: 5000, Text: 1 << 18, Sheets: 10, Unzipped: 4 << 20, Ratio: 1000}

// checkBook tests what holds for every book or error whatsoever.
func checkBook(t *testing.T, b *Book, err error) {
	t.Helper()
	if err != nil {
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("not an *Error: %v", err)
		}
		if e.Code == "" || e.Detail == "" || e.Expected == "" || e.Line < 0 || e.Column < 0 || !utf8.ValidString(e.Error()) || len(e.Error()) > 8000 {
			t.Fatalf("poor error: %+v", e)
		}
		return
	}
	cells, text := 0, int64(0)
	for _, tab := range b.Tables {
		last := 0
		for _, r := range tab.Rows {
			if r.Line <= last {
				t.Fatalf("row %d after %d", r.Line, last)
			}
			last = r.Line
			if cells += len(r.Cells); len(r.Cells) > fuzzLimits.Columns {
				t.Fatal("too many columns")
			}
			for _, c := range r.Cells {
				text += int64(len(c.Text))
				if !utf8.ValidString(c.Text) || len(c.Text) > fuzzLimits.CellBytes || c.Date != (c.Kind == KindDate) || (c.Text == "") != (c.Kind == KindEmpty) {
					t.Fatalf("poor cell: %+v", c)
				}
			}
		}
		if len(tab.Rows) > fuzzLimits.Rows {
			t.Fatal("too many rows")
		}
	}
	if cells > fuzzLimits.Cells || text > fuzzLimits.Text || len(b.Tables) > fuzzLimits.Sheets {
		t.Fatal("too much")
	}
	// What can be read goes through the child's form unharmed.
	var wire bytes.Buffer
	if err := sendBook(&wire, b, nil); err != nil {
		t.Fatal(err)
	}
	got, bad, err := receiveBook(&wire, fuzzLimits)
	if err != nil || bad != nil {
		t.Fatal(bad, err)
	}
	got.rename(b.Name)
	if d := cmp.Diff(b, got); d != "" {
		t.Fatal(d)
	}
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"", "a,b\n1,2\n", "a;b\r\n\"x\r\ny\";\"\"\"\"\r\n", "a\tb\r1\t2\r", "\uFEFFsep=;\n1;2", "\xFF\xFEa\x00,\x00b\x00\n\x00", "\xFE\xFF\x00a",
		"a,b\n\"x", "a\n\"x\"y\n", "caf\xE9", "a\x00b", ",,,\n\n , \n\"\"\n", "=1,'=2,\t3\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if isZip(data) {
			t.Skip()
		}
		b, err := readBytes(data, "x.csv", fuzzLimits)
		checkBook(t, b, err)
		if err != nil {
			return
		}
		rows := texts(b.Tables[0].Rows)
		for _, o := range []Out{{Raw: true}, {CRLF: true, BOM: true}} {
			var out bytes.Buffer
			writeAll(t, NewCSV(&out, o), rows)
			again, err := readBytes(out.Bytes(), "x.csv", Limits{})
			if err != nil {
				t.Fatalf("%v: %q", err, out.Bytes())
			}
			got := texts(again.Tables[0].Rows)
			for _, r := range got {
				for i := range r {
					if !o.Raw {
						r[i], _ = Denatured(r[i])
					}
				}
			}
			if d := cmp.Diff(rows, got); d != "" {
				t.Fatal(d)
			}
		}
	})
}

// FuzzXLSX mutates the parts of a workbook rather than the zip around them,
// which would nearly always break its checksums; the zip itself is mutated by
// the last argument: cut to its length, with the bytes that it names flipped.
func FuzzXLSX(f *testing.F) {
	sheet := sheetXML(`<row r="2"><c r="A2" t="s"><v>0</v></c><c s="1"><v>43983.5</v></c><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c>` +
		`<c t="str"><f t="shared" si="0">HYPERLINK("https://x.example","y")</f><v>y</v></c></row><row r="9"><c t="inlineStr"><is><r><t>a_x000D_</t></r></is></c></row>`)
	linked := testHead + `<worksheet xmlns:r="x"><sheetData><row><c><v>1e5</v></c></row></sheetData><hyperlinks><hyperlink ref="A1:B2" r:id="rId1" location="z"/></hyperlinks></worksheet>`
	const shared = `<sst><si><t> x </t></si><si><r><t>y</t></r><rPh><t>z</t></rPh></si></sst>`
	const rels = `<Relationships><Relationship Id="rId1" Type="x/hyperlink" Target="https://x.example" TargetMode="External"/><Relationship Id="rId2" Type="x/comments" Target="../comments1.xml"/></Relationships>`
	const notes = `<comments><commentList><comment ref="B1"><text><t>hm</t></text></comment></commentList></comments>`
	book := workbookParts("")[5]
	for _, s := range []string{sheet, linked, sheetXML(""), ""} {
		f.Add(s, shared, testStyles, rels, notes, book, []byte{})
	}
	f.Add(sheet, shared, testStyles, rels, notes, book, []byte{200, 40, 3, 9})
	f.Fuzz(func(t *testing.T, sheet, shared, styles, rels, notes, book string, zipNoise []byte) {
		parts := workbookParts(sheet, "xl/sharedStrings.xml", shared, "xl/styles.xml", styles, "xl/worksheets/_rels/sheet1.xml.rels", rels, "xl/comments1.xml", notes)
		parts[5] = book
		data := zipWith(t, zip.Store, parts) // packing would take most of the time
		for i := 0; i+2 < len(zipNoise); i += 3 {
			data[(int(zipNoise[i])<<8|int(zipNoise[i+1]))%len(data)] ^= zipNoise[i+2]
		}
		if len(zipNoise)%3 == 1 {
			data = data[:len(data)*int(zipNoise[len(zipNoise)-1])/255]
		}
		b, err := readBytes(data, "x.xlsx", fuzzLimits)
		checkBook(t, b, err)
	})
}
