package incident

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"keepiton/internal/platform/db"
)

// A source that any row of a sheet calls confidential is named by no incident of the desk
// of its country: not in what it says now, nor in older count years, in sheets, releases
// and its history, whatever years the sheet has. What the desk publishes later does not
// name it either: it is kept for that, until a newer sheet of the year says otherwise.

// heard is what a row of a sheet calls confidential.
type heard struct {
	secret []Source
	lands  []string // its countries
	of     *story   // the incident the row was taken for, nil for none; see leaveToDesk
	year   int      // its count year

	file    string // its hash
	edition int64
}

// hearAnew forgets what other files called confidential in the years this sheet leads; a
// file may have several sheets.
func (m *merge) hearAnew() {
	if m.heardIn == nil {
		m.heardIn = map[int]string{}
	}
	for year, leads := range m.leads {
		if !leads || m.heardIn[year] == m.sheet.SHA256 {
			continue
		}
		m.heardIn[year] = m.sheet.SHA256
		m.heard = slices.DeleteFunc(m.heard, func(h heard) bool { return h.year == year && h.file != m.sheet.SHA256 })
		maps.DeleteFunc(m.secret, func(k yearKey, _ []Source) bool { return k.year == year })
	}
}

// hearSecrets notes what a row of the sheet that leads its year calls confidential, or one
// that is parked: any incident of the desk of its country that says it may be the one it
// is about, beside the one it was taken for.
func (m *merge) hearSecrets(row *SheetRow, plan *rowPlan) {
	if leads, has := m.leads[row.Year]; has && !leads {
		return
	}
	if secret := row.Facts.confidential(false); len(secret) > 0 {
		m.heard = append(m.heard, heard{secret, row.Facts.lands(), cmp.Or(plan.desk, plan.story), row.Year, m.sheet.SHA256, m.edition})
	}
}

// heardRow is a line of source_heard.
type heardRow struct {
	Year     int    `db:"count_year"`
	Country  string `db:"country"`
	Edition  int64  `db:"edition_id"`
	Incident int64  `db:"incident_id"` // that the row was taken for, 0 for none
	URL      string `db:"url"`
	Text     string `db:"source_text"`
	Says     string `db:"says"`
}

// keepHeard keeps what the newest sheets call confidential, in place of what other files
// did.
func (m *merge) keepHeard(ctx context.Context) error {
	var w db.Where
	if m.again == nil { // or else all of it is said anew
		db.In(&w, "count_year", slices.Collect(maps.Keys(m.heardIn)))
		w.And("edition_id not in (select id from edition where sha256 = ?)", m.sheet.SHA256)
	}
	if _, err := db.Exec(ctx, m.tx, `/* incident.keepHeard */ delete from source_heard where `+w.SQL(), w.Args()...); err != nil {
		return err
	}
	rows := map[heardRow]bool{}
	for _, h := range m.heard {
		for _, x := range h.secret {
			for _, land := range h.lands {
				rows[heardRow{h.year, land, h.edition, h.about(), x.URL, x.Text, saysHash(x.URL, x.Text)}] = true
			}
		}
	}
	return db.Upsert(ctx, m.tx, "source_heard", slices.Collect(maps.Keys(rows)), "on conflict do nothing")
}

// about is the incident a row was taken for, 0 for none.
func (h heard) about() int64 {
	if h.of == nil {
		return 0
	}
	return h.of.standing().id
}

// heardOf are the sources that an incident is about to name and that sheets call
// confidential in rows about others.
func heardOf(ctx context.Context, tx db.Tx, id int64, says *Facts) ([]Source, error) {
	var w db.Where
	db.In(&w, "country", says.lands())
	rows, err := db.Select[heardRow](ctx, tx, `/* incident.heardOf */ select `+db.Columns[heardRow]("")+` from source_heard where `+w.SQL(), w.Args()...)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	into, err := leadsTo(ctx, tx)
	if err != nil {
		return nil, err
	}
	list := make([]heard, len(rows))
	for i, r := range rows {
		about := r.Incident
		if to, merged := into[about]; merged {
			about = to
		}
		list[i] = heard{secret: []Source{{URL: r.URL, Text: r.Text, Class: confidentialClass}}, lands: []string{r.Country}, of: &story{id: about}}
	}
	u := &utterance{id: id, lands: map[string]bool{}}
	u.add(says)
	return u.names(list), nil
}

// lands are the countries of facts.
func (f *Facts) lands() (out []string) {
	for _, c := range f.Countries {
		out = append(out, c.Code)
	}
	return out
}

// utterance is all that an incident of the desk says, and ever said.
type utterance struct {
	id    int64
	ref   string
	lands map[string]bool
	facts []*Facts
	steps []Change
}

// concealHeard has the incidents of the desk not name any more what rows call
// confidential.
func (m *merge) concealHeard(ctx context.Context) error {
	if err := m.keepHeard(ctx); err != nil || len(m.heard) == 0 {
		return err
	}
	ids, err := db.Select[struct {
		ID  int64  `db:"id"`
		Ref string `db:"ref"`
	}](ctx, m.tx, `/* incident.concealHeard */ select id, ref from incident where origin = $1 and merged_into is null order by id`, fromDesk)
	if err != nil || len(ids) == 0 {
		return err
	}
	all := &untold{}
	for _, h := range m.heard {
		for _, x := range h.secret {
			all.add(x.URL, x.Text)
		}
	}
	into, err := leadsTo(ctx, m.tx)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(ids, walkStep) {
		said := map[int64]*utterance{}
		for _, x := range some {
			said[x.ID] = &utterance{id: x.ID, ref: x.Ref, lands: map[string]bool{}}
		}
		for id, root := range into {
			if u := said[root]; u != nil && said[id] == nil {
				said[id] = u
			}
		}
		if err := m.hear(ctx, said); err != nil {
			return err
		}
		for _, x := range some {
			if !said[x.ID].tells(all) { // of most it is not worth asking which one
				continue
			}
			secret := said[x.ID].names(m.heard)
			if len(secret) == 0 {
				continue
			}
			if err := m.s.Conceal(ctx, m.tx, x.Ref, secret, program); err != nil {
				return err
			}
		}
	}
	return nil
}

// hear reads all that incidents say.
func (m *merge) hear(ctx context.Context, said map[int64]*utterance) error {
	for some := range slices.Chunk(slices.Collect(maps.Keys(said)), walkStep) {
		facts, err := loadFactsOf(ctx, m.tx, some)
		if err != nil {
			return err
		}
		for id, f := range facts {
			said[id].add(f)
		}
		var w db.Where
		db.In(&w, "incident_id", some)
		docs, err := db.Select[struct {
			ID  int64  `db:"incident_id"`
			Doc string `db:"doc"`
		}](ctx, m.tx, `/* incident.hear */ select distinct incident_id, doc from entry where doc is not null and `+w.SQL(), w.Args()...)
		if err != nil {
			return err
		}
		for _, d := range docs {
			f, err := unmarshalFacts(d.Doc)
			if err != nil {
				return err
			}
			said[d.ID].add(f)
		}
		steps, err := db.Select[changeRow](ctx, m.tx, `/* incident.hear steps */ select `+db.Columns[changeRow]("")+` from incident_change where `+w.SQL(), w.Args()...)
		if err != nil {
			return err
		}
		for _, r := range steps {
			c := Change{Reason: r.Reason}
			if err := json.Unmarshal([]byte(r.Diff), &c.Diff); err != nil {
				return err
			}
			said[r.Incident].steps = append(said[r.Incident].steps, c)
		}
	}
	return nil
}

func (u *utterance) add(f *Facts) {
	if f == nil {
		return
	}
	u.facts = append(u.facts, f)
	for _, code := range f.lands() {
		u.lands[code] = true
	}
}

// names are the sources among what rows of its countries call confidential that an
// incident names to readers.
func (u *utterance) names(list []heard) (out []Source) {
	for _, h := range list {
		if h.about() == u.id || !slices.ContainsFunc(h.lands, func(code string) bool { return u.lands[code] }) {
			continue
		}
		for _, x := range h.secret {
			if !saysOneOf(out, x) && u.tells((*untold)(nil).with([]Source{x})) {
				out = append(out, x)
			}
		}
	}
	return out
}

func (u *utterance) tells(secret *untold) bool {
	sure := func(t string) bool { return len(secret.spans(t)) > 0 }
	for _, f := range u.facts {
		if slices.ContainsFunc(f.Sources, func(x Source) bool { return x.Class != confidentialClass && secret.names(x) }) {
			return true
		}
		texts, held := *f, false
		texts.Sources = nil
		texts.texts(func(t *string) { held = held || sure(*t) })
		if held {
			return true
		}
	}
	return slices.ContainsFunc(u.steps, func(c Change) bool {
		return sure(c.Reason) || slices.ContainsFunc(c.Diff, func(d FieldDiff) bool { return secret.inDoc(d.Old) != d.Old || secret.inDoc(d.New) != d.New })
	})
}
