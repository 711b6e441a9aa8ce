package app

import (
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/stop"
)

var ofKisumu = rowLike("country", "Kenya", "area_name", "Kisumu", "event", "")

// hides has the editor conceal sources of a case, one after the other.
func (x *deskSite) hides(t *testing.T, c crew, lead string, sources ...string) {
	t.Helper()
	for _, s := range sources {
		if err := x.work.cases.Conceal(t.Context(), c.editor.actor(), lead, s, "she is afraid"); err != nil {
			t.Fatal(err)
		}
	}
	if problems := x.doctor(); problems != "" {
		t.Errorf("doctor: %s", problems)
	}
}

// TestConcealedIsNotFound: nobody finds by its words what is concealed, whole or by the
// beginning of one; other words find the incident, also after it is published again and
// after the index is made anew.
func TestConcealedIsNotFound(t *testing.T) {
	const secret = "https://witness.example/zeinabkarimi/diary"
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := &packDesk{deskSite: startDesk(t, d), t: t}
		x.crew = x.deskSite.crew()
		ref := x.importRows("sheet 2026-02-01.csv", incident.ImportOptions{}, rowLike("info_source", "News media", "info_source_link", secret, "event", "bakery closed, told at "+secret+" first"), ofKisumu).Rows[0].Ref
		lead := x.takeUp(t, x.crew, ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
		finds := func(word string) (at []string) {
			x.settled()
			for _, page := range []string{"/search?q=", "/incidents?q=", "/api/v1/incidents?q=", "/incidents.csv?q="} {
				if strings.Contains(x.nobody().get(page+word).body, ref) {
					at = append(at, page+word)
				}
			}
			return at
		}
		for _, word := range []string{"zeinabkarimi", "zeinab"} {
			if len(finds(word)) < 3 {
				t.Fatalf("told, and %s finds it at %v only", word, finds(word))
			}
		}
		none := func(when string) {
			t.Helper()
			for _, word := range []string{"zeinabkarimi", "zeinab", "witness"} {
				if at := finds(word); len(at) > 0 {
					t.Errorf("%s: found at %v", when, at)
				}
			}
			if len(finds("bakery")) < 3 {
				t.Errorf("%s: what is told is found at %v only", when, finds("bakery"))
			}
			kept, _, err := db.Value[int](t.Context(), d.Reader(), `select count(*) from entry_text_word where token like 'zeinab%'`)
			if err != nil || kept > 0 {
				t.Errorf("%s: %d of its words are kept, %v", when, kept, err)
			}
		}
		x.hides(t, x.crew, lead, secret)
		none("concealed")
		x.again(t, x.crew, lead, true)
		none("published again")
		if err := x.record.Reindex(t.Context()); err != nil {
			t.Fatal(err)
		}
		none("indexed anew")
	})
}

// TestSheetsSecretIsNotFound: what a row of a sheet calls confidential is found by no
// words of another cell of that row.
func TestSheetsSecretIsNotFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		row := func(class string) map[stop.Field]string {
			return rowLike("info_source", class, "info_source_link", "https://witness.example/zeinabkarimi", "event", "bakery closed, told at witness.example/zeinabkarimi first")
		}
		ref := x.importRows("sheet 2026-02-01.csv", incident.ImportOptions{}, row("News media"), ofKisumu).Rows[0].Ref
		finds := func(word string) bool {
			x.settled()
			return strings.Contains(x.nobody().get("/api/v1/incidents?q="+word).body, ref)
		}
		if !finds("zeinabkarimi") {
			t.Fatal("told, and not found")
		}
		x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, row("Confidential"), ofKisumu)
		if finds("zeinabkarimi") || finds("zeinab") || !finds("bakery") {
			t.Error("confidential, and found by its words; or not found by others")
		}
		x.importRows("sheet 2026-04-01.csv", incident.ImportOptions{}, row("News media"))
		if !finds("zeinabkarimi") {
			t.Error("told again, and not found")
		}
	})
}

// TestConcealedWhole: of several addresses that are concealed none is told in part where
// one begins with another, whichever was concealed first.
func TestConcealedWhole(t *testing.T) {
	const short, long = "https://t.example/karimi", "https://t.example/karimi/zeinabs-diary"
	for name, order := range map[string][]string{"the longer first": {long, short}, "the shorter first": {short, long}} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				x := startDesk(t, d)
				c := x.crew()
				ref := x.importRows("sheet 2026-02-01.csv", incident.ImportOptions{}, rowLike("info_source", "News media", "info_source_link", short+"\n"+long, "event", "told at "+long+" first"), ofKisumu).Rows[0].Ref
				lead := x.takeUp(t, c, ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
				if at := x.wherever(t, ref, "zeinabs-diary", "sheet+2026-02-01"); len(at) < 5 {
					t.Fatalf("it stands at %v only", at)
				}
				x.hides(t, c, lead, order...)
				if at := x.wherever(t, ref, "zeinabs-diary", "sheet+2026-02-01"); len(at) > 0 {
					t.Errorf("a part of it stands at %v", at)
				}
				if b := x.nobody().get("/incidents/" + ref).body; !strings.Contains(b, "told at […] first") {
					t.Error("more is gone than the address")
				}
			})
		})
	}
}

// TestConcealedInAnySpelling: an address is concealed also where a text writes it without
// its scheme, with "www." or in capitals, and in the reason of a step of the history.
func TestConcealedInAnySpelling(t *testing.T) {
	const secret = "https://witness.example/zeinabkarimi"
	for what, set := range map[string]struct{ event, links, reason string }{
		"texts":   {event: "told at witness.example/zeinabkarimi, http://www.Witness.Example/ZeinabKarimi/ and m.witness.example/zeinabkarimi?s=1", reason: "new evidence"},
		"sources": {links: "\nhttp://www.witness.example/zeinabkarimi/", reason: "new evidence"},
		"reasons": {reason: "as told at http://witness.example/zeinabkarimi."},
	} {
		t.Run(what, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				x := &packDesk{deskSite: startDesk(t, d), t: t}
				x.crew = x.deskSite.crew()
				ref := x.importRows("sheet 2026-02-01.csv", incident.ImportOptions{}, rowLike("info_source", "News media", "info_source_link", secret+set.links, "event", set.event), ofKisumu).Rows[0].Ref
				lead := x.correctedBecause(x.crew, ref, set.reason, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
				x.release(t, "R1", "2026-06-01")
				x.hides(t, x.crew, lead, secret)
				for _, words := range []string{"zeinabkarimi", "ZeinabKarimi"} {
					if at := x.wherever(t, ref, words, "sheet+2026-02-01", "R1"); len(at) > 0 {
						t.Errorf("it stands at %v", at)
					}
				}
				if set.event == "" && set.links == "" {
					if b := x.nobody().get("/corrections").body; !strings.Contains(b, "as told at […].") {
						t.Error("more of the reason is gone than the address")
					}
				}
			})
		})
	}
}

// TestSecretOfAnyRow: what a row calls confidential is named by no incident of the desk
// of its country, neither in an older count year nor where it counts in other years than
// the sheet, nor in a text or the history of one, also when the row is taken for another.
func TestSecretOfAnyRow(t *testing.T) {
	news := func(set ...string) map[stop.Field]string {
		return rowLike(append([]string{"info_source", "News media", "info_source_link", secretSource, "event", ""}, set...)...)
	}
	elsewhere := []string{"start_date", "2026-05-05", "end_date", "2026-05-06", "area_name", "Isfahan", "shutdown_extent", "Service-based", "actual_cause", "Exam cheating"}
	for what, had := range map[string]struct {
		rows   []map[stop.Field]string
		reason string
	}{
		"an older count year": {rows: []map[stop.Field]string{news("count_year", "2025", "start_date", "2025-12-20", "end_date", ""), news("count_year", "2026", "start_date", "2025-12-20", "end_date", "", "info_source_link", "https://paper.example/one")}},
		"years before":        {rows: []map[stop.Field]string{news("count_year", "2024", "start_date", "2024-05-01", "end_date", "2024-05-05")}},
		"a text":              {rows: []map[stop.Field]string{news("count_year", "2024", "start_date", "2024-05-01", "end_date", "2024-05-05", "info_source_link", "https://paper.example/one", "event", "first at "+secretSource)}},
		"a reason":            {rows: []map[stop.Field]string{news("count_year", "2024", "start_date", "2024-05-01", "end_date", "2024-05-05", "info_source_link", "https://paper.example/one")}, reason: "first at " + secretSource},
	} {
		for _, taken := range []bool{false, true} {
			t.Run(what+map[bool]string{true: ", a row of the desk's"}[taken], func(t *testing.T) {
				dbtest.Each(t, func(t *testing.T, d *db.DB) {
					x := startDesk(t, d)
					c := x.crew()
					other := rowLike(append([]string{"event", ""}, elsewhere...)...)
					first := x.importRows("sheet 2026-02-01.csv", incident.ImportOptions{}, append([]map[stop.Field]string{other}, had.rows...)...)
					ref, reason := first.Rows[1].Ref, had.reason
					if reason == "" {
						reason = "new evidence"
					}
					x.correctedBecause(c, ref, reason, func(f *incident.Facts) {
						if f.Period.End = "2026-01-20"; f.Period.Start.Year() == 2024 {
							f.Period.End = "2024-05-06"
						}
					})
					if taken {
						x.takeUp(t, c, first.Rows[0].Ref, func(f *incident.Facts) { f.Period.End = "2026-05-07" })
					}
					if at := x.wherever(t, ref, secretSource); len(at) == 0 {
						t.Fatal("it stands nowhere before")
					}
					kenyan := rowLike("country", "Kenya", "area_name", "Kisumu", "event", "", "info_source", "Confidential", "info_source_link", secretSource)
					x.importRows("sheet 2026-06-01.csv", incident.ImportOptions{}, kenyan)
					if at := x.wherever(t, ref, secretSource); len(at) == 0 {
						t.Error("a row of another country took it away")
					}
					x.importRows("sheet 2026-07-01.csv", incident.ImportOptions{}, append(had.rows[1:], rowLike(append([]string{"info_source", "Confidential", "info_source_link", secretSource, "event", ""}, elsewhere...)...))...)
					if at := x.wherever(t, ref, secretSource); len(at) > 0 {
						t.Errorf("it stands at %d addresses, such as %s", len(at), at[0])
					}
					before := x.standing(ref)
					x.importRows("sheet 2026-07-02.csv", incident.ImportOptions{}, append(had.rows[1:], rowLike(append([]string{"info_source", "Confidential", "info_source_link", secretSource, "event", "one word"}, elsewhere...)...))...)
					if now := x.standing(ref); now != before {
						t.Errorf("said again, it writes again: %s, it was %s", now, before)
					}
					if problems := x.doctor(); problems != "" {
						t.Errorf("doctor: %s", problems)
					}
				})
			})
		}
	}
}

// TestNoHashBesideAGap: the hash of a sheet and of a release is not told while something
// that was public in a text of it is withheld; that a row calls its own source
// confidential is no reason.
func TestNoHashBesideAGap(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := &packDesk{deskSite: startDesk(t, d), t: t}
		x.crew = x.deskSite.crew()
		own := rowLike("country", "Kenya", "area_name", "Kisumu", "info_source", "Confidential", "info_source_link", "https://witness.example/own", "event", "first at https://witness.example/own")
		ref := x.importRows("sheet 2026-02-01.csv", incident.ImportOptions{}, rowLike("info_source", "News media", "info_source_link", "https://paper.example/one", "event", "first at "+secretSource), own).Rows[0].Ref
		x.takeUp(t, x.crew, ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
		x.release(t, "R1", "2026-06-01")
		for _, label := range []string{"sheet 2026-02-01", "R1"} {
			if !x.tellsHash(t, label) {
				t.Fatalf("nothing is withheld, and the hash of %s is not told", label)
			}
		}
		x.importRows("sheet 2026-07-01.csv", incident.ImportOptions{}, rowLike("info_source", "Confidential", "info_source_link", secretSource, "event", ""), own)
		if at := x.wherever(t, ref, secretSource, "R1", "sheet+2026-02-01"); len(at) > 0 {
			t.Errorf("it stands at %v", at)
		}
		for _, label := range []string{"sheet 2026-02-01", "R1"} {
			if x.tellsHash(t, label) {
				t.Errorf("something that was public is withheld, and the hash of %s is told", label)
			}
		}
	})
}
