package evidence

import (
	"encoding/json"
	"fmt"
	"slices"
)

// within leaves of what may be told now only what was told when it was published:
// what was edited or opened since nobody has signed. then is the JSON of a [Public].
func (p Public) within(then string) (Public, error) {
	var was Public
	if err := json.Unmarshal([]byte(then), &was); err != nil {
		return Public{}, fmt.Errorf("evidence: what was told of %s: %w", p.Ref, err)
	}
	keep := func(now *string, was string) {
		if *now != was {
			*now = ""
		}
	}
	p.Class = was.Class // every item has one
	if p.Kind != "" {   // open now
		p.Kind = was.Kind
	}
	keep(&p.Lang, was.Lang)
	keep(&p.Title, was.Title)
	keep(&p.Says, was.Says)
	keep(&p.URL, was.URL)
	keep(&p.Speaker, was.Speaker)
	keep(&p.Place, was.Place)
	keep(&p.Observed, was.Observed)
	p.Files = slices.DeleteFunc(slices.Clone(p.Files), func(f PublicFile) bool { return !slices.Contains(was.Files, f) })
	p.Captures = slices.DeleteFunc(slices.Clone(p.Captures), func(c PublicPage) bool { return !slices.Contains(was.Captures, c) })
	return p, nil
}
