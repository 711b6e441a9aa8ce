package db

import (
	"context"
	"fmt"
)

// Unguarded runs fn in a transaction without the triggers of the tables, and
// puts them back before it ends. It is for copying a whole database: its rows
// were admitted one after the other when they were written, and come here in
// another order. If fn fails nothing is changed, triggers included, because the
// transaction is to be rolled back.
func Unguarded(ctx context.Context, tx Tx, fn func() error) error {
	off, on, err := triggers(ctx, tx)
	if err != nil {
		return fmt.Errorf("db.Unguarded: %w", err)
	}
	for _, query := range off {
		if _, err := Exec(ctx, tx, query); err != nil {
			return fmt.Errorf("db.Unguarded: %w", err)
		}
	}
	if err := fn(); err != nil {
		return err
	}
	for _, query := range on {
		if _, err := Exec(ctx, tx, query); err != nil {
			return fmt.Errorf("db.Unguarded: %w", err)
		}
	}
	return nil
}

// triggers gives the statements that take all triggers away and bring them
// back: SQLite has to be told their text again, PostgreSQL can pause them.
func triggers(ctx context.Context, tx Tx) (off, on []string, err error) {
	type row struct {
		Name string `db:"name"`
		Text string `db:"text"`
	}
	query := `/* db.triggers */ select name, sql as text from sqlite_master where type = 'trigger' and sql is not null order by rowid`
	if tx.Engine() == Postgres {
		query = `/* db.triggers */ select distinct c.relname::text as name, '' as text from pg_trigger t join pg_class c on c.oid = t.tgrelid
			where not t.tgisinternal and c.relnamespace = current_schema()::regnamespace order by 1`
	}
	rows, err := Select[row](ctx, tx, query)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range rows {
		if tx.Engine() == Postgres {
			off, on = append(off, `/* db.Unguarded */ alter table `+r.Name+` disable trigger user`), append(on, `/* db.Unguarded */ alter table `+r.Name+` enable trigger user`)
			continue
		}
		off, on = append(off, `/* db.Unguarded */ drop trigger `+r.Name), append(on, r.Text)
	}
	return off, on, nil
}
