// Package guard knows what the database itself refuses: what was written stays,
// and nobody alone makes anything public. The rules stand here once; the files
// NNNN_*_guard.{sqlite,postgres}.sql are written from them, each in its engine's
// own words (go test ./migrations/guard -update).
//
// They hold against a statement that goes past the program. Against whoever owns
// the database, and may drop a trigger, nothing holds but the ledger.
package guard

import (
	"fmt"
	"strings"
)

// File is one migration.
type File struct {
	Name  string // without the engine and the ending
	About string
	Views []View
	Stays []Stays
	Whole []Whole
	Rules []Rule
}

// View is a question that several rules ask.
type View struct{ Name, Select string }

// Stays is a table of which no row is ever changed, and no row deleted unless the
// law may ask for it.
type Stays struct {
	Table    string
	Keys     []string // its unique keys, columns with commas between them
	Erasable bool     // a row may be deleted, never exchanged
}

// Whole is a table whose rows change, but of which none takes the place of another.
// PostgreSQL has no statement that does it.
type Whole struct {
	Table string
	Keys  []string // as in [Stays]
	Only  string   // the rows it is about, as x; "" for all
	While string   // when it is asked at all, ending in "and "; "" for always
}

// Rule refuses what makes a condition true.
type Rule struct {
	Name  string
	Table string
	On    Event
	Of    []string // on update: the columns it is asked for; none are all
	When  string   // both engines read it; new and old are the rows, {now} the instant in microseconds
	Says  string
	Many  bool   // on PostgreSQL it is asked once for all rows of a statement, because they come by the thousand,
	Row   string // each as this one: new or old
	Func  string // on PostgreSQL the function of rules that ask the same of many tables; "" for one of its own
}

// Event is what a rule is asked at.
type Event string

// The events.
const (
	Insert Event = "insert"
	Update Event = "update"
	Delete Event = "delete"
)

// SQLite writes the file for SQLite. "insert or replace" takes the old row away
// without asking a trigger on delete, be it named by its key or by the number
// SQLite gives every row; so inserts are asked for both.
func (f File) SQLite() string {
	w := f.begin()
	for _, s := range f.Stays {
		w.sqlite(s.Table+"_no_update", s.Table, "update", "", s.says("update"))
		if !s.Erasable {
			w.sqlite(s.Table+"_no_delete", s.Table, "delete", "", s.says("delete"))
		}
		w.sqlite(s.Table+"_no_replace", s.Table, "insert", holds(s.Table, "", same(s.Keys)+" or x.rowid = new.rowid"), s.says("replace"))
	}
	for _, t := range f.Whole {
		says := "a row of " + t.Table + " is not replaced by another"
		w.sqlite(t.Table+"_not_replaced", t.Table, "insert", t.While+holds(t.Table, t.Only, same(t.Keys)+" or x.rowid = new.rowid"), says)
		w.sqlite(t.Table+"_keeps_its_place", t.Table, "update", t.While+"(new.rowid <> old.rowid or "+holds(t.Table, t.Only, "x.rowid <> old.rowid and ("+same(t.Keys)+")")+")", says)
	}
	for _, r := range f.Rules {
		on := string(r.On)
		if len(r.Of) > 0 {
			on += " of " + strings.Join(r.Of, ", ")
		}
		w.sqlite(r.Name, r.Table, on, strings.ReplaceAll(r.When, "{now}", "(cast((julianday('now') - 2440587.5) * 86400.0 * 1000000 as integer))"), r.Says)
	}
	return w.String()
}

// holds tells whether a table has a row x, among those that it is about, that meets a
// condition.
func holds(table, only, which string) string {
	if only != "" {
		which = only + " and (" + which + ")"
	}
	return "exists (select 1 from " + table + " x where " + which + ")"
}

// same tells whether a row x has a key of the new one.
func same(keys []string) string {
	var any []string
	for _, key := range keys {
		var all []string
		for _, column := range strings.Split(key, ", ") {
			all = append(all, "x."+column+" = new."+column)
		}
		any = append(any, strings.Join(all, " and "))
	}
	return strings.Join(any, " or ")
}

// Postgres writes the file for PostgreSQL.
func (f File) Postgres() string {
	w := f.begin()
	refuse := strings.TrimLeft(strings.TrimSuffix(f.Name, "_guard"), "0123456789_") + "_stays"
	if len(f.Stays) > 0 {
		w.statement("create function %s() returns trigger language plpgsql as $$\nbegin\n  raise exception 'what was written stays: %% refuses %%', tg_table_name, lower(tg_op) using errcode = 'restrict_violation';\nend $$;", refuse)
	}
	for _, s := range f.Stays {
		events := "update or delete"
		if s.Erasable {
			events = "update"
		}
		w.statement("create trigger %s_stays before %s on %s for each row execute function %s();", s.Table, events, s.Table, refuse)
		if !s.Erasable {
			w.statement("create trigger %s_stays_whole before truncate on %s for each statement execute function %s();", s.Table, s.Table, refuse)
		}
	}
	for _, r := range f.Rules {
		w.postgres(r)
	}
	return w.String()
}

func (s Stays) says(event string) string {
	return "what was written stays: " + s.Table + " refuses " + event
}

type writer struct {
	strings.Builder
	has map[string]bool // functions that are written
}

func (f File) begin() *writer {
	w := &writer{has: map[string]bool{}}
	w.WriteString("-- +goose Up\n-- Written by migrations/guard; do not edit.\n")
	for _, line := range strings.Split(strings.TrimSpace(f.About), "\n") {
		fmt.Fprintf(w, "-- %s\n", line)
	}
	for _, v := range f.Views {
		w.statement("create view %s as %s;", v.Name, v.Select)
	}
	return w
}

func (w *writer) statement(format string, args ...any) {
	fmt.Fprintf(w, "\n-- +goose StatementBegin\n"+format+"\n-- +goose StatementEnd\n", args...)
}

func (w *writer) sqlite(name, table, event, when, says string) {
	if when != "" {
		when = "\nwhen " + when
	}
	w.statement("create trigger %s before %s on %s%s\nbegin select raise(abort, '%s'); end;", name, event, table, when, says)
}

func (w *writer) postgres(r Rule) {
	when, back := strings.ReplaceAll(r.When, "{now}", "(extract(epoch from clock_timestamp()) * 1000000)::bigint"), "new"
	if r.On == Delete {
		back = "old"
	}
	on := "before " + string(r.On)
	if len(r.Of) > 0 && !r.Many {
		on += " of " + strings.Join(r.Of, ", ")
	}
	tail := "for each row"
	if r.Many {
		when = "exists (select 1 from touched t where " + strings.ReplaceAll(when, r.Row+".", "t.") + ")"
		on, tail, back = "after "+string(r.On), "referencing "+r.Row+" table as touched for each statement", "null"
	}
	name := r.Name
	if r.Func != "" {
		name = r.Func
	}
	w.function(name, fmt.Sprintf("  if %s then\n    raise exception '%s' using errcode = 'restrict_violation';\n  end if;\n  return %s;\n", when, r.says(), back))
	w.statement("create trigger %s %s on %s %s execute function %s();", r.Name, on, r.Table, tail, name)
	if r.On == Delete { // a table is not emptied either
		w.function(name+"_whole", fmt.Sprintf("  raise exception '%s' using errcode = 'restrict_violation';\n", r.says()))
		w.statement("create trigger %s_whole before truncate on %s for each statement execute function %s_whole();", r.Name, r.Table, name)
	}
}

// says is what a rule says on PostgreSQL, where a function of many tables cannot
// name them.
func (r Rule) says() string {
	if r.Func != "" {
		says, _, _ := strings.Cut(r.Says, ":")
		return says
	}
	return r.Says
}

// function writes a function once.
func (w *writer) function(name, body string) {
	if w.has[name] {
		return
	}
	w.has[name] = true
	w.statement("create function %s() returns trigger language plpgsql as $$\nbegin\n%send $$;", name, body)
}
