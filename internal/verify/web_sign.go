package verify

import (
	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/page"
)

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
	preview, err := w.s.Preview(v.R.Context(), c)
	if err != nil {
		return err
	}
	for _, s := range preview.Sources {
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
