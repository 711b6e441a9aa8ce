package chart

import "math"

// Tick is a light upright rule with a label, at a share of the time (0 to 1).
type Tick struct {
	At   float64
	Text string
}

// Mark is a stretch of a strip, as shares of the time (0 to 1).
type Mark struct {
	From, To float64
	State    State
	Half     bool // part of the country: a low mark
	Band     bool // in the thin band under the line
}

// StripRow is one line: a place, a year.
type StripRow struct {
	Label, Sub string
	Number     string
	Words      string // the marks in words, for the twin table
	Marks      []Mark
	Bold       bool
}

// Strips are rows of strips under one axis of time.
type Strips struct {
	Head
	Axis                             []Tick
	Rows                             []StripRow
	NumberHead                       string
	LabelHead, WordsHead, SubHead    string
	Key                              []KeyItem
	Tall                             bool // taller strips with a band, for years
	labels, numbers, x0, x1, rowHigh float64
}

func (s Strips) head() Head { return s.Head }

// Table is one row for each strip.
func (s Strips) Table() ([]string, [][]string) {
	head := []string{s.LabelHead}
	if s.SubHead != "" {
		head = append(head, s.SubHead)
	}
	head = append(head, s.WordsHead, s.NumberHead)
	var rows [][]string
	for _, r := range s.Rows {
		row := []string{r.Label}
		if s.SubHead != "" {
			row = append(row, r.Sub)
		}
		rows = append(rows, append(row, r.Words, r.Number))
	}
	return head, rows
}

// subLines is how many lines the words under a label may take.
const subLines = 3

func (s Strips) draw(c *canvas) {
	if len(s.Rows) == 0 {
		return
	}
	c.y -= 8
	c.key(s.Key)
	c.mirror = c.rtl
	body, strong := c.body(), c.strong()
	s.numbers = c.meter.width(clean(s.NumberHead), c.small())
	short := true
	for _, r := range s.Rows {
		s.labels = max(s.labels, c.meter.width(clean(r.Label), strong), c.meter.width(clean(r.Sub), c.small()))
		s.numbers = max(s.numbers, c.meter.width(clean(r.Number), strong))
		short = short && c.meter.width(clean(r.Label), strong) < 60 && r.Sub == ""
	}
	s.numbers = min(s.numbers, c.w*.25)
	s.labels = min(s.labels, c.w*.27)
	stacked := c.narrow && !short
	s.x0, s.x1 = s.labels+18, c.w-s.numbers-16
	if stacked {
		s.x0, s.x1 = 0, c.w
	}
	y := c.y + 14
	s.axis(c, y, stacked)
	y += 8
	for _, r := range s.Rows {
		y = s.row(c, y, r, stacked, body, strong)
	}
	c.mirror = false
	c.y = y
}

// time turns a share of the time into an x that does not mirror.
func (s Strips) time(c *canvas, share float64) float64 {
	a, b := s.x0, s.x1
	if c.rtl {
		a, b = c.w-s.x1, c.w-s.x0
	}
	return a + (b-a)*min(max(share, 0), 1)
}

func (s Strips) axis(c *canvas, y float64, stacked bool) {
	if !stacked {
		c.fit(c.w, y, s.numbers, s.NumberHead, c.small(), right)
	}
	c.mirror = false
	end := -1.0
	for _, t := range s.Axis {
		x := s.time(c, t.At)
		w := c.meter.width(clean(t.Text), c.small())
		if x+3 > end && x+3+w <= c.w {
			c.fit(x+3, y, w+1, t.Text, c.small(), left)
			end = x + 3 + w + 8
		}
	}
	c.mirror = c.rtl
}

func (s Strips) row(c *canvas, y float64, r StripRow, stacked bool, body, strong face) float64 {
	f := body
	if r.Bold || r.Sub != "" {
		f = strong
	}
	high := 14.0
	if s.Tall {
		high = 28
	}
	c.line(0, y, c.w, y, rules)
	if stacked {
		c.fit(c.w, y+21, s.numbers, r.Number, strong, right)
		end := c.block(0, y+21, c.w-s.numbers-12, r.Label, f, left, 2)
		if r.Sub != "" {
			end = c.block(0, end+20, c.w-s.numbers-12, r.Sub, c.small(), left, subLines)
		}
		s.strip(c, end+11, high, r)
		return end + 11 + high + 13
	}
	lines := wrap(c.meter, clean(r.Label), f, s.labels, 2)
	room := 34.0
	if s.Tall {
		room = 42
	}
	text := float64(len(lines)) * f.size * 1.3
	if r.Sub != "" {
		text += 19 + float64(len(wrap(c.meter, clean(r.Sub), c.small(), s.labels, subLines))-1)*c.small().size*1.3
	}
	room = max(room, text+14)
	mid := y + room/2
	first := mid - text/2 + f.size
	end := c.block(0, first, s.labels, r.Label, f, left, 2)
	if r.Sub != "" {
		c.block(0, end+18, s.labels, r.Sub, c.small(), left, subLines)
	}
	c.fit(c.w, mid+5, s.numbers, r.Number, strong, right)
	s.strip(c, mid-high/2, high, r)
	return y + room
}

// strip draws the line and its marks; time never mirrors.
func (s Strips) strip(c *canvas, y, high float64, r StripRow) {
	c.mirror = false
	defer func() { c.mirror = c.rtl }()
	y = math.Round(y/4) * 4 // on the grid of the textures, so that all rows look alike
	for _, t := range s.Axis {
		x := s.time(c, t.At)
		c.line(x, y-5, x, y+high+5, rules)
	}
	mid, tall, low := y+7, 14.0, 6.0
	if s.Tall {
		mid, tall, low = y+9, 18, 8
	}
	for _, g := range gaps(r.Marks) {
		c.rect(s.time(c, g[0]), mid-1, s.time(c, g[1])-s.time(c, g[0]), 2, black)
	}
	draw := func(m Mark) {
		x := s.time(c, m.From)
		w := s.time(c, m.To) - x
		if m.To <= m.From {
			return
		}
		top, h := mid-tall/2, tall
		switch {
		case m.Band:
			top, h = math.Ceil((y+high-8)/4)*4, 8 // whole rows of dots
		case m.Half:
			top, h = mid-low/2, low
		}
		fill := stateInk(m.State)
		if m.State == Cut {
			w = max(w, 2)
			if !s.Tall && !m.Band {
				fill = gapInk
			}
		}
		c.rect(x, top, w, h, fill)
	}
	for _, m := range r.Marks { // textures first, cuts over them
		if m.State != Cut {
			draw(m)
		}
	}
	for _, m := range r.Marks {
		if m.State == Cut {
			draw(m)
		}
	}
}

// gaps are the stretches outside every mark on the line.
func gaps(marks []Mark) [][2]float64 {
	at := [][2]float64{{0, 1}}
	for _, m := range marks {
		if m.Band || m.To <= m.From {
			continue
		}
		var next [][2]float64
		for _, g := range at {
			if m.From > g[0] {
				next = append(next, [2]float64{g[0], min(m.From, g[1])})
			}
			if m.To < g[1] {
				next = append(next, [2]float64{max(m.To, g[0]), g[1]})
			}
		}
		at = at[:0]
		for _, g := range next {
			if g[1] > g[0] {
				at = append(at, g)
			}
		}
	}
	return at
}
