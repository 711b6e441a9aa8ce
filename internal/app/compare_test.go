package app

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/stop"
)

// TestCompareSaysWhenItIsTooMuch asks page and API for two editions that differ
// in more rows than are compared while somebody waits: both say so and name the
// way out.
func TestCompareSaysWhenItIsTooMuch(t *testing.T) {
	ctx := context.Background()
	d := dbtest.SQLite(t)
	s, err := incident.NewService(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	syn, err := stop.NewSynthetic(1, incident.CompareLimit+2)
	if err != nil {
		t.Fatal(err)
	}
	in2020 := func(i int) (incident.Facts, []int) { f, _ := syn.Next(i); return f, []int{2020} }
	if err := s.Fill(ctx, incident.CompareLimit+1, in2020, nil); err != nil {
		t.Fatal(err)
	}
	facts, _ := in2020(incident.CompareLimit + 1)
	sheet := incident.SheetEdition{Kind: "sheet", Label: "one row o'clock", SHA256: "x", AsOf: "2021-01-01",
		Rows: []incident.SheetRow{{Line: 2, Year: 2020, Facts: facts}}}
	if _, err := s.Import(ctx, []incident.SheetEdition{sheet}, incident.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	env := &Env{Ctx: ctx, Stdout: io.Discard, Stderr: io.Discard, CLI: &CLI{}, Log: slog.New(slog.DiscardHandler)}
	h, err := (&ServeCmd{CacheMB: 1}).handler(t.Context(), env, d, s, bookOf(d), nil)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(target string) (int, string) {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, target, nil))
		return rec.Code, rec.Body.String()
	}
	const same, other = "from=record&to=record&year=2020", "from=one+row+o%27clock&to=record&year=2020"
	for _, x := range []struct {
		target string
		status int
		says   []string
	}{
		{"/data/compare?" + same, 200, []string{"Both editions say the same"}},
		{"/api/v1/releases/compare?" + same, 200, []string{`"rows":[]`}},
		{"/data/compare?" + other, 413, []string{"5,000", `keepiton compare &#39;one row o&#39;\&#39;&#39;clock&#39; &#39;record&#39; --year=2020`, "<form"}},
		{"/ar/data/compare?" + other, 413, []string{"5,000", `<code>keepiton compare`}},
		{"/api/v1/releases/compare?" + other, 413, []string{"5,000", "keepiton compare", `"status":413`}},
		{"/fr/api/v1/releases/compare?" + other, 413, []string{"lignes de 2020"}},
	} {
		status, body := ask(x.target)
		for _, word := range x.says {
			if status != x.status || !strings.Contains(body, word) {
				t.Errorf("%s: %d without %q: %.600s", x.target, status, word, body)
			}
		}
	}
}
