package incident

import (
	"context"
	"slices"

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
	db.In(&w, "area", areas)
	db.In(&w, "dim", dims)
	return s.told(db.Select[Cell](ctx, s.db.Reader(), `/* incident.CellsOf */ select `+db.Columns[Cell]("")+` from tally where `+w.SQL(), w.Args()...))
}

// told leaves out the counts of services whose names are withheld.
func (s *Service) told(cells []Cell, err error) ([]Cell, error) {
	if hidden := s.Taxonomy().hidden; len(hidden) > 0 {
		cells = slices.DeleteFunc(cells, func(c Cell) bool { return c.Dim == DimService && hidden[c.Value] })
	}
	return cells, err
}
