package evidence

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// guards names the triggers, as they are dropped.
func guards(t *testing.T, d *db.DB) []string {
	t.Helper()
	list := `select name from sqlite_master where type = 'trigger' and name like 'evidence%'`
	if d.Engine == db.Postgres {
		list = `select tgname || ' on ' || tgrelid::regclass from pg_trigger where tgname like 'evidence%'`
	}
	rows, err := d.Pool().Query(list)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

// busy is an item that was touched ten times.
func busy(t *testing.T, w *world) Item {
	t.Helper()
	it := w.mustAdd(t, amina, filing())
	for i := range 9 {
		next := it.Draft
		next.Says = fmt.Sprint("version ", i)
		var err error
		if it, _, err = w.Edit(t.Context(), amina, it.Ref, it.Version, next); err != nil {
			t.Fatal(err)
		}
	}
	return it
}

// Direct SQL cannot change what happened.
func TestCustodyIsGuarded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		it := busy(t, w)
		statements := []string{
			`update evidence_custody set person = 'nobody' where n = 3`, `delete from evidence_custody where n = 10`, `delete from evidence_custody`,
			`update evidence_change set old_value = 'x'`, `update evidence_custody set n = 99 where n = 10`,
		}
		if d.Engine == db.SQLite {
			statements = append(statements, `insert or replace into evidence_custody select * from evidence_custody where n = 3`,
				`replace into evidence_change select * from evidence_change where n = 3`)
		} else {
			statements = append(statements, `truncate evidence_custody`, `truncate evidence_item cascade`)
		}
		for _, s := range statements {
			if _, err := d.Pool().Exec(s); err == nil || !strings.Contains(err.Error(), "what was written stays") {
				t.Errorf("%s: %v", s, err)
			}
		}
		w.mustBeWhole(t, it.Ref, Received, Edited, Edited, Edited, Edited, Edited, Edited, Edited, Edited, Edited)
	})
}

// Whoever takes the triggers away is found by the chain: every column of every
// row, every deletion, every move.
func TestTamperingIsFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		busy(t, w)
		it := busy(t, w)
		names := guards(t, d)
		if len(names) < 7 {
			t.Fatalf("triggers: %v", names)
		}
		for _, name := range names {
			if _, err := d.Pool().Exec("drop trigger " + name); err != nil {
				t.Fatal(err)
			}
		}
		mine := fmt.Sprintf(" where item_id = %d and n = ", it.ID)
		var tampered []string
		for n := 1; n <= 10; n++ {
			for _, set := range []string{"at = at + 1", "person = 'nobody'", "organisation_id = 9", "act = 'viewed'", "digest = 'ab'", "detail = 'other'", "prev = hash", "hash = prev"} {
				tampered = append(tampered, "update evidence_custody set "+set+mine+fmt.Sprint(n))
			}
			tampered = append(tampered, "delete from evidence_custody"+mine+fmt.Sprint(n))
			if n < 10 {
				swap := fmt.Sprintf("update evidence_custody set n = case n when %d then %d else %d end where item_id = %d and n in (%d, %d)", n, n+100, n, it.ID, n, n+1)
				tampered = append(tampered, swap+fmt.Sprintf("; update evidence_custody set n = %d where item_id = %d and n = %d", n+1, it.ID, n+100))
			}
		}
		tampered = append(tampered, fmt.Sprintf("delete from evidence_custody where item_id = %d", it.ID),
			fmt.Sprintf("delete from evidence_custody where item_id = %d and n > 5", it.ID))
		for _, script := range tampered {
			if !verifyAfter(t, w, d, it, script) {
				t.Errorf("not found: %s", script)
			}
		}
		if err := w.VerifyCustody(t.Context(), it.ID); err != nil {
			t.Errorf("after everything was put back: %v", err)
		}
	})
}

var errBack = errors.New("put it back")

// verifyAfter tells whether the verification finds what some statements did,
// and undoes them.
func verifyAfter(t *testing.T, w *world, d *db.DB, it Item, script string) (found bool) {
	t.Helper()
	err := d.Write(context.Background(), func(tx db.Tx) error {
		for _, s := range strings.Split(script, ";") {
			if _, err := tx.ExecContext(context.Background(), s); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
		}
		list, err := custodyOf(context.Background(), tx, it)
		if err != nil {
			t.Fatal(err)
		}
		var broken *BrokenCustody
		found = errors.As(verifyChain(it, list), &broken)
		return errBack
	})
	if !errors.Is(err, errBack) {
		t.Fatal(err)
	}
	return found
}

// What the ledger cannot hear of is not done.
func TestRecorderUndoes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		it := w.mustAdd(t, amina, filing())
		if len(w.told) != 1 || w.told[0].Ref != it.Ref || w.told[0].Person != "amina" || w.told[0].Organisation != 7 || w.told[0].Act != Received || w.told[0].Hash == "" {
			t.Errorf("told: %+v", w.told)
		}
		w.record = func(context.Context, db.Tx, Touch) error { return errors.New("full") }
		if _, err := w.Add(t.Context(), amina, "L-2026-0001", filing()); err == nil {
			t.Error("filed without a record")
		}
		next := it.Draft
		next.Says = "other"
		if _, _, err := w.Edit(t.Context(), amina, it.Ref, it.Version, next); err == nil {
			t.Error("edited without a record")
		}
		list, err := ItemsOf(t.Context(), d.Reader(), 1)
		if err != nil || len(list) != 1 || list[0].Says != it.Says || list[0].Version != 1 {
			t.Errorf("%+v %v", list, err)
		}
		w.mustBeWhole(t, it.Ref, Received)
	})
}
