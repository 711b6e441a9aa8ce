package atlas

import (
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/chart"
	"keepiton/internal/platform/page"
)

// picture is a chart on a page: both drawings, the files, the same as a table.
type picture struct {
	page.Picture
	Files files
	Rows  [][]string // shown on the page; may be fewer than the CSV has
	Head  []string
}

// figure puts a picture on a page. Without rows of its own the page shows the
// chart's table.
func (q *ask) figure(kind string, key string, c chart.Chart, h chart.Head) *picture {
	p := &picture{Files: q.files(kind, key)}
	p.Title, p.Alt, p.Source = h.Title, h.Desc, h.Source
	frame := c
	if m, ok := c.(chart.Map); ok { // what lies on a map does not change its size
		m.Shapes, m.Disputed, m.Dots, m.Labels = nil, nil, nil, nil
		frame = m
	}
	p.Width, p.Height = chart.Size(frame, chart.Wide)
	p.NarrowWidth, p.NarrowHigh = chart.Size(frame, chart.Narrow)
	p.Head, p.Rows = c.Table()
	return p
}

// Bars: entries of each year, the carried-in part outlined.

func (q *ask) yearBars(sc scope) (chart.Chart, chart.Head, error) {
	var c chart.Bars
	if err := q.load(0, []string{sc.area()}, incident.DimTrait); err != nil {
		return c, c.Head, err
	}
	for _, t := range q.totals {
		n := q.n(t.year, sc.area(), incident.DimAll, "")
		it := chart.Bar{Label: year(t.year), Value: float64(n), Text: q.v.N(n), Part: float64(q.n(t.year, sc.area(), incident.DimTrait, "carried_in"))}
		if sc.country == "" {
			it.Sub = q.countriesIn(t.countries)
		}
		c.Items = append(c.Items, it)
	}
	title := q.barsFinding(sc)
	sub := q.v.T("atlas.bars.sub", "scope", q.scopeName(sc))
	var parts []string
	for _, it := range c.Items {
		parts = append(parts, q.v.T("atlas.name_n", "name", it.Label, "count", int(it.Value)))
	}
	note := q.v.T("atlas.rule")
	if text := q.soFar(sc.area()); text != "" {
		note = q.v.T("atlas.sentences", "a", text, "b", note)
	}
	if q.unfinished() {
		note = q.v.T("atlas.sentences", "a", q.v.T("atlas.unfinished", "year", year(q.newest())), "b", note)
	}
	c.Head = q.head(title, sub, note, strings.Join(parts, q.v.T("publish.comma")))
	if len(c.Items) > 0 {
		last := c.Items[len(c.Items)-1]
		c.PartText = q.v.T("atlas.bars.part", "part", int(last.Part))
		c.RestText = q.v.T("atlas.bars.rest", "rest", int(last.Value-last.Part))
	}
	c.LabelHead, c.ValueHead, c.PartHead = q.v.T("atlas.year_head"), q.v.T("atlas.shutdowns"), q.v.T("atlas.carried_head")
	if sc.country == "" {
		c.SubHead = q.v.T("atlas.countries_head")
	}
	return c, c.Head, nil
}

// unfinished tells that the newest count year still runs.
func (q *ask) unfinished() bool {
	return q.newest() != 0 && q.runs(q.newest())
}

// barsFinding says what the years show: a highest year, a rise, a fall.
func (q *ask) barsFinding(sc scope) string {
	n := func(y int) int { return q.n(y, sc.area(), incident.DimAll, "") }
	last := q.newest()
	best, most, since := 0, 0, 0
	for _, t := range q.totals {
		if v := n(t.year); v > most {
			best, most = t.year, v
		}
		if n(t.year) > 0 {
			since = t.year
		}
	}
	switch {
	case most == 0:
		return q.v.T("atlas.find.none")
	case best == last && len(q.totals) > 1:
		return q.v.T("atlas.find.most", "n", most, "year", year(last))
	case len(q.totals) == 1:
		return q.v.T("atlas.find.only", "n", most, "year", year(last))
	case n(last) == 0:
		return q.v.T("atlas.find.peak_since", "n", most, "year", year(best), "last", year(since))
	}
	return q.v.T("atlas.find.peak", "n", most, "year", year(best), "now", n(last), "last", year(last))
}

// Matrix: cause against stated reason.

// noReason gathers the reasons that say that none is on record.
func noReason(key string) bool { return key == "" || key == "unknown" || key == "none_given" }

func (q *ask) matrix(sc scope) (chart.Chart, chart.Head, error) {
	m := chart.Matrix{}
	if err := q.loadMatrix(sc); err != nil {
		return m, m.Head, err
	}
	causes, reasons, cells := map[string]int{}, map[string]int{}, map[[2]string]int{}
	for _, x := range q.values(sc.year, sc.area(), incident.DimMatrix) {
		cause, reason, _ := strings.Cut(x.value, "|")
		if noReason(reason) {
			reason = "unknown"
		}
		causes[cause] += x.n
		reasons[reason] += x.n
		cells[[2]string{cause, reason}] += x.n
	}
	rows, cols := q.order(incident.SchemeCause, causes), q.order(incident.SchemeReason, reasons)
	for _, c := range rows {
		m.Rows = append(m.Rows, q.v.Term(incident.SchemeCause, c))
		line := make([]int, len(cols))
		for j, r := range cols {
			line[j] = cells[[2]string{c, r}]
		}
		m.Cells = append(m.Cells, line)
	}
	for _, r := range cols {
		m.Cols = append(m.Cols, q.shortReason(r))
	}
	m.Corner, m.Total = q.v.T("atlas.rank.causes.head"), q.v.T("atlas.total_head")
	title, desc := q.matrixFinding(sc, causes, cells)
	m.Head = q.head(title, q.under(sc, "atlas.matrix.sub"), q.rule(sc, false), desc)
	return m, m.Head, nil
}

// shortReason is the name of a reason over a narrow column.
func (q *ask) shortReason(key string) string {
	if key == "unknown" {
		return q.v.T("atlas.no_reason")
	}
	if id := "atlas.reason." + key; q.v.Has(id) {
		return q.v.T(id)
	}
	return q.v.Term(incident.SchemeReason, key)
}

func (q *ask) loadMatrix(sc scope) error {
	if sc.country != "" {
		return q.loadCountry(sc.country)
	}
	return q.loadWorld(sc.year, incident.DimMatrix)
}

// order lists the keys that occur: most first, what says nothing last.
func (q *ask) order(scheme incident.Scheme, sums map[string]int) []string {
	var first, last []string
	for _, x := range sorted(sums) {
		if rest(x.value) {
			last = append(last, x.value)
		} else {
			first = append(first, x.value)
		}
	}
	return append(first, last...)
}

// matrixFinding is the largest cell in which a named cause meets a stated
// reason, and in words what was said most often for each cause.
func (q *ask) matrixFinding(sc scope, causes map[string]int, cells map[[2]string]int) (title, desc string) {
	silent, total := 0, 0
	best, most := [2]string{}, 0
	for k, n := range cells {
		total += n
		if k[1] == "unknown" {
			silent += n
			continue
		}
		if !rest(k[0]) && k[1] != "other" && (n > most || n == most && k[0]+k[1] < best[0]+best[1]) {
			best, most = k, n
		}
	}
	var parts []string
	for _, c := range q.order(incident.SchemeCause, causes) {
		at, n := "", 0
		for k, v := range cells {
			if k[0] == c && (v > n || v == n && k[1] < at) {
				at, n = k[1], v
			}
		}
		name := q.v.Term(incident.SchemeReason, at)
		if at == "unknown" {
			name = q.v.T("atlas.no_reason")
		}
		parts = append(parts, q.v.T("atlas.matrix.row", "cause", q.v.Term(incident.SchemeCause, c), "reason", name, "count", n, "total", q.outOf(sc, causes[c])))
	}
	desc = strings.Join(parts, q.v.T("atlas.semicolon"))
	if most == 0 || (sc.country != "" && silent*2 > total) {
		for _, c := range q.order(incident.SchemeCause, causes) { // the cause that is left unexplained most often
			if n := cells[[2]string{c, "unknown"}]; !rest(c) && n > 0 {
				return q.v.T("atlas.find.matrix_silent", "cause", q.v.Term(incident.SchemeCause, c), "count", n, "total", q.outOf(sc, causes[c])), desc
			}
		}
		return q.v.T("atlas.find.silent", "count", silent, "total", q.outOf(sc, total)), desc
	}
	return q.v.T("atlas.find.matrix", "cause", q.v.Term(incident.SchemeCause, best[0]), "reason", q.v.Term(incident.SchemeReason, best[1]),
		"count", most, "total", q.outOf(sc, causes[best[0]])), desc
}

// Small multiples of all years.

// multiple counts values of a dimension (or of areas) over the years.
type series struct {
	label string
	n     []int
	rest  bool
}

func (q *ask) trend(kind string, list []series, overlap bool) (chart.Chart, chart.Head, error) {
	m := chart.Multiples{PanelHead: q.v.T("atlas.rank." + kind + ".head")}
	for _, t := range q.totals {
		m.Labels = append(m.Labels, year(t.year))
	}
	first, last := q.years0(), q.newest()
	var said []string
	for _, s := range list {
		p := chart.Panel{Title: s.label, Mark: -1}
		for _, n := range s.n {
			p.Values = append(p.Values, float64(n))
			p.Texts = append(p.Texts, q.v.N(n))
		}
		if len(s.n) > 1 {
			p.Note = q.v.T("atlas.trend.note", "a", s.n[0], "from", year(first), "b", s.n[len(s.n)-1], "to", year(last))
			said = append(said, q.v.T("atlas.sentences", "a", s.label+":", "b", p.Note))
		} else if len(s.n) == 1 {
			said = append(said, q.v.T("atlas.name_n", "name", s.label, "count", s.n[0]))
		}
		m.Panels = append(m.Panels, p)
	}
	note := q.v.T("atlas.rule")
	if overlap {
		note = q.v.T("atlas.rule_overlap")
	}
	m.Head = q.head(q.trendFinding(kind, list), q.v.T("atlas.trend."+kind, "scope", q.scopeName(scope{})), note, strings.Join(said, q.v.T("atlas.semicolon")))
	return m, m.Head, nil
}

func (q *ask) years0() int {
	if len(q.totals) == 0 {
		return 0
	}
	return q.totals[0].year
}

// causesRevised is the first year whose causes were coded under the method that
// names armed conflict; before, many of those rows say "other".
const causesRevised = 2023

// trendFinding names what grew most since the first year shown, or what is the
// most where nothing grew. A year in between that had more is named, so that a
// low base is not taken for the rule.
func (q *ask) trendFinding(kind string, list []series) string {
	end := len(q.totals) - 1
	if end < 1 {
		return q.v.T("atlas.trend.only", "year", yearOr(q.newest()))
	}
	best, rise, top := -1, 0, -1
	for i, s := range list {
		if s.rest || len(s.n) <= end {
			continue
		}
		if d := s.n[end] - s.n[0]; d > rise {
			best, rise = i, d
		}
		if top < 0 || s.n[end] > list[top].n[end] {
			top = i
		}
	}
	key, at := "atlas.trend.rise", best
	switch {
	case top < 0:
		return q.v.T("atlas.find.nothing")
	case best < 0:
		key, at = "atlas.trend.top", top
	}
	first, last, n := q.totals[0].year, q.totals[end].year, list[at].n
	out := q.v.T(key, "label", list[at].label, "a", n[0], "now", n[end], "from", year(first), "to", year(last))
	peak := 0
	for i := range q.totals {
		if n[i] > n[peak] {
			peak = i
		}
	}
	if peak > 0 && peak < end {
		out = q.v.T("atlas.trend.peaked", "finding", out, "peak", n[peak], "best", year(q.totals[peak].year))
	}
	if kind == "causes" && first < causesRevised && causesRevised <= last {
		out = q.v.T("atlas.trend.revised", "finding", out, "year", year(causesRevised))
	}
	return out
}

// panels is how many small charts a picture holds.
const panels = 9

// trendOf draws a breakdown over the years; rare values are gathered in the
// table alone.
func (q *ask) trendOf(kind string) (chart.Chart, chart.Head, error) {
	b := breakdowns[kind]
	var list []series
	if kind == "regions" {
		if err := q.loadRegions(0); err != nil {
			return nil, chart.Head{}, err
		}
		for _, it := range q.items(kind, b, scope{}, 0) {
			list = append(list, q.series(it.label, incident.AreaRegion(it.key), incident.DimAll, "", false))
		}
		return q.trend(kind, list, true)
	}
	if err := q.loadWorld(0, b.dim); err != nil {
		return nil, chart.Head{}, err
	}
	for _, x := range q.items(kind, b, scope{}, 0) {
		list = append(list, q.series(x.label, incident.AreaWorld, b.dim, x.key, x.last))
	}
	all := list
	if len(list) > panels {
		list = list[:panels]
	}
	c, h, err := q.trend(kind, list, b.overlap)
	if err != nil || len(all) == len(list) {
		return c, h, err
	}
	full, _, _ := q.trend(kind, all, b.overlap)
	head, rows := full.Table()
	m := c.(chart.Multiples)
	m.Note = q.v.T("atlas.sentences", "a", q.v.T("atlas.more_rows", "n", len(all)-len(list)), "b", m.Note)
	return tabled{m, head, rows}, m.Head, nil
}

func (q *ask) series(label, area, dim, value string, last bool) series {
	s := series{label: label, rest: last}
	for _, t := range q.totals {
		s.n = append(s.n, q.n(t.year, area, dim, value))
	}
	return s
}

// borders draws the shutdowns ordered from another country over the years.
func (q *ask) borders() (chart.Chart, chart.Head, error) {
	var c chart.Bars
	if err := q.loadWorld(0, incident.DimTrait, incident.DimOffender); err != nil {
		return c, c.Head, err
	}
	for _, t := range q.totals {
		n := q.n(t.year, incident.AreaWorld, incident.DimTrait, "cross_border")
		c.Items = append(c.Items, chart.Bar{Label: year(t.year), Value: float64(n), Text: q.v.N(n),
			Sub: q.countriesIn(len(q.values(t.year, incident.AreaWorld, incident.DimOffender)))})
	}
	last := q.newest()
	n := q.n(last, incident.AreaWorld, incident.DimTrait, "cross_border")
	homes := q.values(last, incident.AreaWorld, incident.DimOffender)
	title := q.v.T("atlas.find.borders", "n", n, "year", year(last))
	if len(homes) > 0 {
		title = q.v.T("atlas.find.borders_top", "n", n, "year", year(last), "label", q.v.Country(homes[0].value), "count", homes[0].n)
	}
	var said []string
	for _, it := range c.Items {
		said = append(said, q.v.T("atlas.name_n", "name", it.Label, "count", int(it.Value)))
	}
	c.Head = q.head(title, q.v.T("atlas.borders.sub", "scope", q.scopeName(scope{})), q.v.T("atlas.borders.note"), strings.Join(said, q.v.T("publish.comma")))
	c.LabelHead, c.ValueHead, c.SubHead = q.v.T("atlas.year_head"), q.v.T("atlas.shutdowns"), q.v.T("atlas.homes_head")
	return c, c.Head, nil
}
