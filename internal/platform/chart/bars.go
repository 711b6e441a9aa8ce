package chart

import (
	"math"
	"sort"
	"strings"
)

// Bar is one bar of Bars: a year, mostly.
type Bar struct {
	Label string  // under the bar
	Sub   string  // a second line under it
	Value float64 // its height
	Text  string  // the value in words, on top
	Part  float64 // how much of it is the outlined part (carried in), 0 for none
	State State
}

// Bars are upright bars in the order given (time), with a value on each. The
// part of a bar that differs in kind is outlined on top of the full one.
type Bars struct {
	Head
	Items []Bar
	// Words inside the last bar, beside its two parts: "59 older", "254 new".
	PartText, RestText string
	// Heads of the twin table; PartHead and SubHead may be empty.
	LabelHead, ValueHead, PartHead, SubHead string
}

func (b Bars) head() Head { return b.Head }

// Table is one row for each bar.
func (b Bars) Table() ([]string, [][]string) {
	head := []string{b.LabelHead, b.ValueHead}
	if b.PartHead != "" {
		head = append(head, b.PartHead)
	}
	if b.SubHead != "" {
		head = append(head, b.SubHead)
	}
	var rows [][]string
	for _, it := range b.Items {
		row := []string{it.Label, plain(it.Value)}
		if b.PartHead != "" {
			row = append(row, plain(it.Part))
		}
		if b.SubHead != "" {
			row = append(row, it.Sub)
		}
		rows = append(rows, row)
	}
	return head, rows
}

func (b Bars) draw(c *canvas) {
	if len(b.Items) == 0 {
		return
	}
	if c.narrow && len(b.Items) <= 16 {
		b.lying(c)
		return
	}
	b.standing(c)
}

// peak is the largest of some values, at least a hair above zero.
func peak(n int, at func(int) float64) float64 {
	m := 1e-9
	for i := range n {
		if v := at(i); !math.IsNaN(v) && !math.IsInf(v, 0) {
			m = max(m, v)
		}
	}
	return m
}

// standing draws upright bars over the full width.
func (b Bars) standing(c *canvas) {
	n := len(b.Items)
	step := c.w / float64(n)
	gap := min(step*.28, 32)
	wide := min((c.w-gap*float64(n-1))/float64(n), 130)
	step = wide + gap
	right0 := step*float64(n) - gap // where the last bar ends
	top := c.y + 22
	high := c.size(230, 190)
	base := top + high
	most := peak(n, func(i int) float64 { return b.Items[i].Value })
	strong, small := c.strong(), c.small()
	every := 1
	for _, it := range b.Items { // label fewer bars when the labels would touch
		need := c.meter.width(clean(it.Label), c.body()) + 6
		for need > step*float64(every)-2 && every < n {
			every++
		}
	}
	sub := true
	for _, it := range b.Items {
		if c.meter.width(clean(it.Sub), small) > step*float64(every)-6 {
			sub = false
		}
	}
	lastLabel := min(float64(n-1)*step, c.w-c.meter.width(clean(b.Items[n-1].Label), c.body()))
	for i, it := range b.Items {
		x := float64(i) * step
		h := max(it.Value, 0) / most * high
		part := min(max(it.Part, 0), it.Value) / most * high
		c.rect(x, base-h+part, wide, h-part, stateInk(it.State))
		if part > 0 {
			c.frame(x, base-h, wide, part)
		}
		if every == 1 || i == n-1 || it.Value == most {
			c.edge(x, x+wide, base-h-8, it.Text, strong)
		}
		if (n-1-i)%every == 0 && !(i < n-1 && x+c.meter.width(clean(it.Label), c.body())+8 > lastLabel) {
			c.edge(x, x+wide, base+20, it.Label, c.body())
			if sub {
				c.fit(x, base+38, step*float64(every), it.Sub, small, left)
			}
		}
	}
	c.line(0, base, right0, base, axis)
	b.partWords(c, float64(n-1)*step, wide, base, high/most)
	c.y = base + 20
	if sub && b.Items[n-1].Sub != "" {
		c.y = base + 38
	}
}

// partWords label the two parts of the last bar where they fit.
func (b Bars) partWords(c *canvas, x, wide, base, unit float64) {
	last := b.Items[len(b.Items)-1]
	if last.Part <= 0 {
		return
	}
	f := c.small()
	top, part := base-last.Value*unit, last.Part*unit
	c.inside(x+6, top, wide-8, part, b.PartText, f)
	f.ink = white
	c.inside(x+6, top+part, wide-8, base-top-part, b.RestText, f)
}

// inside sets words near the top of a box, on as many lines as they need.
// Where they do not fit whole they are left out: half a word says nothing.
func (c *canvas) inside(x, y, room, high float64, s string, f face) {
	s = clean(s)
	lines := wrap(c.meter, s, f, room, 3)
	text := f.size * (1 + 1.3*float64(len(lines)-1))
	if len(lines) == 0 || text+4 > high || strings.Join(lines, " ") != s {
		return
	}
	c.block(x, y+min((high-text)/2, 7)+f.size*.85, room, s, f, left, len(lines))
}

// edge sets a text from the left edge of a bar, or, where the picture ends, up
// to its right edge.
func (c *canvas) edge(x, end, y float64, s string, f face) {
	if x+c.meter.width(clean(s), f) > c.w {
		c.fit(min(end, c.w), y, min(end, c.w), s, f, right)
		return
	}
	c.text(x, y, s, f, left)
}

// frame outlines a rectangle from the inside.
func (c *canvas) frame(x, y, w, h float64) {
	if c.mirror {
		x = c.w - x - w
	}
	c.ops = append(c.ops, op{kind: opRect, x: x + .5, y: y + .5, w: max(w-1, .5), h: max(h-.5, .5), fill: axis})
	c.reach(y + h)
}

// lying draws the bars as rows, for narrow pictures.
func (b Bars) lying(c *canvas) {
	c.mirror = c.rtl
	labels := 0.0
	for _, it := range b.Items {
		labels = max(labels, c.meter.width(clean(it.Label), c.body()))
	}
	labels = min(labels, c.w*.35)
	values := 0.0
	for _, it := range b.Items {
		values = max(values, c.meter.width(clean(it.Text), c.strong()))
	}
	values = min(values, c.w*.3)
	x := labels + 10
	room := c.w - x - values - 8
	most := peak(len(b.Items), func(i int) float64 { return b.Items[i].Value })
	y := c.y
	for _, it := range b.Items {
		w := max(it.Value, 0) / most * room
		part := min(max(it.Part, 0), it.Value) / most * room
		c.fit(0, y+18, labels, it.Label, c.body(), left)
		c.rect(x, y+1, w-part, 24, stateInk(it.State))
		if part > 0 {
			c.frame(x+w-part, y+1, part, 23.5)
		}
		c.text(x+w+7, y+18, it.Text, c.strong(), left)
		y += 33
	}
	c.mirror = false
	c.y = y - 6
}

// Rank is one row of Ranked.
type Rank struct {
	Label    string
	Value    float64
	Text     string // the value in words
	Prev     float64
	PrevText string
	HasPrev  bool
	State    State
	Last     bool // kept at the end whatever its value: "other", "not known"
}

// Ranked are lying bars, sorted by value; a thin mark is the value before.
type Ranked struct {
	Head
	Items                          []Rank
	LabelHead, ValueHead, PrevHead string
}

func (r Ranked) head() Head { return r.Head }

func (r Ranked) sorted() []Rank {
	out := append([]Rank(nil), r.Items...)
	sort.SliceStable(out, func(i, j int) bool {
		if out[i].Last != out[j].Last {
			return out[j].Last
		}
		return !out[i].Last && out[i].Value > out[j].Value
	})
	return out
}

// Table is one row for each item, sorted as drawn.
func (r Ranked) Table() ([]string, [][]string) {
	head := []string{r.LabelHead, r.ValueHead}
	if r.PrevHead != "" {
		head = append(head, r.PrevHead)
	}
	var rows [][]string
	for _, it := range r.sorted() {
		row := []string{it.Label, plain(it.Value)}
		if r.PrevHead != "" {
			prev := ""
			if it.HasPrev {
				prev = plain(it.Prev)
			}
			row = append(row, prev)
		}
		rows = append(rows, row)
	}
	return head, rows
}

func (r Ranked) draw(c *canvas) {
	items := r.sorted()
	if len(items) == 0 {
		return
	}
	c.mirror = c.rtl
	if c.narrow {
		r.stacked(c, items)
		c.mirror = false
		return
	}
	body, small := c.body(), c.small()
	labels, values, prevs := c.meter.width(clean(r.LabelHead), small), c.meter.width(clean(r.ValueHead), bolder(small)), c.meter.width(clean(r.PrevHead), small)
	for _, it := range items {
		labels = max(labels, c.meter.width(clean(it.Label), body))
		values = max(values, c.meter.width(clean(it.Text), c.strong()))
		prevs = max(prevs, c.meter.width(clean(it.PrevText), body))
	}
	labels, values, prevs = min(labels, c.w*.38), min(values, c.w*.2), min(prevs, c.w*.15)
	withPrev := r.PrevHead != ""
	x := labels + 16
	if withPrev {
		x += prevs + 16
	}
	x += values + 12
	room := c.w - x - 2
	most := max(peak(len(items), func(i int) float64 { return items[i].Value }), peak(len(items), func(i int) float64 { return items[i].Prev }))
	y := c.y + 10
	if r.LabelHead != "" {
		c.fit(0, y, labels, r.LabelHead, small, left)
		c.fit(x-12, y, values, r.ValueHead, bolder(small), right)
		if withPrev {
			c.fit(labels+16+prevs, y, prevs, r.PrevHead, small, right)
		}
		c.line(0, y+9, x-4, y+9, axis)
		y += 9
	}
	for _, it := range items {
		row := 30.0
		end := c.block(0, y+20, labels, it.Label, body, left, 2)
		row += end - (y + 20)
		if withPrev && it.HasPrev {
			f := body
			f.ink = soft
			c.fit(labels+16+prevs, y+20, prevs, it.PrevText, f, right)
		}
		c.fit(x-12, y+20, values, it.Text, c.strong(), right)
		c.rect(x, y+9, max(it.Value, 0)/most*room, 13, stateInk(it.State))
		if it.HasPrev && r.PrevHead != "" {
			px := min(max(it.Prev, 0)/most*room, room)
			c.rect(x+px-1.5, y+5, 3, 21, white)
			c.frame(x+px-1.5, y+5, 3, 21)
		}
		y += row
		c.line(0, y, c.w, y, rules)
	}
	c.mirror = false
	c.y = y
}

// stacked puts each bar under its label, for narrow pictures.
func (r Ranked) stacked(c *canvas, items []Rank) {
	most := max(peak(len(items), func(i int) float64 { return items[i].Value }), peak(len(items), func(i int) float64 { return items[i].Prev }))
	y := c.y
	for _, it := range items {
		room := c.meter.width(clean(it.Text), c.strong())
		prev := ""
		if it.HasPrev && r.PrevHead != "" {
			prev = it.PrevText
		}
		c.fit(c.w, y+16, c.w*.3, it.Text, c.strong(), right)
		end := c.block(0, y+16, c.w-min(room, c.w*.3)-14, it.Label, c.body(), left, 2)
		y = end + 7
		c.rect(0, y, max(it.Value, 0)/most*c.w, 11, stateInk(it.State))
		if prev != "" {
			px := min(max(it.Prev, 0)/most*c.w, c.w-1.5)
			c.rect(px-1.5, y-3, 3, 17, white)
			c.frame(px-1.5, y-3, 3, 17)
		}
		y += 19
	}
	c.y = y - 4
}

func bolder(f face) face { f.bold = true; f.ink = black; return f }
