package coalition

import (
	"keepiton/internal/incident"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/geo"
)

// Everywhere is the area of a role that holds for the whole world.
const Everywhere = ""

// countriesOf lists the countries of an area: itself, or those of a region.
func countriesOf(area string) []string {
	if _, ok := geo.ByCode(area); ok {
		return []string{area}
	}
	var out []string
	for _, c := range geo.Countries() {
		if incident.RegionOf(c.Code) == area {
			out = append(out, c.Code)
		}
	}
	return out
}

// actorOf is a person with what they hold.
func actorOf(p account.Person, list []Membership) desk.Actor {
	a := desk.Actor{Person: p.ID, Ref: p.Ref, Name: p.Name, Lang: p.Lang}
	for _, m := range list {
		h := desk.Hold{Organisation: m.Organisation, Role: m.Role, Everywhere: m.Area == Everywhere}
		if !h.Everywhere {
			h.Countries = countriesOf(m.Area)
		}
		a.Holds = append(a.Holds, h)
	}
	return a
}
