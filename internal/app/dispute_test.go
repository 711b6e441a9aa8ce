package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"keepiton/internal/coalition"
	"keepiton/internal/dispute"
	"keepiton/internal/incident"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page"
	"keepiton/internal/platform/page/htmlcheck"
)

// disputed is a site with a desk, a stranger before it and editors behind.
type disputed struct {
	t     *testing.T
	url   string
	s     *incident.Service
	log   *ledger.Log
	work  *coalition.Office
	org   coalition.Organisation
	room  *dispute.Service
	looks *looks
}

func startDisputed(t *testing.T, d *db.DB) *disputed {
	t.Helper()
	ctx := context.Background()
	s, err := incident.NewService(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Fill(ctx, 3, func(i int) (incident.Facts, []int) {
		code := []string{"IN", "IR", "IN"}[i%3]
		return incident.Facts{Period: incident.Period{Kind: "main", Start: incident.DayDate(19800 + i), EndState: "ongoing"},
			Countries: []incident.Country{{Code: code, Spelling: code}}, Measure: incident.Measure{Extent: "full_network", Method: "shutdown"}}, []int{2024}
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	log := ledger.New(d, nil)
	recordActs(s, log)
	staff, err := office(d, log, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	env := &Env{Ctx: ctx, Stdout: io.Discard, Stderr: io.Discard, CLI: &CLI{Data: t.TempDir()}, Log: slog.New(slog.DiscardHandler)}
	work, err := env.casework(d, s, log)
	if err != nil {
		t.Fatal(err)
	}
	looks := &looks{}
	h, err := (&ServeCmd{CacheMB: 0, BehindProxy: true, follows: looks.pace()}).handler(t.Context(), env, d, s, bookOf(d), &insiders{staff, work})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	org, err := staff.Save(ctx, nil, coalition.Organisation{Kind: "member", Alias: "A member of the coalition", Names: map[string]string{"en": "The secret group"}})
	if err != nil {
		t.Fatal(err)
	}
	return &disputed{t, srv.URL, s, log, staff, org, disputesOf(d, s, log), looks}
}

// person is a browser; somebody who works here has a session in it.
func (x *disputed) person(name string, role desk.Role, area string) *http.Client {
	x.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		x.t.Fatal(err)
	}
	if name == "" {
		return &http.Client{Jar: jar}
	}
	ctx := context.Background()
	code, err := x.work.Accounts.Invite(ctx, nil, "", "")
	if err != nil {
		x.t.Fatal(err)
	}
	p, token, err := x.work.Accounts.Accept(ctx, account.Joining{Code: code, Name: name})
	if err != nil {
		x.t.Fatal(err)
	}
	if err := x.work.Give(ctx, nil, p, coalition.Grant{Organisation: x.org.Ref, Role: role, Area: area}); err != nil {
		x.t.Fatal(err)
	}
	u, _ := url.Parse(x.url)
	jar.SetCookies(u, []*http.Cookie{{Name: "desk", Value: token, Path: "/"}})
	return &http.Client{Jar: jar}
}

func (x *disputed) get(c *http.Client, path string) (int, string) {
	x.t.Helper()
	res, err := c.Get(x.url + path)
	if err != nil {
		x.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		x.t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// post sends a form as the page has it, with what the page put into it.
func (x *disputed) post(c *http.Client, page, path string, v url.Values) (status int, body, at string) {
	x.t.Helper()
	_, form := x.get(c, page)
	if m := regexp.MustCompile(`name="_t" value="([^"]+)"`).FindStringSubmatch(form); m != nil {
		v.Set("_t", m[1])
	}
	res, err := c.PostForm(x.url+path, v)
	if err != nil {
		x.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		x.t.Fatal(err)
	}
	return res.StatusCode, string(raw), res.Request.URL.Path
}

func answers() url.Values {
	return url.Values{"statement": {"when"}, "right": {"It began on the third."}, "why": {"Fatima of the ministry told me."}, "source": {"https://example.org/proof"},
		"speaker": {"operator"}, "contact": {"fatima@example.org"}}
}

// The whole way of a dispute: filed by a stranger, unseen by readers, released
// in part, answered, upheld; each in the ledger; by an editor for the country only.
func TestDispute(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDisputed(t, d)
		stranger := x.person("", "", "")
		const form = "/incidents/2024-0001/dispute"
		status, body, at := x.post(stranger, form, form, answers())
		if status != http.StatusOK || !strings.HasPrefix(at, "/disputes/D-") {
			t.Fatalf("%d at %s: %s", status, at, body)
		}
		ref := strings.TrimPrefix(at, "/disputes/")
		if !strings.Contains(body, ref) || !strings.Contains(body, "Keep this address") {
			t.Errorf("the stranger does not learn the number: %s", body)
		}
		if u, _ := url.Parse(x.url); len(stranger.Jar.Cookies(u)) != 0 {
			t.Error("a cookie was set")
		}
		x.looks.wait(t)
		secrets := []string{"began on the third", "Fatima", "example.org", "A network operator"}
		public := []string{at, "/ar" + at, "/lite" + at, "/incidents/2024-0001", "/corrections", "/fr/corrections"}
		for _, p := range public {
			status, body := x.get(stranger, p)
			if status != http.StatusOK || !strings.Contains(body, ref) {
				t.Errorf("%s: %d, and nothing of the dispute", p, status)
			}
			for _, s := range secrets {
				if strings.Contains(body, s) {
					t.Errorf("%s tells %q before an editor released it", p, s)
				}
			}
		}

		here, there, reader := x.person("Amina", desk.Editor, "IN"), x.person("Bo", desk.Editor, "IR"), x.person("Chen", desk.Reader, "")
		const list = "/desk/disputes"
		for who, c := range map[string]*http.Client{"a reader": reader, "a stranger": stranger, "an editor of another country": there} {
			for _, p := range []string{list, list + "/" + ref} {
				if status, body := x.get(c, p); strings.Contains(body, "Fatima") || strings.Contains(body, "2024-0001") || status == http.StatusOK && strings.HasSuffix(p, ref) && who != "a stranger" {
					t.Errorf("%s is shown %s: %d", who, p, status)
				}
			}
			for _, act := range []string{"release", "note", "forget"} {
				x.post(c, "/account", list+"/"+ref+"/"+act, url.Values{"act": {"upheld"}, "note": {"mine"}, "answer": {"why"}})
			}
		}
		_, body = x.get(here, list+"/"+ref)
		for _, s := range append(secrets[:3:3], "fatima@example.org") {
			if !strings.Contains(body, s) {
				t.Errorf("the editor does not see %q", s)
			}
		}
		if _, body := x.get(stranger, at); !strings.Contains(body, "Open.") || strings.Contains(body, "Fatima") {
			t.Fatalf("somebody who may not has acted: %s", body)
		}

		do := func(act string, v url.Values) {
			t.Helper()
			status, body, _ := x.post(here, list+"/"+ref, list+"/"+ref+"/"+act, v)
			if status != http.StatusOK {
				t.Fatalf("%s: %d %s", act, status, body)
			}
			x.looks.wait(t) // until readers see it
		}
		do("release", url.Values{"answer": {"right"}})
		if _, body := x.get(stranger, at); !strings.Contains(body, "began on the third") || strings.Contains(body, "Fatima") || strings.Contains(body, "example.org") || !strings.Contains(body, "A network operator") {
			t.Errorf("after a release of one answer: %s", body)
		}
		if status, body, _ := x.post(here, list+"/"+ref, list+"/"+ref+"/note", url.Values{"act": {"answered"}, "note": {" "}}); status != http.StatusBadRequest || !strings.Contains(body, "Write a note") {
			t.Errorf("an empty note: %d", status)
		}
		do("note", url.Values{"act": {"answered"}, "note": {"We ask the operator."}})
		do("note", url.Values{"act": {"upheld"}, "note": {"The log shows it."}})
		do("forget", url.Values{})
		_, body = x.get(stranger, at)
		for _, want := range []string{"Upheld.", "We ask the operator.", "The log shows it.", "Amina", "A member of the coalition"} {
			if !strings.Contains(body, want) {
				t.Errorf("the public thread lacks %q: %s", want, body)
			}
		}
		if strings.Contains(body, "The secret group") {
			t.Error("the name behind the alias is public")
		}
		if status, _, _ := x.post(here, list+"/"+ref, list+"/"+ref+"/note", url.Values{"act": {"rejected"}, "note": {"No."}}); status != http.StatusConflict {
			t.Errorf("decided twice: %d", status)
		}
		if _, body := x.get(here, list+"/"+ref); strings.Contains(body, "fatima@") {
			t.Error("how to reach them is still there")
		}
		var kinds []string
		size, err := x.log.Size(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for i := range size {
			if e, err := x.log.Entry(context.Background(), i); err == nil && strings.HasPrefix(e.Kind, "dispute.") {
				kinds = append(kinds, e.Kind)
			}
		}
		if got := strings.Join(kinds, " "); got != "dispute.filed dispute.released dispute.answered dispute.upheld" {
			t.Errorf("the ledger has %s", got)
		}
	})
}

// What strangers may send is bounded, and what is wrong is said without losing
// what they wrote.
func TestDisputeIsBounded(t *testing.T) {
	x := startDisputed(t, dbtest.SQLite(t))
	c := x.person("", "", "")
	const form = "/incidents/2024-0001/dispute"
	for name, tt := range map[string]struct {
		change func(url.Values)
		status int
		want   string
	}{
		"nothing":        {func(v url.Values) { clear(v) }, 400, "Choose what is wrong."},
		"no reason":      {func(v url.Values) { v.Set("why", " \n ") }, 400, "Write how you know."},
		"a long answer":  {func(v url.Values) { v.Set("right", strings.Repeat("ä", dispute.MaxRight+1)) }, 400, "At most 1,000 letters"},
		"a script":       {func(v url.Values) { v.Set("source", "javascript:alert(1)") }, 400, "begins with https"},
		"a password":     {func(v url.Values) { v.Set("source", "https://a:b@example.org/") }, 400, "begins with https"},
		"another state":  {func(v url.Values) { v.Set("speaker", "king") }, 400, "Choose who is speaking."},
		"a program":      {func(v url.Values) { v.Set("website", "https://spam.example") }, 400, "must stay empty"},
		"a whole novel":  {func(v url.Values) { v.Set("why", strings.Repeat("x", 70<<10)) }, 413, ""},
		"no such answer": {func(v url.Values) { v.Set("statement", "moon") }, 400, "Choose what is wrong."},
	} {
		v := answers()
		tt.change(v)
		status, body, _ := x.post(c, form, form, v)
		if status != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s: %d %s", name, status, body)
		}
		if right := v.Get("right"); status == 400 && right != "" && !strings.Contains(body, right) {
			t.Errorf("%s: what was written is lost", name)
		}
	}
	for _, p := range []string{"/incidents/2024-9999/dispute", "/disputes/D-2026-9999", "/incidents/x/dispute"} {
		if status, _ := x.get(c, p); status != http.StatusNotFound {
			t.Errorf("%s: %d", p, status)
		}
	}
	if _, body := x.get(c, form); !strings.Contains(body, "At most 1,000 letters.") || !strings.Contains(body, "Nobody can check it.") {
		t.Error("the form does not say its limits before")
	}
	if err := x.work.SetMode(context.Background(), nil, account.ReadOnly, true, "a test"); err != nil {
		t.Fatal(err)
	}
	if status, body, _ := x.post(c, form, form, answers()); status != http.StatusServiceUnavailable || !strings.Contains(body, answers().Get("why")) {
		t.Errorf("while nothing may be changed: %d", status)
	}
	if err := x.work.SetMode(context.Background(), nil, account.ReadOnly, false, "a test"); err != nil {
		t.Fatal(err)
	}
	// One network may file five in an hour; a proxy on the machine says which it is.
	from := func(addr string) (int, string) {
		t.Helper()
		r, _ := http.NewRequest(http.MethodPost, x.url+form, strings.NewReader(answers().Encode()))
		r.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "X-Forwarded-For": {"10.9.9.9, " + addr}}
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(body)
	}
	for i := range 7 {
		want := http.StatusSeeOther
		if i >= 5 {
			want = http.StatusTooManyRequests
		}
		got, body := from("203.0.113.7")
		if want == http.StatusTooManyRequests && !strings.Contains(body, answers().Get("why")) {
			t.Error("what was written is lost when there are too many")
		}
		if got != want {
			t.Errorf("dispute %d from one network: %d", i+1, got)
		}
	}
	if got, _ := from("198.51.100.7"); got != http.StatusSeeOther {
		t.Errorf("from another network: %d", got)
	}
	taken := 6
	for range 70 {
		status, _, _ := x.post(c, form, form, answers())
		if status == http.StatusOK {
			taken++
		} else if status != http.StatusTooManyRequests {
			t.Fatalf("%d", status)
		}
	}
	if taken != 60 { // from the machine itself only the bound for all holds
		t.Errorf("%d disputes were taken within an hour", taken)
	}
}

// The form and the page weigh less than a page may, in every language, are
// sound, and need no script.
func TestDisputePagesAreLight(t *testing.T) {
	x := startDisputed(t, dbtest.SQLite(t))
	c := x.person("", "", "")
	const form = "/incidents/2024-0001/dispute"
	_, _, at := x.post(c, form, form, answers())
	for _, lang := range []string{"", "/ar", "/fr"} {
		for _, p := range []string{form, at, "/corrections", "/incidents/2024-0001"} {
			req, _ := http.NewRequest(http.MethodGet, x.url+lang+p, nil)
			req.Header.Set("Accept-Encoding", "gzip")
			res, err := (&http.Transport{DisableCompression: true}).RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := io.ReadAll(res.Body)
			res.Body.Close()
			if err != nil || len(raw) > page.PageLimit || res.Header.Get("Set-Cookie") != "" {
				t.Errorf("%s%s: %d bytes, cookie %q, %v", lang, p, len(raw), res.Header.Get("Set-Cookie"), err)
			}
			_, body := x.get(c, lang+p)
			tag := strings.TrimPrefix(lang, "/")
			if tag == "" {
				tag = "en"
			}
			if strings.Contains(strings.ReplaceAll(body, `<script type="application/ld+json">`, ""), "<script") {
				t.Errorf("%s%s needs a script", lang, p)
			}
			for _, wrong := range htmlcheck.Run([]byte(body), htmlcheck.Sound(tag)) {
				t.Errorf("%s%s: %s", lang, p, wrong)
			}
		}
	}
}

// Every payload through every field a stranger or an editor writes, in the form
// that comes back, on the public page and behind the door: the pages are built of
// nothing but what they are built of with plain words, and nothing turns the
// writing round.
func TestNoMarkupComesOutOfADispute(t *testing.T) {
	x := startDisputed(t, dbtest.SQLite(t))
	ctx := context.Background()
	c, editor := x.person("", "", ""), x.person("Amina", desk.Editor, "")
	const form = "/incidents/2024-0001/dispute"
	actor := desk.Actor{Person: 1, Ref: "p", Holds: []desk.Hold{{Organisation: x.org.ID, Role: desk.Editor, Everywhere: true}}}
	var pages []string // what the last one brought
	write := func(text string) {
		t.Helper()
		_, body, _ := x.post(c, form, form, url.Values{"statement": {text}, "speaker": {text}, "right": {text}, "why": {text}, "source": {text}, "contact": {text}, "website": {text}})
		pages = append(pages[:0], body)
		// Past the rules of the form, as another program might store it.
		ref, err := x.room.File(ctx, dispute.Filing{Incident: "2024-0001", Statement: "when", Right: text, Why: text, Speaker: "person", Contact: text[:min(len(text), dispute.MaxContact)],
			Lang: "en", Source: "https://example.org/" + url.PathEscape(text[:min(len(text), 100)])})
		if fault.KindOf(err) == fault.Invalid { // too long, or nothing is left of it
			return
		}
		actor.Name = text
		if err == nil {
			err = errors.Join(x.room.Release(ctx, actor, ref, dispute.Answers()), x.room.Answer(ctx, actor, ref, text))
		}
		if err != nil {
			t.Fatalf("%.60q: %v", text, err)
		}
		_, body = x.get(c, "/disputes/"+ref)
		_, behind := x.get(editor, "/desk/disputes/"+ref)
		pages = append(pages, body, behind)
	}
	lists := func() (out []string) {
		for _, p := range []string{"/desk/disputes", "/corrections", "/incidents/2024-0001", "/ar/incidents/2024-0001/dispute"} {
			_, body := x.get(editor, p)
			out = append(out, body)
		}
		return out
	}
	known, stored := htmlcheck.Vocabulary{}, 0
	for _, word := range []string{"", "word", strings.Repeat("word ", 900)} {
		write(word)
		for _, body := range append(pages, lists()...) {
			htmlcheck.Run([]byte(body), known.Learn)
		}
	}
	inert := func(p string, pages []string) {
		t.Helper()
		for i, body := range pages {
			for _, wrong := range htmlcheck.Run([]byte(body), htmlcheck.Unturned, known.Only) {
				t.Errorf("%.60q on page %d: %s", p, i, wrong)
			}
		}
	}
	list := htmlcheck.Payloads()
	for _, p := range list {
		write(p)
		if len(pages) > 1 {
			stored++
		}
		inert(p, pages)
	}
	inert("all of them", lists())
	if len(list) < 200 || stored < 200 {
		t.Errorf("%d of %d payloads were stored", stored, len(list))
	}
}

// TestAHiddenOrganisationAnswers: a note does not say who is behind it where the
// organisation is not told of, nor where it hides later.
func TestAHiddenOrganisationAnswers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startDesk(t, d)
		c := x.crew()
		ref := x.published(t, c)
		if a := x.nobody().post("/incidents/"+ref+"/dispute", "statement", "when", "right", "another day", "why", "I was there", "speaker", "person"); a.status != http.StatusSeeOther {
			t.Fatal(a.status)
		}
		at, _, err := db.Value[string](ctx, d.Reader(), `select ref from dispute`)
		if err != nil {
			t.Fatal(err)
		}
		hidden, err := x.office.Save(ctx, nil, coalition.Organisation{Kind: "member", Names: map[string]string{"en": "Hidden House"}})
		if err != nil {
			t.Fatal(err)
		}
		says := func(what, public string) {
			t.Helper()
			x.settled()
			for _, path := range []string{"/disputes/" + at, "/incidents/" + ref, "/corrections"} {
				if strings.Contains(x.nobody().get(path).body, "Hidden House") != (public == "Hidden House" && strings.HasPrefix(path, "/disputes/")) {
					t.Errorf("%s: %s tells the wrong name", what, path)
				}
			}
			if a := x.nobody().get("/disputes/" + at); !strings.Contains(a.body, public) {
				t.Errorf("%s: the note does not say %q", what, public)
			}
		}
		quiet := x.join("Quiet", coalition.Grant{Organisation: hidden.Ref, Role: desk.Editor})
		if a := quiet.post("/desk/disputes/"+at+"/note", "act", "answered", "note", "we look at it"); a.status != http.StatusSeeOther {
			t.Fatal(a.status, a.body)
		}
		says("not listed", "An organisation of the coalition")
		hidden.Listed = true
		if _, err := x.office.Save(ctx, nil, hidden); err != nil {
			t.Fatal(err)
		}
		says("listed by now", "Hidden House")
		hidden.Listed = false
		if _, err := x.office.Save(ctx, nil, hidden); err != nil {
			t.Fatal(err)
		}
		says("hidden again", "An organisation of the coalition")
	})
}
