package site

import (
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
)

// comparePage explains a restatement row by row.
type comparePage struct {
	Title   string
	Lead    string
	Command string // the way out where a page cannot hold the difference
	Form    compareForm
	Ready   bool
	Totals  [][]string // edition, shutdowns, countries
	Summary []string
	Recoded []recoding
	Rows    []differenceLine
	Pages   *page.Pages
}

type recoding struct {
	Text string
	N    int
}

type differenceLine struct {
	Title, Href, Kind, KindText string
	What                        []string
}

// compareForm asks for two editions and a year.
type compareForm struct {
	Selects []page.Select
}

// compareRows is how many differences a page shows.
const compareRows = 30

func (v voice) compareForm(editions []incident.Edition, years []incident.YearTotal, from, to string, year int) compareForm {
	pick := func(name, chosen string) page.Select {
		var options []page.Option
		for _, e := range editions {
			options = append(options, page.Option{Value: e.Label, Label: v.editionName(e), Chosen: e.Label == chosen})
		}
		return page.Select{Name: name, Label: v.T("site.compare." + name), Groups: []page.Group{{Options: options}}}
	}
	if to == "" {
		to = "record"
	}
	if from == "" && len(editions) > 1 {
		from = editions[len(editions)-1].Label
	}
	y := page.Select{Name: "year", Label: v.T("site.filter.year"), Groups: []page.Group{{}}}
	for _, t := range years {
		n := strconv.Itoa(t.Year)
		y.Groups[0].Options = append(y.Groups[0].Options, page.Option{Value: n, Label: n, Chosen: t.Year == year})
	}
	return compareForm{[]page.Select{pick("from", from), pick("to", to), y}}
}

// compare is GET /data/compare.
func (s *Site) compare(w http.ResponseWriter, r *http.Request) error {
	v, ctx, q := s.voice(r), r.Context(), r.URL.Query()
	editions, err := s.d.Record.Editions(ctx)
	if err != nil {
		return err
	}
	have, err := s.inventory(ctx, incident.RecordEdition)
	if err != nil {
		return err
	}
	years := have.Years
	year, _ := strconv.Atoi(q.Get("year")) // 0 for anything else: the form asks again
	from, to := q.Get("from"), q.Get("to")
	out := comparePage{Title: v.T("site.compare.title"), Lead: v.T("site.compare.lead"), Form: v.compareForm(editions, years, from, to, year)}
	pg := page.Page{Title: out.Title, Description: out.Lead, Body: "site.compare", Section: "data", Canonical: "/data/compare", Noindex: len(q) > 0}
	a, okA := editionNamed(editions, from)
	b, okB := editionNamed(editions, to)
	if q.Get("from") == "" && q.Get("to") == "" && q.Get("year") == "" {
		pg.Data = out
		return s.showToday(w, r, pg, publish.TwoOfThem, incident.Filter{})
	}
	if !okA || !okB || !s.hasYear(ctx, year) {
		out.Lead = v.compareWrong([]string{from, to}, []bool{okA, okB}, q.Get("year"), s.hasYear(ctx, year))
		pg.Status, pg.NoStore, pg.Data = http.StatusBadRequest, true, out
		return s.showToday(w, r, pg, publish.TwoOfThem, incident.Filter{})
	}
	c, err := s.d.Record.CompareForReader(ctx, a, b, year)
	if fault.KindOf(err) == fault.TooLarge {
		key, args := fault.Text(err)
		out.Lead, out.Command = v.T(key, args...), compareCommand(a, b, year)
		pg.Status, pg.NoStore, pg.Data = page.Problem(fault.TooLarge), true, out
		return s.showToday(w, r, pg, publish.TwoOfThem, incident.Filter{})
	}
	if err != nil {
		return err
	}
	out.Ready = true
	out.Title = v.T("site.compare.title_of", "year", strconv.Itoa(year), "from", v.editionName(a), "to", v.editionName(b))
	out.Totals = [][]string{
		{v.editionName(a), v.N(c.Counts[0]), v.N(c.Areas[0])},
		{v.editionName(b), v.N(c.Counts[1]), v.N(c.Areas[1])},
	}
	v.explain(&out, c)
	first, _ := strconv.Atoi(q.Get("page"))
	first = min(max(first, 1), (len(c.Rows)+compareRows-1)/compareRows+1)
	out.fill(v, c, first, url.Values{"from": {from}, "to": {to}, "year": {strconv.Itoa(year)}})
	pg.Title, pg.Data = out.Title, out
	return s.showToday(w, r, pg, publish.TwoOfThem, incident.Filter{})
}

// compareWrong says what of a comparison is not there: editions nobody has cut,
// a year without entries; what was left open the form asks for.
func (v voice) compareWrong(labels []string, known []bool, year string, counted bool) string {
	var out []string
	for i, label := range labels {
		if label != "" && !known[i] && (i == 0 || label != labels[0]) {
			out = append(out, v.T("edition.unknown_label", "label", clip(label, 40)))
		}
	}
	if year != "" && !counted {
		out = append(out, v.T("site.compare.no_year", "year", clip(year, 10)))
	}
	return strings.Join(append(out, v.T("site.compare.wrong")), " ")
}

// compareCommand is what to type to see the whole difference.
func compareCommand(a, b incident.Edition, year int) string {
	quote := func(label string) string { return "'" + strings.ReplaceAll(label, "'", `'\''`) + "'" }
	return "keepiton compare " + quote(a.Label) + " " + quote(b.Label) + " --year=" + strconv.Itoa(year)
}

func editionNamed(list []incident.Edition, label string) (incident.Edition, bool) {
	for _, e := range list {
		if e.Label == label {
			return e, true
		}
	}
	return incident.Edition{}, false
}

// explain says in sentences what makes the difference.
func (v voice) explain(out *comparePage, c *incident.Comparison) {
	kinds := map[string]int{}
	for _, r := range c.Rows {
		kinds[r.Kind]++
	}
	for _, k := range []string{"added", "removed", "joined", "changed"} {
		if kinds[k] > 0 {
			out.Summary = append(out.Summary, v.T("site.compare.n_"+k, "n", kinds[k]))
		}
	}
	if len(c.Rows) == 0 {
		out.Summary = append(out.Summary, v.T("site.compare.same"))
	}
	for text, n := range c.Recoded {
		before, after, _ := strings.Cut(text, " -> ")
		out.Recoded = append(out.Recoded, recoding{v.T("site.compare.recoded", "old", v.causeNamed(before), "new", v.causeNamed(after)), n})
	}
	sort.Slice(out.Recoded, func(i, j int) bool {
		a, b := out.Recoded[i], out.Recoded[j]
		return a.N > b.N || a.N == b.N && a.Text < b.Text
	})
}

// causeNamed translates a cause that is given in the sheet's spelling.
func (v voice) causeNamed(label string) string {
	if key, ok := v.Tax.Match(incident.SchemeCause, label); ok && key != "" {
		return v.Term(incident.SchemeCause, key)
	}
	if label == "" {
		return v.T("publish.diff.nothing")
	}
	return label
}

// rowName is what a row of an edition is known by: country, day and area, as far as it
// states them, each held apart from the others.
func (v voice) rowName(d incident.Difference) string {
	var parts []string
	for _, code := range d.Countries {
		parts = append(parts, v.Country(code))
	}
	if d.Start != "" {
		parts = append(parts, v.Date(string(d.Start)))
	}
	if d.Area != "" {
		parts = append(parts, v.Isolate(clip(d.Area, 120)))
	}
	return v.own(strings.Join(parts, v.T("publish.comma")))
}

// fill writes one page of differences.
func (out *comparePage) fill(v voice, c *incident.Comparison, at int, q url.Values) {
	lo := min((at-1)*compareRows, len(c.Rows))
	hi := min(lo+compareRows, len(c.Rows))
	for _, d := range c.Rows[lo:hi] {
		line := differenceLine{Title: v.rowName(d), Href: incidentPath(d.Ref, ""), Kind: d.Kind, KindText: v.T("site.compare." + d.Kind)}
		if d.With != "" {
			line.What = append(line.What, v.T("site.compare.one", "ref", d.Ref, "with", d.With))
		}
		line.What = append(line.What, v.Changes(d.Diff)...)
		out.Rows = append(out.Rows, line)
	}
	link := func(n int, key string) *page.Link {
		x := url.Values{}
		for k, list := range q {
			x[k] = list
		}
		x.Set("page", strconv.Itoa(n))
		return &page.Link{Text: v.T(key), Href: with("/data/compare", x)}
	}
	p := &page.Pages{}
	if at > 1 && lo > 0 {
		p.Prev = link(at-1, "site.list.prev")
	}
	if hi < len(c.Rows) {
		p.Next = link(at+1, "site.list.next")
	}
	if p.Prev != nil || p.Next != nil {
		p.Now = v.T("site.compare.now", "from", v.N(lo+1), "to", v.N(hi), "n", len(c.Rows))
		out.Pages = p
	}
}
