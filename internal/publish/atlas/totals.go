package atlas

import (
	"context"
	"sync"

	"keepiton/internal/incident"
)

// totals keeps the totals of every year and country of the editions asked for:
// every page begins with them. They are dropped when the record changes.
type totals struct {
	mu      sync.Mutex
	version int64
	cells   map[int64][]incident.Cell
}

// keptEditions bounds the memory: an edition has a few thousand cells at most.
const keptEditions = 64

// totalsOf are the entries of the world and of every country, year by year.
func (a *Atlas) totalsOf(ctx context.Context, edition int64) ([]incident.Cell, error) {
	version, err := a.d.Record.Version(ctx)
	if err != nil {
		return nil, err
	}
	t := &a.totals
	t.mu.Lock()
	if t.version != version || len(t.cells) > keptEditions {
		t.version, t.cells = version, map[int64][]incident.Cell{}
	}
	cells, ok := t.cells[edition]
	t.mu.Unlock()
	if ok {
		return cells, nil
	}
	cells, err = a.d.Record.CellsOf(ctx, edition, 0, append(allCountries(), incident.AreaWorld), incident.DimAll)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	if t.version == version && t.cells != nil {
		t.cells[edition] = cells
	}
	t.mu.Unlock()
	return cells, nil
}
