package atlas

import (
	"encoding/csv"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"keepiton/internal/platform/shared"
)

// title is the title of a picture.
func title(t *testing.T, r *room, path string) string {
	t.Helper()
	m := regexp.MustCompile(`<title id="[^"]*">([^<]*)</title>`).FindStringSubmatch(r.get(t, path).Body.String())
	if m == nil {
		t.Fatalf("%s has no title", path)
	}
	return m[1]
}

// file is the table of a picture.
func file(t *testing.T, r *room, path string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(r.get(t, path).Body).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%s: %d rows, %v", path, len(rows), err)
	}
	return rows
}

// TestTrendTitlesNameTheirBase: a rise is told from the first year the picture
// shows, a higher year in between is named, and so is the year from which
// causes were coded in another way.
func TestTrendTitlesNameTheirBase(t *testing.T) {
	r := imported(t)
	for _, kind := range []string{"causes", "regions", "services", "networks"} {
		path := "/pictures/trend-" + kind + "/all"
		said := title(t, r, path+".svg")
		if !strings.Contains(said, "the largest rise since 2016, from ") {
			t.Errorf("%s: %s", kind, said)
		}
		if revised := strings.Contains(said, "the method was revised in 2023"); revised != (kind == "causes") {
			t.Errorf("%s: %s", kind, said)
		}
		rows, label := file(t, r, path+".csv"), said[:strings.Index(said, ":")]
		for _, row := range rows[1:] {
			if row[0] != label {
				continue
			}
			years := row[1 : len(rows[0])-sourceCells]
			first, last, most := number(t, years[0]), number(t, years[len(years)-1]), 0
			for _, n := range years {
				most = max(most, number(t, n))
			}
			want := "from " + strconv.Itoa(first) + " to " + strconv.Itoa(last) + " in 2025"
			if peaked := strings.Contains(said, "the most were "+strconv.Itoa(most)+", in "); !strings.Contains(said, want) || peaked != (most > last) {
				t.Errorf("%s: %s; its years are %v", kind, said, years)
			}
			label = ""
		}
		if label != "" {
			t.Errorf("%s: %q is not in its table", kind, label)
		}
	}
}

// TestOneYearIsNotTheMostOfAny: an edition of a single year compares nothing.
func TestOneYearIsNotTheMostOfAny(t *testing.T) {
	r := newRoomWith(t, shared.Path(t, "data", "stop", "accessnow_stop_sheet_2022.csv"))
	for _, lang := range []string{"en", "ar", "fr"} {
		v := newVoice(t, r, lang)
		body := r.get(t, in(lang, false, "/countries/IR")).Body.String()
		if want := v.T("atlas.country.only", "country", v.Country("IR"), "year", "2022", "n", 18); !strings.Contains(body, "<h1>"+want+"</h1>") {
			t.Errorf("%s: the title is not %q", lang, want)
		}
		if most := v.T("atlas.country.most", "country", v.Country("IR"), "year", "2022", "n", 18); strings.Contains(body, most) {
			t.Errorf("%s: %s", lang, most)
		}
	}
}

// TestFirstOfTheKnown: where more is unknown than the first known value has, the
// title says so.
func TestFirstOfTheKnown(t *testing.T) {
	r := imported(t)
	for _, key := range []string{"IR", "MM", "2022", "all"} {
		said, unknown, top := title(t, r, "/pictures/orders/"+key+".svg"), 0, 0
		for _, row := range file(t, r, "/pictures/orders/"+key+".csv")[1:] {
			n := number(t, row[1])
			if key == "2022" {
				n = number(t, row[2])
			}
			if row[0] == "Not known who" || row[0] == "Not stated" {
				unknown += n
			} else {
				top = max(top, n)
			}
		}
		if tells := strings.Contains(said, "; not known or not given for "+newVoice(t, r, "en").N(unknown)); tells != (unknown > top) {
			t.Errorf("%s: %s, with %d at the top and %d unknown", key, said, top, unknown)
		}
	}
	if said := title(t, r, "/pictures/orders/IR.svg"); !strings.Contains(said, "not known or not given for 71") {
		t.Errorf("Iran: %s", said)
	}
}

// TestMapTitleCountsBlocks: a country where services alone were blocked was not
// cut off.
func TestMapTitleCountsBlocks(t *testing.T) {
	r := imported(t)
	for lang, word := range map[string]string{"en": "cut off or blocked", "ar": "قطع أو حجب", "fr": "coupures ou blocages"} {
		if said := title(t, r, in(lang, false, "/pictures/map/2025.svg")); !strings.Contains(said, word) {
			t.Errorf("%s: %s", lang, said)
		}
	}
}
