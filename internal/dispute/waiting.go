package dispute

import (
	"context"

	"keepiton/internal/mechanism/desk"
)

// WaitingFor are the disputes that nobody has answered, of those an editor is
// responsible for.
func (s *Service) WaitingFor(ctx context.Context, a desk.Actor) (desk.Waiting, error) {
	return waitingOf(inState(ctx, s.db.Reader(), a, Open, desk.MostWaiting+1))
}

// UpheldFor are the disputes that were upheld about incidents that stand uncorrected, of
// those an editor is responsible for.
func (s *Service) UpheldFor(ctx context.Context, a desk.Actor) (desk.Waiting, error) {
	return waitingOf(uncorrected(ctx, s.db.Reader(), a, desk.MostWaiting+1))
}

func waitingOf(rows []disputeRow, err error) (desk.Waiting, error) {
	list := make([]desk.Pending, len(rows))
	for i, r := range rows {
		list[i] = desk.Pending{Ref: r.Ref, Path: DeskPath + "/" + r.Ref, Since: r.Filed}
	}
	return desk.WaitingOf(list), err
}
