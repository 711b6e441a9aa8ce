package incident

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/geo"
)

// Service is the record behind one database. It is safe for concurrent use.
type Service struct {
	db  *db.DB
	now func() int64 // microseconds UTC

	gatherMost  int // see find.go
	correctMost int // see correct.go

	record Recorder // nil: nobody listens
	desk   Desk     // nil: nobody works at one

	mu       sync.Mutex
	taxonomy *Taxonomy
	hidden   hiddenIn
}

// NewService prepares the record: it stores the terms this program brings and
// the living record's edition if they are not there yet.
func NewService(ctx context.Context, d *db.DB) (*Service, error) {
	s := &Service{db: d, now: db.Now, gatherMost: gatherMost, correctMost: CorrectLimit}
	seed, err := SeedTaxonomy()
	if err != nil {
		return nil, err
	}
	have, err := loadTaxonomy(ctx, d.Reader())
	if err != nil {
		return nil, fmt.Errorf("incident: read the taxonomy: %w", err)
	}
	_, found, err := db.Value[int64](ctx, d.Reader(), `/* incident.NewService */ select id from edition where id = $1`, RecordEdition)
	if err != nil {
		return nil, err
	}
	if found && have.covers(seed) {
		return s, s.refreshTaxonomy(ctx)
	}
	err = d.Write(ctx, func(tx db.Tx) error {
		if err := saveTaxonomy(ctx, tx, seed); err != nil {
			return err
		}
		_, err := db.Exec(ctx, tx, `/* incident.NewService record */ insert into edition (id, kind, label, created_at)
			values ($1, 'record', 'record', $2) on conflict (id) do nothing`, RecordEdition, s.now())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("incident: store the taxonomy: %w", err)
	}
	return s, s.refreshTaxonomy(ctx)
}

// covers reports whether every term, label and alias of other is known.
func (t *Taxonomy) covers(other *Taxonomy) bool {
	for scheme, list := range other.terms {
		for key, term := range list {
			mine, ok := t.terms[scheme][key]
			if !ok || slices.ContainsFunc(term.labels, func(l label) bool { return !slices.Contains(mine.labels, l) }) {
				return false
			}
		}
		for alias := range other.aliases[scheme] {
			if _, ok := t.aliases[scheme][alias]; !ok {
				return false
			}
		}
	}
	return true
}

// Taxonomy is the list of terms as stored.
func (s *Service) Taxonomy() *Taxonomy {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taxonomy
}

// Version changes whenever anything a reader can see has changed. Caches and
// ETags hang on it.
func (s *Service) Version(ctx context.Context) (int64, error) {
	v, _, err := db.Value[int64](ctx, s.db.Reader(), `/* incident.Version */ select revision from edition where id = $1`, RecordEdition)
	return v, err
}

// Reload reads the terms again. A server calls it when the version has changed:
// another process may have imported services nobody had named before.
func (s *Service) Reload(ctx context.Context) error { return s.refreshTaxonomy(ctx) }

// bump marks the record as changed, inside the change's own transaction.
func bump(ctx context.Context, tx db.Tx) error {
	_, err := db.Exec(ctx, tx, `/* incident.bump */ update edition set revision = revision + 1 where id = $1`, RecordEdition)
	return err
}

// Matcher builds the matcher of places with the aliases people have decided.
func (s *Service) Matcher(ctx context.Context) (*geo.Matcher, error) {
	type row struct {
		Country string `db:"country"`
		Alias   string `db:"alias"`
		Unit    string `db:"unit"`
	}
	rows, err := db.Select[row](ctx, s.db.Reader(), `/* incident.Matcher */ select country, alias, unit from place_alias`)
	if err != nil {
		return nil, err
	}
	var aliases []geo.Alias
	for _, r := range rows {
		aliases = append(aliases, geo.Alias{Country: r.Country, Key: r.Alias, Unit: r.Unit})
	}
	return geo.NewMatcher(aliases), nil
}

// refreshTaxonomy reads the terms again after new services were added, or
// something was withheld.
func (s *Service) refreshTaxonomy(ctx context.Context) error {
	t, err := loadTaxonomy(ctx, s.db.Reader())
	if err != nil {
		return err
	}
	hidden, err := loadMasks(ctx, s.db.Reader())
	if err != nil {
		return err
	}
	gone, err := servicesTakenBack(ctx, s.db.Reader())
	if err != nil {
		return err
	}
	maps.Copy(gone, hidden.hidden)
	s.mu.Lock()
	s.taxonomy = t.without(gone)
	s.mu.Unlock()
	return nil
}

// maxAlias bounds, in bytes, the spellings that are kept as aliases: no index
// takes texts of any length. A longer one leads to its key all the same.
const maxAlias = 500

// addServices stores services the taxonomy does not know, named by the rows.
func addServices(ctx context.Context, tx db.Tx, known *Taxonomy, rows []SheetRow) error {
	var terms []termRow
	var labels []labelRow
	var aliases []aliasRow
	seen := map[string]bool{}
	for _, r := range rows {
		for _, e := range r.Facts.Services {
			if _, ok := known.Term(SchemeService, e.Service); ok || seen[e.Service] {
				continue
			}
			seen[e.Service] = true
			name := strings.TrimSpace(e.Verbatim)
			if name == "" {
				name = e.Service
			}
			terms = append(terms, termRow{string(SchemeService), e.Service, learnedRank, "other", 0})
			labels = append(labels, labelRow{string(SchemeService), e.Service, name, 0, 9999})
			if _, taken := known.Match(SchemeService, name); !taken && len(name) <= maxAlias {
				aliases = append(aliases, aliasRow{string(SchemeService), foldTerm(name), e.Service})
			}
		}
	}
	// Another sheet of the same workbook may have added it a moment ago.
	if err := db.Upsert(ctx, tx, "term", terms, "on conflict (scheme, term_key) do nothing"); err != nil {
		return err
	}
	if err := db.Upsert(ctx, tx, "term_label", labels, "on conflict (scheme, term_key, since) do nothing"); err != nil {
		return err
	}
	return db.Upsert(ctx, tx, "term_alias", aliases, "on conflict (scheme, alias) do nothing")
}
