package app

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/verify"
)

// TestEmbargoShowsNowhere: a site with a hundred cases under embargo, signed,
// with evidence and talk, and others that are parked or rejected, answers every
// public address byte for byte as it did before, with the same validators.
func TestEmbargoShowsNowhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		c := x.crew()
		for i := range 3 { // something is public already
			lead := c.author.file("title", fmt.Sprint("public ", i), "area", []string{"Tabriz", "Shiraz", "Mashhad"}[i])
			c.author.prove(lead)
			c.first.sign(lead)
			c.second.sign(lead)
			if a := c.editor.post(lead + "/publish"); a.status != http.StatusSeeOther {
				t.Fatal(a.status)
			}
		}
		before := x.crawl(t)
		cases := 100
		if d.Engine == db.Postgres {
			cases = 20
		}
		x.embargo(t, c, cases)
		after := x.crawl(t)
		if len(before) < 60 {
			t.Fatalf("only %d addresses were asked", len(before))
		}
		for at, was := range before {
			if now := after[at]; now != was {
				t.Errorf("%s differs:\n%s\nnow\n%s", at, difference(was, now), difference(now, was))
			}
		}
		t.Logf("%d addresses, %d cases that are not public", len(before), cases)
	})
}

// embargo fills the desk with cases that are not public, some one click away
// from it.
func (x *deskSite) embargo(t *testing.T, c crew, n int) {
	t.Helper()
	ctx := context.Background()
	for i := range n {
		lead := c.author.file("title", fmt.Sprint("CANARY ", i), "area", "Canarytown", "event", "CANARY happened")
		ref := strings.TrimPrefix(lead, "/desk/leads/")
		if i%2 == 0 {
			c.author.prove(lead)
		}
		if err := x.work.cases.Embargo(ctx, c.editor.actor(), ref, time.Now().Add(time.Duration(i+1)*time.Hour).UnixMicro(), "the witness"); err != nil {
			t.Fatal(err)
		}
		switch i % 10 {
		case 0, 2:
			c.first.sign(lead)
			c.second.sign(lead)
			if a := c.editor.post(lead + "/publish"); a.status != http.StatusConflict {
				t.Errorf("an embargo does not hold: %d", a.status)
			}
		case 1:
			if err := x.work.cases.Park(ctx, c.editor.actor(), ref, verify.Rejected, "CANARY"); err != nil {
				t.Fatal(err)
			}
		case 3:
			if err := x.work.cases.Say(ctx, c.reader.actor(), ref, "CANARY", nil, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
}

var linkIn = regexp.MustCompile(`(?:href|src|srcset)="([^"#]+)|<(?:loc|id|link)[^>]*>([^<]+)<`)

// crawl asks for every address a reader can come to, through a server of its own
// that has nothing in its cache, and gives status, validators and body of each.
func (x *deskSite) crawl(t *testing.T) map[string]string {
	t.Helper()
	srv := httptest.NewServer(x.fresh())
	defer srv.Close()
	out := map[string]string{}
	queue := []string{"/", "/sitemap.xml", "/feed.atom", "/api/v1/incidents", "/api/v1/counts", "/search?q=Canarytown", "/search?q=CANARY", "/incidents?country=IR", "/ar", "/fr/incidents", "/lite", "/ledger", "/incidents/2026-0004"}
	for len(queue) > 0 && len(out) < 250 {
		at := queue[0]
		queue = queue[1:]
		if _, done := out[at]; done {
			continue
		}
		res, err := http.Get(srv.URL + at)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		body := strings.ReplaceAll(string(raw), srv.URL, "http://site") // each server has its own port
		tag := res.Header.Get("Etag")
		if strings.Contains(body, "http://site") {
			tag = "" // made from the address too
		}
		out[at] = fmt.Sprintf("%d %s %s %s\n%s", res.StatusCode, tag, res.Header.Get("Last-Modified"), res.Header.Get("Content-Type"), body)
		if strings.Contains(out[at], "CANARY") && !strings.Contains(at, "CANARY") || strings.Contains(out[at], "Canarytown") && !strings.Contains(at, "Canarytown") {
			t.Errorf("%s says what is under embargo", at)
		}
		for _, m := range linkIn.FindAllStringSubmatch(body, -1) {
			to := strings.ReplaceAll(m[1]+m[2], "&amp;", "&")
			to = strings.TrimPrefix(to, "http://site")
			u, err := url.Parse(to)
			if err == nil && !u.IsAbs() && strings.HasPrefix(u.Path, "/") && !strings.HasPrefix(u.Path, "/desk") && !slices.Contains(queue, to) {
				queue = append(queue, to)
			}
		}
	}
	return out
}

// difference is the first line of a that b does not have.
func difference(a, b string) string {
	have := strings.Split(b, "\n")
	for _, line := range strings.Split(a, "\n") {
		if !slices.Contains(have, line) {
			return line[:min(len(line), 400)]
		}
	}
	return ""
}
