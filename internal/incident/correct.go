package incident

import (
	"context"
	"fmt"
	"strings"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

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

// CorrectLimit is how many rows of sheets a correction reads again at most. It
// holds all of them in memory, beside what the record made of them: 25 kB a row,
// 1.6 GB as many as these.
const CorrectLimit = 60_000

// checkCorrectable refuses to read again what would not fit into memory.
func (s *Service) checkCorrectable(ctx context.Context, tx db.Tx) error {
	n, _, err := db.Value[int](ctx, tx, `/* incident.checkCorrectable */ select count(*) from import_row`)
	if err != nil {
		return err
	}
	if n > s.correctMost {
		return fault.New(fault.TooLarge, "record.too_large_to_correct", "n", n, "max", s.correctMost)
	}
	return nil
}

// correct reads a sheet under another date or count year, and with it all
// sheets from the first one on, so that the record stands as if it had been
// read rightly at once.
func (s *Service) correct(ctx context.Context, tx db.Tx, prior *Edition, sheet *SheetEdition, opt ImportOptions, shared map[int]bool, wrong []FieldDiff) (*Account, error) {
	if err := s.checkCorrectable(ctx, tx); err != nil {
		return nil, err
	}
	opt.WithdrawMissing = opt.WithdrawMissing || prior.Strict == 1 // said once, it holds for the sheet
	sheet.Label, sheet.Kind = prior.Label, prior.Kind
	m := &merge{s: s, tx: tx, opt: opt, now: s.now(), again: &replay{}}
	acc, err := m.readAll(ctx, prior, sheet, shared)
	if err != nil {
		return nil, err
	}
	acc = m.accountOf(acc, prior, wrong)
	return acc, stillFollowed(ctx, tx, prior, acc)
}

// readAgain reads all sheets as they are stored, so that what a person decided about a
// row of one of them holds.
func (s *Service) readAgain(ctx context.Context, tx db.Tx, edition int64) error {
	if err := s.checkCorrectable(ctx, tx); err != nil {
		return err
	}
	e, err := editionIn(ctx, tx, edition)
	if err != nil {
		return err
	}
	m := &merge{s: s, tx: tx, now: s.now(), again: &replay{}}
	_, err = m.readAll(ctx, &e, nil, nil)
	return err
}

// readAll reads every sheet from the first one on: one as it is given now, nil for as it
// is stored, and as one of a file with others that have some of its years too. It gives
// the account of that sheet.
func (m *merge) readAll(ctx context.Context, prior *Edition, sheet *SheetEdition, shared map[int]bool) (*Account, error) {
	r := m.again
	if err := m.loadReplay(ctx, prior, sheet); err != nil {
		return nil, err
	}
	if err := m.restate(ctx, prior, sheet); err != nil {
		return nil, err
	}
	var acc *Account
	for i := range r.readings {
		x := &r.readings[i]
		x.shared = r.shared(x)
		if x.edition == prior.ID {
			acc = x.account
			if sheet != nil {
				x.shared = shared
			}
		}
		if err := r.read(ctx, m, x); err != nil {
			return nil, err
		}
	}
	r.hold(m)
	if err := m.number(ctx); err != nil {
		return nil, err
	}
	for _, x := range r.readings {
		followJoins(x.rows)
	}
	r.seat(m)
	m.reading = reading{edition: prior.ID, account: acc, origin: imported, reason: prior.Label} // of all sheets together
	for _, step := range []func(context.Context) error{m.settleAgain, m.askAgain, m.write} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	for _, x := range r.readings {
		m.reading = x
		if err := m.writeEdition(ctx); err != nil {
			return nil, err
		}
	}
	for _, step := range []func(context.Context) error{m.concealOnDesk, m.concealHeard, m.concealAllApart} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return acc, nil
}

// restate notes what is stated now about a sheet, if one is given, and makes room for
// what follows from reading all of them again.
func (m *merge) restate(ctx context.Context, prior *Edition, sheet *SheetEdition) error {
	if sheet != nil {
		if err := m.restateSheet(ctx, prior, sheet); err != nil {
			return err
		}
	}
	const sheets = `(select id from edition where kind in ('sheet', 'starter'))`
	for _, query := range []string{
		`/* incident.restate reviews */ update review_item set state = '` + itemGone + `' where state = 'open'
			and kind in ('carry_over', 'missing_from_newer_edition', 'missing_on_desk', 'only_in_older_edition', 'edit_conflict', 'on_desk')`,
		`/* incident.restate entries */ delete from entry where edition_id in ` + sheets,
		`/* incident.restate tally */ delete from tally where edition_id in ` + sheets,
	} {
		if _, err := db.Exec(ctx, m.tx, query); err != nil {
			return err
		}
	}
	return nil
}

func (m *merge) restateSheet(ctx context.Context, prior *Edition, sheet *SheetEdition) error {
	if _, err := db.Exec(ctx, m.tx, `/* incident.restateSheet */ update edition set as_of = $2, strict = $3 where id = $1`,
		prior.ID, sheet.AsOf, m.opt.strict()); err != nil {
		return err
	}
	for _, r := range sheet.Rows {
		if m.again.rows[origin{prior.ID, r.Line}].Year == r.Year {
			continue
		}
		if _, err := db.Exec(ctx, m.tx, `/* incident.restateSheet year */ update import_row set count_year = $3 where edition_id = $1 and line = $2`,
			prior.ID, r.Line, r.Year); err != nil {
			return err
		}
	}
	return nil
}

// askAgain asks about the record as it stands after all sheets: what one of
// them made doubtful and a later one settled needs nobody's answer.
func (m *merge) askAgain(ctx context.Context) error {
	m.leads = map[int]bool{}
	for _, st := range m.stories {
		for year := range st.years {
			m.leads[year] = true
		}
	}
	if err := m.reportMissing(ctx); err != nil {
		return err
	}
	return m.askAboutCarryOver(ctx)
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
