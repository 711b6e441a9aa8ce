package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// Person is somebody who works here.
type Person struct {
	ID        int64  `db:"id"`
	Ref       string `db:"ref"`    // random, for addresses
	Handle    string `db:"handle"` // the name as it is compared at the door
	Name      string `db:"name"`   // the name as it is shown
	Lang      string `db:"lang"`
	State     string `db:"state"` // active or suspended
	LoggedOut int64  `db:"logged_out"`
	Created   int64  `db:"created_at"`
}

// Act is something that changed who may come in.
type Act struct {
	Kind    string // invited, withdrawn, joined, renamed, credential, suspended, restored, mode
	Subject string // the ref of a person, or the name of a mode
	By      string // the ref of who did it; "" for the command line
	What    string // which credential, which mode, why
}

// Recorder hears of every act in the transaction that does it. An error undoes
// the act.
type Recorder func(ctx context.Context, tx db.Tx, a Act) error

// Accepted hears that somebody accepted an invitation, in that transaction. An
// error undoes it.
type Accepted func(ctx context.Context, tx db.Tx, p Person, inv Invitation) error

// Check is asked in the transaction of an act, after it. An error undoes the act.
type Check func(ctx context.Context, tx db.Tx) error

// Options are what a service needs besides the database.
type Options struct {
	// Secret is at least 32 bytes that are not in the database. Secrets of clock
	// apps and mail addresses are sealed with it: without it they have to be set up
	// anew. It may be nil in a process that lets nobody in, such as a command.
	Secret   []byte
	Issuer   string // the name a clock app and a passkey show
	Record   Recorder
	Accepted Accepted
	Reserved []string // names that nobody may show under, or claim in brackets
	Now      func() time.Time
	Memory   uint32        // KiB that hashing a passphrase takes; 0: 64 MiB
	Turn     time.Duration // how long a try from elsewhere takes once many failed there; 0: two seconds
}

// Service is safe for concurrent use.
type Service struct {
	db       *db.DB
	opt      Options
	clocks   box // for secrets of clock apps, and for tickets of ceremonies
	mails    box // for mail addresses
	throttle *throttle
	hall     *hall
	hashing  chan struct{} // places at the slow hash

	mu     sync.Mutex
	modes  map[string]Mode
	readAt time.Time
	codes  codes
}

// New makes the service.
func New(d *db.DB, opt Options) (*Service, error) {
	if opt.Secret == nil {
		opt.Secret = random(32) // for this process alone: what it sealed nobody could open
	}
	if len(opt.Secret) < 32 {
		return nil, fmt.Errorf("account.New: a secret of %d bytes, 32 are needed", len(opt.Secret))
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Memory == 0 {
		opt.Memory = hashMemory
	}
	if opt.Record == nil {
		opt.Record = func(context.Context, db.Tx, Act) error { return nil }
	}
	if opt.Accepted == nil {
		opt.Accepted = func(context.Context, db.Tx, Person, Invitation) error { return nil }
	}
	s := &Service{db: d, opt: opt, throttle: newThrottle(), hall: newHall(opt.Turn), hashing: make(chan struct{}, hashPlaces)}
	var err, err2 error
	s.clocks, err = newBox(opt.Secret, "secrets of clock apps")
	s.mails, err2 = newBox(opt.Secret, "mail addresses")
	if err = errors.Join(err, err2); err != nil {
		return nil, fmt.Errorf("account.New: %w", err)
	}
	return s, nil
}

// InUse tells whether anybody has an account here, whatever became of it since.
func InUse(ctx context.Context, d *db.DB) (bool, error) {
	_, found, err := db.Value[int64](ctx, d.Reader(), `/* account.InUse */ select id from person limit 1`)
	return found, err
}

func (s *Service) now() int64 { return s.opt.Now().UTC().UnixMicro() }

// PersonByRef finds a person by the reference in addresses.
func (s *Service) PersonByRef(ctx context.Context, ref string) (Person, error) {
	p, found, err := db.SelectOne[Person](ctx, s.db.Reader(), `/* account.PersonByRef */ select `+db.Columns[Person]("")+` from person where ref = $1`, ref)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "account.unknown")
	}
	return p, err
}

// People lists everybody, by name.
func (s *Service) People(ctx context.Context) ([]Person, error) {
	return db.Select[Person](ctx, s.db.Reader(), `/* account.People */ select `+db.Columns[Person]("")+` from person order by handle`)
}

// Rename shows a person under another name from now on, also in what they did
// before, which is recorded, and speaks with them in a language.
func (s *Service) Rename(ctx context.Context, p Person, name, lang string) error {
	name, err := cleanName(name)
	if err != nil {
		return err
	}
	err = s.db.Write(ctx, func(tx db.Tx) error {
		if name != p.Name {
			if err := s.checkName(ctx, tx, name, p.ID); err != nil {
				return err
			}
			if err := s.opt.Record(ctx, tx, Act{"renamed", p.Ref, p.Ref, name}); err != nil {
				return err
			}
		}
		_, err := db.Exec(ctx, tx, `/* account.Rename */ update person set name = $2, handle = $3, lang = $4 where id = $1`, p.ID, name, handleOf(name), strings.ToLower(lang))
		return err
	})
	if db.IsUnique(err) {
		return fault.Mend(fault.Field{Name: "name", Key: "account.name_taken"})
	}
	return err
}

// Suspend keeps a person out, ends their sessions, takes back the invitations
// they made and forgets their mail address. What the account signed until then counts
// no more where it is not public (person.signs_since), also when they come back. by is
// the ref of who does it, "" for the command line.
func (s *Service) Suspend(ctx context.Context, p Person, by, reason string, checks ...Check) error {
	return s.setState(ctx, p, by, "suspended", reason, checks)
}

// Restore lets a suspended person in again.
func (s *Service) Restore(ctx context.Context, p Person, by, reason string, checks ...Check) error {
	return s.setState(ctx, p, by, "active", reason, checks)
}

// MaxReason bounds what is said of an act, in letters.
const MaxReason = 500

func checkReason(reason string) error {
	switch n := utf8.RuneCountInString(strings.TrimSpace(reason)); {
	case n == 0:
		return fault.Mend(fault.Field{Name: "reason", Key: "account.reason_needed"})
	case n > MaxReason:
		return fault.Mend(fault.Field{Name: "reason", Key: "account.reason_long", Args: []any{"most", MaxReason}})
	}
	return nil
}

func (s *Service) setState(ctx context.Context, p Person, by, state, reason string, checks []Check) error {
	if err := checkReason(reason); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx db.Tx) error {
		n, err := db.Exec(ctx, tx, `/* account.setState */ update person set state = $2, logged_out = $3 where id = $1 and state <> $2`, p.ID, state, s.now())
		if err != nil || n == 0 {
			return err
		}
		if _, err := db.Exec(ctx, tx, `/* account.setState sessions */ delete from session where person_id = $1`, p.ID); err != nil {
			return err
		}
		kind := "restored"
		if state == "suspended" {
			kind = "suspended"
			if _, err := db.Exec(ctx, tx, `/* account.setState signs */ update person set signs_since = $2 where id = $1`, p.ID, s.now()); err != nil {
				return err
			}
			if _, err := db.Exec(ctx, tx, `/* account.setState mail */ delete from mail_address where person_id = $1`, p.ID); err != nil {
				return err
			}
			if _, err := db.Exec(ctx, tx, `/* account.setState invitations */ update invitation set state = 'withdrawn' where invited_by = $1 and state = 'open'`, p.ID); err != nil {
				return err
			}
		}
		for _, check := range checks {
			if err := check(ctx, tx); err != nil {
				return err
			}
		}
		return s.opt.Record(ctx, tx, Act{kind, p.Ref, by, reason})
	})
}
