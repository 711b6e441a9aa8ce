package incident

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// When the methodology changes, many incidents are coded anew at once, and each by
// the same step: one term of one field becomes another. What they were coded as
// stays in the history of each.

// ActRecoded is the act of coding a list of entries anew.
const ActRecoded = "record.recoded"

// CodedField is a coded fact that a new methodology may code otherwise.
type CodedField struct {
	Name   string // as [FactsDiff] calls it
	Scheme Scheme
	Dim    string // of the stored counts
	column string // of entry
	at     func(f *Facts) *string
}

var codedFields = []CodedField{
	{"cause.term", SchemeCause, DimCause, "cause", func(f *Facts) *string { return &f.Cause.Term }},
	{"justification.term", SchemeReason, DimReason, "reason", func(f *Facts) *string { return &f.Reason.Term }},
	{"measure.method", SchemeMethod, DimMethod, "method", func(f *Facts) *string { return &f.Measure.Method }},
	{"measure.network", SchemeNetwork, DimNetwork, "network", func(f *Facts) *string { return &f.Measure.Network }},
	{"measure.extent", SchemeExtent, DimExtent, "extent", func(f *Facts) *string { return &f.Measure.Extent }},
	{"measure.geo_scope", SchemeScope, DimScope, "geo_scope", func(f *Facts) *string { return &f.Measure.Scope }},
}

// CodedFields lists the fields that can be coded anew in a batch.
func CodedFields() []CodedField { return slices.Clone(codedFields) }

// CodedFieldNamed finds one of them.
func CodedFieldNamed(name string) (CodedField, bool) {
	i := slices.IndexFunc(codedFields, func(c CodedField) bool { return c.Name == name })
	if i < 0 {
		return CodedField{}, false
	}
	return codedFields[i], true
}

// Term is what facts are coded as.
func (c CodedField) Term(f *Facts) string { return *c.at(f) }

// Code gives facts another term. Of causes the facts also say under which version
// of the methodology they were coded; of other fields coding says nothing.
func (c CodedField) Code(f *Facts, term, coding string) {
	*c.at(f) = term
	if c.Scheme == SchemeCause {
		f.Cause.Coding = coding
	}
}

// CodedAs chooses counted entries of the record that are coded with a term: of a
// country and of the count years from first to last, "" and 0 for all.
type CodedAs struct {
	Field       CodedField
	Term        string
	Country     string
	First, Last int
}

// Coded lists the entries that are coded so, in the order of the record.
func (s *Service) Coded(ctx context.Context, q db.Querier, c CodedAs) ([]Row, error) {
	var w db.Where
	w.And("e.edition_id = ? and e.counted = 1", RecordEdition)
	w.And("e."+c.Field.column+" = ?", c.Term)
	if c.First != 0 {
		w.And("e.count_year >= ?", c.First)
	}
	if c.Last != 0 {
		w.And("e.count_year <= ?", c.Last)
	}
	if c.Country != "" {
		w.And("exists (select 1 from entry_part p where p.ord = e.ord and p.part = ?)", partCountry+c.Country)
	}
	entries, err := db.Select[Entry](ctx, q, `/* incident.Coded */ select `+db.Columns[Entry]("e.")+` from entry e where `+w.SQL()+` order by e.ord`, w.Args()...)
	if err != nil {
		return nil, err
	}
	return s.tellAt(ctx, q, entries)
}

// Recoding is a list of entries of which one field is coded anew.
type Recoding struct {
	Methodology string
	Field       CodedField
	From, To    string
	Entries     []Recoded
	Digest      string // of the list, as it was signed
}

// Recoded is an incident in a count year, and the version of the methodology its
// facts name from then on.
type Recoded struct {
	Ref    string
	Year   int
	Coding string
}

// ReasonRecoded begins the reason of each change that a recoding makes; the
// methodology follows, and after a colon what its authors say.
const ReasonRecoded = "recoded, methodology "

// Recode codes a list of entries anew, in the caller's transaction, which also
// holds that it was signed. Each becomes a change in the history of its incident,
// counts as edited, and outlives sheets that are read later. An entry that is not
// coded as the list says, or is the desk's, refuses the whole.
func (s *Service) Recode(ctx context.Context, tx db.Tx, r Recoding, who, reason string) error {
	if err := checkName(who); err != nil {
		return err
	}
	m := &merge{s: s, tx: tx, now: s.now(), reading: reading{account: &Account{}, origin: who, reason: ReasonRecoded + r.Methodology + ": " + strings.TrimSpace(reason)}}
	stories := map[string]*story{}
	for _, e := range r.Entries {
		st := stories[e.Ref]
		if st == nil {
			var err error
			if st, err = m.loadOne(ctx, e.Ref); err != nil {
				return err
			}
			if err := m.offDesk(ctx, st); err != nil {
				return err
			}
			stories[e.Ref] = st
		}
		c := st.years[e.Year]
		if c == nil || c.entry.Counted == 0 || r.Field.Term(c.facts) != r.From {
			return fault.New(fault.Conflict, "incident.not_coded_so", "ref", e.Ref, "year", fmt.Sprint(e.Year))
		}
		after := *c.facts
		r.Field.Code(&after, r.To, e.Coding)
		st.diff = uniqueDiffs(append(st.diff, FactsDiff(c.facts, &after)...))
		m.rewrite(st, e.Year, after)
	}
	if err := m.write(ctx); err != nil {
		return fmt.Errorf("incident.Recode: %w", err)
	}
	if r.Field.Scheme == SchemeCause {
		if err := m.noteMethodology(ctx, stories); err != nil {
			return err
		}
	}
	return s.tell(ctx, tx, ActRecoded, r.Methodology, map[string]any{"methodology": r.Methodology, "field": r.Field.Name, "from": r.From, "to": r.To,
		"incidents": len(stories), "entries": len(r.Entries), "list": r.Digest, "by": who})
}

// noteMethodology has incidents name the version their newest cause is coded under.
func (m *merge) noteMethodology(ctx context.Context, stories map[string]*story) error {
	for _, st := range stories {
		if _, err := db.Exec(ctx, m.tx, `/* incident.noteMethodology */ update incident set methodology = $2 where id = $1`, st.id, codingOf(st)); err != nil {
			return err
		}
	}
	return nil
}
