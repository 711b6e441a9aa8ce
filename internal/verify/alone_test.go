package verify

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
)

// sequencesVariable sets how many sequences TestNobodyAlone plays on SQLite.
const sequencesVariable = "KEEPITON_SEQUENCES"

// TestNobodyAlone plays random sequences of everything people can do at the desk,
// by everybody, in any order, on a case and what is split from it and merged with it,
// while people come and go. After each step an oracle that knows nothing of the
// service reads the tables: whatever is public and not urgent was signed by two
// people of two organisations, at work when it was published, none of whom had
// written any of it; a case is published urgently once, and not by who wrote it.
func TestNobodyAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := 300
		if d.Engine == db.Postgres {
			n = 60
		} else if text := os.Getenv(sequencesVariable); text != "" {
			n, _ = strconv.Atoi(text)
		}
		const crowd = 250 // sequences in one database: the oracle reads all of it after each step
		var w *world
		done := map[string]int{}
		for seed := range n {
			switch {
			case seed == 0:
				w = newWorld(t, d)
			case seed%crowd == 0 && d.Engine == db.SQLite:
				w = newWorld(t, dbtest.SQLite(t))
			}
			p := &play{world: w, t: t, r: rand.New(rand.NewPCG(uint64(seed), 7)), done: done}
			p.run()
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
		t.Logf("%d sequences: %v", n, done)
		for _, what := range []string{"publish", "urgent", "retract", "sign", "unsign", "state", "declare", "lapse", "split", "merge", "attach", "detach", "item", "grade", "disagree", "leave", "return"} {
			if done[what] == 0 && d.Engine == db.SQLite {
				t.Errorf("no sequence ever came to %q: the test shows nothing about it", what)
			}
		}
	})
}

// play is one sequence, on one case and its relatives.
type play struct {
	*world
	t     *testing.T
	r     *rand.Rand
	done  map[string]int
	cases []Dossier
	items int64
}

func (p *play) run() {
	ctx := context.Background()
	p.file()
	if p.r.IntN(3) == 0 {
		p.file()
	}
	for range 24 {
		name := cast[p.r.IntN(len(cast))].name
		if p.r.IntN(4) == 0 {
			name = "editor"
		}
		lead := p.cases[p.r.IntN(len(p.cases))]
		what, err := p.step(name, lead)
		switch kind := fault.KindOf(err); {
		case err == nil:
			p.done[what]++
		case kind == fault.Internal:
			p.t.Errorf("%s by %s: %v", what, name, err)
		}
		p.oracle(what == "publish" && err == nil, lead)
		if p.t.Failed() {
			return
		}
	}
	p.back()
	for _, x := range p.cases {
		d, _, err := db.SelectOne[Dossier](ctx, p.d.Reader(), `select `+db.Columns[Dossier]("")+` from dossier where id = $1`, x.ID)
		if err != nil {
			p.t.Fatal(err)
		}
		if err := p.AuditOne(ctx, d.Incident); err != nil {
			p.t.Error(err)
		}
	}
}

func (p *play) file() {
	p.world.t = p.t
	author := []string{"author", "helper", "one", "two", "editor"}[p.r.IntN(5)]
	lead, err := p.File(context.Background(), p.people[author], Lead{Title: "x", Urgency: 1, Facts: someFacts(), Claims: Claims()})
	if err != nil {
		p.t.Fatal(err)
	}
	p.corroborate(lead)
	p.cases = append(p.cases, lead)
}

// step does one thing, and says what it was.
func (p *play) step(name string, lead Dossier) (what string, err error) {
	ctx, a, r := context.Background(), p.people[name], p.r
	p.clock = time.Now().UTC()
	switch k := r.IntN(30); {
	case k < 10:
		return "sign", p.sign(name, lead.Ref)
	case k < 15:
		_, err = p.Publish(ctx, p.people["editor"], lead.Ref, "why not", r.IntN(2) == 0)
		return "publish", err
	case k == 15:
		return "state", p.say(a, lead)
	case k == 16:
		if r.IntN(2) == 0 {
			p.clock = p.clock.Add(-UrgentFor + 20*time.Second) // it lapses soon by the database's clock
		}
		_, err = p.PublishUrgently(ctx, a, lead.Ref, "a reason of twenty letters and more")
		p.clock = time.Now().UTC()
		return "urgent", err
	case k == 17:
		return "retract", p.Retract(ctx, a, lead.Ref, "why not")
	case k == 18:
		return "unsign", p.Unsign(ctx, a, lead.Ref, p.people[[]string{name, "one", "two"}[r.IntN(3)]].Person, "I was wrong")
	case k == 19:
		return "declare", p.Declare(ctx, a, lead.Ref, "my cousin")
	case k == 20:
		return "park", p.Park(ctx, a, lead.Ref, []string{Open, NeedsDetails, Rejected}[r.IntN(3)], "why not")
	case k == 21:
		fresh, err := p.Split(ctx, a, lead.Ref, "half", p.someItems(lead), "two cases")
		if err == nil {
			p.cases = append(p.cases, fresh)
		}
		return "split", err
	case k == 22:
		return "merge", p.Merge(ctx, a, lead.Ref, p.cases[r.IntN(len(p.cases))].Ref, "the same")
	case k < 27:
		return p.evidence(a, lead)
	case k < 29:
		return p.comeAndGo()
	}
	p.clock = time.Now().UTC().Add(UrgentFor * time.Duration(r.IntN(2)) * 2)
	refs, err := p.Lapse(ctx)
	p.clock = time.Now().UTC()
	if len(refs) > 0 {
		return "lapse", err
	}
	return "", err
}

func (p *play) say(a desk.Actor, lead Dossier) error {
	c, err := p.Get(context.Background(), a, lead.Ref)
	if err != nil {
		return err
	}
	f := someFacts()
	f.Cause.Details = fmt.Sprint(p.r.IntN(3)) // what was said before is said again, too
	_, err = p.State(context.Background(), a, lead.Ref, 0, "", []Statement{{Why, f, c.Values[Why].ID}})
	return err
}

func (p *play) someItems(lead Dossier) []int64 {
	var out []int64
	for _, it := range p.exhibits.items[lead.ID] {
		if p.r.IntN(2) == 0 {
			out = append(out, it.ID)
		}
	}
	return out
}

// evidence changes what speaks for a case.
func (p *play) evidence(a desk.Actor, lead Dossier) (string, error) {
	ctx := context.Background()
	items := p.exhibits.items[lead.ID]
	if len(items) == 0 {
		return "", nil
	}
	it := items[p.r.IntN(len(items))]
	c := Claims()[p.r.IntN(3)]
	links, err := p.links(ctx, p.d.Reader(), lead.ID)
	if err != nil {
		return "", err
	}
	switch p.r.IntN(5) {
	case 0:
		return "attach", p.Attach(ctx, a, lead.Ref, c, Saying{Item: it.ID, Was: sideOf(&Case{Links: links}, c, it.ID), Now: Sides()[p.r.IntN(3)]})
	case 1:
		return "detach", p.Attach(ctx, a, lead.Ref, When, Saying{Item: it.ID, Was: For})
	case 2:
		return "grade", p.GradeClaim(ctx, a, lead.Ref, c, AnyValue, Grades()[p.r.IntN(4)], "")
	case 3:
		return "disagree", p.Disagree(ctx, a, lead.Ref, c, "no", 0)
	}
	p.change(it.ID, func(*Item) {})
	return "item", nil
}

// comeAndGo suspends somebody, or lets all come back.
func (p *play) comeAndGo() (string, error) {
	if p.r.IntN(3) == 0 {
		p.back()
		return "return", nil
	}
	who := p.people[[]string{"one", "two", "one_too"}[p.r.IntN(3)]].Person
	if p.r.IntN(2) == 0 {
		return "leave", p.sql(`update person set state = 'suspended' where id = $1`, who)
	}
	return "leave", p.sql(`update membership set ended_at = 1 where person_id = $1`, who)
}

func (p *play) back() {
	p.must(p.sql(`update person set state = 'active' where state <> 'active'`), p.sql(`update membership set ended_at = null where ended_at = 1`))
}

// oracle reads the tables by itself.
func (p *play) oracle(published bool, lead Dossier) {
	p.t.Helper()
	ctx := context.Background()
	for _, x := range p.cases {
		p.public(x, published && x.ID == lead.ID)
	}
	type row struct {
		Root int64 `db:"root_id"`
		N    int   `db:"n"`
	}
	twice, err := db.Select[row](ctx, p.d.Reader(), `select d.root_id, count(*) as n from urgent_publication u join dossier d on d.id = u.dossier_id group by d.root_id having count(*) > 1`)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, x := range twice { // two cases that were urgent each may be one afterwards
		if n, _, err := db.Value[int](ctx, p.d.Reader(), `select count(*) from dossier where root_id = $1 and state = 'merged'`, x.Root); err != nil || n == 0 {
			p.t.Errorf("case %d was published urgently %d times: %v", x.Root, x.N, err)
		}
	}
}

// public holds what is public of one case against the signatures. now says that it
// became so in this step.
func (p *play) public(lead Dossier, now bool) {
	p.t.Helper()
	ctx := context.Background()
	type public struct {
		Ref    string `db:"ref"`
		Signed int64  `db:"signed_revision"`
		Urgent *int64 `db:"urgent_until"`
	}
	x, found, err := db.SelectOne[public](ctx, p.d.Reader(), `select ref, signed_revision, urgent_until from incident where dossier_id = $1 and state in ('published', 'corrected', 'disputed')`, lead.ID)
	if err != nil {
		p.t.Fatal(err)
	}
	if !found {
		return
	}
	if x.Urgent != nil {
		n, _, err := db.Value[int](ctx, p.d.Reader(), `select count(*) from urgent_publication u where dossier_id = $1 and revision = $2 and expires_at - at <= 259200000000
			and not exists (select 1 from dossier_author a where a.dossier_id = u.dossier_id and a.person_id = u.person_id and a.at <= u.at)`, lead.ID, x.Signed)
		if err != nil || n != 1 {
			p.t.Errorf("%s is public urgently without a reason: %d %v", x.Ref, n, err)
		}
		return
	}
	type signer struct {
		Person int64  `db:"person_id"`
		Org    int64  `db:"organisation_id"`
		At     int64  `db:"at"`
		State  string `db:"state"`
		Role   int    `db:"role"`
	}
	signers, err := db.Select[signer](ctx, p.d.Reader(), `select s.person_id, s.organisation_id, s.at, p.state,
		(select count(*) from membership m where m.person_id = s.person_id and m.organisation_id = s.organisation_id and m.ended_at is null) as role
		from sign_off s join person p on p.id = s.person_id where dossier_id = $1 and revision = $2 and s.id not in (select sign_off_id from sign_off_withdrawn)`, lead.ID, x.Signed)
	if err != nil {
		p.t.Fatal(err)
	}
	two := false
	for _, a := range signers {
		for _, b := range signers {
			atWork := !now || a.State == "active" && b.State == "active" && a.Role > 0 && b.Role > 0
			two = two || a.Person != b.Person && a.Org != b.Org && atWork
		}
		wrote, _, err := db.Value[int](ctx, p.d.Reader(), `select count(*) from (select person_id, at from dossier_author where dossier_id = $1 union all
			select person_id, at from claim_value where dossier_id = $1 and revision <= $2) x where person_id = $3 and at <= $4`, lead.ID, x.Signed, a.Person, a.At)
		if err != nil || wrote != 0 {
			p.t.Errorf("%s was signed by somebody who wrote it: %v", x.Ref, err)
		}
	}
	if !two {
		p.t.Errorf("%s is public with the signatures %v", x.Ref, signers)
	}
}
