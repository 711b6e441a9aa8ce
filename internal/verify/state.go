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
		org, err := onBehalf(a, desk.Contributor, d.Country, organisation)
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
		d.Revision++
		for _, st := range fresh {
			st.Claim.Take(&facts, &st.Facts)
			if err := s.insertValue(ctx, tx, *d, st.Claim, &st.Facts, &a.Person, &org, note, s.now()); err != nil {
				return err
			}
		}
		if err := settleCountry(a, d, &facts); err != nil {
			return err
		}
		d.follow(&facts)
		changed = len(fresh)
		return s.note(ctx, tx, *d, &a, org, "stated", claimNames(fresh), map[string]any{"facts": incident.HashFacts(&facts)})
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
		fresh = append(fresh, st)
	}
	if len(theirs) > 0 {
		return nil, &Overtaken{theirs, fault.New(fault.Conflict, "verify.overtaken")}
	}
	return fresh, nil
}

// settleCountry follows the first country of the facts. Whoever moves a case to
// another country must be allowed to work there.
func settleCountry(a desk.Actor, d *Dossier, f *incident.Facts) error {
	if len(f.Countries) == 0 {
		return fault.Mend(fault.Field{Name: "country", Key: "verify.country_needed"})
	}
	if code := f.Countries[0].Code; code != d.Country {
		if err := a.Must(desk.Contributor, code); err != nil {
			return err
		}
		d.Country = code
	}
	return nil
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

// GradeClaim says how sure a claim is as it stands.
func (s *Service) GradeClaim(ctx context.Context, a desk.Actor, ref string, c Claim, grade, note string) error {
	if err := checkWord(c, grade, Grades(), "grade"); err != nil {
		return err
	}
	return s.change(ctx, a, ref, desk.Verifier, func(tx db.Tx, d *Dossier) error {
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

// linkRow is claim_evidence.
type linkRow struct {
	ID        int64  `db:"id"`
	Dossier   int64  `db:"dossier_id"`
	Claim     string `db:"claim"`
	Item      int64  `db:"item_id"`
	Side      string `db:"side"`
	Note      string `db:"note"`
	Person    int64  `db:"person_id"`
	At        int64  `db:"at"`
	Withdrawn *int64 `db:"withdrawn_at"`
}

// Attach says what an item of evidence does for a claim, in place of what was
// said of it before.
func (s *Service) Attach(ctx context.Context, a desk.Actor, ref string, c Claim, item int64, side Side, note string) error {
	if err := checkWord(c, string(side), []string{string(For), string(Against), string(Silent)}, "side"); err != nil {
		return err
	}
	return s.change(ctx, a, ref, desk.Contributor, func(tx db.Tx, d *Dossier) error {
		items, err := s.Exhibits.Items(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		if !hasItem(items, item) {
			return fault.New(fault.NotFound, "verify.no_item")
		}
		if err := s.detach(ctx, tx, d.ID, c, item); err != nil {
			return err
		}
		id, err := db.NextID(ctx, tx, "claim_evidence")
		if err != nil {
			return err
		}
		row := linkRow{id, d.ID, string(c), item, string(side), clipNote(note), a.Person, s.now(), nil}
		if err := db.Insert(ctx, tx, "claim_evidence", []linkRow{row}); err != nil {
			return err
		}
		return s.weigh(ctx, tx, d, &a, "attached", string(c)+" "+string(side))
	})
}

// Detach takes back what was said of an item for a claim.
func (s *Service) Detach(ctx context.Context, a desk.Actor, ref string, c Claim, item int64) error {
	return s.change(ctx, a, ref, desk.Contributor, func(tx db.Tx, d *Dossier) error {
		if err := s.detach(ctx, tx, d.ID, c, item); err != nil {
			return err
		}
		return s.weigh(ctx, tx, d, &a, "detached", string(c))
	})
}

func (s *Service) detach(ctx context.Context, tx db.Tx, dossier int64, c Claim, item int64) error {
	_, err := db.Exec(ctx, tx, `/* verify.detach */ update claim_evidence set withdrawn_at = $4 where dossier_id = $1 and claim = $2 and item_id = $3 and withdrawn_at is null`,
		dossier, string(c), item, s.now())
	return err
}

// weigh computes the floor again. What speaks for or against a case is part of
// what is signed, so it makes a new revision.
func (s *Service) weigh(ctx context.Context, tx db.Tx, d *Dossier, a *desk.Actor, kind, detail string) error {
	items, err := s.Exhibits.Items(ctx, tx, d.ID)
	if err != nil {
		return err
	}
	links, err := s.links(ctx, tx, d.ID)
	if err != nil {
		return err
	}
	d.Floor = Floor(items, links)
	d.Revision++
	return s.note(ctx, tx, *d, a, 0, kind, detail, nil)
}

// EvidenceChanged computes the floor of a dossier again after an item of it
// changed: it was added, withdrawn, or has another class or origin.
func (s *Service) EvidenceChanged(ctx context.Context, tx db.Tx, dossier int64) error {
	d, found, err := db.SelectOne[Dossier](ctx, tx, `/* verify.EvidenceChanged */ select `+db.Columns[Dossier]("")+` from dossier where id = $1`, dossier)
	if err != nil || !found {
		return err
	}
	if err := s.weigh(ctx, tx, &d, nil, "weighed", ""); err != nil {
		return err
	}
	return s.save(ctx, tx, d)
}

func (s *Service) links(ctx context.Context, q db.Querier, dossier int64) ([]Link, error) {
	rows, err := db.Select[linkRow](ctx, q, `/* verify.links */ select `+db.Columns[linkRow]("")+` from claim_evidence where dossier_id = $1 and withdrawn_at is null order by id`, dossier)
	out := make([]Link, len(rows))
	for i, r := range rows {
		out[i] = Link{r.ID, Claim(r.Claim), r.Item, Side(r.Side), r.Note, r.Person, r.At}
	}
	return out, err
}

// Dissent is a disagreement with a claim. It stays written down, settled or not.
type Dissent struct {
	ID           int64  `db:"id"`
	Dossier      int64  `db:"dossier_id"`
	Claim        string `db:"claim"`
	Body         string `db:"body"`
	Person       int64  `db:"person_id"`
	Organisation int64  `db:"organisation_id"`
	At           int64  `db:"at"`
	Settled      *int64 `db:"settled_at"`
	SettledNote  string `db:"settled_note"`
}

// Disagree writes down that somebody disagrees with a claim.
func (s *Service) Disagree(ctx context.Context, a desk.Actor, ref string, c Claim, body string, organisation int64) error {
	body = strings.TrimSpace(body)
	if err := checkText("body", body); err != nil {
		return err
	}
	if !c.Known() {
		return fault.New(fault.Invalid, "")
	}
	return s.change(ctx, a, ref, desk.Contributor, func(tx db.Tx, d *Dossier) error {
		org, err := onBehalf(a, desk.Contributor, d.Country, organisation)
		if err != nil {
			return err
		}
		id, err := db.NextID(ctx, tx, "dissent")
		if err != nil {
			return err
		}
		if err := db.Insert(ctx, tx, "dissent", []Dissent{{id, d.ID, string(c), body, a.Person, org, s.now(), nil, ""}}); err != nil {
			return err
		}
		d.Revision++
		return s.note(ctx, tx, *d, &a, org, "disagreed", string(c), nil)
	})
}

// Settle closes a disagreement: by whoever voiced it, or by an editor.
func (s *Service) Settle(ctx context.Context, a desk.Actor, ref string, id int64, note string) error {
	note = strings.TrimSpace(note)
	if err := checkText("note", note); err != nil {
		return err
	}
	return s.change(ctx, a, ref, desk.Contributor, func(tx db.Tx, d *Dossier) error {
		x, found, err := db.SelectOne[Dissent](ctx, tx, `/* verify.Settle */ select `+db.Columns[Dissent]("")+` from dissent where id = $1 and dossier_id = $2 and settled_at is null`, id, d.ID)
		if err != nil {
			return err
		}
		if !found {
			return fault.New(fault.NotFound, "verify.no_dissent")
		}
		if x.Person != a.Person {
			if err := a.Must(desk.Editor, d.Country); err != nil {
				return err
			}
		}
		if _, err := db.Exec(ctx, tx, `/* verify.Settle done */ update dissent set settled_at = $2, settled_note = $3 where id = $1`, id, s.now(), note); err != nil {
			return err
		}
		d.Revision++
		return s.note(ctx, tx, *d, &a, 0, "settled", x.Claim, nil)
	})
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

func hasItem(items []Item, id int64) bool {
	for _, it := range items {
		if it.ID == id && !it.Withdrawn {
			return true
		}
	}
	return false
}
