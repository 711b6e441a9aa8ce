package ledger

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestEntryProof: a proof of an entry, opened or not, comes back as it was
// written and is verified; with any byte altered it is refused, or says the very
// same of the entry.
func TestEntryProof(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		key := newKey(t, origin)
		l := New(d, key)
		fill(t, l, 5)
		c := checkpoint(t, l)
		verifier, err := ParseLogKey(key.LogKey())
		if err != nil {
			t.Fatal(err)
		}
		var p EntryProof
		if p.Entry, err = l.Entry(ctx, 3); err != nil {
			t.Fatal(err)
		}
		if p.Proof, err = l.Prove(ctx, 3, c); err != nil {
			t.Fatal(err)
		}
		o, err := l.Reveal(ctx, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, opening := range []*Opening{nil, &o} {
			p.Opening = opening
			file := p.Format()
			back, err := ParseEntryProof(file)
			if err != nil || !bytes.Equal(back.Format(), file) || !IsEntryProof(file) || IsHeldProof(file) {
				t.Fatal("it does not come back as it was written", err)
			}
			if tree, err := CheckEntry(back, verifier); err != nil || tree.N != 5 {
				t.Fatal(tree, err)
			}
			for i := range file {
				altered := slices.Clone(file)
				altered[i] ^= 1
				x, err := ParseEntryProof(altered)
				if err != nil {
					continue
				}
				if _, err := CheckEntry(x, verifier); err == nil && (x.Entry != p.Entry || x.Opening != nil && !bytes.Equal(x.Opening.Payload, o.Payload)) {
					t.Errorf("byte %d may be altered: %q", i, altered)
				}
			}
		}
		other := EntryProof{Entry: p.Entry, Opening: &Opening{Salt: o.Salt, Payload: []byte("{}")}, Proof: p.Proof}
		if _, err := CheckEntry(other, verifier); err == nil {
			t.Error("another payload is taken for the entry's")
		}
	})
}
