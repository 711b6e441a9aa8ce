package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// Publish makes public what two organisations signed: a new incident, or the new
// state of one that is public. reason is needed for a new state; corrected says
// that the former one was wrong, not only less.
func (s *Service) Publish(ctx context.Context, a desk.Actor, ref string, reason string, corrected bool) (incidentRef string, err error) {
	since, err := s.besideSince(ctx, a, ref)
	if err == nil && since != "" && strings.TrimSpace(reason) == "" {
		err = fault.Mend(fault.Field{Name: "reason", Key: "verify.publish.beside", Args: []any{"ref", since}})
	}
	if err != nil {
		return "", err
	}
	err = s.change(ctx, a, ref, desk.Editor, func(tx db.Tx, d *Dossier) error {
		list, err := s.live(ctx, tx, d)
		if err != nil {
			return err
		}
		if !enough(list) {
			return fault.New(fault.Conflict, "verify.publish.unsigned")
		}
		standing, err := s.standingNow(ctx, tx, d)
		if err != nil {
			return err
		}
		if digest := standing.Digest(); slices.ContainsFunc(list, func(x SignOff) bool { return x.Digest != digest }) {
			return fault.New(fault.Conflict, "verify.sign.changed")
		}
		if err := s.dropFallen(ctx, tx, d, func(SignOff) bool { return true }); err != nil {
			return err
		}
		if err := s.publish(ctx, tx, a, d, publication{reason: reason, corrected: corrected}); err != nil {
			return err
		}
		incidentRef = d.Incident
		return nil
	})
	return incidentRef, err
}

// besideSince is a public incident that may be the same shutdown as a case and came into
// the record after that was signed, "" for none: whoever signed that no other incident
// tells of it did not see that one.
func (s *Service) besideSince(ctx context.Context, a desk.Actor, ref string) (string, error) {
	c, err := s.Get(ctx, a, ref)
	if err != nil || !c.Enough() {
		return "", err
	}
	first := c.Signatures[0].At
	for _, x := range c.Signatures {
		first = min(first, x.At)
	}
	list, err := s.alikeSince(ctx, a, c, first)
	if err != nil || len(list) == 0 {
		return "", err
	}
	return list[0], nil
}

// publishable refuses what is parked or under embargo.
func (s *Service) publishable(d Dossier) error {
	switch {
	case d.State != Open && d.State != Public:
		return fault.New(fault.Conflict, "verify.sign.not_open")
	case d.EmbargoUntil > s.now():
		return fault.New(fault.Conflict, "verify.publish.embargo")
	}
	return nil
}

type publication struct {
	reason    string
	corrected bool
	until     *int64
}

// publish writes a dossier into the record.
func (s *Service) publish(ctx context.Context, tx db.Tx, a desk.Actor, d *Dossier, p publication) error {
	if err := s.publishable(*d); err != nil {
		return err
	}
	stands, err := s.standsPublic(ctx, tx, *d)
	if err != nil {
		return err
	}
	if stands {
		on, err := s.goesOn(ctx, tx, *d)
		if err != nil {
			return err
		}
		if !on {
			return fault.New(fault.Conflict, "verify.publish.nothing_new")
		}
	}
	if err := s.upToDate(ctx, tx, *d); err != nil {
		return err
	}
	p.reason = strings.TrimSpace(p.reason)
	alone, err := s.Record.NeverSigned(ctx, tx, d.Incident)
	if err != nil {
		return err
	}
	if p.reason == "" && d.Incident != "" && !alone { // of what nobody signed before, that two signed is reason enough
		return fault.Mend(fault.Field{Name: "reason", Key: "verify.publish.reason"})
	}
	facts, told, err := s.toTell(ctx, tx, *d)
	if err != nil {
		return err
	}
	if err := s.countable(ctx, tx, *d, &facts); err != nil {
		return err
	}
	if p.reason == "" {
		p.reason = signedByTwo
	}
	state := Public
	if p.corrected && d.Incident != "" {
		state = "corrected"
	}
	if !stands { // or else it goes on, as it was signed
		if err := s.keepTold(ctx, tx, *d, told); err != nil {
			return err
		}
	}
	ref, _, err := s.Record.Publish(ctx, tx, incident.Publication{
		Ref: d.Incident, Dossier: d.ID, Revision: d.Revision, State: state, Facts: facts, Through: s.Options.Now().UTC().Year(), Urgent: p.until, Who: a.Name, Reason: p.reason,
	})
	if err != nil {
		return err
	}
	d.Incident, d.State, d.Signed, d.Reason = ref, Public, d.Revision, ""
	kind := "published"
	if p.until != nil {
		kind = "published_urgently"
	}
	return s.note(ctx, tx, *d, &a, 0, kind, p.reason, map[string]any{"incident": ref})
}

// Told is what may be said of an item in public: as a source of the record, and,
// as JSON, all of it.
type Told struct {
	Item   int64
	Source incident.Source
	Doc    string
}

// says lists in words what is told of an item, the shortest things first.
func (t Told) says() []string {
	var x struct {
		Title, Speaker, Place, Observed, URL, Says string
	}
	if json.Unmarshal([]byte(t.Doc), &x) != nil {
		return nil
	}
	var out []string
	for _, text := range []string{x.Title, x.Speaker, x.Place, x.Observed, x.URL, x.Says} {
		if text != "" {
			out = append(out, text)
		}
	}
	return out
}

// toTell is what publishing a dossier as it stands would tell: its facts, with the
// sources that may be named, and what is told of which item.
func (s *Service) toTell(ctx context.Context, q db.Querier, d Dossier) (incident.Facts, []Told, error) {
	values, err := s.valuesAt(ctx, q, d.ID, d.Revision)
	if err != nil {
		return incident.Facts{}, nil, err
	}
	facts := compose(values)
	links, err := s.links(ctx, q, d.ID)
	if err != nil {
		return facts, nil, err
	}
	own, err := s.Exhibits.Items(ctx, q, d.ID)
	if err != nil {
		return facts, nil, err
	}
	var items []int64
	for _, l := range links {
		if l.Side != Silent && !slices.Contains(items, l.Item) && slices.ContainsFunc(own, func(it Item) bool { return it.ID == l.Item }) {
			items = append(items, l.Item)
		}
	}
	told, err := s.Exhibits.Told(ctx, q, items)
	if err != nil {
		return facts, nil, err
	}
	had, err := s.Record.Discreet(ctx, q, d.Incident, facts.Sources)
	facts.Sources = withSources(had, told)
	return facts, told, err
}

// withSources adds the sources of items, each once.
func withSources(had []incident.Source, told []Told) []incident.Source {
	out := slices.Clone(had)
	for _, x := range told {
		if !slices.Contains(out, x.Source) {
			out = append(out, x.Source)
		}
	}
	return out
}

// Preview is what publishing a case now would tell, to the letter, and of which
// items.
func (s *Service) Preview(ctx context.Context, c *Case) (incident.Facts, []Told, error) {
	return s.toTell(ctx, s.db.Reader(), c.Dossier)
}

// publicItem is public_item.
type publicItem struct {
	Dossier  int64  `db:"dossier_id"`
	Revision int64  `db:"revision"`
	Item     int64  `db:"item_id"`
	Source   string `db:"source"`
	Told     string `db:"told"`
}

// keepTold writes down, before it is public, what will be because of which item. What
// two signed stays as it was told; of what was urgent more or less may be told once
// they did.
func (s *Service) keepTold(ctx context.Context, tx db.Tx, d Dossier, list []Told) error {
	had, err := db.Select[publicItem](ctx, tx, `/* verify.keepTold */ select `+db.Columns[publicItem]("")+` from public_item where dossier_id = $1 and revision = $2`, d.ID, d.Revision)
	if err != nil {
		return err
	}
	var fresh []publicItem
	for _, x := range list {
		doc, err := json.Marshal(x.Source)
		if err != nil {
			return err
		}
		row := publicItem{d.ID, d.Revision, x.Item, string(doc), x.Doc}
		switch i := slices.IndexFunc(had, func(y publicItem) bool { return y.Item == x.Item }); {
		case i < 0:
			fresh = append(fresh, row)
		case had[i] != row:
			if _, err := db.Exec(ctx, tx, `/* verify.keepTold anew */ update public_item set source = $4, told = $5 where dossier_id = $1 and revision = $2 and item_id = $3`,
				row.Dossier, row.Revision, row.Item, row.Source, row.Told); err != nil {
				return err
			}
		}
	}
	return db.Insert(ctx, tx, "public_item", fresh)
}

// itemsOfPublic are what is public because of which item of a dossier.
func (s *Service) itemsOfPublic(ctx context.Context, q db.Querier, d Dossier) ([]publicItem, error) {
	return db.Select[publicItem](ctx, q, `/* verify.itemsOfPublic */ select `+db.Columns[publicItem]("")+` from public_item where dossier_id = $1 and revision = $2 order by item_id`, d.ID, d.Signed)
}

// everTold is what any publication of a dossier told of its items.
func (s *Service) everTold(ctx context.Context, q db.Querier, dossier int64) ([]publicItem, error) {
	return db.Select[publicItem](ctx, q, `/* verify.everTold */ select `+db.Columns[publicItem]("")+` from public_item where dossier_id = $1 order by item_id, revision`, dossier)
}

// everWith are the dossiers that were public with an item at some time, wherever it
// lies and whatever became of them: releases tell what was public when they were cut.
func (s *Service) everWith(ctx context.Context, q db.Querier, item int64) ([]Dossier, error) {
	return db.Select[Dossier](ctx, q, `/* verify.everWith */ select `+db.Columns[Dossier]("d.")+` from dossier d
		where d.incident_ref <> '' and exists (select 1 from public_item p where p.dossier_id = d.id and p.item_id = $1) order by d.incident_ref`, item)
}

// Using lists the public incidents that were published with an item, and, behind the
// reference, the releases that name it: 2026-0001, 2026-0001 (R1).
func (s *Service) Using(ctx context.Context, q db.Querier, item int64) ([]string, error) {
	list, err := s.everWith(ctx, q, item)
	var out []string
	for _, d := range list {
		ever, err := s.everTold(ctx, q, d.ID)
		if err != nil {
			return nil, err
		}
		sources, err := sourcesBy(ever, item)
		if err != nil {
			return nil, err
		}
		if d.State == Public && slices.ContainsFunc(ever, func(x publicItem) bool { return x.Item == item && x.Revision == d.Signed }) {
			out = append(out, d.Incident)
		}
		releases, err := s.Record.ReleasesNaming(ctx, q, d.Incident, sources)
		if err != nil {
			return nil, err
		}
		for _, label := range releases {
			out = append(out, d.Incident+" ("+label+")")
		}
	}
	return out, err
}

// sourcesBy are the sources that were ever named because of an item.
func sourcesBy(ever []publicItem, item int64) ([]incident.Source, error) {
	var out []incident.Source
	for _, x := range ever {
		if x.Item != item {
			continue
		}
		var source incident.Source
		if err := json.Unmarshal([]byte(x.Source), &source); err != nil {
			return nil, fmt.Errorf("verify.sourcesBy: %w", err)
		}
		if !slices.Contains(out, source) {
			out = append(out, source)
		}
	}
	return out, nil
}

// tellLess takes out of all that is public what may not be told of an item any more:
// out of releases whatever became of their incident, and out of what the record says
// today. It only takes away: what is new waits for signatures.
func (s *Service) tellLess(ctx context.Context, tx db.Tx, item int64) error {
	list, err := s.everWith(ctx, tx, item)
	if err != nil {
		return err
	}
	for _, d := range list {
		gone, err := s.mayNotBeNamed(ctx, tx, d, item)
		if err != nil {
			return err
		}
		if err := s.Record.Hide(ctx, tx, d.Incident, gone); err != nil {
			return err
		}
		if d.State != Public {
			continue
		}
		may, err := s.mayBeNamed(ctx, tx, d)
		if err != nil {
			return err
		}
		if err := s.Record.NameFewer(ctx, tx, d.Incident, may, programName); err != nil {
			return err
		}
	}
	return nil
}

// mayNotBeNamed are the sources that a dossier ever named because of an item, and that
// neither the item nor another one allows to be named now.
func (s *Service) mayNotBeNamed(ctx context.Context, q db.Querier, d Dossier, item int64) ([]incident.Source, error) {
	ever, err := s.everTold(ctx, q, d.ID)
	if err != nil {
		return nil, err
	}
	gone, err := sourcesBy(ever, item)
	if err != nil {
		return nil, err
	}
	now, err := s.Exhibits.Told(ctx, q, itemsOf(ever))
	if err != nil {
		return nil, err
	}
	values, err := s.valuesAt(ctx, q, d.ID, d.Signed)
	if err != nil {
		return nil, err
	}
	had, err := s.Record.Discreet(ctx, q, d.Incident, compose(values).Sources)
	may := withSources(had, now)
	return slices.DeleteFunc(gone, func(x incident.Source) bool {
		return slices.ContainsFunc(may, func(y incident.Source) bool { return y.Class != "confidential" && y.URL == x.URL && y.Text == x.Text })
	}), err
}

// itemsOf are the items of rows that are ordered by them.
func itemsOf(list []publicItem) (ids []int64) {
	for _, x := range list {
		ids = append(ids, x.Item)
	}
	return slices.Compact(ids)
}

// mayBeNamed are the sources of a public incident that may still be named: those
// the record had already, and of each item what was named of it, as long as that
// is what may be said now.
func (s *Service) mayBeNamed(ctx context.Context, q db.Querier, d Dossier) ([]incident.Source, error) {
	values, err := s.valuesAt(ctx, q, d.ID, d.Signed)
	if err != nil {
		return nil, err
	}
	then, err := s.itemsOfPublic(ctx, q, d)
	if err != nil {
		return nil, err
	}
	now, err := s.Exhibits.Told(ctx, q, itemsOf(then))
	if err != nil {
		return nil, err
	}
	var still []Told
	for _, x := range now {
		doc, err := json.Marshal(x.Source)
		if err != nil {
			return nil, err
		}
		nameless := x.Source == incident.Source{Class: "confidential"} // that it exists is less than was told
		if nameless || slices.ContainsFunc(then, func(y publicItem) bool { return y.Item == x.Item && y.Source == string(doc) }) {
			still = append(still, x)
		}
	}
	had, err := s.Record.Discreet(ctx, q, d.Incident, compose(values).Sources)
	return withSources(had, still), err
}

func (s *Service) factsNow(ctx context.Context, q db.Querier, dossier int64) (incident.Facts, error) {
	values, err := s.standing(ctx, q, dossier)
	return compose(values), err
}

// Retract takes a public incident back at once. An editor may do it alone,
// because it protects people; that it was done, by whom and why stays visible.
func (s *Service) Retract(ctx context.Context, a desk.Actor, ref, reason string) error {
	reason = clipNote(reason)
	if err := checkText("reason", reason); err != nil {
		return err
	}
	return s.change(ctx, a, ref, desk.Editor, func(tx db.Tx, d *Dossier) error {
		if d.State != Public {
			return fault.New(fault.Conflict, "verify.not_public")
		}
		if err := s.stillThere(ctx, tx, *d); err != nil {
			return err
		}
		if err := s.Record.Retract(ctx, tx, incident.ActRetracted, d.Incident, a.Name, reason); err != nil {
			return err
		}
		if err := s.note(ctx, tx, *d, &a, 0, "retracted", reason, map[string]any{"incident": d.Incident}); err != nil {
			return err
		}
		d.State, d.Reason = Retracted, reason
		return s.raise(ctx, tx, d) // nothing that was signed counts for another try
	})
}

// Embargo keeps a dossier from being published until an instant, microseconds
// UTC; 0 lifts it.
func (s *Service) Embargo(ctx context.Context, a desk.Actor, ref string, until int64, reason string) error {
	reason = clipNote(reason)
	if err := checkText("reason", reason); err != nil {
		return err
	}
	if until != 0 && (until <= s.now() || until > s.now()+(2*365*24*time.Hour).Microseconds()) {
		return fault.Mend(fault.Field{Name: "until", Key: "verify.embargo_when"})
	}
	return s.change(ctx, a, ref, desk.Editor, func(tx db.Tx, d *Dossier) error {
		if d.State == Public {
			return fault.New(fault.Conflict, "verify.embargo_public")
		}
		d.EmbargoUntil, d.EmbargoReason = until, reason
		kind := "embargoed"
		if until == 0 {
			kind = "embargo_lifted"
		}
		return s.note(ctx, tx, *d, &a, 0, kind, reason, nil)
	})
}

// signedByTwo is the reason of a first publication, as the record keeps it.
const signedByTwo = "signed by two organisations"

// PublishedItems are the items of evidence that were ever told of in public.
func (s *Service) PublishedItems(ctx context.Context) ([]int64, error) {
	type row struct {
		Item int64 `db:"item_id"`
	}
	rows, err := db.Select[row](ctx, s.db.Reader(), `/* verify.PublishedItems */ select distinct item_id from public_item order by item_id`)
	out := make([]int64, len(rows))
	for i, r := range rows {
		out[i] = r.Item
	}
	return out, err
}
