package incident

import (
	"context"
	"maps"
	"slices"

	"keepiton/internal/platform/db"
)

// What two organisations signed of an incident may be far from what its sheet says: in
// another country, on another day. A row of a sheet is therefore held against what
// sheets said of an incident of the desk before, not only against what was signed, and
// what was said once is remembered, whichever sheet said it.

// loadSaid reads what sheets said of the incidents that were set apart, and which of
// these two organisations never signed: those keep no row of a sheet out of the count.
func (m *merge) loadSaid(ctx context.Context) error {
	if len(m.desk) == 0 {
		return nil
	}
	of := make(map[int64]*story, len(m.desk))
	for _, st := range m.desk {
		of[st.id] = st
	}
	into, err := leadsTo(ctx, m.tx)
	if err != nil {
		return err
	}
	ids := slices.Collect(maps.Keys(of))
	for id, root := range into {
		if of[root] != nil {
			ids, of[id] = append(ids, id), of[root]
		}
	}
	for some := range slices.Chunk(ids, 1000) { // a statement takes so many values only
		if err := m.readSaid(ctx, some, of); err != nil {
			return err
		}
	}
	return m.markUnsigned(ctx)
}

func (m *merge) readSaid(ctx context.Context, ids []int64, of map[int64]*story) error {
	type row struct {
		Incident int64  `db:"incident_id"`
		Year     int    `db:"count_year"`
		Doc      string `db:"doc"`
	}
	var w db.Where
	db.In(&w, "o.incident_id", ids)
	rows, err := db.Select[row](ctx, m.tx, `/* incident.readSaid */ select distinct o.incident_id, o.count_year, o.doc from entry o join edition e on e.id = o.edition_id
		where e.kind in ('sheet', 'starter') and o.doc is not null and `+w.SQL()+` order by o.incident_id, o.count_year, o.doc`, w.Args()...)
	if err != nil {
		return err
	}
	for _, r := range rows {
		f, err := unmarshalFacts(r.Doc)
		if err != nil {
			return err
		}
		st := of[r.Incident]
		if st.said == nil {
			st.said = map[int][]*Facts{}
		}
		st.said[r.Year] = append(st.said[r.Year], f)
	}
	return nil
}

// everUrgent are the incidents of the desk that are taken back and never counted.
const everUrgent = `i.origin = 'desk' and i.state = 'retracted' and not exists (select 1 from incident_change c where c.incident_id = i.id and c.diff like '%"counted %')`

// NeverSigned tells whether an incident is public urgently, or was and nothing else.
func (s *Service) NeverSigned(ctx context.Context, q db.Querier, ref string) (bool, error) {
	_, found, err := db.Value[int64](ctx, q, `/* incident.NeverSigned */ select i.id from incident i where i.ref = $1 and (i.urgent_until is not null or `+everUrgent+`)`, ref)
	return found, err
}

// ReasonSame is the reason the history gives when a case whose incident never counted
// went into the case of another one, followed by the reference of that.
const ReasonSame = "told as: "

// SameAs notes in the caller's transaction that an incident that was public urgently
// alone is told as another one: readers of its number are led there. What is public
// still is taken back.
func (s *Service) SameAs(ctx context.Context, tx db.Tx, ref, other, who string) error {
	m := &merge{s: s, tx: tx, now: s.now(), reading: reading{account: &Account{}, origin: who, reason: ReasonSame + other}}
	st, err := m.loadOne(ctx, ref)
	if err != nil {
		return err
	}
	if _, err := db.Exec(ctx, tx, `/* incident.SameAs */ update review_item set state = $3 where incident_id = $1 and kind = $2 and state = 'open'`, st.id, reviewBesideDesk, itemGone); err != nil {
		return err // it is answered by this
	}
	if Readable(st.state) {
		return s.Retract(ctx, tx, ActRetracted, ref, who, ReasonSame+other)
	}
	st.dirty, st.diff = true, []FieldDiff{standingDiff(ChangeRetracted)}
	if err := m.write(ctx); err != nil {
		return err
	}
	return s.tell(ctx, tx, ActRetracted, ref, map[string]any{"incident": ref, "by": who, "reason": ReasonSame + other})
}

// markUnsigned finds among the incidents of the desk those that two organisations never
// signed: they are public urgently, or were and lapsed or were taken back. What was signed
// counted, and its history says so when it counts no more.
func (m *merge) markUnsigned(ctx context.Context) error {
	type row struct {
		ID int64 `db:"id"`
	}
	rows, err := db.Select[row](ctx, m.tx, `/* incident.markUnsigned */ select i.id from incident i where i.urgent_until is not null or `+everUrgent)
	if err != nil {
		return err
	}
	unsigned := map[int64]bool{}
	for _, r := range rows {
		unsigned[r.ID] = true
	}
	for _, st := range m.desk {
		ofSheet := slices.ContainsFunc(slices.Collect(maps.Values(st.years)), func(c *chapter) bool { return c.entry.Origin != 0 })
		st.unsigned = unsigned[st.id] && !ofSheet
	}
	return nil
}

// answerAnother is what a person says of a row that was taken for an incident of the
// desk, and speaks of another shutdown.
const answerAnother = "another"

// loadApart reads of which rows a person said so. They hold when sheets are read again;
// of a newer sheet the row is found by the incident it has become.
func (m *merge) loadApart(ctx context.Context) error {
	type row struct {
		Edition  int64 `db:"edition_id"`
		Line     int   `db:"line"`
		Incident int64 `db:"incident_id"`
	}
	rows, err := db.Select[row](ctx, m.tx, `/* incident.loadApart */ select edition_id, line, incident_id from review_item
		where kind = $1 and state = 'decided' and decision like $2 and edition_id is not null and incident_id is not null`, reviewOnDesk, "%: "+answerAnother)
	m.apart = make(map[origin][]int64, len(rows))
	for _, r := range rows {
		at := origin{r.Edition, r.Line}
		m.apart[at] = append(m.apart[at], r.Incident)
	}
	return err
}

// echoes are what a story answers to, by count year: what was signed, or what sheets
// said of it.
func (s *story) echoes(signed bool) map[int][]*Facts {
	if !signed {
		return s.said
	}
	out := map[int][]*Facts{}
	for year, c := range s.years {
		out[year] = []*Facts{c.facts}
	}
	return out
}
