package page

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// ParseOrigin reads a scheme and host such as https://register.example. An
// empty text is no origin. A path, a query or a user is refused: addresses
// would be built from it that lead nowhere.
func ParseOrigin(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(text, "/"))
	if err != nil {
		return nil, fmt.Errorf("the origin %q cannot be read: %w", text, err)
	}
	bare := url.URL{Scheme: u.Scheme, Host: u.Host}
	if *u != (url.URL{}) && (u.Scheme != "http" && u.Scheme != "https" || !saneHost.MatchString(u.Host) || *u != bare) {
		return nil, fmt.Errorf("the origin %q is not of the form https://host", text)
	}
	return u, nil
}

// saneHost is what a Host header may look like before anything is built from
// it: a name, an IPv4 address or a bracketed IPv6 address, and a port.
var saneHost = regexp.MustCompile(`^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?)*|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$`)

// maxHost is the longest name DNS knows, with a port.
const maxHost = 253 + len(":65535")

// Origin is the scheme and host for absolute addresses in the answer to a
// request: the one that was set up, else the name the reader came by. It is ""
// when that name is not one of a host; then addresses stay relative.
//
// Whoever asks writes the Host header, so without an origin set up it is part
// of the key under which an answer is kept: nobody can put a name of their own
// into a page that others are given.
func (s *Shell) Origin(r *http.Request) string {
	if s.origin.Host != "" {
		return s.origin.String()
	}
	if len(r.Host) > maxHost || !saneHost.MatchString(r.Host) {
		return ""
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// hostKey is the part of a cache key that absolute addresses depend on.
func (s *Shell) hostKey(r *http.Request) string {
	if s.origin.Host != "" || len(r.Host) > maxHost {
		return ""
	}
	if r.TLS != nil {
		return "https:" + r.Host
	}
	return r.Host
}

// whole puts an origin before one of our paths.
func whole(origin, path string) string {
	if !strings.HasPrefix(path, "/") {
		return path
	}
	return origin + path
}
