package verify

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"keepiton/internal/mechanism/desk"
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

//go:embed keys.js
var keys []byte

// Script is the file that makes keys work, and its path.
func Script() (path string, data []byte) { return "/desk/keys.js", keys }

// Nav are the links of this room in the desk's navigation.
func Nav() []desk.Item {
	return []desk.Item{
		{Item: page.Item{Key: "verify.nav.queue", Path: "/desk", Section: "queue"}, Needs: desk.Reader},
		{Item: page.Item{Key: "verify.nav.new", Path: "/desk/leads/new", Section: "new"}, Needs: desk.Contributor, Writes: true},
		{Item: page.Item{Key: "verify.nav.releases", Path: releasesPath, Section: "releases"}, Needs: desk.Verifier},
	}
}

// People is the room of people and organisations, as the pages need it.
type People interface {
	// Names are all people, by number, as they show.
	Names(ctx context.Context) (map[int64]string, error)
	// Organisations are all organisations, by number, in a language.
	Organisations(ctx context.Context, lang string) (map[int64]string, error)
	// Actors are all people who may come in, with what they hold.
	Actors(ctx context.Context) ([]desk.Actor, error)
}

// Touch is something somebody did to an item of evidence.
type Touch struct {
	Person int64 // 0 for the program
	Item   string
	Act    string
	At     int64
}

// Touches lists what was done to the evidence of a dossier, the newest first.
type Touches func(ctx context.Context, dossier int64) ([]Touch, error)

// Web shows the desk in the browser.
type Web struct {
	s       *Service
	people  People
	touches Touches
}

// NewWeb makes the pages.
func NewWeb(s *Service, people People, touches Touches) *Web { return &Web{s, people, touches} }

// Routes lists them.
func (w *Web) Routes() []desk.Route {
	get := func(path string, needs desk.Role, do func(*desk.Visit) error) desk.Route {
		return desk.Route{Method: "GET", Path: path, Needs: needs, Do: do}
	}
	routes := []desk.Route{
		get("/desk", desk.Reader, w.queue),
		get("/desk/leads/new", desk.Contributor, w.newLead),
		{Method: "POST", Path: "/desk/leads/new", Needs: desk.Contributor, Do: w.fileLead},
		get("/desk/leads/{ref}", desk.Reader, w.show),
		get("/desk/leads/{ref}/edit", desk.Contributor, w.edit),
		{Method: "POST", Path: "/desk/leads/{ref}/edit", Needs: desk.Contributor, Do: w.saveEdit},
		get("/desk/leads/{ref}/claims/{claim}", desk.Reader, w.claim),
		get("/desk/leads/{ref}/sign", desk.Verifier, w.signPage),
		get("/desk/leads/{ref}/publish", desk.Editor, w.publishPage),
		get("/desk/leads/{ref}/more", desk.Contributor, w.more),
		get("/desk/leads/{ref}/sheets", desk.Reader, w.asked),
		{Method: "POST", Path: "/desk/adopt", Needs: desk.Contributor, Do: w.adopt},
		{Method: "POST", Path: "/desk/filters", Needs: desk.Reader, Do: w.saveFilter},
		{Method: "POST", Path: "/desk/filters/{id}/drop", Needs: desk.Reader, Do: w.dropFilter},
	}
	routes = append(routes, w.releaseRoutes()...)
	routes = append(routes, w.recodingRoutes()...)
	for _, x := range w.acts() {
		rt := desk.Route{Method: "POST", Path: "/desk/leads/{ref}/" + x.path, Needs: x.needs, Do: func(v *desk.Visit) error { return w.act(v, x) }}
		if x.at != "" {
			rt.Page = "/desk/leads/{ref}/" + x.at
		}
		routes = append(routes, rt)
	}
	return routes
}

// view is what every page of the room is made with: the visit and the names of
// people and organisations.
type view struct {
	waiting map[int64]string // what public cases wait for as they are, [Service.Waits]
	*desk.Visit
	w      *Web
	in     *reader
	names  map[int64]string
	orgs   map[int64]string
	veils  veils
	naming *Naming // of the case of the page; nil where it shows none
}

func (w *Web) view(v *desk.Visit) (*view, error) {
	ctx := v.R.Context()
	lang := page.Of(v.R).Lang
	names, err := w.people.Names(ctx)
	if err != nil {
		return nil, err
	}
	orgs, err := w.people.Organisations(ctx, lang)
	if err != nil {
		return nil, err
	}
	in, err := w.reader(ctx, lang)
	if err != nil {
		return nil, err
	}
	veils, err := w.s.veiledCountries(ctx)
	return &view{Visit: v, w: w, in: in, names: names, orgs: orgs, veils: veils}, err
}

func (w *Web) reader(ctx context.Context, lang string) (*reader, error) {
	places, err := w.s.Record.Matcher(ctx)
	return &reader{w.s.Record.Taxonomy(), places, lang}, err
}

// T is a text in the language of the visit.
func (x *view) T(key string, args ...any) string { return x.Words.T(key, args...) }

// name is how a person shows to whoever looks, on the page of a case.
func (x *view) name(person int64) string {
	if x.naming != nil {
		if letter := x.naming.Letter(person); letter != "" {
			return x.T("verify.reviewer", "letter", letter)
		}
	}
	return x.named(person)
}

func (x *view) named(person int64) string { return cmp.Or(x.names[person], x.T("verify.somebody")) }

// nameIn is how a person shows where cases of several countries stand together:
// there no letter would tell anything.
func (x *view) nameIn(person int64, countries []string) string {
	if person != x.Person && x.veils.hide(x.Actor, countries) {
		return x.T("verify.colleague")
	}
	return x.named(person)
}

// org is the name of an organisation as the page of a case may tell it: beside a
// letter it could name a person.
func (x *view) org(id int64) string {
	if x.hidden() {
		return x.T("verify.an_organisation")
	}
	return x.orgs[id]
}

// hidden tells whether the page shows letters in place of names.
func (x *view) hidden() bool { return x.naming != nil && x.naming.Hidden }

func (x *view) nameOf(person *int64) string {
	if person == nil {
		return x.T("verify.the_record")
	}
	return x.name(*person)
}

// instant is a moment as the desk writes it, in UTC.
func (x *view) instant(micro int64) string {
	t := time.UnixMicro(micro).UTC()
	return x.T("verify.instant", "date", x.Words.Date(t.Format(time.DateOnly)), "time", t.Format("15:04"))
}

// ago says how long ago a moment was, or how soon it comes.
func (x *view) ago(micro int64) string {
	d := time.UnixMicro(x.w.s.now()).Sub(time.UnixMicro(micro))
	if d < 0 {
		d = -d
	}
	switch {
	case d < time.Minute:
		return x.T("verify.just_now")
	case d < time.Hour:
		return x.T("verify.minutes", "n", int(d.Minutes()))
	case d < 48*time.Hour:
		return x.T("verify.hours", "n", int(d.Hours()))
	}
	return x.T("verify.days", "n", int(d.Hours()/24))
}

// failed is what went wrong with a form, for showing the page again with
// everything that was written.
type failed struct {
	top    page.Summary
	beside map[string]string
	said   url.Values
	notice string
}

// value is what was written into a field, or what stands.
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
func again(v *desk.Visit, err error) *failed {
	if top, beside, ok := v.Mend(err); ok {
		return &failed{top: top, beside: beside, said: v.Form()}
	}
	if key, args := fault.Text(err); key != "" && fault.KindOf(err) == fault.Conflict {
		return &failed{said: v.Form(), notice: v.Words.T(key, args...)}
	}
	return nil
}

// unlessRefused leaves out errors that only say no.
func unlessRefused(err error) error {
	if fault.KindOf(err) == fault.Conflict {
		return nil
	}
	return err
}

// page renders a page of the room; f is what went wrong before, or nil.
func (x *view) page(p page.Page, f *failed) error {
	p.Kind = "verify"
	if f != nil {
		p.Errors = len(f.top.Items) > 0
		p.Status = http.StatusUnprocessableEntity
		if f.notice != "" {
			p.Status, p.Notice = http.StatusConflict, &page.Notice{Text: f.notice}
		}
	}
	return x.Show(p)
}

// organisationChoice asks on whose behalf, when there is more than one answer.
func (x *view) organisationChoice(role desk.Role, country string, f *failed) *page.Choice {
	list := x.For(role, country)
	if len(list) < 2 {
		return nil
	}
	ch := &page.Choice{Name: "organisation", Label: x.T("verify.ask.organisation"), Error: f.error("organisation")}
	for _, id := range list {
		text := strconv.FormatInt(id, 10)
		ch.Options = append(ch.Options, page.Option{Value: text, Label: x.orgs[id], Chosen: f.value("organisation", "") == text})
	}
	return ch
}

// number reads a number that a form sent, 0 where there is none.
func number(v *desk.Visit, name string) int64 {
	n, err := strconv.ParseInt(v.Value(name), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func path(ref string, more ...string) string {
	p := "/desk/leads/" + url.PathEscape(ref)
	for _, m := range more {
		p += "/" + m
	}
	return p
}

// mayTake tells which people may work on a country.
func (w *Web) mayTake(ctx context.Context, role desk.Role, country string) ([]desk.Actor, error) {
	all, err := w.people.Actors(ctx)
	return slices.DeleteFunc(all, func(a desk.Actor) bool { return !a.Can(role, country) }), err
}

// isMerged tells of a dossier that was merged where it went.
func (x *view) isMerged(c *Case) bool { return c.State == Merged && c.MergedRef != "" }

var errNoClaim = fault.New(fault.NotFound, "")

// asOvertaken is the error of somebody else having been faster, if it is one.
func asOvertaken(err error) *Overtaken {
	var o *Overtaken
	if errors.As(err, &o) {
		return o
	}
	return nil
}
