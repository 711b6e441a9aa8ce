package app

import (
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/verify"
)

// TestWithdrawnWordsAreToldNowhere: words that a signed correction took out may have
// named somebody: no history tells them, neither that they stood there nor when they
// came, and no machine is told more than a reader.
func TestWithdrawnWordsAreToldNowhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startPack(t, d)
		words := []string{"CANARYPLACE", "CANARYNAME", "CANARYBOSS"}
		state := func(area, details, boss string) {
			t.Helper()
			whole, err := x.work.cases.Get(t.Context(), x.crew.author.actor(), x.lead)
			if err != nil {
				t.Fatal(err)
			}
			facts := whole.Facts
			facts.Measure.Area, facts.Cause.Details, facts.Actors = area, details, nil
			if boss != "" {
				facts.Actors = []incident.Actor{{Role: "decided", Name: boss}}
			}
			var said []verify.Statement
			for _, c := range []verify.Claim{verify.Where, verify.Why, verify.Who} {
				said = append(said, verify.Statement{Claim: c, Facts: facts, Base: whole.Values[c].ID})
			}
			if _, err := x.work.cases.State(t.Context(), x.crew.author.actor(), x.lead, 0, "", said); err != nil {
				t.Fatal(err)
			}
			x.again(t, x.crew, x.lead, area == "")
		}
		state(words[0], words[1]+" was arrested", words[2])
		for _, w := range words {
			if at := x.wherever(t, "2026-0001", w); len(at) < 2 {
				t.Fatalf("%s stands at %v only", w, at)
			}
		}
		state("", "", "")
		for _, w := range words {
			if at := x.wherever(t, "2026-0001", w); len(at) > 0 {
				t.Errorf("%s was taken out, and stands at %v", w, at)
			}
		}
	})
}
