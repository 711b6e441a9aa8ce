package account

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"maps"
	"net/netip"
	"sync"
	"time"

	"keepiton/internal/platform/fault"
)

// throttle slows guessing down. It counts failures in memory, by a hash under a
// key that lives for a day at most: neither a name nor an address can be read
// out of it, and nothing is written.
type throttle struct {
	mu    sync.Mutex
	key   []byte
	since time.Time
	fails map[[16]byte]*fails
	asked map[[16]byte]time.Time // since when a pair waits for a name that is guessed at

	lasting []byte                 // the key of known, for as long as the process lives
	known   map[[16]byte]time.Time // pairs that came in, and when last
}

type fails struct {
	n    int
	last time.Time
}

// A pair of name and network may fail freePair times in a row, a network freeNet
// times at any name; each further failure doubles the wait, up to longestWait.
// What nobody tried for forgetAfter is forgotten.
//
// A name may fail freeName times from anywhere. From then on whoever tries it from
// a network it never came in from waits nameWait before each try, and no longer
// however many others try: strangers cannot keep somebody out. A pair that came
// in within knownFor does not wait for what others do at all.
const (
	freePair    = 5
	freeName    = 50
	freeNet     = 40
	firstWait   = 2 * time.Second
	longestWait = 15 * time.Minute
	nameWait    = 8 * time.Second
	forgetAfter = time.Hour
	keyLife     = 24 * time.Hour
	knownFor    = 30 * 24 * time.Hour
	mostCounted = 100_000
)

func newThrottle() *throttle {
	return &throttle{fails: map[[16]byte]*fails{}, asked: map[[16]byte]time.Time{}, lasting: random(32), known: map[[16]byte]time.Time{}}
}

// elsewhere is the network of those who come by none that says anything of them:
// through an onion service, or from the machine itself.
const elsewhere = "elsewhere"

// networkOf is the part of an address that one customer of a provider has: 24
// bits of IPv4, 48 of IPv6.
func networkOf(addr string) string {
	ap, err := netip.ParseAddrPort(addr)
	ip := ap.Addr()
	if err != nil {
		if ip, err = netip.ParseAddr(addr); err != nil {
			return elsewhere
		}
	}
	ip = ip.Unmap()
	bits := 48
	if ip.Is4() {
		bits = 24
	}
	p, err := ip.Prefix(bits)
	if err != nil || ip.IsLoopback() {
		return elsewhere
	}
	return p.String()
}

// counts are what a failure is counted by.
func (t *throttle) counts(handle, net string) (pair, name, from [16]byte) {
	return hash(t.key, "pair", handle, net), hash(t.key, "name", handle), hash(t.key, "net", net)
}

func hash(key []byte, parts ...string) (out [16]byte) {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	copy(out[:], h.Sum(nil))
	return out
}

// wait is how long a guess has to wait; 0 lets it through. Who comes from elsewhere
// never waits: they would wait for one another. See [hall] for what holds them.
func (t *throttle) wait(now time.Time, handle, addr string) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.renew(now)
	net := networkOf(addr)
	if net == elsewhere {
		return 0
	}
	pair, name, from := t.counts(handle, net)
	longest := t.left(now, pair, freePair)
	if now.Sub(t.known[hash(t.lasting, handle, net)]) <= knownFor {
		return longest
	}
	if f := t.fails[name]; f != nil && f.n >= freeName && now.Sub(f.last) <= forgetAfter {
		if asked, waits := t.asked[pair]; !waits || now.Sub(asked) > forgetAfter {
			t.asked[pair] = now
		}
		longest = max(longest, t.asked[pair].Add(nameWait).Sub(now))
	}
	return max(longest, t.left(now, from, freeNet))
}

// left is what is left of the wait after failures of one kind.
func (t *throttle) left(now time.Time, k [16]byte, free int) time.Duration {
	f := t.fails[k]
	if f == nil || f.n < free || now.Sub(f.last) > forgetAfter {
		return 0
	}
	w := longestWait
	if over := f.n - free; over < 10 {
		w = min(firstWait<<over, longestWait)
	}
	return max(0, f.last.Add(w).Sub(now))
}

// failed counts a guess that was wrong.
func (t *throttle) failed(now time.Time, handle, addr string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.renew(now)
	t.bound(now)
	pair, name, from := t.counts(handle, networkOf(addr))
	delete(t.asked, pair)
	for _, k := range [][16]byte{pair, name, from} {
		f := t.fails[k]
		if f == nil || now.Sub(f.last) > forgetAfter {
			f = &fails{}
			t.fails[k] = f
		}
		f.n, f.last = f.n+1, now
	}
}

// bound keeps the newest of a flood.
func (t *throttle) bound(now time.Time) {
	if len(t.fails) > mostCounted {
		maps.DeleteFunc(t.fails, func(_ [16]byte, f *fails) bool { return now.Sub(f.last) > time.Minute })
	}
	if len(t.asked) > mostCounted {
		maps.DeleteFunc(t.asked, func(_ [16]byte, at time.Time) bool { return now.Sub(at) > time.Minute })
	}
	maps.DeleteFunc(t.known, func(_ [16]byte, at time.Time) bool { return now.Sub(at) > knownFor })
}

// passed forgets the failures of a name from a network: it was its owner. Where
// they came from is remembered as a hash.
func (t *throttle) passed(now time.Time, handle, addr string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	net := networkOf(addr)
	pair, name, _ := t.counts(handle, net)
	delete(t.fails, pair)
	delete(t.fails, name)
	if net != elsewhere {
		t.known[hash(t.lasting, handle, net)] = now
	}
}

// crowded tells whether so many guesses came from elsewhere that each has to take
// its turn.
func (t *throttle) crowded(now time.Time, addr string) bool {
	if networkOf(addr) != elsewhere {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.renew(now)
	f := t.fails[hash(t.key, "net", elsewhere)]
	return f != nil && f.n >= freeNet && now.Sub(f.last) <= forgetAfter
}

// renew throws the key away when its day is over, and all counts with it.
func (t *throttle) renew(now time.Time) {
	if t.key == nil || now.Sub(t.since) > keyLife {
		t.key, t.since = random(32), now
		clear(t.fails)
		clear(t.asked)
	}
}

// hall is where those wait who come from elsewhere once many guesses did: nothing
// tells one of them from another, so nobody is locked out, but each try takes a
// place for some time. However many come, hallPlaces tries are let through in
// hallHold; a stranger who floods the hall makes others try again, by chance,
// never for good.
type hall struct {
	places         chan struct{}
	hold, patience time.Duration
}

const (
	hallPlaces   = 4
	hallHold     = 2 * time.Second
	hallPatience = 5 * time.Second
)

func newHall(hold time.Duration) *hall {
	return &hall{make(chan struct{}, hallPlaces), cmp.Or(hold, hallHold), hallPatience}
}

// pass takes a turn.
func (h *hall) pass(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, h.patience)
	defer cancel()
	select {
	case h.places <- struct{}{}:
	case <-ctx.Done():
		return fault.New(fault.TooMany, "account.crowded")
	}
	defer func() { <-h.places }()
	time.Sleep(h.hold)
	return nil
}
