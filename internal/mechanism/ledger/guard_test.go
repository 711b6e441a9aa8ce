package ledger

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/migrations/guard"
	"keepiton/migrations/guard/guardtest"
)

// deletable are the only tables of the ledger a row may leave.
var deletable = map[string]bool{"ledger_payload": true, "ledger_held_payload": true}

// full is a ledger with a row in every table.
func full(t *testing.T, d *db.DB) *Log {
	t.Helper()
	ctx := context.Background()
	l := New(d, newKey(t, origin))
	fill(t, l, 6)
	holdSome(t, l, 2)
	batch(t, l)
	c := checkpoint(t, l)
	w := NewWitness(newKey(t, "witness.test"), logVerifier(t, l.key), t.TempDir()+"/state")
	signed, err := w.Visit(ctx, l)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.AddCosignatures(ctx, signed, []WitnessVerifier{witnessVerifier(t, w.key)}); err != nil {
		t.Fatal(err)
	}
	if err := d.Write(ctx, func(tx db.Tx) error {
		return db.Insert(ctx, tx, "ledger_stamp", []stampRow{{c.Number, "authority.test", 1, "dG9rZW4="}})
	}); err != nil {
		t.Fatal(err)
	}
	return l
}

// No statement can change or take away what the ledger holds: every column of
// every table is tried, by SQL that knows nothing of this package.
func TestTheDatabaseRefuses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		l := full(t, d)
		all, err := d.Tables(ctx)
		if err != nil {
			t.Fatal(err)
		}
		tried := 0
		refused := func(statement string) {
			t.Helper()
			tried++
			_, err := d.Pool().ExecContext(ctx, statement)
			if err == nil {
				t.Errorf("was done: %s", statement)
			} else if !strings.Contains(err.Error(), "the ledger only grows") && !strings.Contains(err.Error(), "what was written stays") {
				t.Errorf("%s: refused for another reason: %v", statement, err)
			}
		}
		for _, table := range all {
			if !strings.HasPrefix(table, "ledger_") {
				continue
			}
			if n, _, err := db.Value[int64](ctx, d.Reader(), "select count(*) from "+table); err != nil || n == 0 {
				t.Fatalf("%s is empty (%v): nothing would be refused", table, err)
			}
			columns := columnsOf(t, d, table)
			for _, column := range columns {
				if table != "ledger_head" { // it counts, upwards only: below
					refused(fmt.Sprintf("update %s set %s = %s", table, column, column))
				}
			}
			if !deletable[table] {
				refused("delete from " + table)
			}
			if d.Engine == db.Postgres {
				if !deletable[table] {
					refused("truncate " + table + " cascade")
				}
				continue
			}
			list := strings.Join(columns, ", ")
			refused(fmt.Sprintf("insert or replace into %s (%s) select %s from %s", table, list, list, table))
		}
		refused("update ledger_head set id = 2")
		refused("update ledger_head set size = size - 1")
		refused("update ledger_head set size = 0")
		if tried < 30 {
			t.Fatalf("only %d statements were tried", tried)
		}
		mustBeWhole(t, l, 7)
	})
}

func columnsOf(t *testing.T, d *db.DB, table string) []string {
	t.Helper()
	rows, err := d.Reader().QueryContext(context.Background(), "select * from "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	return columns
}

// What SQLite calls the number of a row is no way around either.
func TestTheRulesHold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		full(t, d)
		for _, f := range guard.Files {
			if strings.Contains(f.Name, "ledger") {
				guardtest.Attack(t, d, f)
			}
		}
	})
}

// An upsert is the other way to overwrite a row, on both engines.
func TestUpsertIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		full(t, d)
		_, err := d.Pool().Exec(`insert into ledger_entry (idx, kind, at, commitment, hashes) values (3, 'a', 1, 'b', 'c')
			on conflict (idx) do update set kind = excluded.kind`)
		if err == nil || !strings.Contains(err.Error(), "what was written stays") {
			t.Fatalf("an upsert: %v", err)
		}
	})
}
