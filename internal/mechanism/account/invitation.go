package account

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// InvitationLife is how long a link for coming in works.
const InvitationLife = 7 * 24 * time.Hour

// Invitation is a one-time way in.
type Invitation struct {
	ID      int64  `db:"id"`
	Hash    string `db:"code_hash"`
	By      *int64 `db:"invited_by"` // nil for the command line
	Note    string `db:"note"`       // for whom, in the inviter's words; only they see it
	Grants  string `db:"grants"`
	Created int64  `db:"created_at"`
	Expires int64  `db:"expires_at"`
	UsedBy  *int64 `db:"used_by"`
	State   string `db:"state"`
}

// Invite makes a one-time code. by is nil for the command line; grants is what
// the rooms above give to whoever accepts. The code is shown this once.
func (s *Service) Invite(ctx context.Context, by *Person, note, grants string) (code string, err error) {
	code = newToken()
	err = s.db.Write(ctx, func(tx db.Tx) error {
		id, err := db.NextID(ctx, tx, "invitation")
		if err != nil {
			return err
		}
		now := s.now()
		row := Invitation{ID: id, Hash: hashToken(code), Note: note, Grants: grants, Created: now, Expires: now + InvitationLife.Microseconds(), State: "open"}
		act := Act{Kind: "invited", What: grants}
		if by != nil {
			row.By, act.By = &by.ID, by.Ref
		}
		if err := db.Insert(ctx, tx, "invitation", []Invitation{row}); err != nil {
			return err
		}
		return s.opt.Record(ctx, tx, act)
	})
	return code, err
}

// Invited is the open invitation of a code.
func (s *Service) Invited(ctx context.Context, code string) (Invitation, error) {
	return s.invited(ctx, s.db.Reader(), code)
}

func (s *Service) invited(ctx context.Context, q db.Querier, code string) (Invitation, error) {
	inv, found, err := db.SelectOne[Invitation](ctx, q, `/* account.invited */ select `+db.Columns[Invitation]("")+` from invitation where code_hash = $1`, hashToken(code))
	if err == nil && found && inv.State == "used" {
		return inv, fault.New(fault.Gone, "account.invitation_used")
	}
	if err == nil && (!found || inv.State != "open" || inv.Expires <= s.now()) {
		err = fault.New(fault.Gone, "account.invitation_over")
	}
	return inv, err
}

// Invitations lists those that are open, the newest first.
func (s *Service) Invitations(ctx context.Context) ([]Invitation, error) {
	return db.Select[Invitation](ctx, s.db.Reader(), `/* account.Invitations */ select `+db.Columns[Invitation]("")+` from invitation
		where state = 'open' and expires_at > $1 order by id desc`, s.now())
}

// Withdraw takes an open invitation back. by is the ref of who does it.
func (s *Service) Withdraw(ctx context.Context, id int64, by string) error {
	return s.db.Write(ctx, func(tx db.Tx) error {
		n, err := db.Exec(ctx, tx, `/* account.Withdraw */ update invitation set state = 'withdrawn' where id = $1 and state = 'open'`, id)
		if err != nil || n == 0 {
			return err
		}
		return s.opt.Record(ctx, tx, Act{Kind: "withdrawn", By: by})
	})
}

// Joining is what a newcomer says of themselves, and their first way in: a
// passphrase now, or a passkey right after, in the session they get.
type Joining struct {
	Code       string
	Name       string
	Lang       string
	Device     string // what they call the device they sit at
	Passphrase string // "" when a passkey is made next
}

// mendBoth says all that is wrong with a form at once.
func mendBoth(a, b error) error {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	return fault.Mend(append(slices.Clone(fault.Fields(a)), fault.Fields(b)...)...)
}

// Accept makes a person of an invitation, once, and logs them in. With a
// passphrase alone nobody comes in a second time: a clock app or a passkey has
// to be set up in this session ([Service.Ways] says what is missing).
func (s *Service) Accept(ctx context.Context, j Joining) (p Person, token string, err error) {
	if _, err := s.Invited(ctx, j.Code); err != nil { // before anything costs time
		return p, "", err
	}
	name, err := cleanName(j.Name)
	var badPass error
	if j.Passphrase != "" {
		badPass = checkPassphrase(j.Passphrase, name)
	}
	if err := mendBoth(err, badPass); err != nil {
		return p, "", err
	}
	secret := ""
	if j.Passphrase != "" {
		if secret, err = s.hashPassphrase(ctx, j.Passphrase); err != nil {
			return p, "", err
		}
	}
	err = s.db.Write(ctx, func(tx db.Tx) error {
		inv, err := s.invited(ctx, tx, j.Code)
		if err != nil {
			return err
		}
		if err := s.checkName(ctx, tx, name, 0); err != nil {
			return err
		}
		id, err := db.NextID(ctx, tx, "person")
		if err != nil {
			return err
		}
		p = Person{ID: id, Ref: newToken()[:22], Handle: handleOf(name), Name: name, Lang: strings.ToLower(j.Lang), State: "active", Created: s.now()}
		if err := db.Insert(ctx, tx, "person", []Person{p}); err != nil {
			return err
		}
		if _, err := db.Exec(ctx, tx, `/* account.Accept */ update invitation set state = 'used', used_by = $2 where id = $1`, inv.ID, p.ID); err != nil {
			return err
		}
		if secret != "" {
			if err := s.addCredential(ctx, tx, p, credential{Kind: KindPassphrase, Secret: secret}); err != nil {
				return err
			}
		}
		if err := s.opt.Accepted(ctx, tx, p, inv); err != nil {
			return err
		}
		if err := s.opt.Record(ctx, tx, Act{"joined", p.Ref, p.Ref, inv.Grants}); err != nil {
			return err
		}
		token, err = s.begin(ctx, tx, p, j.Device)
		return err
	})
	if db.IsUnique(err) {
		err = fault.Mend(fault.Field{Name: "name", Key: "account.name_taken"})
	}
	if err != nil {
		return Person{}, "", err
	}
	return p, token, nil
}
