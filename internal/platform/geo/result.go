package geo

// Confidence says how a token of a place list was resolved, strongest first.
type Confidence string

// The grades of Confidence. Only the first three may be stored without a
// person's look; the rest go to a review queue.
const (
	ExactParent Confidence = "exact_parent" // the name is exact and its container was named too
	Exact       Confidence = "exact"        // the name is exact in this country
	AliasHit    Confidence = "alias"        // a listed other spelling or a learned alias
	Fuzzy       Confidence = "fuzzy"        // a near spelling; check it
	Vague       Confidence = "vague"        // an open set: "several cities"; names no place
	None        Confidence = "none"         // not found
	NationHit   Confidence = "nation"       // the token names a whole country: a territory of the stated one
)

// Match is one token of a place list and what it was read as.
type Match struct {
	Token       string     // verbatim: always a substring of the input
	Unit        string     // unit id, "" when Confidence is vague, none or nation
	Confidence  Confidence //
	ParentNamed string     // id of the container the text named for this token, if any
	Outside     bool       // Unit does not lie in ParentNamed: the text or the table is wrong
	Part        bool       // the text speaks of a part of Unit ("parts of", "3 districts of")
	Container   bool       // Unit only says where another match lies: "Sagaing" in "Kale, Sagaing"
	Options     []string   // ids of the places that share this very name, when that could not be decided
	Elsewhere   string     // for none: the one other country where the name is exact; for nation: the territory named
}

// Result is a place list as read.
type Result struct {
	Nationwide bool    // the whole country, apart from Except
	Except     []Match // what the text leaves out
	Matches    []Match // in the order of the text
	Vague      bool    // the text holds an open set: what is listed is not all
}

// Resolved reports whether every token that names a place was found. Vague
// tokens are not places and do not count against it.
func (r Result) Resolved() bool {
	if !r.Nationwide && len(r.Matches) == 0 {
		return false
	}
	for _, list := range [][]Match{r.Matches, r.Except} {
		for _, m := range list {
			if m.Confidence == None {
				return false
			}
		}
	}
	return true
}

// Places returns the ids of the units that the text says are affected: found,
// not merely the container of a smaller place named with them, and not at odds
// with the container that the text names. Except is for the caller to take
// away; Confidence says which still need a person's look.
func (r Result) Places() []string {
	var out []string
	for _, m := range r.Matches {
		if m.Unit != "" && !m.Container && !m.Outside {
			out = append(out, m.Unit)
		}
	}
	return out
}

// Alias is a spelling learned from a reviewer's decision: in this country,
// text whose Normalise form equals Key means Unit.
type Alias struct{ Country, Key, Unit string }
