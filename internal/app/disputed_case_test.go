package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keepiton/internal/digest"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// disputes files a dispute about an incident and upholds it; its number.
func (x *deskSite) disputes(t *testing.T, editor *visitor, ref string) string {
	t.Helper()
	filed := x.nobody().post("/incidents/"+ref+"/dispute", pairs(answers())...)
	number, _, _ := strings.Cut(strings.TrimPrefix(filed.header.Get("Location"), "/disputes/"), "?")
	if a := editor.post("/desk/disputes/"+number+"/note", "act", "upheld", "note", "The log shows it."); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.body)
	}
	return number
}

const disputedHead = "A dispute about this entry was upheld"

// TestUpheldStaysInSight: that a dispute was upheld stands at the head of the public page,
// in the case, on the pages for signing and publishing and for the editor until something
// is corrected: to say more settles nothing.
func TestUpheldStaysInSight(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		c := x.crew()
		ref := x.published(t, c)
		const lead = "/desk/leads/L-2026-0001"
		number := x.disputes(t, c.editor, ref)
		says := "The dispute " + number + " about this incident was upheld"
		atHead := func(when string, want bool) {
			t.Helper()
			x.settled()
			if got := strings.Contains(x.nobody().get("/incidents/"+ref).body, disputedHead); got != want {
				t.Errorf("%s the head of the page says that a dispute was upheld: %v", when, got)
			}
		}
		publish := func(kind, reason string) {
			t.Helper()
			x.bothSign(t, c, lead)
			if a := c.editor.post(lead+"/publish", "reason", reason, "kind", kind); a.status != http.StatusSeeOther {
				t.Fatalf("%d %s", a.status, plain(t, a.body))
			}
		}
		atHead("upheld,", true)
		c.editor.expectWaits("the editor", digest.Upheld, number)
		c.author.states(t, lead, url.Values{"event": {"Mobile data stopped in the evening. Banks closed."}})
		for _, at := range []string{lead, lead + "/sign", lead + "/publish"} {
			v := c.first
			if strings.HasSuffix(at, "/publish") {
				v = c.editor
			}
			x.shows(t, v, at, says)
		}
		publish("update", "more is known")
		atHead("more was said,", true)
		c.editor.expectWaits("more was said", digest.Upheld, number)
		c.author.states(t, lead, url.Values{"start": {"2026-01-09"}})
		publish("correction", "it began a day later")
		atHead("corrected,", false)
		c.editor.expectWaits("corrected")
		x.shows(t, c.first, lead, "Its public page")
		if a := c.first.get(lead); strings.Contains(a.body, number) {
			t.Error("the case goes on naming the dispute")
		}
		c.author.states(t, lead, url.Values{"event": {"Mobile data stopped in the evening."}})
		publish("update", "fewer words")
		atHead("corrected and updated,", false)
	})
}

// TestUpheldUrgent: what was upheld about an urgent publication is not settled by two
// signatures under what was found wrong.
func TestUpheldUrgent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		c := x.crew()
		lead := x.urgently(t, c)
		x.disputes(t, c.editor, "2026-0001")
		c.author.prove(lead)
		x.bothSign(t, c, lead)
		if a := c.editor.post(lead+"/publish", "kind", "update"); a.status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.status, plain(t, a.body))
		}
		x.settled()
		if !strings.Contains(x.nobody().get("/incidents/2026-0001").body, disputedHead) {
			t.Error("signed, it does not say that a dispute was upheld")
		}
		c.author.states(t, lead, url.Values{"start": {"2026-01-09"}})
		x.bothSign(t, c, lead)
		if a := c.editor.post(lead+"/publish", "kind", "correction", "reason", "it began a day later"); a.status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.status, plain(t, a.body))
		}
		x.settled()
		if strings.Contains(x.nobody().get("/incidents/2026-0001").body, disputedHead) {
			t.Error("corrected, it goes on saying so")
		}
	})
}

// TestToldThatItIsGone: whoever wrote a case that lapsed, or that somebody took back, is
// told until they do something in it; the ladder claims no more than is so.
func TestToldThatItIsGone(t *testing.T) {
	for _, fate := range []string{"lapsed", "taken back"} {
		t.Run(fate, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				x := startDesk(t, d)
				c := x.crew()
				lead := x.urgently(t, c)
				number := strings.TrimPrefix(lead, "/desk/leads/")
				if a := c.reader.get(lead); strings.Contains(a.body, `<li class="d">Verified`) || strings.Contains(a.body, `<li class="d">Corroborated`) || !strings.Contains(a.body, ">Verified") {
					t.Error("the ladder says that it was verified, or corroborated")
				}
				if fate == "lapsed" {
					x.lapsesNow(t, "2026-0001")
				} else if err := x.work.cases.Retract(t.Context(), c.editor.actor(), number, "it was too early"); err != nil {
					t.Fatal(err)
				}
				c.author.expectWaits("who wrote it", digest.Gone, number)
				c.reader.expectWaits("who did not")
				if a := c.author.post(lead+"/say", "body", "I saw it."); a.status != http.StatusSeeOther {
					t.Fatalf("%d %s", a.status, a.body)
				}
				c.author.expectWaits("who said something since")
			})
		})
	}
}
