package evidence

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"keepiton/internal/platform/fault"
)

// Where a page must not lead, however it is written.
var forbidden = []string{
	// loopback, private, shared, link-local, unspecified, broadcast, multicast
	"http://127.0.0.1/", "http://127.255.0.3/", "http://10.0.0.1/", "http://172.16.0.1/", "http://172.31.255.254/", "http://192.168.1.1/",
	"http://100.64.0.1/", "http://100.127.255.254/", "http://169.254.169.254/latest/meta-data/", "http://0.0.0.0/", "http://0.1.2.3/", "http://255.255.255.255/", "http://224.0.0.1/", "http://240.0.0.1/",
	// documentation, benchmarks, protocol assignments, relays
	"http://192.0.2.1/", "http://198.51.100.7/", "http://203.0.113.9/", "http://198.18.0.1/", "http://192.0.0.8/", "http://192.88.99.1/",
	// IPv6: loopback, unspecified, unique local, link-local, multicast, documentation
	"http://[::1]/", "http://[::]/", "http://[fc00::1]/", "http://[fd00:ec2::254]/", "http://[fe80::1]/", "http://[fe80::1%25eth0]/", "http://[fec0::1]/", "http://[ff02::1]/", "http://[2001:db8::1]/", "http://[3fff::1]/", "http://[100::1]/", "http://[5f00::1]/",
	// IPv4 inside IPv6: mapped, compatible, NAT64, 6to4, Teredo, ISATAP
	"http://[::ffff:127.0.0.1]/", "http://[::ffff:10.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::ffff:a9fe:a9fe]/", "http://[::127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://[64:ff9b::a9fe:a9fe]/", "http://[64:ff9b:1::5db8:d70e]/",
	"http://[2002:7f00:1::1]/", "http://[2002:5db8:d70e::1]/", "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/", "http://[2600::5efe:10.0.0.1]/", "http://[2600::200:5efe:7f00:1]/",
	// numbers systems read differently
	"http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://0x7f.0.0.1/", "http://127.0.0.1./", "http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/",
	// names that lead inward
	"http://localhost/", "http://LOCALHOST./", "http://a.localhost/", "http://printer.local/", "http://metadata.google.internal/", "http://intranet/", "http://site.onion/", "http://1.0.0.127.in-addr.arpa/",
	// names whose answers lead inward
	"http://private.example.org/", "http://loop6.example.org/", "http://mapped.example.org/", "http://mixed.example.org/", "http://meta.example.org/", "http://nat.example.org/",
	// other schemes, ports and tricks of writing
	"ftp://news.example.org/", "file:///etc/passwd", "gopher://news.example.org/", "javascript:alert(1)", "news.example.org", "http:news.example.org", "http:///x",
	"http://news.example.org:22/", "http://news.example.org:8080/", "http://news.example.org:0/", "http://news.example.org:99999/", "http://user:pass@news.example.org/", "http://user@news.example.org/", "http://news.example.org\\@127.0.0.1/", "http://news.example.org\n.example.org/",
	// pages that lead inward
	"http://news.example.org/to?http://127.0.0.1/", "http://news.example.org/to?http://169.254.169.254/", "http://news.example.org/to?//127.0.0.1/", "http://news.example.org/to?http://[::ffff:127.0.0.1]/", "http://news.example.org/to?http://private.example.org/",
	"http://news.example.org/to?file:///etc/passwd", "http://news.example.org/to?ftp://news.example.org/", "http://news.example.org/to?http://news.example.org:22/", "http://news.example.org/to?http://user:pass@news.example.org/", "http://news.example.org/to?http://localhost/",
	"http://news.example.org/twice?http://127.0.0.1/", "https://news.example.org/to?http://10.0.0.1/",
	// a name that leads elsewhere the second time it is asked for
	"http://rebind.example.org/to?http://rebind.example.org/",
}

// leads answers as the table of forbidden addresses needs it.
func leads(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/to":
		w.Header().Set("Location", r.URL.RawQuery)
		w.WriteHeader(http.StatusFound)
	case "/twice":
		w.Header().Set("Location", "/to?"+r.URL.RawQuery)
		w.WriteHeader(http.StatusMovedPermanently)
	case "/loop":
		w.Header().Set("Location", "/loop")
		w.WriteHeader(http.StatusTemporaryRedirect)
	default:
		fmt.Fprintf(w, "the page %s of %s", r.URL.Path, r.Host)
	}
}

// TestGuard: nothing but the open internet is ever connected to.
func TestGuard(t *testing.T) {
	n := newInternet(t, http.HandlerFunc(leads))
	for name, answers := range map[string][]string{
		"private.example.org": {"10.0.0.1"}, "loop6.example.org": {"::1"}, "mapped.example.org": {"::ffff:192.168.0.1"}, "meta.example.org": {"169.254.169.254"},
		"nat.example.org": {"64:ff9b::a00:1"}, "mixed.example.org": {siteA.String() + " 127.0.0.1"}, "rebind.example.org": {siteA.String(), "127.0.0.1"},
	} {
		n.names[name] = answers
	}
	c := n.capturer()
	for _, raw := range forbidden {
		n.went = nil
		f, err := c.fetch(t.Context(), raw)
		if err == nil {
			t.Errorf("%q was fetched: %s", raw, f.body)
		} else if !errors.Is(err, errAddress) || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: %v", raw, err)
		}
		for _, to := range n.went {
			if to != siteA.String()+":80" && to != siteA.String()+":443" {
				t.Errorf("%q led to a connection to %s", raw, to)
			}
		}
	}
	t.Logf("%d addresses", len(forbidden))
	if n.asked["rebind.example.org"] != 2 {
		t.Errorf("a name was asked for %d times for two connections", n.asked["rebind.example.org"])
	}
	for raw, want := range map[string]string{
		"http://news.example.org/a":                           "the page /a of news.example.org",
		"https://news.example.org/a":                          "the page /a of news.example.org",
		"http://93.184.215.14/":                               "the page / of 93.184.215.14",
		"http://[2606:4700::1111]/":                           "the page / of [2606:4700::1111]",
		"http://[64:ff9b::5db8:d70e]/":                        "the page / of [64:ff9b::5db8:d70e]",
		"http://[::ffff:93.184.215.14]/":                      "the page / of [::ffff:93.184.215.14]",
		"http://news.example.org/to?http://151.101.1.6/b":     "the page /b of 151.101.1.6",
		"http://news.example.org/twice?/c":                    "the page /c of news.example.org",
		"https://news.example.org/to?http://news.example.org": "the page / of news.example.org",
	} {
		if f, err := c.fetch(t.Context(), raw); err != nil || string(f.body) != want {
			t.Errorf("%s: %v", raw, err)
		}
	}
	if _, err := c.fetch(t.Context(), "http://news.example.org/loop"); err == nil || !strings.Contains(err.Error(), "page_redirects") {
		t.Errorf("a page that leads to itself: %v", err)
	}
	if _, err := c.fetch(t.Context(), "http://nobody.example.org/"); !errors.Is(err, errNoHost) {
		t.Errorf("a name nobody knows: %v", err)
	}
}

// TestGuardOfOurselves: our own site and this machine's own addresses are never
// asked, whatever the name, though they belong to the open internet.
func TestGuardOfOurselves(t *testing.T) {
	n := newInternet(t, http.HandlerFunc(leads))
	n.names["us.example.org"] = []string{siteA.String()}
	n.names["other.example.org"] = []string{siteB.String()}
	n.names["machine.example.org"] = []string{site6.String()}
	c := n.capturer()
	c.Host, c.self = "us.example.org", func() ([]netip.Addr, error) { return []netip.Addr{site6}, nil }
	for _, raw := range []string{"http://us.example.org/", "http://news.example.org/", "http://93.184.215.14/", "http://[::ffff:93.184.215.14]/", "http://[64:ff9b::5db8:d70e]/", "http://machine.example.org/", "http://[2606:4700::1111]/",
		"http://other.example.org/to?http://us.example.org/"} {
		if _, err := c.fetch(t.Context(), raw); !errors.Is(err, errAddress) || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", raw, err)
		}
	}
	if f, err := c.fetch(t.Context(), "http://other.example.org/a"); err != nil || string(f.body) != "the page /a of other.example.org" {
		t.Errorf("another site: %v", err)
	}
	if list, err := machineAddresses(); err != nil || len(list) == 0 {
		t.Errorf("this machine has the addresses %v, %v", list, err)
	}
}

// The capturer as it is deployed, without our internet: a real listener on this
// machine hears nothing, by whatever way.
func TestGuardForReal(t *testing.T) {
	var heard atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ConnState = func(net.Conn, http.ConnState) { heard.Add(1) }
	server.Start()
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "all_proxy"} {
		t.Setenv(name, server.URL)
	}
	c := NewCapturer()
	c.Ports = append(c.Ports, port)
	for _, host := range []string{"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "0.0.0.0", "127.1"} {
		if _, err := c.fetch(t.Context(), "http://"+host+":"+port+"/"); !errors.Is(err, errAddress) {
			t.Errorf("%s: %v", host, err)
		}
	}
	// What the table of addresses would let through, the dialer asks again.
	if _, err := c.dial(t.Context(), "tcp", server.Listener.Addr().String()); !errors.Is(err, errAddress) {
		t.Errorf("the dialer: %v", err)
	}
	if heard.Load() != 0 {
		t.Errorf("the listener heard %d connections", heard.Load())
	}
}

func FuzzTarget(f *testing.F) {
	for _, s := range forbidden {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := ParseTarget(raw)
		if err != nil {
			return
		}
		if u.User != nil || (u.Scheme != "http" && u.Scheme != "https") || strings.ContainsAny(u.Host, "@/\\ \r\n%") {
			t.Errorf("%q is %q", raw, u)
		}
		host := u.Hostname()
		if _, err := netip.ParseAddr(host); err != nil && !strings.Contains(host, ".") {
			t.Errorf("%q leads to the host %q", raw, host)
		}
	})
}
