package stop

import (
	"errors"
	"sort"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/sheet"
)

// Editor changes facts by the columns of the newest sheet: the facts are
// written as a row, cells are set, and the row is read again, so that an edit
// obeys the same rules as an import.
type Editor struct {
	Taxonomy *incident.Taxonomy
	Places   *geo.Matcher
}

// Set returns the facts with cells set. Facts a cell cannot hold (pauses, a
// point, a home country) stay as they were unless their column is set.
func (e *Editor) Set(f incident.Facts, year int, set map[string]string) (incident.Facts, error) {
	schema, _ := SchemaByName("E")
	cells := render(schema, e.Taxonomy, &f, year, "")
	at := map[Field]int{}
	for i, c := range schema.Columns {
		at[c.Field] = i
	}
	names := make([]string, 0, len(set))
	for name := range set {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		i, ok := at[Field(strings.TrimSpace(name))]
		if !ok || !editable(Field(strings.TrimSpace(name))) {
			return f, fault.New(fault.Invalid, "stop.unknown_column", "column", clip(name), "fields", editableFields(schema))
		}
		cells[i] = set[name]
	}
	if _, dated := set["end_date"]; dated {
		if _, stated := set["duration"]; !stated {
			cells[at["duration"]] = "" // a new end makes the old length wrong
		}
	}
	p := &rowParser{file: "edit", layout: &layout{schema: schema, at: at}, tax: e.Taxonomy, places: e.Places, cache: map[string]geo.Result{}}
	row := sheet.Row{Line: 1}
	for _, c := range cells {
		row.Cells = append(row.Cells, sheet.Cell{Text: c})
	}
	out, _, warnings, err := p.parse(row)
	if err != nil {
		return f, p.explain(err, set)
	}
	if err := e.doubt(warnings, &out, year, set); err != nil {
		return f, err
	}
	keepRest(&f, &out, set)
	return out, nil
}

// editable tells whether a field can be set by itself: the count year says
// which entry is meant, the region follows from the country.
func editable(f Field) bool { return f != "count_year" && f != "region" }

func editableFields(schema Schema) string {
	var out []string
	for _, c := range schema.Columns {
		if editable(c.Field) {
			out = append(out, string(c.Field))
		}
	}
	return strings.Join(out, ", ")
}

// explain says what is wrong with a cell by its field. The line and the column
// of the error are those of a row the editor made for itself.
func (p *rowParser) explain(err error, set map[string]string) error {
	var bad *sheet.Error
	if !errors.As(err, &bad) || bad.Column == 0 {
		return err
	}
	field := p.layout.schema.Columns[bad.Column-1].Field
	if bad.Code == codeBadStart || bad.Code == codeBadEnd {
		return badDate(field, set)
	}
	return fault.New(fault.Invalid, "stop.bad_cell", "field", string(field), "detail", bad.Detail, "expected", bad.Expected)
}

func badDate(field Field, set map[string]string) error {
	return fault.New(fault.Invalid, "stop.bad_date", "field", string(field), "value", clip(set[string(field)]))
}

// doubt refuses what an import would store with a warning: a correction must
// not make one.
func (e *Editor) doubt(warnings []incident.Warning, f *incident.Facts, year int, set map[string]string) error {
	_, began := set["start_date"]
	_, ended := set["end_date"]
	for _, w := range warnings {
		switch {
		case w.Rule == warnDateWords:
			return badDate("end_date", set)
		case w.Rule == warnEndBefore && (began || ended):
			return fault.New(fault.Invalid, "stop.ends_before_start", "start", string(f.Period.Start), "end", string(f.Period.End))
		case w.Rule == warnLinkWords && (scheme.MatchString(set["info_source_link"]) || scheme.MatchString(set["an_link"])):
			return fault.New(fault.Invalid, "stop.no_address")
		case w.Rule == warnTerm:
			field, _, _ := strings.Cut(w.Detail, " ") // the warning begins with the field
			return fault.New(fault.Invalid, "stop.unknown_value", "field", field, "value", clip(set[field]), "known", e.known(Field(field), year))
		}
	}
	return nil
}

// termSchemes are the fields whose values come from a list; other fields that
// can hold an unknown value ask a question.
var termSchemes = map[Field]incident.Scheme{
	"start_date_type": incident.SchemeStartKind, "shutdown_status": incident.SchemeEndState, "geo_scope": incident.SchemeScope,
	"shutdown_type": incident.SchemeMethod, "affected_network": incident.SchemeNetwork, "shutdown_extent": incident.SchemeExtent,
	"info_source": incident.SchemeSource, "ordered_by": incident.SchemeActorClass, "actual_cause": incident.SchemeCause, "gov_justification": incident.SchemeReason,
}

// known lists the values of a field as the sheet spells them.
func (e *Editor) known(f Field, year int) string {
	scheme, ok := termSchemes[f]
	if !ok {
		return "Yes; No; Unknown"
	}
	var out []string
	for _, t := range e.Taxonomy.Terms(scheme) {
		out = append(out, t.Label(year))
	}
	return strings.Join(out, "; ")
}

// keepRest carries over what the sheet has no column for.
func keepRest(before, after *incident.Facts, set map[string]string) {
	after.Pauses = before.Pauses
	if before.Period.Start == after.Period.Start && before.Period.End == after.Period.End {
		if _, stated := set["duration"]; !stated {
			after.Period.Stated = before.Period.Stated // an empty cell is only filled in the export
		}
	}
	if _, moved := set["area_name"]; !moved {
		if _, country := set["country"]; !country {
			after.Places, after.Measure.Whole = before.Places, before.Measure.Whole
		}
	}
	if _, ok := set["decision_maker"]; !ok {
		if _, ok := set["ordered_by"]; !ok {
			after.Actors = before.Actors
		}
	}
	if _, ok := set["actual_cause"]; !ok {
		after.Cause.Coding = before.Cause.Coding
	}
	after.Measure.Mechanism = before.Measure.Mechanism
	after.Period.LastActive = before.Period.LastActive
	for _, n := range before.Notes {
		if n.Kind == "internal" {
			after.Notes = append(after.Notes, n)
		}
	}
}
