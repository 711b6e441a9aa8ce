package site

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"keepiton/internal/incident"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/i18n"
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
	voice  voice
	words  []string
	filter incident.Filter
	have   *inventory
	place  string  // a part of a country, to look up in it
	term   string  // what was read as the name of a service, a cause or a way
	choice *choice // a name that is for the reader to choose a meaning of
}

// choice is a name with the filters it may mean.
type choice struct {
	name    string
	key     string // the text that asks
	meaning []incident.Filter
}

// ask reads a question: a year, a country or a region in any spelling, a
// service, a cause and slowing down are chosen by name; what remains is looked
// up as words, without those that say nothing.
func (v voice) ask(text string, have *inventory) question {
	q := question{voice: v, have: have, filter: incident.Filter{Edition: incident.RecordEdition}}
	for _, w := range strings.Fields(i18n.LatinDigits(text)) {
		if w = strings.TrimFunc(w, isPunctuation); w != "" {
			q.words = append(q.words, w)
		}
	}
	q.year()
	if !q.wholeCountry() {
		q.country()
		q.region()
	}
	q.words = telling(q.words)
	q.rest()
	return q
}

// understood reports whether anything but words was chosen by name.
func understood(f incident.Filter) bool {
	return f.Year != 0 || f.Country != "" || f.Region != "" || f.Service != "" || f.Cause != "" || f.Method != ""
}

// telling are the words that say something.
func telling(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return !incident.Tells(w) })
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
	for _, words := range [][]string{q.words, telling(q.words)} {
		name := nameOf(words)
		if len(words) < len(q.words) && !plain(name) {
			continue
		}
		codes, part := geo.AskedCountries(name)
		if len(codes) == 1 && !slices.Contains(q.have.Countries, codes[0]) && !q.certain(name, codes[0]) {
			continue
		}
		if len(codes) > 0 {
			if part {
				q.place = name
			}
			q.settle(name, codes, nil)
			return true
		}
	}
	return false
}

// country takes the one country on record that is named among other words, by
// its longest name. Of two the list could show only one: both stay words. A
// part of a country is looked up in it, never widened to all of it.
func (q *question) country() {
	var left, found, places []string
	name := ""
	for i := 0; i < len(q.words); {
		codes, part, n := q.countryAt(i)
		here := q.words[i : i+n]
		i += n
		if len(codes) == 0 {
			left = append(left, here...)
			continue
		}
		if found != nil && !slices.Equal(found, codes) {
			return
		}
		found, name = codes, nameOf(here)
		if part {
			places = append(places, name)
		}
	}
	if found != nil {
		q.place = strings.Join(places, " ")
		q.settle(name, found, left)
	}
}

// settle takes a name for its country beside the words that are left, or for a
// choice of the countries that share it.
func (q *question) settle(name string, codes, left []string) {
	q.words = left
	if len(codes) == 1 {
		q.filter.Country = codes[0]
		return
	}
	q.choice = &choice{name: name, key: "site.search.which_country"}
	for _, code := range codes {
		q.choice.meaning = append(q.choice.meaning, incident.Filter{Country: code})
	}
}

// countryAt are the countries that share the name which begins at a word, and
// how many words it has; none when none is on record. A place that only has the
// name of a country in its own is none: "Niger Delta" is no part of Niger.
func (q *question) countryAt(i int) (codes []string, part bool, n int) {
	onRecord := func(code string) bool { return slices.Contains(q.have.Countries, code) }
	for n := min(maxNameWords, len(q.words)-i); n > 0; n-- {
		name := nameOf(q.words[i : i+n])
		if !plain(name) {
			continue
		}
		if codes, part := geo.AskedCountries(name); slices.ContainsFunc(codes, onRecord) {
			return codes, part, n
		}
		if n > 1 && incident.Tells(q.words[i]) && geo.IsPlace(name) {
			return nil, false, n
		}
	}
	return nil, false, 1
}

// nameOf joins words to a name, without what is attached to it.
func nameOf(words []string) string {
	return attached.ReplaceAllString(strings.Join(words, " "), "")
}

// certain reports whether a name is enough to say that a country is not on
// record. In some language nearly every word of four letters is the name of a
// country: such a short one has to be its code, or its name in a language of
// the pages.
func (q *question) certain(name, code string) bool {
	if len(name) > 4 || plain(name) && len(name) <= 3 {
		return true
	}
	for _, lang := range []string{"en", "ar", "fr"} {
		if incident.SameWords(geo.CountryName(code, lang), name) {
			return true
		}
	}
	return false
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

// near is, by the bare words of its name, each part of the world that is none of
// the regions the record counts, with what its reader may mean.
var near = sync.OnceValue(func() map[string][]incident.Filter {
	apac, mena, africa, eeca := incident.Filter{Region: "apac"}, incident.Filter{Region: "mena"}, incident.Filter{Region: "africa"}, incident.Filter{Region: "eeca"}
	europe, lac, north, us := incident.Filter{Region: "europe"}, incident.Filter{Region: "lac"}, incident.Filter{Region: "north_america"}, incident.Filter{Country: "US"}
	out := map[string][]incident.Filter{}
	put := func(names string, meaning ...incident.Filter) {
		for _, name := range strings.Split(names, "|") {
			out[incident.BareWords(name)] = meaning
		}
	}
	put("Asia|Asie|آسيا", apac, mena, eeca)
	put("Pacific|Oceania|South Asia|Southeast Asia|East Asia|Pacifique|Océanie|Asie du Sud|Asie du Sud-Est|Asie de l’Est|جنوب آسيا|شرق آسيا", apac)
	put("Middle East|North Africa|Moyen-Orient|Proche-Orient|Afrique du Nord|الشرق الأوسط|شمال أفريقيا", mena)
	put("Sub-Saharan Africa|West Africa|East Africa|Southern Africa|Central Africa|Afrique subsaharienne|Afrique de l’Ouest|Afrique de l’Est|غرب أفريقيا|شرق أفريقيا", africa)
	put("Eastern Europe|Central Asia|Europe de l’Est|Asie centrale|أوروبا الشرقية|آسيا الوسطى", eeca, europe)
	put("America|Americas|Amérique|Amériques|أمريكا", lac, north, us)
	put("South America|Central America|Caribbean|Amérique du Sud|Amérique centrale|Caraïbes|أمريكا الجنوبية|أمريكا الوسطى|الكاريبي", lac)
	return out
})

// region takes the region of the record that is named, when the other words say
// nothing or are the name of a service or a cause: "rural Africa" is not Africa.
func (q *question) region() {
	regions, near := q.voice.Tax.Names(incident.SchemeRegion), near()
	for i := range q.words {
		for n := min(maxNameWords, len(q.words)-i); n > 0; n-- {
			name := nameOf(q.words[i : i+n])
			bare := incident.BareWords(name)
			if regions[bare] == "" && near[bare] == nil || !plain(name) || !incident.Tells(q.words[i]) {
				continue
			}
			left := q.besides(i, n)
			switch {
			case len(left) > 0 && !q.isTerm(left):
			case regions[bare] != "":
				q.filter.Region, q.words = regions[bare], left
				return
			case q.choice == nil:
				q.choice, q.words = &choice{name, "site.search.which_region", near[bare]}, left
				return
			}
		}
	}
}

// besides are the words beside the name of a region that say something.
func (q *question) besides(i, n int) []string {
	left := telling(slices.Concat(q.words[:i], q.words[i+n:]))
	return slices.DeleteFunc(left, func(w string) bool { return incident.SameWords(w, q.voice.T("site.filter.region")) })
}

// rest reads what no year, no country and no region has taken: all of it the
// name of a service, of a cause or of slowing down; else it is words.
func (q *question) rest() {
	text := strings.Join(q.words, " ")
	for _, x := range termsAsked {
		if key, ok := q.voice.called(x.scheme, text); ok && text != "" {
			*x.into(&q.filter) = key
			q.filter.Query, q.term = q.place, text
			return
		}
	}
	q.filter.Query = joined(q.place, text)
}

// joined are words after words.
func joined(a, b string) string { return strings.TrimSpace(a + " " + b) }

// termsAsked are the terms that can be asked for by name.
var termsAsked = []struct {
	scheme incident.Scheme
	into   func(*incident.Filter) *string
}{
	{incident.SchemeService, func(f *incident.Filter) *string { return &f.Service }},
	{incident.SchemeCause, func(f *incident.Filter) *string { return &f.Cause }},
	{incident.SchemeMethod, func(f *incident.Filter) *string { return &f.Method }},
}

// isTerm reports whether words are the name of a term.
func (q *question) isTerm(words []string) bool {
	for _, x := range termsAsked {
		if _, ok := q.voice.called(x.scheme, strings.Join(words, " ")); ok {
			return true
		}
	}
	return false
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
