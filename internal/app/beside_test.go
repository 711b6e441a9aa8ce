package app

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
)

// question is the open item of a kind whose detail speaks of something.
func (x *deskSite) question(t *testing.T, kind, of string) incident.Review {
	t.Helper()
	items, err := x.record.Reviews(t.Context(), "open", kind, "", 50)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range items {
		if strings.Contains(it.Detail, of) {
			return it
		}
	}
	t.Fatalf("nobody is asked about %s: %+v", of, items)
	return incident.Review{}
}

// TestUnsignedKeepsNothingOut: what one editor made public alone keeps no row of a sheet
// out of the count, whether it stands, lapsed or was taken back. Whoever signs it sees
// that the sheet counts the same already, and its case goes into the case of that.
func TestUnsignedKeepsNothingOut(t *testing.T) {
	for _, fate := range []string{"stands", "lapsed", "taken back"} {
		t.Run(fate, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				ctx := context.Background()
				x := startDesk(t, d)
				c := x.crew()
				lead := x.urgently(t, c)
				number := strings.TrimPrefix(lead, "/desk/leads/")
				switch fate {
				case "lapsed":
					x.runsOut(t, "2026-0001", time.Now().Add(-time.Minute))
					if refs, err := x.work.cases.Lapse(ctx); err != nil || len(refs) != 1 {
						t.Fatal(refs, err)
					}
				case "taken back":
					if err := x.work.cases.Retract(ctx, c.editor.actor(), number, "it was too early"); err != nil {
						t.Fatal(err)
					}
				}
				c.author.prove(lead)
				kenya := rowLike("country", "Kenya", "area_name", "Kisumu", "event", "")
				a := x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, rowLike("event", ""), kenya)
				ref := a.Rows[0].Ref
				if a.Rows[0].Outcome != incident.New || ref == "" || ref == "2026-0001" {
					t.Errorf("the row: %+v", a.Rows[0])
				}
				x.counts(t, "", 2)
				x.question(t, "beside_desk", "two organisations never signed 2026-0001")
				if page := c.first.get(lead + "/sign"); !strings.Contains(page.body, `href="/incidents/`+ref+`"`) {
					t.Errorf("whoever signs is not shown %s: %d\n%s", ref, page.status, plain(t, page.body))
				}
				into, err := x.work.cases.Adopt(ctx, c.author.actor(), ref, 0)
				if err != nil {
					t.Fatal(err)
				}
				if page := c.editor.get(lead + "/more"); !strings.Contains(page.body, lead+"/merge") {
					t.Errorf("an editor cannot merge the two: %d", page.status)
				}
				if err := x.work.cases.Merge(ctx, c.editor.actor(), number, into.Ref, "the same shutdown"); err != nil {
					t.Error(err)
				}
				x.settled()
				if a := x.nobody().get("/incidents/2026-0001"); a.status != http.StatusGone || !strings.Contains(a.body, `href="/incidents/`+ref+`"`) || strings.Contains(a.body, "go on counting it") {
					t.Errorf("its number does not lead to what is told instead: %d %s", a.status, plain(t, a.body))
				}
				x.importRows("sheet 2026-03-02.csv", incident.ImportOptions{}, rowLike("event", "a new word"), kenya)
				x.counts(t, "", 2)
				x.importFile(ctx, "again.csv", x.sheetOf(rowLike("event", ""), kenya), incident.ImportOptions{}, "2026-02-25")
				x.counts(t, "", 2)
				if problems := x.doctor(); problems != "" {
					t.Errorf("doctor: %s", problems)
				}
			})
		})
	}
}

// TestAnotherShutdownThere: another shutdown at the place of one of the desk counts when
// its time is another, and when a person says that it is another; also after the sheets
// that come later, and when all are read again.
func TestAnotherShutdownThere(t *testing.T) {
	for _, retracted := range []bool{false, true} {
		t.Run(fmt.Sprint("retracted ", retracted), func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				ctx := context.Background()
				x := startDesk(t, d)
				c := x.crew()
				kenya := rowLike("country", "Kenya", "area_name", "Kisumu", "event", "")
				ref := x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, rowLike("event", ""), kenya).Rows[0].Ref
				lead := x.takeUp(t, c, ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
				counted := 3
				if retracted {
					counted = 2
					if err := x.work.cases.Retract(ctx, c.editor.actor(), lead, "it names a person"); err != nil {
						t.Fatal(err)
					}
				}
				later := rowLike("start_date", "2026-06-08", "end_date", "2026-06-10", "event", "")
				a := x.importRows("sheet 2026-07-01.csv", incident.ImportOptions{}, later, kenya, rowLike("event", ""))
				if a.Rows[0].Outcome != incident.New {
					t.Errorf("five months later: %+v", a.Rows[0])
				}
				x.counts(t, "", counted)
				isfahan := rowLike("area_name", "Isfahan", "event", "")
				a = x.importRows("sheet 2026-07-02.csv", incident.ImportOptions{}, later, kenya, isfahan)
				if a.Rows[2].Desk != ref {
					t.Fatalf("on the same day: %+v", a.Rows[2])
				}
				x.counts(t, "", counted)
				it := x.question(t, "on_desk", "sheet 2026-07-02 line 4")
				if err := x.record.Decide(ctx, it.ID, "Dana", "elsewhere"); fault.KindOf(err) != fault.Invalid {
					t.Errorf("a wrong answer: %v", err)
				}
				before := x.standing(ref)
				if err := x.record.Decide(ctx, it.ID, "Dana", "another"); err != nil {
					t.Fatal(err)
				}
				x.counts(t, "", counted+1)
				if got, err := x.record.CountedAs(ctx, it.ID); err != nil || got == "" || got == ref {
					t.Errorf("the row counts as %q, %v", got, err)
				}
				if now := x.standing(ref); now != before {
					t.Errorf("the incident of the desk is now %s, it was %s", now, before)
				}
				a = x.importRows("sheet 2026-07-03.csv", incident.ImportOptions{}, later, kenya, rowLike("area_name", "Isfahan", "event", "another word", "end_date", "2026-02-02"))
				if a.Rows[2].Outcome != incident.Changed {
					t.Errorf("the next sheet: %+v", a.Rows[2])
				}
				x.importFile(ctx, "again.csv", x.sheetOf(later, kenya), incident.ImportOptions{}, "2026-06-30")
				x.counts(t, "", counted+1)
				if problems := x.doctor(); problems != "" {
					t.Errorf("doctor: %s", problems)
				}
			})
		})
	}
}

// TestConcealedInOtherCells: an address that must not be named stands in no cell of any
// sheet's row about the incident, and in no step of its history.
func TestConcealedInOtherCells(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		kenya := rowLike("country", "Kenya", "area_name", "Kisumu", "event", "")
		ref := x.importRows("sheet 2026-02-01.csv", incident.ImportOptions{}, rowLike("info_source", "News media", "info_source_link", secretSource, "event", "told at "+secretSource), kenya).Rows[0].Ref
		x.importRows("sheet 2026-02-02.csv", incident.ImportOptions{}, rowLike("info_source", "News media", "info_source_link", "https://paper.example/two", "event", ""), kenya)
		x.takeUp(t, x.crew(), ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
		x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, rowLike("info_source", "News media", "info_source_link", "https://paper.example/one", "event", "first at "+secretSource), kenya)
		sheets := []string{"sheet+2026-02-01", "sheet+2026-02-02", "sheet+2026-03-01", "sheet+2026-04-01"}
		if at := x.wherever(t, ref, secretSource, sheets[:3]...); len(at) < 5 {
			t.Fatalf("it stands at %v only", at)
		}
		x.importRows("sheet 2026-04-01.csv", incident.ImportOptions{}, rowLike("info_source", "Confidential", "info_source_link", secretSource, "event", ""), kenya)
		if at := x.wherever(t, ref, secretSource, sheets...); len(at) > 0 {
			t.Errorf("it is named at %v", at)
		}
	})
}
