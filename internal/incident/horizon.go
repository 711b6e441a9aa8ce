package incident

import (
	"context"
	"fmt"
	"sort"

	"keepiton/internal/platform/db"
)

// A shutdown under way counts in its year as going on at the close, which is how
// the sheets count a year that is over. In the running year that close has not
// been yet, and nobody knows tomorrow. What is stored (span_days, day_change)
// still runs to the close: it follows from the facts alone, can be counted again
// and need not be written anew every midnight. Whatever leaves the record is cut
// at the horizon when it is read: today, and for a release the day it was cut.
// The order by length is made from two streams for the same reason, see longest.

// Horizon is the last day an edition can speak of.
func (s *Service) Horizon(ed Edition) int {
	today := int(s.now() / 86_400_000_000)
	if ed.Kind == "release" {
		return min(today, int(ed.Created/86_400_000_000))
	}
	return today
}

func (s *Service) horizonOf(ctx context.Context, edition int64) (int, error) {
	if edition == RecordEdition {
		return s.Horizon(Edition{}), nil
	}
	ed, err := s.Edition(ctx, edition)
	return s.Horizon(ed), err
}

// SpansUntil are the days of an incident that have been by a day.
func SpansUntil(f *Facts, lastYear, day int) []Span {
	var out []Span
	for _, x := range Spans(f, lastYear) {
		if x.To = min(x.To, day); x.To >= x.From {
			out = append(out, x)
		}
	}
	return out
}

// seenAt cuts the lengths of an entry at a day.
func (e *Entry) seenAt(day int) {
	_, close := YearDays(e.Year)
	switch {
	case e.EndDay != nil && *e.EndDay > day:
		e.SpanDays, e.Days = max(e.SpanDays-(*e.EndDay-day), 0), nil
	case e.EndDay == nil && e.EndState == "ongoing" && close > day:
		e.SpanDays = max(day-e.StartDay+1, 0)
	}
}

// seen cuts the lengths of rows of an edition at its horizon.
func (s *Service) seen(ctx context.Context, rows []Row) ([]Row, error) {
	days := map[int64]int{}
	for i := range rows {
		e := &rows[i].Entry
		if _, known := days[e.Edition]; !known {
			day, err := s.horizonOf(ctx, e.Edition)
			if err != nil {
				return nil, err
			}
			days[e.Edition] = day
		}
		e.seenAt(days[e.Edition])
	}
	return rows, nil
}

// tellAt is resolveToTell with the lengths as far as an edition can know them.
func (s *Service) tellAt(ctx context.Context, q db.Querier, entries []Entry) ([]Row, error) {
	rows, err := resolveToTell(ctx, q, entries)
	if err != nil {
		return nil, err
	}
	return s.seen(ctx, rows)
}

// running chooses the entries whose stored length runs past a day.
func running(table string, day int) string {
	return fmt.Sprintf("(coalesce(%[1]s.end_day, 0) > %[2]d or %[1]s.end_day is null and %[1]s.end_state = 'ongoing' and %[1]s.count_year >= %[3]d)", table, day, DayDate(day).Year())
}

// lengthAt is the length of entries as it is known on a day.
func lengthAt(day int) func(table string) string {
	return func(table string) string {
		return fmt.Sprintf("(case when %[2]s then case when %[1]s.start_day > %[3]d then 0 else %[3]d - %[1]s.start_day + 1 end else %[1]s.span_days end)", table, running(table, day), day)
	}
}

// longest walks the index of stored lengths past those that are under way, and
// sorts these, which are few, in between by what is known of them.
func (s *Service) longest(ctx context.Context, f Filter, o order, day int, from *hit, inclusive bool, limit int) ([]hit, error) {
	over := walk()
	over.where = func(w *db.Where) { w.And("not " + running("d", day)) }
	stored := o
	stored.length = nil
	out, err := s.read(ctx, f, over, stored, from, inclusive, limit)
	if err != nil {
		return nil, err
	}
	under := walk()
	under.where = func(w *db.Where) { w.And(running("d", day)) }
	more, err := s.gather(ctx, f, under, o, from, inclusive, limit)
	if err != nil {
		return nil, err
	}
	out = append(out, more...)
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i], out[j]
		if o.desc {
			a, b = b, a
		}
		return a.A < b.A || a.A == b.A && a.Ord < b.Ord
	})
	return out[:min(limit, len(out))], nil
}
