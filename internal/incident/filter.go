package incident

import (
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"

	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
)

// Filter chooses count entries of an edition. The zero value chooses every
// incident of the record, newest first. With a year it chooses the entries of
// that count year, so that a list and a published figure agree; without one,
// each incident once, as it stands in its newest count year.
type Filter struct {
	Edition   int64
	Year      int
	Country   string // ISO code
	Region    string
	Cause     string
	Reason    string
	Method    string // "type" in addresses, as the sheet's column
	Network   string
	Extent    string
	Scope     string
	Service   string
	OrderedBy string
	State     string // end state: ongoing, ended, unknown, not_asked
	Query     string // words
	Sort      string // newest (default), oldest, longest, changed
	After     string // cursor of the page before
	Limit     int    // rows of a page, 1 to MaxLimit; 0 means DefaultLimit
}

// Limits of a page of a list.
const (
	DefaultLimit = 25
	MaxLimit     = 200
	maxQuery     = 200 // letters of a search
)

// Sorts are the orders a list can have.
var Sorts = []string{"newest", "oldest", "longest", "changed"}

// filterParam binds an address parameter to a field, its taxonomy, and where
// its values stand: as a part of an entry, as a dimension of the stored counts,
// as a column of entry with an index of its own.
type filterParam struct {
	name   string
	scheme Scheme // "" for those checked by hand
	field  func(*Filter) *string
	part   string // prefix in entry_part; with dim "" also the prefix of an area
	dim    string
	column string
}

var filterParams = []filterParam{
	{"country", "", func(f *Filter) *string { return &f.Country }, partCountry, "", ""},
	{"region", SchemeRegion, func(f *Filter) *string { return &f.Region }, partRegion, "", ""},
	{"cause", SchemeCause, func(f *Filter) *string { return &f.Cause }, "", DimCause, "cause"},
	{"reason", SchemeReason, func(f *Filter) *string { return &f.Reason }, "", DimReason, "reason"},
	{"type", SchemeMethod, func(f *Filter) *string { return &f.Method }, "", DimMethod, "method"},
	{"network", SchemeNetwork, func(f *Filter) *string { return &f.Network }, "", DimNetwork, "network"},
	{"extent", SchemeExtent, func(f *Filter) *string { return &f.Extent }, "", DimExtent, "extent"},
	{"scope", SchemeScope, func(f *Filter) *string { return &f.Scope }, "", DimScope, "geo_scope"},
	{"service", SchemeService, func(f *Filter) *string { return &f.Service }, partService, DimService, ""},
	{"ordered_by", SchemeActorClass, func(f *Filter) *string { return &f.OrderedBy }, "", DimOrderedBy, "ordered_by"},
	{"state", SchemeEndState, func(f *Filter) *string { return &f.State }, "", DimEndState, "end_state"},
}

// FilterNames lists the parameters a list understands, in their fixed order.
func FilterNames() []string {
	out := []string{"year"}
	for _, p := range filterParams {
		out = append(out, p.name)
	}
	return append(out, "q", "sort")
}

// ParseFilter reads a filter from an address. Unknown parameters are left
// alone; a value that no taxonomy knows is an error that names it.
func ParseFilter(v url.Values, t *Taxonomy) (Filter, error) {
	f := Filter{Edition: RecordEdition}
	if s := clean(v.Get("year")); s != "" {
		y, err := strconv.Atoi(s)
		if err != nil || y < 1990 || y > 2200 {
			return f, fault.New(fault.Invalid, "filter.bad_year", "value", clipValue(s))
		}
		f.Year = y
	}
	for _, p := range filterParams {
		s := clean(v.Get(p.name))
		if s == "" {
			continue
		}
		if !knownValue(t, p, &s) {
			return f, fault.New(fault.Invalid, "filter.bad_value", "name", p.name, "value", clipValue(s))
		}
		*p.field(&f) = s
	}
	f.Query = clean(v.Get("q"))
	if r := []rune(f.Query); len(r) > maxQuery {
		f.Query = string(r[:maxQuery])
	}
	if s := clean(v.Get("sort")); s != "" && s != Sorts[0] {
		if !slices.Contains(Sorts, s) {
			return f, fault.New(fault.Invalid, "filter.bad_value", "name", "sort", "value", clipValue(s))
		}
		f.Sort = s
	}
	if s := v.Get("after"); s != "" {
		if _, ok := parseCursor(s); !ok {
			return f, fault.New(fault.Invalid, "filter.bad_cursor")
		}
		f.After = s
	}
	if s := clean(v.Get("limit")); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > MaxLimit {
			return f, fault.New(fault.Invalid, "filter.bad_limit", "value", clipValue(s), "max", MaxLimit)
		}
		f.Limit = n
	}
	return f, nil
}

func knownValue(t *Taxonomy, p filterParam, s *string) bool {
	if p.name == "country" {
		*s = strings.ToUpper(*s)
		_, ok := geo.ByCode(*s)
		return ok
	}
	if p.name == "state" && *s == string(NotAsked) {
		return true
	}
	_, ok := t.Term(p.scheme, *s)
	return ok
}

// Values writes the filter back as an address, without page and edition.
func (f Filter) Values() url.Values {
	v := url.Values{}
	if f.Year != 0 {
		v.Set("year", strconv.Itoa(f.Year))
	}
	for _, p := range filterParams {
		if s := *p.field(&f); s != "" {
			v.Set(p.name, s)
		}
	}
	if f.Query != "" {
		v.Set("q", f.Query)
	}
	if f.Sort != "" {
		v.Set("sort", f.Sort)
	}
	return v
}

// Chosen lists the parameters that narrow the list, in a fixed order.
func (f Filter) Chosen() [][2]string {
	var out [][2]string
	for name, list := range f.Values() {
		if name != "sort" {
			out = append(out, [2]string{name, list[0]})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i][0] < out[j][0] })
	return out
}

// Narrow returns the filter with one parameter set, or taken away by "".
func (f Filter) Narrow(name, value string) Filter {
	f.After = ""
	switch name {
	case "year":
		f.Year, _ = strconv.Atoi(value)
	case "q":
		f.Query = value
	case "sort":
		f.Sort = value
	}
	for _, p := range filterParams {
		if p.name == name {
			*p.field(&f) = value
		}
	}
	return f
}

// edition is the edition asked for, by default the record.
func (f Filter) edition() int64 {
	if f.Edition == 0 {
		return RecordEdition
	}
	return f.Edition
}

func (f Filter) limit() int {
	if f.Limit == 0 {
		return DefaultLimit
	}
	return f.Limit
}

// clean keeps a sign for bytes that are no text, so that a value of nothing but
// those is not taken for one that was not given.
func clean(s string) string { return strings.TrimSpace(strings.ToValidUTF8(s, "\uFFFD")) }

func clipValue(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
