package dispute

import (
	"context"
	"strings"
	"testing"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/i18n"
)

// desked is a record with two incidents and a service of disputes.
type desked struct {
	*Service
	record *incident.Service
	acts   []Act
}

func start(t *testing.T, d *db.DB) *desked {
	t.Helper()
	ctx := context.Background()
	record, err := incident.NewService(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	err = record.Fill(ctx, 2, func(i int) (incident.Facts, []int) {
		return incident.Facts{Period: incident.Period{Kind: "main", Start: incident.DayDate(19800 + i), EndState: "ongoing"},
			Countries: []incident.Country{{Code: "IN", Spelling: "India"}}}, []int{2024}
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	x := &desked{record: record}
	x.Service = New(d, record, func(context.Context, *i18n.Texts) (map[int64]string, error) {
		return map[int64]string{7: "A group"}, nil
	}, func(_ context.Context, _ db.Tx, a Act) error {
		x.acts = append(x.acts, a)
		return nil
	}, nil)
	return x
}

var editor = desk.Actor{Person: 1, Ref: "p1", Name: "Amina", Holds: []desk.Hold{{Organisation: 7, Role: desk.Editor, Countries: []string{"IN"}}}}

func filing(ref string) Filing {
	return Filing{Incident: ref, Statement: "who", Right: "It was Jonas Example.", Why: "I was there.", Speaker: "person", Lang: "en"}
}

func (x *desked) file(t *testing.T, ref string) string {
	t.Helper()
	got, err := x.File(context.Background(), filing(ref))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func exec(t *testing.T, d *db.DB, statement string) {
	t.Helper()
	if _, err := d.Pool().Exec(statement); err != nil {
		t.Fatal(err)
	}
}

// What is withheld from the record is withheld here, in what strangers wrote and
// in what the coalition said.
func TestWithheldHereToo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := start(t, d)
		ref := x.file(t, "2024-0001")
		if err := x.Release(ctx, editor, ref, Answers()); err != nil {
			t.Fatal(err)
		}
		if err := x.Answer(ctx, editor, ref, "We asked Jonas Example."); err != nil {
			t.Fatal(err)
		}
		told := func() string {
			t.Helper()
			p, err := x.Public(ctx, ref)
			if err != nil || len(p.Steps) != 1 {
				t.Fatal(p, err)
			}
			return p.Right + p.Steps[0].Note
		}
		if strings.Count(told(), "Jonas Example") != 2 {
			t.Fatalf("before: %s", told())
		}
		if _, err := x.record.Withhold(ctx, incident.Withholding{Passage: "Jonas Example", Who: "Amina", Reason: "a life", Most: 10, Anyway: true}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(told(), "Jonas") {
			t.Errorf("withheld, and told here: %s", told())
		}
	})
}

// A dispute goes with its incident to the one that took it in, and stays in sight
// when that is taken back: also this can be disputed.
func TestDisputeFollowsItsIncident(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := start(t, d)
		ref := x.file(t, "2024-0001")
		exec(t, d, `update incident set merged_into = (select id from incident where ref = '2024-0002') where ref = '2024-0001'`)
		if p, err := x.Public(ctx, ref); err != nil || p.Incident != "2024-0002" || p.Gone {
			t.Errorf("after a merge: %+v %v", p, err)
		}
		if list, err := x.About(ctx, "2024-0002", 5); err != nil || len(list) != 1 {
			t.Errorf("about the one that stands: %v %v", list, err)
		}
		if inc, err := x.Disputable(ctx, "2024-0001"); err != nil || inc.Ref != "2024-0002" {
			t.Errorf("the old reference leads to %v %v", inc, err)
		}
		exec(t, d, `update entry set counted = 0`)
		if p, err := x.Public(ctx, ref); err != nil || !p.Gone {
			t.Errorf("of a withdrawn incident: %+v %v", p, err)
		}
		if list, err := x.Between(ctx, time.Time{}, time.Now().Add(time.Hour), 5); err != nil || len(list) != 1 {
			t.Errorf("in the log: %v %v", list, err)
		}
		if _, err := x.File(ctx, filing("2024-0002")); err != nil {
			t.Errorf("that it was taken back cannot be disputed: %v", err)
		}
		if c, err := x.Get(ctx, editor, ref); err != nil || c.Right == "" || !c.Gone {
			t.Errorf("for an editor: %+v %v", c, err)
		}
		exec(t, d, `update entry set counted = 1; update incident set state = 'lead'`)
		if _, err := x.Public(ctx, ref); fault.KindOf(err) != fault.NotFound {
			t.Errorf("of what readers never saw: %v", err)
		}
		if _, err := x.File(ctx, filing("2024-0002")); fault.KindOf(err) != fault.NotFound {
			t.Errorf("filed about what nobody may see: %v", err)
		}
	})
}

// What was upheld stands in the state of the incident until it is corrected, or the
// ruling is taken back; of two, until both are.
func TestUpheldStandsUntilCorrected(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := start(t, d)
		state := func(want string) {
			t.Helper()
			inc, err := x.record.Get(ctx, incident.RecordEdition, "2024-0001")
			if err != nil || inc.State != want {
				t.Fatalf("the incident is %v, not %s: %v", inc, want, err)
			}
		}
		do := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		one := x.file(t, "2024-0001")
		other := filing("2024-0001")
		other.Right = "It was somebody else."
		two, err := x.File(ctx, other)
		do(err)
		state("published")
		if err := x.Reopen(ctx, editor, one, "Why not?"); fault.KindOf(err) != fault.Conflict {
			t.Errorf("opened again, and never decided: %v", err)
		}
		do(x.Reject(ctx, editor, one, "No."))
		state("published")
		do(x.Reopen(ctx, editor, one, "Perhaps."))
		do(x.Uphold(ctx, editor, one, "Yes."))
		state("disputed")
		if err := x.Uphold(ctx, editor, one, "Yes again."); fault.KindOf(err) != fault.Conflict {
			t.Errorf("decided twice: %v", err)
		}
		do(x.Uphold(ctx, editor, two, "This too."))
		do(x.Reopen(ctx, editor, one, "Not sure."))
		state("disputed") // because of the other
		do(x.Reopen(ctx, editor, two, "Nor here."))
		state("published")
		do(x.Uphold(ctx, editor, two, "Yes, in the end."))
		state("disputed")
		_, err = x.record.Revise(ctx, "2024-0001", 0, "Amina", "the ministry was it", func(_ int, f incident.Facts) (incident.Facts, error) {
			f.Cause.Term = "protests"
			return f, nil
		})
		do(err)
		state("corrected")
		do(x.Reopen(ctx, editor, two, "A mistake."))
		state("corrected") // what it said is not there any more
		do(x.Uphold(ctx, editor, one, "Yes."))
		do(x.Reopen(ctx, editor, one, "No."))
		state("corrected")
		var kinds []string
		for _, a := range x.acts {
			kinds = append(kinds, a.Kind)
		}
		if got := strings.Join(kinds[2:5], " "); got != "dispute.rejected dispute.reopened dispute.upheld" {
			t.Errorf("the ledger hears of %s", got)
		}
	})
}

// Only an editor for the country reads, releases, answers and decides; nothing
// is told to the ledger of what was refused.
func TestOnlyAnEditorForTheCountry(t *testing.T) {
	x := start(t, dbtest.SQLite(t))
	ctx := context.Background()
	ref := x.file(t, "2024-0001")
	hold := func(role desk.Role, everywhere bool, countries ...string) desk.Actor {
		return desk.Actor{Person: 2, Ref: "p2", Name: "Bo", Holds: []desk.Hold{{Organisation: 7, Role: role, Everywhere: everywhere, Countries: countries}}}
	}
	for name, a := range map[string]desk.Actor{"nobody": {}, "a verifier": hold(desk.Verifier, true), "an administrator": hold(desk.Administrator, true), "an editor elsewhere": hold(desk.Editor, false, "IR")} {
		_, err := x.Get(ctx, a, ref)
		for what, err := range map[string]error{"read": err, "release": x.Release(ctx, a, ref, nil), "answer": x.Answer(ctx, a, ref, "no"),
			"uphold": x.Uphold(ctx, a, ref, "no"), "reject": x.Reject(ctx, a, ref, "no"), "forget": x.ForgetContact(ctx, a, ref)} {
			if fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s may %s: %v", name, what, err)
			}
		}
		if list, err := x.List(ctx, a, "", 10); len(list) > 0 || err != nil && fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%s is shown %v %v", name, list, err)
		}
	}
	if len(x.acts) != 1 || x.acts[0].Kind != "dispute.filed" {
		t.Errorf("the ledger was told of %v", x.acts)
	}
	for _, text := range []string{"Jonas", "I was there"} {
		for _, v := range x.acts[0].Payload {
			if s, ok := v.(string); ok && strings.Contains(s, text) {
				t.Errorf("the ledger was told %q", s)
			}
		}
	}
	for name, a := range map[string]desk.Actor{"here": editor, "everywhere": hold(desk.Editor, true)} {
		if list, err := x.List(ctx, a, Open, 10); err != nil || len(list) != 1 {
			t.Errorf("an editor %s: %v %v", name, list, err)
		}
	}
	if err := x.Reject(ctx, editor, ref, "The record stands."); err != nil {
		t.Fatal(err)
	}
	for _, act := range []error{x.Uphold(ctx, editor, ref, "after all"), x.Answer(ctx, editor, ref, "more")} {
		if fault.KindOf(act) != fault.Conflict {
			t.Errorf("after the end: %v", act)
		}
	}
}

// TestListIsNarrowedFirst: what others are responsible for takes no place in a list,
// and what was merged is found where it went.
func TestListIsNarrowedFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := start(t, d)
		exec(t, d, `update incident_country set code = 'IR' where incident_id = (select id from incident where ref = '2024-0001')`)
		if err := x.record.Reload(ctx); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			f := filing("2024-0001")
			f.Right = "Number " + string(rune('a'+i))
			if _, err := x.File(ctx, f); err != nil {
				t.Fatal(err)
			}
		}
		ours := x.file(t, "2024-0002")
		if again := x.file(t, "2024-0002"); again != ours {
			t.Errorf("the same one sent twice is %s and %s", ours, again)
		}
		list, err := x.List(ctx, editor, "", 2)
		if err != nil || len(list) != 1 || list[0].Ref != ours {
			t.Errorf("an editor for India sees %v %v", list, err)
		}
		if n, err := x.Waiting(ctx, editor); err != nil || n != 1 {
			t.Errorf("%d wait, %v", n, err)
		}
		exec(t, d, `update incident set merged_into = (select id from incident where ref = '2024-0001') where ref = '2024-0002'`)
		if n, err := x.Waiting(ctx, editor); err != nil || n != 0 {
			t.Errorf("merged into one of Iran: %d wait, %v", n, err)
		}
	})
}
