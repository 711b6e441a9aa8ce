package chart

import "math"

// Shape is an area of a map: its outline in map coordinates.
type Shape struct {
	Path  string // SVG path data
	State State  // Ink means plain land
	Also  State  // a second texture over the first; "" for none
	Rough bool   // an approximate outline: its edge is dashed
	Title string
	Href  string
}

// Dot is a place too small for an area.
type Dot struct {
	X, Y, R float64 // map coordinates; R in pixels, 0 means 4.5
	State   State   // Cut is a full dot, Blocked a ring
	Title   string
	Href    string
	Label   string // set beside the dot where there is room
}

// Label is a text on the map.
type Label struct {
	X, Y float64
	Text string
}

// Box is a part of the map in map coordinates.
type Box struct{ X, Y, W, H float64 }

// Map shows areas by texture and small places by dots.
type Map struct {
	Head
	View       Box // what the wide picture shows
	NarrowView Box // what the narrow one shows; zero means View
	Shapes     []Shape
	Disputed   []Shape // drawn over the rest: upright lines, dashed edge
	Dots       []Dot
	Labels     []Label
	Key        []KeyItem
	Borders    string // the line saying that borders imply no opinion
	// The twin table.
	TableHead []string
	TableRows [][]string
}

func (m Map) head() Head { return m.Head }

// Table is what the caller gave: a map's twin is a list of places.
func (m Map) Table() ([]string, [][]string) { return m.TableHead, m.TableRows }

func (m Map) draw(c *canvas) {
	v := m.View
	if c.narrow && m.NarrowView.W > 0 {
		v = m.NarrowView
	}
	if v.W <= 0 || v.H <= 0 {
		return
	}
	k := c.w / v.W
	y := c.y - 4
	high := min(v.H*k, 4000)
	c.ops = append(c.ops, op{kind: opOpen, x: 0, y: y, w: c.w, h: high})
	place := func(d string) (string, bool) { return transform(d, k, -v.X*k, y-v.Y*k) }
	for _, s := range m.Shapes {
		d, ok := place(s.Path)
		if !ok {
			continue
		}
		fill := landInk
		if s.State != Ink {
			fill = landOn
		}
		c.ops = append(c.ops, op{kind: opPath, d: d, fill: fill, title: s.Title, href: s.Href})
		first := len(c.ops)
		for _, st := range []State{s.State, s.Also} {
			if st != Ink {
				c.ops = append(c.ops, op{kind: opPath, d: d, fill: stateInk(st), same: first})
			}
		}
		if s.Rough {
			c.ops = append(c.ops, op{kind: opPath, d: d, fill: disEdge, same: first})
		}
	}
	for _, s := range m.Disputed {
		d, ok := place(s.Path)
		if !ok {
			continue
		}
		c.ops = append(c.ops, op{kind: opPath, d: d, fill: disInk, title: s.Title})
		c.ops = append(c.ops, op{kind: opPath, d: d, fill: disEdge, same: len(c.ops)})
	}
	var taken []Box
	for _, d := range m.Dots {
		x, dy := (d.X-v.X)*k, y+(d.Y-v.Y)*k
		if x < 0 || x > c.w || dy < y || dy > y+high {
			continue
		}
		r := d.R
		if r <= 0 {
			r = 4.5
		}
		fill := dotInk
		if d.State == Blocked {
			fill = ringInk
		}
		c.circle(x, dy, r, fill, d.Title, d.Href)
		taken = append(taken, Box{x - r, dy - r, 2 * r, 2 * r})
	}
	c.ops = append(c.ops, op{kind: opClose})
	m.labels(c, v, k, y, high, taken)
	c.y = y + high + 10
	c.key(m.Key)
	if m.Borders != "" {
		c.y = c.start(c.y+16, m.Borders, c.small(), 3)
		c.y -= 4
	}
}

// labels sets the labels of dots and areas where they touch nothing; what has
// no room keeps its title element. An area may have any shade and its name may
// reach beyond it, so they are in ink, each letter on its rim of paper.
func (m Map) labels(c *canvas, v Box, k, top, high float64, taken []Box) {
	f := c.small()
	f.ink, f.halo = black, true
	type spot struct {
		x, y float64
		a    align
	}
	set := func(x, y float64, text string, gap float64) {
		w := c.meter.width(clean(text), f)
		h := f.size
		spots := []spot{{x + gap, y + h*.35, left}, {x - gap, y + h*.35, right}, {x, y - gap - 2, middle}, {x, y + gap + h, middle}}
		if gap == 0 { // an area carries its name in the middle, or as near to it as the edge allows
			if near := min(max(x, w/2), c.w-w/2); math.Abs(near-x) < w/3 {
				x = near
			}
			spots = []spot{{x, y + h*.35, middle}, {x, y - h, middle}, {x, y + 2*h, middle}}
		}
		for _, p := range spots {
			b := Box{p.x, p.y - h, w, h * 1.2}
			switch p.a {
			case right:
				b.X -= w
			case middle:
				b.X -= w / 2
			}
			if b.X < -.5 || b.X+w > c.w+.5 || b.Y < top || b.Y+h > top+high || touches(b, taken) {
				continue
			}
			taken = append(taken, b)
			c.fit(p.x, p.y, w+1, text, f, p.a)
			return
		}
	}
	for _, d := range m.Dots {
		if d.Label != "" {
			set((d.X-v.X)*k, top+(d.Y-v.Y)*k, d.Label, 9)
		}
	}
	for _, l := range m.Labels {
		set((l.X-v.X)*k, top+(l.Y-v.Y)*k, l.Text, 0)
	}
}

func touches(b Box, all []Box) bool {
	for _, o := range all {
		if b.X < o.X+o.W && o.X < b.X+b.W && b.Y < o.Y+o.H && o.Y < b.Y+b.H {
			return true
		}
	}
	return false
}
