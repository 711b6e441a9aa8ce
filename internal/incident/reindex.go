package incident

import (
	"context"
	"fmt"

	"keepiton/internal/platform/db"
)

// Reindex builds what is derived from the rows again: the columns and parts
// lists are read by, the counts and days of every edition, and the words.
func (s *Service) Reindex(ctx context.Context) error {
	all, err := s.Editions(ctx)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx db.Tx) error {
		for _, ed := range all {
			if err := s.reindexEdition(ctx, tx, ed); err != nil {
				return fmt.Errorf("incident.Reindex “%s”: %w", ed.Label, err)
			}
		}
		if err := ReindexWords(ctx, tx); err != nil {
			return fmt.Errorf("incident.Reindex words: %w", err)
		}
		return bump(ctx, tx)
	})
}

// replaceEntries puts entries in the place of those of the same number.
func replaceEntries(ctx context.Context, tx db.Tx, entries []Entry) error {
	for _, e := range entries {
		if _, err := db.Exec(ctx, tx, `/* incident.replaceEntries */ delete from entry where ord = $1`, e.Ord); err != nil {
			return err
		}
	}
	return db.Insert(ctx, tx, "entry", entries)
}

// reindexEdition stores everything derived from the rows of an edition anew,
// but for the words.
func (s *Service) reindexEdition(ctx context.Context, tx db.Tx, ed Edition) error {
	for _, table := range []string{"tally", "day_change", "entry_part"} {
		if _, err := db.Exec(ctx, tx, "/* incident.reindexEdition */ delete from "+table+" where edition_id = $1", ed.ID); err != nil {
			return err
		}
	}
	tax := s.Taxonomy()
	c := &recounted{cube: newCube(ed.ID)}
	var entries []Entry
	var parts []partRow
	flush := func() error {
		if err := opened(ctx, tx, func() error { return replaceEntries(ctx, tx, entries) }); err != nil {
			return err
		}
		err := db.Insert(ctx, tx, "entry_part", parts)
		entries, parts = entries[:0], parts[:0]
		return err
	}
	err := eachOf(ctx, tx, ed.ID, 0, false, func(r Row) error {
		e := r.Entry.indexed(r.Facts, tax)
		e.Ord = r.Entry.Ord // the place of a row is for life
		if !e.equals(r.Entry) {
			entries = append(entries, e)
		}
		parts = appendParts(parts, &e, r.Facts)
		c.add(r)
		if len(parts) < 2000 {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	if !ed.keepsDays() {
		clear(c.days)
	}
	if err := flush(); err != nil {
		return err
	}
	return c.flush(ctx, tx)
}

// ReindexWords builds the index of words again from the facts.
func ReindexWords(ctx context.Context, tx db.Tx) error {
	for _, table := range []string{"entry_text", "entry_text_word"} {
		if _, err := db.Exec(ctx, tx, `/* incident.ReindexWords */ delete from `+table); err != nil {
			return err
		}
	}
	w := newEntryWriter(RecordEdition, nil)
	err := eachBy(ctx, tx, RecordEdition, 0, true, resolveToTell, func(r Row) error {
		w.texts = append(w.texts, wordsOf(&r.Entry, r.Facts, r.Ref))
		if len(w.texts) < 500 {
			return nil
		}
		return w.insertTexts(ctx, tx)
	})
	if err != nil {
		return err
	}
	return w.insertTexts(ctx, tx)
}

// retell makes the words of an incident of the record in the index anew: of sources that
// may not be named any more, none is left that nobody else says.
func retell(ctx context.Context, tx db.Tx, incident int64, gone []Source) error {
	entries, err := db.Select[Entry](ctx, tx, `/* incident.retell */ select `+db.Columns[Entry]("")+` from entry where edition_id = $1 and incident_id = $2 and counted = 1`, RecordEdition, incident)
	if err != nil {
		return err
	}
	rows, err := resolveToTell(ctx, tx, entries)
	if err != nil {
		return err
	}
	w := newEntryWriter(RecordEdition, nil)
	for _, r := range rows {
		if _, err := db.Exec(ctx, tx, `/* incident.retell words */ delete from entry_text where rowid = $1`, r.Entry.Ord); err != nil {
			return err
		}
		w.texts = append(w.texts, wordsOf(&r.Entry, r.Facts, r.Ref))
	}
	for _, x := range gone {
		w.unsay(x.URL+" "+x.Text, "")
	}
	return w.insertTexts(ctx, tx)
}
