package ledger

import (
	"context"
	"fmt"

	"keepiton/internal/platform/db"
)

// Verify reads the whole ledger from inside, in one view of the database, and
// names the exact entry where something does not fit: leaves against their
// hashes, stored hashes against each other, payloads that are still there
// against their commitments, the history against every checkpoint, the
// checkpoints against the log's key if there is one. It is what `keepiton
// doctor` asks; who does not trust the deployment uses [Audit].
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
		return r.verifyPayloads(ctx, q)
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
