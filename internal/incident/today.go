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
}

// standingRow is what a [Standing] is made from.
type standingRow struct {
	Ord      int64  `db:"ord"`
	StartDay int    `db:"start_day"`
	SpanDays int    `db:"span_days"`
	Extent   string `db:"extent"`
	Method   string `db:"method"`
}

// ordValue is a value of a row of entry_country or entry_service.
type ordValue struct {
	Ord   int64  `db:"ord"`
	Value string `db:"v"`
}

// Standing lists the shutdowns that were ongoing at the close of a count year,
// longest first: all of them lasted to that close, so the order is that of
// their starts. It reads at most limit of them; more tells that there are more.
func (s *Service) Standing(ctx context.Context, edition int64, year, limit int) (list []Standing, more bool, err error) {
	q := s.db.Reader()
	rows, err := db.Select[standingRow](ctx, q, `/* incident.Standing */ select ord, start_day, span_days, extent, method from entry
		where edition_id = $1 and end_state = 'ongoing' and latest = 1 and count_year = $2 and counted = 1 order by ord limit $3`,
		edition, year, limit+1)
	if err != nil {
		return nil, false, err
	}
	dated, err := s.endedLater(ctx, edition, year, limit)
	if err != nil {
		return nil, false, err
	}
	rows = append(rows, dated...)
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
	countries, err := s.valuesOf(ctx, `/* incident.Standing countries */ select ord, country as v from entry_country`, ords)
	if err != nil {
		return nil, false, err
	}
	services, err := s.valuesOf(ctx, `/* incident.Standing services */ select ord, service as v from entry_service`, ords)
	if err != nil {
		return nil, false, err
	}
	for _, r := range rows {
		f := Facts{Measure: Measure{Extent: r.Extent, Method: r.Method}}
		for _, v := range services[r.Ord] {
			f.Services = append(f.Services, Effect{Service: v, State: Yes})
		}
		list = append(list, Standing{r.Ord, r.StartDay, r.SpanDays, KindOf(&f), countries[r.Ord], services[r.Ord]})
	}
	return list, more, nil
}

// endedLater lists those that were under way at the close of a count year
// and have a recorded end after it.
func (s *Service) endedLater(ctx context.Context, edition int64, year, limit int) ([]standingRow, error) {
	_, last := YearDays(year)
	rows, err := db.Select[standingRow](ctx, s.db.Reader(), `/* incident.endedLater */ select ord, start_day, span_days, extent, method from entry
		where edition_id = $1 and end_day > $3 and latest = 1 and count_year = $2 and counted = 1 and start_day <= $3 and end_state <> 'ongoing'
		order by ord limit $4`, edition, year, last, limit+1)
	for i := range rows {
		rows[i].SpanDays = last - rows[i].StartDay + 1 // as of the close
	}
	return rows, err
}

// valuesOf reads the countries or the services of entries.
func (s *Service) valuesOf(ctx context.Context, query string, ords []int64) (map[int64][]string, error) {
	var w db.Where
	inOrds(&w, "ord", ords)
	rows, err := db.Select[ordValue](ctx, s.db.Reader(), query+` where `+w.SQL()+` order by ord, v`, w.Args()...)
	out := map[int64][]string{}
	for _, r := range rows {
		out[r.Ord] = append(out[r.Ord], r.Value)
	}
	return out, err
}

func inOrds(w *db.Where, column string, ords []int64) {
	marks := make([]string, len(ords))
	for i, o := range ords {
		marks[i] = w.Arg(o)
	}
	w.And(column + " in (" + strings.Join(marks, ", ") + ")")
}

// RowsOf reads entries with their facts, in the order asked for.
func (s *Service) RowsOf(ctx context.Context, ords []int64) ([]Row, error) {
	if len(ords) == 0 {
		return nil, nil
	}
	var w db.Where
	inOrds(&w, "ord", ords)
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

// endingsRead is how many of the entries begun last [Service.LastEndings]
// looks through.
const endingsRead = 500

// LastEndings lists the shutdowns of a count year that ended last, newest
// ending first. There is no index of endings: it looks through the entries of
// the year that began last, so that one that ran for very long before it
// ended can be missed in a year of more than endingsRead entries.
func (s *Service) LastEndings(ctx context.Context, edition int64, year, n int) ([]Row, error) {
	type row struct {
		Ord int64 `db:"ord"`
		End *int  `db:"end_day"`
	}
	rows, err := db.Select[row](ctx, s.db.Reader(), `/* incident.LastEndings */ select ord, end_day from entry
		where edition_id = $1 and count_year = $2 and latest = 1 and counted = 1 order by ord desc limit $3`, edition, year, endingsRead)
	if err != nil {
		return nil, err
	}
	ended := rows[:0]
	for _, r := range rows {
		if r.End != nil {
			ended = append(ended, r)
		}
	}
	sort.SliceStable(ended, func(i, j int) bool { return *ended[i].End > *ended[j].End })
	var ords []int64
	for _, r := range ended[:min(n, len(ended))] {
		ords = append(ords, r.Ord)
	}
	return s.RowsOf(ctx, ords)
}
