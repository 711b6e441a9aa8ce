package app

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"image"
	"image/png"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"keepiton/internal/coalition"
	"keepiton/internal/dispute"
	"keepiton/internal/evidence"
	"keepiton/internal/incident"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/geo"
	"keepiton/internal/stop"
	"keepiton/internal/verify"
)

// The samples of the rooms of cases. What a case lets somebody do is its country's
// alone; whether what was sent makes sense is tested in those rooms.
func init() {
	maps.Copy(samples, map[string]sample{
		"GET /desk":                            {want: all(200)},
		"GET /desk/leads/new":                  {want: all(200)},
		"POST /desk/leads/new":                 {want: all(letIn)},
		"GET /desk/leads/{ref}":                {object: "case", want: inCountry},
		"GET /desk/leads/{ref}/edit":           {object: "case", want: inCountry},
		"POST /desk/leads/{ref}/edit":          {object: "case", want: inCountry},
		"GET /desk/leads/{ref}/claims/{claim}": {object: "case", want: inCountry},
		"GET /desk/leads/{ref}/sign":           {object: "case", want: inCountry},
		"GET /desk/leads/{ref}/publish":        {object: "case", want: inCountry},
		"GET /desk/leads/{ref}/more":           {object: "case", want: inCountry},
		"GET /desk/leads/{ref}/sheets":         {object: "case", want: inCountry},
		"POST /desk/adopt":                     {want: all(422)}, // no incident of the record is named
		"POST /desk/filters":                   {want: all(letIn), fields: func(aim) form { return form{"name", fresh()} }},
		"POST /desk/filters/{id}/drop":         {object: "filter", want: mine(303)},
		"GET /desk/releases":                   {want: all(200)},
		"POST /desk/releases":                  {want: worldwide, fields: func(aim) form { return form{"label", fresh(), "as_of", "2026-01-31"} }},
		"POST /desk/releases/{id}/sign":        {want: all(404)},
		"POST /desk/releases/{id}/cut":         {want: all(404)},
		"POST /desk/releases/{id}/withdraw":    {want: all(404)},
		"GET /desk/recodings":                  {want: all(200)},
		"GET /desk/recodings/{id}":             {want: all(404)},
		"POST /desk/recodings":                 {want: worldwide, fields: func(aim) form { return recodingForm }},
		"POST /desk/recodings/preview":         {want: worldwide, fields: func(aim) form { return recodingForm }},
		"POST /desk/recodings/{id}/sign":       {want: all(404)},
		"POST /desk/recodings/{id}/do":         {want: all(404)},
		"POST /desk/recodings/{id}/withdraw":   {want: all(404)},
		"POST /desk/recodings/{id}/back":       {want: all(404)},
		"POST /desk/leads/{ref}/unsay":         {object: "case", want: inCountry, fields: named},
		"POST /desk/leads/{ref}/settle":        {object: "case", want: inCountry, fields: named},
		"POST /desk/leads/{ref}/unsign":        {object: "case", want: inCountry},
	})
	maps.Copy(samples, map[string]sample{
		"GET /desk/leads/{ref}/evidence":             {object: "case", want: inCountry},
		"GET /desk/leads/{ref}/evidence/new":         {object: "case", want: inCountry},
		"POST /desk/leads/{ref}/evidence/new":        {object: "case", want: inCountry},
		"GET /desk/evidence/{ref}":                   {object: "item", want: inCountry}, // that there is a confidential one may be known
		"GET /desk/evidence/{ref}/edit":              {object: "item", want: ofOrganisation},
		"POST /desk/evidence/{ref}/edit":             {object: "item", want: ofOrganisation},
		"GET /desk/evidence/{ref}/redact":            {object: "item", want: ofOrganisation},
		"GET /desk/evidence/{ref}/picture":           {object: "item", want: ofOrganisation},
		"GET /desk/evidence/{ref}/withdraw":          {object: "item", want: ofOrganisation},
		"GET /desk/evidence/{ref}/preview/{digest}":  {object: "item", want: ofOrganisation},
		"GET /desk/evidence/{ref}/file/{digest}":     {object: "item", want: ofOrganisation},
		"GET /desk/evidence/{ref}/captured/{digest}": {object: "item", want: ofOrganisation},
		"GET /desk/disputes":                         {want: all(200)},
		"GET /desk/disputes/{ref}":                   {object: "dispute", want: inDispute},
		"POST /desk/disputes/{ref}/release":          {object: "dispute", want: inDispute},
		"POST /desk/disputes/{ref}/note":             {object: "dispute", want: inDispute, fields: func(aim) form { return form{"note", "a test", "act", "answered"} }},
		"POST /desk/disputes/{ref}/forget":           {object: "dispute", want: inDispute},
	})
	for _, act := range []string{"withdraw", "redact", "picture", "origin", "capture", "grade", "raise"} {
		samples["POST /desk/evidence/{ref}/"+act] = sample{object: "item", want: ofOrganisation, fields: func(o aim) form { return form{"digest", o.id, "version", "1", "reason", "a test"} }}
	}
	for _, act := range []string{"take", "follow", "leave", "release", "hand-over", "plan", "rename", "park", "reopen", "reject", "embargo", "lift", "merge", "split", "conceal", "noted", "ask-again", "veil", "unveil",
		"say", "attach", "grade", "disagree", "sign", "declare", "publish", "publish-urgently", "retract"} {
		samples["POST /desk/leads/{ref}/"+act] = sample{object: "case", want: inCountry, fields: func(aim) form { return form{"claim", "where"} }}
	}
}

// named names in a field what an act is about.
func named(o aim) form { return form{"id", o.id, "note", "a test"} }

// recodingForm asks for what no incident of the walk is.
var recodingForm = form{"methodology", "2023", "from", "cause.term coup", "into", "cause.term other", "why", "a test"}

// worldwide: a release is of the whole world, and so is the coding.
func worldwide(who, _ string) int {
	if who == edits {
		return http.StatusForbidden
	}
	return letIn
}

// inDispute: that there is a dispute is public, what stands in it is its
// editors'.
func inDispute(who, object string) int {
	if object == abroad && who == edits {
		return http.StatusForbidden
	}
	return inCountry(who, object)
}

// ofOrganisation: [inCountry], but what a source gave to another
// organisation alone is not opened.
func ofOrganisation(who, object string) int {
	if object == foreign && who != chief { // whose organisation it is
		return http.StatusForbidden
	}
	return inCountry(who, object)
}

// actor is somebody who files, in the walkers' organisation or in another one.
func (x *deskSite) actor(o coalition.Organisation) desk.Actor {
	x.t.Helper()
	if a, known := x.authors[o.Ref]; known {
		return a
	}
	a, err := x.office.Actor(context.Background(), x.join(fresh(), coalition.Grant{Organisation: o.Ref, Role: desk.Contributor}).p)
	if err != nil {
		x.t.Fatal(err)
	}
	x.authors[o.Ref] = a
	return a
}

// itemIn files an item of evidence in a country: for another organisation alone, or
// openly by the walkers'; with a picture or as words.
func (x *deskSite) itemIn(country string, closed, picture bool) (ref, digest string) {
	x.t.Helper()
	ctx := context.Background()
	a, f := x.actor(x.other), evidence.Filing{Draft: evidence.Draft{Kind: evidence.Statement, Class: evidence.ClassFirstHand, Title: fresh(), Says: "a word", Audience: evidence.Open}}
	if closed {
		a, f.Partners, country = x.actor(x.home), evidence.No, "KE"
	}
	it, err := evidence.Item{}, error(nil)
	if picture {
		var b bytes.Buffer
		if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 64))); err != nil {
			x.t.Fatal(err)
		}
		f.Kind = evidence.File
		it, err = x.frame.items.AddFile(ctx, a, x.caseIn(country), f, "a.png", &b)
	} else {
		it, err = x.frame.items.Add(ctx, a, x.caseIn(country), f)
	}
	if err != nil || !picture {
		if err != nil {
			x.t.Fatal(err)
		}
		return it.Ref, ""
	}
	files, err := x.frame.items.Files(ctx, a, it.Ref)
	if err != nil {
		x.t.Fatal(err)
	}
	x.captured(it, files[0])
	return it.Ref, files[0].Digest
}

// captured makes the bytes of a file a captured page too.
func (x *deskSite) captured(it evidence.Item, f evidence.StoredFile) {
	x.t.Helper()
	if err := x.d.Write(context.Background(), func(tx db.Tx) error {
		c := evidence.Capture{Item: it.ID, At: 1, URL: "https://news.example.org/", FinalURL: "https://news.example.org/", Status: 200, Body: f.Digest, BodySize: f.Size, WARC: f.Digest, WARCSize: f.Size}
		var err error
		if c.ID, err = db.NextID(context.Background(), tx, "evidence_capture"); err != nil {
			return err
		}
		return db.Insert(context.Background(), tx, "evidence_capture", []evidence.Capture{c})
	}); err != nil {
		x.t.Fatal(err)
	}
}

// disputeIn files a dispute about an incident of a country.
func (x *deskSite) disputeIn(country string) string {
	x.t.Helper()
	if x.public == nil {
		x.public = x.incidents("Kenya", "France")
	}
	ref, err := x.frame.disputes.File(context.Background(), dispute.Filing{Incident: x.public[country], Statement: dispute.Statements()[0], Speaker: dispute.Speakers()[0], Right: "It was otherwise.", Why: "We were there.", Lang: "en"})
	if err != nil {
		x.t.Fatal(err)
	}
	return ref
}

// incidents puts an incident of each country into the record, and gives their
// references by the countries' codes.
func (x *deskSite) incidents(countries ...string) map[string]string {
	x.t.Helper()
	ctx := context.Background()
	schema, _ := stop.SchemaByName("E")
	set := map[stop.Field]string{"start_date": "2025-01-05", "end_date": "2025-01-07", "area_name": "Nationwide", "count_year": "2025", "shutdown_type": "Shutdown", "shutdown_extent": "Full network", "event": "The lines were cut"}
	rows := [][]string{schema.Headers(0)}
	for _, country := range countries {
		row := make([]string, len(rows[0]))
		for i, c := range schema.Columns {
			if row[i] = set[c.Field]; c.Field == "country" {
				row[i] = country
			}
		}
		rows = append(rows, row)
	}
	path := filepath.Join(x.t.TempDir(), "sheet 2026-01-01.csv")
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		x.t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		x.t.Fatal(err)
	}
	matcher, err := x.record.Matcher(ctx)
	if err != nil {
		x.t.Fatal(err)
	}
	reader := stop.Reader{Taxonomy: x.record.Taxonomy(), Places: matcher}
	sheets, refused, err := reader.File(ctx, path)
	if err != nil || len(refused) != 0 {
		x.t.Fatal(err, refused)
	}
	if _, err := x.record.Import(ctx, sheets, incident.ImportOptions{}); err != nil {
		x.t.Fatal(err)
	}
	out := map[string]string{}
	for i, country := range countries {
		code, _ := geo.MatchCountry(country)
		out[code] = fmt.Sprintf("2025-%04d", i+1)
	}
	return out
}

// caseIn files a case in a country and gives its reference.
func (x *deskSite) caseIn(country string) string {
	x.t.Helper()
	ctx := context.Background()
	a := x.actor(x.other)
	d, err := x.frame.cases.File(ctx, a, verify.Lead{Title: fresh(), Urgency: 2, Claims: []verify.Claim{verify.Where}, Facts: incident.Facts{Countries: []incident.Country{{Code: country}}}})
	if err != nil {
		x.t.Fatal(err)
	}
	return d.Ref
}

// spokenIn is the id of what somebody said in a case, where an act takes it
// back: by themselves, if they may.
func (x *deskSite) spokenIn(ref, path string, v *visitor) string {
	x.t.Helper()
	ctx := context.Background()
	if !strings.HasSuffix(path, "/unsay") && !strings.HasSuffix(path, "/settle") {
		return ""
	}
	for _, p := range []account.Person{v.p, x.walker(string(desk.Editor)).p} {
		a, err := x.office.Actor(ctx, p)
		if err != nil {
			x.t.Fatal(err)
		}
		if x.frame.cases.Say(ctx, a, ref, "a word", nil, nil) != nil || x.frame.cases.Disagree(ctx, a, ref, verify.Where, "no", 0) != nil && strings.HasSuffix(path, "/settle") {
			continue // they may not: then somebody else says it
		}
		c, err := x.frame.cases.Get(ctx, a, ref)
		if err != nil {
			x.t.Fatal(err)
		}
		if strings.HasSuffix(path, "/settle") {
			return strconv.FormatInt(c.Dissents[0].ID, 10)
		}
		return strconv.FormatInt(c.Comments[0].ID, 10)
	}
	x.t.Fatal("nobody may speak in " + ref)
	return ""
}

// filterOf saves a filter for somebody.
func (x *deskSite) filterOf(v *visitor) string {
	x.t.Helper()
	ctx := context.Background()
	a, err := x.office.Actor(ctx, v.p)
	if err == nil {
		err = x.frame.cases.SaveFilter(ctx, a, fresh(), verify.Filter{})
	}
	if err != nil {
		x.t.Fatal(err)
	}
	list, err := x.frame.cases.Filters(ctx, a)
	if err != nil {
		x.t.Fatal(err)
	}
	return strconv.FormatInt(list[0].ID, 10)
}
