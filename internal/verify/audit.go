package verify

import (
	"context"
	"fmt"
	"slices"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
)

// Audit holds every public incident of the desk against what was signed for it:
// two signatures stand under its revision, their digest is that of the values of
// that revision, and the record says the same, but for sources, which may be named
// less. found hears of each fault; n is how many incidents were looked at. The
// database refuses all of this as it is written; the audit finds what was done past
// it.
func (s *Service) Audit(ctx context.Context, found func(error)) (n int, err error) {
	q := s.db.Reader()
	type row struct {
		Ref      string `db:"ref"`
		Dossier  int64  `db:"dossier_id"`
		Revision int64  `db:"signed_revision"`
		Urgent   *int64 `db:"urgent_until"`
	}
	list, err := db.Select[row](ctx, q, `/* verify.Audit */ select ref, dossier_id, signed_revision, urgent_until from incident
		where origin = 'desk' and state in ('published', 'corrected', 'disputed', 'verified') order by id`)
	if err != nil {
		return 0, err
	}
	for _, x := range list {
		fault, err := s.audit(ctx, q, x.Ref, x.Dossier, x.Revision, x.Urgent != nil)
		if err != nil {
			return n, err
		}
		if fault != "" {
			found(fmt.Errorf("%s %s", x.Ref, fault))
		}
		n++
	}
	return n, nil
}

func (s *Service) audit(ctx context.Context, q db.Querier, ref string, dossier, revision int64, urgent bool) (string, error) {
	signed, err := s.signatures(ctx, q, dossier, revision)
	if err != nil {
		return "", err
	}
	if !urgent && !enough(signed) {
		return "is public without the signatures of two organisations", nil
	}
	values, err := s.valuesAt(ctx, q, dossier, revision)
	if err != nil {
		return "", err
	}
	facts := compose(values)
	digest := incident.HashFacts(&facts)
	for _, x := range signed {
		if x.Digest != digest {
			return "says something else at the desk than what was signed", nil
		}
	}
	inc, err := s.Record.Get(ctx, incident.RecordEdition, ref)
	if err != nil {
		return "", err
	}
	may, err := s.sourcesOf(ctx, q, dossier, facts.Sources)
	if err != nil {
		return "", err
	}
	for _, x := range inc.Facts.Sources {
		if !slices.Contains(may, x) {
			return "names a source that may not be named", nil
		}
	}
	told := *inc.Facts
	told.Sources, facts.Sources = nil, nil
	mask, err := s.Record.Mask(ctx)
	if err != nil {
		return "", err
	}
	for _, d := range incident.FactsDiff(&facts, &told) {
		if mask(d.Old) != d.New { // a passage that is withheld is no fault
			return "says something else in public than what was signed: " + d.Field, nil
		}
	}
	return "", nil
}
