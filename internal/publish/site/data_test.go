package site

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/page/htmlcheck"
)

func testEditions(t *testing.T, w *world) {
	w.check(t, "/incidents?release=accessnow_stop_sheet_2022&year=2022", 200, htmlcheck.HasText(".ban", "as it was published"), htmlcheck.HasText("#result", "At least 187"),
		htmlcheck.Not("input[name=q]"), htmlcheck.HasAttr("input[name=release]", "value", "accessnow_stop_sheet_2022"))
	if _, err := w.record.CutRelease(context.Background(), "2026 spring & more", "2026-05-20"); err != nil {
		t.Fatal(err)
	}
	q := "?release=2026+spring+%26+more"
	whole := "https://register.example/incidents/2020-0144" + q
	bib := string(w.get("/incidents/2020-0144.bib" + q).body)
	if !strings.Contains(bib, "url = {"+whole+"}") || !strings.Contains(bib, `edition 2026 spring \& more.`) || !strings.HasSuffix(bib, "}\n}\n") {
		t.Errorf("the BibTeX of an edition leaves it: %s", bib)
	}
	if csv := string(w.get("/incidents.csv" + q + "&country=IR").body); !strings.Contains(csv, q+",2026 spring & more,2026-05-20,") {
		t.Errorf("the CSV of an edition leaves it: %.400s", csv)
	}
	w.check(t, "/incidents/2020-0144"+q, 200, htmlcheck.HasText("p.cite", whole))
	w.check(t, "/incidents"+q, 200, htmlcheck.HasText(".ban", "2026 spring & more"), htmlcheck.HasText("#result", "1,892"))
	w.check(t, "/incidents/2020-0144"+q, 200, htmlcheck.HasText(".ban", "20 May 2026"), htmlcheck.HasText("h1", "Tigray"))
	w.check(t, "/data", 200, htmlcheck.HasText("#releases th", "2026 spring & more"), htmlcheck.HasText("#cite", "2026 spring & more"))
	w.check(t, "/incidents?release=never+cut", 404, htmlcheck.HasAttr("main a", "href", "/data#releases"))
}

// TestNoEditionIsDroppedSilently: the table side by side has every edition, or
// names those it has no room for.
func TestNoEditionIsDroppedSilently(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	w.read(t, sheet2022)
	heads := func() (list []string) {
		p, err := htmlcheck.Parse(w.get("/data").body)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range p.All("table.ed thead th bdi") {
			list = append(list, htmlcheck.Text(n))
		}
		return list
	}
	for i := range 11 {
		if i == 8 { // the walk of a user had seven editions and saw six
			w.check(t, "/data", 200, htmlcheck.Not("#left-out"))
			if got := heads(); len(got) != 1+10 || !slices.Contains(got, "accessnow_stop_sheet_2022") {
				t.Errorf("10 editions, shown %q", got)
			}
		}
		if _, err := w.record.CutRelease(context.Background(), fmt.Sprintf("r%d", i), "2026-05-20"); err != nil {
			t.Fatal(err)
		}
	}
	w.check(t, "/data", 200, htmlcheck.HasText("#left-out", "One edition found no room in this table: accessnow_stop_sheet_2022."))
	if got := heads(); len(got) != 1+editionsShown {
		t.Errorf("13 editions, shown %q", got)
	}
}

// TestUndatedSheetSaysSo: the day of an import is not the day a sheet was
// published.
func TestUndatedSheetSaysSo(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	w.read(t, sheet2022)
	w.check(t, "/data", 200, htmlcheck.HasText("#releases td", "Date not known; imported on "))
}

// TestStarterSaysWhatItLacks: as long as the starter register is served, the
// pages that promise the sheet cell for cell say what is left out; the whole
// sheet ends that. No key of ours stands in its cells.
func TestStarterSaysWhatItLacks(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	w.readStarter(t)
	w.check(t, "/data", 200, htmlcheck.HasText(".note", "facts drawn from the coalition’s sheet of 20 May 2026"))
	w.check(t, "/about", 200, htmlcheck.HasText("#method p", "starter register"))
	if body := string(w.get("/data/stop.csv").body); strings.Contains(body, "other_service") {
		t.Error("the sheet holds a key of ours")
	}
	w.read(t, combined)
	w.check(t, "/data", 200, htmlcheck.Lacks("starter register: facts"))
	w.check(t, "/about", 200, htmlcheck.Lacks("starter register"))
}

// TestNoEditionIsIgnored: a page that cannot answer for the edition its address
// asks for says so and leads to those that can; a label nobody has cut is
// refused by every page.
func TestNoEditionIsIgnored(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.readStarter(t)
		if _, err := w.record.CutRelease(context.Background(), "spring & more", "2026-05-20"); err != nil {
			t.Fatal(err)
		}
		const label = "release=spring+%26+more"
		for path, says := range map[string]string{
			"/": "the record as it stands today", "/search?": "the record as it stands today", "/search?q=rohtak&": "the record as it stands today",
			"/data": "the record as it stands today", "/data/compare": "no other", "/data/compare?from=nothing&": "no other",
			"/about": "says the same", "/data/codebook": "says the same", "/data/codebook/services": "says the same",
		} {
			status := 200
			if strings.Contains(path, "nothing") {
				status = 400
			}
			if !strings.Contains(path, "?") {
				path += "?"
			}
			w.check(t, path+label, status, htmlcheck.HasText("#notice", "You asked for “spring & more”"), htmlcheck.HasText("#notice", says),
				htmlcheck.HasAttr("#notice a", "href", "/incidents?"+label), htmlcheck.HasAttr("#notice a", "href", "/years?"+label), htmlcheck.HasAttr("meta[name=robots]", "content", "noindex"))
			w.check(t, path+"release=never+cut", 404, htmlcheck.HasAttr("main a", "href", "/data#releases"))
			if strings.Contains(string(w.get(path+"release=record").body), `id="notice"`) {
				t.Errorf("%s excuses itself to somebody who asks for the record", path)
			}
		}
		w.check(t, "/search?q=iran+2022&"+label, 200, htmlcheck.HasAttr("#notice a", "href", "/incidents?country=IR&"+label+"&year=2022"))
		for path, to := range map[string]string{"/search?q=2020-0144&": "/incidents/2020-0144?", "/incidents/2020-144?": "/incidents/2020-0144?", "/incidents/2020-144/sources?": "/incidents/2020-0144/sources?"} {
			if a := w.get(path + label); a.header.Get("Location") != to+label {
				t.Errorf("%s leads to %q, out of the edition", path+label, a.header.Get("Location"))
			}
		}
	})
}
