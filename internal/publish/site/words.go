package site

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"keepiton/internal/incident"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
)

// voice is the speaker of a request with the catalogue at hand.
type voice struct {
	publish.Speaker
	*i18n.Texts
	origin string // scheme and host the reader came by, or as set up
	today  int    // the last day the pages speak of
	filed  bool   // they speak of an incident of which no sheet has a row
}

func (s *Site) voice(r *http.Request) voice {
	sp := s.d.Speaker(r)
	return voice{sp, sp.X, s.d.Shell.Origin(r), s.today(), false}
}

// with adds a query to a path.
func with(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// listPath is the address of a list.
func listPath(path string, f incident.Filter, label string) string {
	q := f.Values()
	if label != "" {
		q.Set(publish.EditionParam, label)
	}
	return with(path, q)
}

// incidentPath is the address of an incident.
func incidentPath(ref, label string) string {
	if ref == "" {
		return ""
	}
	p := "/incidents/" + ref
	if label != "" {
		p += "?" + url.Values{publish.EditionParam: {label}}.Encode()
	}
	return p
}

// today is the civil date of the clock as a day number.
func (s *Site) today() int {
	t := s.d.Today().UTC()
	return int(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// asFiled is the text for what was filed at the desk in place of one that speaks
// of a sheet.
func (v voice) asFiled(key string) string {
	if v.filed {
		return key + "_filed"
	}
	return key
}

// day writes a day number as a date.
func (v voice) day(n int) string { return v.Date(string(incident.DayDate(n))) }

// instant writes microseconds as the civil date in UTC.
func (v voice) instant(micros int64) string {
	return v.Date(time.UnixMicro(micros).UTC().Format("2006-01-02"))
}

// own is [publish.Speaker.Own].
func (v voice) own(s string) string { return v.Own(s) }

// signed writes a change: +9, −3, 0.
func (v voice) signed(n int) string {
	if n > 0 {
		return "+" + v.N(n)
	}
	return v.N(n)
}

// collator sorts names as readers of the language expect.
func (v voice) collator() *collate.Collator { return collate.New(language.Make(v.Lang.Tag)) }

// spanDays is the length of an incident as the strips draw it: from the start
// to the recorded end, or to the close of its newest count year while it was
// ongoing, and never past today. ok is false when no length can be said.
func (v voice) spanDays(f *incident.Facts, lastYear int) (days int, open, ok bool) {
	start, has := f.Period.Start.Day()
	if !has {
		return 0, false, false
	}
	if end, has := f.Period.End.Day(); has && end >= start {
		return max(min(end, v.today)-start+1, 1), end > v.today, true
	}
	if f.Period.EndState == "ongoing" {
		return max(min(lastKnown(f, lastYear), v.today)-start+1, 1), true, true
	}
	return 0, true, false
}

// lastKnown is the last day on which the record knows an ongoing incident to
// have been active: the last confirmation if one is stated, else the close of
// its newest count year.
func lastKnown(f *incident.Facts, lastYear int) int {
	_, day := incident.YearDays(lastYear)
	if d, ok := f.Period.LastActive.Day(); ok {
		day = d
	}
	if start, ok := f.Period.Start.Day(); ok {
		day = max(day, start)
	}
	return day
}

// marks draws an incident on a line. Red stops at the last confirmation;
// whatever follows until the line's end is not known.
func marks(f *incident.Facts, lastYear, from, to, today int) []page.Mark {
	out := publish.Marks(f, lastYear, from, to, today)
	if f.Period.EndState != "ongoing" || f.Period.End != "" {
		return out
	}
	known := min(lastKnown(f, lastYear), today)
	length := float64(to - from + 1)
	at := float64(known-from+1) / length
	for i := range out {
		out[i].To = min(out[i].To, at)
	}
	if at < 1 {
		out = append(out, page.Mark{From: max(at, 0), To: 1, State: page.Unsure, Half: len(out) > 0 && out[0].Half})
	}
	return out
}

// length says how long an incident lasted, as far as the record knows.
func (v voice) length(f *incident.Facts, lastYear int) string {
	days, open, ok := v.spanDays(f, lastYear)
	switch {
	case !ok:
		return v.T("site.length.unknown")
	case open:
		return v.T("site.length.open", "n", days)
	}
	return v.Days(days)
}

// ticks labels a line: months for about a year, years for more, days for less.
func (v voice) ticks(from, to int) []page.Tick {
	length := float64(to - from + 1)
	at := func(day int) float64 { return float64(day-from) / length }
	var out []page.Tick
	first := time.Unix(int64(from)*86400, 0).UTC()
	last := time.Unix(int64(to)*86400, 0).UTC()
	switch span := to - from + 1; {
	case span > 500:
		years := last.Year() - first.Year() + 1
		step := max(1, (years+5)/6)
		for y := first.Year(); y <= last.Year(); y++ {
			day, _ := incident.YearDays(y)
			if day >= from && (last.Year()-y)%step == 0 && at(day) < .97 {
				out = append(out, page.Tick{At: at(day), Text: strconv.Itoa(y)})
			}
		}
	case span > 70:
		step := 1
		if span > 200 {
			step = 3
		}
		for t := time.Date(first.Year(), first.Month(), 1, 0, 0, 0, 0, time.UTC); !t.After(last); t = t.AddDate(0, 1, 0) {
			day := int(t.Unix() / 86400)
			if day >= from && (int(t.Month())-1)%step == 0 && at(day) < .93 {
				out = append(out, page.Tick{At: at(day), Text: v.MonthName(int(t.Month()), true)})
			}
		}
	}
	return out
}

// bare drops the labels of ticks: the rules across each strip under an axis.
func bare(t []page.Tick) []page.Tick {
	out := make([]page.Tick, len(t))
	for i := range t {
		out[i].At = t[i].At
	}
	return out
}
