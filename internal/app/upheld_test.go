package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestUpheldIsACorrection: where a dispute was upheld, what is published next is taken
// for a correction, unless the editor says otherwise.
func TestUpheldIsACorrection(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		c := x.crew()
		ref := x.published(t, c)
		const lead = "/desk/leads/L-2026-0001"
		c.author.states(t, lead, url.Values{"start": {"2026-01-09"}})
		c.first.sign(lead)
		c.second.sign(lead)
		chosen := func() string { return filledIn(t, c.editor.get(lead+"/publish").body, "/publish").Get("kind") }
		if got := chosen(); got != "update" {
			t.Errorf("undisputed, %q is chosen", got)
		}
		filed := x.nobody().post("/incidents/"+ref+"/dispute", pairs(answers())...)
		number, _, _ := strings.Cut(strings.TrimPrefix(filed.header.Get("Location"), "/disputes/"), "?")
		for _, act := range []struct{ act, want string }{{"upheld", "correction"}, {"reopened", "update"}, {"upheld", "correction"}} {
			if a := c.editor.post("/desk/disputes/"+number+"/note", "act", act.act, "note", "The log shows it."); a.status != http.StatusSeeOther {
				t.Fatalf("%s: %d %s", act.act, a.status, a.body)
			}
			if got := chosen(); got != act.want {
				t.Errorf("%s, %q is chosen", act.act, got)
			}
		}
		a := c.editor.post(lead+"/publish", "reason", "", "kind", "update")
		if got := filledIn(t, a.body, "/publish").Get("kind"); a.status != http.StatusUnprocessableEntity || got != "update" {
			t.Errorf("what was chosen does not stay: %d %q", a.status, got)
		}
		if a := c.editor.post(lead+"/publish", "reason", "the log shows it", "kind", "correction"); a.status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.status, a.body)
		}
		c.author.states(t, lead, url.Values{"start": {"2026-01-08"}})
		c.first.sign(lead)
		c.second.sign(lead)
		if got := chosen(); got != "update" {
			t.Errorf("the dispute was answered, and %q is chosen", got)
		}
	})
}
