package app

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"keepiton/internal/coalition"
	"keepiton/internal/incident"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/mail/mailtest"
	"keepiton/internal/platform/page"
	"keepiton/internal/platform/page/htmlcheck"
)

func init() { doorTurn, doorMemory = time.Millisecond, 64 } // a thousand payloads are sent to it

// deskSite is a site with a desk, and people who work there.
type deskSite struct {
	t       testing.TB
	d       *db.DB
	record  *incident.Service
	public  map[string]string     // incidents of the record by country
	authors map[string]desk.Actor // who files in an organisation
	office  *coalition.Office
	work    *casework
	frame   *frame
	fresh   func() http.Handler // another server of the same site, with nothing in its cache
	book    *ledger.Log
	url     string
	dir     string        // of its data
	log     *bytes.Buffer // what the server logs
	mails   *mailtest.Server
	looks   *looks
	home    coalition.Organisation
	other   coalition.Organisation
}

// startDesk serves an empty register with a desk, two organisations and nobody
// in them. Its texts are read by an address without https, as on a machine that
// somebody tries the program on.
func startDesk(t testing.TB, d *db.DB) *deskSite {
	t.Helper()
	ctx := context.Background()
	s, err := incident.NewService(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	x := &deskSite{t: t, d: d, dir: t.TempDir(), record: s, authors: map[string]desk.Actor{}, log: &bytes.Buffer{}, book: ledger.New(d, nil)}
	recordActs(s, x.book)
	env := &Env{Ctx: ctx, Stdout: io.Discard, Stderr: io.Discard, CLI: &CLI{Data: x.dir}, Log: slog.New(slog.NewTextHandler(x.log, nil))}
	if x.office, err = office(d, x.book, []byte(strings.Repeat("s", 32))); err != nil {
		t.Fatal(err)
	}
	if x.work, err = env.casework(d, s, x.book); err != nil {
		t.Fatal(err)
	}
	x.mails = mailtest.Start(t, &mailtest.Server{})
	site := func(p pace) (http.Handler, *frame) {
		cmd := ServeCmd{CacheMB: 8, Curtain: "every", BehindProxy: true, mails: loggedMailer{x.mails.Relay(), env.Log}, follows: p}
		h, f, err := cmd.site(t.Context(), env, d, s, bookOf(d), &insiders{x.office, x.work})
		if err != nil {
			t.Fatal(err)
		}
		return h, f
	}
	x.looks = &looks{}
	h, f := site(x.looks.pace())
	x.frame = f
	x.fresh = func() http.Handler { h, _ := site(pace{}); return h }
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ConnContext = page.ConnContext
	srv.Config.ErrorLog = quiet(env)
	srv.Listener = page.Listen(srv.Listener)
	srv.Start()
	t.Cleanup(srv.Close)
	x.url = srv.URL
	x.home = x.organisation(coalition.Secretariat, "The Office")
	x.other = x.organisation(coalition.Member, "A group in Kenya")
	return x
}

// looks counts how often a server has looked at the record.
type looks struct{ n atomic.Int64 }

// pace has a server look often.
func (l *looks) pace() pace {
	return pace{every: 20 * time.Millisecond, looked: func() { l.n.Add(1) }}
}

// wait returns when the server has looked at what stands now.
func (l *looks) wait(t testing.TB) {
	t.Helper()
	until := l.n.Load() + 2 // one look may have begun before
	for end := time.Now().Add(30 * time.Second); l.n.Load() < until; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the server does not follow the record")
		}
	}
}

// settled waits until readers get what was written.
func (x *deskSite) settled() { x.looks.wait(x.t) }

func (x *deskSite) organisation(kind, name string) coalition.Organisation {
	x.t.Helper()
	o, err := x.office.Save(context.Background(), nil, coalition.Organisation{Kind: kind, Listed: true, Names: map[string]string{"en": name}})
	if err != nil {
		x.t.Fatal(err)
	}
	return o
}

// visitor is somebody with a browser.
type visitor struct {
	x     *deskSite
	p     account.Person
	token string // of their session, "" for nobody
	said  string // what the act before has to say
	head  http.Header
	forms map[string]string // what a form carries, by session
}

// nobody is a visitor without a session.
func (x *deskSite) nobody() *visitor { return &visitor{x: x, head: http.Header{}} }

// join lets somebody in who holds roles.
func (x *deskSite) join(name string, list ...coalition.Grant) *visitor {
	x.t.Helper()
	ctx := context.Background()
	if len(list) == 0 { // somebody whose last role was taken away
		list = []coalition.Grant{{Organisation: x.other.Ref, Role: desk.Reader}}
		defer func() {
			p, err := x.office.Person(ctx, nil, x.byName(name).Ref)
			if err == nil {
				err = x.office.Take(ctx, nil, p.Roles[0].ID)
			}
			if err != nil {
				x.t.Fatal(err)
			}
		}()
	}
	code, err := x.office.Invite(ctx, nil, "", list)
	if err != nil {
		x.t.Fatal(err)
	}
	p, token, err := x.office.Accounts.Accept(ctx, account.Joining{Code: code, Name: name, Lang: "en", Device: "test"})
	if err != nil {
		x.t.Fatal(err)
	}
	return &visitor{x: x, p: p, token: token, head: http.Header{}}
}

func (x *deskSite) byName(name string) account.Person {
	x.t.Helper()
	all, err := x.office.Accounts.People(context.Background())
	if err != nil {
		x.t.Fatal(err)
	}
	for _, p := range all {
		if p.Name == name {
			return p
		}
	}
	x.t.Fatalf("nobody shows as %s", name)
	return account.Person{}
}

// answer is what came back.
type answer struct {
	status   int
	body     string
	location string
	header   http.Header
}

// ask sends a request as the visitor's browser would, and follows nothing.
func (v *visitor) ask(method, path string, form url.Values) answer {
	v.x.t.Helper()
	if form == nil {
		return v.send(method, path, "", nil)
	}
	return v.send(method, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// stream sends a form with files, its parts set apart by "cut".
func (v *visitor) stream(path, body string) answer {
	v.x.t.Helper()
	return v.send(http.MethodPost, path, "multipart/form-data; boundary=cut", strings.NewReader(body))
}

func (v *visitor) send(method, path, kind string, body io.Reader) answer {
	v.x.t.Helper()
	r, err := http.NewRequest(method, v.x.url+path, body)
	if err != nil {
		v.x.t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for name, values := range v.head {
		r.Header.Del(name)
		if values[0] != "" {
			r.Header[name] = values
		}
	}
	if v.token != "" {
		r.AddCookie(&http.Cookie{Name: "desk", Value: v.token})
	}
	if v.said != "" {
		r.AddCookie(&http.Cookie{Name: "desk-said", Value: v.said})
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		v.x.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		v.x.t.Fatal(err)
	}
	for _, c := range res.Cookies() {
		into := map[string]*string{"desk": &v.token, "desk-said": &v.said}[c.Name]
		if *into = c.Value; c.MaxAge < 0 {
			*into = ""
		}
	}
	return answer{res.StatusCode, string(text), res.Header.Get("Location"), res.Header}
}

func (v *visitor) get(path string) answer { return v.ask(http.MethodGet, path, nil) }

var formToken = regexp.MustCompile(`name="_t" value="([^"]*)"`)

// post sends a form with the token that the visitor's own page carries, and
// fields as pairs.
func (v *visitor) post(path string, pairs ...string) answer {
	v.x.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	form.Set("_t", v.formToken())
	return v.ask(http.MethodPost, path, form)
}

func (v *visitor) formToken() string {
	if v.token == "" || v.forms[v.token] != "" {
		return v.forms[v.token]
	}
	was := v.head
	v.head = http.Header{}
	defer func() { v.head = was }()
	if m := formToken.FindStringSubmatch(v.get("/account").body); m != nil {
		v.forms = map[string]string{v.token: m[1]}
		return m[1]
	}
	return ""
}

// sound holds a page against the checks for every page.
func (a answer) sound(t testing.TB, what string, checks ...htmlcheck.Check) {
	t.Helper()
	for _, problem := range htmlcheck.Run([]byte(a.body), append([]htmlcheck.Check{htmlcheck.Sound("en")}, checks...)...) {
		t.Errorf("%s: %s", what, problem)
	}
}

// clockCode is what an app shows now for a secret.
func clockCode(t testing.TB, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}
