package verify

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// SignOff is a signature under one revision of a dossier.
type SignOff struct {
	ID           int64  `db:"id"`
	Dossier      int64  `db:"dossier_id"`
	Revision     int64  `db:"revision"`
	Digest       string `db:"digest"` // of the [Standing]
	Told         string `db:"told"`   // SHA-256 of the facts as a pack hands them out ([Options.Form])
	Person       int64  `db:"person_id"`
	Organisation int64  `db:"organisation_id"`
	Checklist    string `db:"checklist"` // JSON, a list of Answer
	Note         string `db:"note"`
	At           int64  `db:"at"`
}

// Answers is the checklist as it was answered.
func (s SignOff) Answers() []Answer {
	var list []Answer
	_ = json.Unmarshal([]byte(s.Checklist), &list) // we wrote it; an empty list says that nothing was answered
	return list
}

// Sign puts somebody's name under a dossier as it stands. revision is the one
// they saw: if it changed meanwhile they have not read what they would sign.
func (s *Service) Sign(ctx context.Context, a desk.Actor, ref string, revision, organisation int64, answers []Answer, note string) error {
	note = clipNote(note)
	if err := checkAnswers(answers, note); err != nil {
		return err
	}
	if note == "" {
		if err := s.explained(ctx, a, ref); err != nil {
			return err
		}
	}
	return s.change(ctx, a, ref, desk.Verifier, func(tx db.Tx, d *Dossier) error {
		org, err := onBehalf(a, desk.Verifier, d.Countries(), organisation)
		if err != nil {
			return err
		}
		if err := s.atWork(ctx, tx, a, org, desk.Verifier); err != nil {
			return err
		}
		facts, err := s.signable(ctx, tx, a, d, revision)
		if err != nil {
			return err
		}
		told, err := s.told(&facts)
		if err != nil {
			return err
		}
		doc, err := json.Marshal(answers)
		if err != nil {
			return err
		}
		id, err := db.NextID(ctx, tx, "sign_off")
		if err != nil {
			return err
		}
		if err := s.dropFallen(ctx, tx, d, func(x SignOff) bool { return x.Person == a.Person }); err != nil {
			return err
		}
		row := SignOff{id, d.ID, d.Revision, d.Digest, told, a.Person, org, string(doc), note, s.now()}
		if err := db.Insert(ctx, tx, "sign_off", []SignOff{row}); err != nil {
			return err
		}
		return s.note(ctx, tx, *d, &a, org, "signed", "", d.sealed(map[string]string{"digest": row.Digest, "told": row.Told}))
	})
}

// fallen are the signatures under a dossier as it stands that count no more, as nobody
// took them back: whoever gave one was suspended since, or their organisation had left.
func (s *Service) fallen(ctx context.Context, q db.Querier, d *Dossier, live []SignOff) ([]SignOff, error) {
	list, err := s.signatures(ctx, q, d.ID, d.Revision)
	return slices.DeleteFunc(list, func(x SignOff) bool {
		return slices.ContainsFunc(live, func(y SignOff) bool { return x.ID == y.ID })
	}), err
}

// dropFallen takes back for good what counts no more, and says so in the history: of all
// before something is published, so that nobody is named for it, or of who signs again.
// What was public when it was signed stays as it was.
func (s *Service) dropFallen(ctx context.Context, tx db.Tx, d *Dossier, of func(SignOff) bool) error {
	if stands, err := s.standsPublic(ctx, tx, *d); err != nil || stands {
		return err
	}
	live, err := s.live(ctx, tx, d)
	if err != nil {
		return err
	}
	list, err := s.fallen(ctx, tx, d, live)
	for _, x := range list {
		if !of(x) {
			continue
		}
		if err := s.takeBack(ctx, tx, x, "it counted no more"); err != nil {
			return err
		}
		signer, _, err := db.Value[string](ctx, tx, `/* verify.dropFallen */ select ref from person where id = $1`, x.Person)
		if err != nil {
			return err
		}
		if err := s.note(ctx, tx, *d, &desk.Actor{Person: x.Person, Ref: signer}, x.Organisation, "fell_away", "", nil); err != nil {
			return err
		}
	}
	return err
}

// standsPublic tells whether what stands is public as it was signed, by two.
func (s *Service) standsPublic(ctx context.Context, q db.Querier, d Dossier) (bool, error) {
	if d.State != Public || d.Signed != d.Revision {
		return false, nil
	}
	urgent, err := s.urgentNow(ctx, q, d)
	return !urgent, err
}

// explained asks for a word where a public incident may be the same shutdown: whoever
// signs says why it is not.
func (s *Service) explained(ctx context.Context, a desk.Actor, ref string) error {
	c, err := s.Get(ctx, a, ref)
	if err != nil {
		return err
	}
	alike, err := s.alikeSince(ctx, a, c, -1)
	if err == nil && len(alike) > 0 {
		err = fault.Mend(fault.Field{Name: "note", Key: "verify.sign.explain_alike", Args: []any{"ref", alike[0]}})
	}
	return err
}

// atWork asks whether somebody still holds a role in an organisation: what they hold
// was read when their request came in, and the database asks again.
func (s *Service) atWork(ctx context.Context, q db.Querier, a desk.Actor, organisation int64, role desk.Role) error {
	_, holds, err := db.Value[int64](ctx, q, `/* verify.atWork */ select m.id from membership m join person p on p.id = m.person_id join organisation o on o.id = m.organisation_id
		where m.person_id = $1 and m.organisation_id = $2 and m.ended_at is null and m.role in ($3, 'editor') and p.state = 'active' and o.state = 'active' limit 1`, a.Person, organisation, string(role))
	if err == nil && !holds {
		err = errNotYours()
	}
	return err
}

// told is what a signature says of the facts in the form a pack hands out, so
// that whoever holds the pack can see that they are the ones that were signed.
func (s *Service) told(f *incident.Facts) (string, error) {
	doc, err := s.Form(f)
	sum := sha256.Sum256(doc)
	return hex.EncodeToString(sum[:]), err
}

// signable asks everything that stands between a person and their signature, in
// the order in which it can be mended, and gives the facts they sign.
func (s *Service) signable(ctx context.Context, tx db.Tx, a desk.Actor, d *Dossier, revision int64) (incident.Facts, error) {
	facts, err := s.factsNow(ctx, tx, d.ID)
	if err != nil {
		return facts, err
	}
	standing, err := s.standingNow(ctx, tx, d)
	if err != nil {
		return facts, err
	}
	if err := s.upToDate(ctx, tx, *d); err != nil {
		return facts, err
	}
	switch {
	case d.State != Open && d.State != Public:
		return facts, fault.New(fault.Conflict, "verify.sign.not_open")
	case revision != d.Revision || standing.Digest() != d.Digest:
		return facts, fault.New(fault.Conflict, "verify.sign.changed")
	case !reaches(d.Floor, Corroborated):
		return facts, fault.New(fault.Conflict, "verify.sign.not_corroborated")
	}
	if stands, err := s.standsPublic(ctx, tx, *d); err != nil {
		return facts, err
	} else if stands {
		if on, err := s.goesOn(ctx, tx, *d); err != nil || !on {
			return facts, cmp.Or(err, fault.New(fault.Conflict, "verify.sign.nothing_new"))
		}
	}
	if c := missing(&facts); c != "" {
		return facts, fault.New(fault.Conflict, "verify.sign.missing."+string(c))
	}
	if err := s.countable(ctx, tx, *d, &facts); err != nil {
		return facts, err
	}
	return facts, s.maySign(ctx, tx, a, d)
}

// maySign asks what stands between a person and this dossier.
func (s *Service) maySign(ctx context.Context, q db.Querier, a desk.Actor, d *Dossier) error {
	authors, err := s.authors(ctx, q, d.ID)
	if err != nil {
		return err
	}
	items, err := s.Exhibits.Items(ctx, q, d.ID)
	if err != nil {
		return err
	}
	links, err := s.links(ctx, q, d.ID)
	if err != nil {
		return err
	}
	_, close, err := db.Value[string](ctx, q, `/* verify.maySign */ select note from interest where dossier_id = $1 and person_id = $2`, d.ID, a.Person)
	if err != nil {
		return err
	}
	_, signed, err := db.Value[int64](ctx, q, `/* verify.maySign signed */ select id from live_signature where dossier_id = $1 and revision = $2 and person_id = $3`, d.ID, d.Revision, a.Person)
	if err != nil {
		return err
	}
	switch {
	case authors[a.Person]:
		return fault.New(fault.Conflict, "verify.sign.author")
	case close:
		return fault.New(fault.Conflict, "verify.sign.interest")
	case signed:
		return fault.New(fault.Conflict, "verify.sign.already")
	case !reaches(Floor(filedByOthers(items, a.Ref), links), Corroborated):
		return fault.New(fault.Conflict, "verify.sign.own_evidence")
	}
	return nil
}

// filedByOthers leaves out what a person filed: nobody signs a case that is
// corroborated by their own evidence alone.
func filedByOthers(items []Item, ref string) []Item {
	return slices.DeleteFunc(slices.Clone(items), func(it Item) bool { return it.FiledBy != "" && it.FiledBy == ref })
}

// authors are those who wrote any part of a dossier, ever.
func (s *Service) authors(ctx context.Context, q db.Querier, dossier int64) (map[int64]bool, error) {
	type row struct {
		Person int64 `db:"person_id"`
	}
	list, err := db.Select[row](ctx, q, `/* verify.authors */ select person_id from dossier_author where dossier_id = $1
		union select person_id from claim_value where dossier_id = $1 and person_id is not null`, dossier)
	out := map[int64]bool{}
	for _, x := range list {
		out[x.Person] = true
	}
	return out, err
}

// missing names the first claim that has to be stated before anybody signs.
func missing(f *incident.Facts) Claim {
	switch {
	case len(f.Countries) == 0:
		return Where
	case f.Period.Start == "":
		return When
	case f.Measure.Method == "" && f.Measure.Extent == "" && len(f.Affected()) == 0:
		return What
	}
	return ""
}

// signatures are those under a revision that were not taken back.
func (s *Service) signatures(ctx context.Context, q db.Querier, dossier, revision int64) ([]SignOff, error) {
	return db.Select[SignOff](ctx, q, `/* verify.signatures */ select `+db.Columns[SignOff]("s.")+` from sign_off s
		where s.dossier_id = $1 and s.revision = $2 and not exists (select 1 from sign_off_withdrawn w where w.sign_off_id = s.id) order by s.id`, dossier, revision)
}

// live are those under a dossier as it stands that count now.
func (s *Service) live(ctx context.Context, q db.Querier, d *Dossier) ([]SignOff, error) {
	signed, err := s.liveAmong(ctx, q, []Dossier{*d})
	return signed[d.ID], err
}

// liveAmong are, by dossier, the signatures under dossiers as they stand that count
// now: whoever gave one still works here and may sign for that organisation (the view
// is in migrations/guard), and for all countries of the case, which the database cannot
// ask: it knows no regions.
func (s *Service) liveAmong(ctx context.Context, q db.Querier, list []Dossier) (map[int64][]SignOff, error) {
	type row struct {
		SignOff
		Area string `db:"area"` // one for which who signed may sign
	}
	of := make(map[int64]Dossier, len(list))
	for _, d := range list {
		of[d.ID] = d
	}
	var w db.Where
	db.In(&w, "s.dossier_id", slices.Collect(maps.Keys(of)))
	rows, err := db.Select[row](ctx, q, `/* verify.liveAmong */ select `+db.Columns[SignOff]("s.")+`, m.area from sign_off s join live_signature l on l.id = s.id
		join membership m on m.person_id = s.person_id and m.organisation_id = s.organisation_id and m.ended_at is null and m.role in ('verifier', 'editor')
		where `+w.SQL()+` order by s.id`, w.Args()...)
	if err != nil {
		return nil, err
	}
	areas := map[int64][]string{}
	for _, r := range rows {
		areas[r.ID] = append(areas[r.ID], r.Area)
	}
	out := map[int64][]SignOff{}
	for i, r := range rows {
		d := of[r.Dossier]
		if r.Revision == d.Revision && (i == 0 || rows[i-1].ID != r.ID) && reach(areas[r.ID], d.Countries()) {
			out[d.ID] = append(out[d.ID], r.SignOff)
		}
	}
	return out, nil
}

// reach tells whether areas together hold every one of some countries.
func reach(areas, countries []string) bool {
	return !slices.ContainsFunc(countries, func(c string) bool {
		return !slices.ContainsFunc(areas, func(a string) bool { return a == "" || a == c || a == incident.RegionOf(c) })
	})
}

// Recount has the queue follow those who came and went: what counts of the
// signatures under what stands changes without anybody touching a case.
func (s *Service) Recount(ctx context.Context) error {
	off, err := s.miscounted(ctx, s.db.Reader())
	if err != nil || len(off) == 0 {
		return err
	}
	return s.db.Write(ctx, func(tx db.Tx) error {
		off, err := s.miscounted(ctx, tx)
		for i := range off {
			if err := s.save(ctx, tx, &off[i]); err != nil {
				return err
			}
		}
		return err
	})
}

// miscounted are the dossiers under which another number of signatures counts than the
// queue says.
func (s *Service) miscounted(ctx context.Context, q db.Querier) ([]Dossier, error) {
	list, err := db.Select[Dossier](ctx, q, `/* verify.miscounted */ select `+db.Columns[Dossier]("")+` from dossier where id in (
		select x.dossier_id from sign_off x join dossier y on y.id = x.dossier_id and y.revision = x.revision where y.unsettled = 1)`)
	if err != nil {
		return nil, err
	}
	var off []Dossier
	for some := range slices.Chunk(list, 1000) { // a statement takes so many values only
		signed, err := s.liveAmong(ctx, q, some)
		if err != nil {
			return nil, err
		}
		off = append(off, slices.DeleteFunc(some, func(d Dossier) bool { return organisations(signed[d.ID]) == d.Signatures })...)
	}
	return off, nil
}

// enough tells whether two people of two organisations signed.
func enough(list []SignOff) bool {
	return twoSigned(list, func(x SignOff) (int64, int64) { return x.Person, x.Organisation })
}

// twoSigned tells whether two people of two organisations are among signatures of any
// kind.
func twoSigned[T any](list []T, by func(T) (person, organisation int64)) bool {
	for i, x := range list {
		person, organisation := by(x)
		if slices.ContainsFunc(list[:i], func(y T) bool { p, o := by(y); return p != person && o != organisation }) {
			return true
		}
	}
	return false
}

// Unsign takes a signature back, as long as what was signed is not public: one's
// own, or for an editor that of person, when somebody else used their account, say.
// It needs a reason; the signature stays in the history.
func (s *Service) Unsign(ctx context.Context, a desk.Actor, ref string, person int64, reason string) error {
	reason = clipNote(reason)
	if err := checkText("reason", reason); err != nil {
		return err
	}
	return s.change(ctx, a, ref, desk.Reader, func(tx db.Tx, d *Dossier) error {
		if person != a.Person {
			if err := may(a, desk.Editor, *d); err != nil {
				return err
			}
		}
		list, err := s.signatures(ctx, tx, d.ID, d.Revision)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(x SignOff) bool { return x.Person == person })
		if i < 0 {
			return fault.New(fault.Conflict, "verify.sign.none_of_yours")
		}
		if stands, err := s.standsPublic(ctx, tx, *d); err != nil || stands {
			return cmp.Or(err, fault.New(fault.Conflict, "verify.sign.public"))
		}
		if err := s.takeBack(ctx, tx, list[i], reason); err != nil {
			return err
		}
		return s.note(ctx, tx, *d, &a, list[i].Organisation, "unsigned", reason, nil)
	})
}

func (s *Service) takeBack(ctx context.Context, tx db.Tx, x SignOff, reason string) error {
	_, err := db.Exec(ctx, tx, `/* verify.takeBack */ insert into sign_off_withdrawn (sign_off_id, reason, at) values ($1, $2, $3)`, x.ID, reason, s.now())
	return err
}

// Declare writes down that somebody is too close to a case to sign it; a signature
// of theirs under what is not public yet is taken back. It cannot be undone by
// themselves, only read.
func (s *Service) Declare(ctx context.Context, a desk.Actor, ref, note string) error {
	note = clipNote(note)
	if err := checkText("note", note); err != nil {
		return err
	}
	return s.change(ctx, a, ref, desk.Reader, func(tx db.Tx, d *Dossier) error {
		n, err := db.Exec(ctx, tx, `/* verify.Declare */ insert into interest (dossier_id, person_id, note, at)
			select $1, $2, $3, $4 where not exists (select 1 from interest where dossier_id = $1 and person_id = $2)`, d.ID, a.Person, note, s.now())
		if err != nil || n == 0 {
			return err
		}
		list, err := s.signatures(ctx, tx, d.ID, d.Revision)
		if err != nil {
			return err
		}
		stands, err := s.standsPublic(ctx, tx, *d)
		if err != nil {
			return err
		}
		for _, x := range list {
			if x.Person == a.Person && !stands {
				if err := s.takeBack(ctx, tx, x, "declared an interest"); err != nil {
					return err
				}
			}
		}
		return s.note(ctx, tx, *d, &a, 0, "declared", "", nil)
	})
}
