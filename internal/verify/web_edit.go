package verify

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page"
)

// editData is what views/edit.html gets, for a new lead too.
type editData struct {
	Title     string
	Summary   page.Summary
	Action    string
	Back      string
	BackText  string
	About     []Control // what it is called, how urgent it is
	Parts     []Part
	Org       *page.Choice
	Note      page.Field
	Button    string
	New       bool
	Overtaken bool
}

func (w *Web) newLead(v *desk.Visit) error {
	x, err := w.view(v)
	if err != nil {
		return err
	}
	return x.leadForm(nil)
}

// leadForm shows the whole form at once: one page, in the order of the questions,
// that can be filled without leaving the keyboard.
func (x *view) leadForm(f *failed) error {
	facts := blank()
	d := editData{New: true, Title: x.T("verify.new.title"), Action: "/desk/leads/new", Back: "/desk", BackText: x.T("verify.edit.to_queue"), Button: x.T("verify.new.button"),
		Org: x.organisationChoice(desk.Contributor, "", f)}
	d.About = []Control{
		{Field: &page.Field{Name: "title", Label: x.T("verify.ask.title"), Hint: x.T("verify.ask_hint.title"), Value: f.value("title", ""), Error: f.error("title"), Max: maxTitle}},
		{Choice: x.urgencyChoice(f, 2)},
	}
	x.fillForm(&d, &facts, Claims(), nil, f)
	return x.page(page.Page{Title: d.Title, Body: "verify.edit", Section: "new", Data: d}, f)
}

func (x *view) urgencyChoice(f *failed, stands int) *page.Choice {
	ch := &page.Choice{Name: "urgency", Label: x.T("verify.ask.urgency"), Error: f.error("urgency")}
	for n := 1; n <= 3; n++ {
		text := strconv.Itoa(n)
		ch.Options = append(ch.Options, page.Option{Value: text, Label: x.T("verify.urgency." + text), Hint: x.T("verify.urgency_hint." + text), Chosen: f.value("urgency", strconv.Itoa(stands)) == text})
	}
	return ch
}

func (x *view) fillForm(d *editData, facts *incident.Facts, claims []Claim, values map[Claim]Value, f *failed) {
	var said url.Values
	var beside map[string]string
	if f != nil {
		said, beside, d.Summary = f.said, f.beside, f.top
	}
	for _, c := range claims {
		p := x.in.show(x.Words, c, facts, said, beside)
		p.Base = values[c].ID
		d.Parts = append(d.Parts, p)
	}
	d.Note = page.Field{Name: "note", Label: x.T("verify.ask.note"), Hint: x.T("verify.ask_hint.note"), Value: f.value("note", ""), Error: f.error("note"), Rows: 3, Max: maxNote, Optional: true}
}

func (w *Web) fileLead(v *desk.Visit) error {
	x, err := w.view(v)
	if err != nil {
		return err
	}
	facts, stated, wrong := x.in.readLead(v.Form())
	l := Lead{Title: v.Value("title"), Organisation: number(v, "organisation"), Urgency: int(number(v, "urgency")), Claims: stated, Facts: facts, Note: clipNote(v.Value("note")), Once: v.Once(nil)}
	if err := mendWith(l.check(), wrong); err != nil {
		return x.leadForm(again(v, err))
	}
	d, err := w.s.File(v.R.Context(), v.Actor, l)
	if err != nil {
		if f := again(v, err); f != nil {
			return x.leadForm(f)
		}
		return err
	}
	return v.Go(path(d.Ref), "verify_filed")
}

// readLead reads the whole form, and which claims it states.
func (in *reader) readLead(form url.Values) (facts incident.Facts, stated []Claim, wrong []fault.Field) {
	empty := blank()
	facts, wrong = in.readClaims(form, Claims(), empty)
	for _, c := range Claims() {
		if !c.same(&empty, &facts) {
			stated = append(stated, c)
		}
	}
	return facts, stated, wrong
}

// FileForm files a lead as the form would be filled in, for what comes from
// elsewhere than a browser.
func (s *Service) FileForm(ctx context.Context, a desk.Actor, title string, urgency int, form url.Values) (Dossier, error) {
	places, err := s.Record.Matcher(ctx)
	if err != nil {
		return Dossier{}, err
	}
	in := &reader{s.Record.Taxonomy(), places, a.Lang}
	facts, stated, wrong := in.readLead(form)
	if err := mendWith(nil, wrong); err != nil {
		return Dossier{}, err
	}
	return s.File(ctx, a, Lead{Title: title, Urgency: urgency, Claims: stated, Facts: facts})
}

// claimsAsked are the claims an address asks to edit: one, or all.
func claimsAsked(q url.Values) []Claim {
	if c := Claim(q.Get("claim")); c.Known() {
		return []Claim{c}
	}
	return Claims()
}

func (w *Web) edit(v *desk.Visit) error {
	x, c, err := w.open(v)
	if err != nil {
		return err
	}
	return x.editForm(c, claimsAsked(v.R.URL.Query()), &c.Facts, nil, nil)
}

// editForm shows claims to be stated anew. theirs are values that somebody else
// stated meanwhile.
func (x *view) editForm(c *Case, claims []Claim, facts *incident.Facts, theirs []Value, f *failed) error {
	d := editData{Title: x.T("verify.edit.title", "title", c.Title), Back: path(c.Ref), BackText: x.T("verify.edit.back"), Button: x.T("verify.edit.button"), Overtaken: theirs != nil,
		Org: x.organisationChoice(desk.Contributor, c.Country, f)}
	d.Action = path(c.Ref, "edit")
	if len(claims) == 1 {
		d.Action += "?claim=" + string(claims[0])
	}
	x.fillForm(&d, facts, claims, c.Values, f)
	for i := range d.Parts {
		for _, t := range theirs {
			if t.Claim == d.Parts[i].Claim {
				d.Parts[i].Theirs = x.in.differences(x.Words, t.Claim, facts, &t.Facts)
			}
		}
	}
	return x.page(page.Page{Title: d.Title, Body: "verify.edit", Section: "queue", Data: d}, f)
}

func (w *Web) saveEdit(v *desk.Visit) error {
	x, c, err := w.open(v)
	if err != nil {
		return err
	}
	claims := claimsAsked(v.R.URL.Query())
	facts, wrong := x.in.readClaims(v.Form(), claims, c.Facts)
	if err := mendWith(nil, wrong); err != nil {
		return x.editForm(c, claims, &facts, nil, again(v, err))
	}
	var list []Statement
	for _, cl := range claims {
		list = append(list, Statement{cl, facts, number(v, "base_"+string(cl))})
	}
	n, err := w.s.State(v.R.Context(), v.Actor, c.Ref, number(v, "organisation"), v.Value("note"), list)
	if o := asOvertaken(err); o != nil {
		if c, err = w.s.Get(v.R.Context(), v.Actor, c.Ref); err != nil { // their values stand now: the form begins from them
			return err
		}
		return x.editForm(c, claims, &facts, o.Theirs, &failed{said: v.Form(), notice: x.T("verify.overtaken")})
	}
	if err != nil {
		if f := again(v, err); f != nil {
			return x.editForm(c, claims, &facts, nil, f)
		}
		return err
	}
	if n == 0 {
		return v.Go(path(c.Ref), "verify_nothing")
	}
	return v.Go(path(c.Ref), "verify_stated")
}

func sortOptions(list []page.Option) {
	slices.SortFunc(list, func(a, b page.Option) int { return cmp.Compare(a.Label, b.Label) })
}
