package publish

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/geo"
)

// Changes says what became of facts, field by field: old to new where the
// values may be shown, else that there is a change.
func (s Speaker) Changes(list []incident.FieldDiff) []string {
	var out []string
	for _, d := range list {
		for _, part := range d.Parts() {
			if part.IsFact() && !followsFromDates(part, list) && !followsFromCause(part, list) {
				out = appendNew(out, s.change(part))
			}
		}
	}
	return out
}

// ChangeText says of which kind a change was, and why.
func (s Speaker) ChangeText(c incident.Change) string {
	kind := c.Kind()
	if c.Reason == "" {
		return ""
	}
	return s.X.T("publish.change."+kind, "reason", clip(s.Reason(c.Reason), 200))
}

// Coarse names a shutdown that was taken back: what was done in which country, and
// no place in it, because that may be why it was.
func (s Speaker) Coarse(f *incident.Facts) string {
	return s.X.T("publish.coarse", "what", s.What(f), "where", s.Countries(f))
}

// followsFromDates tells a stated length that fell away because the dates it
// was counted from are others now.
func followsFromDates(d incident.FieldDiff, list []incident.FieldDiff) bool {
	dated := func(d incident.FieldDiff) bool { return d.Field == "period.start" || d.Field == "period.end" }
	return d.Field == "period.stated_duration" && d.New == "" && slices.ContainsFunc(list, dated)
}

// followsFromCause tells that a cause is coded under another version of the
// methodology, where it is told that it is coded as another one.
func followsFromCause(d incident.FieldDiff, list []incident.FieldDiff) bool {
	return d.Field == "cause.coding" && slices.ContainsFunc(list, func(d incident.FieldDiff) bool { return d.Field == "cause.term" })
}

// FieldNames names the fields of a difference, each once.
func (s Speaker) FieldNames(list []incident.FieldDiff) []string {
	var out []string
	for _, d := range list {
		for _, part := range d.Parts() {
			if part.IsFact() {
				out = appendNew(out, s.fieldName(part.Field))
			}
		}
	}
	return out
}

// Stated is a fact with its value as readers see it, "" where the value is not
// shown here.
type Stated struct{ Field, Value string }

// Stated says facts that stand where nothing stood. A field is named without a
// value only where no value of it is shown.
func (s Speaker) Stated(list []incident.FieldDiff) (out []Stated) {
	for _, d := range list {
		for _, part := range d.Parts() {
			x := Stated{Field: s.fieldName(part.Field), Value: s.stated(part)}
			if !slices.Contains(out, x) {
				out = append(out, x)
			}
		}
	}
	said := slices.Clone(out)
	return slices.DeleteFunc(out, func(x Stated) bool {
		return x.Value == "" && slices.ContainsFunc(said, func(y Stated) bool { return y.Field == x.Field && y.Value != "" })
	})
}

// stated is the value of a fact that stands, "" where it is not shown. Texts are whole.
func (s Speaker) stated(d incident.FieldDiff) string {
	scheme, ok := statedAs(d.Field)
	switch {
	case d.Field == "narrative":
		return event(d.New)
	case !ok || d.New == "":
		return ""
	case scheme == asText:
		return d.New
	}
	return s.value(scheme, d.New)
}

// event is what notes, as JSON, tell readers of what happened.
func event(notes string) string {
	var f incident.Facts
	if json.Unmarshal([]byte(notes), &f.Notes) != nil {
		return ""
	}
	return f.Note("event")
}

// Differences says what a year's row has otherwise than the newest: values
// where they may be shown, the names of the other fields in one line.
func (s Speaker) Differences(list []incident.FieldDiff) []string {
	var out, quiet []string
	for _, d := range list {
		for _, part := range d.Parts() {
			if scheme, ok := shownAs(part.Field); ok {
				out = append(out, s.X.T("publish.diff.year", "field", s.fieldName(part.Field), "then", s.value(scheme, part.New), "now", s.value(scheme, part.Old)))
			} else {
				quiet = appendNew(quiet, s.fieldName(part.Field))
			}
		}
	}
	if len(quiet) > 0 {
		out = append(out, s.X.T("publish.diff.year_touched", "fields", s.X.List(quiet)))
	}
	return out
}

func (s Speaker) change(d incident.FieldDiff) string {
	year, counted := strings.CutPrefix(d.Field, "counted ")
	switch {
	case d.Field == "withheld" && d.New != "":
		return s.X.T("publish.diff.withheld")
	case d.Field == "withheld":
		return s.X.T("publish.diff.shown_again")
	case d.Field == "merged" && d.New != "":
		return s.X.T("publish.diff.joined", "ref", d.New)
	case d.Field == "merged":
		return s.X.T("publish.diff.parted", "ref", d.Old)
	case counted && d.New == "yes" && d.Old == "":
		return s.X.T("publish.diff.counted_first", "year", year)
	case counted && d.New == "yes":
		return s.X.T("publish.diff.counted", "year", year)
	case counted:
		return s.X.T("publish.diff.withdrawn", "year", year)
	case d.Field == "count_year" && d.Old == "":
		return s.X.T("publish.diff.counted_too", "year", d.New)
	case d.Field == "count_year" && d.New == "":
		return s.X.T("publish.diff.withdrawn", "year", d.Old)
	}
	name := s.fieldName(d.Field)
	if scheme, ok := shownAs(d.Field); ok {
		return s.X.T("publish.diff.change", "field", name, "old", s.value(scheme, d.Old), "new", s.value(scheme, d.New))
	}
	return s.X.T("publish.diff.touched", "field", name)
}

// Ways to say a value that is no term of a scheme.
const (
	asDate  incident.Scheme = "a date"
	asFlag  incident.Scheme = "an answer"
	asText  incident.Scheme = "text"
	asDays  incident.Scheme = "a length"
	asCodes incident.Scheme = "countries"
)

// shownFields are the facts whose values a difference may show, with the
// scheme that names them. Everything else (sources, notes, texts and quotations)
// is only said to have changed: a value could be what a confidential source
// told, an internal note, a sentence or the name of a street that was taken out because
// nobody should read it: what is shown here are dates and answers out of a list. The
// names are those of incident.FactsDiff, of its parts and of the
// sheet's columns; a value may be a key or the sheet's spelling.
var shownFields = map[string]struct {
	key    string
	scheme incident.Scheme
}{
	"period.start": {"began", asDate}, "start_date": {"began", asDate},
	"period.end": {"ended", asDate}, "end_date": {"ended", asDate},
	"period.end_state": {"state", incident.SchemeEndState}, "shutdown_status": {"state", incident.SchemeEndState},
	"measure.method": {"type", incident.SchemeMethod}, "shutdown_type": {"type", incident.SchemeMethod},
	"measure.network": {"network", incident.SchemeNetwork}, "affected_network": {"network", incident.SchemeNetwork},
	"measure.extent": {"extent", incident.SchemeExtent}, "shutdown_extent": {"extent", incident.SchemeExtent},
	"measure.geo_scope": {"scope", incident.SchemeScope}, "geo_scope": {"scope", incident.SchemeScope},
	"country":    {"country", asCodes},
	"cause.term": {"cause", incident.SchemeCause}, "actual_cause": {"cause", incident.SchemeCause},
	"justification.term": {"reason", incident.SchemeReason}, "gov_justification": {"reason", incident.SchemeReason},
	"justification.acknowledged": {"acknowledged", asFlag}, "gov_ack": {"acknowledged", asFlag},
	"legal_basis.claimed": {"legal", asFlag}, "legal_just": {"legal", asFlag},
	"operator_statement.acknowledged": {"telco", asFlag}, "telco_ack": {"telco", asFlag},
	"ordered_by": {"ordered_by", incident.SchemeActorClass}, "election": {"election", asFlag}, "violence": {"violence", asFlag},
	"hr_abuse": {"hr_abuse", asFlag}, "hr_abuse_reported": {"hr_abuse", asFlag}, "users_notified": {"notified", asFlag},
	"sms_affected": {"sms", asFlag}, "phonecall_affected": {"calls", asFlag}, "duration": {"lasted", asDays}, "period.stated_duration": {"lasted", asDays}, "count_year": {"count_year", asText},
	"services.sms": {"sms", asFlag}, "services.phone_calls": {"calls", asFlag},
}

// codedFields are facts besides the shown ones whose values are codes, which only a
// machine reads.
var codedFields = []string{"merged", "period.kind", "period.start_kind", "start_date_type", "period.last_active", "measure.whole_country", "cause.coding", "region"}

// ShowsValues tells whether a difference may show the values of a field, on pages, in
// feeds and to machines alike: what a history holds of texts may have been taken out of
// the record for a reason.
func ShowsValues(field string) bool {
	_, shown := shownAs(field)
	return shown || slices.Contains(codedFields, field) || strings.HasPrefix(field, "counted ")
}

// servicePrefix and serviceColumns name the fields that ask about one service.
const servicePrefix = "services."

var serviceColumns = []string{"facebook_affected", "twitter_affected", "whatsapp_affected", "instagram_affected", "telegram_affected"}

// serviceOf is the key of the service a field asks about.
func serviceOf(field string) (string, bool) {
	if slices.Contains(serviceColumns, field) {
		return strings.TrimSuffix(field, "_affected"), true
	}
	return strings.CutPrefix(field, servicePrefix)
}

// shownAs tells how the values of a field are said, if they may be shown.
func shownAs(field string) (incident.Scheme, bool) {
	if f, ok := shownFields[field]; ok {
		return f.scheme, true
	}
	_, ok := serviceOf(field)
	return asFlag, ok
}

// statedAs is shownAs for what stands: of that readers see texts too.
func statedAs(field string) (incident.Scheme, bool) {
	switch field {
	case "measure.area", "area_name", "decision_maker", "telcos_involved", "econ_impact", "measure.mechanism", "cause.details",
		"justification.details", "justification.source", "justification.quote", "legal_basis.text", "operator_statement.source", "operator_statement.quote":
		return asText, true
	case "users_targeted":
		return incident.SchemeGroup, true
	}
	return shownAs(field)
}

// quietFields have a name, but their values stay inside.
var quietFields = map[string]string{
	"services": "services", "other_affected": "services", "sources": "sources", "info_source": "sources", "info_source_link": "sources",
	"narrative": "note", "event": "note", "notes": "note", "countries": "country", "places": "where", "places.text": "where", "actors": "ordered_by",
	"measure.area": "where", "area_name": "where", "decision_maker": "decided_by", "telcos_involved": "operators", "users_targeted": "groups", "econ_impact": "cost",
	"flags": "flags", "operators": "operators", "cost": "cost",
	"targeted_groups": "groups", "publications": "publications", "an_link": "publications",
	"cause.details": "cause", "actual_cause_details": "cause", "justification.details": "reason", "gov_just_details": "reason",
	"justification.source": "acknowledged", "justification.quote": "acknowledged", "gov_ack_source": "acknowledged", "gov_ack_quote": "acknowledged",
	"legal_basis.text": "legal", "legal_method": "legal", "operator_statement.source": "telco", "operator_statement.quote": "telco",
	"telco_ack_source": "telco", "telco_ack_quote": "telco", "period.start_kind": "began", "start_date_type": "began",
	"period.last_active": "state", "pauses": "lasted", "cause.coding": "cause",
	"measure.whole_country": "where", "measure.mechanism": "type", "users_target_detail": "groups", "region": "country",
}

// value says one side of a difference.
func (s Speaker) value(scheme incident.Scheme, text string) string {
	switch {
	case scheme == asFlag:
		return s.flag(text)
	case text == "":
		return s.X.T("publish.diff.nothing")
	case text == string(incident.NotAsked): // no term of a scheme, and stands where one would
		return s.flag(text)
	case scheme == asDate:
		return s.X.Date(text)
	case scheme == asCodes:
		return s.codes(text)
	case scheme == asDays:
		return s.length(text)
	case scheme == asText:
		return clip(text, 90)
	}
	if _, ok := s.Tax.Term(scheme, text); ok {
		return s.Term(scheme, text)
	}
	if key, ok := s.Tax.Match(scheme, text); ok && key != "" {
		return s.Term(scheme, key)
	}
	return clip(text, 90)
}

// length says a stated length: days, where it is a number. Some rows have one
// below nothing, the trace of a formula over an empty cell.
func (s Speaker) length(text string) string {
	switch n, err := strconv.Atoi(text); {
	case err != nil:
		return clip(text, 90)
	case n < 0:
		return s.X.T("publish.diff.no_length", "text", text)
	default:
		return s.X.Days(n)
	}
}

// flag says an answer, which may be a state or a cell of the sheet.
func (s Speaker) flag(text string) string {
	switch state := incident.State(strings.ToLower(text)); state {
	case incident.Yes, incident.No, incident.Unknown:
		return s.X.T("page.flag." + string(state))
	}
	return s.X.T("page.flag." + string(incident.NotAsked))
}

// codes names countries given by their codes; spellings stay as they are.
func (s Speaker) codes(text string) string {
	var out []string
	for _, part := range strings.Split(text, ", ") {
		if _, ok := geo.ByCode(part); !ok {
			return clip(text, 90)
		}
		out = append(out, s.Country(part))
	}
	return s.X.List(out)
}

// fieldName names a field.
func (s Speaker) fieldName(field string) string {
	if f, ok := shownFields[field]; ok {
		return s.X.T("publish.q." + f.key)
	}
	if service, ok := serviceOf(field); ok {
		return s.Service(service)
	}
	if key, ok := quietFields[field]; ok {
		return s.X.T("publish.q." + key)
	}
	if strings.HasPrefix(field, "counted ") {
		return s.X.T("publish.q.count_year")
	}
	if strings.HasPrefix(field, "places.") {
		return s.X.T("publish.q.where")
	}
	return s.X.T("publish.q.other")
}

// appendNew adds a text that is not yet there.
func appendNew(list []string, text string) []string {
	if slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

// clip keeps a text on one line and cuts it to n letters.
func clip(text string, n int) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > n {
		return string(r[:n]) + "…"
	}
	return text
}
