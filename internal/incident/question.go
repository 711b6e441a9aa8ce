package incident

import (
	"slices"

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
