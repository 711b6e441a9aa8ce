package account

import (
	"context"
	"maps"
	"slices"
	"time"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// The emergency modes.
const (
	ReadOnly  = "read_only"  // nobody changes anything
	Closed    = "closed"     // only administrators come in
	LoggedOut = "logged_out" // whoever was logged in before is logged out; an instant, not a state
)

// Mode is an emergency mode as it was set last.
type Mode struct {
	Name   string `db:"name"`
	Active int    `db:"active"`
	Who    string `db:"who"`
	Reason string `db:"reason"`
	At     int64  `db:"at"`
}

// modeAge is how old what this process knows of the modes may be. All
// processes of a deployment follow within it, far below the five seconds that
// are promised.
const modeAge = time.Second

// SetMode sets or lifts a mode. by is the ref of who does it, "" for the command
// line. It is recorded.
func (s *Service) SetMode(ctx context.Context, name string, active bool, by, reason string) error {
	if !slices.Contains([]string{ReadOnly, Closed, LoggedOut}, name) {
		return fault.New(fault.Invalid, "account.mode_unknown", "mode", name)
	}
	if err := checkReason(reason); err != nil {
		return err
	}
	row := Mode{Name: name, Who: by, Reason: reason, At: s.now()}
	if active {
		row.Active = 1
	}
	err := s.db.Write(ctx, func(tx db.Tx) error {
		if err := db.Upsert(ctx, tx, "mode", []Mode{row}, "on conflict (name) do update set active = excluded.active, who = excluded.who, reason = excluded.reason, at = excluded.at"); err != nil {
			return err
		}
		if name == LoggedOut {
			if _, err := db.Exec(ctx, tx, `/* account.SetMode */ delete from session`); err != nil {
				return err
			}
		}
		what := "lifted: " + reason
		if active {
			what = "set: " + reason
		}
		return s.opt.Record(ctx, tx, Act{"mode", name, by, what})
	})
	s.mu.Lock()
	s.modes = nil
	s.mu.Unlock()
	return err
}

// Modes are the modes that were ever set, by name, at most a second old.
func (s *Service) Modes(ctx context.Context) (map[string]Mode, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.modes == nil || s.opt.Now().Sub(s.readAt) > modeAge {
		list, err := db.Select[Mode](ctx, s.db.Reader(), `/* account.Modes */ select `+db.Columns[Mode]("")+` from mode`)
		if err != nil {
			return nil, err
		}
		s.modes, s.readAt = map[string]Mode{}, s.opt.Now()
		for _, m := range list {
			s.modes[m.Name] = m
		}
	}
	return maps.Clone(s.modes), nil
}

func (s *Service) mode(ctx context.Context, name string) (Mode, error) {
	all, err := s.Modes(ctx)
	return all[name], err
}
