package verify

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// What statements past the program can do, beyond what [guardtest.Attack] tries on
// every table.

// refusedAs fails the test where a statement goes through, or is refused in other
// words than these.
func (w *world) refusedAs(says, query string, args ...any) {
	w.t.Helper()
	if err := w.sql(query, args...); err == nil || !strings.Contains(err.Error(), says) {
		w.t.Errorf("%s: %v", query, err)
	}
}

// area is where an incident was, as readers are told.
func (w *world) area(ref string) string {
	w.t.Helper()
	inc, err := w.record.Get(context.Background(), incident.RecordEdition, ref)
	w.must(err)
	return inc.Facts.Measure.Area
}

// faults are what the audit finds.
func (w *world) faults() string {
	w.t.Helper()
	var out []string
	_, err := w.Audit(context.Background(), func(err error) { out = append(out, err.Error()) })
	w.must(err)
	return strings.Join(out, "; ")
}

// TestRecordIsNotLeftOpen: no statement opens the record, neither for later ones nor,
// on PostgreSQL, for itself; where foreign keys are not asked the audit says so, and
// the next writing closes it.
func TestRecordIsNotLeftOpen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		ref, other := w.publish(w.signed().Ref), w.signed()
		open := []string{`insert into record_open (id) values (77)`, `insert into record_shut (id) values (0)`}
		if d.Engine == db.Postgres {
			open = append(open, `with x as (insert into record_open (id) values (77)) update measure set area = 'FORGED'`)
		}
		for _, query := range open {
			if err := w.sql(query); err == nil {
				t.Errorf("%s went through", query)
			}
		}
		if err := d.Write(ctx, func(tx db.Tx) error {
			for _, query := range []string{open[0], `update measure set area = 'FORGED'`} {
				if _, err := db.Exec(ctx, tx, query); err != nil {
					t.Error(err) // it is the end of the transaction that refuses
				}
			}
			return nil
		}); err == nil {
			t.Error("a transaction ended with an open record")
		}
		if got := w.area(ref); got != someFacts().Measure.Area || w.faults() != "" {
			t.Errorf("it says %q; %s", got, w.faults())
		}
		if d.Engine == db.SQLite { // whoever opens the file may leave foreign keys out
			raw, err := sql.Open("sqlite", "file:"+d.Path)
			w.must(err)
			defer raw.Close()
			_, err = raw.Exec(open[0])
			w.must(err)
			if got := w.faults(); !strings.Contains(got, "stands open") {
				t.Errorf("the audit says %q", got)
			}
			w.publish(other.Ref)
			w.refusedAs("was signed", `update measure set area = 'FORGED'`)
			if got := w.faults(); got != "" {
				t.Error(got)
			}
		}
	})
}

// TestTakenBackStaysSo: what was taken back is not public again by a statement, not
// even when its case is open again, nor is anything urgent that nobody published so.
func TestTakenBackStaysSo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		editor := w.people["editor"]
		const far = "urgent_until = 32503680000000000" // the year 3000
		lead := w.signed()
		ref := w.publish(lead.Ref)
		w.refusedAs("is public only when", `update incident set `+far+` where ref = $1`, ref)
		w.past(`update incident set ` + far)
		if got := w.faults(); !strings.Contains(got, "is public urgently, which nobody did") {
			t.Errorf("the audit says %q", got)
		}
		w.past(`update incident set urgent_until = null`)
		w.must(w.Retract(ctx, editor, lead.Ref, "it names a person"))
		again := func() {
			t.Helper()
			for _, until := range []string{far, "urgent_until = null"} {
				w.refusedAs("is public only when", `update incident set state = 'published', `+until+` where ref = $1`, ref)
			}
		}
		again()
		w.must(w.Park(ctx, editor, lead.Ref, Open, "it was right"))
		again()
		w.past(`update incident set state = 'published' where ref = '` + ref + `'`)
		if got := w.faults(); !strings.Contains(got, "its case does not say so") {
			t.Errorf("the audit says %q", got)
		}
		w.past(`update incident set state = 'retracted' where ref = '` + ref + `'`)
		w.must(w.sign("one", lead.Ref), w.sign("two", lead.Ref))
		w.publish(lead.Ref)
		if got := w.faults(); got != "" {
			t.Error(got)
		}
	})
}

// TestReleaseSignersAtWork: the signature of somebody who was suspended, or may not
// sign everywhere any more, cuts no release, neither here nor past the program, and no
// page shows it under what is open.
func TestReleaseSignersAtWork(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		w.publish(w.signed().Ref)
		p, err := w.Propose(ctx, w.people["editor"], "R1", "2026-06-01", "")
		w.must(err, w.SignRelease(ctx, w.people["one"], p.ID, 0), w.SignRelease(ctx, w.people["two"], p.ID, 0))
		shown := func(want int) {
			t.Helper()
			if _, signed, err := w.Proposals(ctx); err != nil || len(signed[p.ID]) != want {
				t.Errorf("%d signatures are shown, not %d: %v", len(signed[p.ID]), want, err)
			}
		}
		two := w.people["two"].Person
		for stop, back := range map[string]string{
			`update person set state = 'suspended' where id = $1`:                          `update person set state = 'active' where id = $1`,
			`update membership set ended_at = 1 where person_id = $1`:                      `update membership set ended_at = null where person_id = $1`,
			`update membership set area = 'KE' where person_id = $1 and role = 'verifier'`: `update membership set area = '' where person_id = $1 and role = 'verifier'`,
		} {
			w.must(w.sql(stop, two))
			if _, err := w.CutSigned(ctx, w.people["editor"], p.ID); key(err) != "verify.publish.unsigned" {
				t.Errorf("%s: %v", stop, err)
			}
			w.refusedAs("a release is cut only when", `insert into edition (id, kind, label, as_of, created_at) values (99, 'release', 'R1', '2026-06-01', 1)`)
			shown(1)
			w.must(w.sql(back, two))
		}
		shown(2)
		_, err = w.CutSigned(ctx, w.people["editor"], p.ID)
		w.must(err, w.sql(`update person set state = 'suspended' where id = $1`, two))
		shown(2) // who signed what was cut stays written
	})
}

// TestReleaseSaysWhatWasSigned: neither the rows of a release nor its figures are
// changed past the program, and nothing is put in their place; the program may build
// anew what is derived from them.
func TestReleaseSaysWhatWasSigned(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		w.publish(w.signed().Ref)
		p, err := w.Propose(ctx, w.people["editor"], "R1", "2026-06-01", "")
		w.must(err, w.SignRelease(ctx, w.people["one"], p.ID, 0), w.SignRelease(ctx, w.people["two"], p.ID, 0))
		e, err := w.CutSigned(ctx, w.people["editor"], p.ID)
		w.must(err)
		for _, query := range []string{
			`update entry set doc = replace(doc, 'Tehran', 'FORGED') where edition_id = $1`,
			`update entry set edition_id = 1, seq = 999, incident_id = null where edition_id = $1`,
			`update entry set counted = 0 where edition_id = $1`,
			`delete from entry where edition_id = $1`,
			`update edition set totals = '[{"year":2026,"shutdowns":999,"countries":99}]' where id = $1`,
			`update edition set entries = 999 where id = $1`,
			`update edition set incidents = 999 where id = $1`,
			`update edition set licence = 'none' where id = $1`,
		} {
			w.refusedAs("a release says what was signed", query, e.ID)
		}
		names := db.Columns[incident.Entry]("")
		more := strings.NewReplacer("ord,", "ord + 1,", "seq,", "seq + 1,", "incident_id,", "null,").Replace(names)
		w.refusedAs("a release says what was signed", `insert into entry (`+names+`) select `+more+` from entry where edition_id = $1`, e.ID)
		if d.Engine == db.SQLite { // a row of a sheet in the place of one of the release
			w.refusedAs("is not replaced", `insert or replace into entry (`+names+`) select `+strings.NewReplacer("edition_id,", "1,", "seq,", "seq + 99,", "incident_id,", "null,").Replace(names)+` from entry where edition_id = $1`, e.ID)
		}
		list, err := w.record.List(ctx, incident.Filter{Edition: e.ID, Limit: 10})
		if err != nil || len(list.Rows) != 1 || list.Rows[0].Facts.Measure.Area != someFacts().Measure.Area {
			t.Errorf("the release says %+v %v", list.Rows, err)
		}
		w.past(`update entry set facets = 0`)
		w.must(w.record.Reindex(ctx))
	})
}

// TestForeignLink: no statement has a case speak of evidence that lies in another, nor
// writes a link into what was signed, or out of it; and where one comes all the same,
// nothing is signed or published with it.
func TestForeignLink(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		hidden, lead := w.file(), w.signed()
		w.corroborate(hidden)
		foreign := hidden.ID*10 + 1
		insert := func(item, revision int64) string {
			return fmt.Sprintf(`insert into claim_evidence (id, dossier_id, claim, item_id, side, note, person_id, at, revision) values (900, %d, 'when', %d, 'for', '', %d, 1, %d)`, lead.ID, item, w.people["author"].Person, revision)
		}
		rev := w.get(lead.Ref).Revision
		for _, r := range []int64{rev - 1, rev, rev + 1} {
			w.refusedAs("needs a new revision", insert(foreign, r))
		}
		for _, query := range []string{`delete from claim_evidence`, `update claim_evidence set side = 'against'`, `update claim_evidence set item_id = 5`,
			`update claim_evidence set withdrawn_at = 1, withdrawn_revision = revision`, `update claim_evidence set withdrawn_at = 1, withdrawn_revision = 77`} {
			w.refusedAs("what was said of evidence stays", query)
		}
		w.must(w.sql(`update dossier set revision = revision + 1 where id = $1`, lead.ID), // nobody signed this one
			w.sql(`insert into evidence_item (`+strings.Join(evidenceNeeds, ", ")+`) values (5, 'E-5', 2026, 5, $1, $2, 'IR', 0, $3, '', '', 'link', 'N', '', 0, '', '', '', '', '', '', '', '', '', 'exact', 'open', '', 1, 'minute', 'yes', 'yes', 'yes', 'yes', 'yes', 1, '', '', 0, '', 1, 1)`,
				hidden.ID, hidden.Ref, w.orgs["lakes"]))
		w.refusedAs("lies in another", insert(5, rev+1))

		w.past(`update dossier set revision = revision - 1 where id = ` + fmt.Sprint(lead.ID))
		w.past(insert(foreign, rev))
		if _, err := w.Publish(ctx, w.people["editor"], lead.Ref, "", false); key(err) != "verify.sign.changed" {
			t.Errorf("published: %v", err)
		}
		if err := w.sign("one_too", lead.Ref); key(err) != "verify.sign.changed" {
			t.Errorf("signed: %v", err)
		}
		ref, err := w.PublishUrgently(ctx, w.people["editor"], lead.Ref, "people are being arrested for going out")
		w.must(err)
		if inc, err := w.record.Get(ctx, incident.RecordEdition, ref); err != nil || strings.Contains(fmt.Sprint(inc.Facts.Sources), fmt.Sprint("E-", foreign)) {
			t.Errorf("the record names evidence of another case: %+v %v", inc.Facts.Sources, err)
		}
	})
}

// evidenceNeeds are the columns of an item that have to be filled.
var evidenceNeeds = strings.Fields(`id ref year number case_id case_ref country origin_id organisation_id filed_by mask kind class source information lang title says url canonical
	speaker place_exact place_locality place_region precision audience observed_precision received_at received_precision consent_internal consent_partners consent_anonymous
	consent_named consent_court version withdrawn_reason page_state custody_n custody_hash created_at updated_at`)

// TestLeadsElsewhere: an incident of the desk leads to no other, and no case speaks for
// another's; the audit says so where it comes to that.
func TestLeadsElsewhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		a, b := w.signed(), w.signed()
		ra, rb := w.publish(a.Ref), w.publish(b.Ref)
		lead := `update incident set merged_into = (select id from incident where ref = '` + rb + `')`
		w.refusedAs("leads to no other", lead+` where ref = $1`, ra)
		const own = "speaks for its own incident"
		w.refusedAs(own, `update dossier set incident_ref = $1 where ref = $2`, ra, b.Ref)
		w.refusedAs(own, `update dossier set incident_ref = '' where ref = $1`, b.Ref)
		w.refusedAs(own, `update dossier set signed_revision = 1 where ref = $1`, b.Ref)
		w.refusedAs(own, `update dossier set incident_ref = $1 where ref = $2`, ra, w.file().Ref)
		if got := w.faults(); got != "" {
			t.Fatal(got)
		}
		ordinary := `update incident set merged_into = null, state = 'published'`
		for _, x := range []struct{ query, back, says string }{
			{lead, ordinary, ra + " leads elsewhere: to " + rb},
			{lead + `, state = 'merged'`, ordinary, ra + " is not public, and its case says that it is"},
			{`update incident set dossier_id = null`, fmt.Sprint(`update incident set dossier_id = `, a.ID), ra + " has no case"},
			{`update incident set signed_revision = 1`, fmt.Sprint(`update incident set signed_revision = `, w.get(a.Ref).Signed), ra + " is public, and its case does not say so"},
		} {
			w.past(x.query + ` where ref = '` + ra + `'`)
			if got := w.faults(); !strings.HasPrefix(got, x.says) {
				t.Errorf("%s: the audit says %q", x.query, got)
			}
			if err := w.AuditOne(context.Background(), ra); err == nil {
				t.Errorf("%s: a pack may be made", x.query)
			}
			w.past(x.back + ` where ref = '` + ra + `'`)
		}
		told := w.get(a.Ref).Digest
		w.past(fmt.Sprint(`update sign_off set digest = 'x' where dossier_id = `, a.ID))
		if got := w.faults(); got != ra+" has a case that is not what was signed" {
			t.Errorf("the audit says %q", got)
		}
		w.past(fmt.Sprintf(`update sign_off set digest = '%s' where dossier_id = %d`, told, a.ID))
		w.past(`delete from entry where incident_id = (select id from incident where ref = '` + ra + `')`)
		if got := w.faults(); got != ra+" has no entry in the record" {
			t.Errorf("the audit says %q", got)
		}
	})
}

// TestAreaTaken: a signature counts while whoever gave it holds the role for all
// countries of the case, by themselves or by their region, and the queue follows.
func TestAreaTaken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		lead := w.file()
		w.corroborate(lead)
		w.must(w.sign("one", lead.Ref), w.sign("iran_only", lead.Ref))
		for _, x := range []struct {
			area string
			want int
		}{{"KE", 1}, {incident.RegionOf("IR"), 2}, {incident.RegionOf("KE"), 1}, {"", 2}, {"KE", 1}} {
			w.must(w.sql(`update membership set area = $2 where person_id = $1`, w.people["iran_only"].Person, x.area), w.Recount(ctx))
			if c := w.get(lead.Ref); len(c.Signatures) != x.want || c.Dossier.Signatures != x.want {
				t.Errorf("with a role for %q %d signatures count, the queue says %d", x.area, len(c.Signatures), c.Dossier.Signatures)
			}
			before := w.get(lead.Ref).Updated
			w.clock = w.clock.Add(time.Minute)
			if w.must(w.Recount(ctx)); w.get(lead.Ref).Updated != before {
				t.Error("it is counted again and again")
			}
		}
		if _, err := w.Publish(ctx, w.people["editor"], lead.Ref, "", false); key(err) != "verify.publish.unsigned" {
			t.Errorf("published with a signature for elsewhere: %v", err)
		}
	})
}

// TestSignedBeforeSuspension: what was signed with an account before it was suspended
// counts no more when its owner has it back, but for what was public by then; what they
// sign from then on does.
func TestSignedBeforeSuspension(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		editor, one, two := w.people["editor"], w.people["one"], w.people["two"]
		w.publish(w.signed().Ref)
		lead := w.signed()
		p, err := w.Propose(ctx, editor, "R1", "2026-06-01", "")
		w.must(err, w.SignRelease(ctx, one, p.ID, 0), w.SignRelease(ctx, two, p.ID, 0))
		r := w.proposeSeen("editor", AskRecoding{Methodology: "2027", Field: "cause.term", From: "protests", To: "conflict", Reason: "a war"})
		w.must(w.SignRecoding(ctx, one, r.ID, 0), w.SignRecoding(ctx, two, r.ID, 0))

		all, err := w.accounts.People(ctx)
		w.must(err)
		person := all[slices.IndexFunc(all, func(p account.Person) bool { return p.Name == "two" })]
		w.must(w.accounts.Suspend(ctx, person, "", "an intruder"), w.accounts.Restore(ctx, person, "", "it is theirs again"), w.Recount(ctx))
		_, published := w.Publish(ctx, editor, lead.Ref, "", false)
		_, cut := w.CutSigned(ctx, editor, p.ID)
		for what, err := range map[string]error{"published": published, "cut": cut, "coded anew": w.Recode(ctx, editor, r.ID)} {
			if key(err) != "verify.publish.unsigned" {
				t.Errorf("%s with what an intruder may have signed: %v", what, err)
			}
		}
		if n := w.get(lead.Ref).Dossier.Signatures; n != 1 {
			t.Errorf("the queue counts %d", n)
		}
		w.refusedAs("is public only when", `insert into incident (id, ref, state, created_at, updated_at, origin, dossier_id, signed_revision) values (77, '2026-0077', 'published', 1, 1, 'desk', $1, $2)`, lead.ID, w.get(lead.Ref).Revision)
		if got := w.faults(); got != "" {
			t.Errorf("what was public by then: %s", got)
		}
		w.clock = time.Now().UTC().Add(time.Second)
		w.publish(w.signed().Ref)
	})
}

// TestTakenBackCountsNowhere: not even who opens the record first, in one transaction
// as the program does, has something count again that was taken back; of a sheet or of
// the desk.
func TestTakenBackCountsNowhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		editor := w.people["editor"]
		lead, taken := w.signed(), w.signed()
		ref, sheet := w.publish(lead.Ref), w.publish(taken.Ref)
		w.past(`update incident set origin = 'sheet' where ref = '` + sheet + `'`) // taken back before the desk published anything of it
		w.must(w.Retract(ctx, editor, lead.Ref, "it names a person"), w.Retract(ctx, editor, taken.Ref, "it names a person"))
		for _, x := range []string{ref, sheet} {
			again := `update entry set counted = 1 where incident_id = (select id from incident where ref = '` + x + `')`
			if err := w.d.Write(ctx, func(tx db.Tx) error {
				for _, query := range []string{`insert into record_open (id) values (77)`, again, `delete from record_open`} {
					if _, err := db.Exec(ctx, tx, query); err != nil {
						return err
					}
				}
				return nil
			}); err == nil || !strings.Contains(err.Error(), "counts nowhere") {
				t.Errorf("%s counts again: %v", x, err)
			}
			w.past(again)
			if got := w.faults(); got != x+" was taken back and counts in 2026" {
				t.Errorf("the audit says %q", got)
			}
			w.past(strings.Replace(again, "counted = 1", "counted = 0", 1))
		}
	})
}

// TestSignedIsNotAddedTo: no statement grades what was signed anew, takes a
// disagreement away, says that something else was told of evidence, or that a case is
// public; the audit says so where it comes to that.
func TestSignedIsNotAddedTo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		lead, other := w.file(), w.file()
		w.corroborate(lead)
		w.must(w.GradeClaim(ctx, w.people["one"], lead.Ref, When, AnyValue, "possible", ""), w.Disagree(ctx, w.people["two"], lead.Ref, Why, "it was an exam", 0),
			w.sign("one", lead.Ref), w.sign("two", lead.Ref))
		w.publish(lead.Ref)
		grade := func(id int64, grade string, revision int64) string {
			return fmt.Sprintf(`insert into claim_grade (id, dossier_id, claim, grade, revision, person_id, note, at) values (%d, %d, 'when', '%s', %d, %d, '', 1)`, id, lead.ID, grade, revision, w.people["one"].Person)
		}
		rev := w.get(lead.Ref).Revision
		for _, query := range []string{grade(901, "confirmed", rev), grade(901, "possible", rev-1), grade(901, "confirmed", rev+1),
			fmt.Sprintf(`insert into dissent (id, dossier_id, claim, body, person_id, organisation_id, at, revision) select 902, dossier_id, 'how', body, person_id, organisation_id, at, %d from dissent`, rev)} {
			w.refusedAs("a new value needs a new revision", query)
		}
		w.must(w.GradeClaim(ctx, w.people["one"], lead.Ref, When, AnyValue, "possible", "as I said")) // says nothing new
		for _, query := range []string{`delete from dissent`, `update dissent set body = 'nothing'`, `update dissent set settled_at = 1, settled_note = 'x', settled_revision = revision`} {
			w.refusedAs("a disagreement stays", query)
		}
		for _, query := range []string{`delete from public_item`, `update public_item set told = '{}'`, `update public_item set revision = revision + 1`,
			`insert into public_item (dossier_id, revision, item_id, source, told) select dossier_id, revision, item_id + 7, source, told from public_item`} {
			w.refusedAs("what was told of evidence", query)
		}
		w.refusedAs("only with its incident", `update dossier set state = 'published' where ref = $1`, other.Ref)
		if got := w.faults(); got != "" {
			t.Fatal(got)
		}
		for _, x := range []struct{ query, back, says string }{
			{grade(903, "confirmed", rev), `delete from claim_grade where id = 903`, "changed past the program"},
			{`update dissent set body = 'x' || body`, `update dissent set body = substr(body, 2)`, "changed past the program"},
			{`update public_item set told = 'x' || told`, `update public_item set told = substr(told, 2)`, "told something else of its evidence"},
			{`update dossier set state = 'published' where ref = '` + other.Ref + `'`, `update dossier set state = 'open' where ref = '` + other.Ref + `'`, other.Ref + " says that it is public"},
		} {
			w.past(x.query)
			if got := w.faults(); !strings.Contains(got, x.says) {
				t.Errorf("%s: the audit says %q", x.query, got)
			}
			w.past(x.back)
		}
		w.must(w.Settle(ctx, w.people["two"], lead.Ref, w.get(lead.Ref).Dissents[0].ID, "it was not"), w.GradeClaim(ctx, w.people["one"], lead.Ref, When, AnyValue, "confirmed", ""),
			w.sign("one", lead.Ref), w.sign("two", lead.Ref))
		w.publish(lead.Ref)
		if got := w.faults(); got != "" {
			t.Error(got)
		}
	})
}
