package incident

import (
	"context"
	"fmt"
	"sort"

	"keepiton/internal/platform/db"
)

// YearDifference is in how many entries two editions of a count year differ.
type YearDifference struct {
	Year                            int
	Counts                          [2]int // of each edition
	Added, Removed, Joined, Changed int    // see [Difference]
}

// Differences counts, year by year, in what an edition differs from an earlier one;
// years that are the same in both are left out. It reads no facts: [Service.Compare]
// explains one year.
func (s *Service) Differences(ctx context.Context, before, after Edition) ([]YearDifference, error) {
	var out []YearDifference
	err := s.db.Snapshot(ctx, func(q db.Querier) error {
		type row struct {
			Year int `db:"count_year"`
		}
		years, err := db.Select[row](ctx, q, `/* incident.Differences */ select distinct count_year from entry where edition_id in ($1, $2) and counted = 1`, before.ID, after.ID)
		if err != nil {
			return err
		}
		for _, y := range years {
			p, err := pairRows(ctx, q, before.ID, after.ID, y.Year)
			if err != nil {
				return err
			}
			d := YearDifference{y.Year, p.counts, len(p.added), len(p.removed), len(p.joined), len(p.changed)}
			if d.Added+d.Removed+d.Joined+d.Changed > 0 {
				out = append(out, d)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("incident.Differences: %w", err)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Year > out[j].Year })
	return out, nil
}

// LastRelease is the release that was cut last; found is false while there is none.
func (s *Service) LastRelease(ctx context.Context) (e Edition, found bool, err error) {
	return db.SelectOne[Edition](ctx, s.db.Reader(), `/* incident.LastRelease */ select `+db.Columns[Edition]("")+` from edition where kind = 'release' order by id desc limit 1`)
}

// DigestNow is the digest a release cut now would have.
func (s *Service) DigestNow(ctx context.Context) (string, error) {
	digest, _, err := s.RecordDigest(ctx, s.db.Reader())
	return digest, err
}

// ChangedSince tells whether anything in the record was written after an instant,
// microseconds UTC.
func (s *Service) ChangedSince(ctx context.Context, at int64) (bool, error) {
	last, _, err := db.Value[int64](ctx, s.db.Reader(), `/* incident.ChangedSince */ select coalesce(max(updated_at), 0) from incident`)
	return last > at, err
}
