package site

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
	"keepiton/internal/platform/page/htmlcheck"
	"keepiton/internal/platform/shared"
	"keepiton/internal/publish"
	"keepiton/internal/stop"
)

const (
	combined  = "accessnow_stop_combined_2016-2025_snapshot_2026-05-20.csv"
	sheet2022 = "accessnow_stop_sheet_2022.csv"
)

// world is a site over a record.
type world struct {
	h      http.Handler
	record *incident.Service
	db     *db.DB
	texts  *i18n.Catalogue
}

// langs are the languages every page exists in.
var langs = []string{"en", "ar", "fr"}

// newWorld builds a site over an empty record.
func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	record, err := incident.NewService(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := i18n.Load(page.Texts(), publish.Texts(), Texts())
	if err != nil {
		t.Fatal(err)
	}
	shell, err := page.New(page.Options{
		Name: "keepiton", Origin: "https://register.example", Texts: texts, Views: []fs.FS{Views()}, Cache: -1,
		Nav: []page.Item{{Key: "publish.nav.incidents", Path: "/incidents", Section: "incidents"}, {Key: "publish.nav.countries", Path: "/countries", Section: "countries"},
			{Key: "publish.nav.trends", Path: "/trends", Section: "trends"}, {Key: "publish.nav.map", Path: "/map", Section: "map"},
			{Key: "publish.nav.data", Path: "/data", Section: "data"}, {Key: "publish.nav.about", Path: "/about", Section: "about"}},
		Foot:    []page.Item{{Key: "publish.nav.search", Path: "/search", Section: "search"}, {Key: "publish.nav.api", Path: "/api", Section: "api"}},
		FootKey: "publish.foot", Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	New(publish.Deps{Record: record, Shell: shell, Origin: "https://register.example",
		Today: func() time.Time { return time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC) }}).Routes(mux)
	return &world{shell.Handler(mux), record, d, texts}
}

// read imports sheets of the shared data.
func (w *world) read(t testing.TB, names ...string) {
	t.Helper()
	ctx := context.Background()
	for _, name := range names {
		path := shared.Path(t, "data", "stop", name)
		places, err := w.record.Matcher(ctx)
		if err != nil {
			t.Fatal(err)
		}
		r := stop.Reader{Taxonomy: w.record.Taxonomy(), Places: places}
		sheets, _, err := r.File(ctx, path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.record.Import(ctx, sheets, incident.ImportOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}

// answer is what a request got.
type answer struct {
	status int
	header http.Header
	body   []byte // decoded
	wire   int    // bytes as sent
}

func (w *world) get(target string) answer { return w.do(http.MethodGet, target) }

func (w *world) do(method, target string) answer {
	r := httptest.NewRequest(method, "/", nil)
	u, err := url.ParseRequestURI(target)
	if err != nil { // what a hostile client writes into a request line
		path, query, _ := strings.Cut(target, "?")
		u = &url.URL{Path: path, RawQuery: query}
	}
	r.URL, r.RequestURI = u, target
	r.Header.Set("Accept-Encoding", "gzip")
	rec := httptest.NewRecorder()
	w.h.ServeHTTP(rec, r)
	a := answer{rec.Code, rec.Result().Header, rec.Body.Bytes(), rec.Body.Len()}
	if a.header.Get("Content-Encoding") == "gzip" && method != http.MethodHead {
		z, err := gzip.NewReader(bytes.NewReader(a.body))
		if err != nil {
			return answer{status: 599, body: []byte(err.Error())}
		}
		if a.body, err = io.ReadAll(z); err != nil {
			return answer{status: 598, body: []byte(err.Error())}
		}
	}
	return a
}

// check asks for a page, in every language and mode unless the path is not
// for pages, and holds it against the checks every page has to pass.
func (w *world) check(t *testing.T, path string, status int, checks ...htmlcheck.Check) {
	t.Helper()
	for _, lang := range langs {
		for _, mode := range []string{"", "/lite"} {
			target := mode + i18n.Path(lang, path)
			a := w.get(target)
			if a.status != status {
				t.Errorf("%s: status %d, want %d\n%.300s", target, a.status, status, a.body)
				continue
			}
			if a.wire > page.PageLimit {
				t.Errorf("%s: %d bytes compressed, limit %d", target, a.wire, page.PageLimit)
			}
			all := []htmlcheck.Check{htmlcheck.Sound(lang)}
			if mode != "" {
				all = append(all, htmlcheck.Not("img"))
			}
			if lang == "en" && mode == "" {
				all = append(all, checks...)
			}
			for _, wrong := range htmlcheck.Run(a.body, all...) {
				t.Errorf("%s: %s", target, wrong)
			}
		}
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

// TestEveryWarningHasWords: a doubt the sheet reader can raise is said in
// plain words, not in a key.
func TestEveryWarningHasWords(t *testing.T) {
	c, err := i18n.Load(page.Texts(), publish.Texts(), Texts())
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range []string{"service_but_full_network", "service_based_without_service", "end_before_start", "ended_without_date",
		"ongoing_with_end_date", "duration_without_end_date", "duration_in_words", "duration_differs_from_dates", "date_in_words",
		"date_as_serial_number", "unknown_term", "link_in_words", "place_in_another_country", "same_as_another_row", "starts_after_count_year"} {
		if !c.For("en").Has("site.warning." + rule) {
			t.Errorf("%s has no words", rule)
		}
	}
}

func TestEmptyRecordTeaches(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.check(t, "/", 200, htmlcheck.HasText("h1", "empty so far"))
		w.check(t, "/incidents", 200, htmlcheck.HasText("#result", "empty so far"))
		w.check(t, "/search?q=iran", 200)
		w.check(t, "/data", 200)
		w.check(t, "/data/compare", 200)
		w.check(t, "/data/codebook", 200)
		w.check(t, "/incidents/2025-0142", 404)
		if a := w.get("/incidents.csv"); a.status != 200 || strings.Count(string(a.body), "\n") != 1 {
			t.Errorf("CSV of an empty record: %d, %q", a.status, a.body)
		}
	})
}

func TestSite(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	w.read(t, combined, sheet2022)
	t.Run("pages", func(t *testing.T) { testPages(t, w) })
	t.Run("list", func(t *testing.T) { testList(t, w) })
	t.Run("search", func(t *testing.T) { testSearch(t, w) })
	t.Run("every incident", func(t *testing.T) { testEveryIncident(t, w) })
	t.Run("downloads", func(t *testing.T) { testDownloads(t, w) })
	t.Run("downloads refused", func(t *testing.T) { testDownloadsRefused(t, w) })
	t.Run("editions", func(t *testing.T) { testEditions(t, w) })
	t.Run("hostile", func(t *testing.T) { testHostile(t, w) })
	t.Run("one moment", func(t *testing.T) { testDownloadIsOfOneMoment(t, w) })
	t.Run("kept back", func(t *testing.T) { testKeptBack(t, w) }) // changes the record: last
}

// TestSiteOnPostgres holds the pages against the other engine; what renders
// them is the same, so single incidents and hostile addresses are a sample.
func TestSiteOnPostgres(t *testing.T) {
	w := newWorld(t, dbtest.Postgres(t))
	w.read(t, combined, sheet2022)
	t.Run("pages", func(t *testing.T) { testPages(t, w) })
	t.Run("list", func(t *testing.T) { testList(t, w) })
	t.Run("search", func(t *testing.T) { testSearch(t, w) })
	t.Run("downloads", func(t *testing.T) { testDownloads(t, w) })
	t.Run("downloads refused", func(t *testing.T) { testDownloadsRefused(t, w) })
	t.Run("editions", func(t *testing.T) { testEditions(t, w) })
	for _, p := range []string{"%00", "a%00b", "%ff%fe", "%27+or+1%3D1", "zzzzzzzzzzzz.zzzzzzzzzzzzz", "99999999999999999999"} {
		for _, path := range []string{"/incidents?q=", "/incidents?release=", "/incidents?country=", "/incidents?after=", "/search?q=", "/data/compare?year=2022&to=record&from=", "/data/stop.csv?release=", "/incidents/"} {
			if a := w.get(path + p); a.status >= 500 {
				t.Errorf("%s%s: %d", path, p, a.status)
			}
		}
	}
	t.Run("kept back", func(t *testing.T) { testKeptBack(t, w) })
}

func testPages(t *testing.T, w *world) {
	w.check(t, "/", 200,
		htmlcheck.HasText("h1", "At the close of 2025, at least 21 shutdowns in 8 countries kept people cut off"),
		htmlcheck.HasText(".lede p", "Tigray, Ethiopia, 1,884 days"), htmlcheck.HasText(".lede .sm", "sheet as of 20 May 2026"),
		htmlcheck.Count(".rows > li", 0), // the selector has no ">": nothing may match by accident
		htmlcheck.Count(".rows li", 21),  // as many as the headline says
		htmlcheck.HasText("table.svc th", "Grindr"),
		htmlcheck.HasText("table td", "313"),
		// 21 cut off, 53 blocked and 1 slowed down are 74 reported as ongoing and one with an end after the close.
		htmlcheck.HasText("table th a", "Reported as ongoing at the close"), htmlcheck.HasText("table td strong", "74"), htmlcheck.HasText("main", "One more went on past the close; its end is on record."),
		htmlcheck.HasText(".lede .sm", "Of what came after, only the end of one of them is on record."),
		htmlcheck.HasText("main", "counts on its first day only, unless it was reported as ongoing."),
	)
	for path, want := range map[string]string{"/fr": "sauf si elle était signalée comme en cours", "/ar": "إلا إذا أُفيد بأنه مستمر"} {
		if !strings.Contains(string(w.get(path).body), want) {
			t.Errorf("%s says nothing of shutdowns reported as ongoing under its chart", path)
		}
	}
	w.check(t, "/about", 200, htmlcheck.Count("section", 8), htmlcheck.HasText("#counting", "24 hours"))
	w.check(t, "/data", 200, htmlcheck.HasText("#releases", "accessnow_stop_sheet_2022"), htmlcheck.HasText("#releases td", "187 (35)"), htmlcheck.HasText("#licence", "CC BY 4.0"))
	// A citation says the day of the sheet beside that of the record.
	w.check(t, "/data", 200, htmlcheck.HasText("#cite", "sheet of 20 May 2026, CC BY 4.0. keepiton, the record as read on 20 May 2026"))
	w.check(t, "/incidents/2020-0144", 200, htmlcheck.HasText("p.cite", "sheet of 20 May 2026, record of "))
	if bib := string(w.get("/incidents/2020-0144.bib").body); !strings.Contains(bib, "sheet of 2026-05-20, record of ") {
		t.Errorf("BibTeX without the day of the sheet: %s", bib)
	}
	w.check(t, "/data/codebook", 200, htmlcheck.HasText("#cause", "Armed conflict"), htmlcheck.HasText("#justification td", "Fake news/ Hate speech/ Incendiary content/ Promoting violence"))
	w.check(t, "/data/codebook/services", 200, htmlcheck.HasText("#social", "Facebook"))
	w.check(t, "/data/compare", 200, htmlcheck.Count("form select", 3))
	w.check(t, "/data/compare?from=accessnow_stop_sheet_2022&to=record&year=2022", 200,
		htmlcheck.HasText("td", "187"), htmlcheck.HasText("td", "206"), htmlcheck.HasText("li", "rows were added"), htmlcheck.HasText("th", "Another cause became Armed conflict"),
		htmlcheck.HasText("li", "Cause: Another cause became Armed conflict"))
	w.check(t, "/data/compare?from=nothing&to=record&year=2022", 400, htmlcheck.HasText("main", "There is no edition called “nothing”. "))
	w.check(t, "/data/compare?from=record&to=never+cut&year=1999", 400, htmlcheck.HasText("main", "There is no edition called “never cut”. The record counts nothing in 1999. "))
	w.check(t, "/data/compare?from=record&to=&year=%3Cb%3E", 400, htmlcheck.HasText("main", "counts nothing in <b>"))
	w.check(t, "/no/such/page-about-myanmar", 404, htmlcheck.HasAttr("main a", "href", "/countries/MM"))
	w.check(t, "/2025-0142", 404, htmlcheck.HasAttr("main a", "href", "/incidents/2025-0142"))
	if a := w.do(http.MethodPost, "/incidents"); a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d, Allow %q", a.status, a.header.Get("Allow"))
	}
	if a := w.do(http.MethodHead, "/about"); a.status != 200 || a.wire != 0 {
		t.Errorf("HEAD: %d with %d bytes", a.status, a.wire)
	}
}

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

func testSearch(t *testing.T, w *world) {
	w.check(t, "/search", 200, htmlcheck.HasText("main a", "2025-0142"), htmlcheck.Has("input[type=search]"))
	for q, want := range map[string]string{
		"Iran 2022": "Iran, 2022: at least 21 shutdowns", "2022": "2022: at least 206", "إيران": "Iran: at least 69", "Îran": "Iran: at least 69",
		"Telegram": "Telegram: at least", "indien ٢٠٢٣": "India, 2023: at least 116", "Norway": "Norway: no shutdown on record",
	} {
		w.check(t, "/search?"+url.Values{"q": {q}}.Encode(), 200, htmlcheck.HasText("h2", want))
	}
	// Among other words a country and a year are understood too: one total.
	for _, q := range []string{"Iran in 2022", "shutdowns Iran 2022", "iran shutdowns in 2022", "how many shutdowns had Iran in 2022", "How many shutdowns were there in Iran, in 2022?",
		"Iran's shutdowns 2022", "coupures en Iran en 2022", "combien de coupures d'Iran en 2022", "IR 2022", "shutdowns in IR 2022", "كم حالة قطع في إيران عام ٢٠٢٢"} {
		w.check(t, "/search?"+url.Values{"q": {q}}.Encode(), 200, htmlcheck.HasText("h2", "Iran, 2022: at least 21"), htmlcheck.HasText("#result", "At least 21"))
	}
	for q, want := range map[string]string{
		"Iran 2022 protests": "Protests, Iran, 2022: at least 17", "blocking of Telegram in Russia": "Russia, Telegram: at least", "Telegram Iran 2022": "Iran, Telegram, 2022: at least",
		"Iran Mahabad 2022": "Iran, “Mahabad”, 2022: at least", "shutdowns in Norway": "Norway: no shutdown on record", "shutdowns in South Sudan 2024": "South Sudan, 2024",
		"Iran 2022 xyzzyplugh": "Iran, “xyzzyplugh”, 2022: no shutdown",
		// and these name no one country
		"SHUTDOWNS IN 2022": "2022: at least 206", "Iran Iraq 2022": "“Iran Iraq”, 2022", "shutdown man": "Entries with these words", "Iran 2021 2022": "Iran, “2021 2022”",
	} {
		w.check(t, "/search?"+url.Values{"q": {q}}.Encode(), 200, htmlcheck.HasText("h2", want))
	}
	w.check(t, "/search?q=Rohtak", 200, htmlcheck.HasText("#result", "shutdowns"), htmlcheck.HasText(".rows", "Rohtak"))
	w.check(t, "/search?q=xyzzyplugh", 200, htmlcheck.HasText("#result", "Try fewer words"))
	for _, q := range []string{"!!!", "%", "*", "\"", "\x00", " - "} {
		query := url.Values{"q": {q}}.Encode()
		w.check(t, "/search?"+query, 200, htmlcheck.HasText("h2", "Nothing found"), htmlcheck.HasText("#result", "no letter and no digit"), htmlcheck.Not(".rows"))
		w.check(t, "/incidents?"+query, 400, htmlcheck.HasText(".err", "no letter and no digit"), htmlcheck.Not(".rows"))
		if a := w.get("/incidents.csv?" + query); a.status != 400 {
			t.Errorf("CSV of %q: %d", q, a.status)
		}
	}
	for _, q := range []string{"2025-0142", "#2025-142", "٢٠٢٥-٠١٤٢", " 2025–0142 "} {
		a := w.get("/ar/search?" + url.Values{"q": {q}}.Encode())
		if got := a.header.Get("Location"); a.status != http.StatusSeeOther || got != "/ar/incidents/2025-0142" {
			t.Errorf("search for %q: %d to %q", q, a.status, got)
		}
	}
}

// testEveryIncident renders each incident once and measures it.
func testEveryIncident(t *testing.T, w *world) {
	refs := allRefs(t, w.record)
	if len(refs) != 1892 {
		t.Errorf("%d incidents, want 1892", len(refs))
	}
	most, mostRef := 0, ""
	for i, ref := range refs {
		if testing.Short() && i%20 != 0 {
			continue
		}
		lang := langs[i%len(langs)]
		target := i18n.Path(lang, "/incidents/"+ref)
		a := w.get(target)
		if a.status != 200 || a.wire > page.PageLimit {
			t.Errorf("%s: status %d, %d bytes", target, a.status, a.wire)
		}
		if a.wire > most {
			most, mostRef = a.wire, target
		}
		for _, wrong := range htmlcheck.Run(a.body, htmlcheck.Sound(lang), htmlcheck.Has("table.facts"), htmlcheck.Lacks("\u2068\u2068")) {
			t.Errorf("%s: %s", target, wrong)
		}
		if i%40 == 0 {
			w.check(t, "/incidents/"+ref, 200)
			w.check(t, "/incidents/"+ref+"/sources", 200)
		}
	}
	t.Logf("heaviest of %d incident pages: %s, %d bytes", len(refs), mostRef, most)
}

func allRefs(t testing.TB, s *incident.Service) []string {
	t.Helper()
	var refs []string
	seen := map[string]bool{}
	err := s.Each(context.Background(), incident.RecordEdition, 0, func(r incident.Row) error {
		if !seen[r.Ref] {
			seen[r.Ref] = true
			refs = append(refs, r.Ref)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return refs
}

func testDownloads(t *testing.T, w *world) {
	for target, rows := range map[string]int{
		"/incidents.csv": 1892, "/incidents.csv?year=2025": 313, "/incidents.csv?country=IR&year=2022&sort=longest": 21,
		"/incidents.csv?release=accessnow_stop_sheet_2022": 187, "/data/stop.csv?year=2022": 206, "/data/stop.csv": 2102,
	} {
		a := w.get(target)
		got, err := countRows(a.body)
		if a.status != 200 || err != nil || got != rows+1 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/csv") {
			t.Errorf("%s: %d, %d rows with the header, want %d; %v, %s", target, a.status, got, rows+1, err, a.header.Get("Content-Type"))
		}
		for _, line := range strings.Split(string(a.body), "\n") {
			if strings.HasPrefix(line, "#") {
				t.Errorf("%s: a comment: %q", target, line)
			}
		}
	}
	for target, release := range map[string]string{"/incidents.csv?country=IR&year=2022": "record", "/incidents.csv?release=accessnow_stop_sheet_2022&country=IR": "accessnow_stop_sheet_2022"} {
		rows, err := csv.NewReader(bytes.NewReader(w.get(target).body)).ReadAll()
		if err != nil || len(rows) < 2 {
			t.Fatalf("%s: %d rows, %v", target, len(rows), err)
		}
		at := map[string]int{}
		for i, name := range rows[0] {
			at[name] = i
		}
		links := 0
		for _, row := range rows[1:] {
			links += strings.Count(row[at["sources"]], "https://")
			if row[at["release"]] != release || !strings.Contains(row[at["licence"]], "CC BY 4.0") {
				t.Errorf("%s: %q", target, row)
			}
		}
		if links < len(rows)/2 {
			t.Errorf("%s: %d links for %d rows", target, links, len(rows)-1)
		}
	}
	a := w.get("/data/stop.xlsx?year=2025")
	if a.status != 200 || !bytes.HasPrefix(a.body, []byte("PK")) {
		t.Errorf("XLSX: %d, %.20q", a.status, a.body)
	}
	for _, target := range []string{"/data/stop.csv?year=abc", "/data/stop.csv?year=99999"} {
		if a := w.get(target); a.status != 400 {
			t.Errorf("%s: %d", target, a.status)
		}
	}
	if a := w.get("/incidents.csv?cause=nonsense"); a.status != 400 {
		t.Errorf("CSV of a filter nobody can read: %d", a.status)
	}
	a = w.get("/incidents/2020-0144.bib")
	if a.status != 200 || !strings.Contains(string(a.body), "@misc{keepiton:2020-0144,") {
		t.Errorf("BibTeX: %d %s", a.status, a.body)
	}
}

func testEditions(t *testing.T, w *world) {
	w.check(t, "/incidents?release=accessnow_stop_sheet_2022&year=2022", 200, htmlcheck.HasText(".ban", "as it was published"), htmlcheck.HasText("#result", "At least 187"),
		htmlcheck.Not("input[name=q]"), htmlcheck.HasAttr("input[name=release]", "value", "accessnow_stop_sheet_2022"))
	if _, err := w.record.CutRelease(context.Background(), "2026 spring & more", "2026-05-20"); err != nil {
		t.Fatal(err)
	}
	q := "?release=2026+spring+%26+more"
	whole := "https://register.example/incidents/2020-0144" + q
	bib := string(w.get("/incidents/2020-0144.bib" + q).body)
	if !strings.Contains(bib, "url = {"+whole+"}") || !strings.Contains(bib, `edition 2026 spring \& more.`) || !strings.HasSuffix(bib, "}\n}\n") {
		t.Errorf("the BibTeX of an edition leaves it: %s", bib)
	}
	if csv := string(w.get("/incidents.csv" + q + "&country=IR").body); !strings.Contains(csv, q+",2026 spring & more,2026-05-20,") {
		t.Errorf("the CSV of an edition leaves it: %.400s", csv)
	}
	w.check(t, "/incidents/2020-0144"+q, 200, htmlcheck.HasText("p.cite", whole))
	w.check(t, "/incidents"+q, 200, htmlcheck.HasText(".ban", "2026 spring & more"), htmlcheck.HasText("#result", "1,892"))
	w.check(t, "/incidents/2020-0144"+q, 200, htmlcheck.HasText(".ban", "20 May 2026"), htmlcheck.HasText("h1", "Tigray"))
	w.check(t, "/data", 200, htmlcheck.HasText("#releases th", "2026 spring & more"), htmlcheck.HasText("#cite", "2026 spring & more"))
	w.check(t, "/incidents?release=never+cut", 404, htmlcheck.HasAttr("main a", "href", "/data#releases"))
}

// countRows counts the records of a CSV, quoted line breaks included.
func countRows(b []byte) (int, error) {
	n, quoted := 0, false
	for _, c := range b {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '\n' && !quoted:
			n++
		}
	}
	if quoted {
		return n, fmt.Errorf("an open quotation")
	}
	return n, nil
}

func BenchmarkPages(b *testing.B) {
	w := newWorld(b, dbtest.SQLite(b))
	w.read(b, combined)
	for _, path := range []string{"/", "/incidents", "/incidents?country=IN&year=2023", "/incidents?q=telegram", "/search?q=iran+2022", "/incidents/2020-0144",
		"/incidents/2025-0142", "/data", "/data/codebook", "/about", "/ar/incidents", "/ar/incidents/2020-0144"} {
		b.Run(strconv.Quote(path), func(b *testing.B) {
			for b.Loop() {
				if a := w.get(path); a.status != 200 {
					b.Fatalf("%s: %d", path, a.status)
				}
			}
		})
	}
}

// TestNoEditionIsDroppedSilently: the table side by side has every edition, or
// names those it has no room for.
func TestNoEditionIsDroppedSilently(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	w.read(t, sheet2022)
	heads := func() (list []string) {
		p, err := htmlcheck.Parse(w.get("/data").body)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range p.All("table.ed thead th bdi") {
			list = append(list, htmlcheck.Text(n))
		}
		return list
	}
	for i := range 11 {
		if i == 8 { // the walk of a user had seven editions and saw six
			w.check(t, "/data", 200, htmlcheck.Not("#left-out"))
			if got := heads(); len(got) != 1+10 || !slices.Contains(got, "accessnow_stop_sheet_2022") {
				t.Errorf("10 editions, shown %q", got)
			}
		}
		if _, err := w.record.CutRelease(context.Background(), fmt.Sprintf("r%d", i), "2026-05-20"); err != nil {
			t.Fatal(err)
		}
	}
	w.check(t, "/data", 200, htmlcheck.HasText("#left-out", "One edition found no room in this table: accessnow_stop_sheet_2022."))
	if got := heads(); len(got) != 1+editionsShown {
		t.Errorf("13 editions, shown %q", got)
	}
}

// TestOneClassForARow: the sheet names one class for all links of a row, so the
// page says it once and of the row, not as if it knew it of each link.
func TestOneClassForARow(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	w.read(t, sheet2022)
	rows, err := w.record.List(context.Background(), incident.Filter{Edition: incident.RecordEdition, Limit: incident.MaxLimit})
	if err != nil {
		t.Fatal(err)
	}
	v := voice{publish.Speaker{X: w.texts.For("en"), Tax: w.record.Taxonomy()}, w.texts.For("en"), ""}
	seen := 0
	for _, r := range rows.Rows {
		links, _ := v.allSources(r.Facts)
		if len(links) < 2 || len(classesOf(links)) != 1 || seen == 5 {
			continue
		}
		seen++
		class := links[0].Class
		for _, path := range []string{"/incidents/" + r.Ref, "/incidents/" + r.Ref + "/sources"} {
			body := string(w.get(path).body)
			if !strings.Contains(body, "Class named by the entry: "+class+".") || strings.Contains(body, "("+class+")") {
				t.Errorf("%s: the class %q of the row is said of its links", path, class)
			}
		}
	}
	if seen == 0 {
		t.Error("no row with several links was looked at")
	}
}

// TestEndLabels: the dates stand over the ends of what is drawn; on a short
// line, where two would touch, one label says both. Time runs from left to
// right in Arabic too, so there the anchors change places.
func TestEndLabels(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	en := voice{Texts: w.texts.For("en")}
	ar := voice{Texts: w.texts.For("ar")}
	for _, x := range []struct {
		v        voice
		from, to float64
		want     []endLabel
	}{
		{en, .1, .9, []endLabel{{.1, "start", "first"}, {.9, "end", "last"}}},
		{ar, .1, .9, []endLabel{{.1, "end", "first"}, {.9, "start", "last"}}},
		{en, .3, .7, []endLabel{{.5, "middle", "both"}}},
		{en, .6, 1, []endLabel{{1, "end", "both"}}},
		{ar, .6, 1, []endLabel{{1, "start", "both"}}},
	} {
		if got := x.v.endLabels("both", "first", "last", x.from, x.to); !slices.Equal(got, x.want) {
			t.Errorf("%s %v to %v: %v, want %v", x.v.Texts.Lang.Tag, x.from, x.to, got, x.want)
		}
	}
}
