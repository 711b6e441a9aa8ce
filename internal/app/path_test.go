package app

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"keepiton/internal/coalition"
	"keepiton/internal/evidence"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// crew is who takes a lead to publication.
type crew struct{ author, first, second, editor, reader *visitor }

func (x *deskSite) crew() crew {
	hold := func(o coalition.Organisation, r desk.Role) coalition.Grant {
		return coalition.Grant{Organisation: o.Ref, Role: r}
	}
	return crew{
		author: x.join("Amina", hold(x.other, desk.Contributor)), first: x.join("Boris", hold(x.other, desk.Verifier)),
		second: x.join("Chen", hold(x.home, desk.Verifier)), editor: x.join("Dana", hold(x.home, desk.Editor)), reader: x.join("Elif", hold(x.other, desk.Reader)),
	}
}

func (v *visitor) actor() desk.Actor {
	v.x.t.Helper()
	a, err := v.x.office.Actor(context.Background(), v.p)
	if err != nil {
		v.x.t.Fatal(err)
	}
	return a
}

// file files a lead by its form and gives its path.
func (v *visitor) file(more ...string) string {
	v.x.t.Helper()
	a := v.post("/desk/leads/new", append(more, []string{"title", "Tehran and Karaj, mobile internet", "urgency", "1", "countries", "Iran", "area", "Tehran, Karaj", "geo_scope", "multi_city",
		"start", "2026-01-08", "start_kind", "actual", "end", "", "end_state", "ongoing", "method", "shutdown", "network", "mobile", "extent", "full_network",
		"services", "WhatsApp, Telegram", "cause", "protests", "event", "Mobile data stopped in the evening."}...)...)
	if a.status != http.StatusSeeOther {
		v.x.t.Fatalf("a lead is not filed: %d\n%s", a.status, a.body)
	}
	to, _ := url.Parse(a.location)
	return to.Path
}

// prove adds a measurement and an account to a case and puts both to a claim.
func (v *visitor) prove(lead string) {
	v.x.t.Helper()
	ctx := context.Background()
	ref := strings.TrimPrefix(lead, "/desk/leads/")
	yes := evidence.Consent{Internal: evidence.Yes, Partners: evidence.Yes, Anonymous: evidence.Yes, Named: evidence.No, Court: evidence.NotAsked}
	form := []string{"claim", "when"}
	for _, f := range []evidence.Draft{
		{Kind: "measurement", Class: "T", Source: "A", Information: 2, Title: "Traffic of two networks fell to 4 %", URL: "https://measure.example/iran", Audience: evidence.Open, Precision: "region", Consent: yes},
		{Kind: "account", Class: "H", Source: "B", Information: 2, Title: "Somebody in Karaj, by telephone", Says: "Nothing since the evening", Audience: evidence.Confidential, Precision: "region", Consent: yes},
	} {
		it, err := v.x.work.items.Add(ctx, v.actor(), ref, evidence.Filing{Draft: f, Provenance: evidence.Provenance{Own: true}})
		if err != nil {
			v.x.t.Fatal(err)
		}
		form = append(form, "side_"+itoa(it.ID), "for")
	}
	if a := v.post(lead+"/attach", form...); a.status != http.StatusSeeOther {
		v.x.t.Fatalf("evidence is not attached: %d\n%s", a.status, a.body)
	}
}

var revisionField = regexp.MustCompile(`name="revision" value="(\d+)"`)

// sign goes to the page for signing and signs.
func (v *visitor) sign(lead string) answer {
	v.x.t.Helper()
	page := v.get(lead + "/sign")
	m := revisionField.FindStringSubmatch(page.body)
	if m == nil {
		return page
	}
	return v.post(lead+"/sign", "revision", m[1], "looked", "yes", "independent", "yes", "agree", "yes", "other_causes", "unknown", "against", "yes", "once", "yes", "safe", "yes", "note", "no other cause is known")
}

// TestPathToPublication takes a lead from filing to the public page by the forms
// alone, without a script, as four people do.
func TestPathToPublication(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		c := x.crew()
		lead := c.author.file()
		if a := c.editor.post(lead+"/publish", "reason", ""); a.status != http.StatusConflict || !strings.Contains(a.body, "Two people of two organisations") {
			t.Errorf("published unsigned: %d", a.status)
		}
		c.author.prove(lead)
		page := c.reader.get(lead)
		for _, text := range []string{"Tehran, Karaj", "Began on 8 January 2026", "Corroborated", "Traffic of two networks fell to 4 %", "First-hand account", "WhatsApp, Telegram", "Ready to be signed"} {
			if !strings.Contains(page.body, text) {
				t.Errorf("the case does not say %q", text)
			}
		}
		if a := c.author.sign(lead); a.status != http.StatusForbidden {
			t.Errorf("the author signs: %d", a.status)
		}
		for _, v := range []*visitor{c.first, c.second} {
			if a := v.sign(lead); a.status != http.StatusSeeOther {
				t.Fatalf("not signed: %d\n%s", a.status, a.body)
			}
		}
		if a := c.editor.post(lead + "/publish"); a.status != http.StatusSeeOther {
			t.Fatalf("not published: %d\n%s", a.status, a.body)
		}
		public := x.nobody().get("/incidents/2026-0001")
		if public.status != http.StatusOK || !strings.Contains(public.body, "measure.example/iran") {
			t.Errorf("the public page: %d", public.status)
		}
		for _, secret := range []string{"Karaj, by telephone", "Nothing since the evening", "Amina", "no other cause is known"} {
			if strings.Contains(public.body, secret) {
				t.Errorf("the public page says %q", secret)
			}
		}
	})
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// TestUrgentPublication: the public page of an urgent publication says so, and
// one that was taken back says that and why.
func TestUrgentPublication(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	c := x.crew()
	lead := c.author.file()
	if a := c.editor.post(lead+"/publish-urgently", "urgent_reason", "too short"); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "too short") {
		t.Errorf("without a reason: %d, or what was written is lost", a.status)
	}
	if a := c.editor.post(lead+"/publish-urgently", "urgent_reason", "people are being arrested tonight"); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if a := x.nobody().get("/incidents/2026-0001"); a.status != http.StatusOK || !strings.Contains(a.body, "Published urgently, before a second organisation signed.") {
		t.Errorf("the public page has no banner: %d", a.status)
	}
	if a := x.nobody().get("/api/v1/incidents/2026-0001"); !strings.Contains(a.body, "unconfirmed_until") {
		t.Errorf("the API does not say so: %d %.200s", a.status, a.body)
	}
	if a := c.editor.post(lead+"/retract", "reason", "the street names a person"); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.body)
	}
	x.settled() // the pages hear of it
	if a := x.nobody().get("/incidents/2026-0001"); a.status != http.StatusGone || !strings.Contains(a.body, "the street names a person") || strings.Contains(a.body, "Karaj") {
		t.Errorf("taken back: %d %s", a.status, a.body)
	}
}

// TestWhatWasWrittenIsKept: a form that is sent after its session ended is not
// stored, and shows what was written so that it can be copied.
func TestWhatWasWrittenIsKept(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	v := x.crew().author
	form := url.Values{"_t": {v.formToken()}, "title": {"short"}, "event": {"Mobile data stopped in the evening, and <b>nobody</b> said why."}, "passphrase": {"a passphrase of many letters"}}
	if err := x.office.Accounts.EndAll(context.Background(), v.p); err != nil {
		t.Fatal(err)
	}
	a := v.ask(http.MethodPost, "/desk/leads/new", form)
	if a.status != http.StatusForbidden || !strings.Contains(a.body, "and &lt;b&gt;nobody&lt;/b&gt; said why.") || strings.Contains(a.body, "a passphrase of many") || !strings.Contains(a.body, "/account/enter") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := x.nobody().ask(http.MethodPost, "/desk/leads/new", url.Values{"title": {"short"}}); a.status != http.StatusForbidden || !strings.Contains(a.body, ">short</textarea>") {
		t.Errorf("%d %s", a.status, a.body)
	}
}
