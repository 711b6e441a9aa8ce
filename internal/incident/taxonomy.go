package incident

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"

	"keepiton/internal/platform/db"
)

// Scheme names a list of terms.
type Scheme string

// The schemes of the record. Their terms are rows of the table term, seeded
// from taxonomy.tsv; a new version of the methodology adds rows.
const (
	SchemeMethod     Scheme = "method"
	SchemeNetwork    Scheme = "network"
	SchemeExtent     Scheme = "extent"
	SchemeScope      Scheme = "geo_scope"
	SchemeActorClass Scheme = "actor_class"
	SchemeCause      Scheme = "cause"
	SchemeReason     Scheme = "justification"
	SchemeSource     Scheme = "source_class"
	SchemeEndState   Scheme = "end_state"
	SchemeStartKind  Scheme = "start_kind"
	SchemeRegion     Scheme = "region"
	SchemeFlag       Scheme = "flag"
	SchemeGroup      Scheme = "group"
	SchemeService    Scheme = "service"
	SchemeMechanism  Scheme = "mechanism"
	SchemeActor      Scheme = "actor"
)

// Term is one value of a scheme.
type Term struct {
	Scheme Scheme
	Key    string
	Rank   int    // order of display inside the scheme
	Code   int    // its number inside the scheme, never changed; see facets.go
	Kind   string // group of services; state or other for actor classes; class:home for actors
	labels []label
}

type label struct {
	text         string
	since, until int
}

// Label is the spelling of the coalition's sheet in a count year.
func (t Term) Label(year int) string {
	for _, l := range t.labels {
		if year >= l.since && year <= l.until {
			return l.text
		}
	}
	if len(t.labels) > 0 {
		return t.labels[0].text
	}
	return t.Key
}

// Taxonomy is all terms in memory. It is immutable.
type Taxonomy struct {
	terms   map[Scheme]map[string]Term
	aliases map[Scheme]map[string]string
	order   map[Scheme][]string
	hidden  map[string]bool // services readers do not get: their names hold what is withheld
}

//go:embed taxonomy.tsv
var taxonomyTSV string

func newTaxonomy() *Taxonomy {
	return &Taxonomy{terms: map[Scheme]map[string]Term{}, aliases: map[Scheme]map[string]string{}, order: map[Scheme][]string{}}
}

// SeedTaxonomy is the taxonomy this program was built with.
func SeedTaxonomy() (*Taxonomy, error) {
	t := newTaxonomy()
	for i, line := range strings.Split(strings.Trim(taxonomyTSV, "\n"), "\n")[1:] {
		f := strings.Split(strings.TrimRight(line, "\r"), "\t")
		if len(f) != 5 {
			return nil, fmt.Errorf("taxonomy.tsv line %d: %d columns instead of 5", i+2, len(f))
		}
		term := Term{Scheme: Scheme(f[0]), Key: f[1], Rank: i, Kind: f[2]}
		for _, part := range strings.Split(f[3], ";") {
			l, err := parseLabel(part)
			if err != nil {
				return nil, fmt.Errorf("taxonomy.tsv line %d: %w", i+2, err)
			}
			term.labels = append(term.labels, l)
		}
		t.add(term, strings.Split(f[4], "|"))
	}
	return t, nil
}

// parseLabel reads "text", "text@2020-" or "text@-2019".
func parseLabel(s string) (label, error) {
	text, years, dated := strings.Cut(s, "@")
	l := label{text: text, since: 0, until: 9999}
	if !dated {
		return l, nil
	}
	from, to, _ := strings.Cut(years, "-")
	for _, p := range []struct {
		text string
		into *int
	}{{from, &l.since}, {to, &l.until}} {
		if p.text == "" {
			continue
		}
		n, err := strconv.Atoi(p.text)
		if err != nil {
			return l, fmt.Errorf("years %q: %w", years, err)
		}
		*p.into = n
	}
	return l, nil
}

func (t *Taxonomy) add(term Term, aliases []string) {
	s := term.Scheme
	if t.terms[s] == nil {
		t.terms[s] = map[string]Term{}
		t.aliases[s] = map[string]string{}
	}
	t.terms[s][term.Key] = term
	t.order[s] = append(t.order[s], term.Key)
	for _, l := range term.labels {
		t.aliases[s][foldTerm(l.text)] = term.Key
	}
	for _, a := range aliases {
		if a != "" {
			t.aliases[s][foldTerm(a)] = term.Key
		}
	}
}

// foldTerm makes spellings comparable: case, blanks and slashes do not matter.
func foldTerm(s string) string {
	s = strings.ToLower(strings.Join(strings.Fields(s), " "))
	s = strings.ReplaceAll(s, " /", "/")
	return strings.ReplaceAll(s, "/ ", "/")
}

// Match finds the term a cell means; ok is false for an unknown spelling. An
// empty cell is the empty term and always ok.
func (t *Taxonomy) Match(s Scheme, text string) (key string, ok bool) {
	folded := foldTerm(text)
	if folded == "" {
		return "", true
	}
	key, ok = t.aliases[s][folded]
	return key, ok
}

// MatchBuiltIn is [Taxonomy.Match] among the terms this program brings: what
// earlier sheets happened to name says nothing about this one.
func (t *Taxonomy) MatchBuiltIn(s Scheme, text string) (key string, ok bool) {
	key, ok = t.Match(s, text)
	return key, ok && (key == "" || t.terms[s][key].Rank < learnedRank)
}

// Term returns a term by key.
func (t *Taxonomy) Term(s Scheme, key string) (Term, bool) {
	term, ok := t.terms[s][key]
	return term, ok
}

// Terms lists a scheme in its order of display.
func (t *Taxonomy) Terms(s Scheme) []Term {
	out := make([]Term, 0, len(t.order[s]))
	for _, k := range t.order[s] {
		out = append(out, t.terms[s][k])
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Rank < out[j].Rank })
	return out
}

// without is the taxonomy without some services, as readers get it.
func (t *Taxonomy) without(services map[string]bool) *Taxonomy {
	if len(services) == 0 {
		return t
	}
	out := *t
	out.hidden = services
	out.terms, out.aliases, out.order = maps.Clone(t.terms), maps.Clone(t.aliases), maps.Clone(t.order)
	out.terms[SchemeService] = maps.Clone(t.terms[SchemeService])
	maps.DeleteFunc(out.terms[SchemeService], func(key string, _ Term) bool { return services[key] })
	out.aliases[SchemeService] = maps.Clone(t.aliases[SchemeService])
	maps.DeleteFunc(out.aliases[SchemeService], func(_, key string) bool { return services[key] })
	out.order[SchemeService] = slices.DeleteFunc(slices.Clone(t.order[SchemeService]), func(key string) bool { return services[key] })
	return &out
}

// Label is the sheet's spelling of a key in a count year; an unknown key is
// its own label, the empty key is empty.
func (t *Taxonomy) Label(s Scheme, key string, year int) string {
	if term, ok := t.terms[s][key]; ok {
		return term.Label(year)
	}
	return key
}

// learnedRank is where services stand that somebody named in a sheet: after all
// that the program brings.
const learnedRank = 10_000

// otherService stands for every service nobody has a name for.
const otherService = "other_service"

// NewService makes a key for a service nobody has named before. It is added
// when the row is stored, so that the list of services grows with the data.
func (t *Taxonomy) NewService(token string) string {
	var b strings.Builder
	for _, r := range foldTerm(token) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	key := strings.Trim(b.String(), "_")
	if key == "" {
		return otherService
	}
	if len(key) > 60 {
		key = strings.Trim(key[:60], "_")
	}
	return key
}

type termRow struct {
	Scheme string `db:"scheme"`
	Key    string `db:"term_key"`
	Rank   int    `db:"rank"`
	Kind   string `db:"kind"`
	Code   int    `db:"code"`
}

type labelRow struct {
	Scheme string `db:"scheme"`
	Key    string `db:"term_key"`
	Label  string `db:"label"`
	Since  int    `db:"since"`
	Until  int    `db:"until"`
}

type aliasRow struct {
	Scheme string `db:"scheme"`
	Alias  string `db:"alias"`
	Key    string `db:"term_key"`
}

// saveTaxonomy adds the terms the database does not have yet, and how this
// program spells them. Terms are never taken away: old rows may name them.
func saveTaxonomy(ctx context.Context, tx db.Tx, seed *Taxonomy) error {
	have, err := loadTaxonomy(ctx, tx)
	if err != nil {
		return err
	}
	var terms []termRow
	var labels []labelRow
	var aliases []aliasRow
	for scheme, list := range seed.order {
		code := 0
		for _, term := range have.terms[scheme] {
			code = max(code, term.Code)
		}
		for _, key := range list {
			term := seed.terms[scheme][key]
			for _, l := range term.labels {
				labels = append(labels, labelRow{string(scheme), key, l.text, l.since, l.until})
			}
			if _, ok := have.terms[scheme][key]; !ok {
				code++
				terms = append(terms, termRow{string(scheme), key, term.Rank, term.Kind, code})
			}
		}
		for alias, key := range seed.aliases[scheme] {
			if _, ok := have.aliases[scheme][alias]; !ok {
				aliases = append(aliases, aliasRow{string(scheme), alias, key})
			}
		}
	}
	if err := db.Insert(ctx, tx, "term", terms); err != nil {
		return err
	}
	if err := db.Upsert(ctx, tx, "term_label", labels,
		"on conflict (scheme, term_key, since) do update set label = excluded.label, until = excluded.until"); err != nil {
		return err
	}
	return db.Insert(ctx, tx, "term_alias", aliases)
}

func loadTaxonomy(ctx context.Context, q db.Querier) (*Taxonomy, error) {
	t := newTaxonomy()
	terms, err := db.Select[termRow](ctx, q, `/* incident.loadTaxonomy terms */ select scheme, term_key, rank, kind, code from term order by rank, term_key`)
	if err != nil {
		return nil, err
	}
	labels, err := db.Select[labelRow](ctx, q, `/* incident.loadTaxonomy labels */ select scheme, term_key, label, since, until from term_label order by since`)
	if err != nil {
		return nil, err
	}
	byTerm := map[[2]string][]label{}
	for _, l := range labels {
		k := [2]string{l.Scheme, l.Key}
		byTerm[k] = append(byTerm[k], label{l.Label, l.Since, l.Until})
	}
	for _, r := range terms {
		t.add(Term{Scheme(r.Scheme), r.Key, r.Rank, r.Code, r.Kind, byTerm[[2]string{r.Scheme, r.Key}]}, nil)
	}
	aliases, err := db.Select[aliasRow](ctx, q, `/* incident.loadTaxonomy aliases */ select scheme, alias, term_key from term_alias`)
	if err != nil {
		return nil, err
	}
	for _, a := range aliases {
		if t.aliases[Scheme(a.Scheme)] == nil {
			t.aliases[Scheme(a.Scheme)] = map[string]string{}
		}
		t.aliases[Scheme(a.Scheme)][a.Alias] = a.Key
	}
	return t, nil
}
