package verify

import (
	"context"
	"fmt"

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
	var w db.Where
	if err := s.narrow(ctx, &w, a, Filter{State: "all"}); err != nil {
		return desk.Waiting{}, err
	}
	if !everywhere {
		inCountries(&w, countries)
	}
	w.And("d.state <> ?", Merged)
	type row struct {
		Dossier
		Since int64 `db:"since"`
	}
	list, err := db.Select[row](ctx, s.db.Reader(), `/* verify.AskedFor */ select `+db.Columns[Dossier]("d.")+`, x.since
		from (select i.ref, min(r.created_at) as since from review_item r join incident i on i.id = r.incident_id where r.state = 'open' and r.kind in `+incident.KindsOfDesk+` group by i.ref) x
		join dossier d on d.incident_ref = x.ref where `+w.SQL()+` order by x.since, d.id limit `+w.Arg(desk.MostWaiting+1), w.Args()...)
	var rows []pendingRow
	for _, x := range list {
		if may(a, desk.Editor, x.Dossier) == nil {
			rows = append(rows, pendingRow{Ref: x.Ref, Since: x.Since})
		}
	}
	return pendingAt(rows, func(ref string) string { return path(ref, "sheets") }), err
}
