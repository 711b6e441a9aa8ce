package verify

import (
	"fmt"
	"strconv"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
)

// askedData is what views/asked.html gets.
type askedData struct {
	Ref, Title, Back string
	Open, Answered   []askedItem
	Summary          page.Summary
}

// askedItem is one row of a sheet, or the want of one.
type askedItem struct {
	ID          int64
	Title, Hint string
	Differs     []Difference
	Same        string // said where the row says nothing else
	Counts      *page.Link
	Answer      string
	Path        string // of the form, "" for who may not answer
	Noted       string // text of its button
	Another     string // how to say that it is about another shutdown
	Again       string
}

func (w *Web) asked(v *desk.Visit) error { return w.askedAgain(v, nil) }

func (w *Web) askedAgain(v *desk.Visit, f *failed) error {
	x, c, err := w.open(v)
	if err != nil {
		return err
	}
	if x.isMerged(c) {
		return v.Go(path(c.MergedRef, "sheets"), "verify_merged")
	}
	list, err := w.s.Asked(v.R.Context(), c)
	if err != nil {
		return err
	}
	mask, err := w.s.Record.Mask(v.R.Context())
	if err != nil {
		return err
	}
	d := askedData{Ref: firstText(c.Incident, c.Ref), Title: c.Title, Back: path(c.Ref)}
	if f != nil {
		d.Summary = f.top
	}
	for _, a := range list {
		if it := x.askedItem(c, a, mask); a.Decision == "" {
			d.Open = append(d.Open, it)
		} else {
			d.Answered = append(d.Answered, it)
		}
	}
	return x.page(page.Page{Title: x.T("verify.asked.title", "ref", firstText(c.Incident, c.Ref)), Body: "verify.asked", Section: "queue", Data: d}, f)
}

func (x *view) askedItem(c *Case, a incident.Asked, mask func(string) string) askedItem {
	args := []any{"sheet", x.Words.Isolate(a.Sheet), "line", strconv.Itoa(a.Line), "year", strconv.Itoa(a.Year), "ref", c.Incident, "counts", a.Counts}
	it := askedItem{ID: a.ID, Title: x.T("verify.asked."+a.Kind+".title", args...)}
	if a.Counts != "" {
		it.Counts = &page.Link{Text: a.Counts, Href: "/incidents/" + a.Counts}
	}
	if a.Says != nil {
		it.Differs = x.in.differences(x.Words, a.Says, &c.Facts)
		for i := range it.Differs {
			it.Differs[i].Mine = mask(it.Differs[i].Mine)
		}
		if len(it.Differs) == 0 {
			it.Same = x.T("verify.asked.same")
		}
	}
	if x.Can(desk.Editor, c.Country) && may(x.Actor, desk.Editor, c.Dossier) == nil && !x.ReadOnly() {
		it.Path = path(c.Ref)
	}
	if a.Decision != "" {
		it.Answer = x.T("verify.asked.answer."+map[bool]string{false: "noted", true: "another"}[a.Another], args...)
		if !a.Another {
			it.Again = x.T("verify.asked.again")
		}
		return it
	}
	hint := "verify.asked." + a.Kind + ".hint"
	if c.State == Retracted && a.Kind != "beside_desk" {
		hint = "verify.asked." + a.Kind + ".back"
	}
	it.Hint, it.Noted = x.T(hint, args...), x.T("verify.asked.noted")
	if a.Kind == "on_desk" && a.Says != nil {
		it.Another = x.T("verify.asked.another", append(args, "command", fmt.Sprintf("keepiton review decide %d another", a.ID))...)
	}
	return it
}

// differences lists the answers of all claims that facts give otherwise than others.
func (in *reader) differences(x *i18n.Texts, mine, theirs *incident.Facts) (out []Difference) {
	for _, q := range questions {
		if !q.same(mine, theirs) {
			out = append(out, Difference{x.T("verify.ask." + q.name), in.whole(x, q, mine), in.whole(x, q, theirs)})
		}
	}
	return out
}

// sheets says in a case that sheets ask something about it.
func (x *view) sheets(c *Case) (*step, error) {
	list, err := x.w.s.Asked(x.R.Context(), c)
	n := 0
	for _, a := range list {
		if a.Decision == "" {
			n++
		}
	}
	if err != nil || len(list) == 0 {
		return nil, err
	}
	key := "verify.asked.waits"
	if n == 0 {
		key = "verify.asked.answered"
	}
	return &step{Text: x.T(key, "n", n), Href: path(c.Ref, "sheets"), Quiet: n == 0}, nil
}
