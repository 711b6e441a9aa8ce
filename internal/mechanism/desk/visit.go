package desk

import (
	"context"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
)

// Visit is one request of a person at work.
type Visit struct {
	Actor
	W     http.ResponseWriter
	R     *http.Request
	Words *i18n.Texts
	Path  string            // without language and mode
	Parts *multipart.Reader // of a route that streams, after the token

	frame    *Frame
	route    Route
	read     *reading // what a streamed form was so far
	lang     string   // the language to go on in; "" for that of the request
	token    string
	known    bool
	banner   string
	readOnly bool
	asked    bool        // how much waits was asked for a page of this visit
	about    []page.Link // of what the next page says
}

// Known tells whether somebody is logged in; it matters on open routes alone.
func (v *Visit) Known() bool { return v.known }

// ReadOnly tells that nothing can be stored now: pages do not offer to write.
func (v *Visit) ReadOnly() bool { return v.readOnly }

// Session is the token of the session, "" when nobody is logged in.
func (v *Visit) Session() string {
	if !v.known {
		return ""
	}
	return v.token
}

// Home is where somebody comes to after logging in: the first link of their
// navigation.
func (v *Visit) Home() string {
	for _, it := range v.frame.nav {
		if it.Needs == "" || v.Can(it.Needs, "") {
			return it.Path
		}
	}
	return Self
}

// Speak goes on in another language, where the site has it.
func (v *Visit) Speak(lang string) {
	if v.frame.shell.Words(lang).Lang.Tag == lang {
		v.lang = lang
	}
}

// Address is the whole address of a path of the site in the language of the visit,
// by the name the site has for everybody.
func (v *Visit) Address(path string) string {
	return v.frame.shell.Origin(v.R) + page.Of(v.R).URL(path)
}

// Langs are the languages of the site.
func (v *Visit) Langs() []i18n.Lang { return v.frame.shell.Langs() }

func (v *Visit) posts() bool { return v.R.Method != http.MethodGet && v.R.Method != http.MethodHead }

// dress puts the frame round every page of this request.
func (v *Visit) dress() {
	in := &page.Inside{Nav: v.nav, Self: Self, Out: Out}
	if v.known {
		in.Who, in.Token, in.Once = v.Name, v.formToken(), newOnce()
	}
	if v.banner != "" {
		in.Banner = v.Words.T(v.banner)
	}
	if !page.Of(v.R).Lite {
		in.Scripts = v.frame.scripts
	}
	v.R = page.WithInside(v.R, in)
}

// nav is the navigation for who is logged in, with how much waits at each link. A
// second page of one visit tells of a fault, and does not ask again what may have been it.
func (v *Visit) nav(ctx context.Context) []page.Item {
	if !v.known {
		return nil
	}
	asks := !v.asked
	v.asked = true
	var out []page.Item
	for _, it := range v.frame.nav {
		if it.Needs != "" && !v.Can(it.Needs, "") || it.Writes && v.readOnly {
			continue
		}
		item := it.Item
		if it.Count != nil && asks {
			if n, err := it.Count(ctx, v.Actor); err == nil { // a page is shown without it all the same
				item.Waiting = n
			}
		}
		out = append(out, item)
	}
	return out
}

// Mend gives the words of an error a form can show beside its fields; ok is
// false for any other error.
func (v *Visit) Mend(err error) (top page.Summary, beside map[string]string, ok bool) {
	fields := fault.Fields(err)
	if fault.KindOf(err) != fault.Invalid || len(fields) == 0 {
		return page.Summary{}, nil, false
	}
	top, beside = page.Mistakes(v.Words, fields)
	return top, beside, true
}

// Value is a field of what was sent, without white space round it.
func (v *Visit) Value(name string) string { return Clean(v.R.PostFormValue(name)) }

// Values are all fields of a name, such as boxes that were ticked.
func (v *Visit) Values(name string) []string {
	var out []string
	for _, s := range v.R.PostForm[name] {
		out = append(out, Clean(s))
	}
	return out
}

// Form is everything that was sent, cleaned like [Visit.Value].
func (v *Visit) Form() url.Values {
	out := url.Values{}
	for name := range v.R.PostForm {
		out[name] = v.Values(name)
	}
	return out
}

// Query is a field of the address, cleaned like [Visit.Value].
func (v *Visit) Query(name string) string { return Clean(v.R.URL.Query().Get(name)) }

// Clean is a text as people may write it: without white space round it, bytes
// that are no letters, signs that control a terminal (lines and tabs stay), and
// those that turn the writing of others round.
func Clean(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == utf8.RuneError, unicode.IsControl(r), r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n")))
}

// Begin keeps a new session in the browser; it ends with the browser.
func (v *Visit) Begin(token string) {
	v.token = token
	v.setCookie(token, 0)
}

// End forgets the session in the browser.
func (v *Visit) End() { v.setCookie("", -1) }

func (v *Visit) setCookie(value string, age int) {
	http.SetCookie(v.W, &http.Cookie{Name: v.frame.cookie(), Value: value, Path: "/", MaxAge: age,
		Secure: v.frame.secure, HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

// Next is where to go after logging in: a path of the desk, or fallback.
func (v *Visit) Next(path, fallback string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(path, "/desk") && !strings.HasPrefix(path, "/account") || strings.ContainsAny(path, "\\\r\n") {
		return fallback
	}
	return path
}
