package incident

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/geo"
)

// entryWriter writes count entries of one edition with everything derived from
// them: parts, words and counts.
type entryWriter struct {
	edition  int64
	taxonomy *Taxonomy
	frozen   bool // a sheet or a release: no words, documents always kept
	noDays   bool // a sheet: its days are not drawn
	cube     *cube

	entries []Entry
	facts   []*Facts
	refs    []string
	texts   []textRow
	noted   map[string]bool // words that are in entry_text_word
	unsaid  map[string]bool // words of entries that readers do not get
}

// partRow is one of several countries, regions or services of an entry.
type partRow struct {
	Edition int64  `db:"edition_id"`
	Part    string `db:"part"`
	Ord     int64  `db:"ord"`
	Facets  int64  `db:"facets"`
}

// textRow is what the index of words holds for an entry.
type textRow struct {
	ord           int64
	tokens, marks []string
}

func (t textRow) all() []string { return append(append([]string(nil), t.tokens...), t.marks...) }

func newEntryWriter(edition int64, t *Taxonomy) *entryWriter {
	return &entryWriter{edition: edition, taxonomy: t, cube: newCube(edition), noted: map[string]bool{}, unsaid: map[string]bool{}}
}

// add queues one entry. Its index columns are filled here.
func (w *entryWriter) add(e *Entry, f *Facts, ref string) {
	e.Edition = w.edition
	e.index(f)
	w.entries = append(w.entries, *e)
	w.facts = append(w.facts, f)
	w.refs = append(w.refs, ref)
	if e.Counted == 1 {
		w.cube.addEntry(f, e.Year, 1)
	}
}

// markLatest sets the newest entry of each incident among the queued ones, by
// what the sheet itself says: an entry is carried on when it is the only one
// with its identity in its year, and there is one in the year after. What the
// record made of the rows since changes nothing in the figures of a sheet.
func (w *entryWriter) markLatest() {
	alike := map[yearKey]int{}
	for i, e := range w.entries {
		if e.Counted == 1 {
			alike[yearKey{e.Year, identity(w.facts[i])}]++
		}
	}
	for i := range w.entries {
		e, same := &w.entries[i], identity(w.facts[i])
		if e.Counted == 1 && alike[yearKey{e.Year, same}] == 1 && alike[yearKey{e.Year + 1, same}] == 1 {
			e.Latest = 0
		}
	}
}

// remove takes entries out of the edition, with all that was derived.
func (w *entryWriter) remove(ctx context.Context, tx db.Tx, chapters []chapter) error {
	for i := range chapters {
		e, f := &chapters[i].entry, chapters[i].facts
		if e.Counted == 1 {
			w.cube.addEntry(f, e.Year, -1)
			if e.Latest == 1 {
				w.cube.addEntry(f, Once, -1)
				w.cube.addDays(f, e.Year, -1)
			}
		}
		if _, err := db.Exec(ctx, tx, `/* incident.remove text */ delete from entry_text where rowid = $1`, e.Ord); err != nil {
			return err
		}
		if _, err := db.Exec(ctx, tx, `/* incident.remove */ delete from entry where ord = $1`, e.Ord); err != nil {
			return err
		}
	}
	return nil
}

// flush writes what was queued, and the counts.
func (w *entryWriter) flush(ctx context.Context, tx db.Tx) error {
	if err := w.flushRows(ctx, tx); err != nil {
		return err
	}
	return w.cube.flush(ctx, tx)
}

// flushRows writes the queued rows and keeps the counts in memory.
func (w *entryWriter) flushRows(ctx context.Context, tx db.Tx) error {
	var parts []partRow
	for i := range w.entries {
		e, f := &w.entries[i], w.facts[i]
		e.Facets = w.taxonomy.facets(e)
		parts = appendParts(parts, e, f)
		if e.Counted == 0 || e.Latest == 0 {
			continue
		}
		w.cube.addEntry(f, Once, 1)
		if !w.noDays {
			w.cube.addDays(f, e.Year, 1)
		}
	}
	if err := db.Insert(ctx, tx, "entry", w.entries); err != nil {
		return err
	}
	if err := db.Insert(ctx, tx, "entry_part", parts); err != nil {
		return err
	}
	if err := w.tell(ctx, tx); err != nil {
		return err
	}
	if err := w.insertTexts(ctx, tx); err != nil {
		return err
	}
	w.entries, w.facts, w.refs = w.entries[:0], w.facts[:0], w.refs[:0]
	return nil
}

// tell queues the words of the queued entries, as readers get these.
func (w *entryWriter) tell(ctx context.Context, tx db.Tx) error {
	if w.frozen {
		return nil
	}
	hidden, err := loadMasks(ctx, tx)
	if err != nil {
		return err
	}
	for from := 0; from < len(w.entries); from += walkStep {
		to := min(from+walkStep, len(w.entries))
		var ids []int64
		for _, e := range w.entries[from:to] {
			ids = append(ids, *e.Incident)
		}
		secret, err := confidentialOf(ctx, tx, ids)
		if err != nil {
			return err
		}
		for i := from; i < to; i++ {
			e, f := &w.entries[i], w.facts[i]
			if e.Counted == 0 { // a withdrawn entry must not answer "is there such a word?" either
				continue
			}
			if err := w.tellOne(e, f, w.refs[i], secret[*e.Incident], hidden); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellOne queues the words of an entry that readers get, and notes the others.
func (w *entryWriter) tellOne(e *Entry, f *Facts, ref string, secret *untold, hidden *masks) error {
	if secret.none() && len(hidden.list) == 0 {
		w.texts = append(w.texts, wordsOf(e, f, ref))
		return nil
	}
	told, err := unmarshalFacts(marshalFacts(f))
	if err != nil {
		return err
	}
	told.conceal(secret)
	hidden.lay(told)
	w.texts = append(w.texts, wordsOf(e, told, ref))
	if told := searchText(told, ref); told != searchText(f, ref) {
		w.unsay(searchText(f, ref), told)
	}
	return nil
}

// appendParts adds the rows of entry_part of an entry.
func appendParts(rows []partRow, e *Entry, f *Facts) []partRow {
	for _, p := range partsOf(f) {
		rows = append(rows, partRow{e.Edition, p, e.Ord, e.Facets})
	}
	return rows
}

// insertTexts writes the words in the form the engine's index takes.
func (w *entryWriter) insertTexts(ctx context.Context, tx db.Tx) error {
	type row struct {
		Ord  int64  `db:"rowid"`
		Body string `db:"body"`
	}
	rows := make([]row, len(w.texts))
	for i, t := range w.texts {
		rows[i] = row{t.ord, strings.Join(t.all(), " ")}
		if tx.Engine() == db.Postgres {
			rows[i].Body = vectorPostgres(t.all())
		}
	}
	if err := db.Insert(ctx, tx, "entry_text", rows); err != nil {
		return err
	}
	if err := w.insertWords(ctx, tx); err != nil {
		return err
	}
	w.texts = w.texts[:0]
	return w.forgetWords(ctx, tx)
}

// unsay notes the words of a text that are not in what is told.
func (w *entryWriter) unsay(text, told string) {
	said := map[string]bool{}
	for _, token := range searchTokens(told) {
		said[token] = true
	}
	for _, token := range searchTokens(text) {
		if !said[token] && isWord(token) {
			w.unsaid[token] = true
		}
	}
}

// forgetWords takes words away that readers do not get, where no line holds them.
func (w *entryWriter) forgetWords(ctx context.Context, tx db.Tx) error {
	for _, token := range slices.Sorted(maps.Keys(w.unsaid)) {
		var c db.Where
		m := words{engine: tx.Engine()}
		m.and(m.quote(token))
		c.And(m.cond("d"), m.arg)
		_, found, err := db.Value[int64](ctx, tx, `/* incident.forgetWords held */ select d.rowid from entry_text d where `+c.SQL()+` limit 1`, c.Args()...)
		if err != nil {
			return err
		}
		if found {
			continue
		}
		if _, err := db.Exec(ctx, tx, `/* incident.forgetWords */ delete from entry_text_word where token = $1`, token); err != nil {
			return err
		}
		delete(w.noted, token)
	}
	clear(w.unsaid)
	return nil
}

// insertWords notes each word once, for finding words by their beginning.
func (w *entryWriter) insertWords(ctx context.Context, tx db.Tx) error {
	type row struct {
		Token string `db:"token"`
	}
	var rows []row
	for _, t := range w.texts {
		for _, token := range t.tokens {
			if !w.noted[token] && isWord(token) {
				w.noted[token] = true
				rows = append(rows, row{token})
			}
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.Token, b.Token) })
	return db.Upsert(ctx, tx, "entry_text_word", rows, "on conflict (token) do nothing")
}

// wordsOf makes the words of an entry.
func wordsOf(e *Entry, f *Facts, ref string) textRow {
	return textRow{e.Ord, firstOf(searchTokens(searchText(f, ref)), maxWordBytes), marksOf(e, f)}
}

// maxWordBytes is how much of an entry is looked up: some fifteen thousand
// words in Latin letters, four thousand in others. PostgreSQL takes no more
// than a megabyte of different words for one row.
const maxWordBytes = 100_000

// firstOf is as many of the first tokens as fit into a number of bytes.
func firstOf(tokens []string, most int) []string {
	n := 0
	for i, t := range tokens {
		if n += len(t); n > most {
			return tokens[:i]
		}
	}
	return tokens
}

// searchText is everything a reader may look for.
func searchText(f *Facts, ref string) string {
	var b strings.Builder
	put := func(parts ...string) {
		for _, p := range parts {
			if p != "" {
				b.WriteString(p)
				b.WriteByte('\n')
			}
		}
	}
	put(ref, f.Measure.Area, f.DecidedBy(), f.Cause.Details, f.Reason.Details, f.Reason.Quote, f.Legal.Text, f.Telco.Quote)
	for _, c := range f.Countries {
		put(c.Spelling)
		for _, lang := range []string{"en", "ar", "fr"} {
			put(geo.CountryName(c.Code, lang))
		}
	}
	for _, p := range f.Places {
		if p.Unit != "" {
			put(unitNames(p.Unit)...)
		}
	}
	for _, e := range f.Services {
		if e.State == Yes {
			put(e.Service, e.Verbatim)
		}
	}
	for _, o := range f.Operators {
		put(o.Verbatim)
	}
	for _, n := range f.Notes {
		if n.Kind == "event" { // internal notes must not be found either
			put(n.Text)
		}
	}
	return b.String()
}

// unitNames are the names of a unit and of the first-level unit it lies in, as
// the pages print them, and in Burmese where geo has that.
func unitNames(id string) []string {
	langs := []string{"en", "ar", "fr"}
	if u, ok := geo.UnitByID(id); ok && u.Country == "MM" {
		langs = append(langs, "my")
	}
	var out []string
	for _, unit := range unique([]string{id, FirstLevel(id)}) {
		for _, lang := range langs {
			out = append(out, geo.UnitName(unit, lang))
		}
	}
	return out
}
