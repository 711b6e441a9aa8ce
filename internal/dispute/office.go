package dispute

import (
	"net/url"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page"
)

// DeskPath is where editors work on disputes.
const DeskPath = "/desk/disputes"

// listed is how many disputes a page of the desk shows at most.
const listed = 200

// Nav are the links of this room in the desk's navigation.
func Nav() []desk.Item {
	return []desk.Item{{Item: page.Item{Key: "dispute.desk.nav", Path: DeskPath, Section: kind}, Needs: desk.Editor}}
}

// Office is the face of disputes behind the door.
type Office struct{ s *Service }

// NewOffice makes it.
func NewOffice(s *Service) *Office { return &Office{s} }

// Routes lists its pages and acts.
func (o *Office) Routes() []desk.Route {
	return []desk.Route{
		{Method: "GET", Path: DeskPath, Needs: desk.Editor, Do: o.list},
		{Method: "GET", Path: DeskPath + "/{ref}", Needs: desk.Editor, Do: o.one},
		{Method: "POST", Path: DeskPath + "/{ref}/release", Needs: desk.Editor, Do: o.release},
		{Method: "POST", Path: DeskPath + "/{ref}/note", Needs: desk.Editor, Do: o.note},
		{Method: "POST", Path: DeskPath + "/{ref}/forget", Needs: desk.Editor, Do: o.forget},
	}
}

// listPage is the list of what waits, or of what was decided.
type listPage struct {
	States []stateLink
	Lines  []listLine
}

type stateLink struct {
	page.Link
	Current bool
}

type listLine struct{ Ref, Path, Incident, Statement, Speaker, State, Filed string }

func (o *Office) list(v *desk.Visit) error {
	state := State(v.R.URL.Query().Get("state"))
	if _, known := next[state]; !known && state != "" && state != Upheld && state != Rejected {
		return fault.New(fault.Invalid, "")
	}
	cases, err := o.s.List(v.R.Context(), v.Actor, state, listed)
	if err != nil {
		return err
	}
	x := v.Words
	out := listPage{States: []stateLink{{page.Link{Text: x.T("dispute.desk.waiting"), Href: DeskPath}, state == ""}}}
	for _, s := range []State{Open, Answered, Upheld, Rejected} {
		out.States = append(out.States, stateLink{page.Link{Text: stateWord(x, s), Href: DeskPath + "?state=" + url.QueryEscape(string(s))}, s == state})
	}
	for _, c := range cases {
		out.Lines = append(out.Lines, listLine{c.Ref, DeskPath + "/" + c.Ref, c.Incident, x.T("dispute.statement." + c.Statement),
			x.T("dispute.speaker." + c.Speaker), stateWord(x, c.State), day(x, c.Filed)})
	}
	return v.Show(page.Page{Title: x.T("dispute.desk.title"), Body: "dispute.list", Kind: kind, Section: kind, Data: out, NoStore: true})
}

// casePage is one dispute with all that was written, and the forms.
type casePage struct {
	Ref, Path, Incident, Public string
	State, Filed                string
	Statement, Speaker, Lang    string
	Written                     []written
	Contact                     string
	Thread                      []threadLine
	Release                     page.Choice
	Closed                      bool
	Gone, ToCorrect             string // said of an incident that was taken back, or that a ruling wants to be corrected
	Errors                      page.Summary
	Act                         page.Choice
	Note                        page.Field
}

func (o *Office) one(v *desk.Visit) error { return o.show(v, "", "", nil) }

// show renders a case; act and note are what was chosen and written there and has
// to be mended.
func (o *Office) show(v *desk.Visit, act, note string, wrong []fault.Field) error {
	c, err := o.s.Get(v.R.Context(), v.Actor, v.R.PathValue("ref"))
	if err != nil {
		return err
	}
	x := v.Words
	top, beside := page.Mistakes(x, wrong)
	said, err := o.s.thread(v.R.Context(), x, c.Steps)
	if err != nil {
		return err
	}
	out := casePage{Ref: c.Ref, Path: DeskPath + "/" + c.Ref, Incident: "/incidents/" + c.Incident, Public: "/disputes/" + c.Ref,
		State: stateWord(x, c.State), Filed: day(x, c.Filed), Statement: x.T("dispute.statement." + c.Statement), Speaker: x.T("dispute.speaker." + c.Speaker),
		Lang: c.Lang, Written: writtenOf(x, c.Dispute), Contact: c.Contact, Thread: said, Closed: c.State.Closed(), Errors: top,
		Note: page.Field{Name: "note", Label: x.T("dispute.desk.note"), Hint: x.T("dispute.desk.note_hint") + " " + x.T("dispute.form.most", "most", MaxNote), Value: note, Error: beside["note"], Max: MaxNote, Rows: 5}}
	if c.Gone {
		out.Gone = x.T("dispute.desk.gone", "ref", c.Incident)
	} else if c.State == Upheld {
		out.ToCorrect = x.T("dispute.desk.to_correct", "ref", c.Incident)
	}
	out.Act = page.Choice{Name: "act", Label: x.T("dispute.desk.act"), Error: beside["act"]}
	for _, s := range next[c.State] {
		if s != Open {
			out.Act.Options = append(out.Act.Options, page.Option{Value: string(s), Label: x.T("dispute.act." + string(s)), Chosen: string(s) == act})
		}
	}
	out.Release = page.Choice{Name: "answer", Label: x.T("dispute.desk.release"), Hint: x.T("dispute.desk.release_hint"), Many: true}
	for _, a := range Answers() {
		chosen := false
		for _, r := range c.Released {
			chosen = chosen || r == a
		}
		out.Release.Options = append(out.Release.Options, page.Option{Value: a, Label: x.T("dispute.form." + a), Chosen: chosen})
	}
	p := page.Page{Title: x.T("dispute.title", "ref", c.Ref), Body: "dispute.case", Kind: kind, Section: kind, Data: out, NoStore: true, Errors: len(wrong) > 0}
	if len(wrong) > 0 {
		p.Status = page.Problem(fault.Invalid)
	}
	return v.Show(p)
}

func (o *Office) release(v *desk.Visit) error {
	ref := v.R.PathValue("ref")
	if err := o.s.Release(v.R.Context(), v.Actor, ref, v.R.PostForm["answer"]); err != nil {
		return err
	}
	return v.Go(DeskPath+"/"+ref, "dispute_released")
}

func (o *Office) note(v *desk.Visit) error {
	ref, note := v.R.PathValue("ref"), v.Value("note")
	acts := map[string]func() error{
		string(Answered): func() error { return o.s.Answer(v.R.Context(), v.Actor, ref, note) },
		string(Upheld):   func() error { return o.s.Uphold(v.R.Context(), v.Actor, ref, note) },
		string(Rejected): func() error { return o.s.Reject(v.R.Context(), v.Actor, ref, note) },
		stepReopened:     func() error { return o.s.Reopen(v.R.Context(), v.Actor, ref, note) },
	}
	kind := v.Value("act")
	act, known := acts[kind]
	err := fault.Mend(fault.Field{Name: "act", Key: "dispute.needed.act"})
	if known {
		err = act()
	}
	if fields := fault.Fields(err); len(fields) > 0 {
		return o.show(v, kind, note, fields)
	}
	if err != nil {
		return err
	}
	return v.Go(DeskPath+"/"+ref, "dispute_"+kind)
}

func (o *Office) forget(v *desk.Visit) error {
	ref := v.R.PathValue("ref")
	if err := o.s.ForgetContact(v.R.Context(), v.Actor, ref); err != nil {
		return err
	}
	return v.Go(DeskPath+"/"+ref, "dispute_forgotten")
}
