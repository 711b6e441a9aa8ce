// Package dataset writes an edition of the record as files that others can
// use without us: CSV per table, JSON Lines, GeoJSON, Parquet, a Frictionless
// description (datapackage.json) and a codebook made from the same definitions.
//
// The columns of a table are the fields of a Go struct: the tag parquet is the
// column's name everywhere, the tag doc its meaning in the codebook and in
// datapackage.json. There is no second list.
//
// What is restricted never leaves: internal notes, and the address or text of
// a confidential source. A test holds every file against that.
package dataset
