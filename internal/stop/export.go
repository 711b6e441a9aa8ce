package stop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/sheet"
)

// Export says what to write.
type Export struct {
	Edition int64  // 0 means the record
	Schema  string // A to E
	Year    int    // 0 means all years
	Format  string // csv or xlsx
	Raw     bool   // leave cells that a spreadsheet would run as they are
	// Public leaves out what a confidential source says, for readers outside.
	Public bool
}

// Write writes a sheet. A row nobody has edited, whose sheet had the same
// schema, is given back word for word; any other is written anew.
func Write(ctx context.Context, s *incident.Service, x Export, w io.Writer) (rows int, err error) {
	var out sheet.Writer
	switch x.Format {
	case "", "csv":
		out = sheet.NewCSV(w, sheet.Out{Raw: x.Raw, KeepNumbers: true})
	case "xlsx":
		name := "STOP"
		if x.Year != 0 {
			name = strconv.Itoa(x.Year)
		}
		out = sheet.NewXLSX(w, name, sheet.Out{Raw: x.Raw})
	default:
		return 0, fault.New(fault.Invalid, "stop.bad_format", "value", x.Format)
	}
	return write(ctx, s, x, out)
}

// Fits tells whether the format can hold every row, by the *sheet.Error of the
// first that it cannot: a workbook has bounds. Ask before the first byte goes
// out; half a workbook is none.
func Fits(ctx context.Context, s *incident.Service, x Export) error {
	if x.Format != "xlsx" {
		return nil
	}
	_, err := write(ctx, s, x, sheet.TryXLSX())
	return err
}

// write gives header and rows to a writer.
func write(ctx context.Context, s *incident.Service, x Export, out sheet.Writer) (rows int, err error) {
	schema, ok := SchemaByName(x.Schema)
	if !ok {
		return 0, fault.New(fault.Invalid, "stop.bad_schema", "value", x.Schema)
	}
	if x.Edition == 0 {
		x.Edition = incident.RecordEdition
	}
	originals, err := newOriginals(ctx, s, schema)
	if err != nil {
		return 0, err
	}
	header, err := originals.header(ctx, x, schema)
	if err != nil {
		return 0, err
	}
	if err := out.Row(header); err != nil {
		return 0, fmt.Errorf("stop.Write: %w", err)
	}
	mask, err := s.Mask(ctx)
	if err != nil {
		return 0, fmt.Errorf("stop.Write: %w", err)
	}
	walk := s.Each
	if _, sheet := originals.editions[x.Edition]; sheet && !x.Public {
		walk = s.EachRow // a sheet of parked cases comes out as it went in
	}
	err = walk(ctx, x.Edition, x.Year, func(r incident.Row) error {
		cells, err := originals.cells(ctx, r)
		if err != nil {
			return err
		}
		if x.Public && r.Coarse { // what the sheet says of it word for word stays inside
			cells = nil
		}
		secret := x.Public && confidential(r.Facts)
		if cells == nil {
			told := *r.Facts
			if secret {
				told.Sources = openSources(told.Sources)
			}
			secret = secret && len(told.Sources) == 0
			cells = render(schema, s.Taxonomy(), &told, r.Entry.Year, r.Ref)
		}
		if secret { // word for word, nobody knows which words are the confidential ones
			cells = withCell(header, cells, "info_source_link", "")
			cells = withCell(header, cells, "info_source", s.Taxonomy().Label(incident.SchemeSource, confidentialClass, r.Entry.Year))
		}
		if x.Public { // the facts come without what is withheld; cells word for word do not
			cells = slices.Clone(cells)
			for i := range cells {
				cells[i] = mask(r.Discreetly(cells[i]))
			}
		}
		rows++
		return named(out.Row(cells), header, r.Ref)
	})
	if err != nil {
		return rows, fmt.Errorf("stop.Write: %w", err)
	}
	return rows, out.Close()
}

// named says in an error of writing which cell it is about: the number of a
// row that was never written helps nobody find it.
func named(err error, header []string, ref string) error {
	var e *sheet.Error
	if errors.As(err, &e) && e.Column > 0 && e.Column <= len(header) {
		e.Detail += fmt.Sprintf(" (%s of %s)", strings.TrimSpace(header[e.Column-1]), ref)
	}
	return err
}

// confidentialClass is the class of sources of which nothing is told but that
// they exist.
const confidentialClass = "confidential"

// confidential reports a row whose source must not be named.
func confidential(f *incident.Facts) bool {
	for _, s := range f.Sources {
		if s.Class == confidentialClass {
			return true
		}
	}
	return false
}

// openSources are the sources that may be named.
func openSources(list []incident.Source) []incident.Source {
	return slices.DeleteFunc(slices.Clone(list), func(x incident.Source) bool { return x.Class == confidentialClass })
}

// withCell sets the cell of a column, in a copy.
func withCell(header, cells []string, column, text string) []string {
	out := slices.Clone(cells)
	for i, h := range header {
		if foldHeader(h) == column && i < len(out) {
			out[i] = text
		}
	}
	return out
}

// originals gives rows back as they were read.
type originals struct {
	s        *incident.Service
	schema   Schema
	editions map[int64]incident.Edition // those of this schema
	edition  int64                      // the one the window below is of
	window   map[int]string             // line -> cells
	own      bool                       // the sheet is written under its own header
	from, to int
}

func newOriginals(ctx context.Context, s *incident.Service, schema Schema) (*originals, error) {
	all, err := s.Editions(ctx)
	if err != nil {
		return nil, err
	}
	o := &originals{s: s, schema: schema, editions: map[int64]incident.Edition{}}
	for _, e := range all {
		if e.Kind == "sheet" && e.Schema == schema.Name {
			o.editions[e.ID] = e
		}
	}
	return o, nil
}

// header is that of the sheet itself when one edition is written, else that
// of the schema.
func (o *originals) header(ctx context.Context, x Export, schema Schema) ([]string, error) {
	// Columns a sheet has of its own may be internal: outside, the schema's only.
	if e, ok := o.editions[x.Edition]; ok && len(e.Headers()) >= len(schema.Columns) && !x.Public {
		o.own = true
		return e.Headers(), nil
	}
	if x.Year != 0 {
		return schema.Headers(x.Year), nil
	}
	years, err := o.s.Years(ctx, x.Edition)
	if err != nil {
		return nil, fmt.Errorf("stop.Write: %w", err)
	}
	header := schema.Headers(0)
	for i, y := range years { // a year's own spelling, when all of them have it
		if own := schema.Headers(y.Year); i == 0 {
			header = own
		} else if !slices.Equal(own, header) {
			return schema.Headers(0), nil
		}
	}
	return header, nil
}

// cells returns the row word for word, nil when it has to be written anew.
func (o *originals) cells(ctx context.Context, r incident.Row) ([]string, error) {
	e := r.Entry
	if _, ok := o.editions[e.Origin]; !ok || e.Touched == 1 {
		return nil, nil
	}
	const step = 500
	if e.Origin != o.edition || e.Line < o.from || e.Line > o.to {
		o.edition, o.from, o.to = e.Origin, e.Line, e.Line+step
		var err error
		if o.window, err = o.s.ImportRows(ctx, e.Origin, o.from, o.to); err != nil {
			return nil, err
		}
	}
	text, ok := o.window[e.Line]
	if !ok {
		return nil, nil
	}
	var cells []string
	if err := json.Unmarshal([]byte(text), &cells); err != nil {
		return nil, fmt.Errorf("stop: row %d of edition %d: %w", e.Line, e.Origin, err)
	}
	if o.own {
		return cells, nil
	}
	return o.inOrder(e.Origin, cells), nil
}

// inOrder puts the cells under the schema's header when the sheet had its
// columns in another order or had columns of its own.
func (o *originals) inOrder(edition int64, cells []string) []string {
	header := o.editions[edition].Headers()
	straight := len(header) == len(o.schema.Columns)
	at := map[string]int{}
	for i, h := range header {
		at[foldHeader(h)] = i
		straight = straight && i < len(o.schema.Columns) && foldHeader(h) == foldHeader(o.schema.Columns[i].Header)
	}
	if straight {
		return cells
	}
	out := make([]string, len(o.schema.Columns))
	for i, c := range o.schema.Columns {
		if j, ok := at[foldHeader(c.Header)]; ok && j < len(cells) {
			out[i] = cells[j]
		}
	}
	return out
}
