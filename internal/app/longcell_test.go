package app

import (
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/stop"
)

// TestCellTooLongForAWorkbook imports a cell no spreadsheet can hold. As CSV it
// comes out whole; as a workbook nothing comes out, and the answer says which
// cell it is and what to do.
func TestCellTooLongForAWorkbook(t *testing.T) {
	for engine, flag := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "--data=" + t.TempDir() },
		"postgres": func(t *testing.T) string { return "--database=" + dbtest.PostgresURL(t) },
	} {
		t.Run(engine, func(t *testing.T) {
			flag := flag(t)
			dir := t.TempDir()
			in, out := filepath.Join(dir, "in.csv"), filepath.Join(dir, "out.xlsx")
			long := strings.Repeat("so many words ", 2500) + "the end"
			writeLongCell(t, in, long)
			mustRun(t, flag, "import", "stop", in)
			if got, _ := mustRun(t, flag, "export", "stop", "--schema=E", "--raw"); !strings.Contains(got, long) {
				t.Error("the CSV does not hold the cell")
			}
			for _, args := range [][]string{{}, {"-o", out}} {
				stdout, stderr, code := run(append([]string{flag, "export", "stop", "--schema=E", "--format=xlsx"}, args...)...)
				if code != exitFault || stdout != "" || !strings.Contains(stderr, "line 3, column") || !strings.Contains(stderr, "event of 2021-0002") ||
					!strings.Contains(stderr, "write CSV instead") {
					t.Errorf("%v: exit %d, %d bytes, %s", args, code, len(stdout), stderr)
				}
			}
			if left, _ := filepath.Glob(out + "*"); left != nil {
				t.Errorf("left behind: %v", left)
			}
			askForWorkbook(t, flag, long)
		})
	}
}

// askForWorkbook asks the site for the same.
func askForWorkbook(t *testing.T, flag, long string) {
	t.Helper()
	env := &Env{Ctx: context.Background(), Stdout: io.Discard, Stderr: io.Discard, CLI: &CLI{}, Log: slog.New(slog.DiscardHandler)}
	name, value, _ := strings.Cut(flag, "=")
	if name == "--data" {
		env.CLI.Data = value
	} else {
		env.CLI.Database = value
	}
	d, s, err := env.existing()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	h, err := (&ServeCmd{CacheMB: 1}).handler(t.Context(), env, d, s, bookOf(d), nil)
	if err != nil {
		t.Fatal(err)
	}
	for target, says := range map[string]string{
		"/data/stop.xlsx?year=2021":    `href="/data/stop.csv?year=2021"`,
		"/ar/data/stop.xlsx?year=2021": `href="/ar/data/stop.csv?year=2021"`,
		"/data/stop.csv?year=2021":     long,
	} {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, target, nil))
		want := http.StatusUnprocessableEntity
		if says == long {
			want = http.StatusOK
		}
		if rec.Code != want || !strings.Contains(rec.Body.String(), says) || rec.Header().Get("Content-Disposition") != "" && want != 200 {
			t.Errorf("%s: %d, %v, %.300s", target, rec.Code, rec.Header(), rec.Body)
		}
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/data/stop.xlsx?year=2020", nil))
	if rec.Code != http.StatusOK || !bytes.HasPrefix(rec.Body.Bytes(), []byte("PK")) {
		t.Errorf("a year without the cell: %d", rec.Code)
	}
}

// writeLongCell writes a sheet of three rows whose second has a long cell.
func writeLongCell(t *testing.T, path, long string) {
	t.Helper()
	schema, _ := stop.SchemaByName("E")
	header := schema.Headers(0)
	rows := [][]string{header}
	for _, x := range []map[string]string{
		{"start_date": "2021-03-01", "area_name": "Reykjavik", "count_year": "2021"},
		{"start_date": "2021-04-01", "area_name": "Akureyri", "count_year": "2021", "event": long},
		{"start_date": "2020-04-01", "area_name": "Akureyri", "count_year": "2020"},
	} {
		row := make([]string, len(header))
		for j, h := range header {
			row[j] = x[strings.TrimSpace(h)]
			switch strings.TrimSpace(h) {
			case "country":
				row[j] = "Iceland"
			case "shutdown_status":
				row[j] = "Ended"
			case "end_date":
				row[j] = x["start_date"]
			}
		}
		rows = append(rows, row)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := csv.NewWriter(f).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// run runs the program as the command line does.
func run(args ...string) (stdout, stderr string, code int) {
	var out, errs bytes.Buffer
	code = Run(context.Background(), append([]string{"--log=error"}, args...), strings.NewReader(""), &out, &errs)
	return out.String(), errs.String(), code
}

// mustRun is run for what has to succeed.
func mustRun(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	stdout, stderr, code := run(args...)
	if code != exitOK {
		t.Fatalf("%v: exit %d: %s", args, code, stderr)
	}
	return stdout, stderr
}

// TestCellOfMoreWordsThanAnIndexTakes imports a cell of a hundred thousand
// different words. It comes in, comes out whole, and the doctor finds all well.
func TestCellOfMoreWordsThanAnIndexTakes(t *testing.T) {
	for engine, flag := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "--data=" + t.TempDir() },
		"postgres": func(t *testing.T) string { return "--database=" + dbtest.PostgresURL(t) },
	} {
		t.Run(engine, func(t *testing.T) {
			flag := flag(t)
			in := filepath.Join(t.TempDir(), "in.csv")
			var many strings.Builder
			letters := []rune("ابتثجحخدذرزسشصضطظعغفقكلمنهوي")
			for i := range 100_000 {
				n := len(letters)
				many.WriteString(string([]rune{letters[i%n], letters[i/n%n], letters[i/n/n%n], letters[i/n/n/n%n], ' '}))
			}
			writeLongCell(t, in, many.String()+"end")
			mustRun(t, flag, "import", "stop", in)
			if got, _ := mustRun(t, flag, "export", "stop", "--schema=E", "--raw"); !strings.Contains(got, many.String()) {
				t.Error("the CSV does not hold the cell")
			}
			mustRun(t, flag, "doctor")
		})
	}
}
