package stop

import (
	"slices"
	"strconv"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/geo"
)

// render writes facts as the cells of a schema, in canonical wording: the
// newest spelling of each term that was valid in the count year, lists joined
// by "; " for addresses and ", " for services and operators.
func render(s Schema, tax *incident.Taxonomy, f *incident.Facts, year int, ref string) []string {
	r := &renderer{schema: s, tax: tax, f: f, year: year, ref: ref}
	out := make([]string, len(s.Columns))
	for i, c := range s.Columns {
		out[i] = r.cell(c.Field)
	}
	return out
}

type renderer struct {
	schema Schema
	tax    *incident.Taxonomy
	f      *incident.Facts
	year   int
	ref    string
}

func (r *renderer) label(s incident.Scheme, key string) string {
	if key == "" || key == string(incident.NotAsked) {
		return ""
	}
	return r.tax.Label(s, key, r.year)
}

func (r *renderer) state(s incident.State) string {
	if r.schema.Name == "B" && (s == incident.Yes || s == incident.No) {
		return strings.ToUpper(strconv.FormatBool(s == incident.Yes))
	}
	return plainState(s)
}

func plainState(s incident.State) string {
	switch s {
	case incident.Yes:
		return "Yes"
	case incident.No:
		return "No"
	case incident.Unknown:
		return "Unknown"
	}
	return ""
}

// cell writes one field. The fields that only one schema has are last.
func (r *renderer) cell(field Field) string {
	f := r.f
	switch field {
	case "start_date_type":
		return r.label(incident.SchemeStartKind, f.Period.StartKind)
	case "start_date":
		return string(f.Period.Start)
	case "end_date":
		return r.endDate()
	case "duration":
		return r.duration()
	case "shutdown_status":
		return r.label(incident.SchemeEndState, f.Period.EndState)
	case "country":
		return f.CountryText()
	case "region":
		if len(f.Countries) > 0 {
			return r.label(incident.SchemeRegion, incident.RegionOf(f.Countries[0].Code))
		}
	case "geo_scope":
		return r.scope()
	case "area_name":
		return f.Measure.Area
	case "shutdown_type":
		return r.shutdownType()
	case "affected_network":
		return r.label(incident.SchemeNetwork, f.Measure.Network)
	case "shutdown_extent":
		return r.label(incident.SchemeExtent, f.Measure.Extent)
	case "ordered_by":
		return r.label(incident.SchemeActorClass, f.OrderedBy())
	case "decision_maker":
		return f.DecidedBy()
	case "actual_cause":
		return r.label(incident.SchemeCause, f.Cause.Term)
	case "actual_cause_details":
		return f.Cause.Details
	case "gov_justification":
		return r.label(incident.SchemeReason, f.Reason.Term)
	case "gov_just_details":
		return f.Reason.Details
	case "gov_ack":
		return plainState(f.Reason.Acknowledged)
	case "gov_ack_source":
		return f.Reason.Source
	case "gov_ack_quote":
		return f.Reason.Quote
	case "legal_just":
		return plainState(f.Legal.Claimed)
	case "legal_method":
		return f.Legal.Text
	case "telco_ack":
		return plainState(f.Telco.Acknowledged)
	case "telco_ack_source":
		return f.Telco.Source
	case "telco_ack_quote":
		return f.Telco.Quote
	case "count_year":
		return strconv.Itoa(r.year)
	}
	return r.more(field)
}

func (r *renderer) more(field Field) string {
	f := r.f
	for _, p := range platformFields {
		if p.field == field {
			return r.state(f.Effect(p.service))
		}
	}
	for _, x := range flagFields {
		if x.field == field {
			return plainState(f.Flag(x.key))
		}
	}
	switch field {
	case "other_affected", "service_details":
		return r.otherServices()
	case "telcos_involved":
		var list []string
		for _, o := range f.Operators {
			list = append(list, o.Verbatim)
		}
		return strings.Join(list, ", ")
	case "users_targeted":
		if len(f.Groups) > 0 {
			return f.Groups[0].Verbatim
		}
	case "users_target_detail":
		if len(f.Groups) > 0 {
			return f.Groups[0].Detail
		}
	case "econ_impact":
		if len(f.Cost) > 0 {
			return f.Cost[0].Verbatim
		}
	case "info_source":
		if len(f.Sources) > 0 {
			return r.label(incident.SchemeSource, f.Sources[0].Class)
		}
	case "info_source_link":
		return r.links()
	case "an_link":
		var list []string
		for _, l := range f.Links {
			list = append(list, l.URL)
		}
		return strings.Join(list, "; ")
	case "event":
		return f.Note("event")
	case "notes":
		return f.Note("internal")
	case "source_row_id":
		return r.ref
	}
	return r.early(field)
}

// early writes the columns of the first sheets.
func (r *renderer) early(field Field) string {
	f := r.f
	switch field {
	case "duration_hours":
		if days, ok := incident.Duration(f.Period, r.year); ok {
			return strconv.Itoa(days * 24)
		}
	case "sub_region":
		if len(f.Countries) > 0 {
			c, _ := geo.ByCode(f.Countries[0].Code)
			return c.M49Sub
		}
	case "shutdown_type_group":
		switch {
		case f.Measure.Method == "throttle":
			return "Throttling"
		case f.Measure.Extent == "service_based":
			return "Service-based"
		case f.Measure.Network == "mobile":
			return "Mobile Internet"
		case f.Measure.Network == "broadband":
			return "Broadband Internet"
		}
		return "Full network"
	case "services_affected":
		return strings.Join(append(r.earlyNetworks(), r.earlyTelecom()...), ", ")
	case "sms_and_phonecall_affected":
		return r.telecom2019()
	case "latitude", "longitude":
		for _, p := range f.Places {
			if p.Lat != 0 || p.Lon != 0 {
				if field == "latitude" {
					return strconv.FormatFloat(p.Lat, 'f', -1, 64)
				}
				return strconv.FormatFloat(p.Lon, 'f', -1, 64)
			}
		}
	}
	return ""
}

func (r *renderer) endDate() string {
	p := r.f.Period
	if p.End == "" && p.EndState == "ongoing" && r.schema.Name < "D" {
		return "Ongoing"
	}
	return string(p.End)
}

// duration keeps what the row stated and fills an empty cell by the rule of
// its year.
func (r *renderer) duration() string {
	if r.f.Period.Stated != "" {
		return r.f.Period.Stated
	}
	if days, ok := incident.Duration(r.f.Period, r.year); ok {
		return strconv.Itoa(days)
	}
	return ""
}

func (r *renderer) scope() string {
	key := r.f.Measure.Scope
	if key == "not_sure" { // no early sheet has a word for it, and an empty cell would say that nobody asked
		return r.label(incident.SchemeScope, key)
	}
	switch r.schema.Name {
	case "A":
		if r.f.Measure.Whole {
			return "National"
		}
		return map[string]string{"local": "Local", "multi_city": "Regional", "multi_region": "Multi-regional"}[key]
	case "B", "C":
		return map[string]string{"local": "Level 1", "multi_city": "Level 2", "multi_region": "Level 3"}[key]
	}
	return r.label(incident.SchemeScope, key)
}

func (r *renderer) shutdownType() string {
	if r.schema.Name != "A" {
		return r.label(incident.SchemeMethod, r.f.Measure.Method)
	}
	var list []string
	if r.f.Measure.Extent != "service_based" {
		list = r.earlyNetworks()
	}
	if strings.Contains(r.f.Measure.Extent, "service") {
		list = append(list, "Service-based")
	}
	if strings.Contains(r.f.Measure.Method, "throttle") {
		list = append(list, "Throttling")
	}
	return strings.Join(list, ", ")
}

func (r *renderer) earlyNetworks() []string {
	switch r.f.Measure.Network {
	case "broadband_mobile":
		return []string{"Broadband Internet", "Mobile Internet"}
	case "mobile":
		return []string{"Mobile Internet"}
	case "broadband":
		return []string{"Broadband Internet"}
	}
	return nil
}

func (r *renderer) earlyTelecom() []string {
	var out []string
	if r.f.Effect("sms") == incident.Yes {
		out = append(out, "SMS")
	}
	if r.f.Effect("phone_calls") == incident.Yes {
		out = append(out, "Telephony")
	}
	return out
}

func (r *renderer) telecom2019() string {
	sms, calls := r.f.Effect("sms"), r.f.Effect("phone_calls")
	switch {
	case sms == incident.Yes && calls == incident.Yes:
		return "SMS and Phone call"
	case sms == incident.Yes:
		return "SMS"
	case calls == incident.Yes:
		return "Phone call"
	case sms == incident.NotAsked && calls == incident.NotAsked:
		return ""
	}
	return "None"
}

// otherServices lists the services without a column of their own.
func (r *renderer) otherServices() string {
	own := map[string]bool{}
	for _, p := range platformFields {
		for _, c := range r.schema.Columns {
			if c.Field == p.field || (c.Field == "sms_and_phonecall_affected" && (p.service == "sms" || p.service == "phone_calls")) ||
				(c.Field == "services_affected" && (p.service == "sms" || p.service == "phone_calls")) {
				own[p.service] = true
			}
		}
	}
	var list []string
	for _, e := range r.f.Services {
		if e.State != incident.Yes && (e.State != incident.Unknown || e.Verbatim == "") || own[e.Service] {
			continue
		}
		if e.Verbatim != "" {
			list = append(list, e.Verbatim)
			continue
		}
		name := r.tax.Label(incident.SchemeService, e.Service, r.year)
		if e.Service == otherService {
			name = "Other" // the starter register does not say which
		}
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return strings.Join(list, ", ")
}

func (r *renderer) links() string {
	var list []string
	for _, s := range r.f.Sources {
		switch {
		case s.URL != "":
			list = append(list, s.URL)
		case s.Text != "":
			list = append(list, s.Text)
		}
	}
	return strings.Join(list, "; ")
}
