// Package db opens the one database of the program, SQLite or PostgreSQL, and
// gives every other package the same few ways to use it.
//
// Rules that hold everywhere:
//   - one SQL text for both engines, `$1` ordinals, lower case, starting with a
//     comment that names the calling function;
//   - instants are BIGINT microseconds UTC, civil dates TEXT, sums are cast;
//   - every change goes through [DB.Write]: one transaction, one writer on SQLite;
//   - reading goes through [DB.Reader], which never blocks behind the writer.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"
)

// Engine is the kind of database behind a [DB].
type Engine string

// The two engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Querier is what a store function needs to read: a pool or a transaction.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Tx is a transaction that may write.
type Tx interface {
	Querier
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	// Engine tells the few statements that differ which engine they run on.
	Engine() Engine
}

type transaction struct {
	*sql.Tx
	engine Engine
	conn   *sql.Conn // the connection it runs on
}

func (t transaction) Engine() Engine { return t.engine }

// DB is an open database. It is safe for concurrent use.
type DB struct {
	Engine Engine
	Path   string // file of a SQLite database, "" on PostgreSQL

	write *sql.DB
	read  *sql.DB
}

// FileName is the name of the record's SQLite file inside the data directory.
const FileName = "keepiton.db"

// IsAddress tells whether a target names a PostgreSQL server. ok is false for
// an address of anything else, which is no directory either.
func IsAddress(target string) (address, ok bool) {
	scheme, _, address := strings.Cut(target, "://")
	return address, !address || scheme == "postgres" || scheme == "postgresql"
}

// Open opens the database named by target: a postgres:// address, or the
// directory that holds (or will hold) the SQLite file. It does not migrate.
func Open(ctx context.Context, target string) (*DB, error) {
	switch address, ok := IsAddress(target); {
	case !ok:
		return nil, errors.New("db.Open: an address of a database begins with postgres://")
	case address:
		return openPostgres(ctx, target)
	}
	if err := os.MkdirAll(target, 0o700); err != nil {
		err = explain(target, err) // a full disk has words of its own
		var said *trouble
		if !errors.As(err, &said) {
			err = &trouble{fmt.Sprintf("the directory %s cannot be made; check its name, and to whom the one above it belongs", target), err, err}
		}
		return nil, err
	}
	var d *DB
	err := aloneIn(ctx, target, func() (err error) { // a new file takes its journal mode from one
		d, err = openSQLite(ctx, filepath.Join(target, FileName))
		return err
	})
	return d, explain(target, err)
}

// openPostgres has writers and readers wait apart: readers go on while every writer
// is busy, and who reads beside a transaction of their own does not wait for others
// that do the same. Four servers stay within what PostgreSQL allows as it comes.
func openPostgres(ctx context.Context, target string) (*DB, error) {
	config, err := pgx.ParseConfig(target)
	if err != nil {
		return nil, fmt.Errorf("the PostgreSQL server cannot be used: %s", postgresTrouble(withoutSecret(err, target)))
	}
	pool := func(most int) *sql.DB {
		p := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(withoutJIT))
		p.SetMaxOpenConns(most)
		p.SetMaxIdleConns(most / 2)
		p.SetConnMaxIdleTime(5 * time.Minute)
		return p
	}
	write := pool(min(2*runtime.NumCPU(), 8))
	if err := write.PingContext(ctx); err != nil {
		write.Close()
		return nil, fmt.Errorf("the PostgreSQL server cannot be used: %s", postgresTrouble(withoutSecret(err, target)))
	}
	return &DB{Engine: Postgres, write: write, read: pool(min(4*runtime.NumCPU(), 16))}, nil
}

// withoutJIT has the server not compile statements: of those that answer within
// milliseconds it takes longer than they do.
func withoutJIT(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "set jit = off")
	return err
}

// postgresTrouble says in plain words why a server cannot be used, with the
// server's own last word behind it; what the driver tried on the way is left
// out.
func postgresTrouble(err error) string {
	text := err.Error()
	last := text[strings.LastIndexByte(text, '\n')+1:]
	last = last[strings.LastIndex(last, ": ")+1:]
	for _, x := range []struct{ mark, plain string }{
		{"password authentication failed", "it refuses the name or the password in the address"},
		{"(SQLSTATE 3D000)", "it has no database of that name"},
		{"(SQLSTATE 28", "it refuses this user"},
		{"hostname resolving", "no machine of that name is known"},
		{"no such host", "no machine of that name is known"},
		{"connection refused", "nothing answers at that address; is the server running?"},
		{"cannot parse", "the address is not understood; it looks like postgres://user@host:5432/name"},
		{"deadline exceeded", "it did not answer in time"},
		{"timeout", "it did not answer in time"},
	} {
		if strings.Contains(text, x.mark) {
			return x.plain + " (" + strings.TrimSpace(last) + ")"
		}
	}
	return strings.TrimSpace(text)
}

// withoutSecret keeps the password of a connection address out of messages.
func withoutSecret(err error, target string) error {
	u, perr := url.Parse(target)
	if perr != nil || u.User == nil {
		return err
	}
	pass, ok := u.User.Password()
	if !ok || pass == "" {
		return err
	}
	return errors.New(strings.ReplaceAll(err.Error(), pass, "…"))
}

// The order matters: busy_timeout first, so that the switch to WAL can wait.
const pragmas = "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
	"&_pragma=foreign_keys(1)&_pragma=trusted_schema(0)&_pragma=cell_size_check(1)" +
	"&_pragma=journal_size_limit(67108864)&_pragma=mmap_size(0)&_pragma=temp_store(2)"

func openSQLite(ctx context.Context, path string) (*DB, error) {
	file := "file:" + (&url.URL{Path: path}).EscapedPath()
	writer, err := newKeeping(file + "?_txlock=immediate&" + pragmas + "&_pragma=cache_size(-16000)")
	if err != nil {
		return nil, fmt.Errorf("db.Open: %w", err)
	}
	reader, err := newKeeping(file + "?" + pragmas + "&_pragma=query_only(1)&_pragma=cache_size(-12000)")
	if err != nil {
		return nil, fmt.Errorf("db.Open: %w", err)
	}
	write, read := sql.OpenDB(writer), sql.OpenDB(reader)
	write.SetMaxOpenConns(1)
	if err := write.PingContext(ctx); err != nil {
		write.Close()
		return nil, fmt.Errorf("db.Open %s: %w", path, err)
	}
	readers := max(2, min(4, runtime.NumCPU()))
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return &DB{Engine: SQLite, Path: path, write: write, read: read}, nil
}

// Reader returns the pool for reading.
func (d *DB) Reader() Querier { return d.read }

// Pool returns the writing pool, for tools such as migrations and copies.
func (d *DB) Pool() *sql.DB { return d.write }

// Close closes all connections.
func (d *DB) Close() error {
	err := d.write.Close()
	if d.read != d.write {
		err = errors.Join(err, d.read.Close())
	}
	return err
}

// Write runs fn in one transaction, as if no other ran beside it: SQLite has
// one writer, PostgreSQL runs it serialisable. An error rolls everything back.
// A transaction that lost against another is tried again, so fn must not have
// effects outside it.
func (d *DB) Write(ctx context.Context, fn func(tx Tx) error) error {
	deadline := time.Now().Add(writePatience)
	for attempt := 0; ; attempt++ {
		err := d.writeOnce(ctx, fn)
		if isRetryable(err) && time.Now().Before(deadline) && pause(ctx, attempt) == nil {
			continue
		}
		if d.Engine == SQLite {
			err = explain(filepath.Dir(d.Path), err)
		}
		return err
	}
}

// writePatience is how long a transaction that lost is tried again: as long as
// a writer waits for another on SQLite.
const writePatience = 10 * time.Second

// pause waits a little, longer each time and never for the same time as others
// who lost with us.
func pause(ctx context.Context, attempt int) error {
	longest := time.Millisecond << min(attempt, 7)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(rand.N(longest)):
		return nil
	}
}

func (d *DB) writeOnce(ctx context.Context, fn func(tx Tx) error) error {
	var opt *sql.TxOptions
	if d.Engine == Postgres {
		opt = &sql.TxOptions{Isolation: sql.LevelSerializable}
	}
	conn, err := d.write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("db.Write: connect: %w", err)
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, opt)
	if err != nil {
		return fmt.Errorf("db.Write: begin: %w", err)
	}
	defer tx.Rollback() // no effect after Commit; covers a panic in fn
	if err := fn(transaction{tx, d.Engine, conn}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("db.Write: commit: %w", err)
	}
	return nil
}

func isRetryable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// IsUnique reports whether err is a violation of a unique rule.
func IsUnique(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23505"
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && (lite.Code() == 2067 || lite.Code() == 1555)
}

// Now is the instant of the clock in the form it is stored.
func Now() int64 { return time.Now().UTC().UnixMicro() }
