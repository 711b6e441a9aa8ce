package desk

import (
	"context"
	"errors"
	"time"

	"keepiton/internal/platform/db"
)

// onceFor is how long a form is remembered: longer than somebody goes back to it.
const onceFor = 24 * time.Hour

// again is the error of a form that was taken before. It undoes what was written.
type again struct{ first string }

// Error implements error.
func (a *again) Error() string { return "this form was taken before, as " + a.first }

// Take notes in the transaction of an act that its form was taken, and what came
// of it. Where it was taken before the error undoes the act; [Again] then tells
// what came of it the first time. once is what [Visit.Once] gave; "" notes nothing.
func Take(ctx context.Context, tx db.Tx, once, answer string, now time.Time) error {
	if once == "" {
		return nil
	}
	n, err := db.Exec(ctx, tx, `/* desk.Take */ insert into sent_form (once, answer, at) values ($1, $2, $3) on conflict (once) do nothing`, once, answer, now.UnixMicro())
	if err != nil || n == 1 {
		return err
	}
	first, _, err := db.Value[string](ctx, tx, `/* desk.Take first */ select answer from sent_form where once = $1`, once)
	if err != nil {
		return err
	}
	return &again{first}
}

// Again reads the error of an act whose form was taken before.
func Again(err error) (first string, is bool) {
	var a *again
	if errors.As(err, &a) {
		return a.first, true
	}
	return "", false
}

// SweepForms forgets the forms of yesterday.
func SweepForms(ctx context.Context, d *db.DB, now time.Time) error {
	return d.Write(ctx, func(tx db.Tx) error {
		_, err := db.Exec(ctx, tx, `/* desk.SweepForms */ delete from sent_form where at < $1`, now.Add(-onceFor).UnixMicro())
		return err
	})
}
