package db_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// eachEmpty runs a test on the address of an empty database of both engines.
func eachEmpty(t *testing.T, fn func(t *testing.T, target string)) {
	t.Run("sqlite", func(t *testing.T) { fn(t, t.TempDir()+"/new") })
	t.Run("postgres", func(t *testing.T) { fn(t, dbtest.PostgresURL(t)) })
}

// slowSteps are steps of a schema that cannot be made twice and take long
// enough for all others to have asked how far the database is.
var slowSteps = fstest.MapFS{
	"0001_first.sql": {Data: []byte("-- +goose Up\ncreate table step (i bigint not null);\n" + slowInsert)},
	"0002_next.sql":  {Data: []byte("-- +goose Up\n" + slowInsert)},
}

const slowInsert = "insert into step with recursive c(i) as (select 1 union all select i + 1 from c where i < 200000) select i from c;\n"

// TestManyBeginAtOnce: of several that begin one database at the same time all
// get it whole, and each step of the schema is made once.
func TestManyBeginAtOnce(t *testing.T) {
	eachEmpty(t, func(t *testing.T, target string) {
		ctx := context.Background()
		var made atomic.Int64
		var open, all sync.WaitGroup
		const many = 6
		open.Add(many)
		for range many {
			all.Go(func() {
				d, err := db.Open(ctx, target)
				open.Done()
				open.Wait() // all start at the same line
				if err != nil {
					t.Error(err)
					return
				}
				defer d.Close()
				_, n, err := d.Migrate(ctx, slowSteps)
				if err != nil {
					t.Error(err)
				}
				made.Add(int64(n))
			})
		}
		all.Wait()
		if made.Load() != int64(len(slowSteps)) {
			t.Errorf("%d steps were made, there are %d", made.Load(), len(slowSteps))
		}
	})
}

// TestAloneWaitsAndSaysSo: who comes second waits; who cannot wait any longer
// is told why, and nothing has run.
func TestAloneWaitsAndSaysSo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		inside, leave, done := make(chan bool), make(chan bool), make(chan error)
		go func() {
			done <- d.Alone(context.Background(), func() error { close(inside); <-leave; return nil })
		}()
		<-inside
		short, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		defer cancel()
		err := d.Alone(short, func() error { t.Error("two were alone at once"); return nil })
		if err == nil || !strings.Contains(err.Error(), "another keepiton is setting up") {
			t.Errorf("the second was told: %v", err)
		}
		second := make(chan error)
		go func() { second <- d.Alone(context.Background(), func() error { return nil }) }()
		close(leave)
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := <-second; err != nil {
			t.Errorf("the second waited in vain: %v", err)
		}
	})
}
