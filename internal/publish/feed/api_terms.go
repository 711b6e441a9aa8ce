package feed

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"keepiton/internal/incident"
	"keepiton/internal/publish"
)

// SchemeBody is a list of terms.
type SchemeBody struct {
	Scheme string     `json:"scheme" example:"cause"`
	Param  string     `json:"param,omitempty" doc:"The filter parameter that takes its keys." example:"cause"`
	Terms  []TermBody `json:"terms" nullable:"false" doc:"In their order of display."`
}

// TermBody is one term.
type TermBody struct {
	Key    string            `json:"key" doc:"Stable key." example:"protests"`
	Kind   string            `json:"kind,omitempty" doc:"Group inside the scheme."`
	Sheet  string            `json:"sheet" doc:"Spelling of the coalition's newest sheet." example:"Protests"`
	Labels map[string]string `json:"labels" doc:"Name in each language."`
}

// TermList is every scheme.
type TermList struct {
	Schemes []SchemeBody `json:"schemes" nullable:"false"`
}

// ServiceBody is one service.
type ServiceBody struct {
	Key       string            `json:"key" example:"whatsapp"`
	Kind      string            `json:"kind" doc:"social, messaging, video, dating, voip, vpn, satellite, telecom, email or other."`
	Labels    map[string]string `json:"labels" doc:"Name in each language."`
	Shutdowns int               `json:"shutdowns" doc:"Count entries of all years that hit it."`
}

// ServiceList is every service the record knows.
type ServiceList struct {
	Release  string        `json:"release"`
	Services []ServiceBody `json:"services" nullable:"false"`
}

// openSchemes are the schemes of /terms, with the parameter that takes them.
var openSchemes = []struct {
	scheme incident.Scheme
	param  string
}{
	{incident.SchemeCause, "cause"}, {incident.SchemeReason, "reason"}, {incident.SchemeMethod, "type"}, {incident.SchemeNetwork, "network"},
	{incident.SchemeExtent, "extent"}, {incident.SchemeScope, "scope"}, {incident.SchemeActorClass, "ordered_by"}, {incident.SchemeEndState, "state"},
	{incident.SchemeRegion, "region"}, {incident.SchemeSource, ""}, {incident.SchemeStartKind, ""}, {incident.SchemeFlag, ""},
	{incident.SchemeGroup, ""}, {incident.SchemeMechanism, ""},
}

func (f *Feed) registerTerms(api huma.API) {
	register(f, api, operation{path: "/terms", id: "list-terms", summary: "What the keys mean",
		doc: "Every list of terms with its names in each language. Services have an address of their own."}, f.listTerms)
	register(f, api, operation{path: "/services", id: "list-services", summary: "Services the record knows"}, f.listServices)
}

func (f *Feed) listTerms(context.Context, *noParams) (*TermList, error) {
	tax := f.d.Record.Taxonomy()
	out := &TermList{Schemes: []SchemeBody{}}
	for _, s := range openSchemes {
		b := SchemeBody{Scheme: string(s.scheme), Param: s.param, Terms: []TermBody{}}
		for _, t := range tax.Terms(s.scheme) {
			b.Terms = append(b.Terms, TermBody{Key: t.Key, Kind: t.Kind, Sheet: t.Label(9999),
				Labels: f.names(func(sp publish.Speaker) string { return sp.Term(s.scheme, t.Key) })})
		}
		if len(b.Terms) > 0 {
			out.Schemes = append(out.Schemes, b)
		}
	}
	return out, nil
}

func (f *Feed) listServices(ctx context.Context, _ *ReleaseParam) (*ServiceList, error) {
	ed, err := f.edition(ctx, callOf(ctx))
	if err != nil {
		return nil, err
	}
	cells, err := f.d.Record.CellsOf(ctx, ed.ID, 0, []string{incident.AreaWorld}, incident.DimService)
	if err != nil {
		return nil, err
	}
	n := map[string]int{}
	for _, x := range cells {
		n[x.Value] += int(x.N)
	}
	out := &ServiceList{Release: ed.Label, Services: []ServiceBody{}}
	for _, t := range f.d.Record.Taxonomy().Terms(incident.SchemeService) {
		out.Services = append(out.Services, ServiceBody{t.Key, t.Kind, f.names(func(sp publish.Speaker) string { return sp.Service(t.Key) }), n[t.Key]})
	}
	return out, nil
}
