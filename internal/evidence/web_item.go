package evidence

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/page"
)

// itemData is what views/item.html gets.
type itemData struct {
	Summary                   page.Summary
	Ref, Title, Case, CaseRef string
	Class, ClassName, Meta    string
	Banners                   []string
	Says                      string
	Facts, Consent            []factLine
	Link                      string // the address as text: nobody is led there by a click
	Captures                  []captureBox
	NotCaptured               string // why the last try failed
	Files                     []fileLine
	Texts                     []textLine
	Suggestions               []itemLine
	Used                      []string
	Custody                   []custodyLine
	Changes                   []changeLine
	May, Own                  bool // work with it; change it
	Edit, CapturePath         string
	Version                   string
	Acts                      []page.Link // pages of their own
	Origin, Grade             *smallForm
	Raises                    []raiseLine
	RaisePath                 string
}

// raiseLine is what waits for a second person. Confirm is set for whoever may.
type raiseLine struct {
	ID, Field, Old, New, Asked string
	Confirm                    bool
	Refuse                     string // what the button says
}

type factLine struct {
	Question, Answer string
	Theirs           bool // in the words of whoever filed it, not in ours
}

type captureBox struct {
	When, Status, Final, Body, WARC string
	GetBody, GetWARC                string // where each is handed out
	Hops                            []hopLine
}

type hopLine struct{ N, URL, Status, Issuer, Trouble string }

type fileLine struct {
	Name, Media, Size, Digest, Made string
	Preview, Download               string
}

type textLine struct{ When, Says, Hash string }

type custodyLine struct{ N, When, Who, What, Digest string }

type changeLine struct{ When, Who, Field, Old, New string }

// smallForm is one act of an item's page.
type smallForm struct {
	Title, Hint, Action, Button string
	Hidden                      map[string]string
	Controls                    []control
}

func (w *Web) show(v *desk.Visit) error { return w.showItem(v, nil) }

func (w *Web) showItem(v *desk.Visit, f *failed) error {
	ref := v.R.PathValue("ref")
	it, err := w.s.Item(v.R.Context(), v.Actor, ref)
	if fault.KindOf(err) == fault.NotFound { // who filed it may still take it back, wherever it went
		if _, none := w.s.revocable(v.R.Context(), w.s.db.Reader(), v.Actor, ref); none == nil {
			return v.Go(itemPath(ref, "withdraw"), "")
		}
	}
	if err != nil {
		return err
	}
	m := &itemPage{v: v, w: w, it: it, f: f, b: builder{v.Words, f}}
	if err := m.fill(); err != nil {
		return err
	}
	return send(v, page.Page{Title: m.d.Title, Body: "evidence.item", Data: m.d}, f)
}

// itemPage puts the page of an item together.
type itemPage struct {
	v     *desk.Visit
	w     *Web
	it    Item
	f     *failed
	b     builder
	d     itemData
	named func(ref string) (name, letter string)
	orgs  map[int64]string

	origin string // unknown, own or same
}

func (m *itemPage) t(key string, args ...any) string {
	return m.v.Words.T("evidence."+key, args...)
}

func (m *itemPage) instant(micro int64) string {
	at := time.UnixMicro(micro).UTC()
	return m.t("instant", "date", m.v.Words.Date(at.Format(time.DateOnly)), "time", at.Format("15:04"))
}

func (m *itemPage) who(ref string, organisation int64) string {
	if ref == "" {
		return m.t("program")
	}
	name, letter := m.named(ref)
	if letter != "" { // an organisation beside it could name a person
		return m.t("reviewer", "letter", letter)
	}
	name = cmp.Or(name, m.t("somebody"))
	if org := m.orgs[organisation]; org != "" {
		return m.t("of", "who", m.v.Words.Isolate(name), "org", m.v.Words.Isolate(org))
	}
	return name
}

func (m *itemPage) fill() (err error) {
	ctx := m.v.R.Context()
	if m.named, err = m.w.people.Named(ctx, m.v.Actor, m.it.Case); err != nil {
		return err
	}
	if m.orgs, err = m.w.people.Organisations(ctx, page.Of(m.v.R).Lang); err != nil {
		return err
	}
	it := m.it
	m.d = itemData{Ref: it.Ref, CaseRef: it.CaseRef, Case: casePath(it.CaseRef), Class: string(it.Class), ClassName: m.t("class." + string(it.Class)), Version: fmt.Sprint(it.Version),
		Meta: m.t("page.meta", "ref", it.Ref, "when", m.instant(it.Created), "who", m.who(it.FiledBy, it.Organisation))}
	if m.f != nil {
		m.d.Summary = m.f.top
	}
	m.d.Banners = m.banners()
	if it.Closed && it.WithdrawnAt != nil {
		m.d.Title, m.d.Meta = m.t("page.withdrawn_title"), it.Ref
		return nil
	}
	if m.d.Custody, err = m.custody(); err != nil {
		return err
	}
	m.d.May = it.WithdrawnAt == nil && m.v.Can(desk.Contributor, it.Country)
	m.d.Own = m.d.May && it.ownedBy(m.v.Actor)
	if _, err := m.w.s.revocable(ctx, m.w.s.db.Reader(), m.v.Actor, it.Ref); err == nil && !m.d.Own {
		m.d.Acts = []page.Link{m.link("withdraw")}
	}
	if it.Closed {
		m.d.Title = m.t("page.closed_title")
		return nil
	}
	m.d.Title, m.d.Says, m.d.Link = it.Title, it.Says, it.URL
	m.facts()
	for _, step := range []func() error{m.captures, m.files, m.texts, m.history, m.kin, m.raises} {
		if err := step(); err != nil {
			return err
		}
	}
	if m.d.May {
		m.forms()
	}
	return nil
}

func (m *itemPage) banners() (out []string) {
	it := m.it
	if it.Closed && it.WithdrawnAt != nil {
		return []string{m.t("page.withdrawn_closed", "when", m.v.Words.Date(time.UnixMicro(*it.WithdrawnAt).UTC().Format(time.DateOnly)))}
	}
	if it.Closed {
		out = append(out, m.t("page.closed"))
	}
	if it.WithdrawnAt != nil {
		out = append(out, m.t("page.withdrawn_why", "when", m.instant(*it.WithdrawnAt), "reason", it.WithdrawnReason))
	}
	if it.EmbargoUntil != nil && *it.EmbargoUntil > m.w.s.now().UnixMicro() {
		out = append(out, m.t("page.embargo", "until", m.instant(*it.EmbargoUntil)))
	}
	if !it.Closed && it.WithdrawnAt == nil && it.Origin == 0 {
		out = append(out, m.t("page.no_origin"))
	}
	if it.PageState != "" && it.PageState != PageSame && it.PageSince != nil {
		out = append(out, m.t("page.flag", "what", m.t("finding."+string(it.PageState)), "when", m.instant(*it.PageSince)))
	}
	return out
}

func (m *itemPage) facts() {
	it := m.it
	line := func(name, answer string, theirs bool) {
		if answer != "" {
			m.d.Facts = append(m.d.Facts, factLine{m.t("ask." + name), answer, theirs})
		}
	}
	add := func(name, answer string) { line(name, answer, false) }
	told := func(name, answer string) { line(name, answer, true) }
	add("kind", m.t("kind."+string(it.Kind)))
	if it.Source != "" {
		add("source", m.t("source."+it.Source))
	}
	if it.Information > 0 {
		add("information", m.t("information."+digit(it.Information)))
	}
	told("speaker", it.Speaker)
	told("lang", it.Lang)
	told("observed", FormatMoment(it.ObservedAt, it.ObservedPrecision))
	told("received", FormatMoment(&it.ReceivedAt, it.ReceivedPrecision))
	told("place_exact", it.PlaceExact)
	told("place_locality", it.PlaceLocality)
	told("place_region", it.PlaceRegion)
	add("country", geo.CountryName(it.Country, page.Of(m.v.R).Lang))
	add("audience", m.t("audience."+string(it.Audience)))
	add("precision", m.t("precision."+string(it.Precision)))
	for _, u := range Uses() {
		m.d.Consent = append(m.d.Consent, factLine{m.t("ask.consent_" + string(u)), m.t("answer." + string(*it.Of(u))), false})
	}
}

func (m *itemPage) custody() ([]custodyLine, error) {
	list, err := m.w.s.Custody(m.v.R.Context(), m.v.Actor, m.it.Ref)
	if err != nil {
		return nil, err
	}
	var out []custodyLine
	for _, c := range list {
		line := custodyLine{fmt.Sprint(c.N), m.instant(c.At), m.who(c.Person, c.Organisation), m.t("act." + string(c.Act)), c.Digest}
		switch c.Act {
		case Captured:
			m.d.NotCaptured = ""
		case CaptureFailed:
			why := m.t(c.Detail, "most", maxRedirects)
			m.d.NotCaptured, line.What = m.t("page.capture_failed", "when", line.When, "why", why), line.What+": "+why
		}
		out = append(out, line)
	}
	return out, nil
}

func (m *itemPage) captures() error {
	list, err := m.w.s.Captures(m.v.R.Context(), m.v.Actor, m.it.Ref)
	for _, c := range list {
		box := captureBox{When: m.instant(c.At), Status: fmt.Sprint(c.Status), Final: c.FinalURL, Body: c.Body, WARC: c.WARC}
		if m.v.Can(desk.Contributor, m.it.Country) {
			box.GetBody, box.GetWARC = itemPath(m.it.Ref, "captured", c.Body), itemPath(m.it.Ref, "captured", c.WARC)
		}
		for _, h := range c.Hops {
			box.Hops = append(box.Hops, hopLine{fmt.Sprint(h.N), h.URL, fmt.Sprint(h.Status), h.Issuer, h.Trouble})
		}
		m.d.Captures = append(m.d.Captures, box)
	}
	return err
}

func (m *itemPage) files() error {
	list, err := m.w.s.Files(m.v.R.Context(), m.v.Actor, m.it.Ref)
	for _, f := range list {
		l := fileLine{Name: f.Name, Media: f.Media, Size: m.size(f.Size), Digest: f.Digest, Made: m.t("page.file_came")}
		if f.Parent != "" {
			l.Made = m.t("page.file_made")
		}
		if f.Width > 0 {
			l.Preview = itemPath(m.it.Ref, "preview", f.Digest)
		}
		if m.v.Can(desk.Contributor, m.it.Country) {
			l.Download = itemPath(m.it.Ref, "file", f.Digest)
		}
		m.d.Files = append(m.d.Files, l)
	}
	return err
}

func (m *itemPage) size(n int64) string {
	switch {
	case n >= 1<<20:
		return m.t("size.mb", "size", m.v.Words.Decimal(float64(n)/(1<<20), 1))
	case n >= 1<<10:
		return m.t("size.kb", "size", m.v.Words.Decimal(float64(n)/(1<<10), 1))
	}
	return m.t("size.b", "n", int(n))
}

func (m *itemPage) texts() error {
	list, err := m.w.s.Texts(m.v.R.Context(), m.v.Actor, m.it.Ref)
	for _, x := range list {
		m.d.Texts = append(m.d.Texts, textLine{m.instant(x.Created), x.Says, x.Hash})
	}
	if m.it.Says != "" && m.d.Own {
		m.d.Acts = append(m.d.Acts, m.link("redact"))
	}
	return err
}

func (m *itemPage) history() error {
	list, err := m.w.s.History(m.v.R.Context(), m.v.Actor, m.it.Ref)
	for _, c := range list {
		m.d.Changes = append(m.d.Changes, changeLine{m.instant(c.At), m.who(c.Person, 0), m.fieldName(c.Field), m.valueName(c.Field, c.Old), m.valueName(c.Field, c.New)})
	}
	return err
}

// asked tells the columns that are not called like the question about them.
var asked = map[string]string{"observed_at": "observed", "observed_precision": "observed", "received_at": "received", "received_precision": "received", "embargo_until": "embargo",
	"consent_anonymous": "consent_anonymous_public", "consent_named": "consent_named_public", "origin_id": "origin", "withdrawn_reason": "reason"}

// fieldName is what a form calls a column.
func (m *itemPage) fieldName(column string) string {
	return m.t("ask." + cmp.Or(asked[column], column))
}

// kin are the items of the same origin, those that may be, and where it is used.
func (m *itemPage) kin() error {
	ctx := m.v.R.Context()
	m.origin = "unknown"
	list, err := m.w.s.Suggest(ctx, m.v.Actor, m.it.Ref)
	if err != nil {
		return err
	}
	for _, s := range list {
		m.d.Suggestions = append(m.d.Suggestions, itemLine{Href: itemPath(s.Ref), Ref: s.Ref, Title: s.Title, Note: m.t("like." + string(s.Why))})
	}
	if m.it.Origin != 0 {
		m.origin = "own"
	}
	same, err := db.Select[Item](ctx, m.w.s.db.Reader(), `/* evidence.kin */ select `+itemColumns+` from evidence_item where origin_id = $1 and origin_id <> 0 and id <> $2 order by id`, m.it.Origin, m.it.ID)
	if err != nil {
		return err
	}
	if len(same) > 0 {
		m.origin = "same"
	}
	m.d.Facts = append(m.d.Facts, factLine{m.t("ask.origin"), m.t("origin." + m.origin), false})
	for _, o := range same {
		if m.v.Can(desk.Reader, o.Country) {
			o = o.shownTo(m.v.Actor)
			m.d.Suggestions = append(m.d.Suggestions, itemLine{Href: itemPath(o.Ref), Ref: o.Ref, Title: o.Title, Note: m.t("like.same_origin")})
		}
	}
	m.d.Used, err = m.w.s.PublicationsUsing(ctx, m.v.Actor, m.it.Ref)
	if fault.KindOf(err) == fault.NotFound {
		err = nil
	}
	return err
}

// valueName is a value of a column as the page says it.
func (m *itemPage) valueName(column, value string) string {
	scheme := map[string]string{"kind": "kind", "class": "class", "precision": "precision", "audience": "audience", "source": "source", "information": "information"}[column]
	if strings.HasPrefix(column, "consent_") {
		scheme = "answer"
	}
	at, err := strconv.ParseInt(value, 10, 64)
	switch key := scheme + "." + value; {
	case value == "":
		return m.t("page.nothing")
	case column == "origin_id" && value == "0":
		return m.t("origin.unknown")
	case column == "origin_id":
		return m.t("page.source_number", "n", value)
	case scheme != "" && m.v.Words.Has("evidence."+key):
		return m.t(key)
	case strings.HasSuffix(column, "_at") || column == "embargo_until":
		if err == nil {
			return m.instant(at)
		}
	}
	return value
}

// raises are what waits for a second person, for those of the organisation.
func (m *itemPage) raises() error {
	if !m.d.Own {
		return nil
	}
	list, err := m.w.s.Raises(m.v.R.Context(), m.v.Actor, m.it.Ref)
	for _, r := range list {
		l := raiseLine{ID: fmt.Sprint(r.ID), Field: m.fieldName(r.Field), Old: m.valueName(r.Field, r.Old), New: m.valueName(r.Field, r.New),
			Asked: m.t("page.raise_asked", "who", m.who(r.By, 0), "when", m.instant(r.At)), Confirm: r.By != m.v.Ref, Refuse: m.t("page.raise_refuse")}
		if !l.Confirm {
			l.Refuse = m.t("page.raise_back")
		}
		m.d.Raises = append(m.d.Raises, l)
	}
	m.d.RaisePath = itemPath(m.it.Ref, "raise")
	return err
}

// forms are the acts of whoever may work with the item; those that change it are
// of the organisation that filed it.
func (m *itemPage) forms() {
	it := m.it
	version := map[string]string{"version": m.d.Version}
	if it.URL != "" {
		m.d.CapturePath = itemPath(it.Ref, "capture")
	}
	m.d.Origin = m.small("origin", version, m.b.provenance(m.origin))
	m.d.Grade = m.small("grade", version, m.b.grades(it.Draft)...)
	if !m.d.Own {
		return
	}
	m.d.Edit = itemPath(it.Ref, "edit")
	for _, f := range m.d.Files {
		if f.Preview != "" {
			m.d.Acts = append(m.d.Acts, m.link("picture"))
			break
		}
	}
	m.d.Acts = append(m.d.Acts, m.link("withdraw"))
}

// link leads to an act that has a page of its own.
func (m *itemPage) link(act string) page.Link {
	return page.Link{Text: m.t("do." + act), Href: itemPath(m.it.Ref, act)}
}

func (m *itemPage) small(name string, hidden map[string]string, list ...control) *smallForm {
	return &smallForm{m.t("do." + name), m.t("do_hint." + name), itemPath(m.it.Ref, name), m.t("do_button." + name), hidden, list}
}
