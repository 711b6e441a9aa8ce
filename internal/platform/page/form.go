package page

import (
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/i18n"
)

// Forms follow the GOV.UK conventions: label above, hint under it, optional
// marked, errors on top and at the field in the same words, nothing lost.

// Field is a question with a line or a box to write in ("form.field").
type Field struct {
	Name, Label, Hint, Value, Error string
	Type                            string // text, email, tel, number, date, search, password; "" is text
	Autocomplete, InputMode         string
	Max, Rows                       int    // longest answer in characters; Rows > 0 makes a box
	Width                           string // "" or "s" for a short answer
	Dir                             string // "ltr" for codes and addresses; "" is auto
	Optional, Heading               bool
	In                              string // sets its id apart from that of the same name in another form of the page
}

// ID is the id of the control; the error summary links to it where In is "".
func (f Field) ID() string { return "f-" + f.In + f.Name }

// Kind is the type attribute.
func (f Field) Kind() string {
	switch f.Type {
	case "email", "tel", "number", "date", "search", "password", "url":
		return f.Type
	}
	return "text"
}

// Option is one answer to choose.
type Option struct {
	Value, Label, Hint string
	Chosen             bool
	Extra              *Field // a small field inside the row
}

// Choice is a question with answers to choose: radios, or checkboxes when Many
// ("form.choice").
type Choice struct {
	Name, Label, Hint, Error string
	Many, Optional           bool
	Options                  []Option
	Fields                   []Field // further fields of the same question
	In                       string  // see Field
}

// ID is the id of the first control.
func (c Choice) ID() string { return "f-" + c.In + c.Name }

// Select is a question with a list ("form.select"). Groups have a label and
// options; use one group without label for a plain list.
type Select struct {
	Name, Label, Hint, Error string
	Optional, Heading        bool
	Empty                    string // text of the empty answer, "" for none
	Groups                   []Group
	In                       string // see Field
}

// Group is a labelled part of a list.
type Group struct {
	Label   string
	Options []Option
}

// ID is the id of the control.
func (s Select) ID() string { return "f-" + s.In + s.Name }

// Summary is the box on top of a form with errors ("form.errors").
type Summary struct {
	Items []Mistake
	Kept  string // what stays and what has to be written again; "" for a form that loses nothing
}

// Mistake is one error: the field and the words that also stand beside it.
type Mistake struct{ Name, Text string }

// ID is the id the mistake links to.
func (m Mistake) ID() string { return "f-" + m.Name }

// Filter is a small GET form above a list ("form.filter").
type Filter struct {
	Action  string // path
	Fields  []Field
	Selects []Select
	Hidden  map[string]string
	Reset   string // path without filters, "" for none
}

// Mistakes turns the fields of an Invalid error into texts, by name and in order.
func Mistakes(x *i18n.Texts, fields []fault.Field) (Summary, map[string]string) {
	byName := map[string]string{}
	var s Summary
	for _, f := range fields {
		text := x.T(f.Key, f.Args...)
		if _, seen := byName[f.Name]; !seen {
			byName[f.Name] = text
			s.Items = append(s.Items, Mistake{f.Name, text})
		}
	}
	return s, byName
}
