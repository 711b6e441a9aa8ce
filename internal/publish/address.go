package publish

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/fault"
)

// A page says what of an address it did not use and shows the rest. A file and
// a program's answer cannot: nobody reads them before they are trusted. They
// refuse an address that asks for anything they would not do.

// Asked is the query of an address that may ask for the known parameters, each
// once, and for nothing else. The error is Invalid and names what is wrong.
func Asked(r *http.Request, known ...string) (url.Values, error) {
	q, err := Query(r)
	if err == nil {
		err = Only(q, known...)
	}
	return q, err
}

// Query is the query of an address; one that cannot be read is an error.
func Query(r *http.Request) (url.Values, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	return q, fault.Wrap(err, fault.Invalid, "publish.address.unreadable")
}

// Only refuses a query with other parameters than those known, or with one of
// them twice.
func Only(q url.Values, known ...string) error {
	for _, name := range slices.Sorted(maps.Keys(q)) {
		switch {
		case !slices.Contains(known, name):
			return fault.New(fault.Invalid, "publish.address.unknown", "name", clip(strings.ToValidUTF8(name, "\uFFFD"), 40))
		case len(q[name]) > 1:
			return fault.New(fault.Invalid, "publish.address.twice", "name", name)
		}
	}
	return nil
}

// AskedFilter is the filter of a query that [Only] has let pass. Words are indexed
// for the record alone: to look for them in another edition is an error.
func (d Deps) AskedFilter(q url.Values, ed incident.Edition) (incident.Filter, error) {
	f, err := incident.ParseFilter(q, d.Record.Taxonomy())
	if err == nil {
		err = f.CheckWords()
	}
	if err == nil && f.Query != "" && ed.ID != incident.RecordEdition {
		err = fault.New(fault.Invalid, "publish.address.words_in_release")
	}
	f.Edition = ed.ID
	return f, err
}
