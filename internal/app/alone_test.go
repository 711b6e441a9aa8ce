package app

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"

	"keepiton/internal/coalition"
	"keepiton/internal/incident"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/mechanism/ledger"
)

// TestCommandLineAsksTheDesk: what two people sign at the desk nobody cuts, renames or
// shows again alone at the command line, but by a word that says they know.
func TestCommandLineAsksTheDesk(t *testing.T) {
	ctx := context.Background()
	env := &Env{Ctx: ctx, Stdout: io.Discard, Stderr: io.Discard, CLI: &CLI{Data: t.TempDir()}, Log: slog.New(slog.DiscardHandler)}
	d, s, err := env.open()
	if err != nil {
		t.Fatal(err)
	}
	importPair(t, s)
	if _, err := s.CutRelease(ctx, "first", "2026-01-01"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Withhold(ctx, incident.Withholding{Passage: "Basra", Who: "anna", Reason: "a test", Anyway: true, Most: 1000}); err != nil {
		t.Fatal(err)
	}
	o, err := office(d, ledger.New(d, nil), []byte(strings.Repeat("s", 32)))
	if err != nil {
		t.Fatal(err)
	}
	home, err := o.Save(ctx, nil, coalition.Organisation{Kind: coalition.Secretariat, Listed: true, Names: map[string]string{"en": "The Office"}})
	if err != nil {
		t.Fatal(err)
	}
	code, err := o.Invite(ctx, nil, "", []coalition.Grant{{Organisation: home.Ref, Role: desk.Editor}})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.Accounts.Accept(ctx, account.Joining{Code: code, Name: "Dana", Lang: "en", Device: "test"}); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for what, run := range map[string]interface{ Run(*Env) error }{
		"cut":        &ReleaseCutCmd{Label: "second"},
		"rename":     &ReleaseRenameCmd{Label: "first", To: "third"},
		"show-again": &ShowAgainCmd{ID: 1, Who: "anna", Reason: "agreed"},
	} {
		if err := run.Run(env); err == nil || !strings.Contains(err.Error(), "people work at the desk") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := (&ReleaseRenameCmd{Label: "first", To: "third", Anyway: true}).Run(env); err != nil {
		t.Error(err)
	}
	if err := (&ShowAgainCmd{ID: 1, Who: "anna", Reason: "agreed", Anyway: true}).Run(env); err != nil {
		t.Error(err)
	}
}
