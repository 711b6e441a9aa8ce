package feed

import (
	"context"
	"net/url"
	"sort"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"keepiton/internal/incident"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
	"keepiton/internal/publish"
)

// CountryTotal is a country of the list.
type CountryTotal struct {
	CountryName
	Region    string `json:"region" doc:"Region of the coalition, empty when it has none."`
	Shutdowns int    `json:"shutdowns" doc:"Count entries of all years: a shutdown that runs on counts in each year."`
	First     int    `json:"first_year" doc:"First count year with an entry."`
	Last      int    `json:"last_year" doc:"Newest count year with an entry."`
	URL       string `json:"url" format:"uri-reference" doc:"The country in the API."`
}

// CountryList is every country with a record.
type CountryList struct {
	Release   string         `json:"release"`
	Countries []CountryTotal `json:"countries" nullable:"false" doc:"Most entries first."`
}

// countryInput names a country.
type countryInput struct {
	ReleaseParam
	Code string `path:"code" doc:"ISO 3166-1 alpha-2 code." example:"IR"`
}

// CountryBody is one country in figures.
type CountryBody struct {
	CountryName
	Names     map[string]string `json:"names" doc:"Name in each language."`
	Region    string            `json:"region"`
	Release   string            `json:"release"`
	URL       string            `json:"url" format:"uri-reference" doc:"The page of the country."`
	Shutdowns int               `json:"shutdowns" doc:"Count entries of all years."`
	Years     []CountryYear     `json:"years" nullable:"false" doc:"Newest first; years without an entry are left out."`
}

// CountryYear is a country in one count year.
type CountryYear struct {
	Year        int                       `json:"year"`
	Shutdowns   int                       `json:"shutdowns"`
	CarriedIn   int                       `json:"carried_in" doc:"Of these, begun before the year."`
	Ongoing     int                       `json:"ongoing" doc:"Of these, ongoing at the close of the year."`
	CrossBorder int                       `json:"cross_border" doc:"Of these, done by an actor at home in another country."`
	Whole       int                       `json:"whole_country" doc:"Of these, the whole country was affected."`
	By          map[string]map[string]int `json:"by" doc:"Shutdowns by cause, reason, type, network, extent, scope, ordered_by and state: keys of /terms, not_stated where the sheet says nothing. Each adds up to shutdowns."`
	Flags       map[string]int            `json:"flags" doc:"Shutdowns where the answer is yes."`
	Services    map[string]int            `json:"services" doc:"Shutdowns that hit a service. They overlap."`
}

// YearList is every count year.
type YearList struct {
	Release string               `json:"release"`
	Years   []incident.YearTotal `json:"years" nullable:"false" doc:"Newest first."`
}

// yearInput names a count year.
type yearInput struct {
	ReleaseParam
	Year yearParam `path:"year" doc:"Count year." example:"2025"`
}

// daysInput names a stretch of days.
type daysInput struct {
	ReleaseParam
	Area string   `query:"area" doc:"world, or country:XX with an ISO code; world without it." example:"country:IR"`
	From dayParam `query:"from" doc:"First day; without it the first day of the newest count year."`
	To   dayParam `query:"to" doc:"Last day; without it the last day of the year of from."`
}

// DayList is how many shutdowns were under way on each day.
type DayList struct {
	Release string    `json:"release"`
	Area    string    `json:"area"`
	From    string    `json:"from" format:"date"`
	To      string    `json:"to" format:"date"`
	Days    []DayBody `json:"days" nullable:"false" doc:"Every day from the first to the last, also those with none."`
}

// DayBody is one day.
type DayBody struct {
	Day   string `json:"day" format:"date"`
	Cut   int64  `json:"cut" doc:"Networks cut."`
	Slow  int64  `json:"slow" doc:"Networks slowed down."`
	Block int64  `json:"block" doc:"Services blocked."`
	Open  int64  `json:"open" doc:"Begun, with no end on record: nobody knows."`
}

// maxDays bounds a stretch of days: thirteen years.
const maxDays = 4748

func (f *Feed) registerCounts(api huma.API) {
	register(f, api, operation{path: "/countries", id: "list-countries", summary: "Countries with a record"}, f.listCountries)
	register(f, api, operation{path: "/countries/{code}", id: "get-country", summary: "One country in figures",
		doc: "Totals of each count year, and what they are made of."}, f.getCountry)
	register(f, api, operation{path: "/years", id: "list-years", summary: "Count years with their totals"}, f.listYears)
	register(f, api, operation{path: "/years/{year}", id: "get-year", summary: "The figures of an annual report",
		doc: "The same as the command keepiton count --json: keys are spelled as in the coalition's sheets, and top_countries holds pairs."}, f.getYear)
	register(f, api, operation{path: "/days", id: "list-days", summary: "Shutdowns under way on each day",
		doc: "At most 4,748 days (thirteen years) at once. Days before 2016 are not counted. A published sheet and the starter register have no counts of days: for them the answer is 404."}, f.listDays)
}

// countryTotals reads the entries of every country: code, year, entries.
func (f *Feed) countryTotals(ctx context.Context, edition int64) (map[string]map[int]int, error) {
	var areas []string
	for _, c := range geo.Countries() {
		areas = append(areas, incident.AreaCountry(c.Code))
	}
	cells, err := f.d.Record.CellsOf(ctx, edition, 0, areas, incident.DimAll)
	out := map[string]map[int]int{}
	for _, x := range cells {
		code := strings.TrimPrefix(x.Area, "country:")
		if out[code] == nil {
			out[code] = map[int]int{}
		}
		out[code][x.Year] += int(x.N)
	}
	return out, err
}

func (f *Feed) listCountries(ctx context.Context, _ *ReleaseParam) (*CountryList, error) {
	c := callOf(ctx)
	ed, err := f.edition(ctx, c)
	if err != nil {
		return nil, err
	}
	totals, err := f.countryTotals(ctx, ed.ID)
	if err != nil {
		return nil, err
	}
	out := &CountryList{Release: ed.Label, Countries: []CountryTotal{}}
	for code, years := range totals {
		t := CountryTotal{CountryName: CountryName{code, c.speaker.Country(code)}, Region: incident.RegionOf(code),
			URL: c.at(inEdition(apiRoot+"/countries/"+code, ed))}
		for y, n := range years {
			t.Shutdowns += n
			if t.First == 0 || y < t.First {
				t.First = y
			}
			t.Last = max(t.Last, y)
		}
		out.Countries = append(out.Countries, t)
	}
	sort.Slice(out.Countries, func(i, j int) bool {
		a, b := out.Countries[i], out.Countries[j]
		if a.Shutdowns != b.Shutdowns {
			return a.Shutdowns > b.Shutdowns
		}
		return a.Code < b.Code
	})
	return out, nil
}

// countryDims are the dimensions of a country's figures under the names of the
// filter's parameters.
var countryDims = map[string]string{
	incident.DimCause: "cause", incident.DimReason: "reason", incident.DimMethod: "type", incident.DimNetwork: "network",
	incident.DimExtent: "extent", incident.DimScope: "scope", incident.DimOrderedBy: "ordered_by", incident.DimEndState: "state",
}

func (f *Feed) getCountry(ctx context.Context, in *countryInput) (*CountryBody, error) {
	c := callOf(ctx)
	ed, err := f.edition(ctx, c)
	if err != nil {
		return nil, err
	}
	country, ok := geo.ByCode(strings.ToUpper(in.Code))
	if !ok {
		return nil, fault.New(fault.NotFound, "feed.unknown_country", "value", clip(strings.ToValidUTF8(in.Code, "?"), 40))
	}
	dims := []string{incident.DimAll, incident.DimService, incident.DimFlag, incident.DimTrait}
	for d := range countryDims {
		dims = append(dims, d)
	}
	cells, err := f.d.Record.CellsOf(ctx, ed.ID, 0, []string{incident.AreaCountry(country.Code)}, dims...)
	if err != nil {
		return nil, err
	}
	out := &CountryBody{CountryName: CountryName{country.Code, c.speaker.Country(country.Code)}, Names: f.names(func(sp publish.Speaker) string {
		return sp.Country(country.Code)
	}), Region: incident.RegionOf(country.Code), Release: ed.Label, URL: c.at(inEdition("/countries/"+country.Code, ed))}
	out.Years = countryYears(cells)
	for _, y := range out.Years {
		out.Shutdowns += y.Shutdowns
	}
	return out, nil
}

// countryYears sorts stored counts into years, newest first.
func countryYears(cells []incident.Cell) []CountryYear {
	years := map[int]*CountryYear{}
	for _, x := range cells {
		y := years[x.Year]
		if y == nil {
			y = &CountryYear{Year: x.Year, By: map[string]map[string]int{}, Flags: map[string]int{}, Services: map[string]int{}}
			for _, name := range countryDims {
				y.By[name] = map[string]int{}
			}
			years[x.Year] = y
		}
		n := int(x.N)
		switch x.Dim {
		case incident.DimAll:
			y.Shutdowns = n
		case incident.DimService:
			y.Services[x.Value] = n
		case incident.DimFlag:
			y.Flags[x.Value] = n
		case incident.DimTrait:
			y.trait(x.Value, n)
		default:
			value := x.Value
			if value == "" {
				value = "not_stated"
			}
			y.By[countryDims[x.Dim]][value] = n
			if x.Dim == incident.DimEndState && x.Value == "ongoing" {
				y.Ongoing = n
			}
		}
	}
	out := []CountryYear{}
	for _, y := range years {
		if y.Shutdowns > 0 {
			out = append(out, *y)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Year > out[j].Year })
	return out
}

func (y *CountryYear) trait(name string, n int) {
	switch name {
	case "carried_in":
		y.CarriedIn = n
	case "cross_border":
		y.CrossBorder = n
	case "whole_country":
		y.Whole = n
	}
}

func (f *Feed) listYears(ctx context.Context, _ *ReleaseParam) (*YearList, error) {
	ed, err := f.edition(ctx, callOf(ctx))
	if err != nil {
		return nil, err
	}
	years, err := f.d.Record.Years(ctx, ed.ID)
	if years == nil {
		years = []incident.YearTotal{}
	}
	return &YearList{ed.Label, years}, err
}

func (f *Feed) getYear(ctx context.Context, in *yearInput) (*incident.Figures, error) {
	ed, err := f.edition(ctx, callOf(ctx))
	if err != nil {
		return nil, err
	}
	year, err := f.countYear(ctx, ed, string(in.Year))
	if err != nil {
		return nil, err
	}
	return f.d.Record.FiguresOf(ctx, ed, year)
}

// countYear reads a year that an edition counts.
func (f *Feed) countYear(ctx context.Context, ed incident.Edition, text string) (int, error) {
	year, err := strconv.Atoi(text)
	if err != nil || len(text) != 4 {
		return 0, fault.New(fault.Invalid, "filter.bad_year", "value", clip(strings.ToValidUTF8(text, "?"), 40))
	}
	years, err := f.d.Record.Years(ctx, ed.ID)
	if err != nil {
		return 0, err
	}
	for _, y := range years {
		if y.Year == year {
			return year, nil
		}
	}
	return 0, fault.New(fault.NotFound, "feed.unknown_year", "year", text, "label", ed.Label)
}

func (f *Feed) listDays(ctx context.Context, in *daysInput) (*DayList, error) {
	ed, err := f.edition(ctx, callOf(ctx))
	if err != nil {
		return nil, err
	}
	if !publish.KeepsDays(ed) {
		return nil, fault.New(fault.NotFound, "feed.no_days", "label", ed.Label)
	}
	area, err := dayArea(in.Area)
	if err != nil {
		return nil, err
	}
	from, to, err := f.stretch(ctx, ed, in)
	if err != nil {
		return nil, err
	}
	to = max(min(to, f.d.Record.Horizon(ed)), from-1) // nobody knows tomorrow
	counts, err := f.d.Record.Days(ctx, ed.ID, area, from, to)
	if err != nil {
		return nil, err
	}
	out := &DayList{Release: ed.Label, Area: area, From: string(incident.DayDate(from)), To: string(incident.DayDate(to)), Days: make([]DayBody, to-from+1)}
	for i := range out.Days {
		out.Days[i].Day = string(incident.DayDate(from + i))
	}
	for _, x := range counts {
		d := &out.Days[x.Day-from]
		switch x.Kind {
		case incident.KindCut:
			d.Cut = x.N
		case incident.KindSlow:
			d.Slow = x.N
		case incident.KindBlock:
			d.Block = x.N
		case incident.KindOpen:
			d.Open = x.N
		}
	}
	return out, nil
}

// dayArea reads an area of which days are counted.
func dayArea(text string) (string, error) {
	if text == "" || text == incident.AreaWorld {
		return incident.AreaWorld, nil
	}
	if code, ok := strings.CutPrefix(text, "country:"); ok {
		if c, known := geo.ByCode(strings.ToUpper(code)); known {
			return incident.AreaCountry(c.Code), nil
		}
	}
	return "", fault.New(fault.Invalid, "feed.bad_area", "value", clip(strings.ToValidUTF8(text, "?"), 40))
}

// stretch reads the first and the last day.
func (f *Feed) stretch(ctx context.Context, ed incident.Edition, in *daysInput) (from, to int, err error) {
	if in.From == "" {
		years, err := f.d.Record.Years(ctx, ed.ID)
		if err != nil {
			return 0, 0, err
		}
		newest := f.d.Today().Year()
		if len(years) > 0 {
			newest = years[0].Year
		}
		from, _ = incident.YearDays(newest)
	} else if from, err = readDay(string(in.From)); err != nil {
		return 0, 0, err
	}
	if in.To == "" {
		_, to = incident.YearDays(incident.DayDate(from).Year())
	} else if to, err = readDay(string(in.To)); err != nil {
		return 0, 0, err
	}
	if to < from {
		return 0, 0, fault.New(fault.Invalid, "feed.days_backwards")
	}
	if to-from >= maxDays {
		return 0, 0, fault.New(fault.Invalid, "feed.days_too_many", "max", maxDays)
	}
	return from, to, nil
}

func readDay(text string) (int, error) {
	d := incident.Date(text)
	day, ok := d.Day()
	if !ok || d.Precision() != "day" || d.Year() < 1990 || d.Year() > 2200 {
		return 0, fault.New(fault.Invalid, "feed.bad_day", "value", clip(strings.ToValidUTF8(text, "?"), 40))
	}
	return day, nil
}

// names says something in every language.
func (f *Feed) names(say func(publish.Speaker) string) map[string]string {
	out := map[string]string{}
	for _, l := range f.langs {
		out[l] = say(f.d.In(l))
	}
	return out
}

// inEdition keeps an address in its edition.
func inEdition(path string, ed incident.Edition) string {
	if ed.ID == incident.RecordEdition {
		return path
	}
	return with(path, url.Values{publish.EditionParam: {ed.Label}})
}
