package ledger

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"keepiton/internal/platform/db"
)

type entryRow struct {
	Index      int64  `db:"idx"`
	Kind       string `db:"kind"`
	At         int64  `db:"at"`
	Commitment string `db:"commitment"`
	Hashes     string `db:"hashes"`
}

func (r entryRow) entry() (Entry, error) {
	raw, err := hex.DecodeString(r.Commitment)
	if err != nil || len(raw) != len(Commitment{}) {
		return Entry{}, fmt.Errorf("ledger: entry %d is damaged: its commitment is not one", r.Index)
	}
	return Entry{Kind: r.Kind, At: r.At, Commitment: Commitment(raw)}, nil
}

type payloadRow struct {
	Index   int64  `db:"idx"`
	Subject string `db:"subject"`
	Salt    string `db:"salt"`
	Payload string `db:"payload"`
}

func (r payloadRow) opening() (Opening, error) {
	salt, err := hex.DecodeString(r.Salt)
	if err != nil || len(salt) != SaltSize {
		return Opening{}, fmt.Errorf("ledger: the salt of entry %d is damaged", r.Index)
	}
	return Opening{Salt: [SaltSize]byte(salt), Payload: []byte(r.Payload)}, nil
}

// grow makes room for n entries and gives the size after them. It holds the
// head's row until the transaction ends, also when n is 0.
func grow(ctx context.Context, tx db.Tx, n int64) (int64, error) {
	size, found, err := db.Value[int64](ctx, tx, `/* ledger.grow */ update ledger_head set size = size + $1 where id = 1 returning size`, n)
	if err != nil || found {
		return size, err
	}
	// The very first time. Whoever comes second at the same moment is refused by
	// the engine as a transaction that lost, and tried again.
	made, err := db.Exec(ctx, tx, `/* ledger.grow */ insert into ledger_head (id, size) values (1, $1) on conflict (id) do nothing`, n)
	if err == nil && made == 0 {
		err = errors.New("the ledger was begun by somebody else a moment ago")
	}
	return n, err
}

func size(ctx context.Context, q db.Querier) (int64, error) {
	n, _, err := db.Value[int64](ctx, q, `/* ledger.size */ select size from ledger_head where id = 1`)
	return n, err
}

func entryAt(ctx context.Context, q db.Querier, index int64) (Entry, error) {
	list, err := entryPage(ctx, q, index, 1)
	if err != nil {
		return Entry{}, err
	}
	if len(list) == 0 {
		return Entry{}, fmt.Errorf("ledger: entry %d: %w", index, ErrNoEntry)
	}
	return list[0].entry()
}

// entryPage reads up to n entries from an index on. A hole ends the page: it
// must not look like a shorter log that is whole.
func entryPage(ctx context.Context, q db.Querier, from int64, n int) ([]entryRow, error) {
	if from < 0 || n < 1 {
		return nil, fmt.Errorf("ledger: entries %d and %d on: %w", from, n, ErrNoEntry)
	}
	n = min(n, MaxPage)
	rows, err := db.Select[entryRow](ctx, q, `/* ledger.entryPage */ select idx, kind, at, commitment, hashes
		from ledger_entry where idx >= $1 and idx < $2 order by idx`, from, from+int64(n))
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		if r.Index != from+int64(i) {
			return rows[:i], nil
		}
	}
	return rows, nil
}

func openingAt(ctx context.Context, q db.Querier, index int64) (Opening, error) {
	r, found, err := db.SelectOne[payloadRow](ctx, q, `/* ledger.openingAt */ select idx, subject, salt, payload from ledger_payload where idx = $1`, index)
	if err != nil {
		return Opening{}, err
	}
	if !found {
		return Opening{}, fmt.Errorf("ledger: entry %d: %w", index, ErrForgotten)
	}
	return r.opening()
}

// hashes reads the stored hashes of the tree for tlog, and makes those of new
// entries. Entry i keeps the hashes it completes, level by level, so that the
// hash number n of a level lies with entry (n+1)·2^level − 1.
type hashes struct {
	ctx   context.Context
	q     db.Querier
	first int64         // the first entry that is not stored yet
	fresh [][]tlog.Hash // the hashes of that one and those after it
}

// stored reads what is stored and adds nothing.
func stored(ctx context.Context, q db.Querier) *hashes {
	return &hashes{ctx: ctx, q: q, first: math.MaxInt64}
}

// add makes the hashes of the next entry and gives them as they are stored.
func (h *hashes) add(e Entry) (string, error) {
	made, err := tlog.StoredHashesForRecordHash(h.first+int64(len(h.fresh)), e.hash(), h)
	if err != nil {
		return "", err
	}
	h.fresh = append(h.fresh, made)
	return packHashes(made), nil
}

// ReadHashes implements [tlog.HashReader].
func (h *hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	type spot struct {
		owner int64
		level int
	}
	spots := make([]spot, len(indexes))
	missing := map[int64]bool{}
	for i, x := range indexes {
		level, n := tlog.SplitStoredHashIndex(x)
		spots[i] = spot{(n+1)<<level - 1, level}
		if spots[i].owner < h.first {
			missing[spots[i].owner] = true
		}
	}
	have, err := h.read(missing)
	if err != nil {
		return nil, err
	}
	out := make([]tlog.Hash, len(spots))
	for i, s := range spots {
		list := have[s.owner]
		if s.owner >= h.first {
			list = h.fresh[s.owner-h.first]
		}
		if s.level >= len(list) {
			return nil, fmt.Errorf("entry %d is missing or lacks its hash of level %d", s.owner, s.level)
		}
		out[i] = list[s.level]
	}
	return out, nil
}

func (h *hashes) read(owners map[int64]bool) (map[int64][]tlog.Hash, error) {
	have := make(map[int64][]tlog.Hash, len(owners))
	if len(owners) == 0 {
		return have, nil
	}
	var w db.Where
	db.In(&w, "idx", slices.Collect(maps.Keys(owners)))
	type row struct {
		Index  int64  `db:"idx"`
		Hashes string `db:"hashes"`
	}
	rows, err := db.Select[row](h.ctx, h.q, `/* ledger.hashes */ select idx, hashes from ledger_entry where `+w.SQL(), w.Args()...)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if have[r.Index], err = unpackHashes(r.Hashes); err != nil {
			return nil, fmt.Errorf("entry %d: %w", r.Index, err)
		}
	}
	return have, nil
}

func packHashes(list []tlog.Hash) string {
	raw := make([]byte, 0, len(list)*tlog.HashSize)
	for _, h := range list {
		raw = append(raw, h[:]...)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

func unpackHashes(text string) ([]tlog.Hash, error) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw)%tlog.HashSize != 0 {
		return nil, errors.New("its hashes are damaged")
	}
	list := make([]tlog.Hash, len(raw)/tlog.HashSize)
	for i := range list {
		copy(list[i][:], raw[i*tlog.HashSize:])
	}
	return list, nil
}
