package app

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"keepiton/internal/coalition"
	"keepiton/internal/evidence"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/verify"
)

// TestTakenBackForWhoLeft: when the organisation that filed an item left, an editor
// of the case finds the way to withdraw it, and readers are told of it no more.
func TestTakenBackForWhoLeft(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startPack(t, d)
		it := x.items[0]
		at := "/desk/evidence/" + it.Ref
		if a := x.crew.editor.get(at); strings.Contains(a.body, at+"/withdraw") && !x.crew.editor.actor().IsIn(it.Organisation) {
			t.Error("an editor takes back what others answer for")
		}
		all, err := x.office.Organisations(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range all {
			if o.ID == it.Organisation {
				o.State = "left"
				if _, err := x.office.Save(ctx, nil, o); err != nil {
					t.Fatal(err)
				}
			}
		}
		if !x.crew.editor.actor().Can(desk.Editor, it.Country) || x.crew.editor.actor().IsIn(it.Organisation) {
			t.Fatal("the editor of this test works for another organisation")
		}
		if a := x.crew.editor.get(at); !strings.Contains(a.body, at+"/withdraw") {
			t.Errorf("no way to withdraw it: %d", a.status)
		}
		now, err := x.work.items.Item(ctx, x.crew.editor.actor(), it.Ref)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x.work.items.WithdrawConsent(ctx, x.crew.second.actor(), it.Ref, now.Version, evidence.AnonymousPublic, "she is afraid"); err == nil {
			t.Error("somebody of another organisation who is no editor takes it back")
		}
		if _, err := x.work.items.WithdrawConsent(ctx, x.crew.editor.actor(), it.Ref, now.Version, evidence.AnonymousPublic, "she is afraid"); err != nil {
			t.Fatal(err)
		}
		x.settled()
		if a := x.nobody().get("/incidents/2026-0001"); strings.Contains(a.body, it.URL) {
			t.Error("what was taken back is named")
		}
	})
}

// TestAGradeTakesNoSignature: one contributor of another organisation does not keep a
// case from being published by grading its evidence after each signature.
func TestAGradeTakesNoSignature(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startDesk(t, d)
		c := x.crew()
		lead := c.author.file()
		c.author.prove(lead)
		ref := strings.TrimPrefix(lead, "/desk/leads/")
		veto := x.join("Veto", coalition.Grant{Organisation: x.home.Ref, Role: desk.Contributor})
		for _, v := range []*visitor{c.first, c.second} {
			if a := v.sign(lead); a.status != http.StatusSeeOther {
				t.Fatalf("not signed: %d", a.status)
			}
			items, err := x.work.items.Items(ctx, veto.actor(), ref)
			if err != nil {
				t.Fatal(err)
			}
			for _, it := range items {
				if _, err := x.work.items.Grade(ctx, veto.actor(), it.Ref, it.Version, "E", 5); err != nil {
					t.Fatal(err)
				}
			}
		}
		if a := c.editor.post(lead + "/publish"); a.status != http.StatusSeeOther {
			t.Errorf("not published: %d", a.status)
		}
		if now, err := x.work.cases.CaseOf(ctx, veto.actor(), ref); err != nil || now.State != verify.Public {
			t.Errorf("%+v %v", now, err)
		}
	})
}
