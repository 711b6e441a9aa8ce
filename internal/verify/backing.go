package verify

import (
	"context"
	"slices"

	"keepiton/internal/platform/db"
)

// Backing is what stands behind a public incident: of its dossier only what
// belongs to the revision that is public. What was attached, graded or said
// since waits for its own signatures and is not in it.
type Backing struct {
	Dossier    Dossier
	At         int64 // when that revision became public
	Grades     []Grade
	Links      []Link
	Dissents   []Dissent
	Signatures []SignOff
}

// Behind gives the backing of a public incident; found is false where no dossier
// stands behind it, because it was read from a sheet. It asks nobody's role:
// what of it may be told outside, the caller decides.
func (s *Service) Behind(ctx context.Context, q db.Querier, incidentRef string) (b Backing, found bool, err error) {
	b.Dossier, found, err = db.SelectOne[Dossier](ctx, q, `/* verify.Behind */ select `+db.Columns[Dossier]("")+` from dossier where incident_ref = $1 and state = 'published'`, incidentRef)
	if err != nil || !found {
		return b, false, err
	}
	d := b.Dossier
	if b.At, _, err = db.Value[int64](ctx, q, `/* verify.Behind at */ select coalesce(max(at), 0) from dossier_act
		where dossier_id = $1 and kind in ('published', 'published_urgently', 'adopted')`, d.ID); err != nil {
		return b, false, err
	}
	grades, err := db.Select[gradeRow](ctx, q, `/* verify.Behind grades */ select `+db.Columns[gradeRow]("")+` from claim_grade
		where dossier_id = $1 and revision <= $2 and at <= $3 order by id desc`, d.ID, d.Signed, b.At)
	if err != nil {
		return b, false, err
	}
	for _, g := range grades { // the newest of each claim
		if !slices.ContainsFunc(b.Grades, func(x Grade) bool { return x.Claim == Claim(g.Claim) }) {
			b.Grades = append(b.Grades, Grade{Claim(g.Claim), g.Grade, g.Note, g.Person, g.Revision, g.At})
		}
	}
	links, err := s.links(ctx, q, d.ID)
	if err != nil {
		return b, false, err
	}
	b.Links = slices.DeleteFunc(links, func(l Link) bool { return l.At > b.At })
	if b.Dissents, err = db.Select[Dissent](ctx, q, `/* verify.Behind dissent */ select `+db.Columns[Dissent]("")+` from dissent where dossier_id = $1 and at <= $2 order by id`, d.ID, b.At); err != nil {
		return b, false, err
	}
	b.Signatures, err = s.signatures(ctx, q, d.ID, d.Signed)
	return b, true, err
}
