package verify

import (
	"slices"
	"time"

	"keepiton/internal/platform/fault"
)

// UrgentFor is how long a publication stands that two organisations have not
// signed.
const UrgentFor = 72 * time.Hour

// Rungs of the ladder, from the bottom.
const (
	Signal       = "signal"
	Reported     = "reported"
	Corroborated = "corroborated"
	Verified     = "verified"
	Published    = "published"
)

// Item is an item of evidence as the ladder sees it.
type Item struct {
	ID        int64
	Ref       string
	Title     string
	Class     string // T measurement, H first-hand account, O official order or statement, I operator communication, N news, M media or screenshot, D denial or claim of responsibility
	Origin    int64  // copies of one post share one; 0: nobody has said
	Source    string // Admiralty letter, A to F
	Grade     string // Admiralty figure, 1 to 6
	Withdrawn bool
	Unused    bool   // only the organisation that filed it may read it: no second one can say that it looked
	Hidden    bool   // confidential: that it exists may be said, what it says may not
	FiledBy   string // reference of a person
	Digest    string // of all that a signature stands on
	At        int64
}

// Link says what an item does for a claim.
type Link struct {
	ID     int64
	Claim  Claim
	Item   int64
	Side   Side
	Note   string
	Person int64
	At     int64

	Revision int64 // of the dossier, with it
}

// Side is what an item does for a claim.
type Side string

// The sides. Silent: the source could not have seen it (a measurement network
// that has no probes there), which is neither for nor against.
const (
	For     Side = "for"
	Against Side = "against"
	Silent  Side = "silent"
)

// Sides lists them.
func Sides() []Side { return []Side{For, Against, Silent} }

// Floor is the rung the evidence itself reaches (reference: the ladder of the
// coalition): "" with nothing that speaks for the case, signal with measurements
// alone, reported with any human account, corroborated with two items of
// different class and different origin that speak for one and the same claim.
func Floor(items []Item, links []Link) string {
	byID := map[int64]Item{}
	for _, it := range items {
		if !it.Withdrawn && !it.Unused {
			byID[it.ID] = it
		}
	}
	floor := ""
	for _, c := range Claims() {
		floor = higher(floor, floorOf(byID, links, c))
	}
	return floor
}

// ClaimFloor is the rung of one claim.
func ClaimFloor(items []Item, links []Link, c Claim) string {
	byID := map[int64]Item{}
	for _, it := range items {
		if !it.Withdrawn && !it.Unused {
			byID[it.ID] = it
		}
	}
	return floorOf(byID, links, c)
}

func floorOf(items map[int64]Item, links []Link, c Claim) string {
	floor := ""
	var for_ []Item
	for _, l := range links {
		it, ok := items[l.Item]
		if !ok || l.Claim != c || l.Side != For {
			continue
		}
		if it.Class == "T" {
			floor = higher(floor, Signal)
		} else {
			floor = higher(floor, Reported)
		}
		for _, other := range for_ {
			if independent(it, other) {
				floor = Corroborated
			}
		}
		for_ = append(for_, it)
	}
	return floor
}

// independent tells whether two items are of different class and of different,
// known origin. While nobody has said where an item comes from it proves nothing
// beside another.
func independent(a, b Item) bool {
	return a.Class != b.Class && a.Origin != b.Origin && a.Origin != 0 && b.Origin != 0
}

var rungs = []string{"", Signal, Reported, Corroborated, Verified, Published}

func higher(a, b string) string {
	if slices.Index(rungs, b) > slices.Index(rungs, a) {
		return b
	}
	return a
}

// reaches tells whether a rung is at least another.
func reaches(have, want string) bool { return slices.Index(rungs, have) >= slices.Index(rungs, want) }

// Question is one line of the checklist.
type Question struct {
	Key  string
	Must bool // only a "yes" lets somebody sign
}

// Questions is the checklist of whoever signs. Each is answered yes, no or
// unknown; what is not "yes" needs a word of explanation.
func Questions() []Question {
	return []Question{
		{"looked", true},        // I looked at the evidence myself
		{"independent", false},  // the sources do not depend on each other
		{"agree", false},        // place and time agree between the sources
		{"other_causes", false}, // cable, power, weather and maintenance are ruled out
		{"against", false},      // what speaks against it is answered, or stated as dissent
		{"once", true},          // no other public incident tells of it
		{"safe", true},          // publishing points to nobody
	}
}

// Answer is what was answered to a question.
type Answer struct {
	Key  string `json:"key"`
	Says string `json:"says"` // yes, no or unknown
}

// checkAnswers holds the checklist of a signature against the rules.
func checkAnswers(answers []Answer, note string) error {
	var wrong []fault.Field
	doubts := false
	for _, q := range Questions() {
		i := slices.IndexFunc(answers, func(a Answer) bool { return a.Key == q.Key })
		switch {
		case i < 0 || !slices.Contains([]string{"yes", "no", "unknown"}, answers[i].Says):
			wrong = append(wrong, fault.Field{Name: q.Key, Key: "verify.sign.unanswered"})
		case q.Must && answers[i].Says != "yes":
			wrong = append(wrong, fault.Field{Name: q.Key, Key: "verify.sign.must"})
		case answers[i].Says != "yes":
			doubts = true
		}
	}
	if doubts && note == "" {
		wrong = append(wrong, fault.Field{Name: "note", Key: "verify.sign.explain"})
	}
	return fault.Mend(wrong...)
}
