package atlas

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"image/png"
	"io"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"keepiton/internal/platform/chart"
	"keepiton/internal/platform/page/htmlcheck"
)

// used gathers every picture file that any page in English links.
func used(t *testing.T, r *room) []string {
	t.Helper()
	pages := fixed()
	for _, c := range []string{"IN", "IR", "MM", "UA", "RU", "PS", "XS", "VE", "EH", "GA", "NC", "CU"} {
		pages = append(pages, "/countries/"+c, "/map/"+c)
	}
	pages = append(pages, "/countries/IR?year=2022", "/countries/IN?year=2023", "/map/IN?year=2023")
	seen := map[string]bool{}
	var out []string
	for _, p := range pages {
		pg, err := htmlcheck.Parse(r.get(t, p).Body.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		links := pg.Links()
		for _, n := range pg.All("img") {
			links = append(links, htmlcheck.Attr(n, "src"))
		}
		for _, n := range pg.All("source") {
			links = append(links, htmlcheck.Attr(n, "srcset"))
		}
		for _, l := range links {
			l, _, _ = strings.Cut(l, "#") // no reader sends it
			if strings.HasPrefix(l, "/pictures/") && !seen[l] {
				seen[l] = true
				out = append(out, l)
			}
		}
	}
	return out
}

// TestPictures: every drawing and table any page links is whole, in the three
// languages.
func TestPictures(t *testing.T) {
	r := imported(t)
	list := used(t, r)
	if len(list) < 300 {
		t.Errorf("only %d picture files are linked", len(list))
	}
	for _, p := range list {
		for _, lang := range []string{"en", "ar", "fr"} {
			path := in(lang, false, p)
			if strings.HasSuffix(p, ".png") || strings.Contains(p, ".narrow.") {
				continue // see TestPNG; narrow ones are taken with the wide ones
			}
			if lang != "en" && !strings.Contains(p, "2025.") && !strings.Contains(p, "2016.") && !strings.Contains(p, "/I") && !strings.Contains(p, "/all") && !strings.Contains(p, "/PS") {
				continue // the words of a kind are the same in every year
			}
			w := r.get(t, path)
			if w.Code != 200 {
				t.Errorf("%s: %d", path, w.Code)
				continue
			}
			switch {
			case strings.HasSuffix(p, ".svg"):
				svg(t, path, w.Body.Bytes())
				narrow := strings.TrimSuffix(path, ".svg") + ".narrow.svg"
				if !strings.Contains(path, ".narrow.") {
					svg(t, narrow, r.get(t, narrow).Body.Bytes())
				}
			case strings.HasSuffix(p, ".csv"):
				rows, err := csv.NewReader(w.Body).ReadAll()
				if err != nil || len(rows) < 1 {
					t.Errorf("%s: %d rows, %v", path, len(rows), err)
				}
			}
		}
	}
}

// cutWords is a text of a drawing that was shortened to fit.
var cutWords = regexp.MustCompile(`<(?:text|tspan)[^>]*>(?:<title>([^<]*)</title>)?[^<]*…`)

// svg checks a drawing: well-formed, titled, sourced, nothing from elsewhere.
func svg(t *testing.T, path string, body []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(body))
	elements := 0
	for {
		tok, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return
		}
		if s, ok := tok.(xml.StartElement); ok {
			elements++
			for _, a := range s.Attr {
				if a.Name.Local == "href" && strings.Contains(a.Value, "//") || strings.HasPrefix(a.Name.Local, "on") {
					t.Errorf("%s: %s=%q", path, a.Name.Local, a.Value)
				}
			}
		}
	}
	if elements < 6 {
		t.Errorf("%s: %d elements", path, elements)
	}
	s := string(body)
	for _, want := range []string{"<title id=", "<desc id=", "STOP", "CC BY 4.0"} {
		if !strings.Contains(s, want) {
			t.Errorf("%s: no %s", path, want)
		}
	}
	for _, cut := range cutWords.FindAllStringSubmatch(s, -1) {
		if len(cut[1]) < 120 { // nobody can set a paragraph beside a bar
			t.Errorf("%s: a label is cut: %s", path, cut[0])
		}
	}
	for _, no := range []string{"atlas.", "%!", "NaN", "<nil>", "{n}", "{count}", "{label}"} {
		if strings.Contains(s, no) {
			t.Errorf("%s: %q in it", path, no)
		}
	}
}

// TestPNG paints one picture of each kind in each language.
func TestPNG(t *testing.T) {
	r := imported(t)
	for kind, d := range kinds {
		key := "2025"
		switch {
		case d.all:
			key = "all"
		case d.country:
			key = "IR"
		}
		for _, lang := range []string{"en", "ar", "fr"} {
			if lang == "fr" && kind != "map" && kind != "matrix" && kind != "causes" {
				continue
			}
			path := in(lang, false, "/pictures/"+kind+"/"+key+".png")
			w := r.get(t, path)
			if w.Code != 200 {
				t.Errorf("%s: %d", path, w.Code)
				continue
			}
			im, err := png.DecodeConfig(w.Body)
			if err != nil || im.Width != 2240 {
				t.Errorf("%s: %d wide, %v", path, im.Width, err)
			}
		}
	}
}

// sourceCells is how many cells of a row say where the file is from.
const sourceCells = 5

// TestTableSaysItsSource: a table taken from a page stays of its edition, in
// every row, and is not sent for an address it does not read.
func TestTableSaysItsSource(t *testing.T) {
	r := imported(t)
	for target, want := range map[string]string{
		"/pictures/causes/2025.csv": "Sheet of 20 May 2026; record of 20 May 2026.|record|2026-05-20",
		"/fr/pictures/bars/all.csv": "Tableau du 20 mai 2026\u00a0; registre du 20 mai 2026.|record|2026-05-20",
		"/pictures/map/2025.csv?release=" + url.QueryEscape(combined[:len(combined)-len(".csv")]): "|" + combined[:len(combined)-len(".csv")] + "|2026-05-20",
	} {
		rows, err := csv.NewReader(r.get(t, target).Body).ReadAll()
		if err != nil || len(rows) < 2 {
			t.Fatalf("%s: %d rows, %v", target, len(rows), err)
		}
		for _, row := range rows[1:] {
			said := row[len(row)-sourceCells:]
			if !strings.HasSuffix(strings.Join(said, "|"), want) || said[0] == "" || said[1] == "" || !strings.Contains(said[2], "CC BY 4.0") {
				t.Errorf("%s: %q, want %q", target, said, want)
			}
		}
	}
	for _, target := range []string{"/pictures/causes/2025.csv?country=IR", "/pictures/causes/2025.csv?release=record&release=x"} {
		if w := r.get(t, target); w.Code != 400 {
			t.Errorf("%s: %d", target, w.Code)
		}
	}
}

// TestTwins: what the CSV says is what the page's table says.
func TestTwins(t *testing.T) {
	r := imported(t)
	en := newVoice(t, r, "en")
	compared := 0
	for _, p := range []string{"/years/2025/where", "/years/2025/why", "/years/2025/how", "/years/2016/why", "/countries/IR", "/countries/IN?year=2023"} {
		body := r.get(t, p).Body.Bytes()
		for _, kind := range []string{"causes", "reasons", "orders", "networks", "extent", "methods", "services", "scope", "regions", "offenders"} {
			key := "2025"
			switch {
			case strings.HasPrefix(p, "/years/2016"):
				key = "2016"
			case strings.HasPrefix(p, "/countries/IR"):
				key = "IR"
			case strings.HasPrefix(p, "/countries/IN"):
				key = "IN-2023"
			}
			shown := tables(t, body)[en.T("atlas.rank."+kind+".head")]
			if shown == nil {
				continue
			}
			rows, err := csv.NewReader(r.get(t, "/pictures/"+kind+"/"+key+".csv").Body).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			file := map[string][]string{}
			for _, row := range rows[1:] {
				file[row[0]] = row[1 : len(row)-sourceCells]
			}
			for label, cells := range shown {
				compared++
				want := file[label]
				if want == nil {
					t.Errorf("%s %s: %q is not in the CSV", p, kind, label)
					continue
				}
				for i := range want {
					if got := fmt.Sprint(number(t, cells[i])); got != want[i] {
						t.Errorf("%s %s %q: page %s, CSV %s", p, kind, label, got, want[i])
					}
				}
			}
		}
	}
	if compared < 100 {
		t.Errorf("only %d rows compared", compared)
	}
	// pictures with a table of their own under them
	for _, x := range [][2]string{{"/years/2025/why", "/pictures/matrix/2025.csv"}, {"/map", "/pictures/map/2025.csv"}} {
		pg, err := htmlcheck.Parse(r.get(t, x[0]).Body.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(r.get(t, x[1]).Body).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var cells []string
		for _, n := range pg.All("table.twin tbody tr") {
			for c := n.FirstChild; c != nil; c = c.NextSibling {
				cells = append(cells, strings.TrimSpace(htmlcheck.Text(c)))
			}
		}
		var want []string
		for _, row := range rows[1:] {
			want = append(want, row[:len(row)-sourceCells]...)
		}
		if strings.Join(cells, "|") != strings.Join(want, "|") || len(want) < 20 {
			t.Errorf("%s: the table is not %s", x[0], x[1])
		}
	}
}

// TestPictureAnswers: addresses no picture has, and the headers of those there are.
func TestPictureAnswers(t *testing.T) {
	r := imported(t)
	for _, p := range []string{"/pictures/year/2025", "/pictures/year/2025.gif", "/pictures/year/all.svg", "/pictures/year/1999.svg", "/pictures/nothing/2025.svg", "/pictures/map/IR.svg",
		"/pictures/causes/ZZ.svg", "/pictures/causes/IR-1999.svg", "/pictures/causes/ir.svg", "/pictures/units/2025.svg", "/pictures/year/2025.narrow.csv.svg"} {
		if w := r.get(t, p); w.Code != 404 {
			t.Errorf("%s: %d", p, w.Code)
		}
	}
	w := r.get(t, "/pictures/causes/2025.svg")
	h := w.Header()
	if h.Get("Content-Type") != "image/svg+xml" || h.Get("Etag") == "" || h.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("headers: %v", h)
	}
	if a := r.get(t, "/pictures/causes/2025.svg").Header().Get("Etag"); a != h.Get("Etag") {
		t.Errorf("the same picture has two tags: %s, %s", a, h.Get("Etag"))
	}
}

// TestPictureSizes: the size a page gives is the size of the file.
func TestPictureSizes(t *testing.T) {
	r := imported(t)
	for _, p := range []string{"/years/2025", "/map/IN", "/map", "/trends", "/countries/IR"} {
		pg, err := htmlcheck.Parse(r.get(t, p).Body.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range append(pg.All("img"), pg.All("source")...) {
			src, ground, _ := strings.Cut(htmlcheck.Attr(n, "src")+htmlcheck.Attr(n, "srcset"), "#")
			if ground != chart.Ground {
				t.Errorf("%s shows %s on a ground of its own", p, src)
			}
			want := fmt.Sprintf(`width="%s" height="%s"`, htmlcheck.Attr(n, "width"), htmlcheck.Attr(n, "height"))
			if head := r.get(t, src).Body.String(); !strings.Contains(head[:min(len(head), 400)], want) {
				t.Errorf("%s: %s is not %s", p, src, want)
			}
		}
	}
}
