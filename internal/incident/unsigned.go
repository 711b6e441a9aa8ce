package incident

import (
	"context"
	"slices"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// An urgent publication is public for a while without the signatures of two
// organisations. Its entries are not counted, so it stands in no total, list,
// file or release; readers find it apart and marked, through Unsigned. Whether
// it still may be read is decided here alone, by the clock and not by whether
// somebody has taken it back yet.

// ReasonLapsed is why an urgent publication is taken back when its time is over.
const ReasonLapsed = "two organisations did not sign within that time"

// urgentOver tells whether the time of an urgent publication has passed.
func urgentOver(until *int64, now int64) bool { return until != nil && *until <= now }

// Unsigned is what is public without the signatures of two organisations.
type Unsigned struct {
	Row
	Until Instant // it is taken back then unless they sign
}

// Unsigned lists the urgent publications of a country and a count year ("" and 0
// for all) that may be read now, those that run out first before the others.
func (s *Service) Unsigned(ctx context.Context, country string, year int) ([]Unsigned, error) {
	type row struct {
		Ord   int64 `db:"ord"`
		Until int64 `db:"urgent_until"`
	}
	list, err := db.Select[row](ctx, s.db.Reader(), `/* incident.Unsigned */ select e.ord, i.urgent_until from incident i join entry e on e.incident_id = i.id
		where i.urgent_until > $1 and i.state in `+PublicStates+` and e.edition_id = $2 and e.latest = 1 order by i.urgent_until, e.ord`, s.now(), RecordEdition)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	ords := make([]int64, len(list))
	for i, x := range list {
		ords[i] = x.Ord
	}
	rows, err := s.RowsOf(ctx, ords)
	if err != nil {
		return nil, err
	}
	var out []Unsigned
	for i, r := range rows {
		in := country == "" || slices.ContainsFunc(r.Facts.Countries, func(c Country) bool { return c.Code == country })
		if in && (year == 0 || r.Entry.Year == year) {
			out = append(out, Unsigned{r, Instant(list[i].Until)})
		}
	}
	return out, nil
}

// Edges are the instants, microseconds UTC, at which something public ends by
// itself. Whoever keeps finished pages must not keep one over an edge.
func (s *Service) Edges(ctx context.Context) ([]int64, error) {
	type row struct {
		Until int64 `db:"urgent_until"`
	}
	list, err := db.Select[row](ctx, s.db.Reader(), `/* incident.Edges */ select urgent_until from incident where urgent_until is not null order by urgent_until`)
	out := make([]int64, len(list))
	for i, x := range list {
		out[i] = x.Until
	}
	return out, err
}

// Withdrawn tells whether an incident was taken back, or has lapsed: then nothing
// of it may be told but that word.
func (inc *Incident) Withdrawn() bool {
	if inc.State == "retracted" || inc.State == "rejected" {
		return true
	}
	return inc.Urgent == nil && !slices.ContainsFunc(inc.Years, func(y Chapter) bool { return y.Counted })
}

// counted is the count of the entries of a publication.
func (p Publication) counted() int {
	if p.Urgent != nil {
		return 0
	}
	return 1
}

// retractable refuses to take back what is not public.
func (s *story) retractable() error {
	if !Readable(s.state) {
		return fault.New(fault.Conflict, "incident.not_public", "ref", s.ref)
	}
	return nil
}
