package account

import (
	"context"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// Kinds of credentials. A clock app and a passphrase are one way in together.
const (
	KindPasskey    = "passkey"
	KindPassphrase = "passphrase"
	KindClock      = "totp"
	kindRecovery   = "recovery"
)

// MinPassphrase is the least length of a passphrase, in letters: four or five
// words. There is no rule about kinds of letters.
const (
	MinPassphrase = 16
	maxPassphrase = 200
)

// RecoveryCodes is how many a person gets at a time.
const RecoveryCodes = 10

// credential is one row of that table.
type credential struct {
	ID      int64   `db:"id"`
	Person  int64   `db:"person_id"`
	Kind    string  `db:"kind"`
	Lookup  *string `db:"lookup"`
	Label   string  `db:"label"`
	Secret  string  `db:"secret"`
	Last    int64   `db:"last"`
	Created int64   `db:"created_at"`
}

// Way is one way in that a person has set up.
type Way struct {
	ID      int64
	Kind    string
	Label   string
	Created int64
}

// Ways are the ways in that a person has set up. enough says whether they come
// in again with them: a passkey, or a passphrase with a clock app.
func (s *Service) Ways(ctx context.Context, p Person) (ways []Way, codesLeft int, enough bool, err error) {
	list, err := db.Select[credential](ctx, s.db.Reader(), `/* account.Ways */ select `+db.Columns[credential]("")+` from credential where person_id = $1 order by id`, p.ID)
	has := map[string]bool{}
	for _, c := range list {
		has[c.Kind] = true
		if c.Kind == kindRecovery {
			codesLeft++
			continue
		}
		ways = append(ways, Way{c.ID, c.Kind, c.Label, c.Created})
	}
	return ways, codesLeft, has[KindPasskey] || has[KindPassphrase] && has[KindClock], err
}

// Stranded counts the people who could not come in again if their session ended now.
func (s *Service) Stranded(ctx context.Context) (int, error) {
	n, _, err := db.Value[int](ctx, s.db.Reader(), `/* account.Stranded */ select count(*) from person p where p.state = 'active'
		and not exists (select 1 from credential c where c.person_id = p.id and c.kind = 'passkey')
		and not (exists (select 1 from credential c where c.person_id = p.id and c.kind = 'passphrase')
			and exists (select 1 from credential c where c.person_id = p.id and c.kind = 'totp'))`)
	return n, err
}

func (s *Service) addCredential(ctx context.Context, tx db.Tx, p Person, c credential) (err error) {
	if c.ID, err = db.NextID(ctx, tx, "credential"); err != nil {
		return err
	}
	c.Person, c.Created = p.ID, s.now()
	if err := db.Insert(ctx, tx, "credential", []credential{c}); err != nil {
		return err
	}
	if c.Kind == kindRecovery {
		return nil // told once for all of them
	}
	return s.opt.Record(ctx, tx, Act{"credential", p.Ref, p.Ref, c.Kind + " added"})
}

// Remove takes a way in away. The last one that is enough stays.
func (s *Service) Remove(ctx context.Context, p Person, id int64) error {
	return s.db.Write(ctx, func(tx db.Tx) error {
		list, err := db.Select[credential](ctx, tx, `/* account.Remove */ select `+db.Columns[credential]("")+` from credential where person_id = $1`, p.ID)
		if err != nil {
			return err
		}
		left, kind := map[string]bool{}, ""
		for _, c := range list {
			if c.ID == id {
				kind = c.Kind
				continue
			}
			left[c.Kind] = true
		}
		switch {
		case kind == "":
			return fault.New(fault.NotFound, "account.no_such_way")
		case !left[KindPasskey] && !(left[KindPassphrase] && left[KindClock]):
			return fault.New(fault.Conflict, "account.last_way")
		}
		if _, err := db.Exec(ctx, tx, `/* account.Remove it */ delete from credential where id = $1 and person_id = $2`, id, p.ID); err != nil {
			return err
		}
		return s.opt.Record(ctx, tx, Act{"credential", p.Ref, p.Ref, kind + " removed"})
	})
}

// checkPassphrase says what is wrong with a passphrase.
func checkPassphrase(pass, name string) error {
	folded := string(foldPassphrase(pass))
	letters := map[rune]bool{}
	for _, r := range folded {
		letters[r] = true
	}
	n := utf8.RuneCountInString(folded)
	switch {
	case n < MinPassphrase || n > maxPassphrase:
		return fault.Mend(fault.Field{Name: "passphrase", Key: "account.passphrase_length", Args: []any{"least", MinPassphrase, "most", maxPassphrase}})
	case len(letters) < 6 || handleOf(folded) == handleOf(name):
		return fault.Mend(fault.Field{Name: "passphrase", Key: "account.passphrase_plain"})
	}
	return nil
}

// SetPassphrase gives a person a passphrase, in place of the one they have. All
// other sessions end.
func (s *Service) SetPassphrase(ctx context.Context, p Person, keep Session, pass string) error {
	if err := checkPassphrase(pass, p.Name); err != nil {
		return err
	}
	secret, err := s.hashPassphrase(ctx, pass)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx db.Tx) error {
		if _, err := db.Exec(ctx, tx, `/* account.SetPassphrase */ delete from credential where person_id = $1 and kind = $2`, p.ID, KindPassphrase); err != nil {
			return err
		}
		if _, err := db.Exec(ctx, tx, `/* account.SetPassphrase sessions */ delete from session where person_id = $1 and token_hash <> $2`, p.ID, keep.Hash); err != nil {
			return err
		}
		return s.addCredential(ctx, tx, p, credential{Kind: KindPassphrase, Secret: secret})
	})
}

// clockSecret is the length of a clock app's secret, in bytes.
const clockSecret = 20

// NewClock is a secret for a clock app, as an address that apps read from a
// picture, and as text to type. Nothing is stored before it is confirmed. again
// shows one that was given before; "" makes one.
func (s *Service) NewClock(p Person, again string) (address, text string, err error) {
	secret, err := base32.StdEncoding.DecodeString(again)
	if err != nil || len(secret) != clockSecret {
		secret = random(clockSecret)
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: s.opt.Issuer, AccountName: p.Name, Secret: secret})
	if err != nil {
		return "", "", fmt.Errorf("account.NewClock: %w", err)
	}
	return key.URL(), key.Secret(), nil
}

// ConfirmClock stores a clock app's secret after a first code from it, in place
// of the one before.
func (s *Service) ConfirmClock(ctx context.Context, p Person, secret, code string) error {
	step, ok := s.codeStep(secret, code, 0)
	if !ok || len(secret) != base32.StdEncoding.EncodedLen(clockSecret) { // none of ours
		return fault.Mend(fault.Field{Name: "code", Key: "account.code_wrong"})
	}
	stored, err := s.clocks.sealed(p.ID, []byte(secret))
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx db.Tx) error {
		if _, err := db.Exec(ctx, tx, `/* account.ConfirmClock */ delete from credential where person_id = $1 and kind = $2`, p.ID, KindClock); err != nil {
			return err
		}
		return s.addCredential(ctx, tx, p, credential{Kind: KindClock, Secret: stored, Last: step})
	})
}

// clockStep is the length of a step of a clock app; a code of the step before
// or after is taken, for clocks that go wrong.
const clockStep = 30 * time.Second

// codeStep tells for which step of the clock a code is right, when that step is
// later than the last one a code was used for.
func (s *Service) codeStep(secret, code string, last int64) (step int64, ok bool) {
	code = foldRecoveryCode(code) // digits of any script and blanks are forgiven
	now := s.opt.Now()
	for _, skew := range []time.Duration{0, -clockStep, clockStep} {
		at := now.Add(skew)
		step := at.Unix() / int64(clockStep/time.Second)
		want, err := totp.GenerateCodeCustom(secret, at, totp.ValidateOpts{Period: uint(clockStep / time.Second), Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && step > last && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return step, true
		}
	}
	return 0, false
}

// NewRecovery gives a person new recovery codes in place of those they have.
// They are shown this once.
func (s *Service) NewRecovery(ctx context.Context, p Person) (codes []string, err error) {
	for range RecoveryCodes {
		codes = append(codes, newRecoveryCode())
	}
	err = s.db.Write(ctx, func(tx db.Tx) error {
		if _, err := db.Exec(ctx, tx, `/* account.NewRecovery */ delete from credential where person_id = $1 and kind = $2`, p.ID, kindRecovery); err != nil {
			return err
		}
		for _, code := range codes {
			lookup := hashToken(p.Ref + " " + foldRecoveryCode(code))
			if err := s.addCredential(ctx, tx, p, credential{Kind: kindRecovery, Lookup: &lookup}); err != nil {
				return err
			}
		}
		return s.opt.Record(ctx, tx, Act{"credential", p.Ref, p.Ref, "recovery codes made anew"})
	})
	return codes, err
}

// SealedClocks counts the clock apps that were set up, and those whose secret
// this process cannot open: they were sealed with another [Options.Secret].
func (s *Service) SealedClocks(ctx context.Context) (all, lost int, err error) {
	list, err := db.Select[credential](ctx, s.db.Reader(), `/* account.SealedClocks */ select `+db.Columns[credential]("")+` from credential where kind = $1`, KindClock)
	for _, c := range list {
		if _, err := s.clocks.unsealed(c.Person, c.Secret); err != nil {
			lost++
		}
	}
	return len(list), lost, err
}

// Entry is an attempt to come in with a passphrase.
type Entry struct {
	Name, Passphrase string
	Code             string // of a clock app, or a recovery code
	Address          string // of the request, to slow guessing down; it is not kept
	Device           string
}

// Enter logs a person in. Whatever was wrong, the answer is the same and takes
// as long; only waiting is said, with the seconds.
func (s *Service) Enter(ctx context.Context, e Entry) (p Person, token string, err error) {
	handle, now := handleOf(e.Name), s.opt.Now()
	if wait := s.throttle.wait(now, handle, e.Address); wait > 0 {
		return p, "", fault.New(fault.TooMany, "account.wait", "n", int((wait+time.Second-1)/time.Second))
	}
	if s.throttle.crowded(now, e.Address) {
		if err := s.hall.pass(ctx); err != nil {
			return p, "", err
		}
	}
	refused := fault.New(fault.Forbidden, "account.refused")
	p, ways, err := s.waysOf(ctx, handle)
	if err != nil {
		return Person{}, "", err
	}
	stored := s.nobodys()
	if c, ok := ways[KindPassphrase]; ok {
		stored = c.Secret
	}
	right, err := s.matches(ctx, e.Passphrase, stored)
	if err != nil {
		return Person{}, "", err
	}
	if right && p.ID != 0 {
		err = s.db.Write(ctx, func(tx db.Tx) error {
			passed, err := s.secondFactor(ctx, tx, p, e.Code)
			if err != nil {
				return err
			}
			if !passed {
				return refused
			}
			token, err = s.begin(ctx, tx, p, e.Device)
			return err
		})
	} else {
		err = refused
	}
	switch {
	case fault.KindOf(err) == fault.Forbidden:
		s.throttle.failed(now, handle, e.Address)
		return Person{}, "", refused
	case err != nil:
		return Person{}, "", err
	}
	s.throttle.passed(now, handle, e.Address)
	return p, token, nil
}

// waysOf finds a person and their credentials by kind; the zero person when
// there is none.
func (s *Service) waysOf(ctx context.Context, handle string) (p Person, ways map[string]credential, err error) {
	q := s.db.Reader()
	p, found, err := db.SelectOne[Person](ctx, q, `/* account.waysOf */ select `+db.Columns[Person]("")+` from person where handle = $1`, handle)
	if err != nil || !found {
		return Person{}, nil, err
	}
	list, err := db.Select[credential](ctx, q, `/* account.waysOf credentials */ select `+db.Columns[credential]("")+` from credential
		where person_id = $1 and kind in ('passphrase', 'totp')`, p.ID)
	ways = map[string]credential{}
	for _, c := range list {
		ways[c.Kind] = c
	}
	return p, ways, err
}

// secondFactor takes a code of the clock app, each once, or a recovery code,
// which is used up.
func (s *Service) secondFactor(ctx context.Context, tx db.Tx, p Person, code string) (bool, error) {
	clock, found, err := db.SelectOne[credential](ctx, tx, `/* account.secondFactor */ select `+db.Columns[credential]("")+` from credential
		where person_id = $1 and kind = $2`, p.ID, KindClock)
	if err != nil {
		return false, err
	}
	if found {
		// A secret that cannot be opened any more counts as none: recovery codes
		// still let in, and SealedClocks tells whoever runs the site.
		secret, err := s.clocks.unsealed(p.ID, clock.Secret)
		step, right := s.codeStep(string(secret), code, clock.Last)
		if err == nil && right {
			n, err := db.Exec(ctx, tx, `/* account.secondFactor used */ update credential set last = $2 where id = $1 and last < $2`, clock.ID, step)
			return n == 1, err
		}
	}
	if strings.TrimSpace(code) == "" {
		return false, nil
	}
	n, err := db.Exec(ctx, tx, `/* account.secondFactor recovery */ delete from credential where person_id = $1 and kind = $2 and lookup = $3`,
		p.ID, kindRecovery, hashToken(p.Ref+" "+foldRecoveryCode(code)))
	if err != nil || n == 0 {
		return false, err
	}
	return true, s.opt.Record(ctx, tx, Act{"credential", p.Ref, p.Ref, "recovery code used"})
}
