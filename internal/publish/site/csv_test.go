package site

import (
	"context"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
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

// TestDownloadHasEveryRow: the file of a long list ends where the list ends. It
// used to stop after 50,000 rows and looked whole.
func TestDownloadHasEveryRow(t *testing.T) {
	d := dbtest.SQLite(t)
	w := newWorld(t, d)
	w.read(t, sheet2022)
	const more = 50_001
	multiply(t, d, more)
	total, err := w.record.Total(context.Background(), incident.Filter{Year: 2022, Cause: "protests"})
	if err != nil || total.N == 0 {
		t.Fatal(total, err)
	}
	for target, rows := range map[string]int{"/incidents.csv?year=2022": 187 + more, "/incidents.csv?year=2022&sort=longest": 187 + more, "/incidents.csv?year=2022&cause=protests": total.N} {
		a := w.get(target)
		if n, err := countRows(a.body); a.status != 200 || err != nil || n != rows+1 {
			t.Errorf("%s: %d, %d rows with the header, want %d; %v", target, a.status, n, rows+1, err)
		}
	}
}

// multiply puts n copies of an entry that no protest caused beside it.
func multiply(t *testing.T, d *db.DB, n int) {
	t.Helper()
	names, _, err := db.Value[string](context.Background(), d.Reader(), `/* site.multiply */ select group_concat(name) from pragma_table_info('entry')`)
	if err != nil {
		t.Fatal(err)
	}
	values := strings.Split(names, ",")
	for i, name := range values {
		if own, ok := map[string]string{"ord": "ord + i", "seq": "10000 + i", "incident_id": "null"}[name]; ok {
			values[i] = own
		}
	}
	_, err = d.Pool().Exec(`/* site.multiply */ with recursive c(i) as (select 1 union all select i + 1 from c where i < $1)
		insert into entry (`+names+`) select `+strings.Join(values, ",")+` from c,
		(select * from entry where edition_id = 1 and counted = 1 and latest = 1 and cause <> 'protests' order by ord desc limit 1)`, n)
	if err != nil {
		t.Fatal(err)
	}
}
