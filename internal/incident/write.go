package incident

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"

	"keepiton/internal/platform/db"
)

// incidentRow is the incident table.
type incidentRow struct {
	ID          int64  `db:"id"`
	Ref         string `db:"ref"`
	State       string `db:"state"`
	Methodology string `db:"methodology"`
	MergedInto  *int64 `db:"merged_into"`
	Edited      int    `db:"edited"`
	Revision    int64  `db:"revision"`
	Created     int64  `db:"created_at"`
	Updated     int64  `db:"updated_at"`
	Origin      string `db:"origin"`          // sheet or desk
	Dossier     *int64 `db:"dossier_id"`      // of the desk
	Signed      *int64 `db:"signed_revision"` // of the dossier
	Urgent      *int64 `db:"urgent_until"`    // public without two signatures until then
}

type warningRow struct {
	Incident int64  `db:"incident_id"`
	Year     int    `db:"count_year"`
	Rule     string `db:"rule"`
	Detail   string `db:"detail"`
	State    string `db:"state"`
}

type changeRow struct {
	Incident int64  `db:"incident_id"`
	Revision int64  `db:"revision"`
	At       int64  `db:"at"`
	Origin   string `db:"origin"`
	Reason   string `db:"reason"`
	Diff     string `db:"diff"`
}

// opened runs fn, which writes what the record says. Of incidents of the desk the
// database refuses it to everybody else (migrations/guard). No row is left behind:
// also none of somebody who came past the rule that no transaction ends with one.
func opened(ctx context.Context, tx db.Tx, fn func() error) error {
	if _, err := db.Exec(ctx, tx, `/* incident.opened */ insert into record_open (id) values ($1)`, rand.Int64()); err != nil {
		return err
	}
	if err := fn(); err != nil {
		return err
	}
	_, err := db.Exec(ctx, tx, `/* incident.opened done */ delete from record_open`)
	return err
}

// write stores every story the sheet touched.
func (m *merge) write(ctx context.Context) error {
	return opened(ctx, m.tx, func() error { return m.writeOpened(ctx) })
}

func (m *merge) writeOpened(ctx context.Context) error {
	var dirty []*story
	for _, st := range m.stories {
		if st.dirty {
			dirty = append(dirty, st)
		}
	}
	sort.Slice(dirty, func(i, j int) bool { return dirty[i].id < dirty[j].id })
	w := newEntryWriter(RecordEdition, m.s.Taxonomy())
	facts := newFactBatch()
	var incidents []incidentRow
	var changes []changeRow
	var warnings []warningRow
	for _, st := range dirty {
		if st.isNew {
			row := incidentRow{ID: st.id, Ref: st.ref, State: "published", Revision: 1,
				Methodology: codingOf(st), Created: m.now, Updated: m.now, Origin: fromSheet}
			if d := st.mark; d != nil {
				row.State, row.Origin, row.Dossier, row.Signed, row.Urgent = d.state, fromDesk, &d.dossier, &d.revision, d.urgent
			}
			incidents = append(incidents, row)
		}
		rev, err := m.openRevision(ctx, st)
		if err != nil {
			return err
		}
		if !st.isNew && !m.completes(st) {
			diff, _ := json.Marshal(st.diff)
			changes = append(changes, changeRow{st.id, rev, m.now, m.origin, m.reason, string(diff)})
		}
		if err := m.replace(ctx, st, w, facts); err != nil {
			return err
		}
		for year, list := range st.warn {
			if err := m.forgetDoubts(ctx, st, year); err != nil {
				return err
			}
			for _, x := range list {
				warnings = append(warnings, warningRow{st.id, year, x.Rule, x.Detail, "open"})
				m.account.Warnings++
			}
		}
	}
	if err := db.Insert(ctx, m.tx, "incident", incidents); err != nil {
		return err
	}
	joins, err := m.writeJoins(ctx, w)
	if err != nil {
		return err
	}
	changes = append(changes, joins...)
	if err := facts.flush(ctx, m.tx); err != nil {
		return err
	}
	if err := w.flush(ctx, m.tx); err != nil {
		return err
	}
	if err := db.Upsert(ctx, m.tx, "quality_warning", warnings,
		"on conflict (incident_id, count_year, rule) do update set detail = excluded.detail"); err != nil {
		return err
	}
	if err := db.Insert(ctx, m.tx, "incident_change", changes); err != nil {
		return err
	}
	if err := m.relinkEntries(ctx); err != nil {
		return err
	}
	if err := m.writeReviews(ctx); err != nil {
		return err
	}
	return finishRecord(ctx, m.tx)
}

// forgetDoubts takes the open doubts about a year away: the row that is read
// for it now has its own.
func (m *merge) forgetDoubts(ctx context.Context, st *story, year int) error {
	if st.isNew {
		return nil
	}
	_, err := db.Exec(ctx, m.tx, `/* incident.forgetDoubts */ delete from quality_warning where incident_id = $1 and count_year = $2 and state = 'open'`, st.id, year)
	return err
}

func codingOf(st *story) string {
	if c := st.years[st.latestYear()]; c != nil {
		return c.facts.Cause.Coding
	}
	return ""
}

// completes reports a story known from the starter register alone: the sheet
// fills in what the extract left out, which is no correction.
func (m *merge) completes(st *story) bool {
	for _, c := range st.before {
		if !m.starters[c.entry.Origin] {
			return false
		}
	}
	return len(st.before) > 0
}

// relinkEntries points unchanged entries to the rows they are now read from.
func (m *merge) relinkEntries(ctx context.Context) error {
	for _, c := range m.relinked {
		_, err := db.Exec(ctx, m.tx, `/* incident.relink */ update entry set source_edition = $2, line = $3
			where edition_id = $1 and incident_id = $4 and count_year = $5`, RecordEdition, c.entry.Origin, c.entry.Line, *c.entry.Incident, c.entry.Year)
		if err != nil {
			return err
		}
	}
	return nil
}

// giveRef gives a new incident its public reference: the first count year it
// is known in, and the next free number of that year.
func (m *merge) giveRef(ctx context.Context, st *story) error {
	year := 9999
	for y := range st.years {
		year = min(year, y)
	}
	if _, known := m.refs[year]; !known {
		highest, err := highestRef(ctx, m.tx, year)
		if err != nil {
			return err
		}
		m.refs[year] = highest
	}
	m.refs[year]++
	st.ref = fmt.Sprintf("%04d-%04d", year, m.refs[year])
	return nil
}

// highestRef finds the highest number given in a year. Longer numbers are
// higher, so the length comes before the text.
func highestRef(ctx context.Context, q db.Querier, year int) (int, error) {
	prefix := fmt.Sprintf("%04d-", year)
	ref, found, err := db.Value[string](ctx, q, `/* incident.highestRef */ select ref from incident
		where ref like $1 order by length(ref) desc, ref desc limit 1`, prefix+"%")
	if err != nil || !found {
		return 0, err
	}
	n := 0
	_, err = fmt.Sscanf(strings.TrimPrefix(ref, prefix), "%d", &n)
	return n, err
}

func (m *merge) openRevision(ctx context.Context, st *story) (int64, error) {
	if st.isNew {
		return 1, nil
	}
	rev, _, err := db.Value[int64](ctx, m.tx, `/* incident.openRevision */ update incident set revision = revision + 1, updated_at = $2
		where id = $1 returning revision`, st.id, m.now)
	return rev, err
}

// replace puts the new facts and entries of a story in place of the old ones.
func (m *merge) replace(ctx context.Context, st *story, w *entryWriter, facts *factBatch) error {
	if !st.isNew {
		if err := deleteFacts(ctx, m.tx, st.id); err != nil {
			return err
		}
		if err := w.remove(ctx, m.tx, st.before); err != nil {
			return err
		}
	}
	latest := st.latestYear()
	st.head = st.years[latest].facts
	facts.add(st.id, st.head)
	for year, c := range st.years {
		c.entry.Latest = 0
		if year == latest {
			c.entry.Latest = 1
		}
		c.entry.Doc = nil
		if c.facts != st.head && HashFacts(c.facts) != HashFacts(st.head) {
			doc := marshalFacts(c.facts)
			c.entry.Doc = &doc
		}
		w.add(&c.entry, c.facts, st.ref)
	}
	return nil
}

func (m *merge) writeReviews(ctx context.Context) error {
	id, _, err := db.Value[int64](ctx, m.tx, `/* incident.writeReviews */ select coalesce(max(id), 0) + 1 from review_item`)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	rows := m.reviews[:0]
	for _, r := range m.reviews {
		r.Detail = brief(r.Detail)
		if k := r.Kind + r.Country + r.Detail; !seen[k] {
			seen[k] = true
			r.ID = id
			id++
			rows = append(rows, r)
		}
	}
	m.account.Reviews = len(rows)
	if err := m.writeClosed(ctx); err != nil {
		return err
	}
	return db.Upsert(ctx, m.tx, "review_item", rows, `on conflict (kind, country, detail) do update set state = 'open', incident_id = excluded.incident_id, other_id = excluded.other_id,
		edition_id = excluded.edition_id, line = excluded.line, created_at = excluded.created_at, decision = '', decided_at = 0
		where review_item.state = '`+itemGone+`' or review_item.state = 'decided' and review_item.kind in `+KindsOfDesk+` and review_item.decision not like '%: `+answerAnother+`'`) // an answer that holds is not asked again
}

// finishRecord notes the size of the record and that it has changed.
func finishRecord(ctx context.Context, tx db.Tx) error {
	if err := finishEdition(ctx, tx, RecordEdition, ""); err != nil {
		return err
	}
	return bump(ctx, tx)
}
