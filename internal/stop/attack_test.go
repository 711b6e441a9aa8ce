package stop

import (
	"bytes"
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/shared"
	"keepiton/internal/platform/sheet"
)

// Each test here is a way in which the record once lost, doubled or leaked
// something.

func TestSheetOverStarterComesOutWhole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		path := shared.Path(t, "data", "stop", combined)
		s := newRecord(t, d)
		loadStarterInto(t, s)
		importFile(t, s, path)
		for _, raw := range []bool{true, false} {
			var out bytes.Buffer
			if _, err := Write(context.Background(), s, Export{Schema: "E", Raw: raw}, &out); err != nil {
				t.Fatal(err)
			}
			got := cellsIn(t, out.Bytes(), "csv")
			for _, r := range got {
				for i, c := range r {
					if text, was := sheet.Denatured(c); was && !raw {
						r[i] = text
					}
				}
			}
			compareCells(t, "after the starter", got, cellsOf(t, path))
			again := importFile(t, s, file(t, "ours 2026-06-01.csv", out.Bytes()))
			if n := again.Count(incident.Unchanged); n != 2102 {
				t.Errorf("our own export (raw %v) comes back with %d of 2102 rows unchanged", raw, n)
			}
		}
		inc, err := s.Get(context.Background(), incident.RecordEdition, "2022-0001")
		if err != nil || len(inc.Changes) != 0 {
			t.Errorf("filling in what the starter left out reads as a correction: %+v %v", inc, err)
		}
	})
}

func TestParkedSheetTakesNothingOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newRecord(t, d)
		importFile(t, s, sheetE(t, "one 2025-01-01.csv", map[Field]string{"country": "Iraq"}, map[Field]string{"country": "Cuba"}))
		eds := readSheets(t, s, sheetE(t, "parked 2025-02-01.csv", map[Field]string{"country": "Chad"}))
		eds[0].Rows[0].Parked = "waits"
		acc, err := s.Import(context.Background(), eds, incident.ImportOptions{WithdrawMissing: true})
		if err != nil || len(acc[0].Missing) != 0 {
			t.Errorf("missing %v, %v", acc[0].Missing, err)
		}
		years, err := s.Years(context.Background(), incident.RecordEdition)
		if err != nil || years[0].Shutdowns != 2 {
			t.Errorf("years %v, %v", years, err)
		}
	})
}

func TestWithdrawnComesBack(t *testing.T) {
	s := newRecord(t, dbtest.SQLite(t))
	both := []map[Field]string{{"country": "Iraq"}, {"country": "Cuba"}}
	importFile(t, s, sheetE(t, "one 2025-01-01.csv", both...))
	if _, err := s.Import(context.Background(), readSheets(t, s, sheetE(t, "two 2025-02-01.csv", both[0])), incident.ImportOptions{WithdrawMissing: true}); err != nil {
		t.Fatal(err)
	}
	acc := importFile(t, s, sheetE(t, "three 2025-03-01.csv", both[0], both[1], map[Field]string{"country": "Chad"}))
	years, err := s.Years(context.Background(), incident.RecordEdition)
	if err != nil || years[0].Shutdowns != 3 {
		t.Errorf("the sheet has 3 rows, the record counts %v (%+v) %v", years, acc.Rows, err)
	}
	if note, err := s.VerifyCounts(context.Background()); err != nil {
		t.Error(note, err)
	}
}

func TestCorrectedIsNotDoubled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		row := map[Field]string{"country": "Iraq", "area_name": "Basra"}
		importFile(t, s, sheetE(t, "one 2025-01-01.csv", row, map[Field]string{"country": "Cuba"}))
		e := Editor{Taxonomy: s.Taxonomy(), Places: geo.NewMatcher(nil)}
		_, err := s.Revise(ctx, "2024-0001", 0, "tester", "test", func(y int, f incident.Facts) (incident.Facts, error) {
			return e.Set(f, y, map[string]string{"start_date": "2024-02-01", "area_name": "Baghdad"})
		})
		if err != nil {
			t.Fatal(err)
		}
		importFile(t, s, sheetE(t, "two 2025-02-01.csv", row, map[Field]string{"country": "Cuba"}, map[Field]string{"country": "Chad"}))
		years, err := s.Years(ctx, incident.RecordEdition)
		if err != nil || years[0].Shutdowns != 3 {
			t.Errorf("3 rows, counted %v (%v)", years, err)
		}
		inc, err := s.Get(ctx, incident.RecordEdition, "2024-0001")
		if err != nil || inc.Facts.Measure.Area != "Baghdad" {
			t.Errorf("the correction was undone: %+v %v", inc, err)
		}
	})
}

// TestWithheldIsNotFound: a search must not answer for what no page shows, and
// a misspelt class must not publish an address.
func TestWithheldIsNotFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newRecord(t, d)
		eds := readSheets(t, s, sheetE(t, "one 2025-01-01.csv", map[Field]string{"info_source": "Confidental", "info_source_link": "https://example.org/x"}))
		eds[0].Rows[0].Facts.Notes = append(eds[0].Rows[0].Facts.Notes, incident.Note{Kind: "internal", Lang: "en", Text: "Qwertyname told us"})
		if _, err := s.Import(context.Background(), eds, incident.ImportOptions{}); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Total(context.Background(), incident.Filter{Query: "qwertyname"}); err != nil || n.N != 0 {
			t.Errorf("an internal note is found: %v %v", n, err)
		}
		if c := eds[0].Rows[0].Facts.Sources[0].Class; c != "confidential" {
			t.Errorf("a misspelt class became %q", c)
		}
	})
}

func TestCountryNamedTwiceIsRefused(t *testing.T) {
	_, refused, err := read(t, sheetE(t, "a.csv", map[Field]string{"country": "Iran; Iran (Islamic Republic of)"}))
	if err != nil || len(refused) != 1 || refused[0].Code != "stop.country_twice" {
		t.Errorf("%v %v", refused, err)
	}
}

func TestQuestionsAreSearches(t *testing.T) {
	s := newRecord(t, dbtest.SQLite(t))
	loadStarterInto(t, s)
	want, err := s.Total(context.Background(), incident.Filter{Query: "iran 2022"})
	if err != nil || want.N == 0 {
		t.Fatal(want, err)
	}
	for _, q := range []string{"shutdowns in iran 2022", "internet shutdown Iran 2022", "How many shutdowns did Iran have in 2022?", "combien de coupures en Iran 2022"} {
		if n, err := s.Total(context.Background(), incident.Filter{Query: q}); err != nil || n.N != want.N {
			t.Errorf("%q finds %d, want %d (%v)", q, n.N, want.N, err)
		}
	}
}

// TestPlaceIsLearnedInEveryYear: a decision about a word reaches the documents
// of older count years too, and spellings that differ in letters' case. What is
// frozen stays.
func TestPlaceIsLearnedInEveryYear(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		row := func(country, area, start, year string) map[Field]string {
			return map[Field]string{"country": country, "area_name": area, "start_date": start, "count_year": year, "end_date": "", "shutdown_status": "Ongoing"}
		}
		rows := []map[Field]string{row("Iraq", "Zzyzxville", "2024-03-01", "2024"), row("Iraq", "Zzyzxville", "2024-03-01", "2025"),
			row("Iraq", "ZZYZXVILLE", "2024-08-01", "2024"), row("Cuba", "Zzyzxville", "2024-03-01", "2024")}
		acc := importFile(t, s, sheetE(t, "one 2026-01-01.csv", rows...))
		e := Editor{Taxonomy: s.Taxonomy(), Places: geo.NewMatcher(nil)}
		if _, err := s.Revise(ctx, "2024-0001", 2025, "tester", "it moved", func(y int, f incident.Facts) (incident.Facts, error) {
			return e.Set(f, y, map[string]string{"area_name": "Baghdad"})
		}); err != nil {
			t.Fatal(err)
		}
		rel, err := s.CutRelease(ctx, "before", "2026-02-01")
		if err != nil {
			t.Fatal(err)
		}
		sheetEd, err := s.EditionByLabel(ctx, acc.Edition)
		if err != nil {
			t.Fatal(err)
		}
		units := func(edition int64, country string) int {
			n := 0
			cells, err := s.Cells(ctx, edition, 2024, "country:"+country)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range cells {
				if c.Dim == incident.DimUnit && c.Value == "IQ-BG" {
					n += int(c.N)
				}
			}
			return n
		}
		list, err := s.Reviews(ctx, "open", "place", "", 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range list {
			if item.Country == "IQ" && item.Detail == "Zzyzxville" {
				if err := s.Decide(ctx, item.ID, "tester", "IQ-BG"); err != nil {
					t.Fatal(err)
				}
			}
		}
		if n := units(incident.RecordEdition, "IQ"); n != 2 {
			t.Errorf("%d entries of 2024 are placed, want 2", n)
		}
		for _, ed := range []int64{rel.ID, sheetEd.ID} {
			if n := units(ed, "IQ"); n != 0 {
				t.Errorf("edition %d: %d entries are placed, it is frozen", ed, n)
			}
		}
		inc, err := s.Get(ctx, incident.RecordEdition, "2024-0001")
		if err != nil || inc.Years[0].Facts == nil || inc.Years[0].Facts.Places[0].Unit != "IQ-BG" || inc.Facts.Places[0].Text != "Baghdad" {
			t.Errorf("2024 is %+v (%v)", inc.Years, err)
		}
		cuba, err := s.Get(ctx, incident.RecordEdition, "2024-0003")
		if err != nil || cuba.Facts.Places[0].Unit != "" {
			t.Errorf("a decision about Iraq reached %+v %v", cuba.Facts.Places, err)
		}
		for _, check := range []func(context.Context) (string, error){s.VerifyCounts, s.VerifyReleases} {
			if note, err := check(ctx); err != nil {
				t.Error(note, err)
			}
		}
		again := importFile(t, s, sheetE(t, "two 2026-03-01.csv", rows...))
		if n := again.Count(incident.Unchanged); n != 4 {
			t.Errorf("the same rows again: %d of 4 unchanged: %+v", n, again.Rows)
		}
	})
}

// TestWithdrawnWordsAreForgotten: a row that is not counted any more must not be
// seen through the search. A word only it had kept the same letters from being
// taken as the beginning of a word, which told that the word was there.
func TestWithdrawnWordsAreForgotten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		both := []map[Field]string{{"country": "Iraq", "event": "zalice came"}, {"country": "Cuba", "event": "zali told"}}
		importFile(t, s, sheetE(t, "one 2025-01-01.csv", both...))
		if _, err := s.Import(ctx, readSheets(t, s, sheetE(t, "two 2025-02-01.csv", both[0])), incident.ImportOptions{WithdrawMissing: true}); err != nil {
			t.Fatal(err)
		}
		for _, q := range []string{"zal", "zali", "zalic"} {
			p, err := s.List(ctx, incident.Filter{Query: q})
			if err != nil || len(p.Rows) != 1 {
				t.Errorf("%q finds %d rows, want that of Iraq (%v)", q, len(p.Rows), err)
			}
		}
		if note, err := s.VerifyWords(ctx); err != nil {
			t.Error(note, err)
		}
	})
}

// TestServicesOfOneSpelling: two services whose keys differ in a blank alone
// are two in a search as well.
func TestServicesOfOneSpelling(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		importFile(t, s, sheetE(t, "one 2025-01-01.csv",
			map[Field]string{"country": "Iraq", "event": "bridge", "other_affected": "Quick Box", "shutdown_extent": "Service-based"},
			map[Field]string{"country": "Cuba", "event": "bridge", "other_affected": "Quickbox", "shutdown_extent": "Service-based"}))
		for _, service := range []string{"quick_box", "quickbox"} {
			f := incident.Filter{Service: service, Query: "bridge"}
			p, err := s.List(ctx, f)
			if err != nil || len(p.Rows) != 1 || p.Rows[0].Facts.Affected()[0] != service {
				t.Errorf("%s: %d rows (%v)", service, len(p.Rows), err)
			}
			if n, err := s.Total(ctx, f); err != nil || n.N != 1 {
				t.Errorf("%s: total %v (%v)", service, n, err)
			}
		}
	})
}

// TestNameInPlaceOfAClass: whoever writes the name of a source where its class
// belongs must not have published it. The row comes out for the coalition.
func TestNameInPlaceOfAClass(t *testing.T) {
	ctx := context.Background()
	s := newRecord(t, dbtest.SQLite(t))
	importFile(t, s, sheetE(t, "one 2025-01-01.csv", map[Field]string{"info_source": "Qwerty, by telephone", "info_source_link": "https://example.org/qwerty"}))
	inc, err := s.Get(ctx, incident.RecordEdition, "2024-0001")
	if err != nil || len(inc.Warnings) != 1 {
		t.Fatalf("%+v %v", inc, err)
	}
	if text := inc.Warnings[0].Detail; strings.Contains(text, "Qwerty") {
		t.Errorf("the warning readers see is %q", text)
	}
	for _, edition := range []int64{incident.RecordEdition, incident.RecordEdition + 1} {
		for public, want := range map[bool]bool{true: false, false: true} {
			var out bytes.Buffer
			if _, err := Write(ctx, s, Export{Edition: edition, Schema: "E", Public: public}, &out); err != nil {
				t.Fatal(err)
			}
			if has := strings.Contains(strings.ToLower(out.String()), "qwerty"); has != want {
				t.Errorf("edition %d, public %v: the name stands there: %v", edition, public, has)
			}
		}
	}
}

// TestLongCellsOnBothEngines: a cell of ten thousand letters is stored by either
// engine, though no index takes it; the same file again changes nothing.
func TestLongCellsOnBothEngines(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 9))
	long := make([]byte, 10_000)
	for i := range long {
		long[i] = byte('a' + rnd.IntN(26))
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		rows := []map[Field]string{{"area_name": string(long[:7_000])}, {"country": "Cuba", "other_affected": string(long), "shutdown_extent": "Service-based"},
			{"country": "Iraq", "start_date": "2024-05-01", "area_name": string(long[:6_999])}}
		importFile(t, s, sheetE(t, "one 2025-01-01.csv", rows...))
		if n, err := s.Total(ctx, incident.Filter{}); err != nil || n.N != 3 {
			t.Errorf("%v incidents (%v)", n, err)
		}
		if list, err := s.Reviews(ctx, "open", "place", "", 10); err != nil || len(list) != 2 {
			t.Errorf("%d places to look at, want two that differ in their last letter (%v)", len(list), err)
		}
		again := importFile(t, s, sheetE(t, "two 2025-02-01.csv", append(rows, map[Field]string{"country": "Chad"})...))
		if n := again.Count(incident.Unchanged); n != 3 {
			t.Errorf("%d of 3 rows unchanged", n)
		}
	})
}

// TestConfidentialFromNowOn: a source that turns out to need protection is
// protected in what was stored before as well: releases, sheets, earlier count
// years, and under a reference that was joined to another since. What was
// frozen stays as it was underneath.
func TestConfidentialFromNowOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		named := map[Field]string{"info_source": "News media article", "info_source_link": "https://named.example/x https://open.example/y", "end_date": "", "shutdown_status": "Ongoing"}
		later := map[Field]string{"count_year": "2025", "area_name": "National", "info_source": "News media article", "info_source_link": "https://open.example/z", "end_date": "", "shutdown_status": "Ongoing"}
		acc := importFile(t, s, sheetE(t, "one 2025-01-01.csv", named, later))
		if _, err := s.CutRelease(ctx, "before", "2025-01-02"); err != nil {
			t.Fatal(err)
		}
		pairs, err := s.Reviews(ctx, "open", "carry_over", "", 10)
		if err != nil || len(pairs) != 1 {
			t.Fatalf("%+v %v", pairs, err)
		}
		if err := s.Decide(ctx, pairs[0].ID, "tester", "merge"); err != nil {
			t.Fatal(err)
		}
		protect := func(_ int, f incident.Facts) (incident.Facts, error) {
			f.Sources = append([]incident.Source{{Class: "confidential", URL: "https://named.example/x"}}, incident.Source{Class: "news", URL: "https://open.example/y"})
			return f, nil
		}
		if _, err := s.Revise(ctx, "2024-0001", 2025, "tester", "asked for protection", protect); err != nil {
			t.Fatal(err)
		}
		for _, label := range []string{"", "before", acc.Edition} {
			ed, err := s.EditionByLabel(ctx, label)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if _, err := Write(ctx, s, Export{Edition: ed.ID, Schema: "E", Public: true}, &out); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(out.String(), "named.example") {
				t.Errorf("%q: the sheet readers get names the source", label)
			}
			inc, err := s.Get(ctx, ed.ID, "2024-0001")
			if err != nil {
				t.Fatal(err)
			}
			facts := []*incident.Facts{inc.Facts}
			for _, y := range inc.Years {
				if y.Facts != nil {
					facts = append(facts, y.Facts)
				}
			}
			for _, f := range facts {
				for _, x := range f.Sources {
					if strings.Contains(x.URL, "named") != (x.Class == "confidential") {
						t.Errorf("%q: %+v", label, x)
					}
				}
			}
		}
		for _, check := range []func(context.Context) (string, error){s.VerifyReleases, s.VerifyCounts} {
			if note, err := check(ctx); err != nil {
				t.Error(note, err)
			}
		}
	})
}

// TestAnyQueryIsAnswered: what readers type reaches the language of neither
// engine's index, whatever signs, scripts and lengths it has.
func TestAnyQueryIsAnswered(t *testing.T) {
	pieces := []string{"a", "bridge", `"`, "'", "*", ":", "&", "|", "!", "(", ")", "AND", "NEAR", "^", "-", `\\`, "\x00", "\u200d", "ك", "ไทย", "中文", "\u0301", "١", "x00627",
		"qzlatest0qz", strings.Repeat("a", 100), strings.Repeat("ب", 100), "{", "}", "body", "~", "İ", "ﷺ", "𝟘", "\U000F0000", "Ⅷ", "²"}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		importFile(t, s, sheetE(t, "one 2025-01-01.csv", map[Field]string{"event": "bridge"}))
		rnd := rand.New(rand.NewPCG(3, 4))
		for range 300 {
			var b strings.Builder
			for range 1 + rnd.IntN(6) {
				b.WriteString(pieces[rnd.IntN(len(pieces))] + []string{"", " "}[rnd.IntN(2)])
			}
			f := incident.Filter{Query: b.String(), Sort: []string{"", "longest"}[rnd.IntN(2)]}
			p, err := s.List(ctx, f)
			if n, err2 := s.Total(ctx, f); err != nil || err2 != nil || n.N != len(p.Rows) {
				t.Fatalf("%q: %d rows, total %v: %v, %v", f.Query, len(p.Rows), n, err, err2)
			}
		}
	})
}
