package guard

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the files anew")

// TestFiles: the migrations are those the rules say.
func TestFiles(t *testing.T) {
	for _, f := range Files {
		for engine, want := range map[string]string{"sqlite": f.SQLite(), "postgres": f.Postgres()} {
			name := filepath.Join("..", f.Name+"."+engine+".sql")
			if *update {
				if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if have, err := os.ReadFile(name); err != nil || string(have) != want {
				t.Errorf("%s is not what the rules say: go test ./migrations/guard -update (%v)", name, err)
			}
		}
	}
}
