package app

import (
	"context"
	"strings"
	"testing"

	"keepiton/internal/coalition"
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
