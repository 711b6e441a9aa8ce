package site

import (
	"context"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/page/htmlcheck"
	"keepiton/internal/stop"
)

// edit sets cells of an incident as an administrator does.
func (w *world) edit(t testing.TB, ref string, set map[string]string) {
	t.Helper()
	places, err := w.record.Matcher(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	e := stop.Editor{Taxonomy: w.record.Taxonomy(), Places: places}
	_, err = w.record.Revise(context.Background(), ref, 0, "A. Secretname", "a court paper says so", func(year int, f incident.Facts) (incident.Facts, error) {
		return e.Set(f, year, set)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// factRow is the answer and the note beside a question of the facts table.
func factRow(t testing.TB, w *world, path, question string) string {
	t.Helper()
	p, err := htmlcheck.Parse(w.get(path).body)
	if err != nil {
		t.Fatal(err)
	}
	for _, tr := range p.All("table.facts tr") {
		if text := htmlcheck.Text(tr); strings.HasPrefix(text, question) {
			return text
		}
	}
	return ""
}

// TestCorrectedFactShowsTheSheetsWords: beside a corrected answer stands what
// the sheet says, word for word, in the record and in a release; beside an
// answer nobody touched nothing is said of a correction.
func TestCorrectedFactShowsTheSheetsWords(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.read(t, sheet2022)
		ref := ""
		err := w.record.Each(context.Background(), incident.RecordEdition, 2022, func(r incident.Row) error {
			if ref == "" && r.Facts.Reason.Term == "unknown" && r.Facts.Flag("violence") == incident.Yes && r.Facts.Effect("facebook") != incident.Yes {
				ref = r.Ref
			}
			return nil
		})
		if err != nil || ref == "" {
			t.Fatal("no row to correct", err)
		}
		before := factRow(t, w, "/incidents/"+ref, "Cause")
		if !strings.Contains(before, "In the sheet") {
			t.Errorf("the cause before the edit: %q", before)
		}
		w.edit(t, ref, map[string]string{"gov_justification": "Illegal content", "violence": "No"})
		if _, err := w.record.CutRelease(context.Background(), "r1", "2026-05-20"); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/incidents/" + ref, "/incidents/" + ref + "?release=r1"} {
			for question, want := range map[string]string{"Stated reason": "In the sheet: Unknown; corrected here", "Violence reported": "In the sheet: Yes; corrected here"} {
				if got := factRow(t, w, path, question); !strings.Contains(got, want) {
					t.Errorf("%s: %q, want %q in it", path, got, want)
				}
			}
			if got := factRow(t, w, path, "Cause"); got != before {
				t.Errorf("%s: the cause was not corrected: %q, before %q", path, got, before)
			}
		}
		w.check(t, "/incidents/"+ref, 200)
		w.check(t, "/incidents/"+ref+"?release=r1", 200, htmlcheck.HasText("li", "Violence reported: Yes became No"), htmlcheck.Lacks("Not changed"))
		w.edit(t, ref, map[string]string{"end_date": "2022-12-30", "facebook_affected": "Yes"})
		w.check(t, "/incidents/"+ref, 200, htmlcheck.HasText("li", "Violence reported: Yes became No"), htmlcheck.HasText("li", "Stated reason: Reason unknown became Illegal content"),
			htmlcheck.HasText("li", "became 30 December 2022"), htmlcheck.HasText("li", "Facebook: "), htmlcheck.Lacks("Secretname"), htmlcheck.Lacks("Circumstances"))
		w.check(t, "/incidents/"+ref+"?release=r1", 200, htmlcheck.Lacks("30 December 2022"))
		w.check(t, "/incidents/"+ref+"?release=accessnow_stop_sheet_2022", 200, htmlcheck.Lacks("became"), htmlcheck.Lacks("Not changed"))
	})
}

// TestSatelliteBanIsCalledABlock: the sheet codes a ban of satellite terminals
// as a full network; the page says why it speaks of a block.
func TestSatelliteBanIsCalledABlock(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	w.readStarter(t)
	said := map[bool]int{}
	err := w.record.Each(context.Background(), incident.RecordEdition, 2024, func(r incident.Row) error {
		if r.Facts.Measure.Extent != "full_network" || said[false] > 5 && incident.KindOf(r.Facts) != incident.KindBlock {
			return nil
		}
		satellite := strings.Contains(factRow(t, w, "/incidents/"+r.Ref, "Extent"), "Only satellite internet was hit")
		if satellite != (incident.KindOf(r.Facts) == incident.KindBlock) {
			t.Errorf("%s is drawn as %s; a word on satellites: %v", r.Ref, incident.KindOf(r.Facts), satellite)
		}
		said[satellite]++
		return nil
	})
	if err != nil || said[true] == 0 || said[false] == 0 {
		t.Errorf("%v pages with and without the word, %v", said, err)
	}
}
