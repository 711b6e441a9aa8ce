package db

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"keepiton/internal/platform/lock"
)

// aloneWait is how long [DB.Alone] waits for another, alonePause how often it
// asks.
const (
	aloneWait  = time.Minute
	alonePause = 50 * time.Millisecond
)

// aloneKey is the advisory lock of a PostgreSQL database. Any number would do,
// as long as it stays the same: old and new programs must meet at it.
const aloneKey = 0x6b656570_69746f6e // "keepiton"

// Alone runs fn while nobody else, in this process or another, runs inside
// Alone on the same database. It is for what must happen once, when a database
// is begun or brought up to date. It waits for the other; if that takes too
// long, it says who is in the way and does not run fn. A process that dies
// leaves no lock behind. fn must not call Alone.
func (d *DB) Alone(ctx context.Context, fn func() error) error {
	if d.Engine == SQLite {
		return aloneIn(ctx, filepath.Dir(d.Path), fn)
	}
	// A transaction of its own holds the lock: it is given back whatever
	// happens, also behind a pooler that lends sessions by the transaction.
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("db.Alone: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // there is nothing to undo
	err = waitFor(ctx, "this database", func() (got bool, err error) {
		err = tx.QueryRowContext(ctx, `/* db.Alone */ select pg_try_advisory_xact_lock($1)`, int64(aloneKey)).Scan(&got)
		return got, err
	})
	if err != nil {
		return err
	}
	return fn()
}

// aloneIn is [DB.Alone] for the directory of a SQLite file, which may not be
// there yet. The lock is on the directory itself: no file is left in it.
func aloneIn(ctx context.Context, dir string, fn func() error) error {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("db.Alone: %w", err)
	}
	defer f.Close() // gives the lock back
	if err := waitFor(ctx, dir, func() (bool, error) { return lock.Try(f) }); err != nil {
		return err
	}
	return fn()
}

// waitFor asks for a lock until it is given.
func waitFor(ctx context.Context, what string, try func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, aloneWait)
	defer cancel()
	for {
		got, err := try()
		if got {
			return nil
		}
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("db.Alone: %w", err)
		}
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) { // told to end, not tired of waiting
				return fmt.Errorf("db.Alone: %w", ctx.Err())
			}
			return fmt.Errorf("another keepiton is setting up %s; wait until it is done and try again", what)
		case <-time.After(alonePause):
		}
	}
}
