package incident

import (
	"context"

	"keepiton/internal/platform/db"
)

// DayCount is how many incidents of a kind were active on a day.
type DayCount struct {
	Day  int    `db:"day"`
	Kind string `db:"kind"`
	N    int64  `db:"n"`
}

// Days counts the active incidents of an area on each day between two days,
// both included, by kind. Days without any are left out, and so are those that
// have not been yet.
func (s *Service) Days(ctx context.Context, edition int64, area string, from, to int) ([]DayCount, error) {
	horizon, err := s.horizonOf(ctx, edition)
	if err != nil {
		return nil, err
	}
	to = min(to, horizon)
	if to < from {
		return nil, nil
	}
	changes, err := db.Select[DayCount](ctx, s.db.Reader(), `/* incident.Days */ select cast($3 as integer) as day, kind, cast(sum(n) as bigint) as n
			from day_change where edition_id = $1 and area = $2 and day <= $3 group by kind
		union all select day, kind, n from day_change where edition_id = $1 and area = $2 and day > $3 and day <= $4
		order by kind, day`, edition, area, from, to)
	if err != nil {
		return nil, err
	}
	var out []DayCount
	for i, c := range changes {
		next := to + 1
		if i+1 < len(changes) && changes[i+1].Kind == c.Kind {
			next = changes[i+1].Day
			changes[i+1].N += c.N
		}
		for day := c.Day; day < next && c.N > 0; day++ {
			out = append(out, DayCount{day, c.Kind, c.N})
		}
	}
	return out, nil
}

// DayRun is a stretch of days, both included, on every one of which at least
// one incident of a kind was active.
type DayRun struct {
	Kind     string
	From, To int
}

// DayRuns reads the stretches of an area between two days, both included. It
// is what a strip needs of [Service.Days], in a few rows instead of thousands:
// a stretch begins where the sum leaves zero and ends where it is zero again.
func (s *Service) DayRuns(ctx context.Context, edition int64, area string, from, to int) ([]DayRun, error) {
	horizon, err := s.horizonOf(ctx, edition)
	if err != nil {
		return nil, err
	}
	to = min(to, horizon)
	turns, err := db.Select[DayCount](ctx, s.db.Reader(), `/* incident.DayRuns */ select day, kind, cast(active as bigint) as n
		from (select day, kind, n, sum(n) over (partition by kind order by day) as active from day_change
			where edition_id = $1 and area = $2 and day <= $3) x
		where active = 0 or active = n order by kind, day`, edition, area, to)
	if err != nil {
		return nil, err
	}
	var out []DayRun
	for i, t := range turns {
		if t.N == 0 {
			continue
		}
		run := DayRun{t.Kind, max(t.Day, from), to}
		if i+1 < len(turns) && turns[i+1].Kind == t.Kind {
			run.To = turns[i+1].Day - 1
		}
		if run.To >= from {
			out = append(out, run)
		}
	}
	return out, nil
}
