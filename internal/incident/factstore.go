package incident

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"keepiton/internal/platform/db"
)

// factField is one field of [Facts] with the table that stores it.
type factField struct {
	index  int
	table  string
	elem   reflect.Type // the row struct
	list   bool
	rowTyp reflect.Type // keyed[elem], made once
}

var factFields = describeFacts()

func describeFacts() []factField {
	t := reflect.TypeFor[Facts]()
	var out []factField
	for i := range t.NumField() {
		f := t.Field(i)
		elem, list := f.Type, false
		if elem.Kind() == reflect.Slice {
			elem, list = elem.Elem(), true
		}
		row := reflect.StructOf([]reflect.StructField{
			{Name: "Incident", Type: reflect.TypeFor[int64](), Tag: `db:"incident_id"`},
			{Name: "N", Type: reflect.TypeFor[int](), Tag: `db:"n"`},
			{Name: elem.Name(), Type: elem, Anonymous: true},
		})
		out = append(out, factField{i, f.Tag.Get("table"), elem, list, row})
	}
	return out
}

// factTables lists the tables of facts, each once.
func factTables() []string {
	var out []string
	for _, f := range factFields {
		if len(out) == 0 || out[len(out)-1] != f.table {
			out = append(out, f.table)
		}
	}
	return out
}

// factBatch collects the rows of many incidents and writes them table by table.
type factBatch struct {
	rows map[string][]reflect.Value
	typ  map[string]reflect.Type
}

func newFactBatch() *factBatch {
	return &factBatch{map[string][]reflect.Value{}, map[string]reflect.Type{}}
}

func (b *factBatch) add(incident int64, f *Facts) {
	v := reflect.ValueOf(f).Elem()
	counter := map[string]int{}
	put := func(ff factField, elem reflect.Value) {
		row := reflect.New(ff.rowTyp).Elem()
		row.Field(0).SetInt(incident)
		row.Field(1).SetInt(int64(counter[ff.table]))
		row.Field(2).Set(elem)
		counter[ff.table]++
		b.rows[ff.table] = append(b.rows[ff.table], row)
		b.typ[ff.table] = ff.rowTyp
	}
	for _, ff := range factFields {
		field := v.Field(ff.index)
		if !ff.list {
			put(ff, field)
			continue
		}
		for i := range field.Len() {
			put(ff, field.Index(i))
		}
	}
}

func (b *factBatch) flush(ctx context.Context, tx db.Tx) error {
	for _, table := range factTables() {
		if err := db.InsertValues(ctx, tx, table, b.typ[table], b.rows[table]); len(b.rows[table]) > 0 && err != nil {
			return err
		}
		delete(b.rows, table)
	}
	return nil
}

// deleteFacts removes all fact rows of one incident.
func deleteFacts(ctx context.Context, tx db.Tx, incident int64) error {
	for _, table := range factTables() {
		if _, err := db.Exec(ctx, tx, "/* incident.deleteFacts */ delete from "+table+" where incident_id = $1", incident); err != nil {
			return err
		}
	}
	return nil
}

// loadFacts reads the facts of the incidents whose id lies between from and
// to, both included.
func loadFacts(ctx context.Context, q db.Querier, from, to int64) (map[int64]*Facts, error) {
	return loadFactsWhere(ctx, q, nil, "incident_id between $1 and $2", from, to)
}

// loadFactsOf reads the facts of the incidents with these ids, at most a few
// hundred at a time.
func loadFactsOf(ctx context.Context, q db.Querier, ids []int64) (map[int64]*Facts, error) {
	return loadFactsFrom(ctx, q, nil, ids)
}

// loadFactsFrom is [loadFactsOf] for the facts of some tables only, each with
// the condition its rows must meet; nil means all of them.
func loadFactsFrom(ctx context.Context, q db.Querier, tables map[string]string, ids []int64) (map[int64]*Facts, error) {
	if len(ids) == 0 {
		return map[int64]*Facts{}, nil
	}
	var w db.Where
	db.In(&w, "incident_id", ids)
	return loadFactsWhere(ctx, q, tables, w.SQL(), w.Args()...)
}

func loadFactsWhere(ctx context.Context, q db.Querier, tables map[string]string, cond string, args ...any) (map[int64]*Facts, error) {
	out := map[int64]*Facts{}
	at := func(id int64) *Facts {
		f := out[id]
		if f == nil {
			f = &Facts{}
			out[id] = f
		}
		return f
	}
	for i, ff := range factFields {
		only, wanted := tables[ff.table]
		if tables != nil && !wanted || i > 0 && factFields[i-1].table == ff.table {
			continue // the second field of a shared table (pauses) is read with the first
		}
		where := cond
		if only != "" {
			where += " and " + only
		}
		if err := loadFactTable(ctx, q, ff, where, args, at); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func loadFactTable(ctx context.Context, q db.Querier, ff factField, cond string, args []any, at func(int64) *Facts) error {
	cols := tagsOf(ff.elem)
	query := "/* incident.loadFacts " + ff.table + " */ select incident_id, " + strings.Join(cols, ", ") +
		" from " + ff.table + " where " + cond + " order by incident_id, n"
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("incident.loadFacts %s: %w", ff.table, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		elem := reflect.New(ff.elem).Elem()
		dest := []any{&id}
		for i := range elem.NumField() {
			dest = append(dest, elem.Field(i).Addr().Interface())
		}
		if err := rows.Scan(dest...); err != nil {
			return fmt.Errorf("incident.loadFacts %s: %w", ff.table, err)
		}
		placeFact(at(id), ff, elem)
	}
	return rows.Err()
}

// placeFact puts one row where it belongs. The first period is the main one.
func placeFact(f *Facts, ff factField, elem reflect.Value) {
	if p, ok := elem.Interface().(Period); ok && p.Kind != "main" {
		f.Pauses = append(f.Pauses, p)
		return
	}
	field := reflect.ValueOf(f).Elem().Field(ff.index)
	if ff.list {
		field.Set(reflect.Append(field, elem))
		return
	}
	field.Set(elem)
}

func tagsOf(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		out = append(out, t.Field(i).Tag.Get("db"))
	}
	return out
}
