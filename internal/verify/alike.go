package verify

import (
	"context"
	"slices"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/verify/likeness"
)

// Alike is something that may be the same shutdown as a case: a public incident,
// or another lead.
type Alike struct {
	Ref      string
	Title    string // of a lead; "" for an incident
	Incident bool
	likeness.Match
}

const (
	alikeShown = 3  // of each
	alikeDays  = 45 // how far apart two leads may begin to be compared
	alikeLeads = 120
)

// Alike finds the incidents and the leads a case may belong to, the likeliest
// first; none below [likeness.Likely]. The case itself, and the incident it has
// become, are left out, and so is whatever shares its root: somebody took those apart.
func (s *Service) Alike(ctx context.Context, a desk.Actor, c *Case) ([]Alike, error) {
	t := likeness.Of(&c.Facts)
	found, err := likeness.NewFinder(s.Record).Incidents(ctx, t, 2*alikeShown)
	if err != nil {
		return nil, err
	}
	apart, err := s.takenApart(ctx, c)
	if err != nil {
		return nil, err
	}
	var out []Alike
	for _, f := range found {
		if f.Score >= likeness.Likely && !slices.Contains(apart, f.Ref) {
			out = append(out, Alike{Ref: f.Ref, Incident: true, Match: f.Match})
		}
	}
	out = out[:min(len(out), alikeShown)]
	leads, titles, err := s.leadsNear(ctx, c)
	if err != nil {
		return nil, err
	}
	for _, m := range likeness.Rank(t, leads, alikeShown) {
		if m.Score >= likeness.Likely && a.Can(desk.Reader, c.Country) {
			out = append(out, Alike{Ref: m.Ref, Title: titles[m.Ref], Match: m})
		}
	}
	return out, nil
}

// takenApart are the incidents that a case, what was split from it, and what it was split
// from have become.
func (s *Service) takenApart(ctx context.Context, c *Case) ([]string, error) {
	type act struct {
		Detail string `db:"detail"`
	}
	acts, err := db.Select[act](ctx, s.db.Reader(), `/* verify.takenApart */ select detail from dossier_act where dossier_id = $1 and kind in ('split', 'split_from')`, c.ID)
	if err != nil {
		return nil, err
	}
	cases := []string{c.Ref}
	for _, a := range acts {
		ref, _, _ := strings.Cut(a.Detail, ":")
		cases = append(cases, ref)
	}
	type row struct {
		Ref string `db:"incident_ref"`
	}
	var w db.Where
	w.And("incident_ref <> ''")
	db.In(&w, "ref", cases)
	list, err := db.Select[row](ctx, s.db.Reader(), `/* verify.takenApart incidents */ select incident_ref from dossier where `+w.SQL(), w.Args()...)
	out := make([]string, len(list))
	for i, r := range list {
		out[i] = r.Ref
	}
	return out, err
}

// alikeSince are the public incidents that may be the same shutdown as a case of which
// nothing counts, and that came into the record after an instant, microseconds UTC.
func (s *Service) alikeSince(ctx context.Context, a desk.Actor, c *Case, since int64) ([]string, error) {
	if len(c.Counting.Now) > 0 {
		return nil, nil
	}
	list, err := s.Alike(ctx, a, c)
	if err != nil {
		return nil, err
	}
	var refs []string
	for _, x := range list {
		if x.Incident {
			refs = append(refs, x.Ref)
		}
	}
	if len(refs) == 0 {
		return nil, nil
	}
	type row struct {
		Ref string `db:"ref"`
	}
	var w db.Where
	w.And("created_at > ?", since)
	db.In(&w, "ref", refs)
	rows, err := db.Select[row](ctx, s.db.Reader(), `/* verify.alikeSince */ select ref from incident where `+w.SQL()+` order by ref`, w.Args()...)
	refs = refs[:0]
	for _, r := range rows {
		refs = append(refs, r.Ref)
	}
	return refs, err
}

// leadsNear reads the leads of the same country that began about the same time,
// or do not say when.
func (s *Service) leadsNear(ctx context.Context, c *Case) ([]likeness.Candidate, map[string]string, error) {
	q := s.db.Reader()
	list, err := db.Select[Dossier](ctx, q, `/* verify.leadsNear */ select `+db.Columns[Dossier]("d.")+` from dossier d where d.country = $1 and d.root_id <> $2 and d.state in ('open', 'needs_details')
		and (d.start_day between $3 and $4 or d.start_day = 0) order by d.start_day desc, d.id desc limit $5`, c.Country, c.Root, c.StartDay-alikeDays, c.StartDay+alikeDays, alikeLeads)
	if err != nil || len(list) == 0 {
		return nil, nil, err
	}
	values, err := s.standingOf(ctx, q, list)
	if err != nil {
		return nil, nil, err
	}
	titles := map[string]string{}
	var out []likeness.Candidate
	for _, d := range list {
		facts := compose(values[d.ID])
		out = append(out, likeness.Candidate{Ref: d.Ref, Traits: likeness.Of(&facts)})
		titles[d.Ref] = d.Title
	}
	return out, titles, nil
}

// standingOf are the values that stand in several dossiers.
func (s *Service) standingOf(ctx context.Context, q db.Querier, list []Dossier) (map[int64]map[Claim]Value, error) {
	var w db.Where
	ids := make([]string, len(list))
	for i, d := range list {
		ids[i] = w.Arg(d.ID)
	}
	rows, err := db.Select[valueRow](ctx, q, `/* verify.standingOf */ select `+db.Columns[valueRow]("")+` from claim_value where dossier_id in (`+strings.Join(ids, ", ")+`) order by id`, w.Args()...)
	if err != nil {
		return nil, err
	}
	out := map[int64]map[Claim]Value{}
	for _, r := range rows { // later ones stand
		v, err := r.value()
		if err != nil {
			return nil, err
		}
		if out[r.Dossier] == nil {
			out[r.Dossier] = map[Claim]Value{}
		}
		out[r.Dossier][v.Claim] = v
	}
	return out, nil
}

// whyAlike says in a few words what two accounts have in common.
func (x *view) whyAlike(m likeness.Match) string {
	var parts []string
	for _, r := range m.Reasons {
		if r.Points > 0 && len(parts) < 4 {
			parts = append(parts, likeness.Say(x.Words, r, func(key string) string { return termName(x.Words, x.in.tax, incident.SchemeService, key) }))
		}
	}
	return strings.Join(slices.Compact(parts), ", ")
}

// alikeLines are the suggestions as a case shows them.
func (x *view) alikeLines(c *Case) ([]alikeLine, error) {
	list, err := x.w.s.Alike(x.R.Context(), x.Actor, c)
	var out []alikeLine
	for _, m := range list {
		l := alikeLine{Href: path(m.Ref), Title: m.Title, Kind: x.T("verify.case.alike_lead", "ref", m.Ref), Why: x.whyAlike(m.Match)}
		if l.Incident = m.Incident; m.Incident {
			l.Href, l.Title, l.Kind = "/incidents/"+m.Ref, x.T("verify.case.alike_incident", "ref", m.Ref), ""
		}
		out = append(out, l)
	}
	return out, err
}
