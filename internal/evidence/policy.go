package evidence

import (
	"context"
	"slices"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// errUnknown answers for an item that is not there and for one that is not to be
// seen: the two cannot be told apart.
func errUnknown() error { return fault.New(fault.NotFound, "evidence.unknown") }

// seen reads an item the actor may know of.
func seen(ctx context.Context, q db.Querier, a desk.Actor, ref string) (Item, error) {
	it, found, err := itemByRef(ctx, q, ref)
	if err != nil {
		return Item{}, err
	}
	if !found || !a.Can(desk.Reader, it.Country) {
		return Item{}, errUnknown()
	}
	return it, nil
}

// opened reads an item whose content the actor may know.
func opened(ctx context.Context, q db.Querier, a desk.Actor, ref string) (Item, error) {
	it, err := seen(ctx, q, a, ref)
	switch {
	case err != nil || it.openTo(a):
		return it, err
	case it.WithdrawnAt != nil:
		return Item{}, fault.New(fault.Forbidden, "evidence.withdrawn_closed")
	}
	return Item{}, fault.New(fault.Forbidden, "evidence.own_organisation")
}

// workable reads an item the actor may work with whoever filed it: grade it, say
// where it comes from, capture its page.
func workable(ctx context.Context, q db.Querier, a desk.Actor, ref string) (Item, error) {
	it, err := opened(ctx, q, a, ref)
	if err != nil {
		return Item{}, err
	}
	if err := a.Must(desk.Contributor, it.Country); err != nil {
		return Item{}, err
	}
	if it.WithdrawnAt != nil {
		return Item{}, fault.New(fault.Conflict, "evidence.withdrawn")
	}
	return it, nil
}

// owned reads an item the actor may change: one that an organisation filed for
// which they contribute in its country. What a source was promised is kept by
// those who promised it.
func owned(ctx context.Context, q db.Querier, a desk.Actor, ref string) (Item, error) {
	it, err := workable(ctx, q, a, ref)
	if err == nil && !it.ownedBy(a) {
		return Item{}, fault.New(fault.Forbidden, "evidence.not_yours")
	}
	return it, err
}

// revocable reads an item which the actor may withdraw, or a consent for it. That
// only protects the source, so there is always somebody who may: the organisation
// that filed the item; and where nobody works for that in the item's country any more,
// or did not when it was moved there, its people for other countries and an editor of
// the case, even of what is kept from them.
func (s *Service) revocable(ctx context.Context, q db.Querier, a desk.Actor, ref string) (Item, error) {
	it, found, err := itemByRef(ctx, q, ref)
	if err != nil {
		return Item{}, err
	}
	if !found {
		return Item{}, errUnknown()
	}
	if !it.ownedBy(a) {
		works, err := s.works(ctx, q, it.Organisation, it.Country)
		if err != nil {
			return Item{}, err
		}
		ours := slices.Contains(a.For(desk.Contributor, ""), it.Organisation)
		switch {
		case !works && (ours || a.Can(desk.Editor, it.Country)):
		case a.Can(desk.Reader, it.Country):
			return Item{}, fault.New(fault.Forbidden, "evidence.not_yours")
		default:
			return Item{}, errUnknown()
		}
	}
	if it.WithdrawnAt != nil {
		return Item{}, fault.New(fault.Conflict, "evidence.withdrawn")
	}
	return it, nil
}

func (i Item) ownedBy(a desk.Actor) bool {
	return slices.Contains(a.For(desk.Contributor, i.Country), i.Organisation)
}

// openTo tells whether an actor may know the content: all who see the item may,
// unless it is kept to its organisation.
func (i Item) openTo(a desk.Actor) bool {
	return !i.Kept() || a.IsIn(i.Organisation)
}

// knownTo tells whether an actor may know that there is this item, and what it says.
func (i Item) knownTo(a desk.Actor) bool { return a.Can(desk.Reader, i.Country) && i.openTo(a) }

// Kept tells whether the content of an item is kept to the organisation that filed
// it: by consent, or because it was withdrawn.
func (i Item) Kept() bool { return i.Partners == No || i.Internal == No || i.WithdrawnAt != nil }

// shownTo is the item as an actor may see it: of one that is kept from them what
// kind of thing it is, of one that was withdrawn that it was, its class and when.
func (i Item) shownTo(a desk.Actor) Item {
	switch {
	case i.openTo(a):
		return i
	case i.WithdrawnAt != nil:
		return Item{ID: i.ID, Ref: i.Ref, Year: i.Year, Number: i.Number, Case: i.Case, CaseRef: i.CaseRef, Country: i.Country, Draft: Draft{Class: i.Class}, WithdrawnAt: i.WithdrawnAt, Closed: true}
	}
	i.Draft = Draft{Kind: i.Kind, Class: i.Class, Precision: i.Precision, Audience: i.Audience, Consent: i.Consent, ReceivedPrecision: i.ReceivedPrecision}
	i.Canonical, i.Closed = "", true
	return i
}

// worksFor is the organisation an actor files for: the one asked for if they may,
// or else their first.
func worksFor(a desk.Actor, country string, asked int64) (int64, error) {
	if err := a.Must(desk.Contributor, country); err != nil {
		return 0, err
	}
	list := a.For(desk.Contributor, country)
	if asked == 0 {
		return list[0], nil
	}
	if !slices.Contains(list, asked) {
		return 0, fault.New(fault.Forbidden, "desk.not_yours")
	}
	return asked, nil
}
