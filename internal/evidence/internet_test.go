package evidence

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// internet is a small open internet of a test: names in a real name server, and
// addresses that lead to real listeners on this machine.
type internet struct {
	t     testing.TB
	mu    sync.Mutex
	names map[string][]string   // each look-up takes the next answer, the last one stays; answers are joined by " "
	asked map[string]int        // look-ups by name, of IPv4 only
	hosts map[netip.Addr]string // where an address leads to; "" refuses connections
	went  []string              // connections that were made or tried
	tls   map[netip.Addr]string // the same for port 443
	roots *x509.CertPool
}

// The addresses of the test's open internet.
var (
	siteA = netip.MustParseAddr("93.184.215.14")
	siteB = netip.MustParseAddr("151.101.1.6")
	site6 = netip.MustParseAddr("2606:4700::1111")
	nat6  = netip.MustParseAddr("64:ff9b::5db8:d70e") // siteA behind a translator
)

func newInternet(t testing.TB, h http.Handler) *internet {
	t.Helper()
	plain, secure := httptest.NewServer(h), httptest.NewTLSServer(h)
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	n := &internet{t: t, names: map[string][]string{"news.example.org": {siteA.String()}}, asked: map[string]int{},
		hosts: map[netip.Addr]string{}, tls: map[netip.Addr]string{}, roots: x509.NewCertPool()}
	for _, a := range []netip.Addr{siteA, siteB, site6, nat6} {
		n.hosts[a], n.tls[a] = plain.Listener.Addr().String(), secure.Listener.Addr().String()
	}
	n.roots.AddCert(secure.Certificate())
	return n
}

// capturer goes out into this internet.
func (n *internet) capturer() *Capturer {
	c := NewCapturer()
	server := n.nameServer()
	c.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", server)
	}}
	c.dial, c.Roots, c.Time = n.dial, n.roots, 10*time.Second
	return c
}

func (n *internet) dial(ctx context.Context, network, address string) (net.Conn, error) {
	n.mu.Lock()
	n.went = append(n.went, address)
	a, err := netip.ParseAddrPort(address)
	to := n.hosts[a.Addr()]
	if a.Port() == 443 {
		to = n.tls[a.Addr()]
	}
	n.mu.Unlock()
	if err != nil || to == "" {
		return nil, errors.New("connection refused")
	}
	return (&net.Dialer{}).DialContext(ctx, network, to)
}

// nameServer answers from n.names; other names do not exist.
func (n *internet) nameServer() string {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			size, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if answer, err := n.answer(buf[:size]); err == nil {
				conn.WriteTo(answer, from)
			}
		}
	}()
	return conn.LocalAddr().String()
}

func (n *internet) answer(packet []byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(packet); err != nil || len(m.Questions) != 1 {
		return nil, errors.New("no question")
	}
	q := m.Questions[0]
	m.Response, m.Additionals = true, nil
	name := strings.TrimSuffix(strings.ToLower(q.Name.String()), ".")
	n.mu.Lock()
	list, known := n.names[name]
	if !known {
		m.RCode = dnsmessage.RCodeNameError
	} else {
		text := list[min(n.asked[name], len(list)-1)]
		if q.Type == dnsmessage.TypeA {
			n.asked[name]++
		}
		for _, s := range strings.Fields(text) {
			a := netip.MustParseAddr(s)
			head := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}
			switch {
			case a.Is4() && q.Type == dnsmessage.TypeA:
				m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AResource{A: a.As4()}})
			case !a.Is4() && q.Type == dnsmessage.TypeAAAA:
				m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AAAAResource{AAAA: a.As16()}})
			}
		}
	}
	n.mu.Unlock()
	return m.Pack()
}
