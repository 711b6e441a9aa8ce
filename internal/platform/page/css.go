package page

import (
	"fmt"
	"regexp"
	"strings"

	"keepiton/internal/platform/i18n"
)

// style is a list of rules in source order.
type style []rule

// rule is one rule: where it holds, its selectors, its declarations. A rule
// without selectors (@page) is always sent.
type rule struct {
	media string
	sels  []selector
	body  string
}

// selector with what a page must have for it to matter: ".class" and "element".
type selector struct {
	text string
	need []string
	lang string // from :lang(x)
	rtl  bool   // from :dir(rtl)
}

var (
	comment   = regexp.MustCompile(`(?s)/\*.*?\*/`)
	spaces    = regexp.MustCompile(`\s+`)
	aroundSel = regexp.MustCompile(` ?([,>~+]) ?`)
	aroundVal = regexp.MustCompile(`, `)
	inParens  = regexp.MustCompile(`\([^()]*\)`)
	inSquare  = regexp.MustCompile(`\[[^\]]*\]`)
	ofLang    = regexp.MustCompile(`:lang\(([a-z]+)\)`)
	ofHas     = regexp.MustCompile(`:has\(([a-z]+)\)`)
	simple    = regexp.MustCompile(`[.#:]*[a-zA-Z][a-zA-Z0-9_-]*`)
)

// parseStyle reads our own style files: rules, @media around rules, @page.
func parseStyle(src string) (style, error) {
	return parseRules(comment.ReplaceAllString(src, ""), "")
}

func parseRules(src, media string) (style, error) {
	var out style
	for {
		src = strings.TrimSpace(src)
		if src == "" {
			return out, nil
		}
		head, rest, ok := strings.Cut(src, "{")
		if !ok {
			return nil, fmt.Errorf("no { after %.40q", src)
		}
		end := blockEnd(rest)
		if end < 0 {
			return nil, fmt.Errorf("no } for %.40q", head)
		}
		block := rest[:end]
		src = rest[end+1:]
		head = strings.TrimSpace(spaces.ReplaceAllString(head, " "))
		switch {
		case strings.HasPrefix(head, "@media"):
			inner, err := parseRules(block, strings.ReplaceAll(strings.ReplaceAll(head, "@media (", "@media("), ": ", ":"))
			if err != nil {
				return nil, err
			}
			out = append(out, inner...)
		case strings.HasPrefix(head, "@"):
			out = append(out, rule{media: media, body: head + "{" + declarations(block) + "}"})
		default:
			r := rule{media: media, body: "{" + declarations(block) + "}"}
			for _, text := range splitSelectors(head) {
				r.sels = append(r.sels, parseSelector(text))
			}
			out = append(out, r)
		}
	}
}

// blockEnd finds the brace that closes a block whose opening one is behind us.
func blockEnd(s string) int {
	depth := 0
	for i, c := range s {
		switch c {
		case '{':
			depth++
		case '}':
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return -1
}

// declarations minifies the inside of a rule.
func declarations(block string) string {
	var out []string
	for _, d := range strings.Split(block, ";") {
		name, value, ok := strings.Cut(d, ":")
		if !ok {
			continue
		}
		value = aroundVal.ReplaceAllString(strings.TrimSpace(spaces.ReplaceAllString(value, " ")), ",")
		out = append(out, strings.TrimSpace(name)+":"+value)
	}
	return strings.Join(out, ";")
}

// splitSelectors splits at commas outside parentheses.
func splitSelectors(head string) []string {
	var out []string
	depth, from := 0, 0
	for i, c := range head {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, head[from:i])
				from = i + 1
			}
		}
	}
	return append(out, head[from:])
}

func parseSelector(text string) selector {
	s := selector{text: aroundSel.ReplaceAllString(strings.TrimSpace(text), "$1")}
	if m := ofLang.FindStringSubmatch(text); m != nil {
		s.lang = m[1]
	}
	if m := ofHas.FindStringSubmatch(text); m != nil {
		s.need = append(s.need, m[1])
	}
	s.rtl = strings.Contains(text, ":dir(rtl)")
	bare := inSquare.ReplaceAllString(text, "")
	for strings.Contains(bare, "(") {
		next := inParens.ReplaceAllString(bare, "")
		if next == bare {
			break
		}
		bare = next
	}
	for _, part := range strings.FieldsFunc(bare, func(r rune) bool { return strings.ContainsRune(" >~+,", r) }) {
		for i, m := range simple.FindAllString(part, -1) {
			switch {
			case m[0] == '.':
				s.need = append(s.need, m)
			case i == 0 && m[0] >= 'a' && m[0] <= 'z':
				s.need = append(s.need, m)
			}
		}
	}
	return s
}

// compose picks the rules a page needs and writes them.
func (s *Shell) compose(kind string, used map[string]bool, lang i18n.Lang) string {
	var b strings.Builder
	media := ""
	write := func(st style) {
		for _, r := range st {
			sels := r.pick(used, lang)
			if sels == "" && len(r.sels) > 0 {
				continue
			}
			if r.media != media {
				if media != "" {
					b.WriteByte('}')
				}
				if r.media != "" {
					b.WriteString(r.media + "{")
				}
				media = r.media
			}
			b.WriteString(sels)
			b.WriteString(r.body)
		}
	}
	write(s.style)
	write(s.kinds[kind])
	if media != "" {
		b.WriteByte('}')
	}
	return b.String()
}

// pick joins the selectors of a rule that can match something on the page.
func (r rule) pick(used map[string]bool, lang i18n.Lang) string {
	var out []string
next:
	for _, s := range r.sels {
		if s.lang != "" && s.lang != lang.Tag || s.rtl && !lang.RTL() {
			continue
		}
		for _, n := range s.need {
			if !used[n] {
				continue next
			}
		}
		out = append(out, s.text)
	}
	return strings.Join(out, ",")
}
