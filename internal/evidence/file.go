package evidence

import (
	"context"

	"keepiton/internal/platform/db"
)

// StoredFile is a file of an item.
type StoredFile struct {
	ID      int64  `db:"id"`
	Item    int64  `db:"item_id"`
	Digest  string `db:"digest"`
	Size    int64  `db:"size"`
	Parent  string `db:"parent"` // digest of the file it was made from; "" for what came in
	Media   string `db:"media"`  // by its content
	Name    string `db:"name"`   // as text only
	Width   int    `db:"width"`  // 0 for what is no picture we read
	Height  int    `db:"height"`
	DHash   string `db:"dhash"`
	PHash   string `db:"phash"`
	Boxes   string `db:"boxes"` // JSON of what was blacked out
	Created int64  `db:"created_at"`
}

func filesOf(ctx context.Context, q db.Querier, item int64) ([]StoredFile, error) {
	return db.Select[StoredFile](ctx, q, `/* evidence.filesOf */ select `+db.Columns[StoredFile]("")+` from evidence_file where item_id = $1 order by id`, item)
}

// maxFile bounds a file in bytes.
const maxFile = 200 << 20
