package desk

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page"
)

// maxToken is more than the length of a form's token, in bytes.
const maxToken = 64

// maxForm is how many bytes a form may have where its route says nothing.
const maxForm = 1 << 20

// formToken is what a form of this session carries: nobody who does not have the
// session's token can know it. It is "" while nobody is logged in.
func (v *Visit) formToken() string {
	if v.token == "" {
		return ""
	}
	m := hmac.New(sha256.New, []byte(v.token))
	m.Write([]byte("form"))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:18])
}

// newOnce is what tells the forms of one page from those of any other.
func newOnce() string {
	b := make([]byte, 12)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// Once is the same for a form that is sent twice, and for nothing else: pressed
// again on a slow line, or after going back. What is written with it (see [Take])
// is written once. sent is nil for a form that does not stream; "" means that the
// form was not one of our pages'.
func (v *Visit) Once(sent url.Values) string {
	if sent == nil {
		sent = v.R.PostForm
	}
	if sent.Get(page.FormOnce) == "" {
		return ""
	}
	sent = clone(sent)
	sent.Del(page.FormToken) // that of the session before is as good
	sum := sha256.Sum256([]byte(v.Path + "\n" + sent.Encode()))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func clone(form url.Values) url.Values {
	out := url.Values{}
	for name, values := range form {
		out[name] = slices.Clone(values)
	}
	return out
}

// readForm reads what was sent and checks its token.
func (v *Visit) readForm(rt Route) error {
	most := rt.Max
	if most == 0 {
		most = maxForm
	}
	v.R.Body = http.MaxBytesReader(v.W, v.R.Body, most)
	got := ""
	if kind, _, _ := mime.ParseMediaType(v.R.Header.Get("Content-Type")); rt.Stream && kind == "multipart/form-data" {
		v.read = &reading{from: v.R.Body}
		v.R.Body = v.read
		parts, err := v.R.MultipartReader()
		if err != nil {
			return fault.Wrap(err, fault.Invalid, "")
		}
		first, err := parts.NextPart()
		if err != nil || first.FormName() != page.FormToken {
			return errStale
		}
		token, err := io.ReadAll(io.LimitReader(first, maxToken)) // a part may come in pieces
		if err != nil {
			return fault.Wrap(err, fault.Invalid, "")
		}
		got, v.Parts = string(token), parts
	} else {
		if err := v.R.ParseForm(); err != nil {
			var large *http.MaxBytesError
			if errors.As(err, &large) {
				return fault.Wrap(err, fault.TooLarge, "")
			}
			return fault.Wrap(err, fault.Invalid, "")
		}
		got = v.R.PostForm.Get(page.FormToken)
	}
	if v.known && !hmac.Equal([]byte(got), []byte(v.formToken())) {
		return errStale
	}
	return nil
}

// errStale refuses a form of another session.
var errStale = fault.New(fault.Forbidden, "desk.stale_form")

// answersGet tells whether a page of the frame has an address.
func (f *Frame) answersGet(path string) bool {
	return slices.ContainsFunc(f.routes, func(rt Route) bool { return rt.Method == http.MethodGet && rt.Path == path && !rt.Own })
}

// pageOf is the page that a route belongs to, as its pattern: the one it names, or
// the nearest at or above its own address.
func (f *Frame) pageOf(rt Route) string {
	if rt.Page != "" {
		return rt.Page
	}
	for path := rt.Path; path != ""; path = path[:strings.LastIndexByte(path, '/')] {
		if f.answersGet(path) {
			return path
		}
	}
	return "/"
}

// home is the address of that page for a request, without language and mode.
func (f *Frame) home(rt Route, r *http.Request) string {
	parts := strings.Split(f.pageOf(rt), "/")
	for i, part := range parts {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			parts[i] = url.PathEscape(r.PathValue(strings.TrimSuffix(name, "}")))
		}
	}
	return strings.Join(parts, "/")
}
