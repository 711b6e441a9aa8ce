package coalition

import (
	"embed"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/embedded"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/limit"
	"keepiton/internal/platform/page"
)

//go:embed texts/*.json views/*
var files embed.FS

// Texts is the catalogue of this room.
func Texts() fs.FS { return embedded.Dir(files, "texts") }

// Views are its templates.
func Views() fs.FS { return embedded.Dir(files, "views") }

//go:embed passkey.js
var passkeyScript []byte

// Script is the one script of this room: it asks the device for a passkey. All
// pages work without it, by passphrase.
func Script() (path string, data []byte) { return "/account/passkey.js", passkeyScript }

// Nav are the links of this room in the desk's navigation.
func Nav() []desk.Item {
	return []desk.Item{
		{Item: page.Item{Key: "coalition.nav.people", Path: "/desk/people", Section: "people"}, Needs: desk.Administrator},
		{Item: page.Item{Key: "coalition.nav.organisations", Path: "/desk/organisations", Section: "organisations"}, Needs: desk.Reader},
		{Item: page.Item{Key: "coalition.nav.modes", Path: "/desk/modes", Section: "modes"}, Needs: desk.Administrator},
	}
}

// JoinPath is the path of the page for whoever has an invitation's code.
func JoinPath(code string) string { return "/account/join/" + code }

// Web shows the office in the browser.
type Web struct {
	office *Office
	origin string
	sender limit.Sender
	mailer Mailer // nil where no mail is sent
	now    func() time.Time

	mu   sync.Mutex
	keys map[string]*account.Passkeys // by the address people come by
}

// NewWeb makes the pages. origin is the scheme and host readers use, "" where
// none was set up; sender tells where guesses come from; mailer is nil where no mail is
// sent.
func NewWeb(o *Office, origin string, sender limit.Sender, mailer Mailer) *Web {
	return &Web{office: o, origin: strings.TrimSuffix(origin, "/"), sender: sender, mailer: mailer, now: time.Now, keys: map[string]*account.Passkeys{}}
}

// Routes lists the pages and acts of this room. What only shuts somebody out,
// and what lifts a mode, works in every mode.
func (w *Web) Routes() []desk.Route {
	open := func(method, path string, do func(*desk.Visit) error) desk.Route {
		return desk.Route{Method: method, Path: path, Open: true, Do: do}
	}
	member := func(method, path string, do func(*desk.Visit) error) desk.Route {
		return desk.Route{Method: method, Path: path, Member: true, Do: do}
	}
	admin := func(method, path string, do func(*desk.Visit) error) desk.Route {
		return desk.Route{Method: method, Path: path, Needs: desk.Administrator, Do: do}
	}
	reader := func(method, path string, do func(*desk.Visit) error) desk.Route {
		return desk.Route{Method: method, Path: path, Needs: desk.Reader, Do: do}
	}
	always := func(rt desk.Route) desk.Route { rt.Always = true; return rt }
	bare := func(method, path string, do func(*desk.Visit) error) desk.Route {
		return desk.Route{Method: method, Path: path, Open: true, Bare: true, Always: true, Do: do}
	}
	return []desk.Route{
		open("GET", desk.Enter, w.enter), always(open("POST", desk.Enter, w.doEnter)),
		open("GET", "/account/join/{code}", w.join), open("POST", "/account/join/{code}", w.doJoin),
		always(open("POST", desk.Out, w.leave)),
		member("GET", desk.Self, w.self), member("POST", "/account/name", w.doName),
		member("GET", "/account/passkey", w.passkey), member("POST", "/account/passkey", w.doPasskey),
		member("GET", "/account/clock", w.clock), member("POST", "/account/clock", w.doClock),
		member("GET", "/account/passphrase", w.passphrase), member("POST", "/account/passphrase", w.doPassphrase),
		member("GET", "/account/codes", w.codes), member("POST", "/account/codes", w.doCodes),
		member("POST", "/account/ways/{id}/remove", w.doRemove),
		member("POST", "/account/feed", w.doFeed), always(member("POST", "/account/feed/remove", w.dropFeed)),
		member("POST", "/account/mail", w.doMail), member("POST", "/account/mail/code", w.doMailCode), member("POST", "/account/mail/hour", w.doMailHour),
		always(member("POST", "/account/mail/remove", w.dropMail)),
		bare("GET", desk.StopMailPath("{secret}"), w.mailStop), bare("POST", desk.StopMailPath("{secret}"), w.doMailStop),
		always(member("POST", "/account/sessions/{hash}/end", w.doEnd)), always(member("POST", "/account/sessions/end", w.doEndAll)),
		admin("GET", "/desk/people", w.people), admin("GET", "/desk/people/invite", w.invite), admin("POST", "/desk/people/invite", w.doInvite),
		admin("POST", "/desk/invitations/{id}/withdraw", w.doWithdraw),
		admin("GET", "/desk/people/{ref}", w.person), admin("POST", "/desk/people/{ref}/give", w.doGive), admin("POST", "/desk/people/{ref}/take/{id}", w.doTake),
		always(admin("POST", "/desk/people/{ref}/suspend", w.doSuspend)), admin("POST", "/desk/people/{ref}/restore", w.doRestore),
		reader("GET", "/desk/organisations", w.organisations), admin("GET", "/desk/organisations/new", w.newOrganisation), admin("POST", "/desk/organisations", w.doNewOrganisation),
		reader("GET", "/desk/organisations/{ref}", w.organisation), admin("POST", "/desk/organisations/{ref}", w.doOrganisation),
		admin("GET", "/desk/modes", w.modes), always(admin("POST", "/desk/modes", w.doMode)),
	}
}

// passkeys are the ceremonies for the address of a request; nil where browsers
// know no passkeys: at a bare number, and at an onion address beside the
// site's own.
func (w *Web) passkeys(r *http.Request) *account.Passkeys {
	origin := w.origin
	host := hostOf(r.Host)
	if origin == "" && host == "localhost" {
		origin = "http://" + r.Host
	}
	u, err := url.Parse(origin)
	if err != nil || origin == "" || net.ParseIP(u.Hostname()) != nil || strings.HasSuffix(host, ".onion") && host != u.Hostname() {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	k := w.keys[origin]
	if k == nil {
		if k, err = w.office.Accounts.Passkeys(origin); err != nil {
			return nil
		}
		w.keys[origin] = k
	}
	return k
}

func hostOf(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		return h
	}
	return strings.Trim(host, "[]")
}

// me is the person of a visit, and their session.
func (w *Web) me(v *desk.Visit) (account.Person, account.Session, error) {
	return w.office.Accounts.Find(v.R.Context(), v.Session())
}

// form is what a form shows again: what is wrong, on top and beside.
type form struct {
	Wrong  page.Summary
	beside map[string]string
	status int
}

// again reads an error into a form; ok is false for one that a form cannot
// show. field is where the reader is led when the error names none.
func again(v *desk.Visit, err error, field string) (f form, ok bool) {
	if err == nil {
		return f, true
	}
	f.status = page.Problem(fault.KindOf(err))
	if f.Wrong, f.beside, ok = v.Mend(err); ok {
		return f, true
	}
	key, args := fault.Text(err)
	if kind := fault.KindOf(err); key == "" || kind == fault.NotFound || kind == fault.Internal {
		return f, false
	}
	f.Wrong = page.Summary{Items: []page.Mistake{{Name: field, Text: v.Words.T(key, args...)}}}
	return f, true
}

// show renders a page of this room.
func (f form) show(v *desk.Visit, p page.Page) error {
	p.Kind, p.Status, p.Errors = "coalition", f.status, len(f.Wrong.Items) > 0
	return v.Show(p)
}

// plain is a form nothing is wrong with.
var plain = form{}

// instant writes when something happened, in the reader's language and UTC.
func instant(x *i18n.Texts, micro int64) string {
	at := time.UnixMicro(micro).UTC()
	return x.T("coalition.instant", "date", day(x, micro), "time", at.Format("15:04"))
}

// day is the date of an instant.
func day(x *i18n.Texts, micro int64) string {
	return x.Date(time.UnixMicro(micro).UTC().Format("2006-01-02"))
}

// areaName is an area in words.
func areaName(x *i18n.Texts, area string) string {
	switch name := geo.CountryName(area, x.Lang.Tag); {
	case area == Everywhere:
		return x.T("coalition.everywhere")
	case name != "":
		return name
	}
	return x.T("coalition.region." + area)
}

// areas are all areas to choose from; chosen is the one that is.
func areas(x *i18n.Texts, name, chosen, wrong string) page.Select {
	option := func(area string) page.Option {
		return page.Option{Value: area, Label: areaName(x, area), Chosen: area == chosen}
	}
	groups := []page.Group{{Options: []page.Option{option(Everywhere)}}, {Label: x.T("coalition.regions")}, {Label: x.T("coalition.countries")}}
	if tax, err := incident.SeedTaxonomy(); err == nil {
		for _, t := range tax.Terms(incident.SchemeRegion) {
			groups[1].Options = append(groups[1].Options, option(t.Key))
		}
	}
	for _, c := range geo.Countries() {
		groups[2].Options = append(groups[2].Options, option(c.Code))
	}
	byLabel(groups[2].Options)
	return page.Select{Name: name, Label: x.T("coalition.field.area"), Hint: x.T("coalition.field.area_hint"), Error: wrong, Groups: groups}
}
