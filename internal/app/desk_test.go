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
	"time"

	"github.com/pquerna/otp/totp"

	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestSecretOfTheDesk: it is made once, beside the database, for its owner's eyes
// alone, and doctor says when it is missing or another one.
func TestSecretOfTheDesk(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, dir := context.Background(), t.TempDir()
		env := &Env{Ctx: ctx, Stdout: io.Discard, Stderr: io.Discard, CLI: &CLI{Data: dir}, Log: slog.New(slog.DiscardHandler)}
		if _, err := env.readDeskSecret(); !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("before the first need: %v", err)
		}
		if note, err := env.checkSecret(d); err != nil || note != "not needed yet" {
			t.Fatal(note, err)
		}
		secret, err := env.deskSecret()
		if err != nil || len(secret) != 32 {
			t.Fatal(len(secret), err)
		}
		if again, err := env.deskSecret(); err != nil || !bytes.Equal(again, secret) {
			t.Fatal("another one at the second start", err)
		}
		path := filepath.Join(dir, secretFile)
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Fatal(info.Mode(), err)
		}
		if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
			t.Errorf("left behind: %v %v", list, err)
		}
		o, err := office(d, ledger.New(d, nil), secret)
		if err != nil {
			t.Fatal(err)
		}
		code, err := o.Accounts.Invite(ctx, nil, "", "")
		if err != nil {
			t.Fatal(err)
		}
		p, _, err := o.Accounts.Accept(ctx, account.Joining{Code: code, Name: "Amina"})
		if err != nil {
			t.Fatal(err)
		}
		_, clock, err := o.Accounts.NewClock(p, "")
		if err != nil {
			t.Fatal(err)
		}
		first, err := totp.GenerateCode(clock, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if err := o.Accounts.ConfirmClock(ctx, p, clock, first); err != nil {
			t.Fatal(err)
		}
		if note, err := env.checkSecret(d); err != nil || note != "1 clock app can be read" {
			t.Error(note, err)
		}
		if err := os.Chmod(path, 0o640); err != nil {
			t.Fatal(err)
		}
		if _, err := env.deskSecret(); !errors.Is(err, errOpenSecret) {
			t.Errorf("a secret others can read: %v", err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if _, err := env.checkSecret(d); err == nil || !strings.Contains(err.Error(), "is missing: 1 clock app") {
			t.Errorf("a missing secret: %v", err)
		}
		if _, err := env.deskSecret(); err != nil {
			t.Fatal(err)
		}
		if _, err := env.checkSecret(d); err == nil || !strings.Contains(err.Error(), "another one") {
			t.Errorf("another secret: %v", err)
		}
	})
}
