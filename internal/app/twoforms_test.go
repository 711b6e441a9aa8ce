package app

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keepiton/internal/coalition"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/page/htmlcheck"
)

// listed are the lines of the differences that a page lists, without marks of directions.
func listed(t *testing.T, body string) string {
	t.Helper()
	p, err := htmlcheck.Parse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, tr := range p.All("tr") {
		var cells []string
		for n := range tr.Descendants() {
			if n.Data == "th" && htmlcheck.Attr(n, "scope") == "row" || n.Data == "td" {
				cells = append(cells, htmlcheck.Text(n))
			}
		}
		if len(cells) > 0 {
			lines = append(lines, strings.Join(cells, " | "))
		}
	}
	return strings.NewReplacer("\u2068", "", "\u2069", "").Replace(strings.Join(lines, "; "))
}

// changedForm is a form with other answers; an empty list answers nothing.
func changedForm(v *visitor, form url.Values, set url.Values) url.Values {
	out := url.Values{}
	for name, answers := range form {
		out[name] = answers
	}
	for name, answers := range set {
		out[name] = answers
	}
	out.Set("_t", v.formToken())
	return out
}

// TestTwoFormsMeet: two people fill in the form of a claim, or of all, at once. What the
// second one did not change follows what stands, what both changed is listed, and
// nothing is stored before they saw what will stand.
func TestTwoFormsMeet(t *testing.T) {
	one := func(name, answer string) url.Values { return url.Values{name: {answer}} }
	for name, tt := range map[string]struct {
		theirs, mine url.Values
		listed       string
		stands       string     // on the page that asks
		form         url.Values // of that page
		want         string     // what stands once it is stored: start, end, state of the end, services, cause
	}{
		"one corrects the start, the other states the end": {one("start", "2026-01-14"), url.Values{"end": {"2026-01-20"}, "end_state": {"ended"}}, "",
			"this will stand: Began on 14 January 2026 · Ended on 20 January 2026 · It ended", url.Values{"start": {"2026-01-14"}, "end": {"2026-01-20"}}, "2026-01-14 2026-01-20 ended"},
		"both correct the start": {url.Values{"start": {"2026-01-14"}, "start_kind": {"estimated"}}, one("start", "2026-01-15"), "Began on | Began on 15 January 2026 | Began on 14 January 2026",
			"this will stand: Began on 15 January 2026 · the beginning is estimated · It goes on", url.Values{"start": {"2026-01-15"}, "start_kind": {"estimated"}}, "2026-01-15  ongoing"},
		"one says that it ended, the other that nobody knows": {url.Values{"end": {"2026-01-20"}, "end_state": {"ended"}}, one("end_state", "unknown"),
			"Ended on | not stated | Ended on 20 January 2026; Did it end? | Nobody knows | It ended", "this will stand: Began on 13 January 2026 · Nobody knows", url.Values{"end": {""}, "end_state": {"unknown"}}, "2026-01-13  unknown"},
		"one says that nobody knows, the other when": {one("end_state", "unknown"), one("end", "2026-01-20"), "Did it end? | It ended | Nobody knows",
			"this will stand: Began on 13 January 2026 · Ended on 20 January 2026 · It ended", url.Values{"end": {"2026-01-20"}, "end_state": {"ended"}}, "2026-01-13 2026-01-20 ended"},
		"both say the same, one says more": {one("start", "2026-01-14"), url.Values{"start": {"2026-01-14"}, "last_active": {"2026-01-16"}}, "",
			"this will stand: Began on 14 January 2026", url.Values{"start": {"2026-01-14"}, "last_active": {"2026-01-16"}}, "2026-01-14  ongoing"},
	} {
		for _, asked := range []string{"/edit?claim=when", "/edit"} {
			t.Run(name+asked, func(t *testing.T) {
				dbtest.Each(t, func(t *testing.T, d *db.DB) {
					x := startDesk(t, d)
					me, other := x.join("Amina", coalition.Grant{Organisation: x.other.Ref, Role: desk.Contributor}), x.join("Farid", coalition.Grant{Organisation: x.home.Ref, Role: desk.Contributor})
					lead := me.fileIn("Iran", "start", "2026-01-13", "cause", "protests", "services", "WhatsApp, Telegram")
					at := lead + asked
					stands := func() string {
						c, err := x.work.cases.Get(context.Background(), me.actor(), strings.TrimPrefix(lead, "/desk/leads/"))
						if err != nil {
							t.Fatal(err)
						}
						return string(c.Facts.Period.Start) + " " + string(c.Facts.Period.End) + " " + c.Facts.Period.EndState + " " + c.Facts.Cause.Term
					}
					read := filledIn(t, me.get(at).body, asked)
					theirs := changedForm(other, filledIn(t, other.get(lead+"/edit").body, "/edit"), tt.theirs)
					theirs.Set("cause", "elections")
					theirs["groups"], theirs["whole_country"] = []string{"refugees_idps", "ethnic_minority"}, []string{"1"}
					if a := other.ask(http.MethodPost, lead+"/edit", theirs); a.status != http.StatusSeeOther {
						t.Fatalf("the first one is not stored: %d %s", a.status, a.body)
					}
					was := stands()
					a := me.ask(http.MethodPost, at, changedForm(me, read, tt.mine))
					a.sound(t, "the page that asks")
					if a.status != http.StatusConflict || stands() != was {
						t.Fatalf("%d, and %q became %q", a.status, was, stands())
					}
					if got := listed(t, a.body); got != tt.listed {
						t.Errorf("the page lists %q, not %q", got, tt.listed)
					}
					if got := plain(t, a.body); !strings.Contains(got, tt.stands) || strings.Contains(got, "look at what will stand") == (tt.listed != "") {
						t.Errorf("the page does not say %q:\n%s", tt.stands, got)
					}
					form := filledIn(t, a.body, asked)
					for field, answers := range tt.form {
						if form.Get(field) != answers[0] {
							t.Errorf("the form says %s: %q, not %q", field, form.Get(field), answers[0])
						}
					}
					if asked == "/edit" && (form.Get("cause") != "elections" || len(form["groups"]) != 2 || form.Get("whole_country") != "1" || !strings.Contains(plain(t, a.body), "this will stand: Elections")) {
						t.Errorf("of claims that were not touched the form says %q %q %q", form.Get("cause"), form["groups"], form["whole_country"])
					}
					form.Set("_t", me.formToken())
					if a := me.ask(http.MethodPost, at, form); a.status != http.StatusSeeOther || stands() != tt.want+" elections" {
						t.Errorf("asked and stored again: %d, and %q stands, not %q", a.status, stands(), tt.want)
					}
				})
			})
		}
	}
}

// TestMistakeDoesNotHideTheOther: a form that comes back to be mended is still one of the
// value it was made from; and a form in which nothing was changed undoes nothing.
func TestMistakeDoesNotHideTheOther(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		c := x.crew()
		lead := c.author.fileIn("Iran", "start", "2026-01-13")
		read := filledIn(t, c.author.get(lead+"/edit").body, "/edit")
		start := func() string {
			whole, err := x.work.cases.Get(context.Background(), c.author.actor(), strings.TrimPrefix(lead, "/desk/leads/"))
			if err != nil {
				t.Fatal(err)
			}
			return string(whole.Facts.Period.Start)
		}
		if a := c.editor.ask(http.MethodPost, lead+"/edit", changedForm(c.editor, read, url.Values{"start": {"2026-01-14"}})); a.status != http.StatusSeeOther {
			t.Fatal(a.status)
		}
		if a := c.author.ask(http.MethodPost, lead+"/edit", changedForm(c.author, read, nil)); a.status != http.StatusSeeOther || !strings.Contains(a.location, lead) || start() != "2026-01-14" {
			t.Errorf("nothing was changed: %d, and it began on %s", a.status, start())
		}
		a := c.author.ask(http.MethodPost, lead+"/edit", changedForm(c.author, read, url.Values{"end": {"soon"}, "end_state": {"ended"}}))
		if a.status != http.StatusUnprocessableEntity {
			t.Fatalf("a mistake: %d", a.status)
		}
		mended := changedForm(c.author, filledIn(t, a.body, "/edit"), url.Values{"end": {"2026-01-20"}})
		if a := c.author.ask(http.MethodPost, lead+"/edit", mended); a.status != http.StatusConflict || filledIn(t, a.body, "/edit").Get("start") != "2026-01-14" || start() != "2026-01-14" {
			t.Errorf("mended, it is stored unseen: %d, and it began on %s", a.status, start())
		}
		early := changedForm(c.author, read, url.Values{"end": {"2026-01-13"}, "end_state": {"ended"}})
		if a := c.author.ask(http.MethodPost, lead+"/edit", early); a.status != http.StatusConflict || !strings.Contains(plain(t, a.body), "before") {
			t.Errorf("what does not go together with what stands: %d", a.status)
		}
		if a := c.reader.ask(http.MethodPost, lead+"/edit", changedForm(c.reader, read, url.Values{"start": {"2026-01-15"}})); a.status != http.StatusForbidden {
			t.Errorf("somebody who may only read: %d", a.status)
		}
	})
}
