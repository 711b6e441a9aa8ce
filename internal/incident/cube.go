package incident

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"keepiton/internal/platform/db"
)

// FirstCountYear is the first year of the coalition's dataset. Days before it
// are not drawn: nobody looked.
const FirstCountYear = 2016

// Span is a stretch of days, both ends included, with what was going on.
type Span struct {
	From, To int
	Kind     string // cut, slow, block; open: no end is recorded
}

// Kinds of a [Span].
const (
	KindCut   = "cut"
	KindSlow  = "slow"
	KindBlock = "block"
	KindOpen  = "open"
)

// KindOf tells how a shutdown is drawn: a cut of the network, a slowdown, or a
// block of services. A ban of satellite terminals is coded as a full network
// in the sheet; it hits one service, so it is drawn as a block.
func KindOf(f *Facts) string {
	if f.Measure.Extent == "service_based" {
		return KindBlock
	}
	if f.Measure.Method == "throttle" {
		return KindSlow
	}
	if hit := f.Affected(); f.Measure.Extent == "full_network" && len(hit) > 0 {
		satellite := true
		for _, s := range hit {
			satellite = satellite && (s == "starlink" || s == "vsat")
		}
		if satellite {
			return KindBlock
		}
	}
	return KindCut
}

// Spans lists the days an incident was active, as far as the record knows.
// Established days run from the start to the recorded end, or to the close of
// the last count year in which it was ongoing. With no end on record only the
// first day is established; the days after it, to the close of that year, are
// open.
func Spans(f *Facts, lastYear int) []Span {
	start, ok := f.Period.Start.Day()
	if !ok {
		return nil
	}
	kind := KindOf(f)
	if end, ok := f.Period.End.Day(); ok && end >= start {
		return []Span{{start, end, kind}}
	}
	_, close := YearDays(lastYear)
	if close < start {
		close = start
	}
	if f.Period.EndState == "ongoing" {
		return []Span{{start, close, kind}}
	}
	out := []Span{{start, start, kind}}
	if close > start {
		out = append(out, Span{start + 1, close, KindOpen})
	}
	return out
}

// cube collects changes of the counts of one edition before they are written.
type cube struct {
	edition int64
	cells   map[Key]int64
	days    map[dayCell]map[int]int64 // differences: +n at the first day, -n after the last
}

type dayCell struct{ area, kind string }

func newCube(edition int64) *cube {
	return &cube{edition, map[Key]int64{}, map[dayCell]map[int]int64{}}
}

// addEntry adds (sign 1) or takes away (sign -1) one counted entry.
func (c *cube) addEntry(f *Facts, year int, sign int64) {
	for _, k := range Contributions(f, year, RegionOf, FirstLevel) {
		c.cells[k] += sign
	}
}

// addDays adds or takes away the days of one incident. lastYear is its newest
// count year.
func (c *cube) addDays(f *Facts, lastYear int, sign int64) {
	first, _ := YearDays(FirstCountYear)
	areas := []string{AreaWorld}
	for _, country := range f.Countries {
		areas = append(areas, AreaCountry(country.Code))
	}
	for _, s := range Spans(f, lastYear) {
		from := max(s.From, first)
		if s.To < from {
			continue
		}
		for _, a := range areas {
			cell := dayCell{a, s.Kind}
			if c.days[cell] == nil {
				c.days[cell] = map[int]int64{}
			}
			c.days[cell][from] += sign
			c.days[cell][s.To+1] -= sign
		}
	}
}

type tallyRow struct {
	Edition int64  `db:"edition_id"`
	Year    int    `db:"count_year"`
	Area    string `db:"area"`
	Dim     string `db:"dim"`
	Value   string `db:"value"`
	N       int64  `db:"n"`
}

type dayRow struct {
	Edition int64  `db:"edition_id"`
	Area    string `db:"area"`
	Kind    string `db:"kind"`
	Day     int    `db:"day"`
	N       int64  `db:"n"`
}

// flush adds the collected changes to the stored counts.
func (c *cube) flush(ctx context.Context, tx db.Tx) error {
	rows := make([]tallyRow, 0, len(c.cells))
	for k, n := range c.cells {
		if n != 0 {
			rows = append(rows, tallyRow{c.edition, k.Year, k.Area, k.Dim, k.Value, n})
		}
	}
	slices.SortFunc(rows, func(a, b tallyRow) int {
		return cmp.Or(cmp.Compare(a.Year, b.Year), cmp.Compare(a.Area, b.Area), cmp.Compare(a.Dim, b.Dim), cmp.Compare(a.Value, b.Value))
	})
	_, counted, err := db.Value[int64](ctx, tx, `/* incident.cube.flush first */ select edition_id from tally where edition_id = $1 limit 1`, c.edition)
	if err != nil {
		return err
	}
	if !counted { // nothing to add to
		err = db.Insert(ctx, tx, "tally", rows)
	} else {
		err = db.Upsert(ctx, tx, "tally", rows, "on conflict (edition_id, count_year, area, dim, value) do update set n = tally.n + excluded.n")
	}
	if err != nil {
		return err
	}
	if _, err := db.Exec(ctx, tx, `/* incident.cube.flush */ delete from tally where edition_id = $1 and n = 0`, c.edition); err != nil {
		return err
	}
	if err := db.Upsert(ctx, tx, "day_change", c.dayRows(),
		"on conflict (edition_id, area, kind, day) do update set n = day_change.n + excluded.n"); err != nil {
		return err
	}
	_, err = db.Exec(ctx, tx, `/* incident.cube.flush days */ delete from day_change where edition_id = $1 and n = 0`, c.edition)
	c.cells, c.days = map[Key]int64{}, map[dayCell]map[int]int64{}
	return err
}

// dayRows lists the differences that are left, in the order of the table.
func (c *cube) dayRows() []dayRow {
	var rows []dayRow
	for cell, diff := range c.days {
		for day, n := range diff {
			if n != 0 {
				rows = append(rows, dayRow{c.edition, cell.area, cell.kind, day, n})
			}
		}
	}
	slices.SortFunc(rows, func(a, b dayRow) int {
		return cmp.Or(cmp.Compare(a.Area, b.Area), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Day, b.Day))
	})
	return rows
}

// Cell is one stored count.
type Cell struct {
	Year  int    `db:"count_year"`
	Area  string `db:"area"`
	Dim   string `db:"dim"`
	Value string `db:"value"`
	N     int64  `db:"n"`
}

// Once is the count year under which the cube counts each incident once, by its
// newest entry.
const Once = -1

// andYear narrows to a count year; 0 means every real one.
func andYear(w *db.Where, year int) {
	if year == 0 {
		w.And("count_year > 0")
		return
	}
	w.And("count_year = ?", year)
}

// Cells reads counts of an edition. year 0 means every year, [Once] each
// incident once; area "" means
// every area, "country" every country, "region" every region; dims empty means
// all dimensions.
func (s *Service) Cells(ctx context.Context, edition int64, year int, area string, dims ...string) ([]Cell, error) {
	var w db.Where
	w.And("edition_id = ?", edition)
	andYear(&w, year)
	switch area {
	case "":
	case "country":
		w.And("area like 'country:%'") // not a range: the order of letters is the database's own
	case "region":
		w.And("area like 'region:%'")
	default:
		w.And("area = ?", area)
	}
	if len(dims) > 0 {
		db.In(&w, "dim", dims)
	}
	return s.told(db.Select[Cell](ctx, s.db.Reader(), fmt.Sprintf(`/* incident.Cells */ select %s from tally where %s order by count_year, area, dim, value`,
		db.Columns[Cell](""), w.SQL()), w.Args()...))
}
