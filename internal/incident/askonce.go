package incident

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"keepiton/internal/platform/db"
)

// The sheets of every week hold most of the rows of the last one: what was asked of one
// about an incident of the desk is not asked of the next, as long as the incident is what
// it was. What the newest sheet of a year does not say any more needs no answer.

// asking is a question about an incident of the desk: of a row, by the hash of its cells,
// or of a count year that has none.
type asking struct {
	kind     string
	incident int64
	year     int
	of       string
}

// asked is what became of a question.
type asked struct {
	ids     []int64  // of its items; two rows of one sheet may say the same
	details []string // of those that are not written yet
	edition int64    // whose rows were asked about
	decided bool
	met     int64 // the edition that was found to say so last
}

// askOnce asks about an incident of the desk, unless an earlier sheet brought the same.
func (m *merge) askOnce(kind string, st *story, year, line int, of, detail string) {
	a := asking{kind, st.id, year, of}
	was := m.asked[a]
	if was == nil {
		was = &asked{edition: m.edition}
		m.asked[a] = was
	}
	if was.met = m.edition; was.edition == m.edition && !was.decided {
		was.details = append(was.details, brief(detail))
		m.review(kind, st, nil, line, brief(detail))
	}
}

// loadAsked reads what was asked before. What is open is asked anew when all sheets are
// read again, and what was answered of an incident that has changed since does not hold.
func (m *merge) loadAsked(ctx context.Context) error {
	type row struct {
		ID       int64  `db:"id"`
		Kind     string `db:"kind"`
		Incident int64  `db:"incident_id"`
		Edition  int64  `db:"edition_id"`
		Line     int    `db:"line"`
		Hash     string `db:"hash"`
		Year     int    `db:"count_year"`
		State    string `db:"state"`
		Decision string `db:"decision"`
		Decided  int64  `db:"decided_at"`
		Updated  int64  `db:"updated_at"`
	}
	rows, err := db.Select[row](ctx, m.tx, `/* incident.loadAsked */ select r.id, r.kind, r.incident_id, r.edition_id, r.line, coalesce(w.hash, ''), coalesce(w.count_year, 0),
			r.state, r.decision, r.decided_at, i.updated_at
		from review_item r join incident i on i.id = r.incident_id left join import_row w on w.edition_id = r.edition_id and w.line = r.line
		where r.state <> '`+itemGone+`' and r.edition_id is not null and r.kind in `+KindsOfDesk+` order by r.id`)
	m.asked = make(map[asking]*asked, len(rows))
	for _, r := range rows {
		open := r.State == "open"
		switch {
		case open && m.again != nil, !open && r.Updated > r.Decided, strings.HasSuffix(r.Decision, ": "+answerAnother):
			continue
		}
		a := asking{r.Kind, r.Incident, r.Year, r.Hash}
		if r.Kind == reviewMissingOnDesk { // its line is the count year
			a.year, a.of = r.Line, strconv.Itoa(r.Line)
		}
		if m.asked[a] == nil || m.asked[a].decided {
			m.asked[a] = &asked{edition: r.Edition, decided: !open}
		}
		m.asked[a].ids = append(m.asked[a].ids, r.ID)
	}
	return err
}

// closeAsked takes back the questions about rows that the sheet which leads their year by
// now does not have. When all sheets are read again, answers stay answers.
func (m *merge) closeAsked() {
	for a, was := range m.asked {
		if !m.leads[a.year] || m.shared[a.year] || was.met == m.edition || a.kind == reviewBesideDesk || !m.isOnDesk(a.incident) {
			continue
		}
		if was.decided && (a.kind != reviewMissingOnDesk || m.again != nil) {
			continue // seen, and not to be asked when it comes back as it was
		}
		m.closed = append(m.closed, was.ids...)
		m.reviews = slices.DeleteFunc(m.reviews, func(r reviewRow) bool { return r.Kind == a.kind && slices.Contains(was.details, r.Detail) })
		delete(m.asked, a)
	}
}

// itemGone is the state of an item that needs no answer any more. Its number is not given
// again, and it is open anew when the same is asked.
const itemGone = "gone"

// writeClosed notes the items that need no answer any more.
func (m *merge) writeClosed(ctx context.Context) error {
	for _, id := range m.closed {
		if _, err := db.Exec(ctx, m.tx, `/* incident.writeClosed */ update review_item set state = $2 where id = $1`, id, itemGone); err != nil {
			return err
		}
	}
	m.closed = nil
	return nil
}
