package incident

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"

	"keepiton/internal/platform/db"
)

// replay reads every sheet again, from the first one on, into a record without
// entries. The same steps as in a first import then give what reading rightly
// at once had given; nothing of what a wrong reading did has to be undone. What
// it takes over from the record as it stood are the references, and what people
// decided.
type replay struct {
	readings []reading // in the order in which they were imported

	rows   map[origin]priorRow
	roots  map[int64]int64     // where incidents lead that a person merged
	stands map[int64]int64     // where all merged ones lead
	byHand map[int64]bool      // incidents into which a person merged another
	held   map[origin]*chapter // what people edited or withdrew, by the row it was read from
	seqs   map[origin]int      // the places entries had in the record
	places map[placeKey]string // words for places that people have decided on
}

// priorRow is a row of a sheet as it was read before.
type priorRow struct {
	Edition  int64  `db:"edition_id"`
	Line     int    `db:"line"`
	Hash     string `db:"hash"`
	Year     int    `db:"count_year"`
	Outcome  string `db:"outcome"`
	Incident *int64 `db:"incident_id"`
}

// loadReplay reads what is read again: the sheet that is corrected, as it was
// given now, the other sheets from their editions, and the whole record.
func (m *merge) loadReplay(ctx context.Context, prior *Edition, sheet *SheetEdition) error {
	r := m.again
	r.rows, r.held, r.seqs = map[origin]priorRow{}, map[origin]*chapter{}, map[origin]int{}
	rows, err := db.Select[priorRow](ctx, m.tx, `/* incident.loadReplay rows */ select `+db.Columns[priorRow]("")+` from import_row`)
	if err != nil {
		return err
	}
	for _, x := range rows {
		r.rows[origin{x.Edition, x.Line}] = x
	}
	if err := m.loadPlaces(ctx); err != nil {
		return err
	}
	editions, err := db.Select[Edition](ctx, m.tx, `/* incident.loadReplay editions */ select `+db.Columns[Edition]("")+` from edition
		where kind in ('sheet', 'starter') order by id`)
	if err != nil {
		return err
	}
	for i := range editions {
		sh, err := m.storedSheet(ctx, &editions[i])
		if err != nil {
			return err
		}
		strict := editions[i].Strict == 1
		if sheet != nil && editions[i].ID == prior.ID {
			sheet.keepPlaces(sh)
			sh, strict = sheet, m.opt.WithdrawMissing
		}
		r.readings = append(r.readings, reading{sheet: sh, edition: editions[i].ID, strict: strict,
			account: &Account{Edition: sh.Label}, origin: imported, reason: sh.Label})
	}
	return m.loadWhole(ctx)
}

// keepPlaces leaves the places of a sheet's own edition as they were found when
// it was read first: what was learned about words since belongs to the record.
func (e *SheetEdition) keepPlaces(first *SheetEdition) {
	places := map[int][]Place{}
	for _, r := range first.Rows {
		places[r.Line] = r.kept.Places
	}
	for i := range e.Rows {
		r := &e.Rows[i]
		kept := r.Facts
		kept.Places = places[r.Line]
		r.kept = &kept
	}
}

// loadPlaces reads what people have decided about words for places.
func (m *merge) loadPlaces(ctx context.Context) error {
	type row struct {
		Country string `db:"country"`
		Alias   string `db:"alias"`
		Unit    string `db:"unit"`
	}
	rows, err := db.Select[row](ctx, m.tx, `/* incident.loadPlaces */ select country, alias, unit from place_alias`)
	if err != nil {
		return err
	}
	m.again.places = map[placeKey]string{}
	for _, r := range rows {
		m.again.places[placeKey{r.Country, r.Alias}] = r.Unit
	}
	return nil
}

// storedSheet is an imported sheet as its edition keeps it.
func (m *merge) storedSheet(ctx context.Context, e *Edition) (*SheetEdition, error) {
	sh := &SheetEdition{Kind: e.Kind, Label: e.Label, File: e.File, Sheet: e.Sheet, Schema: e.Schema, SHA256: e.SHA256, AsOf: e.AsOf,
		Remark: e.Remark, Header: e.Headers(), Importer: e.Importer, Licence: e.Licence}
	type stored struct {
		Line   int    `db:"line"`
		Cells  string `db:"cells"`
		Extras string `db:"extras"`
		Doubts string `db:"doubts"`
	}
	list, err := db.Select[stored](ctx, m.tx, `/* incident.storedSheet */ select `+db.Columns[stored]("")+` from import_row where edition_id = $1`, e.ID)
	if err != nil {
		return nil, err
	}
	text := map[int]stored{}
	for _, x := range list {
		text[x.Line] = x
	}
	err = eachOf(ctx, m.tx, e.ID, 0, false, func(r Row) error {
		placed, _ := placedBy(r.Facts, m.again.places)
		x := text[r.Entry.Line]
		row := SheetRow{Line: r.Entry.Line, Year: r.Entry.Year, Facts: *placed, kept: r.Facts, Extras: x.Extras}
		if err := json.Unmarshal([]byte(x.Cells), &row.Cells); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(x.Doubts), &row.Warnings); err != nil {
			return err
		}
		if r.Entry.Counted == 0 {
			row.Parked = "parked when it was read"
		}
		sh.Rows = append(sh.Rows, row)
		return nil
	})
	return sh, err
}

// loadWhole reads all incidents of the record that a sheet has and takes their
// entries out, but for those that none has. Those of the desk stay as they are. Incidents that an import had joined to others
// are apart again. What a person joined stays joined.
func (m *merge) loadWhole(ctx context.Context) error {
	m.stories, m.refs = map[int64]*story{}, map[int]int{}
	m.byYear = map[int][]*story{}
	entries, err := db.Select[Entry](ctx, m.tx, `/* incident.loadWhole */ select `+db.Columns[Entry]("")+` from entry where edition_id = $1
		and (incident_id in (select incident_id from entry where edition_id = $1 and source_edition <> 0)
			or incident_id in (select id from incident where origin = $2)) order by seq`, RecordEdition, fromDesk)
	if err != nil {
		return err
	}
	if err := m.loadStories(ctx, m.tx, entries); err != nil {
		return err
	}
	m.setDeskApart()
	if err := m.loadSaid(ctx); err != nil {
		return err
	}
	if err := m.loadAsked(ctx); err != nil {
		return err
	}
	if err := m.loadApart(ctx); err != nil {
		return err
	}
	m.deskSeqs(func(seq int) { m.nextSeq = max(m.nextSeq, seq+1) })
	next, _, err := db.Value[int64](ctx, m.tx, `/* incident.loadWhole id */ select coalesce(max(id), 0) + 1 from incident`)
	if err != nil {
		return err
	}
	m.nextID, m.firstID = next, next
	if err := m.loadMerged(ctx); err != nil {
		return err
	}
	withdrawn, err := m.withdrawnHere(ctx)
	if err != nil {
		return err
	}
	for _, st := range m.stories {
		for year, c := range st.years {
			m.nextSeq = max(m.nextSeq, c.entry.Seq+1)
			at := origin{c.entry.Origin, c.entry.Line}
			if _, ofSheet := m.again.rows[at]; !ofSheet {
				continue
			}
			if _, twice := m.again.seqs[at]; !twice || c.entry.Counted == 1 { // one that stays withdrawn may be of the same row
				m.again.seqs[at] = c.entry.Seq
			}
			c.withdrawn = c.entry.Counted == 0 && withdrawn[yearOf{st.id, year}]
			c.held = c.withdrawn || c.entry.Touched == 1
			if c.held {
				m.again.held[at] = c
			}
			delete(st.years, year)
		}
	}
	return nil
}

// loadMerged brings incidents back, without entries, that an import had joined
// to others, and notes where those lead that a person did.
func (m *merge) loadMerged(ctx context.Context) error {
	type row struct {
		ID     int64  `db:"id"`
		Ref    string `db:"ref"`
		Into   int64  `db:"merged_into"`
		Origin string `db:"origin"`
	}
	rows, err := db.Select[row](ctx, m.tx, `/* incident.loadMerged */ select i.id, i.ref, i.merged_into, coalesce(c.origin, '') as origin
		from incident i left join incident_change c on c.incident_id = i.id and c.revision = i.revision where i.merged_into is not null order by i.id`)
	if err != nil {
		return err
	}
	r := m.again
	all, err := leadsTo(ctx, m.tx)
	if err != nil {
		return err
	}
	r.stands = all
	r.roots, r.byHand = map[int64]int64{}, map[int64]bool{}
	step := map[int64]int64{}
	for _, x := range rows {
		if m.isOnDesk(all[x.ID]) { // the desk took up what another had joined: that stays
			continue
		}
		if x.Origin == imported {
			m.stories[x.ID] = &story{id: x.ID, ref: x.Ref, years: map[int]*chapter{}, warn: map[int][]Warning{}, was: m.stories[all[x.ID]]}
			continue
		}
		step[x.ID] = x.Into
	}
	for id, to := range step {
		for next, more := step[to]; more; next, more = step[to] {
			to = next
		}
		r.roots[id] = to
		r.byHand[to] = true
	}
	return nil
}

// yearOf is an incident in a count year.
type yearOf struct {
	incident int64
	year     int
}

// withdrawnHere lists the entries that a person, and not an import, took out of
// the count, under the incidents that stand for theirs now.
func (m *merge) withdrawnHere(ctx context.Context) (map[yearOf]bool, error) {
	changes, err := db.Select[changeRow](ctx, m.tx, `/* incident.withdrawnHere */ select `+db.Columns[changeRow]("")+` from incident_change
		where diff like '%"counted %' order by at, incident_id, revision`)
	if err != nil {
		return nil, err
	}
	roots, err := leadsTo(ctx, m.tx)
	if err != nil {
		return nil, err
	}
	out := map[yearOf]bool{}
	for _, c := range changes {
		var diff []FieldDiff
		if err := json.Unmarshal([]byte(c.Diff), &diff); err != nil {
			return nil, err
		}
		id := c.Incident
		if to, merged := roots[id]; merged {
			id = to
		}
		for _, d := range diff {
			var year int
			if n, _ := fmt.Sscanf(d.Field, "counted %d", &year); n == 1 {
				out[yearOf{id, year}] = c.Origin != imported && d.New == "no"
			}
		}
	}
	return out, nil
}

// read takes a sheet in, as a first import does.
func (r *replay) read(ctx context.Context, m *merge, x *reading) error {
	m.reading = *x
	m.byYear = map[int][]*story{}
	for _, st := range m.stories {
		for year, c := range st.years {
			c.matched = false
			m.byYear[year] = append(m.byYear[year], st)
		}
	}
	for year, list := range m.byYear {
		sort.Slice(list, func(i, j int) bool { return list[i].years[year].entry.Seq < list[j].years[year].entry.Seq })
	}
	for _, step := range []func(context.Context) error{m.findLead, m.decide, m.findMissing, m.joinCarried} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("read %s again: %w", x.sheet.Label, err)
		}
	}
	m.nextSeq += len(x.sheet.Rows)
	*x = m.reading
	return nil
}

// shared are the count years that another sheet of the same file has too.
func (r *replay) shared(x *reading) map[int]bool {
	out := map[int]bool{}
	for _, other := range r.readings {
		for _, row := range other.sheet.Rows {
			if other.edition != x.edition && other.sheet.SHA256 == x.sheet.SHA256 && row.Parked == "" {
				out[row.Year] = true
			}
		}
	}
	return out
}

// hold lays what people edited or withdrew over the rows it was read from, when
// all sheets are in: rows are compared as they were read, not with what
// somebody made of one later. A row that the record does not take any more
// stays in it for that, without counting.
func (r *replay) hold(m *merge) {
	for _, x := range r.readings {
		m.reading = x
		for i := range x.sheet.Rows {
			row, plan := &x.sheet.Rows[i], &x.rows[i]
			h := r.held[origin{m.edition, row.Line}]
			if h == nil {
				continue
			}
			wanted := plan.story != nil
			if !wanted {
				m.nextSeq++
				m.admit(row, plan, m.nextSeq)
			}
			st := plan.story.standing()
			c := st.years[row.Year]
			if c.held { // two rows that were edited are one entry now
				m.review("edit_conflict", st, nil, row.Line, fmt.Sprintf("%s line %d was edited here, and so was another row of the same incident; the other one's text stands",
					x.sheet.Label, row.Line))
				continue
			}
			entry := h.entry
			entry.Incident, entry.Seq, entry.Year = &st.id, c.entry.Seq, row.Year
			switch { // who edits it does not decide whether it counts
			case h.withdrawn:
			case wanted:
				entry.Counted = c.entry.Counted
			default:
				entry.Counted, plan.outcome = 0, Parked
				m.review("edit_conflict", st, nil, row.Line, fmt.Sprintf("%s line %d was edited here, and the record does not take the row any more (%s): it stays as it was edited, but does not count",
					x.sheet.Label, row.Line, plan.reason))
			}
			st.years[row.Year] = &chapter{entry: entry, facts: h.facts, asRead: c.facts, matched: true, held: true}
		}
	}
}

// pinned is what a person made of the row an entry was read from, nil when
// nobody did. Sheets after that row leave the entry as it is.
func (r *replay) pinned(e *Entry) *chapter {
	if r == nil {
		return nil
	}
	return r.held[origin{e.Origin, e.Line}]
}

// home is the incident a row belonged to before, when it is free. References
// are found again so, and none is given twice.
func (r *replay) home(m *merge, row *SheetRow) *story {
	if r == nil {
		return nil
	}
	id := r.rows[origin{m.edition, row.Line}].Incident
	if id == nil {
		return nil
	}
	st := m.stories[r.root(*id)]
	if st == nil || st.years[row.Year] != nil || len(st.years) > 0 && !r.byHand[st.id] {
		return nil
	}
	return st
}

func (r *replay) root(id int64) int64 {
	if to, merged := r.roots[id]; merged {
		return to
	}
	return id
}

// seat gives the entries the places in the record that they had when they were
// read from the same rows.
func (r *replay) seat(m *merge) {
	var fresh []*chapter
	next := 0
	for _, seq := range r.seqs {
		next = max(next, seq+1)
	}
	m.deskSeqs(func(seq int) { next = max(next, seq+1) })
	for _, st := range m.stories {
		for _, c := range st.years {
			at := origin{c.entry.Origin, c.entry.Line}
			if _, ofSheet := r.rows[at]; !ofSheet {
				next = max(next, c.entry.Seq+1)
				continue
			}
			if seq, had := r.seqs[at]; had {
				c.entry.Seq = seq
				delete(r.seqs, at)
				continue
			}
			fresh = append(fresh, c)
		}
	}
	sort.Slice(fresh, func(i, j int) bool { return fresh[i].entry.Seq < fresh[j].entry.Seq })
	for _, c := range fresh {
		c.entry.Seq = next
		next++
	}
	m.nextSeq = next
}

// was is the incident a row belonged to before the sheets are read again, 0 for
// none, and at a first import.
func (r *replay) was(m *merge, row *SheetRow) int64 {
	if r == nil {
		return 0
	}
	id := r.rows[origin{m.edition, row.Line}].Incident
	if id == nil {
		return 0
	}
	if to, merged := r.stands[*id]; merged {
		return to
	}
	return *id
}
