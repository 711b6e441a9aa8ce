package verify

import (
	"context"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestHandOverNamesNobody: where names are hidden, handing a case over answers the
// same for who works there and for who does not; giving it back works, and an editor
// still hands it to a person.
func TestHandOverNamesNobody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		lead := w.file()
		author, helper, editor := w.people["author"], w.people["helper"], w.people["editor"]
		w.must(w.Lease(ctx, author, lead.Ref), w.Veil(ctx, editor, lead.Ref, true))
		for _, works := range []bool{true, false} {
			may := func(string) bool { return works }
			if err := w.HandOver(ctx, author, lead.Ref, helper.Person, may, ""); key(err) != "verify.hand_over_hidden" {
				t.Errorf("handed to somebody who works there (%v): %v", works, err)
			}
		}
		w.must(w.HandOver(ctx, author, lead.Ref, 0, nil, ""))
		w.must(w.HandOver(ctx, editor, lead.Ref, helper.Person, func(string) bool { return true }, ""))
	})
}
