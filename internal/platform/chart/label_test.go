package chart

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"
)

// TestNamesOnMapsCanBeRead: the name of an area is ink on paper whatever shade
// the area has, by day, by night and in the painted file. A grey name with a
// thin rim was lost on the darkest areas, those the map is about; and the rim
// of the painted file had holes.
func TestNamesOnMapsCanBeRead(t *testing.T) {
	const name = "Sistan and Baluchestan 31"
	for n := 1; n <= 5; n++ {
		m := Map{View: Box{W: 100, H: 8}, Shapes: []Shape{{Path: "M0 0H100V8H0z", State: Shade(n)}}, Labels: []Label{{50, 4, name}}}
		svg := string(SVG(m, Wide))
		i := strings.Index(svg, ">"+name+"<")
		if tag := svg[strings.LastIndex(svg[:i], "<text"):i]; !strings.Contains(tag, `class="f13 z"`) {
			t.Errorf("shade %d: the name is set as %s", n, tag)
		}
		raw, err := PNG(m, Wide, 2)
		if err != nil {
			t.Fatal(err)
		}
		im, err := png.Decode(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		area := rgb(string(rune('0' + n)))
		inked, bare := letters(im, area)
		if inked < 500 && n < 5 { // the fifth shade is ink itself
			t.Errorf("shade %d: %d pixels of ink in the name", n, inked)
		}
		if bare > 0 && n < 5 {
			t.Errorf("shade %d: the area lies within two pixels of a letter at %d places", n, bare)
		}
	}
	for _, set := range []map[string]string{dayColours, nightColours} {
		if set["ink"] == set["paper"] || set["paper"] == "" {
			t.Error("ink is paper")
		}
	}
	for _, rule := range []string{"text{fill:" + nightColours["ink"] + "}", ".z{stroke:" + nightColours["paper"] + "}"} {
		if svg := string(SVG(Map{View: Box{W: 100, H: 40}, Labels: []Label{{50, 20, name}}}, Wide)); !strings.Contains(svg[strings.Index(svg, "prefers-color-scheme:dark"):], rule) {
			t.Errorf("by night there is no %s", rule)
		}
	}
}

// TestNamesAtTheEdge: the area a map is about keeps its name when it lies at
// the edge of the picture. Only a name that would leave its area is left out.
func TestNamesAtTheEdge(t *testing.T) {
	const name = "Sistan and Baluchestan 31"
	for _, w := range []Width{Wide, Narrow} {
		for at, want := range map[float64]bool{50: true, 20: true, 80: true, .1: false, 99.9: false} {
			m := Map{View: Box{W: 100, H: 40}, Labels: []Label{{at, 20, name}}}
			if got := strings.Contains(string(SVG(m, w)), ">"+name+"<"); got != want {
				t.Errorf("width %d, at %v of 100: %v, want %v", w, at, got, want)
			}
		}
	}
}

// letters counts the pixels of pure ink in a picture, and those of them that
// have a pixel of the area within two pixels of the drawing.
func letters(im image.Image, area color.Color) (inked, bare int) {
	same := func(x, y int, c color.Color) bool {
		r, g, b, _ := im.At(x, y).RGBA()
		r2, g2, b2, _ := c.RGBA()
		return r>>8 == r2>>8 && g>>8 == g2>>8 && b>>8 == b2>>8
	}
	const reach = 2 * 2
	for y := im.Bounds().Min.Y; y < im.Bounds().Max.Y; y++ {
		for x := im.Bounds().Min.X; x < im.Bounds().Max.X; x++ {
			if !same(x, y, rgb("ink")) {
				continue
			}
			inked++
			for _, d := range [][2]int{{reach, 0}, {-reach, 0}, {0, reach}, {0, -reach}} {
				if same(x+d[0], y+d[1], area) {
					bare++
					break
				}
			}
		}
	}
	return inked, bare
}
