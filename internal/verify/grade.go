package verify

import (
	"context"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// gradeRow is claim_grade.
type gradeRow struct {
	ID       int64  `db:"id"`
	Dossier  int64  `db:"dossier_id"`
	Claim    string `db:"claim"`
	Grade    string `db:"grade"`
	Revision int64  `db:"revision"`
	Person   int64  `db:"person_id"`
	Note     string `db:"note"`
	At       int64  `db:"at"`
}

// Grades of a claim, from the surest.
func Grades() []string { return []string{"confirmed", "probable", "possible", "doubtful"} }

// AnyValue is the base of who does not say what they read.
const AnyValue = -1

// GradeClaim says how sure a claim is. base is the value that was read, 0 for none:
// if another one stands by now, nothing is stored.
func (s *Service) GradeClaim(ctx context.Context, a desk.Actor, ref string, c Claim, base int64, grade, note string) error {
	if err := checkWord(c, grade, Grades(), "grade"); err != nil {
		return err
	}
	return s.change(ctx, a, ref, desk.Verifier, func(tx db.Tx, d *Dossier) error {
		values, err := s.standing(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		if base != AnyValue && values[c].ID != base {
			return fault.New(fault.Conflict, "verify.grade_overtaken")
		}
		standing, err := s.grades(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		if standing[c].Grade != grade {
			if err := s.raise(ctx, tx, d); err != nil {
				return err
			}
		}
		id, err := db.NextID(ctx, tx, "claim_grade")
		if err != nil {
			return err
		}
		row := gradeRow{id, d.ID, string(c), grade, d.Revision, a.Person, clipNote(note), s.now()}
		if err := db.Insert(ctx, tx, "claim_grade", []gradeRow{row}); err != nil {
			return err
		}
		return s.note(ctx, tx, *d, &a, 0, "graded", string(c)+" "+grade, nil)
	})
}

// grades are the newest grade of each claim.
func (s *Service) grades(ctx context.Context, q db.Querier, dossier int64) (map[Claim]Grade, error) {
	return s.gradesAt(ctx, q, dossier, 1<<62)
}

// gradesAt are those of a revision.
func (s *Service) gradesAt(ctx context.Context, q db.Querier, dossier, revision int64) (map[Claim]Grade, error) {
	rows, err := db.Select[gradeRow](ctx, q, `/* verify.gradesAt */ select `+db.Columns[gradeRow]("g.")+` from claim_grade g where g.dossier_id = $1 and g.id =
		(select max(n.id) from claim_grade n where n.dossier_id = g.dossier_id and n.claim = g.claim and n.revision <= $2)`, dossier, revision)
	out := map[Claim]Grade{}
	for _, g := range rows {
		out[Claim(g.Claim)] = Grade{Claim(g.Claim), g.Grade, g.Note, g.Person, g.Revision, g.At}
	}
	return out, err
}
