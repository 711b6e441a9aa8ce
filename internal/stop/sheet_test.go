package stop

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/sheet"
)

// row makes a line of schema E from a few cells; the others are empty.
func row(t testing.TB, set map[Field]string) []string {
	t.Helper()
	schema, _ := SchemaByName("E")
	defaults := map[Field]string{"start_date": "2024-03-01", "end_date": "2024-03-03", "country": "Iraq", "area_name": "Nationwide",
		"geo_scope": "It affected locations in more than one state, province, or region", "shutdown_type": "Shutdown", "affected_network": "Mobile",
		"shutdown_extent": "Full network", "ordered_by": "Executive government", "actual_cause": "Exam cheating", "shutdown_status": "Ended",
		"gov_justification": "School exams", "region": "MENA", "count_year": "2024"}
	out := make([]string, len(schema.Columns))
	for i, c := range schema.Columns {
		out[i] = defaults[c.Field]
		if v, ok := set[c.Field]; ok {
			out[i] = v
		}
	}
	return out
}

// sheetE writes a sheet of schema E and returns its path.
func sheetE(t testing.TB, name string, rows ...map[Field]string) string {
	t.Helper()
	schema, _ := SchemaByName("E")
	var b bytes.Buffer
	w := sheet.NewCSV(&b, sheet.Out{Raw: true})
	if err := w.Row(schema.Headers(0)); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := w.Row(row(t, r)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file(t, name, b.Bytes())
}

func file(t testing.TB, name string, body []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func read(t testing.TB, path string) ([]incident.SheetEdition, []Refusal, error) {
	t.Helper()
	tax, err := incident.SeedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	r := Reader{Taxonomy: tax, Places: geo.NewMatcher(nil)}
	return r.File(context.Background(), path)
}

// TestTelcoColumnsSwap: in 2019 telco_resp is the answer and telco_ack the
// link; in 2020 it is the other way round.
func TestTelcoColumnsSwap(t *testing.T) {
	for schema, want := range map[string]string{"B": "telco_resp", "C": "telco_ ack"} {
		s, _ := SchemaByName(schema)
		for _, c := range s.Columns {
			if c.Field == "telco_ack" && c.Header != want {
				t.Errorf("schema %s: the answer stands under %q, want %q", schema, c.Header, want)
			}
		}
	}
}

func TestSchemaSizes(t *testing.T) {
	for name, n := range map[string]int{"A": 26, "B": 43, "C": 44, "D": 45, "E": 47} {
		s, ok := SchemaByName(name)
		if !ok || len(s.Columns) != n {
			t.Errorf("schema %s has %d columns, want %d", name, len(s.Columns), n)
		}
	}
}

// TestRemarkAboveHeader reads the form of the first publication of 2020.
func TestRemarkAboveHeader(t *testing.T) {
	s, _ := SchemaByName("C")
	var b bytes.Buffer
	w := sheet.NewCSV(&b, sheet.Out{Raw: true})
	remark := make([]string, len(s.Columns))
	remark[0] = "Both days are counted in the report."
	cells := make([]string, len(s.Columns))
	for i, c := range s.Columns {
		cells[i] = map[Field]string{"start_date": "3/1/2020", "end_date": "43983", "country": "India", "state_india": "Assam", "area_name": "Dibrugarh",
			"geo_scope": "Level 1", "actual_cause": "Protests", "telco_ack": "NO", "telco_ack_source": "https://example.org/letter"}[c.Field]
	}
	for _, r := range [][]string{remark, s.Headers(2020), cells} {
		if err := w.Row(r); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	eds, refused, err := read(t, file(t, "first-2020.csv", b.Bytes()))
	if err != nil || len(refused) > 0 {
		t.Fatal(err, refused)
	}
	f := eds[0].Rows[0].Facts
	if eds[0].Schema != "C" || !strings.Contains(eds[0].Remark, "Both days") {
		t.Errorf("schema %s, remark %q", eds[0].Schema, eds[0].Remark)
	}
	if f.Telco.Acknowledged != incident.No || f.Telco.Source != "https://example.org/letter" {
		t.Errorf("operators: %+v", f.Telco)
	}
	if f.Period.End != "2020-06-01" || eds[0].Rows[0].Year != 2020 || f.Measure.Scope != "local" {
		t.Errorf("facts: %+v", f)
	}
}

// TestRefused: each bad file or row is named with its place, and nothing of
// the file is kept.
func TestRefused(t *testing.T) {
	schema, _ := SchemaByName("E")
	header := strings.Join(schema.Headers(0), ",")
	cases := []struct {
		name, path, code string
		line, column     int
	}{
		{"unknown country", sheetE(t, "a.csv", map[Field]string{}, map[Field]string{"country": "Atlantis"}), "stop.unknown_country", 3, 3},
		{"no country", sheetE(t, "a.csv", map[Field]string{"country": " "}), "stop.no_country", 2, 3},
		{"start in words", sheetE(t, "a.csv", map[Field]string{"start_date": "last Tuesday"}), "stop.bad_start", 2, 2},
		{"day-first start", sheetE(t, "a.csv", map[Field]string{"start_date": "28/3/2024"}), "stop.bad_start", 2, 2},
		{"bad count year", sheetE(t, "a.csv", map[Field]string{"count_year": "next"}), "stop.bad_year", 2, 47},
		{"missing column", file(t, "b.csv", []byte(strings.Replace(header, "country,", "", 1)+"\nActual,2024-01-01\n")), "stop.header_missing", 1, 0},
		{"no header", file(t, "c.csv", []byte("a,b,c\n1,2,3\n")), "stop.no_header", 1, 0},
		{"header only", file(t, "d.csv", []byte(header+"\n")), "stop.no_rows", 1, 0},
		{"a cell beyond the header", file(t, "f.csv", append(bytes.TrimRight(readFile(t, sheetE(t, "f.csv", map[Field]string{})), "\r\n"), ",2024\n"...)), "stop.torn_row", 2, 0},
		{"column twice", file(t, "e.csv", []byte(header+",country\nx\n")), "stop.header_twice", 1, 48},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, refused, err := read(t, c.path)
			var se *sheet.Error
			switch {
			case errors.As(err, &se):
			case len(refused) > 0:
				se = &refused[0]
			default:
				t.Fatal("it was read")
			}
			if se.Code != c.code || se.Line != c.line || se.Column != c.column || se.File == "" || se.Expected == "" {
				t.Errorf("got %s line %d column %d (%v), want %s line %d column %d", se.Code, se.Line, se.Column, se, c.code, c.line, c.column)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	for _, c := range []struct {
		set  map[Field]string
		rule string
	}{
		{map[Field]string{"facebook_affected": "Yes"}, warnServiceFull},
		{map[Field]string{"shutdown_extent": "Service-based"}, warnServiceNone},
		{map[Field]string{"end_date": "2024-02-01"}, warnEndBefore},
		{map[Field]string{"end_date": ""}, warnEndedNoDate},
		{map[Field]string{"shutdown_status": "Ongoing"}, warnOngoingDated},
		{map[Field]string{"end_date": "", "duration": "4"}, warnDurationNoEnd},
		{map[Field]string{"duration": "a week"}, warnDurationWords},
		{map[Field]string{"duration": "9"}, warnDurationOff},
		{map[Field]string{"end_date": "when it was over"}, warnDateWords},
		{map[Field]string{"actual_cause": "Boredom"}, warnTerm},
		{map[Field]string{"count_year": "2023"}, warnAfterYear},
		{map[Field]string{"info_source_link": "told by a friend"}, warnLinkWords},
		{map[Field]string{"info_source_link": "javascript:alert(1)"}, warnLinkWords},
		{map[Field]string{"an_link": "mailto:somebody@example.org"}, warnLinkWords},
	} {
		eds, refused, err := read(t, sheetE(t, "w.csv", c.set))
		if err != nil || len(refused) > 0 {
			t.Fatal(err, refused)
		}
		if !hasWarning(eds[0].Rows[0].Warnings, c.rule) {
			t.Errorf("%v: warnings %v, want %s", c.set, eds[0].Rows[0].Warnings, c.rule)
		}
	}
}

// TestBesideTheTable: a workbook may hold remarks to the right of its table.
// They are kept with the row, which is read and says so.
func TestBesideTheTable(t *testing.T) {
	schema, _ := SchemaByName("E")
	tax, err := incident.SeedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	cells := func(list []string) (out []sheet.Cell) {
		for _, c := range list {
			out = append(out, sheet.Cell{Text: c})
		}
		return out
	}
	book := &sheet.Book{Name: "a.xlsx", Format: sheet.XLSX, Tables: []sheet.Table{{Sheet: "2024", Rows: []sheet.Row{
		{Line: 1, Cells: cells(schema.Headers(0))},
		{Line: 2, Cells: cells(append(row(t, map[Field]string{}), "", "to be asked again"))},
		{Line: 3, Cells: cells(append(row(t, map[Field]string{"country": "Cuba"}), "", " "))},
	}}}}
	r := Reader{Taxonomy: tax, Places: geo.NewMatcher(nil)}
	eds, refused, err := r.Book(book)
	if err != nil || len(refused) > 0 || len(eds) != 1 || len(eds[0].Rows) != 2 {
		t.Fatal(eds, refused, err)
	}
	noted, blank := eds[0].Rows[0], eds[0].Rows[1]
	if !hasWarning(noted.Warnings, warnBeyond) || !slices.Contains(noted.Cells, "to be asked again") {
		t.Errorf("a remark beside the table: %v, kept %q", noted.Warnings, noted.Cells[len(schema.Columns):])
	}
	if hasWarning(blank.Warnings, warnBeyond) {
		t.Errorf("blanks beside the table are doubted: %v", blank.Warnings)
	}
}

// TestLifeOfASheet imports editions one after the other and follows what
// becomes of their rows.
func TestLifeOfASheet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newRecord(t, d)
		a := map[Field]string{"country": "Iraq"}
		b := map[Field]string{"country": "Syrian Arab Republic", "start_date": "2024-05-01", "end_date": "", "shutdown_status": "Ongoing"}
		first := importFile(t, s, sheetE(t, "one 2025-01-01.csv", a, b))
		expect(t, "first", first, map[incident.Outcome]int{incident.New: 2})

		changed := map[Field]string{"country": "Iraq", "actual_cause": "Protests"}
		carried := map[Field]string{"country": "Syrian Arab Republic", "start_date": "2024-05-01", "end_date": "", "shutdown_status": "Ongoing", "count_year": "2025"}
		second := importFile(t, s, sheetE(t, "two 2025-06-01.csv", changed, b, carried))
		expect(t, "second", second, map[incident.Outcome]int{incident.Changed: 1, incident.Unchanged: 1, incident.Merged: 1})
		if d := second.Rows[0].Diff; len(d) != 1 || d[0] != (incident.FieldDiff{Field: "actual_cause", Old: "Exam cheating", New: "Protests"}) {
			t.Errorf("diff of the changed row: %v", d)
		}

		older := importFile(t, s, sheetE(t, "zero 2024-12-01.csv", a))
		expect(t, "older", older, map[incident.Outcome]int{incident.Kept: 1})
		if older.Leading {
			t.Error("an older sheet leads the record")
		}

		partial := importFile(t, s, sheetE(t, "three 2025-07-01.csv", changed))
		if len(partial.Missing) != 1 || partial.Withdrew {
			t.Errorf("missing: %v", partial.Missing)
		}
		years, err := s.Years(context.Background(), incident.RecordEdition)
		if err != nil || len(years) != 2 || years[1].Shutdowns != 2 {
			t.Errorf("a partial sheet took something out of the count: %v %v", years, err)
		}
		reviews, err := s.Reviews(context.Background(), "open", "missing_from_newer_edition", "", 10)
		if err != nil || len(reviews) != 1 {
			t.Fatal(reviews, err)
		}
		if err := s.Decide(context.Background(), reviews[0].ID, "tester", "withdraw"); err != nil {
			t.Fatal(err)
		}
		years, _ = s.Years(context.Background(), incident.RecordEdition)
		if years[1].Shutdowns != 1 {
			t.Errorf("after the decision: %v", years)
		}
		if note, err := s.VerifyCounts(context.Background()); err != nil {
			t.Error(note, err)
		}
	})
}

func expect(t *testing.T, what string, a incident.Account, want map[incident.Outcome]int) {
	t.Helper()
	for o, n := range want {
		if a.Count(o) != n {
			t.Errorf("%s: %d %s, want %d (%+v)", what, a.Count(o), o, n, a.Rows)
		}
	}
}

// TestReviewDecisions: a place becomes an alias, a pair is joined and its
// reference leads on.
func TestReviewDecisions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		importFile(t, s, sheetE(t, "r 2025-01-01.csv",
			map[Field]string{"area_name": "National", "end_date": "", "shutdown_status": "Ongoing", "count_year": "2024"},
			map[Field]string{"area_name": "Nationwide", "end_date": "", "shutdown_status": "Ongoing", "count_year": "2025"},
			map[Field]string{"area_name": "Zzyzxville", "start_date": "2024-08-01", "end_date": "2024-08-02"}))
		item := func(kind string) incident.Review {
			list, err := s.Reviews(ctx, "open", kind, "", 10)
			if err != nil || len(list) != 1 {
				t.Fatal(kind, list, err)
			}
			return list[0]
		}
		if err := s.Decide(ctx, item("carry_over").ID, "tester", "maybe"); err == nil {
			t.Error("an answer that is none was taken")
		}
		if err := s.Decide(ctx, item("carry_over").ID, "tester", "merge"); err != nil {
			t.Fatal(err)
		}
		gone, err := s.Get(ctx, incident.RecordEdition, "2025-0001")
		if err != nil || gone.MergedInto != "2024-0001" {
			t.Errorf("the merged one: %+v %v", gone, err)
		}
		kept, err := s.Get(ctx, incident.RecordEdition, "2024-0001")
		if err != nil || len(kept.Years) != 2 || kept.LastYear != 2025 {
			t.Errorf("the one that took it in: %+v %v", kept, err)
		}
		if err := s.Decide(ctx, item("place").ID, "tester", "IQ-BG"); err != nil {
			t.Fatal(err)
		}
		placed, err := s.List(ctx, incident.Filter{Query: "Zzyzxville"})
		if err != nil || len(placed.Rows) != 1 || placed.Rows[0].Facts.Places[0].Unit != "IQ-BG" {
			t.Errorf("placed: %+v %v", placed, err)
		}
		m, err := s.Matcher(ctx)
		if err != nil || m.Match("IQ", "Zzyzxville").Matches[0].Unit != "IQ-BG" {
			t.Errorf("the decision is no alias: %v", err)
		}
		if note, err := s.VerifyCounts(ctx); err != nil {
			t.Error(note, err)
		}
	})
}

func FuzzRow(f *testing.F) {
	f.Add("Iraq", "2024-01-01", "Baghdad, Basra", "Yes", "Starlink, VPNs and \"others\"", "https://a.org;b", "India: Airtel (Bharti), x")
	f.Add("Laos; Myanmar", "43983", "National except Kurdistan", "TRUE", "", "not a link", "((((")
	tax, err := incident.SeedTaxonomy()
	if err != nil {
		f.Fatal(err)
	}
	places := geo.NewMatcher(nil)
	schema, _ := SchemaByName("E")
	at := map[Field]int{}
	for i, c := range schema.Columns {
		at[c.Field] = i
	}
	f.Fuzz(func(t *testing.T, country, start, area, flag, services, links, telcos string) {
		p := &rowParser{file: "f", layout: &layout{schema: schema, at: at}, tax: tax, places: places, cache: map[string]geo.Result{}}
		r := sheet.Row{Line: 1}
		for _, c := range row(t, map[Field]string{"country": country, "start_date": start, "area_name": area, "election": flag,
			"other_affected": services, "info_source_link": links, "telcos_involved": telcos, "twitter_affected": flag}) {
			r.Cells = append(r.Cells, sheet.Cell{Text: c})
		}
		facts, year, _, err := p.parse(r)
		if err != nil {
			var se *sheet.Error
			if !errors.As(err, &se) {
				t.Fatalf("an error without a place: %v", err)
			}
			return
		}
		for _, x := range facts.Flags {
			if x.State != incident.Yes && x.State != incident.No && x.State != incident.Unknown && x.State != incident.NotAsked {
				t.Fatalf("a flag in no state: %q", x.State)
			}
		}
		render(schema, tax, &facts, year, "")
		incident.Contributions(&facts, year, incident.RegionOf, incident.FirstLevel)
	})
}

// TestWorkbook reads a workbook of several sheets, one of which holds cases
// that wait for confirmation, into one record.
func TestWorkbook(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newRecord(t, d)
		schema, _ := SchemaByName("D")
		table := func(name string, rows ...map[Field]string) sheet.Table {
			tab := sheet.Table{Sheet: name}
			add := func(cells []string) {
				r := sheet.Row{Line: len(tab.Rows) + 1}
				for _, c := range cells {
					r.Cells = append(r.Cells, sheet.Cell{Text: c, Link: map[bool]string{true: c}[strings.HasPrefix(c, "http")]})
				}
				tab.Rows = append(tab.Rows, r)
			}
			add(schema.Headers(2022))
			for _, r := range rows {
				add(row(t, r)[:len(schema.Columns)])
			}
			return tab
		}
		places, err := s.Matcher(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		r := Reader{Taxonomy: s.Taxonomy(), Places: places}
		a := map[Field]string{"start_date": "2021-03-01", "end_date": "2021-03-02", "other_affected": "Newapp", "info_source_link": "https://example.org/a"}
		b := map[Field]string{"start_date": "2022-03-01", "end_date": "2022-03-02", "other_affected": "Newapp"}
		c := map[Field]string{"start_date": "2020-05-01", "end_date": ""}
		book := &sheet.Book{Name: "all years.xlsx", Format: sheet.XLSX, SHA256: "x", Tables: []sheet.Table{
			{Sheet: "Read me", Rows: []sheet.Row{{Line: 1, Cells: []sheet.Cell{{Text: "How to read this"}}}}},
			table("2021", a), table("2022", b), table("Need more details", c, map[Field]string{"start_date": "2022-05-01", "end_date": ""})}}
		eds, refused, err := r.Book(book)
		if err != nil || len(refused) > 0 || len(eds) != 3 {
			t.Fatal(len(eds), refused, err)
		}
		if got := eds[0].Beside; len(got) != 1 || got[0] != "“Read me” (1 rows)" {
			t.Errorf("sheets that are no tables: %v", got)
		}
		accounts, err := s.Import(context.Background(), eds, incident.ImportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		expect(t, "2021", accounts[0], map[incident.Outcome]int{incident.New: 1})
		expect(t, "2022", accounts[1], map[incident.Outcome]int{incident.New: 1})
		expect(t, "parked", accounts[2], map[incident.Outcome]int{incident.Parked: 2})
		years, err := s.Years(context.Background(), incident.RecordEdition)
		if err != nil || len(years) != 2 || years[0].Shutdowns != 1 {
			t.Errorf("parked cases were counted: %v %v", years, err)
		}
		if !strings.Contains(eds[0].Rows[0].Extras, "example.org") {
			t.Error("a hyperlink was lost")
		}
	})
}

// TestNationwideInSeveralCountries: a row of several countries whose area is all
// of each reaches the whole of each; a place in one of them does not.
func TestNationwideInSeveralCountries(t *testing.T) {
	s := newRecord(t, dbtest.SQLite(t))
	eds := readSheets(t, s, sheetE(t, "a.csv", map[Field]string{"country": "Iraq; Cuba", "area_name": "Nationwide", "geo_scope": "It affected more than one state, province, or region"},
		map[Field]string{"country": "Iraq; Cuba", "area_name": "Basra", "geo_scope": "It only affected one city, county, or village"}))
	if whole, part := eds[0].Rows[0].Facts.Measure.Whole, eds[0].Rows[1].Facts.Measure.Whole; !whole || part {
		t.Errorf("nationwide: %v, one town: %v", whole, part)
	}
}

// TestTwoImportsAtOnce: two administrators import at the same moment; both
// succeed and nothing doubles.
func TestTwoImportsAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newRecord(t, d)
		one := readSheets(t, s, sheetE(t, "one 2025-01-01.csv", map[Field]string{"country": "Iraq"}, map[Field]string{"country": "Cuba"}))
		two := readSheets(t, s, sheetE(t, "two 2025-01-01.csv", map[Field]string{"country": "Iraq"}, map[Field]string{"country": "Chad"}))
		errs := make(chan error, 2)
		for _, eds := range [][]incident.SheetEdition{one, two} {
			go func() {
				_, err := s.Import(context.Background(), eds, incident.ImportOptions{})
				errs <- err
			}()
		}
		for range 2 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		total, err := s.Total(context.Background(), incident.Filter{})
		if err != nil || total.N != 3 {
			t.Errorf("%d incidents, want 3 (%v)", total.N, err)
		}
		if note, err := s.VerifyCounts(context.Background()); err != nil {
			t.Error(note, err)
		}
	})
}
