package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/i18n"
)

// States of a dossier. What stage an open one has reached is computed.
const (
	Open         = "open"
	NeedsDetails = "needs_details" // parked: somebody has to ask first
	Rejected     = "rejected"      // parked: it is not an incident
	Merged       = "merged"        // it belongs to another dossier
	Public       = "published"
	Retracted    = "retracted"
)

// Dossier is an incident on its way, and afterwards the place where it is worked
// on.
type Dossier struct {
	ID            int64  `db:"id"`
	Root          int64  `db:"root_id"` // the case it was split from, in the end; its own for most
	Ref           string `db:"ref"`
	Mask          string `db:"mask"` // under which the ledger names people
	Year          int    `db:"year"` // Year and N make the reference
	N             int    `db:"n"`
	Title         string `db:"title"`
	Country       string `db:"country"` // the first
	Also          string `db:"also"`    // the others, with blanks between them
	State         string `db:"state"`
	Reason        string `db:"reason"`
	Floor         string `db:"floor"`
	Revision      int64  `db:"revision"`
	Digest        string `db:"digest"`  // of its [Standing] in this revision
	Urgency       int    `db:"urgency"` // 1 now, 2 this week, 3 later
	Kind          string `db:"kind"`    // how it is drawn: cut, slow, block, "" when nobody said
	StartDay      int    `db:"start_day"`
	EndDay        int    `db:"end_day"`
	Author        int64  `db:"author_id"`
	AuthorOrg     int64  `db:"author_org"`
	LeaseBy       *int64 `db:"lease_by"`
	LeaseUntil    int64  `db:"lease_until"`
	Due           int64  `db:"due_at"`
	EmbargoUntil  int64  `db:"embargo_until"`
	EmbargoReason string `db:"embargo_reason"`
	Signatures    int    `db:"signatures"` // organisations that signed what stands
	Incident      string `db:"incident_ref"`
	Signed        int64  `db:"signed_revision"` // the revision that is public
	Unsettled     int64  `db:"unsettled"`       // 1: something of it is not public yet, or public without two signatures
	Record        string `db:"record_hash"`     // [incident.Now.Mark] of when the case last followed it
	MergedInto    *int64 `db:"merged_into"`
	Created       int64  `db:"created_at"`
	Updated       int64  `db:"updated_at"`

	raised bool // the revision was raised in this transaction already
}

// Countries are all countries of a dossier.
func (d Dossier) Countries() []string { return append([]string{d.Country}, strings.Fields(d.Also)...) }

// Changed tells whether a public dossier holds something that is not public yet.
func (d Dossier) Changed() bool { return d.State == Public && d.Revision != d.Signed }

// Event is what the ledger hears of. One that is Quiet speaks of something that
// is not public: that it happened must not show yet.
type Event struct {
	Kind    string
	Subject string
	Payload map[string]any
	Quiet   bool
}

// Exhibits is the room of evidence, as the desk needs it.
type Exhibits interface {
	// Items are all items of a dossier, the withdrawn ones too.
	Items(ctx context.Context, q db.Querier, dossier int64) ([]Item, error)
	// FiledAmong are the items, without their digests, of those of some dossiers in
	// which a person filed any.
	FiledAmong(ctx context.Context, q db.Querier, person string, dossiers []int64) (map[int64][]Item, error)
	// Told is what may be said of items in public; those of which not even that they
	// exist may be told are not in it.
	Told(ctx context.Context, q db.Querier, items []int64) ([]Told, error)
	// Move gives items of a dossier, all for nil, to another one.
	Move(ctx context.Context, tx db.Tx, a desk.Actor, from int64, to Dossier, items []int64) error
}

// Options are what a service needs besides the database.
type Options struct {
	Record   *incident.Service
	Exhibits Exhibits
	Tell     func(ctx context.Context, tx db.Tx, e Event) error             // nil: nobody
	Form     func(f *incident.Facts) ([]byte, error)                        // the facts as a pack hands them out; nil: as they are stored
	Disputes func(ctx context.Context, incident string) ([]Disputed, error) // about an incident; nil: there are none
	Title    func(x *i18n.Texts, f *incident.Facts) string                  // what the public pages call an incident; nil: nobody is told
	Now      func() time.Time
}

// Disputed is a dispute about an incident that is not settled: nobody has answered it, or
// it was upheld.
type Disputed struct {
	Ref, Path string
	Upheld    bool
}

// Service is safe for concurrent use.
type Service struct {
	db *db.DB
	Options
}

// New makes the service.
func New(d *db.DB, o Options) *Service {
	if o.Tell == nil {
		o.Tell = func(context.Context, db.Tx, Event) error { return nil }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Disputes == nil {
		o.Disputes = func(context.Context, string) ([]Disputed, error) { return nil, nil }
	}
	if o.Form == nil {
		o.Form = func(f *incident.Facts) ([]byte, error) { return json.Marshal(f) }
	}
	return &Service{d, o}
}

func (s *Service) now() int64 { return s.Options.Now().UTC().UnixMicro() }

// Lead is a new dossier as somebody files it.
type Lead struct {
	Title        string
	Organisation int64 // on whose behalf; 0: the only one of the person
	Urgency      int
	Claims       []Claim // those that are stated; where is needed
	Facts        incident.Facts
	Note         string
	Once         string // of the form, see [desk.Take]: sent twice it is filed once
}

// File opens a dossier.
func (s *Service) File(ctx context.Context, a desk.Actor, l Lead) (Dossier, error) {
	if err := l.check(); err != nil {
		return Dossier{}, err
	}
	org, err := onBehalf(a, desk.Contributor, countriesOf(&l.Facts), l.Organisation)
	if err != nil {
		return Dossier{}, err
	}
	var d Dossier
	err = s.db.Write(ctx, func(tx db.Tx) error {
		now := s.now()
		d = Dossier{Title: l.Title, State: Open, Urgency: l.Urgency, Author: a.Person, AuthorOrg: org, Due: dueAfter(now, l.Urgency), Created: now, Updated: now}
		d.follow(&l.Facts)
		if err := s.insert(ctx, tx, &d); err != nil {
			return err
		}
		if err := desk.Take(ctx, tx, l.Once, d.Ref, s.Options.Now()); err != nil {
			return err
		}
		for _, c := range l.Claims {
			if err := s.insertValue(ctx, tx, d, c, &l.Facts, &a.Person, &org, l.Note, now); err != nil {
				return err
			}
		}
		if err := s.note(ctx, tx, d, &a, org, "filed", l.Note, nil); err != nil {
			return err
		}
		return s.save(ctx, tx, &d)
	})
	if first, again := desk.Again(err); again {
		return s.open(ctx, s.db.Reader(), a, first, desk.Reader)
	}
	return d, err
}

func (l *Lead) check() error {
	var wrong []fault.Field
	l.Title = strings.Join(strings.Fields(l.Title), " ")
	if len([]rune(l.Title)) > maxTitle {
		wrong = append(wrong, fault.Field{Name: "title", Key: "verify.too_long", Args: []any{"most", maxTitle}})
	}
	if l.Title == "" {
		wrong = append(wrong, fault.Field{Name: "title", Key: "verify.title_needed"})
	}
	if len(l.Facts.Countries) == 0 {
		wrong = append(wrong, fault.Field{Name: "countries", Key: "verify.country_needed"})
	}
	if l.Urgency < 1 || l.Urgency > 3 {
		wrong = append(wrong, fault.Field{Name: "urgency", Key: "verify.urgency_needed"})
	}
	if !slices.Contains(l.Claims, Where) {
		l.Claims = append([]Claim{Where}, l.Claims...)
	}
	return fault.Mend(wrong...)
}

// Limits of texts, in letters.
const (
	maxTitle = 160
	maxNote  = 4000
)

// may tells whether somebody holds a role for a case. To read it and to add to it,
// one of its countries is enough; to judge it, it takes the role for all of them.
func may(a desk.Actor, role desk.Role, d Dossier) error {
	if len(organisationsFor(a, role, d.Countries())) == 0 {
		return errNotHere(a, role, d.Countries())
	}
	return nil
}

func errNotYours() error { return fault.New(fault.Forbidden, "desk.not_yours") }

// maxNamed is how many countries an error names before it names none.
const maxNamed = 5

// errNotHere says to somebody who holds a role elsewhere where that is.
func errNotHere(a desk.Actor, role desk.Role, countries []string) error {
	everywhere, held := a.Areas(role)
	if everywhere || len(held) == 0 || len(held) > maxNamed {
		return errNotYours()
	}
	names := func(codes []string) string {
		var out []string
		for _, c := range codes {
			out = append(out, geo.CountryName(c, a.Lang))
		}
		return strings.Join(out, ", ")
	}
	return fault.New(fault.Forbidden, "verify.not_here", "held", names(held), "country", names(countries))
}

// organisationsFor lists the organisations for which somebody holds a role for the
// countries of a case, in the sense of [may].
func organisationsFor(a desk.Actor, role desk.Role, countries []string) []int64 {
	var out []int64
	for i, c := range countries {
		list := a.For(role, c)
		switch {
		case i == 0:
			out = list
		case role == desk.Verifier || role == desk.Editor:
			out = slices.DeleteFunc(out, func(o int64) bool { return !slices.Contains(list, o) })
		default:
			out = append(out, list...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// onBehalf finds the organisation somebody acts for: the one they name, or the
// only one in which they hold the role.
func onBehalf(a desk.Actor, role desk.Role, countries []string, organisation int64) (int64, error) {
	list := organisationsFor(a, role, countries)
	switch {
	case len(list) == 0:
		return 0, errNotHere(a, role, countries)
	case organisation == 0 && len(list) == 1:
		return list[0], nil
	case organisation == 0:
		return 0, fault.Mend(fault.Field{Name: "organisation", Key: "verify.which_organisation"})
	case !slices.Contains(list, organisation):
		return 0, errNotYours()
	}
	return organisation, nil
}

// countriesOf are the codes of the countries facts speak of, each once.
func countriesOf(f *incident.Facts) []string {
	var out []string
	for _, c := range f.Countries {
		if !slices.Contains(out, c.Code) {
			out = append(out, c.Code)
		}
	}
	return out
}

// dueAfter is when somebody should have looked, by urgency: 4 hours, 3 days, 3
// weeks.
func dueAfter(now int64, urgency int) int64 {
	wait := map[int]time.Duration{1: 4 * time.Hour, 2: 72 * time.Hour, 3: 21 * 24 * time.Hour}[urgency]
	return now + wait.Microseconds()
}

// follow keeps what the queue shows and compares: the countries, the kind, and the
// first and last day, 0 where not known.
func (d *Dossier) follow(f *incident.Facts) {
	countries := countriesOf(f)
	d.Country, d.Also = countries[0], strings.Join(countries[1:], " ")
	d.StartDay, _ = f.Period.Start.Day()
	d.EndDay, _ = f.Period.End.Day()
	d.Kind = ""
	if f.Measure.Method != "" || f.Measure.Extent != "" || len(f.Affected()) > 0 {
		d.Kind = incident.KindOf(f)
	}
}

// insert writes a new dossier under its number, L-2026-0012, with the words and
// the countries it is found by and its author.
func (s *Service) insert(ctx context.Context, tx db.Tx, d *Dossier) (err error) {
	if d.ID, err = db.NextID(ctx, tx, "dossier"); err != nil {
		return err
	}
	d.Year = time.UnixMicro(d.Created).UTC().Year()
	last, _, err := db.Value[int](ctx, tx, `/* verify.insert */ select coalesce(max(n), 0) from dossier where year = $1`, d.Year)
	if err != nil {
		return err
	}
	d.N = last + 1
	d.Ref = fmt.Sprintf("L-%04d-%04d", d.Year, d.N)
	if d.Root == 0 {
		d.Root = d.ID
	}
	d.Mask = desk.NewMask()
	d.Revision, d.raised = 1, true // what it begins with is its first revision
	if err := s.settle(ctx, tx, d); err != nil {
		return err
	}
	if err := db.Insert(ctx, tx, "dossier", []Dossier{*d}); err != nil {
		return err
	}
	if err := s.addAuthor(ctx, tx, d.ID, d.Author); err != nil {
		return err
	}
	if err := s.indexAreas(ctx, tx, *d); err != nil {
		return err
	}
	return s.index(ctx, tx, *d)
}

// addAuthor notes that somebody wrote a part of a dossier.
func (s *Service) addAuthor(ctx context.Context, tx db.Tx, dossier, person int64) error {
	_, err := db.Exec(ctx, tx, `/* verify.addAuthor */ insert into dossier_author (dossier_id, person_id, at)
		select $1, $2, $3 where not exists (select 1 from dossier_author where dossier_id = $1 and person_id = $2)`, dossier, person, s.now())
	return err
}

// indexAreas writes the further countries of a dossier anew.
func (s *Service) indexAreas(ctx context.Context, tx db.Tx, d Dossier) error {
	if _, err := db.Exec(ctx, tx, `/* verify.indexAreas */ delete from dossier_area where dossier_id = $1`, d.ID); err != nil {
		return err
	}
	type row struct {
		Dossier int64  `db:"dossier_id"`
		Country string `db:"country"`
	}
	var rows []row
	for _, c := range strings.Fields(d.Also) {
		rows = append(rows, row{d.ID, c})
	}
	return db.Insert(ctx, tx, "dossier_area", rows)
}

// wordRow is dossier_word.
type wordRow struct {
	Word    string `db:"word"`
	Dossier int64  `db:"dossier_id"`
}

// index writes the words of a title anew.
func (s *Service) index(ctx context.Context, tx db.Tx, d Dossier) error {
	if _, err := db.Exec(ctx, tx, `/* verify.index */ delete from dossier_word where dossier_id = $1`, d.ID); err != nil {
		return err
	}
	var rows []wordRow
	for _, w := range wordsOf(d.Title + " " + d.Ref) {
		rows = append(rows, wordRow{w, d.ID})
	}
	return db.Insert(ctx, tx, "dossier_word", rows)
}

// wordsOf are the words of a text as they are compared, each once.
func wordsOf(text string) []string {
	list := splitWords(incident.BareWords(text))
	slices.Sort(list)
	return slices.Compact(list)
}

func splitWords(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
}

// open reads a dossier for somebody who holds a role for its country. Whoever
// may not even read it gets the same answer as for one that is not there.
func (s *Service) open(ctx context.Context, q db.Querier, a desk.Actor, ref string, role desk.Role) (Dossier, error) {
	d, found, err := db.SelectOne[Dossier](ctx, q, `/* verify.open */ select `+db.Columns[Dossier]("")+` from dossier where ref = $1`, ref)
	if err != nil {
		return d, err
	}
	if !found || may(a, desk.Reader, d) != nil {
		return Dossier{}, fault.New(fault.NotFound, "verify.unknown")
	}
	return d, may(a, role, d)
}

// change runs fn on a dossier that may still be worked on, and stores what fn
// made of it.
func (s *Service) change(ctx context.Context, a desk.Actor, ref string, role desk.Role, fn func(tx db.Tx, d *Dossier) error) error {
	return s.db.Write(ctx, func(tx db.Tx) error {
		d, err := s.open(ctx, tx, a, ref, role)
		if err != nil {
			return err
		}
		if d.State == Merged {
			return fault.New(fault.Conflict, "verify.was_merged")
		}
		if err := fn(tx, &d); err != nil {
			return err
		}
		return s.save(ctx, tx, &d)
	})
}

// raise begins a new revision, once in a transaction: nothing that was signed so
// far is for it. What changes the [Standing] of a dossier raises it before it writes,
// so that what it writes bears the new revision; [Service.save] sees to what forgot.
func (s *Service) raise(ctx context.Context, tx db.Tx, d *Dossier) error {
	if d.raised {
		return nil
	}
	d.Revision++
	d.raised = true
	_, err := db.Exec(ctx, tx, `/* verify.raise */ update dossier set revision = $2 where id = $1`, d.ID, d.Revision)
	return err
}

// save stores a dossier, in a new revision when what a signature is for is not any
// more what it was.
func (s *Service) save(ctx context.Context, tx db.Tx, d *Dossier) error {
	standing, err := s.standingNow(ctx, tx, d)
	if err != nil {
		return err
	}
	if digest := standing.Digest(); digest != d.Digest {
		if err := s.raise(ctx, tx, d); err != nil {
			return err
		}
		d.Digest = digest
	}
	list, err := s.live(ctx, tx, d)
	if err != nil {
		return err
	}
	before := d.Signatures
	d.Signatures, d.Updated = organisations(list), s.now()
	if d.State == Public && d.Signatures != before { // what is urgent tells readers how many signed
		if err := s.Record.Touch(ctx, tx); err != nil {
			return err
		}
	}
	if err := s.settle(ctx, tx, d); err != nil {
		return err
	}
	return db.Update(ctx, tx, "dossier", *d)
}

// settle notes whether something of a dossier is not public yet, or stands without two
// signatures: what everybody is asked about is found by it, however much is public.
func (s *Service) settle(ctx context.Context, q db.Querier, d *Dossier) error {
	waits := d.State == Open || d.Changed()
	if d.State == Public && !waits {
		var err error
		if waits, err = s.urgentNow(ctx, q, *d); err != nil {
			return err
		}
	}
	d.Unsettled = 0
	if waits {
		d.Unsettled = 1
	}
	return nil
}

// actRow is a line of a dossier's history.
type actRow struct {
	ID           int64  `db:"id"`
	Dossier      int64  `db:"dossier_id"`
	Person       *int64 `db:"person_id"`
	Organisation *int64 `db:"organisation_id"`
	Kind         string `db:"kind"`
	Detail       string `db:"detail"`
	At           int64  `db:"at"`
}

// loud are the acts that show at once. All others speak of what is not public,
// or not yet.
var loud = []string{"published", "published_urgently", "retracted", "lapsed"}

// sealed are digests as the ledger is told them: by their seals, which nothing that
// was taken out of a case can be guessed from.
func (d Dossier) sealed(digests map[string]string) map[string]any {
	out := map[string]any{}
	for name, digest := range digests {
		_, out[name] = desk.Seal(d.Mask, digest)
	}
	return out
}

// note writes a line of the history and tells the ledger. a is nil for the
// program itself; payload, beyond who and which dossier, is for the ledger alone.
func (s *Service) note(ctx context.Context, tx db.Tx, d Dossier, a *desk.Actor, org int64, kind, detail string, payload map[string]any) error {
	row := actRow{Dossier: d.ID, Kind: kind, Detail: detail, At: s.now()}
	if payload == nil {
		payload = map[string]any{}
	}
	payload["dossier"], payload["revision"] = d.Ref, d.Revision
	if a != nil {
		row.Person = &a.Person
		payload["by"] = desk.Masked(d.Mask, "person", a.Ref)
	}
	if org != 0 {
		row.Organisation = &org
		payload["for"] = desk.Masked(d.Mask, "organisation", strconv.FormatInt(org, 10))
	}
	var err error
	if row.ID, err = db.NextID(ctx, tx, "dossier_act"); err != nil {
		return err
	}
	if err := db.Insert(ctx, tx, "dossier_act", []actRow{row}); err != nil {
		return err
	}
	return s.Tell(ctx, tx, Event{Kind: "desk." + kind, Subject: d.Ref, Payload: payload, Quiet: !slices.Contains(loud, kind)})
}
