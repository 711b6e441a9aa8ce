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

// waits leaves a row to an incident of the desk.
func (m *merge) waits(i int, st *story) {
	m.rows[i].desk, st.spoken[m.sheet.Rows[i].Year] = st, true
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
			if m.open(i, e.of) && m.reaches(likePass{start: true}, e.of, e.says, e.year, row) {
				m.waits(i, e.of)
			}
		}
	}
}

// fewDays is how many days apart the first days of one shutdown are where a row was
// rewritten in other things too; [sameMonth] where it names a source of it.
const fewDays = 3

// meeting is a row that may be the one of an incident, rewritten.
type meeting struct {
	row  int
	of   *story
	year int
	near float64
}

// matchDeskRewritten finds, when all else is done, the row of an incident of which none
// spoke: of the same country, the nearest by its first day. Where several are as near, the
// list of what is missing asks; of what was taken back each of them is asked about.
func (m *merge) matchDeskRewritten() {
	list := m.meetings()
	slices.SortStableFunc(list, func(a, b meeting) int { return cmp.Compare(b.near, a.near) })
	gave := map[*story]bool{} // the nearest were several
	for i, x := range list {
		if gave[x.of] || x.of.spoken[x.year] || !m.open(x.row, x.of) {
			continue
		}
		same := []int{x.row}
		for _, y := range list[i+1:] {
			if y.near < x.near {
				break
			}
			if y.of == x.of && m.open(y.row, y.of) && !slices.Contains(same, y.row) {
				same = append(same, y.row)
			}
		}
		if len(same) > 1 && x.of.state != stateRetracted {
			gave[x.of] = true
			continue
		}
		for _, row := range same {
			m.waits(row, x.of)
		}
	}
}

// meetings are the free rows that lie near an incident of the desk of which no row spoke.
func (m *merge) meetings() (out []meeting) {
	type day struct{ row, first int }
	rows := map[string][]day{}
	bare := map[int]map[string]bool{} // the addresses a row names
	for i := range m.rows {
		row := &m.sheet.Rows[i]
		first, _ := row.Facts.Period.Start.Day()
		if !m.rows[i].free(row) || m.again.was(m, row) != 0 || row.Facts.Period.Start.Precision() != "day" {
			continue
		}
		land := landOf(&row.Facts)
		rows[land], bare[i] = append(rows[land], day{i, first}), row.Facts.addresses()
	}
	for _, list := range rows {
		slices.SortStableFunc(list, func(a, b day) int { return cmp.Compare(a.first, b.first) })
	}
	for _, e := range m.deskEchoes() {
		list := rows[landOf(e.says)]
		first, _ := e.says.Period.Start.Day()
		if len(list) == 0 || e.of.spoken[e.year] || e.says.Period.Start.Precision() != "day" {
			continue
		}
		var own map[string]bool
		from, _ := slices.BinarySearchFunc(list, first-sameMonth, func(d day, at int) int { return cmp.Compare(d.first, at) })
		for _, d := range list[from:] {
			apart := max(d.first-first, first-d.first)
			if apart > sameMonth {
				break
			}
			if row := &m.sheet.Rows[d.row]; !m.reaches(likePass{}, e.of, e.says, e.year, row) || e.of.spoken[row.Year] {
				continue
			}
			if own == nil {
				own = e.says.addresses()
			}
			shares := false
			for a := range bare[d.row] {
				shares = shares || own[a]
			}
			near := 1 / float64(1+apart)
			if shares {
				near++
			}
			if shares || apart <= fewDays {
				out = append(out, meeting{d.row, e.of, m.sheet.Rows[d.row].Year, near})
			}
		}
	}
	return out
}

// addresses are those an account names as sources to readers.
func (f *Facts) addresses() map[string]bool {
	out := map[string]bool{}
	for _, x := range f.Sources {
		if a := bareAddress(x.URL); a != "" && x.Class != confidentialClass {
			out[a] = true
		}
	}
	return out
}
