package dbtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"keepiton/internal/platform/db"
	"keepiton/migrations"
)

// The schema is made once and copied for each test: making it takes longer than
// most tests do.

// fresh is how a database without a schema is created: with the English order of
// letters, as most servers have it. A test must notice a query that takes the order
// of bytes for granted.
const fresh = " template template0 encoding 'UTF8' locale_provider icu icu_locale 'en' locale 'C.UTF-8'" + copied

// copied is a fifth of the work of writing each page of a template into the log.
const copied = " strategy file_copy"

// sqliteTemplate is the file of a database with the schema and nothing else.
var sqliteTemplate = sync.OnceValues(func() (whole []byte, err error) {
	dir, err := os.MkdirTemp("", "keepiton-template-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := migrate(dir); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, db.FileName))
})

// postgresTemplate names a database of the server with the schema and nothing else.
// It is named after the migrations, so that all test processes share it; one of them
// makes it while the others wait.
func postgresTemplate(admin *db.DB, server string) (name string, err error) {
	sum, err := schemaSum()
	if err != nil {
		return "", err
	}
	name = "keepiton_template_" + sum
	ctx := context.Background()
	conn, err := admin.Pool().Conn(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	const turn = 7_210_455 // of nobody else
	if _, err := conn.ExecContext(ctx, fmt.Sprintf("select pg_advisory_lock(%d)", turn)); err != nil {
		return "", err
	}
	defer conn.ExecContext(ctx, fmt.Sprintf("select pg_advisory_unlock(%d)", turn)) // the connection's end does it too
	var there bool
	if err := conn.QueryRowContext(ctx, "select exists (select 1 from pg_database where datname = $1)", name).Scan(&there); err != nil || there {
		return name, err
	}
	half := name + "_half" // what did not come to its end bears another name
	for _, query := range []string{"drop database if exists " + half + " with (force)", "create database " + half + fresh} {
		if _, err := conn.ExecContext(ctx, query); err != nil {
			return "", err
		}
	}
	address, err := at(server, half)
	if err != nil {
		return "", err
	}
	if err := migrate(address); err != nil {
		return "", err
	}
	_, err = conn.ExecContext(ctx, "alter database "+half+" rename to "+name)
	return name, err
}

func migrate(target string) error {
	ctx := context.Background()
	d, err := db.Open(ctx, target)
	if err != nil {
		return err
	}
	_, _, err = d.Migrate(ctx, migrations.Files)
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	return err
}

// schemaSum is a short hash over all migrations.
func schemaSum() (string, error) {
	h := sha256.New()
	names, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil {
		return "", err
	}
	for _, name := range names {
		text, err := fs.ReadFile(migrations.Files, name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n%s", name, len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}
