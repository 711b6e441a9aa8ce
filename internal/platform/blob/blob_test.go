package blob

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	mrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"keepiton/internal/platform/lock"
)

func newStore(t testing.TB) *Store {
	t.Helper()
	s, err := New(filepath.Join(t.TempDir(), "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustPut(t testing.TB, s *Store, content string) Kept {
	t.Helper()
	k, err := s.Put(t.Context(), strings.NewReader(content), 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// files lists what lies in the store, with what is not meant to be there.
func files(t testing.TB, s *Store) []string {
	t.Helper()
	var out []string
	if err := filepath.WalkDir(s.dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			out = append(out, path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPutAndOpen(t *testing.T) {
	s := newStore(t)
	for _, content := range []string{"", "x", strings.Repeat("abc", 1<<20)} {
		k, err := s.Put(t.Context(), iotest.HalfReader(strings.NewReader(content)), int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		if k.Digest != DigestOf([]byte(content)) || k.Size != int64(len(content)) {
			t.Errorf("%+v", k)
		}
		f, err := s.Open(k.Digest, k.Size)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		f.Close()
		if err != nil || string(got) != content {
			t.Errorf("%d bytes came out, %d went in: %v", len(got), len(content), err)
		}
		if err := s.Verify(t.Context(), k.Digest); err != nil {
			t.Error(err)
		}
	}
	if err := filepath.WalkDir(s.dir, func(path string, e fs.DirEntry, err error) error {
		st, serr := e.Info()
		if err != nil || serr != nil {
			return errors.Join(err, serr)
		}
		if want := map[bool]fs.FileMode{true: 0o700, false: 0o600}[e.IsDir()]; st.Mode().Perm() != want {
			t.Errorf("%s has mode %v", path, st.Mode())
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(s.tmp()); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// What is there already is not written again, and counts as put there now.
func TestOnce(t *testing.T) {
	s := newStore(t)
	k := mustPut(t, s, "twice")
	old := time.Now().Add(-time.Hour).Truncate(time.Second)
	if err := os.Chtimes(s.path(k.Digest), old, old); err != nil {
		t.Fatal(err)
	}
	before, _ := os.Stat(s.path(k.Digest))
	again := mustPut(t, s, "twice")
	after, _ := os.Stat(s.path(k.Digest))
	if !os.SameFile(before, after) || !again.At.After(old) || !after.ModTime().After(old) || len(files(t, s)) != 1 {
		t.Errorf("written again: %+v %v", again, files(t, s))
	}
}

// Only what is old is taken away, and what was put again just now is not.
func TestDeleteOld(t *testing.T) {
	s := newStore(t)
	k := mustPut(t, s, "twice")
	old := time.Now().Add(-time.Hour)
	if gone, err := s.DeleteOld(k.Digest, old); err != nil || gone || s.Verify(t.Context(), k.Digest) != nil {
		t.Errorf("what is new is gone: %v %v", gone, err)
	}
	if err := os.Chtimes(s.path(k.Digest), old, old); err != nil {
		t.Fatal(err)
	}
	mustPut(t, s, "twice")
	if gone, err := s.DeleteOld(k.Digest, old.Add(time.Minute)); err != nil || gone {
		t.Errorf("what was put again is gone: %v %v", gone, err)
	}
	if err := os.Chtimes(s.path(k.Digest), old, old); err != nil {
		t.Fatal(err)
	}
	for range 2 { // gone, and gone already
		if gone, err := s.DeleteOld(k.Digest, old.Add(time.Minute)); err != nil || !gone || !errors.Is(s.Verify(t.Context(), k.Digest), ErrMissing) {
			t.Errorf("what is old stays: %v %v", gone, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	s := newStore(t)
	k := mustPut(t, s, "content")
	gone, broken := DigestOf([]byte("nobody")), errors.New("the line broke")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	put := func(ctx context.Context, r io.Reader, limit int64) error { _, err := s.Put(ctx, r, limit); return err }
	open := func(d Digest, size int64) error { _, err := s.Open(d, size); return err }
	for what, c := range map[string]struct{ err, want error }{
		"too large":           {put(t.Context(), strings.NewReader("12345"), 4), ErrTooLarge},
		"endless":             {put(t.Context(), rand.Reader, 1<<20), ErrTooLarge},
		"a reader that fails": {put(t.Context(), io.MultiReader(strings.NewReader("123"), iotest.ErrReader(broken)), 99), broken},
		"cancelled":           {put(ended, strings.NewReader("123"), 99), context.Canceled},
		"missing":             {open(gone, 1), ErrMissing},
		"missing, verified":   {s.Verify(t.Context(), gone), ErrMissing},
		"another length":      {open(k.Digest, 8), ErrDamaged},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v", what, c.err)
		}
	}
	if list := files(t, s); len(list) != 1 {
		t.Errorf("what was refused is there: %v", list)
	}
	for _, text := range []string{"", "ab", strings.Repeat("A", 64), strings.Repeat("g", 64), "../" + strings.Repeat("a", 61)} {
		if _, err := ParseDigest(text); err == nil {
			t.Errorf("%q is taken for a digest", text)
		}
	}
}

// Damage is found; what is too short is healed by the next who puts it.
func TestDamage(t *testing.T) {
	s := newStore(t)
	k := mustPut(t, s, "content")
	if err := os.WriteFile(s.path(k.Digest), []byte("contenT"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(t.Context(), k.Digest); !errors.Is(err, ErrDamaged) {
		t.Errorf("a changed letter: %v", err)
	}
	if err := os.Truncate(s.path(k.Digest), 3); err != nil {
		t.Fatal(err)
	}
	mustPut(t, s, "content")
	if err := s.Verify(t.Context(), k.Digest); err != nil {
		t.Error(err)
	}
}

func TestEachAndDelete(t *testing.T) {
	s := newStore(t)
	want := map[Digest]int64{}
	for i := range 20 {
		k := mustPut(t, s, fmt.Sprint("file ", i))
		want[k.Digest] = k.Size
	}
	os.WriteFile(filepath.Join(s.dir, "README"), []byte("not ours"), 0o600)
	seen := map[Digest]int64{}
	each := func() {
		t.Helper()
		clear(seen)
		if err := s.Each(func(k Kept) error { seen[k.Digest] = k.Size; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	each()
	if len(seen) != 20 || fmt.Sprint(seen) != fmt.Sprint(want) {
		t.Errorf("%v", seen)
	}
	for d := range want {
		for range 2 {
			if err := s.Delete(d); err != nil {
				t.Error(err)
			}
		}
	}
	if err := s.Delete(DigestOf(nil)); err != nil {
		t.Error(err)
	}
	if each(); len(seen) != 0 {
		t.Errorf("left: %v", seen)
	}
}

// A sweep takes what nobody writes any more, and nothing else.
func TestSweep(t *testing.T) {
	s := newStore(t)
	left := filepath.Join(s.tmp(), "left")
	if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	slow, w := io.Pipe()
	done := make(chan error)
	go func() { _, err := s.Put(t.Context(), slow, 99); done <- err }()
	w.Write([]byte("first half, ")) // it is being written now
	if _, err := New(s.dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("not swept: %v", err)
	}
	w.Write([]byte("second half"))
	w.Close()
	if err := <-done; err != nil {
		t.Errorf("a file was swept away under its writer: %v", err)
	}
	if f, err := s.spool(); err != nil {
		t.Fatal(err)
	} else if g, err := os.Open(f.Name()); err != nil {
		t.Fatal(err)
	} else if got, err := lock.Try(g); got || err != nil {
		t.Errorf("a temporary file is not locked: %v", err)
	}
}

// childDir names the store TestChild fills.
const childDir = "BLOB_TEST_DIR"

// TestChild is the other process of TestKill: it puts one file after another
// and says each digest that was acknowledged.
func TestChild(t *testing.T) {
	dir := os.Getenv(childDir)
	if dir == "" {
		t.Skip("only as a child of TestKill")
	}
	s, err := New(dir)
	if err != nil {
		t.Fatal(err)
	}
	for {
		k, err := s.Put(t.Context(), io.LimitReader(rand.Reader, 1+mrand.Int64N(3<<20)), 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("put %s\n", k.Digest)
	}
}

// kill -9 at any moment: what was acknowledged is there, nothing is there by
// half, and what was being written is swept.
func TestKill(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "blobs")
	leftovers := 0
	for range 12 {
		acknowledged := killed(t, dir)
		half, err := os.ReadDir(filepath.Join(dir, "tmp"))
		if err != nil {
			t.Fatal(err)
		}
		leftovers += len(half)
		s, err := New(dir)
		if err != nil {
			t.Fatal(err)
		}
		kept := map[Digest]bool{}
		if err := s.Each(func(k Kept) error { kept[k.Digest] = true; return s.Verify(t.Context(), k.Digest) }); err != nil {
			t.Fatal(err)
		}
		for _, d := range acknowledged {
			if !kept[d] {
				t.Errorf("%s was acknowledged and is gone", d)
			}
		}
		if list := files(t, s); len(list) != len(kept) {
			t.Errorf("%d files, %d of them kept under their digest", len(list), len(kept))
		}
	}
	if leftovers == 0 {
		t.Error("no kill came in the middle of a file: the test shows nothing")
	}
}

func killed(t *testing.T, dir string) (acknowledged []Digest) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), "put "); ok {
			d, err := ParseDigest(text)
			if err != nil {
				t.Fatal(err)
			}
			if acknowledged = append(acknowledged, d); len(acknowledged) == 2 {
				time.AfterFunc(mrand.N(40*time.Millisecond), func() { cmd.Process.Kill() })
			}
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != -1 {
		t.Fatalf("the child ended by itself: %v", err)
	}
	return acknowledged
}

// Memory stays the same, however large the file.
func TestConstantMemory(t *testing.T) {
	s := newStore(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := s.Put(t.Context(), io.LimitReader(zeros{}, 64<<20), 1<<30); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 2<<20 {
		t.Errorf("%d bytes were allocated for a file of 64 MB", used)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// again gives a block over and over.
type again struct {
	block []byte
	at    int
}

func (a *again) Read(p []byte) (int, error) {
	n := copy(p, a.block[a.at:])
	a.at = (a.at + n) % len(a.block)
	return n, nil
}

// BenchmarkPut keeps 1 GB, beside what only hashes it and what only copies it into
// a file and makes that last.
func BenchmarkPut(b *testing.B) {
	const size = 1 << 30
	block := make([]byte, 1<<20)
	rand.Read(block)
	source := func(i int) io.Reader { // other bytes each time, so that nothing is there already
		block[0], block[1] = byte(i), byte(i>>8)
		return io.LimitReader(&again{block: block}, size)
	}
	b.Run("store", func(b *testing.B) {
		s := newStore(b)
		b.SetBytes(size)
		b.ReportAllocs()
		for i := range b.N {
			k, err := s.Put(b.Context(), source(i), size)
			if err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			s.Delete(k.Digest)
			b.StartTimer()
		}
	})
	b.Run("hash", func(b *testing.B) {
		b.SetBytes(size)
		for i := range b.N {
			if _, err := io.CopyBuffer(struct{ io.Writer }{sha256.New()}, struct{ io.Reader }{source(i)}, make([]byte, 256<<10)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("copy", func(b *testing.B) {
		path := filepath.Join(b.TempDir(), "copy")
		b.SetBytes(size)
		b.ReportAllocs()
		for i := range b.N {
			f, err := os.Create(path)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.CopyBuffer(struct{ io.Writer }{f}, struct{ io.Reader }{source(i)}, make([]byte, 256<<10)); err != nil {
				b.Fatal(err)
			}
			if err := errors.Join(f.Sync(), f.Close()); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			os.Remove(path)
			b.StartTimer()
		}
	})
}

// What must not fail for want of room has some left.
func TestReserve(t *testing.T) {
	s, err := New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(context.Background(), strings.NewReader("kept"), 10); err != nil {
		t.Fatal(err)
	}
	s.Reserve = 1 << 60
	if _, err := s.Put(context.Background(), strings.NewReader("one too many"), 20); !errors.Is(err, ErrFull) {
		t.Errorf("%v", err)
	}
	if left, _ := os.ReadDir(filepath.Join(s.dir, "tmp")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
