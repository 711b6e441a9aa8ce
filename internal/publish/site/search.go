package site

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
)

// searchPage is the search with what it found.
type searchPage struct {
	Heading  string
	Field    page.Field
	Examples []page.Link
	Hit      *hit
	Found    string
	Apart    *page.Apart // published urgently: in no index, and named here
	List     *listPage
	Narrow   *page.Link
}

// hit is a direct answer: a country, a year, a service.
type hit struct {
	Text  string
	Links []page.Link
	asks  bool // which of the links was meant
}

// examples are searches that show what can be asked. They are the same in
// every language because they show that any script will do.
var examples = []string{"Iran 2022", "Rohtak", "ميانمار", "Telegram", "2025-0142"}

// reference is how people write the number of an incident.
var reference = regexp.MustCompile(`^\s*#?(\d{4})\s*[-–—/ ]\s*(\d{1,6})\s*$`)

// refIn finds a reference in a search.
func refIn(q string) (string, bool) {
	m := reference.FindStringSubmatch(i18n.LatinDigits(q))
	if m == nil {
		return "", false
	}
	n, err := strconv.Atoi(m[2])
	if err != nil {
		return "", false
	}
	return fmt.Sprintf("%s-%04d", m[1], n), true
}

// search is GET /search.
func (s *Site) search(w http.ResponseWriter, r *http.Request) error {
	v := s.voice(r)
	q := strings.Join(r.URL.Query()["q"], " ") // a form sends one; of more each counts
	if len(q) > 400 {
		q = strings.ToValidUTF8(q[:400], "")
	}
	if ref, ok := refIn(q); ok {
		http.Redirect(w, r, page.Of(r).URL(incidentPath(ref, r.URL.Query().Get(publish.EditionParam))), http.StatusSeeOther)
		return nil
	}
	p := parseFilter(url.Values{"q": {q}, "after": r.URL.Query()["after"]}, s.d.Record.Taxonomy())
	out := searchPage{
		Heading: v.T("site.search.title"),
		Field:   page.Field{Name: "q", Type: "search", Label: v.T("site.search.label"), Hint: v.T("site.search.hint"), Value: p.Query, Max: 200},
	}
	pg := page.Page{Title: out.Heading, Description: v.T("site.search.description"), Body: "site.search", Section: "search",
		Canonical: "/search", Noindex: p.Query != ""}
	if value, bad := p.wrong("q"); bad {
		out.Field.Value, out.Field.Error = value, v.T("filter.no_words", "value", value)
		out.Found, out.List = v.T("site.search.nothing"), &listPage{Empty: &emptyList{Text: out.Field.Error}}
		pg.Noindex = true
	}
	if p.Query == "" {
		for _, x := range examples {
			out.Examples = append(out.Examples, page.Link{Text: x, Href: with("/search", url.Values{"q": {x}})})
		}
		pg.Data = out
		return s.showToday(w, r, pg, publish.OnlyToday, incident.Filter{})
	}
	pg.Title = v.T("site.search.title_of", "words", p.Query)
	out.List = &listPage{}
	ed, err := s.d.Record.Edition(r.Context(), incident.RecordEdition)
	if err != nil {
		return err
	}
	var f incident.Filter
	if out.Hit, f, err = s.hit(r.Context(), v, p.Query); err != nil {
		return err
	}
	if out.Hit == nil {
		f, out.Found = p.Filter, v.T("site.search.found")
	}
	if err := s.fillList(r.Context(), v, out.List, f, ed); err != nil {
		return err
	}
	if out.Apart, err = s.d.UnsignedNamed(r.Context(), v.Speaker, p.Query); err != nil {
		return err
	}
	words := &page.Link{Text: v.T("site.search.words"), Href: listPath("/incidents", incident.Filter{Query: p.Query}, "")}
	onlyWords := out.Hit == nil || out.Hit.asks
	switch {
	case onlyWords && out.List.Empty != nil:
		out.List.Empty.Text, out.List.Empty.Loose = v.T("site.search.empty"), nil
	case out.Hit != nil:
		out.Narrow = words
	default:
		out.Narrow = &page.Link{Text: v.T("site.search.narrow"), Href: words.Href}
	}
	pg.Data = out
	return s.showToday(w, r, pg, publish.OnlyToday, f)
}

// hit finds what a search names outright: a country in any spelling, a region, a
// year, a service, a cause beside them, and words that narrow it further. It
// gives the filter that chooses it; nil when the search is words to look up.
func (s *Site) hit(ctx context.Context, v voice, text string) (*hit, incident.Filter, error) {
	have, err := s.inventory(ctx, incident.RecordEdition)
	if err != nil {
		return nil, incident.Filter{}, err
	}
	q := v.ask(text, have)
	if q.choice != nil {
		return s.choose(ctx, v, q)
	}
	f := q.filter
	if f, err = s.usedTerm(ctx, q); err != nil || !understood(f) {
		return nil, f, err
	}
	total, err := s.d.Record.Total(ctx, f)
	if err != nil {
		return nil, f, err
	}
	if total.N == 0 && f.Query != "" { // "Niger Delta" is no part of Niger
		words, err := s.d.Record.Total(ctx, incident.Filter{Edition: incident.RecordEdition, Query: text})
		if err != nil || words.N > 0 {
			return nil, f, err
		}
	}
	return v.hitOf(f, total), f, nil
}

// usedTerm is the filter of a question. A term that no entry has is not what its
// name says in a search: the name then is words like others.
func (s *Site) usedTerm(ctx context.Context, q question) (incident.Filter, error) {
	f := q.filter
	if q.term == "" {
		return f, nil
	}
	term := incident.Filter{Edition: incident.RecordEdition, Service: f.Service, Cause: f.Cause, Method: f.Method}
	total, err := s.d.Record.Total(ctx, term)
	if err != nil || total.N > 0 {
		return f, err
	}
	f.Service, f.Cause, f.Method, f.Query = "", "", "", joined(q.place, q.term)
	return f, nil
}

// choose says what a name may mean, each meaning with its number, over the
// entries that hold the name as a word.
func (s *Site) choose(ctx context.Context, v voice, q question) (*hit, incident.Filter, error) {
	base, err := s.usedTerm(ctx, q)
	if err != nil {
		return nil, base, err
	}
	h := &hit{Text: v.T(q.choice.key, "name", q.choice.name), asks: true}
	for _, m := range q.choice.meaning {
		f := base
		f.Country, f.Region = cmp.Or(m.Country, f.Country), cmp.Or(m.Region, f.Region)
		total, err := s.d.Record.Total(ctx, f)
		if err != nil {
			return nil, f, err
		}
		h.Links = append(h.Links, page.Link{Text: v.hitOf(f, total).Text, Href: listPath("/incidents", f, "")})
	}
	base.Query = joined(q.choice.name, base.Query)
	return h, base, nil
}

// hitOf says what a filter of names finds, and where to go on.
func (v voice) hitOf(f incident.Filter, total incident.Total) *hit {
	h := &hit{Text: v.T("site.search.hit", "what", v.said(f), "n", total.N)}
	switch {
	case total.N == 0 && f.Query != "":
		h.Text = v.T("site.search.hit_none_words", "what", v.said(f))
	case total.N == 0:
		h.Text = v.T("site.search.hit_none", "what", v.said(f))
	default:
		h.Links = append(h.Links, page.Link{Text: v.T("site.search.to_list"), Href: listPath("/incidents", f, "")})
	}
	if f.Country != "" && total.N > 0 {
		h.Links = append(h.Links, page.Link{Text: v.T("site.search.to_country", "country", v.Country(f.Country)), Href: "/countries/" + f.Country})
	}
	if f.Year != 0 {
		year := strconv.Itoa(f.Year)
		h.Links = append(h.Links, page.Link{Text: v.T("site.search.to_year", "year", year), Href: "/years/" + year})
	}
	return h
}

// hasYear tells whether the record counts a year.
func (s *Site) hasYear(ctx context.Context, year int) bool {
	have, err := s.inventory(ctx, incident.RecordEdition)
	return err == nil && have.HasYear(year)
}
