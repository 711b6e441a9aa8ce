package verify

import (
	"cmp"
	"context"
	"slices"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
)

// ShakyFor are the public cases that do not stand firmly and that this person can see
// to, the first to lapse before the others: for editors of their countries all of
// them, for verifiers who could sign, and for those who wrote them, those whose evidence
// is not enough to be signed. What two organisations signed is told by
// [Service.PublishableFor]. Every page of the desk asks: the number of queries does not
// grow with the cases.
func (s *Service) ShakyFor(ctx context.Context, a desk.Actor) (desk.Waiting, error) {
	list, err := s.shakyIn(ctx, a, desk.Editor, func(*db.Where) {})
	if err != nil {
		return desk.Waiting{}, err
	}
	if everywhere, _ := a.Areas(desk.Editor); !everywhere { // who edits everything has all of them
		more, err := s.shakyIn(ctx, a, desk.Verifier, func(w *db.Where) {
			w.And("d.floor <> ?", Corroborated) // the others wait for their signature
			unbound(w, a)
		})
		if err != nil {
			return desk.Waiting{}, err
		}
		own, err := s.shakyIn(ctx, a, desk.Contributor, func(w *db.Where) {
			w.And("d.floor <> ? and exists (select 1 from dossier_author x where x.dossier_id = d.id and x.person_id = ?)", Corroborated, a.Person)
		})
		if err != nil {
			return desk.Waiting{}, err
		}
		for _, d := range slices.Concat(more, own) {
			if !slices.ContainsFunc(list, func(x Dossier) bool { return x.ID == d.ID }) {
				list = append(list, d)
			}
		}
	}
	until, err := s.lapseAt(ctx, list)
	slices.SortStableFunc(list, func(x, y Dossier) int {
		if (until[x.ID] > 0) != (until[y.ID] > 0) { // what lapses cannot wait
			return cmp.Compare(until[y.ID], until[x.ID])
		}
		return cmp.Or(cmp.Compare(until[x.ID], until[y.ID]), cmp.Compare(x.Urgency, y.Urgency), cmp.Compare(x.ID, y.ID))
	})
	rows := make([]pendingRow, len(list))
	for i, d := range list {
		rows[i] = pendingRow{d.Ref, d.Updated, until[d.ID]}
	}
	return pendingAt(rows, func(ref string) string { return path(ref) }), err
}

// shakyIn are the public cases without two signatures under what stands, urgent ones
// and those whose evidence is not enough any more, that somebody who holds a role in
// their countries has to see to.
func (s *Service) shakyIn(ctx context.Context, a desk.Actor, role desk.Role, narrow func(*db.Where)) ([]Dossier, error) {
	everywhere, countries := a.Areas(role)
	if !everywhere && len(countries) == 0 {
		return nil, nil
	}
	var w db.Where
	if err := s.narrow(ctx, &w, a, Filter{State: Public}); err != nil {
		return nil, err
	}
	if !everywhere {
		inCountries(&w, countries)
	}
	w.And(unsettledPublic+" and d.signatures < 2 and ("+urgent+" or d.revision <> d.signed_revision and d.floor <> ?)", Corroborated)
	narrow(&w)
	list, err := db.Select[Dossier](ctx, s.db.Reader(), `/* verify.shakyIn */ select `+db.Columns[Dossier]("d.")+` from dossier d where `+w.SQL()+
		` order by case when `+urgent+` then 0 else 1 end, d.urgency, d.due_at, d.id limit `+w.Arg(desk.MostWaiting+1), w.Args()...)
	return slices.DeleteFunc(list, func(d Dossier) bool { return may(a, role, d) != nil }), err
}
