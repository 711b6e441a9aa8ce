package feed

import (
	"context"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"keepiton/internal/incident"
	"keepiton/internal/platform/fault"
)

// EditionBody is one view of the dataset.
type EditionBody struct {
	Label     string               `json:"label" doc:"Its name, for the parameter release."`
	Kind      string               `json:"kind" enum:"record,sheet,starter,release" doc:"The living record, a sheet as it was published, the starter register, or a frozen release."`
	AsOf      string               `json:"as_of" doc:"The date it speaks for, empty when it is not known."`
	Created   time.Time            `json:"created_at" doc:"When it was made here."`
	File      string               `json:"file,omitempty"`
	Sheet     string               `json:"sheet,omitempty"`
	Schema    string               `json:"schema,omitempty" doc:"Header schema of a sheet, A to E."`
	SHA256    string               `json:"sha256,omitempty" doc:"Of the file it was read from."`
	Digest    string               `json:"digest,omitempty" doc:"Of a release: SHA-256 over the hashes of all entries."`
	NoHash    string               `json:"no_hash,omitempty" enum:"hidden" doc:"hidden: neither sha256 nor digest is told, because something of this edition is withheld, confidential or taken back, and whoever has a hash can try what stood there. They come back when all of it is shown again."`
	Licence   string               `json:"licence,omitempty"`
	Entries   int                  `json:"entries" doc:"Count entries."`
	Incidents int                  `json:"incidents" doc:"Different incidents."`
	Totals    []incident.YearTotal `json:"totals,omitempty" doc:"Of a release: the totals of each year as they were when it was cut."`
}

// EditionList is every edition.
type EditionList struct {
	Releases []EditionBody `json:"releases" nullable:"false" doc:"The record first, then by age."`
}

// compareInput names two editions and a year.
type compareInput struct {
	From string    `query:"from" doc:"Label of the earlier edition." required:"true"`
	To   string    `query:"to" doc:"Label of the later edition; without it the record."`
	Year yearParam `query:"year" doc:"Count year." required:"true"`
}

// ComparisonBody explains a restatement.
type ComparisonBody struct {
	Year      int              `json:"year"`
	From      string           `json:"from"`
	To        string           `json:"to"`
	Shutdowns PairBody         `json:"shutdowns"`
	Countries PairBody         `json:"countries"`
	Recoded   map[string]int   `json:"cause_recoded" doc:"How often a cause was coded anew: \"Other -> Conflict\"."`
	Rows      []DifferenceBody `json:"rows" nullable:"false" doc:"First those added, then removed, then joined, then changed."`
}

// PairBody is a number in both editions.
type PairBody struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// DifferenceBody is one row on which the editions differ.
type DifferenceBody struct {
	Kind    string        `json:"kind" enum:"added,removed,joined,changed" doc:"joined: the row stands under another reference in the other edition, because two incidents turned out to be one."`
	Ref     string        `json:"ref" doc:"Empty for a row of an old sheet that belongs to no incident."`
	Title   string        `json:"title" doc:"Country, start and area as the sheet writes them."`
	With    string        `json:"joined_with" doc:"Of a joined row: its reference in the other edition. Else empty."`
	Changed []FieldChange `json:"changed" nullable:"false"`
}

// noParams is the input of an operation that reads none.
type noParams struct{}

func (f *Feed) registerEditions(api huma.API) {
	register(f, api, operation{path: "/releases", id: "list-releases", summary: "The record, the published sheets and the releases",
		doc: "Each label can be given as release to the other addresses."}, f.listEditions)
	register(f, api, operation{path: "/releases/compare", id: "compare-releases", summary: "How two editions of a year differ",
		doc: "Row by row: what came, what went, what changed. At most 5,000 rows may differ; the command keepiton compare has no bound."}, f.compare)
}

func (f *Feed) listEditions(ctx context.Context, _ *noParams) (*EditionList, error) {
	all, err := f.d.Record.Editions(ctx)
	if err != nil {
		return nil, err
	}
	out := &EditionList{Releases: make([]EditionBody, 0, len(all))}
	for _, e := range all {
		body := EditionBody{
			Label: e.Label, Kind: e.Kind, AsOf: e.AsOf, Created: instant(e.Created), File: e.File, Sheet: e.Sheet, Schema: e.Schema,
			SHA256: e.SHA256, Digest: e.Digest, Licence: e.Licence, Entries: e.Entries, Incidents: e.Incidents, Totals: e.FrozenTotals(),
		}
		hidden, err := f.d.Record.Hidden(ctx, e)
		if err != nil {
			return nil, err
		}
		if hidden {
			body.SHA256, body.Digest, body.NoHash = "", "", "hidden"
		}
		out.Releases = append(out.Releases, body)
	}
	return out, nil
}

func (f *Feed) compare(ctx context.Context, in *compareInput) (*ComparisonBody, error) {
	if in.From == "" || in.Year == "" {
		return nil, fault.New(fault.Invalid, "feed.compare_needs")
	}
	var pair [2]incident.Edition
	year := 0
	for i, label := range []string{in.From, in.To} {
		ed, err := f.editionNamed(ctx, strings.TrimSpace(label))
		if err != nil {
			return nil, err
		}
		if pair[i] = ed; i == 0 {
			if year, err = f.countYear(ctx, ed, string(in.Year)); err != nil {
				return nil, err
			}
		}
	}
	x, err := f.d.Record.CompareForReader(ctx, pair[0], pair[1], year)
	if err != nil {
		return nil, err
	}
	out := &ComparisonBody{Year: x.Year, From: x.Before, To: x.After, Shutdowns: PairBody{x.Counts[0], x.Counts[1]},
		Countries: PairBody{x.Areas[0], x.Areas[1]}, Recoded: x.Recoded, Rows: make([]DifferenceBody, 0, len(x.Rows))}
	for _, r := range x.Rows {
		out.Rows = append(out.Rows, DifferenceBody{r.Kind, r.Ref, r.Title, r.With, PublicDiff(r.Diff)})
	}
	return out, nil
}
