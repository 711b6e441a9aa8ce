package i18n

import (
	"strconv"
	"strings"
)

// Precision says how much of a date is known.
type Precision string

// The precisions, as stored beside civil dates.
const (
	Day   Precision = "day"
	Month Precision = "month"
	Year  Precision = "year"
)

// civil is a date whose unknown parts are zero.
type civil struct{ y, m, d int }

// parse reads 2026-01-08, 2026-01 or 2026 and keeps no more than the precision
// allows. ok is false for anything else.
func parse(s string, p Precision) (civil, bool) {
	parts := strings.Split(s, "-")
	if len(parts) > 3 || len(parts[0]) != 4 {
		return civil{}, false
	}
	var v [3]int
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 || i > 0 && len(part) != 2 {
			return civil{}, false
		}
		v[i] = n
	}
	c := civil{v[0], v[1], v[2]}
	if c.m > 12 || c.d > 31 {
		return civil{}, false
	}
	switch p {
	case Year:
		c.m, c.d = 0, 0
	case Month:
		c.d = 0
	}
	return c, true
}

func (c civil) precision() Precision {
	switch {
	case c.m == 0:
		return Year
	case c.d == 0:
		return Month
	}
	return Day
}

// Date writes a civil date in words: 8 January 2026. The text is 2026-01-08,
// 2026-01 or 2026; a precision cuts it further (Month: January 2026). A text
// that is no date comes back as it is.
func (t *Texts) Date(day string, p ...Precision) string {
	c, ok := parse(day, one(p))
	if !ok {
		return day
	}
	return t.date(c)
}

// DayMonth writes a date without its year: 8 January.
func (t *Texts) DayMonth(day string) string {
	c, ok := parse(day, Day)
	if !ok || c.d == 0 {
		return t.Date(day)
	}
	return fill(t.rules.DayMonth, t.parts(c))
}

// MonthName is the name of month 1 to 12; short gives its short form.
func (t *Texts) MonthName(month int, short bool) string {
	if month < 1 || month > 12 {
		return ""
	}
	if short {
		return t.rules.Short[month-1]
	}
	return t.rules.Months[month-1]
}

// Range writes a span of dates, each 2026-01-08, 2026-01 or 2026: 8 to 27
// January 2026. Equal ends give one date; an empty end gives "since …"; an
// empty start gives "until …".
func (t *Texts) Range(from, to string) string {
	a, okA := parse(from, Day)
	b, okB := parse(to, Day)
	switch {
	case !okA && !okB:
		return strings.TrimSpace(from + " " + to)
	case !okB:
		return t.edge(t.rules.Since.Day, t.rules.Since.Other, a)
	case !okA:
		return t.edge(t.rules.Until.Day, t.rules.Until.Other, b)
	case a == b:
		return t.date(a)
	}
	pa, pb := a.precision(), b.precision()
	v := map[string]string{
		"a": t.day(a), "b": t.day(b), "am": t.MonthName(a.m, false), "bm": t.MonthName(b.m, false),
		"year": strconv.Itoa(b.y), "from": t.date(a), "to": t.date(b),
	}
	r := t.rules.Range
	switch {
	case pa == Day && pb == Day && a.y == b.y && a.m == b.m:
		return fill(r.Days, v)
	case pa == Day && pb == Day && a.y == b.y:
		return fill(r.Months, v)
	case pa == Month && pb == Month && a.y == b.y:
		return fill(r.Monthly, v)
	case pa == Day && pb == Day:
		return fill(r.Full, v)
	}
	return fill(r.Mixed, v)
}

// Since writes the start of something that goes on: since 8 January 2026.
func (t *Texts) Since(day string, p ...Precision) string {
	c, ok := parse(day, one(p))
	if !ok {
		return day
	}
	return t.edge(t.rules.Since.Day, t.rules.Since.Other, c)
}

// edge writes an open end; many languages treat a day and a month differently.
func (t *Texts) edge(onDay, other string, c civil) string {
	if c.precision() == Day {
		other = onDay
	}
	return fill(other, map[string]string{"date": t.date(c)})
}

func one(p []Precision) Precision {
	if len(p) == 0 {
		return Day
	}
	return p[0]
}

func (t *Texts) date(c civil) string {
	switch c.precision() {
	case Year:
		return strconv.Itoa(c.y)
	case Month:
		return fill(t.rules.Month, t.parts(c))
	}
	return fill(t.rules.Day, t.parts(c))
}

func (t *Texts) parts(c civil) map[string]string {
	return map[string]string{"d": t.day(c), "m": t.MonthName(c.m, false), "y": strconv.Itoa(c.y)}
}

// day is the number of the day; some languages write the first differently.
func (t *Texts) day(c civil) string {
	if c.d == 1 && t.rules.First != "" {
		return t.rules.First
	}
	return strconv.Itoa(c.d)
}
