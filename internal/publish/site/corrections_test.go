package site

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/page/htmlcheck"
)

// TestCorrectionsByMonth corrects incidents in two months and walks through the
// log: each correction stands on one page, and every month with one is reached.
func TestCorrectionsByMonth(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		if a := w.get("/corrections"); a.status != http.StatusOK || !strings.Contains(string(a.body), "Nothing has been corrected") {
			t.Errorf("an empty log: %d", a.status)
		}
		err := w.record.Fill(ctx, 45, func(i int) (incident.Facts, []int) {
			return incident.Facts{Period: incident.Period{Kind: "main", Start: incident.DayDate(19800 + i), EndState: "ongoing"},
				Countries: []incident.Country{{Code: "IN", Spelling: "India"}}, Measure: incident.Measure{Extent: "full_network", Method: "shutdown"}}, []int{2024}
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		refs := map[string]string{} // and the month each was corrected in
		for i := range 45 {
			ref := fmt.Sprintf("2024-%04d", i+1)
			month := []string{"2026-03", "2026-01"}[i/25]
			refs[ref] = month
			_, err := w.record.Revise(ctx, ref, 0, "a-name-that-stays-inside", "reason of "+ref, func(_ int, f incident.Facts) (incident.Facts, error) {
				f.Period.End, f.Period.EndState = "2024-12-24", "ended"
				f.Sources = []incident.Source{{Class: "confidential", Text: "somebody inside"}}
				return f, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			at, _ := time.Parse("2006-01", month)
			if err := d.Write(ctx, func(tx db.Tx) error {
				_, err := db.Exec(ctx, tx, `/* test */ update incident_change set at = $1 where incident_id = (select id from incident where ref = $2)`,
					at.Add(time.Duration(i%3)*24*time.Hour).UnixMicro(), ref) // many at one instant
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		told := map[string]string{}
		link := func(body, text string) string {
			m := regexp.MustCompile(`<a href="([^"]+)">` + text).FindStringSubmatch(body)
			if m == nil {
				return ""
			}
			return strings.ReplaceAll(m[1], "&amp;", "&")
		}
		var months []string
		for at, steps := "/corrections", 0; at != "" && steps < 20; steps++ {
			a := w.get(at)
			body := string(a.body)
			if a.status != http.StatusOK || strings.Contains(body, "stays-inside") || strings.Contains(body, "somebody inside") {
				t.Fatalf("%s: %d, or it tells too much", at, a.status)
			}
			for _, wrong := range htmlcheck.Run(a.body, htmlcheck.Sound("en")) {
				t.Errorf("%s: %s", at, wrong)
			}
			month := regexp.MustCompile(`<h1>Corrections in ([^<]+)</h1>`).FindStringSubmatch(body)
			if month == nil {
				t.Fatalf("%s names no month: %s", at, body)
			}
			for _, m := range regexp.MustCompile(`reason of (2024-\d{4})`).FindAllStringSubmatch(body, -1) {
				if told[m[1]] != "" {
					t.Errorf("%s stands there twice", m[1])
				}
				told[m[1]] = month[1]
			}
			if !strings.Contains(body, "24 December 2024") {
				t.Errorf("%s does not say what was changed", at)
			}
			if at = link(body, "More of this month"); at == "" {
				months = append(months, month[1])
				at = link(body, "Earlier: ")
			}
		}
		if strings.Join(months, ", ") != "March 2026, January 2026" {
			t.Errorf("the months are %v", months)
		}
		for ref, month := range refs {
			if want := map[string]string{"2026-03": "March 2026", "2026-01": "January 2026"}[month]; told[ref] != want {
				t.Errorf("%s is told in %q, not in %s", ref, told[ref], want)
			}
		}
		between := string(w.get("/corrections?month=2026-02").body)
		if !strings.Contains(between, "Nothing was corrected in this month.") || link(between, "Earlier: January") == "" || link(between, "Later: March") == "" {
			t.Errorf("a quiet month: %s", between)
		}
		for target, status := range map[string]int{"/corrections?month=soon": 404, "/corrections?month=2026-03&after=x": 400, "/corrections?month=2026-13": 404} {
			if a := w.get(target); a.status != status {
				t.Errorf("%s: %d", target, a.status)
			}
		}
	})
}
