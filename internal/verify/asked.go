package verify

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// A sheet changes nothing of what two organisations signed. Where one says something else
// of an incident of the desk, an editor answers what becomes of that.

// Asked lists what is asked about the incident of a case, what waits for an answer first.
func (s *Service) Asked(ctx context.Context, c *Case) ([]incident.Asked, error) {
	if c.Incident == "" {
		return nil, nil
	}
	return s.Record.AskedAbout(ctx, s.db.Reader(), c.Incident)
}

// Noted answers an item about the incident of a case: nothing more is to be asked. That a
// row is about another shutdown would have it counted by one person's word: whoever runs
// the deployment says that, at the command line.
func (s *Service) Noted(ctx context.Context, a desk.Actor, ref string, item int64) error {
	return s.onAsked(ctx, a, ref, item, "sheet_noted", func(tx db.Tx) error {
		return s.Record.DecideIn(ctx, tx, item, a.Name, "noted")
	})
}

// AskAgain takes an answer back; see [incident.Service.Reopen].
func (s *Service) AskAgain(ctx context.Context, a desk.Actor, ref string, item int64) error {
	return s.onAsked(ctx, a, ref, item, "sheet_again", func(tx db.Tx) error {
		return s.Record.ReopenIn(ctx, tx, item, a.Name)
	})
}

// onAsked does something with an item about the incident of a case, and notes it there.
func (s *Service) onAsked(ctx context.Context, a desk.Actor, ref string, item int64, kind string, do func(tx db.Tx) error) error {
	return s.change(ctx, a, ref, desk.Editor, func(tx db.Tx, d *Dossier) error {
		list, err := s.Record.AskedAbout(ctx, tx, d.Incident)
		if err != nil {
			return err
		}
		for _, x := range list {
			if x.ID != item {
				continue
			}
			if err := do(tx); err != nil {
				return err
			}
			return s.note(ctx, tx, *d, &a, 0, kind, fmt.Sprintf("%d %s", x.Line, x.Sheet), map[string]any{"incident": d.Incident})
		}
		return fault.New(fault.Conflict, "verify.asked.gone")
	})
}

// AskedFor are the cases about whose incidents a sheet asks something, for editors of all
// their countries.
func (s *Service) AskedFor(ctx context.Context, a desk.Actor) (desk.Waiting, error) {
	everywhere, countries := a.Areas(desk.Editor)
	if !everywhere && len(countries) == 0 {
		return desk.Waiting{}, nil
	}
	type asked struct {
		Ref   string `db:"ref"`
		Since int64  `db:"since"`
	}
	refs, err := db.Select[asked](ctx, s.db.Reader(), `/* verify.AskedFor */ select i.ref, min(r.created_at) as since from review_item r join incident i on i.id = r.incident_id
		where r.state = 'open' and r.kind in `+incident.KindsOfDesk+` group by i.ref order by 2, i.ref limit $1`, askedAmong)
	if err != nil || len(refs) == 0 { // every page of the desk asks, and mostly nothing is asked
		return desk.Waiting{}, err
	}
	since, list := map[string]int64{}, make([]string, len(refs))
	for i, x := range refs {
		since[x.Ref], list[i] = x.Since, x.Ref
	}
	var w db.Where
	if err := s.narrow(ctx, &w, a, Filter{State: "all"}); err != nil {
		return desk.Waiting{}, err
	}
	if !everywhere {
		inCountries(&w, countries)
	}
	w.And("d.state <> ?", Merged)
	db.In(&w, "d.incident_ref", list)
	cases, err := db.Select[Dossier](ctx, s.db.Reader(), `/* verify.AskedFor cases */ select `+db.Columns[Dossier]("d.")+` from dossier d where `+w.SQL(), w.Args()...)
	slices.SortFunc(cases, func(x, y Dossier) int {
		return cmp.Or(cmp.Compare(since[x.Incident], since[y.Incident]), cmp.Compare(x.ID, y.ID))
	})
	var rows []pendingRow
	for _, d := range cases {
		if may(a, desk.Editor, d) == nil && len(rows) <= desk.MostWaiting {
			rows = append(rows, pendingRow{Ref: d.Ref, Since: since[d.Incident]})
		}
	}
	return pendingAt(rows, func(ref string) string { return path(ref, "sheets") }), err
}

// askedAmong is among how many incidents that are asked about, the oldest questions first,
// somebody's are looked for.
const askedAmong = 1000
