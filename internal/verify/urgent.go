package verify

import (
	"context"
	"errors"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// urgentRow is urgent_publication.
type urgentRow struct {
	ID           int64  `db:"id"`
	Root         int64  `db:"root_id"`
	Dossier      int64  `db:"dossier_id"`
	Revision     int64  `db:"revision"`
	Digest       string `db:"digest"`
	Person       int64  `db:"person_id"`
	Organisation int64  `db:"organisation_id"`
	Reason       string `db:"reason"`
	At           int64  `db:"at"`
	Expires      int64  `db:"expires_at"`
}

// PublishUrgently makes a dossier public at once, for at most [UrgentFor], when
// waiting for signatures would do harm. Its page says so. It is done once for a
// case and what was split from it, and not by who wrote it.
func (s *Service) PublishUrgently(ctx context.Context, a desk.Actor, ref string, reason string) (incidentRef string, err error) {
	reason = strings.Join(strings.Fields(reason), " ")
	if n := len([]rune(reason)); n < minUrgentReason || n > maxNote {
		return "", fault.Mend(fault.Field{Name: "reason", Key: "verify.publish.urgent_reason", Args: []any{"least", minUrgentReason}})
	}
	err = s.change(ctx, a, ref, desk.Editor, func(tx db.Tx, d *Dossier) error {
		facts, err := s.factsNow(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		if c := missing(&facts); c != "" {
			return fault.New(fault.Conflict, "verify.sign.missing."+string(c))
		}
		if err := s.publishable(*d); err != nil {
			return err
		}
		if err := s.urgentOnce(ctx, tx, a, *d); err != nil {
			return err
		}
		org, err := onBehalf(a, desk.Editor, d.Countries(), 0)
		if err != nil {
			org = organisationsFor(a, desk.Editor, d.Countries())[0] // of several, the first
		}
		if err := s.atWork(ctx, tx, a, org, desk.Editor); err != nil {
			return err
		}
		id, err := db.NextID(ctx, tx, "urgent_publication")
		if err != nil {
			return err
		}
		now := s.now()
		until := now + UrgentFor.Microseconds()
		row := urgentRow{id, d.Root, d.ID, d.Revision, d.Digest, a.Person, org, reason, now, until}
		if err := db.Insert(ctx, tx, "urgent_publication", []urgentRow{row}); err != nil {
			return err
		}
		if err := s.publish(ctx, tx, a, d, publication{reason: reason, until: &until}); err != nil {
			return err
		}
		incidentRef = d.Incident
		return nil
	})
	return incidentRef, err
}

// minUrgentReason is the least length of a reason, in letters, as the database
// asks for it too.
const minUrgentReason = 20

// urgentOnce refuses a second urgent publication of a case or of what was split
// from it, and one by who wrote it.
func (s *Service) urgentOnce(ctx context.Context, q db.Querier, a desk.Actor, d Dossier) error {
	_, before, err := db.Value[int64](ctx, q, `/* verify.urgentOnce */ select u.id from urgent_publication u join dossier r on r.id = u.dossier_id where r.root_id = $1`, d.Root)
	if err != nil {
		return err
	}
	if before || d.Incident != "" {
		return fault.New(fault.Conflict, "verify.publish.urgent_once")
	}
	authors, err := s.authors(ctx, q, d.ID)
	if err == nil && authors[a.Person] {
		err = fault.New(fault.Conflict, "verify.publish.urgent_author")
	}
	return err
}

// urgentNow tells whether what is public stands without two signatures.
func (s *Service) urgentNow(ctx context.Context, q db.Querier, d Dossier) (bool, error) {
	_, urgent, err := db.Value[int64](ctx, q, `/* verify.urgentNow */ select urgent_until from incident where ref = $1 and urgent_until is not null`, d.Incident)
	return urgent, err
}

// Lapse takes back what was published urgently and not signed in time. The
// program calls it every half minute, and before it serves anything. One that
// cannot be taken back does not keep the others.
func (s *Service) Lapse(ctx context.Context) (refs []string, err error) {
	type row struct {
		Dossier  string `db:"ref"`
		Incident string `db:"incident_ref"`
	}
	list, err := db.Select[row](ctx, s.db.Reader(), `/* verify.Lapse */ select d.ref, d.incident_ref from dossier d join incident i on i.ref = d.incident_ref
		where i.origin = 'desk' and i.urgent_until <= $1 and i.state <> 'retracted' and d.state = 'published' order by d.id`, s.now())
	if err != nil {
		return nil, err
	}
	var failed []error
	for _, x := range list {
		gone := false
		err := s.db.Write(ctx, func(tx db.Tx) (err error) {
			gone, err = s.lapse(ctx, tx, x.Dossier)
			return err
		})
		switch {
		case err != nil:
			failed = append(failed, err)
		case gone:
			refs = append(refs, x.Incident)
		}
	}
	return refs, errors.Join(failed...)
}

func (s *Service) lapse(ctx context.Context, tx db.Tx, ref string) (gone bool, err error) {
	d, found, err := db.SelectOne[Dossier](ctx, tx, `/* verify.lapse */ select `+db.Columns[Dossier]("")+` from dossier where ref = $1 and state = 'published'`, ref)
	if err != nil || !found {
		return false, err
	}
	if urgent, err := s.urgentNow(ctx, tx, d); err != nil || !urgent {
		return false, err // signed meanwhile
	}
	if err := s.Record.Retract(ctx, tx, incident.ActLapsed, d.Incident, programName, incident.ReasonLapsed); err != nil {
		return false, err
	}
	if err := s.note(ctx, tx, d, nil, 0, "lapsed", "", map[string]any{"incident": d.Incident}); err != nil {
		return false, err
	}
	d.State, d.Due = Open, s.now()
	return true, s.save(ctx, tx, &d)
}

// programName is who takes back what lapsed, as the history shows it.
const programName = "keepiton"
