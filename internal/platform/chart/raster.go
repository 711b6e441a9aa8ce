package chart

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"strconv"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"golang.org/x/image/vector"
)

// PNG paints a chart in day colours, scale device pixels to one pixel (1 to 4;
// 2 suits most uses). ErrScript means that the fonts lack its letters.
func PNG(ch Chart, w Width, scale float64) ([]byte, error) {
	s, err := newSetter(ch.head().RTL)
	if err != nil {
		return nil, fmt.Errorf("chart.PNG: %w", err)
	}
	c := paint(ch, w, s)
	if s.missing {
		return nil, fmt.Errorf("chart.PNG %q: %w", ch.head().Lang, ErrScript)
	}
	p := newPainter(c, s, min(max(scale, 1), 4))
	for _, o := range c.ops {
		p.op(o)
	}
	var out bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.DefaultCompression}
	if err := enc.Encode(&out, p.img); err != nil {
		return nil, fmt.Errorf("chart.PNG: %w", err)
	}
	return out.Bytes(), nil
}

// painter paints ops onto pixels.
type painter struct {
	c    *canvas
	set  *setter
	k    float64
	img  *image.RGBA
	clip image.Rectangle
}

func newPainter(c *canvas, s *setter, k float64) *painter {
	p := &painter{c: c, set: s, k: k, img: image.NewRGBA(image.Rect(0, 0, int(c.width*k+.5), int(c.height()*k+.5)))}
	p.clip = p.img.Bounds()
	paper := rgb("paper")
	for i := 0; i < len(p.img.Pix); i += 4 {
		p.img.Pix[i], p.img.Pix[i+1], p.img.Pix[i+2], p.img.Pix[i+3] = paper.R, paper.G, paper.B, 255
	}
	return p
}

// rgb reads one of the day colours.
func rgb(name string) color.RGBA {
	hex := dayColours[name]
	if len(hex) == 4 {
		hex = "#" + hex[1:2] + hex[1:2] + hex[2:3] + hex[2:3] + hex[3:] + hex[3:]
	}
	if len(hex) != 7 {
		return color.RGBA{A: 255}
	}
	v, _ := strconv.ParseUint(hex[1:], 16, 32) // the table is ours
	return color.RGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 255}
}

// fills are the colours of inks that are filled evenly.
var fills = map[ink]string{
	black: "ink", white: "paper", soft: "soft", cutInk: "cut", gapInk: "cut", dotInk: "cut", landInk: "land", landOn: "on", ringInk: "paper",
	"q1": "1", "q2": "2", "q3": "3", "q4": "4", "q5": "5", "n4": "q4t", "n5": "q5t",
}

// strokes are colours and widths of inks with an edge.
var strokes = map[ink]struct {
	colour string
	width  float64
}{
	rules: {"rule", 1}, axis: {"ink", 1}, gapInk: {"paper", 5}, dotInk: {"paper", 1.4}, landInk: {"paper", .7}, landOn: {"paper", .7},
	lineInk: {"ink", 2}, ringInk: {"block", 2}, disEdge: {"ink", .8},
}

// at turns inner coordinates into device pixels.
func (p *painter) at(x, y float64) point { return point{(x + 16) * p.k, (y + 14) * p.k} }

func (p *painter) op(o op) {
	switch o.kind {
	case opOpen:
		a, b := p.at(o.x, o.y), p.at(o.x+o.w, o.y+o.h)
		p.clip = image.Rect(int(a.x), int(a.y), int(math.Ceil(b.x)), int(math.Ceil(b.y))).Intersect(p.img.Bounds())
	case opClose:
		p.clip = p.img.Bounds()
	case opText:
		p.text(o)
	case opLine:
		p.stroke([][]point{{p.at(o.x, o.y), p.at(o.x+o.w, o.y+o.h)}}, o.fill, false)
	case opRect:
		a, b := p.at(o.x, o.y), p.at(o.x+o.w, o.y+o.h)
		p.shape([][]point{{a, {b.x, a.y}, b, {a.x, b.y}, a}}, o.fill)
	case opCircle:
		p.shape([][]point{circle(p.at(o.x, o.y), o.w*p.k)}, o.fill)
	case opPath:
		segs, ok := parsePath(o.d)
		if !ok {
			return
		}
		p.shape(p.flatten(segs), o.fill)
	}
}

// shape fills and edges outlines in the order the ink asks.
func (p *painter) shape(lines [][]point, fill ink) {
	if fill == gapInk {
		p.stroke(lines, fill, true)
	}
	switch fill {
	case slowInk, blockInk, unkInk, disInk:
		p.fill(lines, texture{fill, p.k, rgb(textureColours[fill])})
	default:
		if name, ok := fills[fill]; ok {
			p.fill(lines, image.NewUniform(rgb(name)))
		}
	}
	if fill != gapInk {
		p.stroke(lines, fill, true)
	}
}

// fill paints the inside of outlines.
func (p *painter) fill(lines [][]point, src image.Image) {
	r := bounds(lines).Intersect(p.clip)
	if r.Empty() {
		return
	}
	z := vector.NewRasterizer(r.Dx(), r.Dy())
	for _, l := range lines {
		add(z, l, r.Min)
	}
	z.Draw(p.img, r, src, r.Min)
}

func add(z *vector.Rasterizer, l []point, o image.Point) {
	for i, q := range l {
		x, y := float32(q.x-float64(o.X)), float32(q.y-float64(o.Y))
		if i == 0 {
			z.MoveTo(x, y)
		} else {
			z.LineTo(x, y)
		}
	}
	z.ClosePath()
}

// stroke paints the edge of outlines: a strip along each piece and a disc at
// each corner, all turning the same way so that they add up.
func (p *painter) stroke(lines [][]point, fill ink, joins bool) {
	st, ok := strokes[fill]
	if !ok {
		return
	}
	if fill == disEdge {
		lines = dashes(lines, 1.6*p.k, 1.4*p.k)
	}
	p.fill(outline(lines, st.width*p.k/2, joins && st.width >= 2), image.NewUniform(rgb(st.colour)))
}

// outline turns lines into the areas they cover at half width h.
func outline(lines [][]point, h float64, joins bool) [][]point {
	var out [][]point
	for _, l := range lines {
		for i := 1; i < len(l); i++ {
			a, b := l[i-1], l[i]
			d := math.Hypot(b.x-a.x, b.y-a.y)
			if d == 0 {
				continue
			}
			nx, ny := -(b.y-a.y)/d*h, (b.x-a.x)/d*h
			ex, ey := 0.0, 0.0
			if !joins && len(l) > 2 { // square corners of steps and boxes
				ex, ey = (b.x-a.x)/d*h, (b.y-a.y)/d*h
			}
			out = append(out, []point{{a.x + nx - ex, a.y + ny - ey}, {a.x - nx - ex, a.y - ny - ey}, {b.x - nx + ex, b.y - ny + ey}, {b.x + nx + ex, b.y + ny + ey}})
			if joins {
				out = append(out, circle(b, h))
			}
		}
	}
	return out
}

// circle turns the way the strips of outline do: areas that turn against each
// other would cancel where they overlap.
func circle(c point, r float64) []point {
	n := max(int(r*3), 12)
	out := make([]point, 0, n+1)
	for i := range n + 1 {
		a := 2 * math.Pi * float64(i) / float64(n)
		out = append(out, point{c.x + r*math.Cos(a), c.y + r*math.Sin(a)})
	}
	return out
}

// dashes cuts lines into strokes of length on with pauses of length off.
func dashes(lines [][]point, on, off float64) [][]point {
	var out [][]point
	for _, l := range lines {
		left, pen := on, true
		var cur []point
		for i := 1; i < len(l); i++ {
			a, b := l[i-1], l[i]
			for {
				d := math.Hypot(b.x-a.x, b.y-a.y)
				if pen && len(cur) == 0 {
					cur = []point{a}
				}
				if d <= left {
					left -= d
					if pen {
						cur = append(cur, b)
					}
					break
				}
				a = point{a.x + (b.x-a.x)*left/d, a.y + (b.y-a.y)*left/d}
				if pen {
					out = append(out, append(cur, a))
					cur = nil
				}
				pen = !pen
				left = map[bool]float64{true: on, false: off}[pen]
			}
		}
		if len(cur) > 1 {
			out = append(out, cur)
		}
	}
	return out
}

type point struct{ x, y float64 }

func bounds(lines [][]point) image.Rectangle {
	x0, y0, x1, y1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, l := range lines {
		for _, q := range l {
			x0, y0, x1, y1 = min(x0, q.x), min(y0, q.y), max(x1, q.x), max(y1, q.y)
		}
	}
	if x0 > x1 {
		return image.Rectangle{}
	}
	return image.Rect(int(math.Floor(x0)), int(math.Floor(y0)), int(math.Ceil(x1)), int(math.Ceil(y1)))
}

// flatten turns path segments into lines in device pixels.
func (p *painter) flatten(segs []segment) [][]point {
	var out [][]point
	var cur []point
	for _, s := range segs {
		switch s.cmd {
		case 'M':
			if len(cur) > 1 {
				out = append(out, cur)
			}
			cur = []point{p.at(s.p[0], s.p[1])}
		case 'L':
			cur = append(cur, p.at(s.p[0], s.p[1]))
		case 'Q':
			cur = curve(cur, p.at(s.p[0], s.p[1]), p.at(s.p[0], s.p[1]), p.at(s.p[2], s.p[3]), true)
		case 'C':
			cur = curve(cur, p.at(s.p[0], s.p[1]), p.at(s.p[2], s.p[3]), p.at(s.p[4], s.p[5]), false)
		case 'Z':
			if len(cur) > 0 {
				cur = append(cur, cur[0])
			}
		}
	}
	if len(cur) > 1 {
		out = append(out, cur)
	}
	return out
}

// curve appends a curve as eight lines; quad means one control point.
func curve(l []point, c1, c2, end point, quad bool) []point {
	if len(l) == 0 {
		return l
	}
	a := l[len(l)-1]
	for i := 1; i <= 8; i++ {
		t := float64(i) / 8
		u := 1 - t
		if quad {
			l = append(l, point{u*u*a.x + 2*u*t*c1.x + t*t*end.x, u*u*a.y + 2*u*t*c1.y + t*t*end.y})
			continue
		}
		l = append(l, point{u*u*u*a.x + 3*u*u*t*c1.x + 3*u*t*t*c2.x + t*t*t*end.x, u*u*u*a.y + 3*u*u*t*c1.y + 3*u*t*t*c2.y + t*t*t*end.y})
	}
	return l
}

// text paints one line of text.
func (p *painter) text(o op) {
	set := p.set.set(o.text, o.face)
	x := o.x
	switch o.align {
	case middle:
		x -= set.width / 2
	case right:
		x -= set.width
	}
	var lines [][]point
	for _, run := range set.runs {
		unit := o.face.size / float64(run.Face.Upem())
		for _, g := range run.Glyphs {
			at := p.at(x+float64(g.XOffset)/64, o.y-float64(g.YOffset)/64)
			if out, ok := run.Face.GlyphData(g.GlyphID).(font.GlyphOutline); ok {
				lines = append(lines, glyph(out, at, unit*p.k)...)
			}
			x += float64(g.Advance) / 64
		}
	}
	if o.face.halo {
		p.fill(outline(lines, haloRim*p.k, true), image.NewUniform(rgb("paper")))
	}
	name, ok := fills[o.face.ink]
	if !ok {
		name = "ink"
	}
	p.fill(lines, image.NewUniform(rgb(name)))
}

// glyph turns an outline in font units into lines in device pixels.
func glyph(g font.GlyphOutline, o point, k float64) [][]point {
	var out [][]point
	var cur []point
	pt := func(s opentype.SegmentPoint) point { return point{o.x + float64(s.X)*k, o.y - float64(s.Y)*k} }
	for _, s := range g.Segments {
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			if len(cur) > 1 {
				out = append(out, append(cur, cur[0]))
			}
			cur = []point{pt(s.Args[0])}
		case opentype.SegmentOpLineTo:
			cur = append(cur, pt(s.Args[0]))
		case opentype.SegmentOpQuadTo:
			cur = curve(cur, pt(s.Args[0]), pt(s.Args[0]), pt(s.Args[1]), true)
		case opentype.SegmentOpCubeTo:
			cur = curve(cur, pt(s.Args[0]), pt(s.Args[1]), pt(s.Args[2]), false)
		}
	}
	if len(cur) > 1 {
		out = append(out, append(cur, cur[0]))
	}
	return out
}

// texture is a pattern as a picture without end, in device pixels.
type texture struct {
	kind ink
	k    float64
	c    color.RGBA
}

// textureColours are the colours of the textures.
var textureColours = map[ink]string{slowInk: "slow", blockInk: "block", unkInk: "unk", disInk: "ink"}

// ColorModel, Bounds and At make it an image.Image.
func (t texture) ColorModel() color.Model { return color.RGBAModel }

// Bounds is everywhere.
func (t texture) Bounds() image.Rectangle { return image.Rect(-1e9, -1e9, 1e9, 1e9) }

// At samples a pixel at nine points.
func (t texture) At(x, y int) color.Color {
	hit := 0
	for i := range 9 {
		u := (float64(x)+(float64(i%3)+.5)/3)/t.k - 16
		v := (float64(y)+(float64(i/3)+.5)/3)/t.k - 14
		if t.on(u, v) {
			hit++
		}
	}
	a, c := uint16(hit*255/9), t.c
	return color.RGBA{uint8(uint16(c.R) * a / 255), uint8(uint16(c.G) * a / 255), uint8(uint16(c.B) * a / 255), uint8(a)}
}

// on tells whether a point of the picture lies on the texture; the same
// patterns as patternTexts.
func (t texture) on(u, v float64) bool {
	mod := func(x, m float64) float64 { return x - math.Floor(x/m)*m }
	switch t.kind {
	case slowInk:
		return mod(v, 4) < 2
	case blockInk:
		x, y := mod(u, 4)-2, mod(v, 4)-2
		return x*x+y*y < 1.25*1.25
	case unkInk:
		return mod((u+v)/math.Sqrt2, 4) < 1
	}
	return mod(u, 3) < .8
}
