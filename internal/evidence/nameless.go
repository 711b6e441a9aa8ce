package evidence

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"keepiton/internal/incident"
)

// nameless is a text without the name of whose words they are, which goes out with a
// yes of its own alone: nobody has to think of every place where it stands. Of who tells
// what they lived through each part of the name is taken out, in whatever spelling.
func (i Item) nameless(text string) string {
	if text == "" || !strings.ContainsFunc(i.Speaker, unicode.IsLetter) {
		return text
	}
	whole, handles := wholeNames(i.Speaker)
	names := append(slices.Clone(whole), handles...)
	if i.FirstHand() {
		names = append(names, partsOf(i.Speaker)...)
	}
	found, err := incident.FindPassages(context.Background(), text, names)
	if err != nil {
		return "" // it ends with its context alone
	}
	var places [][2]int
	for n, list := range found {
		letters, handle := utf8.RuneCountInString(names[n]), n >= len(whole) && n < len(whole)+len(handles)
		if handle || n >= len(whole) && letters < surelyName { // it may be a part of another word
			list = slices.DeleteFunc(list, func(p [2]int) bool {
				return withinWord(text, p, handle || letters <= shortestName) || letters < shortestName && otherwise(text[p[0]:p[1]], names[n])
			})
		}
		places = append(places, list...)
	}
	left, ok := withoutSpans(text, inLetters(text, places, ReasonName))
	if !ok {
		return ""
	}
	return left
}

// wholeNames are a name as it is noted, and without what follows it, which is what
// somebody is; both also in one word, as accounts are called, and in plain letters. Short
// names in one word are handles: within another word they are something else.
func wholeNames(speaker string) (names, handles []string) {
	names = []string{speaker}
	head := speaker
	if parts := strings.FieldsFunc(speaker, func(r rune) bool { return strings.ContainsRune(",;(/،؛", r) }); len(parts) > 0 {
		head = strings.TrimSpace(parts[0])
	}
	if strings.Contains(head, " ") {
		names = append(names, head)
	}
	for _, text := range []string{speaker, head} {
		words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
		one := strings.Join(words, "")
		slices.Reverse(words)
		switch n := utf8.RuneCountInString(one); {
		case len(words) < 2 || n <= shortestName:
		case n > surelyName:
			names = append(names, one, strings.Join(words, ""))
		default:
			handles = append(handles, one, strings.Join(words, ""))
		}
	}
	for _, name := range names {
		names = append(names, inOtherLetters(name)...)
	}
	return names, handles
}

// inOtherLetters are the spellings of a name with two letters for one that keyboards lack,
// and with one for two.
func inOtherLetters(name string) (out []string) {
	for _, r := range []*strings.Replacer{inPlainLetters, inOneLetter} {
		if other := r.Replace(name); other != name {
			out = append(out, other)
		}
	}
	return out
}

// inPlainLetters writes letters as two where a keyboard has none for them.
var inPlainLetters = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue", "å", "aa", "Å", "Aa", "ø", "oe", "Ø", "Oe")

// inOneLetter writes as one, without its sign, what may be such a letter written as two.
var inOneLetter = strings.NewReplacer("ae", "a", "oe", "o", "ue", "u", "Ae", "A", "Oe", "O", "Ue", "U", "aa", "a", "Aa", "A")

// partsOf are the parts of a name that may stand by themselves: its words, the pieces of
// one with a hyphen, and what follows the family's sign where names have no blanks.
func partsOf(speaker string) (parts []string) {
	add := func(part string) {
		if n := utf8.RuneCountInString(part); n >= shortestName || n == 2 && !slices.Contains(joiners, strings.ToLower(part)) {
			parts = append(append(parts, part), inOtherLetters(part)...)
		}
	}
	for _, word := range strings.FieldsFunc(speaker, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune("-'’", r)
	}) {
		add(word)
		if pieces := strings.FieldsFunc(word, func(r rune) bool { return strings.ContainsRune("-'’", r) }); len(pieces) > 1 {
			for _, piece := range append(pieces, strings.Join(pieces, "")) {
				add(piece)
			}
		}
		if signs := []rune(word); len(signs) >= 3 && len(signs) <= 4 && unicode.In(signs[0], unicode.Han, unicode.Hangul) {
			for n := 1; n <= len(signs)-2; n++ {
				add(string(signs[n:]))
			}
		}
	}
	return parts
}

// betweenWords are the signs that stand between words in addresses.
var betweenWords = strings.NewReplacer("-", " ", "_", " ", "+", " ", "%20", " ", ".", " ", "/", " ")

// Lengths of a part of a name, in letters: shorter ones are words of any language, and
// are names only where they are written like one; longer ones are taken out from the
// middle of words too.
const (
	shortestName = 3
	surelyName   = 5
)

// joiners are the short words within names that are words everywhere else.
var joiners = []string{"al", "el", "de", "la", "le", "di", "da", "do", "du", "af", "av", "of", "بن", "ال", "أم"}

// otherwise tells whether a word of two letters is not written as it is in a name: "an"
// is no name, "An" is one.
func otherwise(word, name string) bool {
	first, _ := utf8.DecodeRuneInString(word)
	as, _ := utf8.DecodeRuneInString(name)
	return unicode.IsUpper(as) && !unicode.IsUpper(first)
}

// withinWord tells whether a place in a text, in bytes, has a letter before it, or with
// ends behind it, of a script that joins nothing to the front of names: others write
// "and" or "the" in one with them. Many languages put endings to names.
func withinWord(text string, place [2]int, ends bool) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:place[0]])
	behind, _ := utf8.DecodeRuneInString(text[place[1]:])
	joinsNothing := func(r rune) bool { return unicode.In(r, unicode.Latin, unicode.Cyrillic, unicode.Greek) }
	return joinsNothing(before) || ends && joinsNothing(behind)
}
