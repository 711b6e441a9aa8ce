package evidence

import (
	"context"
	"net"
	"net/netip"
	"strings"
)

// isSelf tells whether an address leads back to this server: by one of the
// machine's own addresses, or by one of its site, which may be that of a machine
// before it that trusts us more than others.
func (c *Capturer) isSelf(ctx context.Context, a netip.Addr) (bool, error) {
	ours, err := c.self()
	if err != nil {
		return false, err
	}
	if c.Host != "" {
		// A name that is not known leads nowhere, so to nobody.
		list, _ := c.lookUp(ctx, c.Host)
		ours = append(ours, list...)
	}
	for _, o := range ours {
		if bare(o) == bare(a) {
			return true, nil
		}
	}
	return false, nil
}

// bare is an address without what may be wrapped round it.
func bare(a netip.Addr) netip.Addr {
	if a = a.Unmap().WithZone(""); nat64.Contains(a) {
		raw := a.As16()
		return netip.AddrFrom4([4]byte(raw[12:]))
	}
	return a
}

// machineAddresses are the addresses of this machine's interfaces.
func machineAddresses() ([]netip.Addr, error) {
	list, err := net.InterfaceAddrs()
	var out []netip.Addr
	for _, a := range list {
		text, _, _ := strings.Cut(a.String(), "/")
		if addr, err := netip.ParseAddr(text); err == nil {
			out = append(out, addr)
		}
	}
	return out, err
}

// lookUp finds the addresses of a host, which may be an address itself.
func (c *Capturer) lookUp(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	return c.Resolver.LookupNetIP(ctx, "ip", host)
}
