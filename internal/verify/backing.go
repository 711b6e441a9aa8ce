package verify

import (
	"context"
	"slices"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
)

// Backing is what stands behind a public incident: of its dossier only what
// belongs to the revision that is public. What was attached, graded or said
// since waits for its own signatures and is not in it.
type Backing struct {
	Dossier    Dossier
	At         int64 // when that revision became public
	Facts      incident.Facts
	Grades     []Grade
	Links      []Link
	Dissents   []Dissent
	Signatures []SignOff
	Told       map[int64]string // by item: all that might go out of it when it became public, JSON
}

// Urgency is why a public incident stands without two signatures, and how many
// organisations signed what stands at the desk now. found is false for an incident
// that needs no such word.
type Urgency struct {
	Reason string
	Signed int
}

// Urgency gives it for what readers are told, and asks nobody's role.
func (s *Service) Urgency(ctx context.Context, q db.Querier, incidentRef string) (u Urgency, found bool, err error) {
	type row struct {
		Reason   string `db:"reason"`
		Dossier  int64  `db:"id"`
		Revision int64  `db:"revision"`
		Country  string `db:"country"`
		Also     string `db:"also"`
	}
	r, found, err := db.SelectOne[row](ctx, q, `/* verify.Urgency */ select u.reason, d.id, d.revision, d.country, d.also from dossier d join incident i on i.ref = d.incident_ref
		join dossier r on r.root_id = d.root_id join urgent_publication u on u.dossier_id = r.id
		where d.incident_ref = $1 and d.state = 'published' and i.urgent_until is not null order by u.at desc limit 1`, incidentRef)
	if err != nil || !found {
		return u, false, err
	}
	list, err := s.live(ctx, q, &Dossier{ID: r.Dossier, Revision: r.Revision, Country: r.Country, Also: r.Also})
	return Urgency{r.Reason, organisations(list)}, true, err
}

// Behind gives the backing of a public incident; found is false where no dossier
// stands behind it, because it was read from a sheet. It asks nobody's role:
// what of it may be told outside, the caller decides.
func (s *Service) Behind(ctx context.Context, q db.Querier, incidentRef string) (b Backing, found bool, err error) {
	b.Dossier, found, err = db.SelectOne[Dossier](ctx, q, `/* verify.Behind */ select `+db.Columns[Dossier]("")+` from dossier where incident_ref = $1 and state = 'published'`, incidentRef)
	if err != nil || !found {
		return b, false, err
	}
	return b, true, s.readBehind(ctx, q, &b)
}

func (s *Service) readBehind(ctx context.Context, q db.Querier, b *Backing) (err error) {
	d := b.Dossier
	if b.At, _, err = db.Value[int64](ctx, q, `/* verify.Behind at */ select coalesce(max(at), 0) from dossier_act
		where dossier_id = $1 and kind in ('published', 'published_urgently', 'adopted')`, d.ID); err != nil {
		return err
	}
	values, err := s.valuesAt(ctx, q, d.ID, d.Signed)
	if err != nil {
		return err
	}
	b.Facts = compose(values)
	grades, err := s.gradesAt(ctx, q, d.ID, d.Signed)
	if err != nil {
		return err
	}
	for _, c := range Claims() {
		if g, ok := grades[c]; ok {
			b.Grades = append(b.Grades, g)
		}
	}
	if b.Links, err = s.linksAt(ctx, q, d.ID, d.Signed); err != nil {
		return err
	}
	dissents, err := s.dissents(ctx, q, d.ID)
	if err != nil {
		return err
	}
	b.Dissents = slices.DeleteFunc(dissents, func(x Dissent) bool { return x.Revision > d.Signed })
	told, err := s.itemsOfPublic(ctx, q, d)
	b.Told = map[int64]string{}
	for _, x := range told {
		b.Told[x.Item] = x.Told
	}
	if err != nil {
		return err
	}
	urgent, err := s.urgentNow(ctx, q, d)
	if err != nil {
		return err
	}
	if urgent { // of what two have not signed yet, those that count now
		d.Revision = d.Signed
		b.Signatures, err = s.live(ctx, q, &d)
	} else {
		b.Signatures, err = s.signatures(ctx, q, d.ID, d.Signed)
		b.Signatures = eachOnce(b.Signatures)
	}
	return err
}

// eachOnce are signatures without the earlier ones of who signed again what goes on.
func eachOnce(list []SignOff) (out []SignOff) {
	for i, x := range list {
		if !slices.ContainsFunc(list[i+1:], func(y SignOff) bool { return y.Person == x.Person }) {
			out = append(out, x)
		}
	}
	return out
}
