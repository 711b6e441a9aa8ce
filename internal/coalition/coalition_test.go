package coalition

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
)

// TestAreas: a role for a region holds in each of its countries, and nowhere else.
func TestAreas(t *testing.T) {
	for area, covered := range map[string][]string{"": {"", "IR", "KE", "FR"}, "IR": {"", "IR"}, "africa": {"", "KE"}} {
		a := actorOf(account.Person{ID: 4, Ref: "r", Name: "Amina", Lang: "fr"}, []Membership{{Organisation: 7, Role: desk.Verifier, Area: area}})
		for _, country := range []string{"", "IR", "KE", "FR"} {
			if want := slices.Contains(covered, country); a.Can(desk.Contributor, country) != want {
				t.Errorf("a role for %q asked in %q: %v", area, country, !want)
			}
		}
		if a.Person != 4 || a.Ref != "r" || a.Name != "Amina" || a.Lang != "fr" {
			t.Errorf("%+v", a)
		}
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
	w.Service = New(d, Recorder{Role: func(_ context.Context, _ db.Tx, c Change) error { w.changes = append(w.changes, c); return nil }}, nil)
	people, err := account.New(d, account.Options{Secret: []byte(strings.Repeat("s", 32)), Issuer: "keepiton", Accepted: w.Accepted})
	if err != nil {
		t.Fatal(err)
	}
	w.people = people
	return w
}

func (w *world) join(t *testing.T, name string, list ...Grant) account.Person {
	t.Helper()
	ctx := context.Background()
	doc, err := grants(list)
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
		office, err := w.Save(ctx, nil, Organisation{Kind: "secretariat", Names: map[string]string{"en": "  The  Office "}})
		if err != nil {
			t.Fatal(err)
		}
		group, err := w.Save(ctx, nil, Organisation{Kind: "member", Alias: "A group in Sudan", Names: map[string]string{"ar": "مجموعة", "fr": ""}, Countries: []string{"SD", "SD", "TD"}})
		if err != nil {
			t.Fatal(err)
		}
		keeper := w.join(t, "Keeper", Grant{office.Ref, desk.Administrator, ""}, Grant{office.Ref, desk.Editor, ""})
		amina := w.join(t, "Amina", Grant{group.Ref, desk.Verifier, "SD"})
		if len(w.changes) != 3 || !w.changes[2].Given || w.changes[2].Area != "SD" {
			t.Errorf("recorded: %+v", w.changes)
		}
		actor := func(p account.Person) desk.Actor {
			t.Helper()
			a, err := w.Actor(ctx, p)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		a, k := actor(amina), actor(keeper)
		held, err := w.Members(ctx, office)
		if err != nil {
			t.Fatal(err)
		}
		if !a.Can(desk.Verifier, "SD") || a.Can(desk.Verifier, "TD") || !k.Can(desk.Administrator, "") || !k.Can(desk.Editor, "TD") {
			t.Errorf("%+v %+v", a, k)
		}
		for what, err := range map[string]error{
			"a verifier gives a role": w.Give(ctx, &a, amina, Grant{group.Ref, desk.Editor, ""}),
			"a verifier takes a role": w.Take(ctx, &a, held[0].ID),
			"the last administrator":  w.Take(ctx, &k, held[0].ID),
			"a role for themselves":   w.Give(ctx, &k, keeper, Grant{group.Ref, desk.Verifier, ""}),
			"a role nobody has":       w.Take(ctx, &k, 99),
			"a role nobody knows":     w.Give(ctx, &k, amina, Grant{group.Ref, "king", ""}),
			"an area nobody knows":    w.Give(ctx, &k, amina, Grant{group.Ref, desk.Reader, "Atlantis"}),
			"a group nobody knows":    w.Give(ctx, &k, amina, Grant{"nowhere", desk.Reader, ""}),
		} {
			if kind := fault.KindOf(err); err == nil || kind == fault.Internal {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := w.Give(ctx, &k, amina, Grant{office.Ref, desk.Administrator, ""}); err != nil {
			t.Fatal(err)
		}
		if err := w.Give(ctx, &k, amina, Grant{office.Ref, desk.Administrator, ""}); err != nil { // again: nothing happens
			t.Fatal(err)
		}
		if err := w.Take(ctx, &k, held[0].ID); err != nil {
			t.Errorf("with another administrator: %v", err)
		}
		if actor(keeper).Can(desk.Administrator, "") || !actor(keeper).Can(desk.Editor, "") {
			t.Error("the role that was taken stays")
		}
		if n := len(w.changes); n != 5 || w.changes[4].Given || w.changes[4].By != keeper.Ref {
			t.Errorf("recorded: %+v", w.changes)
		}
		members, err := w.Members(ctx, office)
		if err != nil || len(members) != 3 || members[0].Ended == nil {
			t.Errorf("%+v %v", members, err)
		}

		all, err := w.Organisations(ctx)
		if err != nil || len(all) != 2 || all[0].Name("en") != "The Office" || all[1].Public(words(t)) != "A group in Sudan" || all[1].Name("fr") != "مجموعة" ||
			!slices.Equal(all[1].Countries, []string{"SD", "TD"}) {
			t.Errorf("%+v %v", all, err)
		}
		group.State, group.Countries = "left", nil
		if _, err := w.Save(ctx, nil, group); err != nil {
			t.Fatal(err)
		}
		if a := actor(amina); len(a.Holds) != 1 || a.Holds[0].Organisation != office.ID {
			t.Errorf("an organisation that left still works here: %+v", a)
		}
	})
}

// TestOrganisationsAreChecked: what cannot be stored says which field to mend.
func TestOrganisationsAreChecked(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	long := strings.Repeat("n", maxText+1)
	for field, o := range map[string]Organisation{
		"kind": {Kind: "club", Names: map[string]string{"en": "x"}}, "name_en": {Kind: "member", Names: map[string]string{"en": " "}},
		"alias": {Kind: "member", Alias: long, Names: map[string]string{"en": "x"}}, "countries": {Kind: "member", Names: map[string]string{"en": "x"}, Countries: []string{"XX"}},
	} {
		_, err := w.Save(context.Background(), nil, o)
		if f := fault.Fields(err); len(f) != 1 || f[0].Name != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func words(t *testing.T) *i18n.Texts {
	t.Helper()
	c, err := i18n.Load(page.Texts(), account.Texts(), desk.Texts(), Texts())
	if err != nil {
		t.Fatal(err)
	}
	return c.For("en")
}

// TestPublicNames: an organisation hides itself when it likes, but a name that
// readers did not know it by is a chief's to give, and nobody gets another's.
func TestPublicNames(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		home, group := w.made(t, Secretariat, "The Office"), w.made(t, Member, "Lake Watch")
		actor := func(p account.Person) *desk.Actor {
			a, err := w.Actor(ctx, p)
			if err != nil {
				t.Fatal(err)
			}
			return &a
		}
		chief := actor(w.join(t, "Chief", Grant{home.Ref, desk.Administrator, ""}))
		local := actor(w.join(t, "Local", Grant{group.Ref, desk.Administrator, ""}))
		called := func() string {
			t.Helper()
			names, err := w.PublicNames(ctx, words(t))
			if err != nil {
				t.Fatal(err)
			}
			return names[group.ID]
		}
		if called() != "An organisation of the coalition" {
			t.Errorf("one that is not listed is public as %q", called())
		}
		for _, c := range []struct {
			what   string
			by     *desk.Actor
			change func(*Organisation)
			field  string // that has to be mended
			public string
		}{
			{"its own people list it", local, func(o *Organisation) { o.Listed = true }, "listed", "An organisation of the coalition"},
			{"its own people give it an alias", local, func(o *Organisation) { o.Alias = "Amnesty" }, "alias", "An organisation of the coalition"},
			{"its own people write their name better", local, func(o *Organisation) { o.Names["fr"] = "Vigie du lac" }, "", "An organisation of the coalition"},
			{"a chief lists it", chief, func(o *Organisation) { o.Listed = true }, "", "Lake Watch"},
			{"its own people rename it", local, func(o *Organisation) { o.Names["en"] = "Amnesty" }, "name_en", "Lake Watch"},
			{"its own people rename it in French", local, func(o *Organisation) { o.Names["fr"] = "Amnesty" }, "name_fr", "Lake Watch"},
			{"a chief gives it an alias", chief, func(o *Organisation) { o.Alias = "A group at the lake" }, "", "A group at the lake"},
			{"its own people show the name", local, func(o *Organisation) { o.Alias = "" }, "alias", "A group at the lake"},
			{"a chief shows the name", chief, func(o *Organisation) { o.Alias = "" }, "", "Lake Watch"},
			{"a chief gives it another's name", chief, func(o *Organisation) { o.Names["en"] = "THE  0ffice" }, "name_en", "Lake Watch"},
			{"a chief gives it another's name for an alias", chief, func(o *Organisation) { o.Alias = "The-Office" }, "alias", "Lake Watch"},
			{"its own people hide", local, func(o *Organisation) { o.Listed = false }, "", "An organisation of the coalition"},
		} {
			o, err := w.ByRef(ctx, group.Ref)
			if err != nil {
				t.Fatal(err)
			}
			c.change(&o)
			_, err = w.Save(ctx, c.by, o)
			var field string
			if f := fault.Fields(err); len(f) > 0 {
				field = f[0].Name
			}
			if field != c.field || c.field == "" && err != nil || called() != c.public {
				t.Errorf("%s: %v %+v, it is public as %q", c.what, err, fault.Fields(err), called())
			}
		}
	})
}

// TestARoleThatCannotBeRecordedIsNotGiven: the ledger's word counts.
func TestARoleThatCannotBeRecordedIsNotGiven(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		o, err := w.Save(ctx, nil, Organisation{Kind: "member", Names: map[string]string{"en": "x"}})
		if err != nil {
			t.Fatal(err)
		}
		p := w.join(t, "Amina")
		w.record.Role = func(context.Context, db.Tx, Change) error { return errors.New("full") }
		if err := w.Give(ctx, nil, p, Grant{o.Ref, desk.Reader, ""}); err == nil {
			t.Error("given without a record")
		}
		if a, err := w.Actor(ctx, p); err != nil || len(a.Holds) != 0 {
			t.Error(fmt.Sprint(a, err))
		}
	})
}

func TestCatalogueIsComplete(t *testing.T) {
	c, err := i18n.Load(page.Texts(), account.Texts(), desk.Texts(), Texts())
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range i18n.Check(c) {
		t.Error(problem)
	}
}
