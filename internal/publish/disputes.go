package publish

import (
	"context"
	"time"
)

// Dispute is what readers of an incident may know of a dispute about it: that
// it was filed, on which day, and how far it has come.
type Dispute struct {
	Ref, Incident  string
	State          string // open, answered, upheld or rejected
	Filed, Changed time.Time
}

// Disputes knows what is disputed. app gives one; without it nothing is.
type Disputes interface {
	// About lists the disputes of an incident, newest first.
	About(ctx context.Context, incident string, limit int) ([]Dispute, error)
	// Between lists those that were filed or changed last in a span of time, the
	// last change first.
	Between(ctx context.Context, from, to time.Time, limit int) ([]Dispute, error)
	// Beside is the nearest instant before one (dir -1), or from it on (dir 1), at
	// which a dispute was filed or changed last.
	Beside(ctx context.Context, t time.Time, dir int) (at time.Time, found bool, err error)
}

// DisputeLine is a dispute as a line of a page.
type DisputeLine struct{ Ref, Path, Incident, IncidentPath, Filed, Changed, State string }

// DisputeLines says disputes.
func (s Speaker) DisputeLines(list []Dispute) []DisputeLine {
	out := make([]DisputeLine, len(list))
	date := func(t time.Time) string { return s.X.Date(t.UTC().Format("2006-01-02")) }
	for i, d := range list {
		out[i] = DisputeLine{Ref: d.Ref, Path: "/disputes/" + d.Ref, Incident: d.Incident, IncidentPath: "/incidents/" + d.Incident,
			Filed: date(d.Filed), Changed: date(d.Changed), State: s.X.T("publish.dispute." + d.State)}
	}
	return out
}
