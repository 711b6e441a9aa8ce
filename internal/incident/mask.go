package incident

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
)

// masks are the passages that are withheld, ready to be laid over what is told.
type masks struct {
	list   []passage
	first  map[rune][]passage // by their first letter
	parts  []passage          // what lies between the separators of passages that hold some
	hidden map[string]bool    // services that somebody named, by their key, whose names hold a passage
}

func newMasks(texts ...string) *masks {
	m := &masks{first: map[rune][]passage{}, hidden: map[string]bool{}}
	for _, t := range texts {
		p := newPassage(t)
		if len(p.letters) == 0 {
			continue
		}
		m.list = append(m.list, p)
		m.first[p.letters[0]] = append(m.first[p.letters[0]], p)
		if parts := strings.FieldsFunc(t, func(r rune) bool { return strings.ContainsRune(",;\n", r) }); len(parts) > 1 {
			for _, part := range parts {
				m.parts = append(m.parts, newPassage(part))
			}
		}
	}
	return m
}

// spans lists where anything that is withheld stands in a text, as bytes from
// and to, in order and without overlaps.
func (m *masks) spans(text string) [][2]int {
	if len(m.list) == 0 || text == "" {
		return nil
	}
	folded := foldText(text)
	var out [][2]int
	for i, l := range folded {
		for _, p := range m.first[l.r] {
			if !p.at(folded, i) {
				continue
			}
			from, to := l.from, folded[i+len(p.letters)-1].to
			if n := len(out); n > 0 && from < out[n-1][1] {
				out[n-1][1] = max(out[n-1][1], to)
				continue
			}
			out = append(out, [2]int{from, to})
		}
	}
	return out
}

// text withholds from a text what is withheld.
func (m *masks) text(text string) string { return marked(text, m.spans(text)) }

// marked puts the mark of what is withheld in the place of spans of a text, in order and
// without overlaps, as bytes from and to.
func marked(text string, spans [][2]int) string {
	if len(spans) == 0 {
		return text
	}
	var b strings.Builder
	end := 0
	for _, s := range spans {
		b.WriteString(text[end:s[0]])
		b.WriteString(withheldMark)
		end = s[1]
	}
	b.WriteString(text[end:])
	return b.String()
}

// Masker gives what withholds from any text of another room what is withheld
// in the record.
func (s *Service) Masker(ctx context.Context) (func(text string) string, error) {
	m, err := loadMasks(ctx, s.db.Reader())
	if err != nil {
		return nil, err
	}
	return m.text, nil
}

// piece tells a name, taken out of a list, that is a part of a passage or holds
// a part of one that goes over the list's separator.
func (m *masks) piece(name string) bool {
	folded := foldText(strings.TrimSpace(name))
	if len(folded) < minPassage {
		return false
	}
	own := passage{}
	for _, l := range folded {
		own.letters = append(own.letters, l.r)
	}
	within := func(p passage) bool {
		whole := make([]letter, len(p.letters))
		for i, r := range p.letters {
			whole[i] = letter{r: r}
		}
		return len(own.in(whole)) > 0
	}
	holds := func(p passage) bool { return len(p.letters) > 0 && len(p.in(folded)) > 0 }
	return slices.ContainsFunc(m.list, within) || slices.ContainsFunc(m.parts, holds)
}

// lay withholds what is withheld from facts that nobody else holds. Lists were
// taken apart into names: a piece of a passage goes with it, and so does what
// was found for it.
func (m *masks) lay(f *Facts) {
	if len(m.list) == 0 {
		return
	}
	hit := false
	f.texts(func(t *string) {
		told := m.text(*t)
		hit = hit || told != *t
		*t = told
	})
	for i, e := range f.Services {
		if m.hidden[e.Service] {
			f.Services[i].Service, f.Services[i].Verbatim = otherService, withheldMark
		}
	}
	if !hit {
		return
	}
	gone := func(name string) bool { return strings.Contains(name, withheldMark) || m.piece(name) }
	for i, p := range f.Places {
		if gone(p.Text) {
			f.Places[i] = Place{Country: p.Country, Text: withheldMark, Confidence: "none"}
		}
	}
	for i, e := range f.Services {
		if m.piece(e.Verbatim) {
			f.Services[i].Verbatim = withheldMark
		}
	}
	for i, o := range f.Operators {
		if gone(o.Verbatim) || gone(o.Name) || gone(o.Owner) {
			f.Operators[i].Name, f.Operators[i].Owner, f.Operators[i].Verbatim = withheldMark, "", withheldMark
		}
	}
	for i, x := range f.Sources {
		if m.piece(x.Text) {
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
// letters are escaped and pieces of a passage may stand by themselves.
func (m *masks) inDoc(value string) string {
	var list []map[string]any
	if len(m.list) == 0 || !strings.HasPrefix(value, "[") || json.Unmarshal([]byte(value), &list) != nil {
		return m.text(value)
	}
	for _, item := range list {
		hit := false
		for k, v := range item {
			t, ok := v.(string)
			if !ok {
				continue
			}
			if told := m.text(t); told != t {
				item[k], hit = told, true
			}
			if spoken[k] && m.piece(t) {
				item[k], hit = withheldMark, true
			}
		}
		if hit { // what was found for a name says it again
			delete(item, "unit")
			delete(item, "lat")
			delete(item, "lon")
		}
		if service, ok := item["service"].(string); ok && m.hidden[service] {
			item["service"] = otherService
		}
	}
	doc, err := json.Marshal(list)
	if err != nil {
		return ""
	}
	return string(doc)
}

// spoken are the fields of a list in the history that hold a name as it was
// written, not a key.
var spoken = map[string]bool{"text": true, "verbatim": true, "name": true, "owner": true, "detail": true, "spelling": true}

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
