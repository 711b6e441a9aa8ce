package feed

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/shared"
)

func TestMain(m *testing.M) { os.Exit(m.Run()) }

// TestAPI is one long walk through the API over real sheets, on both engines:
// reading the sheets takes longer than all the questions.
func TestAPI(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := record(t, d, sheet2022, combined)
		if _, err := s.CutRelease(context.Background(), "2025 annual", "2026-05-20"); err != nil {
			t.Fatal(err)
		}
		w := open(t, s, testOrigin)
		for name, fn := range map[string]func(*testing.T, *world){
			"figures": yearsEqualFigures, "golden": yearsAreGolden, "pages": pagesHoldEveryRow, "schemas": answersMatchSchemas,
			"restricted": nothingRestrictedLeaves, "countries": countriesAddUp, "days": daysAreCounted, "compare": comparesEditions,
			"errors": badRequests, "headers": headers, "sitemap": sitemapHoldsAll, "merged": mergedAndWithdrawn,
		} {
			t.Run(name, func(t *testing.T) { fn(t, &world{t, s, w.h, w.origin}) })
		}
	})
}

// yearsEqualFigures compares every year of every edition with the figures the
// command line counts row by row.
func yearsEqualFigures(t *testing.T, w *world) {
	editions, err := w.s.Editions(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, ed := range editions {
		years, err := w.s.Years(context.Background(), ed.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, y := range years {
			want, err := w.s.Figures(context.Background(), ed.ID, y.Year)
			if err != nil {
				t.Fatal(err)
			}
			q := ""
			if ed.ID != incident.RecordEdition {
				q = "?release=" + url.QueryEscape(ed.Label)
			}
			var got incident.Figures
			w.json("/api/v1/years/"+strconv.Itoa(y.Year)+q, &got)
			if diff := cmp.Diff(want, &got); diff != "" {
				t.Errorf("%s %d:\n%s", ed.Label, y.Year, diff)
			}
			compared++
		}
	}
	if compared < 30 {
		t.Errorf("only %d years were compared", compared)
	}
}

// yearsAreGolden holds the API against the reference's own file.
func yearsAreGolden(t *testing.T, w *world) {
	raw, err := os.ReadFile(shared.Path(t, "data", "stop", "golden_counts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var golden map[string]json.RawMessage
	if err := json.Unmarshal(raw, &golden); err != nil {
		t.Fatal(err)
	}
	var years struct {
		Years []incident.YearTotal `json:"years"`
	}
	w.json("/api/v1/years", &years)
	want := map[int][2]int{2025: {313, 52}, 2024: {304, 55}, 2023: {289, 41}, 2022: {206, 41}, 2016: {80, 28}}
	for _, y := range years.Years {
		if x, ok := want[y.Year]; ok && x != [2]int{y.Shutdowns, y.Countries} {
			t.Errorf("%d: %d in %d, want %v", y.Year, y.Shutdowns, y.Countries, x)
		}
		delete(want, y.Year)
	}
	if len(want) > 0 || len(golden) == 0 {
		t.Errorf("years missing: %v", want)
	}
}

// pagesHoldEveryRow follows next through the whole list and some filters.
func pagesHoldEveryRow(t *testing.T, w *world) {
	for _, q := range []string{"limit=200", "limit=200&sort=longest&country=MM", "limit=37&year=2022", "limit=150&sort=changed&region=mena", "limit=200&release=2025+annual&year=2024"} {
		next, rows, seen, total := "/api/v1/incidents?"+q, 0, map[string]bool{}, -1
		for next != "" {
			var list ShutdownList
			w.json(next, &list)
			if total < 0 {
				total = list.Total.N
			}
			for _, x := range list.Rows {
				if key := x.Ref + " " + strconv.Itoa(x.CountYear); seen[key] {
					t.Fatalf("%s: %s comes twice", q, key)
				} else {
					seen[key] = true
				}
				if x.Title == "" || x.URL == "" || len(x.Countries) == 0 || x.Start == "" {
					t.Errorf("%s: incomplete row %+v", q, x)
				}
			}
			rows += len(list.Rows)
			if list.Next != "" && !strings.HasPrefix(list.Next, testOrigin+"/api/v1/incidents?") {
				t.Fatalf("next is %q", list.Next)
			}
			next = strings.TrimPrefix(list.Next, testOrigin)
		}
		if rows != total || rows == 0 {
			t.Errorf("%s: %d rows on all pages, total says %d", q, rows, total)
		}
	}
	var fr ShutdownList
	w.json("/fr/api/v1/incidents?country=IR&limit=1", &fr)
	if !strings.Contains(fr.Rows[0].URL, "/fr/incidents/") || !strings.Contains(fr.Next, "/fr/api/v1/") || fr.Rows[0].Countries[0].Name != geo.CountryName("IR", "fr") {
		t.Errorf("French: %+v", fr)
	}
}

// nothingRestrictedLeaves looks for the addresses and texts of every
// confidential source, and for every internal note, in every answer about its
// incident.
func nothingRestrictedLeaves(t *testing.T, w *world) {
	checked := 0
	err := w.s.Each(context.Background(), incident.RecordEdition, 0, func(r incident.Row) error {
		var secrets []string
		for _, x := range r.Facts.Sources {
			if x.Class == "confidential" {
				secrets = append(secrets, x.URL, x.Text)
			}
		}
		if note := r.Facts.Note("internal"); note != "" {
			secrets = append(secrets, note)
		}
		if len(secrets) == 0 || checked > 40 {
			return nil
		}
		checked++
		body := string(w.get("/api/v1/incidents/" + r.Ref).body)
		bare := *r.Facts
		bare.Sources, bare.Notes = nil, nil
		elsewhere, _ := json.Marshal(bare) // one link is also the government's own statement
		for _, secret := range secrets {
			if strings.Contains(string(elsewhere), secret) {
				continue
			}
			if quoted, _ := json.Marshal(secret); len(secret) > 8 && strings.Contains(body, strings.Trim(string(quoted), `"`)) {
				t.Errorf("%s tells %q", r.Ref, secret)
			}
		}
		return nil
	})
	if err != nil || checked == 0 {
		t.Fatal(checked, err)
	}
	open := incident.Facts{Notes: []incident.Note{{Kind: "event", Text: "told"}, {Kind: "internal", Text: "kept"}, {Kind: "target_detail", Text: "kept"}, {Kind: "new kind", Text: "kept"}},
		Sources: []incident.Source{{Class: "confidential", URL: "https://kept.example", Text: "kept"}, {Class: "news", URL: "https://told.example"}}}
	raw, _ := json.Marshal(PublicFacts(&open))
	if s := string(raw); strings.Contains(s, "kept") || strings.Count(s, "told") != 2 || !strings.Contains(s, "confidential") {
		t.Errorf("public facts: %s", raw)
	}
	// Each field of the facts is shown or withheld by decision, not by accident.
	for _, d := range incident.FactsDiff(everyFact(), &incident.Facts{}) {
		if !openFields[d.Field] && d.Field != "sources" && d.Field != "narrative" {
			t.Errorf("%s is withheld although nobody decided so", d.Field)
		}
	}
	for _, d := range PublicDiff([]incident.FieldDiff{{Field: "sources", Old: "https://kept.example"}, {Field: "narrative", New: "kept"}, {Field: "notes", New: "kept"}, {Field: "info_source_link", New: "kept"}}) {
		if d.Old != "" || d.New != "" || !d.Withheld {
			t.Errorf("difference shows %+v", d)
		}
	}
}

// everyFact has a value in every field.
func everyFact() *incident.Facts {
	f := &incident.Facts{}
	fill(reflect.ValueOf(f).Elem())
	return f
}

func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(1)
	}
}

// countriesAddUp compares the countries with each other and with the figures.
func countriesAddUp(t *testing.T, w *world) {
	var list CountryList
	w.json("/api/v1/countries", &list)
	if len(list.Countries) < 90 || list.Countries[0].Code != "IN" {
		t.Fatalf("%d countries, first %+v", len(list.Countries), list.Countries[0])
	}
	for _, c := range list.Countries[:12] {
		var one CountryBody
		w.json("/api/v1/countries/"+strings.ToLower(c.Code), &one)
		if one.Shutdowns != c.Shutdowns || one.Years[0].Year != c.Last || one.Names["ar"] == "" {
			t.Errorf("%s: %d in the list, %d by itself", c.Code, c.Shutdowns, one.Shutdowns)
		}
		for _, y := range one.Years {
			for dim, values := range y.By {
				sum := 0
				for _, n := range values {
					sum += n
				}
				if sum != y.Shutdowns {
					t.Errorf("%s %d by %s: %d of %d", c.Code, y.Year, dim, sum, y.Shutdowns)
				}
			}
			var rows ShutdownList
			w.json("/api/v1/incidents?limit=1&country="+c.Code+"&year="+strconv.Itoa(y.Year), &rows)
			if rows.Total.N != y.Shutdowns {
				t.Errorf("%s %d: counted %d, listed %d", c.Code, y.Year, y.Shutdowns, rows.Total.N)
			}
		}
	}
	var none CountryBody
	w.json("/api/v1/countries/VA", &none)
	if none.Shutdowns != 0 || none.Years == nil {
		t.Errorf("a country without a record: %+v", none)
	}
}

// daysAreCounted holds the reference's finding that no day of 2025 was without
// a shutdown, and counts one short incident by hand.
func daysAreCounted(t *testing.T, w *world) {
	var list DayList
	w.json("/api/v1/days?from=2025-01-01&to=2025-12-31", &list)
	if len(list.Days) != 365 {
		t.Fatalf("%d days", len(list.Days))
	}
	for _, d := range list.Days {
		if d.Cut+d.Slow+d.Block == 0 {
			t.Errorf("%s: nobody cut off", d.Day)
		}
	}
	var plain DayList
	w.json("/api/v1/days", &plain)
	if plain.From != "2025-01-01" || plain.To != "2025-12-31" || !reflect.DeepEqual(plain.Days, list.Days) {
		t.Errorf("without parameters: %s to %s", plain.From, plain.To)
	}
	var one DayList
	w.json("/api/v1/days?area=country:gh&from=2020-02-27&to=2024-02-29", &one)
	if one.Area != "country:GH" || len(one.Days) != 1464 || one.Days[1463].Day != "2024-02-29" {
		t.Errorf("%s, %d days", one.Area, len(one.Days))
	}
	var editions EditionList
	w.json("/api/v1/releases", &editions)
	for _, e := range editions.Releases {
		a := w.get("/api/v1/days?from=2022-01-01&release=" + url.QueryEscape(e.Label))
		want := http.StatusOK
		if e.Kind == "sheet" {
			want = http.StatusNotFound
		}
		if a.StatusCode != want || want == http.StatusNotFound && !strings.Contains(string(a.body), "no counts of days") {
			t.Errorf("days of %q: %d %.200s", e.Label, a.StatusCode, a.body)
		}
	}
}

// comparesEditions explains the restatement of 2022.
func comparesEditions(t *testing.T, w *world) {
	var list EditionList
	w.json("/api/v1/releases", &list)
	label := ""
	for _, e := range list.Releases {
		if e.Kind == "sheet" && e.Entries == 187 {
			label = e.Label
		}
		if e.Kind == "release" && (e.Digest == "" || len(e.Totals) != 10) {
			t.Errorf("release %+v", e)
		}
	}
	if list.Releases[0].Label != "record" || label == "" {
		t.Fatalf("releases: %+v", list.Releases)
	}
	var x ComparisonBody
	w.json("/api/v1/releases/compare?year=2022&from="+url.QueryEscape(label), &x)
	if x.Shutdowns != (PairBody{187, 206}) || x.Countries.To != 41 {
		t.Errorf("2022: %+v in %+v", x.Shutdowns, x.Countries)
	}
	kinds := map[string]int{}
	for _, r := range x.Rows {
		kinds[r.Kind]++
		for _, c := range r.Changed {
			if (c.Field == "sources" || c.Field == "narrative") && !c.Withheld {
				t.Errorf("%s shows %s", r.Ref, c.Field)
			}
		}
	}
	if kinds["added"] != 19+kinds["removed"] {
		t.Errorf("2022: %v", kinds)
	}
}

// mergedAndWithdrawn decides review items and asks for what they took away. It
// runs last but on a copy of nothing: other walks do not depend on the two.
func mergedAndWithdrawn(t *testing.T, w *world) {
	ctx := context.Background()
	items, err := w.s.Reviews(ctx, "open", "carry_over", "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range items {
		if w.s.Decide(ctx, item.ID, "tester", "merge") != nil {
			continue // both counted in one year
		}
		lines, err := w.s.Refs(ctx, 0, 1<<40)
		if err != nil {
			t.Fatal(err)
		}
		there := map[string]bool{}
		for _, l := range lines {
			there[l.Ref] = true
		}
		for _, ref := range []string{refOf(t, w.s, *item.Incident), refOf(t, w.s, *item.Other)} {
			if there[ref] {
				continue
			}
			a := w.get("/ar/api/v1/incidents/" + ref)
			var m Moved
			if err := json.Unmarshal(a.body, &m); err != nil || a.StatusCode != http.StatusMovedPermanently || m.Ref != ref || !there[m.MergedInto] ||
				a.Header.Get("Location") != testOrigin+"/ar/api/v1/incidents/"+m.MergedInto || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") {
				t.Errorf("%s: %d %s %s %v", ref, a.StatusCode, a.Header, a.body, err)
			}
			return
		}
		t.Fatal("neither reference of the merged pair is gone")
	}
	t.Fatalf("none of %d pairs could be merged", len(items))
}

// refOf finds the reference of an incident's number.
func refOf(t *testing.T, s *incident.Service, id int64) string {
	t.Helper()
	lines, err := s.Refs(context.Background(), id-1, id)
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) == 1 {
		return lines[0].Ref
	}
	changes, err := s.RecentChanges(context.Background(), 1)
	if err != nil || len(changes) != 1 {
		t.Fatal(err)
	}
	for _, d := range changes[0].Diff {
		if d.Field == "merged" {
			return d.New
		}
	}
	t.Fatal("no merge in the history")
	return ""
}
