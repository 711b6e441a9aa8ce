package verify

import (
	"context"
	"strconv"
	"strings"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
)

// twoUnder are the open proposals p that two people of two organisations signed.
const twoUnder = `exists (select 1 from live_release_signature x join live_release_signature y on y.proposal_id = x.proposal_id and y.person_id > x.person_id and y.organisation_id <> x.organisation_id
		where x.proposal_id = p.id and x.digest = p.digest and y.digest = p.digest)`

// ReleasesFor are the releases that wait for this person's signature, by their labels.
func (s *Service) ReleasesFor(ctx context.Context, a desk.Actor) (desk.Waiting, error) {
	if _, err := worldwide(a, desk.Verifier, 0); err != nil {
		return desk.Waiting{}, nil // not theirs to sign
	}
	var w db.Where
	w.And("p.person_id <> ? and not exists (select 1 from release_signature x where x.proposal_id = p.id and x.person_id = ?)", a.Person, a.Person)
	w.And("not " + twoUnder)
	return s.proposalsLike(ctx, &w)
}

// CuttableFor are the releases that two organisations signed and that an editor for
// the whole world has to cut, by their labels.
func (s *Service) CuttableFor(ctx context.Context, a desk.Actor) (desk.Waiting, error) {
	if _, err := worldwide(a, desk.Editor, 0); err != nil {
		return desk.Waiting{}, nil // not theirs to cut
	}
	var w db.Where
	w.And(twoUnder)
	return s.proposalsLike(ctx, &w)
}

// proposalsLike are the open proposals of the record as it stands that fulfil w.
func (s *Service) proposalsLike(ctx context.Context, w *db.Where) (desk.Waiting, error) {
	rows, err := db.Select[pendingRow](ctx, s.db.Reader(), `/* verify.proposalsLike */ select p.label as ref, p.at as since, 0 as due_at from release_proposal p
		where p.state = 'open' and not exists (select 1 from incident i where i.updated_at > p.at) and `+w.SQL()+` order by p.id limit `+w.Arg(desk.MostWaiting+1), w.Args()...)
	return pendingAt(rows, func(string) string { return releasesPath }), err
}

// RecodingsFor are the lists of incidents to be coded anew that wait for this person's
// signature and that it brings on.
func (s *Service) RecodingsFor(ctx context.Context, a desk.Actor) (desk.Waiting, error) {
	var w db.Where
	w.And("r.state = 'open' and r.person_id <> ?", a.Person)
	w.And("not exists (select 1 from recoding_signature x where x.recoding_id = r.id and x.person_id = ?)", a.Person)
	w.And(`not exists (select 1 from live_recoding_signature x join live_recoding_signature y on y.recoding_id = x.recoding_id and y.person_id > x.person_id and y.organisation_id <> x.organisation_id
		where x.recoding_id = r.id)`)
	var fresh []string // of which of their organisations nobody has signed
	for _, h := range a.Holds {
		if h.Everywhere && h.Role.Gives(desk.Verifier) {
			fresh = append(fresh, "not exists (select 1 from live_recoding_signature x where x.recoding_id = r.id and x.organisation_id = "+w.Arg(h.Organisation)+")")
		}
	}
	if len(fresh) == 0 {
		return desk.Waiting{}, nil // not theirs to sign
	}
	w.And("(" + strings.Join(fresh, " or ") + ")")
	type row struct {
		ID    int64 `db:"id"`
		Since int64 `db:"at"`
	}
	list, err := db.Select[row](ctx, s.db.Reader(), `/* verify.RecodingsFor */ select r.id, r.at from recoding r where `+w.SQL()+` order by r.id limit `+w.Arg(desk.MostWaiting+1), w.Args()...)
	out := make([]desk.Pending, len(list))
	for i, r := range list {
		out[i] = desk.Pending{Ref: "R-" + strconv.FormatInt(r.ID, 10), Path: recodingPath(r.ID), Since: r.Since}
	}
	return desk.WaitingOf(out), err
}
