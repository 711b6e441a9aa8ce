package page

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"keepiton/internal/platform/page/curtain"
)

// heavyMux answers pages of the full weight a page may have, and small ones.
func heavyMux(s *Shell) http.Handler {
	noise := strings.Builder{} // does not compress
	x := uint64(88172645463325252)
	for noise.Len() < 11200 {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		fmt.Fprintf(&noise, "%x ", x)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /heavy/{n}", func(w http.ResponseWriter, r *http.Request) {
		s.Render(w, r, Page{Title: "Heavy", Body: "sample.small", Data: r.PathValue("n") + noise.String() + "whole"})
	})
	mux.HandleFunc("GET /small/{n}", func(w http.ResponseWriter, r *http.Request) {
		s.Render(w, r, Page{Title: "Small", Body: "sample.small", Data: r.PathValue("n") + "whole"})
	})
	mux.HandleFunc("GET /raw/{n}", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, noise.String()[:9000]+"whole</html>")
	})
	return s.Handler(mux)
}

// fetchFive fetches five pages in a row with one client through the curtain
// and counts those that arrive whole.
func fetchFive(t *testing.T, srv *httptest.Server, proto int, path string, wait time.Duration) (whole int, relay *curtain.Relay) {
	t.Helper()
	relay, err := curtain.Start(srv.Listener.Addr().String(), curtain.Limit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = relay.Close() })
	tr := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // our own test server
	if proto == 2 {
		tr.ForceAttemptHTTP2 = true
	} else {
		tr.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	}
	client := &http.Client{Transport: tr, Timeout: wait}
	defer tr.CloseIdleConnections()
	for i := range 5 {
		res, err := client.Get(strings.Replace(srv.URL, srv.Listener.Addr().String(), relay.Addr(), 1) + path + fmt.Sprint(i))
		if err != nil {
			continue
		}
		if res.ProtoMajor != proto {
			t.Errorf("protocol %s, want %d", res.Proto, proto)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err == nil && strings.Contains(string(body), "whole") && strings.HasSuffix(strings.TrimSpace(string(body)), "</html>") {
			whole++
		}
	}
	return whole, relay
}

// serve starts a TLS server; with is whether it keeps the curtain's rule.
func serve(h http.Handler, with bool) *httptest.Server {
	srv := httptest.NewUnstartedServer(h)
	srv.EnableHTTP2 = true
	if with {
		srv.Listener = Listen(srv.Listener)
		srv.Config.ConnContext = ConnContext
	}
	srv.StartTLS()
	return srv
}

func TestFivePagesPassTheCurtain(t *testing.T) {
	h := heavyMux(sampleShell(t, nil))
	with, without := serve(h, true), serve(h, false)
	defer with.Close()
	defer without.Close()
	for _, proto := range []int{1, 2} {
		for _, path := range []string{"/heavy/", "/lite/heavy/", "/small/", "/lite/small/", "/raw/"} {
			if n, relay := fetchFive(t, with, proto, path, 5*time.Second); n != 5 {
				t.Errorf("HTTP/%d %s: %d of 5 arrive over %d connections, %d cut", proto, path, n, relay.Conns(), relay.Cut())
			}
		}
		// The same pages without the rule: the curtain must be seen to cut.
		if n, relay := fetchFive(t, without, proto, "/heavy/", 300*time.Millisecond); n == 5 || relay.Cut() == 0 {
			t.Errorf("HTTP/%d without the rule: %d of 5 arrive, %d cut: the test proves nothing", proto, n, relay.Cut())
		} else {
			t.Logf("HTTP/%d without the rule: %d of 5 arrive", proto, n)
		}
	}
}

func TestMustCloseCountsBytes(t *testing.T) {
	// Without TLS a small page leaves room for a full one: no close. With what
	// a handshake takes, it does not.
	for _, x := range []struct {
		sent int64
		size int
		want bool
	}{{0, 500, false}, {0, 9000, true}, {3300, 500, true}, {0, -1, true}, {1000, 0, false}} {
		c := &counted{}
		c.sent.Store(x.sent)
		r := httptest.NewRequest("GET", "/", nil)
		r = r.WithContext(ConnContext(r.Context(), c))
		if got := mustClose(r, x.size); got != x.want {
			t.Errorf("%d sent, answer of %d: close %v", x.sent, x.size, got)
		}
		if !x.want && x.sent+int64(max(x.size, 0))+PageLimit+2*headerRoom > Curtain {
			t.Errorf("%d sent, answer of %d: the next page would not fit", x.sent, x.size)
		}
	}
	if mustClose(httptest.NewRequest("GET", "/", nil), 99999) {
		t.Error("a connection nobody counts is closed")
	}
}

// BenchmarkCached compares an answer from the cache with a bare handler that
// sends the same bytes; the ratio is what counts.
func BenchmarkCached(b *testing.B) {
	s := sampleShell(b, nil)
	ours := sampleMux(s)
	res, _ := get(ours, "GET", "/", "Accept-Encoding", "gzip")
	var entryBytes []byte
	for _, el := range s.cache.slots {
		entryBytes = el.Value.(*slot).entry.packed
	}
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(entryBytes)
	})
	same := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for k, v := range res.Header {
			w.Header().Set(k, v[0])
		}
		_, _ = w.Write(entryBytes)
	})
	b.Logf("%s bytes", res.Header.Get("Content-Length"))
	for _, x := range []struct {
		name string
		h    http.Handler
	}{{"bare", bare}, {"bare with our headers", same}, {"page", ours}} {
		name, h := x.name, x.h
		b.Run(name+"/handler", func(b *testing.B) {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Accept-Encoding", "gzip")
			r.Header.Set("Accept-Language", "en-GB,en;q=0.8")
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
		b.Run(name+"/http", func(b *testing.B) {
			srv := httptest.NewUnstartedServer(h)
			srv.Config.ConnContext = ConnContext
			srv.Start()
			defer srv.Close()
			client := &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64}}
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					req, _ := http.NewRequest("GET", srv.URL+"/", nil)
					req.Header.Set("Accept-Encoding", "gzip")
					res, err := client.Do(req)
					if err != nil {
						b.Error(err)
						return
					}
					_, _ = io.Copy(io.Discard, res.Body)
					_ = res.Body.Close()
				}
			})
		})
	}
}

func BenchmarkRender(b *testing.B) {
	s := sampleShell(b, func(o *Options) { o.Cache = -1 })
	h := sampleMux(s)
	r := httptest.NewRequest("GET", "/", nil)
	for b.Loop() {
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
}
