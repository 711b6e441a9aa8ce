package feed

import (
	"net/http"

	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page"
)

// origin is the scheme and host for absolute addresses. A feed and a sitemap
// are worth nothing without them: a name no address can be built from is
// refused.
func (f *Feed) origin(r *http.Request) (string, error) {
	origin := f.d.Shell.Origin(r)
	if origin == "" {
		return "", fault.New(fault.Invalid, "feed.bad_host")
	}
	return origin, nil
}

// send hands out a file for programs of other sites.
func (f *Feed) send(w http.ResponseWriter, r *http.Request, file page.File) error {
	file.Open = true
	f.d.Shell.Send(w, r, file)
	return nil
}
