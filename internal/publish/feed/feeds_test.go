package feed

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// readAtom is a reader's view of an Atom feed, written against RFC 4287 and
// not against our own types.
type readAtom struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string   `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	ID      string   `xml:"http://www.w3.org/2005/Atom id"`
	Title   string   `xml:"http://www.w3.org/2005/Atom title"`
	Updated string   `xml:"http://www.w3.org/2005/Atom updated"`
	Author  struct {
		Name string `xml:"http://www.w3.org/2005/Atom name"`
	} `xml:"http://www.w3.org/2005/Atom author"`
	Links   []readLink `xml:"http://www.w3.org/2005/Atom link"`
	Entries []struct {
		ID      string     `xml:"http://www.w3.org/2005/Atom id"`
		Title   string     `xml:"http://www.w3.org/2005/Atom title"`
		Updated string     `xml:"http://www.w3.org/2005/Atom updated"`
		Summary string     `xml:"http://www.w3.org/2005/Atom summary"`
		Links   []readLink `xml:"http://www.w3.org/2005/Atom link"`
	} `xml:"http://www.w3.org/2005/Atom entry"`
}

type readLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

func (w *world) atom(target string) readAtom {
	w.t.Helper()
	a := w.get(target)
	if a.StatusCode != http.StatusOK || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/atom+xml") {
		w.t.Fatalf("%s: %d %s %s", target, a.StatusCode, a.Header.Get("Content-Type"), a.body)
	}
	var f readAtom
	if err := xml.Unmarshal(a.body, &f); err != nil {
		w.t.Fatalf("%s: %v", target, err)
	}
	return f
}

// check holds an Atom feed against the standard's musts.
func (f readAtom) check(t testing.TB, target string) {
	t.Helper()
	newest, err := time.Parse(time.RFC3339, f.Updated)
	if err != nil || f.ID == "" || f.Title == "" || f.Author.Name == "" {
		t.Errorf("%s: incomplete: %+v %v", target, f, err)
	}
	rels := map[string]string{}
	for _, l := range f.Links {
		rels[l.Rel] = l.Href
	}
	for _, rel := range []string{"self", "alternate"} {
		if u, err := url.Parse(rels[rel]); err != nil || !u.IsAbs() || u.Host == "" {
			t.Errorf("%s: link %s is %q", target, rel, rels[rel])
		}
	}
	ids := map[string]bool{}
	for _, e := range f.Entries {
		u, err := url.Parse(e.ID)
		if err != nil || !u.IsAbs() || ids[e.ID] || e.Title == "" || e.Summary == "" || len(e.Links) != 1 || !strings.HasPrefix(e.Links[0].Href, "http") {
			t.Errorf("%s: entry %+v", target, e)
		}
		ids[e.ID] = true
		if at, err := time.Parse(time.RFC3339, e.Updated); err != nil || at.After(newest) {
			t.Errorf("%s: entry is updated %s, the feed %s", target, e.Updated, f.Updated)
		}
	}
}

func TestFeedsAreWellFormed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, record(t, d, combined), testOrigin)
		for _, x := range []struct {
			path  string
			items int
		}{
			{"/feeds/incidents", 50}, {"/ar/feeds/incidents", 50}, {"/fr/feeds/incidents", 50}, {"/lite/ar/feeds/incidents", 50},
			{"/feeds/countries/IR", 50}, {"/fr/feeds/countries/tm", 5}, {"/feeds/countries/VA", 0}, {"/feeds/changes", 0},
		} {
			f := w.atom(x.path + ".atom")
			f.check(t, x.path)
			if len(f.Entries) < min(x.items, 1) || len(f.Entries) > max(x.items, 1) && x.items == 50 && len(f.Entries) != 50 || x.items == 0 && len(f.Entries) > 0 {
				t.Errorf("%s: %d entries", x.path, len(f.Entries))
			}
			w.sameAsJSON(x.path, f)
		}
		ar := w.atom("/ar/feeds/incidents.atom?country=IR")
		if ar.Lang != "ar" || !strings.Contains(ar.Title, "إيران") || !strings.HasPrefix(ar.ID, testOrigin+"/ar/feeds/incidents.atom?country=IR") {
			t.Errorf("Arabic feed: %s %s %s", ar.Lang, ar.Title, ar.ID)
		}
		if !strings.HasPrefix(ar.Entries[0].ID, testOrigin+"/ar/incidents/2") {
			t.Errorf("Arabic entry: %s", ar.Entries[0].ID)
		}
	})
}

// sameAsJSON holds the JSON Feed of a path against its Atom feed.
func (w *world) sameAsJSON(path string, f readAtom) {
	w.t.Helper()
	a := w.get(path + ".json")
	if a.StatusCode != http.StatusOK || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/feed+json") {
		w.t.Fatalf("%s.json: %d %s", path, a.StatusCode, a.Header.Get("Content-Type"))
	}
	var j struct {
		Version  string `json:"version"`
		Title    string `json:"title"`
		Home     string `json:"home_page_url"`
		Self     string `json:"feed_url"`
		Language string `json:"language"`
		Authors  []struct {
			Name string `json:"name"`
		} `json:"authors"`
		Items []struct {
			ID       string `json:"id"`
			URL      string `json:"url"`
			Title    string `json:"title"`
			Text     string `json:"content_text"`
			Modified string `json:"date_modified"`
		} `json:"items"`
	}
	if err := json.Unmarshal(a.body, &j); err != nil {
		w.t.Fatal(err)
	}
	if j.Version != "https://jsonfeed.org/version/1.1" || j.Title != f.Title || j.Language != f.Lang || len(j.Authors) != 1 || j.Items == nil ||
		len(j.Items) != len(f.Entries) || !strings.HasPrefix(j.Self, "http") || !strings.HasPrefix(j.Home, "http") {
		w.t.Errorf("%s.json: %+v", path, j)
	}
	for i, it := range j.Items {
		if e := f.Entries[i]; it.ID != e.ID || it.Title != e.Title || it.Text != e.Summary || it.Modified != e.Updated || it.URL != e.Links[0].Href {
			w.t.Errorf("%s.json: item %d differs: %+v, %+v", path, i, it, e)
		}
	}
}

// TestFeedsFollowTheFilter compares a feed with the list it is made from.
func TestFeedsFollowTheFilter(t *testing.T) {
	w := open(t, record(t, dbtest.SQLite(t), combined), testOrigin)
	if a := w.get("/feeds/incidents.atom?q=!!!"); a.StatusCode != http.StatusBadRequest {
		t.Errorf("words without a letter: %d", a.StatusCode)
	}
	for _, q := range []string{"year=2022&country=IR", "cause=exam_cheating", "service=whatsapp&region=africa", "q=telegram", "state=ongoing&sort=longest"} {
		v, _ := url.ParseQuery(q)
		filter, err := incident.ParseFilter(v, w.s.Taxonomy())
		if err != nil {
			t.Fatal(err)
		}
		filter.Limit = maxItems
		rows, err := w.s.List(context.Background(), filter)
		if err != nil || len(rows.Rows) == 0 {
			t.Fatal(q, len(rows.Rows), err)
		}
		f := w.atom("/feeds/incidents.atom?" + q)
		f.check(t, q)
		if len(f.Entries) != len(rows.Rows) {
			t.Fatalf("%s: %d entries, the list has %d", q, len(f.Entries), len(rows.Rows))
		}
		for i, r := range rows.Rows {
			if f.Entries[i].ID != testOrigin+"/incidents/"+r.Ref {
				t.Errorf("%s: entry %d is %s, the list has %s", q, i, f.Entries[i].ID, r.Ref)
			}
		}
	}
	for _, bad := range []string{"year=x", "country=ZZ", "cause=%00", "sort=random", "%zz", "limit=0"} {
		if a := w.get("/feeds/incidents.atom?" + bad); a.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, a.StatusCode)
		}
	}
	for _, lost := range []string{"/feeds/countries/ZZ.atom", "/feeds/countries/IR.xml", "/feeds/countries/IR", "/feeds/countries/..atom", "/feeds/nothing.atom"} {
		if a := w.get(lost); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", lost, a.StatusCode)
		}
	}
}

// TestFeedsRefuseWhatTheyDoNotRead: who subscribes to a slip would wait for
// ever for news of a filter that was never applied.
func TestFeedsRefuseWhatTheyDoNotRead(t *testing.T) {
	w := open(t, newRecord(t, dbtest.SQLite(t)), testOrigin)
	for target, named := range map[string]string{
		"incidents.atom?contry=IR": "“contry”", "incidents.json?year=2022&contry=IR": "“contry”", "incidents.json?release=record": "“release”",
		"incidents.atom?country=IR&country=IN": "country", "incidents.atom?limit=3": "“limit”", "incidents.json?country=ZZ": "“ZZ”",
		"changes.atom?country=IR": "“country”", "changes.json?x": "“x”", "countries/IR.atom?year=2022": "“year”", "countries/IR.json?q=mahabad": "“q”",
		"incidents.atom?%3Cscript%3E=1": "“&lt;script&gt;”", "incidents.atom?%ff%00=1": "“",
	} {
		a := w.get("/feeds/" + target)
		if a.StatusCode != http.StatusBadRequest || !strings.Contains(string(a.body), named) || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d, %s is not named: %.2000s", target, a.StatusCode, named, a.body)
		}
	}
	for _, fine := range []string{"incidents.atom", "incidents.json?year=2022&country=&sort=changed", "changes.atom", "countries/ir.json"} {
		if a := w.get("/feeds/" + fine); a.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", fine, a.StatusCode)
		}
	}
}

// TestChangesAreTold corrects an incident and looks for it in both feeds.
func TestChangesAreTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := record(t, d, combined)
		w := open(t, s, testOrigin)
		before := w.get("/feeds/incidents.atom?sort=changed")
		page, err := s.List(context.Background(), incident.Filter{Edition: incident.RecordEdition, Country: "ET", Limit: 1, Sort: "oldest"})
		if err != nil {
			t.Fatal(err)
		}
		ref := page.Rows[0].Ref
		was := w.atom("/feeds/incidents.atom?country=ET&sort=oldest").Entries[0]
		if was.ID != testOrigin+"/incidents/"+ref || strings.Contains(was.Summary, "December 2016") {
			t.Fatalf("before the correction: %+v", was)
		}
		_, err = s.Revise(context.Background(), ref, 0, "a-name-that-stays-inside", "the ministry's letter gives the day", func(_ int, f incident.Facts) (incident.Facts, error) {
			f.Period.End, f.Period.EndState = "2016-12-31", "ended"
			f.Sources = append(f.Sources, incident.Source{Class: "confidential", URL: "https://secret.example/letter"})
			f.Flags = []incident.Flag{{Key: "violence", State: incident.Unknown}}
			return f, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		f := w.atom("/feeds/incidents.atom?sort=changed")
		if f.Entries[0].ID != testOrigin+"/incidents/"+ref {
			t.Errorf("changed last is %s, want %s", f.Entries[0].ID, ref)
		}
		// Subscribers of any feed with the incident see the correction as an update:
		// the same entry, a newer instant, and what was changed.
		for _, feed := range []string{"/feeds/incidents.atom?sort=changed", "/feeds/incidents.atom?country=ET&sort=oldest"} {
			e := w.atom(feed).Entries[0]
			if e.ID != was.ID || e.Updated <= was.Updated {
				t.Errorf("%s: updated %s, before the correction %s", feed, e.Updated, was.Updated)
			}
			for _, want := range []string{"the ministry's letter", "became 31 December 2016", "Sources changed"} {
				if !strings.Contains(e.Summary, want) {
					t.Errorf("%s: the entry does not say %q: %s", feed, want, e.Summary)
				}
			}
			if strings.Contains(e.Summary, "secret.example") || strings.Contains(e.Summary, "stays-inside") {
				t.Errorf("%s: the entry tells what is restricted: %s", feed, e.Summary)
			}
		}
		if again := w.get("/feeds/incidents.atom?sort=changed", "If-None-Match", before.Header.Get("Etag")); again.StatusCode != http.StatusOK {
			t.Errorf("after a change the old ETag gave %d", again.StatusCode)
		}
		c := w.atom("/feeds/changes.atom")
		c.check(t, "changes")
		w.sameAsJSON("/feeds/changes", c)
		if len(c.Entries) != 1 || !strings.HasPrefix(c.Entries[0].Title, ref+": ") || !strings.Contains(c.Entries[0].Summary, "the ministry's letter") {
			t.Errorf("changes: %+v", c.Entries)
		}
		for _, want := range []string{"became 31 December 2016", "became Unknown", "Sources changed"} {
			if !strings.Contains(c.Entries[0].Summary, want) {
				t.Errorf("the feed does not say %q: %s", want, c.Entries[0].Summary)
			}
		}
		for _, path := range []string{"/feeds/changes.atom", "/feeds/changes.json", "/api/v1/incidents/" + ref} {
			if body := string(w.get(path).body); strings.Contains(body, "secret.example") || strings.Contains(body, "a-name-that-stays-inside") {
				t.Errorf("%s tells what is restricted", path)
			}
		}
	})
}

func TestFeedsAnswerLikeFiles(t *testing.T) {
	s := record(t, dbtest.SQLite(t), combined)
	w := open(t, s, testOrigin)
	a := w.get("/feeds/incidents.atom", "Accept-Encoding", "gzip")
	for k, want := range map[string]string{"Cross-Origin-Resource-Policy": "cross-origin", "Access-Control-Allow-Origin": "*",
		"Cache-Control": "public, max-age=300", "Content-Encoding": "gzip", "X-Content-Type-Options": "nosniff"} {
		if got := a.Header.Get(k); got != want {
			t.Errorf("%s: %q, want %q", k, got, want)
		}
	}
	for range 2 { // built, then from the cache
		if b := w.get("/feeds/incidents.atom", "If-None-Match", a.Header.Get("Etag")); b.StatusCode != http.StatusNotModified || b.bytes != 0 {
			t.Errorf("If-None-Match: %d, %d bytes", b.StatusCode, b.bytes)
		}
	}
	if b := w.ask(http.MethodHead, "/feeds/incidents.json"); b.StatusCode != http.StatusOK || b.bytes != 0 || b.Header.Get("Content-Length") == "" {
		t.Errorf("HEAD: %d, %d bytes, length %q", b.StatusCode, b.bytes, b.Header.Get("Content-Length"))
	}
}

// TestHostIsNotTrusted asks without a configured origin under many names: what
// one reader's Host built must never reach another, nor leave the name's form.
func TestHostIsNotTrusted(t *testing.T) {
	s := newRecord(t, dbtest.SQLite(t))
	w := open(t, s, "")
	for range 2 {
		for _, host := range []string{"one.example", "two.example:8443", "[::1]:8080", "127.0.0.1:8080", "LOCALHOST"} {
			for _, path := range []string{"/feeds/incidents.atom", "/feeds/changes.json", "/sitemap.xml", "/robots.txt"} {
				a := w.get(path, "Host", host)
				if a.StatusCode != http.StatusOK || !strings.Contains(string(a.body), "http://"+host+"/") {
					t.Errorf("%s as %s: %d %.200s", path, host, a.StatusCode, a.body)
				}
			}
		}
	}
	for _, host := range []string{"", "a b", "evil.example/x", "a\"><script>", "-a.example", "a..b", "a.example:99999999", "user@host", "[::1", strings.Repeat("a", 300), "ex\r\nample", "a.example:x", "[zz::1]"} {
		for _, path := range []string{"/feeds/incidents.atom", "/sitemap.xml"} {
			if a := w.get(path, "Host", host); a.StatusCode != http.StatusBadRequest || host != "" && strings.Contains(string(a.body), host) {
				t.Errorf("%s as %q: %d", path, host, a.StatusCode)
			}
		}
		if a := w.get("/robots.txt", "Host", host); a.StatusCode != http.StatusOK || strings.Contains(string(a.body), "Sitemap:") {
			t.Errorf("robots.txt as %q: %d %s", host, a.StatusCode, a.body)
		}
	}
}
