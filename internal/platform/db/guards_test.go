package db_test

import (
	"slices"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/migrations"
)

// TestMissingGuards: a trigger that was taken away is missed, on each engine.
func TestMissingGuards(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		missing, of, err := d.MissingGuards(t.Context(), migrations.Files)
		if err != nil || len(missing) > 0 || of < 150 {
			t.Fatalf("of a new database %v of %d are missing: %v", missing, of, err)
		}
		name, statement := "incident_signed_update", "drop trigger incident_signed_update"
		if d.Engine == db.Postgres {
			statement += " on incident"
		}
		if _, err := d.Pool().Exec(statement); err != nil {
			t.Fatal(err)
		}
		if missing, _, err := d.MissingGuards(t.Context(), migrations.Files); err != nil || !slices.Equal(missing, []string{name}) {
			t.Errorf("missing: %v %v", missing, err)
		}
	})
}
