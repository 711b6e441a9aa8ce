package geo

import (
	"unicode"
	"unicode/utf8"

	"keepiton/internal/platform/geo/placename"
)

// Separators before a word, weakest first.
const (
	sepSpace  = ' '
	sepHyphen = '~' // inside a compound: "Al-Jawf"
	sepAmp    = '&'
	sepComma  = ','
	sepDash   = '-' // a dash with space round it, or a colon
	sepSlash  = '/'
	sepOpen   = '('
	sepClose  = ')'
	sepHard   = ';'
)

// word is one word of a place list.
type word struct {
	start, end int
	norm       string // squashed
	bare       string // squashed without a possessive ending, or ""
	sep        byte   // strongest separator before it
}

// maxWords and maxText bound the work on a hostile input.
const (
	maxText  = 8000
	maxWords = 600
)

// lex cuts text into words and remembers what stood between them.
func lex(text string) []word {
	if len(text) > maxText {
		text = text[:maxText]
		for len(text) > 0 && !utf8.RuneStart(text[len(text)-1]) {
			text = text[:len(text)-1]
		}
		if n := len(text); n > 0 {
			text = text[:n-1] // the rune just cut may be incomplete
		}
	}
	words := make([]word, 0, 16)
	sep := byte(sepSpace)
	for i := 0; i < len(text) && len(words) < maxWords; {
		r, n := utf8.DecodeRuneInString(text[i:])
		if !isWordRune(r) {
			sep = stronger(sep, separator(text, i, r, n))
			i += n
			continue
		}
		start := i
		for i < len(text) {
			r, n = utf8.DecodeRuneInString(text[i:])
			if !isWordRune(r) && !(isApostrophe(r) && insideWord(text, i, n)) && r != 0xad && r != 0x200c && r != 0x200d {
				break
			}
			i += n
		}
		w := word{start: start, end: i, sep: sep}
		w.norm = placename.Squash(text[start:i])
		w.bare = possessive(text[start:i])
		sep = sepSpace
		if w.norm != "" {
			words = append(words, w)
		}
	}
	return words
}

func isWordRune(r rune) bool {
	if r < 0x80 {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r))
}

func isApostrophe(r rune) bool {
	switch r {
	case '\'', '`', 0x2018, 0x2019, 0x201b, 0x02bc, 0x02be, 0x02bf, 0x02bb, 0x2032, 0xb4:
		return true
	}
	return false
}

// insideWord reports whether the rune of n bytes at i has a letter after it.
func insideWord(text string, i, n int) bool {
	r, _ := utf8.DecodeRuneInString(text[i+n:])
	return isWordRune(r)
}

// possessive returns the squashed word without "'s", or "" when there is none.
func possessive(s string) string {
	if len(s) < 4 || s[len(s)-1] != 's' && s[len(s)-1] != 'S' {
		return ""
	}
	r, n := utf8.DecodeLastRuneInString(s[:len(s)-1])
	if !isApostrophe(r) {
		return ""
	}
	return placename.Squash(s[:len(s)-1-n])
}

// separator classes the rune r of n bytes at position i.
func separator(text string, i int, r rune, n int) byte {
	switch r {
	case ',', '،', '、', '，', '·', '•':
		return sepComma
	case ';', '\n', '؛', '|', '；':
		return sepHard
	case '/', '\\':
		return sepSlash
	case '(', '[', '{':
		return sepOpen
	case ')', ']', '}':
		return sepClose
	case '&', '+':
		return sepAmp
	case ':', '–', '—':
		return sepDash
	case '-', 0x2010, 0x2011:
		before := i > 0 && text[i-1] == ' '
		after := i+n < len(text) && text[i+n] == ' '
		if before || after {
			return sepDash
		}
		return sepHyphen
	case '.':
		return sentenceEnd(text, i)
	}
	return sepSpace
}

// sentenceEnd tells a full stop from the dot of an abbreviation: a stop is
// followed by a space and a capital and ends a word of four letters or more.
func sentenceEnd(text string, i int) byte {
	if i < 4 || i+2 >= len(text) || text[i+1] != ' ' {
		return sepSpace
	}
	for k := i - 4; k < i; k++ {
		if c := text[k]; c == ' ' || c == '.' {
			return sepSpace
		}
	}
	if r, _ := utf8.DecodeRuneInString(text[i+2:]); unicode.IsUpper(r) {
		return sepHard
	}
	return sepSpace
}

func stronger(a, b byte) byte {
	if rank(b) > rank(a) {
		return b
	}
	return a
}

func rank(s byte) int {
	switch s {
	case sepSpace:
		return 0
	case sepHyphen:
		return 1
	case sepAmp:
		return 2
	case sepComma:
		return 3
	case sepSlash:
		return 4
	case sepDash:
		return 5
	case sepClose:
		return 6
	case sepOpen:
		return 7
	}
	return 8
}
