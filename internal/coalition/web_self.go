package coalition

import (
	"encoding/base64"
	"html/template"
	"strconv"
	"time"

	"rsc.io/qr"

	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page"
)

// Fresh is how long after logging in a person may change how they come in: who
// finds a browser open must not make themselves at home.
const Fresh = 30 * time.Minute

// errStale asks for logging in once more.
var errStale = fault.New(fault.Forbidden, "coalition.stale")

// selfPage is GET /account.
type selfPage struct {
	form
	Steps    []step // what is missing before the person comes in again
	Enough   bool   // nothing is, beyond what is wise
	Next     string // the page that was asked for before logging in
	Fresh    bool
	Ways     []wayLine
	Codes    int
	HasCodes bool
	HasPass  bool
	HasClock bool
	HasKeys  bool
	Sessions []sessionLine
	Feed     string // since when the person has a feed address, "" for none
	Mail     mailPart
	Roles    []roleLine
	Fields   []page.Field
	Lang     page.Select
}

// step is a link to what should be done next.
type step struct{ Text, Path string }

type wayLine struct {
	Kind, Label, Since, Remove string
}

type sessionLine struct {
	Label, Begun, Seen, End string
	Here                    bool
}

func (w *Web) self(v *desk.Visit) error {
	p, _, err := w.me(v)
	if err != nil {
		return err
	}
	return w.showSelf(v, plain, p.Name, p.Lang)
}

func (w *Web) showSelf(v *desk.Visit, f form, name, lang string) error {
	ctx, x := v.R.Context(), v.Words
	p, here, err := w.me(v)
	if err != nil {
		return err
	}
	out := selfPage{form: f, Fresh: w.fresh(here), HasKeys: w.passkeys(v.R) != nil, Lang: langs(v, lang),
		Fields: []page.Field{{Name: "name", Label: x.T("coalition.field.name_shown"), Hint: x.T("coalition.field.name_hint"), Value: name, Max: 60, Autocomplete: "username", Error: f.beside["name"]}}}
	ways, codes, enough, err := w.office.Accounts.Ways(ctx, p)
	if err != nil {
		return err
	}
	out.Codes, out.HasCodes = codes, codes > 0
	for _, way := range ways {
		out.HasPass, out.HasClock = out.HasPass || way.Kind == account.KindPassphrase, out.HasClock || way.Kind == account.KindClock
		out.Ways = append(out.Ways, wayLine{x.T("coalition.way." + way.Kind), way.Label, instant(x, way.Created), "/account/ways/" + strconv.FormatInt(way.ID, 10) + "/remove"})
	}
	out.Steps, out.Enough, out.Next = steps(v, out, enough), enough, v.Next(v.Query("next"), "")
	sessions, err := w.office.Accounts.Sessions(ctx, p)
	if err != nil {
		return err
	}
	for _, se := range sessions {
		out.Sessions = append(out.Sessions, sessionLine{se.Label, instant(x, se.Begun), instant(x, se.Seen), "/account/sessions/" + se.Hash + "/end", se.Hash == here.Hash})
	}
	if out.Roles, err = w.roles(v, p); err != nil {
		return err
	}
	made, err := w.office.Accounts.FeedSince(ctx, p)
	if err != nil {
		return err
	}
	if made > 0 {
		out.Feed = instant(x, made)
	}
	if out.Mail, err = w.mailOf(v, f, out.Fresh); err != nil {
		return err
	}
	return f.show(v, page.Page{Title: x.T("coalition.self.title"), Body: "coalition.self", Section: "self", Data: out})
}

// steps say what a newcomer has to do before they come in a second time.
func steps(v *desk.Visit, s selfPage, enough bool) (out []step) {
	add := func(key, path string) { out = append(out, step{v.Words.T("coalition.step." + key), path}) }
	switch {
	case enough:
	case s.HasPass:
		add("clock", "/account/clock")
	case s.HasClock:
		add("passphrase", "/account/passphrase")
	case s.HasKeys:
		add("passkey", "/account/passkey")
		add("instead", "/account/passphrase")
	default:
		add("passphrase", "/account/passphrase")
	}
	if enough && !s.HasCodes {
		add("codes", "/account/codes")
	}
	return out
}

// roles are what a person holds, in words.
func (w *Web) roles(v *desk.Visit, p account.Person) ([]roleLine, error) {
	held, err := w.office.held(v.R.Context(), w.office.db.Reader(), p.ID)
	if err != nil {
		return nil, err
	}
	return w.lines(v, held)
}

func (w *Web) lines(v *desk.Visit, list []Membership) ([]roleLine, error) {
	all, err := w.office.Organisations(v.R.Context())
	if err != nil {
		return nil, err
	}
	by := map[int64]Organisation{}
	for _, o := range all {
		by[o.ID] = o
	}
	var out []roleLine
	for _, m := range list {
		line := lineOf(v, by[m.Organisation], m.Role, m.Area)
		line.ID, line.Since = m.ID, instant(v.Words, m.Granted)
		out = append(out, line)
	}
	return out, nil
}

// fresh tells whether a session may change how its person comes in.
func (w *Web) fresh(se account.Session) bool {
	return w.now().Sub(time.UnixMicro(se.Begun)) < Fresh
}

// freshly gives the person of a visit whose session is fresh.
func (w *Web) freshly(v *desk.Visit) (account.Person, account.Session, error) {
	p, se, err := w.me(v)
	if err == nil && !w.fresh(se) {
		err = errStale
	}
	return p, se, err
}

func (w *Web) doName(v *desk.Visit) error {
	p, _, err := w.me(v)
	if err != nil {
		return err
	}
	lang := v.Value("lang")
	if !knows(v, lang) {
		lang = p.Lang
	}
	if err := w.office.Accounts.Rename(v.R.Context(), p, v.Value("name"), lang); err != nil {
		if f, ok := again(v, err, "name"); ok {
			return w.showSelf(v, f, v.Value("name"), lang)
		}
		return err
	}
	v.Speak(lang)
	return v.Go(desk.Self, "coalition.kept")
}

// passkeyPage is GET /account/passkey.
type passkeyPage struct {
	form
	Key   *ceremony
	Label page.Field
}

func (w *Web) passkey(v *desk.Visit) error { return w.showPasskey(v, plain) }

func (w *Web) showPasskey(v *desk.Visit, f form) error {
	p, _, err := w.freshly(v)
	if err != nil {
		return err
	}
	x := v.Words
	out := passkeyPage{form: f, Label: page.Field{Name: "label", Label: x.T("coalition.field.key_label"), Hint: x.T("coalition.field.key_hint"), Value: v.Value("label"), Max: 60, Error: f.beside["label"]}}
	if keys := w.passkeys(v.R); keys != nil {
		options, ticket, err := keys.BeginAdd(v.R.Context(), p)
		if err != nil {
			return err
		}
		out.Key = &ceremony{"create", string(options), ticket, x.T("coalition.passkey.make")}
	}
	return f.show(v, page.Page{Title: x.T("coalition.passkey.title"), Body: "coalition.passkey", Section: "self", Data: out})
}

func (w *Web) doPasskey(v *desk.Visit) error {
	p, _, err := w.freshly(v)
	if err != nil {
		return err
	}
	keys := w.passkeys(v.R)
	if keys == nil {
		return fault.New(fault.Invalid, "account.passkey_refused")
	}
	if err := keys.Add(v.R.Context(), p, v.Value("label"), v.Value("ticket"), []byte(v.Value("answer"))); err != nil {
		if f, ok := again(v, err, "label"); ok {
			return w.showPasskey(v, f)
		}
		return err
	}
	return v.Go(desk.Self, "coalition.passkey")
}

// clockPage is GET /account/clock. The secret travels in the form: nothing is
// stored before a first code proves that the app has it.
type clockPage struct {
	form
	Picture template.URL
	Secret  string
	Spaced  string
	Has     bool
	Code    page.Field
}

func (w *Web) clock(v *desk.Visit) error { return w.showClock(v, plain, "") }

func (w *Web) showClock(v *desk.Visit, f form, secret string) error {
	p, _, err := w.freshly(v)
	if err != nil {
		return err
	}
	address, text, err := w.office.Accounts.NewClock(p, secret)
	if err != nil {
		return err
	}
	picture, err := qr.Encode(address, qr.M)
	if err != nil {
		return err
	}
	picture.Scale = 6
	out := clockPage{form: f, Secret: text, Spaced: grouped(text),
		Picture: template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(picture.PNG())), //nolint:gosec // our own bytes
		Code:    page.Field{Name: "code", Label: v.Words.T("coalition.field.first_code"), Max: 20, Width: "s", Dir: "ltr", Autocomplete: "one-time-code", InputMode: "numeric", Error: f.beside["code"]}}
	return f.show(v, page.Page{Title: v.Words.T("coalition.clock.title"), Body: "coalition.clock", Section: "self", Data: out})
}

// grouped is a secret as people copy it: four letters at a time.
func grouped(s string) string {
	out := ""
	for i, r := range s {
		if i > 0 && i%4 == 0 {
			out += " "
		}
		out += string(r)
	}
	return out
}

func (w *Web) doClock(v *desk.Visit) error {
	p, _, err := w.freshly(v)
	if err != nil {
		return err
	}
	secret := v.Value("secret")
	if err := w.office.Accounts.ConfirmClock(v.R.Context(), p, secret, v.Value("code")); err != nil {
		if f, ok := again(v, err, "code"); ok {
			return w.showClock(v, f, secret)
		}
		return err
	}
	return v.Go(desk.Self, "coalition.clock")
}

// passphrasePage is GET /account/passphrase.
type passphrasePage struct {
	form
	User string // for password managers
	Pass page.Field
}

func (w *Web) passphrase(v *desk.Visit) error { return w.showPassphrase(v, plain) }

func (w *Web) showPassphrase(v *desk.Visit, f form) error {
	p, _, err := w.freshly(v)
	if err != nil {
		return err
	}
	x := v.Words
	return f.show(v, page.Page{Title: x.T("coalition.passphrase.title"), Body: "coalition.passphrase", Section: "self", Data: passphrasePage{form: f, User: p.Name,
		Pass: page.Field{Name: "passphrase", Label: x.T("coalition.field.passphrase_new"), Hint: x.T("coalition.field.passphrase_hint", "least", account.MinPassphrase), Type: "password", Autocomplete: "new-password", Error: f.beside["passphrase"]}}})
}

func (w *Web) doPassphrase(v *desk.Visit) error {
	p, here, err := w.freshly(v)
	if err != nil {
		return err
	}
	if err := w.office.Accounts.SetPassphrase(v.R.Context(), p, here, v.R.PostFormValue("passphrase")); err != nil {
		if f, ok := again(v, err, "passphrase"); ok {
			return w.showPassphrase(v, f)
		}
		return err
	}
	return v.Go(desk.Self, "coalition.passphrase")
}

// codesPage is GET and POST /account/codes: the codes stand in the answer to the
// post and nowhere else.
type codesPage struct {
	form
	Codes []string
	Left  int
}

func (w *Web) codes(v *desk.Visit) error {
	p, _, err := w.freshly(v)
	if err != nil {
		return err
	}
	_, left, _, err := w.office.Accounts.Ways(v.R.Context(), p)
	if err != nil {
		return err
	}
	return plain.show(v, page.Page{Title: v.Words.T("coalition.codes.title"), Body: "coalition.codes", Section: "self", Data: codesPage{Left: left}})
}

func (w *Web) doCodes(v *desk.Visit) error {
	p, _, err := w.freshly(v)
	if err != nil {
		return err
	}
	list, err := w.office.Accounts.NewRecovery(v.R.Context(), p)
	if err != nil {
		return err
	}
	return plain.show(v, page.Page{Title: v.Words.T("coalition.codes.title"), Body: "coalition.codes", Section: "self", Data: codesPage{Codes: list, Left: len(list)}})
}

// number reads an id from the address; what is none is not there.
func number(v *desk.Visit, name string) (int64, error) {
	n, err := strconv.ParseInt(v.R.PathValue(name), 10, 64)
	if err != nil {
		return 0, fault.New(fault.NotFound, "")
	}
	return n, nil
}

func (w *Web) doRemove(v *desk.Visit) error {
	p, _, err := w.freshly(v)
	if err != nil {
		return err
	}
	id, err := number(v, "id")
	if err != nil {
		return err
	}
	if err := w.office.Accounts.Remove(v.R.Context(), p, id); err != nil {
		if f, ok := again(v, err, "ways"); ok {
			return w.showSelf(v, f, p.Name, p.Lang)
		}
		return err
	}
	return v.Go(desk.Self, "coalition.removed")
}

func (w *Web) doEnd(v *desk.Visit) error {
	p, here, err := w.me(v)
	if err != nil {
		return err
	}
	hash := v.R.PathValue("hash")
	if hash == here.Hash {
		return w.leave(v)
	}
	if err := w.office.Accounts.End(v.R.Context(), p, hash); err != nil {
		return err
	}
	return v.Go(desk.Self, "coalition.ended")
}

func (w *Web) doEndAll(v *desk.Visit) error {
	p, _, err := w.me(v)
	if err != nil {
		return err
	}
	if err := w.office.Accounts.EndAll(v.R.Context(), p); err != nil {
		return err
	}
	v.End()
	return v.Go(desk.Enter, "coalition.out_everywhere")
}
