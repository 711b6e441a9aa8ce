package incident

import (
	"context"
	"strings"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
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
	length func(table string) string // in place of the column, where its stored value runs past what is known
}

func orderOf(sort string) order {
	switch sort {
	case "oldest":
		return order{}
	case "longest":
		return order{column: "span_days", desc: true}
	case "changed":
		return order{column: "updated_at", desc: true}
	}
	return order{desc: true}
}

// drive is the index a list is read from. Each holds ord, so that a list
// sorted by start is read in order and stops when its page is full; all but
// the words hold facets. Everything else a filter asks is decided on the way.
type drive struct {
	table string // entry, entry_part or entry_text
	ord   string // its column with entry.ord
	part  string // the row of entry_part it stands for
	words words  // of entry_text
	where func(w *db.Where)
}

// walk is the drive of a list in the order of a column: all entries.
func walk() drive { return drive{table: "entry", ord: "ord", where: func(*db.Where) {}} }

// gatherMost is how many entries are gathered and then sorted by a column. A
// filter that chooses more is so common that walking the index of the column
// fills a page soon. The index of words is in no order but that of the starts:
// a search that finds more than twice as many cannot be sorted otherwise.
const gatherMost = 5000

// CheckSort refuses to sort by a column what a search found, when it found too
// much for that.
func (s *Service) CheckSort(ctx context.Context, f Filter) error {
	if orderOf(f.Sort).column == "" || len(queryTokens(f.Query)) == 0 || f.edition() != RecordEdition {
		return nil
	}
	d, err := s.drive(ctx, f)
	if err != nil {
		return err
	}
	_, err = s.fits(ctx, f, d)
	return err
}

// fits tells whether what a drive leads to can be gathered and sorted.
func (s *Service) fits(ctx context.Context, f Filter, d drive) (bool, error) {
	most := s.gatherMost
	if d.table == "entry_text" {
		most *= 2
	}
	n, err := s.count(ctx, f, d, most+1)
	if err == nil && n > most && d.table == "entry_text" {
		err = fault.New(fault.Invalid, "filter.too_many_to_sort", "name", "sort", "value", f.Sort, "max", most)
	}
	return n <= most, err
}

// find reads up to limit hits in the order o, from the cursor on (exclusive;
// for a page before, order and cursor are turned round and inclusive).
func (s *Service) find(ctx context.Context, f Filter, o order, from *hit, inclusive bool, limit int) ([]hit, error) {
	d, err := s.drive(ctx, f)
	if err != nil {
		return nil, err
	}
	if o.column != "" {
		day, err := s.horizonOf(ctx, f.edition())
		if err != nil {
			return nil, err
		}
		if o.column == "span_days" {
			o.length = lengthAt(day)
		}
		fits, err := s.fits(ctx, f, d)
		if err != nil {
			return nil, err
		}
		if !fits && o.length != nil {
			return s.longest(ctx, f, o, day, from, inclusive, limit)
		}
		if !fits {
			return s.read(ctx, f, walk(), o, from, inclusive, limit)
		}
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
		a = o.value("d")
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
		select cast(`+o.value("e")+` as bigint) as a, e.ord from h cross join entry e where `+outer.SQL()+
		` order by `+o.by("e", "ord")+` limit `+outer.Arg(limit), outer.Args()...)
}

// count counts hits up to a bound.
func (s *Service) count(ctx context.Context, f Filter, d drive, bound int) (int, error) {
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
	w.And("("+o.value(table)+", "+table+"."+ord+") "+cmp+" (?, ?)", from.A, from.Ord)
}

// value is what a list is sorted by.
func (o order) value(table string) string {
	if o.length != nil {
		return o.length(table)
	}
	return table + "." + o.column
}

// by is the order as SQL.
func (o order) by(table, ord string) string {
	dir := ""
	if o.desc {
		dir = " desc"
	}
	by := table + "." + ord + dir
	if o.column != "" {
		by = o.value(table) + dir + ", " + by
	}
	return by
}

// drive chooses the index that leads through the fewest entries, by the stored
// counts. With words it is always the words.
func (s *Service) drive(ctx context.Context, f Filter) (drive, error) {
	if len(queryTokens(f.Query)) > 0 && f.edition() == RecordEdition {
		m, err := s.search(ctx, f.marks(), f.Query)
		return drive{table: "entry_text", ord: "rowid", words: m, where: func(w *db.Where) { w.And(m.cond("d"), m.arg) }}, err
	}
	list, cells := s.drives(f)
	best := 0
	if len(list) == 1 {
		return list[0], nil
	}
	least := int64(0)
	for i, c := range cells {
		n, _, err := db.Value[int64](ctx, s.db.Reader(), `/* incident.drive */ select n from tally
			where edition_id = $1 and count_year = $2 and area = $3 and dim = $4 and value = $5`, f.edition(), c.Year, c.Area, c.Dim, c.Value)
		if err != nil {
			return drive{}, err
		}
		if i == 0 || n < least {
			best, least = i, n
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

func cursorOf(h hit) string { return base36(h.A) + "." + base36(h.Ord) }

func parseCursor(s string) (hit, bool) {
	x, y, found := strings.Cut(s, ".")
	a, err1 := parse36(x)
	b, err2 := parse36(y)
	return hit{a, b}, found && err1 == nil && err2 == nil && a >= 0 && b >= 0
}
