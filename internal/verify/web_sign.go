package verify

import (
	"context"
	"slices"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/page"
)

// signData is what views/sign.html gets to sign.
type signData struct {
	Title, Back, Action string
	Face                face
	Claims              []signRow
	Sources             sourcesSaid
	Questions           []*page.Choice
	Org                 *page.Choice
	Note                page.Field
	Revision            int64
	Summary             page.Summary
	Interest            page.Field
	InterestPath        string
	Obstacles           []string
}

// signRow is a claim as it is signed. Readers says what they have now, where that is
// something else.
type signRow struct {
	claimRow
	Readers string
}

// sourcesSaid are the sources a publication names, and the items it does not.
type sourcesSaid struct {
	Named  []string
	Told   []toldLine
	Inside []insideLine
}

// toldLine is an item with all of it that a pack for everybody tells.
type toldLine struct {
	Ref, Href string
	Says      []string
}

// insideLine is an item of which no more is told than that it exists, if that.
type insideLine struct{ Ref, Href, Why string }

func (w *Web) signPage(v *desk.Visit) error { return w.signAgain(v, nil) }

func (w *Web) signAgain(v *desk.Visit, f *failed) error {
	x, c, err := w.open(v)
	if err != nil {
		return err
	}
	if err := may(v.Actor, desk.Verifier, c.Dossier); err != nil {
		return err
	}
	d := signData{Title: c.Title, Back: path(c.Ref), Action: path(c.Ref, "sign"), Revision: c.Revision, Org: x.organisationChoice(desk.Verifier, c.Country, f)}
	if f != nil {
		d.Summary = f.top
	}
	readers, err := x.readers(c, &c.Facts)
	if err != nil {
		return err
	}
	for i, cl := range Claims() {
		if _, ok := c.Values[cl]; ok || readers[cl] != "" {
			d.Claims = append(d.Claims, signRow{x.claimRow(c, cl, i+1), readers[cl]})
		}
	}
	facts, told, err := w.s.Preview(v.R.Context(), c)
	if err != nil {
		return err
	}
	if d.Face, err = x.face(c, &facts); err != nil {
		return err
	}
	d.Sources = x.sources(c, facts, told)
	for _, key := range c.Obstacles(v.Actor) {
		d.Obstacles = append(d.Obstacles, x.T(key))
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
	d.Note = page.Field{Name: "note", Label: x.T("verify.ask.sign_note"), Hint: x.T("verify.ask_hint.sign_note"), Rows: 3, Max: maxNote, Optional: true, Value: f.value("note", ""), Error: f.error("note")}
	if !c.Interest {
		d.InterestPath = path(c.Ref, "declare")
		d.Interest = page.Field{Name: "interest", Label: x.T("verify.ask.interest"), Hint: x.T("verify.ask_hint.interest"), Rows: 2, Max: maxNote, Value: f.value("interest", ""), Error: f.error("interest")}
	}
	return x.page(page.Page{Title: x.T("verify.sign.title", "ref", c.Ref), Body: "verify.sign", Section: "queue", Data: d}, f)
}

// sources says which sources publishing would name, and which items stay inside.
func (x *view) sources(c *Case, facts incident.Facts, told []Told) sourcesSaid {
	var out sourcesSaid
	hidden := 0
	for _, s := range facts.Sources {
		if s.Class == "confidential" {
			hidden++
			continue
		}
		out.Named = append(out.Named, termName(x.Words, x.in.tax, incident.SchemeSource, s.Class)+" "+firstText(s.URL, s.Text))
	}
	if hidden > 0 {
		out.Named = append(out.Named, x.T("verify.publish.confidential"))
	}
	for _, it := range c.Items {
		if !slices.ContainsFunc(c.Links, func(l Link) bool { return l.Item == it.ID && l.Side != Silent }) {
			continue
		}
		i := slices.IndexFunc(told, func(t Told) bool { return t.Item == it.ID })
		if i >= 0 {
			if says := x.inWords(told[i].says()); len(says) > 0 {
				out.Told = append(out.Told, toldLine{it.Ref, "/desk/evidence/" + it.Ref, says})
			}
		}
		switch {
		case i < 0:
			out.Inside = append(out.Inside, insideLine{it.Ref, "/desk/evidence/" + it.Ref, x.T("verify.publish.inside_all")})
		case told[i].Source.Class == "confidential":
			out.Inside = append(out.Inside, insideLine{it.Ref, "/desk/evidence/" + it.Ref, x.T("verify.publish.inside_content")})
		}
	}
	return out
}

// inWords says codes of countries by their names.
func (x *view) inWords(list []string) []string {
	for i, text := range list {
		if len(text) == 2 {
			list[i] = geo.CountryName(text, page.Of(x.R).Lang)
		}
	}
	return list
}

// publishData is what views/sign.html gets to publish.
type publishData struct {
	Title, Back, Action string
	Face                face
	Lines               []publicLine
	Sources             sourcesSaid
	Signatures          []signature
	Reason              page.Field
	Kind                *page.Choice
	Why                 []string // it cannot be published; empty where it can
	Summary             page.Summary
	UrgentPath          string
	Urgent              page.Field
	Update              bool
}

// publicLine is a claim as it will be public. Bare says that nothing was filed for it,
// Readers what they have now, where that is something else.
type publicLine struct{ Name, Says, Bare, Readers string }

func (w *Web) publishPage(v *desk.Visit) error { return w.publishAgain(v, nil) }

func (w *Web) publishAgain(v *desk.Visit, f *failed) error {
	x, c, err := w.open(v)
	if err != nil {
		return err
	}
	if err := may(v.Actor, desk.Editor, c.Dossier); err != nil {
		return err
	}
	d := publishData{Title: c.Title, Back: path(c.Ref), Action: path(c.Ref, "publish"), Update: c.Incident != "" && (!c.Alone || c.Disputed)}
	if f != nil {
		d.Summary = f.top
	}
	facts, told, err := w.s.Preview(v.R.Context(), c)
	if err != nil {
		return err
	}
	if d.Face, err = x.face(c, &facts); err != nil {
		return err
	}
	readers, err := x.readers(c, &facts)
	if err != nil {
		return err
	}
	d.Lines, d.Sources = x.publicLines(c, facts, readers), x.sources(c, facts, told)
	for i, s := range c.Signatures {
		d.Signatures = append(d.Signatures, signature{i + 1, x.org(s.Organisation), x.name(s.Person), x.instant(s.At), s.Note})
	}
	d.Why = x.unpublishable(c)
	beside, err := w.s.besideSince(v.R.Context(), v.Actor, c.Ref)
	if err != nil {
		return err
	}
	if beside != "" {
		d.Reason = page.Field{Name: "reason", Label: x.T("verify.ask.beside", "ref", x.Words.Isolate(beside)), Rows: 2, Max: maxNote, Value: f.value("reason", ""), Error: f.error("reason")}
	}
	if d.Update {
		d.Reason = page.Field{Name: "reason", Label: x.T("verify.ask.publish_reason"), Hint: x.T("verify.ask_hint.publish_reason"), Rows: 2, Max: maxNote, Value: f.value("reason", ""), Error: f.error("reason")}
		d.Kind = x.kindChoice(c, f)
	}
	if err := w.addUrgent(v.R.Context(), x, c, &d, f); err != nil {
		return err
	}
	return x.page(page.Page{Title: x.T("verify.publish.title", "ref", c.Ref), Body: "verify.publish", Section: "queue", Data: d}, f)
}

// kindChoice asks whether what is new was wrong before. Where a dispute was upheld it was.
func (x *view) kindChoice(c *Case, f *failed) *page.Choice {
	likely := "update"
	if c.Disputed {
		likely = "correction"
	}
	ch := &page.Choice{Name: "kind", Label: x.T("verify.ask.kind")}
	for _, kind := range []string{"update", "correction"} {
		ch.Options = append(ch.Options, page.Option{Value: kind, Label: x.T("verify.kind." + kind), Hint: x.T("verify.kind_hint." + kind), Chosen: f.value("kind", likely) == kind})
	}
	return ch
}

// publicLines are the claims as everybody will read them, those too of which nothing
// will be said any more.
func (x *view) publicLines(c *Case, facts incident.Facts, readers map[Claim]string) []publicLine {
	var out []publicLine
	for _, cl := range Claims() {
		l := publicLine{Name: x.T("verify.claim." + string(cl)), Says: x.in.sayValue(x.Words, cl, &facts), Readers: readers[cl]}
		if l.Says == "" && l.Readers == "" {
			continue
		}
		if l.Says == "" {
			l.Says = x.T("verify.not_stated")
		} else if ClaimFloor(c.Items, c.Links, cl) == "" {
			l.Bare = x.T("verify.publish.bare")
		}
		out = append(out, l)
	}
	return out
}

// unpublishable says why a case cannot be published, what weighs most first.
func (x *view) unpublishable(c *Case) []string {
	var why []string
	switch {
	case c.State != Open && c.State != Public:
		why = append(why, x.T("verify.sign.not_open"))
	case c.State == Public && !c.Changed() && c.Urgent == 0 && !c.GoesOn:
		return []string{x.T("verify.publish.nothing_new")}
	}
	if c.Missing() == "" && c.Counting.wrong != "" {
		why = append(why, x.T("verify.sign."+c.Counting.wrong))
	}
	if c.Into != "" {
		why = append(why, x.T("verify.sign.went"))
	}
	if c.Behind {
		why = append(why, x.T("verify.sign.behind"))
	}
	if c.EmbargoUntil > x.w.s.now() {
		why = append(why, x.T("verify.embargo_runs", "until", x.instant(c.EmbargoUntil), "reason", c.EmbargoReason))
	}
	if !c.Enough() {
		why = append(why, x.T("verify.publish.unsigned"))
	}
	return why
}

// addUrgent offers an urgent publication where it is possible.
func (w *Web) addUrgent(ctx context.Context, x *view, c *Case, d *publishData, f *failed) error {
	if c.State != Open || c.Enough() || c.Missing() != "" || c.Counting.wrong != "" || c.EmbargoUntil > w.s.now() {
		return nil
	}
	if err := w.s.urgentOnce(ctx, w.s.db.Reader(), x.Actor, c.Dossier); err != nil {
		return unlessRefused(err)
	}
	d.UrgentPath = path(c.Ref, "publish-urgently")
	d.Urgent = page.Field{Name: "urgent_reason", Label: x.T("verify.ask.urgent_reason"), Hint: x.T("verify.ask_hint.urgent_reason"), Rows: 3, Max: maxNote, Value: f.value("urgent_reason", ""), Error: firstText(f.error("urgent_reason"), f.error("reason"))}
	return nil
}
