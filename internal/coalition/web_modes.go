package coalition

import (
	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/page"
)

// modesPage is GET /desk/modes.
type modesPage struct {
	form
	Modes []modeLine
}

// modeLine is an emergency mode with the form that changes it.
type modeLine struct {
	Name, Title, Text, Changed, Why string
	On, Once                        bool // Once is an act, not a state
	Reason                          page.Field
	Do                              string // what the button does
}

func (w *Web) modes(v *desk.Visit) error { return w.showModes(v, plain, "") }

func (w *Web) showModes(v *desk.Visit, f form, wrong string) error {
	x := v.Words
	if chief, err := w.chief(v); err != nil || !chief {
		return orElse(err, errNotYours)
	}
	set, err := w.office.Accounts.Modes(v.R.Context())
	if err != nil {
		return err
	}
	out := modesPage{form: f}
	for _, name := range []string{account.ReadOnly, account.Closed, account.LoggedOut} {
		m, ever := set[name]
		line := modeLine{Name: name, Title: x.T("coalition.mode." + name + ".title"), Text: x.T("coalition.mode." + name + ".text"), On: m.Active == 1 && name != account.LoggedOut, Once: name == account.LoggedOut,
			Reason: page.Field{Name: "reason_" + name, Label: x.T("coalition.field.reason"), Max: account.MaxReason}, Do: x.T("coalition.mode." + name + ".on")}
		if line.Once {
			n, err := w.office.Accounts.Stranded(v.R.Context())
			if err != nil {
				return err
			}
			if n > 0 {
				line.Text += " " + x.T("coalition.mode.logged_out.stranded", "n", n)
			}
		}
		if line.On {
			line.Do = x.T("coalition.mode." + name + ".off")
		}
		if ever {
			line.Changed, line.Why = instant(x, m.At), m.Reason
		}
		if wrong == name {
			line.Reason.Value, line.Reason.Error = v.Value("reason_"+name), f.beside["reason"]
		}
		out.Modes = append(out.Modes, line)
	}
	return f.show(v, page.Page{Title: x.T("coalition.modes.title"), Body: "coalition.modes", Section: "modes", Data: out})
}

func (w *Web) doMode(v *desk.Visit) error {
	name := v.Value("mode")
	err := w.office.SetMode(v.R.Context(), &v.Actor, name, v.Value("active") == "on" || name == account.LoggedOut, v.Value("reason_"+name))
	if err == nil {
		return v.Go("/desk/modes", "coalition.mode")
	}
	f, ok := again(v, err, "reason_"+name)
	if !ok || len(f.beside) == 0 {
		return err
	}
	for i := range f.Wrong.Items {
		f.Wrong.Items[i].Name = "reason_" + name
	}
	return w.showModes(v, f, name)
}
