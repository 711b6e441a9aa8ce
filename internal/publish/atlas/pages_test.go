package atlas

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/page"
	"keepiton/internal/platform/page/htmlcheck"
	"keepiton/internal/platform/shared"
)

// fixed are the addresses of the pages that do not hang on a country.
func fixed() []string {
	out := []string{"/countries", "/countries?order=name", "/countries?region=mena", "/countries?region=africa&order=name", "/years", "/trends", "/map", "/map?year=2019",
		"/countries/DE", "/countries/TV"}
	for _, y := range []string{"2016", "2017", "2018", "2019", "2020", "2021", "2022", "2023", "2024", "2025"} {
		out = append(out, "/years/"+y, "/years/"+y+"/where", "/years/"+y+"/why", "/years/"+y+"/how")
	}
	return out
}

// in puts a path into a language and a mode.
func in(lang string, lite bool, path string) string {
	if lang != "en" {
		path = "/" + lang + path
	}
	if lite {
		path = "/lite" + path
	}
	return path
}

// heaviest is the heaviest page so far; the log of a run names it.
var heaviest struct {
	size int
	path string
}

// check looks at one page: status, soundness, weight.
func check(t *testing.T, r *room, lang, path string) {
	t.Helper()
	status, body, size := r.packed(t, path)
	if status != http.StatusOK {
		t.Errorf("%s: status %d", path, status)
		return
	}
	for _, problem := range htmlcheck.Run(body, htmlcheck.Sound(lang)) {
		t.Errorf("%s: %s", path, problem)
	}
	if size > page.PageLimit {
		t.Errorf("%s: %d bytes, at most %d", path, size, page.PageLimit)
	}
	if size > heaviest.size {
		heaviest.size, heaviest.path = size, path
	}
}

func TestPages(t *testing.T) {
	r := imported(t)
	for _, lang := range []string{"en", "ar", "fr"} {
		for _, p := range fixed() {
			check(t, r, lang, in(lang, false, p))
			check(t, r, lang, in(lang, true, p))
		}
	}
	t.Logf("heaviest: %s, %d bytes", heaviest.path, heaviest.size)
}

func TestCountryPages(t *testing.T) {
	r := imported(t)
	for _, code := range codes(t, r) {
		for _, lang := range []string{"en", "ar", "fr"} {
			check(t, r, lang, in(lang, false, "/countries/"+code))
		}
		check(t, r, "en", "/map/"+code)
		check(t, r, "ar", in("ar", true, "/countries/"+code))
	}
	for _, p := range []string{"/countries/IN?year=2021", "/countries/MM?year=2024", "/map/IN?year=2023", "/countries/IR?year=2022", "/countries/UA?year=2016"} {
		check(t, r, "en", p)
		check(t, r, "fr", in("fr", true, p))
	}
	t.Logf("heaviest: %s, %d bytes", heaviest.path, heaviest.size)
}

// TestNewcomersQuestion: how many shutdowns had Iran in 2022, what for, and
// where does each fact come from.
func TestNewcomersQuestion(t *testing.T) {
	r := imported(t)
	body := r.get(t, "/countries/IR").Body.Bytes()
	p, err := htmlcheck.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	found := ""
	for _, a := range p.All("ol.ten a") {
		if htmlcheck.Attr(a, "href") == "/incidents?country=IR&year=2022" {
			found = strings.TrimSpace(htmlcheck.Text(a))
		}
	}
	if found != "21" {
		t.Errorf("the number of 2022 on Iran's page is %q, want 21 linked to its list", found)
	}
	year := tables(t, r.get(t, "/countries/IR?year=2022").Body.Bytes())["Cause"]
	if row := year["Protests"]; len(row) < 2 || number(t, row[1]) == 0 {
		t.Errorf("what for in 2022: %v", year)
	}
}

// TestCountryTotals: a country's figures for all years add up to its entries.
func TestCountryTotals(t *testing.T) {
	r := imported(t)
	q := newAskFor(t, r, "en")
	for _, code := range []string{"IR", "IN", "MM", "UA", "SY", "XS"} {
		sc := scope{country: code}
		for _, kind := range []string{"causes", "reasons", "networks", "extent", "orders"} {
			x, err := q.rank(kind, sc)
			if err != nil {
				t.Fatal(err)
			}
			sum := 0
			for _, it := range x.items {
				sum += it.n
			}
			if sum != q.all(sc) || sum == 0 {
				t.Errorf("%s %s: adds up to %d of %d", code, kind, sum, q.all(sc))
			}
		}
	}
}

// TestLinesAreTheEntries: strips drawn from the short query are those of the
// whole facts.
func TestLinesAreTheEntries(t *testing.T) {
	r := imported(t)
	ctx := context.Background()
	for _, code := range []string{"IR", "PK", "UA"} {
		lines, err := r.record.Lines(ctx, incident.RecordEdition, code, []int{2022}, 100)
		if err != nil {
			t.Fatal(err)
		}
		list, err := r.record.List(ctx, incident.Filter{Country: code, Year: 2022, Limit: 200})
		if err != nil {
			t.Fatal(err)
		}
		if len(lines) != len(list.Rows) || len(lines) == 0 {
			t.Fatalf("%s: %d lines, %d entries", code, len(lines), len(list.Rows))
		}
		for i, row := range list.Rows {
			a, b := incident.Spans(lines[i].Facts, 2022), incident.Spans(row.Facts, 2022)
			if len(a) != len(b) || len(a) > 0 && a[0] != b[0] || lines[i].Facts.Measure.Whole != row.Facts.Measure.Whole {
				t.Errorf("%s %s: %v, want %v", code, row.Ref, a, b)
			}
		}
	}
}

func TestAddresses(t *testing.T) {
	r := imported(t)
	for path, want := range map[string]string{"/countries/ir": "/countries/IR", "/countries/ir?year=2022": "/countries/IR?year=2022",
		"/ar/countries/iR": "/ar/countries/IR", "/lite/fr/countries/mm": "/lite/fr/countries/MM", "/map/in": "/map/IN"} {
		w := r.get(t, path)
		if w.Code != http.StatusMovedPermanently || w.Header().Get("Location") != want {
			t.Errorf("%s: %d to %q, want %q", path, w.Code, w.Header().Get("Location"), want)
		}
	}
	for path, link := range map[string]string{"/countries/ZZ": "/countries?order=name", "/countries/iran": "/countries/IR", "/countries/IRN": "/countries/IR",
		"/years/1999": "/years/2025", "/years/2025x": "/years/2016", "/countries/IR?year=1999": "/years/2025", "/map?year=20": "/years/2025",
		"/years/2025?release=nobody": "/data#releases"} {
		w := r.get(t, path)
		if w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
		for _, problem := range htmlcheck.Run(w.Body.Bytes(), htmlcheck.Has("main a[href="+link+"]")) {
			t.Errorf("%s: %s", path, problem)
		}
	}
}

// TestFrozenEdition: a release answers from its own counts and keeps its
// links inside.
func TestFrozenEdition(t *testing.T) {
	path := sheetPath(t)
	r := newRoomWith(t, path)
	ed, err := r.record.CutRelease(context.Background(), "May 2026", "2026-05-20")
	if err != nil {
		t.Fatal(err)
	}
	q := "?" + url.Values{"release": {ed.Label}}.Encode()
	for _, p := range []string{"/countries", "/countries/IR", "/years", "/years/2025", "/years/2025/where", "/years/2025/why", "/years/2025/how", "/trends", "/map", "/map/IN"} {
		w := r.get(t, p+q)
		if w.Code != 200 {
			t.Errorf("%s: %d", p+q, w.Code)
			continue
		}
		for _, problem := range htmlcheck.Run(w.Body.Bytes(), htmlcheck.Sound("en"), htmlcheck.Has("p.note a"), htmlcheck.HasAttr("meta[name=robots]", "content", "noindex")) {
			t.Errorf("%s: %s", p+q, problem)
		}
		pg, err := htmlcheck.Parse(w.Body.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		for _, href := range pg.Links() {
			inside := strings.HasPrefix(href, "/years/") || strings.HasPrefix(href, "/incidents") || strings.HasPrefix(href, "/pictures")
			if inside && href != "/incidents" && !strings.Contains(href, "release=") && !isLive(href, p) {
				t.Errorf("%s leaves the release: %s", p, href)
			}
		}
	}
	for _, p := range []string{"/pictures/year/2025.svg", "/pictures/map/2025.csv", "/pictures/causes/IR-2022.svg"} {
		a, b := r.get(t, p+q), r.get(t, p)
		if a.Code != 200 || b.Code != 200 {
			t.Errorf("%s: %d, %d", p, a.Code, b.Code)
		}
		if strings.HasSuffix(p, "csv") && strings.ReplaceAll(b.Body.String(), `Sheet of 20 May 2026; record of 20 May 2026.",record,`, `Release May 2026, 20 May 2026.",May 2026,`) != a.Body.String() {
			t.Errorf("%s: but for its source the release just cut differs from the record:\n%.600s\n%.600s", p, a.Body, b.Body)
		}
		if strings.HasSuffix(p, "svg") && !strings.Contains(a.Body.String(), "May 2026") {
			t.Errorf("%s: the release is not named in the picture", p)
		}
	}
	// the sheet itself is an edition, too
	if w := r.get(t, "/years/2025"); !strings.Contains(w.Body.String(), "May") || w.Code != 200 {
		t.Errorf("editions side by side: %d", w.Code)
	}
}

// TestMoreEditionsAreTold: a year names the editions it has no room for as long
// as there are any, with the way to them.
func TestMoreEditionsAreTold(t *testing.T) {
	d := dbtest.SQLite(t)
	r := newRoom(t, d, today)
	importFile(t, r.record, shared.Path(t, "data", "stop", "accessnow_stop_sheet_2022.csv"))
	rows := func() int {
		pg, err := htmlcheck.Parse(r.get(t, "/years/2022").Body.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		n := 1 // the record is not compared with itself
		for _, a := range pg.All("table.twin td a") {
			if strings.HasPrefix(htmlcheck.Attr(a, "href"), "/data/compare?") {
				n++
			}
		}
		return n
	}
	for i := range maxEditions - 1 { // beside the record and the sheet
		for _, problem := range htmlcheck.Run(r.get(t, "/years/2022").Body.Bytes(), htmlcheck.Not("#more-editions")) {
			t.Errorf("%d releases: %s", i, problem)
		}
		if n := rows(); n != i+2 {
			t.Errorf("%d releases: %d rows", i, n)
		}
		if _, err := r.record.CutRelease(context.Background(), "r"+strconv.Itoa(i), "2026-05-20"); err != nil {
			t.Fatal(err)
		}
	}
	if n := rows(); n != maxEditions {
		t.Errorf("%d editions, %d rows", maxEditions+1, n)
	}
	for release, there := range map[string]bool{"r0": false, "r" + strconv.Itoa(maxEditions-2): true, "accessnow_stop_sheet_2022": true} {
		if body := r.get(t, "/years/2022").Body.String(); strings.Contains(body, "release="+release+`"`) != there {
			t.Errorf("%s among the newest editions and the first: %v", release, !there)
		}
	}
	for _, lang := range []string{"en", "ar", "fr"} {
		body := r.get(t, in(lang, false, "/years/2022")).Body.Bytes()
		for _, problem := range htmlcheck.Run(body, htmlcheck.Sound(lang), htmlcheck.HasAttr("#more-editions a", "href", in(lang, false, "/data#releases"))) {
			t.Errorf("%s: %s", lang, problem)
		}
	}
}

// isLive tells the link back to the record, and those of the table of editions.
func isLive(href, page string) bool {
	return href == page || strings.HasPrefix(href, "/years/2025?") || href == "/years/2025"
}

// TestSheetBesideRecord: pictures and pages say the day of the data beside the
// day of the record.
func TestSheetBesideRecord(t *testing.T) {
	r := imported(t)
	for path, want := range map[string]string{"/years/2022": "Sheet of 20 May 2026; record of ", "/pictures/causes/2022.svg": "Sheet of 20 May 2026; record of ",
		"/fr/years/2022": "Tableau du 20 mai 2026"} {
		if body := r.get(t, path).Body.String(); !strings.Contains(body, want) {
			t.Errorf("%s does not say %q", path, want)
		}
	}
}

// TestAskedYear: the headline of a country answers for the year that was asked.
func TestAskedYear(t *testing.T) {
	r := imported(t)
	for path, want := range map[string]string{
		"/countries/IR": "Iran: 11 shutdowns in 2025; the most were in 2023, 36", "/countries/IR?year=2022": "Iran: 21 shutdowns in 2022; the most were in 2023, 36",
		"/countries/IR?year=2023": "Iran: 36 shutdowns in 2023, the most in any year", "/countries/AO?year=2016": "Angola: nothing is on record in 2016",
	} {
		check(t, r, "en", path)
		for _, wrong := range htmlcheck.Run(r.get(t, path).Body.Bytes(), htmlcheck.HasText("h1", want)) {
			t.Errorf("%s: %s", path, wrong)
		}
	}
}

// TestCarriedIsExplained: where as many as went on at the close are not as many
// as were carried into the next year, the page says why; the newest year has
// no next one.
func TestCarriedIsExplained(t *testing.T) {
	r := imported(t)
	for y, want := range map[string]bool{"2019": true, "2025": false} {
		body := r.get(t, "/years/"+y).Body.String()
		if got := strings.Contains(body, "is what the entries of "+y+" say"); got != want {
			t.Errorf("/years/%s: explained %v, want %v", y, got, want)
		}
	}
}

// TestEmptyRecord: pages of an empty record teach and never fail.
func TestEmptyRecord(t *testing.T) {
	r := empty(t)
	for _, p := range []string{"/countries", "/countries/IR", "/years", "/trends", "/map", "/map/IN"} {
		for _, lang := range []string{"en", "ar", "fr"} {
			check(t, r, lang, in(lang, false, p))
		}
	}
	for path, want := range map[string]string{"/countries/IR": "about Iran or any other country: no sheet has been imported", "/years": "<h1>Shutdowns year by year</h1>"} {
		if body := r.get(t, path).Body.String(); !strings.Contains(body, want) || strings.Contains(body, "on record for .") || strings.Contains(body, "Shutdowns year by year, ") {
			t.Errorf("%s of an empty record does not say %q", path, want)
		}
	}
	if w := r.get(t, "/years/2025"); w.Code != 404 {
		t.Errorf("a year of an empty record: %d", w.Code)
	}
}

// TestHostile: nothing a stranger writes may be our mistake.
func TestHostile(t *testing.T) {
	r := imported(t)
	bad := []string{"", "x", "-1", "0", "2025;drop", "' or 1=1 --", "\x00", "%", "../../etc/passwd", strings.Repeat("9", 500), "２０２５", "ف", "<script>", "{{.}}", "2025\r\nX: y", "null", "NaN", "1e9"}
	for _, v := range bad {
		e := url.QueryEscape(v)
		p := url.PathEscape(v)
		for _, path := range []string{"/countries?region=" + e, "/countries?order=" + e, "/countries?release=" + e, "/countries/IR?year=" + e, "/countries/" + p, "/years/" + p,
			"/years/" + p + "/why", "/years/2025?release=" + e, "/map?year=" + e, "/map/" + p, "/map/IR?year=" + e, "/trends?release=" + e,
			"/pictures/" + p + "/2025.svg", "/pictures/year/" + p + ".svg", "/pictures/year/2025." + p, "/pictures/causes/" + p, "/pictures/map/2025.svg?release=" + e} {
			u, err := url.Parse(path)
			if err != nil {
				continue
			}
			w := httptest.NewRecorder()
			r.ServeHTTP(w, &http.Request{Method: "GET", URL: u, Header: http.Header{}, Host: "x", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1})
			if w.Code >= 500 {
				t.Errorf("%q: %d", path, w.Code)
			}
			if strings.Contains(w.Body.String(), "<script>") {
				t.Errorf("%q: written back raw", path)
			}
		}
	}
}

// TestCountryAnnouncesItsFeeds: the feeds of a country stand in the head of its
// page and, for people, at its foot; both lead to the same addresses.
func TestCountryAnnouncesItsFeeds(t *testing.T) {
	r := imported(t)
	for _, lang := range []string{"en", "ar", "fr"} {
		for _, lite := range []bool{false, true} {
			path := in(lang, lite, "/countries/IR")
			pg, err := htmlcheck.Parse(r.get(t, path).Body.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			head, body := 0, 0
			for _, form := range []string{".atom", ".json"} {
				want := in(lang, lite, "/feeds/countries/IR"+form)
				for _, n := range append(pg.All("link"), pg.All("main a")...) {
					switch {
					case htmlcheck.Attr(n, "href") != want:
					case n.Data == "link" && htmlcheck.Attr(n, "rel") == "alternate":
						head++
					case n.Data == "a":
						body++
					}
				}
			}
			if head != 2 || body != 2 {
				t.Errorf("%s: %d feeds in the head, %d on the page, want 2 and 2", path, head, body)
			}
		}
	}
}

// TestNotAskedIsNoZero: the sheets before 2019 have no column for violence. A
// handful of their rows were answered later; a bare zero would say that there
// was none.
func TestNotAskedIsNoZero(t *testing.T) {
	r := imported(t)
	en := newVoice(t, r, "en")
	for path, want := range map[string][]string{"/years/2017": {"0of4asked", "0of7asked"}, "/years/2019": {"0of9asked", "109"}} {
		facts := tables(t, r.get(t, path).Body.Bytes())[en.T("atlas.figure_head")]
		cells := facts[en.T("atlas.fact.violence")]
		for i, w := range want {
			if got := strings.ReplaceAll(cells[i], " ", ""); got != w {
				t.Errorf("%s: violence is %q, column %d is not %q", path, cells, i, w)
			}
		}
	}
	if body := r.get(t, "/years/2017/why").Body.String(); !strings.Contains(body, en.T("atlas.few_asked_year", "n", 7, "year", "2017")) {
		t.Error("/years/2017/why does not say that nobody asked")
	}
}
