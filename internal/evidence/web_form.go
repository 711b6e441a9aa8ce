package evidence

import (
	"net/url"
	"strconv"
	"strings"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
)

// formData is what views/form.html gets, for a new item and for an edit.
type formData struct {
	Title, Back, Action, Button string
	Summary                     page.Summary
	Parts                       []formPart
	Org                         *page.Choice
	Origin                      *page.Choice
	Upload                      bool
	FileError                   string
	Mark, Kept                  string // of the form, which it keeps while it is mended; of a file that came before
	Version                     string
}

type formPart struct {
	Title, Hint string
	Controls    []control
}

// control is one question: a field, a list or a choice.
type control struct {
	Field  *page.Field
	Select *page.Select
	Choice *page.Choice
}

// form makes the questions about an item, in the order somebody at work fills
// them in. What was written wins over what stands.
func (w *Web) form(v *desk.Visit, d Draft, country string, f *failed) (formData, error) {
	b := builder{v.Words, f}
	out := formData{}
	if f != nil {
		out.Summary = f.top
	}
	out.Parts = []formPart{
		b.part("what",
			b.list("kind", string(d.Kind), "kind", keys(Kinds()), b.x.T("evidence.choose")),
			b.list("class", string(d.Class), "class", keys(Classes()), b.x.T("evidence.choose")),
			b.field("title", d.Title, maxTitle), b.field("url", d.URL, maxURL), b.box("says", d.Says, maxSays), b.field("speaker", d.Speaker, maxLine), b.field("lang", d.Lang, 20)),
		b.part("weight", b.grades(d)...),
		b.part("when", b.field("observed", FormatMoment(d.ObservedAt, d.ObservedPrecision), 40), b.field("received", FormatMoment(&d.ReceivedAt, d.ReceivedPrecision), 40)),
		b.part("place", b.field("place_exact", d.PlaceExact, maxLine), b.field("place_locality", d.PlaceLocality, maxLine), b.field("place_region", d.PlaceRegion, maxLine)),
		b.part("public",
			b.list("audience", string(d.Audience), "audience", []string{string(Confidential), string(Open)}, ""),
			b.list("precision", string(d.Precision), "precision", keys(Precisions()), ""), b.field("embargo", FormatMoment(d.EmbargoUntil, "minute"), 40)),
	}
	consent := b.part("consent")
	for _, u := range Uses() {
		consent.Controls = append(consent.Controls, b.list("consent_"+string(u), string(*d.Of(u)), "answer", keys(Answers()), ""))
	}
	out.Parts = append(out.Parts, consent)
	orgs, err := w.people.Organisations(v.R.Context(), page.Of(v.R).Lang)
	if err != nil {
		return formData{}, err
	}
	if list := v.For(desk.Contributor, country); len(list) > 1 {
		out.Org = &page.Choice{Name: "organisation", Label: v.Words.T("evidence.ask.organisation"), Error: f.error("organisation")}
		for i, id := range list {
			text := strconv.FormatInt(id, 10)
			out.Org.Options = append(out.Org.Options, page.Option{Value: text, Label: orgs[id], Chosen: f.value("organisation", "") == text || f == nil && i == 0})
		}
	}
	return out, nil
}

// grades are the two questions of the Admiralty pair.
func (b builder) grades(d Draft) []control {
	return []control{
		b.list("source", d.Source, "source", []string{"A", "B", "C", "D", "E", "F"}, b.x.T("evidence.not_graded")),
		b.list("information", digit(d.Information), "information", []string{"1", "2", "3", "4", "5", "6"}, b.x.T("evidence.not_graded")),
	}
}

func keys[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, k := range list {
		out[i] = string(k)
	}
	return out
}

func digit(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// builder makes questions in a language, with what was written and what is wrong.
type builder struct {
	x *i18n.Texts
	f *failed
}

func (b builder) part(name string, list ...control) formPart {
	return formPart{b.x.T("evidence.part." + name), b.x.T("evidence.part_hint." + name), list}
}

func (b builder) hint(name string) string {
	if key := "evidence.hint." + name; b.x.Has(key) {
		return b.x.T(key)
	}
	return ""
}

func (b builder) field(name, stands string, most int) control {
	f := &page.Field{Name: name, Label: b.x.T("evidence.ask." + name), Hint: b.hint(name), Value: b.f.value(name, stands), Error: b.f.error(name), Max: most, Optional: name != "title" && name != "reason" && name != "passages"}
	switch name {
	case "url":
		f.Type, f.Dir = "url", "ltr"
	case "observed", "received", "embargo", "lang":
		f.Dir, f.Width = "ltr", "s"
	}
	return control{Field: f}
}

func (b builder) box(name, stands string, most int) control {
	c := b.field(name, stands, most)
	c.Field.Rows = 6
	return c
}

func (b builder) list(name, stands, scheme string, values []string, empty string) control {
	s := &page.Select{Name: name, Label: b.x.T("evidence.ask." + name), Hint: b.hint(name), Error: b.f.error(name), Empty: empty}
	chosen := b.f.value(name, stands)
	g := page.Group{}
	for _, value := range values {
		g.Options = append(g.Options, page.Option{Value: value, Label: b.x.T("evidence." + scheme + "." + value), Chosen: value == chosen})
	}
	s.Groups = []page.Group{g}
	return control{Select: s}
}

// provenance asks where an item comes from.
func (b builder) provenance(stands string) control {
	c := &page.Choice{Name: "origin", Label: b.x.T("evidence.ask.origin"), Hint: b.hint("origin"), Error: b.f.error("origin")}
	chosen := b.f.value("origin", stands)
	for _, answer := range []string{"unknown", "own", "same"} {
		c.Options = append(c.Options, page.Option{Value: answer, Label: b.x.T("evidence.origin." + answer), Chosen: answer == chosen})
	}
	c.Fields = []page.Field{{Name: "same", Label: b.x.T("evidence.ask.same"), Hint: b.hint("same"), Value: b.f.value("same", ""), Error: b.f.error("same"), Optional: true, Dir: "ltr", Width: "s", Max: 40}}
	return control{Choice: c}
}

// readProvenance reads what was said about where an item comes from. Whoever
// writes down a number says that it is the same, whatever is chosen.
func readProvenance(said url.Values) (Provenance, error) {
	same := strings.ToUpper(strings.TrimSpace(i18n.LatinDigits(said.Get("same"))))
	switch chosen := said.Get("origin"); {
	case chosen == "own" && same != "":
		return Provenance{}, fault.Mend(fault.Field{Name: "origin", Key: "evidence.need_origin"})
	case chosen == "same" && same == "":
		return Provenance{}, fault.Mend(fault.Field{Name: "same", Key: "evidence.need_same"})
	case chosen == "own":
		return Provenance{Own: true}, nil
	}
	return Provenance{SameAs: same}, nil
}

// readDraft reads what was written about an item. wrong are the fields that
// cannot even be read; the service checks the rest.
func readDraft(said url.Values) (d Draft, wrong []fault.Field) {
	get := func(name string) string { return strings.TrimSpace(said.Get(name)) }
	d = Draft{Kind: Kind(get("kind")), Class: Class(get("class")), Source: get("source"), Lang: get("lang"), Title: get("title"), Says: said.Get("says"),
		URL: get("url"), Speaker: get("speaker"), PlaceExact: get("place_exact"), PlaceLocality: get("place_locality"), PlaceRegion: get("place_region"),
		Precision: Precision(get("precision")), Audience: Audience(get("audience"))}
	information, ok := readGrade(get("information"))
	if d.Information = information; !ok {
		d.Information = -1 // the service says what is wrong
	}
	moment := func(name string) (*int64, string) {
		at, precision, ok := ParseMoment(get(name))
		if !ok {
			wrong = append(wrong, fault.Field{Name: name, Key: "evidence.bad_moment"})
		}
		return at, precision
	}
	d.ObservedAt, d.ObservedPrecision = moment("observed")
	if at, precision := moment("received"); at != nil {
		d.ReceivedAt, d.ReceivedPrecision = *at, precision
	}
	d.EmbargoUntil, _ = moment("embargo")
	for _, u := range Uses() {
		*d.Of(u) = Answer(get("consent_" + string(u)))
	}
	return d, wrong
}

// readGrade reads the figure of an Admiralty pair, "" for none.
func readGrade(text string) (n int, ok bool) {
	if text == "" {
		return 0, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n > 0
}

// readBoxes reads boxes, one to a line: left, top, width, height.
func readBoxes(text string, why Reason) (boxes []Box, ok bool) {
	for line := range strings.Lines(i18n.LatinDigits(text)) {
		parts := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t\r\n,;،×x", r) })
		if len(parts) == 0 {
			continue
		}
		var n [4]int
		for i, p := range parts {
			value, err := strconv.Atoi(p)
			if err != nil || len(parts) != len(n) || value < 0 || value > 1<<20 {
				return nil, false
			}
			n[i] = value
		}
		boxes = append(boxes, Box{n[0], n[1], n[2], n[3], why})
	}
	return boxes, true
}

// Chosen says in words what is chosen in a form of evidence ([desk.Answer]).
func Chosen(x *i18n.Texts, name, value string) (says string, chosen bool) {
	said := "evidence." + name + "." + value
	switch {
	case name == "lang" || strings.HasPrefix(name, "consent_") && value == string(NotAsked):
		return "", true
	case strings.HasPrefix(name, "consent_"):
		said = "evidence.answer." + value
	}
	if !x.Has(said) {
		return "", false
	}
	return x.T(said), true
}
