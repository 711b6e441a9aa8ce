// Package atlas is the room of figures and maps: countries, years, trends, the
// map of the world and of each country, and every picture on any page.
//
// All numbers come from the stored counts (incident.Cells, CellsOf, Days) or
// from short bounded lists, so that a page costs the same at two thousand and
// at a million incidents. A sentence over a chart is chosen and filled from the
// numbers it stands over; none is written down beforehand.
//
// # Addresses
//
//	/countries            all countries with records; ?order=name, ?region=
//	/countries/{code}     one country; ?year= for the figures of one year
//	/years                every count year
//	/years/{year}         one year, with /where, /why and /how
//	/trends               all years side by side
//	/map                  the world in one year; ?year=
//	/map/{code}           one country by first-level unit; ?year=
//	/pictures/{kind}/{key}.svg .narrow.svg .png .csv
//
// Each takes ?release= for a frozen edition. A picture's key is what it shows:
// all, 2025, IR or IR-2022, as its kind allows (see kinds in pictures.go).
//
// # Rules
//
//   - An entry counts once worldwide, once for each region and each country it
//     names. Parts can therefore add up to more than the whole, and pages say so.
//   - A country is filled on the map only where a measure reached all of it; a
//     cut of a place is a dot.
//   - A table beside a drawing holds the numbers of the drawing; the CSV holds
//     the same rows, and more where the page shows only the first ones.
package atlas
