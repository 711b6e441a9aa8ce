package chart

import (
	"strconv"
	"strings"
)

// DayCount is how many were under way on one day, by state.
type DayCount struct {
	Cut, Slow, Blocked int
}

// All is the day's sum.
func (d DayCount) All() int { return d.Cut + d.Slow + d.Blocked }

// Callout is a text at a day of the year (0 is 1 January).
type Callout struct {
	Day  int
	Text string
}

// YearStrip is the world's strip of one year: every day a column, stacked by
// state, with direct labels at the end.
type YearStrip struct {
	Head
	Days      []DayCount // 365 or 366
	Dates     []string   // their names for the twin table; may be empty
	Months    []string   // twelve names
	MonthsAbb []string   // twelve short names, for the narrow picture
	High, Low Callout    // the highest and the lowest day
	// Labels at the end of the year, with the last day's numbers.
	EndText, CutText, SlowText, BlockedText string
	// Days on which something of unknown end began, drawn as a strip below.
	Undated     []int
	UndatedText string
	DayHead     string
	Heads       [3]string // cut, slow, blocked
}

func (s YearStrip) head() Head { return s.Head }

// Table is one row for each day.
func (s YearStrip) Table() ([]string, [][]string) {
	rows := make([][]string, 0, len(s.Days))
	for i, d := range s.Days {
		name := strconv.Itoa(i + 1)
		if i < len(s.Dates) {
			name = s.Dates[i]
		}
		rows = append(rows, []string{name, strconv.Itoa(d.Cut), strconv.Itoa(d.Slow), strconv.Itoa(d.Blocked)})
	}
	return []string{s.DayHead, s.Heads[0], s.Heads[1], s.Heads[2]}, rows
}

// monthStarts are the days on which months begin.
func monthStarts(days int) []int {
	out := []int{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334}
	if days == 366 {
		for i := 2; i < 12; i++ {
			out[i]++
		}
	}
	return out
}

// niceStep is a round step that gives at most n rules up to top.
func niceStep(top float64, n int) float64 {
	step := 1.0
	for {
		for _, m := range []float64{1, 2, 5} {
			if top/(step*m) <= float64(n) {
				return step * m
			}
		}
		step *= 10
	}
}

func (s YearStrip) draw(c *canvas) {
	n := len(s.Days)
	if n == 0 {
		return
	}
	days := make([]DayCount, n) // our own copy, without what no count can be
	for i, d := range s.Days {
		sane := func(v int) int { return min(max(v, 0), 1e9) }
		days[i] = DayCount{sane(d.Cut), sane(d.Slow), sane(d.Blocked)}
	}
	s.Days = days
	small := c.small()
	ends := s.endLabels(c)
	high := c.size(165, 170)
	most := peak(n, func(i int) float64 { return float64(s.Days[i].All()) })
	step := niceStep(most, 4)
	x0 := 28.0
	for v := step; v <= most; v += step {
		x0 = max(x0, c.meter.width(clean(s.num(int(v))), small)+9)
	}
	x0 = min(x0, c.w*.2)
	x1 := c.w - ends
	unit := high / most
	base := c.y + high + s.headroom(c, x0, x1, unit, high)
	px := func(day int) float64 { return x0 + (x1-x0)*float64(day)/float64(n) }
	for v := step; v <= most; v += step {
		c.line(x0, base-v*unit, x1, base-v*unit, rules)
		c.fit(x0-8, base-v*unit+4.5, x0, s.num(int(v)), small, right)
	}
	cut := func(i int) float64 { return float64(s.Days[i].Cut) * unit }
	slow := func(i int) float64 { return cut(i) + float64(s.Days[i].Slow)*unit }
	all := func(i int) float64 { return float64(s.Days[i].All()) * unit }
	c.steps(n, px, base, slow, all, blockInk)
	c.steps(n, px, base, cut, slow, slowInk)
	c.steps(n, px, base, func(int) float64 { return 0 }, cut, cutInk)
	c.ops = append(c.ops, op{kind: opPath, d: stepLine(n, px, base, all), fill: axis})
	c.line(x0, base, x1, base, axis)
	s.months(c, px, base)
	s.callouts(c, px, base, all, x0, x1)
	if c.narrow {
		c.y = base + 26
		s.keyBelow(c)
	} else {
		s.direct(c, x1+12, base, unit)
		c.y = base + 28
	}
	s.undated(c, px, x0, x1)
}

// endLabels is the room the direct labels need at the end.
func (s YearStrip) endLabels(c *canvas) float64 {
	if c.narrow {
		return 0
	}
	w := 60.0
	for _, t := range []string{s.EndText, s.CutText, s.SlowText, s.BlockedText} {
		w = max(w, c.meter.width(clean(t), c.small()))
	}
	return min(w, 150) + 14
}

// steps fills between two stepped lines given as heights over the base.
func (c *canvas) steps(n int, px func(int) float64, base float64, low, high func(int) float64, fill ink) {
	some := false
	var b strings.Builder
	for i := range n {
		if high(i) > low(i) {
			some = true
		}
		if i == 0 {
			b.WriteString("M" + num(px(0)) + " " + num(base-high(0)))
		} else if num(base-high(i)) != num(base-high(i-1)) {
			b.WriteString("H" + num(px(i)) + "V" + num(base-high(i)))
		}
	}
	if !some {
		return
	}
	b.WriteString("H" + num(px(n)) + "V" + num(base-low(n-1)))
	for i := n - 1; i > 0; i-- {
		if num(base-low(i-1)) != num(base-low(i)) {
			b.WriteString("H" + num(px(i)) + "V" + num(base-low(i-1)))
		}
	}
	b.WriteString("H" + num(px(0)) + "Z")
	c.path(b.String(), fill)
}

func stepLine(n int, px func(int) float64, base float64, high func(int) float64) string {
	var b strings.Builder
	b.WriteString("M" + num(px(0)) + " " + num(base-high(0)))
	for i := 1; i < n; i++ {
		if num(base-high(i)) != num(base-high(i-1)) {
			b.WriteString("H" + num(px(i)) + "V" + num(base-high(i)))
		}
	}
	b.WriteString("H" + num(px(n)))
	return b.String()
}

func (s YearStrip) months(c *canvas, px func(int) float64, base float64) {
	names := s.Months
	starts := monthStarts(len(s.Days))
	room := px(starts[1]) - px(0) - 4
	for _, m := range names {
		if c.narrow || c.meter.width(clean(m), c.small()) > room {
			names = s.MonthsAbb
		}
	}
	every := 1
	for _, m := range names {
		for c.meter.width(clean(m), c.small()) > room*float64(every)-2 && every < 4 {
			every++
		}
	}
	for i, d := range starts {
		c.line(px(d), base, px(d), base+6, axis)
		if i < len(names) && i%every == 0 {
			c.fit(px(d)+3, base+18, (room+4)*float64(every)-4, names[i], c.small(), left)
		}
	}
}

// callouts mark the highest and the lowest day without touching each other or
// the drawing.
func (s YearStrip) callouts(c *canvas, px func(int) float64, base float64, all func(int) float64, x0, x1 float64) {
	f := c.body()
	f.halo = true
	set := func(co Callout, up float64) {
		if up == 0 {
			return
		}
		x := (px(co.Day) + px(co.Day+1)) / 2
		w := c.meter.width(clean(co.Text), f)
		c.line(x, base-all(co.Day)-3, x, base-all(co.Day)-up, axis)
		y := base - all(co.Day) - up - 4
		if x+w > x1 {
			c.fit(x+4, y, min(w+1, x-x0), co.Text, f, right)
			return
		}
		c.fit(max(x-4, x0), y, w+1, co.Text, f, left)
	}
	high, low := s.lifts(c, px, all, x1)
	set(s.High, high)
	set(s.Low, low)
}

// known tells whether a callout names a day of the year.
func (s YearStrip) known(co Callout) bool {
	return co.Text != "" && co.Day >= 0 && co.Day < len(s.Days)
}

// lifts is how far over its day each callout stands, 0 for one that is not
// drawn. A low day lies under the roof of its neighbours and is lifted over
// them, and over the other callout where they would touch.
func (s YearStrip) lifts(c *canvas, px func(int) float64, all func(int) float64, x1 float64) (high, low float64) {
	f := c.body()
	span := func(co Callout) (from, to float64) {
		x, w := px(co.Day), c.meter.width(clean(co.Text), f)
		if x+w > x1 {
			return x - w, x + 8
		}
		return x - 6, x + w
	}
	roof := func(from, to float64) (r float64) {
		for i := range s.Days {
			if px(i+1) > from && px(i) < to {
				r = max(r, all(i))
			}
		}
		return r
	}
	var a0, a1, top float64
	if s.known(s.High) {
		a0, a1 = span(s.High)
		top = all(s.High.Day) + 9
		high = 9
	}
	if s.known(s.Low) {
		from, to := span(s.Low)
		at := roof(from, to) + 9
		if high > 0 && from < a1+10 && to > a0-10 && at+f.size > top-4 {
			at = max(at, top+f.size+6)
		}
		low = at - all(s.Low.Day)
	}
	return high, low
}

// headroom is the room over the highest day that the callouts need.
func (s YearStrip) headroom(c *canvas, x0, x1, unit, high float64) float64 {
	px := func(day int) float64 { return x0 + (x1-x0)*float64(day)/float64(len(s.Days)) }
	all := func(i int) float64 { return float64(s.Days[i].All()) * unit }
	need := 0.0
	if up, lift := s.lifts(c, px, all, x1); up+lift > 0 {
		for _, p := range []struct {
			co   Callout
			lift float64
		}{{s.High, up}, {s.Low, lift}} {
			if p.lift > 0 {
				need = max(need, all(p.co.Day)+p.lift+c.body().size+4)
			}
		}
	}
	return max(need-high, 6)
}

// direct puts the labels beside the end of each layer.
func (s YearStrip) direct(c *canvas, x, base, unit float64) {
	last := s.Days[len(s.Days)-1]
	f := c.small()
	f.ink = black
	type label struct {
		y    float64
		text string
	}
	mid := func(from, to int) float64 { return base - (float64(from)+float64(to))/2*unit + 4 }
	labels := []label{
		{mid(0, last.Cut), s.CutText},
		{mid(last.Cut, last.Cut+last.Slow), s.SlowText},
		{mid(last.Cut+last.Slow, last.All()), s.BlockedText},
	}
	room := c.w - x
	ceiling := base + 6
	for _, l := range labels {
		if l.text == "" {
			continue
		}
		lines := wrap(c.meter, clean(l.text), f, room, 2)
		high := float64(len(lines)) * 17
		y := min(l.y+high/2-8, ceiling)
		c.block(x, y-high+17, room, l.text, f, left, 2)
		ceiling = y - high - 5
	}
	c.fit(x, min(base-float64(last.All())*unit-12, ceiling-2), room, s.EndText, c.small(), left)
}

// keyBelow is the key of the narrow picture, where nothing fits at the end.
func (s YearStrip) keyBelow(c *canvas) {
	var items []KeyItem
	for _, k := range []KeyItem{{State: Cut, Text: s.CutText}, {State: Slow, Text: s.SlowText}, {State: Blocked, Text: s.BlockedText}} {
		if k.Text != "" {
			items = append(items, k)
		}
	}
	c.y += 4
	if s.EndText != "" {
		c.y = c.start(c.y+10, s.EndText, c.small(), 1) + 10
	}
	c.key(items)
}

// undated is the strip of what began and has no recorded end.
func (s YearStrip) undated(c *canvas, px func(int) float64, x0, x1 float64) {
	if len(s.Undated) == 0 {
		return
	}
	f := c.small()
	was := c.mirror
	c.mirror = c.rtl
	from := x0
	if c.narrow || c.rtl {
		from = 0
	}
	if c.rtl && !c.narrow {
		from = c.w - x1
	}
	y := c.block(from, c.y+16, c.w-from, s.UndatedText, f, left, 3) + 10
	c.mirror = was
	c.rect(x0, y+2, x1-x0, 12, unkInk)
	for _, d := range s.Undated {
		if d >= 0 && d < len(s.Days) {
			c.rect(px(d), y, max(px(1)-px(0), 2), 16, black)
		}
	}
	c.y = y + 16
}
