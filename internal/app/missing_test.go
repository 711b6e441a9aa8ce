package app

import (
	"bytes"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestMissingFilesKeepNobodyOut: a certificate, a witness's key or a password that cannot
// be read does not stop the site from being served: the log says so, and so does doctor.
func TestMissingFilesKeepNobodyOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var log bytes.Buffer
		dir := t.TempDir()
		gone := filepath.Join(dir, "gone")
		env := &Env{Ctx: t.Context(), Stdout: io.Discard, Stderr: io.Discard, CLI: &CLI{Data: dir}, Log: slog.New(slog.NewTextHandler(&log, nil))}
		if _, err := env.checkServer(); err != nil {
			t.Errorf("nothing is set up: %v", err)
		}
		c := &env.CLI.Serve
		c.Stamp, c.Witness = []string{"http://authority.example/," + gone}, []string{"no key"}
		c.SMTP, c.SMTPFrom, c.SMTPUser, c.SMTPPasswordFile = "mail.example:465", "desk@mail.example", "desk", gone
		if book, err := c.ledger(t.Context(), env, d); err != nil || book == nil {
			t.Fatalf("the site is not served: %v", err)
		}
		for _, words := range []string{"not time-stamped", "a witness is not known"} {
			if !strings.Contains(log.String(), words) {
				t.Errorf("the log does not say %q:\n%s", words, log.String())
			}
		}
		_, err := env.checkServer()
		for _, words := range []string{"--timestamp", "--witness", "password of the mail server"} {
			if err == nil || !strings.Contains(err.Error(), words) {
				t.Errorf("doctor does not say %q: %v", words, err)
			}
		}
	})
}
