package coalition

import (
	"context"
	"slices"

	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// Office is what administrators do about people: the rooms of people and of
// organisations together, under the policy of this package. by is nil for the
// command line.
type Office struct {
	*Service
	Accounts *account.Service
}

// Colleague is a person with what they hold now.
type Colleague struct {
	account.Person
	Roles []Membership
}

// People lists those whom an administrator may see, by name.
func (o *Office) People(ctx context.Context, by *desk.Actor) ([]Colleague, error) {
	may, err := o.authority(ctx, o.db.Reader(), by)
	if err != nil {
		return nil, err
	}
	people, err := o.Accounts.People(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := db.Select[Membership](ctx, o.db.Reader(), `/* coalition.People */ select `+db.Columns[Membership]("m.")+` from membership m
		join organisation o on o.id = m.organisation_id where m.ended_at is null and o.state = 'active' order by m.id`)
	if err != nil {
		return nil, err
	}
	roles := map[int64][]Membership{}
	for _, m := range rows {
		roles[m.Person] = append(roles[m.Person], m)
	}
	var out []Colleague
	for _, p := range people {
		if may.sees(roles[p.ID]) {
			out = append(out, Colleague{p, roles[p.ID]})
		}
	}
	return out, nil
}

// Person is one of them. Whom an administrator may not see is not there.
func (o *Office) Person(ctx context.Context, by *desk.Actor, ref string) (Colleague, error) {
	may, err := o.authority(ctx, o.db.Reader(), by)
	if err != nil {
		return Colleague{}, err
	}
	p, err := o.Accounts.PersonByRef(ctx, ref)
	if err != nil {
		return Colleague{}, err
	}
	roles, err := o.held(ctx, o.db.Reader(), p.ID)
	if err == nil && !may.sees(roles) {
		err = fault.New(fault.NotFound, "account.unknown")
	}
	return Colleague{p, roles}, err
}

// Ours lists the organisations that an administrator may see.
func (o *Office) Ours(ctx context.Context, by *desk.Actor) ([]Organisation, error) {
	may, err := o.authority(ctx, o.db.Reader(), by)
	if err != nil {
		return nil, err
	}
	all, err := o.Organisations(ctx)
	return slices.DeleteFunc(all, func(x Organisation) bool { return !may.over(x.ID) }), err
}

// Organisation is one of them.
func (o *Office) Organisation(ctx context.Context, by *desk.Actor, ref string) (Organisation, error) {
	list, err := o.Ours(ctx, by)
	if err != nil {
		return Organisation{}, err
	}
	at := slices.IndexFunc(list, func(x Organisation) bool { return x.Ref == ref })
	if at < 0 {
		return Organisation{}, fault.New(fault.NotFound, "coalition.no_organisation")
	}
	return list[at], nil
}

// maxNote bounds the inviter's note, in letters.
const maxNote = 200

// Invite makes a one-time code that gives roles. note is for the inviter alone.
func (o *Office) Invite(ctx context.Context, by *desk.Actor, note string, list []Grant) (code string, err error) {
	if len([]rune(note)) > maxNote {
		return "", fault.Mend(fault.Field{Name: "note", Key: "coalition.note_long", Args: []any{"most", maxNote}})
	}
	if len(list) == 0 {
		return "", fault.Mend(fault.Field{Name: "role", Key: "coalition.role_needed"})
	}
	may, err := o.authority(ctx, o.db.Reader(), by)
	if err != nil {
		return "", err
	}
	for _, g := range list {
		if err := o.mayGive(ctx, o.db.Reader(), may, g); err != nil {
			return "", err
		}
	}
	doc, err := grants(list)
	if err != nil {
		return "", err
	}
	var inviter *account.Person
	if by != nil {
		inviter = &account.Person{ID: by.Person, Ref: by.Ref}
	}
	return o.Accounts.Invite(ctx, inviter, note, doc)
}

// Pending is an invitation nobody has used yet.
type Pending struct {
	account.Invitation
	Gives []Grant
	Mine  bool // made by whoever asks: the note is theirs to read
}

// Pending lists the open invitations that an administrator may see, the newest
// first.
func (o *Office) Pending(ctx context.Context, by *desk.Actor) ([]Pending, error) {
	may, err := o.authority(ctx, o.db.Reader(), by)
	if err != nil {
		return nil, err
	}
	all, err := o.Accounts.Invitations(ctx)
	if err != nil {
		return nil, err
	}
	var out []Pending
	for _, inv := range all {
		p := Pending{Invitation: inv}
		if p.Gives, err = readGrants(inv.Grants); err != nil {
			return nil, err
		}
		p.Mine = by != nil && inv.By != nil && *inv.By == by.Person || by == nil && inv.By == nil
		if !p.Mine {
			p.Note = ""
		}
		if may.all || p.Mine || !slices.ContainsFunc(p.Gives, func(g Grant) bool { return o.mayGive(ctx, o.db.Reader(), may, g) != nil }) {
			out = append(out, p)
		}
	}
	return out, nil
}

// Withdraw takes an open invitation back.
func (o *Office) Withdraw(ctx context.Context, by *desk.Actor, id int64) error {
	list, err := o.Pending(ctx, by)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list, func(p Pending) bool { return p.ID == id }) {
		return fault.New(fault.NotFound, "coalition.no_invitation")
	}
	return o.Accounts.Withdraw(ctx, id, refOf(by))
}

// Suspend keeps a person out. There is always one chief left.
func (o *Office) Suspend(ctx context.Context, by *desk.Actor, ref, reason string) error {
	p, err := o.Person(ctx, by, ref)
	if err != nil {
		return err
	}
	return o.Accounts.Suspend(ctx, p.Person, refOf(by), reason, o.mayJudge(by, p.ID), func(ctx context.Context, tx db.Tx) error {
		if !slices.ContainsFunc(p.Roles, func(m Membership) bool { return m.Role == desk.Administrator }) {
			return nil
		}
		return o.keepChief(ctx, tx)
	})
}

// Restore lets a suspended person in again.
func (o *Office) Restore(ctx context.Context, by *desk.Actor, ref, reason string) error {
	p, err := o.Person(ctx, by, ref)
	if err != nil {
		return err
	}
	return o.Accounts.Restore(ctx, p.Person, refOf(by), reason, o.mayJudge(by, p.ID))
}

// mayJudge refuses whoever may not decide about a person.
func (o *Office) mayJudge(by *desk.Actor, person int64) account.Check {
	return func(ctx context.Context, tx db.Tx) error {
		may, err := o.authority(ctx, tx, by)
		if err != nil {
			return err
		}
		roles, err := o.held(ctx, tx, person)
		if err != nil {
			return err
		}
		return may.person(roles)
	}
}

// SetMode sets or lifts an emergency mode.
func (o *Office) SetMode(ctx context.Context, by *desk.Actor, name string, active bool, reason string) error {
	may, err := o.authority(ctx, o.db.Reader(), by)
	if err != nil {
		return err
	}
	if !may.all {
		return errNotYours
	}
	return o.Accounts.SetMode(ctx, name, active, refOf(by), reason)
}

// Any tells whether anybody may do all here yet. A deployment begins without.
func (o *Office) Any(ctx context.Context) (bool, error) {
	n, err := o.countChiefs(ctx, o.db.Reader())
	return n > 0, err
}
