package verify

import (
	"context"
	"fmt"
	"slices"

	"keepiton/internal/platform/db"
)

// AuditRecodings holds every recoding that was done against what was signed: its list
// has the digest that stands, and two people of two organisations, neither of them the
// one who proposed it, signed that digest while they might. found hears of each that
// does not hold; n is how many were looked at. The database refuses what it can as it
// is written; the audit finds what was done past it.
func (s *Service) AuditRecodings(ctx context.Context, found func(error)) (n int, err error) {
	q := s.db.Reader()
	list, err := db.Select[Recoding](ctx, q, `/* verify.AuditRecodings */ select `+db.Columns[Recoding]("")+` from recoding where state = 'done' order by id`)
	if err != nil {
		return 0, err
	}
	for _, r := range list {
		fault, err := s.auditRecoding(ctx, q, r)
		if err != nil {
			return n, err
		}
		if fault != "" {
			found(fmt.Errorf("recoding %d (methodology %s) %s", r.ID, r.Methodology, fault))
		}
		n++
	}
	return n, nil
}

// auditRecoding names what is wrong with a recoding, "" for nothing.
func (s *Service) auditRecoding(ctx context.Context, q db.Querier, r Recoding) (string, error) {
	p := RecodingPlan{Recoding: r}
	var err error
	if p.Items, err = s.recodingItems(ctx, q, r.ID); err != nil {
		return "", err
	}
	if p.digest() != r.Digest {
		return "has another list than the one that was signed", nil
	}
	if p.Signatures, err = db.Select[RecodingSignature](ctx, q, `/* verify.auditRecoding */ select `+db.Columns[RecodingSignature]("s.")+` from recoding_signature s
		where s.recoding_id = $1 and exists (select 1 from membership m where m.person_id = s.person_id and m.organisation_id = s.organisation_id and m.area = ''
			and m.role in ('verifier', 'editor') and m.granted_at <= s.at and (m.ended_at is null or m.ended_at >= $2))`, r.ID, r.Closed); err != nil {
		return "", err
	}
	p.Signatures = slices.DeleteFunc(p.Signatures, func(x RecodingSignature) bool {
		return x.Digest != r.Digest || x.Person == r.Person || x.At > r.Closed
	})
	if !p.Enough() {
		return "was done without the signatures of two organisations", nil
	}
	return "", nil
}
