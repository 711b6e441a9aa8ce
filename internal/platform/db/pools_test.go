package db_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestReadersWaitForNoWriter: as many transactions as there may be, each of which
// reads beside itself, end; and a reader who comes while they are all open is answered.
func TestReadersWaitForNoWriter(t *testing.T) {
	d := dbtest.Postgres(t)
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	read := func() error {
		n, _, err := db.Value[int](ctx, d.Reader(), `/* test */ select 1`)
		if err == nil && n != 1 {
			err = errors.New("another number")
		}
		return err
	}
	var all sync.WaitGroup
	began, proceed := make(chan bool, 100), make(chan bool)
	for range 4*runtime.NumCPU() + 1 {
		all.Go(func() {
			err := d.Write(ctx, func(db.Tx) error {
				began <- true
				<-proceed
				return read()
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	for range min(2*runtime.NumCPU(), 8) { // as many as writers have connections
		<-began
	}
	if err := read(); err != nil {
		t.Errorf("a reader, while all writers are at work: %v", err)
	}
	close(proceed)
	all.Wait()
}
