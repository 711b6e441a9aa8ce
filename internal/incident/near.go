package incident

import (
	"context"
	"fmt"

	"keepiton/internal/platform/db"
)

// Near says where and when to look for incidents that something else may be
// about.
type Near struct {
	Country  string // ISO code; "" looks everywhere
	Service  string // "" looks at every service
	From, To int    // days from 1970-01-01 between which it may have started
	Limit    int    // of those that started then, the nearest to the middle
}

// What [Service.Near] takes of earlier starts. It looks back over so many for
// what was ongoing, by the index alone, and over fewer for what ended later, which
// takes reading each.
const (
	ongoingReach = 2000
	endedReach   = 300
	standingMost = 30 // of each
)

// nearTables hold what tells one incident from another, with the condition for
// the rows that do.
var nearTables = map[string]string{"period": "kind = 'main'", "incident_country": "", "place": "", "measure": "",
	"service_effect": "effect = 'yes'", "source": "class <> 'confidential'"}

// Near reads incidents of the living record that started between two days, and
// those that started before and were still under way on the first of them: what
// has no end on record counts as under way. Their facts hold period, countries,
// places, measure, services and sources, and nothing of a confidential source.
func (s *Service) Near(ctx context.Context, n Near) ([]Row, error) {
	entries, err := s.nearEntries(ctx, n)
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	q := s.db.Reader()
	ids := make([]int64, len(entries))
	for i, e := range entries {
		ids[i] = *e.Incident
	}
	facts, err := loadFactsFrom(ctx, q, nearTables, ids)
	if err != nil {
		return nil, err
	}
	refs, err := refsOf(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	hidden, err := loadMasks(ctx, q)
	if err != nil {
		return nil, err
	}
	rows := make([]Row, 0, len(entries))
	for i, e := range entries {
		f := facts[ids[i]]
		if f == nil {
			continue
		}
		hidden.lay(f)
		rows = append(rows, Row{Entry: e, Ref: refs[ids[i]], Facts: f})
	}
	return rows, nil
}

// nearEntries chooses by the index of starts, or of the starts of a part: each
// reads from the middle of the days outwards and stops when it has enough.
func (s *Service) nearEntries(ctx context.Context, n Near) ([]Entry, error) {
	d := drive{table: "entry", ord: "ord", where: func(*db.Where) {}}
	f := Filter{Country: n.Country, Service: n.Service}
	if parts := f.parts(); len(parts) > 0 {
		d.table, d.part = "entry_part", parts[0]
		d.where = func(w *db.Where) { w.And("d.part = ?", d.part) }
	}
	first, middle, end := ordOf(RecordEdition, n.From, 0), ordOf(RecordEdition, n.From+(n.To-n.From+1)/2, 0), ordOf(RecordEdition, n.To+1, 0)
	var ords []int64
	for _, half := range []struct {
		from, to int64
		dir      string
	}{{middle, end, ""}, {first, middle, " desc"}} {
		var w db.Where
		s.narrow(&w, f, d)
		w.And("d.ord >= ? and d.ord < ?", half.from, half.to)
		found, err := db.Select[hit](ctx, s.db.Reader(), `/* incident.Near */ select cast(0 as bigint) as a, d.ord as ord from `+d.table+` d
			where `+w.SQL()+` order by d.ord`+half.dir+` limit `+w.Arg((n.Limit+1)/2), w.Args()...)
		if err != nil {
			return nil, fmt.Errorf("incident.Near: %w", err)
		}
		ords = append(ords, ordsOf(found)...)
	}
	standing, err := s.standingBefore(ctx, f, d, n.From)
	if err != nil {
		return nil, err
	}
	if ords = append(ords, standing...); len(ords) == 0 {
		return nil, nil
	}
	var w db.Where
	db.In(&w, "ord", ords)
	return db.Select[Entry](ctx, s.db.Reader(), `/* incident.Near entries */ select `+db.Columns[Entry]("")+` from entry where `+w.SQL(), w.Args()...)
}

// standingBefore lists what started before a day and was under way on it.
func (s *Service) standingBefore(ctx context.Context, f Filter, d drive, day int) ([]int64, error) {
	before := func(reach int) (w db.Where, inner string) {
		s.narrow(&w, f, d)
		w.And("d.edition_id = ? and d.ord < ?", RecordEdition, ordOf(RecordEdition, day, 0))
		return w, `select d.ord as ord, d.facets as facets from ` + d.table + ` d where ` + w.SQL() + ` order by d.ord desc limit ` + w.Arg(reach)
	}
	w, inner := before(ongoingReach)
	outer := w.Fork()
	mask, value := s.Taxonomy().facetTest(Filter{State: "ongoing"})
	outer.And("h.facets & ? = ?", mask, value)
	ongoing, err := db.Select[hit](ctx, s.db.Reader(), `/* incident.standingBefore ongoing */ with h as materialized (`+inner+`)
		select cast(0 as bigint) as a, h.ord from h where `+outer.SQL()+` order by h.ord desc limit `+outer.Arg(standingMost), outer.Args()...)
	if err != nil {
		return nil, fmt.Errorf("incident.Near: %w", err)
	}
	w, inner = before(endedReach)
	outer = w.Fork()
	outer.And("e.ord = h.ord and (e.end_day >= ? or e.end_day is null and e.end_state <> 'ongoing')", day)
	ended, err := db.Select[hit](ctx, s.db.Reader(), `/* incident.standingBefore ended */ with h as materialized (`+inner+`)
		select cast(0 as bigint) as a, e.ord from h cross join entry e where `+outer.SQL()+` order by e.ord desc limit `+outer.Arg(standingMost), outer.Args()...)
	if err != nil {
		return nil, fmt.Errorf("incident.Near: %w", err)
	}
	return ordsOf(append(ongoing, ended...)), nil
}
