package atlas

import (
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/chart"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/page"
)

// item is one value of a breakdown with its numbers.
type item struct {
	key, label   string
	n, prev      int
	countries    int
	href         string
	last         bool // kept at the end: "other", "not known"
	hasCountries bool
}

// rank is a breakdown: what is counted, by what, and the finding over it.
type rank struct {
	kind                                     string
	sc                                       scope
	title, sub, note                         string
	labelHead, head, prevHead, countriesHead string
	items                                    []item
	total                                    int
	state                                    chart.State
}

// breakdown says where a kind of rank gets its values.
type breakdown struct {
	dim     string
	scheme  incident.Scheme
	param   string // of the list of incidents
	overlap bool   // an entry can have several values
	state   chart.State
}

var breakdowns = map[string]breakdown{
	"causes":    {dim: incident.DimCause, scheme: incident.SchemeCause, param: "cause"},
	"reasons":   {dim: incident.DimReason, scheme: incident.SchemeReason, param: "reason"},
	"networks":  {dim: incident.DimNetwork, scheme: incident.SchemeNetwork, param: "network"},
	"extent":    {dim: incident.DimExtent, scheme: incident.SchemeExtent, param: "extent"},
	"methods":   {dim: incident.DimMethod, scheme: incident.SchemeMethod, param: "type"},
	"scope":     {dim: incident.DimScope, scheme: incident.SchemeScope, param: "scope"},
	"orders":    {dim: incident.DimOrderedBy, scheme: incident.SchemeActorClass, param: "ordered_by"},
	"services":  {dim: incident.DimService, scheme: incident.SchemeService, param: "service", overlap: true, state: chart.Blocked},
	"offenders": {dim: incident.DimOffender, overlap: true},
	"units":     {dim: incident.DimUnit, overlap: true},
	"countries": {dim: incident.DimAll, overlap: true},
	"regions":   {dim: incident.DimAll, overlap: true},
}

// drawn is how many rows a picture shows; the CSV has all of them.
const drawn = 15

// rank counts a breakdown of a scope, beside the year before where there is one.
func (q *ask) rank(kind string, sc scope) (rank, error) {
	b := breakdowns[kind]
	r := rank{kind: kind, sc: sc, state: b.state}
	prev := 0
	if sc.year != 0 {
		prev = q.before(sc.year)
	}
	if err := q.loadRank(kind, b, sc, prev); err != nil {
		return r, err
	}
	r.total = q.all(sc)
	r.items = q.items(kind, b, sc, prev)
	r.labelHead = q.v.T("atlas.rank." + kind + ".head")
	r.head = q.measure(sc)
	if sc.year != 0 {
		r.head = year(sc.year)
	}
	if prev != 0 {
		r.prevHead = year(prev)
	}
	if len(r.items) > 0 && r.items[0].hasCountries {
		r.countriesHead = q.v.T("atlas.countries_head")
	}
	r.title = q.finding(r)
	r.sub = q.under(sc, "atlas.rank."+kind+".sub")
	if prev != 0 {
		r.sub = q.v.T("atlas.sentences", "a", r.sub, "b", q.v.T("atlas.thin", "year", year(prev)))
	}
	r.note = q.rule(sc, b.overlap)
	return r, nil
}

// loadRank reads the counts of a breakdown.
func (q *ask) loadRank(kind string, b breakdown, sc scope, prev int) error {
	switch {
	case kind == "regions":
		return q.loadRegions(0)
	case kind == "countries":
		return nil // every total is read already
	case sc.country != "":
		return q.loadCountry(sc.country)
	}
	for _, y := range []int{sc.year, prev} {
		if y != 0 || sc.year == 0 {
			if err := q.loadWorld(y, worldDims...); err != nil {
				return err
			}
		}
		if sc.year == 0 {
			return nil
		}
	}
	return q.loadCountries(sc.year, b.dim)
}

// loadCountry reads all counts of one country.
func (q *ask) loadCountry(code string) error {
	return q.load(0, []string{incident.AreaCountry(code)}, append([]string{incident.DimMatrix, incident.DimUnit, incident.DimCutUnit}, worldDims...)...)
}

// items lists the values of a breakdown, most first.
func (q *ask) items(kind string, b breakdown, sc scope, prev int) []item {
	var out []item
	switch kind {
	case "countries":
		for _, x := range q.countriesWith(sc.year, incident.DimAll, "") {
			it := item{key: x.value, label: q.v.Country(x.value), n: x.n, href: q.path("/countries/"+x.value, "year", yearOr(sc.year))}
			if prev != 0 {
				it.prev = q.n(prev, incident.AreaCountry(x.value), incident.DimAll, "")
			}
			out = append(out, it)
		}
		return out
	case "regions":
		sums := map[string]int{}
		for _, t := range q.v.Tax.Terms(incident.SchemeRegion) {
			sums[t.Key] = q.n(sc.year, incident.AreaRegion(t.Key), incident.DimAll, "")
		}
		for _, x := range sorted(sums) {
			it := item{key: x.value, label: q.v.Term(incident.SchemeRegion, x.value), n: x.n, href: q.incidents(sc, "region", x.value)}
			if prev != 0 {
				it.prev = q.n(prev, incident.AreaRegion(x.value), incident.DimAll, "")
			}
			for _, c := range q.countriesWith(sc.year, incident.DimAll, "") {
				if incident.RegionOf(c.value) == x.value {
					it.countries++
				}
			}
			it.hasCountries = true
			out = append(out, it)
		}
		return out
	}
	for _, x := range q.values(sc.year, sc.area(), b.dim) {
		it := item{key: x.value, n: x.n, label: q.valueName(kind, b, x.value), last: rest(x.value) || kind == "services" && q.aside(x.value)}
		if b.param != "" {
			it.href = q.incidents(sc, b.param, x.value)
		}
		if prev != 0 {
			it.prev = q.n(prev, sc.area(), b.dim, x.value)
		}
		if sc.country == "" && sc.year != 0 && kind != "offenders" {
			it.hasCountries, it.countries = true, len(q.countriesWith(sc.year, b.dim, x.value))
		}
		out = append(out, it)
	}
	return restLast(out)
}

func yearOr(y int) string {
	if y == 0 {
		return ""
	}
	return year(y)
}

func (q *ask) valueName(kind string, b breakdown, value string) string {
	switch kind {
	case "offenders":
		return q.v.Country(value)
	case "units":
		return q.unitName(value)
	}
	return q.v.Term(b.scheme, value)
}

func (q *ask) unitName(id string) string {
	if name := geo.UnitName(id, q.v.Lang.Tag); name != "" {
		return name
	}
	return id
}

// aside tells the services that stand at the end of a ranking: telephone calls
// and text messages go with the network they run on, and "other" is no name.
func (q *ask) aside(key string) bool {
	t, ok := q.v.Tax.Term(incident.SchemeService, key)
	return key == "other_service" || ok && t.Kind == "telecom"
}

// rest tells the values that say nothing in particular.
func rest(key string) bool {
	return key == "" || key == "other" || key == "unknown" || key == "not_sure" || key == "none_given"
}

func restLast(list []item) []item {
	var first, last []item
	for _, it := range list {
		if it.last {
			last = append(last, it)
		} else {
			first = append(first, it)
		}
	}
	return append(first, last...)
}

// finding is the sentence over a rank, filled from its numbers.
func (q *ask) finding(r rank) string {
	var top []string
	n := 0
	for _, it := range r.items {
		switch {
		case it.last || it.n < n || it.n == 0:
		case it.n > n:
			top, n = []string{it.label}, it.n
		default:
			top = append(top, it.label)
		}
	}
	silent := 0
	for _, it := range r.items {
		if rest(it.key) && it.key != "other" {
			silent += it.n
		}
	}
	total := q.outOf(r.sc, r.total)
	switch {
	case r.kind == "reasons" && silent*2 >= r.total && r.total > 0:
		return q.v.T("atlas.find.silent", "count", silent, "total", total)
	case len(top) == 0 && r.kind == "units":
		return q.v.T("atlas.find.no_units", "country", q.v.Country(r.sc.country))
	case len(top) == 0:
		return q.v.T("atlas.find.nothing")
	case r.kind == "scope":
		return q.v.T("atlas.find.scope", "count", q.itemN(r, "local"), "wide", q.itemN(r, "multi_region"), "total", total)
	case r.kind == "extent":
		key, both := "atlas.find.extent", q.itemN(r, "full_and_service")
		if both == 0 {
			key = "atlas.find.extent_two"
		}
		return q.v.T(key, "count", q.itemN(r, "full_network"), "services", q.itemN(r, "service_based"), "both", both, "total", total)
	}
	var out string
	switch {
	case len(top) > 3:
		out = q.v.T("atlas.find.many", "rows", len(top), "count", n)
	case len(top) > 1:
		out = q.v.T("atlas.find.tie", "labels", q.v.names(top), "count", n, "total", total)
	default:
		out = q.v.T("atlas.find."+r.kind, "label", top[0], "count", n, "total", total)
	}
	if silent > n { // the first of the known is not the first of all
		out = q.v.T("atlas.find.but_unknown", "finding", out, "unknown", silent)
	}
	return out
}

func (q *ask) itemN(r rank, key string) int {
	for _, it := range r.items {
		if it.key == key {
			return it.n
		}
	}
	return 0
}

// said is a rank in words, for those who cannot see the drawing.
func (q *ask) said(r rank) string {
	var parts []string
	for i, it := range r.items {
		if i == drawn {
			break
		}
		parts = append(parts, q.v.T("atlas.name_n", "name", it.label, "count", it.n))
	}
	if len(parts) == 0 {
		return r.title
	}
	return strings.Join(parts, q.v.T("publish.comma"))
}

// head is what every picture carries.
func (q *ask) head(title, sub, note, desc string) chart.Head {
	return chart.Head{Title: title, Subtitle: sub, Note: note, Desc: desc, Source: q.source(),
		Lang: q.v.Lang.Tag, RTL: q.v.Lang.RTL(), Number: q.v.N}
}

// chart draws a rank.
func (q *ask) rankChart(r rank) chart.Chart {
	note := r.note
	if more := len(r.items) - drawn; more > 0 {
		note = q.v.T("atlas.sentences", "a", q.v.T("atlas.more_rows", "n", more), "b", note)
	}
	c := chart.Ranked{Head: q.head(r.title, r.sub, note, q.said(r)), LabelHead: r.labelHead, ValueHead: r.head, PrevHead: r.prevHead}
	for _, it := range r.items[:min(drawn, len(r.items))] {
		c.Items = append(c.Items, chart.Rank{Label: it.label, Value: float64(it.n), Text: q.v.N(it.n), Prev: float64(it.prev),
			PrevText: q.v.N(it.prev), HasPrev: r.prevHead != "", State: r.state, Last: it.last})
	}
	head, rows := r.table()
	return tabled{c, head, rows}
}

// tabled is a chart with a fuller table than it draws.
type tabled struct {
	chart.Chart
	head []string
	rows [][]string
}

// Table gives every row.
func (t tabled) Table() ([]string, [][]string) { return t.head, t.rows }

// table is every row of a rank, as the CSV has it.
func (r rank) table() (head []string, rows [][]string) {
	head = []string{r.labelHead}
	if r.prevHead != "" {
		head = append(head, r.prevHead)
	}
	head = append(head, r.head)
	if r.countriesHead != "" {
		head = append(head, r.countriesHead)
	}
	for _, it := range r.items {
		row := []string{it.label}
		if r.prevHead != "" {
			row = append(row, year(it.prev))
		}
		row = append(row, year(it.n))
		if r.countriesHead != "" {
			row = append(row, year(it.countries))
		}
		rows = append(rows, row)
	}
	return head, rows
}

// bars is a rank on a page: a table whose last cell is the bar.
type bars struct {
	Title, Sub                               string
	LabelHead, PrevHead, Head, CountriesHead string
	Items                                    []bar
	More                                     string
	Files                                    files
	Small                                    bool // heading of the third level
}

type bar struct {
	Label, Prev, Value, Countries, Href string
	Share, PrevShare                    float64
	State                               page.State
	Percent                             string
}

// files are the addresses of a picture.
type files struct{ SVG, Narrow, PNG, CSV string }

func (q *ask) files(kind, key string) files {
	at := func(ending string) string { return q.path("/pictures/" + kind + "/" + key + ending) }
	return files{SVG: at(".svg"), Narrow: at(".narrow.svg"), PNG: at(".png"), CSV: at(".csv")}
}

// bars puts the first rows of a rank on a page.
func (q *ask) bars(r rank, rows int) bars {
	out := bars{Title: r.title, Sub: r.sub, LabelHead: r.labelHead, PrevHead: r.prevHead, Head: r.head, CountriesHead: r.countriesHead,
		Files: q.files(r.kind, r.sc.key())}
	most := 1
	for _, it := range r.items {
		most = max(most, it.n, it.prev)
	}
	for i, it := range r.items {
		if i == rows {
			out.More = q.v.T("atlas.more_rows", "n", len(r.items)-rows)
			break
		}
		b := bar{Label: it.label, Value: q.v.N(it.n), Href: it.href, Share: share(it.n, most)}
		if r.prevHead != "" {
			b.Prev, b.PrevShare = q.v.N(it.prev), share(it.prev, most)
		}
		if it.hasCountries {
			b.Countries = q.v.N(it.countries)
		}
		if r.state == chart.Blocked {
			b.State = page.Blocked
		}
		out.Items = append(out.Items, b)
	}
	return out
}

// rankBars counts a breakdown and puts it on a page.
func (q *ask) rankBars(kind string, sc scope, rows int) (*bars, error) {
	r, err := q.rank(kind, sc)
	if err != nil || len(r.items) == 0 {
		return nil, err
	}
	b := q.bars(r, rows)
	return &b, nil
}
