package atlas

import (
	"net/http"

	"keepiton/internal/incident"
	"keepiton/internal/platform/page"
)

// trendsPage sets all years side by side.
type trendsPage struct {
	Title    string
	Lede     []string
	Notice   *notice
	Pictures []*picture
	Source   string
	Years    []choice
	Empty    string
}

// trends is GET /trends.
func (a *Atlas) trends(q *ask, w http.ResponseWriter, r *http.Request) error {
	out := trendsPage{Notice: q.notice("/trends"), Source: q.source(), Title: q.v.T("atlas.trends.title")}
	if len(q.totals) == 0 {
		out.Empty = q.v.T("atlas.empty_record")
		return a.show(q, w, r, page.Page{Title: out.Title, Body: "atlas.trends", Data: out, Section: "trends"})
	}
	if err := q.loadWorld(0, incident.DimTrait); err != nil {
		return err
	}
	out.Title = q.trendsTitle()
	out.Lede = q.trendsLede()
	if text := q.soFar(incident.AreaWorld); text != "" {
		out.Lede = append(out.Lede, text)
	}
	for _, k := range []string{"bars", "trend-causes", "trend-regions", "trend-services", "trend-networks", "matrix", "borders"} {
		c, h, err := q.chart(k, "all")
		if err != nil {
			return err
		}
		p := q.figure(k, "all", c, h)
		if len(p.Rows) > trendRows {
			p.Rows = p.Rows[:trendRows]
		}
		out.Pictures = append(out.Pictures, p)
	}
	for i := len(q.counted()) - 1; i >= 0; i-- {
		out.Years = append(out.Years, choice{Text: year(q.counted()[i].year), Href: q.path("/years/" + year(q.counted()[i].year))})
	}
	return a.show(q, w, r, page.Page{Title: out.Title, Description: out.Lede[0], Body: "atlas.trends", Data: out, Section: "trends", Image: "/pictures/bars/all.png"})
}

// trendRows is how many rows of a table the page of trends shows.
const trendRows = 12

// news is how many shutdowns began in a year and how many were carried in.
func (q *ask) news(y int) (began, carried int) {
	carried = q.n(y, incident.AreaWorld, incident.DimTrait, "carried_in")
	return q.n(y, incident.AreaWorld, incident.DimAll, "") - carried, carried
}

// trendsTitle says what the last three years have in common.
func (q *ask) trendsTitle() string {
	n := len(q.totals)
	if n < 3 {
		return q.barsFinding(scope{})
	}
	a, b := q.totals[n-3].year, q.totals[n-1].year
	beganA, carriedA := q.news(a)
	beganB, carriedB := q.news(b)
	total := q.totals[n-1].shutdowns - q.totals[n-3].shutdowns
	flat := beganB-beganA <= beganA/20 && beganA-beganB <= beganA/20
	switch {
	case total > 0 && flat && carriedB > carriedA:
		return q.v.T("atlas.trends.staying", "from", year(a), "to", year(b))
	case total > 0 && beganB > beganA:
		return q.v.T("atlas.trends.rising", "from", year(a), "to", year(b))
	case total < 0:
		return q.v.T("atlas.trends.falling", "from", year(a), "to", year(b))
	}
	return q.barsFinding(scope{})
}

func (q *ask) trendsLede() []string {
	y := q.newest()
	began, carried := q.news(y)
	out := []string{q.v.T("atlas.trends.now", "n", began, "carried", carried, "year", year(y))}
	if b := q.before(y); b != 0 {
		began, carried = q.news(b)
		out = append(out, q.v.T("atlas.trends.before", "n", began, "carried", carried, "year", year(b)))
	}
	return out
}

// mapPage is a map with its table.
type mapPage struct {
	Title   string
	Lede    string
	Crumbs  []page.Link
	Notice  *notice
	Years   []choice
	Map     *picture
	Note    string
	Links   []page.Link
	Empty   string
	Caption string
}

// world is GET /map.
func (a *Atlas) world(q *ask, w http.ResponseWriter, r *http.Request) error {
	out := mapPage{Notice: q.notice("/map"), Title: q.v.T("atlas.map.page")}
	y := q.newest()
	if s := r.URL.Query().Get("year"); s != "" {
		var err error
		if y, err = q.countYear(s); err != nil {
			return err
		}
	}
	if y == 0 {
		out.Empty = q.v.T("atlas.empty_record")
		return a.show(q, w, r, page.Page{Title: out.Title, Body: "atlas.map", Data: out, Section: "map"})
	}
	for i := len(q.counted()) - 1; i >= 0; i-- {
		yy := q.counted()[i].year
		out.Years = append(out.Years, choice{year(yy), q.path("/map", "year", year(yy)), yy == y})
	}
	c, h, err := q.worldMap(y)
	if err != nil {
		return err
	}
	out.Title = q.v.T("atlas.map.page_year", "year", year(y))
	out.Map = q.figure("map", year(y), c, h)
	out.Note = q.v.T("atlas.map.page_note")
	out.Links = []page.Link{{Text: q.v.T("atlas.map.year_link", "year", year(y)), Href: q.path("/years/" + year(y))}}
	canon := "/map"
	if r.URL.Query().Get("year") != "" {
		canon = canonical("/map", "year", year(y))
	}
	return a.show(q, w, r, page.Page{Title: out.Title, Description: h.Title, Body: "atlas.map", Data: out, Section: "map", Image: "/pictures/map/" + year(y) + ".png", Canonical: canon})
}

// countryMap is GET /map/{code}.
func (a *Atlas) countryMap(q *ask, w http.ResponseWriter, r *http.Request) error {
	code, moved, err := q.countryCode("/map/", r)
	if err != nil {
		return err
	}
	if moved != "" {
		http.Redirect(w, r, moved, http.StatusMovedPermanently)
		return nil
	}
	sc := scope{country: code}
	if s := r.URL.Query().Get("year"); s != "" {
		if sc.year, err = q.countYear(s); err != nil {
			return err
		}
	}
	if q.all(scope{country: code}) == 0 {
		return a.countryWithout(q, w, r, code)
	}
	name := q.v.Country(code)
	out := mapPage{Notice: q.notice("/map/" + code), Crumbs: []page.Link{{Text: q.v.T("publish.nav.map"), Href: q.path("/map")},
		{Text: name, Href: q.path("/countries/" + code)}, {Text: q.v.T("atlas.map.units")}}}
	out.Years = []choice{{q.v.T("atlas.country.all_years"), q.path("/map/" + code), sc.year == 0}}
	for i := len(q.counted()) - 1; i >= 0; i-- {
		yy := q.counted()[i].year
		if q.n(yy, sc.area(), incident.DimAll, "") > 0 {
			out.Years = append(out.Years, choice{year(yy), q.path("/map/"+code, "year", year(yy)), yy == sc.year})
		}
	}
	c, h, err := q.countryMapChart(sc)
	if err != nil {
		return err
	}
	out.Title = q.v.T("atlas.map.country_title", "country", name)
	out.Map = q.figure("country-map", sc.key(), c, h)
	if !hasCountryMap(code) {
		out.Map = nil
		out.Empty = q.v.T("atlas.map.none", "country", name)
	}
	out.Links = []page.Link{{Text: q.v.T("atlas.map.country_link", "country", name), Href: q.path("/countries/"+code, "year", yearOr(sc.year))}}
	return a.show(q, w, r, page.Page{Title: out.Title, Description: h.Title, Body: "atlas.map", Data: out, Section: "map", Image: "/pictures/country-map/" + code + ".png",
		Canonical: canonical("/map/"+code, "year", yearOr(sc.year))})
}
