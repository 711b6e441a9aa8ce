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
	names := []string{i.Speaker}
	if i.FirstHand() {
		for _, part := range strings.Fields(i.Speaker) {
			if utf8.RuneCountInString(part) >= shortestName {
				names = append(names, part)
			}
		}
	}
	found, err := incident.FindPassages(context.Background(), text, names)
	if err != nil {
		return "" // it ends with its context alone
	}
	var places [][2]int
	for n, list := range found {
		if n > 0 && utf8.RuneCountInString(names[n]) < surelyName { // it may be the middle of another word
			list = slices.DeleteFunc(list, func(p [2]int) bool { return withinWord(text, p) })
		}
		places = append(places, list...)
	}
	left, ok := withoutSpans(text, inLetters(text, places, ReasonName))
	if !ok {
		return ""
	}
	return left
}

// Lengths of a part of a name, in letters: shorter ones are words of any language, and
// longer ones are taken out from the middle of words too.
const (
	shortestName = 3
	surelyName   = 5
)

// withinWord tells whether a place in a text, in bytes, has a letter before or behind
// it, of a script that joins nothing to names: others write "and" or "the" in one with
// them.
func withinWord(text string, place [2]int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:place[0]])
	behind, _ := utf8.DecodeRuneInString(text[place[1]:])
	return unicode.In(before, unicode.Latin, unicode.Cyrillic, unicode.Greek) || unicode.In(behind, unicode.Latin, unicode.Cyrillic, unicode.Greek)
}
