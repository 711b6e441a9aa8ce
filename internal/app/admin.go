package app

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"keepiton/internal/coalition"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
)

// AdminCmd groups what the owner of the machine may do about people. Whoever
// runs these commands can do everything here: the machine is theirs.
type AdminCmd struct {
	Invite        AdminInviteCmd        `cmd:"" help:"Make a one-time link with which somebody comes in."`
	People        AdminPeopleCmd        `cmd:"" help:"List who works here, and what they may do."`
	Organisations AdminOrganisationsCmd `cmd:"" help:"List the organisations."`
	Suspend       AdminSuspendCmd       `cmd:"" help:"Keep a person out."`
	Restore       AdminRestoreCmd       `cmd:"" help:"Let a suspended person in again."`
	Mode          AdminModeCmd          `cmd:"" help:"Emergency modes: let nobody change anything, or let only administrators in."`
	LogoutAll     AdminLogoutAllCmd     `cmd:"" name:"logout-all" help:"Log everybody out, everywhere."`
}

// atOffice runs a command on people and organisations.
func (e *Env) atOffice(do func(o *coalition.Office) error) error {
	d, _, err := e.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	o, err := office(d, ledger.New(d, nil), nil) // no command seals anything
	if err != nil {
		return err
	}
	return do(o)
}

// AdminInviteCmd makes an invitation.
type AdminInviteCmd struct {
	Organisation string   `help:"For which organisation: its name or reference." placeholder:"NAME|REF"`
	Role         []string `help:"What they may do: reader, contributor, verifier, editor, administrator. Several are allowed." placeholder:"ROLE"`
	Area         string   `help:"A country (ISO code) or region of the world; without it the roles hold everywhere." placeholder:"AREA"`
	Note         string   `help:"For whom this is, in your own words. Only the command line shows it." placeholder:"TEXT"`
	Origin       string   `help:"Scheme and host readers use." default:"http://localhost:8080" placeholder:"https://HOST"`
}

// Validate refuses what no link can be made of.
func (c *AdminInviteCmd) Validate() error {
	_, err := page.ParseOrigin(c.Origin)
	return err
}

// firstOrganisation is what the secretariat is called when nobody says.
const firstOrganisation = "Secretariat"

// Run prints the link. The first person becomes administrator and editor of the
// secretariat, which is made for them.
func (c *AdminInviteCmd) Run(env *Env) error {
	return env.atOffice(func(o *coalition.Office) error {
		begun, err := o.Any(env.Ctx)
		if err != nil {
			return err
		}
		roles := c.Role
		switch {
		case len(roles) == 0 && !begun:
			roles = []string{string(desk.Administrator), string(desk.Editor)}
		case len(roles) == 0:
			return errors.New("--role is needed: reader, contributor, verifier, editor or administrator")
		}
		var list []coalition.Grant
		for _, r := range roles {
			g := coalition.Grant{Role: desk.Role(strings.ToLower(r)), Area: areaOf(c.Area)}
			if err := g.Check(); err != nil { // before an organisation is made for it
				return err
			}
			list = append(list, g)
		}
		org, err := c.organisation(env, o, !begun)
		if err != nil {
			return err
		}
		for i := range list {
			list[i].Organisation = org.Ref
		}
		code, err := o.Invite(env.Ctx, nil, c.Note, list)
		if err != nil {
			return err
		}
		until := time.Now().Add(account.InvitationLife).UTC().Format("2 January 2006 15:04 UTC")
		_, err = fmt.Fprintf(env.Stdout, "This link lets one person in as %s for %s, once, until %s:\n%s%s\nHand it over on a way you trust. It is not shown again.\n",
			strings.Join(roles, " and "), org.Name(i18n.Source), until, strings.TrimSuffix(c.Origin, "/"), coalition.JoinPath(code))
		return err
	})
}

// organisation finds the one that is meant; first makes the secretariat when
// there is none.
func (c *AdminInviteCmd) organisation(env *Env, o *coalition.Office, first bool) (coalition.Organisation, error) {
	all, err := o.Organisations(env.Ctx)
	if err != nil {
		return coalition.Organisation{}, err
	}
	var found []coalition.Organisation
	for _, x := range all {
		if c.Organisation == "" && first && x.Kind == coalition.Secretariat && x.State == "active" || x.Called(c.Organisation) {
			found = append(found, x)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return coalition.Organisation{}, errors.New("several organisations are meant; name one by its reference: keepiton admin organisations lists them")
	case first && !slices.ContainsFunc(all, func(x coalition.Organisation) bool { return x.Kind == coalition.Secretariat }):
		name := c.Organisation
		if name == "" {
			name = firstOrganisation
		}
		return o.Save(env.Ctx, nil, coalition.Organisation{Kind: coalition.Secretariat, Listed: true, Names: map[string]string{i18n.Source: name}})
	case c.Organisation == "":
		return coalition.Organisation{}, errors.New("--organisation is needed: keepiton admin organisations lists them")
	}
	return coalition.Organisation{}, fmt.Errorf("there is no organisation called “%s”; keepiton admin organisations lists them", c.Organisation)
}

// areaOf forgives capitals: countries have them, regions do not.
func areaOf(text string) string {
	if up := strings.ToUpper(text); len(text) == 2 {
		if _, ok := geo.ByCode(up); ok {
			return up
		}
	}
	return strings.ToLower(text)
}

// AdminPeopleCmd lists people.
type AdminPeopleCmd struct{}

// Run prints a line for each person: reference, state, name, roles.
func (AdminPeopleCmd) Run(env *Env) error {
	return env.atOffice(func(o *coalition.Office) error {
		people, err := o.People(env.Ctx, nil)
		if err != nil {
			return err
		}
		if len(people) == 0 {
			fmt.Fprintln(env.Stdout, "Nobody works here yet. keepiton admin invite makes a link for the first person.")
			return nil
		}
		orgs, err := o.Organisations(env.Ctx)
		if err != nil {
			return err
		}
		names := map[int64]string{}
		for _, x := range orgs {
			names[x.ID] = x.Name(i18n.Source)
		}
		return env.table(func(row func(cells ...string)) {
			for _, p := range people {
				var roles []string
				for _, m := range p.Roles {
					text := string(m.Role) + " for " + names[m.Organisation]
					if m.Area != coalition.Everywhere {
						text += " in " + m.Area
					}
					roles = append(roles, text)
				}
				row(p.Ref, p.State, p.Name, strings.Join(roles, ", "))
			}
		})
	})
}

// table prints rows in columns.
func (e *Env) table(fill func(row func(cells ...string))) error {
	w := tabwriter.NewWriter(e.Stdout, 0, 0, 2, ' ', 0)
	fill(func(cells ...string) { fmt.Fprintln(w, strings.TrimRight(strings.Join(cells, "\t"), "\t")) })
	return w.Flush()
}

// AdminOrganisationsCmd lists organisations.
type AdminOrganisationsCmd struct{}

// Run prints a line for each organisation: reference, kind, state, names.
func (AdminOrganisationsCmd) Run(env *Env) error {
	return env.atOffice(func(o *coalition.Office) error {
		list, err := o.Organisations(env.Ctx)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			fmt.Fprintln(env.Stdout, "There is no organisation yet. keepiton admin invite makes the secretariat.")
			return nil
		}
		return env.table(func(row func(cells ...string)) {
			for _, x := range list {
				name := x.Name(i18n.Source)
				if x.Alias != "" {
					name += " (in public: " + x.Alias + ")"
				}
				row(x.Ref, x.Kind, x.State, name, strings.Join(x.Countries, " "))
			}
		})
	})
}

// AdminSuspendCmd keeps a person out.
type AdminSuspendCmd struct {
	Ref    string `arg:"" help:"Reference of the person, as admin people shows it."`
	Reason string `help:"Why; it is kept with the act." required:"" placeholder:"TEXT"`
}

// Run suspends.
func (c *AdminSuspendCmd) Run(env *Env) error {
	return env.atOffice(func(o *coalition.Office) error {
		if err := o.Suspend(env.Ctx, nil, c.Ref, c.Reason); err != nil {
			return err
		}
		_, err := fmt.Fprintln(env.Stdout, "They are logged out everywhere and cannot come in.")
		return err
	})
}

// AdminRestoreCmd lets a person in again.
type AdminRestoreCmd struct {
	Ref    string `arg:"" help:"Reference of the person, as admin people shows it."`
	Reason string `help:"Why; it is kept with the act." required:"" placeholder:"TEXT"`
}

// Run restores.
func (c *AdminRestoreCmd) Run(env *Env) error {
	return env.atOffice(func(o *coalition.Office) error {
		if err := o.Restore(env.Ctx, nil, c.Ref, c.Reason); err != nil {
			return err
		}
		_, err := fmt.Fprintln(env.Stdout, "They can come in again.")
		return err
	})
}

// AdminModeCmd sets and lifts emergency modes.
type AdminModeCmd struct {
	Mode   string `arg:"" help:"read_only: nobody changes anything. closed: only administrators come in." enum:"read_only,closed"`
	State  string `arg:"" help:"on or off." enum:"on,off"`
	Reason string `help:"Why; it is kept with the act." required:"" placeholder:"TEXT"`
}

// Run sets the mode; every server of the deployment follows within five seconds.
func (c *AdminModeCmd) Run(env *Env) error {
	return env.atOffice(func(o *coalition.Office) error {
		if err := o.SetMode(env.Ctx, nil, c.Mode, c.State == "on", c.Reason); err != nil {
			return err
		}
		_, err := fmt.Fprintf(env.Stdout, "%s is %s. Every server of this deployment follows within five seconds.\n", c.Mode, c.State)
		return err
	})
}

// AdminLogoutAllCmd ends every session.
type AdminLogoutAllCmd struct {
	Reason string `help:"Why; it is kept with the act." required:"" placeholder:"TEXT"`
}

// Run ends them.
func (c *AdminLogoutAllCmd) Run(env *Env) error {
	return env.atOffice(func(o *coalition.Office) error {
		stranded, err := o.Accounts.Stranded(env.Ctx) // before, as the page tells it
		if err != nil {
			return err
		}
		if err := o.SetMode(env.Ctx, nil, account.LoggedOut, true, c.Reason); err != nil {
			return err
		}
		fmt.Fprintln(env.Stdout, "Everybody is logged out and has to come in again.")
		if stranded > 0 {
			fmt.Fprintf(env.Stdout, "How many had not finished setting up how they come in: %d. Without a new invitation (keepiton admin invite) they stay out.\n", stranded)
		}
		return nil
	})
}
