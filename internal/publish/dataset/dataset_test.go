package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/shared"
	"keepiton/internal/stop"
)

func record(t *testing.T, d *db.DB, files ...string) *incident.Service {
	t.Helper()
	ctx := context.Background()
	s, err := incident.NewService(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	places, err := s.Matcher(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		r := stop.Reader{Taxonomy: s.Taxonomy(), Places: places}
		sheets, refused, err := r.File(ctx, shared.Path(t, "data", "stop", f))
		if err != nil || len(refused) > 0 {
			t.Fatal(err, refused)
		}
		if _, err := s.Import(ctx, sheets, incident.ImportOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func write(t *testing.T, s *incident.Service) (dir string, files []File) {
	t.Helper()
	dir = t.TempDir()
	ed, err := s.Edition(context.Background(), incident.RecordEdition)
	if err != nil {
		t.Fatal(err)
	}
	files, err = Write(context.Background(), s, Options{Edition: ed, Dir: dir, Raw: true})
	if err != nil {
		t.Fatal(err)
	}
	return dir, files
}

// TestFilesAgree reads every file back with other readers than the writer's
// and compares them with each other and with the description.
func TestFilesAgree(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := record(t, d, "accessnow_stop_combined_2016-2025_snapshot_2026-05-20.csv")
		dir, files := write(t, s)
		rows := readCSV(t, filepath.Join(dir, "count_entries.csv"))
		if len(rows) != 2103 {
			t.Errorf("count_entries.csv has %d lines, want 2103", len(rows))
		}
		entries, err := parquet.ReadFile[EntryRow](filepath.Join(dir, "count_entries.parquet"))
		if err != nil || len(entries) != 2102 {
			t.Fatalf("parquet: %d rows, %v", len(entries), err)
		}
		for i, e := range entries {
			if rows[i+1][0] != e.Ref || rows[i+1][20] != e.Cause {
				t.Fatalf("row %d: CSV %v, Parquet %+v", i, rows[i+1], e)
			}
		}
		var points struct {
			Features []struct {
				Geometry struct{ Coordinates [2]float64 }
			}
		}
		readJSON(t, filepath.Join(dir, "places.geojson"), &points)
		if len(points.Features) < 2000 {
			t.Errorf("places.geojson has %d points", len(points.Features))
		}
		lines, err := os.ReadFile(filepath.Join(dir, "incidents.jsonl"))
		if err != nil || strings.Count(string(lines), "\n") != 1892 {
			t.Errorf("incidents.jsonl has %d lines, want 1892", strings.Count(string(lines), "\n"))
		}
		checkDescription(t, dir, files)
	})
}

func checkDescription(t *testing.T, dir string, files []File) {
	t.Helper()
	var pkg struct {
		Resources []struct {
			Path   string
			Hash   string
			Bytes  int64
			Schema *struct {
				Fields []struct{ Name, Type, Description string }
			}
		}
	}
	readJSON(t, filepath.Join(dir, "datapackage.json"), &pkg)
	if len(pkg.Resources) != len(files)-1 {
		t.Errorf("datapackage.json names %d files of %d", len(pkg.Resources), len(files)-1)
	}
	for _, r := range pkg.Resources {
		raw, err := os.ReadFile(filepath.Join(dir, r.Path))
		if err != nil {
			t.Error(err)
			continue
		}
		sum := sha256.Sum256(raw)
		if r.Hash != "sha256:"+hex.EncodeToString(sum[:]) || r.Bytes != int64(len(raw)) {
			t.Errorf("%s: hash or size differ from the description", r.Path)
		}
		if r.Schema == nil {
			continue
		}
		head := readCSV(t, filepath.Join(dir, r.Path))[0]
		for i, f := range r.Schema.Fields {
			if head[i] != f.Name || f.Description == "" {
				t.Errorf("%s: column %q is described as %q (%q)", r.Path, head[i], f.Name, f.Description)
			}
		}
	}
}

// TestNothingRestricted: internal notes and what confidential sources say are
// in none of the files.
func TestNothingRestricted(t *testing.T) {
	s := record(t, dbtest.SQLite(t), "accessnow_stop_sheet_2016-2018.csv", "accessnow_stop_sheet_2019.csv")
	var secrets, open []string
	err := s.Each(context.Background(), incident.RecordEdition, 0, func(r incident.Row) error {
		open = append(open, r.Facts.Note("event"))
		if n := r.Facts.Note("internal"); len(n) > 12 {
			secrets = append(secrets, n)
		}
		for _, src := range r.Facts.Sources {
			switch {
			case src.Class != "confidential":
				open = append(open, src.URL, src.Text)
			case len(src.URL)+len(src.Text) > 12:
				secrets = append(secrets, src.URL+src.Text)
			}
		}
		return nil
	})
	// A text that also stands openly somewhere else is no secret.
	openly := strings.Join(open, "\n")
	secrets = slices.DeleteFunc(secrets, func(x string) bool { return strings.Contains(openly, x) })
	if err != nil || len(secrets) < 10 {
		t.Fatalf("the sheets have %d restricted texts: %v", len(secrets), err)
	}
	dir, files := write(t, s)
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join(dir, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range secrets {
			if strings.Contains(string(raw), secret) {
				t.Errorf("%s holds restricted text %.60q", f.Name, secret)
				break
			}
		}
	}
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return rows
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

var update = flag.Bool("update", false, "write docs/codebook.md anew")

// TestCodebookIsCurrent holds docs/codebook.md against the definitions.
func TestCodebookIsCurrent(t *testing.T) {
	ctx := context.Background()
	s, err := incident.NewService(ctx, dbtest.SQLite(t))
	if err != nil {
		t.Fatal(err)
	}
	dir, _ := write(t, s)
	got, err := os.ReadFile(filepath.Join(dir, "codebook.md"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("..", "..", "..", "docs", "codebook.md")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != string(got) {
		t.Errorf("docs/codebook.md is not current; run: go test ./internal/publish/dataset -run Codebook -update (%v)", err)
	}
}
