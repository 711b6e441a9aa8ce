package coalition

import (
	"net/url"
	"strings"

	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page"
)

// ceremony is what a form asks the device with: "get" a passkey that is there,
// or "create" one. Options is what the script hands to the browser; the ticket
// comes back with the answer.
type ceremony struct{ Kind, Options, Ticket, Button string }

// enterPage is GET /account/enter.
type enterPage struct {
	form
	Key    *ceremony
	Next   string
	Fields []page.Field
	Known  string // somebody is logged in already
}

func (w *Web) enter(v *desk.Visit) error { return w.showEnter(v, plain, v.Query("next")) }

func (w *Web) showEnter(v *desk.Visit, f form, next string) error {
	x := v.Words
	out := enterPage{form: f, Next: v.Next(next, ""), Fields: []page.Field{
		{Name: "name", Label: x.T("coalition.field.name"), Value: v.Value("name"), Max: 60, Autocomplete: "username", Error: f.beside["name"]},
		{Name: "passphrase", Label: x.T("coalition.field.passphrase"), Type: "password", Autocomplete: "current-password", Error: f.beside["passphrase"]},
		{Name: "code", Label: x.T("coalition.field.code"), Hint: x.T("coalition.field.code_hint"), Max: 40, Width: "s", Dir: "ltr", Autocomplete: "one-time-code", Error: f.beside["code"]},
		device(v),
	}}
	if v.Known() {
		out.Known = v.Name
	}
	if keys := w.passkeys(v.R); keys != nil {
		options, ticket, err := keys.BeginEnter()
		if err != nil {
			return err
		}
		out.Key = &ceremony{"get", string(options), ticket, x.T("coalition.enter.key")}
	}
	return f.show(v, page.Page{Title: x.T("coalition.enter.title"), Body: "coalition.enter", Data: out})
}

func device(v *desk.Visit) page.Field {
	return page.Field{Name: "device", Label: v.Words.T("coalition.field.device"), Hint: v.Words.T("coalition.field.device_hint"), Value: v.Value("device"), Max: 60, Optional: true}
}

func (w *Web) doEnter(v *desk.Visit) error {
	ctx := v.R.Context()
	var p account.Person
	var token string
	var err error
	if answer := v.Value("answer"); answer != "" {
		keys := w.passkeys(v.R)
		if keys == nil {
			return fault.New(fault.Invalid, "account.passkey_refused")
		}
		p, token, err = keys.Enter(ctx, v.Value("ticket"), []byte(answer), v.Value("device"))
	} else {
		p, token, err = w.office.Accounts.Enter(ctx, account.Entry{Name: v.Value("name"), Passphrase: v.R.PostFormValue("passphrase"), Code: v.Value("code"),
			Address: w.sender.Of(v.R), Device: v.Value("device")})
	}
	if err != nil {
		if f, ok := again(v, err, "name"); ok {
			f.Wrong.Kept = v.Words.T("page.form.secrets")
			return w.showEnter(v, f, v.Value("next"))
		}
		return err
	}
	return w.begun(v, p, token, v.Value("next"))
}

// begun goes on in a session that has just begun, in the person's own language.
func (w *Web) begun(v *desk.Visit, p account.Person, token, next string) error {
	if was := v.Session(); was != "" { // the session before is over, not forgotten
		if old, se, err := w.office.Accounts.Find(v.R.Context(), was); err == nil {
			if err := w.office.Accounts.End(v.R.Context(), old, se.Hash); err != nil {
				return err
			}
		}
	}
	v.Begin(token)
	v.Speak(p.Lang)
	_, codes, enough, err := w.office.Accounts.Ways(v.R.Context(), p)
	if err != nil {
		return err
	}
	if !enough || codes == 0 && v.Next(next, "") == "" { // what is missing comes first; the page that was asked for is not forgotten
		to := desk.Self
		if next := v.Next(next, ""); next != "" {
			to += "?next=" + url.QueryEscape(next)
		}
		return v.Go(to, "")
	}
	actor, err := w.office.Actor(v.R.Context(), p)
	if err != nil {
		return err
	}
	v.Actor = actor
	return v.Go(v.Next(next, v.Home()), "")
}

func (w *Web) leave(v *desk.Visit) error {
	if token := v.Session(); token != "" {
		p, se, err := w.me(v)
		if err == nil {
			err = w.office.Accounts.End(v.R.Context(), p, se.Hash)
		}
		if err != nil {
			return err
		}
	}
	v.End()
	return v.Go(desk.Enter, "coalition.out")
}

// joinPage is GET /account/join/{code}.
type joinPage struct {
	form
	Action  string
	Gives   []roleLine
	Fields  []page.Field
	Lang    page.Select
	Pass    page.Field
	HasKeys bool
	Known   string // somebody is logged in already
}

// roleLine is a role in words.
type roleLine struct {
	ID                       int64
	Role, Does, Area         string
	Organisation, Since      string
	OrganisationRef, TakeURL string
}

func (w *Web) join(v *desk.Visit) error { return w.showJoin(v, plain) }

func (w *Web) showJoin(v *desk.Visit, f form) error {
	x, code := v.Words, v.R.PathValue("code")
	inv, err := w.office.Accounts.Invited(v.R.Context(), code)
	if fault.KindOf(err) == fault.Gone {
		return w.showOver(v, err)
	}
	if err != nil {
		return err
	}
	out := joinPage{form: f, Action: JoinPath(code), HasKeys: w.passkeys(v.R) != nil}
	if v.Known() {
		out.Known = v.Name
	}
	if out.Gives, err = w.gives(v, inv); err != nil {
		return err
	}
	lang := v.Value("lang")
	if lang == "" {
		lang = x.Lang.Tag
	}
	out.Fields = []page.Field{{Name: "name", Label: x.T("coalition.field.name_shown"), Hint: x.T("coalition.field.name_hint"), Value: v.Value("name"), Max: 60, Autocomplete: "username", Error: f.beside["name"]}, device(v)}
	out.Lang = langs(v, lang)
	out.Pass = page.Field{Name: "passphrase", Label: x.T("coalition.field.passphrase"), Hint: x.T("coalition.field.passphrase_hint", "least", account.MinPassphrase), Type: "password",
		Autocomplete: "new-password", Optional: out.HasKeys, Error: f.beside["passphrase"]}
	return f.show(v, page.Page{Title: x.T("coalition.join.title"), Body: "coalition.join", Data: out})
}

// langs are the languages of the site to choose from.
func langs(v *desk.Visit, chosen string) page.Select {
	out := page.Select{Name: "lang", Label: v.Words.T("coalition.field.lang"), Groups: []page.Group{{}}}
	for _, l := range v.Langs() {
		out.Groups[0].Options = append(out.Groups[0].Options, page.Option{Value: l.Tag, Label: l.Name, Chosen: strings.EqualFold(l.Tag, chosen)})
	}
	return out
}

// gives are the roles of an invitation in words.
func (w *Web) gives(v *desk.Visit, inv account.Invitation) ([]roleLine, error) {
	list, err := readGrants(inv.Grants)
	if err != nil {
		return nil, err
	}
	var out []roleLine
	for _, g := range list {
		o, err := w.office.ByRef(v.R.Context(), g.Organisation)
		if err != nil {
			return nil, err
		}
		out = append(out, lineOf(v, o, g.Role, g.Area))
	}
	return out, nil
}

func lineOf(v *desk.Visit, o Organisation, role desk.Role, area string) roleLine {
	x := v.Words
	return roleLine{Role: x.T("coalition.role." + string(role)), Does: x.T("coalition.does." + string(role)), Area: areaName(x, area), Organisation: o.Name(x.Lang.Tag), OrganisationRef: o.Ref}
}

func (w *Web) doJoin(v *desk.Visit) error {
	pass := v.R.PostFormValue("passphrase")
	j := account.Joining{Code: v.R.PathValue("code"), Name: v.Value("name"), Lang: v.Value("lang"), Device: v.Value("device"), Passphrase: pass}
	if pass == "" && (w.passkeys(v.R) == nil) {
		j.Passphrase = " " // asked for where there is no other way
	}
	if !knows(v, j.Lang) {
		j.Lang = v.Words.Lang.Tag
	}
	p, token, err := w.office.Accounts.Accept(v.R.Context(), j)
	if err != nil {
		if fault.KindOf(err) == fault.Gone {
			return w.showOver(v, err)
		}
		if f, ok := again(v, err, "name"); ok {
			f.Wrong.Kept = v.Words.T("page.form.secrets")
			return w.showJoin(v, f)
		}
		return err
	}
	return w.begun(v, p, token, "")
}

// showOver tells whoever holds a link that lets nobody in any more why, and what to
// do: one that was used by somebody else is a danger, and not their doing.
func (w *Web) showOver(v *desk.Visit, why error) error {
	key, args := fault.Text(why)
	return form{status: page.Problem(fault.Gone)}.show(v, page.Page{Title: v.Words.T("coalition.over.title"), Body: "coalition.over", Data: v.Words.T(key, args...)})
}

// knows tells whether the site has a language.
func knows(v *desk.Visit, lang string) bool {
	for _, l := range v.Langs() {
		if l.Tag == lang {
			return true
		}
	}
	return false
}
