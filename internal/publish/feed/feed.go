package feed

import (
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
)

//go:embed views/*.html views/*.css
var views embed.FS

//go:embed texts/*.json
var texts embed.FS

// Texts are the words of this package, for i18n.Load.
func Texts() fs.FS { return texts }

// Views are the templates and style rules, for page.Options.
func Views() fs.FS { return views }

// Feed serves feeds, the API and the sitemap. It is safe for concurrent use.
type Feed struct {
	d     publish.Deps
	langs []string // every language of the catalogue, the source language first
	api   *http.ServeMux
	spec  map[string]page.File // the API's description, by address
	log   *slog.Logger
}

// New makes the room. Without a clock in d it uses the machine's.
func New(d publish.Deps) (*Feed, error) {
	if d.Today == nil {
		d.Today = time.Now
	}
	d.Origin = strings.TrimSuffix(d.Origin, "/")
	base, err := i18n.Load()
	if err != nil {
		return nil, fmt.Errorf("feed.New: %w", err)
	}
	f := &Feed{d: d, log: slog.Default()}
	for _, l := range base.Langs() {
		f.langs = append(f.langs, l.Tag)
	}
	if err := f.newAPI(); err != nil {
		return nil, fmt.Errorf("feed.New: %w", err)
	}
	return f, nil
}

// Routes puts everything on a mux.
func (f *Feed) Routes(mux *http.ServeMux) {
	for pattern, handle := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /feeds/incidents.atom":   f.incidents(atom),
		"GET /feeds/incidents.json":   f.incidents(jsonFeed),
		"GET /feeds/changes.atom":     f.changes(atom),
		"GET /feeds/changes.json":     f.changes(jsonFeed),
		"GET /feeds/countries/{file}": f.country,
		"GET /sitemap.xml":            f.sitemap,
		"GET /sitemap/{file}":         f.sitemapPage,
		"GET /robots.txt":             f.robots,
		"GET /api":                    f.docs,
	} {
		mux.Handle(pattern, f.answer(handle))
	}
	mux.HandleFunc("/api", f.serveAPI) // any other method
	mux.HandleFunc("/api/", f.serveAPI)
}

// answer runs a handler and turns its error into an error page.
func (f *Feed) answer(handle func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := handle(w, r); err != nil && r.Context().Err() == nil {
			f.d.Shell.Fail(w, r, err)
		}
	})
}
