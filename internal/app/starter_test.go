package app

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/stop"
	"keepiton/migrations"
)

// TestServerBeginsWhileASheetIsRead starts what a server starts with on a
// register into which a sheet is being read: it was empty when the server
// looked, and is not when the starter register's turn comes.
func TestServerBeginsWhileASheetIsRead(t *testing.T) {
	ctx := context.Background()
	begin := func(t *testing.T, target string) *incident.Service {
		d, err := db.Open(ctx, target)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		if _, _, err := d.Migrate(ctx, migrations.Files); err != nil {
			t.Fatal(err)
		}
		s, err := incident.NewService(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	own, err := stop.Starter() // rows of a sheet, whatever they say
	if err != nil {
		t.Fatal(err)
	}
	own.Kind, own.Label, own.SHA256, own.Rows = "sheet", "own", "own", own.Rows[:3]
	for engine, target := range map[string]func(testing.TB) string{"sqlite": func(t testing.TB) string { return t.TempDir() }, "postgres": dbtest.PostgresURL} {
		t.Run(engine, func(t *testing.T) {
			at := target(t)
			server, reader := begin(t, at), begin(t, at)
			writing := make(chan struct{})
			tell := sync.OnceFunc(func() { close(writing) })
			var both sync.WaitGroup
			both.Go(func() {
				defer tell()
				if _, err := reader.Import(ctx, []incident.SheetEdition{*own}, incident.ImportOptions{Progress: func(int, int) {
					tell()
					time.Sleep(200 * time.Millisecond) // the server looks now
				}}); err != nil {
					t.Error(err)
				}
			})
			<-writing
			env := &Env{Ctx: ctx, Stdout: io.Discard, Stderr: io.Discard, CLI: &CLI{}, Log: slog.New(slog.DiscardHandler)}
			if err := loadStarter(env, server); err != nil {
				t.Error(err)
			}
			both.Wait()
			eds, err := server.Editions(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range eds {
				if e.Kind == "starter" && e.ID > 2 {
					t.Errorf("the starter register was laid over the sheet: %+v", eds)
				}
			}
		})
	}
}
