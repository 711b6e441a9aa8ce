package atlas

import (
	"net/http"

	"keepiton/internal/incident"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
)

// countryPage is one country.
type countryPage struct {
	Title                  string
	Lede                   []string
	Crumbs                 []page.Link
	Notice                 *notice
	Apart                  *page.Apart // published urgently, and in no figure
	Lines                  []countryLine
	Axis                   []page.Tick
	Key                    []page.StateWord
	LineSub                string
	LineNote               string
	LineFiles              files
	Heading                string   // of the figures: all years or one
	Spans                  []choice // for which years the figures stand
	Empty                  string   // no figures in that year
	Pairs                  [][2]*bars
	Matrix                 *picture
	Map                    *picture
	Units                  *bars
	MapLink                *page.Link
	Newest                 page.Rows
	NewestTitle, NewestSub string
	All                    []page.Link
	Follow                 []page.Link // the feeds of the country
	Source                 string
}

// countryLine is a year of the strips: the year leads to its figures, the
// number to its list.
type countryLine struct {
	Year, Href string
	N, NHref   string
	Strip      page.Strip
}

// newestRows is how many of the newest incidents a country shows.
const newestRows = 6

// country is GET /countries/{code}.
func (a *Atlas) country(q *ask, w http.ResponseWriter, r *http.Request) error {
	code, moved, err := q.countryCode("/countries/", r)
	if err != nil {
		return err
	}
	if moved != "" {
		http.Redirect(w, r, moved, http.StatusMovedPermanently)
		return nil
	}
	if q.all(scope{country: code}) == 0 {
		return a.countryWithout(q, w, r, code)
	}
	sc := scope{country: code}
	if y := r.URL.Query().Get("year"); y != "" {
		if sc.year, err = q.countYear(y); err != nil {
			return err
		}
	}
	if err := q.loadCountry(code); err != nil {
		return err
	}
	out := countryPage{Title: q.countryTitle(sc), Lede: q.countryLede(sc), Notice: q.notice("/countries/" + code), Source: q.source(),
		Crumbs: []page.Link{{Text: q.v.T("publish.nav.countries"), Href: q.path("/countries")}, {Text: q.v.Country(code)}}}
	if out.Apart, err = a.unsigned(q, code, sc.year); err != nil {
		return err
	}
	if err := q.countryLines(&out, sc); err != nil {
		return err
	}
	if err := q.countryFigures(&out, sc); err != nil {
		return err
	}
	if err := q.countryNewest(&out, sc); err != nil {
		return err
	}
	name := q.v.Country(code)
	p := page.Page{Title: name + ": " + q.v.T("atlas.country.short"), Description: out.Lede[0], Body: "atlas.country", Data: out, Section: "countries",
		Canonical: canonical("/countries/"+code, "year", yearOr(sc.year)), Image: "/pictures/country-years/" + code + ".png"}
	if q.label == "" {
		title := q.v.T("atlas.country.feed", "country", name)
		p.Feeds = []page.Feed{{Title: title, Path: "/feeds/countries/" + code + ".atom", Type: "application/atom+xml"},
			{Title: title, Path: "/feeds/countries/" + code + ".json", Type: "application/feed+json"}}
		out.Follow = []page.Link{{Text: "Atom", Href: p.Feeds[0].Path}, {Text: "JSON Feed", Href: p.Feeds[1].Path}}
		p.Data = out
	}
	return a.show(q, w, r, p)
}

// unsigned is what stands apart from the figures of a country, in the record.
func (a *Atlas) unsigned(q *ask, code string, year int) (*page.Apart, error) {
	if q.label != "" {
		return nil, nil
	}
	return a.d.Unsigned(q.ctx, q.v.Speaker, code, year)
}

// countryTitle is the finding over a country: what its years show, or the year
// that was asked for.
func (q *ask) countryTitle(sc scope) string {
	n := func(y int) int { return q.n(y, sc.area(), incident.DimAll, "") }
	last, best, since := q.newest(), 0, 0
	if sc.year != 0 {
		last = sc.year
	}
	for _, t := range q.totals {
		if n(t.year) > 0 {
			since = t.year
		}
		if best == 0 || n(t.year) > n(best) {
			best = t.year
		}
	}
	name := q.v.Country(sc.country)
	switch {
	case sc.year != 0 && q.runs(sc.year) && n(sc.year) > 0, sc.year == 0 && n(last) == 0 && q.soFar(sc.area()) != "":
		return q.v.T("atlas.country.so_far", "country", name, "n", n(q.runningYear()), "year", year(q.runningYear()))
	case since == 0:
		return q.v.T("atlas.country.none", "country", name)
	case sc.year != 0 && n(last) == 0:
		return q.v.T("atlas.country.none_year", "country", name, "year", year(last))
	case n(last) == 0:
		return q.v.T("atlas.country.last", "country", name, "year", year(since), "n", n(since))
	case len(q.totals) == 1: // nothing to be the most of
		return q.v.T("atlas.country.only", "country", name, "year", year(last), "n", n(last))
	case best == last:
		return q.v.T("atlas.country.most", "country", name, "year", year(last), "n", n(last))
	}
	return q.v.T("atlas.country.now", "country", name, "year", year(last), "n", n(last), "peak", n(best), "best", year(best))
}

// countryLede is the paragraph beside it: totals, what goes on, why.
func (q *ask) countryLede(sc scope) []string {
	whole := scope{country: sc.country}
	area := sc.area()
	total := q.all(whole)
	out := []string{q.v.T("atlas.country.total", "country", q.v.Country(sc.country), "span", q.span(), "n", total)}
	if n := q.n(q.newest(), area, incident.DimEndState, "ongoing"); n > 0 {
		out = append(out, q.v.T("atlas.country.ongoing", "n", n, "year", year(q.newest())))
	}
	if text := q.soFar(area); text != "" {
		out = append(out, text)
	}
	return out
}

// countryLines fills the strips.
func (q *ask) countryLines(out *countryPage, sc scope) error {
	lines, err := q.lines(sc.country)
	if err != nil {
		return err
	}
	used := map[page.State]bool{}
	rough := false
	out.Axis = q.ticks(sc.year, sc.year)
	for _, l := range lines {
		first, last := incident.YearDays(l.year)
		c := countryLine{Year: year(l.year), N: q.v.N(l.n), Strip: page.Strip{Tall: true, Marks: l.marks, Known: publish.Known(first, last, q.today),
			Label: q.v.T("atlas.line.label", "year", year(l.year), "n", l.n, "words", l.words)}}
		if l.n > 0 {
			c.Href = q.path("/countries/"+sc.country, "year", year(l.year)) + "#f"
			c.NHref = q.incidents(scope{l.year, sc.country}, "", "")
		}
		for _, m := range l.marks {
			used[m.State] = true
		}
		rough = rough || !l.exact
		out.Lines = append(out.Lines, c)
	}
	out.Key = q.lineKey(used)
	out.LineSub = q.v.T("atlas.line.sub")
	if rough {
		out.LineNote = q.v.T("atlas.line.rough", "n", exactUpTo)
	}
	out.LineFiles = q.files("country-years", sc.country)
	return nil
}

// countryFigures fills the charts of the chosen years.
func (q *ask) countryFigures(out *countryPage, sc scope) error {
	out.Heading = q.v.T("atlas.country.figures", "scope", q.scopeName(sc))
	base := "/countries/" + sc.country
	out.Spans = []choice{{q.v.T("atlas.country.all_years"), q.path(base) + "#f", sc.year == 0}}
	for i := len(q.counted()) - 1; i >= 0; i-- {
		y := q.counted()[i].year
		if q.n(y, sc.area(), incident.DimAll, "") > 0 {
			out.Spans = append(out.Spans, choice{year(y), q.path(base, "year", year(y)) + "#f", sc.year == y})
		}
	}
	if q.all(sc) == 0 {
		out.Empty = q.v.T("atlas.country.no_year", "country", q.v.Country(sc.country), "year", year(sc.year))
		return nil
	}
	pair := func(a, b string) error {
		x, err := q.rankBars(a, sc, countryRows)
		if err != nil {
			return err
		}
		y, err := q.rankBars(b, sc, countryRows)
		if err != nil {
			return err
		}
		if x == nil {
			x, y = y, nil
		}
		if x != nil {
			out.Pairs = append(out.Pairs, [2]*bars{x, y})
		}
		return nil
	}
	for _, p := range [][2]string{{"causes", "reasons"}, {"networks", "services"}, {"extent", "orders"}} {
		if err := pair(p[0], p[1]); err != nil {
			return err
		}
	}
	if q.all(sc) >= matrixFrom {
		c, h, err := q.matrix(sc)
		if err != nil {
			return err
		}
		out.Matrix = q.figure("matrix", sc.key(), c, h)
	}
	var err error
	if out.Units, err = q.rankBars("units", sc, countryRows); err != nil {
		return err
	}
	if out.Units != nil && hasCountryMap(sc.country) {
		out.MapLink = &page.Link{Text: q.v.T("atlas.country.map", "country", q.v.Country(sc.country)), Href: q.path("/map/"+sc.country, "year", yearOr(sc.year))}
		c, h, err := q.countryMapChart(sc)
		if err != nil {
			return err
		}
		out.Map = q.figure("country-map", sc.key(), c, h)
		out.Map.Rows = nil // the bars beside it say the same
		out.Units.Title = q.v.T("atlas.country.units")
	}
	return nil
}

// countryRows is how many rows of a breakdown a country's page shows: the page
// of the largest country must stay within its weight.
const countryRows = 7

// matrixFrom is from how many entries cause against reason is worth a matrix.
const matrixFrom = 6

// countryNewest lists the newest incidents and leads to all of them.
func (q *ask) countryNewest(out *countryPage, sc scope) error {
	p, err := q.a.d.Record.List(q.ctx, incident.Filter{Edition: q.ed.ID, Country: sc.country, Year: sc.year, Limit: newestRows})
	if err != nil {
		return err
	}
	from, to := 0, 0
	for _, r := range p.Rows {
		if y := r.Facts.Period.Start.Year(); y != 0 && (from == 0 || y < from) {
			from = y
		}
		to = max(to, r.Facts.Period.Start.Year(), r.Entry.Year)
	}
	if sc.year != 0 {
		from, to = sc.year, sc.year
	}
	if from == 0 {
		return nil
	}
	first, _ := incident.YearDays(from)
	_, last := incident.YearDays(to)
	out.Newest.Axis = q.ticks(from, to)
	for _, r := range p.Rows {
		strip := page.Strip{Marks: publish.Marks(r.Facts, r.Entry.Year, first, last, q.today), Known: publish.Known(first, last, q.today)}
		href := ""
		if r.Ref != "" {
			href = q.path("/incidents/" + r.Ref)
		}
		out.Newest.Items = append(out.Newest.Items, page.Row{Name: q.v.WhereOf(r), Href: href, Count: q.length(r), Strip: strip,
			When: q.v.When(r.Facts), Note: q.v.T("atlas.row", "what", q.v.What(r.Facts), "cause", q.v.Term(incident.SchemeCause, r.Facts.Cause.Term))})
	}
	name := q.v.Country(sc.country)
	out.NewestTitle = q.v.T("atlas.country.newest")
	if sc.year != 0 {
		out.NewestTitle = q.v.T("atlas.country.newest_year", "year", year(sc.year))
	}
	out.NewestSub = q.v.T("atlas.country.newest_sub")
	out.All = []page.Link{{Text: q.v.T("atlas.country.list", "n", q.all(sc), "scope", q.scopeName(sc)), Href: q.incidents(sc, "", "")}}
	if sc.year == 0 {
		out.All[0].Text = q.v.T("atlas.country.list_all", "country", name)
	}
	return nil
}

// length is the count beside a row: days, or nothing when they are not known.
func (q *ask) length(r incident.Row) string {
	if r.Entry.SpanDays <= 0 {
		return ""
	}
	if r.Facts.Period.End == "" && r.Facts.Period.EndState != "ongoing" {
		return ""
	}
	return q.v.Days(r.Entry.SpanDays)
}

// without is the page of a country nothing is on record for.
type without struct {
	Title, Text string
	Crumbs      []page.Link
	Notice      *notice
	Why         []string
	Links       []page.Link
	Apart       *page.Apart // published urgently, and in no figure
}

func (a *Atlas) countryWithout(q *ask, w http.ResponseWriter, r *http.Request, code string) error {
	name := q.v.Country(code)
	out := without{Title: q.v.T("atlas.country.none", "country", name), Text: q.v.T("atlas.without.text", "country", name, "span", q.span()),
		Notice: q.notice("/countries/" + code),
		Crumbs: []page.Link{{Text: q.v.T("publish.nav.countries"), Href: q.path("/countries")}, {Text: name}},
		Why:    []string{q.v.T("atlas.without.one"), q.v.T("atlas.without.two"), q.v.T("atlas.without.three")}}
	if len(q.totals) == 0 { // no years to speak of, and no other country to go to
		out.Text = q.v.T("atlas.without.text_empty", "country", name)
	} else if c, ok := geo.ByCode(code); ok && c.Region != "" {
		out.Links = append(out.Links, page.Link{Text: q.v.T("atlas.without.region", "region", q.v.Term(incident.SchemeRegion, c.Region)), Href: q.path("/countries", "region", c.Region)})
	}
	out.Links = append(out.Links, page.Link{Text: q.v.T("atlas.without.method"), Href: "/about"})
	var err error
	if out.Apart, err = a.unsigned(q, code, 0); err != nil {
		return err
	}
	return a.show(q, w, r, page.Page{Title: name, Description: out.Text, Body: "atlas.without", Data: out, Section: "countries", Noindex: true,
		Canonical: "/countries/" + code})
}
