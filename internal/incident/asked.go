package incident

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// What a sheet and an incident of the desk do not say alike is asked at the desk: beside
// the case of the incident, with what the row says, and of those who may answer.

// KindsOfDesk are the kinds of items that are about incidents of the desk, as SQL lists them.
const KindsOfDesk = `('` + reviewOnDesk + `', '` + reviewBesideDesk + `', '` + reviewMissingOnDesk + `')`

// Asked is an item about an incident of the desk.
type Asked struct {
	ID       int64
	Kind     string // on_desk, beside_desk, missing_on_desk
	Sheet    string // its label
	Line     int    // of the row; 0 where the sheet has none
	Year     int    // the count year it is about
	Says     *Facts // what the row says, nil where there is none
	Counts   string // the incident that the row counts as, "" for none of its own
	At       int64  // when it was asked, microseconds UTC
	Decision string // who answered and what, "" while it is open
	Another  bool   // the answer was that the row is about another shutdown
}

// countedNow is true of incidents n of the record that count.
const countedNow = `exists (select 1 from entry z where z.incident_id = n.id and z.edition_id = 1 and z.counted = 1)`

// MostAsked is how many items [Service.AskedAbout] lists of an incident.
const MostAsked = 100

// AskedAbout lists the items about an incident of the desk, those that are open before
// those that were answered, the newest first.
func (s *Service) AskedAbout(ctx context.Context, q db.Querier, ref string) ([]Asked, error) {
	type row struct {
		ID       int64  `db:"id"`
		Kind     string `db:"kind"`
		Line     int    `db:"line"`
		State    string `db:"state"`
		Decision string `db:"decision"`
		At       int64  `db:"created_at"`
		Sheet    string `db:"label"`
		Ord      int64  `db:"ord"`
		Year     int    `db:"count_year"`
		Counts   string `db:"counts"`
	}
	rows, err := db.Select[row](ctx, q, `/* incident.AskedAbout */ select r.id, r.kind, r.line, r.state, r.decision, r.created_at, x.label,
			coalesce(e.ord, 0) as ord, coalesce(e.count_year, r.line) as count_year, coalesce(n.ref, '') as counts
		from review_item r join incident i on i.id = r.incident_id join edition x on x.id = r.edition_id
		left join entry e on e.edition_id = r.edition_id and e.line = r.line and r.kind <> $2
		left join import_row w on w.edition_id = r.edition_id and w.line = r.line and r.kind <> $2
		left join incident n on n.id = w.incident_id and n.id <> i.id and `+countedNow+`
		where i.ref = $1 and r.state <> '`+itemGone+`' and r.kind in `+KindsOfDesk+` order by r.state desc, r.id desc limit $3`, ref, reviewMissingOnDesk, MostAsked)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	var ords []int64
	for _, r := range rows {
		ords = append(ords, r.Ord)
	}
	said, err := factsAt(ctx, q, ords)
	if err != nil {
		return nil, err
	}
	out := make([]Asked, len(rows))
	for i, r := range rows {
		a := Asked{ID: r.ID, Kind: r.Kind, Sheet: r.Sheet, Line: r.Line, Year: r.Year, Counts: r.Counts, At: r.At, Decision: r.Decision}
		a.Another = strings.HasSuffix(r.Decision, ": "+answerAnother)
		if f := said[r.Ord]; f == nil {
			a.Line = 0
		} else if told, err := s.AsTold(ctx, q, ref, *f); err != nil {
			return nil, err
		} else {
			a.Says = &told
		}
		out[i] = a
	}
	return out, nil
}

// factsAt are the facts of entries, by ord, as they were stored.
func factsAt(ctx context.Context, q db.Querier, ords []int64) (map[int64]*Facts, error) {
	var w db.Where
	db.In(&w, "ord", ords)
	entries, err := db.Select[Entry](ctx, q, `/* incident.factsAt */ select `+db.Columns[Entry]("")+` from entry where `+w.SQL(), w.Args()...)
	if err != nil {
		return nil, err
	}
	rows, err := resolveWith(ctx, q, entries)
	out := make(map[int64]*Facts, len(rows))
	for _, r := range rows {
		out[r.Entry.Ord] = r.Facts
	}
	return out, err
}

// Item is one item of the review list, with what its row says; nil where it is about none.
func (s *Service) Item(ctx context.Context, id int64) (item Review, says *Facts, err error) {
	q := s.db.Reader()
	item, found, err := db.SelectOne[Review](ctx, q, `/* incident.Item */ select `+db.Columns[Review]("")+` from review_item where id = $1 and state <> $2`, id, itemGone)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "review.unknown", "id", fmt.Sprint(id))
	}
	aboutRow := slices.Contains([]string{reviewOnDesk, reviewBesideDesk, "parked_row", "only_in_older_edition", "edit_conflict"}, item.Kind)
	if err != nil || item.Edition == nil || !aboutRow {
		return item, nil, err
	}
	ord, _, err := db.Value[int64](ctx, q, `/* incident.Item row */ select ord from entry where edition_id = $1 and line = $2`, *item.Edition, item.Line)
	if err != nil {
		return item, nil, err
	}
	said, err := factsAt(ctx, q, []int64{ord})
	return item, said[ord], err
}

// otherWords refuses to call a row another shutdown that says word for word what an
// incident of the desk was read from: of what was taken back, nothing comes back so.
func otherWords(ctx context.Context, tx db.Tx, item Review) error {
	_, same, err := db.Value[int64](ctx, tx, `/* incident.otherWords */ select w.line from import_row w join import_row x on x.hash = w.hash
		where w.edition_id = $1 and w.line = $2 and x.incident_id = $3 limit 1`, *item.Edition, item.Line, *item.Incident)
	if err == nil && same {
		err = fault.New(fault.Conflict, "review.same_words")
	}
	return err
}

// concealApart has what may not be named of an incident of the desk named nowhere by the
// rows that were said to be about another shutdown than that: they waited for it, and may
// name the same source. They are found by the incidents they count as by now. With ref ""
// it is done for all incidents of the desk.
func (s *Service) concealApart(ctx context.Context, tx db.Tx, ref string) error {
	type row struct {
		Desk int64  `db:"desk"`
		Ref  string `db:"ref"`
		Told int    `db:"told"` // 1: the record says something of it
	}
	rows, err := db.Select[row](ctx, tx, `/* incident.concealApart */ with recursive way (desk, stands) as (
			select r.incident_id, w.incident_id from review_item r join import_row w on w.edition_id = r.edition_id and w.line = r.line join incident d on d.id = r.incident_id
				where r.kind = $1 and r.state = 'decided' and r.decision like $2 and w.incident_id is not null and $3 in ('', d.ref)
			union select way.desk, i.merged_into from way join incident i on i.id = way.stands where i.merged_into is not null)
		select distinct way.desk, n.ref, case when exists (select 1 from entry e where e.incident_id = n.id and e.edition_id = `+fmt.Sprint(RecordEdition)+`) then 1 else 0 end as told
			from way join incident n on n.id = way.stands where n.id <> way.desk order by n.ref, way.desk`, reviewOnDesk, "%: "+answerAnother, ref)
	if err != nil || len(rows) == 0 {
		return err
	}
	var ids []int64
	for _, r := range rows {
		ids = append(ids, r.Desk)
	}
	secret, err := confidentialOf(ctx, tx, ids)
	if err != nil {
		return err
	}
	for _, r := range rows {
		list := secret[r.Desk].sources()
		switch {
		case len(list) == 0:
		case r.Told == 1:
			err = s.Conceal(ctx, tx, r.Ref, list, program)
		default:
			err = s.Hide(ctx, tx, r.Ref, list)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// concealAllApart is [Service.concealApart] when sheets were read.
func (m *merge) concealAllApart(ctx context.Context) error { return m.s.concealApart(ctx, m.tx, "") }

// Reopen asks again what was noted about an incident of the desk. That a row is about
// another shutdown is not taken back so: it has a number by then, that others may cite, and
// is retracted or merged as every incident.
func (s *Service) Reopen(ctx context.Context, id int64, who string) error {
	if err := checkName(who); err != nil {
		return err
	}
	err := s.db.Write(ctx, func(tx db.Tx) error { return s.ReopenIn(ctx, tx, id, who) })
	if err != nil {
		return fmt.Errorf("incident.Reopen %d: %w", id, err)
	}
	return nil
}

// ReopenIn is [Service.Reopen] in the caller's transaction.
func (s *Service) ReopenIn(ctx context.Context, tx db.Tx, id int64, who string) error {
	item, found, err := db.SelectOne[Review](ctx, tx, `/* incident.Reopen */ select `+db.Columns[Review]("")+` from review_item where id = $1 and kind in `+KindsOfDesk, id)
	switch {
	case err != nil:
		return err
	case !found || item.State != "decided":
		return fault.New(fault.NotFound, "review.not_decided", "id", fmt.Sprint(id))
	case strings.HasSuffix(item.Decision, ": "+answerAnother):
		return fault.New(fault.Conflict, "review.stands")
	}
	if _, err := db.Exec(ctx, tx, `/* incident.Reopen open */ update review_item set state = 'open', decision = '', decided_at = 0 where id = $1`, id); err != nil {
		return err
	}
	return s.tell(ctx, tx, ActDecision, fmt.Sprint(id), map[string]any{"item": id, "kind": item.Kind, "answer": "asked again", "by": who})
}
