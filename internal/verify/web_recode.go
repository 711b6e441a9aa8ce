package verify

import (
	"slices"
	"strconv"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
)

// recodingsPath is where lists are proposed that code a part of the record anew.
const recodingsPath = "/desk/recodings"

// recodedShown is how many items of a list a page shows; the rest is counted.
const recodedShown = 200

// recodingsData is what the list of lists gets.
type recodingsData struct {
	Rows    []recodingRow
	Form    *recodingForm // nil for who may not propose
	Summary page.Summary
}

type recodingRow struct{ Href, What, Count, State, By string }

// recodingForm asks for a list.
type recodingForm struct {
	Methodology, First, Last, Reason page.Field
	From, To, Country                page.Select
	Action                           string
}

// recodingData is what the page of one list gets, before it is stored and after.
type recodingData struct {
	What, Count, By, State, Reason, Digest string
	About                                  []string // where and when, what it takes back
	From, To                               string
	Totals                                 []recodingTotal
	Lines                                  []recodedLine
	More, Desk, Why                        string
	Changed                                []recodedLine
	Signed                                 []string
	Preview                                map[string]string // the form that proposes what is shown; nil for a stored list
	Propose, Sign, Do, Withdraw            string            // paths, "" for what cannot be done
	Back                                   string
	BackReason                             page.Field
	Summary                                page.Summary
}

type recodingTotal struct{ Year, From, To string }

// recodedLine is an item of a list. Says is what becomes of it where that is not
// what the list says.
type recodedLine struct {
	Ref, Href, Title, Year, Was, Says string
	Leave                             bool // ticked
}

func (w *Web) recodingRoutes() []desk.Route {
	post := func(path string, needs desk.Role, do func(*desk.Visit) error) desk.Route {
		return desk.Route{Method: "POST", Path: recodingsPath + path, Needs: needs, Do: do}
	}
	return []desk.Route{
		{Method: "GET", Path: recodingsPath, Needs: desk.Verifier, Do: func(v *desk.Visit) error { return w.recodings(v, nil) }},
		{Method: "GET", Path: recodingsPath + "/{id}", Needs: desk.Verifier, Do: func(v *desk.Visit) error { return w.recoding(v, nil) }},
		post("/preview", desk.Editor, func(v *desk.Visit) error { return w.previewRecoding(v, nil) }),
		post("", desk.Editor, w.proposeRecoding),
		post("/{id}/sign", desk.Verifier, w.onRecoding("verify_recoding_signed", func(v *desk.Visit, id int64) error { return w.s.SignRecoding(v.R.Context(), v.Actor, id, 0) })),
		post("/{id}/do", desk.Editor, w.onRecoding("verify_recoded", func(v *desk.Visit, id int64) error { return w.s.Recode(v.R.Context(), v.Actor, id) })),
		post("/{id}/withdraw", desk.Editor, w.onRecoding("verify_recoding_withdrawn", func(v *desk.Visit, id int64) error { return w.s.WithdrawRecoding(v.R.Context(), v.Actor, id) })),
		post("/{id}/back", desk.Editor, w.proposeBack),
	}
}

// recodings shows all lists, and to editors the form that asks for one.
func (w *Web) recodings(v *desk.Visit, f *failed) error {
	x, err := w.view(v)
	if err != nil {
		return err
	}
	list, err := w.s.Recodings(v.R.Context())
	if err != nil {
		return err
	}
	var d recodingsData
	if f != nil {
		d.Summary = f.top
	}
	for _, r := range list {
		d.Rows = append(d.Rows, recodingRow{recodingPath(r.ID), x.recodes(r), x.T("verify.recode.n", "n", r.Incidents), x.T("verify.recode.state." + r.State), x.proposedBy(r)})
	}
	if _, no := worldwide(v.Actor, desk.Editor, 0); no == nil {
		d.Form = x.recodingForm(f)
	}
	return x.page(page.Page{Title: x.T("verify.recode.title"), Path: recodingsPath, Body: "verify.recodings", Section: "releases", Data: d}, f)
}

func recodingPath(id int64) string { return recodingsPath + "/" + strconv.FormatInt(id, 10) }

// recodes says what a list does.
func (x *view) recodes(r Recoding) string {
	field, _ := incident.CodedFieldNamed(r.Field)
	return x.T("verify.recode.what", "field", x.T("verify.recode.field."+string(field.Scheme)), "from", x.term(field, r.From), "to", x.term(field, r.To), "methodology", x.Words.Isolate(r.Methodology))
}

func (x *view) term(field incident.CodedField, key string) string {
	return termName(x.Words, x.in.tax, field.Scheme, key)
}

func (x *view) proposedBy(r Recoding) string {
	return x.T("verify.recode.by", "who", x.Words.Isolate(x.named(r.Person)), "when", x.instant(r.At))
}

// recodingForm offers the terms of all fields that can be coded anew, under the name
// of their field.
func (x *view) recodingForm(f *failed) *recodingForm {
	out := &recodingForm{Action: recodingsPath + "/preview"}
	out.Methodology = page.Field{Name: "methodology", Label: x.T("verify.ask.methodology"), Hint: x.T("verify.recode.methodology_hint"), Value: f.value("methodology", ""), Error: f.error("methodology"), Width: "s", Max: 80}
	labels := map[string]string{"from": "verify.ask.from", "into": "verify.recode.into"}
	for name, sel := range map[string]*page.Select{"from": &out.From, "into": &out.To} {
		*sel = page.Select{Name: name, Label: x.T(labels[name]), Error: f.error(name), Empty: x.T("verify.recode.choose")}
		for _, field := range incident.CodedFields() {
			g := page.Group{Label: x.T("verify.recode.field." + string(field.Scheme))}
			for _, t := range x.in.tax.Terms(field.Scheme) {
				value := field.Name + " " + t.Key
				g.Options = append(g.Options, page.Option{Value: value, Label: x.term(field, t.Key), Chosen: f.value(name, "") == value})
			}
			sel.Groups = append(sel.Groups, g)
		}
	}
	year := func(name string) page.Field {
		return page.Field{Name: name, Label: x.T("verify.ask." + name), Value: f.value(name, ""), Error: f.error(name), Width: "s", Dir: "ltr", InputMode: "numeric", Max: 4, Optional: true}
	}
	out.First, out.Last = year("first"), year("last")
	out.Country = page.Select{Name: "country", Label: x.T("verify.queue.country"), Error: f.error("country"), Empty: x.T("verify.any"), Optional: true, Groups: []page.Group{{}}}
	for _, c := range geo.Countries() {
		out.Country.Groups[0].Options = append(out.Country.Groups[0].Options, page.Option{Value: c.Code, Label: geo.CountryName(c.Code, page.Of(x.R).Lang), Chosen: f.value("country", "") == c.Code})
	}
	sortOptions(out.Country.Groups[0].Options)
	out.Reason = page.Field{Name: "why", Label: x.T("verify.ask.why"), Hint: x.T("verify.recode.reason_hint"), Value: f.value("why", ""), Error: f.error("why"), Rows: 3, Max: maxNote}
	return out
}

// askedRecoding reads the form. Both terms are told with their field; one of another
// field is none of the first one's.
func askedRecoding(v *desk.Visit) AskRecoding {
	q := AskRecoding{Methodology: v.Value("methodology"), Country: v.Value("country"), Reason: v.Value("why"), Seen: v.Value("seen"), LeaveOut: v.Values("leave")}
	q.Field, q.From, _ = strings.Cut(v.Value("from"), " ")
	if field, to, _ := strings.Cut(v.Value("into"), " "); field == q.Field {
		q.To = to
	}
	q.First, q.Last = yearOf(v.Value("first")), yearOf(v.Value("last"))
	return q
}

// yearOf reads a year; 0 is none, and what is no year is none that there is.
func yearOf(text string) int {
	if text == "" {
		return 0
	}
	if n, err := strconv.Atoi(i18n.LatinDigits(text)); err == nil && n != 0 {
		return n
	}
	return -1
}

// previewRecoding shows what a list would do. f is what went wrong when it was
// proposed.
func (w *Web) previewRecoding(v *desk.Visit, f *failed) error {
	q := askedRecoding(v)
	leave := q.LeaveOut
	q.LeaveOut = nil
	p, err := w.s.PreviewRecoding(v.R.Context(), v.Actor, q)
	if err != nil {
		if f := again(v, err); f != nil {
			return w.recodings(v, f)
		}
		return err
	}
	x, err := w.view(v)
	if err != nil {
		return err
	}
	d, err := x.recodingData(p)
	if err != nil {
		return err
	}
	for i := range d.Lines {
		d.Lines[i].Leave = slices.Contains(leave, d.Lines[i].Ref)
	}
	d.Preview = map[string]string{"seen": p.Digest}
	for _, name := range []string{"methodology", "from", "into", "first", "last", "country", "why"} {
		d.Preview[name] = v.Value(name)
	}
	if len(p.Items) > 0 {
		d.Propose = recodingsPath
	}
	d.By, d.State, d.Digest = "", "", ""
	return x.page(page.Page{Title: d.What, Path: recodingsPath, Body: "verify.recoding", Section: "releases", Data: d}, f)
}

func (w *Web) proposeRecoding(v *desk.Visit) error {
	r, err := w.s.ProposeRecoding(v.R.Context(), v.Actor, askedRecoding(v))
	if err == nil {
		return v.Go(recodingPath(r.ID), "verify_proposed")
	}
	f := again(v, err)
	switch {
	case f == nil:
		return err
	case len(f.top.Items) > 0:
		return w.recodings(v, f)
	}
	return w.previewRecoding(v, f)
}

// onRecoding does something with the list of an address.
func (w *Web) onRecoding(said string, do func(v *desk.Visit, id int64) error) func(*desk.Visit) error {
	return func(v *desk.Visit) error {
		id, err := strconv.ParseInt(v.R.PathValue("id"), 10, 64)
		if err != nil {
			return errNoClaim
		}
		if err := do(v, id); err != nil {
			if f := again(v, err); f != nil {
				return w.recoding(v, f)
			}
			return err
		}
		return v.Go(recodingPath(id), said)
	}
}

func (w *Web) proposeBack(v *desk.Visit) error {
	id, err := strconv.ParseInt(v.R.PathValue("id"), 10, 64)
	if err != nil {
		return errNoClaim
	}
	back, err := w.s.ProposeBack(v.R.Context(), v.Actor, id, v.Value("why"))
	if err == nil {
		return v.Go(recodingPath(back.ID), "verify_proposed")
	}
	if f := again(v, err); f != nil {
		return w.recoding(v, f)
	}
	return err
}

// recoding shows a stored list.
func (w *Web) recoding(v *desk.Visit, f *failed) error {
	id, err := strconv.ParseInt(v.R.PathValue("id"), 10, 64)
	if err != nil {
		return errNoClaim
	}
	p, err := w.s.RecodingPlan(v.R.Context(), v.Actor, id)
	if err != nil {
		return err
	}
	x, err := w.view(v)
	if err != nil {
		return err
	}
	d, err := x.recodingData(p)
	if err != nil {
		return err
	}
	x.recodingActs(&d, p)
	if f != nil {
		d.Summary = f.top
	}
	d.BackReason = page.Field{Name: "why", Label: x.T("verify.ask.why"), Value: f.value("why", ""), Error: f.error("why"), Rows: 2, Max: maxNote}
	return x.page(page.Page{Title: d.What, Path: recodingPath(id), Body: "verify.recoding", Section: "releases", Data: d}, f)
}

// recodingData says a list.
func (x *view) recodingData(p RecodingPlan) (recodingData, error) {
	field, _ := incident.CodedFieldNamed(p.Field)
	d := recodingData{What: x.recodes(p.Recoding), Count: x.T("verify.recode.n", "n", p.Incidents), By: x.proposedBy(p.Recoding), State: x.T("verify.recode.state." + p.State),
		Reason: p.Reason, Digest: p.Digest, From: x.term(field, p.From), To: x.term(field, p.To)}
	if p.First != 0 {
		d.About = append(d.About, x.T("verify.ask.first")+": "+strconv.Itoa(p.First))
	}
	if p.Last != 0 {
		d.About = append(d.About, x.T("verify.ask.last")+": "+strconv.Itoa(p.Last))
	}
	if p.Country != "" {
		d.About = append(d.About, geo.CountryName(p.Country, page.Of(x.R).Lang))
	}
	if p.Reverses != 0 {
		d.About = append(d.About, x.T("verify.recode.reverses"))
	}
	for _, t := range p.Totals {
		then := func(before, after int) string { return x.T("verify.recode.moves", "before", before, "after", after) }
		d.Totals = append(d.Totals, recodingTotal{strconv.Itoa(t.Year), then(t.FromBefore, t.FromAfter), then(t.ToBefore, t.ToAfter)})
	}
	shown := p.Items[:min(len(p.Items), recodedShown)]
	if rest := len(p.Items) - len(shown); rest > 0 {
		d.More = x.T("verify.recode.more", "n", rest)
	}
	if slices.ContainsFunc(p.Items, func(it RecodingItem) bool { return it.Case != 0 && it.LeftOut == 0 }) {
		d.Desk = x.T("verify.recode.desk")
	}
	var err error
	if d.Lines, err = x.recodedLines(shown); err != nil {
		return d, err
	}
	for _, c := range p.Changed[:min(len(p.Changed), recodedShown)] {
		d.Changed = append(d.Changed, recodedLine{Ref: c.Ref, Href: "/incidents/" + c.Ref, Year: strconv.Itoa(c.Year), Says: x.T("verify.recode.how." + c.How)})
	}
	return d, nil
}

func (x *view) recodedLines(items []RecodingItem) ([]recodedLine, error) {
	var refs []string
	for _, it := range items {
		refs = append(refs, it.Ref)
	}
	slices.Sort(refs)
	rows, err := x.w.s.Record.NewestOf(x.R.Context(), slices.Compact(refs))
	if err != nil {
		return nil, err
	}
	var out []recodedLine
	for _, it := range items {
		line := recodedLine{Ref: it.Ref, Href: "/incidents/" + it.Ref, Year: strconv.Itoa(it.Year), Was: it.OldCoding}
		if row, public := rows[it.Ref]; public {
			line.Title = incidentTitle(&incident.Incident{Facts: row.Facts})
		}
		switch {
		case it.LeftOut == 1:
			line.Says = x.T("verify.recode.left")
		case it.Case != 0:
			line.Says = x.T("verify.recode.waits")
		}
		out = append(out, line)
	}
	return out, nil
}

// recodingActs says who signed, and offers what somebody may do now.
func (x *view) recodingActs(d *recodingData, p RecodingPlan) {
	for _, s := range p.Signatures {
		d.Signed = append(d.Signed, x.T("verify.release.signed", "org", x.Words.Isolate(x.orgs[s.Organisation]), "who", x.Words.Isolate(x.named(s.Person)), "when", x.instant(s.At)))
	}
	base := recodingPath(p.ID)
	_, noEditor := worldwide(x.Actor, desk.Editor, 0)
	if p.State == "done" && noEditor == nil {
		d.Back = base + "/back"
	}
	if p.State != "open" {
		return
	}
	if p.Enough() {
		d.State = x.T("verify.recode.state.signed")
	}
	mine := slices.ContainsFunc(p.Signatures, func(s RecodingSignature) bool { return s.Person == x.Person })
	switch {
	case p.Enough() || mine || len(p.Changed) > 0: // nothing more is wanted
	case p.Person == x.Person:
		d.Why = x.T("verify.release.own")
	default:
		d.Sign = base + "/sign"
	}
	if noEditor == nil {
		d.Withdraw = base + "/withdraw"
		if p.Enough() && len(p.Changed) == 0 {
			d.Do = base + "/do"
		}
	}
}
