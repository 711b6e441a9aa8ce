package dispute

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"keepiton/internal/incident"
	"keepiton/internal/platform/fault"
)

// State is how far a dispute has come.
type State string

// The states.
const (
	Open     State = "open"
	Answered State = "answered"
	Upheld   State = "upheld"
	Rejected State = "rejected"
)

// next says which states may follow. What was decided may be opened again, because
// people err, and it stays written that it was decided.
var next = map[State][]State{Open: {Answered, Upheld, Rejected}, Answered: {Answered, Upheld, Rejected}, Upheld: {Open}, Rejected: {Open}}

// Closed tells whether it is decided.
func (s State) Closed() bool { return s == Upheld || s == Rejected }

// Statements are what can be said to be wrong, in the order of the form.
func Statements() []string {
	return []string{"happened", "where", "when", "what", "how", "who", "why", "effects", "other"}
}

// Speakers are those who can speak.
func Speakers() []string { return []string{"person", "organisation", "operator", "state"} }

// The answers of the form that an editor can release.
const (
	AnswerRight  = "right"
	AnswerWhy    = "why"
	AnswerSource = "source"
)

// Answers lists them.
func Answers() []string { return []string{AnswerRight, AnswerWhy, AnswerSource} }

// Filing is what somebody wrote.
type Filing struct {
	Incident  string // reference
	Statement string
	Right     string // what is right
	Why       string
	Source    string // an address; may be empty
	Speaker   string
	Contact   string // may be empty; never public
	Lang      string
}

// Limits of the answers, in letters.
const (
	MaxRight   = 1000
	MaxWhy     = 3000
	MaxSource  = 500
	MaxContact = 200
	MaxNote    = 3000
)

// check brings a filing into form and says what has to be mended.
func (f *Filing) check() error {
	var wrong []fault.Field
	bad := func(name, key string, args ...any) {
		wrong = append(wrong, fault.Field{Name: name, Key: key, Args: args})
	}
	for _, x := range []struct {
		name   string
		text   *string
		max    int
		needed bool
	}{{AnswerRight, &f.Right, MaxRight, true}, {AnswerWhy, &f.Why, MaxWhy, true}, {AnswerSource, &f.Source, MaxSource, false}, {"contact", &f.Contact, MaxContact, false}} {
		*x.text = clean(*x.text)
		switch n := utf8.RuneCountInString(*x.text); {
		case n == 0 && x.needed:
			bad(x.name, "dispute.needed."+x.name)
		case n > x.max:
			bad(x.name, "dispute.too_long", "most", x.max)
		}
	}
	if !slices.Contains(Statements(), f.Statement) {
		bad("statement", "dispute.needed.statement")
	}
	if !slices.Contains(Speakers(), f.Speaker) {
		bad("speaker", "dispute.needed.speaker")
	}
	if u, err := url.Parse(f.Source); f.Source != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || strings.ContainsFunc(f.Source, unicode.IsSpace)) {
		bad(AnswerSource, "dispute.bad_source")
	}
	return fault.Mend(wrong...)
}

// clean takes out letters that nobody sees or that turn the writing round, and
// white space at the ends. Line breaks stay, and so do the joiners that belong to
// some scripts.
func clean(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\r\n", "\n")
	text = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\u200c' || r == '\u200d' || unicode.IsGraphic(r) {
			return r
		}
		if r == '\t' || r == '\r' {
			return ' '
		}
		return -1
	}, text)
	return strings.TrimSpace(text)
}

// Step is something the coalition said or did.
type Step struct {
	Kind string // released, answered, upheld, rejected, reopened
	At   incident.Instant
	Note string
	By   string // what the person calls themselves when it is read
	For  int64  // the organisation they acted for; what it is called is asked when it is read
}

// Dispute is one as everybody may read it. Right, Why and Source are empty
// where they were not released.
type Dispute struct {
	Ref            string
	Incident       string // reference
	Statement      string // empty until something is released
	Speaker        string // likewise
	Right, Why     string
	Source         string
	Lang           string // the language of the page it was written on
	State          State
	Filed, Changed incident.Instant
	Steps          []Step   // without releases
	Released       []string // names of the answers that are public
	Gone           bool     // its incident was taken back since
}

// Case is a dispute with all that was written, for an editor.
type Case struct {
	Dispute
	Contact   string
	Countries []string
}
