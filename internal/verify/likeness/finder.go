package likeness

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"keepiton/internal/incident"
)

// Candidate is something that may be the same shutdown, as its owner knows it.
type Candidate struct {
	Ref    string
	Traits Traits
}

// Match is a candidate that was compared.
type Match struct {
	Ref     string
	Score   float64
	Reasons []Reason // the weightiest first
}

// Rank compares candidates and gives the best n, the best first. Of equal ones
// the later reference comes first: new leads are about new shutdowns.
func Rank(t Traits, list []Candidate, n int) []Match {
	out := make([]Match, len(list))
	for i, c := range list {
		out[i].Ref = c.Ref
		out[i].Score, out[i].Reasons = Score(t, c.Traits)
	}
	slices.SortFunc(out, func(a, b Match) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.Ref, a.Ref)) })
	out = out[:min(n, len(out))]
	for _, m := range out {
		slices.SortStableFunc(m.Reasons, func(a, b Reason) int { return cmp.Compare(abs(b.Points), abs(a.Points)) })
	}
	return out
}

func abs(x float64) float64 { return max(x, -x) }

// Bounds of what is read from the record for one question.
const (
	window     = 21  // days before and after the start
	nearest    = 140 // incidents that started within them
	manyPlaces = 3   // countries, or services, that are looked up

	secondsOfDay = 24 * 60 * 60
)

// Finder looks for the incident an account belongs to.
type Finder struct{ record *incident.Service }

// NewFinder finds in a record.
func NewFinder(s *incident.Service) *Finder { return &Finder{s} }

// Found is an incident that may be the one, with what the record says of it.
type Found struct {
	Match
	Row incident.Row
}

// Incidents gives the n incidents that look most like an account, the best
// first: of its countries, or without one of its services, those that started
// near it or were under way. An account without a start is compared with what
// started in the last weeks.
func (f *Finder) Incidents(ctx context.Context, t Traits, n int) ([]Found, error) {
	rows, err := f.near(ctx, t)
	if err != nil {
		return nil, fmt.Errorf("likeness.Incidents: %w", err)
	}
	byRef := make(map[string]incident.Row, len(rows))
	var list []Candidate
	for _, r := range rows {
		if _, twice := byRef[r.Ref]; twice {
			continue
		}
		byRef[r.Ref] = r
		list = append(list, Candidate{r.Ref, Of(r.Facts)})
	}
	best := Rank(t, list, n)
	out := make([]Found, len(best))
	for i, m := range best {
		out[i] = Found{m, byRef[m.Ref]}
	}
	return out, nil
}

// near reads the candidates.
func (f *Finder) near(ctx context.Context, t Traits) ([]incident.Row, error) {
	ask := incident.Near{From: t.Start - window, To: t.StartTo + window, Limit: nearest}
	if !t.HasStart {
		ask.To = int(time.Now().Unix() / secondsOfDay)
		ask.From = ask.To - 2*window
	}
	var asks []incident.Near
	for _, c := range t.Countries[:min(len(t.Countries), manyPlaces)] {
		ask.Country = c
		asks = append(asks, ask)
	}
	if len(asks) == 0 {
		for _, s := range t.Services[:min(len(t.Services), manyPlaces)] {
			ask.Service = s
			asks = append(asks, ask)
		}
	}
	if len(asks) == 0 {
		asks = append(asks, ask)
	}
	for i := range asks {
		asks[i].Limit = nearest / len(asks)
	}
	var rows []incident.Row
	for _, a := range asks {
		found, err := f.record.Near(ctx, a)
		if err != nil {
			return nil, err
		}
		rows = append(rows, found...)
	}
	return rows, nil
}
