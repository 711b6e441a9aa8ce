package verify

import (
	"context"
	"slices"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// A source that came with a sheet is no item of evidence: nobody filed it here, and
// nobody's consent can be taken back. What protects whoever it is, is done at once, by
// an editor alone, as with an incident that is taken back.

// SheetSources are the sources of a sheet that an incident of the desk names.
func (s *Service) SheetSources(ctx context.Context, c *Case) ([]incident.Source, error) {
	return s.sheetSources(ctx, s.db.Reader(), c.Dossier)
}

func (s *Service) sheetSources(ctx context.Context, q db.Querier, d Dossier) ([]incident.Source, error) {
	if d.Incident == "" {
		return nil, nil
	}
	if now, err := s.Record.NowOf(ctx, q, d.Incident); err != nil || now.Into != "" || !now.Desk {
		return nil, err // until the desk publishes it, the next sheet would name it again
	}
	facts, err := s.factsNow(ctx, q, d.ID)
	if err != nil {
		return nil, err
	}
	list, err := s.Record.Discreet(ctx, q, d.Incident, facts.Sources)
	return slices.DeleteFunc(list, func(x incident.Source) bool { return x.Class == "confidential" || x.URL+x.Text == "" }), err
}

// Conceal calls a source of a sheet confidential from now on, wherever it is told: says
// is its address, or its words. Readers learn that sources were brought up to date.
func (s *Service) Conceal(ctx context.Context, a desk.Actor, ref, says, reason string) error {
	reason = clipNote(reason)
	if err := checkText("reason", reason); err != nil {
		return err
	}
	return s.change(ctx, a, ref, desk.Editor, func(tx db.Tx, d *Dossier) error {
		list, err := s.sheetSources(ctx, tx, *d)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(x incident.Source) bool { return firstText(x.URL, x.Text) == says })
		if i < 0 {
			return fault.Mend(fault.Field{Name: "source", Key: "verify.choose"})
		}
		if err := s.Record.Conceal(ctx, tx, d.Incident, list[i:i+1], programName); err != nil {
			return err
		}
		return s.note(ctx, tx, *d, &a, 0, "concealed", reason, map[string]any{"incident": d.Incident})
	})
}

// Holding lists the claims in whose texts readers still get what a source says that was
// taken out, and what that is: a sentence is not mended by leaving out a part of it.
func (s *Service) Holding(ctx context.Context, c *Case) (claims []Claim, says []string, err error) {
	if c.Incident == "" {
		return nil, nil, nil
	}
	told, says, err := s.Record.Holding(ctx, c.Incident)
	if err != nil || len(says) == 0 {
		if kind := fault.KindOf(err); kind == fault.NotFound || kind == fault.Gone {
			err = nil
		}
		return nil, nil, err
	}
	for _, cl := range Claims() {
		if slices.ContainsFunc(cl.Says(&told), func(d incident.FieldDiff) bool {
			return slices.ContainsFunc(says, func(x string) bool { return strings.Contains(d.New, x) })
		}) {
			claims = append(claims, cl)
		}
	}
	return claims, says, nil
}
