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
// while all of the edition is that ever was public.

// hiddenIn remembers, for a version of the record, of which editions something is
// hidden.
type hiddenIn struct {
	version int64
	known   map[int64]bool
}

// Hidden tells whether something that an edition told once is withheld or taken back, so
// that neither the hash of its file nor its digest may be told to anybody outside.
// What a row calls confidential itself is no reason (docs/limits.md). Of an edition
// without either it is not asked.
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

// maxRead bounds how many entries are read to answer: who asks is a reader of a page.
const maxRead = 50_000

// hides tells whether an edition does not tell all it holds.
func hides(ctx context.Context, q db.Querier, e Edition) (bool, error) {
	masks, err := loadMasks(ctx, q)
	if err != nil {
		return false, err
	}
	masked := func(text string) bool { return len(masks.spans(text)) > 0 }
	if slices.ContainsFunc(append(e.Headers(), e.File, e.Sheet, e.Remark), masked) {
		return true, nil
	}
	switch {
	case len(masks.list) == 0:
	case e.Entries > maxRead:
		return true, nil
	default: // a passage may stand anywhere
		if err = eachOf(ctx, q, e.ID, 0, false, masks.refuse); err == nil {
			err = eachCell(ctx, q, e.ID, masked)
		}
	}
	if err == nil {
		err = eachSuspect(ctx, q, e)
	}
	if errors.Is(err, errHides) {
		return true, nil
	}
	return false, err
}

// errHides ends a walk at the first thing that is hidden.
var errHides = errors.New("something is hidden")

// refuse is [errHides] of a row in which a passage is withheld.
func (m *masks) refuse(r Row) error {
	told, err := m.over(r.Facts)
	if err == nil && HashFacts(told) != HashFacts(r.Facts) {
		err = errHides
	}
	return err
}

// eachSuspect looks into the entries of an edition whose incidents were taken back, or
// have a source that may not be named any more.
func eachSuspect(ctx context.Context, q db.Querier, e Edition) error {
	entries, err := db.Select[Entry](ctx, q, `/* incident.eachSuspect */ with recursive gone (id) as (select incident_id from source_gone
			union select id from incident where origin = $2 and state = $3 union select incident_id from source where class = 'confidential'
			union select i.id from incident i join gone on gone.id = i.merged_into)
		select `+db.Columns[Entry]("")+` from entry where edition_id = $1 and incident_id in (select id from gone) order by ord limit $4`, e.ID, fromDesk, stateRetracted, maxRead)
	if err != nil {
		return err
	}
	if len(entries) == maxRead {
		return errHides
	}
	for some := range slices.Chunk(entries, walkStep) {
		if err := suspects(ctx, q, some); err != nil {
			return err
		}
	}
	return nil
}

func suspects(ctx context.Context, q db.Querier, entries []Entry) error {
	rows, err := resolveWith(ctx, q, entries)
	if err != nil {
		return err
	}
	ids := make([]int64, len(entries))
	for i, e := range entries {
		ids[i] = *e.Incident
	}
	back, err := takenBackOf(ctx, q, ids)
	if err != nil {
		return err
	}
	secret, err := confidentialOf(ctx, q, ids)
	if err != nil {
		return err
	}
	for _, r := range rows {
		id := *r.Entry.Incident
		if back[id] {
			return errHides
		}
		since := secret[id].beside(confidentialIn(r.Facts.Sources))
		if since.none() {
			continue
		}
		if hides, err := since.hides(ctx, q, r); err != nil {
			return err
		} else if hides {
			return errHides
		}
	}
	return nil
}

// hides tells whether a row names in its sources, its texts or its cells what became
// untold since it was read.
func (u *untold) hides(ctx context.Context, q db.Querier, r Row) (bool, error) {
	if slices.ContainsFunc(r.Facts.Sources, func(x Source) bool { return x.Class != confidentialClass && u.names(x) }) {
		return true, nil
	}
	told, err := unmarshalFacts(marshalFacts(r.Facts))
	if err != nil {
		return false, err
	}
	if told.conceal(u); HashFacts(told) != HashFacts(r.Facts) {
		return true, nil
	}
	doc, found, err := db.Value[string](ctx, q, `/* incident.untold.hides */ select cells from import_row where edition_id = $1 and line = $2`, r.Entry.Edition, r.Entry.Line)
	if err != nil || !found {
		return false, err
	}
	var cells []string
	if err := json.Unmarshal([]byte(doc), &cells); err != nil {
		return false, err
	}
	return slices.ContainsFunc(cells, func(c string) bool { return u.without(c) != c }), nil
}

// eachCell looks for what is withheld in the cells of a sheet.
func eachCell(ctx context.Context, q db.Querier, edition int64, masked func(string) bool) error {
	return db.Stream(ctx, q, func(r struct {
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
	}, `/* incident.eachCell */ select cells, extras from import_row where edition_id = $1`, edition)
}
