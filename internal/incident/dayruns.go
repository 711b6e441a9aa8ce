package incident

import (
	"context"

	"keepiton/internal/platform/db"
)

// DayRun is a stretch of days, both included, on every one of which at least
// one incident of a kind was active.
type DayRun struct {
	Kind string `db:"kind"`
	From int    `db:"a"`
	To   int    `db:"b"`
}

// DayRuns reads the stretches of an area between two days, both included. It
// is what a strip needs of [Service.Days], in a few rows instead of thousands.
func (s *Service) DayRuns(ctx context.Context, edition int64, area string, from, to int) ([]DayRun, error) {
	return db.Select[DayRun](ctx, s.db.Reader(), `/* incident.DayRuns */ select kind, min(day) as a, max(day) as b
		from (select kind, day, day - row_number() over (partition by kind order by day) as run from day_tally
			where edition_id = $1 and area = $2 and day between $3 and $4) x
		group by kind, run order by kind, a`, edition, area, from, to)
}
