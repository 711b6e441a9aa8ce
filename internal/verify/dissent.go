package verify

import (
	"context"
	"slices"
	"strings"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// Dissent is a disagreement with a claim. It stays written down, settled or not.
type Dissent struct {
	ID           int64  `db:"id"`
	Dossier      int64  `db:"dossier_id"`
	Claim        string `db:"claim"`
	Body         string `db:"body"`
	Person       int64  `db:"person_id"`
	Organisation int64  `db:"organisation_id"`
	At           int64  `db:"at"`
	Revision     int64  `db:"revision"` // of the dossier, with it
	Settled      *int64 `db:"settled_at"`
	SettledNote  string `db:"settled_note"`
	Done         int64  `db:"settled_revision"` // the first in which it is settled; 0: it is not
}

func (s *Service) dissents(ctx context.Context, q db.Querier, dossier int64) ([]Dissent, error) {
	return db.Select[Dissent](ctx, q, `/* verify.dissents */ select `+db.Columns[Dissent]("")+` from dissent where dossier_id = $1 order by id`, dossier)
}

// Disagree writes down that somebody disagrees with a claim.
func (s *Service) Disagree(ctx context.Context, a desk.Actor, ref string, c Claim, body string, organisation int64) error {
	body = strings.TrimSpace(body)
	if err := checkText("body", body); err != nil {
		return err
	}
	if !c.Known() {
		return fault.New(fault.Invalid, "")
	}
	return s.change(ctx, a, ref, desk.Contributor, func(tx db.Tx, d *Dossier) error {
		org, err := onBehalf(a, desk.Contributor, d.Countries(), organisation)
		if err != nil {
			return err
		}
		had, err := s.dissents(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(had, func(x Dissent) bool { return x.Person == a.Person && x.Claim == string(c) && x.Settled == nil }) {
			return fault.New(fault.Conflict, "verify.dissent_open")
		}
		if err := s.raise(ctx, tx, d); err != nil {
			return err
		}
		id, err := db.NextID(ctx, tx, "dissent")
		if err != nil {
			return err
		}
		if err := db.Insert(ctx, tx, "dissent", []Dissent{{id, d.ID, string(c), body, a.Person, org, s.now(), d.Revision, nil, "", 0}}); err != nil {
			return err
		}
		return s.note(ctx, tx, *d, &a, org, "disagreed", string(c), nil)
	})
}

// Settle closes a disagreement: by whoever voiced it, or by an editor.
func (s *Service) Settle(ctx context.Context, a desk.Actor, ref string, id int64, note string) error {
	note = strings.TrimSpace(note)
	if err := checkText("note", note); err != nil {
		return err
	}
	return s.change(ctx, a, ref, desk.Contributor, func(tx db.Tx, d *Dossier) error {
		x, found, err := db.SelectOne[Dissent](ctx, tx, `/* verify.Settle */ select `+db.Columns[Dissent]("")+` from dissent where id = $1 and dossier_id = $2 and settled_at is null`, id, d.ID)
		if err != nil {
			return err
		}
		if !found {
			return fault.New(fault.NotFound, "verify.no_dissent")
		}
		if x.Person != a.Person {
			if err := may(a, desk.Editor, *d); err != nil {
				return err
			}
		}
		if err := s.raise(ctx, tx, d); err != nil {
			return err
		}
		if _, err := db.Exec(ctx, tx, `/* verify.Settle done */ update dissent set settled_at = $2, settled_note = $3, settled_revision = $4 where id = $1`, id, s.now(), note, d.Revision); err != nil {
			return err
		}
		return s.note(ctx, tx, *d, &a, 0, "settled", x.Claim, nil)
	})
}
