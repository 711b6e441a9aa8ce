package incident

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"keepiton/internal/platform/db"
)

// settleAgain brings every story to what it is after another reading of all
// sheets: one that lost all its entries leads to where they went, or stays
// withdrawn; of the others the net difference is what goes into the history.
func (m *merge) settleAgain(ctx context.Context) error {
	fates := m.fates()
	m.joined = append(m.newJoins(), m.settleEmptied(fates)...)
	for _, st := range m.stories {
		m.noteDifference(st)
		if st.was != nil && !st.isNew {
			if err := m.standApart(ctx, st); err != nil {
				return err
			}
		}
		if err := m.dropDoubts(ctx, st); err != nil {
			return err
		}
	}
	return nil
}

// fate is what became of the rows an incident was read from.
type fate struct {
	to    *story     // the one that has them now
	why   string     // the sheet of the last of them
	waits []*rowPlan // rows the record does not take any more
}

// fates follows every row from the incident it belonged to before.
func (m *merge) fates() map[int64]fate {
	out := map[int64]fate{}
	for _, x := range m.again.readings {
		for i := range x.rows {
			was := m.again.rows[origin{x.edition, x.sheet.Rows[i].Line}].Incident
			if was == nil {
				continue
			}
			id, p := m.again.root(*was), &x.rows[i]
			f := out[id]
			if p.story != nil {
				f.to, f.why = p.story.standing(), x.sheet.Label
			} else {
				f.waits = append(f.waits, p)
			}
			out[id] = f
		}
	}
	return out
}

// newJoins are the incidents that another one took in and that were not in it
// before. Those that were have been apart for a moment only.
func (m *merge) newJoins() []*story {
	return slices.DeleteFunc(m.joined, func(b *story) bool { return b.was != nil && b.was.standing() == b.standing() })
}

// settleEmptied goes through the incidents that have no entries now. It returns
// those that from now on lead to another one.
func (m *merge) settleEmptied(fates map[int64]fate) (joined []*story) {
	taken := map[int]bool{} // places in the record
	m.deskSeqs(func(seq int) { taken[seq] = true })
	for _, st := range m.stories {
		for _, c := range st.years {
			taken[c.entry.Seq] = true
		}
	}
	for _, st := range m.ordered() {
		if st.isNew || len(st.years) > 0 {
			continue
		}
		switch f := fates[st.id]; {
		case st.was != nil: // merged as before
			delete(m.stories, st.id)
		case f.to != nil && f.to != st:
			delete(m.stories, st.id)
			st.into, st.why = f.to, f.why
			joined = append(joined, st)
		default:
			m.keepWithdrawn(st, f.waits, taken)
		}
	}
	return joined
}

// keepWithdrawn leaves an incident in the record that no sheet has any more,
// without counting it. Its rows keep its reference while they wait.
func (m *merge) keepWithdrawn(st *story, waits []*rowPlan, taken map[int]bool) {
	for _, c := range st.before {
		c.entry.Counted = 0
		if taken[c.entry.Seq] { // by the row that was read from there, now of another incident
			c.entry.Seq = m.nextSeq
			m.nextSeq++
		}
		st.years[c.entry.Year] = &c
	}
	for _, p := range waits {
		p.story = st
	}
}

// noteDifference says what a story is now that it was not before.
func (m *merge) noteDifference(st *story) {
	st.diff = st.netDiff()
	for _, b := range m.joined {
		if b.standing() == st {
			st.diff = append(st.diff, FieldDiff{"merged", "", b.ref})
		}
	}
	st.dirty = st.isNew || len(st.diff) > 0 || st.moved()
}

// standApart lets an incident that had been taken in stand by itself again.
func (m *merge) standApart(ctx context.Context, st *story) error {
	st.diff = append(st.diff, FieldDiff{"merged", st.was.ref, ""})
	st.dirty = true
	_, err := db.Exec(ctx, m.tx, `/* incident.standApart */ update incident set state = 'published', merged_into = null where id = $1`, st.id)
	return err
}

// dropDoubts takes the warnings away that belong to a year the story left.
func (m *merge) dropDoubts(ctx context.Context, st *story) error {
	for _, c := range st.before {
		if st.years[c.entry.Year] != nil {
			continue
		}
		if _, err := db.Exec(ctx, m.tx, `/* incident.dropDoubts */ delete from quality_warning where incident_id = $1 and count_year = $2`,
			st.id, c.entry.Year); err != nil {
			return err
		}
	}
	return nil
}

// ordered lists the stories by their ids.
func (m *merge) ordered() []*story {
	out := make([]*story, 0, len(m.stories))
	for _, st := range m.stories {
		out = append(out, st)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].id < out[j].id })
	return out
}

// netDiff compares a story with what it was when it was loaded.
func (s *story) netDiff() []FieldDiff {
	var left, came []int
	var out []FieldDiff
	old := map[int]chapter{}
	for _, c := range s.before {
		old[c.entry.Year] = c
		if s.years[c.entry.Year] == nil {
			left = append(left, c.entry.Year)
		}
	}
	for year, c := range s.years {
		was, had := old[year]
		if !had {
			came = append(came, year)
			continue
		}
		out = append(out, FactsDiff(was.facts, c.facts)...)
		if was.entry.Counted != c.entry.Counted {
			words := [2]string{"no", "yes"}
			out = append(out, FieldDiff{fmt.Sprintf("counted %d", year), words[was.entry.Counted], words[c.entry.Counted]})
		}
	}
	sort.Ints(left)
	sort.Ints(came)
	for i := range max(len(left), len(came)) {
		d := FieldDiff{Field: "count_year"}
		if i < len(left) {
			d.Old = fmt.Sprint(left[i])
		}
		if i < len(came) {
			d.New = fmt.Sprint(came[i])
		}
		out = append(out, d)
	}
	return uniqueDiffs(out)
}

// moved reports entries that are read from other rows than before, or stand in
// another place.
func (s *story) moved() bool {
	for _, c := range s.before {
		now := s.years[c.entry.Year]
		if now == nil || now.entry.Origin != c.entry.Origin || now.entry.Line != c.entry.Line || now.entry.Hash != c.entry.Hash || now.entry.Seq != c.entry.Seq {
			return true
		}
	}
	return false
}
