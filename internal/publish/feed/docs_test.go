package feed

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/page"
)

// TestDocsPage weighs the page in every language and looks for each operation.
func TestDocsPage(t *testing.T) {
	w := open(t, newRecord(t, dbtest.SQLite(t)), testOrigin)
	var doc struct {
		Paths map[string]any `json:"paths"`
	}
	w.json("/api/v1/openapi.json", &doc)
	for _, prefix := range []string{"", "/ar", "/fr", "/lite", "/lite/ar"} {
		a := w.get(prefix+"/api", "Accept-Encoding", "gzip")
		if a.StatusCode != http.StatusOK || a.bytes > page.PageLimit {
			t.Errorf("%s/api: %d, %d bytes", prefix, a.StatusCode, a.bytes)
		}
		t.Logf("%s/api: %d bytes", prefix, a.bytes)
		html := string(a.body)
		for path := range doc.Paths {
			if !strings.Contains(html, ">"+strings.TrimPrefix(path, apiRoot)) {
				t.Errorf("%s/api does not name %s", prefix, path)
			}
		}
		if m := regexp.MustCompile(`feed\.[a-z_.]+|\{[a-z]+\}(?:<| )|<script`).FindString(strings.ReplaceAll(html, "{ref}<", "")); m != "" && m != "{code}<" && m != "{year}<" {
			t.Errorf("%s/api shows %q", prefix, m)
		}
		for status := range problemKinds {
			if id := problemKinds[status]; !strings.Contains(html, `id="`+id+`"`) {
				t.Errorf("%s/api has no place for %s", prefix, id)
			}
		}
	}
}

// TestDocsPageOfAnEdition: what the page says holds for every edition; asked
// for one it says that, and asked for one nobody has cut it is not found.
func TestDocsPageOfAnEdition(t *testing.T) {
	s := newRecord(t, dbtest.SQLite(t))
	if _, err := s.CutRelease(t.Context(), "2026.1", "2026-05-20"); err != nil {
		t.Fatal(err)
	}
	w := open(t, s, testOrigin)
	if a := w.get("/api?release=2026.1"); a.StatusCode != http.StatusOK || !strings.Contains(string(a.body), "says the same whatever edition") {
		t.Errorf("asked for an edition: %d\n%s", a.StatusCode, a.body)
	}
	if a := w.get("/api?release=never"); a.StatusCode != http.StatusNotFound || !strings.Contains(string(a.body), "no edition called “never”") {
		t.Errorf("asked for an edition nobody has cut: %d\n%s", a.StatusCode, a.body)
	}
}
