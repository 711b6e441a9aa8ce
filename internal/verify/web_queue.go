package verify

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/page"
)

// queueRow is a line of the queue as it is shown.
type queueRow struct {
	Href, Title, Ref, Country, Waits, Since, Holder, Urgency string
	Late, Yours, Current                                     bool
	Swatch                                                   page.State
}

// queueData is what views/queue.html gets.
type queueData struct {
	Rows     []queueRow
	Total    string
	Filter   page.Filter
	Saved    []savedLink
	Keep     bool // the filter may be saved
	Query    string
	Mentions []mentionLine
	Urgent   []mentionLine // public without two signatures
	Next     string
	NewPath  string
	Narrowed bool
	Tabs     []tab
	Adopt    bool
	Incident page.Field
	Name     page.Field
	Summary  page.Summary
	Signs    signs
}

type savedLink struct{ Name, Href, Drop string }

type mentionLine struct{ Href, Title, Says string }

type tab struct {
	Text, Href string
	Current    bool
}

func (w *Web) queue(v *desk.Visit) error { return w.showQueue(v, nil) }

// showQueue shows the queue; f is what went wrong with one of its small forms.
func (w *Web) showQueue(v *desk.Visit, wrong *failed) error {
	x, err := w.view(v)
	if err != nil {
		return err
	}
	ctx := v.R.Context()
	f := ParseFilter(v.R.URL.Query())
	lines, next, err := w.s.List(ctx, v.Actor, f)
	if err != nil {
		return err
	}
	n, more, err := w.s.Total(ctx, v.Actor, f)
	if err != nil {
		return err
	}
	d := queueData{Query: f.Values().Encode(), Narrowed: len(f.Values()) > 0, Keep: len(f.Values()) > 0, Adopt: v.Can(desk.Contributor, "") && !v.ReadOnly()}
	if d.Adopt {
		d.NewPath = "/desk/leads/new"
	}
	d.Total = x.T("verify.queue.total", "n", n)
	if more {
		d.Total = x.T("verify.queue.more", "n", n)
	}
	if x.waiting, err = w.s.Waits(ctx, lines); err != nil {
		return err
	}
	for _, l := range lines {
		d.Rows = append(d.Rows, x.queueRow(l))
	}
	if next != "" {
		q := f.Values()
		q.Set("after", next)
		d.Next = "/desk?" + q.Encode()
	}
	d.Signs = x.signs()
	d.Filter, d.Tabs = x.queueFilter(f), x.tabs(f)
	saved, err := w.s.Filters(ctx, v.Actor)
	if err != nil {
		return err
	}
	for _, s := range saved {
		d.Saved = append(d.Saved, savedLink{s.Name, "/desk?" + s.Query, "/desk/filters/" + strconv.FormatInt(s.ID, 10) + "/drop"})
	}
	urgent, until, err := w.s.UrgentFor(ctx, v.Actor)
	if err != nil {
		return err
	}
	for _, l := range urgent {
		d.Urgent = append(d.Urgent, mentionLine{path(l.Ref), l.Title, x.T("verify.queue.urgent_"+urgentWants(l), "until", x.instant(until[l.ID]))})
	}
	mentions, err := w.s.Mentions(ctx, v.Actor)
	if err != nil {
		return err
	}
	for _, m := range mentions {
		d.Mentions = append(d.Mentions, mentionLine{path(m.Ref) + "#talk", m.Title, x.called(m)})
	}
	d.Incident = page.Field{Name: "incident", Label: x.T("verify.queue.adopt_hint"), Value: wrong.value("incident", ""), Error: wrong.error("incident"), Max: 12, Width: "s", Dir: "ltr"}
	d.Name = page.Field{Name: "name", Label: x.T("verify.queue.save_as"), Value: wrong.value("name", ""), Error: wrong.error("name"), Max: 60}
	if wrong != nil {
		d.Summary = wrong.top
	}
	return x.page(page.Page{Title: x.T("verify.queue.title"), Path: "/desk", Body: "verify.queue", Section: "queue", Data: d}, wrong)
}

// urgentWants is what an urgent publication needs so that it does not lapse.
func urgentWants(d Dossier) string {
	switch {
	case d.Signatures >= 2:
		return "publish"
	case !reaches(d.Floor, Corroborated):
		return "prove"
	}
	return "sign"
}

// called says who called somebody, and when.
func (x *view) called(m Mention) string {
	who := x.Words.Isolate(x.nameIn(m.By, m.Countries()))
	if x.w.s.now()-m.At < time.Minute.Microseconds() {
		return x.T("verify.queue.called_now", "who", who)
	}
	return x.T("verify.queue.called", "who", who, "when", x.ago(m.At))
}

// signs explain the bars and letters that stand beside cases and evidence.
type signs struct {
	Bars []struct {
		Swatch page.State
		Text   string
	}
	Letters []struct{ Letter, Text string }
}

func (x *view) signs() (out signs) {
	for _, kind := range []string{incident.KindCut, incident.KindSlow, incident.KindBlock, ""} {
		out.Bars = append(out.Bars, struct {
			Swatch page.State
			Text   string
		}{swatches[kind], x.T("verify.signs." + firstText(kind, "unsure"))})
	}
	for _, class := range []string{"T", "H", "O", "I", "N", "M", "D"} {
		out.Letters = append(out.Letters, struct{ Letter, Text string }{class, x.T("verify.class." + class)})
	}
	return out
}

// queueRow says of a dossier what it is and what it waits for.
func (x *view) queueRow(l Dossier) queueRow {
	r := queueRow{Href: path(l.Ref), Title: l.Title, Ref: l.Ref, Country: geo.CountryName(l.Country, page.Of(x.R).Lang), Since: x.ago(l.Created),
		Urgency: x.T("verify.urgency." + strconv.Itoa(l.Urgency)), Late: l.State == Open && l.Due < x.w.s.now()}
	r.Waits, r.Swatch = x.waits(l), swatches[l.Kind]
	if l.LeaseBy != nil && l.LeaseUntil > x.w.s.now() {
		r.Yours = *l.LeaseBy == x.Person
		r.Holder = x.T("verify.held", "who", x.Words.Isolate(x.nameIn(*l.LeaseBy, l.Countries())))
		if r.Yours {
			r.Holder = x.T("verify.yours")
		}
	}
	return r
}

// swatches are the textures of the kinds.
var swatches = map[string]page.State{incident.KindCut: page.Cut, incident.KindSlow: page.Slow, incident.KindBlock: page.Blocked, "": page.Unsure}

// waits says what a dossier waits for.
func (x *view) waits(l Dossier) string {
	switch {
	case x.waiting[l.ID] == waitsUrgent && l.Signatures >= 2:
		return x.T("verify.waits.urgent_publish")
	case x.waiting[l.ID] != "":
		return x.T("verify.waits." + x.waiting[l.ID])
	case l.State == Public && !l.Changed():
		return x.T("verify.state.published")
	case l.State != Open && l.State != Public:
		return x.T("verify.state." + l.State)
	case l.Signatures >= 2 && l.EmbargoUntil > x.w.s.now():
		return x.T("verify.waits.embargo")
	case l.Signatures >= 2:
		return x.T("verify.waits.publish")
	case l.State == Public && !reaches(l.Floor, Corroborated):
		return x.T("verify.waits.unproved")
	case l.Signatures == 1:
		return x.T("verify.waits.second")
	case l.State == Public:
		return x.T("verify.waits.change")
	case reaches(l.Floor, Corroborated):
		return x.T("verify.waits.signatures")
	case l.Floor != "":
		return x.T("verify.waits.evidence." + l.Floor)
	}
	return x.T("verify.waits.nothing")
}

func (x *view) tabs(f Filter) []tab {
	list := []struct {
		key string
		f   Filter
	}{{"open", Filter{}}, {"mine", Filter{Mine: true}}, {"free", Filter{Free: true}}, {"sign", Filter{Sign: true}}, {"second", Filter{Signed: 1}},
		{"publish", Filter{Signed: 2}}, {"needs_details", Filter{State: NeedsDetails}}, {"rejected", Filter{State: Rejected}}, {"changed", Filter{State: Public, Changed: true}}, {"published", Filter{State: Public}}}
	var out []tab
	now := f.Values().Encode()
	for _, t := range list {
		href := "/desk"
		if q := t.f.Values().Encode(); q != "" {
			href += "?" + q
		}
		out = append(out, tab{x.T("verify.tab." + t.key), href, t.f.Values().Encode() == now})
	}
	return out
}

func (x *view) queueFilter(f Filter) page.Filter {
	out := page.Filter{Action: "/desk", Reset: "/desk"}
	out.Fields = []page.Field{{Name: "q", Label: x.T("verify.queue.words"), Value: f.Words, Type: "search", Optional: false}}
	sel := func(name, label string, options []page.Option) {
		out.Selects = append(out.Selects, page.Select{Name: name, Label: label, Empty: x.T("verify.any"), Groups: []page.Group{{Options: options}}})
	}
	var states, urgencies, countries []page.Option
	for _, s := range States() {
		states = append(states, page.Option{Value: s, Label: x.T("verify.state." + s), Chosen: f.State == s})
	}
	for n := 1; n <= 3; n++ {
		text := strconv.Itoa(n)
		urgencies = append(urgencies, page.Option{Value: text, Label: x.T("verify.urgency." + text), Chosen: f.Urgency == n})
	}
	everywhere, mine := x.Areas(desk.Reader)
	for _, c := range geo.Countries() {
		if everywhere || strings.Contains(" "+strings.Join(mine, " ")+" ", " "+c.Code+" ") {
			countries = append(countries, page.Option{Value: c.Code, Label: geo.CountryName(c.Code, page.Of(x.R).Lang), Chosen: f.Country == c.Code})
		}
	}
	sortOptions(countries)
	sel("country", x.T("verify.queue.country"), countries)
	sel("urgency", x.T("verify.queue.urgency"), urgencies)
	sel("state", x.T("verify.queue.state"), states)
	return out
}

func (w *Web) saveFilter(v *desk.Visit) error {
	q, err := url.ParseQuery(v.Value("query"))
	if err != nil {
		return errNoClaim
	}
	f := ParseFilter(q)
	if err := w.s.SaveFilter(v.R.Context(), v.Actor, v.Value("name"), f); err != nil {
		if failed := again(v, err); failed != nil {
			v.R.URL.RawQuery = q.Encode() // the queue as it was filtered
			return w.showQueue(v, failed)
		}
		return err
	}
	return v.Go("/desk?"+f.Values().Encode(), "verify_saved")
}

func (w *Web) dropFilter(v *desk.Visit) error {
	id, err := strconv.ParseInt(v.R.PathValue("id"), 10, 64)
	if err != nil {
		return errNoClaim
	}
	if err := w.s.DropFilter(v.R.Context(), v.Actor, id); err != nil {
		return err
	}
	return v.Go("/desk", "verify_dropped")
}

func (w *Web) adopt(v *desk.Visit) error {
	d, err := w.s.Adopt(v.R.Context(), v.Actor, v.Value("incident"), number(v, "organisation"))
	if fault.KindOf(err) == fault.NotFound {
		err = fault.Mend(fault.Field{Name: "incident", Key: "verify.no_incident", Args: []any{"ref", v.Value("incident")}})
	}
	if err != nil {
		if failed := again(v, err); failed != nil {
			return w.showQueue(v, failed)
		}
		return err
	}
	return v.Go(path(d.Ref), "")
}
