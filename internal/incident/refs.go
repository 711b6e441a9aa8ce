package incident

import (
	"context"
	"strings"

	"keepiton/internal/platform/db"
)

// PublicStates are the states of an incident that are meant for readers, as a list of
// SQL; [Readable] asks for one of them.
const PublicStates = `('published', 'disputed', 'corrected', 'verified')`

// Readable tells whether an incident of a state is meant for readers.
func Readable(state string) bool { return strings.Contains(PublicStates, "'"+state+"'") }

// RefLine is the reference of an incident that readers may see, and when it
// last changed.
type RefLine struct {
	Ref     string `db:"ref"`
	Updated int64  `db:"updated_at"` // microseconds UTC
}

// LastID is the highest number an incident has, 0 in an empty record. Numbers
// are given in order and never twice, so that a range of them is a page whose
// members stay the same for ever.
func (s *Service) LastID(ctx context.Context) (int64, error) {
	id, _, err := db.Value[int64](ctx, s.db.Reader(), `/* incident.LastID */ select coalesce(max(id), 0) from incident`)
	return id, err
}

// Refs lists the incidents whose number is above after and at most through,
// in the order of their numbers: those that are public and still counted.
func (s *Service) Refs(ctx context.Context, after, through int64) ([]RefLine, error) {
	return db.Select[RefLine](ctx, s.db.Reader(), `/* incident.Refs */ select i.ref, i.updated_at from incident i
		where i.id > $1 and i.id <= $2 and i.state in `+PublicStates+`
		and exists (select 1 from entry e where e.edition_id = $3 and e.incident_id = i.id and e.counted = 1) order by i.id`,
		after, through, RecordEdition)
}

// NewestOf reads the newest count entry of incidents by their references. What
// is merged, withdrawn or not public is left out.
func (s *Service) NewestOf(ctx context.Context, refs []string) (map[string]Row, error) {
	return s.newestOf(ctx, refs, `i.state in `+PublicStates+` and e.counted = 1`)
}

// newestOf is [Service.NewestOf] of the incidents that meet a condition.
func (s *Service) newestOf(ctx context.Context, refs []string, cond string) (map[string]Row, error) {
	out := map[string]Row{}
	if len(refs) == 0 {
		return out, nil
	}
	var w db.Where
	w.And("e.edition_id = ?", RecordEdition)
	db.In(&w, "i.ref", refs)
	entries, err := db.Select[Entry](ctx, s.db.Reader(), `/* incident.newestOf */ select `+db.Columns[Entry]("e.")+` from incident i
		join entry e on e.incident_id = i.id where `+w.SQL()+` and e.latest = 1 and `+cond, w.Args()...)
	if err != nil {
		return nil, err
	}
	rows, err := s.resolve(ctx, entries)
	for _, r := range rows {
		out[r.Ref] = r
	}
	return out, err
}

// leadsTo tells for every merged incident the one that stands for it now, at
// the end of the way.
func leadsTo(ctx context.Context, q db.Querier) (map[int64]int64, error) {
	type row struct {
		ID   int64 `db:"id"`
		Into int64 `db:"merged_into"`
	}
	rows, err := db.Select[row](ctx, q, `/* incident.leadsTo */ select id, merged_into from incident where merged_into is not null`)
	if err != nil {
		return nil, err
	}
	step := make(map[int64]int64, len(rows))
	for _, r := range rows {
		step[r.ID] = r.Into
	}
	out := make(map[int64]int64, len(rows))
	for id, into := range step {
		for next, more := step[into]; more; next, more = step[into] {
			into = next
		}
		out[id] = into
	}
	return out, nil
}
