package evidence

import (
	"context"
	"errors"
	"fmt"
	"strings"

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
	rows, err := Named(ctx, s.db.Reader())
	if err != nil {
		return items, 0, err
	}
	for _, r := range rows {
		err := s.checkBytes(ctx, r)
		if errors.Is(err, blob.ErrMissing) || errors.Is(err, blob.ErrDamaged) {
			var whose error
			if whose, err = s.lost(ctx, r.Digest, err); err == nil {
				err = wrong(whose)
			}
		}
		if err != nil {
			return items, digests, err
		}
		digests++
	}
	return items, digests, nil
}

// lost says of which items bytes are missing or damaged.
func (s *Service) lost(ctx context.Context, d blob.Digest, why error) (whose, failed error) {
	list, err := db.Select[Item](ctx, s.db.Reader(), `/* evidence.lost */ select `+itemColumns+` from evidence_item where id in (select item_id from evidence_file where digest = $1
		union select item_id from evidence_capture where body = $1 or warc = $1
		union select c.item_id from evidence_hop h join evidence_capture c on c.id = h.capture_id where h.request = $1 or h.response = $1 or h.chain = $1) order by id`, d.String())
	var names []string
	for _, it := range list {
		names = append(names, it.Ref+" of "+it.CaseRef)
	}
	return fmt.Errorf("bytes of %s are missing or damaged (SHA-256 %s): %w", strings.Join(names, ", "), d, why), err
}

// Named lists the digests that rows name, each with the length it had, in their
// order.
func Named(ctx context.Context, q db.Querier) ([]blob.Kept, error) {
	rows, err := db.Select[keptRow](ctx, q, `/* evidence.Named */ select digest, size from evidence_file
		union select body, body_size from evidence_capture union select warc, warc_size from evidence_capture
		union select request, request_size from evidence_hop union select response, response_size from evidence_hop
		union select chain, chain_size from evidence_hop where chain <> '' order by digest`)
	out := make([]blob.Kept, len(rows))
	for i, r := range rows {
		d, err := blob.ParseDigest(r.Digest)
		if err != nil {
			return nil, fmt.Errorf("evidence.Named: %w", err)
		}
		out[i] = blob.Kept{Digest: d, Size: r.Size}
	}
	return out, err
}

func (s *Service) checkBytes(ctx context.Context, k blob.Kept) error {
	f, err := s.blobs.Open(k.Digest, k.Size)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return s.blobs.Verify(ctx, k.Digest)
}
