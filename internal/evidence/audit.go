package evidence

import (
	"context"
	"errors"
	"fmt"

	"keepiton/internal/platform/blob"
	"keepiton/internal/platform/db"
)

// keptRow is a digest that a row names, with the length it had.
type keptRow struct {
	Digest string `db:"digest"`
	Size   int64  `db:"size"`
}

// Audit reads everything again: the custody of every item, and the bytes of every
// digest a row names. wrong hears of each thing that is not what it was; an error
// of it ends the audit. Audit gives how many items and digests it read.
func (s *Service) Audit(ctx context.Context, wrong func(error) error) (items, digests int, err error) {
	list, err := ids(ctx, s.db.Reader(), `/* evidence.Audit items */ select id from evidence_item order by id`)
	if err != nil {
		return 0, 0, err
	}
	for _, id := range list {
		err := s.VerifyCustody(ctx, id)
		var broken *BrokenCustody
		if errors.As(err, &broken) {
			err = wrong(err)
		}
		if err != nil {
			return items, 0, err
		}
		items++
	}
	rows, err := db.Select[keptRow](ctx, s.db.Reader(), `/* evidence.Audit digests */ select digest, size from evidence_file
		union select body, body_size from evidence_capture union select warc, warc_size from evidence_capture
		union select request, request_size from evidence_hop union select response, response_size from evidence_hop
		union select chain, chain_size from evidence_hop where chain <> '' order by digest`)
	if err != nil {
		return items, 0, err
	}
	for _, r := range rows {
		err := s.checkBytes(ctx, r)
		if errors.Is(err, blob.ErrMissing) || errors.Is(err, blob.ErrDamaged) {
			err = wrong(err)
		}
		if err != nil {
			return items, digests, err
		}
		digests++
	}
	return items, digests, nil
}

func (s *Service) checkBytes(ctx context.Context, r keptRow) error {
	d, err := blob.ParseDigest(r.Digest)
	if err != nil {
		return fmt.Errorf("evidence.Audit: %w: %w", blob.ErrDamaged, err)
	}
	f, err := s.blobs.Open(d, r.Size)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return s.blobs.Verify(ctx, d)
}
