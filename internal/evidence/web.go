package evidence

import (
	"context"
	"embed"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/embedded"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page"
)

//go:embed texts/*.json views/*
var files embed.FS

// Texts is the catalogue of this room.
func Texts() fs.FS { return embedded.Dir(files, "texts") }

// Views are its templates and style.
func Views() fs.FS { return embedded.Dir(files, "views") }

// People is the room of people and organisations, as the pages need it.
type People interface {
	// Named tells how people show, by reference, to somebody on the pages of a case:
	// where those who work on it do not see one another's names, letter is what stands
	// for each, the same on every page.
	Named(ctx context.Context, a desk.Actor, dossier int64) (func(ref string) (name, letter string), error)
	// Organisations are all organisations, by number, in a language.
	Organisations(ctx context.Context, lang string) (map[int64]string, error)
}

// Web shows evidence in the browser.
type Web struct {
	s      *Service
	people People
}

// NewWeb makes the pages.
func NewWeb(s *Service, people People) *Web { return &Web{s, people} }

// uploadTime is how long a file may be on its way: over a poor line a large one
// takes long.
const uploadTime = time.Hour

// Routes lists them.
func (w *Web) Routes() []desk.Route {
	routes := []desk.Route{
		{Method: "GET", Path: "/desk/leads/{ref}/evidence", Needs: desk.Reader, Do: w.list},
		{Method: "GET", Path: "/desk/leads/{ref}/evidence/new", Needs: desk.Contributor, Do: w.add},
		{Method: "POST", Path: "/desk/leads/{ref}/evidence/new", Needs: desk.Contributor, Stream: true, Max: maxFile + 1<<20, Do: w.file},
		{Method: "GET", Path: "/desk/evidence/{ref}", Needs: desk.Reader, Do: w.show},
		{Method: "GET", Path: "/desk/evidence/{ref}/edit", Needs: desk.Contributor, Do: w.edit},
		{Method: "POST", Path: "/desk/evidence/{ref}/edit", Needs: desk.Contributor, Do: w.saveEdit},
		{Method: "GET", Path: "/desk/evidence/{ref}/preview/{digest}", Needs: desk.Reader, Own: true, Do: w.preview},
		{Method: "GET", Path: "/desk/evidence/{ref}/file/{digest}", Needs: desk.Contributor, Own: true, Do: handsOut(w.s.Download)},
		{Method: "GET", Path: "/desk/evidence/{ref}/captured/{digest}", Needs: desk.Contributor, Own: true, Do: handsOut(w.s.DownloadCapture)},
	}
	for _, p := range w.actPages() {
		path := "/desk/evidence/{ref}/" + p.name
		routes = append(routes,
			desk.Route{Method: "GET", Path: path, Needs: desk.Contributor, Do: func(v *desk.Visit) error { return w.actPage(v, p, nil) }},
			desk.Route{Method: "POST", Path: path, Needs: desk.Contributor, Do: func(v *desk.Visit) error { return w.doAct(v, p) }})
	}
	for _, act := range w.acts() {
		routes = append(routes, desk.Route{Method: "POST", Path: "/desk/evidence/{ref}/" + act.name, Needs: desk.Contributor, Do: func(v *desk.Visit) error {
			return w.act(v, act)
		}})
	}
	return routes
}

// act is one of the small forms of an item's page: who may is asked before what
// they wrote is looked at.
type act struct {
	name string
	may  func(ctx context.Context, q db.Querier, a desk.Actor, ref string) (Item, error)
	do   func(v *desk.Visit, ref string) error
}

func (w *Web) acts() []act {
	return []act{
		{"capture", workable, w.capture}, {"origin", workable, w.origin}, {"grade", workable, w.grade},
		{"raise", owned, w.raise},
	}
}

// itemPath is the address of an item, or of something under it.
func itemPath(ref string, more ...string) string {
	return strings.Join(append([]string{"/desk/evidence", url.PathEscape(ref)}, more...), "/")
}

func casePath(ref string, more ...string) string {
	return strings.Join(append([]string{"/desk/leads", url.PathEscape(ref)}, more...), "/")
}

// failed is what went wrong with a form, for showing the page again with all
// that was written.
type failed struct {
	top    page.Summary
	beside map[string]string
	said   url.Values
	notice string
}

func (f *failed) value(name, stands string) string {
	if f != nil && f.said.Has(name) {
		return f.said.Get(name)
	}
	return stands
}

func (f *failed) error(name string) string {
	if f == nil {
		return ""
	}
	return f.beside[name]
}

// again makes what went wrong showable; nil when the error has its own page.
func again(v *desk.Visit, said url.Values, err error) *failed {
	if top, beside, ok := v.Mend(err); ok {
		for i, m := range top.Items { // on top of a long form one has to be told which question
			if key := "evidence.ask." + m.Name; v.Words.Has(key) {
				top.Items[i].Text = v.Words.T("evidence.mend", "label", v.Words.T(key), "text", m.Text)
			}
		}
		return &failed{top: top, beside: beside, said: said}
	}
	switch fault.KindOf(err) {
	case fault.Conflict, fault.Invalid, fault.TooLarge, fault.Unavailable:
		if key, args := fault.Text(err); key != "" {
			return &failed{said: said, notice: v.Words.T(key, args...)}
		}
	}
	return nil
}

// send renders a page of the room; f is what went wrong before, or nil.
func send(v *desk.Visit, p page.Page, f *failed) error {
	p.Kind, p.Section = "evidence", "queue"
	if f != nil {
		p.Errors, p.Status = len(f.top.Items) > 0, http.StatusUnprocessableEntity
		if f.notice != "" {
			p.Notice = &page.Notice{Text: f.notice}
		}
	}
	return v.Show(p)
}

type listData struct {
	Title, Back, Add string
	Items            []itemLine
}

type itemLine struct{ Href, Ref, Class, ClassName, Title, Note string }

func (w *Web) list(v *desk.Visit) error {
	ref := v.R.PathValue("ref")
	items, err := w.s.Items(v.R.Context(), v.Actor, ref)
	if err != nil {
		return err
	}
	c, err := w.s.cases.Case(v.R.Context(), v.Actor, ref)
	if err != nil {
		return err
	}
	d := listData{Title: c.Title, Back: casePath(ref)}
	if v.Can(desk.Contributor, c.Country) && !v.ReadOnly() {
		d.Add = casePath(ref, "evidence", "new")
	}
	for _, it := range items {
		l := itemLine{Href: itemPath(it.Ref), Ref: it.Ref, Class: string(it.Class), ClassName: v.Words.T("evidence.class." + string(it.Class)), Title: it.Title}
		switch {
		case it.Closed && it.WithdrawnAt != nil:
			l.Title = v.Words.T("evidence.page.withdrawn_title")
		case it.Closed:
			l.Title = v.Words.T("evidence.page.closed_title")
		case it.WithdrawnAt != nil:
			l.Note = v.Words.T("evidence.page.withdrawn")
		case it.PageState != "" && it.PageState != PageSame:
			l.Note = v.Words.T("evidence.finding." + string(it.PageState))
		}
		d.Items = append(d.Items, l)
	}
	return send(v, page.Page{Title: v.Words.T("evidence.list.title", "title", c.Title), Body: "evidence.list", Data: d}, nil)
}

func number(said url.Values, name string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(said.Get(name)), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (w *Web) edit(v *desk.Visit) error { return w.editForm(v, nil) }

func (w *Web) editForm(v *desk.Visit, f *failed) error {
	it, err := owned(v.R.Context(), w.s.db.Reader(), v.Actor, v.R.PathValue("ref"))
	if err != nil {
		return err
	}
	d, err := w.form(v, it.Draft, it.Country, f)
	if err != nil {
		return err
	}
	d.Title, d.Back, d.Action, d.Button = v.Words.T("evidence.edit.title", "ref", it.Ref), itemPath(it.Ref), itemPath(it.Ref, "edit"), v.Words.T("evidence.edit.button")
	d.Version, d.Org = f.value("version", strconv.FormatInt(it.Version, 10)), nil
	return send(v, page.Page{Title: d.Title, Body: "evidence.form", Data: d}, f)
}

func (w *Web) saveEdit(v *desk.Visit) error {
	ref, said := v.R.PathValue("ref"), v.Form()
	draft, wrong := readDraft(said)
	wrong = allWrong(draft, wrong)
	var waits []Raise
	err := fault.Mend(wrong...)
	if wrong == nil {
		_, waits, err = w.s.Edit(v.R.Context(), v.Actor, ref, number(said, "version"), draft)
	}
	if err != nil {
		if f := again(v, said, err); f != nil {
			return w.editForm(v, f)
		}
		return err
	}
	if len(waits) > 0 {
		return v.Go(itemPath(ref), "evidence_edited_waits")
	}
	return v.Go(itemPath(ref), "evidence_edited")
}

// act does one of the small forms of an item's page; what is wrong is said above
// the page.
func (w *Web) act(v *desk.Visit, act act) error {
	ref := v.R.PathValue("ref")
	_, err := act.may(v.R.Context(), w.s.db.Reader(), v.Actor, ref)
	if fault.KindOf(err) == fault.Forbidden || fault.KindOf(err) == fault.NotFound {
		return err
	}
	if err == nil {
		err = act.do(v, ref)
	}
	if err != nil {
		if f := again(v, v.Form(), err); f != nil {
			return w.showItem(v, f)
		}
		return err
	}
	return v.Go(itemPath(ref), "evidence_"+act.name)
}

func (w *Web) capture(v *desk.Visit, ref string) error {
	_, err := w.s.Capture(v.R.Context(), v.Actor, ref)
	return err
}

func (w *Web) origin(v *desk.Visit, ref string) error {
	p, err := readProvenance(v.Form())
	if err == nil {
		_, err = w.s.SayOrigin(v.R.Context(), v.Actor, ref, number(v.R.PostForm, "version"), p)
	}
	return err
}

func (w *Web) grade(v *desk.Visit, ref string) error {
	information, ok := readGrade(v.Value("information"))
	if !ok {
		return fault.Mend(fault.Field{Name: "information", Key: "evidence.need_information"})
	}
	_, err := w.s.Grade(v.R.Context(), v.Actor, ref, number(v.R.PostForm, "version"), v.Value("source"), information)
	return err
}

// raise decides what waits for a second person; the button tells how.
func (w *Web) raise(v *desk.Visit, ref string) error {
	decision := Decision(v.Value("decision"))
	if decision != Confirmed && decision != Refused {
		return fault.New(fault.Invalid, "evidence.need_decision")
	}
	_, err := w.s.DecideRaise(v.R.Context(), v.Actor, ref, number(v.R.PostForm, "version"), number(v.R.PostForm, "id"), decision == Confirmed)
	return err
}

func (w *Web) preview(v *desk.Visit) error {
	small, err := w.s.Preview(v.R.Context(), v.Actor, v.R.PathValue("ref"), v.R.PathValue("digest"))
	if err != nil {
		return err
	}
	PreviewDisposition(v.W.Header())
	v.W.Write(small) // who went away meanwhile need not be told
	return nil
}

// handsOut answers with the bytes that open gives, to be stored.
func handsOut(open func(ctx context.Context, a desk.Actor, ref, digest string) (*os.File, StoredFile, error)) func(v *desk.Visit) error {
	return func(v *desk.Visit) error {
		body, f, err := open(v.R.Context(), v.Actor, v.R.PathValue("ref"), v.R.PathValue("digest"))
		if err != nil {
			return err
		}
		defer body.Close()
		Disposition(v.W.Header(), v.R.PathValue("ref"), f)
		io.Copy(v.W, body) // who went away meanwhile need not be told
		return nil
	}
}
