package stop

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/shared"
)

// tallyOf is every stored count of the record, sorted, as text.
func tallyOf(t testing.TB, s *incident.Service) []string {
	t.Helper()
	var out []string
	for _, year := range []int{0, incident.Once} {
		cells, err := s.Cells(context.Background(), incident.RecordEdition, year, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cells {
			if c.N != 0 {
				out = append(out, fmt.Sprintf("%d %s %s %s %d", c.Year, c.Area, c.Dim, c.Value, c.N))
			}
		}
	}
	slices.Sort(out)
	return out
}

// sameTally compares two records cell by cell.
func sameTally(t testing.TB, what string, got, want []string) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	have := map[string]bool{}
	for _, x := range want {
		have[x] = true
	}
	n := 0
	for _, x := range got {
		if !have[x] && n < 5 {
			n++
			t.Errorf("%s: %s is not in the other", what, x)
		}
	}
	t.Errorf("%s: %d cells, want %d, and they differ", what, len(got), len(want))
}

// pairsAsked are the open questions about pairs, without the references, which
// depend on what came first.
func pairsAsked(t testing.TB, s *incident.Service) []string {
	t.Helper()
	list, err := s.Reviews(context.Background(), "open", "carry_over", "", 10_000)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range list {
		text, _, _ := strings.Cut(r.Detail, " (")
		out = append(out, text)
	}
	slices.Sort(out)
	return out
}

// TestOrderOfFiles imports the combined sheet and the annual ones in many
// orders: always the same incidents and the same counts.
func TestOrderOfFiles(t *testing.T) {
	ctx := context.Background()
	first := newRecord(t, dbtest.SQLite(t))
	read := make([]incident.SheetEdition, len(sheets))
	for i, x := range sheets {
		read[i] = readSheets(t, first, shared.Path(t, "data", "stop", x.file))[0]
	}
	if _, err := first.Import(ctx, read[:1], incident.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	want := tallyOf(t, first)
	orders := [][]int{{1, 2, 3, 4, 5, 0}, {5, 4, 3, 2, 1, 0}, {4, 2, 0, 5, 1, 3}}
	try := func(t *testing.T, d *db.DB, order []int) {
		s := newRecord(t, d)
		for _, i := range order {
			if _, err := s.Import(ctx, read[i:i+1], incident.ImportOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := s.Total(ctx, incident.Filter{}); err != nil || n.N != 1892 {
			t.Errorf("%v: %d incidents, want 1892 (%v)", order, n.N, err)
		}
		sameTally(t, fmt.Sprint(order), tallyOf(t, s), want)
		if note, err := s.VerifyCounts(ctx); err != nil {
			t.Error(note, err)
		}
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) { try(t, d, orders[0]) })
	for _, order := range orders[1:] {
		try(t, dbtest.SQLite(t), order)
	}
}

// TestOrderOfYears imports the combined sheet cut into its count years.
func TestOrderOfYears(t *testing.T) {
	ctx := context.Background()
	first := newRecord(t, dbtest.SQLite(t))
	whole := readSheets(t, first, shared.Path(t, "data", "stop", combined))[0]
	if _, err := first.Import(ctx, []incident.SheetEdition{whole}, incident.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	want, asked := tallyOf(t, first), pairsAsked(t, first)
	t.Logf("%d pairs are asked about", len(asked))
	for _, order := range [][]int{
		{2025, 2024, 2023, 2022, 2021, 2020, 2019, 2018, 2017, 2016},
		{2016, 2018, 2020, 2022, 2024, 2017, 2019, 2021, 2023, 2025},
		{2020, 2025, 2016, 2021, 2019, 2024, 2017, 2023, 2018, 2022},
	} {
		s := newRecord(t, dbtest.SQLite(t))
		for _, y := range order {
			part := whole
			part.Rows, part.Label, part.SHA256 = nil, fmt.Sprint("part ", y), fmt.Sprint("part ", y)
			for _, r := range whole.Rows {
				if r.Year == y {
					part.Rows = append(part.Rows, r)
				}
			}
			if _, err := s.Import(ctx, []incident.SheetEdition{part}, incident.ImportOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		sameTally(t, fmt.Sprint(order), tallyOf(t, s), want)
		if got := pairsAsked(t, s); !slices.Equal(got, asked) {
			t.Errorf("%v: %d pairs asked about, want %d", order, len(got), len(asked))
		}
		if note, err := s.VerifyCounts(ctx); err != nil {
			t.Error(note, err)
		}
	}
}

// TestTwinsAreAskedAbout: two alike in each of two years are joined by nobody
// but a person, who is asked about each pair, and never about the same again.
func TestTwinsAreAskedAbout(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		open := func(year, cause string) map[Field]string {
			return map[Field]string{"start_date": "2023-12-01", "end_date": "", "shutdown_status": "Ongoing", "count_year": year, "actual_cause": cause}
		}
		rows := []map[Field]string{open("2023", "Protests"), open("2023", "Conflict"), open("2024", "Protests"), open("2024", "Conflict")}
		importFile(t, s, sheetE(t, "one 2025-01-01.csv", rows...))
		list, err := s.Reviews(ctx, "open", "carry_over", "", 10)
		if err != nil || len(list) != 4 {
			t.Fatalf("%d pairs, want 4: %+v %v", len(list), list, err)
		}
		for _, answer := range []string{"merge", "separate"} {
			if list, err = s.Reviews(ctx, "open", "carry_over", "", 10); err != nil || len(list) == 0 {
				t.Fatal(list, err)
			}
			if err := s.Decide(ctx, list[0].ID, "tester", answer); err != nil {
				t.Fatal(err)
			}
		}
		left := pairsAsked(t, s)
		importFile(t, s, sheetE(t, "two 2025-02-01.csv", append(rows, open("2024", "Elections"))...))
		if now := pairsAsked(t, s); len(now) != len(left)+1 {
			t.Errorf("asked again: %v, before %v", now, left)
		}
		if n, err := s.Total(ctx, incident.Filter{}); err != nil || n.N != 4 {
			t.Errorf("%d incidents, want 4 (%v)", n.N, err)
		}
	})
}
