package incident

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// Difference is one row on which two editions of a year do not agree.
type Difference struct {
	Ref   string      `json:"ref,omitempty"`
	Title string      `json:"title"` // country, start and area, as the sheet writes them
	Kind  string      `json:"kind"`  // added, removed, changed, joined
	Diff  []FieldDiff `json:"changed,omitempty"`
	With  string      `json:"joined_with,omitempty"` // of a joined row: its reference in the other edition

	Countries []string `json:"-"` // their codes; with the two below what the title is made of
	Start     Date     `json:"-"`
	Area      string   `json:"-"`
}

// differenceOf is a difference in a row.
func differenceOf(r Row, kind string) Difference {
	d := Difference{Ref: r.Ref, Kind: kind, Start: r.Facts.Period.Start, Area: strings.TrimSpace(r.Facts.Measure.Area)}
	for _, c := range r.Facts.Countries {
		d.Countries = append(d.Countries, c.Code)
	}
	parts := []string{r.Facts.CountryText(), string(d.Start), d.Area}
	d.Title = strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
	return d
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

// CompareLimit is how many rows may differ for [Service.CompareForReader].
const CompareLimit = 5_000

// Compare explains a restatement: which rows came, which went, which changed.
// Rows are the same when they belong to the same incident, or to two that have
// been joined since: those are of the kind joined. Facts are read only of rows
// that differ.
func (s *Service) Compare(ctx context.Context, before, after Edition, year int) (*Comparison, error) {
	return s.compare(ctx, before, after, year, 0)
}

// CompareForReader is [Service.Compare] while somebody waits: it refuses
// editions that differ in more than [CompareLimit] rows of the year, before it
// reads any facts.
func (s *Service) CompareForReader(ctx context.Context, before, after Edition, year int) (*Comparison, error) {
	return s.compare(ctx, before, after, year, CompareLimit)
}

func (s *Service) compare(ctx context.Context, before, after Edition, year, limit int) (*Comparison, error) {
	c := &Comparison{Year: year, Before: before.Label, After: after.Label, Recoded: map[string]int{}}
	err := s.db.Snapshot(ctx, func(q db.Querier) error {
		p, err := pairRows(ctx, q, before.ID, after.ID, year)
		if err != nil {
			return err
		}
		if n := len(p.added) + len(p.removed) + len(p.joined) + len(p.changed); limit > 0 && n > limit {
			return fault.New(fault.TooLarge, "edition.too_different", "n", n, "max", limit, "year", fmt.Sprint(year))
		}
		c.Counts = p.counts
		for i, ed := range []Edition{before, after} {
			if c.Areas[i], err = countriesOf(ctx, q, ed.ID, year); err != nil {
				return err
			}
		}
		return s.explain(ctx, q, c, p)
	})
	if err != nil {
		return nil, fmt.Errorf("incident.Compare: %w", err)
	}
	return c, nil
}

// pairing is how the rows of a year in two editions belong together, by their
// ords. Rows that say the same are only counted.
type pairing struct {
	counts         [2]int
	added, removed []int64
	changed        [][2]int64 // of the same incident, or of two joined since
	joined         [][2]int64 // a row and the one it went into, which has a partner of its own
}

// outlineRow is what pairing rows needs to know of one.
type outlineRow struct {
	Ord      int64  `db:"ord"`
	Incident *int64 `db:"incident_id"`
	Hash     string `db:"hash"`
}

func pairRows(ctx context.Context, q db.Querier, before, after int64, year int) (p pairing, err error) {
	query := `/* incident.pairRows */ select ` + db.Columns[outlineRow]("") + ` from entry
		where edition_id = $1 and count_year = $2 and counted = 1 order by seq`
	a, err := db.Select[outlineRow](ctx, q, query, before, year)
	if err != nil {
		return p, err
	}
	b, err := db.Select[outlineRow](ctx, q, query, after, year)
	if err != nil {
		return p, err
	}
	roots, err := leadsTo(ctx, q)
	if err != nil {
		return p, err
	}
	p.counts = [2]int{len(a), len(b)}
	partner, into := partners(a, b, roots)
	for j, r := range b {
		switch i := partner[j]; {
		case i < 0:
			p.added = append(p.added, r.Ord)
		case a[i].Hash != r.Hash || *a[i].Incident != *r.Incident:
			p.changed = append(p.changed, [2]int64{a[i].Ord, r.Ord})
		}
	}
	for i, r := range a {
		switch j, found := into[i]; {
		case !found:
			p.removed = append(p.removed, r.Ord)
		case partner[j] != i:
			p.joined = append(p.joined, [2]int64{r.Ord, b[j].Ord})
		}
	}
	return p, nil
}

// partners finds for each row of b its row of a, -1 for none, and for each row
// of a the row of b that tells of the same incident. roots are the incidents
// that merged ones lead to; a row of the very same incident comes first.
func partners(a, b []outlineRow, roots map[int64]int64) (partner []int, into map[int]int) {
	same := func(r outlineRow) int64 { return *r.Incident }
	root := func(r outlineRow) int64 {
		if to, merged := roots[*r.Incident]; merged {
			return to
		}
		return *r.Incident
	}
	partner, into = make([]int, len(b)), map[int]int{}
	for j := range partner {
		partner[j] = -1
	}
	for _, key := range []func(outlineRow) int64{same, root} {
		at := map[int64]int{}
		for j, r := range b {
			if r.Incident != nil {
				at[key(r)] = j
			}
		}
		for i, r := range a {
			if r.Incident == nil {
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

// explain reads the facts of the rows that differ, a step at a time, and writes
// down how.
func (s *Service) explain(ctx context.Context, q db.Querier, c *Comparison, p pairing) error {
	for _, x := range []struct {
		kind string
		ords []int64
	}{{"added", p.added}, {"removed", p.removed}} {
		for ords := range slices.Chunk(x.ords, walkStep) {
			rows, err := rowsIn(ctx, q, ords)
			if err != nil {
				return err
			}
			for _, ord := range ords {
				c.Rows = append(c.Rows, differenceOf(rows[ord], x.kind))
			}
		}
	}
	err := eachPair(ctx, q, p.joined, func(was, is Row) {
		d := differenceOf(was, "joined")
		d.With = is.Ref
		c.Rows = append(c.Rows, d)
	})
	if err != nil {
		return err
	}
	if err := eachPair(ctx, q, p.changed, func(was, is Row) { s.note(c, was, is) }); err != nil {
		return err
	}
	rank := map[string]int{"added": 0, "removed": 1, "joined": 2, "changed": 3}
	sort.SliceStable(c.Rows, func(i, j int) bool { return rank[c.Rows[i].Kind] < rank[c.Rows[j].Kind] })
	return nil
}

// eachPair reads the rows of pairs, a step at a time.
func eachPair(ctx context.Context, q db.Querier, list [][2]int64, fn func(was, is Row)) error {
	for pairs := range slices.Chunk(list, walkStep/2) {
		var ords []int64
		for _, pair := range pairs {
			ords = append(ords, pair[0], pair[1])
		}
		rows, err := rowsIn(ctx, q, ords)
		if err != nil {
			return err
		}
		for _, pair := range pairs {
			fn(rows[pair[0]], rows[pair[1]])
		}
	}
	return nil
}

// note writes down how one row changed, if it did in what figures are made of.
func (s *Service) note(c *Comparison, old, r Row) {
	d := differenceOf(r, "changed")
	d.Diff = figuresDiff(old.Facts, r.Facts)
	if old.Ref != r.Ref {
		d.Kind, d.With = "joined", old.Ref
	}
	if d.With != "" || len(d.Diff) > 0 {
		c.Rows = append(c.Rows, d)
	}
	if x, y := old.Facts.Cause.Term, r.Facts.Cause.Term; x != y {
		c.Recoded[s.Taxonomy().Label(SchemeCause, x, c.Year)+" -> "+s.Taxonomy().Label(SchemeCause, y, c.Year)]++
	}
}

// countriesOf is how many countries an edition counts in a year.
func countriesOf(ctx context.Context, q db.Querier, edition int64, year int) (int, error) {
	years, err := yearTotals(ctx, q, edition)
	for _, y := range years {
		if y.Year == year {
			return y.Countries, err
		}
	}
	return 0, err
}

// rowsIn reads entries with their facts, by ord.
func rowsIn(ctx context.Context, q db.Querier, ords []int64) (map[int64]Row, error) {
	var w db.Where
	db.In(&w, "ord", ords)
	entries, err := db.Select[Entry](ctx, q, `/* incident.rowsIn */ select `+db.Columns[Entry]("")+` from entry where `+w.SQL(), w.Args()...)
	if err != nil {
		return nil, err
	}
	rows, err := resolveToTell(ctx, q, entries)
	out := make(map[int64]Row, len(rows))
	for _, r := range rows {
		out[r.Entry.Ord] = r
	}
	return out, err
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
