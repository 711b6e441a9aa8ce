package geo

import (
	"strings"
	"sync"
	"unicode"
)

// nameTable holds names by code and language.
type nameTable struct {
	langs map[string]int
	names map[string][]string // by code, one per language, "" unknown
}

var loadCountryNames = sync.OnceValue(func() *nameTable {
	t := &nameTable{langs: map[string]int{}, names: map[string][]string{}}
	head := true
	lines(embedded("countrynames.tsv.gz"), func(line string) {
		f := strings.Split(line, "\t")
		if head {
			head = false
			for i, l := range f {
				t.langs[l] = i
			}
			return
		}
		t.names[f[0]] = f[1:]
	})
	readCSV(embedded("names_override.csv"), 3, func(f []string) { t.set(f[0], f[1], f[2]) })
	return t
})

func (t *nameTable) set(code, lang, name string) {
	i, ok := t.langs[lang]
	if !ok {
		return
	}
	if t.names[code] == nil {
		t.names[code] = make([]string, len(t.langs))
	}
	t.names[code][i] = name
}

// NameOverride is an installation's own name for a country or a unit.
type NameOverride struct{ Code, Lang, Name string }

// Namer gives names after laying an installation's own over the tables. The
// zero value and a nil Namer have no overrides. It is safe for concurrent use.
type Namer struct{ own map[string]string }

// NewNamer returns a Namer with these overrides; Code is a country code or a
// unit id, Lang a language without region.
func NewNamer(list []NameOverride) *Namer {
	n := &Namer{own: make(map[string]string, len(list))}
	for _, o := range list {
		n.own[o.Code+"\t"+baseLang(o.Lang)] = o.Name
	}
	return n
}

// Country is CountryNameIn with the overrides.
func (n *Namer) Country(code, lang string) (name string, ok bool) {
	return n.lay(code, lang, countryNameIn)
}

// Unit is UnitNameIn with the overrides.
func (n *Namer) Unit(id, lang string) (name string, ok bool) { return n.lay(id, lang, unitNameIn) }

func (n *Namer) lay(code, lang string, table func(code, lang string) (string, bool)) (string, bool) {
	if n == nil || len(n.own) == 0 {
		return table(code, lang)
	}
	if v, ok := n.own[code+"\t"+baseLang(lang)]; ok {
		return v, true
	}
	name, ok := table(code, lang)
	if !ok {
		if v, has := n.own[code+"\ten"]; has {
			return v, false
		}
	}
	return name, ok
}

// NameLanguages lists the languages with country names, in the table's order.
func NameLanguages() []string {
	t := loadCountryNames()
	out := make([]string, len(t.langs))
	for l, i := range t.langs {
		out[i] = l
	}
	return out
}

// baseLang reduces a language tag to what the tables carry: "fr-CA" to "fr",
// "fa-AF" to "fa". It never maps one language to another.
func baseLang(lang string) string {
	lang = strings.ToLower(strings.ReplaceAll(lang, "_", "-"))
	if i := strings.IndexByte(lang, '-'); i > 0 {
		lang = lang[:i]
	}
	return lang
}

func countryNameIn(code, lang string) (string, bool) {
	lang = baseLang(lang)
	c, known := ByCode(code)
	if !known {
		return "", false
	}
	if lang == "en" {
		return c.Name, true
	}
	t := loadCountryNames()
	if i, ok := t.langs[lang]; ok {
		if row := t.names[code]; i < len(row) && row[i] != "" {
			return row[i], true
		}
	}
	return c.Name, false
}

// unitNameTable is code -> name per language, for first-level units and the
// few others the subdivision tables hold.
var loadUnitNames = sync.OnceValue(func() map[string]map[string]string {
	out := map[string]map[string]string{}
	var lang map[string]string
	country := ""
	lines(embedded("unitnames.tsv.gz"), func(line string) {
		switch line[0] {
		case '@':
			lang = make(map[string]string, 2000)
			out[line[1:]] = lang
		case '=':
			country = line[1:] + "-"
		default:
			code, name := cutTab(line)
			lang[country+code] = name
		}
	})
	readCSV(embedded("regionnames.csv"), 3, func(f []string) { out["ar"][f[0]], out["fr"][f[0]] = f[1], f[2] })
	return out
})

func eachUnitName(do func(id, name string)) {
	for _, m := range loadUnitNames() {
		for id, n := range m {
			do(id, n)
		}
	}
}

func unitNameIn(id, lang string) (string, bool) {
	lang = baseLang(lang)
	if lang != "en" {
		if n := loadUnitNames()[lang][id]; n != "" {
			return n, true
		}
	}
	g := gaz()
	i := g.find(id)
	if i < 0 {
		return "", false
	}
	r := &g.recs[i]
	if lang == "my" {
		for _, a := range strings.Split(r.alts, "|") {
			if isBurmese(a) {
				return a, true
			}
		}
	}
	return r.name, lang == "en"
}

func isBurmese(s string) bool {
	for _, r := range s {
		return unicode.Is(unicode.Myanmar, r)
	}
	return false
}
