package evidence

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/blob"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// Case is a dossier, as far as this room knows it.
type Case struct {
	ID      int64
	Ref     string
	Title   string
	Country string
}

// Cases finds dossiers for an actor. What the actor may not see is not found.
type Cases interface {
	Case(ctx context.Context, actor desk.Actor, ref string) (Case, error)
}

// Publications knows where items are used. Rooms above satisfy it.
type Publications interface {
	// PublicationsUsing lists the references of what was published with an item.
	PublicationsUsing(ctx context.Context, q db.Querier, item int64) ([]string, error)
	// Changed hears of an item after every act that changed what it says, what it
	// is or what may be told of it, in the transaction of that act. An error
	// undoes the act.
	Changed(ctx context.Context, tx db.Tx, it Item) error
}

// Options are what a [Service] works with. Cases and Blobs are needed.
type Options struct {
	Cases        Cases
	Publications Publications
	Blobs        *blob.Store
	Capturer     *Capturer // nil: no page is captured
	Record       Recorder
	Works        func(ctx context.Context, q db.Querier, organisation int64, country string) (bool, error) // whether anybody files for it there now; nil: always
	Now          func() time.Time
}

// Service is safe for concurrent use.
type Service struct {
	db       *db.DB
	cases    Cases
	uses     Publications
	blobs    *blob.Store
	capturer *Capturer
	record   Recorder
	works    func(ctx context.Context, q db.Querier, organisation int64, country string) (bool, error)
	now      func() time.Time
	children chan struct{}
	pictures gallery

	recheckTime time.Duration // of a round of [Service.Recheck]; tests have less of it
}

// New makes the service.
func New(d *db.DB, o Options) *Service {
	s := &Service{db: d, cases: o.Cases, uses: o.Publications, blobs: o.Blobs, capturer: o.Capturer, record: o.Record, works: o.Works, now: o.Now,
		children: make(chan struct{}, atATime), recheckTime: recheckTime}
	if s.record == nil {
		s.record = func(context.Context, db.Tx, Touch) error { return nil }
	}
	if s.uses == nil {
		s.uses = unused{}
	}
	if s.works == nil {
		s.works = func(context.Context, db.Querier, int64, string) (bool, error) { return true, nil }
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// unused is where nothing is published yet.
type unused struct{}

func (unused) PublicationsUsing(context.Context, db.Querier, int64) ([]string, error) {
	return nil, nil
}
func (unused) Changed(context.Context, db.Tx, Item) error { return nil }

func refOf(year int, number int64) string { return fmt.Sprintf("E-%04d-%04d", year, number) }

// Filing is an item as it is handed in.
type Filing struct {
	Draft
	Provenance
	Organisation int64  // 0: the actor's first one in the country
	Once         string // the form it was written in, by [desk.Visit.Once]: filed again it gives the same item
}

// Add files an item in a dossier.
func (s *Service) Add(ctx context.Context, a desk.Actor, caseRef string, f Filing) (Item, error) {
	if f.Kind == File {
		return Item{}, fault.Mend(fault.Field{Name: "file", Key: "evidence.need_file"})
	}
	return s.add(ctx, a, caseRef, f, "", nil)
}

// add is [Service.Add] of bytes that are durable, with what else belongs into the
// same transaction.
func (s *Service) add(ctx context.Context, a desk.Actor, caseRef string, f Filing, digest string, also func(tx db.Tx, it *Item) error) (out Item, err error) {
	c, err := s.cases.Case(ctx, a, caseRef)
	if err != nil {
		return Item{}, err
	}
	organisation, err := worksFor(a, c.Country, f.Organisation)
	if err != nil {
		return Item{}, err
	}
	now := s.now()
	if f.ReceivedAt == 0 {
		f.ReceivedAt, f.ReceivedPrecision = now.UnixMicro(), "minute"
	}
	if err := f.clean(); err != nil {
		return Item{}, err
	}
	it := Item{Year: now.UTC().Year(), Case: c.ID, CaseRef: c.Ref, Country: c.Country, Organisation: organisation, FiledBy: a.Ref, Mask: desk.NewMask(),
		Draft: f.Draft, Canonical: CanonicalURL(f.URL), Created: now.UnixMicro(), Updated: now.UnixMicro()}
	err = s.db.Write(ctx, func(tx db.Tx) error {
		filed := it // a transaction that is tried again starts anew
		if err := insertItem(ctx, tx, &filed); err != nil {
			return err
		}
		if also != nil {
			if err := also(tx, &filed); err != nil {
				return err
			}
		}
		if err := s.settle(ctx, tx, a, &filed, f.Provenance); err != nil {
			return err
		}
		if err := s.keep(ctx, tx, who{a.Ref, organisation}, &filed, done{act: Received, digest: digest}); err != nil {
			return err
		}
		out = filed
		return desk.Take(ctx, tx, f.Once, filed.Ref, now)
	})
	if first, again := desk.Again(err); again {
		out, _, err = itemByRef(ctx, s.db.Reader(), first)
	}
	return out, err
}

// Item is an item, as the actor may see it.
func (s *Service) Item(ctx context.Context, a desk.Actor, ref string) (Item, error) {
	it, err := seen(ctx, s.db.Reader(), a, ref)
	return it.shownTo(a), err
}

// Items lists the items of a dossier, as the actor may see them, oldest first.
func (s *Service) Items(ctx context.Context, a desk.Actor, caseRef string) ([]Item, error) {
	c, err := s.cases.Case(ctx, a, caseRef)
	if err != nil {
		return nil, err
	}
	if !a.Can(desk.Reader, c.Country) {
		return nil, errUnknown()
	}
	list, err := ItemsOf(ctx, s.db.Reader(), c.ID)
	for i := range list {
		list[i] = list[i].shownTo(a)
	}
	return list, err
}

// ItemsOf lists the items of a dossier with all they say. It asks nobody's role:
// it is for rooms that compute with them.
func ItemsOf(ctx context.Context, q db.Querier, caseID int64) ([]Item, error) {
	return db.Select[Item](ctx, q, `/* evidence.ItemsOf */ select `+itemColumns+` from evidence_item where case_id = $1 order by id`, caseID)
}

// ItemsByID reads items wherever they lie, for such rooms.
func ItemsByID(ctx context.Context, q db.Querier, ids []int64) ([]Item, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var w db.Where
	db.In(&w, "id", ids)
	return db.Select[Item](ctx, q, `/* evidence.ItemsByID */ select `+itemColumns+` from evidence_item where `+w.SQL()+` order by id`, w.Args()...)
}

// atVersion refuses to write over what somebody else wrote meanwhile.
func atVersion(it Item, version int64) error {
	if it.Version != version {
		return fault.New(fault.Conflict, "evidence.edited_meanwhile")
	}
	return nil
}

// Edit replaces what people of the organisation that filed an item wrote about
// it. version is the one the editor saw. A consent that was given is not taken
// back here: that is an act of its own, [Service.WithdrawConsent]. What would let
// more of the item go out is not done here either: it waits as a [Raise] for a
// second person.
func (s *Service) Edit(ctx context.Context, a desk.Actor, ref string, version int64, next Draft) (it Item, asked []Raise, err error) {
	err = s.db.Write(ctx, func(tx db.Tx) (err error) {
		next := next // a transaction that is tried again starts anew
		if it, err = owned(ctx, tx, a, ref); err != nil {
			return err
		}
		if err := atVersion(it, version); err != nil {
			return err
		}
		next.keepMoments(it.Draft)
		if err := next.clean(); err != nil {
			return err
		}
		var wrong []fault.Field
		for _, u := range Uses() {
			if *it.Of(u) == Yes && *next.Of(u) != Yes {
				wrong = append(wrong, fault.Field{Name: "consent_" + string(u), Key: "evidence.withdraw_instead"})
			}
		}
		if wrong != nil {
			return fault.Mend(wrong...)
		}
		raised := it.raises(next, s.now())
		for _, c := range raised {
			next.set(c.Field, c.Old)
		}
		if err := s.replace(ctx, tx, a, &it, next); err != nil {
			return err
		}
		asked, err = s.askRaises(ctx, tx, a, &it, raised)
		return err
	})
	return it, asked, err
}

// Grade judges an item by the Admiralty pair, "" and 0 for not at all. Any
// contributor may who sees what it says.
func (s *Service) Grade(ctx context.Context, a desk.Actor, ref string, version int64, source string, information int) (it Item, err error) {
	err = s.db.Write(ctx, func(tx db.Tx) (err error) {
		if it, err = workable(ctx, tx, a, ref); err != nil {
			return err
		}
		if err := atVersion(it, version); err != nil {
			return err
		}
		next := it.Draft
		next.Source, next.Information = source, information
		if err := next.clean(); err != nil {
			return err
		}
		return s.replace(ctx, tx, a, &it, next)
	})
	return it, err
}

// replace writes a draft over an item, keeps what it replaces, and says so.
func (s *Service) replace(ctx context.Context, tx db.Tx, a desk.Actor, it *Item, next Draft) error {
	list := it.differences(next)
	if len(list) == 0 {
		return nil
	}
	act := Graded
	for _, c := range list {
		if !judgement(c.Field) {
			act = Edited
		}
	}
	was, from := it.Origin, it.Canonical
	it.Draft, it.Canonical = next, CanonicalURL(next.URL)
	if it.Canonical != from { // what was said of another page is not said of this one
		it.Origin = 0
		if err := s.settle(ctx, tx, a, it, Provenance{}); err != nil {
			return err
		}
	}
	if was != it.Origin {
		list = append(list, originChange(was, it.Origin))
	}
	return s.keep(ctx, tx, as(a, *it), it, done{act: act, detail: fieldNames(list), changes: list})
}

// done is an act that changed an item.
type done struct {
	act     Act
	digest  string // of the bytes it was about
	detail  string
	changes []change // of fields
}

// keep stores an item that was changed. It is the end of every act that changes
// what an item says, what it is or what may be told of it: no act has to know
// who else hears of it.
func (s *Service) keep(ctx context.Context, tx db.Tx, w who, it *Item, d done) error {
	it.Version++
	it.Updated = s.now().UnixMicro()
	if err := updateItem(ctx, tx, *it); err != nil {
		return err
	}
	if err := s.touch(ctx, tx, it, w, d.act, d.digest, d.detail); err != nil {
		return err
	}
	if err := s.overtake(ctx, tx, *it, d.changes); err != nil {
		return err
	}
	if err := insertChanges(ctx, tx, *it, d.changes); err != nil {
		return err
	}
	return s.uses.Changed(ctx, tx, *it)
}

// Withdraw takes an item out of use, for good. It stays on the desk with its
// reason; whoever publishes hears of it.
func (s *Service) Withdraw(ctx context.Context, a desk.Actor, ref string, version int64, reason string) (Item, error) {
	return s.withdraw(ctx, a, ref, version, reason, "")
}

// WithdrawConsent takes a consent back: from now on the answer is no.
func (s *Service) WithdrawConsent(ctx context.Context, a desk.Actor, ref string, version int64, use Use, reason string) (Item, error) {
	if new(Consent).Of(use) == nil {
		return Item{}, fault.Mend(fault.Field{Name: "use", Key: "evidence.need_use"})
	}
	return s.withdraw(ctx, a, ref, version, reason, use)
}

func (s *Service) withdraw(ctx context.Context, a desk.Actor, ref string, version int64, reason string, use Use) (it Item, err error) {
	reason = oneLine(reason)
	err = s.db.Write(ctx, func(tx db.Tx) (err error) {
		if it, err = s.revocable(ctx, tx, a, ref); err != nil {
			return err
		}
		if err := atVersion(it, version); err != nil {
			return err
		}
		if err := checkReason(reason); err != nil {
			return err
		}
		w := as(a, it) // before the consent closes the item to its own editor
		list := []change{{"withdrawn_reason", "", reason}}
		act, detail := Withdrawn, ""
		if use == "" {
			now := s.now().UnixMicro()
			it.WithdrawnAt, it.WithdrawnReason = &now, reason
		} else {
			was := it.Draft
			act, detail, *it.Of(use) = ConsentWithdrawn, string(use), No
			list = append(list, was.differences(it.Draft)...)
		}
		return s.keep(ctx, tx, w, &it, done{act: act, detail: detail, changes: list})
	})
	return it, err
}

func checkReason(reason string) error {
	if reason == "" || utf8.RuneCountInString(reason) > maxLine {
		return fault.Mend(fault.Field{Name: "reason", Key: "evidence.need_reason", Args: []any{"most", maxLine}})
	}
	return nil
}

// PublicationsUsing lists what was published with an item.
func (s *Service) PublicationsUsing(ctx context.Context, a desk.Actor, ref string) ([]string, error) {
	it, err := seen(ctx, s.db.Reader(), a, ref)
	if fault.KindOf(err) == fault.NotFound {
		it, err = s.revocable(ctx, s.db.Reader(), a, ref)
	}
	if err != nil {
		return nil, err
	}
	return s.uses.PublicationsUsing(ctx, s.db.Reader(), it.ID)
}

// Change is a value an edit replaced.
type Change struct {
	At     int64  `db:"at"`
	Person string `db:"person"`
	Act    Act    `db:"act"`
	Field  string `db:"field"`
	Old    string `db:"old_value"`
	New    string `db:"new_value"`
}

// History lists what edits of an item replaced, oldest first.
func (s *Service) History(ctx context.Context, a desk.Actor, ref string) ([]Change, error) {
	it, err := opened(ctx, s.db.Reader(), a, ref)
	if err != nil {
		return nil, err
	}
	return db.Select[Change](ctx, s.db.Reader(), `/* evidence.History */ select t.at, t.person, t.act, c.field, c.old_value, c.new_value
		from evidence_change c join evidence_custody t on t.item_id = c.item_id and t.n = c.n where c.item_id = $1 order by c.id`, it.ID)
}

// Move gives items of a dossier to another one, in the transaction that merges or
// splits them; only nil means all of them. Who moves them knows it, so it is not
// told to [Publications].
func (s *Service) Move(ctx context.Context, tx db.Tx, a desk.Actor, from int64, to Case, only []int64) error {
	list, err := ItemsOf(ctx, tx, from)
	if err != nil {
		return err
	}
	for _, it := range list {
		if only != nil && !slices.Contains(only, it.ID) {
			continue
		}
		if _, err := db.Exec(ctx, tx, `/* evidence.Move */ update evidence_item set case_id = $2, case_ref = $3, country = $4, version = version + 1 where id = $1`, it.ID, to.ID, to.Ref, to.Country); err != nil {
			return err
		}
		if err := s.touch(ctx, tx, &it, as(a, it), Moved, "", it.CaseRef+" "+to.Ref); err != nil {
			return err
		}
	}
	return nil
}

// Exported says in an item's custody that a file of it went out, in the
// transaction that hands it out.
func (s *Service) Exported(ctx context.Context, tx db.Tx, a desk.Actor, id int64, digest, to string) error {
	it, found, err := itemByID(ctx, tx, id)
	if err != nil {
		return err
	}
	if !found {
		return errUnknown()
	}
	return s.touch(ctx, tx, &it, as(a, it), Exported, digest, to)
}

// Tidy takes bytes away that no row names, and that are old enough not to belong
// to something being filed just now. It gives their number.
func (s *Service) Tidy(ctx context.Context) (int, error) {
	before := s.now().Add(-unfiledFor)
	if err := s.dropUploads(ctx, before); err != nil {
		return 0, err
	}
	var old []blob.Digest
	if err := s.blobs.Each(func(k blob.Kept) error {
		if k.At.Before(before) {
			old = append(old, k.Digest)
		}
		return ctx.Err()
	}); err != nil {
		return 0, err
	}
	n := 0
	for _, d := range old {
		_, named, err := db.Value[int](ctx, s.db.Reader(), `/* evidence.Tidy */ select 1 where exists (select 1 from evidence_file where digest = $1)
			or exists (select 1 from evidence_upload where digest = $1)
			or exists (select 1 from evidence_capture where body = $1 or warc = $1)
			or exists (select 1 from evidence_hop where request = $1 or response = $1 or chain = $1)`, d.String())
		if err != nil {
			return n, err
		}
		if named {
			continue
		}
		gone, err := s.blobs.DeleteOld(d, before)
		if err != nil {
			return n, errors.Join(err, ctx.Err())
		}
		if gone {
			n++
		}
	}
	return n, nil
}
