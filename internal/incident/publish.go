package incident

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// Origins of an incident.
const (
	fromSheet = "sheet" // read from a sheet of the coalition
	fromDesk  = "desk"  // worked out at the desk, signed by two organisations
)

// Kinds of acts that publish.
const (
	ActPublished = "record.published" // an incident is public from now on
	ActUpdated   = "record.updated"   // a public incident says more, or something else
	ActRetracted = "record.retracted" // an incident was taken back
	ActLapsed    = "record.lapsed"    // an urgent publication two organisations did not sign in time
)

// Publication is an incident as the desk makes it public, or as it stands from
// now on. The database refuses one that two people of two organisations have not
// signed in that revision of the dossier (migrations/0013_verify_guard).
type Publication struct {
	Ref      string // the incident that is updated; "" for a new one
	Dossier  int64
	Revision int64  // of the dossier, that was signed
	State    string // published, corrected or disputed
	Facts    Facts
	Through  int    // the last count year so far: an incident under way counts in every year it touches
	Urgent   *int64 // until when it stands although signatures are missing; nil when they are there
	Who      string // as the history shows it
	Reason   string
}

// Publish puts an incident into the record, or a new state of it, in the
// caller's transaction.
func (s *Service) Publish(ctx context.Context, tx db.Tx, p Publication) (ref string, id int64, err error) {
	if err := p.check(); err != nil {
		return "", 0, err
	}
	m := &merge{s: s, tx: tx, now: s.now(), reading: reading{account: &Account{}, origin: p.Who, reason: p.Reason}}
	st, err := m.openStory(ctx, p.Ref)
	if err != nil {
		return "", 0, err
	}
	if m.nextSeq, _, err = db.Value[int](ctx, tx, `/* incident.Publish */ select coalesce(max(seq), 0) + 1 from entry where edition_id = $1`, RecordEdition); err != nil {
		return "", 0, err
	}
	if p.State == "published" && !st.isNew {
		if state, err := stateWithout(ctx, tx, st.id, ""); err != nil {
			return "", 0, err
		} else if state == stateDisputed { // to say more settles no dispute
			p.State = state
		}
	}
	if err := unhide(ctx, tx, st.id, p.Facts.Sources); err != nil {
		return "", 0, err
	}
	secret, err := heardOf(ctx, tx, st.id, &p.Facts)
	if err != nil {
		return "", 0, err
	}
	p.Facts.Sources = discreet(p.Facts.Sources, secret)
	past, err := countedBefore(ctx, tx, st)
	if err != nil {
		return "", 0, err
	}
	if years := p.settle(m, st, past); len(years) == 0 {
		return "", 0, fmt.Errorf("incident.Publish %s: nothing from %s to %s counts in any year", p.Ref, p.Facts.Period.Start, p.Facts.Period.End)
	}
	if st.isNew {
		if err := m.giveRef(ctx, st); err != nil {
			return "", 0, err
		}
		st.mark = &deskMark{p.State, p.Dossier, p.Revision, p.Urgent}
	} else if err := m.markPublished(ctx, st.id, p); err != nil {
		return "", 0, err
	}
	if err := m.write(ctx); err != nil {
		return "", 0, err
	}
	if err := s.Hide(ctx, tx, st.ref, bare(secret)); err != nil {
		return "", 0, err
	}
	kind := ActUpdated
	if st.isNew {
		kind = ActPublished
	}
	return st.ref, st.id, s.tell(ctx, tx, kind, st.ref, map[string]any{"incident": st.ref, "facts": HashFacts(&p.Facts), "by": p.Who, "urgent": p.Urgent != nil})
}

func (p Publication) check() error {
	switch {
	case strings.TrimSpace(p.Reason) == "" && p.Ref != "":
		return fault.New(fault.Invalid, "incident.reason_needed")
	case !slices.Contains([]string{"published", "corrected", "disputed"}, p.State):
		return fmt.Errorf("incident.Publish: state %q", p.State)
	case len(p.Facts.Countries) == 0 || p.Facts.Period.Start == "":
		return fault.New(fault.Invalid, "incident.no_place_or_time")
	}
	return checkName(p.Who)
}

// openStory is the story of a reference, or a new one.
func (m *merge) openStory(ctx context.Context, ref string) (*story, error) {
	if ref != "" {
		return m.loadOne(ctx, ref)
	}
	m.stories, m.byYear, m.refs = map[int64]*story{}, map[int][]*story{}, map[int]int{}
	next, _, err := db.Value[int64](ctx, m.tx, `/* incident.openStory */ select coalesce(max(id), 0) + 1 from incident`)
	if err != nil {
		return nil, err
	}
	m.nextID = next
	return m.newStory(), nil
}

// deskMark is what the incident's own row says of where it comes from.
type deskMark struct {
	state             string
	dossier, revision int64
	urgent            *int64
}

func (m *merge) markPublished(ctx context.Context, id int64, p Publication) error {
	_, err := db.Exec(ctx, m.tx, `/* incident.markPublished */ update incident set state = $2, origin = $3, dossier_id = $4, signed_revision = $5, urgent_until = $6, updated_at = $7
		where id = $1`, id, p.State, fromDesk, p.Dossier, p.Revision, p.Urgent, m.now)
	return err
}

// Retract takes an incident out of what readers see and out of every count, in
// the caller's transaction. Its reference answers from then on that it was
// withdrawn. kind is [ActRetracted] or [ActLapsed].
func (s *Service) Retract(ctx context.Context, tx db.Tx, kind, ref, who, reason string) error {
	m := &merge{s: s, tx: tx, now: s.now(), reading: reading{account: &Account{}, origin: who, reason: reason}}
	st, err := m.loadOne(ctx, ref)
	if err != nil {
		return err
	}
	if err := st.retractable(); err != nil {
		return err
	}
	st.dirty, st.diff = true, []FieldDiff{standingDiff(map[bool]string{true: ChangeLapsed, false: ChangeRetracted}[kind == ActLapsed])}
	for year, c := range st.years {
		if c.entry.Counted == 0 { // an urgent publication never counted
			continue
		}
		out := *c
		out.entry.Counted, out.entry.Updated = 0, m.now
		st.years[year] = &out
		st.diff = append(st.diff, countsNoMore(year))
	}
	// From now on it is the desk's: no sheet brings it back, and nobody alone.
	if _, err := db.Exec(ctx, tx, `/* incident.Retract */ update incident set state = $3, origin = $2, urgent_until = null where id = $1`, st.id, fromDesk, stateRetracted); err != nil {
		return err
	}
	if err := m.write(ctx); err != nil {
		return err
	}
	return s.tell(ctx, tx, kind, ref, map[string]any{"incident": ref, "by": who, "reason": reason})
}
