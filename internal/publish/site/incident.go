package site

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
)

// incidentPage is one shutdown.
type incidentPage struct {
	Crumbs   []page.Link
	Banner   *banner
	Title    string
	State    page.StateWord
	Standing string // a word when the record does not simply stand by it
	Urgency  string // why it could not wait for two signatures, in the words of who decided it
	Say      string
	Glance   page.Facts
	Life     lifeStrip
	Said     side
	Happened side
	Facts    page.Facts
	Services page.Facts
	Places   placeBox
	Unknown  []string
	NotAsked string
	Sources  sourceBox
	Ours     []sourceLink
	Note     *quote
	NoteHead string // whose words it holds
	NoteBy   string
	Years    yearBox
	History  []step
	// Unchanged is said where the history is empty.
	Unchanged string
	Disputes  *disputeBox
	Verified  *verifiedBox
	Warnings  []string
	Cite      page.Cite
	Related   page.Rows
	Country   *page.Link
}

// lifeStrip is the incident on the span of its life.
type lifeStrip struct {
	Strip page.Strip
	Ends  []endLabel
	Key   []page.StateWord
	Text  string
}

// endLabel is a date over the strip. Time runs from left to right in every
// language, but an anchor is counted in the direction of the text.
type endLabel struct {
	At     float64
	Anchor string // start, middle or end
	Text   string
}

// quote is text of others in its own language.
type quote struct{ Text, Lang string }

// publicRef is the only form a reference has.
func publicRef(s string) (string, bool) {
	ref, ok := refIn(strings.TrimSpace(s))
	return ref, ok && ref == s
}

// find reads the incident an address names. done means that the answer has
// been given: moved, withdrawn, or unknown.
func (s *Site) find(w http.ResponseWriter, r *http.Request, v voice, tail string) (inc *incident.Incident, ed incident.Edition, b *banner, done bool, err error) {
	raw := r.PathValue("ref")
	ref, exact := publicRef(raw)
	if !exact {
		if near, ok := refIn(raw); ok { // other digits, a blank, a missing zero
			to := "/incidents/" + near + tail
			if l := r.URL.Query().Get(publish.EditionParam); l != "" {
				to = with(to, url.Values{publish.EditionParam: {l}})
			}
			http.Redirect(w, r, page.Of(r).URL(to), http.StatusMovedPermanently)
			return nil, ed, nil, true, nil
		}
		s.unknownRef(w, r, v, raw)
		return nil, ed, nil, true, nil
	}
	ed, b, err = s.edition(r, v, "/incidents/"+ref+tail)
	if err != nil {
		return nil, ed, nil, false, err
	}
	inc, err = s.d.Record.Get(r.Context(), ed.ID, ref)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		s.unknownRef(w, r, v, ref)
		return nil, ed, nil, true, nil
	case err != nil:
		return nil, ed, nil, false, err
	case inc.MergedInto != "":
		to := "/incidents/" + inc.MergedInto + tail
		if l := release(ed); l != "" {
			to = with(to, url.Values{publish.EditionParam: {l}})
		}
		http.Redirect(w, r, page.Of(r).URL(to), http.StatusMovedPermanently)
		return nil, ed, nil, true, nil
	case inc.Withdrawn():
		return nil, ed, nil, true, s.gone(w, r, v, inc)
	case !incident.Readable(inc.State):
		s.unknownRef(w, r, v, ref)
		return nil, ed, nil, true, nil
	}
	return inc, ed, b, false, nil
}

// gone answers for an incident that was taken back. What was disputed about it, and
// what the coalition said to that, stays in sight.
func (s *Site) gone(w http.ResponseWriter, r *http.Request, v voice, inc *incident.Incident) error {
	title := "site.lost.withdrawn_title"
	if inc.RanOut() {
		title = "site.lost.lapsed_title"
	}
	t := &page.Trouble{Title: v.T(title, "ref", inc.Ref), Text: v.withdrawal(inc), Beside: v.T("site.lost.withdrawn_beside")}
	if ref, told := inc.ToldAs(); told {
		t.Links = append(t.Links, page.Link{Text: v.T("site.lost.told_as", "ref", v.X.Isolate(ref)), Href: "/incidents/" + ref})
	}
	disputes, err := s.disputes(r.Context(), v, inc.Ref, "")
	if err != nil {
		return err
	}
	if disputes != nil {
		for _, d := range disputes.Lines {
			t.Links = append(t.Links, page.Link{Text: v.T("site.lost.dispute", "ref", v.X.Isolate(d.Ref), "state", d.State), Href: d.Path})
		}
		t.Links = append(t.Links, page.Link{Text: v.T("site.lost.withdrawn_dispute"), Href: disputes.Form})
	}
	t.Links = append(t.Links, page.Link{Text: upperFirst(v.T("site.lost.list")), Href: "/incidents"}, page.Link{Text: v.T("site.lost.corrections"), Href: "/corrections"})
	s.d.Shell.Error(w, r, http.StatusGone, t)
	return nil
}

// withdrawal says that an incident was taken back and, where the desk did it, the
// reason that was given.
func (v voice) withdrawal(inc *incident.Incident) string {
	if inc.RanOut() { // nothing was ever counted, and the program gave the reason
		return v.T("site.lost.lapsed_text", "reason", v.Reason(incident.ReasonLapsed))
	}
	text := v.T("site.lost.withdrawn_text")
	switch {
	case inc.NeverCounted():
		text = v.T("site.lost.urgent_text")
	case inc.Desk:
		text += " " + v.T("site.lost.withdrawn_releases")
	}
	reason := ""
	if i := slices.IndexFunc(inc.Changes, incident.Change.Ends); inc.State == "retracted" && i >= 0 {
		reason = inc.Changes[i].Reason
	}
	if reason != "" {
		text += " " + v.T("site.lost.withdrawn_reason", "reason", v.X.Isolate(clip(v.Reason(reason), 400)))
	}
	return text
}

// unknownRef answers a reference that was never given.
func (s *Site) unknownRef(w http.ResponseWriter, r *http.Request, v voice, raw string) {
	t := &page.Trouble{Title: v.T("site.lost.ref_title", "ref", clip(raw, 40)), Text: v.T("site.lost.ref_text")}
	if ref, ok := refIn(raw); ok {
		year, _ := strconv.Atoi(ref[:4])
		if s.hasYear(r.Context(), year) {
			t.Links = append(t.Links, page.Link{Text: v.T("site.lost.year", "year", ref[:4]), Href: listPath("/incidents", incident.Filter{Year: year}, "")})
		}
	} else if words := pathWords(raw); words != "" {
		t.Links = append(t.Links, page.Link{Text: v.T("site.lost.search", "words", words), Href: with("/search", url.Values{"q": {words}})})
	}
	t.Links = append(t.Links, page.Link{Text: upperFirst(v.T("site.lost.list")), Href: "/incidents"})
	s.d.Shell.Error(w, r, http.StatusNotFound, t)
}

// incident is GET /incidents/{ref}.
func (s *Site) incident(w http.ResponseWriter, r *http.Request) error {
	v := s.voice(r)
	if ref, ok := strings.CutSuffix(r.PathValue("ref"), ".bib"); ok {
		r.SetPathValue("ref", ref)
		return s.bibtex(w, r, v)
	}
	inc, ed, b, done, err := s.find(w, r, v, "")
	if done || err != nil {
		return err
	}
	data, err := s.incidentPage(r.Context(), v, inc, ed)
	if err != nil {
		return err
	}
	data.Banner = b
	name, say := v.named(inc), data.Say
	if inc.Urgent != nil {
		say = v.T("publish.unconfirmed.text") + " " + say
	}
	pg := page.Page{
		Title: name, Description: say, Body: "site.incident", Section: "incidents", Data: data,
		Canonical: "/incidents/" + inc.Ref, Modified: inc.Edited.Time(), Noindex: b != nil || inc.Urgent != nil,
	}
	if b == nil {
		pg.JSONLD = v.eventLD(inc, name, say)
	}
	return s.show(w, r, pg)
}

// named is an incident as it is called outside its own page, where no banner stands
// beside its name: what nobody confirmed bears the mark in it.
func (v voice) named(inc *incident.Incident) string {
	title := v.Mark(inc.Desk, v.Title(inc.Facts))
	if inc.Urgent != nil {
		return v.T("publish.unconfirmed.title", "title", i18n.Phrase(title))
	}
	return title
}

func (s *Site) incidentPage(ctx context.Context, v voice, inc *incident.Incident, ed incident.Edition) (incidentPage, error) {
	f := inc.Facts
	label := release(ed)
	v.today = min(v.today, s.d.Record.Horizon(ed))
	v.filed = inc.Desk && !slices.ContainsFunc(inc.Years, func(y incident.Chapter) bool { return y.Line > 0 })
	read, err := s.d.Record.AsRead(ctx, inc, ed.ID)
	if err != nil {
		return incidentPage{}, err
	}
	out := incidentPage{
		Title: v.Mark(inc.Desk, v.Title(f)), State: v.StateWord(f), Say: v.say(f, inc.LastYear, v.today), Life: v.life(f, inc.LastYear, v.today),
		Facts: v.corrected(v.facts(f, inc.LastYear), read, inc.LastYear), Services: v.services(f), Places: v.places(f),
		Sources: v.sourceBox(inc, label, sourcesHere), Ours: v.publications(f),
		Warnings: v.warnings(inc.Warnings),
	}
	sheet, err := s.sheetOf(ctx, inc)
	if err != nil {
		return out, err
	}
	out.Cite = v.cite(inc, ed, sheet)
	out.State.Bold = true
	switch inc.State {
	case "disputed", "corrected":
		out.Standing = v.T("site.incident.standing." + inc.State)
	}
	out.Crumbs = []page.Link{{Text: v.T("publish.nav.incidents"), Href: listPath("/incidents", incident.Filter{}, label)}}
	for _, c := range f.Countries {
		out.Crumbs = append(out.Crumbs, page.Link{Text: v.Country(c.Code), Href: "/countries/" + c.Code})
	}
	out.Crumbs = append(out.Crumbs, page.Link{Text: inc.Ref})
	out.Glance = v.glance(f, inc.LastYear)
	out.Glance.Items[0].State = &out.State
	out.Said, out.Happened = v.bothSides(f)
	out.Said.Filed, out.Happened.Filed = v.filed, v.filed
	out.Unknown, out.NotAsked = v.unknowns(f)
	if text := f.Note("event"); text != "" {
		out.Note = &quote{text, noteLang(f)}
		out.NoteHead, out.NoteBy = v.T("site.note.title"), v.T("site.note.by")
		if inc.Desk && (read == nil || read.Facts == nil || read.Facts.Note("event") != text) {
			out.NoteHead, out.NoteBy = v.T("site.note.filed_title"), v.T("site.note.filed_by")
		}
	}
	out.Years = v.years(inc)
	out.History, out.Unchanged = v.history(inc.Changes), v.T("site.history.none."+known(ed.Kind, "record", "release", "sheet", "starter"))
	if out.Disputes, err = s.disputes(ctx, v, inc.Ref, label); err != nil {
		return out, err
	}
	if err := s.addVerified(ctx, v, &out, inc, ed); err != nil {
		return out, err
	}
	if label != "" {
		out.Warnings = nil // doubts are about the record as it stands
	}
	related, err := s.d.Record.Related(ctx, inc, ed.ID, 5)
	if err != nil {
		return out, err
	}
	if len(related) > 0 {
		out.Related = v.rows(related, 0, label, v.today)
		out.Country = &page.Link{
			Text: v.T("site.incident.all_of_country", "country", v.Country(f.Countries[0].Code)),
			Href: listPath("/incidents", incident.Filter{Country: f.Countries[0].Code}, label),
		}
	}
	return out, nil
}

func noteLang(f *incident.Facts) string {
	for _, n := range f.Notes {
		if n.Kind == "event" && n.Lang != "" {
			return n.Lang
		}
	}
	return "en"
}

// glance is what a reader with one second wants to know.
func (v voice) glance(f *incident.Facts, lastYear int) page.Facts {
	return page.Facts{Short: true, Items: []page.Fact{
		{Question: v.T("publish.q.state")},
		{Question: v.T("publish.q.lasted"), Answer: v.length(f, lastYear)},
		{Question: v.T("publish.q.cause"), Answer: v.Term(incident.SchemeCause, f.Cause.Term)},
		{Question: v.T("publish.q.reason"), Answer: v.Term(incident.SchemeReason, f.Reason.Term)},
		{Question: v.T("publish.q.ordered_by"), Answer: v.Term(incident.SchemeActorClass, f.OrderedBy())},
	}}
}

// life draws the incident on the span of its life, with some days of the plain
// line on either side.
func (v voice) life(f *incident.Facts, lastYear, today int) lifeStrip {
	start, ok := f.Period.Start.Day()
	if !ok {
		return lifeStrip{}
	}
	spans := incident.SpansUntil(f, lastYear, max(today, start))
	end := start
	for _, x := range spans {
		end = max(end, x.To)
	}
	open := f.Period.End == "" && f.Period.EndState == "ongoing"
	if open {
		end = max(today, start)
	}
	pad := max((end-start+1)/8, 2)
	from, to := start-pad, end+pad
	if f.Period.End == "" {
		to = end // what came after is not known: the line does not go on
	}
	out := lifeStrip{}
	out.Strip = page.Strip{Tall: true, Marks: marks(f, lastYear, from, to, max(today, start)), Label: v.T("publish.line", "what", v.What(f), "when", v.When(f))}
	for i := range out.Strip.Marks {
		out.Strip.Marks[i].Half = false // the span of one incident: nothing to be half of
	}
	share := func(day int) float64 { return float64(day-from) / float64(to-from+1) }
	out.Ends = v.endLabels(v.When(f), v.day(start), v.day(end), share(start), share(end+1))
	used := map[page.State]bool{}
	for _, m := range out.Strip.Marks {
		used[m.State] = true
	}
	out.Key = v.key(used)
	switch {
	case open:
		out.Text = v.T("site.life.ongoing", "date", v.day(max(min(lastKnown(f, lastYear), today), start)))
	case f.Period.End == "":
		out.Text = v.T("site.life.open")
	}
	return out
}

// roomForTwo is the share of the strip from which on the first and the last day
// stand apart on the narrowest screen.
const roomForTwo = .75

// endLabels puts the first and the last day over the two ends of what is drawn;
// where they would touch, one label says both.
func (v voice) endLabels(when, first, last string, from, to float64) []endLabel {
	start, end := "start", "end"
	if v.Lang.RTL() {
		start, end = end, start
	}
	switch {
	case to-from >= roomForTwo:
		return []endLabel{{from, start, first}, {to, end, last}}
	case to > .99: // no end on record: the line stops with the mark
		return []endLabel{{to, end, when}}
	}
	return []endLabel{{(from + to) / 2, "middle", when}}
}

// sheetOf is the day of the sheet an incident's newest entry was read from, ""
// when it was made here or the sheet does not say its day.
func (s *Site) sheetOf(ctx context.Context, inc *incident.Incident) (string, error) {
	list, err := s.d.Record.Editions(ctx)
	for _, y := range inc.Years {
		if e, ok := editionNamed(list, y.Origin); ok && y.Year == inc.LastYear && e.ID != incident.RecordEdition {
			return e.AsOf, err
		}
	}
	return "", err
}

// cite is how to quote the incident, in the edition the reader looks at. The
// record may be of today and what it says of an older sheet: both are told.
func (v voice) cite(inc *incident.Incident, ed incident.Edition, sheet string) page.Cite {
	state := v.T("site.cite.as_of", "date", v.instant(int64(inc.Edited)))
	if sheet != "" {
		state = v.T("site.cite.as_of_sheet", "sheet", v.Date(sheet), "date", v.instant(int64(inc.Edited)))
	}
	if ed.ID != incident.RecordEdition {
		state = v.T("site.cite.edition", "label", ed.Label)
	}
	label := release(ed)
	return page.Cite{
		Text: v.withAddress(v.T("site.cite.incident", "title", i18n.Phrase(v.named(inc)), "ref", inc.Ref, "state", state), incidentPath(inc.Ref, label)),
		Links: []page.Link{
			{Text: v.T("site.cite.bibtex"), Href: incidentPath(inc.Ref+".bib", label)},
			{Text: v.T("site.cite.json"), Href: "/api/v1" + incidentPath(inc.Ref, label)},
		},
	}
}

// bibtex is GET /incidents/{ref}.bib.
func (s *Site) bibtex(w http.ResponseWriter, r *http.Request, v voice) error {
	inc, ed, _, done, err := s.find(w, r, v, ".bib")
	if done || err != nil {
		return err
	}
	sheet, err := s.sheetOf(r.Context(), inc)
	if err != nil {
		return err
	}
	s.d.Shell.Send(w, r, page.File{Type: "text/plain; charset=utf-8", Data: []byte(v.bibEntry(inc, ed, sheet)), Open: true})
	return nil
}

// bibPlain takes out what BibTeX would read as its own.
var bibPlain = strings.NewReplacer("{", "(", "}", ")", "\\", "/", "\n", " ", "#", "\\#", "%", "\\%", "&", "\\&", "_", "\\_", "$", "\\$")

// bibEntry is an incident of an edition as an entry of a bibliography.
func (v voice) bibEntry(inc *incident.Incident, ed incident.Edition, sheet string) string {
	date := inc.Edited.Time().UTC().Format("2006-01-02")
	state, path := "record of "+date, incidentPath(inc.Ref, release(ed))
	if sheet != "" {
		state = "sheet of " + sheet + ", " + state
	}
	if ed.ID != incident.RecordEdition {
		state = "edition " + bibPlain.Replace(ed.Label)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "@misc{keepiton:%s,\n  title = {{%s}},\n  author = {{Access Now and the \\#KeepItOn coalition}},\n", inc.Ref, bibPlain.Replace(v.named(inc)))
	fmt.Fprintf(&b, "  year = {%s},\n  note = {Incident %s, %s. Data: STOP, CC BY 4.0}", date[:4], inc.Ref, state)
	if v.origin != "" {
		fmt.Fprintf(&b, ",\n  url = {%s}", v.origin+path)
	}
	b.WriteString("\n}\n")
	return b.String()
}

// eventLD is the incident for programs (schema.org).
func (v voice) eventLD(inc *incident.Incident, name, say string) any {
	f := inc.Facts
	var places []map[string]any
	for _, c := range f.Countries {
		places = append(places, map[string]any{"@type": "Country", "name": v.Country(c.Code), "identifier": c.Code})
	}
	ld := map[string]any{
		"@context": "https://schema.org", "@type": "Event", "name": name, "description": say, "identifier": inc.Ref,
		"startDate": string(f.Period.Start), "location": places, "inLanguage": v.Lang.Tag,
		"url": v.origin + "/incidents/" + inc.Ref,
	}
	if f.Period.End != "" {
		ld["endDate"] = string(f.Period.End)
	}
	return ld
}
