package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Sum is how many rows a table has and a hash that does not depend on their
// order or on the engine: the sum of the SHA-256 of every row.
type Sum struct {
	Rows int64  `json:"rows"`
	Hash string `json:"hash"`
}

// skipped are tables that are not content: the migrations' own list, and the
// full-text index, which is rebuilt from the facts.
func skipped(table string) bool {
	return strings.HasPrefix(table, "goose_") || strings.HasPrefix(table, "sqlite_") || strings.HasPrefix(table, "entry_text")
}

// Tables lists the tables of content in the order they were created, so that
// a referred row comes before the row that refers to it.
func (d *DB) Tables(ctx context.Context) ([]string, error) {
	query := `/* db.Tables */ select name from sqlite_master where type = 'table' order by rowid`
	if d.Engine == Postgres {
		query = `/* db.Tables */ select relname::text from pg_class where relkind = 'r' and relnamespace = current_schema()::regnamespace order by oid`
	}
	rows, err := d.read.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("db.Tables: %w", err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		if !skipped(name) {
			out = append(out, name)
		}
	}
	return out, rows.Err()
}

// Snapshot runs fn on one unchanging view of the database.
func (d *DB) Snapshot(ctx context.Context, fn func(q Querier) error) error {
	opt := &sql.TxOptions{ReadOnly: true}
	if d.Engine == Postgres {
		opt.Isolation = sql.LevelRepeatableRead
	}
	tx, err := d.read.BeginTx(ctx, opt)
	if err != nil {
		return fmt.Errorf("db.Snapshot: %w", err)
	}
	defer tx.Rollback()
	return fn(tx)
}

// EachRow reads a whole table; the values are int64, float64, bool, string or
// nil on both engines. The slice is reused.
func EachRow(ctx context.Context, q Querier, table string, fn func(cols []string, row []any) error) error {
	order := ""
	if table == "incident" || table == "edition" {
		order = " order by id" // a row may refer to an older one of its own table
	}
	rows, err := q.QueryContext(ctx, "/* db.EachRow */ select * from "+table+order)
	if err != nil {
		return fmt.Errorf("db.EachRow %s: %w", table, err)
	}
	defer rows.Close()
	cols, err := rows.Columns()
	if err != nil {
		return err
	}
	types, err := rows.ColumnTypes()
	if err != nil {
		return err
	}
	row, dest := make([]any, len(cols)), make([]any, len(cols))
	for i := range row {
		dest[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return fmt.Errorf("db.EachRow %s: %w", table, err)
		}
		for i, v := range row {
			switch x := v.(type) {
			case []byte:
				row[i] = string(x)
			case int64: // SQLite has no booleans of its own
				if strings.EqualFold(types[i].DatabaseTypeName(), "boolean") {
					row[i] = x != 0
				}
			}
		}
		if err := fn(cols, row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// summer adds up the hashes of rows.
type summer struct {
	n     int64
	total big.Int
}

func (s *summer) add(cols []string, row []any) {
	var b strings.Builder
	for i, v := range row {
		b.WriteString(cols[i])
		b.WriteByte('=')
		b.WriteString(canonical(v))
		b.WriteByte(0)
	}
	h := sha256.Sum256([]byte(b.String()))
	s.n++
	s.total.Add(&s.total, new(big.Int).SetBytes(h[:]))
}

func (s *summer) sum() Sum {
	mod := new(big.Int).Lsh(big.NewInt(1), 256)
	return Sum{s.n, hex.EncodeToString(new(big.Int).Mod(&s.total, mod).FillBytes(make([]byte, 32)))}
}

func canonical(v any) string {
	switch x := v.(type) {
	case nil:
		return "∅"
	case int64:
		return strconv.FormatInt(x, 10)
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64) // a whole number looks the same as an integer
	case bool:
		return strconv.FormatBool(x)
	case string:
		return strconv.Quote(x)
	}
	return fmt.Sprint(v)
}

// SumTable counts and hashes a table.
func SumTable(ctx context.Context, q Querier, table string) (Sum, error) {
	var s summer
	err := EachRow(ctx, q, table, func(cols []string, row []any) error { s.add(cols, row); return nil })
	return s.sum(), err
}

// Loader writes rows of one table, many to a statement.
type Loader struct {
	tx    Tx
	table string
	cols  []string
	args  []any
	n     int
	sum   summer
}

// NewLoader prepares to fill a table.
func NewLoader(tx Tx, table string) *Loader { return &Loader{tx: tx, table: table} }

// Add queues a row.
func (l *Loader) Add(ctx context.Context, cols []string, row []any) error {
	if l.cols == nil {
		l.cols = append([]string(nil), cols...)
	}
	l.sum.add(cols, row)
	l.args = append(l.args, row...)
	l.n++
	limit := maxArgsSQLite
	if l.tx.Engine() == Postgres {
		limit = maxArgsPostgres
	}
	if len(l.args)+len(cols) > limit {
		return l.Flush(ctx)
	}
	return nil
}

// Flush writes what is queued.
func (l *Loader) Flush(ctx context.Context) error {
	if l.n == 0 {
		return nil
	}
	_, err := l.tx.ExecContext(ctx, insertText(l.tx.Engine(), l.table, l.cols, l.n, ""), l.args...)
	l.args, l.n = l.args[:0], 0
	if err != nil {
		return fmt.Errorf("db.Loader %s: %w", l.table, err)
	}
	return nil
}

// Sum is what was added so far.
func (l *Loader) Sum() Sum { return l.sum.sum() }
