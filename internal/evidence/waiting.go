package evidence

import (
	"context"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
)

// RaisesFor are the items of which more could go out if this person, as the second
// one of the organisation that filed them, agrees. Each item counts once.
func (s *Service) RaisesFor(ctx context.Context, a desk.Actor) (desk.Waiting, error) {
	type row struct {
		Ref          string `db:"ref"`
		Country      string `db:"country"`
		Organisation int64  `db:"organisation_id"`
		At           int64  `db:"at"`
	}
	var w db.Where
	w.And("r.decision = '' and r.person <> ? and i.withdrawn_at is null", a.Ref)
	in := "(0"
	for _, o := range a.For(desk.Contributor, "") {
		in += ", " + w.Arg(o)
	}
	w.And("i.organisation_id in " + in + ")")
	rows, err := db.Select[row](ctx, s.db.Reader(), `/* evidence.RaisesFor */ select i.ref, i.country, i.organisation_id, min(r.at) as at
		from evidence_raise r join evidence_item i on i.id = r.item_id where `+w.SQL()+` group by i.ref, i.country, i.organisation_id order by 4, 1`, w.Args()...)
	var list []desk.Pending
	for _, r := range rows {
		if len(list) > desk.MostWaiting {
			break
		}
		if (Item{Country: r.Country, Organisation: r.Organisation}).ownedBy(a) {
			list = append(list, desk.Pending{Ref: r.Ref, Path: itemPath(r.Ref), Since: r.At})
		}
	}
	return desk.WaitingOf(list), err
}

// FiledIn tells in which of some cases a person filed evidence.
func (s *Service) FiledIn(ctx context.Context, person string, cases []int64) ([]int64, error) {
	type row struct {
		Case int64 `db:"case_id"`
	}
	var w db.Where
	w.And("i.filed_by = ?", person)
	in := "(0"
	for _, c := range cases {
		in += ", " + w.Arg(c)
	}
	w.And("i.case_id in " + in + ")")
	rows, err := db.Select[row](ctx, s.db.Reader(), `/* evidence.FiledIn */ select distinct i.case_id from evidence_item i where `+w.SQL(), w.Args()...)
	out := make([]int64, len(rows))
	for i, r := range rows {
		out[i] = r.Case
	}
	return out, err
}
