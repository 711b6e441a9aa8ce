package evidence

import (
	"cmp"
	"context"
	"math/bits"
	"slices"
	"strconv"
	"sync"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
)

// Likeness is why two items may go back to one source.
type Likeness string

// The likenesses, the surest first.
const (
	SameFile    Likeness = "same_file"
	SamePage    Likeness = "same_page"
	SameAddress Likeness = "same_address"
	LikePicture Likeness = "like_picture"
)

// Suggestion is an item that may share another's origin.
type Suggestion struct {
	Ref    string
	Title  string
	Origin int64
	Why    Likeness
}

// How far apart perceptual hashes of one picture lie at most.
const (
	maxDHash = 8
	maxPHash = 10
)

// Suggest lists items that look like copies of the same thing and are not said to
// have one origin yet, the surest first. The actor learns of none they may not see.
func (s *Service) Suggest(ctx context.Context, a desk.Actor, ref string) ([]Suggestion, error) {
	q := s.db.Reader()
	it, err := opened(ctx, q, a, ref)
	if err != nil {
		return nil, err
	}
	files, err := filesOf(ctx, q, it.ID)
	if err != nil {
		return nil, err
	}
	found := map[int64]Likeness{}
	better := func(list []int64, why Likeness) {
		for _, id := range list {
			if _, known := found[id]; !known {
				found[id] = why
			}
		}
	}
	for _, f := range files {
		same, err := ids(ctx, q, `/* evidence.Suggest file */ select item_id as id from evidence_file where digest = $1 and item_id <> $2`, f.Digest, it.ID)
		if err != nil {
			return nil, err
		}
		better(same, SameFile)
	}
	pages, err := ids(ctx, q, `/* evidence.Suggest page */ select id from evidence_item where id <> $1 and id in (`+samePage+`)`, it.ID)
	if err != nil {
		return nil, err
	}
	better(pages, SamePage)
	if it.Canonical != "" {
		same, err := ids(ctx, q, `/* evidence.Suggest address */ select id from evidence_item where canonical = $1 and id <> $2`, it.Canonical, it.ID)
		if err != nil {
			return nil, err
		}
		better(same, SameAddress)
	}
	like, err := s.pictures.like(ctx, q, it.ID, files)
	if err != nil {
		return nil, err
	}
	better(like, LikePicture)
	return s.suggestions(ctx, q, a, it, found)
}

func (s *Service) suggestions(ctx context.Context, q db.Querier, a desk.Actor, it Item, found map[int64]Likeness) ([]Suggestion, error) {
	var out []Suggestion
	for id, why := range found {
		other, ok, err := itemByID(ctx, q, id)
		if err != nil {
			return nil, err
		}
		if ok && (it.Origin == 0 || other.Origin != it.Origin) && other.knownTo(a) {
			out = append(out, Suggestion{other.Ref, other.Title, other.Origin, why})
		}
	}
	order := []Likeness{SameFile, SamePage, SameAddress, LikePicture}
	slices.SortFunc(out, func(x, y Suggestion) int {
		return cmp.Or(slices.Index(order, x.Why)-slices.Index(order, y.Why), cmp.Compare(x.Ref, y.Ref))
	})
	return out, nil
}

func ids(ctx context.Context, q db.Querier, query string, args ...any) ([]int64, error) {
	type row struct {
		ID int64 `db:"id"`
	}
	rows, err := db.Select[row](ctx, q, query, args...)
	out := make([]int64, len(rows))
	for i, r := range rows {
		out[i] = r.ID
	}
	return out, err
}

// gallery holds the hashes of all pictures, 32 bytes each, so that a million are
// compared in some milliseconds. Files are only ever added.
type gallery struct {
	mu   sync.Mutex
	last int64 // number of the newest file it knows
	list []hung
}

type hung struct {
	item         int64
	dHash, pHash uint64
}

// like lists the other items with a picture like one of these.
func (g *gallery) like(ctx context.Context, q db.Querier, item int64, files []StoredFile) ([]int64, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.learn(ctx, q); err != nil {
		return nil, err
	}
	var out []int64
	for _, f := range files {
		mine, ok := hang(f)
		for _, other := range g.list {
			if ok && other.item != item && bits.OnesCount64(mine.dHash^other.dHash) <= maxDHash && bits.OnesCount64(mine.pHash^other.pHash) <= maxPHash {
				out = append(out, other.item)
			}
		}
	}
	return out, nil
}

// learn reads the pictures that came since the last time.
func (g *gallery) learn(ctx context.Context, q db.Querier) error {
	fresh, err := db.Select[StoredFile](ctx, q, `/* evidence.gallery */ select `+db.Columns[StoredFile]("")+` from evidence_file where dhash <> '' and id > $1 order by id`, g.last)
	for _, f := range fresh {
		if h, ok := hang(f); ok {
			g.list = append(g.list, h)
		}
		g.last = f.ID
	}
	return err
}

// hang reads the hashes of a file; ok is false for what is no picture.
func hang(f StoredFile) (h hung, ok bool) {
	d, errD := strconv.ParseUint(f.DHash, 16, 64)
	p, errP := strconv.ParseUint(f.PHash, 16, 64)
	return hung{f.Item, d, p}, errD == nil && errP == nil
}
