package app

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"keepiton/internal/mechanism/account"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/page/htmlcheck"
)

// fieldsIn are the hidden fields of the first form of a page that posts to an address.
func (a answer) fieldsIn(t testing.TB, action string) url.Values {
	t.Helper()
	_, form, ok := strings.Cut(a.body, `action="`+action+`"`)
	if !ok {
		t.Fatalf("no form for %s in %s", action, a.body)
	}
	form, _, _ = strings.Cut(form, "</form>")
	out := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(form, -1) {
		out.Add(m[1], m[2])
	}
	return out
}

// TestWhatWasWrittenGoesOn: a form that was sent at the wrong moment shows all that
// was written, and is sent again from there: after logging in, after the emergency.
func TestWhatWasWrittenGoesOn(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	ctx := context.Background()
	v := x.crew().author
	lead := v.file()
	form := url.Values{"_t": {v.formToken()}, "body": {"The whole valley, since noon"}}
	say := lead + "/say"
	said := func() bool { return strings.Contains(v.get(lead).body, "The whole valley, since noon") }

	t.Run("another session", func(t *testing.T) {
		stale := url.Values{"_t": {"of another session"}, "body": form["body"]}
		a := v.ask(http.MethodPost, say, stale)
		a.sound(t, "stale", htmlcheck.HasText("textarea", "The whole valley, since noon"), htmlcheck.HasText("main", "opened in another session"), htmlcheck.Has(`a[href="`+lead+`"]`))
		if a.status != http.StatusForbidden || said() {
			t.Fatalf("%d, or it was stored", a.status)
		}
		if a := v.ask(http.MethodPost, say, a.fieldsIn(t, say)); a.status != http.StatusSeeOther || !said() {
			t.Errorf("sent again: %d %s", a.status, a.body)
		}
	})
	for _, mode := range []string{account.ReadOnly, account.Closed} {
		t.Run(mode, func(t *testing.T) {
			set := func(on bool) {
				if err := x.office.SetMode(ctx, nil, mode, on, "a test"); err != nil {
					t.Fatal(err)
				}
			}
			set(true)
			a := v.post(lead+"/rename", "title", "Kesh")
			a.sound(t, mode, htmlcheck.HasText("textarea", "Kesh"), htmlcheck.HasText("label", "What is it about?"))
			if a.status != http.StatusServiceUnavailable {
				t.Errorf("%d", a.status)
			}
			set(false)
			if a := v.ask(http.MethodPost, lead+"/rename", a.fieldsIn(t, lead+"/rename")); a.status != http.StatusSeeOther || !strings.Contains(v.get(lead).body, "Kesh") {
				t.Errorf("sent again: %d", a.status)
			}
		})
	}
	t.Run("a closed desk lets out", func(t *testing.T) {
		if err := x.office.SetMode(ctx, nil, account.Closed, true, "a test"); err != nil {
			t.Fatal(err)
		}
		v.get("/desk").sound(t, "closed", htmlcheck.Has(`form[action="/account/leave"]`), htmlcheck.Has(`form[action="/account/sessions/end"]`))
		if strings.Contains(x.log.String(), "level=ERROR") {
			t.Errorf("the log calls it a mistake: %s", x.log)
		}
		if err := x.office.SetMode(ctx, nil, account.Closed, false, "a test"); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("not one's own", func(t *testing.T) {
		a := x.walker("reader").post(lead+"/retract", "reason", "because I want to")
		a.sound(t, "refused", htmlcheck.HasText("textarea", "because I want to"), htmlcheck.Has(`a[href="`+lead+`/more"]`))
		if a.status != http.StatusForbidden || strings.Contains(a.body, "Send it again") {
			t.Errorf("%d", a.status)
		}
	})
	t.Run("a form with files", func(t *testing.T) {
		path := lead + "/evidence/new"
		body := "--cut\r\nContent-Disposition: form-data; name=\"_t\"\r\n\r\nstale\r\n--cut\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA letter of the ministry\r\n" +
			"--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"letter.png\"\r\nContent-Type: image/png\r\n\r\nxxxx\r\n--cut--\r\n"
		a := v.stream(path, body)
		a.sound(t, "file", htmlcheck.HasText("textarea", "A letter of the ministry"), htmlcheck.HasText("main", "letter.png"), htmlcheck.Has(`form[enctype="multipart/form-data"] input[type=file]`))
		if a.status != http.StatusForbidden {
			t.Errorf("%d", a.status)
		}
	})
	t.Run("after the session", func(t *testing.T) {
		if err := x.office.Accounts.EndAll(ctx, v.p); err != nil {
			t.Fatal(err)
		}
		a := v.ask(http.MethodPost, lead+"/rename", url.Values{"_t": form["_t"], "title": {"Kesh again"}})
		a.sound(t, "out", htmlcheck.HasText("textarea", "Kesh again"), htmlcheck.Has(`a[href="/account/enter?next=`+url.QueryEscape(lead+"/more")+`"]`))
	})
}

// TestPageAfterAnError: the page after an error says how it is called elsewhere:
// every address in it, and its own, opens when somebody asks for it again.
func TestPageAfterAnError(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	c := x.crew()
	lead := c.author.file()
	for _, post := range []struct {
		who    *visitor
		path   string
		fields []string
	}{
		{c.author, "/desk/leads/new", nil}, {c.author, lead + "/say", nil}, {c.author, lead + "/rename", []string{"title", ""}}, {c.author, lead + "/edit", []string{"start", "x"}},
		{c.author, lead + "/disagree", []string{"claim", "when"}}, {c.first, lead + "/declare", nil}, {c.editor, lead + "/publish-urgently", nil}, {c.editor, "/desk/adopt", []string{"incident", "1999-0001"}},
		{c.author, "/desk/filters", nil}, {c.author, "/account/name", []string{"name", ""}}, {c.editor, "/desk/releases", nil}, {x.walker(chief), "/desk/modes", []string{"mode", "closed"}},
	} {
		a := post.who.post(post.path, post.fields...)
		if a.status < 400 || a.status >= 500 {
			t.Errorf("%s: %d", post.path, a.status)
		}
		for _, m := range regexp.MustCompile(`href="((?:/lite)?/(?:ar|fr|lite|desk|account)[^"]*)"`).FindAllStringSubmatch(a.body, -1) {
			if m[1] == post.path || strings.HasSuffix(m[1], "/file") {
				continue
			}
			if got := post.who.follow(m[1]); got != http.StatusOK {
				t.Errorf("%s: its link %s leads to %d", post.path, m[1], got)
			}
		}
		for _, prefix := range []string{"", "/ar", "/lite/fr"} {
			if got := post.who.follow(prefix + post.path); got != http.StatusOK {
				t.Errorf("%s%s opened again: %d", prefix, post.path, got)
			}
		}
	}
}

// follow opens an address as a browser does, and gives the last status.
func (v *visitor) follow(path string) int {
	v.x.t.Helper()
	a := v.get(path)
	for range 3 {
		if a.status != http.StatusSeeOther {
			break
		}
		a = v.get(a.location)
	}
	return a.status
}

// TestSentTwice: a form that is sent twice is written once; two forms with the same
// words are two.
func TestSentTwice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		v := x.crew().author
		fresh := func() url.Values {
			form := v.get("/desk/leads/new").fieldsIn(t, "/desk/leads/new")
			form.Set("title", "Kesh valley")
			form.Set("countries", "Iran")
			form.Set("urgency", "1")
			form.Set("start", "2026-01-08")
			return form
		}
		form := fresh()
		first, second := v.ask(http.MethodPost, "/desk/leads/new", form), v.ask(http.MethodPost, "/desk/leads/new", form)
		if first.status != http.StatusSeeOther || second.location != first.location {
			t.Fatalf("%d %s, then %d %s", first.status, first.location, second.status, second.location)
		}
		if other := v.ask(http.MethodPost, "/desk/leads/new", fresh()); other.status != http.StatusSeeOther || other.location == first.location {
			t.Errorf("another form: %d %s", other.status, other.location)
		}
		say := first.location + "/say"
		form = v.get(first.location).fieldsIn(t, say)
		form.Set("body", "Since noon")
		v.ask(http.MethodPost, say, form)
		v.ask(http.MethodPost, say, form)
		if n := strings.Count(v.get(first.location).body, "Since noon"); n != 1 {
			t.Errorf("said %d times", n)
		}
		form.Set("body", "Since one") // the page that a browser went back to
		v.ask(http.MethodPost, say, form)
		if !strings.Contains(v.get(first.location).body, "Since one") {
			t.Error("what was written after going back is lost")
		}
	})
}

// TestSaidOnce: what an act did is said by the next page, once, and by no address.
func TestSaidOnce(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	v := x.crew().author
	lead := v.file()
	if a := v.get(lead); !strings.Contains(a.body, "Filed. Now add the evidence.") {
		t.Error("what was done is not said")
	}
	if a := v.get(lead); strings.Contains(a.body, "Filed. Now add the evidence.") {
		t.Error("loading again says it again")
	}
	if a := v.get(lead + "?said=verify_published"); strings.Contains(a.body, "Public.<") || strings.Contains(a.body, `id="notice"`) {
		t.Error("an address says what was done")
	}
}
