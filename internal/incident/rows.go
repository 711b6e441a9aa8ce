package incident

import (
	"context"
	"strings"

	"keepiton/internal/platform/db"
)

// Row is one line of a list.
type Row struct {
	Entry Entry
	Ref   string
	Facts *Facts
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
