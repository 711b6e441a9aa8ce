package feed

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
	"keepiton/internal/platform/shared"
	"keepiton/internal/publish"
	"keepiton/internal/stop"
)

const testOrigin = "https://register.example"

// combined and sheet2022 are the coalition's files.
const (
	combined  = "accessnow_stop_combined_2016-2025_snapshot_2026-05-20.csv"
	sheet2022 = "accessnow_stop_sheet_2022.csv"
)

// world is a record with this package's room in front of it.
type world struct {
	t      testing.TB
	s      *incident.Service
	h      http.Handler
	origin string
}

// open puts the room in front of a record.
func open(t testing.TB, s *incident.Service, origin string) *world {
	t.Helper()
	texts, err := i18n.Load(page.Texts(), publish.Texts(), Texts())
	if err != nil {
		t.Fatal(err)
	}
	shell, err := page.New(page.Options{
		Name: "keepiton", Origin: origin, Texts: texts, Views: []fs.FS{Views()}, Log: slog.New(slog.DiscardHandler),
		Nav:  []page.Item{{Key: "publish.nav.incidents", Path: "/incidents", Section: "incidents"}, {Key: "publish.nav.data", Path: "/data", Section: "data"}},
		Foot: []page.Item{{Key: "publish.nav.api", Path: "/api", Section: "api"}}, FootKey: "publish.foot",
		Version: func() string {
			v, err := s.Version(context.Background())
			if err != nil {
				t.Error(err)
			}
			return strconv.FormatInt(v, 10)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := New(publish.Deps{Record: s, Shell: shell, Origin: origin, Today: func() time.Time { return time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	f.log = slog.New(slog.DiscardHandler)
	mux := http.NewServeMux()
	f.Routes(mux)
	return &world{t: t, s: s, h: shell.Handler(mux), origin: origin}
}

// record reads sheets of the shared folder into an empty database.
func record(t testing.TB, d *db.DB, files ...string) *incident.Service {
	t.Helper()
	s := newRecord(t, d)
	for _, name := range files {
		places, err := s.Matcher(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		r := stop.Reader{Taxonomy: s.Taxonomy(), Places: places}
		sheets, refused, err := r.File(context.Background(), shared.Path(t, "data", "stop", name))
		if err != nil || len(refused) > 0 {
			t.Fatal(err, refused)
		}
		if _, err := s.Import(context.Background(), sheets, incident.ImportOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func newRecord(t testing.TB, d *db.DB) *incident.Service {
	t.Helper()
	s, err := incident.NewService(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// answer is what came back.
type answer struct {
	*http.Response
	body  []byte
	bytes int // over the wire
}

// get asks with GET; header is pairs.
func (w *world) get(target string, header ...string) answer {
	return w.ask(http.MethodGet, target, header...)
}

func (w *world) ask(method, target string, header ...string) answer {
	w.t.Helper()
	r := httptest.NewRequest(method, "http://localhost/", nil)
	u, err := r.URL.Parse("http://localhost" + strings.ReplaceAll(target, " ", "%20"))
	if err != nil { // what no client library sends: as raw bytes
		r.URL.Path, r.URL.RawQuery, _ = strings.Cut(target, "?")
	} else {
		r.URL = u
	}
	r.Host = "localhost:8080"
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
			continue
		}
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.h.ServeHTTP(rec, r)
	a := answer{Response: rec.Result(), body: rec.Body.Bytes(), bytes: rec.Body.Len()}
	if a.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(bytes.NewReader(a.body))
		if err != nil {
			w.t.Fatalf("%s: %v", target, err)
		}
		if a.body, err = io.ReadAll(z); err != nil {
			w.t.Fatalf("%s: %v", target, err)
		}
	}
	return a
}

// json reads a 200 of the API into v.
func (w *world) json(target string, v any) {
	w.t.Helper()
	a := w.get(target)
	if a.StatusCode != http.StatusOK {
		w.t.Fatalf("%s: %d %s", target, a.StatusCode, a.body)
	}
	if err := json.Unmarshal(a.body, v); err != nil {
		w.t.Fatalf("%s: %v", target, err)
	}
}

func TestCatalogueIsComplete(t *testing.T) {
	c, err := i18n.Load(page.Texts(), publish.Texts(), Texts())
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range i18n.Check(c) {
		t.Error(problem)
	}
}
