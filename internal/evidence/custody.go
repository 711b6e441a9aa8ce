package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
)

// Act is a way to touch an item.
type Act string

// The acts.
const (
	Received         Act = "received"
	Captured         Act = "captured"
	CaptureFailed    Act = "capture_failed" // detail: why, as the key of a text
	Viewed           Act = "viewed"
	Downloaded       Act = "downloaded"
	Graded           Act = "graded"
	Edited           Act = "edited"
	Redacted         Act = "redacted"
	Withdrawn        Act = "withdrawn"
	ConsentWithdrawn Act = "consent_withdrawn"
	Rechecked        Act = "rechecked"
	Exported         Act = "exported"
	Moved            Act = "moved"
	OriginSaid       Act = "origin_said"
	RaiseAsked       Act = "raise_asked"
	RaiseConfirmed   Act = "raise_confirmed"
	RaiseRefused     Act = "raise_refused"
)

// Acts lists all acts.
func Acts() []Act {
	return []Act{Received, Captured, CaptureFailed, Viewed, Downloaded, Graded, Edited, Redacted, Withdrawn, ConsentWithdrawn, Rechecked, Exported, Moved, OriginSaid, RaiseAsked, RaiseConfirmed, RaiseRefused}
}

// Touch is one row of custody. It says what was done and to which bytes, never
// what they say: bytes stand in it under a seal ([desk.Seal]), because whoever has a
// guess at what was taken out of a text, or the picture that was blacked out, could
// else hold it against their hash.
type Touch struct {
	Item         int64  `db:"item_id" json:"-"`
	Ref          string `db:"-" json:"item"`
	N            int64  `db:"n" json:"n"` // from 1, without a gap
	At           int64  `db:"at" json:"at"`
	Person       string `db:"person" json:"-"` // ref; "" for the program itself
	Organisation int64  `db:"organisation_id" json:"-"`
	Who          string `db:"-" json:"who"` // the person under the item's mask
	For          string `db:"-" json:"for"` // the organisation under it
	Act          Act    `db:"act" json:"act"`
	Digest       string `db:"digest" json:"-"`
	Seal         string `db:"-" json:"bytes"` // of the digest, under the item's mask
	Detail       string `db:"detail" json:"detail"`
	Prev         string `db:"prev" json:"prev"`
	Hash         string `db:"hash" json:"-"`
}

// Recorder hears of every touch in the transaction that makes it. An error
// undoes what was done.
type Recorder func(ctx context.Context, tx db.Tx, t Touch) error

// Text is the row as it is hashed: all it says itself, and the hash of the one
// before of the same item.
func (t Touch) Text() string {
	text, err := json.Marshal(t)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return string(text)
}

// masked names the item of a row, and who touched it, as the row is hashed.
func (t Touch) masked(it *Item) Touch {
	t.Ref, t.Who, t.For = it.Ref, desk.Masked(it.Mask, "person", t.Person), ""
	t.Seal = it.sealed(t.Digest)
	if t.Organisation != 0 {
		t.For = desk.Masked(it.Mask, "organisation", strconv.FormatInt(t.Organisation, 10))
	}
	return t
}

// sealed is a digest as the custody of an item names it.
func (i Item) sealed(digest string) string {
	_, sum := desk.Seal(i.Mask, digest)
	return sum
}

// sum is the hash of a row.
func (t Touch) sum() string {
	h := sha256.Sum256([]byte(t.Text()))
	return hex.EncodeToString(h[:])
}

// who is whoever touches an item; the zero value is the program itself.
type who struct {
	person       string
	organisation int64
}

// as is an actor at work on an item: for the organisation that filed it if they
// are in it, or else for their first one in the country.
func as(a desk.Actor, it Item) who {
	if a.IsIn(it.Organisation) {
		return who{a.Ref, it.Organisation}
	}
	if list := a.For(desk.Reader, it.Country); len(list) > 0 {
		return who{a.Ref, list[0]}
	}
	return who{a.Ref, 0}
}

// touch continues the custody of an item and keeps its end in it.
func (s *Service) touch(ctx context.Context, tx db.Tx, it *Item, w who, act Act, digest, detail string) error {
	t := Touch{Item: it.ID, N: it.CustodyN + 1, At: s.now().UnixMicro(), Person: w.person, Organisation: w.organisation,
		Act: act, Digest: digest, Detail: detail, Prev: it.CustodyHash}.masked(it)
	t.Hash = t.sum()
	n, err := db.Exec(ctx, tx, `/* evidence.touch */ update evidence_item set custody_n = $3, custody_hash = $4 where id = $1 and custody_n = $2`,
		it.ID, it.CustodyN, t.N, t.Hash)
	if err != nil {
		return err
	}
	if n != 1 {
		return fmt.Errorf("evidence.touch %s: its custody went on meanwhile", it.Ref)
	}
	if err := db.Insert(ctx, tx, "evidence_custody", []Touch{t}); err != nil {
		return err
	}
	it.CustodyN, it.CustodyHash = t.N, t.Hash
	return s.record(ctx, tx, t)
}

// Custody lists who touched an item, oldest first; of one that was withdrawn it is
// closed like its content.
func (s *Service) Custody(ctx context.Context, a desk.Actor, ref string) ([]Touch, error) {
	it, err := seen(ctx, s.db.Reader(), a, ref)
	if err == nil && it.WithdrawnAt != nil {
		it, err = opened(ctx, s.db.Reader(), a, ref)
	}
	if err != nil {
		return nil, err
	}
	return custodyOf(ctx, s.db.Reader(), it)
}

func custodyOf(ctx context.Context, q db.Querier, it Item) ([]Touch, error) {
	list, err := db.Select[Touch](ctx, q, `/* evidence.custodyOf */ select `+db.Columns[Touch]("")+` from evidence_custody where item_id = $1 order by n`, it.ID)
	for i := range list {
		list[i] = list[i].masked(&it)
	}
	return list, err
}

// BrokenCustody says where the custody of an item is not what was written.
type BrokenCustody struct {
	Ref string
	N   int64 // the first row that is wrong or missing
	Why string
}

// Error names the item, the row and what is wrong.
func (b *BrokenCustody) Error() string {
	return fmt.Sprintf("the custody of %s is broken at row %d: %s", b.Ref, b.N, b.Why)
}

// VerifyCustody reads the custody of an item again. A row that was altered,
// deleted, inserted or moved gives a [*BrokenCustody]. Whoever owns the database
// can write the whole chain anew; what the recorder was told then contradicts it.
func (s *Service) VerifyCustody(ctx context.Context, id int64) error {
	return s.db.Snapshot(ctx, func(q db.Querier) error {
		it, found, err := itemByID(ctx, q, id)
		if err != nil {
			return err
		}
		if !found {
			return errUnknown()
		}
		list, err := custodyOf(ctx, q, it)
		if err != nil {
			return err
		}
		return verifyChain(it, list)
	})
}

func verifyChain(it Item, list []Touch) error {
	broken := func(n int64, why string) error { return &BrokenCustody{it.Ref, n, why} }
	prev := ""
	for i, t := range list {
		n := int64(i) + 1
		switch {
		case t.N != n:
			return broken(n, "it is missing")
		case t.Prev != prev:
			return broken(n, "it does not continue the one before")
		case t.Hash != t.sum():
			return broken(n, "it was altered")
		}
		prev = t.Hash
	}
	if n := int64(len(list)); n != it.CustodyN || prev != it.CustodyHash {
		return broken(n+1, "the rows after it are missing, or it was never the end")
	}
	return nil
}

// fieldNames lists which fields changed, for the custody: their values stay out
// of it.
func fieldNames(list []change) string {
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = c.Field
	}
	return strings.Join(names, " ")
}
