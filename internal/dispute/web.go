package dispute

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/platform/embedded"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/limit"
	"keepiton/internal/platform/page"
)

//go:embed texts/*.json views/*
var files embed.FS

// Texts is the catalogue of this room.
func Texts() fs.FS { return embedded.Dir(files, "texts") }

// Views are its templates and style rules.
func Views() fs.FS { return embedded.Dir(files, "views") }

const kind = "dispute"

// How much is taken from strangers.
const (
	maxForm    = 64 << 10
	perNetwork = 5 // in an hour
	perHour    = 60
)

// trap is a field nobody sees: who fills it in is a program.
const trap = "website"

// Web is the public face of disputes. It is safe for concurrent use.
type Web struct {
	s     *Service
	shell *page.Shell
	title func(lang string, inc *incident.Incident) string
	limit *limit.Limit
	from  limit.Sender
	shut  func(context.Context) (bool, error) // whether nothing may be changed now; nil: never
}

// NewWeb makes it. title says an incident in a language, from where requests come
// from; shut tells whether nothing may be changed now.
func NewWeb(s *Service, shell *page.Shell, title func(lang string, inc *incident.Incident) string, from limit.Sender, shut func(context.Context) (bool, error)) *Web {
	return &Web{s, shell, title, limit.New(perNetwork, perHour, time.Hour), from, shut}
}

// Routes adds the public addresses. Nobody is logged in here and no cookie is
// read: a form sent from another site can do nothing its sender could not do.
func (b *Web) Routes(mux *http.ServeMux) {
	for pattern, handle := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /incidents/{ref}/dispute":  b.form,
		"POST /incidents/{ref}/dispute": b.file,
		"GET /disputes/{ref}":           b.show,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := handle(w, r); err != nil && r.Context().Err() == nil {
				b.shell.Fail(w, r, err)
			}
		})
	}
}

// formPage is the form for filing.
type formPage struct {
	Crumbs                      []page.Link
	Incident                    string
	Action                      string
	Errors                      page.Summary
	Statement                   page.Select
	Right, Why, Source, Contact page.Field
	Speaker                     page.Choice
	Trap                        string
}

func (b *Web) form(w http.ResponseWriter, r *http.Request) error {
	inc, err := b.s.Disputable(r.Context(), r.PathValue("ref"))
	if err != nil {
		return err
	}
	if inc.Ref != r.PathValue("ref") {
		http.Redirect(w, r, page.Of(r).URL("/incidents/"+inc.Ref+"/dispute"), http.StatusMovedPermanently)
		return nil
	}
	b.render(w, r, inc, Filing{}, nil, nil)
	return nil
}

// render shows the form with what was written and what has to be mended; refused
// is why it was not taken though nothing is wrong with it.
func (b *Web) render(w http.ResponseWriter, r *http.Request, inc *incident.Incident, f Filing, wrong []fault.Field, refused error) {
	x := b.shell.Words(page.Of(r).Lang)
	top, beside := page.Mistakes(x, wrong)
	field := func(name, value string, max, rows int) page.Field {
		hint := x.T("dispute.form." + name + "_hint")
		if rows > 0 {
			hint += " " + x.T("dispute.form.most", "most", max)
		}
		return page.Field{Name: name, Label: x.T("dispute.form." + name), Hint: hint, Value: value, Error: beside[name], Max: max, Rows: rows}
	}
	out := formPage{
		Crumbs: crumbs(x, inc.Ref), Incident: b.named(x, inc), Action: "/incidents/" + inc.Ref + "/dispute", Errors: top, Trap: trap,
		Right: field(AnswerRight, f.Right, MaxRight, 3), Why: field(AnswerWhy, f.Why, MaxWhy, 6),
		Source: field(AnswerSource, f.Source, MaxSource, 0), Contact: field("contact", f.Contact, MaxContact, 0),
	}
	out.Source.Dir, out.Source.InputMode, out.Source.Optional, out.Contact.Optional, out.Contact.Autocomplete = "ltr", "url", true, true, "off"
	out.Statement = page.Select{Name: "statement", Label: x.T("dispute.form.statement"), Error: beside["statement"], Empty: x.T("dispute.form.choose"), Groups: []page.Group{{}}}
	for _, s := range Statements() {
		out.Statement.Groups[0].Options = append(out.Statement.Groups[0].Options, page.Option{Value: s, Label: x.T("dispute.statement." + s), Chosen: s == f.Statement})
	}
	out.Speaker = page.Choice{Name: "speaker", Label: x.T("dispute.form.speaker"), Hint: x.T("dispute.form.speaker_hint"), Error: beside["speaker"]}
	for _, s := range Speakers() {
		out.Speaker.Options = append(out.Speaker.Options, page.Option{Value: s, Label: x.T("dispute.speaker." + s), Chosen: s == f.Speaker})
	}
	p := page.Page{Title: x.T("dispute.form.title"), Description: x.T("dispute.form.lead"), Body: "dispute.form", Kind: kind, Section: "incidents", Data: out,
		Noindex: true, Errors: len(wrong) > 0, NoStore: len(wrong) > 0}
	if len(wrong) > 0 {
		p.Status = page.Problem(fault.Invalid)
	}
	if refused != nil {
		key, args := fault.Text(refused)
		p.Status, p.NoStore, p.Notice = page.Problem(fault.KindOf(refused)), true, &page.Notice{Text: x.T(key, args...)}
	}
	b.shell.Render(w, r, p)
}

// named is what an incident is called; of one that was taken back nothing is told.
func (b *Web) named(x *i18n.Texts, inc *incident.Incident) string {
	if inc.Withdrawn() {
		return x.T("dispute.gone", "ref", inc.Ref)
	}
	return b.title(x.Lang.Tag, inc)
}

func crumbs(x *i18n.Texts, ref string) []page.Link {
	return []page.Link{{Text: x.T("publish.nav.incidents"), Href: "/incidents"}, {Text: ref, Href: "/incidents/" + ref}}
}

// file takes a dispute. What is wrong comes back with nothing lost; a reload
// files nothing twice.
func (b *Web) file(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return fault.Wrap(err, fault.TooLarge, "")
		}
		return fault.Wrap(err, fault.Invalid, "")
	}
	inc, err := b.s.Disputable(r.Context(), r.PathValue("ref"))
	if err != nil {
		return err
	}
	sent := r.PostForm
	f := Filing{Incident: inc.Ref, Statement: sent.Get("statement"), Right: sent.Get(AnswerRight), Why: sent.Get(AnswerWhy), Source: sent.Get(AnswerSource),
		Speaker: sent.Get("speaker"), Contact: sent.Get("contact"), Lang: page.Of(r).Lang}
	err = f.check()
	if err == nil && sent.Get(trap) != "" {
		err = fault.Mend(fault.Field{Name: AnswerRight, Key: "dispute.trapped"})
	}
	if fields := fault.Fields(err); len(fields) > 0 {
		b.render(w, r, inc, f, fields, nil)
		return nil
	}
	if b.shut != nil {
		shut, err := b.shut(r.Context())
		if err != nil {
			return err
		}
		if shut {
			b.render(w, r, inc, f, nil, fault.New(fault.Unavailable, "dispute.shut"))
			return nil
		}
	}
	if !b.limit.Take(b.s.now(), b.from.Of(r)) {
		b.render(w, r, inc, f, nil, fault.New(fault.TooMany, "dispute.too_many"))
		return nil
	}
	ref, err := b.s.File(r.Context(), f)
	if err != nil {
		return err
	}
	http.Redirect(w, r, page.Of(r).URL("/disputes/"+ref)+"?filed=1", http.StatusSeeOther)
	return nil
}

// disputePage is GET /disputes/{ref}.
type disputePage struct {
	Ref      string
	Crumbs   []page.Link
	Incident page.Link
	State    string
	Filed    string
	New      string // said to whoever has just filed it
	Waiting  string // why nothing of what was written is public
	Written  []written
	Statement, Speaker,
	Lang string
	Thread []threadLine
}

// written is an answer of the form that is public.
type written struct {
	Question, Text string
	Address        bool
}

// threadLine is what the coalition said.
type threadLine struct{ Date, What, Note, By string }

func (b *Web) show(w http.ResponseWriter, r *http.Request) error {
	d, err := b.s.Public(r.Context(), r.PathValue("ref"))
	if err != nil {
		return err
	}
	inc, err := b.s.Disputable(r.Context(), d.Incident)
	if err != nil {
		return err
	}
	x := b.shell.Words(page.Of(r).Lang)
	said, err := b.s.thread(r.Context(), x, d.Steps)
	if err != nil {
		return err
	}
	out := disputePage{
		Ref: d.Ref, Crumbs: crumbs(x, inc.Ref), Incident: page.Link{Text: b.named(x, inc), Href: "/incidents/" + inc.Ref}, State: stateWord(x, d.State),
		Filed: day(x, d.Filed), Lang: d.Lang, Written: writtenOf(x, d), Thread: said,
	}
	switch {
	case len(d.Released) > 0:
	case d.State == Open:
		out.Waiting = x.T("dispute.waiting")
	default:
		out.Waiting = x.T("dispute.kept")
	}
	if d.Statement != "" {
		out.Statement, out.Speaker = x.T("dispute.statement."+d.Statement), x.T("dispute.speaker."+d.Speaker)
	}
	fresh := r.URL.Query().Get("filed") != ""
	if fresh {
		out.New = x.T("dispute.filed", "ref", d.Ref)
	}
	b.shell.Render(w, r, page.Page{Title: x.T("dispute.title", "ref", d.Ref), Description: x.T("dispute.lead"), Body: "dispute.show", Kind: kind, Section: "incidents",
		Data: out, Canonical: "/disputes/" + d.Ref, Modified: d.Changed.Time(), Noindex: true, NoStore: fresh})
	return nil
}

func stateWord(x *i18n.Texts, s State) string { return x.T("dispute.state." + string(s)) }

func day(x *i18n.Texts, at incident.Instant) string { return x.Date(at.Time().Format("2006-01-02")) }

// writtenOf lists the answers that are there.
func writtenOf(x *i18n.Texts, d Dispute) []written {
	var out []written
	for _, a := range []struct{ name, text string }{{AnswerRight, d.Right}, {AnswerWhy, d.Why}, {AnswerSource, d.Source}} {
		if a.text != "" {
			out = append(out, written{x.T("dispute.form." + a.name), a.text, a.name == AnswerSource})
		}
	}
	return out
}

func (s *Service) thread(ctx context.Context, x *i18n.Texts, steps []Step) ([]threadLine, error) {
	names, err := s.names(ctx, x)
	var out []threadLine
	for _, step := range steps {
		line := threadLine{Date: day(x, step.At), What: x.T("dispute.step." + step.Kind), Note: step.Note, By: step.By}
		if step.Kind == stepReleased { // seen by editors alone: the names of the answers
			line.Note = ""
		}
		if name := names[step.For]; name != "" {
			line.By = x.T("dispute.signed", "by", x.Isolate(step.By), "for", x.Isolate(name))
		}
		out = append(out, line)
	}
	return slices.Clip(out), err
}
