package app

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestTakenOutElsewhere: a source that is taken out at the desk goes out of the other
// fields of the row that tell the same; the editor is told which texts hold it
// still, and how to withhold it there.
func TestTakenOutElsewhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := &packDesk{deskSite: startDesk(t, d), t: t}
		x.deskSite.t = t
		x.crew = x.deskSite.crew()
		c := x.crew
		const clerk = "clerk Zeinab" // which is not surely meant wherever it stands
		row := rowLike("info_source", "News media", "info_source_link", clerk, "event", "As told at "+clerk)
		ref := x.importRows("sheet 2027-01-01.csv", incident.ImportOptions{}, row).Rows[0].Ref
		lead := "/desk/leads/" + x.takeUp(t, c, ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
		x.release(t, "R1", "2026-06-01")
		const warned = "was taken out of the sources"
		if a := c.editor.get(lead + "/more"); strings.Contains(a.body, warned) {
			t.Error("warned before anything is taken out")
		}
		if a := c.editor.post(lead+"/conceal", "source", clerk, "reason", "she asked us to"); a.status != http.StatusSeeOther {
			t.Fatal(a.status)
		}
		if a := c.editor.get(lead + "/more"); !strings.Contains(a.body, warned) || !strings.Contains(a.body, "What it did") || !strings.Contains(a.body, "keepiton incident withhold") {
			t.Errorf("the editor is not told:\n%s", a.body)
		}
		x.settled()
		for _, at := range []string{"/api/v1/incidents/" + ref, "/incidents/" + ref, "/data/stop.csv", "/data/stop.csv?release=R1", "/data/stop.csv?release=sheet+2027-01-01"} {
			body := x.nobody().get(at).body
			if n, event := strings.Count(body, clerk), strings.Count(body, "As told at "+clerk); n != event {
				t.Errorf("%s tells it %d times besides the text: %s", at, n-event, body[max(0, strings.Index(body, clerk)-200):min(len(body), strings.Index(body, clerk)+100)])
			}
		}
		if got := x.doctor(); got != "" {
			t.Error(got)
		}
		if _, err := x.record.Withhold(context.Background(), incident.Withholding{Passage: clerk, Who: "Dana", Reason: "she asked us to", Most: 9}); err != nil {
			t.Fatal(err)
		}
		if at := x.wherever(t, ref, clerk, "R1"); len(at) > 0 {
			t.Errorf("it stands at %v", at)
		}
		if a := c.editor.get(lead + "/more"); strings.Contains(a.body, warned) {
			t.Error("warned of what is withheld")
		}
		if got := x.doctor(); got != "" {
			t.Error(got)
		}
	})
}

// TestDoctorReadsAsReadersDo: a place, an operator or a service that is withheld is no
// fault of what was signed, and keeps nobody from making a pack.
func TestDoctorReadsAsReadersDo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startSheetPack(t, d)
		c := x.crew
		ref := x.importRows("sheet 2027-01-01.csv", incident.ImportOptions{}, rowLike("area_name", "Karaj, Tehran", "affected_operator", "Irancell, Rightel", "other_affected", "Radio Zamaneh, Signal")).Rows[0].Ref
		x.takeUp(t, c, ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
		x.seal()
		for _, passage := range []string{"Karaj", "Rightel", "Radio Zamaneh"} {
			found, err := x.record.Withhold(t.Context(), incident.Withholding{Passage: passage, Who: "Dana", Reason: "it betrays somebody", Most: 9, Anyway: true})
			if err != nil {
				t.Fatal(err)
			}
			if got := x.doctor(); got != "" {
				t.Errorf("%s (%d): %s", passage, len(found), got)
			}
		}
		if err := x.command("public", "en").export(x.env, x.d, x.record); err != nil {
			t.Error(err)
		}
	})
}
