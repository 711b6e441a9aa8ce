package desk

import (
	"slices"

	"keepiton/internal/platform/fault"
)

// Role is what a person may do.
type Role string

// The roles, from the least to the most, but for the administrator, who stands
// beside them.
const (
	Reader        Role = "reader"
	Contributor   Role = "contributor"
	Verifier      Role = "verifier"
	Editor        Role = "editor"
	Administrator Role = "administrator"
)

// Roles lists all roles.
func Roles() []Role { return []Role{Reader, Contributor, Verifier, Editor, Administrator} }

var rank = map[Role]int{Reader: 1, Contributor: 2, Verifier: 3, Editor: 4}

// Gives tells whether a role holds another. An administrator may read the desk
// and nothing else of it.
func (r Role) Gives(other Role) bool {
	if r == Administrator {
		return other == Administrator || other == Reader
	}
	return other != Administrator && rank[r] >= rank[other] && rank[other] > 0
}

// Hold is a role that is held in an organisation: everywhere, or in some
// countries only.
type Hold struct {
	Organisation int64
	Role         Role
	Everywhere   bool
	Countries    []string // ISO codes; read where Everywhere is not set
}

// Actor is a person at work, with what they hold now.
type Actor struct {
	Person int64
	Ref    string // for addresses and the ledger
	Name   string // as they show
	Lang   string
	Holds  []Hold
}

// Can tells whether the actor holds a role for a country; country "" asks for
// the role anywhere.
func (a Actor) Can(role Role, country string) bool { return len(a.For(role, country)) > 0 }

// For lists the organisations for which the actor holds a role for a country,
// "" for anywhere, by number.
func (a Actor) For(role Role, country string) []int64 {
	var out []int64
	for _, h := range a.Holds {
		if h.Role.Gives(role) && (country == "" || h.Everywhere || slices.Contains(h.Countries, country)) && !slices.Contains(out, h.Organisation) {
			out = append(out, h.Organisation)
		}
	}
	slices.Sort(out)
	return out
}

// Must is nil when the actor holds a role for a country, else an error of kind
// Forbidden.
func (a Actor) Must(role Role, country string) error {
	if a.Can(role, country) {
		return nil
	}
	return fault.New(fault.Forbidden, "desk.not_yours")
}

// IsIn tells whether the actor works for an organisation.
func (a Actor) IsIn(organisation int64) bool {
	return slices.ContainsFunc(a.Holds, func(h Hold) bool { return h.Organisation == organisation })
}

// Areas tells where the actor holds a role: everywhere, or in which countries.
// It is what a query that must not show more is narrowed with.
func (a Actor) Areas(role Role) (everywhere bool, countries []string) {
	for _, h := range a.Holds {
		if !h.Role.Gives(role) {
			continue
		}
		if h.Everywhere {
			return true, nil
		}
		countries = append(countries, h.Countries...)
	}
	slices.Sort(countries)
	return false, slices.Compact(countries)
}
