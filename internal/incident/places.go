package incident

import "keepiton/internal/platform/geo"

// PlacesOf are the places of a list inside a country, as stated and as matched:
// those it names, then those it leaves out.
func PlacesOf(country string, res geo.Result) []Place {
	var out []Place
	put := func(m geo.Match, excluded bool) {
		if m.Container {
			return // it only says where its neighbour in the list lies
		}
		if m.Outside {
			m.Confidence = geo.Fuzzy // the text puts it somewhere else: a person must look
		}
		out = append(out, Place{Country: country, Text: m.Token, Unit: m.Unit, Confidence: string(m.Confidence), Excluded: excluded})
	}
	for _, m := range res.Matches {
		put(m, false)
	}
	for _, m := range res.Except {
		put(m, true)
	}
	return out
}
