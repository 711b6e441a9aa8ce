package incident

import (
	"cmp"
	"context"
	"slices"

	"keepiton/internal/platform/db"
)

// A source that may not be named any more leaves the facts. What releases, sheets and
// count years stored before say of it stays in them, and is hidden when they are told
// (see [confidentialOf]); for that it is written down in source_gone.

const (
	confidentialClass = "confidential"

	// ReasonFewer is why sources are not named any more, the same whatever happened: who reads the history must not
	// learn that somebody became afraid, or how many did.
	ReasonFewer = "sources brought up to date"
)

// NameFewer takes every source out of a public incident that is not among those that
// may be named, in the caller's transaction, and hides it in all that was stored
// before. It adds none but, where may has one, that there is a confidential source.
func (s *Service) NameFewer(ctx context.Context, tx db.Tx, ref string, may []Source, who string) error {
	less, err := s.sayLess(ctx, tx, ref, who, func(list []Source) []Source { return fewer(list, may) }, func(x Source) bool { return !saysOneOf(may, x) })
	if err != nil || !less {
		return err
	}
	return s.concealApart(ctx, tx, ref)
}

// Conceal calls sources of an incident confidential from now on, in the caller's
// transaction: in what the record says, in all that was stored before, in what the desk
// publishes of a sheet's sources later, and in what rows say that were said to be about
// another shutdown. An item of evidence may name one again.
func (s *Service) Conceal(ctx context.Context, tx db.Tx, ref string, secret []Source, who string) error {
	fresh, err := s.hideOf(ctx, tx, ref, bare(secret))
	if err != nil {
		return err
	}
	less, err := s.sayLess(ctx, tx, ref, who, func(list []Source) []Source { return discreet(list, secret) }, func(Source) bool { return false })
	if err != nil || !fresh && !less { // rows apart were told when it changed
		return err
	}
	return s.concealApart(ctx, tx, ref)
}

// bare are sources by what they say alone.
func bare(list []Source) []Source {
	out := make([]Source, len(list))
	for i, x := range list {
		out[i] = Source{URL: x.URL, Text: x.Text}
	}
	return out
}

// discreet are sources of which those that say what a secret one says are confidential.
func discreet(list, secret []Source) []Source {
	out := slices.Clone(list)
	for i, x := range out {
		if saysOneOf(secret, x) {
			out[i].Class = confidentialClass
		}
	}
	return out
}

// sayLess has an incident of the record say less of its sources in every count year, and
// hides in all that was stored before what goes of those it or a release told. done is
// false where it said no more than that.
func (s *Service) sayLess(ctx context.Context, tx db.Tx, ref, who string, less func([]Source) []Source, goes func(Source) bool) (done bool, err error) {
	m := &merge{s: s, tx: tx, now: s.now(), reading: reading{account: &Account{}, origin: who, reason: ReasonFewer}}
	st, err := m.loadOne(ctx, ref)
	if err != nil {
		return false, err
	}
	told, err := releasedSources(ctx, tx, st.id)
	if err != nil {
		return false, err
	}
	for year, c := range st.years {
		told = append(told, c.facts.Sources...)
		facts := *c.facts
		facts.Sources = less(facts.Sources)
		if slices.Equal(facts.Sources, c.facts.Sources) {
			continue
		}
		touched := c.entry.Touched // nobody stated anything
		m.rewrite(st, year, facts)
		st.years[year].entry.Touched = touched
		st.diff = []FieldDiff{{Field: "sources"}, standingDiff(ChangeUpdated)}
	}
	told = slices.DeleteFunc(told, func(x Source) bool { return !goes(x) })
	hidden, err := hide(ctx, tx, st.id, told, m.now)
	if err != nil || !hidden && !st.dirty {
		return false, err
	}
	if !st.dirty {
		return true, bump(ctx, tx) // of releases alone
	}
	if err := m.write(ctx); err != nil {
		return false, err
	}
	return true, s.tell(ctx, tx, ActUpdated, ref, map[string]any{"incident": ref, "by": who, "reason": ReasonFewer})
}

// Discreet are sources of an incident with those called confidential that the record
// calls so now, whatever a case at the desk copied of it before.
func (s *Service) Discreet(ctx context.Context, q db.Querier, ref string, list []Source) ([]Source, error) {
	secret, err := db.Select[Source](ctx, q, `/* incident.Discreet */ select `+db.Columns[Source]("s.")+` from source s
		join incident i on i.id = s.incident_id where i.ref = $1 and s.class = $2`, ref, confidentialClass)
	return discreet(list, secret), err
}

// saysOneOf tells whether a source says what one of a list says, whatever it is called
// and however its address is spelled.
func saysOneOf(list []Source, x Source) bool {
	says := cmp.Or(x.URL, x.Text)
	return says != "" && slices.ContainsFunc(list, func(y Source) bool { return sameAddress(says, cmp.Or(y.URL, y.Text)) })
}

// Hide hides sources of an incident in all that was stored while they could be named, in
// the caller's transaction, and whatever became of the incident since: a release goes on
// telling what was taken back, or was published again without them.
func (s *Service) Hide(ctx context.Context, tx db.Tx, ref string, gone []Source) error {
	fresh, err := s.hideOf(ctx, tx, ref, gone)
	if err != nil || !fresh {
		return err
	}
	return s.concealApart(ctx, tx, ref)
}

func (s *Service) hideOf(ctx context.Context, tx db.Tx, ref string, gone []Source) (fresh bool, err error) {
	id, found, err := db.Value[int64](ctx, tx, `/* incident.Hide */ select id from incident where ref = $1`, ref)
	if err != nil || !found {
		return false, err
	}
	if fresh, err = hide(ctx, tx, id, gone, s.now()); err != nil || !fresh {
		return false, err
	}
	return true, bump(ctx, tx)
}

// fewer leaves of a list what may be named, and what was confidential in a sheet: of
// that nothing is told as it is.
func fewer(list, may []Source) []Source {
	nameless := Source{Class: confidentialClass}
	out := slices.DeleteFunc(slices.Clone(list), func(x Source) bool {
		return !slices.Contains(may, x) && (x.Class != confidentialClass || x == nameless)
	})
	if slices.Contains(may, nameless) && !slices.Contains(out, nameless) {
		out = append(out, nameless)
	}
	return out
}

// hide writes down that sources may not be named any more, and has nobody find them by
// their words; fresh says that there was one of which this was not known.
func hide(ctx context.Context, tx db.Tx, incident int64, gone []Source, at int64) (fresh bool, err error) {
	for _, x := range gone {
		if x.URL+x.Text == "" || x.Class == confidentialClass {
			continue
		}
		n, err := db.Exec(ctx, tx, `/* incident.hide */ insert into source_gone (incident_id, url, source_text, says, at) values ($1, $2, $3, $4, $5)
			on conflict (incident_id, says) do nothing`, incident, x.URL, x.Text, saysHash(x.URL, x.Text), at)
		if err != nil {
			return fresh, err
		}
		fresh = fresh || n > 0
	}
	if !fresh {
		return false, nil
	}
	return true, retell(ctx, tx, incident, gone)
}

// saysHash stands for what a source says in keys of tables.
func saysHash(url, text string) string { return hashCells([]string{url, text}) }

// unhide forgets that sources may not be named: they are published again, signed.
func unhide(ctx context.Context, tx db.Tx, incident int64, named []Source) error {
	type row struct {
		URL  string `db:"url"`
		Text string `db:"source_text"`
	}
	gone, err := db.Select[row](ctx, tx, `/* incident.unhide */ select url, source_text from source_gone where incident_id = $1`, incident)
	if err != nil {
		return err
	}
	for _, x := range gone {
		if !saysOneOf(named, Source{URL: x.URL, Text: x.Text}) {
			continue
		}
		if _, err := db.Exec(ctx, tx, `/* incident.unhide one */ delete from source_gone where incident_id = $1 and says = $2`, incident, saysHash(x.URL, x.Text)); err != nil {
			return err
		}
	}
	return nil
}

// withUntold adds the confidential ones among others of which nothing stands in
// a list.
func withUntold(list, others []Source) []Source {
	out := slices.Clone(list)
	for _, x := range others {
		if x.Class == confidentialClass && x.URL+x.Text != "" && !saysOneOf(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// keepUntold adds what was confidential in a sheet to the sources a story has from now
// on.
func (s *story) keepUntold(next []Source) []Source {
	out := slices.Clone(next)
	for _, c := range s.years {
		out = withUntold(out, c.facts.Sources)
	}
	return out
}

// ReleasesNaming lists the labels of releases that name one of some sources of an
// incident to readers now.
func (s *Service) ReleasesNaming(ctx context.Context, q db.Querier, ref string, sources []Source) ([]string, error) {
	var out []string
	releases, err := db.Select[Edition](ctx, q, `/* incident.ReleasesNaming */ select `+db.Columns[Edition]("")+` from edition where kind = 'release' order by id`)
	if err != nil {
		return nil, err
	}
	for _, e := range releases {
		entries, err := db.Select[Entry](ctx, q, `/* incident.ReleasesNaming of */ select `+db.Columns[Entry]("n.")+` from entry n join incident i on i.id = n.incident_id
			where n.edition_id = $1 and i.ref = $2`, e.ID, ref)
		if err != nil {
			return nil, err
		}
		rows, err := s.tellAt(ctx, q, entries)
		if err != nil {
			return nil, err
		}
		names := func(x Source) bool { return x.URL+x.Text != "" && slices.Contains(sources, x) }
		if slices.ContainsFunc(rows, func(r Row) bool { return slices.ContainsFunc(r.Facts.Sources, names) }) {
			out = append(out, e.Label)
		}
	}
	return out, nil
}

// releasedSources are the sources releases name of an incident, as they were
// frozen.
func releasedSources(ctx context.Context, q db.Querier, id int64) ([]Source, error) {
	docs, err := db.Select[struct {
		Doc string `db:"doc"`
	}](ctx, q, `/* incident.releasedSources */ select n.doc from entry n join edition e on e.id = n.edition_id
		where e.kind = 'release' and n.incident_id = $1 and n.doc is not null`, id)
	var out []Source
	for _, d := range docs {
		f, err := unmarshalFacts(d.Doc)
		if err != nil {
			return nil, err
		}
		out = append(out, f.Sources...)
	}
	return out, err
}
