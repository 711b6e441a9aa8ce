package site

import (
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"keepiton/internal/incident"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
)

// aboutPage is the word about the whole. Its texts are the catalogue's; the
// struct only lists the sections, so that the page has a table of contents.
type aboutPage struct {
	Sections []aboutSection
}

type aboutSection struct {
	ID, Title string
	Text      []string
	Points    []string
}

// aboutParts are the sections with how many paragraphs and points each has.
var aboutParts = []struct {
	id           string
	text, points int
}{
	{"definition", 3, 0},
	{"method", 3, 0},
	{"counting", 1, 8},
	{"words", 1, 4},
	{"corrections", 3, 0},
	{"names", 3, 0},
	{"limits", 1, 6},
	{"safety", 2, 0},
}

// about is GET /about.
func (s *Site) about(w http.ResponseWriter, r *http.Request) error {
	v := s.voice(r)
	starter, err := s.starterNote(r.Context(), v)
	if err != nil {
		return err
	}
	var out aboutPage
	letters := "abcdefghij"
	for _, p := range aboutParts {
		key := "site.about." + p.id + "."
		sec := aboutSection{ID: p.id, Title: v.T(key + "title")}
		for i := range p.text {
			sec.Text = append(sec.Text, v.T(key+"p_"+letters[i:i+1]))
		}
		if p.id == "method" && starter != "" {
			sec.Text = append(sec.Text, starter)
		}
		for i := range p.points {
			sec.Points = append(sec.Points, v.T(key+"li_"+letters[i:i+1]))
		}
		out.Sections = append(out.Sections, sec)
	}
	return s.showToday(w, r, page.Page{Title: v.T("site.about.title"), Description: v.T("site.about.lead"), Body: "site.about", Section: "about", Data: out, Canonical: "/about"}, publish.NoFigures, incident.Filter{})
}

// lost answers every address nobody else knows: it suggests a search with the
// words of the path. A method other than reading has no business anywhere here.
func (s *Site) lost(w http.ResponseWriter, r *http.Request) error {
	v := s.voice(r)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.d.Shell.Error(w, r, http.StatusMethodNotAllowed, nil)
		return nil
	}
	t := &page.Trouble{}
	path := page.Of(r).Path
	if ref, ok := refIn(lastPart(path)); ok {
		t.Links = append(t.Links, page.Link{Text: v.T("site.lost.incident", "ref", ref), Href: "/incidents/" + ref})
	}
	if words := pathWords(path); words != "" {
		t.Links = append(t.Links, page.Link{Text: v.T("site.lost.search", "words", words), Href: with("/search", url.Values{"q": {words}})})
	}
	for _, word := range strings.Fields(pathWords(path)) {
		if code, ok := geo.MatchCountry(word); ok && len(word) > 3 {
			t.Links = append(t.Links, page.Link{Text: v.T("site.search.to_country", "country", v.Country(code)), Href: "/countries/" + code})
			break
		}
	}
	t.Links = append(t.Links, page.Link{Text: upperFirst(v.T("site.lost.list")), Href: "/incidents"}, page.Link{Text: v.T("publish.nav.countries"), Href: "/countries"})
	s.d.Shell.Error(w, r, http.StatusNotFound, t)
	return nil
}

func lastPart(path string) string {
	path = strings.TrimRight(path, "/")
	return path[strings.LastIndexByte(path, '/')+1:]
}

// pathWords are the words of an address, for a search: letters and digits of
// any script, without endings of files.
func pathWords(path string) string {
	path = strings.ToValidUTF8(path, " ")
	for _, end := range []string{".html", ".htm", ".php", ".aspx"} {
		path = strings.TrimSuffix(path, end)
	}
	words := strings.FieldsFunc(path, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
	out := ""
	for _, w := range words {
		if len(out)+len(w) > 80 {
			break
		}
		if w == "incidents" || w == "countries" || w == "index" {
			continue
		}
		out = strings.TrimSpace(out + " " + w)
	}
	return out
}
