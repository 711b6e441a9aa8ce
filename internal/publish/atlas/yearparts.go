package atlas

import (
	"net/http"

	"keepiton/internal/incident"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
)

// wherePage is where a year's shutdowns were.
type wherePage struct {
	yearFrame
	Regions *bars
	Groups  []countryGroup
	Heads   []string
	HasPrev bool
	First   string
	Borders *bars
	Hit     string
	Scope   *bars
	Splits  []*bars
}

// splits is for how many countries the page splits the count by unit.
const splits = 3

// yearWhere is GET /years/{year}/where.
func (a *Atlas) yearWhere(q *ask, w http.ResponseWriter, r *http.Request) error {
	y, err := q.yearOf(r)
	if err != nil {
		return err
	}
	sc := scope{year: y}
	if err := q.loadCountries(y, incident.DimTrait); err != nil {
		return err
	}
	out := wherePage{First: q.firstTime(y)}
	if out.Regions, err = q.rankBars("regions", sc, 10); err != nil {
		return err
	}
	if out.Scope, err = q.rankBars("scope", sc, 6); err != nil {
		return err
	}
	percents(out.Scope, q, sc)
	if out.Borders, err = q.rankBars("offenders", sc, 12); err != nil {
		return err
	}
	if hit := q.countriesWith(y, incident.DimTrait, "cross_border"); len(hit) > 0 {
		n := q.n(y, incident.AreaWorld, incident.DimTrait, "cross_border")
		out.Hit = q.v.T("atlas.year.border_hit", "n", n, "countries", q.v.countryList(hit, 20))
	}
	q.regionTables(&out, y)
	list := q.countriesWith(y, incident.DimAll, "")
	for _, c := range list[:min(splits, len(list))] {
		b, err := q.rankBars("units", scope{y, c.value}, 6)
		if err != nil {
			return err
		}
		if b != nil && c.n >= matrixFrom {
			b.Small = true
			out.Splits = append(out.Splits, b)
		}
	}
	t, _ := q.of(y)
	title := q.v.T("atlas.find.nothing")
	if out.Regions != nil {
		title = out.Regions.Title
	}
	out.yearFrame = q.frame(y, "where", q.v.T("atlas.year.where", "year", year(y), "n", t.countries))
	out.Lede = []string{title}
	return a.show(q, w, r, page.Page{Title: out.Title, Description: title, Body: "atlas.where", Data: out, Section: "trends", Image: "/pictures/map/" + year(y) + ".png",
		Canonical: "/years/" + year(y) + "/where"})
}

// percents puts the share of the whole beside each value.
func percents(b *bars, q *ask, sc scope) {
	if b == nil {
		return
	}
	r, err := q.rank("scope", sc)
	if err != nil || r.total == 0 {
		return
	}
	for i := range b.Items {
		b.Items[i].Percent = q.v.Percent(share(r.items[i].n, r.total))
	}
}

// regionTables lists the countries of each region.
func (q *ask) regionTables(out *wherePage, y int) {
	prev := q.before(y)
	out.HasPrev = prev != 0
	out.Heads = []string{q.v.T("atlas.country_head"), yearOr(prev), year(y)}
	groups := map[string]*countryGroup{}
	var order []string
	for _, t := range q.v.Tax.Terms(incident.SchemeRegion) {
		order = append(order, t.Key)
	}
	order = append(order, "")
	for _, c := range q.countriesWith(y, incident.DimAll, "") {
		key := incident.RegionOf(c.value)
		if groups[key] == nil {
			groups[key] = &countryGroup{Name: q.v.Term(incident.SchemeRegion, key)}
		}
		row := countryRow{Name: q.v.Country(c.value), Href: q.path("/countries/"+c.value, "year", year(y)), N: q.v.N(c.n)}
		if prev != 0 {
			row.Newest = q.v.N(q.n(prev, incident.AreaCountry(c.value), incident.DimAll, ""))
		}
		groups[key].Items = append(groups[key].Items, row)
	}
	for _, k := range order {
		if groups[k] != nil {
			out.Groups = append(out.Groups, *groups[k])
		}
	}
}

// whyPage is why: causes, reasons, who ordered, what happened beside it.
type whyPage struct {
	yearFrame
	Causes, Reasons, Orders *bars
	Matrix                  *picture
	Beside                  []besideRow
}

// besideRow is violence, abuse, elections, exams: how many, and where.
type besideRow struct{ Title, Text string }

// yearWhy is GET /years/{year}/why.
func (a *Atlas) yearWhy(q *ask, w http.ResponseWriter, r *http.Request) error {
	y, err := q.yearOf(r)
	if err != nil {
		return err
	}
	sc := scope{year: y}
	if err := q.loadYear(y); err != nil {
		return err
	}
	var out whyPage
	if out.Causes, err = q.rankBars("causes", sc, 20); err != nil {
		return err
	}
	if out.Reasons, err = q.rankBars("reasons", sc, 20); err != nil {
		return err
	}
	if out.Orders, err = q.rankBars("orders", sc, 20); err != nil {
		return err
	}
	c, h, err := q.matrix(sc)
	if err != nil {
		return err
	}
	out.Matrix = q.figure("matrix", sc.key(), c, h)
	for _, f := range []struct{ key, dim, value string }{
		{"violence", incident.DimFlag, "violence"}, {"hr_abuse", incident.DimFlag, "hr_abuse"},
		{"election", incident.DimFlag, "election"}, {"exams", incident.DimCause, "exam_cheating"},
	} {
		n := q.n(y, incident.AreaWorld, f.dim, f.value)
		in := q.countriesWith(y, f.dim, f.value)
		if asked, few := q.asked(y, f.value); f.dim == incident.DimFlag && few {
			out.Beside = append(out.Beside, besideRow{Title: q.v.T("atlas.fact." + f.key), Text: q.v.T("atlas.few_asked_year", "n", asked, "year", year(y))})
			continue
		}
		row := besideRow{Title: q.v.T("atlas.beside."+f.key, "n", n, "countries", q.countriesIn(len(in)))}
		if len(in) > 0 {
			row.Text = q.v.countryList(in, 14)
		}
		out.Beside = append(out.Beside, row)
	}
	out.yearFrame = q.frame(y, "why", q.v.T("atlas.year.why", "year", year(y)))
	if out.Causes != nil {
		out.Lede = append(out.Lede, out.Causes.Title)
	}
	return a.show(q, w, r, page.Page{Title: out.Title, Description: h.Title, Body: "atlas.why", Data: out, Section: "trends",
		Image: "/pictures/matrix/" + year(y) + ".png", Canonical: "/years/" + year(y) + "/why"})
}

// howPage is how: networks, services, extent, speed, length.
type howPage struct {
	yearFrame
	Networks, Extent, Methods, Services *bars
	Both                                string
	Longest                             page.Rows
	LongestTitle, LongestSub            string
	LongestNote                         string
	LongestFiles                        files
}

// yearHow is GET /years/{year}/how.
func (a *Atlas) yearHow(q *ask, w http.ResponseWriter, r *http.Request) error {
	y, err := q.yearOf(r)
	if err != nil {
		return err
	}
	sc := scope{year: y}
	if err := q.loadYear(y); err != nil {
		return err
	}
	var out howPage
	for _, x := range []struct {
		into **bars
		kind string
		rows int
	}{{&out.Networks, "networks", 8}, {&out.Extent, "extent", 8}, {&out.Methods, "methods", 8}, {&out.Services, "services", 15}} {
		if *x.into, err = q.rankBars(x.kind, sc, x.rows); err != nil {
			return err
		}
	}
	both := q.countriesWith(y, incident.DimTrait, "full_both")
	out.Both = q.v.T("atlas.year.full_both", "n", q.n(y, incident.AreaWorld, incident.DimTrait, "full_both"), "countries", q.countriesIn(len(both)))
	if err := q.longestOn(&out, y); err != nil {
		return err
	}
	out.yearFrame = q.frame(y, "how", q.v.T("atlas.year.how", "year", year(y)))
	if out.Extent != nil {
		out.Lede = append(out.Lede, out.Extent.Title)
	}
	return a.show(q, w, r, page.Page{Title: out.Title, Description: out.Both, Body: "atlas.how", Data: out, Section: "trends",
		Image: "/pictures/services/" + year(y) + ".png", Canonical: "/years/" + year(y) + "/how"})
}

// longestOn lists the longest-running of a year on a line of years.
func (q *ask) longestOn(out *howPage, y int) error {
	rows, err := q.longest(y, longestRows)
	if err != nil || len(rows) == 0 {
		return err
	}
	_, h, err := q.longestChart(y)
	if err != nil {
		return err
	}
	out.LongestTitle, out.LongestSub, out.LongestNote, out.LongestFiles = h.Title, h.Subtitle, h.Note, q.files("longest", year(y))
	from := y
	for _, r := range rows {
		from = min(from, max(r.Facts.Period.Start.Year(), y-10))
	}
	first, _ := incident.YearDays(from)
	_, last := incident.YearDays(y)
	used := map[page.State]bool{}
	out.Longest.Axis = q.ticks(from, y)
	for _, r := range rows {
		href := ""
		if r.Ref != "" {
			href = q.path("/incidents/" + r.Ref)
		}
		marks := tidy2(publish.Marks(r.Facts, y, first, last, q.today))
		for _, m := range marks {
			used[m.State] = true
		}
		out.Longest.Items = append(out.Longest.Items, page.Row{Name: q.v.WhereOf(r), Href: href, Count: q.v.Days(r.Entry.SpanDays),
			Strip: page.Strip{Marks: marks, Known: publish.Known(first, last, q.today)}, When: q.v.When(r.Facts), Note: q.v.What(r.Facts)})
	}
	out.Longest.Key = q.lineKey(used)
	return nil
}
