package stop

import (
	"fmt"
	"slices"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/sheet"
)

// Field is the canonical name of a column across all schemas.
type Field string

// Schema is one set of headers the coalition has used.
type Schema struct {
	Name    string // A to E
	Columns []Column
}

// Column is one header, byte for byte, and what it means.
type Column struct {
	Header string
	Field  Field
}

// columns pairs headers with fields, written as "header=field"; a header that
// is its own field stands alone. A trailing blank in a header is part of it.
func columns(list ...string) []Column {
	out := make([]Column, len(list))
	for i, s := range list {
		header, field, named := strings.Cut(s, "=")
		if !named {
			field = header
		}
		out[i] = Column{header, Field(field)}
	}
	return out
}

// The order of the columns of C is taken from B, which it succeeded; only the
// names are on record.
var schemas = []Schema{
	{"A", columns("year=count_year", "start_date", "end_date", "duration_days=duration", "duration_hours", "info_source",
		"news_link=info_source_link", "continent=region", "sub_region", "country", "geo_scope", "area_name", "ordered_by",
		"shutdown_type_group", "shutdown_type", "official_just=gov_justification", "actual_cause", "econ_impact", "event",
		"an_link", "services_affected", "service_details", "notes", "latitude", "longitude", "id=source_row_id")},
	{"B", columns("ID=source_row_id", "start_date", "end_date =end_date", "duration", "Info_source =info_source",
		"news_link =info_source_link", "continent=region", "sub-region=sub_region", "country =country", "geo_scope",
		"area_name =area_name", "ordered_by =ordered_by", "decision_maker", "shutdown_type_new=shutdown_type",
		"affected_network", "full or service-based=shutdown_extent", "Facebook_affected=facebook_affected",
		"Twitter_affected=twitter_affected", "WhatsApp_affected=whatsapp_affected", "Instagram_affected=instagram_affected",
		"Telegram_affected=telegram_affected", "other_service_details (specify) =other_affected",
		"SMS_and_phone_call_affected=sms_and_phonecall_affected", "telcos_involved =telcos_involved", "gov_ack",
		"official_just=gov_justification", "other_just_details=gov_just_details", "off_statement=gov_ack_source",
		"actual_cause", "other_cause_details=actual_cause_details", "election", "violence", "hr_abuse_reported",
		"users_notified", "users_affected/targetted =users_targeted", "legal_justif=legal_just", "legal_method =legal_method",
		// In 2019 telco_resp is the yes/no and telco_ack the link or quotation; in 2020 it is the reverse.
		"telco_resp=telco_ack", "telco_ ack=telco_ack_source", "econ_impact", "event =event", "an_link =an_link", "notes")},
	{"C", columns("ID=source_row_id", "start_date", "end_date =end_date", "duration", "Info_source=info_source",
		"news_link=info_source_link", "continent=region", "country", "State/India=state_india", "geo_scope",
		"area_name =area_name", "ordered_by =ordered_by", "decision_maker", "shutdown_type_new=shutdown_type",
		"affected_network", "full or service-based=shutdown_extent", "Facebook_affected=facebook_affected",
		"Twitter_affected=twitter_affected", "WhatsApp_affected=whatsapp_affected", "Instagram_affected=instagram_affected",
		"Telegram_affected=telegram_affected", "other_service_details (specify)=other_affected", "SMS_affected=sms_affected",
		"phone_call_affected=phonecall_affected", "telcos_involved =telcos_involved", "gov_ack",
		"official_just=gov_justification", "other_just_details=gov_just_details", "off_statement=gov_ack_source",
		"actual_cause", "other_cause_details=actual_cause_details", "election", "violence", "hr_abuse_reported",
		"users_notified", "users_affected/targetted=users_targeted", "legal_justif=legal_just", "legal_method",
		"telco_resp=telco_ack_source", "telco_ ack=telco_ack", "econ_impact", "event", "an_link", "notes")},
	{"D", columns(columnsD...)},
	{"E", columns(append(slices.Clone(columnsD), "region", "count_year")...)},
}

var columnsD = []string{
	"start_date_type", "start_date", "country", "geo_scope", "area_name", "shutdown_type", "affected_network",
	"shutdown_extent", "ordered_by", "decision_maker", "actual_cause", "actual_cause_details", "info_source",
	"info_source_link", "shutdown_status", "end_date", "duration", "gov_justification", "gov_just_details", "gov_ack",
	"legal_just", "legal_method", "gov_ack_source", "gov_ack_quote", "facebook_affected", "twitter_affected",
	"whatsapp_affected", "instagram_affected", "telegram_affected", "other_affected", "sms_affected",
	"phonecall_affected", "telcos_involved", "telco_ack", "telco_ack_source", "telco_ack_quote", "election", "violence",
	"hr_abuse_reported", "users_targeted", "users_target_detail", "users_notified", "econ_impact", "event", "an_link",
}

// SchemaByName returns a schema by its letter.
func SchemaByName(name string) (Schema, bool) {
	for _, s := range schemas {
		if s.Name == strings.ToUpper(name) {
			return s, true
		}
	}
	return Schema{}, false
}

// Headers is the header line for a count year. The column of the duration was
// spelled with a capital in the sheets of 2020 and 2021.
func (s Schema) Headers(year int) []string {
	out := make([]string, len(s.Columns))
	for i, c := range s.Columns {
		out[i] = c.Header
		if s.Name == "D" && c.Field == "duration" && (year == 2020 || year == 2021) {
			out[i] = "Duration"
		}
	}
	return out
}

// layout is a schema found in a sheet: which cell holds which field.
type layout struct {
	schema Schema
	header []string // as read
	line   int      // of the header
	remark string   // what stood above it
	at     map[Field]int
	extra  []string // headers no schema has; their cells are kept word for word
	year   int      // count year of the whole sheet, 0 when each row states its own
	// byStart: the count year is the year a row starts in.
	byStart bool
}

// foldHeader makes headers comparable: blanks and case do not matter.
func foldHeader(s string) string {
	s = strings.TrimPrefix(s, "\ufeff")
	s = strings.ToLower(strings.Join(strings.Fields(s), " "))
	return strings.ReplaceAll(s, "_ ", "_")
}

// maxRemarkLines is how far down a header may stand.
const maxRemarkLines = 12

// detect finds the header line and the schema it belongs to.
func detect(file string, t sheet.Table) (*layout, error) {
	best, bestLine, bestHits := Schema{}, -1, 0
	for i := range min(len(t.Rows), maxRemarkLines) {
		for _, s := range schemas {
			hits := headerHits(s, t.Rows[i])
			// On equal hits the longer schema loses: D is part of E.
			if hits > bestHits || (hits == bestHits && hits > 0 && len(s.Columns) < len(best.Columns)) {
				best, bestLine, bestHits = s, i, hits
			}
		}
	}
	if bestHits < 5 {
		return nil, &sheet.Error{File: file, Sheet: t.Sheet, Line: 1, Code: "stop.no_header",
			Detail:   "no line looks like a header of the coalition's sheet",
			Expected: "column names such as start_date, country, geo_scope, area_name in one of the first lines"}
	}
	return newLayout(file, t, best, bestLine)
}

func headerHits(s Schema, row sheet.Row) int {
	known := map[string]bool{}
	for _, c := range s.Columns {
		known[foldHeader(c.Header)] = true
	}
	hits := 0
	for _, c := range row.Cells {
		if known[foldHeader(c.Text)] {
			hits++
		}
	}
	return hits
}

func newLayout(file string, t sheet.Table, s Schema, index int) (*layout, error) {
	row := t.Rows[index]
	l := &layout{schema: s, line: row.Line, at: map[Field]int{}}
	for _, above := range t.Rows[:index] {
		for _, c := range above.Cells {
			if text := strings.TrimSpace(c.Text); text != "" {
				l.remark = strings.TrimSpace(l.remark + "\n" + text)
			}
		}
	}
	fields := map[string]Field{}
	for _, c := range s.Columns {
		fields[foldHeader(c.Header)] = c.Field
	}
	width := len(row.Cells)
	for width > 0 && strings.TrimSpace(row.Cells[width-1].Text) == "" {
		width--
	}
	for i, c := range row.Cells[:width] {
		l.header = append(l.header, c.Text)
		field, ok := fields[foldHeader(c.Text)]
		if !ok {
			l.extra = append(l.extra, c.Text)
			continue
		}
		if _, twice := l.at[field]; twice {
			return nil, &sheet.Error{File: file, Sheet: t.Sheet, Line: row.Line, Column: i + 1, Code: "stop.header_twice",
				Detail: fmt.Sprintf("the column %q stands there twice", strings.TrimSpace(c.Text)), Expected: "each column once"}
		}
		l.at[field] = i
	}
	var missing []string
	for _, c := range s.Columns {
		if _, ok := l.at[c.Field]; !ok {
			missing = append(missing, strings.TrimSpace(c.Header))
		}
	}
	if len(missing) > 0 {
		return nil, &sheet.Error{File: file, Sheet: t.Sheet, Line: row.Line, Code: "stop.header_missing",
			Detail:   fmt.Sprintf("the header is nearest to schema %s, but lacks: %s", s.Name, strings.Join(missing, ", ")),
			Expected: fmt.Sprintf("all %d columns of schema %s", len(s.Columns), s.Name)}
	}
	return l, nil
}

// Cell is what a row of a sheet says in a field, word for word; "" when its
// schema has no such column.
func Cell(row *incident.AsRead, field Field) string {
	schema, ok := SchemaByName(row.Schema)
	if !ok {
		return ""
	}
	for _, c := range schema.Columns {
		if c.Field != field {
			continue
		}
		for i, h := range row.Header {
			if foldHeader(h) == foldHeader(c.Header) && i < len(row.Cells) {
				return row.Cells[i]
			}
		}
	}
	return ""
}
