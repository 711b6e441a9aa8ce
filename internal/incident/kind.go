package incident

import (
	"slices"
	"strings"
)

// Kinds of changes of an incident, as readers are told.
const (
	ChangeImport    = "import"     // a newer sheet says it
	ChangeCorrected = "correction" // what stood there was wrong
	ChangeUpdated   = "update"     // the desk knows more, or something else, now
	ChangeSigned    = "signature"  // what was public urgently has two signatures now, and counts
	ChangeRetracted = "retraction" // the desk took it back
	ChangeLapsed    = "lapse"      // an urgent publication that two organisations did not sign in time
	ChangeDisputed  = "dispute"    // a dispute about it was upheld, and what is wrong stands there still
	ChangeSettled   = "settlement" // that ruling was taken back
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
	return c.Ends()
}

// Ends tells whether the change took the incident out of the record by the desk's
// word, whose reason may be told. Of all other steps of what readers cannot see any
// more no word of anybody is: it may be what it was taken back for.
func (c Change) Ends() bool { kind := c.Kind(); return kind == ChangeRetracted || kind == ChangeLapsed }

// RanOut tells whether readers see an incident no more because its urgent publication
// lapsed: it never counted.
func (inc *Incident) RanOut() bool {
	if inc.Lapsed {
		return true
	}
	i := slices.IndexFunc(inc.Changes, Change.Ends)
	return inc.State == stateRetracted && i >= 0 && inc.Changes[i].Kind() == ChangeLapsed
}

// IsFact tells whether a difference is about a fact.
func (d FieldDiff) IsFact() bool { return d.Field != standingField }
