package incident

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Which rows of a sheet speak of an incident of the desk. What two organisations signed,
// or took back after they had, may neither count twice nor come back: a row that may be
// about it waits until a person says that it is about another shutdown. Between rows that
// may all be about it nobody but a person chooses.

// likePass is one way of finding rows again; see [merge.decide].
type likePass struct {
	key   func(*Facts) string
	twins bool    // rows that agree are one for one
	start bool    // the first day is part of the key
	least float64 // how near, beyond the key, a row has to be to an incident of the desk
}

// likePasses go from the strictest likeness to the loosest.
var likePasses = []likePass{
	{key: HashFacts, twins: true, start: true},
	{key: identity, twins: true, start: true},
	{key: likeness, twins: true, start: true},
	{key: looseIdentity, start: true, least: samePlace},
	{key: looseIdentity, start: true},
	{key: placeIdentity, least: otherDays},
}

// How near two accounts are that agree in a key: see [Facts.nearness].
const (
	samePlace = 2.0  // they name a place that is the same, or one of them none
	otherDays = -1.0 // they agree in the place, and lie far apart
)

// matchDeskProvenance finds the rows an incident of the desk was read from
// before the desk took it up: they say what they said, and nobody needs to be
// asked. hashes are those of the rows that entries of the record were read from.
func (m *merge) matchDeskProvenance(hashes map[origin]string) {
	if len(m.desk) == 0 {
		return
	}
	rows := m.ownRows()
	for _, st := range m.desk {
		st.spoken = map[int]bool{}
		back := st.state == stateRetracted // of that every row is asked about
		for year, c := range st.years {
			for _, k := range []yearKey{{year, fmt.Sprint(st.id)}, {year, hashes[origin{c.entry.Origin, c.entry.Line}]}} {
				if list := rows[k]; len(list) > 0 && !st.spoken[year] {
					rows[k] = list[1:]
					m.rows[list[0]].desk, m.rows[list[0]].sameCells, st.spoken[year] = st, !back, true
				}
			}
		}
	}
	m.matchDeskHome()
}

// matchDeskHome leaves to an incident of the desk every other row that was its own before
// all sheets were read again, in whatever year the sheet counts it now. A year it does not
// count in is asked about.
func (m *merge) matchDeskHome() {
	own := make(map[int64]*story, len(m.desk))
	for _, st := range m.desk {
		own[st.id] = st
	}
	for i := range m.rows {
		row := &m.sheet.Rows[i]
		if st := own[m.again.was(m, row)]; st != nil && m.rows[i].free(row) {
			m.rows[i].desk, m.rows[i].sameCells, st.spoken[row.Year] = st, st.state != stateRetracted && st.years[row.Year] != nil, true
		}
	}
}

// ownRows are the free rows by their year, and by the incident each belonged to before all
// sheets were read again or, where it belonged to none, the hash of its cells. The rows of a
// starter register have no cells.
func (m *merge) ownRows() map[yearKey][]int {
	out := map[yearKey][]int{}
	for i := range m.rows {
		row := &m.sheet.Rows[i]
		k := yearKey{row.Year, ""}
		switch was := m.again.was(m, row); {
		case was != 0:
			k.key = fmt.Sprint(was)
		case len(row.Cells) > 0:
			k.key = hashCells(row.Cells)
		}
		if k.key != "" && m.rows[i].free(row) {
			out[k] = append(out[k], i)
		}
	}
	return out
}

// matchDesk finds the rows that speak of incidents of the desk, of those that two
// organisations signed or of those they never did, by a likeness. What sheets said of an
// incident before is nearer to what they say than what was signed.
func (m *merge) matchDesk(p likePass, unsigned bool) {
	if len(m.desk) == 0 {
		return
	}
	rows := map[string][]int{}
	for i := range m.rows {
		if row := &m.sheet.Rows[i]; m.rows[i].free(row) && m.again.was(m, row) == 0 {
			k := p.key(&row.Facts)
			rows[k] = append(rows[k], i)
		}
	}
	for _, signed := range []bool{false, true} {
		for _, st := range m.desk {
			if st.unsigned != unsigned {
				continue
			}
			near := m.nearTo(st, p, rows, signed)
			for _, year := range slices.Sorted(maps.Keys(near)) {
				m.speakOf(st, year, near[year], p)
			}
		}
	}
}

// nearTo is how near the rows of each year are to a story that agree with it in a pass
// and were taken for nothing else.
func (m *merge) nearTo(st *story, p likePass, rows map[string][]int, signed bool) map[int]map[int]float64 {
	out := map[int]map[int]float64{}
	for year, list := range st.echoes(signed) {
		for _, f := range list {
			for _, i := range rows[p.key(f)] {
				row, plan := &m.sheet.Rows[i], &m.rows[i]
				if !plan.free(row) || plan.unsigned != nil || m.toldApart(row, st) || !p.reaches(st, f, year, row) {
					continue
				}
				n, like := f.nearness(p, &row.Facts, signed)
				if !like || n < p.least {
					continue
				}
				if out[row.Year] == nil {
					out[row.Year] = map[int]float64{}
				}
				if was, there := out[row.Year][i]; !there || n > was {
					out[row.Year][i] = n
				}
			}
		}
	}
	return out
}

// toldApart tells whether a person said that a row is about another shutdown than an
// incident of the desk.
func (m *merge) toldApart(row *SheetRow, st *story) bool {
	return slices.Contains(m.apart[origin{m.edition, row.Line}], st.id)
}

// reaches tells whether a row can be about what an incident counts as in a year. One that
// goes on is carried over into any other with its first day; a first day may be put right
// over New Year, where no row spoke of the incident in the year it had.
func (p likePass) reaches(st *story, f *Facts, year int, row *SheetRow) bool {
	apart := max(year-row.Year, row.Year-year)
	if apart == 0 {
		return true
	}
	if p.start {
		return apart == 1 || f.Period.Start != ""
	}
	days, known := f.daysFrom(&row.Facts)
	return apart == 1 && known && days <= sameMonth && !st.spoken[year]
}

// speakOf notes which of the rows of a year that are near an incident of the desk speak of
// it: all that agree with one that was taken back, of others one; where less agrees, and
// no row spoke of it yet, those that are nearest.
func (m *merge) speakOf(st *story, year int, near map[int]float64, p likePass) {
	back := st.state == stateRetracted && !st.unsigned
	if st.spoken[year] && !(p.twins && back) {
		return
	}
	rows, best := slices.Sorted(maps.Keys(near)), slices.Max(slices.Collect(maps.Values(near)))
	switch {
	case len(rows) == 1, p.twins && back:
	case p.twins:
		rows = rows[:1]
	case best < 0, best == 0 && !back: // many agree in nothing else: the list of what is missing asks
		return
	default:
		rows = slices.DeleteFunc(rows, func(i int) bool { return near[i] < best })
	}
	for _, i := range rows {
		if st.spoken[year] = true; st.unsigned {
			m.rows[i].unsigned = st
		} else {
			m.rows[i].desk = st
		}
	}
	if !p.start && st.years[year] == nil { // over New Year it is the row of the year it had
		st.spoken[year-1], st.spoken[year+1] = true, true
	}
}

// nearness is how near a row is to an account it agrees with in the key of a pass, the
// higher the nearer; like is false where they are of different times.
func (f *Facts) nearness(p likePass, row *Facts, signed bool) (n float64, like bool) {
	switch {
	case p.twins:
		return 0, true
	case p.start:
		return f.sharedPlace(row), true
	case f.atOneTime(row):
		return 1 / (1 + f.daysBetween(row)), true
	case signed:
		return 0, false
	case f.butForDays() == row.butForDays(): // a sheet said so of it: day and month may have changed places
		return samePlace, true
	}
	return otherDays, true
}

// sharedPlace is how much two accounts of one country and day share beside these:
// [samePlace], or 1 for all the rest, or nothing.
func (f *Facts) sharedPlace(g *Facts) float64 {
	a, b := strings.Fields(foldArea(f.Measure.Area)), strings.Fields(foldArea(g.Measure.Area))
	whole := func(words []string) bool { return len(words) == 0 || slices.Contains(words, "nationwide") }
	if whole(a) || whole(b) || slices.ContainsFunc(a, func(w string) bool { return len(w) > 2 && !slices.Contains(placeKinds, w) && slices.Contains(b, w) }) {
		return samePlace
	}
	if f.Measure.Extent == g.Measure.Extent && f.Cause.Term == g.Cause.Term && f.Measure.Scope == g.Measure.Scope && f.Period.End == g.Period.End {
		return 1
	}
	return 0
}

// placeKinds are words in names of places that say of which kind they are.
var placeKinds = []string{"and", "the", "of", "district", "districts", "state", "province", "region", "city", "county", "area", "areas", "north", "south", "east", "west"}

// butForDays is what tells facts apart, without their days.
func (f *Facts) butForDays() string {
	g := *f
	g.Period = Period{}
	return HashFacts(&g)
}

// sameMonth is how many days apart the first days of one shutdown may be stated.
const sameMonth = 31

// daysBetween is how many days lie between the first days of two accounts, 0 where nobody
// knows.
func (f *Facts) daysBetween(g *Facts) float64 {
	a, known := f.Period.Start.Day()
	b, too := g.Period.Start.Day()
	if !known || !too {
		return 0
	}
	return math.Abs(float64(a - b))
}

// daysFrom is how many days lie between the first days of two accounts, at least, that are
// known to the day or to the month.
func (f *Facts) daysFrom(g *Facts) (days int, known bool) {
	from, to, known := f.Period.Start.days()
	since, until, too := g.Period.Start.days()
	return max(0, since-to, from-until), known && too
}

// days are the first and the last day that a date may mean, of one that is known to the day
// or to the month.
func (d Date) days() (from, to int, known bool) {
	from, known = d.Day()
	switch d.Precision() {
	case "day":
		return from, from, known
	case "month":
		return from, from + sameMonth - 1, known
	}
	return 0, 0, false
}

// atOneTime tells whether two accounts overlap, or begin about the same time. Of days
// that nobody knows it cannot tell, and says yes.
func (f *Facts) atOneTime(g *Facts) bool {
	a, _ := f.Period.Start.Day()
	b, _ := g.Period.Start.Day()
	if f.daysBetween(g) <= sameMonth {
		return true
	}
	if a > b {
		f, b = g, a
	}
	end, ended := f.Period.End.Day()
	return ended && b <= end || f.Period.EndState == "ongoing"
}
