// Package dbtest gives tests a fresh, migrated database on both engines.
package dbtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/migrations"
)

// Variable names the environment variable with the address of a PostgreSQL
// server on which databases may be created. The full test run sets it; on a
// laptop without it the PostgreSQL half is skipped, visibly.
const Variable = "TEST_POSTGRES"

// Each runs the same test on SQLite and on PostgreSQL, side by side, and returns
// when both have ended.
func Each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("on", func(t *testing.T) {
		t.Run("sqlite", func(t *testing.T) {
			t.Parallel()
			fn(t, SQLite(t))
		})
		t.Run("postgres", func(t *testing.T) {
			t.Parallel()
			fn(t, Postgres(t))
		})
	})
}

// SQLite opens a new database in a temporary directory.
func SQLite(t testing.TB) *db.DB {
	t.Helper()
	whole, err := sqliteTemplate()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, db.FileName), whole, 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, dir)
}

// Postgres creates a database for the test and drops it afterwards.
func Postgres(t testing.TB) *db.DB {
	t.Helper()
	return open(t, create(t, true))
}

// PostgresURL creates an empty database and returns its address.
func PostgresURL(t testing.TB) string {
	t.Helper()
	return create(t, false)
}

// create creates a database, with the schema in it or without.
func create(t testing.TB, migrated bool) string {
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
	how := fresh
	if migrated {
		template, err := postgresTemplate(admin, server)
		if err != nil {
			t.Fatal(err)
		}
		how = " template " + template + copied
	}
	if _, err := admin.Pool().Exec("create database " + name + how); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Pool().Exec("drop database if exists " + name + " with (force)"); err != nil {
			t.Error(err)
		}
		admin.Close()
	})
	address, err := at(server, name)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// at is the address of a database of a server.
func at(server, name string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
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
