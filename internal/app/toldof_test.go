package app

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"keepiton/internal/coalition"
	"keepiton/internal/evidence"
	"keepiton/internal/mechanism/desk"
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
			"/": "Taken back: the street names a person", "/api/v1/incidents/" + first: "", "/ar/corrections": "سُحب: ", "/fr/corrections": "Retiré\u00a0: ",
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

// TestHowItWasVerified: the page and the API say who signed, under the names the
// public has for them, and what stands behind each claim; nothing of what may not
// be told of.
func TestHowItWasVerified(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startPack(t, d)
		hidden := x.other
		hidden.Listed, hidden.Alias = false, "An organisation in the region"
		if _, err := x.office.Save(ctx, nil, hidden); err != nil {
			t.Fatal(err)
		}
		x.settled()
		get := func(at string) string {
			res, err := http.Get(x.url + at)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			raw, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			return string(raw)
		}
		page := get("/incidents/2026-0001")
		for _, says := range []string{"How this was verified", "The Office", "An organisation in the region", "Measurement: 1", "probable", "No evidence for it that may be told of.", "Confidential source: ", "probable", " disagrees, "} {
			if !strings.Contains(page, says) {
				t.Errorf("the page does not say %q", says)
			}
		}
		api := get("/api/v1/incidents/2026-0001")
		for _, says := range []string{`"organisation":"An organisation in the region"`, `"claim":"when","grade":"probable","rung":"corroborated","for":{`, `"T":1`, `"dissent":[{"organisation":"An organisation in the region","on":"`, `"settled":false`} {
			if !strings.Contains(api, says) {
				t.Errorf("the API does not say %q: %s", says, api)
			}
		}
		for _, at := range []string{"/incidents/2026-0001", "/ar/incidents/2026-0001", "/fr/incidents/2026-0001", "/api/v1/incidents/2026-0001"} {
			for _, secret := range []string{"A group in Kenya", never, courtOnly, "Boris", "Chen", "Amina"} {
				if strings.Contains(get(at), secret) {
					t.Errorf("%s says %q", at, secret)
				}
			}
		}
		// A source that goes takes from what the page may call proved.
		const weaker = "what is left proves less"
		if strings.Contains(page, weaker) || strings.Contains(api, `"weaker"`) {
			t.Error("nothing fell away, and it is said")
		}
		for _, gone := range []struct {
			item int
			says bool
		}{{0, false}, {3, true}} { // an account and a picture are enough, the account alone is not
			it, err := x.work.items.Item(ctx, x.crew.author.actor(), x.items[gone.item].Ref)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := x.work.items.Withdraw(ctx, x.crew.author.actor(), it.Ref, it.Version, "she is afraid"); err != nil {
				t.Fatal(err)
			}
			x.settled()
			if strings.Contains(get("/incidents/2026-0001"), weaker) != gone.says || strings.Contains(get("/api/v1/incidents/2026-0001"), `"weaker":true`) != gone.says {
				t.Errorf("item %d fell away; that less is proved is not said as it is: %v", gone.item, gone.says)
			}
			x.nextHour()
			x.seal()
			file, _ := x.pack("public", "en")
			if strings.Contains(readAll(t, filepath.Join(unpack(t, file), "incident.html")), weaker) != gone.says {
				t.Errorf("item %d fell away; the pack does not say it as it is: %v", gone.item, gone.says)
			}
		}
	})
}

// TestNothingMoreIsCounted: what two people of an organisation open after it was
// signed is not counted on the public page before that is signed too.
func TestNothingMoreIsCounted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startPack(t, d)
		second := x.join("Amina's colleague", coalition.Grant{Organisation: x.other.Ref, Role: desk.Contributor})
		counts := func() string {
			t.Helper()
			srv := httptest.NewServer(x.fresh())
			defer srv.Close()
			res, err := http.Get(srv.URL + "/api/v1/incidents/2026-0001")
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			raw, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			at := regexp.MustCompile(`"claim":"when".*?"for":(\{[^}]*\})`).FindStringSubmatch(string(raw))
			if at == nil {
				t.Fatalf("nothing is counted: %s", raw)
			}
			return at[1]
		}
		before := counts()
		for i, open := range map[int]func(*evidence.Draft){
			0: func(n *evidence.Draft) { n.Class = "D" },
			1: func(n *evidence.Draft) { n.Audience = evidence.Open },
			4: func(n *evidence.Draft) { n.Internal = evidence.Yes },
		} {
			it, err := x.work.items.Item(ctx, x.crew.author.actor(), x.items[i].Ref)
			if err != nil {
				t.Fatal(err)
			}
			next := it.Draft
			open(&next)
			it, asked, err := x.work.items.Edit(ctx, x.crew.author.actor(), it.Ref, it.Version, next)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range asked {
				if it, err = x.work.items.DecideRaise(ctx, second.actor(), it.Ref, it.Version, r.ID, true); err != nil {
					t.Fatal(err)
				}
			}
			if after := counts(); after != before {
				t.Errorf("item %d was changed, and unsigned the page counts %s in place of %s", i, after, before)
			}
		}
	})
}
