package incident

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"keepiton/internal/platform/db"
)

// loadReplay reads what is read again: the sheet that is corrected, as it was
// given now, the sheets after it from their editions, and the whole record.
func (m *merge) loadReplay(ctx context.Context, prior *Edition, sheet *SheetEdition) error {
	r := m.again
	r.rows, r.labels, r.seqs = map[origin]priorRow{}, map[string]bool{}, map[origin]int{}
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
	later, err := db.Select[Edition](ctx, m.tx, `/* incident.loadReplay later */ select `+db.Columns[Edition]("")+` from edition
		where kind in ('sheet', 'starter') and id > $1 order by id`, prior.ID)
	if err != nil {
		return err
	}
	r.sheets, r.ids = []*SheetEdition{sheet}, []int64{prior.ID}
	r.labels[prior.Label] = true
	for i := range later {
		sh, err := m.storedSheet(ctx, &later[i])
		if err != nil {
			return err
		}
		r.sheets, r.ids = append(r.sheets, sh), append(r.ids, later[i].ID)
		r.labels[later[i].Label] = true
	}
	if err := m.loadWhole(ctx); err != nil {
		return err
	}
	marks := make([]string, len(r.ids))
	var w db.Where
	for i, id := range r.ids {
		marks[i] = w.Arg(id)
	}
	in := "(" + strings.Join(marks, ", ") + ")"
	for _, query := range []string{
		`/* incident.loadReplay reviews */ delete from review_item where state = 'open' and edition_id in ` + in +
			` and kind in ('carry_over', 'missing_from_newer_edition', 'only_in_older_edition', 'edit_conflict')`,
		`/* incident.loadReplay entries */ delete from entry where edition_id in ` + in,
		`/* incident.loadReplay tally */ delete from tally where edition_id in ` + in,
	} {
		if _, err := db.Exec(ctx, m.tx, query, w.Args()...); err != nil {
			return err
		}
	}
	return nil
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
	type cells struct {
		Line   int    `db:"line"`
		Cells  string `db:"cells"`
		Extras string `db:"extras"`
	}
	list, err := db.Select[cells](ctx, m.tx, `/* incident.storedSheet */ select line, cells, extras from import_row where edition_id = $1`, e.ID)
	if err != nil {
		return nil, err
	}
	text := map[int]cells{}
	for _, x := range list {
		text[x.Line] = x
	}
	doubts, err := db.Select[warningRow](ctx, m.tx, `/* incident.storedSheet doubts */ select `+db.Columns[warningRow]("")+` from quality_warning`)
	if err != nil {
		return nil, err
	}
	warn := map[[2]int64][]Warning{}
	for _, x := range doubts {
		k := [2]int64{x.Incident, int64(x.Year)}
		warn[k] = append(warn[k], Warning{x.Rule, x.Detail})
	}
	err = eachOf(ctx, m.tx, e.ID, 0, false, func(r Row) error {
		placed, _ := placedBy(r.Facts, m.again.places)
		row := SheetRow{Line: r.Entry.Line, Year: r.Entry.Year, Facts: *placed, kept: r.Facts, Extras: text[r.Entry.Line].Extras}
		if err := json.Unmarshal([]byte(text[r.Entry.Line].Cells), &row.Cells); err != nil {
			return err
		}
		if r.Entry.Counted == 0 {
			row.Parked = "parked when it was read"
		}
		if r.Entry.Incident != nil {
			row.Warnings = warn[[2]int64{*r.Entry.Incident, int64(r.Entry.Year)}]
		}
		sh.Rows = append(sh.Rows, row)
		return nil
	})
	return sh, err
}

// loadWhole reads all incidents of the record, those that imports which are
// read again had joined to others among them, as they were before: empty.
func (m *merge) loadWhole(ctx context.Context) error {
	m.stories, m.refs = map[int64]*story{}, map[int]int{}
	m.byYear = map[int][]*story{}
	entries, err := db.Select[Entry](ctx, m.tx, `/* incident.loadWhole */ select `+db.Columns[Entry]("")+` from entry where edition_id = $1 order by seq`, RecordEdition)
	if err != nil {
		return err
	}
	if err := m.loadStories(ctx, entries); err != nil {
		return err
	}
	for _, e := range entries {
		m.again.seqs[origin{e.Origin, e.Line}] = e.Seq
		m.nextSeq = max(m.nextSeq, e.Seq+1)
	}
	next, _, err := db.Value[int64](ctx, m.tx, `/* incident.loadWhole id */ select coalesce(max(id), 0) + 1 from incident`)
	if err != nil {
		return err
	}
	m.nextID, m.firstID = next, next
	return m.loadMerged(ctx)
}

// loadMerged takes those incidents apart again that an import of the replay
// had joined. What a person joined stays joined.
func (m *merge) loadMerged(ctx context.Context) error {
	type row struct {
		ID     int64  `db:"id"`
		Ref    string `db:"ref"`
		Into   int64  `db:"merged_into"`
		Origin string `db:"origin"`
		Reason string `db:"reason"`
	}
	rows, err := db.Select[row](ctx, m.tx, `/* incident.loadMerged */ select i.id, i.ref, i.merged_into, coalesce(c.origin, '') as origin, coalesce(c.reason, '') as reason
		from incident i left join incident_change c on c.incident_id = i.id and c.revision = i.revision where i.merged_into is not null order by i.id`)
	if err != nil {
		return err
	}
	r := m.again
	all, err := leadsTo(ctx, m.tx)
	if err != nil {
		return err
	}
	r.roots, r.byHand = map[int64]int64{}, map[int64]bool{}
	step, person := map[int64]int64{}, map[int64]bool{}
	for _, x := range rows {
		if x.Origin == "import" && r.labels[x.Reason] {
			m.stories[x.ID] = &story{id: x.ID, ref: x.Ref, years: map[int]*chapter{}, warn: map[int][]Warning{}, was: m.stories[all[x.ID]]}
			continue
		}
		step[x.ID], person[x.ID] = x.Into, x.Origin != "import"
	}
	for id, to := range step {
		for next, more := step[to]; more; next, more = step[to] {
			to = next
		}
		r.roots[id] = to
		r.byHand[to] = r.byHand[to] || person[id]
	}
	return nil
}

// takeBack undoes what the sheets of the replay did to the record: entries that
// were read from them go back to the row of the sheet before, or away. What a
// person edited or withdrew stays, in the count year its row has now.
func (m *merge) takeBack(ctx context.Context, first int64, sheet *SheetEdition) error {
	withdrawn, err := m.lastCounted(ctx)
	if err != nil {
		return err
	}
	year := map[int]int{}
	for _, r := range sheet.Rows {
		year[r.Line] = r.Year
	}
	earlier, err := m.earlierRows(ctx, first)
	if err != nil {
		return err
	}
	for _, st := range m.ordered() {
		for _, was := range st.before {
			c := st.years[was.entry.Year]
			by := withdrawn[yearOf{st.id, c.entry.Year}]
			if by == byReplay {
				c.entry.Counted = 1
			}
			owner := st
			if x := m.again.rows[origin{c.entry.Origin, c.entry.Line}]; x.Incident != nil {
				if home := m.stories[m.again.root(*x.Incident)]; home != nil && home.was != nil {
					owner = home
				}
			}
			delete(st.years, c.entry.Year)
			c.held = c.entry.Touched == 1 || c.entry.Counted == 0 && by == byPerson
			seq := origin{c.entry.Origin, c.entry.Line}
			place := m.again.seqs[seq]
			delete(m.again.seqs, seq)
			switch {
			case !slices.Contains(m.again.ids, c.entry.Origin):
			case c.held:
				if y, moved := year[c.entry.Line]; c.entry.Origin == first && moved && st.years[y] == nil {
					c.entry.Year = y
				}
			default:
				if c = earlier.restore(c, owner.id, m.again.places); c == nil {
					m.again.seqs[seq] = place // free for the row when it is admitted again
					continue
				}
			}
			c.entry.Incident = &owner.id
			owner.years[c.entry.Year] = c
		}
	}
	return nil
}

// yearOf is an incident in a count year.
type yearOf struct {
	incident int64
	year     int
}

// Who took an entry out of the count, or put it back, last.
const (
	byImport = iota // one that is not read again, or nobody
	byReplay
	byPerson
)

// lastCounted finds who changed last whether an entry counts, and notes which
// imports of the replay withdrew what was missing.
func (m *merge) lastCounted(ctx context.Context) (map[yearOf]int, error) {
	m.again.strict = map[string]bool{}
	changes, err := db.Select[changeRow](ctx, m.tx, `/* incident.lastCounted */ select `+db.Columns[changeRow]("")+` from incident_change
		where diff like '%"counted %' order by incident_id, revision`)
	if err != nil {
		return nil, err
	}
	out := map[yearOf]int{}
	for _, c := range changes {
		diff, err := storedDiff(c.Diff)
		if err != nil {
			return nil, err
		}
		for _, d := range diff {
			var year int
			if n, _ := fmt.Sscanf(d.Field, "counted %d", &year); n != 1 {
				continue
			}
			by := byPerson
			if c.Origin == "import" {
				by = byImport
				if m.again.labels[c.Reason] && d.New == "no" {
					by, m.again.strict[c.Reason] = byReplay, true
				}
			}
			out[yearOf{c.Incident, year}] = by
		}
	}
	return out, nil
}

// earlierRows are the rows of sheets before the replay, by incident and year.
type earlierRows map[yearOf][]earlierRow

type earlierRow struct {
	edition Edition
	entry   Entry
}

func (m *merge) earlierRows(ctx context.Context, first int64) (earlierRows, error) {
	editions, err := db.Select[Edition](ctx, m.tx, `/* incident.earlierRows */ select `+db.Columns[Edition]("")+` from edition
		where kind in ('sheet', 'starter') and id < $1 order by id`, first)
	if err != nil {
		return nil, err
	}
	out := earlierRows{}
	for _, e := range editions {
		entries, err := db.Select[Entry](ctx, m.tx, `/* incident.earlierRows entries */ select `+db.Columns[Entry]("")+` from entry where edition_id = $1`, e.ID)
		if err != nil {
			return nil, err
		}
		for _, x := range entries {
			r := m.again.rows[origin{e.ID, x.Line}]
			if r.Incident == nil || r.Outcome == string(Parked) || x.Doc == nil {
				continue
			}
			k := yearOf{m.again.root(*r.Incident), x.Year}
			out[k] = append(out[k], earlierRow{e, x})
		}
	}
	return out, nil
}

// restore is a chapter as the leading sheet before the replay had it, nil when
// none had it.
func (r earlierRows) restore(c *chapter, incident int64, places map[placeKey]string) *chapter {
	list := r[yearOf{incident, c.entry.Year}]
	if len(list) == 0 {
		return nil
	}
	best := list[0]
	for _, x := range list[1:] {
		if !leadsOver(best.edition.Kind, best.edition.Schema, best.edition.AsOf, x.edition.Schema, x.edition.AsOf) {
			best = x
		}
	}
	facts, err := unmarshalFacts(*best.entry.Doc)
	if err != nil {
		return nil
	}
	facts, _ = placedBy(facts, places)
	out := &chapter{entry: c.entry, facts: facts}
	out.entry.Origin, out.entry.Line, out.entry.Hash = best.edition.ID, best.entry.Line, HashFacts(facts)
	return out
}
