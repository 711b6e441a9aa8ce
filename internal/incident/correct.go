package incident

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"keepiton/internal/platform/db"
)

// replay is the part of the past that is read again when an import is
// corrected: the sheet itself and every sheet after it, in their order, over
// the record as it stood before. What people decided since stays.
type replay struct {
	sheets []*SheetEdition
	ids    []int64             // of the sheets' editions
	labels map[string]bool     // of the same
	rows   map[origin]priorRow // of all sheets, as they were read
	roots  map[int64]int64     // where merged incidents lead, but for those this takes apart
	byHand map[int64]bool      // incidents into which a person joined another
	seqs   map[origin]int      // the places entries had in the record
	places map[placeKey]string // words for places that people have decided on
	strict map[string]bool     // labels of imports that withdrew what was missing
}

// priorRow is a row of a sheet as it was read before.
type priorRow struct {
	Edition  int64  `db:"edition_id"`
	Line     int    `db:"line"`
	Hash     string `db:"hash"`
	Year     int    `db:"count_year"`
	Outcome  string `db:"outcome"`
	Incident *int64 `db:"incident_id"`
}

// corrections lists in what an earlier import of the same bytes differs from
// what is stated now: the date, the count years.
func (e *Edition) corrections(ctx context.Context, tx db.Tx, sheet *SheetEdition) ([]FieldDiff, error) {
	if !sheet.Stated {
		return nil, nil
	}
	var out []FieldDiff
	if sheet.AsOf != "" && sheet.AsOf != e.AsOf {
		out = append(out, FieldDiff{"as_of", e.AsOf, sheet.AsOf})
	}
	rows, err := db.Select[priorRow](ctx, tx, `/* incident.corrections */ select `+db.Columns[priorRow]("")+` from import_row where edition_id = $1`, e.ID)
	if err != nil {
		return nil, err
	}
	year := map[int]int{}
	for _, r := range rows {
		year[r.Line] = r.Year
	}
	seen := map[FieldDiff]bool{}
	for _, r := range sheet.Rows {
		d := FieldDiff{"count_year", fmt.Sprint(year[r.Line]), fmt.Sprint(r.Year)}
		if d.Old != d.New && !seen[d] {
			seen[d] = true
			out = append(out, d)
		}
	}
	return out, nil
}

// correct reads a sheet again under another date or count year, and the sheets
// after it, so that the record stands as if it had been read rightly at once.
func (s *Service) correct(ctx context.Context, tx db.Tx, prior *Edition, sheet *SheetEdition, opt ImportOptions, shared map[int]bool, wrong []FieldDiff) (*Account, error) {
	m := &merge{s: s, tx: tx, opt: opt, now: s.now(), account: &Account{}, again: &replay{}}
	sheet.Label, sheet.Kind = prior.Label, prior.Kind
	if err := m.loadReplay(ctx, prior, sheet); err != nil {
		return nil, err
	}
	if err := m.takeBack(ctx, prior.ID, sheet); err != nil {
		return nil, err
	}
	if _, err := db.Exec(ctx, tx, `/* incident.correct */ update edition set as_of = $2 where id = $1`, prior.ID, sheet.AsOf); err != nil {
		return nil, err
	}
	for _, r := range sheet.Rows {
		if _, err := db.Exec(ctx, tx, `/* incident.correct year */ update import_row set count_year = $3 where edition_id = $1 and line = $2`,
			prior.ID, r.Line, r.Year); err != nil {
			return nil, err
		}
	}
	plans := make([][]rowPlan, len(m.again.sheets))
	accounts := make([]*Account, len(m.again.sheets))
	for i, sh := range m.again.sheets {
		m.open(i, opt, shared)
		for _, step := range []func(context.Context) error{m.findLead, m.decide, m.findMissing, m.joinCarried, m.number, m.askAboutCarryOver} {
			if err := step(ctx); err != nil {
				return nil, fmt.Errorf("read %s again: %w", sh.Label, err)
			}
		}
		plans[i], accounts[i] = m.rows, m.account
		m.nextSeq += len(sh.Rows)
	}
	m.account, m.origin, m.reason = accounts[0], "import", prior.Label
	if err := m.settleAgain(ctx, plans); err != nil {
		return nil, err
	}
	if err := m.write(ctx); err != nil {
		return nil, err
	}
	for i, sh := range m.again.sheets {
		m.sheet, m.edition, m.rows, m.account = sh, m.again.ids[i], plans[i], accounts[i]
		if err := m.writeEdition(ctx); err != nil {
			return nil, err
		}
	}
	acc := m.accountOf(accounts[0], prior, wrong)
	return acc, standing(ctx, tx, prior, acc)
}

// open turns to the next sheet that is read again.
func (m *merge) open(i int, opt ImportOptions, shared map[int]bool) {
	sh := m.again.sheets[i]
	m.sheet, m.edition, m.rows = sh, m.again.ids[i], nil
	m.account = &Account{Edition: sh.Label}
	m.origin, m.reason = "import", sh.Label
	m.opt, m.shared = opt, shared
	if i > 0 {
		m.opt.WithdrawMissing = m.again.strict[sh.Label]
		m.shared = map[int]bool{}
		for j, other := range m.again.sheets {
			for _, r := range other.Rows {
				if j != i && other.SHA256 == sh.SHA256 && r.Parked == "" {
					m.shared[r.Year] = true
				}
			}
		}
	}
	m.byYear = map[int][]*story{}
	for _, st := range m.ordered() {
		for year, c := range st.years {
			c.matched = false
			m.byYear[year] = append(m.byYear[year], st)
		}
	}
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

// home is the story a row belonged to before, when that is free again, and the
// place it had. References are found again so, and none is given twice.
func (r *replay) home(m *merge, row *SheetRow, seq int) (*story, int) {
	if r == nil {
		return nil, seq
	}
	at := origin{m.edition, row.Line}
	if old, had := r.seqs[at]; had {
		seq = old
		delete(r.seqs, at)
	}
	id := r.rows[at].Incident
	if id == nil {
		return nil, seq
	}
	st := m.stories[r.root(*id)]
	if st == nil || st.years[row.Year] != nil || len(st.years) > 0 && !r.byHand[st.id] {
		return nil, seq
	}
	return st, seq
}

func (r *replay) root(id int64) int64 {
	if to, merged := r.roots[id]; merged {
		return to
	}
	return id
}

// accountOf says what the correction did, row by row.
func (m *merge) accountOf(acc *Account, prior *Edition, wrong []FieldDiff) *Account {
	acc.Corrects = wrong
	for i := range acc.Rows {
		row := &acc.Rows[i]
		was := m.again.rows[origin{prior.ID, row.Line}]
		switch {
		case was.Year != row.Year:
			row.Outcome, row.Diff = Changed, append([]FieldDiff{{"count_year", fmt.Sprint(was.Year), fmt.Sprint(row.Year)}}, row.Diff...)
		case was.Outcome == string(row.Outcome):
			row.Outcome, row.Diff = Unchanged, nil
		default:
			row.Reason = strings.TrimPrefix(row.Reason+"; it was "+was.Outcome+" before", "; ")
		}
	}
	return acc
}

// settleAgain brings every story to what it is now: one that lost all its
// entries leads to where they went, or stays withdrawn; of the others the net
// difference is what goes into the history.
func (m *merge) settleAgain(ctx context.Context, plans [][]rowPlan) error {
	went, reason, waits := map[int64]*story{}, map[int64]string{}, map[int64][]*rowPlan{}
	for n, sh := range m.again.sheets {
		for i := range sh.Rows {
			was, p := m.again.rows[origin{m.again.ids[n], sh.Rows[i].Line}], &plans[n][i]
			switch {
			case was.Incident == nil:
			case p.story != nil:
				went[m.again.root(*was.Incident)], reason[m.again.root(*was.Incident)] = p.story.standing(), sh.Label
			default:
				waits[m.again.root(*was.Incident)] = append(waits[m.again.root(*was.Incident)], p)
			}
		}
	}
	var joined []*story
	for _, b := range m.joined {
		if b.was == nil || b.was.standing() != b.standing() {
			joined = append(joined, b)
		} else {
			b.was = nil // apart for a moment only
		}
	}
	taken := map[int]bool{} // places in the record
	for _, st := range m.stories {
		for _, c := range st.years {
			taken[c.entry.Seq] = true
		}
	}
	for _, st := range m.ordered() {
		if st.isNew || len(st.years) > 0 {
			continue
		}
		delete(m.stories, st.id)
		switch to := went[st.id]; {
		case st.was != nil: // merged as before
		case to != nil && to != st:
			st.into, st.why = to, reason[st.id]
			joined = append(joined, st)
		default:
			m.stories[st.id] = st
			for _, c := range st.before {
				c.entry.Counted = 0
				if taken[c.entry.Seq] { // by the row that was read from there, now of another incident
					c.entry.Seq = m.nextSeq
					m.nextSeq++
				}
				st.years[c.entry.Year] = &c
			}
			for _, p := range waits[st.id] { // the row keeps its reference while it waits
				p.story = st
			}
		}
	}
	m.joined, m.relinked = joined, nil
	for _, st := range m.stories {
		st.diff = st.netDiff()
		for _, b := range joined {
			if b.standing() == st {
				st.diff = append(st.diff, FieldDiff{"merged", "", b.ref})
			}
		}
		st.dirty = st.isNew || len(st.diff) > 0 || st.moved()
		if st.was != nil && !st.isNew { // it had been taken in, and stands by itself now
			if _, err := db.Exec(ctx, m.tx, `/* incident.settleAgain */ update incident set state = 'published', merged_into = null where id = $1`, st.id); err != nil {
				return err
			}
			st.diff = append(st.diff, FieldDiff{"merged", st.was.ref, ""})
			st.dirty = true
		}
		if err := m.dropDoubts(ctx, st); err != nil {
			return err
		}
	}
	return nil
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

// moved reports entries that are read from other rows than before.
func (s *story) moved() bool {
	for _, c := range s.before {
		now := s.years[c.entry.Year]
		if now == nil || now.entry.Origin != c.entry.Origin || now.entry.Line != c.entry.Line || now.entry.Hash != c.entry.Hash {
			return true
		}
	}
	return false
}

// storedDiff reads the differences of a step of the history.
func storedDiff(doc string) ([]FieldDiff, error) {
	var out []FieldDiff
	err := json.Unmarshal([]byte(doc), &out)
	return out, err
}
