package app

import (
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestNamesUnderNotes: whoever signed a note of a dispute stands under it as they call
// themselves now, and what is withheld of a name is withheld there.
func TestNamesUnderNotes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		x.t = t
		c := x.crew()
		ref := x.published(t, c)
		filed := x.nobody().post("/incidents/"+ref+"/dispute", pairs(answers())...)
		number, _, _ := strings.Cut(strings.TrimPrefix(filed.header.Get("Location"), "/disputes/"), "?")
		if a := c.editor.post("/desk/disputes/"+number+"/note", "act", "answered", "note", "We looked."); a.status != 303 {
			t.Fatal(a.status)
		}
		says := func(name, not string) {
			t.Helper()
			x.settled()
			for _, at := range []string{"/disputes/" + number, "/ar/disputes/" + number, "/lite/fr/disputes/" + number} {
				if body := x.nobody().get(at).body; !strings.Contains(body, name) || not != "" && strings.Contains(body, not) {
					t.Errorf("%s does not say %q, or says %q", at, name, not)
				}
			}
		}
		says("Dana", "")
		if err := x.office.Accounts.Rename(t.Context(), c.editor.p, "Zofia", "en"); err != nil {
			t.Fatal(err)
		}
		says("Zofia", "Dana")
		if _, err := x.record.Withhold(t.Context(), incident.Withholding{Passage: "Zofia", Who: "a", Reason: "somebody asked", Most: 9, Anyway: true}); err != nil {
			t.Fatal(err)
		}
		says("[…]", "Zofia")
	})
}
