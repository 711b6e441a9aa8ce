package app

import (
	"strings"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/page/htmlcheck"
)

// TestReleaseIsSeen: who signs a release sees what is new against the one before,
// year by year with the way to the rows, and that a proposal is outdated.
func TestReleaseIsSeen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startPack(t, d)
		const at = "/desk/releases"
		propose := func(label string) {
			t.Helper()
			if a := x.crew.editor.post(at, "label", label, "as_of", "2026-06-01"); a.status != 303 {
				t.Fatalf("not proposed: %d %s", a.status, a.body)
			}
		}
		propose("R0")
		x.crew.first.get(at).sound(t, "the first", htmlcheck.HasText("main", "No release was cut before this one"))
		x.release(t, "R1", "2026-06-01")
		propose("R2")
		x.crew.first.get(at).sound(t, "nothing new", htmlcheck.HasText("main", "Nothing that counts differs"))
		x.again(t, x.crew, x.lead, false)
		x.published(t, x.crew, "countries", "Kenya", "area", "Nairobi", "start", "2026-02-01")
		a := x.crew.first.get(at)
		a.sound(t, "outdated", htmlcheck.HasText(".note", "The record has changed since this was proposed"), htmlcheck.HasText("tbody th", "2026"), htmlcheck.Count("tbody tr", 1))
		cells := []string{}
		for _, part := range strings.Split(a.body, `<td class="n">`)[1:] {
			cells = append(cells, part[:strings.Index(part, "<")])
		}
		if got := strings.Join(cells, " "); got != "1 2 1 0 0 1" {
			t.Errorf("counted then, now, added, taken out, joined, changed: %s", got)
		}
		if strings.Contains(a.body, "/sign\"") {
			t.Error("what is outdated can be signed")
		}
		to := "/data/compare?from=R1&to=record&year=2026"
		if !strings.Contains(a.body, strings.ReplaceAll(to, "&", "&amp;")) {
			t.Errorf("no way to the rows: %s", a.body)
		}
		x.nobody().get(to).sound(t, "the rows", htmlcheck.HasText("main", "Nairobi"))
	})
}

// TestReleaseSaysWhetherTheRecordMovedOn: pages of a release say that the record says
// something else by now only when it does.
func TestReleaseSaysWhetherTheRecordMovedOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startPack(t, d)
		x.release(t, "R1", "2026-06-01")
		x.settled()
		says := func(when string, moved bool) {
			t.Helper()
			for _, at := range []string{"/incidents?release=R1", "/incidents/2026-0001?release=R1"} {
				a := x.nobody().get(at)
				if same, gone := strings.Contains(a.body, "The record still says the same."), strings.Contains(a.body, "The record has moved on since."); a.status != 200 || same == moved || gone != moved {
					t.Errorf("%s, %s: %d, the same: %t, moved on: %t", when, at, a.status, same, gone)
				}
			}
		}
		says("just cut", false)
		lead := x.crew.author.file() // touches the record, and counts nowhere
		if a := x.crew.editor.post(lead+"/publish-urgently", "urgent_reason", "people are being arrested tonight"); a.status != 303 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		x.settled()
		says("something urgent beside it", false)
		x.again(t, x.crew, x.lead, false)
		x.settled()
		says("an update", true)
	})
}
