package app

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// fetchAs asks the site under a name of the reader's choice.
func fetchAs(t *testing.T, addr, host, path string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, "http://"+addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		req.Host = host
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(raw)
}

// wholeAddresses is what must stand in each kind of answer, for an origin.
var wholeAddresses = map[string][]string{
	"/incidents/2022-0183": {`CC BY 4.0. {o}/incidents/2022-0183<`, `<link rel="canonical" href="{o}/incidents/2022-0183">`, `property="og:url" content="{o}/`,
		`hreflang="ar" href="{o}/ar/incidents/2022-0183"`, `"url":"{o}/incidents/2022-0183"`},
	"/incidents/2022-0183.bib":            {`url = {{o}/incidents/2022-0183}`},
	"/incidents.csv?country=IR&year=2022": {`,{o}/incidents/2022-0`},
	"/data":                               {`. {o}/data<`, `"contentUrl":"{o}/data/stop.csv"`},
	"/years/2025":                         {`property="og:image" content="{o}/pictures/`},
	"/api":                                {`{o}/api/v1/incidents?country=IR`, `{o}/feeds/incidents.json`},
	"/fr/api":                             {`{o}/fr/api/v1/years`},
	"/api/v1/incidents?limit=1":           {`"url":"{o}/incidents/`, `"next":"{o}/api/v1/incidents?`},
	"/feeds/incidents.atom":               {`<id>{o}/incidents/`},
	"/feeds/countries/IR.json":            {`"url":"{o}/incidents/`},
	"/sitemap.xml":                        {`<loc>{o}/countries/IR</loc>`},
	"/robots.txt":                         {`Sitemap: {o}/sitemap.xml`},
}

// TestAddressesAreWhole: citations, downloads, feeds, previews and examples
// name the host the reader came by. No reader is handed the name another one
// used, however often both ask, and no name that is none goes into a page.
func TestAddressesAreWhole(t *testing.T) {
	addr := startSite(t)
	hosts := []string{addr, "register.example", "evil.example:8443"}
	for range 2 { // built, then from the cache
		for path, wants := range wholeAddresses {
			for _, host := range hosts {
				status, body := fetchAs(t, addr, host, path)
				if status != http.StatusOK {
					t.Fatalf("%s: %d", path, status)
				}
				for _, want := range wants {
					want = strings.ReplaceAll(want, "{o}", "http://"+host)
					if !strings.Contains(strings.ReplaceAll(body, "&amp;", "&"), want) {
						t.Errorf("%s as %s: no %q", path, host, want)
					}
				}
				for _, other := range hosts {
					if other != host && strings.Contains(body, other) {
						t.Errorf("%s as %s names %s", path, host, other)
					}
				}
			}
		}
	}
	for _, path := range []string{"/incidents/2022-0183", "/incidents/2022-0183.bib", "/api", "/incidents.csv?country=IR&year=2022"} {
		for range 2 {
			if status, body := fetchAs(t, addr, "evil_host.example", path); status != http.StatusOK || strings.Contains(body, "evil_host") {
				t.Errorf("%s: %d, the name of a host that is none is in the answer", path, status)
			}
		}
	}
}
