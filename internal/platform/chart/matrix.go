package chart

import "strings"

// Matrix shows counts of rows against columns: the number in the cell, its
// weight as a shade of ink.
type Matrix struct {
	Head
	Rows, Cols []string
	Cells      [][]int // one line for each row
	Corner     string  // what the rows are, for the twin table
	Total      string  // head of the last column, "" for none
	WholeTable bool    // shade by share of the table's largest cell; otherwise by share of the row
}

func (m Matrix) head() Head { return m.Head }

// Table repeats the matrix.
func (m Matrix) Table() ([]string, [][]string) {
	head := append([]string{m.Corner}, m.Cols...)
	if m.Total != "" {
		head = append(head, m.Total)
	}
	var rows [][]string
	for i, name := range m.Rows {
		row := []string{name}
		for j := range m.Cols {
			row = append(row, plain(float64(m.at(i, j))))
		}
		if m.Total != "" {
			row = append(row, plain(float64(m.sum(i))))
		}
		rows = append(rows, row)
	}
	return head, rows
}

func (m Matrix) at(i, j int) int {
	if i < len(m.Cells) && j < len(m.Cells[i]) {
		return max(m.Cells[i][j], 0)
	}
	return 0
}

func (m Matrix) sum(i int) int {
	s := 0
	for j := range m.Cols {
		s += m.at(i, j)
	}
	return s
}

// level is the shade of a cell, 0 (nothing) to 5.
func (m Matrix) level(i, j, whole int) int {
	v := m.at(i, j)
	if v == 0 {
		return 0
	}
	share := float64(v) / float64(max(m.sum(i), 1))
	if m.WholeTable {
		share = float64(v) / float64(max(whole, 1))
	}
	for n, edge := range []float64{.08, .2, .4, .65} {
		if share < edge {
			return n + 1
		}
	}
	return 5
}

func (m Matrix) draw(c *canvas) {
	if len(m.Rows) == 0 || len(m.Cols) == 0 {
		return
	}
	c.mirror = c.rtl
	labels := 0.0
	for _, r := range m.Rows {
		labels = max(labels, c.meter.width(clean(r), m.face(c)))
	}
	labels = min(labels+12, c.w*c.size(.24, .3))
	slots := len(m.Cols) // the total is one more column
	if m.Total != "" {
		slots++
	}
	least := 46.0 // narrowest column that still holds the longest word of a head
	for _, col := range m.Cols {
		for _, word := range strings.Fields(clean(col)) {
			least = max(least, c.meter.width(word, m.small(c))+6)
		}
	}
	least = min(least, c.size(120, 110))
	per := max(int((c.w-labels)/least), 1)
	blocks := (slots + per - 1) / per
	per = (slots + blocks - 1) / blocks
	y := c.y
	for from := 0; from < slots; from += per {
		if from > 0 {
			y += 22
		}
		y = m.block(c, y, labels, from, min(from+per, slots), per)
	}
	c.mirror = false
	c.y = y
}

// face is that of rows and cells, small that of the heads: a step smaller in
// the narrow picture, where columns are scarce.
func (m Matrix) face(c *canvas) face { return face{size: 14, ink: black} }

func (m Matrix) small(c *canvas) face { return face{size: 13, ink: soft} }

// headLines is how many lines the head of a column may take.
const headLines = 4

// block draws the columns from to to under their heads and gives the y below.
// The column after the last one is the total.
func (m Matrix) block(c *canvas, y, labels float64, from, to, per int) float64 {
	whole := 0
	for i := range m.Rows {
		for j := range m.Cols {
			whole = max(whole, m.at(i, j))
		}
	}
	small := m.small(c)
	col := (c.w - labels) / float64(per)
	lines := 1
	heads := func(j int) []string {
		if j == len(m.Cols) {
			return wrap(c.meter, clean(m.Total), small, col-6, headLines)
		}
		return wrap(c.meter, clean(m.Cols[j]), small, col-4, headLines)
	}
	for j := from; j < to; j++ {
		lines = max(lines, len(heads(j)))
	}
	lead := small.size * 1.3
	foot := y + lead*float64(lines) - 4
	for j := from; j < to; j++ {
		n := len(heads(j))
		if j == len(m.Cols) {
			c.block(labels+float64(j-from+1)*col, foot-lead*float64(n-1), col-6, m.Total, small, right, headLines)
			continue
		}
		c.block(labels+(float64(j-from)+.5)*col, foot-lead*float64(n-1), col-4, m.Cols[j], small, middle, headLines)
	}
	y = foot + 9
	for i, name := range m.Rows {
		high := 32.0
		rows := len(balance(c.meter, clean(name), m.face(c), labels-10, 3))
		if rows > 1 {
			high = 8 + 18*float64(rows)
		}
		c.block(0, y+high/2+5-9*float64(rows-1), labels-10, name, m.face(c), left, 3)
		for j := from; j < to; j++ {
			if j == len(m.Cols) {
				f := m.face(c)
				f.ink = soft
				c.fit(labels+float64(j-from+1)*col, y+high/2+5, col-6, m.num(m.sum(i)), f, right)
				continue
			}
			m.cell(c, labels+float64(j-from)*col, y, col, high, i, j, whole)
		}
		y += high + 2
	}
	return y
}

func (m Matrix) cell(c *canvas, x, y, w, h float64, i, j, whole int) {
	f := m.face(c)
	n := m.level(i, j, whole)
	if n == 0 {
		f.ink = soft
		c.fit(x+w/2, y+h/2+5, w-4, "·", f, middle)
		return
	}
	c.rect(x+1, y, w-2, h, shade(n))
	if n >= 4 {
		f.ink = ink("n" + string(rune('0'+n)))
	}
	c.fit(x+w/2, y+h/2+5, w-4, m.num(m.at(i, j)), f, middle)
}
