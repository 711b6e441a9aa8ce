package ledger

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// benchMost names the largest ledger of the benchmark, in entries: a million
// when it is not set, ten million with LEDGER_BENCH=10000000.
const benchMost = "LEDGER_BENCH"

// BenchmarkLedger measures one ledger that grows by factors of ten: what an
// event in a transaction of its own costs, what one of a hundred costs, what a
// proof costs, and how many bytes the database has for an entry.
func BenchmarkLedger(b *testing.B) {
	most := 1_000_000
	if text := os.Getenv(benchMost); text != "" {
		var err error
		if most, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("sqlite", func(b *testing.B) { benchEngine(b, dbtest.SQLite(b), most) })
	b.Run("postgres", func(b *testing.B) { benchEngine(b, dbtest.Postgres(b), most) })
}

func benchEngine(b *testing.B, d *db.DB, most int) {
	ctx := context.Background()
	if err := d.WriteCache(ctx, 64); err != nil {
		b.Fatal(err)
	}
	l := New(d, newKey(b, origin))
	for size := 10_000; size <= most; size *= 10 {
		have, err := l.Size(ctx)
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		fill(b, l, size-int(have))
		perEntry := float64(time.Since(began).Microseconds()) / float64(size-int(have))
		if err := d.Settle(ctx); err != nil {
			b.Fatal(err)
		}
		c := checkpoint(b, l)
		b.Run(fmt.Sprintf("%d/size", size), func(b *testing.B) {
			for b.Loop() { // nothing to repeat: two figures of the ledger as it is
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(perEntry, "µs/entry-filled")
			b.ReportMetric(float64(bytesOf(b, d))/float64(size), "B/entry")
		})
		b.Run(fmt.Sprintf("%d/append", size), func(b *testing.B) {
			for b.Loop() {
				appendOne(b, l, event(7))
			}
		})
		b.Run(fmt.Sprintf("%d/append-100", size), func(b *testing.B) {
			for b.Loop() {
				fill(b, l, 100)
			}
		})
		b.Run(fmt.Sprintf("%d/prove", size), func(b *testing.B) {
			hashes := 0
			for b.Loop() {
				p, err := l.Prove(ctx, rand.Int64N(c.Tree.N), c)
				if err != nil {
					b.Fatal(err)
				}
				hashes = len(p.Hashes)
			}
			b.ReportMetric(float64(hashes), "hashes")
		})
		b.Run(fmt.Sprintf("%d/consistency", size), func(b *testing.B) {
			for b.Loop() {
				if _, err := l.Consistency(ctx, 1+rand.Int64N(c.Tree.N), c.Tree.N); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("%d/checkpoint", size), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				appendOne(b, l, event(7))
				b.StartTimer()
				checkpoint(b, l)
			}
		})
	}
}

// bytesOf is what the database takes on disk, indexes included.
func bytesOf(b *testing.B, d *db.DB) int64 {
	b.Helper()
	query := `select page_count * page_size from pragma_page_count(), pragma_page_size()`
	if d.Engine == db.Postgres {
		query = `select sum(pg_total_relation_size(oid))::bigint from pg_class where relname in ('ledger_entry', 'ledger_payload')`
	}
	n, _, err := db.Value[int64](context.Background(), d.Reader(), query)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkAudit is a reader's cost for each entry: fetch, parse, hash.
func BenchmarkAudit(b *testing.B) {
	ctx := context.Background()
	l := New(dbtest.SQLite(b), newKey(b, origin))
	fill(b, l, 10_000)
	checkpoint(b, l)
	key := logVerifier(b, l.key)
	for b.Loop() {
		if r, err := Audit(ctx, l, key, nil); err != nil || len(r.Findings) > 0 {
			b.Fatal(r.Findings, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/entry")
}
