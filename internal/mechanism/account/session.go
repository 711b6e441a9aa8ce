package account

import (
	"context"
	"time"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// How long a session lasts: without a request, and in any case.
const (
	SessionIdle = 12 * time.Hour
	SessionMax  = 7 * 24 * time.Hour

	seenEvery = 5 * time.Minute // how exactly the last request is kept
	maxLabel  = 60
)

// Session is one browser a person is logged in with.
type Session struct {
	Hash   string `db:"token_hash"`
	Person int64  `db:"person_id"`
	Label  string `db:"label"` // what the person calls the device; never what the browser says of itself
	Begun  int64  `db:"begun_at"`
	Seen   int64  `db:"seen_at"`
	Ends   int64  `db:"ends_at"`
}

// begin logs a person in, and gives the token for their browser.
func (s *Service) begin(ctx context.Context, tx db.Tx, p Person, label string) (token string, err error) {
	if p.State != "active" {
		return "", fault.New(fault.Forbidden, "account.refused")
	}
	if r := []rune(label); len(r) > maxLabel {
		label = string(r[:maxLabel])
	}
	token = newToken()
	now := s.now()
	row := Session{hashToken(token), p.ID, label, now, now, now + SessionMax.Microseconds()}
	return token, db.Insert(ctx, tx, "session", []Session{row})
}

// Find is the person a token belongs to. Whoever is not logged in gets an error
// of kind Forbidden.
func (s *Service) Find(ctx context.Context, token string) (Person, Session, error) {
	nobody := fault.New(fault.Forbidden, "account.not_logged_in")
	if token == "" {
		return Person{}, Session{}, nobody
	}
	q := s.db.Reader()
	se, found, err := db.SelectOne[Session](ctx, q, `/* account.Find */ select `+db.Columns[Session]("")+` from session where token_hash = $1`, hashToken(token))
	if err != nil || !found {
		return Person{}, Session{}, orElse(err, nobody)
	}
	p, found, err := db.SelectOne[Person](ctx, q, `/* account.Find person */ select `+db.Columns[Person]("")+` from person where id = $1`, se.Person)
	if err != nil || !found {
		return Person{}, Session{}, orElse(err, nobody)
	}
	everybody, err := s.mode(ctx, LoggedOut)
	if err != nil {
		return Person{}, Session{}, err
	}
	now := s.now()
	if p.State != "active" || se.Begun < p.LoggedOut || se.Begun <= everybody.At || now >= se.Ends || now-se.Seen > SessionIdle.Microseconds() {
		return Person{}, Session{}, nobody
	}
	if now-se.Seen > seenEvery.Microseconds() {
		err = s.db.Write(ctx, func(tx db.Tx) error {
			_, err := db.Exec(ctx, tx, `/* account.Find seen */ update session set seen_at = $2 where token_hash = $1`, se.Hash, now)
			return err
		})
	}
	return p, se, err
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// Sessions lists where a person is logged in, the newest first.
func (s *Service) Sessions(ctx context.Context, p Person) ([]Session, error) {
	return db.Select[Session](ctx, s.db.Reader(), `/* account.Sessions */ select `+db.Columns[Session]("")+` from session
		where person_id = $1 and ends_at > $2 and seen_at > $3 and begun_at >= $4 order by begun_at desc`,
		p.ID, s.now(), s.now()-SessionIdle.Microseconds(), p.LoggedOut)
}

// End ends one session of a person, by the hash that [Service.Sessions] gives.
func (s *Service) End(ctx context.Context, p Person, hash string) error {
	return s.db.Write(ctx, func(tx db.Tx) error {
		n, err := db.Exec(ctx, tx, `/* account.End */ delete from session where token_hash = $1 and person_id = $2`, hash, p.ID)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "account.no_session")
		}
		return err
	})
}

// EndAll ends every session of a person.
func (s *Service) EndAll(ctx context.Context, p Person) error {
	return s.db.Write(ctx, func(tx db.Tx) error {
		if _, err := db.Exec(ctx, tx, `/* account.EndAll */ delete from session where person_id = $1`, p.ID); err != nil {
			return err
		}
		_, err := db.Exec(ctx, tx, `/* account.EndAll from now on */ update person set logged_out = $2 where id = $1`, p.ID, s.now())
		return err
	})
}

// Sweep deletes sessions that are over, and mail addresses nobody proved.
func (s *Service) Sweep(ctx context.Context) error {
	return s.db.Write(ctx, func(tx db.Tx) error {
		now := s.now()
		if _, err := db.Exec(ctx, tx, `/* account.Sweep mail */ delete from mail_address where state = 'asked' and set_at <= $1`, now-mailCodeFor.Microseconds()); err != nil {
			return err
		}
		_, err := db.Exec(ctx, tx, `/* account.Sweep */ delete from session where ends_at <= $1 or seen_at <= $2`, now, now-SessionIdle.Microseconds())
		return err
	})
}
