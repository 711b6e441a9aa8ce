package db

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Arguments of one insert. PostgreSQL saves a round trip for every row that
// shares a statement (limit 65,535); SQLite has no round trip, but the cost of
// preparing grows with the square of the arguments.
const (
	maxArgsPostgres = 8000
	maxArgsSQLite   = 240
)

// columnsOf lists the `db` tags of a struct type, with embedded structs
// flattened, beside the index path of each field.
func columnsOf(t reflect.Type) ([]string, [][]int) {
	type entry struct {
		names []string
		paths [][]int
	}
	if e, ok := columnCache.Load(t); ok {
		c := e.(entry)
		return c.names, c.paths
	}
	var names []string
	var paths [][]int
	for _, f := range reflect.VisibleFields(t) {
		if name := f.Tag.Get("db"); name != "" && name != "-" {
			names = append(names, name)
			paths = append(paths, f.Index)
		}
	}
	columnCache.Store(t, entry{names, paths})
	return names, paths
}

var columnCache sync.Map

// Columns lists the columns of T (its `db` tags) for a select.
func Columns[T any](prefix string) string {
	names, _ := columnsOf(reflect.TypeFor[T]())
	if prefix == "" {
		return strings.Join(names, ", ")
	}
	return prefix + strings.Join(names, ", "+prefix)
}

// Select runs a query whose columns stand in the order of T's `db` tags.
func Select[T any](ctx context.Context, q Querier, query string, args ...any) ([]T, error) {
	var out []T
	err := Stream(ctx, q, func(t T) error { out = append(out, t); return nil }, query, args...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Stream is [Select] for answers too long to be held: fn gets row by row. It
// must not ask the same transaction anything meanwhile.
func Stream[T any](ctx context.Context, q Querier, fn func(T) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", nameOf(query), err)
	}
	defer rows.Close()
	_, paths := columnsOf(reflect.TypeFor[T]())
	dest := make([]any, len(paths))
	for rows.Next() {
		var t T
		v := reflect.ValueOf(&t).Elem()
		for i, p := range paths {
			dest[i] = v.FieldByIndex(p).Addr().Interface()
		}
		if err := rows.Scan(dest...); err != nil {
			return fmt.Errorf("%s: %w", nameOf(query), err)
		}
		if err := fn(t); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("%s: %w", nameOf(query), err)
	}
	return nil
}

// SelectOne is [Select] for at most one row; found is false when there is none.
func SelectOne[T any](ctx context.Context, q Querier, query string, args ...any) (t T, found bool, err error) {
	list, err := Select[T](ctx, q, query, args...)
	if err != nil || len(list) == 0 {
		return t, false, err
	}
	return list[0], true, nil
}

// Value reads one value; found is false when there is no row.
func Value[T any](ctx context.Context, q Querier, query string, args ...any) (v T, found bool, err error) {
	err = q.QueryRowContext(ctx, query, args...).Scan(&v)
	if err == sql.ErrNoRows {
		return v, false, nil
	}
	if err != nil {
		return v, false, fmt.Errorf("%s: %w", nameOf(query), err)
	}
	return v, true, nil
}

// Exec runs a statement and returns how many rows it touched.
func Exec(ctx context.Context, tx Tx, query string, args ...any) (int64, error) {
	res, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", nameOf(query), err)
	}
	n, err := res.RowsAffected()
	return n, err
}

// Insert writes rows (a slice of structs with `db` tags) into a table, many to
// a statement.
func Insert[T any](ctx context.Context, tx Tx, table string, rows []T) error {
	values := make([]reflect.Value, len(rows))
	for i := range rows {
		values[i] = reflect.ValueOf(&rows[i]).Elem()
	}
	return insertValues(ctx, tx, table, reflect.TypeFor[T](), values, "")
}

// NextID is the number of the next row of a table whose key is id. Of two
// transactions that take the same one [DB.Write] tries the second again.
func NextID(ctx context.Context, tx Tx, table string) (int64, error) {
	id, _, err := Value[int64](ctx, tx, `/* db.NextID */ select coalesce(max(id), 0) + 1 from `+table)
	return id, err
}

// Update writes a row over the one that has the same value in its first column. It
// is an error when there is none.
func Update[T any](ctx context.Context, tx Tx, table string, row T) error {
	names, paths := columnsOf(reflect.TypeFor[T]())
	v := reflect.ValueOf(row)
	args := make([]any, len(names))
	set := make([]string, 0, len(names)-1)
	for i, name := range names {
		args[i] = v.FieldByIndex(paths[i]).Interface()
		if i > 0 {
			set = append(set, fmt.Sprintf("%s = $%d", name, i+1))
		}
	}
	n, err := Exec(ctx, tx, "/* db.Update "+table+" */ update "+table+" set "+strings.Join(set, ", ")+" where "+names[0]+" = $1", args...)
	if err == nil && n != 1 {
		err = fmt.Errorf("db.Update %s: no row %v", table, args[0])
	}
	return err
}

// Upsert is [Insert] with an `on conflict …` clause behind every statement.
func Upsert[T any](ctx context.Context, tx Tx, table string, rows []T, onConflict string) error {
	values := make([]reflect.Value, len(rows))
	for i := range rows {
		values[i] = reflect.ValueOf(&rows[i]).Elem()
	}
	return insertValues(ctx, tx, table, reflect.TypeFor[T](), values, onConflict)
}

// InsertValues is [Insert] for rows whose type is known only at run time.
func InsertValues(ctx context.Context, tx Tx, table string, t reflect.Type, rows []reflect.Value) error {
	return insertValues(ctx, tx, table, t, rows, "")
}

func insertValues(ctx context.Context, tx Tx, table string, t reflect.Type, rows []reflect.Value, tail string) error {
	if len(rows) == 0 {
		return nil
	}
	names, paths := columnsOf(t)
	if on, ok := tx.(transaction); ok && on.engine == Postgres && tail == "" {
		return on.copyIn(ctx, table, names, paths, rows)
	}
	limit := maxArgsSQLite
	if tx.Engine() == Postgres {
		limit = maxArgsPostgres
	}
	per := min(max(1, limit/len(names)), len(rows))
	args := make([]any, 0, per*len(names))
	var many *sql.Stmt // the statement for a full step, prepared once
	defer func() {
		if many != nil {
			many.Close()
		}
	}()
	for len(rows) > 0 {
		n := min(per, len(rows))
		args = args[:0]
		for _, v := range rows[:n] {
			for _, p := range paths {
				args = append(args, v.FieldByIndex(p).Interface())
			}
		}
		text := insertText(tx.Engine(), table, names, n, tail)
		var err error
		switch {
		case n < per:
			_, err = tx.ExecContext(ctx, text, args...)
		case many == nil:
			if many, err = tx.PrepareContext(ctx, text); err == nil {
				_, err = many.ExecContext(ctx, args...)
			}
		default:
			_, err = many.ExecContext(ctx, args...)
		}
		if err != nil {
			return fmt.Errorf("db.Insert %s: %w", table, err)
		}
		rows = rows[n:]
	}
	return nil
}

// copyIn sends rows by PostgreSQL's own way for many of them, which neither
// parses a long statement nor binds its thousands of arguments.
func (t transaction) copyIn(ctx context.Context, table string, names []string, paths [][]int, rows []reflect.Value) error {
	source := pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
		values := make([]any, len(paths))
		for j, p := range paths {
			values[j] = rows[i].FieldByIndex(p).Interface()
		}
		return values, nil
	})
	err := t.conn.Raw(func(driver any) error {
		_, err := driver.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{table}, names, source)
		return err
	})
	if err != nil {
		return fmt.Errorf("db.Insert %s: %w", table, err)
	}
	return nil
}

func insertText(engine Engine, table string, names []string, n int, tail string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "/* db.Insert */ insert into %s (%s) values ", table, strings.Join(names, ", "))
	arg := 1
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for j := range names {
			if j > 0 {
				b.WriteByte(',')
			}
			if engine == SQLite {
				b.WriteByte('?') // without a name: naming arguments is what costs
			} else {
				b.WriteByte('$')
				b.WriteString(strconv.Itoa(arg))
			}
			arg++
		}
		b.WriteByte(')')
	}
	b.WriteByte(' ')
	b.WriteString(tail)
	return b.String()
}

// nameOf reads the function name out of the comment a statement starts with.
func nameOf(query string) string {
	if rest, ok := strings.CutPrefix(strings.TrimSpace(query), "/*"); ok {
		if name, _, ok := strings.Cut(rest, "*/"); ok {
			return strings.TrimSpace(name)
		}
	}
	return "query"
}

// Where collects conditions and their arguments. It is the one place where SQL
// text is put together; values always travel as arguments.
type Where struct {
	conds []string
	args  []any
}

// Arg adds an argument and returns its ordinal ("$3").
func (w *Where) Arg(v any) string {
	w.args = append(w.args, v)
	return "$" + strconv.Itoa(len(w.args))
}

// And adds a condition in which each `?` stands for the next value.
func (w *Where) And(cond string, values ...any) {
	var b strings.Builder
	for _, r := range cond {
		if r == '?' && len(values) > 0 {
			b.WriteString(w.Arg(values[0]))
			values = values[1:]
			continue
		}
		b.WriteRune(r)
	}
	w.conds = append(w.conds, b.String())
}

// In adds `what in (…)`, what being a column or an expression in which each `?`
// stands for the next of args; an empty list matches nothing.
func In[T any](w *Where, what string, values []T, args ...any) {
	if len(values) == 0 {
		w.And("1 = 0")
		return
	}
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = w.Arg(v)
	}
	w.And(what+" in ("+strings.Join(marks, ", ")+")", args...)
}

// Fork starts further conditions of the same statement, on the same arguments:
// the first ones go into a part of it, such as a common table expression.
func (w *Where) Fork() *Where { return &Where{args: w.args} }

// SQL is the condition text, never empty.
func (w *Where) SQL() string {
	if len(w.conds) == 0 {
		return "1 = 1"
	}
	return strings.Join(w.conds, " and ")
}

// Args are the arguments in the order of their ordinals.
func (w *Where) Args() []any { return w.args }
