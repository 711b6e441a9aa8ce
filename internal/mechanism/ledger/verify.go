package ledger

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"keepiton/internal/platform/db"
)

// Verify reads the whole ledger from inside, in one view of the database, and
// names the exact entry where something does not fit: leaves against their
// hashes, stored hashes against each other, payloads that are still there
// against their commitments, held events against the batches that cover them,
// the history against every checkpoint, the checkpoints against the log's key
// if there is one. It is what `keepiton doctor` asks; who does not trust the
// deployment uses [Audit].
func (l *Log) Verify(ctx context.Context) (Report, error) {
	var r Report
	err := l.db.Snapshot(ctx, func(q db.Querier) error {
		checkpoints, err := l.verifyCheckpoints(ctx, q, &r)
		if err != nil {
			return err
		}
		if err := r.verifyEntries(ctx, q, checkpoints); err != nil {
			return err
		}
		if err := r.verifyPayloads(ctx, q); err != nil {
			return err
		}
		return r.verifyHeld(ctx, q)
	})
	if err != nil {
		return r, fmt.Errorf("ledger.Verify: %w", err)
	}
	return r, nil
}

// verifyCheckpoints reads the checkpoints in the order of their trees.
func (l *Log) verifyCheckpoints(ctx context.Context, q db.Querier, r *Report) ([]Checkpoint, error) {
	rows, err := db.Select[checkpointRow](ctx, q, `/* ledger.verifyCheckpoints */ select n, at, size, note from ledger_checkpoint order by size, n`)
	if err != nil {
		return nil, err
	}
	var list []Checkpoint
	for _, row := range rows {
		c, err := row.checkpoint()
		if err == nil && l.key != nil {
			verifier, kerr := ParseLogKey(l.key.LogKey())
			if kerr != nil {
				return nil, kerr
			}
			_, err = OpenCheckpoint(c.Note, verifier)
		}
		if err != nil {
			r.find(FaultSignature, row.Size)
			continue
		}
		list = append(list, c)
		r.Kept++
	}
	return list, nil
}

func (r *Report) verifyEntries(ctx context.Context, q db.Querier, checkpoints []Checkpoint) error {
	want, err := size(ctx, q)
	if err != nil {
		return err
	}
	var grown frontier
	missing := func() {
		if len(r.Findings) == 0 || r.Findings[len(r.Findings)-1].Fault != FaultMissing { // a long gap is one finding
			r.find(FaultMissing, grown.size)
		}
	}
	err = db.Stream(ctx, q, func(row entryRow) error {
		for grown.size < row.Index {
			missing()
			grown.add(Entry{}.hash())
		}
		if row.Index >= want {
			r.find(FaultHashes, row.Index) // an entry beyond the head
		}
		r.verifyEntry(row, &grown)
		for len(checkpoints) > 0 && checkpoints[0].Tree.N == grown.size {
			if grown.root() != checkpoints[0].Tree.Hash {
				r.find(FaultHistory, grown.size)
			}
			checkpoints = checkpoints[1:]
		}
		return nil
	}, `/* ledger.verifyEntries */ select idx, kind, at, commitment, hashes from ledger_entry order by idx`)
	if err != nil {
		return err
	}
	if grown.size < want {
		missing()
	}
	for _, c := range checkpoints {
		r.find(FaultShrunk, c.Tree.N)
	}
	r.Entries, r.Tree.N, r.Tree.Hash = grown.size, grown.size, grown.root()
	return nil
}

// verifyEntry holds a leaf against its stored hash, and those it completes
// against the ones below. The tree grows by the stored hash, so that one
// altered leaf is one finding.
func (r *Report) verifyEntry(row entryRow, grown *frontier) {
	list, err := unpackHashes(row.Hashes)
	e, eerr := row.entry()
	if err != nil || len(list) == 0 || eerr != nil {
		r.find(FaultLeaf, row.Index)
		grown.add(e.hash())
		return
	}
	if list[0] != e.hash() {
		r.find(FaultLeaf, row.Index)
	}
	if packHashes(grown.add(list[0])) != row.Hashes {
		r.find(FaultHashes, row.Index)
	}
}

func (r *Report) verifyPayloads(ctx context.Context, q db.Querier) error {
	type pair struct {
		payloadRow
		Commitment string `db:"commitment"`
	}
	return db.Stream(ctx, q, func(p pair) error {
		o, err := p.opening()
		if err != nil || o.Commitment().String() != p.Commitment {
			r.find(FaultPayload, p.Index)
		}
		return nil
	}, `/* ledger.verifyPayloads */ select p.idx, p.subject, p.salt, p.payload, e.commitment
		from ledger_payload p join ledger_entry e on e.idx = p.idx order by p.idx`)
}

// verifyHeld holds held events against their payloads, and each batch of them
// against the entry that covers it. What no batch covers yet must only be there
// without a gap.
func (r *Report) verifyHeld(ctx context.Context, q db.Querier) error {
	if err := r.verifyHeldPayloads(ctx, q); err != nil {
		return err
	}
	type gap struct {
		Missing int64 `db:"missing"`
	}
	gaps, err := db.Select[gap](ctx, q, `/* ledger.verifyHeld */ select h.id - 1 as missing from ledger_held h
		where h.id > 1 and not exists (select 1 from ledger_held b where b.id = h.id - 1) order by h.id`)
	if err != nil {
		return err
	}
	for _, g := range gaps {
		r.find(FaultHeldMissing, g.Missing)
	}
	batches, err := db.Select[batchRow](ctx, q, `/* ledger.verifyHeld batches */ select idx, slot, upto, padding from ledger_batch order by idx`)
	if err != nil {
		return err
	}
	after := int64(0)
	for _, b := range batches {
		o, err := openingAt(ctx, q, b.Index)
		if errors.Is(err, ErrForgotten) {
			after = b.UpTo
			continue // nobody can prove anything by it, nor we against it
		}
		var root tlog.Hash
		var n int64
		if err == nil {
			root, n, err = o.batch()
		}
		tree, terr := heldTree(ctx, q, after, b)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil || terr != nil || tree.root() != root || tree.size() != n {
			r.find(FaultHeld, b.Index)
		}
		after = b.UpTo
	}
	return nil
}

func (r *Report) verifyHeldPayloads(ctx context.Context, q db.Querier) error {
	type pair struct {
		heldPayloadRow
		Commitment string `db:"commitment"`
	}
	return db.Stream(ctx, q, func(p pair) error {
		o, err := p.opening()
		if err != nil || o.Commitment().String() != p.Commitment {
			r.find(FaultHeldPayload, p.ID)
		}
		return nil
	}, `/* ledger.verifyHeldPayloads */ select p.id, p.subject, p.salt, p.payload, h.commitment
		from ledger_held_payload p join ledger_held h on h.id = p.id order by p.id`)
}
