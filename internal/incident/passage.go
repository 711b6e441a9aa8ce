package incident

import (
	"encoding/hex"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// passage is a text that is looked for whatever its capitals, accents, blanks
// and line breaks, and in addresses as well, where blanks and letters are
// written in other ways. It is found as whole words; one that ends in * is
// found where words begin with it.
type passage struct {
	letters []rune
	open    bool
}

// newPassage reads a passage as somebody typed it.
func newPassage(text string) passage {
	bare, open := strings.CutSuffix(strings.TrimSpace(text), "*")
	p := passage{open: open}
	for _, l := range foldText(strings.TrimSpace(bare)) {
		p.letters = append(p.letters, l.r)
	}
	return p
}

// letter is a letter of a text as it is compared, and the bytes it stands for.
type letter struct {
	r        rune
	from, to int
}

// foldText makes spellings comparable: small letters without accents and
// without what nobody sees; anything that stands between two words, or stands
// for a blank in an address, as one blank; %41 in an address as the letter it
// means.
func foldText(text string) []letter {
	out := make([]letter, 0, len(text))
	for i := 0; i < len(text); {
		raw, size := nextRune(text[i:])
		from, to := i, i+size
		i = to
		for _, r := range norm.NFKD.String(string(raw)) {
			r = foldLetter(r)
			last := len(out) - 1
			switch {
			case r == 0 && last >= 0: // belongs to the letter before
				out[last].to = to
			case r == 0:
			case r == ' ' && last >= 0 && out[last].r == ' ':
				out[last].to = to
			default:
				out = append(out, letter{r, from, to})
			}
		}
	}
	return out
}

// nextRune is the first letter of a text that may be an address.
func nextRune(text string) (r rune, size int) {
	var raw []byte
	for len(raw) < utf8.UTFMax && len(text) >= 3*len(raw)+3 && text[3*len(raw)] == '%' {
		b, err := hex.DecodeString(text[3*len(raw)+1 : 3*len(raw)+3])
		if err != nil {
			break
		}
		raw = append(raw, b[0])
		if utf8.FullRune(raw) {
			break
		}
	}
	if r, n := utf8.DecodeRune(raw); n > 0 && r != utf8.RuneError {
		return r, 3 * n
	}
	return utf8.DecodeRuneInString(text)
}

// foldLetter is a letter as it is compared; 0 for none.
func foldLetter(r rune) rune {
	switch {
	case unicode.IsSpace(r), r == '-', r == '_', r == '+', unicode.Is(unicode.Pd, r), unicode.Is(unicode.Zs, r):
		return ' '
	case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r), r == '\u0640': // accents, invisible letters, the Arabic stretcher
		return 0
	case r == 'ı':
		return 'i'
	}
	return unicode.ToLower(r)
}

// in lists where the passage stands in a text, as bytes from and to.
func (p passage) in(folded []letter) (spans [][2]int) {
	n := len(p.letters)
	for i := 0; n > 0 && i+n <= len(folded); i++ {
		if !slices.EqualFunc(folded[i:i+n], p.letters, func(l letter, r rune) bool { return l.r == r }) {
			continue
		}
		inWord := i > 0 && oneWord(folded[i-1].r, p.letters[0]) || !p.open && i+n < len(folded) && oneWord(p.letters[n-1], folded[i+n].r)
		if inWord {
			continue
		}
		spans = append(spans, [2]int{folded[i].from, folded[i+n-1].to})
		i += n - 1
	}
	return spans
}

// oneWord tells two letters that stand beside each other inside a word. Scripts
// that put particles before a name, or no blank between words, have no such
// sign: there a passage is found anywhere.
func oneWord(a, b rune) bool {
	spaced := func(r rune) bool {
		return unicode.In(r, unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Georgian, unicode.Nd)
	}
	return spaced(a) && spaced(b)
}

// masks are the passages that are withheld.
type masks struct {
	list   []passage
	hidden map[string]bool // services that somebody named, by their key, whose names hold a passage
}

// spans lists where anything that is withheld stands in a text, in order,
// without overlaps.
func (m *masks) spans(text string) [][2]int {
	if len(m.list) == 0 || text == "" {
		return nil
	}
	folded := foldText(text)
	var all [][2]int
	for _, p := range m.list {
		all = append(all, p.in(folded)...)
	}
	slices.SortFunc(all, func(a, b [2]int) int { return a[0] - b[0] })
	out := all[:0]
	for _, s := range all {
		if n := len(out); n > 0 && s[0] < out[n-1][1] {
			out[n-1][1] = max(out[n-1][1], s[1])
			continue
		}
		out = append(out, s)
	}
	return out
}

// text withholds from a text what is withheld.
func (m *masks) text(text string) string {
	spans := m.spans(text)
	if len(spans) == 0 {
		return text
	}
	var b strings.Builder
	end := 0
	for _, s := range spans {
		b.WriteString(text[end:s[0]])
		b.WriteString(withheldMark)
		end = s[1]
	}
	b.WriteString(text[end:])
	return b.String()
}
