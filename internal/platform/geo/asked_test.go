package geo

import (
	"slices"
	"testing"
)

// TestAskedCountries: what a reader means is not always what the country column
// of a sheet means.
func TestAskedCountries(t *testing.T) {
	for name, want := range map[string][]string{
		"Iran": {"IR"}, "DR Congo": {"CD"}, "Congo-Brazzaville": {"CG"}, "South Korea": {"KR"}, "Guinea-Bissau": {"GW"}, "Sudan": {"SD"}, "Somaliland": {"XS"},
		"Congo": {"CD", "CG"}, "congo": {"CD", "CG"}, "Korea": {"KP", "KR"}, "Guinée": {"GN", "GQ", "GW", "PG"}, "الكونغو": {"CD", "CG"},
		"MENA": nil, "mena": nil, "America": nil, "Latin America": nil, "Nowhere": nil, "": nil,
	} {
		if got, part := AskedCountries(name); !slices.Equal(got, want) || part {
			t.Errorf("%q means %v, part %v; want %v", name, got, part, want)
		}
	}
	for name, want := range map[string]string{"Gaza": "PS", "gaza strip": "PS", "West Bank": "PS", "غزة": "PS", "الضفة الغربية": "PS", "England": "GB"} {
		if got, part := AskedCountries(name); !slices.Equal(got, []string{want}) || !part {
			t.Errorf("%q means %v, part %v; want a part of %s", name, got, part, want)
		}
	}
	for name := range askedNames() {
		for _, code := range askedNames()[name].countries {
			if _, ok := ByCode(code); !ok {
				t.Errorf("%s: %s is no country", name, code)
			}
		}
	}
	for name, want := range map[string]bool{"Niger Delta": true, "Northern Mali": true, "New Mexico": true, "Northern Ireland": true, "Niger": false, "Delta": false, "in Niger": false} {
		if got := IsPlace(name); got != want {
			t.Errorf("IsPlace(%q) = %v", name, got)
		}
	}
}
