package evidence

import (
	"context"
	"net/netip"
)

// Resolver finds the addresses of a name; [net.Resolver] is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// What is not the open internet, after IANA's registers of special addresses.
// Of IPv6 only 2000::/3 is the open internet, so that what is not listed here
// because it does not exist yet is refused too.
var (
	closed4 = prefixes("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
		"192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
		"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4")
	open6   = netip.MustParsePrefix("2000::/3")
	closed6 = prefixes("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
	nat64   = netip.MustParsePrefix("64:ff9b::/96")
)

// openAddress tells whether an address belongs to the open internet. An IPv4
// address that is carried inside an IPv6 one must do so too; Teredo and 6to4,
// which lead through other people's relays, never do.
func openAddress(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	if a = a.Unmap(); a.Is4() {
		return !inAny(closed4, a)
	}
	raw := a.As16()
	inner := netip.AddrFrom4([4]byte(raw[12:]))
	if nat64.Contains(a) {
		return openAddress(inner)
	}
	if raw[8]&^2 == 0 && raw[9] == 0 && raw[10] == 0x5e && raw[11] == 0xfe && !openAddress(inner) { // ISATAP
		return false
	}
	return open6.Contains(a) && !inAny(closed6, a)
}

func inAny(list []netip.Prefix, a netip.Addr) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
