package chart

import (
	"math"
	"strings"
)

// ink is what something is drawn with; its name is the class in the SVG.
type ink string

const (
	none     ink = ""
	black    ink = "k" // ink on paper
	white    ink = "w" // paper
	soft     ink = "m" // secondary text
	rules    ink = "h" // light rules, stroked
	axis     ink = "x" // ink, stroked
	cutInk   ink = "c"
	slowInk  ink = "s"
	blockInk ink = "b"
	unkInk   ink = "u"
	disInk   ink = "d" // disputed: upright lines
	disEdge  ink = "e" // and their dashed edge
	landInk  ink = "l"
	landOn   ink = "a" // land under a texture
	gapInk   ink = "g" // paper stroke round a cut, so that the line breaks
	dotInk   ink = "o" // a dot with a rim of paper
	lineInk  ink = "y" // a drawn line
	ringInk  ink = "r" // a ring in the colour of blocked
)

// shade is an ink from faint (1) to full (5), for the matrix.
func shade(n int) ink { return ink("q" + string(rune('0'+n))) }

func stateInk(s State) ink {
	switch s {
	case Cut:
		return cutInk
	case Slow:
		return slowInk
	case Blocked:
		return blockInk
	case Unsure:
		return unkInk
	}
	if len(s) == 1 && s[0] >= '1' && s[0] <= '5' {
		return ink("q" + string(s))
	}
	return black
}

type align int

const (
	left align = iota
	middle
	right
)

// face is how a text is set.
type face struct {
	size  float64
	bold  bool
	serif bool
	ink   ink
	halo  bool // a rim of paper, over textures
}

// haloRim is how far the rim of paper reaches beyond a letter: so far that the
// rims of neighbouring letters meet, and nothing of what lies beneath shows
// between them.
const haloRim = 3

type opKind int

const (
	opRect opKind = iota
	opLine
	opPath
	opCircle
	opText
	opOpen  // a clipped, scaled group begins
	opClose // and ends
)

// op is one thing drawn. Coordinates are those of the inner area: 0,0 is the
// text edge at the top.
type op struct {
	kind        opKind
	x, y, w, h  float64
	d           string
	fill        ink
	text, full  string // full: the whole text where text was cut
	face        face
	align       align
	scale       float64
	title, href string
	same        int // index+1 of the path this one repeats
}

// canvas is a list of things drawn and the state of the pen.
type canvas struct {
	head   Head
	width  float64
	w      float64 // inner width
	y      float64 // how far down the drawing reaches
	narrow bool
	rtl    bool
	mirror bool // x runs from the right: for everything that is not time
	ops    []op
	meter  meter
}

// height is the height of the picture with its margins.
func (c *canvas) height() float64 { return math.Ceil(c.y) + 30 }

// size picks by width.
func (c *canvas) size(wide, narrow float64) float64 {
	if c.narrow {
		return narrow
	}
	return wide
}

// body is the face of ordinary text, small that of axes and sources.
func (c *canvas) body() face  { return face{size: c.size(14, 15), ink: black} }
func (c *canvas) small() face { return face{size: c.size(13, 14), ink: soft} }
func (c *canvas) strong() face {
	f := c.body()
	f.bold = true
	return f
}

func (c *canvas) rect(x, y, w, h float64, fill ink) {
	if w <= 0 || h <= 0 || math.IsNaN(x+y+w+h) || math.IsInf(x+y+w+h, 0) {
		return
	}
	if c.mirror {
		x = c.w - x - w
	}
	c.ops = append(c.ops, op{kind: opRect, x: x, y: y, w: w, h: h, fill: fill})
	c.reach(y + h)
}

func (c *canvas) line(x1, y1, x2, y2 float64, stroke ink) {
	if math.IsNaN(x1+y1+x2+y2) || math.IsInf(x1+y1+x2+y2, 0) {
		return
	}
	if c.mirror {
		x1, x2 = c.w-x1, c.w-x2
	}
	if y1 == y2 { // on the pixel grid a line is sharp
		y1 = math.Floor(y1) + .5
		y2 = y1
	}
	if x1 == x2 {
		x1 = math.Floor(x1) + .5
		x2 = x1
	}
	c.ops = append(c.ops, op{kind: opLine, x: x1, y: y1, w: x2 - x1, h: y2 - y1, fill: stroke})
	c.reach(max(y1, y2))
}

func (c *canvas) path(d string, fill ink) {
	c.ops = append(c.ops, op{kind: opPath, d: d, fill: fill})
}

func (c *canvas) circle(x, y, r float64, fill ink, title, href string) {
	if c.mirror {
		x = c.w - x
	}
	c.ops = append(c.ops, op{kind: opCircle, x: x, y: y, w: r, fill: fill, title: title, href: href})
}

func (c *canvas) reach(y float64) { c.y = max(c.y, y) }

// text sets one line, baseline at y. It never overflows: what does not fit
// between x and the edge is cut with an ellipsis.
func (c *canvas) text(x, y float64, s string, f face, a align) {
	c.fit(x, y, c.w, s, f, a)
}

// fit sets one line of at most room pixels, and never past the edge of the
// picture.
func (c *canvas) fit(x, y, room float64, s string, f face, a align) {
	s = clean(s)
	if s == "" || math.IsNaN(x+y) || math.IsInf(x+y, 0) {
		return
	}
	edge := c.w - x
	switch a {
	case right:
		edge = x
	case middle:
		edge = 2 * min(x, c.w-x)
	}
	room = min(room, edge+1)
	o := op{kind: opText, x: x, y: y, face: f, align: a, text: s}
	if c.meter.width(s, f) > room+.01 {
		o.text, o.full = cutText(c.meter, s, f, room), s
		if o.text == "" {
			return
		}
	}
	o.w = c.meter.width(o.text, f)
	if c.mirror {
		o.x = c.w - x
		o.align = right - a
	}
	c.ops = append(c.ops, o)
	c.reach(y + f.size*.25)
}

// block sets a text in at most lines lines, first baseline at y, and gives the
// baseline of the last line.
func (c *canvas) block(x, y, room float64, s string, f face, a align, lines int) float64 {
	got := balance(c.meter, clean(s), f, room, lines)
	for i, l := range got {
		if i > 0 {
			y += math.Round(f.size * 1.3)
		}
		full := ""
		if i == len(got)-1 && strings.HasSuffix(l, "…") && !strings.HasSuffix(s, l) {
			full = clean(s)
		}
		n := len(c.ops)
		c.fit(x, y, room, l, f, a)
		if full != "" && len(c.ops) > n {
			c.ops[n].full = full
		}
	}
	return y
}

// start sets a block at the reading edge of the picture.
func (c *canvas) start(y float64, s string, f face, lines int) float64 {
	was := c.mirror
	c.mirror = c.rtl
	y = c.block(0, y, c.w, s, f, left, lines)
	c.mirror = was
	return y
}

// top sets title and subtitle and leaves c.y under them.
func (c *canvas) top() {
	t := face{size: c.size(26, 21), bold: true, serif: true, ink: black}
	y := c.start(c.size(24, 19), c.head.Title, t, 4)
	if c.head.Subtitle != "" {
		f := c.body()
		f.ink = soft
		y = c.start(y+c.size(31, 27), c.head.Subtitle, f, 4)
	}
	c.y = y + c.size(22, 20)
}

// bottom sets note and source under the drawing.
func (c *canvas) bottom() {
	f := c.small()
	y := c.y + c.size(24, 24)
	if c.head.Note != "" {
		y = c.start(y, c.head.Note, f, 5) + math.Round(f.size*1.35)
	}
	if c.head.Source != "" {
		y = c.start(y, c.head.Source, f, 5)
	}
	c.reach(y)
}

// swatch draws a state before its words in a key and gives the x after both.
func (c *canvas) swatch(x, y float64, s State, up bool, words string) float64 {
	switch {
	case up:
		c.rect(x, y-5.5, 22, 2, black)
	default:
		c.rect(x, y-10, 22, 11, stateInk(s))
	}
	f := c.small()
	f.ink = black
	c.text(x+28, y, words, f, left)
	return x + 28 + c.meter.width(clean(words), f) + 24
}

// KeyItem is a texture with its words, for keys of charts that cannot label
// directly.
type KeyItem struct {
	State    State
	Up       bool // the plain line
	Disputed bool
	Dot      bool
	Text     string
}

// key sets a row of swatches, breaking where the width ends, and leaves c.y
// under them.
func (c *canvas) key(items []KeyItem) {
	if len(items) == 0 {
		return
	}
	was := c.mirror
	c.mirror = c.rtl
	f := c.small()
	f.ink = black
	x, y := 0.0, c.y+12
	for _, it := range items {
		need := 28 + c.meter.width(clean(it.Text), f)
		if x > 0 && x+need > c.w {
			x, y = 0, y+24
		}
		switch {
		case it.Disputed:
			c.rect(x, y-10, 22, 11, disInk)
			c.text(x+28, y, it.Text, f, left)
			x += need + 24
		case it.Dot:
			fill := stateInk(it.State)
			if it.State == Blocked {
				fill = ringInk // as on the map
			}
			c.circle(x+5, y-4.5, 4.5, fill, "", "")
			c.text(x+16, y, it.Text, f, left)
			x += need + 12
		default:
			x = c.swatch(x, y, it.State, it.Up, it.Text)
		}
	}
	c.mirror = was
	c.y = y + 8
}
