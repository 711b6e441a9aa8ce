package atlas

import (
	"net/http"
	"net/url"
	"slices"

	"keepiton/internal/incident"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page"
)

// yearsPage lists every count year.
type yearsPage struct {
	Title, Lede string
	Notice      *notice
	Picture     *picture
	Heads       []string
	Rows        []yearsRow
	Source      string
	Empty       string
}

type yearsRow struct {
	Year, Href string
	Cells      []string
	Cause      string
}

// years is GET /years.
func (a *Atlas) years(q *ask, w http.ResponseWriter, r *http.Request) error {
	c, h, err := q.yearBars(scope{})
	if err != nil {
		return err
	}
	if err := q.loadWorld(0, incident.DimCause, incident.DimTrait, incident.DimEndState); err != nil {
		return err
	}
	out := yearsPage{Title: q.v.T("atlas.years.title", "span", q.span()), Lede: q.v.T("atlas.years.lede"), Notice: q.notice("/years"), Source: q.source(),
		Heads: []string{q.v.T("atlas.year_head"), q.v.T("atlas.shutdowns"), q.v.T("atlas.countries_head"), q.v.T("atlas.new_head"), q.v.T("atlas.carried_head"), q.v.T("atlas.cause_head")}}
	if len(q.totals) == 0 {
		out.Title = q.v.T("atlas.years.title_empty")
		out.Empty = q.v.T("atlas.empty_record")
	} else {
		out.Picture = q.figure("bars", "all", c, h)
		out.Picture.Rows = nil // the table below says it
	}
	for i := len(q.counted()) - 1; i >= 0; i-- {
		t := q.counted()[i]
		carried := q.n(t.year, incident.AreaWorld, incident.DimTrait, "carried_in")
		row := yearsRow{Year: q.yearName(t.year), Href: q.path("/years/" + year(t.year)), Cells: []string{q.v.N(t.shutdowns), q.v.N(t.countries), q.v.N(t.shutdowns - carried), q.v.N(carried)}}
		for _, x := range q.values(t.year, incident.AreaWorld, incident.DimCause) {
			if !rest(x.value) {
				row.Cause = q.v.T("atlas.name_n", "name", q.v.Term(incident.SchemeCause, x.value), "count", x.n)
				break
			}
		}
		out.Rows = append(out.Rows, row)
	}
	return a.show(q, w, r, page.Page{Title: out.Title, Description: out.Lede, Body: "atlas.years", Data: out, Section: "trends", Image: "/pictures/bars/all.png"})
}

// yearName is a year, and that it is not over.
func (q *ask) yearName(y int) string {
	if q.runs(y) {
		return q.v.T("atlas.year_so_far", "year", year(y))
	}
	return year(y)
}

// yearFrame is what the four pages of a year share.
type yearFrame struct {
	Title  string
	Lede   []string
	Crumbs []page.Link
	Notice *notice
	Parts  []choice
	Prev   *page.Link
	Next   *page.Link
	Source string
	Rule   string
}

// frame starts a page of a year. part is "", where, why or how.
func (q *ask) frame(y int, part, title string) yearFrame {
	base := "/years/" + year(y)
	live := base
	if part != "" {
		live += "/" + part
	}
	f := yearFrame{Title: title, Notice: q.notice(live), Source: q.source(), Rule: q.v.T("atlas.rule_overlap"),
		Crumbs: []page.Link{{Text: q.v.T("atlas.years_word"), Href: q.path("/years")}, {Text: year(y), Href: q.path(base)}}}
	if part != "" {
		f.Crumbs = append(f.Crumbs, page.Link{Text: q.v.T("atlas.part." + part)})
	} else {
		f.Crumbs[1].Href = ""
	}
	for _, p := range []string{"", "where", "why", "how"} {
		key, href := "atlas.part."+p, base
		if p == "" {
			key = "atlas.part.overview"
		} else {
			href += "/" + p
		}
		f.Parts = append(f.Parts, choice{q.v.T(key), q.path(href), p == part})
	}
	suffix := ""
	if part != "" {
		suffix = "/" + part
	}
	if _, ok := q.of(y - 1); ok {
		f.Prev = &page.Link{Text: year(y - 1), Href: q.path("/years/" + year(y-1) + suffix)}
	}
	if _, ok := q.of(y + 1); ok {
		f.Next = &page.Link{Text: year(y + 1), Href: q.path("/years/" + year(y+1) + suffix)}
	}
	return f
}

// yearOf reads the year of the address.
func (q *ask) yearOf(r *http.Request) (int, error) { return q.countYear(r.PathValue("year")) }

// yearPage is the overview of a year.
type yearPage struct {
	yearFrame
	Strip     *picture
	NoDays    string // stands where the strip would, when the edition has no days
	Facts     figureTable
	Carried   string // why as many as were not over need not be as many as were carried on
	Map       *picture
	Countries *bars
	First     string
	Editions  []editionRow
	MoreEds   bool // not all of them found room
	EdHeads   [4]string
	Compare   string
	MoreWhere page.Link
	List      page.Link
}

// figureTable is the year in short: a row for each figure.
type figureTable struct {
	Heads []string
	Rows  []figureRow
}

type figureRow struct {
	Label, Href string
	Prev, Now   string
	Countries   string
}

type editionRow struct {
	Label, Href, Kind    string
	Shutdowns, Countries string
	Compare              string
	Now                  bool
}

// year is GET /years/{year}.
func (a *Atlas) year(q *ask, w http.ResponseWriter, r *http.Request) error {
	y, err := q.yearOf(r)
	if err != nil {
		return err
	}
	if err := q.loadYear(y); err != nil {
		return err
	}
	t, _ := q.of(y)
	out := yearPage{yearFrame: q.frame(y, "", q.v.T("atlas.year.title", "n", t.shutdowns, "countries", q.countriesIn(t.countries), "year", year(y)))}
	out.Lede = q.yearLede(y)
	preview := "/pictures/year/" + year(y) + ".png"
	if err := q.yearDays(&out, y); err != nil {
		return err
	}
	if out.Strip == nil {
		preview = "/pictures/map/" + year(y) + ".png"
	}
	out.Facts = q.yearFacts(y)
	out.Carried = q.carriedNote(y)
	m, mh, err := q.worldMap(y)
	if err != nil {
		return err
	}
	out.Map = q.figure("map", year(y), m, mh)
	out.Map.Rows = nil // the table is on /years/{year}/where and on /map
	if out.Countries, err = q.rankBars("countries", scope{year: y}, 10); err != nil {
		return err
	}
	out.First = q.firstTime(y)
	out.MoreWhere = page.Link{Text: q.v.T("atlas.year.all_countries", "n", t.countries), Href: q.path("/years/" + year(y) + "/where")}
	out.List = page.Link{Text: q.v.T("atlas.year.list", "n", t.shutdowns, "year", year(y)), Href: q.incidents(scope{year: y}, "", "")}
	if out.Editions, out.MoreEds, err = q.editionsOf(y); err != nil {
		return err
	}
	out.EdHeads = [4]string{q.v.T("atlas.edition_head"), q.v.T("atlas.shutdowns"), q.v.T("atlas.countries_head"), q.v.T("atlas.compare_head")}
	return a.show(q, w, r, page.Page{Title: out.Title, Description: out.Lede[0], Body: "atlas.year", Data: out, Section: "trends", Image: preview,
		Canonical: "/years/" + year(y)})
}

// yearDays fills in the strip of the year, or says that the edition has none.
func (q *ask) yearDays(out *yearPage, y int) error {
	c, h, err := q.yearStrip(scope{year: y})
	if key, _ := fault.Text(err); key == noDays {
		out.NoDays = q.v.T(noDays)
		return nil
	}
	if err != nil {
		return err
	}
	d, err := q.dayCounts(y, incident.AreaWorld)
	if err != nil {
		return err
	}
	if d.covered() > 0 {
		out.Strip = q.figure("year", year(y), c, h)
		out.Strip.Head, out.Strip.Rows = q.monthTable(y, d)
	}
	return nil
}

// loadYear reads what the figures of a year and the year before need.
func (q *ask) loadYear(y int) error {
	for _, yy := range []int{y - 1, y, y + 1} {
		if _, ok := q.of(yy); ok {
			if err := q.loadWorld(yy, worldDims...); err != nil {
				return err
			}
		}
	}
	return q.loadCountries(y, incident.DimCause, incident.DimFlag, incident.DimTrait, incident.DimMethod, incident.DimEndState, incident.DimKind)
}

// yearLede says how the year compares with the one before.
func (q *ask) yearLede(y int) []string {
	t, _ := q.of(y)
	var out []string
	if p, ok := q.of(y - 1); ok && !q.runs(y) { // part of a year is not compared with a whole one
		diff := t.shutdowns - p.shutdowns
		key := "atlas.year.same"
		switch {
		case diff > 0:
			key = "atlas.year.more"
		case diff < 0:
			key, diff = "atlas.year.fewer", -diff
		}
		out = append(out, q.v.T(key, "n", diff, "percent", q.v.Percent(share(diff, p.shutdowns)), "before", p.shutdowns, "year", year(y-1)))
	}
	carried := q.n(y, incident.AreaWorld, incident.DimTrait, "carried_in")
	out = append(out, q.v.T("atlas.year.carried", "n", carried, "new", t.shutdowns-carried))
	if q.runs(y) {
		out = append(out, q.v.T("atlas.unfinished", "year", year(y)))
	}
	return out
}

// carriedNote explains why as many as went on at the close need not be as many
// as were carried on: two sheets say so, each for its own year.
func (q *ask) carriedNote(y int) string {
	if _, ok := q.of(y + 1); !ok {
		return ""
	}
	ongoing := q.n(y, incident.AreaWorld, incident.DimEndState, "ongoing")
	if ongoing == q.n(y+1, incident.AreaWorld, incident.DimTrait, "carried_in") {
		return ""
	}
	return q.v.T("atlas.year.carried_note", "year", year(y), "next", year(y+1))
}

// yearFacts is the table of the year in short. Countries stand beside each
// figure that has them.
func (q *ask) yearFacts(y int) figureTable {
	prev := q.before(y)
	out := figureTable{Heads: []string{q.v.T("atlas.figure_head"), yearOr(prev), year(y), q.v.T("atlas.countries_head")}}
	add := func(label string, count func(y int) string, in int, href string) {
		row := figureRow{Label: label, Href: href, Now: count(y)}
		if prev != 0 {
			row.Prev = count(prev)
		}
		if in >= 0 {
			row.Countries = q.v.N(in)
		}
		out.Rows = append(out.Rows, row)
	}
	world := func(dim, value string) func(int) string {
		return func(y int) string {
			n := q.n(y, incident.AreaWorld, dim, value)
			if asked, few := q.asked(y, value); dim == incident.DimFlag && few {
				if asked == 0 {
					return q.v.T("atlas.not_asked")
				}
				return q.v.T("atlas.few_asked", "n", n, "asked", asked)
			}
			return q.v.N(n)
		}
	}
	in := func(dim, value string) int {
		if asked, _ := q.asked(y, value); dim == incident.DimFlag && asked == 0 {
			return -1
		}
		return len(q.countriesWith(y, dim, value))
	}
	sc := scope{year: y}
	t, _ := q.of(y)
	add(q.v.T("atlas.fact.all"), world(incident.DimAll, ""), t.countries, q.incidents(sc, "", ""))
	for _, f := range []struct{ key, dim, value, param string }{
		{"carried_in", incident.DimTrait, "carried_in", ""},
		{"ongoing", incident.DimEndState, "ongoing", "state"},
		{"year_old", incident.DimTrait, "year_old", ""},
		{"full_both", incident.DimTrait, "full_both", ""},
		{"whole", incident.DimTrait, "whole_country", ""},
		{"throttled", incident.DimMethod, "throttle", "type"},
		{"partly", incident.DimMethod, "shutdown_throttle", "type"},
		{"cross_border", incident.DimTrait, "cross_border", ""},
		{"violence", incident.DimFlag, "violence", ""},
		{"hr_abuse", incident.DimFlag, "hr_abuse", ""},
		{"election", incident.DimFlag, "election", ""},
		{"exams", incident.DimCause, "exam_cheating", "cause"},
	} {
		href := ""
		if f.param != "" {
			href = q.incidents(sc, f.param, f.value)
		}
		add(q.v.T("atlas.fact."+f.key), world(f.dim, f.value), in(f.dim, f.value), href)
		if f.key == "year_old" {
			if _, ok := q.of(y + 1); ok {
				row := figureRow{Label: q.v.T("atlas.fact.carried_out"), Now: q.v.N(q.n(y+1, incident.AreaWorld, incident.DimTrait, "carried_in"))}
				if prev != 0 {
					row.Prev = q.v.N(q.n(y, incident.AreaWorld, incident.DimTrait, "carried_in"))
				}
				out.Rows = append(out.Rows, row)
			}
		}
	}
	return out
}

// asked is how many entries of a year have any answer about a flag. few says that
// they are less than half: the earliest sheets have no column for it, and their
// nothing is no zero.
func (q *ask) asked(y int, flag string) (n int, few bool) {
	n = q.n(y, incident.AreaWorld, incident.DimAsked, flag)
	return n, 2*n < q.n(y, incident.AreaWorld, incident.DimAll, "")
}

// firstTimers are the countries without an entry in any earlier year.
func (q *ask) firstTimers(y int) []string {
	var out []string
	for _, c := range q.countriesWith(y, incident.DimAll, "") {
		earlier := false
		for _, t := range q.totals {
			earlier = earlier || t.year < y && q.n(t.year, incident.AreaCountry(c.value), incident.DimAll, "") > 0
		}
		if !earlier {
			out = append(out, c.value)
		}
	}
	q.v.byName(out)
	return out
}

// firstTime says which countries are on record for the first time. In the
// first year of an edition everybody would be: it says nothing.
func (q *ask) firstTime(y int) string {
	if len(q.totals) == 0 || q.totals[0].year == y {
		return ""
	}
	first := q.firstTimers(y)
	if len(first) == 0 {
		return q.v.T("atlas.year.first_none")
	}
	var names []string
	for _, c := range first {
		names = append(names, q.v.Country(c))
	}
	return q.v.T("atlas.year.first", "n", len(first), "countries", q.v.names(names))
}

// maxEditions bounds the editions set side by side.
const maxEditions = 12

// editionsOf sets the editions of a year side by side; more tells that others
// count it too.
func (q *ask) editionsOf(y int) (out []editionRow, more bool, err error) {
	all, err := q.a.d.Record.Editions(q.ctx)
	if err != nil {
		return nil, false, err
	}
	for _, e := range all {
		cells, err := q.a.totalsOf(q.ctx, e.ID)
		if err != nil {
			return nil, false, err
		}
		n, in := 0, 0
		for _, c := range cells {
			switch {
			case c.Year != y:
			case c.Area == incident.AreaWorld:
				n = int(c.N)
			default:
				in++
			}
		}
		if n == 0 {
			continue
		}
		row := editionRow{Label: e.Label, Kind: q.v.T("atlas.edition." + e.Kind), Shutdowns: q.v.N(n), Countries: q.v.N(in), Now: e.ID == q.ed.ID}
		if e.ID == incident.RecordEdition {
			row.Label, row.Kind = q.v.T("atlas.edition.record"), ""
			row.Href = "/years/" + year(y)
		} else {
			row.Href = "/years/" + year(y) + "?" + url.Values{"release": {e.Label}}.Encode()
			row.Compare = "/data/compare?" + url.Values{"from": {e.Label}, "to": {"record"}, "year": {year(y)}}.Encode()
		}
		out = append(out, row)
	}
	switch {
	case len(out) < 2:
		return nil, false, nil
	case len(out) > maxEditions: // the record, the first one published, and the newest
		return slices.Delete(out, 2, 2+len(out)-maxEditions), true, nil
	}
	return out, false, nil
}
