package incident

import (
	"context"
	"encoding/json"
	"fmt"

	"keepiton/internal/platform/db"
)

// AsRead is the row of a sheet an entry was read from, as it was read.
type AsRead struct {
	Facts  *Facts
	Schema string
	Header []string
	Cells  []string // word for word; none of the starter register
}

// AsRead gives the row that the newest count year of an incident was read
// from, when it was edited here since, in the edition the incident was read
// in. It is nil when nobody edited it, and when it was entered here.
func (s *Service) AsRead(ctx context.Context, inc *Incident, edition int64) (*AsRead, error) {
	if !inc.touched() {
		return nil, nil
	}
	return s.RowOf(ctx, inc, edition)
}

// RowOf is [Service.AsRead] of an incident whether it was edited or not.
func (s *Service) RowOf(ctx context.Context, inc *Incident, edition int64) (*AsRead, error) {
	type row struct {
		Doc    *string `db:"doc"`
		Schema string  `db:"sheet_schema"`
		Header string  `db:"header"`
		Cells  string  `db:"cells"`
	}
	r, found, err := db.SelectOne[row](ctx, s.db.Reader(), `/* incident.RowOf */ select o.doc, e.sheet_schema, e.header, r.cells
		from entry n join entry o on o.edition_id = n.source_edition and o.count_year = n.count_year and o.line = n.line
		join edition e on e.id = o.edition_id join import_row r on r.edition_id = o.edition_id and r.line = o.line
		where n.edition_id = $1 and n.incident_id = $2 and n.count_year = $3`, edition, inc.ID, inc.LastYear)
	if err != nil || !found || r.Doc == nil {
		return nil, err
	}
	out := &AsRead{Schema: r.Schema}
	if out.Facts, err = unmarshalFacts(*r.Doc); err != nil {
		return nil, fmt.Errorf("incident.RowOf %s: %w", inc.Ref, err)
	}
	hidden, err := loadMasks(ctx, s.db.Reader())
	if err != nil {
		return nil, err
	}
	secret, err := confidentialOf(ctx, s.db.Reader(), []int64{inc.ID})
	if err != nil {
		return nil, err
	}
	out.Facts.conceal(secret[inc.ID])
	hidden.lay(out.Facts)
	if r.Header == "" { // not a table
		return out, nil
	}
	if err := json.Unmarshal([]byte(r.Header), &out.Header); err != nil {
		return nil, fmt.Errorf("incident.RowOf %s: header: %w", inc.Ref, err)
	}
	if err := json.Unmarshal([]byte(r.Cells), &out.Cells); err != nil {
		return nil, fmt.Errorf("incident.RowOf %s: cells: %w", inc.Ref, err)
	}
	for i := range out.Cells {
		out.Cells[i] = hidden.text(secret[inc.ID].without(out.Cells[i]))
	}
	return out, nil
}

// touched tells whether the newest count year was edited since it was read.
func (inc *Incident) touched() bool {
	for _, y := range inc.Years {
		if y.Year == inc.LastYear {
			return y.Touched
		}
	}
	return false
}
