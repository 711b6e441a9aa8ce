package incident

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
)

// Review is something the rules could not decide.
type Review struct {
	ID       int64  `db:"id"`
	Kind     string `db:"kind"` // place, carry_over, parked_row, only_in_older_edition, missing_from_newer_edition, edit_conflict, on_desk, beside_desk, missing_on_desk
	Incident *int64 `db:"incident_id"`
	Other    *int64 `db:"other_id"`
	Edition  *int64 `db:"edition_id"`
	Line     int    `db:"line"`
	Country  string `db:"country"`
	Detail   string `db:"detail"`
	State    string `db:"state"`
	Decision string `db:"decision"`
}

// ReviewKinds are the kinds of items, as they are listed.
var ReviewKinds = []string{"beside_desk", "carry_over", "edit_conflict", "missing_from_newer_edition", "missing_on_desk", "only_in_older_edition", "on_desk", "parked_row", "place"}

// Reviews lists items in a state (open or decided), of a kind and a country or
// of all. The country is that of the word; other kinds have none.
func (s *Service) Reviews(ctx context.Context, state, kind, country string, limit int) ([]Review, error) {
	if kind != "" && !slices.Contains(ReviewKinds, kind) {
		return nil, fault.New(fault.Invalid, "review.bad_kind", "kind", clipValue(kind), "kinds", strings.Join(ReviewKinds, ", "))
	}
	var w db.Where
	w.And("state = ?", state)
	if kind != "" {
		w.And("kind = ?", kind)
	}
	if country != "" {
		w.And("country = ?", country)
	}
	return db.Select[Review](ctx, s.db.Reader(), `/* incident.Reviews */ select `+db.Columns[Review]("")+` from review_item where `+w.SQL()+
		` order by kind, country, id limit `+w.Arg(limit), w.Args()...)
}

// ReviewTotals counts the open items of each kind.
func (s *Service) ReviewTotals(ctx context.Context) (map[string]int, error) {
	type row struct {
		Kind string `db:"kind"`
		N    int    `db:"n"`
	}
	rows, err := db.Select[row](ctx, s.db.Reader(), `/* incident.ReviewTotals */ select kind, count(*) as n from review_item where state = 'open' group by kind`)
	out := map[string]int{}
	for _, r := range rows {
		out[r.Kind] = r.N
	}
	return out, err
}

// Decide settles a review item. What an answer may be depends on the kind:
//
//	place                       a unit id of the gazetteer (becomes an alias), or "none"
//	carry_over                  "merge" or "separate"
//	missing_from_newer_edition  "withdraw" or "keep"
//	on_desk                     "noted", or "another": the row is of another shutdown and counts
//	others                      "noted"
func (s *Service) Decide(ctx context.Context, id int64, who, answer string) error {
	if err := checkName(who); err != nil {
		return err
	}
	err := s.db.Write(ctx, func(tx db.Tx) error { return s.DecideIn(ctx, tx, id, who, answer) })
	if err != nil {
		return fmt.Errorf("incident.Decide %d: %w", id, err)
	}
	return nil
}

// DecideIn is [Service.Decide] in the caller's transaction.
func (s *Service) DecideIn(ctx context.Context, tx db.Tx, id int64, who, answer string) error {
	answer = strings.TrimSpace(answer)
	item, found, err := db.SelectOne[Review](ctx, tx, `/* incident.Decide */ select `+db.Columns[Review]("")+` from review_item where id = $1`, id)
	if err != nil {
		return err
	}
	if !found || item.State != "open" {
		return fault.New(fault.NotFound, "review.unknown", "id", fmt.Sprint(id))
	}
	m := &merge{s: s, tx: tx, now: s.now(), reading: reading{account: &Account{}, origin: who, reason: fmt.Sprintf("review %d: %s", id, answer)}}
	if err := m.apply(ctx, item, answer); err != nil {
		return err
	}
	another := item.Kind == reviewOnDesk && answer == answerAnother
	if another {
		if err := otherWords(ctx, tx, item); err != nil {
			return err
		}
	}
	_, err = db.Exec(ctx, tx, `/* incident.Decide done */ update review_item set state = 'decided', decision = $2, decided_at = $3 where id = $1`,
		id, who+": "+answer, m.now)
	if err == nil && another {
		err = s.readAgain(ctx, tx, *item.Edition)
	}
	if err != nil {
		return err
	}
	return s.tell(ctx, tx, ActDecision, fmt.Sprint(id), map[string]any{"item": id, "kind": item.Kind, "answer": answer, "by": who})
}

// CountedAs is the incident that the row an item asks about counts as now, "" for none.
func (s *Service) CountedAs(ctx context.Context, id int64) (ref string, err error) {
	ref, _, err = countedAs(ctx, s.db.Reader(), id)
	return ref, err
}

func countedAs(ctx context.Context, q db.Querier, id int64) (ref string, found bool, err error) {
	return db.Value[string](ctx, q, `/* incident.countedAs */ select n.ref from review_item r join import_row w on w.edition_id = r.edition_id and w.line = r.line
		join incident n on n.id = w.incident_id where r.id = $1 and r.kind = $2 and n.id <> r.incident_id and `+countedNow, id, reviewOnDesk)
}

func (m *merge) apply(ctx context.Context, item Review, answer string) error {
	bad := fault.New(fault.Invalid, "review.bad_answer", "kind", item.Kind, "answer", clipValue(answer))
	switch {
	case item.Kind == "place" && answer == "none", item.Kind == "carry_over" && answer == "separate",
		item.Kind == "missing_from_newer_edition" && answer == "keep":
		return nil
	case item.Kind == "place":
		return m.learnPlace(ctx, item, answer, bad)
	case item.Kind == "carry_over" && answer == "merge":
		return m.join(ctx, item)
	case item.Kind == "missing_from_newer_edition" && answer == "withdraw":
		return m.withdraw(ctx, item)
	case item.Kind == "carry_over", item.Kind == "missing_from_newer_edition":
		return bad
	case answer == "noted", item.Kind == reviewOnDesk && answer == answerAnother && item.Edition != nil:
		return nil
	}
	return bad
}

// learnPlace makes a decision on a word an alias, and places every incident of
// the country that has the word, in all its count years. Releases and imported
// sheets stay as they were.
func (m *merge) learnPlace(ctx context.Context, item Review, unit string, bad error) error {
	u, ok := geo.UnitByID(unit)
	if !ok || u.Country != item.Country {
		return bad
	}
	_, err := db.Exec(ctx, m.tx, `/* incident.learnPlace */ insert into place_alias (country, alias, unit, decided_at) values ($1, $2, $3, $4)
		on conflict (country, alias) do update set unit = excluded.unit, decided_at = excluded.decided_at`,
		item.Country, geo.Normalise(item.Detail), unit, m.now)
	if err != nil {
		return err
	}
	refs, err := m.refsWithPlace(ctx, item.Country, item.Detail)
	if err != nil {
		return err
	}
	found := false
	known := map[placeKey]string{{item.Country, geo.Normalise(item.Detail)}: unit}
	for _, ref := range refs {
		st, err := m.loadOne(ctx, ref)
		if err != nil {
			return err
		}
		if held, err := m.atDesk(ctx, st); err != nil {
			return err
		} else if held { // what was signed stays as it was signed
			continue
		}
		for year, c := range st.years {
			facts, learned := placedBy(c.facts, known)
			if !learned {
				continue
			}
			touched := c.entry.Touched
			m.rewrite(st, year, *facts)
			st.years[year].entry.Touched = touched // the sheet's own cells are not edited by this
		}
		if st.dirty {
			found = true
			st.diff = append(st.diff, FieldDiff{"places." + item.Detail, "", unit})
		}
	}
	if !found {
		return nil
	}
	return m.write(ctx)
}

// refsWithPlace finds the incidents whose facts may hold a word for a place
// that nothing was found for: the newest facts, and the documents of years
// that differ from them.
func (m *merge) refsWithPlace(ctx context.Context, country, word string) ([]string, error) {
	type row struct {
		Ref  string `db:"ref"`
		Text string `db:"area_text"`
	}
	key := geo.Normalise(word)
	now, err := db.Select[row](ctx, m.tx, `/* incident.refsWithPlace */ select distinct i.ref, p.area_text from place p join incident i on i.id = p.incident_id
		where p.country = $1 and p.confidence in ('none', 'fuzzy')`, country)
	if err != nil {
		return nil, err
	}
	then, err := db.Select[row](ctx, m.tx, `/* incident.refsWithPlace documents */ select i.ref, e.doc as area_text from entry_part c join entry e on e.ord = c.ord
		join incident i on i.id = e.incident_id where c.edition_id = $1 and c.part = $2 and e.doc is not null`, RecordEdition, partCountry+country)
	if err != nil {
		return nil, err
	}
	var refs []string
	for _, r := range now {
		if geo.Normalise(r.Text) == key {
			refs = append(refs, r.Ref)
		}
	}
	for _, r := range then {
		facts, err := unmarshalFacts(r.Text)
		if err != nil {
			return nil, err
		}
		if _, has := placedBy(facts, map[placeKey]string{{country, key}: ""}); has {
			refs = append(refs, r.Ref)
		}
	}
	return unique(refs), nil
}

// placeKey is a normalised word for a place in a country.
type placeKey struct{ country, word string }

// placedBy gives places that nothing was found for the units a person has
// decided on. The facts are copied; learned tells whether any place changed.
func placedBy(f *Facts, known map[placeKey]string) (out *Facts, learned bool) {
	placed := *f
	placed.Places = append([]Place(nil), f.Places...)
	for i := range placed.Places {
		p := &placed.Places[i]
		if p.Text == "" || p.Confidence != string(geo.None) && p.Confidence != string(geo.Fuzzy) {
			continue
		}
		if unit, decided := known[placeKey{p.Country, geo.Normalise(p.Text)}]; decided {
			p.Unit, p.Confidence, learned = unit, string(geo.AliasHit), true
		}
	}
	return &placed, learned
}

// join merges two incidents that are one story: the entries of the younger
// move to the older, whose reference stays; the other leads to it.
func (m *merge) join(ctx context.Context, item Review) error {
	a, err := m.loadByID(ctx, item.Incident)
	if err != nil {
		return err
	}
	b, err := m.loadByID(ctx, item.Other)
	if err != nil {
		return err
	}
	if a == b { // joined since by way of a third
		return nil
	}
	if err := m.offDesk(ctx, a, b); err != nil {
		return err
	}
	for year := range b.years {
		if a.years[year] != nil {
			return fault.New(fault.Conflict, "review.same_year", "a", a.ref, "b", b.ref, "year", fmt.Sprint(year))
		}
	}
	m.fuse(a, b)
	return m.write(ctx)
}

// withdraw takes the entry a newer sheet no longer has out of the count.
func (m *merge) withdraw(ctx context.Context, item Review) error {
	st, err := m.loadByID(ctx, item.Incident)
	if err != nil {
		return err
	}
	if err := m.offDesk(ctx, st); err != nil {
		return err
	}
	for year, c := range st.years {
		if year != item.Line || c.entry.Counted == 0 { // the item's line is the count year here
			continue
		}
		out := *c
		out.entry.Counted, out.entry.Updated = 0, m.now
		st.years[year] = &out
		st.dirty = true
		st.diff = append(st.diff, FieldDiff{fmt.Sprintf("counted %d", year), "yes", "no"})
	}
	if !st.dirty {
		return fault.New(fault.Conflict, "review.no_incident")
	}
	return m.write(ctx)
}

func (m *merge) loadByID(ctx context.Context, id *int64) (*story, error) {
	if id == nil {
		return nil, fault.New(fault.Conflict, "review.no_incident")
	}
	roots, err := leadsTo(ctx, m.tx)
	if err != nil {
		return nil, err
	}
	stands := *id
	if to, merged := roots[stands]; merged {
		stands = to
	}
	if st := m.stories[stands]; st != nil {
		return st, nil
	}
	ref, found, err := db.Value[string](ctx, m.tx, `/* incident.loadByID */ select ref from incident where id = $1`, stands)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fault.New(fault.Conflict, "review.no_incident")
	}
	return m.loadOne(ctx, ref)
}

// reviewRow is an item for a person to decide.
type reviewRow struct {
	ID       int64  `db:"id"`
	Kind     string `db:"kind"`
	Incident *int64 `db:"incident_id"`
	Other    *int64 `db:"other_id"`
	Edition  *int64 `db:"edition_id"`
	Line     int    `db:"line"`
	Country  string `db:"country"`
	Detail   string `db:"detail"`
	State    string `db:"state"`
	Created  int64  `db:"created_at"`
}

func (m *merge) review(kind string, st, other *story, line int, detail string) {
	edition := m.edition
	r := reviewRow{Kind: kind, Edition: &edition, Line: line, Detail: detail, State: "open", Created: m.now}
	if st != nil {
		r.Incident = &st.id
	}
	if other != nil {
		r.Other = &other.id
	}
	m.reviews = append(m.reviews, r)
}

// maxDetail is how many letters the detail of an item may have. It is part of
// what makes an item one of its kind, and no index takes texts of any length.
const maxDetail = 500

// brief shortens a longer detail; a digest keeps two of them apart.
func brief(detail string) string {
	letters := []rune(detail)
	if len(letters) <= maxDetail {
		return detail
	}
	return fmt.Sprintf("%s… (%.12s)", string(letters[:maxDetail-16]), hashCells([]string{detail}))
}
