package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The embedded files must be what the generator makes of the source tables:
// nobody edits them by hand, and a change of the generator shows.
func TestEmbeddedFilesAreCurrent(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles all tables")
	}
	src := ""
	for _, d := range []string{os.Getenv("KEEPITON_SHARED"), filepath.Join("..", "..", "..", "shared")} {
		if _, err := os.Stat(filepath.Join(d, "data", "geo", "countries.csv")); d != "" && err == nil {
			src = filepath.Join(d, "data", "geo")
			break
		}
	}
	if src == "" {
		t.Skip("shared data not found")
	}
	have := filepath.Join("..", "..", "internal", "platform", "geo", "data")
	out := t.TempDir()
	names, err := os.ReadFile(filepath.Join(have, "countrynames.tsv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(out, "countrynames.tsv.gz"), names, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (&builder{src: src, out: out, quiet: true}).run(); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(out)
	if err != nil || len(files) < 9 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		a, err := os.ReadFile(filepath.Join(out, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(have, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%s is not what the generator makes: %d bytes, embedded %d", f.Name(), len(a), len(b))
		}
	}
}

func TestSame(t *testing.T) {
	keys := func(names ...string) []key { return (&unit{name: names[0], alts: names[1:]}).keys() }
	for _, c := range []struct {
		a, b string
		want int
	}{{"Kishoregonj", "Kishoreganj", 1}, {"Poonch", "Punch", 2}, {"Dawei District", "Dawei", 3}, {"Al Jawf", "Jawf", 3}, {"Kano", "Kogi", 0}, {"Pulwama", "Kulgam", 0}} {
		if got := same(keys(c.a), keys(c.b)); got != c.want {
			t.Errorf("same(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
