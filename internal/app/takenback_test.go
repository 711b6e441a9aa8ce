package app

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestTakenBackTellsNothing: what the desk takes back may have harmed somebody. Its
// words, sources and places stand nowhere from then on, releases included, though
// these go on counting it.
func TestTakenBackTellsNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startPack(t, d)
		const ref, label = "2026-0001", "R1"
		canaries := []string{"Mobile data stopped", "measure.example", "Karaj"}
		x.release(t, label, "2026-06-01")
		seeds := []string{"/", "/incidents", "/corrections", "/feeds/incidents.atom", "/feeds/changes.atom", "/feeds/countries/IR.atom", "/countries/IR?release=" + label,
			"/incidents.csv?release=" + label, "/incidents?release=" + label, "/data/stop.csv", "/data/stop.csv?release=" + label, "/data/compare", "/data",
			"/api/v1/incidents?release=" + label, "/api/v1/incidents/" + ref + "?release=" + label, "/api/v1/incidents/" + ref + "/rows", "/incidents/" + ref}
		where := map[string]string{}
		told := func() (n map[string]int) {
			n = map[string]int{}
			for at, said := range x.crawlFrom(t, seeds, ref, "release="+label, "/data") {
				for _, c := range canaries {
					if strings.Contains(said, c) {
						n[c]++
						where[c] = at
					}
				}
			}
			return n
		}
		before := told()
		for _, c := range canaries {
			if before[c] < 4 {
				t.Fatalf("%q was told %d times only, before anything was taken back", c, before[c])
			}
		}
		counted := strings.Count(x.nobody().get("/incidents.csv?release="+label).body, "\n")
		if err := x.work.cases.Retract(ctx, x.crew.editor.actor(), x.lead, "it harms somebody"); err != nil {
			t.Fatal(err)
		}
		x.settled()
		for c, n := range told() {
			if n > 0 {
				t.Errorf("taken back, and %q is told %d times, as at %s", c, n, where[c])
			}
		}
		csv := x.nobody().get("/incidents.csv?release=" + label).body
		if n := strings.Count(csv, "\n"); n != counted || !strings.Contains(csv, ref) || !strings.Contains(csv, "Iran") {
			t.Errorf("the release had %d lines, and has %d now:\n%s", counted, n, csv)
		}
		if a := x.nobody().get("/incidents/" + ref); a.status != http.StatusGone || !strings.Contains(a.body, "Releases that were cut before go on counting it") {
			t.Errorf("the page: %d", a.status)
		}
		if problems := x.doctor(); problems != "" {
			t.Errorf("doctor: %s", problems)
		}
	})
}

// TestTakenBackInASheet: a row of a sheet that speaks of an incident of the desk tells
// in the coarse, in the sheet's own edition too, once the incident was taken back:
// read before that or after, and when all sheets are read again.
func TestTakenBackInASheet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startPack(t, d)
		const words = "WORDSOFTHESHEET"
		row := rowLike("event", words)
		before := x.importRows("before 2027-01-01.csv", incident.ImportOptions{}, row)
		x.settled()
		file := func(a incident.Account) string {
			x.settled()
			return x.nobody().get("/data/stop.csv?release=" + url.QueryEscape(a.Edition)).body
		}
		if r := before.Rows[0]; r.Outcome != incident.Parked || strings.Count(file(before), words) != 1 {
			t.Fatalf("not parked, or not told while the incident is public: %+v\n%s", r, file(before))
		}
		if err := x.work.cases.Retract(context.Background(), x.crew.editor.actor(), x.lead, "it harms somebody"); err != nil {
			t.Fatal(err)
		}
		after := x.importRows("after 2027-02-01.csv", incident.ImportOptions{}, row)
		silent := func(when string) {
			t.Helper()
			for _, a := range []incident.Account{before, after} {
				if csv := file(a); strings.Contains(csv, words) || strings.Contains(csv, "Karaj") || !strings.Contains(csv, "Iran") {
					t.Errorf("%s, %s tells:\n%s", when, a.Edition, csv)
				}
			}
		}
		silent("taken back")
		x.importFile(context.Background(), "again.csv", x.sheetOf(row), incident.ImportOptions{}, "2027-01-15")
		silent("all sheets read again")
		if problems := x.doctor(); problems != "" {
			t.Errorf("doctor: %s", problems)
		}
	})
}

// TestDisputesStay: a dispute, its ruling and the signed note stay readable when
// their incident is taken back; that it was taken back can be disputed, and nothing
// of it is told there.
func TestDisputesStay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startDesk(t, d)
		c := x.crew()
		ref := x.published(t, c)
		filed := x.nobody().post("/incidents/"+ref+"/dispute", pairs(answers())...)
		number, _, _ := strings.Cut(strings.TrimPrefix(filed.header.Get("Location"), "/disputes/"), "?")
		if !strings.HasPrefix(number, "D-") {
			t.Fatalf("not filed: %d %s", filed.status, filed.body)
		}
		at := "/desk/disputes/" + number
		says := func(path, want string, not ...string) {
			t.Helper()
			x.settled()
			a := x.nobody().get(path)
			if !strings.Contains(a.body, want) {
				t.Errorf("%s: %d, and does not say %q", path, a.status, want)
			}
			for _, s := range not {
				if strings.Contains(a.body, s) {
					t.Errorf("%s says %q", path, s)
				}
			}
		}
		note := func(act, words string) {
			t.Helper()
			if a := c.editor.post(at+"/note", "act", act, "note", words); a.status != http.StatusSeeOther {
				t.Fatalf("%s: %d %s", act, a.status, a.body)
			}
		}
		const head = "A dispute about this entry was upheld"
		note("rejected", "We do not think so.")
		note("reopened", "We read it wrongly.")
		says("/disputes/"+number, "We do not think so.")
		says("/disputes/"+number, "Opened again: the ruling is taken back")
		note("upheld", "The log shows it.")
		says("/incidents/"+ref, head)
		says("/api/v1/incidents/"+ref, `"disputed"`)
		says("/feeds/changes.atom", "the dispute "+number+" is right")
		note("reopened", "Not yet.")
		says("/incidents/"+ref, number, head)
		says("/feeds/changes.atom", "the dispute "+number+" is open again")
		note("upheld", "The log shows it.")
		says("/incidents/"+ref, head)
		x.again(t, c, "L-2026-0001", true)
		says("/incidents/"+ref, "This entry was corrected", head)
		if err := x.work.cases.Retract(ctx, c.editor.actor(), "L-2026-0001", "the street names a person"); err != nil {
			t.Fatal(err)
		}
		for _, lang := range []string{"", "/ar", "/fr", "/lite"} {
			says(lang+"/disputes/"+number, "The log shows it.", "Karaj")
			says(lang+"/incidents/"+ref, number, "Karaj")
			says(lang+"/incidents/"+ref+"/dispute", ref, "Karaj")
		}
		again := answers()
		again.Set("right", "It did happen.")
		if a := x.nobody().post("/incidents/"+ref+"/dispute", pairs(again)...); a.status != http.StatusSeeOther {
			t.Errorf("that it was taken back cannot be disputed: %d", a.status)
		}
	})
}

func pairs(v url.Values) (list []string) {
	for k := range v {
		list = append(list, k, v.Get(k))
	}
	return list
}
