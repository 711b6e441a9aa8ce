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

// Recodings lists recodings, the newest first, at most fifty.
func (s *Service) Recodings(ctx context.Context) ([]Recoding, error) {
	return db.Select[Recoding](ctx, s.db.Reader(), `/* verify.Recodings */ select `+db.Columns[Recoding]("")+` from recoding order by id desc limit 50`)
}

// RecodingPlan reads a recoding with its list. While it is open it also says what
// it would do to the counts, and what is not any more as it was proposed.
func (s *Service) RecodingPlan(ctx context.Context, a desk.Actor, id int64) (RecodingPlan, error) {
	if _, err := worldwide(a, desk.Verifier, 0); err != nil {
		return RecodingPlan{}, err
	}
	q := s.db.Reader()
	r, err := s.recoding(ctx, q, id)
	if err != nil {
		return RecodingPlan{}, err
	}
	p, err := s.listed(ctx, q, r)
	if err != nil || r.State != "open" {
		return p, err
	}
	if p.Changed, err = s.changedSince(ctx, q, p); err != nil {
		return p, err
	}
	p.Totals, err = s.totals(ctx, p)
	return p, err
}

// recoding reads a recoding by its number.
func (s *Service) recoding(ctx context.Context, q db.Querier, id int64) (Recoding, error) {
	r, found, err := db.SelectOne[Recoding](ctx, q, `/* verify.recoding */ select `+db.Columns[Recoding]("")+` from recoding where id = $1`, id)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "verify.recode.unknown")
	}
	return r, err
}

// listed adds to a recoding its list and the signatures that count.
func (s *Service) listed(ctx context.Context, q db.Querier, r Recoding) (p RecodingPlan, err error) {
	p.Recoding = r
	if p.Items, err = s.recodingItems(ctx, q, r.ID); err != nil {
		return p, err
	}
	p.Signatures, err = db.Select[RecodingSignature](ctx, q, `/* verify.listed */ select `+db.Columns[RecodingSignature]("")+` from live_recoding_signature where recoding_id = $1 order by at`, r.ID)
	return p, err
}

func (s *Service) recodingItems(ctx context.Context, q db.Querier, id int64) ([]RecodingItem, error) {
	return db.Select[RecodingItem](ctx, q, `/* verify.recodingItems */ select `+db.Columns[RecodingItem]("")+` from recoding_item where recoding_id = $1 order by incident_ref, count_year`, id)
}

// Enough tells whether two people of two organisations signed the list.
func (p *RecodingPlan) Enough() bool {
	return twoSigned(p.Signatures, func(x RecodingSignature) (int64, int64) { return x.Person, x.Organisation })
}

// changedSince lists what is not any more as it was proposed.
func (s *Service) changedSince(ctx context.Context, q db.Querier, p RecodingPlan) ([]RecodingChange, error) {
	type row struct {
		Ref     string `db:"incident_ref"`
		Year    int    `db:"count_year"`
		Hash    string `db:"hash"`
		Counted int    `db:"counted"`
		Case    int64  `db:"dossier_id"`
	}
	now, err := db.Select[row](ctx, q, `/* verify.changedSince */ select x.incident_ref, x.count_year, coalesce(e.hash, ''), coalesce(e.counted, 0),
			coalesce((select max(d.id) from dossier d where d.incident_ref = x.incident_ref and d.state = 'published'), 0)
		from recoding_item x left join incident i on i.ref = x.incident_ref left join entry e on e.edition_id = $2 and e.incident_id = i.id and e.count_year = x.count_year
		where x.recoding_id = $1 order by x.incident_ref, x.count_year`, p.ID, incident.RecordEdition)
	if err != nil {
		return nil, err
	}
	field, _ := incident.CodedFieldNamed(p.Field)
	var out []RecodingChange
	for i, x := range now { // in the order of the items
		it := p.Items[i]
		if it.LeftOut == 1 {
			continue
		}
		how := ""
		switch {
		case x.Counted == 0:
			how = "gone"
		case x.Hash != it.Hash:
			how = "changed"
		case x.Case != it.Case:
			how = "moved"
		case it.Case != 0:
			facts, err := s.factsNow(ctx, q, it.Case)
			if err != nil {
				return nil, err
			}
			if field.Term(&facts) != it.Old {
				how = "stated"
			}
		}
		if how != "" {
			out = append(out, RecodingChange{x.Ref, x.Year, how})
		}
	}
	return out, nil
}

// changedNamed is how many incidents an error names that are not any more as they
// were proposed.
const changedNamed = 20

// standingPlan reads an open recoding and refuses when its list, or what the list
// is about, is not any more what was proposed.
func (s *Service) standingPlan(ctx context.Context, tx db.Tx, id int64) (RecodingPlan, error) {
	r, err := s.recoding(ctx, tx, id)
	if err == nil && r.State != "open" {
		err = fault.New(fault.Conflict, "verify.recode.closed")
	}
	if err != nil {
		return RecodingPlan{}, err
	}
	p, err := s.listed(ctx, tx, r)
	if err != nil {
		return p, err
	}
	if p.digest() != r.Digest {
		return p, fault.New(fault.Conflict, "verify.recode.forged")
	}
	changed, err := s.changedSince(ctx, tx, p)
	if err != nil || len(changed) == 0 {
		return p, err
	}
	var refs []string
	for _, c := range changed[:min(len(changed), changedNamed)] {
		if !slices.Contains(refs, c.Ref) {
			refs = append(refs, c.Ref)
		}
	}
	return p, fault.New(fault.Conflict, "verify.recode.changed", "refs", strings.Join(refs, ", "))
}

// SignRecoding puts somebody's name under the list.
func (s *Service) SignRecoding(ctx context.Context, a desk.Actor, id, organisation int64) error {
	org, err := worldwide(a, desk.Verifier, organisation)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx db.Tx) error {
		p, err := s.standingPlan(ctx, tx, id)
		if err != nil {
			return err
		}
		if p.Person == a.Person {
			return fault.New(fault.Conflict, "verify.release.own")
		}
		n, err := db.Exec(ctx, tx, `/* verify.SignRecoding */ insert into recoding_signature (recoding_id, person_id, organisation_id, digest, at)
			select $1, $2, $3, $4, $5 where not exists (select 1 from recoding_signature where recoding_id = $1 and person_id = $2)`, id, a.Person, org, p.Digest, s.now())
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Conflict, "verify.sign.already")
		}
		return s.tellRecoding(ctx, tx, a, p.Recoding, "signed")
	})
}

// Recode does what two organisations signed, at once or not at all. The record is
// written where it speaks for itself; a case of the desk gets a new value, stated by
// who proposed it, which waits for its own signatures.
func (s *Service) Recode(ctx context.Context, a desk.Actor, id int64) error {
	if _, err := worldwide(a, desk.Editor, 0); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx db.Tx) error {
		p, err := s.standingPlan(ctx, tx, id)
		if err != nil {
			return err
		}
		if !p.Enough() {
			return fault.New(fault.Conflict, "verify.publish.unsigned")
		}
		if _, err := db.Exec(ctx, tx, `/* verify.Recode */ update recoding set state = 'done', closed_at = $2 where id = $1`, id, s.now()); err != nil {
			return err
		}
		field, _ := incident.CodedFieldNamed(p.Field)
		r := incident.Recoding{Methodology: p.Methodology, Field: field, From: p.From, To: p.To, Digest: p.Digest}
		stated := map[int64]bool{}
		for _, it := range p.Items {
			switch {
			case it.LeftOut == 1 || stated[it.Case]:
			case it.Case == 0:
				r.Entries = append(r.Entries, incident.Recoded{Ref: it.Ref, Year: it.Year, Coding: it.NewCoding})
			default:
				stated[it.Case] = true
				if err := s.stateRecoded(ctx, tx, p.Recoding, it, field); err != nil {
					return err
				}
			}
		}
		if err := s.Record.Recode(ctx, tx, r, a.Name, p.Reason); err != nil {
			return err
		}
		return s.tellRecoding(ctx, tx, a, p.Recoding, "done")
	})
}

// stateRecoded gives a case the new value, in the name of who proposed it.
func (s *Service) stateRecoded(ctx context.Context, tx db.Tx, r Recoding, it RecodingItem, field incident.CodedField) error {
	d, found, err := db.SelectOne[Dossier](ctx, tx, `/* verify.stateRecoded */ select `+db.Columns[Dossier]("")+` from dossier where id = $1`, it.Case)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "verify.unknown")
	}
	if err != nil {
		return err
	}
	proposer := desk.Actor{Person: r.Person}
	if proposer.Ref, _, err = db.Value[string](ctx, tx, `/* verify.stateRecoded by */ select ref from person where id = $1`, r.Person); err != nil {
		return err
	}
	facts, err := s.factsNow(ctx, tx, d.ID)
	if err != nil {
		return err
	}
	field.Code(&facts, it.New, it.NewCoding)
	if err := s.raise(ctx, tx, &d); err != nil {
		return err
	}
	if err := s.addAuthor(ctx, tx, d.ID, r.Person); err != nil {
		return err
	}
	claim := recodedClaim(field.Name)
	if err := s.insertValue(ctx, tx, d, claim, &facts, &r.Person, &r.Organisation, incident.ReasonRecoded+r.Methodology+": "+r.Reason, s.now()); err != nil {
		return err
	}
	payload := d.sealed(map[string]string{"facts": incident.HashFacts(&facts)})
	payload["recoding"] = r.ID
	if err := s.note(ctx, tx, d, &proposer, r.Organisation, "stated", string(claim), payload); err != nil {
		return err
	}
	return s.save(ctx, tx, &d)
}

// WithdrawRecoding takes a recoding back that was not done yet.
func (s *Service) WithdrawRecoding(ctx context.Context, a desk.Actor, id int64) error {
	if _, err := worldwide(a, desk.Editor, 0); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx db.Tx) error {
		r, err := s.recoding(ctx, tx, id)
		if err == nil && r.State != "open" {
			err = fault.New(fault.Conflict, "verify.recode.closed")
		}
		if err != nil {
			return err
		}
		if _, err := db.Exec(ctx, tx, `/* verify.WithdrawRecoding */ update recoding set state = 'withdrawn', closed_at = $2 where id = $1`, id, s.now()); err != nil {
			return err
		}
		return s.tellRecoding(ctx, tx, a, r, "withdrawn")
	})
}
