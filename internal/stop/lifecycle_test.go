package stop

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
)

// life is a register that anything may happen to, and what must hold after.
type life struct {
	t      testing.TB
	s      *incident.Service
	choose func(what string, n int) int
	fail   func(format string, args ...any)

	files    []lifeFile
	written  map[string]bool  // every row that any sheet had, as text
	given    map[string]int64 // every reference ever seen, with the incident it was given to
	releases []frozenList
	touched  int // entries of the record that a person has edited
	log      []string
}

type lifeFile struct {
	name string
	rows []map[Field]string
	asOf string
}

// frozenList is a release as it was listed when it was cut.
type frozenList struct {
	ed   incident.Edition
	rows []string
}

func (l *life) pick(what string, list ...string) string { return list[l.choose(what, len(list))] }

func (l *life) date() string { return l.pick("date", "2025-01-01", "2025-02-01", "2025-03-01") }

func (l *life) sheets(f lifeFile, asOf string, stated bool) []incident.SheetEdition {
	eds := bookOf(l.t, l.s, f.name, f.rows)
	eds[0].AsOf, eds[0].Stated = asOf, stated
	for _, r := range eds[0].Rows {
		l.written[strings.Join(r.Cells, "\x00")] = true
	}
	return eds
}

// read imports a new file; some rows of it are those of earlier files.
func (l *life) read() {
	f := lifeFile{name: fmt.Sprintf("f%d.csv", len(l.files)), asOf: l.date()}
	for range 1 + l.choose("rows", 4) {
		row := map[Field]string{"country": l.pick("country", "Iraq", "Cuba", "Iraq; Cuba"), "area_name": l.pick("area", "Nationwide", "National", "Zzyzxville"),
			"start_date": l.pick("start", "2022-12-01", "2023-01-05"), "actual_cause": l.pick("cause", "Protests", "Conflict"),
			"count_year": l.pick("year", "2023", "2024", "2025"), "end_date": l.pick("end", "", "", "2025-02-01"), "shutdown_status": l.pick("status", "Ongoing", "Ongoing", "Ended", ""),
			"event": l.pick("event", "bridge", "bridgehead market"), "shutdown_extent": l.pick("extent", "Full network", "Full network", "Service-based"),
			"other_affected": l.pick("other", "", "", "Quick Box", "Quickbox")}
		f.rows = append(f.rows, row)
	}
	l.files = append(l.files, f)
	take(l.t, l.s, l.sheets(f, f.asOf, true), incident.ImportOptions{WithdrawMissing: l.choose("withdraw", 3) == 0})
}

// readAgain imports a file once more: nothing may change.
func (l *life) readAgain() {
	if len(l.files) == 0 {
		return
	}
	f := l.files[l.choose("file", len(l.files))]
	before, _ := l.s.Version(context.Background())
	acc := take(l.t, l.s, l.sheets(f, f.asOf, true), incident.ImportOptions{})
	if after, _ := l.s.Version(context.Background()); !acc.Already || after != before {
		l.fail("%s again: already %v, version %d to %d", f.name, acc.Already, before, after)
	}
}

// correct imports a file once more under another date.
func (l *life) correct() {
	if len(l.files) == 0 {
		return
	}
	f := &l.files[l.choose("file", len(l.files))]
	f.asOf = l.date()
	take(l.t, l.s, l.sheets(*f, f.asOf, true), incident.ImportOptions{})
}

func (l *life) edit() {
	ctx := context.Background()
	refs := everyRef(l.t, l.s)
	if len(refs) == 0 {
		return
	}
	ref := refs[l.choose("ref", len(refs))]
	set := map[string]string{"area_name": l.pick("area", "Nationwide", "Basra")}
	if l.choose("cell", 2) == 0 {
		set = map[string]string{"start_date": l.pick("start", "2022-12-01", "2022-11-01")}
	}
	e := Editor{Taxonomy: l.s.Taxonomy(), Places: geo.NewMatcher(nil)}
	change := func(y int, f incident.Facts) (incident.Facts, error) { return e.Set(f, y, set) }
	if l.choose("how", 2) == 0 {
		change = l.oddly
	}
	year := []int{0, 0, 2023, 2024}[l.choose("of year", 4)]
	if _, err := l.s.Revise(ctx, ref, year, "tester", "test", change); err != nil && fault.KindOf(err) != fault.NotFound && fault.KindOf(err) != fault.Invalid {
		l.fail("edit %s: %v", ref, err)
	}
}

// oddly writes what no sheet would have: dates far away or of no day, another
// country, a state of the end that does not fit.
func (l *life) oddly(_ int, f incident.Facts) (incident.Facts, error) {
	f.Period.Start = incident.Date(l.pick("new start", "1914-08-01", "1969-12-31", "2020-01", "2021", "2099-12-31", ""))
	f.Countries = []incident.Country{{Code: l.pick("code", "IQ", "CU", "US", "GB"), Spelling: "x"}}
	f.Cause.Term = l.pick("cause", "", "protests", "elections")
	f.Period.EndState = l.pick("end state", "ongoing", "ended", "not_asked")
	return f, nil
}

func (l *life) decide() {
	ctx := context.Background()
	open, err := l.s.Reviews(ctx, "open", "", "", 1000)
	if err != nil || len(open) == 0 {
		return
	}
	item := open[l.choose("item", len(open))]
	answer := "noted"
	switch item.Kind {
	case "carry_over":
		answer = l.pick("answer", "merge", "merge", "separate")
	case "missing_from_newer_edition":
		answer = l.pick("answer", "withdraw", "keep")
	case "place":
		answer = map[string]string{"IQ": l.pick("answer", "IQ-BG", "none"), "CU": "none"}[item.Country]
	}
	err = l.s.Decide(ctx, item.ID, "tester", answer)
	if k := fault.KindOf(err); err != nil && k != fault.Conflict {
		l.fail("item %d %s %s: %v", item.ID, item.Kind, answer, err)
	}
}

func (l *life) cut() {
	ctx := context.Background()
	ed, err := l.s.CutRelease(ctx, fmt.Sprint("r", len(l.releases)), "2026-01-01")
	if err != nil {
		l.fail("cut: %v", err)
		return
	}
	l.releases = append(l.releases, frozenList{ed, l.rowsOf(ed.ID)})
}

// rowsOf lists an edition: reference, year and hash of each row.
func (l *life) rowsOf(edition int64) []string {
	var out []string
	err := l.s.Each(context.Background(), edition, 0, func(r incident.Row) error {
		out = append(out, fmt.Sprint(r.Ref, " ", r.Entry.Year, " ", r.Entry.Hash))
		return nil
	})
	if err != nil {
		l.fail("edition %d: %v", edition, err)
	}
	return out
}

// holds checks everything that must be true at any moment.
func (l *life) holds() {
	ctx := context.Background()
	for _, check := range []func(context.Context) (string, error){l.s.VerifyCounts, l.s.VerifyWords, l.s.VerifyReleases} {
		if note, err := check(ctx); err != nil {
			l.fail("%s %v", note, err)
		}
	}
	for _, ref := range everyRef(l.t, l.s) {
		inc, err := l.s.Get(ctx, incident.RecordEdition, ref)
		if err != nil {
			l.fail("%s: %v", ref, err)
			continue
		}
		if id, seen := l.given[ref]; seen && id != inc.ID {
			l.fail("%s was given twice", ref)
		}
		l.given[ref] = inc.ID
	}
	for ref := range l.given {
		inc, err := l.s.Get(ctx, incident.RecordEdition, ref)
		if err == nil && inc.MergedInto != "" {
			inc, err = l.s.Get(ctx, incident.RecordEdition, inc.MergedInto)
		}
		if err != nil || inc.Facts == nil {
			l.fail("%s does not answer any more: %v", ref, err)
		}
	}
	for _, rel := range l.releases {
		if now := l.rowsOf(rel.ed.ID); strings.Join(now, "\n") != strings.Join(rel.rows, "\n") {
			l.fail("release %s was\n%v\nand is\n%v", rel.ed.Label, rel.rows, now)
		}
		for _, r := range rel.rows {
			ref, _, _ := strings.Cut(r, " ")
			if inc, err := l.s.Get(ctx, rel.ed.ID, ref); err != nil || inc.Facts == nil {
				l.fail("%s in release %s: %v", ref, rel.ed.Label, err)
			}
		}
	}
	touched := 0
	if err := l.s.EachRow(ctx, incident.RecordEdition, 0, func(r incident.Row) error { touched += r.Entry.Touched; return nil }); err != nil {
		l.fail("walk: %v", err)
	}
	if touched < l.touched {
		l.fail("%d entries were edited, now %d are", l.touched, touched)
	}
	l.touched = touched
	l.listed()
	l.exported()
}

// listed walks lists page by page: each holds what its total says.
func (l *life) listed() {
	ctx := context.Background()
	for _, f := range []incident.Filter{{}, {Sort: "longest"}, {Year: 2024}, {Country: "IQ"}, {Region: "mena", Year: 2023}, {Cause: "protests"},
		{Service: "quick_box"}, {Query: "bridge"}, {Query: "market", Service: "quickbox"}} {
		f.Limit = 2
		total, err := l.s.Total(ctx, f)
		if err != nil {
			l.fail("%+v: %v", f, err)
		}
		n := 0
		for more := true; more; more = f.After != "" {
			p, err := l.s.List(ctx, f)
			if err != nil {
				l.fail("%+v: %v", f, err)
			}
			n, f.After = n+len(p.Rows), p.Next
		}
		if n != total.N {
			l.fail("%+v lists %d, its total is %d", f, n, total.N)
		}
	}
}

// exported writes the record as a sheet: each row nobody edited is one that
// some sheet had, letter for letter.
func (l *life) exported() {
	ctx := context.Background()
	var out bytes.Buffer
	if _, err := Write(ctx, l.s, Export{Schema: "E", Raw: true}, &out); err != nil {
		l.fail("export: %v", err)
		return
	}
	lines, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		l.fail("export: %v", err)
		return
	}
	n := 0
	err = l.s.Each(ctx, incident.RecordEdition, 0, func(r incident.Row) error {
		n++
		if r.Entry.Touched == 0 && !l.written[strings.Join(lines[n], "\x00")] {
			l.fail("%s in %d comes out as no sheet had it: %v", r.Ref, r.Entry.Year, lines[n])
		}
		return nil
	})
	if err != nil || len(lines) != n+1 {
		l.fail("export: %d lines for %d rows, %v", len(lines), n, err)
	}
}

func (l *life) live(steps int) {
	l.written, l.given = map[string]bool{}, map[string]int64{}
	actions := []struct {
		name string
		do   func()
	}{{"read", l.read}, {"read", l.read}, {"read again", l.readAgain}, {"correct", l.correct}, {"edit", l.edit}, {"decide", l.decide}, {"decide", l.decide}, {"cut", l.cut}}
	for range steps {
		a := actions[l.choose("action", len(actions))]
		l.log = append(l.log, a.name)
		a.do()
		l.holds()
	}
}

// TestLives lets anything happen to a register in any order.
func TestLives(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		fewer(t, 60)
		always(t, 1)
		rapid.Check(t, func(rt *rapid.T) {
			l := &life{t: t, s: newRecord(t, dbtest.SQLite(t)), fail: rt.Fatalf,
				choose: func(what string, n int) int { return rapid.IntRange(0, n-1).Draw(rt, what) }}
			l.live(10)
		})
	})
	t.Run("postgres", func(t *testing.T) {
		for seed := range uint64(4) {
			rng := rand.New(rand.NewPCG(seed, 1))
			l := &life{t: t, s: newRecord(t, dbtest.Postgres(t)), choose: func(_ string, n int) int { return rng.IntN(n) }}
			l.fail = func(format string, args ...any) {
				t.Helper()
				t.Fatalf("seed %d after %v: %s", seed, l.log, fmt.Sprintf(format, args...))
			}
			l.live(20)
		}
	})
}
