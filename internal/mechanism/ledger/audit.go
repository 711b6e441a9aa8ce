package ledger

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Source is a deployment seen from outside: what it publishes about its ledger.
// [Log] is one; a command that asks a site over HTTP is another.
type Source interface {
	// Published is the latest checkpoint with its signatures.
	Published(ctx context.Context) ([]byte, error)
	// Leaves gives the texts of up to n leaves from an index on, and at least one
	// as long as there is one.
	Leaves(ctx context.Context, from int64, n int) ([][]byte, error)
	// Consistency proves that the tree of size from is the beginning of that of
	// size to.
	Consistency(ctx context.Context, from, to int64) (tlog.TreeProof, error)
}

var _ Source = (*Log)(nil)

// Published implements [Source].
func (l *Log) Published(ctx context.Context) ([]byte, error) {
	c, err := l.Latest(ctx)
	if err != nil {
		return nil, err
	}
	return l.Signed(ctx, c)
}

// Fault is what is wrong with a ledger.
type Fault string

// The faults an auditor or [Log.Verify] can find.
const (
	FaultSignature Fault = "signature" // a checkpoint is not signed by the log's key
	FaultShrunk    Fault = "shrunk"    // there are fewer entries than were signed before
	FaultMissing   Fault = "missing"   // an entry below the size is not there
	FaultMoved     Fault = "moved"     // another entry stands where this one was expected
	FaultBroken    Fault = "broken"    // the list of entries breaks off here or cannot be read
	FaultLeaf      Fault = "leaf"      // an entry is not written as entries are, or not as it was hashed
	FaultHistory   Fault = "history"   // the entries up to a size are not those that were signed
	FaultHashes    Fault = "hashes"    // stored hashes of inner nodes do not fit
	FaultPayload   Fault = "payload"   // a payload is not the one its entry commits to

	FaultHeld        Fault = "held"         // held events are not those their batch covers
	FaultHeldMissing Fault = "held_missing" // a held event is not there
	FaultHeldPayload Fault = "held_payload" // a payload is not the one its held event commits to
)

// Finding is one fault and where it lies.
type Finding struct {
	Fault Fault
	// Index is the entry concerned; of FaultHistory, FaultSignature and
	// FaultShrunk it is the size of the tree concerned, of FaultHeld the entry
	// that covers the batch, of the other two the number of the held event.
	Index int64
}

// String is for logs and tests.
func (f Finding) String() string { return fmt.Sprintf("%s at %d", f.Fault, f.Index) }

// Report is the outcome of an audit.
type Report struct {
	Tree     tlog.Tree // what was published
	Entries  int64     // leaves that were read and hashed
	Kept     int       // checkpoints of the past the history was held against
	Findings []Finding // nothing was found when empty
}

func (r *Report) find(f Fault, index int64) {
	r.Findings = append(r.Findings, Finding{f, index})
}

// Audit computes a ledger's root again from all of its leaves and holds the
// history against the published checkpoint and against every checkpoint the
// auditor has kept. Whatever was deleted, altered, moved or inserted below one
// of them is found, also when the holder of the log's key did it; so is a fork.
//
// kept are signed checkpoints of this log from any time, in any order. The
// error is about the way (a source that does not answer, a kept checkpoint that
// is not one); what is wrong with the ledger stands in the report. Memory does
// not grow with the log.
func Audit(ctx context.Context, src Source, key note.Verifier, kept [][]byte) (Report, error) {
	var r Report
	signed, err := src.Published(ctx)
	if err != nil {
		return r, fmt.Errorf("ledger.Audit: %w", err)
	}
	if r.Tree, err = OpenCheckpoint(signed, key); err != nil {
		r.find(FaultSignature, 0)
		return r, nil
	}
	trees := make([]tlog.Tree, len(kept), len(kept)+1)
	for i, k := range kept {
		if trees[i], err = OpenCheckpoint(k, key); err != nil {
			return r, fmt.Errorf("ledger.Audit: kept checkpoint %d: %w", i+1, err)
		}
	}
	r.Kept = len(kept)
	return r, r.hold(ctx, src, append(trees, r.Tree))
}

// hold reads all leaves and compares the root at the size of each tree.
func (r *Report) hold(ctx context.Context, src Source, trees []tlog.Tree) error {
	slices.SortStableFunc(trees, func(a, b tlog.Tree) int { return cmp.Compare(a.N, b.N) })
	var grown frontier
	compare := func() {
		for len(trees) > 0 && trees[0].N == grown.size {
			if grown.root() != trees[0].Hash {
				r.find(FaultHistory, grown.size)
			}
			trees = trees[1:]
		}
	}
	compare()
	for grown.size < r.Tree.N {
		leaves, err := src.Leaves(ctx, grown.size, int(min(MaxPage, r.Tree.N-grown.size)))
		if wrong := (*Disorder)(nil); errors.As(err, &wrong) {
			r.find(map[bool]Fault{true: FaultMoved, false: FaultBroken}[wrong.Moved], wrong.At)
			break
		}
		if err != nil {
			return fmt.Errorf("ledger.Audit: leaves from %d on: %w", grown.size, err)
		}
		if len(leaves) == 0 {
			r.find(FaultMissing, grown.size)
			break
		}
		for _, leaf := range leaves[:min(int64(len(leaves)), r.Tree.N-grown.size)] {
			if _, err := ParseLeaf(leaf); err != nil {
				r.find(FaultLeaf, grown.size)
			}
			grown.add(tlog.RecordHash(leaf))
			compare()
		}
	}
	for _, t := range trees {
		if t.N > r.Tree.N {
			r.find(FaultShrunk, t.N)
		}
	}
	r.Entries = grown.size
	return nil
}

// Follow holds the published checkpoint against one kept earlier by proof
// alone, without reading the leaves, and gives the published one to be kept
// instead. kept is empty the first time. The errors are those of a [Witness].
func Follow(ctx context.Context, src Source, key note.Verifier, kept []byte) ([]byte, error) {
	var old tlog.Tree
	var err error
	if len(kept) > 0 {
		if old, err = OpenCheckpoint(kept, key); err != nil {
			return nil, fmt.Errorf("ledger.Follow: the kept checkpoint: %w", err)
		}
	}
	signed, proof, err := fetch(ctx, src, key, old)
	if err != nil {
		return nil, fmt.Errorf("ledger.Follow: %w", err)
	}
	if err := succeeds(old, kept, signed, proof, key); err != nil {
		return nil, err
	}
	return signed, nil
}

// fetch asks for the latest checkpoint and for the proof that it continues an
// older tree.
func fetch(ctx context.Context, src Source, key note.Verifier, old tlog.Tree) ([]byte, tlog.TreeProof, error) {
	signed, err := src.Published(ctx)
	if err != nil {
		return nil, nil, err
	}
	tree, err := OpenCheckpoint(signed, key)
	if err != nil {
		return nil, nil, err
	}
	if old.N == 0 || tree.N <= old.N {
		return signed, nil, nil
	}
	proof, err := src.Consistency(ctx, old.N, tree.N)
	return signed, proof, err
}

// frontier is a tree of which only the roots of its complete subtrees are kept,
// the largest first: enough to grow it and to know its root.
type frontier struct {
	size  int64
	peaks []tlog.Hash
}

// add appends a leaf and gives the hashes it completes, its own first.
func (f *frontier) add(leaf tlog.Hash) []tlog.Hash {
	made := []tlog.Hash{leaf}
	for n := f.size; n&1 == 1; n >>= 1 {
		last := len(f.peaks) - 1
		leaf = tlog.NodeHash(f.peaks[last], leaf)
		f.peaks = f.peaks[:last]
		made = append(made, leaf)
	}
	f.peaks = append(f.peaks, leaf)
	f.size++
	return made
}

func (f *frontier) root() tlog.Hash {
	if f.size == 0 {
		h, _ := tlog.TreeHash(0, nil) // of nothing; asks for no hash
		return h
	}
	h := f.peaks[len(f.peaks)-1]
	for i := len(f.peaks) - 2; i >= 0; i-- {
		h = tlog.NodeHash(f.peaks[i], h)
	}
	return h
}

// FormatLeaves writes a page of leaves as the Go checksum database writes
// records: the index, the text, an empty line.
func FormatLeaves(from int64, leaves [][]byte) ([]byte, error) {
	var b bytes.Buffer
	for i, leaf := range leaves {
		text, err := tlog.FormatRecord(from+int64(i), leaf)
		if err != nil {
			return nil, fmt.Errorf("ledger.FormatLeaves: %w", err)
		}
		b.Write(text)
	}
	return b.Bytes(), nil
}

// Disorder says that a page of leaves is not the list of entries it should be: At is
// the index of the first one that is not where it was expected.
type Disorder struct {
	At    int64
	Moved bool // another entry stands there; else the page breaks off or cannot be read
	err   error
}

func (d *Disorder) Error() string {
	return fmt.Sprintf("ledger.ParseLeaves: entry %d: %v", d.At, d.err)
}
func (d *Disorder) Unwrap() error { return d.err }

// ParseLeaves reads what [FormatLeaves] writes, from the index that was asked
// for. The leaves themselves are not judged. What is no such list is a [Disorder].
func ParseLeaves(from int64, page []byte) ([][]byte, error) {
	var leaves [][]byte
	for len(page) > 0 {
		id, text, rest, err := tlog.ParseRecord(page)
		if err != nil {
			return nil, &Disorder{At: from + int64(len(leaves)), err: err}
		}
		if want := from + int64(len(leaves)); id != want || len(leaves) == MaxPage {
			return nil, &Disorder{At: want, Moved: true, err: fmt.Errorf("entry %d stands there", id)}
		}
		leaves, page = append(leaves, text), rest
	}
	return leaves, nil
}

// FormatConsistency writes a consistency proof, a hash in base64 to a line.
func FormatConsistency(proof tlog.TreeProof) []byte {
	var b bytes.Buffer
	writeHashes(&b, proof)
	return b.Bytes()
}

// ParseConsistency reads what [FormatConsistency] writes.
func ParseConsistency(text []byte) (tlog.TreeProof, error) {
	if len(text) == 0 {
		return nil, nil
	}
	body, ok := bytes.CutSuffix(text, []byte("\n"))
	if !ok || len(body) > maxNote {
		return nil, errors.New("ledger.ParseConsistency: the proof breaks off")
	}
	list, err := parseHashes(lines(body))
	if err != nil {
		return nil, fmt.Errorf("ledger.ParseConsistency: %w", err)
	}
	return list, nil
}
