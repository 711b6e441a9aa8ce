package db

import (
	"container/list"
	"context"
	"database/sql/driver"
	"fmt"

	"modernc.org/sqlite"
)

// SQLite compiles a statement each time it is asked, which takes as long as many of them
// run. Each connection therefore keeps those it compiled last. (To PostgreSQL the driver
// does the same by itself.)

// Bounds of what a connection keeps: some kilobytes each, and texts that differ with
// every call would only push the others out.
const (
	keptStatements = 250
	keptText       = 16 << 10
)

// keeping opens connections that keep their statements.
type keeping struct{ driver.Connector }

func newKeeping(dsn string) (driver.Connector, error) {
	c, err := sqlite.NewConnector(dsn)
	return keeping{c}, err
}

// Connect opens one.
func (k keeping) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	whole, ok := c.(engineConn)
	if !ok {
		c.Close()
		return nil, fmt.Errorf("db: a connection of the driver is a %T", c)
	}
	return &keptConn{engineConn: whole, at: map[string]*list.Element{}, order: list.New()}, nil
}

// What the driver's own types can do; database/sql asks for no more.
type (
	engineConn interface {
		driver.Conn
		driver.ConnPrepareContext
		driver.ConnBeginTx
		driver.Pinger
		driver.SessionResetter
		driver.Validator
	}
	engineStmt interface {
		driver.Stmt
		driver.StmtExecContext
		driver.StmtQueryContext
	}
	engineRows interface {
		driver.Rows
		driver.RowsColumnTypeDatabaseTypeName
	}
)

// keptConn is a connection with the statements that are not in use, by their texts.
// database/sql uses a connection, with all that came from it, one call at a time.
type keptConn struct {
	engineConn
	at    map[string]*list.Element
	order *list.List // of *keptStmt, the one that was used last at the end
}

// keptStmt is a statement that goes back to its connection when it is closed.
type keptStmt struct {
	engineStmt
	c    *keptConn
	text string
}

// take gets a statement that nobody else uses.
func (c *keptConn) take(ctx context.Context, text string) (*keptStmt, error) {
	if e := c.at[text]; e != nil {
		delete(c.at, text)
		return c.order.Remove(e).(*keptStmt), nil
	}
	s, err := c.engineConn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return &keptStmt{s.(engineStmt), c, text}, nil
}

// Close keeps a statement, unless the same is kept already or it is too long.
func (s *keptStmt) Close() error {
	if len(s.text) > keptText || s.c.at[s.text] != nil {
		return s.engineStmt.Close()
	}
	s.c.at[s.text] = s.c.order.PushBack(s)
	if s.c.order.Len() <= keptStatements {
		return nil
	}
	oldest := s.c.order.Remove(s.c.order.Front()).(*keptStmt)
	delete(s.c.at, oldest.text)
	return oldest.engineStmt.Close()
}

// end ends a statement that failed: in which state it is, nobody knows.
func (s *keptStmt) end() { s.engineStmt.Close() }

// PrepareContext gives a statement for many calls.
func (c *keptConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	return c.take(ctx, query)
}

// ExecContext runs a statement once.
func (c *keptConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	r, err := s.ExecContext(ctx, args)
	if err != nil {
		s.end()
		return nil, err
	}
	return r, s.Close()
}

// QueryContext asks once; the statement goes back when the rows are closed.
func (c *keptConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	r, err := s.QueryContext(ctx, args)
	if err != nil {
		s.end()
		return nil, err
	}
	return &keptRows{engineRows: r.(engineRows), of: s}, nil
}

// Close ends the connection with all its statements.
func (c *keptConn) Close() error {
	for e := c.order.Front(); e != nil; e = e.Next() {
		e.Value.(*keptStmt).end()
	}
	c.order.Init()
	clear(c.at)
	return c.engineConn.Close()
}

// keptRows are the rows of a statement that is asked once.
type keptRows struct {
	engineRows
	of *keptStmt
}

func (r *keptRows) Close() error {
	if err := r.engineRows.Close(); err != nil {
		r.of.end()
		return err
	}
	return r.of.Close()
}
