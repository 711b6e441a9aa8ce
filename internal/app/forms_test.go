package app

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keepiton/internal/coalition"
	"keepiton/internal/incident"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page/htmlcheck"
	"keepiton/internal/publish/logbook"
)

// TestMergedAndTakenApart: why two leads became one stands in the history of the one that
// goes on, and what somebody took apart is not suggested to belong together.
func TestMergedAndTakenApart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		c := x.crew()
		into, from := c.author.file(), c.author.file()
		if a := c.author.get(into); !strings.Contains(a.body, "This may belong together") {
			t.Fatal("two leads that say the same are not suggested")
		}
		if a := c.editor.post(from+"/merge", "into", strings.TrimPrefix(into, "/desk/leads/"), "reason", "filed twice by mistake"); a.status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if a := c.author.get(into); !strings.Contains(a.body, "filed twice by mistake") || strings.Contains(a.body, "This may belong together") {
			t.Error("the case does not say why it took the other in, or has it suggested still")
		}
		split := c.editor.post(into+"/split", "title", "Karaj alone", "reason", "two orders, two shutdowns")
		if split.status != http.StatusSeeOther {
			t.Fatalf("%d %s", split.status, split.body)
		}
		half, err := x.work.cases.ByID(context.Background(), c.editor.actor(), 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, lead := range []string{into, "/desk/leads/" + half.Ref} {
			if a := c.author.get(lead); a.status != http.StatusOK || strings.Contains(a.body, "This may belong together") {
				t.Errorf("%s: %d, the other half is suggested", lead, a.status)
			}
		}
		c.author.file()
		if a := c.author.get(into); !strings.Contains(a.body, "This may belong together") {
			t.Error("a third lead is not suggested any more")
		}
	})
}

// TestFormsSayWhatIsMeant: what is wrong with a form is said so that whoever filled it in
// knows what to do.
func TestFormsSayWhatIsMeant(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	c := x.crew()
	ghana := x.join("Gifty", coalition.Grant{Organisation: x.other.Ref, Role: desk.Contributor, Area: "GH"})
	lead := c.author.file()
	for what, a := range map[string]struct {
		got  answer
		says string
	}{
		"an embargo without a reason": {c.editor.post(lead+"/embargo", "until", "2030-01-01", "reason", ""), "a reason is needed"},
		"a number nobody has":         {c.editor.post("/desk/adopt", "incident", "9999-1"), "A number looks like 2026-0012"},
		"a country not theirs": {ghana.post("/desk/leads/new", "title", "Nairobi", "urgency", "1", "countries", "Kenya", "start", "2026-01-08", "start_kind", "actual", "end_state", "ongoing",
			"method", "shutdown", "network", "mobile", "extent", "full_network"), "Your role holds for Ghana. This is about Kenya."},
	} {
		if a.got.status < 400 || !strings.Contains(a.got.body, a.says) {
			t.Errorf("%s: %d, does not say %q:\n%s", what, a.got.status, a.says, plain(t, a.got.body))
		}
	}
	administrator := x.join("Ines", coalition.Grant{Organisation: x.home.Ref, Role: desk.Administrator})
	for who, v := range map[string]*visitor{"a reader": c.reader, "an administrator": administrator} {
		v.get("/desk").sound(t, who, htmlcheck.Not(`a[href="/desk/leads/new"]`))
	}
	c.author.get("/desk").sound(t, "a contributor", htmlcheck.Has(`a[href="/desk/leads/new"]`))
	if a := c.author.get("/ledger").body; strings.Contains(a, "<td><code") {
		t.Errorf("an entry of the ledger bears no words: %s", a)
	}
}

// TestWhatWasNotStoredInWords: the page shows what was written and what was chosen, as the
// form has it, and no question that was left alone.
func TestWhatWasNotStoredInWords(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	c := x.crew()
	if err := x.office.SetMode(context.Background(), nil, account.ReadOnly, true, "a test"); err != nil {
		t.Fatal(err)
	}
	form := url.Values{"_t": {c.author.formToken()}, "title": {"Kesh"}, "urgency": {"2"}, "countries": {"Iran"}, "method": {"shutdown"}, "event": {"It stopped in the evening."}, "end_state": {"not_asked"}, "start_kind": {"not_asked"}}
	for _, flag := range []string{"election", "violence", "hr_abuse", "users_notified", "legal", "gov_ack", "telco_ack"} {
		form.Set(flag, "not_asked")
	}
	form.Set("violence", "yes")
	a := c.author.ask(http.MethodPost, "/desk/leads/new", form)
	said := plain(t, a.body)
	for _, says := range []string{"Kesh", "It stopped in the evening.", "Was there violence? Yes", "What was done? Cut or blocked"} {
		if !strings.Contains(said, says) {
			t.Errorf("it does not say %q: %s", says, said)
		}
	}
	for _, not := range []string{"not_asked", "Around an election?", "shutdown"} {
		if strings.Contains(said, not) {
			t.Errorf("it says %q: %s", not, said)
		}
	}
}

// TestReadOnlyOffersNothingToWrite: while nothing can be stored no page leads to a form.
func TestReadOnlyOffersNothingToWrite(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	c := x.crew()
	lead := c.author.file()
	forms := []htmlcheck.Check{htmlcheck.Has(`a[href="` + lead + `/evidence/new"]`), htmlcheck.Has(`a[href="/desk/leads/new"]`)}
	none := []htmlcheck.Check{htmlcheck.Not(`a[href="` + lead + `/evidence/new"]`), htmlcheck.Not(`a[href="/desk/leads/new"]`)}
	c.author.get(lead).sound(t, "a case", forms...)
	c.author.get(lead+"/evidence").sound(t, "its evidence", forms...)
	if err := x.office.SetMode(context.Background(), nil, account.ReadOnly, true, "a test"); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{lead, lead + "/evidence", "/desk"} {
		c.author.get(at).sound(t, at+" in read-only mode", none...)
	}
}

// TestLedgerHasWords: every kind of entry that everybody can see is said in words, in each
// language.
func TestLedgerHasWords(t *testing.T) {
	texts, err := i18n.Load(logbook.Texts())
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{incident.ActPublished, incident.ActUpdated, incident.ActRetracted, incident.ActLapsed, incident.ActRecoded, incident.ActSheet, incident.ActRelease,
		incident.ActRenamed, incident.ActEdit, incident.ActDecision, incident.ActWithheld, incident.ActShown, ledger.KindBatch, ledger.KindForgotten, "release.cut",
		"account.suspended", "account.restored", "desk.published", "desk.published_urgently", "desk.retracted", "desk.lapsed"} {
		for _, lang := range []string{"en", "ar", "fr"} {
			if !texts.For(lang).Has("logbook.kind." + strings.ReplaceAll(kind, ".", "_")) {
				t.Errorf("%s: no words for %s", lang, kind)
			}
		}
	}
}
