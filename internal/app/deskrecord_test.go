package app

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
	"keepiton/internal/stop"
	"keepiton/internal/verify"
)

// rowLike is a row of schema E that speaks of the incident the tests publish,
// with some cells as given.
func rowLike(set ...string) map[stop.Field]string {
	row := map[stop.Field]string{"country": "Iran", "start_date": "2026-01-08", "end_date": "2026-02-01", "area_name": "Tehran, Karaj",
		"geo_scope": "It affected more than one city in the same state, province, or region", "count_year": "2026", "shutdown_type": "Shutdown",
		"shutdown_extent": "Full network", "affected_network": "Mobile", "actual_cause": "Protests", "event": "IMPORTED, nobody signed"}
	for i := 0; i < len(set); i += 2 {
		row[stop.Field(set[i])] = set[i+1]
	}
	return row
}

// importRows imports a sheet of schema E into the record of a desk.
func (x *deskSite) importRows(name string, opt incident.ImportOptions, rows ...map[stop.Field]string) incident.Account {
	x.t.Helper()
	ctx := context.Background()
	return x.importFile(ctx, name, x.sheetOf(rows...), opt)
}

func (x *deskSite) importFile(ctx context.Context, name string, content []byte, opt incident.ImportOptions, stated ...string) incident.Account {
	x.t.Helper()
	path := filepath.Join(x.t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		x.t.Fatal(err)
	}
	matcher, err := x.record.Matcher(ctx)
	if err != nil {
		x.t.Fatal(err)
	}
	reader := stop.Reader{Taxonomy: x.record.Taxonomy(), Places: matcher}
	sheets, _, err := reader.File(ctx, path)
	if err != nil {
		x.t.Fatal(err)
	}
	for _, asOf := range stated {
		sheets[0].Stated, sheets[0].AsOf = true, asOf
	}
	accounts, err := x.record.Import(ctx, sheets, opt)
	if err != nil {
		x.t.Fatal(err)
	}
	return accounts[0]
}

// standing is what the record holds about an incident in its tables, to be
// compared before and after.
func (x *deskSite) standing(ref string) string {
	x.t.Helper()
	ctx := context.Background()
	inc, err := x.record.Get(ctx, incident.RecordEdition, ref)
	if err != nil {
		x.t.Fatal(err)
	}
	out := fmt.Sprint(inc.State, inc.Revision, incident.HashFacts(inc.Facts))
	entries, err := db.Select[incident.Entry](ctx, x.d.Reader(), `select `+db.Columns[incident.Entry]("")+` from entry where edition_id = 1 and incident_id = $1 order by count_year`, inc.ID)
	if err != nil {
		x.t.Fatal(err)
	}
	for _, e := range entries {
		e.Doc = nil
		out += fmt.Sprint(" ", e.Ord, e.Year, e.Origin, e.Counted, e.Latest, e.Hash)
	}
	return out
}

// TestSheetLeavesTheDeskAlone: no sheet, and no decision about one, changes an
// incident that two organisations signed, or brings back one that was taken
// back. The row stays in its sheet and becomes a question.
func TestSheetLeavesTheDeskAlone(t *testing.T) {
	for _, retracted := range []bool{false, true} {
		t.Run(fmt.Sprint("retracted ", retracted), func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				ctx := context.Background()
				x := startPack(t, d)
				if retracted {
					if err := x.work.cases.Retract(ctx, x.crew.editor.actor(), x.lead, "it names a person"); err != nil {
						t.Fatal(err)
					}
				}
				const ref = "2026-0001"
				before := x.standing(ref)
				same := func(what string) {
					t.Helper()
					if now := x.standing(ref); now != before {
						t.Errorf("after %s:\n%s, it was\n%s", what, now, before)
					}
				}
				first := x.importRows("sheet 2027-01-01.csv", incident.ImportOptions{}, rowLike())
				same("a sheet with the incident")
				if r := first.Rows[0]; r.Outcome != incident.Parked || r.Ref != "" || r.Desk != ref || r.Reason != "is on the desk already: "+ref+"; take the difference up there" {
					t.Errorf("the row: %+v", r)
				}
				items, err := x.record.Reviews(ctx, "open", "on_desk", "", 10)
				if err != nil || len(items) != 1 || items[0].Incident == nil || !strings.Contains(items[0].Detail, ref) {
					t.Errorf("what is asked: %+v, %v", items, err)
				}
				x.counts(t, first.Edition, 1)
				x.importRows("sheet 2027-02-01.csv", incident.ImportOptions{}, rowLike("area_name", "Tehran"), rowLike("country", "Kenya", "area_name", "Nairobi"))
				same("a sheet that says the area otherwise")
				x.importRows("sheet 2027-03-01.csv", incident.ImportOptions{WithdrawMissing: true}, rowLike("country", "Kenya", "area_name", "Nairobi"))
				same("a sheet without it that withdraws what it lacks")
				x.importRows("sheet 2028-01-01.csv", incident.ImportOptions{}, rowLike("count_year", "2027", "end_date", ""))
				same("a sheet that carries it over")
				x.importFile(ctx, "again.csv", x.sheetOf(rowLike()), incident.ImportOptions{}, "2027-01-15")
				same("all sheets read again")
				counted := 1
				if !retracted {
					counted = 2
				}
				x.counts(t, "", counted)
			})
		})
	}
}

// sheetOf is a sheet of schema E with rows.
func (x *deskSite) sheetOf(rows ...map[stop.Field]string) []byte {
	schema, _ := stop.SchemaByName("E")
	cells := [][]string{schema.Headers(0)}
	for _, set := range rows {
		row := make([]string, len(cells[0]))
		for i, c := range schema.Columns {
			row[i] = set[c.Field]
		}
		cells = append(cells, row)
	}
	var b strings.Builder
	if err := csv.NewWriter(&b).WriteAll(cells); err != nil {
		x.t.Fatal(err)
	}
	return []byte(b.String())
}

// counts checks how many entries an edition counts, "" for the record.
func (x *deskSite) counts(t *testing.T, edition string, want int) {
	t.Helper()
	ed, err := x.record.EditionByLabel(context.Background(), edition)
	if err != nil || ed.Entries != want {
		t.Errorf("the edition %q counts %d, %v; it should be %d", edition, ed.Entries, err, want)
	}
}

// takeUp has an incident of a sheet taken up at the desk, changed, signed and
// published, and gives the dossier.
func (x *deskSite) takeUp(t *testing.T, c crew, ref string, change func(*incident.Facts)) string {
	t.Helper()
	ctx := context.Background()
	d, err := x.work.cases.Adopt(ctx, c.author.actor(), ref, 0)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := x.work.cases.Get(ctx, c.author.actor(), d.Ref)
	if err != nil {
		t.Fatal(err)
	}
	facts := whole.Values[verify.When].Facts
	change(&facts)
	if _, err := x.work.cases.State(ctx, c.author.actor(), d.Ref, 0, "", []verify.Statement{{Claim: verify.When, Facts: facts, Base: whole.Values[verify.When].ID}}); err != nil {
		t.Fatal(err)
	}
	lead := "/desk/leads/" + d.Ref
	c.author.prove(lead)
	for _, v := range []*visitor{c.first, c.second} {
		if a := v.sign(lead); a.status != http.StatusSeeOther {
			t.Fatalf("not signed: %d\n%s", a.status, a.body)
		}
	}
	if a := c.editor.post(lead+"/publish", "reason", "a measurement came in"); a.status != http.StatusSeeOther {
		t.Fatalf("not published: %d\n%s", a.status, a.body)
	}
	return d.Ref
}

// TestSheetLeavesWhatTheDeskTookUp: an incident that came with a sheet and was
// signed at the desk since stays as it was signed, whatever sheets and decisions
// say; a sheet that says what it said asks nobody.
func TestSheetLeavesWhatTheDeskTookUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startDesk(t, d)
		c := x.crew()
		kenya := rowLike("country", "Kenya", "area_name", "Nairobi", "event", "")
		moved := rowLike("start_date", "2026-01-08", "area_name", "Tehran and Qom", "count_year", "2025")
		first := x.importRows("sheet 2027-01-01.csv", incident.ImportOptions{}, rowLike(), kenya, moved)
		ref := first.Rows[0].Ref
		x.takeUp(t, c, ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
		before := x.standing(ref)
		same := func(what string) {
			t.Helper()
			if now := x.standing(ref); now != before {
				t.Errorf("after %s:\n%s, it was\n%s", what, now, before)
			}
		}
		a := x.importRows("sheet 2027-02-01.csv", incident.ImportOptions{}, rowLike(), kenya)
		same("the same row in another sheet")
		if r := a.Rows[0]; r.Outcome != incident.Unchanged || r.Ref != ref {
			t.Errorf("the same row: %+v", r)
		}
		a = x.importRows("sheet 2027-03-01.csv", incident.ImportOptions{}, rowLike("end_date", "2026-02-03"), kenya)
		same("another end")
		if r := a.Rows[0]; r.Outcome != incident.Parked || r.Ref != "" {
			t.Errorf("another end: %+v", r)
		}
		a = x.importRows("sheet 2027-04-01.csv", incident.ImportOptions{WithdrawMissing: true}, kenya)
		same("a sheet without it that withdraws what it lacks")
		if !slices.Contains(a.Missing, ref) {
			t.Errorf("what is missing: %v", a.Missing)
		}
		x.importFile(ctx, "again.csv", x.sheetOf(rowLike(), kenya, moved), incident.ImportOptions{}, "2027-01-15")
		same("all sheets read again")
		items, err := x.record.Reviews(ctx, "open", "", "", 20)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range items {
			if it.Kind == "carry_over" || it.Kind == "missing_from_newer_edition" {
				answer := map[string]string{"carry_over": "merge", "missing_from_newer_edition": "withdraw"}[it.Kind]
				err := x.record.Decide(ctx, it.ID, "somebody", answer)
				t.Log(it.Kind, it.Detail, err)
				same(it.Kind)
			}
		}
		if problems := x.doctor(); problems != "" {
			t.Errorf("doctor: %s", problems)
		}
	})
}

// TestDecisionsLeaveTheDeskAlone: what the list asked before the desk took an
// incident up cannot be decided any more in a way that changes it.
func TestDecisionsLeaveTheDeskAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startDesk(t, d)
		c := x.crew()
		older := rowLike("area_name", "Tehran", "count_year", "2025", "end_date", "")
		younger := rowLike("area_name", "Tehran and Qomxx", "count_year", "2026")
		first := x.importRows("sheet 2027-01-01.csv", incident.ImportOptions{}, older, younger)
		x.importRows("sheet 2027-02-01.csv", incident.ImportOptions{}, older, rowLike("country", "Kenya", "area_name", "Nairobi"))
		items, err := x.record.Reviews(ctx, "open", "", "", 20)
		if err != nil {
			t.Fatal(err)
		}
		ref := first.Rows[1].Ref
		x.takeUp(t, c, ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
		before := x.standing(ref)
		asked := map[string]bool{}
		for _, it := range items {
			answer, has := map[string]string{"carry_over": "merge", "missing_from_newer_edition": "withdraw", "place": "IR-26"}[it.Kind]
			if !has {
				continue
			}
			asked[it.Kind] = true
			err := x.record.Decide(ctx, it.ID, "somebody", answer)
			var why *fault.Error
			if it.Kind != "place" && (!errors.As(err, &why) || why.Key != "review.on_desk") {
				t.Errorf("%s: %v", it.Kind, err)
			}
			if now := x.standing(ref); now != before {
				t.Errorf("after %s:\n%s, it was\n%s", it.Kind, now, before)
			}
		}
		if !asked["carry_over"] || !asked["missing_from_newer_edition"] {
			t.Errorf("the list asked for %v only", asked)
		}
	})
}

// doctor is what the check of signed incidents finds.
func (x *deskSite) doctor() string {
	x.t.Helper()
	var out []string
	if _, err := x.work.cases.Audit(context.Background(), func(err error) { out = append(out, err.Error()) }); err != nil {
		x.t.Fatal(err)
	}
	return strings.Join(out, "; ")
}

// eachTarget runs a test on both engines with the command line of the database.
func eachTarget(t *testing.T, fn func(t *testing.T, d *db.DB, env *Env)) {
	for engine, target := range map[string]func(*testing.T, *CLI) string{
		"sqlite": func(t *testing.T, c *CLI) string { c.Data = t.TempDir(); return c.Data },
		"postgres": func(t *testing.T, c *CLI) string {
			c.Data, c.Database = t.TempDir(), dbtest.PostgresURL(t)
			return c.Database
		},
	} {
		t.Run(engine, func(t *testing.T) {
			env := &Env{Ctx: context.Background(), Stdout: io.Discard, Stderr: io.Discard, CLI: &CLI{}, Log: slog.New(slog.DiscardHandler)}
			d, err := env.openDatabase(target(t, env.CLI))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { d.Close() })
			fn(t, d, env)
		})
	}
}

// TestCommandLineLeavesTheDeskAlone: nobody changes alone, by a command, what was
// signed at the desk or is worked on there. Withholding a passage stays possible.
func TestCommandLineLeavesTheDeskAlone(t *testing.T) {
	eachTarget(t, func(t *testing.T, d *db.DB, env *Env) {
		ctx := context.Background()
		x := startPack(t, d)
		first := x.importRows("sheet 2027-01-01.csv", incident.ImportOptions{}, rowLike("country", "Kenya", "area_name", "Nairobi", "count_year", "2025", "end_date", ""),
			rowLike("country", "Kenya", "area_name", "Nairobi and Kisumu"))
		if _, err := x.work.cases.Adopt(ctx, x.crew.author.actor(), first.Rows[1].Ref, 0); err != nil {
			t.Fatal(err)
		}
		items, err := x.record.Reviews(ctx, "open", "carry_over", "", 10)
		if err != nil || len(items) != 1 {
			t.Fatalf("%+v %v", items, err)
		}
		signed, worked, free := "2026-0001", first.Rows[1].Ref, first.Rows[0].Ref
		before := map[string]string{signed: x.standing(signed), worked: x.standing(worked)}
		refused := func(what string, err error) {
			t.Helper()
			var said bytes.Buffer
			if report(&said, err); err == nil || !strings.Contains(said.String(), "take it up at /desk") {
				t.Errorf("%s: %v, said %q", what, err, said.String())
			}
		}
		edit := func(ref string, anyway bool) error {
			return (&IncidentEditCmd{Ref: ref, Set: map[string]string{"start_date": "2026-01-05"}, Reason: "alone", Who: "somebody", Anyway: anyway}).Run(env)
		}
		refused("an edit of what was signed", edit(signed, true))
		refused("an edit of what is worked on", edit(worked, true))
		refused("an edit of what is public, by one person", edit(free, false))
		refused("a decision", (&ReviewDecideCmd{ID: items[0].ID, Answer: "merge", Who: "somebody"}).Run(env))
		for ref, was := range before {
			if now := x.standing(ref); now != was {
				t.Errorf("%s is %s, it was %s", ref, now, was)
			}
		}
		if err := edit(free, true); err != nil {
			t.Errorf("an edit of another one: %v", err)
		}
		if err := (&WithholdCmd{Passage: "Tehran, Karaj", Reason: "it betrays somebody", Who: "somebody", Most: 20}).Run(env); err != nil {
			t.Error(err)
		}
		if inc, err := x.record.Get(ctx, incident.RecordEdition, signed); err != nil || strings.Contains(inc.Facts.Measure.Area, "Karaj") {
			t.Errorf("not withheld: %v", err)
		}
	})
}

// TestEditTouchesWhatItSets: an edit changes what was set and nothing beside it,
// also where a sheet could not hold the facts.
func TestEditTouchesWhatItSets(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startPack(t, d)
		inc, err := x.record.Get(ctx, incident.RecordEdition, "2026-0001")
		if err != nil || len(inc.Facts.Sources) < 2 {
			t.Fatalf("%+v %v", inc, err)
		}
		facts := *inc.Facts
		facts.Sources = append(facts.Sources, incident.Source{Class: "confidential", URL: "https://hidden.example"})
		facts.Notes = append(facts.Notes, incident.Note{Kind: "internal", Text: "ours"})
		matcher, err := x.record.Matcher(ctx)
		if err != nil {
			t.Fatal(err)
		}
		e := stop.Editor{Taxonomy: x.record.Taxonomy(), Places: matcher}
		for _, c := range []struct {
			set  map[string]string
			want []incident.FieldDiff
		}{
			{map[string]string{"start_date": "2026-01-07"}, []incident.FieldDiff{{Field: "period.start", Old: "2026-01-08", New: "2026-01-07"}}},
			{map[string]string{"election": "Yes"}, []incident.FieldDiff{{Field: "flags", Old: "", New: `[{"key":"election","state":"yes"}]`}}},
			{map[string]string{"start_date": "2026-01-08"}, nil},
		} {
			after, err := e.Set(facts, 2026, c.set)
			if err != nil {
				t.Fatal(err)
			}
			if diff := incident.FactsDiff(&facts, &after); !slices.Equal(diff, c.want) {
				t.Errorf("%v changes %v", c.set, diff)
			}
		}
		after, err := e.Set(facts, 2026, map[string]string{"info_source_link": "https://new.example", "info_source": "News media article"})
		if err != nil || !slices.Contains(after.Sources, incident.Source{Class: "confidential", URL: "https://hidden.example"}) || !slices.Contains(after.Sources, incident.Source{Class: "news", URL: "https://new.example"}) {
			t.Errorf("sources: %+v, %v", after.Sources, err)
		}
	})
}
