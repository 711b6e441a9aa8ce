package verify

import (
	"context"
	"slices"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// linkRow is claim_evidence.
type linkRow struct {
	ID        int64  `db:"id"`
	Dossier   int64  `db:"dossier_id"`
	Claim     string `db:"claim"`
	Item      int64  `db:"item_id"`
	Side      string `db:"side"`
	Note      string `db:"note"`
	Person    int64  `db:"person_id"`
	At        int64  `db:"at"`
	Revision  int64  `db:"revision"` // of the dossier, with it
	Withdrawn *int64 `db:"withdrawn_at"`
	Without   int64  `db:"withdrawn_revision"` // the first without it; 0: it stands
}

// Saying is what somebody says an item does for a claim, and what was said of it
// when they read the page; "" for nothing.
type Saying struct {
	Item     int64
	Was, Now Side
	Note     string
}

// Attach says what items of evidence do for a claim, all or none, in place of what
// was said of them before. Those of which somebody else said something meanwhile
// are not written over: then nothing is stored.
func (s *Service) Attach(ctx context.Context, a desk.Actor, ref string, c Claim, list ...Saying) error {
	for i := range list {
		list[i].Note = clipNote(list[i].Note)
		if err := checkWord(c, string(list[i].Now), []string{"", string(For), string(Against), string(Silent)}, "side"); err != nil {
			return err
		}
	}
	return s.change(ctx, a, ref, desk.Contributor, func(tx db.Tx, d *Dossier) error {
		items, err := s.Exhibits.Items(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		links, err := s.links(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		for _, x := range list {
			if err := s.say(ctx, tx, a, d, c, x, items, links); err != nil {
				return err
			}
		}
		return nil
	})
}

// say writes down one saying, if it says something new.
func (s *Service) say(ctx context.Context, tx db.Tx, a desk.Actor, d *Dossier, c Claim, x Saying, items []Item, links []Link) error {
	i := slices.IndexFunc(items, func(it Item) bool { return it.ID == x.Item && !it.Withdrawn })
	if i < 0 {
		return fault.New(fault.NotFound, "verify.no_item")
	}
	var now Link
	if j := slices.IndexFunc(links, func(l Link) bool { return l.Claim == c && l.Item == x.Item }); j >= 0 {
		now = links[j]
	}
	switch {
	case x.Now == now.Side && x.Note == now.Note, x.Now == x.Was && x.Note == "":
		return nil
	case now.Side != x.Was:
		return fault.New(fault.Conflict, "verify.sides_overtaken", "item", items[i].Ref)
	}
	if _, err := s.detach(ctx, tx, d, c, x.Item); err != nil {
		return err
	}
	if x.Now == "" {
		return s.note(ctx, tx, *d, &a, 0, "detached", string(c)+" "+items[i].Ref, nil)
	}
	if err := s.link(ctx, tx, d, Link{Claim: c, Item: x.Item, Side: x.Now, Note: x.Note, Person: a.Person}); err != nil {
		return err
	}
	return s.note(ctx, tx, *d, &a, 0, "attached", string(c)+" "+string(x.Now)+" "+items[i].Ref, nil)
}

// link writes a link, in a new revision.
func (s *Service) link(ctx context.Context, tx db.Tx, d *Dossier, l Link) error {
	if err := s.raise(ctx, tx, d); err != nil {
		return err
	}
	id, err := db.NextID(ctx, tx, "claim_evidence")
	if err != nil {
		return err
	}
	return db.Insert(ctx, tx, "claim_evidence", []linkRow{{id, d.ID, string(l.Claim), l.Item, string(l.Side), l.Note, l.Person, s.now(), d.Revision, nil, 0}})
}

// detach takes back what was said of an item for a claim; it tells how much that was.
func (s *Service) detach(ctx context.Context, tx db.Tx, d *Dossier, c Claim, item int64) (int64, error) {
	n, _, err := db.Value[int](ctx, tx, `/* verify.detach any */ select count(*) from claim_evidence where dossier_id = $1 and claim = $2 and item_id = $3 and withdrawn_at is null`, d.ID, string(c), item)
	if err != nil || n == 0 {
		return 0, err
	}
	if err := s.raise(ctx, tx, d); err != nil {
		return 0, err
	}
	return db.Exec(ctx, tx, `/* verify.detach */ update claim_evidence set withdrawn_at = $4, withdrawn_revision = $5 where dossier_id = $1 and claim = $2 and item_id = $3 and withdrawn_at is null`,
		d.ID, string(c), item, s.now(), d.Revision)
}

// EvidenceChanged hears that an item of a dossier is not any more what it was: it
// was filed, edited, graded, withdrawn, or something was taken out of it. What a
// signature is for is looked at again, and what may not be told of the item any
// more is taken out of what is public, wherever it was published.
func (s *Service) EvidenceChanged(ctx context.Context, tx db.Tx, dossier, item int64) error {
	d, found, err := db.SelectOne[Dossier](ctx, tx, `/* verify.EvidenceChanged */ select `+db.Columns[Dossier]("")+` from dossier where id = $1`, dossier)
	if err != nil {
		return err
	}
	if found {
		if err := s.save(ctx, tx, &d); err != nil {
			return err
		}
	}
	return s.tellLess(ctx, tx, item)
}

// links are those that stand.
func (s *Service) links(ctx context.Context, q db.Querier, dossier int64) ([]Link, error) {
	return s.linksAt(ctx, q, dossier, 1<<62)
}

// linksAt are the links of a revision.
func (s *Service) linksAt(ctx context.Context, q db.Querier, dossier, revision int64) ([]Link, error) {
	rows, err := db.Select[linkRow](ctx, q, `/* verify.linksAt */ select `+db.Columns[linkRow]("")+` from claim_evidence
		where dossier_id = $1 and revision <= $2 and (withdrawn_revision = 0 or withdrawn_revision > $2) order by id`, dossier, revision)
	out := make([]Link, len(rows))
	for i, r := range rows {
		out[i] = r.link()
	}
	return out, err
}

func (r linkRow) link() Link {
	return Link{r.ID, Claim(r.Claim), r.Item, Side(r.Side), r.Note, r.Person, r.At, r.Revision}
}

// linksAmong are the links of dossiers that stand, by dossier.
func (s *Service) linksAmong(ctx context.Context, q db.Querier, dossiers []int64) (map[int64][]Link, error) {
	var w db.Where
	db.In(&w, "dossier_id", dossiers)
	rows, err := db.Select[linkRow](ctx, q, `/* verify.linksAmong */ select `+db.Columns[linkRow]("")+` from claim_evidence
		where `+w.SQL()+` and withdrawn_revision = 0 order by id`, w.Args()...)
	out := map[int64][]Link{}
	for _, r := range rows {
		out[r.Dossier] = append(out[r.Dossier], r.link())
	}
	return out, err
}
