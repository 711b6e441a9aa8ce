package site

import (
	"strings"
	"testing"

	"keepiton/internal/platform/page/htmlcheck"
)

// testDownloadsRefused: a page can say what of an address it did not use, a
// file cannot. One that leaves out a part of the question is not sent at all.
func testDownloadsRefused(t *testing.T, w *world) {
	for target, named := range map[string]string{
		"/incidents.csv?contry=IR": "“contry”", "/incidents.csv?country=IR&country=IN": "country", "/incidents.csv?country=ZZ": "“ZZ”",
		"/incidents.csv?limit=5": "“limit”", "/incidents.csv?after=0.abc": "“after”", "/incidents.csv?cause=conflict&cause=nonsense": "cause",
		"/incidents.csv?release=accessnow_stop_sheet_2022&q=amhara": "Leave out q or release", "/incidents.csv?%zz": "cannot be read",
		"/data/stop.csv?country=IR": "“country”", "/data/stop.xlsx?year=2022&year=2023": "year",
	} {
		a := w.get(target)
		if a.status != 400 || !strings.Contains(string(a.body), named) || a.header.Get("Content-Disposition") != "" {
			t.Errorf("%s: %d, %s is not named: %.300s", target, a.status, named, a.body)
		}
		for _, wrong := range htmlcheck.Run(a.body, htmlcheck.Sound("en")) {
			t.Errorf("%s: %s", target, wrong)
		}
	}
	if a := w.get("/incidents.csv?country=IR&year=2022&cause=&q=&sort=newest&release="); a.status != 200 {
		t.Errorf("CSV of a form sent with empty fields: %d", a.status)
	}
	// The page shows the edition without the words, and says so.
	w.check(t, "/incidents?release=accessnow_stop_sheet_2022&q=amhara", 200, htmlcheck.HasText("#unused", "“q=amhara”"), htmlcheck.HasText("#result", "At least 187"),
		htmlcheck.HasText("form.filter", "not in an edition"), htmlcheck.HasAttr("p.files a", "href", "/incidents.csv?release=accessnow_stop_sheet_2022"))
}
