// Package chart draws the pictures: server-made SVG files of their own, and
// the same drawings as PNG, made in the binary without a browser.
//
// Every chart has a title that says the finding, a subtitle that says the
// measure, direct labels, and its source with release and date inside the
// picture, so that it still tells the truth when it is copied elsewhere. Each
// comes in two widths (Wide 1120, Narrow 392 pixels, both with 16 pixels of own
// margin), in day and night colours by the reader's setting, printable, and
// with a table that says the same (Table, CSV).
//
// All words come in as finished strings; the package knows none. States are
// told apart by texture as well as colour: cut solid, slowed hatched
// horizontally, blocked dotted, unknown hatched diagonally, disputed areas
// upright lines. Counts are ink. In languages written from the right, text and
// value axes are mirrored and time still runs from left to right.
//
// One drawing code serves both back ends: a chart draws onto a canvas, which is
// a list of rectangles, lines, paths and texts; svg.go writes it, raster.go
// paints it.
//
// Limits: the width of text in SVG is estimated from tables, since nobody knows
// the reader's font; labels wrap or are cut with an ellipsis by that estimate,
// and the full text is then in a title element. PNG has the scripts of the
// DejaVu fonts (Latin, Cyrillic, Greek, Arabic, Armenian, Georgian, Hebrew);
// for others PNG returns ErrScript and the caller draws the picture in English.
package chart
