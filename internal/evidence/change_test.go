package evidence

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// listener hears of changes, or refuses them.
type listener struct {
	unused
	heard  []Item
	refuse bool
}

func (l *listener) Changed(_ context.Context, _ db.Tx, it Item) error {
	if l.refuse {
		return errors.New("not now")
	}
	l.heard = append(l.heard, it)
	return nil
}

// deeds are acts upon an item with a picture, a text and a page. Those that
// change what it says, what it is or what may be told of it come first, in an
// order in which each has something left to change; the quiet ones change none.
type deed struct {
	name string
	do   func(w *world, it Item) error
}

func changes() []deed {
	edit := func(change func(d *Draft)) func(w *world, it Item) error {
		return func(w *world, it Item) error {
			next := it.Draft
			change(&next)
			_, _, err := w.Edit(context.Background(), amina, it.Ref, it.Version, next)
			return err
		}
	}
	return []deed{
		{"edit", edit(func(d *Draft) { d.Says = "Nadia said that it was cut." })},
		{"a no", edit(func(d *Draft) { d.Anonymous = No })},
		{"no court", edit(func(d *Draft) { d.Court = No })},
		{"less precise", edit(func(d *Draft) { d.Precision = Country })},
		{"an embargo", edit(func(d *Draft) { at := int64(4e15); d.EmbargoUntil = &at })},
		{"graded", func(w *world, it Item) error {
			_, err := w.Grade(context.Background(), boris, it.Ref, it.Version, "C", 3)
			return err
		}},
		{"redacted text", func(w *world, it Item) error {
			_, err := w.RedactText(context.Background(), amina, it.Ref, hashText(it.Says), []Span{{0, 5, ReasonName}})
			return err
		}},
		{"redacted picture", func(w *world, it Item) error {
			files, err := filesOf(context.Background(), w.db.Reader(), it.ID)
			if err == nil {
				_, err = w.RedactPicture(context.Background(), amina, it.Ref, files[0].Digest, []Box{{1, 1, 9, 9, ReasonPerson}})
			}
			return err
		}},
		{"captured", func(w *world, it Item) error { _, err := w.Capture(context.Background(), boris, it.Ref); return err }},
		{"captured again", func(w *world, it Item) error { _, err := w.Capture(context.Background(), boris, it.Ref); return err }},
		{"origin", func(w *world, it Item) error {
			_, err := w.SayOrigin(context.Background(), boris, it.Ref, it.Version, Provenance{Own: true})
			return err
		}},
		{"raised", func(w *world, it Item) error {
			return raiseName(w, it, true)
		}},
		{"consent withdrawn", func(w *world, it Item) error {
			_, err := w.WithdrawConsent(context.Background(), amina, it.Ref, it.Version, NamedPublic, "afraid")
			return err
		}},
		{"withdrawn", func(w *world, it Item) error {
			_, err := w.Withdraw(context.Background(), amina, it.Ref, it.Version, "forged")
			return err
		}},
	}
}

func quiet() []deed {
	digest := func(w *world, it Item) string {
		files, _ := filesOf(context.Background(), w.db.Reader(), it.ID)
		return files[0].Digest
	}
	return []deed{
		{"viewed", func(w *world, it Item) error {
			_, err := w.Preview(context.Background(), reads, it.Ref, digest(w, it))
			return err
		}},
		{"downloaded", func(w *world, it Item) error {
			body, _, err := w.Download(context.Background(), boris, it.Ref, digest(w, it))
			if err == nil {
				body.Close()
			}
			return err
		}},
		{"handed out", func(w *world, it Item) error {
			return w.db.Write(context.Background(), func(tx db.Tx) error {
				return w.Exported(context.Background(), tx, amina, it.ID, digest(w, it), "bundle")
			})
		}},
		{"looked at again", func(w *world, _ Item) error {
			w.clock = w.clock.Add(40 * 24 * time.Hour)
			n, err := w.Recheck(context.Background())
			if err == nil && n != 1 {
				err = errors.New("no page was due")
			}
			return err
		}},
		{"a raise asked for and refused", func(w *world, it Item) error {
			return raiseName(w, it, false)
		}},
	}
}

// raiseName asks for publishing the name, and has it decided.
func raiseName(w *world, it Item, confirm bool) error {
	next := it.Draft
	next.Named = Yes
	if _, _, err := w.Edit(context.Background(), amina, it.Ref, it.Version, next); err != nil {
		return err
	}
	waits, err := w.Raises(context.Background(), dara, it.Ref)
	if err == nil {
		_, err = w.DecideRaise(context.Background(), dara, it.Ref, it.Version, waits[0].ID, confirm)
	}
	return err
}

// changing is a world with one item of everything, and whoever listens.
func changing(t *testing.T, d *db.DB) (w *world, l *listener, now func() (Item, string)) {
	t.Helper()
	n := newInternet(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("a page")) }))
	l = &listener{}
	w = newWorld(t, d, func(o *Options) { o.Publications, o.Capturer = l, n.capturer(); o.Capturer.now = o.Now })
	f := filing()
	f.URL, f.Precision = "http://news.example.org/a", Exact
	it, err := w.AddFile(t.Context(), amina, "L-2026-0001", f, "a.png", bytes.NewReader(asPNG(t, photo(1, 64, 64))))
	if err != nil {
		t.Fatal(err)
	}
	return w, l, func() (Item, string) {
		t.Helper()
		now, _, err := itemByID(t.Context(), d.Reader(), it.ID)
		if err != nil {
			t.Fatal(err)
		}
		digests, err := Digests(t.Context(), d.Reader(), now.Case)
		if err != nil || digests[it.ID] == "" {
			t.Fatal(digests, err)
		}
		return now, digests[it.ID]
	}
}

// TestEveryChangeIsTold: every act that changes an item is told once, in its
// transaction, raises the version and changes the digest a signature stands on, but
// for a grade, which is what somebody thinks, and the word for a court,
// on which nothing public hangs; what only touches it does none of these.
func TestEveryChangeIsTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, l, now := changing(t, d)
		if it, _ := now(); len(l.heard) != 1 || l.heard[0].Version != 1 || it.Version != 1 {
			t.Errorf("filed: %+v", l.heard)
		}
		seen := map[string]string{}
		for i, c := range changes() {
			if i == 10 { // between, on an item that has everything
				for _, q := range quiet() {
					before, digest := now()
					l.heard = nil
					if err := q.do(w, before); err != nil {
						t.Fatalf("%s: %v", q.name, err)
					}
					if after, same := now(); len(l.heard) > 0 || after.Version != before.Version || same != digest {
						t.Errorf("%s: %d were told, version %d after %d, the digest changed: %v", q.name, len(l.heard), after.Version, before.Version, same != digest)
					}
				}
			}
			before, digest := now()
			l.heard, l.refuse = nil, true
			if err := c.do(w, before); err == nil {
				t.Errorf("%s: done though nobody could be told", c.name)
			}
			if after, same := now(); after.Version != before.Version || same != digest {
				t.Errorf("%s: half of it was done", c.name)
			}
			l.refuse = false
			if err := c.do(w, before); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			after, other := now()
			if len(l.heard) != 1 || l.heard[0].Version != after.Version || after.Version != before.Version+1 {
				t.Errorf("%s: %d were told, version %d after %d", c.name, len(l.heard), after.Version, before.Version)
			}
			if c.name == "graded" || c.name == "no court" {
				if other != digest {
					t.Errorf("%s: changes what others signed, though no reader is told it", c.name)
				}
				continue
			}
			if was, known := seen[other]; known || other == digest {
				t.Errorf("%s: the digest is that of %q", c.name, was)
			}
			seen[other] = c.name
		}
	})
}

// TestDigestsOfACase: of the items of the case alone, whatever the order of rows,
// in a number of queries that does not grow.
func TestDigestsOfACase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, _, now := changing(t, d)
		for _, c := range changes()[:9] {
			it, _ := now()
			if err := c.do(w, it); err != nil {
				t.Fatal(c.name, err)
			}
		}
		it, before := now()
		if err := d.Write(t.Context(), func(tx db.Tx) error {
			for _, table := range []string{"evidence_file", "evidence_text"} {
				if _, err := db.Exec(t.Context(), tx, `/* test */ update `+table+` set id = 1000 - id`); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if _, after := now(); after != before {
			t.Error("the order of rows changes the digest")
		}
		second := w.mustAdd(t, amina, filing())
		counted := &counter{Querier: d.Reader()}
		list, err := Digests(t.Context(), counted, 1)
		if err != nil || !slices.Equal(slices.Sorted(maps.Keys(list)), []int64{it.ID, second.ID}) {
			t.Errorf("%v %v", list, err)
		}
		few := counted.n
		for range 20 {
			w.mustAdd(t, amina, filing())
		}
		counted.n = 0
		if list, err = Digests(t.Context(), counted, 1); err != nil || len(list) != 22 || counted.n != few {
			t.Errorf("%d digests in %d queries, %d before: %v", len(list), counted.n, few, err)
		}
		if err := d.Write(t.Context(), func(tx db.Tx) error {
			return w.Move(t.Context(), tx, boris, 1, twoCases["L-2026-0002"], []int64{it.ID})
		}); err != nil {
			t.Fatal(err)
		}
		there, err := Digests(t.Context(), d.Reader(), 2)
		if here, _ := Digests(t.Context(), d.Reader(), 1); err != nil || here[it.ID] != "" || there[it.ID] == before || there[it.ID] == "" {
			t.Errorf("after it was moved to another country: %q, there %q %v", here[it.ID], there[it.ID], err)
		}
		if moved, _, err := itemByID(t.Context(), d.Reader(), it.ID); err != nil || moved.Version != it.Version+1 {
			t.Errorf("moved: version %d after %d, %v", moved.Version, it.Version, err)
		}
	})
}

// counter counts queries.
type counter struct {
	db.Querier
	n int
}

func (c *counter) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	c.n++
	return c.Querier.QueryContext(ctx, query, args...)
}
