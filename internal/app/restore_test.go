package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestRestoreIsWholeOrNothing restores backups that were cut off, changed or
// belong to something else: nothing is left behind, and what was there stays.
func TestRestoreIsWholeOrNothing(t *testing.T) {
	for engine, place := range map[string]func(t *testing.T) string{
		"sqlite":           func(t *testing.T) string { return "--data=" + filepath.Join(t.TempDir(), "new") },
		"sqlite, migrated": func(t *testing.T) string { flag := "--data=" + t.TempDir(); mustRun(t, flag, "migrate"); return flag },
		"postgres":         func(t *testing.T) string { return "--database=" + dbtest.PostgresURL(t) },
	} {
		t.Run(engine, func(t *testing.T) {
			work := t.TempDir()
			source := "--data=" + filepath.Join(work, "source")
			mustRun(t, source, "generate", "--incidents=20")
			mustRun(t, source, "release", "cut", "frozen", "--as-of=2026-01-01")
			good := filepath.Join(work, "good.tar.gz")
			mustRun(t, source, "backup", good)
			want, _ := mustRun(t, source, "release", "list")
			whole, err := os.ReadFile(good)
			if err != nil {
				t.Fatal(err)
			}
			flag := place(t)
			before := filesIn(t, flag)
			for name, bad := range map[string][]byte{
				"empty":         {},
				"a beginning":   whole[:200],
				"half":          whole[:len(whole)/2],
				"almost whole":  whole[:len(whole)-9],
				"a changed bit": flipped(whole, len(whole)/2),
				"a changed sum": flipped(whole, len(whole)-6),
				"another file":  []byte("ref,country\n2021-0001,IR\n"),
			} {
				path := filepath.Join(work, "bad.tar.gz")
				if err := os.WriteFile(path, bad, 0o600); err != nil {
					t.Fatal(err)
				}
				stdout, stderr, code := run(flag, "restore", path)
				if code != exitFault || stdout != "" || !strings.Contains(stderr, "nothing was restored") {
					t.Errorf("%s: exit %d, %s%s", name, code, stdout, stderr)
				}
				if after := filesIn(t, flag); after != before {
					t.Errorf("%s left behind: %s", name, after)
				}
			}
			if stdout, _ := mustRun(t, flag, "restore", good); !strings.Contains(stdout, "the hashes of both sides are equal") {
				t.Error(stdout)
			}
			if after := filesIn(t, flag); strings.HasPrefix(flag, "--data=") && after != db.FileName {
				t.Errorf("a restore leaves %s", after)
			}
			if got, _ := mustRun(t, flag, "release", "list"); got != want {
				t.Errorf("restored:\n%swant:\n%s", got, want)
			}
			mustRun(t, flag, "doctor")
			if _, stderr, code := run(flag, "restore", good); code != exitFault || !strings.Contains(stderr, "already holds a record") {
				t.Errorf("over a record: exit %d, %s", code, stderr)
			}
			if got, _ := mustRun(t, flag, "release", "list"); got != want {
				t.Error("a refused restore changed the record")
			}
		})
	}
}

// filesIn lists what lies in the directory of a --data flag, without the
// leftovers of open connections; "gone" when it is not there.
func filesIn(t *testing.T, flag string) string {
	t.Helper()
	dir, ok := strings.CutPrefix(flag, "--data=")
	if !ok {
		return ""
	}
	list, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		return "gone"
	}
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range list {
		names = append(names, f.Name())
	}
	return strings.Join(names, " ")
}

// flipped is a copy with one bit changed.
func flipped(b []byte, at int) []byte {
	out := bytes.Clone(b)
	out[at] ^= 0x10
	return out
}
