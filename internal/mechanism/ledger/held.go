package ledger

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"keepiton/internal/platform/db"
)

// KindBatch is the kind of the entry that covers held events, one an hour
// whether there were any or not.
const KindBatch = "ledger.batch"

// ErrNoHeld: no event of that number was held.
var ErrNoHeld = errors.New("the ledger holds no such event")

// ErrNotCovered: a held event cannot be proved yet; the next batch and the
// checkpoint after it cover it.
var ErrNotCovered = errors.New("this held event is not covered by a checkpoint yet")

type heldRow struct {
	ID         int64  `db:"id"`
	Kind       string `db:"kind"`
	At         int64  `db:"at"`
	Commitment string `db:"commitment"`
}

func (r heldRow) entry() (Entry, error) {
	return entryRow{Index: r.ID, Kind: r.Kind, At: r.At, Commitment: r.Commitment}.entry()
}

type heldPayloadRow struct {
	ID      int64  `db:"id"`
	Subject string `db:"subject"`
	Salt    string `db:"salt"`
	Payload string `db:"payload"`
}

func (r heldPayloadRow) opening() (Opening, error) {
	return payloadRow{Index: r.ID, Salt: r.Salt, Payload: r.Payload}.opening()
}

// Hold writes an event that must be provable later, while nobody outside may
// learn now that it happens. Like [Log.Append] it stands or falls with the
// caller's transaction, and keeps others from appending to its end. id is its
// number, from 1 without gaps.
func (l *Log) Hold(ctx context.Context, tx db.Tx, ev Event) (id int64, err error) {
	e, o, err := ev.commit(l.now())
	if err != nil {
		return 0, err
	}
	if _, err := grow(ctx, tx, 0); err != nil { // nobody makes a batch meanwhile
		return 0, fmt.Errorf("ledger.Hold: %w", err)
	}
	if id, err = db.NextID(ctx, tx, "ledger_held"); err != nil {
		return 0, fmt.Errorf("ledger.Hold: %w", err)
	}
	if err := db.Insert(ctx, tx, "ledger_held", []heldRow{{id, e.Kind, e.At, e.Commitment.String()}}); err != nil {
		return 0, fmt.Errorf("ledger.Hold: %w", err)
	}
	row := heldPayloadRow{id, ev.Subject, hex.EncodeToString(o.Salt[:]), string(o.Payload)}
	if err := db.Insert(ctx, tx, "ledger_held_payload", []heldPayloadRow{row}); err != nil {
		return 0, fmt.Errorf("ledger.Hold: %w", err)
	}
	return id, nil
}

// HeldAbout lists the numbers of held events about a subject whose payload is
// still there, oldest first.
func (l *Log) HeldAbout(ctx context.Context, subject string) ([]int64, error) {
	type row struct {
		ID int64 `db:"id"`
	}
	rows, err := db.Select[row](ctx, l.db.Reader(), `/* ledger.HeldAbout */ select id from ledger_held_payload where subject = $1 order by id`, subject)
	list := make([]int64, len(rows))
	for i, r := range rows {
		list[i] = r.ID
	}
	return list, err
}

// ForgetHeld deletes salt and payload of a held event, as [Log.Forget] does for
// an entry. That it was done is held too: an open event would tell that there
// was something to forget.
func (l *Log) ForgetHeld(ctx context.Context, tx db.Tx, id int64, reason string) error {
	if _, err := heldAt(ctx, tx, id); err != nil {
		return err
	}
	if tx.Engine() == db.SQLite { // freed space is overwritten
		if _, err := db.Exec(ctx, tx, `/* ledger.ForgetHeld */ pragma secure_delete = on`); err != nil {
			return err
		}
	}
	n, err := db.Exec(ctx, tx, `/* ledger.ForgetHeld */ delete from ledger_held_payload where id = $1`, id)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("ledger.ForgetHeld %d: %w", id, ErrForgotten)
	}
	_, err = l.Hold(ctx, tx, Event{Kind: KindForgotten, Payload: map[string]any{"held": id, "reason": reason}})
	return err
}

func heldAt(ctx context.Context, q db.Querier, id int64) (Entry, error) {
	r, found, err := db.SelectOne[heldRow](ctx, q, `/* ledger.heldAt */ select id, kind, at, commitment from ledger_held where id = $1`, id)
	if err != nil {
		return Entry{}, err
	}
	if !found {
		return Entry{}, fmt.Errorf("ledger: held event %d: %w", id, ErrNoHeld)
	}
	return r.entry()
}

// batchRow says which entry covers which held events: those after the batch
// before, up to one.
type batchRow struct {
	Index   int64  `db:"idx"`
	Slot    int64  `db:"slot"`
	UpTo    int64  `db:"upto"`
	Padding string `db:"padding"` // see [padded]
}

// batchPayload is what the entry of a batch commits to: a tree (RFC 6962).
type batchPayload struct {
	Root string `json:"root"` // base64
	N    int64  `json:"n"`    // leaves, with those that stand for nothing
}

const batchSlot = int64(time.Hour / time.Microsecond)

// Batch appends the one entry of this hour that covers everything held since the
// last one, also when that is nothing; made is false when this hour has its
// entry. Call it before each [Log.Checkpoint] from the first event that may be
// held on, in every hour: it is the constancy that says nothing.
func (l *Log) Batch(ctx context.Context) (r Receipt, made bool, err error) {
	err = l.db.Write(ctx, func(tx db.Tx) error {
		r, made = Receipt{}, false
		if _, err := grow(ctx, tx, 0); err != nil { // nobody holds or batches meanwhile
			return err
		}
		slot := l.now() / batchSlot
		last, found, err := db.SelectOne[batchRow](ctx, tx, `/* ledger.Batch last */ select idx, slot, upto, padding from ledger_batch order by idx desc limit 1`)
		if err != nil || found && last.Slot >= slot {
			return err
		}
		row := batchRow{Slot: slot}
		if row.UpTo, _, err = db.Value[int64](ctx, tx, `/* ledger.Batch upto */ select coalesce(max(id), 0) from ledger_held`); err != nil {
			return err
		}
		var secret [SaltSize]byte
		rand.Read(secret[:])
		row.Padding = hex.EncodeToString(secret[:])
		tree, err := heldTree(ctx, tx, last.UpTo, row)
		if err != nil {
			return err
		}
		if r, err = l.Append(ctx, tx, Event{Kind: KindBatch, Payload: tree.payload()}); err != nil {
			return err
		}
		row.Index, made = r.Index, true
		return db.Insert(ctx, tx, "ledger_batch", []batchRow{row})
	})
	if err != nil {
		return Receipt{}, false, fmt.Errorf("ledger.Batch: %w", err)
	}
	return r, made, nil
}

// heldTree makes the tree of a batch: the held events after one, up to another.
func heldTree(ctx context.Context, q db.Querier, after int64, b batchRow) (smallTree, error) {
	rows, err := db.Select[heldRow](ctx, q, `/* ledger.heldTree */ select id, kind, at, commitment from ledger_held
		where id > $1 and id <= $2 order by id`, after, b.UpTo)
	if err != nil {
		return nil, err
	}
	leaves := make([]tlog.Hash, len(rows))
	for i, r := range rows {
		e, err := r.entry()
		if err != nil {
			return nil, err
		}
		leaves[i] = e.hash()
	}
	return makeTree(padded(leaves, b.Padding))
}

// leastLeaves is how many leaves every batch has at least.
const leastLeaves = 64

// padded fills up leaves to a power of two, so that neither the number in a
// batch nor the length of a path in it tells how many events were held. The
// leaves that stand for nothing look like any other to who does not know the
// secret.
func padded(leaves []tlog.Hash, secret string) []tlog.Hash {
	size := leastLeaves
	for size < len(leaves) {
		size *= 2
	}
	for i := len(leaves); i < size; i++ {
		leaves = append(leaves, tlog.RecordHash(fmt.Appendf(nil, "%s padding %d", secret, i)))
	}
	return leaves
}

// smallTree is a tree whose hashes are all in memory, in the order of tlog.
type smallTree []tlog.Hash

func makeTree(leaves []tlog.Hash) (t smallTree, err error) {
	for i, h := range leaves {
		made, err := tlog.StoredHashesForRecordHash(int64(i), h, t)
		if err != nil {
			return nil, err
		}
		t = append(t, made...)
	}
	return t, nil
}

// ReadHashes implements [tlog.HashReader].
func (t smallTree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x < 0 || x >= int64(len(t)) {
			return nil, fmt.Errorf("there is no hash %d in this tree", x)
		}
		out[i] = t[x]
	}
	return out, nil
}

// size is the number of leaves; it is a power of two.
func (t smallTree) size() int64 { return int64(len(t)+1) / 2 }

func (t smallTree) root() tlog.Hash {
	h, err := tlog.TreeHash(t.size(), t)
	if err != nil {
		panic(fmt.Sprintf("ledger: a tree in memory lacks a hash: %v", err))
	}
	return h
}

func (t smallTree) payload() batchPayload { return batchPayload{t.root().String(), t.size()} }

func (o Opening) batch() (root tlog.Hash, n int64, err error) {
	var p batchPayload
	if err := json.Unmarshal(o.Payload, &p); err != nil {
		return root, 0, fmt.Errorf("ledger: the payload of a batch: %w", err)
	}
	root, err = parseHash(p.Root)
	if err != nil || p.N < 1 || p.N > maxSize {
		return root, 0, errors.New("ledger: the payload of a batch states no tree")
	}
	return root, p.N, nil
}
