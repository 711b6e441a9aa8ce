package verify

import (
	"context"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestFollow: what a newer sheet says of an incident that the desk took up is not
// written over unseen; the case takes it over where nobody stated otherwise.
func TestFollow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		w.importSheet(sheetCombined, "")
		page, err := w.record.List(ctx, incident.Filter{Edition: incident.RecordEdition, Country: "IR", Limit: 1})
		w.must(err)
		ref := page.Rows[0].Ref
		lead, err := w.Adopt(ctx, w.people["author"], ref, 0)
		w.must(err)
		c := w.get(lead.Ref)
		f := c.Facts
		f.Cause.Details = "seen at the desk"
		_, err = w.State(ctx, w.people["author"], lead.Ref, 0, "", []Statement{{Why, f, c.Values[Why].ID}})
		w.must(err)
		w.corroborate(lead)
		w.must(w.sign("one", lead.Ref))
		_, err = w.record.Revise(ctx, ref, 0, "Amina", "the end is another", func(_ int, f incident.Facts) (incident.Facts, error) {
			f.Period.End, f.Period.EndState, f.Cause.Details = f.Period.Start[:8]+"28", "ended", "from the sheet"
			return f, nil
		})
		w.must(err)
		if c := w.get(lead.Ref); !c.Behind {
			t.Fatal("the case is behind, and nobody is told")
		}
		if err := w.sign("two", lead.Ref); key(err) != "verify.sign.behind" {
			t.Errorf("signed what is old: %v", err)
		}
		if _, err := w.Publish(ctx, w.people["editor"], lead.Ref, "the cause", false); err == nil {
			t.Error("published what is old")
		}
		if err := w.Follow(ctx, w.people["reader"], lead.Ref); key(err) != "desk.not_yours" {
			t.Errorf("a reader takes it over: %v", err)
		}
		w.must(w.Follow(ctx, w.people["one"], lead.Ref))
		c = w.get(lead.Ref)
		if c.Behind || c.Facts.Period.End != c.Facts.Period.Start[:8]+"28" || c.Facts.Cause.Details != "seen at the desk" || len(c.Signatures) != 0 {
			t.Errorf("behind %v, ends %v, cause %q, %d signatures", c.Behind, c.Facts.Period.End, c.Facts.Cause.Details, len(c.Signatures))
		}
		if c.Wrote(w.people["one"].Person) {
			t.Error("who takes over what a sheet says has written nothing")
		}
		w.must(w.sign("one", lead.Ref), w.sign("two", lead.Ref))
		w.publish(lead.Ref)
		inc, err := w.record.Get(ctx, incident.RecordEdition, ref)
		if err != nil || inc.Facts.Cause.Details != "seen at the desk" || inc.Facts.Period.End != c.Facts.Period.End {
			t.Errorf("%+v %v", inc.Facts, err)
		}
		if c := w.get(lead.Ref); c.Behind {
			t.Error("behind what it published itself")
		}
	})
}

// TestNewYear: what was signed as going on counts in a new year when an editor says
// that it does, and waits in the queue until then.
func TestNewYear(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		editor := w.people["editor"]
		f := someFacts()
		f.Period.End, f.Period.EndState = "", "ongoing"
		lead, err := w.File(ctx, w.people["author"], Lead{Title: "under way", Urgency: 1, Facts: f, Claims: Claims()})
		w.must(err)
		w.corroborate(lead)
		w.must(w.sign("one", lead.Ref), w.sign("two", lead.Ref))
		ref := w.publish(lead.Ref)
		years := func() (n int) {
			inc, err := w.record.Get(ctx, incident.RecordEdition, ref)
			w.must(err)
			return len(inc.Years)
		}
		waits := func() int {
			list, _, err := w.List(ctx, editor, Filter{State: Public, Changed: true})
			w.must(err)
			return len(list)
		}
		had := years()
		if _, err := w.Publish(ctx, editor, lead.Ref, "again", false); key(err) != "verify.publish.nothing_new" || waits() != 0 || w.get(lead.Ref).GoesOn {
			t.Errorf("in its own year: %v", err)
		}
		w.clock = w.clock.AddDate(2, 0, 0)
		if told, err := w.Waits(ctx, []Dossier{w.get(lead.Ref).Dossier}); err != nil || told[lead.ID] != waitsOn {
			t.Errorf("the queue says %v %v", told, err)
		}
		if !w.get(lead.Ref).GoesOn || waits() != 1 {
			t.Fatal("two years later nobody is told that they do not count it")
		}
		if _, err := w.Publish(ctx, editor, lead.Ref, "", false); err == nil {
			t.Error("counted in a new year without a reason")
		}
		if _, err := w.Publish(ctx, editor, lead.Ref, "it goes on, measured today", false); err != nil {
			t.Fatal(err)
		}
		if years() != had+2 || waits() != 0 || w.get(lead.Ref).GoesOn {
			t.Errorf("it counts in %d years, before in %d; %d wait", years(), had, waits())
		}
		if n, err := w.Audit(ctx, func(err error) { t.Error(err) }); err != nil || n != 1 {
			t.Error(n, err)
		}
	})
}

// TestUrgentWaits: what was published urgently stands in the queue of what waits until
// two signed and it was published again.
func TestUrgentWaits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		editor := w.people["editor"]
		lead := w.file()
		if _, err := w.PublishUrgently(ctx, editor, lead.Ref, "people are being arrested tonight"); err != nil {
			t.Fatal(err)
		}
		waits := func() string {
			list, _, err := w.List(ctx, editor, Filter{State: Public, Changed: true})
			w.must(err)
			if len(list) != 1 {
				return ""
			}
			told, err := w.Waits(ctx, list)
			w.must(err)
			return told[list[0].ID]
		}
		if got := waits(); got != waitsUrgent {
			t.Errorf("just published: %q", got)
		}
		if list, until, err := w.UrgentFor(ctx, w.people["reader"]); err != nil || len(list) != 1 || until[lead.ID] == 0 {
			t.Errorf("it does not stand apart: %v %v %v", list, until, err)
		}
		listed := func(f Filter) bool {
			list, _, err := w.List(ctx, editor, f)
			w.must(err)
			return len(list) == 1
		}
		publishable := func() int {
			p, err := w.PublishableFor(ctx, editor)
			w.must(err)
			return p.Count
		}
		w.corroborate(lead)
		if !listed(Filter{Sign: true}) || listed(Filter{Signed: 2}) || publishable() != 0 {
			t.Error("it does not stand among what has to be signed, or among what can be published")
		}
		w.must(w.sign("one", lead.Ref), w.sign("two", lead.Ref))
		if listed(Filter{Sign: true}) || !listed(Filter{Signed: 2}) || publishable() != 1 {
			t.Error("signed by two it does not wait for an editor")
		}
		if _, err := w.Publish(ctx, editor, lead.Ref, "", false); err != nil {
			t.Fatal(err)
		}
		if got := waits(); got != "" {
			t.Errorf("signed and published: %q", got)
		}
		if listed(Filter{Signed: 2}) || publishable() != 0 {
			t.Error("published, and it waits to be")
		}
	})
}

// TestLeave: an incident that was only taken up can be left to the sheets again; what
// the desk published cannot.
func TestLeave(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		w.importSheet(sheetCombined, "")
		page, err := w.record.List(ctx, incident.Filter{Edition: incident.RecordEdition, Country: "IR", Limit: 1})
		w.must(err)
		ref := page.Rows[0].Ref
		lead, err := w.Adopt(ctx, w.people["author"], ref, 0)
		w.must(err)
		if err := w.Park(ctx, w.people["author"], lead.Ref, Rejected, "nothing to do"); key(err) != "desk.not_yours" && key(err) != "verify.not_here" {
			t.Errorf("a contributor closes it: %v", err)
		}
		if err := w.Park(ctx, w.people["editor"], lead.Ref, NeedsDetails, "later"); key(err) != "verify.is_public" {
			t.Errorf("parked what is public: %v", err)
		}
		w.must(w.Park(ctx, w.people["editor"], lead.Ref, Rejected, "nothing to do"))
		if err := w.Park(ctx, w.people["editor"], lead.Ref, Open, "after all"); key(err) != "verify.left" {
			t.Errorf("taken up again with what it said then: %v", err)
		}
		again, err := w.Adopt(ctx, w.people["author"], ref, 0)
		if err != nil || again.Ref == lead.Ref {
			t.Errorf("taken up anew: %v %v", again.Ref, err)
		}
		if inc, err := w.record.Get(ctx, incident.RecordEdition, ref); err != nil || inc.State != "published" || inc.Desk {
			t.Errorf("%+v %v", inc, err)
		}
		fresh := w.file()
		w.corroborate(fresh)
		w.must(w.sign("one", fresh.Ref), w.sign("two", fresh.Ref))
		w.publish(fresh.Ref)
		if err := w.Park(ctx, w.people["editor"], fresh.Ref, Rejected, "no"); key(err) != "verify.is_public" {
			t.Errorf("closed what the desk published: %v", err)
		}
	})
}

// TestHanded: a case that somebody handed over waits for who got it, until they do
// something in it.
func TestHanded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		lead := w.file()
		one, two := w.people["one"], w.people["two"]
		waits := func() int {
			got, err := w.HandedTo(ctx, two)
			w.must(err)
			return got.Count
		}
		w.must(w.Lease(ctx, one, lead.Ref))
		if waits() != 0 {
			t.Error("nobody handed anything over yet")
		}
		w.must(w.HandOver(ctx, one, lead.Ref, two.Person, func(string) bool { return true }, "please"))
		if waits() != 1 {
			t.Error("it was handed over, and does not wait")
		}
		w.must(w.Say(ctx, two, lead.Ref, "I look at it.", nil, func(int64, string) bool { return true }))
		if waits() != 0 {
			t.Error("looked at, and it waits on")
		}
	})
}
