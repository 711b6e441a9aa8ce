package stop

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/fault"
)

// The starter register is what an empty installation shows at first: facts
// only, drawn from the coalition's combined sheet. No narrative, no quotation,
// no name of a person, no sentence.
//
//go:embed starter.jsonl.gz
var starterFile []byte

// starterHead is the first line of the file.
type starterHead struct {
	Format      string `json:"format"`
	AsOf        string `json:"as_of"`
	Rows        int    `json:"rows"`
	Attribution string `json:"attribution"`
	Licence     string `json:"licence"`
}

const starterFormat = "keepiton starter 1"

const attribution = "Facts from STOP, the Shutdown Tracker Optimization Project of Access Now and the #KeepItOn coalition"

// starterRow is one count entry.
type starterRow struct {
	Line  int            `json:"n"`
	Year  int            `json:"year"`
	Facts incident.Facts `json:"facts"`
}

// WriteStarter writes the starter register from the record. It refuses while
// anything is withheld: a row is recognised by its area and services, and with
// a mark in them the sheet it came from would be laid beside it, not over it.
func WriteStarter(ctx context.Context, s *incident.Service, asOf string, w io.Writer) (rows int, err error) {
	withheld, err := s.Withheld(ctx)
	if err != nil {
		return 0, fmt.Errorf("stop.WriteStarter: %w", err)
	}
	if len(withheld) > 0 {
		return 0, fault.New(fault.Conflict, "stop.starter_withheld")
	}
	var list []starterRow
	err = s.Each(ctx, incident.RecordEdition, 0, func(r incident.Row) error {
		list = append(list, starterRow{len(list) + 1, r.Entry.Year, factsOnly(*r.Facts)})
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("stop.WriteStarter: %w", err)
	}
	gz, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return 0, err
	}
	enc := json.NewEncoder(gz)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(starterHead{starterFormat, asOf, len(list), attribution, "CC BY 4.0"}); err != nil {
		return 0, err
	}
	for _, r := range list {
		if err := enc.Encode(r); err != nil {
			return 0, err
		}
	}
	return len(list), gz.Close()
}

// factsOnly takes out every text somebody wrote.
func factsOnly(f incident.Facts) incident.Facts {
	f.Notes = nil
	f.Cause.Details, f.Reason.Details, f.Reason.Quote, f.Legal.Text, f.Telco.Quote = "", "", "", "", ""
	f.Reason.Source, f.Telco.Source = onlyLinks(f.Reason.Source), onlyLinks(f.Telco.Source)
	if len(strings.Fields(f.Period.Stated)) > longestDuration {
		f.Period.Stated = ""
	}
	told := placeName(f.Measure.Area) != f.Measure.Area
	f.Measure.Area = placeName(f.Measure.Area)
	f.Places = append([]incident.Place(nil), f.Places...)
	for i := range f.Places {
		p := &f.Places[i]
		p.Text = placeName(p.Text)
		if told && p.Unit == "" { // a part of the sentence, not a place
			p.Text = ""
		}
	}
	operators := f.Operators
	f.Operators = nil
	for _, o := range operators {
		if len(o.Verbatim) <= longestOperator { // a longer one is a list or a letter, not a name
			f.Operators = append(f.Operators, o)
		}
	}
	var actors []incident.Actor
	for _, a := range f.Actors {
		if a.Role == "ordered" {
			a.Name = ""
			actors = append(actors, a)
		}
	}
	f.Actors = actors
	f.Services = append([]incident.Effect(nil), f.Services...)
	for i := range f.Services {
		if len(strings.Fields(f.Services[i].Verbatim)) > 3 {
			f.Services[i].Verbatim = ""
		}
	}
	f.Groups = append([]incident.Group(nil), f.Groups...)
	for i := range f.Groups {
		f.Groups[i].Verbatim, f.Groups[i].Detail = "", ""
	}
	f.Cost = append([]incident.Cost(nil), f.Cost...)
	for i := range f.Cost {
		f.Cost[i].Verbatim = ""
	}
	sources := f.Sources
	f.Sources = nil
	for _, s := range sources {
		s.Text = ""
		if s.Class == confidentialClass {
			s.URL = "" // that there is one is public, which one is not
		}
		f.Sources = append(f.Sources, s)
	}
	return f
}

const (
	longestOperator = 60 // letters
	longestDuration = 6  // words: “about two hours” is a fact, an account of the nights is not
)

// onlyLinks keeps the addresses of a cell.
func onlyLinks(text string) string {
	urls, _ := splitLinks(text)
	return strings.Join(urls, "; ")
}

// sentence finds what only a sentence has: a verb of its own, or a full stop
// after a word. The short words before a name, such as St. or Gen., are none.
var sentence = regexp.MustCompile(`(?i)\b(?:was|were|slowed)\b|\pL{4,}\.\s`)

// placeName keeps what can be a list of places, however long, and drops a
// sentence.
func placeName(s string) string {
	if sentence.MatchString(s) {
		return ""
	}
	return s
}

// Starter reads the embedded starter register.
func Starter() (*incident.SheetEdition, error) { return readStarter(bytes.NewReader(starterFile)) }

func readStarter(r io.Reader) (*incident.SheetEdition, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(raw)
	gz, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("stop.Starter: %w", err)
	}
	dec := json.NewDecoder(bufio.NewReader(gz))
	var head starterHead
	if err := dec.Decode(&head); err != nil || head.Format != starterFormat {
		return nil, fmt.Errorf("stop.Starter: not a starter register: %w", err)
	}
	ed := &incident.SheetEdition{Kind: "starter", Label: "starter " + head.AsOf, File: "starter.jsonl.gz", Schema: "E",
		SHA256: hex.EncodeToString(sum[:]), AsOf: head.AsOf, Importer: ImporterVersion, Licence: head.Attribution + ", " + head.Licence}
	for {
		var row starterRow
		if err := dec.Decode(&row); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("stop.Starter: row %d: %w", len(ed.Rows)+1, err)
		}
		ed.Rows = append(ed.Rows, incident.SheetRow{Line: row.Line, Year: row.Year, Facts: row.Facts})
	}
	if len(ed.Rows) != head.Rows {
		return nil, fmt.Errorf("stop.Starter: %d rows, %d promised", len(ed.Rows), head.Rows)
	}
	return ed, nil
}
