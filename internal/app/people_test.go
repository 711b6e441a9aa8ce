package app

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"keepiton/internal/coalition"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/page/htmlcheck"
)

const deskPass = "four quiet boats at noon"

// TestComingInByHand takes a newcomer without scripts from the link to the desk,
// out, and in again: passphrase, clock app, recovery codes, each error on the
// way, in English and in the newcomer's own language.
func TestComingInByHand(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		code, err := x.office.Invite(context.Background(), nil, "", []coalition.Grant{{Organisation: x.home.Ref, Role: desk.Administrator}, {Organisation: x.other.Ref, Role: desk.Verifier, Area: "KE"}})
		if err != nil {
			t.Fatal(err)
		}
		v := x.nobody()
		join := "/account/join/" + code
		if a := v.get("/desk/people"); a.status != 303 || a.location != "/account/enter?next=%2Fdesk%2Fpeople" {
			t.Errorf("nobody at the desk: %d %s", a.status, a.location)
		}
		a := v.get(join)
		a.sound(t, join, htmlcheck.HasText("main", "Administrator The Office, everywhere"), htmlcheck.HasText("main", "Verifier A group in Kenya, Kenya"))
		a = v.post(join, "name", "Amina", "passphrase", "short", "lang", "fr", "device", "office")
		a.sound(t, "a short passphrase", htmlcheck.HasText(".err", "16 to 200 letters"), htmlcheck.Has("input[name=name][value=Amina]"), htmlcheck.Has("option[value=fr][selected]"), htmlcheck.Has("input[name=device][value=office]"))
		if a.status != 400 || strings.Contains(a.body, `value="short"`) {
			t.Errorf("%d: the passphrase comes back", a.status)
		}
		a = v.post(join, "name", "Amina", "passphrase", deskPass, "lang", "fr", "device", "office")
		if a.status != 303 || a.location != "/fr/account" || v.token == "" {
			t.Fatalf("joined: %d %s %q", a.status, a.location, a.header)
		}
		if c := a.header.Get("Set-Cookie"); !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Strict") || !strings.Contains(c, "Path=/") {
			t.Errorf("the cookie: %s", c)
		}
		if a := v.get(join); a.status != 410 {
			t.Errorf("the link again: %d", a.status)
		}
		v.get("/account").sound(t, "the newcomer's page", htmlcheck.HasText("#next a", "Set up a clock app"), htmlcheck.HasText("#sessions", "office (this one)"))
		a = v.get("/account/clock")
		a.sound(t, "clock", htmlcheck.Has("img.qr"))
		secret := regexp.MustCompile(`name="secret" value="([A-Z2-7]+)"`).FindStringSubmatch(a.body)[1]
		a = v.post("/account/clock", "secret", secret, "code", "000000")
		a.sound(t, "a wrong code", htmlcheck.HasText(".err", "does not fit"), htmlcheck.Has("input[name=secret][value="+secret+"]"))
		if a = v.post("/account/clock", "secret", secret, "code", clockCode(t, secret)); a.location != "/account" {
			t.Fatalf("%d %s %s", a.status, a.location, a.body)
		}
		v.get(a.location).sound(t, "after the clock", htmlcheck.HasText("#notice", "each code works once"), htmlcheck.HasText("#next a", "recovery codes"))
		v.get("/account/codes").sound(t, "codes")
		a = v.post("/account/codes")
		a.sound(t, "the codes", htmlcheck.Count(".codes li", account.RecoveryCodes))
		codes := regexp.MustCompile(`\b[2-9a-z]{4}(-[2-9a-z]{4}){3}\b`).FindAllString(a.body[strings.Index(a.body, "<main"):], -1)
		if a := v.get("/account/codes"); strings.Contains(a.body, codes[0]) {
			t.Error("the codes are shown again")
		}
		if a := v.post("/account/leave"); a.location != "/account/enter" || v.token != "" {
			t.Errorf("leaving: %d %s", a.status, a.location)
		}
		a = v.post("/account/enter", "name", "amina ", "passphrase", deskPass, "code", "1", "next", "/desk/organisations")
		a.sound(t, "a wrong code", htmlcheck.HasText(".err", "do not fit together"), htmlcheck.Has("input[name=next][value=/desk/organisations]"))
		if a.status != 403 || strings.Contains(a.body, deskPass) {
			t.Errorf("refused: %d", a.status)
		}
		a = v.post("/account/enter", "name", "amina ", "passphrase", deskPass, "code", codes[0], "next", "/desk/organisations")
		if a.status != 303 || a.location != "/fr/desk/organisations" {
			t.Fatalf("%d %s %s", a.status, a.location, a.body)
		}
		for _, bad := range []string{"https://evil.example/", "//evil.example/desk", "/desk\\evil", "/about", ""} {
			v.post("/account/leave")
			codes = codes[1:]
			if a := v.post("/account/enter", "name", "Amina", "passphrase", deskPass, "code", codes[0], "next", bad); a.location != "/fr/desk" { // the queue
				t.Errorf("next %q leads to %q", bad, a.location)
			}
		}
	})
}

// TestPeopleByHand does everything an administrator does with people and
// organisations, on pages.
func TestPeopleByHand(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		chief := x.join("Keeper", coalition.Grant{Organisation: x.home.Ref, Role: desk.Administrator})
		chief.get("/desk/people").sound(t, "alone", htmlcheck.HasText("main", "You are alone here"), htmlcheck.HasText("#pending", "No invitation is open"))
		chief.get("/desk/people/invite?organisation="+x.other.Ref).sound(t, "invite", htmlcheck.Has("option[value="+x.other.Ref+"][selected]"), htmlcheck.Count("input[name=role]", 5))
		a := chief.post("/desk/people/invite", "organisation", x.other.Ref, "area", "KE", "note", "for the tall one")
		a.sound(t, "without a role", htmlcheck.HasText(".err", "at least one role"), htmlcheck.Has("option[value=KE][selected]"), htmlcheck.Has("input[name=note]"), htmlcheck.HasText(".bad", "at least one role"))
		a = chief.post("/desk/people/invite", "organisation", x.other.Ref, "role", "verifier", "role", "reader", "area", "KE", "note", "for the tall one")
		link := regexp.MustCompile(`http://[^<]*/account/join/[\w-]+`).FindString(a.body)
		a.sound(t, "invited", htmlcheck.HasText("h1", "ready"))
		if !strings.HasPrefix(link, x.url) {
			t.Fatalf("the link is %q", link)
		}
		list := chief.get("/desk/people")
		list.sound(t, "pending", htmlcheck.HasText("#pending", "for the tall one"), htmlcheck.HasText("#pending", "Verifier, A group in Kenya, Kenya"))
		if strings.Contains(list.body, link[len(x.url):]) {
			t.Error("the link is shown again")
		}
		withdraw := regexp.MustCompile(`/desk/invitations/\d+/withdraw`).FindString(list.body)
		if a := chief.post(withdraw); a.location != "/desk/people#pending" {
			t.Errorf("%d %s", a.status, a.location)
		}
		if a := x.nobody().get(link[len(x.url):]); a.status != 410 {
			t.Errorf("a withdrawn link: %d", a.status)
		}
		amina := x.join("Amina", coalition.Grant{Organisation: x.other.Ref, Role: desk.Reader})
		path := "/desk/people/" + amina.p.Ref
		chief.post(path+"/give", "organisation", x.other.Ref, "role", "verifier", "area", "africa")
		a = chief.get(path)
		a.sound(t, "two roles", htmlcheck.Count("#f-held li", 2), htmlcheck.HasText("#f-held", "Verifier A group in Kenya, Africa"))
		take := regexp.MustCompile(path+`/take/\d+`).FindAllString(a.body, -1)
		if a := chief.post(take[0]); a.status != 303 {
			t.Errorf("taken: %d", a.status)
		}
		if a := chief.post(take[0]); a.status != 404 {
			t.Errorf("taken twice: %d", a.status)
		}
		a = chief.post(path+"/suspend", "reason", " ")
		a.sound(t, "without a reason", htmlcheck.HasText(".err", "Say why"))
		if amina.get("/account").status != 200 {
			t.Error("suspended without a reason")
		}
		chief.post(path+"/suspend", "reason", "a phone was taken")
		if a := amina.get("/account"); a.status != 303 {
			t.Errorf("a suspended person's page: %d", a.status)
		}
		chief.get("/desk/people").sound(t, "suspended", htmlcheck.HasText("table .off", "suspended"))
		chief.post(path+"/restore", "reason", "all is well")
		if p := x.byName("Amina"); p.State != "active" {
			t.Errorf("%+v", p)
		}
		mine := "/desk/people/" + chief.p.Ref
		own := regexp.MustCompile(mine + `/take/\d+`).FindString(chief.get(mine).body)
		chief.post(own).sound(t, "the last chief", htmlcheck.HasText(".err", "last administrator"))
		if a := chief.post(mine+"/suspend", "reason", "tired"); a.status != 403 {
			t.Errorf("suspending oneself: %d", a.status)
		}

		a = chief.post("/desk/organisations", "kind", "member", "name_ar", "مجموعة", "countries", "Soudan, Atlantis", "listed", "no", "alias", "A group")
		a.sound(t, "an unknown country", htmlcheck.HasText(".err", "“Atlantis” is no country"), htmlcheck.Has("input[name=name_ar][value=مجموعة]"), htmlcheck.HasText("textarea", "Soudan, Atlantis"), htmlcheck.Has("input[value=no][checked]"))
		a = chief.post("/desk/organisations", "kind", "member", "name_ar", "مجموعة", "name_own", "ቡድን", "countries", "Soudan\nتشاد, KE", "listed", "no", "alias", "A group")
		if a.status != 303 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		u, err := url.Parse(a.location)
		if err != nil {
			t.Fatal(err)
		}
		o, err := x.office.ByRef(context.Background(), strings.TrimPrefix(u.Path, "/desk/organisations/"))
		if err != nil || o.Listed || o.Alias != "A group" || strings.Join(o.Countries, " ") != "KE SD TD" || o.Names["own"] != "ቡድን" {
			t.Errorf("%+v %v", o, err)
		}
		chief.get(a.location).sound(t, "the new one", htmlcheck.HasText("#notice", "is here now"), htmlcheck.HasText("#people", "Nobody yet"))
		if a := chief.post(u.Path, "kind", "partner", "name_en", "Group", "listed", "yes", "state", "left"); a.status != http.StatusBadRequest || !strings.Contains(a.body, `name="sure"`) {
			t.Errorf("it left without a question: %d", a.status)
		}
		chief.post(u.Path, "kind", "partner", "name_en", "Group", "listed", "yes", "state", "left", "sure", "yes")
		if o, err = x.office.ByRef(context.Background(), o.Ref); err != nil || o.Kind != "partner" || o.State != "left" || !o.Listed || o.Alias != "" {
			t.Errorf("%+v %v", o, err)
		}
		a = chief.post("/desk/organisations/"+x.home.Ref, "kind", "member", "name_en", "The Office", "listed", "yes", "state", "active")
		a.sound(t, "no secretariat left", htmlcheck.HasText(".err", "last administrator"))
		chief.get("/desk/organisations").sound(t, "organisations", htmlcheck.Count("tbody tr", 3))
	})
}

// TestAnOldSession: who finds a browser open half an hour later cannot make
// themselves at home in the account.
func TestAnOldSession(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		v := x.join("Amina", coalition.Grant{Organisation: x.other.Ref, Role: desk.Reader})
		age := func(begun time.Duration) {
			t.Helper()
			if err := d.Write(context.Background(), func(tx db.Tx) error {
				_, err := db.Exec(context.Background(), tx, `/* test */ update session set begun_at = $1`, time.Now().Add(-begun).UnixMicro())
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		age(coalition.Fresh - time.Minute)
		if a := v.get("/account/passphrase"); a.status != 200 {
			t.Errorf("a fresh session: %d", a.status)
		}
		age(coalition.Fresh + time.Second)
		for _, path := range []string{"/account/passphrase", "/account/clock", "/account/codes", "/account/passkey"} {
			if a := v.get(path); a.status != 403 || !strings.Contains(a.body, "Log in once more") {
				t.Errorf("%s: %d", path, a.status)
			}
			if a := v.post(path, "passphrase", deskPass, "code", "1", "secret", "x", "answer", "{}"); a.status != 403 {
				t.Errorf("%s by a form: %d", path, a.status)
			}
		}
		if a := v.post("/account/ways/1/remove"); a.status != 403 {
			t.Errorf("removing: %d", a.status)
		}
		if a := v.post("/account/feed"); a.status != 403 {
			t.Errorf("a feed: %d", a.status)
		}
		a := v.get("/account")
		a.sound(t, "the own page", htmlcheck.HasText("#feed", "log in once more"), htmlcheck.HasText("#f-ways", "log in once more"), htmlcheck.Not("#f-ways form"), htmlcheck.Not("a[href=/account/codes]"))
		if a := v.post("/account/name", "name", "Amina B.", "lang", "en"); a.status != 303 {
			t.Errorf("the name may change: %d", a.status)
		}
	})
}

// TestFromALinkElsewhere: a browser that follows a link from a mail comes without
// the cookie once; it is asked again by a page of ours, and only once.
func TestFromALinkElsewhere(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	v := x.nobody()
	v.head = http.Header{"Sec-Fetch-Site": {"cross-site"}}
	a := v.get("/ar/desk/people?q=x")
	to, ok := strings.CutPrefix(a.header.Get("Refresh"), "0; url=")
	if a.status != 200 || !ok || !strings.HasPrefix(to, "/ar/desk/people?") || !strings.Contains(to, "q=x") {
		t.Fatalf("%d %q", a.status, a.header.Get("Refresh"))
	}
	if a := v.get(to); a.status != 303 || !strings.HasPrefix(a.location, "/ar/account/enter?next=") {
		t.Errorf("without a session: %d %s", a.status, a.location)
	}
	v.head = http.Header{"Sec-Fetch-Site": {"same-origin"}}
	v.token = x.walker(chief).token
	if a := v.get(to); a.status != 200 {
		t.Errorf("with a session: %d", a.status)
	}
	if a := v.ask("POST", "/desk/people/invite", url.Values{"x": {"y"}}); a.status != 403 || a.header.Get("Refresh") != "" {
		t.Errorf("a form: %d", a.status)
	}
}

// TestNoDoorWithoutEncryption: where others could read along, nobody logs in.
func TestNoDoorWithoutEncryption(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	r, err := http.NewRequest(http.MethodGet, x.url+"/account/enter", nil)
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]int{"register.example": 403, "192.0.2.7": 403, "localhost": 200, "127.0.0.1:8080": 200, "[::1]:80": 200, "abcdefghij.onion": 200} {
		r.Host = host
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("at %s: %d, want %d", host, res.StatusCode, want)
		}
	}
}

// TestTheThrottleBehindAProxy: a proxy on the machine is believed about where
// somebody comes from; one guesser does not stop another's work.
func TestTheThrottleBehindAProxy(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	guess := func(from string) int {
		v := x.nobody()
		v.head = http.Header{"X-Forwarded-For": {"10.9.9.9, " + from}}
		return v.post("/account/enter", "name", "Amina", "passphrase", "x", "code", "1").status
	}
	last := 0
	for range 6 {
		last = guess("203.0.113.7")
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the sixth guess: %d", last)
	}
	if got := guess("198.51.100.7"); got != http.StatusForbidden {
		t.Errorf("somebody from elsewhere: %d", got)
	}
}
