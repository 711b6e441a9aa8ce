package app

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/stop"
)

// secretMark is part of every text that must stay inside, and of nothing else.
const secretMark = "zecret"

// TestNothingSecretAnywhere plants a secret in every text that is not public
// and walks the whole site by its own links, in all forms: pages, lite,
// pictures, files, feeds, the API. None may come back, and no search may tell
// that it is there.
func TestNothingSecretAnywhere(t *testing.T) {
	h, sheetLabel, planted := secretSite(t)
	get := func(target string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
		return w
	}
	queue := []string{"/", "/ar/", "/fr/incidents", "/lite", "/search", "/sitemap.xml", "/robots.txt", "/api/v1/incidents", "/api/v1/releases", "/api/v1/openapi.json",
		"/feeds/changes.atom", "/feeds/changes.json", "/feeds/incidents.atom", "/feeds/incidents.json", "/data/stop.csv", "/data/stop.xlsx", "/incidents.csv"}
	for _, release := range []string{"", "?release=2026-01", "?release=" + url.QueryEscape(sheetLabel)} {
		for _, path := range []string{"/incidents/2025-0001", "/incidents/2025-0002", "/incidents/2025-0003"} {
			queue = append(queue, path+release, "/api/v1"+path+release, path+"/sources"+release, path+".bib"+release)
		}
		queue = append(queue, "/data/stop.csv"+release, "/data/stop.xlsx"+release, "/incidents.csv"+release, "/api/v1/incidents"+release)
	}
	for _, pair := range []string{"from=2026-01", "from=" + url.QueryEscape(sheetLabel), "from=2026-01&to=" + url.QueryEscape(sheetLabel)} {
		queue = append(queue, "/data/compare?year=2025&"+pair, "/api/v1/releases/compare?year=2025&"+pair)
	}
	seen := map[string]bool{}
	kinds := map[string]int{}
	for len(queue) > 0 && len(seen) < 800 {
		target := queue[0]
		queue = queue[1:]
		if seen[target] {
			continue
		}
		seen[target] = true
		w := get(target)
		if w.Code >= 500 {
			t.Errorf("%s answers %d", target, w.Code)
		}
		body := whole(t, w.Body.Bytes())
		kind, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
		kinds[kind]++
		text := strings.ToLower(body)
		for name, values := range w.Header() {
			text += "\n" + strings.ToLower(name+strings.Join(values, " "))
		}
		if i := strings.Index(text, secretMark); i >= 0 {
			t.Errorf("%s tells %.60q", target, text[max(0, i-30):])
		}
		for _, link := range linksIn(body) {
			if !seen[link] {
				queue = append(queue, link)
			}
		}
	}
	if len(seen) < 300 || kinds["text/html"] < 100 || kinds["image/svg+xml"] < 10 || kinds["application/json"] < 10 || kinds["text/csv"] < 10 {
		t.Errorf("the walk saw %d addresses: %v", len(seen), kinds)
	}
	for _, word := range append(planted, secretMark) {
		for _, q := range []string{word, word[:len(word)-1]} {
			if body := get("/api/v1/incidents?q=" + url.QueryEscape(q)).Body.String(); !strings.Contains(body, `"total":{"n":0,`) {
				t.Errorf("a search for %s finds something: %.200s", q, body)
			}
		}
	}
}

// secretSite is a site over a small record full of secrets, the label of the
// sheet it was read from, and the secrets.
func secretSite(t *testing.T) (h http.Handler, label string, planted []string) {
	t.Helper()
	ctx := context.Background()
	d := dbtest.SQLite(t)
	s, err := incident.NewService(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	secret := func(name string) string {
		planted = append(planted, secretMark+name)
		return secretMark + name
	}
	schema, _ := stop.SchemaByName("E")
	header := append(schema.Headers(0), "handled by")
	row := func(country, start, end, source, link, handler string) []string {
		out := make([]string, len(header))
		set := map[stop.Field]string{"start_date": start, "end_date": end, "country": country, "area_name": "Nationwide", "count_year": "2025",
			"shutdown_type": "Shutdown", "shutdown_extent": "Full network", "event": "The lines were cut", "info_source": source, "info_source_link": link}
		for i, c := range schema.Columns {
			out[i] = set[c.Field]
		}
		out[len(out)-1] = handler
		return out
	}
	path := filepath.Join(t.TempDir(), "one 2026-01-01.csv")
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll([][]string{header,
		row("Iraq", "2025-01-05", "2025-01-07", "Confidential", "https://"+secret("host")+".example/x told by "+secret("teller"), secret("handler")),
		row("Cuba", "2025-02-05", "2025-02-07", secret("unknownclass"), "https://"+secret("second")+".example/", ""),
		row("Chad", "2025-03-05", "2025-03-07", "News media article", "https://open.example/", secret("handlertwo")),
	}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	matcher, err := s.Matcher(ctx)
	if err != nil {
		t.Fatal(err)
	}
	reader := stop.Reader{Taxonomy: s.Taxonomy(), Places: matcher}
	sheets, refused, err := reader.File(ctx, path)
	if err != nil || len(refused) != 0 {
		t.Fatal(err, refused)
	}
	sheets[0].Importer = secret("importer")
	accounts, err := s.Import(ctx, sheets, incident.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	revise := func(label string, change func(f *incident.Facts)) {
		if _, err := s.Revise(ctx, "2025-0003", 0, secret("editor"+label), "corrected after a call", func(_ int, f incident.Facts) (incident.Facts, error) {
			change(&f)
			return f, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	revise("a", func(f *incident.Facts) {
		f.Notes = append(f.Notes[:len(f.Notes):len(f.Notes)], incident.Note{Kind: "internal", Lang: "en", Text: secret("internal")}, incident.Note{Kind: "target_detail", Lang: "en", Text: secret("target")})
		f.Sources = append(f.Sources[:len(f.Sources):len(f.Sources)], incident.Source{Class: "confidential", URL: "https://" + secret("late") + ".example", Text: secret("words")})
	})
	if _, err := s.CutRelease(ctx, "2026-01", "2026-01-31"); err != nil {
		t.Fatal(err)
	}
	revise("b", func(f *incident.Facts) { // the history keeps what was there
		f.Notes, f.Sources = f.Notes[:1:1], f.Sources[:1:1]
		f.Measure.Area = "Abéché"
	})
	env := &Env{Ctx: ctx, Stdout: io.Discard, Stderr: io.Discard, CLI: &CLI{}, Log: slog.New(slog.DiscardHandler)}
	cmd := ServeCmd{Origin: "http://register.example", CacheMB: 8, Curtain: "lite"}
	if h, err = cmd.handler(t.Context(), env, d, s, bookOf(d), nil); err != nil {
		t.Fatal(err)
	}
	return h, accounts[0].Edition, planted
}

var linkPattern = regexp.MustCompile(`(?:href|src|action|content)="(?:http://register\.example)?(/[^"#]*)|"(?:http://register\.example)?(/[^"#\\\s]*)"|http://register\.example(/[^"<#\\\s,]*)`)

// linksIn finds the addresses of this site in a page, a feed or an answer of
// the API.
func linksIn(body string) []string {
	var out []string
	for _, m := range linkPattern.FindAllStringSubmatch(strings.ReplaceAll(body, "&amp;", "&"), -1) {
		link := m[1] + m[2] + m[3]
		if u, err := url.Parse(link); err == nil && u.Host == "" && !strings.ContainsAny(link, "{}") {
			out = append(out, u.String())
		}
	}
	return out
}

// whole is a body as text; a workbook is unpacked.
func whole(t *testing.T, body []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return string(body)
	}
	var out strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&out, r); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	return out.String()
}
