package verify

import (
	"context"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// An incident that the desk took up stays a sheet's until the desk publishes it: a
// newer sheet may say something else of it meanwhile. What the desk copied then is
// old, and publishing it would write it back unseen. So nobody signs or publishes
// before the case follows the record. A newer sheet may also take it out of the count,
// or join it to another incident: then there is nothing left to publish it as.

// behind tells whether the record says something else of a case's incident than it
// did when the case last followed it, or counts it in other years.
func (s *Service) behind(ctx context.Context, q db.Querier, d Dossier) (bool, error) {
	if d.Incident == "" || d.Record == "" {
		return false, nil
	}
	now, err := s.Record.NowOf(ctx, q, d.Incident)
	return d.behind(now), err
}

func (d Dossier) behind(now incident.Now) bool {
	return d.Record != "" && now.Into == "" && !now.Desk && now.Mark != d.Record
}

// wentInto is the incident that took in the one of a case, "" for none.
func (s *Service) wentInto(ctx context.Context, q db.Querier, d Dossier) (string, error) {
	if d.Incident == "" {
		return "", nil
	}
	now, err := s.Record.NowOf(ctx, q, d.Incident)
	return now.Into, err
}

// stillThere refuses what is done to an incident that another one took in.
func (s *Service) stillThere(ctx context.Context, q db.Querier, d Dossier) error {
	into, err := s.wentInto(ctx, q, d)
	if err == nil && into != "" {
		err = fault.New(fault.Conflict, "verify.sign.went")
	}
	return err
}

// onlyTakenUp tells that the desk took a case's incident up and published nothing of
// it: what readers see is still the sheet's.
func (s *Service) onlyTakenUp(ctx context.Context, q db.Querier, d Dossier) (bool, error) {
	if d.Record == "" {
		return false, nil
	}
	now, err := s.Record.NowOf(ctx, q, d.Incident)
	return d.onlyTakenUp(now), err
}

func (d Dossier) onlyTakenUp(now incident.Now) bool {
	return d.State == Public && d.Record != "" && (now.Into != "" || !now.Desk)
}

// upToDate refuses what is behind the record.
func (s *Service) upToDate(ctx context.Context, q db.Querier, d Dossier) error {
	if err := s.stillThere(ctx, q, d); err != nil {
		return err
	}
	behind, err := s.behind(ctx, q, d)
	if err == nil && behind {
		err = fault.New(fault.Conflict, "verify.sign.behind")
	}
	return err
}

// Follow takes over what the record says now, in every claim that nobody at the desk
// has stated otherwise. Where somebody has, that stays: they saw more than the sheet.
func (s *Service) Follow(ctx context.Context, a desk.Actor, ref string) error {
	return s.change(ctx, a, ref, desk.Contributor, func(tx db.Tx, d *Dossier) error {
		if err := s.stillThere(ctx, tx, *d); err != nil {
			return err
		}
		if behind, err := s.behind(ctx, tx, *d); err != nil || !behind {
			return err
		}
		now, err := s.Record.NowOf(ctx, tx, d.Incident)
		if err != nil {
			return err
		}
		says, err := s.Record.Stored(ctx, tx, d.Incident)
		if err != nil {
			return err
		}
		values, err := s.standing(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		if err := s.raise(ctx, tx, d); err != nil {
			return err
		}
		for _, c := range Claims() {
			was, stated := values[c]
			if !stated {
				was.Facts = blank()
			}
			if was.Person != nil || c.same(&was.Facts, says) {
				continue
			}
			if err := s.insertValue(ctx, tx, *d, c, says, nil, nil, "", s.now()); err != nil {
				return err
			}
		}
		facts, err := s.factsNow(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		d.Record = now.Mark
		if err := s.moveCountry(ctx, tx, a, d, &facts); err != nil { // nobody reads what is in it by a sheet's word alone
			return err
		}
		return s.note(ctx, tx, *d, &a, 0, "followed", d.Incident, nil)
	})
}

// What a public case waits for although nothing was changed in it.
const (
	waitsUrgent = "urgent"  // it was published urgently
	waitsOn     = "goes_on" // it was signed as going on, and this year does not count it yet
)

// Waits tells of public cases in which nothing was changed what they wait for all the
// same, by their numbers.
func (s *Service) Waits(ctx context.Context, list []Dossier) (map[int64]string, error) {
	out := map[int64]string{}
	var ids []string
	var w db.Where
	w.And("e.edition_id = ? and e.latest = 1 and i.origin = 'desk'", incident.RecordEdition)
	for _, d := range list {
		if d.State == Public && !d.Changed() {
			ids = append(ids, w.Arg(d.ID))
		}
	}
	if len(ids) == 0 {
		return out, nil
	}
	type row struct {
		ID    int64  `db:"id"`
		Until *int64 `db:"urgent_until"`
		End   string `db:"end_state"`
		Year  int    `db:"count_year"`
	}
	rows, err := db.Select[row](ctx, s.db.Reader(), `/* verify.Waits */ select d.id, i.urgent_until, e.end_state, e.count_year from dossier d join incident i on i.ref = d.incident_ref
		join entry e on e.incident_id = i.id where `+w.SQL()+` and d.id in (`+strings.Join(ids, ", ")+`)`, w.Args()...)
	for _, r := range rows {
		switch {
		case r.Until != nil:
			out[r.ID] = waitsUrgent
		case r.End == "ongoing" && r.Year < s.Options.Now().UTC().Year():
			out[r.ID] = waitsOn
		}
	}
	return out, err
}

// goesOn tells that what was signed says that a public incident goes on, and that it
// counts in no entry of this year yet. A new year begins by nobody's act: an editor
// publishes it anew, under the signatures there are, when they know that it does.
func (s *Service) goesOn(ctx context.Context, q db.Querier, d Dossier) (bool, error) {
	if d.Incident == "" {
		return false, nil
	}
	now, err := s.Record.NowOf(ctx, q, d.Incident)
	return s.goesOnNow(d, now), err
}

func (s *Service) goesOnNow(d Dossier, now incident.Now) bool {
	return d.State == Public && !d.Changed() && now.Into == "" && now.Desk && now.Open && now.Year < s.Options.Now().UTC().Year()
}
