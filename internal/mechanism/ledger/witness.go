package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Witness co-signs the checkpoints of one log for a member organisation. It
// remembers in a file the last checkpoint it signed and signs only what
// continues that one, so that a log cannot show different histories to
// different people without the witness on one side missing.
//
// The file is that checkpoint itself with both signatures: a person can read
// it, and nobody can alter it without either key. Whoever loses it begins anew
// and vouches for nothing before.
type Witness struct {
	key  *Key
	log  note.Verifier
	path string
	now  func() time.Time

	mu sync.Mutex
}

// NewWitness makes a witness of the log with a public key ([ParseLogKey]) that
// keeps its state in a file.
func NewWitness(key *Key, log note.Verifier, path string) *Witness {
	return &Witness{key: key, log: log, path: path, now: time.Now}
}

// Refusals of a witness.
var (
	// ErrShrunk: what is offered is older than what was signed. A stale cache can
	// do that, and so can a rollback.
	ErrShrunk = errors.New("the ledger offers fewer entries than it had")
	// ErrOvertaken: another run of the same witness signed meanwhile; try again.
	ErrOvertaken = errors.New("this witness has signed another checkpoint meanwhile")
)

// ForkError says that a log signed two checkpoints and cannot show that one
// continues the other. Both are evidence: with the same size they prove the
// fork to anybody.
type ForkError struct {
	Kept, Offered []byte // signed checkpoints
	Err           error
}

// Error names the fault.
func (e *ForkError) Error() string {
	return fmt.Sprintf("the ledger has forked, or does not prove that it has not: %v", e.Err)
}

// Unwrap gives what did not fit.
func (e *ForkError) Unwrap() error { return e.Err }

// succeeds decides whether a checkpoint continues what was kept.
func succeeds(old tlog.Tree, kept, offered []byte, proof tlog.TreeProof, key note.Verifier) error {
	tree, err := OpenCheckpoint(offered, key)
	if err != nil {
		return err
	}
	if tree.N < old.N {
		return fmt.Errorf("%w: %d, then %d", ErrShrunk, old.N, tree.N)
	}
	if err := CheckConsistency(old, tree, proof); err != nil {
		return &ForkError{Kept: kept, Offered: offered, Err: err}
	}
	return nil
}

// Seen is the last tree this witness signed, of size 0 before the first.
func (w *Witness) Seen() (tlog.Tree, error) {
	tree, _, err := w.seen()
	return tree, err
}

func (w *Witness) seen() (tlog.Tree, []byte, error) {
	kept, err := os.ReadFile(w.path)
	if errors.Is(err, fs.ErrNotExist) {
		return tlog.Tree{}, nil, nil
	}
	if err != nil {
		return tlog.Tree{}, nil, fmt.Errorf("ledger: the witness's state: %w", err)
	}
	tree, err := OpenCheckpoint(kept, w.log)
	if err == nil {
		_, err = note.Open(kept, note.VerifierList(WitnessVerifier{w.key.name, w.key.public(algCosignature)[1:]}))
	}
	if err != nil { // begin anew only when a person says so by taking the file away
		return tlog.Tree{}, nil, fmt.Errorf("ledger: the witness's state in %s is damaged, or of another log or witness: %w", w.path, err)
	}
	return tree, kept, nil
}

// Visit asks a deployment for its latest checkpoint, co-signs it if it continues
// what was signed before, and gives it with both signatures, to be handed to
// the deployment ([Log.AddCosignatures]).
func (w *Witness) Visit(ctx context.Context, src Source) ([]byte, error) {
	old, err := w.Seen()
	if err != nil {
		return nil, err
	}
	signed, proof, err := fetch(ctx, src, w.log, old)
	if err != nil {
		return nil, fmt.Errorf("ledger: witness: %w", err)
	}
	return w.Cosign(signed, old.N, proof)
}

// Cosign co-signs a checkpoint, given the proof that it continues the tree of
// size from, which has to be the last one this witness signed. It refuses with
// [ErrShrunk], a [ForkError], [ErrOvertaken] or an error about the signature.
// The state is on disk before the signature is given away.
func (w *Witness) Cosign(signed []byte, from int64, proof tlog.TreeProof) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	unlock, err := lockFile(w.path + ".lock")
	if err != nil {
		return nil, fmt.Errorf("ledger: the witness's state: %w", err)
	}
	defer unlock()
	old, kept, err := w.seen()
	if err != nil {
		return nil, err
	}
	if old.N != from {
		return nil, ErrOvertaken
	}
	if err := succeeds(old, kept, signed, proof, w.log); err != nil {
		return nil, err
	}
	_, n, err := openCheckpoint(signed, w.log)
	if err != nil {
		return nil, err
	}
	n.UnverifiedSigs = nil // what others signed is theirs to send
	cosigned, err := note.Sign(n, cosigner{w.key, w.now().Unix()})
	if err != nil {
		return nil, fmt.Errorf("ledger: witness: %w", err)
	}
	if err := w.keep(cosigned); err != nil {
		return nil, err
	}
	return cosigned, nil
}

// keep replaces the state, whole or not at all.
func (w *Witness) keep(cosigned []byte) error {
	temp, err := writeBeside(w.path, cosigned)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, w.path); err != nil {
		os.Remove(temp)
		return fmt.Errorf("ledger: the witness's state: %w", err)
	}
	return syncDir(w.path)
}
