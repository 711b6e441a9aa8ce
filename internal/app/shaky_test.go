package app

import (
	"net/http"
	"strings"
	"testing"

	"keepiton/internal/coalition"
	"keepiton/internal/digest"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/page/htmlcheck"
)

// TestWhatDoesNotStandFirmly: what is public without two signatures, and what lost
// the evidence it rests on, is told to those who can see to it.
func TestWhatDoesNotStandFirmly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		x := startDesk(t, d)
		c := x.crew()
		kenya := x.join("Faraja", coalition.Grant{Organisation: x.home.Ref, Role: desk.Editor, Area: "KE"})
		lead := x.urgently(t, c)
		ref := strings.TrimPrefix(lead, "/desk/leads/")
		for what, v := range map[string]*visitor{"the editor": c.editor, "a verifier": c.first, "another": c.second, "who wrote it": c.author} {
			v.expectWaits(what+", urgent without evidence", digest.Shaky, ref)
		}
		kenya.expectWaits("an editor of another country")
		c.reader.expectWaits("a reader")
		c.editor.get(digest.Path).sound(t, "when it lapses", htmlcheck.HasText("#shaky h2", "1 public case lacks evidence or signatures"), htmlcheck.HasText("#shaky li", "lapses "))
		c.editor.get("/desk").sound(t, "the queue", htmlcheck.HasText(".call", "it needs more evidence and two organisations that sign, or it lapses on"))

		c.author.prove(lead)
		c.editor.expectWaits("an editor who can sign it too", digest.Shaky, ref, digest.Sign, ref)
		c.first.expectWaits("a verifier who can sign it", digest.Sign, ref)
		c.author.expectWaits("who wrote it and can neither sign nor publish")
		for _, v := range []*visitor{c.first, c.second} {
			if a := v.sign(lead); a.status != http.StatusSeeOther {
				t.Fatalf("%d %s", a.status, a.body)
			}
		}
		c.editor.expectWaits("two signed", digest.Publish, ref)
		if a := c.editor.post(lead + "/publish"); a.status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.status, a.body)
		}
		c.editor.expectWaits("published")

		list, err := x.work.items.Items(ctx, c.author.actor(), ref)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x.work.items.Withdraw(ctx, c.author.actor(), list[1].Ref, list[1].Version, "she is afraid"); err != nil {
			t.Fatal(err)
		}
		for what, v := range map[string]*visitor{"the editor": c.editor, "a verifier who signed": c.first, "who wrote it": c.author} {
			v.expectWaits(what+", a source fell away", digest.Shaky, ref)
			if a := v.get(digest.Path); strings.Contains(a.body, "lapses ") {
				t.Errorf("%s: what does not lapse is said to", what)
			}
		}
		kenya.expectWaits("an editor of another country, a source fell away")
	})
}

// TestUrgentAloneIsNotNothing: the queue does not ask to file the first lead while
// what is urgent stands above it.
func TestUrgentAloneIsNotNothing(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	c := x.crew()
	c.editor.get("/desk").sound(t, "nothing at all", htmlcheck.HasText("main", "File the first one"))
	x.urgently(t, c)
	a := c.editor.get("/desk")
	a.sound(t, "one that is urgent", htmlcheck.HasText("main", "What is public without two signatures stands above."))
	if strings.Contains(a.body, "File the first one") {
		t.Error("the first lead is asked for")
	}
}

// TestReleaseWaitsToBeCut: what two organisations signed is told to the editors for
// the whole world until it is cut, and asks nobody for a signature any more.
func TestReleaseWaitsToBeCut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		x := startDesk(t, d)
		c := x.crew()
		kenya := x.join("Faraja", coalition.Grant{Organisation: x.home.Ref, Role: desk.Editor, Area: "KE"})
		third := x.join("Gita", coalition.Grant{Organisation: x.other.Ref, Role: desk.Verifier})
		p, err := x.work.cases.Propose(ctx, c.editor.actor(), "2026-Q1", "2026-01-31", "")
		if err != nil {
			t.Fatal(err)
		}
		c.editor.expectWaits("an editor, unsigned")
		for _, v := range []*visitor{c.first, c.second} {
			v.expectWaits("a verifier", digest.Releases, "2026-Q1")
			if err := x.work.cases.SignRelease(ctx, v.actor(), p.ID, 0); err != nil {
				t.Fatal(err)
			}
		}
		c.editor.expectWaits("an editor, signed by two", digest.Cut, "2026-Q1")
		c.editor.get(digest.Path).sound(t, "in words", htmlcheck.HasText("#cut h2", "1 release that two organisations signed can be cut"), htmlcheck.Has(`#cut a[href="/desk/releases"]`))
		kenya.expectWaits("an editor for one country")
		third.expectWaits("a verifier who is not needed any more")
		if _, err := x.work.cases.CutSigned(ctx, c.editor.actor(), p.ID); err != nil {
			t.Fatal(err)
		}
		c.editor.expectWaits("an editor, cut")
	})
}
