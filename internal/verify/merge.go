package verify

import (
	"context"
	"slices"
	"strings"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/i18n"
)

// Merge gives everything of a dossier to the one it belongs to: its evidence,
// the claims the other one lacks, its comments, and what keeps people safe: who
// wrote it, who is too close to it, until when it must not be told. Its reference
// leads there from then on. A case of an incident is not merged, unless another incident
// took that in: then into the case of that; or unless it was public urgently alone: then
// into the case of one that is told instead.
func (s *Service) Merge(ctx context.Context, a desk.Actor, ref, into, reason string) error {
	reason = clipNote(reason)
	if err := checkText("reason", reason); err != nil {
		return err
	}
	return s.change(ctx, a, ref, desk.Editor, func(tx db.Tx, from *Dossier) error {
		to, err := s.open(ctx, tx, a, caseNumber(into), desk.Editor)
		if err != nil {
			return fault.Mend(fault.Field{Name: "into", Key: "verify.no_such"})
		}
		went, err := s.wentInto(ctx, tx, *from)
		if err != nil {
			return err
		}
		alone, err := s.Record.NeverSigned(ctx, tx, from.Incident)
		if err != nil {
			return err
		}
		switch {
		case to.ID == from.ID || to.State == Merged:
			return fault.Mend(fault.Field{Name: "into", Key: "verify.no_such"})
		case from.Incident != "" && went == "" && !alone, alone && to.Incident == "":
			return fault.New(fault.Conflict, "verify.merge_public")
		case to.Incident != went && went != "":
			return fault.Mend(fault.Field{Name: "into", Key: "verify.merge_went", Args: []any{"into", went}})
		case from.EmbargoUntil > s.now() && to.State == Public:
			return fault.New(fault.Conflict, "verify.merge_embargo")
		}
		if alone {
			if err := s.Record.SameAs(ctx, tx, from.Incident, to.Incident, a.Name); err != nil {
				return err
			}
		}
		if err := s.mergeInto(ctx, tx, a, from, &to); err != nil {
			return err
		}
		if err := s.note(ctx, tx, to, &a, 0, "took_in", from.Ref+": "+reason, nil); err != nil {
			return err
		}
		if err := s.save(ctx, tx, &to); err != nil {
			return err
		}
		from.State, from.Reason, from.MergedInto, from.LeaseBy, from.LeaseUntil = Merged, reason, &to.ID, nil, 0
		return s.note(ctx, tx, *from, &a, 0, "merged", to.Ref+": "+reason, nil)
	})
}

func (s *Service) mergeInto(ctx context.Context, tx db.Tx, a desk.Actor, from, to *Dossier) error {
	theirs, err := s.standing(ctx, tx, from.ID)
	if err != nil {
		return err
	}
	ours, err := s.standing(ctx, tx, to.ID)
	if err != nil {
		return err
	}
	if err := s.raise(ctx, tx, to); err != nil {
		return err
	}
	var differ []Claim // of which both stated something else: what stands here stands, and theirs stays in its history
	for _, c := range Claims() {
		v, ok := theirs[c]
		own, has := ours[c]
		switch {
		case !ok || has && c.same(&own.Facts, &v.Facts):
			continue
		case has:
			differ = append(differ, c)
		}
		if err := s.insertValue(ctx, tx, *to, c, &v.Facts, v.Person, v.Organisation, v.Note, v.At); err != nil {
			return err
		}
	}
	if err := s.inherit(ctx, tx, *from, to); err != nil {
		return err
	}
	if err := s.mergeRoots(ctx, tx, from, to); err != nil {
		return err
	}
	if err := s.moveEvidence(ctx, tx, a, from, to, nil); err != nil {
		return err
	}
	if len(differ) > 0 { // their evidence was put to what they had stated, and it shows
		to.raised = false
		if err := s.raise(ctx, tx, to); err != nil {
			return err
		}
	}
	for _, c := range differ {
		v := ours[c]
		if err := s.insertValue(ctx, tx, *to, c, &v.Facts, v.Person, v.Organisation, v.Note, v.At); err != nil {
			return err
		}
	}
	if err := s.takeDissents(ctx, tx, from, to); err != nil {
		return err
	}
	_, err = db.Exec(ctx, tx, `/* verify.mergeInto */ update dossier_comment set dossier_id = $2 where dossier_id = $1`, from.ID, to.ID)
	return err
}

// inherit gives a dossier what keeps people safe in the one it takes from.
func (s *Service) inherit(ctx context.Context, tx db.Tx, from Dossier, to *Dossier) error {
	for _, q := range []string{
		`/* verify.inherit interest */ insert into interest (dossier_id, person_id, note, at)
			select $2, i.person_id, i.note, cast($3 as bigint) from interest i where i.dossier_id = $1 and not exists (select 1 from interest h where h.dossier_id = $2 and h.person_id = i.person_id)`,
		`/* verify.inherit author */ insert into dossier_author (dossier_id, person_id, at)
			select $2, i.person_id, cast($3 as bigint) from dossier_author i where i.dossier_id = $1 and not exists (select 1 from dossier_author h where h.dossier_id = $2 and h.person_id = i.person_id)`,
	} {
		if _, err := db.Exec(ctx, tx, q, from.ID, to.ID, s.now()); err != nil {
			return err
		}
	}
	if from.EmbargoUntil > to.EmbargoUntil {
		to.EmbargoUntil, to.EmbargoReason = from.EmbargoUntil, from.EmbargoReason
	}
	return nil
}

// mergeRoots makes two cases one, also for the rule that a case is published
// urgently once: the root that had such a publication stays.
func (s *Service) mergeRoots(ctx context.Context, tx db.Tx, from, to *Dossier) error {
	keep, gone := to.Root, from.Root
	_, urgent, err := db.Value[int64](ctx, tx, `/* verify.mergeRoots urgent */ select u.id from urgent_publication u join dossier r on r.id = u.dossier_id where r.root_id = $1`, from.Root)
	if err != nil {
		return err
	}
	if urgent {
		keep, gone = from.Root, to.Root
	}
	if _, err := db.Exec(ctx, tx, `/* verify.mergeRoots */ update dossier set root_id = $2 where root_id = $1`, gone, keep); err != nil {
		return err
	}
	from.Root, to.Root = keep, keep
	return nil
}

// moveEvidence gives items, all for nil, to another dossier, with what is said of
// them there. What was said of them here is taken back, not moved: it stood behind
// what was signed.
func (s *Service) moveEvidence(ctx context.Context, tx db.Tx, a desk.Actor, from, to *Dossier, items []int64) error {
	links, err := s.links(ctx, tx, from.ID)
	if err != nil {
		return err
	}
	if items != nil {
		links = slices.DeleteFunc(links, func(l Link) bool { return !slices.Contains(items, l.Item) })
	}
	for _, l := range links {
		if _, err := s.detach(ctx, tx, from, l.Claim, l.Item); err != nil {
			return err
		}
	}
	if err := s.Exhibits.Move(ctx, tx, a, from.ID, *to, items); err != nil {
		return err
	}
	for _, l := range links { // nothing is said of an item that lies elsewhere
		if err := s.link(ctx, tx, to, l); err != nil {
			return err
		}
	}
	return nil
}

// takeDissents writes the disagreements of a dossier down in another one too.
func (s *Service) takeDissents(ctx context.Context, tx db.Tx, from, to *Dossier) error {
	list, err := s.dissents(ctx, tx, from.ID)
	if err != nil || len(list) == 0 {
		return err
	}
	id, err := db.NextID(ctx, tx, "dissent")
	if err != nil {
		return err
	}
	for i := range list {
		list[i].ID, list[i].Dossier, list[i].Revision = id+int64(i), to.ID, to.Revision
		if list[i].Settled != nil {
			list[i].Done = to.Revision
		}
	}
	return db.Insert(ctx, tx, "dissent", list)
}

// caseNumber is the number of a case as it is written down, of what somebody typed.
func caseNumber(typed string) string {
	return strings.ToUpper(strings.Join(strings.Fields(i18n.LatinDigits(typed)), ""))
}

// Split opens a second dossier from one that turned out to hold two cases: it
// begins with the same claims, takes the named items of evidence along, and keeps
// what keeps people safe.
func (s *Service) Split(ctx context.Context, a desk.Actor, ref, title string, items []int64, reason string) (Dossier, error) {
	reason = clipNote(reason)
	if err := checkText("reason", reason); err != nil {
		return Dossier{}, err
	}
	var fresh Dossier
	err := s.change(ctx, a, ref, desk.Editor, func(tx db.Tx, d *Dossier) error {
		org := organisationsFor(a, desk.Editor, d.Countries())[0]
		values, err := s.standing(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		l := Lead{Title: title, Urgency: d.Urgency, Facts: compose(values)}
		if err := l.check(); err != nil {
			return err
		}
		now := s.now()
		fresh = Dossier{Root: d.Root, Title: l.Title, State: Open, Urgency: d.Urgency, Author: a.Person, AuthorOrg: org, Due: dueAfter(now, d.Urgency), Created: now, Updated: now}
		fresh.follow(&l.Facts)
		if err := s.insert(ctx, tx, &fresh); err != nil {
			return err
		}
		for _, c := range Claims() {
			if v, ok := values[c]; ok {
				if err := s.insertValue(ctx, tx, fresh, c, &v.Facts, v.Person, v.Organisation, v.Note, v.At); err != nil {
					return err
				}
			}
		}
		if err := s.inherit(ctx, tx, *d, &fresh); err != nil {
			return err
		}
		if len(items) > 0 {
			if err := s.moveEvidence(ctx, tx, a, d, &fresh, items); err != nil {
				return err
			}
		}
		if err := s.note(ctx, tx, fresh, &a, org, "split_from", d.Ref+": "+reason, nil); err != nil {
			return err
		}
		if err := s.save(ctx, tx, &fresh); err != nil {
			return err
		}
		return s.note(ctx, tx, *d, &a, org, "split", fresh.Ref+": "+reason, nil)
	})
	return fresh, err
}
