package evidence

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page"
)

// actPage is an act upon an item that has a page of its own, because one looks
// before one does it: sent once it shows what would be done, and done is only
// what was shown.
type actPage struct {
	name string
	// may reads the item for whoever may do it.
	may func(ctx context.Context, q db.Querier, a desk.Actor, ref string) (Item, error)
	// fill puts the page together, with what was written in f and what of it
	// would be done.
	fill func(ctx context.Context, p *actForm) error
	// do does it, or gives shown as false when it has to be looked at first.
	do func(v *desk.Visit, it Item) (shown bool, err error)
}

// actForm is the page of an act while it is made.
type actForm struct {
	v  *desk.Visit
	it Item
	f  *failed
	b  builder
	d  actData
}

// actData is what views/act.html gets.
type actData struct {
	Summary                        page.Summary
	Ref, Title, Hint, Back, Action string
	Text                           []piece // of the item's text
	Found                          string  // what was found, "" before anything was looked for
	Hidden                         map[string]string
	Controls                       []control
	Look, Do                       string // the buttons; Do is "" while there is nothing to do
	Sure                           string // what the second button sends
	Follows                        []string
	FollowsTitle                   string
	Picture                        *gridPicture
}

// piece is a part of a text, to be taken out or not.
type piece struct {
	Text string
	Out  bool
}

func (w *Web) actPages() []actPage {
	return []actPage{{"redact", owned, w.fillRedact, w.doRedact}, {"picture", owned, w.fillPicture, w.doPicture}, {"withdraw", w.s.revocable, w.fillWithdraw, w.doWithdraw}}
}

// actPage shows the page of an act; f is what was written before, or nil.
func (w *Web) actPage(v *desk.Visit, a actPage, f *failed) error {
	ctx, ref := v.R.Context(), v.R.PathValue("ref")
	it, err := a.may(ctx, w.s.db.Reader(), v.Actor, ref)
	if err != nil {
		return err
	}
	p := &actForm{v: v, it: it, f: f, b: builder{v.Words, f}}
	p.d = actData{Ref: it.Ref, Title: v.Words.T("evidence.do." + a.name), Hint: v.Words.T("evidence.do_hint." + a.name), Back: itemPath(it.Ref), Action: itemPath(it.Ref, a.name),
		Look: v.Words.T("evidence.do_look." + a.name), Hidden: map[string]string{}}
	if f != nil {
		p.d.Summary = f.top
	}
	if err := a.fill(ctx, p); err != nil {
		return err
	}
	if f != nil && f.top.Items == nil && f.notice == "" { // only looked at
		f = nil
	}
	return send(v, page.Page{Title: p.d.Title, Body: "evidence.act", Data: p.d}, f)
}

// doAct does what the page of an act sent, or shows it first.
func (w *Web) doAct(v *desk.Visit, a actPage) error {
	it, err := a.may(v.R.Context(), w.s.db.Reader(), v.Actor, v.R.PathValue("ref"))
	if err != nil {
		return err
	}
	said := v.Form()
	shown, err := a.do(v, it)
	switch {
	case err != nil:
		if f := again(v, said, err); f != nil {
			return w.actPage(v, a, f)
		}
		return err
	case !shown:
		return w.actPage(v, a, &failed{said: said})
	}
	back := itemPath(it.Ref)
	if !v.Can(desk.Reader, it.Country) { // it went where they do not work
		back = "/desk"
	}
	return v.Go(back, "evidence_"+a.name)
}

// passages are what somebody wants taken out of a text, and where it stands.
type passages struct {
	says, parent string
	spans        []Span
	sure         string // names the text, the passages and why
}

// readPassages finds what was written down to be taken out of an item's text.
func (w *Web) readPassages(ctx context.Context, it Item, said url.Values) (p passages, err error) {
	texts, err := textsOf(ctx, w.s.db.Reader(), it.ID)
	if err != nil {
		return p, err
	}
	p.says, p.parent = current(it, texts)
	var list []string
	for line := range strings.Lines(said.Get("passages")) {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(list, line) {
			list = append(list, line)
		}
		if len(list) > maxPassages { // is refused
			break
		}
	}
	p.sure = hashText(strings.Join(append(list, said.Get("why"), p.parent), "\n"))
	if said == nil {
		return p, nil
	}
	var missing []string
	if p.spans, missing, err = FindPassages(ctx, p.says, list, Reason(said.Get("why"))); err != nil {
		return p, err
	}
	if len(missing) > 0 {
		return p, fault.Mend(fault.Field{Name: "passages", Key: "evidence.passage_missing", Args: []any{"passage", missing[0]}})
	}
	return p, checkSpans(ctx, it, p.says, p.spans)
}

// doRedact takes out every place where one of the passages stands, one to a line,
// when exactly these places were shown.
func (w *Web) doRedact(v *desk.Visit, it Item) (shown bool, err error) {
	p, err := w.readPassages(v.R.Context(), it, v.Form())
	if err != nil || v.Value("sure") != p.sure {
		return false, err
	}
	_, err = w.s.RedactText(v.R.Context(), v.Actor, it.Ref, p.parent, p.spans)
	return true, err
}

func (w *Web) fillRedact(ctx context.Context, a *actForm) error {
	var said url.Values
	if a.f != nil {
		said = a.f.said
	}
	p, err := w.readPassages(ctx, a.it, said)
	if err != nil && fault.KindOf(err) != fault.Invalid {
		return err
	}
	a.d.Text = pieces(p.says, p.spans)
	if a.f != nil && err == nil {
		a.d.Found, a.d.Do, a.d.Sure = a.b.x.T("evidence.page.places", "n", len(p.spans)), a.b.x.T("evidence.do_button.redact"), p.sure
	}
	a.d.Controls = []control{a.b.box("passages", "", maxPassageLetters), a.b.list("why", string(ReasonName), "why", keys(Reasons()), "")}
	return nil
}

// pieces cuts a text where passages begin and end.
func pieces(text string, spans []Span) []piece {
	letters := []rune(text)
	var out []piece
	add := func(from, to int, cut bool) {
		if from < to {
			out = append(out, piece{string(letters[from:to]), cut})
		}
	}
	at := 0
	for _, s := range spans {
		add(at, s.From, false)
		add(max(at, s.From), s.To, true)
		at = max(at, s.To)
	}
	add(at, len(letters), false)
	return out
}
