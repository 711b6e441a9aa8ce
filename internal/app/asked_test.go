package app

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keepiton/internal/digest"
	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page/htmlcheck"
	"keepiton/internal/stop"
)

// onSheets is an incident of the desk that a sheet counted first, with a corrected end.
type onSheets struct {
	*deskSite
	crew
	t         *testing.T
	ref, lead string
}

var (
	tehran  = rowLike("event", "")
	isfahan = rowLike("area_name", "Isfahan", "event", "")
	delhi   = rowLike("country", "India", "area_name", "Delhi", "event", "")
)

func startOnSheets(t *testing.T, d *db.DB, rows ...map[stop.Field]string) *onSheets {
	t.Helper()
	x := &onSheets{deskSite: startDesk(t, d), t: t}
	x.crew = x.deskSite.crew()
	x.ref = x.sheet("2026-03-01", rows...).Rows[0].Ref
	x.lead = x.takeUp(t, x.crew, x.ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
	return x
}

func (x *onSheets) sheet(day string, rows ...map[stop.Field]string) incident.Account {
	x.t.Helper()
	return x.importRows("sheet "+day+".csv", incident.ImportOptions{}, rows...)
}

// open are the open items of a kind.
func (x *onSheets) open(kind string) []incident.Review {
	x.t.Helper()
	items, err := x.record.Reviews(x.t.Context(), "open", kind, "", 50)
	if err != nil {
		x.t.Fatal(err)
	}
	return items
}

// decides is what whoever runs the deployment says.
func (x *onSheets) decides(id int64, answer string) {
	x.t.Helper()
	if err := x.record.Decide(x.t.Context(), id, "Dana", answer); err != nil {
		x.t.Fatal(err)
	}
}

func (x *onSheets) noted(id int64) {
	x.t.Helper()
	if a := x.editor.post("/desk/leads/"+x.lead+"/noted", "item", fmt.Sprint(id)); a.status != http.StatusSeeOther {
		x.t.Fatalf("%d %s", a.status, plain(x.t, a.body))
	}
}

func (x *onSheets) sound() {
	x.t.Helper()
	if problems := x.doctor(); problems != "" {
		x.t.Errorf("doctor: %s", problems)
	}
}

// TestSheetsAskAtTheDesk: what a sheet says otherwise of an incident of the desk is asked in
// its case, with what differs, and once however many sheets say it; an editor answers that it
// was seen, and can take that back. That it is another shutdown, no editor says alone.
func TestSheetsAskAtTheDesk(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startOnSheets(t, d, tehran, kisumu)
		for day := 1; day <= 3; day++ {
			x.sheet(fmt.Sprintf("2026-07-0%d", day), isfahan, kisumu)
		}
		items := x.open("on_desk")
		if len(items) != 1 {
			t.Fatalf("three sheets with one row ask %d times", len(items))
		}
		sheets, number := "/desk/leads/"+x.lead+"/sheets", fmt.Sprint(items[0].ID)
		waits := func(who *visitor, want bool) {
			t.Helper()
			if page := who.get(digest.Path); strings.Contains(page.body, sheets) != want {
				t.Errorf("what waits, asked %v: %s", want, plain(t, page.body))
			}
		}
		x.author.get("/desk/leads/"+x.lead).sound(t, "the case", htmlcheck.HasText(".note", "1 row of a sheet waits for an answer"))
		waits(x.editor, true)
		waits(x.author, false)
		x.editor.get(sheets).sound(t, "what sheets say", htmlcheck.HasText("h2", "sheet 2026-07-01"), htmlcheck.HasText("h2", "line 2"),
			htmlcheck.HasText("td", "Isfahan"), htmlcheck.HasText("td", "20 January 2026"), htmlcheck.HasText("p", "keepiton review decide "+number+" another"))
		if page := x.author.get(sheets); page.status != http.StatusOK || strings.Contains(page.body, "/noted") {
			t.Errorf("who may not answer: %d", page.status)
		}
		if a := x.author.post("/desk/leads/"+x.lead+"/noted", "item", number); a.status != http.StatusForbidden {
			t.Errorf("an author answers: %d", a.status)
		}
		if a := x.editor.post("/desk/leads/"+x.lead+"/noted", "item", "999"); a.status != http.StatusConflict {
			t.Errorf("an item of nobody: %d", a.status)
		}
		if _, says, err := x.record.Item(t.Context(), items[0].ID); err != nil || says == nil || !strings.Contains(says.Measure.Area, "Isfahan") {
			t.Errorf("whoever decides does not see the row: %+v %v", says, err)
		}
		x.noted(items[0].ID)
		waits(x.editor, false)
		x.editor.get(sheets).sound(t, "seen", htmlcheck.HasText("section", "Seen, nothing more to ask."))
		x.sheet("2026-07-04", isfahan, kisumu)
		waits(x.editor, false)
		if a := x.editor.post("/desk/leads/"+x.lead+"/ask-again", "item", number); a.status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.status, plain(t, a.body))
		}
		waits(x.editor, true)
		x.counts(t, "", 2)
		x.editor.get("/desk/leads/"+x.lead).sound(t, "the history", htmlcheck.HasText(".hist", "asks again about a row"), htmlcheck.HasText(".hist", "has seen what a sheet says"))
		x.sound()
	})
}

// TestAnswerStands: a row that was said to be another shutdown has a number of its own, that
// stays; every other question keeps its number meanwhile, and nothing that was taken back or
// concealed comes back with it.
func TestAnswerStands(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startOnSheets(t, d, tehran, kisumu, rowLike("country", "Kenya", "area_name", "Nairobi", "event", ""))
		x.sheet("2026-07-01", isfahan, kisumu)
		x.sheet("2026-07-02", rowLike("area_name", "Shiraz", "event", ""), kisumu)
		was := map[int64]string{}
		for _, it := range x.open("") {
			was[it.ID] = it.Kind + " " + it.Detail
		}
		it := x.question(t, "on_desk", "2026-07-02 line 2")
		x.decides(it.ID, "another")
		x.counts(t, "", 4)
		for _, it := range x.open("") {
			if then, printed := was[it.ID]; printed && then != it.Kind+" "+it.Detail {
				t.Errorf("number %d was %s, and is %s %s", it.ID, then, it.Kind, it.Detail)
			}
		}
		if err := x.record.Reopen(t.Context(), it.ID, "Dana"); fault.KindOf(err) != fault.Conflict {
			t.Errorf("a number that others may cite is taken away: %v", err)
		}
		x.sound()
	})
}

// TestNothingComesBackByAnAnswer: of the row that a taken back incident was read from nobody
// is asked when all sheets are read again, and a row of the same words is no other shutdown.
func TestNothingComesBackByAnAnswer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startOnSheets(t, d, tehran, rowLike("country", "Sudan", "area_name", "Khartoum", "event", arrested), kisumu)
		gone := x.takeUp(t, x.crew, "2026-0002", func(f *incident.Facts) { f.Period.End = "2026-01-20" })
		x.takeBack(t, x.crew, "2026-0002")
		x.sheet("2026-07-01", isfahan, rowLike("country", "Sudan", "area_name", "Khartoum", "event", arrested), kisumu)
		asked := x.question(t, "on_desk", "2026-0002")
		if err := x.record.Decide(t.Context(), asked.ID, "Dana", "another"); fault.KindOf(err) != fault.Conflict {
			t.Errorf("a row of the same words is another shutdown: %v", err)
		}
		x.decides(x.question(t, "on_desk", x.ref).ID, "another")
		x.counts(t, "", 3)
		for _, it := range x.open("on_desk") {
			if strings.Contains(it.Detail, "2026-03-01") {
				t.Errorf("asked about the row it was read from: %s", it.Detail)
			}
		}
		x.toldAgain(t)
		if page := x.editor.get("/desk/leads/" + gone + "/sheets"); page.status != http.StatusOK {
			t.Errorf("%d", page.status)
		}
		x.sound()
	})
}

// TestConcealedGoesAlong: what may not be named of an incident may not be named of the row
// that waited for it and counts by itself.
func TestConcealedGoesAlong(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		said := []string{"info_source", "News media", "info_source_link", secretSource, "event", ""}
		x := startOnSheets(t, d, rowLike(said...), kisumu)
		x.hides(t, x.crew, x.lead, secretSource)
		x.sheet("2026-07-01", rowLike(append(said, "area_name", "Isfahan")...), kisumu)
		it := x.question(t, "on_desk", x.ref)
		x.decides(it.ID, "another")
		other, err := x.record.CountedAs(t.Context(), it.ID)
		if err != nil || other == "" {
			t.Fatal(other, err)
		}
		for _, ref := range []string{x.ref, other} {
			if at := x.wherever(t, ref, secretSource, "sheet+2026-03-01", "sheet+2026-07-01"); len(at) > 0 {
				t.Errorf("%s: it is named at %d: %v", ref, len(at), at)
			}
		}
		x.sheet("2026-07-08", rowLike(append(said, "area_name", "Isfahan", "event", "a new word")...), kisumu)
		if at := x.wherever(t, other, secretSource, "sheet+2026-07-08"); len(at) > 0 {
			t.Errorf("after the next sheet it is named at %d: %v", len(at), at)
		}
		x.sound()
	})
}

// TestAskedAsItIs: what a newer sheet has mended is not asked any more; what comes again, or
// is about an incident that has changed since, is asked anew; each of two rows is.
func TestAskedAsItIs(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(x *onSheets)
		kind string
		want int
	}{
		{"mended", func(x *onSheets) {
			x.sheet("2026-07-01", isfahan, kisumu)
			x.sheet("2026-07-08", tehran, kisumu, delhi)
		}, "on_desk", 0},
		{"gone, back, and gone", func(x *onSheets) {
			x.sheet("2026-07-01", kisumu)
			x.noted(x.question(x.t, "missing_on_desk", x.ref).ID)
			x.sheet("2026-07-08", tehran, kisumu, delhi)
			x.sheet("2026-07-15", kisumu, delhi)
		}, "missing_on_desk", 1},
		{"gone", func(x *onSheets) {
			x.sheet("2026-07-01", kisumu)
			x.sheet("2026-07-08", kisumu, delhi)
		}, "missing_on_desk", 1},
		{"back", func(x *onSheets) {
			x.sheet("2026-07-01", kisumu)
			x.sheet("2026-07-08", tehran, kisumu, delhi)
		}, "missing_on_desk", 0},
		{"twice, and mended", func(x *onSheets) {
			x.takeBack(x.t, x.crew, x.ref)
			x.sheet("2026-07-01", isfahan, isfahan, kisumu)
			x.sheet("2026-07-08", kisumu, delhi)
		}, "on_desk", 0},
		{"taken back since", func(x *onSheets) {
			x.sheet("2026-07-01", isfahan, kisumu)
			x.noted(x.question(x.t, "on_desk", x.ref).ID)
			x.takeBack(x.t, x.crew, x.ref)
			x.sheet("2026-07-08", isfahan, kisumu, delhi)
		}, "on_desk", 1},
		{"twice", func(x *onSheets) {
			x.takeBack(x.t, x.crew, x.ref)
			x.sheet("2026-07-01", isfahan, isfahan, kisumu)
		}, "on_desk", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				x := startOnSheets(t, d, tehran, kisumu)
				c.do(x)
				if items := x.open(c.kind); len(items) != c.want {
					t.Errorf("asked %d times, not %d: %+v", len(items), c.want, items)
				}
				x.sound()
			})
		})
	}
}
