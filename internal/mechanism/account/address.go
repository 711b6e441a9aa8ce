package account

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/mail"
)

const (
	mailCodeFor   = time.Hour // how long a code proves an address
	mailCodeTries = 5
	codesADay     = 5  // that one person can have sent
	stopSecret    = 16 // the length of the secret in the link that stops mails, in bytes
)

// addressRow is the mail address of a person.
type addressRow struct {
	Person   int64  `db:"person_id"`
	Sealed   string `db:"sealed"`
	Stop     string `db:"stop_hash"`
	State    string `db:"state"` // asked or confirmed
	Code     string `db:"code_hash"`
	Tries    int    `db:"tries"`
	Hour     int    `db:"hour"`
	Set      int64  `db:"set_at"`
	Next     int64  `db:"next_at"`
	Failures int    `db:"failures"`
	Failing  int64  `db:"failing_at"`
	Problem  string `db:"problem"`
}

// addressDoc is what of an address is sealed.
type addressDoc struct{ Address, Stop string }

// mailHolds is the condition under which mails go to a confirmed address (a) of a
// person (p): after all sessions of somebody ended its owner first has to say that it
// is theirs. $1 is when everybody was logged out.
const mailHolds = `a.state = 'confirmed' and p.state = 'active' and a.set_at > p.logged_out and a.set_at > $1`

// MailAddress is where a person gets mails, for their own eyes alone.
type MailAddress struct {
	Address   string
	Confirmed bool
	Held      bool  // nothing is sent before [Service.KeepMail]: all sessions of its owner ended since
	Hour      int   // of the day, in UTC
	Next      int64 // when a mail is due
	Failing   int64 // since when none gets through; 0: they do
}

// Mail is the mail address of a person; found is false when they gave none, or
// never proved it.
func (s *Service) Mail(ctx context.Context, p Person) (m MailAddress, found bool, err error) {
	row, found, err := s.addressOf(ctx, s.db.Reader(), p.ID)
	if err != nil || !found || row.State == "asked" && s.now()-row.Set > mailCodeFor.Microseconds() {
		return MailAddress{}, false, err
	}
	doc, err := s.openAddress(row)
	if err != nil { // sealed with another secret: it is as good as none
		return MailAddress{}, false, nil
	}
	everybody, err := s.mode(ctx, LoggedOut)
	return MailAddress{doc.Address, row.State == "confirmed", row.Set <= max(p.LoggedOut, everybody.At), row.Hour, row.Next, row.Failing}, true, err
}

func (s *Service) addressOf(ctx context.Context, q db.Querier, person int64) (addressRow, bool, error) {
	return db.SelectOne[addressRow](ctx, q, `/* account.addressOf */ select `+db.Columns[addressRow]("")+` from mail_address where person_id = $1`, person)
}

func (s *Service) openAddress(row addressRow) (doc addressDoc, err error) {
	raw, err := s.mails.unsealed(row.Person, row.Sealed)
	if err == nil {
		err = json.Unmarshal(raw, &doc)
	}
	return doc, err
}

// AskMail keeps an address for an hour, in place of the one before, and gives the code
// that has to be sent there: see [Service.ConfirmMail].
func (s *Service) AskMail(ctx context.Context, p Person, address string, hour int) (code string, err error) {
	var wrong []fault.Field
	if !mail.IsAddress(address) {
		wrong = append(wrong, fault.Field{Name: "address", Key: "account.mail_address"})
	}
	if hour < 0 || hour > 23 {
		wrong = append(wrong, fault.Field{Name: "hour", Key: "account.mail_hour"})
	}
	if len(wrong) > 0 {
		return "", fault.Mend(wrong...)
	}
	if !s.mayAsk(p) {
		return "", fault.New(fault.TooMany, "account.mail_often", "most", codesADay)
	}
	doc := addressDoc{address, base64.RawURLEncoding.EncodeToString(random(stopSecret))}
	raw, err := json.Marshal(doc)
	if err != nil {
		return "", fmt.Errorf("account.AskMail: %w", err)
	}
	sealed, err := s.mails.sealed(p.ID, raw)
	if err != nil {
		return "", err
	}
	code = newRecoveryCode()[:9] // two groups of four
	row := addressRow{Person: p.ID, Sealed: sealed, Stop: hashToken(doc.Stop), State: "asked", Code: mailCodeHash(p, code), Hour: hour, Set: s.now()}
	return code, s.db.Write(ctx, func(tx db.Tx) error {
		if err := s.forgetMail(ctx, tx, p, p.Ref); err != nil {
			return err
		}
		return db.Insert(ctx, tx, "mail_address", []addressRow{row})
	})
}

func mailCodeHash(p Person, code string) string {
	return hashToken("mail " + p.Ref + " " + foldRecoveryCode(code))
}

// codes counts who had how many codes sent today. It is lost when the program ends.
type codes struct {
	day  int64
	sent map[int64]int
}

func (s *Service) mayAsk(p Person) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if day := s.opt.Now().Unix() / int64(24*time.Hour/time.Second); day != s.codes.day || s.codes.sent == nil {
		s.codes.day, s.codes.sent = day, map[int64]int{}
	}
	s.codes.sent[p.ID]++
	return s.codes.sent[p.ID] <= codesADay
}

// ConfirmMail takes the code that was sent to the address a person gave. From then on
// mails go there.
func (s *Service) ConfirmMail(ctx context.Context, p Person, code string) error {
	over := fault.Mend(fault.Field{Name: "code", Key: "account.mail_code_over"})
	var refused error
	err := s.db.Write(ctx, func(tx db.Tx) error {
		row, found, err := s.addressOf(ctx, tx, p.ID)
		switch {
		case err != nil:
			return err
		case !found || row.State != "asked" || row.Tries >= mailCodeTries || s.now()-row.Set > mailCodeFor.Microseconds():
			refused = over
			return nil
		case subtle.ConstantTimeCompare([]byte(row.Code), []byte(mailCodeHash(p, code))) != 1:
			refused = fault.Mend(fault.Field{Name: "code", Key: "account.mail_code_wrong"})
			_, err := db.Exec(ctx, tx, `/* account.ConfirmMail wrong */ update mail_address set tries = tries + 1 where person_id = $1`, p.ID)
			return err
		}
		if _, err := db.Exec(ctx, tx, `/* account.ConfirmMail */ update mail_address set state = 'confirmed', code_hash = '', set_at = $2, next_at = $3 where person_id = $1`,
			p.ID, s.now(), s.nextAt(row.Hour)); err != nil {
			return err
		}
		return s.opt.Record(ctx, tx, Act{"credential", p.Ref, p.Ref, "mail address proved"})
	})
	if err == nil {
		err = refused
	}
	return err
}

// nextAt is when an hour of the day comes next.
func (s *Service) nextAt(hour int) int64 {
	now := s.opt.Now().UTC()
	at := time.Date(now.Year(), now.Month(), now.Day(), hour, 0, 0, 0, time.UTC)
	if !at.After(now) {
		at = at.AddDate(0, 0, 1)
	}
	return at.UnixMicro()
}

// KeepMail sets the hour at which a person gets mails. They say with it that the
// address is theirs.
func (s *Service) KeepMail(ctx context.Context, p Person, hour int) error {
	if hour < 0 || hour > 23 {
		return fault.Mend(fault.Field{Name: "hour", Key: "account.mail_hour"})
	}
	return s.db.Write(ctx, func(tx db.Tx) error {
		n, err := db.Exec(ctx, tx, `/* account.KeepMail */ update mail_address set hour = $2, set_at = $3, next_at = $4, failures = 0, failing_at = 0, problem = ''
			where person_id = $1 and state = 'confirmed'`, p.ID, hour, s.now(), s.nextAt(hour))
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "account.mail_none")
		}
		return err
	})
}

// DropMail forgets a person's mail address.
func (s *Service) DropMail(ctx context.Context, p Person) error {
	return s.db.Write(ctx, func(tx db.Tx) error { return s.forgetMail(ctx, tx, p, p.Ref) })
}

// StopMail forgets the address to which mails with a link went. A secret of nobody is
// an error of kind NotFound: such an address was forgotten before.
func (s *Service) StopMail(ctx context.Context, secret string) error {
	return s.db.Write(ctx, func(tx db.Tx) error {
		p, err := s.byStop(ctx, tx, secret)
		if err != nil {
			return err
		}
		return s.forgetMail(ctx, tx, p, "") // whoever has the mail; nobody logged in
	})
}

// MailStops tells whether a secret stops mails to somebody; see [Service.StopMail].
func (s *Service) MailStops(ctx context.Context, secret string) error {
	_, err := s.byStop(ctx, s.db.Reader(), secret)
	return err
}

func (s *Service) byStop(ctx context.Context, q db.Querier, secret string) (Person, error) {
	p, found, err := db.SelectOne[Person](ctx, q, `/* account.byStop */ select `+db.Columns[Person]("p.")+` from mail_address a join person p on p.id = a.person_id where a.stop_hash = $1`, hashToken(secret))
	if err == nil && !found {
		err = fault.New(fault.NotFound, "account.mail_stopped")
	}
	return p, err
}

// forgetMail deletes an address. That one was proved before is recorded.
func (s *Service) forgetMail(ctx context.Context, tx db.Tx, p Person, by string) error {
	row, found, err := s.addressOf(ctx, tx, p.ID)
	if err != nil || !found {
		return err
	}
	if _, err := db.Exec(ctx, tx, `/* account.forgetMail */ delete from mail_address where person_id = $1`, p.ID); err != nil || row.State != "confirmed" {
		return err
	}
	return s.opt.Record(ctx, tx, Act{"credential", p.Ref, by, "mail address removed"})
}
