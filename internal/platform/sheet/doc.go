// Package sheet reads and writes tables: the CSV and XLSX files that strangers
// send, and the ones we hand out. It knows nothing about what the tables mean.
//
// # Reading
//
// Open and Read turn a whole file into a Book of tables of text. The type of
// a file is told by its content, never by its name. What is promised:
//
//   - Text is kept exactly: leading and trailing blanks, inner CRLF, lone CR
//     and doubled quotes come out as the author wrote them. encoding/csv folds
//     CRLF to LF inside quoted cells and a lossless export cannot live with
//     that, so the CSV reader is our own.
//   - Blank rows cost nothing and are dropped, but Row.Line still counts them,
//     so a message can name the line a person sees. A row is blank when every
//     cell is empty or white space; in CSV a quoted cell, even an empty one,
//     makes a row that is kept, which is how the writer can say "one empty
//     cell" and mean it.
//   - Everything else fails with an *Error that names the file, the sheet, the
//     line, the column and what was expected, and carries a stable Code.
//   - Memory is bounded by Limits, whatever the file claims about itself.
//
// # Why the XLSX reader is our own
//
// github.com/tealeg/xlsx/v3 (3.3.13) was tried first. It has no limit on the
// unpacked size and none on the time: half a gigabyte of one letter, packed
// into half a megabyte, was read to the end with a peak heap of 1.8 GB, and
// 50,000 blank styled rows took 12 seconds and 1.4 GB. A cell naming a missing
// shared string ends in a nil dereference inside a goroutine, and it drops
// comments and rich text. So the reader here walks the parts it needs with
// encoding/xml's tokens over a metered archive/zip, a few bytes at a time.
// The library still serves the tests, as an independent second opinion.
//
// # What an XLSX cell's text is
//
// The text a person reads, freed from taste: numbers as the shortest decimal
// that is the stored value ("43983"), truth values as TRUE and FALSE, dates as
// ISO 8601 ("2020-06-01", "2020-06-01T14:30:00") whatever the display format,
// times and durations as h:mm:ss, error values as their code ("#N/A"), and
// formulas as their cached value, or as the formula itself where a program left
// no value. Percent signs, currencies and thousands marks are display and are
// not kept. A merged area has its value in its first cell. Hidden sheets, rows
// and columns are read like the others. Links and comments count where a row
// has text; those on blank rows are dropped with the row.
//
// # Safety
//
// The parsers never write to disk, follow no link, expand no entity, and are
// fuzzed. Still, a server must not parse a stranger's file in its own process:
// use ReadInChild, whose child may be killed at any moment. The caller decides
// how many children may run at once; each may take up to 512 MB for a while.
//
// # Writing
//
// NewCSV and NewXLSX stream rows out. A CSV written here and read here gives
// equal cells for any text that is UTF-8 without NUL. Unless Out.Raw is set,
// cells that a spreadsheet would run as a formula are made harmless by a
// leading apostrophe; Denatured takes exactly that apostrophe away again.
package sheet
