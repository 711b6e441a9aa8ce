package verify

import (
	"encoding/json"
	"fmt"
	"slices"

	"keepiton/internal/incident"
)

// Claim is one contradictable statement about an incident.
type Claim string

// The claims, in the order they are worked on.
const (
	Where   Claim = "where"
	When    Claim = "when"
	What    Claim = "what"
	How     Claim = "how"
	Who     Claim = "who"
	Why     Claim = "why"
	Effects Claim = "effects"
)

// Claims lists them all.
func Claims() []Claim { return []Claim{Where, When, What, How, Who, Why, Effects} }

// Known tells whether c is a claim.
func (c Claim) Known() bool { return slices.Contains(Claims(), c) }

// Needed are the claims without which there is no incident.
func Needed() []Claim { return []Claim{Where, When, What} }

// Take copies the part of the facts this claim speaks of.
func (c Claim) Take(to, from *incident.Facts) {
	switch c {
	case Where:
		to.Countries, to.Places = from.Countries, from.Places
		to.Measure.Scope, to.Measure.Whole, to.Measure.Area = from.Measure.Scope, from.Measure.Whole, from.Measure.Area
	case When:
		to.Period, to.Pauses = from.Period, from.Pauses
	case What:
		to.Measure.Method, to.Measure.Network, to.Measure.Extent = from.Measure.Method, from.Measure.Network, from.Measure.Extent
		to.Services = from.Services
	case How:
		to.Measure.Mechanism, to.Operators, to.Telco = from.Measure.Mechanism, from.Operators, from.Telco
	case Who:
		to.Actors = from.Actors
	case Why:
		to.Cause, to.Reason, to.Legal = from.Cause, from.Reason, from.Legal
	case Effects:
		to.Flags, to.Groups, to.Cost, to.Notes = from.Flags, from.Groups, from.Cost, from.Notes
		to.Sources, to.Links = from.Sources, from.Links // of an incident that was read from a sheet: they stay
	}
}

// Alone is a copy of the facts with nothing but what this claim speaks of.
func (c Claim) Alone(f *incident.Facts) incident.Facts {
	out := blank()
	c.Take(&out, f)
	return out
}

// blank are the facts of which nothing is known: nobody was asked.
func blank() incident.Facts {
	return incident.Facts{
		Period: incident.Period{Kind: "main", StartKind: "not_asked", EndState: "not_asked"},
		Reason: incident.Reason{Acknowledged: incident.NotAsked},
		Legal:  incident.Legal{Claimed: incident.NotAsked},
		Telco:  incident.Statement{Acknowledged: incident.NotAsked},
	}
}

// Value is what somebody states for a claim.
type Value struct {
	ID           int64
	Claim        Claim
	Facts        incident.Facts
	Revision     int64
	Person       *int64 // nil: taken over from the record
	Organisation *int64
	Note         string
	At           int64
}

// compose puts the facts of a dossier together from the values that stand.
func compose(values map[Claim]Value) incident.Facts {
	f := blank()
	for _, c := range Claims() {
		if v, ok := values[c]; ok {
			c.Take(&f, &v.Facts)
		}
	}
	return f
}

// encode is how a value is stored.
func encode(f *incident.Facts) (string, error) {
	doc, err := json.Marshal(f)
	return string(doc), err
}

func decode(doc string) (incident.Facts, error) {
	f := blank()
	if err := json.Unmarshal([]byte(doc), &f); err != nil {
		return f, fmt.Errorf("verify: a stored value: %w", err)
	}
	return f, nil
}

// same tells whether two values state the same.
func (c Claim) same(a, b *incident.Facts) bool {
	x, y := c.Alone(a), c.Alone(b)
	return len(incident.FactsDiff(&x, &y)) == 0
}

// Says lists what the facts state for this claim, field by field.
func (c Claim) Says(f *incident.Facts) []incident.FieldDiff {
	empty, x := blank(), c.Alone(f)
	return incident.FactsDiff(&empty, &x)
}
