package evidence

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// BenchmarkSuggest looks for copies of a picture among a hundred thousand.
func BenchmarkSuggest(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b, open(b))
			it, _ := w.mustAddFile(b, amina, "a.png", asPNG(b, photo(1, 300, 200)))
			other := w.mustAdd(b, amina, filing())
			rows := make([]StoredFile, 100_000)
			for i := range rows {
				rows[i] = StoredFile{ID: int64(i) + 10, Item: other.ID, Digest: fmt.Sprint(i), DHash: fmt.Sprintf("%016x", rand.Uint64()), PHash: fmt.Sprintf("%016x", rand.Uint64())}
			}
			if err := w.db.Write(b.Context(), func(tx db.Tx) error { return db.Insert(b.Context(), tx, "evidence_file", rows) }); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.Suggest(b.Context(), amina, it.Ref); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
