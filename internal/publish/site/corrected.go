package site

import (
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/page"
	"keepiton/internal/stop"
)

// askedIn are the columns of the sheet that answer the questions of the facts
// table. A question without one follows from several columns.
var askedIn = map[string]stop.Field{
	"where": "area_name", "began": "start_date", "ended": "end_date", "type": "shutdown_type", "network": "affected_network",
	"extent": "shutdown_extent", "scope": "geo_scope", "calls": "phonecall_affected", "sms": "sms_affected", "ordered_by": "ordered_by",
	"decided_by": "decision_maker", "acknowledged": "gov_ack", "reason": "gov_justification", "cause": "actual_cause", "legal": "legal_just",
	"notified": "users_notified", "operators": "telcos_involved", "telco": "telco_ack", "election": "election", "violence": "violence",
	"hr_abuse": "hr_abuse_reported", "groups": "users_targeted", "cost": "econ_impact",
}

// corrected says of each answer that is another one than the sheet gave what
// the sheet says there, word for word. Answers nobody touched stay as they are.
func (v voice) corrected(facts page.Facts, read *incident.AsRead, lastYear int) page.Facts {
	if read == nil {
		return facts
	}
	before := map[string]page.Fact{}
	for _, x := range v.facts(read.Facts, lastYear).Items {
		before[x.Question] = x
	}
	cell := map[string]string{}
	for key, field := range askedIn {
		cell[v.T("publish.q."+key)] = stop.Cell(read, field)
	}
	for i := range facts.Items {
		x := &facts.Items[i]
		if was := before[x.Question]; was.Answer == x.Answer && was.Flag == x.Flag {
			continue
		}
		text, asked := cell[x.Question]
		switch {
		case read.Cells == nil || !asked:
			x.How = v.T("site.how.corrected_here")
		case strings.TrimSpace(text) == "":
			x.How = v.T("site.how.corrected_empty")
		default:
			x.How = v.T("site.how.corrected", "text", clip(text, 240))
		}
	}
	return facts
}
