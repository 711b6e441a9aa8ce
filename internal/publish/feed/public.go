package feed

import (
	"slices"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/publish"
)

// publicNotes are the kinds of running text that readers may see. Everything
// else, above all internal notes and details of who was aimed at, stays inside.
var publicNotes = map[string]bool{"event": true}

// PublicFacts copies facts without what is restricted: notes of other kinds,
// and of a confidential source all but its class.
func PublicFacts(f *incident.Facts) *incident.Facts {
	if f == nil {
		return nil
	}
	out := *f
	out.Notes = nil
	for _, n := range f.Notes {
		if publicNotes[n.Kind] {
			out.Notes = append(out.Notes, n)
		}
	}
	out.Sources = nil
	for _, s := range f.Sources {
		if s.Class == "confidential" {
			s = incident.Source{Class: s.Class}
		}
		out.Sources = append(out.Sources, s)
	}
	return &out
}

// openFields are the facts and sheet columns that readers may read where they stand. A
// field that is not here is named, its values are not: they could be what a
// confidential source told, or an internal note.
var openFields = func() map[string]bool {
	out := map[string]bool{}
	for _, name := range strings.Fields(`count_year merged
		period.kind period.start period.start_kind period.end period.end_state period.last_active period.stated_duration pauses countries places
		measure.method measure.network measure.extent measure.geo_scope measure.whole_country measure.area measure.mechanism services actors
		cause.term cause.details cause.coding justification.term justification.details justification.acknowledged justification.source justification.quote
		legal_basis.claimed legal_basis.text operators operator_statement.acknowledged operator_statement.source operator_statement.quote
		flags targeted_groups cost publications
		start_date start_date_type end_date shutdown_status duration country region geo_scope area_name
		shutdown_type affected_network shutdown_extent ordered_by decision_maker actual_cause actual_cause_details
		gov_justification gov_just_details gov_ack gov_ack_source gov_ack_quote legal_just legal_method telco_ack telco_resp telcos_involved
		facebook_affected twitter_affected whatsapp_affected instagram_affected telegram_affected other_affected sms_affected phonecall_affected
		election violence hr_abuse_reported users_notified users_targeted users_target_detail econ_impact an_link`) {
		out[name] = true
	}
	return out
}()

// FieldChange is one fact that changed.
type FieldChange struct {
	Field    string `json:"field" doc:"Name of the fact, or of the sheet's column."`
	Old      string `json:"old" doc:"Value before, as text; lists are JSON. Empty when there was none or it is withheld."`
	New      string `json:"new" doc:"Value after, as old."`
	Withheld bool   `json:"withheld,omitempty" doc:"True when the values are not told: they may name a source, or be a text that was taken out for a reason."`
}

// PublicDiff says what became of facts, with the values that a history may show.
func PublicDiff(list []incident.FieldDiff) []FieldChange { return changesOf(list, publish.ShowsValues) }

// PublicStated says what facts as of [PublicFacts] state that stand now, against
// nothing: their notes are those that readers may see.
func PublicStated(list []incident.FieldDiff) []FieldChange {
	return changesOf(list, func(field string) bool {
		return openFields[field] || field == "narrative" || strings.HasPrefix(field, "places.")
	})
}

func changesOf(list []incident.FieldDiff, open func(field string) bool) []FieldChange {
	out := make([]FieldChange, 0, len(list))
	for _, d := range list {
		if !d.IsFact() {
			continue
		}
		c := FieldChange{Field: d.Field, Withheld: !open(d.Field)}
		if !c.Withheld {
			c.Old, c.New = d.Old, d.New
		}
		out = append(out, c)
	}
	return out
}

// OpenCell tells whether readers may read the cell of a column of a row that was
// read, word for word. Links to sources are shown where no source of the row is
// confidential.
func OpenCell(column string, f *incident.Facts) bool {
	column = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(column)), " ", "_")
	secret := slices.ContainsFunc(f.Sources, func(s incident.Source) bool { return s.Class == "confidential" })
	switch column {
	case "users_target_detail":
		return false
	case "info_source_link":
		return !secret
	case "event":
		return true
	}
	return openFields[column]
}
