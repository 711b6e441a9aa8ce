package geo

import (
	"strings"
	"sync"

	"keepiton/internal/platform/geo/placename"
)

// askedName is what a reader means by a name.
type askedName struct {
	countries []string
	part      bool
}

// askedNames is normalised name -> meaning, where it differs from MatchCountry's.
var askedNames = sync.OnceValue(func() map[string]askedName {
	m := map[string]askedName{}
	readCSV(embedded("asked.csv"), 3, func(f []string) {
		m[placename.Normalise(f[0])] = askedName{strings.Fields(f[1]), f[2] == "part"}
	})
	return m
})

// AskedCountries tells which countries a reader may mean by a name: one, several
// that share it ("Congo"), or none. part is true for a place that must not be
// widened to the one country it lies in ("Gaza"). It differs from MatchCountry,
// which has to settle on one country for the cell of a sheet.
func AskedCountries(name string) (codes []string, part bool) {
	if a, ok := askedNames()[placename.Normalise(name)]; ok && len(name) <= 200 {
		return a.countries, a.part
	}
	if code, ok := MatchCountry(name); ok {
		return []string{code}, false
	}
	return nil, false
}

// placeNames are the normalised names of the regions and first-level units that
// have several words, as the name of a country may be one of them.
var placeNames = sync.OnceValue(func() map[string]bool {
	m, g := map[string]bool{}, gaz()
	for i := range g.recs {
		if g.recs[i].level > LevelFirst {
			continue
		}
		g.recs[i].names(func(name string) {
			if key := placename.Normalise(name); strings.Contains(key, " ") {
				m[key] = true
			}
		})
	}
	return m
})

// IsPlace reports whether a name of several words is that of an informal region
// or of a first-level unit of any country ("Niger Delta", "New Mexico").
func IsPlace(name string) bool { return len(name) <= 200 && placeNames()[placename.Normalise(name)] }
