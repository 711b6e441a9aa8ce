package feed

import (
	"context"
	"sort"

	"github.com/danielgtaylor/huma/v2"

	"keepiton/internal/incident"
)

// Parameters arrive as text and are read by the parsers of the pages; these
// types give them their true schema in the description.
type (
	yearParam  string
	limitParam string
	dayParam   string
)

// Schema serves huma.
func (yearParam) Schema(huma.Registry) *huma.Schema { return whole(1990, 2200) }

// Schema serves huma.
func (limitParam) Schema(huma.Registry) *huma.Schema { return whole(1, incident.MaxLimit) }

// Schema serves huma.
func (dayParam) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date"}
}

func whole(low, high float64) *huma.Schema {
	return &huma.Schema{Type: huma.TypeInteger, Minimum: &low, Maximum: &high}
}

// fourState is the schema of incident.State.
type fourState string

// Schema serves huma.
func (fourState) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Enum: []any{"yes", "no", "unknown", "not_asked", ""},
		Description: "Four states. unknown: somebody asked and could not tell. not_asked, or empty: nobody asked."}
}

// looseDate is the schema of incident.Date.
type looseDate string

// Schema serves huma.
func (looseDate) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: `^([0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?)?$`,
		Description: "A date to the precision that is known: 2025-06-18, 2025-06 or 2025. Empty: no date is stated."}
}

// rankedPair is the schema of incident.RankedCountry.
type rankedPair struct{}

// Schema serves huma.
func (rankedPair) Schema(huma.Registry) *huma.Schema {
	two := 2
	return &huma.Schema{Type: huma.TypeArray, MinItems: &two, MaxItems: &two, Description: "A pair: the country as the sheets spell it, and its shutdowns.",
		Items: &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeInteger}}}}
}

// polish completes the description with what Go types cannot say: the values a
// parameter can have, and that objects may grow.
func (f *Feed) polish(o *huma.OpenAPI) {
	tax := f.d.Record.Taxonomy()
	for _, item := range o.Paths {
		for _, p := range item.Get.Parameters {
			scheme, ok := schemeOf[p.Name]
			if !ok || p.In != "query" || p.Name == "service" { // services grow with the record
				continue
			}
			for _, t := range tax.Terms(scheme) {
				p.Schema.Enum = append(p.Schema.Enum, t.Key)
			}
		}
	}
	schemas := o.Components.Schemas.Map()
	for _, unused := range []string{"ErrorModel", "ErrorDetail"} { // huma's own, we have Problem
		delete(schemas, unused)
	}
	for _, s := range schemas {
		if closed, ok := s.AdditionalProperties.(bool); ok && !closed {
			s.AdditionalProperties = nil
		}
		sort.Strings(s.Required)
	}
}

// editionNamed finds an edition by its label.
func (f *Feed) editionNamed(ctx context.Context, label string) (incident.Edition, error) {
	return f.d.Record.EditionByLabel(ctx, label)
}
