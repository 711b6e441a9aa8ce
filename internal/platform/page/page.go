package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"keepiton/internal/platform/i18n"
)

// Page is one page to render. Title and Body are needed.
type Page struct {
	Title       string // without the site's name; an error prefix is added by Errors
	Description string // one sentence for search engines and previews
	Status      int    // 0 means 200
	Lang        string // "" means the language of the request
	Path        string // path without language and mode; "" means that of the request
	Body        string // name of the template
	Data        any    // its typed data
	Kind        string // style rules of the domain, "" for the common ones alone
	Section     string // the Item of the navigation it belongs to
	Canonical   string // path of the canonical page; "" means Path
	Alternates  []string
	JSONLD      any
	Feeds       []Feed
	Image       string // path of an own picture for previews
	Modified    time.Time
	MaxAge      int      // seconds a reader's machine may keep it; 0 means 60
	Keep        []string // classes that only scripts add
	Noindex     bool
	Neutral     bool // no name, no topic, no navigation, no icon: for intake and help
	NoStore     bool // never cached anywhere; forms and everything personal
	Errors      bool // the form has errors: the title says so first
	Notice      *Notice
}

// Notice stands above a page: what a reader has to know of it first, and where
// to go instead.
type Notice struct {
	Text  string
	Links []Link
	Done  bool // it says what an act has done: who hears pages is told it first, with the title
}

// Feed is a feed of the page. Type is its media type, Path without language.
type Feed struct{ Title, Path, Type string }

// Link is a text with an address: one of our paths or a whole one.
type Link struct{ Text, Href string }

// layout is what views/layout.html gets.
type layout struct {
	Page
	Where      Where
	Lang       i18n.Lang
	Site       string
	Style      template.CSS
	Body       template.HTML
	Patterns   []string
	Nav, Foot  []navLink
	FootKey    string
	Others     []langLink
	Alternate  []langLink
	Default    string
	CanonURL   string
	ImageURL   string
	LD         template.JS
	Offer      *langLink
	ModeURL    string
	TitleWhole string
	Inside     *insideLayout
	NoticeKey  string
}

type navLink struct {
	Text, Href, Current string
}

type langLink struct {
	i18n.Lang
	Href, Text string
}

// Render writes a page. A template that fails gives the 500 page; nothing of
// the broken one is sent.
func (s *Shell) Render(w http.ResponseWriter, r *http.Request, p Page) {
	e, err := s.build(r, p)
	if err != nil {
		s.Fail(w, r, fmt.Errorf("page.Render %s: %w", p.Body, err))
		return
	}
	s.keep(r, p, e)
	e.write(w, r)
}

// keep puts an answer into the cache when the next reader may have it.
func (s *Shell) keep(r *http.Request, p Page, e *entry) {
	st, ok := r.Context().Value(whereKey{}).(*stamp)
	if insideOf(r) != nil {
		return
	}
	if ok && st.key.path != "" && e.status == http.StatusOK && !p.NoStore {
		s.cache.put(st.key, e)
	}
}

// build renders a page into a ready answer.
func (s *Shell) build(r *http.Request, p Page) (*entry, error) {
	where := Of(r)
	if p.Lang != "" {
		where.Lang = p.Lang
	}
	if p.Path != "" {
		where.Path = p.Path
	}
	body, err := s.execute(where, p.Body, p.Data)
	if err != nil {
		return nil, err
	}
	in := insideOf(r)
	if in != nil {
		p.NoStore, p.Noindex = true, true
	}
	l := s.layout(r, p, where)
	if in != nil {
		in.frame(r.Context(), &l, s.o.Texts.For(where.Lang), where)
	}
	l.Body = template.HTML(body) //nolint:gosec // our own template wrote it
	if p.JSONLD != nil {
		raw, err := json.Marshal(p.JSONLD) // escapes <, > and &
		if err != nil {
			return nil, fmt.Errorf("json-ld: %w", err)
		}
		l.LD = template.JS(raw) //nolint:gosec // marshalled above
	}
	var out bytes.Buffer
	t := s.views[Where{Lang: where.Lang, Lite: where.Lite, bare: where.bare}]
	// The frame is rendered once without style to learn what it uses.
	used := scan(body, nil)
	for _, k := range p.Keep {
		used["."+k] = true
	}
	l.Patterns = patterns(used)
	if err := t.ExecuteTemplate(&out, "page.layout", l); err != nil {
		return nil, err
	}
	used = scan(out.Bytes(), used)
	css := s.compose(p.Kind, used, l.Lang)
	html := bytes.Replace(out.Bytes(), []byte(styleSlot), []byte("<style>"+css+"</style>"), 1)
	if in != nil {
		html = withTokens(html, in.Token, in.Once)
	}
	onion := ""
	if s.o.Onion != "" && !p.Neutral {
		onion = strings.TrimSuffix(s.o.Onion, "/") + where.URL(where.Path)
	}
	e := newEntry(html, css, where, p, onion)
	if in != nil {
		e.inside(in)
	}
	return e, nil
}

// styleSlot is where the layout wants its style element.
const styleSlot = `<meta name="style-here">`

// execute runs one template and takes out the white space no reader sees.
func (s *Shell) execute(where Where, name string, data any) ([]byte, error) {
	t := s.views[Where{Lang: where.Lang, Lite: where.Lite, bare: where.bare}]
	if t == nil {
		return nil, fmt.Errorf("no views for language %q", where.Lang)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, name, data); err != nil {
		return nil, err
	}
	return squeeze(b.Bytes()), nil
}

// layout fills the frame of a page.
func (s *Shell) layout(r *http.Request, p Page, where Where) layout {
	words := s.o.Texts.For(where.Lang)
	l := layout{Page: p, Where: where, Lang: words.Lang, Site: s.o.Name, FootKey: s.o.FootKey, NoticeKey: s.o.NoticeKey}
	l.TitleWhole = p.Title
	if p.Errors {
		l.TitleWhole = words.T("page.error_title", "title", p.Title)
	} else if p.Notice != nil && p.Notice.Done {
		l.TitleWhole = words.T("page.done_title", "done", p.Notice.Text, "title", p.Title)
	}
	if !p.Neutral {
		if p.Title != s.o.Name {
			l.TitleWhole += " | " + s.o.Name
		}
		for _, it := range s.o.Nav {
			l.Nav = append(l.Nav, navItem(it, words, where, p.Section))
		}
	}
	for _, it := range s.o.Foot {
		l.Foot = append(l.Foot, navItem(it, words, where, ""))
	}
	canon := p.Canonical
	if canon == "" {
		canon = where.Path
	}
	origin := s.Origin(r)
	l.CanonURL = whole(origin, i18n.Path(where.Lang, canon))
	l.Default = whole(origin, canon)
	if p.Image != "" {
		l.ImageURL = whole(origin, i18n.Path(where.Lang, p.Image))
	}
	query := ""
	if r.URL.RawQuery != "" {
		query = "?" + r.URL.RawQuery
	}
	for _, lang := range s.o.Texts.Langs() {
		if p.Alternates != nil && !slices.Contains(p.Alternates, lang.Tag) {
			continue
		}
		l.Alternate = append(l.Alternate, langLink{Lang: lang, Href: whole(origin, i18n.Path(lang.Tag, canon))})
		if lang.Tag != where.Lang {
			l.Others = append(l.Others, langLink{Lang: lang, Href: where.In(lang.Tag).URL(where.Path) + query})
		}
	}
	if st, ok := r.Context().Value(whereKey{}).(*stamp); ok && st.offer.Tag != "" && p.Status < 400 {
		for _, o := range l.Others {
			if o.Tag == st.offer.Tag {
				o.Text = s.o.Texts.For(o.Tag).T("page.offer")
				l.Offer = &o
			}
		}
	}
	mode := where
	mode.Lite, mode.bare = !where.Lite, false
	l.ModeURL = mode.URL(where.Path) + query
	if where.bare { // the lite host has no full pages: leave it
		l.ModeURL = ""
		if s.origin.Host != "" {
			l.ModeURL = whole(origin, mode.URL(where.Path)) + query
		}
	}
	return l
}

func navItem(it Item, words *i18n.Texts, where Where, section string) navLink {
	n := navLink{Text: words.T(it.Key), Href: where.URL(it.Path)}
	if it.Waiting > 0 {
		n.Text = words.T("page.inside.waiting", "what", n.Text, "n", words.N(it.Waiting))
	}
	switch {
	case it.Path == where.Path:
		n.Current = "page"
	case section != "" && it.Section == section:
		n.Current = "true"
	}
	return n
}
