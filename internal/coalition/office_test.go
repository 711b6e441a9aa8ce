package coalition

import (
	"context"
	"testing"

	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
)

// TestPolicy holds who may decide about whom against the table of doc.go.
func TestPolicy(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		o := &Office{Service: w.Service, Accounts: w.people}
		home := w.made(t, Secretariat, "The Office")
		group, third := w.made(t, Member, "A group"), w.made(t, Member, "Another")
		actor := func(p account.Person) *desk.Actor {
			t.Helper()
			a, err := w.Actor(ctx, p)
			if err != nil {
				t.Fatal(err)
			}
			return &a
		}
		chief := w.join(t, "Chief", Grant{home.Ref, desk.Administrator, ""})
		bound := w.join(t, "Bound", Grant{home.Ref, desk.Administrator, "KE"}) // of the secretariat, in one country: no chief
		local := w.join(t, "Local", Grant{group.Ref, desk.Administrator, ""})
		african := w.join(t, "African", Grant{group.Ref, desk.Administrator, "africa"})
		verifier := w.join(t, "Verifier", Grant{group.Ref, desk.Verifier, "KE"})
		editor := w.join(t, "Editor", Grant{home.Ref, desk.Editor, ""})
		both := w.join(t, "Both", Grant{group.Ref, desk.Reader, ""}, Grant{third.Ref, desk.Reader, ""})
		const yes, forbidden, hidden = fault.Kind(""), fault.Forbidden, fault.NotFound
		for _, c := range []struct {
			what                               string
			do                                 func(by *desk.Actor) error
			chief, bound, local, african, none fault.Kind
		}{
			{"invite a verifier for the group", invites(o, Grant{group.Ref, desk.Verifier, ""}), yes, forbidden, yes, forbidden, forbidden},
			{"invite a verifier for the group in Kenya", invites(o, Grant{group.Ref, desk.Verifier, "KE"}), yes, forbidden, yes, yes, forbidden},
			{"invite a verifier for the group in Africa", invites(o, Grant{group.Ref, desk.Verifier, "africa"}), yes, forbidden, yes, yes, forbidden},
			{"invite a verifier for the group in France", invites(o, Grant{group.Ref, desk.Verifier, "FR"}), yes, forbidden, yes, forbidden, forbidden},
			{"invite a verifier for another", invites(o, Grant{third.Ref, desk.Verifier, "KE"}), yes, forbidden, forbidden, forbidden, forbidden},
			{"invite an administrator for the group", invites(o, Grant{group.Ref, desk.Administrator, "KE"}), yes, forbidden, forbidden, forbidden, forbidden},
			{"invite an editor for the group", invites(o, Grant{group.Ref, desk.Editor, "KE"}), yes, forbidden, forbidden, forbidden, forbidden},
			{"invite with one role too much", invites(o, Grant{group.Ref, desk.Reader, "KE"}, Grant{home.Ref, desk.Reader, "KE"}), yes, forbidden, forbidden, forbidden, forbidden},
			{"give a role", func(by *desk.Actor) error { return o.Give(ctx, by, verifier, Grant{group.Ref, desk.Reader, "KE"}) }, yes, forbidden, yes, yes, forbidden},
			{"suspend somebody of the group", judges(o, verifier), yes, hidden, yes, yes, forbidden},
			{"suspend an editor", judges(o, editor), yes, forbidden, hidden, hidden, forbidden},
			{"suspend somebody of two organisations", judges(o, both), yes, hidden, forbidden, forbidden, forbidden},
			{"suspend an administrator of the own organisation", judges(o, local), yes, hidden, forbidden, forbidden, forbidden},
			{"rename the group", func(by *desk.Actor) error {
				g := group
				g.Names = map[string]string{"en": "A group", "fr": "Un groupe"}
				_, err := o.Save(ctx, by, g)
				return err
			}, yes, hidden, yes, forbidden, forbidden},
			{"make the group the secretariat", func(by *desk.Actor) error {
				g := group
				g.Kind = Secretariat
				defer o.Save(ctx, nil, group)
				_, err := o.Save(ctx, by, g)
				return err
			}, yes, hidden, forbidden, forbidden, forbidden},
			{"make an organisation", func(by *desk.Actor) error {
				_, err := o.Save(ctx, by, Organisation{Kind: Member, Names: map[string]string{"en": "x"}})
				return err
			}, yes, forbidden, forbidden, forbidden, forbidden},
			{"set a mode", func(by *desk.Actor) error { return o.SetMode(ctx, by, account.Closed, false, "test") }, yes, forbidden, forbidden, forbidden, forbidden},
		} {
			for _, by := range []struct {
				p    account.Person
				want fault.Kind
			}{{bound, c.bound}, {local, c.local}, {african, c.african}, {verifier, c.none}, {editor, c.none}, {chief, c.chief}} {
				if err := c.do(actor(by.p)); fault.KindOf(err) != by.want {
					t.Errorf("%s tries to %s: %v, want %q", by.p.Name, c.what, err, by.want)
				}
			}
		}
		seen := func(by account.Person) int {
			list, err := o.People(ctx, actor(by))
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}
		if a, b, c := seen(chief), seen(local), seen(bound); a != 7 || b != 4 || c != 3 {
			t.Errorf("they see %d, %d and %d people", a, b, c)
		}
	})
}

func (w *world) made(t *testing.T, kind, name string) Organisation {
	t.Helper()
	o, err := w.Save(context.Background(), nil, Organisation{Kind: kind, Names: map[string]string{"en": name}})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func invites(o *Office, list ...Grant) func(*desk.Actor) error {
	return func(by *desk.Actor) error { _, err := o.Invite(context.Background(), by, "", list); return err }
}

// judges suspends and, where that worked, restores.
func judges(o *Office, p account.Person) func(*desk.Actor) error {
	return func(by *desk.Actor) error {
		err := o.Suspend(context.Background(), by, p.Ref, "test")
		if err == nil {
			err = o.Restore(context.Background(), by, p.Ref, "test")
		}
		return err
	}
}

// TestAnInvitationIsWorthWhatItsMakerIs: whoever may not give a role any more has
// not given it, and of two chiefs who suspend one another one stays.
func TestAnInvitationIsWorthWhatItsMakerIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		o := &Office{Service: w.Service, Accounts: w.people}
		home := w.made(t, Secretariat, "The Office")
		a, b := w.join(t, "First", Grant{home.Ref, desk.Administrator, ""}), w.join(t, "Second", Grant{home.Ref, desk.Administrator, ""})
		first, second := &desk.Actor{Person: a.ID, Ref: a.Ref}, &desk.Actor{Person: b.ID, Ref: b.Ref}
		good, err := o.Invite(ctx, first, "mine", []Grant{{home.Ref, desk.Reader, ""}})
		if err != nil {
			t.Fatal(err)
		}
		void, err := o.Invite(ctx, second, "theirs", []Grant{{home.Ref, desk.Administrator, ""}})
		if err != nil {
			t.Fatal(err)
		}
		list, err := o.Pending(ctx, first)
		if err != nil || len(list) != 2 || list[1].Note != "mine" || list[0].Note != "" {
			t.Errorf("the first one sees %+v %v", list, err)
		}
		p, _, err := w.people.Accept(ctx, account.Joining{Code: good, Name: "Third"})
		if err != nil {
			t.Fatal(err)
		}
		held, err := w.held(ctx, w.db.Reader(), p.ID)
		if err != nil || len(held) != 1 || held[0].By != a.Ref {
			t.Errorf("%+v %v", held, err)
		}
		roles, err := w.held(ctx, w.db.Reader(), b.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.Take(ctx, first, roles[0].ID); err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.people.Accept(ctx, account.Joining{Code: void, Name: "Fourth"}); fault.KindOf(err) != fault.Gone {
			t.Errorf("an invitation whose maker is no administrator any more: %v", err)
		}
		if people, err := w.people.People(ctx); err != nil || len(people) != 3 {
			t.Errorf("%d people, %v", len(people), err)
		}
		if err := o.Give(ctx, first, b, Grant{home.Ref, desk.Administrator, ""}); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 2)
		go func() { done <- o.Suspend(ctx, first, b.Ref, "test") }()
		go func() { done <- o.Suspend(ctx, second, a.Ref, "test") }()
		x, y := <-done, <-done
		if (x == nil) == (y == nil) {
			t.Errorf("both or none was suspended: %v, %v", x, y)
		}
		if any, err := o.Any(ctx); !any || err != nil {
			t.Errorf("nobody is left: %v", err)
		}
		if err := o.Suspend(ctx, nil, a.Ref, "test"); err == nil {
			if err = o.Suspend(ctx, nil, b.Ref, "test"); fault.KindOf(err) != fault.Conflict {
				t.Errorf("the last chief: %v", err)
			}
		}
	})
}
