package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"keepiton/internal/platform/db"
)

// Proof is a file that proves, without the deployment, that an entry stands in
// the ledger: the checkpoint with its signatures, the index and the hashes from
// the leaf to the root (C2SP tlog-proof).
type Proof struct {
	Index  int64
	Hashes tlog.RecordProof
	Signed []byte // the checkpoint, with cosignatures if there are any
}

// maxProof bounds the hashes of a proof: a tree of maxSize is no higher.
const maxProof = 63

const proofVersion = "c2sp.org/tlog-proof@v1"

// Format writes the proof as a file.
func (p Proof) Format() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nindex %d\n", proofVersion, p.Index)
	writeHashes(&b, p.Hashes)
	b.WriteByte('\n')
	b.Write(p.Signed)
	return b.Bytes()
}

// ParseProof reads what [Proof.Format] writes. Nothing is verified.
func ParseProof(file []byte) (Proof, error) {
	bad := func(what string) (Proof, error) { return Proof{}, errors.New("ledger.ParseProof: " + what) }
	head, signed, ok := bytes.Cut(file, []byte("\n\n"))
	rest := lines(head)
	if !ok || len(file) > maxNote || rest[0] != proofVersion {
		return bad("it does not begin with " + proofVersion)
	}
	rest = rest[1:]
	if len(rest) > 0 && strings.HasPrefix(rest[0], "extra ") {
		rest = rest[1:] // proved by nothing, so it means nothing
	}
	if len(rest) == 0 {
		return bad("it names no index")
	}
	text, ok := strings.CutPrefix(rest[0], "index ")
	index, err := parseSize(text)
	if !ok || err != nil {
		return bad("it names no index")
	}
	hashes, err := parseHashes(rest[1:])
	if err != nil {
		return bad(err.Error())
	}
	return Proof{index, hashes, signed}, nil
}

// Verify proves that a leaf stands at the proof's index in the log of this key,
// and gives the tree it stands in.
func (p Proof) Verify(leaf []byte, key note.Verifier) (tlog.Tree, error) {
	tree, err := OpenCheckpoint(p.Signed, key)
	if err != nil {
		return tlog.Tree{}, err
	}
	if p.Index < 0 || p.Index >= tree.N {
		return tlog.Tree{}, fmt.Errorf("ledger: entry %d is not in a tree of %d", p.Index, tree.N)
	}
	if err := tlog.CheckRecord(p.Hashes, tree.N, tree.Hash, p.Index, tlog.RecordHash(leaf)); err != nil {
		return tlog.Tree{}, fmt.Errorf("ledger: the leaf does not stand at %d: %w", p.Index, err)
	}
	return tree, nil
}

// Prove makes the proof that an entry stands in the tree of a checkpoint.
func (l *Log) Prove(ctx context.Context, index int64, c Checkpoint) (Proof, error) {
	return prove(ctx, l.db.Reader(), index, c)
}

func prove(ctx context.Context, q db.Querier, index int64, c Checkpoint) (Proof, error) {
	if index < 0 || index >= c.Tree.N {
		return Proof{}, fmt.Errorf("ledger: entry %d under a checkpoint of %d entries: %w", index, c.Tree.N, ErrNoEntry)
	}
	hashes, err := tlog.ProveRecord(c.Tree.N, index, stored(ctx, q))
	if err != nil {
		return Proof{}, fmt.Errorf("ledger.Prove: %w", err)
	}
	text, err := signed(ctx, q, c)
	if err != nil {
		return Proof{}, fmt.Errorf("ledger.Prove: %w", err)
	}
	return Proof{index, hashes, text}, nil
}

// Consistency proves that the tree of size from is the beginning of that of
// size to (RFC 6962). From nothing there is nothing to prove.
func (l *Log) Consistency(ctx context.Context, from, to int64) (tlog.TreeProof, error) {
	size, err := l.Size(ctx)
	if err != nil {
		return nil, err
	}
	if from < 0 || from > to || to > size {
		return nil, fmt.Errorf("ledger: from %d to %d entries of %d: %w", from, to, size, ErrNoEntry)
	}
	if from == 0 {
		return nil, nil
	}
	proof, err := tlog.ProveTree(to, from, stored(ctx, l.db.Reader()))
	if err != nil {
		return nil, fmt.Errorf("ledger.Consistency: %w", err)
	}
	return proof, nil
}

// CheckConsistency verifies what [Log.Consistency] gives.
func CheckConsistency(old, tree tlog.Tree, proof tlog.TreeProof) error {
	switch {
	case old.N > tree.N:
		return fmt.Errorf("ledger: a tree of %d entries after one of %d", tree.N, old.N)
	case old.N == 0:
		if len(proof) > 0 {
			return errors.New("ledger: a proof where nothing is to be proved")
		}
		return nil
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
		return fmt.Errorf("ledger: the tree of %d entries does not begin with the one of %d: %w", tree.N, old.N, err)
	}
	return nil
}

func writeHashes[H ~[]tlog.Hash](b *bytes.Buffer, list H) {
	for _, h := range list {
		b.WriteString(h.String())
		b.WriteByte('\n')
	}
}

func lines(text []byte) []string { return strings.Split(string(text), "\n") }

func parseHashes(lines []string) ([]tlog.Hash, error) {
	if len(lines) > maxProof {
		return nil, errors.New("more hashes than a proof can have")
	}
	list := make([]tlog.Hash, len(lines))
	for i, line := range lines {
		var err error
		if list[i], err = parseHash(line); err != nil {
			return nil, fmt.Errorf("hash %d: %w", i+1, err)
		}
	}
	return list, nil
}
