package incident

import (
	"encoding/hex"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"keepiton/internal/platform/i18n"
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

// equals tells two spellings of one passage.
func (p passage) equals(other passage) bool {
	return p.open == other.open && slices.Equal(p.letters, other.letters)
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
		for _, r := range inTwoLetters.Replace(norm.NFKD.String(string(raw))) {
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

// inTwoLetters are letters that are written as two where a keyboard has none for them.
var inTwoLetters = strings.NewReplacer("ß", "ss", "æ", "ae", "Æ", "ae", "œ", "oe", "Œ", "oe")

// sameLetter are letters of one sound that keyboards write in two ways.
var sameLetter = map[rune]rune{'ı': 'i', 'ی': 'ي', 'ى': 'ي', 'ک': 'ك', 'ة': 'ه', '’': '\'', '‘': '\'', 'ʼ': '\'', 'ẞ': 's',
	'ø': 'o', 'Ø': 'o', 'ł': 'l', 'Ł': 'l', 'đ': 'd', 'Đ': 'd', 'ð': 'd', 'Ð': 'd', 'ς': 'σ'}

// foldLetter is a letter as it is compared; 0 for none.
func foldLetter(r rune) rune {
	switch {
	case unicode.IsSpace(r), r == '-', r == '_', r == '+', unicode.Is(unicode.Pd, r), unicode.Is(unicode.Zs, r):
		return ' '
	case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r), r == '\u0640': // accents, invisible letters, the Arabic stretcher
		return 0
	}
	if d := i18n.Digit(r); d >= 0 {
		return rune('0' + d)
	}
	if same, ok := sameLetter[r]; ok {
		return same
	}
	return unicode.ToLower(r)
}

// at tells whether the passage stands at a letter of a text.
func (p passage) at(folded []letter, i int) bool {
	n := len(p.letters)
	if n == 0 || i+n > len(folded) || !slices.EqualFunc(folded[i:i+n], p.letters, func(l letter, r rune) bool { return l.r == r }) {
		return false
	}
	begins := i == 0 || !oneWord(folded[i-1].r, p.letters[0])
	ends := p.open || i+n == len(folded) || !oneWord(p.letters[n-1], folded[i+n].r)
	return begins && ends
}

// in lists where the passage stands in a text, as bytes from and to.
func (p passage) in(folded []letter) (spans [][2]int) {
	for i := range folded {
		if p.at(folded, i) {
			spans = append(spans, [2]int{folded[i].from, folded[i+len(p.letters)-1].to})
		}
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
