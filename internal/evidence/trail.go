package evidence

import (
	"context"

	"keepiton/internal/platform/db"
)

// trailShown is how many acts a trail brings.
const trailShown = 200

// Trail lists what people did to the items of a case, the newest first. Who only
// looked is left out.
func (s *Service) Trail(ctx context.Context, dossier int64) ([]Touch, error) {
	type row struct {
		Ref    string `db:"ref"`
		At     int64  `db:"at"`
		Person string `db:"person"`
		Act    Act    `db:"act"`
	}
	list, err := db.Select[row](ctx, s.db.Reader(), `/* evidence.Trail */ select i.ref, c.at, c.person, c.act from evidence_custody c join evidence_item i on i.id = c.item_id
		where i.case_id = $1 and c.act not in ('viewed', 'downloaded', 'rechecked') order by c.at desc, c.item_id desc, c.n desc limit $2`, dossier, trailShown)
	out := make([]Touch, len(list))
	for i, r := range list {
		out[i] = Touch{Ref: r.Ref, At: r.At, Person: r.Person, Act: r.Act}
	}
	return out, err
}
