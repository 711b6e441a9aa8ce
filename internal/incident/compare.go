package incident

import (
	"context"
	"fmt"
	"sort"
)

// Difference is one row on which two editions of a year do not agree.
type Difference struct {
	Ref   string      `json:"ref,omitempty"`
	Title string      `json:"title"` // country, start and area, as the sheet writes them
	Kind  string      `json:"kind"`  // added, removed, changed
	Diff  []FieldDiff `json:"changed,omitempty"`
}

// Comparison explains the difference of two editions of one year.
type Comparison struct {
	Year    int            `json:"year"`
	Before  string         `json:"before"`
	After   string         `json:"after"`
	Counts  [2]int         `json:"shutdowns"`
	Areas   [2]int         `json:"countries"`
	Rows    []Difference   `json:"rows"`
	Recoded map[string]int `json:"cause_recoded,omitempty"` // "Other -> Conflict": how often
}

// Compare explains a restatement: which rows came, which went, which changed.
// Rows are the same when they belong to the same incident.
func (s *Service) Compare(ctx context.Context, before, after Edition, year int) (*Comparison, error) {
	a, err := s.rowsOf(ctx, before.ID, year)
	if err != nil {
		return nil, err
	}
	b, err := s.rowsOf(ctx, after.ID, year)
	if err != nil {
		return nil, err
	}
	c := &Comparison{Year: year, Before: before.Label, After: after.Label, Recoded: map[string]int{}}
	c.Counts = [2]int{len(a), len(b)}
	c.Areas = [2]int{countriesIn(a), countriesIn(b)}
	match := map[int64]Row{}
	for _, r := range a {
		if r.Entry.Incident != nil {
			match[*r.Entry.Incident] = r
		}
	}
	seen := map[int64]bool{}
	for _, r := range b {
		old, ok := Row{}, false
		if r.Entry.Incident != nil {
			old, ok = match[*r.Entry.Incident]
			seen[*r.Entry.Incident] = true
		}
		if !ok {
			c.Rows = append(c.Rows, Difference{r.Ref, rowTitle(r), "added", nil})
			continue
		}
		if diff := FactsDiff(old.Facts, r.Facts); len(diff) > 0 {
			c.Rows = append(c.Rows, Difference{r.Ref, rowTitle(r), "changed", diff})
		}
		if x, y := old.Facts.Cause.Term, r.Facts.Cause.Term; x != y {
			c.Recoded[s.Taxonomy().Label(SchemeCause, x, year)+" -> "+s.Taxonomy().Label(SchemeCause, y, year)]++
		}
	}
	for _, r := range a {
		if r.Entry.Incident == nil || !seen[*r.Entry.Incident] {
			c.Rows = append(c.Rows, Difference{r.Ref, rowTitle(r), "removed", nil})
		}
	}
	rank := map[string]int{"added": 0, "removed": 1, "changed": 2}
	sort.SliceStable(c.Rows, func(i, j int) bool { return rank[c.Rows[i].Kind] < rank[c.Rows[j].Kind] })
	return c, nil
}

func (s *Service) rowsOf(ctx context.Context, edition int64, year int) ([]Row, error) {
	var out []Row
	err := s.Each(ctx, edition, year, func(r Row) error { out = append(out, r); return nil })
	return out, err
}

func countriesIn(rows []Row) int {
	set := map[string]bool{}
	for _, r := range rows {
		for _, c := range r.Facts.Countries {
			set[c.Code] = true
		}
	}
	return len(set)
}

func rowTitle(r Row) string {
	return fmt.Sprintf("%s, %s, %s", r.Facts.CountryText(), r.Facts.Period.Start, r.Facts.Measure.Area)
}
