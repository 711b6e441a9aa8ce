package verify

import (
	"slices"
	"strconv"
	"strings"

	"keepiton/internal/mechanism/desk"
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
	x.naming, err = w.s.NamingIn(v.R.Context(), v.Actor, c.ID)
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
	Held                    string // by whom else, and until when
	Disputes                []step
	Sheets                  *step // what sheets say otherwise
	Ladder                  []page.Step
	Claims                  []claimRow
	Unlinked                []evidenceLine
	Signatures              []signature
	Fallen                  []signature // that count no more
	Former                  []signature // under what stood before, when nobody signed what stands
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
	Signs                   signs
}

type alikeLine struct {
	Href, Title, Kind, Why string
	Incident               bool // and not a lead
}

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
	lines, _, err := w.s.List(v.R.Context(), v.Actor, Filter{Limit: 12})
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(lines, func(l Dossier) bool { return l.ID == c.ID }) {
		lines = append([]Dossier{c.Dossier}, lines...) // one is never lost in the list beside it
	}
	if x.waiting, err = w.s.Waits(v.R.Context(), lines); err != nil {
		return err
	}
	d := x.caseData(c)
	if d.Acts, err = x.acts(c); err != nil {
		return err
	}
	if d.Sheets, err = x.sheets(c); err != nil {
		return err
	}
	if c.State == Open || c.State == NeedsDetails || c.Changed() {
		if d.Alike, err = x.alikeLines(c); err != nil {
			return err
		}
	}
	if f != nil {
		d.Summary = f.top
		d.Say.Value, d.Say.Error = f.value("body", ""), f.error("body")
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
	d := caseData{Ref: c.Ref, Title: c.Title, Place: geo.CountryName(c.Country, lang), SayPath: path(c.Ref, "say")}
	d.Meta = x.T("verify.case.meta", "ref", c.Ref, "when", x.instant(c.Created), "who", x.Words.Isolate(x.name(c.Author)), "org", x.Words.Isolate(x.org(c.AuthorOrg)))
	d.Status = x.waits(c.Dossier)
	if c.LeaseBy != nil && *c.LeaseBy != x.Person && c.LeaseUntil > x.w.s.now() {
		d.Held = x.T("verify.held_until", "who", x.Words.Isolate(x.nameIn(*c.LeaseBy, c.Countries())), "until", x.instant(c.LeaseUntil))
	}
	if c.State == NeedsDetails || c.State == Rejected || c.State == Retracted {
		d.Parked = x.T("verify.parked."+c.State, "reason", c.Reason)
	}
	if c.EmbargoUntil > x.w.s.now() {
		d.Embargo = x.T("verify.embargo_runs", "until", x.instant(c.EmbargoUntil), "reason", c.EmbargoReason)
	}
	if c.Urgent != 0 {
		d.Banner = x.T("verify.urgent_runs."+map[bool]string{false: "sign", true: "publish"}[c.Enough()], "until", x.instant(c.Urgent))
	}
	switch {
	case c.IntoCase != "":
		d.Banner = x.T("verify.went.case", "ref", c.Incident, "into", c.Into, "case", c.IntoCase)
	case c.Into != "":
		d.Banner = x.T("verify.went.alone", "ref", c.Incident, "into", c.Into)
	case c.Behind && len(c.Counting.Now) == 0:
		d.Banner = x.T("verify.behind_dropped", "ref", c.Incident)
	case c.Behind:
		d.Banner = x.T("verify.behind", "ref", c.Incident)
	case c.GoesOn:
		d.Banner = x.T("verify.goes_on", "year", strconv.Itoa(x.w.s.Options.Now().UTC().Year()))
	}
	if c.Readable {
		d.Public = "/incidents/" + c.Incident
	}
	d.Ladder, d.Disputes = x.ladder(c), x.disputes(c)
	for i, cl := range Claims() {
		d.Claims = append(d.Claims, x.claimRow(c, cl, i+1))
	}
	d.Unlinked = x.unlinked(c)
	for i, s := range c.Signatures {
		d.Signatures = append(d.Signatures, signature{i + 1, x.org(s.Organisation), x.name(s.Person), x.instant(s.At), s.Note})
	}
	for i, s := range c.Fallen {
		d.Fallen = append(d.Fallen, signature{i + 1, x.org(s.Organisation), x.name(s.Person), x.instant(s.At), s.Note})
	}
	if len(c.Signatures) == 0 {
		for i, s := range c.Former {
			d.Former = append(d.Former, signature{i + 1, x.org(s.Organisation), x.name(s.Person), x.instant(s.At), s.Note})
		}
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
	d.Signs = x.signs()
	d.Say = page.Field{Name: "body", Label: x.T("verify.ask.comment"), Rows: 3, Max: maxNote}
	return d
}

// acts are what happened to a case and to its evidence, the newest first. That the
// program weighed the evidence anew goes without saying: who did what to which item
// is said.
func (x *view) acts(c *Case) ([]actLine, error) {
	touches, err := x.w.touches(x.R.Context(), c.ID)
	if err != nil {
		return nil, err
	}
	var out []actLine
	i := 0
	add := func(until int64) { // of the evidence, what is not older
		for ; i < len(touches) && touches[i].At >= until; i++ {
			t := touches[i]
			line := actLine{When: x.instant(t.At), Who: x.T("verify.program"), What: x.T("verify.touch.edited"), Detail: t.Item}
			if said := "verify.touch." + t.Act; x.Words.Has(said) {
				line.What = x.T(said)
			}
			if t.Person != 0 {
				line.Who = x.name(t.Person)
			}
			out = append(out, line)
		}
	}
	for _, a := range c.Acts {
		add(a.At)
		if a.Kind != "weighed" || a.Person != nil {
			out = append(out, x.actLine(a))
		}
	}
	add(0)
	return out, nil
}

func (x *view) actLine(a Act) actLine {
	who := x.T("verify.program")
	if a.Person != nil {
		who = x.name(*a.Person)
	}
	l := actLine{When: x.instant(a.At), Who: who, What: x.T("verify.act." + a.Kind), Detail: a.Detail}
	if said := "verify.detail." + a.Kind; a.Kind == "published" && a.Detail == signedByTwo && x.Words.Has(said) {
		l.Detail = x.T(said)
	}
	if to, note := parseHanded(a.Detail); a.Kind == "handed_over" && to != 0 {
		l.Detail = x.T("verify.handed_to", "who", x.Words.Isolate(x.name(to)))
		if note != "" {
			l.Detail += x.T("verify.sep") + " " + note
		}
	}
	if strings.HasPrefix(a.Kind, "sheet_") {
		line, sheet, _ := strings.Cut(a.Detail, " ")
		if l.Detail = sheet; line != "0" { // it has a row
			l.Detail = x.T("verify.detail.sheet", "sheet", x.Words.Isolate(sheet), "line", line)
		}
	}
	if a.Kind == "veiled" || a.Kind == "unveiled" {
		l.Detail = geo.CountryName(a.Detail, page.Of(x.R).Lang)
	}
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
			case strings.HasPrefix(word, "E-"): // an item of evidence
				names = append(names, word)
			}
		}
		l.Detail = strings.Join(names, x.T("verify.sep")+" ")
	}
	return l
}

func (x *view) ladder(c *Case) []page.Step {
	at, verified := c.Stage(), c.Enough() || c.State == Public && c.Urgent == 0 && !c.TakenUp
	var out []page.Step
	for _, r := range rungs[1:] {
		done := reaches(c.Floor, r)
		switch r {
		case Verified:
			done = verified
		case Published:
			done = c.State == Public
		}
		out = append(out, page.Step{Text: x.T("verify.rung." + r), Note: x.T("verify.rung_note." + r), Done: done, Now: at == r})
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
		if l.Side != Silent && l.Revision < c.Values[cl].Revision {
			e.Note = strings.TrimPrefix(e.Note+" · "+x.T("verify.side_old"), " · ")
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
			r.Dissents = append(r.Dissents, x.T("verify.dissent_line", "org", x.Words.Isolate(x.org(s.Organisation)), "text", s.Body))
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
	if it.Unused {
		e.Note = strings.TrimPrefix(e.Note+" · "+x.T("verify.unused"), " · ")
	}
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
	case c.Enough() && c.State == Public && !c.Changed() && c.Urgent == 0:
		return x.T("verify.wanted.none"), nil
	case c.Enough():
		return x.T("verify.wanted.publish"), nil
	case len(c.Signatures) == 0:
		if may(x.Actor, desk.Verifier, c.Dossier) == nil && c.Wrote(x.Person) {
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
	if x.ReadOnly() {
		return nil
	}
	var out []step
	add := func(s step) { out = append(out, s) }
	may := func(r desk.Role) bool { return may(x.Actor, r, c.Dossier) == nil }
	working := c.State == Open || c.State == Public
	if may(desk.Editor) && working && c.Enough() && (c.State == Open || c.Changed() || c.Urgent != 0 || c.GoesOn) && !c.Behind && c.Into == "" {
		add(step{Text: x.T("verify.do.publish"), Href: path(c.Ref, "publish"), Key: "p"})
	}
	if may(desk.Verifier) && len(c.Obstacles(x.Actor)) == 0 {
		add(step{Text: x.T("verify.do.sign"), Href: path(c.Ref, "sign"), Key: "s"})
	}
	if may(desk.Contributor) && c.Behind {
		add(step{Text: x.T("verify.do.follow"), Href: path(c.Ref, "follow"), Post: true, Key: "f"})
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
	if x.hidden() {
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
