package atlas

import (
	"compress/gzip"
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
	"keepiton/internal/platform/shared"
	"keepiton/internal/publish"
	"keepiton/internal/stop"
	"keepiton/migrations"
)

const combined = "accessnow_stop_combined_2016-2025_snapshot_2026-05-20.csv"

// today is the clock of the tests.
func today() time.Time { return time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC) }

// room is the atlas over a record, with its shell.
type room struct {
	record *incident.Service
	atlas  *Atlas
	http.Handler
}

func newRoom(t testing.TB, d *db.DB, today func() time.Time) *room {
	t.Helper()
	s, err := incident.NewService(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	c, err := i18n.Load(page.Texts(), publish.Texts(), Texts())
	if err != nil {
		t.Fatal(err)
	}
	shell, err := page.New(page.Options{Name: "keepiton", Texts: c, Views: []fs.FS{Views()}, Cache: -1, Nav: []page.Item{
		{Key: "publish.nav.incidents", Path: "/incidents", Section: "incidents"}, {Key: "publish.nav.countries", Path: "/countries", Section: "countries"},
		{Key: "publish.nav.trends", Path: "/trends", Section: "trends"}, {Key: "publish.nav.map", Path: "/map", Section: "map"},
		{Key: "publish.nav.data", Path: "/data", Section: "data"}, {Key: "publish.nav.about", Path: "/about", Section: "about"}}, FootKey: "publish.foot",
		Foot: []page.Item{{Key: "publish.nav.search", Path: "/search"}, {Key: "publish.nav.api", Path: "/api"}}})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	a := New(publish.Deps{Record: s, Shell: shell, Today: today})
	a.Routes(mux)
	return &room{s, a, shell.Handler(mux)}
}

var sheet = struct {
	once sync.Once
	room *room
}{}

// imported is the room over the whole imported sheet, shared by the tests: they
// only read it.
func imported(t testing.TB) *room {
	t.Helper()
	path := shared.Path(t, "data", "stop", combined)
	sheet.once.Do(func() {
		dir, err := tempDir()
		if err != nil {
			t.Fatal(err)
		}
		d, err := db.Open(context.Background(), dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := d.Migrate(context.Background(), migrations.Files); err != nil {
			t.Fatal(err)
		}
		r := newRoom(t, d, today)
		importFile(t, r.record, path)
		sheet.room = r
	})
	if sheet.room == nil {
		t.Fatal("the sheet could not be imported")
	}
	return sheet.room
}

func importFile(t testing.TB, s *incident.Service, path string) {
	t.Helper()
	places, err := s.Matcher(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	sheets, _, err := (&stop.Reader{Taxonomy: s.Taxonomy(), Places: places}).File(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Import(context.Background(), sheets, incident.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
}

func sheetPath(t testing.TB) string { return shared.Path(t, "data", "stop", combined) }

// newRoomWith is a room of its own over an imported sheet, for tests that write.
func newRoomWith(t testing.TB, path string) *room {
	t.Helper()
	r := newRoom(t, dbtest.SQLite(t), today)
	importFile(t, r.record, path)
	return r
}

// empty is a room over a record without a single entry.
func empty(t testing.TB) *room { return newRoom(t, dbtest.SQLite(t), today) }

// get asks for an address and gives status, header and body.
func (r *room) get(t testing.TB, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w
}

// packed asks as a reader with gzip does and gives status, body and the bytes
// that went over the wire.
func (r *room) packed(t testing.TB, path string) (status int, body []byte, size int) {
	t.Helper()
	req := httptest.NewRequest("GET", path, nil)
	req.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	size = w.Body.Len()
	if w.Header().Get("Content-Encoding") != "gzip" {
		return w.Code, w.Body.Bytes(), size
	}
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if body, err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	return w.Code, body, size
}

func TestCatalogueIsComplete(t *testing.T) {
	c, err := i18n.Load(Texts())
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range i18n.Check(c) {
		t.Error(problem)
	}
}

// countries with records, for the tests that look at every page.
func codes(t testing.TB, r *room) []string {
	t.Helper()
	cells, err := r.record.Cells(context.Background(), incident.RecordEdition, 0, "country", incident.DimAll)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	var out []string
	for _, c := range cells {
		code := strings.TrimPrefix(c.Area, "country:")
		if !seen[code] {
			seen[code] = true
			out = append(out, code)
		}
	}
	return out
}
