package app

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keepiton/internal/coalition"
	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
	"keepiton/internal/stop"
	"keepiton/internal/verify"
)

// takeUpAs takes an incident up, states another cause and files what proves it. It gives
// the path of the case.
func (x *deskSite) takeUpAs(c crew, ref, cause string) string {
	x.t.Helper()
	ctx := context.Background()
	d, err := x.work.cases.Adopt(ctx, c.author.actor(), ref, 0)
	if err != nil {
		x.t.Fatal(err)
	}
	whole, err := x.work.cases.Get(ctx, c.author.actor(), d.Ref)
	if err != nil {
		x.t.Fatal(err)
	}
	f := whole.Facts
	f.Cause.Term = cause
	if _, err := x.work.cases.State(ctx, c.author.actor(), d.Ref, 0, "", []verify.Statement{{Claim: verify.Why, Facts: f, Base: whole.Values[verify.Why].ID}}); err != nil {
		x.t.Fatal(err)
	}
	c.author.prove("/desk/leads/" + d.Ref)
	return "/desk/leads/" + d.Ref
}

// shows asks a page for words.
func (x *deskSite) shows(t *testing.T, v *visitor, at, words string) {
	t.Helper()
	if a := v.get(at); a.status != http.StatusOK || !strings.Contains(plain(t, a.body), words) {
		t.Errorf("%s: %d, and it does not say %q", at, a.status, words)
	}
}

// TestCountedOtherwiseMeanwhile: a newer sheet takes an incident out of the count, or
// counts another year of it, while the desk collects signatures: nobody publishes that
// away unseen.
func TestCountedOtherwiseMeanwhile(t *testing.T) {
	both := []map[stop.Field]string{goesOn("2024", "2024"), goesOn("2024", "2025")}
	rest := func(year string) map[stop.Field]string {
		return rowLike("country", "Iraq", "area_name", "Basra", "start_date", year+"-05-05", "end_date", year+"-05-06", "count_year", year, "event", "")
	}
	for name, tt := range map[string]struct {
		first, then           []map[stop.Field]string
		meanwhile, told, last string
	}{
		"it is withdrawn":      {both, nil, "", "No sheet counts this any more. Published, it counts again in 2024, 2025 and 2026.", "2024 ongoing exams; 2025 ongoing exams; 2026 ongoing exams"},
		"an older year leaves": {both, both[1:], "2025 ongoing protests", "It counts in 2025 today. Published, it counts in 2025 and 2026.", "2025 ongoing exams; 2026 ongoing exams"},
		"an older year comes":  {both[1:], both, "2024 ongoing protests; 2025 ongoing protests", "It counts in 2024 and 2025 today. Published, it counts in 2024, 2025 and 2026.", "2024 ongoing protests; 2025 ongoing exams; 2026 ongoing exams"},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				ctx := context.Background()
				x := startDesk(t, d)
				x.t = t
				c := x.crew()
				ref := x.importRows("sheet 2026-02-01.csv", incident.ImportOptions{}, append(tt.first[:len(tt.first):len(tt.first)], rest("2024"), rest("2025"))...).Rows[0].Ref
				lead := x.takeUpAs(c, ref, "exams")
				c.first.sign(lead)
				c.second.sign(lead)
				x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{WithdrawMissing: true}, append(tt.then[:len(tt.then):len(tt.then)], rest("2024"), rest("2025"))...)
				if got := x.countsIn(ref); got != tt.meanwhile {
					t.Fatalf("after the sheet it counts %q", got)
				}
				x.shows(t, c.first, lead+"/sign", "The record says something else by now.")
				x.shows(t, c.first, lead+"/sign", tt.told)
				x.shows(t, c.editor, lead+"/publish", "The record says something else by now.")
				if _, err := x.work.cases.Publish(ctx, c.editor.actor(), strings.TrimPrefix(lead, "/desk/leads/"), "the cause", true); err == nil || x.countsIn(ref) != tt.meanwhile {
					t.Fatalf("published unseen: %v; it counts %q", err, x.countsIn(ref))
				}
				if a := c.author.post(lead + "/follow"); a.status != http.StatusSeeOther {
					t.Fatalf("not taken over: %d", a.status)
				}
				x.shows(t, c.first, lead+"/sign", tt.told)
				x.signedAgain(c, strings.TrimPrefix(lead, "/desk/leads/"), "the cause")
				if got := x.countsIn(ref); got != tt.last || x.doctor() != "" {
					t.Errorf("signed after that it counts %q; doctor %q", got, x.doctor())
				}
			})
		})
	}
}

// TestJoinedMeanwhile: a sheet joins the incident of a case to another one. The case is
// read, says where its incident went, and is left, parked or merged into the other's.
func TestJoinedMeanwhile(t *testing.T) {
	for name, tt := range map[string]struct {
		other bool // there is a case of the other incident
		act   func(x *deskSite, c crew, lead, other string) answer
		state string
		at    string // where the case's address leads afterwards: "" to itself
	}{
		"merged": {true, func(_ *deskSite, c crew, lead, other string) answer {
			return c.editor.post(lead+"/merge", "into", strings.TrimPrefix(other, "/desk/leads/"), "reason", "one shutdown")
		}, verify.Merged, "other"},
		"left": {true, func(_ *deskSite, c crew, lead, _ string) answer {
			return c.editor.post(lead+"/leave", "reason", "one shutdown")
		}, verify.Rejected, ""},
		"parked": {true, func(_ *deskSite, c crew, lead, _ string) answer {
			return c.editor.post(lead+"/park", "reason", "later")
		}, verify.NeedsDetails, ""},
		"left alone": {false, func(_ *deskSite, c crew, lead, _ string) answer {
			return c.editor.post(lead+"/leave", "reason", "one shutdown")
		}, verify.Rejected, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				ctx := context.Background()
				x := startDesk(t, d)
				x.t = t
				c := x.crew()
				older := x.importRows("sheet 2026-01-01.csv", incident.ImportOptions{}, goesOn("2024", "2025")).Rows[0].Ref
				newer := x.importRows("sheet 2026-02-01.csv", incident.ImportOptions{}, rowLike("country", "Kenya", "area_name", "Mombasa", "start_date", "2024-11-03", "end_date", "", "shutdown_status", "Ongoing", "count_year", "2024", "event", "")).Rows[0].Ref
				cases := map[string]string{older: x.takeUpAs(c, older, "exams"), newer: x.takeUpAs(c, newer, "conflict")}
				x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, goesOn("2024", "2024"))
				gone, stands := older, newer
				if inc, err := x.record.Get(ctx, incident.RecordEdition, gone); err != nil || inc.MergedInto == "" {
					gone, stands = newer, older
				}
				lead, other := cases[gone], cases[stands]
				if !tt.other {
					if a := c.editor.post(other+"/leave", "reason", "nothing to do"); a.status != http.StatusSeeOther {
						t.Fatal(a.status)
					}
				}
				ref := strings.TrimPrefix(lead, "/desk/leads/")
				x.shows(t, c.author, lead, gone+" went into "+stands)
				x.shows(t, c.first, lead+"/sign", "The incident of this case went into another one.")
				x.shows(t, c.editor, lead+"/publish", "The incident of this case went into another one.")
				x.shows(t, c.editor, lead+"/more", "Leave it to the sheets")
				for what, err := range map[string]error{
					"published":  func() error { _, err := x.work.cases.Publish(ctx, c.editor.actor(), ref, "x", true); return err }(),
					"taken over": x.work.cases.Follow(ctx, c.author.actor(), ref),
					"taken back": x.work.cases.Retract(ctx, c.editor.actor(), ref, "x"),
				} {
					if fault.KindOf(err) != fault.Conflict {
						t.Errorf("%s: %v", what, err)
					}
				}
				if a := c.editor.post(lead+"/merge", "into", strings.TrimPrefix(c.author.file(), "/desk/leads/"), "reason", "x"); a.status != http.StatusUnprocessableEntity || !strings.Contains(plain(t, a.body), "went into "+stands+". Name the case of that.") {
					t.Errorf("merged into the case of something else: %d", a.status)
				}
				if again, err := x.work.cases.Adopt(ctx, c.author.actor(), gone, 0); err != nil || tt.other && "/desk/leads/"+again.Ref != other || "/desk/leads/"+again.Ref == lead {
					t.Errorf("taken up anew it is %s, %v", again.Ref, err)
				}
				if a := tt.act(x, c, lead, other); a.status != http.StatusSeeOther {
					t.Fatalf("%d %s", a.status, plain(t, a.body))
				}
				whole, err := x.work.cases.Get(ctx, c.editor.actor(), ref)
				if err != nil || whole.State != tt.state {
					t.Fatalf("it is %+v, %v", whole, err)
				}
				to := c.editor.get(lead)
				if tt.at == "" && to.status != http.StatusOK || tt.at != "" && !strings.HasPrefix(strings.TrimPrefix(to.location, x.url), other) {
					t.Errorf("its page answers %d %s", to.status, to.location)
				}
				if whole, err := x.work.cases.Get(ctx, c.editor.actor(), strings.TrimPrefix(other, "/desk/leads/")); err != nil || tt.at != "" && len(whole.Items) < 2 {
					t.Errorf("the evidence did not go along: %d items, %v", len(whole.Items), err)
				}
			})
		})
	}
}

// TestFollowedElsewhere: a sheet that says another country takes no case there by itself
// while evidence lies in it: who may read it is an editor's word, of both countries.
func TestFollowedElsewhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startDesk(t, d)
		c := x.crew()
		ref := x.importRows("sheet 2026-02-01.csv", incident.ImportOptions{}, rowLike()).Rows[0].Ref
		lead, err := x.work.cases.Adopt(ctx, c.author.actor(), ref, 0)
		if err != nil {
			t.Fatal(err)
		}
		c.author.prove("/desk/leads/" + lead.Ref)
		x.record.LeaveToDesk(nil) // in place of a newer sheet
		if _, err := x.record.Revise(ctx, ref, 0, "Amina", "it was elsewhere", func(_ int, f incident.Facts) (incident.Facts, error) {
			f.Countries = []incident.Country{{Code: "KE", Spelling: "Kenya"}, {Code: "IQ", Spelling: "Iraq"}}
			return f, nil
		}); err != nil {
			t.Fatal(err)
		}
		reads := func(want map[string]int) {
			t.Helper()
			for area, status := range want {
				v := x.join(fmt.Sprintf("Of %s %d", area, status), coalition.Grant{Organisation: x.other.Ref, Role: desk.Reader, Area: area})
				for _, at := range []string{"/desk/leads/" + lead.Ref, "/desk/evidence/E-2026-0001"} {
					if a := v.get(at); a.status != status {
						t.Errorf("%s for somebody of %s: %d, not %d", at, area, a.status, status)
					}
				}
			}
		}
		if err := x.work.cases.Follow(ctx, c.author.actor(), lead.Ref); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("a contributor moves it: %v", err)
		}
		reads(map[string]int{"KE": 404, "IR": 200})
		if err := x.work.cases.Follow(ctx, c.editor.actor(), lead.Ref); err != nil {
			t.Fatal(err)
		}
		reads(map[string]int{"KE": 200, "IR": 404})
		iraq := x.join("In Iraq too", coalition.Grant{Organisation: x.other.Ref, Role: desk.Reader, Area: "IQ"})
		if a := iraq.get("/desk?state=published"); !strings.Contains(a.body, lead.Ref) {
			t.Error("it is in nobody's queue for the further country")
		}
	})
}

// TestEvidencePutToAnEarlierValue: whoever signs is told which evidence was put to a
// claim before it said what it says now.
func TestEvidencePutToAnEarlierValue(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	c := x.crew()
	lead := c.author.file()
	c.author.prove(lead)
	const words = "put here before this was stated"
	if a := c.first.get(lead + "/sign"); strings.Contains(a.body, words) {
		t.Error("nothing was stated since, and the page says so")
	}
	ref := strings.TrimPrefix(lead, "/desk/leads/")
	whole, err := x.work.cases.Get(t.Context(), c.author.actor(), ref)
	if err != nil {
		t.Fatal(err)
	}
	f := whole.Facts
	f.Period.Start = "2026-01-09"
	if _, err := x.work.cases.State(t.Context(), c.author.actor(), ref, 0, "", []verify.Statement{{Claim: verify.When, Facts: f, Base: whole.Values[verify.When].ID}}); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{lead, lead + "/sign"} {
		x.shows(t, c.first, at, words)
	}
}
