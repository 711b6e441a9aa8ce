package ledger

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

func frontierTree() tlog.Tree {
	var f frontier
	f.add(tlog.RecordHash([]byte("x")))
	return tlog.Tree{N: f.size, Hash: f.root()}
}

func newWitness(t *testing.T, l *Log, name string) *Witness {
	t.Helper()
	return NewWitness(newKey(t, name), logVerifier(t, l.key), filepath.Join(t.TempDir(), "state"))
}

func TestWitnessSignsWhatContinues(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		l := New(d, newKey(t, origin))
		fill(t, l, 5)
		checkpoint(t, l)
		one, two := newWitness(t, l, "one.test"), newWitness(t, l, "two.test")
		known := []WitnessVerifier{witnessVerifier(t, one.key), witnessVerifier(t, two.key)}
		for range 3 {
			for _, w := range []*Witness{one, two} {
				signed, err := w.Visit(ctx, l)
				if err != nil {
					t.Fatal(err)
				}
				added, err := l.AddCosignatures(ctx, signed, known)
				if err != nil || len(added) != 1 || added[0].Witness != w.key.Name() {
					t.Fatalf("%s: %+v, %v", w.key.Name(), added, err)
				}
				if again, err := l.AddCosignatures(ctx, signed, known); err != nil || len(again) != 0 {
					t.Fatalf("handed in twice: %+v, %v", again, err)
				}
			}
			published, err := l.Published(ctx)
			if err != nil {
				t.Fatal(err)
			}
			n, err := note.Open(published, note.VerifierList(logVerifier(t, l.key), known[0], known[1]))
			if err != nil || len(n.Sigs) != 3 {
				t.Fatalf("published with %d signatures: %v", len(n.Sigs), err)
			}
			seen, err := one.Seen()
			if err != nil || !strings.HasPrefix(n.Text, FormatCheckpoint(origin, seen)) {
				t.Fatalf("remembers %+v, %v", seen, err)
			}
			fill(t, l, 11)
			checkpoint(t, l)
		}
	})
}

// twin is a second history of the same log: same key, same beginning.
func twin(t *testing.T, l *Log, same int64) *Log {
	t.Helper()
	ctx := context.Background()
	other := New(dbtest.SQLite(t), l.key)
	rows, err := entryPage(ctx, l.db.Reader(), 0, int(same))
	if err != nil {
		t.Fatal(err)
	}
	if err := other.db.Write(ctx, func(tx db.Tx) error {
		if _, err := grow(ctx, tx, same); err != nil {
			return err
		}
		return db.Insert(ctx, tx, "ledger_entry", rows)
	}); err != nil {
		t.Fatal(err)
	}
	return other
}

func TestWitnessRefusesForkAndShrinking(t *testing.T) {
	ctx := context.Background()
	l := New(dbtest.SQLite(t), newKey(t, origin))
	fill(t, l, 8)
	other := twin(t, l, 8)
	w := newWitness(t, l, "one.test")
	checkpoint(t, l)
	if _, err := w.Visit(ctx, l); err != nil {
		t.Fatal(err)
	}
	checkpoint(t, other)
	if _, err := w.Visit(ctx, other); err != nil {
		t.Fatalf("the same tree from another place: %v", err)
	}
	fill(t, l, 4)
	fill(t, other, 4)
	checkpoint(t, l)
	checkpoint(t, other)
	if _, err := w.Visit(ctx, l); err != nil {
		t.Fatal(err)
	}
	state, err := os.ReadFile(w.path)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what string, src Source) {
		t.Helper()
		signed, err := w.Visit(ctx, src)
		var fork *ForkError
		if signed != nil || !errors.As(err, &fork) || !bytes.Equal(fork.Kept, state) || len(fork.Offered) == 0 {
			t.Fatalf("%s: %v", what, err)
		}
	}
	refused("a fork of the same size", other)
	fill(t, other, 9)
	checkpoint(t, other)
	refused("a fork that grew", other)

	short := twin(t, l, 10)
	checkpoint(t, short)
	if signed, err := w.Visit(ctx, short); signed != nil || !errors.Is(err, ErrShrunk) {
		t.Fatalf("a shorter tree: %v", err)
	}
	if now, err := os.ReadFile(w.path); err != nil || !bytes.Equal(now, state) {
		t.Fatal("a refusal changed the state")
	}
	if _, err := Follow(ctx, l, w.log, state); err != nil {
		t.Fatalf("Follow: %v", err)
	}
	var fork *ForkError
	if kept, err := Follow(ctx, other, w.log, state); !errors.As(err, &fork) || kept != nil {
		t.Fatalf("Follow a fork: %q, %v", kept, err)
	}
	if _, err := Follow(ctx, l, w.log, nil); err != nil {
		t.Fatalf("Follow for the first time: %v", err)
	}
}

func TestWitnessRefusesStrangersAndDamage(t *testing.T) {
	ctx := context.Background()
	l := New(dbtest.SQLite(t), newKey(t, origin))
	fill(t, l, 8)
	checkpoint(t, l)
	stranger := New(dbtest.SQLite(t), newKey(t, origin))
	fill(t, stranger, 8)
	checkpoint(t, stranger)
	w := newWitness(t, l, "one.test")
	if _, err := w.Visit(ctx, stranger); err == nil {
		t.Fatal("a checkpoint with another key was signed")
	}
	if _, err := w.Visit(ctx, l); err != nil {
		t.Fatal(err)
	}
	state, err := os.ReadFile(w.path)
	if err != nil {
		t.Fatal(err)
	}
	published, _ := l.Published(ctx)
	if _, err := w.Cosign(published, 3, nil); !errors.Is(err, ErrOvertaken) {
		t.Fatalf("from a size it never signed: %v", err)
	}
	for name, damaged := range map[string][]byte{
		"empty":            {},
		"cut":              state[:len(state)-10],
		"another size":     bytes.Replace(state, []byte("\n8\n"), []byte("\n7\n"), 1),
		"without our sign": published,
	} {
		if err := os.WriteFile(w.path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Visit(ctx, l); err == nil {
			t.Errorf("a state that is %s was taken for a first visit", name)
		}
	}
}

// Two runs of one witness never sign two histories: the second waits for the
// first and then sees what it signed.
func TestOneWitnessInTwoPlaces(t *testing.T) {
	ctx := context.Background()
	l := New(dbtest.SQLite(t), newKey(t, origin))
	fill(t, l, 4)
	other := twin(t, l, 4)
	w := newWitness(t, l, "one.test")
	checkpoint(t, l)
	if _, err := w.Visit(ctx, l); err != nil {
		t.Fatal(err)
	}
	fill(t, l, 1)
	fill(t, other, 1)
	checkpoint(t, l)
	checkpoint(t, other)
	old, err := w.Seen()
	if err != nil {
		t.Fatal(err)
	}
	forked, proof, err := fetch(ctx, other, w.log, old)
	if err != nil {
		t.Fatal(err)
	}

	unlock, err := lockFile(w.path + ".lock") // the first run is at work
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		_, err := NewWitness(w.key, w.log, w.path).Cosign(forked, old.N, proof)
		done <- err
	}()
	select {
	case err := <-done:
		t.Fatalf("the second run did not wait: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	published, err := l.Published(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, n, err := openCheckpoint(published, w.log)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Sign(n, cosigner{w.key, 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.keep(signed); err != nil {
		t.Fatal(err)
	}
	unlock()
	if err := <-done; !errors.Is(err, ErrOvertaken) {
		t.Fatalf("the second run: %v", err)
	}
}

// No signature leaves a witness that cannot remember it.
func TestWitnessThatCannotRemember(t *testing.T) {
	l := New(dbtest.SQLite(t), newKey(t, origin))
	fill(t, l, 4)
	checkpoint(t, l)
	w := newWitness(t, l, "one.test")
	w.path = filepath.Join(filepath.Dir(w.path), strings.Repeat("a", 250)) // no room for the name of a temporary file
	if signed, err := w.Visit(context.Background(), l); err == nil || signed != nil {
		t.Fatalf("signed %q, %v", signed, err)
	}
}

func TestCosignaturesThatAreRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		l := New(d, newKey(t, origin))
		fill(t, l, 4)
		c := checkpoint(t, l)
		w := newWitness(t, l, "one.test")
		known := []WitnessVerifier{witnessVerifier(t, w.key)}
		refused := func(what string, signed []byte) {
			t.Helper()
			if added, err := l.AddCosignatures(ctx, signed, known); err == nil {
				t.Errorf("%s was stored: %+v", what, added)
			}
		}
		refused("no cosignature", c.Note)
		foreign := newWitness(t, l, "one.test") // same name, another key
		signed, err := foreign.Visit(ctx, l)
		if err != nil {
			t.Fatal(err)
		}
		refused("a stranger's", signed)

		w.now = func() time.Time { return time.Now().Add(time.Hour) }
		signed, err = w.Visit(ctx, l)
		if err != nil {
			t.Fatal(err)
		}
		refused("one of the future", signed)
		w.now = func() time.Time { return time.Unix(1<<62, 0) }
		if signed, err = w.Visit(ctx, l); err != nil {
			t.Fatal(err)
		}
		refused("one of a future beyond counting", signed)

		w.now = time.Now
		elsewhere := twin(t, l, 4)
		fill(t, elsewhere, 3)
		checkpoint(t, elsewhere)
		ahead := newWitness(t, l, "x.test")
		ahead.key = w.key
		if signed, err = ahead.Visit(ctx, elsewhere); err != nil {
			t.Fatal(err)
		}
		refused("one of a checkpoint we never made", signed)
		fill(t, l, 3)
		checkpoint(t, l)
		refused("one of another tree of our size", signed)

		if signed, err = w.Visit(ctx, l); err != nil {
			t.Fatal(err)
		}
		refused("one over another text", bytes.Replace(signed, []byte("\n7\n"), []byte("\n6\n"), 1))
		if list, err := l.Cosignatures(ctx, 2); err != nil || len(list) != 0 {
			t.Fatalf("stored: %+v, %v", list, err)
		}
		if added, err := l.AddCosignatures(ctx, signed, known); err != nil || len(added) != 1 {
			t.Fatalf("a good one: %+v, %v", added, err)
		}
	})
}

// The bytes are those of the specification, put together by hand.
func TestCosignatureByTheBook(t *testing.T) {
	k := newKey(t, "witness.test/w1")
	text := []byte("a.test\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")
	sig, err := cosigner{k, 1679315147}.Sign(text)
	if err != nil || len(sig) != 72 || binary.BigEndian.Uint64(sig) != 1679315147 {
		t.Fatalf("%x, %v", sig, err)
	}
	v := witnessVerifier(t, k)
	if v.KeyHash() != (cosigner{k, 0}).KeyHash() || !v.Verify(text, sig) {
		t.Fatal("the signature does not verify")
	}
	if want := "cosignature/v1\ntime 1679315147\na.test\n1\n"; !strings.HasPrefix(string(cosignedText(1679315147, text)), want) {
		t.Fatal("the signed text differs")
	}
	for i := range sig {
		bad := bytes.Clone(sig)
		bad[i] ^= 1
		if v.Verify(text, bad) {
			t.Errorf("byte %d altered and taken", i)
		}
	}
	if v.Verify(text, sig[:71]) || v.Verify(text, nil) || v.Verify(append(text, 'x'), sig) {
		t.Error("a wrong cosignature was taken")
	}
	for _, bad := range []string{"", "a", "a+b+c", k.LogKey(), k.WitnessKey() + "A", strings.Replace(k.WitnessKey(), "w1", "w2", 1)} {
		if _, err := ParseWitnessKey(bad); err == nil {
			t.Errorf("%q is taken for a witness's key", bad)
		}
	}
	if _, err := ParseLogKey(k.WitnessKey()); err == nil {
		t.Error("a witness's key is taken for a log's")
	}
}
