package ledger

import (
	"context"
	"errors"
	"fmt"

	"keepiton/internal/platform/db"
)

// Log is the ledger of one deployment, in the program's database. It is safe
// for concurrent use.
type Log struct {
	db  *db.DB
	key *Key
	now func() int64 // microseconds UTC
}

// New gives the ledger in d. key signs checkpoints; without one (nil) the
// ledger can be written and read, and [Log.Checkpoint] fails.
func New(d *db.DB, key *Key) *Log { return &Log{db: d, key: key, now: db.Now} }

// Errors of reading.
var (
	// ErrNoEntry: the ledger has no entry of that index.
	ErrNoEntry = errors.New("the ledger has no such entry")
	// ErrForgotten: salt and payload of the entry were deleted; the entry stands.
	ErrForgotten = errors.New("the payload of this entry was deleted; the entry itself stands")
)

// Receipt tells where an event stands in the ledger.
type Receipt struct {
	Index int64 // from 0, without gaps
	Entry Entry
}

// Append writes an event in the caller's transaction: both stand or fall
// together, so after an error the transaction must not be committed. From here
// to its end nobody else can append: Append belongs near the end.
func (l *Log) Append(ctx context.Context, tx db.Tx, ev Event) (Receipt, error) {
	list, err := l.AppendAll(ctx, tx, []Event{ev})
	if err != nil {
		return Receipt{}, err
	}
	return list[0], nil
}

// AppendAll is [Log.Append] for many events, in their order and with one
// instant.
func (l *Log) AppendAll(ctx context.Context, tx db.Tx, events []Event) ([]Receipt, error) {
	if len(events) == 0 {
		return nil, nil
	}
	at := l.now()
	entries, openings := make([]Entry, len(events)), make([]Opening, len(events))
	for i, ev := range events {
		var err error
		if entries[i], openings[i], err = ev.commit(at); err != nil {
			return nil, err
		}
	}
	size, err := grow(ctx, tx, int64(len(events)))
	if err != nil {
		return nil, fmt.Errorf("ledger.Append: %w", err)
	}
	first := size - int64(len(events))
	tree := hashes{ctx: ctx, q: tx, first: first}
	receipts := make([]Receipt, len(events))
	rows, payloads := make([]entryRow, len(events)), make([]payloadRow, len(events))
	for i, e := range entries {
		idx := first + int64(i)
		made, err := tree.add(e)
		if err != nil {
			return nil, fmt.Errorf("ledger.Append: %w", err)
		}
		receipts[i] = Receipt{Index: idx, Entry: e}
		rows[i] = entryRow{idx, e.Kind, e.At, e.Commitment.String(), made}
		payloads[i] = payloadRow{idx, events[i].Subject, fmt.Sprintf("%x", openings[i].Salt), string(openings[i].Payload)}
	}
	if err := db.Insert(ctx, tx, "ledger_entry", rows); err != nil {
		return nil, fmt.Errorf("ledger.Append: %w", err)
	}
	if err := db.Insert(ctx, tx, "ledger_payload", payloads); err != nil {
		return nil, fmt.Errorf("ledger.Append: %w", err)
	}
	return receipts, nil
}

// KindForgotten is the kind of the event that records a deletion.
const KindForgotten = "ledger.forgotten"

// Forgotten is the payload of an event of [KindForgotten], whose subject is that of the
// entry that was forgotten.
type Forgotten struct {
	Index  int64  `json:"index"`
	Reason string `json:"reason"`
}

// Forget deletes salt and payload of an entry, for good as far as the engine
// can (see the package's documentation), and appends that this was done. The
// entry stays, and with it the log stays whole. The reason becomes the payload
// of the new event, with the index; it must not repeat what is to be forgotten.
func (l *Log) Forget(ctx context.Context, tx db.Tx, index int64, reason string) (Receipt, error) {
	if _, err := entryAt(ctx, tx, index); err != nil {
		return Receipt{}, err
	}
	if tx.Engine() == db.SQLite { // freed space is overwritten
		if _, err := db.Exec(ctx, tx, `/* ledger.Forget */ pragma secure_delete = on`); err != nil {
			return Receipt{}, err
		}
	}
	subject, _, err := db.Value[string](ctx, tx, `/* ledger.Forget subject */ select subject from ledger_payload where idx = $1`, index)
	if err != nil {
		return Receipt{}, err
	}
	n, err := db.Exec(ctx, tx, `/* ledger.Forget */ delete from ledger_payload where idx = $1`, index)
	if err != nil {
		return Receipt{}, err
	}
	if n == 0 {
		return Receipt{}, fmt.Errorf("ledger.Forget %d: %w", index, ErrForgotten)
	}
	return l.Append(ctx, tx, Event{Kind: KindForgotten, Subject: subject, Payload: Forgotten{index, reason}})
}

// Size is the number of entries.
func (l *Log) Size(ctx context.Context) (int64, error) { return size(ctx, l.db.Reader()) }

// Entry is the entry at an index.
func (l *Log) Entry(ctx context.Context, index int64) (Entry, error) {
	return entryAt(ctx, l.db.Reader(), index)
}

// Reveal gives what opens an entry, or [ErrForgotten]. It is proved against the
// entry before it is given.
func (l *Log) Reveal(ctx context.Context, index int64) (Opening, error) {
	e, err := l.Entry(ctx, index)
	if err != nil {
		return Opening{}, err
	}
	o, err := openingAt(ctx, l.db.Reader(), index)
	if err != nil {
		return Opening{}, err
	}
	if err := Check(e, o); err != nil {
		return Opening{}, fmt.Errorf("ledger.Reveal %d: %w", index, err)
	}
	return o, nil
}

// About lists the indices of entries about a subject whose payload is still
// there, oldest first.
func (l *Log) About(ctx context.Context, subject string) ([]int64, error) {
	type row struct {
		Index int64 `db:"idx"`
	}
	rows, err := db.Select[row](ctx, l.db.Reader(), `/* ledger.About */ select idx from ledger_payload where subject = $1 order by idx`, subject)
	list := make([]int64, len(rows))
	for i, r := range rows {
		list[i] = r.Index
	}
	return list, err
}

// MaxPage is how many leaves [Log.Leaves] gives at most.
const MaxPage = 1000

// Leaves gives the texts of up to n leaves from an index on; fewer only at the
// end of the log.
func (l *Log) Leaves(ctx context.Context, from int64, n int) ([][]byte, error) {
	rows, err := entryPage(ctx, l.db.Reader(), from, n)
	if err != nil {
		return nil, err
	}
	leaves := make([][]byte, len(rows))
	for i, r := range rows {
		e, err := r.entry()
		if err != nil {
			return nil, err
		}
		leaves[i] = e.Leaf()
	}
	return leaves, nil
}
