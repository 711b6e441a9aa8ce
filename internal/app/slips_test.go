package app

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/stop"
)

// What happens to an incident of the desk when its row in the sheet slips: into another
// count year, over New Year, into other words, or twice into one sheet. Nothing counts
// twice, and nothing that was taken back comes back.

// readFor reads a sheet of schema D, which says of no row in which year it counts, as
// `keepiton import stop --count-year` does.
func (x *deskSite) readFor(year int, rows ...map[stop.Field]string) incident.Account {
	x.t.Helper()
	schema, _ := stop.SchemaByName("D")
	cells := [][]string{schema.Headers(0)}
	for _, set := range rows {
		row := make([]string, len(cells[0]))
		for i, col := range schema.Columns {
			row[i] = set[col.Field]
		}
		cells = append(cells, row)
	}
	var b strings.Builder
	if err := csv.NewWriter(&b).WriteAll(cells); err != nil {
		x.t.Fatal(err)
	}
	path := filepath.Join(x.t.TempDir(), "sheet.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		x.t.Fatal(err)
	}
	matcher, err := x.record.Matcher(x.t.Context())
	if err != nil {
		x.t.Fatal(err)
	}
	reader := stop.Reader{Taxonomy: x.record.Taxonomy(), Places: matcher, Year: year}
	sheets, _, err := reader.File(x.t.Context(), path)
	if err != nil {
		x.t.Fatal(err)
	}
	a, err := x.record.Import(x.t.Context(), sheets, incident.ImportOptions{})
	if err != nil {
		x.t.Fatal(err)
	}
	return a[0]
}

// asks are the kinds of what waits for an answer, in the order of the alphabet.
func (x *deskSite) asks(t *testing.T) string {
	t.Helper()
	var kinds []string
	items, err := x.record.Reviews(t.Context(), "open", "", "", 50)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range items {
		kinds = append(kinds, it.Kind)
	}
	slices.Sort(kinds)
	return strings.Join(kinds, " ")
}

// TestCountYearPutRight: a sheet was read for the wrong year, its incident was taken up,
// and the year is put right. The row stays the incident's own, or waits.
func TestCountYearPutRight(t *testing.T) {
	for _, c := range []struct {
		first, last  string
		wrong, right int
		taken        bool
		counts       int // in all, beside the other row
		asks         string
	}{
		{"2025-06-08", "2025-06-20", 2026, 2025, true, 0, ""},
		{"2025-06-08", "2025-06-20", 2026, 2025, false, 1, "missing_on_desk on_desk"},
		{"2026-01-08", "2026-01-20", 2025, 2026, true, 0, ""},
		{"2026-01-08", "2026-01-20", 2025, 2026, false, 2, "missing_on_desk"}, // the desk counts both years then
	} {
		t.Run(fmt.Sprint(c.wrong, " is ", c.right, ", taken back ", c.taken), func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				x := startDesk(t, d)
				crew := x.crew()
				rows := []map[stop.Field]string{rowLike("event", arrested, "start_date", c.first, "end_date", c.last), rowLike("country", "Kenya", "area_name", "Kisumu", "event", "", "start_date", c.first)}
				ref := x.readFor(c.wrong, rows...).Rows[0].Ref
				x.corrected(crew, ref, func(f *incident.Facts) { f.Cause.Term = "exams" })
				if c.taken {
					x.takeBack(t, crew, ref)
				}
				x.counts(t, "", c.counts+1)
				x.readFor(c.right, rows...)
				x.counts(t, "", c.counts+1)
				if c.taken {
					x.toldAgain(t)
				}
				if asks := x.asks(t); asks != c.asks {
					t.Errorf("it asks %q, not %q", asks, c.asks)
				}
				if problems := x.doctor(); problems != "" {
					t.Errorf("doctor: %s", problems)
				}
			})
		})
	}
}

// TestOverNewYear: a newer sheet moves the first day by one, over New Year.
func TestOverNewYear(t *testing.T) {
	for _, days := range [][2]string{{"2026-01-01", "2025-12-31"}, {"2025-12-31", "2026-01-01"}} {
		for _, taken := range []bool{true, false} {
			t.Run(fmt.Sprint(days, " taken back ", taken), func(t *testing.T) {
				dbtest.Each(t, func(t *testing.T, d *db.DB) {
					x := startDesk(t, d)
					crew := x.crew()
					row := func(start string) map[stop.Field]string {
						return rowLike("event", arrested, "start_date", start, "end_date", "2026-01-03", "count_year", start[:4])
					}
					earlier := rowLike("country", "Kenya", "area_name", "Kisumu", "event", "", "start_date", "2025-06-01", "end_date", "2025-06-02", "count_year", "2025")
					ref := x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, row(days[0]), kisumu, earlier).Rows[0].Ref
					x.corrected(crew, ref, func(f *incident.Facts) { f.Cause.Term, f.Period.End = "exams", incident.Date(days[0]) })
					if taken {
						x.takeBack(t, crew, ref)
					}
					before := x.countsIn(ref)
					if r := x.importRows("sheet 2026-07-01.csv", incident.ImportOptions{}, row(days[1]), kisumu, earlier).Rows[0]; r.Outcome != incident.Parked {
						t.Errorf("the row is not held back: %+v", r)
					}
					if after := x.countsIn(ref); after != before {
						t.Errorf("it counts in %q, and did in %q", after, before)
					}
					if taken {
						x.toldAgain(t)
					}
					if asks := x.asks(t); !strings.Contains(asks, "on_desk") {
						t.Errorf("nobody is asked: %v", asks)
					}
				})
			})
		}
	}
}

// TestCarriedOverYears: a shutdown goes on in the sheets for years after the desk took it
// up, ended it and took it back.
func TestCarriedOverYears(t *testing.T) {
	for _, taken := range []bool{true, false} {
		for _, between := range []bool{true, false} {
			t.Run(fmt.Sprint("taken back ", taken, ", a sheet between ", between), func(t *testing.T) {
				dbtest.Each(t, func(t *testing.T, d *db.DB) {
					x := startDesk(t, d)
					crew := x.crew()
					rows := func(year int) []map[stop.Field]string {
						y := strconv.Itoa(year)
						return []map[stop.Field]string{
							rowLike("country", "Kenya", "area_name", "Nairobi", "start_date", "2024-11-03", "end_date", "", "shutdown_status", "Ongoing", "count_year", y, "event", arrested),
							rowLike("start_date", y+"-02-03", "end_date", y+"-02-05", "count_year", y, "event", "")}
					}
					ref := x.importRows("sheet 2025-01-15.csv", incident.ImportOptions{}, rows(2024)...).Rows[0].Ref
					x.corrected(crew, ref, func(f *incident.Facts) { f.Period.End, f.Period.EndState = "2024-12-01", "ended" })
					if taken {
						x.takeBack(t, crew, ref)
					}
					before := x.countsIn(ref)
					if between {
						x.importRows("sheet 2026-01-15.csv", incident.ImportOptions{}, rows(2025)...)
					}
					if r := x.importRows("sheet 2026-11-15.csv", incident.ImportOptions{}, rows(2026)...).Rows[0]; r.Outcome != incident.Parked {
						t.Errorf("the row is not held back: %+v", r)
					}
					if after := x.countsIn(ref); after != before {
						t.Errorf("it counts in %q, and did in %q", after, before)
					}
					if taken {
						x.toldAgain(t)
					}
				})
			})
		}
	}
}

// TestRewrittenInSeveralThings: a newer sheet says several things otherwise of what two
// organisations signed, or of what was taken back.
func TestRewrittenInSeveralThings(t *testing.T) {
	const link = "https://news.example/karaj"
	for what, set := range map[string][]string{
		"a day and the place":                {"start_date", "2026-01-09", "area_name", "Qom city"},
		"a day and the extent":               {"start_date", "2026-01-10", "shutdown_extent", "Service-based"},
		"a day, the extent and the services": {"start_date", "2026-01-07", "shutdown_extent", "Service-based", "telegram_affected", "Yes"},
		"the month alone, and the place":     {"start_date", "2026-01", "area_name", "Qom city"},
		"the month, the place and the cause": {"start_date", "2026-02-01", "area_name", "Qom city", "actual_cause", "Exam cheating"},
	} {
		for _, taken := range []bool{true, false} {
			t.Run(fmt.Sprint(what, ", taken back ", taken), func(t *testing.T) {
				dbtest.Each(t, func(t *testing.T, d *db.DB) {
					x := startDesk(t, d)
					crew := x.crew()
					said := []string{"event", arrested, "info_source", "News media", "info_source_link", link}
					ref := x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, rowLike(said...), kisumu).Rows[0].Ref
					x.corrected(crew, ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
					counts := 2
					if taken {
						x.takeBack(t, crew, ref)
						counts = 1
					}
					next := rowLike(append(said, set...)...)
					if r := x.importRows("sheet 2026-07-01.csv", incident.ImportOptions{}, next, kisumu).Rows[0]; r.Outcome != incident.Parked {
						t.Errorf("the row is not held back: %+v", r)
					}
					x.counts(t, "", counts)
					if asks := x.asks(t); asks != "on_desk" {
						t.Errorf("it asks %q", asks)
					}
					if taken {
						x.toldAgain(t)
					}
					// Another shutdown of the country, weeks later, from others.
					later := rowLike("start_date", "2026-03-20", "end_date", "2026-03-21", "area_name", "Qom city", "event", "")
					x.importRows("sheet 2026-07-08.csv", incident.ImportOptions{}, next, kisumu, later)
					x.counts(t, "", counts+1)
				})
			})
		}
	}
}

// TestSecondRowWaits: a newer sheet has a second row that is alike. Two organisations
// signed that nothing else that is public tells of it.
func TestSecondRowWaits(t *testing.T) {
	for what, second := range map[string][]string{"in other words": {"end_date", "2026-02-03"}, "in the same words": nil} {
		t.Run(what, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				x := startDesk(t, d)
				crew := x.crew()
				first := rowLike("event", "")
				ref := x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, first, kisumu).Rows[0].Ref
				x.corrected(crew, ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
				rows := []map[stop.Field]string{first, kisumu, rowLike(append([]string{"event", ""}, second...)...)}
				x.importRows("sheet 2026-07-01.csv", incident.ImportOptions{}, rows...)
				x.counts(t, "", 2)
				items, err := x.record.Reviews(t.Context(), "open", "", "", 50)
				if err != nil || len(items) != 1 || items[0].Kind != "on_desk" {
					t.Fatalf("%v %+v", err, items)
				}
				err = x.record.Decide(t.Context(), items[0].ID, "Dana", "another")
				if second == nil { // word for word what it was read from
					if err == nil {
						t.Error("the same words are called another shutdown")
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				x.counts(t, "", 3)
				x.importRows("sheet 2026-07-08.csv", incident.ImportOptions{}, append(rows, delhi)...)
				x.counts(t, "", 4)
				if asks := x.asks(t); asks != "" {
					t.Errorf("asked again: %v", asks)
				}
			})
		})
	}
}

// TestTakenBackDrawsNoRow: a double of a public incident was taken back. The row of the
// sheet stays with the one that stands.
func TestTakenBackDrawsNoRow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		crew := x.crew()
		first, second := rowLike("event", ""), rowLike("event", "", "end_date", "2026-02-03")
		rows := x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, first, kisumu, second).Rows
		stands, double := rows[0].Ref, rows[2].Ref
		x.takeUp(t, crew, double, func(f *incident.Facts) { f.Period.End = "2026-01-21" })
		x.takeUp(t, crew, stands, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
		x.importRows("sheet 2026-07-01.csv", incident.ImportOptions{}, first, kisumu, first)
		x.takeBack(t, crew, double)
		x.counts(t, "", 2)
		a := x.importRows("sheet 2026-08-01.csv", incident.ImportOptions{}, first, kisumu)
		if a.Rows[0].Desk != stands || len(a.Missing) > 0 {
			t.Errorf("the row is of %q, missing are %v", a.Rows[0].Desk, a.Missing)
		}
		x.counts(t, "", 2)
	})
}

// TestManyNewRowsOfADay: of several new rows that are as near to an incident that the sheet
// lost none waits; it is asked about as missing.
func TestManyNewRowsOfADay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		crew := x.crew()
		ref := x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, rowLike("event", ""), kisumu).Rows[0].Ref
		x.corrected(crew, ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
		rows := []map[stop.Field]string{kisumu}
		for _, place := range []string{"Qom", "Tabriz", "Shiraz"} {
			rows = append(rows, rowLike("event", "", "area_name", place, "start_date", "2026-01-09", "actual_cause", "Exam cheating"))
		}
		x.importRows("sheet 2026-07-01.csv", incident.ImportOptions{}, rows...)
		x.counts(t, "", 5)
		if asks := x.asks(t); asks != "missing_on_desk" {
			t.Errorf("it asks %q", asks)
		}
	})
}

// TestManyNewRowsOfALink: the new rows of a month name one address that the incident names
// too, as a list of many shutdowns does. One may be the row it lost; the others count.
func TestManyNewRowsOfALink(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		crew := x.crew()
		said := []string{"event", "", "info_source", "News media", "info_source_link", "https://tracker.example/all"}
		ref := x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, rowLike(said...), kisumu).Rows[0].Ref
		x.corrected(crew, ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
		rows := []map[stop.Field]string{kisumu}
		for i, place := range []string{"Qom", "Tabriz", "Shiraz"} {
			rows = append(rows, rowLike(append(slices.Clone(said), "area_name", place, "start_date", fmt.Sprint("2026-01-2", i), "actual_cause", "Exam cheating")...))
		}
		x.importRows("sheet 2026-07-01.csv", incident.ImportOptions{}, rows...)
		x.counts(t, "", 4)
		if asks := x.asks(t); asks != "on_desk" {
			t.Errorf("it asks %q", asks)
		}
	})
}

// TestNewYearOfAnother: the row of an incident is in the sheet, and another shutdown begins
// days later, in the new year.
func TestNewYearOfAnother(t *testing.T) {
	for _, place := range []string{"Qom", "Tehran, Karaj"} {
		t.Run(place, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				x := startDesk(t, d)
				crew := x.crew()
				own := rowLike("event", "", "start_date", "2025-12-30", "end_date", "2025-12-31", "count_year", "2025")
				ref := x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, own, kisumu).Rows[0].Ref
				x.corrected(crew, ref, func(f *incident.Facts) { f.Cause.Term = "exams" })
				x.importRows("sheet 2026-07-01.csv", incident.ImportOptions{}, own, kisumu,
					rowLike("event", "", "area_name", place, "start_date", "2026-01-02", "end_date", "2026-01-03"))
				x.counts(t, "", 3)
				if asks := x.asks(t); asks != "" {
					t.Errorf("it asks %q", asks)
				}
			})
		})
	}
}

// TestNearestTakesTheRow: two incidents lost their rows, and the sheet has one new row. It
// is asked about in the case that it is nearer to.
func TestNearestTakesTheRow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		crew := x.crew()
		rows := x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, kisumu, rowLike("event", "", "start_date", "2026-01-05", "area_name", "Ahvaz"), rowLike("event", "")).Rows
		for _, r := range rows[1:] {
			x.corrected(crew, r.Ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
		}
		a := x.importRows("sheet 2026-07-01.csv", incident.ImportOptions{}, kisumu, rowLike("event", "", "area_name", "Qom", "start_date", "2026-01-07", "actual_cause", "Exam cheating"))
		if a.Rows[1].Desk != rows[2].Ref || len(a.Missing) != 1 || a.Missing[0] != rows[1].Ref {
			t.Errorf("the row is of %q, missing are %v", a.Rows[1].Desk, a.Missing)
		}
		x.counts(t, "", 3)
	})
}

// TestOverNewYearInASheetOfOneYear is TestOverNewYear where the newer sheet has the new year
// alone.
func TestOverNewYearInASheetOfOneYear(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		row := func(start string) map[stop.Field]string {
			return rowLike("event", "", "start_date", start, "end_date", "2026-01-03", "count_year", start[:4])
		}
		ref := x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, row("2025-12-31"), kisumu).Rows[0].Ref
		x.corrected(x.crew(), ref, func(f *incident.Facts) { f.Period.End = "2025-12-31" })
		if r := x.importRows("sheet 2026-07-01.csv", incident.ImportOptions{}, row("2026-01-01"), kisumu).Rows[0]; r.Outcome != incident.Parked {
			t.Errorf("the row is not held back: %+v", r)
		}
		x.counts(t, "", 2)
	})
}

// TestOneRowOverNewYear: the row of an incident was rewritten in the year it had, and
// another shutdown begins in the new year.
func TestOneRowOverNewYear(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		own := rowLike("event", "", "start_date", "2025-12-30", "end_date", "2025-12-31", "count_year", "2025")
		ref := x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, own, kisumu).Rows[0].Ref
		x.corrected(x.crew(), ref, func(f *incident.Facts) { f.Cause.Term = "exams" })
		a := x.importRows("sheet 2026-07-01.csv", incident.ImportOptions{}, kisumu,
			rowLike("event", "", "area_name", "Qom", "start_date", "2025-12-31", "end_date", "2025-12-31", "count_year", "2025"),
			rowLike("event", "", "area_name", "Tabriz", "start_date", "2026-01-01", "end_date", "2026-01-02"))
		if a.Rows[1].Desk != ref || a.Rows[2].Desk != "" {
			t.Errorf("%+v", a.Rows)
		}
		x.counts(t, "", 3)
	})
}

// TestSplitInASheet: a sheet tells in two rows what the desk published as one.
func TestSplitInASheet(t *testing.T) {
	const filed = "https://measure.example/iran" // by crew.author.prove
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		x.published(t, x.crew(), "event", "x")
		row := func(place string) map[stop.Field]string {
			return rowLike("event", "", "area_name", place, "start_date", "2026-01-09", "info_source", "News media", "info_source_link", filed)
		}
		before, err := x.record.Total(t.Context(), incident.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		x.importRows("sheet 2026-07-01.csv", incident.ImportOptions{}, kisumu, row("Tehran"), row("Karaj"))
		x.counts(t, "", before.N+1)
		if asks := x.asks(t); asks != "on_desk on_desk" {
			t.Errorf("it asks %q", asks)
		}
	})
}

// TestConfidentialOfTheIncidentIsShared: a newer sheet moves a row and names openly what the
// incident calls confidential.
func TestConfidentialOfTheIncidentIsShared(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		row := func(class string, set ...string) map[stop.Field]string {
			return rowLike(append([]string{"event", "", "info_source", class, "info_source_link", secretSource}, set...)...)
		}
		ref := x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, kisumu, row("Confidential")).Rows[1].Ref
		x.corrected(x.crew(), ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
		x.importRows("sheet 2026-07-01.csv", incident.ImportOptions{}, kisumu, row("News media", "area_name", "Qom", "start_date", "2026-01-18"))
		x.counts(t, "", 2)
	})
}
