package evidence

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// aging are pages that are all well at first; later each is what its path says.
func aging(later *atomic.Bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		status, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
		switch {
		case later.Load() && err == nil:
			w.WriteHeader(status)
		case later.Load() && r.URL.Path == "/home":
			http.Redirect(w, r, "/", http.StatusFound)
		case later.Load() && r.URL.Path == "/changed":
			fmt.Fprint(w, "another page")
		default:
			fmt.Fprint(w, "the page as it was")
		}
	}
}

// TestRecheck: what vanished is flagged with the time, what only does not answer
// is not, and nothing that was kept is lost.
func TestRecheck(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var later atomic.Bool
		n := newInternet(t, aging(&later))
		for _, name := range []string{"down.example.org", "nohost.example.org", "moved.example.org", "wrong.example.org"} {
			n.names[name] = []string{siteB.String()}
		}
		w := newWorld(t, d, func(o *Options) { o.Capturer = n.capturer(); o.Capturer.now = o.Now })
		refs := map[string]string{}
		for _, page := range []string{"news.example.org/404", "news.example.org/410", "news.example.org/home", "news.example.org/changed", "news.example.org/500", "news.example.org/403", "news.example.org/same",
			"down.example.org/a", "down.example.org/b", "nohost.example.org/", "wrong.example.org/404", "wrong.example.org/410"} {
			it := w.mustAdd(t, amina, linkTo("http://"+page))
			refs[page] = it.Ref
			if _, err := w.Capture(t.Context(), amina, it.Ref); err != nil {
				t.Fatal(err)
			}
		}
		round := func(want int) {
			t.Helper()
			if got, err := w.Recheck(t.Context()); err != nil || got != want {
				t.Errorf("%d pages were looked at: %v", got, err)
			}
		}
		states := func(want map[string]Finding) {
			t.Helper()
			for page, ref := range refs {
				it, err := w.Item(t.Context(), amina, ref)
				if err != nil {
					t.Fatal(err)
				}
				if it.PageState != want[page] || (it.PageSince != nil) != (want[page] != "") {
					t.Errorf("%s is flagged %q, want %q", page, it.PageState, want[page])
				}
			}
		}
		round(0) // too soon
		later.Store(true)
		n.mu.Lock()
		n.names["down.example.org"] = []string{"185.199.108.153"} // where nothing answers
		delete(n.names, "nohost.example.org")
		n.mu.Unlock()
		w.clock = w.clock.Add(25 * time.Hour)
		round(len(refs))
		sure := map[string]Finding{"news.example.org/404": PageGone, "news.example.org/410": PageGone, "news.example.org/home": PageHome, "news.example.org/changed": PageChanged, "news.example.org/same": PageSame}
		states(sure)
		gone, _ := w.Item(t.Context(), amina, refs["news.example.org/404"])
		round(0)

		w.clock = w.clock.Add(25 * time.Hour)
		round(len(refs))
		sure["nohost.example.org/"] = HostGone // known nowhere a second time
		sure["wrong.example.org/404"], sure["wrong.example.org/410"] = PageGone, PageGone
		states(sure)
		if still, _ := w.Item(t.Context(), amina, refs["news.example.org/404"]); *still.PageSince != *gone.PageSince {
			t.Error("the time it was first found gone is lost")
		}
		w.mustBeWhole(t, refs["down.example.org/a"], Received, Captured, Rechecked, Rechecked)

		// Nothing answers at all: that is us.
		n.mu.Lock()
		clear(n.hosts)
		n.mu.Unlock()
		w.clock = w.clock.Add(25 * time.Hour)
		round(0)
		states(sure)
		list, err := w.Captures(t.Context(), amina, refs["news.example.org/404"])
		if err != nil || len(list) != 1 || string(w.bytesOf(t, list[0].Body, list[0].BodySize)) != "the page as it was" {
			t.Errorf("%+v %v", list, err)
		}
	})
}

// deadEnd knows no name, and counts who is asked for.
type deadEnd struct {
	mu    sync.Mutex
	asked map[string]int
}

func (r *deadEnd) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked[host]++
	return nil, &net.DNSError{Err: "timeout", Name: host, IsTimeout: true}
}

// captured files a page as if it had been captured.
func (w *world) captured(t *testing.T, url string) {
	t.Helper()
	it := w.mustAdd(t, amina, linkTo(url))
	c := Capture{Item: it.ID, At: w.clock.UnixMicro(), URL: url, FinalURL: url, Status: 200}
	if err := w.db.Write(t.Context(), func(tx db.Tx) error { return insertCapture(t.Context(), tx, &c) }); err != nil {
		t.Fatal(err)
	}
}

// TestEveryPageHasItsTurn: pages that cannot be reached do not keep others from
// being asked for, those of one host neither, and a round that takes too long
// ends and goes on the next time where it was.
func TestEveryPageHasItsTurn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := &deadEnd{asked: map[string]int{}}
		c := NewCapturer()
		c.Resolver = r
		w := newWorld(t, d, func(o *Options) { o.Capturer = c; c.now = o.Now; o.Record = nil })
		for i := range recheckPerHost + 3 {
			w.captured(t, fmt.Sprintf("https://many.example.org/%d", i))
		}
		for i := range recheckBatch {
			w.captured(t, fmt.Sprintf("https://dead%d.example.org/", i))
		}
		w.captured(t, "https://important.example.org/")
		round := func() {
			t.Helper()
			w.clock = w.clock.Add(40 * 24 * time.Hour)
			clear(r.asked)
			if n, err := w.Recheck(t.Context()); err != nil || n != 0 {
				t.Errorf("%d were learnt about: %v", n, err)
			}
		}
		round()
		if n := r.asked["many.example.org"]; n != recheckPerHost {
			t.Errorf("one host was asked %d times in a round", n)
		}
		if checks, _, err := db.Value[int](t.Context(), d.Reader(), `/* test */ select count(*) from evidence_check where finding = 'unreachable'`); err != nil || checks != recheckBatch {
			t.Errorf("%d tries are written down: %v", checks, err)
		}
		round()
		if r.asked["important.example.org"] == 0 || r.asked["many.example.org"] == 0 {
			t.Errorf("pages wait for others for ever: %v", r.asked["many.example.org"])
		}
		// A round in which every look takes long asks for few, and for others the next time.
		first := map[string]int{}
		w.recheckTime = time.Nanosecond
		round()
		maps.Copy(first, r.asked)
		round()
		for host := range first {
			if len(first) != 1 || r.asked[host] > 0 && host != "many.example.org" {
				t.Errorf("asked in two short rounds: %v, %v", first, r.asked)
			}
		}
	})
}
