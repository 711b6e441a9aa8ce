package incident

import (
	"context"
	"sort"
	"strings"

	"keepiton/internal/platform/db"
)

// Standing is a shutdown that its newest count entry calls ongoing.
type Standing struct {
	Ord       int64
	StartDay  int
	SpanDays  int    // established days, see [Spans]
	Kind      string // cut, slow or block, see [KindOf]
	Countries []string
	Services  []string // services that were hit
	Blocked   bool     // they were blocked, alone or beside a cut of the network
}

// standingRow is what a [Standing] is made from.
type standingRow struct {
	Ord      int64  `db:"ord"`
	StartDay int    `db:"start_day"`
	SpanDays int    `db:"span_days"`
	Extent   string `db:"extent"`
	Method   string `db:"method"`
}

// Standing lists the shutdowns that were ongoing at the close of a count year,
// longest first: all of them lasted to that close, so the order is that of
// their starts. It reads at most limit of them; more tells that there are more.
func (s *Service) Standing(ctx context.Context, edition int64, year, limit int) (list []Standing, more bool, err error) {
	mask, value := s.standingTest(year)
	rows, err := db.Select[standingRow](ctx, s.db.Reader(), `/* incident.Standing */ select ord, start_day, span_days, extent, method from entry
		where edition_id = $1 and end_state = 'ongoing' and facets & $2 = $3 order by ord limit $4`, edition, mask, value, limit+1)
	if err != nil {
		return nil, false, err
	}
	dated, err := s.endedLater(ctx, edition, year, limit)
	if err != nil {
		return nil, false, err
	}
	rows = append(rows, dated...)
	day, err := s.horizonOf(ctx, edition)
	if err != nil {
		return nil, false, err
	}
	for i := range rows {
		rows[i].SpanDays = max(min(rows[i].SpanDays, day-rows[i].StartDay+1), 0)
	}
	if len(rows) == 0 {
		return nil, false, nil
	}
	sort.SliceStable(rows, func(i, j int) bool { return rows[i].Ord < rows[j].Ord })
	if len(rows) > limit {
		rows, more = rows[:limit], true
	}
	ords := make([]int64, len(rows))
	for i, r := range rows {
		ords[i] = r.Ord
	}
	countries, err := s.partsAt(ctx, partCountry, ords)
	if err != nil {
		return nil, false, err
	}
	services, err := s.partsAt(ctx, partService, ords)
	if err != nil {
		return nil, false, err
	}
	for _, r := range rows {
		f := Facts{Measure: Measure{Extent: r.Extent, Method: r.Method}}
		for _, v := range services[r.Ord] {
			f.Services = append(f.Services, Effect{Service: v, State: Yes})
		}
		x := Standing{Ord: r.Ord, StartDay: r.StartDay, SpanDays: r.SpanDays, Kind: KindOf(&f), Countries: countries[r.Ord], Services: services[r.Ord]}
		x.Blocked = x.Kind == KindBlock || x.Kind == KindCut && r.Extent == "full_and_service"
		list = append(list, x)
	}
	return list, more, nil
}

// endedLater lists those that were under way at the close of a count year
// and have a recorded end after it.
func (s *Service) endedLater(ctx context.Context, edition int64, year, limit int) ([]standingRow, error) {
	_, last := YearDays(year)
	mask, value := s.standingTest(year)
	rows, err := db.Select[standingRow](ctx, s.db.Reader(), `/* incident.endedLater */ select ord, start_day, span_days, extent, method from entry
		where edition_id = $1 and end_day > $2 and facets & $3 = $4 and start_day <= $2 and end_state <> 'ongoing'
		order by ord limit $5`, edition, last, mask, value, limit+1)
	for i := range rows {
		rows[i].SpanDays = last - rows[i].StartDay + 1 // as of the close
	}
	return rows, err
}

// standingTest chooses the counted entries of a year. In the newest year each is
// the newest of its incident; of an earlier one those belong to its close too
// that were carried on.
func (s *Service) standingTest(year int) (mask, value int64) {
	return s.Taxonomy().facetTest(Filter{Year: year})
}

// partsAt reads the countries, regions or services of entries, by the prefix
// of their rows in entry_part.
func (s *Service) partsAt(ctx context.Context, prefix string, ords []int64) (map[int64][]string, error) {
	type row struct {
		Ord  int64  `db:"ord"`
		Part string `db:"part"`
	}
	var w db.Where
	db.In(&w, "ord", ords)
	rows, err := db.Select[row](ctx, s.db.Reader(), `/* incident.partsAt */ select ord, part from entry_part where `+w.SQL()+` order by ord, part`, w.Args()...)
	out, hidden := map[int64][]string{}, s.Taxonomy().hidden
	for _, r := range rows {
		if v, ok := strings.CutPrefix(r.Part, prefix); ok {
			if prefix == partService && hidden[v] {
				v = otherService
			}
			out[r.Ord] = append(out[r.Ord], v)
		}
	}
	return out, err
}

// RowsOf reads entries with their facts, in the order asked for.
func (s *Service) RowsOf(ctx context.Context, ords []int64) ([]Row, error) {
	if len(ords) == 0 {
		return nil, nil
	}
	var w db.Where
	db.In(&w, "ord", ords)
	entries, err := db.Select[Entry](ctx, s.db.Reader(), `/* incident.RowsOf */ select `+db.Columns[Entry]("")+` from entry where `+w.SQL(), w.Args()...)
	if err != nil {
		return nil, err
	}
	at := make(map[int64]int, len(ords))
	for i, o := range ords {
		at[o] = i
	}
	sort.Slice(entries, func(i, j int) bool { return at[entries[i].Ord] < at[entries[j].Ord] })
	return s.resolve(ctx, entries)
}

// LastEndings lists the shutdowns of a count year that ended last, newest
// ending first.
func (s *Service) LastEndings(ctx context.Context, edition int64, year, n int) ([]Row, error) {
	mask, value := s.standingTest(year)
	rows, err := db.Select[hit](ctx, s.db.Reader(), `/* incident.LastEndings */ select cast(end_day as bigint) as a, ord from entry
		where edition_id = $1 and end_day is not null and facets & $2 = $3 order by end_day desc, ord desc limit $4`,
		edition, mask, value, n)
	if err != nil {
		return nil, err
	}
	return s.RowsOf(ctx, ordsOf(rows))
}
