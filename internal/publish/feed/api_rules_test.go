package feed

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// problemBody is a caller's view of an error.
type problemBody struct {
	Type, Title, Detail, Reference string
	Status                         int
}

// badRequests sends what strangers send. Nothing may be a 500, and every error
// is a problem in words.
func badRequests(t *testing.T, w *world) {
	long := strings.Repeat("x", 5000)
	for target, status := range map[string]int{
		"/api/v1": 404, "/api/v2/incidents": 404, "/api/nothing": 404, "/ar/api/v1/nothing": 404, "/lite/api/v1/nothing": 404,
		"/api/v1/incidents/9999-9999": 404, "/api/v1/incidents/%00": 404, "/api/v1/incidents/a%2fb": 404, "/api/v1/incidents/%ff%fe": 404,
		"/api/v1/incidents/" + long: 404, "/api/v1/incidents/2025-0142'%20or%201=1--": 404,
		"/api/v1/incidents?year=20x2": 400, "/api/v1/incidents?year=-1": 400, "/api/v1/incidents?year=99999999999999999999": 400,
		"/api/v1/incidents?contry=IR": 400, "/api/v1/incidents?year=2022&year=2023": 400, "/api/v1/incidents?country=%00": 400,
		"/api/v1/incidents?country=" + long: 400, "/api/v1/incidents?limit=201": 400, "/api/v1/incidents?limit=0": 400, "/api/v1/incidents?limit=1e3": 400,
		"/api/v1/incidents?after=xyz": 400, "/api/v1/incidents?after=-1.-1": 400, "/api/v1/incidents?after=zzzzzzzzzzzzz.zzzzzzzzzzzzz": 400,
		"/api/v1/incidents?sort=random": 400, "/api/v1/incidents?%zz=1": 400, "/api/v1/incidents?a;b": 400, "/api/v1/incidents?release=nothing": 404,
		"/api/v1/incidents?release=%00": 404, "/api/v1/incidents?release=" + long: 404, "/api/v1/incidents?release=2025+annual&q=iran": 400,
		"/api/v1/incidents?q=%00": 400, "/api/v1/incidents?q=!!!": 400, "/api/v1/incidents?q=%22%27%5c%00%ff": 400,
		"/api/v1/countries/ZZ": 404, "/api/v1/countries/%00": 404, "/api/v1/countries/IR?year=2022": 400, "/api/v1/countries/" + long: 404,
		"/api/v1/years/1999": 404, "/api/v1/years/x": 400, "/api/v1/years/02025": 400, "/api/v1/years/%00%00%00%00": 400, "/api/v1/years/2025?release=x": 404,
		"/api/v1/days?area=region:mena": 400, "/api/v1/days?area=country:": 400, "/api/v1/days?from=2022": 400, "/api/v1/days?from=2022-02-30": 400,
		"/api/v1/days?from=2022-02-02&to=2022-02-01": 400, "/api/v1/days?from=1990-01-01&to=2200-12-31": 400, "/api/v1/days?to=1990-01-01": 400,
		"/api/v1/releases/compare": 400, "/api/v1/releases/compare?from=record": 400, "/api/v1/releases/compare?from=record&year=x": 400,
		"/api/v1/releases/compare?from=record&year=1999": 404, "/api/v1/releases/compare?from=x&year=2022": 404, "/api/v1/terms?x=1": 400,
	} {
		for _, prefix := range []string{"", "/ar"} {
			if strings.HasPrefix(target, "/ar") || strings.HasPrefix(target, "/lite") {
				prefix = ""
			}
			w.problem(http.MethodGet, prefix+target, status)
		}
	}
	for _, prefix := range []string{"", "/ar"} { // a program in a browser must be allowed to follow
		a := w.get(prefix + "/api/v1/years/?release=x")
		if a.StatusCode != http.StatusPermanentRedirect || a.Header.Get("Location") != prefix+"/api/v1/years?release=x" || a.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("a slash at the end: %d, %v", a.StatusCode, a.Header)
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"} {
		for _, target := range []string{"/api", "/api/v1/incidents", "/api/v1/nothing", "/api/v1/openapi.json"} {
			a := w.problem(method, target, http.StatusMethodNotAllowed)
			if a.Header.Get("Allow") != "GET, HEAD, OPTIONS" {
				t.Errorf("%s %s: Allow is %q", method, target, a.Header.Get("Allow"))
			}
		}
	}
	// What is only odd is answered.
	for _, target := range []string{"/api/v1/incidents?q=iran%22%27%5c%00%ff", "/api/v1/incidents?q=" + long, "/api/v1/incidents?q=", "/api/v1/incidents?year=", "/api/v1/incidents?q=*+OR+NEAR(",
		"/api/v1/incidents?after=zzzzzzzz.zzzzzzzz", "/api/v1/countries/ir", "/api/v1/incidents?country=ir"} {
		if a := w.get(target); a.StatusCode != http.StatusOK {
			t.Errorf("%.80s: %d %s", target, a.StatusCode, a.body)
		}
	}
	var p problemBody
	a := w.get("/fr/api/v1/incidents?country=ZZ")
	if err := json.Unmarshal(a.body, &p); err != nil || !strings.Contains(p.Detail, "ZZ\u00a0» ne fait pas partie") || p.Type != testOrigin+"/api#invalid" {
		t.Errorf("French problem: %+v %v", p, err)
	}
}

// problem asks for what must be refused and holds the answer against RFC 9457.
func (w *world) problem(method, target string, status int) answer {
	w.t.Helper()
	a := w.ask(method, target)
	var p problemBody
	err := json.Unmarshal(a.body, &p)
	if a.StatusCode != status || err != nil || a.Header.Get("Content-Type") != "application/problem+json" || p.Status != status || p.Type == "" ||
		p.Title == "" || p.Detail == "" || strings.Contains(p.Detail, "feed.") || strings.Contains(p.Detail, "filter.") || p.Reference != "" ||
		a.Header.Get("Access-Control-Allow-Origin") != "*" || a.Header.Get("Cache-Control") != "no-store" {
		w.t.Errorf("%s %.80s: %d, want %d; %v %s %s", method, target, a.StatusCode, status, err, a.Header.Get("Content-Type"), a.body)
	}
	if len(a.body) > 2000 {
		w.t.Errorf("%s %.80s: an error of %d bytes", method, target, len(a.body))
	}
	return a
}

// headers looks at what a browser and a cache see.
func headers(t *testing.T, w *world) {
	a := w.get("/api/v1/years", "Accept-Encoding", "gzip", "Origin", "https://elsewhere.example")
	for k, want := range map[string]string{"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin", "Content-Type": "application/json",
		"Cache-Control": "public, max-age=60", "Content-Encoding": "gzip", "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff",
		"Access-Control-Allow-Credentials": "", "Set-Cookie": "", "Link": ""} {
		if got := a.Header.Get(k); got != want {
			t.Errorf("%s: %q, want %q", k, got, want)
		}
	}
	for range 2 {
		if b := w.get("/api/v1/years", "If-None-Match", a.Header.Get("Etag")); b.StatusCode != http.StatusNotModified || b.bytes > 0 {
			t.Errorf("If-None-Match: %d, %d bytes", b.StatusCode, b.bytes)
		}
	}
	if b := w.ask(http.MethodHead, "/api/v1/incidents?limit=3"); b.StatusCode != 200 || b.bytes > 0 || b.Header.Get("Content-Length") == "" {
		t.Errorf("HEAD: %d, %d bytes", b.StatusCode, b.bytes)
	}
	for _, target := range []string{"/api/v1/incidents", "/api/v1/openapi.json", "/api/v1/nothing"} {
		b := w.ask(http.MethodOptions, target, "Origin", "https://elsewhere.example", "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "if-none-match")
		if b.StatusCode != http.StatusNoContent || !strings.Contains(b.Header.Get("Access-Control-Allow-Methods"), "HEAD") ||
			!strings.Contains(b.Header.Get("Access-Control-Allow-Headers"), "If-None-Match") || b.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("OPTIONS %s: %d %v", target, b.StatusCode, b.Header)
		}
	}
	for _, file := range []string{"/api/v1/openapi.json", "/api/v1/openapi.yaml", "/api/v1/incidents?limit=2", "/api/v1/releases"} {
		if body := string(w.get(file).body); strings.Contains(body, "localhost") || strings.Contains(body, "$schema") || strings.Contains(body, "unpkg") {
			t.Errorf("%s names the host or something elsewhere", file)
		}
	}
}

// sitemapHoldsAll looks for every incident and every country in the map, and
// for nothing else.
func sitemapHoldsAll(t *testing.T, w *world) {
	var set struct {
		XMLName xml.Name `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
		URLs    []struct {
			Loc   string `xml:"loc"`
			Links []struct {
				Lang string `xml:"hreflang,attr"`
			} `xml:"http://www.w3.org/1999/xhtml link"`
		} `xml:"url"`
	}
	a := w.get("/sitemap.xml")
	if err := xml.Unmarshal(a.body, &set); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, u := range set.URLs {
		if seen[u.Loc] {
			t.Errorf("%s twice", u.Loc)
		}
		seen[u.Loc] = true
		if !strings.Contains(u.Loc, "/incidents/") && len(u.Links) != 3 {
			t.Errorf("%s has %d languages", u.Loc, len(u.Links))
		}
	}
	for _, want := range []string{"/", "/ar/", "/fr/countries/IR", "/years/2025", "/ar/api"} {
		if !seen[testOrigin+want] {
			t.Errorf("%s is missing", want)
		}
	}
	n := 0
	err := w.s.Each(context.Background(), incident.RecordEdition, 2025, func(r incident.Row) error {
		if n++; !seen[testOrigin+"/incidents/"+r.Ref] {
			t.Errorf("%s is missing", r.Ref)
		}
		return nil
	})
	if err != nil || n != 313 {
		t.Error(n, err)
	}
	for target, status := range map[string]int{"/sitemap/pages.xml": 200, "/sitemap/1.xml": 200, "/sitemap/2.xml": 404, "/sitemap/0.xml": 404, "/sitemap/-1.xml": 404,
		"/sitemap/99999999999999999999.xml": 404, "/sitemap/01.xml": 404, "/sitemap/1": 404, "/sitemap/+1.xml": 404, "/sitemap/.xml": 404} {
		if a := w.get(target); a.StatusCode != status {
			t.Errorf("%s: %d, want %d", target, a.StatusCode, status)
		}
	}
	robots := string(w.get("/robots.txt").body)
	for _, line := range []string{"User-agent: *", "Disallow: /incidents?", "Disallow: /ar/incidents?", "Disallow: /lite/", "Sitemap: " + testOrigin + "/sitemap.xml"} {
		if !strings.Contains(robots, line+"\n") {
			t.Errorf("robots.txt lacks %q", line)
		}
	}
}

// TestSitemapIndex pretends the record is large: the files of the index must
// hold every incident once.
func TestSitemapIndex(t *testing.T) {
	d := dbtest.SQLite(t)
	w := open(t, newRecord(t, d), testOrigin)
	const n = 2*sitemapPageSize + 5
	for _, q := range []string{
		`with recursive c(i) as (select 1 union all select i + 1 from c where i < %d)
			insert into incident (id, ref, state, created_at, updated_at, origin) select i, '2020-' || i, case when i = 7 then 'lead' else 'published' end, 0, 0, 'sheet' from c`,
		`insert into entry (ord, edition_id, seq, incident_id, count_year, line, source_edition, counted, latest, hash, start_day, span_days, country, region,
			cause, reason, geo_scope, network, method, extent, ordered_by, end_state, facets, updated_at)
			select id, 1, id, id, 2020, 1, 1, case when id = 8 then 0 else 1 end, 1, '', 0, 0, '', '', '', '', '', '', '', '', '', '', 0, 0 from incident where id <= %d`,
	} {
		if _, err := d.Pool().Exec(fmt.Sprintf(q, n)); err != nil {
			t.Fatal(err)
		}
	}
	var index struct {
		XMLName xml.Name `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemapindex"`
		Maps    []struct {
			Loc string `xml:"loc"`
		} `xml:"sitemap"`
	}
	if err := xml.Unmarshal(w.get("/sitemap.xml").body, &index); err != nil {
		t.Fatal(err)
	}
	if len(index.Maps) != 4 {
		t.Fatalf("%d files", len(index.Maps))
	}
	total := 0
	for _, m := range index.Maps {
		body := string(w.get(strings.TrimPrefix(m.Loc, testOrigin)).body)
		here := strings.Count(body, "<url>")
		if here == 0 || here > 50_000 || strings.Contains(body, "2020-7<") || strings.Contains(body, "2020-8<") {
			t.Errorf("%s: %d addresses", m.Loc, here)
		}
		total += strings.Count(body, "/incidents/2020-")
	}
	if total != n-2 {
		t.Errorf("%d incidents in all files, want %d", total, n-2)
	}
}

// answersMatchSchemas reads the description as a client generator would and
// holds real answers of every operation against it.
func answersMatchSchemas(t *testing.T, w *world) {
	var doc map[string]any
	w.json("/api/v1/openapi.json", &doc)
	if doc["openapi"] != "3.1.0" {
		t.Fatalf("openapi %v", doc["openapi"])
	}
	v := validator{t, doc}
	ids := map[string]bool{}
	values := strings.NewReplacer("{ref}", firstRef(t, w), "{code}", "MM", "{year}", "2024")
	queries := map[string][]string{
		"/api/v1/incidents":        {"", "?limit=200&year=2016", "?limit=200&year=2025&sort=longest", "?country=VA"},
		"/api/v1/releases/compare": {"?from=2025+annual&year=2024"},
		"/api/v1/days":             {"?from=2024-01-01&to=2024-03-01"},
		"/api/v1/countries/{code}": {"", "?release=2025+annual"},
	}
	paths, _ := doc["paths"].(map[string]any)
	if len(paths) != 12 {
		t.Errorf("%d paths", len(paths))
	}
	for path, raw := range paths {
		get := v.at(raw, "get")
		id, _ := get["operationId"].(string)
		if id == "" || ids[id] || get["summary"] == "" {
			t.Errorf("%s: operation %q", path, id)
		}
		ids[id] = true
		v.parameters(path, get)
		responses := v.at(get, "responses")
		for status, r := range responses {
			if status != "304" {
				v.content(path+" "+status, r)
			}
		}
		schema := v.at(v.at(v.at(responses, "200"), "content"), "application/json")["schema"]
		tries := queries[path]
		if tries == nil {
			tries = []string{""}
		}
		for _, q := range tries {
			var got any
			w.json(values.Replace(path)+q, &got)
			v.check(path+q, schema, got)
		}
		var problem any
		if err := json.Unmarshal(w.get(values.Replace(path)+"?nonsense=1").body, &problem); err != nil {
			t.Error(err)
		}
		v.check(path+" default", v.content(path, responses["default"]), problem)
	}
	yaml := string(w.get("/api/v1/openapi.yaml").body)
	if !strings.Contains(yaml, "openapi: 3.1.0") || !strings.Contains(yaml, "/api/v1/incidents/{ref}:") {
		t.Errorf("YAML: %.300s", yaml)
	}
}

// firstRef is an incident with a history of several years.
func firstRef(t *testing.T, w *world) string {
	t.Helper()
	p, err := w.s.List(context.Background(), incident.Filter{Edition: incident.RecordEdition, Country: "UG", State: "ongoing", Limit: 1})
	if err != nil || len(p.Rows) == 0 {
		t.Fatal(err)
	}
	return p.Rows[0].Ref
}

// validator is a small reader of JSON Schema: the words our description uses,
// and an error for any other.
type validator struct {
	t   *testing.T
	doc map[string]any
}

func (v validator) at(x any, key string) map[string]any {
	v.t.Helper()
	m, _ := x.(map[string]any)
	out, ok := m[key].(map[string]any)
	if !ok {
		v.t.Fatalf("no %s in %v", key, x)
	}
	return out
}

// content finds the schema of a response.
func (v validator) content(where string, r any) any {
	for media, x := range v.at(r, "content") {
		s := v.at(x, "schema")
		if !strings.Contains(media, "json") || len(s) == 0 {
			v.t.Errorf("%s: %s %v", where, media, s)
		}
		return s
	}
	v.t.Errorf("%s: a response without a schema", where)
	return nil
}

// parameters holds every parameter against its place in the path.
func (v validator) parameters(path string, get map[string]any) {
	inPath := map[string]bool{}
	list, _ := get["parameters"].([]any)
	for _, raw := range list {
		p, _ := raw.(map[string]any)
		name, _ := p["name"].(string)
		if p["in"] == "path" {
			inPath[name] = true
		}
		if s := v.at(p, "schema"); s["type"] == nil || p["description"] == nil {
			v.t.Errorf("%s: parameter %s has no type or no word about it", path, name)
		}
		if p["name"] == "cause" {
			if enum, _ := v.at(p, "schema")["enum"].([]any); len(enum) < 10 {
				v.t.Errorf("%s: causes %v", path, enum)
			}
		}
	}
	for _, m := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(path, -1) {
		if !inPath[m[1]] {
			v.t.Errorf("%s: {%s} is not described", path, m[1])
		}
	}
}

var schemaWords = map[string]bool{"type": true, "properties": true, "required": true, "items": true, "enum": true, "oneOf": true, "$ref": true, "pattern": true,
	"additionalProperties": true, "description": true, "examples": true, "format": true, "minItems": true, "maxItems": true, "minimum": true, "maximum": true}

func (v validator) check(where string, schema, x any) {
	v.t.Helper()
	s, ok := schema.(map[string]any)
	if !ok {
		v.t.Fatalf("%s: schema is %v", where, schema)
	}
	if ref, ok := s["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/components/schemas/")
		v.check(where, v.at(v.at(v.at(v.doc, "components"), "schemas"), name), x)
		return
	}
	for word := range s {
		if !schemaWords[word] {
			v.t.Errorf("%s: the schema says %q, which nobody checks", where, word)
		}
	}
	if !hasType(s["type"], x) {
		v.t.Errorf("%s: %.80v is not %v", where, x, s["type"])
		return
	}
	if enum, ok := s["enum"].([]any); ok && !within(enum, x) {
		v.t.Errorf("%s: %v is not one of %v", where, x, enum)
	}
	if p, ok := s["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(fmt.Sprint(x)) {
		v.t.Errorf("%s: %v does not match %s", where, x, p)
	}
	switch y := x.(type) {
	case []any:
		for i, z := range y {
			v.check(fmt.Sprintf("%s[%d]", where, i), s["items"], z)
		}
	case map[string]any:
		v.object(where, s, y)
	}
}

func (v validator) object(where string, s, x map[string]any) {
	required, _ := s["required"].([]any)
	for _, r := range required {
		if _, ok := x[r.(string)]; !ok {
			v.t.Errorf("%s: %s is missing", where, r)
		}
	}
	props, _ := s["properties"].(map[string]any)
	for name, z := range x {
		switch p, ok := props[name]; {
		case ok:
			v.check(where+"."+name, p, z)
		case s["additionalProperties"] != nil:
			v.check(where+"."+name, s["additionalProperties"], z)
		default:
			v.t.Errorf("%s: %s is not described", where, name)
		}
	}
}

func within(list []any, x any) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

// hasType knows the types of JSON; none means any.
func hasType(want, x any) bool {
	if list, ok := want.([]any); ok {
		for _, one := range list {
			if hasType(one, x) {
				return true
			}
		}
		return false
	}
	switch want {
	case nil:
		return true
	case "null":
		return x == nil
	case "object":
		_, ok := x.(map[string]any)
		return ok
	case "array":
		_, ok := x.([]any)
		return ok
	case "string":
		_, ok := x.(string)
		return ok
	case "boolean":
		_, ok := x.(bool)
		return ok
	case "number":
		_, ok := x.(float64)
		return ok
	case "integer":
		n, ok := x.(float64)
		return ok && n == float64(int64(n))
	}
	return false
}

// FuzzQuery sends any query to the list of an empty record: never a 500.
func FuzzQuery(f *testing.F) {
	w := open(f, newRecord(f, dbtest.SQLite(f)), testOrigin)
	for _, q := range []string{"year=2022&country=IR", "q=%22+OR", "after=a.b", "%zz", "a;b", "limit=200&sort=changed", "release=record", "q=\x00", "from=record&year=2022"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		for _, path := range []string{"/api/v1/incidents", "/api/v1/days", "/api/v1/releases/compare", "/feeds/incidents.atom"} {
			a := (&world{t, w.s, w.h, w.origin}).get(path + "?" + url.PathEscape(q))
			b := (&world{t, w.s, w.h, w.origin}).get(path + "?" + q)
			if a.StatusCode >= 500 || b.StatusCode >= 500 {
				t.Errorf("%s?%q: %d, %d", path, q, a.StatusCode, b.StatusCode)
			}
		}
	})
}

// TestReleaseKeepsItsHistory: an incident of a release has the changes that
// were made before it was cut, those alone, and the revision of that day.
func TestReleaseKeepsItsHistory(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := record(t, d, sheet2022)
		w := open(t, s, testOrigin)
		rows, err := s.List(ctx, incident.Filter{Edition: incident.RecordEdition, Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		ref := rows.Rows[0].Ref
		cause := func(term string) {
			t.Helper()
			_, err := s.Revise(ctx, ref, 0, "somebody", "coded as "+term, func(_ int, f incident.Facts) (incident.Facts, error) {
				f.Cause.Term = term
				return f, nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		cause("other")
		cause("elections")
		if _, err := s.CutRelease(ctx, "r1", "2026-05-20"); err != nil {
			t.Fatal(err)
		}
		cause("protests")
		for query, want := range map[string]int{"?release=r1": 2, "": 3, "?release=accessnow_stop_sheet_2022": 0} {
			var got IncidentBody
			a := w.get("/api/v1/incidents/" + ref + query)
			if err := json.Unmarshal(a.body, &got); err != nil {
				t.Fatal(err)
			}
			if len(got.History) != want || got.Revision != int64(want+1) {
				t.Errorf("%s%s: %d changes, revision %d; want %d", ref, query, len(got.History), got.Revision, want)
			}
		}
	})
}
