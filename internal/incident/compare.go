package incident

import (
	"context"
	"fmt"
	"sort"
	"strings"
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
		if diff := figuresDiff(old.Facts, r.Facts); len(diff) > 0 {
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

// figuresDiff compares what figures are made of. Texts and links, and answers
// that an older sheet had no column for, are left out: they would mark every
// row of an older sheet as changed.
func figuresDiff(before, after *Facts) []FieldDiff {
	var out []FieldDiff
	put := func(field, a, b string) {
		if a != b {
			out = append(out, FieldDiff{field, a, b})
		}
	}
	put("start_date", string(before.Period.Start), string(after.Period.Start))
	put("end_date", string(before.Period.End), string(after.Period.End))
	put("shutdown_status", before.Period.EndState, after.Period.EndState)
	put("country", codesOf(before), codesOf(after))
	put("area_name", foldArea(before.Measure.Area), foldArea(after.Measure.Area))
	put("geo_scope", before.Measure.Scope, after.Measure.Scope)
	put("shutdown_type", before.Measure.Method, after.Measure.Method)
	put("affected_network", before.Measure.Network, after.Measure.Network)
	put("shutdown_extent", before.Measure.Extent, after.Measure.Extent)
	put("ordered_by", before.OrderedBy(), after.OrderedBy())
	put("actual_cause", before.Cause.Term, after.Cause.Term)
	put("gov_justification", before.Reason.Term, after.Reason.Term)
	put("services", strings.Join(unique(before.Affected()), ", "), strings.Join(unique(after.Affected()), ", "))
	for _, f := range after.Flags {
		if old := before.Flag(f.Key); old != NotAsked {
			put(f.Key, string(old), string(f.State))
		}
	}
	return out
}

func codesOf(f *Facts) string {
	var codes []string
	for _, c := range f.Countries {
		codes = append(codes, c.Code)
	}
	return strings.Join(codes, ", ")
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
