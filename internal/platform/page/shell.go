package page

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/url"
	"path"
	"strings"

	"keepiton/internal/platform/i18n"
)

//go:embed views/*.html
var ownViews embed.FS

//go:embed css/*.css
var ownStyle embed.FS

//go:embed texts/*.json
var ownTexts embed.FS

// Texts are the words of layout, components and error pages, for i18n.Load.
func Texts() fs.FS { return ownTexts }

// Limits of a page, in bytes.
const (
	Curtain   = 16384 // what a curtained network lets pass per connection
	PageLimit = 11000 // the most a page may weigh, compressed
)

// Item is a link of the navigation or the footer: the key of its text, its
// path without language, and the Page.Section it stands for.
type Item struct {
	Key, Path, Section string
	Waiting            int // how much waits there; 0 says nothing
}

// Options set up a Shell. Name and Texts are needed.
type Options struct {
	Name      string          // name of the site, in the header and the title
	Origin    string          // scheme and host for absolute addresses; empty: those the reader came by
	LiteHost  string          // a host name that always answers in lite mode
	Onion     string          // the onion origin to announce, if there is one
	Texts     *i18n.Catalogue // must include Texts()
	Views     []fs.FS         // templates (*.html) and style rules (<kind>.css) of the domains
	Nav       []Item
	Foot      []Item
	FootKey   string        // text of the footer, empty for none
	NoticeKey string        // text above every page, empty for none: that all of it is a demonstration
	Version   func() string // version of the record: a change empties the cache
	Cache     int64         // bytes of the page cache; 0 means 32 MiB, negative none
	Log       *slog.Logger  // nil means slog.Default
}

// Shell renders pages. It is immutable and safe for concurrent use.
type Shell struct {
	o      Options
	origin *url.URL
	views  map[Where]*template.Template // by Lang, Lite and Bare
	style  style
	kinds  map[string]style
	cache  *Cache
	offers offers
}

// New parses every template once per language and mode, and every style file.
func New(o Options) (*Shell, error) {
	if o.Texts == nil || o.Name == "" {
		return nil, fmt.Errorf("page.New: Name and Texts are needed")
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Cache == 0 {
		o.Cache = 32 << 20
	}
	if o.Version == nil {
		o.Version = func() string { return "" }
	}
	s := &Shell{o: o, views: map[Where]*template.Template{}, kinds: map[string]style{}, cache: NewCache(o.Cache)}
	var err error
	if s.origin, err = ParseOrigin(o.Origin); err != nil {
		return nil, fmt.Errorf("page.New: %w", err)
	}
	if err := s.readStyle(); err != nil {
		return nil, fmt.Errorf("page.New: %w", err)
	}
	root := template.New("").Funcs(s.funcs(Where{Lang: i18n.Source}))
	for _, f := range append([]fs.FS{ownViews}, o.Views...) {
		if err := parseViews(root, f); err != nil {
			return nil, fmt.Errorf("page.New: %w", err)
		}
	}
	for _, l := range o.Texts.Langs() {
		for _, w := range []Where{{Lang: l.Tag}, {Lang: l.Tag, Lite: true}, {Lang: l.Tag, Lite: true, bare: true}} {
			t, err := root.Clone()
			if err != nil {
				return nil, fmt.Errorf("page.New: %w", err)
			}
			s.views[w] = t.Funcs(s.funcs(w))
		}
	}
	return s, nil
}

// parseViews adds every *.html of a file system; each file defines its named
// templates, and two definitions of one name are an error.
func parseViews(root *template.Template, f fs.FS) error {
	return fs.WalkDir(f, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(p) != ".html" {
			return err
		}
		raw, err := fs.ReadFile(f, p)
		if err != nil {
			return err
		}
		for _, line := range strings.Split(string(raw), "{{define \"")[1:] {
			name, _, _ := strings.Cut(line, "\"")
			if root.Lookup(name) != nil {
				return fmt.Errorf("%s: template %q is defined twice", p, name)
			}
		}
		if _, err := root.New(p).Parse(string(raw)); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		return nil
	})
}

// readStyle parses the common rules and those of each kind.
func (s *Shell) readStyle() error {
	names, err := fs.Glob(ownStyle, "css/*.css")
	if err != nil {
		return err
	}
	for _, n := range names { // 1-tokens, 2-base, …: sorted by name
		raw, err := fs.ReadFile(ownStyle, n)
		if err != nil {
			return err
		}
		st, err := parseStyle(string(raw))
		if err != nil {
			return fmt.Errorf("%s: %w", n, err)
		}
		s.style = append(s.style, st...)
	}
	for _, f := range s.o.Views {
		err := fs.WalkDir(f, ".", func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || path.Ext(p) != ".css" {
				return err
			}
			raw, err := fs.ReadFile(f, p)
			if err != nil {
				return err
			}
			st, err := parseStyle(string(raw))
			if err != nil {
				return fmt.Errorf("%s: %w", p, err)
			}
			kind := strings.TrimSuffix(path.Base(p), ".css")
			s.kinds[kind] = append(s.kinds[kind], st...)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Words gives the texts of a language, for handlers that write text themselves.
func (s *Shell) Words(lang string) *i18n.Texts { return s.o.Texts.For(lang) }

// Langs lists the languages of the site.
func (s *Shell) Langs() []i18n.Lang { return s.o.Texts.Langs() }
