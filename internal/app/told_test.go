package app

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestSignedLaterIsToldSo: what was public urgently never counted, so once it is
// signed it does not count again.
func TestSignedLaterIsToldSo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		c := x.crew()
		lead := x.urgently(t, c)
		c.author.prove(lead)
		for _, v := range []*visitor{c.first, c.second} {
			v.sign(lead)
		}
		if a := c.editor.post(lead + "/publish"); a.status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.status, a.body)
		}
		x.settled()
		for _, at := range []string{"/incidents/2026-0001", "/corrections", "/feeds/changes.atom"} {
			a := x.nobody().get(at).body
			for _, says := range []string{"Signed by two organisations; before, it was public as urgent and unsigned, and not counted", "Counted for 2026 from now on"} {
				if !strings.Contains(a, says) {
					t.Errorf("%s does not say %q", at, says)
				}
			}
			if strings.Contains(a, "again") {
				t.Errorf("%s says again", at)
			}
		}
		x.again(t, c, strings.TrimPrefix(lead, "/desk/leads/"), false)
		if a := x.nobody().get("/incidents/2026-0001").body; !strings.Contains(a, "Updated: the end is known") {
			t.Error("what comes after is not told as an update")
		}
	})
}

// TestOnlyWhatWasDecidedIsTold: another end makes the length of the sheet wrong, which
// nobody has to say; what the form writes in other words is no change at all.
func TestOnlyWhatWasDecidedIsTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		c := x.crew()
		first := x.importRows("sheet 2027-01-01.csv", incident.ImportOptions{},
			rowLike("end_date", "2026-01-25", "duration", "18", "shutdown_status", "Ended", "facebook_affected", "Yes", "other_affected", "Signal, TikTok", "whatsapp_affected", "No"))
		ref := first.Rows[0].Ref
		adopted := c.author.post("/desk/adopt", "incident", ref)
		lead, _, _ := strings.Cut(adopted.location, "?")
		if adopted.status != http.StatusSeeOther {
			t.Fatalf("not taken up: %d %s", adopted.status, adopted.body)
		}
		form := filledIn(t, c.author.get(lead+"/edit").body, "/edit")
		form.Set("end", "2026-01-26")
		form.Set("services", strings.ToLower(form.Get("services")))
		form.Set("_t", c.author.formToken())
		if a := c.author.ask(http.MethodPost, lead+"/edit", form); a.status != http.StatusSeeOther {
			t.Fatalf("not stated: %d %s", a.status, a.body)
		}
		c.author.prove(lead)
		for _, v := range []*visitor{c.first, c.second} {
			v.sign(lead)
		}
		if a := c.editor.post(lead+"/publish", "reason", "a measurement came in", "kind", "correction"); a.status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.status, a.body)
		}
		x.settled()
		page := x.nobody().get("/incidents/" + ref).body
		if !strings.Contains(page, "Ended: 25 January 2026 became 26 January 2026") || !strings.Contains(page, "19 days") {
			t.Errorf("the page does not tell what was corrected:\n%s", page)
		}
		for _, at := range []string{"/incidents/" + ref, "/corrections", "/feeds/changes.atom"} {
			if a := x.nobody().get(at).body; strings.Contains(a, "Services changed") || strings.Contains(a, "Lasted:") {
				t.Errorf("%s tells what only followed:\n%s", at, a)
			}
		}
		if line := x.nobody().get("/data/stop.csv").body; !strings.Contains(line, ",2026-01-26,19,") || strings.Contains(line, ",18,") {
			t.Errorf("the sheet counts otherwise than the page:\n%s", line)
		}
		if a := x.nobody().get("/api/v1/incidents/" + ref).body; strings.Contains(a, `"stated_duration":"18"`) {
			t.Errorf("the API states a length of other dates:\n%s", a)
		}
		inc, err := x.record.Get(t.Context(), incident.RecordEdition, ref)
		if err != nil {
			t.Fatal(err)
		}
		if i := slices.IndexFunc(inc.Facts.Services, func(e incident.Effect) bool { return e.Service == "signal" }); i < 0 || inc.Facts.Services[i].Verbatim != "Signal" {
			t.Errorf("the words of the sheet are lost: %+v", inc.Facts.Services)
		}
	})
}

// filledIn is what a browser would send of the form of a page that is sent to an
// address with this ending.
func filledIn(t *testing.T, body, to string) url.Values {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	out := url.Values{}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "form" && strings.HasSuffix(attr(n, "action"), to) {
			for f := range n.Descendants() {
				if name := attr(f, "name"); name != "" {
					addField(out, f, name)
				}
			}
		}
	}
	return out
}

func addField(out url.Values, f *html.Node, name string) {
	switch kind := attr(f, "type"); {
	case f.Data == "textarea":
		if f.FirstChild != nil {
			out.Add(name, f.FirstChild.Data)
		}
	case f.Data == "select":
		for o := range f.Descendants() {
			if has(o, "selected") {
				out.Add(name, attr(o, "value"))
			}
		}
	case kind == "radio" || kind == "checkbox":
		if has(f, "checked") {
			out.Add(name, attr(f, "value"))
		}
	case f.Data == "input":
		out.Add(name, attr(f, "value"))
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// TestUrgentIsMarkedWhereverItGoes: what nobody confirmed is called so in every form in
// which it leaves its page, and the page tells at each step what is still missing.
func TestUrgentIsMarkedWhereverItGoes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		c := x.crew()
		lead := x.urgently(t, c)
		const ref = "/incidents/2026-0001"
		page := func() string { x.settled(); return x.nobody().get(ref).body }
		body := page()
		for _, says := range []string{"<title>Unconfirmed, published urgently: ", `og:title" content="Unconfirmed, published urgently: `, `og:description" content="Published urgently, not confirmed by two organisations. `,
			`“Unconfirmed, published urgently: `, `"name":"Unconfirmed, published urgently: `, "people are being arrested tonight", "No organisation has signed it yet"} {
			if !strings.Contains(body, says) {
				t.Errorf("the page does not say %q", says)
			}
		}
		if bib := x.nobody().get(ref + ".bib").body; !strings.Contains(bib, "title = {{Unconfirmed, published urgently: ") {
			t.Errorf("BibTeX: %s", bib)
		}
		c.author.prove(lead)
		for i, says := range []string{"One organisation has signed it by now", "Two organisations have signed it by now"} {
			if a := []*visitor{c.first, c.second}[i].sign(lead); a.status != http.StatusSeeOther {
				t.Fatalf("%d %s", a.status, a.body)
			}
			if body := page(); strings.Count(body, says) != 2 || strings.Contains(body, "No organisation has signed") || strings.Contains(body, "Signed by ") {
				t.Errorf("after %d signatures the page does not say %q", i+1, says)
			}
		}
		if a := c.reader.get(lead).body; !strings.Contains(a, "an editor has to publish what they signed, or it lapses") || !strings.Contains(a, "An editor still has to publish it") {
			t.Error("the desk does not say that an editor has to publish")
		}
		if a := c.editor.post(lead + "/publish"); a.status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.status, a.body)
		}
		body = page()
		for _, not := range []string{"Unconfirmed", "arrested tonight", "by now"} {
			if strings.Contains(body, not) {
				t.Errorf("what is signed is still called %q", not)
			}
		}
	})
}
