package incident

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"keepiton/internal/platform/db"
)

// pair is two stories that may be one, by their ids, the lower one first.
type pair [2]int64

func pairOf(a, b *story) pair {
	return pair{min(a.id, b.id), max(a.id, b.id)}
}

// neighbours are two stories with an entry each in two years that follow one
// another.
type neighbours struct {
	year        int // of the earlier one
	older, next *story
}

// neighbouring lists the stories of the sheet's years and those of the years
// beside them that agree in a key, in an order that does not depend on the
// order in which they came. alone asks for a key that is the only one of its
// kind in both years.
func (m *merge) neighbouring(key func(*Facts) string, alone bool) []neighbours {
	have := map[yearKey][]*story{}
	for _, st := range m.stories {
		for year, c := range st.years {
			k := yearKey{year, key(c.rowFacts())}
			have[k] = append(have[k], st)
		}
	}
	var out []neighbours
	for k, list := range have {
		next := have[yearKey{k.year + 1, k.key}]
		if !m.leads[k.year] && !m.leads[k.year+1] || alone && (len(list) != 1 || len(next) != 1) {
			continue
		}
		for _, a := range list {
			for _, b := range next {
				if a != b {
					out = append(out, neighbours{k.year, a, b})
				}
			}
		}
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i], out[j]
		if a.year != b.year {
			return a.year < b.year
		}
		if a.older != b.older {
			return a.older.seq(a.year) < b.older.seq(b.year)
		}
		return a.next.seq(a.year+1) < b.next.seq(b.year+1)
	})
	return out
}

// joinCarried makes one incident of those that are carried over: entries of
// two years that follow one another with the same identity, when there is one
// of them in each year. It looks at the record as it stands after the sheet,
// so that the order in which years are imported makes no difference. Twins are
// left to a person, and so is a pair that a person has kept apart.
func (m *merge) joinCarried(ctx context.Context) error {
	decided, err := m.pairsAsked(ctx)
	if err != nil {
		return err
	}
	for _, n := range m.neighbouring(identity, true) {
		a, b := n.older.standing(), n.next.standing()
		if a == b || a.sharesYear(b) || decided[pairOf(a, b)] == "separate" {
			continue
		}
		m.fuse(a, b)
		inherit(decided, a, b)
	}
	return nil
}

// inherit lets what was decided about the story that was taken in hold for the
// one that took it in.
func inherit(decided map[pair]string, a, b *story) {
	gone, stands := a, b
	if b.into != nil {
		gone, stands = b, a
	}
	for k, answer := range decided {
		other := k[0] + k[1] - gone.id
		if (k[0] == gone.id || k[1] == gone.id) && other != stands.id {
			decided[pair{min(stands.id, other), max(stands.id, other)}] = answer
		}
	}
}

func (s *story) sharesYear(other *story) bool {
	for year := range s.years {
		if other.years[year] != nil {
			return true
		}
	}
	return false
}

// fuse gives the chapters of one story to the other. The one with the older
// reference stands.
func (m *merge) fuse(a, b *story) {
	if a.isNew != b.isNew && a.isNew || a.isNew == b.isNew && a.id > b.id {
		a, b = b, a
	}
	if !b.isNew {
		a.diff = append(a.diff, FieldDiff{"merged", "", b.ref})
		m.joined = append(m.joined, b)
	}
	for year, c := range b.years {
		moved := *c
		moved.entry.Incident = &a.id
		if !b.isNew {
			moved.entry.Updated = m.now
		} else {
			a.diff = append(a.diff, FieldDiff{"count_year", "", fmt.Sprint(year)})
		}
		a.years[year] = &moved
		a.warn[year] = b.warn[year]
	}
	a.diff = append(a.diff, b.diff...)
	a.dirty = true
	b.into, b.why = a, m.reason
	delete(m.stories, b.id)
}

// seq is the place in the record of a story's entry of a year.
func (s *story) seq(year int) int { return s.years[year].entry.Seq }

// number gives the new incidents their numbers and references.
func (m *merge) number(ctx context.Context) error {
	var fresh []*story
	for _, st := range m.stories {
		if st.isNew && st.ref == "" {
			fresh = append(fresh, st)
		}
	}
	sort.Slice(fresh, func(i, j int) bool { return fresh[i].id < fresh[j].id })
	for _, st := range fresh {
		delete(m.stories, st.id)
	}
	for _, st := range fresh {
		st.id = m.firstID
		m.firstID++
		m.stories[st.id] = st
		if err := m.giveRef(ctx, st); err != nil {
			return err
		}
	}
	return nil
}

// follow says of each row of the sheet where its story stands now.
func (m *merge) follow(context.Context) error {
	followJoins(m.rows)
	return nil
}

func followJoins(rows []rowPlan) {
	for i := range rows {
		p := &rows[i]
		if p.story == nil {
			continue
		}
		if st := p.story.standing(); st != p.story {
			if p.outcome == New {
				p.outcome, p.reason = Merged, "carried over from another year"
			}
			p.story = st
		}
	}
}

// askAboutCarryOver puts on the review list every pair that looks like one
// story but differs in area, extent or services, and those the rule cannot
// tell apart. A pair is asked about once.
func (m *merge) askAboutCarryOver(ctx context.Context) error {
	asked, err := m.pairsAsked(ctx)
	if err != nil {
		return err
	}
	for _, n := range m.neighbouring(looseIdentity, false) {
		a, b := n.older, n.next
		settled := m.again == nil && !a.dirty && !b.dirty // when sheets are read again, every pair is new
		if _, done := asked[pairOf(a, b)]; done || settled || a.sharesYear(b) {
			continue
		}
		asked[pairOf(a, b)] = ""
		later := b.years[n.year+1].facts
		m.review("carry_over", b, a, b.years[n.year+1].entry.Line, fmt.Sprintf("%s, from %s: “%s” in %d and “%s” in %d may be one incident (%s and %s)",
			later.CountryText(), later.Period.Start, later.Measure.Area, n.year+1, a.years[n.year].facts.Measure.Area, n.year, b.ref, a.ref))
	}
	return nil
}

// pairsAsked are the pairs a person has been asked about, with the answer, ""
// while there is none. Incidents that were merged stand under those that took
// them in.
func (m *merge) pairsAsked(ctx context.Context) (map[pair]string, error) {
	type row struct {
		A        int64  `db:"incident_id"`
		B        int64  `db:"other_id"`
		Decision string `db:"decision"`
	}
	rows, err := db.Select[row](ctx, m.tx, `/* incident.pairsAsked */ select incident_id, other_id, decision from review_item
		where kind = 'carry_over' and state <> '`+itemGone+`' and incident_id is not null and other_id is not null`)
	if err != nil {
		return nil, err
	}
	roots, err := leadsTo(ctx, m.tx)
	if err != nil {
		return nil, err
	}
	for id := range m.stories { // apart again while sheets are read again
		delete(roots, id)
	}
	for _, st := range m.joined { // by this very import
		roots[st.id] = st.standing().id
	}
	root := func(id int64) int64 {
		for to, merged := roots[id]; merged; to, merged = roots[id] {
			id = to
		}
		return id
	}
	out := map[pair]string{}
	for _, r := range rows {
		a, b := root(r.A), root(r.B)
		_, answer, _ := strings.Cut(r.Decision, ": ")
		if k := (pair{min(a, b), max(a, b)}); out[k] != "separate" {
			out[k] = answer
		}
	}
	return out, nil
}

// writeJoins stores what became of the incidents that were taken in: their
// entries and facts go over to the other, their references lead to it, and
// their history ends with that.
func (m *merge) writeJoins(ctx context.Context, w *entryWriter) ([]changeRow, error) {
	var changes []changeRow
	for _, b := range m.joined {
		a := b.standing()
		if err := w.remove(ctx, m.tx, b.before); err != nil {
			return nil, err
		}
		rev, _, err := db.Value[int64](ctx, m.tx, `/* incident.writeJoins */ update incident set state = 'merged', merged_into = $2, revision = revision + 1,
			updated_at = $3 where id = $1 returning revision`, b.id, a.id, m.now)
		if err != nil {
			return nil, err
		}
		diff, err := json.Marshal([]FieldDiff{{"merged", "", a.ref}})
		if err != nil {
			return nil, err
		}
		changes = append(changes, changeRow{b.id, rev, m.now, m.origin, b.why, string(diff)})
		m.account.Joined = append(m.account.Joined, Joined{b.ref, a.ref})
		if err := deleteFacts(ctx, m.tx, b.id); err != nil {
			return nil, err
		}
		for _, query := range []string{
			`/* incident.writeJoins doubts */ delete from quality_warning where incident_id = $1
				and exists (select 1 from quality_warning q where q.incident_id = $2 and q.count_year = quality_warning.count_year and q.rule = quality_warning.rule)`,
			`/* incident.writeJoins warnings */ update quality_warning set incident_id = $2 where incident_id = $1`,
		} {
			if _, err := db.Exec(ctx, m.tx, query, b.id, a.id); err != nil {
				return nil, err
			}
		}
		if _, err := db.Exec(ctx, m.tx, `/* incident.writeJoins reviews */ update review_item set state = 'decided', decision = $3, decided_at = $4
			where kind = 'carry_over' and state = 'open' and (incident_id = $1 and other_id = $2 or incident_id = $2 and other_id = $1)`,
			b.id, a.id, m.origin+": merge", m.now); err != nil {
			return nil, err
		}
	}
	return changes, nil
}
