package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"keepiton/internal/platform/db"
)

// Text is a version of an item's text with passages taken out.
type Text struct {
	ID      int64  `db:"id"`
	Item    int64  `db:"item_id"`
	Hash    string `db:"hash"`
	Parent  string `db:"parent"` // hash of the version it was made from
	Root    string `db:"root"`   // hash of the text as it was filed
	Says    string `db:"says"`
	Spans   string `db:"spans"` // JSON; what was taken out is not in it
	Created int64  `db:"created_at"`
}

// hashText is the hash by which versions of a text are told apart.
func hashText(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

func textsOf(ctx context.Context, q db.Querier, item int64) ([]Text, error) {
	return db.Select[Text](ctx, q, `/* evidence.textsOf */ select `+db.Columns[Text]("")+` from evidence_text where item_id = $1 order by id`, item)
}
