package dispute

import (
	"context"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

type disputeRow struct {
	ID        int64  `db:"id"`
	Ref       string `db:"ref"`
	Incident  int64  `db:"incident_id"`
	Statement string `db:"statement"`
	Right     string `db:"right_text"`
	Why       string `db:"why_text"`
	Source    string `db:"source"`
	Speaker   string `db:"speaker"`
	Lang      string `db:"lang"`
	Released  string `db:"released"`
	State     string `db:"state"`
	Filed     int64  `db:"filed_at"`
	Changed   int64  `db:"changed_at"`
}

type contactRow struct {
	Dispute int64  `db:"dispute_id"`
	Contact string `db:"contact"`
}

type stepRow struct {
	Dispute      int64  `db:"dispute_id"`
	N            int    `db:"n"`
	Kind         string `db:"kind"`
	At           int64  `db:"at"`
	Note         string `db:"note"`
	Person       string `db:"person"`
	By           string `db:"signed_by"`
	Organisation int64  `db:"organisation_id"`
}

// Kinds of steps that are no state.
const (
	stepReleased = "released" // answers became public, or are not any more
	stepReopened = "reopened" // a ruling was taken back
)

func unknown(ref string) error {
	return fault.New(fault.NotFound, "dispute.unknown", "ref", ref)
}

func byRef(ctx context.Context, q db.Querier, ref string) (disputeRow, error) {
	r, found, err := db.SelectOne[disputeRow](ctx, q, `/* dispute.byRef */ select `+db.Columns[disputeRow]("")+` from dispute where ref = $1`, ref)
	if err == nil && !found {
		err = unknown(ref)
	}
	return r, err
}

// aboutIncident also lists what was filed about incidents this one took in: what was
// upheld first, then what was answered or rejected, then what waits.
func aboutIncident(ctx context.Context, q db.Querier, ref string, limit int) ([]disputeRow, error) {
	return db.Select[disputeRow](ctx, q, `/* dispute.aboutIncident */ with recursive one (id) as (
			select id from incident where ref = $1
			union select i.id from one join incident i on i.merged_into = one.id)
		select `+db.Columns[disputeRow]("d.")+` from dispute d where d.incident_id in (select id from one) 
			order by case d.state when 'upheld' then 0 when 'open' then 2 else 1 end, d.id desc limit $2`, ref, limit)
}

func changedBetween(ctx context.Context, q db.Querier, from, to int64, limit int) ([]disputeRow, error) {
	return db.Select[disputeRow](ctx, q, `/* dispute.changedBetween */ select `+db.Columns[disputeRow]("")+` from dispute
		where filed_at >= $1 and filed_at < $2 or changed_at >= $1 and changed_at < $2 order by changed_at desc, id desc limit $3`, from, to, limit)
}

// beside is the nearest instant before one (dir -1), or from it on (dir 1), at
// which a dispute was filed or changed last; nil where there is none.
func beside(ctx context.Context, q db.Querier, at int64, dir int) (*int64, error) {
	query := `/* dispute.beside */ select max(at) from (select max(filed_at) as at from dispute where filed_at < $1
		union all select max(changed_at) from dispute where changed_at < $1) x`
	if dir > 0 {
		query = `/* dispute.beside */ select min(at) from (select min(filed_at) as at from dispute where filed_at >= $1
			union all select min(changed_at) from dispute where changed_at >= $1) x`
	}
	found, _, err := db.Value[*int64](ctx, q, query, at)
	return found, err
}

// responsible narrows disputes to those an editor for some countries is
// responsible for: about incidents of these, or of no country that is stated.
func responsible(w *db.Where, a desk.Actor) {
	everywhere, countries := a.Areas(desk.Editor)
	if everywhere {
		return
	}
	if len(countries) == 0 {
		w.And("1 = 0")
		return
	}
	args := make([]string, len(countries))
	for i, c := range countries {
		args[i] = w.Arg(c)
	}
	// What was merged since is looked at where it went.
	w.And(`exists (with recursive one (id, into_id) as (select i.id, i.merged_into from incident i where i.id = d.incident_id
			union select i.id, i.merged_into from one join incident i on i.id = one.into_id)
		select 1 from one left join incident_country c on c.incident_id = one.id
		where one.into_id is null and (c.code is null or c.code in (` + strings.Join(args, ", ") + `)))`)
}

// waiting narrows disputes to a state, "" for all that are not decided.
func waiting(w *db.Where, state State) {
	if state == "" {
		db.In(w, "d.state", []string{string(Open), string(Answered)})
	} else {
		w.And("d.state = ?", string(state))
	}
}

func inState(ctx context.Context, q db.Querier, a desk.Actor, state State, limit int) ([]disputeRow, error) {
	var w db.Where
	waiting(&w, state)
	responsible(&w, a)
	return db.Select[disputeRow](ctx, q, `/* dispute.inState */ select `+db.Columns[disputeRow]("d.")+` from dispute d where `+w.SQL()+
		` order by d.id limit `+w.Arg(limit), w.Args()...)
}

// uncorrected are the upheld disputes about incidents that say so at their head.
func uncorrected(ctx context.Context, q db.Querier, a desk.Actor, limit int) ([]disputeRow, error) {
	var w db.Where
	waiting(&w, Upheld)
	w.And("exists (select 1 from incident i where i.id = d.incident_id and i.state = 'disputed')")
	responsible(&w, a)
	return db.Select[disputeRow](ctx, q, `/* dispute.uncorrected */ select `+db.Columns[disputeRow]("d.")+` from dispute d where `+w.SQL()+
		` order by d.id limit `+w.Arg(limit), w.Args()...)
}

// countOpen counts the disputes that nobody has answered.
func countOpen(ctx context.Context, q db.Querier, a desk.Actor) (int, error) {
	var w db.Where
	waiting(&w, Open)
	responsible(&w, a)
	n, _, err := db.Value[int](ctx, q, `/* dispute.countOpen */ select count(*) from dispute d where `+w.SQL(), w.Args()...)
	return n, err
}

func contactOf(ctx context.Context, q db.Querier, id int64) (string, error) {
	text, _, err := db.Value[string](ctx, q, `/* dispute.contactOf */ select contact from dispute_contact where dispute_id = $1`, id)
	return text, err
}

// saveStep stores a step as the next of its dispute, and what it changed there.
func saveStep(ctx context.Context, tx db.Tx, d disputeRow, x stepRow) error {
	n, _, err := db.Value[int](ctx, tx, `/* dispute.saveStep */ select coalesce(max(n), 0) + 1 from dispute_step where dispute_id = $1`, d.ID)
	if err != nil {
		return err
	}
	x.N = n
	if err := db.Insert(ctx, tx, "dispute_step", []stepRow{x}); err != nil {
		return err
	}
	_, err = db.Exec(ctx, tx, `/* dispute.saveStep state */ update dispute set state = $2, released = $3, changed_at = $4 where id = $1`,
		d.ID, d.State, d.Released, d.Changed)
	return err
}

// steps reads the thread of a dispute, without what is withheld. People stand under it
// as they call themselves now: whoever took another name may have had to.
func (s *Service) steps(ctx context.Context, id int64) ([]Step, error) {
	mask, err := s.record.Mask(ctx)
	if err != nil {
		return nil, err
	}
	type row struct {
		stepRow
		Now string `db:"now"`
	}
	rows, err := db.Select[row](ctx, s.db.Reader(), `/* dispute.steps */ select `+db.Columns[stepRow]("s.")+`, coalesce(p.name, s.signed_by) as now
		from dispute_step s left join person p on p.ref = s.person where s.dispute_id = $1 order by s.n`, id)
	out := make([]Step, len(rows))
	for i, r := range rows {
		out[i] = Step{r.Kind, incident.Instant(r.At), mask(r.Note), mask(clean(r.Now)), r.Organisation}
	}
	return out, err
}

// whole is a dispute with all that was written.
func (s *Service) whole(ctx context.Context, r disputeRow) (Dispute, error) {
	ref, _, err := db.Value[string](ctx, s.db.Reader(), `/* dispute.whole */ select ref from incident where id = $1`, r.Incident)
	return Dispute{Ref: r.Ref, Incident: ref, Statement: r.Statement, Speaker: r.Speaker, Right: r.Right, Why: r.Why, Source: r.Source, Lang: r.Lang,
		State: State(r.State), Filed: incident.Instant(r.Filed), Changed: incident.Instant(r.Changed), Released: strings.Fields(r.Released)}, err
}

// caseOf adds the countries of the incident as it stands.
func (s *Service) caseOf(ctx context.Context, r disputeRow) (Case, error) {
	d, err := s.whole(ctx, r)
	if err != nil {
		return Case{}, err
	}
	c := Case{Dispute: d}
	inc, err := s.Disputable(ctx, d.Incident)
	if fault.KindOf(err) == fault.NotFound { // not public any more: editors see it all the same
		inc, err = s.record.Get(ctx, incident.RecordEdition, d.Incident)
	}
	if err != nil {
		return c, err
	}
	if inc.Facts != nil {
		c.Incident, c.Gone = inc.Ref, inc.Withdrawn()
		for _, x := range inc.Facts.Countries {
			c.Countries = append(c.Countries, x.Code)
		}
	}
	return c, nil
}
