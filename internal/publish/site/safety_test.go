package site

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/page/htmlcheck"
)

// mustNotEcho are marks that would run or break a page if they came back raw.
var mustNotEcho = []string{"<script>alert", "<img src=x", "onerror=", "' or 1=1"}

// testHostile sends what strangers send: never a 500, never a page that runs it.
func testHostile(t *testing.T, w *world) {
	payloads := []string{
		strings.Repeat("a", 100_000), strings.Repeat("%ff", 30_000), "%00", "a%00b", "%ff%fe", "\xff\xfe", "../../../../etc/passwd", "..%2f..%2fetc",
		`"><script>alert(1)</script>`, "<img src=x onerror=alert(1)>", `' or 1=1 --`, `"; drop table entry; --`, "*", `"`, `a" OR "b`, "NEAR(a b)", "-", "{{.}}", "{where}",
		"9999999999999999999999", "-1", "1e9", "٢٠٢٢", "\u202eevil", strings.Repeat("ب ", 5000), "zzzzzzzzzzzz.zzzzzzzzzzzzz", "1.zzzzzzzzzzzzzzzzzzzzzzzzzz", "0.0", "%s%s%n",
	}
	names := append(incident.FilterNames(), "after", "limit", "release", "from", "to", "page")
	paths := []string{"/", "/incidents", "/incidents.csv", "/search", "/data", "/data/compare", "/data/stop.csv", "/data/codebook", "/about", "/incidents/2025-0142", "/incidents/2025-0142/sources"}
	ask := func(target string) {
		t.Helper()
		a := w.get(target)
		if a.status >= 500 {
			t.Errorf("%.120q: status %d", target, a.status)
		}
		if a.status/100 == 3 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
			return
		}
		for _, mark := range mustNotEcho {
			if i := strings.Index(string(a.body), mark); i >= 0 && strings.Contains(mark, "<") {
				t.Errorf("%.120q: came back raw: %.80q", target, a.body[i:])
			}
		}
		for _, wrong := range htmlcheck.Run(a.body, hostileSound) {
			t.Errorf("%.120q: %s", target, wrong)
		}
	}
	for _, p := range payloads {
		all := url.Values{}
		for _, name := range names {
			all.Set(name, p)
			ask("/incidents?" + url.Values{name: {p}}.Encode())
		}
		for _, path := range paths {
			if len(p) < 10_000 || path == "/incidents" || path == "/search" {
				ask(path + "?" + all.Encode())
			}
		}
		for _, name := range []string{"q", "release", "after"} {
			ask("/search?" + name + "=" + p) // as it is, not escaped
		}
		for _, prefix := range []string{"/incidents/", "/", "/lite/ar/incidents/", "/data/", "/incidents/2025-0142/"} {
			ask(prefix + p)
			ask(prefix + url.PathEscape(p))
		}
	}
}

// hostileSound is what an answer to a hostile address must be: a page without
// anything that runs.
func hostileSound(p *htmlcheck.Page) []string {
	var out []string
	for _, c := range []htmlcheck.Check{htmlcheck.Count("h1", 1), htmlcheck.Not("script[src]"), htmlcheck.Not("script[type=text/javascript]"), htmlcheck.Not("[onerror]"), htmlcheck.Not("main img[src=x]"), htmlcheck.Not("iframe")} {
		out = append(out, c(p)...)
	}
	for _, n := range p.All("script") {
		if htmlcheck.Attr(n, "type") != "application/ld+json" {
			out = append(out, "a script")
		}
	}
	return out
}

// FuzzFilter asks for lists with any query at all.
func FuzzFilter(f *testing.F) {
	for _, q := range []string{"", "year=2022&country=IR", "q=iran", "after=0.abc", "sort=longest&after=1.2", "release=x", "cause=%00", "limit=9999", "year=2022&year=x"} {
		f.Add(q)
	}
	tax, err := incident.SeedTaxonomy()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, query string) {
		v, _ := url.ParseQuery(query)
		p := parseFilter(v, tax)
		again := parseFilter(p.Values(), tax)
		if len(again.bad) > 0 {
			t.Errorf("%q: what was read cannot be read again: %v", query, again.bad)
		}
		if again.Values().Encode() != p.Values().Encode() {
			t.Errorf("%q: %q became %q", query, p.Values().Encode(), again.Values().Encode())
		}
	})
}

// testKeptBack plants what must never be shown and looks for it everywhere.
func testKeptBack(t *testing.T, w *world) {
	ctx := context.Background()
	const ref, secret, inside = "2025-0142", "confidential-host.example", "INTERNALNOTE"
	plant := func(_ int, f incident.Facts) (incident.Facts, error) {
		f.Sources = append(append([]incident.Source(nil), f.Sources...),
			incident.Source{Class: "confidential", URL: "https://" + secret + "/x", Text: "told by " + secret},
			incident.Source{Class: "news", URL: "javascript:alert(1)"}, incident.Source{Class: "news", URL: "https://user:pw@host.example/"},
			incident.Source{Class: "news", Text: "a paper of that day"})
		f.Notes = append(append([]incident.Note(nil), f.Notes...), incident.Note{Kind: "internal", Lang: "en", Text: inside}, incident.Note{Kind: "target_detail", Lang: "en", Text: inside})
		f.Cause.Term = "protests"
		return f, nil
	}
	if _, err := w.record.Revise(ctx, ref, 0, "A. Secretname", "cause corrected after a <b>new</b> report", plant); err != nil {
		t.Fatal(err)
	}
	name := incident.Note{Kind: "event", Lang: "en", Text: "Ama Qwertzuz was held."}
	if _, err := w.record.Revise(ctx, ref, 0, "tester", "what happened to AMA QWERTZUZ", func(_ int, f incident.Facts) (incident.Facts, error) {
		f.Notes, f.Measure.Area = append([]incident.Note{name}, f.Notes...), f.Measure.Area+", Qwertzuz’ quarter"
		return f, nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.record.Withhold(ctx, incident.Withholding{Passage: "Qwertzuz", Who: "tester", Reason: "asked for protection", Most: 20}); err != nil {
		t.Fatal(err)
	}
	kept := []htmlcheck.Check{htmlcheck.Lacks("wertzuz"), htmlcheck.Lacks("WERTZUZ"), htmlcheck.Lacks(secret), htmlcheck.Lacks(inside), htmlcheck.Lacks("Secretname"), htmlcheck.Lacks("user:pw"), htmlcheck.Lacks("javascript:")}
	w.check(t, "/incidents/"+ref, 200, append(kept, htmlcheck.HasText("main p", "One source is confidential"), htmlcheck.HasText("dd", "cause corrected after a <b>new</b> report"),
		htmlcheck.HasText("li", "Armed conflict became Protests"), htmlcheck.HasText("li", "Sources changed"), htmlcheck.HasText("li", "A passage is withheld to protect somebody"),
		htmlcheck.HasText("main", "Ama […] was held."))...)
	w.check(t, "/incidents/"+ref+"/sources", 200, append(kept, htmlcheck.HasText("main", "a paper of that day"))...)
	for _, path := range []string{"/", "/incidents?country=MM", "/data", "/search?q=palaw", "/incidents?q=Ama", "/data/compare?from=accessnow_stop_combined_2016-2025_snapshot_2026-05-20&to=record&year=2025"} {
		w.check(t, path, 200, kept...)
	}
	for _, path := range []string{"/incidents.csv", "/data/stop.csv", "/incidents/" + ref + ".bib"} {
		if body := string(w.get(path).body); strings.Contains(body, secret) || strings.Contains(body, inside) || strings.Contains(strings.ToLower(body), "qwertzuz") {
			t.Errorf("%s holds what must stay inside", path)
		}
	}
	w.check(t, "/", 200, htmlcheck.HasText("h3", "Corrected last"))
	state := func(ref, set string) {
		t.Helper()
		err := w.db.Write(ctx, func(tx db.Tx) error {
			_, err := db.Exec(ctx, tx, `/* site.testKeptBack */ update incident set `+set+` where ref = $1`, ref)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	state("2020-0144", "state = 'retracted'")
	w.check(t, "/incidents/2020-0144", 410, htmlcheck.Lacks("Tigray"), htmlcheck.HasText("h1", "was withdrawn"))
	w.check(t, "/incidents/2020-0144/sources", 410, htmlcheck.Lacks("Tigray"))
	state("2020-0144", "state = 'lead'")
	w.check(t, "/incidents/2020-0144", 404, htmlcheck.Lacks("Tigray"))
	state("2020-0144", "state = 'disputed'")
	w.check(t, "/incidents/2020-0144", 200, htmlcheck.HasText(".note", "A dispute about this entry was upheld"))
	state("2020-0144", "state = 'merged', merged_into = (select id from incident where ref = '2025-0142')")
	for from, to := range map[string]string{
		"/incidents/2020-0144": "/incidents/2025-0142", "/lite/ar/incidents/2020-0144": "/lite/ar/incidents/2025-0142",
		"/fr/incidents/2020-0144/sources": "/fr/incidents/2025-0142/sources", "/incidents/2020-144": "/incidents/2020-0144", "/ar/incidents/٢٠٢٥-٠١٤٢": "/ar/incidents/2025-0142",
	} {
		if a := w.get(from); a.status != http.StatusMovedPermanently || a.header.Get("Location") != to {
			t.Errorf("%s: %d to %q, want %q", from, a.status, a.header.Get("Location"), to)
		}
	}
}

// meddler edits the record as soon as the first bytes of an answer are out.
type meddler struct {
	*httptest.ResponseRecorder
	meddle func()
}

func (m *meddler) Write(b []byte) (int, error) {
	if m.meddle != nil {
		m.meddle()
		m.meddle = nil
	}
	return m.ResponseRecorder.Write(b)
}

// testDownloadIsOfOneMoment: a row that an edit moves past the reading would be
// missing from a file that looks whole. The download has to break instead.
func testDownloadIsOfOneMoment(t *testing.T, w *world) {
	ctx := context.Background()
	oldest, err := w.record.List(ctx, incident.Filter{Sort: "oldest", Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	ref, was := oldest.Rows[0].Ref, oldest.Rows[0].Facts.Period.Start
	move := func(to incident.Date) {
		_, err := w.record.Revise(ctx, ref, 0, "tester", "a better date", func(_ int, f incident.Facts) (incident.Facts, error) {
			f.Period.Start = to
			return f, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"/incidents.csv", "/data/stop.csv"} {
		rec := &meddler{httptest.NewRecorder(), func() { move("2025-12-30") }}
		broke := func() (broke bool) {
			defer func() { broke = recover() == http.ErrAbortHandler }()
			w.h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
			return false
		}()
		if !broke {
			t.Errorf("%s mixes two states of the record; %s is in it: %v", path, ref, strings.Contains(rec.Body.String(), "\n"+ref))
		}
		move(was)
		if a := w.get(path); a.status != http.StatusOK {
			t.Errorf("%s: %d when nobody edits", path, a.status)
		}
	}
}
