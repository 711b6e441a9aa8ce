package site

import (
	"net/http"

	"keepiton/internal/incident"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
)

// codebookPage explains the terms of the record.
type codebookPage struct {
	Crumbs  []page.Link
	Title   string
	Lead    string
	Schemes []schemeTable
	More    *page.Link
}

// schemeTable is one list of terms.
type schemeTable struct {
	ID, Title, Lead string
	Terms           []termLine
}

// termLine is one term: its key in files and addresses, the spelling in the
// sheet, our name, and its meaning where the name does not say it.
type termLine struct {
	Key, Sheet, Name, Meaning, Href string
}

// codebookSchemes are the lists in their order, with the list parameter that
// chooses by them.
var codebookSchemes = []struct {
	scheme incident.Scheme
	param  string
}{
	{incident.SchemeCause, "cause"},
	{incident.SchemeReason, "reason"},
	{incident.SchemeActorClass, "ordered_by"},
	{incident.SchemeMethod, "type"},
	{incident.SchemeNetwork, "network"},
	{incident.SchemeExtent, "extent"},
	{incident.SchemeScope, "scope"},
	{incident.SchemeEndState, "state"},
	{incident.SchemeStartKind, ""},
	{incident.SchemeRegion, "region"},
	{incident.SchemeFlag, ""},
	{incident.SchemeGroup, ""},
	{incident.SchemeSource, ""},
	{incident.SchemeMechanism, ""},
}

// codebook is GET /data/codebook.
func (s *Site) codebook(w http.ResponseWriter, r *http.Request) error {
	v := s.voice(r)
	out := codebookPage{Title: v.T("site.codebook.title"), Lead: v.T("site.codebook.lead"),
		More:   &page.Link{Text: v.T("site.codebook.services"), Href: "/data/codebook/services"},
		Crumbs: []page.Link{{Text: v.T("publish.nav.data"), Href: "/data"}, {Text: v.T("site.codebook.title")}}}
	for _, x := range codebookSchemes {
		t := schemeTable{ID: string(x.scheme), Title: v.T("site.scheme." + string(x.scheme) + ".title"), Lead: v.T("site.scheme." + string(x.scheme) + ".lead")}
		for _, term := range s.d.Record.Taxonomy().Terms(x.scheme) {
			line := termLine{Key: term.Key, Sheet: term.Label(9999), Name: v.Term(x.scheme, term.Key)}
			if key := "site.means." + string(x.scheme) + "." + term.Key; v.Has(key) {
				line.Meaning = v.T(key)
			}
			if x.param != "" {
				line.Href = listPath("/incidents", incident.Filter{}.Narrow(x.param, term.Key), "")
			}
			if x.scheme == incident.SchemeMechanism {
				line.Sheet = "" // the sheet has no such column
			}
			t.Terms = append(t.Terms, line)
		}
		out.Schemes = append(out.Schemes, t)
	}
	return s.showToday(w, r, page.Page{Title: out.Title, Description: out.Lead, Body: "site.codebook", Section: "data", Data: out, Canonical: "/data/codebook"}, publish.NoFigures, incident.Filter{})
}

// codebookServices is GET /data/codebook/services.
func (s *Site) codebookServices(w http.ResponseWriter, r *http.Request) error {
	v := s.voice(r)
	out := codebookPage{Title: v.T("site.codebook.services_title"), Lead: v.T("site.codebook.services_lead"),
		Crumbs: []page.Link{{Text: v.T("publish.nav.data"), Href: "/data"}, {Text: v.T("site.codebook.title"), Href: "/data/codebook"}, {Text: v.T("site.codebook.services_title")}}}
	at := map[string]int{}
	for _, kind := range []string{"social", "messaging", "video", "voip", "dating", "vpn", "satellite", "email", "telecom", "other"} {
		at[kind] = len(out.Schemes)
		out.Schemes = append(out.Schemes, schemeTable{ID: kind, Title: v.T("site.kind." + kind)})
	}
	for _, term := range s.d.Record.Taxonomy().Terms(incident.SchemeService) {
		i, ok := at[term.Kind]
		if !ok {
			i = at["other"]
		}
		out.Schemes[i].Terms = append(out.Schemes[i].Terms, termLine{Key: term.Key, Name: v.Service(term.Key), Sheet: term.Label(9999),
			Href: listPath("/incidents", incident.Filter{Service: term.Key}, "")})
	}
	return s.showToday(w, r, page.Page{Title: out.Title, Description: out.Lead, Body: "site.services", Section: "data", Data: out, Canonical: "/data/codebook/services"}, publish.NoFigures, incident.Filter{})
}
