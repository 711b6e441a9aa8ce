package incident

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"keepiton/internal/platform/db"
)

// A dispute that was upheld stands at the head of its incident until that is corrected,
// or the ruling is taken back: an update that says more settles nothing. Readers see it in
// the history and in feeds as they see a correction.

// States of an incident that acts of the desk lead to.
const (
	stateDisputed  = "disputed"
	stateRetracted = "retracted"
)

// Reasons the history gives for it, each followed by the reference of the dispute.
const (
	ReasonUpheld   = "dispute upheld: "
	ReasonReopened = "dispute opened again: "
)

// Disputed notes in the caller's transaction that a dispute about an incident was
// upheld, or that this ruling was taken back. What readers do not see any more
// stays as it is. who is kept inside.
func (s *Service) Disputed(ctx context.Context, tx db.Tx, ref, dispute, who string, upheld bool) error {
	if err := checkName(who); err != nil {
		return err
	}
	reason, kind := ReasonUpheld+dispute, ChangeDisputed
	if !upheld {
		reason, kind = ReasonReopened+dispute, ChangeSettled
	}
	m := &merge{s: s, tx: tx, now: s.now(), reading: reading{account: &Account{}, origin: who, reason: reason}}
	st, err := m.loadOne(ctx, ref)
	if err != nil || st.retractable() != nil {
		return err
	}
	state := stateDisputed
	if !upheld {
		if st.state != stateDisputed {
			return nil
		}
		if state, err = stateWithout(ctx, tx, st.id, dispute); err != nil {
			return err
		}
	}
	if _, err := db.Exec(ctx, tx, `/* incident.Disputed */ update incident set state = $2 where id = $1`, st.id, state); err != nil {
		return err
	}
	st.dirty, st.diff = true, []FieldDiff{standingDiff(kind)}
	return m.write(ctx)
}

// stateWithout is the state of a public incident were one dispute ("" for none) not
// upheld: that of its last publication, or disputed where another one was upheld and
// nothing was corrected since.
func stateWithout(ctx context.Context, q db.Querier, id int64, dispute string) (string, error) {
	steps, err := db.Select[changeRow](ctx, q, `/* incident.stateWithout */ select `+db.Columns[changeRow]("")+` from incident_change where incident_id = $1 order by revision desc`, id)
	if err != nil {
		return "", err
	}
	ruled, last := map[string]bool{dispute: true}, "" // whose last ruling is known, and the last publication
	for _, r := range steps {
		c := Change{Origin: r.Origin}
		if err := json.Unmarshal([]byte(r.Diff), &c.Diff); err != nil {
			return "", err
		}
		stands := func(kind string) bool {
			return slices.ContainsFunc(c.Diff, func(d FieldDiff) bool { return d.Field == standingField && (kind == "" || d.New == kind) })
		}
		if !stands("") {
			continue // a sheet, a passage that is withheld
		}
		switch kind := c.Kind(); {
		case kind == ChangeDisputed:
			if other := strings.TrimPrefix(r.Reason, ReasonUpheld); !ruled[other] {
				return stateDisputed, nil
			}
		case kind == ChangeSettled:
			ruled[strings.TrimPrefix(r.Reason, ReasonReopened)] = true
		case stands(ChangeCorrected):
			return cmp.Or(last, "corrected"), nil
		case r.Reason != ReasonFewer && last == "":
			last = "published"
		}
	}
	return cmp.Or(last, "published"), nil
}

// settleDispute has a correction by hand answer what was upheld.
func (m *merge) settleDispute(ctx context.Context, st *story) error {
	if st.state != stateDisputed {
		return nil
	}
	st.diff = append(st.diff, standingDiff(ChangeCorrected))
	_, err := db.Exec(ctx, m.tx, `/* incident.settleDispute */ update incident set state = 'corrected' where id = $1`, st.id)
	return err
}
