package chart

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// checkSVG reads a file as XML and holds it to the promises of the package.
func checkSVG(t testing.TB, name string, raw []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(raw))
	ids, refs := map[string]bool{}, []string{}
	path := []string{}
	root := map[string]string{}
	var text strings.Builder
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: not well-formed: %v", name, err)
		}
		switch e := tok.(type) {
		case xml.StartElement:
			path = append(path, e.Name.Local)
			if e.Name.Local == "script" || e.Name.Local == "image" || e.Name.Local == "foreignObject" {
				t.Errorf("%s: element %s", name, e.Name.Local)
			}
			for _, a := range e.Attr {
				if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "style" {
					t.Errorf("%s: attribute %s", name, a.Name.Local)
				}
				if len(path) == 1 {
					root[a.Name.Local] = a.Value
				}
				if a.Name.Local == "id" {
					if ids[a.Value] {
						t.Errorf("%s: id %q twice", name, a.Value)
					}
					ids[a.Value] = true
				}
				if a.Name.Local == "href" && strings.HasPrefix(a.Value, "#") {
					refs = append(refs, a.Value[1:])
				}
				if strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
					t.Errorf("%s: %s=%q", name, a.Name.Local, a.Value)
				}
			}
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			text.Write(e)
		}
	}
	if root["role"] != "img" || root["aria-labelledby"] != "t desc" || !ids["t"] || !ids["desc"] {
		t.Errorf("%s: no role, title or desc", name)
	}
	for _, r := range refs {
		if !ids[r] {
			t.Errorf("%s: reference to unknown id %q", name, r)
		}
	}
	for _, r := range text.String() {
		if r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			t.Fatalf("%s: direction control %U", name, r)
		}
	}
	for _, bad := range []string{"http://", "https://"} {
		if strings.Contains(strings.ReplaceAll(string(raw), "http://www.w3.org/2000/svg", ""), bad) {
			t.Errorf("%s: loads or links to %s", name, bad)
		}
	}
}

// checkFits holds every text and shape to the inner area of the picture.
func checkFits(t testing.TB, name string, c *canvas) {
	t.Helper()
	for _, o := range c.ops {
		x0, x1 := o.x, o.x+o.w
		switch o.kind {
		case opText:
			switch o.align {
			case right:
				x0, x1 = o.x-o.w, o.x
			case middle:
				x0, x1 = o.x-o.w/2, o.x+o.w/2
			}
			if o.y > c.y+20 || o.y < 0 {
				t.Errorf("%s: %q at y %.1f of %.1f", name, o.text, o.y, c.y)
			}
		case opRect:
		default:
			continue
		}
		if x0 < -2.1 || x1 > c.w+2.1 {
			t.Errorf("%s: %q from %.1f to %.1f, width is %.0f", name, o.text, x0, x1, c.w)
		}
	}
}

// overlaps finds texts whose boxes touch.
func overlaps(c *canvas) []string {
	type box struct {
		x0, x1, y0, y1 float64
		s              string
	}
	var all []box
	var out []string
	for _, o := range c.ops {
		if o.kind != opText {
			continue
		}
		b := box{o.x, o.x + o.w, o.y - o.face.size*.7, o.y + o.face.size*.15, o.text}
		switch o.align {
		case right:
			b.x0, b.x1 = o.x-o.w, o.x
		case middle:
			b.x0, b.x1 = o.x-o.w/2, o.x+o.w/2
		}
		for _, p := range all {
			if b.x0+1 < p.x1 && p.x0+1 < b.x1 && b.y0+1 < p.y1 && p.y0+1 < b.y1 {
				out = append(out, fmt.Sprintf("%q over %q", b.s, p.s))
			}
		}
		all = append(all, b)
	}
	return out
}

func TestSVG(t *testing.T) {
	demo := os.Getenv("CHART_DEMO")
	for name, ch := range samples() {
		for _, w := range []Width{Wide, Narrow} {
			id := fmt.Sprintf("%s %d", name, w)
			raw := SVG(ch, w)
			checkSVG(t, id, raw)
			c := paint(ch, w, estimate{})
			checkFits(t, id, c)
			for _, o := range overlaps(c) {
				t.Errorf("%s: %s", id, o)
			}
			for _, want := range []string{ch.head().Source, "prefers-color-scheme:dark"} {
				if flat := strings.ReplaceAll(texts(c), "\n", " "); !strings.Contains(flat, want) && !bytes.Contains(raw, []byte(want)) {
					t.Errorf("%s: lacks %q", id, want)
				}
			}
			if !bytes.Equal(raw, SVG(ch, w)) {
				t.Errorf("%s: two drawings differ", id)
			}
			if demo != "" {
				suffix := map[Width]string{Wide: ".svg", Narrow: ".narrow.svg"}[w]
				if err := os.WriteFile(filepath.Join(demo, name+suffix), raw, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// texts is what is set on the canvas.
func texts(c *canvas) string {
	var out []string
	for _, o := range c.ops {
		if o.kind == opText {
			out = append(out, o.text)
		}
	}
	return strings.Join(out, "\n")
}

func TestPNG(t *testing.T) {
	demo := os.Getenv("CHART_DEMO")
	scale := 1.0
	if demo != "" {
		scale = 2
	}
	for name, ch := range samples() {
		for _, w := range []Width{Wide, Narrow} {
			raw, err := PNG(ch, w, scale)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			img, err := png.Decode(bytes.NewReader(raw))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if img.Bounds().Dx() != int(scale)*int(w) {
				t.Errorf("%s: %d pixels wide", name, img.Bounds().Dx())
			}
			dark := 0
			for y := 0; y < img.Bounds().Dy(); y += 3 {
				for x := 0; x < img.Bounds().Dx(); x += 3 {
					if r, g, b, _ := img.At(x, y).RGBA(); r+g+b < 0x9000 {
						dark++
					}
				}
			}
			if dark < 120 {
				t.Errorf("%s: nearly empty: %d dark pixels", name, dark)
			}
			if demo != "" {
				suffix := map[Width]string{Wide: ".png", Narrow: ".narrow.png"}[w]
				if err := os.WriteFile(filepath.Join(demo, name+suffix), raw, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	burmese := sampleBars()
	burmese.Title = "အင်တာနက်"
	if _, err := PNG(burmese, Wide, 1); !errors.Is(err, ErrScript) {
		t.Errorf("letters without a font: %v", err)
	}
}

var update = flag.Bool("update", false, "write the golden files")

func TestGolden(t *testing.T) {
	for _, x := range []struct {
		name string
		w    Width
	}{{"bars", Wide}, {"bars.ar", Narrow}, {"ranked", Narrow}, {"matrix.ar", Wide}, {"strips", Wide}, {"multiples", Narrow}, {"map", Narrow}} {
		file := filepath.Join("testdata", fmt.Sprintf("%s.%d.svg", x.name, x.w))
		got := bytes.ReplaceAll(SVG(samples()[x.name], x.w), []byte("><"), []byte(">\n<"))
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs; look at it, then run with -update", file)
		}
	}
}

func TestTables(t *testing.T) {
	for name, ch := range samples() {
		head, rows := ch.Table()
		if len(rows) == 0 {
			t.Errorf("%s: empty table", name)
		}
		for i, r := range rows {
			if len(r) != len(head) {
				t.Errorf("%s: row %d has %d cells, head %d", name, i, len(r), len(head))
			}
		}
		var b bytes.Buffer
		if err := CSV(&b, ch, Edition{"spring", "2026-05-20"}); err != nil {
			t.Fatal(err)
		}
		back, err := csv.NewReader(&b).ReadAll()
		if err != nil || len(back) != len(rows)+1 {
			t.Fatalf("%s: CSV reads back as %d lines: %v", name, len(back), err)
		}
		h := ch.head()
		if got := strings.Join(back[0][len(head):], "|"); got != "title|measure|source|release|as_of" {
			t.Errorf("%s: columns %s", name, got)
		}
		for i, row := range back[1:] {
			if !slices.Equal(row, slices.Concat(rows[i], []string{h.Title, h.Subtitle, h.Source, "spring", "2026-05-20"})) {
				t.Errorf("%s: row %d is %q", name, i, row)
			}
		}
	}
	head, rows := sampleRanked().Table()
	if strings.Join(head, "|") != "Cause|2025|2024" || strings.Join(rows[0], "|") != "Storms|125|106" || rows[8][0] != "Cause not known" {
		t.Errorf("ranked: %v %v", head, rows)
	}
	var b bytes.Buffer
	evil := Ranked{Items: []Rank{{Label: "=1+1", Value: -2}, {Label: "@x", Value: 1}, {Label: "-a"}}}
	if err := CSV(&b, evil, Edition{}); err != nil || !strings.Contains(b.String(), "'=1+1,-2") || !strings.Contains(b.String(), "'@x") || !strings.Contains(b.String(), "'-a") {
		t.Errorf("a formula passes: %q %v", b.String(), err)
	}
}

func TestEmptyChartsDraw(t *testing.T) {
	for _, ch := range []Chart{Bars{}, Ranked{}, Matrix{}, YearStrip{}, Strips{}, Multiples{}, Map{}, Multiples{Panels: []Panel{{}}}, Map{View: Box{W: 1, H: 1}, Shapes: []Shape{{Path: "nonsense"}}}} {
		for _, w := range []Width{Wide, Narrow} {
			checkSVG(t, fmt.Sprintf("%T", ch), SVG(ch, w))
			if _, err := PNG(ch, w, 1); err != nil {
				t.Errorf("%T: %v", ch, err)
			}
		}
	}
}

func TestWrap(t *testing.T) {
	f := face{size: 14}
	m := estimate{}
	for _, x := range []struct {
		s     string
		room  float64
		lines int
	}{{"a b c d e f g", 30, 3}, {strings.Repeat("x", 300), 100, 2}, {"Llanfairpwllgwyngyll of the northern isles", 90, 3}, {strings.Repeat("မြန်မာ", 20), 120, 2}, {"", 10, 1}, {"é́́́́́", 5, 2}} {
		got := wrap(m, x.s, f, x.room, x.lines)
		if len(got) > x.lines {
			t.Errorf("%q: %d lines", x.s, len(got))
		}
		for _, l := range got {
			if w := m.width(l, f); w > x.room+.1 && len([]rune(l)) > 6 {
				t.Errorf("%q: %q is %.0f wide, room %.0f", x.s, l, w, x.room)
			}
		}
		if joined := strings.Join(got, ""); !strings.HasSuffix(joined, "…") && strings.ReplaceAll(joined, " ", "") != strings.ReplaceAll(x.s, " ", "") {
			t.Errorf("%q lost letters without saying so: %q", x.s, got)
		}
	}
	if got := balance(m, "Storms were the cause of two in five", face{size: 21, bold: true, serif: true}, 360, 4); len(got) != 2 || len(got[1]) < 10 {
		t.Errorf("an orphan is left: %q", got)
	}
}

// TestEstimateIsSafe holds the estimate against real fonts: it should not be
// narrower than a condensed face.
func TestEstimateIsSafe(t *testing.T) {
	s, err := newSetter(false)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"At least this many late ferries each year, all harbours", "1,884 days", "Fog over the northern channel", "HARBOUR WORKS", "تأخرت عبّارات كثيرة في الموانئ الشمالية", "Задержки паромов по годам"} {
		for _, f := range []face{{size: 14}, {size: 14, bold: true}, {size: 26, bold: true, serif: true}} {
			real, guess := s.width(text, f), estimate{}.width(text, f)
			if ratio := guess / real; ratio < .93 || ratio > 1.45 {
				t.Errorf("%q %+v: estimate %.0f, DejaVu condensed %.0f (%.2f)", text, f, guess, real, ratio)
			}
		}
	}
}

func TestTransform(t *testing.T) {
	for d, want := range map[string]string{
		"M0 0L10 0 10.02 0 10 10Z": "M0 0l20 0 0 20z", "m1 1h2v2h-2z": "M2 2l4 0 0 4-4 0z", "M.5.5l1-1": "M1 1l2-2", "M0,0 C1 1 2 2 3 3s1 1 2 2": "M0 0c2 2 4 4 6 6c2 2 2 2 4 4",
		"M10.5 20.25L0 0": "M21 40.5l-21-40.5",
	} {
		if got, ok := transform(d, 2, 0, 0); !ok || got != want {
			t.Errorf("%s: %q %v, want %q", d, got, ok, want)
		}
	}
	for _, bad := range []string{"", "L1 1", "M1", "M1 1 L", "M1 1 A1 1 0 0 0 2 2", "M1e99 0", "M0 0 zz 3", "<script>", "M0 0 l1 \"/>"} {
		if got, ok := transform(bad, 1, 0, 0); ok {
			t.Errorf("%q passes as %q", bad, got)
		}
	}
}

// hostile fills every text of every chart with one string and every number
// with another.
func hostile(s string, v float64) []Chart {
	h := Head{Title: s, Subtitle: s, Desc: s, Source: s, Note: s, Lang: "ar", RTL: len(s)%2 == 0, Number: func(int) string { return s }}
	n := int(math.Mod(v, 400))
	return []Chart{
		Bars{Head: h, Items: []Bar{{Label: s, Sub: s, Value: v, Text: s, Part: v / 2}, {Value: -v, Part: v}, {Label: s, Value: 1, Text: s, Part: 1}}, PartText: s, RestText: s},
		Ranked{Head: h, Items: []Rank{{Label: s, Value: v, Text: s, Prev: -v, HasPrev: true, PrevText: s}, {Label: s}}, LabelHead: s, ValueHead: s, PrevHead: s},
		Matrix{Head: h, Rows: []string{s, s}, Cols: []string{s, s, s}, Cells: [][]int{{n}, {n, -n, 3, 4}}, Total: s},
		YearStrip{Head: h, Days: []DayCount{{n, n, n}, {1, 2, 3}}, Months: []string{s}, MonthsAbb: []string{s}, High: Callout{0, s}, Low: Callout{n, s}, EndText: s, CutText: s, SlowText: s, BlockedText: s, Undated: []int{n, 0}, UndatedText: s},
		Strips{Head: h, Axis: []Tick{{v, s}, {.2, s}}, Rows: []StripRow{{Label: s, Sub: s, Number: s, Marks: []Mark{{v, .5, Cut, false, false}, {.2, v, Slow, true, false}}}}, NumberHead: s, Key: []KeyItem{{Text: s}, {Up: true, Text: s}}},
		Multiples{Head: h, Labels: []string{s, s}, Panels: []Panel{{Title: s, Note: s, Values: []float64{v, 1}, Texts: []string{s, s}, Mark: n}}, Lines: n%2 == 0},
		Map{Head: h, View: Box{0, 0, 100, 50}, Shapes: []Shape{{Path: s, State: State(s), Title: s}, {Path: "M0 0L9 9 0 9Z", State: Cut, Title: s, Href: s}}, Dots: []Dot{{X: v, Y: 2, Title: s, Label: s, Href: "/x"}}, Labels: []Label{{3, v, s}}, Key: []KeyItem{{Dot: true, Text: s}}, Borders: s},
	}
}

func FuzzHostile(f *testing.F) {
	f.Add("]]></title><script>alert(1)</script>", 3.0)
	f.Add("\u202egnorw\u2066\x00\x1b&amp;\"'", -1.5)
	f.Add(strings.Repeat("لا ", 3300)+"W", math.MaxFloat64)
	f.Add(strings.Repeat("W", 10000), math.NaN())
	f.Add("\xff\xfe\xf0", math.Inf(1))
	f.Add("မြန်မာ\u0301\u0301 z͑ͫ̓ͪ", 0.5)
	f.Fuzz(func(t *testing.T, s string, v float64) {
		for i, ch := range hostile(s, v) {
			for _, w := range []Width{Wide, Narrow} {
				name := fmt.Sprintf("%T %d %d", ch, i, w)
				raw := SVG(ch, w)
				if strings.Contains(s, "http") {
					raw = bytes.ReplaceAll(raw, []byte("http"), nil)
					raw = bytes.Replace(raw, []byte(`xmlns="://`), []byte(`xmlns="http://`), 1)
				}
				checkSVG(t, name, raw)
				checkFits(t, name, paint(ch, w, estimate{}))
			}
		}
	})
}

func FuzzPath(f *testing.F) {
	for _, s := range []string{"M0 0L10 0 10 10Z", "m1 1h2v2h-2z", "M.5.5l1-1q1 1 2 2t3 3", "M0,0C1 1 2 2 3 3S1 1 2 2", "M1e3-2.5.5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, d string) {
		out, ok := transform(d, 1.5, 3, -2)
		if !ok {
			return
		}
		if strings.ContainsAny(out, "<>&\"'") || strings.Contains(out, "NaN") {
			t.Fatalf("%q gives %q", d, out)
		}
		if _, ok := parsePath(out); !ok {
			t.Fatalf("%q gives %q, which does not read back", d, out)
		}
	})
}

func BenchmarkSVG(b *testing.B) {
	y := sampleYear()
	for b.Loop() {
		SVG(y, Wide)
	}
}

func BenchmarkPNG(b *testing.B) {
	y := sampleYear()
	for b.Loop() {
		if _, err := PNG(y, Wide, 2); err != nil {
			b.Fatal(err)
		}
	}
}

// TestWordsAreWhole: a label that does not fit on one line takes another, in
// any language; what has no room at all is left out rather than cut.
func TestWordsAreWhole(t *testing.T) {
	head := Head{Title: "A title", Source: "A source", Lang: "fr"}
	var ten []Bar
	for i := range 10 {
		ten = append(ten, Bar{Label: "20" + string(rune('0'+i)), Value: 300, Text: "300", Part: 60})
	}
	bars := Bars{Head: head, Items: ten, PartText: "59 anciennes", RestText: "254 nouvelles"}
	ranked := Ranked{Head: head, LabelHead: "Pays d’origine de l’auteur", ValueHead: "Coupures", Items: []Rank{{Label: "Mali", Value: 3, Text: "3"}}}
	strips := Strips{Head: head, NumberHead: "Jours", Rows: []StripRow{{Label: "Ukraine", Number: "3 000 jours",
		Sub: "blocage : VK (VKontakte) et Ok.ru (Odnoklassniki) et 4 autres services"}}}
	for _, w := range []Width{Wide, Narrow} {
		for name, x := range map[string]struct {
			c    Chart
			want []string
		}{"bars": {bars, nil}, "ranked": {ranked, nil}, "strips": {strips, []string{"autres services"}}} {
			got := string(SVG(x.c, w))
			if strings.Contains(got, "…") {
				t.Errorf("%s, %d wide: words are cut", name, w)
			}
			for _, want := range x.want {
				if !strings.Contains(got, want) {
					t.Errorf("%s, %d wide: no %q", name, w, want)
				}
			}
		}
	}
	if got := string(SVG(bars, Wide)); !strings.Contains(got, "nouvelles<") || !strings.Contains(got, "anciennes<") {
		t.Error("the words of the last bar are missing")
	}
	bars.PartText = "Donaudampfschifffahrtsgesellschaft"
	if got := string(SVG(bars, Wide)); strings.Contains(got, "Donau") {
		t.Error("half a word stands in a bar")
	}
}
