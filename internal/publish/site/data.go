package site

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page"
	"keepiton/internal/platform/sheet"
	"keepiton/internal/publish"
	"keepiton/internal/stop"
)

// dataPage is the page of downloads and editions.
type dataPage struct {
	Starter  string // what the starter register leaves out, while it is served
	Years    []yearFiles
	Editions []editionLine
	Side     *sideBySide
	Form     compareForm
	Cite     page.Cite
	Changed  []newsLine
}

// yearFiles are the downloads of one count year.
type yearFiles struct {
	Year, Shutdowns, Countries string
	List, CSV, XLSX            string
}

// editionLine is one edition.
type editionLine struct {
	Label, Kind, Date, Entries, Digest string
	Untold                             bool // its hashes, because something of it is hidden
	Links                              []page.Link
}

// sideBySide are the totals of each year in several editions.
type sideBySide struct {
	Head []string
	Rows [][]string
	Note string // which editions found no room
}

// editionsShown bounds the columns of the table side by side, leftOutNamed how
// many of those beyond it are named.
const (
	editionsShown = 12
	leftOutNamed  = 12
)

// data is GET /data.
func (s *Site) data(w http.ResponseWriter, r *http.Request) error {
	v, ctx := s.voice(r), r.Context()
	have, err := s.inventory(ctx, incident.RecordEdition)
	if err != nil {
		return err
	}
	years := have.Years
	editions, err := s.d.Record.Editions(ctx)
	if err != nil {
		return err
	}
	out := dataPage{Cite: s.citeAll(v, editions)}
	if out.Starter, err = s.starterNote(ctx, v); err != nil {
		return err
	}
	for _, y := range years {
		n := strconv.Itoa(y.Year)
		q := url.Values{"year": {n}}
		out.Years = append(out.Years, yearFiles{n, v.N(y.Shutdowns), v.N(y.Countries), with("/incidents", q), with("/data/stop.csv", q), with("/data/stop.xlsx", q)})
	}
	for i := len(editions) - 1; i >= 0; i-- { // newest first, the record last
		line := v.editionLine(editions[i])
		hidden, err := s.d.Record.Hidden(ctx, editions[i])
		if err != nil {
			return err
		}
		if hidden {
			line.Digest, line.Untold = "", true
		}
		out.Editions = append(out.Editions, line)
	}
	if out.Side, err = s.sideBySide(ctx, v, editions, years); err != nil {
		return err
	}
	out.Form = v.compareForm(editions, years, "", "", 0)
	if out.Changed, err = s.changed(ctx, v, 8); err != nil {
		return err
	}
	pg := page.Page{Title: v.T("site.data.title"), Description: v.T("site.data.lead"), Body: "site.data", Section: "data", Data: out, Canonical: "/data"}
	if len(years) > 0 {
		pg.JSONLD = s.datasetLD(v, years)
	}
	return s.showToday(w, r, pg, publish.OnlyToday, incident.Filter{})
}

// starterNote says what the starter register is and lacks, "" when all entries
// are read from sheets.
func (s *Site) starterNote(ctx context.Context, v voice) (string, error) {
	e, served, err := s.d.Record.StarterServed(ctx)
	if err != nil || !served {
		return "", err
	}
	return v.T("site.data.starter", "date", v.Date(e.AsOf)), nil
}

// name is how an edition is called.
func (v voice) editionName(e incident.Edition) string {
	if e.ID == incident.RecordEdition {
		return v.T("site.data.record")
	}
	return e.Label
}

func (v voice) editionLine(e incident.Edition) editionLine {
	out := editionLine{Label: v.editionName(e), Kind: v.T("site.data.kind." + known(e.Kind, "record", "sheet", "starter", "release")),
		Entries: v.N(e.Entries), Date: v.Date(e.AsOf)}
	if e.AsOf == "" && e.ID != incident.RecordEdition {
		out.Date = v.T("site.data.undated", "date", v.instant(e.Created))
	}
	if e.Digest != "" {
		out.Digest = clip(e.Digest, 12)
	}
	q := url.Values{}
	if l := release(e); l != "" {
		q.Set(publish.EditionParam, l)
	}
	out.Links = []page.Link{
		{Text: v.T("site.data.show"), Href: with("/incidents", q)},
		{Text: "CSV", Href: with("/data/stop.csv", q)},
		{Text: "XLSX", Href: with("/data/stop.xlsx", q)},
	}
	return out
}

// sideBySide puts the totals of a year in several editions next to each other;
// nil when there is only the record.
func (s *Site) sideBySide(ctx context.Context, v voice, editions []incident.Edition, years []incident.YearTotal) (*sideBySide, error) {
	if len(editions) < 2 {
		return nil, nil
	}
	shown := []incident.Edition{editions[0]}
	for _, kind := range []string{"release", "sheet", "starter"} {
		for i := len(editions) - 1; i >= 0; i-- {
			if editions[i].Kind == kind {
				shown = append(shown, editions[i])
			}
		}
	}
	out := &sideBySide{Head: []string{v.T("site.data.year")}}
	if len(shown) > editionsShown {
		out.Note = v.leftOut(shown[editionsShown:])
		shown = shown[:editionsShown]
	}
	totals := make([]map[int]incident.YearTotal, len(shown))
	for i, e := range shown {
		out.Head = append(out.Head, v.editionName(e))
		have, err := s.inventory(ctx, e.ID)
		if err != nil {
			return nil, err
		}
		list := have.Years
		if frozen := e.FrozenTotals(); frozen != nil {
			list = frozen
		}
		totals[i] = map[int]incident.YearTotal{}
		for _, y := range list {
			totals[i][y.Year] = y
		}
	}
	for _, y := range years {
		row := []string{strconv.Itoa(y.Year)}
		for i := range shown {
			cell := "–"
			if t, ok := totals[i][y.Year]; ok {
				cell = v.T("site.data.cell", "n", t.Shutdowns, "countries", v.N(t.Countries))
			}
			row = append(row, cell)
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

// leftOut says which editions the table side by side has no room for.
func (v voice) leftOut(list []incident.Edition) string {
	var names []string
	for _, e := range list[:min(leftOutNamed, len(list))] {
		names = append(names, v.Isolate(clip(e.Label, 60)))
	}
	return v.T("site.data.left_out", "n", len(list), "labels", strings.Join(names, v.T("publish.comma")))
}

// citeAll is how to cite the whole: the newest release, or without one the
// record as it was read today.
func (s *Site) citeAll(v voice, editions []incident.Edition) page.Cite {
	text := v.T("site.cite.all_record", "date", v.day(s.today()))
	if sheet := publish.NewestSheet(editions); sheet != "" {
		text = v.T("site.cite.all_record_sheet", "sheet", v.Date(sheet), "date", v.day(s.today()))
	}
	for _, e := range editions {
		if e.Kind == "release" {
			text = v.T("site.cite.all_release", "label", e.Label, "date", v.Date(e.AsOf))
		}
	}
	return page.Cite{Text: v.withAddress(text, "/data")}
}

// withAddress ends a citation with the whole address.
func (v voice) withAddress(text, path string) string {
	if v.origin == "" {
		return text
	}
	return text + " " + v.origin + path
}

// stopCSV is GET /data/stop.csv: the coalition's sheet, schema E.
func (s *Site) stopCSV(w http.ResponseWriter, r *http.Request) error {
	return s.stopFile(w, r, "csv", "text/csv; charset=utf-8")
}

// stopXLSX is GET /data/stop.xlsx.
func (s *Site) stopXLSX(w http.ResponseWriter, r *http.Request) error {
	return s.stopFile(w, r, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
}

func (s *Site) stopFile(w http.ResponseWriter, r *http.Request, format, mediaType string) error {
	q, err := publish.Asked(r, "year", publish.EditionParam)
	if err != nil {
		return err
	}
	ed, err := s.editionOf(r)
	if err != nil {
		return err
	}
	x := stop.Export{Edition: ed.ID, Schema: "E", Format: format, Public: true}
	name := "stop"
	if text := q.Get("year"); text != "" {
		x.Year, err = strconv.Atoi(text)
		if err != nil || x.Year < 1990 || x.Year > 2200 {
			return fault.New(fault.Invalid, "site.error.year", "value", clip(text, 40))
		}
		have, err := s.inventory(r.Context(), ed.ID)
		if err != nil {
			return err
		}
		if !have.HasYear(x.Year) {
			s.lostYear(w, r, ed, have, x.Year)
			return nil
		}
		name += "-" + strconv.Itoa(x.Year)
	}
	moment, err := s.d.Record.Version(r.Context())
	if err != nil {
		return err
	}
	err = stop.Fits(r.Context(), s.d.Record, x)
	if e := (*sheet.Error)(nil); errors.As(err, &e) {
		return s.unfit(w, r, e)
	}
	if err != nil {
		return err
	}
	return s.stream(w, r, moment, mediaType, name+"."+format, func(out io.Writer) error {
		_, err := stop.Write(r.Context(), s.d.Record, x, out)
		return err
	})
}

// lostYear answers for the sheet of a year without entries, with those of the
// years that have some: a header alone would look like a year without shutdowns.
func (s *Site) lostYear(w http.ResponseWriter, r *http.Request, ed incident.Edition, have *inventory, year int) {
	v := s.voice(r)
	t := &page.Trouble{Title: v.T("site.lost.no_year_title", "year", strconv.Itoa(year)), Text: v.T("site.lost.no_year_text", "edition", v.editionName(ed))}
	q := url.Values{}
	if l := release(ed); l != "" {
		q.Set(publish.EditionParam, l)
	}
	for _, y := range have.Years[:min(maxYearLinks, len(have.Years))] {
		q.Set("year", strconv.Itoa(y.Year))
		t.Links = append(t.Links, page.Link{Text: strconv.Itoa(y.Year), Href: with(page.Of(r).Path, q)})
	}
	t.Links = append(t.Links, page.Link{Text: v.T("site.lost.downloads"), Href: "/data"})
	s.d.Shell.Error(w, r, http.StatusNotFound, t)
}

// maxYearLinks is how many years are offered, the newest.
const maxYearLinks = 30

// unfit answers for a workbook that cannot be written, with the way to the
// same rows as CSV.
func (s *Site) unfit(w http.ResponseWriter, r *http.Request, e *sheet.Error) error {
	v := s.voice(r)
	s.d.Shell.Error(w, r, http.StatusUnprocessableEntity, &page.Trouble{
		Title: v.T("site.data.unfit.title"),
		Text:  v.T("site.data.unfit.text", "row", strconv.Itoa(e.Line), "column", sheet.ColumnName(e.Column-1)),
		Links: []page.Link{{Text: v.T("site.data.unfit.csv"), Href: with("/data/stop.csv", r.URL.Query())}},
	})
	return nil
}
