package evidence

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// Reason is why something was taken out.
type Reason string

// The reasons.
const (
	ReasonName     Reason = "name"
	ReasonContact  Reason = "contact"
	ReasonPlace    Reason = "place"
	ReasonPerson   Reason = "person" // a face or a body
	ReasonOthers   Reason = "others" // somebody who was not asked
	ReasonSecurity Reason = "security"
)

// Reasons lists all reasons.
func Reasons() []Reason {
	return []Reason{ReasonName, ReasonContact, ReasonPlace, ReasonPerson, ReasonOthers, ReasonSecurity}
}

// Span is a passage of a text, in letters from 0, To not included.
type Span struct {
	From, To int
	Reason   Reason
}

// removed stands where something was; it is as long for a short name as for a
// long one.
const removed = "█████"

// withoutSpans takes passages out of a text, with the marks that hang on their
// last letters. ok is false for a passage that is not in the text.
func withoutSpans(text string, spans []Span) (out string, ok bool) {
	letters := []rune(text)
	hangs := func(i int) bool {
		return i < len(letters) && (unicode.In(letters[i], unicode.M, unicode.Variation_Selector) || letters[i] == '\u200d' || letters[i] == '\u0640')
	}
	taken := make([]bool, len(letters))
	for _, s := range spans {
		if s.From < 0 || s.From >= s.To || s.To > len(letters) {
			return "", false
		}
		from, to := s.From, s.To
		for from > 0 && hangs(from) {
			from--
		}
		for hangs(to) {
			to++
		}
		for i := from; i < to; i++ {
			taken[i] = true
		}
	}
	var b strings.Builder
	for i, r := range letters {
		switch {
		case !taken[i]:
			b.WriteRune(r)
		case i == 0 || !taken[i-1]:
			b.WriteString(removed)
		}
	}
	return b.String(), true
}

// Bounds of what is looked for in a text at once.
const (
	maxPassages       = 100
	maxPassageLetters = 2000 // of all of them
)

// FindPassages finds every place where one of some passages stands in a text, in
// whatever spelling: see [incident.FindPassages]. Places that overlap are one.
// missing lists the passages that stand nowhere. What somebody asks for is bounded,
// and ends with ctx.
func FindPassages(ctx context.Context, text string, passages []string, why Reason) (spans []Span, missing []string, err error) {
	letters := 0
	for _, p := range passages {
		letters += utf8.RuneCountInString(p)
	}
	switch {
	case len(passages) > maxPassages:
		return nil, nil, fault.Mend(fault.Field{Name: "passages", Key: "evidence.passages_many", Args: []any{"most", maxPassages}})
	case letters > maxPassageLetters:
		return nil, nil, fault.Mend(fault.Field{Name: "passages", Key: "evidence.too_long", Args: []any{"most", maxPassageLetters}})
	}
	found, err := incident.FindPassages(ctx, text, passages)
	if err != nil {
		return nil, nil, err
	}
	var places [][2]int
	for i, p := range passages {
		if p = strings.TrimSpace(p); len(found[i]) == 0 && p != "" { // signs, which are no letters of any spelling
			for from := 0; strings.Contains(text[from:], p); {
				at := from + strings.Index(text[from:], p)
				found[i] = append(found[i], [2]int{at, at + len(p)})
				from = at + len(p)
			}
		}
		if len(found[i]) == 0 {
			missing = append(missing, p)
		}
		places = append(places, found[i]...)
	}
	return inLetters(text, places, why), missing, nil
}

// inLetters gives places in a text, in bytes, as spans in order; those that overlap
// are one.
func inLetters(text string, places [][2]int, why Reason) (spans []Span) {
	slices.SortFunc(places, func(a, b [2]int) int { return cmp.Or(a[0]-b[0], a[1]-b[1]) })
	at, letter, end := 0, 0, 0 // the byte counted up to, its letter, where the last span ends
	upTo := func(to int) int {
		letter += utf8.RuneCountInString(text[at:max(at, to)])
		at = max(at, to)
		return letter
	}
	for _, p := range places {
		switch {
		case len(spans) == 0 || p[0] >= end:
			from := upTo(p[0])
			spans = append(spans, Span{from, upTo(p[1]), why})
		case p[1] > end:
			spans[len(spans)-1].To = upTo(p[1])
		}
		end = max(end, p[1])
	}
	return spans
}

// Texts lists the versions of an item's text with passages taken out, oldest
// first.
func (s *Service) Texts(ctx context.Context, a desk.Actor, ref string) ([]Text, error) {
	it, err := opened(ctx, s.db.Reader(), a, ref)
	if err != nil {
		return nil, err
	}
	return textsOf(ctx, s.db.Reader(), it.ID)
}

// current is the version of an item's text to go on from: the last one made of
// the text as it is filed now, or that text itself.
func current(it Item, texts []Text) (says, hash string) {
	if n := len(texts); n > 0 && texts[n-1].Root == hashText(it.Says) {
		return texts[n-1].Says, texts[n-1].Hash
	}
	return it.Says, hashText(it.Says)
}

// RedactText takes passages out of the newest version of an item's text, which
// the caller names by its hash, and keeps the result as a version of its own.
// What was taken out once does not come back: it goes on from there. A passage
// that also stands in the title, or in the name of whose words they are where that may
// go out, has to be taken out there first.
func (s *Service) RedactText(ctx context.Context, a desk.Actor, ref, parent string, spans []Span) (out Text, err error) {
	err = s.db.Write(ctx, func(tx db.Tx) error {
		it, err := owned(ctx, tx, a, ref)
		if err != nil {
			return err
		}
		texts, err := textsOf(ctx, tx, it.ID)
		if err != nil {
			return err
		}
		says, hash := current(it, texts)
		if hash != parent {
			return fault.New(fault.Conflict, "evidence.edited_meanwhile")
		}
		if err := checkSpans(ctx, it, says, spans); err != nil {
			return err
		}
		left, _ := withoutSpans(says, spans)
		doc, err := json.Marshal(spans)
		if err != nil {
			return err
		}
		out = Text{Item: it.ID, Hash: hashText(left), Parent: hash, Root: hashText(it.Says), Says: left, Spans: string(doc), Created: s.now().UnixMicro()}
		if out.ID, err = db.NextID(ctx, tx, "evidence_text"); err != nil {
			return err
		}
		if err := db.Insert(ctx, tx, "evidence_text", []Text{out}); err != nil {
			return err
		}
		return s.keep(ctx, tx, as(a, it), &it, done{act: Redacted, digest: out.Hash, detail: "text " + it.sealed(hash)})
	})
	return out, err
}

func checkSpans(ctx context.Context, it Item, says string, spans []Span) error {
	if _, ok := withoutSpans(says, spans); !ok || len(spans) == 0 {
		return fault.Mend(fault.Field{Name: "passages", Key: "evidence.bad_span"})
	}
	letters := []rune(says)
	var taken []string
	for _, s := range spans {
		if !slices.Contains(Reasons(), s.Reason) {
			return fault.Mend(fault.Field{Name: "reason", Key: "evidence.need_redaction"})
		}
		if s.To-s.From >= 3 {
			taken = append(taken, string(letters[s.From:s.To]))
		}
	}
	slices.Sort(taken)
	taken = slices.Compact(taken) // one name stands in many places
	also := map[string]string{"evidence.passage_in_title": it.Title}
	if it.nameMayGoOut() {
		also["evidence.passage_in_speaker"] = it.Speaker // otherwise it stays inside
	}
	for key, text := range also {
		again, err := incident.FindPassages(ctx, text, taken)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(again, func(places [][2]int) bool { return len(places) > 0 }) {
			return fault.Mend(fault.Field{Name: "passages", Key: key})
		}
	}
	return nil
}

// RedactPicture makes a new picture of one with boxes burned in, in pixels of
// the picture as it is seen. The new one has nothing of the old file but the
// pixels outside the boxes; without boxes it is the picture without what a
// camera wrote into the file. This is how a picture becomes one that may go out.
func (s *Service) RedactPicture(ctx context.Context, a desk.Actor, ref, digest string, boxes []Box) (StoredFile, error) {
	if _, err := owned(ctx, s.db.Reader(), a, ref); err != nil {
		return StoredFile{}, err
	}
	_, from, err := s.file(ctx, a, ref, digest)
	if err != nil {
		return StoredFile{}, err
	}
	for _, b := range boxes {
		if !slices.Contains(Reasons(), b.Reason) {
			return StoredFile{}, fault.Mend(fault.Field{Name: "reason", Key: "evidence.need_redaction"})
		}
	}
	doc, err := json.Marshal(boxes)
	if err != nil {
		return StoredFile{}, err
	}
	out := StoredFile{Item: from.Item, Parent: from.Digest, Name: from.Name, Boxes: string(doc), Created: s.now().UnixMicro()}
	err = s.draw(ctx, from, sketch{Boxes: boxes}, func(d drawn, body io.Reader) error {
		k, err := s.blobs.Put(ctx, body, d.Size)
		out.Digest, out.Size, out.Media, out.Width, out.Height, out.DHash, out.PHash = k.Digest.String(), k.Size, d.Media, d.Width, d.Height, d.DHash, d.PHash
		return blobTrouble(err)
	})
	if err != nil {
		return StoredFile{}, err
	}
	if out.Digest == from.Digest { // it was drawn like this before
		return from, nil
	}
	err = s.db.Write(ctx, func(tx db.Tx) error {
		it, err := owned(ctx, tx, a, ref)
		if err != nil {
			return err
		}
		if err := insertFile(ctx, tx, &out); err != nil {
			return err
		}
		return s.keep(ctx, tx, as(a, it), &it, done{act: Redacted, digest: out.Digest, detail: "picture " + it.sealed(from.Digest)})
	})
	return out, err
}
