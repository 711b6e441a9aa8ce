package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"keepiton/internal/coalition"
	"keepiton/internal/incident"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
)

// exhibits are the items of a test; the room of evidence has its own tests.
type exhibits struct{ items map[int64][]Item }

func (e *exhibits) Items(_ context.Context, _ db.Querier, dossier int64) ([]Item, error) {
	return e.items[dossier], nil
}

func (e *exhibits) FiledAmong(_ context.Context, _ db.Querier, person string, dossiers []int64) (map[int64][]Item, error) {
	out := map[int64][]Item{}
	for _, d := range dossiers {
		if slices.ContainsFunc(e.items[d], func(it Item) bool { return it.FiledBy == person }) {
			out[d] = e.items[d]
		}
	}
	return out, nil
}

func (e *exhibits) Told(_ context.Context, _ db.Querier, items []int64) ([]Told, error) {
	var out []Told
	for _, list := range e.items {
		for _, it := range list {
			if slices.Contains(items, it.ID) && !it.Withdrawn {
				x := Told{it.ID, incident.Source{Class: "confidential"}, "{}"}
				if !it.Hidden {
					x.Source = incident.Source{Class: "news", URL: "https://paper.example/" + it.Ref}
				}
				out = append(out, x)
			}
		}
	}
	return out, nil
}

// change changes an item, as its room would, and says so.
func (w *world) change(id int64, do func(*Item)) {
	w.t.Helper()
	for dossier, list := range w.exhibits.items {
		for i := range list {
			if list[i].ID != id {
				continue
			}
			do(&list[i])
			list[i].Digest += "+"
			if err := w.d.Write(context.Background(), func(tx db.Tx) error { return w.EvidenceChanged(context.Background(), tx, dossier, id) }); err != nil {
				w.t.Fatal(err)
			}
			return
		}
	}
	w.t.Fatalf("no item %d", id)
}

func (e *exhibits) Move(_ context.Context, _ db.Tx, _ desk.Actor, from int64, to Dossier, items []int64) error {
	var stay []Item
	for _, it := range e.items[from] {
		if items == nil || slices.Contains(items, it.ID) {
			e.items[to.ID] = append(e.items[to.ID], it)
		} else {
			stay = append(stay, it)
		}
	}
	e.items[from] = stay
	return nil
}

// world is a desk with two organisations and people of every role.
type world struct {
	*Service
	t        testing.TB
	d        *db.DB
	record   *incident.Service
	exhibits *exhibits
	clock    time.Time
	events   []Event
	people   map[string]desk.Actor
	orgs     map[string]int64
	coal     *coalition.Service
	accounts *account.Service
}

// The cast: who works for which organisation, as what, where.
var cast = []struct {
	name, org string
	role      desk.Role
	area      string
}{
	{"author", "lakes", desk.Contributor, ""}, {"helper", "watch", desk.Contributor, ""},
	{"one", "lakes", desk.Verifier, ""}, {"one_too", "lakes", desk.Verifier, ""}, {"two", "watch", desk.Verifier, ""},
	{"iran_only", "watch", desk.Verifier, "IR"}, {"kenya_only", "watch", desk.Verifier, "KE"},
	{"editor", "office", desk.Editor, ""}, {"admin", "office", desk.Administrator, ""}, {"reader", "watch", desk.Reader, ""},
}

func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	ctx := context.Background()
	record, err := incident.NewService(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, d: d, record: record, exhibits: &exhibits{map[int64][]Item{}}, clock: time.Now().UTC().Truncate(time.Microsecond), people: map[string]desk.Actor{}, orgs: map[string]int64{}}
	w.Service = New(d, Options{Record: record, Exhibits: w.exhibits, Now: func() time.Time { return w.clock },
		Tell: func(_ context.Context, _ db.Tx, e Event) error { w.events = append(w.events, e); return nil }})
	w.coal = coalition.New(d, coalition.Recorder{}, nil)
	if w.accounts, err = account.New(d, account.Options{Secret: []byte(strings.Repeat("s", 32)), Issuer: "keepiton", Accepted: w.coal.Accepted}); err != nil {
		t.Fatal(err)
	}
	refs := map[string]string{}
	for _, name := range []string{"lakes", "watch", "office"} {
		o, err := w.coal.Save(ctx, nil, coalition.Organisation{Kind: "member", Names: map[string]string{"en": name}})
		if err != nil {
			t.Fatal(err)
		}
		refs[name], w.orgs[name] = o.Ref, o.ID
	}
	for _, c := range cast {
		w.join(c.name, coalition.Grant{Organisation: refs[c.org], Role: c.role, Area: c.area})
	}
	return w
}

func (w *world) join(name string, g coalition.Grant) {
	w.t.Helper()
	ctx := context.Background()
	code, err := (&coalition.Office{Service: w.coal, Accounts: w.accounts}).Invite(ctx, nil, "", []coalition.Grant{g})
	if err != nil {
		w.t.Fatal(err)
	}
	p, _, err := w.accounts.Accept(ctx, account.Joining{Code: code, Name: name})
	if err != nil {
		w.t.Fatal(err)
	}
	if w.people[name], err = w.coal.Actor(ctx, p); err != nil {
		w.t.Fatal(err)
	}
}

// facts are those of a shutdown in Iran.
func someFacts() incident.Facts {
	f := blank()
	f.Countries = []incident.Country{{Code: "IR", Spelling: "Iran"}}
	f.Measure = incident.Measure{Method: "shutdown", Network: "mobile", Extent: "full_network", Scope: "multi_city", Area: "Tehran, Karaj"}
	f.Period.Start, f.Period.StartKind, f.Period.End, f.Period.EndState = "2026-01-08", "actual", "2026-01-27", "ended"
	f.Cause = incident.Cause{Term: "protests"}
	return f
}

// everyFact says something wherever anything can be said.
func everyFact() incident.Facts {
	f := someFacts()
	f.Pauses = []incident.Period{{Kind: "pause", Start: "2026-01-10", StartKind: "actual", End: "2026-01-11", EndState: "ended"}}
	f.Places = []incident.Place{{Country: "IR", Text: "Tehran", Confidence: "none"}}
	f.Services = []incident.Effect{{Service: "telegram", State: incident.Yes}}
	f.Actors = []incident.Actor{{Role: "ordered", Class: "government"}}
	f.Operators = []incident.Carrier{{Name: "MCI", Country: "IR"}}
	f.Flags = []incident.Flag{{Key: "violence", State: incident.Yes}}
	f.Groups = []incident.Group{{Term: "students"}}
	f.Cost = []incident.Cost{{Amount: 1, Currency: "USD", Per: "day"}}
	f.Sources = []incident.Source{{Class: "news", URL: "https://paper.example/"}}
	f.Links = []incident.Link{{Kind: "report", URL: "https://paper.example/report"}}
	f.Notes = []incident.Note{{Kind: "event", Lang: "en", Text: "more"}}
	return f
}

func (w *world) file() Dossier { w.t.Helper(); return w.fileAs(someFacts()) }

func (w *world) fileAs(f incident.Facts) Dossier {
	w.t.Helper()
	d, err := w.File(context.Background(), w.people["author"], Lead{Title: "Tehran, mobile", Urgency: 1, Facts: f, Claims: Claims()})
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// corroborate gives a dossier two independent items that speak for a claim.
func (w *world) corroborate(d Dossier) {
	w.t.Helper()
	n := d.ID * 10
	w.exhibits.items[d.ID] = []Item{{ID: n + 1, Ref: fmt.Sprint("E-", n+1), Class: "T", Origin: n + 1}, {ID: n + 2, Ref: fmt.Sprint("E-", n+2), Class: "H", Origin: n + 2}}
	for _, it := range w.exhibits.items[d.ID] {
		if err := w.Attach(context.Background(), w.people["author"], d.Ref, When, Saying{Item: it.ID, Now: For}); err != nil {
			w.t.Fatal(err)
		}
	}
}

func yes() []Answer {
	var out []Answer
	for _, q := range Questions() {
		out = append(out, Answer{q.Key, "yes"})
	}
	return out
}

func (w *world) sign(who, ref string) error {
	c, err := w.Get(context.Background(), w.people[who], ref)
	if err != nil {
		return err
	}
	return w.Sign(context.Background(), w.people[who], ref, c.Revision, 0, yes(), "another one like it")
}

func key(err error) string { k, _ := fault.Text(err); return k }

// TestLeadToPublication walks a lead up the ladder, to the record, through a
// correction, and back out of it.
func TestLeadToPublication(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		lead := w.file()
		if lead.Ref != fmt.Sprintf("L-%d-0001", w.clock.Year()) {
			t.Errorf("the reference is %s", lead.Ref)
		}
		if err := w.sign("one", lead.Ref); key(err) != "verify.sign.not_corroborated" {
			t.Errorf("signed on nothing: %v", err)
		}
		w.corroborate(lead)
		for who, want := range map[string]string{"author": "desk.not_yours", "reader": "desk.not_yours", "admin": "desk.not_yours", "kenya_only": "verify.unknown"} {
			if err := w.sign(who, lead.Ref); key(err) != want {
				t.Errorf("%s signs: %v", who, err)
			}
		}
		publish := func(reason string, corrected bool) (string, error) {
			return w.Publish(ctx, w.people["editor"], lead.Ref, reason, corrected)
		}
		for _, who := range []string{"one", "one_too"} {
			if err := w.sign(who, lead.Ref); err != nil {
				t.Fatal(err)
			}
			if _, err := publish("", false); key(err) != "verify.publish.unsigned" {
				t.Errorf("published with one organisation: %v", err)
			}
		}
		if err := w.sign("one", lead.Ref); key(err) != "verify.sign.already" {
			t.Errorf("signed twice: %v", err)
		}
		if err := w.sign("iran_only", lead.Ref); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Publish(ctx, w.people["two"], lead.Ref, "", false); key(err) != "desk.not_yours" {
			t.Errorf("a verifier publishes: %v", err)
		}
		ref, err := publish("", false)
		if err != nil {
			t.Fatal(err)
		}
		inc, err := w.record.Get(ctx, incident.RecordEdition, ref)
		if err != nil || ref != "2026-0001" || inc.State != "published" || len(inc.Facts.Sources) != 2 || len(inc.Years) != 1 || !inc.Years[0].Counted {
			t.Fatalf("%s %+v %v", ref, inc, err)
		}
		if c, err := w.Get(ctx, w.people["reader"], lead.Ref); err != nil || c.Stage() != Published || c.Changed() || c.Incident != ref {
			t.Errorf("%+v %v", c, err)
		}
		if _, err := publish("again", false); key(err) != "verify.publish.nothing_new" {
			t.Errorf("published twice: %v", err)
		}
		years, err := w.record.Years(ctx, incident.RecordEdition)
		if err != nil || len(years) != 1 || years[0].Year != 2026 {
			t.Errorf("%+v %v", years, err)
		}

		// A correction needs two signatures again; the public reads the old one until then.
		f := someFacts()
		f.Period.End = "2026-01-28"
		c, err := w.Get(ctx, w.people["helper"], lead.Ref)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := w.State(ctx, w.people["helper"], lead.Ref, 0, "a day more", []Statement{{When, f, c.Values[When].ID}, {What, f, c.Values[What].ID}}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if _, err := publish("a day more", true); key(err) != "verify.publish.unsigned" {
			t.Errorf("corrected without signatures: %v", err)
		}
		if inc, _ := w.record.Get(ctx, incident.RecordEdition, ref); inc.Facts.Period.End != "2026-01-27" {
			t.Error("a value nobody signed is public")
		}
		for _, who := range []string{"one", "two"} {
			if err := w.sign(who, lead.Ref); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := publish(" ", true); len(fault.Fields(err)) != 1 {
			t.Errorf("corrected without a reason: %v", err)
		}
		if _, err := publish("operators restored it a day later", true); err != nil {
			t.Fatal(err)
		}
		inc, err = w.record.Get(ctx, incident.RecordEdition, ref)
		if err != nil || inc.State != "corrected" || inc.Facts.Period.End != "2026-01-28" || len(inc.Changes) != 1 || inc.Changes[0].Origin != "editor" {
			t.Errorf("%+v %v", inc, err)
		}
		if err := w.Retract(ctx, w.people["editor"], lead.Ref, "it points to a person"); err != nil {
			t.Fatal(err)
		}
		if inc, err := w.record.Get(ctx, incident.RecordEdition, ref); err != nil || inc.State != "retracted" || inc.Years[0].Counted {
			t.Errorf("%+v %v", inc, err)
		}
		if note, err := w.record.VerifyCounts(ctx); err != nil {
			t.Error(note, err)
		}
		for _, e := range w.events {
			if shows := e.Kind == "desk.published" || e.Kind == "desk.retracted"; shows == e.Quiet {
				t.Errorf("%s: quiet %v", e.Kind, e.Quiet)
			}
		}
	})
}

// TestTwoEdit: two people state the same claim at once; nothing is lost, and two
// different claims do not stand in each other's way.
func TestTwoEdit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		lead := w.file()
		c, err := w.Get(ctx, w.people["author"], lead.Ref)
		if err != nil {
			t.Fatal(err)
		}
		mine, theirs, other := someFacts(), someFacts(), someFacts()
		mine.Period.Start, theirs.Period.Start, other.Cause.Term = "2026-01-09", "2026-01-07", "elections"
		base := c.Values[When].ID
		if n, err := w.State(ctx, w.people["helper"], lead.Ref, 0, "", []Statement{{When, theirs, base}}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if n, err := w.State(ctx, w.people["author"], lead.Ref, 0, "", []Statement{{Why, other, c.Values[Why].ID}}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		_, err = w.State(ctx, w.people["author"], lead.Ref, 0, "", []Statement{{When, mine, base}, {Who, mine, 0}})
		var over *Overtaken
		if !errors.As(err, &over) || len(over.Theirs) != 1 || over.Theirs[0].Facts.Period.Start != "2026-01-07" || fault.KindOf(err) != fault.Conflict {
			t.Fatalf("%v", err)
		}
		if n, err := w.State(ctx, w.people["author"], lead.Ref, 0, "seen theirs", []Statement{{When, mine, over.Theirs[0].ID}}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if n, err := w.State(ctx, w.people["author"], lead.Ref, 0, "", []Statement{{When, mine, base}}); n != 0 || err != nil {
			t.Errorf("stating what stands: %d %v", n, err)
		}
		history, err := w.History(ctx, w.people["reader"], lead.Ref, When)
		if err != nil || len(history) != 3 || history[0].Facts.Period.Start != "2026-01-09" || history[2].Facts.Period.Start != "2026-01-08" {
			t.Errorf("%+v %v", history, err)
		}
		c, err = w.Get(ctx, w.people["author"], lead.Ref)
		if err != nil || c.Facts.Cause.Term != "elections" || c.Facts.Period.Start != "2026-01-09" {
			t.Errorf("%+v %v", c.Facts, err)
		}
	})
}

// TestDirectSQL: statements past the program do not make anything public, nor
// change what was signed.
func TestDirectSQL(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		lead, other := w.file(), w.file()
		w.corroborate(lead)
		w.corroborate(other)
		for _, who := range []string{"one", "two"} {
			if err := w.sign(who, lead.Ref); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.sign("one", other.Ref); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Publish(ctx, w.people["editor"], lead.Ref, "", false); err != nil {
			t.Fatal(err)
		}
		rev := func(d Dossier) int64 {
			c, err := w.Get(ctx, w.people["editor"], d.Ref)
			if err != nil {
				t.Fatal(err)
			}
			return c.Revision
		}
		row := `(9, '2026-0009', '%s', '', null, 0, 1, 1, 1, '%s', %d, %d, %s)`
		cols := `insert into incident (id, ref, state, methodology, merged_into, edited, revision, created_at, updated_at, origin, dossier_id, signed_revision, urgent_until) values `
		insert := func(state, origin string, dossier, revision int64, until string) string {
			return cols + fmt.Sprintf(row, state, origin, dossier, revision, until)
		}
		sign := func(id int64, dossier, revision int64, person, org string) string {
			return fmt.Sprintf(`insert into sign_off (id, dossier_id, revision, digest, told, person_id, organisation_id, checklist, note, at) values (%d, %d, %d, (select digest from dossier where id = %d), 'x', %d, %d, '[]', '', 1)`,
				id, dossier, revision, dossier, w.people[person].Person, w.orgs[org])
		}
		urgent := func(person, org string, dossier, revision, at, until int64) string {
			return fmt.Sprintf(`insert into urgent_publication (id, root_id, dossier_id, revision, digest, person_id, organisation_id, reason, at, expires_at) values (7, %[1]d, %[1]d, %[2]d, (select digest from dossier where id = %[1]d), %[3]d, %[4]d, 'somebody may be arrested', %[5]d, %[6]d)`,
				dossier, revision, w.people[person].Person, w.orgs[org], at, until)
		}
		now := time.Now().UnixMicro()
		for what, query := range map[string]string{
			"public with one signature":        insert("published", "desk", other.ID, rev(other), "null"),
			"public without a dossier":         insert("published", "desk", 99, 1, "null"),
			"public with an old revision":      insert("disputed", "desk", lead.ID, 1, "null"),
			"corrected with one signature":     insert("corrected", "desk", other.ID, rev(other), "null"),
			"urgent by its own word":           insert("published", "desk", other.ID, rev(other), "99999999999999999"),
			"a state that becomes public":      `update incident set state = 'published', signed_revision = 1 where origin = 'desk'`,
			"a public one of another dossier":  fmt.Sprintf(`update incident set dossier_id = %d where origin = 'desk'`, other.ID),
			"an origin that is hidden":         `update incident set origin = 'sheet' where origin = 'desk'`,
			"a reader signs":                   sign(90, other.ID, rev(other), "reader", "watch"),
			"a verifier of elsewhere signs":    sign(90, other.ID, rev(other), "two", "office"),
			"the author signs":                 sign(90, other.ID, rev(other), "author", "lakes"),
			"signing another revision":         sign(90, other.ID, rev(other)+1, "two", "watch"),
			"changing who signed":              fmt.Sprintf(`update sign_off set person_id = %d`, w.people["two"].Person),
			"deleting a signature":             `delete from sign_off`,
			"changing what was signed":         fmt.Sprintf(`update claim_value set facts = '{}' where dossier_id = %d`, lead.ID),
			"deleting what was signed":         `delete from claim_value`,
			"writing into what was signed":     fmt.Sprintf(`insert into claim_value (id, dossier_id, claim, facts, revision, note, at) values (900, %d, 'when', '{}', %d, '', 1)`, lead.ID, rev(lead)),
			"taking back under what is public": `insert into sign_off_withdrawn (sign_off_id, reason, at) select min(id), 'x', 1 from sign_off`,
			"an urgent one by a verifier":      urgent("two", "watch", other.ID, rev(other), now, now+3600_000_000),
			"an urgent one of four days":       urgent("editor", "office", other.ID, rev(other), now, now+4*86400_000_000),
			"an urgent one of later":           urgent("editor", "office", other.ID, rev(other), now+10*86400_000_000, now+11*86400_000_000),
			"another author":                   fmt.Sprintf(`update dossier set author_id = %d`, w.people["reader"].Person),
			"an older revision":                `update dossier set revision = 1`,
		} {
			err := d.Write(ctx, func(tx db.Tx) error { _, err := db.Exec(ctx, tx, query); return err })
			if err == nil {
				t.Errorf("%s went through", what)
			} else if !strings.Contains(err.Error(), "desk") && !strings.Contains(err.Error(), "sign") && !strings.Contains(err.Error(), "stays") && !strings.Contains(err.Error(), "dossier") && !strings.Contains(err.Error(), "wrote") {
				t.Errorf("%s was refused for another reason: %v", what, err)
			}
		}
		// And what is right goes through, so that the refusals above are not of everything.
		if err := d.Write(ctx, func(tx db.Tx) error {
			_, err := db.Exec(ctx, tx, sign(91, other.ID, rev(other), "two", "watch"))
			return err
		}); err != nil {
			t.Error(err)
		}
	})
}

// TestUrgent: an urgent publication says so, lapses by itself, and stays when
// two organisations sign in time.
func TestUrgent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		const reason = "people are being arrested for going out to find a signal"
		w.clock = time.Now().UTC().Add(-UrgentFor + 2*time.Second) // the database asks its own clock
		lapsing, kept := w.file(), w.file()
		w.corroborate(kept)
		if _, err := w.PublishUrgently(ctx, w.people["editor"], lapsing.Ref, "because"); len(fault.Fields(err)) != 1 {
			t.Errorf("without a reason: %v", err)
		}
		if _, err := w.PublishUrgently(ctx, w.people["two"], lapsing.Ref, reason); key(err) != "desk.not_yours" {
			t.Errorf("a verifier: %v", err)
		}
		var refs []string
		for _, x := range []Dossier{lapsing, kept} {
			ref, err := w.PublishUrgently(ctx, w.people["editor"], x.Ref, reason)
			if err != nil {
				t.Fatal(err)
			}
			refs = append(refs, ref)
		}
		c, err := w.Get(ctx, w.people["reader"], kept.Ref)
		if err != nil || c.Urgent == 0 || c.Stage() != Published {
			t.Fatalf("%+v %v", c, err)
		}
		if inc, err := w.record.Get(ctx, incident.RecordEdition, refs[0]); err != nil || inc.Urgent == nil {
			t.Errorf("the page does not know: %+v %v", inc, err)
		}
		for _, who := range []string{"one", "two"} {
			if err := w.sign(who, kept.Ref); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Publish(ctx, w.people["editor"], kept.Ref, "", false); err != nil {
			t.Fatal(err)
		}
		if gone, err := w.Lapse(ctx); err != nil || len(gone) != 0 {
			t.Errorf("too early: %v %v", gone, err)
		}
		w.clock = time.Now().UTC().Add(time.Minute)
		if gone, err := w.Lapse(ctx); err != nil || len(gone) != 1 || gone[0] != refs[0] {
			t.Errorf("%v %v", gone, err)
		}
		for ref, state := range map[string]string{refs[0]: "retracted", refs[1]: "published"} {
			if inc, err := w.record.Get(ctx, incident.RecordEdition, ref); err != nil || inc.State != state || inc.Urgent != nil {
				t.Errorf("%s: %+v %v", ref, inc, err)
			}
		}
		if c, err := w.Get(ctx, w.people["reader"], lapsing.Ref); err != nil || c.State != Open || c.Stage() != "" {
			t.Errorf("%+v %v", c, err)
		}
	})
}

// TestEmbargo: what is under embargo is not published, signed or not.
func TestEmbargo(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	ctx := context.Background()
	lead := w.file()
	w.corroborate(lead)
	until := w.clock.Add(time.Hour).UnixMicro()
	if err := w.Embargo(ctx, w.people["editor"], lead.Ref, until, "the witness is still in the country"); err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"one", "two"} {
		if err := w.sign(who, lead.Ref); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Publish(ctx, w.people["editor"], lead.Ref, "", false); key(err) != "verify.publish.embargo" {
		t.Errorf("published under embargo: %v", err)
	}
	if _, err := w.PublishUrgently(ctx, w.people["editor"], lead.Ref, "because it is urgent, they say"); key(err) != "verify.publish.embargo" {
		t.Errorf("published urgently under embargo: %v", err)
	}
	w.clock = w.clock.Add(2 * time.Hour)
	if _, err := w.Publish(ctx, w.people["editor"], lead.Ref, "", false); err != nil {
		t.Error(err)
	}
}

// TestQueue: filters find what they say, in the order of urgency and due time,
// page by page, and never what lies in a country somebody may not see.
func TestQueue(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		iran, kenya := w.file(), func() Dossier {
			f := someFacts()
			f.Countries = []incident.Country{{Code: "KE", Spelling: "Kenya"}}
			d, err := w.File(ctx, w.people["author"], Lead{Title: "Kēsh valley, éverything 50% slow_", Urgency: 2, Facts: f, Claims: Claims()})
			if err != nil {
				t.Fatal(err)
			}
			return d
		}()
		w.corroborate(iran)
		if err := w.sign("one", iran.Ref); err != nil {
			t.Fatal(err)
		}
		if err := w.Lease(ctx, w.people["helper"], kenya.Ref); err != nil {
			t.Fatal(err)
		}
		both, one, two := []string{iran.Ref, kenya.Ref}, []string{iran.Ref}, []string{kenya.Ref}
		for what, c := range map[string]struct {
			who  string
			f    Filter
			want []string
		}{
			"all": {"reader", Filter{}, both}, "country": {"reader", Filter{Country: "KE"}, two}, "urgency": {"reader", Filter{Urgency: 1}, one},
			"floor": {"reader", Filter{Floor: Corroborated}, one}, "signed": {"reader", Filter{Signed: 1}, one}, "twice": {"reader", Filter{Signed: 2}, nil},
			"mine": {"helper", Filter{Mine: true}, two}, "free": {"helper", Filter{Free: true}, one}, "word": {"reader", Filter{Words: "kesh VAL"}, two},
			"number": {"reader", Filter{Words: "L-" + iran.Ref[2:]}, one}, "signs": {"reader", Filter{Words: "50% slow_"}, two}, "no word": {"reader", Filter{Words: "valley%"}, two},
			"nothing": {"reader", Filter{Words: "esh"}, nil}, "elsewhere": {"iran_only", Filter{}, one}, "their country": {"kenya_only", Filter{State: "all"}, two},
			"not theirs": {"kenya_only", Filter{Country: "IR"}, nil}, "parked": {"reader", Filter{State: NeedsDetails}, nil},
		} {
			list, _, err := w.List(ctx, w.people[c.who], c.f)
			var refs []string
			for _, x := range list {
				refs = append(refs, x.Ref)
			}
			if n, more, terr := w.Total(ctx, w.people[c.who], c.f); err != nil || terr != nil || !slices.Equal(refs, c.want) || n != len(c.want) || more {
				t.Errorf("%s: %v, want %v (%d %v %v)", what, refs, c.want, n, err, terr)
			}
		}
		first, next, err := w.List(ctx, w.people["reader"], Filter{Limit: 1})
		if err != nil || len(first) != 1 || first[0].Ref != iran.Ref || next == "" {
			t.Fatal(first, next, err)
		}
		second, next, err := w.List(ctx, w.people["reader"], Filter{Limit: 1, After: next})
		if err != nil || len(second) != 1 || second[0].Ref != kenya.Ref || next != "" {
			t.Error(second, next, err)
		}
		if _, _, err := w.List(ctx, w.people["reader"], Filter{After: "%%"}); fault.KindOf(err) != fault.Invalid {
			t.Errorf("a cursor that is none: %v", err)
		}
		f := someFacts()
		f.Period.Start = "2026-01-10"
		c, _ := w.Get(ctx, w.people["helper"], iran.Ref)
		if _, err := w.State(ctx, w.people["helper"], iran.Ref, 0, "", []Statement{{When, f, c.Values[When].ID}}); err != nil {
			t.Fatal(err)
		}
		if list, _, err := w.List(ctx, w.people["reader"], Filter{Signed: 1}); err != nil || len(list) != 0 {
			t.Errorf("a signature under a former state counts: %v %v", list, err)
		}
		if err := w.Rename(ctx, w.people["author"], kenya.Ref, "Another name"); err != nil {
			t.Fatal(err)
		}
		if list, _, err := w.List(ctx, w.people["reader"], Filter{Words: "kesh"}); err != nil || len(list) != 0 {
			t.Errorf("found by a former title: %v %v", list, err)
		}
	})
}

// TestMergeAndSplit: nothing of a case that was merged is lost, its number leads
// on, and a case that is split keeps what stays.
func TestMergeAndSplit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		f := someFacts()
		f.Cause.Term = ""
		a, err := w.File(ctx, w.people["author"], Lead{Title: "one", Urgency: 1, Facts: f, Claims: []Claim{Where, When, What}})
		if err != nil {
			t.Fatal(err)
		}
		b := w.file()
		w.corroborate(a)
		w.corroborate(b)
		if err := w.Say(ctx, w.people["reader"], b.Ref, "look at this", nil, nil); err != nil {
			t.Fatal(err)
		}
		editor := w.people["editor"]
		for what, err := range map[string]error{
			"by a verifier": w.Merge(ctx, w.people["two"], b.Ref, a.Ref, "the same"), "into itself": w.Merge(ctx, editor, b.Ref, b.Ref, "the same"),
			"into nothing": w.Merge(ctx, editor, b.Ref, "L-1999-0001", "the same"), "without a reason": w.Merge(ctx, editor, b.Ref, a.Ref, " "),
		} {
			if err == nil || fault.KindOf(err) == fault.Internal {
				t.Errorf("merged %s: %v", what, err)
			}
		}
		if err := w.Merge(ctx, editor, b.Ref, " "+strings.ToLower(a.Ref)+" ", "the same"); err != nil { // as it is typed
			t.Fatal(err)
		}
		c, err := w.Get(ctx, editor, a.Ref)
		if err != nil || len(c.Items) != 4 || len(c.Links) != 4 || len(c.Comments) != 1 || c.Facts.Cause.Term != "protests" || c.Floor != Corroborated {
			t.Fatalf("%+v %v", c, err)
		}
		old, err := w.Get(ctx, editor, b.Ref)
		if err != nil || old.MergedRef != a.Ref || old.State != Merged {
			t.Errorf("%+v %v", old, err)
		}
		if _, err := w.State(ctx, w.people["author"], b.Ref, 0, "", []Statement{{When, someFacts(), 0}}); key(err) != "verify.was_merged" {
			t.Errorf("work on a merged case: %v", err)
		}
		moved := c.Items[0].ID
		w.clock = w.clock.Add(time.Minute)
		fresh, err := w.Split(ctx, editor, a.Ref, "two", []int64{moved}, "two cases")
		if err != nil {
			t.Fatal(err)
		}
		c, err = w.Get(ctx, editor, a.Ref)
		n, nerr := w.Get(ctx, editor, fresh.Ref)
		if err != nil || nerr != nil || len(c.Items) != 3 || len(n.Items) != 1 || len(n.Links) != 1 || n.Facts.Period.Start != c.Facts.Period.Start || n.Floor == Corroborated {
			t.Errorf("%+v %+v %v %v", c.Items, n, err, nerr)
		}
		for claim, was := range c.Values {
			if is := n.Values[claim]; is.At != was.At || *is.Person != *was.Person || *is.Organisation != *was.Organisation || is.At >= n.Created {
				t.Errorf("%s was stated by %d at %d, and in the new case of %d by %d at %d", claim, *was.Person, was.At, n.Created, *is.Person, is.At)
			}
		}
	})
}

// TestRelease: two people of two organisations sign a release, for the record as
// it stood; direct statements cut none.
func TestRelease(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		editor := w.people["editor"]
		publish := func() {
			lead := w.file()
			w.corroborate(lead)
			for _, who := range []string{"one", "two"} {
				if err := w.sign(who, lead.Ref); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := w.Publish(ctx, editor, lead.Ref, "another one like it", false); err != nil {
				t.Fatal(err)
			}
		}
		publish()
		if _, err := w.record.CutRelease(ctx, "alone", "2026-01-31"); err == nil || !strings.Contains(err.Error(), "two people of two organisations") {
			t.Errorf("cut past the desk: %v", err)
		}
		for what, list := range map[string][2]string{"a label": {"a/b", "2026-01-31"}, "a day": {"one", "January"}, "a day before the last incident": {"one", "2026-01-07"}} {
			if _, err := w.Propose(ctx, editor, list[0], list[1], ""); len(fault.Fields(err)) != 1 {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := w.Propose(ctx, w.people["two"], "one", "2026-01-31", ""); key(err) != "desk.not_yours" {
			t.Errorf("a verifier proposes: %v", err)
		}
		p, err := w.Propose(ctx, editor, "2026-01", "2026-01-31", "the first")
		if err != nil || p.Entries != 1 {
			t.Fatal(p, err)
		}
		for who, want := range map[string]string{"editor": "verify.release.own", "iran_only": "desk.not_yours", "reader": "desk.not_yours", "one": "", "one_too": ""} {
			if err := w.SignRelease(ctx, w.people[who], p.ID, 0); key(err) != want || want == "" && err != nil {
				t.Errorf("%s signs: %v", who, err)
			}
		}
		if _, err := w.CutSigned(ctx, editor, p.ID); key(err) != "verify.publish.unsigned" {
			t.Errorf("one organisation: %v", err)
		}
		if err := w.SignRelease(ctx, w.people["iran_only"], p.ID, 0); key(err) != "desk.not_yours" {
			t.Error(err)
		}
		publish() // the record moves on
		if err := w.SignRelease(ctx, w.people["two"], p.ID, 0); key(err) != "verify.release.changed" {
			t.Errorf("signed something else: %v", err)
		}
		if err := w.WithdrawRelease(ctx, editor, p.ID); err != nil {
			t.Fatal(err)
		}
		if p, err = w.Propose(ctx, editor, "2026-01", "2026-01-31", ""); err != nil {
			t.Fatal(err)
		}
		for _, who := range []string{"one", "two"} {
			if err := w.SignRelease(ctx, w.people[who], p.ID, 0); err != nil {
				t.Fatal(err)
			}
		}
		for what, query := range map[string]string{
			"a release under another label": `insert into edition (id, kind, label, as_of, created_at) values (99, 'release', 'other', '2026-01-31', 1)`,
			"a signature that is changed":   `update release_signature set person_id = 1`, "one that is deleted": `delete from release_signature`,
			"a digest that is changed": `update release_proposal set digest = 'x'`,
			"the author signs":         fmt.Sprintf(`insert into release_signature (proposal_id, person_id, organisation_id, digest, at) values (%d, %d, %d, '%s', 1)`, p.ID, editor.Person, w.orgs["office"], p.Digest),
		} {
			if err := d.Write(ctx, func(tx db.Tx) error { _, err := db.Exec(ctx, tx, query); return err }); err == nil {
				t.Errorf("%s went through", what)
			}
		}
		late, err := w.Propose(ctx, editor, "late", "2026-01-31", "")
		w.must(err, w.SignRelease(ctx, w.people["one"], late.ID, 0), w.SignRelease(ctx, w.people["two"], late.ID, 0))
		e, err := w.CutSigned(ctx, editor, p.ID)
		if err != nil || e.Label != "2026-01" || e.Entries != 2 || e.Digest != p.Digest {
			t.Errorf("%+v %v", e, err)
		}
		publish() // after both signed
		if _, err := w.CutSigned(ctx, editor, late.ID); key(err) != "verify.release.changed" {
			t.Errorf("cut of what nobody signed: %v", err)
		}
		if _, err := w.CutSigned(ctx, editor, p.ID); key(err) != "verify.release.closed" {
			t.Errorf("cut twice: %v", err)
		}
		if _, err := w.Propose(ctx, editor, "2026-01", "2026-01-31", ""); len(fault.Fields(err)) != 1 {
			t.Errorf("a label that is taken: %v", err)
		}
	})
}

// TestAudit finds what somebody changed past the program.
func TestAudit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		lead := w.file()
		w.corroborate(lead)
		for _, who := range []string{"one", "two"} {
			if err := w.sign(who, lead.Ref); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Publish(ctx, w.people["editor"], lead.Ref, "", false); err != nil {
			t.Fatal(err)
		}
		audit := func() (faults []string) {
			n, err := w.Audit(ctx, func(err error) { faults = append(faults, err.Error()) })
			if err != nil || n != 1 {
				t.Fatal(n, err)
			}
			return faults
		}
		if got := audit(); len(got) != 0 {
			t.Fatal(got)
		}
		if _, err := w.record.Withhold(ctx, incident.Withholding{Passage: "Karaj", Who: "editor", Reason: "it names a person", Most: 9}); err != nil {
			t.Fatal(err)
		}
		if got := audit(); len(got) != 0 {
			t.Errorf("what is withheld counts as changed: %v", got)
		}
		for _, x := range [][2]string{ // sources are looked at first
			{`update cause set term = 'elections'`, "says something else in public than what was signed: cause"},
			{`update source set url = 'https://evil.example'`, "names a source that may not be named"},
		} {
			query, want := x[0], x[1]
			if err := w.sql(query); err == nil || !strings.Contains(err.Error(), "was signed") {
				t.Errorf("%s: %v", query, err)
			}
			if err := d.Write(ctx, func(tx db.Tx) error {
				return db.Unguarded(ctx, tx, func() error { _, err := db.Exec(ctx, tx, query); return err })
			}); err != nil {
				t.Fatal(err)
			}
			if got := audit(); len(got) != 1 || !strings.Contains(got[0], want) {
				t.Errorf("%s: %v", query, got)
			}
		}
	})
}

// TestTalk: a comment calls those who may see the case, until they have seen it or
// may not see it any more; one's own can be taken back, and that it was said stays.
func TestTalk(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		lead := w.file()
		may := func(person int64, country string) bool {
			for _, a := range w.people {
				if a.Person == person {
					return a.Can(desk.Reader, country)
				}
			}
			return false
		}
		one, kenya, author := w.people["one"], w.people["kenya_only"], w.people["author"]
		if err := w.Say(ctx, author, lead.Ref, "look", []int64{one.Person, kenya.Person, author.Person}, may); err != nil {
			t.Fatal(err)
		}
		calls := func(a desk.Actor) int {
			list, err := w.Mentions(ctx, a)
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}
		if calls(one) != 1 || calls(kenya) != 0 || calls(author) != 0 {
			t.Errorf("called: %d %d %d", calls(one), calls(kenya), calls(author))
		}
		less := one
		less.Holds = []desk.Hold{{Organisation: w.orgs["lakes"], Role: desk.Reader, Countries: []string{"KE"}}}
		if calls(less) != 0 {
			t.Error("somebody is called to a case they may not see any more")
		}
		if err := w.Seen(ctx, one, lead.ID); err != nil || calls(one) != 0 {
			t.Errorf("seen and still called: %v", err)
		}
		c, err := w.Get(ctx, one, lead.Ref)
		if err != nil || len(c.Comments) != 1 {
			t.Fatal(c, err)
		}
		if err := w.Unsay(ctx, one, lead.Ref, c.Comments[0].ID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("somebody else took it back: %v", err)
		}
		if err := w.Unsay(ctx, author, lead.Ref, c.Comments[0].ID); err != nil {
			t.Fatal(err)
		}
		if c, err := w.Get(ctx, one, lead.Ref); err != nil || len(c.Comments) != 1 || c.Comments[0].Body != "" || c.Comments[0].Withdrawn == nil {
			t.Errorf("%+v %v", c.Comments, err)
		}
		for i := range maxSaved + 1 {
			err := w.SaveFilter(ctx, one, fmt.Sprint("filter ", i), Filter{Mine: true})
			if full := i == maxSaved; full != (len(fault.Fields(err)) == 1) {
				t.Errorf("filter %d: %v", i, err)
			}
		}
		if err := w.SaveFilter(ctx, one, "filter 3", Filter{Free: true}); err != nil {
			t.Errorf("one that is replaced: %v", err)
		}
		list, err := w.Filters(ctx, one)
		if err != nil || len(list) != maxSaved {
			t.Fatal(len(list), err)
		}
		if err := w.DropFilter(ctx, author, list[0].ID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("somebody else's filter is dropped: %v", err)
		}
	})
}

// TestHoldingAndParking: who holds a case, for how long, and what becomes of one
// that is put aside.
func TestHoldingAndParking(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		lead := w.file()
		author, helper, editor := w.people["author"], w.people["helper"], w.people["editor"]
		anybody, nobody := func(string) bool { return true }, func(string) bool { return false }
		held := func() *int64 {
			c, err := w.Get(ctx, editor, lead.Ref)
			if err != nil {
				t.Fatal(err)
			}
			return c.LeaseBy
		}
		if err := w.Lease(ctx, author, lead.Ref); err != nil {
			t.Fatal(err)
		}
		for what, err := range map[string]error{
			"taken from somebody":            w.Lease(ctx, helper, lead.Ref),
			"handed over by somebody else":   w.HandOver(ctx, helper, lead.Ref, helper.Person, anybody, ""),
			"handed to somebody who may not": w.HandOver(ctx, author, lead.Ref, w.people["kenya_only"].Person, nobody, ""),
			"by a reader":                    w.Lease(ctx, w.people["reader"], lead.Ref),
			"parked without a reason":        w.Park(ctx, author, lead.Ref, NeedsDetails, " "),
			"rejected by a contributor":      w.Park(ctx, author, lead.Ref, Rejected, "no"),
			"parked as something":            w.Park(ctx, editor, lead.Ref, Public, "no"),
			"an urgency of nine":             w.Plan(ctx, author, lead.Ref, 9, 0),
		} {
			if err == nil || fault.KindOf(err) == fault.Internal {
				t.Errorf("%s: %v", what, err)
			}
		}
		if by := held(); by == nil || *by != author.Person {
			t.Fatalf("held by %v", by)
		}
		if err := w.HandOver(ctx, author, lead.Ref, helper.Person, anybody, "yours"); err != nil || *held() != helper.Person {
			t.Errorf("handed over: %v %v", held(), err)
		}
		w.clock = w.clock.Add(LeaseFor + time.Minute)
		if list, _, err := w.List(ctx, author, Filter{Free: true}); err != nil || len(list) != 1 {
			t.Errorf("a hold that is over: %v %v", list, err)
		}
		if err := w.Lease(ctx, author, lead.Ref); err != nil {
			t.Error(err)
		}
		if err := w.Lease(ctx, editor, lead.Ref); err != nil || *held() != editor.Person {
			t.Errorf("an editor takes over: %v", err)
		}
		if err := w.Park(ctx, author, lead.Ref, NeedsDetails, "we asked the relay"); err != nil {
			t.Fatal(err)
		}
		w.corroborate(lead)
		if err := w.sign("one", lead.Ref); key(err) != "verify.sign.not_open" {
			t.Errorf("a parked case is signed: %v", err)
		}
		if _, err := w.PublishUrgently(ctx, editor, lead.Ref, "a reason of twenty letters and more"); key(err) != "verify.sign.not_open" {
			t.Errorf("a parked case is published: %v", err)
		}
		if c, err := w.Get(ctx, author, lead.Ref); err != nil || c.State != NeedsDetails || c.Reason != "we asked the relay" {
			t.Errorf("%+v %v", c, err)
		}
		if err := w.Park(ctx, author, lead.Ref, Open, "they answered"); err != nil {
			t.Fatal(err)
		}
		if c, err := w.Get(ctx, author, lead.Ref); err != nil || c.State != Open || c.Reason != "" || len(c.Acts) < 6 {
			t.Errorf("%+v %v", c, err)
		}
		if on, err := w.Veiled(ctx, "IR"); err != nil || on {
			t.Error(on, err)
		}
		if err := w.Veil(ctx, author, lead.Ref, true); key(err) != "desk.not_yours" {
			t.Errorf("veiled by a contributor: %v", err)
		}
		for _, on := range []bool{true, true, false} {
			if err := w.Veil(ctx, editor, lead.Ref, on); err != nil {
				t.Fatal(err)
			}
			if got, err := w.Veiled(ctx, "IR"); err != nil || got != on {
				t.Error(got, err)
			}
		}
	})
}

// TestCalledOnce: whoever is named many times in a form is called once, and a comment
// calls a bounded number of people.
func TestCalledOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		lead := w.file()
		asked := 0
		may := func(int64, string) bool { asked++; return true }
		one := w.people["one"].Person
		w.must(w.Say(ctx, w.people["author"], lead.Ref, "look", slices.Repeat([]int64{one}, 5000), may))
		if n, _, err := db.Value[int](ctx, d.Reader(), `select count(*) from comment_mention where person_id = $1`, one); err != nil || n != 1 || asked != 1 {
			t.Errorf("called %d times, asked %d times: %v", n, asked, err)
		}
		var many []int64
		for i := range int64(mostCalled + 1) {
			many = append(many, i+1)
		}
		if err := w.Say(ctx, w.people["author"], lead.Ref, "look", many, may); len(fault.Fields(err)) != 1 || fault.Fields(err)[0].Key != "verify.mention_many" {
			t.Errorf("everybody is called: %v", err)
		}
	})
}
