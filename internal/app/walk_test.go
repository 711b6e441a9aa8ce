package app

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"keepiton/internal/coalition"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// The walk asks for every route of the desk as everybody, for objects of their
// own and of others, and holds the answer against what [desk.Route] says and the
// rule of the sample. A route without a sample fails the test: whoever adds one
// adds a line to samples.

// Who walks. A worker holds a role in the other organisation, everywhere or, as
// the last three, in Kenya alone; the chief is an administrator of the secretariat.
const (
	stranger  = "nobody"
	suspended = "a suspended chief"
	chief     = "a chief"
	limited   = "an administrator in Kenya"
	verifies  = "a verifier in Kenya"
	edits     = "an editor in Kenya"
)

// walkers are all of them with the role that counts for a route.
func walkers() map[string]desk.Role {
	out := map[string]desk.Role{stranger: "", suspended: "", "somebody without a role": "", chief: desk.Administrator, limited: desk.Administrator, verifies: desk.Verifier, edits: desk.Editor}
	for _, r := range desk.Roles() {
		out[string(r)] = r
	}
	return out
}

// What a route is asked about.
const (
	own     = "own"     // the walker's, or of their organisation in Kenya
	abroad  = "abroad"  // of their organisation in another country
	foreign = "foreign" // of another organisation
	missing = "missing" // of nobody
)

// sample is how the walk asks for a route.
type sample struct {
	object string           // what {…} in its path stands for; "" for nothing
	fields func(o aim) form // what a form sends
	want   rule             // once the role is enough
}

type form []string

// aim is what one request is about.
type aim struct {
	organisation string // ref
	area         string
	id           string // of what a form names in a field
}

// rule tells what a walker gets whose role is enough.
type rule func(who, object string) int

// letIn stands for any answer of a page that was opened and an act that was
// looked at: whether what was sent makes sense is tested elsewhere.
const letIn = 0

// inCountry: whoever holds the role in the country of the case. Whose organisation
// filed it does not matter.
func inCountry(who, object string) int {
	if object == missing || object == abroad && (who == limited || who == verifies || who == edits) {
		return http.StatusNotFound
	}
	return letIn
}

// fits tells whether an answer is the one that is wanted.
func fits(got, want int) bool {
	if want == letIn {
		return got < 500 && got != http.StatusForbidden && got != http.StatusNotFound
	}
	return got == want
}

// all: whoever the role lets in.
func all(status int) rule { return func(string, string) int { return status } }

// there: whatever is there.
func there(status int) rule {
	return func(_, object string) int {
		if object == missing {
			return http.StatusNotFound
		}
		return status
	}
}

// chiefs alone.
func chiefs(status int) rule {
	return func(who, _ string) int {
		if who == chief {
			return status
		}
		return http.StatusForbidden
	}
}

// mine: objects of the walker, whoever it is.
func mine(status int) rule {
	return func(_, object string) int {
		if object == own {
			return status
		}
		return http.StatusNotFound
	}
}

// within: chiefs for all objects, administrators for those of their organisation,
// and within it those of a limited area for theirs; beyond is what these get.
func within(status, beyond int) rule {
	return func(who, object string) int {
		switch {
		case object == missing:
			return http.StatusNotFound
		case who == chief:
			return status
		case object == foreign:
			return http.StatusNotFound
		case who == limited && object == abroad:
			return beyond
		}
		return status
	}
}

func grantOf(o aim) form {
	return form{"organisation", o.organisation, "role", "reader", "area", o.area}
}

// samples has a line for every route.
var samples = map[string]sample{
	"GET /account/enter":                   {want: all(200)},
	"POST /account/enter":                  {want: all(403), fields: func(aim) form { return form{"name", fresh(), "passphrase", "x", "code", "1"} }},
	"GET /account/join/{code}":             {object: "code", want: mine(200)},
	"POST /account/join/{code}":            {object: "code", want: mine(303), fields: func(aim) form { return form{"name", fresh(), "passphrase", deskPass} }},
	"POST /account/leave":                  {want: all(303)},
	"GET /account":                         {want: all(200)},
	"POST /account/name":                   {want: all(303), fields: func(aim) form { return form{"name", fresh(), "lang", "en"} }},
	"GET /account/passkey":                 {want: all(200)},
	"POST /account/passkey":                {want: all(400), fields: func(aim) form { return form{"label", "x", "ticket", "x", "answer", "{}"} }},
	"GET /account/clock":                   {want: all(200)},
	"POST /account/clock":                  {want: all(400), fields: func(aim) form { return form{"secret", "x", "code", "1"} }},
	"GET /account/passphrase":              {want: all(200)},
	"POST /account/passphrase":             {want: all(303), fields: func(aim) form { return form{"passphrase", deskPass} }},
	"GET /account/codes":                   {want: all(200)},
	"POST /account/codes":                  {want: all(200)},
	"POST /account/ways/{id}/remove":       {object: "way", want: mine(409)},
	"POST /account/sessions/{hash}/end":    {object: "session", want: mine(303)},
	"POST /account/sessions/end":           {want: all(303)},
	"GET /desk/waiting":                    {want: all(200)},
	"GET /desk/feeds/{file}":               {want: all(404)},
	"POST /account/feed":                   {want: all(200)},
	"POST /account/feed/remove":            {want: all(303)},
	"POST /account/mail":                   {want: all(303), fields: func(aim) form { return form{"address", "somebody@post.example", "hour", "7"} }},
	"POST /account/mail/code":              {want: all(400), fields: func(aim) form { return form{"code", "aaaa-aaaa"} }},
	"POST /account/mail/hour":              {want: all(409), fields: func(aim) form { return form{"hour", "8"} }},
	"POST /account/mail/remove":            {want: all(303)},
	"GET /account/mail/stop/{secret}":      {object: "stop", want: there(200)},
	"POST /account/mail/stop/{secret}":     {object: "stop", want: there(200)},
	"GET /desk/people":                     {want: all(200)},
	"GET /desk/people/invite":              {want: all(200)},
	"POST /desk/people/invite":             {object: "grant", want: inviting, fields: grantOf},
	"POST /desk/invitations/{id}/withdraw": {object: "invitation", want: within(303, 404)},
	"GET /desk/people/{ref}":               {object: "person", want: within(200, 200)},
	"POST /desk/people/{ref}/give":         {object: "person", want: within(303, 403), fields: grantOf},
	"POST /desk/people/{ref}/take/{id}":    {object: "person role", want: within(303, 403)},
	"POST /desk/people/{ref}/suspend":      {object: "person", want: within(303, 403), fields: because},
	"POST /desk/people/{ref}/restore":      {object: "person", want: within(303, 403), fields: because},
	"GET /desk/organisations":              {want: all(200)},
	"GET /desk/organisations/new":          {want: chiefs(200)},
	"POST /desk/organisations":             {want: chiefs(303), fields: func(aim) form { return form{"kind", "member", "name_en", fresh(), "listed", "yes"} }},
	"GET /desk/organisations/{ref}":        {object: "organisation", want: there(200)},
	"POST /desk/organisations/{ref}":       {object: "organisation", want: editing, fields: func(aim) form { return form{"name_en", fresh(), "listed", "no"} }},
	"GET /desk/modes":                      {want: chiefs(200)},
	"POST /desk/modes":                     {want: chiefs(303), fields: func(aim) form { return form{"mode", "closed", "active", "off", "reason_closed", "a test"} }},
}

func because(aim) form { return form{"reason", "a test"} }

// inviting: what is not theirs to give is refused in the form, which is theirs.
func inviting(who, object string) int {
	switch {
	case object == missing:
		return http.StatusNotFound
	case who == chief || object == own || who != limited && object == abroad:
		return http.StatusOK
	}
	return http.StatusForbidden
}

// editing: an administrator with an area changes nothing of the organisation.
func editing(who, object string) int {
	if who == limited && (object == own || object == abroad) {
		return http.StatusForbidden
	}
	return within(303, 403)(who, object)
}

var count int

// fresh is a name nobody has.
func fresh() string { count++; return "Name " + strconv.Itoa(count) }

// walker makes one of them, with a session of their own.
func (x *deskSite) walker(who string) *visitor {
	x.t.Helper()
	switch who {
	case stranger:
		return x.nobody()
	case chief:
		return x.join(fresh(), coalition.Grant{Organisation: x.home.Ref, Role: desk.Administrator})
	case suspended:
		v := x.walker(chief)
		if err := x.office.Suspend(context.Background(), nil, v.p.Ref, "a test"); err != nil {
			x.t.Fatal(err)
		}
		return v
	case limited, verifies, edits:
		return x.join(fresh(), coalition.Grant{Organisation: x.other.Ref, Role: walkers()[who], Area: "KE"})
	case "somebody without a role":
		return x.join(fresh())
	}
	return x.join(fresh(), coalition.Grant{Organisation: x.other.Ref, Role: desk.Role(who)})
}

// objects are what a route with a sample is asked about.
func (s sample) objects() []string {
	switch s.object {
	case "":
		return []string{own}
	case "code", "way", "session", "filter":
		return []string{own, foreign, missing}
	case "case", "dispute":
		return []string{own, abroad, missing}
	case "stop":
		return []string{own, missing}
	}
	return []string{own, abroad, foreign, missing}
}

// aimAt makes the object of a request, and the path that leads to it.
func (x *deskSite) aimAt(s sample, path, object string, v *visitor) (string, aim) {
	x.t.Helper()
	ctx := context.Background()
	a := aim{organisation: x.other.Ref, area: "KE"}
	switch object {
	case abroad:
		a.area = "FR"
	case foreign:
		a.organisation = x.home.Ref
	}
	grant := coalition.Grant{Organisation: a.organisation, Role: desk.Reader, Area: a.area}
	switch set := func(name, value string) { path = strings.Replace(path, "{"+name+"}", value, 1) }; {
	case object == missing:
		a.organisation = "AAAAAAAAAAAAAAAA"
		for _, name := range []string{"ref", "code", "hash", "secret"} {
			set(name, "AAAAAAAAAAAAAAAAAAAAAA")
		}
		set("id", "987654321")
		set("claim", "where")
		set("digest", strings.Repeat("ab", 32))
	case s.object == "case":
		ref := x.caseIn(a.area)
		a.id = x.spokenIn(ref, path, v)
		set("ref", ref)
		set("claim", "where")
	case s.object == "item":
		ref, digest := x.itemIn(a.area, object == foreign, strings.Contains(path, "{digest}") || strings.HasSuffix(path, "/picture"))
		a.id = digest
		set("ref", ref)
		set("digest", digest)
	case s.object == "dispute":
		set("ref", x.disputeIn(a.area))
	case s.object == "stop":
		set("secret", x.stopOf(x.join(fresh(), grant)))
	case s.object == "filter":
		if object == foreign || v.token == "" {
			v = x.walker(string(desk.Reader))
		}
		set("id", x.filterOf(v))
	case s.object == "code" && object == foreign:
		set("code", x.invited(grant, true))
	case s.object == "code":
		set("code", x.invited(grant, false))
	case s.object == "invitation":
		x.invited(grant, false)
		list, err := x.office.Pending(ctx, nil)
		if err != nil {
			x.t.Fatal(err)
		}
		set("id", strconv.FormatInt(list[0].ID, 10))
	case s.object == "organisation":
		set("ref", a.organisation)
	case s.object == "person" || s.object == "person role":
		who := x.join(fresh(), grant)
		set("ref", who.p.Ref)
		set("id", x.roleOf(who.p))
		if strings.HasSuffix(path, "/restore") {
			if err := x.office.Suspend(ctx, nil, who.p.Ref, "a test"); err != nil {
				x.t.Fatal(err)
			}
		}
	case s.object == "way" || s.object == "session":
		if object == foreign || v.token == "" {
			v = x.join(fresh(), grant)
		}
		set("hash", x.sessionOf(v))
		if s.object == "way" {
			set("id", x.wayOf(v))
		}
	}
	return path, a
}

// invited is the code of an invitation, or of one that was withdrawn.
func (x *deskSite) invited(g coalition.Grant, over bool) string {
	x.t.Helper()
	ctx := context.Background()
	code, err := x.office.Invite(ctx, nil, "", []coalition.Grant{g})
	if err != nil {
		x.t.Fatal(err)
	}
	if over {
		list, err := x.office.Pending(ctx, nil)
		if err == nil {
			err = x.office.Withdraw(ctx, nil, list[0].ID)
		}
		if err != nil {
			x.t.Fatal(err)
		}
	}
	return code
}

func (x *deskSite) roleOf(p account.Person) string {
	x.t.Helper()
	c, err := x.office.Person(context.Background(), nil, p.Ref)
	if err != nil || len(c.Roles) == 0 {
		x.t.Fatal(c, err)
	}
	return strconv.FormatInt(c.Roles[0].ID, 10)
}

func (x *deskSite) sessionOf(v *visitor) string {
	x.t.Helper()
	list, err := x.office.Accounts.Sessions(context.Background(), v.p)
	if err != nil {
		x.t.Fatal(err)
	}
	if len(list) == 0 { // of a suspended person
		return "AAAA"
	}
	return list[0].Hash
}

// wayOf is a passphrase without a clock app: not enough, and so the last to stay.
func (x *deskSite) wayOf(v *visitor) string {
	x.t.Helper()
	ctx := context.Background()
	list, err := x.office.Accounts.Sessions(ctx, v.p)
	if err == nil && len(list) > 0 {
		err = x.office.Accounts.SetPassphrase(ctx, v.p, list[0], deskPass)
	}
	if err != nil {
		x.t.Fatal(err)
	}
	ways, _, _, err := x.office.Accounts.Ways(ctx, v.p)
	if err != nil {
		x.t.Fatal(err)
	}
	if len(ways) == 0 {
		return "1"
	}
	return strconv.FormatInt(ways[0].ID, 10)
}

// expected is what a walker gets for a route and an object.
func expected(rt desk.Route, s sample, who string, role desk.Role, object string) int {
	switch known := who != stranger && who != suspended; {
	case !known && !rt.Open && rt.Method == http.MethodGet:
		return http.StatusSeeOther // to the door
	case !known && !rt.Open:
		return http.StatusForbidden
	case rt.Needs != "" && !role.Gives(rt.Needs):
		return http.StatusForbidden
	}
	return s.want(who, object)
}

// ground keeps walkers and objects that a request leaves as they are: of pages,
// and of acts that the role refuses.
type ground struct {
	*deskSite
	who   map[string]*visitor
	paths map[string]string
	aims  map[string]aim
}

func (p *ground) place(rt desk.Route, s sample, who string, role desk.Role, object string) (*visitor, string, aim) {
	refused := rt.Needs != "" && !role.Gives(rt.Needs)
	if rt.Method != http.MethodGet && !refused || s.object == "code" {
		v := p.walker(who)
		path, a := p.aimAt(s, rt.Path, object, v)
		return v, path, a
	}
	if p.who[who] == nil {
		p.who[who] = p.walker(who)
	}
	key := rt.Path + object
	if p.paths[key] == "" || s.object == "filter" {
		p.paths[key], p.aims[key] = p.aimAt(s, rt.Path, object, p.who[who])
	}
	return p.who[who], p.paths[key], p.aims[key]
}

// TestWalk is the walk.
func TestWalk(t *testing.T) {
	t.Parallel()
	x := startDesk(t, dbtest.SQLite(t))
	x.walker(chief) // one stays
	asked, at := 0, &ground{x, map[string]*visitor{}, map[string]string{}, map[string]aim{}}
	for _, rt := range x.frame.Routes() {
		name := rt.Method + " " + rt.Path
		s, ok := samples[name]
		if !ok {
			t.Errorf("the walk has no sample for %s", name)
			continue
		}
		notThere := map[string]string{} // by walker, what a missing object answers
		for _, object := range slices.Backward(s.objects()) {
			for who, role := range walkers() {
				v, path, a := at.place(rt, s, who, role, object)
				got := x.walk(v, rt, s, path, a)
				asked++
				want := expected(rt, s, who, role, object)
				if s.object == "code" && want == http.StatusNotFound {
					want = http.StatusGone // the door says no more
				}
				if !fits(got.status, want) {
					t.Errorf("%s (%s) as %s: %d, want %d", name, object, who, got.status, want)
				}
				if got.status != http.StatusNotFound {
					continue
				}
				_, body, _ := strings.Cut(got.body, "<main") // round it stand the walker's name and the address asked for
				body, _, _ = strings.Cut(body, "</main>")
				body = theirOwn.ReplaceAllString(body, "") // what they sent themselves
				switch was, known := notThere[who]; {
				case !known:
					notThere[who] = body
				case was != body:
					t.Errorf("%s as %s: what is not theirs answers otherwise than what is not there", name, who)
				}
			}
		}
	}
	if n := len(samples); n != len(x.frame.Routes()) {
		t.Errorf("%d samples for %d routes", n, len(x.frame.Routes()))
	}
	t.Logf("%d routes, %d walkers, %d requests", len(x.frame.Routes()), len(walkers()), asked)
}

// theirOwn is what an answer shows again of what was sent.
var theirOwn = regexp.MustCompile(`<div class="fd">.*?</textarea></div>`)

// walk asks for a route.
func (x *deskSite) walk(v *visitor, rt desk.Route, s sample, path string, a aim) answer {
	if rt.Method == http.MethodGet {
		return v.get(path)
	}
	var fields form
	if s.fields != nil {
		fields = s.fields(a)
	}
	return v.post(path, fields...)
}

// headerCase is what a browser says of where a form came from.
type headerCase struct {
	name, site, origin string // "" sends none, "own" the site's own
	lets               bool
}

// headerCases are all that browsers and attackers send.
var headerCases = []headerCase{
	{"the same origin", "same-origin", "own", true},
	{"the same site", "same-site", "http://other.127.0.0.1.example", false},
	{"another site", "cross-site", "https://evil.example", false},
	{"the address bar", "none", "", true},
	{"an old browser, own page", "", "own", true},
	{"an old browser, foreign page", "", "https://evil.example", false},
	{"an old browser, no origin told", "", "null", false},
	{"no header at all", "", "", true}, // the token decides
}

// TestForeignForms sends every form of the desk with every header and with every
// kind of token: nothing is done unless both are right.
func TestForeignForms(t *testing.T) {
	t.Parallel()
	x := startDesk(t, dbtest.SQLite(t))
	// Somebody who may do everything, so that no role refuses first.
	worker := func() *visitor {
		return x.join(fresh(), coalition.Grant{Organisation: x.home.Ref, Role: desk.Administrator}, coalition.Grant{Organisation: x.home.Ref, Role: desk.Editor})
	}
	other := worker()
	tokens := map[string]func(v *visitor) string{
		"the token": (*visitor).formToken, "no token": func(*visitor) string { return "" }, "a token of another session": func(*visitor) string { return other.formToken() },
	}
	cases := 0
	for _, rt := range x.frame.Routes() {
		if rt.Method == http.MethodGet {
			continue
		}
		s := samples[rt.Method+" "+rt.Path]
		v := worker()
		path, a := x.aimAt(s, rt.Path, own, v)
		for _, c := range headerCases {
			for what, token := range tokens {
				lets := c.lets && what == "the token" || rt.Bare // its address is enough
				v, path, a := v, path, a                         // those of a form that is refused serve again
				if lets {
					v = worker()
					path, a = x.aimAt(s, rt.Path, own, v)
				}
				form := fieldsOf(s, a)
				form.Set("_t", token(v))
				v.head = http.Header{"Sec-Fetch-Site": {c.site}, "Origin": {strings.Replace(c.origin, "own", x.url, 1)}}
				before := x.entries()
				got := v.ask(rt.Method, path, form)
				v.head = http.Header{}
				cases++
				refused := got.status == http.StatusForbidden && (strings.Contains(got.body, "sent from another site") || strings.Contains(got.body, "opened in another session"))
				if lets == refused || lets && got.status >= 500 {
					t.Errorf("%s %s from %s with %s: %d", rt.Method, rt.Path, c.name, what, got.status)
				}
				if refused && x.entries() != before {
					t.Errorf("%s %s from %s with %s: refused and done", rt.Method, rt.Path, c.name, what)
				}
			}
		}
	}
	t.Logf("%d cases", cases)
}

// fieldsOf is what a form of a sample sends.
func fieldsOf(s sample, a aim) url.Values {
	out := url.Values{}
	if s.fields != nil {
		list := s.fields(a)
		for i := 0; i+1 < len(list); i += 2 {
			out.Add(list[i], list[i+1])
		}
	}
	return out
}

// entries is how many acts the ledger has.
func (x *deskSite) entries() int64 {
	x.t.Helper()
	n, err := x.book.Size(context.Background())
	if err != nil {
		x.t.Fatal(err)
	}
	return n
}

// TestStrangeAddresses: what no link of ours holds is not there, and is no
// mistake of the database.
func TestStrangeAddresses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		v := x.walker(chief)
		for _, odd := range []string{"%00", "a%00b", "%1b%5b2J", "%ff%fe", strings.Repeat("x", 2000), "%E2%80%AE", "-1", "1e9", "99999999999999999999"} {
			for _, path := range []string{"/desk/people/" + odd, "/desk/organisations/" + odd} {
				if a := v.get(path); a.status != http.StatusNotFound {
					t.Errorf("%s: %d", path, a.status)
				}
			}
			for _, path := range []string{"/desk/invitations/" + odd + "/withdraw", "/account/ways/" + odd + "/remove", "/account/sessions/" + odd + "/end"} {
				if a := v.post(path); a.status != http.StatusNotFound {
					t.Errorf("%s: %d", path, a.status)
				}
			}
			if a := x.nobody().get("/account/join/" + odd); a.status != http.StatusGone && a.status != http.StatusNotFound {
				t.Errorf("join %s: %d", odd, a.status)
			}
			if a := v.get("/desk/people?page=" + odd + "&q=" + odd + "&said=" + odd); a.status != http.StatusOK {
				t.Errorf("people: %d", a.status)
			}
		}
		if text := x.log.String(); text != "" {
			t.Errorf("the log has mistakes of ours: %s", fmt.Sprintf("%.600s", text))
		}
	})
}

// TestAStreamedFormInPieces: the token of a form with files arrives whole, however
// the line cuts it; one without a token, or with the file before it, is refused.
func TestAStreamedFormInPieces(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	v := x.walker(string(desk.Contributor))
	s := samples["POST /desk/leads/{ref}/evidence/new"]
	path, _ := x.aimAt(s, "/desk/leads/{ref}/evidence/new", own, v)
	part := func(name, text string) string {
		return "--cut\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + text + "\r\n"
	}
	token := part("_t", v.formToken())
	for _, c := range []struct {
		what, body string
		lets       bool
	}{
		{"the token first", token + part("title", "x"), true},
		{"no token", part("title", "a longer text"), false},
		{"a token that is none", part("_t", "nothing of ours") + part("title", "x"), false},
		{"the token behind the rest", part("title", "a longer text") + token, false},
		{"too long a token", part("_t", v.formToken()+strings.Repeat("x", 1000)) + part("title", "x"), false},
	} {
		status := x.inPieces(path, v.token, c.body+"--cut--\r\n")
		if refused := status == http.StatusForbidden; refused == c.lets || status >= 500 {
			t.Errorf("%s: %d", c.what, status)
		}
	}
}

// inPieces sends a form with files over a line that stops for a moment in the
// middle of its first value, and gives the status.
func (x *deskSite) inPieces(path, session, body string) int {
	x.t.Helper()
	host := strings.TrimPrefix(x.url, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		x.t.Fatal(err)
	}
	defer conn.Close()
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: multipart/form-data; boundary=cut\r\nContent-Length: %d\r\nSec-Fetch-Site: same-origin\r\nCookie: desk=%s\r\nConnection: close\r\n\r\n", path, host, len(body), session)
	stop := strings.Index(body, "\r\n\r\n") + 10
	for _, piece := range []string{head + body[:stop], body[stop:]} {
		if _, err := io.WriteString(conn, piece); err != nil {
			x.t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		x.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}
