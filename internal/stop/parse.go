package stop

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"keepiton/internal/incident"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/sheet"
)

// Warnings about rows. Each is a stable key with a text in the catalogue.
const (
	warnServiceFull   = "service_but_full_network" // a service is named, the extent says full network
	warnServiceNone   = "service_based_without_service"
	warnEndBefore     = "end_before_start"
	warnEndedNoDate   = "ended_without_date"
	warnOngoingDated  = "ongoing_with_end_date"
	warnDurationNoEnd = "duration_without_end_date"
	warnDurationWords = "duration_in_words"
	warnDurationOff   = "duration_differs_from_dates"
	warnDateWords     = "date_in_words"
	warnDateSerial    = "date_as_serial_number"
	warnTerm          = "unknown_term"
	warnElsewhere     = "place_in_another_country"
	warnTwin          = "same_as_another_row"
	warnLinkWords     = "link_in_words" // where an address belongs
	warnBeyond        = "beyond_header" // a text to the right of the table
	warnAfterYear     = "starts_after_count_year"
)

// Codes of the errors that refuse a date.
const (
	codeBadStart = "stop.bad_start"
	codeBadEnd   = "stop.bad_end"
)

// rowParser turns rows of one sheet into facts.
type rowParser struct {
	file, table string
	layout      *layout
	tax         *incident.Taxonomy
	places      *geo.Matcher
	cache       map[string]geo.Result
}

// cells gives access to one row by field.
type cells struct {
	p        *rowParser
	row      sheet.Row
	warnings []incident.Warning
}

func (c *cells) raw(f Field) string {
	i, ok := c.p.layout.at[f]
	if !ok || i >= len(c.row.Cells) {
		return ""
	}
	return c.row.Cells[i].Text
}

func (c *cells) get(f Field) string { return strings.TrimSpace(c.raw(f)) }

func (c *cells) warn(rule, format string, args ...any) {
	for _, w := range c.warnings {
		if w.Rule == rule {
			return // one of a kind is enough to look at the row
		}
	}
	c.warnings = append(c.warnings, incident.Warning{Rule: rule, Detail: fmt.Sprintf(format, args...)})
}

// bad makes the error that refuses a row.
func (c *cells) bad(f Field, code, detail, expected string) *sheet.Error {
	col := 0
	if i, ok := c.p.layout.at[f]; ok {
		col = i + 1
	}
	return &sheet.Error{File: c.p.file, Sheet: c.p.table, Line: c.row.Line, Column: col, Code: code, Detail: detail, Expected: expected}
}

// parse reads one row. An error refuses it.
func (p *rowParser) parse(row sheet.Row) (facts incident.Facts, year int, warnings []incident.Warning, err error) {
	c := &cells{p: p, row: row}
	f := &facts
	if year, err = c.countYear(); err != nil {
		return facts, 0, nil, err
	}
	if err := c.countries(f); err != nil {
		return facts, 0, nil, err
	}
	if err := c.period(f, year); err != nil {
		return facts, 0, nil, err
	}
	c.measure(f)
	c.services(f)
	c.place(f)
	c.actors(f)
	c.why(f, year)
	c.context(f)
	c.sources(f)
	c.check(f, year)
	return facts, year, c.warnings, nil
}

func (c *cells) countYear() (int, error) {
	if c.p.layout.year != 0 {
		return c.p.layout.year, nil
	}
	if c.p.layout.byStart {
		if d, ok := parseDate(c.get("start_date")); ok && d.date.Year() > 0 {
			return d.date.Year(), nil
		}
	}
	s := strings.TrimSuffix(foldDigits(c.get("count_year")), ".0")
	y, err := strconv.Atoi(s)
	if err != nil || !IsCountYear(y) {
		return 0, c.bad("count_year", "stop.bad_year", fmt.Sprintf("%q is not a count year", clip(s)), "a year such as 2025")
	}
	return y, nil
}

// IsCountYear tells whether a year can be one the coalition counts in.
func IsCountYear(y int) bool { return y >= incident.FirstCountYear-10 && y <= lastYear }

func (c *cells) countries(f *incident.Facts) error {
	text := c.get("country")
	if text == "" {
		return c.bad("country", "stop.no_country", "the country is empty", "the country where people were cut off")
	}
	for _, name := range geo.SplitCountries(text) {
		code, ok := geo.MatchCountry(name)
		if !ok {
			return c.bad("country", "stop.unknown_country", fmt.Sprintf("%q is not a country we know", clip(name)),
				"a country name as in the coalition's sheets; several are joined by a semicolon")
		}
		f.Countries = append(f.Countries, incident.Country{Code: code, Spelling: strings.TrimSpace(name)})
	}
	for i, a := range f.Countries {
		for _, b := range f.Countries[:i] {
			if a.Code == b.Code {
				return c.bad("country", "stop.country_twice", fmt.Sprintf("%q and %q are one country", clip(b.Spelling), clip(a.Spelling)), "each country once")
			}
		}
	}
	return nil
}

func (c *cells) period(f *incident.Facts, year int) error {
	start, ok := parseDate(c.get("start_date"))
	if !ok || start.date == "" {
		return c.bad("start_date", codeBadStart, fmt.Sprintf("%q is not a start date", clip(c.get("start_date"))),
			"a date such as 2025-06-18, 18-Jun-2025 or 6/18/2025 (month first)")
	}
	end, ok := parseDate(c.get("end_date"))
	if !ok && onlyDigits.MatchString(c.get("end_date")) {
		// It is meant as a date and is none, or could be two: no guess.
		return c.bad("end_date", codeBadEnd, fmt.Sprintf("%q is not an end date", clip(c.get("end_date"))),
			"a date such as 2025-06-18, 18-Jun-2025 or 6/18/2025 (month first), a word such as ongoing, or nothing")
	}
	if !ok {
		c.warn(warnDateWords, "end_date says %q", clip(c.get("end_date")))
		end = parsedDate{status: "unknown"}
	}
	if start.note == "serial_number" || end.note == "serial_number" {
		c.warn(warnDateSerial, "a date is written as a spreadsheet's number")
	}
	f.Period = incident.Period{Kind: "main", Start: start.date, End: end.date, Stated: c.get("duration")}
	f.Period.StartKind = c.term(incident.SchemeStartKind, "start_date_type", "unknown")
	if f.Period.StartKind == "" {
		f.Period.StartKind = "not_asked"
	}
	f.Period.EndState = c.endState(end)
	if start.date.Year() > year {
		c.warn(warnAfterYear, "the start %s lies after the count year %d", start.date, year)
	}
	return nil
}

var onlyDigits = regexp.MustCompile(`^[\d\s./:-]+$`)

// endState reads the status column, or, in the schemas without one, the word
// or the date in end_date.
func (c *cells) endState(end parsedDate) string {
	if _, has := c.p.layout.at["shutdown_status"]; has {
		state := c.term(incident.SchemeEndState, "shutdown_status", "unknown")
		if state == "" {
			return "not_asked"
		}
		return state
	}
	switch {
	case end.status != "":
		return end.status
	case end.date != "":
		return "ended"
	}
	return "not_asked"
}

// term reads a cell as a value of a scheme. A spelling nobody knows becomes
// fallback, with a warning that keeps it in sight.
func (c *cells) term(s incident.Scheme, f Field, fallback string) string {
	text := c.get(f)
	key, ok := c.p.tax.Match(s, text)
	if !ok {
		c.warn(warnTerm, "%s says %q", f, clip(text))
		return fallback
	}
	return key
}

func (c *cells) state(f Field) incident.State {
	text := c.get(f)
	switch strings.ToLower(text) {
	case "yes", "true", "y":
		return incident.Yes
	case "no", "false", "n":
		return incident.No
	case "":
		return incident.NotAsked
	}
	if strings.EqualFold(text, "unknown") || strings.EqualFold(text, "uknown") || strings.EqualFold(text, "unkown") || strings.EqualFold(text, "na") || strings.EqualFold(text, "n/a") {
		return incident.Unknown
	}
	c.warn(warnTerm, "%s says %q", f, clip(text))
	return incident.Unknown
}

func (c *cells) measure(f *incident.Facts) {
	f.Measure.Area = c.get("area_name")
	f.Measure.Scope = c.term(incident.SchemeScope, "geo_scope", "not_sure")
	if c.p.layout.schema.Name == "A" {
		c.measureA(f)
		return
	}
	f.Measure.Method = c.term(incident.SchemeMethod, "shutdown_type", "unknown")
	f.Measure.Network = c.term(incident.SchemeNetwork, "affected_network", "unknown")
	f.Measure.Extent = c.term(incident.SchemeExtent, "shutdown_extent", "unknown")
}

// measureA reads the first schema, which mixes networks, throttling and
// services in one column.
func (c *cells) measureA(f *incident.Facts) {
	kinds := strings.ToLower(c.get("shutdown_type"))
	group := strings.ToLower(c.get("shutdown_type_group"))
	hit := kinds + " " + strings.ToLower(c.get("services_affected"))
	throttled := strings.Contains(kinds, "throttl") || strings.Contains(group, "throttl")
	cut := strings.Contains(kinds, "internet") || strings.Contains(kinds, "service-based")
	switch {
	case throttled && cut && !strings.Contains(group, "throttl"):
		f.Measure.Method = "shutdown_throttle"
	case throttled:
		f.Measure.Method = "throttle"
	default:
		f.Measure.Method = "shutdown"
	}
	mobile, fixed := strings.Contains(hit, "mobile"), strings.Contains(hit, "broadband") || strings.Contains(hit, "landline")
	switch {
	case mobile && !fixed:
		f.Measure.Network = "mobile"
	case fixed && !mobile:
		f.Measure.Network = "broadband"
	case mobile && fixed, strings.Contains(hit, "internet"), strings.Contains(kinds, "service-based"):
		f.Measure.Network = "broadband_mobile"
	default:
		f.Measure.Network = "unknown"
	}
	service := strings.Contains(kinds, "service-based") || strings.Contains(group, "service-based")
	network := strings.Contains(kinds, "internet")
	switch {
	case service && network:
		f.Measure.Extent = "full_and_service"
	case service:
		f.Measure.Extent = "service_based"
	default:
		f.Measure.Extent = "full_network"
	}
	if strings.EqualFold(c.get("geo_scope"), "National") {
		f.Measure.Whole = true
	}
}

func (c *cells) place(f *incident.Facts) {
	lat, err1 := strconv.ParseFloat(c.get("latitude"), 64)
	lon, err2 := strconv.ParseFloat(c.get("longitude"), 64)
	point := err1 == nil && err2 == nil && lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180
	area := f.Measure.Area
	if state := c.get("state_india"); state != "" && !strings.Contains(area, state) {
		area = strings.TrimPrefix(area+", "+state, ", ")
	}
	if area == "" || len(f.Countries) != 1 {
		if len(f.Countries) > 1 { // which of them a name lies in is not known, but “nationwide” is all of each
			res := c.p.match(f.Countries[0].Code, area)
			f.Measure.Whole = f.Measure.Whole || res.Nationwide && len(res.Matches)+len(res.Except) == 0 && f.Measure.Scope != "local"
		}
		if point {
			f.Places = append(f.Places, incident.Place{Country: f.Countries[0].Code, Confidence: "none", Lat: lat, Lon: lon})
		}
		return
	}
	country := f.Countries[0].Code
	res := c.p.match(country, area)
	if res.Nationwide && f.Measure.Scope != "local" {
		f.Measure.Whole = len(res.Except) == 0
	}
	f.Places = append(f.Places, incident.PlacesOf(country, res)...)
	if point && len(f.Places) > 0 && !f.Places[0].Excluded {
		f.Places[0].Lat, f.Places[0].Lon = lat, lon
	}
	for _, m := range append(append([]geo.Match(nil), res.Matches...), res.Except...) {
		if m.Elsewhere != "" && !m.Container {
			c.warn(warnElsewhere, "%q is in %s, not in %s", clip(m.Token), m.Elsewhere, country)
		}
	}
}

func (p *rowParser) match(country, area string) geo.Result {
	key := country + "\x00" + area
	if r, ok := p.cache[key]; ok {
		return r
	}
	r := p.places.Match(country, area)
	p.cache[key] = r
	return r
}

func (c *cells) actors(f *incident.Facts) {
	class := c.term(incident.SchemeActorClass, "ordered_by", "unknown")
	name := c.get("decision_maker")
	home := ""
	if term, ok := c.p.tax.Term(incident.SchemeActorClass, class); ok && term.Kind == "state" && len(f.Countries) == 1 {
		home = f.Countries[0].Code
	}
	if key, ok := c.p.tax.Match(incident.SchemeActor, name); ok && key != "" {
		if term, found := c.p.tax.Term(incident.SchemeActor, key); found {
			_, home, _ = strings.Cut(term.Kind, ":")
		}
	}
	if class != "" {
		f.Actors = append(f.Actors, incident.Actor{Role: "ordered", Class: class, Home: home})
	}
	if name != "" {
		f.Actors = append(f.Actors, incident.Actor{Role: "decided", Class: class, Name: name, Home: home})
	}
}

// coding names the version of the methodology a cause was coded under. The
// value Conflict came with the update of 2023, and the combined sheet applies
// it to all years.
func (c *cells) coding() string {
	switch c.p.layout.schema.Name {
	case "A":
		return "2016"
	case "B":
		return "2019"
	case "C", "D":
		return "2020"
	}
	return "2023"
}

func (c *cells) why(f *incident.Facts, year int) {
	f.Cause = incident.Cause{Term: c.term(incident.SchemeCause, "actual_cause", "other"), Details: c.get("actual_cause_details"), Coding: c.coding()}
	f.Reason = incident.Reason{Term: c.term(incident.SchemeReason, "gov_justification", "other"), Details: c.get("gov_just_details"),
		Acknowledged: c.state("gov_ack"), Source: c.get("gov_ack_source"), Quote: c.get("gov_ack_quote")}
	f.Legal = incident.Legal{Claimed: c.state("legal_just"), Text: c.get("legal_method")}
	f.Telco = incident.Statement{Acknowledged: c.state("telco_ack"), Source: c.get("telco_ack_source"), Quote: c.get("telco_ack_quote")}
	if f.Telco.Quote == "" && f.Telco.Source != "" && !strings.Contains(f.Telco.Source, "://") {
		f.Telco.Quote, f.Telco.Source = f.Telco.Source, "" // the earlier sheets mix both in one column
	}
	if f.Reason.Quote == "" && f.Reason.Source != "" && !strings.Contains(f.Reason.Source, "://") {
		f.Reason.Quote, f.Reason.Source = f.Reason.Source, ""
	}
}

var flagFields = []struct {
	key   string
	field Field
}{{"election", "election"}, {"violence", "violence"}, {"hr_abuse", "hr_abuse_reported"}, {"users_notified", "users_notified"}}

func (c *cells) context(f *incident.Facts) {
	for _, x := range flagFields {
		f.Flags = append(f.Flags, incident.Flag{Key: x.key, State: c.state(x.field)})
	}
	if g := c.get("users_targeted"); g != "" {
		key, ok := c.p.tax.Match(incident.SchemeGroup, g)
		if !ok {
			key = "others"
		}
		f.Groups = append(f.Groups, incident.Group{Term: key, Verbatim: g, Detail: c.get("users_target_detail")})
	} else if d := c.get("users_target_detail"); d != "" {
		f.Groups = append(f.Groups, incident.Group{Term: "others", Detail: d})
	}
	if cost := c.get("econ_impact"); cost != "" {
		f.Cost = append(f.Cost, parseCost(cost))
	}
	for _, o := range splitOperators(c.get("telcos_involved")) {
		f.Operators = append(f.Operators, o)
	}
	if text := c.get("event"); text != "" {
		f.Notes = append(f.Notes, incident.Note{Kind: "event", Lang: "en", Text: text})
	}
	if text := c.get("notes"); text != "" {
		f.Notes = append(f.Notes, incident.Note{Kind: "internal", Lang: "en", Text: text})
	}
}

var amount = regexp.MustCompile(`\d[\d,]*(?:\.\d+)?`)

// parseCost reads an amount where there is one; the words stay beside it.
func parseCost(text string) incident.Cost {
	c := incident.Cost{Verbatim: text, Per: "total"}
	if strings.Contains(text, "://") {
		return c
	}
	if m := amount.FindString(text); m != "" {
		c.Amount, _ = strconv.ParseFloat(strings.ReplaceAll(m, ",", ""), 64)
	}
	if strings.Contains(text, "$") {
		c.Currency = "USD"
	}
	lower := strings.ToLower(text)
	for _, unit := range []string{"day", "year"} {
		if strings.Contains(lower, unit) {
			c.Per = unit
		}
	}
	return c
}

// splitOperators reads "Country: Operator (Owner)" lists.
func splitOperators(text string) []incident.Carrier {
	var out []incident.Carrier
	for _, token := range splitOutside(text, ",;") {
		o := incident.Carrier{Verbatim: token, Name: token}
		if country, name, ok := strings.Cut(token, ":"); ok {
			if code, known := geo.MatchCountry(strings.TrimSpace(country)); known {
				o.Country, o.Name = code, strings.TrimSpace(name)
			}
		}
		if i := strings.LastIndexByte(o.Name, '('); i > 0 && strings.HasSuffix(o.Name, ")") {
			o.Owner = strings.TrimSpace(o.Name[i+1 : len(o.Name)-1])
			o.Name = strings.TrimSpace(o.Name[:i])
		}
		out = append(out, o)
	}
	return out
}

// splitOutside cuts at separators that stand outside brackets.
func splitOutside(text, seps string) []string {
	var out []string
	depth, from := 0, 0
	emit := func(to int) {
		if t := strings.TrimSpace(text[from:to]); t != "" {
			out = append(out, t)
		}
	}
	for i, r := range text {
		switch {
		case r == '(':
			depth++
		case r == ')' && depth > 0:
			depth--
		case depth == 0 && strings.ContainsRune(seps, r):
			emit(i)
			from = i + 1
		}
	}
	emit(len(text))
	return out
}

// clip keeps messages short and on one line.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
