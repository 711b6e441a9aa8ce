// Package stop reads and writes the coalition's sheets: the Shutdown Tracker
// Optimization Project as it is published, in the five header schemas it has
// had since 2016.
//
//	A  2016-2018   26 columns, year and id, duration in days and hours
//	B  2019        43 columns, one column per platform, TRUE/FALSE
//	C  2020 first  44 columns, a remark above the header, State/India
//	D  2020-2022   45 columns, today's names
//	E  combined    47 columns, D with region and count_year
//
// Reading never repairs: a row is kept word for word, and what is doubtful in
// it becomes a warning. Writing gives an untouched row back as it was read and
// an edited one in canonical wording, so that a sheet can go in and come out
// cell for cell. Header names and their order are part of the contract with
// the programs of others that read these sheets; they are never tidied.
//
// The package never guesses a day-first date, and refuses a row only when it
// cannot be placed at all: no start date, or no country.
package stop
