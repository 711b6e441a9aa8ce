package placename

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Normalise reduces a name to the form in which names are compared: NFKD,
// marks and apostrophes dropped, lower case, "&" read as "and", every other
// run of punctuation one space. Compass and generic words stay: "West Bengal"
// and "Bengal" are two places. It is idempotent.
func Normalise(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	appendNormal(&b, s, true)
	return strings.TrimRight(b.String(), " ")
}

// Squash is Normalise without the spaces: the key under which names are
// stored, so that "Tando Allahyar" and "Tandoallahyar" meet.
func Squash(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	appendNormal(&b, s, false)
	return b.String()
}

func appendNormal(b *strings.Builder, s string, spaces bool) {
	pending := false
	put := func(r rune) {
		if pending && spaces && b.Len() > 0 {
			b.WriteByte(' ')
		}
		pending = false
		b.WriteRune(r)
	}
	if isASCII(s) {
		for i := 0; i < len(s); i++ {
			normalRune(rune(s[i]), put, &pending)
		}
		return
	}
	var it norm.Iter
	it.InitString(norm.NFKD, s)
	for !it.Done() {
		for chunk := it.Next(); len(chunk) > 0; {
			r, n := utf8.DecodeRune(chunk)
			chunk = chunk[n:]
			normalRune(r, put, &pending)
		}
	}
}

func normalRune(r rune, put func(rune), pending *bool) {
	switch {
	case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
		put(r)
	case r >= 'A' && r <= 'Z':
		put(r + 'a' - 'A')
	case r == '\'' || r == '`' || r == 0x2018 || r == 0x2019 || r == 0x201b ||
		r == 0x02bc || r == 0x02be || r == 0x02bf || r == 0x02bb || r == 0x00ad ||
		r == 0x200c || r == 0x200d || r == 0x200b || r == 0x2032 || r == 0x00b4:
		// apostrophes, soft hyphens and joiners vanish inside a word
	case r == '&':
		*pending = true
		put('a')
		put('n')
		put('d')
		*pending = true
	case r < 0x80:
		*pending = true
	case unicode.Is(unicode.Mn, r):
		// Burmese and Indic vowels are marks too and carry meaning there
		if !latinMark(r) {
			put(r)
		}
	case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mc, r):
		for _, q := range foldLetter(unicode.ToLower(r)) {
			put(q)
		}
	default:
		*pending = true
	}
}

// latinMark reports marks that only dress a letter: Latin, Greek and Cyrillic
// accents, Arabic short vowels and Hebrew points. (NFKD splits й into и and a
// mark; both sides of a comparison lose it alike.)
func latinMark(r rune) bool {
	return r >= 0x0300 && r <= 0x036f || r >= 0x0591 && r <= 0x05c7 ||
		r >= 0x0610 && r <= 0x061a || r >= 0x064b && r <= 0x065f || r == 0x0670 ||
		r >= 0x1dc0 && r <= 0x1dff || r >= 0x20d0 && r <= 0x20ff || r >= 0xfe00 && r <= 0xfe0f
}

// foldLetter replaces letters that NFKD leaves whole but writers mix up.
func foldLetter(r rune) string {
	switch r {
	case 'ı':
		return "i"
	case 'ə', 'ǝ':
		return "a"
	case 'ø':
		return "o"
	case 'ł':
		return "l"
	case 'đ', 'ð':
		return "d"
	case 'ß':
		return "ss"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'þ':
		return "th"
	case 'ŋ':
		return "ng"
	case 'ħ':
		return "h"
	case 'ي', 'ى', 'ی':
		return "ي"
	case 'ك', 'ک':
		return "ك"
	case 'ة', 'ه', 'ە':
		return "ه"
	case 'ٱ', 'أ', 'إ', 'آ':
		return "ا"
	case 'ـ':
		return ""
	}
	return string(r)
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
