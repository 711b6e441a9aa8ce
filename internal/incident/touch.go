package incident

import (
	"context"

	"keepiton/internal/platform/db"
)

// Touch marks what readers see as changed, in the transaction of another room
// that shows something beside the record. Caches hang on [Service.Version].
func (s *Service) Touch(ctx context.Context, tx db.Tx) error { return bump(ctx, tx) }

// Touch is [Service.Touch] for rooms that have no service.
func Touch(ctx context.Context, tx db.Tx) error { return bump(ctx, tx) }
