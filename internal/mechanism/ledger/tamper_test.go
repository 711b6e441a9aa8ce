package ledger

import (
	"testing"

	"keepiton/internal/platform/db"
)

// unguarded takes the triggers away, as somebody would who owns the database.
func unguarded(t *testing.T, d *db.DB) {
	t.Helper()
	list := `select name from sqlite_master where type = 'trigger' and name like 'ledger%'`
	if d.Engine == db.Postgres {
		list = `select tgname || ' on ' || tgrelid::regclass from pg_trigger where tgname like 'ledger%'`
	}
	rows, err := d.Pool().Query(list)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	rows.Close()
	if len(names) == 0 {
		t.Fatal("there are no triggers")
	}
	for _, name := range names {
		mustExec(t, d, "drop trigger "+name)
	}
}

func mustExec(t *testing.T, d *db.DB, statement string) {
	t.Helper()
	if _, err := d.Pool().Exec(statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
