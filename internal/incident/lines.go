package incident

import (
	"context"

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
	w.And("p.edition_id = ? and p.part = ? and p.facets & ? <> 0", edition, partCountry+country, int64(facetCounted))
	facets := make([]int64, len(years))
	for i, y := range years {
		facets[i] = int64(facetYear(y))
	}
	db.In(&w, "p.facets & ?", facets, int64(facetYearMask))
	rows, err := db.Select[lineRow](ctx, s.db.Reader(), `/* incident.Lines */ select e.ord, e.count_year, e.start_day, e.end_day, e.end_state,
		e.extent, e.method, e.network, e.doc, coalesce(m.whole_country, false) from entry_part p cross join entry e
		left join measure m on m.incident_id = e.incident_id where e.ord = p.ord and `+w.SQL()+` order by p.ord desc limit `+w.Arg(limit), w.Args()...)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ords := make([]int64, len(rows))
	for i, r := range rows {
		ords[i] = r.Ord
	}
	services, err := s.partsAt(ctx, partService, ords)
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

// LongestOf lists the n entries of a count year that had been under way
// longest, by established days.
func (s *Service) LongestOf(ctx context.Context, edition int64, year, n int) ([]Row, error) {
	p, err := s.List(ctx, Filter{Edition: edition, Year: year, Sort: "longest", Limit: n})
	return p.Rows, err
}
