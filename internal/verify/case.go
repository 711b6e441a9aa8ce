package verify

import (
	"context"
	"slices"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// Grade is how sure somebody was of a claim, and of which revision.
type Grade struct {
	Claim    Claim
	Grade    string
	Note     string
	Person   int64
	Revision int64
	At       int64
}

// Act is a line of a dossier's history.
type Act struct {
	Person, Organisation *int64
	Kind, Detail         string
	At                   int64
}

// Case is a dossier with everything the desk shows of it.
type Case struct {
	Dossier
	Facts      incident.Facts
	Values     map[Claim]Value
	Grades     map[Claim]Grade
	Items      []Item
	Links      []Link
	Dissents   []Dissent
	Signatures []SignOff      // under what stands, those that count
	Fallen     []SignOff      // under what stands, that count no more
	Former     []SignOff      // under the revision before this one that somebody signed, when nobody signed this
	Authors    map[int64]bool // who wrote any part of it, ever
	Comments   []Comment
	Acts       []Act // the newest first, at most actsShown
	Urgent     int64 // until when it is public without two signatures; 0: it is not
	Readable   bool  // its incident has a public page
	Disputed   bool  // a dispute about its incident was upheld, and nothing answers it yet
	Interest   bool  // this person declared one
	MergedRef  string
	TakenUp    bool // from the record, and nothing was published from here yet
	Behind     bool // the record says something else now than when the case last followed it
	Disputes   []Disputed
	Alone      bool   // its incident is public urgently, or was and nothing else
	GoesOn     bool   // it was signed as going on, and this year does not count it yet
	Into       string // the incident that took in the one of this case
	IntoCase   string // the case of that
	Counting   counting
}

// actsShown is how many lines of the history a case brings along.
const actsShown = 200

// Stage is the rung a case has reached.
func (c *Case) Stage() string {
	switch {
	case c.State == Public:
		return Published
	case enough(c.Signatures):
		return Verified
	}
	return c.Floor
}

// Enough tells whether two people of two organisations signed what stands.
func (c *Case) Enough() bool { return enough(c.Signatures) }

// SignedBy tells whether a person signed what stands.
func (c *Case) SignedBy(person int64) bool {
	return slices.ContainsFunc(c.Signatures, func(x SignOff) bool { return x.Person == person })
}

// Wrote tells whether a person wrote any part of the case, ever: then they cannot
// sign it.
func (c *Case) Wrote(person int64) bool { return c.Authors[person] }

// OwnEvidence tells whether the case is corroborated by what a person filed
// themselves alone: then they cannot sign it either.
func (c *Case) OwnEvidence(a desk.Actor) bool {
	return reaches(c.Floor, Corroborated) && !reaches(Floor(filedByOthers(c.Items, a.Ref), c.Links), Corroborated)
}

// Obstacles are all that stands between somebody and their signature, as keys of
// texts, the ones anybody could mend first.
func (c *Case) Obstacles(a desk.Actor) []string {
	var out []string
	add := func(there bool, key string) {
		if there {
			out = append(out, "verify.sign."+key)
		}
	}
	add(c.State != Open && c.State != Public, "not_open")
	add(c.State == Public && !c.Changed() && c.Urgent == 0 && !c.GoesOn, "nothing_new")
	add(c.Into != "", "went")
	add(c.Behind, "behind")
	add(c.Missing() != "", "missing."+string(c.Missing()))
	add(c.Missing() == "" && c.Counting.wrong != "", c.Counting.wrong)
	add(!reaches(c.Floor, Corroborated), "not_corroborated")
	add(c.Wrote(a.Person), "author")
	add(c.OwnEvidence(a), "own_evidence")
	add(c.Interest, "interest")
	add(c.SignedBy(a.Person), "already")
	return out
}

// Missing names the first claim without which nobody can sign, "" when none is.
func (c *Case) Missing() Claim { return missing(&c.Facts) }

// Get reads a case.
func (s *Service) Get(ctx context.Context, a desk.Actor, ref string) (*Case, error) {
	q := s.db.Reader()
	d, err := s.open(ctx, q, a, ref, desk.Reader)
	if err != nil {
		return nil, err
	}
	c := &Case{Dossier: d}
	for _, step := range []func(context.Context, db.Querier, *Case) error{s.readClaims, s.readEvidence, s.readTalk, s.readPublic} {
		if err := step(ctx, q, c); err != nil {
			return nil, err
		}
	}
	if err := s.readInto(ctx, q, a, c); err != nil {
		return nil, err
	}
	_, c.Interest, err = db.Value[int64](ctx, q, `/* verify.Get */ select at from interest where dossier_id = $1 and person_id = $2`, d.ID, a.Person)
	return c, err
}

func (s *Service) readClaims(ctx context.Context, q db.Querier, c *Case) (err error) {
	if c.Values, err = s.standing(ctx, q, c.ID); err != nil {
		return err
	}
	c.Facts = compose(c.Values)
	if c.Grades, err = s.grades(ctx, q, c.ID); err != nil {
		return err
	}
	if c.Authors, err = s.authors(ctx, q, c.ID); err != nil {
		return err
	}
	c.Dissents, err = s.dissents(ctx, q, c.ID)
	return err
}

func (s *Service) readEvidence(ctx context.Context, q db.Querier, c *Case) (err error) {
	if c.Items, err = s.Exhibits.Items(ctx, q, c.ID); err != nil {
		return err
	}
	if c.Links, err = s.links(ctx, q, c.ID); err != nil {
		return err
	}
	if c.Signatures, err = s.live(ctx, q, &c.Dossier); err != nil {
		return err
	}
	if stands, err := s.standsPublic(ctx, q, c.Dossier); err != nil {
		return err
	} else if !stands {
		if c.Fallen, err = s.fallen(ctx, q, &c.Dossier, c.Signatures); err != nil {
			return err
		}
	}
	c.Dossier.Signatures = organisations(c.Signatures) // what the row counts follows those who come and go later
	if len(c.Signatures) > 0 {
		return nil
	}
	last, _, err := db.Value[int64](ctx, q, `/* verify.readEvidence */ select coalesce(max(revision), 0) from sign_off where dossier_id = $1 and revision < $2`, c.ID, c.Revision)
	if err == nil && last > 0 {
		c.Former, err = s.signatures(ctx, q, c.ID, last)
	}
	return err
}

func (s *Service) readTalk(ctx context.Context, q db.Querier, c *Case) (err error) {
	if c.Comments, err = db.Select[Comment](ctx, q, `/* verify.readTalk */ select `+db.Columns[Comment]("")+` from dossier_comment where dossier_id = $1 order by id`, c.ID); err != nil {
		return err
	}
	acts, err := db.Select[actRow](ctx, q, `/* verify.readTalk acts */ select `+db.Columns[actRow]("")+` from dossier_act where dossier_id = $1 order by id desc limit $2`, c.ID, actsShown)
	for _, x := range acts {
		c.Acts = append(c.Acts, Act{x.Person, x.Organisation, x.Kind, x.Detail, x.At})
	}
	return err
}

func (s *Service) readPublic(ctx context.Context, q db.Querier, c *Case) (err error) {
	if c.Incident != "" {
		now, err := s.Record.NowOf(ctx, q, c.Incident)
		if err != nil {
			return err
		}
		c.TakenUp, c.Behind, c.GoesOn, c.Into = c.onlyTakenUp(now), c.behind(now), s.goesOnNow(c.Dossier, now), now.Into
		is, found, err := db.SelectOne[struct {
			Until *int64 `db:"urgent_until"`
			State string `db:"state"`
		}](ctx, q, `/* verify.readPublic */ select urgent_until, state from incident where ref = $1`, c.Incident)
		if err != nil {
			return err
		}
		if c.Disputes, err = s.unsettledDisputes(ctx, c.Incident, is.State); err != nil {
			return err
		}
		if c.Alone, err = s.Record.NeverSigned(ctx, q, c.Incident); err != nil {
			return err
		}
		c.Readable = found && is.State != "retracted" && (is.Until == nil || *is.Until > s.now())
		c.Disputed = found && is.State == "disputed"
		if is.Until != nil {
			c.Urgent = *is.Until
		}
	}
	if c.Into == "" && (c.State == Open || c.State == Public) {
		if c.Counting, err = s.counting(ctx, q, c.Dossier, &c.Facts); err != nil {
			return err
		}
	}
	if c.MergedInto != nil {
		c.MergedRef, _, err = db.Value[string](ctx, q, `/* verify.readPublic merged */ select ref from dossier where id = $1`, *c.MergedInto)
	}
	return err
}

// unsettledDisputes are the disputes about an incident that wait for an answer, and
// those that were upheld while nothing was corrected since.
func (s *Service) unsettledDisputes(ctx context.Context, ref, state string) ([]Disputed, error) {
	list, err := s.Disputes(ctx, ref)
	settled := state == "published" || state == "corrected"
	return slices.DeleteFunc(list, func(d Disputed) bool { return d.Upheld && settled }), err
}

// readInto finds the case of the incident that took in the one of a case, if somebody
// may read it.
func (s *Service) readInto(ctx context.Context, q db.Querier, a desk.Actor, c *Case) error {
	if c.Into == "" {
		return nil
	}
	d, found, err := s.caseOfIncident(ctx, q, c.Into)
	if found && may(a, desk.Reader, d) == nil {
		c.IntoCase = d.Ref
	}
	return err
}

// caseOfIncident is the case of a public incident.
func (s *Service) caseOfIncident(ctx context.Context, q db.Querier, ref string) (Dossier, bool, error) {
	return db.SelectOne[Dossier](ctx, q, `/* verify.caseOfIncident */ select `+db.Columns[Dossier]("")+` from dossier where incident_ref = $1 and state = 'published'`, ref)
}

// CaseOf gives what the room of evidence has to know of a dossier, for somebody
// who may read it.
func (s *Service) CaseOf(ctx context.Context, a desk.Actor, ref string) (Dossier, error) {
	return s.open(ctx, s.db.Reader(), a, ref, desk.Reader)
}

// ByID is the dossier of a number, for somebody who may read it.
func (s *Service) ByID(ctx context.Context, a desk.Actor, id int64) (Dossier, error) {
	ref, found, err := db.Value[string](ctx, s.db.Reader(), `/* verify.ByID */ select ref from dossier where id = $1`, id)
	if err != nil {
		return Dossier{}, err
	}
	if !found {
		return Dossier{}, fault.New(fault.NotFound, "verify.unknown")
	}
	return s.CaseOf(ctx, a, ref)
}

// Adopt opens a dossier for an incident that is public already, so that it can
// be corrected the way it would be worked out: the claims begin with what the
// record says. If there is one already, that is the answer.
func (s *Service) Adopt(ctx context.Context, a desk.Actor, incidentRef string, organisation int64) (Dossier, error) {
	now, err := s.Record.NowOf(ctx, s.db.Reader(), incidentRef) // before its facts: what changes in between makes the case behind
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return Dossier{}, err
	}
	mark := now.Mark
	inc, err := s.Record.Get(ctx, incident.RecordEdition, incidentRef)
	if err != nil {
		return Dossier{}, err
	}
	if inc.MergedInto != "" {
		return s.Adopt(ctx, a, inc.MergedInto, organisation)
	}
	if inc.State == "retracted" || len(inc.Facts.Countries) == 0 {
		return Dossier{}, fault.New(fault.Conflict, "verify.not_public")
	}
	org, err := onBehalf(a, desk.Contributor, countriesOf(inc.Facts), organisation)
	if err != nil {
		return Dossier{}, err
	}
	says, err := s.Record.Stored(ctx, s.db.Reader(), inc.Ref)
	if err != nil {
		return Dossier{}, err
	}
	var d Dossier
	err = s.db.Write(ctx, func(tx db.Tx) error {
		have, found, err := s.caseOfIncident(ctx, tx, inc.Ref)
		if err != nil || found {
			d = have
			return err
		}
		now := s.now()
		d = Dossier{Title: inc.Ref + " " + incidentTitle(inc), State: Public, Signed: 1, Urgency: 3, Author: a.Person, AuthorOrg: org,
			Incident: inc.Ref, Record: mark, Due: dueAfter(now, 3), Created: now, Updated: now}
		d.follow(says)
		if err := s.insert(ctx, tx, &d); err != nil {
			return err
		}
		for _, c := range Claims() {
			empty := blank()
			if c.same(&empty, says) {
				continue
			}
			if err := s.insertValue(ctx, tx, d, c, says, nil, nil, "", now); err != nil {
				return err
			}
		}
		if err := s.note(ctx, tx, d, &a, org, "adopted", inc.Ref, nil); err != nil {
			return err
		}
		return s.save(ctx, tx, &d)
	})
	return d, err
}

// incidentTitle is what the desk calls an incident it takes up.
func incidentTitle(inc *incident.Incident) string {
	title := inc.Facts.CountryText()
	if area := inc.Facts.Measure.Area; area != "" && area != title {
		title += ", " + area
	}
	letters := []rune(title)
	return string(letters[:min(len(letters), 100)]) + ", " + string(inc.Facts.Period.Start)
}

// Veiled tells whether the reviewers of a country do not see one another's names.
func (s *Service) Veiled(ctx context.Context, country string) (bool, error) {
	_, on, err := db.Value[int64](ctx, s.db.Reader(), `/* verify.Veiled */ select at from veiled_country where country = $1`, country)
	return on, err
}

// Veil hides the names of a country's reviewers from one another, or shows them
// again. Editors see them in any case.
func (s *Service) Veil(ctx context.Context, a desk.Actor, ref string, on bool) error {
	return s.change(ctx, a, ref, desk.Editor, func(tx db.Tx, d *Dossier) error {
		query, kind := `/* verify.Veil */ delete from veiled_country where country = $1`, "unveiled"
		args := []any{d.Country}
		if on {
			query, kind = `/* verify.Veil */ insert into veiled_country (country, at) values ($1, $2) on conflict (country) do nothing`, "veiled"
			args = append(args, s.now())
		}
		if _, err := db.Exec(ctx, tx, query, args...); err != nil {
			return err
		}
		return s.note(ctx, tx, *d, &a, 0, kind, d.Country, nil)
	})
}
