package app

import (
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestServicesOfWhatWasTakenBack: a service that somebody named in a sheet stands
// nowhere once every incident that has it was taken back; one that another public
// incident has stays.
func TestServicesOfWhatWasTakenBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		x.t = t
		c := x.crew()
		rows := func(name string) string {
			return x.importRows(name, incident.ImportOptions{}, rowLike("other_affected", "Radio Canaryname, Radio Everybody", "event", "CANARYWORD was arrested"),
				rowLike("country", "Kenya", "area_name", "Nairobi", "event", "", "other_affected", "Radio Everybody")).Rows[0].Ref
		}
		ref := rows("sheet 2027-01-01.csv")
		rows("sheet 2027-02-01.csv")
		const sheet = "?release=sheet+2027-01-01"
		from := []string{"/", "/incidents", "/corrections", "/incidents/" + ref, "/incidents.csv", "/data/stop.csv", "/data", "/data/codebook", "/data/codebook/services", "/api/v1/services", "/api/v1/incidents",
			"/incidents" + sheet, "/incidents.csv" + sheet, "/data/stop.csv" + sheet, "/api/v1/services" + sheet, "/api/v1/incidents/" + ref + sheet, "/trends", "/countries/IR", "/countries/IR" + sheet}
		says := func(word string) (list []string) {
			x.settled()
			for at, said := range x.crawlFrom(t, from, ref, "/data", "/api", "codebook") {
				if strings.Contains(strings.ToLower(said), word) {
					list = append(list, at)
				}
			}
			return list
		}
		for _, word := range []string{"canaryname", "everybody"} {
			if at := says(word); len(at) < 5 {
				t.Fatalf("%s stands at %v only", word, at)
			}
		}
		lead, err := x.work.cases.Adopt(t.Context(), c.author.actor(), ref, 0)
		if err == nil {
			err = x.work.cases.Retract(t.Context(), c.editor.actor(), lead.Ref, "it names a person")
		}
		if err != nil {
			t.Fatal(err)
		}
		if at := says("canaryname"); len(at) > 0 {
			t.Errorf("it stands at %v", at)
		}
		if at := says("everybody"); len(at) < 3 {
			t.Errorf("what others have stands at %v only", at)
		}
	})
}
