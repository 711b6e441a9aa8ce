package site

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/page/htmlcheck"
)

func testDownloads(t *testing.T, w *world) {
	for target, rows := range map[string]int{
		"/incidents.csv": 1892, "/incidents.csv?year=2025": 313, "/incidents.csv?country=IR&year=2022&sort=longest": 21,
		"/incidents.csv?release=accessnow_stop_sheet_2022": 187, "/data/stop.csv?year=2022": 206, "/data/stop.csv": 2102,
	} {
		a := w.get(target)
		got, err := countRows(a.body)
		if a.status != 200 || err != nil || got != rows+1 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/csv") {
			t.Errorf("%s: %d, %d rows with the header, want %d; %v, %s", target, a.status, got, rows+1, err, a.header.Get("Content-Type"))
		}
		for _, line := range strings.Split(string(a.body), "\n") {
			if strings.HasPrefix(line, "#") {
				t.Errorf("%s: a comment: %q", target, line)
			}
		}
	}
	for target, release := range map[string]string{"/incidents.csv?country=IR&year=2022": "record", "/incidents.csv?release=accessnow_stop_sheet_2022&country=IR": "accessnow_stop_sheet_2022"} {
		rows, err := csv.NewReader(bytes.NewReader(w.get(target).body)).ReadAll()
		if err != nil || len(rows) < 2 {
			t.Fatalf("%s: %d rows, %v", target, len(rows), err)
		}
		at := map[string]int{}
		for i, name := range rows[0] {
			at[name] = i
		}
		links := 0
		for _, row := range rows[1:] {
			links += strings.Count(row[at["sources"]], "https://")
			if row[at["release"]] != release || !strings.Contains(row[at["licence"]], "CC BY 4.0") {
				t.Errorf("%s: %q", target, row)
			}
		}
		if links < len(rows)/2 {
			t.Errorf("%s: %d links for %d rows", target, links, len(rows)-1)
		}
	}
	a := w.get("/data/stop.xlsx?year=2025")
	if a.status != 200 || !bytes.HasPrefix(a.body, []byte("PK")) {
		t.Errorf("XLSX: %d, %.20q", a.status, a.body)
	}
	for _, target := range []string{"/data/stop.csv?year=abc", "/data/stop.csv?year=99999"} {
		if a := w.get(target); a.status != 400 {
			t.Errorf("%s: %d", target, a.status)
		}
	}
	if a := w.get("/incidents.csv?cause=nonsense"); a.status != 400 {
		t.Errorf("CSV of a filter nobody can read: %d", a.status)
	}
	a = w.get("/incidents/2020-0144.bib")
	if a.status != 200 || !strings.Contains(string(a.body), "@misc{keepiton:2020-0144,") {
		t.Errorf("BibTeX: %d %s", a.status, a.body)
	}
}

// countRows counts the records of a CSV, quoted line breaks included.
func countRows(b []byte) (int, error) {
	n, quoted := 0, false
	for _, c := range b {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '\n' && !quoted:
			n++
		}
	}
	if quoted {
		return n, fmt.Errorf("an open quotation")
	}
	return n, nil
}

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
	// A year without entries is no empty file: it would look like a year without
	// shutdowns. The page leads to the files there are, of the same kind.
	w.check(t, "/data/stop.csv?year=1990", 404, htmlcheck.HasText("h1", "no sheet of 1990"), htmlcheck.HasAttr("main a", "href", "/data/stop.csv?year=2016"), htmlcheck.HasAttr("main a", "href", "/data/stop.csv?year=2025"))
	w.check(t, "/data/stop.xlsx?year=2021&release=accessnow_stop_sheet_2022", 404, htmlcheck.HasText("main", "“accessnow_stop_sheet_2022” counts no shutdown"),
		htmlcheck.HasAttr("main a", "href", "/data/stop.xlsx?release=accessnow_stop_sheet_2022&year=2022"))
	if a := w.get("/data/stop.csv?year=2022&release=accessnow_stop_sheet_2022"); a.status != 200 || a.header.Get("Content-Disposition") == "" {
		t.Errorf("the sheet of a year with entries: %d", a.status)
	}
	if a := w.get("/incidents.csv?country=IR&year=2022&cause=&q=&sort=newest&release="); a.status != 200 {
		t.Errorf("CSV of a form sent with empty fields: %d", a.status)
	}
	// The page shows the edition without the words, and says so.
	w.check(t, "/incidents?release=accessnow_stop_sheet_2022&q=amhara", 200, htmlcheck.HasText("#missed", "The words “amhara” were not looked up"), htmlcheck.Has(`#missed a[href="/incidents?q=amhara"]`), htmlcheck.Not("#unused"), htmlcheck.HasText("#result", "At least 187"),
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
