package incident

import (
	"context"
	"maps"
	"slices"

	"keepiton/internal/platform/db"
)

// Counting tells in which years an incident counts, and in which it will once a
// publication that two organisations signed is made: none says that it may not be made.
func (s *Service) Counting(ctx context.Context, q db.Querier, p Publication) (now, then []int, err error) {
	m := &merge{s: s, now: s.now()}
	st := &story{isNew: true, years: map[int]*chapter{}}
	if p.Ref != "" {
		if st, err = m.loadOneFrom(ctx, q, p.Ref); err != nil {
			return nil, nil, err
		}
	}
	past, err := countedBefore(ctx, q, st)
	if err != nil {
		return nil, nil, err
	}
	for _, year := range slices.Sorted(maps.Keys(st.years)) {
		if st.years[year].entry.Counted == 1 {
			now = append(now, year)
		}
	}
	p.Urgent = nil
	return now, p.settle(m, st, past), nil
}
