package app

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// states changes answers of the form of a case.
func (v *visitor) states(t *testing.T, lead string, set url.Values) {
	t.Helper()
	if a := v.ask(http.MethodPost, lead+"/edit", changedForm(v, filledIn(t, v.get(lead+"/edit").body, "/edit"), set)); a.status != http.StatusSeeOther {
		t.Fatalf("not stated: %d %s", a.status, a.body)
	}
}

// TestWhatReadersHave: whoever signs or publishes a change to a public incident reads
// what readers have now of each claim that changes, and of no other.
func TestWhatReadersHave(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		c := x.crew()
		ref := x.published(t, c, "event", strings.Repeat("Mobile data stopped. ", 20)+"In the evening.")
		const lead = "/desk/leads/L-2026-0001"
		says := func(what string, want ...string) {
			t.Helper()
			for _, at := range []string{"/sign", "/publish"} {
				a := c.editor.get(lead + at)
				a.sound(t, at)
				got := plain(t, a.body)
				for _, w := range want {
					if !strings.Contains(got, "Readers have now: "+w) {
						t.Errorf("%s, %s does not say that readers have %q:\n%s", what, at, w, got)
					}
				}
				if n := strings.Count(got, "Readers have now"); n != len(want) {
					t.Errorf("%s, %s says %d times what readers have, not %d:\n%s", what, at, n, len(want), got)
				}
			}
		}
		says("nothing changed")
		c.author.states(t, lead, url.Values{"start": {"2026-01-09"}, "telco_quote": {"We were told to."}, "cause": {""}})
		says("another start, no cause, a first word of an operator", "Began on 8 January 2026 · It goes on", "Protests")
		c.author.states(t, lead, url.Values{"event": {strings.Repeat("Mobile data stopped. ", 20) + "At night."}})
		says("the end of a long text", "Began on 8 January 2026 · It goes on", "Protests", "What happened, in a few sentences: Mobile data stopped.")
		if got := plain(t, c.first.get(lead+"/sign").body); !strings.Contains(got, "In the evening.") {
			t.Errorf("where a long text differs is not told:\n%s", got)
		}
		if _, err := x.record.Withhold(context.Background(), incident.Withholding{Passage: "In the evening", Who: "Dana", Reason: "it points to a person", Most: 9}); err != nil {
			t.Fatal(err)
		}
		if got := plain(t, c.first.get(lead+"/sign").body); strings.Contains(got, "In the evening") || !strings.Contains(got, "Readers have now: What happened, in a few sentences: Mobile data stopped.") {
			t.Errorf("readers are said to have what is withheld from them:\n%s", got)
		}
		c.first.sign(lead)
		c.second.sign(lead)
		if a := c.editor.post(lead+"/publish", "reason", "what the evidence says", "kind", "correction"); a.status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.status, a.body)
		}
		says("published")
		if err := x.work.cases.Retract(context.Background(), c.editor.actor(), strings.TrimPrefix(lead, "/desk/leads/"), "it harms somebody"); err != nil {
			t.Fatal(err)
		}
		c.author.states(t, lead, url.Values{"start": {"2026-01-07"}})
		says("taken back " + ref)
	})
}

// TestWhatReadersHaveOfASheet: of an incident that was only taken up readers have what
// the record says, also when a newer sheet says something else than was taken up.
func TestWhatReadersHaveOfASheet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		x.t = t
		c := x.crew()
		rest := rowLike("country", "Iraq", "area_name", "Basra", "start_date", "2025-05-05", "end_date", "2025-05-06", "count_year", "2025", "event", "")
		ref := x.importRows("sheet 2026-02-01.csv", incident.ImportOptions{}, goesOn("2025", "2025"), rest).Rows[0].Ref
		lead := x.takeUpAs(c, ref, "exams")
		x.shows(t, c.first, lead+"/sign", "Readers have now: Protests")
		newer := goesOn("2025", "2025")
		newer["actual_cause"] = "Information control"
		x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, newer, rest)
		if a := c.author.post(lead + "/follow"); a.status != http.StatusSeeOther {
			t.Fatalf("not taken over: %d", a.status)
		}
		x.shows(t, c.first, lead+"/sign", "Readers have now: Control of information")
		if got := plain(t, c.first.get(lead+"/sign").body); strings.Count(got, "Readers have now") != 1 {
			t.Errorf("what did not change is told too:\n%s", got)
		}
	})
}
