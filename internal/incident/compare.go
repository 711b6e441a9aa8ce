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
	Kind  string      `json:"kind"`  // added, removed, changed, joined
	Diff  []FieldDiff `json:"changed,omitempty"`
	With  string      `json:"joined_with,omitempty"` // of a joined row: its reference in the other edition
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
// Rows are the same when they belong to the same incident, or to two that have
// been joined since: those are of the kind joined.
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
	roots, err := leadsTo(ctx, s.db.Reader())
	if err != nil {
		return nil, err
	}
	partner, into := pairRows(a, b, roots)
	for j, r := range b {
		i := partner[j]
		if i < 0 {
			c.Rows = append(c.Rows, Difference{Ref: r.Ref, Title: rowTitle(r), Kind: "added"})
			continue
		}
		old := a[i]
		diff := figuresDiff(old.Facts, r.Facts)
		switch {
		case old.Ref != r.Ref:
			c.Rows = append(c.Rows, Difference{r.Ref, rowTitle(r), "joined", diff, old.Ref})
		case len(diff) > 0:
			c.Rows = append(c.Rows, Difference{Ref: r.Ref, Title: rowTitle(r), Kind: "changed", Diff: diff})
		}
		if x, y := old.Facts.Cause.Term, r.Facts.Cause.Term; x != y {
			c.Recoded[s.Taxonomy().Label(SchemeCause, x, year)+" -> "+s.Taxonomy().Label(SchemeCause, y, year)]++
		}
	}
	for i, r := range a {
		switch j, found := into[i]; {
		case !found:
			c.Rows = append(c.Rows, Difference{Ref: r.Ref, Title: rowTitle(r), Kind: "removed"})
		case partner[j] != i: // two rows became one, and the other of them is its partner
			c.Rows = append(c.Rows, Difference{Ref: r.Ref, Title: rowTitle(r), Kind: "joined", With: b[j].Ref})
		}
	}
	rank := map[string]int{"added": 0, "removed": 1, "joined": 2, "changed": 3}
	sort.SliceStable(c.Rows, func(i, j int) bool { return rank[c.Rows[i].Kind] < rank[c.Rows[j].Kind] })
	return c, nil
}

// pairRows finds for each row of b its row of a, -1 for none, and for each row
// of a the row of b that tells of the same incident. roots are the incidents
// that merged ones lead to; a row of the very same reference comes first.
func pairRows(a, b []Row, roots map[int64]int64) (partner []int, into map[int]int) {
	root := func(r Row) int64 {
		if to, merged := roots[*r.Entry.Incident]; merged {
			return to
		}
		return *r.Entry.Incident
	}
	partner, into = make([]int, len(b)), map[int]int{}
	for j := range partner {
		partner[j] = -1
	}
	for _, key := range []func(Row) int64{func(r Row) int64 { return *r.Entry.Incident }, root} {
		at := map[int64]int{}
		for j, r := range b {
			if r.Entry.Incident != nil {
				at[key(r)] = j
			}
		}
		for i, r := range a {
			if r.Entry.Incident == nil {
				continue
			}
			j, found := at[key(r)]
			if _, done := into[i]; !found || done {
				continue
			}
			into[i] = j
			if partner[j] < 0 {
				partner[j] = i
			}
		}
	}
	return partner, into
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
