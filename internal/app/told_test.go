package app

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/page/htmlcheck"
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

// fileIn files a lead about a country; set are answers of the form. It gives the path.
func (v *visitor) fileIn(country string, set ...string) string {
	v.x.t.Helper()
	form := url.Values{"countries": {country}, "start": {"2026-01-08"}, "start_kind": {"actual"}, "end_state": {"ongoing"}, "method": {"shutdown"}, "network": {"mobile"}, "extent": {"full_network"}}
	for i := 0; i+1 < len(set); i += 2 {
		form.Set(set[i], set[i+1])
	}
	d, err := v.x.work.cases.FileForm(context.Background(), v.actor(), "a lead", 1, form)
	if err != nil {
		v.x.t.Fatal(err)
	}
	return "/desk/leads/" + d.Ref
}

// plain is what somebody reads on a page, without the marks that hold directions apart.
func plain(t *testing.T, body string) string {
	t.Helper()
	p, err := htmlcheck.Parse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("\u2068", "", "\u2069", "").Replace(p.Text("body"))
}

// filledIn is what a browser would send of the form of a page that is sent to an
// address with this ending.
func filledIn(t *testing.T, body, to string) url.Values {
	t.Helper()
	p, err := htmlcheck.Parse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	out := url.Values{}
	for _, n := range p.All("form") {
		if !strings.HasSuffix(htmlcheck.Attr(n, "action"), to) {
			continue
		}
		for f := range n.Descendants() {
			if name := htmlcheck.Attr(f, "name"); name != "" {
				addField(out, f, name)
			}
		}
	}
	return out
}

func addField(out url.Values, f *html.Node, name string) {
	switch kind := htmlcheck.Attr(f, "type"); {
	case f.Data == "textarea":
		if f.FirstChild != nil {
			out.Add(name, f.FirstChild.Data)
		}
	case f.Data == "select":
		for o := range f.Descendants() {
			if has(o, "selected") {
				out.Add(name, htmlcheck.Attr(o, "value"))
			}
		}
	case kind == "radio" || kind == "checkbox":
		if has(f, "checked") {
			out.Add(name, htmlcheck.Attr(f, "value"))
		}
	case f.Data == "input":
		out.Add(name, htmlcheck.Attr(f, "value"))
	}
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

// TestSignersSeeWhatReadersWill: the pages for signing and publishing show the title to
// the letter, say where it is not what was written, and warn of what will be misread.
func TestSignersSeeWhatReadersWill(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		c := x.crew()
		district := c.author.fileIn("Kenya", "area", "Thika")
		bare := c.author.fileIn("Kenya", "cause", "elections", "election", "no")
		whole := c.author.fileIn("Kenya", "whole_country", "1", "cause", "elections", "election", "yes")
		for _, at := range []struct {
			v    *visitor
			page string
		}{{c.first, "/sign"}, {c.editor, "/publish"}} {
			for lead, want := range map[string][]string{
				district: {"Thika District, Kenya: mobile internet cut off, since 8 January 2026", "This is the title readers see", "was found in the gazetteer as"},
				bare:     {"Kenya: mobile internet cut off, since 8 January 2026", "No place was stated", "The cause is elections"},
				whole:    {"Kenya, nationwide: mobile internet cut off, since 8 January 2026"},
			} {
				a := at.v.get(lead + at.page)
				said := plain(t, a.body)
				for _, says := range want {
					if !strings.Contains(said, says) {
						t.Errorf("%s%s does not say %q:\n%s", lead, at.page, says, said)
					}
				}
				if lead == whole && (strings.Contains(said, "No place was stated") || strings.Contains(said, "The cause is elections")) {
					t.Errorf("%s%s warns of nothing", lead, at.page)
				}
			}
		}
	})
}

// TestNamesStandApart: on a page in Arabic each foreign name is an isolate of its own, and
// what stands around it keeps its order.
func TestNamesStandApart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		c := x.crew()
		lead := c.author.fileIn("Kenya", "area", "Thika")
		if a := c.editor.post(lead+"/publish-urgently", "urgent_reason", "people are being arrested tonight"); a.status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.status, a.body)
		}
		x.settled()
		if a := x.nobody().get("/ar").body; !strings.Contains(a, "<bdi>\u200f\u2068Thika District\u2069، كينيا: ") {
			t.Errorf("what is urgent begins with a name in Latin, and reads as if it were English: %s", a)
		}
		c.author.prove(lead)
		for _, v := range []*visitor{c.first, c.second} {
			v.sign(lead)
		}
		if a := c.editor.post(lead + "/publish"); a.status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.status, a.body)
		}
		x.settled()
		page := x.nobody().get("/ar/incidents/2026-0001").body
		for _, name := range []string{"\u2068A group in Kenya\u2069 (", "\u2068The Office\u2069 ("} {
			if !strings.Contains(page, name) {
				t.Errorf("%q does not stand apart:\n%s", name, page)
			}
		}
		sheet := x.importRows("sheet.csv", incident.ImportOptions{}, rowLike("country", "Chad", "area_name", "Moundou"))
		x.published(t, c, "countries", "Uganda", "area", "", "geo_scope", "", "end", "2026-01-09", "end_state", "ended")
		if a := x.nobody().get("/ar/data/compare?from=" + url.QueryEscape(sheet.Edition) + "&to=record&year=2026").body; !strings.Contains(a, "<bdi>\u200fأوغندا، 8 يناير 2026</bdi>") {
			t.Errorf("a row that came is not told in Arabic:\n%s", a)
		}
	})
}

// TestDemonstrationMarksWhatIsInvented: in a demonstration whatever comes from the desk is
// called invented wherever it is named, and nothing of the register is.
func TestDemonstrationMarksWhatIsInvented(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	c := x.crew()
	x.importRows("sheet.csv", incident.ImportOptions{}, rowLike("country", "Kenya", "area_name", "Nairobi"))
	ref := x.published(t, c, "start", time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly))
	env := &Env{Ctx: t.Context(), Stdout: io.Discard, Stderr: io.Discard, CLI: &CLI{Data: x.dir}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	cmd := ServeCmd{CacheMB: 8, Curtain: "every", notice: "app.demo"}
	h, _, err := cmd.site(t.Context(), env, x.d, x.record, bookOf(x.d), &insiders{x.office, x.work})
	if err != nil {
		t.Fatal(err)
	}
	lead := c.author.file()
	c.author.prove(lead)
	c.first.get(lead+"/sign").sound(t, "the page to sign", htmlcheck.HasText("main", "Invented: "))
	for at, marked := range map[string]bool{"/incidents": true, "/": true, "/incidents/" + ref: true, "/incidents/" + ref + ".bib": true, "/feeds/incidents.atom": true,
		"/api/v1/incidents": true, "/countries/IR": true, "/search?q=Karaj": true, "/countries/KE": false} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, at, nil))
		body := w.Body.String()
		if strings.Contains(body, "Invented: ") != marked || strings.Contains(body, "Invented: Nairobi") {
			t.Errorf("%s: %d, marked %v:\n%s", at, w.Code, !marked, body)
		}
	}
}
