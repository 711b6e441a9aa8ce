package verify

import (
	"slices"
	"strconv"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/page"
)

// open reads the case of an address, for a page.
func (w *Web) open(v *desk.Visit) (*view, *Case, error) {
	c, err := w.s.Get(v.R.Context(), v.Actor, v.R.PathValue("ref"))
	if err != nil {
		return nil, nil, err
	}
	x, err := w.view(v)
	if err != nil {
		return nil, nil, err
	}
	x.veiled, err = w.s.Veiled(v.R.Context(), c.Country)
	return x, c, err
}

// claimRow is a claim as the case shows it, with what speaks for and against it.
type claimRow struct {
	Number               int
	Name, Says, Href     string
	Edit                 string
	Grade, Floor         string
	By                   string
	For, Against, Silent []evidenceLine
	Dissents             []string
	Missing              bool
}

type evidenceLine struct{ Class, ClassName, Title, Href, Note, Origin string }

type signature struct {
	N                             int
	Organisation, Who, When, Note string
}

type commentLine struct {
	ID              int64
	Who, When, Body string
	Mine            bool
}

type actLine struct{ When, Who, What, Detail string }

// step is a thing that can be done now: a link, or a form with one button.
type step struct {
	Text, Href, Key, Hint string
	Post, Quiet           bool
}

// caseData is what views/case.html gets.
type caseData struct {
	Ref, Title, Meta, Place string
	Queue                   []queueRow
	Status                  string
	Parked                  string
	Ladder                  []page.Step
	Claims                  []claimRow
	Unlinked                []evidenceLine
	AddEvidence             string
	Signatures              []signature
	Wanted                  string
	Obstacles               []string
	Steps                   []step
	Comments                []commentLine
	SayPath                 string
	Say                     page.Field
	Mention                 *page.Choice
	Acts                    []actLine
	Public                  string // path of the public page
	Banner                  string
	Embargo                 string
	Alike                   []alikeLine
	Summary                 page.Summary
}

type alikeLine struct{ Href, Title, Kind, Why string }

func (w *Web) show(v *desk.Visit) error { return w.showCase(v, nil) }

func (w *Web) showCase(v *desk.Visit, f *failed) error {
	x, c, err := w.open(v)
	if err != nil {
		return err
	}
	if x.isMerged(c) {
		return v.Go(path(c.MergedRef), "verify_merged")
	}
	if err := w.s.Seen(v.R.Context(), v.Actor, c.ID); err != nil {
		return err
	}
	d := x.caseData(c)
	if c.State == Open || c.State == NeedsDetails {
		if d.Alike, err = x.alikeLines(c); err != nil {
			return err
		}
	}
	if f != nil {
		d.Summary = f.top
		d.Say.Value, d.Say.Error = f.value("body", ""), f.error("body")
	}
	lines, _, err := w.s.List(v.R.Context(), v.Actor, Filter{Limit: 12})
	if err != nil {
		return err
	}
	for _, l := range lines {
		r := x.queueRow(l)
		r.Current = l.ID == c.ID
		d.Queue = append(d.Queue, r)
	}
	if d.Mention, err = x.mentionChoice(c); err != nil {
		return err
	}
	return x.page(page.Page{Title: c.Ref + " " + c.Title, Body: "verify.case", Section: "queue", Data: d}, f)
}

func (x *view) caseData(c *Case) caseData {
	lang := page.Of(x.R).Lang
	d := caseData{Ref: c.Ref, Title: c.Title, Place: geo.CountryName(c.Country, lang), AddEvidence: path(c.Ref, "evidence", "new"), SayPath: path(c.Ref, "say")}
	d.Meta = x.T("verify.case.meta", "ref", c.Ref, "when", x.instant(c.Created), "who", x.Words.Isolate(x.name(c.Author)), "org", x.Words.Isolate(x.orgs[c.AuthorOrg]))
	d.Status = x.waits(c.Dossier)
	if c.State == NeedsDetails || c.State == Rejected || c.State == Retracted {
		d.Parked = x.T("verify.parked."+c.State, "reason", c.Reason)
	}
	if c.EmbargoUntil > x.w.s.now() {
		d.Embargo = x.T("verify.embargo_runs", "until", x.instant(c.EmbargoUntil), "reason", c.EmbargoReason)
	}
	if c.Urgent != 0 {
		d.Banner = x.T("verify.urgent_runs", "until", x.instant(c.Urgent))
	}
	if c.Incident != "" {
		d.Public = "/incidents/" + c.Incident
	}
	d.Ladder = x.ladder(c)
	for i, cl := range Claims() {
		d.Claims = append(d.Claims, x.claimRow(c, cl, i+1))
	}
	d.Unlinked = x.unlinked(c)
	for i, s := range c.Signatures {
		d.Signatures = append(d.Signatures, signature{i + 1, x.orgs[s.Organisation], x.name(s.Person), x.instant(s.At), s.Note})
	}
	d.Wanted, d.Obstacles = x.wanted(c)
	d.Steps = x.steps(c)
	for _, m := range c.Comments {
		line := commentLine{m.ID, x.name(m.Person), x.instant(m.At), m.Body, m.Person == x.Person && m.Withdrawn == nil}
		if m.Withdrawn != nil {
			line.Body = x.T("verify.comment_gone")
		}
		d.Comments = append(d.Comments, line)
	}
	d.Say = page.Field{Name: "body", Label: x.T("verify.ask.comment"), Rows: 3, Max: maxNote}
	for _, a := range c.Acts {
		d.Acts = append(d.Acts, x.actLine(a))
	}
	return d
}

func (x *view) actLine(a Act) actLine {
	who := x.T("verify.program")
	if a.Person != nil {
		who = x.name(*a.Person)
	}
	l := actLine{When: x.instant(a.At), Who: who, What: x.T("verify.act." + a.Kind), Detail: a.Detail}
	if strings.HasPrefix(a.Kind, "stat") || a.Kind == "graded" || a.Kind == "attached" || a.Kind == "detached" || a.Kind == "disagreed" || a.Kind == "settled" {
		var names []string
		for _, word := range strings.Fields(a.Detail) {
			switch {
			case Claim(word).Known():
				names = append(names, x.T("verify.claim."+word))
			case x.Words.Has("verify.grade." + word):
				names = append(names, x.T("verify.grade."+word))
			case x.Words.Has("verify.side." + word):
				names = append(names, x.T("verify.side."+word))
			}
		}
		l.Detail = strings.Join(names, ", ")
	}
	return l
}

func (x *view) ladder(c *Case) []page.Step {
	at := c.Stage()
	var out []page.Step
	for _, r := range rungs[1:] {
		out = append(out, page.Step{Text: x.T("verify.rung." + r), Note: x.T("verify.rung_note." + r), Done: reaches(at, r), Now: at == r})
	}
	return out
}

func (x *view) claimRow(c *Case, cl Claim, n int) claimRow {
	r := claimRow{Number: n, Name: x.T("verify.claim." + string(cl)), Says: x.in.sayValue(x.Words, cl, &c.Facts), Href: path(c.Ref, "claims", string(cl)), Edit: path(c.Ref, "edit") + "?claim=" + string(cl)}
	if r.Says == "" {
		r.Says, r.Missing = x.T("verify.nobody_said"), true
	}
	if v, ok := c.Values[cl]; ok {
		r.By = x.T("verify.said_by", "who", x.Words.Isolate(x.nameOf(v.Person)), "when", x.instant(v.At))
	}
	if g, ok := c.Grades[cl]; ok {
		r.Grade = x.T("verify.grade." + g.Grade)
		if g.Revision < c.Values[cl].Revision {
			r.Grade = x.T("verify.grade_old", "grade", r.Grade)
		}
	}
	if floor := ClaimFloor(c.Items, c.Links, cl); floor != "" {
		r.Floor = x.T("verify.rung." + floor)
	}
	for _, l := range c.Links {
		if l.Claim != cl {
			continue
		}
		e, ok := x.evidenceOf(c, l.Item, l.Note)
		if !ok {
			continue
		}
		switch l.Side {
		case For:
			r.For = append(r.For, e)
		case Against:
			r.Against = append(r.Against, e)
		default:
			r.Silent = append(r.Silent, e)
		}
	}
	for _, s := range c.Dissents {
		if s.Claim == string(cl) && s.Settled == nil {
			r.Dissents = append(r.Dissents, x.T("verify.dissent_line", "org", x.Words.Isolate(x.orgs[s.Organisation]), "text", s.Body))
		}
	}
	return r
}

func (x *view) evidenceOf(c *Case, id int64, note string) (evidenceLine, bool) {
	i := slices.IndexFunc(c.Items, func(it Item) bool { return it.ID == id && !it.Withdrawn })
	if i < 0 {
		return evidenceLine{}, false
	}
	it := c.Items[i]
	e := evidenceLine{Class: it.Class, ClassName: x.T("verify.class." + it.Class), Title: it.Title, Href: "/desk/evidence/" + it.Ref, Note: note, Origin: it.Source + it.Grade}
	if it.Origin == 0 {
		e.Note = strings.TrimPrefix(e.Note+" · "+x.T("verify.no_origin"), " · ")
	}
	return e, true
}

// unlinked are the items nobody has put to a claim yet.
func (x *view) unlinked(c *Case) []evidenceLine {
	var out []evidenceLine
	for _, it := range c.Items {
		if slices.ContainsFunc(c.Links, func(l Link) bool { return l.Item == it.ID }) {
			continue
		}
		if e, ok := x.evidenceOf(c, it.ID, ""); ok {
			out = append(out, e)
		}
	}
	return out
}

// wanted says what is still needed before this case can be signed or published,
// and why the one who looks cannot sign it.
func (x *view) wanted(c *Case) (string, []string) {
	var why []string
	if m := c.Missing(); m != "" {
		why = append(why, x.T("verify.sign.missing."+string(m)))
	}
	if !reaches(c.Floor, Corroborated) {
		why = append(why, x.T("verify.sign.not_corroborated"))
	}
	switch {
	case c.Enough():
		return x.T("verify.wanted.none"), nil
	case len(c.Signatures) == 0:
		if x.Can(desk.Verifier, c.Country) && c.Wrote(x.Person) {
			why = append(why, x.T("verify.sign.author"))
		}
		return x.T("verify.wanted.two"), why
	}
	if c.SignedBy(x.Person) {
		why = append(why, x.T("verify.you_signed"))
	}
	return x.T("verify.wanted.one"), why
}

// steps are what this person can do now with this case, the next one first.
func (x *view) steps(c *Case) []step {
	var out []step
	add := func(s step) { out = append(out, s) }
	may := func(r desk.Role) bool { return x.Can(r, c.Country) }
	working := c.State == Open || c.State == Public
	ready := c.Missing() == "" && reaches(c.Floor, Corroborated)
	if may(desk.Editor) && working && c.Enough() && (c.State == Open || c.Changed() || c.Urgent != 0) {
		add(step{Text: x.T("verify.do.publish"), Href: path(c.Ref, "publish"), Key: "p"})
	}
	if may(desk.Verifier) && working && ready && !c.Wrote(x.Person) && !c.SignedBy(x.Person) && !c.Interest && (c.State == Open || c.Changed() || c.Urgent != 0) {
		add(step{Text: x.T("verify.do.sign"), Href: path(c.Ref, "sign"), Key: "s"})
	}
	if may(desk.Contributor) && c.State != Merged {
		if working {
			add(step{Text: x.T("verify.do.evidence"), Href: path(c.Ref, "evidence", "new"), Key: "a", Quiet: true})
			add(step{Text: x.T("verify.do.edit"), Href: path(c.Ref, "edit"), Key: "e", Quiet: true})
		}
		held := c.LeaseBy != nil && c.LeaseUntil > x.w.s.now()
		if !held && working {
			add(step{Text: x.T("verify.do.take"), Href: path(c.Ref, "take"), Post: true, Quiet: true, Key: "t"})
		}
		if held && *c.LeaseBy == x.Person {
			add(step{Text: x.T("verify.do.release"), Href: path(c.Ref, "release"), Post: true, Quiet: true, Key: "t"})
		}
		add(step{Text: x.T("verify.do.more"), Href: path(c.Ref, "more"), Key: "m", Quiet: true})
	}
	return out
}

func (x *view) mentionChoice(c *Case) (*page.Choice, error) {
	if x.veiled {
		return nil, nil // a list of names is what must not show
	}
	list, err := x.w.mayTake(x.R.Context(), desk.Reader, c.Country)
	if err != nil || len(list) < 2 {
		return nil, err
	}
	ch := &page.Choice{Name: "mention", Label: x.T("verify.ask.mention"), Many: true, Optional: true}
	for _, a := range list {
		if a.Person != x.Person {
			ch.Options = append(ch.Options, page.Option{Value: strconv.FormatInt(a.Person, 10), Label: a.Name})
		}
	}
	return ch, nil
}

// claimData is what views/claim.html gets.
type claimData struct {
	Row                                  claimRow
	Back                                 string
	Title                                string
	Items                                []itemSides
	Grade                                *page.Choice
	GradeNote                            page.Field
	Disagree                             page.Field
	Org                                  *page.Choice
	Dissents                             []dissentRow
	History                              []historyRow
	Summary                              page.Summary
	Attach, GradePath, DisagreePath, Add string
	Claim                                string
	May                                  bool
}

type itemSides struct {
	evidenceLine
	ID    int64
	Sides *page.Choice
}

type dissentRow struct {
	Who, When, Text, Settled string
	ID                       int64
	SettlePath               string
}

type historyRow struct{ When, Who, Says, Note string }

func (w *Web) claim(v *desk.Visit) error { return w.claimPage(v, Claim(v.R.PathValue("claim")), nil) }

func (w *Web) claimPage(v *desk.Visit, cl Claim, f *failed) error {
	if !cl.Known() {
		return errNoClaim
	}
	x, c, err := w.open(v)
	if err != nil {
		return err
	}
	d := claimData{Row: x.claimRow(c, cl, slices.Index(Claims(), cl)+1), Back: path(c.Ref), Title: c.Title, Claim: string(cl), May: x.Can(desk.Contributor, c.Country) && (c.State == Open || c.State == Public),
		Attach: path(c.Ref, "attach"), GradePath: path(c.Ref, "grade"), DisagreePath: path(c.Ref, "disagree"), Add: path(c.Ref, "evidence", "new")}
	if f != nil {
		d.Summary = f.top
	}
	for _, it := range c.Items {
		if it.Withdrawn {
			continue
		}
		e, _ := x.evidenceOf(c, it.ID, "")
		d.Items = append(d.Items, itemSides{e, it.ID, x.sideChoice(c, cl, it.ID)})
	}
	if x.Can(desk.Verifier, c.Country) {
		d.Grade = &page.Choice{Name: "grade", Label: x.T("verify.ask.grade"), Error: f.error("grade")}
		for _, g := range Grades() {
			d.Grade.Options = append(d.Grade.Options, page.Option{Value: g, Label: x.T("verify.grade." + g), Hint: x.T("verify.grade_hint." + g), Chosen: f.value("grade", c.Grades[cl].Grade) == g})
		}
	}
	d.GradeNote = page.Field{In: "grade-", Name: "note", Label: x.T("verify.ask.grade_note"), Optional: true, Max: maxNote, Value: f.value("note", "")}
	d.Disagree = page.Field{Name: "body", Label: x.T("verify.ask.disagree"), Hint: x.T("verify.ask_hint.disagree"), Rows: 3, Max: maxNote, Value: f.value("body", ""), Error: f.error("body")}
	d.Org = x.organisationChoice(desk.Contributor, c.Country, f)
	for _, s := range c.Dissents {
		if s.Claim == string(cl) {
			d.Dissents = append(d.Dissents, x.dissentRow(c, s))
		}
	}
	history, err := w.s.History(v.R.Context(), v.Actor, c.Ref, cl)
	if err != nil {
		return err
	}
	for _, h := range history {
		d.History = append(d.History, historyRow{x.instant(h.At), x.nameOf(h.Person), firstText(x.in.sayValue(x.Words, cl, &h.Facts), x.T("verify.not_stated")), h.Note})
	}
	return x.page(page.Page{Title: d.Row.Name + ", " + c.Ref, Body: "verify.claim", Section: "queue", Data: d}, f)
}

func (x *view) sideChoice(c *Case, cl Claim, item int64) *page.Choice {
	now := ""
	for _, l := range c.Links {
		if l.Claim == cl && l.Item == item {
			now = string(l.Side)
		}
	}
	name := "side_" + strconv.FormatInt(item, 10)
	ch := &page.Choice{Name: name, Label: x.T("verify.ask.side")}
	for _, s := range []string{"for", "against", "silent", ""} {
		label := x.T("verify.side." + firstText(s, "none"))
		ch.Options = append(ch.Options, page.Option{Value: s, Label: label, Chosen: now == s})
	}
	return ch
}

func (x *view) dissentRow(c *Case, s Dissent) dissentRow {
	r := dissentRow{Who: x.T("verify.of", "who", x.Words.Isolate(x.name(s.Person)), "org", x.Words.Isolate(x.orgs[s.Organisation])), When: x.instant(s.At), Text: s.Body, ID: s.ID}
	if s.Settled != nil {
		r.Settled = x.T("verify.settled_line", "when", x.instant(*s.Settled), "note", s.SettledNote)
	} else if s.Person == x.Person || x.Can(desk.Editor, c.Country) {
		r.SettlePath = path(c.Ref, "settle")
	}
	return r
}

// signData is what views/sign.html gets.
type signData struct {
	Title, Back, Action string
	Claims              []claimRow
	Questions           []*page.Choice
	Org                 *page.Choice
	Note                page.Field
	Revision            int64
	Summary             page.Summary
	Interest            page.Field
	InterestPath        string
	Obstacles           []string
}

func (w *Web) signPage(v *desk.Visit) error { return w.signAgain(v, nil) }

func (w *Web) signAgain(v *desk.Visit, f *failed) error {
	x, c, err := w.open(v)
	if err != nil {
		return err
	}
	if err := v.Must(desk.Verifier, c.Country); err != nil {
		return err
	}
	d := signData{Title: c.Title, Back: path(c.Ref), Action: path(c.Ref, "sign"), Revision: c.Revision, InterestPath: path(c.Ref, "declare"), Org: x.organisationChoice(desk.Verifier, c.Country, f)}
	if f != nil {
		d.Summary = f.top
	}
	for i, cl := range Claims() {
		if _, ok := c.Values[cl]; ok {
			d.Claims = append(d.Claims, x.claimRow(c, cl, i+1))
		}
	}
	for _, q := range Questions() {
		ch := &page.Choice{Name: q.Key, Label: x.T("verify.check." + q.Key), Error: f.error(q.Key)}
		if q.Must {
			ch.Hint = x.T("verify.check_must")
		}
		for _, says := range []string{"yes", "no", "unknown"} {
			ch.Options = append(ch.Options, page.Option{Value: says, Label: x.T("page.flag." + says), Chosen: f.value(q.Key, "") == says})
		}
		d.Questions = append(d.Questions, ch)
	}
	_, d.Obstacles = x.wanted(c)
	if c.Interest {
		d.Obstacles = append(d.Obstacles, x.T("verify.sign.interest"))
	}
	d.Note = page.Field{Name: "note", Label: x.T("verify.ask.sign_note"), Hint: x.T("verify.ask_hint.sign_note"), Rows: 3, Max: maxNote, Optional: true, Value: f.value("note", ""), Error: f.error("note")}
	d.Interest = page.Field{Name: "interest", Label: x.T("verify.ask.interest"), Hint: x.T("verify.ask_hint.interest"), Rows: 2, Max: maxNote, Value: f.value("interest", ""), Error: f.error("interest")}
	return x.page(page.Page{Title: x.T("verify.sign.title", "ref", c.Ref), Body: "verify.sign", Section: "queue", Data: d}, f)
}

// publishData is what views/publish.html gets.
type publishData struct {
	Title, Back, Action string
	Lines               []claimRow
	Sources             []string
	Signatures          []signature
	Reason              page.Field
	Kind                *page.Choice
	Ready               bool
	Why                 []string
	Summary             page.Summary
	UrgentPath          string
	Urgent              page.Field
	Update              bool
	Changes             []incident.FieldDiff
	Button              string
}

func (w *Web) publishPage(v *desk.Visit) error { return w.publishAgain(v, nil) }

func (w *Web) publishAgain(v *desk.Visit, f *failed) error {
	x, c, err := w.open(v)
	if err != nil {
		return err
	}
	if err := v.Must(desk.Editor, c.Country); err != nil {
		return err
	}
	d := publishData{Title: c.Title, Back: path(c.Ref), Action: path(c.Ref, "publish"), Update: c.Incident != "" && c.Urgent == 0, Button: x.T("verify.publish.button")}
	if f != nil {
		d.Summary = f.top
	}
	for i, cl := range Claims() {
		if _, ok := c.Values[cl]; ok {
			d.Lines = append(d.Lines, x.claimRow(c, cl, i+1))
		}
	}
	sources, err := w.s.sourcesOf(v.R.Context(), w.s.db.Reader(), c.ID, c.Facts.Sources)
	if err != nil {
		return err
	}
	for _, s := range sources {
		d.Sources = append(d.Sources, termName(x.Words, x.in.tax, incident.SchemeSource, s.Class)+" "+firstText(s.URL, s.Text))
	}
	for i, s := range c.Signatures {
		d.Signatures = append(d.Signatures, signature{i + 1, x.orgs[s.Organisation], x.name(s.Person), x.instant(s.At), s.Note})
	}
	_, d.Why = x.wanted(c)
	d.Ready = c.Enough()
	if c.EmbargoUntil > w.s.now() {
		d.Ready = false
		d.Why = append(d.Why, x.T("verify.embargo_runs", "until", x.instant(c.EmbargoUntil), "reason", c.EmbargoReason))
	}
	if d.Update {
		d.Reason = page.Field{Name: "reason", Label: x.T("verify.ask.publish_reason"), Hint: x.T("verify.ask_hint.publish_reason"), Rows: 2, Max: maxNote, Value: f.value("reason", ""), Error: f.error("reason")}
		d.Kind = &page.Choice{Name: "kind", Label: x.T("verify.ask.kind"), Options: []page.Option{
			{Value: "update", Label: x.T("verify.kind.update"), Hint: x.T("verify.kind_hint.update"), Chosen: f.value("kind", "update") == "update"},
			{Value: "correction", Label: x.T("verify.kind.correction"), Hint: x.T("verify.kind_hint.correction"), Chosen: f.value("kind", "update") == "correction"}}}
	}
	if c.Incident == "" && !d.Ready && c.Missing() == "" && c.EmbargoUntil <= w.s.now() && c.State == Open {
		d.UrgentPath = path(c.Ref, "publish-urgently")
		d.Urgent = page.Field{Name: "urgent_reason", Label: x.T("verify.ask.urgent_reason"), Hint: x.T("verify.ask_hint.urgent_reason"), Rows: 3, Max: maxNote, Value: f.value("urgent_reason", ""), Error: firstText(f.error("urgent_reason"), f.error("reason"))}
	}
	return x.page(page.Page{Title: x.T("verify.publish.title", "ref", c.Ref), Body: "verify.publish", Section: "queue", Data: d}, f)
}

// moreData is what views/more.html gets: what is done to a case now and then.
type moreData struct {
	Title, Back string
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
	if f != nil {
		d.Summary = f.top
	}
	if d.Forms, err = x.moreForms(c, f); err != nil {
		return err
	}
	return x.page(page.Page{Title: x.T("verify.more.title", "ref", c.Ref), Body: "verify.more", Section: "queue", Data: d}, f)
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
	if !x.veiled || may(desk.Editor) {
		b.add("hand-over", func(f *failed) []Control {
			sel := &page.Select{Name: "to", Label: x.T("verify.ask.to"), Error: f.error("to"), Empty: x.T("verify.everybody"), Groups: []page.Group{{}}}
			for _, a := range hand {
				sel.Groups[0].Options = append(sel.Groups[0].Options, page.Option{Value: strconv.FormatInt(a.Person, 10), Label: a.Name})
			}
			return []Control{{Select: sel}, b.box(f, "note")}
		})
	}
	if c.State == Open {
		b.add("park", b.why)
	} else if c.State != Public && c.State != Merged {
		b.add("reopen", b.why)
	}
	if c.SignedBy(x.Person) {
		b.add("unsign", b.why)
	}
	if may(desk.Editor) {
		x.editorForms(c, b)
	}
	return b.forms, nil
}

func (x *view) editorForms(c *Case, b *formList) {
	if c.State == Open || c.State == NeedsDetails {
		b.add("reject", b.why)
	}
	switch {
	case c.State == Public:
		b.add("retract", b.why)
	case c.EmbargoUntil > x.w.s.now():
		b.add("lift", b.why)
	default:
		b.add("embargo", func(f *failed) []Control { return append([]Control{b.short(f, "until", false)}, b.why(f)...) })
	}
	if c.Incident == "" && c.State != Public {
		b.add("merge", func(f *failed) []Control { return append([]Control{b.short(f, "into", false)}, b.why(f)...) })
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
	none := func(*failed) []Control { return nil }
	if x.veiled {
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
