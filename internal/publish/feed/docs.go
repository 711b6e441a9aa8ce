package feed

import (
	"html/template"
	"net/http"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
)

// kind names the style rules of this package: views/feed.css.
const kind = "feed"

// docsPage is the page that documents the API.
type docsPage struct {
	Examples []example
	Calls    []apiCall
	Problems []problemLine
	Feeds    []feedLine
	JSON     string
	YAML     string

	x     *i18n.Texts
	where page.Where
}

// Say is a text in which words between backticks are what one types: they
// stand in their own direction, also in a sentence that runs the other way.
func (p docsPage) Say(key string) template.HTML { return p.Link(key, "", "") }

// Link is such a text with a link in it.
func (p docsPage) Link(key, path, text string) template.HTML {
	const slot = "\ue000"
	out := template.HTMLEscapeString(p.x.T("feed.api."+key, "link", slot))
	for i := 0; strings.Contains(out, "`"); i++ {
		tag := `<code class="sh" dir="ltr">`
		if i%2 == 1 {
			tag = "</code>"
		}
		out = strings.Replace(out, "`", tag, 1)
	}
	link := `<a href="` + template.HTMLEscapeString(p.where.URL(path)) + `"><bdi>` + template.HTMLEscapeString(text) + `</bdi></a>`
	return template.HTML(strings.ReplaceAll(out, slot, link)) //nolint:gosec // escaped piece by piece
}

// example is a command with what it gets.
type example struct{ Key, Command string }

// apiCall is an address of the API.
type apiCall struct{ Path, Key string }

// problemLine is a kind of error; its ID is where Problem.Type leads.
type problemLine struct {
	ID     string
	Status int
}

// feedLine is a feed in both forms.
type feedLine struct{ Key, Path string }

// docs is GET /api.
func (f *Feed) docs(w http.ResponseWriter, r *http.Request) error {
	lang := page.Of(r).Lang
	x := f.d.Shell.Words(lang)
	origin := f.d.Shell.Origin(r)
	root := origin + i18n.Path(lang, apiRoot)
	data := docsPage{
		x: x, where: page.Of(r),
		JSON: apiRoot + "/openapi.json", YAML: apiRoot + "/openapi.yaml",
		Examples: []example{
			{"list", "curl '" + root + "/incidents?country=IR&year=2022'"},
			{"year", "curl " + root + "/years/2025"},
			{"etag", "curl --etag-save e --etag-compare e -o years.json " + root + "/years"},
			{"feed", "curl '" + origin + i18n.Path(lang, "/feeds/incidents.json") + "?country=IR&sort=changed'"},
		},
		Calls: []apiCall{
			{"/incidents", "list"}, {"/incidents/{ref}", "incident"}, {"/unsigned", "unsigned"}, {"/countries", "countries"}, {"/countries/{code}", "country"},
			{"/years", "years"}, {"/years/{year}", "year"}, {"/days", "days"},
			{"/releases", "releases"}, {"/releases/compare", "compare"},
			{"/terms", "terms"}, {"/services", "services"},
		},
		Problems: []problemLine{{"invalid", 400}, {"not_found", 404}, {"method", 405}, {"gone", 410}, {"too_large", 413}, {"too_long", 414}, {"internal", 500}, {"unavailable", 503}},
		Feeds:    []feedLine{{"all", "/feeds/incidents"}, {"country", "/feeds/countries/IR"}, {"changes", "/feeds/changes"}},
	}
	notice, err := f.d.Elsewhere(r, publish.NoFigures, incident.Filter{})
	if err != nil {
		return err
	}
	f.d.Shell.Render(w, r, page.Page{
		Title: x.T("feed.api.title"), Description: x.T("feed.api.lead"), Body: "feed.api", Data: data, Kind: kind, Section: "api", Notice: notice, Noindex: notice != nil,
		Feeds: []page.Feed{
			{Title: x.T("feed.title"), Path: "/feeds/incidents.atom", Type: "application/atom+xml"},
			{Title: x.T("feed.changes"), Path: "/feeds/changes.atom", Type: "application/atom+xml"},
		},
	})
	return nil
}
