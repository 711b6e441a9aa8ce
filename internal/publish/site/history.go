package site

import (
	"strconv"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/geo"
)

// yearBox is an incident in its count years.
type yearBox struct {
	From  string // the sheet all of them were read from, if it is one
	Lines []yearLine
}

// yearLine is an incident in one count year.
type yearLine struct {
	Year   string
	From   string
	Differ []string // what that year's row says otherwise
}

// years lists the count entries of an incident, oldest first. Of one that was
// taken out of the count it says only that.
func (v voice) years(inc *incident.Incident) yearBox {
	var out yearBox
	origin := ""
	one := true
	for i, y := range inc.Years {
		one = one && (i == 0 || y.Origin == origin) && y.Line > 0
		origin = y.Origin
	}
	one = one && origin != "" && origin != "record"
	if one {
		out.From = v.T("site.years.all_from", "label", origin)
	}
	for _, y := range inc.Years {
		line := yearLine{Year: strconv.Itoa(y.Year)}
		switch {
		case !y.Counted:
			line.From = v.T("site.years.withdrawn")
		case one:
			line.From = v.T("site.years.row", "line", strconv.Itoa(y.Line))
		case y.Origin == "" || y.Origin == "record":
			line.From = v.T("site.years.here")
		case y.Line > 0:
			line.From = v.T("site.years.line", "label", y.Origin, "line", strconv.Itoa(y.Line))
		default:
			line.From = v.T("site.years.from", "label", y.Origin)
		}
		if y.Counted && y.Touched {
			line.Differ = append(line.Differ, v.T("site.years.edited"))
		}
		if y.Counted && y.Differs && y.Facts != nil {
			line.Differ = append(line.Differ, v.differences(incident.FactsDiff(inc.Facts, y.Facts))...)
		}
		out.Lines = append(out.Lines, line)
	}
	return out
}

// differences says what a year's row has otherwise: values where they may be
// shown, the names of the other fields in one line.
func (v voice) differences(list []incident.FieldDiff) []string {
	var out, quiet []string
	for _, d := range list {
		if _, ok := shownFields[d.Field]; ok {
			out = append(out, v.differs(d))
		} else {
			quiet = appendNew(quiet, v.quietName(d.Field))
		}
	}
	if len(quiet) > 0 {
		out = append(out, v.T("site.diff.year_touched", "fields", v.List(quiet)))
	}
	return out
}

// step is one change of the history.
type step struct {
	Date, Why string
	What      []string
}

// history tells what changed after the first reading. Names of those who
// changed it stay inside.
func (v voice) history(changes []incident.Change) []step {
	var out []step
	for _, c := range changes {
		s := step{Date: v.instant(c.At)}
		switch {
		case c.Origin == "import" && c.Reason != "":
			s.Why = v.T("site.history.import", "label", c.Reason)
		case c.Reason != "":
			s.Why = v.T("site.history.edit", "reason", clip(c.Reason, 200))
		}
		for _, d := range c.Diff {
			s.What = appendNew(s.What, v.change(d))
		}
		out = append(out, s)
	}
	return out
}

// Ways to say a value that is no term of a scheme.
const (
	asDate  incident.Scheme = "a date"
	asFlag  incident.Scheme = "an answer"
	asText  incident.Scheme = "text"
	asCodes incident.Scheme = "countries"
)

// shownFields are the facts whose values a difference may show, with the
// scheme that names them. Everything else (sources, notes, quotations) is only
// said to have changed: a value could be what a confidential source told, or
// an internal note. The names are those of incident.FactsDiff and of the
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
	"measure.area": {"where", asText}, "area_name": {"where", asText}, "country": {"country", asCodes},
	"cause.term": {"cause", incident.SchemeCause}, "actual_cause": {"cause", incident.SchemeCause},
	"justification.term": {"reason", incident.SchemeReason}, "gov_justification": {"reason", incident.SchemeReason},
	"justification.acknowledged": {"acknowledged", asFlag}, "gov_ack": {"acknowledged", asFlag},
	"legal_basis.claimed": {"legal", asFlag}, "legal_just": {"legal", asFlag},
	"operator_statement.acknowledged": {"telco", asFlag}, "telco_ack": {"telco", asFlag},
	"ordered_by": {"ordered_by", incident.SchemeActorClass}, "election": {"election", asFlag}, "violence": {"violence", asFlag},
	"hr_abuse": {"hr_abuse", asFlag}, "hr_abuse_reported": {"hr_abuse", asFlag}, "users_notified": {"notified", asFlag},
	"sms_affected": {"sms", asFlag}, "phonecall_affected": {"calls", asFlag}, "duration": {"lasted", asText}, "count_year": {"count_year", asText},
}

// quietFields have a name, but their values stay inside.
var quietFields = map[string]string{
	"services": "services", "other_affected": "services", "facebook_affected": "services", "twitter_affected": "services",
	"whatsapp_affected": "services", "instagram_affected": "services", "telegram_affected": "services",
	"sources": "sources", "info_source": "sources", "info_source_link": "sources",
	"narrative": "note", "event": "note", "notes": "note", "countries": "country", "places": "where", "actors": "ordered_by",
	"decision_maker": "decided_by", "flags": "flags", "operators": "operators", "telcos_involved": "operators", "cost": "cost",
	"econ_impact": "cost", "targeted_groups": "groups", "users_targeted": "groups", "publications": "publications", "an_link": "publications",
	"cause.details": "cause", "actual_cause_details": "cause", "justification.details": "reason", "gov_just_details": "reason",
	"justification.source": "acknowledged", "justification.quote": "acknowledged", "gov_ack_source": "acknowledged", "gov_ack_quote": "acknowledged",
	"legal_basis.text": "legal", "legal_method": "legal", "operator_statement.source": "telco", "operator_statement.quote": "telco",
	"telco_ack_source": "telco", "telco_ack_quote": "telco", "period.start_kind": "began", "start_date_type": "began",
	"period.stated_duration": "lasted", "period.last_active": "state", "pauses": "lasted", "cause.coding": "cause",
	"measure.whole_country": "where", "measure.mechanism": "type", "users_target_detail": "groups", "region": "country",
}

// value says one side of a difference.
func (v voice) value(scheme incident.Scheme, s string) string {
	switch {
	case s == "":
		return v.T("site.diff.nothing")
	case scheme == asDate:
		return v.Date(s)
	case scheme == asFlag:
		return v.T("page.flag." + known(strings.ToLower(s), "yes", "no", "unknown"))
	case scheme == asCodes:
		return v.codes(s)
	case scheme == asText:
		return clip(s, 90)
	}
	if _, ok := v.Tax.Term(scheme, s); ok {
		return v.Term(scheme, s)
	}
	if key, ok := v.Tax.Match(scheme, s); ok && key != "" {
		return v.Term(scheme, key)
	}
	return clip(s, 90)
}

// codes names countries given by their codes; spellings stay as they are.
func (v voice) codes(s string) string {
	var out []string
	for _, part := range strings.Split(s, ", ") {
		if _, ok := geo.ByCode(part); !ok {
			return clip(s, 90)
		}
		out = append(out, v.Country(part))
	}
	return v.List(out)
}

// change says what became of a field: old to new.
func (v voice) change(d incident.FieldDiff) string {
	if f, ok := shownFields[d.Field]; ok {
		return v.T("site.diff.change", "field", v.T("site.q."+f.key), "old", v.value(f.scheme, d.Old), "new", v.value(f.scheme, d.New))
	}
	return v.T("site.diff.touched", "field", v.quietName(d.Field))
}

// differs says what a year's row has where the newest has something else.
func (v voice) differs(d incident.FieldDiff) string {
	f := shownFields[d.Field]
	return v.T("site.diff.year", "field", v.T("site.q."+f.key), "then", v.value(f.scheme, d.New), "now", v.value(f.scheme, d.Old))
}

func (v voice) quietName(field string) string {
	if key, ok := quietFields[field]; ok {
		return v.T("site.q." + key)
	}
	return v.T("site.q.other")
}

// warnings are the open doubts about an incident, in plain words, each once.
func (v voice) warnings(list []incident.YearWarning) []string {
	var out []string
	seen := map[string]bool{}
	for _, w := range list {
		key := "site.warning." + w.Rule
		if !v.Has(key) {
			key = "site.warning.other"
		}
		text := v.T(key)
		if !seen[text] {
			seen[text] = true
			out = append(out, text)
		}
	}
	return out
}

// fieldName names a field in a list of what changed.
func (v voice) fieldName(field string) string {
	if f, ok := shownFields[field]; ok {
		return v.T("site.q." + f.key)
	}
	return v.quietName(field)
}
