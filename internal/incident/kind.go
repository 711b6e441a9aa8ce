package incident

import (
	"context"
	"strings"

	"keepiton/internal/platform/db"
)

// Kinds of changes of an incident, as readers are told.
const (
	ChangeImport    = "import"     // a newer sheet says it
	ChangeCorrected = "correction" // what stood there was wrong
	ChangeUpdated   = "update"     // the desk knows more, or something else, now
	ChangeRetracted = "retraction" // the desk took it back
	ChangeLapsed    = "lapse"      // nobody of a second organisation signed in time
)

// standingField is the part of a stored difference that says which kind of act of
// the desk it was. It is no fact and is never shown as one.
const standingField = "standing"

func standingDiff(kind string) FieldDiff { return FieldDiff{Field: standingField, New: kind} }

// Kind is what kind of change it was.
func (c Change) Kind() string {
	if c.Origin == imported {
		return ChangeImport
	}
	for _, d := range c.Diff {
		if d.Field == standingField {
			return d.New
		}
	}
	return ChangeCorrected
}

// Withdraws tells whether the change took something out of the count.
func (c Change) Withdraws() bool {
	for _, d := range c.Diff {
		if strings.HasPrefix(d.Field, "counted ") && d.New == "no" {
			return true
		}
	}
	return c.Kind() == ChangeRetracted || c.Kind() == ChangeLapsed
}

// IsFact tells whether a difference is about a fact.
func (d FieldDiff) IsFact() bool { return d.Field != standingField }

// TakenBack reads the newest entry of incidents that the desk took back, by their
// references: what they were, for whoever says that they were.
func (s *Service) TakenBack(ctx context.Context, refs []string) (map[string]Row, error) {
	out := map[string]Row{}
	if len(refs) == 0 {
		return out, nil
	}
	var w db.Where
	w.And("e.edition_id = ?", RecordEdition)
	marks := make([]string, len(refs))
	for i, r := range refs {
		marks[i] = w.Arg(r)
	}
	entries, err := db.Select[Entry](ctx, s.db.Reader(), `/* incident.TakenBack */ select `+db.Columns[Entry]("e.")+` from incident i
		join entry e on e.incident_id = i.id where `+w.SQL()+` and i.ref in (`+strings.Join(marks, ", ")+`)
		and i.origin = 'desk' and i.state = 'retracted' and e.latest = 1`, w.Args()...)
	if err != nil {
		return nil, err
	}
	rows, err := s.resolve(ctx, entries)
	for _, r := range rows {
		out[r.Ref] = r
	}
	return out, err
}
