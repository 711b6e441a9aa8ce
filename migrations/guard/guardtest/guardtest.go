// Package guardtest attacks the guards of a database with single statements, as
// somebody would who goes past the program.
package guardtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/migrations/guard"
)

// Attack tries everything that a guard refuses on every table of it, each of which
// needs a row, and fails the test where a statement goes through or a table changes.
func Attack(t *testing.T, d *db.DB, f guard.File) {
	t.Helper()
	for _, s := range f.Stays {
		attack(t, d, f, guard.Whole{Table: s.Table, Keys: s.Keys}, func() []string {
			list := []string{fmt.Sprintf(`update %[1]s set %[2]s = %[2]s`, s.Table, first(s.Keys))}
			if !s.Erasable {
				list = append(list, `delete from `+s.Table)
				if d.Engine == db.Postgres {
					list = append(list, `truncate `+s.Table+` cascade`)
				}
			}
			return list
		}())
	}
	for _, w := range f.Whole {
		attack(t, d, f, w, nil)
	}
}

func first(keys []string) string { return strings.Split(keys[0], ", ")[0] }

func attack(t *testing.T, d *db.DB, f guard.File, w guard.Whole, statements []string) {
	t.Helper()
	table := w.Table
	ctx := context.Background()
	before, err := db.SumTable(ctx, d.Reader(), table)
	if err != nil {
		t.Fatal(err)
	}
	if before.Rows == 0 {
		t.Errorf("%s has no row to attack", table)
		return
	}
	if d.Engine == db.SQLite {
		statements = append(statements, replacing(t, d, w)...)
	}
	for _, query := range statements {
		err := d.Write(ctx, func(tx db.Tx) error { _, err := db.Exec(ctx, tx, query); return err })
		if err == nil {
			t.Errorf("went through: %s", query)
		} else if !refused(f, err.Error()) {
			t.Errorf("%s was refused for another reason: %v", query, err)
		}
	}
	if after, err := db.SumTable(ctx, d.Reader(), table); err != nil || after != before {
		t.Errorf("%s was changed: %+v, %+v, %v", table, before, after, err)
	}
}

// refused tells whether an error is the word of a guard.
func refused(f guard.File, text string) bool {
	return strings.Contains(text, "what was written stays") || strings.Contains(text, "is not replaced by another") ||
		slices.ContainsFunc(f.Rules, func(r guard.Rule) bool { return strings.Contains(text, r.Says) })
}

// replacing are the ways in which SQLite puts a row in the place of another: under
// its key, and, with a key of its own, under the number of the row in each of its names.
func replacing(t *testing.T, d *db.DB, w guard.Whole) []string {
	t.Helper()
	table, key, which := w.Table, first(w.Keys), ""
	if w.Only != "" {
		which = " where " + w.Only
	}
	type column struct {
		Name string `db:"name"`
		Type string `db:"type"`
	}
	list, err := db.Select[column](context.Background(), d.Reader(), `select name, type from pragma_table_info('`+table+`')`)
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = c.Name
	}
	other := slices.Clone(names)
	for i, c := range list {
		if c.Name == key {
			other[i] = map[bool]string{true: c.Name + " || 'x'", false: c.Name + " + 100000"}[strings.EqualFold(c.Type, "text")]
		}
	}
	out := []string{fmt.Sprintf(`insert or replace into %[1]s (%[2]s) select %[2]s from %[1]s x%[3]s limit 1`, table, strings.Join(names, ", "), which)}
	for _, row := range []string{"rowid", "_rowid_", "oid"} {
		out = append(out, fmt.Sprintf(`insert or replace into %s (%s, %s) select %s, %s from %s x%s limit 1`, table, row, strings.Join(names, ", "), row, strings.Join(other, ", "), table, which))
	}
	return append(out, fmt.Sprintf(`update or replace %s set rowid = rowid + 1`, table))
}
