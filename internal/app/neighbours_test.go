package app

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"keepiton/internal/coalition"
	"keepiton/internal/digest"
	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
	"keepiton/internal/stop"
	"keepiton/internal/verify"
)

const arrested = "NAMESAPERSON was arrested"

var kisumu = rowLike("country", "Kenya", "area_name", "Kisumu", "event", "")

// caseOf is the dossier of a public incident.
func (x *deskSite) caseOf(ref string) string {
	row, _, err := db.Value[string](context.Background(), x.d.Reader(), `select ref from dossier where incident_ref = $1`, ref)
	if err != nil {
		x.t.Fatal(err)
	}
	return row
}

// takeBack retracts an incident.
func (x *deskSite) takeBack(t *testing.T, c crew, ref string) {
	t.Helper()
	if err := x.work.cases.Retract(context.Background(), c.editor.actor(), x.caseOf(ref), "it names a person"); err != nil {
		t.Fatal(err)
	}
}

// toldAgain fails when what was taken back is public again.
func (x *deskSite) toldAgain(t *testing.T) {
	t.Helper()
	x.settled()
	if strings.Contains(x.nobody().get("/incidents.csv").body+x.nobody().get("/data/stop.csv").body, "NAMESAPERSON") {
		t.Error("what was taken back because it names a person is public again")
	}
}

func (x *deskSite) asked(t *testing.T) int {
	t.Helper()
	items, err := x.record.Reviews(t.Context(), "open", "", "", 50)
	if err != nil {
		t.Fatal(err)
	}
	return len(items)
}

func (x *deskSite) bothSign(t *testing.T, c crew, path string) {
	t.Helper()
	for _, v := range []*visitor{c.first, c.second} {
		if a := v.sign(path); a.status != http.StatusSeeOther {
			t.Fatalf("not signed: %d %s", a.status, a.body)
		}
	}
}

func (x *deskSite) lapsesNow(t *testing.T, ref string) {
	t.Helper()
	x.runsOut(t, ref, time.Now().Add(-time.Minute))
	if refs, err := x.work.cases.Lapse(t.Context()); err != nil || len(refs) != 1 {
		t.Fatal(refs, err)
	}
}

// TestNeighboursOfTheDesk: another incident of the desk in the same country on the same
// day, signed or not, lets no row in that speaks of the first.
func TestNeighboursOfTheDesk(t *testing.T) {
	for _, other := range []string{"none", "lapsed", "signed"} {
		for _, taken := range []bool{false, true} {
			t.Run(fmt.Sprint("neighbour ", other, ", taken back ", taken), func(t *testing.T) {
				dbtest.Each(t, func(t *testing.T, d *db.DB) {
					ctx := context.Background()
					x := startDesk(t, d)
					c := x.crew()
					ref, want := x.published(t, c, "event", arrested), 1
					if taken {
						want = 0
						x.takeBack(t, c, ref)
					}
					switch other {
					case "signed":
						x.published(t, c, "area", "Shiraz", "event", "x")
						want++
					case "lapsed":
						l, err := x.work.cases.FileForm(ctx, c.author.actor(), "a lead", 1, map[string][]string{"countries": {"Iran"}, "area": {"Shiraz"}, "geo_scope": {"multi_city"}, "start": {"2026-01-08"}, "start_kind": {"actual"},
							"end_state": {"ongoing"}, "method": {"shutdown"}, "network": {"mobile"}, "extent": {"full_network"}, "cause": {"protests"}})
						if err != nil {
							t.Fatal(err)
						}
						urgent, err := x.work.cases.PublishUrgently(ctx, c.editor.actor(), l.Ref, "people are being arrested tonight")
						if err != nil {
							t.Fatal(err)
						}
						x.lapsesNow(t, urgent)
					}
					a := x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, rowLike("area_name", "Tehran", "event", arrested))
					if a.Rows[0].Desk == "" && x.asked(t) == 0 {
						t.Errorf("the row is %s, and nobody is asked", a.Rows[0].Outcome)
					}
					x.counts(t, "", want)
					if taken {
						x.toldAgain(t)
					}
				})
			})
		}
	}
}

// TestSeveralRowsOfOne: of several rows that may speak of an incident of the desk those
// that are nearest wait, and of one that was taken back every one that says the same.
func TestSeveralRowsOfOne(t *testing.T) {
	own := rowLike("area_name", "Tehran province", "event", arrested)
	for name, rows := range map[string][]map[stop.Field]string{
		"another row": {own, rowLike("area_name", "Isfahan", "shutdown_extent", "Service-based", "actual_cause", "Exam cheating", "event", "")},
		"split":       {rowLike("area_name", "Tehran", "event", arrested), rowLike("area_name", "Karaj", "event", arrested)},
		"twice":       {rowLike("event", arrested), rowLike("event", arrested)},
	} {
		for _, taken := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", taken back ", taken), func(t *testing.T) {
				dbtest.Each(t, func(t *testing.T, d *db.DB) {
					x := startDesk(t, d)
					c := x.crew()
					ref := x.importRows("sheet 2026-02-01.csv", incident.ImportOptions{}, rowLike("event", arrested)).Rows[0].Ref
					x.takeUp(t, c, ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
					if taken {
						x.takeBack(t, c, ref)
					}
					a := x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, rows...)
					onDesk := 0
					for _, r := range a.Rows {
						if r.Desk == ref {
							onDesk++
						}
					}
					if onDesk == 0 {
						t.Error("no row is taken for the incident of the desk")
					}
					if taken {
						x.toldAgain(t)
					}
				})
			})
		}
	}
}

// TestCarriedOverAgain: what the desk took back, or signed as ended, no later sheet
// carries over.
func TestCarriedOverAgain(t *testing.T) {
	for _, taken := range []bool{false, true} {
		t.Run(map[bool]string{true: "taken back", false: "signed as ended"}[taken], func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				x := startDesk(t, d)
				c := x.crew()
				ref := x.importRows("sheet 2024.csv", incident.ImportOptions{}, rowLike("count_year", "2024", "start_date", "2024-05-01", "end_date", "", "event", arrested)).Rows[0].Ref
				x.takeUp(t, c, ref, func(f *incident.Facts) { f.Period.End, f.Period.EndState = "2024-06-01", "" })
				want := 1
				if taken {
					want = 0
					x.takeBack(t, c, ref)
				}
				for _, year := range []string{"2025", "2026"} {
					a := x.importRows("sheet "+year+".csv", incident.ImportOptions{}, rowLike("count_year", year, "start_date", "2024-05-01", "end_date", "", "event", arrested))
					if a.Rows[0].Desk != ref {
						t.Errorf("%s: %+v", year, a.Rows[0])
					}
					x.counts(t, "", want)
				}
				if taken {
					x.toldAgain(t)
				}
			})
		})
	}
}

// TestDayAndMonthChangePlaces: a row that says what it said but for its days, which lie
// far off now, waits.
func TestDayAndMonthChangePlaces(t *testing.T) {
	for _, taken := range []bool{false, true} {
		t.Run(map[bool]string{true: "taken back", false: "signed"}[taken], func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				x := startDesk(t, d)
				c := x.crew()
				ref := x.importRows("sheet 2026-02-01.csv", incident.ImportOptions{}, rowLike("end_date", "2026-01-10", "event", arrested)).Rows[0].Ref
				x.takeUp(t, c, ref, func(f *incident.Facts) { f.Period.End = "2026-01-11" })
				want := 1
				if taken {
					want = 0
					x.takeBack(t, c, ref)
				}
				a := x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, rowLike("start_date", "2026-08-01", "end_date", "2026-10-01", "event", arrested))
				if a.Rows[0].Desk != ref || x.asked(t) == 0 {
					t.Errorf("the row: %+v, %d questions", a.Rows[0], x.asked(t))
				}
				x.counts(t, "", want)
				if taken {
					x.toldAgain(t)
				}
			})
		})
	}
}

// TestTwinsOfASheet: of two rows that are the same to the letter the desk took up one:
// the other goes on counting.
func TestTwinsOfASheet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		twin := rowLike("event", "")
		a := x.importRows("sheet 2026-02-01.csv", incident.ImportOptions{}, twin, twin)
		x.counts(t, "", 2)
		x.takeUp(t, x.crew(), a.Rows[0].Ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
		a = x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, twin, twin, kisumu)
		for _, r := range a.Rows {
			if r.Outcome == incident.Parked {
				t.Errorf("%+v", r)
			}
		}
		x.counts(t, "", 3)
	})
}

// TestAnotherThanTwo: a row may be another shutdown than each of two incidents.
func TestAnotherThanTwo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		c := x.crew()
		a := x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, rowLike("event", ""), rowLike("area_name", "Isfahan", "start_date", "2026-01-12", "event", ""), kisumu)
		for _, r := range a.Rows[:2] {
			x.takeUp(t, c, r.Ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
		}
		x.importRows("sheet 2026-04-01.csv", incident.ImportOptions{}, kisumu, rowLike("area_name", "Isfahan", "event", "a third one"))
		for range 6 {
			items, err := x.record.Reviews(t.Context(), "open", "on_desk", "", 50)
			if err != nil {
				t.Fatal(err)
			}
			for _, it := range items {
				if err := x.record.Decide(t.Context(), it.ID, "Dana", "another"); err != nil {
					t.Fatal(err)
				}
			}
		}
		x.counts(t, "", 4)
	})
}

// TestQuestionStays: the question about a row that counts beside what nobody signed stays
// when sheets are read again.
func TestQuestionStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		x.urgently(t, x.crew())
		x.lapsesNow(t, "2026-0001")
		x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, rowLike("event", ""), kisumu)
		x.question(t, "beside_desk", "two organisations never signed 2026-0001")
		x.importFile(t.Context(), "again.csv", x.sheetOf(rowLike("event", ""), kisumu), incident.ImportOptions{}, "2026-02-25")
		x.question(t, "beside_desk", "two organisations never signed 2026-0001")
	})
}

// TestUrgentSignatureFallsAway: a signature under what is public urgently counts nowhere
// any more once whoever gave it is kept out, and another is asked for.
func TestUrgentSignatureFallsAway(t *testing.T) {
	for _, how := range []string{"suspended", "role ends"} {
		t.Run(how, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				ctx := context.Background()
				x := startDesk(t, d)
				c := x.crew()
				lead := c.author.file()
				c.author.prove(lead) // first, so that what is public urgently is what is signed
				ref := strings.TrimPrefix(lead, "/desk/leads/")
				if a := c.editor.post(lead+"/publish-urgently", "urgent_reason", "people are being arrested tonight"); a.status != http.StatusSeeOther {
					t.Fatalf("%d %s", a.status, a.body)
				}
				x.bothSign(t, c, lead)
				x.settled()
				x.nobody().get("/incidents/2026-0001")
				if how == "suspended" {
					if err := x.office.Suspend(ctx, nil, c.first.p.Ref, "her telephone was taken"); err != nil {
						t.Fatal(err)
					}
				} else {
					p, err := x.office.Person(ctx, nil, c.first.p.Ref)
					if err == nil {
						err = x.office.Take(ctx, nil, p.Roles[0].ID)
					}
					if err != nil {
						t.Fatal(err)
					}
				}
				if err := x.work.cases.Recount(ctx); err != nil { // as the server does every half minute
					t.Fatal(err)
				}
				x.settled()
				if b := x.nobody().get("/incidents/2026-0001").body; strings.Contains(b, "Two organisations have signed") {
					t.Error("readers are told that two organisations have signed")
				}
				if b := x.nobody().get("/api/v1/incidents/2026-0001").body; strings.Contains(b, `"signed":[{"organisation":"A group in Kenya"`) {
					t.Error("the API names the organisation whose signature counts no more")
				}
				if _, err := x.work.cases.Publish(ctx, c.editor.actor(), ref, "", false); err == nil {
					t.Error("published")
				}
				x.join("Fatima", coalition.Grant{Organisation: x.other.Ref, Role: desk.Verifier}).expectWaits("a verifier whose signature would keep it public", digest.Sign, ref)
				c.editor.expectWaits("the editor", digest.Shaky, ref)
			})
		})
	}
}

// TestSheetAfterTheSignatures: what a sheet brought in after two signed, and may be the
// same, keeps an editor from publishing who does not say why it is not.
func TestSheetAfterTheSignatures(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		c := x.crew()
		lead := c.author.file()
		c.author.prove(lead)
		x.bothSign(t, c, lead)
		x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, rowLike("event", ""))
		number := strings.TrimPrefix(lead, "/desk/leads/")
		if _, err := x.work.cases.Publish(t.Context(), c.editor.actor(), number, "", false); fault.KindOf(err) != fault.Invalid {
			t.Errorf("published: %v", err)
		}
		x.counts(t, "", 1)
		x.shows(t, c.editor, lead+"/publish", "2026-0001 came into the record after this was signed. Why this is another shutdown")
		if a := c.editor.post(lead+"/publish", "reason", "the other one hit landlines alone"); a.status != http.StatusSeeOther {
			t.Errorf("said why, and not published: %d %s", a.status, plain(t, a.body))
		}
		x.counts(t, "", 2)
	})
}

// TestCorrectedOntoAnother: whoever signs a correction is shown the incident it makes
// this one the same as.
func TestCorrectedOntoAnother(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startDesk(t, d)
		c := x.crew()
		a := x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, rowLike("event", "", "area_name", "Qom", "start_date", "2026-05-01", "end_date", "2026-05-03"), rowLike("event", ""))
		other := `href="/incidents/` + a.Rows[1].Ref + `"`
		lead := c.author.file()
		c.author.prove(lead)
		if !strings.Contains(c.first.get(lead+"/sign").body, other) {
			t.Fatal("nor is who signs a new lead")
		}
		o, err := x.work.cases.Adopt(ctx, c.author.actor(), a.Rows[0].Ref, 0)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := x.work.cases.Get(ctx, c.author.actor(), o.Ref)
		if err != nil {
			t.Fatal(err)
		}
		facts := whole.Facts
		facts.Period.Start, facts.Period.End, facts.Measure.Area, facts.Places = "2026-01-08", "2026-02-01", "Tehran, Karaj", nil
		var list []verify.Statement
		for _, k := range verify.Claims() {
			list = append(list, verify.Statement{Claim: k, Facts: facts, Base: whole.Values[k].ID})
		}
		if _, err := x.work.cases.State(ctx, c.author.actor(), o.Ref, 0, "", list); err != nil {
			t.Fatal(err)
		}
		c.author.prove("/desk/leads/" + o.Ref)
		for _, page := range []string{"/desk/leads/" + o.Ref, "/desk/leads/" + o.Ref + "/sign"} {
			if !strings.Contains(c.first.get(page).body, other) {
				t.Errorf("%s does not show the other", page)
			}
		}
	})
}

// TestSplitThenMerged: the other half of what was split is shown the incident into whose
// case the first half went.
func TestSplitThenMerged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startDesk(t, d)
		c := x.crew()
		num := strings.TrimPrefix(x.urgently(t, c), "/desk/leads/")
		x.lapsesNow(t, "2026-0001")
		half, err := x.work.cases.Split(ctx, c.editor.actor(), num, "the other half", nil, "two cases, we thought")
		if err != nil {
			t.Fatal(err)
		}
		ref := x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, rowLike("event", "")).Rows[0].Ref
		path := "/desk/leads/" + half.Ref
		c.author.prove(path)
		if !strings.Contains(c.first.get(path+"/sign").body, `href="/incidents/`+ref+`"`) {
			t.Fatal("not shown before either")
		}
		into, err := x.work.cases.Adopt(ctx, c.author.actor(), ref, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := x.work.cases.Merge(ctx, c.editor.actor(), num, into.Ref, "the same shutdown"); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(c.first.get(path+"/sign").body, `href="/incidents/`+ref+`"`) {
			t.Errorf("who signs %s is not shown %s any more", half.Ref, ref)
		}
	})
}

// TestForgottenIsOne: what the ledger was made to forget of one organisation excuses no
// other.
func TestForgottenIsOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startDesk(t, d)
		env := &Env{Ctx: ctx, CLI: &CLI{}}
		third, err := x.office.Save(ctx, nil, coalition.Organisation{Kind: coalition.Member, Listed: true, Names: map[string]string{"en": "A third group"}})
		if err != nil {
			t.Fatal(err)
		}
		log := ledger.New(d, nil)
		about, err := log.About(ctx, third.Ref)
		if err != nil || len(about) == 0 {
			t.Fatal(about, err)
		}
		if err := d.Write(ctx, func(tx db.Tx) error { _, err := log.Forget(ctx, tx, about[0], "a court said so"); return err }); err != nil {
			t.Fatal(err)
		}
		if err := d.Write(ctx, func(tx db.Tx) error {
			_, err := db.Exec(ctx, tx, `update organisation_name set name = 'Forged' where name = 'The Office'`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if says, err := env.checkOrganisations(d); err == nil {
			t.Errorf("The Office, of which nobody made the ledger forget anything, is called otherwise; doctor: ok, %q", says)
		}
	})
}
