package stop

import (
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
		if !ok || name == "count_year" || name == "region" {
			return f, fault.New(fault.Invalid, "stop.unknown_column", "column", clip(name))
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
		return f, err
	}
	_, began := set["start_date"]
	_, ended := set["end_date"]
	for _, w := range warnings { // an import stores such a cell with a warning; a correction must not make one
		if w.Rule == warnTerm || w.Rule == warnDateWords || w.Rule == warnEndBefore && (began || ended) {
			return f, fault.New(fault.Invalid, "stop.unknown_value", "detail", w.Detail)
		}
	}
	keepRest(&f, &out, set)
	return out, nil
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
