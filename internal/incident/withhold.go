package incident

import (
	"context"
	"encoding/json"
	"fmt"
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
	Lifted *int64  `db:"lifted_at"` // nil while it is withheld
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

// Withholding is a passage to withhold.
type Withholding struct {
	Passage string
	Who     string // stays inside
	Reason  string // is public, and may not hold the passage
	Most    int    // a passage that stands in more places is refused: it may be a common word
	Anyway  bool   // also when it stands nowhere yet
}

func (x *Withholding) check() error {
	x.Passage = strings.Join(strings.Fields(x.Passage), " ")
	if err := checkPassage(x.Passage); err != nil {
		return err
	}
	if err := checkName(x.Who); err != nil {
		return err
	}
	switch {
	case strings.TrimSpace(x.Reason) == "":
		return fault.New(fault.Invalid, "incident.reason_needed")
	case len(newPassage(x.Passage).in(foldText(x.Reason))) > 0:
		return fault.New(fault.Invalid, "incident.passage_in_reason")
	}
	return nil
}

// Withhold withholds a passage from now on, and tells where it stood.
func (s *Service) Withhold(ctx context.Context, x Withholding) (found []Found, err error) {
	if err := x.check(); err != nil {
		return nil, err
	}
	err = s.db.Write(ctx, func(tx db.Tx) error {
		list, err := passages(ctx, tx)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(list, func(p Passage) bool { return newPassage(p.Text).equals(newPassage(x.Passage)) }) {
			return fault.New(fault.Conflict, "incident.passage_known")
		}
		if found, err = findPassage(ctx, tx, x.Passage); err != nil {
			return err
		}
		switch {
		case len(found) == 0 && !x.Anyway:
			return fault.New(fault.NotFound, "incident.passage_nowhere")
		case len(found) > x.Most:
			return fault.New(fault.Conflict, "incident.passage_everywhere", "n", len(found), "most", x.Most)
		}
		id, err := nextPassage(ctx, tx)
		if err != nil {
			return err
		}
		row := Passage{ID: id, Text: x.Passage, Who: x.Who, Reason: x.Reason, At: Instant(s.now())}
		if err := db.Insert(ctx, tx, "withheld", []Passage{row}); err != nil {
			return err
		}
		if err := s.noteWithheld(ctx, tx, found, x.Who, x.Reason, FieldDiff{Field: "withheld", New: "yes"}); err != nil {
			return err
		}
		return s.tell(ctx, tx, ActWithheld, fmt.Sprint(id), map[string]any{"number": id, "by": x.Who, "reason": x.Reason})
	})
	if err != nil {
		return nil, err
	}
	return found, s.Reload(ctx)
}

// nextPassage is a number nobody had: also those that were lifted keep theirs.
func nextPassage(ctx context.Context, tx db.Tx) (int64, error) {
	id, _, err := db.Value[int64](ctx, tx, `/* incident.nextPassage */ select coalesce(max(id), 0) + 1 from withheld`)
	return id, err
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
		p, known, err := db.SelectOne[Passage](ctx, tx, `/* incident.ShowAgain */ select `+db.Columns[Passage]("")+` from withheld where id = $1 and lifted_at is null`, id)
		if err != nil {
			return err
		}
		if !known {
			return fault.New(fault.NotFound, "incident.passage_unknown")
		}
		if _, err := db.Exec(ctx, tx, `/* incident.ShowAgain lift */ update withheld set lifted_at = $2 where id = $1`, id, s.now()); err != nil {
			return err
		}
		found, err := findPassage(ctx, tx, p.Text)
		if err != nil {
			return err
		}
		if err := s.noteWithheld(ctx, tx, found, who, reason, FieldDiff{Field: "withheld", Old: "yes"}); err != nil {
			return err
		}
		return s.tell(ctx, tx, ActShown, fmt.Sprint(id), map[string]any{"number": id, "by": who, "reason": reason})
	})
	if err != nil {
		return err
	}
	return s.Reload(ctx)
}

// Withheld lists the passages that are withheld, the oldest first. The list
// holds what nobody outside may read.
func (s *Service) Withheld(ctx context.Context) ([]Passage, error) {
	return passages(ctx, s.db.Reader())
}

func passages(ctx context.Context, q db.Querier) ([]Passage, error) {
	return db.Select[Passage](ctx, q, `/* incident.passages */ select `+db.Columns[Passage]("")+` from withheld where lifted_at is null order by id`)
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

// findPassage looks through all that is stored: the texts of the record and of
// every edition, the cells as they were read, doubts, and what describes an
// edition.
func findPassage(ctx context.Context, q db.Querier, passage string) ([]Found, error) {
	f := finder{p: newPassage(passage), seen: map[string]bool{}}
	editions, err := db.Select[Edition](ctx, q, `/* incident.findPassage */ select `+db.Columns[Edition]("")+` from edition order by id`)
	if err != nil {
		return nil, err
	}
	labels := map[int64]string{}
	for _, e := range editions {
		labels[e.ID] = e.Label
		for _, t := range append([]string{e.Label, e.File, e.Sheet, e.Remark}, e.Headers()...) {
			f.look(e.Label, t, true)
		}
		err := eachOf(ctx, q, e.ID, 0, false, func(r Row) error {
			r.Facts.texts(func(t *string) { f.look(rowName(r.Ref, e.Label, r.Entry.Line), *t, false) })
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	type stored struct {
		Edition int64  `db:"edition_id"`
		Line    int    `db:"line"`
		Ref     string `db:"ref"`
		Text    string `db:"body"`
	}
	err = db.Stream(ctx, q, func(r stored) error {
		var cells []string
		if err := json.Unmarshal([]byte(r.Text), &cells); err != nil {
			return err
		}
		for _, c := range cells {
			f.look(rowName(r.Ref, labels[r.Edition], r.Line), c, false)
		}
		return nil
	}, `/* incident.findPassage cells */ select r.edition_id, r.line, coalesce(i.ref, '') as ref, r.cells as body
		from import_row r left join incident i on i.id = r.incident_id order by r.edition_id, r.line`)
	if err != nil {
		return nil, err
	}
	err = db.Stream(ctx, q, func(r stored) error {
		f.look(r.Ref, r.Text, false)
		return nil
	}, `/* incident.findPassage doubts */ select cast(0 as bigint) as edition_id, 0 as line, i.ref, w.detail as body
		from quality_warning w join incident i on i.id = w.incident_id order by i.ref, w.count_year, w.rule`)
	return f.found, err
}

// rowName is what a row of a sheet is called: by its incident, or else by its
// line.
func rowName(ref, label string, line int) string {
	if ref != "" {
		return ref
	}
	return fmt.Sprintf("%s line %d", label, line)
}

// finder collects where a passage stands, each place once.
type finder struct {
	p     passage
	seen  map[string]bool
	found []Found
}

func (f *finder) look(where, text string, edition bool) {
	if f.seen[where] {
		return
	}
	if at := f.p.in(foldText(text)); len(at) > 0 {
		f.seen[where] = true
		f.found = append(f.found, Found{where, around(text, at[0][0], at[0][1]), edition})
	}
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
	m := &merge{s: s, tx: tx, now: s.now(), reading: reading{account: &Account{}, origin: who, reason: reason}}
	for _, f := range found {
		if f.Edition {
			continue
		}
		st, err := m.loadOne(ctx, f.Ref)
		if fault.KindOf(err) == fault.NotFound { // a row of a sheet that is no incident, or one that was taken in
			continue
		}
		if err != nil {
			return err
		}
		st.diff, st.dirty = []FieldDiff{diff}, true
	}
	if err := m.write(ctx); err != nil {
		return err
	}
	return bump(ctx, tx)
}

// loadMasks reads what is withheld.
func loadMasks(ctx context.Context, q db.Querier) (*masks, error) {
	list, err := passages(ctx, q)
	if err != nil || len(list) == 0 {
		return &masks{}, err
	}
	texts := make([]string, len(list))
	for i, p := range list {
		texts[i] = p.Text
	}
	m := newMasks(texts...)
	names, err := db.Select[labelRow](ctx, q, `/* incident.loadMasks services */ select l.scheme, l.term_key, l.label, l.since, l.until from term_label l
		join term t on t.scheme = l.scheme and t.term_key = l.term_key where t.scheme = $1 and t.rank = $2`, string(SchemeService), learnedRank)
	for _, n := range names {
		if len(m.spans(n.Label)) > 0 {
			m.hidden[n.Key] = true
		}
	}
	return m, err
}
