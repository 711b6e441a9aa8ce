package site

import (
	"context"
	"net/http"
	"strconv"

	"keepiton/internal/incident"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
)

// listPage is a list of shutdowns with its form.
type listPage struct {
	Heading string
	Banner  *banner
	Apart   *page.Apart // published urgently, and in no list
	Errors  page.Summary
	Anyway  *page.Link // the list without what could not be read
	Unused  string     // what of the address was of no use
	Missed  *hit       // the words that were not looked up, and where they can be
	Form    filterForm
	Chosen  []chip
	Result  string
	Rule    string
	Rows    page.Rows
	Pages   *page.Pages
	Exports []page.Link
	Empty   *emptyList
}

// emptyList teaches: what would help to find something.
type emptyList struct {
	Text  string
	Loose []page.Link // the same list without one of its parts
}

// list is GET /incidents.
func (s *Site) list(w http.ResponseWriter, r *http.Request) error {
	v := s.voice(r)
	p := parseFilter(r.URL.Query(), s.d.Record.Taxonomy())
	ed, banner, err := s.edition(r, v, listPath("/incidents", p.Filter, ""))
	if err != nil {
		return err
	}
	p.Edition = ed.ID
	var missed *hit
	if ed.ID != incident.RecordEdition && p.Query != "" { // words are indexed for the record alone
		missed = v.missed(p.Filter, ed)
		p.Query = ""
	}
	if err := s.d.Record.CheckSort(r.Context(), p.Filter); err != nil {
		if fault.KindOf(err) != fault.Invalid {
			return err
		}
		p.bad = append(p.bad, badValue{Name: "sort", Why: err})
		p.Sort = ""
	}
	form, err := s.form(r.Context(), v, p, ed)
	if err != nil {
		return err
	}
	out := listPage{Heading: v.T("site.list.title"), Banner: banner, Form: form, Chosen: v.chips("/incidents", p.Filter, release(ed)), Unused: v.unusedNote(p), Missed: missed}
	if said := v.said(p.Filter); said != "" {
		out.Heading = v.T("site.list.title_of", "filter", said)
	}
	pg := page.Page{
		Title: out.Heading, Description: v.T("site.list.description"), Body: "site.list", Section: "incidents",
		Canonical: listPath("/incidents", p.Filter, release(ed)), Noindex: p.After != "" || p.Query != "" || banner != nil || len(p.unused) > 0,
	}
	if len(p.bad) > 0 {
		out.Errors = v.summary(p)
		out.Anyway = &page.Link{Text: v.T("site.list.anyway"), Href: listPath("/incidents", p.Filter, release(ed))}
		pg.Status, pg.Errors, pg.NoStore, pg.Noindex = http.StatusBadRequest, true, true, true
		pg.Data = out
		return s.show(w, r, pg)
	}
	if err := s.fillList(r.Context(), v, &out, p.Filter, ed); err != nil {
		return err
	}
	if banner == nil {
		pg.Feeds = v.feeds(p.Filter)
		if out.Apart, err = s.unsigned(r.Context(), v, p.Filter); err != nil {
			return err
		}
	}
	pg.Data = out
	return s.show(w, r, pg)
}

// unsigned is what stands apart from a list that asks for nothing but a country
// and a year. Narrower lists are about what is known for certain.
func (s *Site) unsigned(ctx context.Context, v voice, f incident.Filter) (*page.Apart, error) {
	for _, c := range f.Chosen() {
		if c[0] != "country" && c[0] != "year" && c[0] != "sort" {
			return nil, nil
		}
	}
	return s.d.Unsigned(ctx, v.Speaker, f.Country, f.Year)
}

// missed says that a list of an edition did not look up the words it was asked
// for, lest somebody takes all of it for what was found.
func (v voice) missed(f incident.Filter, ed incident.Edition) *hit {
	words := clip(f.Query, 40)
	return &hit{
		Text:  v.T("site.list.missed", "words", words, "edition", v.editionName(ed)),
		Links: []page.Link{{Text: v.T("site.list.missed_record", "words", words), Href: listPath("/incidents", f, "")}},
	}
}

// fillList reads the rows of a list, the sentence over them and the ways on.
func (s *Site) fillList(ctx context.Context, v voice, out *listPage, f incident.Filter, ed incident.Edition) error {
	f.Limit = 0
	total, err := s.d.Record.Total(ctx, f)
	if err != nil {
		return err
	}
	out.Result = v.result(f, total)
	out.Rule = v.T("site.list.rule")
	if f.Year != 0 {
		out.Rule = v.T("site.list.rule_year")
	}
	if total.N == 0 {
		out.Empty, err = s.emptyList(ctx, v, f, ed)
		return err
	}
	rows, err := s.d.Record.List(ctx, f)
	if err != nil {
		return err
	}
	v.today = min(v.today, s.d.Record.Horizon(ed))
	out.Rows = v.rows(rows.Rows, f.Year, release(ed), v.today)
	if out.Pages, err = s.pages(ctx, v, f, rows, ed); err != nil {
		return err
	}
	out.Exports = v.exports(f, release(ed))
	return nil
}

// result is the sentence over a list.
func (v voice) result(f incident.Filter, t incident.Total) string {
	key := "site.list.result"
	if t.More {
		key = "site.list.result_more"
	}
	if t.N == 0 {
		return v.T("site.list.result_none")
	}
	if f.Year != 0 {
		return v.T(key+"_year", "n", t.N, "year", strconv.Itoa(f.Year))
	}
	return v.T(key, "n", t.N)
}

// pages links the pages before and after this one; nil when there is one.
func (s *Site) pages(ctx context.Context, v voice, f incident.Filter, rows incident.Page, ed incident.Edition) (*page.Pages, error) {
	p := &page.Pages{}
	if f.After != "" {
		cursor, ok, err := s.d.Record.PageBefore(ctx, f)
		if err != nil {
			return nil, err
		}
		if ok {
			p.Prev = &page.Link{Text: v.T("site.list.prev"), Href: afterPath(f, cursor, ed)}
		}
	}
	if rows.Next != "" {
		p.Next = &page.Link{Text: v.T("site.list.next"), Href: afterPath(f, rows.Next, ed)}
	}
	if p.Prev == nil && p.Next == nil {
		return nil, nil
	}
	return p, nil
}

func afterPath(f incident.Filter, cursor string, ed incident.Edition) string {
	q := f.Values()
	if l := release(ed); l != "" {
		q.Set("release", l)
	}
	if cursor != "" {
		q.Set("after", cursor)
	}
	return with("/incidents", q)
}

// emptyList offers the list without each of its parts, where that finds
// something.
func (s *Site) emptyList(ctx context.Context, v voice, f incident.Filter, ed incident.Edition) (*emptyList, error) {
	chosen := f.Chosen()
	if len(chosen) == 0 {
		return &emptyList{Text: v.T("site.list.empty_record")}, nil
	}
	out := &emptyList{Text: v.T("site.list.empty")}
	for _, c := range chosen {
		loose := f.Narrow(c[0], "")
		t, err := s.d.Record.Total(ctx, loose)
		if err != nil {
			return nil, err
		}
		if t.N == 0 {
			continue
		}
		out.Loose = append(out.Loose, page.Link{
			Text: v.T("site.list.without", "what", v.label(c[0], c[1]), "n", t.N),
			Href: listPath("/incidents", loose, release(ed)),
		})
	}
	return out, nil
}

// rows draws entries as rows under one axis.
func (v voice) rows(list []incident.Row, year int, label string, today int) page.Rows {
	from, to := window(list, year)
	axis := v.ticks(from, to)
	out := page.Rows{Axis: axis}
	used := map[page.State]bool{}
	for _, r := range list {
		strip := page.Strip{Marks: visible(marks(r.Facts, r.Entry.Year, from, to, today)), Ticks: bare(axis), Known: publish.Known(from, to, today)}
		for _, m := range strip.Marks {
			used[m.State] = true
		}
		row := page.Row{
			Name: v.own(v.WhereOf(r)), Href: incidentPath(r.Ref, label), Count: v.length(r.Facts, r.Entry.Year), Strip: strip,
			When: v.When(r.Facts), Note: v.T("site.list.note", "what", v.What(r.Facts), "cause", v.Term(incident.SchemeCause, r.Facts.Cause.Term)),
		}
		if r.Coarse {
			row.Note = v.T("site.list.gone")
		}
		out.Items = append(out.Items, row)
	}
	out.Key = v.key(used)
	return out
}

// visible widens marks nobody could see: a day in the line of a year or two.
// The number beside the line says how long it really was.
func visible(list []page.Mark) []page.Mark {
	const least = .009
	for i, m := range list {
		if m.State != page.Unsure && m.To-m.From < least {
			list[i].From = min(m.From, 1-least)
			list[i].To = list[i].From + least
		}
	}
	return list
}

// key explains the textures that occur.
func (v voice) key(used map[page.State]bool) []page.StateWord {
	out := []page.StateWord{{State: page.Up, Text: v.T("site.key.up")}}
	for _, s := range []page.State{page.Cut, page.Slow, page.Blocked, page.Unsure} {
		if used[s] {
			out = append(out, page.StateWord{State: s, Text: v.T("site.key." + string(s))})
		}
	}
	return out
}

// window is the stretch of days the strips of a list are drawn on: the chosen
// year, else the whole years in which its rows began.
func window(list []incident.Row, year int) (from, to int) {
	if year != 0 {
		return incident.YearDays(year)
	}
	first, last := 0, 0
	for _, r := range list {
		y := r.Facts.Period.Start.Year()
		if y == 0 {
			continue
		}
		if first == 0 || y < first {
			first = y
		}
		last = max(last, y)
	}
	if first == 0 {
		first, last = incident.FirstCountYear, incident.FirstCountYear
	}
	from, _ = incident.YearDays(first)
	_, to = incident.YearDays(last)
	return from, to
}
