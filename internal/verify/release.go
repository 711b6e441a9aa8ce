package verify

import (
	"context"
	"strings"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// Proposal is a release of the dataset that somebody wants to cut.
type Proposal struct {
	ID           int64  `db:"id"`
	Label        string `db:"label"`
	AsOf         string `db:"as_of"`
	Digest       string `db:"digest"` // of the record as it stood
	Entries      int    `db:"entries"`
	Note         string `db:"note"`
	State        string `db:"state"` // open, cut or withdrawn
	Person       int64  `db:"person_id"`
	Organisation int64  `db:"organisation_id"`
	At           int64  `db:"at"`
	Closed       int64  `db:"closed_at"`
}

// ReleaseSignature is a signature under a proposal.
type ReleaseSignature struct {
	Proposal     int64  `db:"proposal_id"`
	Person       int64  `db:"person_id"`
	Organisation int64  `db:"organisation_id"`
	Digest       string `db:"digest"`
	At           int64  `db:"at"`
}

// worldwide finds the organisation for which somebody holds a role everywhere:
// a release speaks for the whole world.
func worldwide(a desk.Actor, role desk.Role, organisation int64) (int64, error) {
	for _, h := range a.Holds {
		if h.Everywhere && h.Role.Gives(role) && (organisation == 0 || h.Organisation == organisation) {
			return h.Organisation, nil
		}
	}
	return 0, errNotYours()
}

// Propose proposes to cut a release of the record as it stands now. asOf is the
// civil date it speaks for.
func (s *Service) Propose(ctx context.Context, a desk.Actor, label, asOf, note string) (Proposal, error) {
	label, note = strings.TrimSpace(label), clipNote(note)
	org, err := worldwide(a, desk.Editor, 0)
	if err != nil {
		return Proposal{}, err
	}
	var wrong []fault.Field
	if incident.CheckLabel(label) != nil {
		wrong = append(wrong, fault.Field{Name: "label", Key: "verify.release.bad_label"})
	}
	if _, err := time.Parse(time.DateOnly, asOf); err != nil {
		wrong = append(wrong, fault.Field{Name: "as_of", Key: "verify.form.day"})
	}
	if err := fault.Mend(wrong...); err != nil {
		return Proposal{}, err
	}
	if _, err := s.Record.EditionByLabel(ctx, label); err == nil {
		return Proposal{}, fault.Mend(fault.Field{Name: "label", Key: "verify.release.taken"})
	}
	p := Proposal{Label: label, AsOf: asOf, Note: note, State: "open", Person: a.Person, Organisation: org, At: s.now()}
	err = s.db.Write(ctx, func(tx db.Tx) (err error) {
		last, err := s.Record.LastStart(ctx, tx)
		if err != nil {
			return err
		}
		if string(last) > asOf { // whoever cites it would cite what had not begun
			return fault.Mend(fault.Field{Name: "as_of", Key: "verify.release.before_last", Args: []any{"date", string(last)}})
		}
		if p.Digest, p.Entries, err = s.Record.RecordDigest(ctx, tx); err != nil {
			return err
		}
		if p.ID, err = db.NextID(ctx, tx, "release_proposal"); err != nil {
			return err
		}
		if err := db.Insert(ctx, tx, "release_proposal", []Proposal{p}); err != nil {
			return err
		}
		return s.tellRelease(ctx, tx, a, p, "proposed")
	})
	return p, err
}

// tellRelease has the ledger hear of an act on a proposal; it shows when the
// release does.
func (s *Service) tellRelease(ctx context.Context, tx db.Tx, a desk.Actor, p Proposal, act string) error {
	return s.Tell(ctx, tx, Event{Kind: "release." + act, Subject: p.Label, Quiet: act != "cut",
		Payload: map[string]any{"label": p.Label, "as_of": p.AsOf, "digest": p.Digest, "by": a.Ref}})
}

// Proposals lists proposals with their signatures, the newest first: under what is
// open those that count.
func (s *Service) Proposals(ctx context.Context) ([]Proposal, map[int64][]ReleaseSignature, error) {
	list, err := db.Select[Proposal](ctx, s.db.Reader(), `/* verify.Proposals */ select `+db.Columns[Proposal]("")+` from release_proposal order by id desc limit 50`)
	if err != nil || len(list) == 0 {
		return nil, nil, err
	}
	rows, err := db.Select[ReleaseSignature](ctx, s.db.Reader(), `/* verify.Proposals signed */ select `+db.Columns[ReleaseSignature]("s.")+` from release_signature s
		join release_proposal p on p.id = s.proposal_id where p.id >= $1 and (p.state <> 'open'
			or exists (select 1 from live_release_signature l where l.proposal_id = s.proposal_id and l.person_id = s.person_id)) order by s.proposal_id, s.at`, list[len(list)-1].ID)
	out := map[int64][]ReleaseSignature{}
	for _, r := range rows {
		out[r.Proposal] = append(out[r.Proposal], r)
	}
	return list, out, err
}

func (s *Service) proposal(ctx context.Context, q db.Querier, id int64) (Proposal, error) {
	p, found, err := db.SelectOne[Proposal](ctx, q, `/* verify.proposal */ select `+db.Columns[Proposal]("")+` from release_proposal where id = $1`, id)
	switch {
	case err != nil:
		return p, err
	case !found:
		return p, fault.New(fault.NotFound, "verify.release.unknown")
	case p.State != "open":
		return p, fault.New(fault.Conflict, "verify.release.closed")
	}
	return p, nil
}

// unchanged refuses when the record is not any more what was proposed.
func (s *Service) unchanged(ctx context.Context, tx db.Tx, p Proposal) error {
	digest, _, err := s.Record.RecordDigest(ctx, tx)
	if err == nil && digest != p.Digest {
		err = fault.New(fault.Conflict, "verify.release.changed")
	}
	return err
}

// Stale tells whether the record is not any more what an open proposal is for. The
// digest is made only when something was written since.
func (s *Service) Stale(ctx context.Context, p Proposal) (bool, error) {
	touched, err := s.Record.ChangedSince(ctx, p.At)
	if err != nil || !touched {
		return false, err
	}
	digest, _, err := s.Record.RecordDigest(ctx, s.db.Reader())
	return digest != p.Digest, err
}

// SignRelease puts somebody's name under a proposal.
func (s *Service) SignRelease(ctx context.Context, a desk.Actor, id, organisation int64) error {
	org, err := worldwide(a, desk.Verifier, organisation)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx db.Tx) error {
		p, err := s.proposal(ctx, tx, id)
		if err != nil {
			return err
		}
		if p.Person == a.Person {
			return fault.New(fault.Conflict, "verify.release.own")
		}
		if err := s.unchanged(ctx, tx, p); err != nil {
			return err
		}
		n, err := db.Exec(ctx, tx, `/* verify.SignRelease */ insert into release_signature (proposal_id, person_id, organisation_id, digest, at)
			select $1, $2, $3, $4, $5 where not exists (select 1 from release_signature where proposal_id = $1 and person_id = $2)`, p.ID, a.Person, org, p.Digest, s.now())
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Conflict, "verify.sign.already")
		}
		return s.tellRelease(ctx, tx, a, p, "signed")
	})
}

// CutSigned cuts a release that two people of two organisations signed, if the
// record is still what they signed.
func (s *Service) CutSigned(ctx context.Context, a desk.Actor, id int64) (incident.Edition, error) {
	var e incident.Edition
	if _, err := worldwide(a, desk.Editor, 0); err != nil {
		return e, err
	}
	err := s.db.Write(ctx, func(tx db.Tx) error {
		p, err := s.proposal(ctx, tx, id)
		if err != nil {
			return err
		}
		signed, err := db.Select[ReleaseSignature](ctx, tx, `/* verify.CutSigned */ select `+db.Columns[ReleaseSignature]("")+` from live_release_signature where proposal_id = $1 and digest = $2`, id, p.Digest)
		if err != nil {
			return err
		}
		if !twoSigned(signed, func(x ReleaseSignature) (int64, int64) { return x.Person, x.Organisation }) {
			return fault.New(fault.Conflict, "verify.publish.unsigned")
		}
		if err := s.unchanged(ctx, tx, p); err != nil { // before the database refuses it in words of its own
			return err
		}
		if e, err = s.Record.CutIn(ctx, tx, p.Label, p.AsOf); err != nil {
			return err
		}
		if e.Digest != p.Digest {
			return fault.New(fault.Conflict, "verify.release.changed")
		}
		if _, err := db.Exec(ctx, tx, `/* verify.CutSigned done */ update release_proposal set state = 'cut', closed_at = $2 where id = $1`, id, s.now()); err != nil {
			return err
		}
		return s.tellRelease(ctx, tx, a, p, "cut")
	})
	if db.IsUnique(err) {
		return e, fault.New(fault.Conflict, "verify.release.taken")
	}
	return e, err
}

// WithdrawRelease takes a proposal back: by who made it, or by any editor for the
// whole world.
func (s *Service) WithdrawRelease(ctx context.Context, a desk.Actor, id int64) error {
	if _, err := worldwide(a, desk.Editor, 0); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx db.Tx) error {
		p, err := s.proposal(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := db.Exec(ctx, tx, `/* verify.WithdrawRelease */ update release_proposal set state = 'withdrawn', closed_at = $2 where id = $1`, id, s.now()); err != nil {
			return err
		}
		return s.tellRelease(ctx, tx, a, p, "withdrawn")
	})
}
