package atlas

import (
	"math"
	"sort"

	"keepiton/internal/incident"
	"keepiton/internal/platform/chart"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
)

// noDays is the key of what is said where an edition has no counts of days.
const noDays = "atlas.lost.days"

// dayCounts are the day counts of a year by kind, one value for each day.
type dayCounts struct {
	cut, slow, block, open []int
	known                  int // days of the year that have passed
}

// dayCounts reads a year of an area day by day.
func (q *ask) dayCounts(y int, area string) (dayCounts, error) {
	first, last := incident.YearDays(y)
	n := last - first + 1
	d := dayCounts{cut: make([]int, n), slow: make([]int, n), block: make([]int, n), open: make([]int, n), known: min(n, max(q.today-first+1, 0))}
	rows, err := q.a.d.Record.Days(q.ctx, q.ed.ID, area, first, min(last, q.today))
	for _, r := range rows {
		i := r.Day - first
		switch r.Kind {
		case incident.KindCut:
			d.cut[i] = int(r.N)
		case incident.KindSlow:
			d.slow[i] = int(r.N)
		case incident.KindBlock:
			d.block[i] = int(r.N)
		case incident.KindOpen:
			d.open[i] = int(r.N)
		}
	}
	return d, err
}

func (d dayCounts) all(i int) int { return d.cut[i] + d.slow[i] + d.block[i] }

// covered is on how many days at least one shutdown is established.
func (d dayCounts) covered() int {
	n := 0
	for i := range d.cut {
		if d.all(i) > 0 {
			n++
		}
	}
	return n
}

// coverage says on how many days something was under way.
func (q *ask) coverage(y int, d dayCounts) string {
	covered := d.covered()
	switch {
	case covered == d.known && d.known == len(d.cut):
		return q.v.T("atlas.find.every_day", "n", covered, "year", year(y))
	case d.known < len(d.cut):
		return q.v.T("atlas.find.days_sofar", "n", covered, "days", d.known, "year", year(y))
	}
	return q.v.T("atlas.find.days", "n", covered, "days", d.known, "year", year(y))
}

// yearStrip is the strip of a year: every day a column.
func (q *ask) yearStrip(sc scope) (chart.Chart, chart.Head, error) {
	var c chart.YearStrip
	if !publish.KeepsDays(q.ed) {
		return c, c.Head, fault.New(fault.NotFound, noDays)
	}
	d, err := q.dayCounts(sc.year, sc.area())
	if err != nil {
		return c, c.Head, err
	}
	first, _ := incident.YearDays(sc.year)
	high, low := 0, 0
	for i := range d.cut {
		c.Days = append(c.Days, chart.DayCount{Cut: d.cut[i], Slow: d.slow[i], Blocked: d.block[i]})
		c.Dates = append(c.Dates, string(incident.DayDate(first+i)))
		if d.all(i) > d.all(high) {
			high = i
		}
		if i < d.known && d.all(i) < d.all(low) {
			low = i
		}
		if i > 0 && d.open[i] > d.open[i-1] {
			c.Undated = append(c.Undated, i-1)
		}
	}
	for m := 1; m <= 12; m++ {
		c.Months = append(c.Months, q.v.MonthName(m, false))
		c.MonthsAbb = append(c.MonthsAbb, q.v.MonthName(m, true))
	}
	day := func(i int) string { return q.v.DayMonth(string(incident.DayDate(first + i))) }
	title, desc := q.coverage(sc.year, d), ""
	if sc.country != "" {
		title = q.v.T("atlas.sentences", "a", q.v.Country(sc.country)+":", "b", title)
	}
	if d.all(high) > 0 {
		c.High = chart.Callout{Day: high, Text: q.v.T("atlas.day.high", "n", d.all(high), "date", day(high))}
		desc = q.v.T("atlas.day.desc", "high", d.all(high), "on", day(high), "low", d.all(low), "date", day(low))
		if d.all(low) < d.all(high) {
			c.Low = chart.Callout{Day: low, Text: q.v.T("atlas.day.low", "n", d.all(low), "date", day(low))}
		}
	}
	end := d.known - 1
	if end >= 0 {
		c.EndText = q.v.T("atlas.day.end", "date", day(end))
		c.CutText = orNone(d.cut[end], q.v.T("atlas.day.cut", "count", d.cut[end]))
		c.SlowText = orNone(d.slow[end], q.v.T("atlas.day.slow", "count", d.slow[end]))
		c.BlockedText = orNone(d.block[end], q.v.T("atlas.day.block", "count", d.block[end]))
	}
	if len(c.Undated) > 0 {
		c.UndatedText = q.v.T("atlas.day.undated", "n", len(c.Undated))
	}
	c.DayHead = q.v.T("atlas.day.head")
	c.Heads = [3]string{q.v.T("atlas.kind.cut"), q.v.T("atlas.kind.slow"), q.v.T("atlas.kind.block")}
	c.Head = q.head(title, q.v.T("atlas.day.sub", "scope", q.scopeName(sc)), q.v.T("atlas.day.note"), desc)
	return c, c.Head, nil
}

func orNone(n int, s string) string {
	if n == 0 {
		return ""
	}
	return s
}

// monthTable is the year strip by months, for the page: the highest and the
// lowest day of each and on how many days something was under way.
func (q *ask) monthTable(y int, d dayCounts) (head []string, rows [][]string) {
	head = []string{q.v.T("atlas.month_head"), q.v.T("atlas.days_head"), q.v.T("atlas.most_head"), q.v.T("atlas.least_head")}
	first, _ := incident.YearDays(y)
	month, days, high, low := 0, 0, 0, 0
	flush := func() {
		if month != 0 {
			rows = append(rows, []string{q.v.MonthName(month, false), q.v.N(days), q.v.N(high), q.v.N(low)})
		}
	}
	for i := 0; i < d.known; i++ {
		m := monthOf(first + i)
		if m != month {
			flush()
			month, days, high, low = m, 0, 0, math.MaxInt
		}
		if n := d.all(i); n > 0 {
			days++
			high, low = max(high, n), min(low, n)
		} else {
			low = 0
		}
	}
	flush()
	return head, rows
}

func monthOf(day int) int {
	s := string(incident.DayDate(day))
	return int(s[5]-'0')*10 + int(s[6]-'0')
}

// yearLine is one year of a country as a strip.
type yearLine struct {
	year, n int
	marks   []page.Mark
	exact   bool // drawn from single entries, so that tall and short are known
	words   string
}

// exactUpTo is how many entries of a country-year are drawn one by one. An
// edition without counts of days has nothing else to be drawn from, so there
// far more of them are read.
const (
	exactUpTo   = 60
	exactInList = 1000
)

// lines draws every year of a country.
func (q *ask) lines(code string) ([]yearLine, error) {
	area := incident.AreaCountry(code)
	if err := q.loadCountry(code); err != nil {
		return nil, err
	}
	var exact, rough []int
	limit, upTo := 0, exactUpTo
	if !publish.KeepsDays(q.ed) {
		upTo = exactInList
	}
	for _, t := range q.counted() {
		if n := q.n(t.year, area, incident.DimAll, ""); n > 0 && n <= upTo {
			exact = append(exact, t.year)
			limit += n
		} else if n > 0 {
			rough = append(rough, t.year)
		}
	}
	entries, err := q.a.d.Record.Lines(q.ctx, q.ed.ID, code, exact, limit)
	if err != nil {
		return nil, err
	}
	byYear := map[int][]page.Mark{}
	for _, e := range entries {
		first, last := incident.YearDays(e.Year)
		for _, m := range publish.Marks(e.Facts, e.Year, first, last, q.today) {
			m.Band = incident.KindOf(e.Facts) == incident.KindBlock
			byYear[e.Year] = append(byYear[e.Year], m)
		}
	}
	days, err := q.dayMarks(area, rough)
	if err != nil {
		return nil, err
	}
	var out []yearLine
	for _, t := range q.counted() {
		l := yearLine{year: t.year, n: q.n(t.year, area, incident.DimAll, ""), marks: byYear[t.year], exact: true}
		if l.n > upTo {
			l.exact, l.marks = false, days[t.year]
		}
		l.marks = q.until(t.year, tidy(l.marks))
		l.words = q.lineWords(t.year, l)
		if !l.exact && !publish.KeepsDays(q.ed) {
			l.words = q.v.T("atlas.line.no_days")
		}
		out = append(out, l)
	}
	return out, nil
}

// dayMarks are the stretches of each year in which the day counts of a country
// are not zero: it cannot be said from them how far a measure reached.
func (q *ask) dayMarks(area string, years []int) (map[int][]page.Mark, error) {
	out := map[int][]page.Mark{}
	if len(years) == 0 {
		return out, nil
	}
	first, _ := incident.YearDays(years[0])
	_, last := incident.YearDays(years[len(years)-1])
	runs, err := q.a.d.Record.DayRuns(q.ctx, q.ed.ID, area, first, last)
	for _, y := range years {
		from, to := incident.YearDays(y)
		n := float64(to - from + 1)
		for _, r := range runs {
			if r.To < from || r.From > to {
				continue
			}
			m := page.Mark{From: float64(max(r.From, from)-from) / n, To: float64(min(r.To, to)-from+1) / n, Half: true}
			switch r.Kind {
			case incident.KindBlock:
				m.State, m.Half, m.Band = page.Blocked, false, true
			case incident.KindSlow:
				m.State = page.Slow
			case incident.KindOpen:
				m.State = page.Unsure
			default:
				m.State = page.Cut
			}
			out[y] = append(out[y], m)
		}
	}
	return out, err
}

// sortOf is what marks must share to be joined.
type sortOf struct {
	state      page.State
	half, band bool
}

// layers are the sorts in the order in which one hides the next: the line
// first, then the band below it.
var layers = []sortOf{
	{page.Cut, false, false}, {page.Cut, true, false}, {page.Slow, false, false}, {page.Slow, true, false}, {page.Unsure, false, false}, {page.Unsure, true, false},
	{page.Blocked, false, true}, {page.Blocked, true, true}, {page.Unsure, false, true}, {page.Unsure, true, true},
}

// tidy joins marks of one sort that touch, and drops those that a taller or a
// surer one hides.
func tidy(marks []page.Mark) []page.Mark {
	groups := map[sortOf][]page.Mark{}
	for _, m := range marks {
		k := sortOf{m.State, m.Half, m.Band}
		groups[k] = append(groups[k], m)
	}
	var out []page.Mark
	var hidden [][2]float64
	band := false
	for _, k := range layers {
		if k.band && !band { // the band is another place
			hidden, band = nil, true
		}
		var joined []page.Mark
		for _, m := range joinMarks(groups[k]) {
			if !inside(m, hidden) {
				out = append(out, m)
			}
			joined = append(joined, m)
		}
		if k.state == page.Cut || k.state == page.Slow && !k.half || k.state == page.Blocked {
			for _, m := range joined {
				hidden = append(hidden, [2]float64{m.From, m.To})
			}
		}
	}
	return out
}

// joinMarks joins marks that touch.
func joinMarks(g []page.Mark) []page.Mark {
	sort.Slice(g, func(i, j int) bool { return g[i].From < g[j].From })
	var out []page.Mark
	for _, m := range g {
		if n := len(out); n > 0 && m.From <= out[n-1].To+1e-6 {
			out[n-1].To = max(out[n-1].To, m.To)
			continue
		}
		out = append(out, m)
	}
	return out
}

func inside(m page.Mark, hidden [][2]float64) bool {
	for _, h := range hidden {
		if m.From >= h[0]-1e-6 && m.To <= h[1]+1e-6 {
			return true
		}
	}
	return false
}

// until cuts marks off at today: nobody knows tomorrow.
func (q *ask) until(y int, marks []page.Mark) []page.Mark {
	first, last := incident.YearDays(y)
	if q.today >= last {
		return marks
	}
	end := publish.Known(first, last, q.today)
	var out []page.Mark
	for _, m := range marks {
		if m.To = min(m.To, end); m.To > m.From {
			out = append(out, m)
		}
	}
	return out
}

// lineWords says a strip in words: how many days of what.
func (q *ask) lineWords(y int, l yearLine) string {
	first, last := incident.YearDays(y)
	n := float64(last - first + 1)
	days := map[page.State]float64{}
	for _, s := range []page.State{page.Cut, page.Slow, page.Blocked, page.Unsure} {
		var at float64
		var same []page.Mark
		for _, m := range l.marks {
			if m.State == s {
				same = append(same, m)
			}
		}
		sort.Slice(same, func(i, j int) bool { return same[i].From < same[j].From })
		for _, m := range same {
			if m.To > at {
				days[s] += m.To - max(m.From, at)
				at = m.To
			}
		}
	}
	var parts []string
	for _, s := range []struct {
		state page.State
		key   string
	}{{page.Cut, "atlas.line.cut"}, {page.Slow, "atlas.line.slow"}, {page.Blocked, "atlas.line.block"}, {page.Unsure, "atlas.line.unsure"}} {
		if d := int(math.Round(days[s.state] * n)); d > 0 {
			parts = append(parts, q.v.T(s.key, "n", d))
		}
	}
	if len(parts) == 0 {
		if l.n == 0 {
			return q.v.T("atlas.line.none")
		}
		return q.v.T("atlas.line.undated")
	}
	return q.v.List(parts)
}

// countryYears is the picture of all years of a country.
func (q *ask) countryYears(code string) (chart.Chart, chart.Head, error) {
	c := chart.Strips{Tall: true}
	lines, err := q.lines(code)
	if err != nil {
		return c, c.Head, err
	}
	rough := false
	used := map[page.State]bool{}
	for _, l := range lines {
		row := chart.StripRow{Label: year(l.year), Number: q.v.N(l.n), Words: l.words, Bold: true}
		for _, m := range l.marks {
			used[m.State] = true
			row.Marks = append(row.Marks, chart.Mark{From: m.From, To: m.To, State: chart.State(m.State), Half: m.Half, Band: m.Band})
		}
		rough = rough || !l.exact
		c.Rows = append(c.Rows, row)
	}
	for _, m := range []int{1, 4, 7, 10} {
		c.Axis = append(c.Axis, chart.Tick{At: float64(m-1) / 12, Text: q.v.MonthName(m, true)})
	}
	for _, w := range q.lineKey(used) {
		c.Key = append(c.Key, chart.KeyItem{State: chart.State(w.State), Up: w.State == page.Up, Text: w.Text})
	}
	c.LabelHead, c.WordsHead, c.NumberHead = q.v.T("atlas.year_head"), q.v.T("atlas.line.head"), q.v.T("atlas.shutdowns")
	note := q.v.T("atlas.rule")
	if rough {
		note = q.v.T("atlas.sentences", "a", q.v.T("atlas.line.rough", "n", exactUpTo), "b", note)
	}
	var said string
	for i, l := range lines {
		if i > 0 {
			said += q.v.T("atlas.semicolon")
		}
		said += year(l.year) + ": " + l.words
	}
	c.Head = q.head(q.countryTitle(scope{country: code}), q.v.T("atlas.line.sub"), note, said)
	return c, c.Head, nil
}

// lineKey explains the textures that occur.
func (q *ask) lineKey(used map[page.State]bool) []page.StateWord {
	out := []page.StateWord{{State: page.Up, Text: q.v.T("atlas.key.up")}}
	for _, s := range []page.State{page.Cut, page.Slow, page.Unsure, page.Blocked} {
		if used[s] {
			out = append(out, page.StateWord{State: s, Text: q.v.T("atlas.key." + string(s))})
		}
	}
	return out
}

// longest are the entries of a year that had been under way longest.
func (q *ask) longest(y, n int) ([]incident.Row, error) {
	return q.a.d.Record.LongestOf(q.ctx, q.ed.ID, y, n)
}

// longestChart draws them on a line of years.
func (q *ask) longestChart(y int) (chart.Chart, chart.Head, error) {
	c := chart.Strips{}
	rows, err := q.longest(y, longestRows)
	if err != nil {
		return c, c.Head, err
	}
	from := y
	for _, r := range rows {
		from = min(from, max(r.Facts.Period.Start.Year(), y-10))
	}
	first, _ := incident.YearDays(from)
	_, last := incident.YearDays(y)
	used := map[page.State]bool{}
	for _, r := range rows {
		row := chart.StripRow{Label: q.v.WhereOf(r), Sub: q.v.What(r.Facts), Number: q.v.Days(r.Entry.SpanDays), Words: q.v.When(r.Facts)}
		for _, m := range tidy2(publish.Marks(r.Facts, y, first, last, q.today)) {
			used[m.State] = true
			row.Marks = append(row.Marks, chart.Mark{From: m.From, To: m.To, State: chart.State(m.State)})
		}
		c.Rows = append(c.Rows, row)
	}
	for yy := from; yy <= y; yy++ {
		d, _ := incident.YearDays(yy)
		c.Axis = append(c.Axis, chart.Tick{At: float64(d-first) / float64(last-first+1), Text: year(yy)})
	}
	for _, w := range q.lineKey(used) {
		c.Key = append(c.Key, chart.KeyItem{State: chart.State(w.State), Up: w.State == page.Up, Text: w.Text})
	}
	c.LabelHead, c.SubHead, c.WordsHead, c.NumberHead = q.v.T("atlas.where_head"), q.v.T("atlas.what_head"), q.v.T("atlas.when_head"), q.v.T("atlas.length_head")
	title := q.v.T("atlas.find.none")
	desc := ""
	if len(rows) > 0 {
		title = q.v.T("atlas.find.longest", "where", i18n.Phrase(q.v.Where(rows[0].Facts)), "what", i18n.Phrase(q.v.What(rows[0].Facts)), "n", rows[0].Entry.SpanDays, "year", year(y))
	}
	for i, r := range c.Rows {
		if i > 0 {
			desc += q.v.T("atlas.semicolon")
		}
		desc += r.Label + " " + r.Number
	}
	c.Head = q.head(title, q.v.T("atlas.longest.sub", "year", year(y)), q.v.T("atlas.longest.note"), desc)
	return c, c.Head, nil
}

// longestRows is how many of the longest are listed.
const longestRows = 10

// tidy2 drops the difference of tall and short where every line is one entry.
func tidy2(marks []page.Mark) []page.Mark {
	for i := range marks {
		marks[i].Half = false
	}
	return marks
}

// maxTicks is how many years an axis names where little room is left.
const maxTicks = 6

// ticks are the marks of an axis of years, or of months within one year.
func (q *ask) ticks(from, to int) []page.Tick {
	var out []page.Tick
	if from == to {
		for _, m := range []int{1, 4, 7, 10} {
			out = append(out, page.Tick{At: float64(m-1) / 12, Text: q.v.MonthName(m, true)})
		}
		return out
	}
	first, _ := incident.YearDays(from)
	_, last := incident.YearDays(to)
	every := (to - from + maxTicks) / maxTicks
	for y := from; y <= to; y += every {
		d, _ := incident.YearDays(y)
		out = append(out, page.Tick{At: float64(d-first) / float64(last-first+1), Text: year(y)})
	}
	return out
}
