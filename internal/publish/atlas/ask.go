package atlas

import (
	"context"
	"net/http"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
)

// ask is one request: its language, its edition, and the counts read so far.
type ask struct {
	ctx    context.Context
	a      *Atlas
	v      voice
	ed     incident.Edition
	sheet  string  // day of the sheet behind the record, "" when not known or not the record
	label  string  // what ?release= must say to stay in the edition, "" for the record
	totals []total // the count years, oldest first
	sofar  *total  // of the year that still runs, where others are over
	cells  map[slot]map[int]map[string]int
	read   map[string]bool
	today  int // day number
}

// slot is a dimension of an area; below it stand years and values.
type slot struct{ area, dim string }

// total is a count year of the edition.
type total struct{ year, shutdowns, countries int }

// scope is what a figure covers: a year or all of them, the world or a country.
type scope struct {
	year    int
	country string
}

func (sc scope) area() string {
	if sc.country == "" {
		return incident.AreaWorld
	}
	return incident.AreaCountry(sc.country)
}

// key is the scope in the address of a picture.
func (sc scope) key() string {
	switch {
	case sc.country == "" && sc.year == 0:
		return "all"
	case sc.country == "":
		return year(sc.year)
	case sc.year == 0:
		return sc.country
	}
	return sc.country + "-" + year(sc.year)
}

var scopeKey = regexp.MustCompile(`^(?:all|([0-9]{4})|([A-Z]{2})(?:-([0-9]{4}))?)$`)

// parseScope reads the key of a picture; the year must be counted, the country
// known.
func (q *ask) parseScope(key string) (scope, error) {
	m := scopeKey.FindStringSubmatch(key)
	if m == nil {
		return scope{}, fault.New(fault.NotFound, "")
	}
	sc := scope{country: m[2]}
	if y := m[1] + m[3]; y != "" {
		n, err := q.countYear(y)
		if err != nil {
			return scope{}, err
		}
		sc.year = n
	}
	if sc.country != "" {
		if _, ok := geo.ByCode(sc.country); !ok {
			return scope{}, fault.New(fault.NotFound, "")
		}
	}
	return sc, nil
}

// countYear reads a year of an address.
func (q *ask) countYear(s string) (int, error) {
	y, err := strconv.Atoi(s)
	if err == nil && len(s) == 4 {
		for _, t := range q.counted() {
			if t.year == y {
				return y, nil
			}
		}
	}
	return 0, fault.New(fault.NotFound, "atlas.lost.year")
}

// allCountries are the areas of every country there is.
func allCountries() []string {
	var out []string
	for _, c := range geo.Countries() {
		out = append(out, incident.AreaCountry(c.Code))
	}
	return out
}

func (a *Atlas) newAsk(r *http.Request) (*ask, error) {
	ctx := r.Context()
	ed, err := a.d.Edition(ctx, r)
	if err != nil {
		return nil, err
	}
	return a.askIn(ctx, a.voice(r), ed)
}

// askIn starts with the totals of every year and country: a few hundred cells.
func (a *Atlas) askIn(ctx context.Context, v voice, ed incident.Edition) (*ask, error) {
	q := &ask{ctx: ctx, a: a, v: v, ed: ed, cells: map[slot]map[int]map[string]int{}, read: map[string]bool{}}
	var err error
	if ed.ID != incident.RecordEdition {
		q.label = ed.Label
	} else if q.sheet, err = a.d.SheetDate(ctx); err != nil {
		return nil, err
	}
	q.today = min(int(a.d.Today().UTC().Unix()/86400), a.d.Record.Horizon(ed))
	cells, err := a.totalsOf(ctx, ed.ID)
	if err != nil {
		return nil, err
	}
	q.put(cells)
	for y, values := range q.cells[slot{incident.AreaWorld, incident.DimAll}] {
		q.totals = append(q.totals, total{year: y, shutdowns: values[""], countries: len(q.countriesWith(y, incident.DimAll, ""))})
	}
	sort.Slice(q.totals, func(i, j int) bool { return q.totals[i].year < q.totals[j].year })
	if n := len(q.totals) - 1; n > 0 && q.label == "" && q.runs(q.totals[n].year) {
		q.sofar, q.totals = &q.totals[n], q.totals[:n]
	}
	return q, nil
}

// load reads cells of areas, once.
func (q *ask) load(y int, areas []string, dims ...string) error {
	if len(areas) == 0 {
		return nil
	}
	memo := year(y) + "/" + strconv.Itoa(len(areas)) + "/" + areas[0] + "/" + strings.Join(dims, ",")
	if q.read[memo] {
		return nil
	}
	q.read[memo] = true
	cells, err := q.a.d.Record.CellsOf(q.ctx, q.ed.ID, y, areas, dims...)
	q.put(cells)
	return err
}

// put adds counts to those read so far.
func (q *ask) put(cells []incident.Cell) {
	for _, c := range cells {
		s := slot{c.Area, c.Dim}
		if q.cells[s] == nil {
			q.cells[s] = map[int]map[string]int{}
		}
		if q.cells[s][c.Year] == nil {
			q.cells[s][c.Year] = map[string]int{}
		}
		q.cells[s][c.Year][c.Value] = int(c.N)
	}
}

// The groups of areas that are read together. worldDims are those of one area
// that every page of figures uses.
var worldDims = []string{incident.DimCause, incident.DimReason, incident.DimNetwork, incident.DimExtent, incident.DimMethod, incident.DimScope,
	incident.DimOrderedBy, incident.DimEndState, incident.DimService, incident.DimFlag, incident.DimAsked, incident.DimTrait, incident.DimKind, incident.DimOffender}

func (q *ask) loadWorld(y int, dims ...string) error {
	return q.load(y, []string{incident.AreaWorld}, dims...)
}

// loadCountries reads the countries that have entries in a year.
func (q *ask) loadCountries(y int, dims ...string) error {
	var areas []string
	for _, c := range q.countriesWith(y, incident.DimAll, "") {
		areas = append(areas, incident.AreaCountry(c.value))
	}
	return q.load(y, areas, dims...)
}

func (q *ask) loadRegions(y int) error {
	var areas []string
	for _, t := range q.v.Tax.Terms(incident.SchemeRegion) {
		areas = append(areas, incident.AreaRegion(t.Key))
	}
	return q.load(y, areas, incident.DimAll)
}

// n is one count; year 0 sums all years.
func (q *ask) n(y int, area, dim, value string) int {
	years := q.cells[slot{area, dim}]
	if y != 0 {
		return years[y][value]
	}
	sum := 0
	for _, values := range years {
		sum += values[value]
	}
	return sum
}

// all is how many entries an area has.
func (q *ask) all(sc scope) int { return q.n(sc.year, sc.area(), incident.DimAll, "") }

// val is a value of a dimension with its count.
type val struct {
	value string
	n     int
}

// values lists the values of a dimension, most first; year 0 sums all years.
func (q *ask) values(y int, area, dim string) []val {
	sums := map[string]int{}
	for yy, values := range q.cells[slot{area, dim}] {
		if y == 0 || y == yy {
			for v, n := range values {
				sums[v] += n
			}
		}
	}
	return sorted(sums)
}

func sorted(sums map[string]int) []val {
	out := make([]val, 0, len(sums))
	for v, n := range sums {
		if n > 0 {
			out = append(out, val{v, n})
		}
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].n != out[j].n {
			return out[i].n > out[j].n
		}
		return out[i].value < out[j].value
	})
	return out
}

// countriesWith lists the countries that have a value of a dimension in a
// year, most entries first; year 0 means any year. The counts must be loaded.
func (q *ask) countriesWith(y int, dim, value string) []val {
	sums := map[string]int{}
	for s := range q.cells {
		if code, ok := strings.CutPrefix(s.area, "country:"); ok && s.dim == dim {
			if n := q.n(y, s.area, dim, value); n > 0 {
				sums[code] = n
			}
		}
	}
	return sorted(sums)
}

// newest is the newest count year that is told as a whole, 0 when there is none:
// the one that still runs only where there is no other.
func (q *ask) newest() int {
	if len(q.totals) == 0 {
		return 0
	}
	return q.totals[len(q.totals)-1].year
}

// counted are the totals of every year, also of the one that still runs.
func (q *ask) counted() []total {
	if q.sofar == nil {
		return q.totals
	}
	return append(q.totals[:len(q.totals):len(q.totals)], *q.sofar)
}

// runs tells whether a year is not over.
func (q *ask) runs(y int) bool {
	_, end := incident.YearDays(y)
	return q.today <= end
}

// runningYear is the year that still runs, 0 when nothing is counted in it.
func (q *ask) runningYear() int {
	if all := q.counted(); len(all) > 0 && q.runs(all[len(all)-1].year) {
		return all[len(all)-1].year
	}
	return 0
}

// soFar says what the running year has, in an area, beside the years that are
// over; "" when it has nothing.
func (q *ask) soFar(area string) string {
	if q.sofar == nil {
		return ""
	}
	y := q.sofar.year
	n := q.n(y, area, incident.DimAll, "")
	if n == 0 {
		return ""
	}
	return q.v.T("atlas.so_far", "n", n, "year", year(y))
}

// of is the total of a year; ok is false when it was not counted.
func (q *ask) of(y int) (total, bool) {
	for _, t := range q.counted() {
		if t.year == y {
			return t, true
		}
	}
	return total{}, false
}

// before is the count year before one, 0 when the edition has none.
func (q *ask) before(y int) int {
	if _, ok := q.of(y - 1); ok {
		return y - 1
	}
	return 0
}

// share is a part of a whole, 0 for a whole of nothing.
func share(n, of int) float64 {
	if of <= 0 {
		return 0
	}
	return float64(n) / float64(of)
}
