package stop

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"keepiton/internal/incident"
)

// parsedDate is what a date cell says.
type parsedDate struct {
	date   incident.Date
	status string // ended, ongoing, unknown: a word stood in the cell
	note   string // doubt about the cell, "" if none
}

var (
	isoDate   = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$`)
	isoMonth  = regexp.MustCompile(`^(\d{4})-(\d{1,2})$`)
	onlyYear  = regexp.MustCompile(`^(19|20)\d{2}$`)
	slashDate = regexp.MustCompile(`^(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})(?: \d{1,2}:\d{2}(?::\d{2})?)?$`)
	wordDate  = regexp.MustCompile(`^(\d{1,2})[- ]([A-Za-z]{3,9})[- ,]+(\d{2}|\d{4})$`)
	nameDate  = regexp.MustCompile(`^([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})$`)
	serial    = regexp.MustCompile(`^(\d{5})(?:\.\d+)?$`)
)

// parseDate reads a date cell: ISO, d-mmm-yyyy, month name, m/d/yyyy, m/d/yy,
// a spreadsheet's serial number, a month or year alone, or a word such as
// ongoing. ok is false when it says none of these; a day-first date whose
// month would be over 12 is never turned round.
func parseDate(text string) (p parsedDate, ok bool) {
	s := strings.TrimSpace(foldDigits(text))
	switch strings.ToLower(strings.Trim(s, ".")) {
	case "":
		return p, true
	case "ongoing", "on-going", "still ongoing", "present":
		return parsedDate{status: "ongoing"}, true
	case "unknown", "unkown", "uknown", "n/a", "na", "not known", "?":
		return parsedDate{status: "unknown"}, true
	}
	if m := isoDate.FindStringSubmatch(s); m != nil {
		return civil(m[1], m[2], m[3])
	}
	if m := isoMonth.FindStringSubmatch(s); m != nil {
		month, _ := strconv.Atoi(m[2])
		if month < 1 || month > 12 {
			return p, false
		}
		return parsedDate{date: incident.Date(m[1] + "-" + pad2(month)), note: "month_only"}, plausibleYear(m[1])
	}
	if onlyYear.MatchString(s) {
		return parsedDate{date: incident.Date(s), note: "year_only"}, plausibleYear(s)
	}
	if m := slashDate.FindStringSubmatch(s); m != nil {
		return civil(fullYear(m[3]), m[1], m[2]) // month first, always
	}
	if m := wordDate.FindStringSubmatch(s); m != nil {
		return civil(fullYear(m[3]), monthNumber(m[2]), m[1])
	}
	if m := nameDate.FindStringSubmatch(s); m != nil {
		return civil(m[3], monthNumber(m[1]), m[2])
	}
	if m := serial.FindStringSubmatch(s); m != nil {
		n, _ := strconv.Atoi(m[1])
		day := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n)
		if day.Year() < firstYear || day.Year() > lastYear {
			return p, false
		}
		return parsedDate{date: incident.Date(day.Format("2006-01-02")), note: "serial_number"}, true
	}
	return p, false
}

// The years a date of a shutdown can lie in.
const firstYear, lastYear = 1995, 2100

func plausibleYear(y string) bool {
	n, err := strconv.Atoi(y)
	return err == nil && n >= firstYear && n <= lastYear
}

func civil(year, month, day string) (parsedDate, bool) {
	y, err1 := strconv.Atoi(year)
	m, err2 := strconv.Atoi(month)
	d, err3 := strconv.Atoi(day)
	if err1 != nil || err2 != nil || err3 != nil || y < firstYear || y > lastYear {
		return parsedDate{}, false
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if t.Year() != y || int(t.Month()) != m || t.Day() != d {
		return parsedDate{}, false // 30 February, or a day-first date
	}
	return parsedDate{date: incident.Date(t.Format("2006-01-02"))}, true
}

// fullYear completes a year of two digits.
func fullYear(y string) string {
	if len(y) == 2 {
		return "20" + y
	}
	return y
}

func monthNumber(name string) string {
	names := []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
	name = strings.ToLower(name)
	for i, n := range names {
		full := strings.ToLower(time.Month(i + 1).String())
		if name == n || name == full || (n == "sep" && name == "sept") {
			return strconv.Itoa(i + 1)
		}
	}
	return ""
}

func pad2(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// foldDigits turns Arabic-Indic, Persian, Devanagari, Bengali and Burmese
// digits into Latin ones.
func foldDigits(s string) string {
	return strings.Map(func(r rune) rune {
		for _, zero := range []rune{'٠', '۰', '०', '০', '၀'} {
			if r >= zero && r <= zero+9 {
				return '0' + r - zero
			}
		}
		return r
	}, s)
}
