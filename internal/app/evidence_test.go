package app

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keepiton/internal/evidence"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestDoctorReadsEvidence: a file of evidence that is gone is told by doctor, and
// that all is well when it is.
func TestDoctorReadsEvidence(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		worker := x.crew().author
		env := &Env{Ctx: context.Background(), Stdout: io.Discard, Stderr: io.Discard, CLI: &CLI{Data: x.dir}, Log: slog.New(slog.DiscardHandler)}
		if said, err := env.checkEvidence(d); err != nil || said != "0 items, 0 files" {
			t.Fatal(said, err)
		}
		lead := strings.TrimPrefix(worker.file(), "/desk/leads/")
		if _, err := x.work.items.AddFile(t.Context(), worker.actor(), lead, evidence.Filing{Draft: evidence.Draft{Kind: evidence.File, Class: evidence.ClassMedia, Title: "A picture"}}, "a.txt", bytes.NewReader([]byte("text"))); err != nil {
			t.Fatal(err)
		}
		if said, err := env.checkEvidence(d); err != nil || said != "1 item, 1 file" {
			t.Fatal(said, err)
		}
		if err := os.RemoveAll(filepath.Join(x.dir, blobDir)); err != nil {
			t.Fatal(err)
		}
		if _, err := env.checkEvidence(d); err == nil || !strings.Contains(err.Error(), "1 damage found") {
			t.Errorf("a file that is gone: %v", err)
		}
	})
}
