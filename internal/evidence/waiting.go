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
	db.In(&w, "i.organisation_id", a.For(desk.Contributor, ""))
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

// FiledAmong are the items, by case, of those of some cases in which a person filed
// any.
func FiledAmong(ctx context.Context, q db.Querier, person string, cases []int64) (map[int64][]Item, error) {
	var w db.Where
	db.In(&w, "i.case_id", cases)
	w.And("exists (select 1 from evidence_item x where x.case_id = i.case_id and x.filed_by = ?)", person)
	list, err := db.Select[Item](ctx, q, `/* evidence.FiledAmong */ select `+db.Columns[Item]("i.")+` from evidence_item i where `+w.SQL()+` order by i.id`, w.Args()...)
	out := map[int64][]Item{}
	for _, it := range list {
		out[it.Case] = append(out[it.Case], it)
	}
	return out, err
}
