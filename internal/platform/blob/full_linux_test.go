package blob

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
)

// childFull names the store TestFullChild fills beyond its limit.
const childFull = "BLOB_TEST_FULL"

// TestFullChild is the other process of TestFull, which may write files of
// 1 MiB and no more.
func TestFullChild(t *testing.T) {
	dir := os.Getenv(childFull)
	if dir == "" {
		t.Skip("only as a child of TestFull")
	}
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 20, Max: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	s, err := New(dir)
	if err != nil {
		t.Fatal(err)
	}
	kept := mustPut(t, s, "small")
	mustBeFull(t, s)
	if err := s.Verify(t.Context(), kept.Digest); err != nil {
		t.Error(err)
	}
}

func mustBeFull(t *testing.T, s *Store) {
	t.Helper()
	_, err := s.Put(t.Context(), io.LimitReader(zeros{}, 4<<20), 1<<30)
	if !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "Make room there and try again") || !strings.Contains(err.Error(), s.dir) {
		t.Errorf("a full disk is said like this: %v", err)
	}
	if left, _ := os.ReadDir(s.tmp()); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A limit on the size of files is told in plain words, and nothing is lost.
func TestFull(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestFullChild$", "-test.v")
	cmd.Env = append(os.Environ(), childFull+"="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestFullChild") {
		t.Errorf("%v\n%s", err, out)
	}
}

// So is a disk that is full, where we may make a small one.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("no small disk can be made here:", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	s, err := New(dir)
	if err != nil {
		t.Fatal(err)
	}
	s.Reserve = 0 // to the last byte
	mustPut(t, s, "small")
	mustBeFull(t, s)
}
