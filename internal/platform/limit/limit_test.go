package limit

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

func TestLimit(t *testing.T) {
	now := time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)
	l := New(3, 10, time.Hour)
	passed := func(addr string, tries int) (n int) {
		for range tries {
			if l.Take(now, addr) {
				n++
			}
		}
		return n
	}
	if n := passed("192.0.2.7:1000", 5) + passed("192.0.2.99:4", 5); n != 3 {
		t.Errorf("%d from one network of IPv4, not 3", n)
	}
	if n := passed("[2001:db8:1:2::1]:9", 2) + passed("[2001:db8:1:ffff::1]:9", 2); n != 3 {
		t.Errorf("%d from one network of IPv6, not 3", n)
	}
	if n := passed("127.0.0.1:5", 20); n != 4 {
		t.Errorf("%d through a proxy, not the 4 that are left for all", n)
	}
	if n := passed("198.51.100.1:1", 1); n != 0 {
		t.Error("one more than all together may")
	}
	now = now.Add(time.Hour)
	if n := passed("192.0.2.7:1000", 5); n != 3 {
		t.Errorf("%d in the next window, not 3", n)
	}
}

// Nothing of an address is kept, and what is kept cannot be compared with what
// another day kept.
func TestNoAddressIsKept(t *testing.T) {
	now := time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)
	l := New(3, 10, 100*time.Hour)
	l.Take(now, "192.0.2.7:1000")
	first := fmt.Sprint(l.seen)
	l.Take(now.Add(25*time.Hour), "192.0.2.7:1000")
	if len(l.seen) != 1 || fmt.Sprint(l.seen) == first {
		t.Errorf("kept over a day: %s, %v", first, l.seen)
	}
}

// TestSender: a request is believed about where it comes from behind a proxy alone.
func TestSender(t *testing.T) {
	for _, c := range []struct {
		remote, host, said string
		proxy              bool
		want               string
	}{
		{"203.0.113.9:5", "keepiton.example", "192.0.2.7", true, "203.0.113.9:5"},
		{"127.0.0.1:5", "keepiton.example", "192.0.2.7", false, "127.0.0.1:5"},
		{"127.0.0.1:5", "keepiton.example", "10.0.0.1, 192.0.2.7", true, "192.0.2.7"},
		{"172.17.0.2:5", "keepiton.example", "192.0.2.7", true, "192.0.2.7"},
		{"127.0.0.1:5", "keepiton.example", "", true, "127.0.0.1:5"},
		{"127.0.0.1:5", "abc.onion", "192.0.2.7", true, Onion},
		{"[::1]:5", "ABC.onion.:80", "", false, Onion},
		{"203.0.113.9:5", "abc.onion", "", false, "203.0.113.9:5"}, // who says so from elsewhere came by no onion service
	} {
		r := &http.Request{RemoteAddr: c.remote, Host: c.host, Header: http.Header{}}
		if c.said != "" {
			r.Header.Set("X-Forwarded-For", c.said)
		}
		if got := (Sender{c.proxy}).Of(r); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
