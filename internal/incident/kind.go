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

// ToldAs is the incident that one which readers see no more is told as.
func (inc *Incident) ToldAs() (ref string, told bool) {
	if i := slices.IndexFunc(inc.Changes, Change.Ends); inc.State == stateRetracted && i >= 0 {
		return strings.CutPrefix(inc.Changes[i].Reason, ReasonSame)
	}
	return "", false
}

// NeverCounted tells of an incident of the desk that readers see no more that it was
// public urgently alone.
func (inc *Incident) NeverCounted() bool {
	counted := func(c Change) bool {
		return slices.ContainsFunc(c.Diff, func(d FieldDiff) bool { return strings.HasPrefix(d.Field, "counted ") })
	}
	ofSheet := func(y Chapter) bool { return y.Line > 0 }
	return inc.Desk && !slices.ContainsFunc(inc.Changes, counted) && !slices.ContainsFunc(inc.Years, ofSheet)
}

// IsFact tells whether a difference is about a fact.
func (d FieldDiff) IsFact() bool { return d.Field != standingField }
