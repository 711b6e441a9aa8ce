package app

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"keepiton/internal/coalition"
	"keepiton/internal/evidence"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page/htmlcheck"
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

// signs signs a case as it stands, with a Yes to every question, past the page for it.
func (x *deskSite) signs(v *visitor, ref string) error {
	whole, err := x.work.cases.Get(x.t.Context(), v.actor(), ref)
	if err != nil {
		return err
	}
	var answers []verify.Answer
	for _, q := range verify.Questions() {
		answers = append(answers, verify.Answer{Key: q.Key, Says: "yes"})
	}
	return x.work.cases.Sign(x.t.Context(), v.actor(), ref, whole.Revision, 0, answers, "no other cause is known")
}

// TestSignsAgain: whose signature fell away, because their organisation had left or they were
// suspended, or who took it back, can sign the same again when they are back; nobody signs
// twice.
func TestSignsAgain(t *testing.T) {
	for name, gone := range map[string]func(x *deskSite, c crew, lead string) error{
		"the organisation was away": func(x *deskSite, _ crew, _ string) error {
			o := x.other
			o.State = "left"
			_, err := x.office.Save(context.Background(), nil, o)
			if o.State = "active"; err == nil {
				_, err = x.office.Save(context.Background(), nil, o)
			}
			return err
		},
		"suspended": func(x *deskSite, c crew, _ string) error {
			return errors.Join(x.office.Suspend(context.Background(), nil, c.first.p.Ref, "a test"), x.office.Restore(context.Background(), nil, c.first.p.Ref, "a test"))
		},
		"taken back": func(x *deskSite, c crew, lead string) error {
			return x.work.cases.Unsign(context.Background(), c.first.actor(), lead, c.first.p.ID, "I looked at the wrong case")
		},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				x := startDesk(t, d)
				c := x.crew()
				lead := c.author.file()
				c.author.prove(lead)
				ref := strings.TrimPrefix(lead, "/desk/leads/")
				signs := func(v *visitor) error { return x.signs(v, ref) }
				if err := signs(c.first); err != nil {
					t.Fatal(err)
				}
				if err := signs(c.first); fault.KindOf(err) != fault.Conflict {
					t.Errorf("signing twice: %v", err)
				}
				if err := gone(x, c, ref); err != nil {
					t.Fatal(err)
				}
				for _, v := range []*visitor{c.first, c.second} {
					if err := signs(v); err != nil {
						t.Fatalf("%s: %v", v.p.Name, err)
					}
				}
				if err := signs(c.first); fault.KindOf(err) != fault.Conflict {
					t.Errorf("signing twice: %v", err)
				}
				if a := c.editor.post(lead+"/publish", "kind", "update"); a.status != http.StatusSeeOther {
					t.Errorf("publishing: %d %s", a.status, plain(t, a.body))
				}
				if n := len(x.publicly(t, "2026-0001").Signed); n != 2 {
					t.Errorf("%d signatures are told of", n)
				}
				if problems := x.doctor(); problems != "" {
					t.Errorf("doctor: %s", problems)
				}
			})
		})
	}
}

// TestFallenIsNotTold: who signed with an account that was suspended before anything was
// public is named to no reader; the case says that the signature counts no more.
func TestFallenIsNotTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		c := x.crew()
		third := x.organisation(coalition.Member, "A third group")
		more := x.join("Thirdy", coalition.Grant{Organisation: third.Ref, Role: desk.Verifier})
		lead := c.author.file()
		c.author.prove(lead)
		ref := strings.TrimPrefix(lead, "/desk/leads/")
		if err := errors.Join(x.signs(more, ref), x.signs(c.first, ref), x.office.Suspend(t.Context(), nil, more.p.Ref, "stolen")); err != nil {
			t.Fatal(err)
		}
		c.editor.get(lead).sound(t, "the case", htmlcheck.HasText("main", "These count no more"))
		if a := c.editor.post(lead+"/publish", "kind", "update"); a.status == http.StatusSeeOther {
			t.Error("published with one that fell away")
		}
		if err := x.signs(c.second, ref); err != nil {
			t.Fatal(err)
		}
		if a := c.editor.post(lead+"/publish", "kind", "update"); a.status != http.StatusSeeOther {
			t.Fatalf("publishing: %d %s", a.status, plain(t, a.body))
		}
		x.settled()
		for _, at := range []string{"/incidents/2026-0001", "/api/v1/incidents/2026-0001"} {
			if a := x.nobody().get(at); strings.Contains(a.body, "A third group") {
				t.Errorf("%s tells of a signature that fell away", at)
			}
		}
		c.editor.get(lead).sound(t, "the case, public", htmlcheck.HasText("main", "does not count among those who signed any more"))
		if problems := x.doctor(); problems != "" {
			t.Errorf("doctor: %s", problems)
		}
	})
}

// TestWhatIsPublicIsSignedOnce: whose signature fell away after it was published stays
// told of, does not sign the same again, and is told why.
func TestWhatIsPublicIsSignedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		c := x.crew()
		lead := c.author.file()
		c.author.prove(lead)
		ref := strings.TrimPrefix(lead, "/desk/leads/")
		if err := errors.Join(x.signs(c.first, ref), x.signs(c.second, ref)); err != nil {
			t.Fatal(err)
		}
		if a := c.editor.post(lead+"/publish", "kind", "update"); a.status != http.StatusSeeOther {
			t.Fatalf("publishing: %d %s", a.status, plain(t, a.body))
		}
		if err := errors.Join(x.office.Suspend(t.Context(), nil, c.first.p.Ref, "a test"), x.office.Restore(t.Context(), nil, c.first.p.Ref, "a test")); err != nil {
			t.Fatal(err)
		}
		if err := x.signs(c.first, ref); fault.KindOf(err) != fault.Conflict {
			t.Errorf("signing again: %v", err)
		}
		if n := len(x.publicly(t, "2026-0001").Signed); n != 2 {
			t.Errorf("%d signatures are told of", n)
		}
		if problems := x.doctor(); problems != "" {
			t.Errorf("doctor: %s", problems)
		}
	})
}
