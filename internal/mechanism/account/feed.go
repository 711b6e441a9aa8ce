package account

import (
	"context"
	"encoding/base64"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// feedSecret is the length of the secret in a person's feed address, in bytes.
const feedSecret = 16

// feedRow is the feed address of a person. Whoever has the address reads what waits
// for them, without logging in.
type feedRow struct {
	Person int64  `db:"person_id"`
	Hash   string `db:"secret_hash"`
	Made   int64  `db:"made_at"`
}

// feedHolds is the condition under which an address made before (f) still opens for
// its person (p): whatever ends all sessions of somebody ends it too. $1 is when
// everybody was logged out.
const feedHolds = `p.state = 'active' and f.made_at > p.logged_out and f.made_at > $1`

// NewFeed gives a person a secret for the address of their feed, in place of the one
// before. It is shown this once.
func (s *Service) NewFeed(ctx context.Context, p Person) (secret string, err error) {
	secret = base64.RawURLEncoding.EncodeToString(random(feedSecret))
	err = s.db.Write(ctx, func(tx db.Tx) error {
		row := feedRow{p.ID, hashToken(secret), s.now()}
		if err := db.Upsert(ctx, tx, "feed_address", []feedRow{row}, "on conflict (person_id) do update set secret_hash = excluded.secret_hash, made_at = excluded.made_at"); err != nil {
			return err
		}
		return s.opt.Record(ctx, tx, Act{"credential", p.Ref, p.Ref, "feed address made"})
	})
	return secret, err
}

// DropFeed ends the address of a person's feed.
func (s *Service) DropFeed(ctx context.Context, p Person) error {
	return s.db.Write(ctx, func(tx db.Tx) error {
		n, err := db.Exec(ctx, tx, `/* account.DropFeed */ delete from feed_address where person_id = $1`, p.ID)
		if err != nil || n == 0 {
			return err
		}
		return s.opt.Record(ctx, tx, Act{"credential", p.Ref, p.Ref, "feed address removed"})
	})
}

// FeedSince is when a person's feed address was made; 0 when they have none that
// opens.
func (s *Service) FeedSince(ctx context.Context, p Person) (int64, error) {
	everybody, err := s.mode(ctx, LoggedOut)
	if err != nil {
		return 0, err
	}
	at, _, err := db.Value[int64](ctx, s.db.Reader(), `/* account.FeedSince */ select f.made_at from feed_address f join person p on p.id = f.person_id
		where `+feedHolds+` and f.person_id = $2`, everybody.At, p.ID)
	return at, err
}

// ByFeed is the person whose feed address holds a secret. A secret of nobody is an
// error of kind NotFound; finding out takes the same steps whatever is wrong.
func (s *Service) ByFeed(ctx context.Context, secret string) (Person, error) {
	everybody, err := s.mode(ctx, LoggedOut)
	if err != nil {
		return Person{}, err
	}
	p, found, err := db.SelectOne[Person](ctx, s.db.Reader(), `/* account.ByFeed */ select `+db.Columns[Person]("p.")+` from feed_address f join person p on p.id = f.person_id
		where `+feedHolds+` and f.secret_hash = $2`, everybody.At, hashToken(secret))
	if err == nil && !found {
		err = fault.New(fault.NotFound, "")
	}
	return p, err
}
