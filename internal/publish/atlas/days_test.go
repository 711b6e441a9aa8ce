package atlas

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"keepiton/internal/platform/page/htmlcheck"
)

// sheetQuery is the release parameter of the sheet the record was read from.
func sheetQuery(t *testing.T, r *room) string {
	t.Helper()
	all, err := r.record.Editions(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.Kind == "sheet" {
			return "release=" + url.QueryEscape(e.Label)
		}
	}
	t.Fatal("no sheet is kept")
	return ""
}

// TestSheetHasNoDays: an imported sheet keeps no counts of days, and says so
// wherever days would stand, instead of drawing a world where nothing happened.
func TestSheetHasNoDays(t *testing.T) {
	r := imported(t)
	q := sheetQuery(t, r)
	for _, lang := range []string{"en", "ar", "fr"} {
		says := strings.ReplaceAll(newVoice(t, r, lang).T(noDays), "\u00a0", " ") // as htmlcheck.Text has it
		for _, lite := range []bool{false, true} {
			path := in(lang, lite, "/years/2025?"+q)
			w := r.get(t, path)
			body := w.Body.String()
			pg, err := htmlcheck.Parse(w.Body.Bytes())
			if err != nil || w.Code != 200 {
				t.Fatalf("%s: %d %v", path, w.Code, err)
			}
			if !strings.Contains(htmlcheck.Text(pg.All("main")[0]), says) || strings.Contains(body, "/pictures/year/") {
				t.Errorf("%s: draws days that are not kept, or does not say so", path)
			}
		}
		for _, file := range []string{"year/2025.svg", "year/2025.narrow.svg", "year/2025.png", "year/2025.csv", "year/IR-2022.svg", "year/IR-2022.csv"} {
			path := in(lang, false, "/pictures/"+file+"?"+q)
			w := r.get(t, path)
			pg, err := htmlcheck.Parse(w.Body.Bytes())
			if err != nil || w.Code != 404 || !strings.Contains(htmlcheck.Text(pg.All("main")[0]), says) {
				t.Errorf("%s: %d, does not say why", path, w.Code)
			}
			if live := r.get(t, in(lang, false, "/pictures/"+file)); live.Code != 200 {
				t.Errorf("%s of the record: %d", file, live.Code)
			}
		}
	}
	if _, err := r.record.CutRelease(context.Background(), "with days", "2026-05-20"); err != nil {
		t.Fatal(err)
	}
	if w := r.get(t, "/years/2025?release=with+days"); !strings.Contains(w.Body.String(), "/pictures/year/2025.svg?release=with") {
		t.Error("a release has lost its days")
	}
}

// TestSheetDrawsCountries: a country with many entries is drawn from counts of
// days in the record; the sheet has none and is drawn from its entries.
func TestSheetDrawsCountries(t *testing.T) {
	r := imported(t)
	q := sheetQuery(t, r)
	en := newVoice(t, r, "en")
	for _, code := range []string{"MM", "IN"} {
		for _, path := range []string{"/countries/" + code + "?" + q, "/pictures/country-years/" + code + ".svg?" + q} {
			w := r.get(t, path)
			body := w.Body.String()
			if w.Code != 200 || strings.Contains(body, en.T("atlas.line.no_days")) || strings.Contains(body, en.T("atlas.line.undated")) {
				t.Errorf("%s: %d, a year of entries with dates is drawn empty", path, w.Code)
			}
		}
	}
}

// TestPreviewStaysInEdition: the preview picture of a page of a frozen edition
// shows that edition, and exists.
func TestPreviewStaysInEdition(t *testing.T) {
	r := imported(t)
	q := sheetQuery(t, r)
	for _, p := range []string{"/years/2025", "/years/2025/why", "/countries/IR", "/map", "/trends"} {
		pg, err := htmlcheck.Parse(r.get(t, p+"?"+q).Body.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		seen := ""
		for _, n := range pg.All("meta") {
			if htmlcheck.Attr(n, "property") == "og:image" {
				seen = htmlcheck.Attr(n, "content")
			}
		}
		if !strings.HasSuffix(seen, "?"+q) {
			t.Errorf("%s: preview %q", p, seen)
			continue
		}
		if w := r.get(t, seen); w.Code != 200 {
			t.Errorf("%s: %s answers %d", p, seen, w.Code)
		}
	}
}
