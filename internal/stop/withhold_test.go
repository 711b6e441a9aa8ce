package stop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
)

// TestWithhold takes a name out of everything readers get, without touching
// what is stored, and gives it back.
func TestWithhold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		const who = "Ama Qwertzuz"
		named := map[Field]string{"event": "Somebody called " + strings.ToUpper(who) + " was held.", "area_name": "the house of\u00a0Ama\nQwertzuz", "actual_cause_details": "After ama qwertzuz spoke",
			"gov_ack_quote": "“" + who + "”", "info_source_link": "https://example.org/1 told by Ama Qwertzuz; https://example.org/ama-qwertzuz; https://example.org/?q=Ama%20Qwertz%C3%BAz",
			"other_affected": "Signal, Ama Qwertzuz Radio", "shutdown_extent": "Service-based"}
		const key = "ama_qwertzuz_radio"
		bystander := map[Field]string{"country": "Cuba", "event": "Nobody is named."}
		path := sheetE(t, "one 2025-01-01.csv", named, bystander)
		acc := importFile(t, s, path)
		if _, err := s.CutRelease(ctx, "before", "2025-01-02"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Revise(ctx, "2024-0001", 0, "tester", "clearer", func(_ int, f incident.Facts) (incident.Facts, error) {
			f.Measure.Area = "the quarter of " + who
			return f, nil
		}); err != nil {
			t.Fatal(err)
		}
		before := told(t, s, acc.Edition)
		if !holds(before, who) {
			t.Fatal("the name is nowhere before")
		}

		found, err := s.FindPassage(ctx, who)
		if err != nil || len(found) != 1 || found[0].Ref != "2024-0001" || !strings.Contains(found[0].Around, "»") {
			t.Fatalf("%+v %v", found, err)
		}
		for _, bad := range []struct{ passage, who, reason, key string }{
			{"Am", "tester", "asked", "incident.passage_length"}, {who, "tester", " ", "incident.reason_needed"},
			{who, "tester", "protects ama  qwertzuz", "incident.passage_in_reason"}, {"Nowhere Man", "tester", "asked", "incident.passage_nowhere"},
		} {
			_, err := s.Withhold(ctx, incident.Withholding{Passage: bad.passage, Who: bad.who, Reason: bad.reason, Most: 20})
			if key, _ := fault.Text(err); key != bad.key {
				t.Errorf("%q for %q: %v, want %s", bad.passage, bad.reason, err, bad.key)
			}
		}
		if _, err := s.Withhold(ctx, incident.Withholding{Passage: "ama  Qwertzuz", Who: "tester", Reason: "asked for protection", Most: 20}); err != nil {
			t.Fatal(err)
		}
		after := told(t, s, acc.Edition)
		for what, text := range after {
			if strings.Contains(strings.ToLower(text), "qwertzuz") {
				t.Errorf("%s still says %q", what, text)
			}
			if strings.Contains(text, "Nobody is named") != strings.Contains(before[what], "Nobody is named") {
				t.Errorf("%s lost what is not withheld", what)
			}
		}
		if cells, err := s.Cells(ctx, incident.RecordEdition, 2024, incident.AreaWorld, incident.DimService); err != nil || !hasCell(cells, "signal") || hasCell(cells, key) {
			t.Errorf("counts by service: %+v %v", cells, err)
		}
		if _, known := s.Taxonomy().Term(incident.SchemeService, key); known {
			t.Error("a service by that name is still known")
		}
		other := newRecord(t, d) // as another process begins
		if _, known := other.Taxonomy().Term(incident.SchemeService, key); known {
			t.Error("another process knows a service by that name")
		}
		for _, q := range []string{"qwertzuz", "qwertz", who, "Ama"} {
			if p, err := s.List(ctx, incident.Filter{Query: q}); err != nil || len(p.Rows) != 0 {
				t.Errorf("a search for %q finds %d rows, %v", q, len(p.Rows), err)
			}
		}
		sound(t, s)
		var own bytes.Buffer // for the coalition's own use the sheet is what it was
		if _, err := Write(ctx, s, Export{Edition: editionID(t, s, acc.Edition), Schema: "E"}, &own); err != nil || !bytes.Equal(own.Bytes(), readFile(t, path)) {
			t.Errorf("the sheet no longer comes out as it went in: %v", err)
		}

		// A newer sheet that says the name again does not bring it back.
		named["duration"] = "1"
		importFile(t, s, sheetE(t, "two 2025-02-01.csv", named, bystander))
		if again := told(t, s, acc.Edition); holds(again, who) {
			t.Errorf("a newer sheet brought the name back: %v", again)
		}
		if err := s.Reindex(ctx); err != nil {
			t.Fatal(err)
		}
		if p, err := s.List(ctx, incident.Filter{Query: "qwertzuz"}); err != nil || len(p.Rows) != 0 {
			t.Errorf("the index made anew finds %d rows, %v", len(p.Rows), err)
		}
		sound(t, s)

		list, err := s.Withheld(ctx)
		if err != nil || len(list) != 1 || list[0].Who != "tester" {
			t.Fatalf("%+v %v", list, err)
		}
		if err := s.ShowAgain(ctx, list[0].ID, "tester", "agreed to be named"); err != nil {
			t.Fatal(err)
		}
		if _, known := s.Taxonomy().Term(incident.SchemeService, key); !known {
			t.Error("the service is not known again")
		}
		if !holds(told(t, s, acc.Edition), who) {
			t.Error("what was lifted does not come back")
		}
		if p, err := s.List(ctx, incident.Filter{Query: "qwertzuz"}); err != nil || len(p.Rows) != 1 {
			t.Errorf("after lifting a search finds %d rows, %v", len(p.Rows), err)
		}
		sound(t, s)
	})
}

// told is everything that can be told of an incident, by the way it is told.
func told(t *testing.T, s *incident.Service, sheetLabel string) map[string]string {
	t.Helper()
	ctx := context.Background()
	out := map[string]string{}
	for _, label := range []string{"", "before", sheetLabel} {
		ed, err := s.EditionByLabel(ctx, label)
		if err != nil {
			t.Fatal(err)
		}
		inc, err := s.Get(ctx, ed.ID, "2024-0001")
		if err != nil {
			t.Fatal(err)
		}
		out["incident in "+label] = fmt.Sprintf("%+v %+v", *inc.Facts, inc.Changes)
		if read, err := s.AsRead(ctx, inc, ed.ID); err != nil {
			t.Fatal(err)
		} else if read != nil {
			out["as read in "+label] = fmt.Sprintf("%+v %q", *read.Facts, read.Cells)
		}
		for _, schema := range []string{"A", "C", "E"} {
			var b bytes.Buffer
			if _, err := Write(ctx, s, Export{Edition: ed.ID, Schema: schema, Public: true}, &b); err != nil {
				t.Fatal(err)
			}
			out["sheet "+schema+" of "+label] = b.String()
		}
		page, err := s.List(ctx, incident.Filter{Edition: ed.ID})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Rows {
			out["list of "+label] += fmt.Sprintf("%+v", *r.Facts)
		}
	}
	recent, err := s.RecentChanges(ctx, 10)
	if err != nil {
		t.Fatal(err)
	}
	out["changes"] = fmt.Sprintf("%+v", recent)
	return out
}

func hasCell(cells []incident.Cell, value string) bool {
	return slices.ContainsFunc(cells, func(c incident.Cell) bool { return c.Value == value })
}

func holds(told map[string]string, name string) bool {
	for _, text := range told {
		if strings.Contains(text, name) {
			return true
		}
	}
	return false
}

func editionID(t *testing.T, s *incident.Service, label string) int64 {
	t.Helper()
	ed, err := s.EditionByLabel(context.Background(), label)
	if err != nil {
		t.Fatal(err)
	}
	return ed.ID
}

// sound holds counts, releases and the index of words against the rows.
func sound(t *testing.T, s *incident.Service) {
	t.Helper()
	for _, check := range []func(context.Context) (string, error){s.VerifyReleases, s.VerifyCounts, s.VerifyWords} {
		if note, err := check(context.Background()); err != nil {
			t.Error(note, err)
		}
	}
}

// TestCommonWordsAreNotWithheld: what stands nearly everywhere is refused, and
// a word is never torn out of another.
func TestCommonWordsAreNotWithheld(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		var rows []map[Field]string
		for i := range 4 {
			rows = append(rows, map[Field]string{"area_name": fmt.Sprint("Village ", i), "event": "The state cut Mali off, said Ali."})
		}
		importFile(t, s, sheetE(t, "the office 2025-01-01.csv", rows...))
		if _, err := s.CutRelease(ctx, "Ali edition", "2025-01-02"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Withhold(ctx, incident.Withholding{Passage: "the", Who: "tester", Reason: "a test", Most: 3}); err == nil {
			t.Error("a common word is withheld")
		} else if key, _ := fault.Text(err); key != "incident.passage_everywhere" {
			t.Error(err)
		}
		found, err := s.Withhold(ctx, incident.Withholding{Passage: "Ali", Who: "tester", Reason: "a test", Most: 5})
		if err != nil || len(found) != 5 {
			t.Fatalf("%+v %v", found, err)
		}
		inc, err := s.Get(ctx, incident.RecordEdition, "2024-0001")
		if err != nil || inc.Facts.Note("event") != "The state cut Mali off, said […]." {
			t.Errorf("%+v %v", inc, err)
		}
		if err := s.RenameEdition(ctx, "Ali edition", "first edition"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.EditionByLabel(ctx, "Ali edition"); fault.KindOf(err) != fault.NotFound {
			t.Error("the old label answers", err)
		}
		for label, to := range map[string]string{"first edition": "the office 2025-01-01", "": "x", "nowhere": "x"} {
			if err := s.RenameEdition(ctx, label, to); err == nil {
				t.Errorf("%q became %q", label, to)
			}
		}
		if n, err := s.FindPassage(ctx, "Ali"); err != nil || len(n) != 4 {
			t.Errorf("%+v %v", n, err)
		}
		sound(t, s)
	})
}

// TestPiecesOfAPassage: lists were taken apart into names. A passage over
// several of them, a cell nobody could read, the doubt about it, and an old
// value in the history are all withheld.
func TestPiecesOfAPassage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		acc := importFile(t, s, sheetE(t, "one 2025-01-01.csv", map[Field]string{
			"area_name": "Zaqtown, Qwertz village, Basra", "telcos_involved": "Iraq: Zaqcell, Opencell", "other_affected": "Zaqtalk and Opentalk, Signal", "shutdown_extent": "Service-based",
			"info_source_link": "Zaqpaper, page 3", "ordered_by": "Zaqlord", "end_date": "when Zaqlord said so", "users_target_detail": "\"Zaq\\lord\""}))
		if _, err := s.CutRelease(ctx, "before", "2025-01-02"); err != nil {
			t.Fatal(err)
		}
		for _, x := range []struct {
			set, text string
		}{{"", "Zaqtown, Qwertz"}, {"telcos_involved", "Zaqcell"}, {"ordered_by", "Zaqlord"}, {"", "Zaqtalk and Opentalk"}, {"", "Zaqpaper"}, {"", "\"Zaq\\lord\""}} {
			if _, err := s.Withhold(ctx, incident.Withholding{Passage: x.text, Who: "tester", Reason: "asked", Most: 9}); err != nil {
				t.Errorf("%q: %v", x.text, err)
			}
		}
		if _, err := s.Revise(ctx, "2024-0001", 0, "tester", "a better area", func(_ int, f incident.Facts) (incident.Facts, error) {
			f.Measure.Area, f.Places, f.Operators, f.Services = "Basra", nil, nil, nil
			return f, nil
		}); err != nil {
			t.Fatal(err)
		}
		inc, err := s.Get(ctx, incident.RecordEdition, "2024-0001")
		if err != nil {
			t.Fatal(err)
		}
		all := told(t, s, acc.Edition)
		all["doubts"] = fmt.Sprintf("%+v", inc.Warnings)
		doc, err := json.Marshal(inc.Changes)
		if err != nil {
			t.Fatal(err)
		}
		all["history as JSON"] = string(doc)
		for what, text := range all {
			if low := strings.ToLower(text); strings.Contains(low, "zaq") || strings.Contains(low, "qwertz") {
				t.Errorf("%s still says %s", what, text)
			}
		}
		if open := all["list of before"]; !strings.Contains(open, "Opencell") || !strings.Contains(open, "signal") || !strings.Contains(open, "Basra") {
			t.Errorf("too much is withheld: %s", open)
		}
		sound(t, s)
		again, err := s.Withheld(ctx)
		if err != nil || len(again) != 6 {
			t.Fatal(again, err)
		}
		if _, err := s.Withhold(ctx, incident.Withholding{Passage: "zaqCELL", Who: "tester", Reason: "asked", Most: 9}); fault.KindOf(err) != fault.Conflict {
			t.Error("withheld twice", err)
		}
		if err := s.ShowAgain(ctx, again[5].ID, "tester", "agreed"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Withhold(ctx, incident.Withholding{Passage: "Not yet", Who: "tester", Reason: "asked", Most: 9, Anyway: true}); err != nil {
			t.Fatal(err)
		}
		if now, err := s.Withheld(ctx); err != nil || now[5].ID == again[5].ID {
			t.Errorf("a lifted number is given again: %+v %v", now, err)
		}
	})
}
