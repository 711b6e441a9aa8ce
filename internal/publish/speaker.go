package publish

import (
	"embed"
	"io/fs"
	"strings"
	"unicode"
	"unicode/utf8"

	"keepiton/internal/incident"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
)

//go:embed texts/*.json
var texts embed.FS

// Texts are the words of this package, for i18n.Load.
func Texts() fs.FS { return texts }

// Speaker says facts in one language.
type Speaker struct {
	X        *i18n.Texts
	Tax      *incident.Taxonomy
	Invented bool // what was made here and not read from a sheet: it is a demonstration
}

// Mark gives a name back, and in a demonstration says before that of what was made here
// that it is invented.
func (s Speaker) Mark(here bool, name string) string {
	if here && s.Invented {
		return s.X.T("publish.invented", "name", i18n.Phrase(name))
	}
	return name
}

// TitleOf is the title of a row of the record, with its mark.
func (s Speaker) TitleOf(r incident.Row) string { return s.Mark(r.Entry.Here(), s.Title(r.Facts)) }

// WhereOf names country and place of a row of the record, with its mark.
func (s Speaker) WhereOf(r incident.Row) string { return s.Mark(r.Entry.Here(), s.Where(r.Facts)) }

// Term is the name of a term of a scheme. An empty key is said as "not stated".
// A service nobody has translated keeps its own name.
func (s Speaker) Term(scheme incident.Scheme, key string) string {
	if key == "" {
		return s.X.T("publish.not_stated")
	}
	if scheme == incident.SchemeService {
		return s.Service(key)
	}
	id := "term." + string(scheme) + "." + key
	if s.X.Has(id) {
		return s.X.T(id)
	}
	return s.Tax.Label(scheme, key, 9999)
}

// Service is the name of a service: a common noun is translated, a brand is not.
func (s Speaker) Service(key string) string {
	if id := "term.service." + key; s.X.Has(id) {
		return s.X.T(id)
	}
	return s.Tax.Label(incident.SchemeService, key, 9999)
}

// Country is the short name of a country.
func (s Speaker) Country(code string) string {
	if name := geo.CountryName(code, s.X.Lang.Tag); name != "" {
		return name
	}
	return code
}

// Countries names all countries of an incident.
func (s Speaker) Countries(f *incident.Facts) string {
	var names []string
	for _, c := range f.Countries {
		names = append(names, s.Country(c.Code))
	}
	return s.X.List(names)
}

// maxPlaces is how many places a title names before it counts the rest.
const maxPlaces = 3

// Places names where in the country people were cut off: "nationwide", up to
// three matched places and how many more, or the area as stated. It is empty
// when nothing is stated.
func (s Speaker) Places(f *incident.Facts) string {
	switch {
	case Nationwide(f) && len(f.Countries) > 1:
		return s.X.T("publish.nationwide_each")
	case Nationwide(f):
		return s.X.T("publish.nationwide")
	}
	var names []string
	seen := map[string]bool{}
	matched := true
	for _, p := range f.Places {
		if p.Excluded {
			return s.X.Isolate(f.Measure.Area) // "all but X" is not said by a list
		}
		if p.Unit == "" && p.Confidence != "vague" {
			matched = false
		}
		if p.Unit != "" && !seen[p.Unit] && !parentNamed(f.Places, p.Unit) {
			seen[p.Unit] = true
			names = append(names, s.X.Isolate(s.placeName(p)))
		}
	}
	if !matched || len(names) == 0 {
		return s.X.Isolate(clipArea(f.Measure.Area))
	}
	if len(names) > maxPlaces {
		return s.X.T("publish.places_more", "places", i18n.Phrase(strings.Join(names[:maxPlaces-1], s.X.T("publish.comma"))), "n", len(names)-maxPlaces+1)
	}
	return s.X.List(names)
}

// Nationwide reports that people were cut off across the whole country, or
// across every one of several. Areas of several countries are not matched to
// places, so there the sheet's own word is read.
func Nationwide(f *incident.Facts) bool {
	return f.Measure.Whole || len(f.Countries) > 1 && strings.EqualFold(strings.TrimSpace(f.Measure.Area), "nationwide")
}

// placeName is the name of a matched place. The romanised names of Myanmar's
// townships in the gazetteer are those of identity cards, which few readers
// know; there the sheet's own spelling stands.
func (s Speaker) placeName(p incident.Place) string {
	if strings.HasPrefix(p.Unit, "mm:") && p.Text != "" {
		return p.Text
	}
	return geo.UnitName(p.Unit, s.X.Lang.Tag)
}

// parentNamed reports a place that only says where its neighbour in the list
// lies: "Rohtak, Haryana" is Rohtak.
func parentNamed(places []incident.Place, unit string) bool {
	for _, p := range places {
		if u, ok := geo.UnitByID(p.Unit); ok && p.Unit != unit && u.Parent == unit {
			return true
		}
	}
	return false
}

func clipArea(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 90 {
		cut := string(r[:90])
		if i := strings.LastIndexByte(cut, ' '); i > 40 {
			cut = cut[:i]
		}
		return strings.TrimRight(cut, ",;") + "…"
	}
	return s
}

// Where names country and place: "Iran, nationwide", "Rohtak, India".
func (s Speaker) Where(f *incident.Facts) string { return s.WhereIn(f, s.Countries(f)) }

// WhereIn is Where with the country as a sentence calls it: "the Philippines".
func (s Speaker) WhereIn(f *incident.Facts, country string) string {
	place := s.Places(f)
	switch {
	case place == "":
		return country
	case Nationwide(f):
		return s.X.T("publish.where_whole", "country", country, "place", i18n.Phrase(place))
	case endsWithName(place, s.Countries(f)):
		return place
	}
	return s.X.T("publish.where", "country", country, "place", i18n.Phrase(place))
}

// endsWithName reports a place that names its country itself: "Cities across
// Myanmar". A place called as its country is, such as the city of Djibouti,
// does not: alone it would be read as all of it.
func endsWithName(place, country string) bool {
	before, ok := strings.CutSuffix(strings.ToLower(place), strings.ToLower(country))
	last, _ := utf8.DecodeLastRuneInString(before)
	return ok && country != "" && unicode.IsSpace(last)
}

// What says what was done, for people: "mobile internet cut off".
func (s Speaker) What(f *incident.Facts) string {
	key := "publish.what." + incident.KindOf(f)
	if incident.KindOf(f) == incident.KindBlock {
		return s.X.T(key, "services", i18n.Phrase(s.ServiceList(f, 3)))
	}
	network := f.Measure.Network
	if network == "" {
		network = "unknown"
	}
	return s.X.T(key + "." + network)
}

// ServiceList names up to n services that were hit and how many more.
func (s Speaker) ServiceList(f *incident.Facts, n int) string {
	var names []string
	for _, k := range f.Affected() {
		if k != "sms" && k != "phone_calls" {
			names = append(names, s.X.Isolate(s.Service(k)))
		}
	}
	switch {
	case len(names) == 0:
		return s.X.T("publish.some_services")
	case len(names) > n:
		return s.X.T("publish.services_more", "services", i18n.Phrase(strings.Join(names[:n-1], s.X.T("publish.comma"))), "n", len(names)-n+1)
	}
	return s.X.List(names)
}

// Own marks a phrase of the page's own language for elements that guess their
// direction by the first letter: it may begin with a name in another script.
func (s Speaker) Own(text string) string {
	if s.X.Lang.RTL() && text != "" {
		return "\u200f" + text
	}
	return text
}

// When says the time: "8 to 27 January 2026", "since 4 November 2020", "from
// 3 May 2019, end not recorded".
func (s Speaker) When(f *incident.Facts) string {
	p := f.Period
	switch {
	case p.End != "" && p.End == p.Start:
		return s.X.Date(string(p.Start))
	case p.End != "":
		return s.X.Range(string(p.Start), string(p.End))
	case p.EndState == "ongoing":
		return s.X.Since(string(p.Start))
	}
	return s.X.T("publish.from_open", "date", s.X.Date(string(p.Start)))
}

// Title is an incident as a fact: "Iran, nationwide: mobile and fixed internet
// cut off, 8 to 27 January 2026".
func (s Speaker) Title(f *incident.Facts) string {
	return s.X.T("publish.title", "where", i18n.Phrase(s.Where(f)), "what", i18n.Phrase(s.What(f)), "when", i18n.Phrase(s.When(f)))
}

// Line is the part of a title that a list shows beside the place.
func (s Speaker) Line(f *incident.Facts) string {
	return s.X.T("publish.line", "what", i18n.Phrase(s.What(f)), "when", i18n.Phrase(s.When(f)))
}

// State is the state an incident is drawn in.
func State(f *incident.Facts) page.State { return stateOf(incident.KindOf(f)) }

func stateOf(kind string) page.State {
	switch kind {
	case incident.KindSlow:
		return page.Slow
	case incident.KindBlock:
		return page.Blocked
	case incident.KindOpen:
		return page.Unsure
	}
	return page.Cut
}

// StateWord is the state in words: ongoing, ended, not known.
func (s Speaker) StateWord(f *incident.Facts) page.StateWord {
	switch {
	case f.Period.EndState == "ongoing":
		return page.StateWord{State: State(f), Text: s.X.T("publish.state.ongoing")}
	case f.Period.End != "" || f.Period.EndState == "ended":
		return page.StateWord{State: page.Up, Text: s.X.T("publish.state.ended")}
	}
	return page.StateWord{State: page.Unsure, Text: s.X.T("publish.state.unknown")}
}

// Known is the share of the days from one to another that have been by today, 0 for
// all of them; where none has been it is as good as none.
func Known(from, to, today int) float64 {
	if today >= to {
		return 0
	}
	return max(float64(today-from+1)/float64(to-from+1), 1e-9)
}

// Marks draws the days of an incident on a line from one day to another, both
// included. lastYear is its newest count year, today the last day there is; half
// marks a part of a country.
func Marks(f *incident.Facts, lastYear, from, to, today int) []page.Mark {
	length := float64(to - from + 1)
	var out []page.Mark
	for _, sp := range incident.SpansUntil(f, lastYear, today) {
		if sp.To < from || sp.From > to {
			continue
		}
		out = append(out, page.Mark{
			From:  float64(max(sp.From, from)-from) / length,
			To:    float64(min(sp.To, to)-from+1) / length,
			State: stateOf(sp.Kind),
			Half:  !f.Measure.Whole && sp.Kind != incident.KindBlock,
		})
	}
	return out
}
