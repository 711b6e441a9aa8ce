package incident

import (
	"context"
	"fmt"
	"strings"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// Revise changes the facts of an incident. change gets the facts of each of
// its count years (or of one, when year is not 0) and returns the new ones.
// The change is kept in the history under who and reason, the entries count as
// edited from then on, and a later sheet does not overwrite them unseen.
func (s *Service) Revise(ctx context.Context, ref string, year int, who, reason string, change func(year int, f Facts) (Facts, error)) ([]FieldDiff, error) {
	if strings.TrimSpace(reason) == "" {
		return nil, fault.New(fault.Invalid, "incident.reason_needed")
	}
	if err := checkName(who); err != nil {
		return nil, err
	}
	var diff []FieldDiff
	err := s.db.Write(ctx, func(tx db.Tx) error {
		m := &merge{s: s, tx: tx, now: s.now(), reading: reading{account: &Account{}, origin: who, reason: reason}}
		st, err := m.loadOne(ctx, ref)
		if err != nil {
			return err
		}
		if err := m.offDesk(ctx, st); err != nil {
			return err
		}
		done := 0
		for y, c := range st.years {
			if year != 0 && y != year {
				continue
			}
			done++
			after, err := change(y, *c.facts)
			if err != nil {
				return err
			}
			st.diff = append(st.diff, FactsDiff(c.facts, &after)...)
			m.rewrite(st, y, after)
		}
		if done == 0 {
			return fault.New(fault.NotFound, "incident.no_such_year", "ref", ref, "year", fmt.Sprint(year))
		}
		st.diff = uniqueDiffs(st.diff)
		diff = st.diff
		if len(diff) == 0 {
			return nil
		}
		if err := m.settleDispute(ctx, st); err != nil {
			return err
		}
		if err := m.write(ctx); err != nil {
			return err
		}
		digest, err := digestOfDiff(diff)
		if err != nil {
			return err
		}
		return s.tell(ctx, tx, ActEdit, ref, map[string]any{"incident": ref, "by": who, "change": digest})
	})
	if err != nil {
		return nil, fmt.Errorf("incident.Revise %s: %w", ref, err)
	}
	return diff, nil
}

// rewrite gives a chapter new facts and marks it as edited.
func (m *merge) rewrite(st *story, year int, facts Facts) {
	c := *st.years[year]
	c.facts = &facts
	c.entry.Touched, c.entry.Updated, c.entry.Hash = 1, m.now, HashFacts(&facts)
	st.years[year] = &c
	st.dirty = true
}

// loadOne reads one incident with all its entries.
func (m *merge) loadOne(ctx context.Context, ref string) (*story, error) {
	return m.loadOneFrom(ctx, m.tx, ref)
}

// loadOneFrom is loadOne for who only reads.
func (m *merge) loadOneFrom(ctx context.Context, q db.Querier, ref string) (*story, error) {
	if m.stories == nil {
		m.stories, m.byYear, m.refs = map[int64]*story{}, map[int][]*story{}, map[int]int{}
	}
	entries, err := db.Select[Entry](ctx, q, `/* incident.loadOne */ select `+db.Columns[Entry]("e.")+` from entry e
		join incident i on i.id = e.incident_id where i.ref = $1 and e.edition_id = $2 order by e.seq`, ref, RecordEdition)
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, fault.New(fault.NotFound, "incident.unknown", "ref", clipValue(ref))
	}
	if err := m.loadStories(ctx, q, entries); err != nil {
		return nil, err
	}
	return m.stories[*entries[0].Incident], nil
}

func uniqueDiffs(list []FieldDiff) []FieldDiff {
	seen := map[FieldDiff]bool{}
	var out []FieldDiff
	for _, d := range list {
		if !seen[d] {
			seen[d] = true
			out = append(out, d)
		}
	}
	return out
}
