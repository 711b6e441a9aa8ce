package incident

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"keepiton/internal/platform/db"
)

// What two organisations signed of an incident may be far from what its sheet says: in
// another country, on another day. A row of a sheet is therefore held against what
// sheets said of an incident of the desk before, not only against what was signed, and
// what was said once is remembered, whichever sheet said it.

// loadSaid reads what sheets said of the incidents that were set apart, and which of
// these lapsed: those no sheet has, which were public urgently and which nobody else
// signed. A sheet may bring them into the count.
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
	return m.markLapsed(ctx)
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

// markLapsed finds among the incidents of the desk those whose last step was that an
// urgent publication lapsed.
func (m *merge) markLapsed(ctx context.Context) error {
	rows, err := db.Select[changeRow](ctx, m.tx, `/* incident.markLapsed */ select `+db.Columns[changeRow]("c.")+` from incident_change c join incident i on i.id = c.incident_id
		where i.origin = $1 and i.state = $2 and c.diff like '%"`+standingField+`"%' order by c.incident_id, c.revision`, fromDesk, stateRetracted)
	if err != nil {
		return err
	}
	last := map[int64]string{}
	for _, r := range rows {
		c := Change{Origin: r.Origin}
		if err := json.Unmarshal([]byte(r.Diff), &c.Diff); err != nil {
			return err
		}
		last[r.Incident] = c.Kind()
	}
	for _, st := range m.desk {
		ofSheet := slices.ContainsFunc(slices.Collect(maps.Values(st.years)), func(c *chapter) bool { return c.entry.Origin != 0 })
		st.lapsed = last[st.id] == ChangeLapsed && !ofSheet
	}
	return nil
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
