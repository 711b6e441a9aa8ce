package app

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/shared"
)

// rawWords are what a database says to its programmer. No person may read them.
var rawWords = []string{"SQL logic", "already exists", "SQLSTATE", "database is locked", "partial migration", "goose", "panic", "goroutine"}

func hasRawWords(t *testing.T, out string) {
	t.Helper()
	for _, raw := range rawWords {
		if strings.Contains(out, raw) {
			t.Errorf("the words of the database: %q in\n%s", raw, out)
		}
	}
}

// TestTwoBeginAtOnce starts several real processes on a database that is not
// there yet. All must do their work, and the register must be whole once.
func TestTwoBeginAtOnce(t *testing.T) {
	bin := build(t)
	path := shared.Path(t, "data", "stop", "accessnow_stop_sheet_2022.csv")
	targets := map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "--data=" + filepath.Join(t.TempDir(), "new") },
		"postgres": func(t *testing.T) string { return "--database=" + dbtest.PostgresURL(t) },
	}
	for engine, target := range targets {
		t.Run(engine+"/import", func(t *testing.T) {
			at := target(t)
			var all sync.WaitGroup
			for range 3 {
				all.Go(func() {
					out, err := exec.Command(bin, "import", "stop", at, path).CombinedOutput()
					if err != nil {
						t.Errorf("%v: %s", err, out)
					}
					hasRawWords(t, string(out))
				})
			}
			all.Wait()
			if out, _ := exec.Command(bin, "count", "--year=2022", at).CombinedOutput(); !strings.Contains(string(out), "at least 187 shutdowns in 35 countries") {
				t.Errorf("after three imports: %s", out)
			}
			if out, err := exec.Command(bin, "doctor", at).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
		t.Run(engine+"/serve", func(t *testing.T) {
			at := target(t)
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			loaded := 0
			var mu sync.Mutex
			var all sync.WaitGroup
			for range 2 {
				all.Go(func() {
					out, err := untilServing(ctx, bin, at)
					mu.Lock()
					defer mu.Unlock()
					if err != nil {
						t.Errorf("%v: %s", err, out)
					}
					hasRawWords(t, out)
					loaded += strings.Count(out, "the starter register is loaded")
				})
			}
			all.Wait()
			if loaded != 1 {
				t.Errorf("the starter register was loaded %d times", loaded)
			}
			if out, _ := exec.Command(bin, "count", "--year=2025", at).CombinedOutput(); !strings.Contains(string(out), "at least 313 shutdowns in 52 countries") {
				t.Errorf("after two servers: %s", out)
			}
		})
	}
}

// untilServing runs a server until it says where it is, and gives all it said.
func untilServing(ctx context.Context, bin, at string) (string, error) {
	cmd := exec.CommandContext(ctx, bin, "serve", "--listen=127.0.0.1:0", at)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	line := make([]byte, 200)
	n, _ := out.Read(line) // nothing, when it ends before
	_ = cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		return errs.String(), err
	}
	if n == 0 {
		return errs.String(), fmt.Errorf("it never served")
	}
	return errs.String(), nil
}

// TestNoRoomToBegin begins a register where no file may grow beyond a limit, as
// on a disk that is full: the message names the directory and what to do, and
// once there is room the same command works.
func TestNoRoomToBegin(t *testing.T) {
	bin := build(t)
	path := shared.Path(t, "data", "stop", "accessnow_stop_sheet_2022.csv")
	for _, blocks := range []string{"0", "8", "16", "100", "400", "1500"} {
		t.Run(blocks, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "new")
			out, err := exec.Command("sh", "-c", `ulimit -f "$1" && shift && exec "$@"`, "sh", blocks, bin, "import", "stop", "--data="+dir, path).CombinedOutput()
			if err == nil {
				t.Fatalf("it worked with files of %s blocks: the test proves nothing", blocks)
			}
			if text := string(out); !strings.Contains(text, "nothing more can be written in "+dir) || !strings.Contains(text, "Make room there") {
				t.Errorf("the message helps nobody: %s", text)
			}
			hasRawWords(t, string(out))
			if out, err := exec.Command(bin, "import", "stop", "--data="+dir, path).CombinedOutput(); err != nil {
				t.Errorf("with room again: %v: %s", err, out)
			}
		})
	}
}
