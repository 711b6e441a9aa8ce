package app

import (
	"context"
	"strings"
	"testing"

	"keepiton/internal/evidence"
	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/publish"
	"keepiton/internal/verify"
)

// TestReasonOfWhatIsGone: of an incident that was taken back no word of an earlier step
// is told anywhere, and the reason it was taken back for stays the one that was given.
func TestReasonOfWhatIsGone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		c := x.crew()
		const words, reason = "CANARYNAME of Nairobi", "it never happened"
		rows := func(class string) incident.Account {
			first := goesOn("2024", "2024")
			first["info_source"], first["info_source_link"] = class, secretSource
			return x.importRows("sheet "+class+" 2026-02-01.csv", incident.ImportOptions{}, first, goesOn("2024", "2025"), rowLike())
		}
		ref := rows("News media").Rows[0].Ref
		lead := x.correctedBecause(c, ref, words+" told us when it ended", func(f *incident.Facts) { f.Period.End, f.Period.EndState = "2024-12-05", "ended" })
		if at := x.wherever(t, ref, words); len(at) < 3 {
			t.Fatalf("the reason is told at %v only", at)
		}
		if err := x.work.cases.Retract(context.Background(), c.editor.actor(), lead, reason); err != nil {
			t.Fatal(err)
		}
		if at := x.wherever(t, ref, words); len(at) > 0 {
			t.Errorf("taken back, and told at %v", at)
		}
		for _, p := range []string{"/ar/corrections", "/fr/corrections", "/lite/corrections", "/lite/", "/ar/"} {
			if strings.Contains(x.nobody().get(p).body, words) {
				t.Errorf("taken back, and told at %s", p)
			}
		}
		says := func(when string) {
			t.Helper()
			x.settled()
			if a := x.nobody().get("/incidents/" + ref); a.status != 410 || !strings.Contains(a.body, reason) {
				t.Errorf("%s, the page does not say why it was taken back: %d", when, a.status)
			}
		}
		says("taken back")
		rows("Confidential")
		says("a sheet calls its source confidential")
	})
}

// TestKeptIsToldNobody: what only the organisation that filed it may read is told no
// reader, counts for nothing in public as it does at the desk, and is taken out at once
// when that is what the source wants from now on.
func TestKeptIsToldNobody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startDesk(t, d)
		c := x.crew()
		lead := c.author.file()
		ref := strings.TrimPrefix(lead, "/desk/leads/")
		c.author.prove(lead)
		add := func(title string, class evidence.Class, partners evidence.Answer) evidence.Item {
			it, err := x.work.items.Add(ctx, c.author.actor(), ref, evidence.Filing{Draft: evidence.Draft{Kind: "order", Class: class, Title: title, Says: title + " says", Audience: evidence.Open,
				Consent: evidence.Consent{Internal: evidence.Yes, Partners: partners}}, Provenance: evidence.Provenance{Own: true}})
			if err != nil {
				t.Fatal(err)
			}
			if err := x.work.cases.Attach(ctx, c.author.actor(), ref, verify.Why, verify.Saying{Item: it.ID, Now: verify.For}); err != nil {
				t.Fatal(err)
			}
			return it
		}
		news, _ := add("ANOPENLETTER", "N", evidence.Yes), add("KEPTLETTER", "O", evidence.No)
		if a := c.second.get(lead + "/sign"); strings.Contains(a.body, "KEPTLETTER") {
			t.Error("the page for signing tells a partner what is kept from them")
		}
		for _, v := range []*visitor{c.first, c.second} {
			if a := v.sign(lead); a.status != 303 {
				t.Fatalf("not signed: %d", a.status)
			}
		}
		if a := c.editor.post(lead + "/publish"); a.status != 303 {
			t.Fatal(a.status, a.body)
		}
		if at := x.wherever(t, "2026-0001", "KEPTLETTER"); len(at) > 0 {
			t.Errorf("what is kept stands at %v", at)
		}
		if at := x.wherever(t, "2026-0001", "ANOPENLETTER"); len(at) == 0 {
			t.Error("the other letter is not told: nothing was tried")
		}
		rung := func() string {
			for _, claim := range x.publicly(t, "2026-0001").Claims {
				if claim.Claim == string(verify.Why) {
					return claim.Rung
				}
			}
			return "no claim"
		}
		if got := rung(); got != verify.Reported {
			t.Errorf("readers are told that why is %q, and the desk knows it is reported", got)
		}
		if _, err := x.work.items.WithdrawConsent(ctx, c.author.actor(), news.Ref, news.Version, evidence.Partners, "she is afraid"); err != nil {
			t.Fatal(err)
		}
		if at := x.wherever(t, "2026-0001", "ANOPENLETTER"); len(at) > 0 {
			t.Errorf("kept from now on, and told at %v", at)
		}
		if got := rung(); got == verify.Reported {
			t.Errorf("why is %q still", got)
		}
	})
}

// publicly is what the page of an incident says of its verification.
func (x *deskSite) publicly(t *testing.T, ref string) publish.Verified {
	t.Helper()
	texts, err := catalogue()
	if err != nil {
		t.Fatal(err)
	}
	v, found, err := verification{x.d.Reader(), x.record, x.work, x.office.Service, texts}.Verification(t.Context(), ref, "en")
	if err != nil || !found {
		t.Fatal(found, err)
	}
	return v
}
