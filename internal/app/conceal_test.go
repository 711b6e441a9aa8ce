package app

import (
	"net/http"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// secretSource is named by a first sheet and called confidential by the next.
const secretSource = "https://witness.example/secret"

// wherever lists the public addresses at which something of an incident stands.
func (x *deskSite) wherever(t *testing.T, ref, words string, releases ...string) (list []string) {
	t.Helper()
	x.settled()
	from := []string{"/", "/incidents", "/corrections", "/incidents/" + ref, "/incidents.csv", "/data/stop.csv", "/data", "/feeds/incidents.atom", "/feeds/changes.atom", "/api/v1/incidents", "/api/v1/incidents/" + ref, "/api/v1/incidents/" + ref + "/rows"}
	for _, label := range releases {
		from = append(from, "/incidents.csv?release="+label, "/data/stop.csv?release="+label, "/incidents/"+ref+"?release="+label, "/api/v1/incidents/"+ref+"?release="+label)
	}
	for at, said := range x.crawlFrom(t, from, ref, "/data") {
		if strings.Contains(said, words) {
			list = append(list, at)
		}
	}
	return list
}

// TestTakenSourceOfASheet: what a sheet calls confidential is named nowhere from then
// on, although the desk carries the incident; nor after another publication.
func TestTakenSourceOfASheet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := &packDesk{deskSite: startDesk(t, d), t: t}
		x.crew = x.deskSite.crew()
		kenya := rowLike("country", "Kenya", "area_name", "Nairobi", "event", "")
		first := x.importRows("sheet 2027-01-01.csv", incident.ImportOptions{}, rowLike("info_source", "News media", "info_source_link", secretSource), kenya)
		ref := first.Rows[0].Ref
		lead := x.takeUp(t, x.crew, ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
		x.release(t, "R1", "2026-06-01")
		for _, words := range []string{secretSource, "IMPORTED, nobody signed"} {
			if at := x.wherever(t, ref, words, "R1"); len(at) < 8 {
				t.Fatalf("%s stands at %v only", words, at)
			}
		}
		a := x.importRows("sheet 2027-02-01.csv", incident.ImportOptions{}, rowLike("info_source", "Confidential", "info_source_link", secretSource), kenya)
		if r := a.Rows[0]; r.Desk != ref {
			t.Fatalf("the row speaks of something else: %+v", r)
		}
		none := func(when string) {
			t.Helper()
			if at := x.wherever(t, ref, secretSource, "R1"); len(at) > 0 {
				t.Errorf("%s it is named at %v", when, at)
			}
			if problems := x.doctor(); problems != "" {
				t.Errorf("%s doctor: %s", when, problems)
			}
		}
		none("at once")
		before := x.standing(ref)
		x.importRows("sheet 2027-03-01.csv", incident.ImportOptions{}, rowLike("info_source", "Confidential", "info_source_link", secretSource, "affected_network", "Fixed-line"), kenya)
		if now := x.standing(ref); now != before {
			t.Errorf("said again, it writes again: %s, it was %s", now, before)
		}
		x.again(t, x.crew, lead, true)
		none("published again")
		for _, at := range []string{"/incidents/" + ref, "/feeds/changes.atom"} {
			if a := x.nobody().get(at).body; strings.Contains(a, "confidential since") || !strings.Contains(a, "ources") {
				t.Errorf("%s tells more or less than that sources were brought up to date", at)
			}
		}
		if err := x.work.cases.Retract(t.Context(), x.crew.editor.actor(), lead, "a mistake"); err != nil {
			t.Fatal(err)
		}
		none("taken back")
		for _, of := range []string{"", "R1", "sheet+2027-01-01"} { // a row that stayed parked is of no incident
			if a := x.nobody().get("/data/stop.csv?release=" + of); strings.Contains(a.body, "IMPORTED, nobody signed") || of != "" && !strings.Contains(a.body, "Iran") {
				t.Errorf("taken back, and the file of %q says:\n%s", of, a.body)
			}
		}
	})
}

// TestTakenOutAtTheDesk: an editor takes a source that came with a sheet out of
// everything that is public, alone; the next sheet does not bring it back.
func TestTakenOutAtTheDesk(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := &packDesk{deskSite: startDesk(t, d), t: t}
		c := x.deskSite.crew()
		x.crew = c
		row := rowLike("info_source", "News media", "info_source_link", secretSource+" , https://paper.example/open")
		ref := x.importRows("sheet 2027-01-01.csv", incident.ImportOptions{}, row).Rows[0].Ref
		lead := x.takeUp(t, c, ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
		x.release(t, "R1", "2026-06-01")
		more := "/desk/leads/" + lead + "/more"
		if a := c.editor.get(more).body; !strings.Contains(a, secretSource) {
			t.Fatalf("the form does not offer it:\n%s", a)
		}
		if a := c.author.get(more).body; strings.Contains(a, "/conceal") {
			t.Error("a contributor is offered the form")
		}
		for _, v := range []struct {
			who    *visitor
			source string
			want   int
		}{{c.author, secretSource, http.StatusForbidden}, {c.editor, "https://elsewhere.example", http.StatusUnprocessableEntity}, {c.editor, secretSource, http.StatusSeeOther}} {
			if a := v.who.post("/desk/leads/"+lead+"/conceal", "source", v.source, "reason", "she asked us to"); a.status != v.want {
				t.Errorf("%s: %d, not %d\n%s", v.source, a.status, v.want, a.body)
			}
		}
		if a := c.editor.get(more).body; strings.Contains(a, secretSource) {
			t.Error("it is offered again")
		}
		none := func(when string) {
			t.Helper()
			for _, words := range []string{secretSource, "she asked us to"} {
				if at := x.wherever(t, ref, words, "R1"); len(at) > 0 {
					t.Errorf("%s: %s stands at %v", when, words, at)
				}
			}
			if problems := x.doctor(); problems != "" {
				t.Errorf("%s: doctor: %s", when, problems)
			}
		}
		none("taken out")
		if at := x.wherever(t, ref, "https://paper.example/open"); len(at) == 0 {
			t.Error("the other source is hidden with it")
		}
		x.importRows("sheet 2027-02-01.csv", incident.ImportOptions{}, row)
		none("the next sheet")
		x.again(t, c, lead, true)
		none("published again")
	})
}
