package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"github.com/pressly/goose/v3"
)

// ErrNewer is returned when the database was written by a newer program.
var ErrNewer = errors.New("the database was made by a newer version of keepiton; install that version or restore a backup")

// Migrate brings the schema to the newest version. Files are NNNN_name.sql, or
// NNNN_name.sqlite.sql and NNNN_name.postgres.sql where the engines differ.
// Each runs in one transaction. A SQLite file that already has a schema is
// copied beside itself first; the copy's path is returned (empty if none). Of
// several that come at once one does the work, the others wait and find it done.
func (d *DB) Migrate(ctx context.Context, files fs.FS) (backup string, applied int, err error) {
	err = d.Alone(ctx, func() error {
		backup, applied, err = d.migrate(ctx, files)
		return err
	})
	if d.Engine == SQLite {
		err = explain(filepath.Dir(d.Path), err)
	}
	return backup, applied, err
}

func (d *DB) migrate(ctx context.Context, files fs.FS) (backup string, applied int, err error) {
	p, err := d.provider(files)
	if err != nil {
		return "", 0, err
	}
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return "", 0, fmt.Errorf("db.Migrate: %w", err)
	}
	newest := int64(0)
	for _, s := range p.ListSources() {
		newest = max(newest, s.Version)
	}
	switch {
	case have > newest:
		return "", 0, fmt.Errorf("db.Migrate: schema %d, this program knows %d: %w", have, newest, ErrNewer)
	case have == newest:
		return "", 0, nil
	case have > 0 && d.Engine == SQLite:
		backup = fmt.Sprintf("%s.before-%04d-%s", d.Path, newest, time.Now().UTC().Format("20060102T150405"))
		if err := d.CopyFile(ctx, backup); err != nil {
			return "", 0, fmt.Errorf("db.Migrate: backup before the change: %w", err)
		}
	}
	done, err := p.Up(ctx)
	if err != nil {
		return backup, len(done), fmt.Errorf("db.Migrate: %w", err)
	}
	return backup, len(done), nil
}

// Version tells the schema version of the database and the newest one known.
func (d *DB) Version(ctx context.Context, files fs.FS) (have, newest int64, err error) {
	p, err := d.provider(files)
	if err != nil {
		return 0, 0, err
	}
	for _, s := range p.ListSources() {
		newest = max(newest, s.Version)
	}
	have, err = p.GetDBVersion(ctx)
	return have, newest, err
}

// chosen are the migrations of the engine, by name.
func (d *DB) chosen(files fs.FS) (fstest.MapFS, error) {
	out := fstest.MapFS{}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		parts := strings.Split(path.Base(name), ".")
		if len(parts) == 3 && parts[1] != string(d.Engine) {
			continue
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		out[parts[0]+".sql"] = &fstest.MapFile{Data: text}
	}
	return out, nil
}

// createTrigger finds the triggers that migrations make.
var createTrigger = regexp.MustCompile(`(?i)create (?:constraint )?trigger (\w+)`)

// MissingGuards are the triggers that the migrations make and the database does not
// have: what holds its rules was taken away past the program.
func (d *DB) MissingGuards(ctx context.Context, files fs.FS) (missing []string, of int, err error) {
	chosen, err := d.chosen(files)
	if err != nil {
		return nil, 0, err
	}
	query := `/* db.MissingGuards */ select name from sqlite_master where type = 'trigger'`
	if d.Engine == Postgres {
		query = `/* db.MissingGuards */ select tgname as name from pg_trigger where not tgisinternal and tgenabled <> 'D'`
	}
	rows, err := Select[struct {
		Name string `db:"name"`
	}](ctx, d.read, query)
	if err != nil {
		return nil, 0, err
	}
	have := map[string]bool{}
	for _, r := range rows {
		have[r.Name] = true
	}
	wanted := map[string]bool{}
	for _, f := range chosen {
		for _, m := range createTrigger.FindAllSubmatch(f.Data, -1) {
			wanted[string(m[1])] = true
		}
	}
	for name := range wanted {
		if !have[name] {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	return missing, len(wanted), nil
}

func (d *DB) provider(files fs.FS) (*goose.Provider, error) {
	chosen, err := d.chosen(files)
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectSQLite3
	if d.Engine == Postgres {
		dialect = goose.DialectPostgres
	}
	p, err := goose.NewProvider(dialect, d.write, chosen)
	if err != nil {
		return nil, fmt.Errorf("db: migrations: %w", err)
	}
	return p, nil
}

// CopyFile writes a consistent copy of a SQLite database to path, which must
// not exist.
func (d *DB) CopyFile(ctx context.Context, path string) error {
	if d.Engine != SQLite {
		return errors.New("db.CopyFile: only for SQLite; use pg_dump or the backup command")
	}
	if _, err := d.write.ExecContext(ctx, "/* db.CopyFile */ vacuum into $1", path); err != nil {
		return fmt.Errorf("db.CopyFile %s: %w", path, err)
	}
	return nil
}

// Check asks the engine whether the database is sound.
func (d *DB) Check(ctx context.Context) (string, error) {
	if d.Engine == Postgres {
		v, _, err := Value[string](ctx, d.read, `/* db.Check */ select version()`)
		return strings.SplitN(v, " on ", 2)[0], err
	}
	v, _, err := Value[string](ctx, d.read, `/* db.Check */ pragma quick_check`)
	if err == nil && v != "ok" {
		err = errors.New(v)
	}
	return v, err
}

// Optimize lets the engine learn how its tables are filled, so that it chooses
// the right index. It is cheap after small changes.
func (d *DB) Optimize(ctx context.Context) error {
	statement := `/* db.Optimize */ analyze`
	if d.Engine == SQLite {
		statement = `/* db.Optimize */ pragma optimize = 0x10002`
	}
	if _, err := d.write.ExecContext(ctx, statement); err != nil {
		return fmt.Errorf("db.Optimize: %w", err)
	}
	return nil
}

// Settle is [DB.Optimize] after a database was filled: it also tells
// PostgreSQL which pages hold no rows of unfinished work, so that an index can
// answer by itself.
func (d *DB) Settle(ctx context.Context) error {
	if d.Engine == SQLite {
		return d.Optimize(ctx)
	}
	if _, err := d.write.ExecContext(ctx, `/* db.Settle */ vacuum (analyze)`); err != nil {
		return fmt.Errorf("db.Settle: %w", err)
	}
	return nil
}

// WriteCache gives the writing connection of SQLite more memory, in MiB, for
// filling an empty database: without it every index page is read and written
// many times. The log may grow as large before it is copied into the file, so
// that a page changed by many transactions is copied once. It has no effect on
// PostgreSQL.
func (d *DB) WriteCache(ctx context.Context, mib int) error {
	if d.Engine != SQLite {
		return nil
	}
	for _, pragma := range []string{fmt.Sprintf("cache_size = -%d", mib*1024), fmt.Sprintf("wal_autocheckpoint = %d", mib*1024/4)} {
		if _, err := d.write.ExecContext(ctx, "/* db.WriteCache */ pragma "+pragma); err != nil {
			return fmt.Errorf("db.WriteCache: %w", err)
		}
	}
	return nil
}
