package incident

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"keepiton/internal/platform/db"
)

// importRow is a row of a sheet word for word, and what became of it.
type importRow struct {
	Edition  int64  `db:"edition_id"`
	Line     int    `db:"line"`
	Cells    string `db:"cells"`
	Extras   string `db:"extras"`
	Doubts   string `db:"doubts"`
	Hash     string `db:"hash"`
	Year     int    `db:"count_year"`
	Outcome  string `db:"outcome"`
	Incident *int64 `db:"incident_id"`
}

// writeEdition keeps the sheet as an edition of its own: every row word for
// word, and its entries with their facts, counted by themselves.
func (m *merge) writeEdition(ctx context.Context) error {
	rows, err := m.importRows()
	if err != nil {
		return err
	}
	if err := m.writeRows(ctx, rows); err != nil {
		return err
	}
	if err := m.sheetEntries().flush(ctx, m.tx); err != nil {
		return err
	}
	m.accountRows()
	return finishEdition(ctx, m.tx, m.edition, digestOf(rows))
}

func (m *merge) importRows() ([]importRow, error) {
	rows := make([]importRow, len(m.rows))
	for i := range m.rows {
		row, plan := &m.sheet.Rows[i], &m.rows[i]
		cells, err := json.Marshal(row.Cells)
		if err != nil {
			return nil, err
		}
		doubts, err := json.Marshal(append([]Warning{}, row.Warnings...))
		if err != nil {
			return nil, err
		}
		rows[i] = importRow{m.edition, row.Line, string(cells), row.Extras, string(doubts), hashCells(row.Cells), row.Year, string(plan.outcome), plan.incident()}
	}
	return rows, nil
}

// incident is the one a row belongs to, nil for none.
func (p *rowPlan) incident() *int64 {
	if p.story == nil {
		return nil
	}
	return &p.story.standing().id
}

// speaksOf is the incident a row is about, also one of the desk that does not follow
// it: what may not be told of it any more, the sheet's own edition tells neither.
func (p *rowPlan) speaksOf() *int64 {
	if p.story == nil && p.desk != nil {
		return &p.desk.id
	}
	return p.incident()
}

// writeRows stores the rows of a sheet. Those that are read again are there,
// word for word; only what became of them is new.
func (m *merge) writeRows(ctx context.Context, rows []importRow) error {
	if m.again == nil {
		return db.Insert(ctx, m.tx, "import_row", rows)
	}
	return db.Upsert(ctx, m.tx, "import_row", rows,
		"on conflict (edition_id, line) do update set outcome = excluded.outcome, incident_id = excluded.incident_id, doubts = excluded.doubts")
}

// sheetEntries are the entries of the sheet's own edition.
func (m *merge) sheetEntries() *entryWriter {
	w := newEntryWriter(m.edition, m.s.Taxonomy())
	w.frozen, w.noDays = true, true
	for i := range m.rows {
		row := &m.sheet.Rows[i]
		facts := &row.Facts
		if row.kept != nil {
			facts = row.kept
		}
		e := Entry{Edition: m.edition, Seq: i + 1, Incident: m.rows[i].speaksOf(), Year: row.Year, Line: row.Line, Origin: m.edition,
			Counted: 1, Latest: 1, Hash: HashFacts(facts), Updated: m.now}
		if row.Parked != "" {
			e.Counted = 0
		}
		doc := marshalFacts(facts)
		e.Doc = &doc
		w.add(&e, facts, "")
	}
	w.markLatest()
	return w
}

// accountRows names in the account what became of each row.
func (m *merge) accountRows() {
	for i := range m.rows {
		row, plan := &m.sheet.Rows[i], &m.rows[i]
		acc := RowAccount{Line: row.Line, Year: row.Year, Outcome: plan.outcome, Filled: plan.filled, Reason: plan.reason, Diff: plan.diff}
		if plan.desk != nil {
			acc.Desk = plan.desk.ref
		}
		if plan.story != nil {
			acc.Ref = plan.story.standing().ref
		}
		m.account.Rows = append(m.account.Rows, acc)
	}
}

// hashCells is the SHA-256 of the cells of a row as they are stored.
func hashCells(cells []string) string {
	doc, err := json.Marshal(cells)
	if err != nil {
		panic(fmt.Sprintf("incident.hashCells: texts always marshal: %v", err))
	}
	sum := sha256.Sum256(doc)
	return hex.EncodeToString(sum[:])
}

// digestOf is the SHA-256 over the hashes of the rows of a sheet.
func digestOf(rows []importRow) string {
	digest := sha256.New()
	for _, r := range rows {
		fmt.Fprintln(digest, r.Hash)
	}
	return hex.EncodeToString(digest.Sum(nil))
}

// finishEdition notes the size of an edition and the digest over its rows.
func finishEdition(ctx context.Context, tx db.Tx, edition int64, digest string) error {
	_, err := db.Exec(ctx, tx, `/* incident.finishEdition */ update edition set digest = $2,
		entries = (select count(*) from entry where edition_id = $1 and counted = 1),
		incidents = (select count(*) from entry where edition_id = $1 and counted = 1 and latest = 1)
		where id = $1`, edition, digest)
	return err
}
