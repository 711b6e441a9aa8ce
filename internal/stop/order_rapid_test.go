package stop

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/sheet"
)

// bookOf reads rows as one CSV sheet of schema E.
func bookOf(t testing.TB, s *incident.Service, name string, rows []map[Field]string) []incident.SheetEdition {
	t.Helper()
	schema, _ := SchemaByName("E")
	table := sheet.Table{Rows: []sheet.Row{{Line: 1}}}
	for _, h := range schema.Headers(0) {
		table.Rows[0].Cells = append(table.Rows[0].Cells, sheet.Cell{Text: h})
	}
	for i, set := range rows {
		r := sheet.Row{Line: i + 2}
		for _, c := range row(t, set) {
			r.Cells = append(r.Cells, sheet.Cell{Text: c})
		}
		table.Rows = append(table.Rows, r)
	}
	places, err := s.Matcher(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	r := Reader{Taxonomy: s.Taxonomy(), Places: places}
	eds, refused, err := r.Book(&sheet.Book{Name: name, Format: sheet.CSV, SHA256: name, Tables: []sheet.Table{table}})
	if err != nil || len(refused) > 0 {
		t.Fatal(err, refused)
	}
	return eds
}

// fewer lowers the number of draws of a test in which each one fills a
// database, unless the command line asks for a number.
func fewer(t *testing.T, n int) {
	t.Helper()
	f := flag.Lookup("rapid.checks")
	if f.Value.String() != f.DefValue {
		return
	}
	if err := f.Value.Set(strconv.Itoa(n)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Value.Set(f.DefValue) }) // it was that before
}

// always makes rapid draw the same cases every time, unless another seed was
// asked for.
func always(t *testing.T, seed uint64) {
	t.Helper()
	f := flag.Lookup("rapid.seed")
	if f.Value.String() != f.DefValue {
		return
	}
	if err := f.Value.Set(strconv.FormatUint(seed, 10)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Value.Set(f.DefValue) })
}

// TestAnyOrderOfYears draws small registers full of twins, near twins and
// stories over several years, and imports their years in any order.
func TestAnyOrderOfYears(t *testing.T) {
	ctx := context.Background()
	years := []int{2020, 2021, 2022, 2023}
	fewer(t, 30)
	always(t, 1)
	rapid.Check(t, func(rt *rapid.T) {
		byYear := map[int][]map[Field]string{}
		for i := range rapid.IntRange(1, 12).Draw(rt, "rows") {
			y := rapid.SampledFrom(years).Draw(rt, fmt.Sprint("year", i))
			byYear[y] = append(byYear[y], map[Field]string{
				"country":    rapid.SampledFrom([]string{"Iraq", "Cuba"}).Draw(rt, fmt.Sprint("country", i)),
				"area_name":  rapid.SampledFrom([]string{"Nationwide", "National", "Basra"}).Draw(rt, fmt.Sprint("area", i)),
				"start_date": rapid.SampledFrom([]string{"2020-01-05", "2019-12-01"}).Draw(rt, fmt.Sprint("start", i)),
				"end_date":   "", "shutdown_status": "Ongoing", "count_year": fmt.Sprint(y)})
		}
		run := func(order []int) (counts, asked []string) {
			s := newRecord(t, dbtest.SQLite(t))
			for _, y := range order {
				if len(byYear[y]) == 0 {
					continue
				}
				if _, err := s.Import(ctx, bookOf(t, s, fmt.Sprint("y", y, ".csv"), byYear[y]), incident.ImportOptions{}); err != nil {
					rt.Fatal(err)
				}
			}
			if note, err := s.VerifyCounts(ctx); err != nil {
				rt.Fatal(note, err)
			}
			return tallyOf(t, s), pairsAsked(t, s)
		}
		order := rapid.Permutation(years).Draw(rt, "order")
		want, asked := run(years)
		got, asks := run(order)
		if !slices.Equal(got, want) || !slices.Equal(asks, asked) {
			rt.Fatalf("%v differs from %v: %d and %d cells, asked\n%v\nand\n%v", order, years, len(got), len(want), asks, asked)
		}
	})
}
