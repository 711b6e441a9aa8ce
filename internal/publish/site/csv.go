package site

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"

	"keepiton/internal/incident"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/page"
	"keepiton/internal/platform/sheet"
	"keepiton/internal/publish"
)

// csvHeader names the columns of a downloaded list. Terms are keys of the
// codebook, so that the file reads the same in every language.
var csvHeader = []string{
	"ref", "count_year", "country_codes", "countries", "area", "whole_country", "start_date", "start_kind", "end_date", "end_state",
	"days", "cause", "stated_reason", "type", "network", "extent", "scope", "services", "ordered_by", "decision_maker", "cross_border",
	"election", "violence", "hr_abuse", "users_notified", "sources", "confidential_sources", "address", "release", "release_date", "licence",
}

// csvLicence stands in every row, so that a file passed on still says whose it is.
const csvLicence = "STOP, Access Now and the #KeepItOn coalition, CC BY 4.0"

// listCSV is GET /incidents.csv: the rows of a list, as a table. It streams,
// so a failure half way breaks the connection: a short file must not look
// whole.
func (s *Site) listCSV(w http.ResponseWriter, r *http.Request) error {
	q, err := publish.Asked(r, append(incident.FilterNames(), publish.EditionParam)...)
	if err != nil {
		return err
	}
	ed, err := s.editionOf(r)
	if err != nil {
		return err
	}
	if len(parseFilter(q, s.d.Record.Taxonomy()).bad) > 0 {
		return s.list(w, r) // it names each of them, beside the field that offers what can be asked
	}
	f, err := s.d.AskedFilter(q, ed)
	if err != nil {
		return err
	}
	moment, err := s.d.Record.Version(r.Context())
	if err != nil {
		return err
	}
	f.Limit = 1
	if _, err := s.d.Record.List(r.Context(), f); err != nil { // what goes wrong now can still be told
		return err
	}
	return s.stream(w, r, moment, "text/csv; charset=utf-8", "shutdowns.csv", func(out io.Writer) error {
		return s.writeList(r.Context(), out, f, csvFrom{s.d.Shell.Origin(r), ed, s.today()})
	})
}

// writeList writes the whole list, however long: row by row, as it is read.
func (s *Site) writeList(ctx context.Context, w io.Writer, f incident.Filter, from csvFrom) error {
	out := sheet.NewCSV(w, sheet.Out{CRLF: true})
	if err := out.Row(csvHeader); err != nil {
		return err
	}
	if err := s.d.Record.Walk(ctx, f, func(r incident.Row) error { return out.Row(from.row(r)) }); err != nil {
		return err
	}
	return out.Close()
}

// csvFrom is what every row of a file has in common: where the site is, and
// which edition was asked.
type csvFrom struct {
	origin  string
	edition incident.Edition
	today   int
}

// row is one entry as cells. Its address is whole, and stays in the edition the
// row was read from.
func (from csvFrom) row(r incident.Row) []string {
	f := r.Facts
	var codes, names []string
	for _, c := range f.Countries {
		codes = append(codes, c.Code)
		names = append(names, geo.CountryName(c.Code, "en"))
	}
	days := ""
	if r.Entry.Days != nil {
		days = strconv.Itoa(*r.Entry.Days)
	}
	address := ""
	if r.Ref != "" {
		address = from.origin + incidentPath(r.Ref, release(from.edition))
	}
	date := from.edition.AsOf
	if from.edition.ID == incident.RecordEdition {
		date = string(incident.DayDate(from.today))
	}
	var sources []string
	confidential := 0
	for _, x := range f.Sources {
		if x.Class == "confidential" {
			confidential++
		} else if link, ok := webLink(x.URL); ok {
			sources = append(sources, link.Href)
		}
	}
	flag := func(key string) string { return string(f.Flag(key)) }
	yes := func(b bool) string {
		if b {
			return "yes"
		}
		return "no"
	}
	return []string{
		r.Ref, strconv.Itoa(r.Entry.Year), strings.Join(codes, "; "), strings.Join(names, "; "), clean(f.Measure.Area), yes(f.Measure.Whole),
		string(f.Period.Start), f.Period.StartKind, string(f.Period.End), f.Period.EndState, days, f.Cause.Term, f.Reason.Term,
		f.Measure.Method, f.Measure.Network, f.Measure.Extent, f.Measure.Scope, strings.Join(f.Affected(), "; "), f.OrderedBy(),
		clean(f.DecidedBy()), yes(f.CrossBorder()), flag("election"), flag("violence"), flag("hr_abuse"), flag("users_notified"),
		strings.Join(sources, " "), strconv.Itoa(confidential), address, from.edition.Label, date, csvLicence,
	}
}

// clean makes text of strangers fit for a cell.
func clean(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\uFFFD")
}

// errChanged breaks a download off.
var errChanged = errors.New("the record changed while the file was read")

// stream sends a file while it is written. The file is read step by step; when
// the record is no longer that of the moment it was begun, rows may have moved
// past the reading, and the file must not look whole.
func (s *Site) stream(w http.ResponseWriter, r *http.Request, moment int64, mediaType, name string, write func(io.Writer) error) error {
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", "public, max-age=60")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Vary", "Accept-Encoding")
	if r.Method == http.MethodHead {
		return nil
	}
	var out io.Writer = w
	var z *gzip.Writer
	if strings.HasPrefix(mediaType, "text/") && page.AcceptsGzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		z = gzip.NewWriter(w)
		out = z
	}
	err := write(out)
	if err == nil {
		now, verr := s.d.Record.Version(r.Context())
		if err = verr; err == nil && now != moment {
			err = errChanged
		}
	}
	if err == nil && z != nil {
		err = z.Close()
	}
	if err != nil {
		if r.Context().Err() == nil {
			slog.Error("download broke off", "file", name, "err", err)
		}
		panic(http.ErrAbortHandler) // the header is gone: only the break tells
	}
	return nil
}
