package incident

import (
	"context"
	"strconv"
	"strings"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/geo"
)

// entryWriter writes count entries of one edition with everything derived from
// them: countries, services, words and counts.
type entryWriter struct {
	edition int64
	frozen  bool // a sheet or a release: no words, documents always kept
	noDays  bool // a sheet: its days are not drawn
	cube    *cube

	entries  []Entry
	facts    []*Facts
	services []serviceRow
	country  []countryRow
	texts    []textRow
}

type countryRow struct {
	Edition int64  `db:"edition_id"`
	Country string `db:"country"`
	Ord     int64  `db:"ord"`
	Year    int    `db:"count_year"`
	Latest  int    `db:"latest"`
}

type serviceRow struct {
	Edition int64  `db:"edition_id"`
	Service string `db:"service"`
	Ord     int64  `db:"ord"`
}

type textRow struct {
	ord    int64
	tokens []string
}

func newEntryWriter(edition int64) *entryWriter {
	return &entryWriter{edition: edition, cube: newCube(edition)}
}

// add queues one entry. Its index columns are filled here.
func (w *entryWriter) add(e *Entry, f *Facts, ref string) {
	e.Edition = w.edition
	e.index(f)
	w.entries = append(w.entries, *e)
	w.facts = append(w.facts, f)
	if e.Counted == 1 {
		w.cube.addEntry(f, e.Year, 1)
	}
	for _, s := range unique(f.Affected()) {
		w.services = append(w.services, serviceRow{w.edition, s, e.Ord})
	}
	if !w.frozen {
		w.texts = append(w.texts, wordsOf(e, f, ref))
	}
}

// markLatest sets the newest entry of each incident among the queued ones;
// rows without an incident stand for themselves.
func (w *entryWriter) markLatest() {
	newest := map[int64]int{}
	for i := range w.entries {
		e := &w.entries[i]
		if e.Incident == nil {
			continue
		}
		if j, ok := newest[*e.Incident]; ok {
			if w.entries[j].Year >= e.Year {
				e.Latest = 0
				continue
			}
			w.entries[j].Latest = 0
		}
		newest[*e.Incident] = i
	}
}

// addCountries queues the countries of an entry, each once.
func (w *entryWriter) addCountries(e *Entry, f *Facts) {
	seen := map[string]bool{}
	for _, c := range f.Countries {
		if !seen[c.Code] {
			seen[c.Code] = true
			w.country = append(w.country, countryRow{w.edition, c.Code, e.Ord, e.Year, e.Latest})
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
	for i := range w.entries {
		e := &w.entries[i]
		w.addCountries(e, w.facts[i])
		if e.Counted == 0 || e.Latest == 0 {
			continue
		}
		w.cube.addEntry(w.facts[i], Once, 1)
		if !w.noDays {
			w.cube.addDays(w.facts[i], e.Year, 1)
		}
	}
	if err := db.Insert(ctx, tx, "entry", w.entries); err != nil {
		return err
	}
	if err := db.Insert(ctx, tx, "entry_country", w.country); err != nil {
		return err
	}
	if err := db.Insert(ctx, tx, "entry_service", w.services); err != nil {
		return err
	}
	if err := w.insertTexts(ctx, tx); err != nil {
		return err
	}
	w.entries, w.facts, w.country, w.services, w.texts = w.entries[:0], w.facts[:0], w.country[:0], w.services[:0], w.texts[:0]
	return nil
}

// insertTexts writes the words in the form the engine's index takes.
func (w *entryWriter) insertTexts(ctx context.Context, tx db.Tx) error {
	type row struct {
		Ord  int64  `db:"rowid"`
		Body string `db:"body"`
	}
	rows := make([]row, len(w.texts))
	for i, t := range w.texts {
		rows[i] = row{t.ord, strings.Join(t.tokens, " ")}
		if tx.Engine() == db.Postgres {
			rows[i].Body = vectorPostgres(t.tokens)
		}
	}
	return db.Insert(ctx, tx, "entry_text", rows)
}

// Marks among the words of an entry: they let the index itself narrow a search
// to a count year or to the newest entries. They are letters nobody writes.
const markLatest = "qzlatestqz"

func markYear(year int) string { return "qz" + strconv.Itoa(year) + "qz" }

// wordsOf is what the index of words holds for an entry. One that is not
// counted has no marks, so no search finds it.
func wordsOf(e *Entry, f *Facts, ref string) textRow {
	tokens := searchTokens(searchText(f, ref))
	if e.Counted == 1 {
		tokens = append(tokens, markYear(e.Year))
		if e.Latest == 1 {
			tokens = append(tokens, markLatest)
		}
	}
	return textRow{e.Ord, tokens}
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
			for _, lang := range []string{"en", "ar", "fr"} {
				put(geo.UnitName(p.Unit, lang))
			}
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
