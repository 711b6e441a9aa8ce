package account

import (
	"crypto/hmac"
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"
)

// throttle slows guessing down. It counts failures in memory, by a hash under a
// key that lives for a day at most: neither a name nor an address can be read
// out of it, and nothing is written.
type throttle struct {
	mu    sync.Mutex
	key   []byte
	since time.Time
	fails map[[16]byte]*fails
}

type fails struct {
	n    int
	last time.Time
}

// A pair of name and network may fail freePair times in a row, a name
// freeName times from anywhere, a network freeNet times at any name; each
// further failure doubles the wait, up to longestWait. What nobody tried for
// forgetAfter is forgotten. A name bears more than a pair, so that a stranger
// cannot lock somebody out who comes from another network.
const (
	freePair    = 5
	freeName    = 50
	freeNet     = 40
	firstWait   = 2 * time.Second
	longestWait = 15 * time.Minute
	forgetAfter = time.Hour
	keyLife     = 24 * time.Hour
	mostCounted = 100_000
)

func newThrottle() *throttle { return &throttle{fails: map[[16]byte]*fails{}} }

// networkOf is the part of an address that one customer of a provider has: 24
// bits of IPv4, 48 of IPv6.
func networkOf(addr string) string {
	ap, err := netip.ParseAddrPort(addr)
	ip := ap.Addr()
	if err != nil {
		if ip, err = netip.ParseAddr(addr); err != nil {
			return "elsewhere" // a socket, an onion service: one bucket
		}
	}
	ip = ip.Unmap()
	bits := 48
	if ip.Is4() {
		bits = 24
	}
	p, err := ip.Prefix(bits)
	if err != nil {
		return "elsewhere"
	}
	return p.String()
}

// tries are the three things a guess is counted by, with what each may fail.
func (t *throttle) tries(handle, addr string) map[[16]byte]int {
	net := networkOf(addr)
	return map[[16]byte]int{t.hash("pair", handle, net): freePair, t.hash("name", handle): freeName, t.hash("net", net): freeNet}
}

func (t *throttle) hash(parts ...string) (out [16]byte) {
	h := hmac.New(sha256.New, t.key)
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	copy(out[:], h.Sum(nil))
	return out
}

// wait is how long a guess has to wait; 0 lets it through.
func (t *throttle) wait(now time.Time, handle, addr string) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.renew(now)
	var longest time.Duration
	for k, free := range t.tries(handle, addr) {
		f := t.fails[k]
		if f == nil || f.n < free || now.Sub(f.last) > forgetAfter {
			continue
		}
		w := longestWait
		if over := f.n - free; over < 10 {
			w = min(firstWait<<over, longestWait)
		}
		longest = max(longest, f.last.Add(w).Sub(now))
	}
	return longest
}

// failed counts a guess that was wrong.
func (t *throttle) failed(now time.Time, handle, addr string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.renew(now)
	if len(t.fails) > mostCounted { // a flood of names: keep the newest
		for k, f := range t.fails {
			if now.Sub(f.last) > time.Minute {
				delete(t.fails, k)
			}
		}
	}
	for k := range t.tries(handle, addr) {
		f := t.fails[k]
		if f == nil || now.Sub(f.last) > forgetAfter {
			f = &fails{}
			t.fails[k] = f
		}
		f.n, f.last = f.n+1, now
	}
}

// passed forgets the failures of a name from a network: it was its owner.
func (t *throttle) passed(handle, addr string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.fails, t.hash("pair", handle, networkOf(addr)))
	delete(t.fails, t.hash("name", handle))
}

// renew throws the key away when its day is over, and all counts with it.
func (t *throttle) renew(now time.Time) {
	if t.key == nil || now.Sub(t.since) > keyLife {
		t.key, t.since = random(32), now
		clear(t.fails)
	}
}
