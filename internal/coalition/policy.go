package coalition

import (
	"context"
	"slices"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
)

// Everywhere is the area of a role that holds for the whole world.
const Everywhere = ""

// Kinds of organisations.
const (
	Member      = "member"
	Partner     = "partner"
	Secretariat = "secretariat"
)

// Kinds lists them.
func Kinds() []string { return []string{Member, Partner, Secretariat} }

// countriesOf lists the countries of an area: itself, or those of a region.
func countriesOf(area string) []string {
	if _, ok := geo.ByCode(area); ok {
		return []string{area}
	}
	var out []string
	for _, c := range geo.Countries() {
		if incident.RegionOf(c.Code) == area {
			out = append(out, c.Code)
		}
	}
	return out
}

// actorOf is a person with what they hold.
func actorOf(p account.Person, list []Membership) desk.Actor {
	a := desk.Actor{Person: p.ID, Ref: p.Ref, Name: p.Name, Lang: p.Lang}
	for _, m := range list {
		a.Holds = append(a.Holds, holdOf(m))
	}
	return a
}

func holdOf(m Membership) desk.Hold {
	h := desk.Hold{Organisation: m.Organisation, Role: m.Role, Everywhere: m.Area == Everywhere}
	if !h.Everywhere {
		h.Countries = countriesOf(m.Area)
	}
	return h
}

// authority is what an administrator may decide about.
type authority struct {
	all   bool        // the command line, and chiefs
	holds []desk.Hold // what any other administrates
}

// errNotYours refuses without saying more.
var errNotYours = fault.New(fault.Forbidden, "coalition.not_yours")

// errOwnRole refuses a role that somebody gives themselves: what one administrator
// decides about their own rights nobody has looked at.
var errOwnRole = fault.New(fault.Forbidden, "coalition.own_role")

// authority is what somebody may decide about now, as the transaction that uses
// it sees it. Nobody (nil) is the command line. Whoever is no administrator gets
// an error.
func (s *Service) authority(ctx context.Context, q db.Querier, by *desk.Actor) (authority, error) {
	if by == nil {
		return authority{all: true}, nil
	}
	list, err := s.held(ctx, q, by.Person)
	if err != nil {
		return authority{}, err
	}
	var out authority
	for _, m := range list {
		if m.Role == desk.Administrator {
			out.holds = append(out.holds, holdOf(m))
		}
	}
	if len(out.holds) == 0 {
		return authority{}, errNotYours
	}
	n, _, err := db.Value[int](ctx, q, `/* coalition.authority */ select count(*) from `+chiefs+` and m.person_id = $1`, by.Person)
	out.all = n > 0
	return out, err
}

// chiefs are administrators of the secretariat whose role knows no border.
const chiefs = `membership m join organisation o on o.id = m.organisation_id join person p on p.id = m.person_id
	where m.role = 'administrator' and m.area = '' and m.ended_at is null and o.kind = 'secretariat' and o.state = 'active' and p.state = 'active'`

// keepChief refuses an act that left nobody who may do all. It is asked after
// the act, in its transaction.
func (s *Service) keepChief(ctx context.Context, tx db.Tx) error {
	n, err := s.countChiefs(ctx, tx)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "coalition.last_administrator")
	}
	return err
}

func (s *Service) countChiefs(ctx context.Context, q db.Querier) (int, error) {
	n, _, err := db.Value[int](ctx, q, `/* coalition.countChiefs */ select count(*) from `+chiefs)
	return n, err
}

// over tells whether something of an organisation is theirs to see and to
// decide.
func (a authority) over(organisation int64) bool {
	return a.all || slices.ContainsFunc(a.holds, func(h desk.Hold) bool { return h.Organisation == organisation })
}

// whole tells whether they administrate all of an organisation.
func (a authority) whole(organisation int64) bool {
	return a.all || slices.ContainsFunc(a.holds, func(h desk.Hold) bool { return h.Organisation == organisation && h.Everywhere })
}

// give is nil when they may give a role, or take it away.
func (a authority) give(organisation int64, role desk.Role, area string) error {
	switch {
	case a.all:
		return nil
	case role == desk.Editor || role == desk.Administrator:
		return errNotYours
	}
	for _, h := range a.holds {
		if h.Organisation == organisation && (h.Everywhere || area != Everywhere && covers(h.Countries, area)) {
			return nil
		}
	}
	return errNotYours
}

// covers tells whether countries include all of an area.
func covers(countries []string, area string) bool {
	of := countriesOf(area)
	return len(of) > 0 && !slices.ContainsFunc(of, func(c string) bool { return !slices.Contains(countries, c) })
}

// person is nil when they may keep a person out and let them in again: somebody
// all of whose roles they could take away.
func (a authority) person(list []Membership) error {
	if a.all {
		return nil
	}
	for _, m := range list {
		if err := a.give(m.Organisation, m.Role, m.Area); err != nil {
			return err
		}
	}
	if len(list) == 0 {
		return errNotYours
	}
	return nil
}

// sees tells whether a person is theirs to see: somebody who works in an
// organisation of theirs.
func (a authority) sees(list []Membership) bool {
	return a.all || slices.ContainsFunc(list, func(m Membership) bool { return a.over(m.Organisation) })
}

// Works tells whether anybody who is not kept out may file for an organisation, in a
// country, now. Of one that left, or whose people for it all went, nobody there answers
// any more.
func Works(ctx context.Context, q db.Querier, organisation int64, country string) (bool, error) {
	n, _, err := db.Value[int](ctx, q, `/* coalition.Works */ select count(*) from membership m join organisation o on o.id = m.organisation_id join person p on p.id = m.person_id
		where o.id = $1 and o.state = 'active' and p.state = 'active' and m.ended_at is null and m.role in ('contributor', 'verifier', 'editor')
		and m.area in ('', $2, $3)`, organisation, country, incident.RegionOf(country))
	return n > 0, err
}
