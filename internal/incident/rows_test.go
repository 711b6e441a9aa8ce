package incident

import (
	"context"
	"math/rand/v2"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestWalkIsOfOneMoment changes an incident while the record is walked: the
// walk goes on as it began, the next one has the change.
func TestWalkIsOfOneMoment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s, err := NewService(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		rnd := rand.New(rand.NewPCG(3, 4))
		if err := s.Fill(ctx, 2*walkStep, func(int) (Facts, []int) { return randomFacts(rnd, s.Taxonomy()) }, nil); err != nil {
			t.Fatal(err)
		}
		ref := ""
		if err := s.Each(ctx, RecordEdition, 0, func(r Row) error { ref = r.Ref; return nil }); err != nil {
			t.Fatal(err)
		}
		areaOf := func(first func()) (area string) {
			err := s.Each(ctx, RecordEdition, 0, func(r Row) error {
				if first != nil {
					first()
					first = nil
				}
				if r.Ref == ref {
					area = r.Facts.Measure.Area
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return area
		}
		was := areaOf(nil)
		during := areaOf(func() {
			_, err := s.Revise(ctx, ref, 0, "tester", "test", func(_ int, f Facts) (Facts, error) {
				f.Measure.Area = "somewhere else"
				return f, nil
			})
			if err != nil {
				t.Fatal(err)
			}
		})
		if during != was {
			t.Errorf("the walk that had begun says %q, it was %q", during, was)
		}
		if now := areaOf(nil); now != "somewhere else" {
			t.Errorf("the next walk says %q", now)
		}
	})
}
