package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keepiton/internal/evidence"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/blob"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/verify"
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
		if _, err := env.checkEvidence(d); err == nil || !strings.Contains(err.Error(), "1 damage found") || !strings.Contains(err.Error(), "bytes of E-20") {
			t.Errorf("a file that is gone: %v", err)
		}
	})
}

// anyCase is a dossier everybody may see.
type anyCase struct{}

func (anyCase) Case(context.Context, desk.Actor, string) (evidence.Case, error) {
	return evidence.Case{ID: 1, Ref: "L-2026-0001", Country: "KE"}, nil
}

// TestBackupHoldsEvidence: the bytes of evidence go out with a backup and come
// back with it; a backup in which some are damaged restores nothing.
func TestBackupHoldsEvidence(t *testing.T) {
	for engine, place := range map[string]func(t *testing.T) []string{
		"sqlite": func(t *testing.T) []string { return []string{"--data=" + t.TempDir() + "/new"} },
		"postgres": func(t *testing.T) []string {
			return []string{"--data=" + t.TempDir() + "/new", "--database=" + dbtest.PostgresURL(t)}
		},
	} {
		t.Run(engine, func(t *testing.T) {
			source, target, work := place(t), place(t), t.TempDir()
			does := func(flags []string, args ...string) (stdout, stderr string, code int) {
				return run(append(append([]string{}, flags...), args...)...)
			}
			if _, stderr, code := does(source, "generate", "--incidents=3"); code != exitOK {
				t.Fatal(stderr)
			}
			dir, there := strings.TrimPrefix(source[0], "--data="), strings.TrimPrefix(target[0], "--data=")
			content := bytes.Repeat([]byte("a film of a queue "), 5000)
			kept := fileEvidence(t, source, content)
			if stdout, stderr, code := does(source, "backup", work+"/good.tar.gz"); code != exitOK || !strings.Contains(stdout, "1 file of evidence") {
				t.Fatal(stdout, stderr)
			}
			if err := os.WriteFile(filepath.Join(dir, kept), make([]byte, len(content)), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, stderr, code := does(source, "backup", work+"/bad.tar.gz"); code != exitOK {
				t.Fatal(stderr)
			}
			if _, stderr, code := does(target, "restore", work+"/bad.tar.gz"); code != exitFault || !strings.Contains(stderr, "is damaged; nothing was restored") {
				t.Errorf("exit %d: %s", code, stderr)
			}
			if _, err := os.Stat(filepath.Join(there, blobDir)); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a restore that failed left files behind: %v", err)
			}
			if stdout, stderr, code := does(target, "restore", work+"/good.tar.gz"); code != exitOK || !strings.Contains(stdout, "hashes of both sides are equal") {
				t.Fatal(stdout, stderr)
			}
			if got, err := os.ReadFile(filepath.Join(there, kept)); err != nil || !bytes.Equal(got, content) {
				t.Errorf("%d bytes came back: %v", len(got), err)
			}
			if stdout, _, code := does(target, "doctor"); code != exitOK || !strings.Contains(stdout, "1 item, 1 file") {
				t.Errorf("exit %d: %s", code, stdout)
			}
			if err := os.Remove(filepath.Join(dir, kept)); err != nil {
				t.Fatal(err)
			}
			if _, stderr, code := does(source, "backup", work+"/less.tar.gz"); code != exitFault || !strings.Contains(stderr, "the backup holds all else") {
				t.Errorf("exit %d: %s", code, stderr)
			}
		})
	}
}

// fileEvidence files a file in a deployment and gives its path in the data
// directory.
func fileEvidence(t *testing.T, flags []string, content []byte) string {
	t.Helper()
	dir := strings.TrimPrefix(flags[0], "--data=")
	at := dir
	if len(flags) > 1 {
		at = strings.TrimPrefix(flags[1], "--database=")
	}
	d, err := db.Open(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	blobs, err := blob.New(filepath.Join(dir, blobDir))
	if err != nil {
		t.Fatal(err)
	}
	worker := desk.Actor{Ref: "amina", Holds: []desk.Hold{{Organisation: 1, Role: desk.Contributor, Everywhere: true}}}
	_, err = evidence.New(d, evidence.Options{Cases: anyCase{}, Blobs: blobs}).AddFile(t.Context(), worker, "L-2026-0001",
		evidence.Filing{Draft: evidence.Draft{Kind: evidence.File, Class: evidence.ClassMedia, Title: "A film"}}, "a.mp4", bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	name := blob.DigestOf(content).String()
	return filepath.Join(blobDir, name[:2], name[2:4], name)
}

// TestOnePostFiledTwice is reported and no more, whatever one person says of it;
// another source that somebody named makes it corroborated, and naming none again
// takes that away.
func TestOnePostFiledTwice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		author := x.crew().author
		ctx, a := t.Context(), author.actor()
		ref := strings.TrimPrefix(author.file(), "/desk/leads/")
		add := func(class evidence.Class, address string) evidence.Item {
			t.Helper()
			it, err := x.work.items.Add(ctx, a, ref, evidence.Filing{Draft: evidence.Draft{Kind: evidence.Link, Class: class, Title: "A post", URL: address, Audience: evidence.Open}})
			if err == nil {
				err = x.work.cases.Attach(ctx, a, ref, verify.When, verify.Saying{Item: it.ID, Now: verify.For})
			}
			if err != nil {
				t.Fatal(err)
			}
			return it
		}
		say := func(it evidence.Item, p evidence.Provenance) {
			t.Helper()
			now, err := x.work.items.Item(ctx, a, it.Ref)
			if err == nil {
				_, err = x.work.items.SayOrigin(ctx, a, it.Ref, now.Version, p)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		floor := func(when, want string) {
			t.Helper()
			if c, err := x.work.cases.CaseOf(ctx, a, ref); err != nil || c.Floor != want {
				t.Errorf("%s it is %q, want %q: %v", when, c.Floor, want, err)
			}
		}
		post := add("M", "https://x.com/somebody/status/1")
		add("N", "https://twitter.com/somebody/status/1?s=20")
		floor("filed twice", verify.Reported)
		say(post, evidence.Provenance{Own: true})
		floor("with a source of its own", verify.Reported)
		order := add("O", "https://ministry.example.org/order")
		floor("beside what nobody named the source of", verify.Reported)
		say(order, evidence.Provenance{Own: true})
		floor("beside another source", verify.Corroborated)
		say(order, evidence.Provenance{})
		floor("after that was taken back", verify.Reported)
	})
}
