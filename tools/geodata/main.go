// Command geodata compiles the reference geography tables into the compact
// embedded files of internal/platform/geo.
//
//	go run ./tools/geodata [-cldr DIR] [-out DIR] SOURCE
//
// SOURCE is the folder that holds countries.csv, admin1_iso3166_2.csv and the
// other tables named in internal/platform/geo/SOURCES.md. DIR of -cldr is a
// folder that holds the package cldr-localenames-full; without it the country
// names already in the output folder stay as they are. The output is the same
// for the same input, byte for byte.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	cldr := flag.String("cldr", "", "folder that holds cldr-localenames-full")
	out := flag.String("out", "internal/platform/geo/data", "output folder")
	quiet := flag.Bool("q", false, "do not list what could not be joined")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: geodata [-cldr DIR] [-out DIR] SOURCE")
		os.Exit(2)
	}
	b := &builder{src: flag.Arg(0), cldr: *cldr, out: *out, quiet: *quiet}
	if err := b.run(); err != nil {
		fmt.Fprintln(os.Stderr, "geodata:", err)
		os.Exit(1)
	}
}

type builder struct {
	src, cldr, out string
	quiet          bool
}

func (b *builder) run() error {
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"countries", b.countries},
		{"country names", b.countryNames},
		{"country keys", b.countryKeys},
		{"units", b.units},
		{"unit names", b.unitNames},
		{"world outlines", b.world},
		{"first-level outlines", b.level1},
		{"disputed areas", b.disputed},
	} {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

// logf tells what a person may want to look at.
func (b *builder) logf(format string, args ...any) {
	if !b.quiet {
		fmt.Printf(format+"\n", args...)
	}
}

// table is a CSV file with a header.
type table struct {
	col  map[string]int
	rows [][]string
}

func (t *table) get(row []string, name string) string {
	i, ok := t.col[name]
	if !ok || i >= len(row) {
		return ""
	}
	return strings.TrimSpace(row[i])
}

func (b *builder) read(name string) (*table, error) {
	f, err := os.Open(filepath.Join(b.src, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	t := &table{col: make(map[string]int)}
	for i, h := range head {
		t.col[strings.TrimSpace(h)] = i
	}
	for {
		row, err := r.Read()
		if err == io.EOF {
			return t, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		t.rows = append(t.rows, row)
	}
}

// write stores one gzip-compressed output file, without a time stamp so that
// equal input gives equal bytes.
func (b *builder) write(name string, data []byte) error {
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	fmt.Printf("%-22s %9d -> %8d bytes\n", name, len(data), buf.Len())
	return os.WriteFile(filepath.Join(b.out, name), buf.Bytes(), 0o644)
}

// clean makes a value safe for a tab-separated line.
func clean(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return r == '\t' || r == '\n' || r == '\r' || r == '|'
	}), " ")
}
