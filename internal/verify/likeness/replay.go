package likeness

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/geo"
)

// Level is how little the leads of a replay say.
type Level struct {
	Name string
	// Of a hundred leads: how many name a place, and how many only the
	// first-level unit it lies in; the others name the country alone.
	Place, First int
	// The start is off by zero to this many days, each as likely.
	Off int
	// Of a hundred leads: how many name services, an address, a kind.
	Services, Address, Kind int
	// What is carried over from an earlier year is reported as found: as cut
	// off since some day of this year. Else its start is stated.
	AsFound bool
}

// Levels are the leads a replay files. "usual" is the one that is answered for.
var Levels = []Level{
	{Name: "full", Place: 90, First: 5, Off: 1, Services: 100, Address: 66, Kind: 100},
	{Name: "usual", Place: 50, First: 25, Off: 3, Services: 75, Address: 33, Kind: 67},
	{Name: "as found", Place: 50, First: 25, Off: 3, Services: 75, Address: 33, Kind: 67, AsFound: true},
	{Name: "scant", Place: 20, First: 30, Off: 3, Services: 50, Address: 0, Kind: 50},
	{Name: "country and day", Off: 3},
}

// Replayed says how often the right incident came out on top.
type Replayed struct {
	Level             string
	Seed              uint64
	Leads             int
	First, Three, Ten int // how often it was the first, among the first three, ten
	Misses            []Miss
}

// Miss is a lead whose incident is not among the first three.
type Miss struct {
	Ref   string
	Place int // where it came; 0: not among those compared
	Lead  string
	Best  []Found // the first three
}

// depth is how far down the list the right one is looked for.
const depth = 100

// Replay files a lead for each incident with a count entry in a year, as a
// first reporter would, and asks the finder for it over the whole record. The
// same seed files the same leads.
func Replay(ctx context.Context, s *incident.Service, year int, level Level, seed uint64) (Replayed, error) {
	places, err := s.Matcher(ctx)
	if err != nil {
		return Replayed{}, fmt.Errorf("likeness.Replay: %w", err)
	}
	r := reporter{rand.New(rand.NewPCG(seed, uint64(year))), level, places, year}
	finder := NewFinder(s)
	out := Replayed{Level: level.Name, Seed: seed}
	err = s.Each(ctx, incident.RecordEdition, year, func(row incident.Row) error {
		lead, ok := r.file(row.Facts)
		if !ok {
			return nil
		}
		found, err := finder.Incidents(ctx, Of(&lead), depth)
		if err != nil {
			return err
		}
		out.judge(row.Ref, &lead, found)
		return nil
	})
	if err == nil && out.Leads == 0 {
		err = errors.New("the record has no entries with a start in that year")
	}
	if err != nil {
		return Replayed{}, fmt.Errorf("likeness.Replay %d: %w", year, err)
	}
	return out, nil
}

func (o *Replayed) judge(ref string, lead *incident.Facts, found []Found) {
	place := 0
	for i, f := range found {
		if f.Ref == ref {
			place = i + 1
		}
	}
	o.Leads++
	if place == 1 {
		o.First++
	}
	if place > 0 && place <= 10 {
		o.Ten++
	}
	if place > 0 && place <= 3 {
		o.Three++
		return
	}
	o.Misses = append(o.Misses, Miss{ref, place, words(lead), found[:min(3, len(found))]})
}

// reporter files leads.
type reporter struct {
	*rand.Rand
	level  Level
	places *geo.Matcher
	year   int
}

// of tells whether one of a hundred cases has come that happen n times.
func (r reporter) of(n int) bool { return r.IntN(100) < n }

// file writes down what somebody would first report of an incident: never more
// than it says, never by its own spelling of addresses.
func (r reporter) file(f *incident.Facts) (lead incident.Facts, ok bool) {
	start, ok := f.Period.Start.Day()
	if !ok || len(f.Countries) == 0 {
		return lead, false
	}
	if first, last := incident.YearDays(r.year); r.level.AsFound && start < first {
		if end, known := f.Period.End.Day(); known {
			last = min(last, end)
		}
		start = first + r.IntN(max(1, last-first+1))
	}
	off := r.IntN(r.level.Off + 1)
	if r.of(50) {
		off = -off
	}
	lead.Period = incident.Period{Kind: "main", Start: incident.DayDate(start + off), StartKind: "estimated", EndState: "unknown"}
	if end, known := f.Period.End.Day(); known && r.of(50) { // a wrong one
		wrong := max(start+off, end+(1+r.IntN(3))*(1-2*r.IntN(2)))
		lead.Period.End, lead.Period.EndState = incident.DayDate(wrong), "ended"
	}
	lead.Countries = []incident.Country{f.Countries[r.IntN(len(f.Countries))]}
	r.placeOf(f, &lead)
	if hit := f.Affected(); len(hit) > 0 && r.of(r.level.Services) {
		r.Shuffle(len(hit), func(i, j int) { hit[i], hit[j] = hit[j], hit[i] })
		for _, s := range hit[:1+r.IntN(min(2, len(hit)))] {
			lead.Services = append(lead.Services, incident.Effect{Service: s, State: incident.Yes})
		}
	}
	if r.of(r.level.Kind) {
		lead.Measure.Method, lead.Measure.Extent = f.Measure.Method, f.Measure.Extent
	}
	if url := r.addressOf(f); url != "" && r.of(r.level.Address) {
		lead.Sources = []incident.Source{{Class: "media", URL: url}}
	}
	return lead, true
}

// placeOf names one place of an incident, or the unit it lies in, or none, and
// reads the name as the form for leads does.
func (r reporter) placeOf(f *incident.Facts, lead *incident.Facts) {
	var list []incident.Place
	for _, p := range f.Places {
		if !p.Excluded && p.Text != "" {
			list = append(list, p)
		}
	}
	country, dice := lead.Countries[0].Code, r.IntN(100)
	if len(list) == 0 {
		lead.Measure.Whole = f.Measure.Whole && dice < r.level.Place
		return
	}
	p := list[r.IntN(len(list))]
	text := p.Text
	switch first, known := geo.UnitByID(incident.FirstLevel(p.Unit)); {
	case dice < r.level.Place:
	case dice < r.level.Place+r.level.First && known:
		text = first.Name
	default:
		return
	}
	units := r.places.Match(country, text).Places()
	for _, u := range units {
		lead.Places = append(lead.Places, incident.Place{Country: country, Text: text, Unit: u})
	}
	if len(units) == 0 {
		lead.Places = []incident.Place{{Country: country, Text: text}}
	}
	lead.Measure.Area = text
}

// addressOf is an address of an incident as people pass it on.
func (r reporter) addressOf(f *incident.Facts) string {
	var list []string
	for _, s := range f.Sources {
		if _, _, ok := Address(s.URL); ok && s.Class != "confidential" {
			list = append(list, s.URL)
		}
	}
	if len(list) == 0 {
		return ""
	}
	url := list[r.IntN(len(list))]
	scheme, rest, _ := strings.Cut(url, "://")
	bare := strings.TrimPrefix(rest, "www.")
	switch {
	case r.of(30) && bare != rest:
		rest = bare
	case r.of(30):
		rest = "m." + bare
	case bare == rest && r.of(30):
		rest = "www." + rest
	}
	if r.of(30) {
		scheme = "http"
	}
	if rest, _, _ = strings.Cut(rest, "#"); r.of(60) {
		sep := "?"
		if strings.Contains(rest, "?") {
			sep = "&"
		}
		rest += sep + []string{"utm_source=share&utm_medium=social", "fbclid=IwAR0abc", "ref_src=twsrc%5Etfw", "igsh=zzz"}[r.IntN(4)]
	}
	return scheme + "://" + rest
}

// words says what a lead says.
func words(f *incident.Facts) string {
	out := []string{f.CountryText(), "since " + string(f.Period.Start)}
	if f.Period.End != "" {
		out = append(out, "to "+string(f.Period.End))
	}
	if f.Measure.Whole {
		out = append(out, "the whole country")
	}
	if f.Measure.Area != "" {
		out = append(out, f.Measure.Area)
	}
	if f.Measure.Extent != "" {
		out = append(out, incident.KindOf(f))
	}
	for _, s := range f.Services {
		out = append(out, s.Service)
	}
	for _, s := range f.Sources {
		out = append(out, s.URL)
	}
	return strings.Join(out, ", ")
}
