package verify

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
)

// sequencesVariable sets how many sequences TestNobodyAlone plays on SQLite.
const sequencesVariable = "KEEPITON_SEQUENCES"

// TestNobodyAlone plays random sequences of everything people can do at the desk,
// by everybody, in any order. After each step an oracle that knows nothing of the
// service reads the tables: whatever is public and not urgent was signed by two
// active people of two organisations, none of whom filed it or wrote what stood.
func TestNobodyAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := 500
		if d.Engine == db.Postgres {
			n = 100
		} else if text := os.Getenv(sequencesVariable); text != "" {
			n, _ = strconv.Atoi(text)
		}
		w := newWorld(t, d)
		done := map[string]int{}
		for seed := range n {
			w.play(t, rand.New(rand.NewPCG(uint64(seed), 7)), done)
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
		t.Logf("%d sequences: %v", n, done)
		for _, what := range []string{"publish", "urgent", "retract", "sign", "unsign", "state", "declare", "lapse"} {
			if done[what] == 0 {
				t.Errorf("no sequence ever came to %q: the test shows nothing about it", what)
			}
		}
	})
}

// play is one sequence on one dossier.
func (w *world) play(t *testing.T, r *rand.Rand, done map[string]int) {
	ctx := context.Background()
	author := []string{"author", "helper", "one", "two", "editor"}[r.IntN(5)]
	f := someFacts()
	lead, err := w.File(ctx, w.people[author], Lead{Title: "x", Urgency: 1, Facts: f, Claims: Claims()})
	if err != nil {
		t.Fatal(err)
	}
	w.corroborate(lead)
	who := func() string {
		if r.IntN(4) == 0 {
			return "editor"
		}
		return cast[r.IntN(len(cast))].name
	}
	for range 18 {
		name := who()
		a := w.people[name]
		what, err := "", error(nil)
		switch k := r.IntN(20); {
		case k < 9:
			what, err = "sign", w.sign(name, lead.Ref)
		case k < 13:
			what = "publish"
			_, err = w.Publish(ctx, w.people["editor"], lead.Ref, "why not", r.IntN(2) == 0)
		case k == 13:
			what = "state"
			c, e := w.Get(ctx, a, lead.Ref)
			if e != nil {
				err = e
				break
			}
			f.Cause.Details = fmt.Sprint(r.Int())
			_, err = w.State(ctx, a, lead.Ref, 0, "", []Statement{{Why, f, c.Values[Why].ID}})
		case k == 14:
			what = "urgent"
			w.clock = time.Now().UTC()
			if r.IntN(2) == 0 {
				w.clock = w.clock.Add(-UrgentFor + 50*time.Millisecond) // it lapses soon by the database's clock
			}
			_, err = w.PublishUrgently(ctx, a, lead.Ref, "a reason of twenty letters and more")
			w.clock = time.Now().UTC()
		case k == 15:
			what, err = "retract", w.Retract(ctx, a, lead.Ref, "why not")
		case k == 16:
			what, err = "unsign", w.Unsign(ctx, a, lead.Ref, a.Person, "I was wrong")
		case k == 17 && r.IntN(3) == 0:
			what, err = "declare", w.Declare(ctx, a, lead.Ref, "my cousin")
		case k == 18:
			what, err = "park", w.Park(ctx, a, lead.Ref, []string{Open, NeedsDetails, Rejected}[r.IntN(3)], "why not")
		default:
			w.clock = time.Now().UTC().Add(UrgentFor * time.Duration(r.IntN(2)) * 2)
			refs, e := w.Lapse(ctx)
			w.clock = time.Now().UTC()
			err = e
			if len(refs) > 0 {
				what = "lapse"
			}
		}
		switch kind := fault.KindOf(err); {
		case err == nil:
			done[what]++
		case kind == fault.Internal:
			t.Errorf("%s by %s: %v", what, name, err)
		}
		w.oracle(t, lead)
	}
}

// oracle reads the tables by itself.
func (w *world) oracle(t *testing.T, lead Dossier) {
	t.Helper()
	ctx := context.Background()
	type public struct {
		Ref    string `db:"ref"`
		Signed int64  `db:"signed_revision"`
		Urgent *int64 `db:"urgent_until"`
	}
	x, found, err := db.SelectOne[public](ctx, w.d.Reader(), `select ref, signed_revision, urgent_until from incident where dossier_id = $1 and state in ('published', 'corrected', 'disputed')`, lead.ID)
	if err != nil {
		t.Fatal(err)
	}
	if !found {
		return
	}
	type signer struct {
		Person int64 `db:"person_id"`
		Org    int64 `db:"organisation_id"`
	}
	if x.Urgent != nil {
		n, _, err := db.Value[int](ctx, w.d.Reader(), `select count(*) from urgent_publication where dossier_id = $1 and revision = $2 and expires_at - at <= 259200000000`, lead.ID, x.Signed)
		if err != nil || n != 1 {
			t.Errorf("%s is public urgently without a reason: %d %v", x.Ref, n, err)
		}
		return
	}
	signers, err := db.Select[signer](ctx, w.d.Reader(), `select person_id, organisation_id from sign_off where dossier_id = $1 and revision = $2
		and id not in (select sign_off_id from sign_off_withdrawn)`, lead.ID, x.Signed)
	if err != nil {
		t.Fatal(err)
	}
	two := false
	for _, a := range signers {
		for _, b := range signers {
			two = two || a.Person != b.Person && a.Org != b.Org
		}
		wrote, _, err := db.Value[int](ctx, w.d.Reader(), `select count(*) from (select author_id as p from dossier where id = $1 union all
			select v.person_id from claim_value v where v.dossier_id = $1 and v.id in (select max(id) from claim_value where dossier_id = $1 and revision <= $2 group by claim)) x where p = $3`, lead.ID, x.Signed, a.Person)
		if err != nil || wrote != 0 {
			t.Errorf("%s was signed by somebody who wrote it: %v", x.Ref, err)
		}
	}
	if !two {
		t.Errorf("%s is public with the signatures %v", x.Ref, signers)
	}
	if inc, err := w.record.Get(ctx, incident.RecordEdition, x.Ref); err != nil || !inc.Years[0].Counted {
		t.Errorf("%s: %v", x.Ref, err)
	}
}
