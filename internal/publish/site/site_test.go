package site

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
	"keepiton/internal/platform/page/htmlcheck"
	"keepiton/internal/publish"
)

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
		"date_as_serial_number", "unknown_term", "link_in_words", "place_in_another_country", "same_as_another_row", "starts_after_count_year", "beyond_header"} {
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
	t.Run("readings", func(t *testing.T) { testReadings(t, w) })
	t.Run("questions back", func(t *testing.T) { testQuestionsBack(t, w) })
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
	t.Run("readings", func(t *testing.T) { testReadings(t, w) })
	t.Run("questions back", func(t *testing.T) { testQuestionsBack(t, w) })
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
		// Ethiopia's two are among them: its network was cut beside the block.
		htmlcheck.HasText("table.svc tr", "X (Twitter) 9"), htmlcheck.HasText("table.svc tr", "Facebook 8"), htmlcheck.HasText("table.svc tr", "WhatsApp 7"),
		htmlcheck.HasText("table td", "313"),
		// 21 cut off, 53 blocked and 1 slowed down are 74 reported as ongoing and one with an end after the close.
		htmlcheck.HasText("table th a", "Reported as ongoing at the close"), htmlcheck.HasText("table td strong", "74"), htmlcheck.HasText("main", "One more went on past the close; its end is on record."),
		htmlcheck.HasText(".lede .sm", "Of what became of these after that day, only the end of one is on record."),
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
