package incident

import (
	"context"
	"slices"
)

// walkHits is how many places of a list [Service.Walk] looks up at a time. They
// are two numbers each; and where a list has to be gathered and sorted, that is
// done once for many rows.
const walkHits = 50_000

// Walk calls fn for every entry a filter chooses, in the order of its list and
// whatever page and limit the filter names. However many there are, no more
// than some hundred rows are in memory. Each step reads for itself, so that a
// slow fn holds nothing open: who needs rows of one moment compares
// [Service.Version] before and after.
func (s *Service) Walk(ctx context.Context, f Filter, fn func(Row) error) error {
	return s.walk(ctx, f, walkHits, fn)
}

func (s *Service) walk(ctx context.Context, f Filter, step int, fn func(Row) error) error {
	var from *hit
	for {
		hits, err := s.find(ctx, f, orderOf(f.Sort), from, false, step)
		if err != nil {
			return err
		}
		for some := range slices.Chunk(hits, walkStep) {
			rows, err := s.RowsOf(ctx, ordsOf(some))
			if err != nil {
				return err
			}
			for _, r := range rows {
				if err := fn(r); err != nil {
					return err
				}
			}
		}
		if len(hits) < step {
			return nil
		}
		from = &hits[len(hits)-1]
	}
}
