// Package i18n holds the texts of every language as data, and the few rules
// that turn a key, a number or a date into words a reader knows.
//
// A language exists when texts/<tag>.json of this package exists: that file
// carries its name, direction, months and patterns under "_lang", and the
// words every page needs. Domain packages bring their own <tag>.json files and
// Load merges them; two packages may not define the same key.
//
// A message is a string with {name} placeholders, or an object of plural forms
// (zero, one, two, few, many, other). The argument named n picks the form.
// Sentences are whole messages, never glued from fragments.
//
// Invariants: digits are Latin in every language, so that a date or a code can
// be read out over a telephone; the language of a page comes from its address
// alone (/ar/…, /fr/…, English without prefix); a missing text is English text,
// logged once; Check names every gap and the tests fail on it.
//
// Limits: plural rules are those of the go-i18n library (CLDR); the calendar
// is Gregorian; collation is left to golang.org/x/text/collate.
package i18n
