package incident

import "time"

// dayOf counts the days from 1970-01-01 to the first day a date may mean.
func dayOf(s string) (int, bool) {
	layout := ""
	switch len(s) {
	case 10:
		layout = "2006-01-02"
	case 7:
		layout = "2006-01"
	case 4:
		layout = "2006"
	default:
		return 0, false
	}
	t, err := time.Parse(layout, s)
	if err != nil {
		return 0, false
	}
	return int(t.Unix() / 86400), true
}

// DayDate is the date of a day number.
func DayDate(day int) Date {
	return Date(time.Unix(int64(day)*86400, 0).UTC().Format("2006-01-02"))
}

// YearDays gives the first and the last day number of a calendar year.
func YearDays(year int) (first, last int) {
	first = int(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Unix() / 86400)
	last = int(time.Date(year+1, 1, 1, 0, 0, 0, 0, time.UTC).Unix()/86400) - 1
	return first, last
}

// inclusiveSince is the first count year in which the sheet counts both the
// first and the last day of a shutdown (reference: every dated row of the
// count years 2020 to 2025; before, the column is end minus start).
const inclusiveSince = 2020

// Duration is the length in days under the rule of the count year; ok is false
// when a date is missing, not exact to the day, or the end precedes the start.
func Duration(p Period, countYear int) (days int, ok bool) {
	if p.Start.Precision() != "day" || p.End.Precision() != "day" {
		return 0, false
	}
	start, ok1 := p.Start.Day()
	end, ok2 := p.End.Day()
	if !ok1 || !ok2 || end < start {
		return 0, false
	}
	days = end - start
	if countYear >= inclusiveSince {
		days++
	}
	return days, true
}
