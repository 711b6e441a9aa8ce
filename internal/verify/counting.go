package verify

import (
	"context"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// counting is in which years a case's incident counts, and in which it will when the
// case is signed and published as it stands.
type counting struct {
	Now, Then []int
	wrong     string // why it may not be, the end of a key below verify.sign; "" where it may
}

// counting reads it. Facts without a first day are asked nothing: that is asked before.
func (s *Service) counting(ctx context.Context, q db.Querier, d Dossier, f *incident.Facts) (c counting, err error) {
	if missing(f) != "" {
		return c, nil
	}
	c.Now, c.Then, err = s.Record.Counting(ctx, q, incident.Publication{Ref: d.Incident, Facts: *f, Through: s.Options.Now().UTC().Year()})
	switch {
	case err != nil:
	case notYet(f.Period.Start, s.Options.Now()) || notYet(f.Period.End, s.Options.Now()):
		c.wrong = "future"
	case len(c.Then) == 0:
		c.wrong = "counts_nowhere"
	}
	return c, err
}

// countable refuses facts that count in no year, or speak of days to come.
func (s *Service) countable(ctx context.Context, q db.Querier, d Dossier, f *incident.Facts) error {
	c, err := s.counting(ctx, q, d, f)
	if err == nil && c.wrong != "" {
		err = fault.New(fault.Conflict, "verify.sign."+c.wrong)
	}
	return err
}

// notYet tells whether a date lies in the future, wherever on earth somebody looks.
func notYet(d incident.Date, now time.Time) bool {
	day, known := d.Day()
	return known && int64(day) > now.Add(24*time.Hour).Unix()/86400
}
