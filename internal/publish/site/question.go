package site

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"keepiton/internal/incident"
	"keepiton/internal/platform/geo"
)

// maxNameWords is how many words the name of a country may have.
const maxNameWords = 6

var (
	yearWord = regexp.MustCompile(`^(?:19|20)\d\d$`)
	attached = regexp.MustCompile(`^[lLdD]['’]|['’]s$`) // "l'Iran", "Iran's"
)

// question is what somebody typed, while it is taken apart: the words nobody
// has understood yet, and the filter made of the others.
type question struct {
	words  []string
	filter incident.Filter
	have   *inventory
}

// ask reads a question: a year, a country in any spelling, a service, a cause
// and slowing down are chosen by name; what remains is looked up as words, without those
// that say nothing. ok is false when nothing was understood by name.
func (v voice) ask(text string, have *inventory) (f incident.Filter, ok bool) {
	q := question{have: have, filter: incident.Filter{Edition: incident.RecordEdition}}
	for _, w := range strings.Fields(latinDigits(text)) {
		if w = strings.TrimFunc(w, isPunctuation); w != "" {
			q.words = append(q.words, w)
		}
	}
	q.year()
	if !q.wholeCountry() {
		q.country()
	}
	q.words = slices.DeleteFunc(q.words, func(w string) bool { return !incident.Tells(w) })
	q.rest(v)
	f = q.filter
	return f, f.Year != 0 || f.Country != "" || f.Service != "" || f.Cause != "" || f.Method != ""
}

func isPunctuation(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
}

// year takes the count year. Two of them are a comparison, which a list cannot
// answer: both stay words.
func (q *question) year() {
	at := -1
	for i, w := range q.words {
		n, err := strconv.Atoi(w)
		if err != nil || !yearWord.MatchString(w) || !q.have.HasYear(n) {
			continue
		}
		if at >= 0 && w != q.words[at] {
			q.filter.Year = 0
			return
		}
		at, q.filter.Year = i, n
	}
	if at >= 0 {
		year := q.words[at]
		q.words = slices.DeleteFunc(q.words, func(w string) bool { return w == year })
	}
}

// wholeCountry takes all that is left as the name of one country, on record or
// not: as it was typed, else without the words that say nothing.
func (q *question) wholeCountry() bool {
	telling := slices.DeleteFunc(slices.Clone(q.words), func(w string) bool { return !incident.Tells(w) })
	for _, words := range [][]string{q.words, telling} {
		name := attached.ReplaceAllString(strings.Join(words, " "), "")
		if len(words) < len(q.words) && !plain(name) {
			continue
		}
		if code, ok := geo.MatchCountry(name); ok {
			q.filter.Country, q.words = code, nil
			return true
		}
	}
	return false
}

// country takes the one country on record that is named among other words, by
// its longest name. Of two the list could show only one: both stay words.
func (q *question) country() {
	var left []string
	found := ""
	for i := 0; i < len(q.words); {
		code, n := q.countryAt(i)
		if n == 0 {
			left, i = append(left, q.words[i]), i+1
			continue
		}
		if found != "" && found != code {
			return
		}
		found, i = code, i+n
	}
	if found != "" {
		q.filter.Country, q.words = found, left
	}
}

// countryAt is the country whose name begins at a word, and how many words the
// name has; 0 when there is none.
func (q *question) countryAt(i int) (code string, n int) {
	for n := min(maxNameWords, len(q.words)-i); n > 0; n-- {
		name := attached.ReplaceAllString(strings.Join(q.words[i:i+n], " "), "")
		if !plain(name) {
			continue
		}
		if code, ok := geo.MatchCountry(name); ok && slices.Contains(q.have.Countries, code) {
			return code, n
		}
	}
	return "", 0
}

// plain reports whether a name can be trusted in the middle of a sentence. In
// some language nearly every short word names a country ("man", "car", "in"):
// those of up to three Latin letters count in capitals only, and never where
// they could be an article or a preposition.
func plain(name string) bool {
	if len(name) > 3 {
		return true // in bytes: two letters of most other scripts
	}
	return name == strings.ToUpper(name) && incident.Tells(name)
}

// rest reads what no year and no country has taken: all of it the name of a
// service, of a cause or of slowing down; else it is words.
func (q *question) rest(v voice) {
	if len(q.words) == 0 {
		return
	}
	text := strings.Join(q.words, " ")
	for _, x := range []struct {
		scheme incident.Scheme
		into   *string
	}{{incident.SchemeService, &q.filter.Service}, {incident.SchemeCause, &q.filter.Cause}, {incident.SchemeMethod, &q.filter.Method}} {
		if key, ok := v.called(x.scheme, text); ok {
			*x.into = key
			return
		}
	}
	q.filter.Query = text
}

// called finds a term by a name the record knows it by or by the one pages in
// this language give it. Terms that choose nearly everything or say that
// nothing is known are not asked for by name.
func (v voice) called(scheme incident.Scheme, text string) (key string, ok bool) {
	key, ok = v.Tax.Called(scheme, text)
	for _, t := range v.Tax.Terms(scheme) {
		if !ok && incident.SameWords(v.Term(scheme, t.Key), text) {
			key, ok = t.Key, true
		}
	}
	return key, ok && !slices.Contains([]string{"other", "unknown", "shutdown"}, key)
}
