package ledger

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"keepiton/internal/platform/db"
)

// FormatCheckpoint writes the text of a checkpoint (C2SP tlog-checkpoint): the
// origin, the size in decimal and the root hash in base64, a line each.
func FormatCheckpoint(origin string, tree tlog.Tree) string {
	return fmt.Sprintf("%s\n%d\n%s\n", origin, tree.N, tree.Hash)
}

// ParseCheckpoint reads the text of a checkpoint. Further lines are allowed by
// the format and mean nothing to us; we write none.
func ParseCheckpoint(text string) (origin string, tree tlog.Tree, err error) {
	bad := func(what string) (string, tlog.Tree, error) {
		return "", tlog.Tree{}, errors.New("ledger.ParseCheckpoint: " + what)
	}
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[len(lines)-1] != "" {
		return bad("not at least three whole lines")
	}
	for _, line := range lines[:len(lines)-1] {
		if line == "" {
			return bad("an empty line")
		}
	}
	size, err := parseSize(lines[1])
	if err != nil {
		return bad("the second line is no size")
	}
	root, err := parseHash(lines[2])
	if err != nil {
		return bad("the third line is no hash")
	}
	return lines[0], tlog.Tree{N: size, Hash: root}, nil
}

// maxSize bounds the size of a tree a stranger may state. What we compute with
// it stays far inside 64 bits, and no ledger will come near.
const maxSize = 1 << 48

func parseSize(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > maxSize || strconv.FormatInt(n, 10) != text {
		return 0, errors.New("not a size")
	}
	return n, nil
}

func parseHash(text string) (h tlog.Hash, err error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != tlog.HashSize || len(text) != 44 {
		return h, errors.New("not a hash")
	}
	copy(h[:], raw)
	return h, nil
}

// maxNote bounds a signed checkpoint of strangers, in bytes.
const maxNote = 64 << 10

// OpenCheckpoint verifies that a signed checkpoint is one of the log with this
// key and gives the tree it states.
func OpenCheckpoint(signed []byte, key note.Verifier) (tlog.Tree, error) {
	tree, _, err := openCheckpoint(signed, key)
	return tree, err
}

func openCheckpoint(signed []byte, key note.Verifier) (tlog.Tree, *note.Note, error) {
	if len(signed) > maxNote {
		return tlog.Tree{}, nil, errors.New("ledger.OpenCheckpoint: too long")
	}
	n, err := note.Open(signed, note.VerifierList(key))
	if err != nil {
		return tlog.Tree{}, nil, fmt.Errorf("ledger.OpenCheckpoint: %w", err)
	}
	origin, tree, err := ParseCheckpoint(n.Text)
	if err != nil {
		return tlog.Tree{}, nil, err
	}
	if origin != key.Name() {
		return tlog.Tree{}, nil, fmt.Errorf("ledger.OpenCheckpoint: it is of %q, not of %q", origin, key.Name())
	}
	return tree, n, nil
}

// Checkpoint is a signed statement of what the ledger was at one moment.
type Checkpoint struct {
	Number int64 // of all checkpoints, from 1
	At     int64 // when it was made, microseconds UTC; the note itself states no time
	Tree   tlog.Tree
	Note   []byte // the text with the log's signature: the bytes that are time-stamped
}

type checkpointRow struct {
	Number int64  `db:"n"`
	At     int64  `db:"at"`
	Size   int64  `db:"size"`
	Note   string `db:"note"`
}

func (r checkpointRow) checkpoint() (Checkpoint, error) {
	text, _, _ := strings.Cut(r.Note, "\n\n")
	_, tree, err := ParseCheckpoint(text + "\n")
	if err == nil && tree.N != r.Size {
		err = errors.New("its size is not that of its row")
	}
	if err != nil {
		return Checkpoint{}, fmt.Errorf("ledger: checkpoint %d is damaged: %w", r.Number, err)
	}
	return Checkpoint{r.Number, r.At, tree, []byte(r.Note)}, nil
}

// Errors of checkpoints.
var (
	ErrNoCheckpoint = errors.New("the ledger has no such checkpoint yet")
	// ErrRewritten: what is stored does not lead on from what was signed.
	ErrRewritten = errors.New("the ledger does not continue its last checkpoint: history was rewritten or lost")
)

// checkpointEvery is the age after which an unchanged ledger is signed again,
// so that its silence is stated, witnessed and time-stamped too.
const checkpointEvery = time.Hour

// Checkpoint signs the ledger as it stands, if it grew since the last
// checkpoint or that one is older than an hour, and stores it; otherwise it
// gives the last one, and made is false. It refuses with [ErrRewritten] to sign
// a tree that does not continue the last one, and with [ErrNoCheckpoint] to
// sign an empty one. It is safe to call from several processes.
func (l *Log) Checkpoint(ctx context.Context) (c Checkpoint, made bool, err error) {
	if l.key == nil {
		return c, false, errors.New("ledger.Checkpoint: this ledger has no key to sign with")
	}
	err = l.db.Write(ctx, func(tx db.Tx) error {
		c, made, err = l.checkpoint(ctx, tx)
		return err
	})
	if err != nil {
		return Checkpoint{}, false, fmt.Errorf("ledger.Checkpoint: %w", err)
	}
	return c, made, nil
}

func (l *Log) checkpoint(ctx context.Context, tx db.Tx) (c Checkpoint, made bool, err error) {
	size, err := grow(ctx, tx, 0) // nobody appends or signs meanwhile
	if err != nil {
		return c, false, err
	}
	if size == 0 {
		return c, false, ErrNoCheckpoint
	}
	last, err := latest(ctx, tx)
	known := err == nil
	if err != nil && !errors.Is(err, ErrNoCheckpoint) {
		return c, false, err
	}
	tree, err := treeAt(ctx, tx, size)
	if err != nil {
		return c, false, err
	}
	if known {
		if err := continues(ctx, tx, last.Tree, tree); err != nil {
			return c, false, err
		}
		if last.Tree.N == size && l.now()-last.At < checkpointEvery.Microseconds() {
			return last, false, nil
		}
	}
	signer, err := l.key.logSigner()
	if err != nil {
		return c, false, err
	}
	signed, err := note.Sign(&note.Note{Text: FormatCheckpoint(l.key.name, tree)}, signer)
	if err != nil {
		return c, false, err
	}
	c = Checkpoint{last.Number + 1, l.now(), tree, signed}
	row := checkpointRow{c.Number, c.At, tree.N, string(signed)}
	return c, true, db.Insert(ctx, tx, "ledger_checkpoint", []checkpointRow{row})
}

// treeAt computes the tree of a size from the stored hashes.
func treeAt(ctx context.Context, q db.Querier, size int64) (tlog.Tree, error) {
	root, err := tlog.TreeHash(size, stored(ctx, q))
	return tlog.Tree{N: size, Hash: root}, err
}

// continues proves that a tree begins with an older one.
func continues(ctx context.Context, q db.Querier, old, tree tlog.Tree) error {
	if old.N > tree.N {
		return fmt.Errorf("%w (%d entries, %d were signed)", ErrRewritten, tree.N, old.N)
	}
	proof, err := tlog.ProveTree(tree.N, old.N, stored(ctx, q))
	if err != nil {
		return fmt.Errorf("%w (%w)", ErrRewritten, err)
	}
	if tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash) != nil {
		return ErrRewritten
	}
	return nil
}

func latest(ctx context.Context, q db.Querier) (Checkpoint, error) {
	return oneCheckpoint(ctx, q, `/* ledger.latest */ select n, at, size, note from ledger_checkpoint order by n desc limit 1`)
}

func oneCheckpoint(ctx context.Context, q db.Querier, query string, args ...any) (Checkpoint, error) {
	r, found, err := db.SelectOne[checkpointRow](ctx, q, query, args...)
	if err != nil {
		return Checkpoint{}, err
	}
	if !found {
		return Checkpoint{}, ErrNoCheckpoint
	}
	return r.checkpoint()
}

// Latest is the last checkpoint, or [ErrNoCheckpoint].
func (l *Log) Latest(ctx context.Context) (Checkpoint, error) { return latest(ctx, l.db.Reader()) }

// CheckpointNumber is one checkpoint by its number, or [ErrNoCheckpoint].
func (l *Log) CheckpointNumber(ctx context.Context, n int64) (Checkpoint, error) {
	return oneCheckpoint(ctx, l.db.Reader(), `/* ledger.CheckpointNumber */ select n, at, size, note from ledger_checkpoint where n = $1`, n)
}

// Checkpoints lists checkpoints in their order, at most [MaxPage], those after a
// number (0: from the first).
func (l *Log) Checkpoints(ctx context.Context, after int64) ([]Checkpoint, error) {
	rows, err := db.Select[checkpointRow](ctx, l.db.Reader(), `/* ledger.Checkpoints */ select n, at, size, note
		from ledger_checkpoint where n > $1 order by n limit $2`, after, MaxPage)
	if err != nil {
		return nil, err
	}
	list := make([]Checkpoint, len(rows))
	for i, r := range rows {
		if list[i], err = r.checkpoint(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Signed is a checkpoint's note with all stored cosignatures behind the log's
// own signature: what is published.
func (l *Log) Signed(ctx context.Context, c Checkpoint) ([]byte, error) {
	return signed(ctx, l.db.Reader(), c)
}

func signed(ctx context.Context, q db.Querier, c Checkpoint) ([]byte, error) {
	list, err := cosignatures(ctx, q, c.Number)
	signed := slices.Clone(c.Note)
	for _, s := range list {
		signed = append(signed, s.Line...)
	}
	return signed, err
}
