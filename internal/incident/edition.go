package incident

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// Edition is a view of the dataset.
type Edition struct {
	ID        int64  `db:"id" json:"-"`
	Kind      string `db:"kind" json:"kind"`
	Label     string `db:"label" json:"label"`
	AsOf      string `db:"as_of" json:"as_of,omitempty"`
	Created   int64  `db:"created_at" json:"-"`
	File      string `db:"file_name" json:"file,omitempty"`
	Sheet     string `db:"sheet" json:"sheet,omitempty"`
	Schema    string `db:"sheet_schema" json:"schema,omitempty"`
	SHA256    string `db:"sha256" json:"sha256,omitempty"`
	Remark    string `db:"remark" json:"remark,omitempty"`
	Header    string `db:"header" json:"-"`
	Importer  string `db:"importer" json:"-"`
	Licence   string `db:"licence" json:"licence,omitempty"`
	Entries   int    `db:"entries" json:"entries"`
	Incidents int    `db:"incidents" json:"incidents"`
	Digest    string `db:"digest" json:"digest,omitempty"`
	Totals    string `db:"totals" json:"-"`
	Revision  int64  `db:"revision" json:"-"`
	Strict    int    `db:"strict" json:"-"` // 1: what the sheet did not have was taken out of the count
}

// Headers are the column names of a sheet as they were read.
func (e Edition) Headers() []string {
	var out []string
	if json.Unmarshal([]byte(e.Header), &out) != nil {
		return nil
	}
	return out
}

// YearTotal is the total of a count year.
type YearTotal struct {
	Year      int `json:"year"`
	Shutdowns int `json:"shutdowns"`
	Countries int `json:"countries"`
}

// FrozenTotals are the totals of a release as they were when it was cut.
func (e Edition) FrozenTotals() []YearTotal {
	var out []YearTotal
	if json.Unmarshal([]byte(e.Totals), &out) != nil {
		return nil
	}
	return out
}

// Editions lists all editions, the record first, then by age.
func (s *Service) Editions(ctx context.Context) ([]Edition, error) {
	return db.Select[Edition](ctx, s.db.Reader(), `/* incident.Editions */ select `+db.Columns[Edition]("")+` from edition order by id`)
}

// Edition reads one edition.
func (s *Service) Edition(ctx context.Context, id int64) (Edition, error) {
	return editionIn(ctx, s.db.Reader(), id)
}

func editionIn(ctx context.Context, q db.Querier, id int64) (Edition, error) {
	e, found, err := db.SelectOne[Edition](ctx, q, `/* incident.editionIn */ select `+db.Columns[Edition]("")+` from edition where id = $1`, id)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "edition.unknown")
	}
	return e, err
}

// EditionByLabel finds an edition by its label, or the record for "".
func (s *Service) EditionByLabel(ctx context.Context, label string) (Edition, error) {
	if label == "" {
		return s.Edition(ctx, RecordEdition)
	}
	unknown := fault.New(fault.NotFound, "edition.unknown_label", "label", clipValue(strings.ToValidUTF8(label, "?")))
	if len(label) > maxLabel || !utf8.ValidString(label) || strings.ContainsRune(label, 0) { // no engine holds such
		return Edition{}, unknown
	}
	e, found, err := db.SelectOne[Edition](ctx, s.db.Reader(), `/* incident.EditionByLabel */ select `+db.Columns[Edition]("")+` from edition where label = $1`, label)
	if err == nil && !found {
		err = unknown
	}
	return e, err
}

// RenameEdition gives a release or a sheet another label. The old one answers no
// more: it is meant for a label that must not be read any longer.
func (s *Service) RenameEdition(ctx context.Context, label, to string) error {
	e, err := s.EditionByLabel(ctx, label)
	if err != nil {
		return err
	}
	to = strings.Join(strings.Fields(to), " ")
	if e.ID == RecordEdition || to == "" || len(to) > maxLabel || !utf8.ValidString(to) {
		return fault.New(fault.Invalid, "edition.bad_label")
	}
	err = s.db.Write(ctx, func(tx db.Tx) error {
		if _, err := db.Exec(ctx, tx, `/* incident.RenameEdition */ update edition set label = $2 where id = $1`, e.ID, to); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, ActRenamed, to, map[string]any{"edition": e.ID, "digest": e.Digest}); err != nil {
			return err
		}
		return bump(ctx, tx)
	})
	if db.IsUnique(err) {
		err = fault.New(fault.Conflict, "edition.label_taken")
	}
	return err
}

// maxLabel is how many bytes of a label are looked up. Names of files are no
// longer.
const maxLabel = 300

// Empty reports whether the record holds no incident and no sheet at all.
func (s *Service) Empty(ctx context.Context) (bool, error) { return empty(ctx, s.db.Reader()) }

func empty(ctx context.Context, q db.Querier) (bool, error) {
	_, found, err := db.Value[int64](ctx, q, `/* incident.empty */ select id from incident
		union all select id from edition where kind in ('sheet', 'starter') limit 1`)
	return !found, err
}

// Years lists the count years of an edition with their totals, newest first.
func (s *Service) Years(ctx context.Context, edition int64) ([]YearTotal, error) {
	return yearTotals(ctx, s.db.Reader(), edition)
}

func yearTotals(ctx context.Context, q db.Querier, edition int64) ([]YearTotal, error) {
	type row struct {
		Year      int `db:"y"`
		Shutdowns int `db:"a"`
		Countries int `db:"b"`
	}
	rows, err := db.Select[row](ctx, q, `/* incident.Years */ select count_year as y,
		cast(sum(case when area = 'world' then n else 0 end) as bigint) as a,
		cast(sum(case when area like 'country:%' then 1 else 0 end) as bigint) as b
		from tally where edition_id = $1 and dim = 'all' and count_year > 0 group by count_year order by count_year desc`, edition)
	out := make([]YearTotal, len(rows))
	for i, r := range rows {
		out[i] = YearTotal(r)
	}
	return out, err
}

// CutRelease freezes the record as it stands under a label: every entry with
// its facts, the totals of each year, and a digest over the hashes of all
// entries. asOf is the civil date it speaks for.
func (s *Service) CutRelease(ctx context.Context, label, asOf string) (Edition, error) {
	var e Edition
	err := s.db.Write(ctx, func(tx db.Tx) (err error) {
		e, err = s.CutIn(ctx, tx, label, asOf)
		return err
	})
	if db.IsUnique(err) {
		return Edition{}, fault.New(fault.Conflict, "release.label_taken", "label", label)
	}
	if err != nil {
		return Edition{}, fmt.Errorf("incident.CutRelease %q: %w", label, err)
	}
	return s.Edition(ctx, e.ID)
}

// LastStart is the last first day of what counts in the record, "" where nothing does. A day
// that has not come yet is a slip of a sheet, and none.
func (s *Service) LastStart(ctx context.Context, q db.Querier) (Date, error) {
	today := int(s.now() / (24 * time.Hour).Microseconds())
	day, found, err := db.Value[*int](ctx, q, `/* incident.LastStart */ select max(start_day) from entry where edition_id = $1 and counted = 1 and start_day <= $2`, RecordEdition, today)
	if err != nil || !found || day == nil {
		return "", err
	}
	return DayDate(*day), nil
}

// CutIn is [Service.CutRelease] in the caller's transaction.
func (s *Service) CutIn(ctx context.Context, tx db.Tx, label, asOf string) (Edition, error) {
	if err := CheckLabel(label); err != nil {
		return Edition{}, err
	}
	id, err := s.cut(ctx, tx, strings.TrimSpace(label), asOf)
	if err != nil {
		return Edition{}, err
	}
	e, err := editionIn(ctx, tx, id)
	if err != nil {
		return Edition{}, err
	}
	return e, s.tell(ctx, tx, ActRelease, e.Label, map[string]any{"label": e.Label, "as_of": asOf, "entries": e.Entries, "incidents": e.Incidents, "digest": e.Digest})
}

// CheckLabel says what is wrong with the label of a release.
func CheckLabel(label string) error {
	if label = strings.TrimSpace(label); label == "" || len(label) > 80 || strings.ContainsAny(label, "/?#\\\x00\n") {
		return fault.New(fault.Invalid, "release.bad_label", "label", clipValue(label))
	}
	return nil
}

// RecordDigest is the digest a release cut now would have, and its entries.
func (s *Service) RecordDigest(ctx context.Context, q db.Querier) (digest string, entries int, err error) {
	sum := sha256.New()
	err = each(ctx, q, RecordEdition, 0, func(r Row) error {
		entries++
		writeDigest(sum, r)
		return nil
	})
	return hex.EncodeToString(sum.Sum(nil)), entries, err
}

// writeDigest adds an entry to the digest of a release.
func writeDigest(sum io.Writer, r Row) { fmt.Fprintln(sum, r.Ref, r.Entry.Year, r.Entry.Hash) }

func (s *Service) cut(ctx context.Context, tx db.Tx, label, asOf string) (int64, error) {
	id, _, err := db.Value[int64](ctx, tx, `/* incident.cut id */ select max(id) + 1 from edition`)
	if err != nil {
		return 0, err
	}
	_, err = db.Exec(ctx, tx, `/* incident.cut */ insert into edition (id, kind, label, as_of, created_at, licence)
		values ($1, 'release', $2, $3, $4, $5)`, id, label, asOf, s.now(), "CC BY 4.0")
	if err != nil {
		return 0, err
	}
	w := newEntryWriter(id, s.Taxonomy())
	w.frozen = true
	digest := sha256.New()
	err = each(ctx, tx, RecordEdition, 0, func(r Row) error {
		e := r.Entry
		doc := marshalFacts(r.Facts)
		e.Doc = &doc
		w.add(&e, r.Facts, r.Ref)
		writeDigest(digest, r)
		return nil
	})
	if err != nil {
		return 0, err
	}
	if err := w.flush(ctx, tx); err != nil {
		return 0, err
	}
	if err := finishEdition(ctx, tx, id, hex.EncodeToString(digest.Sum(nil))); err != nil {
		return 0, err
	}
	totals, err := yearTotals(ctx, tx, id)
	if err != nil {
		return 0, err
	}
	doc, err := json.Marshal(totals)
	if err != nil {
		return 0, err
	}
	if _, err := db.Exec(ctx, tx, `/* incident.cut totals */ update edition set totals = $2 where id = $1`, id, string(doc)); err != nil {
		return 0, err
	}
	return id, bump(ctx, tx)
}

// ImportRows gives rows of a sheet word for word, as JSON lists of cells, by
// their line between from and to, both included.
func (s *Service) ImportRows(ctx context.Context, edition int64, from, to int) (map[int]string, error) {
	type row struct {
		Line  int    `db:"line"`
		Cells string `db:"cells"`
	}
	rows, err := db.Select[row](ctx, s.db.Reader(), `/* incident.ImportRows */ select line, cells from import_row
		where edition_id = $1 and line between $2 and $3`, edition, from, to)
	out := make(map[int]string, len(rows))
	for _, r := range rows {
		out[r.Line] = r.Cells
	}
	return out, err
}

// StarterServed gives the starter edition that entries of the record are still
// read from. found is false when there is none: no sheet is missing.
func (s *Service) StarterServed(ctx context.Context) (e Edition, found bool, err error) {
	e, found, err = db.SelectOne[Edition](ctx, s.db.Reader(), `/* incident.StarterServed */ select `+db.Columns[Edition]("")+` from edition where kind = 'starter' order by id desc limit 1`)
	if err != nil || !found {
		return e, false, err
	}
	_, found, err = db.Value[int64](ctx, s.db.Reader(), `/* incident.StarterServed entry */ select ord from entry
		where edition_id = $1 and source_edition = $2 limit 1`, RecordEdition, e.ID)
	return e, found, err
}
