package likeness

import (
	"context"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/migrations"
)

// BenchmarkFinder asks for leads in a large register: KEEPITON_REGISTERS lists
// data directories or addresses of databases, separated by blanks. It reports the
// slowest of a hundred, and the 95th.
func BenchmarkFinder(b *testing.B) {
	targets := strings.Fields(os.Getenv("KEEPITON_REGISTERS"))
	if len(targets) == 0 {
		b.Skip("KEEPITON_REGISTERS is not set")
	}
	for _, target := range targets {
		name, _, _ := strings.Cut(target, "://")
		b.Run(name, func(b *testing.B) {
			ctx := context.Background()
			d, err := db.Open(ctx, target)
			if err != nil {
				b.Fatal(err)
			}
			defer d.Close()
			if _, _, err := d.Migrate(ctx, migrations.Files); err != nil {
				b.Fatal(err)
			}
			s, err := incident.NewService(ctx, d)
			if err != nil {
				b.Fatal(err)
			}
			f := NewFinder(s)
			leads := someLeads(b, s)
			var took []time.Duration
			for i := 0; b.Loop(); i++ {
				began := time.Now()
				if _, err := f.Incidents(ctx, leads[i%len(leads)], 3); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
			b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "max-ms")
		})
	}
}

// someLeads makes leads of every kind out of a register, for its largest
// countries, for small ones and for none.
func someLeads(b *testing.B, s *incident.Service) []Traits {
	b.Helper()
	rnd := rand.New(rand.NewPCG(1, 2))
	var out []Traits
	for _, country := range []string{"IN", "MM", "PK", "IR", "RU", "CU", "GA", ""} {
		for range 12 {
			from := 18000 + rnd.IntN(2000)
			rows, err := s.Near(context.Background(), incident.Near{Country: country, From: from, To: from + 200, Limit: 2})
			if err != nil {
				b.Fatal(err)
			}
			for _, r := range rows[:min(1, len(rows))] {
				t := Of(r.Facts)
				if country == "" {
					t.Countries = nil
				}
				out = append(out, t)
			}
		}
	}
	return out
}
