package verify

import (
	"context"
	"slices"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
)

// veils are the countries whose reviewers do not see one another's names.
type veils map[string]bool

// veiledCountries reads them.
func (s *Service) veiledCountries(ctx context.Context) (veils, error) {
	list, err := db.Select[struct {
		Country string `db:"country"`
	}](ctx, s.db.Reader(), `/* verify.veiledCountries */ select country from veiled_country`)
	out := veils{}
	for _, r := range list {
		out[r.Country] = true
	}
	return out, err
}

// hide tells whether somebody must not read who works on cases of some countries:
// one of them is veiled, and they are no editor for it.
func (v veils) hide(a desk.Actor, countries []string) bool {
	return slices.ContainsFunc(countries, func(c string) bool { return v[c] && !a.Can(desk.Editor, c) })
}

// Naming is how the people of one case show to somebody: by name, or by a letter
// that is theirs on every page of the case.
type Naming struct {
	Hidden  bool // letters in place of names, and no organisation beside them
	viewer  int64
	letters map[int64]string
	give    func(person int64) (string, error)
}

// NamingIn decides for a case, by its number, how people show to somebody.
func (s *Service) NamingIn(ctx context.Context, a desk.Actor, dossier int64) (*Naming, error) {
	d, found, err := db.SelectOne[Dossier](ctx, s.db.Reader(), `/* verify.NamingIn */ select `+db.Columns[Dossier]("")+` from dossier where id = $1`, dossier)
	if err != nil || !found {
		return &Naming{Hidden: true, viewer: a.Person}, err
	}
	v, err := s.veiledCountries(ctx)
	if err != nil {
		return nil, err
	}
	n := &Naming{Hidden: v.hide(a, d.Countries()), viewer: a.Person, letters: map[int64]string{}}
	n.give = func(person int64) (string, error) { return s.letter(ctx, dossier, person) }
	return n, nil
}

// Letter is what stands for a person, "" where their name may be read.
func (n *Naming) Letter(person int64) string {
	if !n.Hidden || person == n.viewer {
		return ""
	}
	if n.letters[person] == "" && n.give != nil {
		letter, err := n.give(person)
		if err != nil {
			return "?" // a page is shown all the same, and says no more than it may
		}
		n.letters[person] = letter
	}
	if n.letters[person] == "" {
		return "?"
	}
	return n.letters[person]
}

// letter is the letter of a person in a case. It is given when somebody first
// needs it, and stays.
func (s *Service) letter(ctx context.Context, dossier, person int64) (string, error) {
	read := func(q db.Querier) (int, bool, error) {
		return db.Value[int](ctx, q, `/* verify.letter */ select n from reviewer_letter where dossier_id = $1 and person_id = $2`, dossier, person)
	}
	n, found, err := read(s.db.Reader())
	if err != nil || found {
		return letterOf(n), err
	}
	err = s.db.Write(ctx, func(tx db.Tx) error {
		if n, found, err = read(tx); err != nil || found {
			return err
		}
		if n, _, err = db.Value[int](ctx, tx, `/* verify.letter next */ select coalesce(max(n), 0) + 1 from reviewer_letter where dossier_id = $1`, dossier); err != nil {
			return err
		}
		_, err = db.Exec(ctx, tx, `/* verify.letter give */ insert into reviewer_letter (dossier_id, person_id, n) values ($1, $2, $3)`, dossier, person, n)
		return err
	})
	return letterOf(n), err
}

// letterOf counts A, B, … Z, AA, AB.
func letterOf(n int) string {
	out := ""
	for ; n > 0; n = (n - 1) / 26 {
		out = string(rune('A'+(n-1)%26)) + out
	}
	return out
}
