package atlas

import (
	"embed"
	"io/fs"
	"net/http"
	"time"

	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
)

//go:embed views/*.html views/*.css
var views embed.FS

//go:embed texts/*.json
var texts embed.FS

// Texts are the words of this package, for i18n.Load.
func Texts() fs.FS { return texts }

// Views are its templates and style rules, for page.Options.
func Views() fs.FS { return views }

// kind names the style rules of this package: views/atlas.css.
const kind = "atlas"

// Atlas serves figures, maps and pictures. It is safe for concurrent use.
type Atlas struct {
	d      publish.Deps
	paint  chan struct{} // held while a PNG is painted: one at a time
	shelf  *shelf        // painted PNGs
	totals totals
}

// New makes the atlas. Without a clock in d it uses the machine's.
func New(d publish.Deps) *Atlas {
	if d.Today == nil {
		d.Today = time.Now
	}
	return &Atlas{d: d, paint: make(chan struct{}, 1), shelf: newShelf(shelfBytes)}
}

// Routes puts the pages and pictures on a mux.
func (a *Atlas) Routes(mux *http.ServeMux) {
	for pattern, handle := range map[string]func(*ask, http.ResponseWriter, *http.Request) error{
		"GET /countries":              a.countries,
		"GET /countries/{code}":       a.country,
		"GET /years":                  a.years,
		"GET /years/{year}":           a.year,
		"GET /years/{year}/where":     a.yearWhere,
		"GET /years/{year}/why":       a.yearWhy,
		"GET /years/{year}/how":       a.yearHow,
		"GET /trends":                 a.trends,
		"GET /map":                    a.world,
		"GET /map/{code}":             a.countryMap,
		"GET /pictures/{kind}/{file}": a.picture,
	} {
		mux.Handle(pattern, a.answer(handle))
	}
}

// answer reads what every page needs, runs a handler and turns its error into
// a page that helps.
func (a *Atlas) answer(handle func(*ask, http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q, err := a.newAsk(r)
		if err == nil {
			err = handle(q, w, r)
		}
		if err == nil || r.Context().Err() != nil {
			return // done, or the reader went away
		}
		v := a.voice(r)
		switch key, _ := fault.Text(err); key {
		case "edition.unknown_label":
			a.d.Shell.Error(w, r, http.StatusNotFound, &page.Trouble{Title: v.T("atlas.lost.edition_title"), Text: v.T("atlas.lost.edition_text"),
				Links: []page.Link{{Text: v.T("atlas.lost.editions"), Href: "/data#releases"}}})
		case noDays:
			a.d.Shell.Error(w, r, http.StatusNotFound, &page.Trouble{Title: v.T("atlas.lost.days_title"), Text: v.T(noDays),
				Links: []page.Link{{Text: v.T("atlas.lost.days_live"), Href: r.URL.Path}, {Text: v.T("atlas.lost.editions"), Href: "/data#releases"}}})
		case "atlas.lost.year":
			a.lostYear(q, w, r)
		case "atlas.lost.country":
			a.lostCountry(w, r)
		default:
			a.d.Shell.Fail(w, r, err)
		}
	})
}

// show renders a page with the style of this package. A page of a frozen
// edition is not for search engines: the record's own page is.
func (a *Atlas) show(q *ask, w http.ResponseWriter, r *http.Request, p page.Page) error {
	p.Kind = kind
	p.Noindex = p.Noindex || q.label != ""
	if p.Image != "" { // the preview shows the same edition
		p.Image = q.path(p.Image)
	}
	a.d.Shell.Render(w, r, p)
	return nil
}

// lostYear answers for a year nobody has counted.
func (a *Atlas) lostYear(q *ask, w http.ResponseWriter, r *http.Request) {
	t := &page.Trouble{Title: q.v.T("atlas.lost.year_title"), Text: q.v.T("atlas.lost.year_text")}
	for i := len(q.counted()) - 1; i >= 0 && len(t.Links) < 12; i-- {
		y := q.counted()[i].year
		t.Links = append(t.Links, page.Link{Text: year(y), Href: q.path("/years/" + year(y))})
	}
	a.d.Shell.Error(w, r, http.StatusNotFound, t)
}
