package page

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"html/template"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/i18n"
)

const sampleViews = `
{{define "sample.home"}}<div class="lede"><h1>{{.Title}}</h1><p class="big">{{t "sample.lede" "n" .Count "place" .Place}}</p></div>
<section><h2>{{t "sample.rows"}}</h2><p>{{h "sample.see" "link" (link "/places" .Place)}}</p>{{template "ui.rows" .Rows}}</section>
<section>{{template "ui.facts" .Facts}}{{template "ui.flagkey"}}</section>
<section>{{template "ui.bars" .Bars}}{{template "ui.source" .Source}}</section>
<section>{{template "ui.ladder" .Ladder}}</section>
{{template "ui.picture" .Picture}}{{template "ui.years" .Years}}{{template "ui.pages" .Pages}}{{template "ui.cite" .Cite}}{{end}}
{{define "sample.small"}}<h1>{{.}}</h1><p>{{bdi .}}</p>{{end}}
{{define "sample.form"}}{{template "form.errors" .Summary}}<h1>{{t "sample.form"}}</h1><form method="post">{{template "form.field" .Field}}{{template "form.choice" .Choice}}{{template "form.select" .Select}}{{template "form.button" "Send"}}</form>{{end}}
{{define "sample.broken"}}<p>half a page {{index .None 3}}</p>{{end}}`

const sampleTexts = `{"sample":{"lede":{"one":"At least {n} place in {place} is cut off","other":"At least {n} places in {place} are cut off"},"rows":"Cut off now","see":"See {link} & more","form":"What stopped working?","closed":"The list {name} is closed"},"nav":{"now":"Now","places":"Places"}}`

func sampleShell(t testing.TB, change func(*Options)) *Shell {
	t.Helper()
	texts, err := i18n.Load(Texts(), fstest.MapFS{"en.json": {Data: []byte(sampleTexts)}})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Name: "samplesite", Origin: "https://sample.example", Texts: texts,
		Views: []fs.FS{fstest.MapFS{"sample.html": {Data: []byte(sampleViews)}, "sample.css": {Data: []byte(".only-sample { color: red } .rows { margin: 1px }")}}},
		Nav:   []Item{{Key: "nav.now", Path: "/", Section: "now"}, {Key: "nav.places", Path: "/places", Section: "places"}},
		Log:   slog.New(slog.NewTextHandler(io.Discard, nil))}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// get asks a handler for a path and returns the answer with its body read.
func get(h http.Handler, method, target string, header ...string) (*http.Response, string) {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	res := w.Result()
	raw, _ := io.ReadAll(res.Body)
	if res.Header.Get("Content-Encoding") == "gzip" && len(raw) > 0 {
		z, err := gzip.NewReader(strings.NewReader(string(raw)))
		if err != nil {
			return res, "not gzip: " + err.Error()
		}
		raw, _ = io.ReadAll(z)
	}
	return res, string(raw)
}

func sampleMux(s *Shell) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		s.Render(w, r, Page{Title: "Home & <x>", Description: "d", Body: "sample.home", Kind: "sample", Data: sampleData(), Section: "now",
			JSONLD: map[string]string{"@type": "Dataset", "name": "</script><b>"}, Feeds: []Feed{{"News", "/feed", "application/atom+xml"}}})
	})
	mux.HandleFunc("GET /small", func(w http.ResponseWriter, r *http.Request) {
		s.Render(w, r, Page{Title: "Small", Body: "sample.small", Data: "<b>" + r.URL.Query().Get("q")})
	})
	mux.HandleFunc("GET /form", func(w http.ResponseWriter, r *http.Request) {
		s.Render(w, r, Page{Title: "Form", Body: "sample.form", Data: sampleForm(), Neutral: true, NoStore: true, Errors: true})
	})
	mux.HandleFunc("GET /broken", func(w http.ResponseWriter, r *http.Request) {
		s.Render(w, r, Page{Title: "B", Body: "sample.broken", Data: map[string]int{}})
	})
	mux.HandleFunc("GET /fail/{kind}", func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("kind") == "closed" {
			s.Fail(w, r, fault.New(fault.Conflict, "sample.closed", "name", "X"))
			return
		}
		s.Fail(w, r, fault.Wrap(errors.New("secret cause"), fault.Kind(r.PathValue("kind")), ""))
	})
	return s.Handler(mux)
}

type sampleHome struct {
	Title, Place, Source string
	Count                int
	Rows                 Rows
	Facts                Facts
	Bars                 BarTable
	Ladder               []Step
	Picture              Picture
	Years                Years
	Pages                Pages
	Cite                 Cite
}

func sampleData() sampleHome {
	strip := Strip{Marks: []Mark{{From: .2, To: .5, State: Cut}, {From: .5, To: .8, State: Unsure}}, Ticks: []Tick{{At: .5, Text: "2024"}}}
	year := Strip{Tall: true, Label: "Marenia in 2025: cut on 12 days", Marks: []Mark{{From: .1, To: .13, State: Cut}, {From: .4, To: .41, State: Cut, Half: true}, {From: .6, To: .7, State: Slow}, {From: 0, To: 1, State: Blocked, Band: true}}}
	return sampleHome{Title: "At least 20 places are cut off", Place: "Marenia", Count: 20, Source: "Invented figures, edition of 20 May 2026.",
		Rows: Rows{Axis: []Tick{{0, "2023"}, {.5, "2024"}}, Key: []StateWord{{State: Up, Text: "connected"}, {State: Cut, Text: "cut off"}, {State: Unsure, Text: "not confirmed"}},
			Items: []Row{{Name: "Kesh valley", Of: "Marenia", Href: "/places/kesh", Count: "1,884 days", When: "since 4 November 2020", Note: "Service came back in parts.", Strip: strip}, {Name: "Port Anse", Of: "Sevira", Count: "12 days", Strip: strip}}},
		Facts:   Facts{Head: [3]string{"Question", "What we know", "How we know"}, Items: []Fact{{Question: "Where", Answer: "All of Marenia", How: "Measurement"}, {Question: "Warned", Flag: No}, {Question: "Calls", Flag: Unknown, How: "Asked"}, {Question: "Order", Flag: NotAsked}, {Question: "Said", Flag: Yes}}},
		Bars:    BarTable{LabelHead: "Cause", Head: "2025", PrevHead: "2024", Items: []Bar{{Label: "Market days", Value: "125", Prev: "106", Share: 1, PrevShare: .85}, {Label: "Exams", Value: "61", Prev: "72", Share: .49, PrevShare: .58}, {Label: "Video app", Value: "31", Share: .25, State: Blocked}}},
		Ladder:  []Step{{Text: "Signal", Note: "14 March", Done: true}, {Text: "Reported", Done: true, Now: true}, {Text: "Corroborated"}, {Text: "Verified"}, {Text: "Published"}},
		Picture: Picture{Src: "/pictures/bars", Alt: "Bars", Width: 1120, Height: 400, NarrowWidth: 392, NarrowHigh: 500, Title: "Bars", Head: []string{"Year", "Count"}, Rows: [][]string{{"2024", "4"}, {"2025", "5"}}, Source: "Source: invented."},
		Years:   Years{Axis: []Tick{{0, "Jan"}, {.25, "Apr"}, {.5, "Jul"}, {.75, "Oct"}}, CountKey: "days", Items: []YearRow{{Year: "2024", Count: "none", Strip: Strip{Tall: true}}, {Year: "2025", Count: "12", Strip: year}}},
		Pages:   Pages{Prev: &Link{"Newer", "/?p=1"}, Next: &Link{"Older", "/?p=3"}, Now: "Page 2 of 9"},
		Cite:    Cite{Text: "samplesite, “Kesh valley”, entry 2025-0142.", Links: []Link{{"As a file", "/x.csv"}}},
	}
}

type sampleFormData struct {
	Summary Summary
	Field   Field
	Choice  Choice
	Select  Select
}

func sampleForm() sampleFormData {
	return sampleFormData{
		Summary: Summary{Items: []Mistake{{"place", "Write the country"}, {"what", "Choose what stopped"}}},
		Field:   Field{Name: "place", Label: "Country", Hint: "No street.", Value: `"><script>alert(1)</script>`, Error: "Write the country", Max: 60, Heading: true},
		Choice: Choice{Name: "what", Label: "Which of these stopped?", Hint: "Choose all that apply.", Error: "Choose what stopped", Many: true,
			Options: []Option{{Value: "1", Label: "Mobile internet"}, {Value: "2", Label: "Calls", Chosen: true}, {Value: "3", Label: "Some days ago. How many?", Extra: &Field{Name: "days", Label: "How many days?", Type: "number", InputMode: "numeric"}}}},
		Select: Select{Name: "year", Label: "Year", Optional: true, Empty: "Any", Groups: []Group{{Options: []Option{{Value: "2025", Label: "2025", Chosen: true}}}, {Label: "Older", Options: []Option{{Value: "2016", Label: "2016"}}}}},
	}
}

var styleElement = regexp.MustCompile(`(?s)<style>(.*?)</style>`)

func TestPageIsWholeAndStrict(t *testing.T) {
	h := sampleMux(sampleShell(t, nil))
	for _, target := range []string{"/", "/ar/", "/fr/", "/lite/", "/lite/ar/", "/form", "/ar/form", "/nowhere"} {
		res, body := get(h, "GET", target, "Accept-Encoding", "gzip")
		styles := styleElement.FindAllStringSubmatch(body, -1)
		if len(styles) != 1 {
			t.Fatalf("%s: %d style elements\n%.600s", target, len(styles), body)
		}
		sum := sha256.Sum256([]byte(styles[0][1]))
		policy := res.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: the policy does not allow exactly this style: %s", target, policy)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin", "Set-Cookie": ""} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", target, name, got)
			}
		}
		for _, bad := range []string{" style=", "<script>", "onclick", "ZgotmplZ", "{{", "<no value>", "style-here"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s: contains %q", target, bad)
			}
		}
		if strings.HasPrefix(target, "/ar") != strings.Contains(body, `lang="ar" dir="rtl"><head>`) && !strings.HasPrefix(target, "/lite") {
			t.Errorf("%s: wrong language or direction", target)
		}
		if res.Header.Get("Content-Encoding") != "gzip" || len(body) < 500 {
			t.Errorf("%s: not compressed or empty", target)
		}
		if strings.Contains(target, "lite") == strings.Contains(body, "<img") && target != "/form" && target != "/ar/form" && target != "/nowhere" {
			t.Errorf("%s: pictures and mode disagree", target)
		}
	}
}

func TestStyleIsShaken(t *testing.T) {
	h := sampleMux(sampleShell(t, nil))
	_, home := get(h, "GET", "/")
	_, small := get(h, "GET", "/small")
	_, arabic := get(h, "GET", "/ar/small")
	style := func(body string) string { return styleElement.FindStringSubmatch(body)[1] }
	for _, want := range []string{".rows{margin:1px}", ".strip .c{", "fill:url(#ps)", "td:last-child", ".st.u:before{"} {
		if !strings.Contains(style(home), want) {
			t.Errorf("home lacks %s\n%s", want, style(home))
		}
	}
	for _, no := range []string{".rows", "table", "fieldset", "input", ".only-sample", "Naskh", ":dir(rtl)"} {
		if strings.Contains(style(small), no) {
			t.Errorf("the small page carries %s", no)
		}
	}
	if strings.Contains(style(home), ".only-sample") {
		t.Error("home carries a rule it does not use")
	}
	if !strings.Contains(style(arabic), "Naskh") {
		t.Error("the Arabic page lacks its type")
	}
	if strings.Count(style(home), "{") != strings.Count(style(home), "}") {
		t.Error("braces do not balance")
	}
	t.Logf("style: home %d bytes, small %d bytes", len(style(home)), len(style(small)))
}

func TestTextsAreWhole(t *testing.T) {
	c, err := i18n.Load(Texts())
	if err != nil {
		t.Fatal(err)
	}
	for _, gap := range i18n.Check(c) {
		t.Error(gap)
	}
}

func TestTextIsEscaped(t *testing.T) {
	h := sampleMux(sampleShell(t, nil))
	_, body := get(h, "GET", "/")
	for _, want := range []string{"<title>Home &amp; &lt;x&gt; | samplesite</title>", `See <a href="/places">Marenia</a> &amp; more`, `"name":"\u003c/script\u003e`} {
		if !strings.Contains(body, want) {
			t.Errorf("missing %s", want)
		}
	}
	_, body = get(h, "GET", "/small?q=%3Cscript%3E")
	if !strings.Contains(body, "<bdi>&lt;b&gt;&lt;script&gt;</bdi>") {
		t.Error("bdi does not escape")
	}
	_, body = get(h, "GET", "/form")
	if !strings.Contains(body, `value="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"`) {
		t.Error("a field's value is not escaped or lost")
	}
	if got := richText(i18nEn(t), "sample.see", []any{"link", "<i>"}); got != template.HTML("See &lt;i&gt; &amp; more") {
		t.Errorf("h does not escape plain arguments: %s", got)
	}
	for in, want := range map[string]string{"javascript:alert(1)": "#", "JaVaScript:x": "#", "/a:b": "/a:b", "https://x.example": "https://x.example", "?a=b:c": "?a=b:c", "data:text/html,x": "#"} {
		if got := safeHref(in); got != want {
			t.Errorf("safeHref(%q) = %q", in, got)
		}
	}
}

func i18nEn(t testing.TB) *i18n.Texts { return sampleShell(t, nil).Words("en") }

func TestAddresses(t *testing.T) {
	h := sampleMux(sampleShell(t, func(o *Options) { o.LiteHost = "lite.example" }))
	for target, want := range map[string]string{
		"/":                            `href="/places"`,
		"/ar/":                         `href="/ar/places"`,
		"/lite/ar/":                    `href="/lite/ar/places"`,
		"/lite":                        `href="/lite/places"`,
		"http://lite.example/ar/":      `href="/ar/places"`,
		"http://lite.example:8080/":    `href="https://sample.example/">This page with pictures`,
		"/fr/small?q=1":                `<a href="/ar/small?q=1" lang="ar" hreflang="ar" dir="rtl">`,
		"/lite/fr/small":               `<link rel="canonical" href="https://sample.example/fr/small">`,
		"/small":                       `hreflang="ar" href="https://sample.example/ar/small"`,
		"/lite/ar/small?a=%22%3E%3Cb=": `href="/ar/small?a=%22%3E%3Cb="`,
	} {
		res, body := get(h, "GET", target)
		if res.StatusCode != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: status %d, no %s", target, res.StatusCode, want)
		}
		if lite := strings.Contains(target, "lite"); lite != (res.Header.Get("Connection") == "close") {
			t.Errorf("%s: Connection %q", target, res.Header.Get("Connection"))
		}
	}
	_, body := get(h, "GET", "/")
	if !strings.Contains(body, `<a href="/" aria-current="page">Now</a>`) {
		t.Error("the current page is not marked")
	}
}

func TestOfferNeverRedirects(t *testing.T) {
	h := sampleMux(sampleShell(t, nil))
	for _, again := range []string{"fresh", "cached"} {
		res, body := get(h, "GET", "/small", "Accept-Language", "ar-SD,ar;q=0.8")
		if res.StatusCode != 200 || !strings.Contains(body, `class="offer"><a href="/ar/small"`) || !strings.Contains(body, `<html lang="en">`) {
			t.Errorf("%s: no offer", again)
		}
		if _, body = get(h, "GET", "/small", "Accept-Language", "en"); strings.Contains(body, "offer") {
			t.Errorf("%s: an offer to somebody who has what they want", again)
		}
	}
}

func TestConditional(t *testing.T) {
	h := sampleMux(sampleShell(t, nil))
	for _, enc := range []string{"", "gzip", "br, gzip;q=0.5", "gzip;q=0"} {
		res, _ := get(h, "GET", "/small", "Accept-Encoding", enc)
		tag := res.Header.Get("ETag")
		if tag == "" || strings.HasPrefix(tag, "W/") {
			t.Fatalf("no strong ETag: %q", tag)
		}
		if wantGzip := strings.Contains(enc, "gzip") && !strings.Contains(enc, "q=0\n") && enc != "gzip;q=0"; wantGzip != (res.Header.Get("Content-Encoding") == "gzip") || wantGzip != strings.HasSuffix(tag, `-g"`) {
			t.Errorf("%q: encoding %q, tag %s", enc, res.Header.Get("Content-Encoding"), tag)
		}
		res, body := get(h, "GET", "/small", "Accept-Encoding", enc, "If-None-Match", `"x", `+tag)
		if res.StatusCode != 304 || body != "" || res.Header.Get("ETag") != tag {
			t.Errorf("%q: %d with %d bytes for a known tag", enc, res.StatusCode, len(body))
		}
		if res, _ = get(h, "GET", "/small", "If-None-Match", `"x"`); res.StatusCode != 200 {
			t.Errorf("304 for an unknown tag")
		}
		res, body = get(h, "HEAD", "/small", "Accept-Encoding", enc)
		if res.StatusCode != 200 || body != "" || res.Header.Get("Content-Length") == "0" || res.Header.Get("ETag") != tag {
			t.Errorf("HEAD: %d, %d bytes, length %s", res.StatusCode, len(body), res.Header.Get("Content-Length"))
		}
	}
	a, _ := get(h, "GET", "/small?q=a")
	b, _ := get(h, "GET", "/small?q=b")
	if a.Header.Get("ETag") == b.Header.Get("ETag") {
		t.Error("two contents, one tag")
	}
	if res, _ := get(h, "GET", "/form"); res.Header.Get("Cache-Control") != "no-store" {
		t.Error("a form may be stored")
	}
}

func TestErrors(t *testing.T) {
	h := sampleMux(sampleShell(t, nil))
	for target, want := range map[string]int{
		"/nowhere": 404, "/fr/nowhere/at/all": 404, "/fail/invalid": 400, "/fail/forbidden": 403, "/fail/gone": 410, "/fail/too_large": 413,
		"/fail/too_many": 429, "/fail/unavailable": 503, "/fail/internal": 500, "/fail/never-heard-of": 500, "/fail/closed": 409, "/broken": 500,
	} {
		res, body := get(h, "GET", target)
		if res.StatusCode != want || !strings.Contains(body, "<main") || strings.Contains(body, "secret") || strings.Contains(body, "half a page") {
			t.Errorf("%s: %d, want %d\n%.300s", target, res.StatusCode, want, body)
		}
		if ref := strings.Contains(body, "quote this"); ref != (want >= 500) {
			t.Errorf("%s: reference shown: %v", target, ref)
		}
		if res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: an error may be stored", target)
		}
	}
	res, _ := get(h, "POST", "/small")
	if res.StatusCode != 405 || !strings.Contains(res.Header.Get("Allow"), "GET") {
		t.Errorf("POST: %d, Allow %q", res.StatusCode, res.Header.Get("Allow"))
	}
	if _, body := get(h, "GET", "/fail/closed"); !strings.Contains(body, "The list X is closed") {
		t.Error("the error's own words are lost")
	}
	if _, body := get(h, "GET", "/ar/nowhere"); !strings.Contains(body, "لا توجد صفحة هنا") {
		t.Error("errors do not speak the language")
	}
}

func TestNeutralPageNamesNothing(t *testing.T) {
	h := sampleMux(sampleShell(t, nil))
	res, body := get(h, "GET", "/form")
	for _, no := range []string{"samplesite", "og:", "canonical", "<nav", "svg+xml"} {
		if strings.Contains(body, no) {
			t.Errorf("the neutral page contains %q", no)
		}
	}
	if !strings.Contains(body, "<title>Error: Form</title>") || res.Header.Get("X-Robots-Tag") != "noindex" {
		t.Error("title or robots wrong")
	}
	for _, want := range []string{`href="#f-place"`, `id="f-place"`, `aria-describedby="f-place-h f-place-e"`, `aria-invalid="true"`, "2 answers need", `id="f-what"`, " checked", " selected"} {
		if !strings.Contains(body, want) {
			t.Errorf("form lacks %s", want)
		}
	}
}

func TestCacheFollowsVersion(t *testing.T) {
	version, built := "1", 0
	s := sampleShell(t, func(o *Options) { o.Version = func() string { return version } })
	mux := http.NewServeMux()
	mux.HandleFunc("/x", func(w http.ResponseWriter, r *http.Request) {
		built++
		s.Render(w, r, Page{Title: "X", Body: "sample.small", Data: version, Modified: time.Unix(1e9, 0)})
	})
	h := s.Handler(mux)
	var first string
	for _, step := range []struct {
		target, version string
		built           int
	}{{"/x", "1", 1}, {"/x", "1", 1}, {"/ar/x", "1", 2}, {"/lite/x", "1", 3}, {"/x?a=1", "1", 4}, {"/x", "2", 5}, {"/x", "2", 5}} {
		version = step.version
		res, body := get(h, "GET", step.target)
		if built != step.built || !strings.Contains(body, "<bdi>"+version+"</bdi>") {
			t.Errorf("%s at version %s: built %d times, want %d", step.target, step.version, built, step.built)
		}
		if res.Header.Get("Last-Modified") == "" {
			t.Error("no Last-Modified")
		}
		if first == "" {
			first = body
		}
	}
	if res, _ := get(h, "GET", "/x", "If-Modified-Since", time.Unix(1e9, 0).UTC().Format(http.TimeFormat)); res.StatusCode != 304 {
		t.Errorf("If-Modified-Since: %d", res.StatusCode)
	}
}

func TestCacheIsBounded(t *testing.T) {
	c := NewCache(100 << 10)
	for i := range 500 {
		c.put(cacheKey{path: string(rune('a' + i))}, &entry{plain: make([]byte, 4000)})
	}
	n, bytes := c.Len()
	if bytes > 100<<10 || n < 10 || n > 25 {
		t.Errorf("%d answers, %d bytes", n, bytes)
	}
	if c.get(cacheKey{path: "a"}) != nil {
		t.Error("the oldest is still there")
	}
	c.put(cacheKey{path: "giant"}, &entry{plain: make([]byte, 90<<10)})
	if c.get(cacheKey{path: "giant"}) != nil {
		t.Error("one giant pushed the others out")
	}
	c.put(cacheKey{path: string(rune('a' + 499))}, &entry{plain: make([]byte, 4000)})
	if again, _ := c.Len(); again != n {
		t.Errorf("replacing changed the count: %d, %d", n, again)
	}
}

// TestCacheCountsItsKeys: small answers to long addresses must not take many
// times the memory the cache is given.
func TestCacheCountsItsKeys(t *testing.T) {
	c := NewCache(1 << 20)
	for i := range 1000 {
		c.put(cacheKey{path: "/x", query: strings.Repeat("q", 8000) + strconv.Itoa(i)}, &entry{plain: make([]byte, 100)})
	}
	if n, bytes := c.Len(); n*8000 > 1<<20 || bytes > 1<<20 {
		t.Errorf("%d answers whose addresses alone take %d bytes", n, n*8000)
	}
	for i := range 1000 {
		c.put(cacheKey{path: strconv.Itoa(i)}, &entry{plain: make([]byte, 100<<10)})
	}
	for _, el := range c.slots {
		c.drop(el)
	}
	if n, bytes := c.Len(); n != 0 || bytes != 0 {
		t.Errorf("an empty cache counts %d answers, %d bytes", n, bytes)
	}
}

func TestOnionIsAnnounced(t *testing.T) {
	h := sampleMux(sampleShell(t, func(o *Options) { o.Onion = "http://example.onion/" }))
	if res, _ := get(h, "GET", "/ar/small"); res.Header.Get("Onion-Location") != "http://example.onion/ar/small" {
		t.Errorf("Onion-Location %q", res.Header.Get("Onion-Location"))
	}
	if res, _ := get(h, "GET", "/form"); res.Header.Get("Onion-Location") != "" {
		t.Error("a neutral page announces the onion address")
	}
}

func TestNumbersOfEveryKind(t *testing.T) {
	x := i18nEn(t)
	for want, v := range map[string]any{"1,234": int64(1234), "7": uint8(7), "1,000": 1000.0, "2.5": 2.5, "x": "x", "\u22123": int32(-3)} {
		if got := number(x, v); got != want {
			t.Errorf("%v (%T): %q, want %q", v, v, got, want)
		}
	}
}

func TestManyLanguagesFold(t *testing.T) {
	s := sampleShell(t, nil)
	_, body := get(sampleMux(s), "GET", "/small")
	if strings.Contains(body, "<details") || strings.Count(body, `hreflang="ar"`) != 2 {
		t.Error("two other languages should stand in a row")
	}
}

func TestSqueezeKeepsMeaning(t *testing.T) {
	for in, want := range map[string]string{
		"<p>a   b\n\n  c</p>\n":                            "<p>a b\nc</p>",
		"<pre>a  \n  b</pre>  x":                           "<pre>a  \n  b</pre> x",
		"<textarea>\n\n a</textarea>\n\n<b>x</b> <b>y</b>": "<textarea>\n\n a</textarea>\n<b>x</b> <b>y</b>",
		"\n\n": "",
	} {
		if got := string(squeeze([]byte(in))); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

func TestStyleParser(t *testing.T) {
	st, err := parseStyle("/* c */ a , .b > c:hover { x : 1px  2px ; y: rgb(1, 2) } @media (min-width: 3rem) { :is(th, td):dir(rtl) { z: 1 } }\n@page { margin: 1cm }")
	if err != nil || len(st) != 3 || st[0].sels[1].text != ".b>c:hover" || strings.Join(st[0].sels[1].need, " ") != ".b c" || st[0].body != "{x:1px 2px;y:rgb(1,2)}" {
		t.Fatalf("%v %+v", err, st)
	}
	if !st[1].sels[0].rtl || st[1].media != "@media(min-width:3rem)" || len(st[1].sels[0].need) != 0 {
		t.Errorf("%+v", st[1])
	}
	for _, bad := range []string{"a { b: c", "a b c", "}"} {
		if _, err := parseStyle(bad); err == nil {
			t.Errorf("%q parses", bad)
		}
	}
}

// FuzzStrangersText puts a stranger's text into every place a page has for one.
func FuzzStrangersText(f *testing.F) {
	f.Add("</style><script>alert(1)</script>")
	f.Add(`" onload="x" style="y`)
	f.Add("</textarea></title>\u202e\x00")
	f.Add("javascript:alert(1)")
	s := sampleShell(f, nil)
	f.Fuzz(func(t *testing.T, text string) {
		d := sampleData()
		d.Title, d.Place, d.Source = text, text, text
		d.Rows.Items[0] = Row{Name: text, Of: text, Href: text, Count: text, When: text, Note: text, Strip: Strip{Label: text, Marks: []Mark{{To: 1, State: State(text)}}}}
		d.Facts.Items[0] = Fact{Question: text, Answer: text, How: text, Links: []Link{{text, text}}}
		d.Bars.Items[0] = Bar{Label: text, Value: text, Prev: text, Href: text, State: State(text)}
		d.Picture.Alt, d.Picture.Src, d.Cite.Text, d.Ladder[0].Note = text, text, text, text
		mux := http.NewServeMux()
		mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
			s.Render(w, r, Page{Title: text, Description: text, Body: "sample.home", Data: d, JSONLD: text, NoStore: true})
		})
		res, body := get(s.Handler(mux), "GET", "/ar/")
		if res.StatusCode != 200 {
			t.Fatalf("status %d", res.StatusCode)
		}
		low := strings.ToLower(body)
		if strings.Count(low, "<style") != 1 || strings.Count(low, "<script") != 1 || strings.Contains(low, "<script>") || strings.Contains(low, " onload=\"x") || strings.Contains(low, `href="javascript:`) {
			t.Fatalf("%q breaks out:\n%s", text, body)
		}
	})
}

// TestOriginIsChecked: what is no scheme and host is refused when the shell is
// made, not found later in every citation.
func TestOriginIsChecked(t *testing.T) {
	for _, good := range []string{"", "https://register.example", "https://register.example/", "http://127.0.0.1:8080", "http://[::1]:8080"} {
		if _, err := ParseOrigin(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"register.example", "//register.example", "ftp://register.example", "https://", "https://a.example/path", "https://a.example?q", "https://a.example#f", "https://user@a.example", "https://a b", "/" + "/", ":"} {
		if _, err := ParseOrigin(bad); err == nil {
			t.Errorf("%q is taken for an origin", bad)
		}
	}
}

// TestConfiguredOriginBeatsHost: with an origin set up, a Host header changes
// nothing, not even which answer is taken from the cache.
func TestConfiguredOriginBeatsHost(t *testing.T) {
	s := sampleShell(t, nil)
	h := s.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.Render(w, r, Page{Title: "Small", Body: "sample.small", Data: "x"})
	}))
	for _, host := range []string{"one.example", "two.example"} {
		r := httptest.NewRequest(http.MethodGet, "/x", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if body := w.Body.String(); strings.Contains(body, host) || !strings.Contains(body, `href="https://sample.example/x"`) {
			t.Errorf("as %s: %s", host, body)
		}
	}
	if n, _ := s.cache.Len(); n != 1 {
		t.Errorf("%d answers are kept, want 1", n)
	}
}

// TestSourceLanguageHasNoPrefix: /en leads to the same address without it, with
// its query, and never to another host.
func TestSourceLanguageHasNoPrefix(t *testing.T) {
	s := sampleShell(t, nil)
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.Render(w, r, Page{Title: "Small", Body: "sample.small", Data: "x"})
	})
	h := s.Handler(mux)
	for from, to := range map[string]string{
		"/en": "/", "/en/": "/", "/en/a/b?q=1&r=%2F": "/a/b?q=1&r=%2F", "/lite/en/a?x": "/lite/a?x", "/en//evil.example/x": "/evil.example/x",
		"/en/%5Cevil.example": "/%5Cevil.example", "/en/caf%C3%A9": "/caf%C3%A9", "/en/%0d%0aX:1": "/%0D%0AX:1",
	} {
		res, _ := get(h, http.MethodGet, from)
		if res.StatusCode != http.StatusPermanentRedirect || res.Header.Get("Location") != to || res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d to %q, want %q", from, res.StatusCode, res.Header.Get("Location"), to)
		}
	}
	// The lite mode stands before the language: an address that has them the other way round leads there.
	for from, to := range map[string]string{"/ar/lite/countries?x=1": "/lite/ar/countries?x=1", "/ar/lite": "/lite/ar/", "/lite/ar/lite/a": "/lite/ar/a",
		"/lite/lite/lite/a": "/lite/a", "/fr/lite//evil.example": "/lite/fr/evil.example"} {
		res, _ := get(h, http.MethodGet, from)
		if res.StatusCode != http.StatusPermanentRedirect || res.Header.Get("Location") != to {
			t.Errorf("%s: %d to %q, want %q", from, res.StatusCode, res.Header.Get("Location"), to)
		}
	}
	for _, path := range []string{"/english", "/enough/x", "/a/en/b", "/ar/en"} {
		if res, _ := get(h, http.MethodGet, path); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}

// The plain line says that people were connected: it ends where nothing is known yet.
func TestStripEndsWithWhatIsKnown(t *testing.T) {
	for _, tt := range []struct {
		strip Strip
		want  [][2]float64
	}{
		{Strip{}, [][2]float64{{0, 1}}},
		{Strip{Known: .5}, [][2]float64{{0, .5}}},
		{Strip{Known: .5, Marks: []Mark{{From: .1, To: .2}}}, [][2]float64{{0, .1}, {.2, .5}}},
		{Strip{Known: .5, Marks: []Mark{{From: .4, To: .5}}}, [][2]float64{{0, .4}}},
		{Strip{Known: .5, Marks: []Mark{{From: .7, To: .9}}}, [][2]float64{{0, .5}}},
		{Strip{Known: 1e-9}, nil},
	} {
		if got := tt.strip.Lines(); !slices.Equal(got, tt.want) {
			t.Errorf("%+v: %v, not %v", tt.strip, got, tt.want)
		}
	}
}
