package main

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"keepiton/internal/platform/geo/placename"
)

// unNames are the names in United Nations use where they differ from the
// short ones (UN M49 list). An empty value: the United Nations list has no
// entry of that name.
var unNames = map[string]string{
	"BN": "Brunei Darussalam", "BO": "Bolivia (Plurinational State of)", "CD": "Democratic Republic of the Congo",
	"CG": "Congo", "CV": "Cabo Verde", "FM": "Micronesia (Federated States of)", "GB": "United Kingdom of Great Britain and Northern Ireland",
	"HK": "China, Hong Kong Special Administrative Region", "IR": "Iran (Islamic Republic of)",
	"KP": "Democratic People's Republic of Korea", "KR": "Republic of Korea", "LA": "Lao People's Democratic Republic",
	"MD": "Republic of Moldova", "MO": "China, Macao Special Administrative Region", "NL": "Netherlands (Kingdom of the)",
	"PS": "State of Palestine", "RU": "Russian Federation", "SY": "Syrian Arab Republic", "TR": "Türkiye",
	"TZ": "United Republic of Tanzania", "US": "United States of America", "VA": "Holy See",
	"VE": "Venezuela (Bolivarian Republic of)", "VN": "Viet Nam", "FK": "Falkland Islands (Malvinas)",
	"VI": "United States Virgin Islands", "VG": "British Virgin Islands", "CI": "Côte d'Ivoire",
	"TW": "", "XK": "", "XS": "",
}

// shortNames are our short English names where CLDR's differs from the
// naming policy in the package comment of geo.
var shortNames = map[string]string{
	"PS": "Palestine", "MM": "Myanmar", "TR": "Turkey", "CD": "DR Congo", "CG": "Republic of the Congo",
	"HK": "Hong Kong", "MO": "Macao", "CI": "Côte d'Ivoire", "XS": "Somaliland", "CV": "Cape Verde",
	"VA": "Vatican City", "FK": "Falkland Islands", "AG": "Antigua and Barbuda", "BA": "Bosnia and Herzegovina",
	"KN": "Saint Kitts and Nevis", "ST": "São Tomé and Príncipe", "TT": "Trinidad and Tobago", "SJ": "Svalbard and Jan Mayen",
	"TC": "Turks and Caicos Islands", "WF": "Wallis and Futuna", "PM": "Saint Pierre and Miquelon",
	"VC": "Saint Vincent and the Grenadines", "HM": "Heard Island and McDonald Islands",
	"GS": "South Georgia and the South Sandwich Islands", "LC": "Saint Lucia", "SH": "Saint Helena", "BL": "Saint Barthélemy",
	"MF": "Saint Martin", "CC": "Cocos Islands", "UM": "US Outlying Islands", "VI": "US Virgin Islands",
}

// sovereigns of territories that have a code of their own.
var sovereigns = map[string]string{
	"AI": "GB", "AS": "US", "AW": "NL", "AX": "FI", "BL": "FR", "BM": "GB", "BQ": "NL", "BV": "NO", "CC": "AU", "CK": "NZ",
	"CW": "NL", "CX": "AU", "FK": "GB", "FO": "DK", "GF": "FR", "GG": "GB", "GI": "GB", "GL": "DK", "GP": "FR", "GS": "GB",
	"GU": "US", "HK": "CN", "HM": "AU", "IM": "GB", "IO": "GB", "JE": "GB", "KY": "GB", "MF": "FR", "MO": "CN", "MP": "US",
	"MQ": "FR", "MS": "GB", "NC": "FR", "NF": "AU", "NU": "NZ", "PF": "FR", "PM": "FR", "PN": "GB", "PR": "US", "RE": "FR",
	"SH": "GB", "SJ": "NO", "SX": "NL", "TC": "GB", "TF": "FR", "TK": "NZ", "UM": "US", "VG": "GB", "VI": "US", "WF": "FR",
	"XS": "SO", "YT": "FR",
}

// firstZones puts the zone of the capital, or of most people, first where
// the source orders zones otherwise.
var firstZones = map[string]string{
	"AU": "Australia/Sydney", "BR": "America/Sao_Paulo", "CA": "America/Toronto", "MX": "America/Mexico_City",
	"RU": "Europe/Moscow", "UA": "Europe/Kyiv", "PG": "Pacific/Port_Moresby", "ES": "Europe/Madrid",
	"EC": "America/Guayaquil", "CL": "America/Santiago", "KI": "Pacific/Tarawa", "AR": "America/Argentina/Buenos_Aires",
}

// regionKeys turns the coalition's region column into our keys.
var regionKeys = map[string]string{
	"APAC": "apac", "MENA": "mena", "Africa": "africa", "EECA": "eeca", "LAC": "lac", "Europe": "europe",
	"North America": "north_america", "": "",
}

func (b *builder) countries() error {
	t, err := b.read("countries.csv")
	if err != nil {
		return err
	}
	cldr, err := b.territories("en")
	if err != nil {
		return err
	}
	type row struct{ code, line string }
	var rows []row
	for _, r := range t.rows {
		code := t.get(r, "alpha2")
		name := t.get(r, "name_en")
		if v, ok := cldr[code]; ok {
			name = strings.ReplaceAll(v, "’", "'")
		}
		if v, ok := shortNames[code]; ok {
			name = v
		}
		un, ok := unNames[code]
		if !ok {
			un = name
		}
		region, ok := regionKeys[t.get(r, "accessnow_region")]
		if !ok {
			return fmt.Errorf("%s: unknown region %q", code, t.get(r, "accessnow_region"))
		}
		zones := strings.Fields(t.get(r, "tz"))
		if z := firstZones[code]; z != "" {
			zones = moveFirst(zones, z)
		}
		alpha3, numeric := t.get(r, "alpha3"), t.get(r, "numeric")
		rows = append(rows, row{code, strings.Join([]string{code, alpha3, numeric, name, un, t.get(r, "m49_region"),
			t.get(r, "m49_subregion"), region, sovereigns[code], t.get(r, "lat"), t.get(r, "lon"), strings.Join(zones, " ")}, "\t")})
	}
	rows = append(rows, row{"XS", "XS\t\t\tSomaliland\t\tAfrica\tSub-Saharan Africa\tafrica\tSO\t9.56\t44.07\tAfrica/Mogadishu"})
	sort.Slice(rows, func(i, j int) bool { return rows[i].code < rows[j].code })
	var sb strings.Builder
	for _, r := range rows {
		sb.WriteString(r.line + "\n")
	}
	return b.write("countries.tsv.gz", []byte(sb.String()))
}

func moveFirst(list []string, z string) []string {
	out := []string{z}
	for _, v := range list {
		if v != z {
			out = append(out, v)
		}
	}
	return out
}

// languages whose country names we carry: the project's order of languages
// first, then neighbours that cost little.
var languages = strings.Fields(`en ar fr my fa es ru hi ur sw bn am pt uk tr ti ps ckb om so id ku sd ne zh vi th az
tg ha ln ks shn ta te mr gu pa kk uz ky be`)

// territories reads one language's territory names, already with the short
// forms the naming policy asks for. Without -cldr it takes them from the file
// of an earlier run.
func (b *builder) territories(lang string) (map[string]string, error) {
	if b.cldr == "" {
		return b.earlier(lang)
	}
	raw, err := os.ReadFile(filepath.Join(b.cldr, "cldr-localenames-full", "main", lang, "territories.json"))
	if err != nil {
		return nil, err
	}
	var doc struct {
		Main map[string]struct {
			LocaleDisplayNames struct {
				Territories map[string]string `json:"territories"`
			} `json:"localeDisplayNames"`
		} `json:"main"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("territories %s: %w", lang, err)
	}
	all := doc.Main[lang].LocaleDisplayNames.Territories
	out := make(map[string]string)
	for k, v := range all {
		if len(k) == 2 && k != v {
			out[k] = v
		}
	}
	for _, k := range []string{"PS", "MM", "HK", "MO"} {
		if v := all[k+"-alt-short"]; v != "" {
			out[k] = v
		} else if i := strings.Index(out[k], "("); i > 0 {
			out[k] = strings.TrimSpace(out[k][:i])
		}
	}
	return out, nil
}

// earlier reads one language of countrynames.tsv.gz in the output folder.
func (b *builder) earlier(lang string) (map[string]string, error) {
	f, err := os.Open(filepath.Join(b.out, "countrynames.tsv.gz"))
	if err != nil {
		return nil, fmt.Errorf("no -cldr and no earlier names: %w", err)
	}
	defer f.Close()
	zr, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(zr)
	if err != nil {
		return nil, err
	}
	at := slices.Index(languages, lang)
	out := map[string]string{}
	for i, line := range strings.Split(string(raw), "\n") {
		if v := strings.Split(line, "\t"); i > 0 && at+1 < len(v) && v[at+1] != "" {
			out[v[0]] = v[at+1]
		}
	}
	return out, nil
}

func (b *builder) countryNames() error {
	if b.cldr == "" {
		b.logf("country names: no -cldr, kept as they are")
		return nil
	}
	codes, err := b.read("countries.csv")
	if err != nil {
		return err
	}
	var names []map[string]string
	for _, l := range languages {
		m, err := b.territories(l)
		if err != nil {
			return err
		}
		names = append(names, m)
	}
	var sb strings.Builder
	sb.WriteString(strings.Join(languages, "\t") + "\n")
	var list []string
	for _, r := range codes.rows {
		list = append(list, codes.get(r, "alpha2"))
	}
	sort.Strings(list)
	for _, code := range list {
		sb.WriteString(code)
		for i := range languages {
			sb.WriteString("\t" + clean(names[i][code]))
		}
		sb.WriteString("\n")
	}
	return b.write("countrynames.tsv.gz", []byte(sb.String()))
}

// countryKeys gathers every spelling of every list into key -> code. A key
// that means two countries in two languages is left out unless English has
// it; hand-written decisions live in geo's country_alias.csv and win there.
func (b *builder) countryKeys() error {
	t, err := b.read("country_names_i18n.csv")
	if err != nil {
		return err
	}
	c, err := b.read("countries.csv")
	if err != nil {
		return err
	}
	strong, weak := map[string]string{}, map[string]string{}
	clash := map[string]bool{}
	add := func(m map[string]string, name, code string) {
		k := placename.Normalise(name)
		if k == "" {
			return
		}
		if old, ok := m[k]; ok && old != code {
			clash[k] = true
			b.logf("country key %q: %s and %s", k, old, code)
			return
		}
		m[k] = code
	}
	for _, r := range c.rows {
		code := c.get(r, "alpha2")
		add(strong, c.get(r, "name_en"), code)
		if n, ok := unNames[code]; ok {
			add(strong, n, code)
		}
		add(strong, shortNames[code], code)
	}
	for _, r := range t.rows {
		if t.get(r, "lang") != "en" {
			add(weak, t.get(r, "name"), t.get(r, "alpha2"))
		} else if k := placename.Normalise(t.get(r, "name")); strong[k] == "" {
			add(strong, t.get(r, "name"), t.get(r, "alpha2"))
		}
	}
	for _, l := range languages {
		m, err := b.territories(l)
		if err != nil {
			return err
		}
		for code, n := range m {
			if _, ok := shortNames[code]; ok && code != "PS" && code != "MM" && code != "TR" {
				continue
			}
			if known(c, code) {
				add(weak, n, code)
			}
		}
	}
	for k, v := range weak {
		if _, ok := strong[k]; !ok && !clash[k] {
			strong[k] = v
		}
	}
	byCode := map[string][]string{}
	for k, v := range strong {
		byCode[v] = append(byCode[v], k)
	}
	var sb strings.Builder
	for _, code := range sortedKeys(byCode) {
		sort.Strings(byCode[code])
		sb.WriteString(code + "\t" + strings.Join(byCode[code], "\t") + "\n")
	}
	return b.write("countrykeys.tsv.gz", []byte(sb.String()))
}

func known(c *table, code string) bool {
	for _, r := range c.rows {
		if c.get(r, "alpha2") == code {
			return true
		}
	}
	return false
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
