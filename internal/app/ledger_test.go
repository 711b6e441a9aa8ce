package app

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/mechanism/ledger/tsa"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// deployment is a site with its ledger, and the commands that look at it from
// outside.
type deployment struct {
	t      *testing.T
	d      *db.DB
	s      *incident.Service
	log    *ledger.Log
	url    string
	key    string
	dir    string
	out    bytes.Buffer
	outErr bytes.Buffer
}

func deploy(t *testing.T, d *db.DB, witnesses ...string) *deployment {
	t.Helper()
	ctx := context.Background()
	dir := t.TempDir()
	env := &Env{Ctx: ctx, Stdout: io.Discard, Stderr: io.Discard, CLI: &CLI{Data: dir}, Log: slog.New(slog.DiscardHandler)}
	s, err := incident.NewService(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	recordActs(s, ledger.New(d, nil))
	cmd := ServeCmd{CacheMB: 1, Witness: witnesses}
	book, err := cmd.ledger(t.Context(), env, d)
	if err != nil {
		t.Fatal(err)
	}
	h, err := cmd.handler(t.Context(), env, d, s, book, nil)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return &deployment{t: t, d: d, s: s, log: book.Log, url: srv.URL, key: book.Key, dir: dir}
}

// do runs a command as somebody outside does, and gives what it said.
func (x *deployment) do(cmd interface{ Run(*Env) error }) (string, error) {
	x.t.Helper()
	var out bytes.Buffer
	env := &Env{Ctx: context.Background(), Stdout: &out, Stderr: &out, CLI: &CLI{Data: x.dir}, Log: slog.New(slog.DiscardHandler)}
	err := cmd.Run(env)
	return out.String(), err
}

func (x *deployment) seal() {
	x.t.Helper()
	if _, _, err := x.log.Checkpoint(context.Background()); err != nil {
		x.t.Fatal(err)
	}
}

// rewrite changes the database as somebody with full power over it can.
func (x *deployment) rewrite(statements ...string) {
	x.t.Helper()
	err := x.d.Write(context.Background(), func(tx db.Tx) error {
		for _, s := range statements {
			if _, err := db.Exec(context.Background(), tx, `/* app.rewrite */ `+s); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		return nil
	})
	if err != nil {
		x.t.Fatal(err)
	}
}

// TestLedgerFromOutside does things to a record, checks the ledger from
// outside, has it witnessed, and finds that it was rewritten.
func TestLedgerFromOutside(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		state := t.TempDir()
		witness, err := ledger.GenerateKey("press.example")
		if err != nil {
			t.Fatal(err)
		}
		// The witness's key is made by its first visit; until the site knows it, its
		// signature is refused.
		x := deploy(t, d)
		importPair(t, x.s)
		if _, err := x.s.CutRelease(ctx, "first", "2026-01-02"); err != nil {
			t.Fatal(err)
		}
		x.seal()
		kept := filepath.Join(t.TempDir(), "kept")
		said, err := x.do(&LedgerVerifyCmd{URL: x.url, Key: x.key, Kept: []string{kept}})
		if err != nil || !strings.Contains(said, "is whole: 2 entries read, held against 0 checkpoints") {
			t.Fatal(said, err)
		}
		visit := &WitnessCmd{URL: x.url, Key: x.key, Name: "press.example", State: state}
		said, err = x.do(visit)
		if err == nil || !strings.Contains(said, "Give this line to the site") {
			t.Fatalf("a witness nobody named is taken: %s %v", said, err)
		}
		line := strings.Split(said, "\n")[1]

		y := deployment{t: t, d: d, s: x.s, dir: x.dir}
		env := &Env{Ctx: ctx, Stdout: io.Discard, Stderr: io.Discard, CLI: &CLI{Data: x.dir}, Log: slog.New(slog.DiscardHandler)}
		cmd := ServeCmd{CacheMB: 1, Witness: []string{line}}
		book, err := cmd.ledger(t.Context(), env, d)
		if err != nil {
			t.Fatal(err)
		}
		h, err := cmd.handler(t.Context(), env, x.d, x.s, book, nil)
		if err != nil {
			t.Fatal(err)
		}
		srv := httptest.NewServer(h)
		defer srv.Close()
		y.url, y.key, y.log = srv.URL, book.Key, book.Log
		if y.key != x.key {
			t.Fatal("a server that begins again has another key")
		}
		visit.URL = y.url
		if said, err = y.do(visit); err != nil || !strings.Contains(said, "Signed: 2 entries") {
			t.Fatal(said, err)
		}
		for _, lang := range []string{"", "/ar", "/fr", "/lite"} {
			res, err := http.Get(y.url + lang + "/ledger")
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(res.Body)
			res.Body.Close()
			if err != nil || res.StatusCode != 200 || !strings.Contains(string(body), "press.example") || !strings.Contains(html.UnescapeString(string(body)), y.key) {
				t.Errorf("%s/ledger: %d %v", lang, res.StatusCode, err)
			}
		}
		if said, err = y.do(&LedgerVerifyCmd{URL: y.url, Key: y.key, Kept: []string{kept}}); err != nil || !strings.Contains(said, "against 1 checkpoint of the past") {
			t.Fatal(said, err)
		}
		if said, err = y.do(&LedgerVerifyCmd{URL: y.url, Key: witness.LogKey()}); err == nil || !strings.Contains(said, "not signed by the key") {
			t.Errorf("a site under another key passes: %s %v", said, err)
		}

		// History is written anew: one entry less, hashes and checkpoints removed,
		// the guards taken away, and all of it signed again with the site's own key.
		drop := `drop trigger %s`
		if d.Engine == db.Postgres {
			drop = `drop trigger %s on %s`
		}
		for _, tr := range triggers(t, d) {
			if d.Engine == db.Postgres {
				y.rewrite(fmt.Sprintf(drop, tr[0], tr[1]))
			} else {
				y.rewrite(fmt.Sprintf(drop, tr[0]))
			}
		}
		y.rewrite(`delete from ledger_cosignature`, `delete from ledger_checkpoint`, `delete from ledger_payload where idx = 1`, `delete from ledger_entry where idx = 1`, `update ledger_head set size = 1`)
		if _, err := y.s.CutRelease(ctx, "another", "2026-01-03"); err != nil {
			t.Fatal(err)
		}
		y.seal()
		if said, err = y.do(&LedgerVerifyCmd{URL: y.url, Key: y.key}); err != nil {
			t.Fatalf("without a checkpoint of the past nothing is to be seen: %s %v", said, err)
		}
		if said, err = y.do(&LedgerVerifyCmd{URL: y.url, Key: y.key, Kept: []string{kept}}); err == nil || !strings.Contains(said, "not those that were signed") {
			t.Errorf("a rewritten history passes: %s %v", said, err)
		}
		if _, err = y.do(visit); err == nil || !strings.Contains(err.Error(), "another history") {
			t.Errorf("the witness signs a rewritten history: %v", err)
		}
		if files, err := os.ReadDir(state); err != nil || len(files) < 2 {
			t.Errorf("the witness keeps no proof: %v %v", files, err)
		}
	})
}

// TestLedgerInDisorder: that entries were moved or taken out, that the list breaks off,
// and that the key may be that of another site, is said in words.
func TestLedgerInDisorder(t *testing.T) {
	ctx := context.Background()
	x := deploy(t, dbtest.SQLite(t))
	importPair(t, x.s)
	if _, err := x.s.CutRelease(ctx, "first", "2026-01-02"); err != nil {
		t.Fatal(err)
	}
	x.seal()
	leaves, err := x.log.Leaves(ctx, 0, 2)
	if err != nil || len(leaves) != 2 {
		t.Fatal(len(leaves), err)
	}
	pages := make([][]byte, 2)
	for i := range pages {
		if pages[i], err = ledger.FormatLeaves(int64(i), leaves[i:i+1]); err != nil {
			t.Fatal(err)
		}
	}
	var told []byte // in place of the leaves
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/leaves") {
			w.Write(told)
			return
		}
		res, err := http.Get(x.url + r.URL.String())
		if err != nil {
			t.Error(err)
			return
		}
		defer res.Body.Close()
		io.Copy(w, res.Body)
	}))
	defer between.Close()
	whole := slices.Concat(pages...)
	for what, c := range map[string]struct {
		told []byte
		says string
	}{
		"swapped":   {slices.Concat(pages[1], pages[0]), "entries were moved or taken out: where this one should stand is another (0)"},
		"taken out": {pages[1], "entries were moved or taken out: where this one should stand is another (0)"},
		"cut short": {whole[:len(whole)-3], "the list of entries breaks off, or cannot be read from this one on (1)"},
	} {
		told = c.told
		said, err := x.do(&LedgerVerifyCmd{URL: between.URL, Key: x.key})
		if err == nil || !strings.Contains(said, c.says) || !strings.Contains(said, "was changed after the fact") || strings.Contains(said+err.Error(), "ParseLeaves") {
			t.Errorf("%s: %s %v", what, said, err)
		}
	}
	told = whole
	if said, err := x.do(&LedgerVerifyCmd{URL: between.URL, Key: x.key}); err != nil {
		t.Errorf("whole: %s %v", said, err)
	}
	another, err := ledger.GenerateKey("another.example")
	if err != nil {
		t.Fatal(err)
	}
	said, err := x.do(&LedgerVerifyCmd{URL: between.URL, Key: another.LogKey()})
	if err == nil || !strings.Contains(said, "it is the key of another site") || strings.Contains(said, "after the fact") {
		t.Errorf("the key of another site: %s %v", said, err)
	}
}

// triggers lists the guards of the ledger: name and table.
func triggers(t *testing.T, d *db.DB) [][2]string {
	t.Helper()
	query := `select name, tbl_name as tab from sqlite_master where type = 'trigger' and tbl_name like 'ledger%'`
	if d.Engine == db.Postgres {
		query = `select distinct tgname as name, relname as tab from pg_trigger join pg_class on pg_class.oid = tgrelid where relname like 'ledger%' and not tgisinternal`
	}
	type row struct {
		Name  string `db:"name"`
		Table string `db:"tab"`
	}
	rows, err := db.Select[row](context.Background(), d.Reader(), `/* app.triggers */ `+query)
	if err != nil || len(rows) == 0 {
		t.Fatal(rows, err)
	}
	var out [][2]string
	for _, r := range rows {
		out = append(out, [2]string{r.Name, r.Table})
	}
	return out
}

// TestEveryActIsInTheLedger does each thing that can be done to the record.
func TestEveryActIsInTheLedger(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := deploy(t, d)
		importPair(t, x.s)
		items, err := x.s.Reviews(ctx, "open", "carry_over", "", 10)
		if err != nil || len(items) == 0 {
			t.Fatal(items, err)
		}
		steps := []struct {
			kind string
			do   func() error
		}{
			{"record.decision", func() error { return x.s.Decide(ctx, items[0].ID, "anna", "separate") }},
			{"record.edit", func() error {
				_, err := x.s.Revise(ctx, "2025-0001", 0, "anna", "better", func(_ int, f incident.Facts) (incident.Facts, error) {
					f.Measure.Area = "Basra and around, says Ama Qwertzuz"
					return f, nil
				})
				return err
			}},
			{"record.release", func() error { _, err := x.s.CutRelease(ctx, "one", "2026-01-02"); return err }},
			{"record.renamed", func() error { return x.s.RenameEdition(ctx, "one", "two") }},
			{"record.withheld", func() error {
				_, err := x.s.Withhold(ctx, incident.Withholding{Passage: "Ama Qwertzuz", Who: "anna", Reason: "asked", Most: 5})
				return err
			}},
			{"record.shown", func() error { return x.s.ShowAgain(ctx, 1, "anna", "agreed") }},
		}
		size, err := x.log.Size(ctx)
		if err != nil || size != 1 {
			t.Fatal(size, err)
		}
		for i, step := range steps {
			if err := step.do(); err != nil {
				t.Fatalf("%s: %v", step.kind, err)
			}
			e, err := x.log.Entry(ctx, int64(i)+1)
			if err != nil || e.Kind != step.kind {
				t.Errorf("%s: %+v %v", step.kind, e, err)
			}
			o, err := x.log.Reveal(ctx, int64(i)+1)
			if err != nil || strings.Contains(string(o.Payload), "Qwertzuz") {
				t.Errorf("%s: %s %v", step.kind, o.Payload, err)
			}
		}
		if r, err := x.log.Verify(ctx); err != nil || len(r.Findings) > 0 {
			t.Errorf("%+v %v", r, err)
		}
	})
}

// TestCheckpointsAreStamped has a server ask openssl's own authority, and one
// that is down.
func TestCheckpointsAreStamped(t *testing.T) {
	authority := tsa.Start(t, "one.test", "sha256")
	ctx := context.Background()
	x := deploy(t, dbtest.SQLite(t))
	importPair(t, x.s)
	root := filepath.Join(authority.Dir, "root.pem")
	stamper, err := stamperOf([]string{authority.URL + "," + root, "http://127.0.0.1:1/," + root})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	env := &Env{Ctx: ctx, Log: slog.New(slog.NewTextHandler(&log, nil))}
	if err := (sealer{x.d, x.log, stamper}).seal(ctx, env); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "127.0.0.1:1") {
		t.Errorf("nobody hears of the authority that is down: %s", log.String())
	}
	res, err := http.Get(x.url + "/ledger")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || !strings.Contains(string(body), "Has certified the time") || !strings.Contains(string(body), strings.TrimPrefix(authority.URL, "http://")) {
		t.Errorf("the page does not say who certified the time: %v", err)
	}
	for _, bad := range []string{"http://x.example", "x," + root, authority.URL + ",/nowhere.pem", authority.URL + "," + filepath.Join(authority.Dir, "tsa.cnf")} {
		if _, err := stamperOf([]string{bad}); err == nil {
			t.Errorf("%q is taken for an authority", bad)
		}
	}
}

// TestServesWithoutAKey: where no key can be written the site is there all the
// same, and acts are recorded.
func TestServesWithoutAKey(t *testing.T) {
	ctx := context.Background()
	d := dbtest.SQLite(t)
	s, err := incident.NewService(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	recordActs(s, ledger.New(d, nil))
	file := filepath.Join(t.TempDir(), "a file where a directory belongs")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	env := &Env{Ctx: ctx, Stdout: io.Discard, Stderr: io.Discard, CLI: &CLI{Data: file}, Log: slog.New(slog.NewTextHandler(&log, nil))}
	cmd := ServeCmd{CacheMB: 1}
	book, err := cmd.ledger(t.Context(), env, d)
	if err != nil || !strings.Contains(log.String(), "has no key") {
		t.Fatal(err, log.String())
	}
	h, err := cmd.handler(t.Context(), env, d, s, book, nil)
	if err != nil {
		t.Fatal(err)
	}
	importPair(t, s)
	for path, want := range map[string]int{"/": 200, "/ledger": 200, "/ledger/checkpoint": 404} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != want || strings.Contains(w.Body.String(), "--key") {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
	if n, err := book.Log.Size(ctx); err != nil || n != 1 {
		t.Errorf("%d entries, %v", n, err)
	}
}

// TestHeldEventsFromOutside seals as a server does, before anybody works here and
// after, and has the file about a held event checked by the command alone.
func TestHeldEventsFromOutside(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := deploy(t, d)
		importPair(t, x.s)
		env := &Env{Ctx: ctx, Stdout: io.Discard, Stderr: io.Discard, Log: slog.New(slog.DiscardHandler)}
		server := sealer{db: d, log: x.log}
		size := func() int64 {
			t.Helper()
			if err := server.seal(ctx, env); err != nil {
				t.Fatal(err)
			}
			c, err := x.log.Latest(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return c.Tree.N
		}
		if n := size(); n != 1 {
			t.Fatalf("%d entries, where a sheet was read and nobody works here", n)
		}
		x.rewrite(`insert into person (id, ref, handle, name, lang, state, created_at) values (1, 'p', 'p', 'p', 'en', 'active', 1)`)
		var id int64
		err := d.Write(ctx, func(tx db.Tx) (err error) {
			id, err = x.log.Hold(ctx, tx, ledger.Event{Kind: "dossier.signed_off", Payload: map[string]string{"dossier": "L-2026-0007"}})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := size(); n != 2 {
			t.Fatalf("%d entries, where the batch of the hour was to be the second", n)
		}
		if n := size(); n != 2 && n != 3 { // 3 where the hour has just changed
			t.Fatalf("%d entries after sealing twice in an hour", n)
		}
		p, err := x.log.HeldProof(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "proof")
		if err := os.WriteFile(file, p.Format(), 0o600); err != nil {
			t.Fatal(err)
		}
		said, err := x.do(&LedgerVerifyCmd{Proof: file, Key: x.key})
		if err != nil || !strings.Contains(said, "dossier.signed_off") || !strings.Contains(said, "L-2026-0007") {
			t.Errorf("%s %v", said, err)
		}
		other, err := ledger.GenerateKey(ledgerName)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []*LedgerVerifyCmd{{Proof: file}, {Proof: file, Key: other.LogKey()}, {Proof: file + "x", Key: x.key}, {Proof: filepath.Join(x.dir, keyFile), Key: x.key}} {
			if said, err := x.do(bad); err == nil {
				t.Errorf("%+v: %s", bad, said)
			}
		}
	})
}
