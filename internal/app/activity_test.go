package app

import (
	"net/http"
	"strings"
	"testing"

	"keepiton/internal/platform/db/dbtest"
)

// TestActivityNamesWhatItIsAbout: which item was put to a claim, and to whom a case was
// handed, unless names are hidden.
func TestActivityNamesWhatItIsAbout(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	c := x.crew()
	lead := c.author.file()
	c.author.prove(lead)
	if err := x.work.cases.Lease(t.Context(), c.author.actor(), strings.TrimPrefix(lead, "/desk/leads/")); err != nil {
		t.Fatal(err)
	}
	if a := c.author.post(lead+"/hand-over", "to", itoa(c.second.p.ID), "note", "she knows the place"); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.body)
	}
	read := plain(t, c.author.get(lead).body)
	for _, says := range []string{"put evidence to When, for it, E-2026-0001", "put evidence to When, for it, E-2026-0002", "handed the case over to Chen, she knows the place"} {
		if !strings.Contains(read, says) {
			t.Errorf("the activity does not say %q: %s", says, read)
		}
	}
	if err := x.work.cases.Veil(t.Context(), c.editor.actor(), strings.TrimPrefix(lead, "/desk/leads/"), true); err != nil {
		t.Fatal(err)
	}
	if read := plain(t, c.author.get(lead).body); strings.Contains(read, "Chen") || !strings.Contains(read, "she knows the place") {
		t.Errorf("names are hidden, and the activity says to whom: %s", read)
	}
}
