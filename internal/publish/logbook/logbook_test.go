package logbook

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
)

func TestCatalogueIsComplete(t *testing.T) {
	c, err := i18n.Load(page.Texts(), Texts())
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range i18n.Check(c) {
		t.Error(problem)
	}
}

// book is a ledger of some entries on a server.
func book(t *testing.T, d *db.DB, entries int) (*Book, string) {
	t.Helper()
	ctx := context.Background()
	key, _, err := ledger.LoadKey(filepath.Join(t.TempDir(), "key"), "test")
	if err != nil {
		t.Fatal(err)
	}
	texts, err := i18n.Load(page.Texts(), Texts())
	if err != nil {
		t.Fatal(err)
	}
	shell, err := page.New(page.Options{Name: "keepiton", Texts: texts, Views: []fs.FS{Views()}})
	if err != nil {
		t.Fatal(err)
	}
	b := &Book{Log: ledger.New(d, key), Key: key.LogKey(), Shell: shell}
	if entries > 0 {
		err = d.Write(ctx, func(tx db.Tx) error {
			events := make([]ledger.Event, entries)
			for i := range events {
				events[i] = ledger.Event{Kind: "test.act", Payload: i}
			}
			_, err := b.Log.AppendAll(ctx, tx, events)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	mux := http.NewServeMux()
	b.Routes(mux)
	srv := httptest.NewServer(shell.Handler(mux))
	t.Cleanup(srv.Close)
	return b, srv.URL
}

// TestAddresses asks for every address, with what is there and what is not.
func TestAddresses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, url := book(t, d, 2500)
		ask := func(path string) (int, string) {
			t.Helper()
			res, err := http.Get(url + path)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			if cc := res.Header.Get("Cache-Control"); res.StatusCode == 200 && cc != "no-store" {
				t.Errorf("%s may be kept: %q", path, cc)
			}
			return res.StatusCode, string(body)
		}
		if status, body := ask("/ledger"); status != 200 || !strings.Contains(body, "Nothing has been sealed yet") {
			t.Errorf("before the first checkpoint: %d %s", status, body)
		}
		if status, _ := ask("/ledger/checkpoint"); status != 404 {
			t.Errorf("before the first checkpoint: %d", status)
		}
		if _, _, err := b.Log.Checkpoint(context.Background()); err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]int{
			"/ledger": 200, "/ar/ledger": 200, "/lite/fr/ledger": 200, "/ledger/checkpoint": 200, "/ledger/leaves?from=0": 200, "/ledger/leaves?from=2499": 200,
			"/ledger/consistency?from=0&to=0": 200, "/ledger/consistency?from=7&to=2500": 200, "/ledger/proof?entry=2499": 200,
			"/ledger/leaves": 400, "/ledger/leaves?from=-1": 400, "/ledger/leaves?from=1e3": 400, "/ledger/leaves?from=99999999999999999999": 400, "/ledger/proof?entry=x": 400,
			"/ledger/consistency?from=1": 400, "/ledger/proof?entry=2500": 404, "/ledger/consistency?from=9&to=8": 404, "/ledger/consistency?from=1&to=2501": 404, "/ledger/nothing": 404,
		} {
			if got, body := ask(path); got != want {
				t.Errorf("%s: %d, want %d: %.100s", path, got, want, body)
			}
		}
		if _, body := ask("/ledger/leaves?from=1000"); strings.Count(body, "test.act") != PageLeaves {
			t.Errorf("a page holds %d leaves", strings.Count(body, "test.act"))
		}
		key, err := ledger.ParseLogKey(b.Key)
		if err != nil {
			t.Fatal(err)
		}
		site, err := NewSite(url + "/")
		if err != nil {
			t.Fatal(err)
		}
		if r, err := ledger.Audit(context.Background(), site, key, nil); err != nil || len(r.Findings) > 0 || r.Entries != 2500 {
			t.Errorf("%+v %v", r, err)
		}
		for what, body := range map[string]string{"nothing": "", "words": "sign this please", "a checkpoint without a witness": published(t, b), "too much": strings.Repeat("x", maxSigned+1)} {
			if err := site.Cosign(context.Background(), []byte(body)); err == nil {
				t.Errorf("%s is taken for a signature", what)
			}
		}
	})
}

func published(t *testing.T, b *Book) string {
	t.Helper()
	text, err := b.Log.Published(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestSiteAnswersBadly: a site that is none, breaks off or floods is an error,
// never a verdict.
func TestSiteAnswersBadly(t *testing.T) {
	for _, address := range []string{"", "register.example", "ftp://x", "https://"} {
		if _, err := NewSite(address); err == nil {
			t.Errorf("%q is taken for a site", address)
		}
	}
	for what, answer := range map[string]http.HandlerFunc{
		"an error": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", 500) },
		"a flood":  func(w http.ResponseWriter, _ *http.Request) { io.Copy(w, io.LimitReader(zeros{}, maxAnswer+10)) },
		"cut off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "99")
			io.WriteString(w, "x")
		},
		"something": func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") },
	} {
		srv := httptest.NewServer(answer)
		site, err := NewSite(srv.URL)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := site.Leaves(context.Background(), 0, 10); err == nil {
			t.Errorf("%s: leaves without an error", what)
		}
		if _, err := site.Consistency(context.Background(), 1, 2); err == nil {
			t.Errorf("%s: a proof without an error", what)
		}
		srv.Close()
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }
