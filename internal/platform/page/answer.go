package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
)

// safe are the headers of every answer, page or file. The slices are shared
// between answers and never changed.
var safe = map[string][]string{
	"X-Content-Type-Options":       {"nosniff"},
	"Referrer-Policy":              {"no-referrer"},
	"Cross-Origin-Opener-Policy":   {"same-origin"},
	"Cross-Origin-Resource-Policy": {"same-origin"},
	"Permissions-Policy":           {"camera=(), geolocation=(), microphone=(), browsing-topics=()"},
	"Content-Security-Policy":      {"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
}

// entry is a finished answer: both forms of the body and every header, so that
// sending it again costs next to nothing. Immutable.
type entry struct {
	status   int
	plain    []byte
	packed   []byte // gzip; nil where it does not pay
	header   map[string][]string
	list     []field     // header as a list: quicker to copy
	etag     [2][]string // plain, packed
	length   [2][]string
	modified time.Time
	lite     bool
}

// newEntry makes the answer of a page; onion is its address there, if any.
func newEntry(html []byte, css string, where Where, p Page, onion string) *entry {
	sum := sha256.Sum256([]byte(css))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	e := &entry{status: p.Status, plain: html, modified: p.Modified, lite: where.Lite}
	if e.status == 0 {
		e.status = http.StatusOK
	}
	e.header = map[string][]string{
		"Content-Type":            {"text/html; charset=utf-8"},
		"Content-Security-Policy": {policy},
		"Vary":                    {"Accept-Encoding, Accept-Language"},
		"Cache-Control":           {cacheControl(p.NoStore || e.status >= 400, p.MaxAge)},
	}
	if p.Noindex || p.Neutral || where.Lite || e.status >= 400 {
		e.header["X-Robots-Tag"] = []string{"noindex"}
	}
	if onion != "" {
		e.header["Onion-Location"] = []string{onion}
	}
	e.finish()
	return e
}

// inside changes the headers of a page behind a door. Its scripts are files of
// our own; its own address goes along when it posts, because browsers that know
// no Sec-Fetch-Site would otherwise send "Origin: null" (WHATWG Fetch, 3.2).
func (e *entry) inside(in *Inside) {
	set := func(name, value string) {
		e.header[name] = []string{value}
		for i := range e.list {
			if e.list[i].name == name {
				e.list[i].value = e.header[name]
			}
		}
	}
	set("Referrer-Policy", "same-origin")
	if len(in.Scripts) > 0 {
		set("Content-Security-Policy", e.header["Content-Security-Policy"][0]+"; script-src 'self'")
	}
}

func cacheControl(noStore bool, maxAge int) string {
	if noStore {
		return "no-store"
	}
	if maxAge <= 0 {
		maxAge = 60
	}
	return "public, max-age=" + strconv.Itoa(maxAge)
}

// finish compresses the body and fills in what follows from it.
func (e *entry) finish() {
	for k, v := range safe {
		if _, ok := e.header[k]; !ok {
			e.header[k] = v
		}
	}
	if e.lite {
		e.header["Connection"] = []string{"close"}
	}
	if !e.modified.IsZero() {
		e.header["Last-Modified"] = []string{e.modified.UTC().Format(http.TimeFormat)}
	}
	for k, v := range e.header {
		e.list = append(e.list, field{k, v})
	}
	if packed := pack(e.plain); len(packed) < len(e.plain)*9/10 {
		e.packed = packed
	}
	sum := sha256.Sum256(e.plain)
	tag := hex.EncodeToString(sum[:10])
	e.etag = [2][]string{{`"` + tag + `"`}, {`"` + tag + `-g"`}}
	e.length = [2][]string{{strconv.Itoa(len(e.plain))}, {strconv.Itoa(len(e.packed))}}
}

// pack compresses with gzip at its best level.
func pack(b []byte) []byte {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return b // the level is a constant: cannot fail
	}
	if _, err := z.Write(b); err != nil {
		return b
	}
	if err := z.Close(); err != nil {
		return b
	}
	return out.Bytes()
}

// field is one header field.
type field struct {
	name  string
	value []string
}

// size is what the cache counts for an entry.
func (e *entry) size() int64 { return int64(len(e.plain)+len(e.packed)) + 2048 }

var gzipped = []string{"gzip"}

// write sends the answer, or 304 when the reader has it.
func (e *entry) write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	for i := range e.list {
		h[e.list[i].name] = e.list[i].value
	}
	form, body := 0, e.plain
	if e.packed != nil && AcceptsGzip(r.Header.Get("Accept-Encoding")) {
		form, body = 1, e.packed
	}
	h["Etag"] = e.etag[form]
	if e.status == http.StatusOK && e.unchanged(r) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if form == 1 {
		h["Content-Encoding"] = gzipped
	}
	h["Content-Length"] = e.length[form]
	if !e.lite && mustClose(r, len(body)) {
		h["Connection"] = closing
	}
	if e.status != http.StatusOK {
		w.WriteHeader(e.status)
	}
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the reader went away: nobody to tell
	}
}

// unchanged tells whether the reader already has this answer (RFC 9110, 13.1).
func (e *entry) unchanged(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	if inm := r.Header.Get("If-None-Match"); inm != "" {
		for _, t := range strings.Split(inm, ",") {
			t = strings.TrimPrefix(strings.TrimSpace(t), "W/")
			if t == "*" || t == e.etag[0][0] || t == e.etag[1][0] {
				return true
			}
		}
		return false
	}
	if e.modified.IsZero() {
		return false
	}
	t, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	return err == nil && !e.modified.Truncate(time.Second).After(t)
}

// AcceptsGzip reads Accept-Encoding as RFC 9110, 12.5.3 has it: gzip by its
// name counts before "*", and only a weight of nothing refuses. What cannot be
// read refuses too: the plain form is never wrong.
func AcceptsGzip(header string) bool {
	others := false
	for header != "" {
		var one string
		one, header, _ = strings.Cut(header, ",")
		name, params, _ := strings.Cut(one, ";")
		name = strings.TrimSpace(name)
		switch {
		case strings.EqualFold(name, "gzip"), strings.EqualFold(name, "x-gzip"):
			return weighs(params)
		case name == "*":
			others = weighs(params)
		}
	}
	return others
}

// weighs reports whether the parameters of a coding give it a weight above
// nothing; without a weight it has the full one.
func weighs(params string) bool {
	for params != "" {
		var one string
		one, params, _ = strings.Cut(params, ";")
		name, value, _ := strings.Cut(one, "=")
		if strings.EqualFold(strings.TrimSpace(name), "q") {
			q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			return err == nil && q > 0
		}
	}
	return true
}
