package coalition

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
)

// Membership is a role a person holds.
type Membership struct {
	ID           int64     `db:"id"`
	Person       int64     `db:"person_id"`
	Organisation int64     `db:"organisation_id"`
	Role         desk.Role `db:"role"`
	Area         string    `db:"area"` // a country, a region of the world, or Everywhere
	By           string    `db:"granted_by"`
	Granted      int64     `db:"granted_at"`
	Ended        *int64    `db:"ended_at"`
}

// Grant is a role as an invitation carries it.
type Grant struct {
	Organisation string    `json:"organisation"` // ref
	Role         desk.Role `json:"role"`
	Area         string    `json:"area,omitempty"`
}

// Change is a role that was given or taken, for the ledger.
type Change struct {
	Person, Organisation string // refs
	Role                 desk.Role
	Area                 string
	Given                bool
	By                   string // ref of a person, "" for the command line
}

// Recorder hears of every change in the transaction that makes it; what it does not
// hear of is nil.
type Recorder struct {
	Role         func(ctx context.Context, tx db.Tx, c Change) error
	Organisation func(ctx context.Context, tx db.Tx, o Organisation, by string) error // stored as it is now; by as in [Change]
}

// Actor is a person with what they hold now.
func (s *Service) Actor(ctx context.Context, p account.Person) (desk.Actor, error) {
	list, err := s.held(ctx, s.db.Reader(), p.ID)
	return actorOf(p, list), err
}

// held lists what a person holds now, in organisations that work here.
func (s *Service) held(ctx context.Context, q db.Querier, person int64) ([]Membership, error) {
	return db.Select[Membership](ctx, q, `/* coalition.held */ select `+db.Columns[Membership]("m.")+` from membership m
		join organisation o on o.id = m.organisation_id where m.person_id = $1 and m.ended_at is null and o.state = 'active' order by m.id`, person)
}

// Members lists who holds what in an organisation, with what was taken away.
func (s *Service) Members(ctx context.Context, o Organisation) ([]Membership, error) {
	return db.Select[Membership](ctx, s.db.Reader(), `/* coalition.Members */ select `+db.Columns[Membership]("")+` from membership where organisation_id = $1 order by id`, o.ID)
}

// Give gives a role to somebody else: nobody gives themselves one, nor the same
// without its limit. The policy says which administrator may; the command line (by is
// nil) may all.
func (s *Service) Give(ctx context.Context, by *desk.Actor, p account.Person, g Grant) error {
	return s.db.Write(ctx, func(tx db.Tx) error {
		may, err := s.authority(ctx, tx, by)
		if err != nil {
			return err
		}
		if err := s.mayGive(ctx, tx, may, g); err != nil {
			return err
		}
		return s.give(ctx, tx, refOf(by), p, g)
	})
}

func refOf(by *desk.Actor) string {
	if by == nil {
		return ""
	}
	return by.Ref
}

// mayGive is nil when an administrator with some authority may give a role.
func (s *Service) mayGive(ctx context.Context, q db.Querier, may authority, g Grant) error {
	if err := g.Check(); err != nil {
		return err
	}
	o, err := s.byRef(ctx, q, g.Organisation)
	if err != nil {
		return err
	}
	return may.give(o.ID, g.Role, g.Area)
}

func (s *Service) give(ctx context.Context, tx db.Tx, by string, p account.Person, g Grant) error {
	if by == p.Ref {
		return errOwnRole
	}
	o, err := s.byRef(ctx, tx, g.Organisation)
	if err != nil {
		return err
	}
	if o.State != "active" {
		return fault.New(fault.Conflict, "coalition.has_left")
	}
	_, held, err := db.Value[int64](ctx, tx, `/* coalition.give */ select id from membership where person_id = $1 and organisation_id = $2 and role = $3 and area = $4 and ended_at is null`,
		p.ID, o.ID, string(g.Role), g.Area)
	if err != nil || held {
		return err
	}
	id, err := db.NextID(ctx, tx, "membership")
	if err != nil {
		return err
	}
	row := Membership{id, p.ID, o.ID, g.Role, g.Area, by, s.now().UTC().UnixMicro(), nil}
	if err := db.Insert(ctx, tx, "membership", []Membership{row}); err != nil {
		return err
	}
	return s.record.Role(ctx, tx, Change{p.Ref, o.Ref, g.Role, g.Area, true, by})
}

// Check says what is wrong with the role or the area.
func (g Grant) Check() error {
	if !slices.Contains(desk.Roles(), g.Role) {
		return fault.Mend(fault.Field{Name: "role", Key: "coalition.role_needed"})
	}
	if g.Area == Everywhere {
		return nil
	}
	if _, ok := geo.ByCode(g.Area); ok {
		return nil
	}
	tax, err := incident.SeedTaxonomy()
	if err != nil {
		return err
	}
	if _, ok := tax.Term(incident.SchemeRegion, g.Area); !ok {
		return fault.Mend(fault.Field{Name: "area", Key: "coalition.area_unknown", Args: []any{"value", g.Area}})
	}
	return nil
}

// Take takes a role away, under the policy of [Service.Give]. The last
// administrator of the secretariat keeps theirs.
func (s *Service) Take(ctx context.Context, by *desk.Actor, id int64) error {
	return s.db.Write(ctx, func(tx db.Tx) error {
		may, err := s.authority(ctx, tx, by)
		if err != nil {
			return err
		}
		m, found, err := db.SelectOne[Membership](ctx, tx, `/* coalition.Take */ select `+db.Columns[Membership]("")+` from membership where id = $1 and ended_at is null`, id)
		if err != nil {
			return err
		}
		if !found || !may.over(m.Organisation) {
			return fault.New(fault.NotFound, "coalition.no_role")
		}
		if err := may.give(m.Organisation, m.Role, m.Area); err != nil {
			return err
		}
		if _, err := db.Exec(ctx, tx, `/* coalition.Take end */ update membership set ended_at = $2 where id = $1`, id, s.now().UTC().UnixMicro()); err != nil {
			return err
		}
		if m.Role == desk.Administrator {
			if err := s.keepChief(ctx, tx); err != nil {
				return err
			}
		}
		type refs struct {
			Person       string `db:"person"`
			Organisation string `db:"organisation"`
		}
		r, _, err := db.SelectOne[refs](ctx, tx, `/* coalition.Take refs */ select p.ref as person, o.ref as organisation from person p, organisation o where p.id = $1 and o.id = $2`, m.Person, m.Organisation)
		if err != nil {
			return err
		}
		return s.record.Role(ctx, tx, Change{r.Person, r.Organisation, m.Role, m.Area, false, refOf(by)})
	})
}

// grants writes what an invitation gives.
func grants(list []Grant) (string, error) {
	doc, err := json.Marshal(list)
	return string(doc), err
}

// readGrants is the reverse of [grants].
func readGrants(text string) (list []Grant, err error) {
	if text == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("coalition: what an invitation gives: %w", err)
	}
	return list, nil
}

// Accepted gives a person what their invitation promised, if whoever made it
// may still give it. It is what [account.Options.Accepted] calls.
func (s *Service) Accepted(ctx context.Context, tx db.Tx, p account.Person, inv account.Invitation) error {
	list, err := readGrants(inv.Grants)
	if err != nil {
		return err
	}
	var by *desk.Actor
	if inv.By != nil {
		ref, _, err := db.Value[string](ctx, tx, `/* coalition.Accepted */ select ref from person where id = $1 and state = 'active'`, *inv.By)
		if err != nil {
			return err
		}
		by = &desk.Actor{Person: *inv.By, Ref: ref}
	}
	may, err := s.authority(ctx, tx, by)
	if err != nil {
		return void(err)
	}
	for _, g := range list {
		if err := s.mayGive(ctx, tx, may, g); err != nil {
			return void(err)
		}
		if err := s.give(ctx, tx, refOf(by), p, g); err != nil {
			return err
		}
	}
	return nil
}

// void tells whoever accepts no more than that the invitation is not good any
// more.
func void(err error) error {
	if fault.KindOf(err) == fault.Internal {
		return err
	}
	return fault.Wrap(err, fault.Gone, "account.invitation_over")
}
