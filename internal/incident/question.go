package incident

import (
	"slices"
	"strings"

	"keepiton/internal/platform/fault"
)

// besides are words of a question that say nothing beside a country or a year,
// though they may be looked up on their own.
var besides = fillerSet("block blocks blocked blocking ban banned bans cut cuts cutoff cutoffs " +
	"year years country countries number total count list show happened occurred there been no " +
	"blocage blocages bloque annee annees an pays nombre total liste y t il eu lieu ont ete internet " +
	"حجب سنة عام سنوات بلد دولة قائمة الإنترنت حدث حدثت")

// HasWords reports whether a search holds anything that can be looked up: a
// letter or a digit of any script.
func HasWords(q string) bool { return len(searchTokens(q)) > 0 }

// CheckWords refuses a filter whose words hold nothing to look up: "!!!" is no
// way to ask for everything.
func (f Filter) CheckWords() error {
	if f.Query != "" && !HasWords(f.Query) {
		return fault.New(fault.Invalid, "filter.no_words", "name", "q", "value", clipValue(f.Query))
	}
	return nil
}

// Tells reports whether a word of a question says something about incidents.
// Articles, prepositions and the words every incident is about do not.
func Tells(word string) bool {
	return slices.ContainsFunc(searchTokens(word), func(t string) bool { return !fillers[t] && !besides[t] })
}

// Called finds the term somebody means by a name: one of its labels or of its
// aliases, without regard to accents, forms of letters and the Arabic article.
// A name that could mean two terms means none.
func (t *Taxonomy) Called(s Scheme, name string) (key string, ok bool) {
	if key, ok = t.Match(s, name); !ok {
		key = t.Names(s)[BareWords(name)]
	}
	return key, key != ""
}

// Names are the keys of a scheme by the bare words of their names, see
// [BareWords]; the key is empty where two terms share them.
func (t *Taxonomy) Names(s Scheme) map[string]string {
	out := make(map[string]string, len(t.aliases[s]))
	for name, key := range t.aliases[s] {
		bare := BareWords(name)
		if other, taken := out[bare]; taken && other != key || bare == "" {
			key = ""
		}
		out[bare] = key
	}
	return out
}

// SameWords reports whether two names differ in nothing but accents, forms of
// letters, signs between the words and the Arabic article.
func SameWords(a, b string) bool { return BareWords(a) == BareWords(b) }

// BareWords are the words of a name as they are compared: without words that
// say nothing, and without the Arabic article where a word is left of it.
func BareWords(name string) string {
	tokens := withoutFillers(searchTokens(name))
	for i, t := range tokens {
		if bare, ok := strings.CutPrefix(t, arabicArticle); ok && len(bare) > 2*len("x00627") {
			tokens[i] = bare
		}
	}
	return strings.Join(tokens, " ")
}

var arabicArticle = searchTokens("ال")[0]
