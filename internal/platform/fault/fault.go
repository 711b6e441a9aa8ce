// Package fault holds the few kinds of error the whole system knows.
//
// A service returns an error of a kind with the key of a text for the reader;
// whoever answers the reader maps the kind (a page to an HTTP status, a command
// to an exit code). An error without a kind is internal: the reader gets a
// reference, the log gets the cause. The reader's text never contains the cause.
package fault

import (
	"errors"
	"fmt"
)

// Kind is what went wrong, seen by the person who asked.
type Kind string

// The kinds. Internal is also the kind of every error that names none.
const (
	Invalid     Kind = "invalid"     // the request itself is wrong and can be mended
	NotFound    Kind = "not_found"   // there is no such thing
	Forbidden   Kind = "forbidden"   // there may be, but not for this person
	Conflict    Kind = "conflict"    // somebody else was faster, or a rule stands against it
	Gone        Kind = "gone"        // there was, and it was withdrawn
	TooLarge    Kind = "too_large"   // more than we take
	TooMany     Kind = "too_many"    // too often in too short a time
	Unavailable Kind = "unavailable" // not now; trying again may help
	Internal    Kind = "internal"    // our own mistake
)

// Field is one thing to mend in a form: the field's name and the text that
// stands beside it.
type Field struct {
	Name string
	Key  string
	Args []any
}

// Error is an error with a kind and a text for the reader. Key and Args are
// for the catalogue; Fields belong to Invalid.
type Error struct {
	Kind   Kind
	Key    string
	Args   []any
	Fields []Field
	Err    error
}

// Error is for logs; the reader gets the text of Key.
func (e *Error) Error() string {
	s := string(e.Kind)
	if e.Key != "" {
		s += " " + e.Key
	}
	for _, f := range e.Fields {
		s += fmt.Sprintf(" [%s: %s]", f.Name, f.Key)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes an error of a kind with the key of the reader's text and its
// arguments (name and value pairs). An empty key means the kind's own text.
func New(kind Kind, key string, args ...any) error {
	return &Error{Kind: kind, Key: key, Args: args}
}

// Wrap gives a cause a kind and a text. A nil cause stays nil.
func Wrap(err error, kind Kind, key string, args ...any) error {
	if err == nil {
		return nil
	}
	return &Error{Kind: kind, Key: key, Args: args, Err: err}
}

// Mend is the Invalid error of a form with its fields; nil without fields.
func Mend(fields ...Field) error {
	if len(fields) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Fields: fields}
}

// KindOf finds the outermost kind in a chain of errors; no error has the empty
// kind, an error without a kind is Internal.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Text gives the key and arguments of the outermost text for the reader; key
// is empty when the kind's own text serves.
func Text(err error) (key string, args []any) {
	var e *Error
	if errors.As(err, &e) && e.Kind != Internal {
		return e.Key, e.Args
	}
	return "", nil
}

// Fields gives the fields to mend, nil when there are none.
func Fields(err error) []Field {
	var e *Error
	if errors.As(err, &e) {
		return e.Fields
	}
	return nil
}
