package app

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

var servedAt = regexp.MustCompile(`http://\S+`)

// serves holds that a server begins and gives a page although something goes wrong,
// and gives what it logged.
func serves(t *testing.T, env *Env, run func(*ServeCmd) error, at string) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	said, says := io.Pipe()
	var log bytes.Buffer
	env.Ctx, env.Stdout, env.Stderr, env.Log = ctx, says, io.Discard, slog.New(slog.NewTextHandler(&log, nil))
	ended := make(chan error, 1)
	go func() {
		err := run(&ServeCmd{Listen: "127.0.0.1:0", CacheMB: 1, Curtain: "every"})
		says.CloseWithError(io.EOF)
		ended <- err
	}()
	line := make([]byte, 200)
	n, _ := said.Read(line)
	if url := servedAt.FindString(string(line[:n])); url != "" {
		client := http.Client{Timeout: time.Minute}
		a, err := client.Get(url + at)
		if err != nil {
			t.Error(err)
		} else if a.Body.Close(); a.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", at, a.StatusCode)
		}
	}
	stop()
	if err := <-ended; err != nil || n == 0 {
		t.Errorf("it does not serve: %v", err)
	}
	return log.String()
}

// TestServesWhenNothingLapses: an urgent publication that cannot be taken back keeps no
// reader from the pages; for them the clock has taken it back.
func TestServesWhenNothingLapses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		x.urgently(t, x.crew())
		x.runsOut(t, "2026-0001", time.Now().Add(-time.Hour))
		full := []string{`create trigger full_disk before update on incident begin select raise(abort, 'database or disk is full'); end`}
		if d.Engine == db.Postgres {
			full = []string{`create function full_disk() returns trigger language plpgsql as $$ begin raise exception 'no space left on device'; end $$`,
				`create trigger full_disk before update on incident for each row execute function full_disk()`}
		}
		err := d.Write(t.Context(), func(tx db.Tx) error {
			for _, q := range full {
				if _, err := db.Exec(t.Context(), tx, q); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		env := &Env{CLI: &CLI{Data: x.dir}}
		log := serves(t, env, func(c *ServeCmd) error { return c.serve(env, d, x.record) }, "/incidents")
		if !strings.Contains(log, "urgent publications cannot be taken back") {
			t.Errorf("nobody is told: %s", log)
		}
	})
}

// TestServesReadOnly: a server whose database takes no writing, as a standby, gives its
// pages all the same.
func TestServesReadOnly(t *testing.T) {
	url := dbtest.PostgresURL(t)
	mustRun(t, "--database="+url, "--data="+t.TempDir(), "generate", "--incidents=3")
	d, err := db.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	err = d.Write(t.Context(), func(tx db.Tx) error {
		_, err := db.Exec(t.Context(), tx, `do $$ begin execute format('alter database %I set default_transaction_read_only = on', current_database()); end $$`)
		return err
	})
	d.Close()
	if err != nil {
		t.Fatal(err)
	}
	env := &Env{CLI: &CLI{Data: t.TempDir(), Database: url}}
	t.Log(serves(t, env, func(c *ServeCmd) error { return c.Run(env) }, "/incidents"))
}
