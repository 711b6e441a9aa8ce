package evidence

import (
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

var errAddress = errors.New("not an address of a page on the open internet")

// ParseTarget reads the address of a page as somebody pasted it: http or https,
// without a name and password, on a host of the open internet by its look: by its
// name, or by its number. What a name leads to is asked when it is fetched.
func ParseTarget(raw string) (*url.URL, error) {
	if len(raw) > maxURL {
		return nil, errAddress
	}
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil || u.Opaque != "" || u.Host == "" {
		return nil, errAddress
	}
	host, err := cleanHost(u.Hostname())
	if err != nil {
		return nil, err
	}
	port := u.Port()
	u.Host = bracketed(host)
	if port != "" {
		u.Host += ":" + port
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// bracketed is a host as an address writes it.
func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// Names that lead into a machine or a network of its own, by their last part.
var inward = []string{"localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "invalid", "onion", "i2p", "alt", "arpa"}

// cleanHost puts a host into the one form it is looked up in. A number that is
// not four decimal parts is refused: systems disagree about what it means.
func cleanHost(host string) (string, error) {
	if strings.Contains(host, ":") { // IPv6
		a, err := netip.ParseAddr(host)
		if err != nil || !openAddress(a) {
			return "", errAddress
		}
		return a.String(), nil
	}
	name, err := idna.Lookup.ToASCII(strings.TrimSuffix(host, "."))
	if err != nil || len(name) > 253 {
		return "", errAddress
	}
	if again, err := idna.Lookup.ToASCII(name); err != nil || again != name { // a name that would be read in two ways
		return "", errAddress
	}
	parts := strings.Split(name, ".")
	last := parts[len(parts)-1]
	if last == "" || slices.Contains(parts, "") {
		return "", errAddress
	}
	if strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		a, err := netip.ParseAddr(name)
		if err != nil || !openAddress(a) {
			return "", errAddress
		}
		return a.String(), nil
	}
	if len(parts) < 2 || slices.Contains(inward, last) {
		return "", errAddress
	}
	return name, nil
}

// What is cut off an address so that copies of one page meet.
var (
	frontNames = []string{"www.", "m.", "mobile.", "amp."}
	sameHosts  = map[string]string{"twitter.com": "x.com", "fb.com": "facebook.com", "old.reddit.com": "reddit.com"}
	trackers   = []string{"fbclid", "gclid", "dclid", "msclkid", "igshid", "igsh", "mc_cid", "mc_eid", "ref_src", "ref_url", "_ga", "yclid", "si", "feature"}
)

// CanonicalURL is an address without what differs between copies of one page:
// scheme, www and its like, marks of who shared it, order of the query. It is
// for comparing only. "" stands for what is no address.
func CanonicalURL(raw string) string {
	u, err := ParseTarget(raw)
	if err != nil {
		return ""
	}
	host := u.Hostname()
	for again := true; again; {
		again = false
		for _, front := range frontNames {
			if rest, ok := strings.CutPrefix(host, front); ok && strings.Contains(rest, ".") {
				host, again = rest, true
			}
		}
	}
	if other, ok := sameHosts[host]; ok {
		host = other
	}
	host = bracketed(host)
	if port := u.Port(); port != "" && port != "80" && port != "443" {
		host += ":" + port
	}
	q := u.Query()
	for name := range q {
		if strings.HasPrefix(name, "utm_") || slices.Contains(trackers, name) {
			q.Del(name)
		}
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	if id := strings.TrimPrefix(path, "/"); host == "youtu.be" && id != "" && !strings.Contains(id, "/") {
		host, path = "youtube.com", "/watch"
		q.Set("v", id)
	}
	if query := q.Encode(); query != "" {
		path += "?" + query
	}
	return host + path
}
