package stop

import (
	"encoding/json"
	"strings"

	"keepiton/internal/incident"
)

// factColumns are the columns of the newest sheet that hold the facts of
// [incident.FactsDiff], with the scheme of a term.
var factColumns = map[string]struct {
	field  Field
	scheme incident.Scheme
}{
	"period.start": {"start_date", ""}, "period.start_kind": {"start_date_type", incident.SchemeStartKind}, "period.end": {"end_date", ""},
	"period.end_state": {"shutdown_status", incident.SchemeEndState}, "period.stated_duration": {"duration", ""}, "places.text": {"area_name", ""},
	"measure.method": {"shutdown_type", incident.SchemeMethod}, "measure.network": {"affected_network", incident.SchemeNetwork},
	"measure.extent": {"shutdown_extent", incident.SchemeExtent}, "measure.geo_scope": {"geo_scope", incident.SchemeScope}, "measure.area": {"area_name", ""},
	"cause.term": {"actual_cause", incident.SchemeCause}, "cause.details": {"actual_cause_details", ""},
	"justification.term": {"gov_justification", incident.SchemeReason}, "justification.details": {"gov_just_details", ""},
	"justification.acknowledged": {"gov_ack", ""}, "justification.source": {"gov_ack_source", ""}, "justification.quote": {"gov_ack_quote", ""},
	"legal_basis.claimed": {"legal_just", ""}, "legal_basis.text": {"legal_method", ""},
	"operator_statement.acknowledged": {"telco_ack", ""}, "operator_statement.source": {"telco_ack_source", ""}, "operator_statement.quote": {"telco_ack_quote", ""},
	"ordered_by": {"ordered_by", incident.SchemeActorClass}, "hr_abuse": {"hr_abuse_reported", ""},
	"services.sms": {"sms_affected", ""}, "services.phone_calls": {"phonecall_affected", ""},
	"services.facebook": {"facebook_affected", ""}, "services.twitter": {"twitter_affected", ""}, "services.whatsapp": {"whatsapp_affected", ""},
	"services.instagram": {"instagram_affected", ""}, "services.telegram": {"telegram_affected", ""},
	"sources": {"info_source_link", ""}, "publications": {"an_link", ""}, "narrative": {"event", ""}, "targeted_groups": {"users_target_detail", ""},
}

// InColumns says differences of facts by the columns of the newest sheet and in
// its words, for those who know the sheet and not our fields. What has no
// column keeps its name.
func InColumns(tax *incident.Taxonomy, diff []incident.FieldDiff) []incident.FieldDiff {
	var out []incident.FieldDiff
	for _, d := range diff {
		list := d.Parts()
		if len(list) == 0 { // spelled in another way: a cell of the sheet all the same
			list = []incident.FieldDiff{d}
		}
		for _, part := range list {
			to, known := factColumns[part.Field]
			word := func(text string) string { return cellText(tax, to.scheme, text) }
			switch service, isService := strings.CutPrefix(part.Field, "services."); {
			case known:
				part.Field = string(to.field)
			case isService:
				part.Field = "other_affected, " + tax.Label(incident.SchemeService, service, lastYear)
			}
			part.Old, part.New = word(part.Old), word(part.New)
			out = append(out, part)
		}
	}
	return out
}

// cellText is a value as the sheet would write it.
func cellText(tax *incident.Taxonomy, scheme incident.Scheme, text string) string {
	if scheme != "" {
		if _, known := tax.Term(scheme, text); known {
			return tax.Label(scheme, text, lastYear)
		}
	}
	switch state := incident.State(text); state {
	case incident.Yes, incident.No, incident.Unknown, incident.NotAsked:
		return plainState(state)
	}
	if strings.HasPrefix(text, "[") {
		return listText(text)
	}
	return text
}

// listText joins what stands in a list of ours: the texts and addresses, not
// the names of our fields.
func listText(doc string) string {
	var list []map[string]any
	if json.Unmarshal([]byte(doc), &list) != nil {
		return doc
	}
	var out []string
	for _, item := range list {
		for _, key := range []string{"url", "text", "verbatim", "detail", "start", "end"} {
			if s, ok := item[key].(string); ok && s != "" {
				out = append(out, s)
			}
		}
	}
	return strings.Join(out, "; ")
}
