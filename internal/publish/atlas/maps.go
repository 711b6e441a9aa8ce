package atlas

import (
	"math"

	"keepiton/internal/incident"
	"keepiton/internal/platform/chart"
	"keepiton/internal/platform/geo"
)

// The world map. Outlines are projected once per process (geo keeps them).

const mapWidth = 1088

// mapTop and mapBottom are the latitudes the map shows: no Antarctica.
const (
	mapTop    = 83.5
	mapBottom = -56.0
)

// narrowWest and narrowEast bound the narrow map: the empty Pacific is cut.
const (
	narrowWest = -112
	narrowEast = 156
)

// cropLeft and cropRight cut the empty ocean on both sides, as long as no dot
// lies there.
const (
	cropLeft  = 96
	cropRight = 1046
)

func hitInside(dots []chart.Dot) bool {
	for _, d := range dots {
		if d.X < cropLeft || d.X > cropRight {
			return false
		}
	}
	return true
}

func worldView() (wide, narrow chart.Box) {
	p, h := geo.FitWorld(mapWidth)
	_, top := p.Project(0, mapTop)
	_, bottom := p.Project(0, mapBottom)
	wide = chart.Box{X: 0, Y: top, W: mapWidth, H: min(bottom, h) - top}
	west, _ := p.Project(narrowWest, 10)
	east, _ := p.Project(narrowEast, 10)
	_, ntop := p.Project(0, 74)
	_, nbottom := p.Project(0, -44)
	narrow = chart.Box{X: west, Y: ntop, W: east - west, H: nbottom - ntop}
	return wide, narrow
}

// reach is how far shutdowns of a country and year went, by kind.
type reach struct {
	state, also chart.State // of the whole country
	cut, block  int         // entries that hit a part
	n           int
}

func (q *ask) reach(y int, code string) reach {
	area := incident.AreaCountry(code)
	n := func(v string) int { return q.n(y, area, incident.DimKind, v) }
	r := reach{n: q.n(y, area, incident.DimAll, "")}
	for _, k := range []struct {
		value string
		state chart.State
	}{{"cut_whole", chart.Cut}, {"slow_whole", chart.Slow}, {"block_whole", chart.Blocked}} {
		if n(k.value) == 0 {
			continue
		}
		if r.state == chart.Ink {
			r.state = k.state
		} else if r.also == chart.Ink && k.state == chart.Blocked && r.state == chart.Slow {
			r.also = k.state
		}
	}
	r.cut, r.block = n("cut_part")+n("slow_part"), n("block_part")
	return r
}

// worldMap draws a year: a country is filled where a measure reached all of
// it, a dot is a place.
func (q *ask) worldMap(y int) (chart.Chart, chart.Head, error) {
	m := chart.Map{}
	if err := q.loadCountries(y, incident.DimKind, incident.DimCutUnit); err != nil {
		return m, m.Head, err
	}
	m.View, m.NarrowView = worldView()
	p, _ := geo.FitWorld(mapWidth)
	whole := 0
	list := q.countriesWith(y, incident.DimAll, "")
	at := map[string]reach{}
	for _, c := range list {
		r := q.reach(y, c.value)
		at[c.value] = r
		if r.state != chart.Ink {
			whole++
		}
	}
	for _, s := range geo.WorldPaths(mapWidth) {
		r, hit := at[s.Code]
		title := ""
		if hit {
			title = q.v.T("atlas.map.title", "country", q.v.Country(s.Code), "n", r.n)
		}
		if s.D == "" {
			if hit && (s.X != 0 || s.Y != 0) {
				m.Dots = append(m.Dots, chart.Dot{X: s.X, Y: s.Y, State: dotState(r), Title: title, Href: q.path("/countries/" + s.Code), Label: q.v.Country(s.Code)})
			}
			continue
		}
		sh := chart.Shape{Path: s.D, Title: title}
		if hit {
			sh.State, sh.Also, sh.Href = r.state, r.also, q.path("/countries/"+s.Code)
		}
		m.Shapes = append(m.Shapes, sh)
	}
	for _, c := range list {
		m.Dots = append(m.Dots, q.placeDots(y, c.value, at[c.value], p)...)
	}
	if hitInside(m.Dots) {
		m.View.X, m.View.W = cropLeft, cropRight-cropLeft
	}
	for _, s := range geo.DisputedPaths(p, 1, .4) {
		m.Disputed = append(m.Disputed, chart.Shape{Path: s.D, Title: s.Name})
	}
	used := map[chart.State]bool{}
	dot, ring := false, false
	for _, r := range at {
		used[r.state], used[r.also] = true, true
		dot, ring = dot || r.cut > 0, ring || (r.block > 0 && r.state == chart.Ink && r.cut == 0)
	}
	for _, s := range []chart.State{chart.Cut, chart.Slow, chart.Blocked} {
		if used[s] {
			m.Key = append(m.Key, chart.KeyItem{State: s, Text: q.v.T("atlas.map.key." + string(s))})
		}
	}
	if dot {
		m.Key = append(m.Key, chart.KeyItem{State: chart.Cut, Dot: true, Text: q.v.T("atlas.map.key.dot")})
	}
	if ring {
		m.Key = append(m.Key, chart.KeyItem{State: chart.Blocked, Dot: true, Text: q.v.T("atlas.map.key.ring")})
	}
	m.Key = append(m.Key, chart.KeyItem{Disputed: true, Text: q.v.T("atlas.map.key.disputed")})
	m.Borders = q.v.T("atlas.map.borders")
	m.TableHead, m.TableRows = q.mapTable(y, list, at)
	t, _ := q.of(y)
	title := q.v.T("atlas.find.map", "n", t.countries, "whole", whole, "year", year(y))
	if whole == 0 {
		title = q.v.T("atlas.find.map_parts", "n", t.countries, "year", year(y))
	}
	m.Head = q.head(title, q.v.T("atlas.map.sub", "year", year(y)), q.v.T("atlas.map.note"), title)
	return m, m.Head, nil
}

func dotState(r reach) chart.State {
	if r.state == chart.Blocked || r.state == chart.Ink && r.cut == 0 {
		return chart.Blocked
	}
	return chart.Cut
}

// placeDots are the places of a country that were cut off; where no place is
// known, one dot in the middle of the country.
func (q *ask) placeDots(y int, code string, r reach, p geo.Projector) []chart.Dot {
	c, ok := geo.ByCode(code)
	if !ok {
		return nil
	}
	var out []chart.Dot
	href := q.path("/countries/" + code)
	for _, x := range q.values(y, incident.AreaCountry(code), incident.DimCutUnit) {
		u, ok := geo.UnitByID(x.value)
		if !ok || u.Lat == 0 && u.Lon == 0 {
			continue
		}
		d := chart.Dot{State: chart.Cut, R: 2.2 + min(math.Sqrt(float64(x.n))*.55, 3.3), Title: q.atPlace(scope{year: y}, q.unitName(x.value), x.n), Href: href}
		d.X, d.Y = p.Project(u.Lon, u.Lat)
		out = append(out, d)
	}
	middle := func(s chart.State) {
		if c.Lat == 0 && c.Lon == 0 {
			return
		}
		d := chart.Dot{State: s, R: 3, Title: q.v.T("atlas.map.title", "country", q.v.Country(code), "n", r.n), Href: href}
		d.X, d.Y = p.Project(c.Lon, c.Lat)
		out = append(out, d)
	}
	switch {
	case len(out) == 0 && r.cut > 0:
		middle(chart.Cut)
	case len(out) == 0 && r.state == chart.Ink && r.block > 0:
		middle(chart.Blocked)
	}
	return out
}

// mapTable is the map as a table: each country, how much, how far it reached.
func (q *ask) mapTable(y int, list []val, at map[string]reach) (head []string, rows [][]string) {
	head = []string{q.v.T("atlas.country_head"), q.v.T("atlas.shutdowns"), q.v.T("atlas.map.reach_head")}
	for _, c := range list {
		rows = append(rows, []string{q.v.Country(c.value), year(c.n), q.reachWords(at[c.value])})
	}
	return head, rows
}

func (q *ask) reachWords(r reach) string {
	switch {
	case r.state != chart.Ink && r.cut+r.block > 0:
		return q.v.T("atlas.map.reach.both." + string(r.state))
	case r.state != chart.Ink:
		return q.v.T("atlas.map.reach." + string(r.state))
	case r.cut > 0:
		return q.v.T("atlas.map.reach.places")
	}
	return q.v.T("atlas.map.reach.block_places")
}

// The map of one country by first-level unit.

const (
	countryWidth = 1000
	countryHigh  = 620
)

// shadeEdges are the upper bounds of the lower shades, as shares of the highest
// count on the map. The lightest shade is too like plain land and the darkest
// too dark for the names that stand on it, so that three are left.
var shadeEdges = []float64{.12, .4}

// firstShade is the shade of the lowest step.
const firstShade = 2

func shadeOf(n, most int) int {
	s := share(n, most)
	for i, e := range shadeEdges {
		if s <= e {
			return i + firstShade
		}
	}
	return len(shadeEdges) + firstShade
}

// labelled is how many units carry their name on the map.
const labelled = 8

// hasCountryMap tells whether we hold outlines of a country's units.
func hasCountryMap(code string) bool { return len(geo.Level1(code)) > 1 }

// countryMapChart shades the first-level units of a country by the number of
// entries that named them.
func (q *ask) countryMapChart(sc scope) (chart.Chart, chart.Head, error) {
	m := chart.Map{}
	r, err := q.rank("units", sc)
	if err != nil {
		return m, m.Head, err
	}
	shapes := geo.Level1(sc.country)
	p := geo.FitCountry(shapes, countryWidth, countryHigh)
	counts := map[string]int{}
	most := 1
	for _, it := range r.items {
		counts[it.key] = it.n
		most = max(most, it.n)
	}
	box := newBounds()
	rough := false
	for _, s := range shapes {
		box.add(s.Polygons, p)
		n := counts[s.Code]
		sh := chart.Shape{Path: geo.Path(s.Polygons, p, 1, .5), Rough: s.Approximate, Title: q.atPlace(sc, q.unitName(s.Code), n)}
		if name := geo.UnitName(s.Code, q.v.Lang.Tag); name == "" {
			sh.Title = s.Name
		}
		rough = rough || s.Approximate
		if n > 0 {
			sh.State = chart.Shade(shadeOf(n, most))
		}
		m.Shapes = append(m.Shapes, sh)
	}
	q.disputedOn(&m, sc.country, p, box)
	m.View = chart.Box{X: 0, Y: box.top - 8, W: countryWidth, H: max(box.bottom-box.top+16, 40)}
	m.NarrowView = chart.Box{X: box.left - 8, Y: box.top - 8, W: max(box.right-box.left+16, 40), H: max(box.bottom-box.top+16, 40)}
	drawn := map[string]bool{}
	for _, s := range shapes {
		drawn[s.Code] = true
	}
	for i, it := range r.items {
		u, ok := geo.UnitByID(it.key)
		if !ok || u.Lat == 0 && u.Lon == 0 {
			continue
		}
		x, y := p.Project(u.Lon, u.Lat)
		if !drawn[it.key] { // a unit without an outline of its own
			m.Dots = append(m.Dots, chart.Dot{X: x, Y: y, R: 4, State: chart.Cut, Title: q.atPlace(sc, it.label, it.n)})
		}
		if i < labelled {
			m.Labels = append(m.Labels, chart.Label{X: x, Y: y, Text: q.v.T("atlas.name_n", "name", it.label, "count", it.n)})
		}
	}
	m.Key = append(q.shadeKey(most, len(r.items) > 0), m.Key...)
	m.Borders = q.v.T("atlas.map.borders")
	if rough {
		m.Borders = q.v.T("atlas.sentences", "a", m.Borders, "b", q.v.T("atlas.map.rough"))
	}
	m.TableHead, m.TableRows = r.table()
	note := q.v.T("atlas.map.unit_note")
	m.Head = q.head(r.title, q.under(sc, "atlas.map.unit_sub"), note, q.said(r))
	return m, m.Head, nil
}

// beyond is by what share of its height a country's map may grow to show
// disputed areas outside the outline it is drawn with.
const beyond = .15

// disputedOn hatches the disputed areas a country is a party to and makes room
// for them.
func (q *ask) disputedOn(m *chart.Map, country string, p geo.Projector, box *bounds) {
	own := *box
	for _, a := range geo.Disputed() {
		if !concerns(a, country) {
			continue
		}
		if d := geo.Path(a.Polygons, p, 1, 2); d != "" {
			m.Disputed = append(m.Disputed, chart.Shape{Path: d, Title: a.Name})
			box.add(a.Polygons, p)
		}
	}
	extra := (own.bottom - own.top) * beyond
	box.top, box.bottom = max(box.top, own.top-extra), min(box.bottom, own.bottom+extra)
	box.left, box.right = max(box.left, own.left-extra), min(box.right, own.right+extra)
	if len(m.Disputed) > 0 {
		m.Key = append(m.Key, chart.KeyItem{Disputed: true, Text: q.v.T("atlas.map.key.disputed")})
	}
}

// concerns tells whether a country is a party to a disputed area.
func concerns(a geo.Area, country string) bool {
	if a.CountUnder == country {
		return true
	}
	for _, p := range a.Parties {
		if code, ok := geo.MatchCountry(p); ok && code == country {
			return true
		}
	}
	return false
}

// shadeKey names the steps of the shades in numbers.
func (q *ask) shadeKey(most int, some bool) []chart.KeyItem {
	if !some {
		return nil
	}
	var out []chart.KeyItem
	from := 1
	for i := 0; i <= len(shadeEdges) && from <= most; i++ {
		to := most
		if i < len(shadeEdges) {
			to = int(math.Floor(shadeEdges[i] * float64(most)))
		}
		if to < from {
			continue
		}
		text := q.v.N(from)
		if to > from {
			text = q.v.T("atlas.map.step", "from", from, "to", to)
		}
		out = append(out, chart.KeyItem{State: chart.Shade(i + firstShade), Text: text})
		from = to + 1
	}
	return out
}

type bounds struct{ left, top, right, bottom float64 }

func newBounds() *bounds {
	return &bounds{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
}

func (b *bounds) add(polys []geo.Polygon, p geo.Projector) {
	for _, poly := range polys {
		for _, ring := range poly {
			for _, pt := range ring {
				x, y := p.Project(pt[0], pt[1])
				b.left, b.right = min(b.left, x), max(b.right, x)
				b.top, b.bottom = min(b.top, y), max(b.bottom, y)
			}
		}
	}
}
