package ledger

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// at sets the clock of a ledger.
func at(l *Log, t time.Time) { l.now = func() int64 { return t.UnixMicro() } }

var noon = time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)

func TestCheckpointWhenItGrewOrIsOld(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		l := New(d, newKey(t, origin))
		at(l, noon)
		fill(t, l, 3)
		first, made, err := l.Checkpoint(ctx)
		if err != nil || !made || first.Number != 1 || first.Tree.N != 3 || first.At != noon.UnixMicro() {
			t.Fatalf("first: %+v, %v, %v", first, made, err)
		}
		if tree, err := OpenCheckpoint(first.Note, logVerifier(t, l.key)); err != nil || tree != first.Tree {
			t.Fatalf("the note says %+v, %v", tree, err)
		}
		at(l, noon.Add(59*time.Minute))
		if c, made, err := l.Checkpoint(ctx); err != nil || made || c.Number != 1 {
			t.Fatalf("nothing new within the hour: %+v, %v, %v", c, made, err)
		}
		at(l, noon.Add(time.Hour))
		second, made, err := l.Checkpoint(ctx)
		if err != nil || !made || second.Number != 2 || string(second.Note) != string(first.Note) {
			t.Fatalf("silence after an hour: %+v, %v, %v", second, made, err)
		}
		fill(t, l, 1)
		third, made, err := l.Checkpoint(ctx)
		if err != nil || !made || third.Number != 3 || third.Tree.N != 4 {
			t.Fatalf("growth: %+v, %v, %v", third, made, err)
		}
		list, err := l.Checkpoints(ctx, 1)
		if err != nil || len(list) != 2 || list[0].Number != 2 || list[1].Number != 3 {
			t.Fatalf("list: %+v, %v", list, err)
		}
		if c, err := l.CheckpointNumber(ctx, 2); err != nil || c.Tree != second.Tree {
			t.Fatalf("by number: %+v, %v", c, err)
		}
		if _, err := l.CheckpointNumber(ctx, 4); !errors.Is(err, ErrNoCheckpoint) {
			t.Fatalf("by a number that is not: %v", err)
		}
	})
}

// The deployment itself does not sign a history that was rewritten under it.
func TestCheckpointRefusesAnotherHistory(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := New(d, newKey(t, origin))
		fill(t, l, 6)
		checkpoint(t, l)
		fill(t, l, 3)
		unguarded(t, d)
		mustExec(t, d, `update ledger_entry set hashes = (select hashes from ledger_entry where idx = 7) where idx = 3`)
		if _, _, err := l.Checkpoint(context.Background()); !errors.Is(err, ErrRewritten) {
			t.Fatalf("a rewritten history was signed: %v", err)
		}
		mustExec(t, d, `delete from ledger_payload`)
		mustExec(t, d, `delete from ledger_entry where idx >= 4`)
		mustExec(t, d, `update ledger_head set size = 4`)
		if _, _, err := l.Checkpoint(context.Background()); !errors.Is(err, ErrRewritten) {
			t.Fatalf("a shortened history was signed: %v", err)
		}
	})
}

func TestProofs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		l := New(d, newKey(t, origin))
		key := logVerifier(t, l.key)
		var all []Checkpoint
		for range 20 {
			fill(t, l, 3)
			all = append(all, checkpoint(t, l))
		}
		last := all[len(all)-1]
		for i := range last.Tree.N {
			p, err := l.Prove(ctx, i, last)
			if err != nil {
				t.Fatal(err)
			}
			read, err := ParseProof(p.Format())
			if err != nil {
				t.Fatal(err)
			}
			e, err := l.Entry(ctx, i)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := read.Verify(e.Leaf(), key); err != nil {
				t.Fatalf("entry %d: %v", i, err)
			}
			e.At++
			if _, err := read.Verify(e.Leaf(), key); err == nil {
				t.Fatalf("entry %d: another leaf is proved", i)
			}
		}
		if _, err := l.Prove(ctx, all[0].Tree.N, all[0]); !errors.Is(err, ErrNoEntry) {
			t.Errorf("an entry after the checkpoint: %v", err)
		}
		for _, from := range all {
			for _, to := range all {
				proof, err := l.Consistency(ctx, from.Tree.N, to.Tree.N)
				if from.Tree.N > to.Tree.N {
					if err == nil {
						t.Errorf("%d to %d was proved", from.Tree.N, to.Tree.N)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				if proof, err = ParseConsistency(FormatConsistency(proof)); err != nil {
					t.Fatal(err)
				}
				if err := CheckConsistency(from.Tree, to.Tree, proof); err != nil {
					t.Errorf("%d to %d: %v", from.Tree.N, to.Tree.N, err)
				}
				other := from.Tree
				other.Hash[0] ^= 1
				if err := CheckConsistency(other, to.Tree, proof); err == nil {
					t.Errorf("%d to %d: another beginning is proved", from.Tree.N, to.Tree.N)
				}
			}
		}
		if _, err := l.Consistency(ctx, 1, 61); !errors.Is(err, ErrNoEntry) {
			t.Errorf("beyond the end: %v", err)
		}
	})
}

func TestLeavesComeInPages(t *testing.T) {
	ctx := context.Background()
	d := dbtest.SQLite(t)
	l := New(d, newKey(t, origin))
	fill(t, l, 2500)
	var from int64
	for _, want := range []int{1000, 1000, 500, 0} {
		leaves, err := l.Leaves(ctx, from, 5000)
		if err != nil || len(leaves) != want {
			t.Fatalf("from %d: %d leaves, %v", from, len(leaves), err)
		}
		page, err := FormatLeaves(from, leaves)
		if err != nil {
			t.Fatal(err)
		}
		read, err := ParseLeaves(from, page)
		if err != nil || len(read) != want {
			t.Fatalf("from %d: %d leaves read, %v", from, len(read), err)
		}
		for i, leaf := range read {
			e, err := ParseLeaf(leaf)
			if err != nil || string(e.Leaf()) != string(leaves[i]) {
				t.Fatalf("leaf %d: %v", from+int64(i), err)
			}
		}
		if want > 0 {
			if _, err := ParseLeaves(from+1, page); err == nil {
				t.Fatal("a page of other leaves was taken")
			}
		}
		from += int64(want)
	}
	if _, err := l.Leaves(ctx, -1, 10); !errors.Is(err, ErrNoEntry) {
		t.Fatalf("from -1: %v", err)
	}
}

func TestTextsThatAreNoCheckpoint(t *testing.T) {
	const root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
	good := "a.test\n20852163\n" + root + "\n"
	if name, tree, err := ParseCheckpoint(good); err != nil || name != "a.test" || tree.N != 20852163 || FormatCheckpoint(name, tree) != good {
		t.Fatalf("%q, %+v, %v", name, tree, err)
	}
	if _, _, err := ParseCheckpoint(good + "an extension\n"); err != nil {
		t.Errorf("an extension line: %v", err)
	}
	for _, text := range []string{
		"", "\n", "a.test\n1\n", strings.TrimSuffix(good, "\n"), good + "\n",
		"a.test\n01\n" + root + "\n", "a.test\n+1\n" + root + "\n", "a.test\n-1\n" + root + "\n",
		"a.test\n99999999999999999999\n" + root + "\n", "a.test\n9223372036854775807\n" + root + "\n",
		"a.test\n1\n" + root[1:] + "\n", "a.test\n1\n" + strings.Replace(root, "2I=", "2J=", 1) + "\n", "\n1\n" + root + "\n",
	} {
		if _, _, err := ParseCheckpoint(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func TestCheckpointOfAnotherLog(t *testing.T) {
	ours, theirs := newKey(t, origin), newKey(t, origin)
	sign := func(k *Key, text string) []byte {
		t.Helper()
		s, err := k.logSigner()
		if err != nil {
			t.Fatal(err)
		}
		signed, err := note.Sign(&note.Note{Text: text}, s)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	text := FormatCheckpoint(origin, frontierTree())
	if _, err := OpenCheckpoint(sign(ours, text), logVerifier(t, ours)); err != nil {
		t.Fatal(err)
	}
	for name, signed := range map[string][]byte{
		"another key":    sign(theirs, text),
		"another origin": sign(ours, FormatCheckpoint("other.test", frontierTree())),
		"another text":   []byte(strings.Replace(string(sign(ours, text)), "\n1\n", "\n2\n", 1)),
		"no checkpoint":  sign(ours, "hello\n"),
		"too long":       sign(ours, text+strings.Repeat("x\n", maxNote)),
	} {
		if _, err := OpenCheckpoint(signed, logVerifier(t, ours)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
