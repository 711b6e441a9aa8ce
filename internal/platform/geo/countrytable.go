package geo

import (
	"strconv"
	"strings"
	"sync"

	"keepiton/internal/platform/geo/placename"
)

type countries struct {
	list   []Country
	index  map[string]int
	alpha3 map[string]string
}

var countryTable = sync.OnceValue(func() *countries {
	t := &countries{index: map[string]int{}, alpha3: map[string]string{}}
	lines(embedded("countries.tsv.gz"), func(line string) {
		f := strings.Split(line, "\t")
		if len(f) < 12 {
			return
		}
		c := Country{Code: f[0], Alpha3: f[1], Numeric: f[2], Name: f[3], UNName: f[4], M49Region: f[5], M49Sub: f[6],
			Region: f[7], Sovereign: f[8], Zones: strings.Fields(f[11]), Private: f[0] == "XK" || f[0] == "XS"}
		c.Lat, _ = strconv.ParseFloat(f[9], 64) // empty: unknown, 0
		c.Lon, _ = strconv.ParseFloat(f[10], 64)
		t.index[c.Code] = len(t.list)
		if c.Alpha3 != "" {
			t.alpha3[c.Alpha3] = c.Code
		}
		t.list = append(t.list, c)
	})
	return t
})

// countryKeys is normalised spelling -> code.
var countryKeys = sync.OnceValue(func() map[string]string {
	m := make(map[string]string, 20000)
	lines(embedded("countrykeys.tsv.gz"), func(line string) {
		f := strings.Split(line, "\t")
		for _, k := range f[1:] {
			m[k] = f[0]
		}
	})
	for _, c := range Countries() {
		m[placename.Normalise(c.Name)] = c.Code
	}
	readCSV(embedded("country_alias.csv"), 2, func(f []string) {
		if f[1] == "-" {
			delete(m, placename.Normalise(f[0])) // two countries answer to it
			return
		}
		m[placename.Normalise(f[0])] = f[1]
	})
	return m
})

// MatchCountry reads a spelling of one country's name, in any of some eighty
// languages, or an alpha-2 or alpha-3 code in capitals. It uses a
// table of whole names and never strips words: "Democratic Republic of the
// Congo" and "Republic of the Congo" differ by one word that matters. A name
// two countries share in two languages is not matched.
func MatchCountry(spelling string) (code string, ok bool) {
	if len(spelling) > 200 {
		return "", false
	}
	s := strings.TrimSpace(spelling)
	if len(s) == 2 {
		if _, ok := ByCode(s); ok {
			return s, true
		}
	}
	if len(s) == 3 {
		if code, ok := countryTable().alpha3[s]; ok {
			return code, true
		}
	}
	code, ok = countryKeys()[placename.Normalise(s)]
	return code, ok
}

// SplitCountries splits a cell that lists several countries ("Laos; Myanmar")
// into its spellings, trimmed, in order. Commas are not separators: names
// contain them ("Tanzania, United Republic of").
func SplitCountries(cell string) []string {
	var out []string
	for _, p := range strings.FieldsFunc(cell, func(r rune) bool { return r == ';' || r == '\n' || r == '|' }) {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}
