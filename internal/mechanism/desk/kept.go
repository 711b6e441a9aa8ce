package desk

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page"
)

// Fail answers an error. Whoever has to log in first is led there, and comes
// back afterwards; and whatever the error is, what somebody wrote is never lost:
// the answer shows it, and lets it be sent again where that can help.
func (v *Visit) Fail(err error) {
	if errors.Is(err, errEnter) && !v.posts() {
		if v.token == "" && v.R.Header.Get("Sec-Fetch-Site") == "cross-site" && v.Query(came) == "" && !v.route.Own {
			v.comeAgain()
			return
		}
		_ = v.redirect(Enter + "?next=" + url.QueryEscape(v.back())) // writes a header, cannot fail
		return
	}
	status, trouble := v.frame.shell.Trouble(v.R, err)
	if v.posts() && !errors.Is(err, errForeign) {
		if k := v.keep(err, trouble); len(k.Texts)+len(k.Chosen) > 0 {
			v.frame.shell.Render(v.W, v.R, page.Page{Title: k.Title, Status: status, Path: v.home(), Body: "desk.kept", Data: k})
			return
		}
	}
	if errors.Is(err, errClosed) && v.known {
		v.frame.shell.Render(v.W, v.R, page.Page{Title: v.Words.T("page.problem.503.title"), Status: status, Path: v.home(), Body: "desk.shut",
			Data: shut{v.Words.T("page.problem.503.title"), trouble.Text, Out, OutAll}})
		return
	}
	if home := v.home(); v.known && status != http.StatusNotFound && home != v.Path {
		trouble.Links = append(trouble.Links, page.Link{Text: v.Words.T("desk.back"), Href: home})
	}
	if v.known {
		trouble.Links = append(trouble.Links, page.Link{Text: v.Words.T("desk.to_desk"), Href: v.Home()})
	} else if v.posts() {
		trouble.Links = append(trouble.Links, page.Link{Text: v.Words.T("desk.kept.enter"), Href: Enter + "?next=" + url.QueryEscape(v.home())})
	}
	v.frame.shell.Error(v.W, v.R, status, &trouble)
}

// kept is what views/kept.html gets: what went wrong, everything that was written,
// and how to go on.
type kept struct {
	Title, Says string
	Enter       string // path for logging in, "" where that is not it
	Back        string // path of the page the form stood on
	Again       string // address to send it to again, "" where that cannot help
	Stream      bool   // the form takes files
	File        string // the name of a file that was chosen; it has to be chosen again
	Texts       []text
	Chosen      []answer
	Fields      []pair // all that was sent, to be sent again
}

// shut is what a closed desk says to those who are logged in: how to end that.
type shut struct{ Title, Says, Out, OutAll string }

// text is something somebody wrote. Label is what the form calls it, where that is
// known.
type text struct {
	Label, Text string
	Rows        int
}

// answer is something somebody chose, in words.
type answer struct{ Label, Says string }

// pair is a field as it was sent.
type pair struct{ Name, Value string }

// secret are fields that are never shown again, nor is the form they were in sent
// again.
var secret = []string{"passphrase", "code", "answer", "ticket", "secret"}

// keep gathers what was written.
func (v *Visit) keep(err error, trouble page.Trouble) kept {
	fields, file := v.written()
	k := kept{Title: cmp.Or(trouble.Title, v.Words.T("desk.kept.title")), Says: trouble.Text, Back: v.home(), Stream: v.route.Stream, File: file}
	again := fault.KindOf(err)
	if again == fault.NotFound {
		k.Back = v.Home()
	}
	if again == fault.Unavailable || again == fault.TooMany || again == fault.Internal || errors.Is(err, errStale) || errors.Is(err, errEnter) {
		k.Again = v.back()
	}
	if errors.Is(err, errEnter) {
		k.Title, k.Enter = v.Words.T("desk.kept.out"), Enter+"?next="+url.QueryEscape(v.home())
	}
	for _, f := range fields {
		switch {
		case f.Name == page.FormToken || f.Name == page.FormOnce:
			continue
		case slices.Contains(secret, f.Name):
			k.Again = ""
			continue
		}
		k.Fields = append(k.Fields, f)
		label := v.labelOf(f.Name)
		if says, chosen := v.choice(f); chosen {
			if says != "" && label != "" {
				k.Chosen = append(k.Chosen, answer{label, says})
			}
			continue
		}
		if f.Value != "" && !reference(f.Value) && (label != "" || !plain(f.Value)) {
			k.Texts = append(k.Texts, text{cmp.Or(label, v.Words.T("desk.kept.text")), f.Value, min(2+len(f.Value)/80+strings.Count(f.Value, "\n"), 12)})
		}
	}
	slices.SortStableFunc(k.Texts, func(a, b text) int { return len(b.Text) - len(a.Text) })
	return k
}

// labelOf is what the rooms' forms call a field, "" where none does.
func (v *Visit) labelOf(name string) string {
	for _, prefix := range v.frame.labels {
		if key := prefix + name; v.Words.Has(key) {
			return v.Words.T(key)
		}
	}
	return ""
}

// choice is what a field says in words where people choose and do not write: "" for
// what nobody has to be told, such as a question that was left alone.
func (v *Visit) choice(f pair) (says string, chosen bool) {
	for _, of := range v.frame.answers {
		if says, chosen = of(v.Words, f.Name, f.Value); chosen {
			return says, true
		}
	}
	return "", false
}

// plain tells whether a value is one of a program rather than of a person: a
// number, or a word with which forms name an answer.
func plain(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_'
	})
}

// reference tells whether a value is one of our own references or digests.
func reference(value string) bool {
	return len(value) >= 16 && !strings.ContainsFunc(value, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
	})
}

// written are the fields of a form, and the name of the file that came with it.
// What could not be read any more is missing.
func (v *Visit) written() (fields []pair, file string) {
	kind, with, _ := mime.ParseMediaType(v.R.Header.Get("Content-Type"))
	switch kind {
	case "application/x-www-form-urlencoded":
		if v.R.PostForm == nil {
			v.R.Body = http.MaxBytesReader(v.W, v.R.Body, maxForm)
		}
		if v.R.ParseForm() != nil {
			return nil, ""
		}
		for name, values := range v.R.PostForm {
			for _, value := range values {
				fields = append(fields, pair{name, Clean(value)})
			}
		}
		slices.SortStableFunc(fields, func(a, b pair) int { return strings.Compare(a.Name, b.Name) })
	case "multipart/form-data":
		if v.read == nil {
			v.read = &reading{from: http.MaxBytesReader(v.W, v.R.Body, maxForm)}
		}
		fields, file = v.read.form(with["boundary"])
	}
	return fields, file
}

// reading remembers the beginning of what is read through it, so that the fields
// before a file can be shown again.
type reading struct {
	from io.ReadCloser
	seen bytes.Buffer
}

// Read implements io.Reader.
func (r *reading) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.seen.Write(p[:min(n, maxForm-r.seen.Len())])
	return n, err
}

// Close implements io.Closer.
func (r *reading) Close() error { return r.from.Close() }

// form reads the fields up to the first file, from what was seen and from the
// line, as far as they go.
func (r *reading) form(boundary string) (fields []pair, file string) {
	seen := bytes.NewReader(bytes.Clone(r.seen.Bytes()))
	parts := multipart.NewReader(io.LimitReader(io.MultiReader(seen, r), maxForm), boundary)
	for {
		part, err := parts.NextPart()
		if err != nil {
			return fields, ""
		}
		if part.FileName() != "" {
			return fields, Clean(part.FileName())
		}
		value, err := io.ReadAll(part)
		fields = append(fields, pair{part.FormName(), Clean(string(value))})
		if err != nil || !utf8.Valid(value) {
			return fields, ""
		}
	}
}

// came marks an address that was asked for again.
const came = "came"

// comeAgain answers who followed a link from a mail or another site: the browser
// came without the cookie, which is strict. Asked again by our own page, it
// sends it.
func (v *Visit) comeAgain() {
	q := v.R.URL.Query()
	q.Set(came, "1")
	again := (&url.URL{Path: v.Path, RawQuery: q.Encode()}).String()
	v.W.Header().Set("Refresh", "0; url="+page.Of(v.R).URL(again))
	v.frame.shell.Error(v.W, v.R, http.StatusOK, &page.Trouble{Title: v.Words.T("desk.coming.title"), Text: v.Words.T("desk.coming.text"),
		Links: []page.Link{{Text: v.Words.T("desk.coming.link"), Href: again}}})
}

// back is the address of the request, without language and mode; of what has an
// effect already when it is opened, the page it belongs to.
func (v *Visit) back() string {
	if v.route.Own {
		return v.home()
	}
	return (&url.URL{Path: v.Path, RawQuery: v.R.URL.RawQuery}).String()
}

// home is the address of the page this request belongs to.
func (v *Visit) home() string { return v.frame.home(v.route, v.R) }
