package site

import (
	"math"
	"net/http"
	"net/url"
	"sort"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/page"
)

// sourcesHere is how many links an incident's page carries; with more it leads
// to a page of its own.
const (
	sourcesHere = 8
	everySource = math.MaxInt
)

// sourceLink is a link to somebody else's page. Its text is the host.
type sourceLink struct {
	Host, Class, Href string
	Text              string // what stood there when it is no address
}

// sourceBox is the sources of an incident by class.
type sourceBox struct {
	Summary      string
	Class        string // what the entry says of all of them at once
	Classes      []classLine
	Links        []sourceLink
	More         *page.Link
	Confidential string
}

// classLine counts the sources of a class.
type classLine struct {
	Name string
	N    int
}

// webLink reads an address that is safe to link to: http or https with a host.
func webLink(raw string) (sourceLink, bool) {
	raw = strings.Trim(strings.TrimSpace(raw), ".,;)(<>\"'")
	if len(raw) > 2000 || !strings.HasPrefix(raw, "http://") && !strings.HasPrefix(raw, "https://") {
		return sourceLink{}, false
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || !strings.Contains(u.Host, ".") {
		return sourceLink{}, false
	}
	return sourceLink{Host: strings.TrimPrefix(strings.ToLower(u.Hostname()), "www."), Href: u.String()}, true
}

// allSources lists what may be shown of every source: nothing of a
// confidential one.
func (v voice) allSources(f *incident.Facts) (links []sourceLink, confidential int) {
	for _, s := range f.Sources {
		if s.Class == "confidential" {
			confidential++
			continue
		}
		class := v.Term(incident.SchemeSource, s.Class)
		if s.Class == "" {
			class = v.T("site.sources.no_class")
		}
		link, ok := webLink(s.URL)
		switch {
		case ok:
			link.Class = class
		case strings.TrimSpace(s.Text) != "":
			link = sourceLink{Class: class, Text: clip(strings.TrimSpace(s.Text), 160)}
		default:
			link = sourceLink{Class: class, Text: v.T("site.sources.no_link")}
		}
		links = append(links, link)
	}
	return links, confidential
}

// sourceBox shows at most limit links; the rest is on a page of its own.
func (v voice) sourceBox(inc *incident.Incident, label string, limit int) sourceBox {
	links, confidential := v.allSources(inc.Facts)
	out := sourceBox{Summary: v.T("site.sources.none")}
	if n := len(links) + confidential; n > 0 {
		out.Summary = v.T("site.sources.count", "n", n)
	}
	if confidential > 0 {
		out.Confidential = v.T("site.sources.confidential", "n", confidential)
	}
	out.Links, out.Classes = links, classesOf(links)
	switch { // a row of the sheet has one class for all its links
	case len(links) > 0 && len(out.Classes) == 1:
		out.Class = v.T("site.sources.class", "class", out.Classes[0].Name)
		if out.Classes[0].Name == v.T("site.sources.no_class") {
			out.Class = v.T("site.sources.class_none")
		}
		out.Classes = nil
		for i := range links {
			links[i].Class = ""
		}
	case len(links) > 0:
		out.Class = v.T("site.sources.classes")
	}
	if len(links) > limit {
		out.Links = links[:limit]
		p := incidentPath(inc.Ref+"/sources", label)
		out.More = &page.Link{Text: v.T("site.sources.all", "n", len(links)), Href: p}
	}
	return out
}

// classesOf counts links by class, the most frequent first.
func classesOf(links []sourceLink) []classLine {
	count := map[string]int{}
	for _, l := range links {
		count[l.Class]++
	}
	var out []classLine
	for name, n := range count {
		out = append(out, classLine{name, n})
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i], out[j]
		return a.N > b.N || a.N == b.N && a.Name < b.Name
	})
	return out
}

// publications are the coalition's own statements and letters.
func (v voice) publications(f *incident.Facts) []sourceLink {
	var out []sourceLink
	for _, l := range f.Links {
		if link, ok := webLink(l.URL); ok {
			link.Class = v.T("site.publication." + known(l.Kind, "statement", "open_letter", "report", "brief"))
			out = append(out, link)
		}
	}
	return out
}

// sourcesPage is every source of an incident.
type sourcesPage struct {
	Crumbs  []page.Link
	Banner  *banner
	Title   string
	Of      string
	Sources sourceBox
}

// sources is GET /incidents/{ref}/sources.
func (s *Site) sources(w http.ResponseWriter, r *http.Request) error {
	v := s.voice(r)
	inc, ed, b, done, err := s.find(w, r, v, "/sources")
	if done || err != nil {
		return err
	}
	box := v.sourceBox(inc, release(ed), everySource)
	out := sourcesPage{
		Banner: b, Title: v.T("site.sources.title", "ref", inc.Ref), Of: v.Mark(inc.Desk, v.Title(inc.Facts)), Sources: box,
		Crumbs: []page.Link{{Text: v.T("publish.nav.incidents"), Href: "/incidents"}, {Text: inc.Ref, Href: incidentPath(inc.Ref, release(ed))}, {Text: v.T("site.sources.head")}},
	}
	return s.show(w, r, page.Page{
		Title: out.Title, Description: out.Of, Body: "site.sources", Section: "incidents", Data: out,
		Canonical: "/incidents/" + inc.Ref + "/sources", Noindex: true,
	})
}
