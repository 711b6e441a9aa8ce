package incident

import (
	"context"
	"slices"

	"keepiton/internal/platform/db"
)

// What the desk took back may have harmed somebody. The record tells nothing of it
// any more; releases, sheets and count years that were stored before go on counting
// it, and tell of it only what makes the figures.

// TakenBack reads the newest entry of incidents that the desk took back, by their
// references: what they were, for whoever says that they were.
func (s *Service) TakenBack(ctx context.Context, refs []string) (map[string]Row, error) {
	return s.newestOf(ctx, refs, `i.origin = 'desk' and i.state = 'retracted'`)
}

// takenBackOf tells which incidents the desk took back, or that went into one which
// it took back.
func takenBackOf(ctx context.Context, q db.Querier, ids []int64) (map[int64]bool, error) {
	out := map[int64]bool{}
	if len(ids) == 0 {
		return out, nil
	}
	type row struct {
		ID int64 `db:"id"`
	}
	var w db.Where
	db.In(&w, "id", ids)
	rows, err := db.Select[row](ctx, q, `/* incident.takenBackOf */ with recursive way (id, stands) as (
			select id, id from incident where `+w.SQL()+`
			union all select way.id, i.merged_into from way join incident i on i.id = way.stands where i.merged_into is not null)
		select distinct way.id from way join incident i on i.id = way.stands where i.origin = 'desk' and i.state = 'retracted' `, w.Args()...)
	for _, r := range rows {
		out[r.ID] = true
	}
	return out, err
}

// coarse is what makes the figures of facts: nothing that somebody wrote, nobody's
// name, no source, and no place inside a country.
func (f *Facts) coarse() *Facts {
	out := &Facts{Period: f.Period, Countries: f.Countries, Measure: f.Measure, Legal: Legal{Claimed: f.Legal.Claimed},
		Cause: f.Cause, Reason: Reason{Term: f.Reason.Term, Acknowledged: f.Reason.Acknowledged}, Telco: Statement{Acknowledged: f.Telco.Acknowledged},
		Flags: f.Flags, Pauses: slices.Clone(f.Pauses), Services: slices.Clone(f.Services), Actors: slices.Clone(f.Actors), Groups: slices.Clone(f.Groups)}
	out.Period.Stated, out.Cause.Details, out.Measure.Area = "", "", ""
	for i := range out.Pauses {
		out.Pauses[i].Stated = ""
	}
	for i := range out.Services {
		out.Services[i].Verbatim = ""
	}
	for i := range out.Actors {
		out.Actors[i].Name = ""
	}
	for i := range out.Groups {
		out.Groups[i].Verbatim, out.Groups[i].Detail = "", ""
	}
	return out
}
