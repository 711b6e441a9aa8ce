package desk

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
)

// Door tells who stands before it. The room of people and organisations is one.
type Door interface {
	// Who is the person of a session's token; nobody is an error of kind
	// Forbidden.
	Who(ctx context.Context, token string) (Actor, error)
	// Modes tells whether nothing may be changed now, and whether only
	// administrators come in.
	Modes(ctx context.Context) (readOnly, closed bool, err error)
}

// Route is a page or an act behind the door. Needs is the least a person must
// hold somewhere; what they may do to one object is asked by its service.
type Route struct {
	Method, Path string // as net/http's patterns have them, such as GET /desk/leads/{ref}
	Needs        Role
	Member       bool // any person who is logged in, whatever they hold
	Open         bool // nobody needs to be logged in
	Always       bool // works in both emergency modes too, such as logging out
	Stream       bool // a form with files, read part by part: see Visit.Parts
	Max          int64
	Do           func(*Visit) error
}

// maxToken is more than the length of a form's token, in bytes.
const maxToken = 64

// maxForm is how many bytes a form may have where its route says nothing.
const maxForm = 1 << 20

// Item is a link of the desk's navigation, for those who hold a role; "" for
// everybody who is logged in.
type Item struct {
	page.Item
	Needs Role
}

// Frame guards and frames every page behind the door: session, policy of the
// route, proof that a form came from our own page, emergency modes, navigation.
type Frame struct {
	shell   *page.Shell
	door    Door
	nav     []Item
	secure  bool // readers come by https
	cross   *http.CrossOriginProtection
	scripts []string
	routes  []Route
}

// Enter is the path of the page for logging in, and Self that of a person's own
// page; Out logs out.
const (
	Enter = "/account/enter"
	Self  = "/account"
	Out   = "/account/leave"
)

// NewFrame makes the frame of a site. origin is the scheme and host readers use,
// "" where none was set up.
func NewFrame(shell *page.Shell, door Door, origin string, nav ...Item) (*Frame, error) {
	f := &Frame{shell: shell, door: door, nav: nav, secure: strings.HasPrefix(origin, "https://"), cross: http.NewCrossOriginProtection()}
	if origin != "" {
		if err := f.cross.AddTrustedOrigin(strings.TrimSuffix(origin, "/")); err != nil {
			return nil, fmt.Errorf("desk.NewFrame: %w", err)
		}
	}
	return f, nil
}

// Handle adds routes.
func (f *Frame) Handle(mux *http.ServeMux, routes ...Route) {
	for _, rt := range routes {
		if !rt.Open && !rt.Member && rt.Needs == "" {
			panic("desk: the route " + rt.Method + " " + rt.Path + " does not say who may")
		}
		f.routes = append(f.routes, rt)
		mux.HandleFunc(rt.Method+" "+rt.Path, func(w http.ResponseWriter, r *http.Request) { f.serve(w, r, rt) })
	}
}

// Routes lists every route, for the test that walks them all.
func (f *Frame) Routes() []Route { return slices.Clone(f.routes) }

// Script adds a file of our own to every page of the frame. It is served under
// its path and sent along with the pages in full, never in the lite form.
func (f *Frame) Script(mux *http.ServeMux, path string, data []byte) {
	f.scripts = append(f.scripts, path)
	mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
		f.shell.Send(w, r, page.File{Type: "text/javascript; charset=utf-8", Data: data, MaxAge: 300})
	})
}

func (f *Frame) serve(w http.ResponseWriter, r *http.Request, rt Route) {
	v := &Visit{W: w, R: r, frame: f, Words: f.shell.Words(page.Of(r).Lang), token: f.token(r)}
	v.Path = page.Of(r).Path
	w.Header().Set("Cache-Control", "no-store")
	err := f.admit(v, rt)
	v.dress()
	if err == nil {
		err = rt.Do(v)
	}
	if err != nil {
		v.Fail(err)
	}
}

// admit lets a request in, or says why not. What it finds out it notes in v.
func (f *Frame) admit(v *Visit, rt Route) error {
	if v.strange() {
		return fault.New(fault.NotFound, "")
	}
	if err := f.cross.Check(v.R); err != nil {
		return fault.Wrap(err, fault.Forbidden, "desk.foreign_form")
	}
	if !f.private(v.R) {
		return fault.New(fault.Forbidden, "desk.no_https")
	}
	var err error
	if v.token != "" {
		v.Actor, err = f.door.Who(v.R.Context(), v.token)
		if err != nil && fault.KindOf(err) != fault.Forbidden {
			return err
		}
		v.known = err == nil
	}
	if !v.known && !rt.Open {
		return errEnter
	}
	readOnly, closed, err := f.door.Modes(v.R.Context())
	if err != nil {
		return err
	}
	keeper := v.Can(Administrator, "")
	switch {
	case closed && !keeper && !rt.Always && !rt.Open:
		return fault.New(fault.Unavailable, "desk.closed")
	case closed && keeper:
		v.banner = "desk.closed_banner"
	}
	if readOnly {
		v.banner = "desk.read_only_banner"
		if v.posts() && !rt.Always {
			return fault.New(fault.Unavailable, "desk.read_only")
		}
	}
	if rt.Needs != "" {
		if err := v.Must(rt.Needs, ""); err != nil {
			return err
		}
	}
	if v.posts() {
		return v.readForm(rt)
	}
	return nil
}

// strange tells whether the address holds what no link of ours does and no
// database takes: letters that control a terminal, or none at all.
func (v *Visit) strange() bool {
	return !utf8.ValidString(v.R.URL.Path) || strings.ContainsFunc(v.R.URL.Path, unicode.IsControl)
}

// errEnter asks for logging in.
var errEnter = fault.New(fault.Forbidden, "desk.enter")

// cookie is the name of the cookie that holds a session. With https browsers
// bind it to this host and path by its name (RFC 6265bis, 4.1.3.2).
func (f *Frame) cookie() string {
	if f.secure {
		return "__Host-desk"
	}
	return "desk"
}

func (f *Frame) token(r *http.Request) string {
	c, err := r.Cookie(f.cookie())
	if err != nil {
		return ""
	}
	return c.Value
}

// private tells whether nobody on the way can read a request: by https, through
// an onion service, or on the machine itself.
func (f *Frame) private(r *http.Request) bool {
	if f.secure || r.TLS != nil {
		return true
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || strings.HasSuffix(host, ".onion") || ip != nil && ip.IsLoopback()
}

// Visit is one request of a person at work.
type Visit struct {
	Actor
	W     http.ResponseWriter
	R     *http.Request
	Words *i18n.Texts
	Path  string            // without language and mode
	Parts *multipart.Reader // of a route that streams, after the token

	frame  *Frame
	lang   string // the language to go on in; "" for that of the request
	token  string
	known  bool
	banner string
}

// Known tells whether somebody is logged in; it matters on open routes alone.
func (v *Visit) Known() bool { return v.known }

// Session is the token of the session, "" when nobody is logged in.
func (v *Visit) Session() string {
	if !v.known {
		return ""
	}
	return v.token
}

// Home is where somebody comes to after logging in: the first link of their
// navigation.
func (v *Visit) Home() string {
	for _, it := range v.frame.nav {
		if it.Needs == "" || v.Can(it.Needs, "") {
			return it.Path
		}
	}
	return Self
}

// Speak goes on in another language, where the site has it.
func (v *Visit) Speak(lang string) {
	if v.frame.shell.Words(lang).Lang.Tag == lang {
		v.lang = lang
	}
}

// Langs are the languages of the site.
func (v *Visit) Langs() []i18n.Lang { return v.frame.shell.Langs() }

func (v *Visit) posts() bool { return v.R.Method != http.MethodGet && v.R.Method != http.MethodHead }

// formToken is what a form of this session carries: nobody who does not have the
// session's token can know it. It is "" while nobody is logged in.
func (v *Visit) formToken() string {
	if v.token == "" {
		return ""
	}
	m := hmac.New(sha256.New, []byte(v.token))
	m.Write([]byte("form"))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:18])
}

// readForm reads what was sent and checks its token.
func (v *Visit) readForm(rt Route) error {
	most := rt.Max
	if most == 0 {
		most = maxForm
	}
	v.R.Body = http.MaxBytesReader(v.W, v.R.Body, most)
	got := ""
	if kind, _, _ := mime.ParseMediaType(v.R.Header.Get("Content-Type")); rt.Stream && kind == "multipart/form-data" {
		parts, err := v.R.MultipartReader()
		if err != nil {
			return fault.Wrap(err, fault.Invalid, "")
		}
		first, err := parts.NextPart()
		if err != nil || first.FormName() != page.FormToken {
			return fault.New(fault.Forbidden, "desk.stale_form")
		}
		token, err := io.ReadAll(io.LimitReader(first, maxToken)) // a part may come in pieces
		if err != nil {
			return fault.Wrap(err, fault.Invalid, "")
		}
		got, v.Parts = string(token), parts
	} else {
		if err := v.R.ParseForm(); err != nil {
			var large *http.MaxBytesError
			if errors.As(err, &large) {
				return fault.Wrap(err, fault.TooLarge, "")
			}
			return fault.Wrap(err, fault.Invalid, "")
		}
		got = v.R.PostForm.Get(page.FormToken)
	}
	if v.known && !hmac.Equal([]byte(got), []byte(v.formToken())) {
		return fault.New(fault.Forbidden, "desk.stale_form")
	}
	return nil
}

// dress puts the frame round every page of this request.
func (v *Visit) dress() {
	in := &page.Inside{Self: Self, Out: Out}
	if v.known {
		in.Who, in.Token = v.Name, v.formToken()
		for _, it := range v.frame.nav {
			if it.Needs == "" || v.Can(it.Needs, "") {
				in.Nav = append(in.Nav, it.Item)
			}
		}
	}
	if v.banner != "" {
		in.Banner = v.Words.T(v.banner)
	}
	if !page.Of(v.R).Lite {
		in.Scripts = v.frame.scripts
	}
	v.R = page.WithInside(v.R, in)
}

// Show renders a page.
func (v *Visit) Show(p page.Page) error {
	if said := v.R.URL.Query().Get("said"); said != "" && p.Notice == nil && v.Words.Has("said."+said) {
		p.Notice = &page.Notice{Text: v.Words.T("said." + said)}
	}
	v.frame.shell.Render(v.W, v.R, p)
	return nil
}

// Go sends the browser on after an act (303), to a path without language. said,
// when set, is the key under "said." of what the next page says was done.
func (v *Visit) Go(path, said string) error {
	if said != "" {
		path, fragment, _ := strings.Cut(path, "#")
		u, err := url.Parse(path)
		if err != nil {
			return err
		}
		q := u.Query()
		q.Set("said", said)
		u.RawQuery, u.Fragment = q.Encode(), fragment
		return v.redirect(u.String())
	}
	return v.redirect(path)
}

func (v *Visit) redirect(path string) error {
	path, query, has := strings.Cut(path, "?")
	where := page.Of(v.R)
	if v.lang != "" {
		where = where.In(v.lang)
	}
	to := where.URL(path)
	if has {
		to += "?" + query
	}
	http.Redirect(v.W, v.R, to, http.StatusSeeOther)
	return nil
}

// Fail answers an error. Whoever has to log in first is led there, and comes
// back afterwards.
func (v *Visit) Fail(err error) {
	if errors.Is(err, errEnter) && !v.posts() {
		if v.token == "" && v.R.Header.Get("Sec-Fetch-Site") == "cross-site" && v.Query(came) == "" {
			v.comeAgain()
			return
		}
		_ = v.redirect(Enter + "?next=" + url.QueryEscape(v.back())) // writes a header, cannot fail
		return
	}
	if texts := v.written(); errors.Is(err, errEnter) && len(texts) > 0 {
		v.frame.shell.Render(v.W, v.R, page.Page{Title: v.Words.T("desk.kept.title"), Status: http.StatusForbidden, Body: "desk.kept",
			Data: keptData{Enter, texts}})
		return
	}
	v.frame.shell.Fail(v.W, v.R, err)
}

// keptData is what views/kept.html gets.
type keptData struct {
	Enter string
	Texts []string
}

// leastKept is how long a text is that somebody would not like to write again, in
// letters.
const leastKept = 20

// written are the longer texts of a form whose sender is not logged in any more,
// so that they can be copied; the longest first. A passphrase is not among them.
func (v *Visit) written() []string {
	if kind, _, _ := mime.ParseMediaType(v.R.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
		return nil
	}
	v.R.Body = http.MaxBytesReader(v.W, v.R.Body, maxForm)
	if v.R.ParseForm() != nil {
		return nil
	}
	var out []string
	for name, values := range v.R.PostForm {
		if name == page.FormToken || name == "passphrase" {
			continue
		}
		for _, text := range values {
			if text = Clean(text); utf8.RuneCountInString(text) >= leastKept {
				out = append(out, text)
			}
		}
	}
	slices.SortFunc(out, func(a, b string) int { return len(b) - len(a) })
	return out
}

// came marks an address that was asked for again.
const came = "came"

// comeAgain answers who followed a link from a mail or another site: the browser
// came without the cookie, which is strict. Asked again by our own page, it
// sends it.
func (v *Visit) comeAgain() {
	q := v.R.URL.Query()
	q.Set(came, "1")
	again := (&url.URL{Path: v.Path, RawQuery: q.Encode()}).String()
	v.W.Header().Set("Refresh", "0; url="+page.Of(v.R).URL(again))
	v.frame.shell.Error(v.W, v.R, http.StatusOK, &page.Trouble{Title: v.Words.T("desk.coming.title"), Text: v.Words.T("desk.coming.text"),
		Links: []page.Link{{Text: v.Words.T("desk.coming.link"), Href: again}}})
}

// back is the address of the request, without language and mode.
func (v *Visit) back() string {
	return (&url.URL{Path: v.Path, RawQuery: v.R.URL.RawQuery}).String()
}

// Mend gives the words of an error a form can show beside its fields; ok is
// false for any other error.
func (v *Visit) Mend(err error) (top page.Summary, beside map[string]string, ok bool) {
	fields := fault.Fields(err)
	if fault.KindOf(err) != fault.Invalid || len(fields) == 0 {
		return page.Summary{}, nil, false
	}
	top, beside = page.Mistakes(v.Words, fields)
	return top, beside, true
}

// Value is a field of what was sent, without white space round it.
func (v *Visit) Value(name string) string { return Clean(v.R.PostFormValue(name)) }

// Values are all fields of a name, such as boxes that were ticked.
func (v *Visit) Values(name string) []string {
	var out []string
	for _, s := range v.R.PostForm[name] {
		out = append(out, Clean(s))
	}
	return out
}

// Form is everything that was sent, cleaned like [Visit.Value].
func (v *Visit) Form() url.Values {
	out := url.Values{}
	for name := range v.R.PostForm {
		out[name] = v.Values(name)
	}
	return out
}

// Query is a field of the address, cleaned like [Visit.Value].
func (v *Visit) Query(name string) string { return Clean(v.R.URL.Query().Get(name)) }

// Clean is a text as people may write it: without white space round it, bytes
// that are no letters, signs that control a terminal (lines and tabs stay), and
// those that turn the writing of others round.
func Clean(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == utf8.RuneError, unicode.IsControl(r), r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n")))
}

// Begin keeps a new session in the browser; it ends with the browser.
func (v *Visit) Begin(token string) {
	v.token = token
	v.setCookie(token, 0)
}

// End forgets the session in the browser.
func (v *Visit) End() { v.setCookie("", -1) }

func (v *Visit) setCookie(value string, age int) {
	http.SetCookie(v.W, &http.Cookie{Name: v.frame.cookie(), Value: value, Path: "/", MaxAge: age,
		Secure: v.frame.secure, HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

// Next is where to go after logging in: a path of the desk, or fallback.
func (v *Visit) Next(path, fallback string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(path, "/desk") && !strings.HasPrefix(path, "/account") || strings.ContainsAny(path, "\\\r\n") {
		return fallback
	}
	return path
}
