package verify

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
)

// pendingRow is something that waits, before it is a [desk.Pending].
type pendingRow struct {
	Ref   string `db:"ref"`
	Since int64  `db:"since"`
	Due   int64  `db:"due_at"`
}

func pendingAt(rows []pendingRow, path func(ref string) string) desk.Waiting {
	out := make([]desk.Pending, len(rows))
	for i, r := range rows {
		out[i] = desk.Pending{Ref: r.Ref, Path: path(r.Ref), Since: r.Since, Due: r.Due}
	}
	return desk.WaitingOf(out)
}

// DueFor is what somebody holds and should have looked at by now.
func (s *Service) DueFor(ctx context.Context, a desk.Actor) (desk.Waiting, error) {
	var w db.Where
	if err := s.narrow(ctx, &w, a, Filter{Mine: true}); err != nil {
		return desk.Waiting{}, err
	}
	w.And("d.due_at > 0 and d.due_at <= ?", s.now())
	rows, err := db.Select[pendingRow](ctx, s.db.Reader(), `/* verify.DueFor */ select d.ref, d.due_at as since, d.due_at from dossier d where `+w.SQL()+
		` order by d.urgency, d.due_at, d.id limit `+w.Arg(desk.MostWaiting+1), w.Args()...)
	return pendingAt(rows, func(ref string) string { return path(ref) }), err
}

// PublishableFor are the cases that two organisations signed and an editor has to
// publish: those of an editor for all their countries, the most pressing first.
func (s *Service) PublishableFor(ctx context.Context, a desk.Actor) (desk.Waiting, error) {
	everywhere, countries := a.Areas(desk.Editor)
	if !everywhere && len(countries) == 0 {
		return desk.Waiting{}, nil
	}
	var w db.Where
	if err := s.narrow(ctx, &w, a, Filter{Signed: 2}); err != nil {
		return desk.Waiting{}, err
	}
	if !everywhere {
		inCountries(&w, countries)
	}
	w.And("d.embargo_until <= ?", s.now())
	list, err := db.Select[Dossier](ctx, s.db.Reader(), `/* verify.PublishableFor */ select `+db.Columns[Dossier]("d.")+` from dossier d where `+w.SQL()+
		` order by d.urgency, d.due_at, d.id limit `+w.Arg(desk.MostWaiting+1), w.Args()...)
	var rows []pendingRow
	for _, d := range list {
		if may(a, desk.Editor, d) == nil {
			rows = append(rows, pendingRow{d.Ref, d.Updated, d.Due})
		}
	}
	return pendingAt(rows, func(ref string) string { return path(ref) + "/publish" }), err
}

// UrgentFor are the urgent publications of what somebody may read, with the instant,
// microseconds UTC, at which each lapses; the first to lapse before the others.
func (s *Service) UrgentFor(ctx context.Context, a desk.Actor) (list []Dossier, until map[int64]int64, err error) {
	var w db.Where
	if err := s.narrow(ctx, &w, a, Filter{State: Public}); err != nil {
		return nil, nil, err
	}
	ids, err := db.Select[struct {
		ID    int64 `db:"id"`
		Until int64 `db:"urgent_until"`
	}](ctx, s.db.Reader(), `/* verify.UrgentFor */ select d.id, i.urgent_until from incident i join dossier d on d.incident_ref = i.ref
		where i.urgent_until is not null and i.origin = 'desk' and `+w.SQL()+` order by i.urgent_until`, w.Args()...)
	if err != nil || len(ids) == 0 {
		return nil, nil, err
	}
	until = map[int64]int64{}
	for _, x := range ids {
		d, _, err := db.SelectOne[Dossier](ctx, s.db.Reader(), `/* verify.UrgentFor one */ select `+db.Columns[Dossier]("")+` from dossier where id = $1`, x.ID)
		if err != nil {
			return nil, nil, err
		}
		list, until[d.ID] = append(list, d), x.Until
	}
	return list, until, nil
}

// HandedTo are the cases that somebody else handed to this person and in which they
// have done nothing since.
func (s *Service) HandedTo(ctx context.Context, a desk.Actor) (desk.Waiting, error) {
	var w db.Where
	if err := s.narrow(ctx, &w, a, Filter{Mine: true, State: "all"}); err != nil {
		return desk.Waiting{}, err
	}
	w.And(`exists (select 1 from dossier_act x where x.dossier_id = d.id and x.kind = 'handed_over' and x.person_id <> ?
		and not exists (select 1 from dossier_act y where y.dossier_id = d.id and y.id > x.id and y.person_id = ?))`, a.Person, a.Person)
	rows, err := db.Select[pendingRow](ctx, s.db.Reader(), `/* verify.HandedTo */ select d.ref, d.updated_at as since, d.due_at from dossier d where `+w.SQL()+
		` order by d.urgency, d.due_at, d.id limit `+w.Arg(desk.MostWaiting+1), w.Args()...)
	return pendingAt(rows, func(ref string) string { return path(ref) }), err
}

// CallsFor are the cases in which somebody was called and has not looked.
func (s *Service) CallsFor(ctx context.Context, a desk.Actor) (desk.Waiting, error) {
	list, err := s.Mentions(ctx, a)
	var rows []pendingRow
	for _, m := range list {
		if !slices.ContainsFunc(rows, func(r pendingRow) bool { return r.Ref == m.Ref }) {
			rows = append(rows, pendingRow{Ref: m.Ref, Since: m.At})
		}
	}
	return pendingAt(rows, func(ref string) string { return path(ref) + "#talk" }), err
}

// signableAmong is of how many cases that could be signed, the most pressing ones, is
// asked whether this person can: every page of the desk asks.
const signableAmong = 1000

// SignableFor are the cases that wait for a signature this person can give and
// that brings them on. Every page of the desk asks: the number of queries does not
// grow with the cases.
func (s *Service) SignableFor(ctx context.Context, a desk.Actor) (desk.Waiting, error) {
	list, err := s.unsignedBy(ctx, a)
	if err != nil || len(list) == 0 {
		return desk.Waiting{}, err
	}
	ids := make([]int64, len(list))
	for i, d := range list {
		ids[i] = d.ID
	}
	q := s.db.Reader()
	own, err := s.Exhibits.FiledAmong(ctx, q, a.Ref, ids)
	if err != nil {
		return desk.Waiting{}, err
	}
	links, err := s.linksAmong(ctx, q, slices.Collect(maps.Keys(own)))
	if err != nil {
		return desk.Waiting{}, err
	}
	signed, err := s.liveAmong(ctx, q, list)
	if err != nil {
		return desk.Waiting{}, err
	}
	var rows []pendingRow
	for _, d := range list {
		items, filed := own[d.ID]
		if filed && !reaches(Floor(filedByOthers(items, a.Ref), links[d.ID]), Corroborated) || !bringsOn(a, d, signed[d.ID]) {
			continue
		}
		rows = append(rows, pendingRow{d.Ref, d.Updated, d.Due})
	}
	return pendingAt(rows, func(ref string) string { return path(ref) + "/sign" }), nil
}

// unsignedBy are the cases that could be signed, the most pressing ones, without those
// a person wrote, signed, or stands too close to.
func (s *Service) unsignedBy(ctx context.Context, a desk.Actor) ([]Dossier, error) {
	var w db.Where
	if err := s.narrow(ctx, &w, a, Filter{Sign: true}); err != nil {
		return nil, err
	}
	if everywhere, countries := a.Areas(desk.Verifier); !everywhere {
		inCountries(&w, countries)
	}
	pressing := `d.id in (select d.id from dossier d where ` + w.SQL() + ` order by d.urgency, d.due_at, d.id limit ` + w.Arg(signableAmong) + `)`
	mine := w.Fork()
	mine.And(pressing)
	mine.And("not exists (select 1 from dossier_author x where x.dossier_id = d.id and x.person_id = ?)", a.Person)
	mine.And("not exists (select 1 from claim_value x where x.dossier_id = d.id and x.person_id = ?)", a.Person)
	mine.And("not exists (select 1 from interest x where x.dossier_id = d.id and x.person_id = ?)", a.Person)
	mine.And("not exists (select 1 from sign_off x where x.dossier_id = d.id and x.revision = d.revision and x.person_id = ?)", a.Person)
	return db.Select[Dossier](ctx, s.db.Reader(), `/* verify.unsignedBy */ select `+db.Columns[Dossier]("d.")+` from dossier d where `+mine.SQL()+
		` order by d.urgency, d.due_at, d.id limit `+mine.Arg(desk.MostWaiting+1), mine.Args()...)
}

// bringsOn tells whether a signature of this person is wanted: they may sign for all
// countries of the case, for an organisation that is not among those that signed.
func bringsOn(a desk.Actor, d Dossier, signed []SignOff) bool {
	return slices.ContainsFunc(organisationsFor(a, desk.Verifier, d.Countries()), func(o int64) bool {
		return !slices.ContainsFunc(signed, func(x SignOff) bool { return x.Organisation == o })
	})
}

// ReleasesFor are the releases that wait for this person's signature, each by the
// day it speaks for.
func (s *Service) ReleasesFor(ctx context.Context, a desk.Actor) (desk.Waiting, error) {
	if _, err := worldwide(a, desk.Verifier, 0); err != nil {
		return desk.Waiting{}, nil // not theirs to sign
	}
	rows, err := db.Select[pendingRow](ctx, s.db.Reader(), `/* verify.ReleasesFor */ select p.as_of as ref, p.at as since, 0 as due_at from release_proposal p
		where p.state = 'open' and p.person_id <> $1 and not exists (select 1 from release_signature x where x.proposal_id = p.id and x.person_id = $1)
		and not exists (select 1 from incident i where i.updated_at > p.at)
		order by p.id limit $2`, a.Person, desk.MostWaiting+1)
	return pendingAt(rows, func(string) string { return releasesPath }), err
}

// RecodingsFor are the lists of incidents to be coded anew that wait for this person's
// signature and that it brings on.
func (s *Service) RecodingsFor(ctx context.Context, a desk.Actor) (desk.Waiting, error) {
	var w db.Where
	w.And("r.state = 'open' and r.person_id <> ?", a.Person)
	w.And("not exists (select 1 from recoding_signature x where x.recoding_id = r.id and x.person_id = ?)", a.Person)
	w.And(`not exists (select 1 from live_recoding_signature x join live_recoding_signature y on y.recoding_id = x.recoding_id and y.person_id > x.person_id and y.organisation_id <> x.organisation_id
		where x.recoding_id = r.id)`)
	var fresh []string // of which of their organisations nobody has signed
	for _, h := range a.Holds {
		if h.Everywhere && h.Role.Gives(desk.Verifier) {
			fresh = append(fresh, "not exists (select 1 from live_recoding_signature x where x.recoding_id = r.id and x.organisation_id = "+w.Arg(h.Organisation)+")")
		}
	}
	if len(fresh) == 0 {
		return desk.Waiting{}, nil // not theirs to sign
	}
	w.And("(" + strings.Join(fresh, " or ") + ")")
	type row struct {
		ID    int64 `db:"id"`
		Since int64 `db:"at"`
	}
	list, err := db.Select[row](ctx, s.db.Reader(), `/* verify.RecodingsFor */ select r.id, r.at from recoding r where `+w.SQL()+` order by r.id limit `+w.Arg(desk.MostWaiting+1), w.Args()...)
	out := make([]desk.Pending, len(list))
	for i, r := range list {
		out[i] = desk.Pending{Ref: "R-" + strconv.FormatInt(r.ID, 10), Path: recodingPath(r.ID), Since: r.Since}
	}
	return desk.WaitingOf(out), err
}
