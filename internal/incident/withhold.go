package incident

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// Passage is a text that nobody outside may read any more, because it names or
// betrays somebody. It is withheld wherever it stands: in the record, in
// releases and sheets that were stored before, in histories, downloads and the
// index of words. What is stored stays, so that lifting it brings all of it
// back; counts and digests do not change.
type Passage struct {
	ID     int64   `db:"id"`
	Text   string  `db:"passage"`
	Who    string  `db:"who"`
	Reason string  `db:"reason"`
	At     Instant `db:"at"`
}

// Found is where a passage stands, with the words around it: in an incident,
// as it is called now, or in the label of an edition or what describes it. A
// label is not masked, people cite by it: [Service.RenameEdition] changes it.
type Found struct {
	Ref, Around string
	Edition     bool // Ref is the label of an edition
}

// withheldMark stands where a passage was.
const withheldMark = "[…]"

// Bounds of a passage in letters: a shorter one would tear other words apart.
const (
	minPassage = 3
	maxPassage = 500
)

// FindPassage lists the incidents of the record, of sheets and of releases in
// whose texts a passage stands, whatever its capitals and line breaks.
func (s *Service) FindPassage(ctx context.Context, passage string) ([]Found, error) {
	if err := checkPassage(passage); err != nil {
		return nil, err
	}
	return findPassage(ctx, s.db.Reader(), passage)
}

// Withhold withholds a passage from now on, and tells where it stood. The
// reason is public and may not hold the passage; who decided stays inside. A
// passage that stands in more than most places is refused: it may be a common
// word.
func (s *Service) Withhold(ctx context.Context, passage, who, reason string, most int) (found []Found, err error) {
	passage = strings.Join(strings.Fields(passage), " ")
	if err := checkPassage(passage); err != nil {
		return nil, err
	}
	if err := checkName(who); err != nil {
		return nil, err
	}
	switch {
	case strings.TrimSpace(reason) == "":
		return nil, fault.New(fault.Invalid, "incident.reason_needed")
	case len(newPassage(passage).in(foldText(reason))) > 0:
		return nil, fault.New(fault.Invalid, "incident.passage_in_reason")
	}
	err = s.db.Write(ctx, func(tx db.Tx) error {
		if found, err = findPassage(ctx, tx, passage); err != nil {
			return err
		}
		if len(found) == 0 {
			return fault.New(fault.NotFound, "incident.passage_nowhere")
		}
		if len(found) > most {
			return fault.New(fault.Conflict, "incident.passage_everywhere", "n", len(found), "most", most)
		}
		id, _, err := db.Value[int64](ctx, tx, `/* incident.Withhold */ select coalesce(max(id), 0) + 1 from withheld`)
		if err != nil {
			return err
		}
		row := Passage{id, passage, who, reason, Instant(s.now())}
		if err := db.Insert(ctx, tx, "withheld", []Passage{row}); err != nil {
			return err
		}
		return s.noteWithheld(ctx, tx, found, who, reason, FieldDiff{Field: "withheld", New: "yes"})
	})
	if err != nil {
		return nil, err
	}
	return found, s.Reload(ctx)
}

// ShowAgain lifts what was withheld.
func (s *Service) ShowAgain(ctx context.Context, id int64, who, reason string) error {
	if err := checkName(who); err != nil {
		return err
	}
	if strings.TrimSpace(reason) == "" {
		return fault.New(fault.Invalid, "incident.reason_needed")
	}
	err := s.db.Write(ctx, func(tx db.Tx) error {
		p, known, err := db.SelectOne[Passage](ctx, tx, `/* incident.ShowAgain */ select `+db.Columns[Passage]("")+` from withheld where id = $1`, id)
		if err != nil {
			return err
		}
		if !known {
			return fault.New(fault.NotFound, "incident.passage_unknown")
		}
		if _, err := db.Exec(ctx, tx, `/* incident.ShowAgain delete */ delete from withheld where id = $1`, id); err != nil {
			return err
		}
		found, err := findPassage(ctx, tx, p.Text)
		if err != nil {
			return err
		}
		return s.noteWithheld(ctx, tx, found, who, reason, FieldDiff{Field: "withheld", Old: "yes"})
	})
	if err != nil {
		return err
	}
	return s.Reload(ctx)
}

// Withheld lists the passages that are withheld, the oldest first. The list
// holds what nobody outside may read.
func (s *Service) Withheld(ctx context.Context) ([]Passage, error) {
	return db.Select[Passage](ctx, s.db.Reader(), `/* incident.Withheld */ select `+db.Columns[Passage]("")+` from withheld order by id`)
}

// Mask gives a function that withholds from a text what is withheld now.
func (s *Service) Mask(ctx context.Context) (func(string) string, error) {
	m, err := loadMasks(ctx, s.db.Reader())
	if err != nil {
		return nil, err
	}
	return m.text, nil
}

func checkPassage(passage string) error {
	if n := utf8.RuneCountInString(strings.Join(strings.Fields(passage), "")); n < minPassage || n > maxPassage || !utf8.ValidString(passage) {
		return fault.New(fault.Invalid, "incident.passage_length", "least", minPassage, "most", maxPassage)
	}
	return nil
}

// findPassage looks through all texts of the record and of every edition.
func findPassage(ctx context.Context, q db.Querier, passage string) ([]Found, error) {
	p := newPassage(passage)
	seen := map[string]bool{}
	var out []Found
	editions, err := db.Select[Edition](ctx, q, `/* incident.findPassage */ select `+db.Columns[Edition]("")+` from edition order by id`)
	if err != nil {
		return nil, err
	}
	for _, e := range editions {
		for _, t := range []string{e.Label, e.File, e.Sheet, e.Remark} {
			if at := p.in(foldText(t)); len(at) > 0 && !seen[e.Label] {
				seen[e.Label] = true
				out = append(out, Found{e.Label, around(t, at[0][0], at[0][1]), true})
			}
		}
		err := eachOf(ctx, q, e.ID, 0, false, func(r Row) error {
			r.Facts.texts(func(t *string) {
				if seen[r.Ref] {
					return
				}
				if at := p.in(foldText(*t)); len(at) > 0 {
					seen[r.Ref] = true
					out = append(out, Found{r.Ref, around(*t, at[0][0], at[0][1]), false})
				}
			})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// around is a passage with some of the words on either side.
func around(text string, from, to int) string {
	const letters = 40
	head, tail := []rune(text[:from]), []rune(text[to:])
	out := string(head[max(0, len(head)-letters):]) + "»" + text[from:to] + "«" + string(tail[:min(len(tail), letters)])
	return strings.Join(strings.Fields(out), " ")
}

// noteWithheld writes into the history of incidents of the record that a
// passage of theirs is withheld, or is not any more, and makes their words in
// the index anew.
func (s *Service) noteWithheld(ctx context.Context, tx db.Tx, found []Found, who, reason string, diff FieldDiff) error {
	for _, f := range found {
		if f.Edition {
			continue
		}
		m := &merge{s: s, tx: tx, now: s.now(), reading: reading{account: &Account{}, origin: who, reason: reason}}
		st, err := m.loadOne(ctx, f.Ref)
		if fault.KindOf(err) == fault.NotFound { // a row of a sheet that is no incident, or one that was taken in
			continue
		}
		if err != nil {
			return err
		}
		st.diff, st.dirty = []FieldDiff{diff}, true
		if err := m.write(ctx); err != nil {
			return err
		}
	}
	return bump(ctx, tx)
}

// loadMasks reads what is withheld.
func loadMasks(ctx context.Context, q db.Querier) (*masks, error) {
	list, err := db.Select[Passage](ctx, q, `/* incident.loadMasks */ select `+db.Columns[Passage]("")+` from withheld`)
	m := &masks{}
	if err != nil || len(list) == 0 {
		return m, err
	}
	for _, p := range list {
		m.list = append(m.list, newPassage(p.Text))
	}
	m.hidden = map[string]bool{}
	names, err := db.Select[labelRow](ctx, q, `/* incident.loadMasks services */ select l.scheme, l.term_key, l.label, l.since, l.until from term_label l
		join term t on t.scheme = l.scheme and t.term_key = l.term_key where t.scheme = $1 and t.rank = $2`, string(SchemeService), learnedRank)
	for _, n := range names {
		if len(m.spans(n.Label)) > 0 {
			m.hidden[n.Key] = true
		}
	}
	return m, err
}

// lay withholds what is withheld from facts that nobody else holds. Lists were
// taken apart into names: a piece of a passage goes with it, and so does the
// unit that was found for it.
func (m *masks) lay(f *Facts) {
	if len(m.list) == 0 {
		return
	}
	var gone []string
	f.texts(func(t *string) {
		for _, at := range m.spans(*t) {
			gone = append(gone, foldTerm((*t)[at[0]:at[1]]))
		}
		*t = m.text(*t)
	})
	piece := func(t string) bool {
		t = foldTerm(t)
		return t != "" && slices.ContainsFunc(gone, func(hit string) bool { return strings.Contains(hit, t) })
	}
	for i, p := range f.Places {
		if piece(p.Text) || strings.Contains(p.Text, withheldMark) {
			f.Places[i] = Place{Country: p.Country, Text: withheldMark, Confidence: "none"}
		}
	}
	for i, e := range f.Services {
		if m.hidden[e.Service] {
			f.Services[i].Service, f.Services[i].Verbatim = otherService, withheldMark
		}
		if piece(e.Verbatim) {
			f.Services[i].Verbatim = withheldMark
		}
	}
	for i, o := range f.Operators {
		if piece(o.Verbatim) || piece(o.Name) || piece(o.Owner) {
			f.Operators[i].Name, f.Operators[i].Owner, f.Operators[i].Verbatim = withheldMark, "", withheldMark
		}
	}
	for i, x := range f.Sources {
		if piece(x.Text) {
			f.Sources[i].Text = withheldMark
		}
	}
}

// over is facts without what is withheld; the facts given stay as they are.
func (m *masks) over(f *Facts) (*Facts, error) {
	if len(m.list) == 0 {
		return f, nil
	}
	own, err := unmarshalFacts(marshalFacts(f))
	if err == nil {
		m.lay(own)
	}
	return own, err
}

// change withholds from a step of the history what is withheld.
func (m *masks) change(c *Change) {
	c.Reason = m.text(c.Reason)
	for i, d := range c.Diff {
		c.Diff[i].Old, c.Diff[i].New = m.inDoc(d.Old), m.inDoc(d.New)
	}
}

// inDoc is text for a value that may be a list written as JSON, in which some
// letters are escaped.
func (m *masks) inDoc(value string) string {
	var list []map[string]any
	if len(m.list) == 0 || !strings.HasPrefix(value, "[") || json.Unmarshal([]byte(value), &list) != nil {
		return m.text(value)
	}
	for _, item := range list {
		for k, v := range item {
			if t, ok := v.(string); ok {
				item[k] = m.text(t)
			}
		}
	}
	doc, err := json.Marshal(list)
	if err != nil {
		return ""
	}
	return string(doc)
}

// texts visits every text of the facts that somebody wrote. Keys of the
// taxonomy, codes and dates are none.
func (f *Facts) texts(visit func(*string)) {
	visit(&f.Period.Stated)
	visit(&f.Measure.Area)
	visit(&f.Cause.Details)
	visit(&f.Reason.Details)
	visit(&f.Reason.Source)
	visit(&f.Reason.Quote)
	visit(&f.Legal.Text)
	visit(&f.Telco.Source)
	visit(&f.Telco.Quote)
	for i := range f.Pauses {
		visit(&f.Pauses[i].Stated)
	}
	for i := range f.Countries {
		visit(&f.Countries[i].Spelling)
	}
	for i := range f.Places {
		visit(&f.Places[i].Text)
	}
	for i := range f.Services {
		visit(&f.Services[i].Verbatim)
	}
	for i := range f.Actors {
		visit(&f.Actors[i].Name)
	}
	for i := range f.Operators {
		visit(&f.Operators[i].Name)
		visit(&f.Operators[i].Owner)
		visit(&f.Operators[i].Verbatim)
	}
	for i := range f.Groups {
		visit(&f.Groups[i].Verbatim)
		visit(&f.Groups[i].Detail)
	}
	for i := range f.Cost {
		visit(&f.Cost[i].Verbatim)
	}
	for i := range f.Sources {
		visit(&f.Sources[i].URL)
		visit(&f.Sources[i].Text)
	}
	for i := range f.Links {
		visit(&f.Links[i].URL)
	}
	for i := range f.Notes {
		visit(&f.Notes[i].Text)
	}
}
