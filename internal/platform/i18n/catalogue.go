package i18n

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed texts/*.json
var base embed.FS

// Source is the language every other falls back to.
const Source = "en"

// Lang describes one language. Name is the language's own name for itself,
// Dir is "ltr" or "rtl", Reviewed says whether a native reader has read the
// whole catalogue.
type Lang struct {
	Tag, Name, Dir string
	Reviewed       bool
}

// RTL tells whether the script runs from right to left.
func (l Lang) RTL() bool { return l.Dir == "rtl" }

// rules is the "_lang" object of a base file.
type rules struct {
	Name     string   `json:"name"`
	Dir      string   `json:"dir"`
	Reviewed bool     `json:"reviewed"`
	Group    string   `json:"group"`
	Glue     glue     `json:"glue"`
	Decimal  string   `json:"decimal"`
	Percent  string   `json:"percent"`
	Months   []string `json:"months"`
	Short    []string `json:"short"`
	First    string   `json:"first"`
	Day      string   `json:"day"`
	Month    string   `json:"month"`
	DayMonth string   `json:"daymonth"`
	List     struct {
		Two, Middle, End string
	} `json:"list"`
	Range struct {
		Days, Months, Monthly, Full, Mixed string
	} `json:"range"`
	Since, Until struct{ Day, Other string }
}

// glue are the signs of a language that a space stands before or after, without a
// line ever breaking there.
type glue struct{ Before, After string }

// hold makes such spaces of a text no-break spaces. Who translates writes plain ones.
func (g glue) hold(text string) string {
	for _, sign := range g.Before {
		text = strings.ReplaceAll(text, " "+string(sign), "\u00a0"+string(sign))
	}
	for _, sign := range g.After {
		text = strings.ReplaceAll(text, string(sign)+" ", string(sign)+"\u00a0")
	}
	return text
}

// Catalogue is every text of every language. It is immutable after Load and
// safe for concurrent use.
type Catalogue struct {
	langs []Lang
	texts map[string]*Texts
	seen  sync.Map // gaps already logged
}

// message is one text as written in a file: plural forms by name, a plain
// string stands under "other".
type message map[string]string

// plain tells a text without plural forms.
func (m message) plain() bool { return len(m) == 1 && m["other"] != "" }

var (
	fileName = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\.json$`)
	forms    = []string{"zero", "one", "two", "few", "many", "other"}
)

// Load reads the package's own texts and then every file named <tag>.json, at
// any depth, of the given file systems. It fails on malformed JSON, on a key
// defined twice for one language and on a language without a base file.
func Load(fsys ...fs.FS) (*Catalogue, error) {
	c := &Catalogue{texts: map[string]*Texts{}}
	bundle := goi18n.NewBundle(language.English)
	for i, f := range append([]fs.FS{base}, fsys...) {
		err := fs.WalkDir(f, ".", func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !fileName.MatchString(path.Base(p)) {
				return err
			}
			return c.read(f, p, i == 0)
		})
		if err != nil {
			return nil, fmt.Errorf("i18n.Load: %w", err)
		}
	}
	for tag, t := range c.texts {
		lt, err := language.Parse(tag)
		if err != nil {
			return nil, fmt.Errorf("i18n.Load %s: %w", tag, err)
		}
		for key, m := range t.messages {
			err := bundle.AddMessages(lt, &goi18n.Message{ID: key, Zero: m["zero"], One: m["one"],
				Two: m["two"], Few: m["few"], Many: m["many"], Other: m["other"]})
			if err != nil {
				return nil, fmt.Errorf("i18n.Load %s %s: %w", tag, key, err)
			}
		}
		c.langs = append(c.langs, t.Lang)
	}
	sort.Slice(c.langs, func(i, j int) bool {
		a, b := c.langs[i].Tag, c.langs[j].Tag
		return a == Source && b != Source || b != Source && a < b
	})
	for tag, t := range c.texts {
		t.cat, t.localizer = c, goi18n.NewLocalizer(bundle, tag)
	}
	return c, nil
}

// read merges one file.
func (c *Catalogue) read(f fs.FS, name string, isBase bool) error {
	tag := strings.TrimSuffix(path.Base(name), ".json")
	raw, err := fs.ReadFile(f, name)
	if err != nil {
		return err
	}
	t := c.texts[tag]
	if t == nil {
		if !isBase {
			return fmt.Errorf("%s: language %q has no base file in internal/platform/i18n/texts", name, tag)
		}
		t = &Texts{messages: map[string]message{}}
		c.texts[tag] = t
	}
	var file map[string]json.RawMessage
	if err := json.Unmarshal(raw, &file); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if r, ok := file["_lang"]; ok && isBase {
		if err := json.Unmarshal(r, &t.rules); err != nil {
			return fmt.Errorf("%s: _lang: %w", name, err)
		}
		if len(t.rules.Months) != 12 || len(t.rules.Short) != 12 {
			return fmt.Errorf("%s: _lang: twelve months and twelve short months are needed", name)
		}
		t.Lang = Lang{Tag: tag, Name: t.rules.Name, Dir: t.rules.Dir, Reviewed: t.rules.Reviewed}
	}
	return t.flatten(name, "", file)
}

// flatten turns nested objects into dotted keys. Keys that begin with "_" are
// notes to translators.
func (t *Texts) flatten(file, prefix string, in map[string]json.RawMessage) error {
	for k, v := range in {
		if strings.HasPrefix(k, "_") {
			continue
		}
		key := prefix + k
		var s string
		if json.Unmarshal(v, &s) == nil {
			if err := t.add(file, key, message{"other": s}); err != nil {
				return err
			}
			continue
		}
		var sub map[string]json.RawMessage
		if err := json.Unmarshal(v, &sub); err != nil {
			return fmt.Errorf("%s: %s: neither a text nor an object", file, key)
		}
		if !isPlural(sub) {
			if err := t.flatten(file, key+".", sub); err != nil {
				return err
			}
			continue
		}
		var m message
		if err := json.Unmarshal(v, &m); err != nil {
			return fmt.Errorf("%s: %s: %w", file, key, err)
		}
		if err := t.add(file, key, m); err != nil {
			return err
		}
	}
	return nil
}

// isPlural tells an object of plural forms from a nested group of keys.
func isPlural(in map[string]json.RawMessage) bool {
	for k := range in {
		if !slices.Contains(forms, k) {
			return false
		}
	}
	_, ok := in["other"]
	return ok
}

func (t *Texts) add(file, key string, m message) error {
	if _, dup := t.messages[key]; dup {
		return fmt.Errorf("%s: %s is defined twice", file, key)
	}
	for form, text := range m {
		m[form] = t.rules.Glue.hold(text)
	}
	t.messages[key] = m
	return nil
}

// Langs lists the languages, the source language first, then by tag.
func (c *Catalogue) Langs() []Lang { return slices.Clone(c.langs) }

// For gives the texts of a language; an unknown tag gives the source language.
func (c *Catalogue) For(tag string) *Texts {
	if t := c.texts[tag]; t != nil {
		return t
	}
	return c.texts[Source]
}
