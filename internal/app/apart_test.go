package app

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/stop"
)

// Sources that may not be named, in every order of acts: concealed after a row was said
// to be about another shutdown, after that one went into a third, and heard of in a sheet
// before the desk published.

// TestConcealedAfterTheAnswer is TestConcealedGoesAlong in the other order.
func TestConcealedAfterTheAnswer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		said := []string{"info_source", "News media", "info_source_link", secretSource, "event", ""}
		x := startOnSheets(t, d, rowLike(said...), kisumu)
		x.sheet("2026-07-01", rowLike(append(said, "area_name", "Isfahan")...), kisumu)
		it := x.question(t, "on_desk", x.ref)
		x.decides(it.ID, "another")
		other, err := x.record.CountedAs(t.Context(), it.ID)
		if err != nil || other == "" {
			t.Fatal(other, err)
		}
		x.hides(t, x.crew, x.lead, secretSource)
		for _, ref := range []string{x.ref, other} {
			if at := x.wherever(t, ref, secretSource, "sheet+2026-03-01", "sheet+2026-07-01"); len(at) > 0 {
				t.Errorf("%s: it is named at %d: %v", ref, len(at), at)
			}
		}
		x.sound()
	})
}

// TestAnotherThatWentOn: a row that was said to be another shutdown counts as an incident
// that a person or a sheet joined to a third one. Sheets are read on, and what may not be
// named is named by none of them.
func TestAnotherThatWentOn(t *testing.T) {
	said := []string{"info_source", "News media", "info_source_link", secretSource, "event", "", "end_date", ""}
	like := func(set ...string) map[stop.Field]string { return rowLike(append(said, set...)...) }
	for _, merges := range []bool{true, false} {
		t.Run(fmt.Sprint("a person merges ", merges), func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				x := startOnSheets(t, d, like(), kisumu)
				x.hides(t, x.crew, x.lead, secretSource)
				in26, in27 := like("area_name", "Isfahan"), like("area_name", "Isfahan, Kashan", "count_year", "2027")
				x.sheet("2026-07-01", in26, kisumu)
				x.decides(x.question(t, "on_desk", x.ref).ID, "another")
				x.sheet("2026-08-01", in26, in27, kisumu)
				x.decides(x.open("on_desk")[0].ID, "another")
				if merges {
					x.decides(x.open("carry_over")[0].ID, "merge")
				} else {
					in27 = like("area_name", "Isfahan", "count_year", "2027")
				}
				x.sheet("2026-09-01", in26, in27, kisumu)
				x.sheet("2026-10-01", kisumu, delhi)
				for _, ref := range []string{x.ref, "2026-0003", "2027-0001"} {
					if at := x.wherever(t, ref, secretSource, "sheet+2026-03-01", "sheet+2026-07-01", "sheet+2026-08-01", "sheet+2026-09-01"); len(at) > 0 {
						t.Errorf("%s: it is named at %d: %v", ref, len(at), at)
					}
				}
				x.sound()
			})
		})
	}
}

// TestAskedAnewWhenReadAgain: an answer does not hold when the incident has changed since,
// also when all sheets are read again; one that holds stays.
func TestAskedAnewWhenReadAgain(t *testing.T) {
	for _, changes := range []bool{true, false} {
		t.Run(fmt.Sprint("it changed ", changes), func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				x := startOnSheets(t, d, tehran, kisumu)
				x.sheet("2026-07-01", isfahan, kisumu)
				x.noted(x.question(t, "on_desk", x.ref).ID)
				want := 0
				if changes {
					x.takeBack(t, x.crew, x.ref)
					want = 1
				}
				x.importFile(t.Context(), "again.csv", x.sheetOf(isfahan, kisumu), incident.ImportOptions{}, "2026-07-02")
				if l := x.open("on_desk"); len(l) != want {
					t.Errorf("when all are read again: %+v", l)
				}
				x.sheet("2026-07-08", isfahan, kisumu, delhi)
				if l := x.open("on_desk"); len(l) != want {
					t.Errorf("after the next sheet: %+v", l)
				}
				x.sound()
			})
		})
	}
}

// TestHeardInAnyOrder: what a sheet calls confidential of one incident, another of the
// country does not name, whichever was there first; until a newer sheet says otherwise.
func TestHeardInAnyOrder(t *testing.T) {
	for name, steps := range map[string][]string{
		"the sheet first": {"Confidential", "publish"}, "the desk first": {"publish", "Confidential"},
		"put right in the sheet": {"Confidential", "News media", "publish"},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				x := startDesk(t, d)
				c, ref := x.crew(), ""
				for i, step := range steps {
					if step == "publish" {
						ref = x.published(t, c, "event", "x")
					} else {
						x.importRows(fmt.Sprint("sheet 2026-03-0", i+1, ".csv"), incident.ImportOptions{}, kisumu, isfahanIn(step))
					}
				}
				named := len(x.wherever(t, ref, openlyFiled, "sheet+2026-03-01")) > 0
				if right := name == "put right in the sheet"; named != right {
					t.Errorf("%s names it: %v", ref, named)
				}
			})
		})
	}
}

// TestHeardBeforeTakenUp: of two rows of one sheet one calls a source confidential that the
// other names. The desk takes the other up.
func TestHeardBeforeTakenUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		c := x.crew()
		rows := []map[stop.Field]string{kisumu, rowLike("event", "", "info_source", "News media", "info_source_link", secretSource),
			rowLike("area_name", "Isfahan", "start_date", "2026-05-08", "end_date", "2026-05-09", "event", "", "info_source", "Confidential", "info_source_link", secretSource)}
		ref := x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, rows...).Rows[1].Ref
		x.takeUp(t, c, ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
		if at := x.wherever(t, ref, secretSource, "sheet+2026-03-01"); len(at) > 0 {
			t.Errorf("it is named at %d: %v", len(at), at)
		}
		x.importRows("sheet 2026-03-08.csv", incident.ImportOptions{}, append(rows, delhi)...)
		if at := x.wherever(t, ref, secretSource, "sheet+2026-03-01", "sheet+2026-03-08"); len(at) > 0 {
			t.Errorf("after the next sheet it is named at %d: %v", len(at), at)
		}
	})
}

// openlyFiled is the address that crew.author.prove files, to be named.
const openlyFiled = "https://measure.example/iran"

// isfahanIn is a row of May 2026 with a source of some class.
func isfahanIn(class string) map[stop.Field]string {
	return rowLike("area_name", "Isfahan", "start_date", "2026-05-08", "end_date", "2026-05-09", "event", "", "info_source", class, "info_source_link", openlyFiled)
}

// sheetRead is a sheet of some rows as it is read.
func (x *deskSite) sheetRead(name string, rows ...map[stop.Field]string) incident.SheetEdition {
	x.t.Helper()
	path := filepath.Join(x.t.TempDir(), name)
	if err := os.WriteFile(path, x.sheetOf(rows...), 0o600); err != nil {
		x.t.Fatal(err)
	}
	matcher, err := x.record.Matcher(x.t.Context())
	if err != nil {
		x.t.Fatal(err)
	}
	reader := stop.Reader{Taxonomy: x.record.Taxonomy(), Places: matcher}
	list, _, err := reader.File(x.t.Context(), path)
	if err != nil {
		x.t.Fatal(err)
	}
	return list[0]
}

// TestHeardInTwoSheets: a file has two sheets of one year, or another file one that is
// parked. What the first calls confidential holds after the second was read.
func TestHeardInTwoSheets(t *testing.T) {
	for _, parked := range []bool{false, true} {
		t.Run(fmt.Sprint("the second is parked ", parked), func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				x := startDesk(t, d)
				c := x.crew()
				first, second := x.sheetRead("sheet 2026-03-01.csv", isfahanIn("Confidential")), x.sheetRead("sheet 2026-03-01.csv", kisumu)
				if parked {
					second.Rows[0].Parked = "it waits for details"
				} else {
					first.SHA256, second.SHA256, second.Sheet = "of the file", "of the file", "two"
				}
				if _, err := x.record.Import(t.Context(), []incident.SheetEdition{first, second}, incident.ImportOptions{}); err != nil {
					t.Fatal(err)
				}
				if at := x.wherever(t, x.published(t, c, "event", "x"), openlyFiled, "sheet+2026-03-01"); len(at) > 0 {
					t.Errorf("it is named at %v", at)
				}
			})
		})
	}
}

// TestPutRightStaysWhenReadAgain: what a newer sheet does not call confidential any more, and
// two organisations signed since, is named also when all sheets are read again.
func TestPutRightStaysWhenReadAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		c := x.crew()
		x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, kisumu, isfahanIn("Confidential"))
		x.importRows("sheet 2026-03-02.csv", incident.ImportOptions{}, kisumu, isfahanIn("News media"))
		ref := x.published(t, c, "event", "x")
		for _, when := range []string{"published", "read again"} {
			if when == "read again" {
				x.importFile(t.Context(), "again.csv", x.sheetOf(kisumu, isfahanIn("News media")), incident.ImportOptions{}, "2026-03-03")
			}
			x.settled()
			if !strings.Contains(x.nobody().get("/api/v1/incidents/"+ref).body, openlyFiled) {
				t.Errorf("%s: it is not named", when)
			}
		}
	})
}

// TestLongWordsAreConfidential: what is confidential may be of any length.
func TestLongWordsAreConfidential(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		c := x.crew()
		var long strings.Builder
		for i := range 400 {
			fmt.Fprintf(&long, "%x ", sha256.Sum256([]byte{byte(i), byte(i >> 8)}))
		}
		row := func(class string) map[stop.Field]string {
			return rowLike("event", "", "info_source", class, "info_source_link", long.String())
		}
		ref := x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, kisumu, row("News media")).Rows[1].Ref
		x.takeUp(t, c, ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
		x.importRows("sheet 2026-03-08.csv", incident.ImportOptions{}, kisumu, row("Confidential"))
		x.counts(t, "", 2)
	})
}
