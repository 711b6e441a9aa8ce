package ledger

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/migrations"
)

const (
	childTarget = "LEDGER_TEST_TARGET"
	childKey    = "LEDGER_TEST_KEY"
)

// TestChild is the other process of TestKill: it appends, three entries to a
// transaction, and says each size that was acknowledged.
func TestChild(t *testing.T) {
	target := os.Getenv(childTarget)
	if target == "" {
		t.Skip("only as a child of TestKill")
	}
	ctx := context.Background()
	d, err := db.Open(ctx, target)
	if err != nil {
		t.Fatal(err)
	}
	k, _, err := LoadKey(os.Getenv(childKey), origin)
	if err != nil {
		t.Fatal(err)
	}
	l := New(d, k)
	for {
		var size int64
		if err := d.Write(ctx, func(tx db.Tx) error {
			list, err := l.AppendAll(ctx, tx, []Event{event(1), event(2), event(3)})
			if err == nil {
				size = list[2].Index + 1
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := l.Checkpoint(ctx); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("size %d\n", size)
	}
}

// kill -9 at any moment: what was acknowledged is there, nothing is there by
// half, and the ledger goes on.
func TestKill(t *testing.T) {
	for name, target := range map[string]func(t testing.TB) string{
		"sqlite":   func(t testing.TB) string { return t.TempDir() },
		"postgres": dbtest.PostgresURL,
	} {
		t.Run(name, func(t *testing.T) {
			where, keyFile := target(t), t.TempDir()+"/key"
			k, _, err := LoadKey(keyFile, origin)
			if err != nil {
				t.Fatal(err)
			}
			d, err := db.Open(context.Background(), where)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := d.Migrate(context.Background(), migrations.Files); err != nil {
				t.Fatal(err)
			}
			d.Close()
			for range 6 {
				acknowledged := killed(t, where, keyFile)
				d, err := db.Open(context.Background(), where)
				if err != nil {
					t.Fatal(err)
				}
				l := New(d, k)
				size, err := l.Size(context.Background())
				if err != nil || size < acknowledged || size%3 != 0 {
					t.Fatalf("%d entries, %d were acknowledged, %v", size, acknowledged, err)
				}
				mustBeWhole(t, l, size)
				d.Close()
			}
		})
	}
}

// killed runs the child for a while and gives the last size it acknowledged.
func killed(t *testing.T, target, keyFile string) int64 {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), childTarget+"="+target, childKey+"="+keyFile)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var acknowledged int64
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		if size, ok := cutInt(lines.Text()); ok {
			acknowledged = size
		}
		if n == 2 { // it is at work: somewhere in one of the next transactions
			time.AfterFunc(rand.N(60*time.Millisecond), func() { cmd.Process.Kill() })
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != -1 {
		t.Fatalf("the child ended by itself: %v", err)
	}
	if acknowledged == 0 {
		t.Fatal("the child acknowledged nothing")
	}
	return acknowledged
}

func cutInt(line string) (int64, bool) {
	if len(line) < 6 || line[:5] != "size " {
		return 0, false
	}
	n, err := strconv.ParseInt(line[5:], 10, 64)
	return n, err == nil
}

// A backup and a move carry a ledger over, row by row, and it is whole there.
func TestLedgerMovesBetweenEngines(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, src *db.DB) {
		ctx := context.Background()
		l := full(t, src)
		fill(t, l, 30)
		if err := src.Write(ctx, func(tx db.Tx) error { _, err := l.Forget(ctx, tx, 3, "asked for"); return err }); err != nil {
			t.Fatal(err)
		}
		dst := dbtest.SQLite(t)
		if src.Engine == db.SQLite {
			dst = dbtest.Postgres(t)
		}
		tables, err := src.Tables(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := dst.Write(ctx, func(tx db.Tx) error {
			for _, table := range tables {
				load := db.NewLoader(tx, table)
				if err := db.EachRow(ctx, src.Reader(), table, func(cols []string, row []any) error { return load.Add(ctx, cols, row) }); err != nil {
					return err
				}
				if err := load.Flush(ctx); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		moved := New(dst, l.key)
		mustBeWhole(t, moved, 38)
		fill(t, moved, 3)
		mustBeWhole(t, moved, 41)
	})
}
