package stop

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/shared"
	"keepiton/internal/platform/sheet"
	"keepiton/migrations"
)

func loadStarterInto(t testing.TB, s *incident.Service) incident.Account {
	t.Helper()
	ed, err := Starter()
	if err != nil {
		t.Fatal(err)
	}
	acc, err := s.Import(context.Background(), []incident.SheetEdition{*ed}, incident.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return acc[0]
}

// TestStarterCountsAsTheSheet holds the starter against the published counts,
// then imports the full sheet over it: nothing doubles.
func TestStarterCountsAsTheSheet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newRecord(t, d)
		acc := loadStarterInto(t, s)
		if acc.Count(incident.New) != 1892 || len(acc.Rows) != 2102 {
			t.Errorf("starter: %d incidents of %d rows", acc.Count(incident.New), len(acc.Rows))
		}
		path := shared.Path(t, "data", "stop", combined)
		checkGolden(t, s, incident.RecordEdition)
		full := importFile(t, s, path)
		if n := full.Count(incident.New) + full.Count(incident.Merged); n != 0 || len(full.Missing) != 0 {
			t.Errorf("the full sheet over the starter: %d rows doubled, %d missing", n, len(full.Missing))
			for _, r := range full.Rows {
				if r.Outcome == incident.New || r.Outcome == incident.Merged {
					t.Logf("line %d %s", r.Line, r.Outcome)
				}
			}
		}
		if !full.Leading {
			t.Error("the full sheet does not lead the record")
		}
		checkGolden(t, s, incident.RecordEdition)
		if note, err := s.VerifyCounts(context.Background()); err != nil {
			t.Errorf("%s %v", note, err)
		}
	})
}

// TestStarterHoldsFactsOnly reads the file itself: its size, and no text that
// somebody wrote.
func TestStarterHoldsFactsOnly(t *testing.T) {
	if len(starterFile) > 500_000 {
		t.Errorf("the starter takes %d bytes, more than 500,000", len(starterFile))
	}
	gz, err := gzip.NewReader(bytes.NewReader(starterFile))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(gz)
	if err != nil {
		t.Fatal(err)
	}
	holdsFactsOnly(t, raw)
}

// holdsFactsOnly looks for texts that somebody wrote in a starter register.
func holdsFactsOnly(t testing.TB, raw []byte) {
	t.Helper()
	for _, key := range []string{`"narrative"`, `"quote"`, `"details"`, `"detail"`} {
		if bytes.Contains(raw, []byte(key)) {
			t.Errorf("the starter has %s", key)
		}
	}
	texts := regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	for _, s := range texts.FindAllString(string(raw), -1) {
		words := 0 // in a row without a comma: a list may be long
		for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune(",;(", r) }) {
			words = max(words, len(strings.Fields(part)))
		}
		if words > 14 || (strings.Contains(s, ". ") && words > 12 && !strings.Contains(s, "://") && !strings.Contains(s, "Shutdown Tracker")) {
			t.Errorf("this reads like a sentence: %s", s)
		}
	}
}

// TestStarterIsWrittenFactsOnly: whatever a sheet tells in any of its columns,
// beside a link or by itself, the starter that is written from it has none of it.
func TestStarterIsWrittenFactsOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newRecord(t, d)
		told := map[Field]string{}
		schema, _ := SchemaByName("E")
		for _, c := range schema.Columns {
			told[c.Field] = "https://example.org/" + string(c.Field) + " qwertyname told us that they were afraid of what came after it. Nobody slept that week"
		}
		for _, f := range []Field{"country", "start_date", "end_date", "count_year", "region", "start_date_type", "info_source"} {
			delete(told, f)
		}
		take(t, s, bookOf(t, s, "a.csv", []map[Field]string{told}), incident.ImportOptions{})
		edited(t, s, "2024-0001", map[string]string{"actual_cause_details": "qwertyname was there"})
		var b bytes.Buffer
		if n, err := WriteStarter(context.Background(), s, "2025-01-01", &b); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		gz, err := gzip.NewReader(&b)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(gz)
		if err != nil {
			t.Fatal(err)
		}
		holdsFactsOnly(t, raw)
		for _, word := range []string{"qwertyname", "afraid", "slept"} {
			if i := bytes.Index(raw, []byte(word)); i >= 0 {
				t.Errorf("it says %q: %s", word, raw[max(0, i-120):i])
			}
		}
		for _, f := range []Field{"gov_ack_source", "telco_ack_source", "info_source_link"} {
			if !bytes.Contains(raw, []byte("https://example.org/"+f)) {
				t.Errorf("the address in %s is lost", f)
			}
		}
	})
}

// TestPlaceNamesAreFacts: names and lists of them stay in the starter, what
// somebody tells about places does not.
func TestPlaceNamesAreFacts(t *testing.T) {
	for _, name := range []string{"St. Petersburg", "Gen. Doe area, Springfield District", strings.Repeat("Upper Valley, Lower Valley, ", 20), "Wadi al-Uyun (two villages)", ""} {
		if placeName(name) != name {
			t.Errorf("%q is lost", name)
		}
	}
	for _, told := range []string{"Two towns. Later also the coast", "Towns where people were hurt", "Traffic slowed down everywhere"} {
		if got := placeName(told); got != "" {
			t.Errorf("%q is kept", got)
		}
	}
}

// TestRenderAndReadAgain writes each row of the combined sheet in canonical
// form and reads it again: the facts must be the same, or an edit of one cell
// would change others.
func TestRenderAndReadAgain(t *testing.T) {
	s := newRecord(t, dbtest.SQLite(t))
	ed := readSheets(t, s, shared.Path(t, "data", "stop", combined))[0]
	schema, _ := SchemaByName("E")
	at := map[Field]int{}
	for i, c := range schema.Columns {
		at[c.Field] = i
	}
	p := &rowParser{file: "x", layout: &layout{schema: schema, at: at}, tax: s.Taxonomy(), places: geo.NewMatcher(nil), cache: map[string]geo.Result{}}
	bad := 0
	for _, row := range ed.Rows {
		cells := sheet.Row{Line: row.Line}
		for _, c := range render(schema, s.Taxonomy(), &row.Facts, row.Year, "") {
			cells.Cells = append(cells.Cells, sheet.Cell{Text: c})
		}
		again, _, _, err := p.parse(cells)
		if err != nil {
			t.Fatal(err)
		}
		if row.Facts.Period.Stated == "" {
			again.Period.Stated = "" // the export fills an empty cell by the rule of the year
		}
		if diff := incident.FactsDiff(&row.Facts, &again); len(diff) > 0 {
			if bad++; bad < 8 {
				t.Errorf("line %d: %v", row.Line, diff)
			}
		}
	}
	if bad > 0 {
		t.Errorf("%d of %d rows change when they are written and read again", bad, len(ed.Rows))
	}
}

// TestEdit sets one cell; only that cell changes in the export, and the rest of
// the sheet stays word for word.
func TestEdit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newRecord(t, d)
		path := shared.Path(t, "data", "stop", combined)
		importFile(t, s, path)
		e := Editor{Taxonomy: s.Taxonomy(), Places: geo.NewMatcher(nil)}
		list, err := s.List(context.Background(), incident.Filter{Country: "IR", Year: 2022})
		if err != nil || len(list.Rows) == 0 {
			t.Fatal(err)
		}
		row := list.Rows[0]
		_, err = s.Revise(context.Background(), row.Ref, 2022, "tester", "a test", func(year int, f incident.Facts) (incident.Facts, error) {
			return e.Set(f, year, map[string]string{"actual_cause": "Information control"})
		})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if _, err := Write(context.Background(), s, Export{Schema: "E", Raw: true}, &out); err != nil {
			t.Fatal(err)
		}
		got, want := cellsIn(t, out.Bytes(), "csv"), cellsOf(t, path)
		changed := map[int]int{}
		for i := range want {
			for j := range want[i] {
				if at(got[i], j) != want[i][j] {
					changed[i]++
				}
			}
		}
		if len(changed) != 1 {
			t.Errorf("%d rows changed, want 1", len(changed))
		}
		if note, err := s.VerifyCounts(context.Background()); err != nil {
			t.Errorf("%s %v", note, err)
		}
		inc, err := s.Get(context.Background(), incident.RecordEdition, row.Ref)
		if err != nil || len(inc.Changes) != 1 {
			t.Errorf("history: %v %v", inc, err)
		}
		again := importFile(t, s, path)
		if !again.Already {
			t.Error("the same file must not undo the edit")
		}
	})
}

// TestEditKeepsTheRest: what no column of the sheet holds is after an edit what
// it was before.
func TestEditKeepsTheRest(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		eds := bookOf(t, s, "a.csv", []map[Field]string{{"event": "what happened", "end_date": "", "shutdown_status": "Ongoing"}})
		f := &eds[0].Rows[0].Facts
		f.Measure.Mechanism, f.Period.LastActive, f.Cause.Coding = "dns", "2024-03-02", "2016-2019"
		f.Pauses = []incident.Period{{Kind: "pause", Start: "2024-03-01", End: "2024-03-02"}}
		f.Notes = append(f.Notes, incident.Note{Kind: "internal", Lang: "en", Text: "ask again in May"})
		take(t, s, eds, incident.ImportOptions{})
		edited(t, s, "2024-0001", map[string]string{"shutdown_type": "Throttle"})
		inc, err := s.Get(ctx, incident.RecordEdition, "2024-0001")
		if err != nil {
			t.Fatal(err)
		}
		if diff := incident.FactsDiff(f, inc.Facts); len(diff) != 1 || diff[0].Field != "measure.method" {
			t.Errorf("beside the kind of the shutdown: %v", diff)
		}
	})
}

// TestStarterIsWholeOrNone: an extract with marks in place of what is withheld
// would not be recognised by its own sheet, so none is written until all is
// shown again.
func TestStarterIsWholeOrNone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		path := sheetE(t, "one 2025-01-01.csv", map[Field]string{"area_name": "Qwertztown", "other_affected": "Qwertzgram"}, map[Field]string{"area_name": "Qwertztown, Basra"})
		importFile(t, s, path)
		if _, err := s.Withhold(ctx, incident.Withholding{Passage: "Qwertztown", Who: "tester", Reason: "asked", Most: 10}); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		_, err := WriteStarter(ctx, s, "2025-01-01", &b)
		if key, _ := fault.Text(err); key != "stop.starter_withheld" || b.Len() > 0 {
			t.Errorf("%v, %d bytes written", err, b.Len())
		}
		if err := s.ShowAgain(ctx, 1, "tester", "agreed"); err != nil {
			t.Fatal(err)
		}
		if n, err := WriteStarter(ctx, s, "2025-01-01", &b); err != nil || n != 2 {
			t.Fatal(n, err)
		}
		ed, err := readStarter(&b)
		if err != nil {
			t.Fatal(err)
		}
		other := newRecord(t, dbtest.SQLite(t))
		take(t, other, []incident.SheetEdition{*ed}, incident.ImportOptions{})
		if acc := importFile(t, other, path); acc.Count(incident.New) != 0 || len(acc.Missing) != 0 {
			t.Errorf("the sheet over its own extract: %+v", acc)
		}
	})
}

// TestStarterNeverAfterASheet begins a register with a sheet and with the
// starter at once, from two connections as two programs have, and holds the
// sheet's transaction open for longer and longer: the starter is there first or
// not at all.
func TestStarterNeverAfterASheet(t *testing.T) {
	ctx := context.Background()
	begun := func(t *testing.T, target string) *incident.Service {
		d, err := db.Open(ctx, target)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		if _, _, err := d.Migrate(ctx, migrations.Files); err != nil {
			t.Fatal(err)
		}
		return newRecord(t, d)
	}
	starter, err := Starter()
	if err != nil {
		t.Fatal(err)
	}
	starter.Rows = starter.Rows[:40]
	for engine, target := range map[string]func(testing.TB) string{"sqlite": func(t testing.TB) string { return t.TempDir() }, "postgres": dbtest.PostgresURL} {
		for _, open := range []time.Duration{0, 3, 10, 30, 100, 300} {
			t.Run(fmt.Sprintf("%s/%dms", engine, open), func(t *testing.T) {
				at := target(t)
				s, other := begun(t, at), begun(t, at)
				sheets := stated(t, s, sheetE(t, "one.csv", map[Field]string{"country": "Cuba"}), 0, "2025-01-01")
				writing := make(chan struct{})
				tell := sync.OnceFunc(func() { close(writing) })
				var both sync.WaitGroup
				both.Go(func() {
					_, err := s.Import(ctx, sheets, incident.ImportOptions{Progress: func(int, int) { tell(); time.Sleep(open * time.Millisecond) }})
					if err != nil {
						t.Error(err)
					}
					tell()
				})
				both.Go(func() {
					<-writing
					if _, err := other.Import(ctx, []incident.SheetEdition{*starter}, incident.ImportOptions{OnlyIfEmpty: true}); err != nil {
						t.Error(err)
					}
				})
				both.Wait()
				eds, err := s.Editions(ctx)
				if err != nil {
					t.Fatal(err)
				}
				kinds := map[int64]string{}
				for _, e := range eds {
					kinds[e.ID] = e.Kind
				}
				if kinds[2] == "sheet" && len(kinds) != 2 || kinds[2] == "starter" && kinds[3] != "sheet" {
					t.Errorf("the editions are %v", kinds)
				}
				if note, err := s.VerifyCounts(ctx); err != nil {
					t.Error(note, err)
				}
			})
		}
	}
}

// TestParkedRowsAreARegister: a sheet of which nothing counts has been imported
// all the same, and no starter comes over it.
func TestParkedRowsAreARegister(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		if empty, err := s.Empty(ctx); err != nil || !empty {
			t.Fatal("a new register is not empty", err)
		}
		book := bookOf(t, s, "a.csv", []map[Field]string{{"country": "Iraq"}})
		book[0].Rows[0].Parked = "no count year"
		take(t, s, book, incident.ImportOptions{})
		if empty, err := s.Empty(ctx); err != nil || empty {
			t.Error("a register with a sheet counts as empty", err)
		}
	})
}

// TestSheetFillsTheStarter: the account of the whole sheet over its own starter
// register tells rows that only gained texts from rows that say otherwise.
func TestSheetFillsTheStarter(t *testing.T) {
	s := newRecord(t, dbtest.SQLite(t))
	ed, err := Starter()
	if err != nil {
		t.Fatal(err)
	}
	take(t, s, []incident.SheetEdition{*ed}, incident.ImportOptions{})
	eds := readSheets(t, s, shared.Path(t, "data", "stop", "accessnow_stop_combined_2016-2025_snapshot_2026-05-20.csv"))
	i := 0
	for eds[0].Rows[i].Facts.Note("event") == "" {
		i++
	}
	eds[0].Rows[i].Facts.Flags = []incident.Flag{{Key: "violence", State: incident.Unknown}}
	changed := factsOnly(eds[0].Rows[i].Facts)
	eds[0].Rows[i].Extract = incident.HashFacts(&changed)
	acc := take(t, s, eds, incident.ImportOptions{DryRun: true})
	filled := 0
	for n, r := range acc.Rows {
		if r.Filled {
			filled++
		}
		if r.Filled && (r.Outcome != incident.Changed || n == i) {
			t.Errorf("line %d is %s and counts as filled in", r.Line, r.Outcome)
		}
	}
	if n := acc.Count(incident.Changed); filled < n-20 || filled >= n {
		t.Errorf("%d of %d changed rows only gained texts", filled, n)
	}
}
