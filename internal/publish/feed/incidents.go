package feed

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
)

// maxItems is how many entries a feed holds.
const maxItems = 50

// standing is the edition every feed follows: a frozen one has no news.
var standing = incident.Edition{ID: incident.RecordEdition}

// incidents is GET /feeds/incidents: the newest shutdowns of a filter, or with
// sort=changed those that changed last.
func (f *Feed) incidents(form form) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		q, err := publish.Asked(r, incident.FilterNames()...)
		if err != nil {
			return err
		}
		filter, err := f.d.AskedFilter(q, standing)
		if err != nil {
			return err
		}
		return f.list(w, r, form, filter, "/feeds/incidents"+form.ext, true)
	}
}

// country is GET /feeds/countries/{code}.atom and .json.
func (f *Feed) country(w http.ResponseWriter, r *http.Request) error {
	if _, err := publish.Asked(r); err != nil {
		return err
	}
	code, ext, _ := strings.Cut(r.PathValue("file"), ".")
	code = strings.ToUpper(code)
	form, ok := map[string]form{"atom": atom, "json": jsonFeed}[ext]
	if _, known := geo.ByCode(code); !ok || !known {
		return fault.New(fault.NotFound, "")
	}
	return f.list(w, r, form, incident.Filter{Edition: incident.RecordEdition, Country: code}, "/feeds/countries/"+code+form.ext, false)
}

// list writes the feed of a filter. Its own address is built again from what
// was understood, never copied from the request.
func (f *Feed) list(w http.ResponseWriter, r *http.Request, form form, filter incident.Filter, path string, query bool) error {
	origin, err := f.origin(r)
	if err != nil {
		return err
	}
	filter.After, filter.Limit = "", maxItems
	rows, err := f.d.Record.List(r.Context(), filter)
	if err != nil {
		return err
	}
	lang := page.Of(r).Lang
	sp := f.d.In(lang)
	self, home := path, listPath(filter)
	if query {
		self = with(path, filter.Values())
	}
	d, err := f.document(r.Context(), sp, origin, self, home)
	if err != nil {
		return err
	}
	d.Title, d.Subtitle = f.titleOf(sp, filter), sp.X.T("feed.subtitle")
	refs := make([]string, len(rows.Rows))
	for i, row := range rows.Rows {
		refs[i] = row.Ref
	}
	last, err := f.d.Record.LastChanges(r.Context(), refs)
	if err != nil {
		return err
	}
	if d.Items, err = f.unsigned(r.Context(), sp, origin, filter); err != nil {
		return err
	}
	for _, row := range rows.Rows {
		d.Items = append(d.Items, f.item(sp, origin, row, last))
	}
	return f.sendFeed(w, r, form, d)
}

// unsigned are the urgent publications of a feed that asks for nothing but a
// country: title and category say that nobody of a second organisation signed.
func (f *Feed) unsigned(ctx context.Context, sp publish.Speaker, origin string, filter incident.Filter) ([]item, error) {
	for _, c := range filter.Chosen() {
		if c[0] != "country" && c[0] != "sort" {
			return nil, nil
		}
	}
	list, err := f.d.Record.Unsigned(ctx, filter.Country, 0)
	var out []item
	for _, x := range list {
		it := f.item(sp, origin, x.Row, nil)
		it.Title = sp.X.T("feed.unsigned", "title", i18n.Phrase(it.Title))
		it.Tags = append([]string{sp.X.T("feed.unsigned_tag")}, it.Tags...)
		it.Summary = sp.X.T("publish.unsigned.until", "until", sp.Moment(x.Until)) + " " + it.Summary
		out = append(out, it)
	}
	return out, err
}

// document starts a feed: what every one has.
func (f *Feed) document(ctx context.Context, sp publish.Speaker, origin, self, home string) (document, error) {
	lang := sp.X.Lang.Tag
	ed, err := f.d.Record.Edition(ctx, incident.RecordEdition)
	if err != nil {
		return document{}, err
	}
	self = origin + i18n.Path(lang, self)
	return document{
		ID: self, Self: self, Home: origin + i18n.Path(lang, home), Lang: lang,
		Publisher: sp.X.T("publish.name"), Rights: sp.X.T("feed.rights"), Updated: time.UnixMicro(ed.Created),
	}, nil
}

// sendFeed writes a feed. It is as new as its newest entry; an empty one is as
// old as the record.
func (f *Feed) sendFeed(w http.ResponseWriter, r *http.Request, form form, d document) error {
	for i, it := range d.Items {
		if i == 0 || it.Updated.After(d.Updated) {
			d.Updated = it.Updated
		}
	}
	raw, err := form.write(d)
	if err != nil {
		return err
	}
	return f.send(w, r, page.File{Type: form.media, Data: raw, MaxAge: 300})
}

// item is one shutdown as an entry. What was corrected in it last is said in the
// entry: a subscriber is shown an old one again because of that.
func (f *Feed) item(sp publish.Speaker, origin string, row incident.Row, last map[string]incident.Change) item {
	address := origin + i18n.Path(sp.X.Lang.Tag, "/incidents/"+row.Ref)
	var tags []string
	for _, c := range row.Facts.Countries {
		tags = append(tags, sp.Country(c.Code))
	}
	out := item{
		ID: address, URL: address, Title: sp.TitleOf(row), Summary: summary(sp, row.Facts), Tags: tags,
		Updated: time.UnixMicro(row.Entry.Updated),
	}
	if c, changed := last[row.Ref]; changed {
		out.Summary += " " + changeText(sp, c)
		if at := c.At.Time(); at.After(out.Updated) {
			out.Updated = at
		}
	}
	return out
}

// summary says what a title does not.
func summary(sp publish.Speaker, facts *incident.Facts) string {
	out := sp.X.T("feed.summary",
		"cause", sp.Term(incident.SchemeCause, facts.Cause.Term), "reason", sp.Term(incident.SchemeReason, facts.Reason.Term),
		"who", sp.Term(incident.SchemeActorClass, facts.OrderedBy()), "state", sp.StateWord(facts).Text)
	var services []string
	for _, key := range facts.Affected() {
		services = append(services, sp.X.Isolate(sp.Service(key)))
	}
	if len(services) > 0 {
		out += " " + sp.X.T("feed.services", "services", sp.X.List(services))
	}
	return out
}

// titleOf names a feed by its filter.
func (f *Feed) titleOf(sp publish.Speaker, filter incident.Filter) string {
	var said []string
	for _, c := range filter.Chosen() {
		said = append(said, sp.X.Isolate(label(sp, c[0], c[1])))
	}
	key := "feed.title"
	if filter.Sort == "changed" {
		key = "feed.title_changed"
	}
	if len(said) == 0 {
		return sp.X.T(key)
	}
	return sp.X.T(key+"_of", "filter", strings.Join(said, sp.X.T("publish.comma")))
}

// schemeOf binds a filter parameter to the list its values come from.
var schemeOf = map[string]incident.Scheme{
	"region": incident.SchemeRegion, "cause": incident.SchemeCause, "reason": incident.SchemeReason, "type": incident.SchemeMethod,
	"network": incident.SchemeNetwork, "extent": incident.SchemeExtent, "scope": incident.SchemeScope, "service": incident.SchemeService,
	"ordered_by": incident.SchemeActorClass, "state": incident.SchemeEndState,
}

// label is a filter value in words.
func label(sp publish.Speaker, name, value string) string {
	if name == "country" {
		return sp.Country(value)
	}
	if scheme, ok := schemeOf[name]; ok {
		return sp.Term(scheme, value)
	}
	return value
}

// listPath is the page that shows the same as a filter.
func listPath(filter incident.Filter) string { return with("/incidents", filter.Values()) }

// with adds a query to a path.
func with(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}
