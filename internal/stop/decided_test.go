package stop

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/shared"
)

// dump reads a query as text, a line to a row.
func dump(t rapid.TB, d *db.DB, query string) []string {
	t.Helper()
	rows, err := d.Reader().QueryContext(context.Background(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	cols, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for rows.Next() {
		values, at := make([]any, len(cols)), make([]any, len(cols))
		for i := range values {
			at[i] = &values[i]
		}
		if err := rows.Scan(at...); err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			if b, ok := v.([]byte); ok {
				values[i] = string(b)
			}
		}
		out = append(out, fmt.Sprint(values...))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// standsAsBefore corrects the date of a sheet without changing which one leads:
// nothing of the record may change by that.
func standsAsBefore(t rapid.TB, d *db.DB, correct func()) {
	t.Helper()
	queries := []string{
		"select i.ref, i.state, e.count_year, e.counted, e.touched, e.latest, e.hash, e.source_edition, e.line from incident i left join entry e on e.incident_id = i.id and e.edition_id = 1 order by 1, 3",
		"select edition_id, line, hash from entry where edition_id > 1 order by 1, 2",
		"select count(*) from incident_change",
		"select i.ref, w.count_year, w.rule, w.detail from quality_warning w join incident i on i.id = w.incident_id order by 1, 2, 3",
	}
	var before [][]string
	for _, q := range queries {
		before = append(before, dump(t, d, q))
	}
	correct()
	for i, q := range queries {
		if now := dump(t, d, q); !slices.Equal(now, before[i]) {
			t.Errorf("a correction of no consequence: %v became %v", lacking(before[i], now), lacking(now, before[i]))
		}
	}
}

// answer decides the open question whose detail holds some words.
func answer(t testing.TB, s *incident.Service, words, decision string) {
	t.Helper()
	list, err := s.Reviews(context.Background(), "open", "", "", 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if strings.Contains(r.Detail, words) {
			if err := s.Decide(context.Background(), r.ID, "tester", decision); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("nobody asks about %q: %+v", words, list)
}

// TestCorrectionKeepsDecisions: what people withdrew, merged, edited and learned
// stands where it stood after another reading of all sheets.
func TestCorrectionKeepsDecisions(t *testing.T) {
	ctx := context.Background()
	edit := func(t *testing.T, s *incident.Service, ref string, year int, set map[string]string) {
		t.Helper()
		e := Editor{Taxonomy: s.Taxonomy(), Places: geo.NewMatcher(nil)}
		if _, err := s.Revise(ctx, ref, year, "tester", "test", func(y int, f incident.Facts) (incident.Facts, error) { return e.Set(f, y, set) }); err != nil {
			t.Fatal(err)
		}
	}
	carried := func(year, area string) map[Field]string {
		return map[Field]string{"country": "Iraq", "count_year": year, "start_date": "2022-12-01", "end_date": "", "shutdown_status": "Ongoing", "area_name": area}
	}
	cuba := map[Field]string{"country": "Cuba", "count_year": "2024"}
	for name, live := range map[string]func(t *testing.T, s *incident.Service) (path, asOf string){
		"withdrawn, then merged": func(t *testing.T, s *incident.Service) (string, string) {
			take(t, s, stated(t, s, sheetE(t, "a.csv", carried("2023", "Nationwide"), carried("2024", "Basra"), cuba), 0, "2025-01-01"), incident.ImportOptions{})
			two := sheetE(t, "b.csv", cuba)
			take(t, s, stated(t, s, two, 0, "2025-02-01"), incident.ImportOptions{})
			for kind, answer := range map[string]string{"missing_from_newer_edition": "withdraw", "carry_over": "merge"} {
				list, err := s.Reviews(ctx, "open", kind, "", 1)
				if err != nil || len(list) != 1 {
					t.Fatal(kind, list, err)
				}
				if err := s.Decide(ctx, list[0].ID, "tester", answer); err != nil {
					t.Fatal(err)
				}
			}
			return two, "2025-03-01"
		},
		"an edit that makes it like another": func(t *testing.T, s *incident.Service) (string, string) {
			one := sheetE(t, "a.csv", map[Field]string{"area_name": "Nationwide", "start_date": "2024-03-01", "end_date": "2024-03-09"})
			take(t, s, stated(t, s, one, 0, "2025-01-01"), incident.ImportOptions{})
			take(t, s, stated(t, s, sheetE(t, "b.csv", map[Field]string{"area_name": "Basra", "start_date": "2024-03-05", "end_date": "2024-03-06"}), 0, "2025-02-01"), incident.ImportOptions{})
			edit(t, s, "2024-0001", 0, map[string]string{"start_date": "2024-03-05"})
			return one, "2025-01-02"
		},
		"an edit of one year of two": func(t *testing.T, s *incident.Service) (string, string) {
			take(t, s, stated(t, s, sheetE(t, "a.csv", carried("2023", "Nationwide"), carried("2024", "Nationwide")), 0, "2025-01-01"), incident.ImportOptions{})
			edit(t, s, "2023-0001", 2024, map[string]string{"area_name": "Basra"})
			two := sheetE(t, "c.csv", map[Field]string{"country": "Cuba", "count_year": "2019", "start_date": "2019-01-01", "end_date": "2019-01-02"})
			take(t, s, stated(t, s, two, 0, "2025-03-01"), incident.ImportOptions{})
			return two, "2025-03-02"
		},
		"what a sheet withdrew": func(t *testing.T, s *incident.Service) (string, string) {
			take(t, s, stated(t, s, sheetE(t, "a.csv", map[Field]string{"country": "Iraq"}, cuba), 0, "2025-01-01"), incident.ImportOptions{})
			two := sheetE(t, "b.csv", cuba)
			take(t, s, stated(t, s, two, 0, "2025-02-01"), incident.ImportOptions{WithdrawMissing: true})
			return two, "2025-02-02"
		},
		"two sheets of one file, each with a part of the year": func(t *testing.T, s *incident.Service) (string, string) {
			book := append(bookOf(t, s, "all.xlsx", []map[Field]string{{"country": "Iraq"}}), bookOf(t, s, "all.xlsx", []map[Field]string{cuba})...)
			book[1].Sheet = "the rest"
			take(t, s, book, incident.ImportOptions{WithdrawMissing: true})
			two := sheetE(t, "c.csv", map[Field]string{"country": "Cuba", "count_year": "2019", "start_date": "2019-01-01", "end_date": "2019-01-02"})
			take(t, s, stated(t, s, two, 0, "2025-03-01"), incident.ImportOptions{})
			return two, "2025-03-02"
		},
		"kept apart, then spelled alike": func(t *testing.T, s *incident.Service) (string, string) {
			take(t, s, stated(t, s, sheetE(t, "a.csv", carried("2022", "All over"), carried("2023", "National"), carried("2024", "Nationwide")), 0, "2025-01-01"), incident.ImportOptions{})
			answer(t, s, "2024-0001 and 2023-0001", "separate")
			two := sheetE(t, "b.csv", carried("2022", "Nationwide"), carried("2023", "Nationwide"), carried("2024", "Nationwide"))
			take(t, s, stated(t, s, two, 0, "2025-02-01"), incident.ImportOptions{})
			if got := everyRef(t, s); !slices.Equal(got, []string{"2022-0001", "2024-0001"}) { // 2022 with 2023, which 2024 is not
				t.Errorf("the incidents are %v", got)
			}
			return two, "2025-02-02"
		},
		"edited, withdrawn by a sheet and counted again by the next": func(t *testing.T, s *incident.Service) (string, string) {
			iraq := map[Field]string{"country": "Iraq"}
			take(t, s, stated(t, s, sheetE(t, "a.csv", iraq, cuba), 0, "2025-01-01"), incident.ImportOptions{})
			edited(t, s, "2024-0001", map[string]string{"shutdown_type": "Throttle"})
			take(t, s, stated(t, s, sheetE(t, "b.csv", cuba), 0, "2025-02-01"), incident.ImportOptions{WithdrawMissing: true})
			two := sheetE(t, "c.csv", iraq, cuba, map[Field]string{"country": "Chad"})
			take(t, s, stated(t, s, two, 0, "2025-03-01"), incident.ImportOptions{})
			return two, "2025-03-02"
		},
		"a word that was learned": func(t *testing.T, s *incident.Service) (string, string) {
			one := sheetE(t, "a.csv", map[Field]string{"country": "Iraq", "area_name": "Zzyzxville"})
			take(t, s, stated(t, s, one, 0, "2025-01-01"), incident.ImportOptions{})
			list, err := s.Reviews(ctx, "open", "place", "", 1)
			if err != nil || len(list) != 1 {
				t.Fatal(list, err)
			}
			if err := s.Decide(ctx, list[0].ID, "tester", "IQ-BG"); err != nil {
				t.Fatal(err)
			}
			return one, "2025-02-01"
		},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				s := newRecord(t, d)
				path, asOf := live(t, s)
				standsAsBefore(t, d, func() {
					places, err := s.Matcher(ctx)
					if err != nil {
						t.Fatal(err)
					}
					r := Reader{Taxonomy: s.Taxonomy(), Places: places, AsOf: asOf}
					eds, _, err := r.File(ctx, path)
					if err != nil {
						t.Fatal(err)
					}
					take(t, s, eds, incident.ImportOptions{})
				})
			})
		})
	}
}

// TestEditOutlivesAWithdrawal: a sheet takes an edited incident out of the count,
// and a later one has it again. It counts then as it was edited, and what the
// sheet says otherwise is asked about.
func TestEditOutlivesAWithdrawal(t *testing.T) {
	for _, c := range []struct {
		name  string
		again map[Field]string // the row that comes back
		asked int
	}{
		{"the row as it was", map[Field]string{"country": "Iraq"}, 0},
		{"another row", map[Field]string{"country": "Iraq", "actual_cause": "Protests"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				ctx := context.Background()
				s := newRecord(t, d)
				cuba := map[Field]string{"country": "Cuba"}
				take(t, s, stated(t, s, sheetE(t, "a.csv", map[Field]string{"country": "Iraq"}, cuba), 0, "2025-01-01"), incident.ImportOptions{})
				edited(t, s, "2024-0001", map[string]string{"shutdown_type": "Throttle"})
				take(t, s, stated(t, s, sheetE(t, "b.csv", cuba), 0, "2025-02-01"), incident.ImportOptions{WithdrawMissing: true})
				acc := take(t, s, stated(t, s, sheetE(t, "c.csv", c.again, cuba, map[Field]string{"country": "Chad"}), 0, "2025-03-01"), incident.ImportOptions{})
				if r := acc.Rows[0]; r.Outcome != incident.Changed || len(r.Diff) != 1 || r.Diff[0].Field != "counted 2024" {
					t.Errorf("the account: %+v", r)
				}
				inc, err := s.Get(ctx, incident.RecordEdition, "2024-0001")
				if err != nil || !inc.Years[0].Counted || !inc.Years[0].Touched || inc.Facts.Measure.Method != "throttle" || inc.Facts.Cause.Term != "exam_cheating" {
					t.Errorf("the incident: %+v %v", inc, err)
				}
				if open, err := s.Reviews(ctx, "open", "edit_conflict", "", 10); err != nil || len(open) != c.asked {
					t.Errorf("questions: %+v %v", open, err)
				}
				if note, err := s.VerifyCounts(ctx); err != nil {
					t.Error(note, err)
				}
			})
		})
	}
}

// TestEditDoesNotDecideTheCount: a sheet under a wrong date took an edited
// incident out of the count. Under the right date it does not, and the edit stays.
func TestEditDoesNotDecideTheCount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newRecord(t, d)
		cuba := map[Field]string{"country": "Cuba"}
		take(t, s, stated(t, s, sheetE(t, "a.csv", map[Field]string{"country": "Iraq"}, cuba), 0, "2025-01-01"), incident.ImportOptions{})
		edited(t, s, "2024-0001", map[string]string{"shutdown_type": "Throttle"})
		two := sheetE(t, "b.csv", cuba)
		for _, step := range []struct {
			asOf    string
			counted bool
		}{{"2025-02-01", false}, {"2024-12-01", true}, {"2025-03-01", false}} {
			take(t, s, stated(t, s, two, 0, step.asOf), incident.ImportOptions{WithdrawMissing: true})
			inc, err := s.Get(context.Background(), incident.RecordEdition, "2024-0001")
			if err != nil || inc.Years[0].Counted != step.counted || !inc.Years[0].Touched || inc.Facts.Measure.Method != "throttle" {
				t.Errorf("as of %s: %+v %v", step.asOf, inc, err)
			}
			if note, err := s.VerifyCounts(context.Background()); err != nil {
				t.Error(note, err)
			}
		}
	})
}

// TestEditDoesNotKeepARowCounted: a sheet under a wrong date let a row in that
// another one leaves out. Under the right date the row is out of the count, also
// when somebody edited it; the edit stays, and is asked about.
func TestEditDoesNotKeepARowCounted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		cuba := map[Field]string{"country": "Cuba"}
		one := sheetE(t, "a.csv", cuba)
		take(t, s, stated(t, s, one, 0, "2025-01-01"), incident.ImportOptions{})
		take(t, s, stated(t, s, sheetE(t, "b.csv", cuba, map[Field]string{"country": "Iraq"}), 0, "2025-02-01"), incident.ImportOptions{})
		edited(t, s, "2024-0002", map[string]string{"legal_method": "told in court"})
		take(t, s, stated(t, s, one, 0, "2025-03-01"), incident.ImportOptions{}) // a is the newer one
		if got := countedOf(t, s); got[2024] != 1 {
			t.Errorf("%d count; the row of Iraq is in the older sheet alone", got[2024])
		}
		inc, err := s.Get(ctx, incident.RecordEdition, "2024-0002")
		if err != nil || inc.Years[0].Counted || !inc.Years[0].Touched || inc.Facts.Legal.Text != "told in court" {
			t.Errorf("the incident: %+v %v", inc, err)
		}
		open, err := s.Reviews(ctx, "open", "edit_conflict", "", 10)
		if err != nil || len(open) != 1 || !strings.Contains(open[0].Detail, "does not count") {
			t.Errorf("questions: %+v %v", open, err)
		}
		take(t, s, stated(t, s, one, 0, "2025-01-01"), incident.ImportOptions{})
		if got := countedOf(t, s); got[2024] != 2 {
			t.Errorf("%d count after the date was put back", got[2024])
		}
		if note, err := s.VerifyCounts(ctx); err != nil {
			t.Error(note, err)
		}
	})
}

// TestDoubtsFollowTheYear: doubts about a sheet read under a wrong year are not
// those of the right one.
func TestDoubtsFollowTheYear(t *testing.T) {
	path := shared.Path(t, "data", "stop", sheets[5].file)
	doubts := func(years ...int) []string {
		d := dbtest.SQLite(t)
		s := newRecord(t, d)
		for _, y := range years {
			take(t, s, stated(t, s, path, y, ""), incident.ImportOptions{})
		}
		return append(dump(t, d, "select line, doubts from import_row order by line"), dump(t, d, "select count_year, rule, detail from quality_warning order by 1, 2, 3")...)
	}
	if got, want := doubts(2016, 2022), doubts(2022); !slices.Equal(got, want) {
		t.Errorf("%d doubts too many, %d lost: %.3v", len(lacking(got, want)), len(lacking(want, got)), lacking(got, want))
	}
}

// TestEditedIncidentIsNotDoubled: a newer sheet that changes a row finds the
// incident again, whatever was edited here since, also the country.
func TestEditedIncidentIsNotDoubled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		take(t, s, stated(t, s, sheetE(t, "a.csv", map[Field]string{"country": "Iraq"}), 0, "2025-01-01"), incident.ImportOptions{})
		e := Editor{Taxonomy: s.Taxonomy(), Places: geo.NewMatcher(nil)}
		if _, err := s.Revise(ctx, "2024-0001", 0, "tester", "test", func(y int, f incident.Facts) (incident.Facts, error) {
			return e.Set(f, y, map[string]string{"country": "Cuba", "start_date": "2024-05-01", "end_date": "2024-05-02", "area_name": "Nationwide"})
		}); err != nil {
			t.Fatal(err)
		}
		acc := take(t, s, stated(t, s, sheetE(t, "b.csv", map[Field]string{"country": "Iraq", "actual_cause": "Conflict"}), 0, "2025-02-01"), incident.ImportOptions{})
		if acc.Count(incident.Kept) != 1 || len(acc.Missing) != 0 {
			t.Errorf("%+v", acc)
		}
		if years, err := s.Years(ctx, incident.RecordEdition); err != nil || years[0].Shutdowns != 1 {
			t.Errorf("%v %v", years, err)
		}
	})
}

// TestNobodyIsCalledImport: decisions under that name would be taken for a
// sheet's.
func TestNobodyIsCalledImport(t *testing.T) {
	s := newRecord(t, dbtest.SQLite(t))
	take(t, s, stated(t, s, sheetE(t, "a.csv", map[Field]string{"country": "Iraq"}), 0, "2025-01-01"), incident.ImportOptions{})
	_, err := s.Revise(context.Background(), "2024-0001", 0, "Import", "test", func(_ int, f incident.Facts) (incident.Facts, error) {
		f.Measure.Area = "x"
		return f, nil
	})
	if err == nil {
		t.Error("an edit under the name import is taken")
	}
}

// TestExportsAtOnce: more downloads than connections all end.
func TestExportsAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newRecord(t, d)
		take(t, s, stated(t, s, sheetE(t, "a.csv", map[Field]string{"country": "Iraq"}, map[Field]string{"country": "Cuba"}), 0, "2025-01-01"), incident.ImportOptions{})
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		var wg sync.WaitGroup
		for range 32 {
			wg.Go(func() {
				for range 10 {
					if _, err := Write(ctx, s, Export{Schema: "E"}, io.Discard); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
	})
}

// TestStarterNamesNoConfidentialSource: that a source is confidential is said,
// which one it is is not.
func TestStarterNamesNoConfidentialSource(t *testing.T) {
	s := newRecord(t, dbtest.SQLite(t))
	take(t, s, stated(t, s, sheetE(t, "a.csv", map[Field]string{"info_source": "Confidential", "info_source_link": "https://secret.example/a; a call to somebody"}), 0, "2025-01-01"), incident.ImportOptions{})
	var b bytes.Buffer
	if _, err := WriteStarter(context.Background(), s, "2025-01-01", &b); err != nil {
		t.Fatal(err)
	}
	ours, err := gzip.NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(ours)
	if err != nil || !strings.Contains(string(all), "confidential") || strings.Contains(string(all), "secret.example") || strings.Contains(string(all), "somebody") {
		t.Errorf("%v: %s", err, all)
	}
	ed, err := Starter()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range ed.Rows {
		for _, x := range r.Facts.Sources {
			if x.Class == confidentialClass && (x.URL != "" || x.Text != "") {
				t.Errorf("row %d names a confidential source", r.Line)
			}
		}
	}
}

// BenchmarkSplitLinks shows that a cell of many links costs as much as it is
// long.
func BenchmarkSplitLinks(b *testing.B) {
	for _, n := range []int{1000, 10_000, 50_000} {
		text := strings.Repeat("http://a.example/x ", n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				splitLinks(text)
			}
		})
	}
}

// TestAnyCorrectionOfNothing lets people live with a register for a while, and
// then corrects the date of a sheet by a day: nothing of it may be other than
// before.
func TestAnyCorrectionOfNothing(t *testing.T) {
	fewer(t, 40)
	always(t, 1)
	rapid.Check(t, func(rt *rapid.T) {
		d := dbtest.SQLite(t)
		l := &life{t: t, s: newRecord(t, d), fail: rt.Fatalf, choose: func(what string, n int) int { return rapid.IntRange(0, n-1).Draw(rt, what) }}
		l.written, l.given = map[string]bool{}, map[string]int64{}
		strict := map[string]bool{}
		read := func() {
			f := lifeFile{name: fmt.Sprintf("f%d.csv", len(l.files)), asOf: fmt.Sprintf("2025-%02d-10", len(l.files)+1)}
			for range 1 + l.choose("rows", 4) {
				f.rows = append(f.rows, map[Field]string{"country": l.pick("country", "Iraq", "Cuba"), "area_name": l.pick("area", "Nationwide", "Basra"),
					"start_date": l.pick("start", "2022-12-01", "2023-01-05"), "actual_cause": l.pick("cause", "Protests", "Conflict"),
					"count_year": l.pick("year", "2023", "2024"), "end_date": "", "shutdown_status": "Ongoing"})
			}
			l.files = append(l.files, f)
			strict[f.name] = l.choose("withdraw", 3) == 0
			take(t, l.s, l.sheets(f, f.asOf, true), incident.ImportOptions{WithdrawMissing: strict[f.name]})
		}
		edit := func() {
			refs := everyRef(t, l.s)
			if len(refs) == 0 {
				return
			}
			cause := l.pick("cause", "exam_cheating", "elections")
			_, err := l.s.Revise(context.Background(), refs[l.choose("ref", len(refs))], []int{0, 2023, 2024}[l.choose("of year", 3)], "tester", "test",
				func(_ int, f incident.Facts) (incident.Facts, error) {
					f.Cause.Term = cause
					return f, nil
				})
			if err != nil && fault.KindOf(err) != fault.NotFound {
				rt.Fatal(err)
			}
		}
		for range 8 {
			[]func(){read, read, l.decide, l.decide, edit}[l.choose("action", 5)]()
		}
		if len(l.files) == 0 {
			return
		}
		f := &l.files[l.choose("corrected", len(l.files))]
		standsAsBefore(rt, d, func() {
			take(t, l.s, l.sheets(*f, f.asOf[:8]+"11", true), incident.ImportOptions{WithdrawMissing: strict[f.name]})
		})
	})
}

// TestFiguresOfASheetStay asks for the figures of a sheet by itself after a
// person joined two of its rows, and after another sheet was corrected.
func TestFiguresOfASheetStay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		since := func(year, area string) map[Field]string {
			return map[Field]string{"country": "Iraq", "count_year": year, "start_date": "2022-12-01", "end_date": "", "shutdown_status": "Ongoing", "area_name": area}
		}
		take(t, s, stated(t, s, sheetE(t, "a.csv", since("2023", "Nationwide"), since("2024", "National"), since("2025", "National")), 0, "2025-01-01"), incident.ImportOptions{})
		other := sheetE(t, "b.csv", map[Field]string{"country": "Cuba", "count_year": "2019", "start_date": "2019-01-01", "end_date": "2019-01-02"})
		take(t, s, stated(t, s, other, 0, "2025-03-01"), incident.ImportOptions{})
		figures := func() [2]int {
			e, err := s.EditionByLabel(ctx, "a")
			if err != nil {
				t.Fatal(err)
			}
			return [2]int{e.Entries, e.Incidents}
		}
		if got := figures(); got != [2]int{3, 2} {
			t.Fatalf("the sheet has %v entries and incidents", got)
		}
		list, err := s.Reviews(ctx, "open", "carry_over", "", 10)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		if err := s.Decide(ctx, list[0].ID, "anna", "merge"); err != nil {
			t.Fatal(err)
		}
		take(t, s, stated(t, s, other, 0, "2025-03-02"), incident.ImportOptions{})
		if got := figures(); got != [2]int{3, 2} {
			t.Errorf("the figures of the sheet are now %v", got)
		}
	})
}

// TestCarriedOnInASheet holds the figures of a sheet by itself: an entry is
// carried on by the one alike in the year after, unless either year has twins;
// rows that do not count make no twins and carry nothing on.
func TestCarriedOnInASheet(t *testing.T) {
	for _, c := range []struct {
		years, parked []string
		incidents     int
	}{
		{[]string{"2023", "2024"}, nil, 1},
		{[]string{"2022", "2023", "2024"}, nil, 1},
		{[]string{"2023", "2025"}, nil, 2},
		{[]string{"2023", "2023", "2024"}, nil, 3},
		{[]string{"2023", "2024", "2024"}, nil, 3},
		{[]string{"2023", "2024"}, []string{"2023"}, 1},
		{[]string{"2023", "2024"}, []string{"2024"}, 1},
		{[]string{"2023"}, []string{"2024"}, 1},
	} {
		t.Run(fmt.Sprint(c.years, "parked", c.parked), func(t *testing.T) {
			s := newRecord(t, dbtest.SQLite(t))
			var rows []map[Field]string
			for _, year := range slices.Concat(c.years, c.parked) {
				rows = append(rows, map[Field]string{"count_year": year, "start_date": "2021-12-01", "end_date": "", "shutdown_status": "Ongoing"})
			}
			book := bookOf(t, s, "a.csv", rows)
			for i := range c.parked {
				book[0].Rows[len(c.years)+i].Parked = "not of this year"
			}
			acc := take(t, s, book, incident.ImportOptions{})
			e, err := s.EditionByLabel(context.Background(), acc.Edition)
			if err != nil || e.Entries != len(c.years) || e.Incidents != c.incidents {
				t.Errorf("%d entries, %d incidents, want %d, %d; %v", e.Entries, e.Incidents, len(c.years), c.incidents, err)
			}
		})
	}
}
