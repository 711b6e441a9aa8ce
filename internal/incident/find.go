package incident

import (
	"context"
	"strings"
	"time"

	"keepiton/internal/platform/db"
)

// hit is one entry a filter chose: its place in the order of the list.
type hit struct {
	A   int64 `db:"a"` // value of the column the list is sorted by, 0 when sorted by start
	Ord int64 `db:"ord"`
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
		return order{"span_days", true}
	case "changed":
		return order{"updated_at", true}
	}
	return order{"", true}
}

// drive is the index a list is read from. Each holds ord, so that a list
// sorted by start is read in order and stops when its page is full; all but
// the words hold facets. Everything else a filter asks is decided on the way.
type drive struct {
	table string // entry, entry_part or entry_text
	ord   string // its column with entry.ord
	n     int64  // how many entries it leads through, as far as the counts know
	part  string // the row of entry_part it stands for
	where func(w *db.Where)
}

// gatherMost is how many entries may be gathered and then sorted. Above it a
// list sorted by a column walks the index of that column instead: what a drive
// leads through is then so common that a page fills soon.
const gatherMost = 5000

// find reads up to limit hits in the order o, from the cursor on (exclusive;
// for a page before, order and cursor are turned round and inclusive).
func (s *Service) find(ctx context.Context, f Filter, o order, from *hit, inclusive bool, limit int) ([]hit, error) {
	d, err := s.drive(ctx, f)
	if err != nil {
		return nil, err
	}
	if o.column != "" && d.n > s.gatherMost && d.table != "entry_text" {
		d = drive{table: "entry", ord: "ord", where: func(*db.Where) {}} // walk in the order of the column
		return s.read(ctx, f, d, o, from, inclusive, limit)
	}
	if o.column != "" {
		return s.gather(ctx, f, d, o, from, inclusive, limit)
	}
	if d.table != "entry_text" || s.db.Engine == db.SQLite {
		return s.read(ctx, f, d, o, from, inclusive, limit)
	}
	var out []hit
	for _, span := range s.startYears(o.desc) {
		part := d
		part.where = func(w *db.Where) {
			d.where(w)
			w.And("d.rowid >= ? and d.rowid < ?", span[0], span[1])
		}
		more, err := s.read(ctx, f, part, o, from, inclusive, limit-len(out))
		if out = append(out, more...); err != nil || len(out) >= limit {
			return out, err
		}
	}
	return out, nil
}

// read reads hits straight from a drive.
func (s *Service) read(ctx context.Context, f Filter, d drive, o order, from *hit, inclusive bool, limit int) ([]hit, error) {
	var w db.Where
	s.narrow(&w, f, d)
	after(&w, o, "d", d.ord, from, inclusive)
	a := "0"
	if o.column != "" {
		a = "d." + o.column
	}
	return db.Select[hit](ctx, s.db.Reader(), `/* incident.read */ select cast(`+a+` as bigint) as a, d.`+d.ord+` as ord from `+d.table+` d
		where `+w.SQL()+` order by `+o.by("d", d.ord)+` limit `+w.Arg(limit), w.Args()...)
}

// gather collects what a drive leads to and sorts it by a column of the entry.
func (s *Service) gather(ctx context.Context, f Filter, d drive, o order, from *hit, inclusive bool, limit int) ([]hit, error) {
	var w db.Where
	s.narrow(&w, f, d)
	inner := `select d.` + d.ord + ` as ord from ` + d.table + ` d where ` + w.SQL()
	outer := w.Fork()
	outer.And("e.ord = h.ord")
	after(outer, o, "e", "ord", from, inclusive)
	return db.Select[hit](ctx, s.db.Reader(), `/* incident.gather */ with h as materialized (`+inner+`)
		select cast(e.`+o.column+` as bigint) as a, e.ord from h cross join entry e where `+outer.SQL()+
		` order by `+o.by("e", "ord")+` limit `+outer.Arg(limit), outer.Args()...)
}

// count counts hits up to a bound.
func (s *Service) count(ctx context.Context, f Filter, bound int) (int, error) {
	d, err := s.drive(ctx, f)
	if err != nil {
		return 0, err
	}
	var w db.Where
	s.narrow(&w, f, d)
	n, _, err := db.Value[int](ctx, s.db.Reader(), `/* incident.count */ select count(*) from (select 1 from `+d.table+` d where `+w.SQL()+
		` limit `+w.Arg(bound)+`) x`, w.Args()...)
	return n, err
}

// narrow adds what the filter asks beyond the drive itself. Words hold marks
// for all of it; the other drives hold facets, and a part they are not sorted
// by is looked up.
func (s *Service) narrow(w *db.Where, f Filter, d drive) {
	d.where(w)
	if d.table == "entry_text" {
		return
	}
	w.And("d.edition_id = ?", f.edition())
	mask, value := s.Taxonomy().facetTest(f)
	w.And("d.facets & ? = ?", mask, value)
	for _, p := range f.parts() {
		if p == d.part {
			continue
		}
		w.And("exists (select 1 from entry_part x where x.edition_id = ? and x.part = ? and x.ord = d.ord)", f.edition(), p)
	}
}

// after adds the cursor.
func after(w *db.Where, o order, table, ord string, from *hit, inclusive bool) {
	if from == nil {
		return
	}
	cmp := ">"
	if o.desc {
		cmp = "<"
	}
	if inclusive {
		cmp += "="
	}
	if o.column == "" {
		w.And(table+"."+ord+" "+cmp+" ?", from.Ord)
		return
	}
	w.And("("+table+"."+o.column+", "+table+"."+ord+") "+cmp+" (?, ?)", from.A, from.Ord)
}

// by is the order as SQL.
func (o order) by(table, ord string) string {
	dir := ""
	if o.desc {
		dir = " desc"
	}
	by := table + "." + ord + dir
	if o.column != "" {
		by = table + "." + o.column + dir + ", " + by
	}
	return by
}

// drive chooses the index that leads through the fewest entries, by the stored
// counts. With words it is always the words.
func (s *Service) drive(ctx context.Context, f Filter) (drive, error) {
	if tokens := queryTokens(f.Query); len(tokens) > 0 && f.edition() == RecordEdition {
		prefix, err := s.unfinished(ctx, tokens)
		tokens = append(f.marks(), tokens...)
		return drive{table: "entry_text", ord: "rowid", where: func(w *db.Where) { s.match(w, "d", tokens, prefix) }}, err
	}
	list, cells := s.drives(f)
	if len(list) == 1 {
		return list[0], nil
	}
	best := 0
	for i, c := range cells {
		n, _, err := db.Value[int64](ctx, s.db.Reader(), `/* incident.drive */ select n from tally
			where edition_id = $1 and count_year = $2 and area = $3 and dim = $4 and value = $5`, f.edition(), c.Year, c.Area, c.Dim, c.Value)
		if err != nil {
			return drive{}, err
		}
		list[i].n = n
		if n < list[best].n {
			best = i
		}
	}
	return list[best], nil
}

// drives lists the indexes that can answer a filter, beside the stored counts
// that tell their size.
func (s *Service) drives(f Filter) ([]drive, []Key) {
	var list []drive
	var cells []Key
	put := func(d drive, cell Key) {
		d.ord = "ord"
		list, cells = append(list, d), append(cells, cell)
	}
	if f.Year != 0 {
		put(drive{table: "entry", where: func(w *db.Where) { w.And("d.count_year = ?", f.Year) }}, Key{f.Year, AreaWorld, DimAll, ""})
	} else {
		put(drive{table: "entry", where: func(*db.Where) {}}, Key{Once, AreaWorld, DimAll, ""})
	}
	for _, p := range filterParams {
		v := *p.field(&f)
		switch {
		case v == "":
		case p.part != "":
			cell := Key{Once, p.part + v, DimAll, ""}
			if p.dim != "" {
				cell = Key{Once, AreaWorld, p.dim, v}
			}
			put(drive{table: "entry_part", part: p.part + v, where: func(w *db.Where) { w.And("d.part = ?", p.part+v) }}, cell)
		case p.column != "":
			put(drive{table: "entry", where: func(w *db.Where) { w.And("d."+p.column+" = ?", v) }}, Key{Once, AreaWorld, p.dim, v})
		}
	}
	return list, cells
}

// startYears are the ranges of ord in which incidents began in one year each,
// in the order of a list. PostgreSQL keeps the words of each apart and cannot
// read its index of words in order: taken one after the other, a year in which
// a word is everywhere and one in which it is nowhere are both answered fast.
func (s *Service) startYears(desc bool) [][2]int64 {
	low, high := ordRange(RecordEdition)
	var out [][2]int64
	for y := FirstCountYear; y <= time.UnixMicro(s.now()).UTC().Year()+1; y++ {
		first, _ := YearDays(y)
		next := ordOf(RecordEdition, first, 0)
		out = append(out, [2]int64{low, next})
		low = next
	}
	out = append(out, [2]int64{low, high + 1})
	if desc {
		for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
			out[i], out[j] = out[j], out[i]
		}
	}
	return out
}

// match adds the condition on words.
func (s *Service) match(w *db.Where, table string, tokens []string, prefix bool) {
	if s.db.Engine == db.SQLite {
		w.And(table+".entry_text match ?", ftsLite(tokens, prefix))
		return
	}
	w.And(table+".body @@ ?::tsquery", ftsPostgres(tokens, prefix))
}

// unfinished reports whether the last word of a search has to be taken as the
// beginning of one: only when nothing holds it as it is. Looking for
// beginnings costs a hundred times more than looking for a word.
func (s *Service) unfinished(ctx context.Context, tokens []string) (bool, error) {
	var w db.Where
	s.match(&w, "d", tokens[len(tokens)-1:], false)
	_, found, err := db.Value[int64](ctx, s.db.Reader(), `/* incident.unfinished */ select d.rowid from entry_text d where `+w.SQL()+` limit 1`, w.Args()...)
	return !found, err
}

func cursorOf(h hit) string { return base36(h.A) + "." + base36(h.Ord) }

func parseCursor(s string) (hit, bool) {
	x, y, found := strings.Cut(s, ".")
	a, err1 := parse36(x)
	b, err2 := parse36(y)
	return hit{a, b}, found && err1 == nil && err2 == nil && a >= 0 && b >= 0
}
