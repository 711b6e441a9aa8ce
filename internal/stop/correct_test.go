package stop

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/shared"
	"keepiton/internal/platform/sheet"
)

// stated reads a file under a count year and a date.
func stated(t testing.TB, s *incident.Service, path string, year int, asOf string) []incident.SheetEdition {
	t.Helper()
	r := Reader{Taxonomy: s.Taxonomy(), Places: geo.NewMatcher(nil), Year: year, AsOf: asOf}
	eds, refused, err := r.File(context.Background(), path)
	if err != nil || len(refused) > 0 {
		t.Fatal(err, refused)
	}
	return eds
}

func take(t testing.TB, s *incident.Service, eds []incident.SheetEdition, opt incident.ImportOptions) incident.Account {
	t.Helper()
	acc, err := s.Import(context.Background(), eds, opt)
	if err != nil {
		t.Fatal(err)
	}
	return acc[0]
}

// TestWrongYearIsCorrected imports the real sheet of 2022 under 2021 between
// others, edits one of its incidents, and imports it again under 2022.
func TestWrongYearIsCorrected(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		path := func(i int) string { return shared.Path(t, "data", "stop", sheets[i].file) }
		fresh := newRecord(t, dbtest.SQLite(t))
		for _, i := range []int{4, 5, 3} {
			take(t, fresh, readSheets(t, fresh, path(i)), incident.ImportOptions{})
		}
		want := tallyOf(t, fresh)

		s := newRecord(t, d)
		take(t, s, readSheets(t, s, path(4)), incident.ImportOptions{})
		wrong := take(t, s, stated(t, s, path(5), 2021, ""), incident.ImportOptions{})
		take(t, s, readSheets(t, s, path(3)), incident.ImportOptions{})
		refs := everyRef(t, s)
		before := sheetCells(t, s, wrong.Edition)

		trial := take(t, s, stated(t, s, path(5), 2022, ""), incident.ImportOptions{DryRun: true})
		if len(trial.Corrects) != 1 || slices.Equal(tallyOf(t, s), want) {
			t.Errorf("the dry run: %v", trial.Corrects)
		}
		acc := take(t, s, stated(t, s, path(5), 2022, ""), incident.ImportOptions{})
		if len(acc.Corrects) != 1 || acc.Corrects[0] != (incident.FieldDiff{Field: "count_year", Old: "2021", New: "2022"}) ||
			acc.Count(incident.Changed) != 187 || acc.Edition != wrong.Edition {
			t.Errorf("account: %v, %d changed, edition %q", acc.Corrects, acc.Count(incident.Changed), acc.Edition)
		}
		sameTally(t, "after the correction", tallyOf(t, s), want)
		if !slices.Equal(sheetCells(t, s, wrong.Edition), before) {
			t.Error("rows of the sheet are other than they were read")
		}
		allAnswer(t, s, refs)
		if again := take(t, s, stated(t, s, path(5), 2022, ""), incident.ImportOptions{}); !again.Already {
			t.Errorf("the third time: %+v", again.Corrects)
		}
		if eds, err := s.Editions(ctx); err != nil || len(eds) != 4 {
			t.Errorf("%d editions, %v", len(eds), err)
		}
		if note, err := s.VerifyCounts(ctx); err != nil {
			t.Error(note, err)
		}
		f, err := s.Figures(ctx, 3, 2022)
		if err != nil || f.Shutdowns != 187 || f.Countries != 35 {
			t.Errorf("the sheet by itself: %+v %v", f, err)
		}
	})
}

// TestCorrectionKeepsQuestions: what waited for a decision before a correction
// waits after it, and an answer is not asked for again.
func TestCorrectionKeepsQuestions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		path := shared.Path(t, "data", "stop", combined)
		take(t, s, stated(t, s, path, 0, "2019-01-01"), incident.ImportOptions{})
		open := func() (out []string) {
			for _, kind := range []string{"carry_over", "place"} {
				list, err := s.Reviews(ctx, "open", kind, "", 10_000)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range list {
					out = append(out, r.Kind+" "+r.Detail)
				}
			}
			slices.Sort(out)
			return out
		}
		pairs, err := s.Reviews(ctx, "open", "carry_over", "", 1)
		if err != nil || len(pairs) != 1 {
			t.Fatal(pairs, err)
		}
		if err := s.Decide(ctx, pairs[0].ID, "tester", "separate"); err != nil {
			t.Fatal(err)
		}
		before := open()
		take(t, s, stated(t, s, path, 0, "2026-05-20"), incident.ImportOptions{})
		if after := open(); !slices.Equal(after, before) {
			t.Errorf("%d questions before, %d after; lost %v, new %v", len(before), len(after), lacking(before, after), lacking(after, before))
		}
	})
}

// everyRef lists the references of the record as it stands.
func everyRef(t testing.TB, s *incident.Service) []string {
	t.Helper()
	var out []string
	list, err := s.Refs(context.Background(), 0, 1<<40)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		out = append(out, r.Ref)
	}
	return out
}

// allAnswer asks for references: each has facts or leads to one that has.
func allAnswer(t testing.TB, s *incident.Service, refs []string) {
	t.Helper()
	for _, ref := range refs {
		inc, err := s.Get(context.Background(), incident.RecordEdition, ref)
		if err == nil && inc.MergedInto != "" {
			inc, err = s.Get(context.Background(), incident.RecordEdition, inc.MergedInto)
		}
		if err != nil || inc.Facts == nil {
			t.Errorf("%s: %v", ref, err)
		}
	}
}

// sheetCells are the rows of an imported sheet word for word.
func sheetCells(t testing.TB, s *incident.Service, label string) []string {
	t.Helper()
	ed, err := s.EditionByLabel(context.Background(), label)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := s.ImportRows(context.Background(), ed.ID, 0, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line, cells := range rows {
		out = append(out, fmt.Sprint(line, cells))
	}
	slices.Sort(out)
	return out
}

// TestWrongDateIsCorrected: a sheet that led because of a wrong date gives the
// lead back, what a person edited stays, and the other way round.
func TestWrongDateIsCorrected(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		a, b := map[Field]string{"country": "Iraq"}, map[Field]string{"country": "Cuba"}
		take(t, s, stated(t, s, sheetE(t, "one.csv", a, b), 0, "2025-03-01"), incident.ImportOptions{})
		a2 := map[Field]string{"country": "Iraq", "actual_cause": "Protests"}
		b2 := map[Field]string{"country": "Cuba", "actual_cause": "Protests"}
		two := sheetE(t, "two.csv", a2, b2, map[Field]string{"country": "Chad"})
		take(t, s, stated(t, s, two, 0, "2025-06-01"), incident.ImportOptions{})
		e := Editor{Taxonomy: s.Taxonomy(), Places: geo.NewMatcher(nil)}
		if _, err := s.Revise(ctx, "2024-0002", 0, "tester", "test", func(y int, f incident.Facts) (incident.Facts, error) {
			return e.Set(f, y, map[string]string{"shutdown_type": "Throttle"})
		}); err != nil {
			t.Fatal(err)
		}
		acc := take(t, s, stated(t, s, two, 0, "2025-01-01"), incident.ImportOptions{})
		if len(acc.Corrects) != 1 || acc.Corrects[0].Field != "as_of" || acc.Leading {
			t.Errorf("account: %+v", acc)
		}
		for ref, want := range map[string][2]string{"2024-0001": {"exam_cheating", "shutdown"}, "2024-0002": {"protests", "throttle"}} {
			inc, err := s.Get(ctx, incident.RecordEdition, ref)
			if err != nil || inc.Facts.Cause.Term != want[0] || inc.Facts.Measure.Method != want[1] {
				t.Errorf("%s: %+v %v", ref, inc, err)
			}
			if err == nil && len(inc.Changes) < 2 {
				t.Errorf("%s: the history was shortened: %+v", ref, inc.Changes)
			}
		}
		chad, err := s.Get(ctx, incident.RecordEdition, "2024-0003")
		if err != nil || chad.Years[0].Counted {
			t.Errorf("what only the older sheet has: %+v %v", chad, err)
		}
		if rows := dump(t, d, "select incident_id, outcome from import_row where edition_id = 3 and line = 4"); len(rows) != 1 || rows[0] != "3parked" {
			t.Errorf("while it waits the row keeps its reference: %v", rows)
		}
		take(t, s, stated(t, s, two, 0, "2025-07-01"), incident.ImportOptions{})
		if years, err := s.Years(ctx, incident.RecordEdition); err != nil || years[0].Shutdowns != 3 {
			t.Errorf("as it was: %v %v", years, err)
		}
		if refs := everyRef(t, s); !slices.Equal(refs, []string{"2024-0001", "2024-0002", "2024-0003"}) {
			t.Errorf("as it was: %v", refs)
		}
		if note, err := s.VerifyCounts(ctx); err != nil {
			t.Error(note, err)
		}
	})
}

// edited changes cells of an incident as a person does.
func edited(t testing.TB, s *incident.Service, ref string, set map[string]string) {
	t.Helper()
	e := Editor{Taxonomy: s.Taxonomy(), Places: geo.NewMatcher(nil)}
	if _, err := s.Revise(context.Background(), ref, 0, "tester", "test", func(y int, f incident.Facts) (incident.Facts, error) { return e.Set(f, y, set) }); err != nil {
		t.Fatal(err)
	}
}

// TestTwoEditsOfOneRow: two rows that were edited turn out to be one entry. The
// first edit stands, and the other is asked about.
func TestTwoEditsOfOneRow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		ongoing := func(year string) map[Field]string {
			return map[Field]string{"count_year": year, "end_date": "", "shutdown_status": "Ongoing"}
		}
		one := bookOf(t, s, "one.csv", []map[Field]string{ongoing("2022")})
		take(t, s, one, incident.ImportOptions{})
		take(t, s, bookOf(t, s, "two.csv", []map[Field]string{ongoing("2024")}), incident.ImportOptions{})
		edited(t, s, "2022-0001", map[string]string{"area_name": "Basra"})
		edited(t, s, "2024-0001", map[string]string{"area_name": "Baghdad"})
		one[0].Stated, one[0].Rows[0].Year = true, 2024
		take(t, s, one, incident.ImportOptions{})
		inc, err := s.Get(ctx, incident.RecordEdition, "2022-0001")
		if err != nil || inc.Facts == nil || inc.Facts.Measure.Area != "Basra" {
			t.Errorf("the first edit: %+v %v", inc, err)
		}
		taken := incident.FieldDiff{Field: "merged", New: "2024-0001"}
		if !slices.ContainsFunc(inc.Changes, func(c incident.Change) bool { return slices.Contains(c.Diff, taken) }) {
			t.Errorf("its history does not say whom it took in: %+v", inc.Changes)
		}
		if gone, err := s.Get(ctx, incident.RecordEdition, "2024-0001"); err != nil || gone.MergedInto != "2022-0001" {
			t.Errorf("the other incident: %+v %v", gone, err)
		}
		answer(t, s, "two line 2 was edited here, and so was another row", "noted")
		if note, err := s.VerifyCounts(ctx); err != nil {
			t.Error(note, err)
		}
	})
}

// TestWithdrawnStandsInItsOwnPlace: an import joined two incidents. After a
// correction one has lost its rows and stays withdrawn, the other is apart again
// in the place in the record that its row had: no two entries share one.
func TestWithdrawnStandsInItsOwnPlace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newRecord(t, d)
		iraq := func(year, area string) map[Field]string {
			return map[Field]string{"count_year": year, "start_date": "2022-12-01", "end_date": "", "shutdown_status": "Ongoing", "area_name": area}
		}
		cuba := map[Field]string{"country": "Cuba", "count_year": "2023", "start_date": "2023-05-01", "end_date": "2023-05-02"}
		one := sheetE(t, "a.csv", cuba)
		take(t, s, stated(t, s, one, 0, "2025-01-01"), incident.ImportOptions{})
		take(t, s, stated(t, s, sheetE(t, "b.csv", cuba, iraq("2023", "Basra")), 0, "2025-02-01"), incident.ImportOptions{})
		take(t, s, stated(t, s, sheetE(t, "c.csv", iraq("2024", "Nationwide")), 0, "2025-03-01"), incident.ImportOptions{})
		joins := take(t, s, stated(t, s, sheetE(t, "d.csv", cuba, iraq("2023", "Nationwide")), 0, "2025-04-01"), incident.ImportOptions{})
		if len(joins.Joined) != 1 {
			t.Fatalf("nothing was joined: %+v", joins)
		}
		take(t, s, stated(t, s, one, 0, "2025-09-01"), incident.ImportOptions{})
		if got := countedOf(t, s); got[2023] != 1 || got[2024] != 1 {
			t.Errorf("%v count", got)
		}
		if twice := dump(t, d, "select seq, count(*) from entry where edition_id = 1 group by seq having count(*) > 1"); len(twice) > 0 {
			t.Errorf("places in the record that two entries have: %v", twice)
		}
		for day := range 9 { // nor does reading all of it again move them
			standsAsBefore(t, d, func() {
				take(t, s, stated(t, s, one, 0, fmt.Sprintf("2025-10-%02d", 10+day)), incident.ImportOptions{})
			})
		}
		if note, err := s.VerifyCounts(context.Background()); err != nil {
			t.Error(note, err)
		}
	})
}

// TestApartAgainIsTold: an incident that a wrong year had joined to another
// stands by itself after the correction, and its history says so.
func TestApartAgainIsTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		ongoing := func(year string) map[Field]string {
			return map[Field]string{"count_year": year, "end_date": "", "shutdown_status": "Ongoing"}
		}
		take(t, s, bookOf(t, s, "one.csv", []map[Field]string{ongoing("2022")}), incident.ImportOptions{})
		take(t, s, bookOf(t, s, "two.csv", []map[Field]string{ongoing("2024")}), incident.ImportOptions{})
		between := bookOf(t, s, "three.csv", []map[Field]string{ongoing("2023")})
		take(t, s, between, incident.ImportOptions{})
		if gone, err := s.Get(ctx, incident.RecordEdition, "2024-0001"); err != nil || gone.MergedInto != "2022-0001" {
			t.Fatalf("carried over: %+v %v", gone, err)
		}
		between[0].Stated, between[0].Rows[0].Year = true, 2019
		take(t, s, between, incident.ImportOptions{})
		apart, err := s.Get(ctx, incident.RecordEdition, "2024-0001")
		if err != nil || apart.MergedInto != "" || len(apart.Changes) != 2 {
			t.Fatalf("by itself again: %+v %v", apart, err)
		}
		told := false
		for _, c := range apart.Changes {
			told = told || slices.Contains(c.Diff, incident.FieldDiff{Field: "merged", Old: "2022-0001", New: ""})
		}
		if !told {
			t.Errorf("its history: %+v", apart.Changes)
		}
		if note, err := s.VerifyCounts(ctx); err != nil {
			t.Error(note, err)
		}
	})
}

// anyFile is a small sheet with the year and date it should be read under, and
// others by which it may be read wrongly.
type anyFile struct {
	name        string
	rows        []map[Field]string
	year, wrong int
	asOf, false string
	opt         incident.ImportOptions
}

// anyFiles draws up to four of them, full of twins and of stories over several
// years.
func anyFiles(rt *rapid.T) (files []anyFile) {
	years, dates := []int{2020, 2021, 2022}, []string{"2023-01-01", "2023-02-01", "2023-03-01"}
	for i := range rapid.IntRange(1, 4).Draw(rt, "files") {
		draw := func(what string, list []string) string { return rapid.SampledFrom(list).Draw(rt, fmt.Sprint(what, i)) }
		f := anyFile{name: fmt.Sprintf("f%d.csv", i), year: rapid.SampledFrom(years).Draw(rt, fmt.Sprint("year", i)), asOf: draw("as of", dates)}
		f.wrong, f.false = rapid.SampledFrom(years).Draw(rt, fmt.Sprint("wrong", i)), draw("false", dates)
		f.opt.WithdrawMissing = rapid.Bool().Draw(rt, fmt.Sprint("strict", i))
		for j := range rapid.IntRange(1, 4).Draw(rt, fmt.Sprint("rows", i)) {
			cell := func(what string, list ...string) string { return draw(fmt.Sprint(what, j, " "), list) }
			f.rows = append(f.rows, map[Field]string{"country": cell("country", "Iraq", "Cuba"), "area_name": cell("area", "Nationwide", "Basra"),
				"start_date": cell("start", "2020-01-05", "2019-12-01"), "actual_cause": cell("cause", "Protests", "Conflict"), "end_date": "", "shutdown_status": "Ongoing"})
		}
		files = append(files, f)
	}
	return files
}

// take imports the file under a year and a date.
func (f *anyFile) take(t testing.TB, s *incident.Service, year int, asOf string) {
	t.Helper()
	schema, _ := SchemaByName("D")
	table := sheet.Table{Rows: []sheet.Row{{Line: 1}}}
	for _, h := range schema.Headers(2022) {
		table.Rows[0].Cells = append(table.Rows[0].Cells, sheet.Cell{Text: h})
	}
	for i, set := range f.rows {
		r := sheet.Row{Line: i + 2}
		for _, c := range row(t, set)[:len(schema.Columns)] {
			r.Cells = append(r.Cells, sheet.Cell{Text: c})
		}
		table.Rows = append(table.Rows, r)
	}
	r := Reader{Taxonomy: s.Taxonomy(), Places: geo.NewMatcher(nil), Year: year, AsOf: asOf}
	eds, refused, err := r.Book(&sheet.Book{Name: f.name, Format: sheet.CSV, SHA256: f.name, Tables: []sheet.Table{table}})
	if err != nil || len(refused) > 0 {
		t.Fatal(err, refused)
	}
	take(t, s, eds, f.opt)
}

// TestAnyCorrection imports small sheets, some under a wrong year or date,
// corrects them in any order, and compares with the same sheets read rightly.
func TestAnyCorrection(t *testing.T) {
	ctx := context.Background()
	fewer(t, 30)
	always(t, 1)
	rapid.Check(t, func(rt *rapid.T) {
		files := anyFiles(rt)
		fresh, s := newRecord(t, dbtest.SQLite(t)), newRecord(t, dbtest.SQLite(t))
		for _, f := range files {
			f.take(t, fresh, f.year, f.asOf)
			f.take(t, s, f.wrong, f.false)
		}
		refs := everyRef(t, s)
		for _, f := range rapid.Permutation(files).Draw(rt, "order") {
			f.take(t, s, f.year, f.asOf)
			if note, err := s.VerifyCounts(ctx); err != nil {
				rt.Fatal(note, err)
			}
		}
		if got, want := tallyOf(t, s), tallyOf(t, fresh); !slices.Equal(got, want) {
			rt.Fatalf("the counts differ: %v and %v", lacking(got, want), lacking(want, got))
		}
		if got, want := stories(t, s), stories(t, fresh); !slices.Equal(got, want) {
			rt.Fatalf("the incidents differ: %v and %v", lacking(got, want), lacking(want, got))
		}
		for _, ref := range refs {
			if _, err := s.Get(ctx, incident.RecordEdition, ref); err != nil {
				rt.Fatalf("%s: %v", ref, err)
			}
		}
	})
}

// TestEditsDecideNoCount lives as TestAnyCorrection does, and people write
// something into incidents meanwhile that has nothing to do with counting: as
// many count as if nobody had.
func TestEditsDecideNoCount(t *testing.T) {
	fewer(t, 30)
	always(t, 1)
	rapid.Check(t, func(rt *rapid.T) {
		files := anyFiles(rt)
		fresh, s := newRecord(t, dbtest.SQLite(t)), newRecord(t, dbtest.SQLite(t))
		for _, f := range files {
			f.take(t, fresh, f.year, f.asOf)
			f.take(t, s, f.wrong, f.false)
			if refs := everyRef(t, s); len(refs) > 0 && rapid.Bool().Draw(rt, "edit after "+f.name) {
				edited(t, s, rapid.SampledFrom(refs).Draw(rt, "ref"), map[string]string{"legal_method": "told in court"})
			}
		}
		for _, f := range rapid.Permutation(files).Draw(rt, "order") {
			f.take(t, s, f.year, f.asOf)
		}
		if got, want := countedOf(t, s), countedOf(t, fresh); !maps.Equal(got, want) {
			rt.Fatalf("%v count, without the edits %v", got, want)
		}
	})
}

// countedOf is how many entries of the record count in each year.
func countedOf(t testing.TB, s *incident.Service) map[int]int {
	t.Helper()
	out := map[int]int{}
	err := s.EachRow(context.Background(), incident.RecordEdition, 0, func(r incident.Row) error {
		if r.Entry.Counted == 1 {
			out[r.Entry.Year]++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// stories are the incidents that count, each with its years and where they
// were read from.
func stories(t testing.TB, s *incident.Service) []string {
	t.Helper()
	var out []string
	of := map[string][]string{}
	err := s.Each(context.Background(), incident.RecordEdition, 0, func(r incident.Row) error {
		if r.Entry.Counted == 1 {
			of[r.Ref] = append(of[r.Ref], fmt.Sprintf("%d from %d:%d", r.Entry.Year, r.Entry.Origin, r.Entry.Line))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, years := range of {
		slices.Sort(years)
		out = append(out, fmt.Sprint(years))
	}
	slices.Sort(out)
	return out
}

// lacking are those of a that are not in b.
func lacking(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(x string) bool { return slices.Contains(b, x) })
}
