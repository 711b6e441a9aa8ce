package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"keepiton/internal/coalition"
	"keepiton/internal/evidence"
	"keepiton/internal/incident"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/blob"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
	"keepiton/internal/publish/feed"
	"keepiton/internal/verify"
)

// blobDir holds the files of evidence, beside the database.
const blobDir = "evidence"

// casework is the work on cases: dossiers and their evidence. The two rooms know
// nothing of each other; what one needs of the other it gets here.
type casework struct {
	cases *verify.Service
	items *evidence.Service

	demonstration bool // what comes from the desk is invented, and bears a mark
}

func (e *Env) casework(d *db.DB, s *incident.Service, log *ledger.Log) (*casework, error) {
	blobs, err := blob.New(filepath.Join(e.directory(), blobDir))
	if err != nil {
		return nil, err
	}
	w := &casework{}
	w.cases = verify.New(d, verify.Options{Record: s, Exhibits: exhibits{w}, Form: signedForm, Title: w.publicTitle(s), Disputes: unsettledDisputes(disputesOf(d, s, log)), Tell: func(ctx context.Context, tx db.Tx, ev verify.Event) error {
		return tell(ctx, tx, log, ledger.Event{Kind: ev.Kind, Subject: ev.Subject, Payload: ev.Payload}, ev.Quiet)
	}})
	capturer := evidence.NewCapturer()
	if origin, err := page.ParseOrigin(e.CLI.Serve.Origin); err == nil {
		capturer.Host = origin.Hostname()
	}
	w.items = evidence.New(d, evidence.Options{Cases: caseFinder{w}, Publications: publications{w}, Blobs: blobs, Capturer: capturer, Works: coalition.Works,
		Record: func(ctx context.Context, tx db.Tx, t evidence.Touch) error {
			return tell(ctx, tx, log, ledger.Event{Kind: "custody." + string(t.Act), Subject: t.Ref, Payload: t}, true)
		}})
	return w, nil
}

// publicTitle gives what the public pages call an incident.
func (w *casework) publicTitle(s *incident.Service) func(*i18n.Texts, *incident.Facts) string {
	return func(x *i18n.Texts, f *incident.Facts) string {
		sp := publish.Speaker{X: x, Tax: s.Taxonomy(), Invented: w.demonstration}
		return sp.Mark(true, sp.Title(f))
	}
}

// signedForm is the form in which a pack hands out the facts that were signed.
func signedForm(f *incident.Facts) ([]byte, error) {
	facts := *f
	facts.Sources, facts.Links = nil, nil
	return json.MarshalIndent(feed.PublicFacts(&facts), "", "  ")
}

// checkSigned is what doctor says of the incidents that come from the desk.
func (e *Env) checkSigned(d *db.DB, s *incident.Service) (string, error) {
	w, err := e.casework(d, s, ledger.New(d, nil))
	if err != nil {
		return "", err
	}
	var first error
	n, err := w.cases.Audit(e.Ctx, func(err error) {
		if first == nil {
			first = err
		}
	})
	if err == nil {
		err = first
	}
	return counted(n, "incident"), err
}

// checkRecodings is what doctor says of what was coded anew in a batch.
func (e *Env) checkRecodings(d *db.DB, s *incident.Service) (string, error) {
	w, err := e.casework(d, s, ledger.New(d, nil))
	if err != nil {
		return "", err
	}
	var wrong []string
	n, err := w.cases.AuditRecodings(e.Ctx, func(err error) { wrong = append(wrong, err.Error()) })
	if err == nil && len(wrong) > 0 {
		err = errors.New(strings.Join(wrong, "; "))
	}
	return counted(n, "recoding"), err
}

// checkEvidence is what doctor says of custody and of the bytes that were kept.
func (e *Env) checkEvidence(d *db.DB) (string, error) {
	named, err := evidence.Named(e.Ctx, d.Reader())
	if err != nil {
		return "", err
	}
	var blobs *blob.Store
	if len(named) > 0 { // who looks makes no directory
		if blobs, err = blob.New(filepath.Join(e.directory(), blobDir)); err != nil {
			return "", err
		}
	}
	var first error
	wrong := 0
	items, digests, err := evidence.New(d, evidence.Options{Blobs: blobs}).Audit(e.Ctx, func(err error) error {
		if wrong++; first == nil {
			first = err
		}
		return nil
	})
	if err == nil && wrong > 0 {
		err = fmt.Errorf("%s found, the first: %w", counted(wrong, "damage"), first)
	}
	return fmt.Sprintf("%s, %s", counted(items, "item"), counted(digests, "file")), err
}

// tell has an event appended to the ledger, or held when that it happened must
// not show yet.
func tell(ctx context.Context, tx db.Tx, log *ledger.Log, ev ledger.Event, quiet bool) (err error) {
	if quiet {
		_, err = log.Hold(ctx, tx, ev)
		return err
	}
	_, err = log.Append(ctx, tx, ev)
	return err
}

// keep does what has to be done now and then while a server runs, each by itself,
// so that none waits for another: what was published urgently lapses, and pages that
// were captured are looked at again.
func (w *casework) keep(ctx context.Context, env *Env) {
	w.lapse(ctx, env)
	var all sync.WaitGroup
	all.Go(func() { every(ctx, lapseEvery, func() { w.lapse(ctx, env) }) })
	all.Go(func() { every(ctx, recheckEvery, func() { w.recheck(ctx, env) }) })
	all.Wait()
}

// every calls do after each pause until the context ends.
func every(ctx context.Context, pause time.Duration, do func()) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			do()
		}
	}
}

func (w *casework) lapse(ctx context.Context, env *Env) {
	refs, err := w.cases.Lapse(ctx)
	if err != nil && ctx.Err() == nil {
		env.Log.Error("urgent publications cannot be taken back", "err", err)
	}
	if err := w.cases.Recount(ctx); err != nil && ctx.Err() == nil {
		env.Log.Warn("the signatures of those who came and went cannot be counted", "err", err)
	}
	if len(refs) > 0 {
		env.Log.Warn("urgent publications lapsed, because no second organisation signed", "incidents", refs)
	}
}

func (w *casework) recheck(ctx context.Context, env *Env) {
	if _, err := w.items.Recheck(ctx); err != nil && ctx.Err() == nil {
		env.Log.Warn("captured pages cannot be checked again", "err", err)
	}
	if _, err := w.items.Tidy(ctx); err != nil && ctx.Err() == nil {
		env.Log.Warn("files that were never filed cannot be swept", "err", err)
	}
}

// How often a server looks after its cases.
const (
	lapseEvery   = 30 * time.Second
	recheckEvery = time.Hour
)

// exhibits is the room of evidence as dossiers need it.
type exhibits struct{ w *casework }

// Items are the items of a dossier.
func (e exhibits) Items(ctx context.Context, q db.Querier, dossier int64) ([]verify.Item, error) {
	list, err := evidence.ItemsOf(ctx, q, dossier)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	digests, err := evidence.Digests(ctx, q, dossier)
	out := exhibitsOf(list)
	for i, it := range out {
		out[i].Digest = digests[it.ID]
	}
	return out, err
}

// FiledAmong are the items of those of some dossiers in which a person filed any.
func (e exhibits) FiledAmong(ctx context.Context, q db.Querier, person string, dossiers []int64) (map[int64][]verify.Item, error) {
	list, err := evidence.FiledAmong(ctx, q, person, dossiers)
	out := make(map[int64][]verify.Item, len(list))
	for dossier, items := range list {
		out[dossier] = exhibitsOf(items)
	}
	return out, err
}

// exhibitsOf are items as dossiers know them, without their digests.
func exhibitsOf(list []evidence.Item) []verify.Item {
	out := make([]verify.Item, len(list))
	for i, it := range list {
		title := it.Title
		if it.Kept() || it.WithdrawnAt != nil { // its own page shows it to those who may
			title = it.Ref
		}
		out[i] = verify.Item{ID: it.ID, Ref: it.Ref, Title: title, Class: string(it.Class), Origin: it.Origin, Source: it.Source, Grade: grade(it.Information),
			Withdrawn: it.WithdrawnAt != nil, Unused: it.Kept(), Hidden: it.Audience == evidence.Confidential, At: it.Created, FiledBy: it.FiledBy}
	}
	return out
}

// grade is the Admiralty figure of an item as text, "" when it has none.
func grade(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// sourceClass is what the record calls a class of evidence.
var sourceClass = map[evidence.Class]string{"T": "measurement", "H": "testimony", "O": "official", "I": "telco", "N": "news", "M": "footage", "D": "official"}

// Told is what may be said of items in public: an address, a title, or that there
// is a confidential source.
func (e exhibits) Told(ctx context.Context, q db.Querier, items []int64) ([]verify.Told, error) {
	var out []verify.Told
	for _, id := range items {
		p, ok, err := e.w.items.ForPublication(ctx, q, id)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		doc, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		out = append(out, verify.Told{Item: id, Source: sourceOf(p), Doc: string(doc)})
	}
	return out, nil
}

func sourceOf(p evidence.Public) incident.Source {
	switch {
	case p.URL != "":
		return incident.Source{Class: sourceClass[p.Class], URL: p.URL}
	case p.Title != "":
		return incident.Source{Class: sourceClass[p.Class], Text: p.Title}
	}
	return incident.Source{Class: "confidential"}
}

// Move gives items of a dossier to another one.
func (e exhibits) Move(ctx context.Context, tx db.Tx, a desk.Actor, from int64, to verify.Dossier, items []int64) error {
	return e.w.items.Move(ctx, tx, a, from, caseOf(to), items)
}

func caseOf(d verify.Dossier) evidence.Case {
	return evidence.Case{ID: d.ID, Ref: d.Ref, Title: d.Title, Country: d.Country}
}

// caseFinder is the room of dossiers as evidence needs it.
type caseFinder struct{ w *casework }

// Case finds a dossier somebody may see.
func (c caseFinder) Case(ctx context.Context, a desk.Actor, ref string) (evidence.Case, error) {
	d, err := c.w.cases.CaseOf(ctx, a, ref)
	return caseOf(d), err
}

// publications knows where items are used.
type publications struct{ w *casework }

// PublicationsUsing lists the public incidents that name an item.
func (p publications) PublicationsUsing(ctx context.Context, q db.Querier, item int64) ([]string, error) {
	return p.w.cases.Using(ctx, q, item)
}

// Changed has the case of an item weighed again, and what may not be named any
// more taken out of what is public.
func (p publications) Changed(ctx context.Context, tx db.Tx, it evidence.Item) error {
	return p.w.cases.EvidenceChanged(ctx, tx, it.Case, it.ID)
}

// staff is the office as the pages of cases need it.
type staff struct{ *coalition.Office }

// Names are all people as they show.
func (s staff) Names(ctx context.Context) (map[int64]string, error) {
	list, err := s.Accounts.People(ctx)
	out := make(map[int64]string, len(list))
	for _, p := range list {
		out[p.ID] = p.Name
	}
	return out, err
}

// Organisations are all organisations in a language.
func (s staff) Organisations(ctx context.Context, lang string) (map[int64]string, error) {
	list, err := s.Service.Organisations(ctx)
	out := make(map[int64]string, len(list))
	for _, o := range list {
		out[o.ID] = o.Name(lang)
	}
	return out, err
}

// Actors are all people who may come in.
func (s staff) Actors(ctx context.Context) ([]desk.Actor, error) {
	list, err := s.Accounts.People(ctx)
	if err != nil {
		return nil, err
	}
	var out []desk.Actor
	for _, p := range list {
		if p.State != "active" {
			continue
		}
		a, err := s.Actor(ctx, p)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// handlers are the people whose names stand in the custody of evidence.
type handlers struct {
	staff
	cases *verify.Service
}

// Named tells how people show to somebody on the pages of a case.
func (h handlers) Named(ctx context.Context, a desk.Actor, dossier int64) (func(ref string) (name, letter string), error) {
	list, err := h.Accounts.People(ctx)
	if err != nil {
		return nil, err
	}
	naming, err := h.cases.NamingIn(ctx, a, dossier)
	if err != nil {
		return nil, err
	}
	people := make(map[string]account.Person, len(list))
	for _, p := range list {
		people[p.Ref] = p
	}
	return func(ref string) (name, letter string) {
		p := people[ref]
		return p.Name, naming.Letter(p.ID)
	}, nil
}
