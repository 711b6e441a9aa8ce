package coalition

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
)

// Organisation is one that works here.
type Organisation struct {
	ID        int64
	Ref       string // random, for addresses
	Kind      string // member, partner or secretariat
	Alias     string // what the public reads in place of the names; "" for the names
	Listed    bool   // in the public roll
	State     string // active or left
	Names     map[string]string
	Countries []string
}

// Name is the name in a language, or else in English, or else any.
func (o Organisation) Name(lang string) string {
	for _, l := range []string{lang, "en"} {
		if n := o.Names[l]; n != "" {
			return n
		}
	}
	langs := make([]string, 0, len(o.Names))
	for l := range o.Names {
		langs = append(langs, l)
	}
	sort.Strings(langs)
	for _, l := range langs {
		return o.Names[l]
	}
	return o.Alias
}

// Public is what readers outside see: the alias where there is one.
func (o Organisation) Public(lang string) string {
	if o.Alias != "" {
		return o.Alias
	}
	return o.Name(lang)
}

// Membership is a role a person holds.
type Membership struct {
	ID           int64     `db:"id"`
	Person       int64     `db:"person_id"`
	Organisation int64     `db:"organisation_id"`
	Role         desk.Role `db:"role"`
	Area         string    `db:"area"` // a country, a region of the world, or Everywhere
	By           string    `db:"granted_by"`
	Granted      int64     `db:"granted_at"`
	Ended        *int64    `db:"ended_at"`
}

// Grant is a role as an invitation carries it.
type Grant struct {
	Organisation string    `json:"organisation"` // ref
	Role         desk.Role `json:"role"`
	Area         string    `json:"area,omitempty"`
}

// Change is a role that was given or taken, for the ledger.
type Change struct {
	Person, Organisation string // refs
	Role                 desk.Role
	Area                 string
	Given                bool
	By                   string // ref of a person, "" for the command line
}

// Recorder hears of every change in the transaction that makes it.
type Recorder func(ctx context.Context, tx db.Tx, c Change) error

// Service is safe for concurrent use.
type Service struct {
	db     *db.DB
	record Recorder
	now    func() time.Time
}

// New makes the service; record may be nil.
func New(d *db.DB, record Recorder, now func() time.Time) *Service {
	if record == nil {
		record = func(context.Context, db.Tx, Change) error { return nil }
	}
	if now == nil {
		now = time.Now
	}
	return &Service{d, record, now}
}

type organisationRow struct {
	ID      int64  `db:"id"`
	Ref     string `db:"ref"`
	Kind    string `db:"kind"`
	Alias   string `db:"alias"`
	Listed  int    `db:"listed"`
	State   string `db:"state"`
	Created int64  `db:"created_at"`
}

type nameRow struct {
	Organisation int64  `db:"organisation_id"`
	Lang         string `db:"lang"`
	Name         string `db:"name"`
}

type countryRow struct {
	Organisation int64  `db:"organisation_id"`
	Country      string `db:"country"`
}

// Save stores a new organisation, or an old one (by its ID) as it is now.
func (s *Service) Save(ctx context.Context, o Organisation) (Organisation, error) {
	if err := o.check(); err != nil {
		return o, err
	}
	err := s.db.Write(ctx, func(tx db.Tx) error {
		var err error
		row := organisationRow{o.ID, o.Ref, o.Kind, o.Alias, 0, o.State, s.now().UTC().UnixMicro()}
		if o.Listed {
			row.Listed = 1
		}
		if o.ID == 0 {
			if row.ID, err = db.NextID(ctx, tx, "organisation"); err != nil {
				return err
			}
			row.Ref, row.State = newRef(), "active"
		}
		if err := db.Upsert(ctx, tx, "organisation", []organisationRow{row},
			"on conflict (id) do update set kind = excluded.kind, alias = excluded.alias, listed = excluded.listed, state = excluded.state"); err != nil {
			return err
		}
		o.ID, o.Ref, o.State = row.ID, row.Ref, row.State
		for _, table := range []string{"organisation_name", "organisation_country"} {
			if _, err := db.Exec(ctx, tx, `/* coalition.Save */ delete from `+table+` where organisation_id = $1`, o.ID); err != nil {
				return err
			}
		}
		var names []nameRow
		for lang, name := range o.Names {
			names = append(names, nameRow{o.ID, lang, name})
		}
		if err := db.Insert(ctx, tx, "organisation_name", names); err != nil {
			return err
		}
		var countries []countryRow
		for _, c := range o.Countries {
			countries = append(countries, countryRow{o.ID, c})
		}
		return db.Insert(ctx, tx, "organisation_country", countries)
	})
	return o, err
}

// maxText bounds names and aliases, in letters.
const maxText = 120

func (o *Organisation) check() error {
	if !slices.Contains([]string{"member", "partner", "secretariat"}, o.Kind) {
		return fault.Mend(fault.Field{Name: "kind", Key: "coalition.kind"})
	}
	names := map[string]string{}
	for lang, name := range o.Names {
		name = strings.Join(strings.Fields(name), " ")
		if name == "" {
			continue
		}
		if len([]rune(name)) > maxText {
			return fault.Mend(fault.Field{Name: "name", Key: "coalition.name_long", Args: []any{"most", maxText}})
		}
		names[lang] = name
	}
	o.Names, o.Alias = names, strings.Join(strings.Fields(o.Alias), " ")
	switch {
	case len(names) == 0:
		return fault.Mend(fault.Field{Name: "name", Key: "coalition.name_needed"})
	case len([]rune(o.Alias)) > maxText:
		return fault.Mend(fault.Field{Name: "alias", Key: "coalition.name_long", Args: []any{"most", maxText}})
	}
	for _, c := range o.Countries {
		if _, ok := geo.ByCode(c); !ok {
			return fault.Mend(fault.Field{Name: "countries", Key: "coalition.country", Args: []any{"value", c}})
		}
	}
	slices.Sort(o.Countries)
	o.Countries = slices.Compact(o.Countries)
	return nil
}

// Organisations lists all organisations, by their English name.
func (s *Service) Organisations(ctx context.Context) ([]Organisation, error) {
	return s.organisations(ctx, s.db.Reader())
}

func (s *Service) organisations(ctx context.Context, q db.Querier) ([]Organisation, error) {
	rows, err := db.Select[organisationRow](ctx, q, `/* coalition.Organisations */ select `+db.Columns[organisationRow]("")+` from organisation`)
	if err != nil {
		return nil, err
	}
	names, err := db.Select[nameRow](ctx, q, `/* coalition.Organisations names */ select `+db.Columns[nameRow]("")+` from organisation_name`)
	if err != nil {
		return nil, err
	}
	countries, err := db.Select[countryRow](ctx, q, `/* coalition.Organisations countries */ select `+db.Columns[countryRow]("")+` from organisation_country order by country`)
	if err != nil {
		return nil, err
	}
	at, out := map[int64]int{}, make([]Organisation, len(rows))
	for i, r := range rows {
		at[r.ID], out[i] = i, Organisation{ID: r.ID, Ref: r.Ref, Kind: r.Kind, Alias: r.Alias, Listed: r.Listed == 1, State: r.State, Names: map[string]string{}}
	}
	for _, n := range names {
		out[at[n.Organisation]].Names[n.Lang] = n.Name
	}
	for _, c := range countries {
		o := &out[at[c.Organisation]]
		o.Countries = append(o.Countries, c.Country)
	}
	sort.Slice(out, func(i, j int) bool {
		if a, b := out[i].Name("en"), out[j].Name("en"); a != b {
			return a < b
		}
		return out[i].ID < out[j].ID
	})
	return out, nil
}

// ByRef finds an organisation.
func (s *Service) ByRef(ctx context.Context, ref string) (Organisation, error) {
	return s.byRef(ctx, s.db.Reader(), ref)
}

func (s *Service) byRef(ctx context.Context, q db.Querier, ref string) (Organisation, error) {
	all, err := s.organisations(ctx, q)
	if err != nil {
		return Organisation{}, err
	}
	for _, o := range all {
		if o.Ref == ref {
			return o, nil
		}
	}
	return Organisation{}, fault.New(fault.NotFound, "coalition.no_organisation")
}

// Actor is a person with what they hold now.
func (s *Service) Actor(ctx context.Context, p account.Person) (desk.Actor, error) {
	list, err := db.Select[Membership](ctx, s.db.Reader(), `/* coalition.Actor */ select `+db.Columns[Membership]("m.")+` from membership m
		join organisation o on o.id = m.organisation_id where m.person_id = $1 and m.ended_at is null and o.state = 'active' order by m.id`, p.ID)
	return actorOf(p, list), err
}

// Members lists who holds what in an organisation, with what was taken away.
func (s *Service) Members(ctx context.Context, o Organisation) ([]Membership, error) {
	return db.Select[Membership](ctx, s.db.Reader(), `/* coalition.Members */ select `+db.Columns[Membership]("")+` from membership where organisation_id = $1 order by id`, o.ID)
}

// Give gives a role. Only an administrator may, or the command line (by nil).
func (s *Service) Give(ctx context.Context, by *desk.Actor, p account.Person, g Grant) error {
	if by != nil {
		if err := by.Must(desk.Administrator, ""); err != nil {
			return err
		}
	}
	return s.db.Write(ctx, func(tx db.Tx) error { return s.give(ctx, tx, refOf(by), p, g) })
}

func refOf(by *desk.Actor) string {
	if by == nil {
		return ""
	}
	return by.Ref
}

func (s *Service) give(ctx context.Context, tx db.Tx, by string, p account.Person, g Grant) error {
	if err := g.check(); err != nil {
		return err
	}
	o, err := s.byRef(ctx, tx, g.Organisation)
	if err != nil {
		return err
	}
	_, held, err := db.Value[int64](ctx, tx, `/* coalition.give */ select id from membership where person_id = $1 and organisation_id = $2 and role = $3 and area = $4 and ended_at is null`,
		p.ID, o.ID, string(g.Role), g.Area)
	if err != nil || held {
		return err
	}
	id, err := db.NextID(ctx, tx, "membership")
	if err != nil {
		return err
	}
	row := Membership{id, p.ID, o.ID, g.Role, g.Area, by, s.now().UTC().UnixMicro(), nil}
	if err := db.Insert(ctx, tx, "membership", []Membership{row}); err != nil {
		return err
	}
	return s.record(ctx, tx, Change{p.Ref, o.Ref, g.Role, g.Area, true, by})
}

func (g Grant) check() error {
	if !slices.Contains(desk.Roles(), g.Role) {
		return fault.Mend(fault.Field{Name: "role", Key: "coalition.role"})
	}
	if g.Area == Everywhere {
		return nil
	}
	if _, ok := geo.ByCode(g.Area); ok {
		return nil
	}
	tax, err := incident.SeedTaxonomy()
	if err != nil {
		return err
	}
	if _, ok := tax.Term(incident.SchemeRegion, g.Area); !ok {
		return fault.Mend(fault.Field{Name: "area", Key: "coalition.area", Args: []any{"value", g.Area}})
	}
	return nil
}

// Take takes a role away. The last administrator keeps theirs.
func (s *Service) Take(ctx context.Context, by *desk.Actor, id int64) error {
	if by != nil {
		if err := by.Must(desk.Administrator, ""); err != nil {
			return err
		}
	}
	return s.db.Write(ctx, func(tx db.Tx) error {
		m, found, err := db.SelectOne[Membership](ctx, tx, `/* coalition.Take */ select `+db.Columns[Membership]("")+` from membership where id = $1 and ended_at is null`, id)
		if err != nil {
			return err
		}
		if !found {
			return fault.New(fault.NotFound, "coalition.no_role")
		}
		if m.Role == desk.Administrator {
			left, _, err := db.Value[int](ctx, tx, `/* coalition.Take left */ select count(*) from membership m join person p on p.id = m.person_id
				where m.role = 'administrator' and m.ended_at is null and p.state = 'active' and m.person_id <> $1`, m.Person)
			if err != nil {
				return err
			}
			if left == 0 {
				return fault.New(fault.Conflict, "coalition.last_administrator")
			}
		}
		if _, err := db.Exec(ctx, tx, `/* coalition.Take end */ update membership set ended_at = $2 where id = $1`, id, s.now().UTC().UnixMicro()); err != nil {
			return err
		}
		type refs struct {
			Person       string `db:"person"`
			Organisation string `db:"organisation"`
		}
		r, _, err := db.SelectOne[refs](ctx, tx, `/* coalition.Take refs */ select p.ref as person, o.ref as organisation from person p, organisation o where p.id = $1 and o.id = $2`, m.Person, m.Organisation)
		if err != nil {
			return err
		}
		return s.record(ctx, tx, Change{r.Person, r.Organisation, m.Role, m.Area, false, refOf(by)})
	})
}

// Grants writes what an invitation gives.
func Grants(list []Grant) (string, error) {
	for _, g := range list {
		if err := g.check(); err != nil {
			return "", err
		}
	}
	doc, err := json.Marshal(list)
	return string(doc), err
}

// Accepted gives a person what their invitation promised. It is what
// [account.Options.Accepted] calls.
func (s *Service) Accepted(ctx context.Context, tx db.Tx, p account.Person, grants string) error {
	var list []Grant
	if grants == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(grants), &list); err != nil {
		return fmt.Errorf("coalition.Accepted: %w", err)
	}
	for _, g := range list {
		if err := s.give(ctx, tx, "", p, g); err != nil {
			return err
		}
	}
	return nil
}

func newRef() string {
	b := make([]byte, 12)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}
