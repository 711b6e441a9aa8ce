package app

import (
	"context"
	"net/http"
	"testing"

	"keepiton/internal/coalition"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/page/htmlcheck"
)

// TestNobodyGivesThemselvesARole: an administrator asks another one, whether it is a new
// role or one they hold without its limit, by a form as by hand.
func TestNobodyGivesThemselvesARole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		chief := x.join("Ilse", coalition.Grant{Organisation: x.home.Ref, Role: desk.Administrator})
		other := x.join("Jun", coalition.Grant{Organisation: x.home.Ref, Role: desk.Administrator})
		limited := x.join("Kofi", coalition.Grant{Organisation: x.other.Ref, Role: desk.Administrator, Area: "KE"}, coalition.Grant{Organisation: x.other.Ref, Role: desk.Verifier, Area: "UG"})
		own := func(v *visitor) string { return "/desk/people/" + v.p.Ref }
		chief.get(own(chief)).sound(t, "their own page", htmlcheck.HasText("#give", "Nobody gives a role to themselves"), htmlcheck.Not("#give form"))
		for what, a := range map[string]answer{
			"a new role":            chief.post(own(chief)+"/give", "organisation", x.home.Ref, "role", "editor", "area", ""),
			"one in another":        chief.post(own(chief)+"/give", "organisation", x.other.Ref, "role", "verifier", "area", ""),
			"one without its limit": limited.post(own(limited)+"/give", "organisation", x.other.Ref, "role", "verifier", "area", "KE"),
		} {
			if a.status != http.StatusForbidden {
				t.Errorf("%s: %d", what, a.status)
			}
			a.sound(t, what, htmlcheck.HasText("main", "Nobody gives a role to themselves"))
		}
		for v, n := range map[*visitor]int{chief: 1, limited: 2} {
			if c, err := x.office.Person(context.Background(), nil, v.p.Ref); err != nil || len(c.Roles) != n {
				t.Errorf("%s holds %+v, %v", c.Name, c.Roles, err)
			}
		}
		if a := other.post(own(chief)+"/give", "organisation", x.home.Ref, "role", "editor", "area", ""); a.status != http.StatusSeeOther {
			t.Errorf("another administrator gives it: %d", a.status)
		}
	})
}
