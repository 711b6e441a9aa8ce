package page

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"keepiton/internal/platform/i18n"
)

// Where is the place of a page: its language, its mode and its path without
// either. It is what the address says and nothing else.
type Where struct {
	Lang string
	Lite bool
	Path string
	bare bool // lite by host: addresses need no /lite
}

// URL is the address of one of our paths in the same language and mode. What
// does not begin with a slash (a fragment, a query, another site) stays as it is.
func (w Where) URL(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return path
	}
	path = i18n.Path(w.Lang, path)
	if w.Lite && !w.bare {
		return "/lite" + path
	}
	return path
}

// In is the same page in another language.
func (w Where) In(lang string) Where { w.Lang = lang; return w }

// MaxAddress is how many bytes of path and query a reader may send: no link,
// form or program of ours comes near it.
const MaxAddress = 8 << 10

// TooLong tells whether the address of a request is longer than [MaxAddress].
func TooLong(r *http.Request) bool { return len(r.URL.Path)+len(r.URL.RawQuery) > MaxAddress }

type whereKey struct{}

// stamp travels with a request: its place and the key of its cache entry.
type stamp struct {
	where Where
	key   cacheKey
	offer i18n.Lang
}

// Of gives the place of a request that came through Shell.Handler; for any
// other it reads the address.
func Of(r *http.Request) Where {
	if st, ok := r.Context().Value(whereKey{}).(*stamp); ok {
		return st.where
	}
	lite, rest := cutLite(r.URL.Path)
	lang, rest := i18n.FromPath(rest)
	return Where{Lang: lang, Lite: lite, Path: rest}
}

func cutLite(path string) (bool, string) {
	if path == "/lite" {
		return true, "/"
	}
	if rest, ok := strings.CutPrefix(path, "/lite/"); ok {
		return true, "/" + rest
	}
	return false, path
}

// locate reads host and address of a request.
func (s *Shell) locate(r *http.Request) Where {
	lite, rest := cutLite(r.URL.Path)
	lang, rest := i18n.FromPath(rest)
	bare := s.liteHost(r.Host)
	return Where{Lang: lang, Lite: lite || bare, Path: rest, bare: bare}
}

func (s *Shell) liteHost(host string) bool {
	if s.o.LiteHost == "" {
		return false
	}
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.EqualFold(host, s.o.LiteHost)
}

// Handler stands before every other handler: it answers what the cache holds,
// takes language and mode off the path (next sees /x for /lite/ar/x), puts the
// safe headers on every answer, and keeps connections within the curtain. A
// path no pattern of an http.ServeMux knows gets our own 404 and 405 pages.
func (s *Shell) Handler(next http.Handler) http.Handler {
	mux, _ := next.(interface {
		Handler(*http.Request) (http.Handler, string)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, offer := s.key(r)
		read := r.Method == http.MethodGet || r.Method == http.MethodHead
		if read && r.URL.RawPath == "" {
			if e := s.cache.get(key); e != nil {
				e.write(w, r)
				return
			}
		}
		where := s.locate(r)
		st := &stamp{where: where, offer: offer}
		if r.Method == http.MethodGet && r.URL.RawPath == "" && s.Origin(r) != "" {
			st.key = key
		}
		r2 := r.WithContext(context.WithValue(r.Context(), whereKey{}, st))
		u := *r.URL
		u.Path, u.RawPath = where.Path, ""
		r2.URL = &u
		for k, v := range safe {
			w.Header()[k] = v
		}
		w = &budgetWriter{ResponseWriter: w, r: r2, lite: where.Lite}
		if to := cmp.Or(unprefixed(r.URL), inOrder(where, r.URL), unslashed(where, r.URL)); to != "" {
			w.Header().Set("Cache-Control", cacheControl(false, 0))
			w.Header().Set("Access-Control-Allow-Origin", "*") // or a program in a browser could not follow
			http.Redirect(w, r, to, http.StatusPermanentRedirect)
			return
		}
		if mux != nil {
			if _, pattern := mux.Handler(r2); pattern == "" {
				s.unrouted(w, r2, next)
				return
			}
		}
		next.ServeHTTP(w, r2)
	})
}

// unprefixed is where an address with the tag of the source language leads:
// to the same one without it. "" for every other address.
func unprefixed(u *url.URL) string {
	lite, path := cutLite(u.Path)
	rest, ok := i18n.Unprefixed(path)
	if !ok {
		return ""
	}
	if lite {
		rest = "/lite" + rest
	}
	return (&url.URL{Path: rest, RawQuery: u.RawQuery}).String()
}

// inOrder is where an address leads that names the lite mode behind the
// language (/ar/lite/x) or twice: to the one form there is, /lite/ar/x. "" for
// every other address.
func inOrder(where Where, u *url.URL) string {
	lite, path := cutLite(where.Path)
	if !lite {
		return ""
	}
	for lite {
		lite, path = cutLite(path)
	}
	return (&url.URL{Path: "/lite" + i18n.Path(where.Lang, path), RawQuery: u.RawQuery}).String()
}

// unslashed is where an address with a slash at its end leads: to the same one
// without it. Only a home has one. "" for every other address. The path of a
// place begins with one slash, and what else a browser takes for one (a
// backslash) is escaped, so that it can never name another host.
func unslashed(where Where, u *url.URL) string {
	path := strings.TrimRight(where.Path, "/")
	if path == "" || path == where.Path {
		return ""
	}
	return (&url.URL{Path: where.URL(path), RawQuery: u.RawQuery}).String()
}

// unrouted answers what no pattern matches; the mux itself knows whether that
// is 404 or 405 and which methods it would take.
func (s *Shell) unrouted(w http.ResponseWriter, r *http.Request, next http.Handler) {
	rec := &statusOnly{header: http.Header{}}
	next.ServeHTTP(rec, r)
	if rec.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", rec.header.Get("Allow"))
		s.Error(w, r, http.StatusMethodNotAllowed, nil)
		return
	}
	s.Error(w, r, http.StatusNotFound, nil)
}

type statusOnly struct {
	header http.Header
	status int
}

func (w *statusOnly) Header() http.Header         { return w.header }
func (w *statusOnly) WriteHeader(code int)        { w.status = code }
func (w *statusOnly) Write(b []byte) (int, error) { return len(b), nil }

// offers remembers what an Accept-Language header is offered, because parsing
// it costs more than the whole answer from the cache. Bounded: strangers write
// the header.
type offers struct {
	mu sync.RWMutex
	m  map[[2]string]i18n.Lang
}

func (s *Shell) offer(header, lang string) i18n.Lang {
	if header == "" || len(header) > 400 {
		return i18n.Lang{}
	}
	k := [2]string{header, lang}
	s.offers.mu.RLock()
	l, ok := s.offers.m[k]
	s.offers.mu.RUnlock()
	if ok {
		return l
	}
	l, _ = s.o.Texts.Offer(header, lang)
	s.offers.mu.Lock()
	if s.offers.m == nil || len(s.offers.m) > 2000 {
		s.offers.m = map[[2]string]i18n.Lang{}
	}
	s.offers.m[k] = l
	s.offers.mu.Unlock()
	return l
}
