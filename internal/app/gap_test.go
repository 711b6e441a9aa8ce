package app

import (
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/verify"
)

// TestGapsAreNotCopied: who takes up an incident of which a passage is withheld, or
// follows its sheet, takes over what is stored and not the gap: it can be shown again.
func TestGapsAreNotCopied(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		x.t = t
		c := x.crew()
		row := rowLike("area_name", "Karaj, Tehran", "event", "As Kaveh told")
		ref := x.importRows("sheet 2027-01-01.csv", incident.ImportOptions{}, row).Rows[0].Ref
		var withheld []incident.Passage
		for _, passage := range []string{"Karaj", "Kaveh"} {
			_, err := x.record.Withhold(t.Context(), incident.Withholding{Passage: passage, Who: "Dana", Reason: "it betrays somebody", Most: 9})
			if err == nil {
				withheld, err = x.record.Withheld(t.Context())
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		lead := x.takeUp(t, c, ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
		claims := func() string {
			t.Helper()
			whole, err := x.work.cases.Get(t.Context(), c.author.actor(), lead)
			if err != nil {
				t.Fatal(err)
			}
			effects := whole.Values[verify.Effects].Facts
			return effects.Note("event") + whole.Values[verify.Where].Facts.Measure.Area
		}
		if got := claims(); strings.Contains(got, "[…]") || !strings.Contains(got, "Kaveh") {
			t.Errorf("the case says %q", got)
		}
		x.settled()
		if body := x.nobody().get("/api/v1/incidents/" + ref).body; strings.Contains(body, "Kaveh") || strings.Contains(body, "Karaj") {
			t.Errorf("readers are told what is withheld:\n%s", body)
		}
		for _, p := range withheld {
			if err := x.record.ShowAgain(t.Context(), p.ID, "Dana", "nobody is in danger any more"); err != nil {
				t.Fatal(err)
			}
		}
		x.settled()
		if body := x.nobody().get("/api/v1/incidents/" + ref).body; !strings.Contains(body, "Kaveh") || strings.Contains(body, "[…]") {
			t.Errorf("it is not shown again:\n%s", body)
		}
		if got := x.doctor(); got != "" {
			t.Error(got)
		}
	})
}
