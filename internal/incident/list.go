package incident

import (
	"context"
	"strconv"
	"strings"

	"keepiton/internal/platform/db"
)

// Row is one line of a list.
type Row struct {
	Entry Entry
	Ref   string
	Facts *Facts
}

// Page is one page of a list.
type Page struct {
	Rows []Row
	Next string // cursor of the next page, "" when this is the last
}

// order is how a list is sorted: a column before ord, and the direction.
type order struct {
	column string // "" for ord alone
	desc   bool
}

func orderOf(sort string) order {
	switch sort {
	case "oldest":
		return order{"", false}
	case "longest":
		return order{"e.span_days", true}
	case "changed":
		return order{"e.updated_at", true}
	}
	return order{"", true}
}

// List reads one page of entries.
func (s *Service) List(ctx context.Context, f Filter) (Page, error) {
	limit := f.Limit
	if limit == 0 {
		limit = DefaultLimit
	}
	from, w, o, err := s.conditions(ctx, f)
	if err != nil {
		return Page{}, err
	}
	if f.After != "" {
		if a, b, ok := parseCursor(f.After); ok {
			cmp := ">"
			if o.desc {
				cmp = "<"
			}
			if o.column == "" {
				w.And(ordColumn(from)+" "+cmp+" ?", b)
			} else {
				w.And("("+o.column+", e.ord) "+cmp+" (?, ?)", a, b)
			}
		}
	}
	by := ordColumn(from)
	dir := ""
	if o.desc {
		dir = " desc"
	}
	if o.column != "" {
		by = o.column + dir + ", e.ord"
	}
	entries, err := db.Select[Entry](ctx, s.db.Reader(), `/* incident.List */ select `+db.Columns[Entry]("e.")+` from `+from+
		` where `+w.SQL()+` order by `+by+dir+` limit `+w.Arg(limit+1), w.Args()...)
	if err != nil {
		return Page{}, err
	}
	var p Page
	if len(entries) > limit {
		entries = entries[:limit]
		p.Next = cursorOf(o, entries[limit-1])
	}
	p.Rows, err = s.resolve(ctx, entries)
	return p, err
}

// conditions chooses the table that drives the search: words first, then a
// country or a service, else the entries themselves.
func (s *Service) conditions(ctx context.Context, f Filter) (from string, w *db.Where, o order, err error) {
	w = &db.Where{}
	o = orderOf(f.Sort)
	edition := f.Edition
	if edition == 0 {
		edition = RecordEdition
	}
	from = "entry e"
	tokens := queryTokens(f.Query)
	switch {
	case len(tokens) > 0:
		from = "entry_text t cross join entry e"
		w.And("e.ord = t.rowid")
		prefix, err := s.unfinished(ctx, tokens)
		if err != nil {
			return "", nil, o, err
		}
		s.match(w, f.marked(tokens), prefix)
	case f.Country != "":
		from = "entry_country c cross join entry e"
		w.And("e.ord = c.ord and c.edition_id = ? and c.country = ?", edition, f.Country)
		if f.Year != 0 {
			w.And("c.count_year = ?", f.Year)
		} else {
			w.And("c.latest = 1")
		}
	case f.Service != "":
		from = "entry_service v cross join entry e"
		w.And("e.ord = v.ord and v.edition_id = ? and v.service = ?", edition, f.Service)
	}
	w.And("e.edition_id = ? and e.counted = 1", edition)
	if f.Year != 0 {
		w.And("e.count_year = ?", f.Year)
	} else {
		w.And("e.latest = 1")
	}
	if f.Country != "" && !strings.HasPrefix(from, "entry_country") {
		w.And("exists (select 1 from entry_country c where c.ord = e.ord and c.country = ?)", f.Country)
	}
	if f.Service != "" && !strings.HasPrefix(from, "entry_service") {
		w.And("exists (select 1 from entry_service v where v.ord = e.ord and v.service = ?)", f.Service)
	}
	for _, c := range []struct{ column, value string }{
		{"region", f.Region}, {"cause", f.Cause}, {"reason", f.Reason}, {"method", f.Method}, {"network", f.Network},
		{"extent", f.Extent}, {"geo_scope", f.Scope}, {"ordered_by", f.OrderedBy}, {"end_state", f.State},
	} {
		if c.value != "" {
			w.And("e."+c.column+" = ?", c.value)
		}
	}
	return from, w, o, nil
}

// marked puts the mark of the filter's year before the words of a search.
func (f Filter) marked(tokens []string) []string {
	mark := markLatest
	if f.Year != 0 {
		mark = markYear(f.Year)
	}
	return append([]string{mark}, tokens...)
}

// match adds the condition on words.
func (s *Service) match(w *db.Where, tokens []string, prefix bool) {
	if s.db.Engine == db.SQLite {
		w.And("t.entry_text match ?", ftsLite(tokens, prefix))
		return
	}
	w.And("t.body @@ ?::tsquery", ftsPostgres(tokens, prefix))
}

// unfinished reports whether the last word of a search has to be taken as the
// beginning of one: only when nothing holds it as it is. Looking for
// beginnings costs a hundred times more than looking for a word.
func (s *Service) unfinished(ctx context.Context, tokens []string) (bool, error) {
	var w db.Where
	s.match(&w, tokens[len(tokens)-1:], false)
	_, found, err := db.Value[int64](ctx, s.db.Reader(), `/* incident.unfinished */ select t.rowid from entry_text t where `+w.SQL()+` limit 1`, w.Args()...)
	return !found, err
}

// ordColumn is the ord of the driving table: sorting by it reads that table's
// own index in order.
func ordColumn(from string) string {
	switch {
	case strings.HasPrefix(from, "entry_text"):
		return "t.rowid"
	case strings.HasPrefix(from, "entry_country"):
		return "c.ord"
	case strings.HasPrefix(from, "entry_service"):
		return "v.ord"
	}
	return "e.ord"
}

// Total is how many entries a filter chooses; More means "more than N".
type Total struct {
	N    int
	More bool
}

// maxTotal bounds the counting of a filter of several parts. It lies above the
// size of the real register, so that there every total is exact.
const maxTotal = 2_500

// Total counts what a filter chooses: from the stored counts when the filter
// has at most one area and one other part, else by counting up to a bound.
func (s *Service) Total(ctx context.Context, f Filter) (Total, error) {
	if key, ok := f.cell(); ok {
		n, _, err := db.Value[int](ctx, s.db.Reader(), `/* incident.Total cell */ select n from tally
			where edition_id = $1 and count_year = $2 and area = $3 and dim = $4 and value = $5`,
			max(f.Edition, RecordEdition), key.Year, key.Area, key.Dim, key.Value)
		return Total{N: n}, err
	}
	f.After, f.Sort = "", ""
	if chosen := f.Narrow("q", "").Narrow("year", "").Chosen(); f.Query != "" && len(chosen) == 0 && f.Edition <= RecordEdition {
		return s.totalOfWords(ctx, f)
	}
	from, w, _, err := s.conditions(ctx, f)
	if err != nil {
		return Total{}, err
	}
	n, _, err := db.Value[int](ctx, s.db.Reader(), `/* incident.Total */ select count(*) from (select 1 from `+from+` where `+w.SQL()+
		` limit `+w.Arg(maxTotal+1)+`) x`, w.Args()...)
	if n > maxTotal {
		return Total{N: maxTotal, More: true}, err
	}
	return Total{N: n}, err
}

// totalOfWords counts a search in the index of words alone.
func (s *Service) totalOfWords(ctx context.Context, f Filter) (Total, error) {
	tokens := queryTokens(f.Query)
	if len(tokens) == 0 {
		f.Query = ""
		return s.Total(ctx, f)
	}
	prefix, err := s.unfinished(ctx, tokens)
	if err != nil {
		return Total{}, err
	}
	var w db.Where
	s.match(&w, f.marked(tokens), prefix)
	n, _, err := db.Value[int](ctx, s.db.Reader(), `/* incident.Total words */ select count(*) from (select 1 from entry_text t where `+w.SQL()+
		` limit `+w.Arg(maxTotal+1)+`) x`, w.Args()...)
	if n > maxTotal {
		return Total{N: maxTotal, More: true}, err
	}
	return Total{N: n}, err
}

// cell is the stored count that answers a filter; ok is false when none does.
func (f Filter) cell() (k Key, ok bool) {
	k = Key{Year: f.Year, Area: AreaWorld, Dim: DimAll}
	if f.Year == 0 {
		k.Year = Once
	}
	if f.Query != "" || (f.Country != "" && f.Region != "") {
		return k, false
	}
	switch {
	case f.Country != "":
		k.Area = AreaCountry(f.Country)
	case f.Region != "":
		k.Area = AreaRegion(f.Region)
	}
	parts := 0
	for _, d := range []struct{ dim, value string }{
		{DimCause, f.Cause}, {DimReason, f.Reason}, {DimMethod, f.Method}, {DimNetwork, f.Network}, {DimExtent, f.Extent},
		{DimScope, f.Scope}, {DimService, f.Service}, {DimOrderedBy, f.OrderedBy}, {DimEndState, f.State},
	} {
		if d.value != "" {
			k.Dim, k.Value = d.dim, d.value
			parts++
		}
	}
	return k, parts <= 1
}

func cursorOf(o order, e Entry) string {
	a := int64(0)
	switch o.column {
	case "e.span_days":
		a = int64(e.SpanDays)
	case "e.updated_at":
		a = e.Updated
	}
	return strconv.FormatInt(a, 36) + "." + strconv.FormatInt(e.Ord, 36)
}

func parseCursor(s string) (a, b int64, ok bool) {
	x, y, found := strings.Cut(s, ".")
	a, err1 := strconv.ParseInt(x, 36, 64)
	b, err2 := strconv.ParseInt(y, 36, 64)
	return a, b, found && err1 == nil && err2 == nil && a >= 0 && b >= 0
}

// resolve adds references and facts to entries.
func (s *Service) resolve(ctx context.Context, entries []Entry) ([]Row, error) {
	return resolveWith(ctx, s.db.Reader(), entries)
}

func resolveWith(ctx context.Context, q db.Querier, entries []Entry) ([]Row, error) {
	var need, all []int64
	for _, e := range entries {
		if e.Incident == nil {
			continue
		}
		all = append(all, *e.Incident)
		if e.Doc == nil {
			need = append(need, *e.Incident)
		}
	}
	facts, err := loadFactsOf(ctx, q, need)
	if err != nil {
		return nil, err
	}
	refs, err := refsOf(ctx, q, all)
	if err != nil {
		return nil, err
	}
	out := make([]Row, len(entries))
	for i, e := range entries {
		out[i].Entry = e
		if e.Incident != nil {
			out[i].Ref, out[i].Facts = refs[*e.Incident], facts[*e.Incident]
		}
		if e.Doc != nil {
			if out[i].Facts, err = unmarshalFacts(*e.Doc); err != nil {
				return nil, err
			}
		}
		if out[i].Facts == nil {
			out[i].Facts = &Facts{}
		}
	}
	return out, nil
}

func refsOf(ctx context.Context, q db.Querier, ids []int64) (map[int64]string, error) {
	out := map[int64]string{}
	if len(ids) == 0 {
		return out, nil
	}
	type row struct {
		ID  int64  `db:"id"`
		Ref string `db:"ref"`
	}
	var w db.Where
	marks := make([]string, len(ids))
	for i, id := range ids {
		marks[i] = w.Arg(id)
	}
	rows, err := db.Select[row](ctx, q, `/* incident.refsOf */ select id, ref from incident where id in (`+strings.Join(marks, ", ")+`)`, w.Args()...)
	for _, r := range rows {
		out[r.ID] = r.Ref
	}
	return out, err
}

// walkStep is how many entries [Service.Each] reads at a time.
const walkStep = 400

// Each calls fn for every counted entry of an edition in the order of its
// rows. year 0 means all years.
func (s *Service) Each(ctx context.Context, edition int64, year int, fn func(Row) error) error {
	return each(ctx, s.db.Reader(), edition, year, fn)
}

// EachRow is [Service.Each] with the rows that are kept but not counted, for
// giving a sheet back whole.
func (s *Service) EachRow(ctx context.Context, edition int64, year int, fn func(Row) error) error {
	return eachOf(ctx, s.db.Reader(), edition, year, false, fn)
}

func each(ctx context.Context, q db.Querier, edition int64, year int, fn func(Row) error) error {
	return eachOf(ctx, q, edition, year, true, fn)
}

func eachOf(ctx context.Context, q db.Querier, edition int64, year int, counted bool, fn func(Row) error) error {
	seq := -1
	for {
		var w db.Where
		w.And("edition_id = ? and seq > ?", edition, seq)
		if counted {
			w.And("counted = 1")
		}
		if year != 0 {
			w.And("count_year = ?", year)
		}
		entries, err := db.Select[Entry](ctx, q, `/* incident.Each */ select `+db.Columns[Entry]("")+` from entry where `+w.SQL()+
			` order by seq limit `+w.Arg(walkStep), w.Args()...)
		if err != nil {
			return err
		}
		rows, err := resolveWith(ctx, q, entries)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := fn(r); err != nil {
				return err
			}
		}
		if len(entries) < walkStep {
			return nil
		}
		seq = entries[len(entries)-1].Seq
	}
}
