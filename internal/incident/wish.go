package incident

import (
	"strings"
	"unicode"

	"keepiton/internal/platform/geo"
)

// wish is one thing a reader looks for: groups of tokens of which an entry has
// to hold one. A word is one group; a name has more, one for each way to say it.
type wish [][]string

// maxNameWords is how many words the name of a country or a service may have.
const maxNameWords = 6

// wishes reads a query. The name of a country or of a service, in any language
// that geo and the taxonomy know it in, finds what is marked with it and what
// speaks of it in English; the index then needs no name in eighty languages.
// There is a wish whenever the query holds a letter or a digit.
func (s *Service) wishes(q string) []wish {
	n := namer{services: s.Taxonomy().Names(SchemeService)}
	fields := strings.FieldsFunc(q, unicode.IsSpace)
	var out []wish
	for i := 0; i < len(fields) && len(out) < maxQueryWords; {
		if w, used := n.longest(fields[i:]); used > 0 {
			out, i = append(out, w), i+used
			continue
		}
		for _, t := range searchTokens(fields[i]) {
			if !fillers[t] {
				out = append(out, wish{{t}})
			}
		}
		i++
	}
	if len(out) == 0 {
		for _, t := range queryTokens(q) {
			out = append(out, wish{{t}})
		}
	}
	return out[:min(len(out), maxQueryWords)]
}

// namer knows the names that stand for marks.
type namer struct {
	services map[string]string // bare words -> key
}

// longest finds the longest name some words begin with, and how many it takes.
func (n namer) longest(fields []string) (w wish, used int) {
	for used = min(maxNameWords, len(fields)); used > 0; used-- {
		if w = n.named(strings.Join(fields[:used], " ")); w != nil {
			return w, used
		}
	}
	return nil, 0
}

// named is what a name stands for, nil when it is none. Codes of countries and
// names as short are no names here: in a search they are mostly something else.
// Nor is a part of a country, which must not find all of it.
func (n namer) named(name string) wish {
	tokens := searchTokens(name)
	if len(tokens) == 0 || len(tokens) > maxQueryWords {
		return nil
	}
	w := wish{tokens}
	name = strings.TrimFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
	if codes, part := geo.AskedCountries(name); len(name) > 3 && !part {
		for _, code := range codes {
			w = append(w, []string{mark("country", code)}, searchTokens(geo.CountryName(code, "en")))
		}
	}
	if key := n.services[BareWords(name)]; key != "" {
		w = append(w, []string{mark("service", key)}, searchTokens(key))
	}
	if len(w) == 1 {
		return nil
	}
	return w
}
