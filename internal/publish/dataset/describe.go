package dataset

import (
	"encoding/json"
	"fmt"
	"strings"

	"keepiton/internal/incident"
)

// geoJSON writes one point per place that could be located.
type geoJSON struct {
	out   *output
	enc   *json.Encoder
	first bool
}

func newGeoJSON(w *writer) (*geoJSON, error) {
	out, err := w.create("places.geojson")
	if err != nil {
		return nil, err
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	_, err = fmt.Fprintf(out, "{\"type\":\"FeatureCollection\",\"features\":[\n")
	return &geoJSON{out, enc, true}, err
}

func (g *geoJSON) add(r incident.Row, p PlaceRow) error {
	if p.Lat == nil || p.Excluded {
		return nil
	}
	if !g.first {
		if _, err := fmt.Fprint(g.out, ","); err != nil {
			return err
		}
	}
	g.first = false
	g.out.rows++
	return g.enc.Encode(map[string]any{"type": "Feature",
		"geometry": map[string]any{"type": "Point", "coordinates": []float64{*p.Lon, *p.Lat}},
		"properties": map[string]any{"ref": p.Ref, "country": p.Country, "place": p.Text, "unit": p.Unit, "confidence": p.Confidence,
			"start_date": r.Facts.Period.Start, "end_date": r.Facts.Period.End, "cause": r.Facts.Cause.Term, "extent": r.Facts.Measure.Extent},
	})
}

func (g *geoJSON) close(w *writer) error {
	if _, err := fmt.Fprintln(g.out, "]}"); err != nil {
		return err
	}
	return w.close(g.out, nil, "Places as points; a point stands for its whole unit")
}

// attribution is what everybody who passes the data on has to say.
const attribution = "STOP, the Shutdown Tracker Optimization Project of Access Now and the #KeepItOn coalition"

// description writes datapackage.json (Frictionless Data Package 1).
func (w *writer) description() error {
	out, err := w.create("datapackage.json")
	if err != nil {
		return err
	}
	var resources []map[string]any
	for _, f := range w.done {
		r := map[string]any{"name": strings.ReplaceAll(strings.ToLower(f.Name), ".", "-"), "path": f.Name, "title": f.title,
			"bytes": f.Bytes, "hash": "sha256:" + f.SHA256}
		if f.row != nil {
			var fields []map[string]any
			for _, c := range columnsOf(f.row) {
				fields = append(fields, map[string]any{"name": c.name, "type": c.kind, "description": c.doc})
			}
			r["profile"], r["format"], r["mediatype"], r["encoding"] = "tabular-data-resource", "csv", "text/csv", "utf-8"
			r["schema"] = map[string]any{"fields": fields, "missingValues": []string{""}}
		}
		resources = append(resources, r)
	}
	doc := map[string]any{
		"profile": "data-package", "name": "keepiton-" + slug(w.o.Edition.Label), "title": "Documented internet shutdowns, edition “" + w.o.Edition.Label + "”",
		"description": "Every documented internet shutdown the record holds. Counts mean “at least”. Source: " + attribution + ".",
		"version":     w.o.Edition.Label, "created": w.o.Edition.AsOf,
		"licenses":     []map[string]string{{"name": "CC-BY-4.0", "title": "Creative Commons Attribution 4.0", "path": "https://creativecommons.org/licenses/by/4.0/"}},
		"contributors": []map[string]string{{"title": attribution, "role": "author"}},
		"resources":    resources,
	}
	if w.o.Edition.AsOf == "" {
		delete(doc, "created")
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return err
	}
	return w.close(out, nil, "Description of the files")
}

func slug(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '_':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-")
}

// codebook writes the meaning of every column and every term.
func (w *writer) codebook() error {
	out, err := w.create("codebook.md")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprint(out, Codebook(w.s.Taxonomy(), w.done)); err != nil {
		return err
	}
	return w.close(out, nil, "Codebook")
}

// Codebook is the meaning of every column of the tables and of every term.
func Codebook(t *incident.Taxonomy, files []File) string {
	var b strings.Builder
	b.WriteString("# Codebook\n\nData: " + attribution + ", CC BY 4.0. Every count means “at least”.\n\n" +
		"Four answers are kept apart everywhere: `yes`, `no`, `unknown` (somebody asked and could not learn it) and `not_asked` (the question was not put, or the cell is empty).\n")
	for _, f := range files {
		if f.row == nil {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n\n| column | type | meaning |\n| --- | --- | --- |\n", f.Name, f.title)
		for _, c := range columnsOf(f.row) {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", c.name, c.kind, c.doc)
		}
	}
	b.WriteString("\n## Terms\n")
	for _, scheme := range schemes {
		fmt.Fprintf(&b, "\n### %s\n\n| key | label in the sheet | kind |\n| --- | --- | --- |\n", scheme)
		for _, term := range t.Terms(scheme) {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", term.Key, strings.ReplaceAll(term.Label(9999), "|", "\\|"), term.Kind)
		}
	}
	return b.String()
}
