package verify

import (
	"slices"
	"strconv"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/page"
)

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
	Value                                int64 // the value the page shows
	May                                  bool
}

type itemSides struct {
	evidenceLine
	ID    int64
	Was   Side // as the page shows it
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
	d := claimData{Row: x.claimRow(c, cl, slices.Index(Claims(), cl)+1), Back: path(c.Ref), Title: c.Title, Claim: string(cl), Value: c.Values[cl].ID, May: x.Can(desk.Contributor, c.Country) && (c.State == Open || c.State == Public),
		Attach: path(c.Ref, "attach"), GradePath: path(c.Ref, "grade"), DisagreePath: path(c.Ref, "disagree"), Add: path(c.Ref, "evidence", "new")}
	if f != nil {
		d.Summary = f.top
	}
	for _, it := range c.Items {
		if it.Withdrawn {
			continue
		}
		e, _ := x.evidenceOf(c, it.ID, "")
		was := sideOf(c, cl, it.ID)
		d.Items = append(d.Items, itemSides{e, it.ID, was, x.sideChoice(it.ID, was, f)})
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
	return x.page(page.Page{Title: d.Row.Name + ", " + c.Ref, Path: path(c.Ref, "claims", string(cl)), Body: "verify.claim", Section: "queue", Data: d}, f)
}

// sideOf is what is said of an item for a claim, "" for nothing.
func sideOf(c *Case, cl Claim, item int64) Side {
	for _, l := range c.Links {
		if l.Claim == cl && l.Item == item {
			return l.Side
		}
	}
	return ""
}

func (x *view) sideChoice(item int64, was Side, f *failed) *page.Choice {
	name := "side_" + strconv.FormatInt(item, 10)
	ch := &page.Choice{Name: name, Label: x.T("verify.ask.side")}
	for _, s := range append(Sides(), "") {
		label := x.T("verify.side." + firstText(string(s), "none"))
		ch.Options = append(ch.Options, page.Option{Value: string(s), Label: label, Chosen: f.value(name, string(was)) == string(s)})
	}
	return ch
}

func (x *view) dissentRow(c *Case, s Dissent) dissentRow {
	r := dissentRow{Who: x.T("verify.of", "who", x.Words.Isolate(x.name(s.Person)), "org", x.Words.Isolate(x.org(s.Organisation))), When: x.instant(s.At), Text: s.Body, ID: s.ID}
	if s.Settled != nil {
		r.Settled = x.T("verify.settled_line", "when", x.instant(*s.Settled), "note", s.SettledNote)
	} else if s.Person == x.Person || x.Can(desk.Editor, c.Country) {
		r.SettlePath = path(c.Ref, "settle")
	}
	return r
}
