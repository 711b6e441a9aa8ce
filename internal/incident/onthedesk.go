package incident

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// Incidents of the desk were signed by two organisations in what they say. No
// sheet and no decision about one changes, counts, joins or drops them, also not
// those that were taken back: the steps of an import never get to see them,
// because setDeskApart takes them out of what is read from the record. What
// remains is to find the rows that speak of one, so that nothing is counted
// twice, and to ask about them.

// Kinds of items that ask about incidents of the desk.
const (
	reviewOnDesk        = "on_desk"         // about a row that speaks of one
	reviewBesideDesk    = "beside_desk"     // about a row that counts beside one that two organisations never signed
	reviewMissingOnDesk = "missing_on_desk" // about one that the newest sheet has no row for
)

// setDeskApart moves the incidents of the desk out of the steps' reach.
func (m *merge) setDeskApart() {
	m.secret = map[yearKey][]Source{}
	ofDesk := func(st *story) bool { return st.desk }
	var back []*story // draws no row away from what stands
	for _, st := range m.ordered() {
		if !st.desk {
			continue
		}
		if delete(m.stories, st.id); st.state == stateRetracted {
			back = append(back, st)
		} else {
			m.desk = append(m.desk, st)
		}
	}
	m.desk = append(m.desk, back...)
	for year, list := range m.byYear {
		m.byYear[year] = slices.DeleteFunc(list, ofDesk)
	}
}

// isOnDesk tells whether an incident was set apart.
func (m *merge) isOnDesk(id int64) bool {
	return slices.ContainsFunc(m.desk, func(st *story) bool { return st.id == id })
}

// Desk tells whether people work on an incident at the desk.
type Desk func(ctx context.Context, q db.Querier, ref string) (bool, error)

// LeaveToDesk has the acts of one person ([Service.Revise], [Service.Decide])
// refused for incidents that d speaks of. It is called once, before the service
// is used. Incidents of the desk are refused without it.
func (s *Service) LeaveToDesk(d Desk) { s.desk = d }

// atDesk tells whether an incident was signed at the desk, or is worked on there.
func (m *merge) atDesk(ctx context.Context, st *story) (bool, error) {
	if st.desk || m.s.desk == nil {
		return st.desk, nil
	}
	return m.s.desk(ctx, m.tx, st.ref)
}

// offDesk refuses what one person does to an incident that the desk has.
func (m *merge) offDesk(ctx context.Context, stories ...*story) error {
	for _, st := range stories {
		if held, err := m.atDesk(ctx, st); err != nil {
			return err
		} else if held {
			return fault.New(fault.Conflict, "review.on_desk", "ref", st.ref)
		}
	}
	return nil
}

// deskSeqs calls fn with every place in the record that an incident of the desk
// has.
func (m *merge) deskSeqs(fn func(seq int)) {
	for _, st := range m.desk {
		for _, c := range st.years {
			fn(c.entry.Seq)
		}
	}
}

// free tells whether no incident was found for a row yet.
func (p *rowPlan) free(row *SheetRow) bool {
	return p.story == nil && p.desk == nil && row.Parked == ""
}

// leaveToDesk says what becomes of a row that speaks of an incident of the desk:
// it stays in the sheet's own edition, and a person takes it up. What it calls
// confidential is so at once: to say less, nobody has to sign.
func (m *merge) leaveToDesk(row *SheetRow, plan *rowPlan) {
	if m.leads[row.Year] {
		k := yearKey{row.Year, plan.desk.ref}
		m.secret[k] = append(m.secret[k], row.Facts.confidential(plan.sameCells)...)
	}
	if plan.sameCells {
		plan.story, plan.outcome, plan.reason = plan.desk, Unchanged, "the sheet says what it said; what was signed at the desk stays"
		return
	}
	plan.outcome, plan.reason = Parked, fmt.Sprintf("is on the desk already: %s; take the difference up there", plan.desk.ref)
	if plan.desk.state == stateRetracted && m.again.was(m, row) == plan.desk.id { // the very row that was taken back
		plan.story = plan.desk
		return
	}
	m.askOnce(reviewOnDesk, plan.desk, row.Year, row.Line, hashCells(row.Cells), fmt.Sprintf("%s line %d (%s, %s) %s", m.account.Edition, row.Line,
		row.Facts.CountryText(), row.Facts.Period.Start, plan.reason))
}

// confidential are the sources a sheet calls so; none of cells it had before, which were
// asked about when the desk took them up.
func (f *Facts) confidential(asBefore bool) (out []Source) {
	for _, x := range f.Sources {
		if x.Class == confidentialClass && x.URL+x.Text != "" && !asBefore {
			out = append(out, x)
		}
	}
	return out
}

// concealOnDesk has the incidents of the desk not name any more what the newest sheet
// that speaks of them calls confidential.
func (m *merge) concealOnDesk(ctx context.Context) error {
	of := map[string][]Source{}
	for k, list := range m.secret {
		if len(list) > 0 {
			of[k.key] = append(of[k.key], list...)
		}
	}
	for _, ref := range slices.Sorted(maps.Keys(of)) {
		if err := m.s.Conceal(ctx, m.tx, ref, of[ref], program); err != nil {
			return err
		}
	}
	return nil
}

// program is who changes the record where the program follows a rule.
const program = "keepiton"

// countBesideUnsigned asks about a row that is counted although an incident of the desk
// speaks of the same, which two organisations never signed.
func (m *merge) countBesideUnsigned(row *SheetRow, plan *rowPlan) {
	if plan.unsigned != nil {
		m.askOnce(reviewBesideDesk, plan.unsigned, row.Year, row.Line, hashCells(row.Cells), fmt.Sprintf("%s line %d (%s, %s) is counted as an incident of its own: two organisations never signed %s, which may be the same; if it is, take the new one up at the desk and merge the case of the other into its case",
			m.account.Edition, row.Line, row.Facts.CountryText(), row.Facts.Period.Start, plan.unsigned.ref))
	}
}

// missingOnDesk asks about what was read from a sheet, is on the desk now, and
// is not in the sheet any more. It goes on counting.
func (m *merge) missingOnDesk() {
	for _, st := range m.desk {
		for _, year := range slices.Sorted(maps.Keys(st.years)) {
			c := st.years[year]
			leads, has := m.leads[year]
			left := !has && c.entry.Origin == m.edition // what it was read from counts in other years now
			if !left && (!leads || m.shared[year]) || st.spoken[year] || c.entry.Counted == 0 || c.entry.Origin == 0 {
				continue
			}
			m.account.Missing = append(m.account.Missing, st.ref)
			m.askOnce(reviewMissingOnDesk, st, year, year, strconv.Itoa(year), fmt.Sprintf("%s has no row for %s in %d any more, which is on the desk: take it up there", m.account.Edition, st.ref, year))
		}
	}
	sort.Strings(m.account.Missing)
}
