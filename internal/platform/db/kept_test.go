package db_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestStatementsAreKept: a statement that was compiled before answers as one that was not:
// asked again, within itself, after it failed, after its table changed, beside very many
// others, by many at once, and when whoever asked is gone.
func TestStatementsAreKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		write := func(query string, args ...any) error {
			return d.Write(ctx, func(tx db.Tx) error { _, err := tx.ExecContext(ctx, query, args...); return err })
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		sum := func(q db.Querier) (n int) {
			t.Helper()
			must(q.QueryRowContext(ctx, `select coalesce(sum(n), 0) from kept`).Scan(&n))
			return n
		}
		must(write(`create table kept (n integer primary key)`))
		for n := 1; n <= 10; n++ {
			must(write(`insert into kept (n) values ($1)`, n))
		}
		if err := write(`insert into kept (n) values ($1)`, 3); !db.IsUnique(err) {
			t.Errorf("the same number again: %v", err)
		}
		must(write(`insert into kept (n) values ($1)`, 11))
		if n := sum(d.Reader()); n != 66 {
			t.Errorf("the sum is %d", n)
		}

		if d.Engine == db.SQLite { // PostgreSQL's connection answers one question at a time
			must(d.Write(ctx, func(tx db.Tx) error { // the same text within itself
				rows, err := tx.QueryContext(ctx, `select n from kept order by n`)
				if err != nil {
					return err
				}
				defer rows.Close()
				for want := 1; rows.Next(); want++ {
					var n, inner, all int
					if err := rows.Scan(&n); err != nil || n != want {
						return fmt.Errorf("%d for %d: %w", n, want, err)
					}
					again, err := tx.QueryContext(ctx, `select n from kept order by n`)
					if err != nil {
						return err
					}
					for again.Next() {
						if err := again.Scan(&inner); err != nil {
							return err
						}
						all += inner
					}
					if again.Close(); all != 66 {
						return fmt.Errorf("within row %d: %d", n, all)
					}
				}
				return rows.Err()
			}))
		}

		must(write(`alter table kept add column word text not null default 'w'`))
		if n := sum(d.Reader()); n != 66 {
			t.Errorf("after the table changed: %d", n)
		}
		for i := range 600 { // more texts than are kept
			var n int
			must(d.Reader().QueryRowContext(ctx, fmt.Sprintf(`select n + %d from kept where n = $1`, i), 2).Scan(&n))
			if n != i+2 {
				t.Fatalf("%d for %d", n, i+2)
			}
		}
		var n int
		must(d.Reader().QueryRowContext(ctx, `select count(*) from kept where word in (`+strings.Repeat("'w', ", 5000)+`'w')`).Scan(&n))
		if n != 11 {
			t.Errorf("a long text: %d", n)
		}

		var wait sync.WaitGroup
		for range 8 {
			wait.Go(func() {
				for range 200 {
					if sum(d.Reader()) != 66 {
						t.Error("many at once get something else")
					}
				}
			})
		}
		wait.Wait()

		gone, leave := context.WithCancel(ctx)
		rows, err := d.Reader().QueryContext(gone, `select a.n from kept a, kept b, kept c order by a.n, b.n, c.n`)
		must(err)
		rows.Next()
		leave()
		for rows.Next() {
		}
		if err := rows.Err(); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("whoever asked is gone: %v", err)
		}
		rows.Close()
		for range 20 {
			if n := sum(d.Reader()); n != 66 {
				t.Errorf("after somebody has gone: %d", n)
			}
			var first int
			must(d.Reader().QueryRowContext(ctx, `select a.n from kept a, kept b, kept c order by a.n, b.n, c.n`).Scan(&first))
			if first != 1 {
				t.Errorf("a question that was left begins at %d", first)
			}
		}
		must(write(`drop table kept`))
	})
}
