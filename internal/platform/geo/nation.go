package geo

import (
	"strings"

	"keepiton/internal/platform/geo/placename"
)

// nationWords say "the whole country" by themselves.
var nationWords = map[string]bool{
	"nationwide": true, "countrywide": true, "nationwde": true, "natiowide": true, "nationwid": true, "nationwise": true,
}

// nationPhrases are whole chunks that say it, normalised.
var nationPhrases = map[string]bool{
	"national": true, "national level": true, "nation wide": true, "country wide": true, "whole nation": true, "entire nation": true, "all over country": true,
	"entire country": true, "whole country": true, "all country": true, "full country": true, "complete country": true,
	"tout le pays": true, "ensemble du pays": true, "territoire national": true, "todo el pais": true, "todo o pais": true,
	"всяя страна": true, "вся страна": true, "по всеи стране": true, "جميع انحاء البلاد": true, "كافه انحاء البلاد": true, "البلاد": true,
	"سراسر كشور": true, "كل البلاد": true, "на всеи территории страны": true, "по всіи країні": true,
}

// nation reads a chunk as the whole country. hedged is true for "likely
// nationwide" and "near country-wide", which are open sets.
func nation(ws []word, isCountry func(norm string) bool) (yes, hedged bool) {
	var core []string
	all, every, kindsOnly := false, false, true
	for _, w := range ws {
		switch n := w.norm; n {
		case "likely", "possibly", "perhaps", "near", "nearly", "almost", "partially", "most", "mostly", "virtually":
			hedged = true
		case "the", "a", "shutdown", "internet", "level", "it", "was", "traffic", "outage", "blackout", "disruption":
		case "all", "every", "each":
			all, every = true, every || n != "all"
		default:
			if !placename.IsKind(n) || n == "capital" {
				kindsOnly = false
			}
			core = append(core, n)
			if nationWords[n] {
				return !hedged, hedged
			}
		}
	}
	if len(core) == 0 || len(core) > 8 {
		return false, false
	}
	s := strings.Join(core, " ")
	switch {
	case nationPhrases[s], all && s == "country", all && kindsOnly && (every || plural(core[len(core)-1])):
		return !hedged, hedged
	}
	for _, lead := range []string{"entire ", "whole ", "all ", "republic "} {
		if rest, ok := strings.CutPrefix(s, lead); ok {
			s = rest
			break
		}
	}
	if isCountry(s) {
		return !hedged, hedged
	}
	return false, false
}

func plural(s string) bool { return strings.HasSuffix(s, "s") }
