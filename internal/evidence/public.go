package evidence

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
)

// Public is what may be published of an item; what is empty may not.
type Public struct {
	Ref      string       `json:"ref"`
	Class    Class        `json:"class"`
	Unused   bool         `json:"unused,omitempty"` // kept to the organisation that filed it: it counts for nothing
	Kind     Kind         `json:"kind,omitempty"`
	Lang     string       `json:"lang,omitempty"`
	Title    string       `json:"title,omitempty"`
	Says     string       `json:"says,omitempty"`
	URL      string       `json:"url,omitempty"`
	Speaker  string       `json:"speaker,omitempty"`
	Place    string       `json:"place,omitempty"`
	Observed string       `json:"observed,omitempty"` // as exact as may be told
	Files    []PublicFile `json:"files,omitempty"`
	Captures []PublicPage `json:"captures,omitempty"`
}

// PublicFile is a file that may go out: one that was made anew.
type PublicFile struct {
	Digest string `json:"digest"`
	Size   int64  `json:"size"`
	Media  string `json:"media"`
}

// PublicPage is what proves that a page was there.
type PublicPage struct {
	At     string `json:"at"`
	Digest string `json:"digest"`
}

// holdings is what belongs to an item.
type holdings struct {
	files    []StoredFile
	texts    []Text
	captures []Capture
}

// public is the one place where it is decided what goes out. ok is false where
// not even the existence of the item may be told.
func (i Item) public(h holdings, now time.Time) (p Public, ok bool) {
	if i.WithdrawnAt != nil || i.Internal == No || (i.EmbargoUntil != nil && *i.EmbargoUntil > now.UnixMicro()) {
		return Public{}, false
	}
	p = Public{Ref: i.Ref, Class: i.Class, Unused: i.Kept()}
	if i.Audience != Open || !i.contentMayGoOut() {
		return p, true
	}
	p.Kind, p.Lang, p.Title, p.URL = i.Kind, i.Lang, i.Title, i.URL
	p.Says = i.publicText(h.texts)
	p.Place, p.Observed = i.publicPlace(), i.publicTime()
	if i.nameMayGoOut() {
		p.Speaker = i.Speaker
	} else {
		p.Title, p.Says, p.Place = i.nameless(p.Title), i.nameless(p.Says), i.nameless(p.Place)
		if spelt := betweenWords.Replace(p.URL); i.nameless(spelt) != spelt {
			p.URL = ""
		}
	}
	replaced := map[string]bool{}
	for _, f := range h.files {
		replaced[f.Parent] = true
	}
	for _, f := range h.files {
		if f.Parent != "" && !replaced[f.Digest] {
			p.Files = append(p.Files, PublicFile{f.Digest, f.Size, f.Media})
		}
	}
	for _, c := range h.captures {
		p.Captures = append(p.Captures, PublicPage{time.UnixMicro(c.At).UTC().Format(time.RFC3339), c.Body})
	}
	return p, true
}

// contentMayGoOut: what partners may not read nobody may; an account needs a yes;
// anything else has none that says no.
func (i Item) contentMayGoOut() bool {
	if i.Kept() {
		return false
	}
	if i.Named == Yes {
		return true
	}
	if i.FirstHand() {
		return i.Anonymous == Yes
	}
	return i.Anonymous != No
}

// nameMayGoOut: a name needs a yes, whoever's it is: that of a ministry that speaks
// in public is stated as such by whoever files its statement.
func (i Item) nameMayGoOut() bool { return i.Named == Yes }

// publicText is the text with what was taken out of it. A text that was edited
// after passages were taken out stays in until that has been done again.
func (i Item) publicText(texts []Text) string {
	if len(texts) == 0 {
		return i.Says
	}
	if last := texts[len(texts)-1]; last.Root == hashText(i.Says) {
		return last.Says
	}
	return ""
}

func (i Item) publicPlace() string {
	fits := map[Precision][]string{
		Exact:    {i.PlaceExact, i.PlaceLocality, i.PlaceRegion},
		Locality: {i.PlaceLocality, i.PlaceRegion},
		Region:   {i.PlaceRegion},
	}
	for _, place := range append(fits[i.Precision], i.Country) {
		if place != "" {
			return place
		}
	}
	return ""
}

// publicTime is the time it was observed; of a place that is told coarsely no
// more than the day, by which a person could be found.
func (i Item) publicTime() string {
	if i.ObservedAt == nil {
		return ""
	}
	form := map[string]string{"minute": "2006-01-02T15:04Z", "hour": "2006-01-02T15Z", "day": "2006-01-02", "month": "2006-01", "year": "2006"}[i.ObservedPrecision]
	if len(form) > len("2006-01-02") && (i.Precision == Region || i.Precision == Country) {
		form = "2006-01-02"
	}
	return time.UnixMicro(*i.ObservedAt).UTC().Format(form)
}

// ForPublication gives exactly what may go out of an item, as it is in q; ok is
// false where not even its existence may be told.
func (s *Service) ForPublication(ctx context.Context, q db.Querier, id int64) (p Public, ok bool, err error) {
	it, h, found, err := holdingsOf(ctx, q, id)
	if err != nil || !found {
		return Public{}, false, err
	}
	p, ok = it.public(h, s.now())
	return p, ok, nil
}

// StillTold gives of an item what was told of it when it was published, as far as
// that may be told now: never more, whatever was opened or edited since. then is the
// JSON of the [Public] of that time; ok is as in [Service.ForPublication].
func (s *Service) StillTold(ctx context.Context, q db.Querier, id int64, then string) (p Public, ok bool, err error) {
	now, ok, err := s.ForPublication(ctx, q, id)
	if err != nil || !ok {
		return Public{}, false, err
	}
	var was Public
	if err := json.Unmarshal([]byte(then), &was); err != nil {
		return Public{}, false, fmt.Errorf("evidence: what was told of %s: %w", now.Ref, err)
	}
	p = Public{Ref: was.Ref, Class: was.Class}
	if now.Kind != "" && was.Kind != "" { // open then, and open now
		p, err = now.within(then)
	}
	return p, err == nil, err
}

// UnusedThen tells of what was told of an item, as JSON, whether it counted for
// nothing when it was published.
func UnusedThen(then string) (bool, error) {
	var was Public
	if err := json.Unmarshal([]byte(then), &was); err != nil {
		return false, fmt.Errorf("evidence: what was told of an item: %w", err)
	}
	return was.Unused, nil
}

// Telling lists those of some items in whose texts, as far as they may go out, a
// passage stands.
func (s *Service) Telling(ctx context.Context, items []int64, passage string) ([]Item, error) {
	var out []Item
	for _, id := range items {
		it, h, found, err := holdingsOf(ctx, s.db.Reader(), id)
		if err != nil {
			return nil, err
		}
		p, ok := it.public(h, s.now())
		if !found || !ok {
			continue
		}
		places, err := incident.FindPassages(ctx, strings.Join([]string{p.Title, p.Says, p.URL, p.Speaker, p.Place}, "\n"), []string{passage})
		if err != nil {
			return nil, err
		}
		if len(places[0]) > 0 {
			out = append(out, it)
		}
	}
	return out, nil
}

// holdingsOf reads an item with what belongs to it.
func holdingsOf(ctx context.Context, q db.Querier, id int64) (it Item, h holdings, found bool, err error) {
	if it, found, err = itemByID(ctx, q, id); err != nil || !found {
		return it, h, found, err
	}
	if h.files, err = filesOf(ctx, q, id); err != nil {
		return it, h, false, err
	}
	if h.texts, err = textsOf(ctx, q, id); err != nil {
		return it, h, false, err
	}
	h.captures, err = capturesOf(ctx, q, id)
	return it, h, err == nil, err
}
