package coalition

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"
	"unicode"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/i18n"
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

// Called tells whether a text is the reference or one of the names.
func (o Organisation) Called(text string) bool {
	if text == "" {
		return false
	}
	for _, name := range o.Names {
		if strings.EqualFold(name, strings.Join(strings.Fields(text), " ")) {
			return true
		}
	}
	return o.Ref == text
}

// Public is what readers outside see: the alias where there is one, the name of one
// that is listed, and of any other no more than that it is one of the coalition.
func (o Organisation) Public(x *i18n.Texts) string {
	switch {
	case o.Alias != "":
		return o.Alias
	case o.Listed:
		return o.Name(x.Lang.Tag)
	}
	return x.T("coalition.unlisted")
}

// public are the texts that readers may get to see for it, in any language.
func (o Organisation) public() []string {
	switch {
	case o.Alias != "":
		return []string{o.Alias}
	case o.Listed:
		return slices.Sorted(maps.Values(o.Names))
	}
	return nil
}

// Service is safe for concurrent use.
type Service struct {
	db     *db.DB
	record Recorder
	now    func() time.Time
}

// New makes the service.
func New(d *db.DB, record Recorder, now func() time.Time) *Service {
	if record.Role == nil {
		record.Role = func(context.Context, db.Tx, Change) error { return nil }
	}
	if record.Organisation == nil {
		record.Organisation = func(context.Context, db.Tx, Organisation, string) error { return nil }
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

// Save stores a new organisation, or an old one (by its ID) as it is now. The
// policy says which administrator may change what.
func (s *Service) Save(ctx context.Context, by *desk.Actor, o Organisation) (Organisation, error) {
	if err := o.check(); err != nil {
		return o, err
	}
	err := s.db.Write(ctx, func(tx db.Tx) error {
		all, err := s.organisations(ctx, tx)
		if err != nil {
			return err
		}
		if err := s.maySave(ctx, tx, by, o, all); err != nil {
			return err
		}
		if err := o.checkTaken(all); err != nil {
			return err
		}
		before, err := s.countChiefs(ctx, tx)
		if err != nil {
			return err
		}
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
		if o.State == "left" { // also when it comes back
			if _, err := db.Exec(ctx, tx, `/* coalition.Save signs */ update organisation set signs_since = $2 where id = $1`, o.ID, row.Created); err != nil {
				return err
			}
		}
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
		if err := db.Insert(ctx, tx, "organisation_country", countries); err != nil {
			return err
		}
		if err := s.record.Organisation(ctx, tx, o, refOf(by)); err != nil {
			return err
		}
		if err := incident.Touch(ctx, tx); err != nil || before == 0 { // pages name it
			return err
		}
		return s.keepChief(ctx, tx)
	})
	return o, err
}

// maySave is nil when somebody may store an organisation as it is given, all being
// those there are.
func (s *Service) maySave(ctx context.Context, tx db.Tx, by *desk.Actor, o Organisation, all []Organisation) error {
	may, err := s.authority(ctx, tx, by)
	if err != nil || may.all {
		return err
	}
	at := slices.IndexFunc(all, func(was Organisation) bool { return was.ID == o.ID })
	switch {
	case o.ID == 0:
		return errNotYours
	case at < 0 || !may.over(o.ID):
		return fault.New(fault.NotFound, "coalition.no_organisation")
	case all[at].Kind != o.Kind || all[at].State != o.State || !may.whole(o.ID):
		return errNotYours
	}
	return o.checkPublic(all[at])
}

// checkPublic refuses a public name that was none before: it stands under what is
// public, also under what was signed long ago, so an organisation does not choose
// it alone. To be told of with less is its own to choose.
func (o *Organisation) checkPublic(was Organisation) error {
	refuse := func(field string) error {
		return fault.Mend(fault.Field{Name: field, Key: "coalition.name_decided"})
	}
	had := was.public()
	for _, name := range o.public() {
		switch {
		case slices.Contains(had, name):
		case o.Alias != "" || was.Alias != "":
			return refuse("alias")
		case !was.Listed:
			return refuse("listed")
		default:
			for lang, text := range o.Names {
				if text == name {
					return refuse("name_" + lang)
				}
			}
		}
	}
	return nil
}

// checkTaken refuses a name or an alias that is taken for one of another
// organisation, also of one that left: what it signed stays.
func (o *Organisation) checkTaken(all []Organisation) error {
	mine := map[string]string{"alias": o.Alias}
	for lang, name := range o.Names {
		mine["name_"+lang] = name
	}
	for _, field := range slices.Sorted(maps.Keys(mine)) {
		for _, other := range all {
			theirs := append(slices.Collect(maps.Values(other.Names)), other.Alias)
			if other.ID != o.ID && slices.ContainsFunc(theirs, func(name string) bool { return account.Alike(mine[field], name) }) {
				return fault.Mend(fault.Field{Name: field, Key: "coalition.name_taken"})
			}
		}
	}
	return nil
}

// maxText bounds names and aliases, in letters.
const maxText = 120

func (o *Organisation) check() error {
	if !slices.Contains(Kinds(), o.Kind) {
		return fault.Mend(fault.Field{Name: "kind", Key: "coalition.kind_needed"})
	}
	names := map[string]string{}
	for lang, name := range o.Names {
		name = strings.Join(strings.Fields(name), " ")
		if name == "" {
			continue
		}
		if err := checkText("name_"+lang, name); err != nil {
			return err
		}
		names[lang] = name
	}
	o.Names, o.Alias = names, strings.Join(strings.Fields(o.Alias), " ")
	if len(names) == 0 {
		return fault.Mend(fault.Field{Name: "name_en", Key: "coalition.name_needed"})
	}
	if err := checkText("alias", o.Alias); err != nil {
		return err
	}
	for _, c := range o.Countries {
		if _, ok := geo.ByCode(c); !ok {
			return fault.Mend(fault.Field{Name: "countries", Key: "coalition.country_unknown", Args: []any{"value", c}})
		}
	}
	slices.Sort(o.Countries)
	o.Countries = slices.Compact(o.Countries)
	return nil
}

// checkText refuses what is too long, and letters nobody sees or that turn the
// writing round.
func checkText(field, text string) error {
	if len([]rune(text)) > maxText {
		return fault.Mend(fault.Field{Name: field, Key: "coalition.name_long", Args: []any{"most", maxText}})
	}
	for _, r := range text {
		if !unicode.IsGraphic(r) && r != '\u200c' && r != '\u200d' { // joiners belong to some scripts
			return fault.Mend(fault.Field{Name: field, Key: "coalition.name_letters"})
		}
	}
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

// PublicNames are all organisations by their numbers, as readers outside may know
// them.
func (s *Service) PublicNames(ctx context.Context, x *i18n.Texts) (map[int64]string, error) {
	all, err := s.Organisations(ctx)
	out := make(map[int64]string, len(all))
	for _, o := range all {
		out[o.ID] = o.Public(x)
	}
	return out, err
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

func newRef() string {
	b := make([]byte, 12)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}
