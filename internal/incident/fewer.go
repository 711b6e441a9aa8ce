package incident

import (
	"context"
	"slices"

	"keepiton/internal/platform/db"
)

// A source that may not be named any more stays in the facts, as a confidential
// one: that is what releases, sheets and count years stored before are compared
// with when they are told (see resolveToTell). What is taken out of the facts
// would go on being named in every release that was cut while it was there.

const (
	confidentialClass = "confidential"

	// ReasonFewer is why sources are not named any more, the same whatever happened: who reads the history must not
	// learn that somebody became afraid, or how many did.
	ReasonFewer = "sources brought up to date"
)

// NameFewer makes confidential every source of a public incident that is not
// among those that may be named, in the caller's transaction; also one that a
// release names and the record does not any more. It adds none.
func (s *Service) NameFewer(ctx context.Context, tx db.Tx, ref string, may []Source, who string) error {
	m := &merge{s: s, tx: tx, now: s.now(), reading: reading{account: &Account{}, origin: who, reason: ReasonFewer}}
	st, err := m.loadOne(ctx, ref)
	if err != nil {
		return err
	}
	released, err := releasedSources(ctx, tx, st.id)
	if err != nil {
		return err
	}
	latest := st.latestYear()
	for year, c := range st.years {
		facts := *c.facts
		if year == latest { // the newest facts are what the stored ones are compared with
			for _, other := range st.years {
				released = append(released, other.facts.Sources...)
			}
			facts.Sources = withUntold(facts.Sources, untold(released, may))
		}
		facts.Sources = untold(facts.Sources, may)
		if slices.Equal(facts.Sources, c.facts.Sources) {
			continue
		}
		m.rewrite(st, year, facts)
		st.diff = []FieldDiff{{Field: "sources"}, standingDiff(ChangeUpdated)}
	}
	if !st.dirty {
		return nil
	}
	if err := m.write(ctx); err != nil {
		return err
	}
	return s.tell(ctx, tx, ActUpdated, ref, map[string]any{"incident": ref, "by": who, "reason": ReasonFewer})
}

// untold gives sources the confidential class that may not be named.
func untold(list, may []Source) []Source {
	out := slices.Clone(list)
	for i := range out {
		if !slices.Contains(may, out[i]) {
			out[i].Class = confidentialClass
		}
	}
	return out
}

// withUntold adds the confidential ones among others of which nothing stands in
// a list.
func withUntold(list, others []Source) []Source {
	out := slices.Clone(list)
	for _, x := range others {
		says := func(y Source) bool { return y.URL == x.URL && y.Text == x.Text }
		if x.Class == confidentialClass && x.URL+x.Text != "" && !slices.ContainsFunc(out, says) {
			out = append(out, x)
		}
	}
	return out
}

// keepUntold adds what is confidential in a story to the sources it has from now
// on. One that may be named again is named.
func (s *story) keepUntold(next []Source) []Source {
	out := slices.Clone(next)
	for _, c := range s.years {
		out = withUntold(out, c.facts.Sources)
	}
	return out
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
