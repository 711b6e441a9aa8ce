package account

import (
	"context"
	"time"

	"keepiton/internal/platform/db"
)

const (
	// mailLease is for how long a mail that is due belongs to the process that took
	// it: much longer than sending one takes.
	mailLease = 15 * time.Minute

	mailWait     = 5 * time.Minute // after a mail did not get through; each further one is three times as long
	mailWaitMost = 24 * time.Hour

	// problemSealed is the problem of an address that was sealed with another secret.
	problemSealed = "sealed"
)

// Mailing is a mail that is due.
type Mailing struct {
	Person  Person
	Address string
	Stop    string // the secret of the link that stops mails

	lease int64
	row   addressRow
}

// NextMail takes a mail that is due. Of several processes one gets it; when that one
// ends before it says what came of it (see [Service.MailDone], [Service.MailFailed]),
// it is due again after a while. While the desk is closed none is.
func (s *Service) NextMail(ctx context.Context) (m Mailing, found bool, err error) {
	modes, err := s.Modes(ctx)
	if err != nil || modes[Closed].Active == 1 {
		return Mailing{}, false, err
	}
	due, err := db.Select[addressRow](ctx, s.db.Reader(), `/* account.NextMail */ select `+db.Columns[addressRow]("a.")+` from mail_address a join person p on p.id = a.person_id
		where `+mailHolds+` and a.next_at <= $2 order by a.next_at, a.person_id limit 20`, modes[LoggedOut].At, s.now())
	if err != nil {
		return Mailing{}, false, err
	}
	for _, row := range due {
		m := Mailing{row: row, lease: s.now() + mailLease.Microseconds()}
		mine, err := s.moveMail(ctx, m, row.Next, m.lease)
		if err != nil {
			return Mailing{}, false, err
		}
		if !mine {
			continue
		}
		doc, err := s.openAddress(row)
		if err != nil {
			if err := s.MailFailed(ctx, m, problemSealed); err != nil {
				return Mailing{}, false, err
			}
			continue
		}
		m.Address, m.Stop = doc.Address, doc.Stop
		m.Person, found, err = db.SelectOne[Person](ctx, s.db.Reader(), `/* account.NextMail person */ select `+db.Columns[Person]("")+` from person where id = $1`, row.Person)
		return m, found, err
	}
	return Mailing{}, false, nil
}

// moveMail moves the time of a mail on, when nobody else did so before.
func (s *Service) moveMail(ctx context.Context, m Mailing, from, to int64) (moved bool, err error) {
	err = s.db.Write(ctx, func(tx db.Tx) error {
		n, err := db.Exec(ctx, tx, `/* account.moveMail */ update mail_address set next_at = $3 where person_id = $1 and next_at = $2 and state = 'confirmed'`, m.row.Person, from, to)
		moved = n == 1
		return err
	})
	return moved, err
}

// MailDone notes that a mail was sent, or that nothing was to be said: the next one is
// due tomorrow.
func (s *Service) MailDone(ctx context.Context, m Mailing) error {
	return s.endMail(ctx, m, s.nextAt(m.row.Hour), 0, 0, "")
}

// MailFailed notes why a mail did not get through. It is due again after a time that
// grows with each failure.
func (s *Service) MailFailed(ctx context.Context, m Mailing, problem string) error {
	since := m.row.Failing
	if since == 0 {
		since = s.now()
	}
	wait := mailWait
	for range m.row.Failures {
		wait = min(3*wait, mailWaitMost)
	}
	return s.endMail(ctx, m, s.now()+wait.Microseconds(), m.row.Failures+1, since, problem)
}

// endMail gives a mail back that this process took. What its owner did to the address
// meanwhile counts.
func (s *Service) endMail(ctx context.Context, m Mailing, next int64, failures int, since int64, problem string) error {
	return s.db.Write(ctx, func(tx db.Tx) error {
		_, err := db.Exec(ctx, tx, `/* account.endMail */ update mail_address set next_at = $3, failures = $4, failing_at = $5, problem = $6 where person_id = $1 and next_at = $2`,
			m.row.Person, m.lease, next, failures, since, problem)
		return err
	})
}

// HoldMails sends nothing to anybody before they say that their address is still
// theirs: a restored database may hold addresses that were removed since.
func HoldMails(ctx context.Context, tx db.Tx) error {
	_, err := db.Exec(ctx, tx, `/* account.HoldMails */ update mail_address set set_at = 0`)
	return err
}

// MailState is how it stands with mails to all people.
type MailState struct {
	Addresses int    `db:"addresses"` // that were proved
	Failing   int    `db:"failing"`   // to which none gets through
	Since     int64  `db:"since"`     // since when, of the first of them
	Problem   string `db:"problem"`   // one of what is wrong
}

// MailState tells it.
func (s *Service) MailState(ctx context.Context) (MailState, error) {
	m, _, err := db.SelectOne[MailState](ctx, s.db.Reader(), `/* account.MailState */ select count(*) as addresses, count(case when failures > 0 then 1 end) as failing,
		coalesce(min(case when failures > 0 then failing_at end), 0) as since, coalesce(max(problem), '') as problem from mail_address where state = 'confirmed'`)
	return m, err
}

// SealedAddresses counts the mail addresses that are kept, and those this process
// cannot open: they were sealed with another [Options.Secret].
func (s *Service) SealedAddresses(ctx context.Context) (all, lost int, err error) {
	list, err := db.Select[addressRow](ctx, s.db.Reader(), `/* account.SealedAddresses */ select `+db.Columns[addressRow]("")+` from mail_address`)
	for _, row := range list {
		if _, err := s.openAddress(row); err != nil {
			lost++
		}
	}
	return len(list), lost, err
}
