package coalition

import (
	"errors"
	"slices"
	"strings"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/page"
)

// ownName is where a name stands as the organisation writes it itself, in a
// language the site does not have.
const ownName = "own"

// organisationsPage is GET /desk/organisations.
type organisationsPage struct {
	form
	List []organisationLine
	Make bool
	Ours bool // who looks administrates one
}

type organisationLine struct {
	Name, Path, Kind, Alias, Countries string
	Listed, Left                       bool
	Ours                               bool // who looks administrates it
	People                             int
}

// mine is what whoever visits may decide about organisations: nothing, for most.
func (w *Web) mine(v *desk.Visit) (authority, error) {
	may, err := w.office.authority(v.R.Context(), w.office.db.Reader(), &v.Actor)
	if errors.Is(err, errNotYours) {
		return authority{}, nil
	}
	return may, err
}

// organisations lists all that work here. Who works for one, and how the public
// knows it, is told to its administrators.
func (w *Web) organisations(v *desk.Visit) error {
	ctx, x := v.R.Context(), v.Words
	may, err := w.mine(v)
	if err != nil {
		return err
	}
	list, err := w.office.Organisations(ctx)
	if err != nil {
		return err
	}
	var people []Colleague
	if len(may.holds) > 0 {
		if people, err = w.office.People(ctx, &v.Actor); err != nil {
			return err
		}
	}
	out := organisationsPage{Make: may.all, Ours: len(may.holds) > 0}
	for _, o := range list {
		line := organisationLine{Name: o.Name(x.Lang.Tag), Path: "/desk/organisations/" + o.Ref, Kind: x.T("coalition.kind." + o.Kind), Left: o.State == "left"}
		line.Countries = x.List(countryNames(v, o.Countries))
		if line.Ours = may.over(o.ID); line.Ours {
			line.Alias, line.Listed = o.Alias, o.Listed
			for _, c := range people {
				if slices.ContainsFunc(c.Roles, func(m Membership) bool { return m.Organisation == o.ID }) {
					line.People++
				}
			}
		}
		out.List = append(out.List, line)
	}
	return plain.show(v, page.Page{Title: x.T("coalition.organisations.title"), Body: "coalition.organisations", Section: "organisations", Data: out})
}

// chief tells whether whoever visits may do all.
func (w *Web) chief(v *desk.Visit) (bool, error) {
	may, err := w.office.authority(v.R.Context(), w.office.db.Reader(), &v.Actor)
	return may.all, err
}

func countryNames(v *desk.Visit, codes []string) []string {
	var out []string
	for _, c := range codes {
		out = append(out, geo.CountryName(c, v.Words.Lang.Tag))
	}
	return out
}

// organisationPage is GET /desk/organisations/new and /{ref}.
type organisationPage struct {
	form
	Name, Action string
	Chief        bool
	Whole        bool // may change it
	Names        []page.Field
	Alias        page.Field
	Countries    page.Field
	Kind, Listed page.Choice
	State        page.Choice
	Sure         *page.Choice // asked before it leaves
	People       []personLine
	Invite       string
}

func (w *Web) newOrganisation(v *desk.Visit) error {
	if chief, err := w.chief(v); err != nil || !chief {
		return orElse(err, errNotYours)
	}
	return w.showOrganisation(v, plain, Organisation{Kind: Member, State: "active", Listed: true}, "")
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func (w *Web) organisation(v *desk.Visit) error {
	may, err := w.mine(v)
	if err != nil {
		return err
	}
	o, err := w.office.ByRef(v.R.Context(), v.R.PathValue("ref"))
	if err != nil {
		return err
	}
	if !may.over(o.ID) {
		return w.readOrganisation(v, o)
	}
	return w.showOrganisation(v, plain, o, strings.Join(countryNames(v, o.Countries), "\n"))
}

// readPage is GET /desk/organisations/{ref} for those who do not administrate it.
type readPage struct {
	Name, Kind, Countries string
	Names                 []string // in other languages
	Left                  bool
}

func (w *Web) readOrganisation(v *desk.Visit, o Organisation) error {
	x := v.Words
	out := readPage{Name: o.Name(x.Lang.Tag), Kind: x.T("coalition.kind." + o.Kind), Countries: x.List(countryNames(v, o.Countries)), Left: o.State == "left"}
	for _, name := range o.Names {
		if name != out.Name && !slices.Contains(out.Names, name) {
			out.Names = append(out.Names, name)
		}
	}
	slices.Sort(out.Names)
	return plain.show(v, page.Page{Title: out.Name, Body: "coalition.organisation_read", Section: "organisations", Data: out})
}

func (w *Web) showOrganisation(v *desk.Visit, f form, o Organisation, countries string) error {
	x := v.Words
	out := organisationPage{form: f, Name: o.Name(x.Lang.Tag), Action: "/desk/organisations"}
	var err error
	may, err := w.office.authority(v.R.Context(), w.office.db.Reader(), &v.Actor)
	if err != nil {
		return err
	}
	out.Chief, out.Whole = may.all, may.all || o.ID != 0 && may.whole(o.ID)
	for _, l := range v.Langs() {
		out.Names = append(out.Names, page.Field{Name: "name_" + l.Tag, Label: x.T("coalition.field.org_name", "lang", l.Name), Value: o.Names[l.Tag], Max: maxText, Optional: true, Error: f.beside["name_"+l.Tag]})
	}
	out.Names = append(out.Names, page.Field{Name: "name_" + ownName, Label: x.T("coalition.field.org_own"), Hint: x.T("coalition.field.org_own_hint"), Value: o.Names[ownName], Max: maxText, Optional: true, Error: f.beside["name_"+ownName]})
	out.Alias = page.Field{Name: "alias", Label: x.T("coalition.field.alias"), Hint: x.T("coalition.field.alias_hint"), Value: o.Alias, Max: maxText, Optional: true, Error: f.beside["alias"]}
	out.Countries = page.Field{Name: "countries", Label: x.T("coalition.field.countries"), Hint: x.T("coalition.field.countries_hint"), Value: countries, Rows: 4, Optional: true, Error: f.beside["countries"]}
	out.Kind = page.Choice{Name: "kind", Label: x.T("coalition.field.kind"), Error: f.beside["kind"]}
	for _, k := range Kinds() {
		out.Kind.Options = append(out.Kind.Options, page.Option{Value: k, Label: x.T("coalition.kind." + k), Hint: x.T("coalition.kind_hint." + k), Chosen: o.Kind == k})
	}
	out.Listed = page.Choice{Name: "listed", Label: x.T("coalition.field.listed"), Error: f.beside["listed"], Options: []page.Option{
		{Value: "yes", Label: x.T("coalition.listed.yes"), Chosen: o.Listed}, {Value: "no", Label: x.T("coalition.listed.no"), Chosen: !o.Listed}}}
	if o.ID != 0 {
		out.Action += "/" + o.Ref
		if o.State == "active" { // nobody is invited for one that left
			out.Invite = "/desk/people/invite?organisation=" + o.Ref
		}
		if out.People, err = w.peopleOf(v, o); err != nil {
			return err
		}
		out.State = page.Choice{Name: "state", Label: x.T("coalition.field.state"), Options: []page.Option{
			{Value: "active", Label: x.T("coalition.state.active"), Chosen: o.State == "active"},
			{Value: "left", Label: x.T("coalition.state.left"), Hint: x.T("coalition.state.left_hint", "n", len(out.People)), Chosen: o.State == "left"}}}
		if wrong := f.beside["sure"]; wrong != "" {
			out.Sure = &page.Choice{Name: "sure", Label: x.T("coalition.state.left"), Many: true, Error: wrong, Options: []page.Option{{Value: "yes", Label: x.T("coalition.state.sure")}}}
		}
	}
	title := out.Name
	if o.ID == 0 {
		title = x.T("coalition.organisation.new")
	}
	return f.show(v, page.Page{Title: title, Body: "coalition.organisation", Section: "organisations", Data: out})
}

// peopleOf lists who works for an organisation.
func (w *Web) peopleOf(v *desk.Visit, o Organisation) (out []personLine, err error) {
	people, err := w.office.People(v.R.Context(), &v.Actor)
	if err != nil {
		return nil, err
	}
	for _, c := range people {
		roles := slices.DeleteFunc(c.Roles, func(m Membership) bool { return m.Organisation != o.ID })
		if len(roles) == 0 {
			continue
		}
		line := personLine{Name: c.Name, Path: "/desk/people/" + c.Ref, Suspended: c.State == "suspended"}
		if line.Roles, err = w.lines(v, roles); err != nil {
			return nil, err
		}
		out = append(out, line)
	}
	return out, nil
}

// written reads an organisation from what was sent, over what it was.
func written(v *desk.Visit, o Organisation) (Organisation, error) {
	o.Names = map[string]string{ownName: v.Value("name_" + ownName)}
	for _, l := range v.Langs() {
		o.Names[l.Tag] = v.Value("name_" + l.Tag)
	}
	o.Alias, o.Listed, o.Countries = v.Value("alias"), v.Value("listed") == "yes", nil
	if kind := v.Value("kind"); kind != "" {
		o.Kind = kind
	}
	if state := v.Value("state"); state == "active" || state == "left" && o.ID != 0 {
		o.State = state
	}
	for _, word := range strings.FieldsFunc(v.Value("countries"), func(r rune) bool { return strings.ContainsRune("\n,;،؛", r) }) {
		word = strings.TrimSpace(word)
		if word == "" {
			continue
		}
		code, ok := geo.MatchCountry(word)
		if _, known := geo.ByCode(code); !ok || !known {
			return o, fault.Mend(fault.Field{Name: "countries", Key: "coalition.country_unknown", Args: []any{"value", word}})
		}
		o.Countries = append(o.Countries, code)
	}
	return o, nil
}

func (w *Web) doNewOrganisation(v *desk.Visit) error {
	return w.saved(v, Organisation{State: "active"}, "coalition.made")
}

func (w *Web) doOrganisation(v *desk.Visit) error {
	o, err := w.office.Organisation(v.R.Context(), &v.Actor, v.R.PathValue("ref"))
	if err != nil {
		return err
	}
	return w.saved(v, o, "coalition.kept")
}

func (w *Web) saved(v *desk.Visit, was Organisation, said string) error {
	o, err := written(v, was)
	if err == nil && was.State == "active" && o.State == "left" && v.Value("sure") == "" { // coming back brings no signature back
		err = fault.Mend(fault.Field{Name: "sure", Key: "coalition.state.leaving"})
	}
	if err == nil {
		var now Organisation
		if now, err = w.office.Save(v.R.Context(), &v.Actor, o); err == nil {
			return v.Go("/desk/organisations/"+now.Ref, said)
		}
	}
	if f, ok := again(v, err, "name_en"); ok && err != errNotYours { //nolint:errorlint // the one value there is
		return w.showOrganisation(v, f, o, v.Value("countries"))
	}
	return err
}
