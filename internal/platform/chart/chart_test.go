package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"
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
	for name, ch := range samples() {
		for _, w := range []Width{Wide, Narrow} {
			raw, err := PNG(ch, w, 2)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			img, err := png.Decode(bytes.NewReader(raw))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if img.Bounds().Dx() != 2*int(w) {
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
			if dark < 300 {
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
