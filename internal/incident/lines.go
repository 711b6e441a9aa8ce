package incident

import (
	"context"
	"sort"
	"strings"

	"keepiton/internal/platform/db"
)

// Line is a count entry reduced to what a strip needs. Its facts hold the
// period, the measure and the services, nothing else.
type Line struct {
	Year  int
	Facts *Facts
}

type lineRow struct {
	Ord      int64   `db:"ord"`
	Year     int     `db:"count_year"`
	StartDay int     `db:"start_day"`
	EndDay   *int    `db:"end_day"`
	EndState string  `db:"end_state"`
	Extent   string  `db:"extent"`
	Method   string  `db:"method"`
	Network  string  `db:"network"`
	Doc      *string `db:"doc"`
	Whole    bool    `db:"whole_country"`
}

// Lines reads at most limit count entries of a country in some count years,
// newest start first, for drawing them.
func (s *Service) Lines(ctx context.Context, edition int64, country string, years []int, limit int) ([]Line, error) {
	if len(years) == 0 {
		return nil, nil
	}
	var w db.Where
	w.And("c.edition_id = ? and c.country = ? and e.counted = 1", edition, country)
	marks := make([]string, len(years))
	for i, y := range years {
		marks[i] = w.Arg(y)
	}
	w.And("e.count_year in (" + strings.Join(marks, ", ") + ")")
	rows, err := db.Select[lineRow](ctx, s.db.Reader(), `/* incident.Lines */ select e.ord, e.count_year, e.start_day, e.end_day, e.end_state,
		e.extent, e.method, e.network, e.doc, coalesce(m.whole_country, false) from entry_country c join entry e on e.ord = c.ord
		left join measure m on m.incident_id = e.incident_id where `+w.SQL()+` order by c.ord desc limit `+w.Arg(limit), w.Args()...)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ords := make([]int64, len(rows))
	for i, r := range rows {
		ords[i] = r.Ord
	}
	services, err := s.valuesOf(ctx, `/* incident.Lines services */ select ord, service as v from entry_service`, ords)
	if err != nil {
		return nil, err
	}
	out := make([]Line, 0, len(rows))
	for _, r := range rows {
		if r.Doc != nil { // that year has facts of its own
			f, err := unmarshalFacts(*r.Doc)
			if err != nil {
				return nil, err
			}
			out = append(out, Line{r.Year, f})
			continue
		}
		f := &Facts{Period: Period{Kind: "main", Start: DayDate(r.StartDay), EndState: r.EndState},
			Measure: Measure{Extent: r.Extent, Method: r.Method, Network: r.Network, Whole: r.Whole}}
		if r.EndDay != nil {
			f.Period.End = DayDate(*r.EndDay)
		}
		for _, v := range services[r.Ord] {
			f.Services = append(f.Services, Effect{Service: v, State: Yes})
		}
		out = append(out, Line{r.Year, f})
	}
	return out, nil
}

// longestRead is how many entries [Service.LongestOf] looks through.
const longestRead = 600

// LongestOf lists the n entries of a count year that had been under way
// longest, by established days. It looks through the entries that began first:
// in a year of more than longestRead entries those are the ones carried in.
func (s *Service) LongestOf(ctx context.Context, edition int64, year, n int) ([]Row, error) {
	type row struct {
		Ord  int64 `db:"ord"`
		Span int   `db:"span_days"`
	}
	rows, err := db.Select[row](ctx, s.db.Reader(), `/* incident.LongestOf */ select ord, span_days from entry
		where edition_id = $1 and count_year = $2 and counted = 1 order by ord limit $3`, edition, year, longestRead)
	if err != nil {
		return nil, err
	}
	sort.SliceStable(rows, func(i, j int) bool { return rows[i].Span > rows[j].Span })
	var ords []int64
	for _, r := range rows[:min(n, len(rows))] {
		ords = append(ords, r.Ord)
	}
	return s.RowsOf(ctx, ords)
}
