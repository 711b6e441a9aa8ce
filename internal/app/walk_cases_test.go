package app

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"keepiton/internal/coalition"
	"keepiton/internal/dispute"
	"keepiton/internal/evidence"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/verify"
)

// The walk's objects of casework: a lead, an item of its evidence, a dispute.
// They belong to a country; own and foreign are told apart by who filed them,
// which changes nothing of who may, and abroad lies in another country.

// cases: a lead that may be seen for its country; status once the role is enough.
func cases(status int) rule {
	return func(who, object string) int {
		if object == missing || object == abroad && who == limited {
			return http.StatusNotFound
		}
		return status
	}
}

// casesBy is [cases] where editors get another answer than those below them.
func casesBy(editor, others int) rule {
	return func(who, object string) int {
		if who == string(desk.Editor) {
			return cases(editor)(who, object)
		}
		return cases(others)(who, object)
	}
}

func fields(list ...string) func(aim) form { return func(aim) form { return list } }

func init() {
	const lead = "/desk/leads/{ref}"
	reason := fields("reason", "a test")
	maps.Copy(samples, map[string]sample{
		"GET /desk":                    {want: all(200)},
		"GET /desk/leads/new":          {want: all(200)},
		"POST /desk/leads/new":         {want: all(303), fields: fields("title", "x", "urgency", "1", "countries", "Kenya")},
		"POST /desk/adopt":             {want: all(404), fields: fields("incident", "2099-0001")},
		"POST /desk/filters":           {want: all(303), fields: func(aim) form { return form{"name", fresh(), "query", "mine=1"} }},
		"POST /desk/filters/{id}/drop": {object: "filter", want: mine(303)},

		"GET " + lead:                     {object: "lead", want: cases(200)},
		"GET " + lead + "/edit":           {object: "lead", want: cases(200)},
		"POST " + lead + "/edit":          {object: "lead", want: cases(303)},
		"GET " + lead + "/claims/{claim}": {object: "lead", want: cases(200)},
		"GET " + lead + "/sign":           {object: "lead", want: cases(200)},
		"GET " + lead + "/publish":        {object: "lead", want: cases(200)},
		"GET " + lead + "/more":           {object: "lead", want: cases(200)},

		"POST " + lead + "/take":             {object: "lead", want: cases(303)},
		"POST " + lead + "/release":          {object: "lead", want: casesBy(303, 409)},
		"POST " + lead + "/hand-over":        {object: "lead", want: casesBy(303, 409)},
		"POST " + lead + "/plan":             {object: "lead", want: cases(303), fields: fields("urgency", "2")},
		"POST " + lead + "/rename":           {object: "lead", want: cases(303), fields: fields("title", "another")},
		"POST " + lead + "/park":             {object: "lead", want: cases(303), fields: reason},
		"POST " + lead + "/reopen":           {object: "lead", want: cases(303), fields: reason},
		"POST " + lead + "/reject":           {object: "lead", want: cases(303), fields: reason},
		"POST " + lead + "/embargo":          {object: "lead", want: cases(303), fields: fields("reason", "a test", "until", time.Now().AddDate(0, 1, 0).Format(time.DateOnly))},
		"POST " + lead + "/lift":             {object: "lead", want: cases(303), fields: reason},
		"POST " + lead + "/merge":            {object: "lead", want: cases(422), fields: fields("reason", "a test", "into", "L-1999-0001")},
		"POST " + lead + "/split":            {object: "lead", want: cases(303), fields: fields("reason", "a test", "title", "the other half")},
		"POST " + lead + "/veil":             {object: "lead", want: cases(303)},
		"POST " + lead + "/unveil":           {object: "lead", want: cases(303)},
		"POST " + lead + "/say":              {object: "lead", want: cases(303), fields: fields("body", "a test")},
		"POST " + lead + "/unsay":            {object: "lead talk", want: cases(303), fields: func(o aim) form { return form{"id", o.part} }},
		"POST " + lead + "/attach":           {object: "lead", want: cases(303), fields: fields("claim", "where")},
		"POST " + lead + "/grade":            {object: "lead", want: cases(303), fields: fields("claim", "where", "grade", "probable")},
		"POST " + lead + "/disagree":         {object: "lead", want: cases(303), fields: fields("claim", "where", "body", "a test")},
		"POST " + lead + "/settle":           {object: "lead dissent", want: casesBy(303, 403), fields: func(o aim) form { return form{"claim", "where", "note", "a test", "id", o.part} }},
		"POST " + lead + "/sign":             {object: "lead", want: cases(409), fields: fields("revision", "1", "looked", "yes", "independent", "yes", "agree", "yes", "other_causes", "yes", "against", "yes", "safe", "yes")},
		"POST " + lead + "/unsign":           {object: "lead", want: cases(409), fields: reason},
		"POST " + lead + "/declare":          {object: "lead", want: cases(303), fields: fields("interest", "a test")},
		"POST " + lead + "/publish":          {object: "lead", want: cases(409)},
		"POST " + lead + "/publish-urgently": {object: "lead", want: cases(422), fields: fields("urgent_reason", "short")},
		"POST " + lead + "/retract":          {object: "lead", want: cases(409), fields: reason},

		"GET " + lead + "/evidence":                 {object: "lead", want: cases(200)},
		"GET " + lead + "/evidence/new":             {object: "lead", want: cases(200)},
		"POST " + lead + "/evidence/new":            {object: "lead", want: cases(422)},
		"GET /desk/evidence/{ref}":                  {object: "item", want: cases(200)},
		"GET /desk/evidence/{ref}/edit":             {object: "item", want: cases(200)},
		"POST /desk/evidence/{ref}/edit":            {object: "item", want: cases(422), fields: fields("version", "1")},
		"GET /desk/evidence/{ref}/preview/{digest}": {object: "item", want: cases(404)},
		"GET /desk/evidence/{ref}/file/{digest}":    {object: "item", want: cases(404)},
		"POST /desk/evidence/{ref}/capture":         {object: "item", want: cases(422)},
		"POST /desk/evidence/{ref}/withdraw":        {object: "item", want: cases(422)},
		"POST /desk/evidence/{ref}/redact":          {object: "item", want: cases(422)},
		"POST /desk/evidence/{ref}/picture":         {object: "item", want: cases(404)},
		"POST /desk/evidence/{ref}/origin":          {object: "item", want: cases(422)},

		"GET " + dispute.DeskPath:                     {want: all(200)},
		"GET " + dispute.DeskPath + "/{ref}":          {object: "dispute", want: cases(200)},
		"POST " + dispute.DeskPath + "/{ref}/release": {object: "dispute", want: cases(303)},
		"POST " + dispute.DeskPath + "/{ref}/note":    {object: "dispute", want: cases(303), fields: fields("note", "we look into it", "act", "answered")},
		"POST " + dispute.DeskPath + "/{ref}/forget":  {object: "dispute", want: cases(303)},
	})
}

// caseObject makes an object of casework in a country, filed by somebody of an
// organisation, and what stands in the path for it. part is what a form names.
func (x *deskSite) caseObject(kind, country string, org coalition.Organisation, v *visitor) (put map[string]string, part string) {
	x.t.Helper()
	ctx := context.Background()
	filer := x.filer(org)
	if kind == "dispute" {
		ref, err := x.frame.disputes.File(ctx, dispute.Filing{Incident: x.publicIn(country), Statement: "when", Right: "one day less", Why: "we restored it", Speaker: "operator", Lang: "en"})
		if err != nil {
			x.t.Fatal(err)
		}
		return map[string]string{"ref": ref}, ""
	}
	d, err := x.work.cases.FileForm(ctx, filer, "a lead", 2, url.Values{"countries": {country}, "start": {"2026-01-08"}, "start_kind": {"actual"}, "end_state": {"unknown"}, "method": {"shutdown"}, "network": {"mobile"}, "extent": {"full_network"}})
	if err != nil {
		x.t.Fatal(err)
	}
	put = map[string]string{"ref": d.Ref, "claim": "where", "digest": strings.Repeat("0", 64)}
	switch kind {
	case "item":
		it, err := x.work.items.Add(ctx, filer, d.Ref, evidence.Filing{Draft: evidence.Draft{Kind: "statement", Class: "N", Title: "x", Says: "y", Audience: evidence.Open, Precision: "region"}})
		if err != nil {
			x.t.Fatal(err)
		}
		put["ref"] = it.Ref
	case "lead talk":
		if a := x.actorOf(v); a.Can(desk.Reader, d.Country) {
			if err := x.work.cases.Say(ctx, a, d.Ref, "mine", nil, nil); err != nil {
				x.t.Fatal(err)
			}
			c, err := x.work.cases.Get(ctx, a, d.Ref)
			if err != nil {
				x.t.Fatal(err)
			}
			part = strconv.FormatInt(c.Comments[0].ID, 10)
		}
	case "lead dissent":
		if err := x.work.cases.Disagree(ctx, filer, d.Ref, verify.Where, "no", 0); err != nil {
			x.t.Fatal(err)
		}
		c, err := x.work.cases.Get(ctx, filer, d.Ref)
		if err != nil {
			x.t.Fatal(err)
		}
		part = strconv.FormatInt(c.Dissents[0].ID, 10)
	}
	return put, part
}

// filterOf keeps a filter of a visitor, or of somebody else.
func (x *deskSite) filterOf(v *visitor, foreignOne bool) string {
	x.t.Helper()
	a := x.actorOf(v)
	if foreignOne || a.Person == 0 {
		a = x.join(fresh(), coalition.Grant{Organisation: x.home.Ref, Role: desk.Reader}).actor()
	}
	name := fresh()
	if err := x.work.cases.SaveFilter(context.Background(), a, name, verify.Filter{Mine: true}); err != nil {
		x.t.Fatal(err)
	}
	list, err := x.work.cases.Filters(context.Background(), a)
	i := slices.IndexFunc(list, func(f verify.SavedFilter) bool { return f.Name == name })
	if err != nil || i < 0 {
		x.t.Fatal(list, err)
	}
	return strconv.FormatInt(list[i].ID, 10)
}

func (x *deskSite) actorOf(v *visitor) desk.Actor {
	if v.p.ID == 0 || v.token == "" {
		return desk.Actor{}
	}
	return v.actor()
}

// filer is somebody who files for an organisation.
func (x *deskSite) filer(org coalition.Organisation) desk.Actor {
	x.t.Helper()
	if x.filers == nil {
		x.filers = map[string]*visitor{}
	}
	if x.filers[org.Ref] == nil {
		x.filers[org.Ref] = x.join(fresh(), coalition.Grant{Organisation: org.Ref, Role: desk.Editor})
	}
	return x.filers[org.Ref].actor()
}

// publicIn is a public incident of a country.
func (x *deskSite) publicIn(country string) string {
	x.t.Helper()
	if ref := x.public[country]; ref != "" {
		return ref
	}
	ctx := context.Background()
	d, err := x.work.cases.FileForm(ctx, x.filer(x.home), "to be public", 1, url.Values{"countries": {country}, "start": {"2026-01-08"}, "start_kind": {"actual"}, "end_state": {"unknown"}, "method": {"shutdown"}, "network": {"mobile"}, "extent": {"full_network"}})
	if err != nil {
		x.t.Fatal(err)
	}
	ref, err := x.work.cases.PublishUrgently(ctx, x.filer(x.home), d.Ref, "a test needs something public")
	if err != nil {
		x.t.Fatal(err)
	}
	if x.public == nil {
		x.public = map[string]string{}
	}
	x.public[country] = ref
	return ref
}
