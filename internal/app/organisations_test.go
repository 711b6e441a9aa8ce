package app

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"keepiton/internal/coalition"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestWhoRenamedAnOrganisation: storing an organisation is on the ledger, which names it
// by its reference alone, and doctor says where one was changed past the program.
func TestWhoRenamedAnOrganisation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startDesk(t, d)
		x.t = t
		env := &Env{Ctx: ctx, CLI: &CLI{}}
		sound := func(want bool) {
			t.Helper()
			if _, err := env.checkOrganisations(d); (err == nil) != want || err != nil && !strings.Contains(err.Error(), "past the program") {
				t.Errorf("doctor says %v", err)
			}
		}
		sound(true)
		n := x.onLedger(kindOrganisation)
		o := x.other
		o.Names = map[string]string{"en": "Another group in Kenya"}
		if _, err := x.office.Save(ctx, nil, o); err != nil {
			t.Fatal(err)
		}
		if got := x.onLedger(kindOrganisation); got != n+1 {
			t.Errorf("%d entries after %d", got, n)
		}
		sound(true)
		payloads, _, err := db.Value[string](ctx, d.Reader(), `select max(payload) from ledger_payload where subject = $1`, o.Ref)
		if err != nil || !strings.Contains(payloads, o.Ref) || strings.Contains(payloads, "Kenya") {
			t.Errorf("the ledger keeps %s %v", payloads, err)
		}
		for _, query := range []string{`update organisation_name set name = 'Forged'`, `update organisation set alias = 'Forged'`, `update organisation set listed = 1 - listed`} {
			if err := d.Write(ctx, func(tx db.Tx) error { _, err := db.Exec(ctx, tx, query); return err }); err != nil {
				t.Fatal(err)
			}
			sound(false)
			for _, was := range []coalition.Organisation{o, x.home} {
				if _, err := x.office.Save(ctx, nil, was); err != nil {
					t.Fatal(err)
				}
			}
			sound(true)
		}
		log := ledger.New(d, nil)
		about, err := log.About(ctx, o.Ref)
		if err != nil || len(about) == 0 {
			t.Fatal(about, err)
		}
		says := ""
		for _, index := range about { // by law
			if err := d.Write(ctx, func(tx db.Tx) error { _, err := log.Forget(ctx, tx, index, "a name that had to go"); return err }); err != nil {
				t.Fatal(err)
			}
			if says, err = env.checkOrganisations(d); err != nil {
				t.Errorf("without entry %d: %v", index, err)
			}
		}
		if !strings.Contains(says, "of 1 of them the ledger was made to forget") {
			t.Errorf("doctor says %q", says)
		}
	})
}

// TestSignedBeforeItLeft: what was signed for an organisation before it left counts no
// more, also when the organisation comes back; its people work on then.
func TestSignedBeforeItLeft(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		x := startDesk(t, d)
		c := x.crew()
		lead := c.author.file()
		c.author.prove(lead)
		x.bothSign(t, c, lead)
		o := x.other
		for _, state := range []string{"left", "active"} {
			o.State = state
			if _, err := x.office.Save(ctx, nil, o); err != nil {
				t.Fatal(err)
			}
			if err := x.work.cases.Recount(ctx); err != nil {
				t.Fatal(err)
			}
			if a := c.editor.post(lead + "/publish"); a.status != http.StatusConflict {
				t.Errorf("%s: published under what was signed before: %d", state, a.status)
			}
		}
		if err := d.Write(ctx, func(tx db.Tx) error {
			_, err := db.Exec(ctx, tx, `update organisation set signs_since = 0`)
			return err
		}); err == nil {
			t.Error("a statement makes it count again")
		}
		other := x.join("Gulnaz", coalition.Grant{Organisation: o.Ref, Role: desk.Verifier})
		if a := other.sign(lead); a.status != http.StatusSeeOther {
			t.Errorf("somebody else of it does not sign: %d", a.status)
		}
		if a := c.editor.post(lead + "/publish"); a.status != http.StatusSeeOther {
			t.Errorf("not published: %d %s", a.status, plain(t, a.body))
		}
	})
}
