package incident

import (
	"context"
	"fmt"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// fillStep is how many incidents one transaction of [Service.Fill] takes. Rows
// fall all over the indexes, so each transaction writes most of their pages
// again: four times the step is a quarter of that, for a tenth more memory.
const fillStep = 16000

// Fill loads n ready-made incidents into an empty record, without looking for
// twins. next gives the facts and the count years of the i-th one. It is for
// load tests: the rows come from nowhere, and the edition says so.
func (s *Service) Fill(ctx context.Context, n int, next func(i int) (Facts, []int), progress func(done, total int)) error {
	empty, err := s.Empty(ctx)
	if err != nil {
		return err
	}
	if !empty {
		return fault.New(fault.Conflict, "record.not_empty")
	}
	if err := s.db.WriteCache(ctx, 512); err != nil {
		return err
	}
	counts, noted := newCube(RecordEdition), map[string]bool{}
	refs := map[int]int{}
	seq := 0
	for from := 0; from < n; from += fillStep {
		to := min(n, from+fillStep)
		w := newEntryWriter(RecordEdition, s.Taxonomy())
		w.cube, w.noted = counts, noted
		facts := newFactBatch()
		var incidents []incidentRow
		for i := from; i < to; i++ {
			f, years := next(i)
			id := int64(i + 1)
			refs[years[0]]++
			ref := fmt.Sprintf("%04d-%04d", years[0], refs[years[0]])
			incidents = append(incidents, incidentRow{ID: id, Ref: ref, State: "published", Revision: 1, Methodology: "synthetic", Origin: fromSheet, Created: s.now(), Updated: s.now()})
			facts.add(id, &f)
			for _, y := range years {
				seq++
				e := Entry{Seq: seq, Incident: &id, Year: y, Line: i + 1, Counted: 1, Hash: HashFacts(&f), Updated: s.now()}
				if y == years[len(years)-1] {
					e.Latest = 1
				}
				w.add(&e, &f, ref)
			}
		}
		err := s.db.Write(ctx, func(tx db.Tx) error {
			if err := db.Insert(ctx, tx, "incident", incidents); err != nil {
				return err
			}
			if err := facts.flush(ctx, tx); err != nil {
				return err
			}
			return w.flushRows(ctx, tx)
		})
		if err != nil {
			return fmt.Errorf("incident.Fill: %w", err)
		}
		if progress != nil {
			progress(to, n)
		}
	}
	err = s.db.Write(ctx, func(tx db.Tx) error {
		if err := counts.flush(ctx, tx); err != nil {
			return err
		}
		return finishRecord(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("incident.Fill: %w", err)
	}
	return s.db.Settle(ctx)
}
