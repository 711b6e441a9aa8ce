package incident

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"

	"keepiton/internal/platform/db"
)

// settle decides what one row does to the record.
func (m *merge) settle(ctx context.Context, i int) error {
	row, plan := &m.sheet.Rows[i], &m.rows[i]
	switch {
	case row.Parked != "":
		plan.outcome, plan.reason = Parked, row.Parked
		if m.again != nil { // on the list since it was read first
			return nil
		}
		m.review("parked_row", nil, nil, row.Line, fmt.Sprintf("%s line %d: %s", m.account.Edition, row.Line, row.Parked))
	case plan.desk != nil:
		m.leaveToDesk(row, plan)
	case plan.story != nil && !m.leads[row.Year]:
		plan.outcome = Kept
		if plan.story.years[row.Year].entry.Hash == HashFacts(&row.Facts) {
			plan.outcome = Unchanged
		}
	case plan.story != nil:
		return m.update(ctx, row, plan)
	case !m.leads[row.Year]:
		plan.outcome, plan.reason = Parked, "only in this older edition"
		m.review("only_in_older_edition", nil, nil, row.Line,
			fmt.Sprintf("%s line %d (%s, %s) has no counterpart in the record", m.account.Edition, row.Line, row.Facts.CountryText(), row.Facts.Period.Start))
	default:
		m.countBesideUnsigned(row, plan)
		m.admit(row, plan, m.nextSeq+i) // the order of the sheet, whatever the order of settling
	}
	return nil
}

// update brings an entry up to the sheet's row.
func (m *merge) update(ctx context.Context, row *SheetRow, plan *rowPlan) error {
	st := plan.story
	c := st.years[row.Year]
	edited := m.edited(c)
	switch {
	case edited != nil && edited.withdrawn:
		plan.outcome, plan.reason = Unchanged, "withdrawn here; it stays so"
		return nil
	case c.entry.Counted == 0:
		m.countAgain(row, plan, c, edited)
		return nil
	case edited != nil:
		m.besideEdit(row, plan, &edited.entry)
		return nil
	case c.entry.Hash == HashFacts(&row.Facts):
		return m.relink(ctx, row, plan, c)
	}
	diff, err := m.cellDiff(ctx, c, row)
	if err != nil {
		return err
	}
	plan.outcome, plan.diff = Changed, diff
	plan.filled = m.starters[c.entry.Origin] && row.Extract != "" && row.Extract == c.entry.Hash
	m.put(st, row, &chapter{entry: c.entry, facts: &row.Facts, matched: true})
	st.diff = append(st.diff, diff...)
	return nil
}

// edited is what a person made of an entry, nil when nobody did.
func (m *merge) edited(c *chapter) *chapter {
	if c.entry.Touched == 1 {
		return c
	}
	return m.again.pinned(&c.entry)
}

// besideEdit leaves an entry as a person made it. What a sheet says otherwise
// than the row that was edited is asked about.
func (m *merge) besideEdit(row *SheetRow, plan *rowPlan, edited *Entry) {
	plan.outcome = Unchanged
	switch {
	case edited.Hash == HashFacts(&row.Facts):
	case plan.sameCells:
		plan.reason = "the sheet says what it said; the correction made here stays"
	default:
		plan.outcome, plan.reason = Kept, "edited here since; the sheet's new values wait for a decision"
		m.review("edit_conflict", plan.story, nil, row.Line, fmt.Sprintf("%s line %d differs from %s, which was edited here", m.account.Edition, row.Line, plan.story.ref))
	}
}

// countAgain takes an entry that was withdrawn back into the count: the sheet
// the record follows has it again. What a person made of it before stays.
func (m *merge) countAgain(row *SheetRow, plan *rowPlan, c, edited *chapter) {
	st := plan.story
	if edited != nil {
		m.besideEdit(row, plan, &edited.entry)
		c.entry.Counted, c.entry.Updated = 1, m.now
		st.dirty = true
	} else {
		entry := c.entry
		entry.Counted = 1
		m.put(st, row, &chapter{entry: entry, facts: &row.Facts, matched: true})
	}
	plan.outcome, plan.reason = Changed, strings.TrimSuffix("counted again; "+plan.reason, "; ")
	plan.diff = []FieldDiff{{fmt.Sprintf("counted %d", row.Year), "no", "yes"}}
	st.diff = append(st.diff, plan.diff...)
}

// relink notes that an entry whose facts are the same is from now on read from
// this sheet's row, so that an export gives its cells. When cells differ that
// make no difference to the facts (a blank, a separator), they are named.
func (m *merge) relink(ctx context.Context, row *SheetRow, plan *rowPlan, c *chapter) error {
	diff, err := m.cellDiff(ctx, c, row)
	if err != nil {
		return err
	}
	plan.outcome = Unchanged
	if len(diff) > 0 {
		plan.outcome, plan.diff = Changed, diff
	}
	c.entry.Origin, c.entry.Line = m.edition, row.Line
	m.relinked = append(m.relinked, c)
	return nil
}

// cellDiff compares with the row the entry was read from, cell by cell when
// the headers agree, fact by fact otherwise.
func (m *merge) cellDiff(ctx context.Context, c *chapter, row *SheetRow) ([]FieldDiff, error) {
	type old struct {
		Header string `db:"header"`
		Cells  string `db:"cells"`
	}
	o, found, err := db.SelectOne[old](ctx, m.tx, `/* incident.cellDiff */ select e.header, r.cells from import_row r
		join edition e on e.id = r.edition_id where r.edition_id = $1 and r.line = $2`, c.entry.Origin, c.entry.Line)
	if err != nil {
		return nil, err
	}
	if found {
		var header, cells []string
		if err := json.Unmarshal([]byte(o.Header), &header); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(o.Cells), &cells); err != nil {
			return nil, err
		}
		if slices.Equal(header, m.sheet.Header) {
			return rowDiff(header, cells, row.Cells), nil
		}
	}
	return FactsDiff(c.facts, &row.Facts), nil
}

// admit takes a row that has no entry yet as a new incident. Whether it is
// another year of one already there is found out when all rows are settled;
// see joinCarried.
func (m *merge) admit(row *SheetRow, plan *rowPlan, seq int) {
	st := m.again.home(m, row)
	if st == nil {
		st = m.newStory()
	}
	plan.story, plan.outcome = st, New
	m.put(st, row, &chapter{facts: &row.Facts, matched: true, entry: Entry{Edition: RecordEdition, Seq: seq, Year: row.Year, Counted: 1}})
}

func (m *merge) newStory() *story {
	st := &story{id: m.nextID, isNew: true, years: map[int]*chapter{}, warn: map[int][]Warning{}}
	m.nextID++
	m.stories[st.id] = st
	return st
}

// askAboutPlaces lists the words of a row that no place was found for, or only
// a near spelling.
func (m *merge) askAboutPlaces(f *Facts) {
	for _, p := range f.Places {
		if p.Confidence == "none" && p.Text != "" || p.Confidence == "fuzzy" {
			m.reviews = append(m.reviews, reviewRow{Kind: "place", Edition: &m.edition, Country: p.Country, Detail: p.Text, State: "open", Created: m.now})
		}
	}
}

func (m *merge) put(st *story, row *SheetRow, c *chapter) {
	m.askAboutPlaces(&row.Facts)
	c.entry.Incident = &st.id
	c.entry.Line, c.entry.Origin = row.Line, m.edition
	c.entry.Hash = HashFacts(&row.Facts)
	c.entry.Updated = m.now
	if st.years[row.Year] == nil {
		m.byYear[row.Year] = append(m.byYear[row.Year], st)
	}
	st.years[row.Year] = c
	st.warn[row.Year] = row.Warnings
	st.dirty = true
}

// missing is a story that the leading sheet of a count year does not have any
// more.
type missing struct {
	story     *story
	year      int
	edition   int64
	account   *Account
	withdrawn bool
}

// findMissing looks for entries of the record that the leading sheet of their
// year does not have any more.
func (m *merge) findMissing(context.Context) error {
	for year, lead := range m.leads {
		if !lead || m.shared[year] {
			continue
		}
		for _, st := range m.byYear[year] {
			c := st.years[year]
			if c.matched || c.entry.Counted == 0 || c.entry.Origin == 0 {
				continue
			}
			m.missing = append(m.missing, missing{st, year, m.edition, m.account, m.strict})
			if m.strict {
				c.entry.Counted, c.entry.Updated = 0, m.now
				st.dirty = true
				st.diff = append(st.diff, FieldDiff{fmt.Sprintf("counted %d", year), "yes", "no"})
			}
		}
	}
	m.missingOnDesk()
	m.closeAsked()
	return nil
}

// reportMissing names what is missing in the account of its sheet, and asks
// about what still counts.
func (m *merge) reportMissing(context.Context) error {
	own := m.edition
	defer func() { m.edition = own }()
	for _, x := range m.missing {
		st := x.story.standing()
		x.account.Missing = append(x.account.Missing, st.ref)
		x.account.Withdrew = x.account.Withdrew || x.withdrawn
		sort.Strings(x.account.Missing)
		if c := st.years[x.year]; c != nil && c.entry.Counted == 1 {
			m.edition = x.edition
			m.review("missing_from_newer_edition", st, nil, x.year, fmt.Sprintf("%s counts in %d, but %s has no such row", st.ref, x.year, x.account.Edition))
		}
	}
	return nil
}
