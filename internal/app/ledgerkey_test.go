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

	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/db"
)

// TestLedgerKeepsItsKey: a ledger that was sealed goes on under its own key alone; where
// that is not here, or another one is, nothing is sealed, and doctor says so.
func TestLedgerKeepsItsKey(t *testing.T) {
	eachTarget(t, func(t *testing.T, d *db.DB, env *Env) {
		ctx := context.Background()
		file := filepath.Join(env.directory(), keyFile)
		seal := func() error {
			t.Helper()
			key, err := env.ledgerKey(d, false)
			if err != nil {
				return err
			}
			log := ledger.New(d, key)
			err = d.Write(ctx, func(tx db.Tx) error {
				_, err := log.Append(ctx, tx, ledger.Event{Kind: "record.updated", Subject: "2026-0001"})
				return err
			})
			if err == nil {
				_, _, err = log.Checkpoint(ctx)
			}
			return err
		}
		if said, err := env.checkKey(d); err != nil || said != "nothing is sealed yet" {
			t.Errorf("at the beginning: %q %v", said, err)
		}
		if err := seal(); err != nil {
			t.Fatal(err)
		}
		if said, err := env.checkKey(d); err != nil || said != "it signed every checkpoint" {
			t.Errorf("sealed: %q %v", said, err)
		}
		own, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}

		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if err := seal(); err == nil || !strings.Contains(err.Error(), "not here") {
			t.Errorf("sealed without its key: %v", err)
		}
		if _, err := os.Stat(file); err == nil {
			t.Error("another key was made")
		}
		if _, err := env.checkKey(d); err == nil {
			t.Error("doctor does not miss the key")
		}
		var said bytes.Buffer
		(&Env{Ctx: ctx, Stdout: io.Discard, Stderr: &said, CLI: env.CLI, Log: slog.New(slog.DiscardHandler)}).remindOfKeys()
		if !strings.Contains(said.String(), keyFile) || !strings.Contains(said.String(), secretFile) {
			t.Errorf("who restores is told %q", said.String())
		}

		if _, _, err := ledger.LoadKey(file, ledgerName); err != nil { // one of another place
			t.Fatal(err)
		}
		if err := seal(); err == nil || !strings.Contains(err.Error(), "another key") {
			t.Errorf("sealed with another key: %v", err)
		}
		if err := os.WriteFile(file, own, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := seal(); err != nil {
			t.Errorf("its own key is back: %v", err)
		}

		if err := os.Remove(file); err != nil { // lost for good
			t.Fatal(err)
		}
		key, err := env.ledgerKey(d, true)
		if err != nil {
			t.Fatal(err)
		}
		err = d.Write(ctx, func(tx db.Tx) error {
			_, err := ledger.New(d, key).Append(ctx, tx, ledger.Event{Kind: "record.updated", Subject: "2026-0001"})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, made, err := ledger.New(d, key).Checkpoint(ctx); err != nil || !made {
			t.Fatal(made, err)
		}
		if err := seal(); err != nil {
			t.Errorf("it goes on under the new key: %v", err)
		}
		if said, err := env.checkKey(d); err != nil || said != "2 checkpoints signed with a key that was here before" {
			t.Errorf("doctor: %q %v", said, err)
		}
	})
}
