package chart

import "strings"

// Panel is one small chart of Multiples.
type Panel struct {
	Title  string
	Note   string // one sentence under the title
	Values []float64
	Texts  []string // the values in words; the last and the highest are shown
	Mark   int      // index of a value to stress, -1 for the last
}

// Multiples are small charts of one kind side by side, on one scale.
type Multiples struct {
	Head
	Labels    []string // of the values, shared by all panels
	Panels    []Panel
	Lines     bool // lines instead of bars
	OwnScale  bool // each panel on its own scale; say so in the subtitle
	PanelHead string
}

func (m Multiples) head() Head { return m.Head }

// Table has one row for each panel.
func (m Multiples) Table() ([]string, [][]string) {
	head := append([]string{m.PanelHead}, m.Labels...)
	var rows [][]string
	for _, p := range m.Panels {
		row := []string{p.Title}
		for i := range m.Labels {
			v := ""
			if i < len(p.Values) {
				v = plain(p.Values[i])
			}
			row = append(row, v)
		}
		rows = append(rows, row)
	}
	return head, rows
}

func (m Multiples) draw(c *canvas) {
	if len(m.Panels) == 0 {
		return
	}
	cols := 3
	if c.narrow {
		cols = 2
	}
	cols = min(cols, len(m.Panels))
	gap := c.size(40, 22)
	wide := (c.w - gap*float64(cols-1)) / float64(cols)
	if len(m.Panels) < 3 && !c.narrow {
		wide = min(wide, 520)
	}
	most := 1e-9
	for _, p := range m.Panels {
		most = max(most, peak(len(p.Values), func(i int) float64 { return p.Values[i] }))
	}
	y := c.y
	for from := 0; from < len(m.Panels); from += cols {
		row := m.Panels[from:min(from+cols, len(m.Panels))]
		head := y // where the tallest head of the row ends
		for i, p := range row {
			col := i
			if c.rtl {
				col = cols - 1 - i
			}
			head = max(head, m.title(c, float64(col)*(wide+gap), y, wide, p))
		}
		for i, p := range row {
			col := i
			if c.rtl {
				col = cols - 1 - i
			}
			m.panel(c, float64(col)*(wide+gap), head+26, wide, p, most)
		}
		y = head + 26 + c.size(96, 84) + 50
	}
	c.y = y - 30
}

func (m Multiples) title(c *canvas, x, y, wide float64, p Panel) float64 {
	a, at := left, x
	if c.rtl {
		a, at = right, x+wide
	}
	end := c.block(at, y+14, wide, p.Title, c.strong(), a, 2)
	if p.Note != "" {
		end = c.block(at, end+19, wide, p.Note, c.small(), a, 3)
	}
	return end
}

// panel draws one chart; its labels run with time.
func (m Multiples) panel(c *canvas, x, y, wide float64, p Panel, most float64) {
	high := c.size(96, 84)
	base := y + high
	n := len(m.Labels)
	if n == 0 {
		return
	}
	if m.OwnScale {
		most = peak(len(p.Values), func(i int) float64 { return p.Values[i] })
	}
	step := wide / float64(n)
	at := func(i int) float64 {
		if i < len(p.Values) && p.Values[i] > 0 {
			return p.Values[i] / most * high
		}
		return 0
	}
	stress := p.Mark
	if stress < 0 || stress >= n {
		stress = n - 1
	}
	if m.Lines {
		var d strings.Builder
		for i := range min(n, len(p.Values)) {
			d.WriteString(map[bool]string{true: "M", false: "L"}[i == 0])
			d.WriteString(num(x+(float64(i)+.5)*step) + " " + num(base-at(i)))
		}
		if d.Len() > 0 {
			c.ops = append(c.ops, op{kind: opPath, d: d.String(), fill: lineInk})
		}
		c.circle(x+(float64(stress)+.5)*step, base-at(stress), 3.5, black, "", "")
	} else {
		thick := max(step*.72, 1)
		for i := range min(n, len(p.Values)) {
			fill := shade(3)
			if i == stress {
				fill = black
			}
			c.rect(x+float64(i)*step, base-at(i), thick, at(i), fill)
		}
	}
	c.line(x, base, x+wide, base, axis)
	if stress < len(p.Texts) {
		m.value(c, x, base-at(stress)-7, wide, step, stress, p.Texts[stress])
	}
	f := c.small()
	lw := c.meter.width(clean(m.Labels[n-1]), f)
	c.fit(x, base+18, wide-lw-8, m.Labels[0], f, left)
	if n > 1 {
		c.fit(x+wide, base+18, lw+1, m.Labels[n-1], f, right)
	}
}

// value sets a number over its bar, inside the panel.
func (m Multiples) value(c *canvas, x, y, wide, step float64, i int, text string) {
	f := c.strong()
	w := c.meter.width(clean(text), f)
	cx := x + float64(i)*step + step*.36
	if m.Lines {
		cx = x + (float64(i)+.5)*step
	}
	switch {
	case cx+w/2 > x+wide:
		c.fit(x+wide, y, wide, text, f, right)
	case cx-w/2 < x:
		c.fit(x, y, wide, text, f, left)
	default:
		c.fit(cx, y, wide, text, f, middle)
	}
}
