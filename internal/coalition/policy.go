package coalition

import (
	"slices"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/account"
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

// gives tells whether a role holds another. An administrator may read the desk
// and nothing else of it.
func (r Role) gives(other Role) bool {
	if r == Administrator {
		return other == Administrator || other == Reader
	}
	return other != Administrator && rank[r] >= rank[other] && rank[other] > 0
}

// Everywhere is the area of a role that holds for the whole world.
const Everywhere = ""

// covers tells whether an area holds a country: it is the country, its region,
// or the world.
func covers(area, country string) bool {
	return area == Everywhere || country != "" && (area == country || area == incident.RegionOf(country))
}

// Actor is a person at work, with what they hold now.
type Actor struct {
	Person account.Person
	Holds  []Membership
}

// Can tells whether the actor holds a role for a country; country "" asks for
// the role anywhere.
func (a Actor) Can(role Role, country string) bool { return len(a.For(role, country)) > 0 }

// For lists the organisations for which the actor holds a role for a country,
// "" for anywhere, by number.
func (a Actor) For(role Role, country string) []int64 {
	var out []int64
	for _, m := range a.Holds {
		if m.Role.gives(role) && (country == "" || covers(m.Area, country)) && !slices.Contains(out, m.Organisation) {
			out = append(out, m.Organisation)
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
	return fault.New(fault.Forbidden, "coalition.not_yours")
}

// IsIn tells whether the actor works for an organisation.
func (a Actor) IsIn(organisation int64) bool {
	return slices.ContainsFunc(a.Holds, func(m Membership) bool { return m.Organisation == organisation })
}
