// Package dbtest gives tests a fresh, migrated database on both engines.
package dbtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/url"
	"os"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/migrations"
)

// Variable names the environment variable with the address of a PostgreSQL
// server on which databases may be created. The full test run sets it; on a
// laptop without it the PostgreSQL half is skipped, visibly.
const Variable = "TEST_POSTGRES"

// Each runs the same test on SQLite and on PostgreSQL.
func Each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t)) })
}

// SQLite opens a new database in a temporary directory.
func SQLite(t testing.TB) *db.DB {
	t.Helper()
	return open(t, t.TempDir())
}

// Postgres creates a database for the test and drops it afterwards.
func Postgres(t testing.TB) *db.DB {
	t.Helper()
	return open(t, PostgresURL(t))
}

// PostgresURL creates an empty database and returns its address.
func PostgresURL(t testing.TB) string {
	t.Helper()
	server := os.Getenv(Variable)
	if server == "" {
		t.Skip(Variable + " is not set: the PostgreSQL half is skipped")
	}
	name := "keepiton_test_" + random()
	admin, err := db.Open(context.Background(), server)
	if err != nil {
		t.Fatalf("%s: %v", Variable, err)
	}
	if _, err := admin.Pool().Exec("create database " + name +
		// English order of letters, as most servers have it: a test must notice
		// a query that takes the order of bytes for granted.
		" template template0 encoding 'UTF8' locale_provider icu icu_locale 'en' locale 'C.UTF-8'"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Pool().Exec("drop database if exists " + name + " with (force)"); err != nil {
			t.Error(err)
		}
		admin.Close()
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func open(t testing.TB, target string) *db.DB {
	t.Helper()
	ctx := context.Background()
	d, err := db.Open(ctx, target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if _, _, err := d.Migrate(ctx, migrations.Files); err != nil {
		t.Fatal(err)
	}
	return d
}

func random() string {
	b := make([]byte, 6)
	rand.Read(b)
	return hex.EncodeToString(b)
}
