package incident

import "slices"

// FindPassage lists where a passage stands in a text, as bytes from and to, in
// whatever spelling: capitals, accents however they are written, forms of one
// letter, the Arabic stretcher, letters nobody sees. Unlike a passage that is
// withheld from the record it is found inside words too: what protects a person
// rather takes out too much.
func FindPassage(text, what string) (spans [][2]int) {
	letters := newPassage(what).letters
	for len(letters) > 0 && letters[0] == ' ' { // a sign before the first letter
		letters = letters[1:]
	}
	for len(letters) > 0 && letters[len(letters)-1] == ' ' {
		letters = letters[:len(letters)-1]
	}
	if len(letters) == 0 {
		return nil
	}
	folded := foldText(text)
	for i := 0; i+len(letters) <= len(folded); i++ {
		if slices.EqualFunc(folded[i:i+len(letters)], letters, func(l letter, r rune) bool { return l.r == r }) {
			spans = append(spans, [2]int{folded[i].from, folded[i+len(letters)-1].to})
		}
	}
	return spans
}
