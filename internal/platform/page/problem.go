package page

import (
	"crypto/rand"
	"errors"
	"net/http"

	"keepiton/internal/platform/fault"
)

// Problem is the one table from kinds of error to answers.
func Problem(kind fault.Kind) (status int) {
	switch kind {
	case "":
		return http.StatusOK
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.Conflict:
		return http.StatusConflict
	case fault.Gone:
		return http.StatusGone
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// told are the statuses that have words of their own: page.problem.<status>.
var told = map[int]string{
	400: "400", 403: "403", 404: "404", 405: "405", 409: "409", 410: "410", 413: "413", 429: "429", 503: "503",
}

// Trouble is what an error page says. Every field is optional: without Text
// the status has its own words.
type Trouble struct {
	Title, Text string
	Reference   string // to quote to the operators; only for our own mistakes
	Links       []Link // what the reader may have meant, or can do next
	Beside      string // what stands over them; "" for what they may have meant
	Neutral     bool   // on intake and help pages
}

// errorData is what views/error.html gets.
type errorData struct {
	Trouble
	Home bool
}

// Error answers with an error page. trouble may be nil.
func (s *Shell) Error(w http.ResponseWriter, r *http.Request, status int, trouble *Trouble) {
	var t Trouble
	if trouble != nil {
		t = *trouble
	}
	words := s.o.Texts.For(Of(r).Lang)
	name, ok := told[status]
	if !ok {
		name = "500"
	}
	if t.Title == "" {
		t.Title = words.T("page.problem." + name + ".title")
	}
	if t.Text == "" {
		t.Text = words.T("page.problem." + name + ".text")
	}
	e, err := s.build(r, Page{
		Title: t.Title, Status: status, Body: "page.error", Noindex: true, NoStore: true, Neutral: t.Neutral,
		Data: errorData{Trouble: t, Home: !t.Neutral},
	})
	if err != nil { // the error page itself is broken: plain words must do
		s.o.Log.Error("error page", "err", err)
		http.Error(w, t.Title+"\n\n"+t.Text+"\n"+t.Reference, status)
		return
	}
	w.Header().Del("Content-Encoding")
	e.write(w, r)
}

// Fail answers an error: its kind decides the status, its key the words.
func (s *Shell) Fail(w http.ResponseWriter, r *http.Request, err error) {
	status, t := s.Trouble(r, err)
	s.Error(w, r, status, &t)
}

// Trouble is what [Shell.Fail] says of an error. Our own mistakes are logged here,
// once, with the reference the reader sees; what we refuse for the moment is none.
func (s *Shell) Trouble(r *http.Request, err error) (status int, t Trouble) {
	status = Problem(fault.KindOf(err))
	key, args := fault.Text(err)
	if key != "" {
		t.Text = s.o.Texts.For(Of(r).Lang).T(key, args...)
	}
	switch {
	case status == http.StatusServiceUnavailable && key != "" && errors.Unwrap(err) == nil:
		s.o.Log.Info("refused for the moment", "method", r.Method, "path", logged(r), "why", key)
	case status >= 500:
		t.Reference = reference()
		s.o.Log.Error("request failed", "reference", t.Reference, "method", r.Method, "path", logged(r), "err", err)
	}
	return status, t
}

// logged is where a request went, for the log: behind the door the pattern of the
// route alone, because addresses there hold invitations, secrets and references.
func logged(r *http.Request) string {
	if insideOf(r) != nil {
		return r.Pattern
	}
	return r.URL.Path
}

// reference is a short code that can be read out over a telephone: no letter
// looks or sounds like another.
func reference() string {
	const letters = "bcdfghjkmnpqrstvwxz23456789"
	raw := make([]byte, 8)
	_, _ = rand.Read(raw) // never fails (crypto/rand, Go 1.24)
	for i, b := range raw {
		raw[i] = letters[int(b)%len(letters)]
	}
	return string(raw[:4]) + "-" + string(raw[4:])
}
