package incident

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"keepiton/internal/platform/db"
)

// VerifyCounts counts the record again from its facts and compares with the
// stored counts.
func (s *Service) VerifyCounts(ctx context.Context) (string, error) {
	c := newCube(RecordEdition)
	n := 0
	err := s.Each(ctx, RecordEdition, 0, func(r Row) error {
		n++
		c.addEntry(r.Facts, r.Entry.Year, 1)
		if r.Entry.Latest == 1 {
			c.addEntry(r.Facts, Once, 1)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	cells, err := s.Cells(ctx, RecordEdition, 0, "")
	if err != nil {
		return "", err
	}
	once, err := s.Cells(ctx, RecordEdition, Once, "")
	if err != nil {
		return "", err
	}
	cells = append(cells, once...)
	for _, x := range cells {
		k := Key{x.Year, x.Area, x.Dim, x.Value}
		if c.cells[k] != x.N {
			return "", fmt.Errorf("stored %d, counted %d for %v; run keepiton move or restore a backup", x.N, c.cells[k], k)
		}
		delete(c.cells, k)
	}
	for k, left := range c.cells {
		if left != 0 {
			return "", fmt.Errorf("counted %d, stored nothing for %v", left, k)
		}
	}
	return fmt.Sprintf("%d entries, %d counts", n, len(cells)), nil
}

// VerifyReleases computes the digest of every release again.
func (s *Service) VerifyReleases(ctx context.Context) (string, error) {
	all, err := s.Editions(ctx)
	if err != nil {
		return "", err
	}
	n := 0
	for _, e := range all {
		if e.Kind != "release" {
			continue
		}
		n++
		digest := sha256.New()
		err := s.Each(ctx, e.ID, 0, func(r Row) error {
			if got := HashFacts(r.Facts); got != r.Entry.Hash {
				return fmt.Errorf("release %q, %s in %d: its facts were changed", e.Label, r.Ref, r.Entry.Year)
			}
			fmt.Fprintln(digest, r.Ref, r.Entry.Year, r.Entry.Hash)
			return nil
		})
		if err != nil {
			return "", err
		}
		if got := hex.EncodeToString(digest.Sum(nil)); got != e.Digest {
			return "", fmt.Errorf("release %q: its digest does not fit its rows", e.Label)
		}
	}
	return fmt.Sprintf("%d releases", n), nil
}

// ReindexWords builds the index of words again from the facts.
func ReindexWords(ctx context.Context, tx db.Tx) error {
	if _, err := db.Exec(ctx, tx, `/* incident.ReindexWords */ delete from entry_text`); err != nil {
		return err
	}
	w := newEntryWriter(RecordEdition, nil)
	err := each(ctx, tx, RecordEdition, 0, func(r Row) error {
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
