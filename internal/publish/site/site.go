package site

import (
	"embed"
	"io/fs"
	"net/http"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
)

//go:embed views/*.html views/*.css
var views embed.FS

//go:embed texts/*.json
var texts embed.FS

// Texts are the words of the pages, for i18n.Load.
func Texts() fs.FS { return texts }

// Views are the templates and style rules, for page.Options.
func Views() fs.FS { return views }

// kind names the style rules of this package: views/site.css.
const kind = "site"

// Site serves the pages of the register. It is safe for concurrent use.
type Site struct {
	d     publish.Deps
	known inventories
}

// New makes the site. Without a clock in d it uses the machine's.
func New(d publish.Deps) *Site {
	if d.Today == nil {
		d.Today = time.Now
	}
	return &Site{d: d}
}

// Routes puts the pages on a mux. "/" takes every address nobody else knows,
// to answer with a page that helps; it carries no method, so that it never
// conflicts with a more exact pattern.
func (s *Site) Routes(mux *http.ServeMux) {
	for pattern, handle := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /{$}":                     s.home,
		"GET /incidents":               s.list,
		"GET /incidents.csv":           s.listCSV,
		"GET /incidents/{ref}":         s.incident,
		"GET /incidents/{ref}/sources": s.sources,
		"GET /search":                  s.search,
		"GET /data":                    s.data,
		"GET /data/compare":            s.compare,
		"GET /data/codebook":           s.codebook,
		"GET /data/codebook/services":  s.codebookServices,
		"GET /data/stop.csv":           s.stopCSV,
		"GET /data/stop.xlsx":          s.stopXLSX,
		"GET /about":                   s.about,
		"GET /corrections":             s.corrections,
		"/":                            s.lost,
	} {
		mux.Handle(pattern, s.answer(handle))
	}
}

// answer runs a handler and turns its error into a page: kinds this package
// raises have words of their own, the rest are the shell's.
func (s *Site) answer(handle func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := handle(w, r)
		if err == nil {
			return
		}
		if r.Context().Err() != nil {
			return // the reader went away
		}
		if key, _ := fault.Text(err); key == "edition.unknown_label" {
			s.unknownEdition(w, r)
			return
		}
		s.d.Shell.Fail(w, r, err)
	})
}

// show renders a page with the style of this package.
func (s *Site) show(w http.ResponseWriter, r *http.Request, p page.Page) error {
	p.Kind = kind
	s.d.Shell.Render(w, r, p)
	return nil
}

// showToday renders a page that answers for no edition but the record: asked
// for another one it says why, with the way to the list of f in that edition.
func (s *Site) showToday(w http.ResponseWriter, r *http.Request, p page.Page, why string, f incident.Filter) error {
	var err error
	if p.Notice, err = s.d.Elsewhere(r, why, f); err != nil {
		return err
	}
	p.Noindex = p.Noindex || p.Notice != nil
	return s.show(w, r, p)
}

// banner says that a page shows a frozen edition and not the record.
type banner struct {
	Text string
	Live page.Link // the same page of the record as it stands
}

// edition reads the edition a request asks for, with the banner that must
// stand above every page of a frozen one; nil for the record.
func (s *Site) edition(r *http.Request, v voice, live string) (incident.Edition, *banner, error) {
	e, err := s.editionOf(r)
	if err != nil || e.ID == incident.RecordEdition {
		return e, nil, err
	}
	key := "site.banner.sheet"
	switch {
	case e.Kind == "release":
		key = "site.banner.release_same"
		moved, err := s.movedOn(r.Context(), e)
		if err != nil {
			return e, nil, err
		}
		if moved {
			key = "site.banner.release"
		}
	case e.Kind == "starter" && e.AsOf != "":
		key = "site.banner.starter"
	}
	return e, &banner{
		Text: v.T(key, "label", e.Label, "date", v.Date(e.AsOf), "entries", v.N(e.Entries)),
		Live: page.Link{Text: v.T("site.banner.live"), Href: live},
	}, nil
}

// editionOf reads the edition a request asks for.
func (s *Site) editionOf(r *http.Request) (incident.Edition, error) {
	return s.d.Edition(r.Context(), r)
}

// release is the label an address needs to stay in an edition.
func release(e incident.Edition) string {
	if e.ID == incident.RecordEdition {
		return ""
	}
	return e.Label
}

// unknownEdition answers a label nobody has cut.
func (s *Site) unknownEdition(w http.ResponseWriter, r *http.Request) {
	v := s.voice(r)
	s.d.Shell.Error(w, r, http.StatusNotFound, &page.Trouble{
		Title: v.T("site.lost.edition_title"),
		Text:  v.T("site.lost.edition_text"),
		Links: []page.Link{{Text: v.T("site.lost.editions"), Href: "/data#releases"}, {Text: upperFirst(v.T("site.lost.list")), Href: "/incidents"}},
	})
}
