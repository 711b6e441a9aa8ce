package app

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"keepiton/internal/coalition"
	"keepiton/internal/evidence"
	"keepiton/internal/incident"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/db"
	"keepiton/internal/verify"
)

// DemoCmd runs a whole deployment in a directory that is thrown away: the real
// incidents of the starter register, and a desk with invented organisations,
// people and leads. Every page of it says so, and what is published at that desk is
// called invented wherever it is named.
type DemoCmd struct {
	Listen string `help:"Address to listen on." default:"127.0.0.1:8080" placeholder:"ADDR"`
}

// AfterApply refuses to be told where to keep things: they would be thrown away there.
func (c *DemoCmd) AfterApply(k *kong.Context) error {
	for _, p := range k.Path {
		if p.Flag != nil && (p.Flag.Name == "data" || p.Flag.Name == "database") {
			return fmt.Errorf("demo keeps everything in a directory of its own, which it throws away when it ends: leave out --%s. To keep a register, use keepiton serve --%s", p.Flag.Name, p.Flag.Name)
		}
	}
	return nil
}

// Run fills the directory, prints the links, and serves until it is ended.
func (c *DemoCmd) Run(env *Env) error {
	dir, err := os.MkdirTemp("", "keepiton-demo-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	env.CLI.Data, env.CLI.Database = dir, ""
	d, s, err := env.open()
	if err != nil {
		return err
	}
	defer d.Close()
	if err := loadStarter(env, s); err != nil {
		return err
	}
	x, err := c.fill(env, d, s)
	if err != nil {
		return fmt.Errorf("the demonstration cannot be prepared: %w", err)
	}
	links, err := x.links(c.Listen)
	if err != nil {
		return err
	}
	fmt.Fprint(env.Stdout, demoWelcome+links+"\nHow to take a lead to publication with them: docs/try.md\n\n")
	go x.letInAgain(c.Listen)
	serve := ServeCmd{Listen: c.Listen, CacheMB: 32, Curtain: "every", notice: "app.demo", sealEach: time.Minute}
	return serve.serve(env, d, s)
}

// letInAgain prints new links whenever everybody was logged out: whoever tries that,
// and set up no way to come back, would have ended the demonstration.
func (x *demo) letInAgain(listen string) {
	var last int64
	every(x.env.Ctx, time.Second, func() {
		set, err := x.office.Accounts.Modes(x.env.Ctx)
		at := set[account.LoggedOut].At
		if err != nil || at == last {
			return
		}
		last = at
		links, err := x.links(listen)
		if err != nil {
			x.env.Log.Error("no links can be made", "err", err)
			return
		}
		fmt.Fprint(x.env.Stdout, "\nEverybody was logged out. New links to come in, each works once:\n\n"+links+"\n")
	})
}

const demoWelcome = "\nA demonstration. Organisations, people and leads are invented; the incidents are real, but for\nthose that are published at this desk, which are called “Invented”.\nEverything is thrown away when it ends (Ctrl+C). Links to come in, each works once:\n\n"

// demo is a demonstration on its way.
type demo struct {
	env    *Env
	office *coalition.Office
	work   *casework
	orgs   map[string]coalition.Organisation
	people map[string]desk.Actor
}

// demoOrganisations are invented, and say so.
var demoOrganisations = []struct{ key, kind, name string }{
	{"office", coalition.Secretariat, "Secretariat (demonstration)"},
	{"lakes", coalition.Member, "North Lakes Forum (demonstration)"},
	{"watch", coalition.Member, "Sevira Network Watch (demonstration)"},
}

// demoLinks are the roles somebody tries out, each with a link.
var demoLinks = []struct {
	say, org string
	role     desk.Role
}{
	{"a contributor", "lakes", desk.Contributor},
	{"a verifier of one organisation", "lakes", desk.Verifier},
	{"a verifier of another", "watch", desk.Verifier},
	{"an editor", "office", desk.Editor},
	{"an administrator", "office", desk.Administrator},
}

// fill makes organisations, people and leads.
func (c *DemoCmd) fill(env *Env, d *db.DB, s *incident.Service) (*demo, error) {
	secret, err := env.deskSecret()
	if err != nil {
		return nil, err
	}
	log := ledger.New(d, nil)
	x := &demo{env: env, orgs: map[string]coalition.Organisation{}, people: map[string]desk.Actor{}}
	if x.office, err = office(d, log, secret); err != nil {
		return nil, err
	}
	if x.work, err = env.casework(d, s, log); err != nil {
		return nil, err
	}
	for _, step := range []func() error{x.organisations, x.crew, x.leads} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return x, nil
}

func (x *demo) organisations() error {
	for _, o := range demoOrganisations {
		made, err := x.office.Save(x.env.Ctx, nil, coalition.Organisation{Kind: o.kind, Listed: true, Names: map[string]string{"en": o.name}})
		if err != nil {
			return err
		}
		x.orgs[o.key] = made
	}
	return nil
}

func (x *demo) grant(org string, role desk.Role) []coalition.Grant {
	return []coalition.Grant{{Organisation: x.orgs[org].Ref, Role: role}}
}

// crew are the invented people who filed and signed the leads that are there.
func (x *demo) crew() error {
	for name, at := range map[string]struct {
		org  string
		role desk.Role
	}{"Ada": {"lakes", desk.Contributor}, "Bo": {"lakes", desk.Verifier}, "Cy": {"watch", desk.Verifier}, "Di": {"office", desk.Editor}} {
		code, err := x.office.Invite(x.env.Ctx, nil, "", x.grant(at.org, at.role))
		if err != nil {
			return err
		}
		p, _, err := x.office.Accounts.Accept(x.env.Ctx, account.Joining{Code: code, Name: name + " (demonstration)", Lang: "en", Device: "demonstration"})
		if err != nil {
			return err
		}
		if x.people[name], err = x.office.Actor(x.env.Ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// links are one-time links, one for each role.
func (x *demo) links(listen string) (string, error) {
	var b strings.Builder
	for _, l := range demoLinks {
		code, err := x.office.Invite(x.env.Ctx, nil, l.say, x.grant(l.org, l.role))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "  %-32s http://%s%s\n", l.say, listen, coalition.JoinPath(code))
	}
	return b.String(), nil
}

// demoLead is an invented lead and how far it has come.
type demoLead struct {
	title, country, area    string
	urgency                 int
	start                   int // days ago
	method, network, extent string
	evidence                []evidence.Draft
	signers                 []string
	then                    func(x *demo, ref string) error
}

func consented() evidence.Consent {
	return evidence.Consent{Internal: evidence.Yes, Partners: evidence.Yes, Anonymous: evidence.Yes, Named: evidence.No, Court: evidence.NotAsked}
}

func (x *demo) leads() error {
	item := func(kind evidence.Kind, class evidence.Class, source string, info int, title string) evidence.Draft {
		return evidence.Draft{Kind: kind, Class: class, Source: source, Information: info, Title: title, Audience: evidence.Open, Precision: "region", Consent: consented()}
	}
	measured := item("measurement", "T", "A", 2, "Traffic of one network fell to 4 % (invented)")
	told := item("account", "H", "B", 2, "Somebody in the area, by telephone (invented)")
	news := item("statement", "N", "C", 3, "A newspaper reports it (invented)")
	for _, l := range []demoLead{
		{title: "Invented: Kesh valley, mobile internet", country: "Kenya", area: "Nakuru", urgency: 1, start: 1, method: "shutdown", network: "mobile", extent: "full_network", evidence: []evidence.Draft{measured, told}},
		{title: "Invented: one messenger in the capital", country: "Kenya", area: "Nairobi", urgency: 2, start: 4, method: "shutdown", network: "broadband_mobile", extent: "service_based", evidence: []evidence.Draft{measured, news}, signers: []string{"Bo"}},
		{title: "Invented: everything slow along the coast", country: "Kenya", area: "Mombasa", urgency: 2, start: 6, method: "throttle", network: "mobile", extent: "full_network", evidence: []evidence.Draft{told}},
		{title: "Invented: a gap in one measurement", country: "Ghana", area: "Accra", urgency: 3, start: 2, evidence: []evidence.Draft{measured}},
		{title: "Invented: a message nobody could check yet", country: "Ghana", urgency: 1, start: 0},
		{title: "Invented: hill camps, power or network?", country: "Ghana", area: "Tamale", urgency: 3, start: 9, evidence: []evidence.Draft{told},
			then: func(x *demo, ref string) error {
				return x.work.cases.Park(x.env.Ctx, x.people["Ada"], ref, verify.NeedsDetails, "We asked the relay whether the power was off too.")
			}},
		{title: "Invented: a cable cut off the coast", country: "Ghana", area: "Accra", urgency: 3, start: 20, evidence: []evidence.Draft{news},
			then: func(x *demo, ref string) error {
				return x.work.cases.Park(x.env.Ctx, x.people["Di"], ref, verify.Rejected, "An anchor cut the cable. Nobody intended it.")
			}},
		{title: "Invented: a ministry’s building, for a day", country: "Kenya", area: "Kisumu", urgency: 2, start: 3, method: "shutdown", network: "broadband", extent: "full_network", evidence: []evidence.Draft{measured, told}, signers: []string{"Bo", "Cy"},
			then: func(x *demo, ref string) error {
				return x.work.cases.Embargo(x.env.Ctx, x.people["Di"], ref, time.Now().Add(7*24*time.Hour).UnixMicro(), "The witness is still there.")
			}},
	} {
		if err := x.lead(l); err != nil {
			return fmt.Errorf("%s: %w", l.title, err)
		}
	}
	return nil
}

// lead files an invented lead and takes it as far as it has come.
func (x *demo) lead(l demoLead) error {
	ctx := x.env.Ctx
	form := map[string][]string{"countries": {l.country}, "area": {l.area}, "start": {time.Now().UTC().AddDate(0, 0, -l.start).Format(time.DateOnly)}, "start_kind": {"actual"},
		"end_state": {"ongoing"}, "method": {l.method}, "network": {l.network}, "extent": {l.extent}, "event": {"Invented for a demonstration."}}
	d, err := x.work.cases.FileForm(ctx, x.people["Ada"], l.title, l.urgency, form)
	if err != nil {
		return err
	}
	for _, e := range l.evidence {
		it, err := x.work.items.Add(ctx, x.people["Ada"], d.Ref, evidence.Filing{Draft: e, Provenance: evidence.Provenance{Own: true}})
		if err != nil {
			return err
		}
		if err := x.work.cases.Attach(ctx, x.people["Ada"], d.Ref, verify.When, verify.Saying{Item: it.ID, Now: verify.For}); err != nil {
			return err
		}
	}
	for _, who := range l.signers {
		c, err := x.work.cases.Get(ctx, x.people[who], d.Ref)
		if err != nil {
			return err
		}
		var answers []verify.Answer
		for _, q := range verify.Questions() {
			answers = append(answers, verify.Answer{Key: q.Key, Says: "yes"})
		}
		if err := x.work.cases.Sign(ctx, x.people[who], d.Ref, c.Revision, 0, answers, ""); err != nil {
			return err
		}
	}
	if l.then != nil {
		return l.then(x, d.Ref)
	}
	return nil
}
