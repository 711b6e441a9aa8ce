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
// tries names in the gap learns by them which one stood there. So they are told while
// all of the edition is, or while so much of it is hidden that nobody can try.

// hiddenIn remembers, for a version of the record, of which editions something is
// hidden.
type hiddenIn struct {
	version int64
	known   map[int64]bool
}

// Hidden tells whether something of an edition is withheld, confidential or taken
// back, and little enough to be tried out, so that neither the hash of its file nor its
// digest may be told to anybody outside. Of an edition without either it is not asked.
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

// tooMany is of how many incidents something has to be hidden in an edition before
// nobody can try all gaps at once: the hash is one over all of it. An address that was
// never public counts for asMany: a name in a sentence is one of a few hundred.
const (
	tooMany = 16
	asMany  = 4
)

// hides counts the incidents of which an edition does not tell all it holds, and looks
// for passages in the cells of a sheet. It reads no facts: the pages ask.
func hides(ctx context.Context, q db.Querier, e Edition) (bool, error) {
	masks, err := loadMasks(ctx, q)
	if err != nil {
		return false, err
	}
	masked := func(text string) bool { return len(masks.spans(text)) > 0 }
	if slices.ContainsFunc(append(e.Headers(), e.File, e.Sheet, e.Remark), masked) {
		return true, nil
	}
	withheld := ""
	if len(masks.list) > 0 {
		withheld = ` union select incident_id, 1 from incident_change where diff like '%"withheld"%'`
	}
	n, _, err := db.Value[int](ctx, q, `/* incident.hides */ with gone (id, weight) as (
			select incident_id, cast($3 as integer) from source where class = 'confidential' and (url <> '' or source_text <> '')
			union select incident_id, 1 from source_gone
			union select id, 1 from incident where origin = 'desk' and state = 'retracted'`+withheld+`),
		every (id, weight) as (select id, weight from gone union select i.id, gone.weight from incident i join gone on gone.id = i.merged_into)
		select coalesce(sum(weight), 0) from (select max(every.weight) as weight from every join entry e on e.incident_id = every.id
			where e.edition_id = $1 group by every.id limit $2) x`, e.ID, tooMany, asMany)
	if err != nil || n > 0 || len(masks.list) == 0 {
		return n > 0 && n < tooMany, err
	}
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
	}, `/* incident.hides cells */ select cells, extras from import_row where edition_id = $1`, e.ID)
	if errors.Is(err, errHides) {
		return true, nil
	}
	return false, err
}

// errHides ends a walk at the first thing that is hidden.
var errHides = errors.New("something is hidden")
