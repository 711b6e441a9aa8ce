package desk

import (
	"context"
	"fmt"
	"net"
	"net/http"
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
	Shut         bool // open, and shut to everybody while only administrators come in
	Stream       bool // a form with files, read part by part: see Visit.Parts
	Bare         bool // open, its address a secret that is enough: no session is looked at, and forms come from anywhere
	Own          bool // a page that has an effect when it is opened: our own links alone lead there
	Max          int64
	Page         string // the page that a form stands on; "" is the nearest at or above its address
	Do           func(*Visit) error
}

// Item is a link of the desk's navigation, for those who hold a role; "" for
// everybody who is logged in.
type Item struct {
	page.Item
	Needs  Role
	Writes bool                                            // it leads to a form; not offered while nothing can be stored
	Count  func(ctx context.Context, a Actor) (int, error) // how much waits there for somebody; nil: nothing to say
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
	labels  []string // prefixes of the keys with which the rooms' forms call their fields
	answers []Answer
}

// Enter is the path of the page for logging in, and Self that of a person's own
// page; Out logs out, OutAll everywhere.
const (
	Enter  = "/account/enter"
	Self   = "/account"
	Out    = "/account/leave"
	OutAll = "/account/sessions/end"
)

// FeedPath is the path of a person's feed by its secret.
func FeedPath(secret string) string { return "/desk/feeds/" + secret + ".atom" }

// StopMailPath is the path that stops mails to somebody, by the secret in each.
func StopMailPath(secret string) string { return "/account/mail/stop/" + secret }

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

// Labels tells with which keys the rooms' forms call their fields, as prefixes
// before the name of a field: for showing what was written.
func (f *Frame) Labels(prefixes ...string) { f.labels = append(f.labels, prefixes...) }

// Answer says in words what a value of a form's field means where people choose and do
// not write; chosen is false of any other field. What was left alone is said as "".
type Answer func(x *i18n.Texts, name, value string) (says string, chosen bool)

// Answers tells how the rooms say what is chosen in their forms: for showing it beside
// what was written.
func (f *Frame) Answers(list ...Answer) { f.answers = append(f.answers, list...) }

// Handle adds routes. The address of a form that no page stands at leads to the
// page it belongs to, so that it can be opened, loaded again and read in another
// language after an error.
func (f *Frame) Handle(mux *http.ServeMux, routes ...Route) {
	for _, rt := range routes {
		if !rt.Open && !rt.Member && rt.Needs == "" {
			panic("desk: the route " + rt.Method + " " + rt.Path + " does not say who may")
		}
		f.routes = append(f.routes, rt)
		mux.HandleFunc(rt.Method+" "+rt.Path, func(w http.ResponseWriter, r *http.Request) { f.serve(w, r, rt) })
	}
	for _, rt := range routes {
		if rt.Method != http.MethodGet && !f.answersGet(rt.Path) {
			mux.HandleFunc("GET "+rt.Path, func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, page.Of(r).URL(f.home(rt, r)), http.StatusSeeOther)
			})
		}
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
	v := &Visit{W: w, R: r, frame: f, route: rt, Words: f.shell.Words(page.Of(r).Lang), token: f.token(r)}
	v.Path = page.Of(r).Path
	w.Header().Set("Cache-Control", "no-store")
	defer func() { // here, and not outside, where the address would be logged
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(p)
		default:
			v.Fail(fmt.Errorf("panic: %v", p))
		}
	}()
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
	if rt.Bare {
		v.token = ""
	} else if err := f.cross.Check(v.R); err != nil {
		return errForeign
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
	case closed && (rt.Shut || !keeper && !rt.Always && !rt.Open):
		return errClosed
	case closed && keeper:
		v.banner = "desk.closed_banner"
	}
	if readOnly {
		v.banner, v.readOnly = "desk.read_only_banner", true
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
	if site := v.R.Header.Get("Sec-Fetch-Site"); rt.Own && (site == "cross-site" || site == "same-site") {
		return errNotOurs
	}
	return nil
}

// errNotOurs keeps what has an effect from being opened by a link elsewhere.
var errNotOurs = fault.New(fault.Forbidden, "desk.not_ours")

// strange tells whether the address holds what no link of ours does and no
// database takes: letters that control a terminal, or none at all.
func (v *Visit) strange() bool {
	return !utf8.ValidString(v.R.URL.Path) || strings.ContainsFunc(v.R.URL.Path, unicode.IsControl)
}

// errClosed keeps everybody but administrators out.
var errClosed = fault.New(fault.Unavailable, "desk.closed")

// errForeign refuses what another site sent. What it wrote is not shown.
var errForeign = fault.New(fault.Forbidden, "desk.foreign_form")

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
