package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

const origin = "keepiton.test/ledger"

func newKey(t testing.TB, name string) *Key {
	t.Helper()
	k, err := GenerateKey(name)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func logVerifier(t testing.TB, k *Key) note.Verifier {
	t.Helper()
	v, err := ParseLogKey(k.LogKey())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func witnessVerifier(t testing.TB, k *Key) WitnessVerifier {
	t.Helper()
	v, err := ParseWitnessKey(k.WitnessKey())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// fill appends n events, many to a transaction.
func fill(t testing.TB, l *Log, n int) {
	t.Helper()
	ctx := context.Background()
	for n > 0 {
		step := min(n, 2000)
		events := make([]Event, step)
		for i := range events {
			events[i] = event(n - i)
		}
		if err := l.db.Write(ctx, func(tx db.Tx) error {
			_, err := l.AppendAll(ctx, tx, events)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		n -= step
	}
}

func event(n int) Event {
	return Event{Kind: "incident.published", Subject: fmt.Sprintf("2025-%04d", n), Payload: map[string]any{"ref": n, "by": "two"}}
}

func appendOne(t testing.TB, l *Log, ev Event) Receipt {
	t.Helper()
	var r Receipt
	err := l.db.Write(context.Background(), func(tx db.Tx) (err error) {
		r, err = l.Append(context.Background(), tx, ev)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func checkpoint(t testing.TB, l *Log) Checkpoint {
	t.Helper()
	c, _, err := l.Checkpoint(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// mustBeWhole asks the ledger from inside and from outside.
func mustBeWhole(t testing.TB, l *Log, want int64) {
	t.Helper()
	ctx := context.Background()
	r, err := l.Verify(ctx)
	if err != nil || len(r.Findings) > 0 || r.Entries != want {
		t.Fatalf("Verify: %d entries of %d, %v, %v", r.Entries, want, r.Findings, err)
	}
	if want == 0 {
		return
	}
	checkpoint(t, l)
	a, err := Audit(ctx, l, logVerifier(t, l.key), nil)
	if err != nil || len(a.Findings) > 0 || a.Entries != want {
		t.Fatalf("Audit: %d entries of %d, %v, %v", a.Entries, want, a.Findings, err)
	}
}

func TestAppendRevealForget(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		l := New(d, newKey(t, origin))
		if _, _, err := l.Checkpoint(ctx); !errors.Is(err, ErrNoCheckpoint) {
			t.Fatalf("an empty ledger was signed: %v", err)
		}
		type signOff struct {
			Who  string `json:"who"`
			Note string `json:"note"`
		}
		first := appendOne(t, l, Event{Kind: "incident.signed_off", Subject: "2025-0142", Payload: signOff{"pseudonym", "a<b & ü"}})
		second := appendOne(t, l, Event{Kind: "role.changed", Payload: nil})
		if first.Index != 0 || second.Index != 1 {
			t.Fatalf("indices %d, %d", first.Index, second.Index)
		}
		o, err := l.Reveal(ctx, 0)
		if err != nil {
			t.Fatal(err)
		}
		if want := `{"note":"a<b & ü","who":"pseudonym"}`; string(o.Payload) != want {
			t.Fatalf("payload %s, not %s", o.Payload, want)
		}
		// What the court bundle tells a reader to do by hand.
		if sum := sha256.Sum256(append(o.Salt[:], o.Payload...)); Commitment(sum) != first.Entry.Commitment {
			t.Fatal("the commitment is not SHA-256 over salt and payload")
		}
		if err := Check(second.Entry, o); !errors.Is(err, ErrMismatch) {
			t.Fatalf("a payload of another entry: %v", err)
		}
		if list, err := l.About(ctx, "2025-0142"); err != nil || len(list) != 1 || list[0] != 0 {
			t.Fatalf("About: %v, %v", list, err)
		}

		forget := func(index int64) (r Receipt, err error) {
			err = d.Write(ctx, func(tx db.Tx) error {
				r, err = l.Forget(ctx, tx, index, "court order 7")
				return err
			})
			return r, err
		}
		third, err := forget(0)
		if err != nil || third.Index != 2 || third.Entry.Kind != KindForgotten {
			t.Fatalf("Forget: %+v, %v", third, err)
		}
		if _, err := l.Reveal(ctx, 0); !errors.Is(err, ErrForgotten) {
			t.Fatalf("a forgotten payload: %v", err)
		}
		if _, err := forget(0); !errors.Is(err, ErrForgotten) {
			t.Fatalf("forgotten twice: %v", err)
		}
		if _, err := forget(99); !errors.Is(err, ErrNoEntry) {
			t.Fatalf("forgotten what never was: %v", err)
		}
		if e, err := l.Entry(ctx, 0); err != nil || e != first.Entry {
			t.Fatalf("the entry did not stay: %+v, %v", e, err)
		}
		mustBeWhole(t, l, 3)
	})
}

// A deletion is real: the bytes are gone from the file.
func TestForgottenIsOverwritten(t *testing.T) {
	ctx := context.Background()
	d := dbtest.SQLite(t)
	l := New(d, newKey(t, origin))
	const canary = "canary-7c1d9e"
	fill(t, l, 50)
	r := appendOne(t, l, Event{Kind: "evidence.seen", Payload: map[string]string{"name": strings.Repeat(canary, 30)}})
	fill(t, l, 50)
	found := func() bool {
		t.Helper()
		if _, err := d.Pool().Exec("pragma wal_checkpoint(truncate)"); err != nil {
			t.Fatal(err)
		}
		file, err := os.ReadFile(d.Path)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Contains(file, []byte(canary))
	}
	if !found() {
		t.Fatal("the payload is not in the file: the test looks at the wrong place")
	}
	if err := d.Write(ctx, func(tx db.Tx) error { _, err := l.Forget(ctx, tx, r.Index, "asked for"); return err }); err != nil {
		t.Fatal(err)
	}
	if found() {
		t.Fatal("the forgotten payload is still in the file")
	}
}

func TestEventsThatAreRefused(t *testing.T) {
	ctx := context.Background()
	d := dbtest.SQLite(t)
	l := New(d, nil)
	for name, ev := range map[string]Event{
		"no kind":           {},
		"a kind with lines": {Kind: "a\nat 2026"},
		"a kind in capital": {Kind: "Incident"},
		"a long kind":       {Kind: strings.Repeat("a", maxKind+1)},
		"a long subject":    {Kind: "a", Subject: strings.Repeat("a", maxSubject+1)},
		"a broken subject":  {Kind: "a", Subject: "\xff"},
		"no JSON":           {Kind: "a", Payload: func() {}},
		"a huge payload":    {Kind: "a", Payload: strings.Repeat("a", maxPayload)},
	} {
		if err := d.Write(ctx, func(tx db.Tx) error { _, err := l.Append(ctx, tx, ev); return err }); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	// Not even a caller who goes on as if nothing had been leaves a gap.
	if err := d.Write(ctx, func(tx db.Tx) error { l.AppendAll(ctx, tx, []Event{event(1), {}}); return nil }); err != nil {
		t.Fatal(err)
	}
	if n, err := l.Size(ctx); err != nil || n != 0 {
		t.Fatalf("size %d, %v", n, err)
	}
	if _, _, err := l.Checkpoint(ctx); err == nil {
		t.Fatal("a checkpoint without a key")
	}
}

func TestRollbackLeavesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		l := New(d, newKey(t, origin))
		fill(t, l, 5)
		stop := errors.New("the event itself failed")
		err := d.Write(ctx, func(tx db.Tx) error {
			if _, err := l.AppendAll(ctx, tx, []Event{event(1), event(2), event(3)}); err != nil {
				return err
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatal(err)
		}
		if r := appendOne(t, l, event(9)); r.Index != 5 {
			t.Fatalf("index %d after a rollback", r.Index)
		}
		mustBeWhole(t, l, 6)
	})
}

// Many writers at once, some of which fail: no gap, no entry twice.
func TestConcurrentWriters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		l := New(d, newKey(t, origin))
		const writers, each = 12, 15
		var mu sync.Mutex
		seen := map[int64]bool{}
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					var r Receipt
					failed := errors.New("rolled back")
					err := d.Write(ctx, func(tx db.Tx) (err error) {
						if r, err = l.Append(ctx, tx, event(w*each+i)); err == nil && i%5 == 4 {
							err = failed
						}
						return err
					})
					if errors.Is(err, failed) {
						continue
					}
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					if seen[r.Index] {
						t.Errorf("index %d twice", r.Index)
					}
					seen[r.Index] = true
					mu.Unlock()
				}
			})
			wg.Go(func() { // signs meanwhile
				if _, _, err := l.Checkpoint(ctx); err != nil && !errors.Is(err, ErrNoCheckpoint) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(seen) != writers*each*4/5 {
			t.Fatalf("%d entries", len(seen))
		}
		mustBeWhole(t, l, int64(len(seen)))
	})
}

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.key")
	k, made, err := LoadKey(path, origin)
	if err != nil || !made {
		t.Fatal(made, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	again, made, err := LoadKey(path, origin)
	if err != nil || made || again.LogKey() != k.LogKey() || again.WitnessKey() != k.WitnessKey() {
		t.Fatalf("read again: %v, %v", made, err)
	}
	if _, _, err := LoadKey(path, "another.test"); err == nil {
		t.Error("a key of another name was taken")
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, _, err := LoadKey(path, origin); err == nil {
		t.Error("a key others may read was taken")
	}
	damaged := filepath.Join(t.TempDir(), "damaged.key")
	if err := os.WriteFile(damaged, []byte("PRIVATE+KEY+x+00000000+AAAA\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := LoadKey(damaged, "x"); err == nil {
		t.Error("a damaged key was taken")
	}
	for _, name := range []string{"", "a b", "a+b", "a\nb", "\xff", strings.Repeat("a", maxName+1)} {
		if _, err := GenerateKey(name); err == nil {
			t.Errorf("a key named %q", name)
		}
	}
	if _, _, err := LoadKey(filepath.Join(t.TempDir(), "no", "such"), origin); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	if left, _ := filepath.Glob(path + ".*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// The tree is that of x/mod's own reader, whatever the size.
func TestStoredTreeIsTlogs(t *testing.T) {
	d := dbtest.SQLite(t)
	l := New(d, newKey(t, origin))
	ctx := context.Background()
	var plain []tlog.Hash // as tlog stores them: one list
	reader := tlog.HashReaderFunc(func(idx []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(idx))
		for i, x := range idx {
			out[i] = plain[x]
		}
		return out, nil
	})
	for n := range int64(130) {
		r := appendOne(t, l, event(int(n)))
		made, err := tlog.StoredHashes(n, r.Entry.Leaf(), reader)
		if err != nil {
			t.Fatal(err)
		}
		plain = append(plain, made...)
		want, err := tlog.TreeHash(n+1, reader)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := treeAt(ctx, d.Reader(), n+1); err != nil || got.Hash != want {
			t.Fatalf("size %d: %v, not %v (%v)", n+1, got.Hash, want, err)
		}
	}
}
