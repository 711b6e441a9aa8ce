package ledger

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// unguarded takes the triggers away, as somebody would who owns the database.
func unguarded(t *testing.T, d *db.DB) {
	t.Helper()
	list := `select name from sqlite_master where type = 'trigger' and name like 'ledger%'`
	if d.Engine == db.Postgres {
		list = `select tgname || ' on ' || tgrelid::regclass from pg_trigger where tgname like 'ledger%'`
	}
	rows, err := d.Pool().Query(list)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	rows.Close()
	if len(names) == 0 {
		t.Fatal("there are no triggers")
	}
	for _, name := range names {
		mustExec(t, d, "drop trigger "+name)
	}
}

func mustExec(t *testing.T, d *db.DB, statement string) {
	t.Helper()
	if _, err := d.Pool().Exec(statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// shown is what a dishonest deployment shows: any leaves under any signed
// checkpoint.
type shown struct {
	signed []byte
	leaves [][]byte
}

func (s shown) Published(context.Context) ([]byte, error) { return s.signed, nil }

func (s shown) Leaves(_ context.Context, from int64, n int) ([][]byte, error) {
	size := int64(len(s.leaves))
	return s.leaves[min(from, size):min(from+int64(n), size)], nil
}

func (s shown) Consistency(context.Context, int64, int64) (tlog.TreeProof, error) {
	return nil, errors.New("an audit asks for none")
}

// resigned is the same by somebody who holds the log's key and signs anew.
func (s shown) resigned(t testing.TB, k *Key) shown {
	t.Helper()
	var f frontier
	for _, leaf := range s.leaves {
		f.add(tlog.RecordHash(leaf))
	}
	signer, err := k.logSigner()
	if err != nil {
		t.Fatal(err)
	}
	s.signed, err = note.Sign(&note.Note{Text: FormatCheckpoint(k.name, tlog.Tree{N: f.size, Hash: f.root()})}, signer)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tampering changes the history at an entry; other is a second one.
var tampering = map[string]func(leaves [][]byte, i, other int) [][]byte{
	"deletion": func(leaves [][]byte, i, _ int) [][]byte { return slices.Delete(leaves, i, i+1) },
	"altered kind": func(leaves [][]byte, i, _ int) [][]byte {
		return altered(leaves, i, func(e *Entry) { e.Kind += "x" })
	},
	"altered instant": func(leaves [][]byte, i, _ int) [][]byte {
		return altered(leaves, i, func(e *Entry) { e.At++ })
	},
	"altered commitment": func(leaves [][]byte, i, other int) [][]byte {
		return altered(leaves, i, func(e *Entry) { e.Commitment[other%32] ^= 1 << (other % 8) })
	},
	"altered text": func(leaves [][]byte, i, other int) [][]byte {
		leaf := bytes.Clone(leaves[i])
		leaf[other%len(leaf)] ^= 1
		leaves[i] = leaf
		return leaves
	},
	"reordering": func(leaves [][]byte, i, other int) [][]byte {
		leaves[i], leaves[other] = leaves[other], leaves[i]
		return leaves
	},
	"insertion": func(leaves [][]byte, i, other int) [][]byte {
		return slices.Insert(leaves, i, bytes.Clone(leaves[other]))
	},
	"replacement by a copy": func(leaves [][]byte, i, other int) [][]byte {
		leaves[i] = leaves[other]
		return leaves
	},
	"fork": func(leaves [][]byte, i, _ int) [][]byte { // the same beginning, another end
		for j := i; j < len(leaves); j++ {
			leaves = altered(leaves, j, func(e *Entry) { e.Commitment[0] ^= 1 })
		}
		return leaves
	},
	"cut": func(leaves [][]byte, i, _ int) [][]byte { return leaves[:i] },
}

func altered(leaves [][]byte, i int, change func(*Entry)) [][]byte {
	e, err := ParseLeaf(leaves[i])
	if err != nil {
		panic(err)
	}
	change(&e)
	leaves[i] = e.Leaf()
	return leaves
}

// history is an honest ledger: its leaves, and checkpoints along the way.
func history(t testing.TB, n int) (k *Key, leaves [][]byte, kept [][]byte) {
	t.Helper()
	ctx := context.Background()
	l := New(dbtest.SQLite(t), newKey(t, origin))
	for range 4 {
		fill(t, l, n/4)
		kept = append(kept, checkpoint(t, l).Note)
	}
	for from := 0; from < n; {
		page, err := l.Leaves(ctx, int64(from), MaxPage)
		if err != nil || len(page) == 0 {
			t.Fatal(len(page), err)
		}
		leaves = append(leaves, page...)
		from += len(page)
	}
	r, err := Audit(ctx, l, logVerifier(t, l.key), kept)
	if err != nil || len(r.Findings) > 0 || r.Entries != int64(n) || r.Kept != 4 {
		t.Fatalf("an honest ledger of %d: %+v, %v", n, r, err)
	}
	return l.key, leaves, kept
}

// mustBeFound lets two adversaries tamper: one who owns the database but not
// the key, and one who has both, against an auditor with one kept checkpoint.
func mustBeFound(t testing.TB, k *Key, leaves, kept [][]byte, how string, i, other int) {
	t.Helper()
	ctx, key := context.Background(), logVerifier(t, k)
	last := kept[len(kept)-1]
	bad := shown{last, tampering[how](slices.Clone(leaves), i, other)}
	r, err := Audit(ctx, bad, key, nil)
	if err != nil || len(r.Findings) == 0 {
		t.Fatalf("%s of entry %d (%d) is not found under the published checkpoint: %v", how, i, other, err)
	}
	r, err = Audit(ctx, bad.resigned(t, k), key, [][]byte{last})
	if err != nil || len(r.Findings) == 0 {
		t.Fatalf("%s of entry %d (%d), signed anew, is not found by who kept a checkpoint: %v", how, i, other, err)
	}
}

// Every entry, every way.
func TestTamperingWithEveryEntry(t *testing.T) {
	const n = 240
	k, leaves, kept := history(t, n)
	for how := range tampering {
		for i := range n {
			mustBeFound(t, k, leaves, kept, how, i, (i+1+i%(n-1))%n)
		}
	}
}

// Any entry of ten thousand, every way.
func TestAnyTampering(t *testing.T) {
	const n = 10_000
	k, leaves, kept := history(t, n)
	ways := slices.Sorted(maps.Keys(tampering))
	rapid.Check(t, func(rt *rapid.T) {
		how := rapid.SampledFrom(ways).Draw(rt, "how")
		i := rapid.IntRange(0, n-1).Draw(rt, "entry")
		other := (i + rapid.IntRange(1, n-1).Draw(rt, "distance")) % n
		mustBeFound(t, k, leaves, kept, how, i, other)
	})
}

// Against an auditor who kept only an old checkpoint, a holder of the key can
// still rewrite what came after it: this is what witnesses are for, and the test
// says so, lest somebody promises more.
func TestWhatOneKeptCheckpointCannotShow(t *testing.T) {
	ctx := context.Background()
	k, leaves, kept := history(t, 40)
	bad := shown{nil, tampering["fork"](slices.Clone(leaves), 10, 0)}.resigned(t, k)
	r, err := Audit(ctx, bad, logVerifier(t, k), kept[:1])
	if err != nil || len(r.Findings) != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	r, err = Audit(ctx, bad, logVerifier(t, k), kept[:2])
	if err != nil || !slices.Equal(r.Findings, []Finding{{FaultHistory, 20}}) {
		t.Fatalf("%+v, %v", r, err)
	}
}

func TestAuditNamesTheFault(t *testing.T) {
	ctx := context.Background()
	k, leaves, kept := history(t, 40)
	key := logVerifier(t, k)
	last := kept[3]
	forged := bytes.Replace(last, []byte("\n40\n"), []byte("\n39\n"), 1)
	for name, tt := range map[string]struct {
		src  shown
		kept [][]byte
		want []Finding
	}{
		"honest":           {shown{last, leaves}, kept, nil},
		"longer than said": {shown{kept[2], leaves}, kept[:3], nil},
		"not signed":       {shown{forged, leaves}, kept, []Finding{{FaultSignature, 0}}},
		"cut":              {shown{last, leaves[:35]}, kept[:3], []Finding{{FaultMissing, 35}}},
		"rolled back":      {shown{kept[1], leaves[:20]}, kept, []Finding{{FaultShrunk, 30}, {FaultShrunk, 40}}},
		"no leaf": {shown{last, append(slices.Clone(leaves[:39]), []byte("hello\n"))}, kept[:3],
			[]Finding{{FaultLeaf, 39}, {FaultHistory, 40}}},
	} {
		r, err := Audit(ctx, tt.src, key, tt.kept)
		if err != nil || !slices.Equal(r.Findings, tt.want) {
			t.Errorf("%s: %v, not %v (%v)", name, r.Findings, tt.want, err)
		}
	}
	if _, err := Audit(ctx, shown{last, leaves}, key, [][]byte{forged}); err == nil {
		t.Error("a kept checkpoint that is none was taken")
	}
}

// What somebody does to the database itself is found from inside, to the entry,
// and from outside, on both engines.
func TestTamperingWithTheDatabase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		l := New(d, newKey(t, origin))
		fill(t, l, 20)
		checkpoint(t, l)
		fill(t, l, 20)
		mustBeWhole(t, l, 40)
		unguarded(t, d)
		const entry, payload = `update ledger_entry set `, `update ledger_payload set `
		for _, tt := range []struct {
			name, do string
			inside   Finding
			outside  bool
		}{
			{"kind", entry + `kind = 'a' where idx = 17`, Finding{FaultLeaf, 17}, true},
			{"instant", entry + `at = at + 1 where idx = 0`, Finding{FaultLeaf, 0}, true},
			{"commitment", entry + `commitment = case when substr(commitment, 1, 1) = '0' then '1' else '0' end || substr(commitment, 2) where idx = 39`, Finding{FaultLeaf, 39}, true},
			{"no commitment", entry + `commitment = 'x' where idx = 2`, Finding{FaultLeaf, 2}, false},
			{"leaf's hash", entry + `hashes = (select hashes from ledger_entry where idx = 0) where idx = 4`, Finding{FaultLeaf, 4}, false},
			{"inner hash", entry + `hashes = substr(hashes, 1, 60) || 'AAAA' || substr(hashes, 65) where idx = 1`, Finding{FaultHashes, 1}, false},
			{"two swapped", entry + `idx = 99 where idx = 9; ` + entry + `idx = 9 where idx = 30; ` + entry + `idx = 30 where idx = 99`, Finding{FaultHashes, 9}, true},
			{"salt", payload + `salt = substr(salt, 3) || '00' where idx = 5`, Finding{FaultPayload, 5}, false},
			{"payload", payload + `payload = '1' || payload where idx = 6`, Finding{FaultPayload, 6}, false},
			{"head", `update ledger_head set size = 41`, Finding{FaultMissing, 40}, false},
			{"checkpoint", `update ledger_checkpoint set note = replace(note, 'ledger', 'lodger') where n = 1`, Finding{FaultSignature, 20}, false},
			{"deletion", `delete from ledger_entry where idx = 33`, Finding{FaultMissing, 33}, true},
		} {
			undone := saved(t, d)
			if tt.name == "deletion" || tt.name == "two swapped" {
				mustExec(t, d, `delete from ledger_payload`)
			}
			for statement := range strings.SplitSeq(tt.do, ";") {
				mustExec(t, d, statement)
			}
			r, err := l.Verify(ctx)
			if err != nil || len(r.Findings) == 0 {
				t.Errorf("%s: nothing was found from inside, %v", tt.name, err)
			}
			if !slices.Contains(r.Findings, tt.inside) {
				t.Errorf("%s: %v is not among %v", tt.name, tt.inside, r.Findings)
			}
			a, err := Audit(ctx, l, logVerifier(t, l.key), nil)
			if tt.outside && (err != nil || len(a.Findings) == 0) {
				t.Errorf("%s: nothing was found from outside, %v", tt.name, err)
			}
			undone()
			if r, err := l.Verify(ctx); err != nil || len(r.Findings) > 0 {
				t.Fatalf("%s: not undone: %v, %v", tt.name, r.Findings, err)
			}
		}
	})
}

// saved copies the ledger's tables and gives the way back.
func saved(t *testing.T, d *db.DB) (undo func()) {
	t.Helper()
	return savedTables(t, d, []string{"ledger_head", "ledger_entry", "ledger_payload", "ledger_checkpoint"})
}

func savedTables(t *testing.T, d *db.DB, tables []string) (undo func()) {
	t.Helper()
	for _, table := range tables {
		mustExec(t, d, "create table saved_"+table+" as select * from "+table)
	}
	return func() {
		t.Helper()
		for _, table := range slices.Backward(tables) {
			mustExec(t, d, "delete from "+table)
		}
		for _, table := range tables {
			mustExec(t, d, "insert into "+table+" select * from saved_"+table)
			mustExec(t, d, "drop table saved_"+table)
		}
	}
}
