package incident

import (
	"context"
	"strings"
	"time"

	"keepiton/internal/platform/db"
)

// words is a condition on the index of words, in the language of the engine.
type words struct {
	engine db.Engine
	arg    string
}

func (m words) cond(table string) string {
	if m.engine == db.SQLite {
		return table + ".entry_text match ?"
	}
	return table + ".body @@ ?::tsquery"
}

// allOf asks for lines that hold every token.
func (s *Service) allOf(tokens ...string) words {
	m := words{engine: s.db.Engine}
	for _, t := range tokens {
		m.and(m.quote(t))
	}
	return m
}

func (m *words) quote(token string) string {
	if m.engine == db.SQLite {
		return `"` + token + `"`
	}
	return "'" + token + "'"
}

func (m *words) and(cond string) {
	op := " & "
	if m.engine == db.SQLite {
		op = " AND "
	}
	if m.arg != "" {
		m.arg += op
	}
	m.arg += cond
}

// andBeginning asks for a token that begins so, by the engine's own means.
func (m *words) andBeginning(token string) {
	if m.engine == db.SQLite {
		m.and(m.quote(token) + " *")
		return
	}
	m.and(m.quote(token) + ":*")
}

// andOneOf asks for one of several groups of tokens, each whole.
func (m *words) andOneOf(groups [][]string) {
	and, or := " & ", " | "
	if m.engine == db.SQLite {
		and, or = " AND ", " OR "
	}
	whole := make([]string, len(groups))
	for i, tokens := range groups {
		quoted := make([]string, len(tokens))
		for j, t := range tokens {
			quoted[j] = m.quote(t)
		}
		whole[i] = "(" + strings.Join(quoted, and) + ")"
	}
	m.and("(" + strings.Join(whole, or) + ")")
}

// search is what a reader's words mean. The last word may be unfinished: when
// nothing holds it as it stands, it is taken as the beginning of one.
func (s *Service) search(ctx context.Context, marks []string, q string) (words, error) {
	m := s.allOf(marks...)
	wishes := s.wishes(q)
	end := len(wishes) - 1
	for _, w := range wishes[:end] {
		m.andOneOf(w)
	}
	last := wishes[end][0][0]
	if len(wishes[end]) > 1 || !mayBegin(last) {
		m.andOneOf(wishes[end])
		return m, nil
	}
	var w db.Where
	probe := s.allOf(last)
	w.And(probe.cond("d"), probe.arg)
	_, found, err := db.Value[int64](ctx, s.db.Reader(), `/* incident.search */ select d.rowid from entry_text d where `+w.SQL()+` limit 1`, w.Args()...)
	if err != nil || found {
		m.and(m.quote(last))
		return m, err
	}
	if !isWord(last) {
		m.andBeginning(last)
		return m, nil
	}
	list, err := s.beginning(ctx, last, maxBeginnings+1)
	switch {
	case err != nil:
	case len(list) == 0:
		m.and(m.quote(last)) // which nothing holds
	case len(list) > maxBeginnings:
		m.andBeginning(last)
	default:
		m.andOneOf(list)
	}
	return m, err
}

// maxBeginnings is how many words a beginning may stand for and still be looked
// up one by one. An engine's own way reads all lines of all of them first, a
// hundred times slower.
const maxBeginnings = 200

// beginning lists the words of the record that begin with a token.
func (s *Service) beginning(ctx context.Context, token string, limit int) ([][]string, error) {
	type row struct {
		Token string `db:"token"`
	}
	rows, err := db.Select[row](ctx, s.db.Reader(), `/* incident.beginning */ select token from entry_text_word
		where token >= $1 and token < $2 order by token limit $3`, token, token+"~", limit) // no token holds a ~
	var out [][]string
	for _, r := range rows {
		out = append(out, []string{r.Token})
	}
	return out, err
}

// isWord reports whether a token is kept among the words: numbers are not,
// every reference has one of its own.
func isWord(token string) bool { return strings.Trim(token, "0123456789") != "" }

// startYears are the ranges of ord in which incidents began in one year each,
// in the order of a list. PostgreSQL keeps the words of each apart and cannot
// read its index of words in order: taken one after the other, a year in which
// a word is everywhere and one in which it is nowhere are both answered fast.
func (s *Service) startYears(desc bool) [][2]int64 {
	low, high := ordRange(RecordEdition)
	var out [][2]int64
	for y := FirstCountYear; y <= time.UnixMicro(s.now()).UTC().Year()+1; y++ {
		first, _ := YearDays(y)
		next := ordOf(RecordEdition, first, 0)
		out = append(out, [2]int64{low, next})
		low = next
	}
	out = append(out, [2]int64{low, high + 1})
	if desc {
		for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
			out[i], out[j] = out[j], out[i]
		}
	}
	return out
}

// vectorPostgres writes tokens as the text form of a tsvector.
func vectorPostgres(tokens []string) string {
	return "'" + strings.Join(unique(append([]string(nil), tokens...)), "' '") + "'"
}
