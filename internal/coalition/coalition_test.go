package coalition

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"keepiton/internal/mechanism/account"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
)

// TestRoles walks every role, area and country against the table of who may.
func TestRoles(t *testing.T) {
	may := map[Role][]Role{
		Reader: {Reader}, Contributor: {Reader, Contributor}, Verifier: {Reader, Contributor, Verifier},
		Editor: {Reader, Contributor, Verifier, Editor}, Administrator: {Reader, Administrator},
	}
	for _, held := range Roles() {
		for _, asked := range Roles() {
			for area, covered := range map[string][]string{"": {"", "IR", "KE", "FR"}, "IR": {"", "IR"}, "africa": {"", "KE"}} {
				a := Actor{Holds: []Membership{{Organisation: 7, Role: held, Area: area}}}
				for _, country := range []string{"", "IR", "KE", "FR"} {
					want := slices.Contains(may[held], asked) && slices.Contains(covered, country)
					if a.Can(asked, country) != want || (a.Must(asked, country) == nil) != want {
						t.Errorf("%s for %q asked for %s in %q: %v", held, area, asked, country, !want)
					}
				}
			}
		}
	}
	if (Actor{}).Can(Reader, "") || (Actor{Holds: []Membership{{Role: "king"}}}).Can(Reader, "") {
		t.Error("nobody may")
	}
	two := Actor{Holds: []Membership{{Organisation: 9, Role: Verifier}, {Organisation: 2, Role: Editor, Area: "IR"}, {Organisation: 9, Role: Reader}}}
	if got := two.For(Verifier, "IR"); !slices.Equal(got, []int64{2, 9}) || !two.IsIn(9) || two.IsIn(3) {
		t.Errorf("works for %v", got)
	}
}

type world struct {
	*Service
	people  *account.Service
	changes []Change
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{}
	w.Service = New(d, func(_ context.Context, _ db.Tx, c Change) error { w.changes = append(w.changes, c); return nil }, nil)
	people, err := account.New(d, account.Options{Secret: []byte(strings.Repeat("s", 32)), Issuer: "keepiton", Accepted: w.Accepted})
	if err != nil {
		t.Fatal(err)
	}
	w.people = people
	return w
}

func (w *world) join(t *testing.T, name string, grants ...Grant) account.Person {
	t.Helper()
	ctx := context.Background()
	doc, err := Grants(grants)
	if err != nil {
		t.Fatal(err)
	}
	code, err := w.people.Invite(ctx, nil, "", doc)
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := w.people.Accept(ctx, account.Joining{Code: code, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestMembership gives and takes roles, and keeps the last administrator.
func TestMembership(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		office, err := w.Save(ctx, Organisation{Kind: "secretariat", Names: map[string]string{"en": "  The  Office "}})
		if err != nil {
			t.Fatal(err)
		}
		group, err := w.Save(ctx, Organisation{Kind: "member", Alias: "A group in Sudan", Names: map[string]string{"ar": "مجموعة", "fr": ""}, Countries: []string{"SD", "SD", "TD"}})
		if err != nil {
			t.Fatal(err)
		}
		keeper := w.join(t, "Keeper", Grant{office.Ref, Administrator, ""}, Grant{office.Ref, Editor, ""})
		amina := w.join(t, "Amina", Grant{group.Ref, Verifier, "SD"})
		if len(w.changes) != 3 || !w.changes[2].Given || w.changes[2].Area != "SD" {
			t.Errorf("recorded: %+v", w.changes)
		}
		actor := func(p account.Person) Actor {
			t.Helper()
			a, err := w.Actor(ctx, p)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		a, k := actor(amina), actor(keeper)
		if !a.Can(Verifier, "SD") || a.Can(Verifier, "TD") || !k.Can(Administrator, "") || !k.Can(Editor, "TD") {
			t.Errorf("%+v %+v", a, k)
		}
		for what, err := range map[string]error{
			"a verifier gives a role": w.Give(ctx, &a, amina, Grant{group.Ref, Editor, ""}),
			"a verifier takes a role": w.Take(ctx, &a, k.Holds[0].ID),
			"the last administrator":  w.Take(ctx, &k, k.Holds[0].ID),
			"a role nobody has":       w.Take(ctx, &k, 99),
			"a role nobody knows":     w.Give(ctx, &k, amina, Grant{group.Ref, "king", ""}),
			"an area nobody knows":    w.Give(ctx, &k, amina, Grant{group.Ref, Reader, "Atlantis"}),
			"a group nobody knows":    w.Give(ctx, &k, amina, Grant{"nowhere", Reader, ""}),
		} {
			if kind := fault.KindOf(err); err == nil || kind == fault.Internal {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := w.Give(ctx, &k, amina, Grant{group.Ref, Administrator, ""}); err != nil {
			t.Fatal(err)
		}
		if err := w.Give(ctx, &k, amina, Grant{group.Ref, Administrator, ""}); err != nil { // again: nothing happens
			t.Fatal(err)
		}
		if err := w.Take(ctx, &k, k.Holds[0].ID); err != nil {
			t.Errorf("with another administrator: %v", err)
		}
		if actor(keeper).Can(Administrator, "") || !actor(keeper).Can(Editor, "") {
			t.Error("the role that was taken stays")
		}
		if n := len(w.changes); n != 5 || w.changes[4].Given || w.changes[4].By != keeper.Ref {
			t.Errorf("recorded: %+v", w.changes)
		}
		members, err := w.Members(ctx, office)
		if err != nil || len(members) != 2 || members[0].Ended == nil {
			t.Errorf("%+v %v", members, err)
		}

		all, err := w.Organisations(ctx)
		if err != nil || len(all) != 2 || all[0].Name("en") != "The Office" || all[1].Public("en") != "A group in Sudan" || all[1].Name("fr") != "مجموعة" ||
			!slices.Equal(all[1].Countries, []string{"SD", "TD"}) {
			t.Errorf("%+v %v", all, err)
		}
		group.State, group.Countries = "left", nil
		if _, err := w.Save(ctx, group); err != nil {
			t.Fatal(err)
		}
		if a := actor(amina); len(a.Holds) != 0 {
			t.Errorf("an organisation that left still works here: %+v", a)
		}
	})
}

// TestOrganisationsAreChecked: what cannot be stored says which field to mend.
func TestOrganisationsAreChecked(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	long := strings.Repeat("n", maxText+1)
	for field, o := range map[string]Organisation{
		"kind": {Kind: "club", Names: map[string]string{"en": "x"}}, "name": {Kind: "member", Names: map[string]string{"en": " "}},
		"alias": {Kind: "member", Alias: long, Names: map[string]string{"en": "x"}}, "countries": {Kind: "member", Names: map[string]string{"en": "x"}, Countries: []string{"XX"}},
	} {
		_, err := w.Save(context.Background(), o)
		if f := fault.Fields(err); len(f) != 1 || f[0].Name != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// TestARoleThatCannotBeRecordedIsNotGiven: the ledger's word counts.
func TestARoleThatCannotBeRecordedIsNotGiven(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		o, err := w.Save(ctx, Organisation{Kind: "member", Names: map[string]string{"en": "x"}})
		if err != nil {
			t.Fatal(err)
		}
		p := w.join(t, "Amina")
		w.record = func(context.Context, db.Tx, Change) error { return errors.New("full") }
		if err := w.Give(ctx, nil, p, Grant{o.Ref, Reader, ""}); err == nil {
			t.Error("given without a record")
		}
		if a, err := w.Actor(ctx, p); err != nil || len(a.Holds) != 0 {
			t.Error(fmt.Sprint(a, err))
		}
	})
}
