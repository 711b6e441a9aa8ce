package incident

import (
	"context"
	"sort"
)

// Figures are the numbers of an annual report, keyed as in the sheets.
type Figures struct {
	Year         int                       `json:"year"`
	Release      string                    `json:"release"`
	Shutdowns    int                       `json:"shutdowns"`
	Countries    int                       `json:"countries"`
	CarriedIn    int                       `json:"carried_in"`
	CrossBorder  int                       `json:"cross_border"`
	Ongoing      int                       `json:"ongoing"`
	By           map[string]map[string]int `json:"by"`
	CountriesBy  map[string]map[string]int `json:"countries_by"`
	Flags        map[string]Tally          `json:"flags"`
	Asked        map[string]int            `json:"asked"` // of the flags: entries with any answer. Where they are few, a 0 says little
	Services     map[string]Tally          `json:"services"`
	TopCountries []RankedCountry           `json:"top_countries"`
}

// Tally is how many entries, and in how many countries.
type Tally struct {
	Shutdowns int `json:"shutdowns"`
	Countries int `json:"countries"`
}

// RankedCountry is a country as the sheet spells it and its entries. In JSON
// it is a pair.
type RankedCountry struct {
	Name string
	N    int
}

// MarshalJSON writes the pair.
func (r RankedCountry) MarshalJSON() ([]byte, error) { return marshalPair(r.Name, r.N) }

// UnmarshalJSON reads the pair.
func (r *RankedCountry) UnmarshalJSON(b []byte) error { return unmarshalPair(b, &r.Name, &r.N) }

// figureDims are the columns the figures are broken down by: the key in the
// output, the dimension and the scheme of its labels.
var figureDims = []struct {
	key    string
	dim    string
	scheme Scheme
}{
	{"actual_cause", DimCause, SchemeCause},
	{"extent", DimExtent, SchemeExtent},
	{"network", DimNetwork, SchemeNetwork},
	{"type", DimMethod, SchemeMethod},
	{"geo_scope", DimScope, SchemeScope},
	{"gov_justification", DimReason, SchemeReason},
	{"ordered_by", DimOrderedBy, SchemeActorClass},
}

// topCountries is how many countries the figures list.
const topCountries = 10

// Figures counts one year of an edition. Countries that tie stand in the order
// in which they first appear in the rows.
func (s *Service) Figures(ctx context.Context, edition int64, year int) (*Figures, error) {
	ed, err := s.Edition(ctx, edition)
	if err != nil {
		return nil, err
	}
	c := newFigureCount(s.Taxonomy(), year, ed.Label)
	if err := s.Each(ctx, edition, year, func(r Row) error { c.add(r.Facts); return nil }); err != nil {
		return nil, err
	}
	return c.figures(), nil
}

type figureCount struct {
	t         *Taxonomy
	out       *Figures
	sets      map[[2]string]map[string]bool // dimension and value -> countries
	rows      map[[2]string]int
	perCode   map[string]int
	spelling  map[string]string
	codeOrder []string
}

func newFigureCount(t *Taxonomy, year int, release string) *figureCount {
	return &figureCount{t: t, out: &Figures{Year: year, Release: release, By: map[string]map[string]int{}, CountriesBy: map[string]map[string]int{},
		Flags: map[string]Tally{}, Asked: map[string]int{}, Services: map[string]Tally{}},
		sets: map[[2]string]map[string]bool{}, rows: map[[2]string]int{}, perCode: map[string]int{}, spelling: map[string]string{}}
}

func (c *figureCount) add(f *Facts) {
	for _, k := range Contributions(f, c.out.Year, RegionOf, func(string) string { return "" }) {
		switch {
		case k.Area == AreaWorld:
			c.rows[[2]string{k.Dim, k.Value}]++
		case len(k.Area) > 8 && k.Area[:8] == "country:":
			key := [2]string{k.Dim, k.Value}
			if c.sets[key] == nil {
				c.sets[key] = map[string]bool{}
			}
			c.sets[key][k.Area[8:]] = true
		case k.Dim == DimAll:
			c.rows[[2]string{"region", k.Area[7:]}]++
		}
	}
	for _, country := range f.Countries {
		if c.perCode[country.Code] == 0 {
			c.codeOrder = append(c.codeOrder, country.Code)
			c.spelling[country.Code] = country.Spelling
		}
		c.perCode[country.Code]++
	}
}

func (c *figureCount) figures() *Figures {
	o := c.out
	o.Shutdowns = c.rows[[2]string{DimAll, ""}]
	o.Countries = len(c.perCode)
	o.CarriedIn = c.rows[[2]string{DimTrait, "carried_in"}]
	o.CrossBorder = c.rows[[2]string{DimTrait, "cross_border"}]
	o.Ongoing = c.rows[[2]string{DimEndState, "ongoing"}]
	o.By["region"] = map[string]int{}
	for _, d := range figureDims {
		o.By[d.key], o.CountriesBy[d.key] = map[string]int{}, map[string]int{}
	}
	for key, n := range c.rows {
		if key[0] == "region" {
			o.By["region"][c.t.Label(SchemeRegion, key[1], o.Year)] += n
		}
		for _, d := range figureDims {
			if d.dim == key[0] {
				label := c.t.Label(d.scheme, key[1], o.Year)
				o.By[d.key][label] += n
				o.CountriesBy[d.key][label] += len(c.sets[key])
			}
		}
		if key[0] == DimService {
			o.Services[key[1]] = Tally{n, len(c.sets[key])}
		}
	}
	for _, flag := range []string{"election", "violence", "hr_abuse"} {
		key := [2]string{DimFlag, flag}
		o.Flags[flag] = Tally{c.rows[key], len(c.sets[key])}
		o.Asked[flag] = c.rows[[2]string{DimAsked, flag}]
	}
	order := append([]string(nil), c.codeOrder...)
	sort.SliceStable(order, func(i, j int) bool { return c.perCode[order[i]] > c.perCode[order[j]] })
	o.TopCountries = []RankedCountry{}
	for _, code := range order[:min(topCountries, len(order))] {
		o.TopCountries = append(o.TopCountries, RankedCountry{c.spelling[code], c.perCode[code]})
	}
	return o
}
