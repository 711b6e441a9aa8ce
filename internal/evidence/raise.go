package evidence

import (
	"context"
	"slices"
	"strings"
	"time"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// Raise is a change of one field that would let more of an item go out. One
// person of the organisation that filed the item asks for it, another one
// decides; until then the more cautious value stands.
type Raise struct {
	ID        int64    `db:"id"`
	Item      int64    `db:"item_id"`
	Field     string   `db:"field"`
	Old       string   `db:"old_value"`
	New       string   `db:"new_value"`
	By        string   `db:"person"` // ref
	At        int64    `db:"at"`
	Decision  Decision `db:"decision"`
	DecidedBy string   `db:"decided_by"`
	DecidedAt *int64   `db:"decided_at"`
}

// Decision is what became of a raise.
type Decision string

// The decisions.
const (
	Undecided Decision = ""
	Confirmed Decision = "confirmed"
	Refused   Decision = "refused"   // or taken back by who asked
	Overtaken Decision = "overtaken" // the field was given another value meanwhile
)

// answerRank orders answers by what they let out.
var answerRank = map[Answer]int{No: 0, NotAsked: 1, Unknown: 1, Yes: 2}

// raises lists what of another draft would let more go out than this one.
func (d Draft) raises(next Draft, now time.Time) []change {
	return slices.DeleteFunc(d.differences(next), func(c change) bool { return !d.raisedBy(c, next, now) })
}

func (d Draft) raisedBy(c change, next Draft, now time.Time) bool {
	switch c.Field {
	case "audience":
		return next.Audience == Open
	case "precision":
		return slices.Index(Precisions(), next.Precision) < slices.Index(Precisions(), d.Precision)
	case "embargo_until":
		runs := d.EmbargoUntil != nil && *d.EmbargoUntil > now.UnixMicro()
		return runs && (next.EmbargoUntil == nil || *next.EmbargoUntil < *d.EmbargoUntil)
	case "kind", "class":
		return d.FirstHand() && !next.FirstHand() // of which nothing goes out without a yes
	}
	return strings.HasPrefix(c.Field, "consent_") && answerRank[Answer(c.New)] > answerRank[Answer(c.Old)]
}

// askRaises writes down what waits for a second person. What waits already with
// the same value is not asked for again.
func (s *Service) askRaises(ctx context.Context, tx db.Tx, a desk.Actor, it *Item, list []change) ([]Raise, error) {
	open, err := openRaises(ctx, tx, it.ID)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(c change) bool {
		return slices.ContainsFunc(open, func(r Raise) bool { return r.Field == c.Field && r.New == c.New })
	})
	if len(list) == 0 {
		return nil, nil
	}
	if err := s.overtake(ctx, tx, *it, list); err != nil {
		return nil, err
	}
	id, err := db.NextID(ctx, tx, "evidence_raise")
	if err != nil {
		return nil, err
	}
	out := make([]Raise, len(list))
	for i, c := range list {
		out[i] = Raise{ID: id + int64(i), Item: it.ID, Field: c.Field, Old: c.Old, New: c.New, By: a.Ref, At: s.now().UnixMicro()}
	}
	if err := db.Insert(ctx, tx, "evidence_raise", out); err != nil {
		return nil, err
	}
	return out, s.touch(ctx, tx, it, as(a, *it), RaiseAsked, "", fieldNames(list))
}

func openRaises(ctx context.Context, q db.Querier, item int64) ([]Raise, error) {
	return db.Select[Raise](ctx, q, `/* evidence.openRaises */ select `+db.Columns[Raise]("")+` from evidence_raise where item_id = $1 and decision = '' order by id`, item)
}

// Raises lists what waits for a second person of the organisation that filed an
// item, oldest first. To others it is nothing.
func (s *Service) Raises(ctx context.Context, a desk.Actor, ref string) ([]Raise, error) {
	it, err := opened(ctx, s.db.Reader(), a, ref)
	if err != nil || !a.IsIn(it.Organisation) {
		return nil, err
	}
	return openRaises(ctx, s.db.Reader(), it.ID)
}

// DecideRaise confirms a raise, which only a second person of the organisation
// may, or refuses it, which whoever asked for it may too.
func (s *Service) DecideRaise(ctx context.Context, a desk.Actor, ref string, version, id int64, confirm bool) (it Item, err error) {
	err = s.db.Write(ctx, func(tx db.Tx) (err error) {
		if it, err = owned(ctx, tx, a, ref); err != nil {
			return err
		}
		if err := atVersion(it, version); err != nil {
			return err
		}
		open, err := openRaises(ctx, tx, it.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(open, func(r Raise) bool { return r.ID == id })
		switch {
		case i < 0:
			return fault.New(fault.Conflict, "evidence.raise_gone")
		case confirm && open[i].By == a.Ref:
			return fault.New(fault.Forbidden, "evidence.raise_own")
		case !confirm:
			if err := s.decide(ctx, tx, open[i].ID, Refused, a.Ref); err != nil {
				return err
			}
			return s.touch(ctx, tx, &it, as(a, it), RaiseRefused, "", open[i].Field)
		}
		return s.confirm(ctx, tx, a, &it, open[i])
	})
	return it, err
}

func (s *Service) confirm(ctx context.Context, tx db.Tx, a desk.Actor, it *Item, r Raise) error {
	next := it.Draft
	next.set(r.Field, r.New)
	if err := next.clean(); err != nil {
		return err
	}
	if err := s.decide(ctx, tx, r.ID, Confirmed, a.Ref); err != nil {
		return err
	}
	list := it.differences(next)
	it.Draft = next
	return s.keep(ctx, tx, as(a, *it), it, done{act: RaiseConfirmed, detail: r.Field, changes: list})
}

func (s *Service) decide(ctx context.Context, tx db.Tx, id int64, what Decision, person string) error {
	_, err := db.Exec(ctx, tx, `/* evidence.decide */ update evidence_raise set decision = $2, decided_by = $3, decided_at = $4 where id = $1 and decision = ''`,
		id, string(what), person, s.now().UnixMicro())
	return err
}

// overtake ends what waits for fields that were given a value meanwhile: who
// confirmed it afterwards would confirm what nobody asks for any more.
func (s *Service) overtake(ctx context.Context, tx db.Tx, it Item, list []change) error {
	open, err := openRaises(ctx, tx, it.ID)
	if err != nil {
		return err
	}
	for _, r := range open {
		if !slices.ContainsFunc(list, func(c change) bool { return c.Field == r.Field }) {
			continue
		}
		if err := s.decide(ctx, tx, r.ID, Overtaken, ""); err != nil {
			return err
		}
	}
	return nil
}
