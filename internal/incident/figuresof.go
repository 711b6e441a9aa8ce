package incident

import (
	"context"
	"sort"
	"strings"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/geo"
)

// FiguresOf gives the same as [Service.Figures], made from the stored counts:
// what it reads grows with the countries and terms of a year, not with its
// entries. Only the order of countries that tie and the spelling of the first
// ones are looked up in the rows.
func (s *Service) FiguresOf(ctx context.Context, ed Edition, year int) (*Figures, error) {
	c := newFigureCount(s.Taxonomy(), year, ed.Label)
	dims := []string{DimAll, DimEndState, DimTrait, DimService, DimFlag, DimAsked}
	for _, d := range figureDims {
		dims = append(dims, d.dim)
	}
	areas := []string{AreaWorld}
	for _, r := range s.Taxonomy().Terms(SchemeRegion) {
		areas = append(areas, AreaRegion(r.Key))
	}
	for _, x := range geo.Countries() {
		areas = append(areas, AreaCountry(x.Code))
	}
	cells, err := s.CellsOf(ctx, ed.ID, year, areas, dims...)
	if err != nil {
		return nil, err
	}
	for _, x := range cells {
		c.take(x)
	}
	c.codeOrder, c.spelling, err = s.firstSeen(ctx, ed.ID, year, c.contenders())
	if err != nil {
		return nil, err
	}
	return c.figures(), nil
}

// take puts a stored count where the rows would have added it up.
func (c *figureCount) take(x Cell) {
	key := [2]string{x.Dim, x.Value}
	if code, ok := strings.CutPrefix(x.Area, "country:"); ok {
		if c.sets[key] == nil {
			c.sets[key] = map[string]bool{}
		}
		c.sets[key][code] = true
		if x.Dim == DimAll {
			c.perCode[code] = int(x.N)
		}
		return
	}
	if region, ok := strings.CutPrefix(x.Area, "region:"); ok {
		if x.Dim == DimAll {
			c.rows[[2]string{"region", region}] = int(x.N)
		}
		return
	}
	c.rows[key] = int(x.N)
}

// contenders are the countries that can stand among the first: all that have
// at least as many entries as the last of them.
func (c *figureCount) contenders() map[string]bool {
	counts := make([]int, 0, len(c.perCode))
	for _, n := range c.perCode {
		counts = append(counts, n)
	}
	sort.Sort(sort.Reverse(sort.IntSlice(counts)))
	out := map[string]bool{}
	for code, n := range c.perCode {
		if len(counts) <= topCountries || n >= counts[topCountries-1] {
			out[code] = true
		}
	}
	return out
}

// firstStep is how many entries [Service.firstSeen] reads at a time.
const firstStep = 256

// firstSeen finds the order in which countries first appear in the rows of a
// year, and how those rows spell them. Countries with many entries appear
// early, so it reads few rows.
func (s *Service) firstSeen(ctx context.Context, edition int64, year int, want map[string]bool) (order []string, spelling map[string]string, err error) {
	spelling = map[string]string{}
	// The sequence number is the low part of ord: this reads the index alone.
	seq, _, err := db.Value[int64](ctx, s.db.Reader(), `/* incident.firstSeen start */ select coalesce(min(ord % 67108864), -1) from entry
		where edition_id = $1 and count_year = $2`, edition, year)
	if err != nil || seq < 0 {
		return nil, spelling, err
	}
	for len(spelling) < len(want) {
		entries, err := s.entriesFrom(ctx, edition, year, seq)
		if err != nil || len(entries) == 0 {
			return order, spelling, err
		}
		rows, err := s.rowsWithNew(ctx, entries, want, spelling)
		if err != nil {
			return nil, nil, err
		}
		for _, r := range rows {
			for _, c := range r.Facts.Countries {
				if _, seen := spelling[c.Code]; want[c.Code] && !seen {
					order, spelling[c.Code] = append(order, c.Code), c.Spelling
				}
			}
		}
		seq = int64(entries[len(entries)-1].Seq) + 1
	}
	return order, spelling, nil
}

// entriesFrom reads counted entries of a year by their sequence. The plus
// keeps both engines on the index of sequences, which is in that order.
func (s *Service) entriesFrom(ctx context.Context, edition int64, year int, seq int64) ([]Entry, error) {
	return db.Select[Entry](ctx, s.db.Reader(), `/* incident.entriesFrom */ select `+db.Columns[Entry]("")+` from entry
		where edition_id = $1 and seq >= $2 and +count_year = $3 and counted = 1 order by seq limit $4`, edition, seq, year, firstStep)
}

// rowsWithNew reads the facts of those entries that name a wanted country for
// the first time.
func (s *Service) rowsWithNew(ctx context.Context, entries []Entry, want map[string]bool, have map[string]string) ([]Row, error) {
	ords := make([]int64, len(entries))
	for i, e := range entries {
		ords[i] = e.Ord
	}
	countries, err := s.partsAt(ctx, partCountry, ords)
	if err != nil {
		return nil, err
	}
	var hits []Entry
	met := map[string]bool{}
	for _, e := range entries {
		hit := false
		for _, code := range countries[e.Ord] {
			if _, seen := have[code]; want[code] && !seen && !met[code] {
				met[code], hit = true, true
			}
		}
		if hit {
			hits = append(hits, e)
		}
	}
	return s.resolve(ctx, hits)
}
