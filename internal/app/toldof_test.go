package app

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestWhoseWords: what was filed at the desk is told as that, and not as what the
// coalition or a sheet says.
func TestWhoseWords(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		ref := x.published(t, x.crew())
		for at, words := range map[string][2]string{
			"/incidents/" + ref:    {"In the words and language of those who filed it", "in their own words"},
			"/ar/incidents/" + ref: {"بكلمات من قدّمه", "في الجدول"},
			"/fr/incidents/" + ref: {"de qui l’a déposé", "Dans la feuille"},
		} {
			a := x.nobody().get(at)
			if a.status != http.StatusOK || !strings.Contains(a.body, words[0]) || strings.Contains(a.body, words[1]) {
				t.Errorf("%s: %d; does it say %q: %v, and %q: %v", at, a.status, words[0], strings.Contains(a.body, words[0]), words[1], strings.Contains(a.body, words[1]))
			}
		}
		if a := x.nobody().get("/incidents/" + ref); strings.Contains(a.body, "In the sheet:") || !strings.Contains(a.body, "As filed: ") {
			t.Error("the page speaks of a sheet that has no such row")
		}
	})
}

// TestTakenBackIsTold: the log, the feed and the front page say what was taken back
// and why, and an update is told as one.
func TestTakenBackIsTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startDesk(t, d)
		c := x.crew()
		first, second := x.published(t, c), x.published(t, c, "countries", "Kenya", "area", "Nairobi", "start", "2026-02-01")
		if err := x.work.cases.Retract(ctx, c.editor.actor(), "L-2026-0001", "the street names a person"); err != nil {
			t.Fatal(err)
		}
		x.settled()
		for at, says := range map[string]string{
			"/corrections": "Taken back: the street names a person", "/feeds/changes.atom": "Taken back: the street names a person", "/feeds/changes.json": "Taken back: the street names a person",
			"/": "Taken back: the street names a person", "/api/v1/incidents/" + first: "", "/ar/corrections": "سُحب: ", "/fr/corrections": "Retiré : ",
		} {
			a := x.nobody().get(at)
			if !strings.Contains(a.body, says) || strings.Contains(a.body, "Karaj") || strings.Contains(a.body, `href="/incidents/`+first+`"`) {
				t.Errorf("%s: %d, does not say %q, or leads to what is gone, or names the place", at, a.status, says)
			}
		}
		if a := x.nobody().get("/corrections"); !strings.Contains(a.body, "Iran: ") {
			t.Error("the log does not say what was taken back")
		}
		x.again(t, c, "L-2026-0002", false)
		if a := x.nobody().get("/incidents/" + second); !strings.Contains(a.body, "Updated: the end is known") || strings.Contains(a.body, "Corrected: the end is known") {
			t.Error("an update is not told as one")
		}
		if a := x.nobody().get("/corrections"); !strings.Contains(a.body, "Updated: the end is known") {
			t.Error("the log tells an update as something else")
		}
		if a := x.nobody().get("/api/v1/incidents/" + second); !strings.Contains(a.body, `"kind":"update"`) || strings.Contains(a.body, `"standing","`) {
			t.Errorf("the API: %s", a.body)
		}
		x.again(t, c, "L-2026-0002", true)
		if a := x.nobody().get("/incidents/" + second); !strings.Contains(a.body, "Corrected: the end is known") {
			t.Error("a correction is not told as one")
		}
	})
}
