package evidence

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/blob"
	"keepiton/internal/platform/child"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
	"keepiton/migrations"
)

func TestMain(m *testing.M) {
	if child.Asked(os.Args[1:]) {
		os.Exit(child.Main(os.Args[1:], os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

// dossiers stands for the room that keeps dossiers.
type dossiers map[string]Case

func (d dossiers) Case(_ context.Context, a desk.Actor, ref string) (Case, error) {
	c, ok := d[ref]
	if !ok || !a.Can(desk.Reader, c.Country) {
		return Case{}, fault.New(fault.NotFound, "verify.unknown")
	}
	return c, nil
}

var twoCases = dossiers{"L-2026-0001": {1, "L-2026-0001", "A cut in Tehran", "IR"}, "L-2026-0002": {2, "L-2026-0002", "Exams", "SY"}}

func actor(ref string, organisation int64, role desk.Role, countries ...string) desk.Actor {
	return desk.Actor{Person: 1, Ref: ref, Holds: []desk.Hold{{Organisation: organisation, Role: role, Everywhere: len(countries) == 0, Countries: countries}}}
}

var (
	amina = actor("amina", 7, desk.Contributor, "IR")
	dara  = actor("dara", 7, desk.Contributor, "IR") // a second person of amina's organisation
	boris = actor("boris", 8, desk.Contributor)      // of another organisation, everywhere
	reads = actor("reads", 8, desk.Reader, "IR")
	other = actor("other", 9, desk.Editor, "SY") // of another country
)

type world struct {
	*Service
	told     []Touch
	blobs    *blob.Store
	blobPath string
	clock    time.Time
}

func newWorld(t testing.TB, d *db.DB, change ...func(*Options)) *world {
	t.Helper()
	path := filepath.Join(t.TempDir(), "blobs")
	blobs, err := blob.New(path)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{blobs: blobs, blobPath: path, clock: time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)}
	o := Options{Cases: twoCases, Blobs: blobs, Now: func() time.Time { w.clock = w.clock.Add(time.Second); return w.clock },
		Record: func(_ context.Context, _ db.Tx, touch Touch) error { w.told = append(w.told, touch); return nil }}
	for _, fn := range change {
		fn(&o)
	}
	w.Service = New(d, o)
	return w
}

func filing() Filing {
	return Filing{Draft: Draft{Kind: Statement, Class: ClassOfficial, Title: "A statement", Says: "The network is cut.", Lang: "en", Audience: Open}}
}

func (w *world) mustAdd(t testing.TB, a desk.Actor, f Filing) Item {
	t.Helper()
	it, err := w.Add(t.Context(), a, "L-2026-0001", f)
	if err != nil {
		t.Fatal(err)
	}
	return it
}

// mustBe checks the kind of an error.
func mustBe(t testing.TB, what string, err error, kind fault.Kind) {
	t.Helper()
	if got := fault.KindOf(err); got != kind {
		t.Errorf("%s: %v, want %q", what, err, kind)
	}
}

// mustBeWhole checks the custody of an item, and what it says was done.
func (w *world) mustBeWhole(t testing.TB, ref string, acts ...Act) {
	t.Helper()
	it, _, err := itemByRef(t.Context(), w.db.Reader(), ref)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.VerifyCustody(t.Context(), it.ID); err != nil {
		t.Error(err)
	}
	list, err := custodyOf(t.Context(), w.db.Reader(), it)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]Act, len(list))
	for i, c := range list {
		got[i] = c.Act
	}
	if len(got) != len(acts) {
		t.Fatalf("custody of %s: %v, want %v", ref, got, acts)
	}
	for i := range acts {
		if got[i] != acts[i] {
			t.Errorf("custody of %s: %v, want %v", ref, got, acts)
		}
	}
}

// migrate makes an empty database ready for another process.
func migrate(t testing.TB, target string) {
	t.Helper()
	d, err := db.Open(context.Background(), target)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, _, err := d.Migrate(context.Background(), migrations.Files); err != nil {
		t.Fatal(err)
	}
}
