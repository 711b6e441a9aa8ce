package evidence

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
)

// TestOneAloneLetsNothingMoreOut: whatever would let more of an item go out waits
// for a second person of the organisation that filed it, and the value that
// stands holds until then.
func TestOneAloneLetsNothingMoreOut(t *testing.T) {
	hour := func(w *world, n int) *int64 {
		at := w.clock.Add(time.Duration(n) * time.Hour).UnixMicro()
		return &at
	}
	cases := map[string]struct {
		field  string
		filed  func(w *world, d *Draft)
		raised func(w *world, d *Draft)
	}{
		"a name":             {"consent_named", func(_ *world, d *Draft) { d.Named = NotAsked }, func(_ *world, d *Draft) { d.Named = Yes }},
		"a no that is none":  {"consent_anonymous", func(_ *world, d *Draft) { d.Anonymous = No }, func(_ *world, d *Draft) { d.Anonymous = NotAsked }},
		"a court":            {"consent_court", func(_ *world, d *Draft) { d.Court = Unknown }, func(_ *world, d *Draft) { d.Court = Yes }},
		"partners":           {"consent_partners", func(_ *world, d *Draft) { d.Partners = No }, func(_ *world, d *Draft) { d.Partners = Unknown }},
		"its content":        {"audience", func(_ *world, d *Draft) { d.Audience = Confidential }, func(_ *world, d *Draft) { d.Audience = Open }},
		"its place":          {"precision", func(_ *world, d *Draft) { d.Precision = Region }, func(_ *world, d *Draft) { d.Precision = Exact }},
		"no embargo":         {"embargo_until", func(w *world, d *Draft) { d.EmbargoUntil = hour(w, 9) }, func(_ *world, d *Draft) { d.EmbargoUntil = nil }},
		"a shorter embargo":  {"embargo_until", func(w *world, d *Draft) { d.EmbargoUntil = hour(w, 9) }, func(w *world, d *Draft) { d.EmbargoUntil = hour(w, 5) }},
		"no first-hand word": {"class", func(_ *world, d *Draft) { d.Class = ClassFirstHand }, func(_ *world, d *Draft) { d.Class = ClassNews }},
		"no account":         {"kind", func(_ *world, d *Draft) { d.Kind = Account }, func(_ *world, d *Draft) { d.Kind = Statement }},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		for what, c := range cases {
			w := newWorld(t, d)
			f := filing()
			c.filed(w, &f.Draft)
			it := w.mustAdd(t, amina, f)
			next := it.Draft
			c.raised(w, &next)
			want := it.differences(next)
			next.Title = "Another title"
			edited, asked, err := w.Edit(ctx, amina, it.Ref, it.Version, next)
			if err != nil || len(asked) != 1 || asked[0].Field != c.field {
				t.Fatalf("%s: %+v %v", what, asked, err)
			}
			stored, err := w.Item(ctx, amina, it.Ref)
			if err != nil || stored.Title != "Another title" || len(it.differences(stored.Draft)) != 1 {
				t.Errorf("%s holds at once: %+v %v", what, stored, err)
			}
			if _, again, err := w.Edit(ctx, amina, it.Ref, edited.Version, next); err != nil || again != nil {
				t.Errorf("%s is asked for a second time: %+v %v", what, again, err)
			}
			decide := func(a desk.Actor, confirm bool) error {
				_, err := w.DecideRaise(ctx, a, it.Ref, edited.Version, asked[0].ID, confirm)
				return err
			}
			mustBe(t, what+" by the same person", decide(amina, true), fault.Forbidden)
			mustBe(t, what+" by another organisation", decide(boris, true), fault.Forbidden)
			if list, err := w.Raises(ctx, boris, it.Ref); len(list) > 0 {
				t.Errorf("%s shows to others: %+v %v", what, list, err)
			}
			if err := decide(dara, true); err != nil {
				t.Errorf("%s by a second person: %v", what, err)
			}
			stored, err = w.Item(ctx, amina, it.Ref)
			if got := edited.differences(stored.Draft); err != nil || !slices.Equal(got, want) {
				t.Errorf("%s is confirmed: %+v, want %+v %v", what, got, want, err)
			}
			mustBe(t, what+" a second time", decide(dara, false), fault.Conflict)
			w.mustBeWhole(t, it.Ref, Received, Edited, RaiseAsked, RaiseConfirmed)
		}
	})
}

// TestRaisesEnd: what is refused, taken back or overtaken is not confirmed any
// more; what keeps more in needs nobody else.
func TestRaisesEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		f := filing()
		f.Audience, f.Precision, f.Class = Confidential, Region, ClassFirstHand
		it := w.mustAdd(t, amina, f)
		ask := func(change func(d *Draft)) Raise {
			t.Helper()
			next := it.Draft
			change(&next)
			var asked []Raise
			var err error
			if it, asked, err = w.Edit(ctx, amina, it.Ref, it.Version, next); err != nil || len(asked) != 1 {
				t.Fatal(asked, err)
			}
			return asked[0]
		}
		for _, who := range []desk.Actor{amina, dara} {
			r := ask(func(d *Draft) { d.Audience = Open })
			if _, err := w.DecideRaise(ctx, who, it.Ref, it.Version, r.ID, false); err != nil {
				t.Error(err)
			}
			_, err := w.DecideRaise(ctx, dara, it.Ref, it.Version, r.ID, true)
			mustBe(t, "confirming what "+who.Ref+" refused", err, fault.Conflict)
		}
		place := ask(func(d *Draft) { d.Precision = Locality })
		finer := ask(func(d *Draft) { d.Precision = Exact })
		if list, err := w.Raises(ctx, dara, it.Ref); err != nil || len(list) != 1 || list[0].ID != finer.ID {
			t.Errorf("two wait for one field: %+v %v", list, err)
		}
		lower := it.Draft
		lower.Precision = Country
		var asked []Raise
		var err error
		if it, asked, err = w.Edit(ctx, amina, it.Ref, it.Version, lower); err != nil || asked != nil || it.Precision != Country {
			t.Errorf("keeping more in: %v %+v %v", it.Precision, asked, err)
		}
		yes := ask(func(d *Draft) { d.Anonymous = Yes })
		if it, err = w.WithdrawConsent(ctx, dara, it.Ref, it.Version, AnonymousPublic, "afraid"); err != nil {
			t.Fatal(err)
		}
		for _, r := range []Raise{place, finer, yes} {
			_, err := w.DecideRaise(ctx, dara, it.Ref, it.Version, r.ID, true)
			mustBe(t, "confirming what was overtaken, "+r.Field, err, fault.Conflict)
		}
		if now, err := w.Item(ctx, amina, it.Ref); err != nil || now.Precision != Country || now.Anonymous != No || now.Audience != Confidential {
			t.Errorf("%+v %v", now, err)
		}
		// Not even by direct SQL does one confirm what they asked for.
		if err := d.Write(ctx, func(tx db.Tx) error {
			_, err := db.Exec(ctx, tx, `/* test */ update evidence_raise set decision = 'confirmed', decided_by = person`)
			return err
		}); err == nil {
			t.Error("the database lets one confirm their own")
		}
	})
}

// TestRaiseInTheBrowser: who asked takes it back, a second person confirms, and
// another organisation learns of neither; it grades, and has no form to edit.
func TestRaiseInTheBrowser(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		f := filing()
		f.Audience = Confidential
		it := s.mustAdd(t, amina, f)
		item := "/desk/evidence/" + it.Ref
		edit := url.Values{"version": {"1"}}
		for k, v := range fill(Statement, ClassOfficial, "A statement") {
			edit.Set(k, v)
		}
		edit.Set("consent_court", "not_asked")
		res, body := s.post("amina", item+"/edit", edit)
		if res.StatusCode != http.StatusSeeOther {
			t.Fatalf("%d %s", res.StatusCode, body)
		}
		text := s.show("amina", res.Header.Get("Location"), "waits for a second person", "What may become public?", "Only that it exists may become public", "The content may become public", "Asked by Amina", "Take it back")
		if strings.Contains(text, "Confirm") {
			t.Error("one may confirm what they asked for")
		}
		if text := s.show("boris", item, "Store the grade"); strings.Contains(text, "second person") || strings.Contains(text, "Edit") {
			t.Error("another organisation is shown what is not theirs")
		}
		s.show("dara", item, "Confirm", "Refuse")
		raises, err := s.Raises(t.Context(), dara, it.Ref)
		if err != nil || len(raises) != 2 { // the audience and the precision
			t.Fatal(raises, err)
		}
		for _, r := range raises {
			now, _ := s.Item(t.Context(), dara, it.Ref)
			decide := url.Values{"version": {fmt.Sprint(now.Version)}, "id": {fmt.Sprint(r.ID)}, "decision": {"confirmed"}}
			if res, _ := s.post("amina", item+"/raise", decide); res.StatusCode != http.StatusForbidden {
				t.Errorf("one confirms alone: %d", res.StatusCode)
			}
			if res, body := s.post("dara", item+"/raise", decide); res.StatusCode != http.StatusSeeOther {
				t.Errorf("%d %.300s", res.StatusCode, body)
			}
		}
		now, err := s.Item(t.Context(), dara, it.Ref)
		if err != nil || now.Audience != Open || now.Precision != Region {
			t.Errorf("%+v %v", now, err)
		}
		if res, body := s.post("boris", item+"/grade", url.Values{"version": {fmt.Sprint(now.Version)}, "source": {"A"}, "information": {"1"}}); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%d %.300s", res.StatusCode, body)
		}
		s.show("amina", item, "A: always reliable so far", "confirmed that more may go out")
	})
}

// TestUntouchedMomentsStay: the form shows minutes, and what came in was noted to the
// microsecond. Who asks for a raise alone has edited nothing.
func TestUntouchedMomentsStay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		seen, until := s.clock.UnixMicro()+1, s.clock.Add(48*time.Hour).UnixMicro()+1
		f := filing()
		f.Audience, f.ObservedAt, f.ObservedPrecision, f.EmbargoUntil = Confidential, &seen, "minute", &until
		it := s.mustAdd(t, amina, f)
		form := url.Values{"version": {fmt.Sprint(it.Version)}, "kind": {string(it.Kind)}, "class": {string(it.Class)}, "title": {it.Title}, "says": {it.Says}, "lang": {it.Lang},
			"audience": {string(Open)}, "precision": {string(it.Precision)},
			"received": {FormatMoment(&it.ReceivedAt, it.ReceivedPrecision)}, "observed": {FormatMoment(it.ObservedAt, it.ObservedPrecision)}, "embargo": {FormatMoment(it.EmbargoUntil, "minute")}}
		for _, u := range Uses() {
			form.Set("consent_"+string(u), string(*it.Of(u)))
		}
		send := func() {
			t.Helper()
			if res, body := s.post("amina", "/desk/evidence/"+it.Ref+"/edit", form); res.StatusCode != http.StatusSeeOther {
				t.Fatalf("%d %.300s", res.StatusCode, body)
			}
		}
		send()
		now, err := s.Item(t.Context(), amina, it.Ref)
		if err != nil || now.ReceivedAt != it.ReceivedAt || it.ReceivedAt%60e6 == 0 || *now.ObservedAt != seen || *now.EmbargoUntil != until || now.Version != it.Version {
			t.Errorf("received %d, then %d; %+v %v", it.ReceivedAt, now.ReceivedAt, now.Draft, err)
		}
		s.mustBeWhole(t, it.Ref, Received, RaiseAsked)
		form.Set("received", "2026-05-20 12:01") // another minute is an edit
		send()
		s.mustBeWhole(t, it.Ref, Received, RaiseAsked, Edited)
	})
}
