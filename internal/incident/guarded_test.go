package incident

import (
	"slices"
	"testing"

	"keepiton/migrations/guard"
)

// TestFactsAreGuarded: the database knows every table of facts that has to be guarded.
func TestFactsAreGuarded(t *testing.T) {
	for _, table := range factTables() {
		if !slices.Contains(guard.FactTables, table) {
			t.Errorf("guard.FactTables lacks %s", table)
		}
	}
}
