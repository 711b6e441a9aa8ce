package bundle

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
)

func TestCatalogueIsComplete(t *testing.T) {
	c, err := i18n.Load(page.Texts(), publish.Texts(), Texts())
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range i18n.Check(c) {
		t.Error(problem)
	}
}

var at = time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)

// kept are n bytes that are made as they are read, and known by their digest.
func kept(path string, n int64) File {
	open := func() (io.ReadCloser, error) { return io.NopCloser(io.LimitReader(&noise{}, n)), nil }
	sum := sha256.New()
	r, _ := open()
	io.Copy(sum, r)
	return File{Path: path, Digest: hex.EncodeToString(sum.Sum(nil)), Size: n, Open: open, Broken: func(err error) error { return fmt.Errorf("item %s: %w", path, err) }}
}

type noise struct{ n byte }

func (x *noise) Read(p []byte) (int, error) {
	for i := range p {
		x.n = x.n*5 + 113
		p[i] = x.n
	}
	return len(p), nil
}

// TestSealed: the order in which files are handed in does not matter, every file
// is listed, and the pack says what its list says.
func TestSealed(t *testing.T) {
	files := []File{Text("b/two.txt", []byte("two")), Text("README.html", []byte("one")), kept("a/three.bin", 300_000)}
	var packs [2]bytes.Buffer
	for i := range packs {
		files[0], files[i] = files[i], files[0]
		sealed, sums, err := Seal(Manifest{Incident: "2026-0001"}, files)
		if err != nil {
			t.Fatal(err)
		}
		if err := Write(t.Context(), &packs[i], at, sealed); err != nil {
			t.Fatal(err)
		}
		if last := sealed[len(sealed)-1]; last.Path != SumsName || last.Digest != sums || strings.Count(string(last.Content), "\n") != len(files)+1 {
			t.Errorf("the list is %s", last.Content)
		}
	}
	if !bytes.Equal(packs[0].Bytes(), packs[1].Bytes()) {
		t.Error("two packs of the same files differ")
	}
	r, err := zip.NewReader(bytes.NewReader(packs[0].Bytes()), int64(packs[0].Len()))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		if !f.Modified.Equal(at) || f.Method != zip.Store {
			t.Errorf("%s: %s, method %d", f.Name, f.Modified, f.Method)
		}
	}
	if _, _, err := Seal(Manifest{}, []File{files[0], files[0]}); err == nil {
		t.Error("two files of one name")
	}
}

// TestBytesThatAreNot: bytes that are shorter, longer or others than recorded,
// or that cannot be read, break the pack off, by the words of whose they are.
func TestBytesThatAreNot(t *testing.T) {
	for name, change := range map[string]func(*File){
		"shorter": func(f *File) { f.Size++ },
		"others":  func(f *File) { f.Digest = strings.Repeat("0", 64) },
		"none":    func(f *File) { f.Open = func() (io.ReadCloser, error) { return nil, f.Broken(os.ErrNotExist) } },
	} {
		f := kept("a", 1000)
		change(&f)
		if err := Write(t.Context(), io.Discard, at, []File{f}); err == nil || !strings.Contains(err.Error(), "item a") {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := Write(ctx, io.Discard, at, []File{kept("a", 1000)}); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

// heap is how much memory for objects is in use.
func heap() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// watch gives the highest figure of the heap until the returned function is
// called.
func watch() (highest func() uint64) {
	stop, said := make(chan struct{}), make(chan uint64)
	go func() {
		most := heap()
		for {
			select {
			case <-stop:
				said <- max(most, heap())
				return
			case <-time.After(time.Millisecond):
				most = max(most, heap())
			}
		}
	}()
	return func() uint64 { close(stop); return <-said }
}

// TestConstantMemory: sixteen times the evidence takes no more memory.
func TestConstantMemory(t *testing.T) {
	peak := func(n int64) uint64 {
		files := []File{kept("evidence", n)}
		highest := watch()
		if err := Write(t.Context(), io.Discard, at, files); err != nil {
			t.Fatal(err)
		}
		return highest()
	}
	few, many := peak(4<<20), peak(64<<20)
	if many > few+4<<20 {
		t.Errorf("%d bytes of memory for 4 MB of evidence, %d for 64 MB", few, many)
	}
}

// BenchmarkGigabyte writes a pack of 1 GB of evidence in eight files, and copies
// the same files by io.Copy and packs them by zip -0.
func BenchmarkGigabyte(b *testing.B) {
	const parts, size = 8, 128 << 20
	dir := b.TempDir()
	var files []File
	for i := range parts {
		path := filepath.Join(dir, fmt.Sprint("part-", i))
		f, err := os.Create(path)
		if err != nil {
			b.Fatal(err)
		}
		sum := sha256.New()
		if _, err := io.Copy(io.MultiWriter(f, sum), io.LimitReader(&noise{n: byte(i)}, size)); err != nil {
			b.Fatal(err)
		}
		f.Close()
		files = append(files, File{Path: fmt.Sprint("evidence/part-", i), Digest: hex.EncodeToString(sum.Sum(nil)), Size: size, Broken: func(err error) error { return err },
			Open: func() (io.ReadCloser, error) { return os.Open(path) }})
	}
	into := func(b *testing.B, write func(out *os.File) error) {
		b.SetBytes(parts * size)
		highest := watch()
		for b.Loop() {
			out, err := os.Create(filepath.Join(dir, "out"))
			if err != nil {
				b.Fatal(err)
			}
			if err := write(out); err != nil {
				b.Fatal(err)
			}
			if err := out.Close(); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(highest())/(1<<20), "peak-heap-MB")
	}
	b.Run("pack", func(b *testing.B) {
		into(b, func(out *os.File) error {
			sealed, _, err := Seal(Manifest{}, files)
			if err != nil {
				return err
			}
			return Write(b.Context(), io.MultiWriter(out, sha256.New()), at, sealed)
		})
	})
	b.Run("copy", func(b *testing.B) {
		into(b, func(out *os.File) error {
			for _, f := range files {
				r, err := f.Open()
				if err != nil {
					return err
				}
				if _, err := io.Copy(out, r); err != nil {
					return err
				}
				r.Close()
			}
			return nil
		})
	})
	b.Run("copy-and-hash-twice", func(b *testing.B) { // what nobody can save who checks bytes and pack
		into(b, func(out *os.File) error {
			all := sha256.New()
			for _, f := range files {
				r, err := f.Open()
				if err != nil {
					return err
				}
				if _, err := io.Copy(io.MultiWriter(out, all, sha256.New()), r); err != nil {
					return err
				}
				r.Close()
			}
			return nil
		})
	})
	b.Run("zip-0", func(b *testing.B) {
		if _, err := exec.LookPath("zip"); err != nil {
			b.Skip("zip is not installed")
		}
		b.SetBytes(parts * size)
		for b.Loop() {
			os.Remove(filepath.Join(dir, "z.zip"))
			if out, err := exec.Command("sh", "-c", "cd "+dir+" && zip -0 -q z.zip part-*").CombinedOutput(); err != nil {
				b.Fatal(err, string(out))
			}
		}
	})
}
