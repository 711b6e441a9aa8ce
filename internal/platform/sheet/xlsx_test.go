package sheet

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tealeg/xlsx/v3"
)

const testStyles = testHead + `<styleSheet xmlns="` + nsMain + `"><numFmts count="2"><numFmt numFmtId="164" formatCode="[$-409]d\-mmm\-yy;@"/>` +
	`<numFmt numFmtId="165" formatCode="yyyy\-mm\-dd\ hh:mm"/><numFmt numFmtId="166" formatCode="[h]:mm"/></numFmts>` +
	`<cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs>` +
	`<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="20"/><xf numFmtId="10"/></cellXfs></styleSheet>`

func TestXLSXCells(t *testing.T) {
	const shared = testHead + `<sst xmlns="` + nsMain + `"><si><t xml:space="preserve"> plain </t></si>` +
		`<si><r><rPr><b/></rPr><t>rich </t></r><r><t>te</t></r><r><t>xt</t></r><rPh sb="0" eb="1"><t>reading</t></rPh></si>` +
		`<si><t>a_x000D_
b_x005F_x000D_ &lt;&amp;&gt; _xD83D__xDE00_ _xD83D_ _x0000_</t></si><si/></sst>`
	tests := []struct {
		name, xml string
		want      Cell
	}{
		{"shared", `<c r="A1" t="s"><v>0</v></c>`, Cell{Text: " plain ", Kind: KindText}},
		{"rich", `<c r="A1" t="s"><v>1</v></c>`, Cell{Text: "rich text", Kind: KindText}},
		{"escapes", `<c r="A1" t="s"><v>2</v></c>`, Cell{Text: "a\r\nb_x000D_ <&> 😀 _xD83D_ _x0000_", Kind: KindText}},
		{"inline", `<c r="A1" t="inlineStr"><is><t>in</t><t>line</t></is></c>`, Cell{Text: "inline", Kind: KindText}},
		{"inline without type", `<c r="A1"><is><t>inline</t></is></c>`, Cell{Text: "inline", Kind: KindText}},
		{"no reference", `<c t="str"><v>x</v></c>`, Cell{Text: "x", Kind: KindText}},
		{"whole number", `<c r="A1"><v>43983</v></c>`, Cell{Text: "43983", Kind: KindNumber}},
		{"written as float", `<c r="A1"><v>43983.0</v></c>`, Cell{Text: "43983", Kind: KindNumber}},
		{"shortest", `<c r="A1"><v>4.4999999999999998E-2</v></c>`, Cell{Text: "0.045", Kind: KindNumber}},
		{"long digits", `<c r="A1"><v>12345678901234567890</v></c>`, Cell{Text: "12345678901234567890", Kind: KindNumber}},
		{"exponent", `<c r="A1"><v>1.5E+21</v></c>`, Cell{Text: "1500000000000000000000", Kind: KindNumber}},
		{"minus nothing", `<c r="A1"><v>-0</v></c>`, Cell{Text: "0", Kind: KindNumber}},
		{"negative", `<c r="A1"><v>-363</v></c>`, Cell{Text: "-363", Kind: KindNumber}},
		{"percent", `<c r="A1" s="6"><v>0.15</v></c>`, Cell{Text: "0.15", Kind: KindNumber}},
		{"not a number", `<c r="A1"><v>NaN</v></c>`, Cell{Text: "NaN", Kind: KindText}},
		{"hex", `<c r="A1"><v>0x1p4</v></c>`, Cell{Text: "0x1p4", Kind: KindText}},
		{"truth", `<c r="A1" t="b"><v>1</v></c>`, Cell{Text: "TRUE", Kind: KindBool}},
		{"falsehood", `<c r="A1" t="b"><v>0</v></c>`, Cell{Text: "FALSE", Kind: KindBool}},
		{"error", `<c r="A1" t="e"><v>#N/A</v></c>`, Cell{Text: "#N/A", Kind: KindError}},
		{"builtin date", `<c r="A1" s="1"><v>43983</v></c>`, Cell{Text: "2020-06-01", Kind: KindDate, Date: true}},
		{"custom date", `<c r="A1" s="2"><v>42395</v></c>`, Cell{Text: "2016-01-26", Kind: KindDate, Date: true}},
		{"date and time", `<c r="A1" s="3"><v>43983.604166666664</v></c>`, Cell{Text: "2020-06-01T14:30:00", Kind: KindDate, Date: true}},
		{"hidden time", `<c r="A1" s="1"><v>43983.5</v></c>`, Cell{Text: "2020-06-01T12:00:00", Kind: KindDate, Date: true}},
		{"duration", `<c r="A1" s="4"><v>2.0625</v></c>`, Cell{Text: "49:30:00", Kind: KindTime}},
		{"time", `<c r="A1" s="5"><v>0.378472222222222</v></c>`, Cell{Text: "9:05:00", Kind: KindTime}},
		{"time with a day", `<c r="A1" s="5"><v>43983.25</v></c>`, Cell{Text: "2020-06-01T06:00:00", Kind: KindDate, Date: true}},
		{"before the false leap day", `<c r="A1" s="1"><v>59</v></c>`, Cell{Text: "1900-02-28", Kind: KindDate, Date: true}},
		{"the false leap day", `<c r="A1" s="1"><v>60</v></c>`, Cell{Text: "60", Kind: KindNumber}},
		{"after it", `<c r="A1" s="1"><v>61</v></c>`, Cell{Text: "1900-03-01", Kind: KindDate, Date: true}},
		{"negative date", `<c r="A1" s="1"><v>-3</v></c>`, Cell{Text: "-3", Kind: KindNumber}},
		{"date too far", `<c r="A1" s="1"><v>1E+300</v></c>`, Cell{Text: "1" + strings.Repeat("0", 300), Kind: KindNumber}},
		{"iso date", `<c r="A1" t="d"><v>2020-06-01T00:00:00</v></c>`, Cell{Text: "2020-06-01", Kind: KindDate, Date: true}},
		{"text in a date cell", `<c r="A1" s="1" t="str"><v>ongoing</v></c>`, Cell{Text: "ongoing", Kind: KindText}},
		{"formula", `<c r="A1"><f>1+1</f><v>2</v></c>`, Cell{Text: "2", Kind: KindNumber}},
		{"formula never calculated", `<c r="A1"><f>SUM(B1:B9)</f><v/></c>`, Cell{Text: "=SUM(B1:B9)", Kind: KindFormula}},
		{"formula text", `<c r="A1" t="str"><f>A2&amp;"x"</f><v>yx</v></c>`, Cell{Text: "yx", Kind: KindText}},
		{"hyperlink formula", `<c r="A1" t="str"><f>HYPERLINK("https://x.example/?a=""b""","see")</f><v>see</v></c>`, Cell{Text: "see", Kind: KindText, Link: `https://x.example/?a="b"`}},
		{"hyperlink formula never calculated", `<c r="A1"><f>hyperlink( "https://x.example" )</f></c>`, Cell{Text: "https://x.example", Kind: KindText, Link: "https://x.example"}},
		{"hyperlink formula with calculated label", `<c r="A1" t="str"><f>HYPERLINK("https://x.example",B1)</f><v>lab</v></c>`, Cell{Text: "lab", Kind: KindText, Link: "https://x.example"}},
		{"calculated address", `<c r="A1" t="str"><f>HYPERLINK("https://"&amp;B1,"x")</f><v>x</v></c>`, Cell{Text: "x", Kind: KindText}},
		{"extension inside", `<c r="A1"><v>5</v><extLst><ext><v>9</v></ext></extLst></c>`, Cell{Text: "5", Kind: KindNumber}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := workbookOf(t, `<row r="1">`+tt.xml+`</row>`, "xl/sharedStrings.xml", shared, "xl/styles.xml", testStyles)
			b := mustRead(t, data, "x.bin")
			if b.Format != XLSX || len(b.Tables[0].Rows) != 1 {
				t.Fatalf("got %+v", b)
			}
			if d := cmp.Diff([]Cell{tt.want}, b.Tables[0].Rows[0].Cells); d != "" {
				t.Error(d)
			}
		})
	}
	t.Run("1904", func(t *testing.T) {
		parts := workbookParts(sheetXML(`<row><c s="1"><v>42521</v></c><c s="1"><v>0</v></c></row>`), "xl/styles.xml", testStyles)
		parts[5] = strings.Replace(parts[5], "<sheets>", `<workbookPr date1904="1"/><sheets>`, 1)
		got := texts(mustRead(t, zipOf(t, parts...), "x.xlsx").Tables[0].Rows)
		if d := cmp.Diff([][]string{{"2020-06-01", "1904-01-01"}}, got); d != "" {
			t.Error(d)
		}
	})
}

func TestDateFormats(t *testing.T) {
	for code, want := range map[string]dateShape{
		"General": notDate, "0.00": notDate, "#,##0;[Red]-#,##0": notDate, `0.00E+00`: notDate, "@": notDate, `"day "0`: notDate, `[Red]0`: notDate,
		`_-* #,##0.00\ "DM"_-`: notDate, "": notDate, `"unclosed`: notDate, "[h": notDate, "[]": notDate,
		"yyyy-mm-dd": dateDay, "m/d/yy h:mm": dateDay, "[$-409]mmmm\\ d\\,\\ yyyy;@": dateDay, "mmm-yy": dateDay, "mmmm": dateDay, "DD.MM.YYYY": dateDay,
		"[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy": dateDay, "aaaa": dateDay, "mmm h:mm:ss": dateDay, "d h:mm AM/PM": dateDay,
		"h:mm": dateClock, "h:mm:ss AM/PM": dateClock, "mm:ss.0": dateClock, "hh:mm A/P": dateClock, "[$-F400]h:mm:ss": dateClock, "ss": dateClock,
		"[h]:mm:ss": dateSpan, "[mm]:ss": dateSpan, "[SS]": dateSpan,
	} {
		if got := customDate(code); got != want {
			t.Errorf("customDate(%q) = %d, want %d", code, got, want)
		}
	}
	for id, want := range map[int]dateShape{0: notDate, 13: notDate, 14: dateDay, 18: dateClock, 22: dateDay, 23: notDate, 46: dateSpan, 47: dateClock, 49: notDate, 57: dateDay} {
		if got := builtinDate(id); got != want {
			t.Errorf("builtinDate(%d) = %d, want %d", id, got, want)
		}
	}
}

func TestXLSXShape(t *testing.T) {
	// Remarks first, gaps between rows and columns, blank styled rows after.
	var rows strings.Builder
	rows.WriteString(`<row r="2"><c r="A2" t="str"><v>a remark</v></c></row><row r="4"><c r="B4" t="str"><v>h1</v></c><c r="D4" t="str"><v>h2</v></c><c r="F4" s="1"/></row>`)
	for i := 5; i < 1500; i++ {
		fmt.Fprintf(&rows, `<row r="%d">%s</row>`, i, strings.Repeat(`<c s="1"/>`, 20))
	}
	rows.WriteString(`<row r="1500"><c t="str"><v>  </v></c><c/><c t="str"><v>x</v></c></row><row r="1501"><c t="str"><v> </v></c></row><row r="1048576"><c r="A1048576"><v>1</v></c><c r="XFD1048576" s="2"/></row>`)
	b := mustRead(t, workbookOf(t, rows.String()), "x.xlsx")
	if d := cmp.Diff([][]string{{"a remark"}, {"", "h1", "", "h2"}, {"  ", "", "x"}, {"1"}}, texts(b.Tables[0].Rows)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]int{2, 4, 1500, 1048576}, lines(b.Tables[0].Rows)); d != "" {
		t.Error(d)
	}
}

func TestXLSXLinksAndComments(t *testing.T) {
	sheet := testHead + `<worksheet xmlns="` + nsMain + `" xmlns:r="` + nsDoc + `"><sheetData>` +
		`<row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c></row><row r="3"><c r="A3" t="str"><v>c</v></c><c r="C3" t="str"><v>d</v></c></row></sheetData>` +
		`<mergeCells count="1"><mergeCell ref="A1:A2"/></mergeCells>` +
		`<hyperlinks><hyperlink ref="A1" r:id="rId1"/><hyperlink ref="A3:D9" r:id="rId1" location="top"/><hyperlink ref="B1" location="'Two'!A1"/><hyperlink ref="A2" r:id="rId1"/></hyperlinks></worksheet>`
	const rels = testHead + `<Relationships xmlns="` + nsRels + `"><Relationship Id="rId1" Type="` + nsDoc + `/hyperlink" Target="https://x.example/a?b=1&amp;c=2" TargetMode="External"/>` +
		`<Relationship Id="rId2" Type="` + nsDoc + `/comments" Target="../comments1.xml"/>` +
		`<Relationship Id="rId3" Type="http://schemas.microsoft.com/office/2017/10/relationships/threadedComment" Target="../threadedComments/threadedComment1.xml"/></Relationships>`
	const notes = testHead + `<comments xmlns="` + nsMain + `"><authors><author>Z</author></authors><commentList>` +
		`<comment ref="B1" authorId="0"><text><r><t>Z:</t></r><r><t xml:space="preserve">
doubtful</t></r></text></comment><comment ref="C3"><text><t>[Threaded comment] old</t></text></comment><comment ref="E1"><text><t>beside</t></text></comment><comment ref="A2"><text><t>on a blank row</t></text></comment></commentList></comments>`
	const threads = testHead + `<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">` +
		`<threadedComment ref="C3" id="1"><text>Is it so?</text></threadedComment><threadedComment ref="C3" id="2" parentId="1"><text>It is.</text></threadedComment></ThreadedComments>`
	data := zipOf(t, workbookParts(sheet, "xl/worksheets/_rels/sheet1.xml.rels", rels, "xl/comments1.xml", notes, "xl/threadedComments/threadedComment1.xml", threads)...)
	const link = "https://x.example/a?b=1&c=2"
	want := []Row{
		{1, []Cell{{Text: "a", Kind: KindText, Link: link}, {Text: "b", Kind: KindText, Link: "#'Two'!A1", Comment: "Z:\ndoubtful"}, {}, {}, {Comment: "beside"}}},
		{3, []Cell{{Text: "c", Kind: KindText, Link: link + "#top"}, {}, {Text: "d", Kind: KindText, Link: link + "#top", Comment: "Is it so?\nIt is."}}},
	}
	if d := cmp.Diff(want, mustRead(t, data, "x.xlsx").Tables[0].Rows); d != "" {
		t.Error(d)
	}
}

// The library writes what we read: several sheets, one hidden, every type.
func TestXLSXFromLibrary(t *testing.T) {
	f := xlsx.NewFile()
	for _, name := range []string{"First", "Hidden"} {
		sh, err := f.AddSheet(name)
		if err != nil {
			t.Fatal(err)
		}
		sh.Hidden = name == "Hidden"
		sh.AddRow().AddCell().SetString(name)
		sh.AddRow()
		r := sh.AddRow()
		r.AddCell().SetString("text")
		r.AddCell().SetInt(43983)
		r.AddCell().SetFloat(0.25)
		r.AddCell().SetBool(true)
		d := r.AddCell()
		d.SetFloat(43983)
		d.NumFmt = "m/d/yy"
		l := r.AddCell()
		l.SetHyperlink("https://x.example/", "page", "")
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	book := mustRead(t, b.Bytes(), "x.xlsx")
	if len(book.Tables) != 2 || book.Tables[0].Hidden || !book.Tables[1].Hidden {
		t.Fatalf("got %+v", book.Tables)
	}
	for _, tab := range book.Tables {
		want := []Row{{1, []Cell{{Text: tab.Sheet, Kind: KindText}}}, {3, []Cell{{Text: "text", Kind: KindText}, {Text: "43983", Kind: KindNumber}, {Text: "0.25", Kind: KindNumber},
			{Text: "TRUE", Kind: KindBool}, {Text: "2020-06-01", Kind: KindDate, Date: true}, {Text: "page", Kind: KindText, Link: "https://x.example/"}}}}
		if d := cmp.Diff(want, tab.Rows); d != "" {
			t.Errorf("%s: %s", tab.Sheet, d)
		}
	}
}

func TestXLSXErrors(t *testing.T) {
	cell := func(s string) string {
		return `<row r="7"><c r="AB7" t="inlineStr"><is><t>` + s + `</t></is></c></row>`
	}
	noise := make([]byte, 8<<20)
	rand.NewChaCha8([32]byte{1}).Read(noise)
	big := base64.StdEncoding.EncodeToString(noise) // what does not pack tightly
	good := workbookOf(t, cell("x"))
	replace := func(name, content string, more ...string) []byte {
		parts := workbookParts(sheetXML(cell("x")), more...)
		for i := 0; i < len(parts); i += 2 {
			if parts[i] == name {
				parts[i+1] = content
			}
		}
		return zipOf(t, parts...)
	}
	sheets := strings.Repeat(`<sheet name="S" r:id="rId1"/>`, 201)
	tests := []struct {
		name         string
		data         []byte
		code         string
		line, column int
		says         string
	}{
		{"cut off", good[:len(good)-30], CodeTruncated, 0, 0, "cut off"},
		{"cut in half", good[:len(good)/2], CodeTruncated, 0, 0, "cut off"},
		{"no workbook", zipOf(t, "readme.txt", "hello"), CodeNoWorkbook, 0, 0, "without a workbook"},
		{"empty zip", zipOf(t), CodeNoWorkbook, 0, 0, ""},
		{"opendocument", zipOf(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet", "content.xml", "<x/>"), CodeOtherFormat, 0, 0, "OpenDocument"},
		{"word", zipOf(t, "word/document.xml", "<x/>"), CodeOtherFormat, 0, 0, "Word"},
		{"binary workbook", zipOf(t, "xl/workbook.bin", "x"), CodeOtherFormat, 0, 0, ".xlsb"},
		{"traversal", replace("", "", "../../etc/cron.d/x", "x"), CodeUnsafeName, 0, 0, "outside"},
		{"traversal with backslashes", replace("", "", `xl\..\..\x`, "x"), CodeUnsafeName, 0, 0, ""},
		{"absolute name", replace("", "", "/etc/passwd", "x"), CodeUnsafeName, 0, 0, ""},
		{"two of a name", replace("", "", "XL/Workbook.xml", "x"), CodeUnsafeName, 0, 0, "two parts"},
		{"relationship out of the file", replace("xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="../../../etc/passwd"/></Relationships>`), CodeDamaged, 0, 0, "missing"},
		{"external sheet", replace("xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="rId1" Type="x/worksheet" TargetMode="External" Target="http://x.example/"/></Relationships>`), CodeDamaged, 0, 0, "does not hold"},
		{"entities", replace("xl/worksheets/sheet1.xml", `<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]>`+sheetXML(cell("&b;"))), CodeXMLTrick, 0, 0, "document type"},
		{"undeclared entity", workbookOf(t, cell("&xxe;")), CodeDamaged, 7, 28, "well-formed"},
		{"zero character", workbookOf(t, cell("&#0;")), CodeDamaged, 7, 28, ""},
		{"unclosed", replace("xl/worksheets/sheet1.xml", testHead+`<worksheet><sheetData><row r="2"><c><v>1`), CodeDamaged, 2, 1, ""},
		{"deep", workbookOf(t, `<row r="3"><c>`+strings.Repeat("<a>", 100)), CodeXMLTrick, 3, 1, "deep"},
		{"too many sheets", replace("xl/workbook.xml", testHead+`<workbook xmlns:r="x"><sheets>`+sheets+`</sheets></workbook>`), CodeTooManySheets, 0, 0, "200"},
		{"no sheets", replace("xl/workbook.xml", `<workbook/>`), CodeNoWorkbook, 0, 0, "no sheet"},
		{"utf-16 part", replace("xl/workbook.xml", `<?xml version="1.0" encoding="UTF-16"?><workbook/>`), CodeDamaged, 0, 0, ""},
		{"10 MB cell", workbookOf(t, cell(big)), CodeCellTooBig, 7, 28, "1.0 MB"},
		{"10 MB shared text", workbookOf(t, `<row r="7"><c r="AB7" t="s"><v>0</v></c></row>`, "xl/sharedStrings.xml", `<sst><si><t>`+big+`</t></si></sst>`), CodeCellTooBig, 7, 28, "1.0 MB"},
		{"endless tag", workbookOf(t, `<row r="4"><c `+strings.Repeat("n"+hex.EncodeToString(noise[:4096])+`="1" `, 5000)), CodeCellTooBig, 4, 0, "tag"},
		{"missing shared text", workbookOf(t, `<row r="4"><c r="B4" t="s"><v>7</v></c></row>`), CodeDamaged, 4, 2, "shared text"},
		{"bad reference", workbookOf(t, `<row r="4"><c r="4B"><v>7</v></c></row>`), CodeDamaged, 4, 1, ""},
		{"reference too far", workbookOf(t, `<row r="4"><c r="XFE4"><v>7</v></c></row>`), CodeDamaged, 4, 1, ""},
		{"too many columns", workbookOf(t, `<row r="4"><c r="SS4"><v>7</v></c></row>`), CodeTooManyColumns, 4, 513, "512"},
		{"rows out of order", workbookOf(t, `<row r="4"><c><v>7</v></c></row><row r="4"><c><v>7</v></c></row>`), CodeDamaged, 4, 0, ""},
		{"ratio", workbookOf(t, cell(strings.Repeat("A", 3<<20))), CodeZipBomb, 0, 0, "tightly"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := readBytes(tt.data, "bad.xlsx", Limits{})
			if e := wantError(t, err, tt.code, tt.line, tt.column); !strings.Contains(e.Error(), tt.says) {
				t.Errorf("%v does not say %q", e, tt.says)
			}
			if len(err.Error()) > 600 {
				t.Errorf("the message has %d bytes", len(err.Error()))
			}
		})
	}
}

func TestXLSXPasswordAndFlippedBits(t *testing.T) {
	noise := make([]byte, 75_000)
	rand.NewChaCha8([32]byte{2}).Read(noise)
	good := workbookOf(t, `<row r="7"><c t="inlineStr"><is><t>`+base64.StdEncoding.EncodeToString(noise)+`</t></is></c></row>`)
	t.Run("password", func(t *testing.T) {
		data := bytes.Clone(good)
		for i := 0; ; {
			j := bytes.Index(data[i:], []byte("PK\x01\x02"))
			if j < 0 {
				break
			}
			data[i+j+8] |= 1
			i += j + 4
		}
		_, err := readBytes(data, "bad.xlsx", Limits{})
		wantError(t, err, CodeEncrypted, 0, 0)
	})
	t.Run("flipped bits", func(t *testing.T) {
		data := bytes.Clone(good)
		i := bytes.Index(data, []byte("xl/worksheets/sheet1.xml"))
		for at := i + 100; at < i+50_000; at += 997 {
			data[at] ^= 0x10
			_, err := readBytes(data, "bad.xlsx", Limits{})
			data[at] ^= 0x10
			var e *Error
			if !errors.As(err, &e) || e.Code != CodeDamaged && e.Code != CodeZipBomb {
				t.Fatalf("bit flipped at %d: %v", at, err)
			}
		}
	})
}

// lie rewrites the declared unpacked size of the sheet.
func lie(data []byte, size uint32) []byte {
	data = bytes.Clone(data)
	i := bytes.LastIndex(data, []byte("xl/worksheets/sheet1.xml")) - 46
	binary.LittleEndian.PutUint32(data[i+24:], size)
	return data
}

// bombOf is a workbook whose sheet is mb megabytes of one letter.
func bombOf(t testing.TB, mb int) []byte {
	return workbookOf(t, `<row r="1"><c t="inlineStr"><is><t>`+strings.Repeat("A", mb<<20)+`</t></is></c></row>`)
}

func TestXLSXBombs(t *testing.T) {
	data := bombOf(t, 40)
	chaff := strings.Repeat(`<c t="inlineStr"><is><t></t></is></c>`, 10_000)
	tests := []struct {
		name  string
		data  []byte
		lim   Limits
		heap  uint64 // megabytes that may be allocated in all, garbage included
		where int
	}{
		{"ratio, declared", data, Limits{}, 1, 0},
		{"ratio, not declared", lie(data, 1000), Limits{}, 1, 0},
		{"size, declared", data, Limits{Unzipped: 32 << 20}, 1, 0},
		{"size, not declared", lie(data, 1000), Limits{Unzipped: 32 << 20, Ratio: 1e9}, 1, 0},
		{"size, declared but not there", lie(workbookOf(t, ""), 1<<31), Limits{}, 1, 0},
		{"many references to one part", manySheets(t, 100, `<row>`+chaff+`</row>`), Limits{Unzipped: 8 << 20, Ratio: 2000}, 300, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := readBytes(tt.data, "bomb.xlsx", tt.lim)
			runtime.ReadMemStats(&after)
			wantError(t, err, CodeZipBomb, tt.where, columnOf(err))
			if got := (after.TotalAlloc - before.TotalAlloc) >> 20; got > tt.heap {
				t.Errorf("allocated %d MB", got)
			}
		})
	}
}

// columnOf gives the column an error names, where it does not matter which.
func columnOf(err error) int {
	if e, ok := err.(*Error); ok {
		return e.Column
	}
	return 0
}

// manySheets lists one sheet's part n times.
func manySheets(t testing.TB, n int, rows string) []byte {
	parts := workbookParts(sheetXML(rows))
	parts[5] = strings.Replace(parts[5], `<sheet name="One" sheetId="1" r:id="rId1"/>`, strings.Repeat(`<sheet name="One" sheetId="1" r:id="rId1"/>`, n), 1)
	return zipOf(t, parts...)
}

func TestXLSXAmplifiers(t *testing.T) {
	long := strings.Repeat("lorem ipsum dolor ", 50_000)
	links := strings.Builder{}
	for range 20_000 {
		links.WriteString(`<hyperlink ref="A1:XFD1048576" location="x"/>`)
	}
	linked := testHead + `<worksheet xmlns="` + nsMain + `"><sheetData>` + strings.Repeat(`<row><c><v>1</v></c></row>`, 20_000) + `</sheetData><hyperlinks>` + links.String() + `</hyperlinks></worksheet>`
	tests := []struct {
		name string
		data []byte
		code string
	}{
		{"one long shared text shown in many cells", workbookOf(t, strings.Repeat(`<row><c t="s"><v>0</v></c></row>`, 10_000), "xl/sharedStrings.xml", `<sst><si><t>`+long+`</t></si></sst>`), CodeTooMuchText},
		{"one part as a hundred sheets", manySheets(t, 100, strings.Repeat(`<row><c r="SR1"><v>1</v></c></row>`, 1_000)), CodeTooManyCells},
		{"links over everything", zipOf(t, workbookParts(linked)...), CodeTooManyLinks},
		{"shared texts without end", workbookOf(t, "", "xl/sharedStrings.xml", `<sst>`+strings.Repeat(`<si/>`, 4_000_001)+`</sst>`), CodeTooManyCells},
		{"rows without end", workbookOf(t, strings.Repeat(`<row><c><v>1</v></c></row>`, 200_001)), CodeTooManyRows},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := readBytes(tt.data, "x.xlsx", Limits{Ratio: 1e9})
			e := wantError(t, err, tt.code, lineOf(err), 0)
			t.Log(e)
		})
	}
}

func lineOf(err error) int {
	if e, ok := err.(*Error); ok {
		return e.Line
	}
	return 0
}

func TestXLSXEmptyFormulaIsBlank(t *testing.T) {
	b := mustRead(t, workbookOf(t, `<row><c t="str"><f>B1&amp;""</f><v></v></c></row><row><c><v>1</v></c></row>`), "x.xlsx")
	if d := cmp.Diff([]int{2}, lines(b.Tables[0].Rows)); d != "" {
		t.Error(d)
	}
}

func TestXLSXBlankRowsAreCheap(t *testing.T) {
	blank := strings.Repeat(`<row spans="1:45" ht="15">`+strings.Repeat(`<c s="1"/>`, 45)+`</row>`, 10_000)
	data := workbookOf(t, `<row><c><v>1</v></c></row>`+blank+`<row><c><v>2</v></c></row>`)
	b, err := readBytes(data, "x.xlsx", Limits{Ratio: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]int{1, 10_002}, lines(b.Tables[0].Rows)); d != "" {
		t.Error(d)
	}
}

func TestZipDirectoryIsBounded(t *testing.T) {
	var parts []string
	for i := range maxParts + 1 {
		parts = append(parts, fmt.Sprintf("p%d", i), "")
	}
	_, err := readBytes(zipOf(t, parts...), "x.xlsx", Limits{})
	wantError(t, err, CodeZipBomb, 0, 0)
	parts = parts[:0]
	for i := range 100 {
		parts = append(parts, strings.Repeat("n", 60_000)+fmt.Sprint(i), "")
	}
	_, err = readBytes(zipOf(t, parts...), "x.xlsx", Limits{})
	wantError(t, err, CodeZipBomb, 0, 0)
}
