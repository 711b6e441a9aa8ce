package site

import (
	"strings"
	"testing"

	"keepiton/internal/platform/page/htmlcheck"
)

func testList(t *testing.T, w *world) {
	w.check(t, "/incidents", 200, htmlcheck.HasText("#result", "At least 1,892 shutdowns"), htmlcheck.Count(".rows li", 25),
		htmlcheck.Has("a[rel=next]"), htmlcheck.Not("a[rel=prev]"), htmlcheck.Has("link[rel=alternate]"))
	w.check(t, "/incidents?year=2022", 200, htmlcheck.HasText("#result", "At least 206 shutdowns counted in 2022"))
	w.check(t, "/incidents?country=IR&year=2022", 200, htmlcheck.HasText("h1", "Iran, 2022"), htmlcheck.HasText("#result", "At least 21"), htmlcheck.Count(".chips li", 2),
		htmlcheck.HasAttr("p.files a", "href", "/incidents.csv?country=IR&year=2022"), htmlcheck.HasAttr("p.files a", "href", "/feeds/incidents.atom?country=IR&year=2022"))
	for _, q := range []string{"cause=conflict", "reason=none_given", "type=throttle", "network=mobile", "extent=service_based", "scope=local", "service=telegram",
		"ordered_by=military", "state=ongoing", "state=not_asked", "region=mena", "q=rohtak", "sort=longest", "sort=oldest", "sort=changed", "service=grindr&country=TR"} {
		w.check(t, "/incidents?"+q, 200, htmlcheck.Has(".rows li"))
	}
	w.check(t, "/incidents?country=IR&cause=exam_cheating&year=2016", 200, htmlcheck.Not(".rows"), htmlcheck.HasText("main li a", "without"))
	w.check(t, "/incidents?cause=nonsense&year=2022&country=ir", 400, htmlcheck.HasText(".err", "nonsense"), htmlcheck.HasText(".chips", "2022"),
		htmlcheck.HasText(".chips", "Iran"), htmlcheck.HasAttr("main a", "href", "/incidents?country=IR&year=2022"))
	w.check(t, "/incidents?after=%21%21", 400)
	// What a list cannot use it says; one value of a name it can.
	w.check(t, "/incidents?foo=bar", 200, htmlcheck.HasText("#unused", "“foo=bar”"), htmlcheck.HasText("#result", "1,892"))
	w.check(t, "/incidents?country=IR&country=IN&year=2022", 200, htmlcheck.HasText("#unused", "“country=IN”"), htmlcheck.HasText("h1", "Iran, 2022"))
	w.check(t, "/incidents?%3Cb%3E=%3Ci%3E%00&x=1&x=2&y=3&z=4&zz=5&zzz=6", 200, htmlcheck.HasText("#unused", "<b>=<i>"))
	w.check(t, "/incidents?country=IR&year=2022&q=&sort=newest", 200, htmlcheck.Not("#unused"))
	for _, query := range []string{"", "year=2025", "sort=oldest", "sort=longest", "sort=changed", "country=IN", "q=internet"} {
		testPaging(t, w, query)
	}
}

// testPaging walks forward over a list and back again: every entry once, and
// the pages back are those that were seen.
func testPaging(t *testing.T, w *world, query string) {
	t.Helper()
	seen := map[string]bool{}
	var pages []string
	at := "/incidents?" + query
	for at != "" && len(pages) < 8 {
		p, err := htmlcheck.Parse(w.get(at).body)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, pageKey(p))
		for _, a := range p.All(".rows .p a") {
			href := htmlcheck.Attr(a, "href")
			if seen[href] {
				t.Errorf("%s: %s is on two pages", query, href)
			}
			seen[href] = true
		}
		next := p.All("a[rel=next]")
		if len(next) == 0 || len(pages) == 8 {
			break
		}
		at = htmlcheck.Attr(next[0], "href")
	}
	for i := len(pages) - 2; i >= 0; i-- {
		p, err := htmlcheck.Parse(w.get(at).body)
		if err != nil {
			t.Fatal(err)
		}
		prev := p.All("a[rel=prev]")
		if len(prev) == 0 {
			t.Fatalf("%q: no way back from page %d", query, i+2)
		}
		at = htmlcheck.Attr(prev[0], "href")
		back, err := htmlcheck.Parse(w.get(at).body)
		if err != nil {
			t.Fatal(err)
		}
		if got := pageKey(back); got != pages[i] {
			t.Errorf("%q: page %d seen on the way back differs:\n got %.200s\nwant %.200s", query, i+1, got, pages[i])
		}
	}
}

func pageKey(p *htmlcheck.Page) string {
	var refs []string
	for _, a := range p.All(".rows .p a") {
		refs = append(refs, htmlcheck.Attr(a, "href"))
	}
	return strings.Join(refs, " ")
}
