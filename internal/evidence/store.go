package evidence

import (
	"context"
	"strings"

	"keepiton/internal/platform/db"
)

func itemByRef(ctx context.Context, q db.Querier, ref string) (Item, bool, error) {
	return db.SelectOne[Item](ctx, q, `/* evidence.itemByRef */ select `+itemColumns+` from evidence_item where ref = $1`, ref)
}

func itemByID(ctx context.Context, q db.Querier, id int64) (Item, bool, error) {
	return db.SelectOne[Item](ctx, q, `/* evidence.itemByID */ select `+itemColumns+` from evidence_item where id = $1`, id)
}

var itemColumns = db.Columns[Item]("")

type originRow struct {
	ID      int64 `db:"id"`
	Created int64 `db:"created_at"`
}

// insertItem gives an item its number and its reference.
func insertItem(ctx context.Context, tx db.Tx, it *Item) (err error) {
	if it.ID, err = db.NextID(ctx, tx, "evidence_item"); err != nil {
		return err
	}
	it.Number, _, err = db.Value[int64](ctx, tx, `/* evidence.insertItem */ select coalesce(max(number), 0) + 1 from evidence_item where year = $1`, it.Year)
	if err != nil {
		return err
	}
	it.Ref = refOf(it.Year, it.Number)
	return db.Insert(ctx, tx, "evidence_item", []Item{*it})
}

func newOrigin(ctx context.Context, tx db.Tx, at int64) (int64, error) {
	id, err := db.NextID(ctx, tx, "evidence_origin")
	if err != nil {
		return 0, err
	}
	return id, db.Insert(ctx, tx, "evidence_origin", []originRow{{id, at}})
}

// updateItem writes what people may change, and the version. The chain of
// custody is kept by [Service.touch].
func updateItem(ctx context.Context, tx db.Tx, it Item) error {
	return db.Upsert(ctx, tx, "evidence_item", []Item{it}, changeable)
}

var changeable = func() string {
	list := append(strings.Split(db.Columns[Draft](""), ", "), "origin_id", "canonical", "version", "withdrawn_at", "withdrawn_reason", "updated_at")
	for i, name := range list {
		list[i] = name + " = excluded." + name
	}
	return "on conflict (id) do update set " + strings.Join(list, ", ")
}()

type changeRow struct {
	ID    int64  `db:"id"`
	Item  int64  `db:"item_id"`
	N     int64  `db:"n"`
	Field string `db:"field"`
	Old   string `db:"old_value"`
	New   string `db:"new_value"`
}

func insertChanges(ctx context.Context, tx db.Tx, it Item, list []change) error {
	if len(list) == 0 {
		return nil
	}
	id, err := db.NextID(ctx, tx, "evidence_change")
	if err != nil {
		return err
	}
	rows := make([]changeRow, len(list))
	for i, c := range list {
		rows[i] = changeRow{id + int64(i), it.ID, it.CustodyN, c.Field, c.Old, c.New}
	}
	return db.Insert(ctx, tx, "evidence_change", rows)
}
