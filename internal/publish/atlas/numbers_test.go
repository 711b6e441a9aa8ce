package atlas

import (
	"context"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/page/htmlcheck"
	"keepiton/internal/platform/shared"
)

// table is a table of a page: what stands in each row, by its first cell.
type table map[string][]string

// tables reads every table of a page by the head of its first column, except
// the twins of pictures.
func tables(t testing.TB, body []byte) map[string]table {
	t.Helper()
	p, err := htmlcheck.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]table{}
	for i, node := range p.All("table") {
		if htmlcheck.Attr(node, "class") == "twin" {
			continue
		}
		head, rows := readTable(p, i)
		if len(head) == 0 {
			continue
		}
		if out[head[0]] == nil {
			out[head[0]] = table{}
		}
		for _, r := range rows {
			out[head[0]][r[0]] = r[1:]
		}
	}
	return out
}

// readTable reads one table.
func readTable(p *htmlcheck.Page, n int) (head []string, rows [][]string) {
	node := p.All("table")[n]
	own := func(selector string) (list []string) {
		for _, x := range p.All(selector) {
			for up := x.Parent; up != nil; up = up.Parent {
				if up == node {
					list = append(list, strings.TrimSpace(htmlcheck.Text(x)))
					break
				}
			}
		}
		return list
	}
	head = own("table thead th")
	for _, tr := range p.All("table tbody tr") {
		inside := false
		for up := tr.Parent; up != nil; up = up.Parent {
			inside = inside || up == node
		}
		if !inside {
			continue
		}
		var row []string
		for c := tr.FirstChild; c != nil; c = c.NextSibling {
			row = append(row, strings.TrimSpace(htmlcheck.Text(c)))
		}
		rows = append(rows, row)
	}
	return head, rows
}

// number reads the first number of a cell: "1,012", "148 47%".
func number(t testing.TB, s string) int {
	t.Helper()
	s, _, _ = strings.Cut(s, " ")
	n, err := strconv.Atoi(strings.ReplaceAll(s, ",", ""))
	if err != nil {
		t.Errorf("not a number: %q", s)
	}
	return n
}

// TestYearPagesEqualFigures holds every number of the year pages against the
// figures of keepiton count, which are counted row by row.
func TestYearPagesEqualFigures(t *testing.T) {
	r := imported(t)
	tax := r.record.Taxonomy()
	en := newVoice(t, r, "en")
	for y := 2016; y <= 2025; y++ {
		f, err := r.record.Figures(context.Background(), incident.RecordEdition, y)
		if err != nil {
			t.Fatal(err)
		}
		ys := strconv.Itoa(y)
		where := tables(t, r.get(t, "/years/"+ys+"/where").Body.Bytes())
		why := tables(t, r.get(t, "/years/"+ys+"/why").Body.Bytes())
		how := tables(t, r.get(t, "/years/"+ys+"/how").Body.Bytes())
		value := 1 // the column of the year: after that of the year before
		if y == 2016 {
			value = 0
		}
		for _, x := range []struct {
			figures string
			kind    string
			scheme  incident.Scheme
			on      map[string]table
			in      bool // the page says in how many countries
		}{
			{"actual_cause", "causes", incident.SchemeCause, why, true}, {"gov_justification", "reasons", incident.SchemeReason, why, true},
			{"ordered_by", "orders", incident.SchemeActorClass, why, true}, {"network", "networks", incident.SchemeNetwork, how, true},
			{"extent", "extent", incident.SchemeExtent, how, true}, {"type", "methods", incident.SchemeMethod, how, true},
			{"geo_scope", "scope", incident.SchemeScope, where, true}, {"region", "regions", incident.SchemeRegion, where, false},
		} {
			got := x.on[en.T("atlas.rank."+x.kind+".head")]
			seen := 0
			for _, term := range append(tax.Terms(x.scheme), incident.Term{Scheme: x.scheme}) {
				label := tax.Label(x.scheme, term.Key, y)
				row, there := got[en.Term(x.scheme, term.Key)]
				want := f.By[x.figures][label]
				if !there {
					if want != 0 {
						t.Errorf("%d %s %q: not on the page, figures have %d", y, x.kind, label, want)
					}
					continue
				}
				seen++
				if n := number(t, row[value]); n != want {
					t.Errorf("%d %s %q: page %d, figures %d", y, x.kind, label, n, want)
				}
				if x.in {
					if n := number(t, row[value+1]); n != f.CountriesBy[x.figures][label] {
						t.Errorf("%d %s %q: page %d countries, figures %d", y, x.kind, label, n, f.CountriesBy[x.figures][label])
					}
				}
			}
			if seen == 0 || seen != len(got) {
				t.Errorf("%d %s: %d of %d rows compared", y, x.kind, seen, len(got))
			}
		}
		services := how[en.T("atlas.rank.services.head")]
		if len(services) == 0 {
			t.Errorf("%d: no services", y)
		}
		for key, want := range f.Services {
			if row, ok := services[en.Service(key)]; ok {
				if n, in := number(t, row[value]), number(t, row[value+1]); n != want.Shutdowns || in != want.Countries {
					t.Errorf("%d service %s: page %d in %d, figures %v", y, key, n, in, want)
				}
			}
		}
		countries := where[en.T("atlas.country_head")]
		if len(countries) != f.Countries {
			t.Errorf("%d: %d countries on the page, figures %d", y, len(countries), f.Countries)
		}
		for _, c := range f.TopCountries {
			code, _ := geo.MatchCountry(c.Name)
			row := countries[en.Country(code)]
			if len(row) <= value || number(t, row[value]) != c.N {
				t.Errorf("%d %s: page %v, figures %d", y, c.Name, row, c.N)
			}
		}
		overview(t, r, y, value, f)
	}
}

// overview compares the table of the year in short.
func overview(t *testing.T, r *room, y, value int, f *incident.Figures) {
	t.Helper()
	en := newVoice(t, r, "en")
	facts := tables(t, r.get(t, "/years/"+strconv.Itoa(y)).Body.Bytes())[en.T("atlas.figure_head")]
	is := func(key string, n, countries int) {
		t.Helper()
		row := facts[en.T("atlas.fact."+key)]
		if len(row) < value+2 {
			t.Errorf("%d %s: no such row", y, key)
			return
		}
		if got := number(t, row[value]); got != n {
			t.Errorf("%d %s: page %d, figures %d", y, key, got, n)
		}
		if countries >= 0 {
			if got := number(t, row[value+1]); got != countries {
				t.Errorf("%d %s: page %d countries, figures %d", y, key, got, countries)
			}
		}
	}
	is("all", f.Shutdowns, f.Countries)
	is("carried_in", f.CarriedIn, -1)
	is("ongoing", f.Ongoing, -1)
	is("cross_border", f.CrossBorder, -1)
	is("throttled", f.By["type"]["Throttle"], f.CountriesBy["type"]["Throttle"])
	is("exams", f.By["actual_cause"]["Exam cheating"], f.CountriesBy["actual_cause"]["Exam cheating"])
	for _, flag := range []string{"violence", "hr_abuse", "election"} {
		is(flag, f.Flags[flag].Shutdowns, f.Flags[flag].Countries)
	}
}

// TestYearPagesEqualGolden holds the totals against the reference's own file.
func TestYearPagesEqualGolden(t *testing.T) {
	r := imported(t)
	raw, err := os.ReadFile(shared.Path(t, "data", "stop", "golden_counts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Combined struct {
			Years map[string]struct {
				Rows, Countries int
				CarriedIn       int                      `json:"carried_in"`
				Ongoing         int                      `json:"ongoing_status"`
				Top             []incident.RankedCountry `json:"top_countries"`
			} `json:"by_count_year"`
		} `json:"combined_2016_2025"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Combined.Years) < 5 {
		t.Fatalf("only %d golden years", len(file.Combined.Years))
	}
	en := newVoice(t, r, "en")
	for ys, want := range file.Combined.Years {
		value := 1
		if ys == "2016" {
			value = 0
		}
		facts := tables(t, r.get(t, "/years/"+ys).Body.Bytes())[en.T("atlas.figure_head")]
		for key, n := range map[string]int{"all": want.Rows, "carried_in": want.CarriedIn, "ongoing": want.Ongoing} {
			if got := number(t, facts[en.T("atlas.fact."+key)][value]); got != n {
				t.Errorf("%s %s: page %d, golden %d", ys, key, got, n)
			}
		}
		if got := number(t, facts[en.T("atlas.fact.all")][value+1]); got != want.Countries {
			t.Errorf("%s: page %d countries, golden %d", ys, got, want.Countries)
		}
	}
}

// TestDerivedDimensions counts again, row by row, what pages take from the
// dimensions made for them.
func TestDerivedDimensions(t *testing.T) {
	r := imported(t)
	ctx := context.Background()
	old, kinds, offenders := map[int]int{}, map[int]int{}, map[int]map[string]int{}
	err := r.record.Each(ctx, incident.RecordEdition, 0, func(row incident.Row) error {
		f, y := row.Facts, row.Entry.Year
		if start, ok := f.Period.Start.Day(); ok && f.Period.EndState == "ongoing" {
			if _, close := incident.YearDays(y); close-start >= 365 {
				old[y]++
			}
		}
		if f.CrossBorder() {
			homes := map[string]bool{}
			for _, a := range f.Actors {
				home := a.Home != ""
				for _, c := range f.Countries {
					home = home && c.Code != a.Home
				}
				if home {
					homes[a.Home] = true
				}
			}
			for h := range homes {
				if offenders[y] == nil {
					offenders[y] = map[string]int{}
				}
				offenders[y][h]++
			}
		}
		if f.Measure.Whole {
			kinds[y]++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	q := newAskFor(t, r, "en")
	if err := q.loadWorld(0, worldDims...); err != nil {
		t.Fatal(err)
	}
	some := 0
	for _, x := range q.totals {
		y, w := x.year, incident.AreaWorld
		if got := q.n(y, w, incident.DimTrait, "year_old"); got != old[y] {
			t.Errorf("%d: %d older than a year, counted %d", y, got, old[y])
		}
		whole, sum := 0, 0
		for _, v := range q.values(y, w, incident.DimKind) {
			sum += v.n
			if strings.HasSuffix(v.value, "_whole") {
				whole += v.n
			}
		}
		if whole != kinds[y] || sum != x.shutdowns {
			t.Errorf("%d: kinds whole %d of %d, counted %d of %d", y, whole, sum, kinds[y], x.shutdowns)
		}
		for _, v := range q.values(y, w, incident.DimOffender) {
			some++
			if offenders[y][v.value] != v.n {
				t.Errorf("%d %s: %d across a border, counted %d", y, v.value, v.n, offenders[y][v.value])
			}
		}
	}
	if some == 0 {
		t.Error("no offender at all")
	}
}

// TestMatrixAddsUp: each row of the matrix is its cause's number.
func TestMatrixAddsUp(t *testing.T) {
	r := imported(t)
	en := newVoice(t, r, "en")
	for y := 2016; y <= 2025; y++ {
		why := tables(t, r.get(t, "/years/"+strconv.Itoa(y)+"/why").Body.Bytes())
		f, err := r.record.Figures(context.Background(), incident.RecordEdition, y)
		if err != nil {
			t.Fatal(err)
		}
		q := newAskFor(t, r, "en")
		c, _, err := q.matrix(scope{year: y})
		if err != nil {
			t.Fatal(err)
		}
		_, rows := c.Table()
		for _, row := range rows {
			sum := 0
			for _, cell := range row[1 : len(row)-1] {
				sum += number(t, cell)
			}
			if total := number(t, row[len(row)-1]); sum != total {
				t.Errorf("%d %s: cells add up to %d, total %d", y, row[0], sum, total)
			}
		}
		_ = f
		if len(why[en.T("atlas.rank.causes.head")]) == 0 {
			t.Errorf("%d: no causes", y)
		}
	}
}

// TestFirstTime: nobody new may have an entry in an earlier year.
func TestFirstTime(t *testing.T) {
	r := imported(t)
	seen := map[string]bool{}
	for y := 2016; y <= 2025; y++ {
		q := newAskFor(t, r, "en")
		first := map[string]bool{}
		for _, c := range q.firstTimers(y) {
			first[c] = true
		}
		now := map[string]bool{}
		err := r.record.Each(context.Background(), incident.RecordEdition, y, func(row incident.Row) error {
			for _, c := range row.Facts.Countries {
				now[c.Code] = true
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for c := range now {
			if first[c] == seen[c] {
				t.Errorf("%d %s: first %v, seen before %v", y, c, first[c], seen[c])
			}
			seen[c] = true
		}
	}
}

// TestYearCoverage: the reference's finding about 2025.
func TestYearCoverage(t *testing.T) {
	r := imported(t)
	body := r.get(t, "/pictures/year/2025.svg").Body.String()
	if want := "On every one of the 365 days of 2025, at least one shutdown was under way"; !strings.Contains(body, want) {
		t.Errorf("no %q in the picture of 2025", want)
	}
}

func newVoice(t testing.TB, r *room, lang string) voice { return newAskFor(t, r, lang).v }

func newAskFor(t testing.TB, r *room, lang string) *ask {
	t.Helper()
	ed, err := r.record.Edition(context.Background(), incident.RecordEdition)
	if err != nil {
		t.Fatal(err)
	}
	q, err := r.atlas.askIn(context.Background(), r.atlas.voiceOf(lang), ed)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// TestExtentSaysAllThree: entries that hit the network and services as well are
// in the title of the figure, not only in its table.
func TestExtentSaysAllThree(t *testing.T) {
	r := imported(t)
	tax := r.record.Taxonomy()
	for _, y := range []int{2016, 2022, 2025} {
		f, err := r.record.Figures(context.Background(), incident.RecordEdition, y)
		if err != nil {
			t.Fatal(err)
		}
		both := f.By["extent"][tax.Label(incident.SchemeExtent, "full_and_service", y)]
		body := r.get(t, "/years/"+strconv.Itoa(y)+"/how").Body.String()
		if want := ", " + strconv.Itoa(both) + " did both"; strings.Contains(body, want) != (both > 0) {
			t.Errorf("%d: %d entries hit both; the title has %q: %v", y, both, want, both == 0)
		}
	}
}
