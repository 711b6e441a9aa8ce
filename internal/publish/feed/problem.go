package feed

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page"
)

// Problem is an error of the API (RFC 9457).
type Problem struct {
	Type      string `json:"type" format:"uri-reference" doc:"What kind of problem this is; the address explains it." example:"/api#invalid"`
	Title     string `json:"title" doc:"The kind in words."`
	Status    int    `json:"status" doc:"The HTTP status, again."`
	Detail    string `json:"detail" doc:"What went wrong this time and what to do, in the language of the address."`
	Reference string `json:"reference,omitempty" doc:"To quote to the operators; only when the mistake is ours."`
}

// Error is the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus serves huma.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType serves huma.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

// Moved is the answer for an incident that was merged into another.
type Moved struct {
	Ref        string `json:"ref" doc:"The reference that was asked for. It stays valid for ever."`
	MergedInto string `json:"merged_into" doc:"The incident that took it in."`
	URL        string `json:"url" format:"uri-reference" doc:"That incident in the API."`
	Detail     string `json:"detail" doc:"The same in words."`
}

// Error is the detail.
func (m *Moved) Error() string { return m.Detail }

// GetStatus serves huma.
func (m *Moved) GetStatus() int { return http.StatusMovedPermanently }

// GetHeaders serves huma.
func (m *Moved) GetHeaders() http.Header { return http.Header{"Location": {m.URL}} }

// kinds of problems that have words of their own in the catalogue:
// feed.problem.<kind>.
var problemKinds = map[int]string{
	http.StatusBadRequest: "invalid", http.StatusNotFound: "not_found", http.StatusMethodNotAllowed: "method", http.StatusGone: "gone",
	http.StatusRequestEntityTooLarge: "too_large", http.StatusRequestURITooLong: "too_long", http.StatusServiceUnavailable: "unavailable",
}

// problem makes the answer to an error in a language. Our own mistakes are
// logged here, once, with the reference the caller sees.
func (f *Feed) problem(ctx context.Context, lang string, err error) error {
	var moved *Moved
	if errors.As(err, &moved) {
		return moved
	}
	status := page.Problem(fault.KindOf(err))
	if ctx.Err() != nil { // the caller went away: nobody to tell
		status = http.StatusServiceUnavailable
	}
	p := f.problemOf(lang, status)
	if key, args := fault.Text(err); key != "" {
		p.Detail = f.d.Shell.Words(lang).T(key, args...)
	}
	if status == http.StatusInternalServerError {
		p.Reference = strings.ToLower(rand.Text()[:8])
		f.log.Error("request failed", "reference", p.Reference, "err", err)
	}
	return p
}

// problemOf is the answer of a status without a cause.
func (f *Feed) problemOf(lang string, status int) *Problem {
	kind, ok := problemKinds[status]
	if !ok {
		kind = "internal"
	}
	x := f.d.Shell.Words(lang)
	return &Problem{Type: f.d.Origin + "/api#" + kind, Title: x.T("feed.problem." + kind + ".title"), Status: status,
		Detail: x.T("feed.problem." + kind + ".text")}
}

// refuse writes a problem outside huma.
func (f *Feed) refuse(w http.ResponseWriter, r *http.Request, p *Problem) {
	raw, err := json.Marshal(p)
	if err != nil { // four strings and a number: cannot fail
		raw = []byte("{}")
	}
	writeRaw(w, r, p.Status, problemType, raw)
}

// writeRaw writes a short answer that no cache may keep.
func writeRaw(w http.ResponseWriter, r *http.Request, status int, media string, body []byte) {
	w.Header().Set("Content-Type", media)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the caller went away: nobody to tell
	}
}
