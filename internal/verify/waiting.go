package verify

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

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
	w.And(unsettledPublic + " and " + urgent)
	if list, err = db.Select[Dossier](ctx, s.db.Reader(), `/* verify.UrgentFor */ select `+db.Columns[Dossier]("d.")+` from dossier d where `+w.SQL(), w.Args()...); err != nil {
		return nil, nil, err
	}
	until, err = s.lapseAt(ctx, list)
	slices.SortFunc(list, func(x, y Dossier) int { return cmp.Or(cmp.Compare(until[x.ID], until[y.ID]), cmp.Compare(x.ID, y.ID)) })
	return list, until, err
}

// urgent are the cases that are public without two signatures.
const urgent = `exists (select 1 from incident i where i.ref = d.incident_ref and i.origin = 'desk' and i.urgent_until is not null)`

// lapseAt tells of some cases, by their id, when their urgent publication lapses.
func (s *Service) lapseAt(ctx context.Context, list []Dossier) (map[int64]int64, error) {
	out := map[int64]int64{}
	if len(list) == 0 {
		return out, nil
	}
	ids := make([]int64, len(list))
	for i, d := range list {
		ids[i] = d.ID
	}
	var w db.Where
	w.And("i.origin = 'desk' and i.urgent_until is not null")
	db.In(&w, "d.id", ids)
	rows, err := db.Select[struct {
		ID    int64 `db:"id"`
		Until int64 `db:"urgent_until"`
	}](ctx, s.db.Reader(), `/* verify.lapseAt */ select d.id, i.urgent_until from dossier d join incident i on i.ref = d.incident_ref where `+w.SQL(), w.Args()...)
	for _, x := range rows {
		out[x.ID] = x.Until
	}
	return out, err
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

// goneFor is how long somebody is told that a case of theirs is not public any more.
const goneFor = 30 * 24 * time.Hour

// GoneFor are the cases this person wrote that lapsed or that somebody else took back,
// and in which they have done nothing since.
func (s *Service) GoneFor(ctx context.Context, a desk.Actor) (desk.Waiting, error) {
	var w db.Where
	if err := s.narrow(ctx, &w, a, Filter{State: "all"}); err != nil {
		return desk.Waiting{}, err
	}
	w.And("x.kind in ('lapsed', 'retracted') and x.at > ? and d.state in ('open', 'retracted')", s.now()-goneFor.Microseconds())
	w.And("exists (select 1 from dossier_author t where t.dossier_id = d.id and t.person_id = ?)", a.Person)
	w.And("(x.person_id is null or x.person_id <> ?) and not exists (select 1 from dossier_act y where y.dossier_id = d.id and y.id > x.id and (y.person_id = ? or y.kind in ('lapsed', 'retracted')))", a.Person, a.Person)
	rows, err := db.Select[pendingRow](ctx, s.db.Reader(), `/* verify.GoneFor */ select d.ref, x.at as since, 0 as due_at from dossier_act x join dossier d on d.id = x.dossier_id where `+w.SQL()+
		` order by x.id limit `+w.Arg(desk.MostWaiting+1), w.Args()...)
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
	unbound(mine, a)
	return db.Select[Dossier](ctx, s.db.Reader(), `/* verify.unsignedBy */ select `+db.Columns[Dossier]("d.")+` from dossier d where `+mine.SQL()+
		` order by d.urgency, d.due_at, d.id limit `+mine.Arg(desk.MostWaiting+1), mine.Args()...)
}

// unbound leaves out the cases a person wrote, signed, or stands too close to.
func unbound(w *db.Where, a desk.Actor) {
	w.And("not exists (select 1 from dossier_author x where x.dossier_id = d.id and x.person_id = ?)", a.Person)
	w.And("not exists (select 1 from claim_value x where x.dossier_id = d.id and x.person_id = ?)", a.Person)
	w.And("not exists (select 1 from interest x where x.dossier_id = d.id and x.person_id = ?)", a.Person)
	w.And(`not exists (select 1 from sign_off x where x.dossier_id = d.id and x.revision = d.revision and x.person_id = ?
		and exists (select 1 from live_signature l where l.id = x.id))`, a.Person) // what fell away can be signed again
}

// bringsOn tells whether a signature of this person is wanted: they may sign for all
// countries of the case, for an organisation that is not among those that signed.
func bringsOn(a desk.Actor, d Dossier, signed []SignOff) bool {
	return slices.ContainsFunc(organisationsFor(a, desk.Verifier, d.Countries()), func(o int64) bool {
		return !slices.ContainsFunc(signed, func(x SignOff) bool { return x.Organisation == o })
	})
}
