package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// Audit holds every public incident of the desk against what was signed for it:
// its case says that it is public in this revision; two signatures stand under it, or
// an urgent publication whose time is not over; their digest is that of what stands, as long as nothing was added since; the
// values of that revision are those that were signed; and the record says the same, but
// for sources, which may be named less. found hears of each fault; n is how many
// incidents were looked at. The database refuses what it can as it is written; the
// audit finds what was done past it, a guard of the record that was left open, and what
// was taken back and counts.
func (s *Service) Audit(ctx context.Context, found func(error)) (n int, err error) {
	q := s.db.Reader()
	if err := auditWhole(ctx, q, found); err != nil {
		return 0, err
	}
	list, err := db.Select[auditRow](ctx, q, `/* verify.Audit */ `+toAudit+` order by i.id`)
	if err != nil {
		return 0, err
	}
	for _, x := range list {
		wrong, err := s.audit(ctx, q, x)
		if err != nil {
			return n, err
		}
		if wrong != "" {
			found(fmt.Errorf("%s %s", x.Ref, wrong))
		}
		n++
	}
	return n, nil
}

// auditWhole asks what is asked of no incident alone.
func auditWhole(ctx context.Context, q db.Querier, found func(error)) error {
	_, open, err := db.Value[int64](ctx, q, `/* verify.auditWhole open */ select id from record_open limit 1`)
	if err != nil {
		return err
	}
	if open {
		found(errors.New("the guard of what the record says stands open: somebody wrote into record_open past the program"))
	}
	type row struct {
		Ref  string `db:"ref"`
		Year int    `db:"count_year"`
	}
	list, err := db.Select[row](ctx, q, `/* verify.auditWhole counts */ select i.ref, e.count_year from incident i join entry e on e.edition_id = $1 and e.incident_id = i.id
		where i.state in ('retracted', 'rejected') and e.counted = 1 order by i.ref, e.count_year`, incident.RecordEdition)
	for _, x := range list {
		found(fmt.Errorf("%s was taken back and counts in %d", x.Ref, x.Year))
	}
	if err != nil {
		return err
	}
	alone, err := db.Select[row](ctx, q, `/* verify.auditWhole alone */ select d.ref, d.year from dossier d where d.state = 'published'
		and not exists (select 1 from incident i where i.ref = d.incident_ref) order by d.id`)
	for _, x := range alone {
		found(fmt.Errorf("%s says that it is public, and no incident does", x.Ref))
	}
	if err != nil {
		return err
	}
	hidden, err := db.Select[row](ctx, q, `/* verify.auditWhole waits */ select d.ref, d.year from dossier d where d.unsettled <> case when d.state = 'open'
		or d.state = 'published' and (d.revision <> d.signed_revision or `+urgent+`) then 1 else 0 end order by d.id`)
	for _, x := range hidden {
		found(fmt.Errorf("%s is not where those look who wait for it: somebody changed it past the program", x.Ref))
	}
	return err
}

// AuditOne is [Service.Audit] of one incident; one that the desk knows nothing of
// has nothing to hold it against.
func (s *Service) AuditOne(ctx context.Context, ref string) error {
	x, found, err := db.SelectOne[auditRow](ctx, s.db.Reader(), `/* verify.AuditOne */ `+toAudit+` and i.ref = $1`, ref)
	if err != nil || !found {
		return err
	}
	wrong, err := s.audit(ctx, s.db.Reader(), x)
	if err == nil && wrong != "" {
		err = fmt.Errorf("%s %s", ref, wrong)
	}
	return err
}

// auditRow is what an incident says of itself.
type auditRow struct {
	Ref      string `db:"ref"`
	State    string `db:"state"`
	Dossier  int64  `db:"dossier_id"`
	Revision int64  `db:"signed_revision"`
	Urgent   *int64 `db:"urgent_until"`
}

// toAudit finds what is public, or what its case says is.
const toAudit = `select i.ref, i.state, coalesce(i.dossier_id, 0), coalesce(i.signed_revision, 0), i.urgent_until from incident i where i.origin = 'desk'
	and (i.state in ` + incident.PublicStates + ` or exists (select 1 from dossier d where d.id = i.dossier_id and d.incident_ref = i.ref and d.state = 'published'))`

// audited is an incident with what it is held against: its case, the signatures under
// the revision that is public, and the facts of that revision.
type audited struct {
	auditRow
	d      Dossier
	signed []SignOff
	facts  incident.Facts
}

// audit names the first fault of an incident, "" for none.
func (s *Service) audit(ctx context.Context, q db.Querier, row auditRow) (string, error) {
	x := audited{auditRow: row}
	var found bool
	var err error
	if x.d, found, err = db.SelectOne[Dossier](ctx, q, `/* verify.audit */ select `+db.Columns[Dossier]("")+` from dossier where id = $1`, row.Dossier); err != nil || !found {
		return "has no case at the desk", err
	}
	if x.signed, err = s.signatures(ctx, q, row.Dossier, row.Revision); err != nil {
		return "", err
	}
	values, err := s.valuesAt(ctx, q, row.Dossier, row.Revision)
	if err != nil {
		return "", err
	}
	x.facts = compose(values)
	if !incident.Readable(row.State) {
		return "is not public, and its case says that it is", nil
	}
	if x.d.State != Public || x.d.Incident != x.Ref || x.d.Signed != x.Revision {
		return "is public, and its case does not say so", nil
	}
	for _, step := range []func(context.Context, db.Querier, audited) (string, error){s.auditSigned, s.auditStanding, s.auditRecord} {
		if wrong, err := step(ctx, q, x); wrong != "" || err != nil {
			return wrong, err
		}
	}
	return "", nil
}

// auditSigned asks what allows an incident to be public.
func (s *Service) auditSigned(ctx context.Context, q db.Querier, x audited) (string, error) {
	if x.Urgent == nil {
		if !enough(x.signed) {
			return "is public without the signatures of two organisations", nil
		}
	} else if _, bounds, err := db.Value[int64](ctx, q, `/* verify.auditSigned */ select id from urgent_publication
			where dossier_id = $1 and revision = $2 and expires_at >= $3`, x.Dossier, x.Revision, *x.Urgent); err != nil || !bounds {
		return "is public urgently, which nobody did or not for so long", err
	} else if *x.Urgent+lapseSlack.Microseconds() < s.now() {
		return "was published urgently, and its time is over", nil
	}
	told, err := s.told(&x.facts)
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(x.signed, func(y SignOff) bool { return y.Told != told }) {
		return "says something else at the desk than what was signed", nil
	}
	return "", nil
}

// lapseSlack is how long after its time an urgent publication may still be public:
// the program looks every half minute.
const lapseSlack = 5 * time.Minute

// auditStanding holds what stands at the desk against its digest, and that against what
// was signed, as long as nothing was added since.
func (s *Service) auditStanding(ctx context.Context, q db.Querier, x audited) (string, error) {
	standing, err := s.standingNow(ctx, q, &x.d)
	if err != nil {
		return "", err
	}
	if standing.Digest() != x.d.Digest {
		return "has a case that was changed past the program", nil
	}
	if x.d.Revision == x.Revision && slices.ContainsFunc(x.signed, func(y SignOff) bool { return y.Digest != x.d.Digest }) {
		return "has a case that is not what was signed", nil
	}
	if x.d.Revision != x.Revision || len(x.signed) == 0 {
		return "", nil
	}
	return s.auditTold(ctx, q, x)
}

// auditTold holds what was told of evidence when it became public against what may be
// told of the items as they were signed, which they are still.
func (s *Service) auditTold(ctx context.Context, q db.Querier, x audited) (string, error) {
	then, err := s.itemsOfPublic(ctx, q, x.d)
	if err != nil {
		return "", err
	}
	now, err := s.Exhibits.Told(ctx, q, itemsOf(then))
	if err != nil {
		return "", err
	}
	for _, y := range then {
		i := slices.IndexFunc(now, func(t Told) bool { return t.Item == y.Item })
		if i < 0 || now[i].Doc != y.Told {
			return "told something else of its evidence than what was signed", nil
		}
	}
	return "", nil
}

// auditRecord holds the record against the values that were signed.
func (s *Service) auditRecord(ctx context.Context, q db.Querier, x audited) (string, error) {
	inc, err := s.Record.Get(ctx, incident.RecordEdition, x.Ref)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return "has no entry in the record", nil
	case err != nil:
		return "", err
	case inc.MergedInto != "":
		return "leads elsewhere: to " + inc.MergedInto, nil
	}
	may, err := s.mayBeNamed(ctx, q, Dossier{ID: x.Dossier, Signed: x.Revision, Incident: x.Ref})
	if err != nil {
		return "", err
	}
	signed := x.facts
	signed.Sources = may
	told, err := s.Record.AsTold(ctx, q, x.Ref, signed) // a passage that is withheld is no fault
	if err != nil {
		return "", err
	}
	for _, y := range inc.Facts.Sources {
		if y.Class != "confidential" && !slices.Contains(told.Sources, y) {
			return "names a source that may not be named", nil
		}
	}
	if field := differs(incident.Chapter{}, inc.Facts, told); field != "" {
		return "says something else in public than what was signed: " + field, nil
	}
	return auditYears(inc, told, s.Options.Now().UTC().Year()), nil
}
