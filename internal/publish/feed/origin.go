package feed

import (
	"context"
	"net/http"
	"regexp"

	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page"
)

// saneHost is what a Host header may look like before anything is built from
// it: a name, an IPv4 address or a bracketed IPv6 address, and a port.
var saneHost = regexp.MustCompile(`^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?)*|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$`)

// origin is the scheme and host for absolute addresses. bound tells that they
// come from the request's own Host header.
func (f *Feed) origin(r *http.Request) (origin string, bound bool, err error) {
	if f.d.Origin != "" {
		return f.d.Origin, false, nil
	}
	if len(r.Host) > 255 || !saneHost.MatchString(r.Host) {
		return "", true, fault.New(fault.Invalid, "feed.bad_host")
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + r.Host, true, nil
}

// send hands out a file for programs of other sites. What was built from the
// Host header must not reach a reader who came by another name, so it passes
// the shell's cache by.
func (f *Feed) send(w http.ResponseWriter, r *http.Request, file page.File, bound bool) error {
	file.Open = true
	if bound {
		r = r.WithContext(unmarked{r.Context()})
	}
	f.d.Shell.Send(w, r, file)
	return nil
}

// unmarked is a request's context without what the shell wrote into it: the
// shell then keeps nothing.
type unmarked struct{ context.Context }

// Value finds nothing.
func (unmarked) Value(any) any { return nil }
