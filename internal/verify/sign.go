package verify

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// SignOff is a signature under one revision of a dossier.
type SignOff struct {
	ID           int64  `db:"id"`
	Dossier      int64  `db:"dossier_id"`
	Revision     int64  `db:"revision"`
	Digest       string `db:"digest"` // incident.HashFacts of the facts
	Person       int64  `db:"person_id"`
	Organisation int64  `db:"organisation_id"`
	Checklist    string `db:"checklist"` // JSON, a list of Answer
	Note         string `db:"note"`
	At           int64  `db:"at"`
}

// Answers is the checklist as it was answered.
func (s SignOff) Answers() []Answer {
	var list []Answer
	_ = json.Unmarshal([]byte(s.Checklist), &list) // we wrote it; an empty list says that nothing was answered
	return list
}

// urgentRow is urgent_publication.
type urgentRow struct {
	ID           int64  `db:"id"`
	Dossier      int64  `db:"dossier_id"`
	Revision     int64  `db:"revision"`
	Digest       string `db:"digest"`
	Person       int64  `db:"person_id"`
	Organisation int64  `db:"organisation_id"`
	Reason       string `db:"reason"`
	At           int64  `db:"at"`
	Expires      int64  `db:"expires_at"`
}

// Sign puts somebody's name under a dossier as it stands. revision is the one
// they saw: if it changed meanwhile they have not read what they would sign.
func (s *Service) Sign(ctx context.Context, a desk.Actor, ref string, revision, organisation int64, answers []Answer, note string) error {
	note = clipNote(note)
	if err := checkAnswers(answers, note); err != nil {
		return err
	}
	return s.change(ctx, a, ref, desk.Verifier, func(tx db.Tx, d *Dossier) error {
		org, err := onBehalf(a, desk.Verifier, d.Country, organisation)
		if err != nil {
			return err
		}
		facts, err := s.signable(ctx, tx, a, d, revision)
		if err != nil {
			return err
		}
		doc, err := json.Marshal(answers)
		if err != nil {
			return err
		}
		id, err := db.NextID(ctx, tx, "sign_off")
		if err != nil {
			return err
		}
		row := SignOff{id, d.ID, d.Revision, incident.HashFacts(&facts), a.Person, org, string(doc), note, s.now()}
		if err := db.Insert(ctx, tx, "sign_off", []SignOff{row}); err != nil {
			return err
		}
		return s.note(ctx, tx, *d, &a, org, "signed", "", map[string]any{"digest": row.Digest, "organisation": org})
	})
}

// signable asks everything that stands between a person and their signature, in
// the order in which it can be mended, and gives the facts they sign.
func (s *Service) signable(ctx context.Context, tx db.Tx, a desk.Actor, d *Dossier, revision int64) (incident.Facts, error) {
	values, err := s.standing(ctx, tx, d.ID)
	if err != nil {
		return incident.Facts{}, err
	}
	facts := compose(values)
	switch {
	case d.State != Open && d.State != Public:
		return facts, fault.New(fault.Conflict, "verify.sign.not_open")
	case revision != d.Revision:
		return facts, fault.New(fault.Conflict, "verify.sign.changed")
	case !reaches(d.Floor, Corroborated):
		return facts, fault.New(fault.Conflict, "verify.sign.not_corroborated")
	}
	if c := missing(&facts); c != "" {
		return facts, fault.New(fault.Conflict, "verify.sign.missing."+string(c))
	}
	if d.Author == a.Person || slices.ContainsFunc(Claims(), func(c Claim) bool { v, ok := values[c]; return ok && v.Person != nil && *v.Person == a.Person }) {
		return facts, fault.New(fault.Conflict, "verify.sign.author")
	}
	_, close, err := db.Value[string](ctx, tx, `/* verify.signable */ select note from interest where dossier_id = $1 and person_id = $2`, d.ID, a.Person)
	if err != nil {
		return facts, err
	}
	if close {
		return facts, fault.New(fault.Conflict, "verify.sign.interest")
	}
	_, signed, err := db.Value[int64](ctx, tx, `/* verify.signable signed */ select id from sign_off where dossier_id = $1 and revision = $2 and person_id = $3`, d.ID, d.Revision, a.Person)
	if err == nil && signed {
		err = fault.New(fault.Conflict, "verify.sign.already")
	}
	return facts, err
}

// missing names the first claim that has to be stated before anybody signs.
func missing(f *incident.Facts) Claim {
	switch {
	case len(f.Countries) == 0:
		return Where
	case f.Period.Start == "":
		return When
	case f.Measure.Method == "" && f.Measure.Extent == "" && len(f.Affected()) == 0:
		return What
	}
	return ""
}

// signatures are those under a revision that were not taken back.
func (s *Service) signatures(ctx context.Context, q db.Querier, dossier, revision int64) ([]SignOff, error) {
	return db.Select[SignOff](ctx, q, `/* verify.signatures */ select `+db.Columns[SignOff]("s.")+` from sign_off s
		where s.dossier_id = $1 and s.revision = $2 and not exists (select 1 from sign_off_withdrawn w where w.sign_off_id = s.id) order by s.id`, dossier, revision)
}

// enough tells whether two people of two organisations signed.
func enough(list []SignOff) bool {
	for i, x := range list {
		for _, y := range list[:i] {
			if x.Person != y.Person && x.Organisation != y.Organisation {
				return true
			}
		}
	}
	return false
}

// Unsign takes one's own signature back, as long as what was signed is not
// public. It needs a reason; the signature stays in the history.
func (s *Service) Unsign(ctx context.Context, a desk.Actor, ref, reason string) error {
	reason = clipNote(reason)
	if err := checkText("reason", reason); err != nil {
		return err
	}
	return s.change(ctx, a, ref, desk.Reader, func(tx db.Tx, d *Dossier) error {
		list, err := s.signatures(ctx, tx, d.ID, d.Revision)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(x SignOff) bool { return x.Person == a.Person })
		switch {
		case i < 0:
			return fault.New(fault.Conflict, "verify.sign.none_of_yours")
		case d.State == Public && d.Signed == d.Revision && !s.urgentNow(ctx, tx, *d):
			return fault.New(fault.Conflict, "verify.sign.public")
		}
		if _, err := db.Exec(ctx, tx, `/* verify.Unsign */ insert into sign_off_withdrawn (sign_off_id, reason, at) values ($1, $2, $3)`, list[i].ID, reason, s.now()); err != nil {
			return err
		}
		return s.note(ctx, tx, *d, &a, list[i].Organisation, "unsigned", reason, nil)
	})
}

// urgentNow tells whether what is public stands without two signatures.
func (s *Service) urgentNow(ctx context.Context, q db.Querier, d Dossier) bool {
	_, urgent, err := db.Value[int64](ctx, q, `/* verify.urgentNow */ select urgent_until from incident where ref = $1 and urgent_until is not null`, d.Incident)
	return err == nil && urgent
}

// Declare writes down that somebody is too close to a case to sign it. It cannot
// be undone by themselves, only read.
func (s *Service) Declare(ctx context.Context, a desk.Actor, ref, note string) error {
	note = clipNote(note)
	if err := checkText("note", note); err != nil {
		return err
	}
	return s.change(ctx, a, ref, desk.Reader, func(tx db.Tx, d *Dossier) error {
		n, err := db.Exec(ctx, tx, `/* verify.Declare */ insert into interest (dossier_id, person_id, note, at) values ($1, $2, $3, $4) on conflict (dossier_id, person_id) do nothing`,
			d.ID, a.Person, note, s.now())
		if err != nil || n == 0 {
			return err
		}
		if list, err := s.signatures(ctx, tx, d.ID, d.Revision); err != nil {
			return err
		} else if slices.ContainsFunc(list, func(x SignOff) bool { return x.Person == a.Person }) {
			d.Revision++ // what they signed has to be signed anew, by others
		}
		return s.note(ctx, tx, *d, &a, 0, "declared", "", nil)
	})
}

// Publish makes public what two organisations signed: a new incident, or the new
// state of one that is public. reason is needed for a new state; corrected says
// that the former one was wrong, not only less.
func (s *Service) Publish(ctx context.Context, a desk.Actor, ref string, reason string, corrected bool) (incidentRef string, err error) {
	err = s.change(ctx, a, ref, desk.Editor, func(tx db.Tx, d *Dossier) error {
		list, err := s.signatures(ctx, tx, d.ID, d.Revision)
		if err != nil {
			return err
		}
		if !enough(list) {
			return fault.New(fault.Conflict, "verify.publish.unsigned")
		}
		if err := s.publish(ctx, tx, a, d, publication{reason: reason, corrected: corrected}); err != nil {
			return err
		}
		incidentRef = d.Incident
		return nil
	})
	return incidentRef, err
}

// PublishUrgently makes a dossier public at once, for at most [UrgentFor], when
// waiting for signatures would do harm. Its page says so.
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
		if d.State == Public || d.Incident != "" {
			return fault.New(fault.Conflict, "verify.publish.urgent_once")
		}
		if err := s.publishable(*d); err != nil {
			return err
		}
		org := a.For(desk.Editor, d.Country)[0]
		id, err := db.NextID(ctx, tx, "urgent_publication")
		if err != nil {
			return err
		}
		now := s.now()
		until := now + UrgentFor.Microseconds()
		row := urgentRow{id, d.ID, d.Revision, incident.HashFacts(&facts), a.Person, org, reason, now, until}
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

// publishable refuses what is parked or under embargo.
func (s *Service) publishable(d Dossier) error {
	switch {
	case d.State != Open && d.State != Public:
		return fault.New(fault.Conflict, "verify.sign.not_open")
	case d.EmbargoUntil > s.now():
		return fault.New(fault.Conflict, "verify.publish.embargo")
	}
	return nil
}

type publication struct {
	reason    string
	corrected bool
	until     *int64
}

// publish writes a dossier into the record.
func (s *Service) publish(ctx context.Context, tx db.Tx, a desk.Actor, d *Dossier, p publication) error {
	if err := s.publishable(*d); err != nil {
		return err
	}
	if d.State == Public && d.Signed == d.Revision && !s.urgentNow(ctx, tx, *d) {
		return fault.New(fault.Conflict, "verify.publish.nothing_new")
	}
	facts, err := s.factsNow(ctx, tx, d.ID)
	if err != nil {
		return err
	}
	if facts.Sources, err = s.sourcesOf(ctx, tx, d.ID, facts.Sources); err != nil {
		return err
	}
	p.reason = strings.TrimSpace(p.reason)
	confirms := d.State == Public && d.Signed == d.Revision
	if p.reason == "" && d.Incident != "" && !confirms {
		return fault.Mend(fault.Field{Name: "reason", Key: "verify.publish.reason"})
	}
	if p.reason == "" {
		p.reason = "signed by two organisations"
	}
	state := Public
	if p.corrected && d.Incident != "" {
		state = "corrected"
	}
	ref, _, err := s.Record.Publish(ctx, tx, incident.Publication{
		Ref: d.Incident, Dossier: d.ID, Revision: d.Revision, State: state, Facts: facts, Through: s.Options.Now().UTC().Year(), Urgent: p.until, Who: a.Name, Reason: p.reason,
	})
	if err != nil {
		return err
	}
	d.Incident, d.State, d.Signed, d.Reason = ref, Public, d.Revision, ""
	kind := "published"
	if p.until != nil {
		kind = "published_urgently"
	}
	return s.note(ctx, tx, *d, &a, 0, kind, p.reason, map[string]any{"incident": ref})
}

// sourcesOf are the sources that may be named: those the record had already, and
// what may be said of the items that speak for or against a claim.
func (s *Service) sourcesOf(ctx context.Context, q db.Querier, dossier int64, had []incident.Source) ([]incident.Source, error) {
	links, err := s.links(ctx, q, dossier)
	if err != nil {
		return nil, err
	}
	var items []int64
	for _, l := range links {
		if l.Side != Silent && !slices.Contains(items, l.Item) {
			items = append(items, l.Item)
		}
	}
	more, err := s.Exhibits.Sources(ctx, q, items)
	out := slices.Clone(had)
	for _, x := range more {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out, err
}

// Using lists the public incidents in which an item speaks for or against a claim.
func (s *Service) Using(ctx context.Context, q db.Querier, item int64) ([]string, error) {
	type row struct {
		Ref string `db:"incident_ref"`
	}
	rows, err := db.Select[row](ctx, q, `/* verify.Using */ select distinct d.incident_ref from claim_evidence e join dossier d on d.id = e.dossier_id
		where e.item_id = $1 and e.withdrawn_at is null and d.state = 'published' order by d.incident_ref`, item)
	var out []string
	for _, r := range rows {
		out = append(out, r.Ref)
	}
	return out, err
}

// SourceGone takes out of a public incident what may not be named any more,
// after an item or a consent for it was withdrawn. It only takes away: what is
// new waits for signatures.
func (s *Service) SourceGone(ctx context.Context, tx db.Tx, dossier, _ int64) error {
	d, found, err := db.SelectOne[Dossier](ctx, tx, `/* verify.SourceGone */ select `+db.Columns[Dossier]("")+` from dossier where id = $1 and state = 'published'`, dossier)
	if err != nil || !found {
		return err
	}
	values, err := s.valuesAt(ctx, tx, d.ID, d.Signed)
	if err != nil {
		return err
	}
	facts := compose(values)
	may, err := s.sourcesOf(ctx, tx, d.ID, facts.Sources)
	if err != nil {
		return err
	}
	return s.Record.NameFewer(ctx, tx, d.Incident, may, programName, "a source withdrew")
}

func (s *Service) factsNow(ctx context.Context, q db.Querier, dossier int64) (incident.Facts, error) {
	values, err := s.standing(ctx, q, dossier)
	return compose(values), err
}

// Retract takes a public incident back at once. An editor may do it alone,
// because it protects people; that it was done, by whom and why stays visible.
func (s *Service) Retract(ctx context.Context, a desk.Actor, ref, reason string) error {
	reason = clipNote(reason)
	if err := checkText("reason", reason); err != nil {
		return err
	}
	return s.change(ctx, a, ref, desk.Editor, func(tx db.Tx, d *Dossier) error {
		if d.State != Public {
			return fault.New(fault.Conflict, "verify.not_public")
		}
		if err := s.Record.Retract(ctx, tx, incident.ActRetracted, d.Incident, a.Name, reason); err != nil {
			return err
		}
		if err := s.note(ctx, tx, *d, &a, 0, "retracted", reason, map[string]any{"incident": d.Incident}); err != nil {
			return err
		}
		d.State, d.Reason = Retracted, reason
		d.Revision++ // nothing that was signed counts for another try
		return nil
	})
}

// Lapse takes back what was published urgently and not signed in time. The
// program calls it every half minute, and before it serves anything.
func (s *Service) Lapse(ctx context.Context) (refs []string, err error) {
	now := s.now()
	type row struct {
		Dossier  string `db:"ref"`
		Incident string `db:"incident_ref"`
	}
	list, err := db.Select[row](ctx, s.db.Reader(), `/* verify.Lapse */ select d.ref, d.incident_ref from dossier d join incident i on i.ref = d.incident_ref
		where i.origin = 'desk' and i.urgent_until <= $1 and i.state <> 'retracted' order by d.id`, now)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	for _, x := range list {
		err := s.db.Write(ctx, func(tx db.Tx) error {
			d, found, err := db.SelectOne[Dossier](ctx, tx, `/* verify.Lapse one */ select `+db.Columns[Dossier]("")+` from dossier where ref = $1 and state = 'published'`, x.Dossier)
			if err != nil || !found {
				return err
			}
			if !s.urgentNow(ctx, tx, d) {
				return nil // signed meanwhile
			}
			if err := s.Record.Retract(ctx, tx, incident.ActLapsed, d.Incident, programName, "nobody of a second organisation signed within 72 hours"); err != nil {
				return err
			}
			if err := s.note(ctx, tx, d, nil, 0, "lapsed", "", map[string]any{"incident": d.Incident}); err != nil {
				return err
			}
			d.State, d.Due = Open, s.now()
			return s.save(ctx, tx, d)
		})
		if err != nil {
			return refs, err
		}
		refs = append(refs, x.Incident)
	}
	return refs, nil
}

// programName is who takes back what lapsed, as the history shows it.
const programName = "keepiton"

// Embargo keeps a dossier from being published until an instant, microseconds
// UTC; 0 lifts it.
func (s *Service) Embargo(ctx context.Context, a desk.Actor, ref string, until int64, reason string) error {
	reason = clipNote(reason)
	if err := checkText("reason", reason); err != nil {
		return err
	}
	if until != 0 && (until <= s.now() || until > s.now()+(2*365*24*time.Hour).Microseconds()) {
		return fault.Mend(fault.Field{Name: "until", Key: "verify.embargo_when"})
	}
	return s.change(ctx, a, ref, desk.Editor, func(tx db.Tx, d *Dossier) error {
		if d.State == Public {
			return fault.New(fault.Conflict, "verify.embargo_public")
		}
		d.EmbargoUntil, d.EmbargoReason = until, reason
		kind := "embargoed"
		if until == 0 {
			kind = "embargo_lifted"
		}
		return s.note(ctx, tx, *d, &a, 0, kind, reason, nil)
	})
}
