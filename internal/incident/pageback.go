package incident

import (
	"context"
	"strings"

	"keepiton/internal/platform/db"
)

// PageBefore finds the page before the one a filter with After shows: cursor
// is its After, "" when it is the first page. ok is false on the first page
// itself. It walks the list's own index backwards over one page.
func (s *Service) PageBefore(ctx context.Context, f Filter) (cursor string, ok bool, err error) {
	a, b, good := parseCursor(f.After)
	if !good {
		return "", false, nil
	}
	limit := f.Limit
	if limit == 0 {
		limit = DefaultLimit
	}
	from, w, o, err := s.conditions(ctx, f)
	if err != nil {
		return "", false, err
	}
	ord := ordColumn(from)
	cmp, dir := "<=", " desc"
	if o.desc {
		cmp, dir = ">=", ""
	}
	column, by := "0", ord+dir
	if o.column == "" {
		w.And(ord+" "+cmp+" ?", b)
	} else {
		column, by = o.column, o.column+dir+", e.ord"+dir
		w.And("("+o.column+", e.ord) "+cmp+" (?, ?)", a, b)
	}
	type row struct {
		A int64 `db:"a"`
		B int64 `db:"b"`
	}
	rows, err := db.Select[row](ctx, s.db.Reader(), `/* incident.PageBefore */ select cast(`+column+` as bigint) as a, e.ord as b from `+from+
		` where `+w.SQL()+` order by `+strings.TrimSpace(by)+` limit `+w.Arg(limit+1), w.Args()...)
	if err != nil || len(rows) == 0 {
		return "", false, err
	}
	if len(rows) <= limit {
		return "", true, nil
	}
	last := rows[limit]
	e := Entry{Ord: last.B, SpanDays: int(last.A), Updated: last.A}
	return cursorOf(o, e), true, nil
}
