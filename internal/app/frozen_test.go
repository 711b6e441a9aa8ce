package app

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/publish/dataset"
	"keepiton/internal/stop"
)

// importRows writes a sheet of schema E and reads it into the record.
func importRows(t *testing.T, s *incident.Service, name string, rows ...map[string]string) {
	t.Helper()
	schema, _ := stop.SchemaByName("E")
	header := schema.Headers(0)
	lines := [][]string{header}
	for _, r := range rows {
		line := make([]string, len(header))
		for i, h := range header {
			line[i] = r[strings.TrimSpace(h)]
		}
		lines = append(lines, line)
	}
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := csv.NewWriter(f).WriteAll(lines); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	places, err := s.Matcher(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	r := stop.Reader{Taxonomy: s.Taxonomy(), Places: places}
	sheets, refused, err := r.File(context.Background(), path)
	if err != nil || len(refused) > 0 {
		t.Fatal(err, refused)
	}
	if _, err := s.Import(context.Background(), sheets, incident.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
}

// importPair reads one story that two years spell in two ways, and another one.
func importPair(t *testing.T, s *incident.Service) {
	t.Helper()
	row := func(area, start, year string) map[string]string {
		return map[string]string{"start_date": start, "country": "Iraq", "area_name": area, "shutdown_type": "Shutdown", "affected_network": "Mobile",
			"shutdown_extent": "Full network", "actual_cause": "Protests", "shutdown_status": "Ongoing", "count_year": year}
	}
	importRows(t, s, "a 2026-01-01.csv", row("National", "2024-12-20", "2024"), row("Nationwide", "2024-12-20", "2025"), row("Basra", "2025-03-01", "2025"))
}

// TestReleaseOutlivesAJoin freezes a release, joins two of its incidents, and
// asks everything about the release again: nothing in it may have moved.
func TestReleaseOutlivesAJoin(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s, err := incident.NewService(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		importPair(t, s)
		rel, err := s.CutRelease(ctx, "spring", "2026-02-01")
		if err != nil {
			t.Fatal(err)
		}
		env := &Env{Ctx: ctx, Stdout: io.Discard, Stderr: io.Discard, CLI: &CLI{}, Log: slog.New(slog.DiscardHandler)}
		cmd := ServeCmd{CacheMB: 0, Curtain: "every"}
		h, err := cmd.handler(t.Context(), env, d, s, bookOf(d), nil)
		if err != nil {
			t.Fatal(err)
		}
		get := func(target string) *httptest.ResponseRecorder {
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080"+target, nil))
			return rec
		}
		frozen := []string{"/incidents?release=spring", "/incidents?release=spring&year=2025", "/incidents/2024-0001?release=spring", "/incidents/2025-0001?release=spring",
			"/lite/ar/incidents/2025-0001?release=spring", "/incidents/2025-0001/sources?release=spring", "/incidents.csv?release=spring&year=2025",
			"/data/stop.csv?release=spring", "/api/v1/incidents?release=spring&year=2025", "/api/v1/incidents/2025-0001?release=spring"}
		before := map[string]string{}
		for _, p := range frozen {
			a := get(p)
			if a.Code != http.StatusOK {
				t.Fatalf("%s: %d", p, a.Code)
			}
			before[p] = facts(p, a.Body.Bytes())
		}
		files := datasetOf(t, s, rel)

		pairs, err := s.Reviews(ctx, "open", "carry_over", "", 10)
		if err != nil || len(pairs) != 1 {
			t.Fatal(pairs, err)
		}
		if err := s.Decide(ctx, pairs[0].ID, "tester", "merge"); err != nil {
			t.Fatal(err)
		}
		if h, err = cmd.handler(t.Context(), env, d, s, bookOf(d), nil); err != nil { // a cache of its own
			t.Fatal(err)
		}
		for _, p := range frozen {
			a := get(p)
			if got := facts(p, a.Body.Bytes()); a.Code != http.StatusOK || got != before[p] {
				t.Errorf("%s: %d after the join, and says\n%s\nbefore\n%s", p, a.Code, got, before[p])
			}
		}
		for name, body := range datasetOf(t, s, rel) {
			if body != files[name] {
				t.Errorf("%s of the release is another file after the join", name)
			}
		}
		for _, p := range []string{"/incidents/2025-0001", "/api/v1/incidents/2025-0001"} {
			if a := get(p); a.Code != http.StatusMovedPermanently || !strings.Contains(a.Header().Get("Location"), "2024-0001") {
				t.Errorf("%s: %d to %q", p, a.Code, a.Header().Get("Location"))
			}
		}
		for _, p := range []string{"/feeds/incidents.atom", "/feeds/changes.atom", "/sitemap.xml", "/data"} {
			if a := get(p); a.Code != http.StatusOK || strings.Contains(a.Body.String(), "/incidents/2025-0001<") {
				t.Errorf("%s: %d, or it names the reference that leads on", p, a.Code)
			}
		}
		checkJoined(t, s, rel, get)
	})
}

var banner = regexp.MustCompile(`<p class="note ban">.*?</p>`)

// facts is what a page says, without what must differ from answer to answer.
func facts(path string, body []byte) string {
	if !strings.HasPrefix(path, "/api/v1/incidents/") {
		return banner.ReplaceAllString(string(body), "") // it says whether the record moved on
	}
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil {
		return err.Error()
	}
	delete(m, "updated_at") // of the incident, whose reference has moved on
	delete(m, "revision")
	doc, _ := json.Marshal(m)
	return string(doc)
}

func datasetOf(t *testing.T, s *incident.Service, ed incident.Edition) map[string]string {
	t.Helper()
	dir := t.TempDir()
	if _, err := dataset.Write(context.Background(), s, dataset.Options{Edition: ed, Dir: dir, Version: "test"}); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	list, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil || len(list) == 0 {
		t.Fatal(list, err)
	}
	for _, path := range list {
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(path)] = string(body)
	}
	return out
}

// checkJoined compares release and record in both directions: one row stands
// under another reference, none came and none went.
func checkJoined(t *testing.T, s *incident.Service, rel incident.Edition, get func(string) *httptest.ResponseRecorder) {
	t.Helper()
	ctx := context.Background()
	record, err := s.Edition(ctx, incident.RecordEdition)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		from, to  incident.Edition
		ref, with string
	}{{rel, record, "2024-0001", "2025-0001"}, {record, rel, "2025-0001", "2024-0001"}} {
		c, err := s.Compare(ctx, x.from, x.to, 2025)
		if err != nil || c.Counts != [2]int{2, 2} || len(c.Rows) != 1 || c.Rows[0].Kind != "joined" || c.Rows[0].Ref != x.ref || c.Rows[0].With != x.with || len(c.Rows[0].Diff) != 0 {
			t.Errorf("%s to %s: %+v %v", x.from.Label, x.to.Label, c, err)
		}
		if c, err := s.Compare(ctx, x.from, x.to, 2024); err != nil || len(c.Rows) != 0 {
			t.Errorf("%s to %s, 2024: %+v %v", x.from.Label, x.to.Label, c, err)
		}
	}
	for lang, words := range map[string]string{"": "were joined: they are one incident", "/ar": "هما قطع واحد", "/fr": "une seule et même coupure"} {
		if a := get(lang + "/data/compare?from=spring&to=record&year=2025"); a.Code != http.StatusOK || !strings.Contains(a.Body.String(), words) {
			t.Errorf("%s compare: %d, without %q", lang, a.Code, words)
		}
	}
	var body struct {
		Rows []struct{ Kind, Ref, Joined_with string }
	}
	if a := get("/api/v1/releases/compare?from=spring&year=2025"); a.Code != http.StatusOK || json.Unmarshal(a.Body.Bytes(), &body) != nil ||
		len(body.Rows) != 1 || body.Rows[0].Kind != "joined" || body.Rows[0].Joined_with != "2025-0001" {
		t.Errorf("the API compares: %d %s", a.Code, a.Body)
	}
	if note, err := s.VerifyReleases(ctx); err != nil {
		t.Error(note, err)
	}
	if note, err := s.VerifyCounts(ctx); err != nil {
		t.Error(note, err)
	}
}
