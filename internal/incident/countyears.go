package incident

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"keepiton/internal/platform/db"
)

// settle gives a story the facts of a publication in each year it counts in from now
// on, and gives those years. A year that was read from a sheet stays as the sheet has
// it, because its row describes the state at the close of that year; the newest one,
// and each that comes into the count, says what was signed.
func (p Publication) settle(m *merge, st *story, past countedPast) []int {
	p.Facts.Sources = st.keepUntold(p.Facts.Sources)
	own, was := CountYears(&p.Facts, p.Through), st.told(past)
	before := st.held(was, past, p.Through)
	p.leave(m, st, own, before)
	stays := p.stays(st, own, before, past)
	years := enter(st, own, before, stays)
	newest := st.newestOfSheets(years)
	for _, year := range years {
		c := st.years[year]
		if c == nil {
			p.begin(m, st, year, past.ever)
			continue
		}
		facts := AtClose(p.Facts, year)
		if c.entry.Origin != 0 && c.entry.Touched == 0 && year != newest && stays[year] {
			facts = *c.facts
		}
		p.rewrite(m, st, year, facts, past.ever)
	}
	if was != nil && len(years) > 0 {
		st.diff = append(st.diff, FactsDiff(was, st.years[years[len(years)-1]].facts)...)
	}
	st.diff = uniqueDiffs(st.diff)
	if !st.isNew {
		kind := p.changeKind(past.ever)
		st.diff = append(st.diff, standingDiff(kind))
		if p.State == "corrected" && kind != ChangeCorrected { // it answers what was upheld before
			st.diff = append(st.diff, standingDiff(ChangeCorrected))
		}
	}
	return years
}

// told are the facts a story tells, or told when it was taken back: those of the newest
// year it counts in. They are nil for a new one.
func (s *story) told(past countedPast) *Facts {
	if s.isNew {
		return nil
	}
	latest := s.latestYear()
	if s.state == stateRetracted && len(past.takenBack) > 0 {
		latest = slices.Max(slices.Collect(maps.Keys(past.takenBack)))
	}
	if c := s.years[latest]; c != nil {
		return c.facts
	}
	return s.head
}

// held are the years that dates held: those they count in, and where nobody knew the end
// each in which a sheet counted the story later.
func (s *story) held(dates *Facts, past countedPast, through int) []int {
	if dates == nil {
		return nil
	}
	out := CountYears(dates, through)
	for year, c := range s.years {
		if c.entry.Origin != 0 && (c.entry.Counted == 1 || past.takenBack[year]) && endless(dates, year) {
			out = append(out, year)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// rewrite has a year say the facts, and counts it.
func (p Publication) rewrite(m *merge, st *story, year int, facts Facts, ever map[int]bool) {
	c := st.years[year]
	diff := FactsDiff(c.facts, &facts)
	if c.entry.Counted < p.counted() {
		diff = append(diff, countsNow(year, ever))
	}
	if len(diff) == 0 {
		return
	}
	touched := c.entry.Touched
	st.diff = append(st.diff, diff...)
	m.rewrite(st, year, facts)
	st.years[year].entry.Counted = p.counted()
	if HashFacts(&facts) == HashFacts(c.facts) { // in or out of the count alone
		st.years[year].entry.Touched = touched
	}
}

// changeKind is what readers are told a new state of a public incident is. One
// that never counted was public urgently.
func (p Publication) changeKind(ever map[int]bool) string {
	switch {
	case len(ever) == 0 && p.Urgent == nil:
		return ChangeSigned
	case p.State == "corrected":
		return ChangeCorrected
	}
	return ChangeUpdated
}

// leave takes out of the count the years in which a publication does not count any
// more: those of the desk, and those of sheets that followed from other dates than
// it has. A year a sheet counts against the dates it states itself stays: nobody
// signed anything about it. before are the years of the dates it had.
func (p Publication) leave(m *merge, st *story, own, before []int) {
	for year, c := range st.years {
		switch {
		case slices.Contains(own, year):
		case c.entry.Origin == 0:
			delete(st.years, year)
			st.dirty = true
			if c.entry.Counted == 1 {
				st.diff = append(st.diff, countsNoMore(year))
			}
		case slices.Contains(before, year) && !endless(&p.Facts, year) && c.entry.Counted == 1:
			out := *c
			out.entry.Counted, out.entry.Updated = 0, m.now
			st.years[year] = &out
			st.dirty = true
			st.diff = append(st.diff, countsNoMore(year))
		}
	}
}

// endless tells that facts do not say whether it went on in a year: its end is not known,
// and a sheet that counted it longer may have known more.
func endless(f *Facts, year int) bool {
	return f.Period.End == "" && f.Period.EndState != "ongoing" && year > f.Period.Start.Year()
}

// stays are the years that go on counting: those that leave did not take out, or that
// counted when it was taken back, unless the dates do not hold them any more.
func (p Publication) stays(st *story, own, before []int, past countedPast) map[int]bool {
	out := map[int]bool{}
	for year, c := range st.years {
		back := st.state == stateRetracted && past.takenBack[year] &&
			(slices.Contains(own, year) || endless(&p.Facts, year) || !slices.Contains(before, year))
		if c.entry.Counted == 1 || back {
			out[year] = true
		}
	}
	return out
}

// enter lists the years that say what a publication says: those that stay, and of those
// it counts in by its dates the ones of the desk, the ones that are newer than what
// sheets know, and the ones that the dates say anew. Why sheets left others out, or took
// them out of the count, nobody at the desk was asked. Where no year stays, all that
// follow from the dates come in: what was signed counts somewhere.
func enter(st *story, own, before []int, stays map[int]bool) []int {
	newest := st.newestOfSheets(slices.Collect(maps.Keys(st.years)))
	out := slices.Collect(maps.Keys(stays))
	for _, year := range own {
		c := st.years[year]
		ofDesk := c == nil && year > newest || c != nil && c.entry.Origin == 0
		if !stays[year] && (ofDesk || len(stays) == 0 || saidAnew(year, own, before)) {
			out = append(out, year)
		}
	}
	slices.Sort(out)
	return out
}

// saidAnew tells whether dates reach a year that they did not reach before, or begin or
// end in it and did not before.
func saidAnew(year int, own, before []int) bool {
	return !slices.Contains(before, year) || year == own[0] && year != before[0] ||
		year == own[len(own)-1] && year != before[len(before)-1]
}

// begin adds a year that was not there.
func (p Publication) begin(m *merge, st *story, year int, ever map[int]bool) {
	facts := AtClose(p.Facts, year)
	st.years[year] = &chapter{facts: &facts, entry: Entry{Edition: RecordEdition, Seq: m.nextSeq, Incident: &st.id, Year: year, Counted: p.counted(),
		Hash: HashFacts(&facts), Updated: m.now}}
	m.nextSeq++
	st.dirty = true
	if !st.isNew && p.counted() == 1 {
		st.diff = append(st.diff, countsNow(year, ever))
	}
}

// newestOfSheets is the newest of some years that was read from a sheet, 0 for none.
func (s *story) newestOfSheets(years []int) (newest int) {
	for _, year := range years {
		if c := s.years[year]; c != nil && c.entry.Origin != 0 {
			newest = max(newest, year)
		}
	}
	return newest
}

// countsNow says that a story counts in a year from now on. Only of a year it
// counted in ever is there an old answer: elsewhere nothing comes back.
func countsNow(year int, ever map[int]bool) FieldDiff {
	d := FieldDiff{Field: fmt.Sprintf("counted %d", year), New: "yes"}
	if ever[year] {
		d.Old = "no"
	}
	return d
}

// countsNoMore says that a story is out of the count of a year.
func countsNoMore(year int) FieldDiff { return FieldDiff{fmt.Sprintf("counted %d", year), "yes", "no"} }

// countedPast is what the history says of the years a story counted in.
type countedPast struct {
	ever      map[int]bool // at any time until now
	takenBack map[int]bool // when it was taken back last
}

func countedBefore(ctx context.Context, q db.Querier, st *story) (countedPast, error) {
	out := countedPast{map[int]bool{}, map[int]bool{}}
	for year, c := range st.years {
		if c.entry.Counted == 1 {
			out.ever[year] = true
		}
	}
	steps, err := db.Select[changeRow](ctx, q, `/* incident.countedBefore */ select `+db.Columns[changeRow]("")+` from incident_change
		where incident_id = $1 and diff like '%"counted %' order by revision`, st.id)
	if err != nil {
		return out, err
	}
	for _, row := range steps {
		c := Change{Origin: row.Origin}
		if err := json.Unmarshal([]byte(row.Diff), &c.Diff); err != nil {
			return out, fmt.Errorf("incident %s revision %d: %w", st.ref, row.Revision, err)
		}
		if c.Kind() == ChangeRetracted {
			clear(out.takenBack)
		}
		for _, d := range c.Diff {
			var year int
			if n, _ := fmt.Sscanf(d.Field, "counted %d", &year); n != 1 {
				continue
			}
			out.ever[year] = true
			if c.Kind() == ChangeRetracted {
				out.takenBack[year] = true
			}
		}
	}
	return out, nil
}

// CountYears are the years in which facts count: from their first day to their last.
// What goes on reaches up to a year; what nobody knows the end of counts where it
// began. Nothing counts before the dataset begins, nor beyond that year.
func CountYears(f *Facts, through int) []int {
	from, to := f.Period.Start.Year(), through
	if end := f.Period.End.Year(); end != 0 {
		to = end
	} else if f.Period.EndState != "ongoing" {
		to = from
	}
	var out []int
	for y := max(from, FirstCountYear); y <= min(max(from, to), through); y++ {
		out = append(out, y)
	}
	return out
}

// AtClose is what the facts say at the close of a year: what ended later was
// under way.
func AtClose(f Facts, year int) Facts {
	if f.Period.End.Year() > year {
		f.Period.End, f.Period.EndState, f.Period.LastActive = "", "ongoing", ""
	}
	return f
}
