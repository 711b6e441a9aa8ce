package verify

import (
	"context"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// valueRow is claim_value.
type valueRow struct {
	ID           int64  `db:"id"`
	Dossier      int64  `db:"dossier_id"`
	Claim        string `db:"claim"`
	Facts        string `db:"facts"`
	Revision     int64  `db:"revision"`
	Person       *int64 `db:"person_id"`
	Organisation *int64 `db:"organisation_id"`
	Note         string `db:"note"`
	At           int64  `db:"at"`
}

func (r valueRow) value() (Value, error) {
	f, err := decode(r.Facts)
	return Value{r.ID, Claim(r.Claim), f, r.Revision, r.Person, r.Organisation, r.Note, r.At}, err
}

// Statement is a new value of a claim. Base is the value it was made from, 0 for
// none: if another one stands by now, nothing is stored and the answer is an
// [Overtaken].
type Statement struct {
	Claim Claim
	Facts incident.Facts
	Base  int64
}

// Overtaken says that somebody else stated claims meanwhile. Nothing was stored;
// Theirs are the values that stand now.
type Overtaken struct {
	Theirs []Value
	err    error
}

func (o *Overtaken) Error() string { return o.err.Error() }
func (o *Overtaken) Unwrap() error { return o.err }

// State stores new values of claims, all or none, as one new revision. Those
// that state what stands already are left out; changed tells how many were not.
func (s *Service) State(ctx context.Context, a desk.Actor, ref string, organisation int64, note string, list []Statement) (changed int, err error) {
	note = strings.TrimSpace(note)
	if len([]rune(note)) > maxNote {
		return 0, fault.Mend(fault.Field{Name: "note", Key: "verify.too_long", Args: []any{"most", maxNote}})
	}
	err = s.change(ctx, a, ref, desk.Contributor, func(tx db.Tx, d *Dossier) error {
		changed = 0
		org, err := onBehalf(a, desk.Contributor, d.Countries(), organisation)
		if err != nil {
			return err
		}
		values, err := s.standing(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		fresh, err := newOf(values, list)
		if err != nil || len(fresh) == 0 {
			return err
		}
		facts := compose(values)
		if err := s.raise(ctx, tx, d); err != nil {
			return err
		}
		if err := s.addAuthor(ctx, tx, d.ID, a.Person); err != nil {
			return err
		}
		for _, st := range fresh {
			st.Claim.Take(&facts, &st.Facts)
			if err := s.insertValue(ctx, tx, *d, st.Claim, &st.Facts, &a.Person, &org, note, s.now()); err != nil {
				return err
			}
		}
		if err := s.moveCountry(ctx, tx, a, d, &facts); err != nil {
			return err
		}
		changed = len(fresh)
		return s.note(ctx, tx, *d, &a, org, "stated", claimNames(fresh), d.sealed(map[string]string{"facts": incident.HashFacts(&facts)}))
	})
	return changed, err
}

// newOf picks the statements that say something new, and refuses when one was
// made from a value that does not stand any more.
func newOf(values map[Claim]Value, list []Statement) ([]Statement, error) {
	var fresh []Statement
	var theirs []Value
	for _, st := range list {
		now, has := values[st.Claim]
		if has && st.Claim.same(&now.Facts, &st.Facts) {
			continue
		}
		empty := blank()
		if !has && st.Claim.same(&empty, &st.Facts) {
			continue
		}
		if now.ID != st.Base {
			theirs = append(theirs, now)
			continue
		}
		if st.Claim == When {
			st.Facts.Period.Stated = lengthOf(now.Facts.Period, st.Facts.Period)
		}
		fresh = append(fresh, st)
	}
	if len(theirs) > 0 {
		return nil, &Overtaken{theirs, fault.New(fault.Conflict, "verify.overtaken")}
	}
	return fresh, nil
}

// lengthOf is the stated length of a period that was stated anew: what was counted
// from other dates says nothing of these, and is counted again wherever it is told.
func lengthOf(was, now incident.Period) string {
	if now.Stated == was.Stated && (now.Start != was.Start || now.End != was.End) {
		return ""
	}
	return now.Stated
}

// moveCountry follows the countries of the facts. Where a case lies decides who may
// read it: while nothing is filed in it, whoever may work in both places moves it,
// afterwards an editor of both, and its evidence goes along.
func (s *Service) moveCountry(ctx context.Context, tx db.Tx, a desk.Actor, d *Dossier, f *incident.Facts) error {
	if len(f.Countries) == 0 {
		return fault.Mend(fault.Field{Name: "country", Key: "verify.country_needed"})
	}
	was := *d
	d.follow(f)
	if d.Country == was.Country && d.Also == was.Also {
		return nil
	}
	if d.Country != was.Country {
		items, err := s.Exhibits.Items(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		role := desk.Contributor
		if len(items) > 0 {
			role = desk.Editor
		}
		for _, code := range []string{was.Country, d.Country} {
			if a.Must(role, code) != nil {
				return fault.New(fault.Forbidden, "verify.move_country")
			}
		}
		if err := s.Exhibits.Move(ctx, tx, a, d.ID, *d, nil); err != nil {
			return err
		}
	}
	return s.indexAreas(ctx, tx, *d)
}

func claimNames(list []Statement) string {
	var names []string
	for _, st := range list {
		names = append(names, string(st.Claim))
	}
	return strings.Join(names, " ")
}

// insertValue writes a value of a claim with the dossier's revision.
func (s *Service) insertValue(ctx context.Context, tx db.Tx, d Dossier, c Claim, f *incident.Facts, person, org *int64, note string, at int64) error {
	alone := c.Alone(f)
	doc, err := encode(&alone)
	if err != nil {
		return err
	}
	id, err := db.NextID(ctx, tx, "claim_value")
	if err != nil {
		return err
	}
	return db.Insert(ctx, tx, "claim_value", []valueRow{{id, d.ID, string(c), doc, d.Revision, person, org, note, at}})
}

// standing are the values that stand, by claim.
func (s *Service) standing(ctx context.Context, q db.Querier, dossier int64) (map[Claim]Value, error) {
	return s.valuesAt(ctx, q, dossier, 1<<62)
}

// valuesAt are the values that stood at a revision.
func (s *Service) valuesAt(ctx context.Context, q db.Querier, dossier, revision int64) (map[Claim]Value, error) {
	rows, err := db.Select[valueRow](ctx, q, `/* verify.valuesAt */ select `+db.Columns[valueRow]("v.")+` from claim_value v where v.dossier_id = $1 and v.id =
		(select max(n.id) from claim_value n where n.dossier_id = v.dossier_id and n.claim = v.claim and n.revision <= $2)`, dossier, revision)
	if err != nil {
		return nil, err
	}
	out := map[Claim]Value{}
	for _, r := range rows {
		v, err := r.value()
		if err != nil {
			return nil, err
		}
		out[v.Claim] = v
	}
	return out, nil
}

// History lists every value a claim ever had, the newest first.
func (s *Service) History(ctx context.Context, a desk.Actor, ref string, c Claim) ([]Value, error) {
	d, err := s.open(ctx, s.db.Reader(), a, ref, desk.Reader)
	if err != nil {
		return nil, err
	}
	rows, err := db.Select[valueRow](ctx, s.db.Reader(), `/* verify.History */ select `+db.Columns[valueRow]("")+` from claim_value
		where dossier_id = $1 and claim = $2 order by id desc`, d.ID, string(c))
	if err != nil {
		return nil, err
	}
	out := make([]Value, len(rows))
	for i, r := range rows {
		if out[i], err = r.value(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func checkWord(c Claim, word string, known []string, field string) error {
	if !c.Known() {
		return fault.New(fault.Invalid, "")
	}
	for _, k := range known {
		if k == word {
			return nil
		}
	}
	return fault.Mend(fault.Field{Name: field, Key: "verify.choose"})
}

// checkText asks for a text of a sensible length.
func checkText(field, text string) error {
	switch n := len([]rune(text)); {
	case n == 0 && (field == "reason" || field == "why"):
		return fault.Mend(fault.Field{Name: field, Key: "verify.reason_needed"})
	case n == 0:
		return fault.Mend(fault.Field{Name: field, Key: "verify.text_needed"})
	case n > maxNote:
		return fault.Mend(fault.Field{Name: field, Key: "verify.too_long", Args: []any{"most", maxNote}})
	}
	return nil
}

func clipNote(note string) string {
	letters := []rune(strings.TrimSpace(note))
	return string(letters[:min(len(letters), maxNote)])
}
