package incident

import (
	"strings"
)

// State is a four-state flag. The zero value is not legal; use [NotAsked].
type State string

// The four states. NotAsked: the question was not part of the form, or the
// cell is empty. Unknown: somebody asked and could not tell.
const (
	Yes      State = "yes"
	No       State = "no"
	Unknown  State = "unknown"
	NotAsked State = "not_asked"
)

// Date is a civil date with its precision, as text: 2025-06-18, 2025-06 or
// 2025. Empty means that no date is stated.
type Date string

// Day is the number of the first day the date may mean, counted from
// 1970-01-01; ok is false for an empty or malformed date.
func (d Date) Day() (day int, ok bool) { return dayOf(string(d)) }

// Precision is day, month, year or "" (no date).
func (d Date) Precision() string {
	switch len(d) {
	case 10:
		return "day"
	case 7:
		return "month"
	case 4:
		return "year"
	}
	return ""
}

// Year is the calendar year, 0 when there is none.
func (d Date) Year() int {
	if len(d) < 4 {
		return 0
	}
	y := 0
	for _, r := range d[:4] {
		if r < '0' || r > '9' {
			return 0
		}
		y = y*10 + int(r-'0')
	}
	return y
}

// Facts is what is known about an incident, in normalised form. Terms are keys
// of the taxonomy tables ([Scheme]); "" means that nothing was stated. Each
// field with a `table` tag is stored as rows of that table.
type Facts struct {
	Period    Period    `table:"period" json:"period"`
	Pauses    []Period  `table:"period" json:"pauses,omitempty"`
	Countries []Country `table:"incident_country" json:"countries"`
	Places    []Place   `table:"place" json:"places,omitempty"`
	Measure   Measure   `table:"measure" json:"measure"`
	Services  []Effect  `table:"service_effect" json:"services,omitempty"`
	Actors    []Actor   `table:"actor_role" json:"actors,omitempty"`
	Cause     Cause     `table:"cause" json:"cause"`
	Reason    Reason    `table:"justification" json:"justification"`
	Legal     Legal     `table:"legal_basis" json:"legal_basis"`
	Operators []Carrier `table:"operator_effect" json:"operators,omitempty"`
	Telco     Statement `table:"operator_statement" json:"operator_statement"`
	Flags     []Flag    `table:"flag" json:"flags,omitempty"`
	Groups    []Group   `table:"targeted_group" json:"targeted_groups,omitempty"`
	Cost      []Cost    `table:"cost" json:"cost,omitempty"`
	Sources   []Source  `table:"source" json:"sources,omitempty"`
	Links     []Link    `table:"publication" json:"publications,omitempty"`
	Notes     []Note    `table:"narrative" json:"narrative,omitempty"`
}

// Period is one stretch of time. Kind main is the whole incident; the others
// lie inside it. EndState says why End is empty.
type Period struct {
	Kind       string `db:"kind" json:"kind"` // main, curfew_night, pause, escalation
	Start      Date   `db:"start_date" json:"start"`
	StartKind  string `db:"start_kind" json:"start_kind"` // actual, estimated, not_asked
	End        Date   `db:"end_date" json:"end,omitempty"`
	EndState   string `db:"end_state" json:"end_state"` // ended, ongoing, unknown, not_asked
	LastActive Date   `db:"last_active" json:"last_active,omitempty"`
	// Stated is the duration as the sheet gives it, in words or days.
	Stated string `db:"stated_duration" json:"stated_duration,omitempty"`
}

// Country is a place of statistics by ISO code (or XK, XS), with the spelling
// of the source kept beside it.
type Country struct {
	Code     string `db:"code" json:"code"`
	Spelling string `db:"spelling" json:"spelling"`
}

// Place is one place inside a country, as stated and as matched.
type Place struct {
	Country    string  `db:"country" json:"country,omitempty"`
	Text       string  `db:"area_text" json:"text"`
	Unit       string  `db:"unit" json:"unit,omitempty"` // id of the gazetteer
	Confidence string  `db:"confidence" json:"confidence"`
	Excluded   bool    `db:"excluded" json:"excluded,omitempty"`
	Lat        float64 `db:"lat" json:"lat,omitempty"`
	Lon        float64 `db:"lon" json:"lon,omitempty"`
}

// Measure is what was done to the network.
type Measure struct {
	Method    string `db:"method" json:"method"`   // scheme type
	Network   string `db:"network" json:"network"` // scheme network
	Extent    string `db:"extent" json:"extent"`   // scheme extent
	Scope     string `db:"geo_scope" json:"geo_scope"`
	Whole     bool   `db:"whole_country" json:"whole_country"`
	Area      string `db:"area" json:"area"` // the area as stated, whole
	Mechanism string `db:"mechanism" json:"mechanism,omitempty"`
}

// Effect is what happened to one service. Verbatim is the token as written
// when it was named in a list.
type Effect struct {
	Service  string `db:"service" json:"service"`
	State    State  `db:"effect" json:"state"`
	Verbatim string `db:"verbatim" json:"verbatim,omitempty"`
}

// Actor is who did what: Role ordered carries a class, Role decided a name.
type Actor struct {
	Role  string `db:"role" json:"role"`                   // ordered, decided
	Class string `db:"class" json:"class"`                 // scheme actor_class
	Name  string `db:"name" json:"name,omitempty"`         // as stated
	Home  string `db:"home_country" json:"home,omitempty"` // country code of a state actor, "" when not known
}

// Cause is what really set it off, coded under a version of the methodology.
type Cause struct {
	Term    string `db:"term" json:"term"`
	Details string `db:"details" json:"details,omitempty"`
	Coding  string `db:"coding" json:"coding"`
}

// Reason is the official justification, kept apart from the cause.
type Reason struct {
	Term         string `db:"term" json:"term"`
	Details      string `db:"details" json:"details,omitempty"`
	Acknowledged State  `db:"acknowledged" json:"acknowledged"`
	Source       string `db:"ack_source" json:"source,omitempty"`
	Quote        string `db:"ack_quote" json:"quote,omitempty"`
}

// Legal is the legal ground that was claimed.
type Legal struct {
	Claimed State  `db:"claimed" json:"claimed"`
	Text    string `db:"legal_text" json:"text,omitempty"`
}

// Carrier is a network operator that was involved.
type Carrier struct {
	Country  string `db:"country" json:"country,omitempty"`
	Name     string `db:"name" json:"name"`
	Owner    string `db:"owner" json:"owner,omitempty"`
	Verbatim string `db:"verbatim" json:"verbatim"`
}

// Statement is whether the operators acknowledged the order.
type Statement struct {
	Acknowledged State  `db:"acknowledged" json:"acknowledged"`
	Source       string `db:"ack_source" json:"source,omitempty"`
	Quote        string `db:"ack_quote" json:"quote,omitempty"`
}

// Flag is one of the sheet's yes/no questions about context.
type Flag struct {
	Key   string `db:"flag" json:"key"` // election, violence, hr_abuse, users_notified
	State State  `db:"flag_state" json:"state"`
}

// Group is a group of people it was aimed at.
type Group struct {
	Term     string `db:"term" json:"term"`
	Verbatim string `db:"verbatim" json:"verbatim"`
	Detail   string `db:"detail" json:"detail,omitempty"`
}

// Cost is an amount somebody else estimated; we never add them up.
type Cost struct {
	Amount   float64 `db:"amount" json:"amount,omitempty"`
	Currency string  `db:"currency" json:"currency,omitempty"`
	Per      string  `db:"per" json:"per,omitempty"` // total, day, year
	Verbatim string  `db:"verbatim" json:"verbatim"`
}

// Source is where a statement about the incident comes from. A confidential
// source has no address: that it exists is public, what it says is not.
type Source struct {
	Class string `db:"class" json:"class"`
	URL   string `db:"url" json:"url,omitempty"`
	Text  string `db:"source_text" json:"text,omitempty"` // what stood there when it is no address
}

// Link is a publication of the coalition about the incident.
type Link struct {
	Kind string `db:"kind" json:"kind"`
	URL  string `db:"url" json:"url"`
}

// Note is running text in a language.
type Note struct {
	Kind string `db:"kind" json:"kind"` // event, target_detail, internal
	Lang string `db:"lang" json:"lang"`
	Text string `db:"body" json:"text"`
}

// Flag returns the state of a flag; a flag nobody set was not asked.
func (f *Facts) Flag(key string) State {
	for _, x := range f.Flags {
		if x.Key == key {
			return x.State
		}
	}
	return NotAsked
}

// Effect returns what happened to a service.
func (f *Facts) Effect(service string) State {
	for _, x := range f.Services {
		if x.Service == service {
			return x.State
		}
	}
	return NotAsked
}

// OrderedBy is the class of authority that gave the order, "" if not stated.
func (f *Facts) OrderedBy() string {
	for _, a := range f.Actors {
		if a.Role == "ordered" {
			return a.Class
		}
	}
	return ""
}

// DecidedBy is the name of the authority, as stated.
func (f *Facts) DecidedBy() string {
	for _, a := range f.Actors {
		if a.Role == "decided" {
			return a.Name
		}
	}
	return ""
}

// Note returns the text of a kind in its first language.
func (f *Facts) Note(kind string) string {
	for _, n := range f.Notes {
		if n.Kind == kind {
			return n.Text
		}
	}
	return ""
}

// CountryText is the country cell as the sheet spells it.
func (f *Facts) CountryText() string {
	var names []string
	for _, c := range f.Countries {
		names = append(names, c.Spelling)
	}
	return strings.Join(names, "; ")
}

// CrossBorder reports whether a state actor at home elsewhere cut people off:
// some actor has a home country and none of the affected countries is it.
func (f *Facts) CrossBorder() bool {
	for _, a := range f.Actors {
		if a.Home == "" {
			continue
		}
		home := false
		for _, c := range f.Countries {
			home = home || c.Code == a.Home
		}
		if !home {
			return true
		}
	}
	return false
}

// Affected lists the services that were hit, in the order they were stated.
func (f *Facts) Affected() []string {
	var out []string
	for _, e := range f.Services {
		if e.State == Yes {
			out = append(out, e.Service)
		}
	}
	return out
}
