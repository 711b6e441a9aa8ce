package coalition

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page"
)

// perPage is how many lines a list shows at a time.
const perPage = 50

// slice is the part of a list that a page shows, and the links to the others.
// path is the list's own address with its filter.
func slice[T any](v *desk.Visit, list []T, path string) ([]T, *page.Pages) {
	if len(list) <= perPage {
		return list, nil
	}
	last := (len(list) + perPage - 1) / perPage
	at, err := strconv.Atoi(v.Query("page"))
	if err != nil || at < 1 || at > last {
		at = 1
	}
	out := &page.Pages{Now: v.Words.T("coalition.page_of", "at", v.Words.N(at), "last", v.Words.N(last))}
	link := func(to int, key string) *page.Link {
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		return &page.Link{Text: v.Words.T("coalition." + key), Href: path + sep + "page=" + strconv.Itoa(to)}
	}
	if at > 1 {
		out.Prev = link(at-1, "before")
	}
	if at < last {
		out.Next = link(at+1, "after")
	}
	return list[(at-1)*perPage : min(at*perPage, len(list))], out
}

// byLabel sorts options as the reader sees them.
func byLabel(list []page.Option) {
	slices.SortStableFunc(list, func(a, b page.Option) int { return cmp.Compare(strings.ToLower(a.Label), strings.ToLower(b.Label)) })
}

// peoplePage is GET /desk/people.
type peoplePage struct {
	form
	Total   int
	People  []personLine
	Filter  *page.Filter
	Pages   *page.Pages
	Pending []pendingLine
	Trouble string // with mails, "" for none
}

type personLine struct {
	Name, Path, Since string
	Suspended         bool
	Roles             []roleLine
}

type pendingLine struct {
	Gives                []roleLine
	Note, Until, By, URL string
}

func (w *Web) people(v *desk.Visit) error {
	ctx, x := v.R.Context(), v.Words
	list, err := w.office.People(ctx, &v.Actor)
	if err != nil {
		return err
	}
	out := peoplePage{Total: len(list)}
	q, path := v.Query("q"), "/desk/people"
	if out.Total > perPage {
		out.Filter = &page.Filter{Action: path, Fields: []page.Field{{Name: "q", Label: x.T("coalition.people.find"), Type: "search", Value: q, Max: 60}}}
	}
	if q != "" {
		list = slices.DeleteFunc(list, func(c Colleague) bool { return !strings.Contains(strings.ToLower(c.Name), strings.ToLower(q)) })
		path += "?" + url.Values{"q": {q}}.Encode()
		if out.Filter != nil {
			out.Filter.Reset = "/desk/people"
		}
	}
	list, out.Pages = slice(v, list, path)
	for _, c := range list {
		line := personLine{Name: c.Name, Path: "/desk/people/" + c.Ref, Since: day(x, c.Created), Suspended: c.State == "suspended"}
		if line.Roles, err = w.lines(v, c.Roles); err != nil {
			return err
		}
		out.People = append(out.People, line)
	}
	if out.Pending, err = w.pending(v); err != nil {
		return err
	}
	if out.Trouble, err = w.mailTrouble(v); err != nil {
		return err
	}
	return plain.show(v, page.Page{Title: x.T("coalition.people.title"), Body: "coalition.people", Section: "people", Data: out})
}

func (w *Web) pending(v *desk.Visit) (out []pendingLine, err error) {
	list, err := w.office.Pending(v.R.Context(), &v.Actor)
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		line := pendingLine{Note: p.Note, Until: instant(v.Words, p.Expires), By: v.Words.T("coalition.by_another"), URL: "/desk/invitations/" + strconv.FormatInt(p.ID, 10) + "/withdraw"}
		switch {
		case p.Mine:
			line.By = v.Words.T("coalition.by_you")
		case p.By == nil:
			line.By = v.Words.T("coalition.by_machine")
		}
		if line.Gives, err = w.gives(v, p.Invitation); err != nil {
			return nil, err
		}
		out = append(out, line)
	}
	return out, nil
}

func (w *Web) doWithdraw(v *desk.Visit) error {
	id, err := number(v, "id")
	if err == nil {
		err = w.office.Withdraw(v.R.Context(), &v.Actor, id)
	}
	if err != nil {
		return err
	}
	return v.Go("/desk/people#pending", "coalition.withdrawn")
}

// invitePage is GET and POST /desk/people/invite. The link stands in the answer
// to the post and nowhere else.
type invitePage struct {
	form
	Organisation, Area page.Select
	Roles              page.Choice
	Note               page.Field
	Link, Until        string
}

func (w *Web) invite(v *desk.Visit) error { return w.showInvite(v, plain) }

func (w *Web) showInvite(v *desk.Visit, f form) error {
	x := v.Words
	out := invitePage{form: f, Area: areas(x, "area", v.Value("area"), f.beside["area"]),
		Note: page.Field{Name: "note", Label: x.T("coalition.field.note"), Hint: x.T("coalition.field.note_hint"), Value: v.Value("note"), Max: maxNote, Optional: true, Error: f.beside["note"]}}
	var err error
	if out.Organisation, err = w.chooseOrganisation(v, f); err != nil {
		return err
	}
	chosen := v.Values("role")
	out.Roles, err = w.chooseRoles(v, chosen, f.beside["role"])
	if err != nil {
		return err
	}
	return f.show(v, page.Page{Title: x.T("coalition.invite.title"), Body: "coalition.invite", Section: "people", Data: out})
}

func (w *Web) chooseOrganisation(v *desk.Visit, f form) (page.Select, error) {
	list, err := w.office.Ours(v.R.Context(), &v.Actor)
	if err != nil {
		return page.Select{}, err
	}
	chosen := v.Value("organisation")
	if chosen == "" {
		chosen = v.Query("organisation")
	}
	out := page.Select{Name: "organisation", Label: v.Words.T("coalition.field.organisation"), Error: f.beside["organisation"], Groups: []page.Group{{}}}
	for _, o := range list {
		if o.State == "active" {
			out.Groups[0].Options = append(out.Groups[0].Options, page.Option{Value: o.Ref, Label: o.Name(v.Words.Lang.Tag), Chosen: o.Ref == chosen})
		}
	}
	return out, nil
}

// chooseRoles offers the roles that this administrator may give.
func (w *Web) chooseRoles(v *desk.Visit, chosen []string, wrong string) (page.Choice, error) {
	may, err := w.office.authority(v.R.Context(), w.office.db.Reader(), &v.Actor)
	if err != nil {
		return page.Choice{}, err
	}
	out := page.Choice{Name: "role", Label: v.Words.T("coalition.field.roles"), Error: wrong, Many: true}
	for _, r := range desk.Roles() {
		if may.all || r != desk.Editor && r != desk.Administrator {
			out.Options = append(out.Options, page.Option{Value: string(r), Label: v.Words.T("coalition.role." + string(r)), Hint: v.Words.T("coalition.does." + string(r)), Chosen: slices.Contains(chosen, string(r))})
		}
	}
	return out, nil
}

// asked are the roles that a form asks for.
func asked(v *desk.Visit) (list []Grant) {
	for _, r := range v.Values("role") {
		list = append(list, Grant{v.Value("organisation"), desk.Role(r), v.Value("area")})
	}
	return list
}

func (w *Web) doInvite(v *desk.Visit) error {
	code, err := w.office.Invite(v.R.Context(), &v.Actor, v.Value("note"), asked(v))
	if err != nil {
		if f, ok := again(v, err, "role"); ok {
			return w.showInvite(v, f)
		}
		return err
	}
	out := invitePage{Link: w.address(v) + JoinPath(code)}
	if list, err := w.office.Pending(v.R.Context(), &v.Actor); err == nil && len(list) > 0 {
		out.Until = instant(v.Words, list[0].Expires)
	}
	return plain.show(v, page.Page{Title: v.Words.T("coalition.invited.title"), Body: "coalition.invited", Section: "people", Data: out})
}

// address is the scheme and host that links to this site begin with.
func (w *Web) address(v *desk.Visit) string {
	if w.origin != "" {
		return w.origin
	}
	if v.R.TLS != nil {
		return "https://" + v.R.Host
	}
	return "http://" + v.R.Host
}

// personPage is GET /desk/people/{ref}.
type personPage struct {
	form
	Name, Path, Since  string
	Suspended          bool
	Held               []roleLine
	Organisation, Area page.Select
	Roles              page.Choice
	Reason             page.Field
	Judge              bool // may suspend and restore
	Own                bool // it is the reader: nobody gives themselves a role
}

func (w *Web) person(v *desk.Visit) error { return w.showPerson(v, plain) }

func (w *Web) showPerson(v *desk.Visit, f form) error {
	ctx, x := v.R.Context(), v.Words
	c, err := w.office.Person(ctx, &v.Actor, v.R.PathValue("ref"))
	if err != nil {
		return err
	}
	may, err := w.office.authority(ctx, w.office.db.Reader(), &v.Actor)
	if err != nil {
		return err
	}
	out := personPage{form: f, Name: c.Name, Path: "/desk/people/" + c.Ref, Since: instant(x, c.Created), Suspended: c.State == "suspended",
		Own: c.ID == v.Person, Judge: may.person(c.Roles) == nil && c.ID != v.Person, Area: areas(x, "area", v.Value("area"), f.beside["area"]),
		Reason: page.Field{Name: "reason", Label: x.T("coalition.field.reason"), Hint: x.T("coalition.field.reason_hint"), Value: v.Value("reason"), Max: 500, Error: f.beside["reason"]}}
	if out.Held, err = w.lines(v, slices.DeleteFunc(c.Roles, func(m Membership) bool { return !may.over(m.Organisation) })); err != nil {
		return err
	}
	for i, m := range out.Held {
		for _, held := range c.Roles {
			if held.ID == m.ID && may.give(held.Organisation, held.Role, held.Area) == nil {
				out.Held[i].TakeURL = out.Path + "/take/" + strconv.FormatInt(m.ID, 10)
			}
		}
	}
	if out.Organisation, err = w.chooseOrganisation(v, f); err != nil {
		return err
	}
	if out.Roles, err = w.chooseRoles(v, v.Values("role"), f.beside["role"]); err != nil {
		return err
	}
	return f.show(v, page.Page{Title: c.Name, Body: "coalition.person", Section: "people", Data: out})
}

func (w *Web) doGive(v *desk.Visit) error {
	c, err := w.office.Person(v.R.Context(), &v.Actor, v.R.PathValue("ref"))
	if err != nil {
		return err
	}
	list := asked(v)
	if len(list) == 0 {
		err = fault.Mend(fault.Field{Name: "role", Key: "coalition.role_needed"})
	}
	for _, g := range list {
		if err == nil {
			err = w.office.Give(v.R.Context(), &v.Actor, c.Person, g)
		}
	}
	field := "role"
	if c.ID == v.Person { // their page has no form for it
		field = "held"
	}
	return w.judged(v, err, field, "coalition.given")
}

// judged goes back to the person's page, or shows what is wrong on it.
func (w *Web) judged(v *desk.Visit, err error, field, said string) error {
	if err == nil {
		return v.Go("/desk/people/"+v.R.PathValue("ref"), said)
	}
	if f, ok := again(v, err, field); ok {
		return w.showPerson(v, f)
	}
	return err
}

func (w *Web) doTake(v *desk.Visit) error {
	c, err := w.office.Person(v.R.Context(), &v.Actor, v.R.PathValue("ref"))
	if err != nil {
		return err
	}
	id, err := number(v, "id")
	if err == nil && !slices.ContainsFunc(c.Roles, func(m Membership) bool { return m.ID == id }) {
		err = fault.New(fault.NotFound, "coalition.no_role")
	}
	if err == nil {
		err = w.office.Take(v.R.Context(), &v.Actor, id)
	}
	if err == nil {
		if _, gone := w.office.Person(v.R.Context(), &v.Actor, c.Ref); gone != nil { // their last role for us
			return v.Go("/desk/people", "coalition.taken")
		}
	}
	return w.judged(v, err, "held", "coalition.taken")
}

func (w *Web) doSuspend(v *desk.Visit) error {
	return w.judged(v, w.office.Suspend(v.R.Context(), &v.Actor, v.R.PathValue("ref"), v.Value("reason")), "reason", "coalition.suspended")
}

func (w *Web) doRestore(v *desk.Visit) error {
	return w.judged(v, w.office.Restore(v.R.Context(), &v.Actor, v.R.PathValue("ref"), v.Value("reason")), "reason", "coalition.restored")
}
