package verify

import (
	"strconv"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page"
)

// moreData is what views/more.html gets: what is done to a case now and then.
type moreData struct {
	Title, Back string
	Hidden      string // said where names are hidden from who looks
	Holding     string // said where a text still tells what was taken out
	Forms       []smallForm
	Summary     page.Summary
}

// smallForm is a question or two with a button.
type smallForm struct {
	Title, Hint, Action, Button string
	Controls                    []Control
}

func (w *Web) more(v *desk.Visit) error { return w.moreAgain(v, nil) }

func (w *Web) moreAgain(v *desk.Visit, f *failed) error {
	x, c, err := w.open(v)
	if err != nil {
		return err
	}
	d := moreData{Title: c.Title, Back: path(c.Ref)}
	if x.hidden() {
		d.Hidden = x.T("verify.names_hidden")
	}
	if f != nil {
		d.Summary = f.top
	}
	if d.Holding, err = x.holding(c); err != nil {
		return err
	}
	if d.Forms, err = x.moreForms(c, f); err != nil {
		return err
	}
	return x.page(page.Page{Title: x.T("verify.more.title", "ref", c.Ref), Body: "verify.more", Section: "queue", Data: d}, f)
}

// holding says to editors what was taken out and still stands in texts, "" for nothing.
func (x *view) holding(c *Case) (string, error) {
	if !x.Can(desk.Editor, c.Country) {
		return "", nil
	}
	claims, says, err := x.w.s.Holding(x.R.Context(), c)
	if err != nil || len(says) == 0 {
		return "", err
	}
	names := make([]string, len(claims))
	for i, cl := range claims {
		names[i] = x.T("verify.claim." + string(cl))
	}
	return x.T("verify.more.holding", "says", strings.Join(says, " ; "), "claims", strings.Join(names, " ; ")), nil
}

// moreForms are the forms of the page, by what a person may do with a case.
func (x *view) moreForms(c *Case, f *failed) ([]smallForm, error) {
	may := func(r desk.Role) bool { return x.Can(r, c.Country) }
	b := &formList{view: x, ref: c.Ref, f: f}
	hand, err := x.w.mayTake(x.R.Context(), desk.Contributor, c.Country)
	if err != nil {
		return nil, err
	}
	b.add("rename", func(f *failed) []Control {
		return []Control{{Field: &page.Field{Name: "title", Label: x.T("verify.ask.title"), Value: f.value("title", c.Title), Error: f.error("title"), Max: maxTitle}}}
	})
	b.add("plan", func(f *failed) []Control {
		return []Control{{Choice: x.urgencyChoice(f, c.Urgency)}, b.short(f, "due", true)}
	})
	if !x.hidden() {
		b.add("hand-over", func(f *failed) []Control {
			sel := &page.Select{Name: "to", Label: x.T("verify.ask.to"), Error: f.error("to"), Empty: x.T("verify.everybody"), Groups: []page.Group{{}}}
			for _, a := range hand {
				sel.Groups[0].Options = append(sel.Groups[0].Options, page.Option{Value: strconv.FormatInt(a.Person, 10), Label: a.Name})
			}
			return []Control{{Select: sel}, b.box(f, "note")}
		})
	}
	if c.State == Open || c.State == Public && c.Into != "" {
		b.add("park", b.why)
	} else if c.State != Public && c.State != Merged && (c.State != Rejected || c.Incident == "") {
		b.add("reopen", b.why)
	}
	if c.SignedBy(x.Person) {
		b.add("unsign", b.why)
	}
	if may(desk.Editor) {
		named, err := x.w.s.SheetSources(x.R.Context(), c)
		if err != nil {
			return nil, err
		}
		x.editorForms(c, b, named)
	}
	return b.forms, nil
}

// editorForms are those of editors; named are the sources of a sheet that can be taken
// out.
func (x *view) editorForms(c *Case, b *formList, named []incident.Source) {
	switch {
	case c.TakenUp:
		b.add("leave", b.why)
	case c.State == Open || c.State == NeedsDetails:
		b.add("reject", b.why)
	}
	switch {
	case c.State == Public && c.Into != "":
	case c.State == Public:
		b.add("retract", b.why)
	case c.EmbargoUntil > x.w.s.now():
		b.add("lift", b.why)
	default:
		b.add("embargo", func(f *failed) []Control { return append([]Control{b.short(f, "until", false)}, b.why(f)...) })
	}
	if c.Incident == "" && c.State != Public || c.Into != "" || c.Alone {
		b.add("merge", func(f *failed) []Control {
			into := b.short(f, "into", false)
			into.Field.Value = firstText(into.Field.Value, c.IntoCase)
			return append([]Control{into}, b.why(f)...)
		})
	}
	b.add("split", func(f *failed) []Control {
		out := []Control{{Field: &page.Field{Name: "title", Label: x.T("verify.ask.split_title"), Value: f.value("title", ""), Error: f.error("title"), Max: maxTitle}}}
		items := &page.Choice{Name: "item", Label: x.T("verify.ask.items"), Many: true, Optional: true}
		for _, it := range c.Items {
			if !it.Withdrawn {
				items.Options = append(items.Options, page.Option{Value: strconv.FormatInt(it.ID, 10), Label: it.Ref + " " + it.Title})
			}
		}
		if len(items.Options) > 0 {
			out = append(out, Control{Choice: items})
		}
		return append(out, b.why(f)...)
	})
	if len(named) > 0 {
		b.add("conceal", func(f *failed) []Control {
			which := &page.Choice{Name: "source", Label: x.T("verify.ask.source"), Error: f.error("source")}
			for _, y := range named {
				says := firstText(y.URL, y.Text)
				which.Options = append(which.Options, page.Option{Value: says, Label: says, Chosen: f.value("source", "") == says})
			}
			return append([]Control{{Choice: which}}, b.why(f)...)
		})
	}
	none := func(*failed) []Control { return nil }
	if x.veils[c.Country] {
		b.add("unveil", none)
	} else {
		b.add("veil", none)
	}
}

// formList collects the small forms of a page. Each keeps its own ids, and only
// the one that failed shows what was written and what is wrong with it.
type formList struct {
	*view
	ref   string
	f     *failed
	forms []smallForm
}

func (b *formList) add(act string, controls func(f *failed) []Control) {
	in, f := act+"-", (*failed)(nil)
	if b.f != nil && strings.HasSuffix(b.R.URL.Path, "/"+act) {
		in, f = "", b.f
	}
	form := smallForm{Title: b.T("verify.more." + act + ".title"), Hint: b.T("verify.more." + act + ".hint"), Action: path(b.ref, act), Button: b.T("verify.more." + act + ".button"), Controls: controls(f)}
	for _, c := range form.Controls {
		switch {
		case c.Field != nil:
			c.Field.In = in
		case c.Select != nil:
			c.Select.In = in
		case c.Choice != nil:
			c.Choice.In = in
		}
	}
	b.forms = append(b.forms, form)
}

// why asks for the reason.
func (b *formList) why(f *failed) []Control { return []Control{b.box(f, "reason")} }

func (b *formList) box(f *failed, name string) Control {
	label := map[string]string{"reason": "because"}
	return Control{Field: &page.Field{Name: name, Label: b.T("verify.ask." + firstText(label[name], name)), Value: f.value(name, ""), Error: f.error(name), Rows: 2, Max: maxNote}}
}

func (b *formList) short(f *failed, name string, optional bool) Control {
	return Control{Field: &page.Field{Name: name, Label: b.T("verify.ask." + name), Hint: b.T("verify.ask_hint." + name), Value: f.value(name, ""), Error: f.error(name), Width: "s", Dir: "ltr", Max: 20, Optional: optional}}
}

// act is a form that changes something: who may, what it does, what to say when
// it is done, and which page shows what was wrong.
type act struct {
	path  string
	needs desk.Role
	do    func(v *desk.Visit, ref string) error
	said  string
	at    string // the page below the case that its form stands on, "" for the case
	page  func(v *desk.Visit, f *failed) error
	back  func(v *desk.Visit, ref string) string // "" path means the case
}

// act does one, and answers.
func (w *Web) act(v *desk.Visit, a act) error {
	ref := v.R.PathValue("ref")
	err := a.do(v, ref)
	if err == nil {
		to := path(ref)
		if a.back != nil {
			to = a.back(v, ref)
		}
		return v.Go(to, a.said)
	}
	if f := again(v, err); f != nil && a.page != nil && fault.KindOf(err) != fault.NotFound {
		return a.page(v, f)
	}
	return err
}
