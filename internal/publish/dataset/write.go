package dataset

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"

	"keepiton/internal/incident"
	"keepiton/internal/platform/sheet"
)

// Options say what to write.
type Options struct {
	Edition incident.Edition
	Dir     string // created if missing; files of ours in it are replaced
	Raw     bool   // leave cells alone that a spreadsheet would run as a formula
	Version string // of the program
}

// File is one file that was written.
type File struct {
	Name   string
	Bytes  int64
	SHA256 string
	Rows   int
	row    reflect.Type // of a table
	title  string
}

// Write writes all files of an edition. They are written beside their final
// names and moved there at the end, so that a reader never finds half a set.
func Write(ctx context.Context, s *incident.Service, o Options) ([]File, error) {
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("dataset.Write: %w", err)
	}
	files, w, err := ofOneMoment(ctx, s, o)
	if err != nil {
		w.discard()
		return nil, fmt.Errorf("dataset.Write: %w", err)
	}
	for _, f := range files {
		path := filepath.Join(o.Dir, f.Name)
		if err := os.Rename(path+part, path); err != nil {
			return nil, fmt.Errorf("dataset.Write: %w", err)
		}
	}
	return files, nil
}

// ofOneMoment writes the files again when the record changed meanwhile, so
// that all tables speak of the same rows.
func ofOneMoment(ctx context.Context, s *incident.Service, o Options) ([]File, *writer, error) {
	const tries = 5
	for range tries {
		w := &writer{o: o, s: s}
		before, err := s.Version(ctx)
		if err != nil {
			return nil, w, err
		}
		files, err := w.all(ctx)
		if err != nil {
			return nil, w, err
		}
		if after, err := s.Version(ctx); err != nil || after == before {
			return files, w, err
		}
		w.discard()
	}
	return nil, &writer{}, errors.New("the record changes all the time; try again when no import runs")
}

const part = ".part"

type writer struct {
	o    Options
	s    *incident.Service
	open []*output
	done []File
}

// output is a file being written, with its hash.
type output struct {
	name string
	f    *os.File
	buf  *bufio.Writer
	sum  hash.Hash
	n    int64
	rows int
}

func (o *output) Write(b []byte) (int, error) {
	n, err := o.buf.Write(b)
	o.sum.Write(b[:n])
	o.n += int64(n)
	return n, err
}

func (w *writer) create(name string) (*output, error) {
	f, err := os.Create(filepath.Join(w.o.Dir, name+part))
	if err != nil {
		return nil, err
	}
	o := &output{name: name, f: f, buf: bufio.NewWriterSize(f, 1<<16), sum: sha256.New()}
	w.open = append(w.open, o)
	return o, nil
}

func (w *writer) close(o *output, row reflect.Type, title string) error {
	if err := o.buf.Flush(); err != nil {
		return err
	}
	if err := o.f.Close(); err != nil {
		return err
	}
	w.done = append(w.done, File{Name: o.name, Bytes: o.n, SHA256: hex.EncodeToString(o.sum.Sum(nil)), Rows: o.rows, row: row, title: title})
	return nil
}

// discard removes what was begun.
func (w *writer) discard() {
	for _, o := range w.open {
		o.f.Close()
		os.Remove(o.f.Name())
	}
}

func (w *writer) all(ctx context.Context) ([]File, error) {
	if err := w.rows(ctx); err != nil {
		return nil, err
	}
	if err := w.terms(); err != nil {
		return nil, err
	}
	if err := w.codebook(); err != nil {
		return nil, err
	}
	return w.done, w.description()
}

// table writes one table as CSV, and as Parquet when asked.
type table[T any] struct {
	csv     sheet.Writer
	out     *output
	parquet *parquet.GenericWriter[T]
	pout    *output
	title   string
}

func newTable[T any](w *writer, name, title string, withParquet bool) (*table[T], error) {
	out, err := w.create(name + ".csv")
	if err != nil {
		return nil, err
	}
	t := &table[T]{csv: sheet.NewCSV(out, sheet.Out{Raw: w.o.Raw, KeepNumbers: true}), out: out, title: title}
	var head []string
	for _, c := range columnsOf(reflect.TypeFor[T]()) {
		head = append(head, c.name)
	}
	if err := t.csv.Row(head); err != nil {
		return nil, err
	}
	if withParquet {
		if t.pout, err = w.create(name + ".parquet"); err != nil {
			return nil, err
		}
		t.parquet = parquet.NewGenericWriter[T](t.pout, parquet.Compression(&parquet.Zstd))
	}
	return t, nil
}

func (t *table[T]) add(row T) error {
	v := reflect.ValueOf(row)
	cells := make([]string, v.NumField())
	for i := range cells {
		cells[i] = cellText(v.Field(i))
	}
	t.out.rows++
	if err := t.csv.Row(cells); err != nil {
		return err
	}
	if t.parquet == nil {
		return nil
	}
	t.pout.rows++
	_, err := t.parquet.Write([]T{row})
	return err
}

func (t *table[T]) close(w *writer) error {
	if err := t.csv.Close(); err != nil {
		return err
	}
	if err := w.close(t.out, reflect.TypeFor[T](), t.title); err != nil {
		return err
	}
	if t.parquet == nil {
		return nil
	}
	if err := t.parquet.Close(); err != nil {
		return err
	}
	return w.close(t.pout, nil, t.title+" (Parquet)")
}

func cellText(v reflect.Value) string {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return ""
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Int:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'f', -1, 64)
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	}
	return v.String()
}

// column is one column of a table.
type column struct{ name, kind, doc string }

func columnsOf(t reflect.Type) []column {
	var out []column
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("parquet"), ",")
		typ := f.Type
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		kind := map[reflect.Kind]string{reflect.Int: "integer", reflect.Float64: "number", reflect.Bool: "boolean"}[typ.Kind()]
		if kind == "" {
			kind = "string"
		}
		out = append(out, column{name, kind, f.Tag.Get("doc")})
	}
	return out
}

// rows writes the table of entries and, of the newest entry of each incident,
// the tables that have rows per incident, in one pass: they fit one another.
func (w *writer) rows(ctx context.Context) error {
	entries, err := newTable[EntryRow](w, "count_entries", "Count entries: one incident in one count year", true)
	if err != nil {
		return err
	}
	places, err := newTable[PlaceRow](w, "places", "Places of incidents", true)
	if err != nil {
		return err
	}
	services, err := newTable[ServiceRow](w, "services", "Services asked about, and what happened to them", false)
	if err != nil {
		return err
	}
	sources, err := newTable[SourceRow](w, "sources", "Sources", false)
	if err != nil {
		return err
	}
	operators, err := newTable[OperatorRow](w, "operators", "Network operators involved", false)
	if err != nil {
		return err
	}
	groups, err := newTable[GroupRow](w, "targeted_groups", "Groups it was aimed at", false)
	if err != nil {
		return err
	}
	costs, err := newTable[CostRow](w, "costs", "Costs estimated by others", false)
	if err != nil {
		return err
	}
	links, err := newTable[PublicationRow](w, "publications", "The coalition's own publications", false)
	if err != nil {
		return err
	}
	notes, err := newTable[NoteRow](w, "narratives", "The coalition's account of what happened", false)
	if err != nil {
		return err
	}
	lines, err := w.create("incidents.jsonl")
	if err != nil {
		return err
	}
	enc := json.NewEncoder(lines)
	enc.SetEscapeHTML(false)
	points, err := newGeoJSON(w)
	if err != nil {
		return err
	}
	err = w.s.Each(ctx, w.o.Edition.ID, 0, func(r incident.Row) error {
		if err := entries.add(entryRow(r)); err != nil || r.Entry.Latest == 0 {
			return err
		}
		f := public(*r.Facts)
		lines.rows++
		if err := enc.Encode(map[string]any{"ref": r.Ref, "count_year": r.Entry.Year, "facts": f}); err != nil {
			return err
		}
		for _, p := range f.Places {
			row := placeRow(r.Ref, p)
			if err := places.add(row); err != nil {
				return err
			}
			if err := points.add(r, row); err != nil {
				return err
			}
		}
		return addAll(r.Ref, &f, services, sources, operators, groups, costs, links, notes)
	})
	if err != nil {
		return err
	}
	for _, c := range []func(*writer) error{entries.close, places.close, services.close, sources.close, operators.close, groups.close, costs.close, links.close, notes.close, points.close} {
		if err := c(w); err != nil {
			return err
		}
	}
	return w.close(lines, nil, "Incidents with all their facts, one JSON object a line")
}

func addAll(ref string, f *incident.Facts, services *table[ServiceRow], sources *table[SourceRow], operators *table[OperatorRow],
	groups *table[GroupRow], costs *table[CostRow], links *table[PublicationRow], notes *table[NoteRow]) error {
	for _, x := range f.Services {
		if err := services.add(ServiceRow{ref, x.Service, string(x.State), x.Verbatim}); err != nil {
			return err
		}
	}
	for _, x := range f.Sources {
		if err := sources.add(sourceRow(ref, x)); err != nil {
			return err
		}
	}
	for _, x := range f.Operators {
		if err := operators.add(OperatorRow{ref, x.Country, x.Name, x.Owner, x.Verbatim}); err != nil {
			return err
		}
	}
	for _, x := range f.Groups {
		if err := groups.add(GroupRow{ref, x.Term, x.Verbatim, x.Detail}); err != nil {
			return err
		}
	}
	for _, x := range f.Cost {
		if err := costs.add(CostRow{ref, x.Amount, x.Currency, x.Per, x.Verbatim}); err != nil {
			return err
		}
	}
	for _, x := range f.Links {
		if err := links.add(PublicationRow{ref, x.Kind, x.URL}); err != nil {
			return err
		}
	}
	for _, x := range f.Notes {
		if err := notes.add(NoteRow{ref, x.Lang, x.Text}); err != nil {
			return err
		}
	}
	return nil
}

var schemes = []incident.Scheme{incident.SchemeCause, incident.SchemeReason, incident.SchemeMethod, incident.SchemeNetwork, incident.SchemeExtent,
	incident.SchemeScope, incident.SchemeActorClass, incident.SchemeSource, incident.SchemeEndState, incident.SchemeStartKind, incident.SchemeRegion,
	incident.SchemeFlag, incident.SchemeGroup, incident.SchemeService, incident.SchemeMechanism}

func (w *writer) terms() error {
	t, err := newTable[TermRow](w, "terms", "Terms of the taxonomies", false)
	if err != nil {
		return err
	}
	for _, scheme := range schemes {
		for _, term := range w.s.Taxonomy().Terms(scheme) {
			if err := t.add(TermRow{string(scheme), term.Key, term.Kind, term.Label(9999)}); err != nil {
				return err
			}
		}
	}
	return t.close(w)
}

var _ io.Writer = (*output)(nil)
