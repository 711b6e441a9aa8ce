package app

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
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
