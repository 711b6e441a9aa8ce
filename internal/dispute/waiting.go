package dispute

import (
	"context"

	"keepiton/internal/mechanism/desk"
)

// WaitingFor are the disputes that nobody has answered, of those an editor is
// responsible for.
func (s *Service) WaitingFor(ctx context.Context, a desk.Actor) (desk.Waiting, error) {
	rows, err := inState(ctx, s.db.Reader(), a, Open, desk.MostWaiting+1)
	list := make([]desk.Pending, len(rows))
	for i, r := range rows {
		list[i] = desk.Pending{Ref: r.Ref, Path: DeskPath + "/" + r.Ref, Since: r.Filed}
	}
	return desk.WaitingOf(list), err
}
