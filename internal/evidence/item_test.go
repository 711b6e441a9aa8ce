package evidence

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
)

// TestWhoMay walks every act against who is asked.
func TestWhoMay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		open := w.mustAdd(t, amina, filing())
		f := filing()
		f.Partners = No
		own := w.mustAdd(t, amina, f)
		if open.Ref != "E-2026-0001" || own.Ref != "E-2026-0002" || open.Origin != 0 || own.Origin != 0 {
			t.Errorf("%+v %+v", open, own)
		}
		type act struct {
			name string
			do   func(a desk.Actor, it Item) error
			on   fault.Kind // for a reader of the country: "" or Forbidden
		}
		acts := []act{
			{"read", func(a desk.Actor, it Item) error { _, err := w.Item(ctx, a, it.Ref); return err }, ""},
			{"custody", func(a desk.Actor, it Item) error { _, err := w.Custody(ctx, a, it.Ref); return err }, ""},
			{"history", func(a desk.Actor, it Item) error { _, err := w.History(ctx, a, it.Ref); return err }, ""},
			{"suggest", func(a desk.Actor, it Item) error { _, err := w.Suggest(ctx, a, it.Ref); return err }, ""},
			{"edit", func(a desk.Actor, it Item) error { _, _, err := w.Edit(ctx, a, it.Ref, 99, it.Draft); return err }, fault.Forbidden},
			{"withdraw", func(a desk.Actor, it Item) error { _, err := w.Withdraw(ctx, a, it.Ref, 99, "why"); return err }, fault.Forbidden},
			{"decide", func(a desk.Actor, it Item) error { _, err := w.DecideRaise(ctx, a, it.Ref, 99, 1, true); return err }, fault.Forbidden},
			{"redact", func(a desk.Actor, it Item) error { _, err := w.RedactText(ctx, a, it.Ref, "99", nil); return err }, fault.Forbidden},
			{"grade", func(a desk.Actor, it Item) error { _, err := w.Grade(ctx, a, it.Ref, 99, "A", 1); return err }, fault.Forbidden},
			{"share", func(a desk.Actor, it Item) error {
				_, err := w.SayOrigin(ctx, a, it.Ref, 99, Provenance{Own: true})
				return err
			}, fault.Forbidden},
		}
		for _, c := range acts {
			writes := c.on == fault.Forbidden
			for who, want := range map[*desk.Actor]fault.Kind{&reads: c.on, &other: fault.NotFound, {}: fault.NotFound} {
				mustBe(t, c.name+" by "+who.Ref, c.do(*who, open), want)
			}
			if err := c.do(amina, open); writes { // comes as far as the version, which is wrong
				mustBe(t, c.name, err, fault.Conflict)
			}
			if slices.Contains([]string{"edit", "withdraw", "decide", "redact"}, c.name) { // what a source was promised is kept by those who did
				mustBe(t, c.name+" of another's", c.do(boris, open), fault.Forbidden)
			} else if writes {
				mustBe(t, c.name+" of another's", c.do(boris, open), fault.Conflict)
			}
			if c.name != "read" && c.name != "custody" { // what partners may not see stays in the organisation
				mustBe(t, c.name+" of another's own", c.do(boris, own), fault.Forbidden)
			}
		}
		for what, c := range map[string]struct {
			who  desk.Actor
			ref  string
			want fault.Kind
		}{"a reader": {reads, "L-2026-0001", fault.Forbidden}, "of another country": {other, "L-2026-0001", fault.NotFound}, "to no case": {amina, "L-2026-0009", fault.NotFound}} {
			_, err := w.Add(ctx, c.who, c.ref, filing())
			mustBe(t, "adding by "+what, err, c.want)
		}
		foreign := filing()
		foreign.Organisation = 8
		_, err := w.Add(ctx, amina, "L-2026-0001", foreign)
		mustBe(t, "adding for another organisation", err, fault.Forbidden)

		shown, err := w.Items(ctx, boris, "L-2026-0001")
		if err != nil || len(shown) != 2 || shown[0].Says == "" || shown[1].Says != "" || shown[1].Title != "" || !shown[1].Closed || shown[1].Class != ClassOfficial {
			t.Errorf("%+v %v", shown, err)
		}
		if it, err := w.Item(ctx, amina, own.Ref); err != nil || it.Says == "" || it.Closed {
			t.Errorf("%+v %v", it, err)
		}
	})
}

// TestEditsAreKept: what an edit replaces stays, with who and when.
func TestEditsAreKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		f := filing()
		f.Partners = Yes
		it := w.mustAdd(t, amina, f)
		graded, err := w.Grade(ctx, boris, it.Ref, it.Version, "B", 2)
		if err != nil {
			t.Fatal(err)
		}
		next := graded.Draft
		until := w.clock.UnixMicro() + 1e12
		next.Says, next.EmbargoUntil = "The network was cut.", &until
		edited, waits, err := w.Edit(ctx, amina, it.Ref, graded.Version, next)
		if err != nil || waits != nil {
			t.Fatal(waits, err)
		}
		_, _, err = w.Edit(ctx, dara, it.Ref, graded.Version, it.Draft)
		mustBe(t, "an edit of what was edited meanwhile", err, fault.Conflict)
		if same, _, err := w.Edit(ctx, amina, it.Ref, edited.Version, next); err != nil || same.Version != edited.Version {
			t.Errorf("an edit that changes nothing: %v %v", same.Version, err)
		}
		next.Partners = No
		_, _, err = w.Edit(ctx, amina, it.Ref, edited.Version, next)
		if f := fault.Fields(err); len(f) != 1 || f[0].Name != "consent_partners" {
			t.Errorf("a consent taken back by the way: %v", err)
		}
		stored, err := w.Item(ctx, amina, it.Ref)
		if err != nil || len(edited.differences(stored.Draft)) > 0 || stored.Says != "The network was cut." || *stored.EmbargoUntil != until {
			t.Errorf("%+v %v", stored, err)
		}
		list, err := w.History(ctx, amina, it.Ref)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range list {
			got = append(got, fmt.Sprintf("%s %s %s: %s -> %s", c.Person, c.Act, c.Field, c.Old, c.New))
		}
		want := []string{"boris graded source:  -> B", "boris graded information: 0 -> 2", "amina edited says: The network is cut. -> The network was cut.",
			fmt.Sprintf("amina edited embargo_until:  -> %d", until)}
		if !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
		w.mustBeWhole(t, it.Ref, Received, Graded, Edited)
	})
}

// publications is a room that uses every item once and hears of every change.
type publications struct{ heard []string }

func (p *publications) PublicationsUsing(context.Context, db.Querier, int64) ([]string, error) {
	return []string{"2026-0007"}, nil
}
func (p *publications) Changed(_ context.Context, _ db.Tx, it Item) error {
	if it.Title == "Refuse" && it.WithdrawnAt != nil {
		return errors.New("not now")
	}
	p.heard = append(p.heard, fmt.Sprint(it.Ref, " ", it.Version))
	return nil
}

// TestWithdrawal: with a reason, once, heard of by whoever publishes, and nothing
// goes out afterwards.
func TestWithdrawal(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		uses := &publications{}
		w := newWorld(t, d, func(o *Options) { o.Publications = uses })
		ctx := t.Context()
		f := filing()
		f.Kind, f.Class, f.Anonymous = Account, ClassFirstHand, Yes
		it := w.mustAdd(t, amina, f)
		out := func() (Public, bool) {
			t.Helper()
			p, ok, err := w.ForPublication(ctx, d.Reader(), it.ID)
			if err != nil {
				t.Fatal(err)
			}
			return p, ok
		}
		if p, ok := out(); !ok || p.Says == "" {
			t.Errorf("with consent: %+v %v", p, ok)
		}
		_, err := w.WithdrawConsent(ctx, amina, it.Ref, it.Version, AnonymousPublic, " \n ")
		mustBe(t, "without a reason", err, fault.Invalid)
		_, err = w.WithdrawConsent(ctx, amina, it.Ref, it.Version, "fun", "because")
		mustBe(t, "for no use", err, fault.Invalid)
		if it, err = w.WithdrawConsent(ctx, amina, it.Ref, it.Version, AnonymousPublic, "afraid"); err != nil {
			t.Fatal(err)
		}
		if p, ok := out(); !ok || p.Says != "" || p.Class != ClassFirstHand {
			t.Errorf("without consent: %+v %v", p, ok)
		}
		if used, err := w.PublicationsUsing(ctx, amina, it.Ref); err != nil || !slices.Equal(used, []string{"2026-0007"}) {
			t.Errorf("%v %v", used, err)
		}
		if it, err = w.Withdraw(ctx, amina, it.Ref, it.Version, "forged"); err != nil {
			t.Fatal(err)
		}
		if p, ok := out(); ok {
			t.Errorf("a withdrawn item goes out: %+v", p)
		}
		_, _, err = w.Edit(ctx, amina, it.Ref, it.Version, it.Draft)
		mustBe(t, "an edit of what was withdrawn", err, fault.Conflict)
		if want := []string{it.Ref + " 1", it.Ref + " 2", it.Ref + " 3"}; !slices.Equal(uses.heard, want) {
			t.Errorf("heard: %q", uses.heard)
		}
		w.mustBeWhole(t, it.Ref, Received, ConsentWithdrawn, Withdrawn)

		f.Title = "Refuse"
		kept := w.mustAdd(t, amina, f)
		if _, err := w.Withdraw(ctx, amina, kept.Ref, 1, "why"); err == nil {
			t.Error("withdrawn though nobody could be told")
		}
		if it, err := w.Item(ctx, amina, kept.Ref); err != nil || it.WithdrawnAt != nil {
			t.Errorf("%+v %v", it, err)
		}
		w.mustBeWhole(t, kept.Ref, Received)
	})
}

// TestDraftsAreChecked: what cannot be kept says which field to mend.
func TestDraftsAreChecked(t *testing.T) {
	at := int64(5)
	for field, change := range map[string]func(d *Draft){
		"kind": func(d *Draft) { d.Kind = "rumour" }, "class": func(d *Draft) { d.Class = "X" }, "title": func(d *Draft) { d.Title = " \x00\n" },
		"source": func(d *Draft) { d.Source = "G" }, "information": func(d *Draft) { d.Information = 7 }, "precision": func(d *Draft) { d.Precision = "street" },
		"audience": func(d *Draft) { d.Audience = "all" }, "observed": func(d *Draft) { d.ObservedAt = &at }, "received": func(d *Draft) { d.ReceivedPrecision = "week" },
		"consent_named_public": func(d *Draft) { d.Named = "maybe" }, "url": func(d *Draft) { d.Kind, d.URL = Link, "ftp://news.example/" },
		"says": func(d *Draft) { d.Says = strings.Repeat("x", maxSays+1) }, "speaker": func(d *Draft) { d.Speaker = strings.Repeat("x", maxLine+1) },
	} {
		d := filing().Draft
		d.ReceivedPrecision = "day"
		if err := d.clean(); err != nil {
			t.Fatal(err)
		}
		change(&d)
		if f := fault.Fields(d.clean()); len(f) != 1 || f[0].Name != field {
			t.Errorf("%s: %+v", field, f)
		}
	}
	d := Draft{Kind: Account, Class: ClassFirstHand, Title: " a\tb\u0007 ", Says: "one\r\ntwo\x00 ", ReceivedPrecision: "day"}
	if err := d.clean(); err != nil || d.Title != "a b" || d.Says != "one\ntwo" || d.Audience != Confidential || d.Precision != Country || d.Anonymous != NotAsked {
		t.Errorf("%+v %v", d, err)
	}
}

// Many who file at once all get references of their own, without a gap.
func TestManyFileAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, func(o *Options) { o.Now, o.Record = nil, nil })
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				for range 4 {
					if _, err := w.Add(t.Context(), amina, "L-2026-0001", filing()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		list, err := ItemsOf(t.Context(), d.Reader(), 1)
		if err != nil || len(list) != 20 || list[19].Number != 20 {
			t.Errorf("%d items, %v", len(list), err)
		}
	})
}

// A dossier that is merged takes its items along.
func TestMove(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		it, stays := w.mustAdd(t, amina, filing()), w.mustAdd(t, amina, filing())
		if err := d.Write(t.Context(), func(tx db.Tx) error {
			return w.Move(t.Context(), tx, boris, 1, twoCases["L-2026-0002"], []int64{it.ID})
		}); err != nil {
			t.Fatal(err)
		}
		if left, err := ItemsOf(t.Context(), d.Reader(), 1); err != nil || len(left) != 1 || left[0].ID != stays.ID {
			t.Errorf("%+v %v", left, err)
		}
		moved, err := w.Item(t.Context(), boris, it.Ref)
		if err != nil || moved.Case != 2 || moved.Country != "SY" || moved.CaseRef != "L-2026-0002" {
			t.Errorf("%+v %v", moved, err)
		}
		w.mustBeWhole(t, it.Ref, Received, Moved)
	})
}

// TestWithdrawnIsClosed: what was withdrawn whole is closed for everybody but the
// organisation that filed it, text, names, files, captures and custody; the others
// see that it was withdrawn, its class and when.
func TestWithdrawnIsClosed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		ctx := t.Context()
		f := filing()
		f.Title, f.Says, f.Speaker, f.URL = "CANARY title", "CANARY says", "CANARY name", "https://canary.example/CANARY"
		it, err := s.AddFile(ctx, amina, "L-2026-0001", f, "CANARY.txt", strings.NewReader("CANARY bytes"))
		if err != nil {
			t.Fatal(err)
		}
		files, err := s.Files(ctx, boris, it.Ref)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Withdraw(ctx, amina, it.Ref, it.Version, "CANARY reason"); err != nil {
			t.Fatal(err)
		}
		shown, err := s.Item(ctx, boris, it.Ref)
		if err != nil || !shown.Closed || shown.WithdrawnAt == nil || shown.Class != ClassOfficial || strings.Contains(fmt.Sprintf("%+v", shown), "CANARY") || shown.FiledBy != "" || shown.Organisation != 0 {
			t.Errorf("%+v %v", shown, err)
		}
		for what, do := range map[string]func(a desk.Actor) error{
			"files":    func(a desk.Actor) error { _, err := s.Files(ctx, a, it.Ref); return err },
			"texts":    func(a desk.Actor) error { _, err := s.Texts(ctx, a, it.Ref); return err },
			"captures": func(a desk.Actor) error { _, err := s.Captures(ctx, a, it.Ref); return err },
			"history":  func(a desk.Actor) error { _, err := s.History(ctx, a, it.Ref); return err },
			"custody":  func(a desk.Actor) error { _, err := s.Custody(ctx, a, it.Ref); return err },
			"suggest":  func(a desk.Actor) error { _, err := s.Suggest(ctx, a, it.Ref); return err },
			"download": func(a desk.Actor) error {
				body, _, err := s.Download(ctx, a, it.Ref, files[0].Digest)
				if err == nil {
					body.Close()
				}
				return err
			},
		} {
			for _, who := range []desk.Actor{boris, reads, actor("edits", 8, desk.Editor)} {
				mustBe(t, what+" for "+who.Ref, do(who), fault.Forbidden)
			}
			if err := do(dara); err != nil {
				t.Errorf("%s for the organisation itself: %v", what, err)
			}
		}
		for _, path := range []string{"/desk/evidence/" + it.Ref, "/desk/leads/L-2026-0001/evidence"} {
			if text := s.show("boris", path, "Withdrawn item"); strings.Contains(text, "CANARY") || strings.Contains(text, "Amina") {
				t.Errorf("%s: %s", path, text)
			}
		}
		s.show("boris", "/desk/evidence/"+it.Ref, "Withdrawn on 20 May 2026")
		s.show("dara", "/desk/evidence/"+it.Ref, "CANARY says", "CANARY reason", "Amina")
	})
}

// TestWhatRemains: who withdraws a consent is told what stays public all the same.
func TestWhatRemains(t *testing.T) {
	w := &Web{s: New(nil, Options{})}
	yes := Consent{Internal: Yes, Partners: Yes, Anonymous: Yes, Named: Yes, Court: Yes}
	once := yes
	once.Named = NotAsked
	for _, c := range []struct {
		what    string
		consent Consent
		use     Use
		want    string
	}{
		{"the item", yes, "", "used"}, {"our own use", yes, Internal, "used"}, {"one of two", yes, AnonymousPublic, "used_stays"}, {"the court", yes, Court, "used_stays"},
		{"the only one", once, AnonymousPublic, "used_exists"},
	} {
		it := Item{Ref: "E-2026-0001", Draft: Draft{Kind: Account, Class: ClassFirstHand, Title: "heard", Audience: Open, Precision: Country, Consent: c.consent}}
		if got := w.remains(it, c.use); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
		if *it.Of(AnonymousPublic) != c.consent.Anonymous {
			t.Errorf("%s: asking changed the item", c.what)
		}
	}
}

// TestSomebodyCanAlwaysTakeItBack: the organisation that filed an item, and where nobody
// works for it there any more its people elsewhere and an editor of the case.
func TestSomebodyCanAlwaysTakeItBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		gone := false
		w := newWorld(t, d, func(o *Options) {
			o.Works = func(_ context.Context, _ db.Querier, organisation int64, country string) (bool, error) {
				if organisation != amina.Holds[0].Organisation {
					t.Errorf("asked of organisation %d", organisation)
				}
				return !gone && country == "IR", nil
			}
		})
		f := filing()
		f.Consent = Consent{Internal: Yes, Partners: No, Anonymous: Yes, Named: Yes, Court: Yes}
		moved, kept, other := w.mustAdd(t, amina, f), w.mustAdd(t, amina, f), w.mustAdd(t, amina, f)
		if err := d.Write(ctx, func(tx db.Tx) error {
			return w.Move(ctx, tx, boris, 1, twoCases["L-2026-0002"], []int64{moved.ID})
		}); err != nil {
			t.Fatal(err)
		}
		takes := func(a desk.Actor, ref string, use Use) error {
			it, _, err := itemByRef(ctx, d.Reader(), ref)
			if err != nil {
				t.Fatal(err)
			}
			_, err = w.WithdrawConsent(ctx, a, ref, it.Version, use, "she is afraid")
			return err
		}
		kenya := actor("kenya", 7, desk.Contributor, "KE")
		editor := actor("editor", 8, desk.Editor, "IR")
		mustBe(t, "its own people, in a country that is not theirs", takes(amina, moved.Ref, NamedPublic), "")
		mustBe(t, "its own people elsewhere, of one that never went anywhere", takes(kenya, other.Ref, NamedPublic), fault.NotFound)
		mustBe(t, "people of another organisation elsewhere", takes(actor("far", 9, desk.Contributor, "KE"), moved.Ref, AnonymousPublic), fault.NotFound)
		mustBe(t, "a reader of the own organisation", takes(actor("reader", 7, desk.Reader, "IR"), kept.Ref, NamedPublic), fault.Forbidden)
		mustBe(t, "an editor while its own people work", takes(editor, kept.Ref, NamedPublic), fault.Forbidden)
		gone = true
		mustBe(t, "its own people elsewhere, when nobody is left for the country", takes(kenya, other.Ref, NamedPublic), "")
		mustBe(t, "a contributor of another organisation", takes(boris, kept.Ref, NamedPublic), fault.Forbidden)
		mustBe(t, "an editor elsewhere", takes(editor, moved.Ref, AnonymousPublic), fault.NotFound)
		mustBe(t, "an editor, of what is kept from them", takes(editor, kept.Ref, NamedPublic), "")
		if it, _, err := itemByRef(ctx, d.Reader(), kept.Ref); err != nil || it.Named != No || it.Anonymous != Yes {
			t.Errorf("%+v %v", it.Consent, err)
		}
		it, _, _ := itemByRef(ctx, d.Reader(), kept.Ref)
		_, err := w.Withdraw(ctx, editor, kept.Ref, it.Version, "nobody answers for it")
		mustBe(t, "the whole item", err, "")
		w.mustBeWhole(t, kept.Ref, Received, ConsentWithdrawn, Withdrawn)
	})
}
