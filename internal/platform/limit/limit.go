// Package limit bounds how often something is done from one network, without
// keeping any address: what is counted is a hash under a key that lives in memory
// for a day at most.
package limit

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

const (
	keyLife     = 24 * time.Hour
	mostCounted = 100_000
)

// Limit counts by network. It is safe for concurrent use.
type Limit struct {
	each, all int // in a window: from one network, and from all together
	window    time.Duration

	mu    sync.Mutex
	key   []byte
	since time.Time // of the key
	begun time.Time // of the window
	total int
	seen  map[[16]byte]int
}

// New lets through so many in a window: from each network, and from all.
func New(each, all int, window time.Duration) *Limit {
	return &Limit{each: each, all: all, window: window, seen: map[[16]byte]int{}}
}

// Take tells whether one more from an address is let through, and counts it
// if it is. What comes from this machine or through an onion service is
// nobody's network: only the bound for all holds for it.
func (l *Limit) Take(now time.Time, addr string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.key == nil || now.Sub(l.since) > keyLife {
		l.key, l.since = make([]byte, 32), now
		rand.Read(l.key) // never fails
		clear(l.seen)
	}
	if now.Sub(l.begun) >= l.window || len(l.seen) > mostCounted {
		l.begun, l.total = now, 0
		clear(l.seen)
	}
	from, whose := network(addr)
	k := l.hash(from)
	if l.total >= l.all || whose && l.seen[k] >= l.each {
		return false
	}
	l.total++
	l.seen[k]++
	return true
}

func (l *Limit) hash(from string) (out [16]byte) {
	h := hmac.New(sha256.New, l.key)
	h.Write([]byte(from))
	copy(out[:], h.Sum(nil))
	return out
}

// Onion stands for the address of whoever comes through an onion service: there is
// none.
const Onion = "onion"

// Sender tells where requests come from, for counting alone.
type Sender struct {
	BehindProxy bool // a proxy on this machine or beside it writes X-Forwarded-For
}

// Of is the address a request comes from, or [Onion]. What a request says of itself
// is believed of a proxy alone, where there is one; never through an onion service,
// before which there is none.
func (s Sender) Of(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = strings.Trim(r.RemoteAddr, "[]")
	}
	ip := net.ParseIP(host)
	if ip == nil || !ip.IsLoopback() && !ip.IsPrivate() {
		return r.RemoteAddr
	}
	if isOnion(r.Host) {
		return Onion
	}
	list := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	if last := strings.TrimSpace(list[len(list)-1]); s.BehindProxy && last != "" {
		return last
	}
	return r.RemoteAddr
}

func isOnion(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.HasSuffix(strings.ToLower(strings.TrimSuffix(host, ".")), ".onion")
}

// network is the part of an address that one customer of a provider has: 24 bits
// of IPv4, 48 of IPv6.
func network(addr string) (from string, whose bool) {
	ap, err := netip.ParseAddrPort(addr)
	ip := ap.Addr()
	if err != nil {
		if ip, err = netip.ParseAddr(addr); err != nil {
			return "", false
		}
	}
	ip = ip.Unmap()
	if ip.IsLoopback() {
		return "", false
	}
	bits := 48
	if ip.Is4() {
		bits = 24
	}
	p, err := ip.Prefix(bits)
	if err != nil {
		return "", false
	}
	return p.String(), true
}
