package atlas

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"keepiton/internal/platform/page/htmlcheck"
)

// TestSumsOfYearsAreEntries: a figure over several years counts a shutdown once
// in each, so no drawing, table or file of it may speak of shutdowns alone.
func TestSumsOfYearsAreEntries(t *testing.T) {
	r := imported(t)
	sentences := map[string]string{"en": "A shutdown counts once in every year it touched.", "ar": "تُحسب حالة القطع مرة في كل سنة طالتها.",
		"fr": "Une coupure compte une fois pour chaque année touchée."}
	for lang, sentence := range sentences {
		v := newVoice(t, r, lang)
		entries, shutdowns := v.T("atlas.entries_head"), v.T("atlas.shutdowns")
		for kind, d := range kinds {
			if _, ranked := breakdowns[kind]; !ranked && kind != "matrix" && kind != "country-map" {
				continue // a figure for each year
			}
			for _, key := range []string{"all", "IR", "MM", "IR-2022", "2022"} {
				has := map[string]bool{"all": d.all, "IR": d.country, "MM": d.country, "IR-2022": d.cy, "2022": d.year}[key]
				if !has {
					continue
				}
				summed := !strings.Contains(key, "2022")
				path := in(lang, false, "/pictures/"+kind+"/"+key)
				drawing := words(t, r.get(t, path+".svg").Body.Bytes())
				if n := strings.Count(drawing, sentence); summed && n != 1 {
					t.Errorf("%s.svg says %d times what it counts: %s", path, n, drawing)
				}
				rows, err := csv.NewReader(r.get(t, path+".csv").Body).ReadAll()
				if err != nil {
					t.Fatal(err)
				}
				if len(rows) < 2 {
					continue
				}
				measure := rows[1][len(rows[1])-sourceCells+1]
				if strings.Contains(measure, sentence) != summed {
					t.Errorf("%s.csv: measure %q", path, measure)
				}
				for _, head := range rows[0] {
					if summed && head == shutdowns || !summed && head == entries {
						t.Errorf("%s.csv: column %q", path, head)
					}
				}
			}
		}
		for _, p := range []string{"/countries/IR", "/countries/MM", "/countries/PS"} {
			pg, err := htmlcheck.Parse(r.get(t, in(lang, false, p)).Body.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			tables := 0
			for _, n := range pg.All("table.hb") {
				tables++
				if head := htmlcheck.Text(n); strings.Contains(head, shutdowns) || !strings.Contains(head, entries) {
					t.Errorf("%s %s: %s", lang, p, head)
				}
				if beside := htmlcheck.Text(n.Parent); !strings.Contains(beside, sentence) {
					t.Errorf("%s %s: a table does not say what it counts: %s", lang, p, beside)
				}
			}
			if tables < 5 {
				t.Errorf("%s: %d tables", p, tables)
			}
		}
	}
	if title := r.get(t, "/pictures/services/IR.svg").Body.String(); !strings.Contains(title, "yearly entries each</title>") {
		t.Error("the title of the services of Iran does not say what it counts")
	}
}

// words are the words a drawing shows, its lines one after the other.
func words(t *testing.T, drawing []byte) string {
	t.Helper()
	var out []string
	d := xml.NewDecoder(bytes.NewReader(drawing))
	var inside []string
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return strings.Join(strings.Fields(strings.Join(out, " ")), " ")
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := tok.(type) {
		case xml.StartElement:
			inside = append(inside, x.Name.Local)
		case xml.EndElement:
			inside = inside[:len(inside)-1]
		case xml.CharData:
			if n := len(inside); n > 0 && (inside[n-1] == "text" || inside[n-1] == "tspan") {
				out = append(out, string(x))
			}
		}
	}
}
