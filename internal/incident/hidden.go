package incident

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"keepiton/internal/platform/db"
)

// Hashes of a file or of a release prove to whoever holds them that nothing was
// changed. Beside an edition of which something is hidden they prove more: whoever
// tries names in the gap learns by them which one stood there. So they are told only
// while all of the edition is.

// hiddenIn remembers, for a version of the record, of which editions something is
// hidden: to find out takes reading them.
type hiddenIn struct {
	version int64
	known   map[int64]bool
}

// Hidden tells whether something of an edition is withheld, confidential or taken
// back, so that neither the hash of its file nor its digest may be told to anybody
// outside. Of an edition without either it is not asked.
func (s *Service) Hidden(ctx context.Context, e Edition) (bool, error) {
	if e.SHA256 == "" && e.Digest == "" {
		return false, nil
	}
	version, err := s.Version(ctx)
	if err != nil {
		return false, err
	}
	s.mu.Lock()
	if s.hidden.version != version || s.hidden.known == nil {
		s.hidden = hiddenIn{version, map[int64]bool{}}
	}
	hidden, known := s.hidden.known[e.ID]
	s.mu.Unlock()
	if known {
		return hidden, nil
	}
	if hidden, err = hides(ctx, s.db.Reader(), e); err != nil {
		return false, fmt.Errorf("incident.Hidden %s: %w", e.Label, err)
	}
	s.mu.Lock()
	if s.hidden.version == version {
		s.hidden.known[e.ID] = hidden
	}
	s.mu.Unlock()
	return hidden, nil
}

// errHides ends a walk at the first thing that is hidden.
var errHides = errors.New("something is hidden")

// hides reads an edition until something of it is not told as it is stored.
func hides(ctx context.Context, q db.Querier, e Edition) (bool, error) {
	masks, err := loadMasks(ctx, q)
	if err != nil {
		return false, err
	}
	masked := func(text string) bool { return len(masks.spans(text)) > 0 }
	if slices.ContainsFunc(append(e.Headers(), e.File, e.Sheet, e.Remark), masked) {
		return true, nil
	}
	err = eachBy(ctx, q, e.ID, 0, false, resolveToCompare, func(r Row) error {
		if r.Coarse {
			return errHides
		}
		return nil
	})
	if err == nil && len(masks.list) > 0 {
		err = db.Stream(ctx, q, func(r struct {
			Cells  string `db:"cells"`
			Extras string `db:"extras"`
		}) error {
			var cells []string
			if err := json.Unmarshal([]byte(r.Cells), &cells); err != nil {
				return err
			}
			if slices.ContainsFunc(append(cells, r.Extras), masked) {
				return errHides
			}
			return nil
		}, `/* incident.hides */ select cells, extras from import_row where edition_id = $1`, e.ID)
	}
	if errors.Is(err, errHides) {
		return true, nil
	}
	return false, err
}

// resolveToCompare reads entries as they are stored; Coarse are those that are told
// otherwise, or not all of which is told.
func resolveToCompare(ctx context.Context, q db.Querier, entries []Entry) ([]Row, error) {
	rows, err := resolveWith(ctx, q, entries)
	if err != nil {
		return nil, err
	}
	told, err := resolveToTell(ctx, q, entries)
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		confidential := slices.ContainsFunc(r.Facts.Sources, func(x Source) bool { return x.Class == confidentialClass && x.URL+x.Text != "" })
		rows[i].Coarse = confidential || told[i].Coarse || HashFacts(r.Facts) != HashFacts(told[i].Facts)
	}
	return rows, nil
}
