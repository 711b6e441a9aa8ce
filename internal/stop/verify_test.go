package stop

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestDoctorSeesDamage changes one thing after the other behind the record's
// back: the check made for it fails and names it, and a reindex mends what is
// derived.
func TestDoctorSeesDamage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		loadIndiaAndIran2022(t, s)
		rel, err := s.CutRelease(ctx, "frozen", "2026-05-20")
		if err != nil {
			t.Fatal(err)
		}
		checks := map[string]func(context.Context) (string, error){
			"counts": s.VerifyCounts, "words": s.VerifyWords, "releases": s.VerifyReleases,
		}
		healthy := func(when string) {
			t.Helper()
			for name, check := range checks {
				if note, err := check(ctx); err != nil {
					t.Fatalf("%s, %s: %v", when, name, err)
				} else if when == "at first" {
					t.Log(note)
				}
			}
		}
		healthy("at first")
		sheet := editionOfKind(t, s, "starter")
		for _, x := range []struct{ name, check, says, sql string }{
			{"a count of the record", "counts", "“record”", `update tally set n = n + 1 where edition_id = 1 and count_year = 2022 and area = 'country:IR' and dim = 'all'`},
			{"a count of a release", "counts", "“frozen”", fmt.Sprintf(`update tally set n = n + 1 where edition_id = %d and count_year = 2022 and area = 'world' and dim = 'all'`, rel.ID)},
			{"a count of a sheet that is gone", "counts", sheet.Label, fmt.Sprintf(`delete from tally where edition_id = %d and count_year = 2022 and dim = 'cause' and value = 'protests'`, sheet.ID)},
			{"a count of nothing", "counts", "region:nowhere", `insert into tally (edition_id, count_year, area, dim, value, n) values (1, 2022, 'region:nowhere', 'all', '', 1)`},
			{"a day of the record", "counts", "country:IR, cut", `update day_change set n = n + 1 where edition_id = 1 and area = 'country:IR' and kind = 'cut' and day = (` + lastCut + `)`},
			{"a day that is gone", "counts", "country:IR, cut", `delete from day_change where edition_id = 1 and area = 'country:IR' and kind = 'cut' and day = (` + lastCut + `)`},
			{"a day too many", "counts", "1999-01-01", `insert into day_change (edition_id, area, kind, day, n) values (1, 'world', 'cut', 10592, 1)`},
			{"the days of a release", "counts", "“frozen”", fmt.Sprintf(`delete from day_change where edition_id = %d`, rel.ID)},
			{"a column of the record", "counts", "the columns", `update entry set facets = facets + 1 where edition_id = 1 and seq = 7`},
			{"a part of the record", "counts", "country:IR", `delete from entry_part where edition_id = 1 and part = 'country:IR' and ord = (select max(ord) from entry_part where part = 'country:IR' and edition_id = 1)`},
			{"a part too many", "counts", "country:TV", `insert into entry_part (edition_id, part, ord, facets) select edition_id, 'country:TV', ord, facets from entry where edition_id = 1 and seq = 7`},
			{"lines of words that are gone", "words", "1 entries are missing", `delete from entry_text where rowid = (select max(ord) from entry where edition_id = 1)`},
			{"a line of words too many", "words", "1 lines", lineOfWords(d, "5", "iran")},
			{"a line without its year", "words", "a search in", `delete from entry_text where rowid = (select max(ord) from entry where edition_id = 1);` +
				lineOfWords(d, "(select max(ord) from entry where edition_id = 1)", "iran qzlatest0qz")},
		} {
			if err := runAll(ctx, d, x.sql); err != nil {
				t.Fatalf("%s: %v", x.name, err)
			}
			note, err := checks[x.check](ctx)
			if err == nil || !strings.Contains(err.Error(), x.says) || !strings.Contains(err.Error(), "keepiton reindex") {
				t.Errorf("%s: %q, %v", x.name, note, err)
			}
			if err := s.Reindex(ctx); err != nil {
				t.Fatal(err)
			}
			healthy("mended after " + x.name)
		}
		const forged = `update entry set doc = replace(doc, '"IR"', '"IQ"') where edition_id = %d and count_year = 2022`
		if err := runAll(ctx, d, fmt.Sprintf(forged, rel.ID)); err == nil {
			t.Error("the database lets somebody write into a release")
		}
		err = d.Write(ctx, func(tx db.Tx) error { // past its guards, as who owns it can
			return db.Unguarded(ctx, tx, func() error {
				_, err := db.Exec(ctx, tx, fmt.Sprintf(forged, rel.ID))
				return err
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"counts", "releases"} {
			if note, err := checks[name](ctx); err == nil {
				t.Errorf("facts of a release were changed, %s: %s", name, note)
			}
		}
	})
}

// TestDoctorSearchesEveryEntryOfASmallRegister takes the words of one entry
// after the other away and leaves its marks.
func TestDoctorSearchesEveryEntryOfASmallRegister(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newRecord(t, d)
		syn, err := NewSynthetic(1, 5)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Fill(ctx, 5, syn.Next, nil); err != nil {
			t.Fatal(err)
		}
		list, err := s.List(ctx, incident.Filter{})
		if err != nil || len(list.Rows) != 5 {
			t.Fatal(len(list.Rows), err)
		}
		for _, r := range list.Rows {
			if note, err := s.VerifyWords(ctx); err != nil {
				t.Fatal(note, err)
			}
			ord := fmt.Sprint(r.Entry.Ord)
			marks := fmt.Sprintf("qzyear0%dqz qzlatest0qz", r.Entry.Year)
			if err := runAll(ctx, d, `delete from entry_text where rowid = `+ord+`;`+lineOfWords(d, ord, marks)); err != nil {
				t.Fatal(err)
			}
			if note, err := s.VerifyWords(ctx); err == nil || !strings.Contains(err.Error(), r.Ref) {
				t.Errorf("%s lost its words: %q, %v", r.Ref, note, err)
			}
			if err := s.Reindex(ctx); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// lastCut is the last day on which the number of Iran's cuts changes.
const lastCut = `select max(day) from day_change where edition_id = 1 and area = 'country:IR' and kind = 'cut'`

// loadIndiaAndIran2022 imports a small part of the starter register.
func loadIndiaAndIran2022(t *testing.T, s *incident.Service) {
	t.Helper()
	ed, err := Starter()
	if err != nil {
		t.Fatal(err)
	}
	var rows []incident.SheetRow
	for _, r := range ed.Rows {
		if c := r.Facts.Countries; r.Year == 2022 && len(c) > 0 && (c[0].Code == "IN" || c[0].Code == "IR") {
			rows = append(rows, r)
		}
	}
	ed.Rows = rows
	if _, err := s.Import(context.Background(), []incident.SheetEdition{*ed}, incident.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
}

// lineOfWords is the statement that puts a line into the index of words.
func lineOfWords(d *db.DB, ord, words string) string {
	if d.Engine == db.Postgres {
		words = "'" + strings.ReplaceAll(words, " ", "' '") + "'"
	}
	return fmt.Sprintf(`insert into entry_text (rowid, body) values (%s, '%s')`, ord, strings.ReplaceAll(words, "'", "''"))
}

// runAll runs statements that are parted by semicolons.
func runAll(ctx context.Context, d *db.DB, statements string) error {
	return d.Write(ctx, func(tx db.Tx) error {
		for _, one := range strings.Split(statements, ";") {
			n, err := db.Exec(ctx, tx, one)
			if err == nil && n == 0 {
				err = fmt.Errorf("changed nothing: %s", one)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func editionOfKind(t *testing.T, s *incident.Service, kind string) incident.Edition {
	t.Helper()
	all, err := s.Editions(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.Kind == kind {
			return e
		}
	}
	t.Fatalf("no edition of kind %s", kind)
	return incident.Edition{}
}
