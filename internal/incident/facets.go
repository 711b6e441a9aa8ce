package incident

import (
	"fmt"
	"slices"
	"strings"
)

// The single-valued parts of an entry stand together in one number, its
// facets: nine bits for the count year, one each for counted and latest, six
// for each scheme below. Every index a list is read from ends with it, so that
// whatever a filter asks is decided in the index: facets & mask = value.
const (
	facetYearBase = 1900
	facetYearBits = 9
	facetYearMask = 1<<facetYearBits - 1
	facetCounted  = 1 << facetYearBits
	facetLatest   = facetCounted << 1
	facetTermBits = 6
	facetOther    = 1<<facetTermBits - 1 // a value without a code; no filter asks for it
	facetNotAsked = facetOther - 1
)

// facetSchemes is the order of the schemes in the number. A new one goes last.
var facetSchemes = []Scheme{SchemeCause, SchemeReason, SchemeMethod, SchemeNetwork, SchemeExtent, SchemeScope, SchemeActorClass, SchemeEndState}

// facetCode is the number of a term inside its scheme: given once, when the
// term is stored, and never changed. 0 says nothing is stated.
func (t *Taxonomy) facetCode(s Scheme, key string) int64 {
	switch key {
	case "":
		return 0
	case string(NotAsked):
		return facetNotAsked
	}
	if term, ok := t.Term(s, key); ok && term.Code > 0 && term.Code < facetNotAsked {
		return int64(term.Code)
	}
	return facetOther
}

func facetYear(year int) int64 {
	return int64(min(max(year-facetYearBase, 0), facetYearMask))
}

func facetShift(i int) int { return facetYearBits + 2 + i*facetTermBits }

// facets makes the number of an entry.
func (t *Taxonomy) facets(e *Entry) int64 {
	n := facetYear(e.Year)
	if e.Counted == 1 {
		n |= facetCounted
	}
	if e.Latest == 1 {
		n |= facetLatest
	}
	for i, s := range facetSchemes {
		n |= t.facetCode(s, e.term(s)) << facetShift(i)
	}
	return n
}

// term is the entry's value in a scheme of [facetSchemes].
func (e *Entry) term(s Scheme) string {
	switch s {
	case SchemeCause:
		return e.Cause
	case SchemeReason:
		return e.Reason
	case SchemeMethod:
		return e.Method
	case SchemeNetwork:
		return e.Network
	case SchemeExtent:
		return e.Extent
	case SchemeScope:
		return e.Scope
	case SchemeActorClass:
		return e.OrderedBy
	case SchemeEndState:
		return e.EndState
	}
	return ""
}

// facetTest is what the facets of an entry must be for a filter to choose it:
// counted, of the year or the newest of its incident, and each chosen term.
func (t *Taxonomy) facetTest(f Filter) (mask, value int64) {
	mask, value = facetCounted, facetCounted
	if f.Year != 0 {
		mask |= facetYearMask
		value |= facetYear(f.Year)
	} else {
		mask |= facetLatest
		value |= facetLatest
	}
	for i, s := range facetSchemes {
		for _, p := range filterParams {
			if v := *p.field(&f); p.scheme == s && v != "" {
				mask |= facetOther << facetShift(i)
				value |= t.facetCode(s, v) << facetShift(i)
			}
		}
	}
	return mask, value
}

// parts of an entry that can hold several values: its countries, their
// regions, and the services that were hit. Each is a row of entry_part.
const (
	partCountry = "country:"
	partRegion  = "region:"
	partService = "service:"
)

// partsOf lists the multi-valued parts of an entry, each once.
func partsOf(f *Facts) []string {
	var out []string
	for _, c := range f.Countries {
		out = append(out, partCountry+c.Code)
		if r := RegionOf(c.Code); r != "" {
			out = append(out, partRegion+r)
		}
	}
	for _, s := range f.Affected() {
		out = append(out, partService+s)
	}
	return unique(out)
}

// parts lists the multi-valued parts a filter asks for.
func (f Filter) parts() []string {
	var out []string
	for _, p := range [][2]string{{partCountry, f.Country}, {partRegion, f.Region}, {partService, f.Service}} {
		if p[1] != "" {
			out = append(out, p[0]+p[1])
		}
	}
	return out
}

// Marks among the words of an entry let the index of words narrow a search by
// everything a filter can ask, so that a search never has to look outside it.
// A mark begins and ends with letters nobody writes.

// marksOf lists the marks of an entry.
func marksOf(e *Entry, f *Facts) []string {
	out := []string{mark("year", yearText(e.Year))}
	if e.Latest == 1 {
		out = append(out, mark("latest", ""))
	}
	for _, p := range partsOf(f) {
		name, value, _ := strings.Cut(p, ":")
		out = append(out, mark(name, value))
	}
	for _, s := range facetSchemes {
		if v := e.term(s); v != "" {
			out = append(out, mark(string(s), v))
		}
	}
	return out
}

// marks lists the marks a search with this filter needs.
func (f Filter) marks() []string {
	out := []string{mark("latest", "")}
	if f.Year != 0 {
		out[0] = mark("year", yearText(f.Year))
	}
	for _, p := range f.parts() {
		name, value, _ := strings.Cut(p, ":")
		out = append(out, mark(name, value))
	}
	for _, p := range filterParams {
		if v := *p.field(&f); v != "" && slices.Contains(facetSchemes, p.scheme) {
			out = append(out, mark(string(p.scheme), v))
		}
	}
	return out
}

// mark writes a name and a value as one word of letters and digits. Two values
// never share a mark: what is neither letter nor digit is written as q and its
// number in hexadecimal digits between two q.
func mark(name, value string) string {
	var b strings.Builder
	b.WriteString("qz")
	for _, r := range strings.ToLower(name + "0" + value) {
		if r >= 'a' && r <= 'z' && r != 'q' || r >= '0' && r <= '9' {
			b.WriteRune(r)
			continue
		}
		fmt.Fprintf(&b, "q%xq", r)
	}
	b.WriteString("qz")
	return b.String()
}
