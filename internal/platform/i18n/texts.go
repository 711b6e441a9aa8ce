package i18n

import (
	"fmt"
	"log/slog"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/unicode/bidi"
)

// Texts are the texts of one language.
type Texts struct {
	Lang      Lang
	rules     rules
	messages  map[string]message
	localizer *goi18n.Localizer
	cat       *Catalogue
}

// Has tells whether the language itself (not its fallback) has the key.
func (t *Texts) Has(key string) bool { _, ok := t.messages[key]; return ok }

// T gives the text of a key. args are pairs of a name and a value: {name} in
// the text is replaced by the value. The value called n, an integer, selects
// the plural form. Integers are written by N; pass a year as a string. A
// string that runs against the direction of the language is isolated, and
// characters that steer direction are taken out of it; a [Phrase] goes in as it
// is. An unknown key gives
// the source language's text, and where that is missing too, the key.
func (t *Texts) T(key string, args ...any) string {
	if !t.Has(key) {
		t.gap(key)
		if t.Lang.Tag == Source {
			return key
		}
		return t.cat.texts[Source].T(key, args...)
	}
	if len(args) == 0 && t.messages[key].plain() {
		return t.messages[key]["other"]
	}
	values, count := t.values(args)
	s, err := t.localizer.Localize(&goi18n.LocalizeConfig{
		MessageID: key, TemplateData: values, PluralCount: count, TemplateParser: braces{},
	})
	if err != nil { // a plural form is missing: any form beats none
		t.gap(key)
		return fill(t.messages[key]["other"], values)
	}
	return s
}

// gap logs a missing text once per language and key.
func (t *Texts) gap(key string) {
	if t.cat == nil {
		return
	}
	if _, old := t.cat.seen.LoadOrStore(t.Lang.Tag+" "+key, true); !old {
		slog.Warn("text missing", "lang", t.Lang.Tag, "key", key)
	}
}

// values prepares the arguments; count is nil without an n.
func (t *Texts) values(args []any) (map[string]string, any) {
	out := make(map[string]string, len(args)/2)
	var count any
	for i := 0; i+1 < len(args); i += 2 {
		name, _ := args[i].(string)
		n, isInt := toInt(args[i+1])
		phrase, made := args[i+1].(Phrase)
		switch {
		case made:
			out[name] = string(phrase)
		case isInt:
			out[name] = t.N(n)
			if name == "n" {
				count = abs(n)
			}
		default:
			out[name] = t.Isolate(fmt.Sprint(args[i+1]))
		}
	}
	return out, count
}

func toInt(v any) (int, bool) {
	switch n := v.(type) {
	case int:
		return n, true
	case int64:
		return int(n), true
	case int32:
		return int(n), true
	case uint:
		return int(n), true
	case uint64:
		return int(n), true
	}
	return 0, false
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

// Phrase is a text of the page's own language that [Texts.T], [Texts.List] and
// [Texts.Isolate] made of parts. As a value of T it keeps the isolates of its parts,
// where a string would be taken for foreign as a whole by its first letter.
type Phrase string

// Isolate makes a foreign string safe to stand in a sentence of this language:
// direction controls are removed, and a string whose letters run the other way
// is wrapped in first-strong isolate characters. So is, from left to right, a number
// with hyphens, such as a reference: after an Arabic letter its parts would change
// places.
func (t *Texts) Isolate(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x061c {
			return -1
		}
		return r
	}, s)
	for _, r := range s {
		p, _ := bidi.LookupRune(r)
		switch p.Class() {
		case bidi.R, bidi.AL:
			if !t.Lang.RTL() {
				return "\u2068" + s + "\u2069"
			}
		case bidi.L:
			if t.Lang.RTL() && unicode.IsLetter(r) {
				return "\u2068" + s + "\u2069"
			}
		}
	}
	if t.Lang.RTL() && hyphened.MatchString(s) {
		return "\u2066" + s + "\u2069"
	}
	return s
}

var hyphened = regexp.MustCompile(`[0-9]-[0-9]`)

// N writes a whole number with the language's grouping and Latin digits.
func (t *Texts) N(n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if s[0] == '-' {
		sign, s = "\u2212", s[1:]
	}
	if len(s) <= 3 {
		return sign + s
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, r := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteString(t.rules.Group)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Decimal writes a number with a fixed count of decimals.
func (t *Texts) Decimal(f float64, decimals int) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return "?"
	}
	s := strconv.FormatFloat(math.Abs(f), 'f', decimals, 64)
	whole, frac, _ := strings.Cut(s, ".")
	n, err := strconv.Atoi(whole)
	if err != nil {
		return s
	}
	out := t.N(n)
	if frac != "" {
		out += t.rules.Decimal + frac
	}
	if f < 0 {
		out = "\u2212" + out
	}
	return out
}

// Percent writes a share (0.41) as whole per cent (41%), or with one decimal
// where rounding would hide that it is neither nothing nor everything (then
// never less than 0.1% nor more than 99.9%).
func (t *Texts) Percent(share float64) string {
	p := share * 100
	s := t.Decimal(p, 0)
	if p > 0 && p < 1 || p > 99 && p < 100 {
		s = t.Decimal(min(max(p, .1), 99.9), 1)
	}
	return strings.Replace(t.rules.Percent, "{n}", s, 1)
}

// List joins words as the language does: a, b and c.
func (t *Texts) List(items []string) string {
	switch len(items) {
	case 0:
		return ""
	case 1:
		return items[0]
	case 2:
		return pair(t.rules.List.Two, items[0], items[1])
	}
	out := items[0]
	for _, s := range items[1 : len(items)-1] {
		out = pair(t.rules.List.Middle, out, s)
	}
	return pair(t.rules.List.End, out, items[len(items)-1])
}

func pair(pattern, a, b string) string { return fill(pattern, map[string]string{"a": a, "b": b}) }

// Days writes a length in days: 1 day, 1,884 days.
func (t *Texts) Days(n int) string { return t.T("i18n.days", "n", n) }

// fill replaces {name}; an unknown name stays as it is, so that it is seen.
func fill(pattern string, values map[string]string) string {
	if !strings.Contains(pattern, "{") {
		return pattern
	}
	var b strings.Builder
	for pattern != "" {
		i := strings.IndexByte(pattern, '{')
		j := strings.IndexByte(pattern[max(i, 0):], '}')
		if i < 0 || j < 0 {
			break
		}
		b.WriteString(pattern[:i])
		name := pattern[i+1 : i+j]
		if v, ok := values[name]; ok {
			b.WriteString(v)
		} else {
			b.WriteString(pattern[i : i+j+1])
		}
		pattern = pattern[i+j+1:]
	}
	b.WriteString(pattern)
	return b.String()
}

// braces lets the library fill our {name} placeholders in place of Go
// templates: a translator cannot break a page with them.
type braces struct{}

func (braces) Cacheable() bool { return true }

func (braces) Parse(src, _, _ string) (template.ParsedTemplate, error) { return braced(src), nil }

type braced string

func (s braced) Execute(data any) (string, error) {
	v, _ := data.(map[string]string)
	return fill(string(s), v), nil
}
