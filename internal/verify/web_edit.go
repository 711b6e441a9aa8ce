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
	Title    string
	Summary  page.Summary
	Action   string
	Back     string
	BackText string
	About    []Control // what it is called, how urgent it is
	Parts    []Part
	Org      *page.Choice
	Note     page.Field
	Button   string
	New      bool
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
		p.Base = baseOf(f, c, values[c].ID)
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

// baseOf is the value the form of a claim was made from: what was sent still is.
func baseOf(f *failed, c Claim, stands int64) int64 {
	base, err := strconv.ParseInt(f.value(baseField(c), ""), 10, 64)
	if err != nil {
		return stands
	}
	return base
}

func baseField(c Claim) string { return "base_" + string(c) }

func (w *Web) edit(v *desk.Visit) error {
	x, c, err := w.open(v)
	if err != nil {
		return err
	}
	return x.editForm(c, claimsAsked(v.R.URL.Query()), &c.Facts, nil, nil)
}

// editForm shows claims to be stated anew. said is of those that somebody else stated
// meanwhile.
func (x *view) editForm(c *Case, claims []Claim, facts *incident.Facts, said map[Claim]*Meanwhile, f *failed) error {
	d := editData{Title: x.T("verify.edit.title", "title", c.Title), Back: path(c.Ref), BackText: x.T("verify.edit.back"), Button: x.T("verify.edit.button"),
		Org: x.organisationChoice(desk.Contributor, c.Country, f)}
	d.Action = path(c.Ref, "edit")
	if len(claims) == 1 {
		d.Action += "?claim=" + string(claims[0])
	}
	x.fillForm(&d, facts, claims, c.Values, f)
	for i := range d.Parts {
		d.Parts[i].Meanwhile = said[d.Parts[i].Claim]
	}
	return x.page(page.Page{Title: d.Title, Body: "verify.edit", Section: "queue", Data: d}, f)
}

func (w *Web) saveEdit(v *desk.Visit) error {
	x, c, err := w.open(v)
	if err != nil {
		return err
	}
	if err := may(v.Actor, desk.Contributor, c.Dossier); err != nil {
		return err
	}
	claims := claimsAsked(v.R.URL.Query())
	was, since, err := x.before(c, claims)
	if err != nil {
		return err
	}
	facts, wrong := x.in.readClaims(v.Form(), claims, was)
	if err := mendWith(nil, wrong); err != nil {
		return x.editForm(c, claims, &facts, nil, again(v, err))
	}
	if len(since) > 0 {
		return x.askAgain(c, claims, x.in.meet(x.Words, v.Form(), claims, since, &was, &facts, &c.Facts))
	}
	var list []Statement
	for _, cl := range claims {
		list = append(list, Statement{cl, facts, c.Values[cl].ID})
	}
	n, err := w.s.State(v.R.Context(), v.Actor, c.Ref, number(v, "organisation"), v.Value("note"), list)
	if asOvertaken(err) != nil { // since the case was read: what is read now holds it
		return w.saveEdit(v)
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

// before are the facts that the form of claims was made from, and those of the claims
// that somebody else stated since.
func (x *view) before(c *Case, claims []Claim) (was incident.Facts, since []Claim, err error) {
	was = c.Facts
	for _, cl := range claims {
		base := number(x.Visit, baseField(cl))
		if base == c.Values[cl].ID {
			continue
		}
		history, err := x.w.s.History(x.R.Context(), x.Actor, c.Ref, cl)
		if err != nil {
			return was, nil, err
		}
		from := blank()
		if i := slices.IndexFunc(history, func(h Value) bool { return h.ID == base }); i >= 0 {
			from = history[i].Facts
		}
		cl.Take(&was, &from)
		since = append(since, cl)
	}
	return was, since, nil
}

// askAgain shows the form as it meets what stands now, before anything is stored. The
// form begins from that.
func (x *view) askAgain(c *Case, claims []Claim, m *meeting) error {
	if !m.clash && !m.fresh {
		return x.Go(path(c.Ref), "verify_nothing")
	}
	for _, cl := range claims {
		m.form.Set(baseField(cl), strconv.FormatInt(c.Values[cl].ID, 10))
	}
	f := &failed{}
	if err := mendWith(nil, m.wrong); err != nil {
		f = again(x.Visit, err)
	}
	f.said, f.notice = m.form, x.T("verify.overtaken_apart")
	if m.clash {
		f.notice = x.T("verify.overtaken")
	}
	return x.editForm(c, claims, &m.facts, m.said, f)
}

func sortOptions(list []page.Option) {
	slices.SortFunc(list, func(a, b page.Option) int { return cmp.Compare(a.Label, b.Label) })
}
