package evidence

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// Provenance is what somebody says about where an item comes from; the zero value
// is that nobody knows yet. While nobody knows, the item proves nothing beside
// another. Items with the same address or the same file are copies of one thing: who
// says where one comes from takes what is said of the others whom they may know of,
// and says it of those that nothing is said of yet and that are theirs to work on.
// Nobody changes what is said of any other.
type Provenance struct {
	Own    bool   // it goes back to a source of its own
	SameAs string // ref of an item that goes back to the same source
}

// SayOrigin says where an item comes from, or takes back what was said. Any
// contributor may who sees what the item says.
func (s *Service) SayOrigin(ctx context.Context, a desk.Actor, ref string, version int64, p Provenance) (it Item, err error) {
	err = s.db.Write(ctx, func(tx db.Tx) (err error) {
		if it, err = workable(ctx, tx, a, ref); err != nil {
			return err
		}
		if err := atVersion(it, version); err != nil {
			return err
		}
		was := it.Origin
		if p == (Provenance{}) {
			it.Origin = 0
		} else if err := s.say(ctx, tx, a, &it, p); err != nil {
			return err
		}
		if it.Origin == was {
			return nil
		}
		return s.keep(ctx, tx, as(a, it), &it, originSaid(was, it.Origin))
	})
	return it, err
}

func originChange(was, is int64) change {
	return change{"origin_id", fmt.Sprint(was), fmt.Sprint(is)}
}

func originSaid(was, is int64) done {
	return done{act: OriginSaid, detail: "origin_id", changes: []change{originChange(was, is)}}
}

// say gives an item the origin that somebody says it has.
func (s *Service) say(ctx context.Context, tx db.Tx, a desk.Actor, it *Item, p Provenance) error {
	if p.Own && p.SameAs != "" {
		return fault.Mend(fault.Field{Name: "origin", Key: "evidence.need_origin"})
	}
	copies, err := copiesOf(ctx, tx, *it)
	if err != nil {
		return err
	}
	binding, err := bindingOf(ctx, tx, *it, copies)
	if err != nil {
		return err
	}
	if p.SameAs != "" {
		err = s.sayShared(ctx, tx, a, it, p.SameAs, binding)
	} else {
		err = s.sayOwn(ctx, tx, a, it, binding)
	}
	if err != nil {
		return err
	}
	for _, c := range copies { // what is said of one copy is said of all
		mine := c.Origin == 0 && c.WithdrawnAt == nil && a.Can(desk.Contributor, c.Country) && c.openTo(a)
		if !mine || c.Ref == p.SameAs {
			continue
		}
		if err := s.bringTo(ctx, tx, as(a, c), c, it.Origin); err != nil {
			return err
		}
	}
	return nil
}

// sayOwn gives an item an origin that no other has but its copies. Of copies that
// the actor may not know of it takes the origin without a word.
func (s *Service) sayOwn(ctx context.Context, tx db.Tx, a desk.Actor, it *Item, copies []Item) error {
	for _, c := range copies {
		if c.Origin == 0 {
			continue
		}
		if c.knownTo(a) {
			return fault.Mend(fault.Field{Name: "origin", Key: "evidence.origin_copy", Args: []any{"ref", c.Ref}})
		}
		it.Origin = c.Origin
		return nil
	}
	shared, err := ids(ctx, tx, `/* evidence.sayOwn */ select id from evidence_item where origin_id = $1 and id <> $2`, it.Origin, it.ID)
	if err == nil && (it.Origin == 0 || len(shared) > 0) {
		it.Origin, err = newOrigin(ctx, tx, s.now().UnixMicro())
	}
	return err
}

// sayShared gives an item the origin of another one, and both a new one where
// nobody had said anything of that other yet.
func (s *Service) sayShared(ctx context.Context, tx db.Tx, a desk.Actor, it *Item, ref string, copies []Item) error {
	other, err := opened(ctx, tx, a, ref)
	if fault.KindOf(err) == fault.NotFound || err == nil && other.ID == it.ID {
		return fault.Mend(fault.Field{Name: "same", Key: "evidence.unknown"})
	}
	if err != nil {
		return err
	}
	origin := other.Origin
	if origin == 0 {
		theirs, err := copiesOf(ctx, tx, other)
		if err == nil {
			theirs, err = bindingOf(ctx, tx, other, theirs)
		}
		if err != nil {
			return err
		}
		origin = originAmong(append(theirs, copies...))
	}
	for _, c := range copies {
		if c.Origin != 0 && c.Origin != origin && c.knownTo(a) { // of others nobody learns
			return fault.Mend(fault.Field{Name: "same", Key: "evidence.origin_elsewhere"})
		}
	}
	if origin == 0 {
		if origin, err = newOrigin(ctx, tx, s.now().UnixMicro()); err != nil {
			return err
		}
	}
	it.Origin = origin
	if other.Origin == origin {
		return nil
	}
	if err := a.Must(desk.Contributor, other.Country); err != nil {
		return err
	}
	return s.bringTo(ctx, tx, as(a, other), other, origin)
}

// bringTo gives an item an origin that was said of another.
func (s *Service) bringTo(ctx context.Context, tx db.Tx, w who, it Item, origin int64) error {
	was := it.Origin
	it.Origin = origin
	return s.keep(ctx, tx, w, &it, originSaid(was, origin))
}

// settle gives an item that is filed, or whose address changed, the origin of its
// copies that the actor may know of, and else the one that is said. Where copies of
// two origins meet in it, each keeps its own: that they may be one is a suggestion.
func (s *Service) settle(ctx context.Context, tx db.Tx, a desk.Actor, it *Item, p Provenance) error {
	copies, err := copiesOf(ctx, tx, *it)
	if err == nil {
		copies, err = bindingOf(ctx, tx, *it, copies)
	}
	if err != nil {
		return err
	}
	known := slices.DeleteFunc(copies, func(c Item) bool { return !c.knownTo(a) })
	origin := originAmong(known)
	switch {
	case origin != 0 && p.SameAs == "":
		it.Origin = origin
		return nil
	case p == (Provenance{}):
		return nil
	}
	return s.say(ctx, tx, a, it, p)
}

// originAmong is the first origin that was said of some items, 0 for none.
func originAmong(list []Item) int64 {
	for _, it := range list {
		if it.Origin != 0 {
			return it.Origin
		}
	}
	return 0
}

// bindingOf leaves of the copies of an item those whose origin it has to take: the
// ones of its case, and of others those that somebody gave no more than the origin of
// this one thing. What is said elsewhere about several things, by people who may have
// no part in this case, does not make them one here.
func bindingOf(ctx context.Context, q db.Querier, it Item, copies []Item) ([]Item, error) {
	same := map[int64]bool{it.ID: true}
	for _, c := range copies {
		same[c.ID] = true
	}
	var out []Item
	for _, c := range copies {
		if c.Origin == 0 {
			continue
		}
		shared, err := ids(ctx, q, `/* evidence.bindingOf */ select id from evidence_item where origin_id = $1`, c.Origin)
		if err != nil {
			return nil, err
		}
		if c.Case == it.Case || !slices.ContainsFunc(shared, func(id int64) bool { return !same[id] }) {
			out = append(out, c)
		}
	}
	return out, nil
}

// samePage are the items whose captured page is that of $1, byte for byte. What a server
// says of an address it has nothing at, and what is too short to be told apart, proves
// nothing.
const samePage = `select o.item_id from evidence_capture m join evidence_capture o on o.body = m.body and o.status = 200
	where m.item_id = $1 and m.status = 200 and m.body_size >= 512`

func sameHost(a, b string) bool {
	x, errX := url.Parse(a)
	y, errY := url.Parse(b)
	return errX != nil || errY != nil || strings.EqualFold(x.Hostname(), y.Hostname())
}

// captured gives an item whose page was captured the origin of the items that have the
// same one, which nobody could know before.
func (s *Service) captured(ctx context.Context, tx db.Tx, a desk.Actor, it *Item) ([]change, error) {
	was := it.Origin
	if err := s.settle(ctx, tx, a, it, Provenance{}); err != nil || it.Origin == was {
		return nil, err
	}
	return []change{originChange(was, it.Origin)}, nil
}

// copiesOf lists the items that are copies of an item, and copies of those of its
// case, in the order of their numbers: the same address but for what differs between
// copies of a page, the same file, or the same page byte for byte at another host. A host
// may answer alike at each of its addresses; that two of those are one is a suggestion.
func copiesOf(ctx context.Context, q db.Querier, it Item) ([]Item, error) {
	found := []Item{}
	known := map[int64]bool{it.ID: true}
	for next := []Item{it}; len(next) > 0; next = next[1:] {
		of := next[0]
		list, err := db.Select[Item](ctx, q, `/* evidence.copiesOf */ select `+itemColumns+` from evidence_item where canonical <> '' and canonical = $2
			or id in (select o.item_id from evidence_file m join evidence_file o on o.digest = m.digest where m.item_id = $1) order by id`, of.ID, of.Canonical)
		if err != nil {
			return nil, err
		}
		pages, err := db.Select[Item](ctx, q, `/* evidence.copiesOf pages */ select `+itemColumns+` from evidence_item where id in (`+samePage+`) order by id`, of.ID)
		if err != nil {
			return nil, err
		}
		for _, c := range pages {
			if !sameHost(c.URL, of.URL) {
				list = append(list, c)
			}
		}
		for _, c := range list {
			if !known[c.ID] {
				known[c.ID] = true
				if found = append(found, c); c.Case == it.Case { // one elsewhere makes no two things here one
					next = append(next, c)
				}
			}
		}
	}
	slices.SortFunc(found, func(a, b Item) int { return int(a.ID - b.ID) })
	return found, nil
}
