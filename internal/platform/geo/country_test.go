package geo

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMatchCountry(t *testing.T) {
	for spelling, want := range map[string]string{
		// the two Congos differ by one word
		"Congo": "CG", "Republic of Congo": "CG", "Republic of the Congo": "CG", "Congo-Brazzaville": "CG",
		"Congo (Democratic Republic of the)": "CD", "Democratic Republic of the Congo": "CD", "DemocraticRepublicCongo": "CD",
		"DR Congo": "CD", "DRC": "CD", "Congo DRC": "CD", "RDC": "CD", "République démocratique du Congo": "CD", "جمهورية الكونغو الديمقراطية": "CD",
		"North Korea": "KP", "South Korea": "KR", "Korea, Republic of": "KR", "Democratic People's Republic of Korea": "KP", "Corée du Nord": "KP",
		"Guinea": "GN", "Guinea-Bissau": "GW", "Equatorial Guinea": "GQ", "Papua New Guinea": "PG", "Guinée": "GN",
		"Sudan": "SD", "South Sudan": "SS", "Soudan du Sud": "SS", "السودان": "SD", "جنوب السودان": "SS",
		"Niger": "NE", "Nigeria": "NG", "Nigéria": "NG",
		"Laos": "LA", "Lao People's Democratic Republic": "LA", "Turkey": "TR", "Türkiye": "TR", "Turquie": "TR", "Somaliland": "XS", "Somalia": "SO",
		"New Caledonia": "NC", "Palestine, State of": "PS", "Palestine": "PS", "State of Palestine": "PS", "فلسطين": "PS",
		"Iran (Islamic Republic of)": "IR", "Iran": "IR", "Venezuela, Bolivarian Republic of": "VE", "Venezuela (Bolivarian Republic of)": "VE",
		"Tanzania, United Republic of": "TZ", "Viet Nam": "VN", "Vietnam": "VN", "Russian Federation": "RU", "Russia": "RU", "Côte d'Ivoire": "CI",
		"Syrian Arab Republic": "SY", "eSwatini": "SZ", "SriLanka": "LK", "Benin ": "BJ", "  india ": "IN", "IN": "IN", "IRN": "IR", "XK": "XK", "Kosovo": "XK",
		"Dominica": "DM", "Dominican Republic": "DO", "Myanmar": "MM", "Burma": "MM", "Hong Kong SAR": "HK", "Pakistan - Azad Kashmir": "PK",
	} {
		if got, ok := MatchCountry(spelling); got != want || !ok {
			t.Errorf("MatchCountry(%q) = %q, %v, want %q", spelling, got, ok, want)
		}
	}
	for _, s := range []string{"", " ", "Kongo", "Korea", "Democratic Republic", "Republic", "Atlantis", "Iran; Iraq", "zz", "in", "irn", strings.Repeat("x", 5000)} {
		if got, ok := MatchCountry(s); ok {
			t.Errorf("MatchCountry(%q) = %q, want nothing", s, got)
		}
	}
}

// Every country cell of every published sheet, all schemas.
func TestMatchCountryCells(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(sharedDir(t), "stop", "*.csv"))
	if err != nil || len(files) == 0 {
		t.Skip("shared data not found")
	}
	cells, seen := 0, map[string]bool{}
	for _, f := range files {
		if b := filepath.Base(f); strings.HasPrefix(b, "header_") || strings.HasPrefix(b, "observed_") {
			continue
		}
		head, rows := readTable(t, f)
		col, ok := head["country"]
		if !ok {
			t.Errorf("%s: no country column", f)
			continue
		}
		for _, r := range rows {
			for _, name := range SplitCountries(r[col]) {
				cells++
				if seen[name] {
					continue
				}
				seen[name] = true
				if _, ok := MatchCountry(name); !ok {
					t.Errorf("%s: %q not matched", filepath.Base(f), name)
				}
			}
		}
	}
	if cells < 3000 {
		t.Errorf("only %d cells read", cells)
	}
	t.Logf("%d cells, %d different spellings, all matched", cells, len(seen))
}

// Names in 79 languages must come back as their country, unless two countries
// share the name in two languages.
func TestMatchCountryLanguages(t *testing.T) {
	head, rows := readTable(t, filepath.Join(sharedDir(t), "geo", "country_names_i18n.csv"))
	missed := 0
	for _, r := range rows {
		name, want := r[head["name"]], r[head["alpha2"]]
		got, ok := MatchCountry(name)
		switch {
		case !ok:
			missed++
		case got != want && Normalise(name) != "congo":
			t.Errorf("%q (%s) = %s, want %s", name, r[head["lang"]], got, want)
		}
	}
	t.Logf("%d names, %d left unmatched on purpose", len(rows), missed)
	if missed > 40 {
		t.Errorf("%d names unmatched", missed)
	}
}

func TestSplitCountries(t *testing.T) {
	got := SplitCountries("Burundi; Kenya; Rwanda; Tanzania, United Republic of; Uganda")
	if len(got) != 5 || got[3] != "Tanzania, United Republic of" {
		t.Errorf("%q", got)
	}
	if got := SplitCountries(" ; "); got != nil {
		t.Errorf("%q", got)
	}
}

func TestCountries(t *testing.T) {
	list := Countries()
	if len(list) != 251 {
		t.Errorf("%d countries, want 251", len(list))
	}
	regions := map[string]bool{"": true, "africa": true, "apac": true, "eeca": true, "europe": true, "lac": true, "mena": true, "north_america": true}
	private := 0
	for i, c := range list {
		if i > 0 && list[i-1].Code >= c.Code {
			t.Errorf("order: %s after %s", c.Code, list[i-1].Code)
		}
		if !regions[c.Region] {
			t.Errorf("%s: region %q", c.Code, c.Region)
		}
		if c.Name == "" || strings.ContainsAny(c.Name, "()") {
			t.Errorf("%s: name %q", c.Code, c.Name)
		}
		if c.Sovereign != "" {
			if _, ok := ByCode(c.Sovereign); !ok {
				t.Errorf("%s: sovereign %q", c.Code, c.Sovereign)
			}
		}
		if c.Private {
			private++
		} else if len(c.Alpha3) != 3 || len(c.Numeric) != 3 {
			t.Errorf("%s: alpha-3 %q, numeric %q", c.Code, c.Alpha3, c.Numeric)
		}
		if got, ok := MatchCountry(c.Name); !ok || got != c.Code {
			t.Errorf("own name %q = %q", c.Name, got)
		}
	}
	if private != 2 {
		t.Errorf("%d private codes", private)
	}
	for code, want := range map[string]Country{
		"IR": {Name: "Iran", UNName: "Iran (Islamic Republic of)", Region: "mena"}, "NC": {Name: "New Caledonia", UNName: "New Caledonia", Sovereign: "FR", Region: "apac"},
		"XS": {Name: "Somaliland", Sovereign: "SO", Region: "africa"}, "MR": {Name: "Mauritania", UNName: "Mauritania", Region: "mena"},
		"PS": {Name: "Palestine", UNName: "State of Palestine", Region: "mena"}, "CD": {Name: "DR Congo", UNName: "Democratic Republic of the Congo", Region: "africa"},
	} {
		c, ok := ByCode(code)
		if !ok || c.Name != want.Name || c.UNName != want.UNName || c.Sovereign != want.Sovereign || c.Region != want.Region {
			t.Errorf("%s = %+v", code, c)
		}
	}
	if c, _ := ByCode("RU"); len(c.Zones) < 5 || c.Zones[0] != "Europe/Moscow" {
		t.Errorf("RU zones %v", c.Zones)
	}
}

func TestCountryName(t *testing.T) {
	for _, c := range []struct {
		code, lang, want string
		ok               bool
	}{
		{"PS", "en", "Palestine", true}, {"PS", "fr", "Palestine", true}, {"PS", "ar", "فلسطين", true}, {"PS", "fr-CA", "Palestine", true},
		{"MM", "en", "Myanmar", true}, {"MM", "fr", "Myanmar", true}, {"MM", "ar", "ميانمار", true}, {"TR", "en", "Turkey", true},
		{"IR", "ar", "إيران", true}, {"XS", "ar", "أرض الصومال", true}, {"CD", "fr", "RD Congo", true},
		{"TR", "ku", "Tirkiye", true},     // never the Turkish spelling
		{"DE", "xx", "Germany", false},    // a language we lack: English, and said so
		{"XS", "ti", "Somaliland", false}, // a gap in a language we have
		{"ZZ", "fr", "", false}, {"", "", "", false},
	} {
		got, ok := CountryNameIn(c.code, c.lang)
		if got != c.want || ok != c.ok {
			t.Errorf("CountryNameIn(%q, %q) = %q, %v, want %q, %v", c.code, c.lang, got, ok, c.want, c.ok)
		}
		if CountryName(c.code, c.lang) != c.want {
			t.Errorf("CountryName(%q, %q) differs", c.code, c.lang)
		}
	}
	// the languages we ship have every country, without glosses on the contested ones
	for _, lang := range []string{"en", "ar", "fr"} {
		for _, c := range Countries() {
			if n, ok := CountryNameIn(c.Code, lang); !ok || n == "" || !utf8.ValidString(n) {
				t.Errorf("%s in %s: %q", c.Code, lang, n)
			}
		}
	}
	for _, lang := range NameLanguages() {
		for _, code := range []string{"PS", "MM", "HK"} {
			if n, _ := CountryNameIn(code, lang); strings.ContainsAny(n, "(（") {
				t.Errorf("%s in %s: %q", code, lang, n)
			}
		}
	}
}

func TestNamer(t *testing.T) {
	n := NewNamer([]NameOverride{{"TR", "en", "Türkiye"}, {"IR-12", "fr", "Kurdistan iranien"}})
	if got, ok := n.Country("TR", "en"); got != "Türkiye" || !ok {
		t.Errorf("%q %v", got, ok)
	}
	if got, ok := n.Country("TR", "xx"); got != "Türkiye" || ok {
		t.Errorf("fallback %q %v", got, ok)
	}
	if got, _ := n.Country("TR", "fr"); got != "Turquie" {
		t.Errorf("%q", got)
	}
	if got, ok := n.Unit("IR-12", "fr"); got != "Kurdistan iranien" || !ok {
		t.Errorf("%q %v", got, ok)
	}
	var none *Namer
	if got, _ := none.Country("TR", "en"); got != "Turkey" {
		t.Errorf("%q", got)
	}
}

func FuzzMatchCountry(f *testing.F) {
	for _, s := range []string{"Congo", "Iran (Islamic Republic of)", "Laos; Myanmar", "\xff\xfe", "ကွန်ဂို", "İRAN", "a\u0301", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if code, ok := MatchCountry(s); ok {
			if _, known := ByCode(code); !known {
				t.Fatalf("%q gave %q", s, code)
			}
		}
		for _, part := range SplitCountries(s) {
			if !strings.Contains(s, part) || part == "" {
				t.Fatalf("%q split into %q", s, part)
			}
		}
	})
}
