package site

import (
	"context"
	"sort"
	"strings"
	"sync"

	"keepiton/internal/incident"
)

// inventory is what an edition has entries of: what a form can offer and a
// page needs to know before it asks anything else.
type inventory struct {
	Years     []incident.YearTotal // newest first
	Countries []string             // codes, in their order
	Services  []string             // keys, the most counted first
}

// HasYear tells whether the edition counts a year.
func (i *inventory) HasYear(year int) bool {
	for _, y := range i.Years {
		if y.Year == year {
			return true
		}
	}
	return false
}

// inventories remembers them until the record changes: they are sums over the
// stored counts, the same for every page. It holds few: strangers can name
// any edition.
type inventories struct {
	mu      sync.Mutex
	version int64
	list    map[int64]*inventory

	digests  sync.Mutex // held while one is made: the others wait for it
	digest   string     // of the record, as a release has one
	digestAt int64      // the version it is of
}

// maxDigested bounds, in count entries, the record whose digest a reader waits for.
const maxDigested = 50_000

const maxInventories = 64

// inventory reads what an edition has entries of.
func (s *Site) inventory(ctx context.Context, edition int64) (*inventory, error) {
	version, err := s.d.Record.Version(ctx)
	if err != nil {
		return nil, err
	}
	s.known.mu.Lock()
	if s.known.version != version || s.known.list == nil || len(s.known.list) > maxInventories {
		s.known.version, s.known.list = version, map[int64]*inventory{}
	}
	have := s.known.list[edition]
	s.known.mu.Unlock()
	if have != nil {
		return have, nil
	}
	have, err = s.readInventory(ctx, edition)
	if err != nil {
		return nil, err
	}
	s.known.mu.Lock()
	if s.known.version == version {
		s.known.list[edition] = have
	}
	s.known.mu.Unlock()
	return have, nil
}

// movedOn tells whether the record says something else by now than a release that was
// cut from it. The digest of the record is made once for each version; of a very large
// one that anything was written in it since is taken for an answer.
func (s *Site) movedOn(ctx context.Context, release incident.Edition) (bool, error) {
	touched, err := s.d.Record.ChangedSince(ctx, release.Created)
	if err != nil || !touched {
		return false, err
	}
	years, err := s.d.Record.Years(ctx, incident.RecordEdition)
	if err != nil {
		return false, err
	}
	entries := 0
	for _, y := range years {
		entries += y.Shutdowns
	}
	if entries > maxDigested {
		return true, nil
	}
	version, err := s.d.Record.Version(ctx)
	if err != nil {
		return false, err
	}
	s.known.digests.Lock()
	defer s.known.digests.Unlock()
	if s.known.digestAt != version || s.known.digest == "" {
		if s.known.digest, err = s.d.Record.DigestNow(ctx); err != nil {
			return false, err
		}
		s.known.digestAt = version
	}
	return s.known.digest != release.Digest, nil
}

func (s *Site) readInventory(ctx context.Context, edition int64) (*inventory, error) {
	out := &inventory{}
	var err error
	if out.Years, err = s.d.Record.Years(ctx, edition); err != nil {
		return nil, err
	}
	countries, err := s.d.Record.Cells(ctx, edition, incident.Once, "country", incident.DimAll)
	if err != nil {
		return nil, err
	}
	for _, c := range countries {
		out.Countries = append(out.Countries, strings.TrimPrefix(c.Area, "country:"))
	}
	services, err := s.d.Record.Cells(ctx, edition, incident.Once, incident.AreaWorld, incident.DimService)
	if err != nil {
		return nil, err
	}
	sort.SliceStable(services, func(i, j int) bool { return services[i].N > services[j].N })
	for _, c := range services {
		out.Services = append(out.Services, c.Value)
	}
	return out, nil
}
