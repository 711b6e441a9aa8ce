package app

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"keepiton/internal/digest"
	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/page/htmlcheck"
	"keepiton/internal/platform/shared"
)

// TestRecodingByHand codes the shutdowns of 2022 anew by the pages alone: an editor
// looks at the list and proposes it, two organisations sign, the editor does it, and
// readers are told.
func TestRecodingByHand(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startDesk(t, d)
		sheet, err := os.ReadFile(shared.Path(t, "data", "stop", "accessnow_stop_sheet_2022.csv"))
		if err != nil {
			t.Fatal(err)
		}
		x.importFile(ctx, "2022.csv", sheet, incident.ImportOptions{})
		c := x.crew()
		const lists = "/desk/recodings"
		asked := []string{"methodology", "2023", "from", "cause.term other", "into", "cause.term conflict", "first", "2022", "last", "٢٠٢٢", "why", "war has a value of its own"}

		c.editor.get("/desk/releases").sound(t, "the way there", htmlcheck.Has(`a[href="`+lists+`"]`))
		c.editor.get(lists).sound(t, "lists", htmlcheck.Has(`form[action="`+lists+`/preview"]`))
		c.first.get(lists).sound(t, "lists of a verifier", htmlcheck.Lacks("Show the list"))
		c.editor.post(lists+"/preview", "methodology", "a:b", "from", "cause.term other", "into", "measure.method throttle", "first", "x").sound(t, "mistakes", htmlcheck.Count(".err li", 4))
		a := c.editor.post(lists+"/preview", asked...)
		a.sound(t, "preview", htmlcheck.HasText("h1", "Cause: Another cause becomes Armed conflict, methodology 2023"), htmlcheck.Has(`input[name="leave"]`), htmlcheck.Lacks("Sign the list"))
		seen := regexp.MustCompile(`name="seen" value="([0-9a-f]{64})"`).FindStringSubmatch(a.body)
		refs := regexp.MustCompile(`name="leave" value="([0-9-]+)"`).FindAllStringSubmatch(a.body, -1)
		if a.status != http.StatusOK || seen == nil || len(refs) < 29 {
			t.Fatalf("%d, %d rows: %.600s", a.status, len(refs), a.body)
		}
		stays, changes := refs[0][1], refs[1][1]
		if a := c.editor.post(lists, append(asked, "seen", strings.Repeat("0", 64), "leave", stays)...); a.status != http.StatusConflict || !strings.Contains(a.body, `value="`+stays+`" checked`) || !strings.Contains(a.body, "has changed since the list was shown") {
			t.Errorf("another list was shown: %d", a.status)
		}
		list := c.editor.post(lists, append(asked, "seen", seen[1], "leave", stays)...).location
		if !strings.HasPrefix(list, lists+"/") {
			t.Fatalf("proposed: %q", list)
		}
		if a := x.walker(verifies).get(list); a.status != http.StatusForbidden {
			t.Errorf("a verifier in Kenya looks: %d", a.status)
		}
		c.editor.get(list).sound(t, "proposed", htmlcheck.HasText("main", "Others have to sign"), htmlcheck.HasText("main", "stays as it is"), htmlcheck.Lacks("Sign the list"), htmlcheck.Lacks("Do it now"))
		waiting := "R-" + strings.TrimPrefix(list, lists+"/")
		feed, _ := c.second.subscribe()
		c.second.subscribes("second@post.example")
		x.hourComes()
		if got := x.round(); len(got) != 1 || !strings.Contains(got[0].Text, "1 list of incidents to be coded anew waits for your signature\n  "+waiting) || strings.Contains(got[0].Text, "2023") {
			t.Errorf("by mail: %v", got)
		}
		if a := x.nobody().get(feed); !strings.Contains(a.body, waiting) {
			t.Errorf("the feed: %s", a.body)
		}
		c.editor.expectWaits("who proposed it")
		for _, v := range []*visitor{c.first, c.second} {
			v.expectWaits("a verifier", digest.Recodings, waiting)
			v.get(list).sound(t, "to be signed", htmlcheck.HasText("button", "Sign the list"))
			if a := v.post(list + "/sign"); a.status != http.StatusSeeOther {
				t.Fatalf("signed: %d %.600s", a.status, a.body)
			}
			v.expectWaits("who signed")
		}
		c.editor.get(list).sound(t, "signed", htmlcheck.HasText("button", "Do it now"))
		for _, lang := range []string{"/ar", "/fr"} {
			if a := c.editor.get(lang + list); a.status != http.StatusOK || strings.Contains(a.body, "verify.") {
				t.Errorf("%s: %d", lang, a.status)
			}
		}
		if a := c.editor.post(list + "/do"); a.status != http.StatusSeeOther {
			t.Fatalf("done: %d %.600s", a.status, a.body)
		}
		env := &Env{Ctx: ctx, CLI: &CLI{Data: x.dir}, Log: slog.New(slog.DiscardHandler)}
		if note, err := env.checkRecodings(d, x.record); err != nil || note != "1 recoding" {
			t.Errorf("doctor: %s %v", note, err)
		}
		x.nobody().get("/incidents/"+changes).sound(t, "for readers", htmlcheck.HasText("li", "Cause: Another cause became Armed conflict"), htmlcheck.HasText("main", "methodology 2023: war has a value of its own"))
		log := x.nobody().get("/corrections")
		log.sound(t, "the log", htmlcheck.Count("dl.ch dt", 1), htmlcheck.HasText("dd", strconv.Itoa(len(refs)-1)+" incidents coded anew"), htmlcheck.HasText("dd li", "Cause: Another cause became Armed conflict"))
		for lang, title := range map[string]string{"": strconv.Itoa(len(refs)-1) + " incidents coded anew", "/fr": strconv.Itoa(len(refs)-1) + " incidents recodés"} {
			f := x.nobody().get(lang + "/feeds/changes.atom").body
			if strings.Count(f, "<entry>") != 1 || !strings.Contains(f, "<title>"+title+"</title>") || !strings.Contains(f, "methodology 2023: war has a value of its own") && lang == "" || !strings.Contains(f, lang+"/corrections?month=") {
				t.Errorf("the feed of changes: %s", f)
			}
			if j := x.nobody().get(lang + "/feeds/changes.json").body; strings.Count(j, `"id"`) != 1 || !strings.Contains(j, title) {
				t.Errorf("the same as JSON: %s", j)
			}
		}
		x.nobody().get("/").sound(t, "the home page", htmlcheck.HasText("main", strconv.Itoa(len(refs)-1)+" incidents coded anew"))
		x.nobody().get("/incidents/"+stays).sound(t, "left as it is", htmlcheck.Lacks("became Armed conflict"))
		if err := d.Write(ctx, func(tx db.Tx) error {
			return db.Unguarded(ctx, tx, func() error {
				_, err := db.Exec(ctx, tx, `/* test */ update recoding_signature set digest = 'x' where person_id = $1`, c.first.p.ID)
				return err
			})
		}); err != nil {
			t.Fatal(err)
		}
		if note, err := env.checkRecodings(d, x.record); err == nil || !strings.Contains(err.Error(), "recoding "+waiting[2:]+" (methodology 2023) was done without") {
			t.Errorf("doctor: %s %v", note, err)
		}
		c.editor.post(list+"/back", "why", "").sound(t, "without a reason", htmlcheck.Count(".err li", 1))
		if a := c.editor.post(list+"/back", "why", "too early"); a.status != http.StatusSeeOther || a.location == list {
			t.Errorf("back: %d %s", a.status, a.location)
		}
	})
}
