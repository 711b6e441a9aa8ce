package page

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestSlashAtTheEnd: an address with a slash at its end leads to the one
// without, whatever stands behind the question mark; it never leads to another
// host, however it is written.
func TestSlashAtTheEnd(t *testing.T) {
	s := sampleShell(t, func(o *Options) { o.LiteHost = "lite.example" })
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.URL.Path) })
	h := s.Handler(mux)
	ask := func(host, target string) (int, string) {
		r := httptest.NewRequest("GET", "/", nil)
		u, err := url.ParseRequestURI(target) // as a server reads the line of a request
		if err != nil {
			t.Fatalf("%s: %v", target, err)
		}
		r.Host, r.URL, r.RequestURI = host, u, target
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		return rec.Code, rec.Header().Get("Location")
	}
	for from, to := range map[string]string{
		"/incidents/": "/incidents", "/incidents///": "/incidents", "/incidents/?country=IR&q=a%26b": "/incidents?country=IR&q=a%26b", "/countries/IR/": "/countries/IR",
		"/ar/about/": "/ar/about", "/lite/ar/about/": "/lite/ar/about", "/api/v1/years/": "/api/v1/years", "/a%20b/": "/a%20b", "/%D8%B9/": "/%D8%B9",
		"//evil.example/": "/evil.example", "//evil.example//": "/evil.example", "/ar//evil.example/": "/ar/evil.example", "/en//evil.example/": "/evil.example/", "/lite//evil.example/": "/lite/evil.example",
		`/\evil.example/`: "/%5Cevil.example", `/%5Cevil.example/`: "/%5Cevil.example", `/%2F%2Fevil.example/`: "/evil.example", "/.//evil.example/": "/evil.example", "/x/..//evil.example/": "/evil.example",
		"/%09/evil.example/": "/%09/evil.example", "/https:/evil.example/": "/https:/evil.example", "/@evil.example/": "/@evil.example",
	} {
		status, got := ask("sample.example", from)
		if status != http.StatusPermanentRedirect || got != to {
			t.Errorf("%s: %d to %q, want %q", from, status, got, to)
		}
		base := &url.URL{Scheme: "https", Host: "sample.example", Path: "/"}
		if u, err := base.Parse(strings.ReplaceAll(got, `\`, "/")); err != nil || u.Host != base.Host {
			t.Errorf("%s leads to another host: %s", from, got)
		}
	}
	if _, got := ask("lite.example", "/about/"); got != "/about" {
		t.Errorf("on the lite host /about/ leads to %q", got)
	}
	for _, home := range []string{"/", "/ar/", "/lite/", "/lite/ar/", "/about", "/ar", "/lite"} {
		if status, got := ask("sample.example", home); status != http.StatusOK || got != "" {
			t.Errorf("%s: %d to %q", home, status, got)
		}
	}
}
