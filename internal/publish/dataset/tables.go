package dataset

import (
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/geo"
)

// EntryRow is one count entry: an incident in a count year, as the record
// states it for that year. Totals count these rows.
type EntryRow struct {
	Ref          string `parquet:"ref" doc:"Reference of the incident; citable for ever."`
	Year         int    `parquet:"count_year" doc:"Year the entry is counted in. An incident that runs on has an entry in each year."`
	Latest       bool   `parquet:"latest" doc:"True for the newest entry of its incident: filter by it to get each incident once."`
	Countries    string `parquet:"countries" doc:"ISO 3166-1 alpha-2 codes, joined by a semicolon. XK is Kosovo, XS Somaliland."`
	CountryNames string `parquet:"country_names" doc:"Country as the coalition's sheet spells it."`
	Region       string `parquet:"region" doc:"Region of the first country."`
	Start        string `parquet:"start_date" doc:"First day, to the precision that is known: 2025-06-18, 2025-06 or 2025."`
	StartKind    string `parquet:"start_kind" doc:"actual, estimated, unknown or not_asked."`
	End          string `parquet:"end_date" doc:"Last day; empty when it is ongoing or not recorded."`
	EndState     string `parquet:"end_state" doc:"ended, ongoing, unknown or not_asked, at the close of the count year."`
	Days         *int   `parquet:"duration_days,optional" doc:"Length in days by the rule of the count year: both days count from 2020 on, end minus start before."`
	Area         string `parquet:"area" doc:"Where, as the sheet states it."`
	Whole        bool   `parquet:"whole_country" doc:"True when the whole country was affected."`
	Scope        string `parquet:"geo_scope" doc:"local, multi_city, multi_region or not_sure."`
	Method       string `parquet:"method" doc:"shutdown, throttle, shutdown_throttle or unknown."`
	Network      string `parquet:"network" doc:"Which networks: broadband_mobile, mobile, broadband, satellite or unknown."`
	Extent       string `parquet:"extent" doc:"full_network, service_based or full_and_service."`
	OrderedBy    string `parquet:"ordered_by" doc:"Class of authority that ordered it."`
	Decided      string `parquet:"decision_maker" doc:"Name of the authority, as stated."`
	CrossBorder  bool   `parquet:"cross_border" doc:"True when an actor at home in another country did it."`
	Cause        string `parquet:"cause" doc:"What really set it off."`
	Coding       string `parquet:"cause_coding" doc:"Version of the methodology the cause was coded under."`
	Reason       string `parquet:"justification" doc:"The official reason, kept apart from the cause."`
	Acknowledged string `parquet:"government_acknowledged" doc:"yes, no, unknown or not_asked."`
	Legal        string `parquet:"legal_ground_claimed" doc:"yes, no, unknown or not_asked."`
	TelcoAck     string `parquet:"operators_acknowledged" doc:"yes, no, unknown or not_asked."`
	Election     string `parquet:"election" doc:"Around an election: yes, no, unknown or not_asked."`
	Violence     string `parquet:"violence" doc:"Violence reported: yes, no, unknown or not_asked."`
	HRAbuse      string `parquet:"human_rights_abuse" doc:"Grave human-rights abuse reported: yes, no, unknown or not_asked."`
	Notified     string `parquet:"users_notified" doc:"Users were told beforehand: yes, no, unknown or not_asked."`
	Services     string `parquet:"services" doc:"Keys of the services that were hit, joined by a semicolon."`
}

// PlaceRow is one place of an incident.
type PlaceRow struct {
	Ref        string   `parquet:"ref" doc:"Reference of the incident."`
	Country    string   `parquet:"country" doc:"ISO code of the country."`
	Text       string   `parquet:"text" doc:"The place as stated."`
	Unit       string   `parquet:"unit" doc:"Identifier in the gazetteer: ISO 3166-2 for first-level units; empty when no place was found."`
	Name       string   `parquet:"name" doc:"English name of that unit."`
	Level      *int     `parquet:"level,optional" doc:"0 informal region, 1 first level, 2 second level, 3 locality."`
	Confidence string   `parquet:"confidence" doc:"exact_parent, exact, alias, fuzzy, vague, nation (the country itself) or none."`
	Excluded   bool     `parquet:"excluded" doc:"True when the place was left out of the shutdown."`
	Lat        *float64 `parquet:"latitude,optional" doc:"Latitude in degrees of the stated point, else of a point in the unit."`
	Lon        *float64 `parquet:"longitude,optional" doc:"Longitude in degrees, as the latitude."`
}

// ServiceRow is what happened to one service.
type ServiceRow struct {
	Ref      string `parquet:"ref" doc:"Reference of the incident."`
	Service  string `parquet:"service" doc:"Key of the service."`
	State    string `parquet:"state" doc:"yes, no, unknown or not_asked."`
	Verbatim string `parquet:"as_stated" doc:"The name as it was listed."`
}

// SourceRow is one source. A confidential one has its class and nothing else.
type SourceRow struct {
	Ref   string `parquet:"ref" doc:"Reference of the incident."`
	Class string `parquet:"class" doc:"Class of the source."`
	URL   string `parquet:"url" doc:"Address; always empty for a confidential source."`
	Text  string `parquet:"text" doc:"What stood there when it is no address; always empty for a confidential source."`
}

// OperatorRow is one operator that was involved.
type OperatorRow struct {
	Ref      string `parquet:"ref" doc:"Reference of the incident."`
	Country  string `parquet:"country" doc:"ISO code of the operator's country, if stated."`
	Name     string `parquet:"name" doc:"Name of the operator."`
	Owner    string `parquet:"owner" doc:"Owner, if stated."`
	Verbatim string `parquet:"as_stated" doc:"The entry as it was listed."`
}

// GroupRow is a group of people it was aimed at.
type GroupRow struct {
	Ref      string `parquet:"ref" doc:"Reference of the incident."`
	Group    string `parquet:"group" doc:"Key of the group."`
	Verbatim string `parquet:"as_stated" doc:"The group as stated."`
	Detail   string `parquet:"detail" doc:"Detail as stated."`
}

// CostRow is an estimate by others.
type CostRow struct {
	Ref      string  `parquet:"ref" doc:"Reference of the incident."`
	Amount   float64 `parquet:"amount" doc:"Amount others estimated; 0 when none can be read. Never add these up."`
	Currency string  `parquet:"currency" doc:"Currency, if stated."`
	Per      string  `parquet:"per" doc:"total, day or year."`
	Verbatim string  `parquet:"as_stated" doc:"The entry as stated."`
}

// PublicationRow is a publication of the coalition.
type PublicationRow struct {
	Ref  string `parquet:"ref" doc:"Reference of the incident."`
	Kind string `parquet:"kind" doc:"statement, open_letter, report or brief."`
	URL  string `parquet:"url" doc:"Address."`
}

// NoteRow is the coalition's own words on what happened.
type NoteRow struct {
	Ref  string `parquet:"ref" doc:"Reference of the incident."`
	Lang string `parquet:"language" doc:"Language of the text."`
	Text string `parquet:"text" doc:"The coalition's account of what happened."`
}

// TermRow is one term of the taxonomies.
type TermRow struct {
	Scheme string `parquet:"scheme" doc:"List the term belongs to."`
	Key    string `parquet:"key" doc:"Stable key, as used in the other tables."`
	Kind   string `parquet:"kind" doc:"Kind of the term, where the list has kinds."`
	Label  string `parquet:"sheet_label" doc:"Spelling in the coalition's newest sheet."`
}

func entryRow(r incident.Row) EntryRow {
	f, e := r.Facts, r.Entry
	var codes []string
	for _, c := range f.Countries {
		codes = append(codes, c.Code)
	}
	return EntryRow{Ref: r.Ref, Year: e.Year, Latest: e.Latest == 1, Countries: strings.Join(codes, ";"), CountryNames: f.CountryText(), Region: e.Region,
		Start: string(f.Period.Start), StartKind: f.Period.StartKind, End: string(f.Period.End), EndState: f.Period.EndState, Days: e.Days,
		Area: f.Measure.Area, Whole: f.Measure.Whole, Scope: f.Measure.Scope, Method: f.Measure.Method, Network: f.Measure.Network, Extent: f.Measure.Extent,
		OrderedBy: f.OrderedBy(), Decided: f.DecidedBy(), CrossBorder: f.CrossBorder(), Cause: f.Cause.Term, Coding: f.Cause.Coding, Reason: f.Reason.Term,
		Acknowledged: string(f.Reason.Acknowledged), Legal: string(f.Legal.Claimed), TelcoAck: string(f.Telco.Acknowledged),
		Election: string(f.Flag("election")), Violence: string(f.Flag("violence")), HRAbuse: string(f.Flag("hr_abuse")), Notified: string(f.Flag("users_notified")),
		Services: strings.Join(f.Affected(), ";")}
}

func placeRow(ref string, p incident.Place) PlaceRow {
	row := PlaceRow{Ref: ref, Country: p.Country, Text: p.Text, Unit: p.Unit, Confidence: p.Confidence, Excluded: p.Excluded}
	lat, lon := p.Lat, p.Lon
	if u, ok := geo.UnitByID(p.Unit); ok {
		level := u.Level
		row.Name, row.Level = u.Name, &level
		if lat == 0 && lon == 0 {
			lat, lon = u.Lat, u.Lon
		}
	}
	if lat != 0 || lon != 0 {
		row.Lat, row.Lon = &lat, &lon
	}
	return row
}

// sourceRow keeps what a confidential source says out of every file.
func sourceRow(ref string, s incident.Source) SourceRow {
	if s.Class == "confidential" {
		return SourceRow{Ref: ref, Class: s.Class}
	}
	return SourceRow{ref, s.Class, s.URL, s.Text}
}

// public takes out of facts what must not leave.
func public(f incident.Facts) incident.Facts {
	sources := f.Sources
	f.Sources = nil
	for _, s := range sources {
		row := sourceRow("", s)
		f.Sources = append(f.Sources, incident.Source{Class: row.Class, URL: row.URL, Text: row.Text})
	}
	notes := f.Notes
	f.Notes = nil
	for _, n := range notes {
		if n.Kind == "event" {
			f.Notes = append(f.Notes, n)
		}
	}
	return f
}
