package desk

import (
	"encoding/base64"
	"net/http"
	"strings"

	"keepiton/internal/platform/page"
)

// What an act did is said by the page after it, once. It travels in a cookie that
// the redirect sets and that page clears, so that no address can say it, and
// loading again does not repeat it.

// saidFor is how long the browser keeps it for a page that never comes, in seconds.
const saidFor = 60

// Show renders a page. After an error its links lead to the page that the form
// stood on, where there is one at the address it was sent to.
func (v *Visit) Show(p page.Page) error {
	if p.Notice == nil {
		p.Notice = v.said()
	}
	if v.posts() && p.Path == "" {
		p.Path = v.home()
	}
	v.frame.shell.Render(v.W, v.R, p)
	return nil
}

// Send answers with a file that nothing keeps.
func (v *Visit) Send(f page.File) error {
	f.NoStore = true
	v.frame.shell.Send(v.W, v.R, f)
	return nil
}

// Go sends the browser on after an act (303), to a path without language. said,
// when set, is the key under "said." of what the next page says was done.
func (v *Visit) Go(path, said string) error {
	if said != "" {
		words := []string{said}
		for _, l := range v.about {
			words = append(words, l.Href, l.Text)
		}
		v.setSaid(base64.RawURLEncoding.EncodeToString([]byte(strings.Join(words, "\n"))), saidFor)
	}
	return v.redirect(path)
}

// About adds a link into the desk to what [Visit.Go] says.
func (v *Visit) About(l page.Link) { v.about = append(v.about, l) }

// said takes what the act before has to say; nil for nothing.
func (v *Visit) said() *page.Notice {
	c, err := v.R.Cookie(v.saidCookie())
	if err != nil || c.Value == "" {
		return nil
	}
	v.setSaid("", -1)
	raw, err := base64.RawURLEncoding.DecodeString(c.Value)
	words := strings.Split(string(raw), "\n")
	if err != nil || !v.Words.Has("said."+words[0]) {
		return nil
	}
	n := &page.Notice{Text: v.Words.T("said." + words[0]), Done: true}
	for i := 1; i+1 < len(words); i += 2 {
		if strings.HasPrefix(words[i], "/desk/") {
			n.Links = append(n.Links, page.Link{Href: words[i], Text: words[i+1]})
		}
	}
	return n
}

func (v *Visit) saidCookie() string { return v.frame.cookie() + "-said" }

func (v *Visit) setSaid(value string, age int) {
	http.SetCookie(v.W, &http.Cookie{Name: v.saidCookie(), Value: value, Path: "/", MaxAge: age,
		Secure: v.frame.secure, HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

func (v *Visit) redirect(path string) error {
	path, query, has := strings.Cut(path, "?")
	where := page.Of(v.R)
	if v.lang != "" {
		where = where.In(v.lang)
	}
	to := where.URL(path)
	if has {
		to += "?" + query
	}
	http.Redirect(v.W, v.R, to, http.StatusSeeOther)
	return nil
}
