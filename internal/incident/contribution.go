package incident

import "sort"

// Key is one cell of the cube of counts: a count year, an area and a value of
// a dimension.
type Key struct {
	Year  int
	Area  string // world, region:mena, country:IR
	Dim   string // see the Dim constants
	Value string // term key; "" counts entries where nothing is stated
}

// The dimensions of the cube. The first group are single-valued: their values
// add up to the entries. Services overlap.
const (
	DimAll       = "all" // one value "": the entries themselves
	DimCause     = "cause"
	DimReason    = "reason"
	DimNetwork   = "network"
	DimExtent    = "extent"
	DimMethod    = "method"
	DimScope     = "scope"
	DimOrderedBy = "ordered_by"
	DimEndState  = "end_state"
	DimService   = "service"
	DimFlag      = "flag"     // value election, violence…: only states "yes"
	DimAsked     = "asked"    // the same values: any answer, be it "unknown"
	DimMatrix    = "matrix"   // value cause|reason
	DimTrait     = "trait"    // carried_in, cross_border, whole_country, full_both, year_old
	DimUnit      = "unit"     // first-level unit of the gazetteer
	DimCutUnit   = "cut_unit" // the same, where the network itself was cut or slowed
	DimKind      = "kind"     // how it is drawn and how far it reached: cut_whole, slow_part, block_part…
	DimOffender  = "offender" // home country of an actor from abroad
)

// Area names.
const AreaWorld = "world"

// AreaRegion and AreaCountry name the other areas of a [Key].
func AreaRegion(key string) string   { return "region:" + key }
func AreaCountry(code string) string { return "country:" + code }

// Contributions lists every cell of the cube that one count entry adds one to.
// It is pure: the same facts always give the same cells, so that a change is
// the difference of two lists. This is where the counting rules stand:
//
//   - an entry counts once worldwide, once for each region and once for each
//     country it names (reference: a cell of several countries);
//   - carried in: the start lies before the count year;
//   - a flag or a service counts only when the answer is yes; that a flag was
//     asked about at all is counted beside it, so that a zero can be told from a
//     question nobody put;
//   - mobile and fixed internet were cut completely when the whole network of
//     both kinds was hit, and cut rather than slowed down.
func Contributions(f *Facts, year int, regionOf func(country string) string, parentUnit func(id string) string) []Key {
	values := dimensionValues(f, year, parentUnit)
	areas := []string{AreaWorld}
	seen := map[string]bool{}
	add := func(area string) {
		if !seen[area] {
			seen[area] = true
			areas = append(areas, area)
		}
	}
	for _, c := range f.Countries {
		if r := regionOf(c.Code); r != "" {
			add(AreaRegion(r))
		}
		add(AreaCountry(c.Code))
	}
	keys := make([]Key, 0, len(values)*len(areas))
	for _, a := range areas {
		for _, v := range values {
			if (v[0] == DimUnit || v[0] == DimCutUnit) && !unitIn(v[1], a) {
				continue // units are a country's own split
			}
			keys = append(keys, Key{year, a, v[0], v[1]})
		}
	}
	return keys
}

func unitIn(unit, area string) bool {
	return len(unit) > 2 && area == AreaCountry(unit[:2])
}

func dimensionValues(f *Facts, year int, parentUnit func(string) string) [][2]string {
	ordered := f.OrderedBy()
	out := [][2]string{
		{DimAll, ""}, {DimCause, f.Cause.Term}, {DimReason, f.Reason.Term},
		{DimNetwork, f.Measure.Network}, {DimExtent, f.Measure.Extent},
		{DimMethod, f.Measure.Method}, {DimScope, f.Measure.Scope},
		{DimOrderedBy, ordered}, {DimEndState, f.Period.EndState},
		{DimMatrix, f.Cause.Term + "|" + f.Reason.Term},
	}
	for _, s := range unique(f.Affected()) {
		out = append(out, [2]string{DimService, s})
	}
	for _, g := range f.Flags {
		if g.State == Yes {
			out = append(out, [2]string{DimFlag, g.Key})
		}
		if g.State != NotAsked {
			out = append(out, [2]string{DimAsked, g.Key})
		}
	}
	if y := f.Period.Start.Year(); y > 0 && y < year {
		out = append(out, [2]string{DimTrait, "carried_in"})
	}
	if f.CrossBorder() {
		out = append(out, [2]string{DimTrait, "cross_border"})
	}
	if f.Measure.Whole {
		out = append(out, [2]string{DimTrait, "whole_country"})
	}
	if f.Measure.Extent == "full_network" && f.Measure.Network == "broadband_mobile" && KindOf(f) == KindCut {
		out = append(out, [2]string{DimTrait, "full_both"})
	}
	if yearOld(f, year) {
		out = append(out, [2]string{DimTrait, "year_old"})
	}
	for _, home := range unique(f.homesAbroad()) {
		out = append(out, [2]string{DimOffender, home})
	}
	kind, reach := KindOf(f), "_part"
	if f.Measure.Whole {
		reach = "_whole"
	}
	out = append(out, [2]string{DimKind, kind + reach})
	var units []string
	for _, p := range f.Places {
		if u := parentUnit(p.Unit); u != "" && !p.Excluded {
			units = append(units, u)
		}
	}
	for _, u := range unique(units) {
		out = append(out, [2]string{DimUnit, u})
		if kind != KindBlock {
			out = append(out, [2]string{DimCutUnit, u})
		}
	}
	return out
}

// yearOld reports a shutdown that goes on at the close of the count year and
// has then been under way for more than a year.
func yearOld(f *Facts, year int) bool {
	start, ok := f.Period.Start.Day()
	_, close := YearDays(year)
	return ok && f.Period.EndState == "ongoing" && close-start >= 365
}

// homesAbroad are the home countries of actors from outside the countries in
// which people were cut off.
func (f *Facts) homesAbroad() []string {
	var out []string
	for _, a := range f.Actors {
		home := a.Home != ""
		for _, c := range f.Countries {
			home = home && c.Code != a.Home
		}
		if home {
			out = append(out, a.Home)
		}
	}
	return out
}

func unique(list []string) []string {
	sort.Strings(list)
	out := list[:0]
	for i, s := range list {
		if i == 0 || s != list[i-1] {
			out = append(out, s)
		}
	}
	return out
}
