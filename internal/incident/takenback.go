package incident

import (
	"context"
	"maps"
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

// learnedServices are the services that somebody named in a sheet: their keys are made
// of the words that stood there.
func learnedServices(ctx context.Context, q db.Querier) (map[string]bool, error) {
	type row struct {
		Key string `db:"term_key"`
	}
	rows, err := db.Select[row](ctx, q, `/* incident.learnedServices */ select term_key from term where scheme = $1 and rank = $2`, string(SchemeService), learnedRank)
	out := make(map[string]bool, len(rows))
	for _, r := range rows {
		out[r.Key] = true
	}
	return out, err
}

// servicesTakenBack are the learned services that only incidents have which the desk
// took back: nobody is told that there is such a service.
func servicesTakenBack(ctx context.Context, q db.Querier) (map[string]bool, error) {
	type row struct {
		ID  int64   `db:"id"`
		Doc *string `db:"doc"`
	}
	back, err := db.Select[row](ctx, q, `/* incident.servicesTakenBack */ with recursive way (id) as (
			select id from incident where origin = 'desk' and state = 'retracted' union select i.id from way join incident i on i.merged_into = way.id)
		select way.id, e.doc from way left join entry e on e.incident_id = way.id`)
	gone, out := map[int64]bool{}, map[string]bool{}
	if err != nil || len(back) == 0 {
		return out, err
	}
	learned, err := learnedServices(ctx, q)
	if err != nil || len(learned) == 0 {
		return out, err
	}
	for _, r := range back {
		gone[r.ID] = true
		if r.Doc == nil {
			continue
		}
		f, err := unmarshalFacts(*r.Doc)
		if err != nil {
			return nil, err
		}
		for _, e := range f.Services {
			out[e.Service] = learned[e.Service]
		}
	}
	type has struct {
		ID      int64  `db:"incident_id"`
		Service string `db:"service"`
	}
	list, err := db.Select[has](ctx, q, `/* incident.servicesTakenBack who has them */ select s.incident_id, s.service from service_effect s
		join term t on t.scheme = $1 and t.term_key = s.service where t.rank = $2`, string(SchemeService), learnedRank)
	for _, x := range list {
		if gone[x.ID] {
			out[x.Service] = true
		}
	}
	for _, x := range list {
		if !gone[x.ID] {
			out[x.Service] = false
		}
	}
	maps.DeleteFunc(out, func(_ string, hidden bool) bool { return !hidden })
	return out, err
}

// coarse is what makes the figures of facts: nothing that somebody wrote, no service
// that is called by such words, nobody's name, no source, and no place inside a country.
func (f *Facts) coarse(learned map[string]bool) *Facts {
	out := &Facts{Period: f.Period, Countries: f.Countries, Measure: f.Measure, Legal: Legal{Claimed: f.Legal.Claimed},
		Cause: f.Cause, Reason: Reason{Term: f.Reason.Term, Acknowledged: f.Reason.Acknowledged}, Telco: Statement{Acknowledged: f.Telco.Acknowledged},
		Flags: f.Flags, Pauses: slices.Clone(f.Pauses), Services: slices.Clone(f.Services), Actors: slices.Clone(f.Actors), Groups: slices.Clone(f.Groups)}
	out.Period.Stated, out.Cause.Details, out.Measure.Area = "", "", ""
	for i := range out.Pauses {
		out.Pauses[i].Stated = ""
	}
	for i := range out.Services {
		if out.Services[i].Verbatim = ""; learned[out.Services[i].Service] {
			out.Services[i].Service = otherService
		}
	}
	for i := range out.Actors {
		out.Actors[i].Name = ""
	}
	for i := range out.Groups {
		out.Groups[i].Verbatim, out.Groups[i].Detail = "", ""
	}
	return out
}
