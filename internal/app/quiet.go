package app

import (
	"context"
	"log/slog"
	"regexp"
)

// noAddress is a log handler that takes network addresses out of messages.
// net/http names the remote address when a handshake or a header is bad.
type noAddress struct{ slog.Handler }

var remote = regexp.MustCompile(`(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:.%a-z0-9]+\])(?::\d+)?`)

// Handle passes the record on without addresses.
func (h noAddress) Handle(ctx context.Context, r slog.Record) error {
	r.Message = remote.ReplaceAllString(r.Message, "a reader")
	return h.Handler.Handle(ctx, r)
}
