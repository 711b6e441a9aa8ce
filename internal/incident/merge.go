package incident

import (
	"context"
	"maps"
	"slices"
	"sort"

	"keepiton/internal/platform/db"
)

// merge takes what a sheet says, or what a person decides, into the record.
type merge struct {
	reading
	ledger

	s     *Service
	tx    db.Tx
	opt   ImportOptions
	now   int64
	again *replay // the sheets that are read again, nil for a first import
}

// reading is one sheet on its way into the record. Where a person decides there
// is no sheet, and only the author and the account are there.
type reading struct {
	sheet    *SheetEdition
	edition  int64
	strict   bool         // what the sheet does not have is withdrawn
	leads    map[int]bool // count years the record follows this sheet for
	shared   map[int]bool // years that another sheet of the same file has too
	rows     []rowPlan
	relinked []*chapter // unchanged entries that from now on are read from this sheet
	account  *Account
	origin   string // who changes: import, or a person's name
	reason   string
}

// ledger is the part of the record that is being changed, and what is to be
// written into it. Sheets that are read again share one.
type ledger struct {
	stories  map[int64]*story     // incidents by id, those of the record and the new ones
	byYear   map[int][]*story     // stories with an entry in a year
	joined   []*story             // incidents of the record that another one took in
	desk     []*story             // incidents of the desk, which no sheet touches
	apart    map[origin][]int64   // rows of sheets of which a person said that they are not of these incidents of the desk
	asked    map[asking]*asked    // what was asked about incidents of the desk
	closed   []int64              // items that need no answer any more
	secret   map[yearKey][]Source // what sheets call confidential, by incidents of the desk and the row's year
	heard    []heard              // what rows call confidential
	heardIn  map[int]string       // the file whose sheets lead a count year, by its hash
	missing  []missing            // what the leading sheets do not have any more
	reviews  []reviewRow
	starters map[int64]bool // editions that are extracts of a sheet

	nextID  int64
	firstID int64       // of the new incidents
	refs    map[int]int // highest number given per year
	nextSeq int
}

// yearKey finds the stories of a year by a key of their facts.
type yearKey struct {
	year int
	key  string
}

// story is one incident with its count entries.
type story struct {
	id       int64
	ref      string
	state    string           // of the incident, "" for a new one
	desk     bool             // signed at the desk
	spoken   map[int]bool     // of the desk: count years a row of this sheet speaks of it in
	said     map[int][]*Facts // of the desk: what sheets said of it, by count year
	unsigned bool             // of the desk: it is or was public urgently, and two organisations never signed it
	isNew    bool
	dirty    bool
	head     *Facts // the incident's own facts
	years    map[int]*chapter
	diff     []FieldDiff
	warn     map[int][]Warning
	before   []chapter // the chapters as they were loaded
	into     *story    // the story that took this one in
	why      string    // the reason for it
	was      *story    // the one that had taken it in before sheets were read again
	mark     *deskMark // of a new one that comes from the desk
}

// standing is the story itself, or the one that took it in.
func (s *story) standing() *story {
	for s.into != nil {
		s = s.into
	}
	return s
}

// chapter is a story in one count year.
type chapter struct {
	entry   Entry
	facts   *Facts
	asRead  *Facts // as the sheet had them, where a person edited them since
	matched bool   // a row of this sheet speaks of it
	held    bool   // a person edited or withdrew it: reading a sheet again leaves it so

	withdrawn bool // held, because a person took it out of the count
}

// rowFacts are what rows of sheets are compared with: the facts as they were
// read. What a person made of them since does not make another shutdown of it.
func (c *chapter) rowFacts() *Facts {
	if c.asRead != nil {
		return c.asRead
	}
	return c.facts
}

type rowPlan struct {
	// sameCells: the entry was read from these very cells before.
	sameCells bool
	filled    bool // see RowAccount
	story     *story
	desk      *story // the row speaks of an incident of the desk
	unsigned  *story // the row speaks of one that two never signed: it is counted, and asked about
	outcome   Outcome
	reason    string
	diff      []FieldDiff
}

// latestYear is the newest count year of a story that is counted, or its
// newest year at all when none is.
func (s *story) latestYear() int {
	best, any := 0, 0
	for y, c := range s.years {
		any = max(any, y)
		if c.entry.Counted == 1 {
			best = max(best, y)
		}
	}
	if best == 0 {
		return any
	}
	return best
}

// loadRecord reads the part of the record the sheet may touch: incidents that
// have an entry in one of its years or in a neighbouring year.
func (m *merge) loadRecord(ctx context.Context) error {
	m.stories, m.byYear, m.refs = map[int64]*story{}, map[int][]*story{}, map[int]int{}
	years, carried := map[int]bool{}, map[int]bool{}
	for _, r := range m.sheet.Rows {
		years[r.Year-1], years[r.Year], years[r.Year+1] = true, true, true
		if day, known := r.Facts.Period.Start.Day(); known && r.Facts.Period.Start.Year() < r.Year-1 {
			carried[day] = true
		}
	}
	entries, err := m.recordEntries(ctx, years, carried)
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
	if err := m.loadAsRead(ctx); err != nil {
		return err
	}
	next, _, err := db.Value[int64](ctx, m.tx, `/* incident.loadRecord id */ select coalesce(max(id), 0) + 1 from incident`)
	if err != nil {
		return err
	}
	m.nextID, m.firstID = next, next
	seq, _, err := db.Value[int](ctx, m.tx, `/* incident.loadRecord seq */ select coalesce(max(seq), 0) + 1 from entry where edition_id = $1`, RecordEdition)
	m.nextSeq = seq
	return err
}

// loadAsRead reads the rows of edited entries as their sheets had them.
func (m *merge) loadAsRead(ctx context.Context) error {
	type row struct {
		Edition int64   `db:"edition_id"`
		Line    int     `db:"line"`
		Doc     *string `db:"doc"`
	}
	rows, err := db.Select[row](ctx, m.tx, `/* incident.loadAsRead */ select o.edition_id, o.line, o.doc from entry n
		join entry o on o.edition_id = n.source_edition and o.line = n.line and o.count_year = n.count_year
		where n.edition_id = $1 and n.touched = 1 and n.source_edition <> 0`, RecordEdition)
	if err != nil {
		return err
	}
	docs := map[origin]string{}
	for _, r := range rows {
		if r.Doc != nil {
			docs[origin{r.Edition, r.Line}] = *r.Doc
		}
	}
	for _, st := range m.stories {
		for _, c := range st.years {
			doc, has := docs[origin{c.entry.Origin, c.entry.Line}]
			if !has || c.entry.Touched == 0 {
				continue
			}
			if c.asRead, err = unmarshalFacts(doc); err != nil {
				return err
			}
		}
	}
	return nil
}

// recordEntries are those of incidents that have an entry in some years, and of those of
// the desk that a sheet spoke of then, or that began on a day from which a row was carried
// over: it may go on to, though they count no more.
func (m *merge) recordEntries(ctx context.Context, years, carried map[int]bool) ([]Entry, error) {
	var w db.Where
	of := w.Arg(RecordEdition)
	db.In(&w, "x.count_year", slices.Collect(maps.Keys(years)))
	begun := w.Fork()
	db.In(begun, "x.start_day", slices.Collect(maps.Keys(carried)))
	return db.Select[Entry](ctx, m.tx, `/* incident.recordEntries */ select `+db.Columns[Entry]("")+` from entry where edition_id = `+of+` and incident_id in (
		select x.incident_id from entry x where `+w.SQL()+` and (x.edition_id = `+of+` or exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk'))
		union select x.incident_id from entry x join incident i on i.id = x.incident_id and i.origin = 'desk' where `+begun.SQL()+`) order by seq`, begun.Args()...)
}

func (m *merge) loadStories(ctx context.Context, q db.Querier, entries []Entry) error {
	if len(entries) == 0 {
		return nil
	}
	lo, hi := *entries[0].Incident, *entries[0].Incident
	for _, e := range entries {
		lo, hi = min(lo, *e.Incident), max(hi, *e.Incident)
	}
	facts, err := loadFacts(ctx, q, lo, hi)
	if err != nil {
		return err
	}
	type row struct {
		ID     int64  `db:"id"`
		Ref    string `db:"ref"`
		State  string `db:"state"`
		Origin string `db:"origin"`
	}
	list, err := db.Select[row](ctx, q, `/* incident.loadStories */ select id, ref, state, origin from incident where id between $1 and $2`, lo, hi)
	if err != nil {
		return err
	}
	heads := map[int64]row{}
	for _, r := range list {
		heads[r.ID] = r
	}
	for _, e := range entries {
		id := *e.Incident
		st := m.stories[id]
		if st == nil {
			h := heads[id]
			st = &story{id: id, ref: h.Ref, state: h.State, desk: h.Origin == fromDesk, head: facts[id], years: map[int]*chapter{}, warn: map[int][]Warning{}}
			m.stories[id] = st
		}
		c := &chapter{entry: e, facts: st.head}
		if e.Doc != nil {
			if c.facts, err = unmarshalFacts(*e.Doc); err != nil {
				return err
			}
		}
		st.years[e.Year] = c
		st.before = append(st.before, *c)
		m.byYear[e.Year] = append(m.byYear[e.Year], st)
	}
	return nil
}

// decide gives every row its story. Rows are compared in passes, from the
// strictest likeness to the loosest; a pass joins only what is unambiguous on
// both sides.
func (m *merge) decide(ctx context.Context) error {
	m.rows = make([]rowPlan, len(m.sheet.Rows))
	if err := m.matchProvenance(ctx); err != nil {
		return err
	}
	for _, p := range likePasses {
		m.matchSameYear(p.key, p.twins)
		m.matchDesk(p, false)
	}
	m.matchDeskAlike()
	m.matchDeskRewritten()
	for _, p := range likePasses { // what nobody signed competes with nothing
		m.matchDesk(p, true)
	}
	m.hearAnew()
	// Year by year, so that a story grows forwards whatever the order of rows.
	order := make([]int, len(m.rows))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return m.sheet.Rows[order[a]].Year < m.sheet.Rows[order[b]].Year })
	for done, i := range order {
		if m.opt.Progress != nil && done%64 == 0 {
			m.opt.Progress(done, len(m.rows))
		}
		if err := m.settle(ctx, i); err != nil {
			return err
		}
		m.hearSecrets(&m.sheet.Rows[i], &m.rows[i])
	}
	if m.opt.Progress != nil {
		m.opt.Progress(len(m.rows), len(m.rows))
	}
	return nil
}

// matchProvenance pairs rows with the entries that were read from the very same
// cells. It finds a row again whose incident was corrected here since.
func (m *merge) matchProvenance(ctx context.Context) error {
	hashes, err := m.originHashes(ctx)
	if err != nil {
		return err
	}
	m.matchDeskProvenance(hashes)
	have := map[yearKey][]*story{}
	for year, stories := range m.byYear {
		for _, st := range stories {
			e := st.years[year].entry
			if h := hashes[origin{e.Origin, e.Line}]; h != "" {
				have[yearKey{year, h}] = append(have[yearKey{year, h}], st)
			}
		}
	}
	for i := range m.sheet.Rows {
		row := &m.sheet.Rows[i]
		if !m.rows[i].free(row) {
			continue
		}
		k := yearKey{row.Year, hashCells(row.Cells)}
		if list := have[k]; len(list) > 0 {
			have[k] = list[1:]
			m.rows[i].story, m.rows[i].sameCells = list[0], true
			list[0].years[row.Year].matched = true
		}
	}
	return nil
}

// origin is the row of a sheet.
type origin struct {
	edition int64
	line    int
}

// originHashes are the hashes of the cells that entries of the record were
// read from.
func (m *merge) originHashes(ctx context.Context) (map[origin]string, error) {
	out := map[origin]string{}
	if m.again != nil {
		for at, r := range m.again.rows {
			out[at] = r.Hash
		}
		return out, nil
	}
	type row struct {
		Edition int64  `db:"edition_id"`
		Line    int    `db:"line"`
		Hash    string `db:"hash"`
	}
	list, err := db.Select[row](ctx, m.tx, `/* incident.originHashes */ select r.edition_id, r.line, r.hash from entry e
		join import_row r on r.edition_id = e.source_edition and r.line = e.line where e.edition_id = $1`, RecordEdition)
	for _, r := range list {
		out[origin{r.Edition, r.Line}] = r.Hash
	}
	return out, err
}

// matchSameYear pairs rows with entries of the same count year by a key.
func (m *merge) matchSameYear(key func(*Facts) string, twins bool) {
	rows := map[yearKey][]int{}
	for i := range m.sheet.Rows {
		if m.rows[i].free(&m.sheet.Rows[i]) {
			k := yearKey{m.sheet.Rows[i].Year, key(&m.sheet.Rows[i].Facts)}
			rows[k] = append(rows[k], i)
		}
	}
	have := map[yearKey][]*story{}
	for year, list := range m.byYear {
		for _, st := range list {
			if c := st.years[year]; c != nil && !c.matched {
				k := yearKey{year, key(c.rowFacts())}
				have[k] = append(have[k], st)
			}
		}
	}
	for k, idx := range rows {
		list := have[k]
		if len(list) == 0 || (!twins && (len(list) != 1 || len(idx) != 1)) {
			continue
		}
		for n := range min(len(idx), len(list)) {
			m.rows[idx[n]].story = list[n]
			list[n].years[k.year].matched = true
		}
	}
}
