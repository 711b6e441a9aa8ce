package coalition

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/mail"
	"keepiton/internal/platform/page"
)

// Mailer hands mails to a server.
type Mailer interface {
	Send(ctx context.Context, m mail.Message) error
}

// mailPart is what a person's own page says of the mail they get.
type mailPart struct {
	Off     string // why none is offered, "" where it is
	Has     bool
	Address string // for a fresh session alone
	When    string
	Held    string // that nothing goes out before its owner says again that it is theirs
	Failing string // that none gets through
	Form    string // ask, code, hour, stale, or "" for none
	Field   page.Field
	Hour    page.Select
}

// firstHour is the hour that is chosen before anybody chose.
const firstHour = 7

// mailOf is what stands on a person's own page, with what they wrote into its forms.
func (w *Web) mailOf(v *desk.Visit, f form, fresh bool) (out mailPart, err error) {
	x := v.Words
	p, _, err := w.me(v)
	if err != nil {
		return out, err
	}
	m, found, err := w.office.Accounts.Mail(v.R.Context(), p)
	if err != nil {
		return out, err
	}
	out.Has = found
	if found && fresh {
		out.Address = m.Address
	}
	hour := firstHour
	if m.Confirmed {
		out.When, hour = x.T("coalition.mail.daily", "at", clock(m.Hour)), m.Hour
	}
	if m.Failing > 0 {
		out.Failing = x.T("coalition.mail.failing", "at", instant(x, m.Failing))
	}
	if chosen := hourOf(v); chosen >= 0 {
		hour = chosen
	}
	out.Hour = hours(v, hour, f.beside["hour"])
	switch {
	case w.mailer == nil:
		out.Off, out.When = x.T("coalition.mail.off"), ""
		return out, nil
	case found && !m.Confirmed:
		out.Form = "code"
		out.Field = page.Field{Name: "code", Label: x.T("coalition.field.mail_code"), Max: 20, Width: "s", Dir: "ltr", Autocomplete: "one-time-code", Error: f.beside["code"]}
	case !fresh:
		out.Form = "stale"
	case found:
		out.Form = "hour"
	default:
		out.Form = "ask"
		out.Field = page.Field{Name: "address", Label: x.T("coalition.field.address"), Type: "email", Dir: "ltr", Max: 254, Autocomplete: "email", Value: v.Value("address"), Error: f.beside["address"]}
	}
	if m.Confirmed && m.Held {
		out.Held = x.T("coalition.mail.held")
	}
	return out, nil
}

// clock writes a full hour.
func clock(hour int) string { return fmt.Sprintf("%02d:00", hour) }

// hours are the hours of a day to choose from.
func hours(v *desk.Visit, chosen int, wrong string) page.Select {
	out := page.Select{Name: "hour", Label: v.Words.T("coalition.field.hour"), Hint: v.Words.T("coalition.field.hour_hint"), Error: wrong, Groups: []page.Group{{}}}
	for h := range 24 {
		out.Groups[0].Options = append(out.Groups[0].Options, page.Option{Value: strconv.Itoa(h), Label: clock(h), Chosen: h == chosen})
	}
	return out
}

// hourOf is the hour that was chosen; -1 for none.
func hourOf(v *desk.Visit) int {
	h, err := strconv.Atoi(v.Value("hour"))
	if err != nil {
		return -1
	}
	return h
}

// showMail answers a form of the mail part with what is wrong.
func (w *Web) showMail(v *desk.Visit, err error, field string) error {
	f, ok := again(v, err, field)
	if !ok {
		return err
	}
	p, _, err := w.me(v)
	if err != nil {
		return err
	}
	return w.showSelf(v, f, p.Name, p.Lang)
}

// doMail takes an address and sends a code there. An address to which none could be
// sent is not kept.
func (w *Web) doMail(v *desk.Visit) error {
	ctx := v.R.Context()
	p, _, err := w.freshly(v)
	if err != nil {
		return err
	}
	if w.mailer == nil {
		return fault.New(fault.Conflict, "coalition.mail.off")
	}
	code, err := w.office.Accounts.AskMail(ctx, p, v.Value("address"), hourOf(v))
	if err != nil {
		return w.showMail(v, err, "address")
	}
	site := ""
	if u, err := url.Parse(v.Address("/")); err == nil {
		site = u.Host
	}
	err = w.mailer.Send(ctx, mail.Message{To: v.Value("address"), Subject: v.Words.T("coalition.mail.code_subject", "site", site), Text: v.Words.T("coalition.mail.code_text", "site", site, "code", code)})
	if err == nil {
		return v.Go(desk.Self, "coalition.mail_asked")
	}
	key := "coalition.mail.unsent"
	if e := (*mail.Error)(nil); errors.As(err, &e) && e.Why == mail.Refused {
		key = "coalition.mail.refused"
	}
	if err := w.office.Accounts.DropMail(ctx, p); err != nil {
		return err
	}
	return w.showMail(v, fault.Mend(fault.Field{Name: "address", Key: key}), "address")
}

// doMailCode takes the code that was sent.
func (w *Web) doMailCode(v *desk.Visit) error {
	p, _, err := w.me(v)
	if err != nil {
		return err
	}
	if err := w.office.Accounts.ConfirmMail(v.R.Context(), p, v.Value("code")); err != nil {
		return w.showMail(v, err, "code")
	}
	return v.Go(desk.Self, "coalition.mail_proved")
}

// doMailHour keeps the hour, and with it the address.
func (w *Web) doMailHour(v *desk.Visit) error {
	p, _, err := w.freshly(v)
	if err != nil {
		return err
	}
	if err := w.office.Accounts.KeepMail(v.R.Context(), p, hourOf(v)); err != nil {
		return w.showMail(v, err, "hour")
	}
	return v.Go(desk.Self, "coalition.kept")
}

func (w *Web) dropMail(v *desk.Visit) error {
	p, _, err := w.me(v)
	if err != nil {
		return err
	}
	if err := w.office.Accounts.DropMail(v.R.Context(), p); err != nil {
		return err
	}
	return v.Go(desk.Self, "coalition.mail_removed")
}

// stopPage is what a link in a mail leads to, before and after its button.
type stopPage struct {
	Action string // "" once it is done
}

// mailStop shows whoever has a mail how to stop them. Nothing happens by opening it:
// programs open every link of a mail.
func (w *Web) mailStop(v *desk.Visit) error {
	secret := v.R.PathValue("secret")
	if err := w.office.Accounts.MailStops(v.R.Context(), secret); err != nil {
		return err
	}
	return v.Show(page.Page{Title: v.Words.T("coalition.mail.stop_title"), Body: "coalition.stop", Kind: "coalition", Data: stopPage{desk.StopMailPath(secret)}})
}

// doMailStop stops them, by the button or by one click in a program (RFC 8058), which
// follows no redirect.
func (w *Web) doMailStop(v *desk.Visit) error {
	if err := w.office.Accounts.StopMail(v.R.Context(), v.R.PathValue("secret")); err != nil {
		return err
	}
	return v.Show(page.Page{Title: v.Words.T("coalition.mail.stopped_title"), Body: "coalition.stop", Kind: "coalition", Path: "/", Status: http.StatusOK, Data: stopPage{}})
}

// mailTrouble tells the secretariat's administrators when mails do not get through; ""
// when they do, and for everybody else.
func (w *Web) mailTrouble(v *desk.Visit) (string, error) {
	if chief, err := w.chief(v); err != nil || !chief {
		return "", err
	}
	m, err := w.office.Accounts.MailState(v.R.Context())
	if err != nil || m.Failing == 0 {
		return "", err
	}
	x := v.Words
	return x.T("coalition.mail.trouble", "n", m.Failing, "at", instant(x, m.Since)) + " " + x.T("coalition.mail.why."+m.Problem), nil
}
