package incident

import (
	"context"
	"strconv"

	"keepiton/internal/platform/db"
)

// Page is one page of a list.
type Page struct {
	Rows []Row
	Next string // cursor of the next page, "" when this is the last
}

// List reads one page of entries.
func (s *Service) List(ctx context.Context, f Filter) (Page, error) {
	limit := f.limit()
	var from *hit
	if h, ok := parseCursor(f.After); ok {
		from = &h
	}
	hits, err := s.find(ctx, f, orderOf(f.Sort), from, false, limit+1)
	if err != nil {
		return Page{}, err
	}
	var p Page
	if len(hits) > limit {
		hits = hits[:limit]
		p.Next = cursorOf(hits[limit-1])
	}
	p.Rows, err = s.RowsOf(ctx, ordsOf(hits))
	return p, err
}

func ordsOf(hits []hit) []int64 {
	ords := make([]int64, len(hits))
	for i, h := range hits {
		ords[i] = h.Ord
	}
	return ords
}

// PageBefore finds the page before the one a filter with After shows: cursor
// is what leads to it, "" for the first page. ok is false when After is not a
// cursor or nothing stands before it.
func (s *Service) PageBefore(ctx context.Context, f Filter) (cursor string, ok bool, err error) {
	from, good := parseCursor(f.After)
	if !good {
		return "", false, nil
	}
	limit := f.limit()
	o := orderOf(f.Sort)
	o.desc = !o.desc
	hits, err := s.find(ctx, f, o, &from, true, limit+1)
	if err != nil || len(hits) == 0 {
		return "", false, err
	}
	if len(hits) <= limit {
		return "", true, nil
	}
	return cursorOf(hits[limit]), true, nil
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
		n, _, err := db.Value[int](ctx, s.db.Reader(), `/* incident.Total */ select n from tally
			where edition_id = $1 and count_year = $2 and area = $3 and dim = $4 and value = $5`,
			f.edition(), key.Year, key.Area, key.Dim, key.Value)
		return Total{N: n}, err
	}
	d, err := s.drive(ctx, f)
	if err != nil {
		return Total{}, err
	}
	n, err := s.count(ctx, f, d, maxTotal+1)
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
	if (len(queryTokens(f.Query)) > 0 && f.edition() == RecordEdition) || (f.Country != "" && f.Region != "") {
		return k, false
	}
	parts := 0
	for _, p := range filterParams {
		v := *p.field(&f)
		switch {
		case v == "":
		case p.dim == "":
			k.Area = p.part + v
		default:
			k.Dim, k.Value = p.dim, v
			parts++
		}
	}
	return k, parts <= 1
}

func base36(n int64) string           { return strconv.FormatInt(n, 36) }
func parse36(s string) (int64, error) { return strconv.ParseInt(s, 36, 64) }
func yearText(year int) string        { return strconv.Itoa(year) }
