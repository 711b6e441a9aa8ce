package site

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
	"keepiton/internal/platform/page/htmlcheck"
	"keepiton/internal/platform/shared"
	"keepiton/internal/publish"
	"keepiton/internal/stop"
)

const (
	combined  = "accessnow_stop_combined_2016-2025_snapshot_2026-05-20.csv"
	sheet2022 = "accessnow_stop_sheet_2022.csv"
)

// world is a site over a record.
type world struct {
	h      http.Handler
	record *incident.Service
	db     *db.DB
	texts  *i18n.Catalogue
	today  int // of its pages
}

// langs are the languages every page exists in.
var langs = []string{"en", "ar", "fr"}

// newWorld builds a site over an empty record.
func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	record, err := incident.NewService(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := i18n.Load(page.Texts(), publish.Texts(), Texts())
	if err != nil {
		t.Fatal(err)
	}
	shell, err := page.New(page.Options{
		Name: "keepiton", Origin: "https://register.example", Texts: texts, Views: []fs.FS{Views()}, Cache: -1,
		Nav: []page.Item{{Key: "publish.nav.incidents", Path: "/incidents", Section: "incidents"}, {Key: "publish.nav.countries", Path: "/countries", Section: "countries"},
			{Key: "publish.nav.trends", Path: "/trends", Section: "trends"}, {Key: "publish.nav.map", Path: "/map", Section: "map"},
			{Key: "publish.nav.data", Path: "/data", Section: "data"}, {Key: "publish.nav.about", Path: "/about", Section: "about"}},
		Foot:    []page.Item{{Key: "publish.nav.search", Path: "/search", Section: "search"}, {Key: "publish.nav.api", Path: "/api", Section: "api"}},
		FootKey: "publish.foot", Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	New(publish.Deps{Record: record, Shell: shell, Origin: "https://register.example",
		Today: func() time.Time { return time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC) }}).Routes(mux)
	return &world{shell.Handler(mux), record, d, texts, 20593}
}

// read imports sheets of the shared data.
func (w *world) read(t testing.TB, names ...string) {
	t.Helper()
	ctx := context.Background()
	for _, name := range names {
		path := shared.Path(t, "data", "stop", name)
		places, err := w.record.Matcher(ctx)
		if err != nil {
			t.Fatal(err)
		}
		r := stop.Reader{Taxonomy: w.record.Taxonomy(), Places: places}
		sheets, _, err := r.File(ctx, path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.record.Import(ctx, sheets, incident.ImportOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}

// readStarter takes the embedded starter register in.
func (w *world) readStarter(t testing.TB) {
	t.Helper()
	ed, err := stop.Starter()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.record.Import(context.Background(), []incident.SheetEdition{*ed}, incident.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
}

// answer is what a request got.
type answer struct {
	status int
	header http.Header
	body   []byte // decoded
	wire   int    // bytes as sent
}

func (w *world) get(target string) answer { return w.do(http.MethodGet, target) }

func (w *world) do(method, target string) answer {
	r := httptest.NewRequest(method, "/", nil)
	u, err := url.ParseRequestURI(target)
	if err != nil { // what a hostile client writes into a request line
		path, query, _ := strings.Cut(target, "?")
		u = &url.URL{Path: path, RawQuery: query}
	}
	r.URL, r.RequestURI = u, target
	r.Header.Set("Accept-Encoding", "gzip")
	rec := httptest.NewRecorder()
	w.h.ServeHTTP(rec, r)
	a := answer{rec.Code, rec.Result().Header, rec.Body.Bytes(), rec.Body.Len()}
	if a.header.Get("Content-Encoding") == "gzip" && method != http.MethodHead {
		z, err := gzip.NewReader(bytes.NewReader(a.body))
		if err != nil {
			return answer{status: 599, body: []byte(err.Error())}
		}
		if a.body, err = io.ReadAll(z); err != nil {
			return answer{status: 598, body: []byte(err.Error())}
		}
	}
	return a
}

// check asks for a page, in every language and mode unless the path is not
// for pages, and holds it against the checks every page has to pass.
func (w *world) check(t *testing.T, path string, status int, checks ...htmlcheck.Check) {
	t.Helper()
	for _, lang := range langs {
		for _, mode := range []string{"", "/lite"} {
			target := mode + i18n.Path(lang, path)
			a := w.get(target)
			if a.status != status {
				t.Errorf("%s: status %d, want %d\n%.300s", target, a.status, status, a.body)
				continue
			}
			if a.wire > page.PageLimit {
				t.Errorf("%s: %d bytes compressed, limit %d", target, a.wire, page.PageLimit)
			}
			all := []htmlcheck.Check{htmlcheck.Sound(lang)}
			if mode != "" {
				all = append(all, htmlcheck.Not("img"))
			}
			if lang == "en" && mode == "" {
				all = append(all, checks...)
			}
			for _, wrong := range htmlcheck.Run(a.body, all...) {
				t.Errorf("%s: %s", target, wrong)
			}
		}
	}
}
