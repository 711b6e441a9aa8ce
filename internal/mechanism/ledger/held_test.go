package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// clock is a log's own time, moved by hand.
type clock struct{ at int64 }

func clocked(l *Log) *clock {
	c := &clock{time.Date(2026, 5, 20, 12, 30, 0, 0, time.UTC).UnixMicro()}
	l.now = func() int64 { return c.at }
	return c
}

func (c *clock) pass(d time.Duration) { c.at += d.Microseconds() }

func holdSome(t testing.TB, l *Log, n int) (ids []int64) {
	t.Helper()
	ctx := context.Background()
	for i := range n {
		if err := l.db.Write(ctx, func(tx db.Tx) error {
			id, err := l.Hold(ctx, tx, Event{Kind: "dossier.signed_off", Subject: fmt.Sprintf("L-2026-%04d", i), Payload: map[string]any{"by": "two\n\nlines", "n": i}})
			ids = append(ids, id)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	return ids
}

func batch(t testing.TB, l *Log) (Receipt, bool) {
	t.Helper()
	r, made, err := l.Batch(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r, made
}

func TestHeldIsProvable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		l := New(d, newKey(t, origin))
		now := clocked(l)
		fill(t, l, 3)
		var all []int64
		for _, n := range []int{5, 0, 1, 64, 70} {
			ids := holdSome(t, l, n)
			for i, id := range ids {
				if id != int64(len(all)+1) {
					t.Fatalf("event %d got the number %d", len(all)+1, ids[i])
				}
				all = append(all, id)
			}
			if len(ids) > 0 {
				if _, err := l.HeldProof(ctx, ids[0]); !errors.Is(err, ErrNotCovered) {
					t.Fatalf("before its batch: %v", err)
				}
			}
			if _, made := batch(t, l); !made {
				t.Fatal("no batch in a new hour")
			}
			if _, made := batch(t, l); made {
				t.Fatal("two batches in one hour")
			}
			if len(ids) > 0 {
				if _, err := l.HeldProof(ctx, ids[0]); !errors.Is(err, ErrNotCovered) {
					t.Fatalf("before its checkpoint: %v", err)
				}
			}
			checkpoint(t, l)
			now.pass(time.Hour)
		}
		for i, id := range all {
			p, err := l.HeldProof(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			file := p.Format()
			read, err := ParseHeldProof(file)
			if err != nil {
				t.Fatalf("%v in\n%s", err, file)
			}
			tree, err := CheckHeld(read, logVerifier(t, l.key))
			if err != nil || tree.N != 3+5 {
				t.Fatalf("held event %d: a tree of %d, %v", id, tree.N, err)
			}
			if !bytes.Equal(read.Format(), file) {
				t.Fatal("a proof is not written as it was read")
			}
			if _, err := CheckHeld(read, logVerifier(t, newKey(t, origin))); err == nil {
				t.Fatal("a proof holds under another key")
			}
			other := p
			if other.Index = (p.Index + 1) % 64; i%10 == 0 {
				if _, err := CheckHeld(other, logVerifier(t, l.key)); err == nil {
					t.Fatal("a proof holds at another place")
				}
			}
		}
		if _, err := l.HeldProof(ctx, 9999); !errors.Is(err, ErrNoHeld) {
			t.Errorf("what never was: %v", err)
		}
		if ids, err := l.HeldAbout(ctx, "L-2026-0000"); err != nil || !slices.Equal(ids, []int64{1, 6, 7, 71}) {
			t.Errorf("HeldAbout: %v, %v", ids, err)
		}
		mustBeWhole(t, l, 3+5)
	})
}

// Every change of a single letter of a proof is noticed, but for the last one of
// the signature: of its six bits two mean nothing.
func TestNoLetterOfAHeldProofCanChange(t *testing.T) {
	l := New(dbtest.SQLite(t), newKey(t, origin))
	clocked(l)
	holdSome(t, l, 3)
	batch(t, l)
	checkpoint(t, l)
	p, err := l.HeldProof(context.Background(), 2)
	if err != nil {
		t.Fatal(err)
	}
	file, key := p.Format(), logVerifier(t, l.key)
	for i := range file {
		bad := bytes.Clone(file)
		bad[i] ^= 1
		read, err := ParseHeldProof(bad)
		if err == nil {
			_, err = CheckHeld(read, key)
		}
		if spare := bytes.LastIndexByte(file, '=') - 1; err == nil && i != spare {
			t.Errorf("letter %d (%q) can be changed", i, file[max(0, i-10):min(len(file), i+10)])
		}
	}
}

// What is public is the same whether a thing was held or a hundred were: one
// entry an hour, of one kind, whose form says nothing.
func TestHeldCannotBeSeen(t *testing.T) {
	ctx := context.Background()
	public := func(perHour []int) (text []string) {
		l := New(dbtest.SQLite(t), newKey(t, origin))
		now := clocked(l)
		for _, n := range perHour {
			holdSome(t, l, n)
			batch(t, l)
			checkpoint(t, l)
			now.pass(time.Hour)
		}
		leaves, err := l.Leaves(ctx, 0, MaxPage)
		if err != nil {
			t.Fatal(err)
		}
		for _, leaf := range leaves {
			before, after, ok := strings.Cut(string(leaf), "commitment ")
			if !ok || len(after) != 65 {
				t.Fatalf("%q", leaf)
			}
			text = append(text, before)
		}
		return text
	}
	quiet, busy := public([]int{0, 0, 0, 0}), public([]int{1, 0, 100, 7})
	if len(quiet) != 4 || !slices.Equal(quiet, busy) {
		t.Errorf("four hours in which nothing was held:\n%v\nand four in which something was:\n%v", quiet, busy)
	}
	// Who is shown one proof learns of the others in the batch as little as
	// possible: a batch of one and a batch of sixty look alike.
	l := New(dbtest.SQLite(t), newKey(t, origin))
	now := clocked(l)
	holdSome(t, l, 1)
	batch(t, l)
	now.pass(time.Hour)
	holdSome(t, l, 60)
	batch(t, l)
	checkpoint(t, l)
	for _, id := range []int64{1, 2, 61} {
		p, err := l.HeldProof(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if _, n, err := p.Batch.Opening.batch(); err != nil || n != leastLeaves || len(p.Path) != 6 {
			t.Errorf("the proof of %d shows a batch of %d and a path of %d: %v", id, n, len(p.Path), err)
		}
	}
}

func TestHeldIsForgotten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		l := New(d, newKey(t, origin))
		now := clocked(l)
		holdSome(t, l, 3)
		batch(t, l)
		checkpoint(t, l)
		forget := func(id int64) error {
			return d.Write(ctx, func(tx db.Tx) error { return l.ForgetHeld(ctx, tx, id, "court order 7") })
		}
		if err := forget(2); err != nil {
			t.Fatal(err)
		}
		if err := forget(2); !errors.Is(err, ErrForgotten) {
			t.Errorf("forgotten twice: %v", err)
		}
		if err := forget(77); !errors.Is(err, ErrNoHeld) {
			t.Errorf("forgotten what never was: %v", err)
		}
		if _, err := l.HeldProof(ctx, 2); !errors.Is(err, ErrForgotten) {
			t.Errorf("the proof of what was forgotten: %v", err)
		}
		now.pass(time.Hour)
		batch(t, l)
		checkpoint(t, l)
		for _, id := range []int64{1, 3, 4} {
			p, err := l.HeldProof(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			if id == 4 && p.Held.Entry.Kind != KindForgotten {
				t.Errorf("that it was done is held as %s", p.Held.Entry.Kind)
			}
		}
		mustBeWhole(t, l, 2)
	})
}

// Many hold at once while batches are made: no number is given twice or left
// out, no event falls between two batches.
func TestHoldingAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		l := New(d, newKey(t, origin))
		now := clocked(l)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range 10 {
					if err := d.Write(ctx, func(tx db.Tx) error {
						_, err := l.Hold(ctx, tx, Event{Kind: "a.b", Subject: "x"})
						return err
					}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for range 3 {
			batch(t, l)
			checkpoint(t, l)
		}
		all.Wait()
		now.pass(time.Hour)
		batch(t, l)
		checkpoint(t, l)
		ids, err := l.HeldAbout(ctx, "x")
		if err != nil || len(ids) != 40 || ids[0] != 1 || ids[39] != 40 {
			t.Fatalf("%v, %v", ids, err)
		}
		for _, id := range ids {
			if _, err := l.HeldProof(ctx, id); err != nil {
				t.Fatal(err)
			}
		}
		mustBeWhole(t, l, 2)
	})
}

// What the owner of the database does to held events is found from inside.
func TestTamperingWithHeld(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		l := New(d, newKey(t, origin))
		now := clocked(l)
		holdSome(t, l, 5)
		first, _ := batch(t, l)
		now.pass(time.Hour)
		holdSome(t, l, 5)
		second, _ := batch(t, l)
		now.pass(time.Hour)
		holdSome(t, l, 3) // waits for its batch
		checkpoint(t, l)
		mustBeWhole(t, l, 2)
		unguarded(t, d)
		const held, payload = `update ledger_held set `, `update ledger_held_payload set `
		gone := func(id string) string {
			return `delete from ledger_held_payload where id = ` + id + `; delete from ledger_held where id = ` + id
		}
		for _, tt := range []struct {
			name, do string
			want     Finding
		}{
			{"deletion in the middle", gone("3"), Finding{FaultHeldMissing, 3}},
			{"deletion of the first", gone("1"), Finding{FaultHeld, first.Index}},
			{"deletion of the last in its batch", gone("10"), Finding{FaultHeld, second.Index}},
			{"deletion before its batch", gone("12"), Finding{FaultHeldMissing, 12}},
			{"kind", held + `kind = 'a' where id = 2`, Finding{FaultHeld, first.Index}},
			{"instant", held + `at = at + 1 where id = 7`, Finding{FaultHeld, second.Index}},
			{"commitment", held + `commitment = (select commitment from ledger_held where id = 1) where id = 6`, Finding{FaultHeld, second.Index}},
			{"no commitment", held + `commitment = 'x' where id = 6`, Finding{FaultHeld, second.Index}},
			{"payload", payload + `payload = '1' || payload where id = 4`, Finding{FaultHeldPayload, 4}},
			{"salt", payload + `salt = substr(salt, 3) || '00' where id = 13`, Finding{FaultHeldPayload, 13}},
			{"two swapped", `delete from ledger_held_payload; ` + held + `id = 99 where id = 2; ` + held + `id = 2 where id = 4; ` + held + `id = 4 where id = 99`, Finding{FaultHeld, first.Index}},
			{"insertion", `insert into ledger_held select 14, kind, at, commitment from ledger_held where id = 1; update ledger_batch set upto = 14 where upto = 10`, Finding{FaultHeld, second.Index}},
			{"from one batch to the other", `update ledger_batch set upto = 4 where upto = 5`, Finding{FaultHeld, first.Index}},
			{"padding", `update ledger_batch set padding = substr(padding, 3) || '00' where upto = 5`, Finding{FaultHeld, first.Index}},
			{"a batch forgotten", `delete from ledger_batch where upto = 5`, Finding{FaultHeld, second.Index}},
		} {
			undone := savedTables(t, d, []string{"ledger_held", "ledger_held_payload", "ledger_batch"})
			for statement := range strings.SplitSeq(tt.do, ";") {
				mustExec(t, d, statement)
			}
			r, err := l.Verify(ctx)
			if err != nil || !slices.Contains(r.Findings, tt.want) {
				t.Errorf("%s: %v is not among %v, %v", tt.name, tt.want, r.Findings, err)
			}
			undone()
			if r, err := l.Verify(ctx); err != nil || len(r.Findings) > 0 {
				t.Fatalf("%s: not undone: %v, %v", tt.name, r.Findings, err)
			}
		}
	})
}

func FuzzParseHeldProof(f *testing.F) {
	l := New(dbtest.SQLite(f), newKey(f, origin))
	clocked(l)
	holdSome(f, l, 3)
	batch(f, l)
	checkpoint(f, l)
	p, err := l.HeldProof(context.Background(), 2)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(p.Format())
	f.Add([]byte(heldVersion + "\nindex 0\n\n\n\n\n\n\n"))
	key := logVerifier(f, l.key)
	f.Fuzz(func(t *testing.T, file []byte) {
		read, err := ParseHeldProof(file)
		if err != nil {
			return
		}
		if again, err := ParseHeldProof(read.Format()); err != nil || !bytes.Equal(again.Format(), read.Format()) {
			t.Fatalf("read as %+v, written and read as %+v (%v)", read, again, err)
		}
		if _, err := CheckHeld(read, key); err == nil && string(read.Held.Opening.Payload) != string(p.Held.Opening.Payload) {
			t.Fatalf("something else is proved: %s", read.Held.Opening.Payload)
		}
	})
}
