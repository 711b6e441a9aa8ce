package verify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"keepiton/internal/coalition"
	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
	"keepiton/migrations/guard"
	"keepiton/migrations/guard/guardtest"
)

func (w *world) get(ref string) *Case {
	w.t.Helper()
	c, err := w.Get(context.Background(), w.people["editor"], ref)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// signed files a dossier that two people of two organisations signed.
func (w *world) signed() Dossier { return w.signedAs(someFacts()) }

func (w *world) signedAs(f incident.Facts) Dossier {
	w.t.Helper()
	d := w.fileAs(f)
	w.corroborate(d)
	w.must(w.sign("one", d.Ref), w.sign("two", d.Ref))
	return d
}

func (w *world) must(errs ...error) {
	w.t.Helper()
	for _, err := range errs {
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) publish(ref string) string {
	w.t.Helper()
	inc, err := w.Publish(context.Background(), w.people["editor"], ref, "more is known", false)
	w.must(err)
	return inc
}

func (w *world) sql(query string, args ...any) error {
	return w.d.Write(context.Background(), func(tx db.Tx) error { _, err := db.Exec(context.Background(), tx, query, args...); return err })
}

// TestWhatVoids: a signature is for the facts, the grades, the links, the items of
// those links and the dissent; what is none of them leaves it alone.
func TestWhatVoids(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		author, one := w.people["author"], w.people["one_too"]
		for _, x := range []struct {
			what  string
			voids bool
			do    func(d Dossier, items []int64) error
		}{
			{"a comment", false, func(d Dossier, _ []int64) error { return w.Say(ctx, author, d.Ref, "look", nil, nil) }},
			{"an item that speaks for nothing", false, func(d Dossier, _ []int64) error {
				w.exhibits.items[d.ID] = append(w.exhibits.items[d.ID], Item{ID: d.ID*10 + 9, Ref: "E-9", Class: "N", Origin: 9})
				return d2(w, func(tx db.Tx) error { return w.EvidenceChanged(ctx, tx, d.ID, d.ID*10+9) })
			}},
			{"the same link once more", false, func(d Dossier, items []int64) error {
				return w.Attach(ctx, author, d.Ref, When, Saying{Item: items[0], Now: For})
			}},
			{"a plan", false, func(d Dossier, _ []int64) error { return w.Plan(ctx, author, d.Ref, 2, 0) }},
			{"an item that is edited", true, func(d Dossier, items []int64) error { w.change(items[0], func(*Item) {}); return nil }},
			{"an item that is withdrawn", true, func(d Dossier, items []int64) error {
				w.change(items[0], func(it *Item) { it.Withdrawn = true })
				return nil
			}},
			{"a link that is taken back", true, func(d Dossier, items []int64) error {
				return w.Attach(ctx, author, d.Ref, When, Saying{Item: items[0], Was: For})
			}},
			{"a link that says the contrary", true, func(d Dossier, items []int64) error {
				return w.Attach(ctx, author, d.Ref, When, Saying{Item: items[0], Was: For, Now: Against})
			}},
			{"a grade", true, func(d Dossier, _ []int64) error { return w.GradeClaim(ctx, one, d.Ref, When, AnyValue, "doubtful", "") }},
			{"a dissent", true, func(d Dossier, _ []int64) error { return w.Disagree(ctx, author, d.Ref, When, "no", 0) }},
		} {
			lead := w.signed()
			before := w.get(lead.Ref)
			w.must(x.do(lead, []int64{lead.ID*10 + 1, lead.ID*10 + 2}))
			after := w.get(lead.Ref)
			if voided := len(after.Signatures) == 0 && after.Revision == before.Revision+1 && len(after.Former) == 2; voided != x.voids || !x.voids && after.Revision != before.Revision {
				t.Errorf("%s: voided %v: revision %d, then %d, %d signatures, %d former", x.what, voided, before.Revision, after.Revision, len(after.Signatures), len(after.Former))
			}
		}
	})
}

// TestTwoJudge: what two people say at once of one item, or of how sure a claim is,
// is not written over unseen, and of several sayings all are stored or none.
func TestTwoJudge(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		lead := w.file()
		w.corroborate(lead)
		a, b := lead.ID*10+1, lead.ID*10+2
		sides := func() string {
			out := ""
			for _, l := range w.get(lead.Ref).Links {
				out += fmt.Sprint(l.Item-lead.ID*10, l.Side, " ")
			}
			return out
		}
		// Both read "for" and "for"; the first takes one back, the second says the contrary of it, and of the other.
		w.must(w.Attach(ctx, w.people["author"], lead.Ref, When, Saying{Item: a, Was: For}, Saying{Item: b, Was: For, Now: For}))
		before := sides()
		if err := w.Attach(ctx, w.people["helper"], lead.Ref, When, Saying{Item: b, Was: For, Now: Against}, Saying{Item: a, Was: For, Now: Against}); key(err) != "verify.sides_overtaken" || sides() != before {
			t.Errorf("%v; it stands %s, and stood %s", err, sides(), before)
		}
		w.must(w.Attach(ctx, w.people["helper"], lead.Ref, When, Saying{Item: b, Was: For, Now: Against}, Saying{Item: a, Was: For, Now: For}))
		if sides() != "2against " {
			t.Errorf("what was not touched was written: %s", sides())
		}
		read := w.get(lead.Ref).Values[When].ID
		f := someFacts()
		f.Period.Start = "2026-01-05"
		_, err := w.State(ctx, w.people["helper"], lead.Ref, 0, "", []Statement{{When, f, read}})
		w.must(err)
		if err := w.GradeClaim(ctx, w.people["one_too"], lead.Ref, When, read, "confirmed", ""); key(err) != "verify.grade_overtaken" {
			t.Errorf("a value nobody read is graded: %v", err)
		}
		w.must(w.GradeClaim(ctx, w.people["one_too"], lead.Ref, When, w.get(lead.Ref).Values[When].ID, "confirmed", ""))
	})
}

func d2(w *world, fn func(tx db.Tx) error) error { return w.d.Write(context.Background(), fn) }

// TestSafetyIsInherited: what keeps people safe goes along when a case is split or
// merged: who wrote it, who is too close to it, until when it must not be told.
func TestSafetyIsInherited(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		editor := w.people["editor"]
		until := w.clock.Add(48 * time.Hour).UnixMicro()
		guarded := func() Dossier {
			lead := w.file()
			w.corroborate(lead)
			w.must(w.Declare(ctx, w.people["one"], lead.Ref, "my cousin"), w.Embargo(ctx, editor, lead.Ref, until, "the witness is still there"))
			return lead
		}
		check := func(what, ref string) {
			t.Helper()
			if c := w.get(ref); c.EmbargoUntil != until {
				t.Errorf("%s: the embargo is gone", what)
			}
			if err := w.sign("one", ref); key(err) != "verify.sign.interest" {
				t.Errorf("%s: who is too close signs: %v", what, err)
			}
			if _, err := w.PublishUrgently(ctx, editor, ref, "people are being arrested right now"); key(err) != "verify.publish.embargo" {
				t.Errorf("%s: published under embargo: %v", what, err)
			}
		}
		lead := guarded()
		fresh, err := w.Split(ctx, editor, lead.Ref, "the other half", nil, "two cases")
		w.must(err)
		w.corroborate(fresh)
		check("split", fresh.Ref)
		for what, ref := range map[string]string{"split": fresh.Ref} {
			if c := w.get(ref); !c.Wrote(w.people["author"].Person) {
				t.Errorf("%s: who wrote it may sign", what)
			}
		}
		into := w.file()
		w.must(w.Merge(ctx, editor, guarded().Ref, into.Ref, "the same"))
		check("merge", into.Ref)

		open := w.signed()
		w.publish(open.Ref)
		if err := w.Merge(ctx, editor, guarded().Ref, open.Ref, "the same"); key(err) != "verify.merge_embargo" {
			t.Errorf("what is under embargo is merged into what is public: %v", err)
		}
	})
}

// TestUrgentOnce: an urgent publication is once for a case and for what was split
// from it or merged with it, and not of one's own words.
func TestUrgentOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		editor := w.people["editor"]
		const reason = "people are being arrested for going out"
		own, err := w.File(ctx, editor, Lead{Title: "mine", Urgency: 1, Facts: someFacts(), Claims: Claims()})
		w.must(err)
		if _, err := w.PublishUrgently(ctx, editor, own.Ref, reason); key(err) != "verify.publish.urgent_author" {
			t.Errorf("one's own words: %v", err)
		}
		lead, other := w.file(), w.file()
		before, err := w.Split(ctx, editor, lead.Ref, "split before", nil, "two")
		w.must(err)
		_, err = w.PublishUrgently(ctx, editor, lead.Ref, reason)
		w.must(err)
		after, err := w.Split(ctx, editor, lead.Ref, "split after", nil, "two")
		w.must(err)
		second := w.boss("second editor") // who did not split them
		for what, ref := range map[string]string{"split before": before.Ref, "split after": after.Ref} {
			if _, err := w.PublishUrgently(ctx, second, ref, reason); key(err) != "verify.publish.urgent_once" {
				t.Errorf("%s: %v", what, err)
			}
		}
		w.must(w.Merge(ctx, editor, after.Ref, other.Ref, "the same"))
		if _, err := w.PublishUrgently(ctx, second, other.Ref, reason); key(err) != "verify.publish.urgent_once" {
			t.Errorf("merged: %v", err)
		}
		for what, query := range map[string]string{
			"another root": fmt.Sprintf(`update dossier set root_id = 99 where id = %d`, other.ID),
			"the row":      `update urgent_publication set root_id = 99`,
		} {
			if err := w.sql(query); err == nil {
				t.Errorf("%s went through", what)
			}
		}
	})
}

// TestUrgentSignedLate: what was published urgently on nothing, and worked out and
// signed in time, becomes an ordinary publication without further words.
func TestUrgentSignedLate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		lead := w.file()
		ref, err := w.PublishUrgently(ctx, w.people["editor"], lead.Ref, "people are being arrested for going out")
		w.must(err)
		w.corroborate(lead)
		w.must(w.sign("one", lead.Ref), w.sign("two", lead.Ref))
		if again, err := w.Publish(ctx, w.people["editor"], lead.Ref, "", false); err != nil || again != ref {
			t.Fatalf("%s %v", again, err)
		}
		if c := w.get(lead.Ref); c.Urgent != 0 || c.Changed() || !c.Enough() {
			t.Errorf("%+v", c.Dossier)
		}
	})
}

// boss is one more editor.
func (w *world) boss(name string) desk.Actor {
	w.t.Helper()
	orgs, err := w.coal.Organisations(context.Background())
	w.must(err)
	i := slices.IndexFunc(orgs, func(o coalition.Organisation) bool { return o.ID == w.orgs["office"] })
	w.join(name, coalition.Grant{Organisation: orgs[i].Ref, Role: desk.Editor})
	return w.people[name]
}

// TestSignersAtWork: the signature of somebody who was suspended or lost the role
// does not count, and an editor can take back one that somebody else gave.
func TestSignersAtWork(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		editor := w.people["editor"]
		for what, stop := range map[string]string{
			"suspended":        `update person set state = 'suspended' where id = $1`,
			"without the role": `update membership set ended_at = 1 where person_id = $1`,
			"of one that left": `update organisation set state = 'left' where id in (select organisation_id from membership where person_id = $1)`,
		} {
			lead := w.signed()
			w.must(w.sql(stop, w.people["two"].Person))
			if _, err := w.Publish(ctx, editor, lead.Ref, "", false); key(err) != "verify.publish.unsigned" {
				t.Errorf("%s: %v", what, err)
			}
			if c := w.get(lead.Ref); len(c.Signatures) != 1 || c.Enough() {
				t.Errorf("%s: %+v", what, c.Signatures)
			}
			w.must(w.Recount(ctx))
			if n := w.get(lead.Ref).Dossier.Signatures; n != 1 {
				t.Errorf("%s: the queue counts %d", what, n)
			}
			if err := w.sql(`insert into incident (id, ref, state, methodology, edited, revision, created_at, updated_at, origin, dossier_id, signed_revision) values (77, '2026-0077', 'published', '', 0, 1, 1, 1, 'desk', $1, $2)`, lead.ID, w.get(lead.Ref).Revision); err == nil {
				t.Errorf("%s: the database publishes it", what)
			}
			w.must(w.sql(`update person set state = 'active'`), w.sql(`update membership set ended_at = null`), w.sql(`update organisation set state = 'active'`), w.Recount(ctx))
			if n := w.get(lead.Ref).Dossier.Signatures; n != 2 {
				t.Errorf("%s, and back: the queue counts %d", what, n)
			}
		}
		lead := w.signed()
		if err := w.Unsign(ctx, w.people["author"], lead.Ref, w.people["two"].Person, "no"); key(err) != "desk.not_yours" {
			t.Errorf("a contributor takes back another's signature: %v", err)
		}
		w.must(w.Unsign(ctx, editor, lead.Ref, w.people["two"].Person, "somebody else used the account"))
		if c := w.get(lead.Ref); c.Enough() {
			t.Error("a signature that an editor took back counts")
		}
		// What is public stays so when a signer leaves afterwards.
		public := w.signed()
		ref := w.publish(public.Ref)
		w.must(w.sql(`update person set state = 'suspended' where id = $1`, w.people["two"].Person), w.sql(`update incident set state = 'disputed' where ref = $1`, ref))
	})
}

// TestAuthors: nobody signs what they once wrote, whoever said it again, nor a case
// that only their own evidence corroborates.
func TestAuthors(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		lead := w.file()
		w.corroborate(lead)
		state := func(who, cause string) {
			f := someFacts()
			f.Cause.Term = cause
			n, err := w.State(ctx, w.people[who], lead.Ref, 0, "", []Statement{{Why, f, w.get(lead.Ref).Values[Why].ID}})
			if n != 1 || err != nil {
				t.Fatal(n, err)
			}
		}
		state("one", "elections")
		state("helper", "exams")
		state("helper", "elections") // the same words, said again by somebody else
		if err := w.sign("one", lead.Ref); key(err) != "verify.sign.author" {
			t.Errorf("signed what they wrote: %v", err)
		}
		c := w.get(lead.Ref)
		if err := w.sql(`insert into sign_off (id, dossier_id, revision, digest, told, person_id, organisation_id, checklist, note, at) values (5, $1, $2, $3, 'x', $4, $5, '[]', '', 1)`,
			lead.ID, c.Revision, c.Digest, w.people["one"].Person, w.orgs["lakes"]); err == nil || !strings.Contains(err.Error(), "wrote themselves") {
			t.Errorf("by a statement: %v", err)
		}
		own := w.file()
		w.corroborate(own)
		for i := range w.exhibits.items[own.ID] {
			w.exhibits.items[own.ID][i].FiledBy = w.people["two"].Ref
		}
		if err := w.sign("two", own.Ref); key(err) != "verify.sign.own_evidence" {
			t.Errorf("signed on their own evidence: %v", err)
		}
		w.must(w.sign("one", own.Ref))
	})
}

// TestNothingUnsigned: values that came past the program are neither published nor
// let in.
func TestNothingUnsigned(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		lead := w.signed()
		rev := w.get(lead.Ref).Revision
		for _, r := range []int64{rev - 1, rev, rev + 1, rev + 1000} {
			if err := w.sql(`insert into claim_value (id, dossier_id, claim, facts, revision, note, at) values (900, $1, 'where', '{"countries":[{"code":"IR","spelling":"FORGED"}]}', $2, '', 1)`, lead.ID, r); err == nil {
				t.Fatalf("a value for revision %d went in", r)
			}
		}
		// With the guards gone the program refuses by itself.
		w.must(w.d.Write(ctx, func(tx db.Tx) error {
			return db.Unguarded(ctx, tx, func() error {
				_, err := db.Exec(ctx, tx, `insert into claim_value (id, dossier_id, claim, facts, revision, note, at) values (900, $1, 'why', '{"cause":{"term":"forged"}}', $2, '', 1)`, lead.ID, rev)
				return err
			})
		}))
		if _, err := w.Publish(ctx, w.people["editor"], lead.Ref, "", false); key(err) != "verify.sign.changed" {
			t.Errorf("published what nobody signed: %v", err)
		}
		if err := w.sign("one_too", lead.Ref); key(err) != "verify.sign.changed" {
			t.Errorf("signed what the page did not show: %v", err)
		}
	})
}

// TestTwoCountries: whoever judges a case of two countries holds the role for both;
// whoever holds one for either sees it.
func TestTwoCountries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		f := someFacts()
		f.Countries = []incident.Country{{Code: "KE", Spelling: "Kenya"}, {Code: "IR", Spelling: "Iran"}}
		lead, err := w.File(ctx, w.people["author"], Lead{Title: "border", Urgency: 1, Facts: f, Claims: Claims()})
		w.must(err)
		w.corroborate(lead)
		for _, who := range []string{"iran_only", "kenya_only"} {
			if err := w.sign(who, lead.Ref); key(err) != "verify.not_here" {
				t.Errorf("%s signs: %v", who, err)
			}
			list, _, err := w.List(ctx, w.people[who], Filter{})
			if n, _, terr := w.Total(ctx, w.people[who], Filter{}); err != nil || terr != nil || len(list) != 1 || n != 1 {
				t.Errorf("%s does not see it: %v %v %d", who, list, err, n)
			}
		}
		for _, code := range []string{"KE", "IR"} {
			if list, _, err := w.List(ctx, w.people["reader"], Filter{Country: code}); err != nil || len(list) != 1 {
				t.Errorf("%s: %v %v", code, list, err)
			}
		}
		w.must(w.sign("one", lead.Ref), w.sign("two", lead.Ref))

		// A case with evidence is moved by an editor of both places, and its evidence goes along.
		moved := w.file()
		w.corroborate(moved)
		state := func(who string) error {
			_, err := w.State(ctx, w.people[who], moved.Ref, 0, "", []Statement{{Where, f, w.get(moved.Ref).Values[Where].ID}})
			return err
		}
		if err := state("helper"); key(err) != "verify.move_country" {
			t.Errorf("moved by a contributor: %v", err)
		}
		w.must(state("editor"))
		if c := w.get(moved.Ref); c.Country != "KE" || c.Also != "IR" {
			t.Errorf("%s, %s", c.Country, c.Also)
		}
	})
}

// TestSourcesGoEverywhere: what may not be told of an item any more leaves what is
// public, wherever the item went in between.
func TestSourcesGoEverywhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		for what, between := range map[string]func(lead Dossier, item int64){
			"nothing": func(Dossier, int64) {},
			"split": func(lead Dossier, item int64) {
				_, err := w.Split(ctx, w.people["editor"], lead.Ref, "other", []int64{item}, "two")
				w.must(err)
			},
			"detached": func(lead Dossier, item int64) {
				w.must(w.Attach(ctx, w.people["author"], lead.Ref, When, Saying{Item: item, Was: For}))
			},
		} {
			for how, take := range map[string]func(*Item){"hidden": func(it *Item) { it.Hidden = true }, "withdrawn": func(it *Item) { it.Withdrawn = true }} {
				lead := w.signed()
				ref := w.publish(lead.Ref)
				item := lead.ID*10 + 1
				url := fmt.Sprintf("https://paper.example/E-%d", item)
				named := func() bool {
					inc, err := w.record.Get(ctx, incident.RecordEdition, ref)
					w.must(err)
					return slices.ContainsFunc(inc.Facts.Sources, func(x incident.Source) bool { return x.URL == url && x.Class != "confidential" })
				}
				between(lead, item)
				if !named() {
					t.Fatalf("%s: it was not named at all", what)
				}
				if used, err := w.Using(ctx, w.d.Reader(), item); err != nil || !slices.Equal(used, []string{ref}) {
					t.Errorf("%s: used in %v, not %s: %v", what, used, ref, err)
				}
				w.change(item, take)
				if named() {
					t.Errorf("%s, then %s: the source is named", what, how)
				}
			}
		}
	})
}

// TestBehindStays: what stood behind a publication when it was signed stays, and
// nothing comes to it that was not signed.
func TestBehindStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		stray := w.file()
		w.corroborate(stray) // older than the publication
		lead := w.file()
		w.corroborate(lead)
		w.must(w.GradeClaim(ctx, w.people["one_too"], lead.Ref, When, AnyValue, "confirmed", ""), w.Disagree(ctx, w.people["author"], lead.Ref, What, "not all of it", 0))
		w.must(w.sign("one", lead.Ref), w.sign("two", lead.Ref))
		ref := w.publish(lead.Ref)
		behind := func() string {
			b, found, err := w.Behind(ctx, w.d.Reader(), ref)
			if err != nil || !found {
				t.Fatal(found, err)
			}
			return fmt.Sprint(len(b.Links), b.Grades[0].Grade, len(b.Dissents), len(b.Signatures), len(b.Told), incident.HashFacts(&b.Facts))
		}
		before := behind()
		if !strings.HasPrefix(before, "2confirmed1 2 2") {
			t.Fatal(before)
		}
		w.must(w.Merge(ctx, w.people["editor"], stray.Ref, lead.Ref, "the same"))
		w.must(w.GradeClaim(ctx, w.people["one_too"], lead.Ref, When, AnyValue, "doubtful", ""))
		w.must(w.Disagree(ctx, w.people["helper"], lead.Ref, When, "no", 0))
		for _, l := range w.get(lead.Ref).Links {
			w.must(w.Attach(ctx, w.people["author"], lead.Ref, l.Claim, Saying{Item: l.Item, Was: For}))
		}
		if after := behind(); after != before {
			t.Errorf("behind it stands %s, and stood %s", after, before)
		}
	})
}

// TestLapseGoesOn: one that cannot be taken back keeps no other one public, and the
// audit says so.
func TestLapseGoesOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		w.clock = time.Now().UTC().Add(-UrgentFor + 2*time.Second)
		stuck, fine := w.file(), w.file()
		var refs []string
		for _, x := range []Dossier{stuck, fine} {
			ref, err := w.PublishUrgently(ctx, w.people["editor"], x.Ref, "people are being arrested for going out")
			w.must(err)
			refs = append(refs, ref)
		}
		w.clock = time.Now().UTC().Add(time.Hour)
		var faults []string
		if n, err := w.Audit(ctx, func(err error) { faults = append(faults, err.Error()) }); err != nil || n != 2 || len(faults) != 2 || !strings.Contains(faults[0], "its time is over") {
			t.Errorf("the audit says %d %v %v", n, faults, err)
		}
		if w.d.Engine == db.SQLite {
			w.must(w.sql(fmt.Sprintf(`create trigger stuck before update of state on incident when old.ref = '%s' begin select raise(abort, 'stuck'); end`, refs[0])))
		} else {
			w.must(w.sql(fmt.Sprintf(`create function stuck() returns trigger language plpgsql as $$ begin if old.ref = '%s' then raise exception 'stuck'; end if; return new; end $$`, refs[0])),
				w.sql(`create trigger stuck before update on incident for each row execute function stuck()`))
		}
		gone, err := w.Lapse(ctx)
		if err == nil || !slices.Equal(gone, refs[1:]) {
			t.Errorf("lapsed: %v %v", gone, err)
		}
		if fault.KindOf(err) != fault.Internal {
			t.Errorf("the error is %v", err)
		}
	})
}

// TestGuards: what was written stays, whatever single statement is tried, and what
// the record says of an incident of the desk is not written past the program; of
// others it is.
func TestGuards(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		w.clock = time.Now().UTC()
		urgent, lead := w.file(), w.signedAs(everyFact())
		w.must(w.GradeClaim(ctx, w.people["one_too"], urgent.Ref, When, AnyValue, "possible", ""), w.Declare(ctx, w.people["two"], urgent.Ref, "my cousin"))
		_, err := w.PublishUrgently(ctx, w.people["editor"], urgent.Ref, "people are being arrested for going out")
		w.must(err)
		back := w.signed()
		w.must(w.Unsign(ctx, w.people["two"], back.Ref, w.people["two"].Person, "I was wrong"))
		ref := w.publish(lead.Ref)
		w.past(`insert into report_tag (incident_id, tag) select id, 'x' from incident where ref = '` + ref + `'`) // nothing of ours writes any yet
		w.must(w.Disagree(ctx, w.people["two"], w.file().Ref, Why, "it was an exam", 0))
		p, err := w.Propose(ctx, w.people["editor"], "r", "2026-01-31", "")
		w.must(err, w.SignRelease(ctx, w.people["one"], p.ID, 0), w.SignRelease(ctx, w.people["two"], p.ID, 0))
		_, err = w.CutSigned(ctx, w.people["editor"], p.ID)
		w.must(err)
		r := w.proposeSeen("editor", AskRecoding{Methodology: "2027", Field: "cause.term", From: "protests", To: "conflict", Reason: "a war"})
		w.must(w.SignRecoding(ctx, w.people["one"], r.ID, 0))
		for _, f := range guard.Files {
			if f.Name == "0013_verify_guard" || f.Name == "0016_release_guard" {
				guardtest.Attack(t, d, f)
			}
		}
		for _, table := range append(slices.Clone(guard.FactTables), "entry") {
			for _, query := range []string{`update ` + table + ` set incident_id = incident_id where incident_id in (select id from incident where ref = $1)`, `delete from ` + table + ` where incident_id in (select id from incident where ref = $1)`} {
				if err := w.sql(query, ref); err == nil || !strings.Contains(err.Error(), "was signed") {
					t.Errorf("%s: %v", query, err)
				}
			}
		}
		if err := w.sql(`insert into narrative (incident_id, n, kind, lang, body) select id, 9, 'note', 'en', 'forged' from incident where ref = $1`, ref); err == nil {
			t.Error("a text was added to what was signed")
		}
		for what, query := range map[string]string{
			"an incident that does not say where it comes from": `insert into incident (id, ref, state, created_at, updated_at) values (70, '2026-0070', 'published', 1, 1)`,
			"another number":                 `update incident set ref = '2026-0071' where origin = 'desk'`,
			"one that is deleted":            `delete from incident`,
			"a dossier that is deleted":      `delete from dossier`,
			"a release that is deleted":      `delete from edition where kind = 'release'`,
			"a sheet that becomes a release": `update edition set kind = 'release'`,
			"a release of another digest":    `update edition set digest = 'x' where kind = 'release'`,
		} {
			if err := w.sql(query); err == nil {
				t.Errorf("%s went through", what)
			}
		}
		w.must(w.sql(`update person set signs_since = 5 where id = $1`, w.people["two"].Person))
		w.refusedAs("counts no more", `update person set signs_since = 0 where id = $1`, w.people["two"].Person)
		w.must(w.sql(`insert into incident (id, ref, state, created_at, updated_at, origin) values (70, '2026-0070', 'published', 1, 1, 'sheet')`),
			w.sql(`insert into flag (incident_id, n, flag, flag_state) values (70, 0, 'x', 'yes')`), w.sql(`update flag set n = 1 where incident_id = 70`), w.sql(`delete from flag where incident_id = 70`))
		if d.Engine == db.SQLite { // an entry in the place of one of the desk, which speaks of another incident
			cols, _, err := db.Value[string](ctx, d.Reader(), `select group_concat(name, ', ') from pragma_table_info('entry')`)
			w.must(err)
			theirs := strings.Replace(cols, "incident_id", "70", 1)
			w.refusedAs("is not replaced", `insert or replace into entry (`+cols+`) select `+theirs+` from entry where edition_id = 1`)
			w.refusedAs("is not replaced", `insert or replace into entry (rowid, `+cols+`) select rowid, `+strings.Replace(theirs, "ord,", "ord + 1,", 1)+` from entry where edition_id = 1`)
		}
	})
}
