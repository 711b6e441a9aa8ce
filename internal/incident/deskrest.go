package incident

import (
	"cmp"
	"maps"
	"slices"
)

// What the passes of deskmatch.go leave: rows that are alike beside the one that was
// taken, and the row of an incident that was rewritten in more than one thing.

// echo is what an incident of the desk answers to in a count year.
type echo struct {
	of   *story
	says *Facts
	year int
}

// deskEchoes are those of the incidents of the desk that two organisations signed, of what
// stands before those of what was taken back.
func (m *merge) deskEchoes() (out []echo) {
	for _, st := range m.desk {
		if st.unsigned {
			continue
		}
		for _, signed := range []bool{false, true} {
			said := st.echoes(signed)
			for _, year := range slices.Sorted(maps.Keys(said)) {
				for _, f := range said[year] {
					out = append(out, echo{st, f, year})
				}
			}
		}
	}
	return out
}

// open tells whether a row was taken for nothing, and may be about an incident.
func (m *merge) open(i int, st *story) bool {
	row := &m.sheet.Rows[i]
	return m.rows[i].free(row) && m.again.was(m, row) == 0 && !m.toldApart(row, st)
}

// matchDeskAlike has every row wait that is alike: two organisations signed that nothing
// else that is public tells of the shutdown.
func (m *merge) matchDeskAlike() {
	alike := map[string][]echo{}
	for _, e := range m.deskEchoes() {
		k := likeness(e.says)
		alike[k] = append(alike[k], e)
	}
	for i := range m.rows {
		row := &m.sheet.Rows[i]
		for _, e := range alike[likeness(&row.Facts)] {
			if m.open(i, e.of) && (likePass{start: true}).reaches(e.of, e.says, e.year, row) {
				m.rows[i].desk, e.of.spoken[row.Year] = e.of, true
			}
		}
	}
}

// How far apart, in days, the first days of one shutdown are where a row was rewritten in
// other things too, [sameMonth] where it names a source of it; and how many rows a shutdown
// is split into that name a source of it and begin on one day.
const (
	fewDays   = 3
	mostSplit = 3
)

// meeting is a row that may be the one of an incident, rewritten.
type meeting struct {
	row    int
	of     *story
	year   int // in which the incident counts
	near   float64
	shares bool // a source
}

// matchDeskRewritten finds, when all else is done, the row of an incident of which none
// spoke: of the same country, the nearest by its first day. Where many are as near, the
// list of what is missing asks; of what was taken back each of them is asked about.
func (m *merge) matchDeskRewritten() {
	list := m.meetings()
	slices.SortStableFunc(list, func(a, b meeting) int { return cmp.Compare(b.near, a.near) })
	gave := map[*story]bool{} // the nearest were many
	spoken := func(x meeting) bool { return x.of.spoken[x.year] || x.of.spoken[m.sheet.Rows[x.row].Year] }
	for i, x := range list {
		if gave[x.of] || spoken(x) || !m.open(x.row, x.of) {
			continue
		}
		same := []meeting{x}
		for _, y := range list[i+1:] {
			if y.near < x.near {
				break
			}
			if y.of == x.of && m.open(y.row, y.of) && !spoken(y) && !slices.ContainsFunc(same, func(z meeting) bool { return z.row == y.row }) {
				same = append(same, y)
			}
		}
		if len(same) > 1 && !(x.shares && len(same) <= mostSplit) && x.of.state != stateRetracted {
			gave[x.of] = true
			continue
		}
		for _, y := range same {
			m.rows[y.row].desk, y.of.spoken[y.year], y.of.spoken[m.sheet.Rows[y.row].Year] = y.of, true, true
		}
	}
}

// meetings are the free rows that lie near an incident of the desk of which no row spoke.
func (m *merge) meetings() (out []meeting) {
	type day struct{ row, first int }
	rows := map[string][]day{}
	bare := map[int]map[string]bool{} // the addresses a row names to readers
	for i := range m.rows {
		row := &m.sheet.Rows[i]
		first, _, known := row.Facts.Period.Start.days()
		if !known || !m.rows[i].free(row) || m.again.was(m, row) != 0 {
			continue
		}
		land := landOf(&row.Facts)
		rows[land], bare[i] = append(rows[land], day{i, first}), addresses(row.Facts.Sources, false)
	}
	for _, list := range rows {
		slices.SortStableFunc(list, func(a, b day) int { return cmp.Compare(a.first, b.first) })
	}
	for _, e := range m.deskEchoes() {
		list := rows[landOf(e.says)]
		first, last, known := e.says.Period.Start.days()
		if len(list) == 0 || !known || e.of.spoken[e.year] {
			continue
		}
		var own map[string]bool
		from, _ := slices.BinarySearchFunc(list, first-2*sameMonth, func(d day, at int) int { return cmp.Compare(d.first, at) })
		for _, d := range list[from:] {
			if d.first > last+sameMonth {
				break
			}
			row := &m.sheet.Rows[d.row]
			apart, _ := e.says.daysFrom(&row.Facts)
			if apart > sameMonth || e.of.spoken[row.Year] || !m.asksOver(e, row) || !(likePass{}).reaches(e.of, e.says, e.year, row) {
				continue
			}
			if own == nil {
				own = addresses(e.says.Sources, true)
			}
			x := meeting{row: d.row, of: e.of, year: e.year, near: 1 / float64(1+apart)}
			for a := range bare[d.row] {
				x.shares = x.shares || own[a]
			}
			if x.shares {
				x.near++
			}
			if x.shares || apart <= fewDays {
				out = append(out, x)
			}
		}
	}
	return out
}

// asksOver tells whether a row of another count year may be one that an incident lost: the
// sheet has rows of the year the incident counts in, or the incident was taken back.
func (m *merge) asksOver(e echo, row *SheetRow) bool {
	_, has := m.leads[e.year]
	return row.Year == e.year || has || e.of.state == stateRetracted
}

// addresses are those that sources have, with the confidential ones or without.
func addresses(list []Source, all bool) map[string]bool {
	out := map[string]bool{}
	for _, x := range list {
		if a := bareAddress(x.URL); a != "" && (all || x.Class != confidentialClass) {
			out[a] = true
		}
	}
	return out
}
