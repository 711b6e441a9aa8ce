package incident

import (
	"sort"
	"strings"

	"keepiton/internal/platform/geo"
)

// identity is what makes rows of consecutive years one incident carried over:
// country, start, area, extent and the answer for each service, as written. On
// the coalition's combined sheet it joins 282 rows into 72 incidents. A pair
// that differs in a spelling only is left to a person; see askAboutCarryOver.
func identity(f *Facts) string {
	var b strings.Builder
	b.WriteString(f.CountryText())
	for _, part := range []string{string(f.Period.Start), f.Measure.Area, f.Measure.Extent} {
		b.WriteByte('|')
		b.WriteString(part)
	}
	for _, e := range f.Services {
		if e.Service == "sms" || e.Service == "phone_calls" {
			continue // asked for some years only
		}
		b.WriteByte('|')
		if e.Verbatim != "" {
			b.WriteString(e.Verbatim)
			continue
		}
		b.WriteString(e.Service + " " + string(e.State))
	}
	return b.String()
}

// likeness forgives spellings: it compares codes, the letters of the area and
// the services that were hit. It finds a row again in another edition of the
// same year.
func likeness(f *Facts) string {
	codes := make([]string, 0, len(f.Countries))
	for _, c := range f.Countries {
		codes = append(codes, c.Code)
	}
	sort.Strings(codes)
	return strings.Join([]string{strings.Join(codes, ","), string(f.Period.Start), foldArea(f.Measure.Area), f.Measure.Extent,
		strings.Join(unique(f.Affected()), ",")}, "|")
}

// looseIdentity forgives a changed area text, extent or list of services.
func looseIdentity(f *Facts) string {
	return landOf(f) + "|" + string(f.Period.Start)
}

// landOf is the code of the first country. Some sheets name a territory in the
// column for the area where others name it as the country; the territory then
// is what both have.
func landOf(f *Facts) string {
	if code, ok := geo.MatchCountry(f.Measure.Area); ok {
		return code
	}
	if len(f.Countries) > 0 {
		return f.Countries[0].Code
	}
	return ""
}

// placeIdentity forgives a corrected start date.
func placeIdentity(f *Facts) string {
	code := ""
	if len(f.Countries) > 0 {
		code = f.Countries[0].Code
	}
	return code + "|" + foldArea(f.Measure.Area) + "|" + f.Measure.Extent + "|" + f.Cause.Term
}

// foldArea compares places by letters alone. Words for the whole country are one.
func foldArea(s string) string {
	n := geo.Normalise(s)
	switch n {
	case "nationwide", "national", "countrywide":
		return "nationwide"
	}
	return strings.Join(strings.Fields(n), " ")
}
