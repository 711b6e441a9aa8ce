package app

import (
	"context"
	"time"

	"keepiton/internal/coalition"
	"keepiton/internal/dispute"
	"keepiton/internal/incident"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/db"
	"keepiton/internal/publish"
	"keepiton/internal/verify"
)

// disputesOf wires disputes: organisations stand under notes with their public
// names, every act goes into the ledger in its own transaction.
func disputesOf(d *db.DB, s *incident.Service, log *ledger.Log) *dispute.Service {
	return dispute.New(d, s, coalition.New(d, coalition.Recorder{}, nil).PublicNames, func(ctx context.Context, tx db.Tx, a dispute.Act) error {
		_, err := log.Append(ctx, tx, ledger.Event{Kind: a.Kind, Subject: a.Subject, Payload: a.Payload})
		return err
	}, nil)
}

// unsettledDisputes gives the desk the disputes about an incident that nobody answered or
// that were upheld.
func unsettledDisputes(s *dispute.Service) func(ctx context.Context, ref string) ([]verify.Disputed, error) {
	return func(ctx context.Context, ref string) (out []verify.Disputed, err error) {
		list, err := s.About(ctx, ref, mostDisputes)
		for _, x := range list {
			if x.State == dispute.Open || x.State == dispute.Upheld {
				out = append(out, verify.Disputed{Ref: x.Ref, Path: "/disputes/" + x.Ref, Upheld: x.State == dispute.Upheld})
			}
		}
		return out, err
	}
}

// mostDisputes is how many disputes of an incident its case looks at.
const mostDisputes = 50

// publicDisputes is what the pages of the register know of disputes.
type publicDisputes struct{ s *dispute.Service }

// About implements [publish.Disputes].
func (p publicDisputes) About(ctx context.Context, ref string, limit int) ([]publish.Dispute, error) {
	return publicly(p.s.About(ctx, ref, limit))
}

// Between implements [publish.Disputes].
func (p publicDisputes) Between(ctx context.Context, from, to time.Time, limit int) ([]publish.Dispute, error) {
	return publicly(p.s.Between(ctx, from, to, limit))
}

// Beside implements [publish.Disputes].
func (p publicDisputes) Beside(ctx context.Context, t time.Time, dir int) (time.Time, bool, error) {
	return p.s.Beside(ctx, t, dir)
}

func publicly(list []dispute.Dispute, err error) ([]publish.Dispute, error) {
	out := make([]publish.Dispute, len(list))
	for i, d := range list {
		out[i] = publish.Dispute{Ref: d.Ref, Incident: d.Incident, State: string(d.State), Filed: d.Filed.Time(), Changed: d.Changed.Time()}
	}
	return out, err
}
