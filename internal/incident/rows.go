package incident

import (
	"context"
	"maps"
	"slices"
	"strings"

	"keepiton/internal/platform/db"
)

// Row is one line of a list.
type Row struct {
	Entry  Entry
	Ref    string
	Facts  *Facts
	Coarse bool // it was taken back: the facts are only what makes the figures

	secret *untold // what sources say that may not be named
}

// resolve adds references and facts to entries, for telling them.
func (s *Service) resolve(ctx context.Context, entries []Entry) ([]Row, error) {
	return s.tellAt(ctx, s.db.Reader(), entries)
}

// resolveToTell is resolveWith for whatever leaves the record: a source that
// the record calls confidential now is confidential also in editions and count
// years that were stored before anybody knew, what was taken back is told in the
// coarse, and a [Passage] that is withheld stands nowhere.
func resolveToTell(ctx context.Context, q db.Querier, entries []Entry) ([]Row, error) {
	rows, err := resolveWith(ctx, q, entries)
	if err != nil {
		return nil, err
	}
	hidden, err := loadMasks(ctx, q)
	if err != nil {
		return nil, err
	}
	var all []int64
	for _, r := range rows {
		if r.Entry.Incident != nil {
			all = append(all, *r.Entry.Incident)
		}
	}
	back, err := takenBackOf(ctx, q, all)
	if err != nil {
		return nil, err
	}
	var learned map[string]bool
	if len(back) > 0 {
		if learned, err = learnedServices(ctx, q); err != nil {
			return nil, err
		}
	}
	secret, err := confidentialOf(ctx, q, all)
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		if r.Entry.Incident != nil && back[*r.Entry.Incident] {
			rows[i].Facts, rows[i].Coarse = r.Facts.coarse(learned), true
			continue
		}
		if r.Entry.Incident == nil {
			continue
		}
		says := secret[*r.Entry.Incident]
		rows[i].secret = says
		rows[i].Facts.conceal(says) // the facts were read for this row alone
		if r.Entry.Doc == nil {
			continue
		}
		for j, x := range r.Facts.Sources {
			if says.names(x) {
				rows[i].Facts.Sources[j].Class = confidentialClass
			}
		}
	}
	for _, r := range rows { // after the comparison of sources, which is by their text
		hidden.lay(r.Facts)
	}
	return rows, nil
}

// conceal hides what a source that may not be named says where the same row tells it
// elsewhere: as where somebody acknowledged the shutdown, among publications, and within
// texts. What texts say of it that may be a word like others, whoever takes it out is told
// of (see [Service.Holding]).
func (f *Facts) conceal(says *untold) {
	if says.none() {
		return
	}
	for _, t := range []*string{&f.Reason.Source, &f.Telco.Source} {
		*t = says.without(*t)
	}
	f.Links = slices.DeleteFunc(slices.Clone(f.Links), func(x Link) bool { return says.is(x.URL) })
	sources := f.Sources // told or not by their class
	f.Sources = nil
	f.texts(func(t *string) { *t = says.withoutSure(*t) })
	f.Sources = sources
}

// conceal is [Facts.conceal] of what a step of the history says, and why. A step of a
// sheet calls fields by the names of its columns.
func (c *Change) conceal(says *untold) {
	c.Reason = says.withoutSure(c.Reason)
	for i, d := range c.Diff {
		for _, t := range []*string{&c.Diff[i].Old, &c.Diff[i].New} {
			if says.is(*t) && (d.Field == "publications" || strings.Contains(strings.ToLower(d.Field), "source")) {
				*t = withheldMark
			}
			*t = says.inDoc(*t)
		}
	}
}

// Holding is what readers get of an incident of the record but for its sources, and what
// sources that may not be named say in it all the same: nobody can take that out of
// running text but by withholding the passage.
func (s *Service) Holding(ctx context.Context, ref string) (told Facts, says []string, err error) {
	inc, err := s.Get(ctx, RecordEdition, ref)
	if err != nil || inc.Facts == nil {
		return told, nil, err
	}
	told = *inc.Facts
	told.Sources = nil
	secret, err := confidentialOf(ctx, s.db.Reader(), []int64{inc.ID})
	doc := FactsDiff(&Facts{}, &told)
	if secret[inc.ID].none() {
		return told, nil, err
	}
	for _, x := range slices.Sorted(maps.Keys(secret[inc.ID].says)) {
		if slices.ContainsFunc(doc, func(d FieldDiff) bool { return strings.Contains(d.New, x) }) {
			says = append(says, x)
		}
	}
	return told, says, err
}

// Discreetly is a cell of a row, word for word, without what its confidential sources
// say.
func (r Row) Discreetly(cell string) string {
	return r.secret.with(confidentialIn(r.Facts.Sources)).without(cell)
}

// confidentialIn are the sources of a list of which nothing may be told.
func confidentialIn(list []Source) (out []Source) {
	for _, x := range list {
		if x.Class == confidentialClass {
			out = append(out, x)
		}
	}
	return out
}

// AsTold is what readers get of facts of an incident, with the names of sources as they
// are: without passages that are withheld, and without what is concealed. The facts
// given stay as they are.
func (s *Service) AsTold(ctx context.Context, q db.Querier, ref string, f Facts) (Facts, error) {
	id, found, err := db.Value[int64](ctx, q, `/* incident.AsTold */ select id from incident where ref = $1`, ref)
	if err != nil || !found {
		return f, err
	}
	own, err := unmarshalFacts(marshalFacts(&f))
	if err != nil {
		return f, err
	}
	secret, err := confidentialOf(ctx, q, []int64{id})
	if err != nil {
		return f, err
	}
	hidden, err := loadMasks(ctx, q)
	if err != nil {
		return f, err
	}
	own.conceal(secret[id])
	hidden.lay(own)
	return *own, nil
}

// confidentialOf lists by incident what confidential sources say, addresses and words,
// and those that may not be named any more, of merged ones also those of the incident
// that stands for them now. "" is never among them.
func confidentialOf(ctx context.Context, q db.Querier, ids []int64) (map[int64]*untold, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	type row struct {
		ID   int64  `db:"id"`
		URL  string `db:"url"`
		Text string `db:"source_text"`
	}
	var w db.Where
	db.In(&w, "id", ids)
	rows, err := db.Select[row](ctx, q, `/* incident.confidentialOf */ with recursive way (id, stands) as (
			select id, id from incident where `+w.SQL()+`
			union all select way.id, i.merged_into from way join incident i on i.id = way.stands where i.merged_into is not null)
		select way.id, s.url, s.source_text from way join source s on s.incident_id = way.stands where s.class = 'confidential'
		union select way.id, g.url, g.source_text from way join source_gone g on g.incident_id = way.stands`, w.Args()...)
	out := map[int64]*untold{}
	for _, r := range rows {
		if out[r.ID] == nil {
			out[r.ID] = &untold{}
		}
		out[r.ID].add(r.URL, r.Text)
	}
	return out, err
}

func resolveWith(ctx context.Context, q db.Querier, entries []Entry) ([]Row, error) {
	var need, all []int64
	for _, e := range entries {
		if e.Incident == nil {
			continue
		}
		all = append(all, *e.Incident)
		if e.Doc == nil {
			need = append(need, *e.Incident)
		}
	}
	facts, err := loadFactsOf(ctx, q, need)
	if err != nil {
		return nil, err
	}
	refs, err := refsOf(ctx, q, all)
	if err != nil {
		return nil, err
	}
	out := make([]Row, len(entries))
	for i, e := range entries {
		out[i].Entry = e
		if e.Incident != nil {
			out[i].Ref, out[i].Facts = refs[*e.Incident], facts[*e.Incident]
		}
		if e.Doc != nil {
			if out[i].Facts, err = unmarshalFacts(*e.Doc); err != nil {
				return nil, err
			}
		}
		if out[i].Facts == nil {
			out[i].Facts = &Facts{}
		}
	}
	return out, nil
}

func refsOf(ctx context.Context, q db.Querier, ids []int64) (map[int64]string, error) {
	out := map[int64]string{}
	if len(ids) == 0 {
		return out, nil
	}
	type row struct {
		ID  int64  `db:"id"`
		Ref string `db:"ref"`
	}
	var w db.Where
	db.In(&w, "id", ids)
	rows, err := db.Select[row](ctx, q, `/* incident.refsOf */ select id, ref from incident where `+w.SQL(), w.Args()...)
	for _, r := range rows {
		out[r.ID] = r.Ref
	}
	return out, err
}

// walkStep is how many entries [Service.Each] reads at a time.
const walkStep = 400

// Each calls fn for every counted entry of an edition in the order of its
// rows. year 0 means all years. Each step reads for itself, so that a slow fn
// holds no connection: who needs rows of one moment compares
// [Service.Version] before and after.
func (s *Service) Each(ctx context.Context, edition int64, year int, fn func(Row) error) error {
	return eachBy(ctx, s.db.Reader(), edition, year, true, s.tellAt, fn)
}

// EachRow is [Service.Each] with the rows that are kept but not counted, for
// giving a sheet back whole.
func (s *Service) EachRow(ctx context.Context, edition int64, year int, fn func(Row) error) error {
	return eachBy(ctx, s.db.Reader(), edition, year, false, s.tellAt, fn)
}

func each(ctx context.Context, q db.Querier, edition int64, year int, fn func(Row) error) error {
	return eachOf(ctx, q, edition, year, true, fn)
}

// eachOf gives the rows as they are stored.
func eachOf(ctx context.Context, q db.Querier, edition int64, year int, counted bool, fn func(Row) error) error {
	return eachBy(ctx, q, edition, year, counted, resolveWith, fn)
}

func eachBy(ctx context.Context, q db.Querier, edition int64, year int, counted bool,
	resolve func(context.Context, db.Querier, []Entry) ([]Row, error), fn func(Row) error) error {
	seq := -1
	for {
		var w db.Where
		w.And("edition_id = ? and seq > ?", edition, seq)
		if counted {
			w.And("counted = 1")
		}
		if year != 0 {
			w.And("count_year = ?", year)
		}
		entries, err := db.Select[Entry](ctx, q, `/* incident.Each */ select `+db.Columns[Entry]("")+` from entry where `+w.SQL()+
			` order by seq limit `+w.Arg(walkStep), w.Args()...)
		if err != nil {
			return err
		}
		rows, err := resolve(ctx, q, entries)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := fn(r); err != nil {
				return err
			}
		}
		if len(entries) < walkStep {
			return nil
		}
		seq = entries[len(entries)-1].Seq
	}
}
