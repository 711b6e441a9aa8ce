package incident

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"keepiton/internal/platform/i18n"
)

// searchTokens cuts text into the words both engines index. Letters are folded
// (NFKD, marks off, lower case, Arabic letter forms joined); words of scripts
// that put no blanks between words are cut into pairs of letters. Letters
// beyond ASCII, and the x itself, are written as x and five hexadecimal digits,
// so that neither engine applies rules of its own and a prefix stays a prefix.
func searchTokens(text string) []string {
	var out []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			out = appendWord(out, word)
			word = word[:0]
		}
	}
	for _, r := range norm.NFKD.String(text) {
		if unicode.Is(unicode.Mn, r) && !spaceless(r) {
			continue // accents, Arabic vowel signs
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			word = append(word, foldRune(r))
			continue
		}
		flush()
	}
	flush()
	return out
}

func appendWord(out []string, word []rune) []string {
	if !spaceless(word[0]) {
		return append(out, encodeToken(word))
	}
	if len(word) == 1 {
		return append(out, encodeToken(word))
	}
	for i := range len(word) - 1 {
		out = append(out, encodeToken(word[i:i+2]))
	}
	return out
}

// spaceless reports scripts written without blanks between words.
func spaceless(r rune) bool {
	return unicode.In(r, unicode.Myanmar, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Tibetan)
}

func foldRune(r rune) rune {
	switch r {
	case 'ى', 'ی', 'ې', 'ۍ':
		return 'ي'
	case 'ک':
		return 'ك'
	case 'ة', 'ۀ', 'ہ', 'ھ', 'ە':
		return 'ه'
	case 'أ', 'إ', 'آ', 'ٱ':
		return 'ا'
	case 'ı':
		return 'i'
	case 'ß':
		return 's'
	}
	if d := i18n.Digit(r); d >= 0 {
		return rune('0' + d)
	}
	return unicode.ToLower(r)
}

func encodeToken(word []rune) string {
	var b strings.Builder
	for i, r := range word {
		if i == 40 {
			break // nobody types more, and no engine has to store it
		}
		if r < 128 && r != 'x' {
			b.WriteRune(r)
			continue
		}
		fmt.Fprintf(&b, "x%05x", r)
	}
	return b.String()
}

// mayBegin reports whether a token can be the beginning of a word somebody is
// still typing. A single letter of an alphabet and a number of one or two
// digits begin words of nearly every entry: they stand for themselves.
func mayBegin(token string) bool {
	if !isWord(token) {
		return len(token) > 2
	}
	var code rune
	if n, err := fmt.Sscanf(token, "x%05x", &code); n == 1 && err == nil && len(token) == 6 {
		return spaceless(code)
	}
	return len(token) > 1
}

// maxQueryWords bounds how many words of a query are looked up.
const maxQueryWords = 12

// queryTokens cuts a reader's query; the last word may be unfinished.
func queryTokens(q string) []string {
	tokens := withoutFillers(searchTokens(q))
	if len(tokens) > maxQueryWords {
		tokens = tokens[:maxQueryWords]
	}
	return tokens
}

// fillers are words of a question that say nothing about an incident, in the
// languages of the site: articles and prepositions, and the words every
// incident is about.
var fillers = fillerSet("a an the in of on at by for from to and or is are was were did does do had has have how many much what when where which who why " +
	"there any all during since about internet shutdown shutdowns blackout blackouts outage outages " +
	"le la les l un une des du de d en dans au aux et ou par pour sur combien quand quel quelle quels quelles coupure coupures " +
	"في من على إلى عن كم عدد متى قطع انقطاع الإنترنت إنترنت حالات حالة")

func fillerSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range searchTokens(words) {
		set[w] = true
	}
	return set
}

// withoutFillers drops them, unless nothing else is left.
func withoutFillers(tokens []string) []string {
	var out []string
	for _, t := range tokens {
		if !fillers[t] {
			out = append(out, t)
		}
	}
	if len(out) == 0 {
		return tokens
	}
	return out
}
