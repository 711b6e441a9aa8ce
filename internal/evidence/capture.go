package evidence

import (
	"context"

	"keepiton/internal/platform/db"
)

// Capture is a page as it was at an instant.
type Capture struct {
	ID       int64  `db:"id"`
	Item     int64  `db:"item_id"`
	At       int64  `db:"at"`
	URL      string `db:"url"`
	FinalURL string `db:"final_url"`
	Status   int    `db:"status"`
	Media    string `db:"media"`
	Body     string `db:"body"` // digests
	BodySize int64  `db:"body_size"`
	WARC     string `db:"warc"`
	WARCSize int64  `db:"warc_size"`
}

// Finding is what a later check of a captured page found.
type Finding string

// Capturer fetches pages.
type Capturer struct{}

func capturesOf(ctx context.Context, q db.Querier, item int64) ([]Capture, error) {
	return db.Select[Capture](ctx, q, `/* evidence.capturesOf */ select `+db.Columns[Capture]("")+` from evidence_capture where item_id = $1 order by id`, item)
}
