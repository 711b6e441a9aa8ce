package verify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
)

// Recoding is a list of incidents that are to be coded anew, after the methodology
// changed: one term of one field becomes another. Two people of two organisations
// sign the list, as they do a release.
type Recoding struct {
	ID           int64  `db:"id"`
	Methodology  string `db:"methodology"`
	Field        string `db:"field"` // one of [incident.CodedFields]
	From         string `db:"from_term"`
	To           string `db:"to_term"`
	First        int    `db:"first_year"` // of the count years it is about; 0: from the first one on
	Last         int    `db:"last_year"`
	Country      string `db:"country"` // "" for all
	Reason       string `db:"reason"`
	Reverses     int64  `db:"reverses"` // the recoding it takes back, 0 for none
	Digest       string `db:"digest"`   // over the items
	Incidents    int    `db:"incidents"`
	Entries      int    `db:"entries"`
	State        string `db:"state"` // open, done or withdrawn
	Person       int64  `db:"person_id"`
	Organisation int64  `db:"organisation_id"`
	At           int64  `db:"at"`
	Closed       int64  `db:"closed_at"`
}

// RecodingItem is an incident in a count year, and what it was coded as before.
type RecodingItem struct {
	Recoding  int64  `db:"recoding_id" json:"-"`
	Ref       string `db:"incident_ref"`
	Year      int    `db:"count_year"`
	Old       string `db:"old_term"`
	New       string `db:"new_term"`
	OldCoding string `db:"old_coding"` // version of the methodology
	NewCoding string `db:"new_coding"`
	Hash      string `db:"entry_hash"` // of what the record said when it was proposed
	Case      int64  `db:"dossier_id"` // the case that has to say so; 0: the record is written at once
	LeftOut   int    `db:"left_out"`   // 1: the proposer left the incident as it is
}

// RecodingSignature is a signature under a recoding. It counts while whoever gave it
// may sign for that organisation.
type RecodingSignature struct {
	Recoding     int64  `db:"recoding_id"`
	Digest       string `db:"digest"`
	Person       int64  `db:"person_id"`
	Organisation int64  `db:"organisation_id"`
	At           int64  `db:"at"`
}

// RecodingPlan is a recoding with its list, and what it does to the counts.
type RecodingPlan struct {
	Recoding
	Items      []RecodingItem
	Totals     []RecodingTotal     // while it is not closed
	Signatures []RecodingSignature // those that count
	Changed    []RecodingChange    // what is not any more as it was proposed, while it is open
}

// RecodingTotal is how many entries of a count year are coded with each of the two
// terms, before and after.
type RecodingTotal struct {
	Year                                     int
	FromBefore, FromAfter, ToBefore, ToAfter int
}

// RecodingChange is an item that is not any more as it was proposed. How is "gone"
// (it does not count any more), "changed" (the record says something else of it),
// "moved" (it came to the desk, or left it) or "stated" (its case says something else).
type RecodingChange struct {
	Ref  string
	Year int
	How  string
}

// AskRecoding is what somebody wants to code anew. LeaveOut are references of
// incidents that stay as they are; Seen is the digest of the list as it was shown
// before, and what is proposed must be that.
type AskRecoding struct {
	Methodology, Field, From, To string
	First, Last                  int
	Country, Reason              string
	LeaveOut                     []string
	Seen                         string
}

// recodedClaim is the claim that states a field.
func recodedClaim(field string) Claim {
	switch {
	case field == "measure.geo_scope":
		return Where
	case strings.HasPrefix(field, "measure."):
		return What
	}
	return Why
}

func (q *AskRecoding) check(tax *incident.Taxonomy) (incident.CodedField, error) {
	q.Methodology, q.Reason = strings.TrimSpace(q.Methodology), clipNote(q.Reason)
	var wrong []fault.Field
	bad := func(is bool, name, key string) {
		if is {
			wrong = append(wrong, fault.Field{Name: name, Key: key})
		}
	}
	bad(incident.CheckLabel(q.Methodology) != nil || strings.Contains(q.Methodology, ":"), "methodology", "verify.recode.bad_label")
	field, known := incident.CodedFieldNamed(q.Field)
	bad(!known, "field", "verify.choose")
	if known {
		_, from := tax.Term(field.Scheme, q.From)
		_, to := tax.Term(field.Scheme, q.To)
		bad(!from, "from", "verify.recode.bad_term")
		bad(!to, "into", "verify.recode.bad_term")
		bad(to && q.From == q.To, "into", "verify.recode.same_term")
	}
	bad(q.First < 0, "first", "verify.recode.bad_year")
	bad(q.Last < 0, "last", "verify.recode.bad_year")
	bad(q.First > 0 && q.Last > 0 && q.First > q.Last, "last", "verify.recode.bad_years")
	_, place := geo.ByCode(q.Country)
	bad(q.Country != "" && !place, "country", "verify.choose")
	bad(q.Reason == "", "why", "verify.text_needed")
	return field, fault.Mend(wrong...)
}

// PreviewRecoding tells what would be coded anew, and stores nothing.
func (s *Service) PreviewRecoding(ctx context.Context, a desk.Actor, q AskRecoding) (RecodingPlan, error) {
	org, err := worldwide(a, desk.Editor, 0)
	if err != nil {
		return RecodingPlan{}, err
	}
	p, err := s.plan(ctx, s.db.Reader(), q, Recoding{State: "open", Person: a.Person, Organisation: org, At: s.now()})
	if err != nil {
		return p, err
	}
	p.Totals, err = s.totals(ctx, p)
	return p, err
}

// plan makes the list of what is asked for.
func (s *Service) plan(ctx context.Context, q db.Querier, ask AskRecoding, r Recoding) (RecodingPlan, error) {
	field, err := ask.check(s.Record.Taxonomy())
	if err != nil {
		return RecodingPlan{}, err
	}
	r.Methodology, r.Field, r.From, r.To = ask.Methodology, ask.Field, ask.From, ask.To
	r.First, r.Last, r.Country, r.Reason = ask.First, ask.Last, ask.Country, ask.Reason
	p := RecodingPlan{Recoding: r}
	rows, err := s.Record.Coded(ctx, q, incident.CodedAs{Field: field, Term: ask.From, Country: ask.Country, First: ask.First, Last: ask.Last})
	if err != nil {
		return p, err
	}
	cases, err := s.casesOf(ctx, q)
	if err != nil {
		return p, err
	}
	for _, row := range rows {
		it := RecodingItem{Ref: row.Ref, Year: row.Entry.Year, Old: ask.From, New: ask.To, OldCoding: row.Facts.Cause.Coding, NewCoding: ask.Methodology, Hash: row.Entry.Hash, Case: cases[row.Ref]}
		if field.Scheme != incident.SchemeCause {
			it.NewCoding = it.OldCoding
		}
		if slices.Contains(ask.LeaveOut, row.Ref) {
			it.LeftOut = 1
		}
		if says, err := s.canRecode(ctx, q, it, field, row.Entry); err != nil {
			return p, err
		} else if says {
			p.Items = append(p.Items, it)
		}
	}
	p.finish()
	return p, nil
}

// finish counts the list and takes its digest.
func (p *RecodingPlan) finish() {
	seen := map[string]bool{}
	for _, it := range p.Items {
		if it.LeftOut == 0 {
			p.Entries++
			seen[it.Ref] = true
		}
	}
	p.Incidents = len(seen)
	p.Digest = p.digest()
}

// digest is SHA-256 over what is signed, hexadecimal. The list is in the order of
// its key, whatever order it was read in.
func (p *RecodingPlan) digest() string {
	items := slices.Clone(p.Items)
	slices.SortFunc(items, func(a, b RecodingItem) int {
		if c := strings.Compare(a.Ref, b.Ref); c != 0 {
			return c
		}
		return a.Year - b.Year
	})
	doc, err := json.Marshal(struct {
		Methodology, Field, From, To, Reason string
		Items                                []RecodingItem
	}{p.Methodology, p.Field, p.From, p.To, p.Reason, items})
	if err != nil { // strings and numbers alone
		panic(err)
	}
	sum := sha256.Sum256(append([]byte("keepiton recoding 1\n"), doc...))
	return hex.EncodeToString(sum[:])
}

// casesOf are the cases that speak for public incidents, by their references.
func (s *Service) casesOf(ctx context.Context, q db.Querier) (map[string]int64, error) {
	type row struct {
		Ref string `db:"incident_ref"`
		ID  int64  `db:"id"`
	}
	list, err := db.Select[row](ctx, q, `/* verify.casesOf */ select incident_ref, id from dossier where state = 'published' and incident_ref <> ''`)
	out := make(map[string]int64, len(list))
	for _, r := range list {
		out[r.Ref] = r.ID
	}
	return out, err
}

// canRecode tells whether an entry can be coded anew: what stands in the record
// alone can; of what the desk has its case must say the same, and a count year that
// was read from a sheet must be the newest, because publishing leaves the others.
func (s *Service) canRecode(ctx context.Context, q db.Querier, it RecodingItem, field incident.CodedField, e incident.Entry) (bool, error) {
	if it.Case == 0 {
		return true, nil
	}
	if e.Origin != 0 && e.Latest == 0 {
		return false, nil
	}
	facts, err := s.factsNow(ctx, q, it.Case)
	return err == nil && field.Term(&facts) == it.Old, err
}

// totals are the counts of the two terms in each year of the list. What a case has
// to say first changes no count yet.
func (s *Service) totals(ctx context.Context, p RecodingPlan) ([]RecodingTotal, error) {
	field, _ := incident.CodedFieldNamed(p.Field)
	cells, err := s.Record.CellsOf(ctx, incident.RecordEdition, 0, []string{incident.AreaWorld}, field.Dim)
	if err != nil {
		return nil, err
	}
	n := map[int]int{}
	for _, it := range p.Items {
		n[it.Year] += 0 // the year shows also where all of it is left out
		if it.LeftOut == 0 && it.Case == 0 {
			n[it.Year]++
		}
	}
	var out []RecodingTotal
	for year, moved := range n {
		t := RecodingTotal{Year: year}
		for _, c := range cells {
			switch {
			case c.Year == year && c.Value == p.From:
				t.FromBefore = int(c.N)
			case c.Year == year && c.Value == p.To:
				t.ToBefore = int(c.N)
			}
		}
		t.FromAfter, t.ToAfter = t.FromBefore-moved, t.ToBefore+moved
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b RecodingTotal) int { return a.Year - b.Year })
	return out, nil
}

// ProposeRecoding proposes what was shown before.
func (s *Service) ProposeRecoding(ctx context.Context, a desk.Actor, q AskRecoding) (Recoding, error) {
	org, err := worldwide(a, desk.Editor, 0)
	if err != nil {
		return Recoding{}, err
	}
	leaveOut := q.LeaveOut
	var p RecodingPlan
	err = s.db.Write(ctx, func(tx db.Tx) error {
		q.LeaveOut = nil // the list that was shown had everything in it
		r := Recoding{State: "open", Person: a.Person, Organisation: org, At: s.now()}
		shown, err := s.plan(ctx, tx, q, r)
		if err != nil {
			return err
		}
		if shown.Digest != q.Seen {
			return fault.New(fault.Conflict, "verify.recode.moved_on")
		}
		q.LeaveOut = leaveOut
		if p, err = s.plan(ctx, tx, q, r); err != nil {
			return err
		}
		return s.propose(ctx, tx, a, &p)
	})
	return p.Recoding, err
}

// propose stores a list that waits for signatures.
func (s *Service) propose(ctx context.Context, tx db.Tx, a desk.Actor, p *RecodingPlan) (err error) {
	if p.Entries == 0 {
		return fault.New(fault.Conflict, "verify.recode.nothing")
	}
	if p.ID, err = db.NextID(ctx, tx, "recoding"); err != nil {
		return err
	}
	for i := range p.Items {
		p.Items[i].Recoding = p.ID
	}
	if err := db.Insert(ctx, tx, "recoding", []Recoding{p.Recoding}); err != nil {
		return err
	}
	if err := db.Insert(ctx, tx, "recoding_item", p.Items); err != nil {
		return err
	}
	return s.tellRecoding(ctx, tx, a, p.Recoding, "proposed")
}

// ProposeBack proposes to take a recoding back that was done: what is still coded as
// it left it becomes what it was.
func (s *Service) ProposeBack(ctx context.Context, a desk.Actor, id int64, reason string) (Recoding, error) {
	reason = clipNote(reason)
	org, err := worldwide(a, desk.Editor, 0)
	if err != nil {
		return Recoding{}, err
	}
	if err := checkText("why", reason); err != nil {
		return Recoding{}, err
	}
	var p RecodingPlan
	err = s.db.Write(ctx, func(tx db.Tx) error {
		was, err := s.recoding(ctx, tx, id)
		if err != nil {
			return err
		}
		if was.State != "done" {
			return fault.New(fault.Conflict, "verify.recode.not_done")
		}
		items, err := s.recodingItems(ctx, tx, id)
		if err != nil {
			return err
		}
		ask := AskRecoding{Methodology: was.Methodology, Field: was.Field, From: was.To, To: was.From, Reason: reason}
		if p, err = s.plan(ctx, tx, ask, Recoding{State: "open", Reverses: id, Person: a.Person, Organisation: org, At: s.now()}); err != nil {
			return err
		}
		p.onlyBack(items)
		return s.propose(ctx, tx, a, &p)
	})
	return p.Recoding, err
}

// onlyBack keeps what a former list coded, and gives it the version back that it
// named before.
func (p *RecodingPlan) onlyBack(former []RecodingItem) {
	type key struct {
		ref  string
		year int
	}
	was := map[key]RecodingItem{}
	for _, it := range former {
		if it.LeftOut == 0 {
			was[key{it.Ref, it.Year}] = it
		}
	}
	var items []RecodingItem
	for _, it := range p.Items {
		if old, listed := was[key{it.Ref, it.Year}]; listed {
			it.NewCoding = old.OldCoding
			items = append(items, it)
		}
	}
	p.Items, p.Entries = items, 0
	p.finish()
}

// tellRecoding has the ledger hear of an act on a recoding. What comes of it is told
// by the record.
func (s *Service) tellRecoding(ctx context.Context, tx db.Tx, a desk.Actor, r Recoding, act string) error {
	return s.Tell(ctx, tx, Event{Kind: "recoding." + act, Subject: r.Methodology, Quiet: true,
		Payload: map[string]any{"recoding": r.ID, "methodology": r.Methodology, "list": r.Digest, "by": a.Ref}})
}
