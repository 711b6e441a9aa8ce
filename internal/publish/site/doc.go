// Package site holds the pages of the register: the front page, the list and
// the search, one incident, the data and how it is counted, and the word about
// the whole.
//
// # What it promises
//
//   - Every page stands by itself: at most page.PageLimit bytes compressed in
//     every language, no script, no picture needed. What would not fit goes to
//     a page of its own (the sources of an incident, the services of the
//     codebook).
//   - A number says what was counted, in which edition, and "at least". A list
//     under a number is the same filter.
//   - The four answers yes, no, unknown and not asked are four words.
//   - Running text comes from the record's event notes alone and is shown as
//     the coalition's own words. Internal notes are never read into a page
//     struct. Of a confidential source the page says that it exists. Of a
//     withdrawn entry it says that it was withdrawn.
//   - A sentence is one message of the catalogue with names, dates and numbers
//     in it; none is glued from parts of speech.
//
// # Shape
//
// One file per page: a typed struct of finished strings, a function that fills
// it, a small handler. filters.go and words.go are shared by several.
package site
