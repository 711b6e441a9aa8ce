package stop

import (
	"errors"
	"slices"
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

// Set returns the facts with cells set. What no cell that was set speaks of
// stays as it was, also where a sheet could not hold it.
func (e *Editor) Set(f incident.Facts, year int, set map[string]string) (incident.Facts, error) {
	schema, _ := SchemaByName("E")
	was := render(schema, e.Taxonomy, &f, year, "")
	cells := slices.Clone(was)
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
	if _, stated := set["duration"]; !stated && cells[at["end_date"]] != was[at["end_date"]] {
		cells[at["duration"]] = "" // a new end makes the old length wrong
	}
	p := &rowParser{file: "edit", layout: &layout{schema: schema, at: at}, tax: e.Taxonomy, places: e.Places, cache: map[string]geo.Result{}}
	after, _, warnings, err := p.parse(rowOf(cells))
	if err != nil {
		return f, p.explain(err, set)
	}
	if err := e.doubt(warnings, &after, year, set); err != nil {
		return f, err
	}
	read, _, _, err := p.parse(rowOf(was))
	if err != nil { // a cell that could not be read is what was set
		read = f
	}
	return takeOver(f, read, after), nil
}

// rowOf is a row with cells of text.
func rowOf(cells []string) sheet.Row {
	row := sheet.Row{Line: 1}
	for _, c := range cells {
		row.Cells = append(row.Cells, sheet.Cell{Text: c})
	}
	return row
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
