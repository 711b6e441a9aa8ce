package incident

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"time"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// Incident is one shutdown with everything the record says about it, as an
// edition has it.
type Incident struct {
	Ref         string        `json:"ref"`
	State       string        `json:"state"`
	MergedInto  string        `json:"merged_into,omitempty"` // reference of the incident that took it in
	Methodology string        `json:"methodology,omitempty"`
	Edited      Instant       `json:"updated_at"`
	Created     Instant       `json:"created_at"`
	Revision    int64         `json:"revision"`
	Edition     string        `json:"edition"`
	LastYear    int           `json:"last_count_year"`
	Facts       *Facts        `json:"facts"`
	Years       []Chapter     `json:"count_entries"`
	Changes     []Change      `json:"history,omitempty"`
	Warnings    []YearWarning `json:"quality_warnings,omitempty"`
	Urgent      *Instant      `json:"unconfirmed_until,omitempty"` // public without two signatures, until then

	ID     int64 `json:"-"`
	Desk   bool  `json:"-"` // worked out at the desk
	Lapsed bool  `json:"-"` // its time is over, though nobody has taken it back yet
}

// Instant is a moment as the tables keep it, in microseconds UTC. As text it is
// a time of RFC 3339.
type Instant int64

// Time is the moment as a time.
func (i Instant) Time() time.Time { return time.UnixMicro(int64(i)).UTC() }

// MarshalText writes it to the second.
func (i Instant) MarshalText() ([]byte, error) {
	return i.Time().Truncate(time.Second).MarshalText()
}

// Chapter is the incident in one count year.
type Chapter struct {
	Year    int    `json:"count_year"`
	Origin  string `json:"from"` // label of the sheet it was read from
	Line    int    `json:"line,omitempty"`
	Counted bool   `json:"counted"`
	Touched bool   `json:"edited"`
	Differs bool   `json:"differs"`         // the facts of that year differ from the newest
	Facts   *Facts `json:"facts,omitempty"` // only when they differ
}

// Change is one step of the history.
type Change struct {
	Revision int64       `json:"revision"`
	At       Instant     `json:"at"`
	Origin   string      `json:"by"`
	Reason   string      `json:"reason"`
	Diff     []FieldDiff `json:"changed"`
}

// YearWarning is a doubt about the row of a year.
type YearWarning struct {
	Year   int    `db:"count_year" json:"count_year"`
	Rule   string `db:"rule" json:"rule"`
	Detail string `db:"detail" json:"detail"`
	State  string `db:"state" json:"state"`
}

// Get reads an incident by its reference as an edition has it. One that was
// merged comes with MergedInto set and no facts, except in an edition that was
// frozen before: there it answers as it did then. Not found is an error of
// that kind.
func (s *Service) Get(ctx context.Context, edition int64, ref string) (*Incident, error) {
	q := s.db.Reader()
	row, found, err := db.SelectOne[incidentRow](ctx, q, `/* incident.Get */ select `+db.Columns[incidentRow]("")+` from incident where ref = $1`, ref)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fault.New(fault.NotFound, "incident.unknown", "ref", clipValue(ref))
	}
	ed, err := s.Edition(ctx, edition)
	if err != nil {
		return nil, err
	}
	inc := &Incident{Ref: row.Ref, State: row.State, Methodology: row.Methodology, Edited: Instant(row.Updated), Created: Instant(row.Created),
		Revision: row.Revision, Edition: ed.Label, ID: row.ID, Desk: row.Origin == fromDesk}
	switch {
	case edition != RecordEdition: // what was urgent is in no other
	case urgentOver(row.Urgent, s.now()):
		inc.State, inc.Lapsed = "retracted", true
	case row.Urgent != nil:
		until := Instant(*row.Urgent)
		inc.Urgent = &until
	}
	if row.MergedInto == nil || edition != RecordEdition { // the living record always sends on
		if err := s.readChapters(ctx, inc, edition); err != nil {
			return nil, err
		}
	}
	if row.MergedInto != nil {
		if err := s.follow(ctx, inc, edition, *row.MergedInto); err != nil {
			return nil, err
		}
	}
	if inc.MergedInto != "" {
		return inc, nil
	}
	if inc.Facts == nil {
		return nil, fault.New(fault.NotFound, "incident.not_in_edition", "ref", row.Ref, "edition", ed.Label)
	}
	if err := s.readHistory(ctx, inc); err != nil {
		return nil, err
	}
	inc.asOf(ed)
	return inc, nil
}

// asOf takes out of the history what an edition cannot know: a release ends
// when it was cut, a sheet says what it said when it was published.
func (inc *Incident) asOf(ed Edition) {
	if ed.Kind == "record" {
		return
	}
	known := inc.Changes[:0]
	for _, c := range inc.Changes {
		if ed.Kind == "release" && c.At <= Instant(ed.Created) {
			known = append(known, c)
		}
	}
	inc.Changes, inc.Revision, inc.Edited = known, 1, inc.Created
	if len(known) > 0 { // newest first
		inc.Revision, inc.Edited = known[0].Revision, known[0].At
	}
}

// follow goes from a merged incident to those that took it in. In an edition
// that has rows of its own for it, only the standing is taken over: what is
// withdrawn since must not be shown under its earlier reference. Else
// MergedInto is set to the first on the way that the edition has.
func (s *Service) follow(ctx context.Context, inc *Incident, edition, next int64) error {
	q := s.db.Reader()
	for {
		row, found, err := db.SelectOne[incidentRow](ctx, q, `/* incident.follow */ select `+db.Columns[incidentRow]("")+` from incident where id = $1`, next)
		if err != nil || !found {
			return err
		}
		if inc.Facts == nil && inc.MergedInto == "" {
			_, has, err := db.Value[int64](ctx, q, `/* incident.follow entry */ select ord from entry where edition_id = $1 and incident_id = $2 limit 1`, edition, row.ID)
			if err != nil {
				return err
			}
			if has {
				inc.MergedInto = row.Ref
			}
		}
		if row.MergedInto == nil {
			if inc.Facts != nil {
				inc.State = row.State
			}
			return nil
		}
		next = *row.MergedInto
	}
}

func (s *Service) readChapters(ctx context.Context, inc *Incident, edition int64) error {
	entries, err := db.Select[Entry](ctx, s.db.Reader(), `/* incident.readChapters */ select `+db.Columns[Entry]("")+
		` from entry where edition_id = $1 and incident_id = $2 order by count_year`, edition, inc.ID)
	if err != nil {
		return err
	}
	rows, err := s.resolve(ctx, entries)
	if err != nil {
		return err
	}
	labels, err := s.editionLabels(ctx)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.Entry.Latest == 1 {
			inc.Facts, inc.LastYear = r.Facts, r.Entry.Year
		}
	}
	for _, r := range rows {
		c := Chapter{Year: r.Entry.Year, Origin: labels[r.Entry.Origin], Line: r.Entry.Line, Counted: r.Entry.Counted == 1, Touched: r.Entry.Touched == 1}
		if r.Entry.Latest == 0 && inc.Facts != nil && HashFacts(r.Facts) != HashFacts(inc.Facts) {
			c.Differs, c.Facts = true, r.Facts
		}
		inc.Years = append(inc.Years, c)
	}
	return nil
}

func (s *Service) editionLabels(ctx context.Context) (map[int64]string, error) {
	all, err := s.Editions(ctx)
	out := map[int64]string{}
	for _, e := range all {
		out[e.ID] = e.Label
	}
	return out, err
}

func (s *Service) readHistory(ctx context.Context, inc *Incident) error {
	changes, err := db.Select[changeRow](ctx, s.db.Reader(), `/* incident.readHistory */ select `+db.Columns[changeRow]("")+
		` from incident_change where incident_id = $1 order by revision desc`, inc.ID)
	if err != nil {
		return err
	}
	hidden, err := loadMasks(ctx, s.db.Reader())
	if err != nil {
		return err
	}
	secret, err := confidentialOf(ctx, s.db.Reader(), []int64{inc.ID})
	if err != nil {
		return err
	}
	for _, c := range changes {
		step := Change{Revision: c.Revision, At: Instant(c.At), Origin: c.Origin, Reason: c.Reason}
		if err := json.Unmarshal([]byte(c.Diff), &step.Diff); err != nil {
			return fmt.Errorf("incident %s revision %d: %w", inc.Ref, c.Revision, err)
		}
		step.conceal(secret[inc.ID])
		hidden.change(&step)
		inc.Changes = append(inc.Changes, step)
	}
	inc.Warnings, err = db.Select[YearWarning](ctx, s.db.Reader(), `/* incident.readHistory warnings */ select `+db.Columns[YearWarning]("")+
		` from quality_warning where incident_id = $1 and state <> 'fixed' order by count_year, rule`, inc.ID)
	for i := range inc.Warnings {
		inc.Warnings[i].Detail = hidden.text(secret[inc.ID].withoutSure(inc.Warnings[i].Detail))
	}
	return err
}

// Recent lists the newest changes of the record with the reference of their
// incident.
type Recent struct {
	Ref string
	Change
	Batch int // how many incidents were coded anew at once, where lists of changes tell all in one; else 0
}

// RecentChanges reads the newest changes, newest first. They are changes after
// the first reading of an incident. What was coded anew in a batch is one of them,
// that of its first incident.
func (s *Service) RecentChanges(ctx context.Context, limit int) ([]Recent, error) {
	var w db.Where
	onceABatch(&w)
	rows, err := db.Select[changeRow](ctx, s.db.Reader(), `/* incident.RecentChanges */ select `+db.Columns[changeRow]("")+
		` from incident_change where `+w.SQL()+` order by at desc, incident_id limit `+w.Arg(limit), w.Args()...)
	if err != nil {
		return nil, err
	}
	list, err := s.recent(ctx, rows)
	if err != nil {
		return nil, err
	}
	return list, s.countBatches(ctx, rows, list)
}

// recent adds references to changes, and takes out what is withheld.
func (s *Service) recent(ctx context.Context, rows []changeRow) ([]Recent, error) {
	var ids []int64
	for _, r := range rows {
		ids = append(ids, r.Incident)
	}
	refs, err := refsOf(ctx, s.db.Reader(), ids)
	if err != nil {
		return nil, err
	}
	hidden, err := loadMasks(ctx, s.db.Reader())
	if err != nil {
		return nil, err
	}
	secret, err := confidentialOf(ctx, s.db.Reader(), ids)
	if err != nil {
		return nil, err
	}
	out := make([]Recent, len(rows))
	for i, r := range rows {
		out[i] = Recent{Ref: refs[r.Incident], Change: Change{r.Revision, Instant(r.At), r.Origin, r.Reason, nil}}
		if err := json.Unmarshal([]byte(r.Diff), &out[i].Diff); err != nil {
			return nil, err
		}
		out[i].conceal(secret[r.Incident])
		hidden.change(&out[i].Change)
	}
	return out, nil
}

// Related lists incidents of the same first country that started nearest in
// time, not counting the incident itself.
func (s *Service) Related(ctx context.Context, inc *Incident, edition int64, n int) ([]Row, error) {
	if len(inc.Facts.Countries) == 0 {
		return nil, nil
	}
	f := Filter{Edition: edition, Country: inc.Facts.Countries[0].Code, Limit: n + 1}
	start, _ := inc.Facts.Period.Start.Day()
	ord := ordOf(max(edition, RecordEdition), start, 0)
	before, after := f, f
	before.After = cursorOf(hit{Ord: ord})
	after.Sort, after.After = "oldest", before.After
	var rows []Row
	for _, x := range []Filter{before, after} {
		p, err := s.List(ctx, x)
		if err != nil {
			return nil, err
		}
		rows = append(rows, p.Rows...)
	}
	distance := func(r Row) int {
		if r.Entry.StartDay > start {
			return r.Entry.StartDay - start
		}
		return start - r.Entry.StartDay
	}
	sort.SliceStable(rows, func(i, j int) bool { return distance(rows[i]) < distance(rows[j]) })
	out := rows[:0]
	for _, r := range rows {
		if r.Ref != inc.Ref && len(out) < n {
			out = append(out, r)
		}
	}
	return out, nil
}
