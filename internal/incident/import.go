package incident

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// errDryRun rolls a trial import back.
var errDryRun = errors.New("dry run")

// imported is who changes the record when a sheet does. No person may be called
// so: what people decide holds against sheets.
const imported = "import"

// checkName refuses the name of no person.
func checkName(who string) error {
	if strings.EqualFold(strings.TrimSpace(who), imported) {
		return fault.New(fault.Invalid, "incident.name_taken", "name", imported)
	}
	return nil
}

// Import takes sheets into the record, all of them in one transaction: either
// every sheet of the file is in, or none. Each sheet also stays by itself as
// an edition. The same bytes imported again change nothing.
func (s *Service) Import(ctx context.Context, sheets []SheetEdition, opt ImportOptions) ([]Account, error) {
	var accounts []Account
	err := s.db.Write(ctx, func(tx db.Tx) error {
		accounts = accounts[:0]
		if opt.OnlyIfEmpty {
			if isEmpty, err := empty(ctx, tx); err != nil || !isEmpty {
				return err
			}
		}
		for i := range sheets {
			acc, err := s.importSheet(ctx, tx, &sheets[i], opt, sharedYears(sheets, i))
			if err != nil {
				return fmt.Errorf("sheet %s: %w", sheets[i].Label, err)
			}
			accounts = append(accounts, *acc)
		}
		if opt.DryRun {
			return errDryRun
		}
		for i, sh := range sheets {
			if accounts[i].Already {
				continue
			}
			if err := s.tell(ctx, tx, ActSheet, accounts[i].Edition, map[string]any{"label": accounts[i].Edition, "file_sha256": sh.SHA256, "as_of": sh.AsOf, "rows": len(sh.Rows)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, errDryRun) {
		return nil, fmt.Errorf("incident.Import: %w", err)
	}
	if err == nil {
		if err := s.refreshTaxonomy(ctx); err != nil {
			return accounts, err
		}
	}
	return accounts, nil
}

// sharedYears are the count years other sheets of the same import have too:
// what one sheet of such a year lacks may stand in the other.
func sharedYears(sheets []SheetEdition, i int) map[int]bool {
	shared := map[int]bool{}
	for j := range sheets {
		for _, r := range sheets[j].Rows {
			if j != i && r.Parked == "" {
				shared[r.Year] = true
			}
		}
	}
	return shared
}

func (s *Service) importSheet(ctx context.Context, tx db.Tx, sheet *SheetEdition, opt ImportOptions, shared map[int]bool) (*Account, error) {
	prior, err := sameSheet(ctx, tx, sheet)
	if err != nil {
		return nil, err
	}
	if prior != nil {
		wrong, err := prior.corrections(ctx, tx, sheet)
		if err != nil {
			return nil, err
		}
		if len(wrong) > 0 {
			return s.correct(ctx, tx, prior, sheet, opt, shared, wrong)
		}
		acc := &Account{Edition: prior.Label, Already: true}
		for _, r := range sheet.Rows {
			acc.Rows = append(acc.Rows, RowAccount{Line: r.Line, Year: r.Year, Outcome: Unchanged})
		}
		return acc, stillFollowed(ctx, tx, prior, acc)
	}
	if err := addServices(ctx, tx, s.Taxonomy(), sheet.Rows); err != nil {
		return nil, err
	}
	m := &merge{s: s, tx: tx, opt: opt, now: s.now(),
		reading: reading{sheet: sheet, strict: opt.WithdrawMissing, shared: shared, account: &Account{}}}
	for _, step := range []func(context.Context) error{
		m.openEdition, m.loadRecord, m.decide, m.findMissing, m.joinCarried, m.number, m.follow, m.reportMissing, m.askAboutCarryOver, m.write, m.writeEdition, m.concealOnDesk, m.concealHeard, m.concealAllApart,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return m.account, nil
}

// sameSheet is the edition that the same bytes were imported as, nil for none.
func sameSheet(ctx context.Context, tx db.Tx, sheet *SheetEdition) (*Edition, error) {
	e, found, err := db.SelectOne[Edition](ctx, tx, `/* incident.sameSheet */ select `+db.Columns[Edition]("")+` from edition
		where sha256 = $1 and sheet = $2 and kind in ('sheet', 'starter') order by id limit 1`, sheet.SHA256, sheet.Sheet)
	if err != nil || !found {
		return nil, err
	}
	return &e, nil
}

// openEdition stores the sheet as an edition and finds out which count years
// the record will follow it for.
func (m *merge) openEdition(ctx context.Context) error {
	next, _, err := db.Value[int64](ctx, m.tx, `/* incident.openEdition id */ select coalesce(max(id), 0) + 1 from edition`)
	if err != nil {
		return err
	}
	m.edition = next
	label, err := freeLabel(ctx, m.tx, m.sheet.Label)
	if err != nil {
		return err
	}
	m.account.Edition, m.origin, m.reason = label, imported, label
	header, err := json.Marshal(m.sheet.Header)
	if err != nil {
		return err
	}
	_, err = db.Exec(ctx, m.tx, `/* incident.openEdition */ insert into edition
		(id, kind, label, as_of, created_at, file_name, sheet, sheet_schema, sha256, remark, header, importer, licence, strict)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		next, m.sheet.Kind, label, m.sheet.AsOf, m.now, m.sheet.File, m.sheet.Sheet, m.sheet.Schema, m.sheet.SHA256,
		m.sheet.Remark, string(header), m.sheet.Importer, m.sheet.Licence, m.opt.strict())
	if err != nil {
		return err
	}
	return m.findLead(ctx)
}

// freeLabel makes a label unique by a number behind it.
func freeLabel(ctx context.Context, tx db.Tx, label string) (string, error) {
	for n := 1; ; n++ {
		try := label
		if n > 1 {
			try = fmt.Sprintf("%s (%d)", label, n)
		}
		_, taken, err := db.Value[int64](ctx, tx, `/* incident.freeLabel */ select id from edition where label = $1`, try)
		if err != nil || !taken {
			return try, err
		}
	}
}

// findLead compares this sheet with those imported before. The record follows,
// year by year, the sheet of the newest schema, then of the newest date, then
// the one imported last. A sheet that is read again is compared with those that
// were there when it came.
func (m *merge) findLead(ctx context.Context) error {
	type row struct {
		Year   int    `db:"count_year"`
		Schema string `db:"sheet_schema"`
		AsOf   string `db:"as_of"`
		Kind   string `db:"kind"`
	}
	rows, err := db.Select[row](ctx, m.tx, `/* incident.findLead */ select distinct r.count_year, e.sheet_schema, e.as_of, e.kind
		from import_row r join edition e on e.id = r.edition_id where e.id < $1`, m.edition)
	if err != nil {
		return err
	}
	m.starters = map[int64]bool{}
	starters, err := db.Select[struct {
		ID int64 `db:"id"`
	}](ctx, m.tx, `/* incident.findLead starters */ select id from edition where kind = 'starter'`)
	if err != nil {
		return err
	}
	for _, e := range starters {
		m.starters[e.ID] = true
	}
	m.leads = map[int]bool{}
	for _, r := range m.sheet.Rows {
		if r.Parked == "" {
			m.leads[r.Year] = true
		}
	}
	for _, r := range rows {
		if m.leads[r.Year] && leadsOver(r.Kind, r.Schema, r.AsOf, m.sheet.Schema, m.sheet.AsOf) {
			m.leads[r.Year] = false
		}
	}
	for _, lead := range m.leads {
		m.account.Leading = m.account.Leading || lead
	}
	return nil
}

// leadsOver tells whether a sheet keeps the lead over one that is imported
// after it. The starter register is an extract: a sheet of its schema always
// leads.
func leadsOver(kind, schema, asOf, laterSchema, laterAsOf string) bool {
	return schema > laterSchema || kind != "starter" && schema == laterSchema && laterAsOf != "" && asOf > laterAsOf
}

// rowDiff compares two rows cell by cell when they have the same header.
func rowDiff(header, before, after []string) []FieldDiff {
	var out []FieldDiff
	for i, name := range header {
		a, b := cellAt(before, i), cellAt(after, i)
		if a != b {
			out = append(out, FieldDiff{strings.TrimSpace(name), a, b})
		}
	}
	return out
}

func cellAt(cells []string, i int) string {
	if i < len(cells) {
		return cells[i]
	}
	return ""
}
