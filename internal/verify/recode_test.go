package verify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/shared"
	"keepiton/internal/stop"
)

// sheetsOf reads a sheet of the coalition.
func (w *world) sheetsOf(file string) []incident.SheetEdition {
	w.t.Helper()
	places, err := w.record.Matcher(context.Background())
	w.must(err)
	r := stop.Reader{Taxonomy: w.record.Taxonomy(), Places: places}
	sheets, refused, err := r.File(context.Background(), shared.Path(w.t, "data", "stop", file))
	if err != nil || len(refused) > 0 {
		w.t.Fatal(refused, err)
	}
	return sheets
}

// importSheet takes a sheet into the record; asOf, where it is given, corrects the
// date of one that was read before.
func (w *world) importSheet(file, asOf string) {
	w.t.Helper()
	sheets := w.sheetsOf(file)
	if asOf != "" {
		for i := range sheets {
			sheets[i].AsOf, sheets[i].Stated = asOf, true
		}
	}
	_, err := w.record.Import(context.Background(), sheets, incident.ImportOptions{})
	w.must(err)
}

// recoded2022 is how many shutdowns of 2022 became Conflict in 2023.
const recoded2022 = 29

const (
	sheet2022     = "accessnow_stop_sheet_2022.csv"
	sheetCombined = "accessnow_stop_combined_2016-2025_snapshot_2026-05-20.csv"
)

// ask2022 is what the coalition decided in 2023.
func ask2022() AskRecoding {
	return AskRecoding{Methodology: "2023", Field: "cause.term", From: "other", To: "conflict", First: 2022, Last: 2022, Reason: "armed conflict has a value of its own now"}
}

// codes are what entries of a year are coded as, and under which version.
func (w *world) codes(year int) map[string]incident.Cause {
	w.t.Helper()
	out := map[string]incident.Cause{}
	w.must(w.record.Each(context.Background(), incident.RecordEdition, year, func(r incident.Row) error {
		out[r.Ref] = r.Facts.Cause
		return nil
	}))
	return out
}

// causes counts a year as it is stored.
func (w *world) causes(year int) map[string]int {
	w.t.Helper()
	cells, err := w.record.CellsOf(context.Background(), incident.RecordEdition, year, []string{incident.AreaWorld}, incident.DimCause)
	w.must(err)
	out := map[string]int{}
	for _, c := range cells {
		out[c.Value] = int(c.N)
	}
	return out
}

// conflicts are the rows that the sheet of today codes as conflict, by country,
// start and area.
func (w *world) conflicts(year int) map[string]bool {
	w.t.Helper()
	out := map[string]bool{}
	for _, sheet := range w.sheetsOf(sheetCombined) {
		for _, r := range sheet.Rows {
			if r.Year == year && r.Facts.Cause.Term == "conflict" {
				out[rowKey(&r.Facts)] = true
			}
		}
	}
	return out
}

func rowKey(f *incident.Facts) string {
	return f.CountryText() + "|" + string(f.Period.Start) + "|" + strings.Join(strings.Fields(f.Measure.Area), " ")
}

// proposeSeen proposes what a preview shows.
func (w *world) proposeSeen(who string, q AskRecoding) Recoding {
	w.t.Helper()
	seen := q
	seen.LeaveOut = nil
	p, err := w.PreviewRecoding(context.Background(), w.people[who], seen)
	w.must(err)
	q.Seen = p.Digest
	r, err := w.ProposeRecoding(context.Background(), w.people[who], q)
	w.must(err)
	return r
}

// signAndRecode has two organisations sign a list, and does it.
func (w *world) signAndRecode(id int64) {
	w.t.Helper()
	ctx := context.Background()
	w.must(w.SignRecoding(ctx, w.people["one"], id, 0), w.SignRecoding(ctx, w.people["two"], id, 0), w.Recode(ctx, w.people["editor"], id))
}

// TestRecoding codes the shutdowns of 2022 anew as the coalition did in 2023: those
// that are listed and no others, at once, by two organisations; and back.
func TestRecoding(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		w.importSheet(sheet2022, "")
		var acts []incident.Act
		w.record.RecordTo(func(_ context.Context, _ db.Tx, a incident.Act) error { acts = append(acts, a); return nil })
		then, counts := w.codes(2022), w.causes(2022)
		q := ask2022()
		today := w.conflicts(2022)
		var listed []string
		w.must(w.record.Each(ctx, incident.RecordEdition, 2022, func(r incident.Row) error {
			switch {
			case r.Facts.Cause.Term != "other":
			case today[rowKey(r.Facts)]:
				listed = append(listed, r.Ref)
			default:
				q.LeaveOut = append(q.LeaveOut, r.Ref)
			}
			return nil
		}))
		if len(listed) != recoded2022 || len(q.LeaveOut) == 0 {
			t.Fatalf("%d to be coded anew, %d stay", len(listed), len(q.LeaveOut))
		}
		r := w.proposeSeen("editor", q)
		if r.Incidents != recoded2022 || r.Entries != recoded2022 {
			t.Fatalf("%+v", r)
		}
		p, err := w.RecodingPlan(ctx, w.people["one"], r.ID)
		w.must(err)
		want := RecodingTotal{2022, counts["other"], counts["other"] - recoded2022, counts["conflict"], counts["conflict"] + recoded2022}
		if len(p.Totals) != 1 || p.Totals[0] != want || len(p.Items) != counts["other"] || len(p.Changed) != 0 {
			t.Errorf("the plan says %+v, %d items, %v", p.Totals, len(p.Items), p.Changed)
		}
		if len(acts) != 0 || !mapsEqual(w.codes(2022), then) {
			t.Error("a proposal changed something")
		}
		w.signAndRecode(r.ID)
		now := w.codes(2022)
		for ref, was := range then {
			if slices.Contains(listed, ref) {
				was.Term, was.Coding = "conflict", "2023"
			}
			if now[ref] != was {
				t.Errorf("%s is %+v, want %+v", ref, now[ref], was)
			}
		}
		if c := w.causes(2022); c["other"] != want.FromAfter || c["conflict"] != want.ToAfter {
			t.Errorf("counted: %v", c)
		}
		if len(acts) != 1 || acts[0].Kind != incident.ActRecoded || acts[0].Payload["list"] != r.Digest {
			t.Errorf("the ledger hears %+v", acts)
		}
		w.toldInHistory(listed[0], q.Reason)
		w.kept(r.ID)

		w.importSheet(sheet2022, "")
		w.importSheet(sheet2022, "2023-03-01") // all sheets are read again
		if !mapsEqual(w.codes(2022), now) || w.causes(2022)["conflict"] != want.ToAfter {
			t.Error("a sheet that is read again undid it")
		}

		back, err := w.ProposeBack(ctx, w.people["editor"], r.ID, "it was too early")
		w.must(err)
		if back.Entries != recoded2022 || back.Reverses != r.ID || back.From != "conflict" || back.To != "other" {
			t.Errorf("back: %+v", back)
		}
		w.signAndRecode(back.ID)
		if !mapsEqual(w.codes(2022), then) || w.causes(2022)["other"] != counts["other"] {
			t.Error("it was not taken back")
		}
	})
}

func mapsEqual(a, b map[string]incident.Cause) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// toldInHistory: an incident says that it was coded anew, from what to what.
func (w *world) toldInHistory(ref, reason string) {
	w.t.Helper()
	inc, err := w.record.Get(context.Background(), incident.RecordEdition, ref)
	w.must(err)
	if n := len(inc.Changes); n != 1 || inc.Changes[0].Reason != "recoded, methodology 2023: "+reason || inc.Methodology != "2023" ||
		!slices.Contains(inc.Changes[0].Diff, incident.FieldDiff{Field: "cause.term", Old: "other", New: "conflict"}) {
		w.t.Errorf("%s: %q %+v", ref, inc.Methodology, inc.Changes)
	}
}

// kept: the old coding stays in the list.
func (w *world) kept(id int64) {
	w.t.Helper()
	n, _, err := db.Value[int](context.Background(), w.d.Reader(), `select count(*) from recoding_item where recoding_id = $1 and left_out = 0 and old_term = 'other' and old_coding = '2020' and new_term = 'conflict' and new_coding = '2023'`, id)
	if err != nil || n != recoded2022 {
		w.t.Errorf("%d old codings are kept: %v", n, err)
	}
}

// TestNobodyRecodesAlone: no person and no organisation alone codes anything anew,
// neither by the program nor past it.
func TestNobodyRecodesAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		w.importSheet(sheet2022, "")
		then := w.codes(2022)
		editor := w.people["editor"]
		for who, want := range map[string]string{"one": "desk.not_yours", "reader": "desk.not_yours", "editor": ""} {
			if _, err := w.PreviewRecoding(ctx, w.people[who], ask2022()); key(err) != want || want == "" && err != nil {
				t.Errorf("%s looks: %v", who, err)
			}
		}
		r := w.proposeSeen("editor", ask2022())
		for _, x := range []struct{ who, want string }{{"editor", "verify.release.own"}, {"iran_only", "desk.not_yours"}, {"reader", "desk.not_yours"}, {"one", ""}, {"one", "verify.sign.already"}, {"one_too", ""}} {
			if err := w.SignRecoding(ctx, w.people[x.who], r.ID, 0); key(err) != x.want || x.want == "" && err != nil {
				t.Errorf("%s signs: %v", x.who, err)
			}
		}
		if err := w.Recode(ctx, editor, r.ID); key(err) != "verify.publish.unsigned" {
			t.Errorf("one organisation: %v", err)
		}
		attack := func(what, query string, args ...any) {
			t.Helper()
			if err := w.sql(query, args...); err == nil {
				t.Errorf("%s went through", what)
			}
		}
		sign := `insert into recoding_signature (recoding_id, person_id, organisation_id, digest, at) values ($1, $2, $3, $4, 1)`
		attack("done by one organisation", `update recoding set state = 'done'`)
		attack("the proposer signs", sign, r.ID, editor.Person, w.orgs["office"], r.Digest)
		attack("a reader signs", sign, r.ID, w.people["reader"].Person, w.orgs["watch"], r.Digest)
		attack("who signs for a country alone", sign, r.ID, w.people["iran_only"].Person, w.orgs["watch"], r.Digest)
		attack("another organisation than one's own", sign, r.ID, w.people["two"].Person, w.orgs["lakes"], r.Digest)
		attack("another list is signed", sign, r.ID, w.people["two"].Person, w.orgs["watch"], "x")
		attack("a list that is done at once", `insert into recoding select 99, methodology, field, from_term, to_term, first_year, last_year, country, reason, reverses, digest, incidents, entries, 'done', person_id, organisation_id, at, closed_at from recoding`)
		attack("one more item", `insert into recoding_item select recoding_id, 'x', count_year, old_term, new_term, old_coding, new_coding, entry_hash, dossier_id, left_out from recoding_item limit 1`)
		attack("another term", `update recoding set to_term = 'coup'`)
		attack("a list that is deleted", `delete from recoding`)
		w.must(w.SignRecoding(ctx, w.people["two"], r.ID, 0))
		w.must(w.sql(`update membership set ended_at = 1 where person_id = $1`, w.people["two"].Person))
		if err := w.Recode(ctx, editor, r.ID); key(err) != "verify.publish.unsigned" {
			t.Errorf("whose role ended has signed: %v", err)
		}
		attack("done without a role", `update recoding set state = 'done'`)
		w.must(w.sql(`update membership set ended_at = null where person_id = $1`, w.people["two"].Person))
		if err := w.Recode(ctx, w.people["one"], r.ID); key(err) != "desk.not_yours" {
			t.Errorf("a verifier does it: %v", err)
		}
		if !mapsEqual(w.codes(2022), then) {
			t.Error("something was coded anew")
		}
		w.must(w.Recode(ctx, editor, r.ID))
		if err := w.Recode(ctx, editor, r.ID); key(err) != "verify.recode.closed" {
			t.Errorf("done twice: %v", err)
		}
		attack("done and open again", `update recoding set state = 'open'`)
	})
}

// TestRecodingMovesOn: when the record says something else of what is listed, nobody
// signs and nobody does it, and it is told of which incident.
func TestRecodingMovesOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		w.importSheet(sheet2022, "")
		editor := w.people["editor"]
		q := ask2022()
		p, err := w.PreviewRecoding(ctx, editor, q)
		w.must(err)
		ref := p.Items[0].Ref
		q.LeaveOut = []string{p.Items[1].Ref}
		r := w.proposeSeen("editor", q)
		edit := func(ref, details string) {
			_, err := w.record.Revise(ctx, ref, 0, "somebody", "a test", func(_ int, f incident.Facts) (incident.Facts, error) {
				f.Cause.Details = details
				return f, nil
			})
			w.must(err)
		}
		edit(q.LeaveOut[0], "what is left out may change")
		w.must(w.SignRecoding(ctx, w.people["one"], r.ID, 0), w.SignRecoding(ctx, w.people["two"], r.ID, 0))
		edit(ref, "it was an exam")
		for what, err := range map[string]error{"signs": w.SignRecoding(ctx, w.people["one_too"], r.ID, 0), "does it": w.Recode(ctx, editor, r.ID)} {
			if k, args := fault.Text(err); k != "verify.recode.changed" || !slices.Contains(args, any(ref)) {
				t.Errorf("somebody %s: %v", what, err)
			}
		}
		if p, err = w.RecodingPlan(ctx, editor, r.ID); err != nil || !slices.Equal(p.Changed, []RecodingChange{{ref, 2022, "changed"}}) {
			t.Errorf("told: %+v %v", p.Changed, err)
		}
		q.Seen, q.LeaveOut = r.Digest, nil
		if _, err := w.ProposeRecoding(ctx, editor, q); key(err) != "verify.recode.moved_on" {
			t.Errorf("proposed what nobody saw: %v", err)
		}
		w.must(w.WithdrawRecoding(ctx, editor, r.ID))
		if err := w.SignRecoding(ctx, w.people["one_too"], r.ID, 0); key(err) != "verify.recode.closed" {
			t.Errorf("signed what is withdrawn: %v", err)
		}
		for field, bad := range map[string]AskRecoding{
			"methodology": {Field: "cause.term", From: "other", To: "conflict", Reason: "x"},
			"field":       {Methodology: "2023", Field: "cause.details", From: "other", To: "conflict", Reason: "x"},
			"into":        {Methodology: "2023", Field: "cause.term", From: "other", To: "other", Reason: "x"},
			"from":        {Methodology: "2023", Field: "measure.method", From: "other", To: "throttle", Reason: "x"},
			"last":        {Methodology: "2023", Field: "cause.term", From: "other", To: "conflict", First: 2022, Last: 2021, Reason: "x"},
			"first":       {Methodology: "2023", Field: "cause.term", From: "other", To: "conflict", First: -1, Reason: "x"},
			"country":     {Methodology: "2023", Field: "cause.term", From: "other", To: "conflict", Country: "ZZ", Reason: "x"},
			"why":         {Methodology: "2023", Field: "cause.term", From: "other", To: "conflict"},
		} {
			if _, err := w.PreviewRecoding(ctx, editor, bad); len(fault.Fields(err)) != 1 || fault.Fields(err)[0].Name != field {
				t.Errorf("%s: %v", field, err)
			}
		}
	})
}

// TestRecodingOfCases: what the desk signed is not written by a list; its case gets a
// value that waits for signatures, and nothing public changes.
func TestRecodingOfCases(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		lead := w.signed()
		ref := w.publish(lead.Ref)
		before, err := w.record.Get(ctx, incident.RecordEdition, ref)
		w.must(err)
		r := w.proposeSeen("editor", AskRecoding{Methodology: "2027", Field: "cause.term", From: "protests", To: "conflict", Reason: "a war"})
		p, err := w.RecodingPlan(ctx, w.people["one"], r.ID)
		w.must(err)
		if len(p.Items) != 1 || p.Items[0].Case != lead.ID || p.Totals[0] != (RecodingTotal{2026, 1, 1, 0, 0}) {
			t.Fatalf("%+v", p)
		}
		w.signAndRecode(r.ID)
		after, err := w.record.Get(ctx, incident.RecordEdition, ref)
		w.must(err)
		if fmt.Sprint(after.Facts) != fmt.Sprint(before.Facts) || after.Revision != before.Revision || w.causes(2026)["protests"] != 1 {
			t.Errorf("the record was written: %+v", after.Facts.Cause)
		}
		c := w.get(lead.Ref)
		if c.Facts.Cause != (incident.Cause{Term: "conflict", Coding: "2027"}) || len(c.Signatures) != 0 || !c.Changed() || !c.Wrote(w.people["editor"].Person) || *c.Values[Why].Person != w.people["editor"].Person {
			t.Errorf("the case: %+v, %d signatures", c.Facts.Cause, len(c.Signatures))
		}
		w.must(w.sign("one", lead.Ref), w.sign("two", lead.Ref))
		w.publish(lead.Ref)
		if w.causes(2026)["conflict"] != 1 {
			t.Error("it was not published")
		}
		if _, err := w.Audit(ctx, func(err error) { t.Error(err) }); err != nil {
			t.Error(err)
		}
		// A case that says something else already is left alone.
		next := w.get(lead.Ref)
		facts := next.Facts
		facts.Cause.Term = "elections"
		if _, err := w.State(ctx, w.people["author"], lead.Ref, 0, "", []Statement{{Why, facts, next.Values[Why].ID}}); err != nil {
			t.Fatal(err)
		}
		if p, err := w.PreviewRecoding(ctx, w.people["editor"], AskRecoding{Methodology: "2028", Field: "cause.term", From: "conflict", To: "coup", Reason: "x"}); err != nil || len(p.Items) != 0 {
			t.Errorf("%+v %v", p.Items, err)
		}
	})
}

// TestAuditRecodings: what was done past the program, or changed since, is found, and
// told by its number; a role that ended later is no fault.
func TestAuditRecodings(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		w.importSheet(sheet2022, "")
		w.clock = w.clock.Add(time.Hour) // the roles were given before
		const unsigned, changed = "recoding 1 (methodology 2023) was done without the signatures of two organisations", "recoding 1 (methodology 2023) has another list than the one that was signed"
		audit := func(what, fault string) {
			t.Helper()
			var faults []string
			n, err := w.AuditRecodings(ctx, func(err error) { faults = append(faults, err.Error()) })
			if err != nil || n != 1 || len(faults) > 1 || strings.Join(faults, "") != fault {
				t.Errorf("%s: %d, %q %v", what, n, faults, err)
			}
		}
		r := w.proposeSeen("editor", ask2022())
		if n, err := w.AuditRecodings(ctx, func(err error) { t.Error(err) }); n != 0 || err != nil {
			t.Errorf("an open one: %d %v", n, err)
		}
		w.signAndRecode(r.ID)
		audit("as it was signed", "")
		w.must(w.sql(`update membership set ended_at = $2 where person_id = $1`, w.people["two"].Person, w.clock.UnixMicro()+1))
		audit("a role that ended since", "")
		w.must(w.sql(`update membership set ended_at = 1 where person_id = $1`, w.people["two"].Person))
		audit("a signature of somebody without a role then", unsigned)
		w.must(w.sql(`update membership set ended_at = null where person_id = $1`, w.people["two"].Person))
		for _, x := range []struct{ what, query, back, fault string }{
			{"one item more is left out", `update recoding_item set left_out = 1 - left_out where incident_ref = (select min(incident_ref) from recoding_item)`, "", changed},
			{"another reason", `update recoding set reason = 'a test'`, `update recoding set reason = 'armed conflict has a value of its own now'`, changed},
			{"another digest", `update recoding set digest = 'x'`, `update recoding set digest = (select min(digest) from recoding_signature)`, changed},
			{"a signature under another list", `update recoding_signature set digest = 'x' where person_id = (select min(person_id) from recoding_signature)`, `update recoding_signature set digest = (select digest from recoding)`, unsigned},
			{"the proposer signed", `update recoding set person_id = (select min(person_id) from recoding_signature)`, fmt.Sprint(`update recoding set person_id = `, r.Person), unsigned},
			{"two of one organisation", `update recoding_signature set organisation_id = (select min(organisation_id) from recoding_signature)`, "", unsigned},
		} {
			w.past(x.query)
			audit(x.what, x.fault)
			if x.back == "" {
				x.back = x.query
			}
			if x.what != "two of one organisation" {
				w.past(x.back)
				audit(x.what+", and back", "")
			}
		}
	})
}

// TestAuditOfAListNobodySigned: a list that was set to done past the program is found.
func TestAuditOfAListNobodySigned(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.importSheet(sheet2022, "")
		r := w.proposeSeen("editor", ask2022())
		w.must(w.SignRecoding(context.Background(), w.people["one"], r.ID, 0))
		w.past(`update recoding set state = 'done', closed_at = at + 1`)
		n := 0
		if _, err := w.AuditRecodings(context.Background(), func(error) { n++ }); err != nil || n != 1 {
			t.Error(n, err)
		}
	})
}

// past writes past the guards, as whoever owns the database can.
func (w *world) past(query string) {
	w.t.Helper()
	w.must(w.d.Write(context.Background(), func(tx db.Tx) error {
		return db.Unguarded(context.Background(), tx, func() error { _, err := db.Exec(context.Background(), tx, query); return err })
	}))
}

// TestRecodingsWait: a list waits for those who can sign it and bring it on, and for
// nobody else, until two organisations have.
func TestRecodingsWait(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		w.importSheet(sheet2022, "")
		r := w.proposeSeen("editor", ask2022())
		expect := func(what string, who ...string) {
			t.Helper()
			for name, a := range w.people {
				got, err := w.RecodingsFor(ctx, a)
				w.must(err)
				if waits := got.Count == 1; waits != slices.Contains(who, name) || waits && (got.First[0].Ref != fmt.Sprint("R-", r.ID) || got.First[0].Path != fmt.Sprint("/desk/recodings/", r.ID)) {
					t.Errorf("%s: for %s waits %+v", what, name, got)
				}
			}
		}
		var signers []string
		for name, a := range w.people {
			if _, err := worldwide(a, desk.Verifier, 0); err == nil && name != "editor" {
				signers = append(signers, name)
			}
		}
		if len(signers) < 3 {
			t.Fatal(signers)
		}
		expect("proposed", signers...)
		w.must(w.SignRecoding(ctx, w.people["one"], r.ID, 0))
		expect("one signed", slices.DeleteFunc(slices.Clone(signers), func(s string) bool { return s == "one" || s == "one_too" })...)
		w.must(w.SignRecoding(ctx, w.people["two"], r.ID, 0))
		expect("two signed")
	})
}
