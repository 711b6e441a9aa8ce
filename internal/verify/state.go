package verify

import (
	"context"
	"slices"
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
	Revision  int64  `db:"revision"` // of the dossier, with it
	Withdrawn *int64 `db:"withdrawn_at"`
	Without   int64  `db:"withdrawn_revision"` // the first without it; 0: it stands
}

// Saying is what somebody says an item does for a claim, and what was said of it
// when they read the page; "" for nothing.
type Saying struct {
	Item     int64
	Was, Now Side
	Note     string
}

// Attach says what items of evidence do for a claim, all or none, in place of what
// was said of them before. Those of which somebody else said something meanwhile
// are not written over: then nothing is stored.
func (s *Service) Attach(ctx context.Context, a desk.Actor, ref string, c Claim, list ...Saying) error {
	for i := range list {
		list[i].Note = clipNote(list[i].Note)
		if err := checkWord(c, string(list[i].Now), []string{"", string(For), string(Against), string(Silent)}, "side"); err != nil {
			return err
		}
	}
	return s.change(ctx, a, ref, desk.Contributor, func(tx db.Tx, d *Dossier) error {
		items, err := s.Exhibits.Items(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		links, err := s.links(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		for _, x := range list {
			if err := s.say(ctx, tx, a, d, c, x, items, links); err != nil {
				return err
			}
		}
		return nil
	})
}

// say writes down one saying, if it says something new.
func (s *Service) say(ctx context.Context, tx db.Tx, a desk.Actor, d *Dossier, c Claim, x Saying, items []Item, links []Link) error {
	i := slices.IndexFunc(items, func(it Item) bool { return it.ID == x.Item && !it.Withdrawn })
	if i < 0 {
		return fault.New(fault.NotFound, "verify.no_item")
	}
	var now Link
	if j := slices.IndexFunc(links, func(l Link) bool { return l.Claim == c && l.Item == x.Item }); j >= 0 {
		now = links[j]
	}
	switch {
	case x.Now == now.Side && x.Note == now.Note, x.Now == x.Was && x.Note == "":
		return nil
	case now.Side != x.Was:
		return fault.New(fault.Conflict, "verify.sides_overtaken", "item", items[i].Ref)
	}
	if _, err := s.detach(ctx, tx, d, c, x.Item); err != nil {
		return err
	}
	if x.Now == "" {
		return s.note(ctx, tx, *d, &a, 0, "detached", string(c)+" "+items[i].Ref, nil)
	}
	if err := s.link(ctx, tx, d, Link{Claim: c, Item: x.Item, Side: x.Now, Note: x.Note, Person: a.Person}); err != nil {
		return err
	}
	return s.note(ctx, tx, *d, &a, 0, "attached", string(c)+" "+string(x.Now)+" "+items[i].Ref, nil)
}

// link writes a link, in a new revision.
func (s *Service) link(ctx context.Context, tx db.Tx, d *Dossier, l Link) error {
	if err := s.raise(ctx, tx, d); err != nil {
		return err
	}
	id, err := db.NextID(ctx, tx, "claim_evidence")
	if err != nil {
		return err
	}
	return db.Insert(ctx, tx, "claim_evidence", []linkRow{{id, d.ID, string(l.Claim), l.Item, string(l.Side), l.Note, l.Person, s.now(), d.Revision, nil, 0}})
}

// detach takes back what was said of an item for a claim; it tells how much that was.
func (s *Service) detach(ctx context.Context, tx db.Tx, d *Dossier, c Claim, item int64) (int64, error) {
	n, _, err := db.Value[int](ctx, tx, `/* verify.detach any */ select count(*) from claim_evidence where dossier_id = $1 and claim = $2 and item_id = $3 and withdrawn_at is null`, d.ID, string(c), item)
	if err != nil || n == 0 {
		return 0, err
	}
	if err := s.raise(ctx, tx, d); err != nil {
		return 0, err
	}
	return db.Exec(ctx, tx, `/* verify.detach */ update claim_evidence set withdrawn_at = $4, withdrawn_revision = $5 where dossier_id = $1 and claim = $2 and item_id = $3 and withdrawn_at is null`,
		d.ID, string(c), item, s.now(), d.Revision)
}

// EvidenceChanged hears that an item of a dossier is not any more what it was: it
// was filed, edited, graded, withdrawn, or something was taken out of it. What a
// signature is for is looked at again, and what may not be told of the item any
// more is taken out of what is public, wherever it was published.
func (s *Service) EvidenceChanged(ctx context.Context, tx db.Tx, dossier, item int64) error {
	d, found, err := db.SelectOne[Dossier](ctx, tx, `/* verify.EvidenceChanged */ select `+db.Columns[Dossier]("")+` from dossier where id = $1`, dossier)
	if err != nil {
		return err
	}
	if found {
		if err := s.save(ctx, tx, &d); err != nil {
			return err
		}
	}
	return s.tellLess(ctx, tx, item)
}

// links are those that stand.
func (s *Service) links(ctx context.Context, q db.Querier, dossier int64) ([]Link, error) {
	return s.linksAt(ctx, q, dossier, 1<<62)
}

// linksAt are the links of a revision.
func (s *Service) linksAt(ctx context.Context, q db.Querier, dossier, revision int64) ([]Link, error) {
	rows, err := db.Select[linkRow](ctx, q, `/* verify.linksAt */ select `+db.Columns[linkRow]("")+` from claim_evidence
		where dossier_id = $1 and revision <= $2 and (withdrawn_revision = 0 or withdrawn_revision > $2) order by id`, dossier, revision)
	out := make([]Link, len(rows))
	for i, r := range rows {
		out[i] = r.link()
	}
	return out, err
}

func (r linkRow) link() Link {
	return Link{r.ID, Claim(r.Claim), r.Item, Side(r.Side), r.Note, r.Person, r.At}
}

// linksAmong are the links of dossiers that stand, by dossier.
func (s *Service) linksAmong(ctx context.Context, q db.Querier, dossiers []int64) (map[int64][]Link, error) {
	var w db.Where
	db.In(&w, "dossier_id", dossiers)
	rows, err := db.Select[linkRow](ctx, q, `/* verify.linksAmong */ select `+db.Columns[linkRow]("")+` from claim_evidence
		where `+w.SQL()+` and withdrawn_revision = 0 order by id`, w.Args()...)
	out := map[int64][]Link{}
	for _, r := range rows {
		out[r.Dossier] = append(out[r.Dossier], r.link())
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
	Revision     int64  `db:"revision"` // of the dossier, with it
	Settled      *int64 `db:"settled_at"`
	SettledNote  string `db:"settled_note"`
	Done         int64  `db:"settled_revision"` // the first in which it is settled; 0: it is not
}

func (s *Service) dissents(ctx context.Context, q db.Querier, dossier int64) ([]Dissent, error) {
	return db.Select[Dissent](ctx, q, `/* verify.dissents */ select `+db.Columns[Dissent]("")+` from dissent where dossier_id = $1 order by id`, dossier)
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
		org, err := onBehalf(a, desk.Contributor, d.Countries(), organisation)
		if err != nil {
			return err
		}
		had, err := s.dissents(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(had, func(x Dissent) bool { return x.Person == a.Person && x.Claim == string(c) && x.Settled == nil }) {
			return fault.New(fault.Conflict, "verify.dissent_open")
		}
		if err := s.raise(ctx, tx, d); err != nil {
			return err
		}
		id, err := db.NextID(ctx, tx, "dissent")
		if err != nil {
			return err
		}
		if err := db.Insert(ctx, tx, "dissent", []Dissent{{id, d.ID, string(c), body, a.Person, org, s.now(), d.Revision, nil, "", 0}}); err != nil {
			return err
		}
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
			if err := may(a, desk.Editor, *d); err != nil {
				return err
			}
		}
		if err := s.raise(ctx, tx, d); err != nil {
			return err
		}
		if _, err := db.Exec(ctx, tx, `/* verify.Settle done */ update dissent set settled_at = $2, settled_note = $3, settled_revision = $4 where id = $1`, id, s.now(), note, d.Revision); err != nil {
			return err
		}
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
