// Command bench measures the program as its users meet it: the real binary,
// started as a child, asked over loopback. It writes docs/benchmarks.md.
//
//	bench -sheet FILE -sizes 2000,1000000 -out docs/benchmarks.md
//
// Every figure stands beside its peer or its limit from the same run.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

func main() {
	sheet := flag.String("sheet", "", "the coalition's combined sheet (CSV)")
	sizes := flag.String("sizes", "2000,1000000", "sizes of the invented registers")
	out := flag.String("out", "docs/benchmarks.md", "file to write")
	postgres := flag.String("postgres", os.Getenv("TEST_POSTGRES"), "PostgreSQL server to make databases on")
	keep := flag.String("keep", "", "directory that keeps the invented registers between runs")
	flag.Parse()
	if err := run(*sheet, *sizes, *out, *postgres, *keep); err != nil {
		log.Fatal(err)
	}
}

// bench is one run.
type bench struct {
	bin, dir, sheet, postgres string
	keep                      string
	md                        bytes.Buffer
}

func run(sheet, sizes, out, postgres, keep string) error {
	dir, err := os.MkdirTemp("", "keepiton-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if keep == "" {
		keep = dir
	}
	b := &bench{bin: filepath.Join(dir, "keepiton"), dir: dir, sheet: sheet, postgres: postgres, keep: keep}
	build := exec.Command("go", "build", "-o", b.bin, "./cmd/keepiton")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if msg, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, msg)
	}
	b.head()
	if err := b.start(); err != nil {
		return err
	}
	if err := b.growth(sizes); err != nil {
		return err
	}
	if err := b.throughput(); err != nil {
		return err
	}
	return os.WriteFile(out, b.md.Bytes(), 0o644)
}

func (b *bench) printf(format string, args ...any) { fmt.Fprintf(&b.md, format, args...) }

func (b *bench) head() {
	b.printf("# Benchmarks\n\nWritten by `make bench`; nothing here is typed by hand. %s, %d cores, %s. "+
		"Loopback, one machine for the server and for those who ask it, so read ratios and growth rather than absolute figures.\n",
		time.Now().UTC().Format("2 January 2006"), runtime.NumCPU(), runtime.Version())
}

// command runs the program and returns how long it took.
func (b *bench) command(args ...string) (time.Duration, error) {
	start := time.Now()
	msg, err := exec.Command(b.bin, args...).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%v: %w\n%s", args, err, msg)
	}
	return time.Since(start), nil
}

// start measures importing and starting, against the limits of the issue.
func (b *bench) start() error {
	b.printf("\n## Import and start\n\n| what | engine | measured (median of 3) | limit |\n| --- | --- | --- | --- |\n")
	for _, engine := range b.engines() {
		if b.sheet != "" {
			d, err := median3(func(i int) (time.Duration, error) {
				target, err := b.target(engine, fmt.Sprintf("import%d", i))
				if err != nil {
					return 0, err
				}
				return b.command(append([]string{"import", "stop", b.sheet}, target...)...)
			})
			if err != nil {
				return err
			}
			b.printf("| import of the 2,102-row sheet, whole process | %s | %.2f s | 3 s |\n", engine, d.Seconds())
		}
		first, err := median3(func(i int) (time.Duration, error) { return b.untilFirstPage(engine, fmt.Sprintf("first%d", i), true) })
		if err != nil {
			return err
		}
		b.printf("| first run: empty database to first page | %s | %.2f s | 5 s |\n", engine, first.Seconds())
		later, err := median3(func(i int) (time.Duration, error) { return b.untilFirstPage(engine, "first0", false) })
		if err != nil {
			return err
		}
		b.printf("| later start to first page | %s | %.2f s | 1 s |\n", engine, later.Seconds())
	}
	return nil
}

func (b *bench) engines() []string {
	if b.postgres == "" {
		return []string{"SQLite"}
	}
	return []string{"SQLite", "PostgreSQL"}
}

// target names a new, empty database.
func (b *bench) target(engine, name string) ([]string, error) {
	if engine == "SQLite" {
		dir := filepath.Join(b.dir, name)
		return []string{"--data", dir}, os.RemoveAll(dir)
	}
	return b.postgresTarget("keepiton_bench_"+strings.ToLower(name), true)
}

func (b *bench) untilFirstPage(engine, name string, fresh bool) (time.Duration, error) {
	var target []string
	var err error
	switch {
	case fresh:
		target, err = b.target(engine, name)
	case engine == "SQLite":
		target = []string{"--data", filepath.Join(b.dir, name)}
	default:
		target, err = b.postgresTarget("keepiton_bench_"+name, false)
	}
	if err != nil {
		return 0, err
	}
	start := time.Now()
	s, err := b.serve(append(target, "--curtain=lite")...)
	if err != nil {
		return 0, err
	}
	defer s.stop()
	if _, err := s.get("/"); err != nil {
		return 0, err
	}
	return time.Since(start), nil
}

func median3(fn func(i int) (time.Duration, error)) (time.Duration, error) {
	var list []time.Duration
	for i := range 3 {
		d, err := fn(i)
		if err != nil {
			return 0, err
		}
		list = append(list, d)
	}
	return percentile(list, 50), nil
}

// growth measures pages that are not in the cache at several sizes.
func (b *bench) growth(sizes string) error {
	b.printf("\n## Pages that are not in the cache\n\nEach page is asked for with many different filters, one after the other; times are those of a reader on the same machine, from the request to the last byte. " +
		"Every address is asked once and then again until a hundred answers are in; the first round, which may have to fetch from the disk what nobody asked for before, stands by itself. " +
		"Limit at a million incidents: p95 at most 100 ms, and at most five times that at two thousand.\n")
	for _, engine := range b.engines() {
		b.printf("\n### %s\n\n| incidents | page | p50 ms | p95 ms | against the smallest | p95 ms of the first round |\n| --- | --- | --- | --- | --- | --- |\n", engine)
		base := map[string]time.Duration{}
		var memory []string
		for _, text := range strings.Split(sizes, ",") {
			n, err := strconv.Atoi(strings.TrimSpace(text))
			if err != nil {
				return err
			}
			target, err := b.register(engine, n)
			if err != nil {
				return err
			}
			s, err := b.serve(append(target, "--cache-mb=-1", "--curtain=lite", "--empty")...)
			if err != nil {
				return err
			}
			for _, p := range pages() {
				t, err := s.measure(p)
				if err != nil {
					s.stop()
					return err
				}
				if base[p.name] == 0 {
					base[p.name] = t.p95
				}
				b.printf("| %d | %s | %.1f | %.1f | %.1f | %.1f |\n", n, p.name, ms(t.p50), ms(t.p95), float64(t.p95)/float64(base[p.name]), ms(t.first95))
			}
			memory = append(memory, fmt.Sprintf("%d MB at %d incidents", s.residentMB(), n))
			s.stop()
		}
		b.printf("\nMemory of the server after these requests (resident, highest): %s. Limit: 200 MB at a million.\n", strings.Join(memory, ", "))
	}
	return nil
}

// register makes an invented register, or takes a kept one.
func (b *bench) register(engine string, n int) ([]string, error) {
	name := fmt.Sprintf("keepiton_gen_%d", n)
	if engine == "SQLite" {
		dir := filepath.Join(b.keep, name)
		if _, err := os.Stat(filepath.Join(dir, "done")); err == nil {
			return []string{"--data", dir}, nil
		}
		if _, err := b.command("generate", "--data", dir, "--incidents", strconv.Itoa(n)); err != nil {
			return nil, err
		}
		return []string{"--data", dir}, os.WriteFile(filepath.Join(dir, "done"), nil, 0o644)
	}
	target, err := b.postgresTarget(name, false)
	if err != nil {
		return nil, err
	}
	if b.filled(name) {
		return target, nil
	}
	if target, err = b.postgresTarget(name, true); err != nil {
		return nil, err
	}
	_, err = b.command(append([]string{"generate", "--incidents", strconv.Itoa(n)}, target...)...)
	return target, err
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

var background = context.Background()
