package feed

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"keepiton/internal/incident"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
	"keepiton/internal/publish"
)

// ReleaseParam chooses an edition.
type ReleaseParam struct {
	Release string `query:"release" doc:"Label of a release or an imported sheet (see /releases); without it the record as it stands."`
}

// FilterParams are the parameters of /incidents, the page and the API.
type FilterParams struct {
	ReleaseParam
	Year      yearParam  `query:"year" doc:"Count year. With it the list holds the entries of that year, also of shutdowns begun before; without it each shutdown once, as its newest year has it." example:"2022"`
	Country   string     `query:"country" doc:"ISO 3166-1 alpha-2 code; XK is Kosovo, XS Somaliland." example:"IR"`
	Region    string     `query:"region" doc:"Region of the coalition."`
	Cause     string     `query:"cause" doc:"What really set it off."`
	Reason    string     `query:"reason" doc:"The official reason."`
	Type      string     `query:"type" doc:"What was done."`
	Network   string     `query:"network" doc:"Which networks."`
	Extent    string     `query:"extent" doc:"The whole network, or single services."`
	Scope     string     `query:"scope" doc:"How far it reached."`
	Service   string     `query:"service" doc:"A service that was hit (see /services)." example:"whatsapp"`
	OrderedBy string     `query:"ordered_by" doc:"Class of authority that gave the order."`
	State     string     `query:"state" doc:"State at the close of the count year."`
	Words     string     `query:"q" doc:"Words that must all occur, in any script. Only in the record, not in a release."`
	Sort      string     `query:"sort" enum:"newest,oldest,longest,changed" doc:"Order. newest is by the day it began, changed by the day the record changed."`
	After     string     `query:"after" doc:"Cursor of the next page, from the answer before. It belongs to the same filter and order."`
	Limit     limitParam `query:"limit" doc:"Rows of a page; 25 without it."`
}

// CountryName is a country with its name in the language of the address.
type CountryName struct {
	Code string `json:"code" doc:"ISO 3166-1 alpha-2 code; XK is Kosovo, XS Somaliland." example:"IR"`
	Name string `json:"name" doc:"Name in the language of the address." example:"Iran"`
}

// Shutdown is one row of a list.
type Shutdown struct {
	Ref         string         `json:"ref" doc:"Reference, citable for ever. Empty for a row of an old sheet that belongs to no incident." example:"2025-0142"`
	URL         string         `json:"url" format:"uri-reference" doc:"The page of the incident."`
	Title       string         `json:"title" doc:"The shutdown as a sentence, in the language of the address."`
	CountYear   int            `json:"count_year" doc:"Year the row is counted in." example:"2025"`
	Countries   []CountryName  `json:"countries" nullable:"false" doc:"Where people were cut off. A row of several counts once for each."`
	Region      string         `json:"region" doc:"Region of the first country."`
	Area        string         `json:"area" doc:"Where, as the sheet states it."`
	Whole       bool           `json:"whole_country" doc:"True when the whole country was affected."`
	Start       incident.Date  `json:"start"`
	StartKind   string         `json:"start_kind" doc:"actual, estimated, unknown or not_asked."`
	End         incident.Date  `json:"end"`
	State       string         `json:"state" doc:"ended, ongoing, unknown or not_asked, at the close of the count year."`
	Days        *int           `json:"days" doc:"Length by the rule of the count year: both days count from 2020 on, end minus start before. null when it cannot be said."`
	Type        string         `json:"type" doc:"Key of the scheme method."`
	Network     string         `json:"network" doc:"Key of the scheme network."`
	Extent      string         `json:"extent" doc:"Key of the scheme extent."`
	Scope       string         `json:"scope" doc:"Key of the scheme geo_scope."`
	Services    []string       `json:"services" nullable:"false" doc:"Keys of the services that were hit."`
	Cause       string         `json:"cause" doc:"Key of the scheme cause. Empty: not stated."`
	Reason      string         `json:"reason" doc:"Key of the scheme justification. Empty: not stated."`
	OrderedBy   string         `json:"ordered_by" doc:"Key of the scheme actor_class."`
	CrossBorder bool           `json:"cross_border" doc:"True when an actor at home in another country did it."`
	Election    incident.State `json:"election"`
	Violence    incident.State `json:"violence"`
	HRAbuse     incident.State `json:"hr_abuse"`
	Notified    incident.State `json:"users_notified"`
	Updated     time.Time      `json:"updated_at" doc:"When the row last changed here."`
}

// TotalBody says how many there are.
type TotalBody struct {
	N    int  `json:"n" doc:"How many rows the filter chooses, at least." example:"313"`
	More bool `json:"more" doc:"True when there are more than n: counting stops at a bound."`
}

// ShutdownList is one page.
type ShutdownList struct {
	Release string     `json:"release" doc:"Label of the edition the rows are from; record is the record as it stands."`
	Total   TotalBody  `json:"total" doc:"Rows of the whole list, over all pages."`
	Next    string     `json:"next" format:"uri-reference" doc:"Address of the next page; empty on the last one."`
	After   string     `json:"after" doc:"The cursor in it."`
	Rows    []Shutdown `json:"shutdowns" nullable:"false"`
}

// incidentInput names an incident.
type incidentInput struct {
	ReleaseParam
	Ref string `path:"ref" doc:"Reference, such as 2025-0142." example:"2025-0142"`
}

// UnsignedList is what is public without two signatures.
type UnsignedList struct {
	Rows []UnsignedBody `json:"rows" nullable:"false" doc:"Those that run out first come first."`
}

// UnsignedBody is one of them.
type UnsignedBody struct {
	Shutdown
	Until incident.Instant `json:"unconfirmed_until" doc:"It is taken back then unless two organisations sign."`
}

// unsignedInput is what the list of urgent publications reads.
type unsignedInput struct {
	Country string `query:"country" doc:"ISO 3166-1 alpha-2 code; XK is Kosovo, XS Somaliland." example:"IR"`
}

// IncidentBody is one incident with all that may be told of it.
type IncidentBody struct {
	Ref         string            `json:"ref" example:"2025-0142"`
	URL         string            `json:"url" format:"uri-reference" doc:"The page of the incident."`
	Title       string            `json:"title" doc:"The shutdown as a sentence, in the language of the address."`
	Standing    string            `json:"standing" doc:"How the record stands by it: published, verified, disputed or corrected."`
	Unconfirmed *incident.Instant `json:"unconfirmed_until,omitempty" doc:"Published urgently, without the signatures of two organisations: it is taken back then unless they sign."`
	Release     string            `json:"release" doc:"Label of the edition; record is the record as it stands."`
	LastYear    int               `json:"last_count_year" doc:"The newest count year: its facts stand in facts."`
	CrossBorder bool              `json:"cross_border" doc:"True when an actor at home in another country did it."`
	Methodology string            `json:"methodology" doc:"Version of the methodology it was coded under."`
	Created     time.Time         `json:"created_at" doc:"When the record first had it."`
	Updated     time.Time         `json:"updated_at" doc:"When it last changed here."`
	Revision    int64             `json:"revision" doc:"Counts its changes."`
	Facts       *incident.Facts   `json:"facts" doc:"What is known, as of the newest count year. A confidential source has its class and nothing else."`
	Entries     []EntryBody       `json:"count_entries" nullable:"false" doc:"The count years it belongs to. Totals count these."`
	History     []ChangeBody      `json:"history" nullable:"false" doc:"What changed after the first reading, newest first. In a release what was changed before it was cut; empty in a sheet."`
	Warnings    []WarningBody     `json:"quality_warnings" nullable:"false" doc:"Doubts about its rows. They are stored as they are, never repaired silently."`
	Licence     string            `json:"licence" doc:"Terms of the data." example:"CC BY 4.0, Access Now and the #KeepItOn coalition"`
	Verified    *VerifiedBody     `json:"verification,omitempty" doc:"How it was verified at the desk. Not given for what was read from a sheet, and in a release."`
}

// VerifiedBody is how an incident was verified.
type VerifiedBody struct {
	Signed []SignatoryBody     `json:"signed" nullable:"false" doc:"Organisations that signed what stands, with two people of two of them at least; fewer while it is unconfirmed."`
	Claims []VerifiedClaimBody `json:"claims" nullable:"false" doc:"What is claimed and what stands behind it."`
	Weaker bool                `json:"weaker,omitempty" doc:"A source fell away since it was signed, and what is left proves less."`
}

// SignatoryBody is an organisation that signed.
type SignatoryBody struct {
	Organisation string `json:"organisation" doc:"Its name, or the alias it has for the public."`
	On           string `json:"on" format:"date"`
}

// VerifiedClaimBody is one claim.
type VerifiedClaimBody struct {
	Claim   string         `json:"claim" doc:"where, when, what, how, who, why or effects."`
	Grade   string         `json:"grade" doc:"confirmed, probable, possible or doubtful; empty when nobody graded it."`
	Rung    string         `json:"rung" doc:"What the evidence that may be told of reaches: corroborated (two items of different kind and origin), reported, signal (measurements alone); empty when there is none."`
	For     map[string]int `json:"for" doc:"Items of evidence that may be told of, by class: T measurement, H first-hand account, O official, I operator, N news, M media, D denial or claim, confidential. Empty: there is none."`
	Against map[string]int `json:"against" doc:"As for."`
	Dissent []DissentBody  `json:"dissent,omitempty" doc:"Organisations that disagreed when it was signed."`
}

// DissentBody is an organisation that disagreed with a claim.
type DissentBody struct {
	Organisation string `json:"organisation" doc:"Its name, or the alias it has for the public."`
	On           string `json:"on" format:"date"`
	Settled      bool   `json:"settled" doc:"True when it was answered before the incident became public."`
}

// EntryBody is the incident in one count year.
type EntryBody struct {
	Year    int             `json:"count_year"`
	From    string          `json:"from" doc:"Label of the sheet it was read from; record when it was made here."`
	Line    int             `json:"line" doc:"Line in that sheet, 0 when it is not known."`
	Counted bool            `json:"counted" doc:"False when it was taken out of the count."`
	Edited  bool            `json:"edited" doc:"True when it was corrected here."`
	Facts   *incident.Facts `json:"facts,omitempty" doc:"The facts as they stood at the close of that year; only where they differ."`
}

// ChangeBody is one step of the history.
type ChangeBody struct {
	Revision int64         `json:"revision"`
	At       time.Time     `json:"at"`
	Kind     string        `json:"kind" enum:"import,correction,update,signature,retraction,lapse" doc:"A newer sheet, a correction here, what the desk knows now, that two organisations signed what was published urgently, or that it was taken back or has lapsed."`
	Reason   string        `json:"reason" doc:"Why; of an import the label of the sheet."`
	Changed  []FieldChange `json:"changed" nullable:"false"`
}

// WarningBody is a doubt about a row.
type WarningBody struct {
	Year   int    `json:"count_year"`
	Rule   string `json:"rule" doc:"Stable key of the rule."`
	Detail string `json:"detail" doc:"What it found, in English."`
	State  string `json:"state" doc:"open or accepted."`
}

func (f *Feed) registerLists(api huma.API) {
	register(f, api, operation{path: "/incidents", id: "list-incidents", summary: "List shutdowns",
		doc: "Every filter of the page /incidents. Pages are read by cursor: follow next until it is empty."}, f.listShutdowns)
	register(f, api, operation{path: "/unsigned", id: "list-unsigned", summary: "Urgent publications that two organisations have not signed",
		doc: "They are counted nowhere and stand in no list, file or release until they are signed. Do not add them to figures."}, f.listUnsigned)
	register(f, api, operation{path: "/incidents/{ref}", id: "get-incident", summary: "One incident", merges: true,
		doc: "All public facts, the count years, the history and the quality warnings. One that was merged answers 301."}, f.getIncident)
}

func (f *Feed) listShutdowns(ctx context.Context, _ *FilterParams) (*ShutdownList, error) {
	c := callOf(ctx)
	ed, err := f.edition(ctx, c)
	if err != nil {
		return nil, err
	}
	filter, err := f.d.AskedFilter(c.query, ed)
	if err != nil {
		return nil, err
	}
	rows, err := f.d.Record.List(ctx, filter)
	if err != nil {
		return nil, err
	}
	total, err := f.d.Record.Total(ctx, filter)
	if err != nil {
		return nil, err
	}
	out := &ShutdownList{Release: ed.Label, Total: TotalBody{total.N, total.More}, After: rows.Next, Rows: make([]Shutdown, 0, len(rows.Rows))}
	for _, row := range rows.Rows {
		out.Rows = append(out.Rows, c.shutdown(row, ed))
	}
	if rows.Next != "" {
		next := filter.Values()
		next.Set("after", rows.Next)
		for _, keep := range []string{"limit", "release"} {
			if v := c.query.Get(keep); v != "" {
				next.Set(keep, v)
			}
		}
		out.Next = c.at(with(apiRoot+"/incidents", next))
	}
	return out, nil
}

func (f *Feed) listUnsigned(ctx context.Context, in *unsignedInput) (*UnsignedList, error) {
	c := callOf(ctx)
	if _, known := geo.ByCode(in.Country); in.Country != "" && !known {
		return nil, fault.New(fault.Invalid, "feed.unknown_country", "value", clip(in.Country, 40))
	}
	list, err := f.d.Record.Unsigned(ctx, in.Country, 0)
	if err != nil {
		return nil, err
	}
	out := &UnsignedList{Rows: make([]UnsignedBody, 0, len(list))}
	for _, x := range list {
		out.Rows = append(out.Rows, UnsignedBody{c.shutdown(x.Row, standing), x.Until})
	}
	return out, nil
}

// shutdown is a row of a list.
func (c *call) shutdown(r incident.Row, ed incident.Edition) Shutdown {
	facts := r.Facts
	out := Shutdown{
		Ref: r.Ref, Title: c.speaker.Mark(r.Entry.Here(), c.speaker.Title(facts)), CountYear: r.Entry.Year, Countries: []CountryName{}, Region: r.Entry.Region,
		Area: facts.Measure.Area, Whole: facts.Measure.Whole,
		Start: facts.Period.Start, StartKind: facts.Period.StartKind, End: facts.Period.End, State: facts.Period.EndState, Days: r.Entry.Days,
		Type: facts.Measure.Method, Network: facts.Measure.Network, Extent: facts.Measure.Extent, Scope: facts.Measure.Scope,
		Services: facts.Affected(), Cause: facts.Cause.Term, Reason: facts.Reason.Term, OrderedBy: facts.OrderedBy(), CrossBorder: facts.CrossBorder(),
		Election: facts.Flag("election"), Violence: facts.Flag("violence"), HRAbuse: facts.Flag("hr_abuse"), Notified: facts.Flag("users_notified"),
		Updated: instant(r.Entry.Updated),
	}
	for _, x := range facts.Countries {
		out.Countries = append(out.Countries, CountryName{x.Code, c.speaker.Country(x.Code)})
	}
	if out.Services == nil {
		out.Services = []string{}
	}
	if r.Ref != "" {
		out.URL = c.incidentURL(r.Ref, ed)
	}
	return out
}

// incidentURL is the page of an incident in an edition.
func (c *call) incidentURL(ref string, ed incident.Edition) string {
	return c.at(inEdition("/incidents/"+ref, ed))
}

func instant(micros int64) time.Time { return time.UnixMicro(micros).UTC().Truncate(time.Second) }

func (f *Feed) getIncident(ctx context.Context, in *incidentInput) (*IncidentBody, error) {
	c := callOf(ctx)
	ed, err := f.edition(ctx, c)
	if err != nil {
		return nil, err
	}
	ref := strings.TrimSpace(in.Ref)
	if len(ref) > 40 || !utf8.ValidString(ref) || strings.ContainsRune(ref, 0) {
		return nil, fault.New(fault.NotFound, "incident.unknown", "ref", clip(strings.ToValidUTF8(ref, "?"), 40))
	}
	inc, err := f.d.Record.Get(ctx, ed.ID, ref)
	if err != nil {
		return nil, err
	}
	if inc.MergedInto != "" {
		return nil, &Moved{Ref: inc.Ref, MergedInto: inc.MergedInto, URL: c.at(inEdition(apiRoot+"/incidents/"+inc.MergedInto, ed)),
			Detail: c.speaker.X.T("feed.merged", "ref", inc.Ref, "into", inc.MergedInto)}
	}
	if err := MayTell(inc); err != nil {
		return nil, err
	}
	out := Tell(inc, c.speaker.Mark(inc.Desk, c.speaker.Title(inc.Facts)), c.incidentURL(inc.Ref, ed))
	out.Verified, err = f.verified(ctx, c, inc, ed)
	return out, err
}

// verified is how an incident of the desk was verified, nil for others.
func (f *Feed) verified(ctx context.Context, c *call, inc *incident.Incident, ed incident.Edition) (*VerifiedBody, error) {
	if f.d.Verification == nil || !inc.Desk || ed.ID != incident.RecordEdition {
		return nil, nil
	}
	is, found, err := f.d.Verification.Verification(ctx, inc.Ref, c.lang)
	if err != nil || !found {
		return nil, err
	}
	out := &VerifiedBody{Signed: []SignatoryBody{}, Claims: []VerifiedClaimBody{}, Weaker: is.Weaker}
	for _, x := range is.Signed {
		out.Signed = append(out.Signed, SignatoryBody{x.Organisation, x.At.Format(time.DateOnly)})
	}
	counts := func(list []publish.ClassCount) map[string]int {
		n := map[string]int{}
		for _, x := range list {
			n[x.Class] = x.N
		}
		return n
	}
	for _, x := range is.Claims {
		claim := VerifiedClaimBody{x.Claim, x.Grade, x.Rung, counts(x.For), counts(x.Against), nil}
		for _, d := range x.Dissent {
			claim.Dissent = append(claim.Dissent, DissentBody{d.Organisation, d.At.Format(time.DateOnly), d.Settled})
		}
		out.Claims = append(out.Claims, claim)
	}
	return out, nil
}

// MayTell gives the error that readers get in place of an incident they may not
// read.
func MayTell(inc *incident.Incident) error {
	switch {
	case inc.RanOut():
		return fault.New(fault.Gone, "feed.lapsed", "ref", inc.Ref)
	case inc.Withdrawn():
		return fault.New(fault.Gone, "feed.withdrawn", "ref", inc.Ref)
	case !incident.Readable(inc.State):
		return fault.New(fault.NotFound, "incident.unknown", "ref", inc.Ref)
	}
	return nil
}

// Tell tells what may be told of an incident that readers may read.
func Tell(inc *incident.Incident, title, url string) *IncidentBody {
	out := &IncidentBody{
		Ref: inc.Ref, URL: url, Title: title, Standing: inc.State, Unconfirmed: inc.Urgent, Release: inc.Edition,
		LastYear: inc.LastYear, CrossBorder: inc.Facts.CrossBorder(), Methodology: inc.Methodology,
		Created: instant(int64(inc.Created)), Updated: instant(int64(inc.Edited)), Revision: inc.Revision, Facts: PublicFacts(inc.Facts),
		Entries: []EntryBody{}, History: []ChangeBody{}, Warnings: []WarningBody{},
		Licence: "CC BY 4.0, Access Now and the #KeepItOn coalition",
	}
	for _, y := range inc.Years {
		e := EntryBody{Year: y.Year, From: y.Origin, Line: y.Line, Counted: y.Counted, Edited: y.Touched}
		if y.Counted { // of a withdrawn entry only that
			e.Facts = PublicFacts(y.Facts)
		}
		out.Entries = append(out.Entries, e)
	}
	for _, x := range inc.Changes {
		out.History = append(out.History, changeBody(x))
	}
	for _, x := range inc.Warnings {
		out.Warnings = append(out.Warnings, WarningBody(x))
	}
	return out
}

// changeBody is a step of the history. Names of those who made it stay inside.
func changeBody(x incident.Change) ChangeBody {
	return ChangeBody{x.Revision, instant(int64(x.At)), x.Kind(), x.Reason, PublicDiff(x.Diff)}
}
