package dispute

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/i18n"
)

// Act is something that was done about a dispute, for a ledger. Its payload
// holds digests in place of texts.
type Act struct {
	Kind    string // dispute.filed, .released, .answered, .upheld, .rejected, .reopened
	Subject string // reference of the dispute
	Payload map[string]any
}

// Recorder hears of every act in the transaction that does it; an error undoes
// the act.
type Recorder func(ctx context.Context, tx db.Tx, a Act) error

// Names gives the public names of organisations by their numbers, in the words of
// a reader.
type Names func(ctx context.Context, x *i18n.Texts) (map[int64]string, error)

// Service is safe for concurrent use.
type Service struct {
	db     *db.DB
	record *incident.Service
	tell   Recorder
	names  Names
	now    func() time.Time
}

// New makes the service. A recorder or a clock may be nil.
func New(d *db.DB, record *incident.Service, names Names, tell Recorder, now func() time.Time) *Service {
	if tell == nil {
		tell = func(context.Context, db.Tx, Act) error { return nil }
	}
	if now == nil {
		now = time.Now
	}
	return &Service{d, record, tell, names, now}
}

// Disputable gives the incident a reference names, if readers may see it or may
// know that it was taken back: that can be wrong too. What was merged gives the one
// that took it in. Any other is not found.
func (s *Service) Disputable(ctx context.Context, ref string) (*incident.Incident, error) {
	for range 8 { // a chain of merges
		inc, err := s.record.Get(ctx, incident.RecordEdition, ref)
		switch {
		case err != nil:
			return nil, err
		case inc.MergedInto != "":
			ref = inc.MergedInto
		case inc.Withdrawn() || incident.Readable(inc.State):
			return inc, nil
		default:
			return nil, fault.New(fault.NotFound, "incident.unknown", "ref", ref)
		}
	}
	return nil, fault.New(fault.NotFound, "incident.unknown", "ref", ref)
}

// File takes a dispute and gives its reference. The very same one within a day, as
// when a form is sent twice, is the one that was filed first.
func (s *Service) File(ctx context.Context, f Filing) (ref string, err error) {
	if err := f.check(); err != nil {
		return "", err
	}
	inc, err := s.Disputable(ctx, f.Incident)
	if err != nil {
		return "", err
	}
	err = s.db.Write(ctx, func(tx db.Tx) error {
		id, err := db.NextID(ctx, tx, "dispute")
		if err != nil {
			return err
		}
		at := s.now().UTC()
		ref = fmt.Sprintf("D-%d-%04d", at.Year(), id)
		if err := desk.Take(ctx, tx, f.once(inc.Ref), ref, at); err != nil {
			return err
		}
		row := disputeRow{ID: id, Ref: ref, Incident: inc.ID, Statement: f.Statement, Right: f.Right, Why: f.Why, Source: f.Source,
			Speaker: f.Speaker, Lang: f.Lang, State: string(Open), Filed: at.UnixMicro(), Changed: at.UnixMicro()}
		if err := db.Insert(ctx, tx, "dispute", []disputeRow{row}); err != nil {
			return err
		}
		if f.Contact != "" {
			if err := db.Insert(ctx, tx, "dispute_contact", []contactRow{{id, f.Contact}}); err != nil {
				return err
			}
		}
		if err := s.record.Touch(ctx, tx); err != nil {
			return err
		}
		return s.tell(ctx, tx, Act{"dispute.filed", ref, map[string]any{"dispute": ref, "incident": inc.Ref, "statement": f.Statement,
			"speaker": f.Speaker, "right_sha256": digest(f.Right), "why_sha256": digest(f.Why), "source_sha256": digest(f.Source)}})
	})
	if first, again := desk.Again(err); again {
		return first, nil
	}
	if err != nil {
		return "", fmt.Errorf("dispute.File: %w", err)
	}
	return ref, nil
}

// once is what a filing about an incident has that no other has. How to reach
// whoever wrote is not part of it: no trace of that may stay.
func (f Filing) once(incident string) string {
	return "dispute " + digest(strings.Join([]string{incident, f.Statement, f.Right, f.Why, f.Source, f.Speaker}, "\x00"))
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Public is a dispute as everybody may read it.
func (s *Service) Public(ctx context.Context, ref string) (Dispute, error) {
	row, err := byRef(ctx, s.db.Reader(), ref)
	if err != nil {
		return Dispute{}, err
	}
	list, err := s.public(ctx, []disputeRow{row})
	if err != nil {
		return Dispute{}, err
	}
	if len(list) == 0 { // about what readers may not see any more
		return Dispute{}, unknown(ref)
	}
	d := list[0]
	if d.Steps, err = s.steps(ctx, row.ID); err != nil {
		return Dispute{}, err
	}
	d.Steps = slices.DeleteFunc(d.Steps, func(x Step) bool { return x.Kind == stepReleased })
	return d, nil
}

// About lists the disputes of an incident without their steps: those that were upheld
// first and those nobody has answered last, of each the newest first.
func (s *Service) About(ctx context.Context, incidentRef string, limit int) ([]Dispute, error) {
	rows, err := aboutIncident(ctx, s.db.Reader(), incidentRef, limit)
	if err != nil {
		return nil, err
	}
	return s.public(ctx, rows)
}

// Between lists the disputes that were filed or changed last in a span of time,
// the last change first, without their steps.
func (s *Service) Between(ctx context.Context, from, to time.Time, limit int) ([]Dispute, error) {
	rows, err := changedBetween(ctx, s.db.Reader(), from.UnixMicro(), to.UnixMicro(), limit)
	if err != nil {
		return nil, err
	}
	return s.public(ctx, rows)
}

// Beside is the nearest instant before one (dir -1), or from it on (dir 1), at
// which a dispute was filed or changed last.
func (s *Service) Beside(ctx context.Context, t time.Time, dir int) (at time.Time, found bool, err error) {
	micro, err := beside(ctx, s.db.Reader(), t.UnixMicro(), dir)
	if err != nil || micro == nil {
		return time.Time{}, false, err
	}
	return time.UnixMicro(*micro).UTC(), true, nil
}

// public leaves out what is not for readers, and disputes about what they never
// could see.
func (s *Service) public(ctx context.Context, rows []disputeRow) ([]Dispute, error) {
	mask, err := s.record.Mask(ctx)
	if err != nil {
		return nil, err
	}
	var out []Dispute
	stands := map[string]*incident.Incident{} // for each the one that stands for it now, nil for none
	for _, r := range rows {
		d, err := s.whole(ctx, r)
		if err != nil {
			return nil, err
		}
		inc, known := stands[d.Incident]
		if !known {
			if inc, err = s.Disputable(ctx, d.Incident); err != nil && fault.KindOf(err) != fault.NotFound {
				return nil, err
			}
			stands[d.Incident] = inc
		}
		if inc == nil {
			continue
		}
		d.Incident, d.Gone = inc.Ref, inc.Withdrawn()
		for name, text := range map[string]*string{AnswerRight: &d.Right, AnswerWhy: &d.Why, AnswerSource: &d.Source} {
			if *text = mask(*text); !slices.Contains(d.Released, name) {
				*text = ""
			}
		}
		if len(d.Released) == 0 {
			d.Statement, d.Speaker = "", ""
		}
		out = append(out, d)
	}
	return out, nil
}

// List gives the disputes an editor is responsible for: those of a state, ""
// for all that are not decided; the longest waiting first.
func (s *Service) List(ctx context.Context, a desk.Actor, state State, limit int) ([]Case, error) {
	if err := a.Must(desk.Editor, ""); err != nil {
		return nil, err
	}
	rows, err := inState(ctx, s.db.Reader(), a, state, limit)
	if err != nil {
		return nil, err
	}
	var out []Case
	for _, r := range rows {
		c, err := s.caseOf(ctx, r)
		if err != nil {
			return nil, err
		}
		if may(a, c.Countries) == nil {
			out = append(out, c)
		}
	}
	return out, nil
}

// Waiting counts the disputes that nobody has answered, of those an editor is
// responsible for.
func (s *Service) Waiting(ctx context.Context, a desk.Actor) (int, error) {
	return countOpen(ctx, s.db.Reader(), a)
}

// Get is one dispute with all that was written.
func (s *Service) Get(ctx context.Context, a desk.Actor, ref string) (Case, error) {
	row, err := byRef(ctx, s.db.Reader(), ref)
	if err != nil {
		return Case{}, err
	}
	c, err := s.caseOf(ctx, row)
	if err != nil {
		return Case{}, err
	}
	if err := may(a, c.Countries); err != nil {
		return Case{}, err
	}
	if c.Contact, err = contactOf(ctx, s.db.Reader(), row.ID); err != nil {
		return Case{}, err
	}
	c.Steps, err = s.steps(ctx, row.ID)
	return c, err
}

// may is nil for an editor for one of the countries, or for any where an
// incident states none.
func may(a desk.Actor, countries []string) error {
	if len(countries) == 0 {
		return a.Must(desk.Editor, "")
	}
	if slices.ContainsFunc(countries, func(c string) bool { return a.Can(desk.Editor, c) }) {
		return nil
	}
	return a.Must(desk.Editor, countries[0])
}

// Release makes answers public, those of [Answers] that are named, and takes
// back those that are not.
func (s *Service) Release(ctx context.Context, a desk.Actor, ref string, answers []string) error {
	for _, x := range answers {
		if !slices.Contains(Answers(), x) {
			return fault.New(fault.Invalid, "")
		}
	}
	return s.act(ctx, a, ref, stepReleased, "", strings.Join(answers, " "))
}

// Answer writes a signed note; the dispute stays undecided.
func (s *Service) Answer(ctx context.Context, a desk.Actor, ref, note string) error {
	return s.note(ctx, a, ref, Answered, note)
}

// Uphold decides that the dispute is right, with a signed note.
func (s *Service) Uphold(ctx context.Context, a desk.Actor, ref, note string) error {
	return s.note(ctx, a, ref, Upheld, note)
}

// Reject decides that it is not, with a signed note.
func (s *Service) Reject(ctx context.Context, a desk.Actor, ref, note string) error {
	return s.note(ctx, a, ref, Rejected, note)
}

// Reopen takes a ruling back, with a signed note. What was decided stays in the
// thread.
func (s *Service) Reopen(ctx context.Context, a desk.Actor, ref, note string) error {
	return s.note(ctx, a, ref, Open, note)
}

func (s *Service) note(ctx context.Context, a desk.Actor, ref string, state State, note string) error {
	note = clean(note)
	switch n := utf8.RuneCountInString(note); {
	case n == 0:
		return fault.Mend(fault.Field{Name: "note", Key: "dispute.needed.note"})
	case n > MaxNote:
		return fault.Mend(fault.Field{Name: "note", Key: "dispute.too_long", Args: []any{"most", MaxNote}})
	}
	kind := string(state)
	if state == Open {
		kind = stepReopened
	}
	return s.act(ctx, a, ref, kind, state, note)
}

// act writes a step, and the state it leads to: a release leads to none, and its
// note is the names of the answers.
func (s *Service) act(ctx context.Context, a desk.Actor, ref, kind string, to State, note string) error {
	c, err := s.Get(ctx, a, ref) // asks for the role
	if err != nil {
		return err
	}
	signed := actsFor(a, c.Countries)
	err = s.db.Write(ctx, func(tx db.Tx) error {
		row, err := byRef(ctx, tx, ref)
		if err != nil {
			return err
		}
		at := s.now().UTC().UnixMicro()
		was := State(row.State)
		if kind == stepReleased {
			row.Released = note
		} else {
			if !slices.Contains(next[was], to) {
				return fault.New(fault.Conflict, map[bool]string{true: "dispute.decided", false: "dispute.undecided"}[was.Closed()])
			}
			row.State, row.Changed = string(to), at
		}
		if err := saveStep(ctx, tx, row, stepRow{Dispute: row.ID, Kind: kind, At: at, Note: note, Person: a.Ref, By: clean(a.Name), Organisation: signed}); err != nil {
			return err
		}
		if to == Upheld || was == Upheld && to == Open {
			if err := s.record.Disputed(ctx, tx, c.Incident, ref, a.Name, to == Upheld); err != nil {
				return err
			}
		}
		if err := s.record.Touch(ctx, tx); err != nil {
			return err
		}
		return s.tell(ctx, tx, Act{"dispute." + kind, ref, map[string]any{"dispute": ref, "incident": c.Incident, "by": a.Ref,
			"signed_by": a.Name, "organisation": signed, "note_sha256": digest(note)}})
	})
	if err != nil {
		return fmt.Errorf("dispute.%s: %w", kind, err)
	}
	return nil
}

// actsFor is the organisation an editor acts for.
func actsFor(a desk.Actor, countries []string) int64 {
	for _, c := range append(slices.Clone(countries), "") {
		if orgs := a.For(desk.Editor, c); len(orgs) > 0 {
			return orgs[0]
		}
	}
	return 0
}

// ForgetContact deletes how to reach whoever filed a dispute.
func (s *Service) ForgetContact(ctx context.Context, a desk.Actor, ref string) error {
	if _, err := s.Get(ctx, a, ref); err != nil { // asks for the role
		return err
	}
	return s.db.Write(ctx, func(tx db.Tx) error {
		if tx.Engine() == db.SQLite { // freed space is overwritten
			if _, err := db.Exec(ctx, tx, `/* dispute.ForgetContact */ pragma secure_delete = on`); err != nil {
				return err
			}
		}
		_, err := db.Exec(ctx, tx, `/* dispute.ForgetContact */ delete from dispute_contact
			where dispute_id = (select id from dispute where ref = $1)`, ref)
		return err
	})
}
