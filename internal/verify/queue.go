package verify

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// LeaseFor is how long somebody keeps a dossier they took, unless they take it
// again.
const LeaseFor = 48 * time.Hour

// Filter chooses dossiers of the queue. The zero value is everything open that
// the person may see.
type Filter struct {
	State   string // one of the states; "" is open, "all" is everything
	Country string
	Urgency int
	Mine    bool // those I hold
	Free    bool // those nobody holds
	Floor   string
	Sign    bool // what can be signed now: enough evidence, no embargo, not signed by two yet; public ones with changes too
	Changed bool // public ones with changes nobody signed yet, whatever their evidence, and those that wait as they are: [Service.Waits]
	Signed  int  // 1: one signature under what stands, 2: enough
	Words   string
	After   string // cursor
	Limit   int
}

// PageSize is how many dossiers a page of the queue has.
const PageSize = 50

// States lists what a filter may ask for.
func States() []string {
	return []string{Open, NeedsDetails, Rejected, Public, Retracted, Merged, "all"}
}

// ParseFilter reads a filter from an address; what it does not know it leaves
// out.
func ParseFilter(v url.Values) Filter {
	f := Filter{Country: strings.ToUpper(v.Get("country")), Mine: v.Get("mine") != "", Changed: v.Get("changed") != "", Sign: v.Get("sign") != "", Free: v.Get("free") != "", Words: firstWords(v.Get("q")), After: v.Get("after")}
	if slices.Contains(States(), v.Get("state")) {
		f.State = v.Get("state")
	}
	if slices.Contains(rungs[:4], v.Get("floor")) {
		f.Floor = v.Get("floor")
	}
	if n, err := strconv.Atoi(v.Get("urgency")); err == nil && n >= 1 && n <= 3 {
		f.Urgency = n
	}
	if n, err := strconv.Atoi(v.Get("signed")); err == nil && (n == 1 || n == 2) {
		f.Signed = n
	}
	return f
}

// Values writes a filter as an address, without its page.
func (f Filter) Values() url.Values {
	v := url.Values{}
	set := func(k, s string) {
		if s != "" {
			v.Set(k, s)
		}
	}
	set("state", f.State)
	set("country", f.Country)
	set("floor", f.Floor)
	set("q", f.Words)
	if f.Urgency != 0 {
		v.Set("urgency", strconv.Itoa(f.Urgency))
	}
	if f.Signed != 0 {
		v.Set("signed", strconv.Itoa(f.Signed))
	}
	if f.Changed {
		v.Set("changed", "1")
	}
	if f.Sign {
		v.Set("sign", "1")
	}
	if f.Mine {
		v.Set("mine", "1")
	}
	if f.Free {
		v.Set("free", "1")
	}
	return v
}

// List reads a page of the queue, the most pressing first.
func (s *Service) List(ctx context.Context, a desk.Actor, f Filter) (list []Dossier, next string, err error) {
	if f.Limit == 0 {
		f.Limit = PageSize
	}
	var w db.Where
	if err := s.narrow(ctx, &w, a, f); err != nil {
		return nil, "", err
	}
	rows, err := db.Select[Dossier](ctx, s.db.Reader(), `/* verify.List */ select `+db.Columns[Dossier]("d.")+` from dossier d where `+w.SQL()+
		` order by d.urgency, d.due_at, d.id limit `+w.Arg(f.Limit+1), w.Args()...)
	if err != nil {
		return nil, "", err
	}
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		next = cursor(rows[f.Limit-1])
	}
	return rows, next, nil
}

// organisations counts those that signed.
func organisations(list []SignOff) int {
	seen := map[int64]bool{}
	for _, x := range list {
		seen[x.Organisation] = true
	}
	return len(seen)
}

// unsettled are the cases of which something is not public yet, or public without two
// signatures.
const unsettled = `d.unsettled = 1`

// Those among them that two organisations signed, and those that are public: few of many.
const (
	ready           = unsettled + ` and d.signatures >= 2`
	unsettledPublic = unsettled + ` and d.state = 'published'`
)

// narrow writes the conditions of a filter, and those of what a person may see.
func (s *Service) narrow(ctx context.Context, w *db.Where, a desk.Actor, f Filter) error {
	if everywhere, countries := a.Areas(desk.Reader); !everywhere {
		inCountries(w, countries)
	}
	if f.Country != "" {
		inCountries(w, []string{f.Country})
	}
	switch f.State {
	case "":
		if f.Sign {
			w.And(unsettled+" and d.floor = ? and d.signatures < 2 and d.embargo_until <= ?", Corroborated, s.now())
			break
		}
		if f.Signed != 0 {
			w.And(unsettled)
			break
		}
		w.And("d.state = 'open' and " + unsettled) // it says so twice for those who plan
	case "all":
	default:
		w.And("d.state = ?", f.State)
	}
	if f.Changed {
		w.And(`d.id in (select d.id from dossier d where `+unsettledPublic+`
			union all select x.id from entry e join incident i on i.id = e.incident_id and i.origin = 'desk' join dossier x on x.incident_ref = i.ref
			where e.edition_id = ? and e.end_state = 'ongoing' and e.latest = 1 and e.count_year < ?)`, incident.RecordEdition, s.Options.Now().UTC().Year())
	}
	if f.Urgency != 0 {
		w.And("d.urgency = ?", f.Urgency)
	}
	if f.Floor != "" {
		w.And("d.floor = ?", f.Floor)
	}
	now := s.now()
	if f.Mine {
		w.And("d.lease_by = ? and d.lease_until > ?", a.Person, now)
	}
	if f.Free {
		w.And("(d.lease_by is null or d.lease_until <= ?)", now)
	}
	switch f.Signed {
	case 1:
		w.And("d.signatures = 1")
	case 2:
		w.And(ready)
	}
	words := wordsOf(f.Words)
	words, err := s.rarestFirst(ctx, words[:min(len(words), 2*mostWords)]) // one without spaces is many
	if err != nil {
		return err
	}
	for i, word := range words {
		if i == 0 {
			w.And("d.id in (select x.dossier_id from dossier_word x where x.word >= ? and x.word < ?)", word, word+lastLetter)
			continue
		}
		w.And("exists (select 1 from dossier_word x where x.dossier_id = d.id and x.word >= ? and x.word < ?)", word, word+lastLetter)
	}
	if f.After != "" {
		c, err := parseCursor(f.After)
		if err != nil {
			return err
		}
		w.And("(d.urgency, d.due_at, d.id) > (?, ?, ?)", c[0], c[1], c[2])
	}
	return nil
}

// inCountries asks for dossiers of any of some countries.
func inCountries(w *db.Where, countries []string) {
	if len(countries) == 0 {
		w.And("1 = 0")
		return
	}
	args := make([]string, len(countries))
	for i, c := range countries {
		args[i] = w.Arg(c)
	}
	list := "(" + strings.Join(args, ", ") + ")"
	if len(countries) == 1 { // few of all: they are looked up
		w.And("d.id in (select x.id from dossier x where x.country in " + list + " union all select x.dossier_id from dossier_area x where x.country in " + list + ")")
		return
	}
	w.And("(d.country in " + list + " or d.id in (select x.dossier_id from dossier_area x where x.country in " + list + "))")
}

// mostWords is how many words of a query are looked for: each is a condition of its
// own, and planning very many takes a server longer than looking.
const mostWords = 12

// firstWords are the words of a query that are looked for, as whoever asked sees them.
func firstWords(query string) string {
	query = strings.TrimSpace(query)
	if list := splitWords(query); len(list) > mostWords {
		return strings.Join(list[:mostWords], " ")
	}
	return query
}

// lastLetter comes after every letter: what begins with a word lies before it.
const lastLetter = "\U0010ffff"

// rarestFirst orders words by how many dossiers have them, as far as that is
// counted: the first one is looked up, the others are only asked about.
func (s *Service) rarestFirst(ctx context.Context, words []string) ([]string, error) {
	if len(words) < 2 {
		return words, nil
	}
	counts := map[string]int{}
	for _, word := range words {
		n, _, err := db.Value[int](ctx, s.db.Reader(), `/* verify.rarestFirst */ select count(*) from (select 1 from dossier_word where word >= $1 and word < $2 limit 1000) x`, word, word+lastLetter)
		if err != nil {
			return nil, err
		}
		counts[word] = n
	}
	slices.SortStableFunc(words, func(a, b string) int { return counts[a] - counts[b] })
	return words, nil
}

func cursor(d Dossier) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %d %d", d.Urgency, d.Due, d.ID))
}

func parseCursor(text string) (c [3]int64, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		_, err = fmt.Sscanf(string(raw), "%d %d %d", &c[0], &c[1], &c[2])
	}
	return c, fault.Wrap(err, fault.Invalid, "")
}

// Total counts what a filter chooses, up to a bound.
func (s *Service) Total(ctx context.Context, a desk.Actor, f Filter) (n int, more bool, err error) {
	f.After = ""
	var w db.Where
	if err := s.narrow(ctx, &w, a, f); err != nil {
		return 0, false, err
	}
	n, _, err = db.Value[int](ctx, s.db.Reader(), `/* verify.Total */ select count(*) from (select 1 from dossier d where `+w.SQL()+` limit `+w.Arg(maxTotal+1)+`) x`, w.Args()...)
	return min(n, maxTotal), n > maxTotal, err
}

// maxTotal is how far a total of the queue is counted.
const maxTotal = 1000

// Lease takes a dossier: others see who is at it. It ends by itself after
// [LeaseFor].
func (s *Service) Lease(ctx context.Context, a desk.Actor, ref string) error {
	return s.change(ctx, a, ref, desk.Contributor, func(tx db.Tx, d *Dossier) error {
		if d.LeaseBy != nil && *d.LeaseBy != a.Person && d.LeaseUntil > s.now() {
			if err := may(a, desk.Editor, *d); err != nil { // an editor takes it over
				return fault.New(fault.Conflict, "verify.leased")
			}
		}
		d.LeaseBy, d.LeaseUntil = &a.Person, s.now()+LeaseFor.Microseconds()
		return s.note(ctx, tx, *d, &a, 0, "taken", "", nil)
	})
}

// HandOver gives a dossier one holds to somebody else, or back to everybody (to
// 0). mayTake tells whether the other one may work on the country. Whoever may not
// read who works there names nobody: the answer would tell.
func (s *Service) HandOver(ctx context.Context, a desk.Actor, ref string, to int64, mayTake func(country string) bool, note string) error {
	veiled, err := s.veiledCountries(ctx)
	if err != nil {
		return err
	}
	return s.change(ctx, a, ref, desk.Contributor, func(tx db.Tx, d *Dossier) error {
		if to != 0 && veiled.hide(a, d.Countries()) {
			return fault.New(fault.Forbidden, "verify.hand_over_hidden")
		}
		if d.LeaseBy == nil || *d.LeaseBy != a.Person {
			if err := may(a, desk.Editor, *d); err != nil {
				return fault.New(fault.Conflict, "verify.not_held")
			}
		}
		d.LeaseBy, d.LeaseUntil = nil, 0
		kind, detail := "released", clipNote(note)
		if to != 0 {
			if !mayTake(d.Country) {
				return fault.Mend(fault.Field{Name: "to", Key: "verify.cannot_take"})
			}
			d.LeaseBy, d.LeaseUntil, kind = &to, s.now()+LeaseFor.Microseconds(), "handed_over"
			detail = handedTo(to, detail)
		}
		return s.note(ctx, tx, *d, &a, 0, kind, detail, nil)
	})
}

// handedTo is the detail of an act that handed a case over: to whom, and the note.
func handedTo(person int64, note string) string {
	return strings.TrimSpace("@" + strconv.FormatInt(person, 10) + " " + note)
}

// parseHanded reads what [handedTo] writes; person is 0 for a note alone.
func parseHanded(detail string) (person int64, note string) {
	number, note, _ := strings.Cut(strings.TrimPrefix(detail, "@"), " ")
	person, err := strconv.ParseInt(number, 10, 64)
	if err != nil || !strings.HasPrefix(detail, "@") {
		return 0, detail
	}
	return person, note
}

// Plan sets how urgent a dossier is and until when somebody should have looked;
// due 0 lets the urgency decide.
func (s *Service) Plan(ctx context.Context, a desk.Actor, ref string, urgency int, due int64) error {
	if urgency < 1 || urgency > 3 {
		return fault.Mend(fault.Field{Name: "urgency", Key: "verify.urgency_needed"})
	}
	return s.change(ctx, a, ref, desk.Contributor, func(tx db.Tx, d *Dossier) error {
		if due == 0 {
			due = dueAfter(s.now(), urgency)
		}
		d.Urgency, d.Due = urgency, due
		return s.note(ctx, tx, *d, &a, 0, "planned", strconv.Itoa(urgency), nil)
	})
}

// Park puts a dossier aside, or takes it up again (state Open). What is public is
// not parked but retracted; an incident of a sheet that the desk only took up can be
// left to the sheets again, by rejecting. One whose incident another one took in is
// parked like any.
func (s *Service) Park(ctx context.Context, a desk.Actor, ref, state, reason string) error {
	reason = clipNote(reason)
	if err := checkText("reason", reason); err != nil {
		return err
	}
	if !slices.Contains([]string{NeedsDetails, Rejected, Open}, state) {
		return fault.Mend(fault.Field{Name: "state", Key: "verify.choose"})
	}
	role := desk.Editor
	if state != Rejected {
		role = desk.Contributor // asking for more, and taking it up again, is everybody's
	}
	return s.change(ctx, a, ref, role, func(tx db.Tx, d *Dossier) error {
		if d.State == Public {
			only, err := s.onlyTakenUp(ctx, tx, *d)
			if err != nil {
				return err
			}
			into, err := s.wentInto(ctx, tx, *d)
			if err != nil {
				return err
			}
			if into == "" && (!only || state != Rejected) {
				return fault.New(fault.Conflict, "verify.is_public")
			}
		}
		if d.State == Rejected && d.Incident != "" { // the record may say something else by now
			return fault.New(fault.Conflict, "verify.left")
		}
		if d.Signatures > 0 && state != Open { // what somebody signed is not put aside by one who adds to it
			if err := may(a, desk.Editor, *d); err != nil {
				return err
			}
		}
		d.State, d.Reason = state, reason
		if state == Open {
			d.Reason, d.Due = "", dueAfter(s.now(), d.Urgency)
		}
		return s.note(ctx, tx, *d, &a, 0, map[string]string{NeedsDetails: "parked", Rejected: "rejected", Open: "reopened"}[state], reason, nil)
	})
}

// Rename gives a dossier another title.
func (s *Service) Rename(ctx context.Context, a desk.Actor, ref, title string) error {
	title = strings.Join(strings.Fields(title), " ")
	if n := len([]rune(title)); n == 0 {
		return fault.Mend(fault.Field{Name: "title", Key: "verify.title_needed"})
	} else if n > maxTitle {
		return fault.Mend(fault.Field{Name: "title", Key: "verify.too_long", Args: []any{"most", maxTitle}})
	}
	return s.change(ctx, a, ref, desk.Contributor, func(tx db.Tx, d *Dossier) error {
		was := d.Title
		d.Title = title
		if err := s.index(ctx, tx, *d); err != nil {
			return err
		}
		return s.note(ctx, tx, *d, &a, 0, "renamed", was, nil)
	})
}
