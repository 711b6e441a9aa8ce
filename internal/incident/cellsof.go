package incident

import (
	"context"

	"keepiton/internal/platform/db"
)

// CellsOf reads counts of named areas. Unlike [Service.Cells] over every area,
// it never walks past what it was not asked for: each pair of area and
// dimension is one place in the index. year 0 means every year; dims must not
// be empty.
func (s *Service) CellsOf(ctx context.Context, edition int64, year int, areas []string, dims ...string) ([]Cell, error) {
	if len(areas) == 0 || len(dims) == 0 {
		return nil, nil
	}
	var w db.Where
	w.And("edition_id = ?", edition)
	andYear(&w, year)
	w.In("area", areas)
	w.In("dim", dims)
	return db.Select[Cell](ctx, s.db.Reader(), `/* incident.CellsOf */ select `+db.Columns[Cell]("")+` from tally where `+w.SQL(), w.Args()...)
}
